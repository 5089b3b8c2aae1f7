/* Heads, chunk frames and values as bytes that end flush against an unmapped page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "server/net/chunks.h"
#include "server/net/head.h"
#include "tests/guard.h"

static const struct span heads[] = {
    SPAN("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    SPAN("POST /x/y?z=1&z=2 HTTP/1.1\r\nHost: a:80\r\nAccept:\tb \r\nPrefer: wait=1\r\nContent-Length: 7\r\n"
         "Connection: x, close\r\nExpect: 100-continue\r\nContent-Type:c/d\r\nIf-None-Match: e\r\n\r\nrest of it"),
    SPAN("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    SPAN("GET / HTTP/1.0\r\n\r\n"),
    SPAN("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"),
    SPAN("GET / HTTP/1.1\r\nHost: a\n\r\n"),
    SPAN("GET / HTTP/1.1\rHost: a\n\r\n"),
    SPAN("GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n"),
    SPAN("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
};

/* Refusal and length as found when the bytes come in parts of `part`; *ret_seen: how many were needed. */
static enum refusal scan_parts(const struct guard *g, struct span in, size_t part, size_t *ret_len, size_t *ret_seen)
{
    struct http_limits limits = http_limits_default();
    struct head_scan s = {0};
    enum refusal r = REFUSAL_NONE;

    *ret_len = 0;
    for (*ret_seen = 0; r == REFUSAL_NONE && *ret_len == 0 && *ret_seen < in.len;) {
        *ret_seen = *ret_seen + part < in.len ? *ret_seen + part : in.len;
        r = head_scan(&s, guard_copy(g, span_slice(in, 0, *ret_seen)), &limits, ret_len);
    }
    return r;
}

static void scan_finds_the_same_however_the_bytes_come(void **state)
{
    struct guard g = guard_open(4096);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        size_t len, seen, one_len, one_seen;
        enum refusal whole = scan_parts(&g, heads[i], heads[i].len, &len, &seen);
        enum refusal one = scan_parts(&g, heads[i], 1, &one_len, &one_seen);
        assert_int_equal(whole, one);
        assert_int_equal(len, one_len);
        if (whole == REFUSAL_NONE) assert_int_equal(one_seen, len); /* the end is seen at its last byte */
        for (size_t part = 2; part < 9; part++) {
            assert_int_equal(scan_parts(&g, heads[i], part, &len, &seen), one);
            assert_int_equal(len, one_len);
            assert_true(seen >= one_seen && seen < one_seen + part);
        }
    }
    guard_close(&g);
}

