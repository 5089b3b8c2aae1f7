/* See ask.h. What one witness is asked, and what its answer means. */
#include "server/node/ask.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "log/base/codec.h"
#include "server/shell/clock.h"

#define RETRY_FIRST_MS 200
#define RETRY_LAST_MS 5000
#define RETRY_CONFIGURED_WRONG_MS 60000
#define REQUEST_MAX (CHECKPOINT_NOTE_MAX + 64 * 64) /* a note and 63 hashes */
#define ANSWER_MAX 16384

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
        trouble(w, RETRY_CONFIGURED_WRONG_MS, "refuses (status %u): does it follow this log, with its newest key?",
                a->status);
    publish_drive(n);
}

void witness_ask(struct witness_state *w)
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
