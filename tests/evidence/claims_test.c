/* What stands for claims: private ones beside the statement, schemas of later versions, and a log that closes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "log/statement/private.h"
#include "tests/evidence/scene.h"

#define HOUR UINT64_C(3600)

static struct scene s;

static struct span acme(void)
{
    return test_urn(KEY_ACME_TEST);
}

/* ---- private claims ---- */

static uint8_t preimage_bytes[256];

static struct span preimage_make(struct span claims)
{
    static const uint8_t salt[PRIVATE_SALT_LEN] = {1, 2, 3};
    struct out o = out_over(preimage_bytes, sizeof(preimage_bytes));

    private_encode(salt, claims, &o);
    return out_span(&o);
}

/* A schema that allows private claims or not, and an attestation whose claims are private. */
static void private_scene(bool allowed, struct span claims)
{
    static struct hash payload;
    struct schema_payload schema = test_schema("kyc");
    struct draft d;

    scene_begin(&s, 0);
    schema.private_allowed = allowed;
    schema.name = SPAN("kyc2");
    s.schema = s.world->statement[put_schema(s.world, acme(), &schema, KEY_ACME_TEST)].id;
    payload = private_hash(preimage_make(claims));
    d = draft_of(s.world, acme(), hash_span(&payload));
    d.has_schema = d.is_private = true;
    d.schema = s.schema;
    s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
    scene_end(&s);
    trust_edit(&s, "issuer", "");
    {
        struct hash kid = test_kid(KEY_ACME_TEST);
        char line[128] = "issuer acme ";
        struct out o = out_over(line, sizeof(line) - 1);

        o.len = 12;
        ckt_short(&kid, &o);
        out_text(&o, " for kyc2");
        line[o.len] = 0;
        trust_edit(&s, "", line);
    }
}

/* The file of the scene with field 6. */
static struct span beside(struct span preimage)
{
    static uint8_t map[WORLD_FILE_MAX], file[WORLD_FILE_MAX];
    struct out m = out_over(map, sizeof(map)), o = out_over(file, sizeof(file));
    struct evidence e;

    assert_int_equal(evidence_decode(world_serve(s.world, &s.serving), &e), ERR_OK);
    assert_int_equal(e.map.preimage.len, 0);
    e.map.preimage = preimage;
    evidence_map_encode(&e.map, &m);
    evidence_encode(&e.cose, e.receipt, out_span(&m), &o);
    assert_false(o.full);
    return out_span(&o);
}

static void private_claims_are_withheld_until_they_stand_beside_the_statement(void **state)
{
    const struct judgement *j;

    (void)state;
    private_scene(true, claims_make("full"));
    assert_verdict(judge_scene(&s), VERDICT_WITHHELD);
    j = judge_file(&s, beside(preimage_make(claims_make("full"))));
    assert_verdict(j, VERDICT_VALID);
    assert_true(j->preimage.len > 0);
}

static void claims_beside_it_that_are_others_are_forged(void **state)
{
    struct span good;

    (void)state;
    private_scene(true, claims_make("full"));
    assert_verdict(judge_file(&s, beside(preimage_make(claims_make("basic")))), VERDICT_FORGED);
    good = preimage_make(claims_make("full"));
    preimage_bytes[5] ^= 1; /* the salt */
    assert_verdict(judge_file(&s, beside(good)), VERDICT_FORGED);
    assert_verdict(judge_file(&s, beside(SPAN("\xa0"))), VERDICT_FORGED);
    /* Claims that are not private need nothing beside them. */
    scene_make(&s, 0);
    assert_verdict(judge_file(&s, beside(preimage_make(claims_make("full")))), VERDICT_FORGED);
}

static void private_claims_are_held_against_their_schema_when_they_are_opened(void **state)
{
    (void)state;
    private_scene(true, SPAN("\xa0"));
    assert_verdict(judge_scene(&s), VERDICT_WITHHELD);
    assert_verdict(judge_file(&s, beside(preimage_make(SPAN("\xa0")))), VERDICT_SCHEMA_MISMATCH);
    /* Admission has asked the schema; a log that did not is caught. */
    private_scene(false, claims_make("full"));
    assert_verdict(judge_file(&s, beside(preimage_make(claims_make("full")))), VERDICT_SCHEMA_MISMATCH);
}

/* ---- versions ---- */

static void trust_line(const char *trusted, const char *without)
{
    struct hash kid = test_kid(KEY_ACME_TEST);
    char line[128] = "issuer acme ";
    struct out o = out_over(line, sizeof(line) - 1);

    o.len = 12;
    ckt_short(&kid, &o);
    out_text(&o, " for ");
    out_text(&o, trusted);
    line[o.len] = 0;
    trust_edit(&s, without, line);
}

