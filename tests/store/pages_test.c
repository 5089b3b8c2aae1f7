/* Pages that LMDB would believe are named before it reads them. */
#include <stdlib.h>

#include "tests/store/fixture.h"

#define PAGE 4096U
#define HEADER 16U
#define META_FREE (HEADER + 24)
#define META_MAIN (HEADER + 72)
#define META_LAST (HEADER + 120)
#define META_TXN (HEADER + 128)
#define DB_ROOT 40U
#define GROUP 100
#define GROUPS 6

/* A store at rest, and the bytes of one of its files to be changed. */
struct world {
    char dir[ENV_PATH_MAX], folder[ENV_PATH_MAX];
    struct span sound;
    uint8_t *bytes;
};

static void look_at(struct world *w, const char *folder)
{
    free((void *)(uintptr_t)w->sound.ptr);
    free(w->bytes);
    assert_ok(path_join(w->dir, folder, w->folder));
    w->sound = file_read(w->folder, "data.mdb");
    w->bytes = malloc(w->sound.len);
    assert_non_null(w->bytes);
    memcpy(w->bytes, w->sound.ptr, w->sound.len);
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct store *s;

    assert_non_null(w);
    folder_make(w->dir);
    assert_ok(store_open(w->dir, true, TEST_MAP_BYTES, &s));
    for (int i = 0; i < GROUPS; i++) commit_group(s, GROUP);
    store_close(s);
    look_at(w, "log");
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    folder_remove(w->dir);
    free((void *)(uintptr_t)w->sound.ptr);
    free(w->bytes);
    free(w);
    return 0;
}

static uint64_t get(const struct world *w, size_t at, size_t len)
{
    uint64_t x = 0;

    assert_true(at + len <= w->sound.len);
    memcpy(&x, w->bytes + at, len);
    return x;
}

static void put(struct world *w, size_t at, size_t len, uint64_t x)
{
    assert_true(at + len <= w->sound.len);
    memcpy(w->bytes + at, &x, len);
}

/* Where the newer meta page begins, and the page that the root of a table of its is. */
static size_t newer(const struct world *w)
{
    return get(w, META_TXN, 8) > get(w, PAGE + META_TXN, 8) ? 0 : PAGE;
}

static size_t root(const struct world *w, size_t table)
{
    return (size_t)get(w, newer(w) + table + DB_ROOT, 8) * PAGE;
}

/* The nth row of a page, and its value. */
static size_t row(const struct world *w, size_t page, size_t n)
{
    return page + (size_t)get(w, page + HEADER + 2 * n, 2);
}

static size_t value(const struct world *w, size_t at)
{
    return at + 8 + (size_t)get(w, at + 6, 2);
}

/* Names the damage with these words, and mends it again. */
static void expect(struct world *w, const char *words)
{
    char where[160];

    file_write(w->folder, "data.mdb", span_of(w->bytes, w->sound.len));
    assert_err(store_check_pages(w->dir, where), ERR_DAMAGED);
    if (strstr(where, words) == NULL) fail_msg("fsck says '%s', not '%s'", where, words);
    memcpy(w->bytes, w->sound.ptr, w->sound.len);
}

static void pages_that_were_written_are_sound(void **state)
{
    struct world *w = *state;
    char where[160];

    assert_ok(store_check_pages(w->dir, where));
    assert_string_equal(where, "");
    assert_err(store_check_pages("/nowhere", where), ERR_NOT_FOUND);
}

static void the_first_pages_are_held_against_each_other(void **state)
{
    struct world *w = *state;
    size_t older = PAGE - newer(w);
    uint64_t txn = get(w, newer(w) + META_TXN, 8);

    put(w, HEADER, 4, 0);
    expect(w, "page 0, the beginning: it is no meta page");
    put(w, PAGE + 10, 2, 2);
    expect(w, "page 1, the beginning: it is no meta page");
    put(w, META_FREE, 4, 8192);
    expect(w, "the beginning: it is no meta page");
    put(w, older + META_TXN, 8, txn + 3);
    expect(w, "the two meta pages do not follow each other");
    put(w, newer(w) + META_TXN, 8, txn ^ 1);
    expect(w, "the two meta pages do not follow each other");
    /* The older state under a number that would do. */
    put(w, older + META_TXN, 8, txn + 1);
    expect(w, "it is not the page of transaction");
}

