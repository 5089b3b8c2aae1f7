/* Which tiles a growing tree changes, against the definition of c2sp.org/tlog-tiles asked of every tile. */
#include "log/tree/tile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Hashes of tile (level, index) at a size: the n-th tile of a level has those from n * 256 on, of
 * floor(size / 256^level). */
static unsigned brute_width(unsigned level, uint64_t index, uint64_t size)
{
    uint64_t hashes = size;

    for (unsigned i = 0; i < level; i++) hashes /= 256;
    if (hashes <= index * 256) return 0;
    return hashes - index * 256 < 256 ? (unsigned)(hashes - index * 256) : 256;
}

/* The order in which they must come, and how far tiles of a row can be told apart from none. */
static const struct {
    enum tile_kind kind;
    unsigned level;
} rows[] = {
    {TILE_STATEMENTS, 0}, {TILE_ENTRIES, 0}, {TILE_HASHES, 0}, {TILE_HASHES, 1}, {TILE_HASHES, 2},
    {TILE_HASHES, 3},     {TILE_HASHES, 4},  {TILE_HASHES, 5}, {TILE_HASHES, 6}, {TILE_HASHES, 7},
};

static void assert_next(struct tile_changes *c, unsigned row, uint64_t index, unsigned width)
{
    struct tile t;

    assert_true(tile_changes_next(c, &t));
    assert_int_equal(t.kind, rows[row].kind);
    assert_int_equal(t.level, rows[row].level);
    assert_true(t.index == index);
    assert_int_equal(t.width, width);
}

static void assert_end(struct tile_changes *c)
{
    struct tile t = {TILE_ENTRIES, 3, 9, 4};

    assert_false(tile_changes_next(c, &t));
    assert_false(tile_changes_next(c, &t));
    assert_int_equal(t.width, 4);
}

/* Asks every tile that `size` has. */
static void assert_as_brute_force(uint64_t old, uint64_t size)
{
    struct tile_changes c = tile_changes(old, size);

    for (unsigned row = 0; row < COUNT_OF(rows); row++)
        for (uint64_t index = 0; brute_width(rows[row].level, index, size) > 0; index++) {
            unsigned width = brute_width(rows[row].level, index, size);

            if (width != brute_width(rows[row].level, index, old)) assert_next(&c, row, index, width);
        }
    assert_end(&c);
}

static void changes_are_those_of_brute_force_for_all_small_sizes(void **state)
{
    (void)state;
    for (uint64_t size = 0; size <= 800; size++)
        for (uint64_t old = 0; old <= size; old++) assert_as_brute_force(old, size);
}

static void changes_are_those_of_brute_force_around_full_tiles(void **state)
{
    static const uint64_t sizes[] = {0,     1,     255,   256,    257,    512,    65279,   65280,   65281,    65535,
                                     65536, 65537, 70000, 131071, 131072, 131073, 1048576, 1234567, 16777216, 16777217};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (size_t k = 0; k <= i; k++) assert_as_brute_force(sizes[k], sizes[i]);
}

/* The example of the specification. */
static void a_tree_of_70000_has_these_tiles(void **state)
{
    struct tile_changes c = tile_changes(0, 70000);

    (void)state;
    for (unsigned row = 0; row < 3; row++) {
        for (uint64_t index = 0; index < 273; index++) assert_next(&c, row, index, 256);
        assert_next(&c, row, 273, 112);
    }
    assert_next(&c, 3, 0, 256);
    assert_next(&c, 3, 1, 17);
    assert_next(&c, 4, 0, 1);
    assert_end(&c);
}

static void nothing_changes_when_nothing_is_added(void **state)
{
    static const uint64_t sizes[] = {0, 1, 256, 70000, TREE_SIZE_MAX - 1, TREE_SIZE_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct tile_changes c = tile_changes(sizes[i], sizes[i]);

        assert_end(&c);
    }
}

static void the_last_leaf_of_the_largest_tree_changes_every_level(void **state)
{
    struct tile_changes c = tile_changes(TREE_SIZE_MAX - 1, TREE_SIZE_MAX);

    (void)state;
    for (unsigned row = 0; row < COUNT_OF(rows) - 1; row++)
        assert_next(&c, row, (TREE_SIZE_MAX >> (8 * rows[row].level)) / 256 - 1, 256);
    assert_next(&c, COUNT_OF(rows) - 1, 0, 64);
    assert_end(&c);
}

/* Whoever holds the tiles of `old` and fetches the changes holds the tiles of `size`: no more, no fewer. */
static void steps_add_up(void **state)
{
    static unsigned width[COUNT_OF(rows)][40];
    uint64_t size = 0;

    (void)state;
    for (uint64_t step = 1; size < 9000; step = step * 7 % 613 + 1) {
        struct tile_changes c = tile_changes(size, size + step);
        struct tile t;

        while (tile_changes_next(&c, &t)) {
            unsigned row = t.kind == TILE_STATEMENTS ? 0 : t.kind == TILE_ENTRIES ? 1 : 2 + t.level;

            assert_true(t.width > width[row][t.index]);
            width[row][t.index] = t.width;
        }
        size += step;
        for (unsigned row = 0; row < COUNT_OF(rows); row++)
            for (uint64_t index = 0; index < COUNT_OF(width[0]); index++)
                assert_int_equal(width[row][index], brute_width(rows[row].level, index, size));
    }
}

static jmp_buf asserted;

static void on_assert(const char *condition, const char *file, int line)
{
    (void)condition;
    (void)file;
    (void)line;
    longjmp(asserted, 1);
}

static void a_tree_that_shrinks_is_a_bug(void **state)
{
    static const uint64_t bad[][2] = {{1, 0}, {TREE_SIZE_MAX, TREE_SIZE_MAX + 1}, {UINT64_MAX, 5}};

    (void)state;
    for (volatile size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_hook = on_assert;
        if (setjmp(asserted) == 0) {
            (void)tile_changes(bad[i][0], bad[i][1]);
            assert_hook = NULL;
            fail_msg("was taken");
        }
        assert_hook = NULL;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_those_of_brute_force_for_all_small_sizes),
        cmocka_unit_test(changes_are_those_of_brute_force_around_full_tiles),
        cmocka_unit_test(a_tree_of_70000_has_these_tiles),
        cmocka_unit_test(nothing_changes_when_nothing_is_added),
        cmocka_unit_test(the_last_leaf_of_the_largest_tree_changes_every_level),
        cmocka_unit_test(steps_add_up),
        cmocka_unit_test(a_tree_that_shrinks_is_a_bug),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
