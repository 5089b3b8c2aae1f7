/* See witness.h. */
#include "witness/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "witness/command.h"
#include "witness/keep.h"

/* ---- opening ---- */

static void following_free(struct following *f)
{
    if (f == NULL) return;
    for (size_t i = 0; i < f->count; i++) free(f->log[i].state);
    free(f->text);
    free(f);
}

static struct followed *find(struct following *f, struct span origin)
{
    for (size_t i = 0; i < f->count; i++)
        if (span_equal(f->log[i].origin, origin)) return &f->log[i];
    return NULL;
}

static enum err load_one(struct following *f, const struct witness *w, struct span origin)
{
    struct followed *log = &f->log[f->count];

    *log = (struct followed){.origin = origin, .state = malloc(sizeof(*log->state))};
    if (log->state == NULL) return ERR_NO_MEMORY;
    f->count++;
    TRY(keep_load(w->dir, origin, &w->self.vkey, log->state));
    log->known = true;
    log->refused_kept = log->state->refused;
    return ERR_OK;
}

/* What was durable before may not be gone: then somebody put an old copy in its place. */
static bool goes_back(const struct state *was, const struct state *is)
{
    return was->seen && (!is->seen || is->size < was->size || is->time < was->time);
}

/* Several keys may be trusted for one origin; it has one state all the same. */
static enum err load_all(struct following *f, const struct witness *w, char why[300])
{
    for (size_t i = 0; i < f->settings.logs.log_count; i++) {
        struct span origin = vkey_name(&f->settings.logs.log[i].vkey);
        char name[KEEP_NAME_LEN + 1];
        enum err e;

        if (find(f, origin) != NULL) continue;
        e = load_one(f, w, origin);
        if (e == ERR_OK) continue;
        keep_name(origin, name);
        snprintf(why, 300, "the state of %.*s in logs/%s", (int)(origin.len < 150 ? origin.len : 150),
                 (const char *)origin.ptr, name);
        return e == ERR_NO_FILE ? ERR_INCOMPLETE : e;
    }
    return ERR_OK;
}

static enum err read_settings(const char *dir, struct following **ret, char why[300])
{
    struct following *f = calloc(1, sizeof(*f));
    enum err e;

    if (f == NULL) return ERR_NO_MEMORY;
    e = command_settings(dir, &f->text, &f->settings, why);
    if (e == ERR_OK)
        *ret = f;
    else
        free(f);
    return e;
}

static enum err open_parts(struct witness *w, const char *dir, char why[300])
{
    if (snprintf(w->dir, sizeof(w->dir), "%s", dir) >= (int)sizeof(w->dir)) return ERR_NO_ROOM;
    TRY(read_settings(dir, &w->following, why));
    /* Two processes with one state would each sign what the other must not. */
    TRY(folder_lock(dir, &w->lock));
    TRY(command_key(dir, w->following->settings.name, &w->self, why));
    w->scratch = malloc(sizeof(*w->scratch));
    if (w->scratch == NULL) return ERR_NO_MEMORY;
    return load_all(w->following, w, why);
}

enum err witness_open(const char *dir, struct witness **ret, char ret_why[300])
{
    struct witness *w = calloc(1, sizeof(*w));
    enum err e;

    ret_why[0] = 0;
    if (w == NULL) return ERR_NO_MEMORY;
    w->lock = -1;
    e = open_parts(w, dir, ret_why);
    if (e == ERR_OK)
        *ret = w;
    else
        witness_close(w);
    return e;
}

void witness_close(struct witness *w)
{
    following_free(w->following);
    secret_wipe(&w->self, sizeof(w->self));
    free(w->scratch);
    if (w->lock >= 0) close(w->lock);
    free(w);
}

static enum err check_successor(struct following *now, struct following *next, char why[300])
{
    if (!span_equal(next->settings.name, now->settings.name)) {
        snprintf(why, 300, "another name; a witness keeps its name");
        return ERR_BAD_CONFIG;
    }
    for (size_t i = 0; i < now->count; i++) {
        const struct followed *f = find(next, now->log[i].origin);

        if (f == NULL || !goes_back(now->log[i].state, f->state)) continue;
        snprintf(why, 300, "a state in logs/ that is older than what was cosigned");
        return ERR_DAMAGED;
    }
    return ERR_OK;
}

enum err witness_reload(struct witness *w, char ret_why[300])
{
    struct following *f;
    enum err e;

    ret_why[0] = 0;
    witness_settle(w);
    TRY(read_settings(w->dir, &f, ret_why));
    e = load_all(f, w, ret_why);
    if (e == ERR_OK) e = check_successor(w->following, f, ret_why);
    if (e != ERR_OK) {
        following_free(f);
        return e;
    }
    following_free(w->following);
    w->following = f;
    return ERR_OK;
}

/* ---- states ---- */

static void swap_state(struct witness *w, struct followed *f)
{
    struct state *was = f->state;

    f->state = w->scratch;
    w->scratch = was;
    f->known = true;
    f->refused_kept = f->state->refused;
}

/* Reads the file after a write that ended unknown. */
static enum err know(struct witness *w, struct followed *f)
{
    struct state *there = w->scratch;
    enum err e;

    if (f->known) return ERR_OK;
    e = keep_load(w->dir, f->origin, &w->self.vkey, there);
    if (e != ERR_OK) return e == ERR_NO_FILE ? ERR_DAMAGED : e;
    if (goes_back(f->state, there)) return ERR_DAMAGED;
    swap_state(w, f);
    return ERR_OK;
}

static enum err store(struct witness *w, struct followed *f, const struct state *s)
{
    enum err e = keep_store(w->dir, s);

