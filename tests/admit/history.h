/* A log in memory made from choices, which are any bytes: three issuers and the log itself, who rotate, cut, recover,
 * publish, attest, revoke and make rules, rightly or not, and a clock. Holds admission and its folds to the model of
 * naive.h at each step, and replays what came of it; aborts where they part. Knows no test framework. */
#ifndef CAIRN_TESTS_HISTORY_H
#define CAIRN_TESTS_HISTORY_H

#include "tests/admit/naive.h"

/* What came of the choices so far. */
struct history_tally {
    unsigned steps, admitted[KIND_COUNT], refused[KIND_COUNT], recoveries, cuts, reason[ERR_COUNT];
};
/* A history of its own; adds to the tally. */
void history_run(struct span choices, struct history_tally *tally);
/* So many of them, of 2,400 random choices each, the same for the same seed. */
void history_run_random(uint64_t seed, unsigned count, struct history_tally *tally);

#endif
