/* Proofs of a run of leaves against a literal reading of RFC 6962, and at sizes that nobody can build. */
#include "log/tree/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define SIZES 40
#define OTHER_SIZES 80

/* --- the reference ---------------------------------------------------------------------------------- */

static struct hash leaves[OTHER_SIZES];

static uint64_t largest_power_below(uint64_t n)
{
    uint64_t k = 1;

    while (k * 2 < n) k *= 2;
    return k;
}

static struct hash ref_root(uint64_t begin, uint64_t end)
{
    struct hash left, right;
    uint64_t middle;

    if (end - begin == 1) return leaves[begin];
    middle = begin + largest_power_below(end - begin);
    left = ref_root(begin, middle);
    right = ref_root(middle, end);
    return hash_parts((struct span[]){SPAN("\x01"), hash_span(&left), hash_span(&right)}, 3);
}

/* The hashes, left to right, and the tree as a text: '.' for a known leaf, '#' for a hash. */
struct reference {
    struct out hashes;
    uint8_t bytes[32 * 2 * TREE_PATH_MAX];
    size_t shape_len;
    char shape[4 * OTHER_SIZES];
};

static void ref_walk(uint64_t from, uint64_t to, uint64_t begin, uint64_t end, struct reference *r)
{
    uint64_t middle;

    if (end <= from || to <= begin) {
        struct hash h = ref_root(begin, end);

        out_bytes(&r->hashes, hash_span(&h));
        r->shape[r->shape_len++] = '#';
    } else if (end - begin == 1) {
        r->shape[r->shape_len++] = '.';
    } else {
        middle = begin + largest_power_below(end - begin);
        r->shape[r->shape_len++] = '(';
        ref_walk(from, to, begin, middle, r);
        ref_walk(from, to, middle, end, r);
        r->shape[r->shape_len++] = ')';
    }
}

static void reference(uint64_t from, uint64_t to, uint64_t size, struct reference *r)
{
    *r = (struct reference){0};
    r->hashes = out_over(r->bytes, sizeof(r->bytes));
    ref_walk(from, to, 0, size, r);
}

/* --- readers ---------------------------------------------------------------------------------------- */

/* Full subtrees below `size` and nothing else. */
struct small_tree {
    uint64_t size;
    unsigned fail_at; /* the n-th reading fails, from 1; 0 = none */
    unsigned readings;
};

static bool small_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    struct small_tree *t = ctx;

    assert_true((index + 1) << level <= t->size);
    if (++t->readings == t->fail_at) return false;
    *ret = ref_root(index << level, (index + 1) << level);
    return true;
}

/* All leaves alike: node (level, any) is one hash, so trees of any size can be read. */
static struct hash alike[TREE_PATH_MAX];

static bool alike_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    struct small_tree *t = ctx;

    assert_true(level < TREE_PATH_MAX);
    assert_true(index < t->size >> level);
    t->readings++;
    *ret = alike[level];
    return true;
}

static struct hash alike_root(uint64_t size)
{
    struct hash right;
    unsigned level = 0;

    while (UINT64_C(1) << level < size) level++;
    if (UINT64_C(1) << level == size) return alike[level];
    right = alike_root(size - largest_power_below(size));
    return node_hash(&alike[level - 1], &right);
}

static uint64_t random_state = 88172645463325252;

static uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

static int set_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OTHER_SIZES; i++) {
        uint8_t data[2] = {(uint8_t)i, 'r'};

        leaves[i] = leaf_hash(span_of(data, sizeof(data)));
    }
    alike[0] = leaf_hash(SPAN("alike"));
    for (unsigned level = 1; level < TREE_PATH_MAX; level++)
        alike[level] = node_hash(&alike[level - 1], &alike[level - 1]);
    return 0;
}

/* --- one proof, held up against everything ----------------------------------------------------------- */

struct page {
    uint64_t from, to, size;
    struct hash root;
    struct hash leaf[OTHER_SIZES + 1]; /* one more than there are */
    struct reference ref;
};

static void page_make(uint64_t from, uint64_t to, uint64_t size, struct page *p)
{
    p->from = from;
    p->to = to;
    p->size = size;
    p->root = ref_root(0, size);
    memset(p->leaf, 0x5a, sizeof(p->leaf));
    for (uint64_t i = from; i < to; i++) p->leaf[i - from] = leaves[i];
    reference(from, to, size, &p->ref);
}

