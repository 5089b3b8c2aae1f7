/* Random histories: admission, its folds and a replay of it all agree with a model that knows only definitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/admit/history.h"

#define HISTORIES 60
#define CHOICES 2400

/* xorshift64*: the same everywhere. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static void random_histories_are_as_the_model_says(void **state)
{
    static struct history_tally tally;
    static uint8_t choices[CHOICES];
    uint64_t seed = 12345;
    unsigned reasons = 0;
    bool enough = true;

    (void)state;
    for (unsigned n = 0; n < HISTORIES; n++) {
        for (size_t i = 0; i < sizeof(choices); i++) choices[i] = (uint8_t)(next(&seed) >> 56);
        history_run(span_of(choices, sizeof(choices)), &tally);
    }
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
