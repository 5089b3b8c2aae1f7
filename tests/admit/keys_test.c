/* The life of keys, as stories: what an owner, a thief and the log each can do, and what remains of it. */
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct world w;

#define SET(...) ((const unsigned[]){__VA_ARGS__, 0})

/* The owner's keys are 1 to 9, a thief's 20 and up, recovery keys 40 and up. */
enum { OWNER = 1, OWNER_NEXT, OWNER_LATER, THIEF = 20, THIEF_NEXT, PAPER = 40, PAPER_NEXT, PAPER_LAST };

static struct span iss(void)
{
    return test_urn(OWNER);
}

/* Position 3: the owner's first statement, which commits one recovery key. */
static void registered(void)
{
    struct issuer_payload p = test_set(0, NULL, SET(OWNER, 7));

    world_init(&w, RULES_OPEN);
    put_recovery(&p, PAPER);
    assert_int_equal(submit_issuer(&w, iss(), &p, OWNER), ERR_OK);
}

static struct key_life life_at(unsigned key, uint64_t at)
{
    struct hash kid = test_kid(key);
    struct key_life life;

    assert_int_equal(issuer_lives(&w.lookup, iss(), at, NULL, &kid, 1, &life), ERR_OK);
    return life;
}

static uint64_t cut_of(unsigned key)
{
    return life_at(key, w.count).cut;
}

static uint64_t run_now(void)
{
    uint64_t run;

    assert_int_equal(issuer_run(&w.lookup, iss(), w.count, &run), ERR_OK);
    return run;
}

static enum status status_now(const struct hash *target)
{
    struct status_fold f;

    assert_int_equal(status_fold(&w.lookup, target, iss(), w.count, &f), ERR_OK);
    return f.status;
}

static enum err change(const struct hash *target, enum status status, unsigned key)
{
    struct status_payload p = test_status(target, status);

    return submit_status(&w, iss(), "sub-a", &p, key);
}

/* No two alike: the date makes the difference. */
static struct hash attested(uint64_t iat)
{
    struct draft d = {.kind = KIND_ATTESTATION, .iss = iss(), .sub = SPAN("sub-a"), .has_iat = true, .iat = iat};

    assert_int_equal(world_submit(&w, &d, OWNER), ERR_OK);
    return world_last_id(&w);
}

static enum err recover(uint64_t prev, const unsigned *keys, unsigned revealed, unsigned next)
{
    struct issuer_payload p = recovery_set(&w, prev, keys, revealed, next);

    return submit_issuer(&w, iss(), &p, revealed);
}

static enum err rotate_and_cut(const unsigned *keys, unsigned cut, uint64_t position, unsigned key)
{
    struct issuer_payload p = next_set(&w, iss(), keys);

    put_cut(&p, cut, position);
    return submit_issuer(&w, iss(), &p, key);
}

static void an_old_key_signs_nothing_after_a_rotation(void **state)
{
    (void)state;
    registered();
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", OWNER), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER_NEXT, 7), OWNER), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", OWNER), ERR_NOT_LISTED);
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER_LATER, 7), OWNER), ERR_NOT_LISTED);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", OWNER_NEXT), ERR_OK);
    /* and what it signed before is not void: it was not cut */
    assert_true(life_at(OWNER, w.count).listed);
    assert_true(cut_of(OWNER) == UINT64_MAX);
}

