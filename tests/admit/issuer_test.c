/* Who is an issuer, and which keys sign for it. */
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct world w;

#define SET(...) ((const unsigned[]){__VA_ARGS__, 0})

static void a_key_registers_under_its_own_urn(void **state)
{
    struct issuer i;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(issuer_fold(&w.lookup, test_urn(1), w.count, &i), ERR_OK);
    assert_true(i.registered);
    assert_int_equal(i.first_position, 3);
    assert_int_equal(i.last_position, 3);
    assert_memory_equal(&i.genesis, (struct hash[]){test_kid(1)}, 32);
    assert_memory_equal(&i.last_id, &w.statement[3].id, 32);
}

static void already_registered(void **state)
{
    struct issuer_payload p = test_set(0, NULL, SET(1, 4));

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_issuer(&w, test_urn(1), &p, 1), ERR_REGISTERED);
}

static void unregistered(void **state)
{
    struct hash id = test_kid(5);
    struct issuer_payload p = test_set(1, &id, SET(1, 7));

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_issuer(&w, test_urn(1), &p, 1), ERR_UNREGISTERED);
    assert_int_equal(submit_attestation(&w, test_urn(1), "sub-a", 1), ERR_UNREGISTERED);
}

static void iss_not_key(void **state)
{
    static char shouting[] = "URN:IETF:params:oauth:ckt:sha-256:QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";
    static char other[] = "urn:example:acme";
    struct issuer_payload p = test_set(0, NULL, SET(1, 7, 2, 7));

    (void)state;
    world_init(&w, RULES_OPEN);
    /* listed and allowed to sign, but the name is of another key */
    assert_int_equal(submit_issuer(&w, test_urn(1), &p, 2), ERR_ISS_NOT_KEY);
    assert_int_equal(submit_issuer(&w, test_urn(3), &p, 1), ERR_ISS_NOT_KEY);
    assert_int_equal(submit_issuer(&w, span_text(shouting), &p, 1), ERR_ISS_NOT_KEY);
    assert_int_equal(submit_issuer(&w, span_text(other), &p, 1), ERR_ISS_NOT_KEY);
    assert_int_equal(submit_issuer(&w, test_urn(1), &p, 1), ERR_OK);
}

static void genesis_key_not_listed(void **state)
{
    struct issuer_payload without = test_set(0, NULL, SET(2, 7)), powerless = test_set(0, NULL, SET(1, 3, 2, 7));

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_issuer(&w, test_urn(1), &without, 1), ERR_NOT_LISTED);
    assert_int_equal(submit_issuer(&w, test_urn(1), &powerless, 1), ERR_NOT_LISTED);
}

static void purposes_of_the_log_are_not_for_issuers(void **state)
{
    (void)state;
    for (unsigned purpose = 8; purpose <= 32; purpose *= 2) {
        struct issuer_payload p = test_set(0, NULL, SET(1, 7, 2, purpose));

        world_init(&w, RULES_OPEN);
        assert_int_equal(submit_issuer(&w, test_urn(1), &p, 1), ERR_NOT_LISTED);
        assert_int_equal(submit_genesis(&w, 1), ERR_OK);
        assert_int_equal(submit_rotation(&w, test_urn(1), SET(1, 7, 2, purpose), 1), ERR_NOT_LISTED);
    }
}

static void not_approved_in_approved_mode_only(void **state)
{
    (void)state;
    world_init(&w, RULES_APPROVED);
    assert_int_equal(submit_genesis(&w, 1), ERR_NOT_APPROVED);
    assert_int_equal(submit_approve(&w, test_urn(2), 2), ERR_OK);
    assert_int_equal(submit_genesis(&w, 1), ERR_NOT_APPROVED);
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
}

static void withdrawn_issuer_cannot_register(void **state)
{
    (void)state;
    for (enum rules_mode mode = RULES_OPEN; mode <= RULES_APPROVED; mode++) {
        world_init(&w, mode);
        assert_int_equal(submit_approve(&w, test_urn(1), 1), ERR_OK);
        assert_int_equal(submit_withdraw(&w, test_urn(1)), ERR_OK);
        assert_int_equal(submit_genesis(&w, 1), ERR_WITHDRAWN);
        assert_int_equal(submit_approve(&w, test_urn(1), 1), ERR_OK);
        assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    }
}

