/* What a list of statements amounts to at a position: the rules, an approval, a target's status. Folds over a
 * lookup (docs/formats.md 5.1), the same in admission, replay and verdict, in bounded memory. Positions not below
 * `at` do not count. An issuer's keys are in keys.h. */
#ifndef CAIRN_FOLD_H
#define CAIRN_FOLD_H

#include "log/admit/keys.h"
#include "log/statement/rules.h"
#include "log/statement/status.h"

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

/* The status of a target by the statements of its iss about it. What neither revokes nor supersedes counts for
 * nothing at or past its key's cut, but is a move all the same. */
struct status_fold {
    enum status status;
    unsigned reason, moves;
    uint64_t position; /* of the statement that decided; meaningless when none did */
    bool decided;
    struct hash replacement;
};
/* Reads the statements of the target, and the issuer's own once for every 16 moves that are looked at: none when
 * there are no moves, or an end. */
enum err status_fold(const struct lookup *l, const struct hash *target, struct span iss, uint64_t at,
                     struct status_fold *ret) MUST_USE;

#endif