/* The key leaks; what the thief signed begins at a position that the owner knows. */
static void a_stolen_key_is_cut_where_the_theft_began(void **state)
{
    uint64_t theft;

    (void)state;
    registered();
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", OWNER), ERR_OK);
    theft = w.count;
    assert_int_equal(submit_attestation(&w, iss(), "sub-forged", OWNER), ERR_OK);
    assert_int_equal(rotate_and_cut(SET(OWNER_NEXT, 7), OWNER, theft, OWNER), ERR_OK);
    assert_int_equal(cut_of(OWNER), theft);
    assert_true(life_at(OWNER, w.count - 1).cut == UINT64_MAX);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", OWNER), ERR_NOT_LISTED);
    /* the theft was earlier than thought; never later */
    assert_int_equal(rotate_and_cut(SET(OWNER_NEXT, 7), OWNER, theft, OWNER_NEXT), ERR_BAD_CUT);
    assert_int_equal(rotate_and_cut(SET(OWNER_NEXT, 7), OWNER, NO_POSITION, OWNER_NEXT), ERR_BAD_CUT);
    assert_int_equal(rotate_and_cut(SET(OWNER_NEXT, 7), OWNER, theft - 1, OWNER_NEXT), ERR_OK);
    assert_int_equal(cut_of(OWNER), theft - 1);
    /* and it never comes back */
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7, OWNER_NEXT, 7), OWNER_NEXT), ERR_KEY_RETURNS);
}

/* Signed where there is no network, by somebody who cannot know a position. */
static void an_offline_cut_without_a_position_holds_from_where_it_stands(void **state)
{
    uint64_t at;

    (void)state;
    registered();
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", OWNER), ERR_OK);
    at = w.count;
    assert_int_equal(rotate_and_cut(SET(OWNER_NEXT, 7), OWNER, NO_POSITION, OWNER), ERR_OK);
    assert_int_equal(cut_of(OWNER), at);
}

/* The thief is faster: he takes the owner's key away and cuts all that it ever signed. */
static void a_recovery_undoes_a_thief_who_rotates_and_cuts_the_owner(void **state)
{
    uint64_t theft;

    (void)state;
    registered();
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", OWNER), ERR_OK);
    theft = w.count;
    assert_int_equal(rotate_and_cut(SET(THIEF, 7), OWNER, 0, OWNER), ERR_OK);
    assert_int_equal(cut_of(OWNER), 0);
    assert_int_equal(submit_attestation(&w, iss(), "sub-b", OWNER), ERR_NOT_LISTED);
    assert_int_equal(submit_attestation(&w, iss(), "sub-forged", THIEF), ERR_OK);
    assert_int_equal(recover(3, SET(OWNER, 7), PAPER, PAPER_NEXT), ERR_OK);
    /* nothing of his remains, and all that he signed is past his key's cut */
    assert_true(cut_of(OWNER) == UINT64_MAX);
    assert_int_equal(cut_of(THIEF), theft);
    assert_int_equal(submit_attestation(&w, iss(), "sub-c", OWNER), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss(), "sub-d", THIEF), ERR_NOT_LISTED);
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7, THIEF, 7), OWNER), ERR_KEY_RETURNS);
    assert_int_equal(run_now(), 1);
    /* while it lasted, it was so: a fold at an earlier position says what was known then */
    assert_int_equal(life_at(OWNER, theft + 1).cut, 0);
    assert_true(life_at(THIEF, theft + 1).cut == UINT64_MAX);
}

/* However many statements the thief gets in first, and whichever of the owner's the recovery builds on. */
static void recovery_wins_at_any_point_of_the_race(void **state)
{
    (void)state;
    for (unsigned thefts = 0; thefts < 6; thefts++)
        for (uint64_t prev = 3; prev < 5; prev++) {
            uint64_t first = 5;

            registered();
            assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7, OWNER_NEXT, 3), OWNER), ERR_OK);
            for (unsigned i = 0; i < thefts; i++)
                assert_int_equal(submit_rotation(&w, iss(), SET(THIEF + i, 7), i == 0 ? OWNER : THIEF + i - 1), ERR_OK);
            assert_int_equal(recover(prev, SET(OWNER_LATER, 7), PAPER, PAPER_NEXT), ERR_OK);
            /* his next statement builds on what is gone */
            assert_int_equal(submit_rotation(&w, iss(), SET(THIEF + 9, 7), thefts == 0 ? OWNER : THIEF + thefts - 1),
                             ERR_NOT_LISTED);
            for (unsigned i = 0; i < thefts; i++) assert_int_equal(cut_of(THIEF + i), first + i);
            /* what the recovery went back behind is gone as well, the owner's own or not */
            assert_true(cut_of(OWNER) == UINT64_MAX);
            assert_int_equal(cut_of(OWNER_NEXT), prev == 3 ? 4 : UINT64_MAX);
            assert_int_equal(submit_attestation(&w, iss(), "sub-a", OWNER_LATER), ERR_OK);
        }
}