/* Versions 1 to `count` of "kyc", of which `breaks` says breaking, and an attestation under the last. */
static void versions_scene(uint64_t count, uint64_t breaks, const char *trusted)
{
    struct schema_payload schema = test_schema("kyc");
    struct draft d;

    scene_begin(&s, 0);
    for (schema.version = 2; schema.version <= count; schema.version++) {
        schema.has_prev = true;
        schema.prev = s.schema;
        schema.breaking = schema.version == breaks;
        s.schema = s.world->statement[put_schema(s.world, acme(), &schema, KEY_ACME_TEST)].id;
    }
    d = draft_of(s.world, acme(), claims_make("full"));
    d.has_schema = true;
    d.schema = s.schema;
    s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
    scene_end(&s);
    trust_line(trusted, "issuer");
}

static void show_versions(void)
{
    serve_ask(&s.serving, INDEX_SCHEMA_NAME, acme(), SPAN("kyc"));
}

static void trust_by_range_covers_versions_that_keep_what_came_before(void **state)
{
    static const struct {
        uint64_t count, breaks;
        const char *trusted;
        bool shown;
        enum verdict verdict;
    } row[] = {
        {3, 0, "any", false, VERDICT_VALID},        {3, 0, "kyc", true, VERDICT_UNTRUSTED},
        {3, 0, "kyc>=1", true, VERDICT_VALID},      {3, 0, "kyc>=1", false, VERDICT_INCOMPLETE},
        {3, 2, "kyc>=1", true, VERDICT_UNTRUSTED},  {3, 3, "kyc>=1", true, VERDICT_UNTRUSTED},
        {3, 2, "kyc>=2", true, VERDICT_VALID},      {3, 3, "kyc>=3", false, VERDICT_VALID},
        {3, 3, "kyc>=2", false, VERDICT_UNTRUSTED}, {3, 0, "kyc>=4", true, VERDICT_UNTRUSTED},
        {1, 0, "kyc>=1", false, VERDICT_VALID},     {3, 3, "any", true, VERDICT_VALID},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        versions_scene(row[i].count, row[i].breaks, row[i].trusted);
        if (row[i].shown) show_versions();
        assert_verdict(judge_scene(&s), row[i].verdict);
    }
}

/* Neither admitted by the rules, nor by a log that keeps to them: what is believed of version 1 is not to be bent by
 * an issuer and a log that are of one mind. */
static void a_version_that_does_not_keep_the_one_before_ends_the_range(void **state)
{
    struct schema_payload schema = test_schema("kyc");
    struct draft d;

    (void)state;
    for (int bends = 0; bends < 2; bends++) {
        versions_scene(1, 0, "kyc>=1");
        schema.version = 2;
        schema.has_prev = true;
        schema.prev = s.schema;
        schema.field[1].required = bends;
        d = draft_of(s.world, acme(),
                     SPAN("\xa2\x63"
                          "age\x01\x65"
                          "level\x64"
                          "full"));
        d.has_schema = true;
        d.schema = s.world->statement[put_schema(s.world, acme(), &schema, KEY_ACME_TEST)].id;
        s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
        world_seal(s.world, T0 + 31);
        serve_required(s.world, s.attestation, &s.serving);
        show_versions();
        trust_edit(&s, "quorum", "quorum none");
        trust_edit(&s, "audit", "");
        assert_verdict(judge_scene(&s), bends ? VERDICT_UNTRUSTED : VERDICT_VALID);
    }
}

/* What the newest names as the one before is another's, of another name, or not the one before. */
static void a_range_goes_down_one_version_of_one_schema_at_a_time(void **state)
{
    enum { WHOLE, ANOTHERS, OF_ANOTHER_NAME, TOO_FAR, CASES };

    (void)state;
    for (int i = 0; i < CASES; i++) {
        struct schema_payload schema = test_schema(i == OF_ANOTHER_NAME ? "kyb" : "kyc");
        struct span north = test_urn(KEY_NORTH_TEST);
        const unsigned keys[] = {KEY_NORTH_TEST, PURPOSE_ATTEST | PURPOSE_ISSUER, 0};
        struct issuer_payload set = test_set(0, NULL, keys);
        struct draft d;
        struct hash before;

        scene_begin(&s, 0);
        before = s.schema;
        put_issuer(s.world, north, &set, KEY_NORTH_TEST);
        if (i == ANOTHERS) before = s.world->statement[put_schema(s.world, north, &schema, KEY_NORTH_TEST)].id;
        if (i == OF_ANOTHER_NAME) before = s.world->statement[put_schema(s.world, acme(), &schema, KEY_ACME_TEST)].id;
        schema.name = SPAN("kyc");
        schema.has_prev = true;
        schema.prev = before;
        schema.version = i == TOO_FAR ? 3 : 2;
        d = draft_of(s.world, acme(), claims_make("full"));
        d.has_schema = true;
        d.schema = s.world->statement[put_schema(s.world, acme(), &schema, KEY_ACME_TEST)].id;
        s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
        scene_end(&s);
        show_versions();
        if (i == ANOTHERS) {
            serve_ask(&s.serving, INDEX_SCHEMA_NAME, north, SPAN("kyc"));
            serve_ask(&s.serving, INDEX_ISSUER, north, SPAN(""));
            serve_ask(&s.serving, INDEX_APPROVAL, north, SPAN(""));
        }
        if (i == OF_ANOTHER_NAME) serve_ask(&s.serving, INDEX_SCHEMA_NAME, acme(), SPAN("kyb"));
        trust_line("kyc>=1", "issuer");
        assert_verdict(judge_scene(&s), i == WHOLE ? VERDICT_VALID : VERDICT_UNTRUSTED);
    }
}

