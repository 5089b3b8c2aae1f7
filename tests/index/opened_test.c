/* Several keys under one root. What a lying prover can do is tried under the root that its own array
 * gives: there the hashes agree, and only the other checks stand between it and an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "log/base/cbor.h"
#include "tests/index/kept.h"

#define KEYS_MAX 24

static struct model model;
static struct kept kept;
static struct trie_edit edit;
static struct items items;
static struct hash keys[KEYS_MAX];
static size_t key_count;
static bool present[KEYS_MAX];
static struct list_value values[KEYS_MAX];
static uint8_t array_bytes[200000], other_bytes[200000];

static void add(const struct hash *key, uint64_t n)
{
    struct trie_cell cell = sample_cell(n);
    struct list_value value = trie_cell_value(&cell);
    bool is_new;

    model_set(&model, key, &value);
    assert_int_equal(kept_set(&edit, key, &cell, &is_new), ERR_OK);
}

static void begin(void)
{
    model.count = 0;
    kept_begin(&kept, &edit);
}

static void end(void)
{
    assert_int_equal(trie_edit_end(&edit), ERR_OK);
}

static void fill(uint64_t count, uint64_t clusters)
{
    begin();
    for (uint64_t n = 0; n < count; n++) {
        struct hash key = clusters == 0 ? sample_hash("key", n) : sample_clustered("key", n, clusters);

        add(&key, n);
    }
    end();
}

/* Sorted, each once. */
static void ask(struct hash key)
{
    size_t i = 0;

    while (i < key_count && hash_compare(&keys[i], &key) < 0) i++;
    if (i < key_count && hash_equal(&keys[i], &key)) return;
    assert_true(key_count < KEYS_MAX);
    memmove(&keys[i + 1], &keys[i], (key_count - i) * sizeof(keys[0]));
    keys[i] = key;
    key_count++;
}

/* `count` keys, some of them there, some not, some near those that are. */
static void ask_some(uint64_t seed, size_t count)
{
    key_count = 0;
    for (uint64_t n = 0; key_count < count; n++) {
        struct hash h = sample_hash("ask", seed * 1000 + n);
        struct hash there = model.count > 0 ? model.entry[h.b[0] % model.count].key : h;

        if (n % 3 == 0) ask(h);
        if (n % 3 == 1) ask(there);
        if (n % 3 == 2) ask(with_bit_flipped(there, h.b[1]));
    }
}

static enum err verify(struct span array, const struct hash *root)
{
    return opened_verify(array, root, keys, key_count, present, values);
}

static enum err verify_items(const struct items *s, const struct hash *root)
{
    struct out o = out_over(other_bytes, sizeof(other_bytes));

    items_encode(s, &o);
    return verify(out_span(&o), root);
}

static void assert_answers_are_the_models(void)
{
    for (size_t i = 0; i < key_count; i++) {
        const struct trie_entry *e = model_find(&model, &keys[i]);

        assert_int_equal(present[i], e != NULL);
        if (e != NULL) assert_memory_equal(values[i].b, e->value.b, 40);
    }
}

static struct span make(void)
{
    struct out o = out_over(array_bytes, sizeof(array_bytes));

    assert_int_equal(trie_prove_keys(&edit.view, keys, key_count, &o), ERR_OK);
    return out_span(&o);
}

/* Made, equal to the definition, and verified. */
static struct span assert_opened(void)
{
    struct span array = make();
    struct out want = out_over(other_bytes, sizeof(other_bytes));
    struct hash root = model_root(&model);

    model_opened(&model, keys, key_count, &items);
    items_encode(&items, &want);
    assert_int_equal(array.len, want.len);
    assert_memory_equal(array.ptr, want.ptr, want.len);
    memset(present, 1, sizeof(present));
    assert_int_equal(verify(array, &root), ERR_OK);
    assert_answers_are_the_models();
    return array;
}

static void every_set_of_keys_is_opened_and_verified(void **state)
{
    (void)state;
    for (uint64_t size = 0; size < 70; size += size < 6 ? 1 : 21) {
        for (uint64_t clusters = 0; clusters < 5; clusters += 4) {
            fill(size, clusters);
            for (uint64_t seed = 0; seed < 12; seed++) {
                ask_some(seed, 1 + seed % 9);
                assert_opened();
            }
        }
    }
}