static void a_page_is_what_refers_to_it_says(void **state)
{
    struct world *w = *state;
    size_t main = root(w, META_MAIN);

    put(w, newer(w) + META_MAIN + DB_ROOT, 8, w->sound.len / PAGE + 1);
    expect(w, "which is none");
    put(w, newer(w) + META_LAST, 8, main / PAGE - 1);
    expect(w, "which is none");
    put(w, main, 8, 7777);
    expect(w, "it says to be page 7777");
    put(w, main + 10, 2, 1);
    expect(w, "it is of another kind");
    put(w, main + 12, 2, PAGE + 2);
    expect(w, "its free room is not in it");
    put(w, newer(w) + META_MAIN + 6, 2, 40);
    expect(w, "its depth is impossible");
    put(w, newer(w) + META_MAIN + 32, 8, get(w, newer(w) + META_MAIN + 32, 8) + 1);
    expect(w, "the counts of its rows or pages are wrong");
}

static void rows_lie_in_their_page_in_order(void **state)
{
    struct world *w = *state;
    size_t main = root(w, META_MAIN), first = main + HEADER, second = first + 2;
    uint64_t a = get(w, first, 2), b = get(w, second, 2);

    put(w, first, 2, PAGE - 4);
    expect(w, "row 0 of it does not lie in it");
    put(w, second, 2, a);
    expect(w, "row 1 of it does not lie in it");
    put(w, row(w, main, 0) + 6, 2, 60000);
    expect(w, "row 0 of it does not lie in it");
    put(w, first, 2, b);
    put(w, second, 2, a);
    expect(w, "key 1 of it is out of order");
    put(w, main + 14, 2, get(w, main + 14, 2) - 8);
    expect(w, "there is something between its rows");
    put(w, row(w, main, 1) + 4, 2, 0);
    expect(w, "row 1 of it is of another kind");
}

static void no_page_is_in_two_places(void **state)
{
    struct world *w = *state;
    size_t main = root(w, META_MAIN), list = root(w, META_FREE);
    size_t last = value(w, row(w, list, (size_t)(get(w, list + 12, 2) - HEADER) / 2 - 1));
    uint64_t other = get(w, value(w, row(w, main, 0)) + DB_ROOT, 8);

    /* Two tables with one root; a free page that is in use. */
    put(w, value(w, row(w, main, 1)) + DB_ROOT, 8, other);
    expect(w, "it is referred to twice");
    assert_true(get(w, last, 8) > 0);
    put(w, last + 8, 8, main / PAGE);
    expect(w, "it is referred to twice");
    put(w, last + 8, 8, 1);
    expect(w, "the list of free pages: row");
    put(w, last, 8, UINT64_C(1) << 50);
    expect(w, "the list of free pages: row");
}

/* ---- sets ---- */

/* Ids and nothing else, in a derived environment of their own. */
static void ids_made(struct world *w, uint64_t count)
{
    struct derived_write *write;
    struct store *s;

    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &s));
    assert_ok(derived_reset(s));
    assert_ok(derived_write_open(s, &write));
    for (uint64_t i = 0; i < count; i++) {
        struct hash id = numbered_hash(i, 0x62);

        assert_ok(derived_fold(write, i, &id, NULL, 0));
    }
    assert_ok(derived_write_commit(write));
    store_close(s);
    look_at(w, "derived");
}

/* One element is a row, some are a page within a row, and more are a table of their own. */
static void sets_of_every_size_are_sound(void **state)
{
    static const uint64_t more[] = {150, 254, 255, 256, 257, 509, 700, 1500, 40000};
    struct world *w = *state;
    char where[160];

    for (uint64_t count = 0; count < 130; count++) {
        ids_made(w, count);
        assert_ok(store_check_pages(w->dir, where));
    }
    for (size_t i = 0; i < COUNT_OF(more); i++) {
        ids_made(w, more[i]);
        assert_ok(store_check_pages(w->dir, where));
    }
}

/* Where the row of the set `id` has its value: in the main table's row of that name, the root's only row. */
static size_t set_value(const struct world *w)
{
    size_t main = root(w, META_MAIN), tables = (size_t)(get(w, main + 12, 2) - HEADER) / 2;

    for (size_t i = 0; i < tables; i++) {
        size_t at = row(w, main, i);

        if (get(w, at + 6, 2) == 2 && memcmp(w->bytes + at + 8, "id", 2) == 0)
            return value(w, row(w, (size_t)get(w, value(w, at) + DB_ROOT, 8) * PAGE, 0));
    }
    fail();
    return 0;
}

