/* The overlay's room: what fills it must not keep out what empties it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/admit/admit.h"
#include "log/statement/status.h"
#include "server/node/overlay.h"

#define STATEMENTS_MAX 64

/* Only kind, iss, id and bytes matter here; nothing is decoded until something is dropped. No two of one issuer. */
static struct statement some(enum statement_kind kind, uint8_t *bytes, size_t len)
{
    static uint64_t next;
    struct statement s = {.kind = kind, .bytes = span_of(bytes, len), .iss = span_of(bytes, sizeof(next))};

    next++;
    memcpy(bytes, &next, sizeof(next));
    s.id = hash_of(s.bytes);
    return s;
}

static enum err add_one(struct overlay *v, enum statement_kind kind, size_t len, const char *iss)
{
    uint8_t bytes[STATEMENT_SIZE_MAX] = {0};
    struct hash keys[2] = {{{1}}, {{2}}};
    struct statement s = some(kind, bytes, len);

    if (iss != NULL) s.iss = span_text(iss);
    return overlay_add(v, &s, keys, 2);
}

/* Adds statements of `len` bytes until there is no room, of that issuer or each of another; gives how many. */
static size_t fill_by(struct overlay *v, enum statement_kind kind, size_t len, const char *iss, enum err wanted)
{
    enum err e = ERR_OK;
    size_t n;

    for (n = 0; e == ERR_OK; n++) e = add_one(v, kind, len, iss);
    assert_int_equal(e, wanted);
    return n - 1;
}

static size_t fill(struct overlay *v, enum statement_kind kind, size_t len)
{
    return fill_by(v, kind, len, NULL, ERR_BUSY);
}

static void a_seal_has_room_when_nothing_else_has(void **state)
{
    static const size_t lens[] = {STATEMENT_SIZE_MAX, 16384, 1024, 300, 64, 9};
    struct overlay *v = overlay_new(STATEMENTS_MAX);
    uint8_t bytes[512] = {0};
    struct statement seal = some(KIND_SEAL, bytes, sizeof(bytes));

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lens); i++) fill(v, KIND_ATTESTATION, lens[i]);
    for (size_t i = 0; i < COUNT_OF(lens); i++) fill(v, KIND_STATUS, lens[i]);
    assert_int_equal(fill(v, KIND_STATUS, 9), 0);
    assert_int_equal(overlay_add(v, &seal, NULL, 0), ERR_OK);
    overlay_free(v);
}

static void attestations_of_any_size_leave_room_for_a_thousand_revocations(void **state)
{
    static const size_t lens[] = {STATEMENT_SIZE_MAX, 16384, 1024, 300, 9};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        struct overlay *v = overlay_new(STATEMENTS_MAX);

        assert_true(fill(v, KIND_ATTESTATION, lens[i]) > 0);
        fill(v, KIND_SCHEMA, 9);
        assert_true(fill(v, KIND_STATUS, 1000) >= 1000);
        overlay_free(v);
    }
}

/* However fast one sends while nothing is published. */
static void an_issuer_leaves_as_much_as_he_has(void **state)
{
    static const size_t lens[] = {1000, 300};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        struct overlay *v = overlay_new(STATEMENTS_MAX);
        size_t first, second;

        fill(v, KIND_ATTESTATION, 300);
        first = fill_by(v, KIND_STATUS, lens[i], "greedy", ERR_ISSUER_FULL);
        assert_true(first >= 500);
        second = fill_by(v, KIND_STATUS, lens[i], "another", ERR_ISSUER_FULL);
        assert_true(second >= 250 && second < first);
        assert_int_equal(add_one(v, KIND_STATUS, lens[i], "third"), ERR_OK);
        assert_int_equal(add_one(v, KIND_STATUS, lens[i], "greedy"), ERR_ISSUER_FULL);
        overlay_free(v);
    }
}

