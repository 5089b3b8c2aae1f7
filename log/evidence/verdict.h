/* The one judgement: an evidence file, a trust file and a time in; one dated verdict out. Pure. */
#ifndef CAIRN_VERDICT_H
#define CAIRN_VERDICT_H

#include "log/admit/closure.h"
#include "log/admit/fold.h"
#include "log/evidence/evidence.h"
#include "log/evidence/trust.h"
#include "log/statement/schema.h"

/* In the order in which the first that applies wins. */
#define VERDICT_TABLE(X) \
    X(FORGED, "forged", 1) \
    X(UNTRUSTED, "untrusted", 3) \
    X(KEY_VOID, "key-void", 1) \
    X(SCHEMA_MISMATCH, "schema-mismatch", 1) \
    X(REVOKED, "revoked", 1) \
    X(SUPERSEDED, "superseded", 1) \
    X(EXPIRED, "expired", 1) \
    X(UNWITNESSED, "unwitnessed", 3) \
    X(UNAUDITED, "unaudited", 3) \
    X(SUSPENDED, "suspended", 1) \
    X(CONFLICT, "conflict", 1) \
    X(NOT_YET_VALID, "not-yet-valid", 1) \
    X(WITHHELD, "withheld", 3) \
    X(INCOMPLETE, "incomplete", 3) \
    X(STALE, "stale", 3) \
    X(VALID, "valid", 0)

#define VERDICT_ENUM_ROW_(name, word, exit) VERDICT_##name,
enum verdict { VERDICT_TABLE(VERDICT_ENUM_ROW_) VERDICT_COUNT };
#undef VERDICT_ENUM_ROW_
const char *verdict_word(enum verdict v);
int verdict_exit(enum verdict v);

/* The moment asked about. */
enum as_of { AS_OF_NOW, AS_OF_TIME, AS_OF_POSITION };
struct question {
    uint64_t now; /* seconds */
    enum as_of as_of;
    uint64_t value; /* seconds, or the position of a seal */
};

/* An attestation that the statement depends on, and its own verdict: at the same moment, whoever is believed, and
 * whether or not its claims are shown. */
struct dependency {
    uint64_t position, through; /* through: the position of the one that names it */
    struct statement statement;
    bool holds; /* its issuer signed it */
    bool applies[VERDICT_COUNT];
    enum verdict verdict;
    const char *why; /* of the first row that has more to say than its word, why_of; lives for ever; may be NULL */
    enum verdict why_of;
    bool closed_claims, withdrawn;
    struct status_fold status;
    bool has_status_time, void_of_schema;
    uint64_t status_time, void_from;
    bool has_void_since, has_since, has_since_time; /* as in the judgement */
    struct status_fold since;
    uint64_t since_time;
};

/* Everything a program needs to print a verdict. Spans borrow from the file and the trust file. */
struct judgement {
    enum verdict verdict;
    bool applies[VERDICT_COUNT];
    bool own[VERDICT_COUNT]; /* those of them that are not only what it depends on brings */
    char why[240];           /* of the first row that has more to say than its word: what did not hold, for people */

    /* What the file says, filled in as far as reading came. */
    bool read;
    bool other_kind; /* of statement than verdicts are given on; only `statement` is filled in */
    bool holds;      /* the issuer signed the statement: else nothing of it may be said in the issuer's name */
    struct statement statement;
    uint64_t position;
    struct checkpoint checkpoint;
    struct hash issuer_genesis;
    struct span preimage; /* of its private claims, when the file has it */
    bool has_schema;
    struct schema_payload schema;
    struct span issuer_name, issuer_url; /* what it calls itself */
    uint64_t seal_time;                  /* seconds: `to` of the seal of the checkpoint */
    bool has_logged_time;
    uint64_t logged_time; /* of the statement's own seal, when the file shows it */

    /* Against the trust file. */
    const struct policy_log *log;      /* NULL: not trusted */
    const struct trust_issuer *issuer; /* NULL: not trusted */
    struct span schema_iss;            /* of somebody else who is not trusted for it; empty otherwise */
    uint64_t kept_from;                /* each version of the schema from here on keeps the one before; 0: not shown */
    bool kept_perhaps;                 /* the one before kept_from is not in the file */
    struct status_fold status;
    bool has_replacement; /* status.replacement is worth asking for: no key that was cut before it names it */
    struct status_fold schema_status; /* what the file shows of it; no part of the verdict */
    bool has_status_time;
    uint64_t status_time;
    uint64_t void_from;             /* with key-void: where the key ends */
    bool void_of_schema;            /* it is the schema's */
    bool has_void_since;            /* a cut after the moment asked about */
    bool has_since, has_since_time; /* a status after it */
    struct status_fold since;
    uint64_t since_time, moment; /* moment: the one asked about, in seconds */
    uint64_t evidence_time;      /* seconds */
    bool witnessed_time;         /* else it is the seal's, the log's own word */
    unsigned witnesses, witnesses_known;
    bool audited, withdrawn;
    bool closed; /* by the newest rules in the file the log takes nothing new any more */
    uint64_t closed_from;
    struct span successor; /* may be empty */
    bool freshness_checked;

    /* What it depends on, as far as the file shows it; positions rise. */
    size_t depends_count;
    struct dependency depends[CLOSURE_MAX];
    const struct dependency *through; /* the first that brings the verdict, when the statement itself does not */
};

#define VERDICT_WORK_MIN 65536
/* `work` is the caller's, at least VERDICT_WORK_MIN bytes; *ret borrows from it, from the file and from
 * the trust file. `trust` may be NULL: then at best untrusted. `file` is the binary form. */
void verdict_of(struct span file, const struct trust *trust, const struct question *q, struct out work,
                struct judgement *ret);

#endif
