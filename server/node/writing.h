/* What the jobs of the writer thread share, and what they do for each other. Private to the writer's files. */
#ifndef CAIRN_WRITING_H
#define CAIRN_WRITING_H

#include "log/admit/memo.h"
#include "server/node/overlay.h"
#include "server/node/writer.h"

struct writing {
    struct writer_setup setup;
    struct store *store;
    struct log_keys keys; /* read again when the log's own keys change; what signs stays */
    struct overlay *overlay;
    struct memo memo;              /* what admission found at the overlay's end */
    struct derived_write *folding; /* open from the seal until JOB_DERIVE, or NULL */
    uint64_t folded;               /* statements that `folding` covers */
    enum err refuse;               /* what every job is answered with, unless ERR_OK */
};

/* ---- folding.c: the index, up to a position ---- */

/* A statement that was accepted once, and its index keys. ERR_DAMAGED when it is none. */
enum err accepted_read(struct span bytes, struct statement *ret, struct index_keys *ret_keys) MUST_USE;
/* Opens the fold if it is not open, and brings it to `end`. On failure it is closed again. */
enum err fold_to(struct writing *w, const struct log_view *view, uint64_t end) MUST_USE;
enum err fold_commit(struct writing *w) MUST_USE;
void fold_abort(struct writing *w);
/* Whether the root of what was folded is the one that the seal at `position` names. */
enum err seal_agrees(const struct log_view *view, uint64_t position, const struct derived_head *head) MUST_USE;
enum err do_derive(struct writing *w, struct job *job) MUST_USE;

/* ---- sealing.c: seals, checkpoints, and what was signed last ---- */

/* Whether this store may be older than, or other than, what its keys have signed. */
enum err last_signed_check(const struct writing *w, const struct log_view *view, const struct log_head *head) MUST_USE;
enum err do_seal(struct writing *w, struct job *job) MUST_USE;
enum err do_sign(struct writing *w, struct job *job) MUST_USE;

/* Whether the index leads to the list of the log's own statements that is under the published seal: who signs rests
 * on it. ERR_DAMAGED. */
enum err own_list_agrees(const struct writing *w, const struct log_view *view) MUST_USE;
/* Who signs when the log has `at` statements. */
enum err signing_now(const struct writing *w, const struct log_view *view, uint64_t at, struct signing *ret,
                     struct refusal *why) MUST_USE;

/* ---- recovery.c ---- */

/* Brings the derived environment to what is published and the overlay to the rest. w->refuse says afterwards whether
 * anything may be written. */
enum err recover(struct writing *w) MUST_USE;

#endif
