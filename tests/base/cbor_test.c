/* The strict decoder: one spelling of everything, every limit on both sides, every cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/base/cbor.h"
#include "log/base/codec.h"
#include "tests/guard.h"

static uint8_t hex_buffer[8192];

/* The bytes of `hex`, blanks left out. Live until the next call. */
static struct span bytes_of(const char *hex)
{
    char text[2 * sizeof(hex_buffer)];
    size_t len = 0;

    for (; *hex != 0; hex++)
        if (*hex != ' ') text[len++] = *hex;
    assert_int_equal(hex_decode(span_of(text, len), hex_buffer, len / 2), ERR_OK);
    return span_of(hex_buffer, len / 2);
}

static void assert_check(const char *hex, enum err expected)
{
    struct guard g = guard_open(sizeof(hex_buffer));
    enum err e = cbor_check(guard_copy(&g, bytes_of(hex)));

    if (e != expected) fail_msg("%s: %s instead of %s", hex, err_reason(e), err_reason(expected));
    guard_close(&g);
}

/* RFC 8949, appendix A: all of it that has no float, undefined, bignum with leading zeros or indefinite length. */
static void examples_of_rfc_8949_are_well_formed(void **state)
{
    static const char *const good[] = {"00",
                                       "01",
                                       "0a",
                                       "17",
                                       "1818",
                                       "1819",
                                       "1864",
                                       "1903e8",
                                       "1a000f4240",
                                       "1b000000e8d4a51000",
                                       "1bffffffffffffffff",
                                       "c249010000000000000000",
                                       "3bffffffffffffffff",
                                       "20",
                                       "29",
                                       "3863",
                                       "3903e7",
                                       "f4",
                                       "f5",
                                       "f6",
                                       "c074323031332d30332d32315432303a30343a30305a",
                                       "c11a514b67b0",
                                       "d74401020304",
                                       "d818456449455446",
                                       "40",
                                       "4401020304",
                                       "60",
                                       "6161",
                                       "6449455446",
                                       "62225c",
                                       "62c3bc",
                                       "63e6b0b4",
                                       "64f0908591",
                                       "80",
                                       "83010203",
                                       "8301820203820405",
                                       "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
                                       "a0",
                                       "a201020304",
                                       "a26161016162820203",
                                       "826161a161626163",
                                       "a56161614161626142616361436164614461656145"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) assert_check(good[i], ERR_OK);
}

static void what_is_not_deterministic_is_refused(void **state)
{
    static const char *const bad[] = {
        /* heads longer than needed, each width and type */
        "1800", "1817", "190000", "190018", "1900ff", "1a00000000", "1a0000ffff", "1b0000000000000000",
        "1b00000000ffffffff", "3817", "3900ff", "5800", "5817", "590001 00", "7800", "780161", "9800", "9900ff", "b800",
        "b90000", "d817", "d900ff", "da0000ffff", "db00000000ffffffff",
        /* indefinite lengths and the break */
        "5f4100ff", "5fff", "7f6161ff", "9fff", "9f01ff", "bfff", "bf0101ff", "ff", "81ff", "1f", "3f", "df",
        /* reserved heads */
        "1c", "1d", "1e", "3c", "5c", "7d", "9e", "bc", "dd", "fc", "fd", "fe",
        /* undefined, unassigned simple values, floats */
        "f7", "e0", "f0", "f3", "f800", "f814", "f818", "f8ff", "f90000", "f93c00", "fa47c35000", "fb3ff199999999999a"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_check(bad[i], ERR_BAD_CBOR);
}

static void every_head_at_the_edge_of_its_width_has_one_spelling(void **state)
{
    static const uint64_t edges[] = {0, 23, 24, 255, 256, 65535, 65536, 4294967295U, 4294967296U, UINT64_MAX};
    static const unsigned widths[] = {1, 2, 4, 8};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        uint8_t shortest[9];
        struct out o = out_over(shortest, sizeof(shortest));

        cbor_put_uint(&o, edges[i]);
        assert_int_equal(cbor_check(out_span(&o)), ERR_OK);
        for (size_t k = 0; k < COUNT_OF(widths); k++) {
            unsigned width = widths[k];
            uint8_t head[9] = {(uint8_t)(24 + k)};
            bool same, fits = width == 8 || edges[i] >> (8 * width) == 0;

            if (!fits) continue;
            for (unsigned b = 0; b < width; b++) head[1 + b] = (uint8_t)(edges[i] >> (8 * (width - 1 - b)));
            same = span_equal(span_of(head, 1 + width), out_span(&o));
            assert_int_equal(cbor_check(span_of(head, 1 + width)), same ? ERR_OK : ERR_BAD_CBOR);
        }
    }
}

