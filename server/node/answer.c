/* See answer.h. */
#include "server/node/answer.h"

#include "log/base/cbor.h"
#include "log/base/codec.h"
#include "log/base/text.h"

unsigned answer_status(enum err e)
{
    switch (e) {
    case ERR_NO_ROOM:
    case ERR_STATEMENT_TOO_LARGE: return 413;
    case ERR_WRONG_METHOD: return 405;
    case ERR_ISSUER_FULL: return 429;
    case ERR_DISK_FULL: return 507;
    default: break;
    }
    switch (err_class(e)) {
    case CLASS_OK: return 200;
    case CLASS_INPUT:
    case CLASS_TRUST: return 400;
    case CLASS_REFUSED: return 403;
    case CLASS_LATER: return 503;
    case CLASS_ABSENT: return 404;
    case CLASS_OURS:
    case CLASS_UNKNOWN: return 500;
    }
    return 500;
}

static bool contains(struct span s, const char *word)
{
    struct span w = span_text(word);

    for (size_t i = 0; i + w.len <= s.len; i++)
        if (span_equal(span_slice(s, i, i + w.len), w)) return true;
    return false;
}

bool answer_wants_json(const struct http_request *r)
{
    return contains(r->accept, "json");
}

/* SCRAPI wants CBOR; a person with curl wants to read. */
static bool wants_cbor(const struct http_request *r)
{
    if (answer_wants_json(r)) return false;
    return contains(r->accept, "cbor") || contains(r->accept, "cose") || contains(r->content_type, "cose");
}

static void sentence(enum err e, struct span found, struct out *o)
{
    out_text(o, "expected ");
    out_text(o, err_expected(e));
    if (found.len > 0) {
        out_text(o, "; found ");
        text_escape(found, 400, o);
    }
    out_text(o, ". ");
    out_text(o, err_advice(e));
}

static void problem_cbor(enum err e, struct span detail, struct out *o)
{
    cbor_put_map(o, 2);
    cbor_put_int(o, -1);
    cbor_put_text(o, span_text(err_reason(e)));
    cbor_put_int(o, -2);
    cbor_put_text(o, detail);
}

static void problem_json(enum err e, struct span detail, struct out *o)
{
    struct json j = {.o = o};

    json_open(&j, NULL, '{');
    json_text(&j, "title", span_text(err_reason(e)));
    json_number(&j, "status", answer_status(e));
    json_text(&j, "detail", detail);
    json_close(&j, '}');
    out_byte(o, '\n');
}

static void reply_problem(struct http_exchange *x, enum err e, struct span found, struct span allowed)
{
    uint8_t words[2048], body[8192];
    struct out detail = out_over(words, sizeof(words)), o = out_over(body, sizeof(body));
    bool cbor = wants_cbor(http_request(x));
    struct http_header headers[5];
    size_t count = 0;

    sentence(e, found, &detail);
    if (cbor)
        problem_cbor(e, out_span(&detail), &o);
    else
        problem_json(e, out_span(&detail), &o);
    headers[count++] = (struct http_header){"Content-Type", cbor ? SPAN("application/concise-problem-details+cbor")
                                                                 : SPAN("application/problem+json")};
    headers[count++] = (struct http_header){"Cairn-Reason", span_text(err_reason(e))};
    headers[count++] = (struct http_header){"Access-Control-Allow-Origin", SPAN("*")};
    headers[count++] = (struct http_header){"Cache-Control", SPAN("no-store")};
    if (err_class(e) == CLASS_LATER) headers[count++] = (struct http_header){"Retry-After", SPAN("1")};
    if (allowed.len > 0) headers[count++] = (struct http_header){"Allow", allowed};
    http_reply(x, answer_status(e), headers, count, out_span(&o));
}

void answer_problem(struct http_exchange *x, enum err e, struct span found)
{
    reply_problem(x, e, found, SPAN(""));
}

void answer_wrong_method(struct http_exchange *x, struct span allowed)
{
    reply_problem(x, ERR_WRONG_METHOD, http_request(x)->method_text, allowed);
}

void answer_body(struct http_exchange *x, const char *type, enum cache cache, struct span body)
{
    static const char *const caches[] = {[CACHE_NONE] = "no-store",
                                         [CACHE_MOMENT] = "max-age=1",
                                         [CACHE_FOR_EVER] = "max-age=31536000, immutable",
                                         [CACHE_EACH_FOR_EVER] = "max-age=31536000, immutable"};
    struct http_header headers[] = {{"Content-Type", span_text(type)},
                                    {"Cache-Control", span_text(caches[cache])},
                                    {"Access-Control-Allow-Origin", SPAN("*")},
                                    {"X-Content-Type-Options", SPAN("nosniff")},
                                    {"Vary", SPAN("Accept")}};

    http_reply(x, 200, headers, COUNT_OF(headers) - (cache != CACHE_EACH_FOR_EVER), body);
}

static void name(struct json *j, const char *name_)
{
    if (j->comma) out_byte(j->o, ',');
    j->comma = true;
    if (name_ == NULL) return;
    out_byte(j->o, '"');
    out_text(j->o, name_);
    out_text(j->o, "\":");
}

void json_open(struct json *j, const char *name_, char bracket)
{
    name(j, name_);
    out_byte(j->o, (uint8_t)bracket);
    j->comma = false;
}

void json_close(struct json *j, char bracket)
{
    out_byte(j->o, (uint8_t)bracket);
    j->comma = true;
}

static void escaped(struct out *o, uint8_t c)
{
    static const char digit[] = "0123456789abcdef";

    if (c == '"' || c == '\\') {
        out_byte(o, '\\');
        out_byte(o, c);
    } else if (c < 0x20 || c == 0x7f) {
        out_text(o, "\\u00");
        out_byte(o, (uint8_t)digit[c >> 4]);
        out_byte(o, (uint8_t)digit[c & 15]);
    } else {
        out_byte(o, c);
    }
}

void json_text(struct json *j, const char *name_, struct span value)
{
    name(j, name_);
    out_byte(j->o, '"');
    if (!utf8_valid(value)) value = SPAN("\xef\xbf\xbd");
    for (size_t i = 0; i < value.len; i++) escaped(j->o, value.ptr[i]);
    out_byte(j->o, '"');
}

void json_number(struct json *j, const char *name_, uint64_t value)
{
    name(j, name_);
    out_decimal(j->o, value);
}

void json_bool(struct json *j, const char *name_, bool value)
{
    name(j, name_);
    out_text(j->o, value ? "true" : "false");
}

void json_hash(struct json *j, const char *name_, const struct hash *h)
{
    name(j, name_);
    out_byte(j->o, '"');
    hex_encode(hash_span(h), j->o);
    out_byte(j->o, '"');
}
