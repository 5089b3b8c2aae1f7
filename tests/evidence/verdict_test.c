/* The one judgement: every reason, every pair of reasons, and everything that can be left out or changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/statement/receipt.h"
#include "tests/evidence/scene.h"

static struct scene s;

/* ---- the table ---- */

static void a_whole_file_is_valid(void **state)
{
    const struct judgement *j;

    (void)state;
    scene_make(&s, 0);
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_VALID);
    assert_true(j->read);
    assert_non_null(j->log);
    assert_non_null(j->issuer);
    assert_int_equal(j->position, s.attestation);
    assert_int_equal(j->checkpoint.size, s.world->count);
    assert_true(hash_equal(&j->statement.id, &s.world->statement[s.attestation].id));
    assert_true(span_equal(j->issuer->name, SPAN("acme")));
    assert_true(span_equal(j->issuer_name, SPAN("Acme Ltd")));
    assert_true(j->has_schema);
    assert_true(span_equal(j->schema.name, SPAN("kyc")));
    assert_int_equal(j->seal_time, T0 + 30);
    assert_true(j->has_logged_time);
    assert_int_equal(j->logged_time, T0 + 20);
    assert_true(j->witnessed_time);
    assert_int_equal(j->evidence_time, COSIGNED_AT);
    assert_int_equal(j->witnesses, 3);
    assert_int_equal(j->witnesses_known, 3);
    assert_true(j->audited);
    assert_true(j->freshness_checked);
    assert_false(j->withdrawn);
    assert_false(j->status.decided);
    assert_int_equal(verdict_exit(j->verdict), 0);
}

/* Those that this version can reach, in the order of the table. */
static const enum verdict reachable[] = {
    VERDICT_FORGED,     VERDICT_UNTRUSTED,     VERDICT_SCHEMA_MISMATCH, VERDICT_REVOKED,
    VERDICT_SUPERSEDED, VERDICT_EXPIRED,       VERDICT_UNWITNESSED,     VERDICT_UNAUDITED,
    VERDICT_SUSPENDED,  VERDICT_NOT_YET_VALID, VERDICT_INCOMPLETE,      VERDICT_STALE,
};

static void each_reason_alone_is_the_verdict(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(reachable); i++) {
        const struct judgement *j;

        scene_make(&s, 1U << reachable[i]);
        j = judge_scene(&s);
        assert_verdict(j, reachable[i]);
        for (unsigned v = 0; v < VERDICT_COUNT; v++) assert_int_equal(j->applies[v], v == (unsigned)reachable[i]);
    }
}

static bool about_status(enum verdict v)
{
    return v == VERDICT_REVOKED || v == VERDICT_SUPERSEDED || v == VERDICT_SUSPENDED;
}

/* A forged file says nothing that is worth listing, but for whose log it claims to be and what was seen to be
 * missing before. */
static bool listed_behind(enum verdict first, enum verdict second)
{
    return first != VERDICT_FORGED || second == VERDICT_UNTRUSTED || second == VERDICT_INCOMPLETE;
}

static void of_two_reasons_the_earlier_wins_and_both_are_listed(void **state)
{
    (void)state;
    for (size_t a = 0; a < COUNT_OF(reachable); a++)
        for (size_t b = a + 1; b < COUNT_OF(reachable); b++) {
            const struct judgement *j;

            if (about_status(reachable[a]) && about_status(reachable[b])) continue;
            scene_make(&s, 1U << reachable[a] | 1U << reachable[b]);
            j = judge_scene(&s);
            assert_verdict(j, reachable[a]);
            assert_int_equal(j->applies[reachable[b]], listed_behind(reachable[a], reachable[b]));
            assert_false(j->applies[VERDICT_VALID]);
        }
}

static void the_words_and_exits_are_those_of_the_table(void **state)
{
    (void)state;
    assert_string_equal(verdict_word(VERDICT_NOT_YET_VALID), "not-yet-valid");
    assert_string_equal(verdict_word(VERDICT_VALID), "valid");
    assert_int_equal(verdict_exit(VERDICT_FORGED), 1);
    assert_int_equal(verdict_exit(VERDICT_UNTRUSTED), 3);
    assert_int_equal(verdict_exit(VERDICT_SUSPENDED), 1);
    assert_int_equal(verdict_exit(VERDICT_STALE), 3);
}

/* ---- status ---- */

static void a_status_is_named_and_dated(void **state)
{
    const struct judgement *j;

    (void)state;
    scene_make(&s, REASON(REVOKED));
    j = judge_scene(&s);
    assert_true(j->status.decided);
    assert_int_equal(j->status.position, s.attestation + 2);
    assert_int_equal(j->status.reason, 9);
    assert_true(j->has_status_time);
    assert_int_equal(j->status_time, T0 + 30);
}

static void put_own_status(enum status status)
{
    put_status(s.world, test_urn(KEY_ACME_TEST), SPAN("sub-1"), &s.world->statement[s.attestation].id, status,
               KEY_ACME_TEST);
}

static void what_was_suspended_and_reinstated_is_valid(void **state)
{
    (void)state;
    scene_begin(&s, 0);
    put_own_status(STATUS_SUSPENDED);
    put_own_status(STATUS_VALID);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
}

static void what_was_revoked_stays_revoked(void **state)
{
    (void)state;
    scene_begin(&s, 0);
    put_own_status(STATUS_REVOKED);
    put_own_status(STATUS_VALID);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
}

static void ask_time(uint64_t time)
{
    s.question.as_of = AS_OF_TIME;
    s.question.value = time;
}

static void as_of_a_time_later_statements_do_not_count(void **state)
{
    (void)state;
    scene_begin(&s, 0);
    put_own_status(STATUS_SUSPENDED);
    world_seal(s.world, T0 + 25);
    put_own_status(STATUS_REVOKED);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
    ask_time(T0 + 30);
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
    ask_time(T0 + 29);
    assert_verdict(judge_scene(&s), VERDICT_SUSPENDED);
    ask_time(T0 + 25);
    assert_verdict(judge_scene(&s), VERDICT_SUSPENDED);
    ask_time(T0 + 24);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    ask_time(T0 + 20);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    ask_time(T0 + 19);
    assert_verdict(judge_scene(&s), VERDICT_NOT_YET_VALID);
}

static void as_of_a_seal_what_stands_below_it_counts(void **state)
{
    uint64_t first;

    (void)state;
    scene_begin(&s, 0);
    put_own_status(STATUS_SUSPENDED);
    first = world_seal(s.world, T0 + 25);
    put_own_status(STATUS_REVOKED);
    scene_end(&s);
    s.question.as_of = AS_OF_POSITION;
    s.question.value = first;
    assert_verdict(judge_scene(&s), VERDICT_SUSPENDED);
    s.question.value = s.attestation + 1;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.question.value = s.world->last_seal;
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
    serve_extra(&s.serving, 5);
    s.question.value = 5;
    assert_verdict(judge_scene(&s), VERDICT_NOT_YET_VALID);
}

