/* See proofs.h. */
#include "tests/store/proofs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tests/store/fixture.h"

#define SIZES_MAX 1024
#define LEVELS 11
#define OTHER_SIZES 16 /* so far above the size at hand other sizes are tried */

/* ---- the reference ---- */

static struct hash leaves[SIZES_MAX], roots[SIZES_MAX + 1];

static uint64_t largest_power_below(uint64_t n)
{
    uint64_t k = 1;

    while (k * 2 < n) k *= 2;
    return k;
}

static struct hash reference_root(uint64_t begin, uint64_t end)
{
    struct hash left, right;
    uint64_t k;

    if (begin == end) return hash_of(SPAN(""));
    if (end - begin == 1) return leaves[begin];
    k = largest_power_below(end - begin);
    left = reference_root(begin, begin + k);
    right = reference_root(begin + k, end);
    return hash_parts((struct span[]){SPAN("\x01"), hash_span(&left), hash_span(&right)}, 3);
}

static void make_reference(uint64_t sizes)
{
    uint8_t buffer[PLAIN_MAX];

    for (uint64_t i = 0; i < sizes; i++) {
        struct hash id = hash_of(plain_bytes(i, buffer));

        leaves[i] = hash_parts((struct span[]){{(const uint8_t *)"", 1}, hash_span(&id)}, 2);
    }
    for (uint64_t size = 0; size <= sizes; size++) roots[size] = reference_root(0, size);
}

/* On which side the hashes of a proof stand, from the leaf up. A leading '=' is one for the last full subtree of
 * the old tree. Proofs of one shape speak for all sizes of that shape. */
struct shape {
    size_t len;
    char side[2 * LEVELS];
};

static void inclusion_shape(uint64_t index, uint64_t size, struct shape *s)
{
    uint64_t k;

    if (size == 1) return;
    k = largest_power_below(size);
    inclusion_shape(index < k ? index : index - k, index < k ? k : size - k, s);
    s->side[s->len++] = index < k ? 'R' : 'L';
}

static void consistency_shape(uint64_t old, uint64_t size, bool whole, struct shape *s)
{
    uint64_t k;

    if (old == size) {
        if (!whole) s->side[s->len++] = '=';
        return;
    }
    k = largest_power_below(size);
    consistency_shape(old <= k ? old : old - k, old <= k ? k : size - k, whole && old <= k, s);
    s->side[s->len++] = old <= k ? 'R' : 'L';
}

/* ---- the log ---- */

static struct growing {
    struct store *store;
    struct log_view *view;
    uint64_t size;
    unsigned samples;
    bool read[LEVELS][SIZES_MAX];
    struct hash node[LEVELS][SIZES_MAX];
    uint64_t proofs, changes, same_shape, tiles;
} growing;

/* From the tile as it is served at this size; once a size. */
static bool served_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    struct growing *g = ctx;
    struct tile t = {.kind = TILE_HASHES};
    struct out no_work = out_over(NULL, 0);
    unsigned first, depth;
    struct span bytes;

    assert_true((index + 1) << level <= g->size);
    if (!g->read[level][index]) {
        tile_of_node(level, index, &t.level, &t.index, &first, &depth);
        t.width = tile_width(t.level, t.index, g->size);
        assert_ok(log_tile(g->view, &t, g->size, &no_work, &bytes));
        assert_int_equal(bytes.len, 32 * t.width);
        assert_true(first + (1U << depth) <= t.width);
        g->node[level][index] = tile_fold(bytes.ptr + 32 * (size_t)first, depth);
        g->read[level][index] = true;
        g->tiles++;
    }
    *ret = g->node[level][index];
    return true;
}

