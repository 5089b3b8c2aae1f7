/* Setting keys of a trie in fragments, against the sorted array: whatever is set in whatever order, the root is that of
 * the keys and values, each fragment is one whole subtree, and nothing damaged gets under a new root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/index/kept.h"

#define KEYS_MAX 12000

static struct kept kept, copy;
static struct trie_edit edit, other;
static struct model model;
static struct hash keys[KEYS_MAX];

static void begin(void)
{
    model_free(&model);
    kept_begin(&kept, &edit);
}

static void set(const struct hash *key, uint64_t n)
{
    struct trie_cell cell = sample_cell(n);
    struct list_value value = trie_cell_value(&cell);
    bool is_new, want_new = model_set(&model, key, &value);

    assert_int_equal(kept_set(&edit, key, &cell, &is_new), ERR_OK);
    assert_int_equal(is_new, want_new);
}

static void assert_root_is_the_models(void)
{
    struct hash want = model_root(&model);

    assert_int_equal(trie_edit_end(&edit), ERR_OK);
    assert_memory_equal(edit.view.top.root.b, want.b, 32);
    assert_kept(&edit, model.count);
    trie_edit_begin(&edit);
}

/* Every key's cell is found, and nothing beside it. */
static void assert_cells(size_t count, uint64_t (*cell_of)(uint64_t n))
{
    for (size_t i = 0; i < count; i++) {
        struct trie_cell got, want = sample_cell(cell_of(i));
        struct hash near = with_bit_flipped(keys[i], (unsigned)(i * 7 % 256));

        assert_int_equal(trie_look_up(&edit.view, &keys[i], &got), ERR_OK);
        assert_memory_equal(got.b, want.b, 40);
        if (model_find(&model, &near) == NULL) assert_int_equal(trie_look_up(&edit.view, &near, &got), ERR_NOT_FOUND);
    }
}

static uint64_t same(uint64_t n)
{
    return n;
}

static void one_key_after_another_through_every_fill(void **state)
{
    (void)state;
    for (unsigned clusters = 0; clusters < 3; clusters++) {
        begin();
        assert_root_is_the_models();
        for (uint64_t n = 0; n < 800; n++) {
            keys[n] = clusters == 0 ? sample_hash("key", n) : sample_clustered("key", n, clusters * clusters);
            set(&keys[n], n);
            assert_root_is_the_models();
        }
        assert_true(edit.view.top.height >= 2);
        assert_cells(800, same);
    }
}

