/* cairn-load: statements in numbers against a log that runs, and a check of what became of them. A tool of
 * the tests; it knows the formats and HTTP, and nothing of how a log is kept. */
#ifndef CAIRN_TOOLS_LOAD_H
#define CAIRN_TOOLS_LOAD_H

#include <curl/curl.h>
#include <stdio.h>

#include "log/note/checkpoint.h"
#include "log/statement/receipt.h"
#include "log/statement/statement.h"

/* 0 as wanted, 1 not, 2 usage, 3 the log went away. */
enum { LOAD_YES, LOAD_NO, LOAD_USAGE, LOAD_GONE };

/* ---- load_web.c: one connection, kept open ---- */
struct web {
    CURL *curl;
    struct curl_slist *plain, *waiting; /* headers of a POST; with Prefer: wait */
    char base[256];
    /* the last answer */
    unsigned status;
    bool has_position, already;
    uint64_t position;
    char reason[64];
    uint8_t *body; /* NUL behind the end */
    size_t len;
};
void web_open(struct web *w, const char *url, unsigned wait_s);
void web_close(struct web *w);
/* False when there was no whole answer: whether a POST had an effect is then unknown. */
bool web_get(struct web *w, const char *path);
bool web_post(struct web *w, struct span statement, bool wait);
/* GET /checkpoint, signed by the key. The origin borrows the answer. */
bool web_checkpoint(struct web *w, const struct vkey *key, struct checkpoint *ret);
/* Says what was asked and answered, on stderr; gives LOAD_NO or LOAD_GONE. */
int web_fail(const struct web *w, const char *what);

/* ---- load_ground.c: what setup made and the others use ---- */
#define ISSUERS_MAX 64
struct ground {
    struct vkey vkey; /* its name is the origin */
    size_t count;
    struct ground_issuer {
        uint8_t seed[32];
        struct secret_key secret;
        uint8_t iss[CKT_URN_LEN];
        struct hash schema;
    } issuer[ISSUERS_MAX];
};
struct span ground_iss(const struct ground_issuer *i);
int ground_setup(const char *url, const char *operator_key, const char *dir, size_t count);
/* Says what is wrong. */
bool ground_read(const char *dir, struct ground *ret);
/* An attestation about `sub` under the issuer's schema, one without a schema, and a revocation of one. Append
 * to *o. */
void ground_attest(const struct ground *g, size_t issuer, struct span sub, struct out *o);
void ground_attest_bytes(const struct ground *g, size_t issuer, struct span sub, struct span payload, struct out *o);
void ground_revoke(const struct ground *g, size_t issuer, struct span sub, const struct hash *target, struct out *o);
/* "s-…", never the same twice. */
struct span subject_new(char room[64]);

/* ---- modes ---- */
struct run_options {
    const char *url, *journal;
    unsigned clients, seconds, watch_ms;
    unsigned wait_every; /* each so-manyth statement of a client asks to wait for its receipt; 0: none does */
    size_t payload;      /* bytes of attestations without a schema; 0: claims under the issuer's schema */
    uint64_t count;      /* acknowledgements in all; 0: no limit */
};
int load_run(const struct ground *g, const struct run_options *options);
int load_grow(const struct ground *g, const char *url, uint64_t size, unsigned clients);
/* Three checks: SEEN is of checkpoints and receipts alone, against what the log publishes at this moment. ALL sends
 * what got no answer once more, waits until everything is published, and looks at every statement too. WHOLE reads
 * the tree besides: its entries give its root, and none stands twice. */
enum load_depth { CHECK_SEEN, CHECK_ALL, CHECK_WHOLE };
int load_check(const char *url, const char *journal, enum load_depth depth, unsigned patience_s);

/* ---- the journal: one line each ----
 *   s POSITION ID            acknowledged
 *   u STATEMENT              sent, and no answer came; hexadecimal
 *   c SIZE ROOT              a checkpoint that was served
 *   r POSITION ID RECEIPT    as 201 brought it; hexadecimal */
#define JOURNAL_MAX (256U << 20)
#define JOURNAL_LINE_MAX (2 * STATEMENT_SIZE_MAX + 256)

#endif
