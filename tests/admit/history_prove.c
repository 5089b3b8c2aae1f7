/* What history_test.c shows of a few random histories, of thirty thousand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/admit/history.h"

#define HISTORIES 30000

static void thirty_thousand_random_histories_are_as_the_model_says(void **state)
{
    static struct history_tally tally;

    (void)state;
    history_run_random(67890, HISTORIES, &tally);
    print_message("%u steps, %u recoveries, %u cuts\n", tally.steps, tally.recoveries, tally.cuts);
    assert_true(tally.recoveries >= HISTORIES);
}

static void on_assert(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thirty_thousand_random_histories_are_as_the_model_says),
    };

    assert_hook = on_assert;
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
