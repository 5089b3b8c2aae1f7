/* SHA-256 through libcrypto's low-level interface: it uses the CPU's instructions and spends nothing
 * on fetching an implementation, which the one-shot calls do (they lose three quarters to it). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "log/base/hash.h"

#include <endian.h>
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

/* 65 bytes with the padding of FIPS 180-4, 5.1.1: two whole blocks. Given these, Update compresses them where
 * they lie and there is nothing left to finish, which saves a tenth to a fifth of each hash in the tree. */
struct padded_pair {
    uint8_t b[128];
};

static struct padded_pair padded(uint8_t prefix)
{
    return (struct padded_pair){{[0] = prefix, [65] = 0x80, [126] = 65 * 8 >> 8, [127] = 65 * 8 & 0xff}};
}

static void padded_hash(const uint8_t *blocks, size_t len, uint8_t ret[32])
{
    SHA256_CTX context;

    SHA256_Init(&context);
    SHA256_Update(&context, blocks, len);
    for (size_t i = 0; i < 8; i++) {
        uint32_t word = htobe32(context.h[i]);

        memcpy(ret + 4 * i, &word, sizeof(word));
    }
}

/* A short message is padded here, for the same reason. */
#define SHORT_MAX (128 - 9)

static struct hash short_hash(uint8_t prefix, struct span bytes)
{
    struct padded_pair p = {{prefix}};
    size_t len = 1 + bytes.len, blocks = len <= 64 - 9 ? 64 : 128;
    struct hash h;

    if (bytes.len > 0) memcpy(p.b + 1, bytes.ptr, bytes.len);
    p.b[len] = 0x80;
    p.b[blocks - 2] = (uint8_t)(len * 8 >> 8);
    p.b[blocks - 1] = (uint8_t)(len * 8);
    padded_hash(p.b, blocks, h.b);
    return h;
}

struct hash hash_prefixed(uint8_t prefix, struct span bytes)
{
    if (bytes.len < SHORT_MAX) return short_hash(prefix, bytes);
    return hash_parts((struct span[]){span_of(&prefix, 1), bytes}, 2);
}

struct hash hash_pair(uint8_t prefix, const struct hash *left, const struct hash *right)
{
    struct padded_pair p = padded(prefix);
    struct hash h;

    memcpy(p.b + 1, left->b, sizeof(left->b));
    memcpy(p.b + 33, right->b, sizeof(right->b));
    padded_hash(p.b, sizeof(p.b), h.b);
    return h;
}

void hash_pairs(uint8_t prefix, const uint8_t *pairs, size_t count, uint8_t *ret)
{
    struct padded_pair p = padded(prefix);

    for (size_t i = 0; i < count; i++) {
        memcpy(p.b + 1, pairs + 64 * i, 64);
        padded_hash(p.b, sizeof(p.b), ret + 32 * i);
    }
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int hash_compare(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, sizeof(a->b));
}
