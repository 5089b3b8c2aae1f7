/* See routes.h. Every reply is given before the handler returns. */
#include "witness/routes.h"

#include <stdlib.h>

#include "log/base/text.h"
#include "server/shell/clock.h"
#include "witness/command.h"
#include "witness/witness.h"

#define TEXT_TYPE "text/plain; charset=utf-8"
#define PAGE_MAX 32768

/* ---- replies ---- */

static void reply_refusal(struct http_exchange *x, enum err e, const char *allow)
{
    uint8_t text[512];
    struct out o = out_over(text, sizeof(text));
    unsigned status = cosign_status(e);
    struct http_header headers[] = {
        {"Content-Type", SPAN(TEXT_TYPE)},
        {"Cache-Control", SPAN("no-store")},
        {"Cairn-Reason", span_text(err_reason(e))},
        {"Allow", span_text(allow)},
        {"Retry-After", SPAN("5")},
    };
    size_t count = 3;

    if (allow != NULL) count = 4;
    if (status == 503) headers[count++] = headers[4];
    out_text(&o, err_reason(e));
    out_text(&o, ": expected ");
    out_text(&o, err_expected(e));
    out_byte(&o, '\n');
    out_text(&o, err_advice(e));
    out_byte(&o, '\n');
    http_reply(x, status, headers, count, out_span(&o));
}

static void reply_text(struct http_exchange *x, unsigned status, struct span type, struct span body)
{
    const struct http_header headers[] = {
        {"Content-Type", type},
        {"Cache-Control", SPAN("no-cache")},
        {"Access-Control-Allow-Origin", SPAN("*")},
    };

    http_reply(x, status, headers, COUNT_OF(headers), body);
}

/* ---- one function a route ---- */

static void post_add(struct witness *w, struct http_exchange *x, struct span hash)
{
    struct answer a;
    uint8_t text[32];
    struct out size = out_over(text, sizeof(text));

    (void)hash;
    witness_add(w, http_request(x)->body, clock_s(), &a);
    if (a.err == ERR_OK) {
        reply_text(x, 200, SPAN(TEXT_TYPE), span_of(a.line, a.len));
    } else if (a.err == ERR_WITNESS_OLD) {
        out_decimal(&size, a.size);
        out_byte(&size, '\n');
        reply_text(x, 409, SPAN("text/x.tlog.size"), out_span(&size));
    } else {
        reply_refusal(x, a.err, NULL);
    }
}

static void get_checkpoint(struct witness *w, struct http_exchange *x, struct span hash)
{
    struct span note;
    enum err e = witness_note(w, hash, &note);

    if (e == ERR_OK)
        reply_text(x, 200, SPAN(TEXT_TYPE), note);
    else
        reply_refusal(x, e, NULL);
}

static void put_log(const struct followed *f, uint64_t now, struct out *o)
{
    text_escape(f->origin, 255, o);
    if (!f->known || !f->state->seen) {
        out_text(o, f->known ? "  not cosigned yet\n" : "  not known at the moment\n");
        return;
    }
    out_text(o, "  size ");
    out_decimal_grouped(o, f->state->size);
    out_text(o, ", cosigned ");
    out_decimal_grouped(o, now > f->state->time ? now - f->state->time : 0);
    out_text(o, " s ago\n");
}

static void get_page(struct witness *w, struct http_exchange *x, struct span hash)
{
    const struct following *f = w->following;
    uint8_t *text = malloc(PAGE_MAX);
    struct out o = out_over(text, text == NULL ? 0 : PAGE_MAX);

    (void)hash;
    out_text(&o, "This is a witness: it cosigns a log's checkpoint only if it extends the last one it saw.\nname  ");
    text_escape(f->settings.name, 255, &o);
    out_text(&o, "\nvkey  ");
    vkey_encode(&w->self.vkey, &o);
    out_text(&o, "\n\nlogs it follows:\n");
    for (size_t i = 0; i < f->count; i++) put_log(&f->log[i], clock_s(), &o);
    out_text(&o, "\nIts protocol is c2sp.org/tlog-witness: POST /add-checkpoint, GET /SHA-256-OF-ORIGIN/checkpoint\n");
    if (out_check(&o) == ERR_OK)
        reply_text(x, 200, SPAN(TEXT_TYPE), out_span(&o));
    else
        reply_refusal(x, ERR_NO_MEMORY, NULL);
    free(text);
}

/* ---- the table ---- */

/* "/HASH/checkpoint", the hash of whatever form: 64 hex digits find something, others do not. */
static bool is_monitoring(struct span path, struct span *ret_hash)
{
    struct span suffix = SPAN("/checkpoint");

    if (path.len != 1 + 64 + suffix.len) return false;
    *ret_hash = span_slice(path, 1, 65);
    return span_equal(span_slice(path, 65, path.len), suffix);
}

static const struct route {
    struct span path; /* empty: /HASH/checkpoint */
    bool post;
    void (*handle)(struct witness *w, struct http_exchange *x, struct span hash);
} routes[] = {
    {SPAN("/add-checkpoint"), true, post_add},
    {SPAN(""), false, get_checkpoint},
    {SPAN("/"), false, get_page},
};

static const struct route *route_of(struct span path, struct span *ret_hash)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (routes[i].path.len > 0 ? span_equal(path, routes[i].path) : is_monitoring(path, ret_hash))
            return &routes[i];
    }
    return NULL;
}

void routes_handle(void *ctx, struct http_exchange *x)
{
    const struct http_request *r = http_request(x);
    struct span hash = SPAN("");
    const struct route *route = route_of(r->path, &hash);
    bool reads = r->method == HTTP_METHOD_GET || r->method == HTTP_METHOD_HEAD;

    if (route == NULL)
        reply_refusal(x, ERR_NOT_FOUND, NULL);
    else if (route->post ? r->method == HTTP_METHOD_POST : reads)
        route->handle(ctx, x, hash);
    else
        reply_refusal(x, ERR_WRONG_METHOD, route->post ? "POST" : "GET, HEAD");
}