    if (e != ERR_OK) f->known = false;
    return e;
}

void witness_settle(struct witness *w)
{
    for (size_t i = 0; i < w->following->count; i++) {
        struct followed *f = &w->following->log[i];

        if (!f->known || f->state->refused == f->refused_kept) continue;
        if (store(w, f, f->state) == ERR_OK) f->refused_kept = f->state->refused;
    }
}

/* ---- what is said ---- */

static void say_cosigned(struct followed *f, const struct state *was, const struct request *r, uint64_t now)
{
    uint64_t size = r->checkpoint.size;

    if (!was->seen)
        say(now, f->origin, NULL, "%s  first seen, cosigned", say_size(size));
    else if (size != was->size)
        say(now, f->origin, NULL, "%s → %s  extends what I saw, cosigned", say_size(was->size), say_size(size));
    else if (quiet_over(&f->routine, now))
        say(now, f->origin, &f->routine, "%s  is what I saw, cosigned again", say_size(size));
}

static void say_alarm(struct followed *f, const struct decision *d, const struct request *r, uint64_t now)
{
    uint64_t size = r->checkpoint.size;

    if (!quiet_over(&f->alarm, now)) return;
    if (d->forked)
        say(now, f->origin, &f->alarm, "REFUSED: two different histories of size %s", say_size(size));
    else if (d->err == ERR_CLOCK_BACK)
        say(now, f->origin, &f->alarm, "REFUSED: this clock is more than %d s behind the last cosignature, set it",
            CLOCK_BACK_MAX_S);
    else
        say(now, f->origin, &f->alarm, "REFUSED: %s signed by the log, without a proof that it extends %s",
            say_size(size), say_size(f->state->size));
}

static void say_refused(struct followed *f, const struct decision *d, const struct request *r, uint64_t now)
{
    bool alarm = d->forked || d->err == ERR_BAD_PROOF || d->err == ERR_FORKED || d->err == ERR_CLOCK_BACK;

    if (alarm) {
        say_alarm(f, d, r, now);
    } else if (quiet_over(&f->routine, now)) {
        if (d->err == ERR_WITNESS_OLD)
            say(now, f->origin, &f->routine, "it asks from %s; told it that I saw %s last", say_size(r->old),
                say_size(f->state->seen ? f->state->size : 0));
        else
            say(now, f->origin, &f->routine, "refused: %s", err_reason(d->err));
    }
}

/* ---- one request ---- */

static enum err refuse_stranger(struct witness *w, struct span who, enum err e, uint64_t now)
{
    if (quiet_over(&w->strangers, now)) say(now, who, &w->strangers, "refused: %s", err_reason(e));
    return e;
}

static enum err refuse(struct followed *f, const struct decision *d, const struct request *r, uint64_t now,
                       struct answer *ret)
{
    say_refused(f, d, r, now);
    /* Both are said of checkpoints that the log signed, and of no others. */
    if (d->forked || cosign_status(d->err) == 422) f->state->refused++;
    ret->size = f->state->seen ? f->state->size : 0;
    return d->err;
}

static enum err fail(struct followed *f, enum err e, uint64_t now)
{
    if (quiet_over(&f->alarm, now))
        say(now, f->origin, &f->alarm, "REFUSED: the state in logs/ cannot be kept: %s", err_reason(e));
    return e;
}

/* Nothing signed leaves before the state it signs is durable; when that is not certain, nothing leaves. */
static enum err advance(struct witness *w, struct followed *f, const struct request *r, uint64_t time, uint64_t now,
                        struct out *line)
{
    struct state *next = w->scratch;

    cosign_advance(&w->self, &w->following->settings.logs, f->state, r, time, next, line);
    /* The same note in the same second: it is on disk already. */
    if (f->state->seen && span_equal(state_note(next), state_note(f->state))) return ERR_OK;
    TRY(store(w, f, next));
    say_cosigned(f, f->state, r, now);
    swap_state(w, f);
    return ERR_OK;
}

static enum err add(struct witness *w, struct span body, uint64_t now, struct answer *ret)
{
    struct out line = out_over(ret->line, sizeof(ret->line));
    struct request r;
    struct followed *f;
    struct decision d;
    enum err e = request_decode(body, &r);

    if (e != ERR_OK) return refuse_stranger(w, SPAN(""), e, now);
    f = find(w->following, r.checkpoint.origin);
    if (f == NULL) return refuse_stranger(w, r.checkpoint.origin, ERR_UNKNOWN_LOG, now);
    e = know(w, f);
    if (e != ERR_OK) return fail(f, e, now);
    d = cosign_decide(&w->following->settings.logs, f->state, &r, now);
    if (d.err != ERR_OK) return refuse(f, &d, &r, now, ret);
    e = advance(w, f, &r, d.time, now, &line);
    if (e != ERR_OK) return fail(f, e, now);
    ret->len = line.len;
    return ERR_OK;
}

void witness_add(struct witness *w, struct span body, uint64_t now, struct answer *ret)
{
    *ret = (struct answer){0};
    ret->err = add(w, body, now, ret);
    if (ret->err != ERR_OK) memset(ret->line, 0, sizeof(ret->line));
    ASSERT((ret->err == ERR_OK) == (ret->len > 0));
}

enum err witness_note(struct witness *w, struct span origin_hex, struct span *ret)
{
    for (size_t i = 0; i < w->following->count; i++) {
        struct followed *f = &w->following->log[i];
        char name[KEEP_NAME_LEN + 1];

        keep_name(f->origin, name);
        if (!span_equal(origin_hex, span_text(name))) continue;
        TRY(know(w, f));
        if (!f->state->seen) return ERR_NOT_FOUND;
        *ret = state_note(f->state);
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}
