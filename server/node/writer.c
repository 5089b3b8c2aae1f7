/* See writer.h. */
#include "server/node/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log/statement/receipt.h"
#include "log/statement/rules.h"
#include "server/node/overlay.h"
#include "server/shell/files.h"

/* Keys folded into the derived environment in one transaction while it is rebuilt. */
#define REBUILD_STATEMENTS 4096

struct writer {
    struct writer_setup setup;
    struct store *store;
    struct overlay *overlay;
    struct memo memo;              /* what admission found at the overlay's end */
    struct derived_write *folding; /* open from the seal until JOB_DERIVE, or NULL */
    uint64_t folded;               /* statements that `folding` covers */
    enum err refuse;               /* what every job is answered with, unless ERR_OK */

    uv_thread_t thread;
    uv_mutex_t lock;
    uv_cond_t wake;
    uv_async_t async;
    struct job *todo, **todo_end; /* under lock */
    struct job *done, **done_end; /* under lock */
    bool closing;                 /* under lock */
    void (*closed)(void *ctx);
    void *closed_ctx;
};

static uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- what was signed last ---- */

static enum err last_signed_write(const struct writer *w, const struct signed_checkpoint *c)
{
    uint8_t text[512];
    struct out o = out_over(text, sizeof(text));

    checkpoint_encode(&(struct checkpoint){w->setup.origin, c->size, c->root}, &o);
    TRY(out_check(&o));
    return file_write_durable(w->setup.dir, "last-signed", out_span(&o), 0600);
}

/* ERR_NOT_FOUND when there is none. */
static enum err last_signed_read(const struct writer *w, uint8_t text[512], struct checkpoint *ret)
{
    char path[4096];
    ssize_t n;
    int fd;

    if (snprintf(path, sizeof(path), "%s/last-signed", w->setup.dir) >= (int)sizeof(path)) return ERR_NO_ROOM;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    n = read(fd, text, 512);
    close(fd);
    if (n < 0) return ERR_IO;
    return checkpoint_decode(span_of(text, (size_t)n), ret);
}

/* Whether this store may be older than, or other than, what its keys have signed. */
static enum err last_signed_check(const struct writer *w, const struct log_view *view, const struct log_head *head)
{
    uint8_t text[512];
    struct checkpoint last;
    struct tree_reader reader = log_reader(view);
    struct hash root;
    enum err e = last_signed_read(w, text, &last);

    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    if (!span_equal(last.origin, w->setup.origin)) return ERR_FORKED;
    if (last.size > head->size) return ERR_ROLLED_BACK;
    if (last.size == 0) return ERR_OK;
    TRY(tree_range_root(&reader, 0, last.size, &root));
    return hash_equal(&root, &last.root) ? ERR_OK : ERR_FORKED;
}

/* ---- the fold into the derived environment ---- */

/* What the overlay holds need not be read again; and what was read is what was accepted, whatever a disk says now.
 * The rest is held against the seal once it is folded. */
static enum err fold_one(const struct writer *w, const struct log_view *view, uint64_t position)
{
    struct span bytes;
    struct statement s;
    struct index_keys keys;
    struct hash id;

    if (w->overlay == NULL || !overlay_statement(w->overlay, position, &bytes, &id))
        TRY(log_statement(view, position, &bytes));
    if (statement_decode(bytes, &s) != ERR_OK) return ERR_DAMAGED;
    if (index_derive(&s, RULES_VERSION, &keys) != ERR_OK) return ERR_DAMAGED;
    return derived_fold(w->folding, position, &s.id, keys.key, keys.count);
}

static enum err fold_range(const struct writer *w, const struct log_view *view, uint64_t from, uint64_t end)
{
    for (uint64_t p = from; p < end; p++) TRY(fold_one(w, view, p));
    return ERR_OK;
}

static void fold_abort(struct writer *w)
{
    if (w->folding != NULL) derived_write_abort(w->folding);
    w->folding = NULL;
}

