/* One running log: what its parts share. The loop's thread owns all of it; the writer (writer.h) owns the
 * store's writing side. submit.c takes statements in, publish.c makes checkpoints public, routes.c sends reads to
 * those who answer them, prove.c and pages.c make proofs from one snapshot.c each, answer.c words replies. */
#ifndef CAIRN_NODE_H
#define CAIRN_NODE_H

#include "log/statement/rules.h"
#include "server/net/http.h"
#include "server/net/outgoing.h"
#include "server/node/config.h"
#include "server/node/pending.h"
#include "server/node/turns.h"
#include "server/node/writer.h"

#define BATCH_MAX 1024
#define GROUP_MAX 8192
#define SCRATCH_BYTES (2U << 20)
/* The largest bundle there can be: 256 items of 65,535 bytes and their lengths. */
#define BUNDLE_MAX (256 * 65537)

/* A checkpoint as it is served. size 0 = none yet. */
struct published {
    struct signers by;
    uint64_t size;
    struct hash root;
    size_t note_len;
    uint8_t note[CHECKPOINT_NOTE_MAX];
    struct signature receipts;
    uint64_t at_ms; /* when, for people */
};

/* Where the newest checkpoint is on its way to readers. At most one is under way. */
enum phase { PHASE_OPEN, PHASE_SEALING, PHASE_COSIGNING, PHASE_STORING, PHASE_DERIVING };

struct witness_state {
    struct node *node;
    int member; /* of config.policy */
    char url[POLICY_URL_MAX + 32];
    bool asked, cosigned, size_known;
    uint64_t size;                  /* what it saw last, as far as is known */
    uint64_t asked_size, asked_for; /* of the request under way: old, and new */
    unsigned failures, corrections;
    uint64_t retry_ms; /* not before this moment of the loop's clock */
    uint64_t time;     /* of the cosignature in `line` */
    size_t line_len;
    uint8_t line[512];
    unsigned latency_ms;
    uint64_t cosigned_at_ms;
    char trouble[96];
};

struct node {
    uv_loop_t *loop;
    struct config config;
    struct log_keys keys;
    struct store *store;
    struct writer *writer;
    struct outgoing *outgoing;
    struct http_server *http;
    uint16_t port;
    char dir[1024];

    enum err halted; /* ERR_ROLLED_BACK, ERR_FORKED: reads only; ERR_OK otherwise */
    char halted_why[200];
    bool accepting; /* the witnesses have been asked what they know */
    bool closing, derived_marked;
    enum err failing; /* why the newest step of publication has to be tried again; ERR_OK otherwise */

    uint64_t size;                   /* durable statements */
    uint64_t sealed;                 /* with the newest durable seal */
    struct published newest, served; /* checkpoint; and the one that the derived environment answers under */

    /* submit.c */
    struct turns *turns;
    struct job append;
    struct submission *batch[BATCH_MAX];
    bool appending;
    struct pending *pending;
    struct waiter *waiting; /* acknowledged, their receipt still to come */

    /* publish.c */
    enum phase phase;
    struct job step;
    uv_timer_t tick;
    uint64_t cut_ms, phase_ms, quorum_ms, refreshed_ms, retry_ms;
    size_t witness_count;
    struct witness_state witness[POLICY_MEMBERS_MAX];

    /* the reads, prove.c */
    uint8_t *scratch, *scratch2, *bundle; /* SCRATCH_BYTES each; the largest bundle */
    struct rules_payload *rules;
    struct {
        uint64_t accepted, refused, published;
    } counted;
};

/* ---- node.c ---- */
/* Prints one line on stderr, with the time. */
void node_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Stops writing for good: reads go on. Says so, once, and answers whoever waits. */
void node_halt(struct node *n, enum err why, const char *detail);
/* A proof did not fit what it should prove: says so once, and leaves the mark that makes the next start
 * build the derived environment anew. */
void node_derived_damaged(struct node *n);

/* ---- submit.c ---- */
void submit_post(struct node *n, struct http_exchange *x);
/* Sends what is queued to the writer, when it is idle. */
void submit_pump(struct node *n);
/* Answers those whose statements are published, and those whose time is up. */
void submit_settle(struct node *n);
/* Answers all who wait with `why`. */
void submit_fail_all(struct node *n, enum err why);

/* ---- publish.c ---- */
void publish_start(struct node *n);
/* Does whatever is due: called after each completion and by the timer. */
void publish_drive(struct node *n);
void publish_stop(struct node *n);
bool publish_stalled(const struct node *n);

/* ---- routes.c ---- */
http_handler routes_handle;

#endif
