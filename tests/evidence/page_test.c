/* Pages of the index, made by the model of it (tests/index/model.h) for a log with two seals: each right one is
 * accepted, and whatever is accepted is true. What a lying log could put under a root of its own is refused by the
 * rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/base/codec.h"
#include "log/evidence/page.h"
#include "tests/evidence/world.h"
#include "tests/index/model.h"

#define ORIGIN "log.example.org/pages"
#define LEAVES 160
#define BYTES_MAX 65536
#define PAGES_MAX 64

/* Positions of the two seals: each covers what is before it. */
static const uint64_t covers[] = {100, LEAVES - 1};
#define SEALS COUNT_OF(covers)

static struct seal {
    struct model model;
    struct hash root;
    uint8_t bytes[1024], note[1024];
    struct span statement, checkpoint;
} seals[SEALS];
static struct hash leaves[LEAVES]; /* of the log */

/* ---- the log ---- */

static uint64_t split(uint64_t n)
{
    uint64_t k = 1;

    while (k * 2 < n) k *= 2;
    return k;
}

static struct hash range_root(uint64_t begin, uint64_t end)
{
    struct hash left, right;

    if (end - begin == 1) return leaves[begin];
    left = range_root(begin, begin + split(end - begin));
    right = range_root(begin + split(end - begin), end);
    return hash_parts((struct span[]){SPAN("\x01"), hash_span(&left), hash_span(&right)}, 3);
}

static void inclusion_put(uint64_t index, uint64_t begin, uint64_t end, struct out *o)
{
    uint64_t middle = begin + split(end - begin);
    struct hash other;

    if (end - begin == 1) return;
    if (index < middle)
        inclusion_put(index, begin, middle, o);
    else
        inclusion_put(index, middle, end, o);
    other = index < middle ? range_root(middle, end) : range_root(begin, middle);
    out_bytes(o, hash_span(&other));
}

/* A statement of the log at a position; the leaf of it goes into the tree. */
static struct span statement_put(enum statement_kind kind, const char *origin, uint64_t position, uint64_t says,
                                 const struct hash *root, uint8_t bytes[1024])
{
    struct seal_payload p = {.covers = says, .root = *root, .from_ms = says, .to_ms = says, .has_previous = true};
    struct secret_key key = test_key(KEY_ONLINE_TEST);
    uint8_t payload[256];
    struct out content = out_over(payload, sizeof(payload)), o = out_over(bytes, 1024);
    struct span name = span_text(origin);
    struct draft d = {.kind = kind, .iss = name, .sub = name, .home = name};
    struct hash id;

    p.previous = 2;
    seal_encode(&p, &content);
    d.payload = out_span(&content);
    assert_int_equal(statement_make(&d, &key, &o), ERR_OK);
    id = hash_of(out_span(&o));
    leaves[position] = leaf_hash(hash_span(&id));
    return out_span(&o);
}

/* Nobody looks at the signature here. */
static struct span checkpoint_put(uint64_t size, uint8_t note[1024])
{
    static const uint8_t signature[68] = {0};
    struct hash root = range_root(0, size);
    struct out o = out_over(note, 1024);

    out_text(&o, ORIGIN "\n");
    out_decimal(&o, size);
    out_text(&o, "\n");
    base64_encode(hash_span(&root), &o);
    out_text(&o, "\n\n\xe2\x80\x94 " ORIGIN " ");
    base64_encode(span_of(signature, sizeof(signature)), &o);
    out_text(&o, "\n");
    assert_false(o.full);
    return out_span(&o);
}

/* As the log's last statement at the seal's place; then everything is right about it but what is said otherwise. */
static void seal_again(size_t s, enum statement_kind kind, const char *origin, uint64_t says)
{
    seals[s].root = model_root(&seals[s].model);
    seals[s].statement = statement_put(kind, origin, covers[s], says, &seals[s].root, seals[s].bytes);
    seals[s].checkpoint = checkpoint_put(covers[s] + 1, seals[s].note);
}

static struct hash key_at(uint64_t n)
{
    return n < 12 ? sample_hash("key", n) : sample_clustered("key", n, 3);
}

