/* See words.h. The small parts of labels: values, names, claims. */
#include "log/evidence/words.h"

#include "log/base/codec.h"
#include "log/base/text.h"

#define LABEL_COLUMNS 8
#define BYTES_SHOWN 16

/* Where the first `columns` characters end. */
static size_t columns_end(struct span s, size_t columns)
{
    size_t at = 0;

    for (; at < s.len; at++)
        if ((s.ptr[at] & 0xc0) != 0x80 && columns-- == 0) break;
    return at;
}

static void label_name(struct out *o, const char *label)
{
    size_t len = strlen(label);

    ASSERT(len < LABEL_COLUMNS);
    out_text(o, label);
    for (; len < LABEL_COLUMNS; len++) out_byte(o, ' ');
}

void label_put(struct out *o, const char *label, struct span value)
{
    bool fits = columns_end(value, ARMOUR_COLUMNS) == value.len;

    label_name(o, label);
    out_bytes(o, fits ? value : span_slice(value, 0, columns_end(value, ARMOUR_COLUMNS - 1)));
    out_text(o, fits ? "\n" : "…\n");
}

void label_put_whole(struct out *o, const char *label, struct span value)
{
    label_name(o, label);
    out_bytes(o, value);
    out_byte(o, '\n');
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Begins with a letter, so it is no number; has nothing that separates; is no word of CBOR's own. */
static bool is_word(struct span text)
{
    static const char also[] = "0123456789._-/@+";

    if (text.len == 0 || !is_letter(text.ptr[0])) return false;
    for (size_t i = 0; i < text.len; i++)
        if (!is_letter(text.ptr[i]) && memchr(also, text.ptr[i], sizeof(also) - 1) == NULL) return false;
    return !span_equal(text, SPAN("true")) && !span_equal(text, SPAN("false")) && !span_equal(text, SPAN("null"));
}

void words_quoted(struct out *o, struct span text)
{
    struct span part;

    out_byte(o, '"');
    /* A quote inside is escaped like a backslash is. Once it is cut, what follows would not be seen. */
    while (!o->full && span_cut(&text, '"', &part)) {
        text_escape(part, ARMOUR_COLUMNS, o);
        out_text(o, "\\\"");
    }
    text_escape(text, ARMOUR_COLUMNS, o);
    out_byte(o, '"');
}

void words_value(struct out *o, struct span text)
{
    if (is_word(text))
        text_escape(text, ARMOUR_COLUMNS, o);
    else
        words_quoted(o, text);
}

void words_name(struct out *o, struct span iss)
{
    struct hash thumbprint;

    if (span_starts(iss, SPAN(CKT_URN)) && ckt_decode(iss, &thumbprint) == ERR_OK)
        ckt_short(&thumbprint, o);
    else
        words_value(o, iss);
}

static void bytes_put(struct out *o, struct span bytes)
{
    size_t shown = bytes.len < BYTES_SHOWN ? bytes.len : BYTES_SHOWN;

    out_text(o, "h'");
    hex_encode(span_slice(bytes, 0, shown), o);
    out_text(o, shown < bytes.len ? "…'" : "'");
}

static void number_put(struct out *o, struct cbor *c)
{
    uint64_t positive;
    int64_t n;

    if (cbor_uint(c, &positive) == ERR_OK) {
        out_decimal(o, positive);
    } else if (cbor_int(c, &n) == ERR_OK) {
        out_byte(o, '-');
        out_decimal(o, 0 - (uint64_t)n);
    } else {
        out_text(o, "(a large negative number)");
    }
}

static void simple_put(struct out *o, struct cbor *c)
{
    bool flag;

    if (cbor_bool(c, &flag) == ERR_OK)
        out_text(o, flag ? "true" : "false");
    else
        out_text(o, "null");
}

/* What an array holds; of an array in it only that it is one. */
static void item_put(struct out *o, struct span item, bool within);

static void array_put(struct out *o, struct cbor *c)
{
    struct span item;
    uint64_t count;

    if (cbor_array(c, &count) != ERR_OK) return;
    out_byte(o, '[');
    /* Once it is cut, what follows would not be seen. */
    for (uint64_t n = 0; n < count && !o->full && cbor_item(c, &item) == ERR_OK; n++) {
        if (n > 0) out_byte(o, ',');
        item_put(o, item, true);
    }
    out_byte(o, ']');
}

static void item_put(struct out *o, struct span item, bool within)
{
    struct cbor c = cbor_over(item);
    struct span content;
    enum cbor_type type;

    if (cbor_peek(&c, &type) != ERR_OK) return;
    switch (type) {
    case CBOR_UINT:
    case CBOR_NEGATIVE: number_put(o, &c); return;
    case CBOR_TEXT:
        if (cbor_text(&c, &content) == ERR_OK) words_value(o, content);
        return;
    case CBOR_BYTES:
        if (cbor_bytes(&c, &content) == ERR_OK) bytes_put(o, content);
        return;
    case CBOR_SIMPLE: simple_put(o, &c); return;
    case CBOR_ARRAY:
        if (within)
            out_text(o, "[…]");
        else
            array_put(o, &c);
        return;
    case CBOR_MAP: out_text(o, "{…}"); return;
    case CBOR_TAG: out_text(o, "(…)"); return;
    }
}

void words_item(struct out *o, struct span item)
{
    item_put(o, item, false);
}

struct claim {
    struct span order, key, value;
};

/* What a key is sorted by: its text, or for want of one its bytes. */
static struct span key_order(struct span key)
{
    struct cbor c = cbor_over(key);
    struct span text;

    return cbor_text(&c, &text) == ERR_OK ? text : key;
}

static void claim_insert(struct claim *claims, size_t count, struct claim claim)
{
    size_t at = count;

    for (; at > 0 && span_compare(claims[at - 1].order, claim.order) > 0; at--) claims[at] = claims[at - 1];
    claims[at] = claim;
}

static enum err claims_read(struct span map, struct claim *ret, size_t *ret_count)
{
    struct cbor c = cbor_over(map);
    struct cbor_map m;

    *ret_count = 0;
    TRY(cbor_map_open(&c, &m));
    while (cbor_map_more(&m)) {
        struct claim claim;

        TRY(cbor_map_key(&m, &claim.key));
        TRY(cbor_item(&c, &claim.value));
        claim.order = key_order(claim.key);
        claim_insert(ret, (*ret_count)++, claim);
    }
    return ERR_OK;
}

void words_claims(struct out *o, struct span claims)
{
    struct claim claim[CBOR_PAIRS_MAX];
    size_t count;
    enum err e = claims_read(claims, claim, &count);

    ASSERT(e == ERR_OK);
    if (count == 0) out_text(o, "no claims");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) out_byte(o, ' ');
        words_item(o, claim[i].key);
        out_byte(o, '=');
        words_item(o, claim[i].value);
    }
}
