/* The payloads of status statements and of seals. */
#ifndef CAIRN_STATUS_H
#define CAIRN_STATUS_H

#include "log/statement/statement.h"

/* Values of the Token Status List. */
enum status { STATUS_VALID = 0, STATUS_REVOKED = 1, STATUS_SUSPENDED = 2, STATUS_SUPERSEDED = 3 };
#define STATUS_REASON_MAX 9

struct status_payload {
    struct hash target;
    enum status status;
    unsigned reason; /* 1 to 9 */
    bool has_since, has_replacement;
    uint64_t since;
    struct hash replacement;
};
/* A replacement exactly when superseded. */
enum err status_decode(struct span payload, struct status_payload *ret) MUST_USE;
void status_encode(const struct status_payload *p, struct out *o);
/* "issued-in-error" and back; NULL / 0 for what is none. */
const char *status_reason_word(unsigned reason);
unsigned status_reason_of(struct span word);
/* "revoked" … for people. */
const char *status_word(enum status status);

struct seal_payload {
    uint64_t covers; /* its own position */
    struct hash root;
    uint64_t keys, from_ms, to_ms;
    bool has_previous;
    uint64_t previous;
};
/* from is not after to, and previous is before covers; what the log really did is admission's. */
enum err seal_decode(struct span payload, struct seal_payload *ret) MUST_USE;
void seal_encode(const struct seal_payload *p, struct out *o);

#endif
