/* The tree against a literal reading of RFC 6962 (2.1, 2.1.1, 2.1.2), the public vectors, and itself at
 * sizes that nobody can build. */
#include "log/base/codec.h"
#include "log/tree/merkle.h"

#include <dirent.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#define LEAVES 130
#define FLIP_SIZE_MAX 32

/* --- the reference: ranges of leaves, exactly as the RFC writes them ------------------------------- */

static struct hash leaves[LEAVES];

static uint64_t largest_power_below(uint64_t n)
{
    uint64_t k = 1;

    while (k * 2 < n) k *= 2;
    return k;
}

static struct hash ref_root(uint64_t begin, uint64_t end)
{
    struct hash left, right;
    uint64_t k;

    if (begin == end) return hash_of(SPAN(""));
    if (end - begin == 1) return leaves[begin];
    k = largest_power_below(end - begin);
    left = ref_root(begin, begin + k);
    right = ref_root(begin + k, end);
    return hash_parts((struct span[]){SPAN("\x01"), hash_span(&left), hash_span(&right)}, 3);
}

/* A proof and on which side each of its hashes stands. A leading '=' is a hash that stands for the
 * last full subtree of the old tree. */
struct ref_path {
    size_t count;
    struct hash hash[TREE_PATH_MAX];
    char shape[TREE_PATH_MAX + 1];
};

static void ref_push(struct ref_path *p, struct hash h, char side)
{
    p->hash[p->count] = h;
    p->shape[p->count++] = side;
}

static void ref_inclusion(uint64_t m, uint64_t begin, uint64_t end, struct ref_path *p)
{
    uint64_t k;

    if (end - begin == 1) return;
    k = largest_power_below(end - begin);
    if (m < k) {
        ref_inclusion(m, begin, begin + k, p);
        ref_push(p, ref_root(begin + k, end), 'R');
    } else {
        ref_inclusion(m - k, begin + k, end, p);
        ref_push(p, ref_root(begin, begin + k), 'L');
    }
}

static void ref_subproof(uint64_t m, uint64_t begin, uint64_t end, bool whole, struct ref_path *p)
{
    uint64_t k;

    if (m == end - begin) {
        if (!whole) ref_push(p, ref_root(begin, end), '=');
        return;
    }
    k = largest_power_below(end - begin);
    if (m <= k) {
        ref_subproof(m, begin, begin + k, whole, p);
        ref_push(p, ref_root(begin + k, end), 'R');
    } else {
        ref_subproof(m - k, begin + k, end, false, p);
        ref_push(p, ref_root(begin, begin + k), 'L');
    }
}

static struct ref_path ref_inclusion_of(uint64_t index, uint64_t size)
{
    struct ref_path p = {0};

    ref_inclusion(index, 0, size, &p);
    return p;
}

static struct ref_path ref_consistency_of(uint64_t old, uint64_t size)
{
    struct ref_path p = {0};

    ref_subproof(old, 0, size, true, &p);
    return p;
}

/* --- readers ---------------------------------------------------------------------------------------- */

/* Full subtrees below `size` and nothing else; what lies outside is a bug of the proof maker. */
struct small_tree {
    uint64_t size;
    unsigned fail_at; /* the n-th reading fails, from 1; 0 = none */
    unsigned readings;
};
static struct hash nodes[8][LEAVES];

static bool small_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    struct small_tree *t = ctx;

    assert_true(level < 8);
    assert_true((index + 1) << level <= t->size);
    if (++t->readings == t->fail_at) return false;
    *ret = nodes[level][index];
    return true;
}

/* All leaves alike: node (level, any) is one hash, so trees of any size can be read. */
static struct hash alike[TREE_PATH_MAX];

static bool alike_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    const uint64_t *size = ctx;

    assert_true(level < TREE_PATH_MAX);
    assert_true(index < *size >> level);
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
    for (unsigned i = 0; i < LEAVES; i++) {
        uint8_t data[2] = {(uint8_t)i, (uint8_t)(i >> 8)};

        leaves[i] = leaf_hash(span_of(data, sizeof(data)));
    }
    for (unsigned level = 0; level < 8; level++)
        for (uint64_t i = 0; (i + 1) << level <= LEAVES; i++) nodes[level][i] = ref_root(i << level, (i + 1) << level);
    alike[0] = leaf_hash(SPAN("alike"));
    for (unsigned level = 1; level < TREE_PATH_MAX; level++)
        alike[level] = node_hash(&alike[level - 1], &alike[level - 1]);
    return 0;
}

