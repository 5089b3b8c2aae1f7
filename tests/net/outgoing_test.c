/* Requests of the outgoing thread to a server on the same loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/net/outgoing.h"
#include "tests/net/world.h"

struct got {
    bool done;
    enum err err;
    unsigned status, retry_after;
    char body[400], type[400], why[400];
    size_t body_len;
};

struct sender {
    struct world w;
    struct outgoing *o;
    bool closed;
};

static void sender_handler(struct world *w, struct http_exchange *x)
{
    const struct http_request *r = http_request(x);
    char reply[300];
    int len = snprintf(reply, sizeof reply, "%.*s %.*s type=%.*s body=%.*s", (int)r->method_text.len,
                       r->method_text.ptr, (int)r->path.len, r->path.ptr, (int)r->content_type.len, r->content_type.ptr,
                       (int)r->body.len, (const char *)r->body.ptr);
    struct http_header type[] = {{"Content-Type", SPAN("text/x; a=b")}, {"Retry-After", SPAN("17")}};
    struct http_header location = {"Location", SPAN("/elsewhere")};

    if (span_equal(r->path, SPAN("/silent"))) {
        http_hold(x, NULL, NULL);
        w->held[w->held_count++] = x;
    } else if (span_equal(r->path, SPAN("/moved"))) {
        http_reply(x, 302, &location, 1, SPAN("moved"));
    } else if (span_equal(r->path, SPAN("/later"))) {
        http_reply(x, 503, type, 2, SPAN("later"));
    } else {
        http_reply(x, 200, type, 1, span_of(reply, (size_t)len));
    }
}

static void sender_open(struct sender *s, unsigned queue_max)
{
    struct http_limits limits = http_limits_default();

    world_open(&s->w, &limits);
    s->w.also = sender_handler;
    s->closed = false;
    assert_int_equal(outgoing_open(&s->w.loop, queue_max, &s->o), ERR_OK);
}

static void on_closed(void *ctx)
{
    *(bool *)ctx = true;
}

static void answer_owed(struct world *w)
{
    while (w->held_count > 0) http_reply(w->held[--w->held_count], 200, NULL, 0, SPAN("late"));
}

static void sender_close(struct sender *s)
{
    outgoing_close(s->o, on_closed, &s->closed);
    world_until(&s->w, &s->closed);
    answer_owed(&s->w);
    world_close(&s->w);
}

static void take_text(char ret[400], struct span s)
{
    snprintf(ret, 400, "%.*s", (int)s.len, s.len == 0 ? "" : (const char *)s.ptr);
}

static void on_done(void *ctx, const struct outgoing_answer *a)
{
    struct got *g = ctx;

    assert_false(g->done);
    *g = (struct got){.done = true, .err = a->err, .status = a->status, .retry_after = a->retry_after};
    take_text(g->body, a->body);
    take_text(g->type, a->content_type);
    take_text(g->why, span_text(a->why));
    g->body_len = a->body.len;
}

/* `url` with %u for the server's port. */
static enum err begin(struct sender *s, const char *path, struct span body, unsigned timeout_ms, size_t answer_max,
                      struct got *ret)
{
    char url[300];

    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", s->w.port, path);
    *ret = (struct got){0};
    return outgoing_request(s->o, url, body, timeout_ms, answer_max, on_done, ret);
}

static struct got ask(struct sender *s, const char *path, struct span body, unsigned timeout_ms, size_t answer_max)
{
    struct got g;

    assert_int_equal(begin(s, path, body, timeout_ms, answer_max, &g), ERR_OK);
    world_until(&s->w, &g.done);
    return g;
}

static const struct span none;

static void get_and_post_are_answered(void **state)
{
    struct sender s;
    struct got g;

    (void)state;
    sender_open(&s, 4);
    g = ask(&s, "/a", none, 30000, 1000);
    assert_int_equal(g.err, ERR_OK);
    assert_int_equal(g.status, 200);
    assert_string_equal(g.body, "GET /a type= body=");
    assert_string_equal(g.type, "text/x; a=b");
    assert_int_equal(g.retry_after, 0);
    assert_string_equal(g.why, "");
    g = ask(&s, "/b", SPAN("xyz"), 30000, 1000);
    assert_string_equal(g.body, "POST /b type=application/octet-stream body=xyz");
    g = ask(&s, "/c", SPAN(""), 30000, 1000);
    assert_string_equal(g.body, "POST /c type=application/octet-stream body=");
    g = ask(&s, "/later", none, 30000, 1000);
    assert_int_equal(g.err, ERR_OK);
    assert_int_equal(g.status, 503);
    assert_int_equal(g.retry_after, 17);
    assert_string_equal(g.body, "later");
    sender_close(&s);
}

static void proxies_of_the_environment_are_not_asked(void **state)
{
    struct sender s;

    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    unsetenv("no_proxy");
    sender_open(&s, 4);
    assert_int_equal(ask(&s, "/a", none, 30000, 1000).status, 200);
    sender_close(&s);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}