static void text_must_be_utf8(void **state)
{
    (void)state;
    assert_check("61ff", ERR_BAD_UTF8);
    assert_check("62c080", ERR_BAD_UTF8);
    assert_check("63eda080", ERR_BAD_UTF8);
    assert_check("61c3", ERR_BAD_UTF8);
    assert_check("a161c301", ERR_BAD_UTF8);
    assert_check("8161c3", ERR_BAD_UTF8);
    assert_check("41c3", ERR_OK);
}

static void nothing_may_follow(void **state)
{
    (void)state;
    assert_check("0000", ERR_TRAILING);
    assert_check("8000", ERR_TRAILING);
    assert_check("a0f6", ERR_TRAILING);
    assert_check("410000", ERR_TRAILING);
    assert_check("", ERR_TRUNCATED);
}

static void lengths_that_lie_are_refused(void **state)
{
    (void)state;
    assert_check("5bffffffffffffffff", ERR_TRUNCATED);
    assert_check("7bffffffffffffffff", ERR_TRUNCATED);
    assert_check("5b7fffffffffffffff00", ERR_TRUNCATED);
    assert_check("9bffffffffffffffff", ERR_TRUNCATED);
    assert_check("9b8000000000000000", ERR_TRUNCATED);
    assert_check("bbffffffffffffffff", ERR_TRUNCATED);
    assert_check("bb8000000000000000", ERR_TRUNCATED);
    assert_check("bb800000000000000101", ERR_TRUNCATED);
    assert_check("9a00000002 00", ERR_BAD_CBOR);
    assert_check("4200", ERR_TRUNCATED);
    assert_check("8200", ERR_TRUNCATED);
    assert_check("a100", ERR_TRUNCATED);
    assert_check("a2000102", ERR_TRUNCATED);
    assert_check("c1", ERR_TRUNCATED);
}

/* Who only reads the head learns of the lie as well, before making room for the items. */
static void counts_above_what_is_left_are_refused_at_the_head(void **state)
{
    struct cbor c = cbor_over(SPAN("\x83\x01\x02"));
    uint64_t count = 77;

    (void)state;
    assert_int_equal(cbor_array(&c, &count), ERR_TRUNCATED);
    c = cbor_over(SPAN("\xa2\x01\x02\x03"));
    assert_int_equal(cbor_map(&c, &count), ERR_TRUNCATED);
    assert_int_equal(count, 77);
}

/* One of everything: nested maps and arrays, every head width, each simple value. */
static const char everything[] = "a8 01 1818 02 1903e8 03 1a000f4240 04 1b000000e8d4a51000 20 3863 "
                                 "6161 84 f4 f5 f6 d818 4101 4162 a2 6162 63e6b0b4 4163 a0 1864 9818"
                                 "00000000000000000000000000000000000000000000001818";

static void no_prefix_is_well_formed_or_read_too_far(void **state)
{
    struct span whole = bytes_of(everything);
    struct guard g = guard_open(whole.len);

    (void)state;
    assert_int_equal(cbor_check(guard_copy(&g, whole)), ERR_OK);
    for (size_t len = 0; len < whole.len; len++)
        assert_int_equal(cbor_check(guard_copy(&g, span_slice(whole, 0, len))), ERR_TRUNCATED);
    guard_close(&g);
}

static enum err copy_item(struct cbor *c, struct out *o);

static enum err copy_pairs(struct cbor *c, struct out *o)
{
    struct cbor_map m;

