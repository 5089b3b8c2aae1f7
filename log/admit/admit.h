/* The rules: whether one statement may follow what the log has. The only place where rules live. */
#ifndef CAIRN_ADMIT_H
#define CAIRN_ADMIT_H

#include "log/admit/fold.h"

struct admit_at {
    struct span origin;
    uint64_t position; /* the statement's, if it is admitted */
    uint64_t from_ms;  /* clock at the first admission since the last seal */
    uint64_t now_ms;
};
/* The key that must have signed: admission is complete only when statement_verify(s, &key) holds. */
struct admitted {
    struct public_key key;
};
/* What was found, for people; the reason and what was expected are the error's own. */
struct refusal {
    char found[160];
};
/* Pure. Never ERR_OK for a statement whose id the lookup finds: ask for duplicates first.
 * Seals and the log's own first statement are not submitted: ERR_RESERVED. On refusal *why is filled in. */
enum err admit(const struct lookup *l, const struct admit_at *at, const struct statement *s, struct admitted *ret,
               struct refusal *why) MUST_USE;
/* The same for the log's own seals and its statements at positions 0 and 1: what an auditor replays. */
enum err admit_own(const struct lookup *l, const struct admit_at *at, const struct statement *s,
                   struct admitted *ret, struct refusal *why) MUST_USE;

#endif