static void assert_hash(const struct hash *a, const struct hash *b)
{
    assert_memory_equal(a->b, b->b, sizeof(a->b));
}

static void assert_path(const struct tree_path *p, const struct ref_path *expected)
{
    assert_int_equal(p->count, expected->count);
    for (size_t i = 0; i < p->count; i++) assert_hash(&p->hash[i], &expected->hash[i]);
}

/* --- known answers ---------------------------------------------------------------------------------- */

static struct hash hash_from(const char *base64)
{
    struct hash h;
    struct out o = out_over(h.b, sizeof(h.b));

    assert_int_equal(base64_decode(span_text(base64), &o), ERR_OK);
    assert_int_equal(o.len, sizeof(h.b));
    return h;
}

static void hashes_are_those_of_the_standard(void **state)
{
    struct hash expected = hash_from("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), found = empty_root();

    (void)state;
    assert_hash(&found, &expected);
    expected = hash_from("bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=");
    found = leaf_hash(SPAN(""));
    assert_hash(&found, &expected);
}

static void known_roots_of_the_reference_leaves(void **state)
{
    static const struct span data[8] = {
        SPAN(""),
        SPAN("\x00"),
        SPAN("\x10"),
        SPAN("\x20\x21"),
        SPAN("\x30\x31"),
        SPAN("\x40\x41\x42\x43"),
        SPAN("\x50\x51\x52\x53\x54\x55\x56\x57"),
        SPAN("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"),
    };
    static const char *const expected[9] = {
        [0] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        [6] = "duZ9rbzfHhDht03cYIq9L5jfsW+851J3tSMqEn8gh+8=",
        [7] = "3bib5AOAnjJXUNPSY814kpwpQreUKjS3fhIslZSnTIw=",
        [8] = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=",
    };
    struct frontier f = {0};

    (void)state;
    for (unsigned size = 0; size <= 8; size++) {
        if (expected[size] != NULL) {
            struct hash root = frontier_root(&f), known = hash_from(expected[size]);

            assert_hash(&root, &known);
        }
        if (size < 8) {
            struct hash leaf = leaf_hash(data[size]);

            frontier_append(&f, &leaf);
        }
    }
}

/* --- frontier --------------------------------------------------------------------------------------- */

static void root_equals_reference_for_every_small_size(void **state)
{
    struct frontier f = {0};

    (void)state;
    for (uint64_t size = 0; size <= LEAVES; size++) {
        struct hash root = frontier_root(&f), expected = ref_root(0, size);

        assert_int_equal(f.size, size);
        assert_hash(&root, &expected);
        if (size < LEAVES) frontier_append(&f, &leaves[size]);
    }
}

static jmp_buf asserted;

static void on_assert(const char *condition, const char *file, int line)
{
    (void)condition;
    (void)file;
    (void)line;
    longjmp(asserted, 1);
}

static void frontier_grows_to_the_largest_size_and_not_past_it(void **state)
{
    struct frontier f = {.size = TREE_SIZE_MAX - 1};
    struct hash root;

    (void)state;
    memcpy(f.peak, alike, sizeof(f.peak));
    frontier_append(&f, &alike[0]);
    assert_true(f.size == TREE_SIZE_MAX);
    root = frontier_root(&f);
    assert_hash(&root, &alike[62]);
    assert_hook = on_assert;
    if (setjmp(asserted) == 0) {
        frontier_append(&f, &alike[0]);
        fail_msg("grew past the largest size");
    }
    assert_hook = NULL;
}

/* --- ranges ----------------------------------------------------------------------------------------- */

static void range_root_is_the_subtree_or_refused(void **state)
{
    struct small_tree t = {.size = LEAVES};
    struct tree_reader r = {&t, small_node};

    (void)state;
    for (uint64_t begin = 0; begin <= LEAVES; begin++)
        for (uint64_t end = 0; end <= LEAVES; end++) {
            struct hash root = leaves[0], expected;
            enum err e = tree_range_root(&r, begin, end, &root);
            uint64_t cover = 1;

            while (begin < end && cover < end - begin) cover *= 2;
            assert_int_equal(e, begin < end && begin % cover == 0 ? ERR_OK : ERR_BAD_SIZE);
            expected = e == ERR_OK ? ref_root(begin, end) : leaves[0];
            assert_hash(&root, &expected);
        }
    assert_int_equal(tree_range_root(&r, 0, TREE_SIZE_MAX + 1, &(struct hash){{0}}), ERR_BAD_SIZE);
}

/* --- inclusion -------------------------------------------------------------------------------------- */

static enum err verify_inclusion(const struct ref_path *p, uint64_t index, uint64_t size, const struct hash *leaf,
                                 const struct hash *root)
{
    return tree_inclusion_verify(leaf, index, size, p->hash, p->count, root);
}

static void inclusion_proofs_equal_the_reference_and_verify(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= LEAVES; size++) {
        struct small_tree t = {.size = size};
        struct tree_reader r = {&t, small_node};
        struct hash root = ref_root(0, size), found;

        for (uint64_t index = 0; index < size; index++) {
            struct ref_path expected = ref_inclusion_of(index, size);
            struct tree_path p;

            assert_int_equal(tree_inclusion(&r, index, size, &p), ERR_OK);
            assert_path(&p, &expected);
            assert_int_equal(verify_inclusion(&expected, index, size, &leaves[index], &root), ERR_OK);
            assert_int_equal(tree_inclusion_root(&leaves[index], index, size, p.hash, p.count, &found), ERR_OK);
            assert_hash(&found, &root);
        }
    }
}

