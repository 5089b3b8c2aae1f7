/* The index in the store against the model: 1,000 random histories and three with a shape of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/index/histories/play.h"

static void new_histories_agree_with_the_model(void **state)
{
    (void)state;
    play_new(100);
}

static void random_histories_agree_with_the_model(void **state)
{
    (void)state;
    play_random(0, 900);
}

static void a_subject_with_10_000_issuers(void **state)
{
    struct history h;

    (void)state;
    history_of_a_subject(10000, &h);
    play_history(&h, 3, 5);
}

static void an_issuer_with_10_000_subjects(void **state)
{
    struct history h;

    (void)state;
    history_of_an_issuer(10000, &h);
    play_history(&h, 3, 5);
}

static void an_attacker_grinds_prefixes(void **state)
{
    struct history h;

    (void)state;
    history_of_an_attacker(&h);
    play_history(&h, 20, 20);
}

static void keys_part_at_every_bit(void **state)
{
    struct history h;

    (void)state;
    history_of_a_comb(&h);
    play_history(&h, 6, 10);
}

static void steps_were_many(void **state)
{
    (void)state;
    assert_in_range(play_steps(), 100000, UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(new_histories_agree_with_the_model, play_tear_down),
        cmocka_unit_test_teardown(random_histories_agree_with_the_model, play_tear_down),
        cmocka_unit_test(a_subject_with_10_000_issuers),
        cmocka_unit_test(an_issuer_with_10_000_subjects),
        cmocka_unit_test(an_attacker_grinds_prefixes),
        cmocka_unit_test(keys_part_at_every_bit),
        cmocka_unit_test(steps_were_many),
    };
    return cmocka_run_group_tests(tests, play_set_up, NULL);
}