static void a_name_belongs_to_the_key_it_was_first_approved_with(void **state)
{
    struct span name = SPAN("acme.example");
    struct issuer_payload p = test_set(0, NULL, SET(1, 7)), other = test_set(0, NULL, SET(2, 7));

    (void)state;
    for (enum rules_mode mode = RULES_OPEN; mode <= RULES_APPROVED; mode++) {
        world_init(&w, mode);
        assert_int_equal(submit_issuer(&w, name, &p, 1), ERR_NOT_APPROVED);
        assert_int_equal(submit_approve(&w, name, 1), ERR_OK);
        assert_int_equal(submit_issuer(&w, name, &other, 2), ERR_ISS_NOT_KEY);
        assert_int_equal(submit_issuer(&w, name, &p, 1), ERR_OK);
        assert_int_equal(submit_attestation(&w, name, "sub-a", 1), ERR_OK);
        assert_int_equal(submit_attestation(&w, test_urn(1), "sub-a", 1), ERR_UNREGISTERED);
    }
}

static void rotation_takes_over_and_the_old_key_signs_no_more(void **state)
{
    struct span iss = test_urn(1);

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-a", 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(2, 7), 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-b", 1), ERR_NOT_LISTED);
    assert_int_equal(submit_attestation(&w, iss, "sub-c", 2), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(3, 7), 1), ERR_NOT_LISTED);
    /* signed by a key that only the new set lists */
    assert_int_equal(submit_rotation(&w, iss, SET(3, 7), 3), ERR_NOT_LISTED);
    assert_int_equal(submit_rotation(&w, iss, SET(3, 7), 2), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-d", 3), ERR_OK);
}

static void each_kind_needs_its_own_purpose(void **state)
{
    struct span iss = test_urn(1);
    struct schema_payload schema = test_schema("kyc");
    struct status_payload revoke;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(1, 4, 2, 1, 3, 2), 1), ERR_OK);
    for (unsigned key = 1; key <= 3; key++)
        assert_int_equal(submit_attestation(&w, iss, "sub-a", key), key == 2 ? ERR_OK : ERR_NOT_LISTED);
    revoke = test_status((struct hash[]){world_last_id(&w)}, STATUS_REVOKED);
    assert_int_equal(submit_schema(&w, iss, &schema, 1), ERR_NOT_LISTED);
    assert_int_equal(submit_schema(&w, iss, &schema, 3), ERR_NOT_LISTED);
    assert_int_equal(submit_schema(&w, iss, &schema, 2), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(4, 7), 2), ERR_NOT_LISTED);
    assert_int_equal(submit_rotation(&w, iss, SET(4, 7), 3), ERR_NOT_LISTED);
    assert_int_equal(submit_status(&w, iss, "sub-a", &revoke, 1), ERR_NOT_LISTED);
    assert_int_equal(submit_status(&w, iss, "sub-a", &revoke, 2), ERR_NOT_LISTED);
    assert_int_equal(submit_status(&w, iss, "sub-a", &revoke, 3), ERR_OK);
}

static void bad_chain(void **state)
{
    struct span iss = test_urn(1);
    struct issuer_payload p;
    struct hash first;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    first = world_last_id(&w);
    p = test_set(2, &first, SET(1, 7));
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_BAD_CHAIN);
    p = test_set(1, &w.statement[0].id, SET(1, 7));
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_BAD_CHAIN);
    p = test_set(1, &first, SET(1, 7));
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_OK);
    /* the right number on the wrong statement, and the wrong number on the right one */
    p = test_set(2, &first, SET(1, 7, 2, 7));
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_BAD_CHAIN);
    p = test_set(1, (struct hash[]){world_last_id(&w)}, SET(1, 7, 2, 7));
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_BAD_CHAIN);
    p.seq = 2;
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_OK);
}

