/* Setting keys over rows in memory, against the sorted array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/index/model.h"

static struct model model;
static struct row_table table;

static void assert_root_is_the_models(const struct trie_rows *t)
{
    struct hash got = trie_root(t), want = model_root(&model);

    assert_memory_equal(got.b, want.b, 32);
}

static void set_both(struct trie_rows *t, const struct hash *key, const struct list_value *value)
{
    bool is_new, want_new = model_set(&model, key, value);

    assert_int_equal(trie_set(t, key, value, &is_new), ERR_OK);
    assert_int_equal(is_new, want_new);
    assert_root_is_the_models(t);
    /* A node more for a key more: no row was renamed or left behind. */
    assert_int_equal(table.count, model.count - 1);
}

static void tries_of_the_vectors_have_their_roots_in_any_order(void **state)
{
    json_t *all, *one;
    size_t i, seen = 0;

    (void)state;
    all = vectors_open();
    json_array_foreach(json_object_get(all, "tries"), i, one)
    {
        json_t *leaves = json_object_get(one, "leaves");
        size_t count = json_array_size(leaves);
        struct hash want = json_hash(json_object_get(one, "root"));

        for (size_t stride = 0; stride < 3; stride++) {
            struct trie_rows t = rows_over(&table);
            struct hash got;

            for (size_t n = 0; n < count; n++) {
                size_t at = stride == 0 ? n : stride == 1 ? count - 1 - n : (n * 61 + 7) % count;
                const json_t *leaf = json_array_get(leaves, at);
                struct hash key = json_hash(json_array_get(leaf, 0));
                struct list_value value = json_value(json_array_get(leaf, 1));
                bool is_new;

                assert_int_equal(trie_set(&t, &key, &value, &is_new), ERR_OK);
                assert_true(is_new);
            }
            got = trie_root(&t);
            assert_memory_equal(got.b, want.b, 32);
        }
        seen++;
    }
    assert_true(seen >= 8);
    json_decref(all);
}

static void the_empty_trie_has_the_zero_root(void **state)
{
    struct trie_rows t = rows_over(&table);
    struct hash root = trie_root(&t), zero = {{0}};

    (void)state;
    assert_memory_equal(root.b, zero.b, 32);
}

static void root_equals_the_definition_for_random_keys(void **state)
{
    struct trie_rows t = rows_over(&table);

    (void)state;
    model.count = 0;
    for (uint64_t n = 0; n < 150; n++) {
        struct hash key = sample_hash("key", n);
        struct list_value value = sample_value(n);

        set_both(&t, &key, &value);
    }
}

static void root_equals_the_definition_for_clustered_keys(void **state)
{
    struct trie_rows t = rows_over(&table);

    (void)state;
    model.count = 0;
    for (uint64_t n = 0; n < 120; n++) {
        struct hash key = sample_clustered("key", n, 7);
        struct list_value value = sample_value(n);

        set_both(&t, &key, &value);
    }
}

static void setting_again_replaces_the_value_and_nothing_else(void **state)
{
    struct trie_rows t = rows_over(&table);
    struct hash first;

    (void)state;
    model.count = 0;
    for (uint64_t n = 0; n < 40; n++) {
        struct hash key = sample_clustered("key", n, 5);
        struct list_value value = sample_value(n);

        set_both(&t, &key, &value);
    }
    first = trie_root(&t);
    for (unsigned round = 1; round < 3; round++)
        for (uint64_t n = 0; n < 40; n++) {
            struct hash key = sample_clustered("key", n, 5);
            struct list_value value = sample_value(round == 1 ? n + 1000 : n);

            set_both(&t, &key, &value);
        }
    assert_memory_equal(trie_root(&t).b, first.b, 32);
}

static void root_does_not_depend_on_the_order(void **state)
{
    struct hash want;

    (void)state;
    for (uint64_t order = 0; order < 20; order++) {
        struct trie_rows t = rows_over(&table);
        uint64_t at[30];

        for (uint64_t n = 0; n < 30; n++) at[n] = n;
        for (uint64_t n = 29; n > 0; n--) {
            uint64_t other = sample_hash("order", order * 100 + n).b[0] % (n + 1), kept = at[n];

            at[n] = at[other];
            at[other] = kept;
        }
        for (size_t n = 0; n < 30; n++) {
            struct hash key = sample_clustered("key", at[n], 4);
            struct list_value value = sample_value(at[n]);
            bool is_new;

            assert_int_equal(trie_set(&t, &key, &value, &is_new), ERR_OK);
        }
        if (order == 0) want = trie_root(&t);
        assert_memory_equal(trie_root(&t).b, want.b, 32);
    }
}

