/* See reads.h: the checkpoint, tiles, statements, their receipts and evidence, and the keys of receipts. */
#include <stdlib.h>

#include "log/base/codec.h"
#include "log/evidence/armour.h"
#include "log/note/tlog_proof.h"
#include "log/statement/key_set.h"
#include "server/node/prove.h"
#include "server/node/reads.h"
#include "server/node/stored.h"

void reply_scratch(struct http_exchange *x, const char *type, enum cache cache, enum err e, const struct out *o)
{
    if (e != ERR_OK)
        answer_problem(x, e, SPAN(""));
    else
        answer_body(x, type, cache, out_span(o));
}

/* ---- names of statements ---- */

enum err id_decode(struct span text, struct hash *ret)
{
    return hex_decode(text, ret->b, sizeof(ret->b)) == ERR_OK ? ERR_OK : ERR_BAD_REQUEST;
}

enum err position_of(struct node *n, struct span name, uint64_t *ret)
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

void get_checkpoint(struct node *n, struct http_exchange *x, struct span rest)
{
    (void)rest;
    if (n->newest.size == 0)
        answer_problem(x, ERR_NOT_FOUND, SPAN(""));
    else
        answer_body(x, "text/plain; charset=utf-8", CACHE_MOMENT, span_of(n->newest.note, n->newest.note_len));
}

/* Tiles go out up to the last durable seal: whoever audits needs them before it cosigns. Only full tiles
 * of what is published may be cached. */
void get_tile(struct node *n, struct http_exchange *x, struct span rest)
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
        answer_problem(x, e, SPAN(""));
        return;
    }
    cache = t.width == TILE_WIDTH && tile_within(&t, n->served.size) ? CACHE_FOR_EVER : CACHE_NONE;
    answer_body(x, "application/octet-stream", cache, body);
}

/* SCRAPI: the receipt, or 302 to itself while the statement waits to be published. */
void get_entry(struct node *n, struct http_exchange *x, struct span rest)
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

void get_statement(struct node *n, struct http_exchange *x, struct span rest)
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

void get_evidence(struct node *n, struct http_exchange *x, struct span rest)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES), text = out_over(n->bundle, BUNDLE_MAX);
    bool c2sp = strip_suffix(&rest, SPAN(".tlog-proof"));
    bool binary = span_starts(http_request(x)->accept, SPAN("application/cose"));
    uint64_t position;
    enum err e = http_request(x)->query.len > 0 ? ERR_NOT_BUILT : position_of(n, rest, &position);

    if (e == ERR_OK) e = c2sp ? tlog_proof(n, position, &o) : prove_evidence(n, position, &o);
    if (e != ERR_OK)
        answer_problem(x, e, SPAN(""));
    else if (binary && !c2sp)
        answer_body(x, "application/cose", CACHE_NONE, out_span(&o));
    else if (c2sp)
        answer_body(x, "text/plain; charset=utf-8", CACHE_NONE, out_span(&o));
    else
        reply_scratch(x, "text/plain; charset=utf-8", CACHE_NONE, armour_encode(ARMOUR_EVIDENCE, out_span(&o), &text),
                      &text);
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

void get_keys(struct node *n, struct http_exchange *x, struct span rest)
{
    const struct key_set *set = &n->served.by.receipts;
    struct out o = out_over(n->scratch, SCRATCH_BYTES);
    enum err e = ERR_OK;

    if (rest.len == 0)
        key_set_encode(set, &o);
    else
        e = one_key(set, rest, &o);
    reply_scratch(x, "application/cbor", CACHE_MOMENT, e, &o);
}
