/* What one path proves, and everything it must not prove. Most refusals are of paths whose hashes do lead
 * to the root: a log that builds its trie wrongly can make those. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/index/model.h"

static struct model model;

static void fill(uint64_t count, uint64_t clusters)
{
    model.count = 0;
    for (uint64_t n = 0; n < count; n++) {
        struct hash key = clusters == 0 ? sample_hash("key", n) : sample_clustered("key", n, clusters);
        struct list_value value = sample_value(n);

        model_set(&model, &key, &value);
    }
}

static void proofs_of_the_vectors_hold(void **state)
{
    static struct trie_path path;
    json_t *all, *one, *p;
    size_t i, n, seen = 0;

    (void)state;
    all = vectors_open();
    json_array_foreach(json_object_get(all, "tries"), i, one)
    {
        struct hash root = json_hash(json_object_get(one, "root")), key, other;
        struct list_value value;

        json_array_foreach(json_object_get(one, "present"), n, p)
        {
            key = json_hash(json_object_get(p, "K"));
            value = json_value(json_object_get(p, "V"));
            json_path(json_object_get(p, "path"), &path);
            assert_int_equal(trie_presence_verify(&key, &value, &path, &root), ERR_OK);
            assert_int_equal(trie_absence_verify(&key, &key, &value, &path, &root), ERR_BAD_PROOF);
            seen++;
        }
        json_array_foreach(json_object_get(one, "absent"), n, p)
        {
            key = json_hash(json_object_get(p, "K"));
            other = json_hash(json_object_get(p, "other"));
            value = json_value(json_object_get(p, "V"));
            json_path(json_object_get(p, "path"), &path);
            assert_int_equal(trie_absence_verify(&key, &other, &value, &path, &root), ERR_OK);
            assert_int_equal(trie_presence_verify(&key, &value, &path, &root), ERR_BAD_PROOF);
            seen++;
        }
    }
    assert_true(seen > 30);
    json_decref(all);
}

static void prefix_proofs_of_the_vectors_hold(void **state)
{
    static struct trie_path path;
    json_t *all, *one, *p, *leaf;
    size_t i, n, k, seen = 0;

    (void)state;
    all = vectors_open();
    json_array_foreach(json_object_get(all, "tries"), i, one)
    {
        struct hash root = json_hash(json_object_get(one, "root")), prefix = {{0}}, other;
        struct list_value value;
        unsigned bits;

        json_array_foreach(json_object_get(one, "prefixes"), n, p)
        {
            struct trie_entry leaves[64];
            json_t *list = json_object_get(p, "leaves");

            bits = (unsigned)json_integer_value(json_object_get(p, "bits"));
            json_hex(json_object_get(p, "prefix"), prefix.b, (bits + 7) / 8);
            json_array_foreach(list, k, leaf)
            {
                leaves[k].key = json_hash(json_array_get(leaf, 0));
                leaves[k].value = json_value(json_array_get(leaf, 1));
            }
            json_path(json_object_get(p, "path"), &path);
            assert_int_equal(trie_prefix_verify(&prefix, bits, leaves, json_array_size(list), &path, &root), ERR_OK);
            assert_int_not_equal(trie_prefix_verify(&prefix, bits, leaves, json_array_size(list) - 1, &path, &root),
                                 ERR_OK);
            seen++;
        }
        json_array_foreach(json_object_get(one, "absent_prefixes"), n, p)
        {
            bits = (unsigned)json_integer_value(json_object_get(p, "bits"));
            json_hex(json_object_get(p, "prefix"), prefix.b, (bits + 7) / 8);
            other = json_hash(json_object_get(p, "other"));
            value = json_value(json_object_get(p, "V"));
            json_path(json_object_get(p, "path"), &path);
            assert_int_equal(trie_prefix_absence_verify(&prefix, bits, &other, &value, &path, &root), ERR_OK);
            seen++;
        }
    }
    assert_true(seen > 20);
    json_decref(all);
}

static void present_and_absent_keys_are_proven(void **state)
{
    static struct trie_path path;

    (void)state;
    for (uint64_t size = 1; size < 60; size += size < 5 ? 1 : 13) {
        for (uint64_t clusters = 0; clusters < 4; clusters += 3) {
            struct hash root;

            fill(size, clusters);
            root = model_root(&model);
            for (size_t i = 0; i < model.count; i++) {
                const struct trie_entry *e = &model.entry[i];

                model_path(&model, i, &path);
                assert_int_equal(trie_presence_verify(&e->key, &e->value, &path, &root), ERR_OK);
            }
            for (uint64_t n = 0; n < 40; n++) {
                struct hash key = n % 2 == 0 ? sample_hash("no", n) : sample_clustered("no", n, 3);
                const struct trie_entry *e = &model.entry[model_neighbour(&model, &key)];

                model_path(&model, model_neighbour(&model, &key), &path);
                assert_int_equal(trie_absence_verify(&key, &e->key, &e->value, &path, &root), ERR_OK);
            }
        }
    }
}

/* Every entry shows the absence of exactly those keys that part from it where no node is; so nothing that
 * is there can be shown absent, and nothing absent present. */
