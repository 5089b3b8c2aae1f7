/* Inputs that end flush against an unmapped page: a parser that reads one byte too far dies. */
#ifndef CAIRN_TESTS_GUARD_H
#define CAIRN_TESTS_GUARD_H

#include <sys/mman.h>
#include <unistd.h>

#include "log/base/base.h"

struct guard {
    uint8_t *map;
    size_t size; /* of the readable part; one unmapped page follows */
};

static inline struct guard guard_open(size_t len_max)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct guard g = {.size = (len_max / page + 1) * page};

    g.map = mmap(NULL, g.size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT(g.map != MAP_FAILED);
    ASSERT(mprotect(g.map + g.size, page, PROT_NONE) == 0);
    return g;
}

/* A copy of `s` at the very end. Lives until the next call. */
static inline struct span guard_copy(const struct guard *g, struct span s)
{
    uint8_t *at = g->map + g->size - s.len;

    ASSERT(s.len <= g->size);
    if (s.len > 0) memmove(at, s.ptr, s.len);
    return span_of(at, s.len);
}

static inline void guard_close(struct guard *g)
{
    munmap(g->map, g->size + (size_t)sysconf(_SC_PAGESIZE));
}

#endif
