/* One connection: bytes in, whole requests to the handler, replies out, all of it in bounded memory and time.
 * Nothing in here knows what the requests mean. See conn.h for the states. */
#include "server/net/conn.h"

#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "server/net/reply.h"

/* Requests of one connection handled before the others get their turn. */
#define TURN_REQUESTS_MAX 16
/* How long, and for how many bytes, a peer is listened to after its last reply. */
#define LINGER_MS 2000
#define DISCARD_MAX (1u << 20)
/* A reader that takes less than this in idle_ms is too slow. */
#define DRAIN_MIN 4096
#define NEVER UINT64_MAX

static uint64_t now_ms(const struct conn *c)
{
    return uv_now(c->server->loop);
}

static uv_stream_t *stream(struct conn *c)
{
    return (uv_stream_t *)&c->tcp;
}

static size_t unsent(const struct conn *c)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&c->tcp);
}

static size_t in_cap(const struct conn *c)
{
    return c->server->limits.head_max + CONN_READ_SIZE;
}

/* Too much is unsent for another request to be looked at. */
static bool blocked(const struct conn *c)
{
    return unsent(c) > c->server->limits.unsent_max;
}

/* Closing. */

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;

    if (--c->handles > 0) return;
    free(c->in);
    c->in = NULL;
    body_drop(&c->body);
    server_conn_closed(c->server, c);
}

/* An exchange that is open and that nobody can be told about keeps the timer's handle, and with it the
 * connection's memory, until its reply is given. */
void conn_drop(struct conn *c)
{
    bool tell = c->x.open && c->x.gone != NULL;

    if (c->state == CONN_CLOSED) return;
    c->state = CONN_CLOSED;
    uv_timer_stop(&c->timer);
    uv_close((uv_handle_t *)&c->tcp, on_closed);
    if (c->x.open && !tell) return;
    c->x.open = false;
    uv_close((uv_handle_t *)&c->timer, on_closed);
    if (tell) c->x.gone(&c->x, c->x.data);
}

/* Sending. */

struct unsent_rest {
    uv_write_t write;
    size_t len;
    uint8_t bytes[];
};

static void conn_turn(struct conn *c);

static void on_written(uv_write_t *write, int status)
{
    struct conn *c = write->data;

    c->server->copied -= ((struct unsent_rest *)write)->len;
    free(write);
    if (c->state == CONN_CLOSED) return;
    if (status < 0) {
        conn_drop(c);
        return;
    }
    c->sent_since = now_ms(c);
    c->unsent_mark = unsent(c);
    /* The peer was not heard while too much was unsent: its time begins anew. */
    if (!blocked(c)) c->request_since = c->byte_last = now_ms(c);
    if (!c->in_turn) conn_turn(c);
}

/* What the socket did not take at once is copied. */
static void send_rest(struct conn *c, struct span head, struct span body)
{
    size_t len = head.len + body.len;
    bool room = len <= c->server->limits.copies_max - c->server->copied;
    struct unsent_rest *rest = room ? malloc(sizeof *rest + len) : NULL;
    uv_buf_t buf;

    if (rest == NULL) {
        conn_drop(c);
        return;
    }
    rest->len = len;
    if (head.len > 0) memcpy(rest->bytes, head.ptr, head.len);
    if (body.len > 0) memcpy(rest->bytes + head.len, body.ptr, body.len);
    if (unsent(c) == 0) c->sent_since = now_ms(c);
    rest->write.data = c;
    buf = (uv_buf_t){.base = (char *)rest->bytes, .len = len};
    if (uv_write(&rest->write, stream(c), &buf, 1, on_written) < 0) {
        free(rest);
        conn_drop(c);
        return;
    }
    c->server->copied += len;
    c->unsent_mark = unsent(c);
}

static void conn_send(struct conn *c, struct span head, struct span body)
{
    uv_buf_t bufs[2] = {{.base = (char *)(uintptr_t)head.ptr, .len = head.len},
                        {.base = (char *)(uintptr_t)body.ptr, .len = body.len}};
    int taken;
    size_t sent;

    ASSERT(body.len < INT_MAX - REPLY_HEAD_MAX);
    taken = uv_try_write(stream(c), bufs, body.len > 0 ? 2 : 1);
    if (taken < 0 && taken != UV_EAGAIN) {
        conn_drop(c);
        return;
    }
    sent = taken < 0 ? 0 : (size_t)taken;
    if (sent == head.len + body.len) return;
    size_t from_head = sent < head.len ? sent : head.len;
    send_rest(c, span_slice(head, from_head, head.len), span_slice(body, sent - from_head, body.len));
}

