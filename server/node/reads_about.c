/* See reads.h: what this log is, in JSON and for a person with a browser; how it is. */
#include <inttypes.h>
#include <stdio.h>

#include "log/base/codec.h"
#include "log/statement/rules.h"
#include "server/node/prove.h"
#include "server/node/reads.h"
#include "server/shell/clock.h"

static void json_rules(struct json *j, const struct rules_payload *r, const struct hash *id)
{
    json_open(j, "rules", '{');
    json_hash(j, "id", id);
    json_number(j, "seq", r->seq);
    json_text(j, "mode", r->mode == RULES_OPEN ? SPAN("open") : SPAN("approved"));
    json_number(j, "version", r->version);
    json_number(j, "statement_bytes", r->limit_bytes);
    json_number(j, "statements_per_issuer", r->limit_statements);
    if (r->has_closing) {
        json_open(j, "closing", '{');
        json_number(j, "not_before", r->closing_not_before);
        if (r->has_successor) json_text(j, "successor", r->closing_successor);
        json_close(j, '}');
    }
    json_close(j, '}');
}

/* A tlog-policy that a reader may take over: this log, its witnesses, its quorum. */
static void policy_text(const struct node *n, struct out *o)
{
    const struct policy *p = &n->config.policy;

    out_text(o, "log ");
    vkey_encode(&n->served.by.checkpoint[0], o);
    if (n->config.url.len > 0) out_byte(o, ' ');
    out_bytes(o, n->config.url);
    out_byte(o, '\n');
    for (size_t i = 0; i < p->member_count; i++) {
        const struct policy_member *m = &p->member[i];

        out_text(o, m->is_group ? "group " : "witness ");
        out_bytes(o, m->name);
        out_byte(o, ' ');
        if (m->is_group) {
            out_decimal(o, m->needed);
            for (unsigned k = 0; k < m->count; k++) {
                out_byte(o, ' ');
                out_bytes(o, p->member[m->member[k]].name);
            }
        } else {
            out_bytes(o, m->vkey_text);
        }
        out_byte(o, '\n');
    }
    out_text(o, "quorum ");
    out_bytes(o, p->quorum < 0 ? SPAN("none") : p->member[p->quorum].name);
    out_byte(o, '\n');
}

static void json_limits(struct json *j, const struct node *n)
{
    json_open(j, "limits", '{');
    json_number(j, "statement_bytes", STATEMENT_SIZE_MAX);
    json_number(j, "wait_seconds", n->config.wait_max);
    json_number(j, "interval_ms", n->config.interval_ms);
    json_close(j, '}');
}

/* All that sign checkpoints: those that the rest of the world may know still. */
static void json_vkeys(struct json *j, const struct node *n, struct out *room)
{
    json_open(j, "vkeys", '[');
    for (size_t i = 0; i < n->served.by.count; i++) {
        room->len = 0;
        vkey_encode(&n->served.by.checkpoint[i], room);
        json_text(j, NULL, out_span(room));
    }
    json_close(j, ']');
}

static enum err log_json(struct node *n, struct out *o)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct rules_payload *rules = n->rules;
    struct out t = out_over(n->bundle, BUNDLE_MAX);
    struct statement genesis;
    struct span bytes;
    struct hash id;
    struct json j = {.o = o};

    TRY(log_view_open(n->store, &view));
    TRY(prove_rules(n, view, rules, &id));
    TRY(log_statement(view, 0, &bytes));
    if (statement_decode(bytes, &genesis) != ERR_OK) return ERR_DAMAGED;
    json_open(&j, NULL, '{');
    json_text(&j, "origin", n->config.origin);
    vkey_encode(&n->served.by.checkpoint[0], &t);
    json_text(&j, "vkey", out_span(&t));
    json_vkeys(&j, n, &t);
    json_hash(&j, "genesis", &genesis.id);
    json_number(&j, "size", n->served.size);
    json_number(&j, "published_ms", n->served.at_ms);
    json_rules(&j, rules, &id);
    json_limits(&j, n);
    json_text(&j, "version", SPAN("1"));
    t.len = 0;
    policy_text(n, &t);
    TRY(out_check(&t));
    json_text(&j, "policy", out_span(&t));
    json_close(&j, '}');
    out_byte(o, '\n');
    return out_check(o);
}

void get_log(struct node *n, struct http_exchange *x, struct span rest)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES);

    (void)rest;
    reply_scratch(x, "application/json", CACHE_NONE, log_json(n, &o), &o);
}

