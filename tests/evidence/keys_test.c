/* What cut keys and recoveries mean for a verdict, told as stories of one issuer, one thief and one attestation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/evidence/scene.h"

enum { KEY_NEXT_TEST = 31, KEY_THIEF_TEST, KEY_RECOVERY_TEST, KEY_RECOVERY2_TEST };
#define FIRST 3 /* acme's first statement; its schema stands behind it, then a seal, then the attestation */
#define SCHEMA 4

static struct scene s;

static struct span acme(void)
{
    return test_urn(KEY_ACME_TEST);
}

static const struct hash *id_at(uint64_t position)
{
    return &s.world->statement[position].id;
}

/* A set of one key. */
static struct issuer_payload next_set(uint64_t seq, uint64_t prev, unsigned key)
{
    const unsigned keys[] = {key, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};

    return test_set(seq, id_at(prev), keys);
}

static void cut(struct issuer_payload *p, unsigned key, uint64_t position)
{
    p->cut[p->cut_count++] = (struct key_cut){test_kid(key), position != UINT64_MAX, position};
}

/* Lives until the next call. */
static const char *trust_line(unsigned key, const char *name, const char *covered)
{
    static char line[256];
    struct out o = out_over((uint8_t *)line, sizeof(line) - 1);
    struct hash kid = test_kid(key);

    out_text(&o, "issuer ");
    out_text(&o, name);
    out_text(&o, " ");
    ckt_short(&kid, &o);
    out_text(&o, " for ");
    out_text(&o, covered);
    line[o.len] = 0;
    return line;
}

static uint64_t put(const struct issuer_payload *p, unsigned key)
{
    return put_issuer(s.world, acme(), p, key);
}

/* The owner rotates and cuts the key that signed the attestation. */
static void rotate_and_cut(uint64_t position)
{
    struct issuer_payload p = next_set(1, FIRST, KEY_NEXT_TEST);

    scene_begin(&s, 0);
    cut(&p, KEY_ACME_TEST, position);
    p.prev = *id_at(FIRST);
    put(&p, KEY_ACME_TEST);
    scene_end(&s);
}

static void what_a_cut_key_signed_from_there_on_is_void(void **state)
{
    const struct judgement *j;

    (void)state;
    scene_begin(&s, 0);
    rotate_and_cut(s.attestation + 1);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    rotate_and_cut(s.attestation);
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_KEY_VOID);
    assert_int_equal(j->void_from, s.attestation);
    assert_false(j->void_of_schema);
    assert_false(j->applies[VERDICT_FORGED]);
    rotate_and_cut(0);
    assert_verdict(judge_scene(&s), VERDICT_KEY_VOID);
    /* Without a position the cut stands where it was made. */
    rotate_and_cut(UINT64_MAX);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
}

static void before_it_was_cut_it_was_valid(void **state)
{
    const struct judgement *j;

    (void)state;
    scene_begin(&s, 0);
    rotate_and_cut(s.attestation);
    s.question.as_of = AS_OF_TIME;
    s.question.value = T0 + 29;
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_VALID);
    assert_true(j->has_void_since);
    s.question.value = T0 + 30;
    assert_verdict(judge_scene(&s), VERDICT_KEY_VOID);
    s.question.as_of = AS_OF_POSITION;
    s.question.value = s.attestation;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.question.value = s.attestation + 2;
    assert_verdict(judge_scene(&s), VERDICT_KEY_VOID);
}

/* Without a schema the issuer is asked for its own sake. */
static void before_its_key_was_cut_what_names_no_schema_was_valid(void **state)
{
    struct issuer_payload p;
    struct draft d;

    (void)state;
    scene_begin(&s, 0);
    d = draft_of(s.world, acme(), SPAN("x"));
    s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
    world_seal(s.world, T0 + 25);
    p = next_set(1, FIRST, KEY_NEXT_TEST);
    cut(&p, KEY_ACME_TEST, s.attestation);
    put(&p, KEY_ACME_TEST);
    scene_end(&s);
    trust_edit(&s, "issuer", trust_line(KEY_ACME_TEST, "acme", "any"));
    s.question.as_of = AS_OF_TIME;
    s.question.value = T0 + 29;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.question.value = T0 + 30;
    assert_verdict(judge_scene(&s), VERDICT_KEY_VOID);
}