static void no_entry_shows_a_present_key_absent(void **state)
{
    static struct trie_path path;
    struct hash root;

    (void)state;
    fill(24, 3);
    root = model_root(&model);
    for (size_t i = 0; i < model.count; i++) {
        const struct trie_entry *e = &model.entry[i];

        model_path(&model, i, &path);
        for (size_t k = 0; k < model.count; k++) {
            const struct hash *key = &model.entry[k].key;

            assert_int_equal(trie_absence_verify(key, &e->key, &e->value, &path, &root), ERR_BAD_PROOF);
            assert_int_equal(trie_prefix_absence_verify(key, 128, &e->key, &e->value, &path, &root), ERR_BAD_PROOF);
            assert_int_equal(trie_prefix_absence_verify(key, 255, &e->key, &e->value, &path, &root), ERR_BAD_PROOF);
            assert_int_equal(trie_presence_verify(key, &e->value, &path, &root) == ERR_OK, i == k);
        }
    }
}

static void every_flipped_bit_is_refused(void **state)
{
    static struct trie_path path;
    struct hash root, absent;

    (void)state;
    fill(20, 2);
    root = model_root(&model);
    for (size_t i = 0; i < model.count; i += 3) {
        struct trie_entry e = model.entry[i], *flip = &e;

        model_path(&model, i, &path);
        absent = with_bit_flipped(e.key, 200);
        for (size_t bit = 0; bit < 8 * sizeof(e); bit++) {
            ((uint8_t *)flip)[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &root), ERR_BAD_PROOF);
            assert_int_equal(trie_absence_verify(&absent, &e.key, &e.value, &path, &root), ERR_BAD_PROOF);
            ((uint8_t *)flip)[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t bit = 0; bit < path.count * 33 * 8; bit++) {
            uint8_t *bytes = (uint8_t *)path.step;

            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &root), ERR_BAD_PROOF);
            assert_int_equal(trie_absence_verify(&absent, &e.key, &e.value, &path, &root), ERR_BAD_PROOF);
            bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (unsigned bit = 0; bit < 256; bit++) {
            struct hash other = with_bit_flipped(root, bit);

            assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &other), ERR_BAD_PROOF);
        }
    }
}

