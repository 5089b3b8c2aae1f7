/* Connections that live: pipelining, splits, limits, time, peers that leave, replies that are big. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "tests/net/world.h"

#define H "Host: a\r\n"
#define CLOSE "Connection: close\r\n"

static struct http_limits plain(void)
{
    return http_limits_default();
}

static void open_plain(struct world *w)
{
    struct http_limits limits = plain();

    world_open(w, &limits);
}

/* The body of the only answer. */
static struct span body_of(const struct peer *p)
{
    struct span rest = peer_bytes(p);

    for (size_t i = 0; i + 4 <= rest.len; i++)
        if (memcmp(rest.ptr + i, "\r\n\r\n", 4) == 0) return span_slice(rest, i + 4, rest.len);
    return (struct span){0};
}

static void assert_bytes(struct span got, struct span expected)
{
    assert_int_equal(got.len, expected.len);
    if (got.len > 0) assert_memory_equal(got.ptr, expected.ptr, got.len);
}

static void answers(struct span request, unsigned status, struct span body)
{
    struct world w;
    struct peer p;

    open_plain(&w);
    p = peer_ask(&w, request);
    assert_int_equal(peer_status(&p), status);
    assert_bytes(body_of(&p), body);
    assert_false(p.reset);
    peer_close(&p);
    world_close(&w);
}

static void request_reaches_the_handler_whole(void **state)
{
    (void)state;
    answers(SPAN("POST /a%20b?c=d&e HTTP/1.1\r\n" H CLOSE "Content-Length: 3\r\n\r\nxyz"), 200,
            SPAN("POST /a%20b?c=d&e xyz"));
    answers(SPAN("GET / HTTP/1.1\r\n" H CLOSE "\r\n"), 200, SPAN("GET /? "));
    answers(SPAN("OPTIONS /x HTTP/1.1\r\n" H CLOSE "\r\n"), 200, SPAN("OPTIONS /x? "));
    answers(SPAN("\r\nGET /? HTTP/1.1\r\n" H CLOSE "\r\n"), 200, SPAN("GET /? "));
    answers(SPAN("GET / HTTP/1.1\r\nhost:\ta:80 \r\nA:\r\nB: \xc3\xa4\r\nCONNECTION: x ,Close\r\n\r\n"), 200,
            SPAN("GET /? "));
}

static void other_methods_reach_the_handler_too(void **state)
{
    (void)state;
    answers(SPAN("PUT /x HTTP/1.1\r\n" H CLOSE "Content-Length: 1\r\n\r\na"), 200, SPAN("PUT /x? a"));
    answers(SPAN("DELETE /x HTTP/1.1\r\n" H CLOSE "\r\n"), 200, SPAN("DELETE /x? "));
    answers(SPAN("M-SEARCH /x HTTP/1.1\r\n" H CLOSE "\r\n"), 200, SPAN("M-SEARCH /x? "));
}

static void http_1_0_ends_with_its_reply(void **state)
{
    (void)state;
    answers(SPAN("GET /x HTTP/1.0\r\n\r\n"), 200, SPAN("GET /x? "));
    answers(SPAN("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /y HTTP/1.0\r\n\r\n"), 200, SPAN("GET /x? "));
}