static void flips_of_any_bit_break_inclusion(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= FLIP_SIZE_MAX; size++)
        for (uint64_t index = 0; index < size; index++) {
            struct ref_path p = ref_inclusion_of(index, size);
            struct hash root = ref_root(0, size), leaf = leaves[index];
            struct hash *part[TREE_PATH_MAX + 2] = {&root, &leaf};

            for (size_t i = 0; i < p.count; i++) part[i + 2] = &p.hash[i];
            for (size_t i = 0; i < p.count + 2; i++)
                for (unsigned bit = 0; bit < 256; bit++) {
                    part[i]->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
                    assert_int_equal(verify_inclusion(&p, index, size, &leaf, &root), ERR_BAD_PROOF);
                    part[i]->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
                }
            assert_int_equal(verify_inclusion(&p, index, size, &leaf, &root), ERR_OK);
        }
}

static void inclusion_of_another_length_is_refused(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= LEAVES; size++)
        for (uint64_t index = 0; index < size; index++) {
            struct ref_path p = ref_inclusion_of(index, size);
            struct hash root = ref_root(0, size), kept = leaves[0];
            size_t right = p.count;

            for (p.count = 0; p.count <= right + 2; p.count++) {
                enum err e = p.count == right ? ERR_OK : ERR_BAD_PROOF;

                assert_int_equal(verify_inclusion(&p, index, size, &leaves[index], &root), e);
            }
            assert_int_equal(tree_inclusion_root(&leaves[index], index, size, p.hash, right + 1, &kept), ERR_BAD_PROOF);
            assert_hash(&kept, &leaves[0]);
        }
}

/* A proof speaks for every tree of one shape; it must speak for no other. */
static void inclusion_holds_for_no_other_index_or_shape(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= 40; size++)
        for (uint64_t index = 0; index < size; index++) {
            struct ref_path p = ref_inclusion_of(index, size);
            struct hash root = ref_root(0, size);

            for (uint64_t other = 0; other < size; other++)
                assert_int_equal(verify_inclusion(&p, other, size, &leaves[index], &root),
                                 other == index ? ERR_OK : ERR_BAD_PROOF);
            for (uint64_t other = index + 1; other <= 80; other++) {
                struct ref_path same = ref_inclusion_of(index, other);

                assert_int_equal(verify_inclusion(&p, index, other, &leaves[index], &root),
                                 strcmp(same.shape, p.shape) == 0 ? ERR_OK : ERR_BAD_PROOF);
            }
            assert_int_equal(verify_inclusion(&p, index, index, &leaves[index], &root), ERR_BAD_SIZE);
        }
}

/* --- consistency ------------------------------------------------------------------------------------ */

static enum err verify_consistency(const struct ref_path *p, uint64_t old, uint64_t size, const struct hash *old_root,
                                   const struct hash *root)
{
    return tree_consistency_verify(old, size, p->hash, p->count, old_root, root);
}

