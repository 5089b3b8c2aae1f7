/* SHA-256 through libcrypto's low-level interface: it uses the CPU's instructions and spends nothing
 * on fetching an implementation, which the one-shot calls do (they lose three quarters to it). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "log/base/hash.h"

#include <openssl/sha.h>

struct hash hash_parts(const struct span *parts, size_t count)
{
    SHA256_CTX context;
    struct hash h;

    SHA256_Init(&context);
    for (size_t i = 0; i < count; i++)
        if (parts[i].len > 0) SHA256_Update(&context, parts[i].ptr, parts[i].len);
    SHA256_Final(h.b, &context);
    return h;
}

struct hash hash_of(struct span bytes)
{
    return hash_parts(&bytes, 1);
}

struct hash hash_prefixed(uint8_t prefix, struct span bytes)
{
    return hash_parts((struct span[]){span_of(&prefix, 1), bytes}, 2);
}

struct hash hash_pair(uint8_t prefix, const struct hash *left, const struct hash *right)
{
    uint8_t node[65];

    node[0] = prefix;
    memcpy(node + 1, left->b, 32);
    memcpy(node + 33, right->b, 32);
    return hash_of(span_of(node, sizeof(node)));
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int hash_compare(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}
