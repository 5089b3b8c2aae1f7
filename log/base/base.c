/* See base.h. */
#include "log/base/base.h"

#include <stdlib.h>

void (*assert_hook)(const char *condition, const char *file, int line);

_Noreturn void assert_failed(const char *condition, const char *file, int line)
{
    if (assert_hook != NULL) assert_hook(condition, file, line);
    abort();
}

struct span span_text(const char *text)
{
    return text == NULL ? (struct span){NULL, 0} : span_of(text, strlen(text));
}

struct span span_slice(struct span s, size_t from, size_t to)
{
    ASSERT(from <= to);
    ASSERT(to <= s.len);
    return to == 0 ? span_of(s.ptr, 0) : span_of(s.ptr + from, to - from);
}

bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool span_starts(struct span s, struct span prefix)
{
    return s.len >= prefix.len && span_equal(span_slice(s, 0, prefix.len), prefix);
}

static uint8_t ascii_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool span_starts_nocase(struct span s, struct span prefix)
{
    if (s.len < prefix.len) return false;
    for (size_t i = 0; i < prefix.len; i++)
        if (ascii_lower(s.ptr[i]) != ascii_lower(prefix.ptr[i])) return false;
    return true;
}

int span_compare(struct span a, struct span b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.ptr, b.ptr, shared);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

size_t span_find(struct span s, uint8_t byte)
{
    const uint8_t *at = s.len == 0 ? NULL : memchr(s.ptr, byte, s.len);

    return at == NULL ? s.len : (size_t)(at - s.ptr);
}

size_t span_find_last(struct span s, uint8_t byte)
{
    for (size_t i = s.len; i > 0; i--)
        if (s.ptr[i - 1] == byte) return i - 1;
    return s.len;
}

bool span_cut(struct span *rest, uint8_t byte, struct span *ret_head)
{
    size_t at = span_find(*rest, byte);

    if (at == rest->len) return false;
    *ret_head = span_slice(*rest, 0, at);
    *rest = span_slice(*rest, at + 1, rest->len);
    return true;
}

struct out out_over(void *ptr, size_t cap)
{
    return (struct out){.ptr = ptr, .cap = cap};
}

struct span out_span(const struct out *o)
{
    return span_of(o->ptr, o->len);
}

uint8_t *out_reserve(struct out *o, size_t len)
{
    uint8_t *at;

    if (o->full || o->cap - o->len < len) {
        o->full = true;
        return NULL;
    }
    at = o->len == 0 ? o->ptr : o->ptr + o->len;
    o->len += len;
    return at;
}

void out_bytes(struct out *o, struct span s)
{
    uint8_t *at = out_reserve(o, s.len);

    if (at != NULL && s.len > 0) memcpy(at, s.ptr, s.len);
}

void out_byte(struct out *o, uint8_t byte)
{
    out_bytes(o, span_of(&byte, 1));
}

void out_text(struct out *o, const char *text)
{
    out_bytes(o, span_text(text));
}

/* The decimal digits of n, with a comma before each third one when `group`. 20 digits, 6 commas. */
static void decimal(struct out *o, uint64_t n, bool group)
{
    uint8_t digits[26];
    size_t at = sizeof(digits);
    unsigned count = 0;

    do {
        if (group && count > 0 && count % 3 == 0) digits[--at] = ',';
        digits[--at] = (uint8_t)('0' + n % 10);
        count++;
    } while ((n /= 10) > 0);
    out_bytes(o, span_of(digits + at, sizeof(digits) - at));
}

void out_decimal(struct out *o, uint64_t n)
{
    decimal(o, n, false);
}

void out_decimal_grouped(struct out *o, uint64_t n)
{
    decimal(o, n, true);
}

void out_u16(struct out *o, uint16_t n)
{
    out_bytes(o, span_of((uint8_t[]){(uint8_t)(n >> 8), (uint8_t)n}, 2));
}

void out_u64(struct out *o, uint64_t n)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++) bytes[i] = (uint8_t)(n >> (56 - 8 * i));
    out_bytes(o, span_of(bytes, 8));
}

enum err out_check(const struct out *o)
{
    return o->full ? ERR_NO_ROOM : ERR_OK;
}
