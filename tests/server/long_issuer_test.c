/* Evidence of an issuer with more issuer statements than a file has room to date, over a store in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/server/memory/fates.h"

static void dates_are_left_out_before_a_file_has_no_room(void **state)
{
    size_t seals;

    (void)state;
    assert_int_equal(fates_long_issuer(250, &seals), ERR_OK);
    assert_int_equal(seals, 251);
    assert_int_equal(fates_long_issuer(260, &seals), ERR_OK);
    assert_int_equal(seals, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_left_out_before_a_file_has_no_room),
    };
    return cmocka_run_group_tests(tests, fates_set_up, fates_tear_down);
}