/* Opens the fold if it is not open, and brings it to `end`. On failure it is closed again. */
static enum err fold_to(struct writer *w, const struct log_view *view, uint64_t end)
{
    struct derived_head head;
    enum err e = ERR_OK;

    if (w->folding == NULL) {
        TRY(derived_write_open(w->store, &w->folding));
        e = derived_write_head(w->folding, &head);
        w->folded = e == ERR_OK ? head.covers : 0;
    }
    if (e == ERR_OK) e = fold_range(w, view, w->folded, end);
    if (e == ERR_OK) e = derived_write_head(w->folding, &head); /* what is wrong shows here at the latest */
    if (e != ERR_OK)
        fold_abort(w);
    else
        w->folded = end;
    return e;
}

/* Whether the root of what was folded is the one that the seal at `position` names. */
static enum err seal_agrees(const struct log_view *view, uint64_t position, const struct derived_head *head)
{
    struct span bytes;
    struct statement s;
    struct seal_payload seal;

    TRY(log_statement(view, position, &bytes));
    if (statement_decode(bytes, &s) != ERR_OK || s.kind != KIND_SEAL) return ERR_DAMAGED;
    if (seal_decode(s.cose.payload, &seal) != ERR_OK) return ERR_DAMAGED;
    return hash_equal(&seal.root, &head->root) && seal.keys == head->keys ? ERR_OK : ERR_DAMAGED;
}

/* ---- recovery: the derived environment up to what is published, the overlay for the rest ---- */

static enum err rebuild_step(struct writer *w, const struct log_view *view, uint64_t end, uint64_t *covers)
{
    uint64_t to = end - *covers > REBUILD_STATEMENTS ? *covers + REBUILD_STATEMENTS : end;
    struct derived_write *write = NULL;

    TRY(fold_to(w, view, to));
    write = w->folding;
    w->folding = NULL;
    TRY(derived_write_commit(write));
    *covers = to;
    return ERR_OK;
}

static enum err derived_now(struct writer *w, struct derived_head *ret)
{
    struct derived_view *view __attribute__((cleanup(derived_view_cleanup))) = NULL;

    TRY(derived_view_open(w->store, &view));
    return derived_head(view, ret);
}

/* Brings the derived environment to exactly `end`, and checks it against the seal there. */
static enum err derived_bring(struct writer *w, const struct log_view *view, uint64_t end)
{
    struct derived_head head;

    TRY(derived_now(w, &head));
    if (head.covers > end) return ERR_DAMAGED;
    for (uint64_t covers = head.covers; covers < end;) {
        TRY(rebuild_step(w, view, end, &covers));
        if (w->setup.tell != NULL) w->setup.tell("reading the log into the index", covers, end);
    }
    TRY(derived_now(w, &head));
    return end == 0 ? ERR_OK : seal_agrees(view, end - 1, &head);
}

/* More may wait than the setting allows today: it was accepted, so there is room for it. */
static enum err overlay_make(struct writer *w, const struct log_view *view, uint64_t from, uint64_t to)
{
    struct index_keys keys;
    size_t bytes_len = 0, key_count = 0;

    for (uint64_t p = from; p < to; p++) {
        struct span bytes;
        struct statement s;

        TRY(log_statement(view, p, &bytes));
        if (statement_decode(bytes, &s) != ERR_OK || index_derive(&s, RULES_VERSION, &keys) != ERR_OK)
            return ERR_DAMAGED;
        bytes_len += bytes.len;
        key_count += keys.count;
    }
    w->overlay = overlay_new(w->setup.pending_max + overlay_average((size_t)(to - from), bytes_len, key_count));
    return ERR_OK;
}

static enum err overlay_fill(struct writer *w, const struct log_view *view, uint64_t from, uint64_t to)
{
    struct index_keys keys;

