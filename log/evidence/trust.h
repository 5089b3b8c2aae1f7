/* The trust file: whom a reader believes, for what, and how fresh it must be. */
#ifndef CAIRN_TRUST_H
#define CAIRN_TRUST_H

#include "log/note/lines.h"
#include "log/note/quorum.h"
#include "log/statement/cose.h"

#define TRUST_ISSUERS_MAX 64
#define TRUST_SCHEMAS_MAX 16

struct trust_schema {
    struct span name;
    uint64_t least; /* of the version; 1 unless NAME>=N */
    bool ranged;
};
struct trust_issuer {
    struct span name; /* the reader's pet name */
    struct hash genesis;
    struct span iss; /* when it was written as an approved name instead of ckt:; empty otherwise */
    bool any;
    size_t schema_count;
    struct trust_schema schema[TRUST_SCHEMAS_MAX];
    struct span log; /* origin; empty = every log in the file */
};
struct trust {
    struct policy policy;
    size_t issuer_count;
    struct trust_issuer issuer[TRUST_ISSUERS_MAX];
    int audit; /* index of the policy member that must have audited, or -1 */
    bool has_max_age;
    uint64_t max_age; /* seconds */
    struct hash hash; /* of the file's bytes: named in verdicts */
};
/* Borrows `text`. On error *ret_line and *ret_column say where (from 1).
 * need, conflict and a schema range over 1 are ERR_NOT_BUILT in this version. */
enum err trust_decode(struct span text, struct trust *ret, unsigned *ret_line, unsigned *ret_column) MUST_USE;
/* NAME or NAME>=N */
enum err trust_schema_decode(struct span text, struct trust_schema *ret) MUST_USE;
/* 24h, 30m, 7d, 90s */
enum err duration_decode(struct span word, uint64_t *ret_seconds) MUST_USE;

#endif
