/* What a statement depends on: each reason there, at any depth, is a reason here; what is left out, added or too much
 * makes no file valid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/statement/private.h"
#include "tests/evidence/scene.h"

#define DAY UINT64_C(86400)
#define DEPTH_MAX 4

static struct scene s;
static uint64_t rock;      /* what all of it rests on; of the issuer whom nobody is asked to believe */
static uint64_t bystander; /* an attestation that nothing depends on */
static struct hash north_schema;

/* ---- a log with a chain ---- */

static struct span acme(void)
{
    return test_urn(KEY_ACME_TEST);
}

static struct span north(void)
{
    return test_urn(KEY_NORTH_TEST);
}

static struct hash id_at(uint64_t position)
{
    return s.world->statement[position].id;
}

static struct hash north_begin(bool private_allowed)
{
    static const unsigned keys[] = {KEY_NORTH_TEST, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    struct issuer_payload set = test_set(0, NULL, keys);
    struct schema_payload schema = test_schema("course");

    schema.private_allowed = private_allowed;
    put_issuer(s.world, north(), &set, KEY_NORTH_TEST);
    return id_at(put_schema(s.world, north(), &schema, KEY_NORTH_TEST));
}

static struct draft rock_draft(struct span claims)
{
    struct draft d = draft_of(s.world, north(), claims);

