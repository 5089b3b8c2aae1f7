/* The bytes of evidence: one spelling, and nothing read that is not of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/evidence/scene.h"
#include "tests/guard.h"

static struct scene s;
static struct evidence opened;
static struct evidence_map m;
static uint8_t file_bytes[WORLD_FILE_MAX], map_bytes[WORLD_FILE_MAX], made_bytes[WORLD_FILE_MAX];

static void setup_scene(void)
{
    struct span file;

    scene_make(&s, REASON(REVOKED));
    file = world_serve(s.world, &s.serving);
    memcpy(file_bytes, file.ptr, file.len);
    assert_int_equal(evidence_decode(span_of(file_bytes, file.len), &opened), ERR_OK);
    m = opened.map;
}

static struct span map_made(void)
{
    struct out o = out_over(map_bytes, sizeof(map_bytes));

    evidence_map_encode(&m, &o);
    assert_false(o.full);
    return out_span(&o);
}

static struct span file_made(struct span map)
{
    struct out o = out_over(made_bytes, sizeof(made_bytes));

    evidence_encode(&opened.cose, opened.receipt, map, &o);
    assert_false(o.full);
    return out_span(&o);
}

static enum err reading(struct span map)
{
    static struct evidence e;

    return evidence_decode(file_made(map), &e);
}

static void what_is_decoded_encodes_to_the_same_bytes(void **state)
{
    struct span file;

    (void)state;
    setup_scene();
    file = world_serve(s.world, &s.serving);
    assert_true(span_equal(file_made(map_made()), file));
    assert_int_equal(opened.map.answer_count, 4);
    for (size_t i = 0; i < opened.map.answer_count; i++) {
        const struct evidence_answer *a = &opened.map.answer[i];
        struct hash key = index_key(a->kind, a->component);

        assert_true(hash_equal(&key, &a->key));
        for (size_t n = 0; n < a->count; n++) {
            assert_true(evidence_names(a, evidence_position(a, n)));
            assert_false(evidence_names(a, evidence_position(a, n) + 100));
        }
    }
}

static void whatever_changed_byte_still_decodes_encodes_to_itself(void **state)
{
    struct span file;
    static uint8_t mutant[WORLD_FILE_MAX];
    size_t decoded = 0;

    (void)state;
    setup_scene();
    file = file_made(map_made());
    memcpy(mutant, file.ptr, file.len);
    for (size_t i = 0; i < file.len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            static uint8_t again[WORLD_FILE_MAX];
            struct out mo = out_over(map_bytes, sizeof(map_bytes)), fo = out_over(again, sizeof(again));
            static struct evidence e;

            mutant[i] ^= (uint8_t)(1U << bit);
            if (evidence_decode(span_of(mutant, file.len), &e) == ERR_OK) {
                evidence_map_encode(&e.map, &mo);
                evidence_encode(&e.cose, e.receipt, out_span(&mo), &fo);
                assert_true(span_equal(out_span(&fo), span_of(mutant, file.len)));
                decoded++;
            }
            mutant[i] ^= (uint8_t)(1U << bit);
        }
    assert_true(decoded > 0);
}

static void no_prefix_decodes_and_none_is_read_past_its_end(void **state)
{
    struct guard g = guard_open(1 << 16);
    struct span file, map;
    static struct evidence e;
    static struct evidence_map bare;

    (void)state;
    setup_scene();
    map = map_made();
    file = file_made(map);
    for (size_t len = 0; len < file.len; len++)
        assert_int_equal(evidence_decode(guard_copy(&g, span_slice(file, 0, len)), &e), ERR_BAD_EVIDENCE);
    for (size_t len = 0; len < map.len; len++)
        assert_int_equal(evidence_map_decode(guard_copy(&g, span_slice(map, 0, len)), &bare), ERR_BAD_EVIDENCE);
    guard_close(&g);
}

static void only_a_file_has_a_statement_that_carries_it(void **state)
{
    static struct evidence_map bare;
    size_t carrier = 0;

    (void)state;
    setup_scene();
    while (m.statement[carrier].bytes.len > 0) carrier++;
    assert_int_equal(evidence_map_decode(map_made(), &bare), ERR_BAD_EVIDENCE);
    /* A second one. */
    m.statement[carrier + 1].bytes = SPAN("");
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
    /* None. */
    m = opened.map;
    m.statement[carrier].bytes = SPAN("statement");
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
    assert_int_equal(evidence_map_decode(map_made(), &bare), ERR_OK);
    assert_int_equal(bare.statement_count, opened.map.statement_count);
}