static void steps_dropped_repeated_or_swapped_are_refused(void **state)
{
    static struct trie_path path, bad;
    struct hash root;

    (void)state;
    fill(30, 3);
    root = model_root(&model);
    for (size_t i = 0; i < model.count; i++) {
        const struct trie_entry *e = &model.entry[i];

        model_path(&model, i, &path);
        for (size_t k = 0; k < path.count; k++) {
            bad = path;
            bad.count--;
            memmove(&bad.step[k], &path.step[k + 1], (path.count - k - 1) * sizeof(path.step[0]));
            assert_int_equal(trie_presence_verify(&e->key, &e->value, &bad, &root), ERR_BAD_PROOF);
            bad = path;
            bad.count++;
            memmove(&bad.step[k + 1], &path.step[k], (path.count - k) * sizeof(path.step[0]));
            assert_int_equal(trie_presence_verify(&e->key, &e->value, &bad, &root), ERR_BAD_PROOF);
            bad = path;
            bad.step[k] = path.step[0];
            bad.step[0] = path.step[k];
            if (k > 0) assert_int_equal(trie_presence_verify(&e->key, &e->value, &bad, &root), ERR_BAD_PROOF);
        }
    }
}

/* The root that this path leads to when nothing but the hashes is looked at. */
static struct hash lenient_root(const struct trie_entry *e, const struct trie_path *path)
{
    struct hash h = trie_leaf_hash(&e->key, &e->value);

    for (size_t i = 0; i < path->count; i++) {
        unsigned bit = path->step[i].bit;
        const struct hash *sibling = &path->step[i].sibling;

        h = trie_bit(&e->key, bit) == 0 ? trie_node_hash(bit, &e->key, &h, sibling)
                                        : trie_node_hash(bit, &e->key, sibling, &h);
    }
    return h;
}

static void bits_that_do_not_fall_are_refused_under_their_own_root(void **state)
{
    static struct trie_path path;
    struct trie_entry e = {sample_hash("key", 0), sample_value(0)};
    const uint8_t bits[][3] = {{9, 9, 2}, {9, 2, 2}, {2, 9, 1}, {9, 2, 5}, {0, 0, 0}, {254, 255, 0}};
    struct hash root;

    (void)state;
    path.count = 3;
    for (size_t i = 0; i < 3; i++) path.step[i].sibling = sample_hash("sibling", i);
    for (size_t n = 0; n < COUNT_OF(bits); n++) {
        for (size_t i = 0; i < 3; i++) path.step[i].bit = bits[n][i];
        root = lenient_root(&e, &path);
        assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &root), ERR_BAD_PROOF);
    }
    for (size_t i = 0; i < 3; i++) path.step[i].bit = (uint8_t)(255 - i);
    root = lenient_root(&e, &path);
    assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &root), ERR_OK);
}

static void a_path_of_all_bits_holds_and_a_longer_one_is_refused(void **state)
{
    static struct trie_path path;
    struct trie_entry e = {sample_hash("key", 0), sample_value(0)};
    struct hash root;

    (void)state;
    path.count = 256;
    for (size_t i = 0; i < 256; i++) {
        path.step[i].bit = (uint8_t)(255 - i);
        path.step[i].sibling = sample_hash("sibling", i);
    }
    root = lenient_root(&e, &path);
    assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &root), ERR_OK);
    path.count = 257;
    assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &root), ERR_BAD_PROOF);
    path.count = SIZE_MAX;
    assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &root), ERR_BAD_PROOF);
}

static void a_count_of_zero_is_refused_under_its_own_root(void **state)
{
    static struct trie_path path;
    struct trie_entry e = {sample_hash("key", 0), sample_value(0)};
    struct hash root, absent = with_bit_flipped(e.key, 3), shorter = with_bit_flipped(e.key, 200);

    (void)state;
    path.count = 0;
    memset(e.value.b, 0, 8);
    root = lenient_root(&e, &path);
    assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &root), ERR_BAD_PROOF);
    assert_int_equal(trie_absence_verify(&absent, &e.key, &e.value, &path, &root), ERR_BAD_PROOF);
    assert_int_equal(trie_prefix_absence_verify(&absent, 128, &e.key, &e.value, &path, &root), ERR_BAD_PROOF);
    assert_int_equal(trie_prefix_verify(&shorter, 128, &e, 1, &path, &root), ERR_BAD_PROOF);
    e.value.b[7] = 1;
    root = lenient_root(&e, &path);
    assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &root), ERR_OK);
    assert_int_equal(trie_prefix_verify(&shorter, 128, &e, 1, &path, &root), ERR_OK);
}