static void a_position_stands_for_the_seal_that_closes_it_and_what_came_since_is_told(void **state)
{
    uint64_t suspended, revoked;
    const struct judgement *j;

    (void)state;
    scene_begin(&s, 0);
    suspended = s.world->count;
    put_own_status(STATUS_SUSPENDED);
    world_seal(s.world, T0 + 25);
    revoked = s.world->count;
    put_own_status(STATUS_REVOKED);
    scene_end(&s);
    s.question.as_of = AS_OF_POSITION;
    s.question.value = s.attestation;
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_VALID);
    assert_true(j->has_since);
    assert_int_equal(j->since.position, revoked);
    assert_true(j->has_since_time);
    s.question.value = suspended;
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_SUSPENDED);
    assert_int_equal(j->moment, T0 + 25);
    assert_true(j->has_since);
    s.question.value = revoked;
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_REVOKED);
    assert_false(j->has_since);
}

static void a_moment_that_the_file_cannot_tell_is_incomplete(void **state)
{
    (void)state;
    scene_begin(&s, 0);
    put_own_status(STATUS_SUSPENDED);
    world_seal(s.world, T0 + 25);
    put_own_status(STATUS_REVOKED);
    scene_end(&s);
    /* Positions whose seal the file does not show. */
    s.question.as_of = AS_OF_POSITION;
    s.question.value = s.world->count;
    assert_verdict(judge_scene(&s), VERDICT_REVOKED); /* for good, whatever is to come */
    assert_true(judge_scene(&s)->applies[VERDICT_INCOMPLETE]);
    s.question.value = 5;
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    /* Without the seal that dates the suspension nobody knows whether it had come by then. */
    s.serving.extra_count = 0;
    serve_extra(&s.serving, 4);
    serve_extra(&s.serving, s.attestation + 1);
    ask_time(T0 + 24);
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    /* But a seal further on says that it had come by its time. */
    ask_time(T0 + 30);
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
}

static void dates_are_held_against_the_moment_asked_about(void **state)
{
    (void)state;
    scene_make(&s, REASON(EXPIRED));
    ask_time(T0 + 49);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    ask_time(T0 + 50);
    assert_verdict(judge_scene(&s), VERDICT_EXPIRED);
}

static void nobody_knows_the_future(void **state)
{
    (void)state;
    scene_make(&s, 0);
    ask_time(NOW);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    ask_time(NOW + 1);
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
}

/* ---- time and witnesses ---- */

/* Reads the map of a file, and makes the file of a changed map. */
static struct evidence opened;
static struct evidence_map changed;

static void open_scene(void)
{
    static uint8_t kept[WORLD_FILE_MAX];
    struct span file = world_serve(s.world, &s.serving);

    memcpy(kept, file.ptr, file.len);
    assert_int_equal(evidence_decode(span_of(kept, file.len), &opened), ERR_OK);
    changed = opened.map;
}

static struct span close_scene(void)
{
    static uint8_t map[WORLD_FILE_MAX], file[WORLD_FILE_MAX];
    struct out o = out_over(map, sizeof(map)), f = out_over(file, sizeof(file));

    evidence_map_encode(&changed, &o);
    evidence_encode(&opened.cose, opened.receipt, out_span(&o), &f);
    return out_span(&f);
}

static void expiry_and_start_are_exact(void **state)
{
    (void)state;
    scene_make(&s, REASON(EXPIRED));
    s.question.now = T0 + 49;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.question.now = T0 + 50;
    assert_verdict(judge_scene(&s), VERDICT_EXPIRED);
    scene_make(&s, REASON(NOT_YET_VALID));
    trust_edit(&s, "max-age", "");
    s.question.now = T0 + 10 * 86400 - 1;
    assert_verdict(judge_scene(&s), VERDICT_NOT_YET_VALID);
    s.question.now = T0 + 10 * 86400;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
}

static void evidence_is_stale_one_second_after_its_age(void **state)
{
    (void)state;
    scene_make(&s, 0);
    s.question.now = COSIGNED_AT + MAX_AGE_S;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.question.now++;
    assert_verdict(judge_scene(&s), VERDICT_STALE);
    /* About a moment that the evidence reaches it is as fresh as ever. */
    ask_time(T0 + 30);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    trust_edit(&s, "max-age", "");
    s.question.as_of = AS_OF_NOW;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    assert_false(judge_scene(&s)->freshness_checked);
}

static void cosignatures_from_the_future_do_not_count(void **state)
{
    (void)state;
    scene_make(&s, 0);
    s.question.now = COSIGNED_AT + 1 - 60;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.question.now--;
    assert_verdict(judge_scene(&s), VERDICT_UNWITNESSED);
}

static void without_witnesses_the_time_is_the_logs_word(void **state)
{
    const struct judgement *j;

    (void)state;
    scene_make(&s, REASON(UNWITNESSED) | REASON(UNAUDITED));
    trust_edit(&s, "quorum", "quorum none");
    trust_edit(&s, "audit", "");
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_VALID);
    assert_false(j->witnessed_time);
    assert_false(j->audited);
    assert_int_equal(j->evidence_time, T0 + 30);
    /* A log that dates its seals ahead does not stay fresh for ever. */
    s.question.now = T0 + 30 - 300;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.question.now--;
    assert_verdict(judge_scene(&s), VERDICT_STALE);
}

static void a_single_witness_is_a_quorum_and_an_auditor_of_its_own(void **state)
{
    const struct judgement *j;

    (void)state;
    scene_make(&s, 0);
    trust_edit(&s, "quorum", "quorum w1");
    trust_edit(&s, "audit", "audit w1");
    s.serving.name_count = 1;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.serving.name_count = 0;
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_UNWITNESSED);
    assert_true(j->applies[VERDICT_UNAUDITED]);
    assert_int_equal(j->evidence_time, T0 + 30);
}

static void a_known_witness_line_that_does_not_hold_is_forged(void **state)
{
    static uint8_t note[8192];
    struct out o = out_over(note, sizeof(note));
    struct secret_key key = test_key(KEY_W1_TEST);
    struct public_key public = test_public(KEY_W1_TEST);
    struct vkey v;

    (void)state;
    scene_make(&s, 0);
    /* The name of w1 with another key: an unknown line, passed over. */
    serve_cosigner(&s.serving, "w1.example", KEY_STRANGER_TEST, COSIGNED_AT);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    /* A cosignature of another checkpoint. */
    open_scene();
    out_bytes(&o, changed.checkpoint);
    vkey_make(SPAN("w1.example"), NOTE_COSIGNATURE, &public, &v);
    cosignature_make(&o, SPAN(ORIGIN "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"), &v, &key, COSIGNED_AT);
    changed.checkpoint = out_span(&o);
    assert_verdict(judge_file(&s, close_scene()), VERDICT_FORGED);
}

/* ---- trust ---- */

