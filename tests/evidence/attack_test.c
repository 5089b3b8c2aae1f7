/* A log that works together with whoever shows the file: the lies that the file itself gives away, and the one
 * that only an auditor can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/evidence/scene.h"

static struct scene s;

static struct span acme(void)
{
    return test_urn(KEY_ACME_TEST);
}

static const struct hash *target(void)
{
    return &s.world->statement[s.attestation].id;
}

static uint64_t status_by(unsigned key, enum status status)
{
    return put_status(s.world, acme(), SPAN("sub-1"), target(), status, key);
}

/* ---- names ---- */

/* An attestation of the log about itself, which is also an attestation of whoever its name stands for. */
static void log_named_after_a_key(unsigned named, unsigned operator)
{
    const unsigned keys[] = {operator,
                             PURPOSE_ISSUER | PURPOSE_RULES | PURPOSE_ATTEST,
                             KEY_ONLINE_TEST,
                             PURPOSE_SEAL,
                             KEY_CHECKPOINT_TEST,
                             PURPOSE_CHECKPOINT,
                             0};
    static char origin[CKT_URN_LEN + 1];
    static struct world world;
    struct issuer_payload own = test_set(0, NULL, keys);
    struct rules_payload rules = {.mode = RULES_OPEN, .version = RULES_VERSION};
    struct hash kid = test_kid(named);
    struct out o = out_over(s.trust_text, sizeof(s.trust_text) - 1);
    struct draft d;

    memcpy(origin, test_urn(named).ptr, CKT_URN_LEN);
    memset(&s, 0, sizeof(s));
    s.world = &world;
    world_empty(s.world, origin);
    put_issuer(s.world, s.world->origin, &own, operator);
    put_rules(s.world, &rules, operator);
    world_seal(s.world, T0);
    d = draft_of(s.world, s.world->origin, SPAN("anything"));
    s.attestation = world_put(s.world, &d, operator);
    world_seal(s.world, T0 + 10);
    serve_required(s.world, s.attestation, &s.serving);
    s.question.now = NOW;
    out_text(&o, "log ");
    out_text(&o, test_vkey(origin, NOTE_ED25519, KEY_CHECKPOINT_TEST));
    out_text(&o, "\nquorum none\nissuer acme ");
    ckt_short(&kid, &o);
    out_text(&o, " for any\n");
}

static void a_log_named_by_the_urn_of_a_key_is_not_its_owner(void **state)
{
    (void)state;
    log_named_after_a_key(KEY_ACME_TEST, KEY_STRANGER_TEST);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
    log_named_after_a_key(KEY_ACME_TEST, KEY_ACME_TEST);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
}

/* ---- keys that nobody gave ---- */

/* What the issuer never signed: a recovery by a key it did not commit to, to that key. */
static void recovery_of_a_stranger(void)
{
    static const unsigned keys[] = {KEY_STRANGER_TEST, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    struct issuer_payload p = test_set(1, &s.world->statement[3].id, keys);

    assert_int_equal(s.world->statement[3].kind, KIND_ISSUER);
    p.name = SPAN("Stranger");
    p.has_revealed = true;
    p.revealed = test_public(KEY_STRANGER_TEST);
    put_issuer(s.world, acme(), &p, KEY_STRANGER_TEST);
}

static void cut_signed_by(unsigned signer, unsigned next)
{
    const unsigned keys[] = {next, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    struct issuer_payload p = test_set(1, &s.world->statement[3].id, keys);

    p.cut_count = 1;
    p.cut[0].kid = test_kid(KEY_ACME_TEST);
    put_issuer(s.world, acme(), &p, signer);
}

static void keys_in_a_statement_that_does_not_hold_sign_nothing(void **state)
{
    const struct judgement *j;

    (void)state;
    scene_begin(&s, 0);
    recovery_of_a_stranger();
    status_by(KEY_STRANGER_TEST, STATUS_REVOKED);
    scene_end(&s);
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_FORGED);
    assert_false(j->applies[VERDICT_REVOKED]);
    assert_false(j->status.decided);
    /* Nor do they say anything about the time after the moment asked about. */
    s.question.as_of = AS_OF_TIME;
    s.question.value = T0 + 25;
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_FORGED);
    assert_false(j->has_since);
}