static void swap_elements(struct world *w, size_t page)
{
    uint8_t first[16];

    memcpy(first, w->bytes + page + HEADER, 16);
    memcpy(w->bytes + page + HEADER, w->bytes + page + HEADER + 16, 16);
    memcpy(w->bytes + page + HEADER + 16, first, 16);
}

static void what_is_wrong_in_a_small_set_is_named(void **state)
{
    struct world *w = *state;
    size_t page;

    ids_made(w, 5);
    page = set_value(w);
    swap_elements(w, page);
    expect(w, "table id: row 0 of it is of another kind");
    put(w, page + 8, 2, 15);
    expect(w, "table id: row 0 of it is of another kind");
    put(w, page + 8, 2, 0);
    expect(w, "table id: row 0 of it is of another kind");
    put(w, page + 10, 2, 2);
    expect(w, "table id: row 0 of it is of another kind");
    put(w, page + 12, 2, HEADER + 200);
    expect(w, "table id: row 0 of it is of another kind");
    put(w, page + 12, 2, 3);
    expect(w, "table id: row 0 of it is of another kind");
    put(w, page + 14, 2, get(w, page + 14, 2) + 2);
    expect(w, "table id: row 0 of it is of another kind");
    put(w, page + 12, 2, HEADER + 2 * 4);
    put(w, page + 14, 2, get(w, page + 14, 2) + 14);
    expect(w, "the counts of its rows or pages are wrong");
}

static void what_is_wrong_in_a_large_set_is_named(void **state)
{
    static const char *const order = "table id: its elements do not lie in it, or not in order";
    struct world *w = *state;
    size_t table, top, left, right;

    ids_made(w, 3000);
    table = set_value(w);
    top = (size_t)get(w, table + DB_ROOT, 8) * PAGE;
    assert_int_equal(get(w, top + 10, 2) & 1, 1);
    left = (size_t)get(w, row(w, top, 0), 4) * PAGE;
    right = (size_t)get(w, row(w, top, 1), 4) * PAGE;
    swap_elements(w, left);
    expect(w, order);
    put(w, left + HEADER, 1, 0xff);
    expect(w, order);
    /* Below what the branch says, and above. */
    put(w, right + HEADER, 1, 0);
    expect(w, order);
    memset(w->bytes + left + HEADER + ((size_t)get(w, left + 12, 2) - HEADER) / 2 * 16 - 16, 0xff, 16);
    expect(w, order);
    put(w, left + 8, 2, 8);
    expect(w, order);
    put(w, left + 10, 2, 2);
    expect(w, "it is of another kind");
    put(w, left + 12, 2, get(w, left + 12, 2) - 2);
    expect(w, order);
    put(w, left + 12, 2, PAGE);
    expect(w, "its free room is not in it");
    put(w, table, 4, 0);
    expect(w, "table id: row 0 of it is of another kind");
    put(w, table, 4, 17);
    expect(w, order);
    put(w, table + 4, 2, 0);
    expect(w, "table id: row 0 of it is of another kind");
    put(w, table + 32, 8, 2999);
    expect(w, "the counts of its rows or pages are wrong");
    put(w, table + DB_ROOT, 8, left / PAGE);
    expect(w, "it is of another kind");
    put(w, row(w, top, 1), 4, left / PAGE);
    expect(w, "it is referred to twice");
}

/* But for pages at its end that are free: there LMDB itself may not have written any. */
static void a_file_cut_short_is_named(void **state)
{
    struct world *w = *state;
    char where[160];

    for (size_t len = 0; len <= root(w, META_MAIN); len += len < PAGE ? 100 : 3 * PAGE) {
        file_write(w->folder, "data.mdb", span_of(w->bytes, len));
        assert_err(store_check_pages(w->dir, where), ERR_DAMAGED);
    }
}

int main(void)
{
#define PAGES_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        PAGES_TEST(pages_that_were_written_are_sound),
        PAGES_TEST(the_first_pages_are_held_against_each_other),
        PAGES_TEST(a_page_is_what_refers_to_it_says),
        PAGES_TEST(rows_lie_in_their_page_in_order),
        PAGES_TEST(no_page_is_in_two_places),
        PAGES_TEST(a_file_cut_short_is_named),
        PAGES_TEST(sets_of_every_size_are_sound),
        PAGES_TEST(what_is_wrong_in_a_small_set_is_named),
        PAGES_TEST(what_is_wrong_in_a_large_set_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