static void without_a_trust_file_sound_evidence_is_untrusted_and_forged_is_forged(void **state)
{
    (void)state;
    scene_make(&s, 0);
    s.trust_text[0] = 0;
    assert_verdict(judge_scene(&s), VERDICT_UNTRUSTED);
    scene_make(&s, REASON(FORGED));
    s.trust_text[0] = 0;
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
    scene_make(&s, REASON(REVOKED));
    s.trust_text[0] = 0;
    assert_verdict(judge_scene(&s), VERDICT_UNTRUSTED);
    assert_true(judge_scene(&s)->applies[VERDICT_REVOKED]);
}

static void trust_is_for_a_schema_and_a_log(void **state)
{
    struct hash kid = test_kid(KEY_ACME_TEST);
    char line[256], ckt[CKT_SHORT_LEN + 1] = {0};
    struct out o = out_over(ckt, CKT_SHORT_LEN);
    static const struct {
        const char *rest;
        enum verdict expected;
    } rows[] = {
        {"for kyc", VERDICT_VALID},
        {"for other kyc", VERDICT_VALID},
        {"for kyc>=1", VERDICT_VALID},
        {"for any", VERDICT_VALID},
        {"for any on " ORIGIN, VERDICT_VALID},
        {"for other", VERDICT_UNTRUSTED},
        {"for kyc-2", VERDICT_UNTRUSTED},
        {"for kyc on " OTHER_ORIGIN, VERDICT_UNTRUSTED},
    };

    (void)state;
    ckt_short(&kid, &o);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        scene_make(&s, 0);
        snprintf(line, sizeof(line), "log %s", test_vkey(OTHER_ORIGIN, NOTE_ED25519, KEY_OTHER_LOG_TEST));
        trust_edit(&s, "issuer", line);
        snprintf(line, sizeof(line), "issuer acme %s %s", ckt, rows[i].rest);
        trust_edit(&s, "", line);
        assert_verdict(judge_scene(&s), rows[i].expected);
        assert_int_equal(judge_scene(&s)->issuer != NULL, rows[i].expected == VERDICT_VALID);
    }
    scene_make(&s, 0);
    trust_edit(&s, "issuer", "");
    assert_verdict(judge_scene(&s), VERDICT_UNTRUSTED);
}

/* Serves what was put last before one more seal, to the scene's reader with `line` for its issuer line. */
static const struct judgement *judge_other(uint64_t position, const char *line)
{
    unsigned cosigners = (unsigned)s.serving.name_count;
    struct serving old = s.serving;

    serve_required(s.world, position, &s.serving);
    memcpy(s.serving.cosigner, old.cosigner, sizeof(old.cosigner));
    s.serving.name_count = cosigners;
    if (line != NULL) trust_edit(&s, "issuer", line);
    return judge_scene(&s);
}

static const char *issuer_line(const char *name, unsigned key, const char *rest)
{
    static char line[4][512];
    static unsigned next;
    struct hash kid = test_kid(key);
    char ckt[CKT_SHORT_LEN + 1] = {0};
    struct out o = out_over(ckt, CKT_SHORT_LEN);

    ckt_short(&kid, &o);
    snprintf(line[next % 4], sizeof(line[0]), "issuer %s %s %s", name, ckt, rest);
    return line[next++ % 4];
}

static uint64_t put_plain(struct span iss, unsigned key, struct span home)
{
    struct draft d = draft_of(s.world, iss, SPAN("anything"));

    d.home = home;
    return world_put(s.world, &d, key);
}

