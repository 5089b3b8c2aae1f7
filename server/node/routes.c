/* What the log answers to reads. One table; every handler takes what is behind the table's prefix. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/base/codec.h"
#include "log/evidence/armour.h"
#include "log/note/tlog_proof.h"
#include "log/statement/key_set.h"
#include "log/statement/rules.h"
#include "server/node/answer.h"
#include "server/node/node.h"
#include "server/node/pages.h"
#include "server/node/prove.h"
#include "server/node/stored.h"
#include "server/shell/clock.h"

/* The largest bundle there can be: 256 items of 65,535 bytes and their lengths. */
#define BUNDLE_MAX (256 * 65537)

static void problem(struct http_exchange *x, enum err e)
{
    answer_problem(x, e, SPAN(""));
}

static void reply_scratch(struct http_exchange *x, const char *type, enum cache cache, enum err e, const struct out *o)
{
    if (e != ERR_OK)
        problem(x, e);
    else
        answer_body(x, type, cache, out_span(o));
}

/* ---- names of statements ---- */

static enum err id_decode(struct span text, struct hash *ret)
{
    return hex_decode(text, ret->b, sizeof(ret->b)) == ERR_OK ? ERR_OK : ERR_BAD_REQUEST;
}

/* "@120455" or 64 digits. ERR_UNPUBLISHED for what is not yet under the newest checkpoint. What is made from the log
 * alone is given under the checkpoint that /checkpoint gives; only the index may be a moment behind it. */
static enum err position_of(struct node *n, struct span name, uint64_t *ret)
{
    struct hash id;

    if (name.len > 0 && name.ptr[0] == '@') {
        if (decimal_decode(span_slice(name, 1, name.len), TREE_SIZE_MAX, ret) != ERR_OK) return ERR_BAD_REQUEST;
        if (*ret < n->newest.size) return ERR_OK;
        return *ret < n->size ? ERR_UNPUBLISHED : ERR_NOT_FOUND;
    }
    TRY(id_decode(name, &id));
    TRY(prove_find(n, &id, ret));
    return *ret < n->newest.size ? ERR_OK : ERR_UNPUBLISHED;
}

/* ---- reads ---- */

static void get_checkpoint(struct node *n, struct http_exchange *x, struct span rest)
{
    (void)rest;
    if (n->newest.size == 0)
        problem(x, ERR_NOT_FOUND);
    else
        answer_body(x, "text/plain; charset=utf-8", CACHE_MOMENT, span_of(n->newest.note, n->newest.note_len));
}

/* Tiles go out up to the last durable seal: whoever audits needs them before it cosigns. Only full tiles
 * of what is published may be cached. */
static void get_tile(struct node *n, struct http_exchange *x, struct span rest)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct span path = http_request(x)->path, body;
    struct out work = out_over(n->bundle, BUNDLE_MAX);
    struct log_head head;
    struct tile t;
    enum err e = tile_path_decode(span_slice(path, 1, path.len), &t);
    enum cache cache;

    (void)rest;
    if (e == ERR_OK) e = log_view_open(n->store, &view);
    if (e == ERR_OK) e = log_head(view, &head);
    if (e == ERR_OK && !tile_within(&t, head.sealed)) e = ERR_NOT_FOUND;
    if (e == ERR_OK) e = log_tile(view, &t, head.sealed, &work, &body);
    if (e != ERR_OK) {
        problem(x, e);
        return;
    }
    cache = t.width == TILE_WIDTH && tile_within(&t, n->served.size) ? CACHE_FOR_EVER : CACHE_NONE;
    answer_body(x, "application/octet-stream", cache, body);
}

/* SCRAPI: the receipt, or 302 to itself while the statement waits to be published. */
static void get_entry(struct node *n, struct http_exchange *x, struct span rest)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES);
    struct hash id;
    uint64_t position;
    enum err e = id_decode(rest, &id);

    if (e == ERR_OK) e = prove_find(n, &id, &position);
    if (e == ERR_OK) e = prove_receipt(n, position, &o);
    if (e == ERR_UNPUBLISHED && n->halted == ERR_OK) {
        struct http_header headers[] = {{"Location", http_request(x)->path}, {"Retry-After", SPAN("1")}};

        http_reply(x, 302, headers, COUNT_OF(headers), SPAN(""));
        return;
    }
    reply_scratch(x, "application/cose", CACHE_NONE, e == ERR_UNPUBLISHED ? n->halted : e, &o);
}

