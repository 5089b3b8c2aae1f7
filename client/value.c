/* See value.h. */
#include "client/value.h"

#include "log/base/codec.h"
#include "log/base/text.h"

#define DAY_S 86400

static const struct {
    const char *word, *wanted, *example;
} types[FIELD_TYPE_COUNT] = {
    [FIELD_BOOL] = {"bool", "yes or no", "yes"},
    [FIELD_INT] = {"int", "a whole number", "-5"},
    [FIELD_UINT] = {"uint", "a whole number, 0 or more", "5"},
    [FIELD_TEXT] = {"text", "a text", "words"},
    [FIELD_BYTES] = {"bytes", "bytes in lower-case hexadecimal", "00ff"},
    [FIELD_TIME] = {"time", "a date, or a date and time in UTC", "2026-11-20T03:08Z"},
};

void value_type_put(const struct schema_field *f, struct out *o)
{
    out_text(o, types[f->type].word);
    if (f->array) out_text(o, "[]");
}

bool value_type_of(struct span word, struct schema_field *ret)
{
    ret->array = word.len > 2 && span_equal(span_slice(word, word.len - 2, word.len), SPAN("[]"));
    if (ret->array) word = span_slice(word, 0, word.len - 2);
    for (unsigned type = 0; type < FIELD_TYPE_COUNT; type++) {
        ret->type = (enum field_type)type;
        if (span_equal(word, span_text(types[type].word))) return true;
    }
    return false;
}

const char *value_wanted(enum field_type type)
{
    return types[type].wanted;
}

const char *value_example(enum field_type type)
{
    return types[type].example;
}

static enum err int_read(struct span word, int64_t *ret)
{
    bool negative = span_starts(word, SPAN("-"));
    uint64_t n;

    TRY(decimal_decode(span_slice(word, negative, word.len), (uint64_t)INT64_MAX + negative, &n));
    if (negative && n == 0) return ERR_BAD_NUMBER;
    *ret = negative ? -1 - (int64_t)(n - 1) : (int64_t)n;
    return ERR_OK;
}

static enum err bool_read(struct span word, bool *ret)
{
    *ret = span_equal(word, SPAN("yes")) || span_equal(word, SPAN("true"));
    return *ret || span_equal(word, SPAN("no")) || span_equal(word, SPAN("false")) ? ERR_OK : ERR_CLAIMS_MISMATCH;
}

/* The head, and then the bytes where they are to stand. */
static enum err bytes_put(struct span word, struct out *o)
{
    uint8_t *room;

    if (word.len % 2 != 0) return ERR_BAD_HEX;
    cbor_put_bytes_head(o, word.len / 2);
    room = out_reserve(o, word.len / 2);
    return room == NULL ? ERR_NO_ROOM : hex_decode(word, room, word.len / 2);
}

static enum err put(enum field_type type, struct span word, struct out *o)
{
    int64_t i;
    uint64_t n;
    bool flag;

    switch (type) {
    case FIELD_BOOL:
        TRY(bool_read(word, &flag));
        cbor_put_bool(o, flag);
        return ERR_OK;
    case FIELD_INT:
        TRY(int_read(word, &i));
        cbor_put_int(o, i);
        return ERR_OK;
    case FIELD_UINT:
        TRY(decimal_decode(word, UINT64_MAX, &n));
        cbor_put_uint(o, n);
        return ERR_OK;
    case FIELD_TIME:
        TRY(text_time_decode(word, &n));
        cbor_put_uint(o, n);
        return ERR_OK;
    case FIELD_TEXT:
        if (!utf8_valid(word)) return ERR_BAD_UTF8;
        cbor_put_text(o, word);
        return ERR_OK;
    case FIELD_BYTES: return bytes_put(word, o);
    case FIELD_TYPE_COUNT: break;
    }
    return ERR_CLAIMS_MISMATCH;
}

enum err value_put(enum field_type type, struct span word, struct out *o)
{
    enum err e = put(type, word, o);

    return e == ERR_OK || e == ERR_NO_ROOM ? e : ERR_CLAIMS_MISMATCH;
}

static void time_show(uint64_t seconds, struct out *o)
{
    size_t at = o->len;

    text_date(seconds, o);
    if (seconds % DAY_S == 0) return;
    o->len = at;
    text_time(seconds, o);
}

void value_bound_show(enum field_type type, uint64_t bound, struct out *o)
{
    int64_t n = (int64_t)bound;

    if (type == FIELD_TIME) {
        time_show(bound, o);
    } else if (type == FIELD_INT && n < 0) {
        out_byte(o, '-');
        out_decimal(o, (uint64_t)(-1 - n) + 1);
    } else {
        out_decimal(o, bound);
    }
}

void value_show(enum field_type type, struct span encoded, struct out *o)
{
    struct cbor c = cbor_over(encoded);
    struct span string;
    uint64_t n;
    int64_t i;

    if (type == FIELD_INT && cbor_int(&c, &i) == ERR_OK) value_bound_show(type, (uint64_t)i, o);
    if ((type == FIELD_UINT || type == FIELD_TIME) && cbor_uint(&c, &n) == ERR_OK) value_bound_show(type, n, o);
    if (type == FIELD_TEXT && cbor_text(&c, &string) == ERR_OK) text_escape(string, SCHEMA_CHOICE_LEN_MAX, o);
    if (type == FIELD_BYTES && cbor_bytes(&c, &string) == ERR_OK) hex_encode(string, o);
}

enum err value_bound(enum field_type type, struct span word, uint64_t *ret)
{
    int64_t n;

    if (type == FIELD_TIME) return text_time_decode(word, ret);
    if (type != FIELD_INT) return decimal_decode(word, UINT64_MAX, ret);
    TRY(int_read(word, &n));
    *ret = (uint64_t)n;
    return ERR_OK;
}

bool value_next(struct span *rest, struct span *ret)
{
    if (rest->ptr == NULL) return false;
    if (span_cut(rest, ',', ret)) return true;
    *ret = *rest;
    *rest = span_of(NULL, 0);
    return true;
}
