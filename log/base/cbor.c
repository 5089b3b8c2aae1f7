/* See cbor.h. Reading; RFC 8949, section 4.2 for the one spelling that is accepted. */
#include "log/base/cbor.h"

#include "log/base/text.h"

struct head {
    enum cbor_type type;
    uint64_t value;
};

struct cbor cbor_over(struct span bytes)
{
    return (struct cbor){bytes};
}

/* The argument of a head whose low five bits are `info`, in the shortest form or refused. */
static enum err head_value(struct span after, uint8_t info, uint64_t *ret_value, size_t *ret_len)
{
    size_t len = (size_t)1 << (info - 24);
    uint64_t value = 0;

    if (after.len < len) return ERR_TRUNCATED;
    for (size_t i = 0; i < len; i++) value = value << 8 | after.ptr[i];
    if (value < 24 || (len > 1 && value >> (8 * (len / 2)) == 0)) return ERR_BAD_CBOR;
    *ret_value = value;
    *ret_len = len;
    return ERR_OK;
}

static enum err head_read(struct cbor *c, struct head *ret)
{
    struct span rest = c->rest;
    uint8_t info;
    size_t len = 0;
    uint64_t value;

    if (rest.len == 0) return ERR_TRUNCATED;
    info = rest.ptr[0] & 31;
    value = info;
    ret->type = (enum cbor_type)(rest.ptr[0] >> 5);
    if (info > 27) return ERR_BAD_CBOR;
    if (ret->type == CBOR_SIMPLE && (info < CBOR_FALSE || info > CBOR_NULL)) return ERR_BAD_CBOR;
    if (info >= 24) TRY(head_value(span_slice(rest, 1, rest.len), info, &value, &len));
    ret->value = value;
    c->rest = span_slice(rest, 1 + len, rest.len);
    return ERR_OK;
}

/* The head of an item that must be of `type`. */
static enum err head_of(struct cbor *c, enum cbor_type type, uint64_t *ret)
{
    struct cbor at = *c;
    struct head h;

    TRY(head_read(&at, &h));
    if (h.type != type) return ERR_CBOR_TYPE;
    *ret = h.value;
    *c = at;
    return ERR_OK;
}

enum err cbor_peek(const struct cbor *c, enum cbor_type *ret)
{
    if (c->rest.len == 0) return ERR_TRUNCATED;
    *ret = (enum cbor_type)(c->rest.ptr[0] >> 5);
    return ERR_OK;
}

enum err cbor_uint(struct cbor *c, uint64_t *ret)
{
    return head_of(c, CBOR_UINT, ret);
}

enum err cbor_int(struct cbor *c, int64_t *ret)
{
    struct cbor at = *c;
    struct head h;

    TRY(head_read(&at, &h));
    if (h.type != CBOR_UINT && h.type != CBOR_NEGATIVE) return ERR_CBOR_TYPE;
    if (h.value > INT64_MAX) return ERR_BAD_NUMBER;
    *ret = h.type == CBOR_UINT ? (int64_t)h.value : -1 - (int64_t)h.value;
    *c = at;
    return ERR_OK;
}

static enum err string(struct cbor *c, enum cbor_type type, struct span *ret)
{
    struct cbor at = *c;
    uint64_t len;

    TRY(head_of(&at, type, &len));
    if (len > at.rest.len) return ERR_TRUNCATED;
    *ret = span_slice(at.rest, 0, (size_t)len);
    at.rest = span_slice(at.rest, (size_t)len, at.rest.len);
    *c = at;
    return ERR_OK;
}

enum err cbor_bytes(struct cbor *c, struct span *ret)
{
    return string(c, CBOR_BYTES, ret);
}

enum err cbor_bytes_into(struct cbor *c, uint8_t *ret, size_t len)
{
    struct cbor at = *c;
    struct span bytes;

    TRY(cbor_bytes(&at, &bytes));
    if (bytes.len != len) return ERR_CBOR_TYPE;
    memcpy(ret, bytes.ptr, len);
    *c = at;
    return ERR_OK;
}

enum err cbor_text(struct cbor *c, struct span *ret)
{
    struct cbor at = *c;
    struct span text;

    TRY(string(&at, CBOR_TEXT, &text));
    if (!utf8_valid(text)) return ERR_BAD_UTF8;
    *ret = text;
    *c = at;
    return ERR_OK;
}

