/* Status lines, dates, and the header values that stop the process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/net/refusal.h"
#include "server/net/reply.h"

static void date_equals_the_one_of_the_system(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        uint8_t room[64];
        char expected[64];
        struct out o = out_over(room, sizeof room);
        struct tm parts;
        time_t when;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        when = i < 10 ? i * 86399 : (time_t)(seed >> 33) * 2;
        reply_date((uint64_t)when, &o);
        gmtime_r(&when, &parts);
        strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        assert_int_equal(o.len, strlen(expected));
        assert_memory_equal(room, expected, o.len);
    }
}

static void head_is_written_in_order(void **state)
{
    uint8_t room[1000];
    struct out o = out_over(room, sizeof room);
    struct http_header headers[] = {{"A", SPAN("b c")}, {"D-E", SPAN("")}};
    struct reply r = {.status = 201, .headers = headers, .count = 2, .body_len = 12, .now_s = 784111777};
    struct span expected = SPAN("HTTP/1.1 201 Created\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nA: b c\r\nD-E: \r\n"
                                "Content-Length: 12\r\nConnection: keep-alive\r\n\r\n");

    (void)state;
    reply_head(&r, &o);
    assert_true(span_equal(out_span(&o), expected));
}

static void every_refusal_has_a_status_a_word_and_a_sentence(void **state)
{
    (void)state;
    for (int r = REFUSAL_NONE + 1; r < REFUSAL_COUNT; r++) {
        assert_in_range(refusal_status((enum refusal)r), 400, 505);
        assert_true(strlen(refusal_reason((enum refusal)r)) > 0);
        assert_in_range(strlen(refusal_sentence((enum refusal)r)), 1, 120);
    }
}

/* Whether a reply with this header stops the process. */
static bool stops(const char *name, struct span value)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        uint8_t room[1000];
        struct out o = out_over(room, sizeof room);
        struct http_header header = {name, value};
        struct reply r = {.status = 200, .headers = &header, .count = 1};
        signal(SIGABRT, SIG_DFL);
        reply_head(&r, &o);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void headers_that_would_split_a_reply_stop_the_process(void **state)
{
    (void)state;
    assert_false(stops("Location", SPAN("/a b\xc3\xa4")));
    assert_true(stops("Location", SPAN("/a\r\nSet-Cookie: b")));
    assert_true(stops("Location", SPAN("/a\n")));
    assert_true(stops("Location", SPAN("/a\0")));
    assert_true(stops("Location", SPAN("/a\x7f")));
    assert_true(stops("Loc ation", SPAN("/a")));
    assert_true(stops("Loc:ation", SPAN("/a")));
    assert_true(stops("", SPAN("/a")));
    assert_true(stops("content-length", SPAN("1")));
    assert_true(stops("Transfer-Encoding", SPAN("chunked")));
    assert_true(stops("date", SPAN("now")));
    assert_true(stops("Connection", SPAN("close")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(date_equals_the_one_of_the_system),
        cmocka_unit_test(head_is_written_in_order),
        cmocka_unit_test(every_refusal_has_a_status_a_word_and_a_sentence),
        cmocka_unit_test(headers_that_would_split_a_reply_stop_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