/* Of any value, which no store has to keep: made by the definition. */
static void keys_of_the_vectors_are_opened(void **state)
{
    json_t *all, *one, *p;
    size_t i, n;

    (void)state;
    all = vectors_open();
    json_array_foreach(json_object_get(all, "tries"), i, one)
    {
        struct hash root = json_hash(json_object_get(one, "root"));
        struct out o = out_over(array_bytes, sizeof(array_bytes));
        json_t *leaves = json_object_get(one, "leaves");

        model.count = 0;
        json_array_foreach(leaves, n, p)
        {
            struct hash key = json_hash(json_array_get(p, 0));
            struct list_value value = json_value(json_array_get(p, 1));

            model_set(&model, &key, &value);
        }
        key_count = 0;
        ask(sample_hash("ask", i));
        json_array_foreach(json_object_get(one, "present"), n, p) ask(json_hash(json_object_get(p, "K")));
        json_array_foreach(json_object_get(one, "absent"), n, p) ask(json_hash(json_object_get(p, "K")));
        model_opened(&model, keys, key_count, &items);
        items_encode(&items, &o);
        assert_int_equal(verify(out_span(&o), &root), ERR_OK);
        assert_answers_are_the_models();
    }
    json_decref(all);
}

static void the_deepest_trie_is_opened(void **state)
{
    struct hash base = sample_hash("base", 0);

    (void)state;
    begin();
    add(&base, 0);
    for (unsigned bit = 0; bit < 256; bit++) {
        struct hash key = with_bit_flipped(base, bit);

        add(&key, 0);
    }
    end();
    key_count = 0;
    ask(base);
    assert_opened();
    ask(with_bit_flipped(base, 255));
    ask(with_bit_flipped(base, 0));
    ask(with_bit_flipped(with_bit_flipped(base, 17), 200));
    assert_opened();
}

static void the_array_is_appended_to_what_stands_there(void **state)
{
    struct out o = out_over(array_bytes, sizeof(array_bytes));
    struct hash root;

    (void)state;
    fill(200, 0);
    root = model_root(&model);
    ask_some(1, 20); /* more than 23 items: a longer head */
    out_text(&o, "before");
    assert_int_equal(trie_prove_keys(&edit.view, keys, key_count, &o), ERR_OK);
    assert_memory_equal(o.ptr, "before", 6);
    assert_int_equal(verify(span_of(o.ptr + 6, o.len - 6), &root), ERR_OK);
    assert_answers_are_the_models();
}

static void a_buffer_too_small_by_any_number_of_bytes_is_refused(void **state)
{
    size_t whole;

    (void)state;
    fill(40, 3);
    ask_some(4, 5);
    whole = make().len;
    for (size_t cap = 0; cap < whole; cap++) {
        struct out o = out_over(array_bytes, cap);

        array_bytes[cap] = 0x5a;
        assert_int_equal(trie_prove_keys(&edit.view, keys, key_count, &o), ERR_NO_ROOM);
        assert_int_equal(array_bytes[cap], 0x5a);
    }
}

static void the_empty_trie_is_the_empty_array(void **state)
{
    struct hash zero = {{0}}, root = sample_hash("root", 0);
    struct items closed = {.count = 0};
    struct span array;

    (void)state;
    begin();
    ask_some(0, 3);
    array = make();
    assert_int_equal(array.len, 1);
    assert_int_equal(array.ptr[0], 0x80);
    memset(present, 1, sizeof(present));
    assert_int_equal(verify(array, &zero), ERR_OK);
    for (size_t i = 0; i < key_count; i++) assert_false(present[i]);
    assert_int_equal(verify(array, &root), ERR_BAD_PROOF);
    items_closed(&closed, &zero);
    assert_int_equal(verify_items(&closed, &zero), ERR_BAD_PROOF);
    assert_int_equal(verify(SPAN("\x80\x80"), &zero), ERR_BAD_PROOF);
    assert_int_equal(verify(SPAN(""), &zero), ERR_BAD_PROOF);
}

