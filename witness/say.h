/* Lines for the operator, on stdout: a time, a log, what happened. What strangers can cause is said seldom. */
#ifndef CAIRN_WITNESS_SAY_H
#define CAIRN_WITNESS_SAY_H

#include "log/base/base.h"

/* Between two lines of one kind that others can cause. */
#define QUIET_S 10

/* Zeroed: nothing said yet. */
struct quiet {
    uint64_t next; /* seconds: not before */
    unsigned unsaid;
};
/* Whether the line may be said now; else it is counted, and the next one tells how many were. */
bool quiet_over(struct quiet *q, uint64_t now) MUST_USE;

/* "03:12:04  WHO  what", escaped. `who` may be empty. With `q` it ends with how many were left out. */
void say(uint64_t now, struct span who, struct quiet *q, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A size as people read it, in one of a few buffers used in turn. */
const char *say_size(uint64_t n);

#endif