enum err cbor_bool(struct cbor *c, bool *ret)
{
    struct cbor at = *c;
    uint64_t value;

    TRY(head_of(&at, CBOR_SIMPLE, &value));
    if (value == CBOR_NULL) return ERR_CBOR_TYPE;
    *ret = value == CBOR_TRUE;
    *c = at;
    return ERR_OK;
}

enum err cbor_null(struct cbor *c)
{
    struct cbor at = *c;
    uint64_t value;

    TRY(head_of(&at, CBOR_SIMPLE, &value));
    if (value != CBOR_NULL) return ERR_CBOR_TYPE;
    *c = at;
    return ERR_OK;
}

enum err cbor_array(struct cbor *c, uint64_t *ret_count)
{
    struct cbor at = *c;
    uint64_t count;

    TRY(head_of(&at, CBOR_ARRAY, &count));
    /* Each item takes a byte at least, so a count above that is a lie. */
    if (count > at.rest.len) return ERR_TRUNCATED;
    *ret_count = count;
    *c = at;
    return ERR_OK;
}

enum err cbor_map(struct cbor *c, uint64_t *ret_pairs)
{
    struct cbor at = *c;
    uint64_t pairs;

    TRY(head_of(&at, CBOR_MAP, &pairs));
    if (pairs > at.rest.len / 2) return ERR_TRUNCATED;
    if (pairs > CBOR_PAIRS_MAX) return ERR_NO_ROOM;
    *ret_pairs = pairs;
    *c = at;
    return ERR_OK;
}

enum err cbor_int_exact(struct cbor *c, int64_t n)
{
    struct cbor at = *c;
    int64_t there;

    TRY(cbor_int(&at, &there));
    if (there != n) return ERR_CBOR_TYPE;
    *c = at;
    return ERR_OK;
}

enum err cbor_array_exact(struct cbor *c, uint64_t count)
{
    struct cbor at = *c;
    uint64_t there;

    TRY(cbor_array(&at, &there));
    if (there != count) return ERR_CBOR_TYPE;
    *c = at;
    return ERR_OK;
}

enum err cbor_map_exact(struct cbor *c, uint64_t pairs)
{
    struct cbor at = *c;
    uint64_t there;

    TRY(cbor_map(&at, &there));
    if (there != pairs) return ERR_CBOR_TYPE;
    *c = at;
    return ERR_OK;
}

enum err cbor_tag(struct cbor *c, uint64_t *ret)
{
    return head_of(c, CBOR_TAG, ret);
}

static enum err item(struct cbor *c, unsigned depth);

static enum err map_items(struct cbor *c, unsigned depth)
{
    struct cbor_map m;
    struct span key;

    TRY(cbor_map_open(c, &m));
    while (cbor_map_more(&m)) {
        TRY(cbor_map_key(&m, &key));
        TRY(item(c, depth));
    }
    return ERR_OK;
}

static enum err array_items(struct cbor *c, unsigned depth)
{
    uint64_t count;

    TRY(cbor_array(c, &count));
    for (uint64_t i = 0; i < count; i++) TRY(item(c, depth));
    return ERR_OK;
}

static enum err item(struct cbor *c, unsigned depth)
{
    enum cbor_type type;
    struct span ignored;
    struct head h;

    TRY(cbor_peek(c, &type));
    if (depth == CBOR_DEPTH_MAX && (type == CBOR_ARRAY || type == CBOR_MAP || type == CBOR_TAG)) return ERR_CBOR_DEPTH;
    switch (type) {
    case CBOR_BYTES: return cbor_bytes(c, &ignored);
    case CBOR_TEXT: return cbor_text(c, &ignored);
    case CBOR_ARRAY: return array_items(c, depth + 1);
    case CBOR_MAP: return map_items(c, depth + 1);
    case CBOR_TAG: TRY(head_read(c, &h)); return item(c, depth + 1);
    case CBOR_UINT:
    case CBOR_NEGATIVE:
    case CBOR_SIMPLE: return head_read(c, &h);
    }
    return ERR_BAD_CBOR;
}

enum err cbor_item(struct cbor *c, struct span *ret)
{
    struct cbor at = *c;

    TRY(item(&at, 0));
    *ret = span_of(c->rest.ptr, (size_t)(at.rest.ptr - c->rest.ptr));
    *c = at;
    return ERR_OK;
}

