/* Hashes of the trie: of its nodes, and of the tries of the vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/index/model.h"

/* The model is what all else is held against. */
static void tries_of_the_vectors_have_their_roots(void **state)
{
    json_t *all, *one;
    size_t i, n, seen = 0;

    (void)state;
    all = vectors_open();
    json_array_foreach(json_object_get(all, "tries"), i, one)
    {
        struct model model = {0};
        struct hash want = json_hash(json_object_get(one, "root")), got;
        json_t *leaf;

        json_array_foreach(json_object_get(one, "leaves"), n, leaf)
        {
            struct hash key = json_hash(json_array_get(leaf, 0));
            struct list_value value = json_value(json_array_get(leaf, 1));

            assert_true(model_set(&model, &key, &value));
        }
        got = model_root(&model);
        assert_memory_equal(got.b, want.b, 32);
        if (model.count == 1) {
            got = trie_leaf_hash(&model.entry[0].key, &model.entry[0].value);
            assert_memory_equal(got.b, want.b, 32);
        }
        model_free(&model);
        seen++;
    }
    assert_true(seen >= 8);
    json_decref(all);
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

static void a_prefix_is_so_many_bits_and_zeros(void **state)
{
    struct hash key = sample_hash("k", 1);

    (void)state;
    for (unsigned bits = 0; bits <= 256; bits++) {
        struct hash got = trie_prefix(&key, bits), want = bits == 256 ? key : cut_to(key, bits);

        assert_memory_equal(got.b, want.b, 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tries_of_the_vectors_have_their_roots),
        cmocka_unit_test(bits_and_forks_count_from_the_most_significant),
        cmocka_unit_test(a_node_names_its_bit_and_prefix_only),
        cmocka_unit_test(a_prefix_is_so_many_bits_and_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