static void a_schema_of_a_cut_key_voids_what_names_it(void **state)
{
    static const unsigned north_keys[] = {KEY_NORTH_TEST, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    static const unsigned next_keys[] = {KEY_NEXT_TEST, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    struct span north = test_urn(KEY_NORTH_TEST);
    struct issuer_payload set = test_set(0, NULL, north_keys), next;
    struct schema_payload schema = test_schema("kyc");
    const struct judgement *j;
    uint64_t first, published;
    struct draft d;

    (void)state;
    for (uint64_t below = 0; below < 2; below++) {
        scene_begin(&s, 0);
        first = put_issuer(s.world, north, &set, KEY_NORTH_TEST);
        published = put_schema(s.world, north, &schema, KEY_NORTH_TEST);
        d = draft_of(s.world, acme(), claims_make("full"));
        d.has_schema = true;
        d.schema = *id_at(published);
        s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
        world_seal(s.world, T0 + 25);
        next = test_set(1, id_at(first), next_keys);
        cut(&next, KEY_NORTH_TEST, published + 1 - below);
        put_issuer(s.world, north, &next, KEY_NORTH_TEST);
        scene_end(&s);
        trust_edit(&s, "", trust_line(KEY_NORTH_TEST, "north", "kyc"));
        j = judge_scene(&s);
        assert_verdict(j, below == 0 ? VERDICT_VALID : VERDICT_KEY_VOID);
        assert_int_equal(j->void_of_schema, below);
        s.question.as_of = AS_OF_TIME;
        s.question.value = T0 + 29;
        assert_verdict(judge_scene(&s), VERDICT_VALID);
    }
}

/* Status statements of a key that was cut below them. */
static void a_cut_undoes_a_suspension_and_no_revocation(void **state)
{
    static const struct {
        enum status status;
        enum verdict verdict;
    } row[] = {{STATUS_SUSPENDED, VERDICT_VALID}, {STATUS_REVOKED, VERDICT_REVOKED}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct issuer_payload p;

        scene_begin(&s, 0);
        put_status(s.world, acme(), SPAN("sub-1"), id_at(s.attestation), row[i].status, KEY_ACME_TEST);
        world_seal(s.world, T0 + 25);
        p = next_set(1, FIRST, KEY_NEXT_TEST);
        cut(&p, KEY_ACME_TEST, s.attestation + 1);
        put(&p, KEY_ACME_TEST);
        scene_end(&s);
        assert_verdict(judge_scene(&s), row[i].verdict);
        /* Before the cut was made the suspension held. */
        s.question.as_of = AS_OF_TIME;
        s.question.value = T0 + 26;
        assert_true(judge_scene(&s)->applies[row[i].status == STATUS_REVOKED ? VERDICT_REVOKED : VERDICT_SUSPENDED]);
    }
}

/* What a key that was cut says of what came instead is never given as advice; that it ended stands. */
static void a_cut_key_names_no_replacement(void **state)
{
    (void)state;
    for (unsigned after = 0; after < 2; after++) {
        struct issuer_payload p;
        uint64_t status;

        scene_begin(&s, 0);
        status = put_status(s.world, acme(), SPAN("sub-1"), id_at(s.attestation), STATUS_SUPERSEDED, KEY_ACME_TEST);
        world_seal(s.world, T0 + 25);
        p = next_set(1, FIRST, KEY_NEXT_TEST);
        cut(&p, KEY_ACME_TEST, status + after);
        put(&p, KEY_ACME_TEST);
        scene_end(&s);
        assert_verdict(judge_scene(&s), VERDICT_SUPERSEDED);
        assert_int_equal(judge_scene(&s)->has_replacement, after);
        /* Nor to whoever asks about the time before the cut was made. */
        s.question.as_of = AS_OF_TIME;
        s.question.value = T0 + 26;
        assert_verdict(judge_scene(&s), VERDICT_SUPERSEDED);
        assert_int_equal(judge_scene(&s)->has_replacement, after);
    }
}

/* ---- recoveries ---- */

/* Like scene_begin, but acme commits to a recovery key. */
static void begin_recoverable(void)
{
    static const unsigned keys[] = {KEY_ACME_TEST, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    struct issuer_payload set = test_set(0, NULL, keys);
    struct schema_payload schema = test_schema("kyc");

    scene_begin(&s, 0);
    world_init(s.world, ORIGIN, T0);
    set.recovery_count = 1;
    set.recovery[0] = test_kid(KEY_RECOVERY_TEST);
    put(&set, KEY_ACME_TEST);
    s.schema = *id_at(put_schema(s.world, acme(), &schema, KEY_ACME_TEST));
    world_seal(s.world, T0 + 10);
}

static uint64_t attest(unsigned key)
{
    struct draft d = draft_of(s.world, acme(), claims_make("full"));

    d.has_schema = true;
    d.schema = s.schema;
    return world_put(s.world, &d, key);
}

static uint64_t thief_rotates(void)
{
    struct issuer_payload p = next_set(1, FIRST, KEY_THIEF_TEST);

    p.recovery_count = 1;
    p.recovery[0] = test_kid(KEY_RECOVERY_TEST);
    cut(&p, KEY_ACME_TEST, s.world->count - 1);
    return put(&p, KEY_ACME_TEST);
}

static struct issuer_payload recovery(uint64_t prev, uint64_t seq)
{
    struct issuer_payload p = next_set(seq, prev, KEY_NEXT_TEST);

    p.has_revealed = true;
    p.revealed = test_public(KEY_RECOVERY_TEST);
    p.recovery_count = 1;
    p.recovery[0] = test_kid(KEY_RECOVERY2_TEST);
    return p;
}

static void a_recovery_voids_the_thief_and_gives_the_owner_back_what_was_cut(void **state)
{
    uint64_t owners, thiefs;
    struct issuer_payload p;

    (void)state;
    begin_recoverable();
    owners = attest(KEY_ACME_TEST);
    thief_rotates();
    thiefs = attest(KEY_THIEF_TEST);
    world_seal(s.world, T0 + 20);
    /* The thief's word holds until the owner recovers. */
    s.attestation = owners;
    scene_read(&s);
    assert_verdict(judge_scene(&s), VERDICT_KEY_VOID);
    s.attestation = thiefs;
    scene_read(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    p = recovery(FIRST, 1);
    put(&p, KEY_RECOVERY_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_KEY_VOID);
    s.attestation = owners;
    scene_read(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
}

static void what_a_recovered_issuer_signs_is_valid(void **state)
{
    struct issuer_payload p;

    (void)state;
    begin_recoverable();
    thief_rotates();
    p = recovery(FIRST, 1);
    put(&p, KEY_RECOVERY_TEST);
    s.attestation = attest(KEY_NEXT_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
}

/* What no log may admit: each is broken, whoever signed it. */
static void issuer_statements_against_the_rules_are_forged(void **state)
{
    enum {
        UNCOMMITTED,
        BAD_SEQ,
        NO_FRESH,
        SAME_AGAIN,
        REVEALED_LISTED,
        BAD_PREV,
        LISTED_AND_CUT,
        AHEAD,
        NEVER_LISTED,
        RECOVERY_CHANGED,
        WHOLE,
        CASES
    };
    struct issuer_payload p;

    (void)state;
    for (int i = 0; i < CASES; i++) {
        bool rotates = i >= LISTED_AND_CUT && i < WHOLE;

        begin_recoverable();
        s.attestation = attest(KEY_ACME_TEST);
        p = rotates ? next_set(1, FIRST, KEY_NEXT_TEST) : recovery(FIRST, i == BAD_SEQ ? 2 : 1);
        if (rotates) {
            p.recovery_count = 1;
            p.recovery[0] = test_kid(i == RECOVERY_CHANGED ? KEY_RECOVERY2_TEST : KEY_RECOVERY_TEST);
        }
        if (i == UNCOMMITTED) p.revealed = test_public(KEY_THIEF_TEST);
        if (i == NO_FRESH) p.recovery_count = 0;
        if (i == SAME_AGAIN) p.recovery[0] = test_kid(KEY_RECOVERY_TEST);
        if (i == REVEALED_LISTED) p.key[0].key = test_public(KEY_RECOVERY_TEST);
        if (i == BAD_PREV) p.prev = *id_at(SCHEMA);
        if (i == LISTED_AND_CUT) p.key[0].key = test_public(KEY_ACME_TEST);
        if (i == LISTED_AND_CUT) cut(&p, KEY_ACME_TEST, 5);
        if (i == AHEAD) cut(&p, KEY_ACME_TEST, s.world->count + 1);
        if (i == NEVER_LISTED) cut(&p, KEY_THIEF_TEST, 5);
        put(&p, rotates ? KEY_ACME_TEST : i == UNCOMMITTED ? KEY_THIEF_TEST : KEY_RECOVERY_TEST);
        scene_end(&s);
        assert_verdict(judge_scene(&s), i == WHOLE ? VERDICT_VALID : VERDICT_FORGED);
    }
}

static void a_key_that_was_removed_does_not_come_back(void **state)
{
    struct issuer_payload p;
    uint64_t second;

    (void)state;
    scene_begin(&s, 0);
    p = next_set(1, FIRST, KEY_NEXT_TEST);
    second = put(&p, KEY_ACME_TEST);
    p = next_set(2, second, KEY_ACME_TEST);
    put(&p, KEY_NEXT_TEST);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void a_checkpoint_key_that_the_log_cut_signs_no_more(void **state)
{
    static const unsigned keys[] = {KEY_OPERATOR_TEST,
                                    PURPOSE_ISSUER | PURPOSE_RULES,
                                    KEY_ONLINE_TEST,
                                    PURPOSE_SEAL,
                                    KEY_OTHER_LOG_TEST,
                                    PURPOSE_CHECKPOINT,
                                    0};
    struct issuer_payload p;

    (void)state;
    for (int cuts = 0; cuts < 2; cuts++) {
        scene_begin(&s, 0);
        p = test_set(1, id_at(0), keys);
        if (cuts) cut(&p, KEY_CHECKPOINT_TEST, UINT64_MAX);
        put_issuer(s.world, s.world->origin, &p, KEY_OPERATOR_TEST);
        scene_end(&s);
        assert_verdict(judge_scene(&s), cuts ? VERDICT_FORGED : VERDICT_VALID);
    }
}

/* Who stole it can put its line beside the others of a note that is sound, and takes nothing away with that. */
static void a_line_of_a_cut_checkpoint_key_beside_another_is_no_matter(void **state)
{
    static const unsigned keys[] = {KEY_OPERATOR_TEST,
                                    PURPOSE_ISSUER | PURPOSE_RULES,
                                    KEY_ONLINE_TEST,
                                    PURPOSE_SEAL,
                                    KEY_OTHER_LOG_TEST,
                                    PURPOSE_CHECKPOINT,
                                    0};
    struct issuer_payload p;
    char lines[1024];

    (void)state;
    for (int order = 0; order < 2; order++) {
        scene_begin(&s, 0);
        p = test_set(1, id_at(0), keys);
        cut(&p, KEY_CHECKPOINT_TEST, UINT64_MAX);
        put_issuer(s.world, s.world->origin, &p, KEY_OPERATOR_TEST);
        scene_end(&s);
        s.serving.checkpoint_key = order ? KEY_CHECKPOINT_TEST : KEY_OTHER_LOG_TEST;
        s.serving.beside_key = order ? KEY_OTHER_LOG_TEST : KEY_CHECKPOINT_TEST;
        snprintf(lines, sizeof(lines), "log %s\n", test_vkey(ORIGIN, NOTE_ED25519, KEY_CHECKPOINT_TEST));
        snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "log %s",
                 test_vkey(ORIGIN, NOTE_ED25519, KEY_OTHER_LOG_TEST));
        trust_edit(&s, "log ", lines);
        trust_edit(&s, "issuer ", trust_line(KEY_ACME_TEST, "acme", "kyc"));
        assert_verdict(judge_scene(&s), VERDICT_VALID);
    }
}

/* The reader knows the second of three checkpoint keys, which goes on beside the third. */
static void a_checkpoint_key_between_two_signs_until_it_is_cut(void **state)
{
    unsigned keys[] = {KEY_OPERATOR_TEST,
                       PURPOSE_ISSUER | PURPOSE_RULES,
                       KEY_ONLINE_TEST,
                       PURPOSE_SEAL,
                       KEY_OTHER_LOG_TEST,
                       PURPOSE_CHECKPOINT,
                       0};
    struct issuer_payload p;
    char line[512];
    uint64_t second;

    (void)state;
    for (int cuts = 0; cuts < 2; cuts++) {
        scene_begin(&s, 0);
        keys[4] = KEY_OTHER_LOG_TEST;
        p = test_set(1, id_at(0), keys);
        second = put_issuer(s.world, s.world->origin, &p, KEY_OPERATOR_TEST);
        keys[4] = KEY_STRANGER_TEST;
        p = test_set(2, id_at(second), keys);
        if (cuts) cut(&p, KEY_OTHER_LOG_TEST, UINT64_MAX);
        put_issuer(s.world, s.world->origin, &p, KEY_OPERATOR_TEST);
        scene_end(&s);
        s.serving.checkpoint_key = KEY_OTHER_LOG_TEST;
        snprintf(line, sizeof(line), "log %s https://log.example.org",
                 test_vkey(ORIGIN, NOTE_ED25519, KEY_OTHER_LOG_TEST));
        trust_edit(&s, "log ", line);
        trust_edit(&s, "issuer ", trust_line(KEY_ACME_TEST, "acme", "kyc"));
        assert_verdict(judge_scene(&s), cuts ? VERDICT_FORGED : VERDICT_VALID);
    }
}

/* What is final before the first thing that the file cannot date was so, whatever comes behind it. */
static void an_open_moment_leaves_what_is_final(void **state)
{
    (void)state;
    scene_begin(&s, 0);
    put_status(s.world, acme(), SPAN("sub-1"), id_at(s.attestation), STATUS_REVOKED, KEY_ACME_TEST);
    world_seal(s.world, T0 + 25);
    {
        struct issuer_payload p = next_set(1, FIRST, KEY_NEXT_TEST);

        cut(&p, KEY_ACME_TEST, s.attestation);
        put(&p, KEY_ACME_TEST);
    }
    world_seal(s.world, T0 + 27);
    world_put(s.world,
              &(struct draft){.kind = KIND_ATTESTATION,
                              .iss = acme(),
                              .sub = SPAN("sub-2"),
                              .home = s.world->origin,
                              .payload = SPAN("x")},
              KEY_NEXT_TEST);
    scene_end(&s);
    /* The seal behind the cut is not shown: it came by T0 + 28 or after it. */
    s.serving.extra_count = 0;
    serve_extra(&s.serving, SCHEMA);
    serve_extra(&s.serving, s.attestation + 1);
    serve_extra(&s.serving, s.attestation + 3);
    s.question.as_of = AS_OF_TIME;
    s.question.value = T0 + 28;
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
    assert_true(judge_scene(&s)->applies[VERDICT_INCOMPLETE]);
    assert_false(judge_scene(&s)->applies[VERDICT_KEY_VOID]);
}

/* The seal that closes the position is not shown: what else came before it is not known either. */
static void about_an_open_moment_nothing_is_said_that_is_not_final(void **state)
{
    (void)state;
    for (int cuts = 0; cuts < 2; cuts++) {
        struct issuer_payload p = next_set(1, FIRST, KEY_NEXT_TEST);
        struct draft d;
        uint64_t at;

        scene_begin(&s, 0);
        p.prev = *id_at(FIRST);
        cut(&p, KEY_ACME_TEST, s.attestation);
        if (cuts)
            at = put(&p, KEY_ACME_TEST);
        else
            at = put_status(s.world, acme(), SPAN("sub-1"), id_at(s.attestation), STATUS_SUSPENDED, KEY_ACME_TEST);
        d = draft_of(s.world, acme(), SPAN("y"));
        world_put(s.world, &d, cuts ? KEY_NEXT_TEST : KEY_ACME_TEST);
        world_seal(s.world, T0 + 25);
        scene_end(&s);
        s.question.as_of = AS_OF_POSITION;
        s.question.value = at + 1;
        assert_verdict(judge_scene(&s), cuts ? VERDICT_KEY_VOID : VERDICT_SUSPENDED);
        s.serving.extra_count = 0;
        serve_extra(&s.serving, SCHEMA);
        serve_extra(&s.serving, s.attestation + 1);
        assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    }
}

/* A first statement that the rules do not know. */
static void a_first_statement_that_counts_from_one_or_cuts_is_forged(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        const struct hash none = {{0}};
        struct issuer_payload p;
        struct draft d;

        scene_begin(&s, 0);
        p = next_set(0, FIRST, KEY_NORTH_TEST);
        p.has_prev = i == 1;
        p.prev = none;
        p.seq = i == 1;
        if (i == 2) cut(&p, KEY_THIEF_TEST, 3);
        put_issuer(s.world, test_urn(KEY_NORTH_TEST), &p, KEY_NORTH_TEST);
        d = draft_of(s.world, test_urn(KEY_NORTH_TEST), SPAN("x"));
        s.attestation = world_put(s.world, &d, KEY_NORTH_TEST);
        scene_end(&s);
        trust_edit(&s, "", trust_line(KEY_NORTH_TEST, "north", "any"));
        assert_verdict(judge_scene(&s), i == 0 ? VERDICT_VALID : VERDICT_FORGED);
    }
}

/* Keys of a name that nobody is shown to have approved are not the name's: nothing is said as if it had signed. */
static void what_a_name_signed_is_not_its_own_without_its_approval(void **state)
{
    static const unsigned keys[] = {KEY_NORTH_TEST, PURPOSE_ATTEST | PURPOSE_ISSUER, 0};
    struct rules_payload rules = {
        .seq = 1, .has_prev = true, .mode = RULES_OPEN, .version = RULES_VERSION, .approve_count = 1};
    struct span north = SPAN("north.example");
    struct issuer_payload set = test_set(0, NULL, keys);
    struct draft d;

    (void)state;
    scene_begin(&s, 0);
    rules.prev = *id_at(1);
    rules.approve[0] = (struct approval){north, test_kid(KEY_NORTH_TEST)};
    put_rules(s.world, &rules, KEY_OPERATOR_TEST);
    put_issuer(s.world, north, &set, KEY_NORTH_TEST);
    d = draft_of(s.world, north, SPAN("x"));
    d.has_exp = true;
    d.exp = T0 + 40;
    s.attestation = world_put(s.world, &d, KEY_NORTH_TEST);
    scene_end(&s);
    trust_edit(&s, "", "issuer north north.example for any");
    assert_true(judge_scene(&s)->holds);
    assert_verdict(judge_scene(&s), VERDICT_EXPIRED);
    serve_forget(&s.serving, INDEX_APPROVAL, north);
    assert_false(judge_scene(&s)->holds);
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_cut_key_signed_from_there_on_is_void),
        cmocka_unit_test(before_it_was_cut_it_was_valid),
        cmocka_unit_test(before_its_key_was_cut_what_names_no_schema_was_valid),
        cmocka_unit_test(a_schema_of_a_cut_key_voids_what_names_it),
        cmocka_unit_test(a_cut_undoes_a_suspension_and_no_revocation),
        cmocka_unit_test(a_cut_key_names_no_replacement),
        cmocka_unit_test(a_recovery_voids_the_thief_and_gives_the_owner_back_what_was_cut),
        cmocka_unit_test(what_a_recovered_issuer_signs_is_valid),
        cmocka_unit_test(issuer_statements_against_the_rules_are_forged),
        cmocka_unit_test(a_key_that_was_removed_does_not_come_back),
        cmocka_unit_test(a_checkpoint_key_that_the_log_cut_signs_no_more),
        cmocka_unit_test(a_line_of_a_cut_checkpoint_key_beside_another_is_no_matter),
        cmocka_unit_test(a_checkpoint_key_between_two_signs_until_it_is_cut),
        cmocka_unit_test(an_open_moment_leaves_what_is_final),
        cmocka_unit_test(about_an_open_moment_nothing_is_said_that_is_not_final),
        cmocka_unit_test(what_a_name_signed_is_not_its_own_without_its_approval),
        cmocka_unit_test(a_first_statement_that_counts_from_one_or_cuts_is_forged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