/* ---- changed arrays of honest tries ---- */

static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        struct hash root;
        struct span array;

        fill(3 + seed * 7, seed % 2 == 0 ? 0 : 2);
        root = model_root(&model);
        ask_some(seed, 1 + seed % 4);
        array = make();
        for (size_t bit = 0; bit < array.len * 8; bit++) {
            array_bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_not_equal(verify(array, &root), ERR_OK);
            array_bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(verify(array, &root), ERR_OK);
    }
}

static void every_cut_and_every_byte_behind_is_refused(void **state)
{
    struct hash root;
    struct span array;

    (void)state;
    fill(30, 3);
    root = model_root(&model);
    ask_some(2, 4);
    array = make();
    for (size_t len = 0; len < array.len; len++)
        assert_int_equal(verify(span_of(array.ptr, len), &root), ERR_BAD_PROOF);
    for (unsigned byte = 0; byte < 256; byte++) {
        array_bytes[array.len] = (uint8_t)byte;
        assert_int_equal(verify(span_of(array.ptr, array.len + 1), &root), ERR_BAD_PROOF);
    }
    /* The head counts one more, or one less, than there are. */
    assert_in_range(array_bytes[0], 0x82, 0x96);
    array_bytes[0]++;
    assert_int_equal(verify(array, &root), ERR_BAD_PROOF);
    array_bytes[0] = (uint8_t)(array_bytes[0] - 2);
    assert_int_equal(verify(array, &root), ERR_BAD_PROOF);
}

static bool items_same(const struct item *a, const struct item *b)
{
    return a->kind == b->kind && a->bit == b->bit && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static void every_item_dropped_repeated_or_swapped_is_refused(void **state)
{
    static struct items bad;

    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        struct hash root;

        fill(2 + seed * 6, seed % 2 == 0 ? 0 : 2);
        root = model_root(&model);
        ask_some(seed, 1 + seed % 5);
        model_opened(&model, keys, key_count, &items);
        for (size_t i = 0; i < items.count; i++) {
            bad = items;
            memmove(&bad.item[i], &items.item[i + 1], (items.count - i - 1) * sizeof(items.item[0]));
            bad.count--;
            assert_int_not_equal(verify_items(&bad, &root), ERR_OK);
            for (size_t at = 0; at <= items.count; at++) {
                bad = items;
                memmove(&bad.item[at + 1], &items.item[at], (items.count - at) * sizeof(items.item[0]));
                bad.item[at] = items.item[i];
                bad.count++;
                assert_int_not_equal(verify_items(&bad, &root), ERR_OK);
            }
            for (size_t k = i + 1; k < items.count; k++) {
                if (items_same(&items.item[i], &items.item[k])) continue;
                bad = items;
                bad.item[i] = items.item[k];
                bad.item[k] = items.item[i];
                assert_int_not_equal(verify_items(&bad, &root), ERR_OK);
            }
        }
    }
}

/* An array that was made for other keys is refused, or happens to be the right one for these. */
static void an_array_for_other_keys_never_answers_wrongly(void **state)
{
    static struct hash asked[64][KEYS_MAX];
    static size_t asked_count[64];
    static uint8_t made[64][8192];
    static size_t made_len[64];
    struct hash root;
    size_t fitting = 0;

    (void)state;
    fill(25, 4);
    root = model_root(&model);
    for (size_t n = 0; n < 64; n++) {
        ask_some(n, 1 + n % 3);
        memcpy(asked[n], keys, sizeof(keys));
        asked_count[n] = key_count;
        made_len[n] = make().len;
        memcpy(made[n], array_bytes, made_len[n]);
    }
    for (size_t n = 0; n < 64; n++) {
        memcpy(keys, asked[n], sizeof(keys));
        key_count = asked_count[n];
        for (size_t k = 0; k < 64; k++) {
            bool same = made_len[n] == made_len[k] && memcmp(made[n], made[k], made_len[n]) == 0;

            assert_int_equal(verify(span_of(made[k], made_len[k]), &root) == ERR_OK, same);
            if (!same) continue;
            assert_answers_are_the_models();
            fitting++;
        }
    }
    assert_true(fitting >= 64);
}