static void a_second_theft_is_recovered_with_the_key_that_the_first_recovery_committed(void **state)
{
    uint64_t recovered, theft;

    (void)state;
    registered();
    assert_int_equal(submit_rotation(&w, iss(), SET(THIEF, 7), OWNER), ERR_OK);
    recovered = w.count;
    assert_int_equal(recover(3, SET(OWNER_NEXT, 7), PAPER, PAPER_NEXT), ERR_OK);
    theft = w.count;
    assert_int_equal(rotate_and_cut(SET(THIEF_NEXT, 7), OWNER_NEXT, recovered, OWNER_NEXT), ERR_OK);
    /* not the spent key again, and not behind the first recovery */
    assert_int_equal(recover(recovered, SET(OWNER_LATER, 7), PAPER, PAPER_LAST), ERR_BAD_RECOVERY);
    assert_int_equal(recover(3, SET(OWNER_LATER, 7), PAPER_NEXT, PAPER_LAST), ERR_BAD_CHAIN);
    assert_int_equal(recover(4, SET(OWNER_LATER, 7), PAPER_NEXT, PAPER_LAST), ERR_BAD_CHAIN);
    assert_int_equal(recover(recovered, SET(OWNER_LATER, 7), PAPER_NEXT, PAPER_LAST), ERR_OK);
    assert_int_equal(cut_of(THIEF), 4);
    assert_int_equal(cut_of(THIEF_NEXT), theft);
    assert_true(cut_of(OWNER_NEXT) == UINT64_MAX);
    assert_int_equal(run_now(), 1);
}

static void bad_recovery(void **state)
{
    struct issuer_payload p;

    (void)state;
    registered();
    assert_int_equal(submit_rotation(&w, iss(), SET(THIEF, 7), OWNER), ERR_OK);
    /* by a key that was not committed; by the thief; revealing one key and signing with another */
    assert_int_equal(recover(3, SET(OWNER, 7), PAPER_NEXT, PAPER_LAST), ERR_BAD_RECOVERY);
    assert_int_equal(recover(3, SET(OWNER, 7), THIEF, PAPER_LAST), ERR_BAD_RECOVERY);
    p = recovery_set(&w, 3, SET(OWNER, 7), PAPER, PAPER_NEXT);
    assert_int_equal(submit_issuer(&w, iss(), &p, THIEF), ERR_BAD_RECOVERY);
    /* the revealed key is for this alone */
    p = recovery_set(&w, 3, SET(OWNER, 7, PAPER, 7), PAPER, PAPER_NEXT);
    assert_int_equal(submit_issuer(&w, iss(), &p, PAPER), ERR_BAD_RECOVERY);
    /* and others must follow it, not one that was committed before */
    p.recovery_count = 0;
    assert_int_equal(submit_issuer(&w, iss(), &p, PAPER), ERR_BAD_RECOVERY);
    assert_int_equal(recover(3, SET(OWNER, 7), PAPER, PAPER), ERR_BAD_RECOVERY);
    p = recovery_set(&w, 3, SET(OWNER, 7), PAPER, PAPER_NEXT);
    put_recovery(&p, PAPER);
    assert_int_equal(submit_issuer(&w, iss(), &p, PAPER), ERR_BAD_RECOVERY);
    p = recovery_set(&w, 3, SET(OWNER, 7), PAPER, PAPER_NEXT);
    put_recovery(&p, PAPER_LAST);
    assert_int_equal(submit_issuer(&w, iss(), &p, PAPER), ERR_OK);
    /* committed once, by the recovery itself or by what came before it */
    assert_int_equal(recover(5, SET(OWNER, 7), PAPER_NEXT, PAPER_LAST), ERR_BAD_RECOVERY);
    assert_int_equal(recover(5, SET(OWNER, 7), PAPER_NEXT, PAPER), ERR_BAD_RECOVERY);
    assert_int_equal(recover(5, SET(OWNER, 7), PAPER_NEXT, 45), ERR_OK);
}

