/* What histories_slow_test.c shows of 1,000 histories, of 10,000; and an issuer with 100,000 subjects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/index/histories/play.h"

static void new_histories_agree_with_the_model(void **state)
{
    (void)state;
    play_new(1000);
}

static void random_histories_agree_with_the_model(void **state)
{
    (void)state;
    play_random(0, 9000);
}

static void a_subject_with_10_000_issuers(void **state)
{
    struct history h;

    (void)state;
    history_of_a_subject(10000, &h);
    play_history(&h, 10, 20);
}

static void an_issuer_with_100_000_subjects(void **state)
{
    struct history h;

    (void)state;
    history_of_an_issuer(100000, &h);
    play_history(&h, 5, 3);
}

static void an_attacker_grinds_prefixes(void **state)
{
    struct history h;

    (void)state;
    history_of_an_attacker(&h);
    play_history(&h, 200, 50);
}

static void keys_part_at_every_bit(void **state)
{
    struct history h;

    (void)state;
    history_of_a_comb(&h);
    play_history(&h, 60, 30);
}

static void steps_were_many(void **state)
{
    (void)state;
    assert_in_range(play_steps(), 1000000, UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(new_histories_agree_with_the_model, play_tear_down),
        cmocka_unit_test_teardown(random_histories_agree_with_the_model, play_tear_down),
        cmocka_unit_test(a_subject_with_10_000_issuers),
        cmocka_unit_test(an_issuer_with_100_000_subjects),
        cmocka_unit_test(an_attacker_grinds_prefixes),
        cmocka_unit_test(keys_part_at_every_bit),
        cmocka_unit_test(steps_were_many),
    };
    return cmocka_run_group_tests(tests, play_set_up, NULL);
}