static void the_zero_root_proves_absence_with_an_empty_proof_only(void **state)
{
    static struct trie_path path;
    struct hash zero = {{0}}, key = sample_hash("key", 0), root = sample_hash("root", 0);
    struct trie_entry e = {sample_hash("key", 1), sample_value(0)};

    (void)state;
    path.count = 0;
    assert_int_equal(trie_absence_verify(&key, NULL, NULL, &path, &zero), ERR_OK);
    assert_int_equal(trie_prefix_absence_verify(&key, 128, NULL, NULL, &path, &zero), ERR_OK);
    assert_int_equal(trie_absence_verify(&key, NULL, NULL, &path, &root), ERR_BAD_PROOF);
    assert_int_equal(trie_prefix_absence_verify(&key, 128, NULL, NULL, &path, &root), ERR_BAD_PROOF);
    assert_int_equal(trie_presence_verify(&e.key, &e.value, &path, &zero), ERR_BAD_PROOF);
    assert_int_equal(trie_absence_verify(&key, &e.key, &e.value, &path, &zero), ERR_BAD_PROOF);
    assert_int_equal(trie_prefix_verify(&e.key, 128, &e, 1, &path, &zero), ERR_BAD_PROOF);
    path.count = 1;
    path.step[0].bit = 0;
    assert_int_equal(trie_absence_verify(&key, NULL, NULL, &path, &zero), ERR_BAD_PROOF);
    assert_int_equal(trie_prefix_absence_verify(&key, 128, NULL, NULL, &path, &zero), ERR_BAD_PROOF);
}

static void a_key_does_not_show_its_own_absence(void **state)
{
    static struct trie_path path;
    struct trie_entry e = {sample_hash("key", 0), sample_value(0)};
    struct hash root, under;

    (void)state;
    path.count = 0;
    root = lenient_root(&e, &path);
    assert_int_equal(trie_absence_verify(&e.key, &e.key, &e.value, &path, &root), ERR_BAD_PROOF);
    assert_int_equal(trie_prefix_absence_verify(&e.key, 128, &e.key, &e.value, &path, &root), ERR_BAD_PROOF);
    /* What stands behind the prefix's bits does not count. */
    under = with_bit_flipped(e.key, 128);
    assert_int_equal(trie_prefix_absence_verify(&under, 128, &e.key, &e.value, &path, &root), ERR_BAD_PROOF);
    assert_int_equal(trie_prefix_verify(&under, 128, &e, 1, &path, &root), ERR_OK);
    assert_int_equal(trie_prefix_absence_verify(&under, 129, &e.key, &e.value, &path, &root), ERR_OK);
    assert_int_equal(trie_prefix_verify(&under, 129, &e, 1, &path, &root), ERR_BAD_PROOF);
}

static void prefixes_are_proven_whole_or_absent(void **state)
{
    static struct trie_path path;
    size_t first, end, seen = 0, gone = 0;
    struct hash root;

    (void)state;
    fill(60, 5);
    root = model_root(&model);
    for (uint64_t n = 0; n < 12; n++) {
        struct hash prefix = n < 6 ? sample_clustered("any", n, 6) : model.entry[n * 4].key;

        for (unsigned bits = 128; bits < 256; bits += bits < 135 ? 1 : 15) {
            model_prefix(&model, &prefix, bits, &first, &end, &path);
            if (first < end) {
                assert_int_equal(trie_prefix_verify(&prefix, bits, &model.entry[first], end - first, &path, &root),
                                 ERR_OK);
                seen++;
            } else {
                const struct trie_entry *e = &model.entry[model_neighbour(&model, &prefix)];

                model_path(&model, model_neighbour(&model, &prefix), &path);
                assert_int_equal(trie_prefix_absence_verify(&prefix, bits, &e->key, &e->value, &path, &root), ERR_OK);
                gone++;
            }
        }
    }
    assert_true(seen > 20 && gone > 5);
}

