/* Request heads, stricter than the parser. See head.h. */
#include "server/net/head.h"

#include <llhttp.h>

#include "server/net/octets.h"

/* The longest method and version with their blanks: what a request line may have beside its target. */
#define LINE_EXTRA_MAX 64

static bool head_over(const struct head_scan *s, const struct http_limits *limits)
{
    return s->at >= limits->head_max || (s->lines == 0 && s->at >= limits->target_max + LINE_EXTRA_MAX);
}

static enum refusal head_end_line(struct head_scan *s, bool *ret_end)
{
    size_t length = s->at - s->line - 2;

    *ret_end = length == 0;
    if (s->lines == 0 && length == 0) return REFUSAL_REQUEST_LINE;
    if (s->lines > HEAD_HEADERS_MAX && length > 0) return REFUSAL_HEADERS_MANY;
    s->lines++;
    s->line = s->at;
    return REFUSAL_NONE;
}

static enum refusal head_take_byte(struct head_scan *s, uint8_t byte, bool *ret_end)
{
    bool first = s->at == s->line;

    s->at++;
    if (s->after_cr) {
        s->after_cr = false;
        return byte == '\n' ? head_end_line(s, ret_end) : REFUSAL_LINE_END;
    }
    if (byte == '\n') return REFUSAL_LINE_END;
    s->after_cr = byte == '\r';
    if (s->after_cr) return REFUSAL_NONE;
    if (first && s->lines > 0 && (byte == ' ' || byte == '\t')) return REFUSAL_FOLDED;
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return REFUSAL_CONTROL;
    return REFUSAL_NONE;
}

enum refusal head_scan(struct head_scan *s, struct span in, const struct http_limits *limits, size_t *ret_len)
{
    bool end = false;

    ASSERT(s->at <= in.len);
    *ret_len = 0;
    while (s->at < in.len && !end) {
        if (head_over(s, limits)) return s->lines == 0 ? REFUSAL_TARGET_LONG : REFUSAL_HEAD_LONG;
        enum refusal r = head_take_byte(s, in.ptr[s->at], &end);
        if (r != REFUSAL_NONE) return r;
    }
    if (end) *ret_len = s->at;
    return REFUSAL_NONE;
}

/* RFC 9110, 5.6.2. */
static bool is_token_byte(uint8_t byte)
{
    if (octets_is_digit(byte)) return true;
    if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') return true;
    return byte != 0 && memchr("!#$%&'*+-.^_`|~", byte, 15) != NULL;
}

static bool is_token(struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_token_byte(s.ptr[i])) return false;
    return s.len > 0;
}

/* The line before the next CR LF, which head_scan has seen. */
static struct span take_line(struct span *rest)
{
    struct span line = {0};
    bool cut = span_cut(rest, '\r', &line);

    ASSERT(cut && rest->len > 0);
    *rest = span_slice(*rest, 1, rest->len);
    return line;
}

#define METHOD_TEXT_(number, name, text) SPAN(#text),

static bool method_among(struct span text, const struct span *methods, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_equal(text, methods[i])) return true;
    return false;
}

/* Plain HTTP methods that no handler here takes are still handed on, for an answer that names the right one.
 * SOURCE is ICE's; CONNECT turns a connection into something else. */
static enum refusal method_parse(struct span text, enum http_method *ret)
{
    static const struct span own[] = {SPAN("GET"), SPAN("HEAD"), SPAN("POST"), SPAN("OPTIONS")};
    static const enum http_method own_method[] = {HTTP_METHOD_GET, HTTP_METHOD_HEAD, HTTP_METHOD_POST,
                                                  HTTP_METHOD_OPTIONS};
    static const struct span plain[] = {HTTP_METHOD_MAP(METHOD_TEXT_)};
    static const struct span foreign[] = {RTSP_METHOD_MAP(METHOD_TEXT_) SPAN("SOURCE"), SPAN("CONNECT"), SPAN("PRI")};

    if (!is_token(text)) return REFUSAL_REQUEST_LINE;
    for (size_t i = 0; i < COUNT_OF(own); i++)
        if (span_equal(text, own[i])) {
            *ret = own_method[i];
            return REFUSAL_NONE;
        }
    if (method_among(text, foreign, COUNT_OF(foreign))) return REFUSAL_FOREIGN_METHOD;
    if (!method_among(text, plain, COUNT_OF(plain))) return REFUSAL_UNKNOWN_METHOD;
    *ret = HTTP_METHOD_OTHER;
    return REFUSAL_NONE;
}

static enum refusal version_parse(struct span text, bool *ret_old)
{
    bool shape = text.len == 8 && span_starts(text, SPAN("HTTP/")) && octets_is_digit(text.ptr[5]) &&
                 text.ptr[6] == '.' && octets_is_digit(text.ptr[7]);

    if (!shape) return REFUSAL_REQUEST_LINE;
    *ret_old = span_equal(text, SPAN("HTTP/1.0"));
    return *ret_old || span_equal(text, SPAN("HTTP/1.1")) ? REFUSAL_NONE : REFUSAL_VERSION;
}

static enum refusal target_parse(struct span target, size_t target_max, struct request_head *ret)
{
    if (target.len > target_max) return REFUSAL_TARGET_LONG;
    if (target.len == 0 || target.ptr[0] != '/') return REFUSAL_TARGET;
    for (size_t i = 0; i < target.len; i++)
        if (target.ptr[i] <= 0x20 || target.ptr[i] >= 0x7f || target.ptr[i] == '#') return REFUSAL_TARGET;
    ret->query = target;
    if (!span_cut(&ret->query, '?', &ret->path)) {
        ret->path = target;
        ret->query = span_slice(target, target.len, target.len);
    }
    return REFUSAL_NONE;
}

