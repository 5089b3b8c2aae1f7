/* What may become of a statement afterwards. */
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct world w;

/* Each has a payload of its own, so that no two have the same id. */
static struct hash attested(const char *sub)
{
    static unsigned number;
    uint8_t payload[2] = {(uint8_t)(number >> 8), (uint8_t)number};
    struct draft d = {
        .kind = KIND_ATTESTATION, .iss = test_urn(1), .sub = span_text(sub), .payload = span_of(payload, 2)};

    number++;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    return world_last_id(&w);
}

/* An attestation by key 1 about sub-a at position 4. */
static struct hash begin(void)
{
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    return attested("sub-a");
}

static enum err change(const struct hash *target, enum status status)
{
    struct status_payload p = test_status(target, status);

    return submit_status(&w, test_urn(1), "sub-a", &p, 1);
}

static enum err supersede(const struct hash *target, const struct hash *replacement)
{
    struct status_payload p = test_status(target, STATUS_SUPERSEDED);

    p.has_replacement = true;
    p.replacement = *replacement;
    return submit_status(&w, test_urn(1), "sub-a", &p, 1);
}

/* What may follow what: a row is the status there is, a column the one that is asked for. */
static const enum err allowed[4][4] = {
    /*                     valid            revoked           suspended        superseded */
    [STATUS_VALID] = {ERR_STATUS_SAME, ERR_OK, ERR_OK, ERR_OK},
    [STATUS_REVOKED] = {ERR_STATUS_FINAL, ERR_STATUS_FINAL, ERR_STATUS_FINAL, ERR_STATUS_FINAL},
    [STATUS_SUSPENDED] = {ERR_OK, ERR_OK, ERR_STATUS_SAME, ERR_OK},
    [STATUS_SUPERSEDED] = {ERR_STATUS_FINAL, ERR_STATUS_FINAL, ERR_STATUS_FINAL, ERR_STATUS_FINAL},
};

/* All sequences of up to five changes. The fold below every position is what the table led to then. */
static void every_sequence_of_five_changes_is_as_the_table_says(void **state)
{
    struct hash target, replacement;
    uint64_t count;
    size_t rows;

    (void)state;
    target = begin();
    replacement = attested("sub-a");
    count = w.count;
    rows = w.row_count;
    for (unsigned code = 0; code < 1024; code++) {
        enum status model[6] = {STATUS_VALID};
        unsigned reasons[6] = {0}, moves[6] = {0}, accepted = 0;

        w.count = count;
        w.row_count = rows;
        for (unsigned step = 0; step < 5; step++) {
            enum status next = (enum status)(code >> (2 * step) & 3);
            struct status_payload p = test_status(&target, next);
            enum status now = model[accepted];
            enum err expected = allowed[now][next];

            p.reason = step + 1;
            p.has_replacement = next == STATUS_SUPERSEDED;
            if (p.has_replacement) p.replacement = replacement;
            assert_int_equal(submit_status(&w, test_urn(1), "sub-a", &p, 1), expected);
            if (expected != ERR_OK) continue;
            accepted++;
            model[accepted] = next;
            reasons[accepted] = p.reason;
            moves[accepted] = moves[accepted - 1] + (next == STATUS_VALID || next == STATUS_SUSPENDED);
        }
        assert_int_equal(w.count, count + accepted);
        for (unsigned n = 0; n <= accepted; n++) {
            struct status_fold f;

            assert_int_equal(status_fold(&w.lookup, &target, test_urn(1), count + n, &f), ERR_OK);
            assert_int_equal(f.status, model[n]);
            assert_int_equal(f.reason, reasons[n]);
            assert_int_equal(f.moves, moves[n]);
            assert_int_equal(f.decided, n > 0);
            if (n > 0) assert_int_equal(f.position, count + n - 1);
            if (f.status == STATUS_SUPERSEDED) assert_memory_equal(&f.replacement, &replacement, 32);
        }
    }
}

static void status_final_is_the_end(void **state)
{
    struct hash target = begin();

    (void)state;
    assert_int_equal(change(&target, STATUS_REVOKED), ERR_OK);
    for (enum status s = STATUS_VALID; s <= STATUS_SUSPENDED; s++)
        assert_int_equal(change(&target, s), ERR_STATUS_FINAL);
}

