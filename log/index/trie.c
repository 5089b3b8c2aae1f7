/* See trie.h. Hashes of the trie. The root depends on the set of keys and values only. */
#include "log/index/trie.h"

#include "log/base/codec.h"

#define PREFIX_LEAF 0x10
#define PREFIX_NODE 0x11

unsigned trie_bit(const struct hash *key, unsigned bit)
{
    ASSERT(bit < TRIE_LEAF);
    return (unsigned)key->b[bit / 8] >> (7 - bit % 8) & 1;
}

unsigned trie_fork(const struct hash *a, const struct hash *b)
{
    for (unsigned byte = 0; byte < sizeof(a->b); byte += 8)
        if (memcmp(a->b + byte, b->b + byte, 8) != 0)
            return byte * 8 + (unsigned)__builtin_clzll(u64_at(a->b + byte) ^ u64_at(b->b + byte));
    return TRIE_LEAF;
}

struct hash trie_prefix(const struct hash *key, unsigned bits)
{
    struct hash p = {{0}};

    ASSERT(bits <= TRIE_LEAF);
    if (bits == TRIE_LEAF) return *key;
    memcpy(p.b, key->b, bits / 8);
    p.b[bits / 8] = (uint8_t)(key->b[bits / 8] & ~(0xffU >> bits % 8));
    return p;
}

struct hash trie_leaf_hash(const struct hash *key, const struct list_value *value)
{
    uint8_t leaf[32 + 40];

    memcpy(leaf, key->b, 32);
    memcpy(leaf + 32, value->b, 40);
    return hash_prefixed(PREFIX_LEAF, span_of(leaf, sizeof(leaf)));
}

struct hash trie_node_hash(unsigned bit, const struct hash *key, const struct hash *left, const struct hash *right)
{
    struct hash prefix = trie_prefix(key, bit);
    uint8_t node[1 + 32 + 32 + 32];

    node[0] = (uint8_t)bit;
    memcpy(node + 1, prefix.b, 32);
    memcpy(node + 33, left->b, 32);
    memcpy(node + 65, right->b, 32);
    return hash_prefixed(PREFIX_NODE, span_of(node, sizeof(node)));
}
