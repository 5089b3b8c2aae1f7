/* An issuer's keys at a position: whose they are, which sign from there on, and where each one ends. Folds over
 * the issuer's statements (docs/formats.md 5.1), the same in admission, replay and verdict. Statements not below
 * `at` do not count. None of this grows with the history: it is read newest first, and one recovery at a time is
 * all that must be remembered. */
#ifndef CAIRN_ADMIT_KEYS_H
#define CAIRN_ADMIT_KEYS_H

#include "log/admit/walk.h"
#include "log/statement/issuer.h"

/* An issuer as its last statement below `at` left it: no recovery drops the newest one. */
struct issuer {
    bool registered;
    uint64_t first_position, last_position;
    struct hash genesis; /* the kid that signed the first */
    struct hash last_id;
    struct issuer_payload last; /* borrows from the lookup */
};
/* Reads the first statement and the last. */
enum err issuer_fold(const struct lookup *l, struct span iss, uint64_t at, struct issuer *ret) MUST_USE;
/* The listed key of that kid with all of `purposes`; NULL when there is none. */
const struct listed_key *issuer_key(const struct issuer *i, const struct hash *kid, unsigned purposes);
/* The key of that kid in one statement's set, whatever its purposes; NULL when it is not in it. */
const struct listed_key *issuer_listed(const struct issuer_payload *p, const struct hash *kid);
/* With all of `purposes`, or NULL. */
const struct listed_key *issuer_listed_for(const struct issuer_payload *p, const struct hash *kid, unsigned purposes);

/* The issuer's statements, newest first, and which of them a recovery dropped. */
struct issuer_past {
    struct walk walk;
    uint64_t next;
    bool dropping; /* until the statement of this id */
    struct hash until;
};
struct issuer_item {
    uint64_t position;
    bool dropped;
    struct hash id;
    struct issuer_payload p; /* borrows from the lookup */
};
/* With `prev`: as if a recovery that names it had just been made; NULL: as it is. */
enum err issuer_past_open(const struct lookup *l, struct span iss, uint64_t at, const struct hash *prev,
                          struct issuer_past *ret) MUST_USE;
/* Reads one statement; *ret_more is false, and *ret nothing, when there are no more. */
enum err issuer_past_next(struct issuer_past *past, struct issuer_item *ret, bool *ret_more) MUST_USE;

/* What became of one kid. */
struct key_life {
    bool listed;  /* by any statement, dropped or not */
    uint64_t cut; /* from here on its signatures count for nothing; UINT64_MAX: never */
};
/* Of several kids in one reading of the whole history. `prev` as above. */
enum err issuer_lives(const struct lookup *l, struct span iss, uint64_t at, const struct hash *prev,
                      const struct hash *kids, size_t count, struct key_life *ret) MUST_USE;
/* How many statements there are from the first, or from the last recovery, on. Reads them. */
enum err issuer_run(const struct lookup *l, struct span iss, uint64_t at, uint64_t *ret) MUST_USE;

#endif