enum err cbor_end(const struct cbor *c)
{
    return c->rest.len == 0 ? ERR_OK : ERR_TRAILING;
}

enum err cbor_check(struct span bytes)
{
    struct cbor c = cbor_over(bytes);
    struct span whole;

    TRY(cbor_item(&c, &whole));
    return cbor_end(&c);
}

enum err cbor_map_open(struct cbor *c, struct cbor_map *ret)
{
    uint64_t pairs;

    TRY(cbor_map(c, &pairs));
    ret->c = c;
    ret->start = c->rest.ptr;
    ret->pairs = pairs;
    ret->read = 0;
    ret->ascending = true;
    return ERR_OK;
}

bool cbor_map_more(const struct cbor_map *m)
{
    return m->read < m->pairs;
}

static enum err key_item(struct cbor *c, struct span *ret)
{
    struct cbor at = *c;
    enum cbor_type type;
    struct span ignored;
    struct head h;

    TRY(cbor_peek(&at, &type));
    if (type == CBOR_UINT || type == CBOR_NEGATIVE)
        TRY(head_read(&at, &h));
    else if (type == CBOR_TEXT)
        TRY(cbor_text(&at, &ignored));
    else
        TRY(cbor_bytes(&at, &ignored));
    *ret = span_of(c->rest.ptr, (size_t)(at.rest.ptr - c->rest.ptr));
    *c = at;
    return ERR_OK;
}

/* How `key` compares with the one at `earlier` in the same buffer. An encoded item is never the beginning
 * of another, so what follows a shorter one there is not reached; there are key.len bytes, as `key` itself
 * comes later. */
static int key_order(struct span key, const uint8_t *earlier)
{
    return memcmp(key.ptr, earlier, key.len);
}

/* Whether `key` stands among those read. While they ascend the last one decides. */
static bool key_repeats(struct cbor_map *m, struct span key)
{
    if (m->read == 0) return false;
    if (m->ascending && key_order(key, m->start + m->key_at[m->read - 1]) > 0) return false;
    m->ascending = false;
    for (uint64_t i = 0; i < m->read; i++)
        if (key_order(key, m->start + m->key_at[i]) == 0) return true;
    return false;
}

enum err cbor_map_key(struct cbor_map *m, struct span *ret)
{
    struct cbor at = *m->c;
    struct span key;

    ASSERT(m->read < m->pairs);
    TRY(key_item(&at, &key));
    if (key.ptr - m->start > UINT32_MAX) return ERR_NO_ROOM;
    if (key_repeats(m, key)) return ERR_CBOR_DUPLICATE;
    m->key_at[m->read++] = (uint32_t)(key.ptr - m->start);
    *m->c = at;
    *ret = key;
    return ERR_OK;
}

enum err cbor_map_key_small(struct cbor_map *m, unsigned *ret)
{
    const struct span rest = m->c->rest;
    struct span key;

    ASSERT(m->read < m->pairs);
    if (rest.len == 0 || rest.ptr[0] >= CBOR_KEY_OTHER) {
        TRY(cbor_map_key(m, &key));
        *ret = CBOR_KEY_OTHER;
        return ERR_OK;
    }
    if (m->read > 0 && !(m->ascending && rest.ptr[0] > m->start[m->key_at[m->read - 1]])) {
        TRY(cbor_map_key(m, &key));
    } else {
        if (rest.ptr - m->start > UINT32_MAX) return ERR_NO_ROOM;
        m->key_at[m->read++] = (uint32_t)(rest.ptr - m->start);
        m->c->rest = span_of(rest.ptr + 1, rest.len - 1);
    }
    *ret = rest.ptr[0];
    return ERR_OK;
}

enum err cbor_map_key_int(struct cbor_map *m, int64_t *ret)
{
    struct cbor at = *m->c;
    struct span key;
    int64_t n;

    TRY(cbor_int(&at, &n));
    TRY(cbor_map_key(m, &key));
    *ret = n;
    return ERR_OK;
}

enum err cbor_map_key_text(struct cbor_map *m, struct span *ret)
{
    struct cbor at = *m->c;
    enum cbor_type type;
    struct span key;

    TRY(cbor_peek(&at, &type));
    if (type != CBOR_TEXT) return cbor_text(&at, &key);
    TRY(cbor_map_key(m, &key));
    /* It was found to be a text: where it stands is all that is asked. */
    return string(&at, CBOR_TEXT, ret);
}