static void a_recovery_continues_a_statement_by_number_and_id(void **state)
{
    struct issuer_payload p;

    (void)state;
    registered();
    assert_int_equal(submit_genesis(&w, 9), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7), OWNER), ERR_OK);
    p = recovery_set(&w, 3, SET(OWNER, 7), PAPER, PAPER_NEXT);
    p.seq = 2;
    assert_int_equal(submit_issuer(&w, iss(), &p, PAPER), ERR_BAD_CHAIN);
    p = recovery_set(&w, 4, SET(OWNER, 7), PAPER, PAPER_NEXT);
    assert_int_equal(submit_issuer(&w, iss(), &p, PAPER), ERR_BAD_CHAIN);
    p = recovery_set(&w, 3, SET(OWNER, 7), PAPER, PAPER_NEXT);
    assert_int_equal(submit_issuer(&w, test_urn(8), &p, PAPER), ERR_UNREGISTERED);
    assert_int_equal(submit_issuer(&w, iss(), &p, PAPER), ERR_OK);
}

/* He brings in the very key that the owner would have used next, or the owner's next recovery would have. */
static void a_key_of_a_dropped_statement_never_signs_again(void **state)
{
    struct issuer_payload p;

    (void)state;
    registered();
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7, OWNER_NEXT, 7), OWNER), ERR_OK);
    assert_int_equal(recover(3, SET(OWNER_NEXT, 7), PAPER, PAPER_NEXT), ERR_KEY_RETURNS);
    assert_int_equal(recover(3, SET(OWNER, 7), PAPER, PAPER_NEXT), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7, OWNER_NEXT, 7), OWNER), ERR_KEY_RETURNS);
    assert_int_equal(cut_of(OWNER_NEXT), 4);
    /* it is cut where it came in; lower it can be */
    p = next_set(&w, iss(), SET(OWNER, 7));
    put_cut(&p, OWNER_NEXT, 4);
    assert_int_equal(submit_issuer(&w, iss(), &p, OWNER), ERR_BAD_CUT);
    assert_int_equal(rotate_and_cut(SET(OWNER, 7), OWNER_NEXT, 3, OWNER), ERR_OK);
    assert_int_equal(cut_of(OWNER_NEXT), 3);
}

static void bad_cut(void **state)
{
    (void)state;
    registered();
    /* never listed; listed and cut at once; ahead */
    assert_int_equal(rotate_and_cut(SET(OWNER, 7), THIEF, 3, OWNER), ERR_BAD_CUT);
    assert_int_equal(rotate_and_cut(SET(OWNER, 7), OWNER, 3, OWNER), ERR_BAD_CUT);
    assert_int_equal(rotate_and_cut(SET(OWNER_NEXT, 7), OWNER_NEXT, 3, OWNER), ERR_BAD_CUT);
    assert_int_equal(rotate_and_cut(SET(OWNER_NEXT, 7), OWNER, w.count + 1, OWNER), ERR_BAD_CUT);
    assert_int_equal(rotate_and_cut(SET(OWNER_NEXT, 7), OWNER, w.count, OWNER), ERR_OK);
    assert_int_equal(cut_of(OWNER), 4);
}

/* A recovery cuts by what stands without the statements that it drops. */
static void a_recovery_cuts_below_what_the_thief_cut(void **state)
{
    struct issuer_payload p;

    (void)state;
    registered();
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", OWNER), ERR_OK);
    assert_int_equal(rotate_and_cut(SET(THIEF, 7), OWNER, 0, OWNER), ERR_OK);
    p = recovery_set(&w, 3, SET(OWNER_NEXT, 7), PAPER, PAPER_NEXT);
    put_cut(&p, OWNER, 4);
    put_cut(&p, THIEF, 5);
    assert_int_equal(submit_issuer(&w, iss(), &p, PAPER), ERR_BAD_CUT);
    p.cut_count = 0;
    put_cut(&p, OWNER, 4);
    assert_int_equal(submit_issuer(&w, iss(), &p, PAPER), ERR_OK);
    assert_int_equal(cut_of(OWNER), 4);
    assert_int_equal(cut_of(THIEF), 5);
}

