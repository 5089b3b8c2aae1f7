/* What may be attested, when, and under which schema. */
#include "log/statement/private.h"
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct world w;

static void begin(void)
{
    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
}

static struct draft draft_of(const char *sub)
{
    return (struct draft){
        .kind = KIND_ATTESTATION, .iss = test_urn(1), .sub = span_text(sub), .payload = SPAN("anything")};
}

static void home_is_this_log_or_none(void **state)
{
    struct draft d = draft_of("sub-a");

    (void)state;
    begin();
    d.home = SPAN("log.example.org/other");
    assert_int_equal(world_submit(&w, &d, 1), ERR_WRONG_HOME);
    d.home = SPAN("log.example.org/attest");
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    d.home = SPAN("");
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
}

/* What is found is cut to its room and always ends there; world_ask looks at every character. */
static void foreign_text_in_a_refusal_is_escaped_and_bounded(void **state)
{
    (void)state;
    begin();
    for (unsigned plain = 0; plain < 8; plain++) {
        uint8_t home[256];
        struct out o = out_over(home, sizeof(home));
        struct draft d = draft_of("sub-a");

        for (unsigned i = 0; i < plain; i++) out_byte(&o, 'x');
        for (unsigned i = 0; i < 60; i++) out_text(&o, "\u202e");
        d.home = out_span(&o);
        assert_int_equal(world_submit(&w, &d, 1), ERR_WRONG_HOME);
        assert_true(strlen(w.why.found) > 100);
        assert_null(strstr(w.why.found, "\u202e"));
    }
}

static void wrong_home_holds_for_every_kind(void **state)
{
    struct issuer_payload set = test_set(0, NULL, (unsigned[]){2, 7, 0});
    struct schema_payload schema = test_schema("kyc");
    struct rules_payload rules;
    struct status_payload revoke;
    struct span real;

    (void)state;
    begin();
    assert_int_equal(submit_attestation(&w, test_urn(1), "sub-a", 1), ERR_OK);
    revoke = test_status((struct hash[]){world_last_id(&w)}, STATUS_REVOKED);
    rules = next_rules(&w);
    real = w.origin;
    /* the helpers write the origin as home: statements of another log, brought here */
    w.origin = SPAN("log.example.org/other");
    {
        uint8_t bytes[4][4096];
        struct draft d[4] = {{.kind = KIND_ISSUER, .iss = test_urn(2), .sub = test_urn(2)},
                             {.kind = KIND_SCHEMA, .iss = test_urn(1), .sub = SPAN("kyc")},
                             {.kind = KIND_STATUS, .iss = test_urn(1), .sub = SPAN("sub-a")},
                             {.kind = KIND_RULES, .iss = real, .sub = w.origin}};
        static const unsigned keys[4] = {2, 1, 1, KEY_OPERATOR_TEST};
        struct span other = w.origin;

        w.origin = real;
        for (size_t i = 0; i < 4; i++) {
            struct out o = out_over(bytes[i], sizeof(bytes[i]));

            if (i == 0) issuer_encode(&set, &o);
            if (i == 1) schema_encode(&schema, &o);
            if (i == 2) status_encode(&revoke, &o);
            if (i == 3) rules_encode(&rules, &o);
            d[i].payload = out_span(&o);
            d[i].home = other;
            assert_int_equal(world_submit(&w, &d[i], keys[i]), ERR_WRONG_HOME);
            d[i].home = real;
            if (i == 3) d[i].sub = real;
            assert_int_equal(world_submit(&w, &d[i], keys[i]), ERR_OK);
        }
    }
}

