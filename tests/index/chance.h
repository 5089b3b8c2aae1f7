/* Chance that is the same everywhere: splitmix64, from a seed. */
#ifndef CAIRN_TESTS_INDEX_CHANCE_H
#define CAIRN_TESTS_INDEX_CHANCE_H

#include "log/base/hash.h"

struct chance {
    uint64_t state;
};

static inline uint64_t chance_next(struct chance *c)
{
    uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Below `end`, which is not 0. */
static inline uint64_t chance_below(struct chance *c, uint64_t end)
{
    return chance_next(c) % end;
}

static inline uint64_t chance_between(struct chance *c, uint64_t first, uint64_t last)
{
    return first + chance_below(c, last - first + 1);
}

/* Once in `n`. */
static inline bool chance_one_in(struct chance *c, uint64_t n)
{
    return chance_below(c, n) == 0;
}

static inline struct hash chance_hash(struct chance *c)
{
    struct hash h;

    for (size_t i = 0; i < sizeof(h.b); i++) h.b[i] = (uint8_t)chance_next(c);
    return h;
}

#endif
