/* The table of failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "log/base/base.h"

/* Reason words are an interface: programs look at them, so no two rows may share one. */
static void reason_words_are_unique_and_without_blanks(void **state)
{
    (void)state;
    for (enum err a = ERR_OK; a < ERR_COUNT; a++) {
        assert_non_null(err_reason(a));
        assert_true(strlen(err_reason(a)) > 0);
        assert_int_equal(strcspn(err_reason(a), " \t\r\n\"\\"), strlen(err_reason(a)));
        for (enum err b = a + 1; b < ERR_COUNT; b++) assert_string_not_equal(err_reason(a), err_reason(b));
    }
}

static void every_failure_says_what_to_do(void **state)
{
    (void)state;
    for (enum err e = ERR_OK + 1; e < ERR_COUNT; e++) {
        assert_true(strlen(err_expected(e)) > 0);
        assert_true(strlen(err_advice(e)) > 0);
        assert_int_not_equal(err_class(e), CLASS_OK);
    }
    assert_int_equal(err_class(ERR_OK), CLASS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reason_words_are_unique_and_without_blanks),
        cmocka_unit_test(every_failure_says_what_to_do),
    };
    return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
