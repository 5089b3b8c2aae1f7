/* See merkle.h. Every proof is one walk from a node to the root: `index` and `last` are the places of the
 * node and of the tree's rightmost node on the same level, and both halve on the way up. */
#include "log/tree/merkle.h"

struct hash leaf_hash(struct span data)
{
    return hash_prefixed(0, data);
}

struct hash node_hash(const struct hash *left, const struct hash *right)
{
    return hash_pair(1, left, right);
}

void node_hashes(const uint8_t *pairs, size_t count, uint8_t *ret)
{
    hash_pairs(1, pairs, count, ret);
}

struct hash empty_root(void)
{
    return hash_of(span_of(NULL, 0));
}

void frontier_append(struct frontier *f, const struct hash *leaf)
{
    struct hash h = *leaf;
    unsigned level = 0;

    ASSERT(f->size < TREE_SIZE_MAX);

    /* Like adding one in binary: each trailing set bit is a full subtree that h completes. */
    for (; f->size >> level & 1; level++) h = node_hash(&f->peak[level], &h);

    f->peak[level] = h;
    f->size++;
}

struct hash frontier_root(const struct frontier *f)
{
    struct hash root;
    unsigned level = 0;

    ASSERT(f->size <= TREE_SIZE_MAX);

    if (f->size == 0) return empty_root();
    while ((f->size >> level & 1) == 0) level++;
    root = f->peak[level];
    while (f->size >> ++level != 0)
        if (f->size >> level & 1) root = node_hash(&f->peak[level], &root);
    return root;
}

enum err tree_range_root(const struct tree_reader *r, uint64_t begin, uint64_t end, struct hash *ret)
{
    struct hash root, node;
    uint64_t at = end, cover = 1;
    unsigned level = 0;

    if (begin >= end || end > TREE_SIZE_MAX) return ERR_BAD_SIZE;
    while (cover < end - begin) cover <<= 1;
    if (begin % cover != 0) return ERR_BAD_SIZE;

    /* The full subtrees of the range, from the smallest at its right end. */
    while (((end - begin) >> level & 1) == 0) level++;
    at -= UINT64_C(1) << level;
    if (!r->node(r->ctx, level, at >> level, &root)) return ERR_DAMAGED;
    while (at > begin) {
        if (((end - begin) >> ++level & 1) == 0) continue;
        at -= UINT64_C(1) << level;
        if (!r->node(r->ctx, level, at >> level, &node)) return ERR_DAMAGED;
        root = node_hash(&node, &root);
    }
    *ret = root;
    return ERR_OK;
}

/* Where the sibling of a node stands. The tree's rightmost node may have none on its level: then the
 * node is taken up as it is. */
enum side { SIDE_NONE, SIDE_LEFT, SIDE_RIGHT };

static enum side sibling_side(uint64_t index, uint64_t last)
{
    if (index & 1) return SIDE_LEFT;
    return index < last ? SIDE_RIGHT : SIDE_NONE;
}

/* Appends the siblings on the way from node (level, index) to the root. */
static enum err path_above(const struct tree_reader *r, unsigned level, uint64_t index, uint64_t size,
                           struct tree_path *path)
{
    for (uint64_t last = (size - 1) >> level; last > 0; index >>= 1, last >>= 1, level++) {
        uint64_t begin = (index ^ 1) << level, end = ((index ^ 1) + 1) << level;

        if (sibling_side(index, last) == SIDE_NONE) continue;
        TRY(tree_range_root(r, begin, end < size ? end : size, &path->hash[path->count]));
        path->count++;
    }
    return ERR_OK;
}

enum err tree_inclusion(const struct tree_reader *r, uint64_t index, uint64_t size, struct tree_path *ret)
{
    struct tree_path path = {0};

    if (size > TREE_SIZE_MAX || index >= size) return ERR_BAD_SIZE;
    TRY(path_above(r, 0, index, size, &path));
    *ret = path;
    return ERR_OK;
}

/* The level of the largest full subtree that ends where a tree of size `old` ends. */
static unsigned last_peak(uint64_t old)
{
    unsigned level = 0;

    while ((old >> level & 1) == 0) level++;
    return level;
}

enum err tree_consistency(const struct tree_reader *r, uint64_t old, uint64_t size, struct tree_path *ret)
{
    struct tree_path path = {0};

