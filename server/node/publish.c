/* How a checkpoint becomes public: cut and seal, sign, ask the witnesses until the quorum is met, store,
 * serve, commit the derived environment. One at a time; see node.h for the phases. */
#include "server/node/node.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log/base/codec.h"
#include "server/shell/clock.h"
#include "server/shell/files.h"

/* After the quorum is met the others get this long, so that readers see all who would have agreed. */
#define GRACE_MS 250
/* The first round after a start hears everybody out for longer: any of them may know that this is a copy. */
#define GRACE_START_MS 3000
#define TICK_MS 50
#define RETRY_FIRST_MS 200
#define RETRY_LAST_MS 5000
#define RETRY_CONFIGURED_WRONG_MS 60000
#define REQUEST_MAX (CHECKPOINT_NOTE_MAX + 64 * 64) /* a note and 63 hashes */
#define ANSWER_MAX 16384

void node_say(const char *format, ...)
{
    char line[512];
    time_t now = time(NULL);
    struct tm t;
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    gmtime_r(&now, &t);
    fprintf(stderr, "%02d:%02d:%02d  %s\n", t.tm_hour, t.tm_min, t.tm_sec, line);
    fflush(stderr);
}

void node_halt(struct node *n, enum err why, const char *detail)
{
    if (n->halted != ERR_OK) return;
    n->halted = why;
    snprintf(n->halted_why, sizeof(n->halted_why), "%s", detail);
    node_say("%s: %s", err_reason(why), detail);
    node_say("nothing more is signed or accepted; reads go on. %s", err_advice(why));
    submit_fail_all(n, why);
}

void node_derived_damaged(struct node *n)
{
    if (n->derived_marked) return;
    n->derived_marked = true;
    node_say("the index on disk is damaged: such proofs are not given out. Start again to have it built anew");
    if (file_write_durable(n->dir, STORE_DERIVED_MARK, SPAN("a proof did not fit its seal\n"), 0600) != ERR_OK)
        node_say("the mark could not be written: remove %s/derived while the server is stopped", n->dir);
}

bool publish_stalled(const struct node *n)
{
    return n->phase == PHASE_COSIGNING && uv_now(n->loop) - n->phase_ms > n->config.stall_ms;
}

static void enter(struct node *n, enum phase phase)
{
    n->phase = phase;
    n->phase_ms = uv_now(n->loop);
}

/* ---- one witness ---- */

static void body_put(struct node *n, const struct witness_state *w, const struct tree_path *path, struct out *o)
{
    out_text(o, "old ");
    out_decimal(o, w->asked_size);
    out_byte(o, '\n');
    for (size_t i = 0; i < path->count; i++) {
        base64_encode(hash_span(&path->hash[i]), o);
        out_byte(o, '\n');
    }
    out_byte(o, '\n');
    out_bytes(o, span_of(n->step.checkpoint.note, n->step.checkpoint.note_len));
}

static enum err consistency(struct node *n, uint64_t old, uint64_t size, struct tree_path *ret)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct tree_reader reader;

    ret->count = 0;
    if (old == 0 || old == size) return ERR_OK;
    TRY(log_view_open(n->store, &view));
    reader = log_reader(view);
    return tree_consistency(&reader, old, size, ret);
}

