/* What the parts of the bench share: a clock, the table's rows, statements made up in memory. */
#ifndef CAIRN_BENCH_H
#define CAIRN_BENCH_H

#include "log/store/store.h"

#define BATCH 1024
#define ROUNDS 9

double now(void);
/* Of this thread's processor: does not see who else is there, nor the disk. */
double spent(void);
/* The middle one. Sorts them. */
double median(double *figures, size_t count);
/* Below `end`; the same numbers in each run. */
uint64_t noise_below(uint64_t end);
/* What a measurement gives in each of ROUNDS rounds, and the ceiling measured right before it each time. */
struct rounds {
    double figure[ROUNDS], ratio[ROUNDS];
};
/* One line: what, figure with its unit, ratio to the ceiling (none: 0), and the goal in words (may be NULL). */
void row(const char *what, double figure, const char *unit, double ratio, const char *goal);
void row_of(const char *what, struct rounds *r, const char *unit, const char *goal);
/* Says why and ends. */
void must(enum err e);
void check(bool good, const char *what);

/* BATCH statements of `bytes` each, no two alike, and their ids. */
struct batch {
    size_t bytes;
    uint64_t made;
    struct hash id[BATCH];
    uint8_t statement[BATCH][2048];
};
void batch_fill(struct batch *b);

/* The ceiling: LMDB alone, a row a statement, as the store opens it. One call, one durable batch. */
struct bare;
struct bare *bare_open(const char *dir);
void bare_batch(struct bare *b, const struct batch *batch);
void bare_close(struct bare *b);
/* Bytes of an environment that commits left behind and later ones will use. Nobody else may have it open. */
double bare_free_bytes(const char *path);

void bench_appends(const char *dir, size_t statement_bytes);
void bench_index(const char *dir, uint64_t keys);
/* Processor alone; needs no folder. */
void bench_admit(void);
void bench_sizes(const char *dir, uint64_t leaves);

#endif