/* Revoked is revoked, whoever did it: a cut takes back only what is not final. */
static void a_cut_before_ones_own_revocation_leaves_it_standing(void **state)
{
    struct hash revoked, suspended;

    (void)state;
    registered();
    revoked = attested(1);
    suspended = attested(2);
    assert_int_equal(change(&revoked, STATUS_SUSPENDED, OWNER), ERR_OK);
    assert_int_equal(change(&revoked, STATUS_REVOKED, OWNER), ERR_OK);
    assert_int_equal(change(&suspended, STATUS_SUSPENDED, OWNER), ERR_OK);
    assert_int_equal(rotate_and_cut(SET(OWNER_NEXT, 7), OWNER, 3, OWNER), ERR_OK);
    assert_int_equal(status_now(&revoked), STATUS_REVOKED);
    assert_int_equal(status_now(&suspended), STATUS_VALID);
    assert_int_equal(change(&revoked, STATUS_VALID, OWNER_NEXT), ERR_STATUS_FINAL);
    assert_int_equal(change(&suspended, STATUS_VALID, OWNER_NEXT), ERR_STATUS_SAME);
    assert_int_equal(change(&suspended, STATUS_SUSPENDED, OWNER_NEXT), ERR_OK);
    assert_int_equal(status_now(&suspended), STATUS_SUSPENDED);
}

/* The newest move before its key's cut decides, however many there are behind it, by whatever keys. */
static void moves_past_a_cut_are_passed_over_one_by_one(void **state)
{
    struct hash target;
    struct status_fold f;
    uint64_t stood;

    (void)state;
    registered();
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7, OWNER_NEXT, 2), OWNER), ERR_OK);
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", OWNER), ERR_OK);
    target = world_last_id(&w);
    assert_int_equal(change(&target, STATUS_SUSPENDED, OWNER), ERR_OK);
    stood = w.count - 1;
    for (unsigned n = 1; n < 40; n++)
        assert_int_equal(change(&target, n % 2 == 0 ? STATUS_SUSPENDED : STATUS_VALID, OWNER_NEXT), ERR_OK);
    assert_int_equal(status_now(&target), STATUS_VALID);
    assert_int_equal(rotate_and_cut(SET(OWNER, 7), OWNER_NEXT, stood, OWNER), ERR_OK);
    assert_int_equal(status_fold(&w.lookup, &target, iss(), w.count, &f), ERR_OK);
    assert_true(f.decided && f.status == STATUS_SUSPENDED && f.position == stood && f.moves == 40);
    /* before the cut was there, it was valid again */
    assert_int_equal(status_fold(&w.lookup, &target, iss(), w.count - 1, &f), ERR_OK);
    assert_int_equal(f.status, STATUS_VALID);
    /* a cut is not a way to more than 64 moves */
    for (unsigned n = 40; n < 64; n++)
        assert_int_equal(change(&target, n % 2 == 0 ? STATUS_VALID : STATUS_SUSPENDED, OWNER), ERR_OK);
    assert_int_equal(change(&target, STATUS_VALID, OWNER), ERR_STATUS_FULL);
}

