/* What a list of statements amounts to at a position: an issuer's keys, a target's status, the rules.
 * Pure folds over a lookup, the same in admission and verdict. Positions not below `at` do not count. */
#ifndef CAIRN_FOLD_H
#define CAIRN_FOLD_H

#include "log/admit/lookup.h"
#include "log/statement/issuer.h"
#include "log/statement/rules.h"
#include "log/statement/status.h"

/* An issuer as its last statement below `at` left it. */
struct issuer {
    bool registered;
    uint64_t count, first_position, last_position;
    struct hash genesis; /* the kid that signed the first */
    struct hash last_id;
    struct issuer_payload last; /* borrows from the lookup */
};
enum err issuer_fold(const struct lookup *l, struct span iss, uint64_t at, struct issuer *ret) MUST_USE;
/* The listed key of that kid with all of `purposes`; NULL when there is none. */
const struct listed_key *issuer_key(const struct issuer *i, const struct hash *kid, unsigned purposes);
/* Whether any statement of the issuer below `at` lists the kid. */
enum err issuer_ever_listed(const struct lookup *l, struct span iss, uint64_t at, const struct hash *kid,
                            bool *ret) MUST_USE;

/* What the rules statements say of an iss: its first approval's genesis, and whether the last word withdrew it. */
struct approval_fold {
    bool approved, withdrawn;
    struct hash genesis;
    uint64_t position; /* of the last word */
};
enum err approval_fold(const struct lookup *l, struct span iss, uint64_t at, struct approval_fold *ret) MUST_USE;

/* The rules in force at `at`. Before the first rules statement: approved mode, version 1, no limits. */
enum err rules_fold(const struct lookup *l, uint64_t at, struct rules_payload *ret, struct hash *ret_id,
                    uint64_t *ret_count) MUST_USE;

/* The status of a target by the statements of its iss about it. */
struct status_fold {
    enum status status;
    unsigned reason, moves;
    uint64_t position; /* of the statement that decided; meaningless when none did */
    bool decided;
    struct hash replacement;
};
enum err status_fold(const struct lookup *l, const struct hash *target, struct span iss, uint64_t at,
                     struct status_fold *ret) MUST_USE;

#endif