static int by_order(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

/* Of one stream, sometimes in clusters, in some order. */
static void keys_make(size_t count, unsigned order)
{
    for (uint64_t n = 0; n < count; n++)
        keys[n] = n % 4 == 0 ? sample_hash("key", n) : sample_clustered("key", n, 1 + n % 5);
    if (order != 1) qsort(keys, count, 32, by_order);
    for (size_t i = 0; order == 2 && i < count / 2; i++) {
        struct hash kept_key = keys[i];

        keys[i] = keys[count - 1 - i];
        keys[count - 1 - i] = kept_key;
    }
}

static void neither_batches_nor_order_change_the_root(void **state)
{
    static const size_t batches[] = {1, 2, 3, 17, 100, 999, 3000};
    struct hash first = {{0}};

    (void)state;
    for (unsigned order = 0; order < 3; order++)
        for (size_t b = 0; b < COUNT_OF(batches); b++) {
            keys_make(3000, order);
            kept_begin(&kept, &edit);
            for (size_t i = 0; i < 3000; i++) {
                struct trie_cell cell = sample_cell(keys[i].b[20]);
                bool is_new;

                assert_int_equal(kept_set(&edit, &keys[i], &cell, &is_new), ERR_OK);
                if (i % batches[b] == batches[b] - 1) {
                    assert_int_equal(trie_edit_end(&edit), ERR_OK);
                    trie_edit_begin(&edit);
                }
            }
            assert_int_equal(trie_edit_end(&edit), ERR_OK);
            if (order + b == 0) first = edit.view.top.root;
            assert_memory_equal(first.b, edit.view.top.root.b, 32);
            assert_kept(&edit, 3000);
        }
}

static uint64_t later(uint64_t n)
{
    return n * 5 + 1;
}

static void setting_again_replaces_the_cell_and_nothing_else(void **state)
{
    struct hash root;

    (void)state;
    begin();
    for (uint64_t n = 0; n < 600; n++) {
        keys[n] = sample_clustered("key", n, 9);
        set(&keys[n], n);
    }
    assert_root_is_the_models();
    root = edit.view.top.root;
    for (uint64_t n = 0; n < 600; n++) set(&keys[n], later(n));
    assert_root_is_the_models();
    assert_cells(600, later);
    for (uint64_t n = 600; n-- > 0;) set(&keys[n], n);
    assert_root_is_the_models();
    assert_memory_equal(root.b, edit.view.top.root.b, 32);
}

/* One subject, and 10^4 who speak of it; others come before, between and after. */
static void a_cluster_of_10_000_stands_among_others(void **state)
{
    (void)state;
    begin();
    for (uint64_t n = 0; n < 11000; n++) {
        keys[n] = n % 11 == 5 ? sample_hash("other", n) : sample_clustered("key", n, 1);
        set(&keys[n], n);
        if (n % 1500 == 0) assert_root_is_the_models();
    }
    assert_root_is_the_models();
    assert_cells(11000, same);
}

/* Whoever has the time to look for keys: more and more bits in common with those that are there, up to 60, beside them
 * one by one and in heaps. */
static void ground_prefixes_part_lopsidedly_and_never_wrongly(void **state)
{
    struct hash base[3] = {sample_hash("base", 0), sample_hash("base", 1), sample_hash("base", 2)};
    size_t count = 0;

    (void)state;
    begin();
    for (unsigned round = 0; round < 40; round++)
        for (unsigned bit = 0; bit < 60; bit++) {
            uint64_t n = round * 60 + (round % 2 == 0 ? bit : 59 - bit);
            struct hash key = sample_hash("ground", n), share = base[round % 3];

            for (unsigned i = 0; i < n % 60; i++)
                if (trie_bit(&key, i) != trie_bit(&share, i)) key = with_bit_flipped(key, i);
            if (trie_bit(&key, (unsigned)(n % 60)) == trie_bit(&share, (unsigned)(n % 60)))
                key = with_bit_flipped(key, (unsigned)(n % 60));
            keys[count] = key;
            set(&key, count++);
            if (n % 97 == 0) assert_root_is_the_models();
        }
    assert_root_is_the_models();
    assert_cells(count, same);
}

/* One key and every key that differs from it in one bit: 256 nodes above the first, all of them lopsided. */
static void the_deepest_trie_there_is_is_built(void **state)
{
    struct hash base = sample_hash("base", 0);

    (void)state;
    for (unsigned order = 0; order < 3; order++) {
        begin();
        keys[0] = base;
        for (unsigned n = 0; n < 256; n++)
            keys[1 + n] = with_bit_flipped(base, order == 0 ? n : order == 1 ? 255 - n : n * 77 % 256);
        for (uint64_t n = 0; n < 257; n++) {
            set(&keys[order == 1 ? 256 - n : n], order == 1 ? 256 - n : n);
            assert_root_is_the_models();
        }
        assert_in_range(edit.view.top.height, 1, 20);
        assert_cells(257, same);
    }
}

/* ---- failing and damaged rows ---- */

enum { THERE = 120, NEW = 12 };

static void some_made(size_t there)
{
    begin();
    for (uint64_t n = 0; n < THERE + NEW; n++)
        keys[n] = n % 3 == 0 ? sample_hash("key", n) : sample_clustered("key", n, 2);
    for (uint64_t n = 0; n < there; n++) set(&keys[n], n);
    assert_root_is_the_models();
}

/* Sets key n in a copy of what is kept. */
static enum err set_in_copy(size_t n)
{
    struct trie_cell cell = sample_cell(1000 + n);
    bool is_new;

    other.view = edit.view;
    other.view.ctx = &copy;
    other.put = edit.put;
    other.fragments = edit.fragments;
    trie_edit_begin(&other);
    TRY(kept_set(&other, &keys[n], &cell, &is_new));
    return trie_edit_end(&other);
}

static void copy_make(void)
{
    copy.calls = copy.fail_at = 0;
    copy.newest = kept.newest;
    for (size_t i = 0; i <= edit.fragments + 8; i++) copy.at[i] = kept.at[i];
}

static void every_call_that_fails_is_told(void **state)
{
    bool done = false;
    size_t call;

    (void)state;
    some_made(THERE);
    for (call = 1; !done; call++) {
        copy_make();
        copy.fail_at = call;
        done = set_in_copy(THERE) == ERR_OK;
        assert_true(done == (copy.calls < call));
    }
    assert_true(call > 4);
}

/* Proofs, too, say what stood, or are refused. */
static void assert_proofs(const struct hash *root)
{
    static struct trie_proof proof;
    struct trie_view view = edit.view;

    view.ctx = &copy;
    for (size_t n = 0; n < THERE + NEW; n += 29) {
        enum err e = trie_prove(&view, &keys[n], &proof);
        const struct trie_entry *there = model_find(&model, &proof.leaf.key);

        assert_true(e == ERR_OK || e == ERR_DAMAGED);
        if (e == ERR_OK) e = trie_presence_verify(&proof.leaf.key, &proof.leaf.value, &proof.path, root);
        if (e == ERR_OK) assert_true(there != NULL && memcmp(there->value.b, proof.leaf.value.b, 40) == 0);
    }
}

/* Every row with a bit flipped at every few bytes, and then each of some keys set. */
static void flip_all(size_t there)
{
    struct hash right[THERE + NEW], root;
    size_t told = 0, flips = 0;

    some_made(there);
    root = edit.view.top.root;
    for (size_t n = 0; n < THERE + NEW; n++) {
        copy_make();
        assert_int_equal(set_in_copy(n), ERR_OK);
        right[n] = other.view.top.root;
    }
    for (uint64_t row = 1; row <= edit.fragments; row++)
        for (size_t at = 0; at < kept.at[row].len; at += 1 + at % 3) {
            copy_make();
            copy.at[row].bytes[at] ^= (uint8_t)(1U << at % 8);
            assert_proofs(&root);
            for (size_t n = 0; n < THERE + NEW; n += 11, flips++) {
                enum err e;

                copy_make();
                copy.at[row].bytes[at] ^= (uint8_t)(1U << at % 8);
                e = set_in_copy(n);
                assert_true(e == ERR_OK || e == ERR_DAMAGED);
                if (e == ERR_OK) assert_memory_equal(other.view.top.root.b, right[n].b, 32);
                told += e != ERR_OK;
            }
        }
    assert_true(told > flips / 20);
}

static void no_flipped_bit_gets_under_a_new_root(void **state)
{
    (void)state;
    flip_all(THERE);
    assert_true(edit.view.top.height >= 1);
}

/* Where nothing but the head says what the root is. */
static void no_flipped_bit_of_a_single_fragment_gets_under_a_new_root(void **state)
{
    (void)state;
    flip_all(7);
    assert_int_equal(edit.fragments, 1);
}

/* Number, bit and prefix of a branch are under no hash when nothing parts there: its fragment says them too. */
static void what_a_branch_says_of_its_fragment_is_compared(void **state)
{
    static struct trie_proof proof;
    struct trie_view view;
    struct fragment f;

    (void)state;
    some_made(THERE);
    view = edit.view;
    view.ctx = &copy;
    assert_int_equal(fragment_load(&edit.view, edit.view.top.fragment, edit.view.top.height, NULL, &f), ERR_OK);
    for (size_t at = 1; at < 1 + 8 + (f.piece[0].bit + 7) / 8; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            copy_make();
            copy.at[edit.view.top.fragment].bytes[at] ^= (uint8_t)(1U << bit);
            assert_int_equal(trie_prove(&view, &f.piece[0].key, &proof), ERR_DAMAGED);
        }
}

static void a_row_that_is_gone_or_another_is_damage(void **state)
{
    (void)state;
    some_made(THERE);
    for (uint64_t row = 1; row <= edit.fragments; row++)
        for (unsigned change = 0; change < 3; change++) {
            size_t told = 0;

            for (size_t n = 0; n < THERE; n++) {
                enum err e;

                copy_make();
                if (change == 0) copy.at[row].len = 0;
                if (change == 1) copy.at[row].len--;
                if (change == 2) copy.at[row] = kept.at[row % edit.fragments + 1];
                e = set_in_copy(n);
                assert_true(e == ERR_OK || e == ERR_DAMAGED);
                told += e != ERR_OK;
            }
            assert_true(told > 0);
        }
}

static int tear_down(void **state)
{
    (void)state;
    model_free(&model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_after_another_through_every_fill),
        cmocka_unit_test(neither_batches_nor_order_change_the_root),
        cmocka_unit_test(setting_again_replaces_the_cell_and_nothing_else),
        cmocka_unit_test(a_cluster_of_10_000_stands_among_others),
        cmocka_unit_test(ground_prefixes_part_lopsidedly_and_never_wrongly),
        cmocka_unit_test(the_deepest_trie_there_is_is_built),
        cmocka_unit_test(every_call_that_fails_is_told),
        cmocka_unit_test(no_flipped_bit_gets_under_a_new_root),
        cmocka_unit_test(no_flipped_bit_of_a_single_fragment_gets_under_a_new_root),
        cmocka_unit_test(what_a_branch_says_of_its_fragment_is_compared),
        cmocka_unit_test(a_row_that_is_gone_or_another_is_damage),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