static void status_unchanged(void **state)
{
    struct hash target = begin();

    (void)state;
    assert_int_equal(change(&target, STATUS_VALID), ERR_STATUS_SAME);
    assert_int_equal(change(&target, STATUS_SUSPENDED), ERR_OK);
    assert_int_equal(change(&target, STATUS_SUSPENDED), ERR_STATUS_SAME);
}

/* Even if a log admitted more after a final one: the first final one decides. */
static void the_first_final_status_decides(void **state)
{
    static const enum status after[] = {STATUS_VALID, STATUS_SUSPENDED, STATUS_REVOKED};
    struct hash target = begin();
    struct status_fold f;

    (void)state;
    assert_int_equal(change(&target, STATUS_REVOKED), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(after); i++) {
        struct status_payload p = test_status(&target, after[i]);
        uint8_t bytes[256];
        struct out o = out_over(bytes, sizeof(bytes));
        struct draft d = {.kind = KIND_STATUS, .iss = test_urn(1), .sub = SPAN("sub-a"), .home = w.origin};
        struct statement s;

        p.reason = 3;
        status_encode(&p, &o);
        d.payload = out_span(&o);
        s = world_make(&d, 1);
        world_append(&w, &s);
    }
    assert_int_equal(status_fold(&w.lookup, &target, test_urn(1), w.count, &f), ERR_OK);
    assert_true(f.status == STATUS_REVOKED && f.position == 5 && f.reason == 9);
}

/* Two targets whose lists were merged by a collision of keys: each reader keeps to its own. */
static void merged_lists_are_told_apart(void **state)
{
    struct hash target = begin(), other = attested("sub-a");
    struct status_payload p = test_status(&target, STATUS_REVOKED);
    struct draft d = {.kind = KIND_STATUS, .iss = test_urn(2), .sub = SPAN("sub-a"), .home = w.origin};
    uint8_t bytes[256];
    struct out o = out_over(bytes, sizeof(bytes));
    struct status_fold f;
    struct statement s;

    (void)state;
    assert_int_equal(change(&other, STATUS_REVOKED), ERR_OK);
    world_merge_last(&w, INDEX_STATUS, hash_span(&target), test_urn(1));
    assert_int_equal(status_fold(&w.lookup, &target, test_urn(1), w.count, &f), ERR_OK);
    assert_false(f.decided);
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    world_merge_last(&w, INDEX_STATUS, hash_span(&target), test_urn(1));
    assert_int_equal(status_fold(&w.lookup, &target, test_urn(1), w.count, &f), ERR_OK);
    assert_false(f.decided);
    /* what a stranger says of the same target */
    status_encode(&p, &o);
    d.payload = out_span(&o);
    s = world_make(&d, 2);
    world_append(&w, &s);
    world_merge_last(&w, INDEX_STATUS, hash_span(&target), test_urn(1));
    assert_int_equal(status_fold(&w.lookup, &target, test_urn(1), w.count, &f), ERR_OK);
    assert_false(f.decided);
    assert_int_equal(change(&target, STATUS_REVOKED), ERR_OK);
    assert_int_equal(status_fold(&w.lookup, &target, test_urn(1), w.count, &f), ERR_OK);
    assert_int_equal(f.status, STATUS_REVOKED);
}

static void status_full(void **state)
{
    struct hash target = begin();
    struct status_payload p;

    (void)state;
    for (unsigned n = 0; n < 64; n++) {
        p = test_status(&target, n % 2 == 0 ? STATUS_SUSPENDED : STATUS_VALID);
        p.has_since = true;
        p.since = n;
        assert_int_equal(submit_status(&w, test_urn(1), "sub-a", &p, 1), ERR_OK);
    }
    assert_int_equal(change(&target, STATUS_SUSPENDED), ERR_STATUS_FULL);
    assert_int_equal(change(&target, STATUS_VALID), ERR_STATUS_SAME);
    assert_int_equal(change(&target, STATUS_REVOKED), ERR_OK);
    assert_int_equal(change(&target, STATUS_REVOKED), ERR_STATUS_FINAL);
}

static void unknown_target(void **state)
{
    struct hash target = begin(), nothing = {{7}};
    struct status_payload p = test_status(&target, STATUS_REVOKED);

    (void)state;
    assert_int_equal(change(&nothing, STATUS_REVOKED), ERR_UNKNOWN_TARGET);
    /* what comes later, or would stand at the same place, does not count */
    assert_int_equal(submit_status(&w, test_urn(1), "sub-a", &p, 1), ERR_OK);
    assert_int_equal(world_ask_at(&w, &w.statement[5], 4), ERR_UNKNOWN_TARGET);
    assert_int_equal(world_ask_at(&w, &w.statement[5], 5), ERR_OK);
}

