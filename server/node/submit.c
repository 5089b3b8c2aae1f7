/* Statements coming in: decoded here, queued, handed to the writer in batches, answered when durable or
 * when published. See node.h. */
#include "server/node/node.h"

#include <stdlib.h>

#include "log/base/codec.h"
#include "log/evidence/armour.h"
#include "server/node/answer.h"
#include "server/node/prove.h"

/* A request that has not been answered. */
struct waiter {
    struct node *node;
    struct http_exchange *exchange;
    struct submission *submission; /* until it is acknowledged */
    struct hash id;
    uint64_t position, deadline_ms;
    unsigned wait_s;
    bool already;
    struct waiter *next, **link; /* list of the acknowledged ones */
};

static void waiter_link(struct waiter *w)
{
    struct waiter **first = &w->node->waiting;

    w->next = *first;
    w->link = first;
    if (*first != NULL) (*first)->link = &w->next;
    *first = w;
}

static void submission_free(struct submission *s)
{
    free(s->bytes);
    free(s);
}

static void waiter_free(struct waiter *w)
{
    if (w->link != NULL) {
        *w->link = w->next;
        if (w->next != NULL) w->next->link = w->link;
    }
    if (w->submission != NULL) w->submission->waiter = NULL;
    free(w);
}

/* What nobody waits for and the writer does not have yet is not written. */
static void on_gone(struct http_exchange *x, void *data)
{
    struct waiter *w = data;
    struct submission *s = w->submission;

    (void)x;
    waiter_free(w);
    if (s == NULL || s->queue == NULL) return;
    turns_leave(s);
    submission_free(s);
}

/* "/entries/" and 64 digits. */
static struct span location(const struct hash *id, uint8_t text[80])
{
    struct out o = out_over(text, 80);

    out_text(&o, "/entries/");
    hex_encode(hash_span(id), &o);
    return out_span(&o);
}

static void reply_accepted(struct waiter *w, unsigned status, struct span body)
{
    uint8_t where[80], digits[24];
    struct out position = out_over(digits, sizeof(digits));
    struct http_header headers[6];
    size_t count = 0;

    out_decimal(&position, w->position);
    headers[count++] = (struct http_header){"Location", location(&w->id, where)};
    headers[count++] = (struct http_header){"Cairn-Position", out_span(&position)};
    headers[count++] = (struct http_header){"Access-Control-Allow-Origin", SPAN("*")};
    if (w->already) headers[count++] = (struct http_header){"Cairn-Already", SPAN("yes")};
    if (status == 201)
        headers[count++] = (struct http_header){"Content-Type", SPAN("application/cose")};
    else
        headers[count++] = (struct http_header){"Retry-After", SPAN("1")};
    http_reply(w->exchange, status, headers, count, body);
    waiter_free(w);
}

static void reply_published(struct waiter *w)
{
    struct out o = out_over(w->node->scratch, SCRATCH_BYTES);
    enum err e = prove_receipt(w->node, w->position, &o);

    if (e == ERR_OK) {
        reply_accepted(w, 201, out_span(&o));
        return;
    }
    answer_problem(w->exchange, e, SPAN(""));
    waiter_free(w);
}

static void acknowledged(struct waiter *w, const struct submission *s)
{
    w->id = s->statement.id;
    w->position = s->position;
    w->already = s->already;
    w->submission = NULL;
    if (w->node->halted != ERR_OK) {
        answer_problem(w->exchange, w->node->halted, span_text(w->node->halted_why));
        waiter_free(w);
    } else if (s->position < w->node->served.size)
        reply_published(w);
    else if (w->wait_s == 0)
        reply_accepted(w, 303, SPAN(""));
    else
        waiter_link(w);
}

static void refused(struct waiter *w, enum err e, const struct refusal *why)
{
    answer_problem(w->exchange, e, span_text(why->found));
    w->submission = NULL;
    waiter_free(w);
}

/* Room for it was kept when it was let in. */
static void await_publication(struct node *n, const struct submission *s)
{
    bool kept = pending_add(n->pending, &s->statement.id, s->position);

    ASSERT(kept);
}

static void settle_one(struct node *n, struct submission *s, enum err batch)
{
    enum err e = batch != ERR_OK ? batch : s->err;

    if (e == ERR_OK) {
        n->counted.accepted += !s->already;
        if (!s->already && !n->closing) await_publication(n, s);
        if (s->waiter != NULL) acknowledged(s->waiter, s);
    } else {
        n->counted.refused++;
        if (s->waiter != NULL) refused(s->waiter, e, &s->why);
    }
    submission_free(s);
}