static void trouble(struct witness_state *w, uint64_t wait_ms, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says each new trouble once. */
static void trouble(struct witness_state *w, uint64_t wait_ms, const char *format, ...)
{
    struct span name = w->node->config.policy.member[w->member].name;
    char now[sizeof(w->trouble)];
    va_list args;

    va_start(args, format);
    vsnprintf(now, sizeof(now), format, args);
    va_end(args);
    w->failures++;
    w->retry_ms = uv_now(w->node->loop) + wait_ms;
    if (strcmp(now, w->trouble) == 0) return;
    memcpy(w->trouble, now, sizeof(now));
    node_say("witness %.*s: %s", (int)name.len, (const char *)name.ptr, now);
}

static uint64_t backoff(const struct witness_state *w, unsigned retry_after)
{
    uint64_t ms = RETRY_FIRST_MS;

    for (unsigned i = 0; i < w->failures && ms < RETRY_LAST_MS; i++) ms *= 2;
    if (ms > RETRY_LAST_MS) ms = RETRY_LAST_MS;
    return retry_after > 0 && retry_after <= 3600 ? (uint64_t)retry_after * 1000 : ms;
}

static void halt_forked(struct witness_state *w, const char *what)
{
    struct span name = w->node->config.policy.member[w->member].name;
    char detail[200];

    snprintf(detail, sizeof(detail), "witness %.*s cosigned another history of this log (%s at size %" PRIu64 ")",
             (int)name.len, (const char *)name.ptr, what, w->asked_for);
    node_halt(w->node, ERR_FORKED, detail);
}

static void halt_rolled_back(struct witness_state *w)
{
    struct span name = w->node->config.policy.member[w->member].name;
    char detail[200];

    snprintf(detail, sizeof(detail), "witness %.*s saw size %" PRIu64 "; this copy has signed %" PRIu64, (int)name.len,
             (const char *)name.ptr, w->size, w->node->sealed);
    node_halt(w->node, ERR_ROLLED_BACK, detail);
}

/* The witness saw another size than was thought. Smaller or equal: prove from there. Larger than anything
 * this log has signed: this is a copy of a log that went on without it. The very size that was asked about,
 * again and again: what it saw there is another root. */
static void on_conflict(struct witness_state *w, const struct outgoing_answer *a)
{
    struct span text = a->body;
    uint64_t size;

    if (text.len > 0 && text.ptr[text.len - 1] == '\n') text.len--;
    if (decimal_decode(text, INT64_MAX, &size) != ERR_OK) {
        halt_forked(w, "409 without a size");
        return;
    }
    w->size_known = true;
    w->size = size;
    if (size > w->node->sealed)
        halt_rolled_back(w);
    else if (++w->corrections <= 3)
        return;
    else if (size == w->asked_for && w->asked_size == w->asked_for)
        halt_forked(w, "409 for its own size");
    else
        trouble(w, RETRY_LAST_MS, "changes its mind about the size it saw (409)");
}

/* Takes only the lines that verify under the configured key; anything else a witness says is dropped. */
static bool take_lines(struct witness_state *w, struct span body)
{
    struct node *n = w->node;
    const struct signed_checkpoint *c = &n->step.checkpoint;
    const struct vkey *v = &n->config.policy.member[w->member].vkey;
    uint8_t text[CHECKPOINT_NOTE_MAX + ANSWER_MAX];
    struct out o = out_over(text, sizeof(text));
    struct note note;
    struct note_line line;
    bool good = false;

    out_bytes(&o, span_of(c->note, c->note_len));
    out_bytes(&o, body);
    if (out_check(&o) != ERR_OK || note_decode(out_span(&o), &note) != ERR_OK) return false;
    while (note_next(&note.signatures, &line)) {
        if (!note_line_is(&line, v) || line.whole.len > sizeof(w->line)) continue;
        if (cosignature_verify(&line, note.text, v, &w->time) != ERR_OK) return false;
        memcpy(w->line, line.whole.ptr, line.whole.len);
        w->line_len = line.whole.len;
        good = true;
    }
    return good;
}

static void on_cosigned(struct witness_state *w, const struct outgoing_answer *a)
{
    if (!take_lines(w, a->body)) {
        trouble(w, RETRY_LAST_MS, "answered without a signature of its key");
        return;
    }
    if (w->trouble[0] != 0) {
        struct span name = w->node->config.policy.member[w->member].name;

        node_say("witness %.*s: answers again", (int)name.len, (const char *)name.ptr);
    }
    w->cosigned = w->size_known = true;
    w->size = w->node->step.checkpoint.size;
    w->failures = w->corrections = 0;
    w->trouble[0] = 0;
    w->latency_ms = a->elapsed_ms;
    w->cosigned_at_ms = clock_ms();
}

static void on_late(struct witness_state *w)
{
    w->size_known = true;
    w->size = w->asked_for;
    w->failures = 0;
    w->trouble[0] = 0;
}

/* A round may end without some answers. One that comes later is no cosignature of what is asked now, and tells
 * all the same what the witness has seen: a slow one must not be the one that is not heard. */
static void on_answer(void *ctx, const struct outgoing_answer *a)
{
    struct witness_state *w = ctx;
    struct node *n = w->node;
    bool late = n->phase != PHASE_COSIGNING || w->asked_for != n->step.checkpoint.size;

    w->asked = false;
    if (n->closing || n->halted != ERR_OK) return;
    if (a->err != ERR_OK)
        trouble(w, backoff(w, 0), "does not answer: %.60s", a->why == NULL ? "" : a->why);
    else if (a->status == 200 && late)
        on_late(w);
    else if (a->status == 200)
        on_cosigned(w, a);
    else if (a->status == 409)
        on_conflict(w, a);
    else if (a->status == 422)
        halt_forked(w, "422");
    else if (a->status == 429 || a->status >= 500)
        trouble(w, backoff(w, a->retry_after), "asks us to wait (status %u)", a->status);
    else
        trouble(w, RETRY_CONFIGURED_WRONG_MS, "refuses (status %u): does it follow this log?", a->status);
    publish_drive(n);
}

static void ask(struct witness_state *w)
{
    struct node *n = w->node;
    const struct signed_checkpoint *c = &n->step.checkpoint;
    uint8_t body[REQUEST_MAX];
    struct out o = out_over(body, sizeof(body));
    struct tree_path path;
    enum err e;

    w->asked_size = w->size_known ? w->size : n->newest.size;
    if (w->asked_size > c->size) w->asked_size = c->size;
    w->asked_for = c->size;
    e = consistency(n, w->asked_size, c->size, &path);
    if (e == ERR_OK) {
        body_put(n, w, &path, &o);
        e = out_check(&o);
    }
    if (e == ERR_OK)
        e = outgoing_request(n->outgoing, w->url, out_span(&o), n->config.witness_ms, ANSWER_MAX, on_answer, w);
    if (e != ERR_OK)
        trouble(w, RETRY_LAST_MS, "could not be asked: %s", err_reason(e));
    else
        w->asked = true;
}

/* ---- the round ---- */

static void ask_all(struct node *n)
{
    for (size_t i = 0; i < n->witness_count; i++) {
        struct witness_state *w = &n->witness[i];

        if (!w->cosigned && !w->asked && uv_now(n->loop) >= w->retry_ms) ask(w);
    }
}

static bool quorum_met(const struct node *n)
{
    struct cosigned c = {{0}};

    for (size_t i = 0; i < n->witness_count; i++)
        if (n->witness[i].cosigned) c.time[n->witness[i].member] = n->witness[i].time;
    return policy_met(&n->config.policy, n->config.policy.quorum, &c, 1);
}

static bool all_answered(const struct node *n)
{
    for (size_t i = 0; i < n->witness_count; i++) {
        const struct witness_state *w = &n->witness[i];

        if (w->asked || (!w->cosigned && w->failures == 0)) return false;
    }
    return true;
}

static void begin_round(struct node *n)
{
    for (size_t i = 0; i < n->witness_count; i++) {
        n->witness[i].cosigned = false;
        n->witness[i].corrections = 0;
    }
    n->quorum_ms = 0;
    enter(n, PHASE_COSIGNING);
}

/* The log's note and the cosignatures behind it. */
static void assemble(struct node *n)
{
    struct signed_checkpoint *c = &n->step.checkpoint;
    struct out o = {c->note, c->note_len, sizeof(c->note), false};

    for (size_t i = 0; i < n->witness_count; i++)
        if (n->witness[i].cosigned) out_bytes(&o, span_of(n->witness[i].line, n->witness[i].line_len));
    ASSERT(!o.full);
    c->note_len = o.len;
}

static void submit_step(struct node *n, enum job_kind kind, enum phase phase)
{
    n->step.kind = kind;
    enter(n, phase);
    writer_submit(n->writer, &n->step);
}

static void drive_round(struct node *n)
{
    uint64_t now = uv_now(n->loop), grace = n->accepting ? GRACE_MS : GRACE_START_MS;

    ask_all(n);
    if (n->halted != ERR_OK || !quorum_met(n)) return;
    if (n->quorum_ms == 0) n->quorum_ms = now;
    if (!all_answered(n) && now - n->quorum_ms < grace) return;
    n->accepting = true;
    assemble(n);
    submit_step(n, JOB_PUBLISH, PHASE_STORING);
}

/* ---- steps of the writer ---- */

static void to_published(const struct signed_checkpoint *c, struct published *ret)
{
    ret->size = c->size;
    ret->root = c->root;
    ret->note_len = c->note_len;
    memcpy(ret->note, c->note, c->note_len);
    ret->receipts = c->receipts;
    ret->at_ms = clock_ms();
}

static void failed(struct node *n, enum err e, const char *what)
{
    if (e == ERR_UNCERTAIN || e == ERR_DAMAGED) {
        if (e == ERR_DAMAGED) node_derived_damaged(n);
        node_say("%s: %s. Stopping; start again, and if it stays so: cairnd fsck DIR", what, err_reason(e));
        _Exit(5);
    }
    if (e == ERR_ROLLED_BACK || e == ERR_FORKED) {
        node_halt(n, e, what);
        return;
    }
    if (n->failing != e) node_say("%s: %s. Trying again each second", what, err_reason(e));
    n->failing = e;
    n->retry_ms = uv_now(n->loop) + 1000;
}

static void on_signed(struct node *n, enum err e)
{
    enter(n, PHASE_OPEN);
    /* A seal may be durable although its checkpoint could not be signed: then only that is tried again. */
    if (n->sealed < n->step.sealed) n->sealed = n->step.sealed;
    if (n->size < n->sealed) n->size = n->sealed;
    if (e != ERR_OK) {
        failed(n, e, "a checkpoint could not be made");
        return;
    }
    n->failing = ERR_OK;
    begin_round(n);
}

static void on_stored(struct node *n, enum err e)
{
    if (e != ERR_OK) {
        enter(n, PHASE_OPEN);
        failed(n, e, "the cosigned checkpoint could not be stored");
        return;
    }
    to_published(&n->step.checkpoint, &n->newest);
    submit_step(n, JOB_DERIVE, PHASE_DERIVING);
}

static void on_derived(struct node *n, enum err e)
{
    if (e != ERR_OK) {
        failed(n, e, "the index could not be stored");
        enter(n, PHASE_DERIVING);
        return;
    }
    n->failing = ERR_OK;
    n->served = n->newest;
    n->counted.published++;
    n->refreshed_ms = uv_now(n->loop);
    enter(n, PHASE_OPEN);
    pending_drop_below(n->pending, n->served.size);
    submit_settle(n);
}

static void on_step(void *ctx, struct job *job)
{
    struct node *n = ctx;

    if (n->closing) return;
    ASSERT(job->kind != JOB_APPEND);
    switch (job->kind) {
    case JOB_SEAL:
    case JOB_SIGN: on_signed(n, job->err); break;
    case JOB_PUBLISH: on_stored(n, job->err); break;
    case JOB_DERIVE: on_derived(n, job->err); break;
    case JOB_APPEND: break;
    }
    publish_drive(n);
}

/* ---- what is due ---- */

static void drive_open(struct node *n)
{
    uint64_t now = uv_now(n->loop);

    if (now < n->retry_ms) return;
    if (n->sealed > n->newest.size || !n->accepting || now - n->refreshed_ms >= n->config.refresh_ms) {
        n->refreshed_ms = now;
        submit_step(n, JOB_SIGN, PHASE_SEALING);
    } else if (n->size > n->sealed && (now - n->cut_ms >= n->config.interval_ms || n->size - n->sealed >= GROUP_MAX)) {
        n->cut_ms = now;
        submit_step(n, JOB_SEAL, PHASE_SEALING);
    }
}

void publish_drive(struct node *n)
{
    if (n->closing || n->halted != ERR_OK) return;
    if (n->phase == PHASE_OPEN) drive_open(n);
    if (n->phase == PHASE_COSIGNING) drive_round(n);
    /* The step itself is the writer's while the phase lasts: that it failed is known here by n->failing alone. */
    if (n->phase == PHASE_DERIVING && n->failing != ERR_OK && n->retry_ms > 0 && uv_now(n->loop) >= n->retry_ms) {
        n->retry_ms = 0;
        submit_step(n, JOB_DERIVE, PHASE_DERIVING);
    }
}

static void on_tick(uv_timer_t *t)
{
    struct node *n = t->data;

    submit_settle(n);
    submit_pump(n);
    publish_drive(n);
}

static void witnesses_init(struct node *n)
{
    const struct policy *p = &n->config.policy;

    for (size_t i = 0; i < p->member_count; i++) {
        struct witness_state *w = &n->witness[n->witness_count];
        struct span url = p->member[i].url;

        if (p->member[i].is_group || url.len == 0) continue;
        *w = (struct witness_state){.node = n, .member = (int)i};
        while (url.len > 0 && url.ptr[url.len - 1] == '/') url.len--;
        snprintf(w->url, sizeof(w->url), "%.*s/add-checkpoint", (int)url.len, (const char *)url.ptr);
        n->witness_count++;
    }
}

void publish_start(struct node *n)
{
    witnesses_init(n);
    n->step = (struct job){.done = on_step, .ctx = n};
    n->phase = PHASE_OPEN;
    /* Nobody to ask: nothing to wait for before the first statement. */
    n->accepting = n->witness_count == 0;
    n->refreshed_ms = n->cut_ms = uv_now(n->loop);
    if (n->cut_ms >= n->config.interval_ms) n->cut_ms -= n->config.interval_ms;
    uv_timer_init(n->loop, &n->tick);
    n->tick.data = n;
    uv_timer_start(&n->tick, on_tick, 0, TICK_MS);
}

void publish_stop(struct node *n)
{
    uv_timer_stop(&n->tick);
    uv_close((uv_handle_t *)&n->tick, NULL);
}