static void statements_and_answers_stand_in_order(void **state)
{
    struct evidence_statement first;
    struct evidence_answer a;

    (void)state;
    setup_scene();
    first = m.statement[0];
    m.statement[0] = m.statement[1];
    m.statement[1] = first;
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
    m = opened.map;
    m.statement[1].position = m.statement[0].position;
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
    m = opened.map;
    a = m.answer[0];
    m.answer[0] = m.answer[1];
    m.answer[1] = a;
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
    m.answer[1] = m.answer[0] = a;
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
    m = opened.map;
    m.statement_count = 0;
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
}

static void answers_name_rising_positions_of_statements_that_are_there(void **state)
{
    static const struct {
        const char *positions;
        size_t len;
        enum err expected;
    } rows[] = {
        {"\x80", 1, ERR_OK},
        {"\x81\x00", 2, ERR_OK},
        {"\x82\x00\x03", 3, ERR_OK},
        {"\x82\x03\x00", 3, ERR_BAD_EVIDENCE},
        {"\x82\x03\x03", 3, ERR_BAD_EVIDENCE},
        {"\x81\x01", 2, ERR_BAD_EVIDENCE},
        {"\x81\x18\x18", 3, ERR_BAD_EVIDENCE},
        {"\x81\x18\x03", 3, ERR_BAD_EVIDENCE},
        {"\x81\x20", 2, ERR_BAD_EVIDENCE},
        {"\x9f\xff", 2, ERR_BAD_EVIDENCE},
        {"\xa0", 1, ERR_BAD_EVIDENCE},
    };

    (void)state;
    setup_scene();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        m.answer[0].positions = span_of(rows[i].positions, rows[i].len);
        assert_int_equal(reading(map_made()), rows[i].expected);
    }
}

static void halves_of_the_trie_have_three_forms(void **state)
{
    static const struct {
        size_t len;
        enum err expected;
    } rows[] = {{32, ERR_OK}, {72, ERR_OK}, {0, ERR_BAD_EVIDENCE}, {31, ERR_BAD_EVIDENCE}, {71, ERR_BAD_EVIDENCE}};
    uint8_t trie[128] = {0};

    (void)state;
    setup_scene();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct out o = out_over(trie, sizeof(trie));

        cbor_put_array(&o, 1);
        cbor_put_bytes_head(&o, rows[i].len);
        o.len += rows[i].len;
        m.trie = out_span(&o);
        assert_int_equal(reading(map_made()), rows[i].expected);
    }
    m.trie = SPAN("\x81\x18\xff");
    assert_int_equal(reading(map_made()), ERR_OK);
    m.trie = SPAN("\x81\x19\x01\x00");
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
    m.trie = SPAN("\x81\x61q");
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
}

static void hashes_are_whole(void **state)
{
    (void)state;
    setup_scene();
    m.log_hashes.len--;
    assert_int_equal(reading(map_made()), ERR_BAD_EVIDENCE);
    m.log_hashes.len = 0;
    assert_int_equal(reading(map_made()), ERR_OK);
}

/* The encoded map with its head changed and `tail` behind it. */
static enum err with_tail(uint8_t pairs, struct span tail)
{
    struct span map = map_made();

    assert_true(map.ptr == map_bytes && map.len + tail.len <= sizeof(map_bytes));
    map_bytes[0] = (uint8_t)(0xa0 | pairs);
    memcpy(map_bytes + map.len, tail.ptr, tail.len);
    return reading(span_of(map_bytes, map.len + tail.len));
}

static void one_field_more_may_stand_there_and_nothing_else(void **state)
{
    (void)state;
    setup_scene();
    assert_int_equal(with_tail(5, SPAN("")), ERR_OK);
    assert_int_equal(with_tail(6, SPAN("\x06\xa0")), ERR_OK);
    assert_int_equal(with_tail(6, SPAN("\x07\xa0")), ERR_BAD_EVIDENCE);
    assert_int_equal(with_tail(6, SPAN("\x06\xa0\x00")), ERR_BAD_EVIDENCE);
    assert_int_equal(with_tail(7, SPAN("\x06\xa0\x07\x00")), ERR_BAD_EVIDENCE);
    assert_int_equal(with_tail(5, SPAN("\x00")), ERR_BAD_EVIDENCE);
    assert_int_equal(with_tail(4, SPAN("")), ERR_BAD_EVIDENCE);
}

