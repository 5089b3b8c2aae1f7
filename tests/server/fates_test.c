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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_effect_has_its_fates),
        cmocka_unit_test(calls_fail),
    };
    return cmocka_run_group_tests(tests, fates_set_up, fates_tear_down);
}
