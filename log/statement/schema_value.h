/* How the values of a schema compare, of its limits and of claims alike. Private to schema.c and schema_claims.c. */
#ifndef CAIRN_SCHEMA_VALUE_H
#define CAIRN_SCHEMA_VALUE_H

#include "log/statement/schema.h"

/* span_equal for many short ones that mostly differ, at their ends if anywhere. */
static inline bool schema_same(struct span a, struct span b)
{
    if (a.len != b.len || a.len == 0) return a.len == b.len;
    return a.ptr[a.len - 1] == b.ptr[b.len - 1] && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* An int in two's complement becomes a number whose order is that of its value. */
static inline uint64_t schema_ranked(enum field_type type, uint64_t n)
{
    return type == FIELD_INT ? n ^ (UINT64_C(1) << 63) : n;
}

#endif