    overlay_reset(w->overlay, from);
    for (uint64_t p = from; p < to; p++) {
        struct span bytes;
        struct statement s;

        TRY(log_statement(view, p, &bytes));
        if (statement_decode(bytes, &s) != ERR_OK || index_derive(&s, RULES_VERSION, &keys) != ERR_OK)
            return ERR_DAMAGED;
        TRY(overlay_restore(w->overlay, &s, keys.key, keys.count));
    }
    return ERR_OK;
}

static enum err recover(struct writer *w)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct log_head head;
    enum err e;

    TRY(log_view_open(w->store, &view));
    TRY(log_head(view, &head));
    e = derived_bring(w, view, head.published);
    if (e == ERR_DAMAGED || e == ERR_UNCERTAIN || e == ERR_IO) {
        /* It does not fit the log, which alone counts, or cannot be written: made again, once. */
        TRY(derived_reset(w->store));
        e = derived_bring(w, view, head.published);
    }
    TRY(e);
    TRY(overlay_make(w, view, head.published, head.size));
    TRY(overlay_fill(w, view, head.published, head.size));
    w->refuse = last_signed_check(w, view, &head);
    return ERR_OK;
}

/* ---- APPEND ---- */

/* What one batch needs; views are closed when it ends. */
struct batch {
    struct overlay_lookup over;
    struct lookup lookup;
    struct log_write *write;
    struct admit_at at;
};

/* The rules let the log's own keys change; a process that goes on signing with those it was started with does not. */
static enum err own_keys_stay(const struct writer *w, struct submission *s)
{
    if (s->statement.kind != KIND_ISSUER || !span_equal(s->statement.iss, w->setup.origin)) return ERR_OK;
    snprintf(s->why.found, sizeof(s->why.found), "a change of the log's own keys");
    return ERR_NOT_BUILT;
}

static enum err file(struct writer *w, struct submission *s, const struct index_keys *keys)
{
    enum err e = overlay_add(w->overlay, &s->statement, keys->key, keys->count);

    if (e == ERR_ISSUER_FULL)
        snprintf(s->why.found, sizeof(s->why.found), "as many that wait as there is room for those of others");
    return e;
}

static enum err append_one(struct writer *w, struct batch *b, struct submission *s)
{
    struct index_keys keys;
    enum err e = b->lookup.find(b->lookup.ctx, &s->statement.id, &s->position);

    if (e == ERR_OK) s->already = true;
    if (e != ERR_NOT_FOUND) return e;
    b->at.position = overlay_end(w->overlay);
    TRY(own_keys_stay(w, s));
    TRY(admit(&b->lookup, &b->at, &s->statement, &s->why));
    TRY(index_derive(&s->statement, RULES_VERSION, &keys));
    TRY(file(w, s, &keys));
    memo_admitted(&w->memo, &s->statement);
    s->position = b->at.position;
    return log_append(b->write, s->statement.bytes, &s->statement.id);
}

static bool is_disk(enum err e)
{
    return err_class(e) == CLASS_OURS || err_class(e) == CLASS_UNKNOWN;
}

/* A failure of this machine ends the batch; a refusal only its statement. */
static enum err append_all(struct writer *w, struct batch *b, struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        struct submission *s = job->submission[i];

        s->already = false;
        s->err = append_one(w, b, s);
        if (is_disk(s->err)) return s->err;
    }
    return ERR_OK;
}

static enum err append_in(struct writer *w, struct job *job, const struct log_view *view,
                          const struct derived_view *derived)
{
    struct batch b = {.over = {w->overlay, view, derived}};
    struct log_head head;
    uint64_t before = overlay_end(w->overlay);
    enum err e;

    TRY(log_head(view, &head));
    ASSERT(head.size == before);
    b.lookup = overlay_lookup(&b.over);
    b.at = (struct admit_at){.origin = w->setup.origin, .now_ms = clock_ms(), .memo = &w->memo};
    /* Time never runs back within a log: a group begins no earlier than the last one ended. */
    if (b.at.now_ms < head.seal_to_ms) b.at.now_ms = head.seal_to_ms;
    b.at.from_ms = head.from_ms != 0 ? head.from_ms : b.at.now_ms;
    TRY(log_write_open(w->store, &b.write));
    e = append_all(w, &b, job);
    if (e == ERR_OK && head.from_ms == 0 && overlay_end(w->overlay) > before) e = log_set_from(b.write, b.at.from_ms);
    if (e != ERR_OK || overlay_end(w->overlay) == before) {
        log_write_abort(b.write);
        return e;
    }
    return log_write_commit(b.write);
}