    if (size > TREE_SIZE_MAX || old > size) return ERR_BAD_SIZE;
    if (old > 0 && old < size) {
        unsigned level = last_peak(old);
        uint64_t index = (old - 1) >> level;

        /* When the old tree is one full subtree, whoever checks has this hash: it is the old root. */
        if (index > 0) {
            if (!r->node(r->ctx, level, index, &path.hash[0])) return ERR_DAMAGED;
            path.count = 1;
        }
        TRY(path_above(r, level, index, size, &path));
    }
    *ret = path;
    return ERR_OK;
}

enum err tree_inclusion_root(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *path,
                             size_t count, struct hash *ret)
{
    struct hash root = *leaf;
    size_t used = 0;

    if (size > TREE_SIZE_MAX || index >= size) return ERR_BAD_SIZE;
    for (uint64_t last = size - 1; last > 0; index >>= 1, last >>= 1) {
        enum side side = sibling_side(index, last);

        if (side == SIDE_NONE) continue;
        if (used == count) return ERR_BAD_PROOF;
        root = side == SIDE_LEFT ? node_hash(&path[used], &root) : node_hash(&root, &path[used]);
        used++;
    }
    if (used != count) return ERR_BAD_PROOF;
    *ret = root;
    return ERR_OK;
}

enum err tree_inclusion_verify(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *path,
                               size_t count, const struct hash *root)
{
    struct hash found;

    TRY(tree_inclusion_root(leaf, index, size, path, count, &found));
    return hash_equal(&found, root) ? ERR_OK : ERR_BAD_PROOF;
}

/* RFC 9162, 2.1.4.2: from the last full subtree of the old tree upwards, what stands on the left belongs
 * to both trees, what stands on the right to the new one only. */
static enum err consistency_fold(uint64_t old, uint64_t size, const struct hash *path, size_t count,
                                 const struct hash *old_root, struct hash *ret)
{
    unsigned level = last_peak(old);
    uint64_t index = (old - 1) >> level;
    size_t used = index > 0 ? 1 : 0;
    struct hash found_old, found;

    if (used > count) return ERR_BAD_PROOF;
    found_old = found = used == 1 ? path[0] : *old_root;
    for (uint64_t last = (size - 1) >> level; last > 0; index >>= 1, last >>= 1) {
        enum side side = sibling_side(index, last);

        if (side == SIDE_NONE) continue;
        if (used == count) return ERR_BAD_PROOF;
        if (side == SIDE_LEFT) found_old = node_hash(&path[used], &found_old);
        found = side == SIDE_LEFT ? node_hash(&path[used], &found) : node_hash(&found, &path[used]);
        used++;
    }
    if (used != count || !hash_equal(&found_old, old_root)) return ERR_BAD_PROOF;
    *ret = found;
    return ERR_OK;
}

enum err tree_consistency_root(uint64_t old, uint64_t size, const struct hash *path, size_t count,
                               const struct hash *old_root, struct hash *ret)
{
    if (size > TREE_SIZE_MAX || old > size || old == 0) return ERR_BAD_SIZE;
    if (old < size) return consistency_fold(old, size, path, count, old_root, ret);
    if (count != 0) return ERR_BAD_PROOF;
    *ret = *old_root;
    return ERR_OK;
}

enum err tree_consistency_verify(uint64_t old, uint64_t size, const struct hash *path, size_t count,
                                 const struct hash *old_root, const struct hash *root)
{
    struct hash found = empty_root();

    if (old == 0 && size == 0) {
        if (count != 0 || !hash_equal(old_root, &found)) return ERR_BAD_PROOF;
    } else {
        TRY(tree_consistency_root(old, size, path, count, old_root, &found));
    }
    return hash_equal(&found, root) ? ERR_OK : ERR_BAD_PROOF;
}

/* The leaves of one tree that are known, and the hashes that stand for the rest. */
struct sparse {
    const struct tree_reader *reader;
    const uint64_t *positions; /* NULL: `first` and those after it */
    uint64_t first;
    const struct hash *leaves;
    struct out *made;
    struct span given;
};

/* Leaves [begin, end); the known ones among them are the from-th up to the to-th. */
struct part {
    uint64_t begin, end;
    uint64_t from, to;
};

static bool positions_fit(uint64_t size, const uint64_t *positions, size_t count)
{
    if (size > TREE_SIZE_MAX || count == 0) return false;
    for (size_t i = 1; i < count; i++)
        if (positions[i - 1] >= positions[i]) return false;
    return positions[count - 1] < size;
}

