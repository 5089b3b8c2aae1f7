/* Which of the keys of a log sign at a size: what its statements list decides, whatever lies in the folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/node/own_keys.h"
#include "tests/admit/world.h"

#define ORIGIN_LIST KEY_OPERATOR_TEST, PURPOSE_ISSUER | PURPOSE_RULES
/* The next pairs of keys: one of checkpoints, and one of seals behind it. */
enum { SECOND = 20, THIRD = 22, FOURTH = 24, FIFTH = 26 };

static struct world *w;
static struct log_keys held;
static struct signing s;
static struct refusal why;

static void hold(unsigned key, unsigned purpose)
{
    struct secret_key secret = test_key(key);

    assert_int_equal(log_keys_add(&held, purpose, secret.b, "log.key"), ERR_OK);
}

static void hold_pair(unsigned pair)
{
    hold(pair, PURPOSE_CHECKPOINT);
    hold(pair + 1, PURPOSE_SEAL);
}

/* The first pair of the log, and `pairs`, ended by 0. */
static void begin(const unsigned *pairs)
{
    world_init(w, RULES_OPEN);
    held.count = 0;
    hold(KEY_CHECKPOINT_TEST, PURPOSE_CHECKPOINT);
    hold(KEY_SEAL_TEST, PURPOSE_SEAL);
    for (; *pairs != 0; pairs++) hold_pair(*pairs);
}

static struct issuer_payload set_of(unsigned pair)
{
    const unsigned keys[] = {ORIGIN_LIST, pair, PURPOSE_CHECKPOINT, pair + 1, PURPOSE_SEAL, 0};

    return next_set(w, w->origin, keys);
}

static void rotate(unsigned pair, unsigned cut)
{
    struct issuer_payload p = set_of(pair);

    if (cut != 0) put_cut(&p, cut, NO_POSITION);
    assert_int_equal(submit_issuer(w, w->origin, &p, KEY_OPERATOR_TEST), ERR_OK);
}

static enum err ask(uint64_t at)
{
    return signing_at(&held, &w->lookup, w->origin, at, &s, &why);
}

static void assert_signs(uint64_t at, unsigned seal, const unsigned *checkpoints)
{
    struct hash kid = test_kid(seal);
    size_t count = 0;

    assert_int_equal(ask(at), ERR_OK);
    assert_memory_equal(&s.seal->kid, &kid, sizeof(kid));
    for (; checkpoints[count] != 0; count++) {
        kid = test_kid(checkpoints[count]);
        assert_true(count < s.count);
        assert_memory_equal(&s.checkpoint[count]->kid, &kid, sizeof(kid));
    }
    assert_int_equal(s.count, count);
}
#define SIGNS(at, seal, ...) assert_signs(at, seal, (const unsigned[]){__VA_ARGS__, 0})

static bool receipts_have(unsigned key)
{
    struct hash kid = test_kid(key);

    return key_set_find(&s.receipts, &kid) != NULL;
}

static void the_old_checkpoint_key_signs_beside_the_new_one(void **state)
{
    uint64_t before;

    (void)state;
    begin((const unsigned[]){SECOND, THIRD, 0});
    before = w->count;
    SIGNS(before, KEY_SEAL_TEST, KEY_CHECKPOINT_TEST);
    rotate(SECOND, 0);
    SIGNS(before, KEY_SEAL_TEST, KEY_CHECKPOINT_TEST);
    SIGNS(w->count, SECOND + 1, SECOND, KEY_CHECKPOINT_TEST);
    assert_true(receipts_have(KEY_SEAL_TEST));
    assert_true(receipts_have(SECOND + 1));
    assert_false(receipts_have(THIRD + 1));
    assert_int_equal(s.use[0], KEY_BESIDE);
    assert_int_equal(s.use[1], KEY_SPENT);
    assert_int_equal(s.use[2], KEY_SIGNS);
    assert_int_equal(s.use[3], KEY_SIGNS);
    assert_int_equal(s.use[4], KEY_NOT_LISTED);
}

static void a_key_that_is_cut_signs_up_to_its_cut(void **state)
{
    uint64_t cut_at;

    (void)state;
    begin((const unsigned[]){SECOND, THIRD, 0});
    rotate(SECOND, 0);
    cut_at = w->count;
    rotate(THIRD, KEY_CHECKPOINT_TEST);
    SIGNS(cut_at, SECOND + 1, SECOND, KEY_CHECKPOINT_TEST);
    SIGNS(cut_at + 1, THIRD + 1, THIRD, SECOND);
    assert_int_equal(s.use[0], KEY_SPENT);
    rotate(FOURTH, SECOND + 1);
    hold_pair(FOURTH);
    assert_int_equal(ask(w->count), ERR_OK);
    assert_false(receipts_have(SECOND + 1));
    assert_true(receipts_have(KEY_SEAL_TEST));
}

static void four_lines_are_the_most_and_the_oldest_goes(void **state)
{
    static const unsigned pairs[] = {SECOND, THIRD, FOURTH, FIFTH, 0};

    (void)state;
    begin(pairs);
    for (size_t i = 0; pairs[i] != 0; i++) rotate(pairs[i], 0);
    SIGNS(w->count, FIFTH + 1, FIFTH, FOURTH, THIRD, SECOND);
    assert_int_equal(s.use[0], KEY_SPENT);
}