    TRY(cbor_map_open(c, &m));
    cbor_put_map(o, m.pairs);
    while (cbor_map_more(&m)) {
        struct span key;
        struct cbor again;

        TRY(cbor_map_key(&m, &key));
        again = cbor_over(key);
        TRY(copy_item(&again, o));
        TRY(copy_item(c, o));
    }
    return ERR_OK;
}

/* Reads a string or a number and writes it again. */
static enum err copy_plain(struct cbor *c, enum cbor_type type, struct out *o)
{
    struct span s;
    uint64_t n;
    int64_t i;

    if (type == CBOR_UINT) {
        TRY(cbor_uint(c, &n));
        cbor_put_uint(o, n);
    } else if (type == CBOR_NEGATIVE) {
        TRY(cbor_int(c, &i));
        cbor_put_int(o, i);
    } else if (type == CBOR_BYTES) {
        TRY(cbor_bytes(c, &s));
        cbor_put_bytes(o, s);
    } else {
        TRY(cbor_text(c, &s));
        cbor_put_text(o, s);
    }
    return ERR_OK;
}

static enum err copy_simple(struct cbor *c, struct out *o)
{
    bool value;

    if (cbor_null(c) == ERR_OK) {
        cbor_put_null(o);
        return ERR_OK;
    }
    TRY(cbor_bool(c, &value));
    cbor_put_bool(o, value);
    return ERR_OK;
}

/* Takes an item apart with the readers and puts it together with the writers. */
static enum err copy_item(struct cbor *c, struct out *o)
{
    enum cbor_type type;
    uint64_t n;

    TRY(cbor_peek(c, &type));
    switch (type) {
    case CBOR_UINT:
    case CBOR_NEGATIVE:
    case CBOR_BYTES:
    case CBOR_TEXT: return copy_plain(c, type, o);
    case CBOR_SIMPLE: return copy_simple(c, o);
    case CBOR_MAP: return copy_pairs(c, o);
    case CBOR_ARRAY:
        TRY(cbor_array(c, &n));
        cbor_put_array(o, n);
        for (uint64_t i = 0; i < n; i++) TRY(copy_item(c, o));
        return ERR_OK;
    case CBOR_TAG:
        TRY(cbor_tag(c, &n));
        cbor_put_tag(o, n);
        return copy_item(c, o);
    }
    return ERR_BAD_CBOR;
}

static void what_is_read_is_written_again_byte_for_byte(void **state)
{
    struct span whole = bytes_of(everything);
    uint8_t buffer[256];
    struct out o = out_over(buffer, sizeof(buffer));
    struct cbor c = cbor_over(whole);

    (void)state;
    assert_int_equal(copy_item(&c, &o), ERR_OK);
    assert_int_equal(cbor_end(&c), ERR_OK);
    assert_int_equal(out_check(&o), ERR_OK);
    assert_true(span_equal(out_span(&o), whole));
}

/* Each byte replaced by each other: never a crash, and what passes has one spelling. */
static void no_mutant_passes_that_is_not_canonical(void **state)
{
    struct span whole = bytes_of(everything);
    struct guard g = guard_open(whole.len);
    uint8_t mutant[256], buffer[256];

    (void)state;
    for (size_t i = 0; i < whole.len; i++) {
        for (unsigned value = 0; value < 256; value++) {
            struct out o = out_over(buffer, sizeof(buffer));
            struct cbor c;
            struct span s;
            enum err e;

            memcpy(mutant, whole.ptr, whole.len);
            mutant[i] = (uint8_t)value;
            s = guard_copy(&g, span_of(mutant, whole.len));
            if (cbor_check(s) != ERR_OK) continue;
            c = cbor_over(s);
            e = copy_item(&c, &o);
            /* A negative number below an int64 is well-formed, but no reader gives it. */
            if (e == ERR_BAD_NUMBER) continue;
            assert_int_equal(e, ERR_OK);
            assert_true(span_equal(out_span(&o), s));
        }
    }
    guard_close(&g);
}