/* ---- closed and opened too much ---- */

static void a_closed_half_on_the_way_of_a_key_is_incomplete(void **state)
{
    struct hash root, third, wrong = sample_hash("root", 1);

    (void)state;
    fill(40, 3);
    root = model_root(&model);
    key_count = 0;
    ask(model.entry[3].key);
    ask(model.entry[30].key);
    model_opened(&model, keys, key_count, &items);
    third = model.entry[17].key;
    ask(third);
    assert_int_equal(verify_items(&items, &root), ERR_INCOMPLETE);
    /* What does not lead to the root is not even incomplete. */
    assert_int_equal(verify_items(&items, &wrong), ERR_BAD_PROOF);
    items.count = 0;
    items_closed(&items, &root);
    assert_int_equal(verify_items(&items, &root), ERR_INCOMPLETE);
    assert_int_equal(verify_items(&items, &wrong), ERR_BAD_PROOF);
}

static void what_no_key_needs_is_not_opened(void **state)
{
    struct hash root;

    (void)state;
    fill(40, 3);
    root = model_root(&model);
    for (size_t more = 0; more < 40; more++) {
        key_count = 0;
        ask(model.entry[20].key);
        if (more != 20) ask(model.entry[more].key);
        model_opened(&model, keys, key_count, &items);
        key_count = 0;
        ask(model.entry[20].key);
        assert_int_equal(verify_items(&items, &root), more == 20 ? ERR_OK : ERR_BAD_PROOF);
    }
}

static void a_node_that_no_key_needs_is_not_opened(void **state)
{
    struct trie_entry one = {{{0}}, {{0}}}, two, three;
    struct hash h, root;

    (void)state;
    memset(one.value.b, 1, 40);
    two = one;
    three = one;
    two.key.b[0] = 0x80;
    three.key.b[0] = 0xc0;
    items.count = 0;
    items_bit(&items, 0);
    items_leaf(&items, &one);
    items_bit(&items, 1);
    h = trie_leaf_hash(&two.key, &two.value);
    items_closed(&items, &h);
    h = trie_leaf_hash(&three.key, &three.value);
    items_closed(&items, &h);
    root = items_root(&items);
    key_count = 0;
    ask(one.key);
    assert_int_equal(verify_items(&items, &root), ERR_BAD_PROOF);
    items.item[3].kind = ITEM_LEAF;
    memcpy(items.item[3].bytes, two.key.b, 32);
    memcpy(items.item[3].bytes + 32, two.value.b, 40);
    root = items_root(&items);
    assert_int_equal(verify_items(&items, &root), ERR_BAD_PROOF);
    ask(two.key);
    assert_int_equal(verify_items(&items, &root), ERR_OK);
}

static void a_node_of_two_closed_halves_is_refused(void **state)
{
    struct hash a = sample_hash("a", 0), b = sample_hash("b", 0), root;
    const unsigned bits[] = {0, 5, 255};

    (void)state;
    key_count = 0;
    ask(sample_hash("key", 0));
    for (size_t i = 0; i < COUNT_OF(bits); i++) {
        items.count = 0;
        items_bit(&items, bits[i]);
        items_closed(&items, &a);
        items_closed(&items, &b);
        root = trie_node_hash(bits[i], &keys[0], &a, &b);
        assert_int_equal(verify_items(&items, &root), ERR_BAD_PROOF);
        root = items_root(&items);
        assert_int_equal(verify_items(&items, &root), ERR_BAD_PROOF);
    }
}

/* ---- malformed tries under their own roots ---- */

static struct trie_entry entry_of(uint8_t first_byte)
{
    struct trie_entry e = {{{0}}, {{0}}};

    e.key.b[0] = first_byte;
    e.value.b[7] = 1;
    e.value.b[39] = first_byte;
    return e;
}

