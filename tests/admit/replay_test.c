/* A log decided again from its statements: with all of it at hand, and with a source that fails. */
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct world w;

/* A little of everything: every kind, every rule that looks something up. */
static void live(void)
{
    struct span name = SPAN("acme.example"), iss = test_urn(1);
    struct issuer_payload set = test_set(0, NULL, (unsigned[]){5, 7, 0});
    struct schema_payload schema = test_schema("kyc");
    struct status_payload p;
    struct draft d = {.kind = KIND_ATTESTATION, .iss = iss, .sub = SPAN("sub-b"), .has_schema = true};
    struct hash target, replacement;
    uint8_t bytes[64];
    struct out o = out_over(bytes, sizeof(bytes));

    world_init(&w, RULES_APPROVED);
    assert_int_equal(submit_approve(&w, iss, 1), ERR_OK);
    assert_int_equal(submit_approve(&w, name, 5), ERR_OK);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_issuer(&w, name, &set, 5), ERR_OK);
    w.from_ms += 5000;
    w.now_ms += 7000;
    assert_int_equal(submit_schema(&w, iss, &schema, 1), ERR_OK);
    d.schema = world_last_id(&w);
    d.home = w.origin;
    d.has_iat = d.has_exp = true;
    d.iat = WORLD_NOW_S + 300;
    d.exp = WORLD_NOW_S + 1000;
    cbor_put_map(&o, 1);
    cbor_put_text(&o, SPAN("level"));
    cbor_put_text(&o, SPAN("full"));
    d.payload = out_span(&o);
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    target = world_last_id(&w);
    d.exp++;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    replacement = world_last_id(&w);
    assert_int_equal(submit_rotation(&w, iss, (unsigned[]){2, 7, 3, 2, 0}, 1), ERR_OK);
    p = test_status(&target, STATUS_SUSPENDED);
    assert_int_equal(submit_status(&w, iss, "sub-b", &p, 3), ERR_OK);
    p = test_status(&target, STATUS_VALID);
    assert_int_equal(submit_status(&w, iss, "sub-b", &p, 3), ERR_OK);
    assert_int_equal(submit_withdraw(&w, iss), ERR_OK);
    p = test_status(&target, STATUS_SUPERSEDED);
    p.has_replacement = true;
    p.replacement = replacement;
    assert_int_equal(submit_status(&w, iss, "sub-b", &p, 2), ERR_OK);
    p = test_status(&d.schema, STATUS_REVOKED);
    assert_int_equal(submit_status(&w, iss, "kyc", &p, 2), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss, (unsigned[]){3, 2, 4, 5, 0}, 2), ERR_OK);
    assert_int_equal(submit_attestation(&w, name, "sub-c", 5), ERR_OK);
}

static enum err again(uint64_t position, const struct statement *s)
{
    struct admit_at at = {w.origin, position, w.from_of[position], w.now_of[position]};
    struct admitted admitted;

    if (position < 3) return admit_own(&w.lookup, &at, s, &admitted, &w.why);
    return admit(&w.lookup, &at, s, &admitted, &w.why);
}

static void what_comes_later_changes_no_decision(void **state)
{
    (void)state;
    live();
    for (uint64_t i = 0; i < w.count; i++) assert_int_equal(again(i, &w.statement[i]), ERR_OK);
    /* and each one, asked again at the end, is what has become of it */
    for (uint64_t i = 3; i < w.count; i++)
        assert_true((world_ask(&w, &w.statement[i]) == ERR_OK) == (i == w.count - 1));
}

/* For every statement and every n: when the n-th answer fails, admission fails with that and nothing else. */
static void a_failing_source_is_never_an_answer(void **state)
{
    static const enum err faults[] = {ERR_INCOMPLETE, ERR_IO};
    unsigned fired = 0;

    (void)state;
    live();
    for (size_t f = 0; f < COUNT_OF(faults); f++)
        for (uint64_t i = 0; i < w.count; i++) {
            enum err e = faults[f];

            w.fault = faults[f];
            for (unsigned n = 1; e == faults[f]; n++, fired++) {
                w.calls = 0;
                w.fault_at = n;
                e = again(i, &w.statement[i]);
                assert_true(e == faults[f] || w.calls < n);
            }
            assert_int_equal(e, ERR_OK);
        }
    w.fault_at = 0;
    assert_true(fired > 300);
}

static void what_is_refused_leaves_the_answer_untouched(void **state)
{
    struct admitted admitted, before;
    struct admit_at at;

    (void)state;
    live();
    memset(&admitted, 0x5a, sizeof(admitted));
    before = admitted;
    at = (struct admit_at){w.origin, w.count, w.from_ms, w.now_ms};
    assert_int_not_equal(admit(&w.lookup, &at, &w.statement[5], &admitted, &w.why), ERR_OK);
    assert_memory_equal(&admitted, &before, sizeof(before));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_later_changes_no_decision),
        cmocka_unit_test(a_failing_source_is_never_an_answer),
        cmocka_unit_test(what_is_refused_leaves_the_answer_untouched),
    };
    int failed = cmocka_run_group_tests_name("replay", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
