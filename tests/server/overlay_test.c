/* The overlay's room: what fills it must not keep out what empties it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/node/overlay.h"

#define STATEMENTS_MAX 64

/* Only kind, id and bytes matter here; nothing is decoded until something is dropped. */
static struct statement some(enum statement_kind kind, uint8_t *bytes, size_t len)
{
    static uint64_t next;
    struct statement s = {.kind = kind, .bytes = span_of(bytes, len)};

    next++;
    memcpy(bytes, &next, sizeof(next));
    s.id = hash_of(s.bytes);
    return s;
}

/* Adds statements of `len` bytes until there is no room; gives how many. */
static size_t fill(struct overlay *v, enum statement_kind kind, size_t len)
{
    uint8_t bytes[STATEMENT_SIZE_MAX] = {0};
    struct hash keys[2] = {{{1}}, {{2}}};

    for (size_t n = 0;; n++) {
        struct statement s = some(kind, bytes, len);

        if (overlay_add(v, &s, keys, 2) != ERR_OK) return n;
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seal_has_room_when_nothing_else_has),
        cmocka_unit_test(attestations_of_any_size_leave_room_for_a_thousand_revocations),
        cmocka_unit_test(what_was_taken_in_can_be_restored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
