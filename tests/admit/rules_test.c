/* What the operator may say, what it does, and what the log itself writes. */
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct world w;

static void only_the_operator_makes_rules(void **state)
{
    struct rules_payload p;
    uint8_t bytes[1024];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_RULES};

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    p = next_rules(&w);
    rules_encode(&p, &o);
    d.iss = test_urn(1);
    d.sub = d.home = w.origin;
    d.payload = out_span(&o);
    assert_int_equal(world_submit(&w, &d, 1), ERR_RESERVED);
    assert_int_equal(submit_rules(&w, &p, 1), ERR_NOT_LISTED);
    assert_int_equal(submit_rules(&w, &p, KEY_SEAL_TEST), ERR_NOT_LISTED);
    assert_int_equal(submit_rules(&w, &p, KEY_CHECKPOINT_TEST), ERR_NOT_LISTED);
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
}

static void bad_chain(void **state)
{
    struct rules_payload p;

    (void)state;
    world_init(&w, RULES_OPEN);
    p = next_rules(&w);
    assert_int_equal(p.seq, 1);
    p.seq = 2;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_BAD_CHAIN);
    p.seq = 0;
    p.has_prev = false;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_BAD_CHAIN);
    p = next_rules(&w);
    p.prev = w.statement[0].id;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_BAD_CHAIN);
    p = next_rules(&w);
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
    p.mode = RULES_APPROVED;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_BAD_CHAIN);
}

static void rules_version(void **state)
{
    struct rules_payload p;

    (void)state;
    world_init(&w, RULES_OPEN);
    p = next_rules(&w);
    p.version = 2;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_RULES_VERSION);
}

#define DAY 86400ULL

/* The next rules, with that closing; 0: none. */
static struct rules_payload closing_rules(uint64_t not_before)
{
    struct rules_payload p = next_rules(&w);

    p.has_closing = not_before != 0;
    p.closing_not_before = not_before;
    return p;
}

static enum err close_at(uint64_t not_before)
{
    struct rules_payload p = closing_rules(not_before);

    return submit_rules(&w, &p, KEY_OPERATOR_TEST);
}

/* The group that is open began then. */
static void clock_at(uint64_t seconds)
{
    w.from_ms = seconds * 1000;
    w.now_ms = w.from_ms + 999;
}

static void closing_too_soon(void **state)
{
    const uint64_t now = WORLD_NOW_S, first = now + 90 * DAY;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(close_at(1), ERR_CLOSING_SOON);
    assert_int_equal(close_at(now), ERR_CLOSING_SOON);
    assert_int_equal(close_at(first - 1), ERR_CLOSING_SOON);
    assert_int_equal(close_at(first), ERR_OK);
    /* later is possible at any time, earlier only 90 days ahead, and none until it has come */
    clock_at(now + 80 * DAY);
    assert_int_equal(close_at(first - 1), ERR_CLOSING_SOON);
    assert_int_equal(close_at(first), ERR_OK);
    assert_int_equal(close_at(first + 1), ERR_OK);
    assert_int_equal(close_at(first + 80 * DAY), ERR_OK);
    assert_int_equal(close_at(first + 80 * DAY - 1), ERR_CLOSING_SOON);
    assert_int_equal(close_at(0), ERR_OK);
    assert_int_equal(close_at(first + 1), ERR_CLOSING_SOON);
    assert_int_equal(close_at(first + 80 * DAY), ERR_OK);
}

static void closing_too_soon_a_closing_that_has_come_stays(void **state)
{
    const uint64_t end = WORLD_NOW_S + 90 * DAY;
    struct rules_payload p;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(close_at(end), ERR_OK);
    clock_at(end - 1);
    p = closing_rules(end);
    p.has_successor = true;
    p.closing_successor = SPAN("log.example.org/next");
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
    clock_at(end);
    assert_int_equal(close_at(0), ERR_CLOSING_SOON);
    assert_int_equal(close_at(end), ERR_CLOSING_SOON);
    assert_int_equal(close_at(end + 1000 * DAY), ERR_CLOSING_SOON);
    p = closing_rules(end);
    p.has_successor = true;
    p.closing_successor = SPAN("log.example.org/other");
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_CLOSING_SOON);
    p.closing_successor = SPAN("log.example.org/next");
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
}

