/* Hexadecimal, base64, decimal, big-endian. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "log/base/codec.h"
#include "tests/guard.h"

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

typedef enum err decoder(struct span text, struct out *o);
typedef void encoder(struct span bytes, struct out *o);

static void hex_returns_what_it_wrote(void **state)
{
    uint8_t bytes[256], again[256], text[512];
    struct out o = out_over(text, sizeof(text));

    (void)state;
    for (size_t i = 0; i < 256; i++) bytes[i] = (uint8_t)i;
    hex_encode(span_of(bytes, 256), &o);
    assert_int_equal(out_check(&o), ERR_OK);
    assert_memory_equal(text + 0xa5 * 2, "a5", 2);
    assert_int_equal(hex_decode(out_span(&o), again, 256), ERR_OK);
    assert_memory_equal(bytes, again, 256);
}

static void hex_has_one_spelling(void **state)
{
    static const char *const bad[] = {"",   "0",  "000", "0000", "0G", "g0", "0A", "A0", "F0",
                                      " 0", "0 ", "0\n", "0x",   "-1", "/0", ":0", "@0", "`0"};
    uint8_t ret[1] = {0x77};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_int_equal(hex_decode(span_text(bad[i]), ret, 1), ERR_BAD_HEX);
    assert_int_equal(ret[0], 0x77);
    assert_int_equal(hex_decode(SPAN("af"), ret, 1), ERR_OK);
    assert_int_equal(ret[0], 0xaf);
    assert_int_equal(hex_decode(SPAN(""), ret, 0), ERR_OK);
}

static void base64_of_rfc_4648(void **state)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"},
                                          {"\xfb\xff", "+/8="}};
    uint8_t buffer[32];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct out o = out_over(buffer, sizeof(buffer));

        base64_encode(span_text(rows[i][0]), &o);
        assert_true(span_equal(out_span(&o), span_text(rows[i][1])));
        assert_int_equal(base64_length(strlen(rows[i][0])), strlen(rows[i][1]));
        o = out_over(buffer, sizeof(buffer));
        assert_int_equal(base64_decode(span_text(rows[i][1]), &o), ERR_OK);
        assert_true(span_equal(out_span(&o), span_text(rows[i][0])));
    }
}

static void base64url_has_its_own_letters_and_no_padding(void **state)
{
    uint8_t buffer[8];
    struct out o = out_over(buffer, sizeof(buffer));

    (void)state;
    base64url_encode(SPAN("\xfb\xff"), &o);
    assert_true(span_equal(out_span(&o), SPAN("-_8")));
    o = out_over(buffer, sizeof(buffer));
    assert_int_equal(base64url_decode(SPAN("-_8"), &o), ERR_OK);
    assert_true(span_equal(out_span(&o), SPAN("\xfb\xff")));
    assert_int_equal(base64url_decode(SPAN("+/8"), &o), ERR_BAD_BASE64);
    assert_int_equal(base64url_decode(SPAN("-_8="), &o), ERR_BAD_BASE64);
    assert_int_equal(base64_decode(SPAN("-_8="), &o), ERR_BAD_BASE64);
    assert_int_equal(o.len, 2);
}

/* `len` letters, those of the number n. */
static struct span letters_of(size_t n, size_t len, uint8_t text[4])
{
    static const char letters[13] = "AQgw8/+-_= \n";

    for (size_t i = 0; i < len; i++, n /= sizeof(letters)) text[i] = (uint8_t)letters[n % sizeof(letters)];
    return span_of(text, len);
}

/* Whether `text` decodes; if so it must be what encoding writes. */
static bool canonical(decoder *decode, encoder *encode, struct span text)
{
    uint8_t bytes[4], again[8];
    struct out o = out_over(bytes, sizeof(bytes)), back = out_over(again, sizeof(again));

    if (decode(text, &o) != ERR_OK) {
        assert_int_equal(o.len, 0);
        return false;
    }
    encode(out_span(&o), &back);
    assert_true(span_equal(out_span(&back), text));
    return true;
}

/* Every text of up to four letters of a small alphabet, NUL included. */
static void whatever_decodes_encodes_to_the_same_text(void **state)
{
    size_t count = 1, padded = 0, bare = 0;

    (void)state;
    for (size_t len = 0; len <= 4; len++, count *= 13) {
        for (size_t n = 0; n < count; n++) {
            uint8_t text[4];
            struct span s = letters_of(n, len, text);

            padded += canonical(base64_decode, base64_encode, s);
            bare += canonical(base64url_decode, base64url_encode, s);
        }
    }
    /* Of the seven letters that each knows, four leave no stray bits in a group of two, five in one of three. */
    assert_int_equal(padded, 1 + 7 * 4 + 7 * 7 * 5 + 7 * 7 * 7 * 7);
    assert_int_equal(bare, padded);
}

static void stray_bits_are_refused(void **state)
{
    uint8_t buffer[8];

    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        char two[] = "A?==", three[] = "AA?=";
        struct out o = out_over(buffer, sizeof(buffer));

        two[1] = three[2] = BASE64[i];
        assert_int_equal(base64_decode(span_text(two), &o), i % 16 == 0 ? ERR_OK : ERR_BAD_BASE64);
        assert_int_equal(base64_decode(span_text(three), &o), i % 4 == 0 ? ERR_OK : ERR_BAD_BASE64);
        assert_int_equal(base64url_decode(span_of(two, 2), &o), i % 16 == 0 && i < 62 ? ERR_OK : ERR_BAD_BASE64);
    }
}

