/* UTF-8, escaping for terminals, dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "log/base/text.h"
#include "tests/guard.h"

#define LAST_SECOND 253402300799U

/* The UTF-8 of a code point by the definition, surrogates and too large ones included. */
static size_t encode(uint32_t p, uint8_t ret[4])
{
    static const uint8_t first[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t len = p < 0x80 ? 1 : p < 0x800 ? 2 : p < 0x10000 ? 3 : 4;

    for (size_t i = len; i-- > 1; p >>= 6) ret[i] = (uint8_t)(0x80 | (p & 0x3f));
    ret[0] = (uint8_t)(first[len] | p);
    return len;
}

static void every_code_point_but_surrogates_is_valid(void **state)
{
    struct guard g = guard_open(4);
    uint8_t bytes[4];

    (void)state;
    for (uint32_t p = 0; p < 0x1fffff; p++) {
        bool valid = p <= 0x10ffff && (p < 0xd800 || p > 0xdfff);
        size_t len = encode(p, bytes);

        if (utf8_valid(guard_copy(&g, span_of(bytes, len))) != valid) fail_msg("U+%04X", p);
        for (size_t cut = 1; cut < len; cut++)
            if (utf8_valid(guard_copy(&g, span_of(bytes, cut)))) fail_msg("U+%04X cut at %zu", p, cut);
    }
    assert_true(utf8_valid(span_of(NULL, 0)));
    guard_close(&g);
}

static void overlong_and_stray_bytes_are_not_valid(void **state)
{
    static const char *const bad[] = {"\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xe0\x9f\xbf",
                                      "\xf0\x80\x80\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\x80",
                                      "\xbf",
                                      "a\x80",
                                      "\xfe",
                                      "\xff",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xfc\x84\x80\x80\x80\x80",
                                      "\xc3(",
                                      "\xe2\x82(",
                                      "\xe2(\xac",
                                      "\xf0\x9f\x98(",
                                      "\xc3\xc3",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (utf8_valid(span_text(bad[i]))) fail_msg("row %zu", i);
}

/* Not a C string: the row may hold a NUL. */
static void assert_escaped(struct span from, size_t columns, const char *expected)
{
    uint8_t buffer[256];
    struct out o = out_over(buffer, sizeof(buffer));
    struct guard g = guard_open(256);

    text_escape(guard_copy(&g, from), columns, &o);
    if (!span_equal(out_span(&o), span_text(expected)))
        fail_msg("expected %s, got %.*s", expected, (int)o.len, (const char *)buffer);
    guard_close(&g);
}

static void plain_text_stays(void **state)
{
    (void)state;
    assert_escaped(SPAN("Acme Ltd, São Tomé 日本 🙂"), 80, "Acme Ltd, São Tomé 日本 🙂");
    assert_escaped(SPAN(""), 80, "");
    assert_escaped(span_of(NULL, 0), 80, "");
}

static void what_could_deceive_a_reader_is_spelt_out(void **state)
{
    (void)state;
    assert_escaped(SPAN("a\nb\tc\r\x1b[31m\x7f\0z"), 80, "a\\u{a}b\\u{9}c\\u{d}\\u{1b}[31m\\u{7f}\\u{0}z");
    assert_escaped(SPAN("C1 \xc2\x9b"
                        "31m \xc2\x85"),
                   80, "C1 \\u{9b}31m \\u{85}");
    assert_escaped(SPAN("a\u202eb\u2066c\u2069d\u200fe\u061c"), 80,
                   "a\\u{202e}b\\u{2066}c\\u{2069}d\\u{200f}e\\u{61c}");
    assert_escaped(SPAN("a\u200bb\u200cc\u200dd\ufeffe\u2060f\u00ad"), 80,
                   "a\\u{200b}b\\u{200c}c\\u{200d}d\\u{feff}e\\u{2060}f\\u{ad}");
    assert_escaped(SPAN("a\u2028b\u2029c"), 80, "a\\u{2028}b\\u{2029}c");
    assert_escaped(SPAN("\ufe0f\u180e\u3164\U000e0041"), 80, "\\u{fe0f}\\u{180e}\\u{3164}\\u{e0041}");
    assert_escaped(SPAN("\\u{a}"), 80, "\\\\u{a}");
}

static void no_control_byte_gets_through(void **state)
{
    uint8_t in[4], buffer[64];

    (void)state;
    for (uint32_t p = 0; p < 0x110000; p++) {
        struct out o = out_over(buffer, sizeof(buffer));
        bool control = p < 0x20 || (p >= 0x7f && p < 0xa0);
        bool direction = (p >= 0x202a && p <= 0x202e) || (p >= 0x2066 && p <= 0x2069) || p == 0x200e || p == 0x200f;
        size_t len = encode(p, in);

        text_escape(span_of(in, len), 1, &o);
        if ((control || direction) && (o.len < 4 || buffer[0] != '\\')) fail_msg("U+%04X", p);
        if (!utf8_valid(out_span(&o))) fail_msg("U+%04X", p);
    }
}

static void bad_bytes_are_spelt_one_by_one(void **state)
{
    (void)state;
    assert_escaped(SPAN("\xff\x80"
                        "a\xc3"),
                   80, "\\xff\\x80a\\xc3");
    assert_escaped(SPAN("\xe2\x82"), 80, "\\xe2\\x82");
    assert_escaped(SPAN("\xed\xa0\x80"), 80, "\\xed\\xa0\\x80");
    assert_escaped(SPAN("\x05"), 80, "\\u{5}");
}

static void long_text_ends_in_one_ellipsis(void **state)
{
    (void)state;
    assert_escaped(SPAN("abcdef"), 6, "abcdef");
    assert_escaped(SPAN("abcdef"), 5, "abcde…");
    assert_escaped(SPAN("日本語"), 2, "日本…");
    assert_escaped(SPAN("日本"), 2, "日本");
    assert_escaped(SPAN("a\n\n"), 2, "a\\u{a}…");
    assert_escaped(SPAN("abc"), 0, "…");
    assert_escaped(SPAN(""), 0, "");
}

static void assert_time(uint64_t seconds, const char *expected)
{
    uint8_t buffer[64];
    struct out o = out_over(buffer, sizeof(buffer));

    text_time(seconds, &o);
    if (!span_equal(out_span(&o), span_text(expected)))
        fail_msg("expected %s, got %.*s", expected, (int)o.len, (const char *)buffer);
}

static void times_are_written_in_one_way(void **state)
{
    (void)state;
    assert_time(0, "1970-01-01 00:00:00Z");
    assert_time(951782399, "2000-02-28 23:59:59Z");
    assert_time(951782400, "2000-02-29 00:00:00Z");
    assert_time(4107542399, "2100-02-28 23:59:59Z");
    assert_time(4107542400, "2100-03-01 00:00:00Z");
    assert_time(1795144060, "2026-11-20 03:07:40Z");
    assert_time(LAST_SECOND, "9999-12-31 23:59:59Z");
    assert_time((uint64_t)LAST_SECOND + 1, "9999-12-31 23:59:59Z");
    assert_time(UINT64_MAX, "9999-12-31 23:59:59Z");
}

/* Every day from 1970 to 9999, and a moment in each, against the C library. */
static void every_day_is_that_of_the_c_library(void **state)
{
    (void)state;
    for (uint64_t day = 0; day <= LAST_SECOND / 86400; day++) {
        uint64_t seconds = day * 86400 + day * 7919 % 86400, again = 0;
        time_t clock = (time_t)seconds;
        uint8_t buffer[64];
        struct out o = out_over(buffer, sizeof(buffer));
        char expected[64];
        struct tm tm;

        assert_non_null(gmtime_r(&clock, &tm));
        strftime(expected, sizeof(expected), "%Y-%m-%d %H:%M:%SZ", &tm);
        text_time(seconds, &o);
        if (!span_equal(out_span(&o), span_text(expected))) fail_msg("%s", expected);
        assert_int_equal(text_time_decode(out_span(&o), &again), ERR_OK);
        assert_true(again == seconds);
        assert_true((uint64_t)timegm(&tm) == again);
        o.len = 0;
        text_date(seconds, &o);
        assert_true(span_equal(out_span(&o), span_of(expected, 10)));
        assert_int_equal(text_time_decode(out_span(&o), &again), ERR_OK);
        assert_true(again == day * 86400);
    }
}

/* Every combination of year, month and day that two digits can write. */
static void days_that_do_not_exist_are_refused(void **state)
{
    static const unsigned years[] = {1969, 1970, 1972, 1999, 2000, 2023, 2024, 2100, 2400, 9999};

    (void)state;
    for (size_t y = 0; y < COUNT_OF(years); y++) {
        for (unsigned month = 0; month < 100; month++) {
            for (unsigned day = 0; day < 100; day++) {
                struct tm tm = {.tm_year = (int)years[y] - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
                time_t clock = timegm(&tm);
                bool exists = years[y] >= 1970 && tm.tm_mon == (int)month - 1 && tm.tm_mday == (int)day &&
                              tm.tm_year == (int)years[y] - 1900;
                uint64_t seconds = 0;
                char text[32];

                snprintf(text, sizeof(text), "%04u-%02u-%02u", years[y], month, day);
                if ((text_time_decode(span_text(text), &seconds) == ERR_OK) != exists) fail_msg("%s", text);
                if (exists) assert_true(seconds == (uint64_t)clock);
            }
        }
    }
}

static void moments_have_three_spellings(void **state)
{
    static const char *const good[] = {"2026-11-20T03:08:00Z", "2026-11-20 03:08:00Z", "2026-11-20T03:08Z",
                                       "2026-11-20 03:08Z"};
    static const char *const bad[] = {"",
                                      "2026",
                                      "2026-11",
                                      "2026-11-2",
                                      "2026-1-20",
                                      "26-11-20",
                                      "02026-11-20",
                                      " 2026-11-20",
                                      "2026-11-20 ",
                                      "2026/11/20",
                                      "2026-11-20T",
                                      "2026-11-20Z",
                                      "2026-11-20T03Z",
                                      "2026-11-20T03:08",
                                      "2026-11-20T03:08:00",
                                      "2026-11-20T3:08Z",
                                      "2026-11-20T24:00Z",
                                      "2026-11-20T03:60Z",
                                      "2026-11-20T03:08:60Z",
                                      "2026-11-20T03:08:Z",
                                      "2026-11-20T03:08:0Z",
                                      "2026-11-20T03:08:00.5Z",
                                      "2026-11-20T03:08:00+00:00",
                                      "2026-11-20T03:08:00z",
                                      "2026-11-20t03:08:00Z",
                                      "2026-11-20T03:08:00ZZ",
                                      "2026-11-20T03:08:00Z\n",
                                      "-026-11-20",
                                      "2026-+1-20",
                                      "10000-01-01"};
    uint64_t seconds = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_int_equal(text_time_decode(span_text(good[i]), &seconds), ERR_OK);
        assert_true(seconds == 1795144080);
    }
    seconds = 77;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (text_time_decode(span_text(bad[i]), &seconds) != ERR_BAD_NUMBER) fail_msg("%s", bad[i]);
    assert_int_equal(seconds, 77);
}

static void no_prefix_of_a_moment_reads_too_far(void **state)
{
    struct span whole = SPAN("2026-11-20T03:08:09Z");
    struct guard g = guard_open(whole.len);

    (void)state;
    for (size_t len = 0; len <= whole.len; len++) {
        uint64_t seconds;
        bool good = len == 10 || len == whole.len;

        assert_int_equal(text_time_decode(guard_copy(&g, span_slice(whole, 0, len)), &seconds),
                         good ? ERR_OK : ERR_BAD_NUMBER);
    }
    guard_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_but_surrogates_is_valid),
        cmocka_unit_test(overlong_and_stray_bytes_are_not_valid),
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(what_could_deceive_a_reader_is_spelt_out),
        cmocka_unit_test(no_control_byte_gets_through),
        cmocka_unit_test(bad_bytes_are_spelt_one_by_one),
        cmocka_unit_test(long_text_ends_in_one_ellipsis),
        cmocka_unit_test(times_are_written_in_one_way),
        cmocka_unit_test(every_day_is_that_of_the_c_library),
        cmocka_unit_test(days_that_do_not_exist_are_refused),
        cmocka_unit_test(moments_have_three_spellings),
        cmocka_unit_test(no_prefix_of_a_moment_reads_too_far),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