static void chunks_are_put_together(void **state)
{
    (void)state;
    answers(SPAN("POST /x HTTP/1.1\r\n" H CLOSE "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00A\r\n0123456789\r\n"
                 "0\r\n\r\n"),
            200, SPAN("POST /x? abc0123456789"));
    answers(SPAN("POST /x HTTP/1.1\r\n" H CLOSE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 200, SPAN("POST /x? "));
}

static void offers_of_other_protocols_are_passed_over(void **state)
{
    (void)state;
    answers(SPAN("GET /x HTTP/1.1\r\n" H "Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n"), 200, SPAN("GET /x? "));
    answers(SPAN("POST /x HTTP/1.1\r\n" H "Connection: Upgrade, close\r\nUpgrade: websocket\r\nContent-Length: 2\r\n"
                 "\r\nab"),
            200, SPAN("POST /x? ab"));
}

static void replies_without_body_have_none(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    answers(SPAN("HEAD /x HTTP/1.1\r\n" H CLOSE "\r\n"), 200, SPAN(""));
    answers(SPAN("GET /204 HTTP/1.1\r\n" H CLOSE "\r\n"), 204, SPAN(""));
    answers(SPAN("GET /304 HTTP/1.1\r\n" H CLOSE "\r\n"), 304, SPAN(""));
    open_plain(&w);
    p = peer_ask(&w,
                 SPAN("HEAD /x HTTP/1.1\r\n" H "\r\nGET /204 HTTP/1.1\r\n" H "\r\nGET /y HTTP/1.1\r\n" H CLOSE "\r\n"));
    assert_int_equal(count_of(peer_bytes(&p), "Content-Length: 9\r\n"), 1); /* "HEAD /x? " is counted, not sent */
    assert_int_equal(count_of(peer_bytes(&p), "HEAD /x? "), 0);
    assert_int_equal(count_of(peer_bytes(&p), "Content-Length: 8\r\n"), 1);
    assert_int_equal(count_of(peer_bytes(&p), "Content-Length:"), 2); /* none with 204 */
    assert_int_equal(count_of(peer_bytes(&p), "\r\nDate: "), 3);
    assert_int_equal(count_of(peer_bytes(&p), "Server:"), 0);
    peer_close(&p);
    world_close(&w);
}

static const char pipeline[] =
    "POST /one HTTP/1.1\r\n" H "Content-Length: 5\r\nPrefer: wait=3\r\n\r\nabcde"
    "GET /two?x=1 HTTP/1.1\r\n" H "\r\n"
    "\r\nPOST /three HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n1\r\nz\r\n0\r\n\r\n"
    "HEAD /four HTTP/1.1\r\n" H "\r\n"
    "GET /five HTTP/1.1\r\n" H CLOSE "\r\n"
    "GET /never HTTP/1.1\r\n" H "\r\n";

static void assert_pipeline(const struct peer *p)
{
    struct span s = peer_bytes(p);
    const char *answered[] = {"POST /one? abcde", "GET /two?x=1 ", "POST /three? xyz", "Content-Length: 11\r\n",
                              "GET /five? "};
    size_t at = 0;

    assert_int_equal(count_of(s, "HTTP/1.1 200 OK\r\n"), 5);
    assert_int_equal(count_of(s, "keep-alive"), 4);
    assert_int_equal(count_of(s, "Connection: close"), 1);
    assert_int_equal(count_of(s, "/never"), 0);
    for (size_t i = 0; i < COUNT_OF(answered); i++) {
        const uint8_t *found = memmem(s.ptr + at, s.len - at, answered[i], strlen(answered[i]));
        assert_non_null(found);
        at = (size_t)(found - s.ptr) + strlen(answered[i]);
    }
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    p = peer_ask(&w, SPAN(pipeline));
    assert_pipeline(&p);
    assert_int_equal(w.handled, 5);
    peer_close(&p);
    world_close(&w);
}

static void request_split_at_any_byte_reads_the_same(void **state)
{
    struct world w;

    (void)state;
    open_plain(&w);
    for (size_t cut = 1; cut < sizeof pipeline - 1; cut++) {
        struct peer p = peer_open(&w);
        peer_send(&w, &p, span_of(pipeline, cut));
        uv_run(&w.loop, UV_RUN_NOWAIT);
        uv_run(&w.loop, UV_RUN_NOWAIT);
        peer_send(&w, &p, span_of(pipeline + cut, sizeof pipeline - 1 - cut));
        peer_end(&w, &p);
        assert_pipeline(&p);
        peer_close(&p);
    }
    world_close(&w);
}

/* The same seeds every time. */
static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static void random_splits_read_the_same(void **state)
{
    struct world w;

    (void)state;
    open_plain(&w);
    for (uint64_t seed = 1; seed <= 60; seed++) {
        uint64_t random = seed;
        struct peer p = peer_open(&w);
        struct span rest = SPAN(pipeline);
        while (rest.len > 0) {
            size_t part = next_random(&random) % (seed % 3 == 0 ? 3 : 40) + 1;
            if (part > rest.len) part = rest.len;
            peer_send(&w, &p, span_slice(rest, 0, part));
            uv_run(&w.loop, UV_RUN_NOWAIT);
            uv_run(&w.loop, UV_RUN_NOWAIT);
            rest = span_slice(rest, part, rest.len);
        }
        peer_end(&w, &p);
        assert_pipeline(&p);
        peer_close(&p);
    }
    world_close(&w);
}

/* More requests than one buffer holds, and than one turn handles, while nobody reads the answers. */
static void long_pipelines_are_answered_whole(void **state)
{
    static const char one[] = "GET /some/path HTTP/1.1\r\n" H "\r\n";
    enum { COUNT = 3000 };
    struct http_limits limits = plain();
    struct world w;
    struct peer p;
    uint8_t *room = malloc(COUNT * sizeof one + 100);
    struct out o = out_over(room, COUNT * sizeof one + 100);

    (void)state;
    limits.unsent_max = 1000;
    for (int i = 0; i < COUNT; i++) out_text(&o, one);
    out_text(&o, "GET /last HTTP/1.1\r\n" H CLOSE "\r\n");
    world_open(&w, &limits);
    p = peer_ask(&w, out_span(&o));
    assert_int_equal(w.handled, COUNT + 1);
    assert_int_equal(count_of(peer_bytes(&p), "GET /some/path? "), COUNT);
    assert_int_equal(count_of(peer_bytes(&p), "GET /last? "), 1);
    peer_close(&p);
    world_close(&w);
    free(room);
}

/* The second request is not begun before the first is answered, though its bytes are there. */
static void one_exchange_at_a_time(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /hold HTTP/1.1\r\n" H "\r\nGET /y HTTP/1.1\r\n" H CLOSE "\r\n"));
    world_run(&w);
    assert_int_equal(w.handled, 1);
    assert_int_equal(w.held_count, 1);
    peer_read(&p);
    assert_int_equal(p.len, 0);
    assert_ptr_equal(http_held(w.held[0]), &w);
    http_reply(w.held[0], 200, NULL, 0, SPAN("held"));
    assert_int_equal(w.handled, 1); /* a reply never calls the handler itself */
    peer_end(&w, &p);
    assert_int_equal(w.handled, 2);
    assert_int_equal(count_of(peer_bytes(&p), "\r\n\r\nheldHTTP/1.1 200 OK"), 1);
    assert_int_equal(w.gone_count, 0);
    peer_close(&p);
    world_close(&w);
}

/* However much is sent while an exchange is held, it waits outside. */
static void held_exchange_stops_reading_at_the_buffer(void **state)
{
    struct world w;
    struct peer p;
    size_t sent = 0;
    static uint8_t more[65536];

    (void)state;
    open_plain(&w);
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /hold HTTP/1.1\r\n" H "\r\n"));
    world_run(&w);
    memset(more, 'x', sizeof more);
    for (int i = 0; i < 2000; i++) {
        ssize_t n = send(p.fd, more, sizeof more, MSG_NOSIGNAL);
        if (n > 0) sent += (size_t)n;
        uv_run(&w.loop, UV_RUN_NOWAIT);
    }
    assert_true(sent < 2000 * sizeof more); /* the peer's window closed */
    assert_int_equal(w.held_count, 1);
    http_reply(w.held[0], 200, NULL, 0, SPAN("held"));
    peer_until(&w, &p, "414 URI Too Long", 1);
    peer_close(&p);
    world_close(&w);
}

static struct span post(struct out *o, size_t declared, size_t sent)
{
    out_text(o, "POST / HTTP/1.1\r\n" H CLOSE "Content-Length: ");
    out_decimal(o, declared);
    out_text(o, "\r\n\r\n");
    for (size_t i = 0; i < sent; i++) out_byte(o, (uint8_t)('a' + i % 26));
    return out_span(o);
}

static void body_at_the_limit_is_taken_and_one_over_refused(void **state)
{
    enum { LIMIT = 200000 };
    struct http_limits limits = plain();
    struct world w;
    struct peer p;
    static uint8_t room[LIMIT + 1000];
    struct out o = out_over(room, sizeof room);

    (void)state;
    limits.body_max = LIMIT;
    world_open(&w, &limits);
    p = peer_ask(&w, post(&o, LIMIT, LIMIT));
    assert_int_equal(peer_status(&p), 200);
    assert_int_equal(body_of(&p).len, LIMIT + strlen("POST /? "));
    assert_memory_equal(body_of(&p).ptr + strlen("POST /? "), room + o.len - LIMIT, LIMIT);
    peer_close(&p);
    o = out_over(room, sizeof room);
    p = peer_ask(&w, post(&o, LIMIT + 1, 0)); /* refused before a byte of it came */
    assert_int_equal(peer_status(&p), 413);
    peer_close(&p);
    o = out_over(room, sizeof room);
    p = peer_ask(&w, post(&o, LIMIT + 1, LIMIT + 1)); /* and readable by one who sends it all the same */
    assert_int_equal(peer_status(&p), 413);
    assert_false(p.reset);
    assert_int_equal(w.handled, 1);
    peer_close(&p);
    world_close(&w);
}

/* A refused request of `len` bytes by one who sends all before reading. Returns the bytes that were not sent. */
static size_t send_first(size_t len, struct peer *ret, struct world *w)
{
    int little = 16384;
    uint8_t *room = malloc(len + 1000);
    struct out o = out_over(room, len + 1000);
    size_t left;

    open_plain(w);
    *ret = peer_open(w);
    assert_int_equal(setsockopt(ret->fd, SOL_SOCKET, SO_SNDBUF, &little, sizeof little), 0);
    left = peer_send(w, ret, post(&o, 5 << 20, len));
    free(room);
    return left;
}

static void refusal_reaches_a_peer_that_sends_first(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    assert_int_equal(send_first(900000, &p, &w), 0);
    peer_end(&w, &p);
    assert_int_equal(peer_status(&p), 413);
    assert_false(p.reset);
    peer_close(&p);
    world_close(&w);
}

static void peer_that_sends_on_and_on_is_ended(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    assert_true(send_first(16 << 20, &p, &w) > 4 << 20); /* the limit and the socket's buffers are far below */
    peer_close(&p);
    world_close(&w);
}

static void expectation_is_met_before_the_body_comes(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("POST /x HTTP/1.1\r\n" H CLOSE "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n"));
    peer_until(&w, &p, "HTTP/1.1 100 Continue\r\n\r\n", 1);
    assert_int_equal(w.handled, 0);
    peer_send(&w, &p, SPAN("ab"));
    peer_end(&w, &p);
    assert_int_equal(count_of(peer_bytes(&p), "POST /x? ab"), 1);
    assert_int_equal(count_of(peer_bytes(&p), "100 Continue"), 1);
    peer_close(&p);
    answers(SPAN("POST /x HTTP/1.1\r\n" H CLOSE "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab"), 200,
            SPAN("POST /x? ab"));
    answers(SPAN("POST /x HTTP/1.1\r\n" H CLOSE "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n"), 200,
            SPAN("POST /x? "));
    answers(SPAN("POST /x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab"), 200, SPAN("POST /x? ab"));
    answers(SPAN("POST /x HTTP/1.0\r\nExpect: more\r\nContent-Length: 2\r\n\r\nab"), 200, SPAN("POST /x? ab"));
    world_close(&w);
}