/* The first of the known leaves of a part that stands at `middle` or after it. */
static uint64_t cut_at(const struct sparse *s, struct part whole, uint64_t middle)
{
    uint64_t cut = whole.from;

    if (s->positions == NULL) {
        if (middle <= s->first + whole.from) return whole.from;
        return middle - s->first < whole.to ? middle - s->first : whole.to;
    }
    while (cut < whole.to && s->positions[cut] < middle) cut++;
    return cut;
}

/* The RFC 6962 split of a part of two leaves or more: the left half is the largest power of two
 * that leaves something to the right. */
static void split(const struct sparse *s, struct part whole, struct part *ret_left, struct part *ret_right)
{
    uint64_t half = 1, cut;

    while (half < whole.end - whole.begin - half) half <<= 1;
    cut = cut_at(s, whole, whole.begin + half);
    *ret_left = (struct part){whole.begin, whole.begin + half, whole.from, cut};
    *ret_right = (struct part){whole.begin + half, whole.end, cut, whole.to};
}

/* Recursion is as deep as the tree: at most 62. */
static enum err make_part(const struct sparse *s, struct part whole)
{
    struct part left, right;
    struct hash closed;

    if (whole.from == whole.to) {
        TRY(tree_range_root(s->reader, whole.begin, whole.end, &closed));
        out_bytes(s->made, hash_span(&closed));
        return out_check(s->made);
    }
    if (whole.to - whole.from == whole.end - whole.begin) return ERR_OK;
    split(s, whole, &left, &right);
    TRY(make_part(s, left));
    return make_part(s, right);
}

static enum err make_whole(const struct sparse *s, uint64_t size, uint64_t count)
{
    size_t start = s->made->len;
    enum err e = make_part(s, (struct part){0, size, 0, count});

    if (e != ERR_OK) s->made->len = start;
    return e;
}

enum err sparse_make(const struct tree_reader *r, uint64_t size, const uint64_t *positions, size_t count,
                     struct out *hashes)
{
    struct sparse s = {.reader = r, .positions = positions, .made = hashes};

    if (!positions_fit(size, positions, count)) return ERR_BAD_SIZE;
    return make_whole(&s, size, count);
}

static bool range_fits(uint64_t from, uint64_t to, uint64_t size)
{
    return from < to && to <= size && size <= TREE_SIZE_MAX;
}

enum err tree_range_make(const struct tree_reader *r, uint64_t from, uint64_t to, uint64_t size, struct out *hashes)
{
    struct sparse s = {.reader = r, .first = from, .made = hashes};

    if (!range_fits(from, to, size)) return ERR_BAD_SIZE;
    return make_whole(&s, size, to - from);
}

static enum err root_of_part(struct sparse *s, struct part whole, struct hash *ret)
{
    struct part left, right;
    struct hash left_root, right_root;

    if (whole.from == whole.to) {
        if (s->given.len < sizeof(ret->b)) return ERR_BAD_PROOF;
        memcpy(ret->b, s->given.ptr, sizeof(ret->b));
        s->given = span_slice(s->given, sizeof(ret->b), s->given.len);
        return ERR_OK;
    }
    if (whole.end - whole.begin == 1) {
        *ret = s->leaves[whole.from];
        return ERR_OK;
    }
    split(s, whole, &left, &right);
    TRY(root_of_part(s, left, &left_root));
    TRY(root_of_part(s, right, &right_root));
    *ret = node_hash(&left_root, &right_root);
    return ERR_OK;
}

static enum err root_of_whole(struct sparse *s, uint64_t size, uint64_t count, struct hash *ret)
{
    struct hash root;

    TRY(root_of_part(s, (struct part){0, size, 0, count}, &root));
    if (s->given.len != 0) return ERR_BAD_PROOF;
    *ret = root;
    return ERR_OK;
}

enum err sparse_root(uint64_t size, const uint64_t *positions, const struct hash *leaves, size_t count,
                     struct span hashes, struct hash *ret)
{
    struct sparse s = {.positions = positions, .leaves = leaves, .given = hashes};

    if (!positions_fit(size, positions, count)) return ERR_BAD_SIZE;
    return root_of_whole(&s, size, count, ret);
}

enum err tree_range_verify(uint64_t from, const struct hash *leaves, size_t count, uint64_t size, struct span hashes,
                           const struct hash *root)
{
    struct sparse s = {.first = from, .leaves = leaves, .given = hashes};
    struct hash found;

    /* A sum that wraps is not above `from`. */
    if (!range_fits(from, from + count, size)) return ERR_BAD_SIZE;
    TRY(root_of_whole(&s, size, count, &found));
    return hash_equal(&found, root) ? ERR_OK : ERR_BAD_PROOF;
}
