/* Tile paths, widths and bundles as c2sp.org/tlog-tiles has them. */
#include "log/tree/tile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    const char *path;
    struct tile tile;
} known[] = {
    {"tile/0/000", {TILE_HASHES, 0, 0, 256}},
    {"tile/0/x001/x234/067", {TILE_HASHES, 0, 1234067, 256}},
    {"tile/0/x001/234.p/7", {TILE_HASHES, 0, 1234, 7}},
    {"tile/1/999.p/255", {TILE_HASHES, 1, 999, 255}},
    {"tile/6/063", {TILE_HASHES, 6, 63, 256}},
    {"tile/7/000.p/64", {TILE_HASHES, 7, 0, 64}},
    {"tile/0/x018/x014/x398/x509/x481/983", {TILE_HASHES, 0, UINT64_C(18014398509481983), 256}},
    {"tile/entries/000.p/5", {TILE_ENTRIES, 0, 0, 5}},
    {"tile/entries/x001/000", {TILE_ENTRIES, 0, 1000, 256}},
    {"tile/statements/x123/456.p/1", {TILE_STATEMENTS, 0, 123456, 1}},
};

static void assert_tile(const struct tile *a, const struct tile *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->level, b->level);
    assert_true(a->index == b->index);
    assert_int_equal(a->width, b->width);
}

static void assert_encodes(const struct tile *t, struct span path)
{
    uint8_t bytes[TILE_PATH_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    tile_path_encode(t, &o);
    assert_int_equal(out_check(&o), ERR_OK);
    assert_true(span_equal(out_span(&o), path));
}

static void known_paths_decode_and_encode(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct tile t;

        assert_int_equal(tile_path_decode(span_text(known[i].path), &t), ERR_OK);
        assert_tile(&t, &known[i].tile);
        assert_encodes(&known[i].tile, span_text(known[i].path));
    }
}

static void other_spellings_and_impossible_tiles_are_refused(void **state)
{
    static const char *const bad[] = {
        /* groups */
        "tile/0/x000/001",
        "tile/0/0001",
        "tile/0/01",
        "tile/0/1",
        "tile/0/",
        "tile/0",
        "tile/0/x001",
        "tile/0/x001/",
        "tile/0/x001/x002",
        "tile/0/001/002",
        "tile/0/x01/002",
        "tile/0/X001/002",
        "tile/0/x001//002",
        "tile/0/00a",
        "tile/0/-01",
        "tile/0/+01",
        "tile/0/ 01",
        "tile/0/xx001/002",
        "tile/0/x001/x002/x003/x004/x005/x006/007",
        "tile/0/x000/x000/x000/x000/x000/x000/x000/001",
        /* levels */
        "tile/00/000",
        "tile/01/000",
        "tile//000",
        "tile/-1/000",
        "tile/8/000",
        "tile/63/000",
        "tile/64/000",
        "tile/256/000",
        "tile/18446744073709551616/000",
        "tile/x/000",
        "tile/data/000",
        "tile/Entries/000",
        /* widths */
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/000.p/-1",
        "tile/0/000.p/ 1",
        "tile/0/000.P/1",
        "tile/0/000.p/4294967297",
        /* around */
        "",
        "tile",
        "tile/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000 ",
        " tile/0/000",
        "Tile/0/000",
        "tile/0/000\n",
        "tile/entries",
        "tile/entries/",
        "tile/entries/0",
        "tile/entries/0/000",
        "tile/statements/000.p/0",
        "tile/0/000?x",
        "tile/0/000.gz",
        "entries/000",
        "tile/0//000",
        /* beyond the largest tree */
        "tile/7/000",
        "tile/7/000.p/65",
        "tile/7/001.p/1",
        "tile/6/064.p/1",
        "tile/0/x018/x014/x398/x509/x481/984.p/1",
        "tile/entries/x999/x999/x999/x999/x999/999",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct tile t = {TILE_ENTRIES, 9, 9, 9};

        if (tile_path_decode(span_text(bad[i]), &t) != ERR_BAD_TILE) fail_msg("%s", bad[i]);
        assert_tile(&t, &(struct tile){TILE_ENTRIES, 9, 9, 9});
    }
}

static void every_index_and_width_round_trips(void **state)
{
    (void)state;
    for (uint64_t index = 0; index < 1002003; index += index < 1200 ? 1 : 997)
        for (unsigned width = 1; width <= TILE_WIDTH; width += index < 1200 ? 51 : 255) {
            struct tile t = {TILE_HASHES, (unsigned)(index % 4), index, width}, found;
            uint8_t bytes[TILE_PATH_MAX];
            struct out o = out_over(bytes, sizeof(bytes));

            tile_path_encode(&t, &o);
            assert_int_equal(tile_path_decode(out_span(&o), &found), ERR_OK);
            assert_tile(&found, &t);
        }
}