/* A crash before the commit loses what nobody was told of; after it, all of it is there on restart. */
static enum err do_append(struct writer *w, struct job *job)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct derived_view *derived __attribute__((cleanup(derived_view_cleanup))) = NULL;
    uint64_t before = overlay_end(w->overlay);
    enum err e = log_view_open(w->store, &view);

    if (e == ERR_OK) e = derived_view_open(w->store, &derived);
    if (e == ERR_OK) e = append_in(w, job, view, derived);
    if (e != ERR_OK) {
        overlay_drop_from(w->overlay, before);
        memo_forget(&w->memo);
    }
    job->size = overlay_end(w->overlay);
    return e;
}

/* ---- SEAL and SIGN ---- */

static enum err seal_make(struct writer *w, const struct log_head *log, const struct derived_head *index,
                          uint64_t to_ms, struct out *o)
{
    uint8_t payload[256];
    struct out p = out_over(payload, sizeof(payload));
    struct seal_payload seal = {.covers = log->size,
                                .root = index->root,
                                .keys = index->keys,
                                .from_ms = log->from_ms,
                                .to_ms = to_ms,
                                .has_previous = log->sealed > 0,
                                .previous = log->sealed > 0 ? log->sealed - 1 : 0};
    struct draft draft = {.kind = KIND_SEAL, .iss = w->setup.origin, .sub = w->setup.origin, .home = w->setup.origin};

    seal_encode(&seal, &p);
    TRY(out_check(&p));
    draft.payload = out_span(&p);
    return statement_make(&draft, &w->setup.keys->seal, o);
}

/* The checkpoint at `size`, signed. What will have been signed is durable before the signature exists
 * anywhere but here. */
static enum err sign_checkpoint(const struct writer *w, struct signed_checkpoint *c)
{
    const struct log_keys *keys = w->setup.keys;
    uint8_t text[512];
    struct out body = out_over(text, sizeof(text)), note = out_over(c->note, sizeof(c->note));

    TRY(last_signed_write(w, c));
    checkpoint_encode(&(struct checkpoint){w->setup.origin, c->size, c->root}, &body);
    TRY(out_check(&body));
    out_bytes(&note, out_span(&body));
    out_byte(&note, '\n');
    note_sign(&note, out_span(&body), &keys->vkey, &keys->checkpoint);
    TRY(out_check(&note));
    c->note_len = note.len;
    return receipt_sign(w->setup.origin, &c->root, &keys->seal, &c->receipts);
}

static enum err seal_append(struct writer *w, struct span bytes, const struct hash *id, uint64_t to_ms,
                            struct signed_checkpoint *c)
{
    struct log_write *write;
    enum err e;

    TRY(log_write_open(w->store, &write));
    e = log_append(write, bytes, id);
    if (e == ERR_OK) e = log_set_sealed(write, to_ms);
    if (e != ERR_OK) {
        log_write_abort(write);
        return e;
    }
    c->size = log_write_size(write);
    c->root = log_write_root(write);
    return log_write_commit(write);
}

/* Whoever replays the group holds its issue dates against `to`: when the clock was set back in between, it is still
 * not before what admission went by. */
static uint64_t replayed_from(const struct writer *w, uint64_t to_ms)
{
    uint64_t iat = overlay_iat_max(w->overlay), least = iat > ISSUED_AHEAD_MAX_S ? iat - ISSUED_AHEAD_MAX_S : 0;

    return to_ms / 1000 < least ? least * 1000 : to_ms;
}