static void statement_too_large(void **state)
{
    static uint8_t big[20000];
    struct draft d = draft_of("sub-a");
    struct statement s;
    struct rules_payload p;
    size_t rest;

    (void)state;
    begin();
    /* find the payload whose statement is exactly at the default limit */
    d.payload = span_of(big, 16000);
    s = world_make(&d, 1);
    rest = s.bytes.len - 16000;
    d.payload = span_of(big, 16384 - rest);
    s = world_make(&d, 1);
    assert_int_equal(s.bytes.len, 16384);
    assert_int_equal(world_ask(&w, &s), ERR_OK);
    d.payload.len++;
    s = world_make(&d, 1);
    assert_int_equal(world_ask(&w, &s), ERR_STATEMENT_TOO_LARGE);
    p = next_rules(&w);
    p.limit_bytes = 16385;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
    assert_int_equal(world_ask(&w, &s), ERR_OK);
    p = next_rules(&w);
    p.limit_bytes = 16384;
    assert_int_equal(submit_rules(&w, &p, KEY_OPERATOR_TEST), ERR_OK);
    assert_int_equal(world_ask(&w, &s), ERR_STATEMENT_TOO_LARGE);
}

static void already_expired(void **state)
{
    struct draft d = draft_of("sub-a");

    (void)state;
    begin();
    d.has_exp = true;
    /* `from` decides, in whole seconds, not the clock */
    w.from_ms = WORLD_NOW_S * 1000ULL + 999;
    w.now_ms = (WORLD_NOW_S + 100) * 1000ULL;
    d.exp = WORLD_NOW_S;
    assert_int_equal(world_submit(&w, &d, 1), ERR_EXPIRED_NOW);
    d.exp = WORLD_NOW_S + 1;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    d.exp = 0;
    assert_int_equal(world_submit(&w, &d, 1), ERR_EXPIRED_NOW);
    assert_string_equal(w.why.found, "expiry 1970-01-01 00:00:00Z, now 2027-01-15 08:00:00Z");
    d.exp = UINT64_MAX;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
}

static void issued_ahead(void **state)
{
    struct draft d = draft_of("sub-a");

    (void)state;
    begin();
    d.has_iat = true;
    w.now_ms = WORLD_NOW_S * 1000ULL + 999;
    d.iat = WORLD_NOW_S + 301;
    assert_int_equal(world_submit(&w, &d, 1), ERR_ISSUED_AHEAD);
    d.iat = UINT64_MAX;
    assert_int_equal(world_submit(&w, &d, 1), ERR_ISSUED_AHEAD);
    d.iat = WORLD_NOW_S + 300;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    d.iat = 0;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
}

static void schemas_are_refused_for_dates_and_no_other_kind_of_ours(void **state)
{
    struct schema_payload schema = test_schema("kyc");
    struct issuer_payload set = test_set(0, NULL, (unsigned[]){2, 7, 0});
    struct status_payload revoke;
    struct rules_payload rules;
    struct draft d[4];
    uint8_t bytes[4][4096];
    static const unsigned keys[4] = {1, 2, 1, KEY_OPERATOR_TEST};

    (void)state;
    begin();
    assert_int_equal(submit_attestation(&w, test_urn(1), "sub-a", 1), ERR_OK);
    revoke = test_status((struct hash[]){world_last_id(&w)}, STATUS_REVOKED);
    rules = next_rules(&w);
    d[0] = (struct draft){.kind = KIND_SCHEMA, .iss = test_urn(1), .sub = SPAN("kyc")};
    d[1] = (struct draft){.kind = KIND_ISSUER, .iss = test_urn(2), .sub = test_urn(2)};
    d[2] = (struct draft){.kind = KIND_STATUS, .iss = test_urn(1), .sub = SPAN("sub-a")};
    d[3] = (struct draft){.kind = KIND_RULES, .iss = w.origin, .sub = w.origin};
    for (size_t i = 0; i < 4; i++) {
        struct out o = out_over(bytes[i], sizeof(bytes[i]));

        if (i == 0) schema_encode(&schema, &o);
        if (i == 1) issuer_encode(&set, &o);
        if (i == 2) status_encode(&revoke, &o);
        if (i == 3) rules_encode(&rules, &o);
        d[i].payload = out_span(&o);
        d[i].home = w.origin;
        d[i].has_iat = true;
        d[i].iat = WORLD_NOW_S + 100000;
        assert_int_equal(world_submit(&w, &d[i], keys[i]), i == 0 ? ERR_ISSUED_AHEAD : ERR_OK);
    }
}

