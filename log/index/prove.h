/* Proofs out of a trie that somebody keeps in fragments (docs/formats.md, 17.1). Only walks: whoever hands a proof on
 * checks it first (trie.h, by code that shares none of this), since what lies on a disk may have been damaged. */
#ifndef CAIRN_INDEX_PROVE_H
#define CAIRN_INDEX_PROVE_H

#include "log/index/trie.h"

/* Where a trie begins: the fragment that holds its root, how many levels of fragments stand below it, the root's hash.
 * The empty trie has fragment 0, height 0 and the zero root. */
struct trie_top {
    uint64_t fragment;
    unsigned height;
    struct hash root;
};
/* A trie to read from. `get` borrows a fragment's bytes to the caller until the next call or the end of what it reads,
 * whichever is first; ERR_NOT_FOUND is taken for damage. */
struct trie_view {
    void *ctx;
    enum err (*get)(void *ctx, unsigned height, uint64_t fragment, struct span *ret);
    struct trie_top top;
};

/* A leaf and its path, for trie_presence_verify and trie_absence_verify. */
struct trie_proof {
    bool any; /* false: the trie is empty; leaf and path then mean nothing but an empty path */
    struct trie_entry leaf;
    struct trie_path path;
};
/* The leaf at which the way of `key` ends: `key` itself when it is there, else the one that shows that it is not.
 * O(log n). ERR_DAMAGED for what cannot be a trie's fragments; on error *ret means nothing, as below. */
enum err trie_prove(const struct trie_view *v, const struct hash *key, struct trie_proof *ret) MUST_USE;

/* All leaves under the first `bits` (128 to 255) bits of `prefix`, rising, *ret_count of them. When there are some
 * ret->path is that of their subtree (trie_prefix_verify); when there is none *ret shows it
 * (trie_prefix_absence_verify). ERR_NO_ROOM when there are more than `max`: ask for longer prefixes; what it costs
 * is bounded by `max`. */
enum err trie_prove_prefix(const struct trie_view *v, const struct hash *prefix, unsigned bits,
                           struct trie_entry *leaves, size_t max, size_t *ret_count, struct trie_proof *ret) MUST_USE;

/* Several keys at once, as evidence has them: the array that opened_verify reads is appended. `keys` rise strictly, at
 * least one. */
enum err trie_prove_keys(const struct trie_view *v, const struct hash *keys, size_t count, struct out *o) MUST_USE;

#endif