static uint64_t random_below(uint64_t n)
{
    static uint64_t state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

/* ---- one proof ---- */

/* That `first`, a leaf or an older root, has its place under `root`. */
struct claim {
    bool inclusion;
    uint64_t place, size;
    struct hash first, root;
    struct tree_path path;
};

static enum err claim_verify(const struct claim *c)
{
    if (c->inclusion) return tree_inclusion_verify(&c->first, c->place, c->size, c->path.hash, c->path.count, &c->root);
    return tree_consistency_verify(c->place, c->size, c->path.hash, c->path.count, &c->first, &c->root);
}

static struct shape claim_shape(const struct claim *c, uint64_t size)
{
    struct shape s = {0};

    if (c->inclusion)
        inclusion_shape(c->place, size, &s);
    else
        consistency_shape(c->place, size, true, &s);
    return s;
}

static struct hash first_at(const struct claim *c, uint64_t place)
{
    return c->inclusion ? leaves[place] : roots[place];
}

static void assert_refused(const struct claim *c, enum err e)
{
    growing.changes++;
    if (claim_verify(c) != e)
        fail_msg("%s of %" PRIu64 " in %" PRIu64, c->inclusion ? "inclusion" : "consistency", c->place, c->size);
}

static void change_bit(struct claim *c, size_t bit)
{
    struct hash *h = bit / 256 == 0 ? &c->first : bit / 256 == 1 ? &c->root : &c->path.hash[bit / 256 - 2];

    h->b[bit % 256 / 8] ^= (uint8_t)(1U << bit % 8);
    assert_refused(c, ERR_BAD_PROOF);
    h->b[bit % 256 / 8] ^= (uint8_t)(1U << bit % 8);
}

static void change_bits(struct claim *c)
{
    size_t bits = 256 * (c->path.count + 2);

    if (c->size <= PROOFS_WHOLE_UP_TO)
        for (size_t bit = 0; bit < bits; bit++) change_bit(c, bit);
    else
        for (unsigned i = 0; i < growing.samples; i++) change_bit(c, random_below(bits));
}

static void change_length(const struct claim *right)
{
    struct claim c = *right;

    c.path.count++;
    assert_refused(&c, ERR_BAD_PROOF);
    if (right->path.count == 0) return;
    c.path.count = right->path.count - 1;
    assert_refused(&c, ERR_BAD_PROOF);
}

/* This hash at another place, that place's own hash there, and that hash here. */
static void change_place(const struct claim *right, uint64_t place)
{
    struct claim c = *right;

    if (place == right->place) return;
    c.place = place;
    assert_refused(&c, ERR_BAD_PROOF);
    c.first = first_at(&c, place);
    assert_refused(&c, ERR_BAD_PROOF);
    c.place = right->place;
    assert_refused(&c, ERR_BAD_PROOF);
}

static void change_places(const struct claim *right)
{
    uint64_t least = right->inclusion ? 0 : 1, count = right->size;
    struct claim c = *right;

    if (right->size <= PROOFS_WHOLE_UP_TO)
        for (uint64_t place = least; place < least + count; place++) change_place(right, place);
    else
        for (unsigned i = 0; i < growing.samples; i++) change_place(right, least + random_below(count));
    c.place = least + count;
    assert_refused(&c, ERR_BAD_SIZE);
}

/* Under that size's own root, and under this one, which says something of the shape alone. */
static void change_size(const struct claim *right, uint64_t size)
{
    struct shape here = claim_shape(right, right->size), there;
    struct claim c = *right;

    if (size == right->size) return;
    c.size = size;
    c.root = roots[size];
    assert_refused(&c, ERR_BAD_PROOF);
    c.root = right->root;
    there = claim_shape(right, size);
    if (here.len != there.len || memcmp(here.side, there.side, here.len) != 0) {
        assert_refused(&c, ERR_BAD_PROOF);
        return;
    }
    assert_ok(claim_verify(&c));
    growing.same_shape++;
}

static void change_sizes(const struct claim *right)
{
    uint64_t least = right->inclusion ? right->place + 1 : right->place, most = right->size + OTHER_SIZES;
    struct claim c = *right;

    if (right->size <= PROOFS_WHOLE_UP_TO) {
        for (uint64_t size = least; size <= most; size++) change_size(right, size);
    } else {
        change_size(right, right->size + 1);
        for (unsigned i = 0; i < growing.samples; i++) change_size(right, least + random_below(most - least + 1));
    }
    c.size = least - 1;
    assert_refused(&c, ERR_BAD_SIZE);
}

static void assert_proves(struct claim *c)
{
    assert_ok(claim_verify(c));
    change_bits(c);
    change_length(c);
    change_places(c);
    change_sizes(c);
    assert_ok(claim_verify(c));
    growing.proofs++;
}

/* ---- one size ---- */

static void assert_same_path(const struct tree_path *a, const struct tree_path *b)
{
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->hash, b->hash, 32 * a->count);
}

/* The server's own reader takes the rows themselves; it must read what is served. */
static void inclusions(struct growing *g, const struct tree_reader *served, const struct tree_reader *rows)
{
    for (uint64_t index = 0; index < g->size; index++) {
        struct claim c = {true, index, g->size, leaves[index], roots[g->size], {0}};
        struct tree_path path;

        assert_ok(tree_inclusion(served, index, g->size, &c.path));
        assert_proves(&c);
        if ((index + g->size) % 7 != 0) continue;
        assert_ok(tree_inclusion(rows, index, g->size, &path));
        assert_same_path(&path, &c.path);
    }
}

static void consistencies(struct growing *g, const struct tree_reader *served, const struct tree_reader *rows)
{
    for (uint64_t old = 1; old <= g->size; old++) {
        struct claim c = {false, old, g->size, roots[old], roots[g->size], {0}};
        struct tree_path path;

        assert_ok(tree_consistency(served, old, g->size, &c.path));
        assert_proves(&c);
        if ((old + g->size) % 7 != 0) continue;
        assert_ok(tree_consistency(rows, old, g->size, &path));
        assert_same_path(&path, &c.path);
    }
}

static void prove_size(struct growing *g)
{
    struct hash written = log_root(g->store), read = empty_root();
    struct tree_reader served = {g, served_node}, rows;

    memset(g->read, 0, sizeof(g->read));
    assert_ok(log_view_open(g->store, &g->view));
    rows = log_reader(g->view);
    assert_memory_equal(&written, &roots[g->size], 32);
    if (g->size > 0) assert_ok(tree_range_root(&served, 0, g->size, &read));
    assert_memory_equal(&read, &roots[g->size], 32);
    inclusions(g, &served, &rows);
    consistencies(g, &served, &rows);
    log_view_close(g->view);
}

void prove_every_size(uint64_t sizes, unsigned samples)
{
    struct growing *g = &growing;
    char dir[ENV_PATH_MAX];

    assert_true(sizes + OTHER_SIZES <= SIZES_MAX);
    folder_make(dir);
    *g = (struct growing){.samples = samples};
    assert_ok(store_open(dir, true, TEST_MAP_BYTES, &g->store));
    make_reference(sizes + OTHER_SIZES);
    prove_size(g);
    while (g->size < sizes) {
        commit_plain(g->store, 1);
        g->size++;
        prove_size(g);
    }
    store_close(g->store);
    folder_remove(dir);
    assert_int_equal(g->proofs, sizes * (sizes + 1));
    assert_true(g->same_shape > 0);
    print_message("sizes 0 to %" PRIu64 ": %" PRIu64 " proofs from %" PRIu64 " nodes of tiles hold, %" PRIu64
                  " changes of them fail\n",
                  sizes, g->proofs, g->tiles, g->changes);
}