static uint64_t clock_s(void)
{
    struct timespec now;
    int e = clock_gettime(CLOCK_REALTIME, &now);

    ASSERT(e == 0);
    return (uint64_t)now.tv_sec;
}

static void conn_reply(struct conn *c, unsigned status, const struct http_header *headers, size_t count,
                       struct span body)
{
    uint8_t room[REPLY_HEAD_MAX];
    struct out head = out_over(room, sizeof room);
    struct reply reply = {.status = status,
                          .headers = headers,
                          .count = count,
                          .body_len = body.len,
                          .close = c->last,
                          .now_s = clock_s()};

    reply_head(&reply, &head);
    ASSERT(!head.full);
    if (c->head.method == HTTP_METHOD_HEAD || !reply_has_body(status)) body.len = 0;
    conn_send(c, out_span(&head), body);
}

/* The connection ends once everything is sent. */
static void conn_finish(struct conn *c)
{
    if (c->state == CONN_CLOSED) return;
    c->state = CONN_LINGER;
}

static void conn_refuse(struct conn *c, enum refusal refusal)
{
    uint8_t room[256];
    struct out text = out_over(room, sizeof room);
    unsigned status = refusal_status(refusal);
    const char *reason = refusal_reason(refusal);
    struct http_header headers[] = {{"Content-Type", SPAN("text/plain; charset=utf-8")},
                                    {"Cairn-Reason", span_text(reason)},
                                    {"Retry-After", SPAN("1")}};

    out_text(&text, reason);
    out_text(&text, ": ");
    out_text(&text, refusal_sentence(refusal));
    out_byte(&text, '\n');
    ASSERT(!text.full);
    c->last = true;
    conn_reply(c, status, headers, status == 503 ? 3 : 2, out_span(&text));
    conn_finish(c);
}

/* The parser's callbacks. */

static struct conn *conn_of(llhttp_t *parser)
{
    return parser->data;
}

static int on_chunk_header(llhttp_t *parser)
{
    struct conn *c = conn_of(parser);

    if (parser->content_length <= c->server->limits.body_max - c->body.len) return 0;
    c->refusal = REFUSAL_BODY_LONG;
    return HPE_USER;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct conn *c = conn_of(parser);
    size_t most = c->server->limits.body_max;

    if (len > most - c->body.len)
        c->refusal = REFUSAL_BODY_LONG;
    else if (!body_add(&c->body, span_of(at, len), most))
        c->refusal = REFUSAL_MEMORY;
    return c->refusal == REFUSAL_NONE ? 0 : HPE_USER;
}