static void on_appended(void *ctx, struct job *job)
{
    struct node *n = ctx;

    n->appending = false;
    if (job->err == ERR_UNCERTAIN) {
        node_say("the disk did not say whether the last statements are stored: stopping, start again to find out");
        _Exit(5);
    }
    /* Admission reads the index; the next start builds it anew from the log. */
    if (job->err == ERR_DAMAGED) node_derived_damaged(n);
    if (job->err == ERR_OK) n->size = job->size;
    for (size_t i = 0; i < job->count; i++) settle_one(n, job->submission[i], job->err);
    submit_pump(n);
    publish_drive(n);
}

void submit_pump(struct node *n)
{
    size_t count;

    if (n->appending || n->closing) return;
    count = turns_take(n->turns, n->batch, BATCH_MAX);
    if (count == 0) return;
    n->append = (struct job){.kind = JOB_APPEND, .done = on_appended, .ctx = n, .submission = n->batch, .count = count};
    n->appending = true;
    writer_submit(n->writer, &n->append);
}

/* What is new waits while nothing can be published; the rest does not. */
static enum err may_enter(const struct node *n, bool is_new)
{
    if (n->halted != ERR_OK) return n->halted;
    if (n->closing) return ERR_BUSY; /* nothing is handed to the writer any more */
    if (!n->accepting) return ERR_STARTING;
    return is_new && publish_stalled(n) ? ERR_STALLED : ERR_OK;
}

/* The canonical bytes of a body: binary, or armoured text. Copies. */
static enum err body_bytes(struct node *n, struct span body, struct submission *s, size_t *ret_len)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES);
    enum armour_kind kind = ARMOUR_STATEMENT;

    if (body.len == 0) return ERR_TRUNCATED;
    if (span_starts(body, SPAN("cairn "))) {
        TRY(armour_decode(body, &o, &kind));
        if (kind != ARMOUR_STATEMENT) return ERR_WRONG_KIND;
        body = out_span(&o);
    }
    if (body.len > STATEMENT_SIZE_MAX) return ERR_STATEMENT_TOO_LARGE;
    s->bytes = malloc(body.len);
    if (s->bytes == NULL) return ERR_NO_MEMORY;
    memcpy(s->bytes, body.ptr, body.len);
    *ret_len = body.len;
    return ERR_OK;
}

static enum err enter_turns(struct node *n, struct span body, struct submission *s)
{
    bool is_new;
    size_t len;

    TRY(body_bytes(n, body, s, &len));
    TRY(statement_decode(span_of(s->bytes, len), &s->statement));
    is_new = admit_is_new(&s->statement);
    TRY(may_enter(n, is_new));
    return turns_add(n->turns, s, is_new);
}

static enum err submission_make(struct node *n, struct span body, struct submission **ret)
{
    struct submission *s = calloc(1, sizeof(*s));
    enum err e;

    if (s == NULL) return ERR_NO_MEMORY;
    e = enter_turns(n, body, s);
    if (e != ERR_OK) {
        submission_free(s);
        return e;
    }
    *ret = s;
    return ERR_OK;
}

void submit_post(struct node *n, struct http_exchange *x)
{
    const struct http_request *r = http_request(x);
    struct submission *s;
    struct waiter *w;
    enum err e = submission_make(n, r->body, &s);

    if (e != ERR_OK) {
        n->counted.refused++;
        answer_problem(x, e, span_text(n->halted == e ? n->halted_why : ""));
        return;
    }
    w = calloc(1, sizeof(*w));
    ASSERT(w != NULL);
    w->node = n;
    w->exchange = x;
    w->submission = s;
    w->wait_s = http_prefer_wait(r->prefer);
    if (w->wait_s > n->config.wait_max) w->wait_s = n->config.wait_max;
    w->deadline_ms = uv_now(n->loop) + (uint64_t)w->wait_s * 1000;
    s->waiter = w;
    http_hold(x, w, on_gone);
    submit_pump(n);
}

void submit_settle(struct node *n)
{
    uint64_t now = uv_now(n->loop);

    for (struct waiter *w = n->waiting, *next; w != NULL; w = next) {
        next = w->next;
        if (w->position < n->served.size)
            reply_published(w);
        else if (now >= w->deadline_ms)
            reply_accepted(w, 303, SPAN(""));
    }
}

void submit_fail_all(struct node *n, enum err why)
{
    struct submission *s;

    while (turns_take(n->turns, &s, 1) > 0) {
        s->err = why;
        settle_one(n, s, ERR_OK);
    }
    while (n->waiting != NULL) {
        struct waiter *w = n->waiting;

        answer_problem(w->exchange, why, span_text(n->halted_why));
        waiter_free(w);
        ASSERT(n->waiting != w);
    }
}
