/* See armour.h. The frame: first line, labels, base64. What the labels say is in words.h. */
#include "log/evidence/armour.h"

#include "log/base/codec.h"
#include "log/evidence/words.h"

/* The longest are verifier keys of a key file: name, hash and key, up to four of them. */
#define HEAD_MAX 4096
#define BASE64_LINE_BYTES (ARMOUR_BASE64_COLUMNS / 4 * 3)

#define BYTE_SIGN1 0xd2
#define BYTE_KEY_FILE 0xa3

static const struct {
    const char *first_line;
    enum err (*words)(struct span bytes, struct out *o);
} kinds[ARMOUR_KIND_COUNT] = {
    [ARMOUR_EVIDENCE] = {"cairn evidence 1\n", words_evidence},
    [ARMOUR_KEY] = {"cairn key 1\n", words_key},
    [ARMOUR_STATEMENT] = {"cairn statement 1\n", words_statement},
};

/* A statement alone has nothing in its unprotected map; with its evidence it has. */
static enum err kind_of_bytes(struct span bytes, enum armour_kind *ret)
{
    struct sign1 s;

    if (bytes.len > 0 && bytes.ptr[0] == BYTE_KEY_FILE) {
        *ret = ARMOUR_KEY;
        return ERR_OK;
    }
    TRY(sign1_decode(bytes, &s));
    *ret = s.unprotected.len == 1 ? ARMOUR_STATEMENT : ARMOUR_EVIDENCE;
    return ERR_OK;
}

/* First line, labels, and the empty line. */
static enum err head_put(enum armour_kind kind, struct span bytes, struct out *o)
{
    enum armour_kind found;

    TRY(kind_of_bytes(bytes, &found));
    if (found != kind) return ERR_WRONG_KIND;
    out_text(o, kinds[kind].first_line);
    TRY(kinds[kind].words(bytes, o));
    out_byte(o, '\n');
    return out_check(o);
}

static void body_put(struct span bytes, struct out *o)
{
    while (bytes.len > 0) {
        size_t len = bytes.len < BASE64_LINE_BYTES ? bytes.len : BASE64_LINE_BYTES;

        base64_encode(span_slice(bytes, 0, len), o);
        out_byte(o, '\n');
        bytes = span_slice(bytes, len, bytes.len);
    }
}

enum err armour_encode(enum armour_kind kind, struct span bytes, struct out *o)
{
    struct out at = *o;

    ASSERT((unsigned)kind < ARMOUR_KIND_COUNT);
    TRY(head_put(kind, bytes, &at));
    body_put(bytes, &at);
    TRY(out_check(&at));
    *o = at;
    return ERR_OK;
}

/* ---- reading ---- */

static enum err kind_of_text(struct span file, enum armour_kind *ret)
{
    for (unsigned kind = 0; kind < ARMOUR_KIND_COUNT; kind++) {
        if (!span_starts(file, span_text(kinds[kind].first_line))) continue;
        *ret = (enum armour_kind)kind;
        return ERR_OK;
    }
    if (span_starts(file, SPAN("cairn breach 1\n"))) return ERR_NOT_BUILT;
    return ERR_BAD_ARMOUR;
}

/* Up to and with the first empty line. */
static enum err head_cut(struct span file, struct span *ret_head, struct span *ret_body)
{
    for (size_t i = 1; i < file.len && i < HEAD_MAX; i++) {
        if (file.ptr[i] != '\n' || file.ptr[i - 1] != '\n') continue;
        *ret_head = span_slice(file, 0, i + 1);
        *ret_body = span_slice(file, i + 1, file.len);
        return ERR_OK;
    }
    return ERR_BAD_ARMOUR;
}

/* Full lines, the last of them perhaps shorter, each ended by LF. What decodes encodes to the same again. */
static enum err body_read(struct span body, struct out *o)
{
    struct span line;

    while (span_cut(&body, '\n', &line)) {
        size_t before = o->len;
        bool last = body.len == 0;

        if (line.len == 0 || line.len > ARMOUR_BASE64_COLUMNS) return ERR_BAD_ARMOUR;
        TRY(base64_decode(line, o));
        if (!last && o->len - before != BASE64_LINE_BYTES) return ERR_BAD_ARMOUR;
    }
    return body.len == 0 ? ERR_OK : ERR_BAD_ARMOUR;
}

static enum err text_read(struct span file, struct out *o, enum armour_kind *ret)
{
    uint8_t work[HEAD_MAX];
    struct out again = out_over(work, sizeof(work));
    struct span head, body;
    size_t start = o->len;

    TRY(kind_of_text(file, ret));
    TRY(head_cut(file, &head, &body));
    TRY(body_read(body, o));
    TRY(head_put(*ret, span_slice(out_span(o), start, o->len), &again));
    return span_equal(out_span(&again), head) ? ERR_OK : ERR_BAD_ARMOUR;
}

/* Without labels there is nothing to compare; making them checks that the bytes are what they seem. */
static enum err bare_read(struct span file, struct out *o, enum armour_kind *ret)
{
    uint8_t work[HEAD_MAX];
    struct out labels = out_over(work, sizeof(work));

    TRY(kind_of_bytes(file, ret));
    TRY(head_put(*ret, file, &labels));
    out_bytes(o, file);
    return out_check(o);
}

static bool is_bare(struct span file)
{
    return file.len > 0 && (file.ptr[0] == BYTE_SIGN1 || file.ptr[0] == BYTE_KEY_FILE);
}

enum err armour_decode(struct span file, struct out *o, enum armour_kind *ret)
{
    struct out at = *o;
    enum armour_kind kind;

    TRY(is_bare(file) ? bare_read(file, &at, &kind) : text_read(file, &at, &kind));
    *o = at;
    *ret = kind;
    return ERR_OK;
}
