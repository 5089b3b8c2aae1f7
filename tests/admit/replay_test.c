/* A log decided again from its statements: with all of it at hand, and with a source that fails. */
#include "log/admit/replay.h"
#include "log/statement/status.h"
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
    struct admit_at at = {w.origin, position, w.from_of[position], w.now_of[position], NULL, NULL};

    if (position < 3) return admit_own(&w.lookup, &at, s, &w.why);
    return admit(&w.lookup, &at, s, &w.why);
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

/* ---- as an auditor does ---- */

static uint64_t taken;

static enum err source_read(void *ctx, uint64_t position, struct span *ret_entry, struct span *ret_statement)
{
    struct world *log = ctx;

    TRY(log->fault_at != 0 && position == log->fault_at ? log->fault : ERR_OK);
    assert_true(position < log->count);
    *ret_entry = hash_span(&log->statement[position].id);
    *ret_statement = log->statement[position].bytes;
    return ERR_OK;
}

static enum err source_take(void *ctx, uint64_t position, const struct statement *s)
{
    struct world *log = ctx;

    assert_int_equal(position, taken++);
    assert_memory_equal(&s->id, &log->statement[position].id, 32);
    return ERR_OK;
}

static enum err source_index(void *ctx, struct hash *ret_root, uint64_t *ret_keys)
{
    (void)ctx;
    memset(ret_root, (int)taken, sizeof(*ret_root));
    *ret_keys = taken;
    return ERR_OK;
}

static struct replay_source source(void)
{
    return (struct replay_source){
        .ctx = &w, .read = source_read, .lookup = w.lookup, .take = source_take, .index = source_index};
}

static enum err replayed(struct replay *r)
{
    struct replay_source from = source();

    *r = replay_begin(w.origin);
    taken = 0;
    return replay_to(r, &from, w.count, &w.why);
}

/* The whole log is refused for what stands last. */
static void refused_at_the_end(enum err expected)
{
    struct replay r;

    assert_int_equal(replayed(&r), expected);
    assert_int_equal(r.position, w.count - 1);
    assert_true(w.why.found[0] != 0);
}

static struct seal_payload good_seal(void)
{
    struct seal_payload p = {.covers = w.count, .keys = w.count, .from_ms = w.from_ms, .to_ms = w.now_ms};

    memset(&p.root, (int)w.count, sizeof(p.root));
    p.has_previous = true;
    for (p.previous = w.count - 1; w.statement[p.previous].kind != KIND_SEAL;) p.previous--;
    return p;
}

static void append_seal(const struct seal_payload *p, unsigned key)
{
    uint8_t bytes[256];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_SEAL, .iss = w.origin, .sub = w.origin, .home = w.origin};
    struct statement s;

    seal_encode(p, &o);
    d.payload = out_span(&o);
    s = world_make(&d, key);
    world_append(&w, &s);
}

static void what_was_admitted_live_replays(void **state)
{
    struct replay r;

    (void)state;
    live();
    world_seal(&w);
    assert_int_equal(submit_genesis(&w, 9), ERR_NOT_APPROVED);
    assert_int_equal(submit_approve(&w, test_urn(9), 9), ERR_OK);
    world_seal(&w);
    world_seal(&w);
    assert_int_equal(replayed(&r), ERR_OK);
    assert_int_equal(r.position, w.count);
    assert_int_equal(r.seal, w.count - 1);
    assert_int_equal(taken, w.count);
    assert_int_equal(submit_genesis(&w, 9), ERR_OK);
    refused_at_the_end(ERR_BAD_SEAL);
}

static void bad_seal(void **state)
{
    struct seal_payload p;
    struct replay r;

    (void)state;
    for (unsigned wrong = 0; wrong < 8; wrong++) {
        live();
        world_seal(&w);
        assert_int_equal(submit_approve(&w, test_urn(9), 9), ERR_OK);
        p = good_seal();
        if (wrong == 1) p.covers++;
        if (wrong == 2) p.root.b[31] ^= 1;
        if (wrong == 3) p.keys--;
        if (wrong == 4) p.has_previous = false;
        if (wrong == 5) p.previous = 2;
        if (wrong == 6) p.previous++;
        if (wrong == 7) p.from_ms--;
        append_seal(&p, KEY_SEAL_TEST);
        if (wrong == 0)
            assert_int_equal(replayed(&r), ERR_OK);
        else
            refused_at_the_end(ERR_BAD_SEAL);
    }
}

static void bad_seal_the_first_names_another(void **state)
{
    struct seal_payload p;

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(seal_decode(w.statement[2].cose.payload, &p), ERR_OK);
    w.count = 2;
    p.has_previous = true;
    p.previous = 1;
    append_seal(&p, KEY_SEAL_TEST);
    refused_at_the_end(ERR_BAD_SEAL);
}

