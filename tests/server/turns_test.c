/* Whose turn it is: an issuer never waits behind another one's queue, and what is old never behind what is new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "server/node/turns.h"

#define MADE_MAX 16384

static struct submission made[MADE_MAX];
static size_t made_count;
static struct turns *turns;

static int begin(void **state)
{
    (void)state;
    turns = turns_new();
    made_count = 0;
    return 0;
}

static int end(void **state)
{
    struct submission *s;

    (void)state;
    while (turns_take(turns, &s, 1) > 0) {
    }
    turns_free(turns);
    return 0;
}

static enum err add(const char *iss, bool is_new)
{
    struct submission *s = &made[made_count++];

    assert_true(made_count < MADE_MAX);
    *s = (struct submission){.statement.iss = span_text(iss), .position = made_count};
    return turns_add(turns, s, is_new);
}

static size_t fill(const char *iss, bool is_new)
{
    size_t n = 0;

    while (add(iss, is_new) == ERR_OK) n++;
    return n;
}

/* The names of the next `count`, one letter each. */
static void assert_next(const char *wanted)
{
    struct submission *got[64];
    size_t count = turns_take(turns, got, strlen(wanted));

    assert_int_equal(count, strlen(wanted));
    for (size_t i = 0; i < count; i++) assert_int_equal(got[i]->statement.iss.ptr[0], wanted[i]);
}

static void issuers_take_turns(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) assert_int_equal(add("a", false), ERR_OK);
    assert_int_equal(add("b", false), ERR_OK);
    assert_int_equal(add("c", false), ERR_OK);
    assert_int_equal(add("c", false), ERR_OK);
    assert_next("abc");
    assert_int_equal(add("b", false), ERR_OK);
    assert_next("acbaa");
    assert_int_equal(turns_count(turns), 1);
    assert_next("a");
    assert_int_equal(turns_count(turns), 0);
}

static void lanes_take_turns(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) assert_int_equal(add("n", true), ERR_OK);
    assert_int_equal(add("a", false), ERR_OK);
    assert_int_equal(add("b", false), ERR_OK);
    assert_next("nanbnn");
    assert_int_equal(add("a", false), ERR_OK);
    assert_int_equal(add("n", true), ERR_OK);
    assert_next("an");
}

static void an_issuers_own_stay_in_order(void **state)
{
    struct submission *got[64];

    (void)state;
    for (unsigned i = 0; i < 30; i++) assert_int_equal(add(i % 3 == 0 ? "a" : "b", i % 2 == 0), ERR_OK);
    for (unsigned i = 0; i < 30; i += 10) assert_int_equal(turns_take(turns, got + i, 10), 10);
    for (unsigned i = 0; i < 30; i++)
        for (unsigned k = 0; k < i; k++)
            if (got[i]->statement.iss.ptr == got[k]->statement.iss.ptr && got[i]->position % 2 == got[k]->position % 2)
                assert_true(got[k]->position < got[i]->position);
}

static void whoever_fills_a_queue_leaves_as_much_to_others(void **state)
{
    (void)state;
    assert_int_equal(fill("a", false), TURNS_OLD_MAX / 2);
    assert_int_equal(add("b", false), ERR_OK);
    assert_int_equal(add("a", false), ERR_BUSY);
    assert_int_equal(fill("b", false), TURNS_OLD_MAX / 4 - 1);
    assert_int_equal(add("c", false), ERR_OK);
    assert_next("abc");
}

static void what_is_new_fills_its_own_lane_only(void **state)
{
    char iss[] = "0000";

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        iss[0] = (char)('A' + i);
        fill(iss, true);
    }
    assert_int_equal(turns_count(turns), TURNS_NEW_MAX);
    assert_int_equal(add("z", true), ERR_BUSY);
    assert_int_equal(add("z", false), ERR_OK);
    assert_int_equal(fill("z", false), TURNS_OLD_MAX / 2 - 1);
}

/* First, in between, last, and all of them; whoever leaves makes room and keeps nobody's turn. */
static void who_leaves_is_not_taken(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) assert_int_equal(add("a", false), ERR_OK);
    assert_int_equal(add("b", false), ERR_OK);
    assert_int_equal(add("c", true), ERR_OK);
    turns_leave(&made[0]);
    turns_leave(&made[2]);
    turns_leave(&made[4]);
    turns_leave(&made[6]);
    assert_int_equal(turns_count(turns), 3);
    assert_next("ab");
    assert_int_equal(add("a", false), ERR_OK);
    turns_leave(&made[3]);
    turns_leave(&made[7]);
    assert_int_equal(turns_count(turns), 0);
    assert_int_equal(add("d", false), ERR_OK);
    assert_int_equal(add("a", false), ERR_OK);
    assert_next("ad"); /* its place in the ring was kept */
    assert_int_equal(fill("a", false), TURNS_OLD_MAX / 2);
    for (size_t i = made_count - TURNS_OLD_MAX / 2 - 1; i < made_count - 1; i++) turns_leave(&made[i]);
    assert_int_equal(fill("a", false), TURNS_OLD_MAX / 2);
}

/* A batch ends, and whoever is not of it has his turn in the next. */
static void statements_of_keys_are_few_in_a_batch(void **state)
{
    struct submission *got[64];

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(add("keys", false), ERR_OK);
        made[made_count - 1].statement.kind = KIND_ISSUER;
    }
    for (unsigned i = 0; i < 10; i++) assert_int_equal(add("moves", false), ERR_OK);
    assert_int_equal(turns_take(turns, got, 64), TURNS_SETS_MAX + 10);
    assert_int_equal(turns_take(turns, got, 64), TURNS_SETS_MAX);
    assert_int_equal(turns_take(turns, got, 64), 40 - 2 * TURNS_SETS_MAX);
}

/* More issuers than there are buckets, each gone when its last is taken. */
static void many_issuers_come_and_go(void **state)
{
    static char iss[6000][8];
    struct submission *got[2 * 6000];

    (void)state;
    for (unsigned i = 0; i < 6000; i++) {
        memcpy(iss[i],
               (char[]){(char)('a' + i % 10), (char)('a' + i / 10 % 10), (char)('a' + i / 100 % 10),
                        (char)('a' + i / 1000), 0},
               5);
        assert_int_equal(add(iss[i], true), ERR_OK);
    }
    for (unsigned i = 0; i < 2000; i++) assert_int_equal(add(iss[3 * i], true), ERR_OK);
    assert_int_equal(turns_take(turns, got, 12000), 8000);
    for (unsigned i = 0; i < 6000; i++) assert_ptr_equal(got[i]->statement.iss.ptr, iss[i]);
    for (unsigned i = 0; i < 2000; i++) assert_ptr_equal(got[6000 + i]->statement.iss.ptr, iss[3 * i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(issuers_take_turns, begin, end),
        cmocka_unit_test_setup_teardown(lanes_take_turns, begin, end),
        cmocka_unit_test_setup_teardown(an_issuers_own_stay_in_order, begin, end),
        cmocka_unit_test_setup_teardown(whoever_fills_a_queue_leaves_as_much_to_others, begin, end),
        cmocka_unit_test_setup_teardown(what_is_new_fills_its_own_lane_only, begin, end),
        cmocka_unit_test_setup_teardown(who_leaves_is_not_taken, begin, end),
        cmocka_unit_test_setup_teardown(statements_of_keys_are_few_in_a_batch, begin, end),
        cmocka_unit_test_setup_teardown(many_issuers_come_and_go, begin, end),
    };

    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