    d.sub = SPAN("rock");
    d.has_schema = true;
    d.schema = north_schema;
    return d;
}

/* One attestation of acme's on top of others; it is what is judged from then on. */
static uint64_t rest_on(const struct hash *ids, size_t count)
{
    struct draft d = draft_of(s.world, acme(), claims_make("full"));

    d.has_schema = true;
    d.schema = s.schema;
    d.depends = ids;
    d.depends_count = count;
    s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
    return s.attestation;
}

/* A log with the rock, dated T0 + 20. Bits of `reasons`: those that the rock has from its beginning. */
static void rock_begin(unsigned reasons)
{
    struct draft d;

    scene_begin(&s, 0);
    bystander = s.attestation;
    north_schema = north_begin(false);
    d = rock_draft(reasons & REASON(SCHEMA_MISMATCH) ? SPAN("\xa0") : claims_make("full"));
    d.has_exp = true;
    d.exp = reasons & REASON(EXPIRED) ? T0 + 50 : T0 + 100 * DAY;
    d.has_nbf = (reasons & REASON(NOT_YET_VALID)) != 0;
    d.nbf = T0 + 10 * DAY;
    rock = world_put(s.world, &d, KEY_NORTH_TEST);
    world_seal(s.world, T0 + 20);
}

/* So many of acme's, each on the one before it, the first on the rock; dated T0 + 22. */
static void chain_up(unsigned depth)
{
    struct hash id = id_at(rock);

    for (; depth > 0; depth--) id = id_at(rest_on(&id, 1));
    world_seal(s.world, T0 + 22);
}

static void rock_status(enum status status)
{
    struct hash id = id_at(rock);

    put_status(s.world, north(), SPAN("rock"), &id, status, KEY_NORTH_TEST);
}

static void rock_key_cut(void)
{
    static const unsigned keys[] = {KEY_STRANGER_TEST, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    struct hash prev = id_at(rock - 2);
    struct issuer_payload set = test_set(1, &prev, keys);

    set.cut_count = 1;
    set.cut[0] = (struct key_cut){.kid = test_kid(KEY_NORTH_TEST), .has_position = true, .position = rock};
    put_issuer(s.world, north(), &set, KEY_NORTH_TEST);
}

static void rock_end(unsigned reasons)
{
    if (reasons & REASON(REVOKED)) rock_status(STATUS_REVOKED);
    if (reasons & REASON(SUPERSEDED)) rock_status(STATUS_SUPERSEDED);
    if (reasons & REASON(SUSPENDED)) rock_status(STATUS_SUSPENDED);
    if (reasons & REASON(KEY_VOID)) rock_key_cut();
}

static void chain_make(unsigned depth, unsigned of_rock, unsigned of_top)
{
    rock_begin(of_rock);
    chain_up(depth);
    rock_end(of_rock);
    s.reasons = of_top;
    scene_end(&s);
}

/* ---- each reason ---- */

static const enum verdict comes_through[] = {VERDICT_KEY_VOID,     VERDICT_SCHEMA_MISMATCH, VERDICT_REVOKED,
                                             VERDICT_SUPERSEDED,   VERDICT_EXPIRED,         VERDICT_SUSPENDED,
                                             VERDICT_NOT_YET_VALID};

static void what_rests_on_what_is_good_is_valid(void **state)
{
    const struct judgement *j;

    (void)state;
    for (unsigned depth = 1; depth <= DEPTH_MAX; depth++) {
        chain_make(depth, 0, 0);
        j = judge_scene(&s);
        assert_verdict(j, VERDICT_VALID);
        assert_null(j->through);
        assert_true(j->own[VERDICT_VALID]);
        assert_int_equal(j->depends_count, depth);
        assert_int_equal(j->depends[0].position, rock);
        assert_int_equal(j->depends[0].through, depth == 1 ? s.attestation : j->depends[1].position);
        for (size_t i = 0; i < depth; i++) {
            assert_true(j->depends[i].holds);
            assert_int_equal(j->depends[i].verdict, VERDICT_VALID);
            assert_null(j->depends[i].why);
        }
        /* Nobody was asked to believe it. */
        assert_true(span_equal(j->depends[0].statement.iss, north()));
    }
}

static void each_reason_below_is_the_verdict_above(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(comes_through); i++)
        for (unsigned depth = 1; depth <= DEPTH_MAX; depth++) {
            const struct judgement *j;

            chain_make(depth, 1U << comes_through[i], 0);
            j = judge_scene(&s);
            assert_verdict(j, comes_through[i]);
            for (unsigned v = 0; v < VERDICT_COUNT; v++) {
                assert_int_equal(j->applies[v], v == (unsigned)comes_through[i]);
                assert_false(j->own[v]);
            }
            assert_ptr_equal(j->through, &j->depends[0]);
            assert_int_equal(j->depends[0].verdict, comes_through[i]);
            for (size_t k = 1; k < depth; k++) assert_int_equal(j->depends[k].verdict, VERDICT_VALID);
            assert_false(j->status.decided);
        }
}

static bool about_status(enum verdict v)
{
    return v == VERDICT_REVOKED || v == VERDICT_SUPERSEDED || v == VERDICT_SUSPENDED;
}

static void of_two_reasons_below_both_are_listed(void **state)
{
    (void)state;
    for (size_t a = 0; a < COUNT_OF(comes_through); a++)
        for (size_t b = a + 1; b < COUNT_OF(comes_through); b++) {
            const struct judgement *j;

            if (about_status(comes_through[a]) && about_status(comes_through[b])) continue;
            if (comes_through[a] == VERDICT_KEY_VOID && about_status(comes_through[b])) continue; /* that key is gone */
            chain_make(2, 1U << comes_through[a] | 1U << comes_through[b], 0);
            j = judge_scene(&s);
            assert_verdict(j, comes_through[a]);
            assert_true(j->applies[comes_through[b]]);
            assert_int_equal(j->depends[0].verdict, comes_through[a]);
            assert_true(j->depends[0].applies[comes_through[b]]);
        }
}

static void of_one_below_and_one_above_the_earlier_wins(void **state)
{
    static const enum verdict above[] = {VERDICT_FORGED,      VERDICT_UNTRUSTED, VERDICT_REVOKED,   VERDICT_SUPERSEDED,
                                         VERDICT_UNWITNESSED, VERDICT_UNAUDITED, VERDICT_SUSPENDED, VERDICT_STALE};

    (void)state;
    for (size_t a = 0; a < COUNT_OF(above); a++)
        for (size_t b = 0; b < COUNT_OF(comes_through); b++) {
            enum verdict low = comes_through[b], high = above[a], first = low < high ? low : high;
            const struct judgement *j;

            chain_make(1, 1U << low, 1U << high);
            j = judge_scene(&s);
            assert_verdict(j, first);
            assert_true(j->applies[high] && j->own[high]);
            if (high == VERDICT_FORGED) continue; /* nothing of such a file is said again */
            assert_true(j->applies[low]);
            assert_int_equal(j->own[low], low == high);
            assert_int_equal(j->through != NULL, first == low && low != high);
        }
}

static void the_first_reason_in_words_names_which_it_is(void **state)
{
    const struct judgement *j;
    char expected[200];

    (void)state;
    chain_make(2, REASON(KEY_VOID), 0);
    j = judge_scene(&s);
    snprintf(expected, sizeof(expected), "@%u, which it depends on: the key that signed it had ended", (unsigned)rock);
    assert_string_equal(j->why, expected);
    assert_int_equal(j->depends[0].void_from, rock);
    chain_make(2, REASON(REVOKED), 0);
    j = judge_scene(&s);
    assert_string_equal(j->why, "");
    assert_int_equal(j->depends[0].status.reason, 9);
    assert_true(j->depends[0].has_status_time);
    assert_int_equal(j->depends[0].status_time, T0 + 30);
}

static void what_was_taken_from_a_withdrawn_issuer_is_forged(void **state)
{
    struct rules_payload rules = {.seq = 1, .has_prev = true, .mode = RULES_OPEN, .version = RULES_VERSION};
    const struct judgement *j;

    (void)state;
    for (unsigned later = 0; later < 2; later++) {
        struct draft d;

        scene_begin(&s, 0);
        north_schema = north_begin(false);
        rules.prev = id_at(1);
        rules.withdraw_count = 1;
        rules.withdraw[0] = north();
        if (!later) put_rules(s.world, &rules, KEY_OPERATOR_TEST);
        d = rock_draft(claims_make("full"));
        rock = world_put(s.world, &d, KEY_NORTH_TEST);
        chain_up(1);
        if (later) put_rules(s.world, &rules, KEY_OPERATOR_TEST);
        scene_end(&s);
        j = judge_scene(&s);
        assert_verdict(j, later ? VERDICT_VALID : VERDICT_FORGED);
        assert_true(j->depends[0].withdrawn);
        assert_false(j->withdrawn);
    }
}

/* ---- what is set aside ---- */

static void private_claims_below_are_not_asked_for(void **state)
{
    static const uint8_t salt[PRIVATE_SALT_LEN] = {7};

    (void)state;
    for (unsigned allowed = 0; allowed < 2; allowed++) {
        uint8_t preimage[256];
        struct out o = out_over(preimage, sizeof(preimage));
        const struct judgement *j;
        struct hash closed;
        struct draft d;

        scene_begin(&s, 0);
        north_schema = north_begin(allowed);
        private_encode(salt, claims_make("full"), &o);
        closed = private_hash(out_span(&o));
        d = rock_draft(hash_span(&closed));
        d.is_private = true;
        rock = world_put(s.world, &d, KEY_NORTH_TEST);
        chain_up(2);
        scene_end(&s);
        j = judge_scene(&s);
        assert_verdict(j, allowed ? VERDICT_VALID : VERDICT_SCHEMA_MISMATCH);
        assert_false(j->applies[VERDICT_WITHHELD]);
        assert_true(j->depends[0].closed_claims);
        assert_false(j->depends[1].closed_claims);
    }
}

static void nobody_is_believed_for_being_depended_on(void **state)
{
    const struct judgement *j;

    (void)state;
    chain_make(1, 0, 0);
    s.attestation = rock;
    scene_read(&s);
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_UNTRUSTED);
    assert_int_equal(j->depends_count, 0);
}