/* bit_above, then in its left half bit_below over `left` and `right`; the right half is closed. */
static enum err try_two_levels(uint64_t bit_above, uint64_t bit_below, uint8_t left, uint8_t right)
{
    struct trie_entry l = entry_of(left), r = entry_of(right);
    struct hash closed = sample_hash("closed", 0), root;

    items.count = 0;
    items_bit(&items, bit_above);
    items_bit(&items, bit_below);
    items_leaf(&items, &l);
    items_leaf(&items, &r);
    items_closed(&items, &closed);
    root = items_root(&items);
    key_count = 0;
    ask(l.key);
    ask(r.key);
    return verify_items(&items, &root);
}

static void bits_rise_strictly_on_the_way_down(void **state)
{
    (void)state;
    assert_int_equal(try_two_levels(2, 4, 0x00, 0x08), ERR_OK);
    assert_int_equal(try_two_levels(2, 3, 0x00, 0x10), ERR_OK);
    assert_int_equal(try_two_levels(4, 4, 0x00, 0x08), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(5, 4, 0x00, 0x08), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(255, 4, 0x00, 0x08), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(2, 2, 0x00, 0x20), ERR_BAD_PROOF);
}

static void bits_are_at_most_255(void **state)
{
    (void)state;
    /* Each is 2 or 4 when cut to a byte. */
    assert_int_equal(try_two_levels(2, 256 + 4, 0x00, 0x08), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(2, UINT64_C(0x10000000004), 0x00, 0x08), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(2, UINT64_MAX - 251, 0x00, 0x08), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(256 + 2, 256 + 4, 0x00, 0x08), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(UINT64_C(0x10000000002), 4, 0x00, 0x08), ERR_BAD_PROOF);
}

static void a_leaf_stands_on_its_side(void **state)
{
    (void)state;
    assert_int_equal(try_two_levels(2, 4, 0x08, 0x00), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(2, 4, 0x00, 0x00), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(2, 4, 0x08, 0x08), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(2, 4, 0x20, 0x28), ERR_BAD_PROOF);
}

/* One opened half alone: nothing to compare it with but its own side. */
static void a_lone_leaf_stands_on_its_side(void **state)
{
    struct hash closed = sample_hash("closed", 0), root;

    (void)state;
    for (unsigned asked = 0; asked < 2; asked++) {
        for (unsigned side = 0; side < 2; side++) {
            for (unsigned bit = 0; bit < 2; bit++) {
                struct trie_entry e = entry_of(bit == 1 ? 0x10 : 0x00);

                items.count = 0;
                items_bit(&items, 3);
                if (side == 1) items_closed(&items, &closed);
                items_leaf(&items, &e);
                if (side == 0) items_closed(&items, &closed);
                root = items_root(&items);
                key_count = 0;
                ask(entry_of(asked == 1 ? 0x1f : 0x0f).key);
                assert_int_equal(verify_items(&items, &root) == ERR_OK, side == bit && asked == side);
            }
        }
    }
}

static void leaves_below_a_node_share_all_bits_before_its_own(void **state)
{
    (void)state;
    /* They part at bit 3 already, or at bit 0. */
    assert_int_equal(try_two_levels(2, 4, 0x00, 0x18), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(2, 4, 0x10, 0x08), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(2, 4, 0x00, 0x88), ERR_BAD_PROOF);
    assert_int_equal(try_two_levels(2, 4, 0xd0, 0xd8), ERR_OK);
}

/* Two nodes of one level each are in order, but their leaves have no prefix in common. */
static void subtrees_below_a_node_share_all_bits_before_its_own(void **state)
{
    const uint8_t good[4] = {0x80, 0x81, 0x90, 0x91}, bad[4] = {0x80, 0x81, 0x50, 0x51};

    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        struct hash root;

        items.count = 0;
        key_count = 0;
        items_bit(&items, 3);
        for (size_t i = 0; i < 4; i++) {
            struct trie_entry e = entry_of(n == 0 ? good[i] : bad[i]);

            if (i % 2 == 0) items_bit(&items, 7);
            items_leaf(&items, &e);
            ask(e.key);
        }
        root = items_root(&items);
        assert_int_equal(verify_items(&items, &root), n == 0 ? ERR_OK : ERR_BAD_PROOF);
    }
}