/* A proof for a longer prefix shows fewer leaves and a longer path to the same root. */
static void a_prefix_is_not_proven_by_a_part_of_it(void **state)
{
    static struct trie_path path;
    size_t first, end, tried = 0;
    struct hash root;

    (void)state;
    fill(40, 2);
    root = model_root(&model);
    for (size_t i = 0; i < model.count; i++) {
        for (unsigned longer = 129; longer < 256; longer++) {
            model_prefix(&model, &model.entry[i].key, longer, &first, &end, &path);
            if (path.step[0].bit < 128) continue;
            assert_int_equal(
                trie_prefix_verify(&model.entry[i].key, 128, &model.entry[first], end - first, &path, &root),
                ERR_BAD_PROOF);
            tried++;
        }
    }
    assert_true(tried > 100);
}

/* Nor by a larger subtree, whose other leaves are not under it. */
static void a_prefix_is_not_proven_by_more_than_it(void **state)
{
    static struct trie_path path;
    size_t first, end, tried = 0;
    struct hash root;

    (void)state;
    fill(40, 2);
    root = model_root(&model);
    for (size_t i = 0; i < model.count; i++) {
        model_prefix(&model, &model.entry[i].key, 130, &first, &end, &path);
        for (unsigned longer = 131; longer < 140; longer++) {
            size_t inner_first, inner_end;
            static struct trie_path inner;

            model_prefix(&model, &model.entry[i].key, longer, &inner_first, &inner_end, &inner);
            if (inner_end - inner_first == end - first) continue;
            assert_int_equal(
                trie_prefix_verify(&model.entry[i].key, longer, &model.entry[first], end - first, &path, &root),
                ERR_BAD_PROOF);
            tried++;
        }
    }
    assert_true(tried > 100);
}

static void leaves_of_a_prefix_rise_under_any_root(void **state)
{
    static struct trie_path path;
    struct trie_entry leaves[2];
    struct hash left, right, root;

    (void)state;
    path.count = 0;
    leaves[0] = (struct trie_entry){sample_clustered("key", 0, 1), sample_value(0)};
    leaves[1] = leaves[0];
    leaves[0].key.b[20] = 0x80;
    leaves[1].key.b[20] = 0x00;
    left = trie_leaf_hash(&leaves[0].key, &leaves[0].value);
    right = trie_leaf_hash(&leaves[1].key, &leaves[1].value);
    /* A malformed node: ones left, zeros right. */
    root = trie_node_hash(160, &leaves[0].key, &left, &right);
    assert_int_equal(trie_prefix_verify(&leaves[0].key, 128, leaves, 2, &path, &root), ERR_BAD_PROOF);
    root = trie_node_hash(160, &leaves[0].key, &right, &left);
    assert_int_equal(trie_prefix_verify(&leaves[0].key, 128, leaves, 2, &path, &root), ERR_BAD_PROOF);
    leaves[1] = leaves[0];
    assert_int_equal(trie_prefix_verify(&leaves[0].key, 128, leaves, 2, &path, &left), ERR_BAD_PROOF);
    assert_int_equal(trie_prefix_verify(&leaves[0].key, 128, leaves, 1, &path, &left), ERR_OK);
}

