/* How a checkpoint becomes public: cut and seal, sign, ask the witnesses until the quorum is met, store,
 * serve, commit the derived environment. One at a time; see node.h for the phases. */
#include <stdio.h>
#include <stdlib.h>

#include "server/node/ask.h"
#include "server/shell/clock.h"

/* After the quorum is met the others get this long, so that readers see all who would have agreed. */
#define GRACE_MS 250
/* The first round after a start hears everybody out for longer: any of them may know that this is a copy. */
#define GRACE_START_MS 3000
#define TICK_MS 50

bool publish_stalled(const struct node *n)
{
    return n->phase == PHASE_COSIGNING && uv_now(n->loop) - n->phase_ms > n->config.stall_ms;
}

static void enter(struct node *n, enum phase phase)
{
    n->phase = phase;
    n->phase_ms = uv_now(n->loop);
}

/* ---- the round ---- */

static void ask_all(struct node *n)
{
    for (size_t i = 0; i < n->witness_count; i++) {
        struct witness_state *w = &n->witness[i];

        if (!w->cosigned && !w->asked && uv_now(n->loop) >= w->retry_ms) witness_ask(w);
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
    ret->by = c->by;
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

/* The operator changed the log's keys. */
static void say_signers(const struct published *was, const struct published *is)
{
    uint8_t text[512];
    struct out key = out_over(text, sizeof(text));
    bool same = was->by.count == is->by.count;

    for (size_t i = 0; same && i < is->by.count; i++)
        same = hash_equal(&was->by.checkpoint[i].key_hash, &is->by.checkpoint[i].key_hash);
    if (same) return;
    vkey_encode(&is->by.checkpoint[0], &key);
    node_say("from size %llu on checkpoints are signed by %.*s%s", (unsigned long long)is->size, (int)key.len,
             (const char *)text, is->by.count > 1 ? ", and by the keys of before that are not cut" : "");
}

static void on_derived(struct node *n, enum err e)
{
    if (e != ERR_OK) {
        failed(n, e, "the index could not be stored");
        enter(n, PHASE_DERIVING);
        return;
    }
    n->failing = ERR_OK;
    say_signers(&n->served, &n->newest);
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