/* ---- another moment ---- */

static void ask_time(uint64_t time)
{
    s.question.as_of = AS_OF_TIME;
    s.question.value = time;
}

static void what_came_later_below_does_not_count_and_is_told(void **state)
{
    const struct judgement *j;

    (void)state;
    rock_begin(0);
    chain_up(2);
    rock_status(STATUS_SUSPENDED);
    world_seal(s.world, T0 + 25);
    rock_status(STATUS_REVOKED);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
    ask_time(T0 + 30);
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
    ask_time(T0 + 29);
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_SUSPENDED);
    assert_true(j->depends[0].has_since);
    assert_int_equal(j->depends[0].since.status, STATUS_REVOKED);
    assert_int_equal(j->depends[0].since_time, T0 + 30);
    ask_time(T0 + 24);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    ask_time(T0 + 21);
    assert_verdict(judge_scene(&s), VERDICT_NOT_YET_VALID);
    s.question.as_of = AS_OF_POSITION;
    s.question.value = s.attestation + 1;
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.question.value = s.attestation + 3;
    assert_verdict(judge_scene(&s), VERDICT_SUSPENDED);
    s.question.value = s.world->last_seal;
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
}

static void dates_below_hold_at_the_same_moment(void **state)
{
    (void)state;
    chain_make(3, REASON(EXPIRED), 0);
    ask_time(T0 + 49);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    ask_time(T0 + 50);
    assert_verdict(judge_scene(&s), VERDICT_EXPIRED);
    chain_make(3, REASON(NOT_YET_VALID), 0);
    s.question.now = T0 + 10 * DAY;
    trust_edit(&s, "max-age", "");
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    ask_time(T0 + 10 * DAY - 1);
    assert_verdict(judge_scene(&s), VERDICT_NOT_YET_VALID);
}