static void a_seal_is_signed_by_a_key_for_seals(void **state)
{
    struct seal_payload p;

    (void)state;
    live();
    world_seal(&w);
    p = good_seal();
    append_seal(&p, KEY_CHECKPOINT_TEST);
    refused_at_the_end(ERR_NOT_LISTED);
}

static void entered_twice(void **state)
{
    struct replay r;

    (void)state;
    live();
    world_append(&w, &w.statement[6]);
    world_seal(&w);
    assert_int_equal(replayed(&r), ERR_TWICE);
    assert_int_equal(r.position, w.count - 2);
}

/* Whatever a log let in that asked in vain. */
static void what_was_not_admitted_is_named_with_its_position(void **state)
{
    struct draft d = {.kind = KIND_ATTESTATION, .iss = test_urn(7), .sub = SPAN("sub-a")};
    struct statement s;
    struct replay r;

    (void)state;
    live();
    s = world_make(&d, 7);
    world_append(&w, &s);
    world_seal(&w);
    assert_int_equal(replayed(&r), ERR_UNREGISTERED);
    assert_int_equal(r.position, w.count - 2);
    assert_int_equal(taken, w.count - 2);
}

static void bad_entry(void **state)
{
    struct replay r;

    (void)state;
    live();
    world_seal(&w);
    w.statement[5].id.b[0] ^= 1;
    assert_int_equal(replayed(&r), ERR_BAD_ENTRY);
    assert_int_equal(r.position, 5);
    live();
    world_seal(&w);
    w.statement[5].bytes.len--;
    assert_int_equal(replayed(&r), ERR_TRUNCATED);
    assert_int_equal(r.position, 5);
}

static void a_signature_that_does_not_hold_is_found(void **state)
{
    struct statement *s;
    struct replay r;

    (void)state;
    live();
    world_seal(&w);
    s = &w.statement[w.count - 2];
    ((uint8_t *)(uintptr_t)s->bytes.ptr)[s->bytes.len - 40] ^= 1;
    s->id = hash_of(s->bytes);
    assert_int_equal(replayed(&r), ERR_BAD_SIGNATURE);
    assert_int_equal(r.position, w.count - 2);
}

/* Publication stalls for an hour: what expires in the meantime and what is revoked in it was in time, by the seal
 * that comes at last. */
static void a_group_that_was_open_for_an_hour_replays(void **state)
{
    struct draft d = {.kind = KIND_ATTESTATION, .sub = SPAN("sub-z"), .has_exp = true, .has_iat = true};
    struct status_payload p;
    struct replay r;

    (void)state;
    live();
    world_seal(&w);
    d.iss = SPAN("acme.example");
    d.iat = w.now_ms / 1000;
    d.exp = d.iat + 600;
    assert_int_equal(world_submit(&w, &d, 5), ERR_OK);
    p = test_status((struct hash[]){world_last_id(&w)}, STATUS_SUSPENDED);
    for (unsigned minute = 0; minute < 60; minute++) {
        w.now_ms += 60000;
        p.status = minute % 2 == 0 ? STATUS_SUSPENDED : STATUS_VALID;
        p.has_since = true;
        p.since = minute; /* no two alike */
        assert_int_equal(submit_status(&w, d.iss, "sub-z", &p, 5), ERR_OK);
    }
    p.status = STATUS_REVOKED;
    assert_int_equal(submit_status(&w, d.iss, "sub-z", &p, 5), ERR_OK);
    /* by the same seal: an hour ahead of the first clock, and past an expiry that the first was before */
    d.iat = w.now_ms / 1000 + 300;
    assert_int_equal(world_submit(&w, &d, 5), ERR_OK);
    world_seal(&w);
    assert_int_equal(replayed(&r), ERR_OK);
    assert_int_equal(world_submit(&w, &d, 5), ERR_EXPIRED_NOW);
}

static void what_the_source_fails_with_comes_back(void **state)
{
    struct replay r;

    (void)state;
    live();
    world_seal(&w);
    w.fault = ERR_IO;
    for (w.fault_at = 1; w.fault_at < w.count; w.fault_at++) {
        assert_int_equal(replayed(&r), ERR_IO);
        assert_int_equal(w.why.found[0], 0);
    }
    w.fault_at = 0;
    assert_int_equal(replayed(&r), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_later_changes_no_decision),
        cmocka_unit_test(a_failing_source_is_never_an_answer),
        cmocka_unit_test(what_was_admitted_live_replays),
        cmocka_unit_test(bad_seal),
        cmocka_unit_test(bad_seal_the_first_names_another),
        cmocka_unit_test(a_seal_is_signed_by_a_key_for_seals),
        cmocka_unit_test(entered_twice),
        cmocka_unit_test(what_was_not_admitted_is_named_with_its_position),
        cmocka_unit_test(bad_entry),
        cmocka_unit_test(a_signature_that_does_not_hold_is_found),
        cmocka_unit_test(a_group_that_was_open_for_an_hour_replays),
        cmocka_unit_test(what_the_source_fails_with_comes_back),
    };
    int failed = cmocka_run_group_tests_name("replay", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