static void consistency_proofs_equal_the_reference_and_verify(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= LEAVES; size++)
        for (uint64_t old = 1; old <= size; old++) {
            struct small_tree t = {.size = size};
            struct tree_reader r = {&t, small_node};
            struct ref_path expected = ref_consistency_of(old, size);
            struct hash old_root = ref_root(0, old), root = ref_root(0, size);
            struct tree_path p;

            assert_int_equal(tree_consistency(&r, old, size, &p), ERR_OK);
            assert_path(&p, &expected);
            assert_int_equal(verify_consistency(&expected, old, size, &old_root, &root), ERR_OK);
        }
}

static void the_path_leads_from_the_old_root_to_the_new_one(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= LEAVES; size++)
        for (uint64_t old = 1; old <= size; old++) {
            struct ref_path p = ref_consistency_of(old, size);
            struct hash old_root = ref_root(0, old), root = ref_root(0, size), other = leaf_hash(SPAN("other")), found;

            assert_int_equal(tree_consistency_root(old, size, p.hash, p.count, &old_root, &found), ERR_OK);
            assert_hash(&found, &root);
            assert_int_equal(tree_consistency_root(0, size, p.hash, p.count, &old_root, &found), ERR_BAD_SIZE);
            if (old < size && (old & (old - 1)) != 0)
                assert_int_equal(tree_consistency_root(old, size, p.hash, p.count, &other, &found), ERR_BAD_PROOF);
        }
}

static void flips_of_any_bit_break_consistency(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= FLIP_SIZE_MAX; size++)
        for (uint64_t old = 1; old <= size; old++) {
            struct ref_path p = ref_consistency_of(old, size);
            struct hash old_root = ref_root(0, old), root = ref_root(0, size);
            struct hash *part[TREE_PATH_MAX + 2] = {&root, &old_root};

            for (size_t i = 0; i < p.count; i++) part[i + 2] = &p.hash[i];
            for (size_t i = 0; i < p.count + 2; i++)
                for (unsigned bit = 0; bit < 256; bit++) {
                    part[i]->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
                    assert_int_equal(verify_consistency(&p, old, size, &old_root, &root), ERR_BAD_PROOF);
                    part[i]->b[bit / 8] ^= (uint8_t)(1 << bit % 8);
                }
            assert_int_equal(verify_consistency(&p, old, size, &old_root, &root), ERR_OK);
        }
}

static void consistency_of_another_length_is_refused(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= LEAVES; size++)
        for (uint64_t old = 1; old <= size; old++) {
            struct ref_path p = ref_consistency_of(old, size);
            struct hash old_root = ref_root(0, old), root = ref_root(0, size);
            size_t right = p.count;

            for (p.count = 0; p.count <= right + 2; p.count++) {
                enum err e = p.count == right ? ERR_OK : ERR_BAD_PROOF;

                assert_int_equal(verify_consistency(&p, old, size, &old_root, &root), e);
            }
        }
}

static void consistency_holds_for_no_other_old_size_or_shape(void **state)
{
    (void)state;
    for (uint64_t size = 1; size <= 40; size++)
        for (uint64_t old = 1; old <= size; old++) {
            struct ref_path p = ref_consistency_of(old, size);
            struct hash old_root = ref_root(0, old), root = ref_root(0, size);

            for (uint64_t other = 1; other <= size; other++)
                assert_int_equal(verify_consistency(&p, other, size, &old_root, &root),
                                 other == old ? ERR_OK : ERR_BAD_PROOF);
            for (uint64_t other = old; other <= 80; other++) {
                struct ref_path same = ref_consistency_of(old, other);

                assert_int_equal(verify_consistency(&p, old, other, &old_root, &root),
                                 strcmp(same.shape, p.shape) == 0 ? ERR_OK : ERR_BAD_PROOF);
            }
        }
}

static void an_empty_old_tree_needs_no_path_and_proves_nothing(void **state)
{
    struct small_tree t = {.size = 5};
    struct tree_reader r = {&t, small_node};
    struct hash none = empty_root(), root = ref_root(0, 5);
    struct tree_path p = {.count = 9};

    (void)state;
    assert_int_equal(tree_consistency(&r, 0, 5, &p), ERR_OK);
    assert_int_equal(p.count, 0);
    assert_int_equal(tree_consistency_verify(0, 5, p.hash, 0, &none, &root), ERR_BAD_SIZE);
    assert_int_equal(tree_consistency_verify(0, 0, p.hash, 0, &none, &none), ERR_OK);
    assert_int_equal(tree_consistency_verify(0, 0, p.hash, 1, &none, &none), ERR_BAD_PROOF);
    assert_int_equal(tree_consistency_verify(0, 0, p.hash, 0, &root, &root), ERR_BAD_PROOF);
}

