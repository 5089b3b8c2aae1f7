/* Proofs of every kind that were made rightly and then changed: no part of one can be changed, left out, repeated,
 * moved, added or taken from elsewhere. Where it is the question that changes, what is accepted must be true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "log/base/cbor.h"
#include "tests/index/model.h"

/* Under each seal a trie of so many keys, some of them in clusters; each holds the one before it. */
static const size_t sizes[] = {0, 1, 2, 3, 7, 24, 60};
#define SEALS COUNT_OF(sizes)
#define LEAVES_MAX 24

static struct seal {
    struct model model;
    struct hash root;
} seals[SEALS];

static struct hash key_at(uint64_t n)
{
    struct hash key = n % 3 == 0 ? sample_hash("key", n) : sample_clustered("key", n, 4);

    return n % 7 == 6 ? with_bit_flipped(key_at(n - 1), (unsigned)(n * 11 % 256)) : key;
}

static int seals_make(void **state)
{
    (void)state;
    for (size_t s = 0; s < SEALS; s++) {
        for (size_t n = 0; n < sizes[s]; n++) {
            struct hash key = key_at(n);
            struct list_value value = sample_value(n % 5 == 0 ? n + s : n); /* some lists have grown */

            model_set(&seals[s].model, &key, &value);
        }
        seals[s].root = model_root(&seals[s].model);
    }
    return 0;
}

static int seals_free(void **state)
{
    (void)state;
    for (size_t s = 0; s < SEALS; s++) model_free(&seals[s].model);
    return 0;
}

/* ---- one path ---- */

enum claim_kind { PRESENT, ABSENT, PREFIX, PREFIX_ABSENT, CLAIM_KINDS };

struct claim {
    /* what is asked, and under which seal's root */
    enum claim_kind kind;
    struct hash key, root;
    unsigned bits;
    /* what is shown: the value (its key is the asked one), or K′, or all leaves of the prefix */
    size_t count;
    struct trie_entry leaf[LEAVES_MAX];
    struct trie_path path;
};

static bool accepted(const struct claim *c)
{
    const struct hash *other = c->count == 0 ? NULL : &c->leaf[0].key;
    const struct list_value *value = c->count == 0 ? NULL : &c->leaf[0].value;

    switch (c->kind) {
    case PRESENT: return c->count > 0 && trie_presence_verify(&c->key, value, &c->path, &c->root) == ERR_OK;
    case ABSENT: return trie_absence_verify(&c->key, other, value, &c->path, &c->root) == ERR_OK;
    case PREFIX: return trie_prefix_verify(&c->key, c->bits, c->leaf, c->count, &c->path, &c->root) == ERR_OK;
    default: return trie_prefix_absence_verify(&c->key, c->bits, other, value, &c->path, &c->root) == ERR_OK;
    }
}

static bool is_true(const struct claim *c, const struct model *m)
{
    const struct trie_entry *e = model_find(m, &c->key);
    size_t first = 0, end = 0;
    static struct trie_path path;

    if (c->kind == PRESENT) return e != NULL && memcmp(e->value.b, c->leaf[0].value.b, 40) == 0;
    if (c->kind == ABSENT) return e == NULL;
    if (m->count > 0) model_prefix(m, &c->key, c->bits, &first, &end, &path);
    if (c->kind == PREFIX_ABSENT) return first == end;
    return end - first == c->count && memcmp(c->leaf, &m->entry[first], c->count * sizeof(c->leaf[0])) == 0;
}