static enum refusal line_parse(struct span line, size_t target_max, struct request_head *ret, bool *ret_old)
{
    struct span method, target;
    enum refusal r;

    if (!span_cut(&line, ' ', &method) || !span_cut(&line, ' ', &target)) return REFUSAL_REQUEST_LINE;
    r = version_parse(line, ret_old);
    if (r == REFUSAL_NONE) r = method_parse(method, &ret->method);
    if (r == REFUSAL_NONE) r = target_parse(target, target_max, ret);
    ret->method_text = method;
    return r;
}

/* Headers that are read here and may stand once. */
enum field {
    FIELD_HOST,
    FIELD_LENGTH,
    FIELD_CODING,
    FIELD_EXPECT,
    FIELD_ACCEPT,
    FIELD_PREFER,
    FIELD_TYPE,
    FIELD_NONE_MATCH,
    FIELD_COUNT
};

/* A field that is absent has a NULL pointer; an empty one has not. */
struct fields {
    struct span value[FIELD_COUNT];
    bool close;
};

/* Whether a comma separated list holds the token. */
static bool list_holds(struct span list, struct span token)
{
    struct span item;

    while (span_cut(&list, ',', &item))
        if (octets_equal_nocase(octets_trim(item), token)) return true;
    return octets_equal_nocase(octets_trim(list), token);
}

static enum refusal field_take(struct span line, struct fields *f)
{
    static const struct span names[FIELD_COUNT] = {
        SPAN("Host"),   SPAN("Content-Length"), SPAN("Transfer-Encoding"), SPAN("Expect"),
        SPAN("Accept"), SPAN("Prefer"),         SPAN("Content-Type"),      SPAN("If-None-Match"),
    };
    struct span name;

    if (!span_cut(&line, ':', &name) || !is_token(name)) return REFUSAL_HEADER_LINE;
    line = octets_trim(line);
    if (octets_equal_nocase(name, SPAN("Connection")) && list_holds(line, SPAN("close"))) f->close = true;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!octets_equal_nocase(name, names[i])) continue;
        if (f->value[i].ptr != NULL) return i == FIELD_HOST ? REFUSAL_HOST : REFUSAL_HEADER_TWICE;
        f->value[i] = line;
    }
    return REFUSAL_NONE;
}

/* Absent is allowed in HTTP/1.0 only. */
static enum refusal host_check(struct span host, bool old)
{
    if (host.ptr == NULL) return old ? REFUSAL_NONE : REFUSAL_HOST;
    for (size_t i = 0; i < host.len; i++)
        if (host.ptr[i] <= 0x20 || host.ptr[i] >= 0x7f || memchr(",/@\\?#\"<>", host.ptr[i], 9) != NULL)
            return REFUSAL_HOST;
    return host.len > 0 ? REFUSAL_NONE : REFUSAL_HOST;
}

static enum refusal length_parse(struct span text, size_t body_max, uint64_t *ret)
{
    uint64_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        if (!octets_is_digit(text.ptr[i])) return REFUSAL_LENGTH;
    if (text.len == 0) return REFUSAL_LENGTH;
    if (text.len > 18) return REFUSAL_BODY_LONG;
    for (size_t i = 0; i < text.len; i++) n = n * 10 + (uint64_t)(text.ptr[i] - '0');
    if (n > body_max) return REFUSAL_BODY_LONG;
    *ret = n;
    return REFUSAL_NONE;
}

/* Where the body ends must have one reading only (RFC 9112, 6.1 and 6.3). */
static enum refusal framing_check(const struct fields *f, bool old, size_t body_max, struct request_head *ret)
{
    struct span length = f->value[FIELD_LENGTH], coding = f->value[FIELD_CODING];

    ret->chunked = coding.ptr != NULL;
    ret->length = 0;
    if (ret->chunked && length.ptr != NULL) return REFUSAL_TWO_LENGTHS;
    if (ret->chunked && old) return REFUSAL_OLD_CHUNKED;
    if (ret->chunked) return octets_equal_nocase(coding, SPAN("chunked")) ? REFUSAL_NONE : REFUSAL_CODING;
    return length.ptr == NULL ? REFUSAL_NONE : length_parse(length, body_max, &ret->length);
}

static enum refusal fields_check(const struct fields *f, bool old, size_t body_max, struct request_head *ret)
{
    struct span expect = f->value[FIELD_EXPECT];
    enum refusal r = host_check(f->value[FIELD_HOST], old);

    if (r == REFUSAL_NONE) r = framing_check(f, old, body_max, ret);
    if (r != REFUSAL_NONE) return r;
    if (!old && expect.ptr != NULL && !octets_equal_nocase(expect, SPAN("100-continue"))) return REFUSAL_EXPECTATION;
    ret->expects = !old && expect.ptr != NULL;
    ret->close = old || f->close;
    ret->accept = f->value[FIELD_ACCEPT];
    ret->prefer = f->value[FIELD_PREFER];
    ret->content_type = f->value[FIELD_TYPE];
    ret->if_none_match = f->value[FIELD_NONE_MATCH];
    return REFUSAL_NONE;
}

enum refusal head_parse(struct span head, const struct http_limits *limits, struct request_head *ret)
{
    struct request_head h = {0};
    struct fields f = {0};
    bool old = false;
    enum refusal r = line_parse(take_line(&head), limits->target_max, &h, &old);

    ret->method = h.method;
    while (r == REFUSAL_NONE && head.len > 2) r = field_take(take_line(&head), &f);
    if (r == REFUSAL_NONE) r = fields_check(&f, old, limits->body_max, &h);
    if (r == REFUSAL_NONE) *ret = h;
    return r;
}
