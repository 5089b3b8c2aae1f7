/* The RFC 6962 tree: hashes of leaves and nodes, proofs made from nodes and checked against roots.
 * Pure arithmetic; where nodes are kept is the reader's business. */
#ifndef CAIRN_MERKLE_H
#define CAIRN_MERKLE_H

#include "log/base/hash.h"

#define TREE_SIZE_MAX (UINT64_C(1) << 62)
/* No path in a tree up to TREE_SIZE_MAX is longer. */
#define TREE_PATH_MAX 63

/* SHA-256(0x00 ‖ data), SHA-256(0x01 ‖ left ‖ right), SHA-256(""). */
struct hash leaf_hash(struct span data);
struct hash node_hash(const struct hash *left, const struct hash *right);
struct hash empty_root(void);

/* The nodes above `count` pairs of hashes that lie one after another, to `ret`, which may be `pairs` itself. */
void node_hashes(const uint8_t *pairs, size_t count, uint8_t *ret);

/* The roots of the full subtrees of a tree of `size`, the largest at the highest level:
 * peak[l] is in use when bit l of size is set. */
struct frontier {
    uint64_t size;
    struct hash peak[TREE_PATH_MAX];
};
void frontier_append(struct frontier *f, const struct hash *leaf);
struct hash frontier_root(const struct frontier *f);

/* Where full subtrees are read: node (level, index) covers the leaves index·2^level up to
 * (index+1)·2^level. False when it cannot be read; then the proof fails with ERR_DAMAGED. */
struct tree_reader {
    void *ctx;
    bool (*node)(void *ctx, unsigned level, uint64_t index, struct hash *ret);
};

struct tree_path {
    size_t count;
    struct hash hash[TREE_PATH_MAX];
};

/* Root of leaves [begin, end) as one subtree of the RFC 6962 split: begin is a multiple of the
 * smallest power of two not below end - begin. ERR_BAD_SIZE when it is not, and for an empty range. */
enum err tree_range_root(const struct tree_reader *r, uint64_t begin, uint64_t end, struct hash *ret) MUST_USE;
/* ERR_BAD_SIZE unless index < size. */
enum err tree_inclusion(const struct tree_reader *r, uint64_t index, uint64_t size, struct tree_path *ret) MUST_USE;
/* ERR_BAD_SIZE unless old <= size. Empty for old = 0 and old = size. */
enum err tree_consistency(const struct tree_reader *r, uint64_t old, uint64_t size, struct tree_path *ret) MUST_USE;

/* What the path leads to. ERR_BAD_SIZE, or ERR_BAD_PROOF when its length is not exactly right. */
enum err tree_inclusion_root(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *path,
                             size_t count, struct hash *ret) MUST_USE;
enum err tree_inclusion_verify(const struct hash *leaf, uint64_t index, uint64_t size, const struct hash *path,
                               size_t count, const struct hash *root) MUST_USE;
/* Where the path leads from the root of a tree of `old` leaves, at least one: to the root of one of `size` that
 * begins with them, if somebody vouches for that root. ERR_BAD_SIZE, or ERR_BAD_PROOF. */
enum err tree_consistency_root(uint64_t old, uint64_t size, const struct hash *path, size_t count,
                               const struct hash *old_root, struct hash *ret) MUST_USE;
/* A tree of size 0 says nothing about later ones: old = 0 < size is ERR_BAD_SIZE, whatever the path. */
enum err tree_consistency_verify(uint64_t old, uint64_t size, const struct hash *path, size_t count,
                                 const struct hash *old_root, const struct hash *root) MUST_USE;

/* Several leaves of one tree under its root: the hashes of the maximal subtrees of the RFC 6962
 * split that hold none of `positions` (strictly rising, all < size), left to right.
 * Sparse proofs with no position at all are ERR_BAD_SIZE. */
enum err sparse_make(const struct tree_reader *r, uint64_t size, const uint64_t *positions, size_t count,
                     struct out *hashes) MUST_USE;
/* The root that these leaves and hashes give. ERR_BAD_PROOF for a hash too many or too few. */
enum err sparse_root(uint64_t size, const uint64_t *positions, const struct hash *leaves, size_t count,
                     struct span hashes, struct hash *ret) MUST_USE;

/* A page: that the leaves [from, to) are exactly these. The sparse proof of those positions, however many they
 * are: the hashes of the subtrees before `from`, then of those from `to` on, TREE_RANGE_HASHES_MAX at most.
 * Reads no more nodes than three paths have. ERR_BAD_SIZE for an empty range. */
#define TREE_RANGE_HASHES_MAX 122
enum err tree_range_make(const struct tree_reader *r, uint64_t from, uint64_t to, uint64_t size,
                         struct out *hashes) MUST_USE;
/* `leaves` are those from `from` on. Costs about a hash a leaf. ERR_BAD_SIZE, or ERR_BAD_PROOF. */
enum err tree_range_verify(uint64_t from, const struct hash *leaves, size_t count, uint64_t size, struct span hashes,
                           const struct hash *root) MUST_USE;

#endif