/* Whatever decodes is spelt as encoding would spell it, also after any one byte was changed. Inputs
 * end where their memory ends, so that a sanitizer sees a read past them. */
static void what_decodes_encodes_to_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        size_t len = strlen(known[i].path);

        for (size_t cut = 0; cut <= len; cut++) {
            uint8_t *path = malloc(cut + 1);
            struct tile t;

            assert_non_null(path);
            memcpy(path + 1, known[i].path, cut);
            if (tile_path_decode(span_of(path + 1, cut), &t) == ERR_OK) assert_encodes(&t, span_of(path + 1, cut));
            for (unsigned byte = 0; cut == len && byte < 256 * len; byte++) {
                uint8_t kept = path[1 + byte / 256];

                path[1 + byte / 256] = (uint8_t)byte;
                if (tile_path_decode(span_of(path + 1, cut), &t) == ERR_OK) assert_encodes(&t, span_of(path + 1, cut));
                path[1 + byte / 256] = kept;
            }
            free(path);
        }
    }
}

static void widths_follow_the_size(void **state)
{
    (void)state;
    /* The example of the specification: 70,000. */
    assert_int_equal(tile_width(0, 0, 70000), 256);
    assert_int_equal(tile_width(0, 272, 70000), 256);
    assert_int_equal(tile_width(0, 273, 70000), 112);
    assert_int_equal(tile_width(0, 274, 70000), 0);
    assert_int_equal(tile_width(1, 0, 70000), 256);
    assert_int_equal(tile_width(1, 1, 70000), 17);
    assert_int_equal(tile_width(2, 0, 70000), 1);
    assert_int_equal(tile_width(3, 0, 70000), 0);
    assert_int_equal(tile_width(0, 0, 256), 256);
    assert_int_equal(tile_width(0, 1, 256), 0);
    assert_int_equal(tile_width(1, 0, 256), 1);
    assert_int_equal(tile_width(0, 0, 0), 0);
    assert_int_equal(tile_width(7, 0, TREE_SIZE_MAX), 64);
    assert_int_equal(tile_width(8, 0, TREE_SIZE_MAX), 0);
    assert_int_equal(tile_width(64, 0, UINT64_MAX), 0);
    assert_int_equal(tile_width(0, UINT64_MAX, TREE_SIZE_MAX), 0);
}

static void a_tile_is_within_every_size_that_has_its_hashes(void **state)
{
    (void)state;
    for (uint64_t size = 0; size < 600; size++)
        for (uint64_t index = 0; index < 3; index++)
            for (unsigned width = 1; width <= TILE_WIDTH; width++) {
                struct tile t = {TILE_ENTRIES, 0, index, width};

                assert_int_equal(tile_within(&t, size), index * 256 + width <= size);
            }
    assert_true(tile_within(&(struct tile){TILE_HASHES, 1, 1, 17}, 70000));
    assert_true(tile_within(&(struct tile){TILE_HASHES, 1, 1, 3}, 70000));
    assert_false(tile_within(&(struct tile){TILE_HASHES, 1, 1, 18}, 70000));
    assert_false(tile_within(&(struct tile){TILE_HASHES, 0, 0, 0}, 70000));
}

/* A tree of 70,000 leaves as tiles; every node must be found in them again. */
#define SIZE 70000U
static struct hash level_hashes[17][SIZE];

static void nodes_are_found_in_tiles(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SIZE; i++) level_hashes[0][i] = leaf_hash(span_of(&i, sizeof(i)));
    for (unsigned level = 1; level <= 16; level++)
        for (uint64_t i = 0; i < SIZE >> level; i++)
            level_hashes[level][i] = node_hash(&level_hashes[level - 1][2 * i], &level_hashes[level - 1][2 * i + 1]);
    for (unsigned level = 0; level <= 16; level++)
        for (uint64_t i = 0; i < SIZE >> level; i += level < 4 ? 311 : 7) {
            unsigned tile_level, first, depth;
            uint64_t tile_index;
            struct hash h;

            tile_of_node(level, i, &tile_level, &tile_index, &first, &depth);
            assert_true(first + (1U << depth) <= tile_width(tile_level, tile_index, SIZE));
            assert_true(tile_level <= 2);
            h = tile_fold(level_hashes[8 * tile_level][tile_index * 256 + first].b, depth);
            assert_memory_equal(h.b, level_hashes[level][i].b, sizeof(h.b));
        }
}

static void a_whole_tile_folds_to_the_hash_above_it(void **state)
{
    struct hash h;

    (void)state;
    nodes_are_found_in_tiles(state);
    h = tile_fold(level_hashes[0][256].b, 8);
    assert_memory_equal(h.b, level_hashes[8][1].b, sizeof(h.b));
}

