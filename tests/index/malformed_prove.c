/* What malformed_slow_test.c shows, of all trees of four leaves over three bits, and of a million at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/index/malformed/malformed.h"

static void no_small_tree_gives_two_answers(void **state)
{
    static const struct small all[] = {
        {.bits = 3, .leaves = 3, .values = 1, .bit = {126, 127, 128}, .dirty = true},
        {.bits = 3, .leaves = 3, .values = 1, .bit = {128, 129, 255}, .dirty = true},
        {.bits = 3, .leaves = 3, .values = 1, .bit = {0, 128, 129}, .dirty = true},
        {.bits = 2, .leaves = 4, .values = 1, .bit = {128, 129}, .dirty = true},
        {.bits = 3, .leaves = 4, .values = 1, .bit = {127, 128, 129}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++) every_small_tree(&all[i]);
}

static void no_random_tree_gives_two_answers(void **state)
{
    (void)state;
    random_trees(0, 900000);
}

static void no_new_random_tree_gives_two_answers(void **state)
{
    (void)state;
    new_random_trees(100000);
}

static void every_kind_of_proof_was_accepted(void **state)
{
    (void)state;
    every_kind_was_accepted(10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_small_tree_gives_two_answers),
        cmocka_unit_test_teardown(no_random_tree_gives_two_answers, random_trees_tear_down),
        cmocka_unit_test_teardown(no_new_random_tree_gives_two_answers, random_trees_tear_down),
        cmocka_unit_test(every_kind_of_proof_was_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