/* --- limits and readers ----------------------------------------------------------------------------- */

static void sizes_that_do_not_fit_are_refused(void **state)
{
    struct small_tree t = {.size = 0};
    struct tree_reader r = {&t, small_node};
    struct tree_path p;
    struct hash h = empty_root();

    (void)state;
    assert_int_equal(tree_inclusion(&r, 0, 0, &p), ERR_BAD_SIZE);
    assert_int_equal(tree_inclusion(&r, 5, 5, &p), ERR_BAD_SIZE);
    assert_int_equal(tree_inclusion(&r, 0, TREE_SIZE_MAX + 1, &p), ERR_BAD_SIZE);
    assert_int_equal(tree_consistency(&r, 6, 5, &p), ERR_BAD_SIZE);
    assert_int_equal(tree_consistency(&r, 1, TREE_SIZE_MAX + 1, &p), ERR_BAD_SIZE);
    assert_int_equal(tree_inclusion_verify(&h, 0, 0, &h, 0, &h), ERR_BAD_SIZE);
    assert_int_equal(tree_inclusion_verify(&h, 1, 1, &h, 0, &h), ERR_BAD_SIZE);
    assert_int_equal(tree_inclusion_verify(&h, 0, UINT64_MAX, &h, 0, &h), ERR_BAD_SIZE);
    assert_int_equal(tree_consistency_verify(2, 1, &h, 0, &h, &h), ERR_BAD_SIZE);
    assert_int_equal(tree_consistency_verify(1, UINT64_MAX, &h, 0, &h, &h), ERR_BAD_SIZE);
    assert_int_equal(t.readings, 0);
}

static void an_unreadable_node_is_damage_and_writes_nothing(void **state)
{
    static const uint64_t positions[] = {3, 77};
    bool failed = true;

    (void)state;
    for (unsigned n = 1; failed; n++) {
        const struct small_tree failing = {.size = 101, .fail_at = n};
        struct small_tree t[3] = {failing, failing, failing};
        struct tree_path p = {.count = 99};
        uint8_t bytes[32 * TREE_PATH_MAX * 2];
        struct out o = out_over(bytes, sizeof(bytes));
        enum err e[3];

        e[0] = tree_inclusion(&(struct tree_reader){&t[0], small_node}, 42, 101, &p);
        if (e[0] != ERR_OK) assert_int_equal(p.count, 99);
        p.count = 99;
        e[1] = tree_consistency(&(struct tree_reader){&t[1], small_node}, 42, 101, &p);
        if (e[1] != ERR_OK) assert_int_equal(p.count, 99);
        e[2] = sparse_make(&(struct tree_reader){&t[2], small_node}, 101, positions, 2, &o);
        if (e[2] != ERR_OK) assert_int_equal(o.len, 0);
        failed = false;
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(e[i], t[i].readings >= n ? ERR_DAMAGED : ERR_OK);
            failed = failed || e[i] != ERR_OK;
        }
        if (n == 1) assert_true(failed);
    }
}

static void proofs_hold_at_sizes_nobody_can_build(void **state)
{
    static const uint64_t sizes[] = {TREE_SIZE_MAX, TREE_SIZE_MAX - 1, TREE_SIZE_MAX / 2 + 1, (UINT64_C(1) << 40) + 7,
                                     UINT64_C(0x2aaaaaaaaaaaaaaa)};

    (void)state;
    for (unsigned s = 0; s < COUNT_OF(sizes); s++) {
        uint64_t size = sizes[s];
        struct tree_reader r = {&size, alike_node};
        struct hash root = alike_root(size);

        for (unsigned i = 0; i < 200; i++) {
            uint64_t at = i == 0 ? 0 : i == 1 ? size - 1 : random_below(size);
            struct hash old_root = alike_root(at + 1);
            struct tree_path p;

            assert_int_equal(tree_inclusion(&r, at, size, &p), ERR_OK);
            assert_int_equal(tree_inclusion_verify(&alike[0], at, size, p.hash, p.count, &root), ERR_OK);
            assert_int_equal(tree_inclusion_verify(&alike[1], at, size, p.hash, p.count, &root), ERR_BAD_PROOF);
            assert_int_equal(tree_consistency(&r, at + 1, size, &p), ERR_OK);
            assert_int_equal(tree_consistency_verify(at + 1, size, p.hash, p.count, &old_root, &root), ERR_OK);
            assert_int_equal(tree_consistency_verify(at + 1, size, p.hash, p.count, &alike[0], &root),
                             at == 0 ? ERR_OK : ERR_BAD_PROOF);
        }
    }
}