/* What a connection that falls silent after `bytes` gets; 0: nothing. */
static unsigned after_silence(struct span bytes, unsigned idle_ms, unsigned request_ms)
{
    struct http_limits limits = plain();
    struct world w;
    struct peer p;
    unsigned status;

    limits.idle_ms = idle_ms;
    limits.request_ms = request_ms;
    world_open(&w, &limits);
    p = peer_ask(&w, bytes);
    status = peer_status(&p);
    assert_int_equal(w.handled, status == 200 ? 1 : 0);
    peer_close(&p);
    world_close(&w);
    return status;
}

static void silent_peers_are_ended(void **state)
{
    enum { LONG = 3600000 };
    struct span half_head = SPAN("GET / HTT"), half_body = SPAN("POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nab");

    (void)state;
    assert_int_equal(after_silence(SPAN(""), 30, LONG), 0);
    assert_int_equal(after_silence(SPAN("GET / HTTP/1.1\r\n" H "\r\n"), 30, LONG), 200);
    assert_int_equal(after_silence(half_head, 30, LONG), 408);
    assert_int_equal(after_silence(half_head, LONG, 30), 408);
    assert_int_equal(after_silence(half_body, 30, LONG), 408);
    assert_int_equal(after_silence(half_body, LONG, 30), 408);
}