static void misplaced_padding_is_refused(void **state)
{
    static const char *const bad[] = {
        "=",        "==",       "===",    "====",  "A===",  "AA=",      "AA",       "AAA",
        "A",        "AA=A",     "A=AA",   "=AAA",  "AAAA=", "AAAA==",   "AAAA====", "AA==AA==",
        "AA==AAAA", "AAA=AAA=", "AAAA\n", "AAA A", " AAAA", "AAAA AA=="};
    uint8_t buffer[32];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct out o = out_over(buffer, sizeof(buffer));

        assert_int_equal(base64_decode(span_text(bad[i]), &o), ERR_BAD_BASE64);
        assert_int_equal(o.len, 0);
    }
}

static void decoding_keeps_what_was_there_and_says_when_it_does_not_fit(void **state)
{
    uint8_t buffer[6] = "......";
    struct out o = out_over(buffer, 5);

    (void)state;
    out_text(&o, "ab");
    assert_int_equal(base64_decode(SPAN("Zm9v"), &o), ERR_OK);
    assert_memory_equal(buffer, "abfoo.", 6);
    assert_int_equal(base64_decode(SPAN("Zg=="), &o), ERR_NO_ROOM);
    assert_memory_equal(buffer, "abfoo.", 6);
}

static void every_length_of_bytes_comes_back(void **state)
{
    struct guard g = guard_open(512);
    uint8_t bytes[200], text[300], again[200];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) bytes[i] = (uint8_t)(i * 167 + 13);
    for (size_t len = 0; len <= sizeof(bytes); len++) {
        struct out o = out_over(text, sizeof(text)), back = out_over(again, sizeof(again));

        base64_encode(span_of(bytes, len), &o);
        assert_int_equal(o.len, base64_length(len));
        assert_int_equal(base64_decode(guard_copy(&g, out_span(&o)), &back), ERR_OK);
        assert_true(span_equal(out_span(&back), span_of(bytes, len)));

        o = out_over(text, sizeof(text));
        back = out_over(again, sizeof(again));
        base64url_encode(span_of(bytes, len), &o);
        assert_int_equal(base64url_decode(guard_copy(&g, out_span(&o)), &back), ERR_OK);
        assert_true(span_equal(out_span(&back), span_of(bytes, len)));
    }
    guard_close(&g);
}

static void decimals_are_plain(void **state)
{
    static const char *const bad[] = {"",
                                      "00",
                                      "01",
                                      "0007",
                                      "+7",
                                      "-7",
                                      " 7",
                                      "7 ",
                                      "7.",
                                      "7a",
                                      "0x7",
                                      "1e3",
                                      "1,000",
                                      "1_000",
                                      "/",
                                      ":",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "184467440737095516150"};
    uint64_t n = 77;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(decimal_decode(span_text(bad[i]), UINT64_MAX, &n), ERR_BAD_NUMBER);
    assert_int_equal(decimal_decode(span_of("1\0", 2), UINT64_MAX, &n), ERR_BAD_NUMBER);
    assert_int_equal(n, 77);
    assert_int_equal(decimal_decode(SPAN("0"), UINT64_MAX, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(decimal_decode(SPAN("18446744073709551615"), UINT64_MAX, &n), ERR_OK);
    assert_true(n == UINT64_MAX);
}

static void the_largest_decimal_is_the_one_that_is_asked_for(void **state)
{
    (void)state;
    for (uint64_t max = 0; max < 1200; max++) {
        for (uint64_t value = max < 12 ? 0 : max - 12; value < max + 12; value++) {
            char text[32];
            uint64_t n;

            snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
            assert_int_equal(decimal_decode(span_text(text), max, &n), value <= max ? ERR_OK : ERR_BAD_NUMBER);
            if (value <= max) assert_int_equal(n, value);
        }
    }
}

static void big_endian_both_ways(void **state)
{
    uint8_t bytes[8];

    (void)state;
    u64_put(bytes, 0xfedcba9876543210U);
    assert_memory_equal(bytes, "\xfe\xdc\xba\x98\x76\x54\x32\x10", 8);
    assert_true(u64_at(bytes) == 0xfedcba9876543210U);
    assert_true(u32_at(bytes) == 0xfedcba98U);
    assert_true(u16_at(bytes) == 0xfedcU);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_returns_what_it_wrote),
        cmocka_unit_test(hex_has_one_spelling),
        cmocka_unit_test(base64_of_rfc_4648),
        cmocka_unit_test(base64url_has_its_own_letters_and_no_padding),
        cmocka_unit_test(whatever_decodes_encodes_to_the_same_text),
        cmocka_unit_test(stray_bits_are_refused),
        cmocka_unit_test(misplaced_padding_is_refused),
        cmocka_unit_test(decoding_keeps_what_was_there_and_says_when_it_does_not_fit),
        cmocka_unit_test(every_length_of_bytes_comes_back),
        cmocka_unit_test(decimals_are_plain),
        cmocka_unit_test(the_largest_decimal_is_the_one_that_is_asked_for),
        cmocka_unit_test(big_endian_both_ways),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