static enum err page_verify(const struct page *p)
{
    return tree_range_verify(p->from, p->leaf, p->to - p->from, p->size, out_span(&p->ref.hashes), &p->root);
}

/* Calls `test` with every range of every size up to `sizes`. */
static void each_page(uint64_t sizes, void (*test)(struct page *p))
{
    static struct page p;

    for (uint64_t size = 1; size <= sizes; size++)
        for (uint64_t from = 0; from < size; from++)
            for (uint64_t to = from + 1; to <= size; to++) {
                page_make(from, to, size, &p);
                test(&p);
                assert_int_equal(page_verify(&p), ERR_OK);
            }
}

static void made_as_the_reference(struct page *p)
{
    struct small_tree t = {.size = p->size};
    struct tree_reader r = {&t, small_node};
    uint8_t bytes[32 * TREE_RANGE_HASHES_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    assert_int_equal(tree_range_make(&r, p->from, p->to, p->size, &o), ERR_OK);
    assert_true(span_equal(out_span(&o), out_span(&p->ref.hashes)));
}

static void every_small_range_equals_the_reference_and_verifies(void **state)
{
    (void)state;
    each_page(SIZES, made_as_the_reference);
}

static void same_as_the_sparse_proof(struct page *p)
{
    struct small_tree t = {.size = p->size};
    struct tree_reader r = {&t, small_node};
    uint64_t positions[SIZES];
    uint8_t bytes[32 * TREE_RANGE_HASHES_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    for (uint64_t i = p->from; i < p->to; i++) positions[i - p->from] = i;
    assert_int_equal(sparse_make(&r, p->size, positions, p->to - p->from, &o), ERR_OK);
    assert_true(span_equal(out_span(&o), out_span(&p->ref.hashes)));
}

static void a_range_is_the_sparse_proof_of_its_positions(void **state)
{
    (void)state;
    each_page(SIZES, same_as_the_sparse_proof);
}

static void assert_flip_breaks(struct page *p, uint8_t *bytes, unsigned bit)
{
    bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    assert_int_equal(page_verify(p), ERR_BAD_PROOF);
    bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
}

static void all_bits_count(struct page *p)
{
    for (unsigned bit = 0; bit < 256; bit++) {
        assert_flip_breaks(p, p->root.b, bit);
        for (uint64_t i = 0; i < p->to - p->from; i++) assert_flip_breaks(p, p->leaf[i].b, bit);
    }
    for (unsigned bit = 0; bit < 8 * p->ref.hashes.len; bit++) assert_flip_breaks(p, p->ref.bytes, bit);
}

static void some_bit_of_each_hash_counts(struct page *p)
{
    assert_flip_breaks(p, p->root.b, (unsigned)random_below(256));
    for (uint64_t i = 0; i < p->to - p->from; i++) assert_flip_breaks(p, p->leaf[i].b, (unsigned)random_below(256));
    for (size_t at = 0; at < p->ref.hashes.len; at += 32)
        assert_flip_breaks(p, p->ref.bytes + at, (unsigned)random_below(256));
}

static void flips_of_any_bit_break_a_range(void **state)
{
    (void)state;
    each_page(9, all_bits_count);
    each_page(SIZES, some_bit_of_each_hash_counts);
}

static void assert_length(const struct page *p, size_t count, size_t len)
{
    enum err e = tree_range_verify(p->from, p->leaf, count, p->size, span_of(p->ref.bytes, len), &p->root);
    bool right = count == p->to - p->from && len == p->ref.hashes.len, fits = count > 0 && count <= p->size - p->from;

    assert_int_equal(e, right ? ERR_OK : fits ? ERR_BAD_PROOF : ERR_BAD_SIZE);
}

static void no_other_length_holds(struct page *p)
{
    size_t count = p->to - p->from, len = p->ref.hashes.len;

    for (size_t i = 0; i <= len + 64; i += 32) assert_length(p, count, i);
    assert_length(p, count, len + 1);
    if (len > 0) assert_length(p, count, len - 1);
    assert_length(p, count - 1, len);
    assert_length(p, count + 1, len);
}

static void a_hash_or_a_leaf_too_many_or_too_few_is_refused(void **state)
{
    (void)state;
    each_page(SIZES, no_other_length_holds);
}

/* The leaves of another place, under the hashes of this one and under their own. */
static void no_other_place_holds(struct page *p)
{
    static struct page other;
    uint64_t count = p->to - p->from;

    for (uint64_t from = 0; from <= p->size; from++) {
        enum err e = tree_range_verify(from, p->leaf, count, p->size, out_span(&p->ref.hashes), &p->root);

        if (from == p->from) continue;
        assert_int_equal(e, from + count > p->size ? ERR_BAD_SIZE : ERR_BAD_PROOF);
        if (from + count > p->size) continue;
        page_make(from, from + count, p->size, &other);
        memcpy(other.leaf, p->leaf, sizeof(other.leaf));
        assert_int_equal(page_verify(&other), ERR_BAD_PROOF);
    }
}

static void a_shifted_range_is_refused(void **state)
{
    (void)state;
    each_page(SIZES, no_other_place_holds);
}

static void no_other_order_holds(struct page *p)
{
    for (uint64_t i = 1; i < p->to - p->from; i++) {
        struct hash kept = p->leaf[i];

        p->leaf[i] = p->leaf[i - 1];
        assert_int_equal(page_verify(p), ERR_BAD_PROOF); /* one twice, one not at all */
        p->leaf[i - 1] = kept;
        assert_int_equal(page_verify(p), ERR_BAD_PROOF); /* exchanged */
        p->leaf[i - 1] = p->leaf[i];
        p->leaf[i] = kept;
    }
}

static void leaves_in_another_order_are_refused(void **state)
{
    (void)state;
    each_page(SIZES, no_other_order_holds);
}

/* A proof speaks for every tree of one shape; it must speak for no other. */
static void no_other_shape_holds(struct page *p)
{
    static struct reference other;
    uint64_t right = p->size;

    for (uint64_t size = p->to; size <= OTHER_SIZES; size++) {
        reference(p->from, p->to, size, &other);
        p->size = size;
        assert_int_equal(page_verify(p), strcmp(other.shape, p->ref.shape) == 0 ? ERR_OK : ERR_BAD_PROOF);
    }
    p->size = p->to - 1;
    assert_int_equal(page_verify(p), ERR_BAD_SIZE);
    p->size = right;
}

static void a_range_holds_for_no_other_shape(void **state)
{
    (void)state;
    each_page(24, no_other_shape_holds);
}

/* --- limits and readers ----------------------------------------------------------------------------- */

static void ranges_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        uint64_t from, to, size;
    } bad[] = {
        {0, 0, 0},
        {0, 0, 5},
        {5, 5, 5},
        {3, 2, 5},
        {0, 6, 5},
        {5, 6, 5},
        {0, 1, TREE_SIZE_MAX + 1},
        {0, 1, UINT64_MAX},
        {UINT64_MAX, 1, 5},
        {UINT64_MAX - 1, UINT64_MAX, 5},
    };
    struct small_tree t = {.size = 5};
    struct tree_reader r = {&t, small_node};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint8_t bytes[64];
        struct out o = out_over(bytes, sizeof(bytes));

        assert_int_equal(tree_range_make(&r, bad[i].from, bad[i].to, bad[i].size, &o), ERR_BAD_SIZE);
        assert_int_equal(o.len, 0);
        assert_int_equal(tree_range_verify(bad[i].from, leaves, (size_t)(bad[i].to - bad[i].from), bad[i].size,
                                           SPAN(""), &leaves[0]),
                         ERR_BAD_SIZE);
    }
    assert_int_equal(t.readings, 0);
}