static void nodes_of_the_largest_tree_have_tiles(void **state)
{
    unsigned tile_level, first, depth;
    uint64_t tile_index;

    (void)state;
    tile_of_node(62, 0, &tile_level, &tile_index, &first, &depth);
    assert_int_equal(tile_level, 7);
    assert_int_equal(tile_index, 0);
    assert_int_equal(first, 0);
    assert_int_equal(depth, 6);
    tile_of_node(0, TREE_SIZE_MAX - 1, &tile_level, &tile_index, &first, &depth);
    assert_true(tile_index == TREE_SIZE_MAX / 256 - 1);
    assert_int_equal(first, 255);
    tile_of_node(61, 1, &tile_level, &tile_index, &first, &depth);
    assert_int_equal(first, 32);
    assert_int_equal(depth, 5);
}

static void bundles_give_back_what_was_put_in(void **state)
{
    static uint8_t big[65535], bytes[70000];
    struct out o = out_over(bytes, sizeof(bytes));
    struct span rest, item;

    (void)state;
    memset(big, 7, sizeof(big));
    bundle_put(&o, SPAN("one"));
    bundle_put(&o, SPAN(""));
    bundle_put(&o, span_of(big, sizeof(big)));
    assert_int_equal(out_check(&o), ERR_OK);
    assert_int_equal(o.len, 5 + 2 + 2 + 65535);
    assert_memory_equal(bytes, "\x00\x03one\x00\x00\xff\xff\x07", 10);
    rest = out_span(&o);
    assert_int_equal(bundle_next(&rest, &item), ERR_OK);
    assert_true(span_equal(item, SPAN("one")));
    assert_int_equal(bundle_next(&rest, &item), ERR_OK);
    assert_int_equal(item.len, 0);
    assert_int_equal(bundle_next(&rest, &item), ERR_OK);
    assert_true(span_equal(item, span_of(big, sizeof(big))));
    assert_int_equal(rest.len, 0);
    assert_int_equal(bundle_next(&rest, &item), ERR_TRUNCATED);
}

static void a_bundle_cut_short_is_said_to_be(void **state)
{
    static const uint8_t bytes[] = {0, 3, 'o', 'n', 'e', 1, 0};

    (void)state;
    for (size_t len = 0; len < 5; len++) {
        struct span rest = span_of(bytes, len), item = SPAN("kept");

        assert_int_equal(bundle_next(&rest, &item), ERR_TRUNCATED);
        assert_int_equal(rest.len, len);
        assert_true(span_equal(item, SPAN("kept")));
    }
    for (size_t len = 5; len <= sizeof(bytes); len++) {
        struct span rest = span_of(bytes, len), item;

        assert_int_equal(bundle_next(&rest, &item), ERR_OK);
        assert_int_equal(rest.len, len - 5);
        assert_int_equal(bundle_next(&rest, &item), ERR_TRUNCATED);
    }
}

static void an_item_that_does_not_fit_is_not_begun(void **state)
{
    uint8_t bytes[10];

    (void)state;
    for (size_t cap = 0; cap < 5; cap++) {
        struct out o = out_over(bytes, cap);

        bundle_put(&o, SPAN("one"));
        assert_true(o.full);
        assert_int_equal(o.len, 0);
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

static void an_item_too_long_for_its_length_is_a_bug(void **state)
{
    static uint8_t item[65536], bytes[70000];
    struct out o = out_over(bytes, sizeof(bytes));

    (void)state;
    assert_hook = on_assert;
    if (setjmp(asserted) == 0) {
        bundle_put(&o, span_of(item, sizeof(item)));
        fail_msg("was put");
    }
    assert_hook = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_paths_decode_and_encode),
        cmocka_unit_test(other_spellings_and_impossible_tiles_are_refused),
        cmocka_unit_test(every_index_and_width_round_trips),
        cmocka_unit_test(what_decodes_encodes_to_itself),
        cmocka_unit_test(widths_follow_the_size),
        cmocka_unit_test(a_tile_is_within_every_size_that_has_its_hashes),
        cmocka_unit_test(nodes_are_found_in_tiles),
        cmocka_unit_test(a_whole_tile_folds_to_the_hash_above_it),
        cmocka_unit_test(nodes_of_the_largest_tree_have_tiles),
        cmocka_unit_test(bundles_give_back_what_was_put_in),
        cmocka_unit_test(a_bundle_cut_short_is_said_to_be),
        cmocka_unit_test(an_item_that_does_not_fit_is_not_begun),
        cmocka_unit_test(an_item_too_long_for_its_length_is_a_bug),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
