/* The rules: whether one statement may follow what the log has. The only place where rules live. */
#ifndef CAIRN_ADMIT_H
#define CAIRN_ADMIT_H

#include "log/admit/memo.h"

/* 0 is the log's first statement, 1 its rules, 2 its first seal. */
#define FIRST_SUBMITTED 3
/* How far ahead of the clock an issue date may be. */
#define ISSUED_AHEAD_MAX_S 300

struct admit_at {
    struct span origin;
    uint64_t position; /* the statement's, if it is admitted */
    uint64_t from_ms;  /* clock at the first admission since the last seal */
    uint64_t now_ms;
    struct memo *memo; /* of this log, or NULL */
    /* A key under which the statement's signature is known to hold, or NULL: then it is checked. */
    const struct public_key *verified;
};
/* What was found, for people, as text that ends in a zero byte and reads on after "found "; foreign text in
 * it is escaped. The reason and what was expected are the error's own. */
struct refusal {
    char found[160];
};
/* Whether mode, withdrawal, closing and limits hold for it: an attestation, a schema, a first statement of keys. The
 * rest is about what is there already, and finds room of its own. */
bool admit_is_new(const struct statement *s);
/* Pure. `s` is as statement_decode left it. Does not look for duplicates: whoever calls has asked
 * lookup.find before. Seals, and whatever stands at positions 0 to 2, are not submitted: ERR_RESERVED.
 * On refusal *why is filled in. Costs one check of a signature and a few look-ups by index key, most of them after it;
 * a new set of keys, once it is known to be signed, costs the decoding of the issuer's whole history: as long as
 * it has recovered often, at most some 95 statements from one recovery to the next. */
enum err admit(const struct lookup *l, const struct admit_at *at, const struct statement *s,
               struct refusal *why) MUST_USE;
/* The same for the log's own seals and its statements at positions 0 and 1: what an auditor replays. */
enum err admit_own(const struct lookup *l, const struct admit_at *at, const struct statement *s,
                   struct refusal *why) MUST_USE;
/* What admission asks of an issuer statement by the issuer's own statements, and approvals of its name, below it:
 * everything but standing and the purposes of a first one. The origin's first stands at position 0. A verdict asks it
 * again of each that a file shows. */
enum err admit_shown(const struct lookup *l, const struct admit_at *at, const struct statement *s,
                     struct refusal *why) MUST_USE;

#endif
