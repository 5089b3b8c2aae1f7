/* The writer of a node, its overlay and its proofs, driven as the node drives them, over a store in memory where one
 * thing goes wrong. Whatever that is: what was acknowledged is there, nothing that was signed is taken back, what is
 * proven verifies, and the work comes to its end. */
#ifndef CAIRN_TESTS_FATES_H
#define CAIRN_TESTS_FATES_H

#include "tests/server/memory/memory_store.h"

struct plan {
    bool is_effect;
    uint64_t nth;
    enum fate fate; /* of the nth effect */
    enum err err;   /* of the nth call */
};
struct outcome {
    bool failed; /* what was planned has happened */
    unsigned starts, refusals, proofs;
    uint64_t calls, effects;
};

/* For cmocka. */
int fates_set_up(void **state);
int fates_tear_down(void **state);
/* One whole life, or several. Fails the test when something is not as it should be. */
struct outcome fates_run(const struct plan *p);
/* A statement as far ahead of the clock as it may be; then the clock is set back, in this life or between two, and the
 * group is closed. What its seal says, in seconds, less the issue date. */
int64_t fates_clock_back(bool restarts);
/* Rules that close the log, or none, and a statement: whether its evidence shows them. */
bool fates_closing_shown(bool closes);
/* An attestation whose issuer has `later` issuer statements behind it, each in a group of its own: what asking for its
 * evidence gives, which is then what a reader asks for, and how many seals it has. */
enum err fates_long_issuer(unsigned later, size_t *ret_seals);
/* Every effect with every fate; every `stride`th call, from `first` on, with every error. Prints what happened. */
void fates_of_effects(void);
void fates_of_calls(uint64_t first, uint64_t stride);

#endif
