/* Heads of requests: bytes that come one by one are judged as if they came at once, and what is taken here llhttp
 * reads in the same way or refuses: no second reader may see another request. */
#include <llhttp.h>

#include "server/net/head.h"
#include "tests/fuzz/fuzz.h"

static const struct http_limits limits = {.body_max = 1 << 20, .head_max = 16384, .target_max = 2048};

static size_t scan_bytewise(struct span input, enum refusal *ret)
{
    struct head_scan s = {0};
    size_t len = 0;

    *ret = REFUSAL_NONE;
    for (size_t i = 0; i <= input.len && *ret == REFUSAL_NONE && len == 0; i++)
        *ret = head_scan(&s, span_slice(input, 0, i), &limits, &len);
    return len;
}

static int stop(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static void compare(struct span head, const struct request_head *h)
{
    llhttp_settings_t settings;
    llhttp_t parser;
    llhttp_errno_t e;
    bool chunked;

    llhttp_settings_init(&settings);
    settings.on_headers_complete = stop;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    e = llhttp_execute(&parser, (const char *)head.ptr, head.len);
    ASSERT(e != HPE_OK);
    if (e != HPE_PAUSED) return;
    chunked = (parser.flags & F_CHUNKED) != 0;
    ASSERT(span_equal(span_text(llhttp_method_name((llhttp_method_t)parser.method)), h->method_text));
    ASSERT(chunked == h->chunked);
    ASSERT(chunked || parser.content_length == h->length);
}

FUZZ(input)
{
    struct head_scan s = {0};
    struct request_head h = {0};
    enum refusal whole, bytewise;
    size_t len, other = scan_bytewise(input, &bytewise);
    struct span head;

    whole = head_scan(&s, input, &limits, &len);
    ASSERT(whole == bytewise);
    ASSERT(len == other);
    if (whole != REFUSAL_NONE || len == 0) return;
    head = span_slice(input, 0, len);
    if (head_parse(head, &limits, &h) != REFUSAL_NONE) return;
    ASSERT(fuzz_within(h.path, head) && h.path.len > 0 && h.path.ptr[0] == '/');
    ASSERT(fuzz_within(h.query, head) && h.path.len + h.query.len <= limits.target_max);
    ASSERT(h.length <= limits.body_max && !(h.chunked && h.length > 0));
    compare(head, &h);
}