static void versions_that_are_not_shown_are_missed_when_no_other_line_will_do(void **state)
{
    (void)state;
    versions_scene(2, 0, "kyc>=1");
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    for (unsigned first = 0; first < 2; first++) {
        versions_scene(2, 0, first ? "kyc>=2" : "kyc>=1");
        trust_line(first ? "kyc>=1" : "any", "");
        assert_verdict(judge_scene(&s), VERDICT_VALID);
    }
}

/* ---- a log that closes ---- */

static void evidence_of_a_closed_log_is_good_for_a_day(void **state)
{
    struct rules_payload rules = {.seq = 1,
                                  .has_prev = true,
                                  .mode = RULES_OPEN,
                                  .version = RULES_VERSION,
                                  .approve_count = 1,
                                  .has_closing = true,
                                  .closing_not_before = T0 + 50,
                                  .has_successor = true,
                                  .closing_successor = SPAN("next.example.org/attest")};
    const struct judgement *j;

    (void)state;
    rules.approve[0] = (struct approval){acme(), test_kid(KEY_ACME_TEST)};
    scene_begin(&s, 0);
    rules.prev = s.world->statement[1].id;
    put_rules(s.world, &rules, KEY_OPERATOR_TEST);
    scene_end(&s);
    trust_edit(&s, "max-age", "");
    s.question.now = T0 + 49;
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_VALID);
    assert_false(j->closed);
    s.question.now = T0 + 50;
    assert_true(judge_scene(&s)->closed);
    s.question.now = COSIGNED_AT + 24 * HOUR;
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_VALID);
    assert_true(j->closed);
    assert_true(j->freshness_checked);
    s.question.now = COSIGNED_AT + 24 * HOUR + 1;
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_STALE);
    assert_true(span_equal(j->successor, rules.closing_successor));
    /* Whoever asks for something else is asked for nothing more. */
    trust_edit(&s, "", "max-age 48h");
    assert_verdict(judge_scene(&s), VERDICT_VALID);
}

static void rules_without_a_closing_and_rules_that_nobody_signed_close_nothing(void **state)
{
    struct rules_payload rules = {
        .seq = 1, .has_prev = true, .mode = RULES_OPEN, .version = RULES_VERSION, .approve_count = 1};
    const struct judgement *j;

    (void)state;
    for (int closes = 0; closes < 2; closes++) {
        scene_begin(&s, 0);
        rules.approve[0] = (struct approval){acme(), test_kid(KEY_ACME_TEST)};
        rules.prev = s.world->statement[1].id;
        rules.has_closing = closes;
        rules.closing_not_before = closes ? T0 + 50 : 0;
        put_rules(s.world, &rules, KEY_OPERATOR_TEST);
        scene_end(&s);
        trust_edit(&s, "max-age", "");
        if (closes) serve_forget(&s.serving, INDEX_ISSUER, s.world->origin);
        s.question.now = COSIGNED_AT + 24 * HOUR + 1;
        j = judge_scene(&s);
        assert_verdict(j, closes ? VERDICT_INCOMPLETE : VERDICT_VALID);
        assert_false(j->closed);
        assert_false(j->applies[VERDICT_STALE]);
    }
}

/* What stood under it before stands, and a file that shows the end of its schema says so. */
static void a_schema_that_ended_is_noted_where_the_file_shows_it(void **state)
{
    (void)state;
    for (unsigned shown = 0; shown < 2; shown++) {
        const struct judgement *j;
        uint64_t status;

        scene_begin(&s, 0);
        status = put_status(s.world, acme(), SPAN("kyc"), &s.schema, STATUS_REVOKED, KEY_ACME_TEST);
        scene_end(&s);
        if (shown) serve_ask(&s.serving, INDEX_STATUS, hash_span(&s.schema), acme());
        j = judge_scene(&s);
        assert_verdict(j, VERDICT_VALID);
        assert_int_equal(j->schema_status.status, shown ? STATUS_REVOKED : STATUS_VALID);
        if (shown) assert_int_equal(j->schema_status.position, status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_claims_are_withheld_until_they_stand_beside_the_statement),
        cmocka_unit_test(claims_beside_it_that_are_others_are_forged),
        cmocka_unit_test(private_claims_are_held_against_their_schema_when_they_are_opened),
        cmocka_unit_test(trust_by_range_covers_versions_that_keep_what_came_before),
        cmocka_unit_test(a_version_that_does_not_keep_the_one_before_ends_the_range),
        cmocka_unit_test(a_range_goes_down_one_version_of_one_schema_at_a_time),
        cmocka_unit_test(versions_that_are_not_shown_are_missed_when_no_other_line_will_do),
        cmocka_unit_test(evidence_of_a_closed_log_is_good_for_a_day),
        cmocka_unit_test(rules_without_a_closing_and_rules_that_nobody_signed_close_nothing),
        cmocka_unit_test(a_schema_that_ended_is_noted_where_the_file_shows_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
