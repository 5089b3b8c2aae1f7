/* The request line and headers: what they must look like before the parser sees them, and what they say.
 * llhttp takes several forms that other servers read differently (folded headers, a bare LF as HTTP/0.9, other
 * protocols' methods, no Host); here each is refused, so that two readers cannot disagree on where a request ends.
 * Pure: no sockets, no memory, no time. */
#ifndef CAIRN_NET_HEAD_H
#define CAIRN_NET_HEAD_H

#include "log/base/base.h"
#include "server/net/http.h"
#include "server/net/refusal.h"

/* Headers of a request, more are refused. */
#define HEAD_HEADERS_MAX 64

/* How far the bytes of one head have been looked at. Zeroed: nothing yet. */
struct head_scan {
    size_t at;      /* bytes seen */
    size_t line;    /* where the line under way begins */
    unsigned lines; /* whole ones before it */
    bool after_cr;
};

/* Looks at the bytes of `in` that are new since the last call. *ret_len becomes the length of the head with
 * its empty line, or 0 when more bytes are needed. What is wrong is refused at its first wrong byte.
 * Each byte costs one step, however the bytes were split. */
enum refusal head_scan(struct head_scan *s, struct span in, const struct http_limits *limits, size_t *ret_len) MUST_USE;

struct request_head {
    enum http_method method;
    bool close; /* the peer wants, or HTTP/1.0 means, that the connection ends with the reply */
    bool chunked;
    bool expects;    /* 100-continue */
    uint64_t length; /* of the body; 0 when there is none or it is chunked */
    struct span method_text, path, query;
    struct span accept, prefer, content_type, if_none_match;
};

/* `head` is what head_scan measured; the spans point into it. On refusal *ret is untouched, except that its
 * method is set once it is known (a refused HEAD gets no body). */
enum refusal head_parse(struct span head, const struct http_limits *limits, struct request_head *ret) MUST_USE;

#endif