/* The claim about `key` that is true, and its proof. */
static void claim_make(const struct seal *s, const struct hash *key, unsigned bits, bool prefix, struct claim *ret)
{
    const struct model *m = &s->model;
    const struct trie_entry *e = model_find(m, key);
    size_t first = 0, end = 0, at;

    *ret = (struct claim){.key = *key, .root = s->root, .bits = bits};
    if (prefix && m->count > 0) model_prefix(m, key, bits, &first, &end, &ret->path);
    if (prefix && first < end) {
        ret->kind = PREFIX;
        ret->count = end - first;
        assert_true(ret->count <= LEAVES_MAX);
        memcpy(ret->leaf, &m->entry[first], ret->count * sizeof(ret->leaf[0]));
        return;
    }
    ret->kind = prefix ? PREFIX_ABSENT : e != NULL ? PRESENT : ABSENT;
    if (m->count == 0) return;
    at = e != NULL && !prefix ? (size_t)(e - m->entry) : model_neighbour(m, key);
    ret->count = 1;
    ret->leaf[0] = m->entry[at];
    model_path(m, at, &ret->path);
}

/* The n-th question of a series in which every kind comes. */
static struct hash asked_key(uint64_t n)
{
    struct hash key = key_at(n % 60);

    if (n % 4 == 1) key = with_bit_flipped(key, (unsigned)(n * 37 % 256));
    if (n % 4 == 3) key = sample_hash("asked", n);
    return key;
}

static void claim_at(size_t seal, uint64_t n, struct claim *ret)
{
    struct hash key = asked_key(n);

    claim_make(&seals[seal], &key, n % 3 == 0 ? 128 : 128 + (unsigned)(n * 29 % 128), n / 4 % 2 == 1, ret);
}
#define CLAIMS 48

static void assert_refused(const struct claim *c)
{
    assert_false(accepted(c));
}

static void assert_no_lie(const struct claim *c, const struct model *m)
{
    if (accepted(c)) assert_true(is_true(c, m));
}

static void every_claim(void (*attack)(const struct claim *right, const struct seal *s))
{
    static struct claim right;
    size_t seen[CLAIM_KINDS] = {0};

    for (size_t s = 0; s < SEALS; s++)
        for (uint64_t n = 0; n < CLAIMS; n++) {
            claim_at(s, n, &right);
            assert_true(accepted(&right) && is_true(&right, &seals[s].model));
            attack(&right, &seals[s]);
            seen[right.kind]++;
        }
    for (size_t k = 0; k < CLAIM_KINDS; k++) assert_true(seen[k] > 10);
}

