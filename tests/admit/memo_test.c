/* What is remembered is dropped when a statement changes it. */
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct world w;
static struct memo memo;

#define SET(...) ((const unsigned[]){__VA_ARGS__, 0})

static struct span iss(void)
{
    return test_urn(1);
}

static void begin(void)
{
    world_init(&w, RULES_OPEN);
    memo_forget(&memo);
    w.memo = &memo;
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss(), SET(1, 7, 2, 2), 1), ERR_OK);
}

static struct draft under(const struct hash *schema)
{
    static uint8_t bytes[64];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_ATTESTATION, .iss = iss(), .sub = SPAN("sub-a"), .home = w.origin};

    cbor_put_map(&o, 1);
    cbor_put_text(&o, SPAN("level"));
    cbor_put_text(&o, SPAN("full"));
    d.payload = out_span(&o);
    d.has_schema = true;
    d.schema = *schema;
    return d;
}

static enum err attest_under(const struct hash *schema)
{
    struct draft d = under(schema);

    return world_submit(&w, &d, 1);
}

static enum err change(const struct hash *schema, enum status status, unsigned key)
{
    struct status_payload p = test_status(schema, status);

    return submit_status(&w, iss(), "kyc", &p, key);
}

static struct hash published(void)
{
    struct schema_payload p = test_schema("kyc");

    assert_int_equal(submit_schema(&w, iss(), &p, 1), ERR_OK);
    return world_last_id(&w);
}

static void a_schemas_status(void **state)
{
    struct hash schema;

    (void)state;
    begin();
    schema = published();
    assert_int_equal(attest_under(&schema), ERR_OK);
    assert_int_equal(change(&schema, STATUS_SUSPENDED, 2), ERR_OK);
    assert_int_equal(attest_under(&schema), ERR_SCHEMA_NOT_VALID);
    assert_int_equal(change(&schema, STATUS_VALID, 1), ERR_OK);
    assert_int_equal(attest_under(&schema), ERR_OK);
}

/* Whoever suspended it is cut. */
static void a_schemas_status_that_a_cut_changes(void **state)
{
    struct issuer_payload p;
    struct hash schema;

    (void)state;
    begin();
    schema = published();
    assert_int_equal(change(&schema, STATUS_SUSPENDED, 2), ERR_OK);
    assert_int_equal(attest_under(&schema), ERR_SCHEMA_NOT_VALID);
    p = next_set(&w, iss(), SET(1, 7));
    put_cut(&p, 2, 4);
    assert_int_equal(submit_issuer(&w, iss(), &p, 1), ERR_OK);
    assert_int_equal(attest_under(&schema), ERR_OK);
}

static void an_issuers_keys(void **state)
{
    (void)state;
    begin();
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", 1), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss(), SET(3, 7), 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", 1), ERR_NOT_LISTED);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", 3), ERR_OK);
}

static void the_rules_and_whom_they_name(void **state)
{
    struct rules_payload p;

    (void)state;
    begin();
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", 1), ERR_OK);
    p = next_rules(&w);
    p.mode = RULES_APPROVED;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", 1), ERR_NOT_APPROVED);
    assert_int_equal(submit_approve(&w, iss(), 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", 1), ERR_OK);
    assert_int_equal(submit_withdraw(&w, iss()), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss(), "sub-c", 1), ERR_WITHDRAWN);
}

/* More of them than there are places: they take turns. */
static void more_issuers_than_places(void **state)
{
    static unsigned keys[MEMO_ISSUERS / MEMO_WAYS][MEMO_WAYS + 1], counts[MEMO_ISSUERS / MEMO_WAYS];
    const unsigned *key_of = NULL, count = MEMO_WAYS + 1;
    bool known;

    (void)state;
    for (unsigned key = 1; key_of == NULL; key++) {
        size_t set;

        memo.turn = 0;
        set = (size_t)(memo_issuer_at(&memo, test_urn(key), &known) - memo.issuer) / MEMO_WAYS;
        keys[set][counts[set]++] = key;
        if (counts[set] == count) key_of = keys[set];
    }
    world_init(&w, RULES_OPEN);
    memo_forget(&memo);
    w.memo = &memo;
    for (size_t i = 0; i < count; i++) assert_int_equal(submit_genesis(&w, key_of[i]), ERR_OK);
    for (size_t n = 0; n < 4 * count; n++) {
        unsigned key = key_of[n * 3 % count], other = key_of[(n + 1) * 3 % count];

        assert_int_equal(submit_attestation(&w, test_urn(key), n < 2 * count ? "sub-a" : "sub-b", key), ERR_OK);
        assert_int_equal(submit_attestation(&w, test_urn(key), "sub-c", other), ERR_NOT_LISTED);
    }
}

/* Each attestation is held to its own schema, with however many others that one shares its places. */
static void more_schemas_than_places(void **state)
{
    static struct hash schema[80];

    (void)state;
    begin();
    for (size_t n = 0; n < COUNT_OF(schema); n++) {
        char name[8];
        struct schema_payload p;

        snprintf(name, sizeof(name), "s%zu", n);
        p = test_schema(name);
        if (n % 2 == 1) p.field[0].name = SPAN("other");
        assert_int_equal(submit_schema(&w, iss(), &p, 1), ERR_OK);
        schema[n] = world_last_id(&w);
    }
    for (size_t n = 0; n < 2 * COUNT_OF(schema); n++)
        assert_int_equal(attest_under(&schema[n * 7 % COUNT_OF(schema)]), n % 2 == 0 ? ERR_OK : ERR_CLAIMS_MISMATCH);
}

/* The batch failed: what it brought was never there. */
static void what_is_taken_back(void **state)
{
    uint64_t count;
    size_t rows;

    (void)state;
    begin();
    count = w.count;
    rows = w.row_count;
    assert_int_equal(submit_rotation(&w, iss(), SET(3, 7), 1), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", 3), ERR_OK);
    w.count = count;
    w.row_count = rows;
    memo_forget(&memo);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", 3), ERR_NOT_LISTED);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", 1), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schemas_status),         cmocka_unit_test(a_schemas_status_that_a_cut_changes),
        cmocka_unit_test(an_issuers_keys),          cmocka_unit_test(the_rules_and_whom_they_name),
        cmocka_unit_test(more_issuers_than_places), cmocka_unit_test(more_schemas_than_places),
        cmocka_unit_test(what_is_taken_back),
    };
    int failed = cmocka_run_group_tests_name("memo", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
