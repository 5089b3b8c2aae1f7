/* SHA-256, the only hash there is. 32 bytes go by value. */
#ifndef CAIRN_HASH_H
#define CAIRN_HASH_H

#include "log/base/base.h"

struct hash {
    uint8_t b[32];
};
_Static_assert(sizeof(struct hash) == 32, "hashes are stored as they lie in memory");

struct hash hash_of(struct span bytes);
/* SHA-256(prefix ‖ bytes): leaves and trie leaves. */
struct hash hash_prefixed(uint8_t prefix, struct span bytes);
/* SHA-256(prefix ‖ left ‖ right): tree nodes. */
struct hash hash_pair(uint8_t prefix, const struct hash *left, const struct hash *right);
/* The same of `count` pairs that lie one after another, 64 bytes each, into 32 bytes each at `ret`, which may be
 * `pairs` itself. A little faster, pair for pair. */
void hash_pairs(uint8_t prefix, const uint8_t *pairs, size_t count, uint8_t *ret);
/* SHA-256 of the parts one after another. */
struct hash hash_parts(const struct span *parts, size_t count);
bool hash_equal(const struct hash *a, const struct hash *b);
int hash_compare(const struct hash *a, const struct hash *b);
static inline struct span hash_span(const struct hash *h)
{
    return span_of(h->b, sizeof(h->b));
}

#endif