static void committed_recovery_keys_do_not_change(void **state)
{
    struct span iss = test_urn(1);
    struct issuer_payload p = test_set(0, NULL, SET(1, 7));
    struct hash id;

    (void)state;
    world_init(&w, RULES_OPEN);
    p.recovery_count = 2;
    memset(&p.recovery[0], 0x11, 32);
    memset(&p.recovery[1], 0x22, 32);
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_OK);
    id = world_last_id(&w);
    p = test_set(1, &id, SET(2, 7));
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_BAD_CHAIN);
    memset(&p.recovery[0], 0x11, 32);
    p.recovery_count = 1;
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_BAD_CHAIN);
    memset(&p.recovery[1], 0x33, 32);
    p.recovery_count = 2;
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_BAD_CHAIN);
    memset(&p.recovery[2], 0x44, 32);
    memset(&p.recovery[1], 0x22, 32);
    p.recovery_count = 3;
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_BAD_CHAIN);
    p.recovery_count = 2;
    assert_int_equal(submit_issuer(&w, iss, &p, 1), ERR_OK);
}

static void key_returns(void **state)
{
    struct span iss = test_urn(1);

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(2, 7, 3, 1), 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(1, 1, 2, 7), 2), ERR_KEY_RETURNS);
    assert_int_equal(submit_rotation(&w, iss, SET(2, 7), 2), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(2, 7, 3, 1), 2), ERR_KEY_RETURNS);
    assert_int_equal(submit_rotation(&w, iss, SET(2, 7, 4, 1, 5, 2, 1, 4), 2), ERR_KEY_RETURNS);
    assert_int_equal(submit_rotation(&w, iss, SET(2, 7, 4, 1, 5, 2), 2), ERR_OK);
    /* a listed key may stay, and change its purposes */
    assert_int_equal(submit_rotation(&w, iss, SET(2, 4, 4, 3, 5, 2), 2), ERR_OK);
    /* what another issuer removed is nobody else's matter */
    assert_int_equal(submit_genesis(&w, 3), ERR_OK);
}

static void ever_listed_looks_at_the_whole_history_below_a_position(void **state)
{
    struct span iss = test_urn(1);
    struct key_life life;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(2, 7), 1), ERR_OK);
    for (unsigned key = 1; key <= 3; key++) {
        struct hash kid = test_kid(key);

        for (uint64_t at = 3; at <= 5; at++) {
            assert_int_equal(issuer_lives(&w.lookup, iss, at, NULL, &kid, 1, &life), ERR_OK);
            assert_int_equal(life.listed, at > key + 2 && key < 3);
            assert_true(life.cut == UINT64_MAX);
        }
    }
}

/* Statements that a collision of keys put into somebody's list: not his first, not his last, no key of his. */
static void merged_lists_are_told_apart(void **state)
{
    struct span iss = test_urn(1);
    struct issuer i;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    world_merge_last(&w, INDEX_ISSUER, iss, SPAN(""));
    assert_int_equal(submit_approve(&w, test_urn(9), 9), ERR_OK);
    world_merge_last(&w, INDEX_ISSUER, iss, SPAN(""));
    assert_int_equal(issuer_fold(&w.lookup, iss, w.count, &i), ERR_OK);
    assert_false(i.registered);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_genesis(&w, 3), ERR_OK);
    world_merge_last(&w, INDEX_ISSUER, iss, SPAN(""));
    assert_int_equal(issuer_fold(&w.lookup, iss, w.count, &i), ERR_OK);
    assert_int_equal(i.first_position, 5);
    assert_int_equal(i.last_position, 5);
    assert_int_equal(submit_rotation(&w, iss, SET(1, 7, 2, 7, 3, 7), 1), ERR_OK);
}