/* --- sparse proofs ---------------------------------------------------------------------------------- */

struct set {
    size_t count;
    uint64_t position[LEAVES];
    struct hash leaf[LEAVES];
};

/* Each position below `size` with a chance of 1 in `rarity`, and at least one. */
static struct set random_set(uint64_t size, uint64_t rarity)
{
    struct set s = {0};
    uint64_t sure = random_below(size);

    for (uint64_t i = 0; i < size; i++)
        if (i == sure || random_below(rarity) == 0) {
            s.leaf[s.count] = leaves[i];
            s.position[s.count++] = i;
        }
    return s;
}

static void ref_sparse(const struct set *s, uint64_t begin, uint64_t end, struct out *o)
{
    bool any = false;

    for (size_t i = 0; i < s->count; i++) any = any || (s->position[i] >= begin && s->position[i] < end);
    if (!any) {
        struct hash h = ref_root(begin, end);

        out_bytes(o, hash_span(&h));
    } else if (end - begin > 1) {
        uint64_t k = largest_power_below(end - begin);

        ref_sparse(s, begin, begin + k, o);
        ref_sparse(s, begin + k, end, o);
    }
}

static enum err sparse_leads_to(const struct set *s, uint64_t size, struct span hashes, const struct hash *root)
{
    struct hash found;

    TRY(sparse_root(size, s->position, s->leaf, s->count, hashes, &found));
    return hash_equal(&found, root) ? ERR_OK : ERR_BAD_PROOF;
}

static void assert_tampering_fails(struct set *s, uint64_t size, struct out *o, const struct hash *root)
{
    struct span hashes = out_span(o), more = span_of(o->ptr, o->len + 32);
    size_t which = (size_t)random_below(s->count), at = o->len == 0 ? 0 : (size_t)random_below(o->len);

    assert_int_equal(sparse_leads_to(s, size, more, root), ERR_BAD_PROOF);
    assert_int_equal(sparse_leads_to(s, size, span_of(o->ptr, o->len + 1), root), ERR_BAD_PROOF);
    if (o->len > 0) {
        assert_int_equal(sparse_leads_to(s, size, span_slice(hashes, 0, o->len - 32), root), ERR_BAD_PROOF);
        assert_int_equal(sparse_leads_to(s, size, span_slice(hashes, 0, o->len - 1), root), ERR_BAD_PROOF);
        o->ptr[at] ^= 1;
        assert_int_equal(sparse_leads_to(s, size, hashes, root), ERR_BAD_PROOF);
        o->ptr[at] ^= 1;
    }
    s->leaf[which].b[31] ^= 0x80;
    assert_int_equal(sparse_leads_to(s, size, hashes, root), ERR_BAD_PROOF);
    s->leaf[which].b[31] ^= 0x80;
    if (s->count > 1) {
        uint64_t first = s->position[0];

        s->position[0] = s->position[1];
        assert_int_equal(sparse_leads_to(s, size, hashes, root), ERR_BAD_SIZE);
        s->position[1] = first;
        assert_int_equal(sparse_leads_to(s, size, hashes, root), ERR_BAD_SIZE);
        s->position[1] = s->position[0];
        s->position[0] = first;
    }
    assert_int_equal(sparse_leads_to(s, size, hashes, root), ERR_OK);
}

static void sparse_proofs_equal_the_reference_and_resist_tampering(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t size = 1 + random_below(LEAVES), rarity = 1 + random_below(30);
        struct small_tree t = {.size = size};
        struct tree_reader r = {&t, small_node};
        struct set s = random_set(size, rarity);
        uint8_t made[32 * (LEAVES + 1)] = {0}, expected[32 * LEAVES];
        struct out o = out_over(made, sizeof(made)), ref = out_over(expected, sizeof(expected));
        struct hash root = ref_root(0, size);

        ref_sparse(&s, 0, size, &ref);
        assert_int_equal(sparse_make(&r, size, s.position, s.count, &o), ERR_OK);
        assert_true(span_equal(out_span(&o), out_span(&ref)));
        assert_int_equal(sparse_leads_to(&s, size, out_span(&o), &root), ERR_OK);
        assert_tampering_fails(&s, size, &o, &root);
    }
}