/* By the clock when the open group began, so that a replay finds the same. */
static void log_closed(void **state)
{
    const uint64_t end = WORLD_NOW_S + 90 * DAY;
    struct span iss = test_urn(1);
    struct schema_payload schema = test_schema("kyc");
    struct status_payload revoke;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-a", 1), ERR_OK);
    revoke = test_status((struct hash[]){world_last_id(&w)}, STATUS_REVOKED);
    assert_int_equal(close_at(end), ERR_OK);
    clock_at(end - 1);
    w.now_ms = (end + 50) * 1000;
    assert_int_equal(submit_attestation(&w, iss, "sub-b", 1), ERR_OK);
    world_seal(&w);
    clock_at(end);
    assert_int_equal(submit_attestation(&w, iss, "sub-c", 1), ERR_LOG_CLOSED);
    assert_int_equal(submit_schema(&w, iss, &schema, 1), ERR_LOG_CLOSED);
    assert_int_equal(submit_genesis(&w, 2), ERR_LOG_CLOSED);
    /* what is in the log goes on being looked after */
    assert_int_equal(submit_rotation(&w, iss, (unsigned[]){3, 7, 0}, 1), ERR_OK);
    assert_int_equal(submit_status(&w, iss, "sub-a", &revoke, 3), ERR_OK);
    assert_int_equal(close_at(end), ERR_OK);
}

static void the_log_cannot_be_approved(void **state)
{
    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_approve(&w, w.origin, KEY_OPERATOR_TEST), ERR_RESERVED);
    assert_int_equal(submit_approve(&w, w.origin, 1), ERR_RESERVED);
}

static void an_approval_that_gives_somebodys_urn_to_another_key_is_refused(void **state)
{
    (void)state;
    world_init(&w, RULES_APPROVED);
    assert_int_equal(submit_approve(&w, test_urn(1), 2), ERR_BAD_PAYLOAD);
    assert_int_equal(submit_approve(&w, SPAN("URN:example:acme"), 2), ERR_BAD_PAYLOAD);
}

static void a_name_that_looks_like_a_short_key_is_refused(void **state)
{
    (void)state;
    world_init(&w, RULES_APPROVED);
    assert_int_equal(submit_approve(&w, SPAN("ckt:AAAA"), 2), ERR_ISS_NOT_KEY);
    assert_int_equal(submit_approve(&w, SPAN("CKT:AAAA"), 2), ERR_ISS_NOT_KEY);
}

static void both_approved_and_withdrawn(void **state)
{
    struct rules_payload p;

    (void)state;
    world_init(&w, RULES_APPROVED);
    p = next_rules(&w);
    p.approve_count = p.withdraw_count = 1;
    p.approve[0] = (struct approval){test_urn(1), test_kid(1)};
    p.withdraw[0] = test_urn(1);
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_BAD_PAYLOAD);
    p.withdraw[0] = test_urn(2);
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
}

static void genesis_fixed(void **state)
{
    struct span name = SPAN("acme.example");
    struct approval_fold f;

    (void)state;
    world_init(&w, RULES_APPROVED);
    assert_int_equal(submit_approve(&w, name, 1), ERR_OK);
    assert_int_equal(submit_approve(&w, name, 2), ERR_GENESIS_FIXED);
    assert_int_equal(submit_withdraw(&w, name), ERR_OK);
    assert_int_equal(submit_approve(&w, name, 2), ERR_GENESIS_FIXED);
    assert_int_equal(submit_approve(&w, name, 1), ERR_OK);
    assert_int_equal(approval_fold(&w.lookup, name, w.count, &f), ERR_OK);
    assert_true(f.approved && !f.withdrawn);
    assert_memory_equal(&f.genesis, (struct hash[]){test_kid(1)}, 32);
}