static void bad_target(void **state)
{
    struct hash target = begin();
    struct status_payload p = test_status(&target, STATUS_REVOKED);
    struct hash status_id;

    (void)state;
    assert_int_equal(submit_status(&w, test_urn(1), "sub-b", &p, 1), ERR_BAD_TARGET);
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    /* another issuer's */
    assert_int_equal(submit_status(&w, test_urn(2), "sub-a", &p, 2), ERR_BAD_TARGET);
    /* an issuer statement, the rules, a seal, a status: kinds that have none */
    for (uint64_t at = 0; at <= 3; at++) assert_int_equal(change(&w.statement[at].id, STATUS_REVOKED), ERR_BAD_TARGET);
    assert_int_equal(change(&target, STATUS_SUSPENDED), ERR_OK);
    status_id = world_last_id(&w);
    assert_int_equal(change(&status_id, STATUS_REVOKED), ERR_BAD_TARGET);
    p = test_status(&w.statement[3].id, STATUS_REVOKED);
    {
        uint8_t bytes[256];
        struct out o = out_over(bytes, sizeof(bytes));
        struct draft d = {.kind = KIND_STATUS, .iss = test_urn(1), .sub = test_urn(1), .home = w.origin};

        /* same iss, same sub, still not a kind with a status */
        status_encode(&p, &o);
        d.payload = out_span(&o);
        assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_TARGET);
    }
}

static void not_revocable(void **state)
{
    struct schema_payload p = test_schema("diploma");
    struct draft d = {.kind = KIND_ATTESTATION, .sub = SPAN("sub-a"), .has_schema = true};
    uint8_t bytes[64];
    struct out o = out_over(bytes, sizeof(bytes));
    struct hash id;

    (void)state;
    begin();
    p.revocable = false;
    assert_int_equal(submit_schema(&w, test_urn(1), &p, 1), ERR_OK);
    d.schema = world_last_id(&w);
    cbor_put_map(&o, 1);
    cbor_put_text(&o, SPAN("level"));
    cbor_put_text(&o, SPAN("full"));
    d.iss = test_urn(1);
    d.home = w.origin;
    d.payload = out_span(&o);
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    id = world_last_id(&w);
    assert_int_equal(change(&id, STATUS_REVOKED), ERR_NOT_REVOCABLE);
    assert_int_equal(change(&id, STATUS_SUSPENDED), ERR_NOT_REVOCABLE);
    /* the schema itself can always be taken back */
    {
        struct status_payload revoke = test_status(&d.schema, STATUS_REVOKED);

        assert_int_equal(submit_status(&w, test_urn(1), "diploma", &revoke, 1), ERR_OK);
    }
}

static void bad_replacement(void **state)
{
    struct hash before = begin(), target = attested("sub-a"), other = attested("sub-b"), good = attested("sub-a");
    struct hash nothing = {{9}}, foreign;

    (void)state;
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    assert_int_equal(submit_attestation(&w, test_urn(2), "sub-a", 2), ERR_OK);
    foreign = world_last_id(&w);
    assert_int_equal(supersede(&target, &nothing), ERR_BAD_REPLACEMENT);
    assert_int_equal(supersede(&target, &other), ERR_BAD_REPLACEMENT);
    assert_int_equal(supersede(&target, &foreign), ERR_BAD_REPLACEMENT);
    assert_int_equal(supersede(&target, &w.statement[3].id), ERR_BAD_REPLACEMENT);
    assert_int_equal(supersede(&target, &target), ERR_BAD_REPLACEMENT);
    assert_int_equal(supersede(&target, &before), ERR_BAD_REPLACEMENT);
    assert_int_equal(supersede(&target, &good), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sequence_of_five_changes_is_as_the_table_says),
        cmocka_unit_test(status_final_is_the_end),
        cmocka_unit_test(status_unchanged),
        cmocka_unit_test(the_first_final_status_decides),
        cmocka_unit_test(merged_lists_are_told_apart),
        cmocka_unit_test(status_full),
        cmocka_unit_test(unknown_target),
        cmocka_unit_test(bad_target),
        cmocka_unit_test(not_revocable),
        cmocka_unit_test(bad_replacement),
    };
    int failed = cmocka_run_group_tests_name("status", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