static void a_thief_who_fills_the_64_does_not_stop_a_recovery(void **state)
{
    unsigned n = 1;

    (void)state;
    registered();
    assert_int_equal(submit_rotation(&w, iss(), SET(THIEF, 7, 30, 1, 31, 1), OWNER), ERR_OK);
    for (n = 2; n < 64; n++) assert_int_equal(submit_rotation(&w, iss(), SET(THIEF, 7, 30, 1, 31, 1), THIEF), ERR_OK);
    assert_int_equal(run_now(), 64);
    assert_int_equal(submit_rotation(&w, iss(), SET(THIEF, 7, 30, 1, 31, 1), THIEF), ERR_CHAIN_FULL);
    /* to stop a key is possible still, to stop it again is not */
    assert_int_equal(rotate_and_cut(SET(THIEF, 7, 30, 1, 31, 1), OWNER, 3, THIEF), ERR_OK);
    assert_int_equal(rotate_and_cut(SET(THIEF, 7, 30, 1, 31, 1), OWNER, 2, THIEF), ERR_CHAIN_FULL);
    assert_int_equal(rotate_and_cut(SET(THIEF, 7, 30, 1, 31, 3), OWNER, 2, THIEF), ERR_CHAIN_FULL);
    assert_int_equal(submit_rotation(&w, iss(), SET(THIEF, 7), THIEF), ERR_OK);
    assert_int_equal(recover(3, SET(OWNER, 7), PAPER, PAPER_NEXT), ERR_OK);
    assert_int_equal(run_now(), 1);
    assert_true(cut_of(OWNER) == UINT64_MAX);
    assert_int_equal(cut_of(30), 4);
    for (n = 1; n < 64; n++) assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7), OWNER), ERR_OK);
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7), OWNER), ERR_CHAIN_FULL);
}

static struct issuer_payload thousand_keys(unsigned n)
{
    unsigned keys[2 * ISSUER_KEYS_MAX + 1] = {THIEF, 7};

    for (unsigned k = 1; k < ISSUER_KEYS_MAX; k++) {
        keys[2 * k] = 100 + n % 40 * ISSUER_KEYS_MAX + k;
        keys[2 * k + 1] = PURPOSE_ATTEST;
    }
    return next_set(&w, iss(), keys);
}

/* Each key that was listed can be cut once: no more of that than an evidence file can show. */
static void a_run_has_an_end_however_many_keys_a_thief_listed(void **state)
{
    struct issuer_payload p;
    unsigned n;

    (void)state;
    registered();
    for (n = 1; n < 40; n++) {
        p = thousand_keys(n);
        assert_int_equal(submit_issuer(&w, iss(), &p, n == 1 ? OWNER : THIEF), ERR_OK);
    }
    for (; n < 64; n++) {
        p = thousand_keys(39);
        assert_int_equal(submit_issuer(&w, iss(), &p, THIEF), ERR_OK);
    }
    for (n = 1; n <= 16; n++) {
        p = thousand_keys(39);
        put_cut(&p, 100 + n * ISSUER_KEYS_MAX + 1, NO_POSITION);
        assert_int_equal(submit_issuer(&w, iss(), &p, THIEF), ERR_OK);
    }
    p = thousand_keys(39);
    put_cut(&p, 100 + n * ISSUER_KEYS_MAX + 1, NO_POSITION);
    assert_int_equal(submit_issuer(&w, iss(), &p, THIEF), ERR_CHAIN_FULL);
    /* a key of the set can be taken out to the last, and cut with it */
    p = next_set(&w, iss(), SET(THIEF, 7));
    put_cut(&p, 100 + n * ISSUER_KEYS_MAX + 1, NO_POSITION);
    assert_int_equal(submit_issuer(&w, iss(), &p, THIEF), ERR_OK);
    assert_int_equal(run_now(), 81);
    assert_int_equal(submit_rotation(&w, iss(), SET(THIEF, 7), THIEF), ERR_CHAIN_FULL);
    assert_int_equal(recover(3, SET(OWNER, 7), PAPER, PAPER_NEXT), ERR_OK);
}