static void chain_full(void **state)
{
    struct span iss = test_urn(1);

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(1, 7, 2, 3, 3, 1), 1), ERR_OK);
    for (unsigned n = 2; n < 64; n++)
        assert_int_equal(submit_rotation(&w, iss, SET(1, 7, 2, n % 2 + 1, 3, 1), 1), ERR_OK);
    /* not again the same, no new key, no new purpose, not one for another */
    assert_int_equal(submit_rotation(&w, iss, SET(1, 7, 2, 2, 3, 1), 1), ERR_CHAIN_FULL);
    assert_int_equal(submit_rotation(&w, iss, SET(1, 7, 2, 2, 3, 1, 4, 1), 1), ERR_CHAIN_FULL);
    assert_int_equal(submit_rotation(&w, iss, SET(1, 7, 4, 2), 1), ERR_CHAIN_FULL);
    assert_int_equal(submit_rotation(&w, iss, SET(1, 7, 2, 7), 1), ERR_CHAIN_FULL);
    /* taking keys away is possible for ever */
    assert_int_equal(submit_rotation(&w, iss, SET(1, 7, 2, 2), 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, SET(1, 7, 2, 2, 3, 1), 1), ERR_CHAIN_FULL);
    assert_int_equal(submit_rotation(&w, iss, SET(1, 4), 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-a", 1), ERR_NOT_LISTED);
}

static void bad_cut_in_a_first_statement(void **state)
{
    struct issuer_payload p = test_set(0, NULL, SET(1, 7));

    (void)state;
    world_init(&w, RULES_OPEN);
    p.cut_count = 1;
    p.cut[0].kid = test_kid(1);
    assert_int_equal(submit_issuer(&w, test_urn(1), &p, 1), ERR_BAD_CUT);
}

static void the_origin_begins_at_position_0_only(void **state)
{
    struct issuer_payload p = test_set(0, NULL, SET(1, 7)), own = test_set(0, NULL, SET(KEY_OPERATOR_TEST, 20));

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_issuer(&w, w.origin, &p, 1), ERR_NOT_LISTED);
    assert_int_equal(submit_issuer(&w, w.origin, &own, KEY_OPERATOR_TEST), ERR_REGISTERED);
}

static void keys_are_found_by_kid_and_purpose(void **state)
{
    struct issuer i;
    struct hash one = test_kid(1), two = test_kid(2), three = test_kid(3);

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(issuer_fold(&w.lookup, test_urn(1), w.count, &i), ERR_OK);
    assert_false(i.registered);
    assert_null(issuer_key(&i, &one, 0));
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, test_urn(1), SET(1, 4, 2, 3), 1), ERR_OK);
    assert_int_equal(issuer_fold(&w.lookup, test_urn(1), w.count, &i), ERR_OK);
    assert_non_null(issuer_key(&i, &two, 3));
    assert_memory_equal(&issuer_key(&i, &two, 1)->key, (struct public_key[]){test_public(2)}, 32);
    assert_null(issuer_key(&i, &two, 7));
    assert_null(issuer_key(&i, &one, 1));
    assert_null(issuer_key(&i, &three, 0));
    /* one position earlier the first statement is the last */
    assert_int_equal(issuer_fold(&w.lookup, test_urn(1), w.count - 1, &i), ERR_OK);
    assert_non_null(issuer_key(&i, &one, 7));
    assert_int_equal(issuer_fold(&w.lookup, test_urn(1), w.count - 2, &i), ERR_OK);
    assert_false(i.registered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_registers_under_its_own_urn),
        cmocka_unit_test(already_registered),
        cmocka_unit_test(unregistered),
        cmocka_unit_test(iss_not_key),
        cmocka_unit_test(genesis_key_not_listed),
        cmocka_unit_test(purposes_of_the_log_are_not_for_issuers),
        cmocka_unit_test(not_approved_in_approved_mode_only),
        cmocka_unit_test(withdrawn_issuer_cannot_register),
        cmocka_unit_test(a_name_belongs_to_the_key_it_was_first_approved_with),
        cmocka_unit_test(rotation_takes_over_and_the_old_key_signs_no_more),
        cmocka_unit_test(each_kind_needs_its_own_purpose),
        cmocka_unit_test(bad_chain),
        cmocka_unit_test(committed_recovery_keys_do_not_change),
        cmocka_unit_test(key_returns),
        cmocka_unit_test(ever_listed_looks_at_the_whole_history_below_a_position),
        cmocka_unit_test(merged_lists_are_told_apart),
        cmocka_unit_test(chain_full),
        cmocka_unit_test(bad_cut_in_a_first_statement),
        cmocka_unit_test(the_origin_begins_at_position_0_only),
        cmocka_unit_test(keys_are_found_by_kid_and_purpose),
    };
    int failed = cmocka_run_group_tests_name("issuer", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
