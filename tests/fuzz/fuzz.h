/* What the fuzz targets share. A target is one function over bytes that others may have written: it lets the
 * library read them and holds it to what its headers promise, most of all that what was read is written as the
 * same bytes again. Linked with libFuzzer by ./dev fuzz, with replay.c by the tests. */
#ifndef CAIRN_TESTS_FUZZ_H
#define CAIRN_TESTS_FUZZ_H

#include <stdio.h>

#include "log/base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static inline void fuzz_on_assert(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
}

/* FUZZ(input) { … }: the whole of a target. */
#define FUZZ(input) \
    static void fuzz_one(struct span input); \
    int LLVMFuzzerInitialize(int *argc, char ***argv) \
    { \
        (void)argc; \
        (void)argv; \
        assert_hook = fuzz_on_assert; \
        return 0; \
    } \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) \
    { \
        fuzz_one(span_of(data, size)); \
        return 0; \
    } \
    static void fuzz_one(struct span input)

/* More than any input and whatever is written of it. */
#define FUZZ_ROOM (1U << 20)

/* An empty `struct out NAME` of FUZZ_ROOM bytes. */
#define FUZZ_OUT(name) \
    static uint8_t name##_bytes[FUZZ_ROOM]; \
    struct out name = out_over(name##_bytes, sizeof(name##_bytes))

static inline void fuzz_same(const struct out *got, struct span want)
{
    ASSERT(!got->full);
    ASSERT(span_equal(out_span(got), want));
}

/* The same bytes, perhaps in another order: what a map becomes whose keys stood in another. */
static inline void fuzz_same_sorted(const struct out *got, struct span want)
{
    size_t count[256] = {0};

    ASSERT(!got->full);
    ASSERT(got->len == want.len);
    for (size_t i = 0; i < want.len; i++) count[want.ptr[i]]++;
    for (size_t i = 0; i < got->len; i++) ASSERT(count[got->ptr[i]]-- > 0);
}

/* Whether `part` borrows from `whole`. */
static inline bool fuzz_within(struct span part, struct span whole)
{
    return part.len == 0 ||
           (part.ptr >= whole.ptr && part.len <= whole.len && (size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}

/* For targets over several things: `len` bytes off the front of *rest, or however many there are. */
static inline struct span fuzz_take(struct span *rest, size_t len)
{
    struct span part = span_slice(*rest, 0, rest->len < len ? rest->len : len);

    *rest = span_slice(*rest, part.len, rest->len);
    return part;
}

/* The same with the length before it, in two bytes. */
static inline struct span fuzz_part(struct span *rest)
{
    struct span head = fuzz_take(rest, 2);

    return fuzz_take(rest, head.len < 2 ? 0 : (size_t)(head.ptr[0] << 8 | head.ptr[1]));
}

/* Eight bytes as a number; zeros where there are none. */
static inline uint64_t fuzz_u64(struct span *rest)
{
    struct span bytes = fuzz_take(rest, 8);
    uint64_t n = 0;

    for (size_t i = 0; i < bytes.len; i++) n = n << 8 | bytes.ptr[i];
    return n;
}

#endif