static void bad_dates(void **state)
{
    struct draft d = draft_of("sub-a");

    (void)state;
    begin();
    d.has_exp = d.has_nbf = true;
    d.exp = d.nbf = WORLD_NOW_S + 50;
    assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_DATES);
    d.nbf = WORLD_NOW_S + 51;
    assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_DATES);
    d.nbf = WORLD_NOW_S + 49;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    /* a start far ahead is no issue date */
    d.nbf = WORLD_NOW_S + 1000000;
    d.exp = WORLD_NOW_S + 1000001;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
}

/* ---- schemas ---- */

static struct span claims(const char *key, const char *value)
{
    static uint8_t bytes[4][256];
    static unsigned next;
    struct out o = out_over(bytes[next++ % 4], 256);

    cbor_put_map(&o, 1);
    cbor_put_text(&o, span_text(key));
    cbor_put_text(&o, span_text(value));
    return out_span(&o);
}

static struct draft under(const struct hash *schema)
{
    struct draft d = draft_of("sub-a");

    d.has_schema = true;
    d.schema = *schema;
    d.home = w.origin;
    d.payload = claims("level", "full");
    return d;
}

static struct hash publish(const struct schema_payload *p)
{
    assert_int_equal(submit_schema(&w, test_urn(1), p, 1), ERR_OK);
    return world_last_id(&w);
}

static void claims_mismatch(void **state)
{
    struct schema_payload p = test_schema("kyc");
    struct hash id;
    struct draft d;

    (void)state;
    begin();
    id = publish(&p);
    d = under(&id);
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    d.payload = claims("le\u202evel", "full");
    assert_int_equal(world_submit(&w, &d, 1), ERR_CLAIMS_MISMATCH);
    assert_non_null(strstr(w.why.found, "le\\u{202e}vel"));
    d.payload = SPAN("\xa0");
    assert_int_equal(world_submit(&w, &d, 1), ERR_CLAIMS_MISMATCH);
    assert_non_null(strstr(w.why.found, "level"));
}

static void unknown_schema(void **state)
{
    struct schema_payload p = test_schema("kyc");
    struct hash id = {{1}};
    struct draft d;
    struct statement s;

    (void)state;
    begin();
    d = under(&id);
    assert_int_equal(world_submit(&w, &d, 1), ERR_UNKNOWN_SCHEMA);
    id = w.statement[3].id;
    d = under(&id);
    assert_int_equal(world_submit(&w, &d, 1), ERR_UNKNOWN_SCHEMA);
    /* what comes later does not count */
    id = publish(&p);
    d = under(&id);
    s = world_make(&d, 1);
    assert_int_equal(world_ask_at(&w, &s, w.count - 1), ERR_UNKNOWN_SCHEMA);
    assert_int_equal(world_ask(&w, &s), ERR_OK);
}

static void anybody_may_attest_under_a_schema(void **state)
{
    struct schema_payload p = test_schema("kyc");
    struct hash id;
    struct draft d;

    (void)state;
    begin();
    id = publish(&p);
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    d = under(&id);
    d.iss = test_urn(2);
    assert_int_equal(world_submit(&w, &d, 2), ERR_OK);
}

static void longest_validity_runs_from_the_issue_date(void **state)
{
    struct schema_payload p = test_schema("kyc");
    struct hash id;
    struct draft d;

    (void)state;
    begin();
    p.has_validity = true;
    p.validity = 1000;
    id = publish(&p);
    d = under(&id);
    assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_DATES);
    d.has_exp = true;
    d.exp = WORLD_NOW_S + 990;
    assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_DATES);
    d.has_iat = true;
    d.iat = WORLD_NOW_S - 11;
    assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_DATES);
    d.iat = WORLD_NOW_S - 10;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    d.exp = UINT64_MAX;
    assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_DATES);
    d.has_exp = false;
    assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_DATES);
}