/* `depth` heads around `innermost`, in hexadecimal. */
static const char *nested(unsigned depth, const char *head, const char *innermost, char hex[128])
{
    size_t len = strlen(head);

    for (unsigned i = 0; i < depth; i++) memcpy(hex + i * len, head, len);
    snprintf(hex + depth * len, 128 - depth * len, "%s", innermost);
    return hex;
}

static void nesting_ends_at_sixteen(void **state)
{
    static const char *const heads[] = {"81", "a100", "c1"};
    static const char *const innermost[] = {"80", "a0", "c100"};
    char hex[128];

    (void)state;
    for (size_t k = 0; k < COUNT_OF(heads); k++) {
        assert_check(nested(16, heads[k], "00", hex), ERR_OK);
        assert_check(nested(17, heads[k], "00", hex), ERR_CBOR_DEPTH);
        for (size_t n = 0; n < COUNT_OF(innermost); n++) {
            assert_check(nested(15, heads[k], innermost[n], hex), ERR_OK);
            assert_check(nested(16, heads[k], innermost[n], hex), ERR_CBOR_DEPTH);
        }
    }
    /* Width is not depth. */
    assert_check("98208080808080808080808080808080808080808080808080808080808080808080", ERR_OK);
}

static void a_bomb_of_heads_is_refused_early(void **state)
{
    static uint8_t bomb[1 << 20];

    (void)state;
    memset(bomb, 0x81, sizeof(bomb));
    assert_int_equal(cbor_check(span_of(bomb, sizeof(bomb))), ERR_CBOR_DEPTH);
    memset(bomb, 0xc1, sizeof(bomb));
    assert_int_equal(cbor_check(span_of(bomb, sizeof(bomb))), ERR_CBOR_DEPTH);
}

/* A map of `pairs` pairs n: null. The keys go up, down, or up and then down, as `order` says. */
static struct span map_of(unsigned pairs, unsigned order, uint8_t *buffer, size_t cap)
{
    struct out o = out_over(buffer, cap);

    cbor_put_map(&o, pairs);
    for (unsigned i = 0; i < pairs; i++) {
        unsigned mixed = i % 2 == 0 ? i : 1000 - i;

        cbor_put_uint(&o, order == 0 ? i : order == 1 ? pairs - i : mixed);
        cbor_put_null(&o);
    }
    assert_int_equal(out_check(&o), ERR_OK);
    return out_span(&o);
}

static void maps_end_at_256_pairs(void **state)
{
    uint8_t buffer[2048];

    (void)state;
    for (unsigned order = 0; order < 3; order++) {
        assert_int_equal(cbor_check(map_of(0, order, buffer, sizeof(buffer))), ERR_OK);
        assert_int_equal(cbor_check(map_of(1, order, buffer, sizeof(buffer))), ERR_OK);
        assert_int_equal(cbor_check(map_of(256, order, buffer, sizeof(buffer))), ERR_OK);
        assert_int_equal(cbor_check(map_of(257, order, buffer, sizeof(buffer))), ERR_NO_ROOM);
    }
}

/* Keys 0 … n-1 in the order of `key`, then one of them once more at the end. */
static enum err with_duplicate(const unsigned *key, unsigned n, unsigned again)
{
    uint8_t buffer[128];
    struct out o = out_over(buffer, sizeof(buffer));

    cbor_put_map(&o, n + 1);
    for (unsigned i = 0; i <= n; i++) {
        cbor_put_uint(&o, (i < n ? key[i] : again) * 20);
        cbor_put_text(&o, SPAN("v"));
    }
    return cbor_check(out_span(&o));
}

static void duplicates_are_found_in_every_order_of_four_keys(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 256; code++) {
        unsigned key[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
        unsigned seen = 1U << key[0] | 1U << key[1] | 1U << key[2] | 1U << key[3];

        if (seen != 15) {
            assert_int_equal(with_duplicate(key, 4, 4), ERR_CBOR_DUPLICATE);
            continue;
        }
        assert_int_equal(with_duplicate(key, 4, 4), ERR_OK);
        for (unsigned again = 0; again < 4; again++)
            assert_int_equal(with_duplicate(key, 4, again), ERR_CBOR_DUPLICATE);
    }
}

