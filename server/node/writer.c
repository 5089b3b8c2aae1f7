/* See writer.h: the thread, and the jobs that add statements and make them public. */
#include "server/node/writing.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log/admit/admit.h"
#include "log/statement/issuer.h"
#include "log/statement/rules.h"
#include "server/shell/clock.h"

/* ---- APPEND ---- */

/* What one batch needs; views are closed when it ends. */
struct batch {
    struct overlay_lookup over;
    struct lookup lookup;
    struct log_write *write;
    struct admit_at at;
};

static bool is_disk(enum err e)
{
    return err_class(e) == CLASS_OURS || err_class(e) == CLASS_UNKNOWN;
}

/* Of the keys that are known, those that sign when the log has `at` statements. */
static enum err keys_signing(struct writing *w, struct batch *b, uint64_t at, struct log_keys *ret)
{
    struct refusal ignored;
    struct signing s;

    TRY(signing_at(&w->keys, &b->lookup, w->setup.origin, at, &s, &ignored));
    for (size_t i = 0; i < w->keys.count; i++)
        if (s.use[i] >= KEY_BESIDE) TRY(log_keys_take(ret, &w->keys.key[i]));
    return ERR_OK;
}

/* Those that sign now, or what is sealed and not signed yet, whatever became of their files; and what lies in the
 * folder, where keys were made since the start. */
static enum err keys_read_again(struct writing *w, struct batch *b, struct log_keys *ret, char why[200])
{
    struct log_keys files = {.count = 0};
    struct log_head head;
    enum err e;

    TRY(log_head(b->over.log, &head));
    TRY(keys_signing(w, b, b->at.position, ret));
    if (head.sealed > 0) TRY(keys_signing(w, b, head.sealed, ret));
    e = w->setup.keys_read(w->setup.dir, w->setup.origin, &files, why);
    for (size_t i = 0; i < files.count && e == ERR_OK; i++) e = log_keys_take(ret, &files.key[i]);
    secret_wipe(&files, sizeof(files));
    return e;
}

static enum err own_keys_read(struct writing *w, struct batch *b, struct refusal *why)
{
    struct log_keys now = {.count = 0};
    char found[200] = "";
    enum err e;

    if (w->setup.keys_read == NULL) return ERR_OK;
    e = keys_read_again(w, b, &now, found);
    if (e == ERR_OK) w->keys = now;
    secret_wipe(&now, sizeof(now));
    if (e == ERR_OK || is_disk(e)) return e;
    snprintf(why->found, sizeof(why->found), "key files that cannot be read: %s %.100s", err_reason(e), found);
    return ERR_KEY_NOT_HELD;
}

/* The rules let the log's own keys change as they like; a server that could not sign any more would be the end. After
 * admission. */
static enum err own_keys_left(struct writing *w, struct batch *b, struct submission *s)
{
    struct issuer_payload p;

    if (s->statement.kind != KIND_ISSUER || !span_equal(s->statement.iss, w->setup.origin)) return ERR_OK;
    TRY(own_keys_read(w, b, &s->why));
    TRY(issuer_read(s->statement.cose.payload, &p));
    return log_keys_suffice(&w->keys, &p, &s->why);
}

static enum err file(struct writing *w, struct submission *s, const struct index_keys *keys)
{
    enum err e = overlay_add(w->overlay, &s->statement, keys->key, keys->count);

    if (e == ERR_ISSUER_FULL)
        snprintf(s->why.found, sizeof(s->why.found), "as many that wait as there is room for those of others");
    return e;
}

static enum err append_one(struct writing *w, struct batch *b, struct submission *s)
{
    struct index_keys keys;
    enum err e = b->lookup.find(b->lookup.ctx, &s->statement.id, &s->position);

    if (e == ERR_OK) s->already = true;
    if (e != ERR_NOT_FOUND) return e;
    b->at.position = overlay_end(w->overlay);
    TRY(admit(&b->lookup, &b->at, &s->statement, &s->why));
    TRY(own_keys_left(w, b, s));
    TRY(index_derive(&s->statement, RULES_VERSION, &keys));
    TRY(file(w, s, &keys));
    memo_admitted(&w->memo, &s->statement);
    s->position = b->at.position;
    return log_append(b->write, s->statement.bytes, &s->statement.id);
}

/* A failure of this machine ends the batch; a refusal only its statement. */
static enum err append_all(struct writing *w, struct batch *b, struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        struct submission *s = job->submission[i];

        s->already = false;
        s->err = append_one(w, b, s);
        if (is_disk(s->err)) return s->err;
    }
    return ERR_OK;
}

static enum err append_in(struct writing *w, struct job *job, const struct log_view *view,
                          const struct derived_view *derived)
{
    struct batch b = {.over = {.overlay = w->overlay, .log = view, .derived = derived}};
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
static enum err do_append(struct writing *w, struct job *job)
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

/* ---- PUBLISH ---- */

/* A crash before the commit: the witnesses have seen what readers have not; recovery asks them again for
 * the same checkpoint. After it: published, and the derived environment is brought up on restart. */
static enum err do_publish(struct writing *w, struct job *job)
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

/* ---- the thread ---- */

struct writer {
    struct writing w;

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

static enum err (*const perform[])(struct writing *w, struct job *job) = {
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
        job->err = w->w.refuse != ERR_OK ? w->w.refuse : perform[job->kind](&w->w, job);
        /* Whether it is on disk is not known: nothing more is done, and the loop stops the process. */
        if (job->err == ERR_UNCERTAIN) w->w.refuse = ERR_UNCERTAIN;
        job->next = NULL;
        uv_mutex_lock(&w->lock);
        *w->done_end = job;
        w->done_end = &job->next;
        uv_mutex_unlock(&w->lock);
        uv_async_send(&w->async);
    }
    /* A write transaction ends on the thread that began it. */
    fold_abort(&w->w);
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
    w->w.setup = *setup;
    w->w.keys = *setup->keys;
    w->w.store = store;
    w->todo_end = &w->todo;
    w->done_end = &w->done;
    e = recover(&w->w);
    if (e != ERR_OK) {
        overlay_free(w->w.overlay);
        secret_wipe(&w->w.keys, sizeof(w->w.keys));
        free(w);
        return e;
    }
    uv_mutex_init(&w->lock);
    uv_cond_init(&w->wake);
    uv_async_init(loop, &w->async, deliver);
    w->async.data = w;
    if (uv_thread_create(&w->thread, run, w) != 0) abort();
    *ret = w;
    return w->w.refuse;
}

size_t writer_room(const struct writer *w)
{
    return overlay_most(w->w.overlay);
}

enum err writer_signing(struct writer *w, uint64_t at, struct signing *ret, struct refusal *why)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;

    TRY(log_view_open(w->w.store, &view));
    return signing_now(&w->w, view, at, ret, why);
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
    overlay_free(w->w.overlay);
    secret_wipe(&w->w.keys, sizeof(w->w.keys));
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
