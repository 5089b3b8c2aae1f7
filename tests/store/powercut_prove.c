/* What powercut_test.c shows, at the full count: 2,000 images good, and the harness failing with any barrier gone. */
#include "tests/store/cutting.h"

#define IMAGES 1600
#define IMAGES_PART 200
#define IMAGES_BROKEN 400

static void the_record_is_complete(void **state)
{
    (void)state;
    cutting_check_record();
}

static void two_thousand_images_are_good(void **state)
{
    struct findings anywhere = cutting_cut(ALL_KEPT, CUT_ANYWHERE, IMAGES, 21);
    struct findings making = cutting_cut(ALL_KEPT, CUT_MAKING, IMAGES_PART, 22);
    struct findings aside = cutting_cut(ALL_KEPT, CUT_SETTING_ASIDE, IMAGES_PART, 23);

    (void)state;
    assert_int_equal(anywhere.good, IMAGES);
    assert_int_equal(making.good, IMAGES_PART);
    assert_int_equal(aside.good, IMAGES_PART);
}

static void with_any_barrier_gone_images_are_bad(void **state)
{
    struct powercut_rules rules[] = {ALL_KEPT, ALL_KEPT, ALL_KEPT};
    struct findings f[COUNT_OF(rules)];

    (void)state;
    rules[0].sync_keeps = rules[1].dsync_keeps = rules[2].folder_sync_keeps = false;
    for (size_t i = 0; i < COUNT_OF(rules); i++) f[i] = cutting_cut(rules[i], CUT_ANYWHERE, IMAGES_BROKEN, 31 + i);
    assert_true(f[0].corrupt > IMAGES_BROKEN / 2);
    assert_true(f[1].lost > IMAGES_BROKEN / 4);
    assert_true(f[2].lost + f[2].corrupt > IMAGES_BROKEN / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_is_complete),
        cmocka_unit_test(two_thousand_images_are_good),
        cmocka_unit_test(with_any_barrier_gone_images_are_bad),
    };

    return cmocka_run_group_tests(tests, cutting_record, cutting_forget);
}