static void redirects_are_answers(void **state)
{
    struct sender s;
    struct got g;

    (void)state;
    sender_open(&s, 4);
    g = ask(&s, "/moved", none, 30000, 1000);
    assert_int_equal(g.err, ERR_OK);
    assert_int_equal(g.status, 302);
    assert_string_equal(g.body, "moved");
    assert_int_equal(s.w.handled, 1);
    sender_close(&s);
}

static void silent_server_times_out(void **state)
{
    struct sender s;
    struct got g;

    (void)state;
    sender_open(&s, 4);
    g = ask(&s, "/silent", none, 50, 1000);
    assert_int_equal(g.err, ERR_NETWORK);
    assert_true(strlen(g.why) > 0);
    assert_int_equal(g.body_len, 0);
    sender_close(&s);
}

static void answer_at_the_limit_is_taken_and_one_over_refused(void **state)
{
    static const char expected[] = "GET /a type= body=";
    struct sender s;
    struct got g;

    (void)state;
    sender_open(&s, 4);
    g = ask(&s, "/a", none, 30000, sizeof expected - 1);
    assert_int_equal(g.err, ERR_OK);
    assert_string_equal(g.body, expected);
    g = ask(&s, "/a", none, 30000, sizeof expected - 2);
    assert_int_equal(g.err, ERR_NETWORK);
    assert_string_equal(g.why, "answer too long");
    assert_int_equal(g.body_len, 0);
    s.w.also = NULL;
    s.w.big = 8 << 20;
    g = ask(&s, "/big", none, 30000, 100000);
    assert_string_equal(g.why, "answer too long");
    assert_int_equal(ask(&s, "/big", none, 30000, 8 << 20).body_len, 8 << 20);
    sender_close(&s);
}

/* A port that was free a moment ago. */
static unsigned refused_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    close(fd);
    return ntohs(at.sin_port);
}

static void refused_connection_says_so(void **state)
{
    struct sender s;
    struct got g = {0};
    char url[100];

    (void)state;
    sender_open(&s, 4);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", refused_port());
    assert_int_equal(outgoing_request(s.o, url, none, 30000, 1000, on_done, &g), ERR_OK);
    world_until(&s.w, &g.done);
    assert_int_equal(g.err, ERR_NETWORK);
    assert_non_null(strstr(g.why, "connect"));
    sender_close(&s);
}

static void addresses_that_are_not_safe_are_refused(void **state)
{
    static const char *refused[] = {
        "http://example.org/",
        "http://10.0.0.1/",
        "http://128.0.0.1/",
        "http://0.0.0.0/",
        "http://127.example.org/",
        "http://localhost.example.org/",
        "http://[::2]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[fe80::1%25lo]/",
        "http://[::1%25lo]/",
        "http://127.0.0.1@example.org/",
        "http://user@127.0.0.1/",
        "https://user:secret@example.org/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "example.org",
        "",
        "http://",
        "http://127.0.0.1:99999/",
        "http://exa mple.org/",
        "http://127.0.0.1#@example.org:80@x/ /",
    };
    static const char *taken[] = {"http://127.0.0.1:1/", "http://127.9.9.9:1/", "http://localhost:1/",
                                  "http://[::1]:1/",     "HTTP://LOCALHOST:1/", "https://127.0.0.1:1/"};
    struct sender s;
    struct got g[COUNT_OF(taken)] = {0};

    (void)state;
    sender_open(&s, COUNT_OF(taken));
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_int_equal(outgoing_request(s.o, refused[i], none, 1000, 10, on_done, &g[0]), ERR_BAD_REQUEST);
    for (size_t i = 0; i < COUNT_OF(taken); i++)
        assert_int_equal(outgoing_request(s.o, taken[i], none, 1000, 10, on_done, &g[i]), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(taken); i++) world_until(&s.w, &g[i].done);
    sender_close(&s);
}

/* One that hangs does not hold up another. */
static void requests_run_side_by_side(void **state)
{
    struct sender s;
    struct got silent, g;

    (void)state;
    sender_open(&s, 2);
    assert_int_equal(begin(&s, "/silent", none, 3600000, 1000, &silent), ERR_OK);
    g = ask(&s, "/a", none, 30000, 1000);
    assert_int_equal(g.status, 200);
    assert_false(silent.done);
    world_until(&s.w, &g.done);
    while (s.w.held_count == 0) world_run(&s.w);
    answer_owed(&s.w);
    world_until(&s.w, &silent.done);
    assert_string_equal(silent.body, "late");
    sender_close(&s);
}

static void queue_has_an_end(void **state)
{
    struct sender s;
    struct got a, b, c;

    (void)state;
    sender_open(&s, 2);
    assert_int_equal(begin(&s, "/a", none, 30000, 1000, &a), ERR_OK);
    assert_int_equal(begin(&s, "/b", none, 30000, 1000, &b), ERR_OK);
    assert_int_equal(begin(&s, "/c", none, 30000, 1000, &c), ERR_BUSY);
    world_until(&s.w, &a.done);
    world_until(&s.w, &b.done);
    assert_int_equal(ask(&s, "/c", none, 30000, 1000).status, 200);
    sender_close(&s);
}