static void get_statement(struct node *n, struct http_exchange *x, struct span rest)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct out o = out_over(n->scratch, SCRATCH_BYTES);
    struct span bytes, accept = http_request(x)->accept;
    bool text = span_starts(accept, SPAN("text/"));
    uint64_t position;
    enum err e = position_of(n, rest, &position);

    if (e == ERR_OK) e = log_view_open(n->store, &view);
    if (e == ERR_OK) e = stored_statement(view, position, &bytes);
    if (e == ERR_OK && text) e = armour_encode(ARMOUR_STATEMENT, bytes, &o);
    if (e == ERR_OK && !text) out_bytes(&o, bytes);
    reply_scratch(x, text ? "text/plain; charset=utf-8" : "application/cose", CACHE_EACH_FOR_EVER, e, &o);
}

static enum err tlog_proof(struct node *n, uint64_t position, struct out *o)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct tlog_proof p = {.index = position, .note = span_of(n->newest.note, n->newest.note_len)};

    TRY(log_view_open(n->store, &view));
    TRY(prove_inclusion(view, &n->newest, position, &p.path));
    tlog_proof_encode(&p, o);
    return out_check(o);
}

static bool strip_suffix(struct span *s, struct span suffix)
{
    if (s->len < suffix.len || !span_equal(span_slice(*s, s->len - suffix.len, s->len), suffix)) return false;
    *s = span_slice(*s, 0, s->len - suffix.len);
    return true;
}

static void get_evidence(struct node *n, struct http_exchange *x, struct span rest)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES), text = out_over(n->bundle, BUNDLE_MAX);
    bool c2sp = strip_suffix(&rest, SPAN(".tlog-proof"));
    bool binary = span_starts(http_request(x)->accept, SPAN("application/cose"));
    uint64_t position;
    enum err e = http_request(x)->query.len > 0 ? ERR_NOT_BUILT : position_of(n, rest, &position);

    if (e == ERR_OK) e = c2sp ? tlog_proof(n, position, &o) : prove_evidence(n, position, &o);
    if (e != ERR_OK)
        problem(x, e);
    else if (binary && !c2sp)
        answer_body(x, "application/cose", CACHE_NONE, out_span(&o));
    else if (c2sp)
        answer_body(x, "text/plain; charset=utf-8", CACHE_NONE, out_span(&o));
    else
        reply_scratch(x, "text/plain; charset=utf-8", CACHE_NONE, armour_encode(ARMOUR_EVIDENCE, out_span(&o), &text),
                      &text);
}

/* Components are text, or 0x and 64 digits for an id. */
static enum err component_decode(struct span text, uint8_t id[32], struct span *ret)
{
    *ret = text;
    if (!span_starts(text, SPAN("0x"))) return ERR_OK;
    if (hex_decode(span_slice(text, 2, text.len), id, 32) != ERR_OK) return ERR_BAD_REQUEST;
    *ret = span_of(id, 32);
    return ERR_OK;
}

/* What is asked of the index: "c=…&c=…", exactly as many as the kind wants, and "from=N" of a page. */
struct index_query {
    int wanted, count;
    bool paged;
    uint64_t from;
    uint8_t text[4096], ids[INDEX_COMPONENTS_MAX][32];
    struct span component[INDEX_COMPONENTS_MAX];
};

static enum err query_pair(struct span pair, struct out *room, struct index_query *q)
{
    struct span value;

    if (!q->paged && http_query_value(pair, "from", room, &value)) {
        q->paged = true;
        return decimal_decode(value, TREE_SIZE_MAX, &q->from) == ERR_OK ? ERR_OK : ERR_BAD_REQUEST;
    }
    if (q->count == q->wanted || !http_query_value(pair, "c", room, &value)) return ERR_BAD_REQUEST;
    TRY(component_decode(value, q->ids[q->count], &q->component[q->count]));
    q->count++;
    return ERR_OK;
}

static enum err query_decode(struct span query, int wanted, struct index_query *ret)
{
    struct out room = out_over(ret->text, sizeof(ret->text));

    ret->wanted = wanted;
    ret->count = 0;
    ret->paged = false;
    ret->from = 0;
    while (query.len > 0) {
        struct span pair = query;

        if (!span_cut(&query, '&', &pair)) query = span_slice(query, query.len, query.len);
        TRY(query_pair(pair, &room, ret));
    }
    return ret->count == wanted ? ERR_OK : ERR_BAD_REQUEST;
}

/* "K", or "PREFIX/BITS": 64 digits, and of a prefix what it does not say is 0. */
static enum err index_by_hash(struct node *n, struct span rest, struct span query, struct out *o)
{
    struct index_query q;
    struct span digits = rest;
    bool is_prefix = span_cut(&rest, '/', &digits);
    struct hash key;
    uint64_t bits;

