/* A file that was written durably is there after a loss of power, whole, as it was or as it was written since: the
 * guard against signing twice, and a witness's memory, are such files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/base/codec.h"
#include "server/shell/files.h"
#include "tests/store/powercut.h"

#define NAME "last-signed"
#define WRITES 30
#define IMAGES 300
#define BYTES 6000 /* more than a block */

static char dir[64];

static int path_remove(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    (void)st, (void)flag, (void)where;
    return remove(path);
}

static int folder_make(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/cairn-durable-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int folder_remove(void **state)
{
    (void)state;
    powercut_release();
    return nftw(dir, path_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* The number, and bytes that follow from it. */
static struct span content(uint64_t number, uint8_t bytes[BYTES])
{
    size_t len = 8 + (size_t)(number * 211 % (BYTES - 8));

    u64_put(bytes, number);
    for (size_t i = 8; i < len; i++) bytes[i] = (uint8_t)(number * 7 + i);
    return span_of(bytes, len);
}

/* Which version these bytes are; 0 when none. */
static uint64_t version(struct span found)
{
    uint8_t bytes[BYTES];
    uint64_t number = found.len < 8 ? 0 : u64_at(found.ptr);

    return number > 0 && number <= WRITES && span_equal(content(number, bytes), found) ? number : 0;
}

static void record(void)
{
    uint8_t bytes[BYTES];

    powercut_watch(dir);
    for (uint64_t n = 1; n <= WRITES; n++) {
        assert_int_equal(file_write_durable(dir, NAME, content(n, bytes), 0600), ERR_OK);
        powercut_mark((struct powercut_mark){.statements = n});
    }
}

/* 0 as it should be. */
static unsigned wrong_in(const struct powercut_image *image)
{
    uint64_t least = image->acknowledged.statements;

    for (size_t i = 0; i < image->count; i++) {
        const struct powercut_entry *e = &image->entry[i];
        uint64_t found;

        if (strcmp(e->path, NAME) != 0) continue;
        found = version(span_of(e->bytes, e->len));
        return found < least || found > least + 1 || found == 0;
    }
    return least > 0;
}

static unsigned wrong_images(struct powercut_rules rules)
{
    size_t events = powercut_events();
    uint64_t seed = 3;
    unsigned wrong = 0;

    powercut_begin(rules);
    for (unsigned i = 0; i < IMAGES; i++)
        wrong += wrong_in(powercut_image(events * i / IMAGES, powercut_random(&seed)));
    return wrong;
}

static void no_power_cut_takes_a_file_back_or_halves_it(void **state)
{
    (void)state;
    record();
    assert_int_equal(wrong_images((struct powercut_rules){true, true, true}), 0);
    /* And this would be seen. */
    assert_true(wrong_images((struct powercut_rules){false, true, true}) > IMAGES / 10);
    assert_true(wrong_images((struct powercut_rules){true, true, false}) > IMAGES / 10);
}

/* Any call may fail: then the old file or the new one is there, and the new one when it says so. */
static void a_call_that_fails_leaves_one_of_two(void **state)
{
    static const enum powercut_fate fates[] = {POWERCUT_LOST, POWERCUT_KEPT, POWERCUT_SHORT};
    uint8_t bytes[BYTES];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(fates); i++)
        for (unsigned nth = 0;; nth++) {
            char path[FILE_PATH_MAX];
            bool fired;
            uint8_t *found;
            size_t len;
            enum err e;

            powercut_release();
            assert_int_equal(file_write_durable(dir, NAME, content(1, bytes), 0600), ERR_OK);
            powercut_watch(dir);
            powercut_fail((struct powercut_fault){POWERCUT_ANY, nth, ENOSPC, fates[i], false});
            e = file_write_durable(dir, NAME, content(2, bytes), 0600);
            fired = powercut_failed();
            assert_int_equal(file_path(dir, NAME, path), ERR_OK);
            assert_int_equal(file_read(path, BYTES, &found, &len), ERR_OK);
            assert_in_range(version(span_of(found, len)), e == ERR_OK ? 2 : 1, 2);
            free(found);
            /* Half of a write is written on. */
            assert_true(e == ERR_OK || fired);
            if (!fired) {
                assert_true(nth > 4);
                break;
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_power_cut_takes_a_file_back_or_halves_it),
        cmocka_unit_test(a_call_that_fails_leaves_one_of_two),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