/* The log's own identity is an issuer like others, but for what only it may list. */
static void the_logs_own_keys_rotate_are_cut_and_are_recovered(void **state)
{
    struct issuer_payload p;
    struct rules_payload rules;

    (void)state;
    world_init(&w, RULES_OPEN);
    /* its online keys are no operator */
    rules = next_rules(&w);
    assert_int_equal(submit_rules(&w, &rules, KEY_SEAL_TEST), ERR_NOT_LISTED);
    assert_int_equal(submit_rules(&w, &rules, KEY_CHECKPOINT_TEST), ERR_NOT_LISTED);
    assert_int_equal(submit_rotation(&w, w.origin, SET(KEY_SEAL_TEST, 63), KEY_SEAL_TEST), ERR_NOT_LISTED);
    /* the seal key is stolen: another in its place, and a cut without a position */
    p = next_set(&w, w.origin, SET(KEY_OPERATOR_TEST, 20, 950, 8, KEY_CHECKPOINT_TEST, 32));
    put_cut(&p, KEY_SEAL_TEST, 2);
    assert_int_equal(submit_issuer(&w, w.origin, &p, KEY_OPERATOR_TEST), ERR_BAD_CUT);
    p.cut_count = 0;
    put_cut(&p, KEY_SEAL_TEST, NO_POSITION);
    assert_int_equal(submit_issuer(&w, w.origin, &p, KEY_OPERATOR_TEST), ERR_OK);
    /* then the operator's: whoever has it makes rules until it is recovered */
    assert_int_equal(submit_rotation(&w, w.origin, SET(960, 20, 961, 8), KEY_OPERATOR_TEST), ERR_OK);
    rules = next_rules(&w);
    assert_int_equal(submit_rules(&w, &rules, KEY_OPERATOR_TEST), ERR_NOT_LISTED);
    assert_int_equal(submit_rules(&w, &rules, 960), ERR_OK);
    p = recovery_set(&w, 3, SET(951, 20, 950, 8, KEY_CHECKPOINT_TEST, 32), KEY_RECOVERY_TEST, 904);
    assert_int_equal(submit_issuer(&w, w.origin, &p, KEY_RECOVERY_TEST), ERR_OK);
    rules = next_rules(&w);
    assert_int_equal(submit_rules(&w, &rules, 960), ERR_NOT_LISTED);
    assert_int_equal(submit_rules(&w, &rules, 951), ERR_OK);
}

/* The last byte of the signature is another, unless `good`. */
static enum err ask_set(const struct issuer_payload *p, unsigned key, bool good)
{
    uint8_t bytes[4096];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_ISSUER, .iss = iss(), .sub = iss(), .home = w.origin};
    struct statement s;

    issuer_encode(p, &o);
    d.payload = out_span(&o);
    s = world_make(&d, key);
    if (!good) ((uint8_t *)(uintptr_t)s.bytes.ptr)[s.bytes.len - 1] ^= 1;
    assert_int_equal(statement_decode(s.bytes, &s), ERR_OK);
    w.calls = 0;
    return world_ask(&w, &s);
}

static void a_first_statement_is_signed_by_the_key_it_lists(void **state)
{
    struct issuer_payload p = test_set(0, NULL, SET(OWNER, 7));

    (void)state;
    world_init(&w, RULES_OPEN);
    assert_int_equal(ask_set(&p, OWNER, false), ERR_BAD_SIGNATURE);
    assert_int_equal(ask_set(&p, OWNER, true), ERR_OK);
}

/* Whoever has checked a signature says under which key; under another it is checked. */
static void what_was_verified_was_verified_under_one_key(void **state)
{
    struct public_key owner = test_public(OWNER), thief = test_public(THIEF);
    struct draft d = {.kind = KIND_ATTESTATION, .sub = SPAN("sub-a")};
    struct admit_at at;
    struct statement s;

    (void)state;
    registered();
    at = (struct admit_at){w.origin, w.count, w.from_ms, w.now_ms, NULL, &thief};
    d.iss = iss();
    s = world_make(&d, OWNER);
    ((uint8_t *)(uintptr_t)s.bytes.ptr)[s.bytes.len - 1] ^= 1;
    assert_int_equal(statement_decode(s.bytes, &s), ERR_OK);
    assert_int_equal(admit(&w.lookup, &at, &s, &w.why), ERR_BAD_SIGNATURE);
    at.verified = &owner;
    assert_int_equal(admit(&w.lookup, &at, &s, &w.why), ERR_OK);
}

