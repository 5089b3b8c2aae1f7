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
/* The same for several kids in one reading of the history: the index of the first that was ever listed,
 * or `count`. Costs a decoding of every issuer statement, keys and all. */
enum err issuer_first_listed(const struct lookup *l, struct span iss, uint64_t at, const struct hash *kids,
                             size_t count, size_t *ret) MUST_USE;

/* What one rules statement says of an iss: its approval, or NULL; whether it withdraws it. */
const struct approval *rules_approval(const struct rules_payload *p, struct span iss);
bool rules_withdraws(const struct rules_payload *p, struct span iss);

/* What the rules statements say of an iss: whether it was ever approved, the genesis of the first
 * approval, and whether the last word withdrew it. Its approval stands when approved and not withdrawn. */
struct approval_fold {
    bool approved, withdrawn;
    struct hash genesis;
    uint64_t position; /* of the last word */
};
enum err approval_fold(const struct lookup *l, struct span iss, uint64_t at, struct approval_fold *ret) MUST_USE;

/* The rules in force at `at`, the id of the statement they stand in (zeros when there is none) and how many
 * rules statements there are. Before the first: approved mode, version 1, no limits. */
enum err rules_fold(const struct lookup *l, uint64_t at, struct rules_payload *ret, struct hash *ret_id,
                    uint64_t *ret_count) MUST_USE;

/* Revoked and superseded: nothing comes after them. */
bool status_final(enum status status);

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