    TRY(query_decode(query, 0, &q));
    TRY(id_decode(digits, &key));
    if (!is_prefix) return page_of_list(n, &key, q.from, o);
    if (q.paged || decimal_decode(rest, TRIE_LEAF - 1, &bits) != ERR_OK || bits < 128) return ERR_BAD_REQUEST;
    for (unsigned bit = (unsigned)bits; bit < TRIE_LEAF; bit++)
        if (trie_bit(&key, bit) != 0) return ERR_BAD_REQUEST;
    return page_of_prefix(n, &key, (unsigned)bits, o);
}

static enum err index_by_name(struct node *n, struct span rest, struct span query, struct out *o)
{
    int wanted = rest.len == 1 ? index_components(rest.ptr[0]) : -1;
    struct index_query q;
    struct hash key;

    if (wanted < 0) return ERR_NOT_FOUND;
    TRY(query_decode(query, wanted, &q));
    if (!q.paged) return prove_index(n, rest.ptr[0], q.component, o);
    key = index_key(rest.ptr[0], q.component);
    return page_of_list(n, &key, q.from, o);
}

static void get_index(struct node *n, struct http_exchange *x, struct span rest)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES);
    struct span query = http_request(x)->query;
    enum err e = span_starts(rest, SPAN("k/")) ? index_by_hash(n, span_slice(rest, 2, rest.len), query, &o)
                                               : index_by_name(n, rest, query, &o);

    reply_scratch(x, "application/cbor", CACHE_NONE, e, &o);
}

/* ---- proofs for people and scripts ---- */

static void json_path(struct json *j, const struct tree_path *path)
{
    json_open(j, "path", '[');
    for (size_t i = 0; i < path->count; i++) json_hash(j, NULL, &path->hash[i]);
    json_close(j, ']');
}

static enum err inclusion_json(struct node *n, uint64_t position, struct out *o)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct tree_path path;
    struct json j = {.o = o};

    TRY(log_view_open(n->store, &view));
    TRY(prove_inclusion(view, &n->newest, position, &path));
    json_open(&j, NULL, '{');
    json_number(&j, "index", position);
    json_number(&j, "size", n->newest.size);
    json_hash(&j, "root", &n->newest.root);
    json_path(&j, &path);
    json_close(&j, '}');
    out_byte(o, '\n');
    return out_check(o);
}

static enum err query_number(struct span query, const char *name, uint64_t max, uint64_t *ret)
{
    uint8_t text[64];
    struct out room = out_over(text, sizeof(text));
    struct span value;

    if (!http_query_value(query, name, &room, &value)) return ERR_BAD_REQUEST;
    return decimal_decode(value, max, ret) == ERR_OK ? ERR_OK : ERR_BAD_REQUEST;
}

static enum err consistency_json(struct node *n, struct span query, struct out *o)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct tree_path path;
    struct json j = {.o = o};
    uint64_t old, size;

    TRY(query_number(query, "old", TREE_SIZE_MAX, &old));
    TRY(query_number(query, "new", TREE_SIZE_MAX, &size));
    if (size > n->newest.size || old > size) return ERR_BAD_SIZE;
    TRY(log_view_open(n->store, &view));
    TRY(prove_consistency(view, &n->newest, old, size, &path));
    json_open(&j, NULL, '{');
    json_number(&j, "old", old);
    json_number(&j, "new", size);
    json_path(&j, &path);
    json_close(&j, '}');
    out_byte(o, '\n');
    return out_check(o);
}

static void get_proof(struct node *n, struct http_exchange *x, struct span rest)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES), room;
    struct span query = http_request(x)->query, name;
    uint8_t text[128];
    uint64_t position;
    enum err e = ERR_NOT_FOUND;

    if (span_equal(rest, SPAN("consistency"))) e = consistency_json(n, query, &o);
    if (span_equal(rest, SPAN("inclusion"))) {
        room = out_over(text, sizeof(text));
        e = http_query_value(query, "id", &room, &name) ? position_of(n, name, &position) : ERR_BAD_REQUEST;
        if (e == ERR_OK) e = inclusion_json(n, position, &o);
    }
    reply_scratch(x, "application/json", CACHE_NONE, e, &o);
}

/* ---- keys ---- */

/* By its kid in base64url. */
static enum err one_key(const struct key_set *set, struct span name, struct out *o)
{
    const struct public_key *key;
    struct hash kid;
    struct out bytes = out_over(kid.b, sizeof(kid.b));