static void model_fill(struct model *m, uint64_t end)
{
    for (uint64_t position = 0; position < end; position++)
        for (uint64_t n = 0; n < 30; n++) {
            struct list_item item = {position, sample_hash("id", position)};
            struct hash key = key_at(n);

            if (position % (n + 1) != n / 2) continue;
            model_add(m, &key, &item);
        }
    model_settle(m);
}

static int log_make(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < LEAVES; i++) leaves[i] = sample_hash("leaf", i);
    for (size_t s = 0; s < SEALS; s++) {
        model_fill(&seals[s].model, covers[s]);
        seal_again(s, KIND_SEAL, ORIGIN, covers[s]);
    }
    return 0;
}

static int log_free(void **state)
{
    (void)state;
    for (size_t s = 0; s < SEALS; s++) model_free(&seals[s].model);
    return 0;
}

/* ---- pages by definition ---- */

/* The maximal subtrees of [begin, end) that hold nothing of [from, to). */
static void beside_put(const struct list_item *items, uint64_t begin, uint64_t end, uint64_t from, uint64_t to,
                       struct out *o)
{
    struct list_value v;

    if (end <= from || begin >= to) {
        v = model_list_value(items + begin, end - begin);
        out_bytes(o, span_of(v.b + 8, 32));
        return;
    }
    if (end - begin == 1) return;
    beside_put(items, begin, begin + split(end - begin), from, to, o);
    beside_put(items, begin + split(end - begin), end, from, to, o);
}

struct made {
    uint8_t path[4096], leaf[PAGE_LEAF_SIZE], steps[256 * PAGE_STEP_SIZE], rows[BYTES_MAX], hashes[4096];
    struct page page;
};

static void leaf_make(struct made *m, const struct model *model, size_t at)
{
    struct out leaf = out_over(m->leaf, sizeof(m->leaf)), steps = out_over(m->steps, sizeof(m->steps));
    struct trie_path path;

    model_path(model, at, &path);
    page_put_leaf(&model->entry[at], &leaf);
    page_put_steps(&path, &steps);
    m->page.leaf = out_span(&leaf);
    m->page.steps = out_span(&steps);
}

static void items_make(struct made *m, const struct list_item *items, size_t count, uint64_t from, uint64_t to)
{
    struct out rows = out_over(m->rows, sizeof(m->rows)), hashes = out_over(m->hashes, sizeof(m->hashes));

    for (uint64_t i = from; i < to; i++) {
        out_u64(&rows, items[i].position);
        out_bytes(&rows, hash_span(&items[i].id));
    }
    beside_put(items, 0, count, from, to, &hashes);
    m->page.from = from;
    m->page.rows = out_span(&rows);
    m->page.hashes = out_span(&hashes);
}

static bool prefix_make(struct made *m, const struct model *model, const struct hash *prefix, unsigned bits)
{
    struct out rows = out_over(m->rows, sizeof(m->rows)), steps = out_over(m->steps, sizeof(m->steps));
    struct trie_path path;
    size_t first, end;

    model_prefix(model, prefix, bits, &first, &end, &path);
    if (first == end) return false;
    for (size_t i = first; i < end; i++) page_put_leaf(&model->entry[i], &rows);
    page_put_steps(&path, &steps);
    m->page.rows = out_span(&rows);
    m->page.steps = out_span(&steps);
    return true;
}

/* Up to `most` items from `from` on, when there are some. */
static void page_make(size_t s, const struct hash *key, unsigned bits, uint64_t from, uint64_t most, struct made *ret)
{
    const struct model *m = &seals[s].model;
    const struct trie_entry *e = bits == PAGE_BITS_KEY ? model_find(m, key) : NULL;
    struct out path = out_over(ret->path, sizeof(ret->path));

    ret->page = (struct page){.checkpoint = seals[s].checkpoint, .seal = seals[s].statement, .bits = bits, .key = *key};
    if (bits < PAGE_BITS_KEY) ret->page.key = cut_to(*key, bits);
    inclusion_put(covers[s], 0, covers[s] + 1, &path);
    ret->page.seal_path = out_span(&path);
    if (m->count == 0) return;
    if (bits < PAGE_BITS_KEY && prefix_make(ret, m, &ret->page.key, bits)) return;
    leaf_make(ret, m, e != NULL ? (size_t)(e - m->entry) : model_neighbour(m, &ret->page.key));
    if (e == NULL) return;
    const struct model_list *list = model_list_of(m, key);

    items_make(ret, list->item, list->count, from, from + most < list->count ? from + most : list->count);
}