static void a_count_of_zero_is_refused(void **state)
{
    struct trie_entry e = entry_of(0x40);
    struct hash root;

    (void)state;
    for (unsigned count = 0; count < 2; count++) {
        e.value.b[7] = (uint8_t)count;
        items.count = 0;
        items_leaf(&items, &e);
        root = items_root(&items);
        key_count = 0;
        ask(e.key);
        assert_int_equal(verify_items(&items, &root), count == 0 ? ERR_BAD_PROOF : ERR_OK);
        key_count = 0;
        ask(with_bit_flipped(e.key, 9));
        assert_int_equal(verify_items(&items, &root), count == 0 ? ERR_BAD_PROOF : ERR_OK);
    }
}

/* One root, one answer: no two arrays over any malformed trie of this shape say different things. */
static void malformed_nodes_never_give_two_answers(void **state)
{
    struct trie_entry a = entry_of(0x00), b = entry_of(0x08), c = entry_of(0x80);
    struct hash ha = trie_leaf_hash(&a.key, &a.value), hb = trie_leaf_hash(&b.key, &b.value), root;
    size_t accepted = 0;

    (void)state;
    key_count = 0;
    ask(b.key);
    for (unsigned bit = 0; bit < 9; bit++) {
        /* b in the right half of a node at any bit; then the left half opened in its place. */
        struct hash prefixes[3] = {a.key, b.key, c.key};

        for (size_t p = 0; p < 3; p++) {
            size_t yes = 0, no = 0;

            root = trie_node_hash(bit, &prefixes[p], &ha, &hb);
            items.count = 0;
            items_bit(&items, bit);
            items_closed(&items, &ha);
            items_leaf(&items, &b);
            if (verify_items(&items, &root) == ERR_OK) yes += present[0];
            items.count = 0;
            items_bit(&items, bit);
            items_leaf(&items, &a);
            items_closed(&items, &hb);
            if (verify_items(&items, &root) == ERR_OK) no += !present[0];
            assert_true(yes + no <= 1);
            accepted += yes + no;
        }
    }
    assert_true(accepted > 0);
}

/* ---- encodings ---- */

static void only_the_one_encoding_is_read(void **state)
{
    struct trie_entry e = entry_of(0x08);
    struct hash closed = sample_hash("closed", 0), root;
    /* How the head of the array, of the bit 4, of the closed half and of the leaf are spelt. */
    static const struct {
        const char *head, *bit, *closed, *leaf;
        size_t head_len, bit_len, closed_len, leaf_len;
    } spellings[] = {
        {"\x83", "\x04", "\x58\x20", "\x58\x48", 1, 1, 2, 2}, /* right */
        {"\x98\x03", "\x04", "\x58\x20", "\x58\x48", 2, 1, 2, 2},
        {"\x9f", "\x04", "\x58\x20", "\x58\x48", 1, 1, 2, 2},
        {"\xa3", "\x04", "\x58\x20", "\x58\x48", 1, 1, 2, 2},
        {"\xc1\x83", "\x04", "\x58\x20", "\x58\x48", 2, 1, 2, 2},
        {"\x83", "\x18\x04", "\x58\x20", "\x58\x48", 1, 2, 2, 2},
        {"\x83", "\x19\x00\x04", "\x58\x20", "\x58\x48", 1, 3, 2, 2},
        {"\x83", "\x24", "\x58\x20", "\x58\x48", 1, 1, 2, 2},
        {"\x83", "\xc1\x04", "\x58\x20", "\x58\x48", 1, 2, 2, 2},
        {"\x83", "\x04", "\x78\x20", "\x58\x48", 1, 1, 2, 2},
        {"\x83", "\x04", "\x59\x00\x20", "\x58\x48", 1, 1, 3, 2},
        {"\x83", "\x04", "\x58\x20", "\x78\x48", 1, 1, 2, 2},
        {"\x83", "\x04", "\x58\x20", "\x59\x00\x48", 1, 1, 2, 3},
        {"\x83", "\x04", "\x58\x1f", "\x58\x48", 1, 1, 2, 2},
        {"\x83", "\x04", "\x58\x20", "\x58\x47", 1, 1, 2, 2},
        {"\x83", "\x04", "\x58\x20", "\x58\x20", 1, 1, 2, 2},
    };

    (void)state;
    key_count = 0;
    ask(e.key);
    items.count = 0;
    items_bit(&items, 4);
    items_closed(&items, &closed);
    items_leaf(&items, &e);
    root = items_root(&items);
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        struct out o = out_over(array_bytes, sizeof(array_bytes));

        out_bytes(&o, span_of(spellings[i].head, spellings[i].head_len));
        out_bytes(&o, span_of(spellings[i].bit, spellings[i].bit_len));
        out_bytes(&o, span_of(spellings[i].closed, spellings[i].closed_len));
        out_bytes(&o, hash_span(&closed));
        out_bytes(&o, span_of(spellings[i].leaf, spellings[i].leaf_len));
        out_bytes(&o, hash_span(&e.key));
        out_bytes(&o, span_of(e.value.b, 40));
        assert_int_equal(verify(out_span(&o), &root), i == 0 ? ERR_OK : ERR_BAD_PROOF);
    }
}