/* One key and every key that differs from it in one bit: 256 nodes stand above the first. */
static void the_deepest_trie_there_is_is_built(void **state)
{
    struct hash base = sample_hash("base", 0);

    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        struct trie_rows t = rows_over(&table);
        struct list_value value = sample_value(999);
        bool is_new;

        model.count = 0;
        if (order == 0) assert_true(model_set(&model, &base, &value));
        if (order == 0) assert_int_equal(trie_set(&t, &base, &value, &is_new), ERR_OK);
        for (unsigned n = 0; n < 256; n++) {
            struct hash key = with_bit_flipped(base, order == 0 ? n : 255 - n);
            struct list_value v = sample_value(n);

            assert_true(model_set(&model, &key, &v));
            assert_int_equal(trie_set(&t, &key, &v, &is_new), ERR_OK);
            assert_true(is_new);
        }
        if (order == 1) assert_true(model_set(&model, &base, &value));
        if (order == 1) assert_int_equal(trie_set(&t, &base, &value, &is_new), ERR_OK);
        assert_int_equal(table.count, 256);
        assert_root_is_the_models(&t);
        value = sample_value(1);
        set_both(&t, &base, &value);
    }
}

static void bits_and_forks_count_from_the_most_significant(void **state)
{
    struct hash a = {{0}};

    (void)state;
    assert_int_equal(trie_fork(&a, &a), 256);
    for (unsigned bit = 0; bit < 256; bit++) {
        struct hash b = with_bit_flipped(a, bit), c = b;

        if (bit < 255) c = with_bit_flipped(b, 255);
        assert_int_equal(trie_bit(&a, bit), 0);
        assert_int_equal(trie_bit(&b, bit), 1);
        assert_int_equal(trie_fork(&a, &b), bit);
        assert_int_equal(trie_fork(&c, &a), bit);
    }
    a.b[0] = 0x80;
    assert_int_equal(trie_bit(&a, 0), 1);
    assert_int_equal(trie_bit(&a, 7), 0);
}

static void a_node_names_its_bit_and_prefix_only(void **state)
{
    struct hash left = sample_hash("l", 0), right = sample_hash("r", 0), key = sample_hash("k", 0);

    (void)state;
    for (unsigned bit = 0; bit < 256; bit++) {
        struct hash h = trie_node_hash(bit, &key, &left, &right), other;

        for (unsigned flip = 0; flip < 256; flip++) {
            struct hash near = with_bit_flipped(key, flip);

            other = trie_node_hash(bit, &near, &left, &right);
            assert_int_equal(hash_equal(&h, &other), flip >= bit);
        }
        other = trie_node_hash(bit, &key, &right, &left);
        assert_false(hash_equal(&h, &other));
        other = trie_node_hash(bit ^ 1, &key, &left, &right);
        assert_false(hash_equal(&h, &other));
    }
}

static void a_failing_row_leaves_the_root_as_it_was(void **state)
{
    struct trie_rows t = rows_over(&table);
    struct hash key;
    bool is_new = true, done = false;

    (void)state;
    for (uint64_t n = 0; n < 30; n++) {
        struct list_value value = sample_value(n);

        key = sample_hash("key", n);
        assert_int_equal(trie_set(&t, &key, &value, &is_new), ERR_OK);
    }
    for (size_t call = 1; !done; call++) {
        static struct row_table copy;
        struct list_value value = sample_value(77);
        struct trie_rows before = t;

        copy = table;
        before.ctx = &copy;
        copy.fail_at = call;
        key = sample_hash("another", 3);
        done = trie_set(&before, &key, &value, &is_new) == ERR_OK;
        assert_true(done || memcmp(&before.root, &t.root, sizeof(t.root)) == 0);
        assert_true(done || copy.fail_at == 0);
        assert_false(done && call < 4);
    }
}

static void damaged_rows_end_in_an_error(void **state)
{
    struct trie_rows t = rows_over(&table);
    struct hash key;
    struct list_value value = sample_value(5);
    struct trie_half *half;
    bool is_new;

    (void)state;
    for (uint64_t n = 0; n < 8; n++) {
        key = sample_hash("key", n);
        assert_int_equal(trie_set(&t, &key, &value, &is_new), ERR_OK);
    }
    /* The root node's half on the way of `key` is the root node again: a way without end. */
    for (size_t i = 0; i < table.count; i++) {
        if (table.at[i].bit != t.root.bit) continue;
        half = &table.at[i].row.half[trie_bit(&key, t.root.bit)];
        *half = t.root;
        assert_int_equal(trie_set(&t, &key, &value, &is_new), ERR_DAMAGED);
        half->bit = 300;
        assert_int_equal(trie_set(&t, &key, &value, &is_new), ERR_DAMAGED);
        /* A leaf that stands on the wrong side. */
        *half = (struct trie_half){TRIE_LEAF, with_bit_flipped(key, t.root.bit), key};
        assert_int_equal(trie_set(&t, &key, &value, &is_new), ERR_DAMAGED);
    }
    table.count = 0;
    assert_int_equal(trie_set(&t, &key, &value, &is_new), ERR_DAMAGED);
}