/* However long it may be: both dates are there. */
static void a_longest_validity_wants_both_dates(void **state)
{
    struct schema_payload p = test_schema("kyc");
    struct hash id;
    struct draft d;

    (void)state;
    begin();
    p.has_validity = true;
    p.validity = UINT64_MAX;
    id = publish(&p);
    d = under(&id);
    for (unsigned dates = 0; dates < 4; dates++) {
        d.has_exp = (dates & 1) != 0;
        d.has_iat = (dates & 2) != 0;
        d.exp = WORLD_NOW_S + 10;
        d.iat = WORLD_NOW_S;
        assert_int_equal(world_submit(&w, &d, 1), dates == 3 ? ERR_OK : ERR_BAD_DATES);
    }
}

static void schema_not_valid(void **state)
{
    static const enum status ends[] = {STATUS_REVOKED, STATUS_SUPERSEDED, STATUS_SUSPENDED};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct schema_payload p = test_schema("kyc");
        struct status_payload change;
        struct hash id;
        struct draft d;

        begin();
        id = publish(&p);
        d = under(&id);
        assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
        change = test_status(&id, ends[i]);
        if (ends[i] == STATUS_SUPERSEDED) {
            p.version = 2;
            p.has_prev = true;
            p.prev = id;
            change.has_replacement = true;
            change.replacement = publish(&p);
        }
        assert_int_equal(submit_status(&w, test_urn(1), "kyc", &change, 1), ERR_OK);
        d.sub = SPAN("sub-b");
        assert_int_equal(world_submit(&w, &d, 1), ERR_SCHEMA_NOT_VALID);
        if (ends[i] != STATUS_SUSPENDED) continue;
        change = test_status(&id, STATUS_VALID);
        assert_int_equal(submit_status(&w, test_urn(1), "kyc", &change, 1), ERR_OK);
        assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    }
}

static void private_not_allowed(void **state)
{
    struct schema_payload p = test_schema("kyc"), open = test_schema("kyb");
    struct hash hidden = test_kid(77);
    struct draft d;

    (void)state;
    begin();
    open.private_allowed = true;
    d = under((struct hash[]){publish(&p)});
    d.is_private = true;
    d.payload = hash_span(&hidden);
    assert_int_equal(world_submit(&w, &d, 1), ERR_PRIVATE_REFUSED);
    d.schema = publish(&open);
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    /* open claims go with such a schema as well, and are looked at */
    d.is_private = false;
    d.payload = claims("level", "full");
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    d.payload = claims("leve", "full");
    assert_int_equal(world_submit(&w, &d, 1), ERR_CLAIMS_MISMATCH);
}

/* A hash may stand for claims that do not fit: the log cannot know, and the validity is asked all the same. */
static void private_claims_that_do_not_fit_are_for_whoever_opens_them_to_refuse(void **state)
{
    struct schema_payload p = test_schema("kyc"), read;
    const uint8_t salt[PRIVATE_SALT_LEN] = {1};
    uint8_t bytes[128];
    struct out o = out_over(bytes, sizeof(bytes));
    struct span opened, field;
    struct hash hidden;
    struct draft d;

    (void)state;
    begin();
    p.private_allowed = true;
    p.has_validity = true;
    p.validity = 100;
    d = under((struct hash[]){publish(&p)});
    private_encode(salt, claims("leve", "full"), &o);
    hidden = private_hash(out_span(&o));
    d.is_private = true;
    d.payload = hash_span(&hidden);
    assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_DATES);
    d.has_iat = d.has_exp = true;
    d.iat = WORLD_NOW_S;
    d.exp = WORLD_NOW_S + 100;
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
    assert_int_equal(private_open(&w.statement[w.count - 1], out_span(&o), &opened), ERR_OK);
    assert_int_equal(schema_decode(w.statement[4].cose.payload, &read), ERR_OK);
    assert_int_equal(schema_check(&read, opened, &field), ERR_CLAIMS_MISMATCH);
}