/* Reading 32 bytes whatever the length would lead to these roots. */
static void halves_have_their_exact_length(void **state)
{
    static const size_t lengths[] = {31, 32, 33, 40, 71};
    struct trie_entry e = entry_of(0x08);
    uint8_t longer[72];
    struct hash closed, root, other = sample_hash("closed", 0);

    (void)state;
    key_count = 0;
    ask(e.key);
    memset(longer, 0x77, sizeof(longer));
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct out o = out_over(array_bytes, sizeof(array_bytes));

        memcpy(closed.b, longer, 32);
        if (lengths[i] == 31) closed.b[31] = 0x58; /* the head of the leaf behind it */
        root = trie_leaf_hash(&e.key, &e.value);
        root = trie_node_hash(4, &e.key, &closed, &root);
        cbor_put_array(&o, 3);
        cbor_put_uint(&o, 4);
        cbor_put_bytes(&o, span_of(longer, lengths[i]));
        cbor_put_bytes_head(&o, 72);
        out_bytes(&o, hash_span(&e.key));
        out_bytes(&o, span_of(e.value.b, 40));
        assert_int_equal(verify(out_span(&o), &root), lengths[i] == 32 ? ERR_OK : ERR_BAD_PROOF);
    }
    for (size_t len = 71; len < 74; len++) {
        struct out o = out_over(array_bytes, sizeof(array_bytes));

        root = trie_leaf_hash(&e.key, &e.value);
        root = trie_node_hash(4, &e.key, &other, &root);
        cbor_put_array(&o, 3);
        cbor_put_uint(&o, 4);
        cbor_put_bytes(&o, hash_span(&other));
        cbor_put_bytes_head(&o, len);
        out_bytes(&o, hash_span(&e.key));
        out_bytes(&o, span_of(e.value.b, len == 71 ? 39 : 40));
        if (len == 73) out_byte(&o, 0);
        assert_int_equal(verify(out_span(&o), &root), len == 72 ? ERR_OK : ERR_BAD_PROOF);
    }
}

