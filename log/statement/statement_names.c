/* See statement.h. What an iss and a sub may be. */
#include "log/statement/statement.h"

#include "log/base/text.h"

/* C0, DEL and C1. The text is valid UTF-8, so C1 is always c2 80 to c2 9f. */
static bool has_control(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) return true;
        if (text.ptr[i] == 0xc2 && i + 1 < text.len && text.ptr[i + 1] < 0xa0) return true;
    }
    return false;
}

bool iss_good(struct span iss)
{
    return iss.len >= 1 && iss.len <= ISS_MAX && utf8_valid(iss) && !has_control(iss);
}

static bool hex_upper(uint8_t c)
{
    return c >= 'A' && c <= 'F';
}

static bool hex_digit(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || hex_upper(c);
}

static bool is_uuid(struct span v)
{
    if (v.len != 36) return false;
    for (size_t i = 0; i < v.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? v.ptr[i] != '-' : !hex_digit(v.ptr[i])) return false;
    }
    return true;
}

static bool is_upper_hex(struct span v)
{
    bool upper = false;

    if (v.len < 8) return false;
    for (size_t i = 0; i < v.len; i++) {
        if (!hex_digit(v.ptr[i])) return false;
        if (hex_upper(v.ptr[i])) upper = true;
    }
    return upper;
}

enum err sub_check(struct span sub)
{
    size_t colon = span_find_last(sub, ':');
    struct span v = span_slice(sub, colon < sub.len ? colon + 1 : 0, sub.len);

    if (sub.len < 1 || sub.len > SUB_MAX) return ERR_BAD_SUB;
    for (size_t i = 0; i < sub.len; i++)
        if (sub.ptr[i] <= ' ' || sub.ptr[i] > '~') return ERR_BAD_SUB;
    if (span_starts(v, SPAN("0X"))) return ERR_SUB_NOT_CANONICAL;
    if (span_starts(v, SPAN("0x"))) v = span_slice(v, 2, v.len);
    return is_uuid(v) || is_upper_hex(v) ? ERR_SUB_NOT_CANONICAL : ERR_OK;
}
