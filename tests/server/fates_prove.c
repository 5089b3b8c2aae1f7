/* What fates_test.c shows of some calls, of every one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/server/memory/fates.h"

static void every_effect_has_its_fates(void **state)
{
    (void)state;
    fates_of_effects();
}

static void every_call_fails(void **state)
{
    (void)state;
    fates_of_calls(0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_effect_has_its_fates),
        cmocka_unit_test(every_call_fails),
    };
    return cmocka_run_group_tests(tests, fates_set_up, fates_tear_down);
}