static int on_message_complete(llhttp_t *parser)
{
    conn_of(parser)->complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t parser_settings = {
    .on_chunk_header = on_chunk_header,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* Everything in `bytes` belongs to the request under way, as head.c or chunks.c found: should the parser
 * read another end than they do, the request is refused. */
static enum refusal parser_feed(struct conn *c, struct span bytes)
{
    const char *at = (const char *)bytes.ptr;
    enum llhttp_errno e = llhttp_execute(&c->parser, at, bytes.len);

    if (c->refusal != REFUSAL_NONE) return c->refusal;
    if (e == HPE_OK && !c->complete) return REFUSAL_NONE;
    if (e == HPE_PAUSED && c->complete && llhttp_get_error_pos(&c->parser) == at + bytes.len) return REFUSAL_NONE;
    return REFUSAL_MALFORMED;
}

/* Requests. */

/* Forgets the request that was answered and moves what came after it to the front. */
static void conn_next(struct conn *c)
{
    body_drop(&c->body);
    c->in_len -= c->head_len;
    if (c->in_len > 0) memmove(c->in, c->in + c->head_len, c->in_len);
    c->head_len = 0;
    c->scan = (struct head_scan){0};
    c->head = (struct request_head){0};
    c->chunks = (struct chunks){0};
    c->complete = c->skipped = false;
    c->refusal = REFUSAL_NONE;
    c->x = (struct http_exchange){0};
    c->request_since = c->byte_last = now_ms(c);
    llhttp_init(&c->parser, HTTP_REQUEST, &parser_settings);
    c->parser.data = c;
    c->state = CONN_HEAD;
}

/* One empty line before a request is passed over (RFC 9112, 2.2). False: more bytes are needed to tell. */
static bool skip_empty_line(struct conn *c)
{
    if (c->skipped || c->scan.at > 0 || c->in_len == 0 || c->in[0] != '\r') return true;
    if (c->in_len < 2) return false;
    if (c->in[1] != '\n') return true;
    c->in_len -= 2;
    memmove(c->in, c->in + 2, c->in_len);
    c->skipped = true;
    return true;
}

static enum refusal head_take(struct conn *c, size_t head_len)
{
    struct span head = span_of(c->in, head_len);
    enum refusal r = head_parse(head, &c->server->limits, &c->head);

    if (r == REFUSAL_NONE) r = parser_feed(c, head);
    if (r == REFUSAL_NONE && c->complete && (c->head.chunked || c->head.length > 0)) r = REFUSAL_MALFORMED;
    if (r == REFUSAL_NONE && !c->complete && !c->head.chunked && c->head.length == 0) r = REFUSAL_MALFORMED;
    return r;
}

/* True when there may be more to do at once. */
static bool step_head(struct conn *c)
{
    size_t head_len = 0;
    enum refusal r;

    if (blocked(c) || !skip_empty_line(c)) return false;
    r = head_scan(&c->scan, span_of(c->in, c->in_len), &c->server->limits, &head_len);
    if (r == REFUSAL_NONE && head_len == 0) return false;
    if (r == REFUSAL_NONE) r = head_take(c, head_len);
    if (r != REFUSAL_NONE) {
        conn_refuse(c, r);
        return false;
    }
    c->head_len = head_len;
    c->length_left = c->head.length;
    c->last = c->head.close;
    c->state = CONN_BODY;
    if (c->head.expects && !c->complete && c->in_len == head_len)
        conn_send(c, SPAN("HTTP/1.1 100 Continue\r\n\r\n"), (struct span){0});
    return c->state == CONN_BODY;
}

static enum refusal body_take(struct conn *c, struct span more, size_t *ret_taken)
{
    enum refusal r;
    bool ended;

    *ret_taken = more.len;
    if (c->head.chunked) {
        if (!chunks_take(&c->chunks, more, ret_taken)) return REFUSAL_CHUNK;
        ended = c->chunks.state == CHUNKS_DONE;
    } else {
        if (*ret_taken > c->length_left) *ret_taken = (size_t)c->length_left;
        c->length_left -= *ret_taken;
        ended = c->length_left == 0;
    }
    r = parser_feed(c, span_slice(more, 0, *ret_taken));
    return r == REFUSAL_NONE && ended != c->complete ? REFUSAL_MALFORMED : r;
}

static void conn_dispatch(struct conn *c)
{
    const struct request_head *h = &c->head;

    c->x = (struct http_exchange){
        .open = true,
        .request = {.method = h->method,
                    .method_text = h->method_text,
                    .path = h->path,
                    .query = h->query,
                    .body = span_of(c->body.ptr, c->body.len),
                    .accept = h->accept,
                    .prefer = h->prefer,
                    .content_type = h->content_type,
                    .if_none_match = h->if_none_match},
    };
    c->state = CONN_ANSWER;
    c->server->handler(c->server->ctx, &c->x);
}

static bool step_body(struct conn *c)
{
    struct span more = span_of(c->in + c->head_len, c->in_len - c->head_len);
    size_t taken = 0;
    enum refusal r = REFUSAL_NONE;

    if (!c->complete && more.len == 0) return false;
    if (!c->complete) r = body_take(c, more, &taken);
    if (r != REFUSAL_NONE) {
        conn_refuse(c, r);
        return false;
    }
    memmove(c->in + c->head_len, more.ptr + taken, more.len - taken);
    c->in_len -= taken;
    if (!c->complete) return false;
    conn_dispatch(c);
    return true;
}

/* Handles what has come in, a few requests at most, so that one peer's pipeline does not hold up the others. */
static void conn_turn(struct conn *c)
{
    bool more = true;

    ASSERT(!c->in_turn);
    c->in_turn = true;
    for (unsigned n = 0; more && n < 2 * TURN_REQUESTS_MAX; n++) {
        if (c->state == CONN_HEAD)
            more = step_head(c);
        else if (c->state == CONN_BODY)
            more = step_body(c);
        else
            more = false;
    }
    c->in_turn = false;
    if (more) c->again = true;
    conn_settle(c);
}

void http_reply(struct http_exchange *x, unsigned status, const struct http_header *headers, size_t count,
                struct span body)
{
    struct conn *c = (struct conn *)x;

    ASSERT(x->open);
    x->open = false;
    if (c->state == CONN_CLOSED) {
        uv_close((uv_handle_t *)&c->timer, on_closed);
        return;
    }
    ASSERT(c->state == CONN_ANSWER);
    if (c->server->closing) c->last = true;
    conn_reply(c, status, headers, count, body);
    if (c->state == CONN_CLOSED) return;
    if (c->last)
        conn_finish(c);
    else
        conn_next(c);
    if (c->in_turn) return;
    /* The next request waits for the loop: a handler is not called from inside of a caller's reply. */
    c->again = c->state == CONN_HEAD && c->in_len > 0;
    conn_settle(c);
}

/* Times. */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When something is due: another turn, or the end of the connection. */
static uint64_t conn_deadline(const struct conn *c)
{
    const struct http_limits *limits = &c->server->limits;
    uint64_t sent = unsent(c) > 0 ? c->sent_since + limits->idle_ms : NEVER;
    uint64_t heard = c->byte_last + limits->idle_ms;
    uint64_t whole = earlier(heard, c->request_since + limits->request_ms);

    if (c->again) return 0;
    switch (c->state) {
    case CONN_HEAD:
        if (c->in_len > 0 && !blocked(c)) return earlier(sent, whole);
        return unsent(c) > 0 ? sent : heard;
    case CONN_BODY: return earlier(sent, whole);
    case CONN_LINGER: return c->shut ? c->linger_since + LINGER_MS : sent;
    case CONN_ANSWER: return sent;
    case CONN_CLOSED: break;
    }
    return NEVER;
}

/* Whether a reader whose time is up has taken enough to get more of it. */
static bool drains(struct conn *c)
{
    if (c->unsent_mark - unsent(c) < DRAIN_MIN) return false;
    c->unsent_mark = unsent(c);
    c->sent_since = now_ms(c);
    return true;
}

static void conn_expire(struct conn *c)
{
    bool slow_reader = unsent(c) > 0 && c->sent_since + c->server->limits.idle_ms <= now_ms(c);
    bool asked = c->state == CONN_BODY || (c->state == CONN_HEAD && c->in_len > 0);

    if (slow_reader && drains(c))
        conn_settle(c);
    else if (slow_reader || !asked)
        conn_drop(c);
    else {
        conn_refuse(c, REFUSAL_SLOW);
        conn_settle(c);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct conn *c = timer->data;

    c->armed = NEVER;
    if (c->again) {
        c->again = false;
        conn_turn(c);
    } else if (conn_deadline(c) <= now_ms(c)) {
        conn_expire(c);
    } else {
        conn_settle(c);
    }
}

/* A timer that fires too early sets itself again: cheaper than moving it with every byte. */
static void settle_timer(struct conn *c)
{
    uint64_t deadline = conn_deadline(c), now = now_ms(c);

    if (deadline >= c->armed) return;
    c->armed = deadline;
    uv_timer_start(&c->timer, on_timer, deadline > now ? deadline - now : 0, 0);
}

/* Reading. */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct conn *c = handle->data;

    (void)suggested;
    if (c->state == CONN_LINGER)
        *ret = uv_buf_init((char *)c->server->discard, sizeof c->server->discard);
    else
        *ret = uv_buf_init((char *)c->in + c->in_len, (unsigned)(in_cap(c) - c->in_len));
}

/* A peer that sends no more may still read: what it asked for is answered. But one that does so while its
 * exchange is held has most likely left, and TCP gives no way to tell: the holder hears that it is gone. */
static void on_eof(struct conn *c)
{
    struct http_exchange *x = &c->x;

    c->eof = true;
    if (x->open && x->gone != NULL) {
        x->open = false;
        conn_finish(c);
        conn_settle(c);
        x->gone(x, x->data);
    } else {
        conn_settle(c);
    }
}

static void on_bytes(struct conn *c, size_t len)
{
    if (c->state == CONN_LINGER) {
        c->discarded += len;
        if (c->discarded > DISCARD_MAX) conn_drop(c);
        return;
    }
    c->byte_last = now_ms(c);
    if (c->state == CONN_HEAD && c->in_len == 0) c->request_since = now_ms(c);
    c->in_len += len;
    if (c->state == CONN_ANSWER || c->again)
        conn_settle(c);
    else
        conn_turn(c);
}

static void on_read(uv_stream_t *s, ssize_t len, const uv_buf_t *buf)
{
    struct conn *c = s->data;

    (void)buf;
    if (len > 0)
        on_bytes(c, (size_t)len);
    else if (len == UV_EOF)
        on_eof(c);
    else if (len < 0)
        conn_drop(c);
}

/* While an exchange is open reading goes on into the room that is left, to notice a peer that leaves. */
static bool wants_bytes(const struct conn *c)
{
    if (c->eof || c->state == CONN_CLOSED) return false;
    if (c->state == CONN_LINGER) return c->shut;
    if (c->state == CONN_HEAD && blocked(c)) return false;
    return c->in_len < in_cap(c);
}

static void settle_reading(struct conn *c)
{
    bool wants = wants_bytes(c);

    if (wants == c->reading) return;
    c->reading = wants;
    if (!wants)
        uv_read_stop(stream(c));
    else if (uv_read_start(stream(c), on_alloc, on_read) < 0)
        conn_drop(c);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    struct conn *c = shutdown->data;

    if (status < 0) conn_drop(c);
}

static void settle_linger(struct conn *c)
{
    if (unsent(c) > 0) return;
    if (c->eof) {
        conn_drop(c);
        return;
    }
    if (c->shut) return;
    c->shut = true;
    c->linger_since = now_ms(c);
    c->shutdown.data = c;
    if (uv_shutdown(&c->shutdown, stream(c), on_shutdown) < 0) conn_drop(c);
}

/* No request can come any more, or none is wanted. */
static bool has_ended(const struct conn *c)
{
    bool idle = c->state == CONN_HEAD && c->in_len == 0;

    if (c->again || (c->state == CONN_HEAD && blocked(c))) return false;
    if (idle && c->server->closing) return true;
    return c->eof && (c->state == CONN_HEAD || c->state == CONN_BODY);
}

void conn_settle(struct conn *c)
{
    if (has_ended(c)) {
        bool quiet = unsent(c) == 0;
        conn_finish(c);
        if (quiet) conn_drop(c);
    }
    if (c->state == CONN_LINGER) settle_linger(c);
    if (c->state == CONN_CLOSED) return;
    settle_reading(c);
    if (c->state != CONN_CLOSED) settle_timer(c);
}

/* Beginning. */

static void conn_init(struct conn *c, struct http_server *server)
{
    struct conn *next = c->next, *prev = c->prev;
    int e;

    memset(c, 0, sizeof *c);
    c->next = next;
    c->prev = prev;
    c->server = server;
    c->armed = NEVER;
    e = uv_tcp_init(server->loop, &c->tcp);
    ASSERT(e == 0);
    e = uv_timer_init(server->loop, &c->timer);
    ASSERT(e == 0);
    c->tcp.data = c;
    c->timer.data = c;
    c->handles = 2;
}

void conn_accept(struct conn *c, struct http_server *server, bool turned_away)
{
    conn_init(c, server);
    c->turned_away = turned_away;
    if (!turned_away) c->in = malloc(in_cap(c));
    if (uv_accept((uv_stream_t *)&server->listener, stream(c)) < 0) {
        conn_drop(c);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    if (c->in == NULL)
        conn_refuse(c, turned_away ? REFUSAL_FULL : REFUSAL_MEMORY);
    else
        conn_next(c);
    conn_settle(c);
}
