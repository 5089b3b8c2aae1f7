/* No loss of power takes what was acknowledged; and this test would see it if one did. */
#include "tests/store/cutting.h"

#define IMAGES 340
#define IMAGES_PART 30
#define IMAGES_BROKEN 60

static void the_record_is_complete(void **state)
{
    (void)state;
    cutting_check_record();
}

static void no_power_cut_loses_an_acknowledged_statement(void **state)
{
    struct findings f = cutting_cut(ALL_KEPT, CUT_ANYWHERE, IMAGES, 11);

    (void)state;
    assert_int_equal(f.good, IMAGES);
}

static void no_power_cut_leaves_half_a_store(void **state)
{
    struct findings making = cutting_cut(ALL_KEPT, CUT_MAKING, IMAGES_PART, 14);
    struct findings aside = cutting_cut(ALL_KEPT, CUT_SETTING_ASIDE, IMAGES_PART, 15);

    (void)state;
    assert_int_equal(making.good, IMAGES_PART);
    assert_int_equal(aside.good, IMAGES_PART);
}

static void without_fdatasync_this_test_finds_corruption(void **state)
{
    struct powercut_rules rules = {.sync_keeps = false, .dsync_keeps = true, .folder_sync_keeps = true};
    struct findings f = cutting_cut(rules, CUT_ANYWHERE, IMAGES_BROKEN, 12);

    (void)state;
    assert_true(f.corrupt > 0);
    assert_true(f.good < IMAGES_BROKEN / 2);
}

static void without_the_sync_of_the_meta_page_this_test_finds_loss(void **state)
{
    struct powercut_rules rules = {.sync_keeps = true, .dsync_keeps = false, .folder_sync_keeps = true};
    struct findings f = cutting_cut(rules, CUT_ANYWHERE, IMAGES_BROKEN, 13);

    (void)state;
    assert_true(f.lost > 10);
    assert_true(f.corrupt < f.lost / 10);
}

static void without_the_sync_of_folders_this_test_finds_loss(void **state)
{
    struct powercut_rules rules = {.sync_keeps = true, .dsync_keeps = true, .folder_sync_keeps = false};
    struct findings f = cutting_cut(rules, CUT_ANYWHERE, IMAGES_BROKEN, 16);

    (void)state;
    assert_true(f.lost + f.corrupt > IMAGES_BROKEN / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_is_complete),
        cmocka_unit_test(no_power_cut_loses_an_acknowledged_statement),
        cmocka_unit_test(no_power_cut_leaves_half_a_store),
        cmocka_unit_test(without_fdatasync_this_test_finds_corruption),
        cmocka_unit_test(without_the_sync_of_the_meta_page_this_test_finds_loss),
        cmocka_unit_test(without_the_sync_of_folders_this_test_finds_loss),
    };
    return cmocka_run_group_tests(tests, cutting_record, cutting_forget);
}
