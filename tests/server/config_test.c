/* cairnd.conf: every setting has its bounds, every wrong line is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/node/config.h"

static char where[200];
static struct config c;

static enum err decode(const char *text)
{
    where[0] = 0;
    return config_decode(span_text(text), &c, where);
}

/* A witness line with a key that is good. */
static const char *witness_line(char room[512], const char *rest)
{
    uint8_t text[256];
    struct out o = out_over(text, sizeof(text));
    struct secret_key secret;
    struct public_key key;
    struct vkey v;

    secret_key_from_seed((uint8_t[32]){9}, &secret);
    key = secret_key_public(&secret);
    vkey_make(SPAN("w.example"), NOTE_COSIGNATURE, &key, &v);
    vkey_encode(&v, &o);
    snprintf(room, 512, "origin a.example\nwitness w %.*s%s", (int)o.len, (const char *)text, rest);
    return room;
}

static void an_origin_is_enough_and_the_rest_has_its_standards(void **state)
{
    (void)state;
    assert_int_equal(decode("origin log.example.org/attest\n"), ERR_OK);
    assert_string_equal(c.host, "127.0.0.1");
    assert_int_equal(c.port, 7379);
    assert_int_equal(c.interval_ms, 1000);
    assert_int_equal(c.refresh_ms, 300000);
    assert_int_equal(c.stall_ms, 30000);
    assert_int_equal(c.pending_max, 65536);
    assert_int_equal(c.wait_max, 60);
    assert_int_equal(c.policy.quorum, -1);
}

static void what_init_writes_is_read_and_every_comment_in_it_is_true(void **state)
{
    uint8_t text[8192];
    struct out o = out_over(text, sizeof(text));
    struct config bare;

    (void)state;
    assert_int_equal(decode("origin log.example.org/attest\n"), ERR_OK);
    bare = c;
    config_write(SPAN("log.example.org/attest"), "127.0.0.1:7379", &o);
    assert_int_equal(config_decode(out_span(&o), &c, where), ERR_OK);
    assert_int_equal(c.interval_ms, bare.interval_ms);
    /* The same with each commented setting switched on: "#interval 1s" is what holds without it. */
    for (size_t i = 0; i + 1 < o.len; i++)
        if (text[i] == '#' && text[i + 1] != ' ' && (i == 0 || text[i - 1] == '\n')) text[i] = ' ';
    assert_int_equal(config_decode(out_span(&o), &c, where), ERR_OK);
    assert_int_equal(c.interval_ms, bare.interval_ms);
    assert_int_equal(c.refresh_ms, bare.refresh_ms);
    assert_int_equal(c.stall_ms, bare.stall_ms);
    assert_int_equal(c.witness_ms, bare.witness_ms);
    assert_int_equal(c.connections_max, bare.connections_max);
    assert_int_equal(c.pending_max, bare.pending_max);
    assert_int_equal(c.wait_max, bare.wait_max);
}

static void every_setting_is_taken_at_its_bounds_and_refused_beyond(void **state)
{
    static const struct {
        const char *word, *good[2], *bad[4];
    } rows[] = {
        {"interval", {"10ms", "1h"}, {"9ms", "3600001ms", "1", "-1s"}},
        {"refresh", {"1s", "1d"}, {"999ms", "25h", "s", "1 s"}},
        {"stall", {"1s", "1d"}, {"0s", "2d", "1w", "01s"}},
        {"witness-timeout", {"100ms", "60s"}, {"99ms", "61s", "", "+1s"}},
        {"connections", {"1", "65536"}, {"0", "65537", "1k", "01"}},
        {"pending", {"4096", "1000000"}, {"4095", "1000001", "x", "1e6"}},
        {"wait", {"0", "600"}, {"601", "-1", "1s", "00"}},
        {"map", {"1", "65536"}, {"0", "65537", "1G", ""}},
        {"listen", {"127.0.0.1:0", "[::1]:65535"}, {"127.0.0.1", ":1", "127.0.0.1:65536", "127.0.0.1:01"}},
        {"url", {"https://x.example", "http://127.0.0.1:1"}, {"x.example", "ftp://x", "httpsx://", "//x"}},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t k = 0; k < 2; k++) {
            snprintf(text, sizeof(text), "origin a.example\n%s %s\n", rows[i].word, rows[i].good[k]);
            if (decode(text) != ERR_OK) fail_msg("%s: %s", text, where);
            snprintf(text, sizeof(text), "%s %s\norigin a.example\n%s %s\n", rows[i].word, rows[i].good[k],
                     rows[i].word, rows[i].good[k]);
            assert_int_equal(decode(text), ERR_BAD_CONFIG);
            assert_non_null(strstr(where, "line 3"));
        }
        for (size_t k = 0; k < 4; k++) {
            snprintf(text, sizeof(text), "origin a.example\n%s %s\n", rows[i].word, rows[i].bad[k]);
            if (decode(text) != ERR_BAD_CONFIG) fail_msg("taken: %s", text);
            assert_non_null(strstr(where, "line 2"));
        }
    }
}

static void what_is_missing_or_not_known_is_named(void **state)
{
    (void)state;
    assert_int_equal(decode(""), ERR_BAD_CONFIG);
    assert_non_null(strstr(where, "origin NAME"));
    assert_int_equal(decode("origin a.example\n\n  colour blue\n"), ERR_BAD_CONFIG);
    assert_string_equal(where, "line 3, column 3: colour, where a setting should stand");
    assert_int_equal(decode("origin a b\n"), ERR_BAD_CONFIG);
    assert_int_equal(decode("origin a.example\ninterval\n"), ERR_BAD_CONFIG);
    assert_int_equal(decode("origin a.example\r\n"), ERR_BAD_CONFIG);
}

static void witnesses_need_an_address_and_a_quorum(void **state)
{
    char room[512];

    (void)state;
    assert_int_equal(decode(witness_line(room, " https://w.example\ngroup g 1 w lke\n")), ERR_BAD_CONFIG);
    assert_string_equal(where, "line 3, column 13: lke, where a witness or group that stands above should stand");
    assert_int_equal(decode(witness_line(room, " https://w.example\nquorum two-of-tree\n")), ERR_BAD_CONFIG);
    assert_non_null(strstr(where, "line 3, column 8: two-of-tree, where a witness or group"));
    assert_int_equal(decode(witness_line(room, " https://w.example\ngroup g 2 w\n")), ERR_BAD_CONFIG);
    assert_non_null(strstr(where, "line 3, column 1: bad-policy"));
    assert_int_equal(decode(witness_line(room, " https://w.example\n")), ERR_BAD_CONFIG);
    assert_non_null(strstr(where, "quorum"));
    assert_int_equal(decode(witness_line(room, "\nquorum w\n")), ERR_BAD_CONFIG);
    assert_non_null(strstr(where, "address"));
    assert_int_equal(decode(witness_line(room, " https://w.example\nquorum w\n")), ERR_OK);
    assert_int_equal(policy_witness_count(&c.policy), 1);
    assert_int_equal(decode(witness_line(room, " https://w.example\nquorum none\n")), ERR_OK);
    assert_int_equal(decode(witness_line(room, " https://w.example\nquorum x\n")), ERR_BAD_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_origin_is_enough_and_the_rest_has_its_standards),
        cmocka_unit_test(what_init_writes_is_read_and_every_comment_in_it_is_true),
        cmocka_unit_test(every_setting_is_taken_at_its_bounds_and_refused_beyond),
        cmocka_unit_test(what_is_missing_or_not_known_is_named),
        cmocka_unit_test(witnesses_need_an_address_and_a_quorum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
