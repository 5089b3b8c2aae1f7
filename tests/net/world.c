/* See world.h. */
#include "tests/net/world.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A test that waits this long hangs. */
#define PATIENCE_NS (60ull * 1000 * 1000 * 1000)

static void on_gone(struct http_exchange *x, void *data)
{
    struct world *w = data;

    for (unsigned i = 0; i < w->held_count; i++)
        if (w->held[i] == x) w->held[i] = w->held[--w->held_count];
    w->gone_count++;
}

static void hold(struct world *w, struct http_exchange *x, bool owed)
{
    ASSERT(w->held_count < WORLD_HELD_MAX);
    w->held[w->held_count++] = x;
    http_hold(x, w, owed ? NULL : on_gone);
}

static void answer_big(struct world *w, struct http_exchange *x)
{
    uint8_t *bytes = malloc(w->big + 1);

    ASSERT(bytes != NULL);
    for (size_t i = 0; i < w->big; i++) bytes[i] = (uint8_t)('a' + i % 23);
    http_reply(x, 200, NULL, 0, span_of(bytes, w->big));
    free(bytes);
}

static void answer_echo(struct http_exchange *x)
{
    const struct http_request *r = http_request(x);
    static uint8_t room[1 << 20];
    struct out o = out_over(room, sizeof room);
    struct http_header type = {"Content-Type", SPAN("text/plain")};

    out_bytes(&o, r->method_text);
    out_byte(&o, ' ');
    out_bytes(&o, r->path);
    out_byte(&o, '?');
    out_bytes(&o, r->query);
    out_byte(&o, ' ');
    out_bytes(&o, r->body);
    ASSERT(!o.full);
    http_reply(x, 200, &type, 1, out_span(&o));
}

static void handler(void *ctx, struct http_exchange *x)
{
    struct world *w = ctx;
    struct span path = http_request(x)->path;

    w->handled++;
    if (w->also != NULL)
        w->also(w, x);
    else if (span_equal(path, SPAN("/hold")))
        hold(w, x, false);
    else if (span_equal(path, SPAN("/owed")))
        hold(w, x, true);
    else if (span_equal(path, SPAN("/big")))
        answer_big(w, x);
    else if (span_equal(path, SPAN("/204")))
        http_reply(x, 204, NULL, 0, SPAN("nothing"));
    else if (span_equal(path, SPAN("/304")))
        http_reply(x, 304, NULL, 0, SPAN("nothing"));
    else
        answer_echo(x);
}

static void say(const char *condition, const char *file, int line)
{
    fprintf(stderr, "aborted: %s at %s:%d\n", condition, file, line);
}

void world_open(struct world *w, const struct http_limits *limits)
{
    char why[160];

    assert_hook = say;
    memset(w, 0, sizeof *w);
    ASSERT(uv_loop_init(&w->loop) == 0);
    ASSERT(http_listen(&w->loop, "127.0.0.1", 0, limits, handler, w, &w->server, &w->port, why) == ERR_OK);
    ASSERT(w->port != 0);
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

void world_close(struct world *w)
{
    if (!w->closed) {
        http_close(w->server, 0, on_closed, &w->closed);
        world_until(w, &w->closed);
    }
    world_run(w);
    ASSERT(uv_loop_close(&w->loop) == 0);
}

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

/* One round that waits a millisecond at most. */
static void turn(struct world *w, uint64_t begun_ns)
{
    uv_timer_t tick;

    ASSERT(uv_hrtime() - begun_ns < PATIENCE_NS);
    uv_timer_init(&w->loop, &tick);
    uv_timer_start(&tick, on_tick, 1, 1); /* again: the first may fire before the loop waits */
    uv_run(&w->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(&w->loop, UV_RUN_NOWAIT);
}

void world_until(struct world *w, const bool *flag)
{
    uint64_t begun_ns = uv_hrtime();

    while (!*flag) turn(w, begun_ns);
}

void world_run(struct world *w)
{
    uint64_t begun_ns = uv_hrtime();

    for (int i = 0; i < 8; i++) turn(w, begun_ns);
}

struct peer peer_open(struct world *w)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(w->port)};
    struct peer p = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT(p.fd >= 0);
    ASSERT(connect(p.fd, (struct sockaddr *)&to, sizeof to) == 0);
    ASSERT(fcntl(p.fd, F_SETFL, O_NONBLOCK) == 0);
    return p;
}

void peer_close(struct peer *p)
{
    if (p->fd >= 0) close(p->fd);
    free(p->bytes);
    *p = (struct peer){.fd = -1};
}

size_t peer_send(struct world *w, struct peer *p, struct span s)
{
    uint64_t begun_ns = uv_hrtime();

    while (s.len > 0 && !p->eof) {
        ssize_t sent = send(p->fd, s.ptr, s.len, MSG_NOSIGNAL);
        if (sent > 0)
            s = span_slice(s, (size_t)sent, s.len);
        else if (errno != EAGAIN)
            return s.len;
        else
            turn(w, begun_ns);
    }
    return s.len;
}

void peer_read(struct peer *p)
{
    while (!p->eof) {
        if (p->cap - p->len < 65536) {
            p->cap = p->cap * 2 + 65536;
            p->bytes = realloc(p->bytes, p->cap);
            ASSERT(p->bytes != NULL);
        }
        ssize_t got = recv(p->fd, p->bytes + p->len, p->cap - p->len, 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got > 0) p->len += (size_t)got;
        p->reset = got < 0;
        p->eof = got <= 0;
    }
}

void peer_end(struct world *w, struct peer *p)
{
    uint64_t begun_ns = uv_hrtime();

    for (peer_read(p); !p->eof; peer_read(p)) turn(w, begun_ns);
}

size_t count_of(struct span s, const char *text)
{
    struct span part = span_text(text);
    size_t count = 0;

    for (size_t i = 0; i + part.len <= s.len; i++) count += memcmp(s.ptr + i, part.ptr, part.len) == 0;
    return count;
}

void peer_until(struct world *w, struct peer *p, const char *text, size_t count)
{
    uint64_t begun_ns = uv_hrtime();

    for (peer_read(p); count_of(peer_bytes(p), text) < count; peer_read(p)) {
        ASSERT(!p->eof);
        turn(w, begun_ns);
    }
}

struct span peer_bytes(const struct peer *p)
{
    return span_of(p->bytes, p->len);
}

struct peer peer_ask(struct world *w, struct span s)
{
    struct peer p = peer_open(w);

    peer_send(w, &p, s);
    peer_end(w, &p);
    return p;
}

unsigned peer_status(const struct peer *p)
{
    if (p->len < 12 || memcmp(p->bytes, "HTTP/1.1 ", 9) != 0) return 0;
    return (unsigned)(p->bytes[9] - '0') * 100 + (unsigned)(p->bytes[10] - '0') * 10 + (unsigned)(p->bytes[11] - '0');
}