static void what_is_not_in_the_folder_does_not_sign(void **state)
{
    (void)state;
    begin((const unsigned[]){SECOND, 0});
    rotate(SECOND, 0);
    held.count = 0;
    hold(SECOND, PURPOSE_CHECKPOINT);
    assert_int_equal(ask(w->count), ERR_KEY_NOT_HELD);
    assert_non_null(strstr(why.found, "no key of seals and receipts (8)"));
    hold(SECOND + 1, PURPOSE_SEAL);
    SIGNS(w->count, SECOND + 1, SECOND);
    held.count = 0;
    hold(SECOND + 1, PURPOSE_SEAL);
    assert_int_equal(ask(w->count), ERR_KEY_NOT_HELD);
    assert_non_null(strstr(why.found, "no checkpoint key (32)"));
}

static void the_order_of_the_files_does_not_matter(void **state)
{
    (void)state;
    begin((const unsigned[]){SECOND, THIRD, 0});
    rotate(SECOND, 0);
    rotate(THIRD, 0);
    SIGNS(w->count, THIRD + 1, THIRD, SECOND, KEY_CHECKPOINT_TEST);
    held.count = 0;
    hold_pair(THIRD);
    hold(KEY_SEAL_TEST, PURPOSE_SEAL);
    hold(KEY_CHECKPOINT_TEST, PURPOSE_CHECKPOINT);
    hold_pair(SECOND);
    SIGNS(w->count, THIRD + 1, THIRD, SECOND, KEY_CHECKPOINT_TEST);
}

/* The operator's key was stolen too: what came of it gave no key. */
static void a_key_that_a_recovery_dropped_does_not_sign(void **state)
{
    static const unsigned keys[] = {KEY_OPERATOR_TEST,
                                    PURPOSE_ISSUER | PURPOSE_RULES,
                                    KEY_CHECKPOINT_TEST,
                                    PURPOSE_CHECKPOINT,
                                    KEY_SEAL_TEST,
                                    PURPOSE_SEAL,
                                    0};
    /* The key of seals signs checkpoints too, says a dropped statement. */
    static const unsigned dropped[] = {ORIGIN_LIST,
                                       SECOND,
                                       PURPOSE_CHECKPOINT,
                                       SECOND + 1,
                                       PURPOSE_SEAL,
                                       KEY_SEAL_TEST,
                                       PURPOSE_SEAL | PURPOSE_CHECKPOINT,
                                       0};
    struct issuer_payload p;
    uint64_t before;

    (void)state;
    begin((const unsigned[]){SECOND, 0});
    before = w->count;
    p = next_set(w, w->origin, dropped);
    assert_int_equal(submit_issuer(w, w->origin, &p, KEY_OPERATOR_TEST), ERR_OK);
    p = recovery_set(w, 0, keys, KEY_RECOVERY_TEST, 30);
    assert_int_equal(submit_issuer(w, w->origin, &p, KEY_RECOVERY_TEST), ERR_OK);
    assert_int_equal(ask(before + 1), ERR_OK);
    assert_int_equal(s.count, 3);
    SIGNS(w->count, KEY_SEAL_TEST, KEY_CHECKPOINT_TEST);
    assert_false(receipts_have(SECOND + 1));
    assert_int_equal(s.use[2], KEY_SPENT);
}

static void there_is_room_for_sixteen(void **state)
{
    struct log_keys more = {.count = 0};
    uint8_t seed[32] = {1};

    (void)state;
    for (seed[1] = 0; seed[1] < OWN_KEYS_MAX; seed[1]++)
        assert_int_equal(log_keys_add(&more, PURPOSE_SEAL, seed, "log.key"), ERR_OK);
    assert_int_equal(log_keys_add(&more, PURPOSE_SEAL, seed, "log.key"), ERR_NO_ROOM);
    assert_int_equal(more.count, OWN_KEYS_MAX);
    seed[1] = 3;
    assert_int_equal(log_keys_add(&more, PURPOSE_SEAL, seed, "log.key"), ERR_OK);
    held.count = 0;
    hold(SECOND, PURPOSE_CHECKPOINT);
    assert_int_equal(log_keys_take(&held, &more.key[5]), ERR_OK);
    assert_int_equal(log_keys_take(&held, &more.key[5]), ERR_OK);
    assert_int_equal(held.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_checkpoint_key_signs_beside_the_new_one),
        cmocka_unit_test(a_key_that_is_cut_signs_up_to_its_cut),
        cmocka_unit_test(four_lines_are_the_most_and_the_oldest_goes),
        cmocka_unit_test(what_is_not_in_the_folder_does_not_sign),
        cmocka_unit_test(the_order_of_the_files_does_not_matter),
        cmocka_unit_test(a_key_that_a_recovery_dropped_does_not_sign),
        cmocka_unit_test(there_is_room_for_sixteen),
    };
    int failed;

    w = calloc(1, sizeof(*w));
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_release(w);
    free(w);
    return failed;
}