static void keys_of_each_type_are_compared_whole(void **state)
{
    (void)state;
    assert_check("a2616101616102", ERR_CBOR_DUPLICATE);
    assert_check("a2416101416102", ERR_CBOR_DUPLICATE);
    assert_check("a220012002", ERR_CBOR_DUPLICATE);
    /* The same bytes as text and as bytes are two keys; so are 0, -1, "" and h''. */
    assert_check("a2416101616102", ERR_OK);
    assert_check("a400012001400160 01", ERR_OK);
    /* One key the beginning of another's content, either first. */
    assert_check("a2626162016161 01", ERR_OK);
    assert_check("a2616101626162 01", ERR_OK);
    /* A key is sought among keys, not among values that look like it. */
    assert_check("a3 02 6161 01 6161 6161 01", ERR_OK);
    assert_check("a2 01 a1 01 01 02 a1 01 01", ERR_OK);
    assert_check("a2 02 a2 01 01 01 01 01 00", ERR_CBOR_DUPLICATE);
    /* Whatever else is no key. */
    assert_check("a18001", ERR_CBOR_TYPE);
    assert_check("a1a001", ERR_CBOR_TYPE);
    assert_check("a1f501", ERR_CBOR_TYPE);
    assert_check("a1c10101", ERR_CBOR_TYPE);
    assert_check("a1f701", ERR_BAD_CBOR);
}

/* A shorter key that comes later is compared for its own length only, also when it ends the input. */
static void comparing_keys_stays_inside_the_input(void **state)
{
    struct guard g = guard_open(64);
    struct span whole = bytes_of("a3 4a01020304050607080910 00 43010203 00 4a01020304050607080910 00");

    (void)state;
    assert_int_equal(cbor_check(guard_copy(&g, whole)), ERR_CBOR_DUPLICATE);
    for (size_t len = 0; len < whole.len - 1; len++) {
        enum err e = cbor_check(guard_copy(&g, span_slice(whole, 0, len)));

        assert_true(e == ERR_TRUNCATED);
    }
    guard_close(&g);
}

static void a_reader_that_fails_stays_where_it_was(void **state)
{
    static const char *const inputs[] = {
        "",   "00", "20",  "3bffffffffffffffff", "4100", "61ff", "61", "80", "81", "a0", "a1", "c0", "f4",
        "f6", "f7", "1800"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        struct span s = bytes_of(inputs[i]), ignored;
        uint64_t n = 0;
        int64_t k = 0;
        bool b = false;
        uint8_t into[2];
        struct cbor c;

#define STAYS(call) \
    c = cbor_over(s); \
    if ((call) != ERR_OK) assert_true(c.rest.ptr == s.ptr && c.rest.len == s.len)
        STAYS(cbor_uint(&c, &n));
        STAYS(cbor_int(&c, &k));
        STAYS(cbor_bytes(&c, &ignored));
        STAYS(cbor_bytes_into(&c, into, sizeof(into)));
        STAYS(cbor_int_exact(&c, 7));
        STAYS(cbor_array_exact(&c, 3));
        STAYS(cbor_map_exact(&c, 3));
        STAYS(cbor_text(&c, &ignored));
        STAYS(cbor_bool(&c, &b));
        STAYS(cbor_null(&c));
        STAYS(cbor_array(&c, &n));
        STAYS(cbor_map(&c, &n));
        STAYS(cbor_tag(&c, &n));
        STAYS(cbor_item(&c, &ignored));
#undef STAYS
    }
}

