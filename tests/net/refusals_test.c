/* What is refused, as raw bytes over a socket: the status, that the connection ends, that no handler ran, and that
 * nothing behind the refused request is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/net/world.h"

#define SMUGGLED "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

static struct http_limits small(void)
{
    struct http_limits limits = http_limits_default();

    limits.body_max = 100;
    limits.head_max = 2000;
    limits.target_max = 300;
    return limits;
}

static void refused(struct span bytes, unsigned status)
{
    struct http_limits limits = small();
    struct world w;
    struct peer p;
    uint8_t *room = malloc(bytes.len + sizeof SMUGGLED);
    struct out o = out_over(room, bytes.len + sizeof SMUGGLED);

    out_bytes(&o, bytes);
    out_text(&o, SMUGGLED);
    world_open(&w, &limits);
    p = peer_ask(&w, out_span(&o));
    assert_int_equal(peer_status(&p), status);
    assert_int_equal(count_of(peer_bytes(&p), "\r\nDate: "), 1);
    assert_int_equal(count_of(peer_bytes(&p), "Connection: close\r\n"), 1);
    assert_int_equal(count_of(peer_bytes(&p), "\r\nCairn-Reason: "), 1);
    assert_false(p.reset);
    assert_int_equal(w.handled, 0);
    peer_close(&p);
    world_close(&w);
    free(room);
}

#define H "Host: a\r\n"
#define POST_CHUNKED "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n"

#define REFUSAL_CASES(X) \
    X(folded_header, 400, "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n") \
    X(folded_header_by_tab, 400, "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n") \
    X(folded_transfer_encoding, 400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n") \
    X(header_before_the_first, 400, "GET / HTTP/1.1\r\n " H "\r\n\r\n") \
    X(bare_lf_request_line, 400, "POST /x\nContent-Length: 3\n\nabc") \
    X(bare_lf_in_full_request_line, 400, "GET / HTTP/1.1\n" H "\r\n") \
    X(bare_lf_header, 400, "GET / HTTP/1.1\r\nHost: a\n\r\n") \
    X(bare_lf_empty_line, 400, "GET / HTTP/1.1\r\n" H "\n") \
    X(bare_cr_in_header, 400, "GET / HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n") \
    X(http_0_9, 400, "GET /x\r\n") \
    X(http_0_9_by_name, 505, "GET /x HTTP/0.9\r\n\r\n") \
    X(http_2_0, 505, "GET / HTTP/2.0\r\n" H "\r\n") \
    X(http_2_preface, 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") \
    X(http_1_2, 505, "GET / HTTP/1.2\r\n" H "\r\n") \
    X(http_in_lower_case, 400, "GET / http/1.1\r\n" H "\r\n") \
    X(version_with_a_tail, 400, "GET / HTTP/1.10\r\n" H "\r\n") \
    X(two_blanks_before_the_target, 400, "GET  / HTTP/1.1\r\n" H "\r\n") \
    X(two_blanks_before_the_version, 400, "GET /  HTTP/1.1\r\n" H "\r\n") \
    X(tab_in_the_request_line, 400, "GET\t/ HTTP/1.1\r\n" H "\r\n") \
    X(blank_after_the_version, 400, "GET / HTTP/1.1 \r\n" H "\r\n") \
    X(unknown_method, 501, "FROB / HTTP/1.1\r\n" H "\r\n") \
    X(method_in_lower_case, 501, "get / HTTP/1.1\r\n" H "\r\n") \
    X(method_that_is_no_token, 400, "GE(T / HTTP/1.1\r\n" H "\r\n") \
    X(ice_method, 400, "SOURCE /x ICE/1.0\r\n\r\n") \
    X(ice_method_over_http, 400, "SOURCE /x HTTP/1.1\r\n" H "\r\n") \
    X(rtsp_version, 400, "GET / RTSP/1.0\r\n\r\n") \
    X(rtsp_method, 400, "DESCRIBE /x HTTP/1.1\r\n" H "\r\n") \
    X(rtsp_flush, 400, "FLUSH /x HTTP/1.1\r\n" H "\r\n") \
    X(connect, 400, "CONNECT a:443 HTTP/1.1\r\n" H "\r\n") \
    X(connect_with_a_path, 400, "CONNECT / HTTP/1.1\r\n" H "\r\n") \
    X(chunked_in_http_1_0, 400, "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") \
    X(length_and_chunked, 400, \
      "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") \
    X(chunked_and_length, 400, \
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n") \
    X(two_lengths, 400, "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\na") \
    X(length_list, 400, "POST / HTTP/1.1\r\n" H "Content-Length: 1, 1\r\n\r\na") \
    X(length_with_sign, 400, "POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\na") \
    X(length_below_zero, 400, "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\na") \
    X(length_in_hex, 400, "POST / HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\na") \
    X(empty_length, 400, "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n") \
    X(length_that_wraps, 413, "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\na") \
    X(length_over_the_limit, 413, "POST / HTTP/1.1\r\n" H "Content-Length: 101\r\n\r\n") \
    X(length_over_the_limit_when_expecting, 413, \
      "POST / HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 101\r\n\r\n") \
    X(two_codings, 400, \
      "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") \
    X(gzip_coding, 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\n") \
    X(coding_list, 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n") \
    X(chunked_twice, 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n") \
    X(identity_coding, 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n") \
    X(empty_coding, 501, "POST / HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n") \
    X(blank_before_the_colon, 400, "POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n") \
    X(header_without_colon, 400, "GET / HTTP/1.1\r\n" H "abc\r\n\r\n") \
    X(header_without_name, 400, "GET / HTTP/1.1\r\n" H ": abc\r\n\r\n") \
    X(header_name_of_high_bytes, 400, "GET / HTTP/1.1\r\n" H "\xc3\xa4: abc\r\n\r\n") \
    X(no_host, 400, "GET / HTTP/1.1\r\n\r\n") \
    X(two_hosts, 400, "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n") \
    X(two_hosts_in_http_1_0, 400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") \
    X(empty_host, 400, "GET / HTTP/1.1\r\nHost:\r\n\r\n") \
    X(host_list, 400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n") \
    X(host_with_user, 400, "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n") \
    X(two_accepts, 400, "GET / HTTP/1.1\r\n" H "Accept: a/b\r\naccept: c/d\r\n\r\n") \
    X(two_prefers, 400, "GET / HTTP/1.1\r\n" H "Prefer: wait=1\r\nPrefer: wait=2\r\n\r\n") \
    X(two_content_types, 400, "GET / HTTP/1.1\r\n" H "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n") \
    X(two_if_none_matches, 400, "GET / HTTP/1.1\r\n" H "If-None-Match: a\r\nIf-None-Match: b\r\n\r\n") \
    X(other_expectation, 417, "POST / HTTP/1.1\r\n" H "Expect: 200-ok\r\nContent-Length: 1\r\n\r\na") \
    X(absolute_target, 400, "GET http://a/ HTTP/1.1\r\n" H "\r\n") \
    X(asterisk_target, 400, "OPTIONS * HTTP/1.1\r\n" H "\r\n") \
    X(target_without_slash, 400, "GET x HTTP/1.1\r\n" H "\r\n") \
    X(fragment_in_the_target, 400, "GET /x#y HTTP/1.1\r\n" H "\r\n") \
    X(high_byte_in_the_target, 400, "GET /\xc3\xa4 HTTP/1.1\r\n" H "\r\n") \
    X(nul_in_the_target, 400, "GET /\0x HTTP/1.1\r\n" H "\r\n") \
    X(nul_in_a_header, 400, "GET / HTTP/1.1\r\n" H "A: b\0c\r\n\r\n") \
    X(nul_in_a_header_name, 400, "GET / HTTP/1.1\r\n" H "A\0: b\r\n\r\n") \
    X(del_in_a_header, 400, "GET / HTTP/1.1\r\n" H "A: b\x7f\r\n\r\n") \
    X(escape_in_a_header, 400, "GET / HTTP/1.1\r\n" H "A: b\x1b[0m\r\n\r\n") \
    X(two_empty_lines_before, 400, "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n") \
    X(bare_lf_before, 400, "\nGET / HTTP/1.1\r\n" H "\r\n") \
    X(tls_hello, 400, "\x16\x03\x01\x02\x00\x01\x00") \
    X(chunk_extension, 400, POST_CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n") \
    X(chunk_extension_of_the_last, 400, POST_CHUNKED "3\r\nabc\r\n0;a\r\n\r\n") \
    X(empty_chunk_extension, 400, POST_CHUNKED "3;\r\nabc\r\n0\r\n\r\n") \
    X(blank_after_the_chunk_size, 400, POST_CHUNKED "3 \r\nabc\r\n0\r\n\r\n") \
    X(trailer, 400, POST_CHUNKED "3\r\nabc\r\n0\r\nA: b\r\n\r\n") \
    X(bare_lf_at_the_end_of_chunks, 400, POST_CHUNKED "3\r\nabc\r\n0\r\n\n") \
    X(bare_lf_after_the_chunk_size, 400, POST_CHUNKED "3\nabc\r\n0\r\n\r\n") \
    X(bare_lf_after_the_chunk_data, 400, POST_CHUNKED "3\r\nabc\n0\r\n\r\n") \
    X(chunk_data_without_crlf, 400, POST_CHUNKED "3\r\nabc0\r\n\r\n") \
    X(chunk_size_that_is_empty, 400, POST_CHUNKED "\r\nabc\r\n0\r\n\r\n") \
    X(chunk_size_with_sign, 400, POST_CHUNKED "+3\r\nabc\r\n0\r\n\r\n") \
    X(chunk_size_of_many_zeros, 400, POST_CHUNKED "000000003\r\nabc\r\n0\r\n\r\n") \
    X(chunk_size_that_wraps, 400, POST_CHUNKED "10000000000000003\r\nabc\r\n0\r\n\r\n") \
    X(chunk_over_the_limit, 413, POST_CHUNKED "65\r\n") \
    X(chunks_over_the_limit_together, 413, POST_CHUNKED "1\r\na\r\n64\r\n")

#define CASE_FUNCTION(name, status, bytes) \
    static void name##_is_refused(void **state) \
    { \
        (void)state; \
        refused(SPAN(bytes), status); \
    }
REFUSAL_CASES(CASE_FUNCTION)

/* A request line, `count` headers "A: bbb…" of `len` bytes each with their CR LF, and the rest. */
static struct span long_head(struct out *o, const char *target_fill, size_t target_len, size_t count, size_t len)
{
    out_text(o, "GET /");
    for (size_t i = 1; i < target_len; i++) out_text(o, target_fill);
    out_text(o, " HTTP/1.1\r\n" H);
    for (size_t i = 0; i < count; i++) {
        out_text(o, "A: ");
        for (size_t k = 5; k < len; k++) out_byte(o, 'b');
        out_text(o, "\r\n");
    }
    out_text(o, "Connection: close\r\n\r\n");
    assert_false(o->full);
    return out_span(o);
}

