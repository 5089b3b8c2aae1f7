/* Foreign text on its way to a terminal: what comes out is valid UTF-8 in which nothing hides, and the text can be
 * had back from it. Dates: one spelling for each second. */
#include "log/base/text.h"
#include "tests/fuzz/fuzz.h"

#define COLUMNS 40
#define LAST_SECOND UINT64_C(253402300799)

/* The character at the front of valid UTF-8, by bits alone. */
static uint32_t take_point(struct span *rest)
{
    uint8_t first = rest->ptr[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t point = len == 1 ? first : first & (0x7fU >> len);

    for (size_t i = 1; i < len; i++) point = point << 6 | (rest->ptr[i] & 0x3fU);
    *rest = span_slice(*rest, len, rest->len);
    return point;
}

/* Controls, marks of direction, and characters without width. */
static bool hides(uint32_t p)
{
    return p < 0x20 || (p >= 0x7f && p < 0xa0) || p == 0xad || p == 0x61c || (p >= 0x200b && p <= 0x200f) ||
           (p >= 0x2028 && p <= 0x202e) || (p >= 0x2060 && p <= 0x2069) || p == 0xfeff ||
           (p >= 0xe0000 && p <= 0xe007f);
}

static size_t check_shown(struct span shown)
{
    size_t count = 0;

    ASSERT(utf8_valid(shown));
    for (; shown.len > 0; count++) ASSERT(!hides(take_point(&shown)));
    return count;
}

static void put_point(uint32_t p, struct out *o)
{
    if (p < 0x80) {
        out_byte(o, (uint8_t)p);
        return;
    }
    if (p < 0x800) {
        out_byte(o, (uint8_t)(0xc0 | p >> 6));
    } else {
        out_byte(o, (uint8_t)(p < 0x10000 ? 0xe0 | p >> 12 : 0xf0 | p >> 18));
        if (p >= 0x10000) out_byte(o, (uint8_t)(0x80 | (p >> 12 & 0x3f)));
        out_byte(o, (uint8_t)(0x80 | (p >> 6 & 0x3f)));
    }
    out_byte(o, (uint8_t)(0x80 | (p & 0x3f)));
}

static uint32_t take_hex(struct span *rest, size_t digits)
{
    static const char hex[] = "0123456789abcdef";
    uint32_t n = 0;

    for (size_t i = 0; i < digits; i++) {
        const char *at = memchr(hex, rest->ptr[i], 16);

        ASSERT(at != NULL);
        n = n << 4 | (uint32_t)(at - hex);
    }
    *rest = span_slice(*rest, digits, rest->len);
    return n;
}

/* \\ and \xHH and \u{H…}; anything else stands for itself. */
static void unescape(struct span s, struct out *o)
{
    while (s.len > 0) {
        struct span head = fuzz_take(&s, 1);

        if (head.ptr[0] != '\\') {
            out_bytes(o, head);
            continue;
        }
        head = fuzz_take(&s, 1);
        if (head.ptr[0] == '\\') {
            out_bytes(o, head);
        } else if (head.ptr[0] == 'x') {
            out_byte(o, (uint8_t)take_hex(&s, 2));
        } else {
            ASSERT(span_equal(head, SPAN("u")));
            ASSERT(fuzz_take(&s, 1).ptr[0] == '{');
            put_point(take_hex(&s, span_find(s, '}')), o);
            fuzz_take(&s, 1);
        }
    }
}

static void escapes(struct span input)
{
    FUZZ_OUT(shown);
    FUZZ_OUT(back);
    uint8_t few[7];
    struct out cut = out_over(few, sizeof(few));

    if (input.len > FUZZ_ROOM / 8) return;
    text_escape(input, SIZE_MAX, &shown);
    check_shown(out_span(&shown));
    unescape(out_span(&shown), &back);
    fuzz_same(&back, input);

    shown.len = 0;
    text_escape(input, COLUMNS, &shown);
    /* An escape of one character is at most "\u{10ffff}". */
    ASSERT(check_shown(out_span(&shown)) <= COLUMNS * 10 + 1);
    text_escape(input, COLUMNS, &cut);
    ASSERT(cut.full == (shown.len > sizeof(few)));
}

static void dates(struct span input)
{
    struct span rest = input;
    uint64_t time = fuzz_u64(&rest), again;
    uint8_t bytes[32];
    struct out o = out_over(bytes, sizeof(bytes));

    if (text_time_decode(input, &again) == ERR_OK) {
        ASSERT(again <= LAST_SECOND);
        text_time(again, &o);
        ASSERT(span_starts(out_span(&o), span_slice(input, 0, 10)));
        time = again;
        o.len = 0;
    }
    text_time(time, &o);
    ASSERT(o.len == 20);
    ASSERT(text_time_decode(out_span(&o), &again) == ERR_OK);
    ASSERT(again == (time > LAST_SECOND ? LAST_SECOND : time));
    o.len = 0;
    text_date(time, &o);
    ASSERT(text_time_decode(out_span(&o), &time) == ERR_OK);
    ASSERT(time == again - again % 86400);
}

FUZZ(input)
{
    escapes(input);
    dates(input);
}