static void the_last_word_counts_at_each_position(void **state)
{
    struct span iss = test_urn(1);
    static const struct {
        bool approved, withdrawn;
        uint64_t position;
    } expected[] = {{false, false, 0}, {false, true, 3}, {true, false, 4}, {true, false, 4},
                    {true, true, 6},   {true, false, 7}, {true, false, 8}};

    (void)state;
    world_init(&w, RULES_APPROVED);
    assert_int_equal(submit_withdraw(&w, iss), ERR_OK);
    assert_int_equal(submit_approve(&w, iss, 1), ERR_OK);
    assert_int_equal(submit_approve(&w, test_urn(2), 2), ERR_OK);
    assert_int_equal(submit_withdraw(&w, iss), ERR_OK);
    assert_int_equal(submit_approve(&w, iss, 1), ERR_OK);
    assert_int_equal(submit_approve(&w, iss, 1), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        struct approval_fold f;

        assert_int_equal(approval_fold(&w.lookup, iss, 3 + i, &f), ERR_OK);
        assert_int_equal(f.approved, expected[i].approved);
        assert_int_equal(f.withdrawn, expected[i].withdrawn);
        assert_int_equal(f.position, expected[i].position);
    }
}

/* A statement that a collision of keys put into the list of an iss says nothing about it. */
static void merged_lists_are_told_apart(void **state)
{
    struct span iss = test_urn(1);
    struct approval_fold f;

    (void)state;
    world_init(&w, RULES_OPEN);
    for (unsigned round = 0; round < 2; round++) {
        assert_int_equal(submit_approve(&w, test_urn(2), 2), ERR_OK);
        world_merge_last(&w, INDEX_APPROVAL, iss, SPAN(""));
        assert_int_equal(submit_genesis(&w, 3 + round), ERR_OK);
        world_merge_last(&w, INDEX_APPROVAL, iss, SPAN(""));
        assert_int_equal(approval_fold(&w.lookup, iss, w.count, &f), ERR_OK);
        assert_int_equal(f.approved, round == 1);
        assert_false(f.withdrawn);
        if (round == 0) assert_int_equal(submit_approve(&w, iss, 1), ERR_OK);
    }
    assert_int_equal(f.position, 5);
}

static void rules_are_those_of_the_last_statement_below_a_position(void **state)
{
    struct rules_payload p;
    struct hash id, zero = {{0}};
    uint64_t count;

    (void)state;
    world_init(&w, RULES_OPEN);
    p = next_rules(&w);
    p.mode = RULES_APPROVED;
    p.limit_bytes = 777;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
    assert_int_equal(rules_fold(&w.lookup, 1, &p, &id, &count), ERR_OK);
    assert_true(p.mode == RULES_APPROVED && p.version == 1 && p.limit_bytes == 0 && count == 0);
    assert_memory_equal(&id, &zero, 32);
    assert_int_equal(rules_fold(&w.lookup, 3, &p, &id, &count), ERR_OK);
    assert_true(p.mode == RULES_OPEN && p.limit_bytes == 0 && count == 1);
    assert_memory_equal(&id, &w.statement[1].id, 32);
    assert_int_equal(rules_fold(&w.lookup, 4, &p, &id, &count), ERR_OK);
    assert_true(p.mode == RULES_APPROVED && p.limit_bytes == 777 && count == 2);
    assert_memory_equal(&id, &w.statement[3].id, 32);
}