static void readers_refuse_other_types(void **state)
{
    static const char *const one_of_each[] = {"01", "21", "4101", "6161", "8101", "a10101", "c101", "f5"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(one_of_each); i++) {
        struct span s = bytes_of(one_of_each[i]), ignored;
        struct cbor c;
        enum cbor_type type;
        uint64_t n;
        int64_t k;
        bool b;

        c = cbor_over(s);
        assert_int_equal(cbor_peek(&c, &type), ERR_OK);
        assert_int_equal(type, i);
#define ONLY(call, type_) \
    c = cbor_over(s); \
    assert_int_equal((call), (type_) == i ? ERR_OK : ERR_CBOR_TYPE)
        ONLY(cbor_uint(&c, &n), CBOR_UINT);
        ONLY(cbor_bytes(&c, &ignored), CBOR_BYTES);
        ONLY(cbor_text(&c, &ignored), CBOR_TEXT);
        ONLY(cbor_array(&c, &n), CBOR_ARRAY);
        ONLY(cbor_map(&c, &n), CBOR_MAP);
        ONLY(cbor_tag(&c, &n), CBOR_TAG);
        ONLY(cbor_bool(&c, &b), CBOR_SIMPLE);
        c = cbor_over(s);
        assert_int_equal(cbor_int(&c, &k), i <= CBOR_NEGATIVE ? ERR_OK : ERR_CBOR_TYPE);
        c = cbor_over(s);
        assert_int_equal(cbor_null(&c), ERR_CBOR_TYPE);
#undef ONLY
    }
}

static void booleans_are_not_null(void **state)
{
    struct cbor c = cbor_over(SPAN("\xf4\xf5\xf6"));
    bool b = true;

    (void)state;
    assert_int_equal(cbor_bool(&c, &b), ERR_OK);
    assert_false(b);
    assert_int_equal(cbor_null(&c), ERR_CBOR_TYPE);
    assert_int_equal(cbor_bool(&c, &b), ERR_OK);
    assert_true(b);
    assert_int_equal(cbor_bool(&c, &b), ERR_CBOR_TYPE);
    assert_int_equal(cbor_null(&c), ERR_OK);
    assert_int_equal(cbor_null(&c), ERR_TRUNCATED);
}

static void integers_reach_both_ends_of_int64(void **state)
{
    static const int64_t numbers[] = {0, 23, 24, 255, 256, INT64_MAX, -1, -24, -25, -256, -257, INT64_MIN};
    uint8_t buffer[9];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct out o = out_over(buffer, sizeof(buffer));
        struct cbor c;
        int64_t n;

        cbor_put_int(&o, numbers[i]);
        assert_int_equal(out_check(&o), ERR_OK);
        c = cbor_over(out_span(&o));
        assert_int_equal(cbor_int(&c, &n), ERR_OK);
        assert_int_equal(cbor_end(&c), ERR_OK);
        assert_true(n == numbers[i]);
    }
    for (unsigned major = 0; major < 2; major++) {
        uint8_t beyond[9] = {(uint8_t)(major << 5 | 27), 0x80};
        struct cbor c = cbor_over(span_of(beyond, sizeof(beyond)));
        int64_t n;

        assert_int_equal(cbor_int(&c, &n), ERR_BAD_NUMBER);
    }
}

static void exact_bytes_are_exact(void **state)
{
    struct cbor c = cbor_over(SPAN("\x43"
                                   "abc"));
    uint8_t s[4] = "none";

    (void)state;
    assert_int_equal(cbor_bytes_into(&c, s, 2), ERR_CBOR_TYPE);
    assert_int_equal(cbor_bytes_into(&c, s, 4), ERR_CBOR_TYPE);
    assert_memory_equal(s, "none", 4);
    assert_int_equal(cbor_bytes_into(&c, s, 3), ERR_OK);
    assert_memory_equal(s, "abce", 4);
    assert_int_equal(cbor_end(&c), ERR_OK);
}