static void an_unreadable_node_is_damage_and_writes_nothing(void **state)
{
    enum err e = ERR_DAMAGED;

    (void)state;
    for (unsigned n = 1; e != ERR_OK; n++) {
        struct small_tree t = {.size = 39, .fail_at = n};
        uint8_t bytes[32 * TREE_RANGE_HASHES_MAX];
        struct out o = out_over(bytes, sizeof(bytes));

        out_byte(&o, 9);
        e = tree_range_make(&(struct tree_reader){&t, small_node}, 5, 7, 39, &o);
        assert_int_equal(e, t.readings >= n ? ERR_DAMAGED : ERR_OK);
        if (e != ERR_OK) assert_int_equal(o.len, 1);
        if (n == 1) assert_int_equal(e, ERR_DAMAGED);
    }
}

static void a_range_that_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
    struct small_tree t = {.size = 39};
    struct tree_reader r = {&t, small_node};
    uint8_t bytes[32 * TREE_RANGE_HASHES_MAX];
    struct out whole = out_over(bytes, sizeof(bytes));

    (void)state;
    assert_int_equal(tree_range_make(&r, 5, 7, 39, &whole), ERR_OK);
    for (size_t cap = 0; cap < whole.len; cap++) {
        struct out o = out_over(bytes, cap);

        assert_int_equal(tree_range_make(&r, 5, 7, 39, &o), ERR_NO_ROOM);
        assert_int_equal(o.len, 0);
    }
}