static void flip(void *bytes, size_t bit)
{
    ((uint8_t *)bytes)[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

/* Nothing else may be flipped of a presence: its key is the question. */
static void flip_shown(const struct claim *right, const struct seal *s)
{
    static struct claim c;
    size_t leaf_bits = right->count * sizeof(c.leaf[0]) * 8, skipped = right->kind == PRESENT ? 256 : 0;

    (void)s;
    c = *right;
    for (size_t bit = skipped; bit < leaf_bits; bit++) {
        flip(c.leaf, bit);
        assert_refused(&c);
        flip(c.leaf, bit);
    }
    for (size_t bit = 0; bit < c.path.count * sizeof(c.path.step[0]) * 8; bit++) {
        flip(c.path.step, bit);
        assert_refused(&c);
        flip(c.path.step, bit);
    }
    for (size_t bit = 0; bit < 256; bit++) {
        flip(c.root.b, bit);
        assert_refused(&c);
        flip(c.root.b, bit);
    }
}

static void no_bit_of_a_proof_can_change(void **state)
{
    (void)state;
    every_claim(flip_shown);
}

static void flip_question(const struct claim *right, const struct seal *s)
{
    static struct claim c;

    c = *right;
    for (unsigned bit = 0; bit < 256; bit++) {
        c.key = with_bit_flipped(right->key, bit);
        assert_no_lie(&c, &s->model);
    }
    c.key = right->key;
    for (c.bits = 0; c.bits < 300; c.bits++) {
        if (c.bits >= 128 && c.bits <= 255)
            assert_no_lie(&c, &s->model);
        else if (c.kind == PREFIX || c.kind == PREFIX_ABSENT)
            assert_refused(&c);
    }
    c.bits = right->bits;
    for (unsigned kind = 0; kind < CLAIM_KINDS; kind++) {
        c.kind = (enum claim_kind)kind;
        assert_no_lie(&c, &s->model);
    }
}

static void a_proof_of_something_else_is_none(void **state)
{
    (void)state;
    every_claim(flip_question);
}

/* ---- steps and leaves, dropped, repeated, moved, added ---- */

static void step_drop(struct trie_path *p, size_t at)
{
    memmove(&p->step[at], &p->step[at + 1], (p->count - at - 1) * sizeof(p->step[0]));
    p->count--;
}

static void step_insert(struct trie_path *p, size_t at, unsigned bit, const struct hash *sibling)
{
    memmove(&p->step[at + 1], &p->step[at], (p->count - at) * sizeof(p->step[0]));
    p->step[at].bit = (uint8_t)bit;
    p->step[at].sibling = *sibling;
    p->count++;
}

static void change_steps(const struct claim *right, const struct seal *s)
{
    static struct claim c;
    size_t count = right->path.count;

    (void)s;
    for (size_t i = 0; i < count; i++) {
        c = *right;
        step_drop(&c.path, i);
        assert_refused(&c);
        for (size_t at = 0; at <= count; at++) {
            c = *right;
            step_insert(&c.path, at, right->path.step[i].bit, &right->path.step[i].sibling);
            assert_refused(&c);
        }
        for (size_t other = 0; other < i; other++) {
            c = *right;
            c.path.step[i] = right->path.step[other];
            c.path.step[other] = right->path.step[i];
            assert_refused(&c);
        }
    }
    for (size_t at = 0; at <= count; at++)
        for (unsigned bit = 0; bit < 256; bit += 5) {
            struct hash sibling = bit % 2 == 0 ? (struct hash){{0}} : right->root;

            c = *right;
            step_insert(&c.path, at, bit, &sibling);
            assert_refused(&c);
        }
}

static void no_step_can_be_dropped_repeated_moved_or_added(void **state)
{
    (void)state;
    every_claim(change_steps);
}

static void change_leaves(const struct claim *right, const struct seal *s)
{
    static struct claim c;

    if (right->kind != PREFIX) return;
    for (size_t i = 0; i < right->count; i++) {
        c = *right;
        memmove(&c.leaf[i], &c.leaf[i + 1], (c.count - i - 1) * sizeof(c.leaf[0]));
        c.count--;
        assert_refused(&c);
        for (size_t other = 0; other < i; other++) {
            c = *right;
            c.leaf[i] = right->leaf[other];
            assert_refused(&c);
            c.leaf[other] = right->leaf[i];
            assert_refused(&c);
        }
        if (right->count == LEAVES_MAX) continue;
        for (size_t n = 0; n < s->model.count + right->count; n++) {
            c = *right;
            memmove(&c.leaf[i + 1], &c.leaf[i], (c.count - i) * sizeof(c.leaf[0]));
            c.leaf[i] = n < s->model.count ? s->model.entry[n] : right->leaf[n - s->model.count];
            c.count++;
            assert_refused(&c);
        }
    }
    assert_int_not_equal(trie_prefix_verify(&c.key, c.bits, NULL, 0, &right->path, &c.root), ERR_OK);
}

static void no_leaf_can_be_dropped_repeated_moved_or_added(void **state)
{
    (void)state;
    every_claim(change_leaves);
}

/* ---- parts of other proofs ---- */

static void take_from(const struct claim *right, const struct claim *other, const struct model *m)
{
    static struct claim c;

    c = *right;
    c.path = other->path;
    assert_no_lie(&c, m);
    c.count = other->count;
    memcpy(c.leaf, other->leaf, sizeof(c.leaf));
    assert_no_lie(&c, m);
    c.path = right->path;
    assert_no_lie(&c, m);
    c = *other;
    c.key = right->key;
    c.root = right->root;
    assert_no_lie(&c, m);
    for (size_t i = 0; i < right->path.count && i < other->path.count; i++) {
        c = *right;
        c.path.step[i] = other->path.step[i];
        assert_no_lie(&c, m);
    }
}

static void take_parts(const struct claim *right, const struct seal *s)
{
    static struct claim other;

    for (size_t o = 0; o < SEALS; o++)
        for (uint64_t n = 0; n < CLAIMS; n += 3) {
            claim_at(o, n, &other);
            take_from(right, &other, &s->model);
        }
}

static void nothing_can_be_taken_from_another_key_prefix_or_seal(void **state)
{
    (void)state;
    every_claim(take_parts);
}

static void other_seals(const struct claim *right, const struct seal *s)
{
    static struct claim c;

    c = *right;
    for (size_t o = 0; o < SEALS; o++) {
        if (&seals[o] == s) continue;
        c.root = seals[o].root;
        assert_refused(&c);
    }
}

static void a_proof_holds_under_its_own_seal_only(void **state)
{
    (void)state;
    every_claim(other_seals);
}

/* ---- several keys at once ---- */

#define ASKED_MAX 8
#define BYTES_MAX 65536

struct opening {
    size_t count;
    struct hash key[ASKED_MAX], root;
    struct items items;
};

static struct opening opening, other_opening, changed;

/* There is one array for a trie and a set of keys: nothing else may be accepted. */
static void assert_is_the_models(const struct opening *o, struct span array, const struct model *m)
{
    static uint8_t bytes[BYTES_MAX];
    static struct items want;
    struct out out = out_over(bytes, sizeof(bytes));

    model_opened(m, o->key, o->count, &want);
    items_encode(&want, &out);
    assert_true(span_equal(out_span(&out), array));
}

static bool opens(const struct opening *o, const struct model *m)
{
    static uint8_t bytes[BYTES_MAX];
    struct out array = out_over(bytes, sizeof(bytes));
    struct list_value value[ASKED_MAX];
    bool present[ASKED_MAX];

    items_encode(&o->items, &array);
    if (opened_verify(out_span(&array), &o->root, o->key, o->count, present, value) != ERR_OK) return false;
    assert_is_the_models(o, out_span(&array), m);
    for (size_t i = 0; i < o->count; i++) {
        const struct trie_entry *e = model_find(m, &o->key[i]);

        assert_int_equal(present[i], e != NULL);
        if (e != NULL) assert_memory_equal(value[i].b, e->value.b, 40);
    }
    return true;
}

static void opening_ask(struct opening *o, struct hash key)
{
    size_t i = 0;

    while (i < o->count && memcmp(o->key[i].b, key.b, 32) < 0) i++;
    if (i < o->count && memcmp(o->key[i].b, key.b, 32) == 0) return;
    memmove(&o->key[i + 1], &o->key[i], (o->count - i) * sizeof(key));
    o->key[i] = key;
    o->count++;
}

static void opening_at(size_t seal, uint64_t n, struct opening *ret)
{
    ret->count = 0;
    ret->root = seals[seal].root;
    for (uint64_t k = 0; k <= n % 5; k++) opening_ask(ret, asked_key(n * 7 + k * (n % 3 + 1)));
    model_opened(&seals[seal].model, ret->key, ret->count, &ret->items);
}
#define OPENINGS 20

/* A copy without what the items hold no more of. */
static void opening_copy(struct opening *to, const struct opening *from)
{
    memcpy(to, from, offsetof(struct opening, items));
    to->items.count = from->items.count;
    memcpy(to->items.item, from->items.item, from->items.count * sizeof(from->items.item[0]));
}

static void every_opening(void (*attack)(const struct seal *s))
{
    for (size_t s = 0; s < SEALS; s++)
        for (uint64_t n = 0; n < OPENINGS; n++) {
            opening_at(s, n, &opening);
            assert_true(opens(&opening, &seals[s].model));
            attack(&seals[s]);
        }
}

static void flip_array(const struct seal *s)
{
    static uint8_t bytes[BYTES_MAX];
    struct out array = out_over(bytes, sizeof(bytes));
    struct list_value value[ASKED_MAX];
    bool present[ASKED_MAX];

    (void)s;
    items_encode(&opening.items, &array);
    for (size_t bit = 0; bit < array.len * 8; bit++) {
        flip(bytes, bit);
        assert_int_not_equal(opened_verify(out_span(&array), &opening.root, opening.key, opening.count, present, value),
                             ERR_OK);
        flip(bytes, bit);
    }
    out_byte(&array, 0);
    for (size_t len = 0; len <= array.len; len++)
        assert_int_equal(opened_verify(span_of(bytes, len), &opening.root, opening.key, opening.count, present, value),
                         len == array.len - 1 ? ERR_OK : ERR_BAD_PROOF);
}

static void no_bit_of_an_opened_array_can_change(void **state)
{
    (void)state;
    every_opening(flip_array);
}

static void change_items(const struct seal *s)
{
    const struct items *right = &opening.items;

    for (size_t i = 0; i < right->count; i++) {
        opening_copy(&changed, &opening);
        memmove(&changed.items.item[i], &right->item[i + 1], (right->count - i - 1) * sizeof(right->item[0]));
        changed.items.count--;
        assert_false(opens(&changed, &s->model));
        for (size_t at = 0; at <= right->count; at++) {
            opening_copy(&changed, &opening);
            memmove(&changed.items.item[at + 1], &right->item[at], (right->count - at) * sizeof(right->item[0]));
            changed.items.item[at] = right->item[i];
            changed.items.count++;
            assert_false(opens(&changed, &s->model));
        }
        for (size_t other = 0; other < i; other++) {
            opening_copy(&changed, &opening);
            changed.items.item[i] = right->item[other];
            changed.items.item[other] = right->item[i];
            if (memcmp(&right->item[i], &right->item[other], sizeof(right->item[i])) != 0)
                assert_false(opens(&changed, &s->model));
        }
    }
}

static void no_item_can_be_dropped_repeated_moved_or_added(void **state)
{
    (void)state;
    every_opening(change_items);
}

/* Other keys asked of the same array; the same keys of other arrays, under this root and under theirs. */
static void other_questions(const struct seal *s)
{
    for (size_t o = 0; o < SEALS; o++)
        for (uint64_t n = 0; n < OPENINGS; n++) {
            opening_at(o, n, &other_opening);
            opening_copy(&changed, &opening);
            changed.count = other_opening.count;
            memcpy(changed.key, other_opening.key, sizeof(changed.key));
            opens(&changed, &s->model);
            opening_copy(&changed, &other_opening);
            changed.root = opening.root;
            if (&seals[o] != s) assert_false(opens(&changed, &s->model));
            changed.count = opening.count;
            memcpy(changed.key, opening.key, sizeof(changed.key));
            opens(&changed, &s->model);
        }
}

static void an_opened_array_never_answers_wrongly(void **state)
{
    (void)state;
    every_opening(other_questions);
}

/* A closed half with more than its hash in it. */
static void lengthen_closed(const struct seal *s)
{
    static const size_t longer[] = {31, 33, 40, 71, 73};
    static uint8_t bytes[BYTES_MAX];
    struct list_value value[ASKED_MAX];
    bool present[ASKED_MAX];

    (void)s;
    for (size_t n = 0; n < COUNT_OF(longer); n++)
        for (size_t at = 0; at < opening.items.count; at++) {
            struct out array = out_over(bytes, sizeof(bytes));

            if (opening.items.item[at].kind == ITEM_BIT) continue;
            cbor_put_array(&array, opening.items.count);
            for (size_t i = 0; i < opening.items.count; i++) {
                const struct item *item = &opening.items.item[i];
                size_t len = i == at ? longer[n] : item->kind == ITEM_LEAF ? 72 : 32;
                uint8_t padded[73] = {0};

                memcpy(padded, item->bytes, sizeof(item->bytes));
                if (item->kind == ITEM_BIT)
                    cbor_put_uint(&array, item->bit);
                else
                    cbor_put_bytes(&array, span_of(padded, len));
            }
            assert_int_equal(opened_verify(out_span(&array), &opening.root, opening.key, opening.count, present, value),
                             ERR_BAD_PROOF);
        }
}

static void halves_and_leaves_have_their_length(void **state)
{
    (void)state;
    every_opening(lengthen_closed);
}

static void key_drop(struct opening *o, size_t at)
{
    memmove(&o->key[at], &o->key[at + 1], (o->count - at - 1) * sizeof(o->key[0]));
    o->count--;
}

static void leaf_close(struct items *s, size_t at)
{
    struct items *alone = &other_opening.items;
    struct hash h;

    alone->count = 1;
    alone->item[0] = s->item[at];
    h = items_root(alone);
    s->item[at] = (struct item){.kind = ITEM_CLOSED};
    memcpy(s->item[at].bytes, h.b, sizeof(h.b));
}

/* A key less asked than is opened; a leaf closed that is asked for; both, which may leave a node of two closed halves.
 */
static void open_more_and_less(const struct seal *s)
{
    for (size_t i = 0; i < opening.count; i++) {
        opening_copy(&changed, &opening);
        key_drop(&changed, i);
        if (changed.count > 0) opens(&changed, &s->model);
        for (size_t at = 0; at < opening.items.count; at++) {
            if (opening.items.item[at].kind != ITEM_LEAF) continue;
            opening_copy(&changed, &opening);
            leaf_close(&changed.items, at);
            assert_false(opens(&changed, &s->model));
            key_drop(&changed, i);
            if (changed.count > 0) opens(&changed, &s->model);
        }
    }
    opening_copy(&changed, &opening);
    changed.count = 0;
    assert_false(opens(&changed, &s->model));
}

static void exactly_what_is_asked_is_opened(void **state)
{
    (void)state;
    every_opening(open_more_and_less);
}

/* Each item taken out of each other array of the same seal, and of others. */
static void take_items(const struct seal *s)
{
    for (size_t o = 0; o < SEALS; o++) {
        opening_at(o, opening.count * 3 + 1, &other_opening);
        for (size_t i = 0; i < opening.items.count; i++)
            for (size_t k = 0; k < other_opening.items.count; k++) {
                if (memcmp(&opening.items.item[i], &other_opening.items.item[k], sizeof(struct item)) == 0) continue;
                opening_copy(&changed, &opening);
                changed.items.item[i] = other_opening.items.item[k];
                assert_false(opens(&changed, &s->model));
            }
    }
}

static void no_item_can_be_taken_from_another_array(void **state)
{
    (void)state;
    every_opening(take_items);
}

/* ---- lists ---- */

#define LIST_MAX 40

static bool is_list(const struct list_item *items, size_t count, uint64_t covers, const struct list_value *value)
{
    struct list_value got;

    return list_value_of(items, count, covers, &got) == ERR_OK && memcmp(got.b, value->b, sizeof(got.b)) == 0;
}

static size_t list_at(size_t count, struct list_item *ret)
{
    for (size_t i = 0; i < count; i++) ret[i] = (struct list_item){i * i + 3, sample_hash("id", i)};
    return count;
}

static void no_bit_of_a_list_can_change(void **state)
{
    struct list_item items[LIST_MAX];

    (void)state;
    for (size_t count = 1; count < LIST_MAX; count += 1 + count / 8) {
        struct list_value value = model_list_value(items, list_at(count, items));
        uint64_t covers = items[count - 1].position + 1;

        assert_true(is_list(items, count, covers, &value));
        assert_false(is_list(items, count, covers - 1, &value));
        assert_false(is_list(items, count, 0, &value));
        for (size_t bit = 0; bit < count * sizeof(items[0]) * 8; bit++) {
            flip(items, bit);
            assert_false(is_list(items, count, UINT64_MAX, &value));
            flip(items, bit);
        }
        for (size_t bit = 0; bit < sizeof(value) * 8; bit++) {
            flip(&value, bit);
            assert_false(is_list(items, count, covers, &value));
            flip(&value, bit);
        }
    }
}

static void no_list_item_can_be_dropped_repeated_moved_or_added(void **state)
{
    struct list_item items[LIST_MAX], bad[LIST_MAX + 1];

    (void)state;
    for (size_t count = 1; count < LIST_MAX; count++) {
        struct list_value value = model_list_value(items, list_at(count, items));

        assert_false(is_list(items, 0, UINT64_MAX, &value));
        for (size_t i = 0; i < count; i++) {
            memcpy(bad, items, sizeof(items));
            memmove(&bad[i], &bad[i + 1], (count - i - 1) * sizeof(bad[0]));
            assert_false(is_list(bad, count - 1, UINT64_MAX, &value));
            memcpy(bad, items, sizeof(items));
            memmove(&bad[i + 1], &bad[i], (count - i) * sizeof(bad[0]));
            assert_false(is_list(bad, count + 1, UINT64_MAX, &value));
            for (size_t other = 0; other < i; other++) {
                memcpy(bad, items, sizeof(items));
                bad[i] = items[other];
                bad[other] = items[i];
                assert_false(is_list(bad, count, UINT64_MAX, &value));
            }
        }
    }
}

/* Under the root that the wrong list itself has. */
static void a_list_whose_positions_do_not_rise_below_the_seal_has_no_value(void **state)
{
    struct list_item items[LIST_MAX];

    (void)state;
    for (size_t count = 1; count < 12; count++)
        for (size_t i = 0; i < count; i++)
            for (int64_t wrong = -1; wrong < 2; wrong++) {
                struct list_value value;
                struct list_item kept;

                list_at(count, items);
                kept = items[i];
                if (i > 0) items[i].position = items[i - 1].position + (uint64_t)wrong;
                value = model_list_value(items, count);
                assert_int_equal(is_list(items, count, items[count - 1].position + 1, &value), i == 0 || wrong > 0);
                assert_false(is_list(items, count, items[count - 1].position, &value));
                items[i] = kept;
                items[count - 1].position = UINT64_MAX;
                value = model_list_value(items, count);
                assert_false(is_list(items, count, UINT64_MAX, &value));
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_bit_of_a_proof_can_change),
        cmocka_unit_test(a_proof_of_something_else_is_none),
        cmocka_unit_test(no_step_can_be_dropped_repeated_moved_or_added),
        cmocka_unit_test(no_leaf_can_be_dropped_repeated_moved_or_added),
        cmocka_unit_test(nothing_can_be_taken_from_another_key_prefix_or_seal),
        cmocka_unit_test(a_proof_holds_under_its_own_seal_only),
        cmocka_unit_test(no_bit_of_an_opened_array_can_change),
        cmocka_unit_test(no_item_can_be_dropped_repeated_moved_or_added),
        cmocka_unit_test(an_opened_array_never_answers_wrongly),
        cmocka_unit_test(halves_and_leaves_have_their_length),
        cmocka_unit_test(exactly_what_is_asked_is_opened),
        cmocka_unit_test(no_item_can_be_taken_from_another_array),
        cmocka_unit_test(no_bit_of_a_list_can_change),
        cmocka_unit_test(no_list_item_can_be_dropped_repeated_moved_or_added),
        cmocka_unit_test(a_list_whose_positions_do_not_rise_below_the_seal_has_no_value),
    };

    return cmocka_run_group_tests(tests, seals_make, seals_free);
}