static void a_seal_that_dates_what_came_below_is_wanted(void **state)
{
    const struct judgement *j;

    (void)state;
    rock_begin(0);
    chain_up(1);
    rock_status(STATUS_SUSPENDED);
    world_seal(s.world, T0 + 25);
    put_status(s.world, acme(), SPAN("sub-1"), &north_schema, STATUS_SUSPENDED, KEY_ACME_TEST);
    world_seal(s.world, T0 + 28);
    scene_end(&s);
    s.serving.drops = true;
    s.serving.dropped = rock + 6;
    while (s.world->statement[s.serving.dropped].kind != KIND_SEAL) s.serving.dropped--;
    ask_time(T0 + 27);
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_INCOMPLETE);
    assert_int_equal(j->depends[0].verdict, VERDICT_INCOMPLETE);
    assert_int_equal(j->through == NULL, j->own[VERDICT_INCOMPLETE]);
}

/* ---- what is left out ---- */

static void nothing_that_is_asked_for_may_be_left_out(void **state)
{
    size_t asks;

    (void)state;
    chain_make(2, 0, 0);
    asks = s.serving.ask_count;
    assert_int_equal(asks, 3 + 2 + 2 + 1); /* three times A; I and P of two; I of the log */
    for (size_t i = 0; i < asks; i++) {
        scene_read(&s);
        serve_forget_at(&s.serving, i);
        assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
    }
}

/* Who may not have signed it is not said to depend on anything, nor to have become anything. */
static void nothing_is_said_of_what_nobody_may_have_signed(void **state)
{
    const struct judgement *j;

    (void)state;
    chain_make(2, REASON(REVOKED), 0);
    serve_forget(&s.serving, INDEX_ISSUER, acme());
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_INCOMPLETE);
    assert_false(j->holds);
    assert_int_equal(j->depends_count, 0);
    scene_read(&s);
    serve_forget(&s.serving, INDEX_ISSUER, north());
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_INCOMPLETE);
    assert_int_equal(j->depends_count, 2);
    assert_false(j->depends[0].holds);
    assert_int_equal(j->depends[0].verdict, VERDICT_INCOMPLETE);
    assert_int_equal(j->depends[1].verdict, VERDICT_VALID);
}

/* By the witnesses' clock, as for the statement itself. */
static void seals_dated_ahead_tell_nothing_of_what_is_below(void **state)
{
    const struct judgement *j;

    (void)state;
    chain_make(1, 0, 0);
    world_seal(s.world, COSIGNED_AT + 302);
    scene_read(&s);
    s.question.now = T0 + 1000;
    ask_time(T0 + 30);
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_INCOMPLETE);
    assert_int_equal(j->depends[0].verdict, VERDICT_INCOMPLETE);
}