/* A log may put anything under anybody's name. */
static void whatever_is_not_signed_is_forged(void **state)
{
    (void)state;
    for (world_unsigned_at = 0; world_unsigned_at <= 6; world_unsigned_at++) {
        scene_begin(&s, 0);
        scene_end(&s);
        if (world_unsigned_at == 1 || world_unsigned_at == 2 || world_unsigned_at == 5) continue; /* not in the file */
        assert_verdict(judge_scene(&s), VERDICT_FORGED);
    }
    world_unsigned_at = UINT64_MAX;
}

static void an_attestation_under_keys_that_nobody_gave_is_not_the_issuers(void **state)
{
    const struct judgement *j;
    struct draft d;

    (void)state;
    scene_begin(&s, 0);
    recovery_of_a_stranger();
    d = draft_of(s.world, acme(), claims_make("full"));
    d.has_schema = true;
    d.schema = s.schema;
    s.attestation = world_put(s.world, &d, KEY_STRANGER_TEST);
    scene_end(&s);
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_FORGED);
    assert_false(j->holds);
    assert_false(span_equal(j->issuer_name, SPAN("Stranger")));
}

static void a_cut_is_signed_by_the_set_before_and_its_keys_still_revoke(void **state)
{
    (void)state;
    scene_begin(&s, 0);
    cut_signed_by(KEY_STRANGER_TEST, KEY_STRANGER_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);

    scene_begin(&s, 0);
    cut_signed_by(KEY_ACME_TEST, KEY_NORTH_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);

    scene_begin(&s, 0);
    cut_signed_by(KEY_ACME_TEST, KEY_NORTH_TEST);
    status_by(KEY_NORTH_TEST, STATUS_REVOKED);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
}

/* ---- what is said before it is proven ---- */

static void nothing_is_the_issuers_before_its_signature_was_checked(void **state)
{
    const struct judgement *j;
    unsigned closed = 0;
    struct draft d;

    (void)state;
    scene_begin(&s, 0);
    d = draft_of(s.world, acme(), claims_make("full"));
    d.has_schema = true;
    d.schema = s.schema;
    s.attestation = world_put(s.world, &d, KEY_STRANGER_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
    s.serving.closes = true;
    for (s.serving.closed = 0; s.serving.closed < s.serving.ask_count; s.serving.closed++) {
        j = judge_scene(&s);
        if (j->verdict == VERDICT_FORGED) continue; /* its key leads to what another one opens */
        assert_verdict(j, VERDICT_INCOMPLETE);
        assert_false(j->holds);
        assert_int_equal(j->issuer_name.len, 0);
        closed++;
    }
    assert_true(closed > 0);

    scene_make(&s, 0);
    assert_true(judge_scene(&s)->holds);
}

/* ---- the index ---- */

/* A log whose index has the statement at `position` under one key more. */
static const struct judgement *planted(uint64_t position, uint8_t kind, const struct hash *about)
{
    const struct span one[] = {acme(), {NULL, 0}};

    scene_begin(&s, 0);
    s.world->plants = true;
    s.world->planted = position;
    s.world->planted_key = kind == INDEX_STATUS
                               ? index_key(kind, (struct span[]){hash_span(about == NULL ? target() : about), acme()})
                               : index_key(kind, one);
    scene_end(&s);
    return judge_scene(&s);
}

static void a_statement_listed_where_it_does_not_belong_is_forged(void **state)
{
    (void)state;
    assert_verdict(planted(4, INDEX_STATUS, NULL), VERDICT_FORGED);   /* the schema */
    assert_verdict(planted(5, INDEX_ISSUER, NULL), VERDICT_FORGED);   /* a seal */
    assert_verdict(planted(0, INDEX_APPROVAL, NULL), VERDICT_FORGED); /* the log's keys */
    /* Where nobody asks it is not seen. */
    assert_verdict(planted(4, INDEX_STATUS, &s.schema), VERDICT_VALID);
}

/* A revocation left out of the index altogether, in a file that does not show it. */
static void what_the_log_leaves_out_of_its_index_only_an_auditor_can_know(void **state)
{
    const struct judgement *j;

    (void)state;
    scene_begin(&s, REASON(UNAUDITED));
    s.world->hidden[status_by(KEY_ACME_TEST, STATUS_REVOKED)] = 2; /* its keys: S, A */
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_UNAUDITED);
    trust_edit(&s, "audit", "");
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_VALID);
    assert_false(j->audited);
}