/* 7, -1, [], [1, 2], {}, {1: 2} */
static void what_must_stand_there_does(void **state)
{
    struct cbor c = cbor_over(SPAN("\x07\x20\x80\x82\x01\x02\xa0\xa1\x01\x02"));

    (void)state;
    assert_int_equal(cbor_int_exact(&c, 6), ERR_CBOR_TYPE);
    assert_int_equal(cbor_int_exact(&c, -8), ERR_CBOR_TYPE);
    assert_int_equal(cbor_array_exact(&c, 7), ERR_CBOR_TYPE);
    assert_int_equal(cbor_int_exact(&c, 7), ERR_OK);
    assert_int_equal(cbor_int_exact(&c, 0), ERR_CBOR_TYPE);
    assert_int_equal(cbor_int_exact(&c, -1), ERR_OK);
    assert_int_equal(cbor_map_exact(&c, 0), ERR_CBOR_TYPE);
    assert_int_equal(cbor_array_exact(&c, 1), ERR_CBOR_TYPE);
    assert_int_equal(cbor_array_exact(&c, 0), ERR_OK);
    assert_int_equal(cbor_array_exact(&c, 1), ERR_CBOR_TYPE);
    assert_int_equal(cbor_array_exact(&c, 3), ERR_CBOR_TYPE);
    assert_int_equal(cbor_array_exact(&c, 2), ERR_OK);
    assert_int_equal(cbor_int_exact(&c, 1), ERR_OK);
    assert_int_equal(cbor_int_exact(&c, 2), ERR_OK);
    assert_int_equal(cbor_array_exact(&c, 0), ERR_CBOR_TYPE);
    assert_int_equal(cbor_map_exact(&c, 0), ERR_OK);
    assert_int_equal(cbor_map_exact(&c, 0), ERR_CBOR_TYPE);
    assert_int_equal(cbor_map_exact(&c, 2), ERR_CBOR_TYPE);
    assert_int_equal(cbor_map_exact(&c, 1), ERR_OK);
}

static void items_are_given_whole(void **state)
{
    struct cbor c = cbor_over(SPAN("\x82\x01\xa1\x02\x03\x41z"));
    struct span s;

    (void)state;
    assert_int_equal(cbor_item(&c, &s), ERR_OK);
    assert_true(span_equal(s, SPAN("\x82\x01\xa1\x02\x03")));
    assert_int_equal(cbor_end(&c), ERR_TRAILING);
    assert_int_equal(cbor_item(&c, &s), ERR_OK);
    assert_true(span_equal(s, SPAN("\x41z")));
    assert_int_equal(cbor_end(&c), ERR_OK);
}

static void a_key_of_another_type_can_be_read_again(void **state)
{
    struct cbor c = cbor_over(SPAN("\xa2\x61"
                                   "a\x01\x05\x02"));
    struct cbor_map m;
    struct span text;
    int64_t n;
    uint64_t value;

    (void)state;
    assert_int_equal(cbor_map_open(&c, &m), ERR_OK);
    assert_int_equal(cbor_map_key_int(&m, &n), ERR_CBOR_TYPE);
    assert_int_equal(cbor_map_key_text(&m, &text), ERR_OK);
    assert_true(span_equal(text, SPAN("a")));
    assert_int_equal(cbor_uint(&c, &value), ERR_OK);
    assert_int_equal(cbor_map_key_text(&m, &text), ERR_CBOR_TYPE);
    assert_int_equal(cbor_map_key_int(&m, &n), ERR_OK);
    assert_int_equal(n, 5);
    assert_int_equal(cbor_uint(&c, &value), ERR_OK);
    assert_int_equal(value, 2);
    assert_false(cbor_map_more(&m));
    assert_int_equal(cbor_end(&c), ERR_OK);
}

/* One pair and what it did to the map, by the reader of any key. */
static enum err any_pair(struct cbor_map *m, unsigned *ret)
{
    struct span key, value;

    TRY(cbor_map_key(m, &key));
    *ret = key.ptr[0] < CBOR_KEY_OTHER ? key.ptr[0] : CBOR_KEY_OTHER;
    return cbor_item(m->c, &value);
}

static enum err small_pair(struct cbor_map *m, unsigned *ret)
{
    struct span value;

    TRY(cbor_map_key_small(m, ret));
    return cbor_item(m->c, &value);
}

