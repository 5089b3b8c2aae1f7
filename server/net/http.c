/* Listening, counting and closing; the connections themselves are in conn.c. */
#include "server/net/http.h"

#include <signal.h>
#include <stdlib.h>

#include "server/net/conn.h"

#define BACKLOG 512
/* Connections above the limit that may be told so at the same time; further ones wait in the backlog. */
#define TURNED_AWAY_MAX 64

struct http_limits http_limits_default(void)
{
    return (struct http_limits){
        .body_max = 1 << 20,
        .head_max = 8192,
        .target_max = 4096,
        .connections_max = 1024,
        .idle_ms = 60000,
        .request_ms = 30000,
        .unsent_max = 256 << 10,
        .copies_max = 256 << 20,
    };
}

const struct http_request *http_request(const struct http_exchange *x)
{
    ASSERT(x->open);
    return &x->request;
}

void http_hold(struct http_exchange *x, void *data, void (*gone)(struct http_exchange *x, void *data))
{
    ASSERT(x->open);
    x->data = data;
    x->gone = gone;
}

void *http_held(const struct http_exchange *x)
{
    return x->data;
}

/* The server frees itself when its own handles and all connections are gone. */
static void server_release(struct http_server *s)
{
    void (*closed)(void *ctx) = s->closed;
    void *ctx = s->closed_ctx;

    if (s->handles > 0 || s->live_count > 0) return;
    free(s->conns);
    free(s);
    if (closed != NULL) closed(ctx);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *s = handle->data;

    s->handles--;
    server_release(s);
}

/* Nobody is left to give time to. */
static void server_end_grace(struct http_server *s)
{
    if (s->closing && s->live_count == 0 && !uv_is_closing((uv_handle_t *)&s->grace))
        uv_close((uv_handle_t *)&s->grace, on_handle_closed);
}

/* A peer waits; without a free connection it waits on. */
static void server_accept(struct http_server *s)
{
    struct conn *c = s->free;
    bool turned_away = s->admitted_count >= s->limits.connections_max;

    s->accept_due = c == NULL;
    if (c == NULL) return;
    s->free = c->next;
    c->prev = NULL;
    c->next = s->live;
    if (s->live != NULL) s->live->prev = c;
    s->live = c;
    s->live_count++;
    if (!turned_away) s->admitted_count++;
    conn_accept(c, s, turned_away);
}

void server_conn_closed(struct http_server *s, struct conn *c)
{
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        s->live = c->next;
    if (c->next != NULL) c->next->prev = c->prev;
    c->next = s->free;
    s->free = c;
    s->live_count--;
    if (!c->turned_away) s->admitted_count--;
    if (s->closing)
        server_end_grace(s);
    else if (s->accept_due)
        server_accept(s);
}

static void on_connection(uv_stream_t *listener, int status)
{
    if (status == 0) server_accept(listener->data);
}

static struct http_server *server_new(uv_loop_t *loop, const struct http_limits *limits)
{
    struct http_server *s = calloc(1, sizeof *s);
    size_t count = (size_t)limits->connections_max + TURNED_AWAY_MAX;

    if (s == NULL) return NULL;
    s->conns = calloc(count, sizeof *s->conns);
    if (s->conns == NULL) {
        free(s);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        s->conns[i].next = s->free;
        s->free = &s->conns[i];
    }
    s->loop = loop;
    s->limits = *limits;
    return s;
}

static int server_bind(struct http_server *s, const char *host, uint16_t port, uint16_t *ret_port)
{
    struct sockaddr_storage address = {0};
    int length = sizeof address;
    int e = uv_ip4_addr(host, port, (struct sockaddr_in *)&address);

    if (e < 0) e = uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address);
    if (e == 0) e = uv_tcp_bind(&s->listener, (const struct sockaddr *)&address, 0);
    if (e == 0) e = uv_listen((uv_stream_t *)&s->listener, BACKLOG, on_connection);
    if (e == 0) e = uv_tcp_getsockname(&s->listener, (struct sockaddr *)&address, &length);
    if (e == 0) {
        *ret_port = address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port)
                                                  : ntohs(((struct sockaddr_in *)&address)->sin_port);
    }
    return e;
}

enum err http_listen(uv_loop_t *loop, const char *host, uint16_t port, const struct http_limits *limits,
                     http_handler *handler, void *ctx, struct http_server **ret, uint16_t *ret_port, char ret_why[160])
{
    struct http_server *s = server_new(loop, limits);
    int e;

    ret_why[0] = 0;
    if (s == NULL) return ERR_NO_MEMORY;
    s->handler = handler;
    s->ctx = ctx;
    e = uv_tcp_init(loop, &s->listener);
    ASSERT(e == 0);
    e = uv_timer_init(loop, &s->grace);
    ASSERT(e == 0);
    s->handles = 2;
    s->listener.data = s;
    s->grace.data = s;
    signal(SIGPIPE, SIG_IGN);
    e = server_bind(s, host, port, ret_port);
    if (e < 0) {
        uv_strerror_r(e, ret_why, 160);
        http_close(s, 0, NULL, NULL);
        return ERR_NETWORK;
    }
    *ret = s;
    return ERR_OK;
}

static struct conn *first_open(const struct http_server *s)
{
    struct conn *c = s->live;

    while (c != NULL && c->state == CONN_CLOSED) c = c->next;
    return c;
}

/* From the front each time: those who hear that a peer is gone may do anything to the others. */
static void on_grace(uv_timer_t *timer)
{
    struct http_server *s = timer->data;
    struct conn *c;

    while ((c = first_open(s)) != NULL) conn_drop(c);
}

void http_close(struct http_server *s, unsigned grace_ms, void (*closed)(void *ctx), void *ctx)
{
    ASSERT(!s->closing);
    s->closing = true;
    s->closed = closed;
    s->closed_ctx = ctx;
    uv_close((uv_handle_t *)&s->listener, on_handle_closed);
    uv_timer_start(&s->grace, on_grace, grace_ms, 0);
    for (struct conn *c = s->live; c != NULL; c = c->next)
        if (!c->in_turn) conn_settle(c);
    server_end_grace(s);
}
