/* See cbor.h. Writing: the one spelling that cbor.c reads. */
#include "log/base/cbor.h"

static void put_head(struct out *o, enum cbor_type type, uint64_t value)
{
    uint8_t major = (uint8_t)(type << 5);
    unsigned len = value < 24 ? 0 : value <= UINT8_MAX ? 1 : value <= UINT16_MAX ? 2 : value <= UINT32_MAX ? 4 : 8;
    static const uint8_t info[9] = {[1] = 24, [2] = 25, [4] = 26, [8] = 27};

    out_byte(o, (uint8_t)(major | (len == 0 ? value : info[len])));
    for (unsigned i = len; i > 0; i--) out_byte(o, (uint8_t)(value >> (8 * (i - 1))));
}

void cbor_put_uint(struct out *o, uint64_t n)
{
    put_head(o, CBOR_UINT, n);
}

void cbor_put_int(struct out *o, int64_t n)
{
    if (n >= 0)
        put_head(o, CBOR_UINT, (uint64_t)n);
    else
        put_head(o, CBOR_NEGATIVE, (uint64_t)(-1 - n));
}

void cbor_put_bytes_head(struct out *o, uint64_t len)
{
    put_head(o, CBOR_BYTES, len);
}

void cbor_put_bytes(struct out *o, struct span s)
{
    put_head(o, CBOR_BYTES, s.len);
    out_bytes(o, s);
}

void cbor_put_text(struct out *o, struct span s)
{
    put_head(o, CBOR_TEXT, s.len);
    out_bytes(o, s);
}

void cbor_put_bool(struct out *o, bool value)
{
    put_head(o, CBOR_SIMPLE, value ? CBOR_TRUE : CBOR_FALSE);
}

void cbor_put_null(struct out *o)
{
    put_head(o, CBOR_SIMPLE, CBOR_NULL);
}

void cbor_put_array(struct out *o, uint64_t count)
{
    put_head(o, CBOR_ARRAY, count);
}

void cbor_put_map(struct out *o, uint64_t pairs)
{
    put_head(o, CBOR_MAP, pairs);
}

void cbor_put_tag(struct out *o, uint64_t tag)
{
    put_head(o, CBOR_TAG, tag);
}