static enum err with_unprotected(struct span unprotected)
{
    struct sign1 cose = opened.cose;
    struct out o = out_over(made_bytes, sizeof(made_bytes));
    static struct evidence e;

    cose.unprotected = unprotected;
    sign1_encode(&cose, &o);
    return evidence_decode(out_span(&o), &e);
}

static void the_unprotected_map_is_a_receipt_and_this(void **state)
{
    static uint8_t bytes[WORLD_FILE_MAX];
    struct span map;

    (void)state;
    setup_scene();
    map = map_made();
    for (unsigned way = 0; way < 5; way++) {
        struct out o = out_over(bytes, sizeof(bytes));

        cbor_put_map(&o, way == 1 ? 3 : 2);
        if (way == 2) {
            cbor_put_int(&o, LABEL_EVIDENCE);
            cbor_put_bytes(&o, map);
        }
        cbor_put_int(&o, LABEL_RECEIPTS);
        cbor_put_array(&o, way == 3 ? 2 : 1);
        cbor_put_bytes(&o, opened.receipt);
        if (way == 3) cbor_put_bytes(&o, opened.receipt);
        if (way != 2) {
            cbor_put_int(&o, way == 4 ? LABEL_EVIDENCE - 1 : LABEL_EVIDENCE);
            cbor_put_bytes(&o, map);
        }
        if (way == 1) {
            cbor_put_int(&o, LABEL_EVIDENCE - 1);
            cbor_put_null(&o);
        }
        assert_int_equal(with_unprotected(out_span(&o)), way == 0 ? ERR_OK : ERR_BAD_EVIDENCE);
    }
    assert_int_equal(with_unprotected(SPAN("\xa0")), ERR_BAD_EVIDENCE);
}

/* Answers for issuers named by one byte, nobody's list, by rising key. */
static void answers_put(struct out *o, uint64_t count)
{
    struct hash last = {{0}};

    for (uint64_t i = 0; i < count; i++) {
        struct hash best;
        uint8_t chosen = 0;

        memset(best.b, 0xff, sizeof(best.b));
        for (unsigned n = 0; n < count; n++) {
            uint8_t name = (uint8_t)n;
            struct hash key = index_key(INDEX_ISSUER, (struct span[]){span_of(&name, 1), SPAN("")});

            if (hash_compare(&key, &last) <= 0 || hash_compare(&key, &best) >= 0) continue;
            best = key;
            chosen = name;
        }
        last = best;
        cbor_put_array(o, 3);
        cbor_put_uint(o, INDEX_ISSUER);
        cbor_put_array(o, 1);
        cbor_put_bytes(o, span_of(&chosen, 1));
        cbor_put_array(o, 0);
    }
}

/* A bare map: `count` statements of `len` bytes, each `step` positions after the one before. */
static struct span plain_map(uint64_t count, size_t len, uint64_t step, uint64_t answers)
{
    static uint8_t bytes[8 << 20], statement[STATEMENT_SIZE_MAX + 1];
    struct out o = out_over(bytes, sizeof(bytes));

    cbor_put_map(&o, 5);
    cbor_put_uint(&o, 1);
    cbor_put_text(&o, SPAN("checkpoint"));
    cbor_put_uint(&o, 2);
    cbor_put_array(&o, count);
    for (uint64_t i = 0; i < count; i++) {
        cbor_put_array(&o, 2);
        cbor_put_uint(&o, 1000 + i * step);
        cbor_put_bytes(&o, span_of(statement, len));
    }
    cbor_put_uint(&o, 3);
    cbor_put_bytes(&o, SPAN(""));
    cbor_put_uint(&o, 4);
    cbor_put_array(&o, answers);
    answers_put(&o, answers);
    cbor_put_uint(&o, 5);
    cbor_put_array(&o, 0);
    assert_false(o.full);
    return out_span(&o);
}

static enum err reading_plain(uint64_t count, size_t len, uint64_t step, uint64_t answers)
{
    static struct evidence_map bare;

    return evidence_map_decode(plain_map(count, len, step, answers), &bare);
}

