/* An HTTP/1.1 server on a libuv loop, strict in what it accepts (RFC 9110, 9112; llhttp and the refusals
 * that stand in http.c). The only HTTP there is; knows nothing of logs; the witness uses it too. */
#ifndef CAIRN_HTTP_H
#define CAIRN_HTTP_H

#include <uv.h>

#include "log/base/base.h"

struct http_limits {
    size_t body_max;          /* bytes; more is 413 */
    size_t head_max;          /* request line and headers together; more is 431 */
    size_t target_max;        /* more is 414 */
    unsigned connections_max; /* further ones get 503 and are closed */
    unsigned idle_ms;         /* between requests, and between bytes of one */
    unsigned request_ms;      /* from its first byte to its last; then 408 */
    size_t unsent_max;        /* bytes a connection may have queued before it is read again */
    size_t copies_max;        /* bytes of replies kept for slow readers, all together; who needs more is let go */
};
struct http_limits http_limits_default(void);

enum http_method { HTTP_METHOD_GET, HTTP_METHOD_HEAD, HTTP_METHOD_POST, HTTP_METHOD_OPTIONS, HTTP_METHOD_OTHER };

/* One request being answered. Spans live until the reply was given. A handler replies once, at once or
 * later on the loop's thread. */
struct http_exchange;
struct http_request {
    enum http_method method;
    struct span method_text;
    struct span path;  /* as sent: begins with '/', no query; percent-encoding untouched */
    struct span query; /* without '?'; empty when absent */
    struct span body;
    struct span accept, prefer, content_type, if_none_match; /* empty when absent; a second one is 400 */
};
const struct http_request *http_request(const struct http_exchange *x);
/* A value for the handler to find again, and what to call when the peer went away before the reply
 * (after which the exchange is gone: no reply may be given). A peer that ends its side of the connection while
 * its exchange is held counts as gone. Without `gone` a reply must be given in any case. */
void http_hold(struct http_exchange *x, void *data, void (*gone)(struct http_exchange *x, void *data));
void *http_held(const struct http_exchange *x);

struct http_header {
    const char *name;
    struct span value;
};
/* Copies everything; the body of a HEAD is counted and not sent. Adds Date, Content-Length and what keeps
 * the connection going. Values with control characters are a bug (ASSERT). */
void http_reply(struct http_exchange *x, unsigned status, const struct http_header *headers, size_t count,
                struct span body);

struct http_server;
/* `handler` is called on the loop's thread for each whole request. */
typedef void http_handler(void *ctx, struct http_exchange *x);
/* "127.0.0.1", 0 chooses a free port. Sets *ret_port. ERR_NETWORK with uv's words in ret_why (the loop must
 * then run once more to free what was begun). From then on the process ignores SIGPIPE. */
enum err http_listen(uv_loop_t *loop, const char *host, uint16_t port, const struct http_limits *limits,
                     http_handler *handler, void *ctx, struct http_server **ret, uint16_t *ret_port,
                     char ret_why[160]) MUST_USE;
/* Stops accepting; answers what is under way (at most grace_ms), then frees itself and calls closed. */
void http_close(struct http_server *s, unsigned grace_ms, void (*closed)(void *ctx), void *ctx);

/* The value of `name` in a query ("size=5&from=2"), percent-decoded into *o. False when absent or twice. */
bool http_query_value(struct span query, const char *name, struct out *o, struct span *ret);
/* The same for a name that may stand several times: its n-th value, from 0. */
bool http_query_value_at(struct span query, const char *name, size_t n, struct out *o, struct span *ret);
/* Seconds of "wait=N" in a Prefer header (RFC 7240); 0 when there is none. */
unsigned http_prefer_wait(struct span prefer);

#endif