/* Maps of three pairs, all beginnings of keys that differ in kind, in every order, and cut anywhere. */
static void small_keys_are_read_as_all_keys_are(void **state)
{
    static const uint8_t first[] = {0,    1,    2,    9,    22,   23,   0x18, 0x1b, 0x1c, 0x20, 0x37, 0x38, 0x40,
                                    0x41, 0x58, 0x60, 0x61, 0x78, 0x80, 0x81, 0xa0, 0xc1, 0xf4, 0xf6, 0xff};

    (void)state;
    for (size_t n = 0; n < COUNT_OF(first) * COUNT_OF(first) * COUNT_OF(first); n++) {
        uint8_t map[] = {0xa3,
                         first[n % COUNT_OF(first)],
                         0x18,
                         0x20,
                         first[n / COUNT_OF(first) % COUNT_OF(first)],
                         0x18,
                         0x20,
                         first[n / COUNT_OF(first) / COUNT_OF(first)],
                         0x18,
                         0x20,
                         0,
                         0};
        size_t len = n % 5 == 0 ? n % sizeof(map) : sizeof(map);
        struct cbor a = cbor_over(span_of(map, len)), b = a;
        struct cbor_map x, y;
        enum err e = cbor_map_open(&a, &x), same = cbor_map_open(&b, &y);

        while (e == ERR_OK && cbor_map_more(&x)) {
            unsigned one = 99, two = 99;

            e = any_pair(&x, &one);
            same = small_pair(&y, &two);
            assert_int_equal(e, same);
            assert_int_equal(one, two);
            assert_true(a.rest.ptr == b.rest.ptr && x.read == y.read);
        }
        assert_int_equal(e, same);
    }
}

static void writers_say_when_it_does_not_fit(void **state)
{
    uint8_t whole[64], small[64];
    struct out o = out_over(whole, sizeof(whole));

    (void)state;
    cbor_put_map(&o, 1);
    cbor_put_text(&o, SPAN("key"));
    cbor_put_bytes_head(&o, 300);
    for (size_t cap = 0; cap <= o.len; cap++) {
        struct out cut = out_over(small, cap);

        cbor_put_map(&cut, 1);
        cbor_put_text(&cut, SPAN("key"));
        cbor_put_bytes_head(&cut, 300);
        assert_int_equal(out_check(&cut), cap == o.len ? ERR_OK : ERR_NO_ROOM);
    }
    assert_true(span_equal(out_span(&o), SPAN("\xa1\x63key\x59\x01\x2c")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_of_rfc_8949_are_well_formed),
        cmocka_unit_test(what_is_not_deterministic_is_refused),
        cmocka_unit_test(every_head_at_the_edge_of_its_width_has_one_spelling),
        cmocka_unit_test(text_must_be_utf8),
        cmocka_unit_test(nothing_may_follow),
        cmocka_unit_test(lengths_that_lie_are_refused),
        cmocka_unit_test(counts_above_what_is_left_are_refused_at_the_head),
        cmocka_unit_test(no_prefix_is_well_formed_or_read_too_far),
        cmocka_unit_test(what_is_read_is_written_again_byte_for_byte),
        cmocka_unit_test(no_mutant_passes_that_is_not_canonical),
        cmocka_unit_test(nesting_ends_at_sixteen),
        cmocka_unit_test(a_bomb_of_heads_is_refused_early),
        cmocka_unit_test(maps_end_at_256_pairs),
        cmocka_unit_test(duplicates_are_found_in_every_order_of_four_keys),
        cmocka_unit_test(keys_of_each_type_are_compared_whole),
        cmocka_unit_test(comparing_keys_stays_inside_the_input),
        cmocka_unit_test(a_reader_that_fails_stays_where_it_was),
        cmocka_unit_test(readers_refuse_other_types),
        cmocka_unit_test(booleans_are_not_null),
        cmocka_unit_test(integers_reach_both_ends_of_int64),
        cmocka_unit_test(exact_bytes_are_exact),
        cmocka_unit_test(what_must_stand_there_does),
        cmocka_unit_test(items_are_given_whole),
        cmocka_unit_test(a_key_of_another_type_can_be_read_again),
        cmocka_unit_test(small_keys_are_read_as_all_keys_are),
        cmocka_unit_test(writers_say_when_it_does_not_fit),
    };
    return cmocka_run_group_tests_name("cbor", tests, NULL, NULL);
}