/* Property 3: an operator who wants a revocation not to happen has no statement for it. */
static void withdrawn_issuer_still_revokes_and_rotates(void **state)
{
    struct span iss = test_urn(1);
    struct schema_payload schema = test_schema("kyc");
    struct status_payload revoke;
    struct hash target;

    (void)state;
    world_init(&w, RULES_APPROVED);
    assert_int_equal(submit_approve(&w, iss, 1), ERR_OK);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-a", 1), ERR_OK);
    target = world_last_id(&w);
    assert_int_equal(submit_withdraw(&w, iss), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-b", 1), ERR_WITHDRAWN);
    assert_int_equal(submit_schema(&w, iss, &schema, 1), ERR_WITHDRAWN);
    assert_int_equal(submit_rotation(&w, iss, (unsigned[]){2, 7, 0}, 1), ERR_OK);
    revoke = test_status(&target, STATUS_SUSPENDED);
    assert_int_equal(submit_status(&w, iss, "sub-a", &revoke, 2), ERR_OK);
    revoke = test_status(&target, STATUS_REVOKED);
    assert_int_equal(submit_status(&w, iss, "sub-a", &revoke, 2), ERR_OK);
}

static void no_limit_of_the_rules_stops_a_revocation(void **state)
{
    struct span iss = test_urn(1);
    struct rules_payload p;
    struct status_payload revoke;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-a", 1), ERR_OK);
    revoke = test_status((struct hash[]){world_last_id(&w)}, STATUS_REVOKED);
    p = next_rules(&w);
    p.mode = RULES_APPROVED;
    p.limit_bytes = 1;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-b", 1), ERR_NOT_APPROVED);
    assert_int_equal(submit_rotation(&w, iss, (unsigned[]){2, 7, 0}, 1), ERR_OK);
    assert_int_equal(submit_status(&w, iss, "sub-a", &revoke, 2), ERR_OK);
}

static enum err limit_statements(uint64_t most)
{
    struct rules_payload p = next_rules(&w);

    p.limit_statements = most;
    return submit_rules(&w, &p, KEY_OPERATOR_TEST);
}

/* So many of one issuer between two seals; others have their own room, and what is in the lane needs none. */
static void issuer_full(void **state)
{
    struct span iss = test_urn(1);
    struct schema_payload schema = test_schema("kyc"), other = test_schema("kyb");
    struct status_payload revoke;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(limit_statements(2), ERR_OK);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-a", 1), ERR_OK);
    revoke = test_status((struct hash[]){world_last_id(&w)}, STATUS_REVOKED);
    assert_int_equal(submit_schema(&w, iss, &schema, 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-b", 1), ERR_ISSUER_FULL);
    assert_int_equal(submit_schema(&w, iss, &other, 1), ERR_ISSUER_FULL);
    assert_int_equal(submit_attestation(&w, test_urn(2), "sub-a", 2), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, (unsigned[]){1, 7, 3, 7, 0}, 1), ERR_OK);
    assert_int_equal(submit_status(&w, iss, "sub-a", &revoke, 3), ERR_OK);
    assert_int_equal(submit_genesis(&w, 4), ERR_OK);
    world_seal(&w);
    assert_int_equal(submit_attestation(&w, iss, "sub-b", 1), ERR_OK);
    assert_int_equal(submit_schema(&w, iss, &other, 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-c", 1), ERR_ISSUER_FULL);
    assert_int_equal(limit_statements(3), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-c", 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-d", 1), ERR_ISSUER_FULL);
    assert_int_equal(limit_statements(0), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss, "sub-d", 1), ERR_OK);
}

static void a_registered_issuer_without_approval_waits_when_the_mode_changes(void **state)
{
    struct rules_payload p;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    p = next_rules(&w);
    p.mode = RULES_APPROVED;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
    assert_int_equal(submit_attestation(&w, test_urn(1), "sub-a", 1), ERR_NOT_APPROVED);
    assert_int_equal(submit_approve(&w, test_urn(1), 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, test_urn(1), "sub-a", 1), ERR_OK);
}

/* ---- what the log itself writes ---- */

static enum err ask_own(const struct statement *s, uint64_t position)
{
    struct admit_at at = {w.origin, position, w.from_ms, w.now_ms, NULL, NULL};

    return admit_own(&w.lookup, &at, s, &w.why);
}

static struct statement make_seal(struct span iss, unsigned key)
{
    struct seal_payload p = {.covers = 3, .from_ms = w.from_ms, .to_ms = w.now_ms, .has_previous = true, .previous = 2};
    uint8_t bytes[256];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_SEAL, .iss = iss, .sub = w.origin, .home = w.origin};

    seal_encode(&p, &o);
    d.payload = out_span(&o);
    return world_make(&d, key);
}

static void reserved_to_log_are_seals(void **state)
{
    struct statement seal;

    (void)state;
    world_init(&w, RULES_OPEN);
    seal = make_seal(w.origin, KEY_SEAL_TEST);
    assert_int_equal(world_ask(&w, &seal), ERR_RESERVED);
    assert_int_equal(ask_own(&seal, w.count), ERR_OK);
}

static void seals_need_a_key_of_the_log_for_seals(void **state)
{
    struct statement seal;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    seal = make_seal(w.origin, KEY_OPERATOR_TEST);
    assert_int_equal(ask_own(&seal, w.count), ERR_NOT_LISTED);
    seal = make_seal(w.origin, 1);
    assert_int_equal(ask_own(&seal, w.count), ERR_NOT_LISTED);
    seal = make_seal(test_urn(1), 1);
    assert_int_equal(ask_own(&seal, w.count), ERR_RESERVED);
}

static void the_log_writes_three_things_and_each_in_its_place(void **state)
{
    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    for (uint64_t at = 0; at < 4; at++)
        for (uint64_t which = 0; which < 4; which++) {
            bool seal_later = which == 2 && at == 3;
            enum err expected = (which == at && which < 3) || seal_later ? ERR_OK : ERR_RESERVED;

            assert_int_equal(ask_own(&w.statement[which], at), expected);
        }
}

static void nothing_is_submitted_below_position_three(void **state)
{
    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    for (uint64_t at = 0; at < 4; at++) {
        struct admit_at place = {w.origin, at, w.from_ms, w.now_ms, NULL, NULL};

        assert_int_equal(admit(&w.lookup, &place, &w.statement[3], &w.why), at == 3 ? ERR_OK : ERR_RESERVED);
    }
}

static void the_first_statement_signs_itself(void **state)
{
    static const unsigned without[] = {2, 20, 0}, powerless[] = {1, 16, 2, 4, 0}, good[] = {1, 4, 0};
    const struct {
        const unsigned *keys;
        uint64_t seq;
        enum err expected;
    } cases[] = {
        {without, 0, ERR_NOT_LISTED}, {powerless, 0, ERR_NOT_LISTED}, {good, 1, ERR_UNREGISTERED}, {good, 0, ERR_OK}};

    (void)state;
    world_init(&w, RULES_OPEN);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct hash some = test_kid(9);
        struct issuer_payload p = test_set(cases[i].seq, cases[i].seq == 0 ? NULL : &some, cases[i].keys);
        uint8_t bytes[1024];
        struct out o = out_over(bytes, sizeof(bytes));
        struct draft d = {.kind = KIND_ISSUER, .iss = w.origin, .sub = w.origin, .home = w.origin};
        struct statement s;

        issuer_encode(&p, &o);
        d.payload = out_span(&o);
        s = world_make(&d, 1);
        assert_int_equal(ask_own(&s, 0), cases[i].expected);
        if (cases[i].expected == ERR_OK) {
            struct out cut = out_over(bytes, sizeof(bytes));

            p.cut_count = 1;
            p.cut[0].kid = test_kid(1);
            issuer_encode(&p, &cut);
            d.payload = out_span(&cut);
            s = world_make(&d, 1);
            assert_int_equal(ask_own(&s, 0), ERR_BAD_CUT);
        }
        d.home = SPAN("other.example");
        s = world_make(&d, 1);
        assert_int_equal(ask_own(&s, 0), ERR_WRONG_HOME);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_operator_makes_rules),
        cmocka_unit_test(bad_chain),
        cmocka_unit_test(rules_version),
        cmocka_unit_test(closing_too_soon),
        cmocka_unit_test(closing_too_soon_a_closing_that_has_come_stays),
        cmocka_unit_test(log_closed),
        cmocka_unit_test(the_log_cannot_be_approved),
        cmocka_unit_test(an_approval_that_gives_somebodys_urn_to_another_key_is_refused),
        cmocka_unit_test(a_name_that_looks_like_a_short_key_is_refused),
        cmocka_unit_test(both_approved_and_withdrawn),
        cmocka_unit_test(genesis_fixed),
        cmocka_unit_test(the_last_word_counts_at_each_position),
        cmocka_unit_test(merged_lists_are_told_apart),
        cmocka_unit_test(rules_are_those_of_the_last_statement_below_a_position),
        cmocka_unit_test(withdrawn_issuer_still_revokes_and_rotates),
        cmocka_unit_test(no_limit_of_the_rules_stops_a_revocation),
        cmocka_unit_test(a_registered_issuer_without_approval_waits_when_the_mode_changes),
        cmocka_unit_test(reserved_to_log_are_seals),
        cmocka_unit_test(seals_need_a_key_of_the_log_for_seals),
        cmocka_unit_test(issuer_full),
        cmocka_unit_test(the_log_writes_three_things_and_each_in_its_place),
        cmocka_unit_test(nothing_is_submitted_below_position_three),
        cmocka_unit_test(the_first_statement_signs_itself),
    };
    int failed = cmocka_run_group_tests_name("rules", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
