/* The payload of a rules statement: what the operator admits. */
#ifndef CAIRN_RULES_H
#define CAIRN_RULES_H

#include "log/statement/statement.h"

#define RULES_APPROVE_MAX 64
#define RULES_WITHDRAW_MAX 64
#define RULES_VERSION 1

enum rules_mode { RULES_OPEN = 0, RULES_APPROVED = 1 };

struct approval {
    struct span iss;
    struct hash genesis;
};
struct rules_payload {
    uint64_t seq, mode, version;
    bool has_prev, has_closing, has_successor;
    struct hash prev;
    size_t approve_count, withdraw_count;
    struct approval approve[RULES_APPROVE_MAX]; /* iss ascending by bytes */
    struct span withdraw[RULES_WITHDRAW_MAX];   /* likewise */
    uint64_t limit_bytes, limit_statements;
    uint64_t closing_not_before;
    struct span closing_successor;
};
/* Refuses an approval whose iss begins with urn: and is not the URN of its genesis kid, and names that are
 * not printable ASCII (ERR_BAD_ISS), a successor's too. A version other than RULES_VERSION is
 * ERR_RULES_VERSION. Borrows `payload`. On error *ret holds nothing of use. */
enum err rules_decode(struct span payload, struct rules_payload *ret) MUST_USE;
void rules_encode(const struct rules_payload *p, struct out *o);

#endif
