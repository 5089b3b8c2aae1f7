/* What folds said at the end of one log, kept so that the next admission need not read for it again: an issuer's keys
 * and its approval, a schema and its status, what the rules ask. Fixed memory, the caller's. It changes nothing but
 * the time that admission takes: what a statement changes is dropped when the statement is in the log, and everything
 * when one that seemed to be is not. */
#ifndef CAIRN_ADMIT_MEMO_H
#define CAIRN_ADMIT_MEMO_H

#include "log/admit/fold.h"
#include "log/statement/schema.h"

/* Each iss and each schema has a few places it may take, and takes one from whoever has it. */
#define MEMO_WAYS 4
#define MEMO_ISSUERS 1024
#define MEMO_SCHEMAS 256
#define MEMO_SCHEMA_BYTES 8192

struct memo_issuer {
    uint64_t age; /* the memo's when it was read; of another, or without an iss, it is free */
    size_t iss_len;
    uint8_t iss[ISS_MAX];
    size_t key_count;
    struct listed_key key[ISSUER_KEYS_MAX];
    uint64_t rules_age; /* the memo's when the approval was read, or 0 */
    struct approval_fold approval;
};
struct memo_schema {
    uint64_t age;
    size_t iss_len;
    uint8_t iss[ISS_MAX];
    struct hash id;
    enum status status;
    size_t payload_len;
    uint8_t payload[MEMO_SCHEMA_BYTES];
    struct schema_payload p; /* borrows from the payload above */
};
struct memo_rules {
    uint64_t age;
    enum rules_mode mode;
    bool has_closing;
    uint64_t limit_bytes, limit_statements, closing_not_before;
};
/* Begins as zeros. Of one log only, and asked for its next position only. 14 MB, of which only what is used is ever
 * touched. */
struct memo {
    uint64_t age, rules_age; /* one less than what is written down, so that zeros are of no age */
    unsigned turn;
    struct memo_rules rules;
    struct memo_issuer issuer[MEMO_ISSUERS];
    struct memo_schema schema[MEMO_SCHEMAS];
};

/* Whenever statements that were admitted are taken back. */
void memo_forget(struct memo *m);
/* The statement was admitted and has its place in the log. NULL: there is no memo. */
void memo_admitted(struct memo *m, const struct statement *s);

/* For admission: the place of an iss or a schema, or one that it may take. */
struct memo_issuer *memo_issuer_at(struct memo *m, struct span iss, bool *ret_known);
struct memo_schema *memo_schema_at(struct memo *m, const struct hash *id, bool *ret_known);

#endif