static void a_head_that_promises_the_moon_costs_nothing(void **state)
{
    struct hash root = sample_hash("root", 0);

    (void)state;
    ask_some(0, 1);
    assert_int_equal(verify(SPAN("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), &root), ERR_BAD_PROOF);
    assert_int_equal(verify(SPAN("\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x00\x01\x02\x03"), &root), ERR_BAD_PROOF);
    items.count = 0;
    for (unsigned bit = 0; bit < 256; bit++) items_bit(&items, bit);
    assert_int_equal(verify_items(&items, &root), ERR_BAD_PROOF);
    for (unsigned n = 0; n < 300; n++) items_bit(&items, 255);
    assert_int_equal(verify_items(&items, &root), ERR_BAD_PROOF);
}

static void asking_for_no_key_is_refused(void **state)
{
    struct hash root = sample_hash("root", 0), zero = {{0}};

    (void)state;
    key_count = 0;
    items.count = 0;
    items_closed(&items, &root);
    assert_int_equal(verify_items(&items, &root), ERR_BAD_PROOF);
    assert_int_equal(verify(SPAN("\x80"), &zero), ERR_BAD_PROOF);
}

/* ---- making from bad rows ---- */

static void a_store_that_fails_makes_no_array(void **state)
{
    enum err e;

    (void)state;
    fill(200, 0);
    ask_some(3, 4);
    kept.calls = 0;
    for (kept.fail_at = 1;; kept.fail_at++) {
        struct out o = out_over(array_bytes, sizeof(array_bytes));

        kept.calls = 0;
        e = trie_prove_keys(&edit.view, keys, key_count, &o);
        if (e == ERR_OK) break;
        assert_int_equal(e, ERR_IO);
    }
    assert_int_equal(kept.fail_at, kept.calls + 1);
    assert_true(kept.calls > 3);
    kept.fail_at = 0;
}

/* Nor is a falsehood made out of rows that were changed. */
static void a_store_that_lies_makes_no_array_or_one_that_is_refused(void **state)
{
    struct hash root;
    size_t refused = 0, flips = 0;

    (void)state;
    fill(60, 2);
    ask_some(5, 6);
    root = model_root(&model);
    for (uint64_t row = 1; row <= edit.fragments; row++)
        for (size_t at = 0; at < kept.at[row].len; at++, flips++) {
            struct out o = out_over(array_bytes, sizeof(array_bytes));
            enum err e;

            kept.at[row].bytes[at] ^= (uint8_t)(1U << at % 8);
            e = trie_prove_keys(&edit.view, keys, key_count, &o);
            assert_true(e == ERR_OK || e == ERR_DAMAGED);
            if (e == ERR_OK) e = verify(out_span(&o), &root);
            if (e == ERR_OK) assert_answers_are_the_models();
            refused += e != ERR_OK;
            kept.at[row].bytes[at] ^= (uint8_t)(1U << at % 8);
        }
    assert_true(refused > flips / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_of_keys_is_opened_and_verified),
        cmocka_unit_test(keys_of_the_vectors_are_opened),
        cmocka_unit_test(the_deepest_trie_is_opened),
        cmocka_unit_test(the_array_is_appended_to_what_stands_there),
        cmocka_unit_test(a_buffer_too_small_by_any_number_of_bytes_is_refused),
        cmocka_unit_test(the_empty_trie_is_the_empty_array),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(every_cut_and_every_byte_behind_is_refused),
        cmocka_unit_test(every_item_dropped_repeated_or_swapped_is_refused),
        cmocka_unit_test(an_array_for_other_keys_never_answers_wrongly),
        cmocka_unit_test(a_closed_half_on_the_way_of_a_key_is_incomplete),
        cmocka_unit_test(what_no_key_needs_is_not_opened),
        cmocka_unit_test(a_node_that_no_key_needs_is_not_opened),
        cmocka_unit_test(a_node_of_two_closed_halves_is_refused),
        cmocka_unit_test(bits_rise_strictly_on_the_way_down),
        cmocka_unit_test(bits_are_at_most_255),
        cmocka_unit_test(a_leaf_stands_on_its_side),
        cmocka_unit_test(a_lone_leaf_stands_on_its_side),
        cmocka_unit_test(leaves_below_a_node_share_all_bits_before_its_own),
        cmocka_unit_test(subtrees_below_a_node_share_all_bits_before_its_own),
        cmocka_unit_test(a_count_of_zero_is_refused),
        cmocka_unit_test(malformed_nodes_never_give_two_answers),
        cmocka_unit_test(only_the_one_encoding_is_read),
        cmocka_unit_test(halves_have_their_exact_length),
        cmocka_unit_test(a_head_that_promises_the_moon_costs_nothing),
        cmocka_unit_test(asking_for_no_key_is_refused),
        cmocka_unit_test(a_store_that_fails_makes_no_array),
        cmocka_unit_test(a_store_that_lies_makes_no_array_or_one_that_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