/* Recoveries have no other bound, for whoever has the keys for them. */
static void an_issuers_later_keys_leave_as_much_too(void **state)
{
    struct overlay *v = overlay_new(STATEMENTS_MAX);
    uint8_t bytes[1024];
    struct issuer_payload p = {.seq = 1, .has_prev = true, .key_count = 1, .key = {{.purposes = 7}}};
    struct out o = out_over(bytes, sizeof(bytes));
    struct statement s = {.kind = KIND_ISSUER, .iss = SPAN("greedy")};
    enum err e = ERR_OK;
    size_t n;

    (void)state;
    issuer_encode(&p, &o);
    s.bytes = s.cose.payload = out_span(&o);
    for (n = 0; e == ERR_OK; n++) {
        s.id = hash_of(span_of(&n, sizeof(n)));
        e = overlay_add(v, &s, NULL, 0);
    }
    assert_int_equal(e, ERR_ISSUER_FULL);
    assert_in_range(n, 500, 700);
    assert_true(fill_by(v, KIND_STATUS, 300, "another", ERR_ISSUER_FULL) >= 200);
    /* and with the lane full, what a thief can send of them is not yet a share */
    fill(v, KIND_STATUS, 300);
    s.iss = SPAN("robbed");
    for (n = 0; n < 96; n++) {
        s.id = hash_of(span_of(&s.id, sizeof(s.id)));
        assert_int_equal(overlay_add(v, &s, NULL, 0), ERR_OK);
    }
    overlay_free(v);
}

/* A recovery has room when a thousand thieves have sent all they could, and so has what the operator says of them. */
static void keys_and_rules_have_room_when_status_statements_have_none(void **state)
{
    struct overlay *v = overlay_new(STATEMENTS_MAX);

    (void)state;
    fill(v, KIND_ATTESTATION, 1000);
    fill(v, KIND_STATUS, 1000);
    assert_int_equal(add_one(v, KIND_STATUS, 9, NULL), ERR_BUSY);
    for (unsigned n = 0; n < 64; n++) assert_int_equal(add_one(v, KIND_RULES, 4000, "log"), ERR_OK);
    overlay_free(v);
}

/* A start takes in whatever an earlier process took in. */
static void what_was_taken_in_can_be_restored(void **state)
{
    struct overlay *v = overlay_new(STATEMENTS_MAX), *again = overlay_new(STATEMENTS_MAX);
    uint64_t position;

    (void)state;
    fill(v, KIND_ATTESTATION, 700);
    fill(v, KIND_STATUS, 700);
    for (uint64_t p = 0; p < overlay_end(v); p++) {
        struct statement s = {.kind = KIND_ATTESTATION};

        assert_true(overlay_statement(v, p, &s.bytes, &s.id));
        assert_int_equal(overlay_restore(again, &s, NULL, 0), ERR_OK);
        assert_true(overlay_find(again, &s.id, &position) && position == p);
    }
    overlay_free(v);
    overlay_free(again);
}

/* A real statement, as the overlay decodes it again when something is dropped. */
static struct statement made(enum statement_kind kind, const char *iss, uint8_t *bytes, size_t cap)
{
    static uint64_t iat;
    struct secret_key key;
    struct status_payload p = {.target = {{1}}, .status = STATUS_REVOKED, .reason = 1};
    uint8_t payload[256], seed[32] = {1};
    struct out o = out_over(bytes, cap), content = out_over(payload, sizeof(payload));
    struct span name = span_text(iss);
    struct draft d = {.kind = kind, .iss = name, .sub = name, .home = name, .has_iat = true, .iat = ++iat};
    struct statement s;

    status_encode(&p, &content);
    if (kind == KIND_STATUS) d.payload = out_span(&content);
    secret_key_from_seed(seed, &key);
    assert_int_equal(statement_make(&d, &key, &o), ERR_OK);
    assert_int_equal(statement_decode(out_span(&o), &s), ERR_OK);
    return s;
}

static void put(struct overlay *v, enum statement_kind kind, const char *iss)
{
    uint8_t bytes[1024];
    struct statement s = made(kind, iss, bytes, sizeof(bytes));

    assert_int_equal(overlay_add(v, &s, NULL, 0), ERR_OK);
}

static uint64_t since_seal(const struct overlay *v, const char *iss)
{
    return overlay_since_seal(v, span_text(iss));
}