enum { THERE = 24, NEW = 8 };

static enum err value_of_sample(void *ctx, const struct hash *key, struct list_value *ret)
{
    (void)ctx;
    for (uint64_t n = 0; n < THERE; n++) {
        struct hash there = sample_hash("key", n);

        if (!hash_equal(&there, key)) continue;
        *ret = sample_value(n);
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

/* Sets each of the keys, there and new, over a copy of `rows`: the root is `right`, or it says that it cannot. */
static size_t assert_right_or_refused(const struct row_table *rows, struct trie_rows t, const struct hash *right)
{
    static struct row_table copy;
    size_t refused = 0;

    for (uint64_t n = 0; n < THERE + NEW; n++) {
        struct trie_rows over = t;
        struct hash key = sample_hash("key", n), root;
        struct list_value value = sample_value(1000 + n);
        bool is_new;
        enum err e;

        copy.count = rows->count;
        memcpy(copy.at, rows->at, rows->count * sizeof(rows->at[0]));
        over.ctx = &copy;
        e = trie_set(&over, &key, &value, &is_new);
        root = trie_root(&over);
        if (e == ERR_OK)
            assert_true(hash_equal(&root, &right[n]));
        else
            assert_int_equal(e, ERR_DAMAGED);
        refused += e != ERR_OK;
    }
    return refused;
}

static void no_damaged_row_gets_under_a_new_root(void **state)
{
    static struct row_table damaged;
    struct trie_rows t = rows_over(&table);
    struct hash right[THERE + NEW];
    bool is_new;

    (void)state;
    t.value = value_of_sample;
    for (uint64_t n = 0; n < THERE; n++) {
        struct hash key = sample_hash("key", n);
        struct list_value value = sample_value(n);

        assert_int_equal(trie_set(&t, &key, &value, &is_new), ERR_OK);
    }
    for (uint64_t n = 0; n < THERE + NEW; n++) {
        struct hash key = sample_hash("key", n);
        struct list_value value = sample_value(1000 + n);
        struct trie_rows over = t;

        damaged = table;
        over.ctx = &damaged;
        assert_int_equal(trie_set(&over, &key, &value, &is_new), ERR_OK);
        right[n] = trie_root(&over);
    }
    assert_int_equal(assert_right_or_refused(&table, t, right), 0);
    for (size_t i = 0; i < table.count; i++) {
        for (unsigned flip = 0; flip < 2 * 24; flip++) {
            struct trie_half *half;
            unsigned what = flip / 2, bit = what * 37 % 256;

            damaged.count = table.count;
            memcpy(damaged.at, table.at, table.count * sizeof(table.at[0]));
            half = &damaged.at[i].row.half[flip % 2];
            if (what < 8)
                half->hash = with_bit_flipped(half->hash, bit);
            else if (what < 23)
                half->key = with_bit_flipped(half->key, what - 8);
            else
                half->bit ^= 1;
            if (what < 8)
                assert_true(assert_right_or_refused(&damaged, t, right) > 0);
            else
                assert_right_or_refused(&damaged, t, right);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tries_of_the_vectors_have_their_roots_in_any_order),
        cmocka_unit_test(the_empty_trie_has_the_zero_root),
        cmocka_unit_test(root_equals_the_definition_for_random_keys),
        cmocka_unit_test(root_equals_the_definition_for_clustered_keys),
        cmocka_unit_test(setting_again_replaces_the_value_and_nothing_else),
        cmocka_unit_test(root_does_not_depend_on_the_order),
        cmocka_unit_test(the_deepest_trie_there_is_is_built),
        cmocka_unit_test(bits_and_forks_count_from_the_most_significant),
        cmocka_unit_test(a_node_names_its_bit_and_prefix_only),
        cmocka_unit_test(a_failing_row_leaves_the_root_as_it_was),
        cmocka_unit_test(damaged_rows_end_in_an_error),
        cmocka_unit_test(no_damaged_row_gets_under_a_new_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
