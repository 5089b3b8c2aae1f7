/* See trie.h. Hashes of the trie, and how a key is set over rows that somebody else keeps. The root
 * depends on the set of keys and values only, not on the order in which they came. */
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
    for (unsigned word = 0; word < 4; word++) {
        uint64_t differ = u64_at(a->b + word * 8) ^ u64_at(b->b + word * 8);

        if (differ != 0) return word * 64 + (unsigned)__builtin_clzll(differ);
    }
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

struct hash trie_root(const struct trie_rows *t)
{
    return t->has_root ? t->root.hash : (struct hash){{0}};
}

/* The inner nodes a key passes on its way down, each with the half it does not take. Their prefixes are
 * the key's own. */
struct descent {
    size_t depth;
    struct {
        unsigned bit;
        struct trie_half other;
    } step[256];
};

/* Whether what stands under `at` is what its hash was made of; *ret_row is written for an inner node. */
static enum err half_check(const struct trie_rows *t, const struct trie_half *at, struct trie_row *ret_row)
{
    struct list_value value;
    struct hash hash;
    enum err e;

    if (at->bit < TRIE_LEAF) {
        e = t->get(t->ctx, at->bit, &at->key, ret_row);
        if (e == ERR_OK) hash = trie_node_hash(at->bit, &at->key, &ret_row->half[0].hash, &ret_row->half[1].hash);
    } else {
        if (t->value == NULL) return ERR_OK;
        e = t->value(t->ctx, &at->key, &value);
        if (e == ERR_OK) hash = trie_leaf_hash(&at->key, &value);
    }
    TRY(e == ERR_NOT_FOUND ? ERR_DAMAGED : e);
    return hash_equal(&hash, &at->hash) ? ERR_OK : ERR_DAMAGED;
}

/* Takes *at from the root down to the half that `key` replaces (fork 256) or parts from at bit *ret_fork.
 * Bits that do not rise can only come from damaged rows. */
static enum err descend(const struct trie_rows *t, const struct hash *key, struct trie_half *at, struct descent *path,
                        unsigned *ret_fork)
{
    unsigned least = 0;

    for (;;) {
        unsigned fork = trie_fork(key, &at->key), side;
        struct trie_row row;

        if (at->bit < least || at->bit > TRIE_LEAF || fork < least) return ERR_DAMAGED;
        TRY(half_check(t, at, &row));
        if (at->bit == TRIE_LEAF || fork < at->bit) {
            *ret_fork = fork;
            return ERR_OK;
        }
        side = trie_bit(key, at->bit);
        path->step[path->depth].bit = at->bit;
        path->step[path->depth++].other = row.half[1 - side];
        least = at->bit + 1;
        *at = row.half[side];
    }
}

/* Stores the node at `bit` on the way of `key` and makes *mine, its half on that way, the node itself. */
static enum err put_above(const struct trie_rows *t, const struct hash *key, unsigned bit,
                          const struct trie_half *other, struct trie_half *mine)
{
    unsigned side = trie_bit(key, bit);
    struct hash prefix = trie_prefix(key, bit);
    struct trie_row row;

    row.half[side] = *mine;
    row.half[1 - side] = *other;
    TRY(t->put(t->ctx, bit, &prefix, &row));
    mine->hash = trie_node_hash(bit, key, &row.half[0].hash, &row.half[1].hash);
    mine->key = prefix;
    mine->bit = bit;
    return ERR_OK;
}

enum err trie_set(struct trie_rows *t, const struct hash *key, const struct list_value *value, bool *ret_new)
{
    struct trie_half mine = {TRIE_LEAF, *key, trie_leaf_hash(key, value)};
    unsigned fork = 0;

    if (t->has_root) {
        struct trie_half at = t->root;
        struct descent path;

        path.depth = 0;
        TRY(descend(t, key, &at, &path, &fork));
        /* A new node splits an edge: the rows below it keep their bit and prefix, and so their names. */
        if (fork < TRIE_LEAF) TRY(put_above(t, key, fork, &at, &mine));
        while (path.depth > 0) {
            path.depth--;
            TRY(put_above(t, key, path.step[path.depth].bit, &path.step[path.depth].other, &mine));
        }
    }
    t->root = mine;
    t->has_root = true;
    *ret_new = fork < TRIE_LEAF;
    return ERR_OK;
}