/* A byte now and then keeps the connection from being idle, and does not help. */
static void dripping_peer_is_ended(void **state)
{
    struct http_limits limits = plain();
    struct world w;
    struct peer p;

    (void)state;
    limits.request_ms = 100;
    world_open(&w, &limits);
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /"));
    while (!p.eof && p.len == 0) {
        peer_send(&w, &p, SPAN("x"));
        world_run(&w);
        peer_read(&p);
    }
    assert_int_equal(peer_status(&p), 408);
    peer_close(&p);
    world_close(&w);
}

/* While the handler has it, the time of an exchange is the handler's. */
static void held_exchange_outlives_the_limits(void **state)
{
    struct http_limits limits = plain();
    struct world w;
    struct peer p, other;

    (void)state;
    limits.idle_ms = limits.request_ms = 20;
    world_open(&w, &limits);
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /hold HTTP/1.1\r\n" H "\r\n"));
    world_run(&w);
    other = peer_ask(&w, SPAN("GET")); /* ends by time, so the time of the first has passed too */
    assert_int_equal(peer_status(&other), 408);
    assert_int_equal(w.held_count, 1);
    assert_int_equal(w.gone_count, 0);
    http_reply(w.held[0], 200, NULL, 0, SPAN("late"));
    peer_until(&w, &p, "late", 1);
    peer_close(&p);
    peer_close(&other);
    world_close(&w);
}

