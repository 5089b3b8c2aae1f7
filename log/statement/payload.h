/* What the readers of payloads share: maps with small integer keys, hashes, bounded lists.
 * Knows no kind. */
#ifndef CAIRN_PAYLOAD_H
#define CAIRN_PAYLOAD_H

#include "log/base/cbor.h"
#include "log/base/hash.h"

#define KEY_BIT(key) (1U << (key))

/* A map of which some keys must be there. `seen` has a bit for each key that was read. */
struct payload_map {
    struct cbor_map pairs;
    unsigned last, seen;
};

static inline enum err payload_open(struct cbor *c, unsigned last, struct payload_map *ret)
{
    ret->last = last;
    ret->seen = 0;
    return cbor_map_open(c, &ret->pairs);
}

static inline bool payload_more(const struct payload_map *m)
{
    return cbor_map_more(&m->pairs);
}

/* The next key, 1 to `last`; ERR_BAD_PAYLOAD for any other. */
static inline enum err payload_key(struct payload_map *m, unsigned *ret)
{
    TRY(cbor_map_key_small(&m->pairs, ret));
    if (*ret == 0 || *ret > m->last) return ERR_BAD_PAYLOAD;
    m->seen |= KEY_BIT(*ret);
    return ERR_OK;
}

static inline bool payload_has(const struct payload_map *m, unsigned keys)
{
    return (m->seen & keys) == keys;
}

static inline enum err payload_needs(const struct payload_map *m, unsigned keys)
{
    return payload_has(m, keys) ? ERR_OK : ERR_BAD_PAYLOAD;
}

static inline enum err payload_uint(struct cbor *c, uint64_t least, uint64_t most, uint64_t *ret)
{
    TRY(cbor_uint(c, ret));
    return *ret >= least && *ret <= most ? ERR_OK : ERR_BAD_PAYLOAD;
}

static inline enum err payload_hash(struct cbor *c, struct hash *ret)
{
    return cbor_bytes_into(c, ret->b, sizeof(ret->b));
}

/* An array of `least` to `most` items. */
static inline enum err payload_list(struct cbor *c, size_t least, size_t most, size_t *ret_count)
{
    uint64_t count;

    TRY(cbor_array(c, &count));
    if (count < least || count > most) return ERR_BAD_PAYLOAD;
    *ret_count = (size_t)count;
    return ERR_OK;
}

static inline void payload_put_hash(struct out *o, unsigned key, const struct hash *h)
{
    cbor_put_uint(o, key);
    cbor_put_bytes(o, hash_span(h));
}

static inline void payload_put_uint(struct out *o, unsigned key, uint64_t n)
{
    cbor_put_uint(o, key);
    cbor_put_uint(o, n);
}

static inline void payload_put_bool(struct out *o, unsigned key, bool value)
{
    cbor_put_uint(o, key);
    cbor_put_bool(o, value);
}

static inline void payload_put_text(struct out *o, unsigned key, struct span text)
{
    cbor_put_uint(o, key);
    cbor_put_text(o, text);
}

#endif
