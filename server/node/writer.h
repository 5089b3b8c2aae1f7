/* The writer thread: the only one that changes the store. Jobs go in on the loop, are done one after
 * another, and come back on the loop. Each job's comment in writer.c says what a crash leaves. */
#ifndef CAIRN_WRITER_H
#define CAIRN_WRITER_H

#include <uv.h>

#include "log/admit/admit.h"
#include "log/note/checkpoint.h"
#include "log/store/store.h"
#include "server/node/own_keys.h"

/* One statement on its way in. The writer fills in what lies below the line. */
struct submission {
    uint8_t *bytes; /* owned; `statement` borrows from it */
    struct statement statement;
    void *waiter; /* the loop's business, and so is its turn (turns.h): */
    struct submission *before, *after;
    struct issuer_queue *queue; /* NULL: in none */
    /* ---- */
    enum err err;
    struct refusal why;
    bool already; /* the same bytes are in the log since earlier */
    uint64_t position;
};

/* A signed checkpoint and the signature of all its receipts, and whose they are. */
struct signed_checkpoint {
    struct signers by;
    uint64_t size;
    struct hash root;
    size_t note_len;
    uint8_t note[CHECKPOINT_NOTE_MAX];
    struct signature receipts;
};

struct writer_setup {
    const char *dir;
    struct span origin;
    const struct log_keys *keys; /* as they are now; and the same read again, or NULL: */
    enum err (*keys_read)(const char *dir, struct span origin, struct log_keys *ret, char why[200]);
    size_t pending_max;
    void (*tell)(const char *what, uint64_t done, uint64_t all); /* progress of recovery; may be NULL */
};

enum job_kind { JOB_APPEND, JOB_SEAL, JOB_SIGN, JOB_PUBLISH, JOB_DERIVE };
struct job {
    enum job_kind kind;
    void (*done)(void *ctx, struct job *job); /* on the loop; the job is the owner's again */
    void *ctx;
    enum err err;
    /* APPEND */
    struct submission **submission;
    size_t count;
    uint64_t size;   /* of the log afterwards */
    uint64_t sealed; /* SEAL, SIGN: the size with the newest durable seal, whatever became of the rest */
    /* SEAL, SIGN: out. PUBLISH: in. */
    struct signed_checkpoint checkpoint;
    struct job *next;
};

struct writer;
/* Recovers: after it the derived environment covers what is published and the overlay the rest.
 * ERR_ROLLED_BACK or ERR_FORKED when `last-signed` knows more than the store, or other things: then the
 * writer is open all the same, for reading; jobs are refused with that error. */
enum err writer_open(uv_loop_t *loop, struct store *store, const struct writer_setup *setup,
                     struct writer **ret) MUST_USE;
/* How many statements may be accepted and not yet published. */
size_t writer_room(const struct writer *w);
/* Who signs when the log has `at` statements. Until the first job is submitted; borrows the writer's keys, which are
 * in the order in which they were given. ERR_KEY_NOT_HELD, and why. */
enum err writer_signing(struct writer *w, uint64_t at, struct signing *ret, struct refusal *why) MUST_USE;
void writer_submit(struct writer *w, struct job *job);
/* Finishes what is queued and ends the thread; no job may be submitted after it. */
void writer_close(struct writer *w, void (*closed)(void *ctx), void *ctx);

#endif