/* ---- time ---- */

static void as_of_before(uint64_t seal_s, unsigned reasons)
{
    scene_begin(&s, reasons);
    status_by(KEY_ACME_TEST, STATUS_REVOKED);
    world_seal(s.world, seal_s);
    scene_read(&s);
    s.question.as_of = AS_OF_TIME;
    s.question.value = T0 + 25;
}

/* Dating a revocation into the future would keep it out of every answer about the past. */
static void the_past_is_not_told_by_seals_dated_ahead_of_the_witnesses(void **state)
{
    (void)state;
    as_of_before(COSIGNED_AT + 300, 0);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    as_of_before(COSIGNED_AT + 301, 0);
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    s.question.as_of = AS_OF_POSITION;
    s.question.value = s.attestation + 1;
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    s.question.as_of = AS_OF_NOW;
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
}

static void without_witnesses_the_readers_clock_takes_their_place(void **state)
{
    (void)state;
    as_of_before(NOW + 300, 0);
    trust_edit(&s, "quorum", "quorum none");
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    as_of_before(NOW + 301, 0);
    trust_edit(&s, "quorum", "quorum none");
    trust_edit(&s, "max-age", "");
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
}

static void hide_seal(uint64_t position)
{
    size_t kept = 0;

    for (size_t i = 0; i < s.serving.extra_count; i++)
        if (s.serving.extra[i] != position) s.serving.extra[kept++] = s.serving.extra[i];
    assert_int_equal(kept + 1, s.serving.extra_count);
    s.serving.extra_count = kept;
}

/* The seal of a revocation is not shown: one before it that is late enough will do, and nothing else. */
static void a_seal_before_says_that_what_follows_is_later(void **state)
{
    uint64_t before, own;

    (void)state;
    scene_begin(&s, 0);
    before = world_seal(s.world, T0 + 22);
    status_by(KEY_ACME_TEST, STATUS_REVOKED);
    own = world_seal(s.world, T0 + 24);
    world_seal(s.world, T0 + 30);
    scene_read(&s);
    hide_seal(own);
    s.question.as_of = AS_OF_TIME;
    s.question.value = T0 + 21;
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    serve_extra(&s.serving, before);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.question.value = T0 + 22;
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    s.question.value = T0 + 30;
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
}

static void the_largest_times_overflow_nothing(void **state)
{
    (void)state;
    scene_make(&s, 0);
    s.question.now = UINT64_MAX;
    assert_int_not_equal(judge_scene(&s)->verdict, VERDICT_VALID);
    s.question.now = 0;
    assert_verdict(judge_scene(&s), VERDICT_UNWITNESSED);
    s.question.now = NOW;
    s.question.as_of = AS_OF_TIME;
    s.question.value = UINT64_MAX;
    assert_int_not_equal(judge_scene(&s)->verdict, VERDICT_VALID);
    s.question.as_of = AS_OF_POSITION;
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_named_by_the_urn_of_a_key_is_not_its_owner),
        cmocka_unit_test(keys_in_a_statement_that_does_not_hold_sign_nothing),
        cmocka_unit_test(whatever_is_not_signed_is_forged),
        cmocka_unit_test(an_attestation_under_keys_that_nobody_gave_is_not_the_issuers),
        cmocka_unit_test(a_cut_is_signed_by_the_set_before_and_its_keys_still_revoke),
        cmocka_unit_test(nothing_is_the_issuers_before_its_signature_was_checked),
        cmocka_unit_test(a_statement_listed_where_it_does_not_belong_is_forged),
        cmocka_unit_test(what_the_log_leaves_out_of_its_index_only_an_auditor_can_know),
        cmocka_unit_test(the_past_is_not_told_by_seals_dated_ahead_of_the_witnesses),
        cmocka_unit_test(without_witnesses_the_readers_clock_takes_their_place),
        cmocka_unit_test(a_seal_before_says_that_what_follows_is_later),
        cmocka_unit_test(the_largest_times_overflow_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
