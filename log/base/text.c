/* See text.h. */
#include "log/base/text.h"

/* One character at the start of `s`: its code point and length, or length 0 for bad UTF-8. */
static size_t utf8_next(struct span s, uint32_t *ret)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = s.ptr[0];
    size_t len = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
    uint32_t point;

    if (len == 0 || s.len < len) return 0;
    point = len == 1 ? first : first & (0x7fU >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s.ptr[i] & 0xc0) != 0x80) return 0;
        point = point << 6 | (s.ptr[i] & 0x3f);
    }
    if (point < least[len] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return 0;
    *ret = point;
    return len;
}

bool utf8_valid(struct span s)
{
    while (s.len > 0) {
        uint32_t point;
        size_t len = utf8_next(s, &point);

        if (len == 0) return false;
        s = span_slice(s, len, s.len);
    }
    return true;
}

/* What could change how the text around it looks, or hide in it. */
static bool is_hidden(uint32_t p)
{
    static const struct {
        uint32_t from, to;
    } hidden[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x34f, 0x34f},     {0x61c, 0x61c},
        {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
        {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };

    for (size_t i = 0; i < COUNT_OF(hidden); i++)
        if (p >= hidden[i].from && p <= hidden[i].to) return true;
    return false;
}

static void hex_plain(uint32_t value, unsigned digits_min, struct out *o)
{
    unsigned digits = digits_min;

    while (digits < 8 && value >> (4 * digits) != 0) digits++;
    for (unsigned i = digits; i > 0; i--) out_byte(o, (uint8_t) "0123456789abcdef"[value >> (4 * (i - 1)) & 15]);
}

static void escape_one(struct span s, size_t len, uint32_t point, struct out *o)
{
    if (len == 0) {
        out_text(o, "\\x");
        hex_plain(s.ptr[0], 2, o);
    } else if (point == '\\') {
        out_text(o, "\\\\");
    } else if (is_hidden(point)) {
        out_text(o, "\\u{");
        hex_plain(point, 1, o);
        out_byte(o, '}');
    } else {
        out_bytes(o, span_slice(s, 0, len));
    }
}

void text_escape(struct span s, size_t columns, struct out *o)
{
    for (size_t shown = 0; s.len > 0; shown++) {
        uint32_t point = 0;
        size_t len = utf8_next(s, &point);

        if (shown == columns) {
            out_text(o, "…");
            return;
        }
        escape_one(s, len, point, o);
        s = span_slice(s, len == 0 ? 1 : len, s.len);
    }
}

struct date {
    unsigned year, month, day;
};

#define SECONDS_A_DAY 86400U
#define LAST_SECOND 253402300799U /* 9999-12-31 23:59:59 */

/* Days since 1970-01-01, both ways, by counting from 0000-03-01, so that a leap day ends a year. */
static uint64_t days_of(struct date d)
{
    unsigned year = d.month <= 2 ? d.year - 1 : d.year;
    unsigned era = year / 400, of_era = year % 400;
    unsigned of_year = (153 * (d.month > 2 ? d.month - 3 : d.month + 9) + 2) / 5 + d.day - 1;

    return (uint64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct date date_of(uint64_t days)
{
    uint64_t shifted = days + 719468;
    unsigned era = (unsigned)(shifted / 146097), of_era = (unsigned)(shifted % 146097);
    unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * of_year + 2) / 153;
    struct date d = {.month = month < 10 ? month + 3 : month - 9, .day = of_year - (153 * month + 2) / 5 + 1};

    d.year = year + era * 400 + (d.month <= 2);
    return d;
}

static void padded(struct out *o, unsigned value, unsigned width)
{
    for (unsigned limit = 10, left = width; left > 1; left--, limit *= 10)
        if (value < limit) out_byte(o, '0');
    out_decimal(o, value);
}

void text_date(uint64_t seconds, struct out *o)
{
    struct date d = date_of((seconds > LAST_SECOND ? LAST_SECOND : seconds) / SECONDS_A_DAY);

    padded(o, d.year, 4);
    out_byte(o, '-');
    padded(o, d.month, 2);
    out_byte(o, '-');
    padded(o, d.day, 2);
}

void text_time(uint64_t seconds, struct out *o)
{
    unsigned of_day = (unsigned)((seconds > LAST_SECOND ? LAST_SECOND : seconds) % SECONDS_A_DAY);

    text_date(seconds, o);
    out_byte(o, ' ');
    padded(o, of_day / 3600, 2);
    out_byte(o, ':');
    padded(o, of_day / 60 % 60, 2);
    out_byte(o, ':');
    padded(o, of_day % 60, 2);
    out_byte(o, 'Z');
}

/* `digits` decimal digits off the front of *s. */
static bool take_digits(struct span *s, unsigned digits, unsigned *ret)
{
    unsigned value = 0;

    if (s->len < digits) return false;
    for (unsigned i = 0; i < digits; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9') return false;
        value = value * 10 + (s->ptr[i] - (unsigned)'0');
    }
    *s = span_slice(*s, digits, s->len);
    *ret = value;
    return true;
}

static bool take_byte(struct span *s, uint8_t byte)
{
    if (s->len == 0 || s->ptr[0] != byte) return false;
    *s = span_slice(*s, 1, s->len);
    return true;
}

static bool take_date(struct span *s, uint64_t *ret_days)
{
    struct date d, again;

    if (!take_digits(s, 4, &d.year) || !take_byte(s, '-') || !take_digits(s, 2, &d.month) || !take_byte(s, '-') ||
        !take_digits(s, 2, &d.day))
        return false;
    if (d.year < 1970 || d.month < 1 || d.month > 12 || d.day < 1) return false;
    again = date_of(days_of(d));
    *ret_days = days_of(d);
    return again.month == d.month && again.day == d.day;
}

enum err text_time_decode(struct span s, uint64_t *ret)
{
    uint64_t days;
    unsigned hour, minute, second = 0;

    if (!take_date(&s, &days)) return ERR_BAD_NUMBER;
    if (s.len == 0) {
        *ret = days * SECONDS_A_DAY;
        return ERR_OK;
    }
    if (!take_byte(&s, 'T') && !take_byte(&s, ' ')) return ERR_BAD_NUMBER;
    if (!take_digits(&s, 2, &hour) || !take_byte(&s, ':') || !take_digits(&s, 2, &minute)) return ERR_BAD_NUMBER;
    if (take_byte(&s, ':') && !take_digits(&s, 2, &second)) return ERR_BAD_NUMBER;
    if (!take_byte(&s, 'Z') || s.len > 0 || hour > 23 || minute > 59 || second > 59) return ERR_BAD_NUMBER;
    *ret = days * SECONDS_A_DAY + hour * 3600U + minute * 60U + second;
    return ERR_OK;
}