/* ---- what is accepted is true ---- */

static void assert_list_is_true(const struct page *p, const struct page_seen *seen, const struct model *m)
{
    const struct model_list *list = model_list_of(m, &p->key);

    if (seen->count == 0) {
        assert_null(list);
        return;
    }
    assert_non_null(list);
    assert_int_equal(seen->count, list->count);
    assert_in_range(page_rows(p), 1, list->count - p->from);
    for (size_t i = 0; i < page_rows(p); i++) {
        struct list_item item = page_item(p, i);

        assert_int_equal(item.position, list->item[p->from + i].position);
        assert_memory_equal(item.id.b, list->item[p->from + i].id.b, 32);
    }
}

static void assert_prefix_is_true(const struct page *p, const struct page_seen *seen, const struct model *m)
{
    static struct trie_path path;
    size_t first = 0, end = 0;

    if (m->count > 0) model_prefix(m, &p->key, p->bits, &first, &end, &path);
    assert_int_equal(seen->count, end - first);
    assert_int_equal(page_rows(p), end - first);
    for (size_t i = 0; i < page_rows(p); i++) {
        struct trie_entry leaf = page_leaf(p, i);

        assert_memory_equal(&leaf, &m->entry[first + i], sizeof(leaf));
    }
}

/* False when it is refused. */
static bool accepted(const struct page *p)
{
    struct page_seen seen;
    size_t s = 0;

    if (page_verify(p, &seen) != ERR_OK) return false;
    while (s < SEALS && covers[s] + 1 != seen.checkpoint.size) s++;
    assert_true(s < SEALS);
    assert_memory_equal(seen.seal.root.b, seals[s].root.b, 32);
    if (p->bits == PAGE_BITS_KEY)
        assert_list_is_true(p, &seen, &seals[s].model);
    else
        assert_prefix_is_true(p, &seen, &seals[s].model);
    return true;
}

/* ---- right pages ---- */

static struct made made[PAGES_MAX];
static size_t made_count;

/* Some of every kind, under both seals. */
static void some_pages(void)
{
    made_count = 0;
    for (size_t s = 0; s < SEALS; s++)
        for (uint64_t n = 0; n < 30; n += 5) {
            struct hash there = key_at(n), near = with_bit_flipped(there, (unsigned)(n * 41 % 256));
            uint64_t count = model_list_of(&seals[s].model, &there)->count;

            assert_true(made_count + 5 <= PAGES_MAX);
            page_make(s, &there, PAGE_BITS_KEY, 0, count, &made[made_count++]);
            page_make(s, &there, PAGE_BITS_KEY, count / 3, 2, &made[made_count++]);
            page_make(s, &near, PAGE_BITS_KEY, 0, 0, &made[made_count++]);
            page_make(s, &there, 128 + (unsigned)n % 2, 0, 0, &made[made_count++]);
            page_make(s, &near, 255 - (unsigned)n, 0, 0, &made[made_count++]);
        }
}

static void every_page_is_accepted(void **state)
{
    static struct made one;

    (void)state;
    for (size_t s = 0; s < SEALS; s++)
        for (uint64_t n = 0; n < 30; n++) {
            struct hash key = key_at(n);
            uint64_t count = model_list_of(&seals[s].model, &key)->count;

            for (uint64_t from = 0; from < count; from += 1 + from / 4)
                for (uint64_t most = 1; most <= count - from; most += 1 + most / 2) {
                    page_make(s, &key, PAGE_BITS_KEY, from, most, &one);
                    assert_true(accepted(&one.page));
                }
        }
    some_pages();
    for (size_t i = 0; i < made_count; i++) assert_true(accepted(&made[i].page));
}

