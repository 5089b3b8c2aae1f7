/* Spans, buffers being filled, and the three macros that every file uses.
 * Knows nothing of logs, formats or the outside world. */
#ifndef CAIRN_BASE_H
#define CAIRN_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "log/base/err.h"

/* A broken invariant: stop, do not sign. Stays on in release. Never used on input. */
#define ASSERT(condition) \
    do { \
        if (!(condition)) assert_failed(#condition, __FILE__, __LINE__); \
    } while (0)

/* The only macro that hides control flow. */
#define TRY(call) \
    do { \
        enum err try_err_ = (call); \
        if (try_err_ != ERR_OK) return try_err_; \
    } while (0)

/* Says "aborted: …" through the hook below, then aborts. */
_Noreturn void assert_failed(const char *condition, const char *file, int line);

/* What a program prints before it aborts; the pure library itself never writes anywhere. */
extern void (*assert_hook)(const char *condition, const char *file, int line);

/* Borrowed bytes. The owner, named by the function that returns the span, sets how long they live. */
struct span {
    const uint8_t *ptr;
    size_t len;
};

/* A buffer the caller owns, being filled. A write that does not fit changes only `full`,
 * so a caller may write a whole message and check once at the end. */
struct out {
    uint8_t *ptr;
    size_t len, cap;
    bool full;
};

/* A span over a string literal, without its NUL. */
#define SPAN(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline struct span span_of(const void *ptr, size_t len)
{
    return (struct span){(const uint8_t *)ptr, len};
}

/* For strings that come from argv or tables; NULL gives the empty span. */
struct span span_text(const char *text);
/* [from, to) of `s`. */
struct span span_slice(struct span s, size_t from, size_t to);
bool span_equal(struct span a, struct span b);
bool span_starts(struct span s, struct span prefix);
/* ASCII letters compare without case. */
bool span_starts_nocase(struct span s, struct span prefix);
/* Order of the bytes; a prefix comes first. <0, 0, >0. */
int span_compare(struct span a, struct span b);
/* Index of the first / last `byte`, or s.len when there is none. */
size_t span_find(struct span s, uint8_t byte);
size_t span_find_last(struct span s, uint8_t byte);
/* Cuts the text before the first `byte` off `*rest` (which then begins after it) into *ret_head.
 * False, and nothing changed, when `byte` is not in it. */
bool span_cut(struct span *rest, uint8_t byte, struct span *ret_head);

struct out out_over(void *ptr, size_t cap);
struct span out_span(const struct out *o);
void out_byte(struct out *o, uint8_t byte);
void out_bytes(struct out *o, struct span s);
void out_text(struct out *o, const char *text);
void out_decimal(struct out *o, uint64_t n);
/* 120451 as 120,451: for people only. */
void out_decimal_grouped(struct out *o, uint64_t n);
void out_u16(struct out *o, uint16_t n);
void out_u64(struct out *o, uint64_t n);
/* `len` more bytes for the caller to fill, or NULL when they do not fit. */
uint8_t *out_reserve(struct out *o, size_t len);
/* ERR_NO_ROOM if anything did not fit. */
enum err out_check(const struct out *o) MUST_USE;

#endif