static void prefixes_have_128_to_255_bits_and_a_leaf(void **state)
{
    static struct trie_path path;
    struct trie_entry e = {sample_hash("key", 0), sample_value(0)};
    const unsigned bad[] = {0, 1, 127, 256, 257, UINT32_MAX};
    struct hash root, other = with_bit_flipped(e.key, 0);

    (void)state;
    path.count = 0;
    root = lenient_root(&e, &path);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(trie_prefix_verify(&e.key, bad[i], &e, 1, &path, &root), ERR_BAD_PROOF);
        assert_int_equal(trie_prefix_absence_verify(&other, bad[i], &e.key, &e.value, &path, &root), ERR_BAD_PROOF);
    }
    assert_int_equal(trie_prefix_verify(&e.key, 128, &e, 0, &path, &root), ERR_BAD_PROOF);
    assert_int_equal(trie_prefix_verify(&e.key, 255, &e, 1, &path, &root), ERR_OK);
    assert_int_equal(trie_prefix_absence_verify(&other, 255, &e.key, &e.value, &path, &root), ERR_OK);
}

static void changed_leaves_of_a_prefix_are_refused(void **state)
{
    static struct trie_path path;
    static struct trie_entry leaves[64];
    size_t first, end, count;
    struct hash root;

    (void)state;
    fill(30, 3);
    root = model_root(&model);
    model_prefix(&model, &model.entry[0].key, 128, &first, &end, &path);
    count = end - first;
    assert_true(count > 5);
    memcpy(leaves, &model.entry[first], count * sizeof(leaves[0]));
    for (size_t bit = 0; bit < count * sizeof(leaves[0]) * 8; bit++) {
        uint8_t *bytes = (uint8_t *)leaves;

        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(trie_prefix_verify(&model.entry[0].key, 128, leaves, count, &path, &root), ERR_BAD_PROOF);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(leaves, &model.entry[first], count * sizeof(leaves[0]));
        memmove(&leaves[i], &leaves[i + 1], (count - i - 1) * sizeof(leaves[0]));
        assert_int_equal(trie_prefix_verify(&model.entry[0].key, 128, leaves, count - 1, &path, &root), ERR_BAD_PROOF);
    }
}

/* The widest subtree: under 128 bits, a key and all that differ from it in one later bit. */
static void the_deepest_prefix_is_rebuilt(void **state)
{
    static struct trie_path path;
    struct hash base = sample_hash("base", 0), root;
    struct list_value value = sample_value(0);
    size_t first, end;

    (void)state;
    model.count = 0;
    model_set(&model, &base, &value);
    for (unsigned bit = 0; bit < 256; bit++) {
        struct hash key = with_bit_flipped(base, bit);

        model_set(&model, &key, &value);
    }
    root = model_root(&model);
    model_prefix(&model, &base, 128, &first, &end, &path);
    assert_int_equal(end - first, 129);
    assert_int_equal(path.count, 128);
    assert_int_equal(trie_prefix_verify(&base, 128, &model.entry[first], end - first, &path, &root), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proofs_of_the_vectors_hold),
        cmocka_unit_test(prefix_proofs_of_the_vectors_hold),
        cmocka_unit_test(present_and_absent_keys_are_proven),
        cmocka_unit_test(no_entry_shows_a_present_key_absent),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(steps_dropped_repeated_or_swapped_are_refused),
        cmocka_unit_test(bits_that_do_not_fall_are_refused_under_their_own_root),
        cmocka_unit_test(a_path_of_all_bits_holds_and_a_longer_one_is_refused),
        cmocka_unit_test(a_count_of_zero_is_refused_under_its_own_root),
        cmocka_unit_test(the_zero_root_proves_absence_with_an_empty_proof_only),
        cmocka_unit_test(a_key_does_not_show_its_own_absence),
        cmocka_unit_test(prefixes_are_proven_whole_or_absent),
        cmocka_unit_test(a_prefix_is_not_proven_by_a_part_of_it),
        cmocka_unit_test(a_prefix_is_not_proven_by_more_than_it),
        cmocka_unit_test(leaves_of_a_prefix_rise_under_any_root),
        cmocka_unit_test(prefixes_have_128_to_255_bits_and_a_leaf),
        cmocka_unit_test(changed_leaves_of_a_prefix_are_refused),
        cmocka_unit_test(the_deepest_prefix_is_rebuilt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