/* Anybody can send what nobody signed, as often as he likes. */
static void the_past_is_not_read_for_what_is_not_signed(void **state)
{
    struct issuer_payload p;

    (void)state;
    registered();
    for (unsigned n = 0; n < 40; n++)
        assert_int_equal(submit_rotation(&w, iss(), SET(OWNER, 7, 100 + n, 7), OWNER), ERR_OK);
    p = next_set(&w, iss(), SET(OWNER, 7, OWNER_NEXT, 7));
    assert_int_equal(ask_set(&p, OWNER, false), ERR_BAD_SIGNATURE);
    assert_true(w.calls < 10);
    assert_int_equal(ask_set(&p, OWNER, true), ERR_OK);
    assert_true(w.calls > 40);
    p = recovery_set(&w, 3, SET(OWNER_NEXT, 7), PAPER, PAPER_NEXT);
    assert_int_equal(ask_set(&p, PAPER, false), ERR_BAD_SIGNATURE);
    assert_true(w.calls < 10);
    assert_int_equal(ask_set(&p, PAPER, true), ERR_OK);
    assert_true(w.calls > 40);
}

/* A statement that a collision of keys put into the issuer's list is neither dropped nor a recovery of his. */
static void a_strangers_recovery_drops_nothing(void **state)
{
    struct issuer_payload p = test_set(0, NULL, SET(9, 7));

    (void)state;
    registered();
    assert_int_equal(submit_rotation(&w, iss(), SET(OWNER_NEXT, 7), OWNER), ERR_OK);
    put_recovery(&p, 48);
    assert_int_equal(submit_issuer(&w, test_urn(9), &p, 9), ERR_OK);
    p = recovery_set(&w, 5, SET(9, 7), 48, 49);
    assert_int_equal(submit_issuer(&w, test_urn(9), &p, 48), ERR_OK);
    world_merge_last(&w, INDEX_ISSUER, iss(), SPAN(""));
    assert_int_equal(run_now(), 2);
    assert_true(cut_of(OWNER_NEXT) == UINT64_MAX);
    assert_int_equal(submit_attestation(&w, iss(), "sub-a", OWNER_NEXT), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_key_signs_nothing_after_a_rotation),
        cmocka_unit_test(a_stolen_key_is_cut_where_the_theft_began),
        cmocka_unit_test(an_offline_cut_without_a_position_holds_from_where_it_stands),
        cmocka_unit_test(a_recovery_undoes_a_thief_who_rotates_and_cuts_the_owner),
        cmocka_unit_test(recovery_wins_at_any_point_of_the_race),
        cmocka_unit_test(a_second_theft_is_recovered_with_the_key_that_the_first_recovery_committed),
        cmocka_unit_test(bad_recovery),
        cmocka_unit_test(a_recovery_continues_a_statement_by_number_and_id),
        cmocka_unit_test(a_key_of_a_dropped_statement_never_signs_again),
        cmocka_unit_test(bad_cut),
        cmocka_unit_test(a_recovery_cuts_below_what_the_thief_cut),
        cmocka_unit_test(a_cut_before_ones_own_revocation_leaves_it_standing),
        cmocka_unit_test(moves_past_a_cut_are_passed_over_one_by_one),
        cmocka_unit_test(a_thief_who_fills_the_64_does_not_stop_a_recovery),
        cmocka_unit_test(a_run_has_an_end_however_many_keys_a_thief_listed),
        cmocka_unit_test(the_logs_own_keys_rotate_are_cut_and_are_recovered),
        cmocka_unit_test(a_first_statement_is_signed_by_the_key_it_lists),
        cmocka_unit_test(what_was_verified_was_verified_under_one_key),
        cmocka_unit_test(the_past_is_not_read_for_what_is_not_signed),
        cmocka_unit_test(a_strangers_recovery_drops_nothing),
    };
    int failed = cmocka_run_group_tests_name("keys", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
