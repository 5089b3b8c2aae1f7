/* See trie.h. What one path proves: a key's value, that a key is not there, all keys under a prefix, or
 * none. Why one root gives one answer: every node's hash covers its bit and its prefix, and a verifier
 * takes the prefix from the key whose way it walks, so two ways part only at a bit that both name. */
#include "log/index/trie.h"

/* Folds `start`, which stands on the way of `key`, up the path; every bit below `limit`. */
static enum err path_check(const struct hash *key, const struct hash *start, unsigned limit,
                           const struct trie_path *path, const struct hash *root)
{
    struct hash h = *start;

    if (path->count > COUNT_OF(path->step)) return ERR_BAD_PROOF;
    for (size_t i = 0; i < path->count; i++) {
        unsigned bit = path->step[i].bit;
        const struct hash *sibling = &path->step[i].sibling;

        if (bit >= limit) return ERR_BAD_PROOF;
        h = trie_bit(key, bit) == 0 ? trie_node_hash(bit, key, &h, sibling) : trie_node_hash(bit, key, sibling, &h);
        limit = bit;
    }
    return hash_equal(&h, root) ? ERR_OK : ERR_BAD_PROOF;
}

static bool is_zero(const struct hash *h)
{
    const struct hash zero = {{0}};

    return hash_equal(h, &zero);
}

enum err trie_presence_verify(const struct hash *key, const struct list_value *value, const struct trie_path *path,
                              const struct hash *root)
{
    struct hash leaf;

    if (is_zero(root) || list_count(value) == 0) return ERR_BAD_PROOF;
    leaf = trie_leaf_hash(key, value);
    return path_check(key, &leaf, TRIE_LEAF, path, root);
}

/* That no key shares the first `fork` bits with `other` and then takes the other side: `other` is there,
 * and no node on its way branches at that bit. */
static enum err nothing_at(unsigned fork, const struct hash *other, const struct list_value *value,
                           const struct trie_path *path, const struct hash *root)
{
    TRY(trie_presence_verify(other, value, path, root));
    for (size_t i = 0; i < path->count; i++)
        if (path->step[i].bit == fork) return ERR_BAD_PROOF;
    return ERR_OK;
}

enum err trie_absence_verify(const struct hash *key, const struct hash *other, const struct list_value *value,
                             const struct trie_path *path, const struct hash *root)
{
    if (other == NULL) return is_zero(root) && path->count == 0 ? ERR_OK : ERR_BAD_PROOF;
    if (hash_equal(key, other)) return ERR_BAD_PROOF;
    return nothing_at(trie_fork(key, other), other, value, path, root);
}

/* A subtree that is complete so far, on the right edge of what has been read. */
struct edge {
    unsigned fork; /* the bit at which it parts from the subtree to its left */
    const struct hash *key;
    struct hash hash;
};

/* Joins the subtrees that part at `fork` or below: nothing more comes under them. */
static size_t edge_join(struct edge *edge, size_t n, unsigned fork)
{
    while (n > 1 && edge[n - 1].fork >= fork) {
        struct edge *left = &edge[n - 2], *right = &edge[n - 1];

        left->hash = trie_node_hash(right->fork, left->key, &left->hash, &right->hash);
        n--;
    }
    return n;
}

/* The subtree of `leaves`, at least one, whose keys rise strictly. Forks rise strictly along the edge,
 * so there is room for all of them. */
static struct hash subtree_root(const struct trie_entry *leaves, size_t count)
{
    struct edge edge[TRIE_LEAF + 1];
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        const struct hash *key = &leaves[i].key;
        unsigned fork = i == 0 ? 0 : trie_fork(&leaves[i - 1].key, key);

        n = edge_join(edge, n, fork);
        ASSERT(n < COUNT_OF(edge));
        edge[n++] = (struct edge){fork, key, trie_leaf_hash(key, &leaves[i].value)};
    }
    edge_join(edge, n, 0);
    return edge[0].hash;
}

static bool prefix_bits_good(unsigned bits)
{
    return bits >= 128 && bits <= 255;
}

enum err trie_prefix_verify(const struct hash *prefix, unsigned bits, const struct trie_entry *leaves, size_t count,
                            const struct trie_path *path, const struct hash *root)
{
    struct hash subtree;

    if (!prefix_bits_good(bits) || count == 0 || is_zero(root)) return ERR_BAD_PROOF;
    for (size_t i = 0; i < count; i++) {
        if (list_count(&leaves[i].value) == 0) return ERR_BAD_PROOF;
        if (trie_fork(prefix, &leaves[i].key) < bits) return ERR_BAD_PROOF;
        if (i > 0 && hash_compare(&leaves[i - 1].key, &leaves[i].key) >= 0) return ERR_BAD_PROOF;
    }
    subtree = subtree_root(leaves, count);
    /* A bit of the path at or past `bits` would be a sibling under the prefix that is not shown. */
    return path_check(&leaves[0].key, &subtree, bits, path, root);
}

enum err trie_prefix_absence_verify(const struct hash *prefix, unsigned bits, const struct hash *other,
                                    const struct list_value *value, const struct trie_path *path,
                                    const struct hash *root)
{
    unsigned fork;

    if (!prefix_bits_good(bits)) return ERR_BAD_PROOF;
    if (other == NULL) return is_zero(root) && path->count == 0 ? ERR_OK : ERR_BAD_PROOF;
    fork = trie_fork(prefix, other);
    if (fork >= bits) return ERR_BAD_PROOF;
    return nothing_at(fork, other, value, path, root);
}
