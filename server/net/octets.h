/* The few byte habits of HTTP that heads and values share. */
#ifndef CAIRN_NET_OCTETS_H
#define CAIRN_NET_OCTETS_H

#include "log/base/base.h"

static inline bool octets_equal_nocase(struct span a, struct span b)
{
    return a.len == b.len && span_starts_nocase(a, b);
}

/* Without the blanks and tabs around it. */
static inline struct span octets_trim(struct span s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) s = span_slice(s, 1, s.len);
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) s.len--;
    return s;
}

static inline bool octets_is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

/* The value of a hex digit of either case, or -1. */
static inline int octets_hex(uint8_t byte)
{
    if (octets_is_digit(byte)) return byte - '0';
    if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

#endif
