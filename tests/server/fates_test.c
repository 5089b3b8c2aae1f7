/* The node's writer, overlay and proofs over a store where one thing goes wrong: every effect with each of its fates,
 * and some of the calls, others each time the number of the first is another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/server/memory/fates.h"

#define STRIDE 97

static void every_effect_has_its_fates(void **state)
{
    (void)state;
    fates_of_effects();
}

static void calls_fail(void **state)
{
    (void)state;
    fates_of_calls(5, STRIDE);
}

/* Whoever replays the log asks of each issue date what admission asked, by the clock as the seal has it. */
static void a_clock_that_is_set_back_leaves_a_log_that_replays(void **state)
{
    (void)state;
    assert_int_equal(fates_clock_back(false), -300);
    assert_int_equal(fates_clock_back(true), -300);
}

/* Nothing else in a file would say so. */
static void evidence_of_a_log_that_closes_says_so(void **state)
{
    (void)state;
    assert_false(fates_closing_shown(false));
    assert_true(fates_closing_shown(true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_effect_has_its_fates),
        cmocka_unit_test(calls_fail),
        cmocka_unit_test(a_clock_that_is_set_back_leaves_a_log_that_replays),
        cmocka_unit_test(evidence_of_a_log_that_closes_says_so),
    };
    return cmocka_run_group_tests(tests, fates_set_up, fates_tear_down);
}