static enum err seal_in(struct writer *w, const struct log_view *view, struct signed_checkpoint *c)
{
    uint8_t bytes[2048];
    struct out o = out_over(bytes, sizeof(bytes));
    struct log_head log;
    struct derived_head index;
    struct statement s;
    uint64_t to_ms = clock_ms();
    enum err e;

    TRY(log_head(view, &log));
    TRY(fold_to(w, view, log.size));
    TRY(derived_write_head(w->folding, &index));
    if (to_ms < log.seal_to_ms) to_ms = log.seal_to_ms;
    if (log.from_ms == 0) log.from_ms = to_ms;
    if (to_ms < log.from_ms) to_ms = log.from_ms;
    to_ms = replayed_from(w, to_ms);
    TRY(seal_make(w, &log, &index, to_ms, &o));
    TRY(statement_decode(out_span(&o), &s));
    TRY(overlay_add(w->overlay, &s, NULL, 0));
    e = seal_append(w, s.bytes, &s.id, to_ms, c);
    if (e != ERR_OK) overlay_drop_from(w->overlay, log.size);
    return e;
}

static enum err sign_newest(struct writer *w, const struct log_view *view, const struct log_head *head,
                            struct signed_checkpoint *c)
{
    struct tree_reader reader = log_reader(view);

    if (head->sealed == 0) return ERR_NOT_FOUND;
    c->size = head->sealed;
    TRY(tree_range_root(&reader, 0, head->sealed, &c->root));
    return sign_checkpoint(w, c);
}

/* A crash before the commit leaves the group open; after it, a sealed group that recovery signs again:
 * the same bytes, since the signature is a function of them. So does a signature that failed: no second seal
 * while the first one waits. */
static enum err do_seal(struct writer *w, struct job *job)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct log_head head;
    enum err e;

    TRY(log_view_open(w->store, &view));
    TRY(log_head(view, &head));
    if (head.sealed > head.published) return sign_newest(w, view, &head, &job->checkpoint);
    e = seal_in(w, view, &job->checkpoint);
    if (e != ERR_OK) {
        fold_abort(w);
        return e;
    }
    job->sealed = job->checkpoint.size;
    return sign_checkpoint(w, &job->checkpoint);
}

/* The newest seal's checkpoint once more: after a restart, or when the log is idle. */
static enum err do_sign(struct writer *w, struct job *job)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct log_head head;

    TRY(log_view_open(w->store, &view));
    TRY(log_head(view, &head));
    return sign_newest(w, view, &head, &job->checkpoint);
}

/* ---- PUBLISH and DERIVE ---- */

/* A crash before the commit: the witnesses have seen what readers have not; recovery asks them again for
 * the same checkpoint. After it: published, and the derived environment is brought up on restart. */
static enum err do_publish(struct writer *w, struct job *job)
{
    const struct signed_checkpoint *c = &job->checkpoint;
    struct log_write *write;
    enum err e;

    TRY(log_write_open(w->store, &write));
    e = log_set_published(write, c->size, span_of(c->note, c->note_len), &c->receipts);
    if (e != ERR_OK) {
        log_write_abort(write);
        return e;
    }
    return log_write_commit(write);
}

static enum err do_derive(struct writer *w, struct job *job)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct derived_write *write;
    struct derived_head head;
    enum err e;

    if (job->checkpoint.size == overlay_base(w->overlay)) return ERR_OK; /* the same checkpoint, asked for again */
    TRY(log_view_open(w->store, &view));
    TRY(fold_to(w, view, job->checkpoint.size));
    e = derived_write_head(w->folding, &head);
    if (e == ERR_OK) e = seal_agrees(view, job->checkpoint.size - 1, &head);
    if (e != ERR_OK) {
        fold_abort(w);
        return e;
    }
    write = w->folding;
    w->folding = NULL;
    TRY(derived_write_commit(write));
    overlay_drop_below(w->overlay, job->checkpoint.size);
    return ERR_OK;
}