/* A range of `count` leaves, all alike, and how many hashes it takes. */
static size_t assert_alike(uint64_t from, size_t count, uint64_t size)
{
    static struct hash leaf[1001];
    struct small_tree t = {.size = size};
    struct tree_reader r = {&t, alike_node};
    struct hash root = alike_root(size);
    uint8_t bytes[32 * TREE_RANGE_HASHES_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    for (size_t i = 0; i < COUNT_OF(leaf); i++) leaf[i] = alike[0];
    assert_int_equal(tree_range_make(&r, from, from + count, size, &o), ERR_OK);
    assert_true(t.readings <= 3 * TREE_PATH_MAX);
    assert_int_equal(tree_range_verify(from, leaf, count, size, out_span(&o), &root), ERR_OK);
    leaf[count - 1] = alike[1];
    assert_int_equal(tree_range_verify(from, leaf, count, size, out_span(&o), &root), ERR_BAD_PROOF);
    return o.len / 32;
}

static void ranges_hold_at_sizes_nobody_can_build(void **state)
{
    static const uint64_t sizes[] = {TREE_SIZE_MAX, TREE_SIZE_MAX - 1, TREE_SIZE_MAX / 2 + 1, (UINT64_C(1) << 40) + 7,
                                     UINT64_C(0x2aaaaaaaaaaaaaaa)};

    (void)state;
    for (unsigned s = 0; s < COUNT_OF(sizes); s++) {
        for (unsigned i = 0; i < 100; i++) {
            size_t count = 1 + (size_t)random_below(1000);

            assert_alike(i == 0 ? 0 : i == 1 ? sizes[s] - count : random_below(sizes[s] - count), count, sizes[s]);
        }
    }
}

static void no_range_takes_more_hashes_than_the_limit(void **state)
{
    uint64_t half = TREE_SIZE_MAX / 2;
    size_t most = 0;

    (void)state;
    for (uint64_t from = half - 300; from < half + 300; from++)
        for (size_t count = 1; count < 4; count++) {
            size_t took = assert_alike(from, count, TREE_SIZE_MAX);

            if (took > most) most = took;
        }
    assert_int_equal(assert_alike(half - 1, 2, TREE_SIZE_MAX), TREE_RANGE_HASHES_MAX);
    assert_int_equal(most, TREE_RANGE_HASHES_MAX);
}

/* What is known costs nothing: a range of nearly everything is made as fast as one of a leaf. */
static void the_largest_ranges_can_be_made(void **state)
{
    struct small_tree t = {.size = TREE_SIZE_MAX};
    struct tree_reader r = {&t, alike_node};
    uint8_t bytes[32 * TREE_RANGE_HASHES_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    (void)state;
    assert_int_equal(tree_range_make(&r, 0, TREE_SIZE_MAX, TREE_SIZE_MAX, &o), ERR_OK);
    assert_int_equal(o.len, 0);
    assert_int_equal(tree_range_make(&r, 1, TREE_SIZE_MAX, TREE_SIZE_MAX, &o), ERR_OK);
    assert_int_equal(o.len, 32);
    o.len = 0;
    assert_int_equal(tree_range_make(&r, 1, TREE_SIZE_MAX - 1, TREE_SIZE_MAX, &o), ERR_OK);
    assert_int_equal(o.len, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_range_equals_the_reference_and_verifies),
        cmocka_unit_test(a_range_is_the_sparse_proof_of_its_positions),
        cmocka_unit_test(flips_of_any_bit_break_a_range),
        cmocka_unit_test(a_hash_or_a_leaf_too_many_or_too_few_is_refused),
        cmocka_unit_test(a_shifted_range_is_refused),
        cmocka_unit_test(leaves_in_another_order_are_refused),
        cmocka_unit_test(a_range_holds_for_no_other_shape),
        cmocka_unit_test(ranges_that_do_not_fit_are_refused),
        cmocka_unit_test(an_unreadable_node_is_damage_and_writes_nothing),
        cmocka_unit_test(a_range_that_does_not_fit_leaves_the_buffer_as_it_was),
        cmocka_unit_test(ranges_hold_at_sizes_nobody_can_build),
        cmocka_unit_test(no_range_takes_more_hashes_than_the_limit),
        cmocka_unit_test(the_largest_ranges_can_be_made),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