static void counts_and_sizes_have_limits(void **state)
{
    static uint8_t big[EVIDENCE_SIZE_MAX + 1];
    static struct evidence e;
    size_t len = EVIDENCE_SIZE_MAX / 32, rest;

    (void)state;
    assert_int_equal(evidence_decode(span_of(big, sizeof(big)), &e), ERR_BAD_EVIDENCE);
    assert_int_equal(reading_plain(0, 1, 1, 0), ERR_BAD_EVIDENCE);
    assert_int_equal(reading_plain(1, 1, 1, 0), ERR_OK);
    assert_int_equal(reading_plain(EVIDENCE_STATEMENTS_MAX, 1, 1, 0), ERR_OK);
    assert_int_equal(reading_plain(EVIDENCE_STATEMENTS_MAX + 1, 1, 1, 0), ERR_BAD_EVIDENCE);
    assert_int_equal(reading_plain(2, 1, 0, 0), ERR_BAD_EVIDENCE);
    assert_int_equal(reading_plain(1, 0, 1, 0), ERR_BAD_EVIDENCE);
    assert_int_equal(reading_plain(1, STATEMENT_SIZE_MAX, 1, 0), ERR_OK);
    assert_int_equal(reading_plain(1, STATEMENT_SIZE_MAX + 1, 1, 0), ERR_BAD_EVIDENCE);
    assert_int_equal(reading_plain(1, 1, 1, EVIDENCE_ANSWERS_MAX), ERR_OK);
    assert_int_equal(reading_plain(1, 1, 1, EVIDENCE_ANSWERS_MAX + 1), ERR_BAD_EVIDENCE);
    /* The largest file, to the byte: 32 statements and what is left over. */
    rest = EVIDENCE_SIZE_MAX - plain_map(32, len - 8, 1, 0).len;
    assert_true(rest < 32 * 8);
    while (plain_map(32, len - 8 + rest / 32, 1, 0).len > EVIDENCE_SIZE_MAX) rest -= 32;
    assert_int_equal(reading_plain(32, len - 8 + rest / 32, 1, 0), ERR_OK);
    assert_int_equal(reading_plain(32, len - 8 + rest / 32 + 1, 1, 0), ERR_BAD_EVIDENCE);
}

static void kinds_are_those_of_the_index(void **state)
{
    static uint8_t bytes[WORLD_FILE_MAX];
    struct span map = plain_map(1, 1, 1, 1);
    static struct evidence_map bare;

    (void)state;
    memcpy(bytes, map.ptr, map.len);
    for (size_t i = 0; i + 1 < map.len; i++) {
        if (bytes[i] != 0x18 || bytes[i + 1] != INDEX_ISSUER) continue;
        bytes[i + 1] = INDEX_APPROVAL;
        assert_int_equal(evidence_map_decode(span_of(bytes, map.len), &bare), ERR_OK);
        /* Two components, none of this letter, and a number whose last byte is a letter. */
        bytes[i + 1] = INDEX_SUBJECT;
        assert_int_equal(evidence_map_decode(span_of(bytes, map.len), &bare), ERR_BAD_EVIDENCE);
        bytes[i + 1] = 'Z';
        assert_int_equal(evidence_map_decode(span_of(bytes, map.len), &bare), ERR_BAD_EVIDENCE);
        memmove(bytes + i + 3, bytes + i + 2, map.len - i - 2);
        memcpy(bytes + i, "\x19\x01I", 3);
        assert_int_equal(evidence_map_decode(span_of(bytes, map.len + 1), &bare), ERR_BAD_EVIDENCE);
        return;
    }
    fail();
}

static void a_detached_payload_is_no_evidence(void **state)
{
    struct sign1 cose;
    struct out o = out_over(made_bytes, sizeof(made_bytes));
    static struct evidence e;

    (void)state;
    setup_scene();
    cose = opened.cose;
    cose.detached = true;
    sign1_encode(&cose, &o);
    assert_int_equal(evidence_decode(out_span(&o), &e), ERR_BAD_EVIDENCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_decoded_encodes_to_the_same_bytes),
        cmocka_unit_test(whatever_changed_byte_still_decodes_encodes_to_itself),
        cmocka_unit_test(no_prefix_decodes_and_none_is_read_past_its_end),
        cmocka_unit_test(only_a_file_has_a_statement_that_carries_it),
        cmocka_unit_test(statements_and_answers_stand_in_order),
        cmocka_unit_test(answers_name_rising_positions_of_statements_that_are_there),
        cmocka_unit_test(halves_of_the_trie_have_three_forms),
        cmocka_unit_test(hashes_are_whole),
        cmocka_unit_test(one_field_more_may_stand_there_and_nothing_else),
        cmocka_unit_test(the_unprotected_map_is_a_receipt_and_this),
        cmocka_unit_test(counts_and_sizes_have_limits),
        cmocka_unit_test(kinds_are_those_of_the_index),
        cmocka_unit_test(a_detached_payload_is_no_evidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