/* Which refusal, where several would give the same status or the parser would refuse too. */
static void refusals_name_what_is_wrong(void **state)
{
    static const struct {
        struct span in;
        enum refusal refusal;
    } cases[] = {
        {SPAN("GET / HTTP/1.1\r\nHost: a\n\r\n"), REFUSAL_LINE_END},
        {SPAN("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n"), REFUSAL_LINE_END},
        {SPAN("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"), REFUSAL_FOLDED},
        {SPAN("GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n"), REFUSAL_FOLDED},
        {SPAN("GET / HTTP/1.1\r\nHost: a\x7f\r\n\r\n"), REFUSAL_CONTROL},
        {SPAN("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n"), REFUSAL_CONTROL},
        {SPAN("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), REFUSAL_REQUEST_LINE},
        {SPAN("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), REFUSAL_HOST},
        {SPAN("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
         REFUSAL_TWO_LENGTHS},
        {SPAN("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"), REFUSAL_HEADER_TWICE},
        {SPAN("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), REFUSAL_OLD_CHUNKED},
        {SPAN("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n"), REFUSAL_CODING},
        {SPAN("SOURCE / HTTP/1.1\r\nHost: a\r\n\r\n"), REFUSAL_FOREIGN_METHOD},
        {SPAN("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), REFUSAL_TARGET},
        {SPAN("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), REFUSAL_HEADER_LINE},
    };
    struct guard g = guard_open(4096);
    struct http_limits limits = http_limits_default();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct request_head h;
        size_t len, seen;
        enum refusal r = scan_parts(&g, cases[i].in, 1, &len, &seen);
        if (r == REFUSAL_NONE) r = head_parse(guard_copy(&g, span_slice(cases[i].in, 0, len)), &limits, &h);
        assert_int_equal(r, cases[i].refusal);
    }
    guard_close(&g);
}

static void head_is_read_into_its_parts(void **state)
{
    struct guard g = guard_open(4096);
    struct http_limits limits = http_limits_default();
    struct request_head h;
    size_t len, seen;

    (void)state;
    assert_int_equal(scan_parts(&g, heads[1], heads[1].len, &len, &seen), REFUSAL_NONE);
    assert_int_equal(heads[1].len - len, strlen("rest of it"));
    assert_int_equal(head_parse(guard_copy(&g, span_slice(heads[1], 0, len)), &limits, &h), REFUSAL_NONE);
    assert_int_equal(h.method, HTTP_METHOD_POST);
    assert_true(span_equal(h.method_text, SPAN("POST")));
    assert_true(span_equal(h.path, SPAN("/x/y")));
    assert_true(span_equal(h.query, SPAN("z=1&z=2")));
    assert_true(span_equal(h.accept, SPAN("b")));
    assert_true(span_equal(h.prefer, SPAN("wait=1")));
    assert_true(span_equal(h.content_type, SPAN("c/d")));
    assert_true(span_equal(h.if_none_match, SPAN("e")));
    assert_true(h.close && h.expects && !h.chunked);
    assert_int_equal(h.length, 7);
    guard_close(&g);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static bool inside(struct span part, struct span whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* What is read of damaged heads stays inside of them, and holds what a handler relies on. */
static void damaged_heads_are_refused_or_sound(void **state)
{
    static const char spice[] = "\r\n \t:,/?#\0\x7f\x80HTP019";
    struct guard g = guard_open(4096);
    struct http_limits limits = http_limits_default();
    uint64_t seed = 7;
    unsigned taken = 0;

    (void)state;
    for (int round = 0; round < 30000; round++) {
        uint8_t room[512];
        struct span from = heads[next_random(&seed) % 4], in, head;
        struct head_scan s = {0};
        struct request_head h;
        size_t len;
        memcpy(room, from.ptr, from.len);
        for (uint64_t n = next_random(&seed) % 4; n > 0; n--)
            room[next_random(&seed) % from.len] = (uint8_t)spice[next_random(&seed) % sizeof spice];
        in = guard_copy(&g, span_of(room, from.len));
        if (head_scan(&s, in, &limits, &len) != REFUSAL_NONE || len == 0) continue;
        head = guard_copy(&g, span_of(room, len));
        if (head_parse(head, &limits, &h) != REFUSAL_NONE) continue;
        taken++;
        assert_true(h.path.len > 0 && h.path.ptr[0] == '/');
        assert_true(inside(h.path, head) && inside(h.query, head) && inside(h.accept, head));
        assert_true(inside(h.prefer, head) && inside(h.content_type, head) && inside(h.if_none_match, head));
        assert_true(h.length <= limits.body_max && !(h.chunked && h.length > 0));
    }
    assert_in_range(taken, 100, 29900);
    guard_close(&g);
}

/* Bytes of the frame taken, or SIZE_MAX when it is refused, with the bytes in parts of `part`. */
static size_t chunks_parts(const struct guard *g, struct span in, size_t part, bool *ret_done)
{
    struct chunks c = {0};
    size_t at = 0, taken;

    while (at < in.len && c.state != CHUNKS_DONE) {
        size_t end = at + part < in.len ? at + part : in.len;
        if (!chunks_take(&c, guard_copy(g, span_slice(in, at, end)), &taken)) return SIZE_MAX;
        at += taken;
    }
    *ret_done = c.state == CHUNKS_DONE;
    return at;
}

static void chunk_frame_ends_where_it_ends_however_the_bytes_come(void **state)
{
    static const struct {
        struct span in;
        size_t taken;
        bool done;
    } cases[] = {
        {SPAN("0\r\n\r\n"), 5, true},
        {SPAN("3\r\nabc\r\n0\r\n\r\nGET"), 13, true},
        {SPAN("A\r\n\r\n\r\n0\r\n\r\n0\r\n0\r\n\r\n"), 20, true},
        {SPAN("0000000a\r\n0123456789\r\n00000000\r\n\r\n"), 34, true},
        {SPAN("3\r\nabc\r\n"), 8, false},
        {SPAN("ffffffff\r\nabc"), 13, false},
        {SPAN("3\r\nabc\r\n0\r\n\n"), SIZE_MAX, false},
        {SPAN("3\r\nabcd\r\n"), SIZE_MAX, false},
        {SPAN("3\r\nab\r\n0\r\n\r\n"), SIZE_MAX, false},
        {SPAN("000000000\r\n\r\n"), SIZE_MAX, false},
        {SPAN("g\r\n"), SIZE_MAX, false},
        {SPAN("3;a\r\n"), SIZE_MAX, false},
        {SPAN("0\r\nA: b\r\n\r\n"), SIZE_MAX, false},
        {SPAN("\r\n"), SIZE_MAX, false},
        {SPAN("3\r\nabc\r\n\r\n"), SIZE_MAX, false},
    };
    struct guard g = guard_open(4096);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (size_t part = 1; part <= cases[i].in.len; part++) {
            bool done = false;
            assert_int_equal(chunks_parts(&g, cases[i].in, part, &done), cases[i].taken);
            assert_int_equal(done, cases[i].done);
        }
    guard_close(&g);
}

static void query_values_are_found_and_decoded(void **state)
{
    uint8_t room[16];
    struct out o = out_over(room, sizeof room);
    struct span value, query = SPAN("size=5&from=a%2Fb%20%2b+&empty=&bare&cut=%4&bad=%zz&two=1&two=%32");

    (void)state;
    assert_true(http_query_value(query, "size", &o, &value));
    assert_true(span_equal(value, SPAN("5")));
    assert_true(http_query_value(query, "from", &o, &value));
    assert_true(span_equal(value, SPAN("a/b ++")));
    assert_true(http_query_value(query, "empty", &o, &value));
    assert_int_equal(value.len, 0);
    assert_int_equal(o.len, 7);
    assert_false(http_query_value(query, "bare", &o, &value));
    assert_false(http_query_value(query, "cut", &o, &value));
    assert_false(http_query_value(query, "bad", &o, &value));
    assert_false(http_query_value(query, "absent", &o, &value));
    assert_false(http_query_value(query, "siz", &o, &value));
    assert_false(http_query_value(query, "two", &o, &value));
    assert_int_equal(o.len, 7);
    assert_true(http_query_value_at(query, "two", 0, &o, &value));
    assert_true(span_equal(value, SPAN("1")));
    assert_true(http_query_value_at(query, "two", 1, &o, &value));
    assert_true(span_equal(value, SPAN("2")));
    assert_false(http_query_value_at(query, "two", 2, &o, &value));
    assert_false(http_query_value(SPAN("a=0123456789"), "a", &o, &value)); /* no room: nothing is left of it */
    assert_int_equal(o.len, 9);
    assert_false(o.full);
    assert_false(http_query_value((struct span){0}, "a", &o, &value));
}

static void prefer_gives_its_wait(void **state)
{
    (void)state;
    assert_int_equal(http_prefer_wait(SPAN("wait=10")), 10);
    assert_int_equal(http_prefer_wait(SPAN("respond-async, Wait = 7")), 7);
    assert_int_equal(http_prefer_wait(SPAN("wait=\"12\"; foo=1, bar")), 12);
    assert_int_equal(http_prefer_wait(SPAN("wait=3, wait=4")), 3);
    assert_int_equal(http_prefer_wait(SPAN("a=\"x, wait=5, y\", wait=6")), 6);
    assert_int_equal(http_prefer_wait(SPAN("a=\"\\\", wait=5, y\", wait=6")), 6);
    assert_int_equal(http_prefer_wait(SPAN("a; wait=5")), 0);
    assert_int_equal(http_prefer_wait(SPAN("wait=99999999999999999999")), 86400);
    assert_int_equal(http_prefer_wait(SPAN("wait=-1")), 0);
    assert_int_equal(http_prefer_wait(SPAN("wait=1s")), 0);
    assert_int_equal(http_prefer_wait(SPAN("wait=")), 0);
    assert_int_equal(http_prefer_wait(SPAN("wait")), 0);
    assert_int_equal(http_prefer_wait(SPAN("waits=1")), 0);
    assert_int_equal(http_prefer_wait(SPAN("\"wait=1")), 0);
    assert_int_equal(http_prefer_wait((struct span){0}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scan_finds_the_same_however_the_bytes_come),
        cmocka_unit_test(refusals_name_what_is_wrong),
        cmocka_unit_test(head_is_read_into_its_parts),
        cmocka_unit_test(damaged_heads_are_refused_or_sound),
        cmocka_unit_test(chunk_frame_ends_where_it_ends_however_the_bytes_come),
        cmocka_unit_test(query_values_are_found_and_decoded),
        cmocka_unit_test(prefer_gives_its_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