static void connection_above_the_limit_is_turned_away(void **state)
{
    struct http_limits limits = plain();
    struct world w;
    struct peer first, second, third, turned;

    (void)state;
    limits.connections_max = 2;
    world_open(&w, &limits);
    first = peer_open(&w);
    second = peer_open(&w);
    world_run(&w);
    for (int i = 0; i < 200; i++) { /* more than may linger at once */
        third = peer_ask(&w, SPAN("GET / HTTP/1.1\r\n" H "\r\n"));
        assert_int_equal(peer_status(&third), 503);
        assert_int_equal(count_of(peer_bytes(&third), "Retry-After: "), 1);
        peer_close(&third);
    }
    assert_int_equal(w.handled, 0);
    turned = peer_open(&w); /* told, and still there: does not count */
    peer_until(&w, &turned, "503 Service Unavailable", 1);
    peer_close(&first);
    world_run(&w);
    third = peer_ask(&w, SPAN("GET / HTTP/1.1\r\n" H CLOSE "\r\n"));
    assert_int_equal(peer_status(&third), 200);
    peer_close(&third);
    peer_close(&second);
    peer_close(&turned);
    world_close(&w);
}

/* Many come at once and none goes: some are told, some wait, and all are served when there is room. */
static void crowd_waits_and_the_server_lives(void **state)
{
    enum { CROWD = 150 };
    struct http_limits limits = plain();
    struct world w;
    struct peer crowd[CROWD], after;

    (void)state;
    limits.connections_max = 3;
    world_open(&w, &limits);
    for (int i = 0; i < CROWD; i++) crowd[i] = peer_open(&w);
    world_run(&w);
    for (int i = 0; i < CROWD; i++) peer_close(&crowd[i]);
    world_run(&w);
    after = peer_ask(&w, SPAN("GET / HTTP/1.1\r\n" H CLOSE "\r\n"));
    assert_int_equal(peer_status(&after), 200);
    peer_close(&after);
    world_close(&w);
}

static void holder_hears_of_a_peer_that_closed(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /hold HTTP/1.1\r\n" H "\r\n"));
    world_run(&w);
    assert_int_equal(w.held_count, 1);
    peer_close(&p);
    world_run(&w);
    assert_int_equal(w.held_count, 0);
    assert_int_equal(w.gone_count, 1);
    world_close(&w);
    assert_int_equal(w.gone_count, 1);
}

