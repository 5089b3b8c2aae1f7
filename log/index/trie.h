/* The authenticated map of section "index" in docs/formats.md: a binary trie of branching bits. Its hashes, and the
 * verification of proofs, over nothing but what they hold. How it is kept is fragment.h, how it is changed edit.h, how
 * proofs are made prove.h. */
#ifndef CAIRN_TRIE_H
#define CAIRN_TRIE_H

#include "log/index/list.h"

/* H(0x10 ‖ K ‖ V);  H(0x11 ‖ b ‖ P ‖ left ‖ right), P being the first b bits of `key`, then zeros. */
struct hash trie_leaf_hash(const struct hash *key, const struct list_value *value);
struct hash trie_node_hash(unsigned bit, const struct hash *key, const struct hash *left, const struct hash *right);
unsigned trie_bit(const struct hash *key, unsigned bit);
/* The first bit in which they differ; 256 when they are equal. */
unsigned trie_fork(const struct hash *a, const struct hash *b);

/* The first `bits` (to 256) bits of `key`, then zeros. */
struct hash trie_prefix(const struct hash *key, unsigned bits);

/* A bit that no key has: where leaves stand. */
#define TRIE_LEAF 256U

/* A path from a leaf or subtree up: (bit, sibling), bits strictly falling. */
struct trie_path {
    size_t count;
    struct {
        uint8_t bit;
        struct hash sibling;
    } step[256];
};
enum err trie_presence_verify(const struct hash *key, const struct list_value *value, const struct trie_path *path,
                              const struct hash *root) MUST_USE;
/* Absence of `key` by the presence of `other`. With the zero root: path empty, `other` NULL. */
enum err trie_absence_verify(const struct hash *key, const struct hash *other, const struct list_value *value,
                             const struct trie_path *path, const struct hash *root) MUST_USE;
struct trie_entry {
    struct hash key;
    struct list_value value;
};
/* All leaves under the first `bits` (128 to 255) bits of `prefix`, keys strictly rising. */
enum err trie_prefix_verify(const struct hash *prefix, unsigned bits, const struct trie_entry *leaves, size_t count,
                            const struct trie_path *path, const struct hash *root) MUST_USE;
enum err trie_prefix_absence_verify(const struct hash *prefix, unsigned bits, const struct hash *other,
                                    const struct list_value *value, const struct trie_path *path,
                                    const struct hash *root) MUST_USE;

/* Several keys under one root, in pre-order, as evidence carries them (CBOR items: a uint is a node's b,
 * 32 bytes a closed half, 72 bytes a leaf K ‖ V). `keys` rise strictly, at least one. */
/* Whether the encoded array leads to `root` and opens exactly these keys; ERR_BAD_PROOF or, when a key's
 * half is closed, ERR_INCOMPLETE. ret_present[i] says whether keys[i] is there, ret_value[i] its value
 * (untouched when it is not). On error what they hold means nothing. The empty trie is the empty array. */
enum err opened_verify(struct span array, const struct hash *root, const struct hash *keys, size_t count,
                       bool *ret_present, struct list_value *ret_value) MUST_USE;

#endif