static void taken(struct span bytes)
{
    struct http_limits limits = small();
    struct world w;
    struct peer p;

    world_open(&w, &limits);
    p = peer_ask(&w, bytes);
    assert_int_equal(peer_status(&p), 200);
    assert_int_equal(w.handled, 1);
    peer_close(&p);
    world_close(&w);
}

static void head_at_the_limit_is_taken_and_one_over_refused(void **state)
{
    uint8_t room[4096];
    struct out o = out_over(room, sizeof room);
    size_t base = long_head(&o, "x", 1, 0, 0).len;

    (void)state;
    o = out_over(room, sizeof room);
    struct span at = long_head(&o, "x", 1, 1, 2000 - base);
    assert_int_equal(at.len, 2000);
    taken(at);
    o = out_over(room, sizeof room);
    refused(long_head(&o, "x", 1, 1, 2001 - base), 431);
}

static void target_at_the_limit_is_taken_and_one_over_refused(void **state)
{
    uint8_t room[4096];
    struct out o = out_over(room, sizeof room);

    (void)state;
    taken(long_head(&o, "x", 300, 0, 0));
    o = out_over(room, sizeof room);
    refused(long_head(&o, "x", 301, 0, 0), 414);
}

static void endless_target_is_refused_before_its_end(void **state)
{
    uint8_t room[1000];

    (void)state;
    memset(room, 'x', sizeof room);
    memcpy(room, "GET /", 5);
    refused(span_of(room, sizeof room), 414);
}