static void no_statement_may_be_left_out(void **state)
{
    (void)state;
    chain_make(3, REASON(SUSPENDED), 0);
    for (uint64_t p = 3; p + 1 < s.world->count; p++) {
        const struct judgement *j;

        if (s.world->statement[p].kind == KIND_SEAL || p == s.attestation || p == bystander) continue;
        scene_read(&s);
        s.serving.drops = true;
        s.serving.dropped = p;
        j = judge_scene(&s);
        assert_true(j->applies[VERDICT_INCOMPLETE] || j->applies[VERDICT_FORGED]);
        assert_false(j->applies[VERDICT_VALID]);
    }
}

static void what_nothing_depends_on_may_not_be_in_it(void **state)
{
    struct draft d;
    uint64_t other;

    (void)state;
    rock_begin(0);
    d = rock_draft(claims_make("basic"));
    other = world_put(s.world, &d, KEY_NORTH_TEST);
    chain_up(1);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    serve_extra(&s.serving, other);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void a_revocation_left_out_of_the_index_below_is_forged(void **state)
{
    (void)state;
    chain_make(2, REASON(REVOKED), 0);
    s.world->hidden[s.world->count - 2] = 1;
    serve_required(s.world, s.attestation, &s.serving);
    serve_extra(&s.serving, s.world->count - 2);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void a_signature_below_is_checked(void **state)
{
    struct draft d;

    (void)state;
    scene_begin(&s, 0);
    north_schema = north_begin(false);
    d = rock_draft(claims_make("full"));
    rock = world_put(s.world, &d, KEY_STRANGER_TEST);
    chain_up(1);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

/* ---- what no log admits ---- */

static void a_chain_of_five_is_forged(void **state)
{
    (void)state;
    chain_make(DEPTH_MAX + 1, 0, 0);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void the_longest_way_counts(void **state)
{
    struct hash ids[2];

    (void)state;
    rock_begin(0);
    ids[0] = id_at(rock);
    chain_up(DEPTH_MAX - 1);
    ids[1] = id_at(s.attestation);
    rest_on(ids, 2);
    world_seal(s.world, T0 + 23);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    ids[1] = id_at(s.attestation);
    rest_on(ids, 2);
    world_seal(s.world, T0 + 31);
    scene_read(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

/* So many, each of an issuer of its own under a schema of yet another one. */
static void many(unsigned count)
{
    struct hash ids[DEPENDS_MAX + 1];

    for (unsigned i = 0; i < count; i++) {
        unsigned by = 100 + 2 * i, of = by + 1;
        const unsigned keys[] = {by, PURPOSE_ATTEST | PURPOSE_ISSUER, 0};
        const unsigned other[] = {of, PURPOSE_ATTEST | PURPOSE_ISSUER, 0};
        struct issuer_payload set = test_set(0, NULL, keys), set_other = test_set(0, NULL, other);
        struct schema_payload schema = test_schema("course");
        struct draft d;

        put_issuer(s.world, test_urn(by), &set, by);
        put_issuer(s.world, test_urn(of), &set_other, of);
        d = draft_of(s.world, test_urn(by), claims_make("full"));
        d.has_schema = true;
        d.schema = id_at(put_schema(s.world, test_urn(of), &schema, of));
        ids[i] = id_at(world_put(s.world, &d, by));
    }
    if (count <= DEPENDS_MAX) {
        rest_on(ids, count);
        return;
    }
    ids[1] = id_at(rest_on(ids + 1, count - 1));
    rest_on(ids, 2);
}

static void sixteen_of_as_many_issuers_fit_into_a_file(void **state)
{
    const struct judgement *j;

    (void)state;
    rock_begin(0);
    many(DEPENDS_MAX);
    scene_end(&s);
    assert_int_equal(s.serving.ask_count, 5 * DEPENDS_MAX + 4);
    j = judge_scene(&s);
    assert_verdict(j, VERDICT_VALID);
    assert_int_equal(j->depends_count, DEPENDS_MAX);
    for (size_t i = 1; i < DEPENDS_MAX; i++) assert_true(j->depends[i - 1].position < j->depends[i].position);
}

static void seventeen_are_forged(void **state)
{
    (void)state;
    rock_begin(0);
    many(DEPENDS_MAX + 1);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

static void only_attestations_are_depended_on(void **state)
{
    (void)state;
    rock_begin(0);
    rest_on(&s.schema, 1);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

/* The same bytes may be put where the log likes: an id says nothing of the position. */
static void what_is_depended_on_stands_below(void **state)
{
    struct hash id;
    struct draft d;

    (void)state;
    rock_begin(0);
    d = rock_draft(claims_make("late"));
    id = id_at(world_put(s.world, &d, KEY_NORTH_TEST));
    s.world->count--;
    rest_on(&id, 1);
    d = rock_draft(claims_make("late"));
    rock = world_put(s.world, &d, KEY_NORTH_TEST);
    assert_true(hash_equal(&id, &s.world->statement[rock].id));
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

/* However it was reached before: here from above, which is as it should be, and then from below. */
static void it_stands_below_each_that_depends_on_it(void **state)
{
    struct hash ids[2], late;
    struct draft d;

    (void)state;
    for (unsigned lies = 0; lies < 2; lies++) {
        rock_begin(0);
        d = rock_draft(claims_make("late"));
        late = id_at(world_put(s.world, &d, KEY_NORTH_TEST));
        if (lies) s.world->count--;
        ids[0] = id_at(rest_on(&late, 1));
        d = rock_draft(claims_make("late"));
        if (lies) world_put(s.world, &d, KEY_NORTH_TEST);
        ids[1] = id_at(rest_on((struct hash[]){late, id_at(rock)}, 2));
        rest_on(ids, 2);
        scene_end(&s);
        assert_verdict(judge_scene(&s), lies ? VERDICT_FORGED : VERDICT_VALID);
    }
}

static void what_is_not_in_the_log_is_missing(void **state)
{
    struct hash id = test_kid(KEY_STRANGER_TEST);

    (void)state;
    rock_begin(0);
    rest_on(&id, 1);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_INCOMPLETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_rests_on_what_is_good_is_valid),
        cmocka_unit_test(each_reason_below_is_the_verdict_above),
        cmocka_unit_test(of_two_reasons_below_both_are_listed),
        cmocka_unit_test(of_one_below_and_one_above_the_earlier_wins),
        cmocka_unit_test(the_first_reason_in_words_names_which_it_is),
        cmocka_unit_test(what_was_taken_from_a_withdrawn_issuer_is_forged),
        cmocka_unit_test(private_claims_below_are_not_asked_for),
        cmocka_unit_test(nobody_is_believed_for_being_depended_on),
        cmocka_unit_test(what_came_later_below_does_not_count_and_is_told),
        cmocka_unit_test(dates_below_hold_at_the_same_moment),
        cmocka_unit_test(a_seal_that_dates_what_came_below_is_wanted),
        cmocka_unit_test(nothing_that_is_asked_for_may_be_left_out),
        cmocka_unit_test(nothing_is_said_of_what_nobody_may_have_signed),
        cmocka_unit_test(seals_dated_ahead_tell_nothing_of_what_is_below),
        cmocka_unit_test(no_statement_may_be_left_out),
        cmocka_unit_test(what_nothing_depends_on_may_not_be_in_it),
        cmocka_unit_test(a_revocation_left_out_of_the_index_below_is_forged),
        cmocka_unit_test(a_signature_below_is_checked),
        cmocka_unit_test(a_chain_of_five_is_forged),
        cmocka_unit_test(the_longest_way_counts),
        cmocka_unit_test(sixteen_of_as_many_issuers_fit_into_a_file),
        cmocka_unit_test(seventeen_are_forged),
        cmocka_unit_test(only_attestations_are_depended_on),
        cmocka_unit_test(what_is_depended_on_stands_below),
        cmocka_unit_test(it_stands_below_each_that_depends_on_it),
        cmocka_unit_test(what_is_not_in_the_log_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