static void another_position_breaks_a_sparse_proof(void **state)
{
    (void)state;
    for (uint64_t size = 2; size <= 40; size++)
        for (uint64_t at = 0; at < size; at++)
            for (uint64_t other = 0; other < size; other++) {
                struct small_tree t = {.size = size};
                struct tree_reader r = {&t, small_node};
                uint8_t made[32 * TREE_PATH_MAX];
                struct out o = out_over(made, sizeof(made));
                struct set s = {1, {at}, {leaves[at]}};
                struct hash root = ref_root(0, size);

                assert_int_equal(sparse_make(&r, size, s.position, 1, &o), ERR_OK);
                s.position[0] = other;
                assert_int_equal(sparse_leads_to(&s, size, out_span(&o), &root), other == at ? ERR_OK : ERR_BAD_PROOF);
            }
}

static void sparse_refuses_what_is_no_set_of_positions(void **state)
{
    static const struct {
        uint64_t size;
        size_t count;
        uint64_t position[3];
    } bad[] = {
        {5, 0, {0}},          {0, 0, {0}},       {0, 1, {0}},       {5, 1, {5}},       {5, 2, {1, 1}},
        {5, 2, {2, 1}},       {5, 3, {0, 4, 3}}, {5, 3, {0, 3, 5}}, {5, 3, {4, 0, 1}}, {TREE_SIZE_MAX + 1, 1, {0}},
        {UINT64_MAX, 1, {0}},
    };
    struct small_tree t = {.size = 5};
    struct tree_reader r = {&t, small_node};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint8_t made[320];
        struct out o = out_over(made, sizeof(made));
        struct hash h;

        assert_int_equal(sparse_make(&r, bad[i].size, bad[i].position, bad[i].count, &o), ERR_BAD_SIZE);
        assert_int_equal(o.len, 0);
        assert_int_equal(sparse_root(bad[i].size, bad[i].position, leaves, bad[i].count, span_of(made, 0), &h),
                         ERR_BAD_SIZE);
    }
}

static void a_sparse_proof_that_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
    struct small_tree t = {.size = 100};
    struct tree_reader r = {&t, small_node};
    uint8_t made[7 * 32 + 1];

    (void)state;
    for (size_t cap = 0; cap < sizeof(made); cap++) {
        struct out o = out_over(made, cap);
        size_t before = cap > 0 ? 1 : 0;

        o.len = before;
        assert_int_equal(sparse_make(&r, 100, &(uint64_t){50}, 1, &o), ERR_NO_ROOM);
        assert_int_equal(o.len, before);
    }
}

static void sparse_proofs_hold_at_sizes_nobody_can_build(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 200; i++) {
        uint64_t size = TREE_SIZE_MAX - (i == 0 ? 0 : random_below(1000000));
        uint64_t position[3] = {random_below(1000), 5000 + random_below(UINT64_C(1) << 60), size - 1};
        struct tree_reader r = {&size, alike_node};
        struct hash leaf[3] = {alike[0], alike[0], alike[0]}, root = alike_root(size), found;
        uint8_t made[32 * 63 * 3];
        struct out o = out_over(made, sizeof(made));

        assert_int_equal(sparse_make(&r, size, position, 3, &o), ERR_OK);
        assert_int_equal(sparse_root(size, position, leaf, 3, out_span(&o), &found), ERR_OK);
        assert_hash(&found, &root);
    }
}

/* --- public vectors --------------------------------------------------------------------------------- */

/* A hash of another length than 32 cannot even be said here; a hash of it stands for it, which equals
 * itself in the same role and nothing else. */
static struct hash vector_hash(const json_t *text, uint8_t role)
{
    uint8_t bytes[256];
    struct out o = out_over(bytes, sizeof(bytes));
    struct hash h;

    assert_true(json_is_string(text));
    assert_int_equal(base64_decode(span_text(json_string_value(text)), &o), ERR_OK);
    if (o.len != sizeof(h.b)) return hash_prefixed(role, out_span(&o));
    memcpy(h.b, bytes, sizeof(h.b));
    return h;
}