/* What is counted is what stands there: after a seal, after a batch that failed, after a publication. */
static void an_issuers_share_is_of_the_open_group(void **state)
{
    struct overlay *v = overlay_new(STATEMENTS_MAX);

    (void)state;
    overlay_reset(v, 100);
    put(v, KIND_ATTESTATION, "a");
    put(v, KIND_SEAL, "log");
    assert_int_equal(since_seal(v, "a"), 0);
    put(v, KIND_ATTESTATION, "a");
    put(v, KIND_SCHEMA, "a");
    put(v, KIND_STATUS, "a");
    put(v, KIND_ATTESTATION, "b");
    assert_int_equal(since_seal(v, "a"), 2);
    assert_int_equal(since_seal(v, "b"), 1);
    assert_int_equal(since_seal(v, "c"), 0);
    overlay_drop_from(v, 103);
    assert_int_equal(since_seal(v, "a"), 1);
    assert_int_equal(since_seal(v, "b"), 0);
    overlay_drop_from(v, 101);
    assert_int_equal(since_seal(v, "a"), 1);
    put(v, KIND_SEAL, "log");
    put(v, KIND_ATTESTATION, "a");
    overlay_drop_below(v, 102);
    assert_int_equal(since_seal(v, "a"), 1);
    overlay_reset(v, 103);
    assert_int_equal(since_seal(v, "a"), 0);
    overlay_free(v);
}

/* New ones stand behind what becomes of the old, and a first statement of keys is new. */
static void first_statements_of_keys_leave_the_lane_free(void **state)
{
    struct overlay *v = overlay_new(STATEMENTS_MAX);

    (void)state;
    fill(v, KIND_SCHEMA, 9);
    for (uint64_t seq = 0; seq < 2; seq++) {
        struct issuer_payload p = {.seq = seq, .has_prev = seq > 0, .key_count = 1, .key = {{.purposes = 7}}};
        uint8_t bytes[1024];
        struct out o = out_over(bytes, sizeof(bytes));
        struct statement s = {.kind = KIND_ISSUER, .iss = SPAN("a"), .id = {{(uint8_t)seq}}};

        issuer_encode(&p, &o);
        s.bytes = s.cose.payload = out_span(&o);
        assert_int_equal(admit_is_new(&s), seq == 0);
        assert_int_equal(overlay_add(v, &s, NULL, 0), seq == 0 ? ERR_BUSY : ERR_OK);
    }
    overlay_free(v);
}

/* How many more of its status statements there is room for. */
static size_t moves_until_full(struct overlay *v, const char *iss)
{
    uint8_t bytes[1024];
    enum err e = ERR_OK;
    size_t n;

    for (n = 0; e == ERR_OK; n++) {
        struct statement s = made(KIND_STATUS, iss, bytes, sizeof(bytes));

        e = overlay_add(v, &s, NULL, 0);
    }
    assert_int_equal(e, ERR_ISSUER_FULL);
    return n - 1;
}

/* What an issuer has waiting is counted until it is published, over a seal too, and then no more. */
static void what_is_published_gives_its_room_back(void **state)
{
    struct overlay *v = overlay_new(STATEMENTS_MAX);
    size_t first, all;

    (void)state;
    overlay_reset(v, 100);
    for (unsigned n = 0; n < 40; n++) put(v, KIND_STATUS, "greedy");
    put(v, KIND_SEAL, "log");
    first = moves_until_full(v, "greedy");
    overlay_drop_from(v, 141);
    assert_int_equal(moves_until_full(v, "greedy"), first);
    overlay_drop_from(v, 141);
    overlay_drop_below(v, 141);
    all = moves_until_full(v, "greedy");
    assert_true(all == first + 40 || all == first + 41);
    overlay_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seal_has_room_when_nothing_else_has),
        cmocka_unit_test(attestations_of_any_size_leave_room_for_a_thousand_revocations),
        cmocka_unit_test(an_issuer_leaves_as_much_as_he_has),
        cmocka_unit_test(an_issuers_later_keys_leave_as_much_too),
        cmocka_unit_test(keys_and_rules_have_room_when_status_statements_have_none),
        cmocka_unit_test(what_was_taken_in_can_be_restored),
        cmocka_unit_test(an_issuers_share_is_of_the_open_group),
        cmocka_unit_test(first_statements_of_keys_leave_the_lane_free),
        cmocka_unit_test(what_is_published_gives_its_room_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