static void a_statement_without_schema_needs_trust_for_any(void **state)
{
    uint64_t position;

    (void)state;
    scene_begin(&s, 0);
    position = put_plain(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, s.world->origin);
    scene_end(&s);
    assert_verdict(judge_other(position, NULL), VERDICT_UNTRUSTED);
    assert_verdict(judge_other(position, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_VALID);
}

static void a_statement_lives_in_its_home(void **state)
{
    uint64_t away, none;
    char line[256];

    (void)state;
    scene_begin(&s, 0);
    away = put_plain(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, SPAN(OTHER_ORIGIN));
    none = put_plain(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, SPAN(""));
    scene_end(&s);
    assert_verdict(judge_other(away, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_UNTRUSTED);
    assert_non_null(judge_scene(&s)->issuer);
    /* One log accepts the issuer: that must be it. With two it could be sought in either. */
    assert_verdict(judge_other(none, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_VALID);
    snprintf(line, sizeof(line), "log %s", test_vkey(OTHER_ORIGIN, NOTE_ED25519, KEY_OTHER_LOG_TEST));
    trust_edit(&s, "", line);
    assert_verdict(judge_scene(&s), VERDICT_UNTRUSTED);
    assert_verdict(judge_other(none, issuer_line("acme", KEY_ACME_TEST, "for any on " ORIGIN)), VERDICT_VALID);
    trust_edit(&s, "", issuer_line("acme", KEY_ACME_TEST, "for any on " OTHER_ORIGIN));
    assert_verdict(judge_scene(&s), VERDICT_UNTRUSTED);
}

static void a_schema_of_another_issuer_needs_trust_of_its_own(void **state)
{
    static const unsigned keys[] = {KEY_NORTH_TEST, 7, 0};
    struct issuer_payload set = test_set(0, NULL, keys);
    struct draft d;
    uint64_t position;

    (void)state;
    scene_begin(&s, 0);
    put_issuer(s.world, test_urn(KEY_NORTH_TEST), &set, KEY_NORTH_TEST);
    d = draft_of(s.world, test_urn(KEY_NORTH_TEST), claims_make("full"));
    d.has_schema = true;
    d.schema = s.schema;
    position = world_put(s.world, &d, KEY_NORTH_TEST);
    scene_end(&s);
    assert_verdict(judge_other(position, issuer_line("north", KEY_NORTH_TEST, "for kyc")), VERDICT_UNTRUSTED);
    trust_edit(&s, "", issuer_line("acme", KEY_ACME_TEST, "for other"));
    assert_verdict(judge_scene(&s), VERDICT_UNTRUSTED);
    trust_edit(&s, "", issuer_line("acme", KEY_ACME_TEST, "for kyc"));
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    /* Its issuer's keys and approval are required as well. */
    serve_forget(&s.serving, INDEX_APPROVAL, test_urn(KEY_ACME_TEST));
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    serve_ask(&s.serving, INDEX_APPROVAL, test_urn(KEY_ACME_TEST), SPAN(""));
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    serve_forget(&s.serving, INDEX_ISSUER, test_urn(KEY_ACME_TEST));
    assert_true(judge_scene(&s)->verdict != VERDICT_VALID);
}

/* ---- names ---- */

static uint64_t approve(struct span iss, unsigned genesis, uint64_t seq)
{
    struct rules_payload p = {.seq = seq, .mode = RULES_OPEN, .version = RULES_VERSION, .has_prev = true};

    p.prev = s.world->statement[1].id;
    p.approve_count = 1;
    p.approve[0] = (struct approval){iss, test_kid(genesis)};
    return put_rules(s.world, &p, KEY_OPERATOR_TEST);
}

static uint64_t withdraw(struct span iss)
{
    struct rules_payload p = {.seq = 1, .mode = RULES_OPEN, .version = RULES_VERSION, .has_prev = true};

    p.prev = s.world->statement[1].id;
    p.withdraw_count = 1;
    p.withdraw[0] = iss;
    return put_rules(s.world, &p, KEY_OPERATOR_TEST);
}

static uint64_t named_issuer(unsigned approved, unsigned genesis)
{
    const unsigned keys[] = {genesis, 7, 0};
    struct issuer_payload set = test_set(0, NULL, keys);

    scene_begin(&s, 0);
    if (approved != 0) approve(SPAN("acme.example"), approved, 1);
    put_issuer(s.world, SPAN("acme.example"), &set, genesis);
    return put_plain(SPAN("acme.example"), genesis, s.world->origin);
}

static void a_name_belongs_to_the_key_it_was_approved_with(void **state)
{
    uint64_t position = named_issuer(KEY_NORTH_TEST, KEY_NORTH_TEST);

    (void)state;
    scene_end(&s);
    assert_verdict(judge_other(position, "issuer acme acme.example for any"), VERDICT_VALID);
    assert_verdict(judge_other(position, "issuer acme acme2.example for any"), VERDICT_UNTRUSTED);
    position = named_issuer(KEY_ACME_TEST, KEY_NORTH_TEST);
    scene_end(&s);
    assert_verdict(judge_other(position, "issuer acme acme.example for any"), VERDICT_FORGED);
    position = named_issuer(0, KEY_NORTH_TEST);
    scene_end(&s);
    assert_verdict(judge_other(position, "issuer acme acme.example for any"), VERDICT_FORGED);
    /* Approved again for another key: the first one stays. */
    named_issuer(KEY_ACME_TEST, KEY_NORTH_TEST);
    approve(SPAN("acme.example"), KEY_NORTH_TEST, 1);
    position = put_plain(SPAN("acme.example"), KEY_NORTH_TEST, s.world->origin);
    scene_end(&s);
    assert_verdict(judge_other(position, "issuer acme acme.example for any"), VERDICT_FORGED);
}

static void a_thumbprint_in_a_trust_file_is_not_a_name_given_to_the_same_key(void **state)
{
    uint64_t position = named_issuer(KEY_ACME_TEST, KEY_ACME_TEST);

    (void)state;
    scene_end(&s);
    assert_verdict(judge_other(position, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_UNTRUSTED);
}

static void a_urn_is_the_thumbprint_of_the_key_that_began_it(void **state)
{
    static const unsigned keys[] = {KEY_NORTH_TEST, 7, 0};
    struct issuer_payload set = test_set(0, NULL, keys);
    uint64_t position;

    (void)state;
    scene_begin(&s, 0);
    put_issuer(s.world, test_urn(KEY_W1_TEST), &set, KEY_NORTH_TEST);
    position = put_plain(test_urn(KEY_W1_TEST), KEY_NORTH_TEST, s.world->origin);
    scene_end(&s);
    assert_verdict(judge_other(position, issuer_line("w", KEY_W1_TEST, "for any")), VERDICT_FORGED);
}

static void withdrawal_is_noted_and_not_retroactive(void **state)
{
    uint64_t after;

    (void)state;
    scene_begin(&s, 0);
    withdraw(test_urn(KEY_ACME_TEST));
    after = put_plain(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, s.world->origin);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    assert_true(judge_scene(&s)->withdrawn);
    /* What the log took afterwards, against its own word, does not stand. */
    assert_verdict(judge_other(after, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_FORGED);
}

/* ---- keys ---- */

static uint64_t rotate(uint64_t seq, const struct hash *prev, const unsigned *keys, unsigned signer)
{
    struct issuer_payload set = test_set(seq, prev, keys);

    return put_issuer(s.world, test_urn(KEY_ACME_TEST), &set, signer);
}

static void keys_count_from_the_set_that_lists_them_to_the_set_that_does_not(void **state)
{
    static const unsigned next[] = {KEY_NORTH_TEST, 7, 0};
    struct span acme = test_urn(KEY_ACME_TEST);
    uint64_t early, late, old;

    (void)state;
    scene_begin(&s, 0);
    early = put_plain(acme, KEY_NORTH_TEST, s.world->origin);
    rotate(1, &s.world->statement[3].id, next, KEY_ACME_TEST);
    late = put_plain(acme, KEY_NORTH_TEST, s.world->origin);
    old = put_plain(acme, KEY_ACME_TEST, s.world->origin);
    scene_end(&s);
    assert_verdict(judge_other(late, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_VALID);
    assert_verdict(judge_other(s.attestation, NULL), VERDICT_VALID);
    assert_verdict(judge_other(early, NULL), VERDICT_FORGED);
    assert_verdict(judge_other(old, NULL), VERDICT_FORGED);
}

static void a_set_of_keys_continues_the_one_before(void **state)
{
    static const unsigned next[] = {KEY_ACME_TEST, 3, KEY_NORTH_TEST, 7, 0};
    static const unsigned two[] = {KEY_ACME_TEST, 7, KEY_NORTH_TEST, 3, 0};
    const struct hash other = {{1}};

    (void)state;
    scene_begin(&s, 0);
    rotate(1, &s.world->statement[3].id, next, KEY_ACME_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);

    scene_begin(&s, 0);
    rotate(1, &other, next, KEY_ACME_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);

    scene_begin(&s, 0);
    rotate(2, &s.world->statement[3].id, next, KEY_ACME_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);

    /* Signed by a key that is new in it, and by one that is listed without the purpose. */
    scene_begin(&s, 0);
    rotate(1, &s.world->statement[3].id, next, KEY_NORTH_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
    scene_begin(&s, 0);
    rotate(1, &s.world->statement[3].id, two, KEY_ACME_TEST);
    rotate(2, &s.world->statement[s.world->count - 1].id, two, KEY_NORTH_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void a_key_signs_only_what_it_is_for(void **state)
{
    static const unsigned split[] = {
        KEY_ACME_TEST, PURPOSE_ISSUER, KEY_NORTH_TEST, PURPOSE_ATTEST, KEY_W1_TEST, PURPOSE_STATUS, 0};
    struct span acme = test_urn(KEY_ACME_TEST);
    uint64_t by_issuer, by_status, by_attest;

    (void)state;
    scene_begin(&s, 0);
    rotate(1, &s.world->statement[3].id, split, KEY_ACME_TEST);
    by_issuer = put_plain(acme, KEY_ACME_TEST, s.world->origin);
    by_status = put_plain(acme, KEY_W1_TEST, s.world->origin);
    by_attest = put_plain(acme, KEY_NORTH_TEST, s.world->origin);
    scene_end(&s);
    assert_verdict(judge_other(by_attest, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_VALID);
    assert_verdict(judge_other(by_issuer, NULL), VERDICT_FORGED);
    assert_verdict(judge_other(by_status, NULL), VERDICT_FORGED);
    /* A revocation by a key for attestations. */
    scene_begin(&s, 0);
    rotate(1, &s.world->statement[3].id, split, KEY_ACME_TEST);
    put_status(s.world, acme, SPAN("sub-1"), &s.world->statement[s.attestation].id, STATUS_REVOKED, KEY_NORTH_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void somebody_elses_revocation_is_not_the_issuers(void **state)
{
    static const unsigned keys[] = {KEY_NORTH_TEST, 7, 0};
    struct issuer_payload set = test_set(0, NULL, keys);

    (void)state;
    scene_begin(&s, 0);
    put_issuer(s.world, test_urn(KEY_NORTH_TEST), &set, KEY_NORTH_TEST);
    put_status(s.world, test_urn(KEY_NORTH_TEST), SPAN("sub-1"), &s.world->statement[s.attestation].id, STATUS_REVOKED,
               KEY_NORTH_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
}

static void what_this_version_cannot_judge_is_never_valid(void **state)
{
    (void)state;
    /* Evidence of something else than an attestation. */
    scene_make(&s, 0);
    assert_verdict(judge_other(4, NULL), VERDICT_INCOMPLETE);
}

/* ---- a log that lies ---- */

static void a_log_is_known_by_the_key_in_the_trust_file(void **state)
{
    char line[256];

    (void)state;
    scene_make(&s, 0);
    s.serving.checkpoint_key = KEY_STRANGER_TEST;
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
    /* The right name with another key in the reader's hands. */
    scene_make(&s, 0);
    snprintf(line, sizeof(line), "log %s", test_vkey(ORIGIN, NOTE_ED25519, KEY_OTHER_LOG_TEST));
    trust_edit(&s, "issuer", "");
    trust_edit(&s, "log", line);
    trust_edit(&s, "", issuer_line("acme", KEY_ACME_TEST, "for kyc"));
    /* Its own statements list the key that signed: it may have rotated, but only the reader can say so. */
    assert_verdict(judge_scene(&s), VERDICT_UNTRUSTED);
}

static void put_first_rules(unsigned key)
{
    struct rules_payload rules = {.mode = RULES_OPEN, .version = RULES_VERSION};

    put_rules(s.world, &rules, key);
}

/* A whole log by a stranger that lists the true log's checkpoint key at position 0, where anybody may list a
 * public key, and then a key of the stranger's. */
static void listing_a_logs_key_does_not_make_a_log(void **state)
{
    const unsigned own[] = {KEY_STRANGER_TEST,
                            PURPOSE_ISSUER | PURPOSE_RULES,
                            KEY_ONLINE_TEST,
                            PURPOSE_SEAL,
                            KEY_CHECKPOINT_TEST,
                            PURPOSE_CHECKPOINT,
                            KEY_OTHER_LOG_TEST,
                            PURPOSE_CHECKPOINT,
                            0};
    struct issuer_payload set = test_set(0, NULL, own);
    static const unsigned acme[] = {KEY_ACME_TEST, 7, 0};
    struct issuer_payload issuer = test_set(0, NULL, acme);
    uint64_t position;

    (void)state;
    scene_make(&s, 0);
    world_empty(s.world, ORIGIN);
    put_issuer(s.world, s.world->origin, &set, KEY_STRANGER_TEST);
    put_first_rules(KEY_STRANGER_TEST);
    world_seal(s.world, T0);
    put_issuer(s.world, test_urn(KEY_ACME_TEST), &issuer, KEY_ACME_TEST);
    position = put_plain(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, s.world->origin);
    world_seal(s.world, T0 + 30);
    judge_other(position, issuer_line("acme", KEY_ACME_TEST, "for any"));
    s.serving.checkpoint_key = KEY_OTHER_LOG_TEST;
    assert_verdict(judge_scene(&s), VERDICT_UNTRUSTED);
    assert_null(judge_scene(&s)->log);
}

static void a_log_whose_own_keys_lack_its_checkpoint_key_is_forged(void **state)
{
    static const unsigned own[] = {KEY_OPERATOR_TEST,
                                   PURPOSE_ISSUER | PURPOSE_RULES,
                                   KEY_ONLINE_TEST,
                                   PURPOSE_SEAL,
                                   KEY_CHECKPOINT_TEST,
                                   PURPOSE_SEAL,
                                   0};
    struct issuer_payload set = test_set(0, NULL, own);
    static const unsigned acme[] = {KEY_ACME_TEST, 7, 0};
    struct issuer_payload issuer = test_set(0, NULL, acme);
    uint64_t position;

    (void)state;
    scene_make(&s, 0);
    world_empty(s.world, ORIGIN);
    put_issuer(s.world, s.world->origin, &set, KEY_OPERATOR_TEST);
    put_first_rules(KEY_OPERATOR_TEST);
    world_seal(s.world, T0);
    put_issuer(s.world, test_urn(KEY_ACME_TEST), &issuer, KEY_ACME_TEST);
    position = put_plain(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, s.world->origin);
    world_seal(s.world, T0 + 30);
    assert_verdict(judge_other(position, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_FORGED);
}

static void a_log_begins_with_its_own_keys(void **state)
{
    const unsigned own[] = {KEY_OPERATOR_TEST,
                            PURPOSE_ISSUER | PURPOSE_RULES,
                            KEY_ONLINE_TEST,
                            PURPOSE_SEAL,
                            KEY_CHECKPOINT_TEST,
                            PURPOSE_CHECKPOINT,
                            0};
    static const unsigned acme[] = {KEY_ACME_TEST, 7, 0};
    struct issuer_payload set = test_set(0, NULL, own), issuer = test_set(0, NULL, acme);
    uint64_t position;

    (void)state;
    scene_make(&s, 0);
    world_empty(s.world, ORIGIN);
    put_issuer(s.world, test_urn(KEY_ACME_TEST), &issuer, KEY_ACME_TEST);
    put_issuer(s.world, s.world->origin, &set, KEY_OPERATOR_TEST);
    world_seal(s.world, T0);
    position = put_plain(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, s.world->origin);
    world_seal(s.world, T0 + 30);
    assert_verdict(judge_other(position, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_FORGED);
}

static void a_revocation_shown_but_left_out_of_its_list_is_forged(void **state)
{
    (void)state;
    scene_begin(&s, 0);
    put_own_status(STATUS_REVOKED);
    /* It stands under its subject, and not under its target. */
    s.world->hidden[s.world->count - 1] = 2;
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    serve_ask(&s.serving, INDEX_SUBJECT, SPAN("sub-1"), test_urn(KEY_ACME_TEST));
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
    scene_make(&s, REASON(REVOKED));
    serve_ask(&s.serving, INDEX_SUBJECT, SPAN("sub-1"), test_urn(KEY_ACME_TEST));
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
}

static void a_schema_is_one_and_older_than_what_names_it(void **state)
{
    struct schema_payload late = test_schema("late");
    struct draft d;
    uint64_t position;

    (void)state;
    /* Its signature is made of its bytes alone: its id is known before it is in the log. */
    scene_begin(&s, 0);
    d = draft_of(s.world, test_urn(KEY_ACME_TEST), claims_make("full"));
    d.has_schema = true;
    d.schema = s.world->statement[put_schema(s.world, d.iss, &late, KEY_ACME_TEST)].id;
    for (unsigned way = 0; way < 3; way++) {
        scene_begin(&s, 0);
        if (way == 0) put_schema(s.world, d.iss, &late, KEY_ACME_TEST);
        if (way == 2) d.schema = s.world->statement[3].id;
        position = world_put(s.world, &d, KEY_ACME_TEST);
        if (way == 1) put_schema(s.world, d.iss, &late, KEY_ACME_TEST);
        scene_end(&s);
        assert_verdict(judge_other(position, issuer_line("acme", KEY_ACME_TEST, "for any")),
                       way == 0 ? VERDICT_VALID : VERDICT_FORGED);
    }
}

static void a_statement_made_for_another_log_does_not_count_here(void **state)
{
    (void)state;
    scene_begin(&s, 0);
    s.world->origin = SPAN(OTHER_ORIGIN);
    put_own_status(STATUS_REVOKED);
    s.world->origin = SPAN(ORIGIN);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void seals_are_the_logs_and_fit_their_places(void **state)
{
    struct seal_payload p;

    (void)state;
    for (unsigned fault = 0; fault < 9; fault++) {
        scene_begin(&s, 0);
        p = world_next_seal(s.world, T0 + 30);
        if (fault == 1) p.covers--;
        if (fault == 2) p.root.b[0] ^= 1;
        if (fault == 3) p.from_ms = p.to_ms + 1;
        if (fault == 4) p.from_ms = (T0 + 20) * 1000 - 1;
        if (fault == 5) p.previous = 5;
        if (fault == 6) p.previous = s.attestation;
        if (fault == 7) p.has_previous = false;
        if (fault == 8) s.world->online_key = KEY_STRANGER_TEST;
        world_seal_payload(s.world, &p);
        s.world->online_key = KEY_ONLINE_TEST;
        scene_read(&s);
        assert_verdict(judge_scene(&s), fault == 0 ? VERDICT_VALID : VERDICT_FORGED);
        if (fault != 6 && fault != 7) continue;
        /* The same without any earlier seal to hold it against. */
        s.serving.extra_count = 1;
        s.serving.extra[0] = 4;
        assert_verdict(judge_scene(&s), VERDICT_FORGED);
    }
}

/* Purposes 8 and 16 are for the log's identity: in another issuer's set they are worth nothing. */
static void rules_and_seals_are_the_logs_alone(void **state)
{
    static const unsigned keys[] = {KEY_NORTH_TEST, 63, 0};
    struct issuer_payload set = test_set(0, NULL, keys);
    struct rules_payload rules = {.seq = 1, .mode = RULES_OPEN, .version = RULES_VERSION, .has_prev = true};
    struct span north = test_urn(KEY_NORTH_TEST);
    struct draft d = {.iss = north, .sub = SPAN(ORIGIN), .home = SPAN(ORIGIN)};
    uint8_t payload[1024];
    uint64_t own;

    (void)state;
    for (unsigned way = 0; way < 3; way++) {
        struct out o = out_over(payload, sizeof(payload));

        scene_begin(&s, 0);
        own = put_issuer(s.world, north, &set, KEY_NORTH_TEST);
        rules.withdraw_count = 1;
        rules.withdraw[0] = test_urn(KEY_ACME_TEST);
        rules.prev = s.world->statement[1].id;
        d.kind = way == 1 ? KIND_SEAL : KIND_RULES;
        if (way == 1) {
            struct seal_payload seal = world_next_seal(s.world, T0 + 25);

            seal_encode(&seal, &o);
        } else {
            rules_encode(&rules, &o);
        }
        d.payload = out_span(&o);
        if (way > 0) world_put(s.world, &d, KEY_NORTH_TEST);
        scene_end(&s);
        serve_ask(&s.serving, INDEX_ISSUER, north, SPAN(""));
        if (way == 1) serve_extra(&s.serving, own + 1);
        assert_verdict(judge_scene(&s), way == 0 ? VERDICT_VALID : VERDICT_FORGED);
    }
}

static void a_statement_stands_in_a_log_once(void **state)
{
    (void)state;
    scene_begin(&s, 0);
    put_own_status(STATUS_SUSPENDED);
    put_own_status(STATUS_VALID);
    put_own_status(STATUS_SUSPENDED);
    put_own_status(STATUS_VALID);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void the_last_leaf_is_a_seal(void **state)
{
    (void)state;
    scene_make(&s, 0);
    put_plain(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, s.world->origin);
    s.serving.size = s.world->count;
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

/* ---- a holder who leaves parts out ---- */

static void a_statement_that_nothing_asks_for_is_refused(void **state)
{
    uint64_t other;

    (void)state;
    scene_begin(&s, 0);
    other = put_plain(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, s.world->origin);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    serve_extra(&s.serving, 2);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    serve_extra(&s.serving, other);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void whatever_answer_is_left_out_it_is_incomplete(void **state)
{
    struct serving whole;

    (void)state;
    scene_begin(&s, 0);
    approve(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, 1);
    put_own_status(STATUS_SUSPENDED);
    put_own_status(STATUS_VALID);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    whole = s.serving;
    for (size_t i = 0; i < whole.ask_count; i++) {
        const struct judgement *j;

        s.serving = whole;
        s.serving.ask[i] = whole.ask[--s.serving.ask_count];
        j = judge_scene(&s);
        assert_verdict(j, VERDICT_INCOMPLETE);
        assert_true(j->why[0] != 0);
        /* Shown, but not opened in the index. */
        s.serving = whole;
        s.serving.closes = true;
        s.serving.closed = i;
        assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    }
    s.serving = whole;
    s.serving.ask_count = 0;
    s.serving.extra_count = 1;
    s.serving.extra[0] = 4;
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
}

static bool is_dating_seal(uint64_t position)
{
    return s.world->statement[position].kind == KIND_SEAL;
}

static void whatever_statement_is_left_out_it_is_not_valid(void **state)
{
    struct serving whole;

    (void)state;
    scene_begin(&s, 0);
    approve(test_urn(KEY_ACME_TEST), KEY_ACME_TEST, 1);
    put_own_status(STATUS_SUSPENDED);
    put_own_status(STATUS_VALID);
    scene_end(&s);
    whole = s.serving;
    for (uint64_t p = 0; p + 1 < s.serving.size; p++) {
        const struct judgement *j;
        struct evidence e;
        bool shown = false;

        s.serving = whole;
        assert_int_equal(evidence_decode(world_serve(s.world, &s.serving), &e), ERR_OK);
        for (size_t i = 0; i < e.map.statement_count; i++) shown = shown || e.map.statement[i].position == p;
        if (!shown || p == s.attestation) continue;
        s.serving.drops = true;
        s.serving.dropped = p;
        j = judge_scene(&s);
        /* Seals that give dates may be left out: then there is no date, and nothing else changes. */
        if (is_dating_seal(p)) {
            assert_verdict(j, VERDICT_VALID);
            assert_false(j->has_logged_time);
        } else {
            assert_true(j->verdict == VERDICT_FORGED || j->verdict == VERDICT_INCOMPLETE);
        }
    }
}

static void a_revocation_that_is_left_out_does_not_help(void **state)
{
    (void)state;
    scene_make(&s, REASON(REVOKED));
    s.serving.drops = true;
    s.serving.dropped = s.attestation + 2;
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void every_hash_and_half_is_needed_and_none_more(void **state)
{
    static uint8_t bytes[1 << 16];
    struct out o = out_over(bytes, sizeof(bytes));
    struct cbor c;
    uint64_t items;

    (void)state;
    scene_make(&s, 0);
    open_scene();
    assert_verdict(judge_file(&s, close_scene()), VERDICT_VALID);
    assert_true(changed.log_hashes.len > 0);
    changed.log_hashes.len -= 32;
    assert_verdict(judge_file(&s, close_scene()), VERDICT_FORGED);
    out_bytes(&o, opened.map.log_hashes);
    out_bytes(&o, hash_span(&s.schema));
    changed.log_hashes = out_span(&o);
    assert_verdict(judge_file(&s, close_scene()), VERDICT_FORGED);
    changed.log_hashes = opened.map.log_hashes;

    c = cbor_over(opened.map.trie);
    assert_int_equal(cbor_array(&c, &items), ERR_OK);
    for (uint64_t leave = 0; leave < items; leave++) {
        struct cbor each = c;
        struct span item;

        o.len = 0;
        cbor_put_array(&o, items - 1);
        for (uint64_t i = 0; i < items; i++) {
            assert_int_equal(cbor_item(&each, &item), ERR_OK);
            if (i != leave) out_bytes(&o, item);
        }
        changed.trie = out_span(&o);
        assert_verdict(judge_file(&s, close_scene()), VERDICT_FORGED);
    }
}

static void an_answer_that_says_absent_for_what_is_there_is_forged(void **state)
{
    (void)state;
    scene_make(&s, REASON(REVOKED));
    open_scene();
    for (size_t i = 0; i < changed.answer_count; i++)
        if (changed.answer[i].kind == INDEX_STATUS) changed.answer[i].positions = SPAN("\x80");
    assert_verdict(judge_file(&s, close_scene()), VERDICT_FORGED);
}

/* The receipt of the open scene with another position, origin or size. */
static struct span receipt_of(uint64_t index, uint64_t size, const char *origin)
{
    static uint8_t bytes[RECEIPT_SIZE_MAX];
    struct secret_key key = test_key(KEY_ONLINE_TEST);
    struct out o = out_over(bytes, sizeof(bytes));
    struct checkpoint c;
    struct receipt r;
    struct note n;

    assert_int_equal(note_decode(opened.map.checkpoint, &n), ERR_OK);
    assert_int_equal(checkpoint_decode(n.text, &c), ERR_OK);
    assert_int_equal(receipt_decode(opened.receipt, &r), ERR_OK);
    r.index = index;
    r.size = size;
    r.iss = span_text(origin);
    assert_int_equal(receipt_sign(r.iss, &c.root, &key, &r.signature), ERR_OK);
    receipt_encode(&r, &o);
    return out_span(&o);
}

static void the_receipt_is_of_this_statement_in_this_tree(void **state)
{
    uint64_t at, size;

    (void)state;
    scene_make(&s, 0);
    at = s.attestation;
    size = s.serving.size;
    open_scene();
    opened.receipt = receipt_of(at, size, ORIGIN);
    assert_verdict(judge_file(&s, close_scene()), VERDICT_VALID);
    open_scene();
    opened.receipt = receipt_of(at, size, OTHER_ORIGIN);
    assert_verdict(judge_file(&s, close_scene()), VERDICT_FORGED);
    open_scene();
    opened.receipt = receipt_of(at - 1, size, ORIGIN);
    assert_verdict(judge_file(&s, close_scene()), VERDICT_FORGED);
    /* A path does not say by itself of how large a tree it is. */
    open_scene();
    opened.receipt = receipt_of(at, size - 1, ORIGIN);
    assert_verdict(judge_file(&s, close_scene()), VERDICT_FORGED);
}

/* ---- bytes ---- */

static void no_changed_byte_leaves_it_valid(void **state)
{
    static uint8_t file[WORLD_FILE_MAX], mutant[WORLD_FILE_MAX + 1];
    struct span made;
    size_t len;

    (void)state;
    scene_make(&s, 0);
    made = world_serve(s.world, &s.serving);
    len = made.len;
    memcpy(file, made.ptr, len);
    for (size_t i = 0; i < len; i++) {
        memcpy(mutant, file, len);
        mutant[i] ^= (uint8_t)(1U << i % 8);
        assert_true(judge_file(&s, span_of(mutant, len))->verdict != VERDICT_VALID);
        memcpy(mutant + i, file + i + 1, len - i - 1);
        assert_true(judge_file(&s, span_of(mutant, len - 1))->verdict != VERDICT_VALID);
        memcpy(mutant + i, file + i, 1);
        memcpy(mutant + i + 1, file + i, len - i);
        assert_true(judge_file(&s, span_of(mutant, len + 1))->verdict != VERDICT_VALID);
    }
    assert_verdict(judge_file(&s, span_of(file, len)), VERDICT_VALID);
}

/* Where `text` stands in the file, which has it once. */
static size_t place_of(struct span file, struct span text)
{
    size_t found = file.len;

    for (size_t i = 0; i + text.len <= file.len; i++) {
        if (!span_equal(span_slice(file, i, i + text.len), text)) continue;
        assert_int_equal(found, file.len);
        found = i;
    }
    assert_true(found < file.len);
    return found;
}

/* With one cosignature more than the quorum asks for, a line that is no longer that witness's is a stranger's. */
static void a_changed_byte_leaves_it_valid_only_in_a_line_to_spare_and_with_a_witness_less(void **state)
{
    static uint8_t file[WORLD_FILE_MAX];
    size_t len, first, last, valid = 0;
    struct span made;
    unsigned witnesses;

    (void)state;
    scene_make(&s, 0);
    trust_edit(&s, "quorum", "quorum w1");
    made = world_serve(s.world, &s.serving);
    len = made.len;
    memcpy(file, made.ptr, len);
    first = place_of(span_of(file, len), SPAN("\xe2\x80\x94 w2.example "));
    last = first + span_find(span_of(file + first, len - first), '\n');
    witnesses = judge_file(&s, span_of(file, len))->witnesses;
    for (size_t i = 0; i < len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            const struct judgement *j;

            file[i] ^= (uint8_t)(1U << bit);
            j = judge_file(&s, span_of(file, len));
            if (j->verdict == VERDICT_VALID) {
                assert_in_range(i, first, last);
                assert_int_equal(j->witnesses, witnesses - 1);
                valid++;
            }
            file[i] ^= (uint8_t)(1U << bit);
        }
    }
    assert_true(valid > 0);
    assert_verdict(judge_file(&s, span_of(file, len)), VERDICT_VALID);
}

static void no_prefix_is_valid(void **state)
{
    static uint8_t file[WORLD_FILE_MAX];
    struct span made;

    (void)state;
    scene_make(&s, 0);
    made = world_serve(s.world, &s.serving);
    memcpy(file, made.ptr, made.len);
    for (size_t len = 0; len < made.len; len++) assert_verdict(judge_file(&s, span_of(file, len)), VERDICT_FORGED);
}

static void a_file_over_a_mebibyte_is_not_read(void **state)
{
    static uint8_t big[EVIDENCE_SIZE_MAX + 1];

    (void)state;
    scene_make(&s, 0);
    assert_verdict(judge_file(&s, span_of(big, sizeof(big))), VERDICT_FORGED);
    assert_false(judge_file(&s, span_of(big, sizeof(big)))->read);
}

static void the_largest_attestation_fits_the_workspace(void **state)
{
    static uint8_t payload[65000];
    struct draft d;
    uint64_t position;

    (void)state;
    scene_begin(&s, 0);
    d = draft_of(s.world, test_urn(KEY_ACME_TEST), span_of(payload, sizeof(payload)));
    position = world_put(s.world, &d, KEY_ACME_TEST);
    scene_end(&s);
    assert_verdict(judge_other(position, issuer_line("acme", KEY_ACME_TEST, "for any")), VERDICT_VALID);
}

static void the_schemas_longest_validity_holds(void **state)
{
    struct schema_payload schema = test_schema("short");
    struct draft d;
    uint64_t within, beyond, undated;

    (void)state;
    schema.has_validity = true;
    schema.validity = 1000;
    scene_begin(&s, 0);
    d = draft_of(s.world, test_urn(KEY_ACME_TEST), SPAN(""));
    d.has_schema = true;
    d.schema = s.world->statement[put_schema(s.world, d.iss, &schema, KEY_ACME_TEST)].id;
    d.payload = claims_make("full");
    d.has_iat = d.has_exp = true;
    d.iat = T0;
    d.exp = T0 + 1000;
    within = world_put(s.world, &d, KEY_ACME_TEST);
    d.exp++;
    beyond = world_put(s.world, &d, KEY_ACME_TEST);
    d.has_iat = false;
    undated = world_put(s.world, &d, KEY_ACME_TEST);
    scene_end(&s);
    assert_verdict(judge_other(within, issuer_line("acme", KEY_ACME_TEST, "for short")), VERDICT_VALID);
    assert_verdict(judge_other(beyond, NULL), VERDICT_SCHEMA_MISMATCH);
    assert_verdict(judge_other(undated, NULL), VERDICT_SCHEMA_MISMATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file_is_valid),
        cmocka_unit_test(each_reason_alone_is_the_verdict),
        cmocka_unit_test(of_two_reasons_the_earlier_wins_and_both_are_listed),
        cmocka_unit_test(the_words_and_exits_are_those_of_the_table),
        cmocka_unit_test(a_status_is_named_and_dated),
        cmocka_unit_test(what_was_suspended_and_reinstated_is_valid),
        cmocka_unit_test(what_was_revoked_stays_revoked),
        cmocka_unit_test(as_of_a_time_later_statements_do_not_count),
        cmocka_unit_test(as_of_a_seal_what_stands_below_it_counts),
        cmocka_unit_test(a_position_stands_for_the_seal_that_closes_it_and_what_came_since_is_told),
        cmocka_unit_test(a_moment_that_the_file_cannot_tell_is_incomplete),
        cmocka_unit_test(dates_are_held_against_the_moment_asked_about),
        cmocka_unit_test(nobody_knows_the_future),
        cmocka_unit_test(expiry_and_start_are_exact),
        cmocka_unit_test(evidence_is_stale_one_second_after_its_age),
        cmocka_unit_test(cosignatures_from_the_future_do_not_count),
        cmocka_unit_test(without_witnesses_the_time_is_the_logs_word),
        cmocka_unit_test(a_single_witness_is_a_quorum_and_an_auditor_of_its_own),
        cmocka_unit_test(a_known_witness_line_that_does_not_hold_is_forged),
        cmocka_unit_test(without_a_trust_file_sound_evidence_is_untrusted_and_forged_is_forged),
        cmocka_unit_test(trust_is_for_a_schema_and_a_log),
        cmocka_unit_test(a_statement_without_schema_needs_trust_for_any),
        cmocka_unit_test(a_statement_lives_in_its_home),
        cmocka_unit_test(a_schema_of_another_issuer_needs_trust_of_its_own),
        cmocka_unit_test(a_name_belongs_to_the_key_it_was_approved_with),
        cmocka_unit_test(a_thumbprint_in_a_trust_file_is_not_a_name_given_to_the_same_key),
        cmocka_unit_test(a_urn_is_the_thumbprint_of_the_key_that_began_it),
        cmocka_unit_test(withdrawal_is_noted_and_not_retroactive),
        cmocka_unit_test(keys_count_from_the_set_that_lists_them_to_the_set_that_does_not),
        cmocka_unit_test(a_set_of_keys_continues_the_one_before),
        cmocka_unit_test(a_key_signs_only_what_it_is_for),
        cmocka_unit_test(somebody_elses_revocation_is_not_the_issuers),
        cmocka_unit_test(what_this_version_cannot_judge_is_never_valid),
        cmocka_unit_test(a_log_is_known_by_the_key_in_the_trust_file),
        cmocka_unit_test(listing_a_logs_key_does_not_make_a_log),
        cmocka_unit_test(a_log_whose_own_keys_lack_its_checkpoint_key_is_forged),
        cmocka_unit_test(a_log_begins_with_its_own_keys),
        cmocka_unit_test(a_revocation_shown_but_left_out_of_its_list_is_forged),
        cmocka_unit_test(a_schema_is_one_and_older_than_what_names_it),
        cmocka_unit_test(a_statement_made_for_another_log_does_not_count_here),
        cmocka_unit_test(seals_are_the_logs_and_fit_their_places),
        cmocka_unit_test(rules_and_seals_are_the_logs_alone),
        cmocka_unit_test(a_statement_stands_in_a_log_once),
        cmocka_unit_test(the_last_leaf_is_a_seal),
        cmocka_unit_test(a_statement_that_nothing_asks_for_is_refused),
        cmocka_unit_test(whatever_answer_is_left_out_it_is_incomplete),
        cmocka_unit_test(whatever_statement_is_left_out_it_is_not_valid),
        cmocka_unit_test(a_revocation_that_is_left_out_does_not_help),
        cmocka_unit_test(every_hash_and_half_is_needed_and_none_more),
        cmocka_unit_test(an_answer_that_says_absent_for_what_is_there_is_forged),
        cmocka_unit_test(the_receipt_is_of_this_statement_in_this_tree),
        cmocka_unit_test(no_changed_byte_leaves_it_valid),
        cmocka_unit_test(a_changed_byte_leaves_it_valid_only_in_a_line_to_spare_and_with_a_witness_less),
        cmocka_unit_test(no_prefix_is_valid),
        cmocka_unit_test(a_file_over_a_mebibyte_is_not_read),
        cmocka_unit_test(the_largest_attestation_fits_the_workspace),
        cmocka_unit_test(the_schemas_longest_validity_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