    if (base64url_decode(name, &bytes) != ERR_OK || bytes.len != sizeof(kid.b)) return ERR_NOT_FOUND;
    key = key_set_find(set, &kid);
    if (key == NULL) return ERR_NOT_FOUND;
    cose_key_put(o, key);
    return ERR_OK;
}

static void get_keys(struct node *n, struct http_exchange *x, struct span rest)
{
    struct public_key own = secret_key_public(&n->keys.seal);
    struct out o = out_over(n->scratch, SCRATCH_BYTES);
    struct key_set set = {0};
    enum err e = key_set_add(&set, &own);

    if (e == ERR_OK && rest.len == 0) key_set_encode(&set, &o);
    if (e == ERR_OK && rest.len > 0) e = one_key(&set, rest, &o);
    reply_scratch(x, "application/cbor", CACHE_MOMENT, e, &o);
}

/* ---- what this log is ---- */

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
    vkey_encode(&n->keys.vkey, o);
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
    vkey_encode(&n->keys.vkey, &t);
    json_text(&j, "vkey", out_span(&t));
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

static void get_log(struct node *n, struct http_exchange *x, struct span rest)
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

static void get_health(struct node *n, struct http_exchange *x, struct span rest)
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

static void get_front(struct node *n, struct http_exchange *x, struct span rest)
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
    vkey_encode(&n->keys.vkey, &o);
    out_text(&o, "\nThis page is the log's own word. How to check it without trusting it: /about\n");
    reply_scratch(x, "text/plain; charset=utf-8", CACHE_NONE, ERR_OK, &o);
}

static void get_about(struct node *n, struct http_exchange *x, struct span rest)
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

static void get_not_built(struct node *n, struct http_exchange *x, struct span rest)
{
    (void)n;
    (void)rest;
    answer_problem(x, ERR_NOT_BUILT, http_request(x)->path);
}

static void post_entries(struct node *n, struct http_exchange *x, struct span rest)
{
    (void)rest;
    submit_post(n, x);
}

/* The longest match stands first. `whole`: nothing may follow. */
static const struct row {
    const char *path;
    bool whole, post;
    void (*handle)(struct node *n, struct http_exchange *x, struct span rest);
} rows[] = {
    {"/", true, false, get_front},
    {"/about", true, false, get_about},
    {"/log", true, false, get_log},
    {"/health", true, false, get_health},
    {"/checkpoint", true, false, get_checkpoint},
    {"/tile/", false, false, get_tile},
    {"/entries/batch", true, true, get_not_built},
    {"/entries", true, true, post_entries},
    {"/entries/", false, false, get_entry},
    {"/statements/", false, false, get_statement},
    {"/evidence/", false, false, get_evidence},
    {"/index/", false, false, get_index},
    {"/proof/", false, false, get_proof},
    {"/.well-known/scitt-keys", true, false, get_keys},
    {"/.well-known/scitt-keys/", false, false, get_keys},
    {"/events", true, false, get_not_built},
    {"/metrics", true, false, get_not_built},
};

static const struct row *find(struct span path)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span row = span_text(rows[i].path);

        if (rows[i].whole ? span_equal(path, row) : span_starts(path, row) && path.len > row.len) return &rows[i];
    }
    return NULL;
}

/* For browsers that ask before they post from another origin. */
static void reply_options(struct http_exchange *x)
{
    struct http_header headers[] = {{"Access-Control-Allow-Origin", SPAN("*")},
                                    {"Access-Control-Allow-Methods", SPAN("GET, HEAD, POST, OPTIONS")},
                                    {"Access-Control-Allow-Headers", SPAN("Content-Type, Prefer, Accept")},
                                    {"Access-Control-Expose-Headers", SPAN("Location, Cairn-Position, Cairn-Reason, "
                                                                           "Cairn-Already, Retry-After")}};

    http_reply(x, 204, headers, COUNT_OF(headers), SPAN(""));
}

void routes_handle(void *ctx, struct http_exchange *x)
{
    struct node *n = ctx;
    const struct http_request *r = http_request(x);
    const struct row *row = find(r->path);
    bool read = r->method == HTTP_METHOD_GET || r->method == HTTP_METHOD_HEAD;

    if (r->method == HTTP_METHOD_OPTIONS)
        reply_options(x);
    else if (row == NULL)
        answer_problem(x, ERR_NOT_FOUND, r->path);
    else if (row->post ? r->method != HTTP_METHOD_POST : !read)
        answer_wrong_method(x, row->post ? SPAN("OPTIONS, POST") : SPAN("GET, HEAD, OPTIONS"));
    else
        row->handle(n, x, span_slice(r->path, row->whole ? r->path.len : strlen(row->path), r->path.len));
}