/* "ok", or the word that says why not. */
static const char *health_word(const struct node *n)
{
    if (n->halted != ERR_OK) return err_reason(n->halted);
    if (!n->accepting) return err_reason(ERR_STARTING);
    if (n->derived_marked) return err_reason(ERR_DAMAGED);
    if (n->failing != ERR_OK) return err_reason(n->failing);
    return publish_stalled(n) ? err_reason(ERR_STALLED) : "ok";
}

void get_health(struct node *n, struct http_exchange *x, struct span rest)
{
    static const char *const phases[] = {"open", "sealing", "cosigning", "storing", "deriving"};
    struct out o = out_over(n->scratch, SCRATCH_BYTES);
    struct json j = {.o = &o};

    (void)rest;
    json_open(&j, NULL, '{');
    json_text(&j, "status", span_text(health_word(n)));
    json_text(&j, "detail", span_text(n->halted_why));
    json_text(&j, "phase", span_text(phases[n->phase]));
    json_number(&j, "size", n->size);
    json_number(&j, "sealed", n->sealed);
    json_number(&j, "published", n->served.size);
    json_number(&j, "accepted", n->counted.accepted);
    json_number(&j, "refused", n->counted.refused);
    json_open(&j, "witnesses", '[');
    for (size_t i = 0; i < n->witness_count; i++) {
        const struct witness_state *w = &n->witness[i];

        json_open(&j, NULL, '{');
        json_text(&j, "name", n->config.policy.member[w->member].name);
        json_bool(&j, "answers", w->trouble[0] == 0 && w->cosigned_at_ms > 0);
        json_text(&j, "trouble", span_text(w->trouble));
        json_number(&j, "latency_ms", w->latency_ms);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    out_byte(&o, '\n');
    reply_scratch(x, "application/json", CACHE_NONE, ERR_OK, &o);
}

static bool is_cosigned_by(const struct note *note, const struct vkey *key)
{
    struct span rest = note->signatures;
    struct note_line line;

    while (note_next(&rest, &line))
        if (note_line_is(&line, key)) return true;
    return false;
}

/* Those whose lines stand in the checkpoint that is served, whatever the round under way has so far. */
static void cosigners(const struct node *n, struct out *o)
{
    unsigned count = 0;
    struct note note;

    if (note_decode(span_of(n->served.note, n->served.note_len), &note) != ERR_OK) return;
    for (size_t i = 0; i < n->witness_count; i++) {
        const struct policy_member *m = &n->config.policy.member[n->witness[i].member];

        if (!is_cosigned_by(&note, &m->vkey)) continue;
        out_text(o, count++ == 0 ? ", cosigned by " : ", ");
        out_bytes(o, m->name);
    }
    if (count == 0) out_text(o, ", cosigned by nobody");
}

static struct span public_url(const struct node *n, char room[160])
{
    if (n->config.url.len > 0) return n->config.url;
    snprintf(room, 160, "http://%s:%u", n->config.host, n->port);
    return span_text(room);
}

void get_front(struct node *n, struct http_exchange *x, struct span rest)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES);
    uint64_t now = clock_ms();
    char room[160];

    (void)rest;
    out_bytes(&o, n->config.origin);
    out_text(&o, " · ");
    out_decimal_grouped(&o, n->served.size);
    out_text(&o, " statements · ");
    if (n->served.size == 0) {
        out_text(&o, "nothing published yet");
    } else {
        out_text(&o, "checkpoint ");
        out_decimal_grouped(&o, now > n->served.at_ms ? (now - n->served.at_ms) / 1000 : 0);
        out_text(&o, " s old");
        cosigners(n, &o);
    }
    out_text(&o, "\nadd it:     cairn log add ");
    out_bytes(&o, public_url(n, room));
    out_text(&o, "\nkey:        ");
    vkey_encode(&n->served.by.checkpoint[0], &o);
    out_text(&o, "\nThis page is the log's own word. How to check it without trusting it: /about\n");
    reply_scratch(x, "text/plain; charset=utf-8", CACHE_NONE, ERR_OK, &o);
}

void get_about(struct node *n, struct http_exchange *x, struct span rest)
{
    (void)n;
    (void)rest;
    answer_body(x, "text/plain; charset=utf-8", CACHE_MOMENT,
                SPAN("A Cairn log keeps signed statements in order and proves everything it says.\n\n"
                     "Without trusting it:\n"
                     "  get the log's key some other way, and the keys of witnesses you believe;\n"
                     "  put them into a trust file (cairn trust log URL shows and asks);\n"
                     "  check each evidence file with: cairn verify FILE. It needs no network.\n\n"
                     "The tree follows c2sp.org/tlog-tiles: /checkpoint and /tile/... can be read by any tool that\n"
                     "knows it. Bundles of whole statements are at /tile/statements/N.\n"
                     "What it is: /log. How it is: /health.\n"));
}