/* Read as a floating-point number, since one of them is 2^64 - 1, which jansson has no integer for. */
static uint64_t vector_number(const json_t *v, const char *name)
{
    double n = json_real_value(json_object_get(v, name));

    return n >= 18446744073709551615.0 ? UINT64_MAX : (uint64_t)n;
}

static enum err run_vector(const json_t *v)
{
    struct hash path[TREE_PATH_MAX + 1], a, b;
    const json_t *proof = json_object_get(v, "proof");
    size_t count = json_array_size(proof);

    assert_true(count < COUNT_OF(path));
    for (size_t i = 0; i < count; i++) path[i] = vector_hash(json_array_get(proof, i), 'p');
    if (json_object_get(v, "leafHash") != NULL) {
        a = vector_hash(json_object_get(v, "leafHash"), 'l');
        b = vector_hash(json_object_get(v, "root"), 'r');
        return tree_inclusion_verify(&a, vector_number(v, "leafIdx"), vector_number(v, "treeSize"), path, count, &b);
    }
    a = vector_hash(json_object_get(v, "root1"), 'r');
    b = vector_hash(json_object_get(v, "root2"), 'r');
    return tree_consistency_verify(vector_number(v, "size1"), vector_number(v, "size2"), path, count, &a, &b);
}

static unsigned run_folder(const char *folder)
{
    unsigned count = 0;
    DIR *d = opendir(folder);

    if (d == NULL) fail_msg("no folder %s", folder);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        char path[4096];
        struct stat st;

        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        assert_int_equal(stat(path, &st), 0);
        if (S_ISDIR(st.st_mode)) {
            count += run_folder(path);
        } else {
            json_t *v = json_load_file(path, JSON_DECODE_INT_AS_REAL, NULL);

            assert_non_null(v);
            if ((run_vector(v) != ERR_OK) != json_is_true(json_object_get(v, "wantErr"))) fail_msg("%s", path);
            json_decref(v);
            count++;
        }
    }
    closedir(d);
    return count;
}

static void public_vectors_agree(void **state)
{
    const char *vectors = getenv("CAIRN_VECTORS");
    char folder[4096];

    (void)state;
    if (vectors == NULL) {
        print_message("CAIRN_VECTORS is not set: the public Merkle vectors were not run\n");
        skip();
    }
    snprintf(folder, sizeof(folder), "%s/merkle", vectors);
    assert_int_equal(run_folder(folder), 196);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_the_standard),
        cmocka_unit_test(known_roots_of_the_reference_leaves),
        cmocka_unit_test(root_equals_reference_for_every_small_size),
        cmocka_unit_test(frontier_grows_to_the_largest_size_and_not_past_it),
        cmocka_unit_test(range_root_is_the_subtree_or_refused),
        cmocka_unit_test(inclusion_proofs_equal_the_reference_and_verify),
        cmocka_unit_test(flips_of_any_bit_break_inclusion),
        cmocka_unit_test(inclusion_of_another_length_is_refused),
        cmocka_unit_test(inclusion_holds_for_no_other_index_or_shape),
        cmocka_unit_test(consistency_proofs_equal_the_reference_and_verify),
        cmocka_unit_test(the_path_leads_from_the_old_root_to_the_new_one),
        cmocka_unit_test(flips_of_any_bit_break_consistency),
        cmocka_unit_test(consistency_of_another_length_is_refused),
        cmocka_unit_test(consistency_holds_for_no_other_old_size_or_shape),
        cmocka_unit_test(an_empty_old_tree_needs_no_path_and_proves_nothing),
        cmocka_unit_test(sizes_that_do_not_fit_are_refused),
        cmocka_unit_test(an_unreadable_node_is_damage_and_writes_nothing),
        cmocka_unit_test(proofs_hold_at_sizes_nobody_can_build),
        cmocka_unit_test(sparse_proofs_equal_the_reference_and_resist_tampering),
        cmocka_unit_test(another_position_breaks_a_sparse_proof),
        cmocka_unit_test(sparse_refuses_what_is_no_set_of_positions),
        cmocka_unit_test(a_sparse_proof_that_does_not_fit_leaves_the_buffer_as_it_was),
        cmocka_unit_test(sparse_proofs_hold_at_sizes_nobody_can_build),
        cmocka_unit_test(public_vectors_agree),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
