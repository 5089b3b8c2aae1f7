/* Random histories: admission, its folds and a replay of it all agree with a model that knows only definitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/admit/history.h"

#define HISTORIES 60

static void random_histories_are_as_the_model_says(void **state)
{
    static struct history_tally tally;
    unsigned reasons = 0;
    bool enough = true;

    (void)state;
    history_run_random(12345, HISTORIES, &tally);
    /* The choices reach what they are about. */
    for (enum statement_kind kind = 0; kind < KIND_COUNT; kind++) {
        print_message("%-12s %u admitted, %u refused\n", kind_row(kind)->word, tally.admitted[kind],
                      tally.refused[kind]);
        enough = enough && tally.admitted[kind] >= HISTORIES;
    }
    print_message("%u steps, %u recoveries, %u cuts\n", tally.steps, tally.recoveries, tally.cuts);
    enough = enough && tally.recoveries >= HISTORIES && tally.cuts >= HISTORIES;
    for (enum err e = ERR_OK; e < ERR_COUNT; e++) {
        if (tally.reason[e] > 0) print_message("  %s %u\n", err_reason(e), tally.reason[e]);
        reasons += tally.reason[e] > 0;
    }
    assert_true(enough && reasons >= 25);
}

static void on_assert(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_histories_are_as_the_model_says),
    };

    assert_hook = on_assert;
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