static void reset_on_close(struct peer *p)
{
    struct linger now = {.l_onoff = 1};

    assert_int_equal(setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    peer_close(p);
}

static void holder_hears_of_a_reset(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /hold HTTP/1.1\r\n" H "\r\n"));
    world_run(&w);
    reset_on_close(&p);
    world_run(&w);
    assert_int_equal(w.held_count, 0);
    assert_int_equal(w.gone_count, 1);
    world_close(&w);
}

/* Nobody can be told: the reply is owed, and given to nobody. */
static void owed_reply_after_a_reset_is_harmless(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /owed HTTP/1.1\r\n" H "\r\n"));
    world_run(&w);
    reset_on_close(&p);
    world_run(&w);
    assert_int_equal(w.held_count, 1);
    assert_int_equal(w.gone_count, 0);
    assert_true(span_equal(http_request(w.held[0])->path, SPAN("/owed")));
    http_reply(w.held[0], 200, NULL, 0, SPAN("late"));
    world_run(&w);
    world_close(&w);
}

/* A peer that only ends its own side gets what it asked for. */
static void half_closed_peer_is_answered(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    p = peer_open(&w);
    peer_send(
        &w, &p,
        SPAN("GET /one HTTP/1.1\r\n" H "\r\nGET /owed HTTP/1.1\r\n" H "\r\nGET /three HTTP/1.1\r\n" H "\r\nGET /hal"));
    assert_int_equal(shutdown(p.fd, SHUT_WR), 0);
    world_run(&w);
    assert_int_equal(w.held_count, 1);
    http_reply(w.held[0], 200, NULL, 0, SPAN("owed"));
    peer_end(&w, &p);
    assert_int_equal(count_of(peer_bytes(&p), "GET /one? "), 1);
    assert_int_equal(count_of(peer_bytes(&p), "\r\n\r\nowed"), 1);
    assert_int_equal(count_of(peer_bytes(&p), "GET /three? "), 1);
    assert_int_equal(count_of(peer_bytes(&p), "\r\nDate: "), 3);
    assert_false(p.reset);
    peer_close(&p);
    world_close(&w);
}

static void peer_that_leaves_within_a_request_is_forgotten(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    for (int reset = 0; reset < 2; reset++) {
        p = peer_open(&w);
        peer_send(&w, &p, SPAN("POST / HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\nabc"));
        world_run(&w);
        if (reset)
            reset_on_close(&p);
        else
            peer_close(&p);
        world_run(&w);
    }
    assert_int_equal(w.handled, 0);
    world_close(&w);
}

static void assert_pattern(struct span s, size_t len)
{
    assert_int_equal(s.len, len);
    for (size_t i = 0; i < len; i++)
        if (s.ptr[i] != (uint8_t)('a' + i % 23)) fail();
}

static void big_reply_reaches_a_slow_reader_whole(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    w.big = 20 << 20;
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /big HTTP/1.1\r\n" H CLOSE "\r\n"));
    world_run(&w);
    peer_end(&w, &p);
    assert_pattern(body_of(&p), 20 << 20);
    assert_false(p.reset);
    peer_close(&p);
    world_close(&w);
}

/* What slow readers make the server keep is bounded, over all of them; whoever reads on is not ended by it. */
static void copies_for_slow_readers_are_bounded_together(void **state)
{
    struct http_limits limits = plain();
    struct peer slow[2], quick;
    struct world w;

    (void)state;
    limits.copies_max = 24 << 20;
    world_open(&w, &limits);
    w.big = 20 << 20;
    for (size_t i = 0; i < 2; i++) {
        slow[i] = peer_open(&w);
        peer_send(&w, &slow[i], SPAN("GET /big HTTP/1.1\r\n" H CLOSE "\r\n"));
        world_run(&w);
    }
    quick = peer_ask(&w, SPAN("GET /y HTTP/1.1\r\n" H CLOSE "\r\n"));
    assert_int_equal(peer_status(&quick), 200);
    peer_end(&w, &slow[1]);
    assert_true(slow[1].len < 20 << 20);
    peer_end(&w, &slow[0]);
    assert_pattern(body_of(&slow[0]), 20 << 20);
    peer_close(&quick);
    /* What was kept is given back. */
    for (size_t i = 0; i < 2; i++) {
        peer_close(&slow[i]);
        slow[i] = peer_ask(&w, SPAN("GET /big HTTP/1.1\r\n" H CLOSE "\r\n"));
        assert_pattern(body_of(&slow[i]), 20 << 20);
        peer_close(&slow[i]);
    }
    world_close(&w);
}

/* While too much is unsent no further request is begun, so that its answer need not be kept. */
static void unsent_bytes_hold_back_the_next_request(void **state)
{
    struct http_limits limits = plain();
    struct world w;
    struct peer p;

    (void)state;
    limits.unsent_max = 1000;
    world_open(&w, &limits);
    w.big = 20 << 20;
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /big HTTP/1.1\r\n" H "\r\nGET /y HTTP/1.1\r\n" H CLOSE "\r\n"));
    world_run(&w);
    assert_int_equal(w.handled, 1);
    peer_end(&w, &p);
    assert_int_equal(w.handled, 2);
    assert_int_equal(count_of(peer_bytes(&p), "GET /y? "), 1);
    peer_close(&p);
    world_close(&w);
}

/* The time in which nothing was read is not the peer's. */
static void time_of_a_request_begins_anew_when_it_may_be_read(void **state)
{
    struct http_limits limits = plain();
    struct world w;
    struct peer p, probe;

    (void)state;
    limits.unsent_max = 1000;
    limits.request_ms = 1000;
    world_open(&w, &limits);
    w.big = 20 << 20;
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /big HTTP/1.1\r\n" H "\r\nGET /y HT"));
    world_run(&w);
    probe = peer_ask(&w, SPAN("GET"));
    assert_int_equal(peer_status(&probe), 408);
    while (p.len < 20 << 20) {
        peer_read(&p);
        world_run(&w);
    }
    peer_send(&w, &p, SPAN("TP/1.1\r\n" H CLOSE "\r\n"));
    peer_end(&w, &p);
    assert_int_equal(count_of(peer_bytes(&p), "GET /y? "), 1);
    peer_close(&p);
    peer_close(&probe);
    world_close(&w);
}

static void reader_that_takes_nothing_is_ended(void **state)
{
    struct http_limits limits = plain();
    struct world w;
    struct peer p;

    (void)state;
    limits.idle_ms = 50;
    world_open(&w, &limits);
    w.big = 20 << 20;
    for (int last = 0; last < 2; last++) {
        struct peer probe;
        p = peer_open(&w);
        peer_send(&w, &p, last ? SPAN("GET /big HTTP/1.1\r\n" H CLOSE "\r\n") : SPAN("GET /big HTTP/1.1\r\n" H "\r\n"));
        world_run(&w);
        probe = peer_ask(&w, SPAN("")); /* ends by the same time */
        world_run(&w);
        peer_close(&probe);
        peer_end(&w, &p);
        assert_true(body_of(&p).len < 20 << 20);
        peer_close(&p);
    }
    world_close(&w);
}

static void peer_that_leaves_within_a_big_reply_is_forgotten(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    w.big = 20 << 20;
    p = peer_open(&w);
    peer_send(&w, &p, SPAN("GET /big HTTP/1.1\r\n" H "\r\n"));
    world_run(&w);
    peer_close(&p);
    world_run(&w);
    world_close(&w);
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

static void closing_answers_what_is_under_way(void **state)
{
    struct world w;
    struct peer idle, held, half;

    (void)state;
    open_plain(&w);
    idle = peer_open(&w);
    held = peer_open(&w);
    half = peer_open(&w);
    peer_send(&w, &held, SPAN("GET /hold HTTP/1.1\r\n" H "\r\nGET /behind HTTP/1.1\r\n" H "\r\n"));
    peer_send(&w, &half, SPAN("POST /half HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nab"));
    world_run(&w);
    http_close(w.server, 3600000, on_closed, &w.closed);
    peer_end(&w, &idle);
    assert_false(w.closed);
    assert_int_equal(w.gone_count, 0);
    peer_send(&w, &half, SPAN("c"));
    peer_end(&w, &half);
    assert_int_equal(count_of(peer_bytes(&half), "POST /half? abc"), 1);
    assert_int_equal(count_of(peer_bytes(&half), "Connection: close\r\n"), 1);
    http_reply(w.held[0], 200, NULL, 0, SPAN("held"));
    peer_end(&w, &held);
    assert_int_equal(count_of(peer_bytes(&held), "\r\n\r\nheld"), 1);
    assert_int_equal(count_of(peer_bytes(&held), "Connection: close\r\n"), 1);
    assert_int_equal(count_of(peer_bytes(&held), "/behind"), 0);
    peer_close(&idle);
    peer_close(&held);
    peer_close(&half);
    world_until(&w, &w.closed);
    world_close(&w);
}

static void closing_without_grace_ends_everything(void **state)
{
    struct world w;
    struct peer held, half, big;

    (void)state;
    open_plain(&w);
    w.big = 20 << 20;
    held = peer_open(&w);
    half = peer_open(&w);
    big = peer_open(&w);
    peer_send(&w, &held, SPAN("GET /hold HTTP/1.1\r\n" H "\r\n"));
    peer_send(&w, &half, SPAN("GET /ha"));
    peer_send(&w, &big, SPAN("GET /big HTTP/1.1\r\n" H "\r\n"));
    world_run(&w);
    http_close(w.server, 0, on_closed, &w.closed);
    world_until(&w, &w.closed);
    assert_int_equal(w.gone_count, 1);
    peer_close(&held);
    peer_close(&half);
    peer_close(&big);
    world_close(&w);
}

static void close_and_answer(struct world *w, struct http_exchange *x)
{
    http_close(w->server, 3600000, on_closed, &w->closed);
    http_reply(x, 200, NULL, 0, SPAN("bye"));
}

static void handler_may_close_the_server(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    w.also = close_and_answer;
    p = peer_ask(&w, SPAN("GET / HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\r\n" H "\r\n"));
    assert_int_equal(count_of(peer_bytes(&p), "bye"), 1);
    peer_close(&p);
    world_until(&w, &w.closed);
    assert_int_equal(w.handled, 1);
    world_close(&w);
}

static void headers_are_handed_on(struct world *w, struct http_exchange *x)
{
    const struct http_request *r = http_request(x);
    struct http_header headers[] = {{"Cairn-Reason", SPAN("busy")}, {"Retry-After", SPAN("7")}};

    (void)w;
    assert_int_equal(r->method, HTTP_METHOD_POST);
    assert_bytes(r->accept, SPAN("application/json"));
    assert_bytes(r->prefer, SPAN("wait=5"));
    assert_bytes(r->content_type, SPAN("application/cose"));
    assert_bytes(r->if_none_match, SPAN("\"abc\""));
    http_reply(x, 429, headers, 2, SPAN("{}"));
}

static void headers_go_in_and_out(void **state)
{
    struct world w;
    struct peer p;

    (void)state;
    open_plain(&w);
    w.also = headers_are_handed_on;
    p = peer_ask(&w, SPAN("POST / HTTP/1.1\r\n" H CLOSE "ACCEPT: application/json\r\nprefer:wait=5\r\n"
                          "Content-Type: \tapplication/cose \r\nIf-None-Match: \"abc\"\r\nContent-Length: 0\r\n\r\n"));
    assert_int_equal(peer_status(&p), 429);
    assert_int_equal(count_of(peer_bytes(&p), "HTTP/1.1 429 Too Many Requests\r\nDate: "), 1);
    assert_int_equal(count_of(peer_bytes(&p), " GMT\r\nCairn-Reason: busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n"
                                              "Connection: close\r\n\r\n{}"),
                     1);
    peer_close(&p);
    world_close(&w);
}

static void unusable_addresses_are_refused(void **state)
{
    struct http_limits limits = plain();
    struct world w;
    struct http_server *s = NULL;
    uint16_t port = 0;
    char why[160] = "";

    (void)state;
    open_plain(&w);
    assert_int_equal(http_listen(&w.loop, "localhost", 0, &limits, NULL, NULL, &s, &port, why), ERR_NETWORK);
    assert_true(strlen(why) > 0);
    assert_int_equal(http_listen(&w.loop, "127.0.0.1", w.port, &limits, NULL, NULL, &s, &port, why), ERR_NETWORK);
    assert_string_equal(why, "address already in use");
    assert_null(s);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_reaches_the_handler_whole),
        cmocka_unit_test(other_methods_reach_the_handler_too),
        cmocka_unit_test(http_1_0_ends_with_its_reply),
        cmocka_unit_test(chunks_are_put_together),
        cmocka_unit_test(offers_of_other_protocols_are_passed_over),
        cmocka_unit_test(replies_without_body_have_none),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(request_split_at_any_byte_reads_the_same),
        cmocka_unit_test(random_splits_read_the_same),
        cmocka_unit_test(long_pipelines_are_answered_whole),
        cmocka_unit_test(one_exchange_at_a_time),
        cmocka_unit_test(held_exchange_stops_reading_at_the_buffer),
        cmocka_unit_test(body_at_the_limit_is_taken_and_one_over_refused),
        cmocka_unit_test(refusal_reaches_a_peer_that_sends_first),
        cmocka_unit_test(peer_that_sends_on_and_on_is_ended),
        cmocka_unit_test(expectation_is_met_before_the_body_comes),
        cmocka_unit_test(silent_peers_are_ended),
        cmocka_unit_test(dripping_peer_is_ended),
        cmocka_unit_test(held_exchange_outlives_the_limits),
        cmocka_unit_test(connection_above_the_limit_is_turned_away),
        cmocka_unit_test(crowd_waits_and_the_server_lives),
        cmocka_unit_test(holder_hears_of_a_peer_that_closed),
        cmocka_unit_test(holder_hears_of_a_reset),
        cmocka_unit_test(owed_reply_after_a_reset_is_harmless),
        cmocka_unit_test(half_closed_peer_is_answered),
        cmocka_unit_test(peer_that_leaves_within_a_request_is_forgotten),
        cmocka_unit_test(big_reply_reaches_a_slow_reader_whole),
        cmocka_unit_test(copies_for_slow_readers_are_bounded_together),
        cmocka_unit_test(unsent_bytes_hold_back_the_next_request),
        cmocka_unit_test(time_of_a_request_begins_anew_when_it_may_be_read),
        cmocka_unit_test(reader_that_takes_nothing_is_ended),
        cmocka_unit_test(peer_that_leaves_within_a_big_reply_is_forgotten),
        cmocka_unit_test(closing_answers_what_is_under_way),
        cmocka_unit_test(closing_without_grace_ends_everything),
        cmocka_unit_test(handler_may_close_the_server),
        cmocka_unit_test(headers_go_in_and_out),
        cmocka_unit_test(unusable_addresses_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