static void sixty_four_headers_are_taken_and_one_more_refused(void **state)
{
    uint8_t room[4096];
    struct out o = out_over(room, sizeof room);

    (void)state;
    taken(long_head(&o, "x", 1, 62, 6));
    o = out_over(room, sizeof room);
    refused(long_head(&o, "x", 1, 63, 6), 431);
}

/* As many bytes as 60 KB of extensions would be, and not one of them kept. */
static void endless_chunk_extensions_are_refused(void **state)
{
    static uint8_t room[70000];
    struct out o = out_over(room, sizeof room);

    (void)state;
    out_text(&o, POST_CHUNKED "3;");
    for (size_t i = 0; i < 60000; i++) out_byte(&o, 'x');
    refused(out_span(&o), 400);
}

#define CASE_ROW(name, status, bytes) cmocka_unit_test(name##_is_refused),

int main(void)
{
    const struct CMUnitTest tests[] = {
        REFUSAL_CASES(CASE_ROW) cmocka_unit_test(head_at_the_limit_is_taken_and_one_over_refused),
        cmocka_unit_test(target_at_the_limit_is_taken_and_one_over_refused),
        cmocka_unit_test(endless_target_is_refused_before_its_end),
        cmocka_unit_test(sixty_four_headers_are_taken_and_one_more_refused),
        cmocka_unit_test(endless_chunk_extensions_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