static void closing_gives_up_what_is_under_way(void **state)
{
    struct sender s;
    struct got silent, late;

    (void)state;
    sender_open(&s, 4);
    assert_int_equal(begin(&s, "/silent", none, 3600000, 1000, &silent), ERR_OK);
    while (s.w.held_count == 0) world_run(&s.w);
    assert_int_equal(begin(&s, "/silent", none, 3600000, 1000, &late), ERR_OK);
    outgoing_close(s.o, on_closed, &s.closed);
    assert_int_equal(outgoing_request(s.o, "http://127.0.0.1:1/", none, 1, 1, on_done, &late), ERR_BUSY);
    world_until(&s.w, &s.closed);
    assert_true(silent.done && late.done);
    assert_int_equal(silent.err, ERR_NETWORK);
    assert_int_equal(late.err, ERR_NETWORK);
    answer_owed(&s.w);
    world_close(&s.w);
}

/* Before the thread has begun, or while it begins. */
static void closing_at_once_gives_up_what_was_asked(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct sender s;
        struct got g;
        sender_open(&s, 4);
        assert_int_equal(begin(&s, "/silent", none, 3600000, 1000, &g), ERR_OK);
        sender_close(&s);
        assert_true(g.done);
        assert_int_equal(g.err, ERR_NETWORK);
    }
}

/* A server of raw bytes for one connection: what a hostile one may say. */
struct raw_server {
    int fd;
    unsigned port;
};

static struct raw_server raw_open(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    struct raw_server r = {.fd = socket(AF_INET, SOCK_STREAM, 0)};

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(r.fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(r.fd, 1), 0);
    assert_int_equal(getsockname(r.fd, (struct sockaddr *)&at, &len), 0);
    r.port = ntohs(at.sin_port);
    return r;
}

static struct got ask_raw(struct span first, struct span again, size_t times)
{
    struct sender s;
    struct got g = {0};
    struct raw_server r = raw_open();
    char url[100], request[1000];
    int fd;

    sender_open(&s, 1);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", r.port);
    assert_int_equal(outgoing_request(s.o, url, none, 30000, 1000, on_done, &g), ERR_OK);
    fd = accept(r.fd, NULL, NULL);
    assert_true(recv(fd, request, sizeof request, 0) > 0);
    send(fd, first.ptr, first.len, MSG_NOSIGNAL);
    for (size_t i = 0; i < times; i++) send(fd, again.ptr, again.len, MSG_NOSIGNAL);
    close(fd);
    close(r.fd);
    world_until(&s.w, &g.done);
    sender_close(&s);
    return g;
}

static void hostile_answers_are_refused(void **state)
{
    struct got g;

    (void)state;
    g = ask_raw(SPAN("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), SPAN(""), 0);
    assert_int_equal(g.err, ERR_OK);
    assert_string_equal(g.body, "abc");
    g = ask_raw(SPAN("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), SPAN(""), 0);
    assert_int_equal(g.err, ERR_NETWORK);
    g = ask_raw(SPAN("abc\n"), SPAN(""), 0);
    assert_int_equal(g.err, ERR_NETWORK);
    g = ask_raw(SPAN("HTTP/1.1 200 OK\r\n"), SPAN("A: 0123456789012345678901234567890123456789\r\n"), 3000);
    assert_int_equal(g.err, ERR_NETWORK);
    assert_string_equal(g.why, "answer too long");
    g = ask_raw(SPAN("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Type: a"), SPAN(""), 0);
    assert_int_equal(g.err, ERR_NETWORK);
    g = ask_raw(SPAN("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), SPAN(""), 0);
    assert_int_equal(g.err, ERR_NETWORK);
    g = ask_raw(SPAN("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nB: c\r\n\r\n"), SPAN(""), 0);
    assert_int_equal(g.err, ERR_OK);
    assert_string_equal(g.body, "a");
    g = ask_raw(SPAN("HTTP/1.1 503 No\r\nContent-Length: 0\r\nRetry-After: 99999999999999999999\r\n\r\n"), SPAN(""), 0);
    assert_int_equal(g.status, 503);
    assert_true(g.retry_after <= INT_MAX);
    g = ask_raw(SPAN("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Type: 0123456789012345678901234567890123456789"
                     "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
                     "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
                     "01234567890123456789012345678901234567890123456789012345678901234567890123456789\r\n\r\n"),
                SPAN(""), 0);
    assert_int_equal(g.err, ERR_OK);
    assert_int_equal(strlen(g.type), 255);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_and_post_are_answered),
        cmocka_unit_test(proxies_of_the_environment_are_not_asked),
        cmocka_unit_test(redirects_are_answers),
        cmocka_unit_test(silent_server_times_out),
        cmocka_unit_test(answer_at_the_limit_is_taken_and_one_over_refused),
        cmocka_unit_test(refused_connection_says_so),
        cmocka_unit_test(addresses_that_are_not_safe_are_refused),
        cmocka_unit_test(requests_run_side_by_side),
        cmocka_unit_test(queue_has_an_end),
        cmocka_unit_test(closing_gives_up_what_is_under_way),
        cmocka_unit_test(closing_at_once_gives_up_what_was_asked),
        cmocka_unit_test(hostile_answers_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
