/* The folds of docs/formats.md 5.1 once more, as they are written there: over a whole history in an array, each
 * definition computed anew. What log/admit must agree with. */
#ifndef CAIRN_TESTS_NAIVE_H
#define CAIRN_TESTS_NAIVE_H

#include "log/admit/fold.h"

#define NAIVE_MAX 320

struct naive {
    uint64_t count;
    struct statement statement[NAIVE_MAX];
};
struct naive_issuer {
    size_t count, run;
    struct {
        uint64_t position;
        struct hash id, kid;
        bool dropped;
        struct issuer_payload p;
    } item[NAIVE_MAX];
    size_t last; /* the last that is not dropped; registered when count > 0 */
};
/* As if a recovery with that prev had been made; NULL: as it is. */
void naive_issuer(const struct naive *n, struct span iss, uint64_t at, const struct hash *prev,
                  struct naive_issuer *ret);
bool naive_listed(const struct naive_issuer *i, const struct hash *kid);
uint64_t naive_cut(const struct naive_issuer *i, const struct hash *kid);
/* Fills in what a status fold says, but for the reason. */
void naive_status(const struct naive *n, const struct hash *target, struct span iss, uint64_t at,
                  struct status_fold *ret);
/* Position of the last rules statement below `at`; UINT64_MAX: none. */
uint64_t naive_rules(const struct naive *n, uint64_t at);
void naive_approval(const struct naive *n, struct span iss, uint64_t at, struct approval_fold *ret);
uint64_t naive_since_seal(const struct naive *n, struct span iss, uint64_t at);

#endif
