/* The decoder of CBOR: a walk item by item agrees with the one check, and writes what it read. */
#include "log/base/cbor.h"
#include "tests/fuzz/fuzz.h"

static enum err walk(struct cbor *c, struct out *o, unsigned depth);

static enum err walk_number(struct cbor *c, struct out *o)
{
    struct cbor at = *c;
    uint64_t n;
    int64_t i;

    if (cbor_uint(c, &n) == ERR_OK) {
        cbor_put_uint(o, n);
        ASSERT((cbor_int(&at, &i) == ERR_OK) == (n <= INT64_MAX));
        return ERR_OK;
    }
    if (cbor_int(c, &i) == ERR_OK) {
        cbor_put_int(o, i);
        return ERR_OK;
    }
    /* Below the least int64: only ever skipped. */
    TRY(cbor_item(c, &(struct span){0}));
    out_bytes(o, span_of(at.rest.ptr, (size_t)(c->rest.ptr - at.rest.ptr)));
    return ERR_OK;
}

static enum err walk_simple(struct cbor *c, struct out *o)
{
    bool flag;

    if (cbor_null(c) == ERR_OK) {
        cbor_put_null(o);
        return ERR_OK;
    }
    TRY(cbor_bool(c, &flag));
    cbor_put_bool(o, flag);
    return ERR_OK;
}

static enum err walk_list(struct cbor *c, struct out *o, unsigned depth)
{
    uint64_t count;

    TRY(cbor_array(c, &count));
    cbor_put_array(o, count);
    for (uint64_t i = 0; i < count; i++) TRY(walk(c, o, depth));
    return ERR_OK;
}

static enum err walk_map(struct cbor *c, struct out *o, unsigned depth)
{
    struct cbor_map m;
    struct span key;

    TRY(cbor_map_open(c, &m));
    cbor_put_map(o, m.pairs);
    while (cbor_map_more(&m)) {
        TRY(cbor_map_key(&m, &key));
        ASSERT(cbor_check(key) == ERR_OK);
        out_bytes(o, key);
        TRY(walk(c, o, depth));
    }
    return ERR_OK;
}

static enum err walk_deeper(struct cbor *c, struct out *o, enum cbor_type type, unsigned depth)
{
    uint64_t tag;

    if (depth == CBOR_DEPTH_MAX) return ERR_CBOR_DEPTH;
    if (type == CBOR_ARRAY) return walk_list(c, o, depth + 1);
    if (type == CBOR_MAP) return walk_map(c, o, depth + 1);
    TRY(cbor_tag(c, &tag));
    cbor_put_tag(o, tag);
    return walk(c, o, depth + 1);
}

static enum err walk(struct cbor *c, struct out *o, unsigned depth)
{
    enum cbor_type type;
    struct span s;

    TRY(cbor_peek(c, &type));
    switch (type) {
    case CBOR_UINT:
    case CBOR_NEGATIVE: return walk_number(c, o);
    case CBOR_SIMPLE: return walk_simple(c, o);
    case CBOR_BYTES:
        TRY(cbor_bytes(c, &s));
        cbor_put_bytes(o, s);
        return ERR_OK;
    case CBOR_TEXT:
        TRY(cbor_text(c, &s));
        cbor_put_text(o, s);
        return ERR_OK;
    default: return walk_deeper(c, o, type, depth);
    }
}

FUZZ(input)
{
    struct cbor c = cbor_over(input);
    FUZZ_OUT(o);
    enum err e = walk(&c, &o, 0);

    if (e == ERR_OK) e = cbor_end(&c);
    ASSERT(e == cbor_check(input));
    if (e == ERR_OK) fuzz_same(&o, input);
}