/* ---- changed pages ---- */

/* What stands below the text of the checkpoint is for others to check. */
static bool in_signature(const struct page *p, const uint8_t *at)
{
    const uint8_t *note = p->checkpoint.ptr;

    return at >= note + span_find(p->checkpoint, 0xe2) && at < note + p->checkpoint.len;
}

static void no_bit_of_a_page_can_change(void **state)
{
    static uint8_t bytes[BYTES_MAX];

    (void)state;
    some_pages();
    for (size_t i = 0; i < made_count; i += 7) {
        struct out o = out_over(bytes, sizeof(bytes));
        struct page p;

        page_encode(&made[i].page, &o);
        for (size_t bit = 0; bit < o.len * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (page_decode(out_span(&o), &p) == ERR_OK && accepted(&p) &&
                memcmp(p.key.b, made[i].page.key.b, 32) == 0 && p.bits == made[i].page.bits)
                assert_true(in_signature(&p, bytes + bit / 8));
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
}

static bool decodes(const struct page *p, size_t behind)
{
    static uint8_t bytes[BYTES_MAX];
    struct out o = out_over(bytes, sizeof(bytes));
    struct page read;

    page_encode(p, &o);
    return page_decode(span_of(bytes, o.len + behind), &read) == ERR_OK;
}

static void a_page_has_one_form(void **state)
{
    (void)state;
    some_pages();
    for (size_t i = 0; i < made_count; i++) {
        const struct page *right = &made[i].page;
        const size_t lengths[] = {right->seal_path.len, right->leaf.len, right->steps.len, right->hashes.len};
        struct page p = *right;

        assert_true(decodes(&p, 0));
        assert_false(decodes(&p, 1));
        for (p.bits = 0; p.bits < 128; p.bits++) assert_false(decodes(&p, 0));
        p.bits = 257;
        assert_false(decodes(&p, 0));
        for (p.bits = 128; p.bits < PAGE_BITS_KEY; p.bits += 9) {
            p.key = cut_to(right->key, p.bits);
            p.rows.len = 0;
            assert_true(decodes(&p, 0));
            p.key = with_bit_flipped(p.key, 255);
            assert_false(decodes(&p, 0));
        }
        for (size_t part = 0; part < COUNT_OF(lengths); part++) {
            if (lengths[part] == 0) continue;
            p = *right;
            if (part == 0) p.seal_path.len--;
            if (part == 1) p.leaf.len--;
            if (part == 2) p.steps.len--;
            if (part == 3) p.hashes.len--;
            assert_false(decodes(&p, 0));
        }
    }
}

/* Cuts `len` bytes out of each place of a part, and puts them there twice. */
static void pieces_change(struct span *part, const struct page *changed, size_t len)
{
    static uint8_t bytes[BYTES_MAX];
    struct span whole = *part;

    for (size_t at = 0; at + len <= whole.len; at += len) {
        struct out less = out_over(bytes, sizeof(bytes));

        out_bytes(&less, span_slice(whole, 0, at));
        out_bytes(&less, span_slice(whole, at + len, whole.len));
        *part = out_span(&less);
        assert_false(accepted(changed));
        less.len = at + len;
        memcpy(bytes, whole.ptr, at + len);
        out_bytes(&less, span_slice(whole, at, whole.len));
        *part = out_span(&less);
        assert_false(accepted(changed));
        if (at == 0 || memcmp(whole.ptr, whole.ptr + at, len) == 0) continue;
        memcpy(bytes, whole.ptr, whole.len);
        memcpy(bytes, whole.ptr + at, len);
        memcpy(bytes + at, whole.ptr, len);
        *part = span_of(bytes, whole.len);
        assert_false(accepted(changed));
    }
    *part = whole;
}

static void no_piece_can_be_dropped_repeated_or_moved(void **state)
{
    (void)state;
    some_pages();
    for (size_t i = 0; i < made_count; i++) {
        const struct page *right = &made[i].page;
        struct page p = *right;

        pieces_change(&p.seal_path, &p, 32);
        pieces_change(&p.steps, &p, PAGE_STEP_SIZE);
        pieces_change(&p.rows, &p, p.bits == PAGE_BITS_KEY ? PAGE_ITEM_SIZE : PAGE_LEAF_SIZE);
        pieces_change(&p.hashes, &p, 32);
        for (p.from = 0; p.from < 200; p.from++)
            if (p.from != right->from) assert_false(accepted(&p));
        p.from = UINT64_MAX;
        assert_false(accepted(&p));
    }
}

/* A hash or a row where there is none. */
static void nothing_can_be_added(void **state)
{
    static const uint8_t zeros[PAGE_LEAF_SIZE] = {0};

    (void)state;
    some_pages();
    for (size_t i = 0; i < made_count; i++) {
        struct page p = made[i].page;

        if (p.hashes.len == 0) p.hashes = span_of(zeros, 32);
        if (p.hashes.ptr == zeros) assert_false(accepted(&p));
        p = made[i].page;
        if (p.leaf.len == 0) p.leaf = span_of(zeros, PAGE_LEAF_SIZE);
        if (p.leaf.ptr == zeros) assert_false(accepted(&p));
        p = made[i].page;
        if (p.rows.len == 0) p.rows = span_of(zeros, p.bits == PAGE_BITS_KEY ? PAGE_ITEM_SIZE : PAGE_LEAF_SIZE);
        if (p.rows.ptr == zeros) assert_false(accepted(&p));
        p = made[i].page;
        if (p.rows.len > 0) p.rows.len = 0;
        if (made[i].page.rows.len > 0) assert_false(accepted(&p));
    }
}

/* `parts` by their bits: which ten come from the other page. */
static void take(struct page *to, const struct page *from, unsigned parts)
{
    if (parts & 1) to->checkpoint = from->checkpoint;
    if (parts & 2) to->seal = from->seal;
    if (parts & 4) to->seal_path = from->seal_path;
    if (parts & 8) to->bits = from->bits;
    if (parts & 16) to->key = from->key;
    if (parts & 32) to->leaf = from->leaf;
    if (parts & 64) to->steps = from->steps;
    if (parts & 128) to->from = from->from;
    if (parts & 256) to->rows = from->rows;
    if (parts & 512) to->hashes = from->hashes;
}

static void parts_of_two_pages_never_make_a_lie(void **state)
{
    static uint8_t bytes[BYTES_MAX];
    size_t mixed = 0;

    (void)state;
    some_pages();
    for (size_t i = 0; i < made_count; i += 2)
        for (size_t k = 1; k < made_count; k += 3)
            for (unsigned parts = 1; parts < 1023; parts += 1 + (unsigned)(i + k) % 17) {
                struct out o = out_over(bytes, sizeof(bytes));
                struct page p = made[i].page, read;

                take(&p, &made[k].page, parts);
                page_encode(&p, &o);
                if (page_decode(out_span(&o), &read) == ERR_OK) mixed += accepted(&read);
            }
    assert_true(mixed > 0);
}

/* ---- a log that lies ---- */

static void the_seal_is_the_logs_last_statement(void **state)
{
    static struct made one;
    struct hash key = key_at(3);
    struct out path;

    (void)state;
    for (unsigned lie = 0; lie < 5; lie++) {
        log_free(NULL);
        log_make(NULL);
        if (lie == 1) seal_again(1, KIND_RULES, ORIGIN, covers[1]);
        if (lie == 2) seal_again(1, KIND_SEAL, "other.example.org/pages", covers[1]);
        if (lie == 3) seal_again(1, KIND_SEAL, ORIGIN, covers[1] - 1);
        page_make(1, &key, PAGE_BITS_KEY, 0, 2, &one);
        if (lie == 4) { /* everything of the older seal, under the newer checkpoint, in which it stands too */
            page_make(0, &key, PAGE_BITS_KEY, 0, 2, &one);
            path = out_over(one.path, sizeof(one.path));
            inclusion_put(covers[0], 0, LEAVES, &path);
            one.page.seal_path = out_span(&path);
            one.page.checkpoint = seals[1].checkpoint;
        }
        assert_int_equal(accepted(&one.page), lie == 0);
    }
    log_free(NULL);
    log_make(NULL);
}

/* A list under the seal as it was not allowed to be; every page of it that has the wrong place. */
static void the_items_of_a_page_rise_below_the_seal(void **state)
{
    static struct made one;
    struct hash key = key_at(3);

    (void)state;
    for (unsigned lie = 0; lie < 4; lie++) {
        struct list_item items[6];
        struct list_value value;
        struct page_seen seen;

        for (uint64_t i = 0; i < 6; i++) items[i] = (struct list_item){10 * i, sample_hash("id", i)};
        if (lie == 1) items[3].position = items[2].position;
        if (lie == 2) items[3].position = items[2].position - 1;
        if (lie == 3) items[3].position = covers[1];
        value = model_list_value(items, 6);
        model_set(&seals[1].model, &key, &value);
        seal_again(1, KIND_SEAL, ORIGIN, covers[1]);
        page_make(1, &key, PAGE_BITS_KEY, 0, 1, &one);
        items_make(&one, items, 6, 2, 4);
        assert_int_equal(page_verify(&one.page, &seen) == ERR_OK, lie == 0);
    }
    log_free(NULL);
    log_make(NULL);
}

static void a_list_has_as_many_items_as_its_value_says(void **state)
{
    static struct made one;
    struct hash key = key_at(3);

    (void)state;
    for (uint64_t says = 0; says < 12; says++) {
        struct list_item items[6];
        struct list_value value;

        for (uint64_t i = 0; i < 6; i++) items[i] = (struct list_item){10 * i, sample_hash("id", i)};
        value = model_list_value(items, 6);
        u64_put(value.b, says);
        model_set(&seals[1].model, &key, &value);
        seal_again(1, KIND_SEAL, ORIGIN, covers[1]);
        page_make(1, &key, PAGE_BITS_KEY, 0, 1, &one);
        for (uint64_t from = 0; from <= 6; from++) {
            struct page_seen seen;

            items_make(&one, items, 6, from, 6);
            assert_int_equal(page_verify(&one.page, &seen) == ERR_OK, says == 6 && from < 6);
        }
    }
    log_free(NULL);
    log_make(NULL);
}

static void an_empty_index_has_nothing_and_shows_nothing(void **state)
{
    static struct made one;
    static const uint8_t zeros[PAGE_LEAF_SIZE] = {0};
    struct hash key = key_at(3);

    (void)state;
    model_free(&seals[1].model);
    seal_again(1, KIND_SEAL, ORIGIN, covers[1]);
    for (unsigned bits = 128; bits <= PAGE_BITS_KEY; bits += 64) {
        page_make(1, &key, bits, 0, 0, &one);
        assert_true(accepted(&one.page));
        one.page.leaf = span_of(zeros, PAGE_LEAF_SIZE);
        assert_false(accepted(&one.page));
        one.page.leaf.len = 0;
        one.page.steps = span_of(zeros, PAGE_STEP_SIZE);
        assert_false(accepted(&one.page));
    }
    log_free(NULL);
    log_make(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_is_accepted),
        cmocka_unit_test(no_bit_of_a_page_can_change),
        cmocka_unit_test(a_page_has_one_form),
        cmocka_unit_test(no_piece_can_be_dropped_repeated_or_moved),
        cmocka_unit_test(nothing_can_be_added),
        cmocka_unit_test(parts_of_two_pages_never_make_a_lie),
        cmocka_unit_test(the_seal_is_the_logs_last_statement),
        cmocka_unit_test(the_items_of_a_page_rise_below_the_seal),
        cmocka_unit_test(a_list_has_as_many_items_as_its_value_says),
        cmocka_unit_test(an_empty_index_has_nothing_and_shows_nothing),
    };

    return cmocka_run_group_tests(tests, log_make, log_free);
}
