/* What an attestation may rest on. */
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct world w;

static void begin(void)
{
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
}

/* No two alike. */
static enum err attest(const struct hash *on, size_t count)
{
    static uint64_t iat;
    struct draft d = {.kind = KIND_ATTESTATION, .iss = test_urn(1), .sub = SPAN("sub-a"), .has_iat = true};

    d.iat = ++iat;
    d.depends = on;
    d.depends_count = count;
    return world_submit(&w, &d, 1);
}

static struct hash attested(const struct hash *on, size_t count)
{
    assert_int_equal(attest(on, count), ERR_OK);
    return world_last_id(&w);
}

static void unknown_dependency(void **state)
{
    struct hash on[2];

    (void)state;
    begin();
    on[0] = attested(NULL, 0);
    on[1] = test_kid(1);
    assert_int_equal(attest(on, 1), ERR_OK);
    assert_int_equal(attest(on, 2), ERR_UNKNOWN_DEPENDENCY);
    assert_int_equal(attest(on + 1, 1), ERR_UNKNOWN_DEPENDENCY);
}

static void bad_dependency(void **state)
{
    struct schema_payload p = test_schema("kyc");
    struct hash on[2];

    (void)state;
    begin();
    on[0] = attested(NULL, 0);
    for (uint64_t position = 0; position < 4; position++) {
        on[1] = w.statement[position].id;
        assert_int_equal(attest(on, 2), ERR_BAD_DEPENDENCY);
    }
    assert_int_equal(submit_schema(&w, test_urn(1), &p, 1), ERR_OK);
    on[1] = world_last_id(&w);
    assert_int_equal(attest(on, 2), ERR_BAD_DEPENDENCY);
}

static void too_many_dependencies_in_a_chain(void **state)
{
    struct hash on;

    (void)state;
    begin();
    on = attested(NULL, 0);
    for (unsigned depth = 1; depth <= 4; depth++) on = attested(&on, 1);
    assert_int_equal(attest(&on, 1), ERR_DEPENDENCIES_FULL);
}

static void too_many_dependencies_in_all(void **state)
{
    struct hash leaf[17], half[2], on[16];

    (void)state;
    begin();
    for (size_t i = 0; i < 17; i++) leaf[i] = attested(NULL, 0);
    /* sixteen at once */
    assert_int_equal(attest(leaf, 16), ERR_OK);
    on[0] = world_last_id(&w);
    assert_int_equal(attest(on, 1), ERR_DEPENDENCIES_FULL);
    /* two that reach seven each are sixteen; with another they are not, unless it is one of them */
    half[0] = attested(leaf, 7);
    half[1] = attested(leaf + 7, 7);
    assert_int_equal(attest(half, 2), ERR_OK);
    memcpy(on, half, sizeof(half));
    on[2] = leaf[0];
    assert_int_equal(attest(on, 3), ERR_OK);
    on[2] = leaf[14];
    assert_int_equal(attest(on, 3), ERR_DEPENDENCIES_FULL);
}

/* The longest way counts, whichever way is found first. */
static void depth_is_that_of_the_longest_way(void **state)
{
    struct hash chain[5], on[2];

    (void)state;
    begin();
    chain[0] = attested(NULL, 0);
    for (size_t i = 1; i < 4; i++) chain[i] = attested(&chain[i - 1], 1);
    for (unsigned order = 0; order < 2; order++) {
        on[order] = chain[3];
        on[1 - order] = chain[0];
        assert_int_equal(attest(on, 2), ERR_OK);
        chain[4] = world_last_id(&w);
        on[order] = chain[4];
        assert_int_equal(attest(on, 2), ERR_DEPENDENCIES_FULL);
    }
    /* a way in by the side, first short and then long: 3 to 1 and 0, 2 to 1 */
    on[0] = chain[1];
    on[1] = chain[3];
    assert_int_equal(attest(on, 2), ERR_OK);
    on[0] = world_last_id(&w);
    assert_int_equal(attest(on, 1), ERR_DEPENDENCIES_FULL);
}

/* Diamonds upon diamonds: many ways, few statements. */
static void many_ways_to_few_statements_are_walked_once(void **state)
{
    struct hash pair[2], next[2];

    (void)state;
    begin();
    for (size_t i = 0; i < 2; i++) pair[i] = attested(NULL, 0);
    for (unsigned depth = 1; depth < 4; depth++) {
        for (size_t i = 0; i < 2; i++) next[i] = attested(pair, 2);
        memcpy(pair, next, sizeof(pair));
    }
    w.calls = 0;
    assert_int_equal(attest(pair, 2), ERR_OK);
    assert_true(w.calls < 40);
    pair[0] = world_last_id(&w);
    assert_int_equal(attest(pair, 1), ERR_DEPENDENCIES_FULL);
}

/* What it rests on may be another's, revoked, or expired by now: that is for verdicts. */
static void what_became_of_a_dependency_is_not_asked(void **state)
{
    struct status_payload p;
    struct hash on;

    (void)state;
    begin();
    on = attested(NULL, 0);
    p = test_status(&on, STATUS_REVOKED);
    assert_int_equal(submit_status(&w, test_urn(1), "sub-a", &p, 1), ERR_OK);
    assert_int_equal(attest(&on, 1), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_dependency),
        cmocka_unit_test(bad_dependency),
        cmocka_unit_test(too_many_dependencies_in_a_chain),
        cmocka_unit_test(too_many_dependencies_in_all),
        cmocka_unit_test(depth_is_that_of_the_longest_way),
        cmocka_unit_test(many_ways_to_few_statements_are_walked_once),
        cmocka_unit_test(what_became_of_a_dependency_is_not_asked),
    };
    int failed = cmocka_run_group_tests_name("depends", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