static void schema_exists(void **state)
{
    struct schema_payload p = test_schema("kyc"), other = test_schema("kyb"), again = test_schema("kyc");

    (void)state;
    begin();
    again.field[0].required = false;
    assert_int_equal(submit_schema(&w, test_urn(1), &p, 1), ERR_OK);
    assert_int_equal(submit_schema(&w, test_urn(1), &again, 1), ERR_SCHEMA_EXISTS);
    assert_int_equal(submit_schema(&w, test_urn(1), &other, 1), ERR_OK);
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    /* lists merged by a collision: another name, another issuer, another kind */
    world_merge_last(&w, INDEX_SCHEMA_NAME, test_urn(2), SPAN("kyc"));
    other.name = SPAN("other");
    assert_int_equal(submit_schema(&w, test_urn(2), &other, 2), ERR_OK);
    world_merge_last(&w, INDEX_SCHEMA_NAME, test_urn(2), SPAN("kyc"));
    assert_int_equal(submit_schema(&w, test_urn(2), &again, 2), ERR_OK);
    assert_int_equal(submit_genesis(&w, 3), ERR_OK);
    world_merge_last(&w, INDEX_SCHEMA_NAME, test_urn(3), SPAN("third"));
    again.name = SPAN("third");
    assert_int_equal(submit_schema(&w, test_urn(2), &again, 2), ERR_OK);
    world_merge_last(&w, INDEX_SCHEMA_NAME, test_urn(3), SPAN("third"));
    assert_int_equal(submit_schema(&w, test_urn(3), &again, 3), ERR_OK);
}

static void wrong_sub(void **state)
{
    struct schema_payload p = test_schema("kyc");
    uint8_t bytes[1024];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_SCHEMA, .iss = test_urn(1), .sub = SPAN("kyb")};

    (void)state;
    begin();
    schema_encode(&p, &o);
    d.payload = out_span(&o);
    d.home = w.origin;
    assert_int_equal(world_submit(&w, &d, 1), ERR_WRONG_SUB);
    d.sub = SPAN("kyc");
    assert_int_equal(world_submit(&w, &d, 1), ERR_OK);
}

static void key_not_listed(void **state)
{
    (void)state;
    begin();
    assert_int_equal(submit_attestation(&w, test_urn(1), "sub-a", 2), ERR_NOT_LISTED);
    assert_int_equal(submit_attestation(&w, test_urn(1), "sub-a", KEY_OPERATOR_TEST), ERR_NOT_LISTED);
}

static void bad_payload_is_said_in_words(void **state)
{
    struct draft d = {.kind = KIND_SCHEMA, .iss = test_urn(1), .sub = SPAN("kyc"), .payload = SPAN("\xa0")};

    (void)state;
    begin();
    d.home = w.origin;
    assert_int_equal(world_submit(&w, &d, 1), ERR_BAD_PAYLOAD);
    assert_string_equal(w.why.found, "something else in this schema statement");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(home_is_this_log_or_none),
        cmocka_unit_test(foreign_text_in_a_refusal_is_escaped_and_bounded),
        cmocka_unit_test(wrong_home_holds_for_every_kind),
        cmocka_unit_test(statement_too_large),
        cmocka_unit_test(already_expired),
        cmocka_unit_test(issued_ahead),
        cmocka_unit_test(schemas_are_refused_for_dates_and_no_other_kind_of_ours),
        cmocka_unit_test(bad_dates),
        cmocka_unit_test(claims_mismatch),
        cmocka_unit_test(unknown_schema),
        cmocka_unit_test(anybody_may_attest_under_a_schema),
        cmocka_unit_test(longest_validity_runs_from_the_issue_date),
        cmocka_unit_test(a_longest_validity_wants_both_dates),
        cmocka_unit_test(schema_not_valid),
        cmocka_unit_test(private_not_allowed),
        cmocka_unit_test(private_claims_that_do_not_fit_are_for_whoever_opens_them_to_refuse),
        cmocka_unit_test(schema_exists),
        cmocka_unit_test(wrong_sub),
        cmocka_unit_test(key_not_listed),
        cmocka_unit_test(bad_payload_is_said_in_words),
    };
    int failed = cmocka_run_group_tests_name("attestation", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