/* ---- the thread ---- */

static enum err (*const perform[])(struct writer *w, struct job *job) = {
    [JOB_APPEND] = do_append,   [JOB_SEAL] = do_seal,     [JOB_SIGN] = do_sign,
    [JOB_PUBLISH] = do_publish, [JOB_DERIVE] = do_derive,
};

static struct job *next_job(struct writer *w)
{
    struct job *job;

    uv_mutex_lock(&w->lock);
    while (w->todo == NULL && !w->closing) uv_cond_wait(&w->wake, &w->lock);
    job = w->todo;
    if (job != NULL) {
        w->todo = job->next;
        if (w->todo == NULL) w->todo_end = &w->todo;
    }
    uv_mutex_unlock(&w->lock);
    return job;
}

static void run(void *arg)
{
    struct writer *w = arg;
    struct job *job;

    while ((job = next_job(w)) != NULL) {
        job->err = w->refuse != ERR_OK ? w->refuse : perform[job->kind](w, job);
        /* Whether it is on disk is not known: nothing more is done, and the loop stops the process. */
        if (job->err == ERR_UNCERTAIN) w->refuse = ERR_UNCERTAIN;
        job->next = NULL;
        uv_mutex_lock(&w->lock);
        *w->done_end = job;
        w->done_end = &job->next;
        uv_mutex_unlock(&w->lock);
        uv_async_send(&w->async);
    }
    /* A write transaction ends on the thread that began it. */
    fold_abort(w);
}

static void deliver(uv_async_t *async)
{
    struct writer *w = async->data;
    struct job *job;

    uv_mutex_lock(&w->lock);
    job = w->done;
    w->done = NULL;
    w->done_end = &w->done;
    uv_mutex_unlock(&w->lock);
    while (job != NULL) {
        struct job *next = job->next;

        job->done(job->ctx, job);
        job = next;
    }
}

enum err writer_open(uv_loop_t *loop, struct store *store, const struct writer_setup *setup, struct writer **ret)
{
    struct writer *w = calloc(1, sizeof(*w));
    enum err e;

    if (w == NULL) return ERR_NO_MEMORY;
    w->setup = *setup;
    w->store = store;
    w->todo_end = &w->todo;
    w->done_end = &w->done;
    e = recover(w);
    if (e != ERR_OK) {
        overlay_free(w->overlay);
        free(w);
        return e;
    }
    uv_mutex_init(&w->lock);
    uv_cond_init(&w->wake);
    uv_async_init(loop, &w->async, deliver);
    w->async.data = w;
    if (uv_thread_create(&w->thread, run, w) != 0) abort();
    *ret = w;
    return w->refuse;
}

size_t writer_room(const struct writer *w)
{
    return overlay_most(w->overlay);
}

void writer_submit(struct writer *w, struct job *job)
{
    job->next = NULL;
    uv_mutex_lock(&w->lock);
    ASSERT(!w->closing);
    *w->todo_end = job;
    w->todo_end = &job->next;
    uv_cond_signal(&w->wake);
    uv_mutex_unlock(&w->lock);
}

static void on_async_closed(uv_handle_t *handle)
{
    struct writer *w = handle->data;

    uv_mutex_destroy(&w->lock);
    uv_cond_destroy(&w->wake);
    overlay_free(w->overlay);
    w->closed(w->closed_ctx);
    free(w);
}

void writer_close(struct writer *w, void (*closed)(void *ctx), void *ctx)
{
    uv_mutex_lock(&w->lock);
    w->closing = true;
    uv_cond_signal(&w->wake);
    uv_mutex_unlock(&w->lock);
    uv_thread_join(&w->thread);
    deliver(&w->async);
    w->closed = closed;
    w->closed_ctx = ctx;
    uv_close((uv_handle_t *)&w->async, on_async_closed);
}
