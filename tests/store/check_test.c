/* fsck finds each kind of damage and says where it is; and what reads a damaged row refuses it. */
#include <stdlib.h>

#include "log/base/codec.h"
#include "tests/store/fixture.h"

#define GROUP 120
#define GROUPS 5
#define SIZE ((GROUP + 1) * GROUPS)

struct world {
    char dir[ENV_PATH_MAX];
    struct store *store;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    folder_make(w->dir);
    assert_ok(store_open(w->dir, true, TEST_MAP_BYTES, &w->store));
    for (int i = 0; i < GROUPS; i++) commit_group(w->store, GROUP);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    store_close(w->store);
    folder_remove(w->dir);
    free(w);
    return 0;
}

static void count_told(void *ctx, uint64_t done, uint64_t all)
{
    uint64_t *last = ctx;

    assert_true(done > *last);
    assert_true(done <= all);
    *last = done;
    if (done == all) *last = UINT64_MAX;
}

static void a_sound_store_is_found_sound(void **state)
{
    struct world *w = *state;
    char where[160];
    uint64_t last = 0;

    assert_ok(store_check(w->store, count_told, &last, where));
    assert_string_equal(where, "");
    assert_true(last == UINT64_MAX);
    assert_ok(derived_reset(w->store));
    assert_ok(store_check(w->store, NULL, NULL, where));
}

/* ---- one kind of damage a row ---- */

enum change {
    FLIP,   /* the byte at `at` */
    CUT,    /* to `at` bytes */
    GROW,   /* by a byte */
    MORE,   /* by eight */
    DELETE, /* the row */
    ADD     /* a row of `at` zero bytes, or the element of zeros */
};
struct damage {
    bool derived;
    unsigned table;
    uint8_t key[40];
    size_t key_len;
    enum change change;
    size_t at;
    const char *where; /* what fsck says contains this */
};

#define KEY_U64(n) {0, 0, 0, 0, 0, 0, (uint8_t)((n) >> 8), (uint8_t)(n)}, 8
#define KEY_TILE(level, n) {level, 0, 0, 0, 0, 0, 0, 0, n}, 9
#define KEY_EDGE(level) {level}, 1
#define KEY_HEAD {'h', 'e', 'a', 'd'}, 4
#define KEY_PUBLISHED {'p', 'u', 'b', 'l', 'i', 's', 'h', 'e', 'd'}, 9
#define KEY_FIRST {0}, 0 /* whichever row comes first */

static const struct damage damages[] = {
    {false, LOG_BUNDLE, KEY_U64(0), FLIP, 100, "statement @0 hashes to"},
    {false, LOG_BUNDLE, KEY_U64(1), FLIP, 100, "statement @256 hashes to"},
    {false, LOG_BUNDLE, KEY_U64(0), FLIP, 0, "statement @"},
    {false, LOG_BUNDLE, KEY_U64(0), CUT, 1000, "cannot be read"},
    {false, LOG_BUNDLE, KEY_U64(0), CUT, 1, "statement @0 cannot be read"},
    {false, LOG_BUNDLE, KEY_U64(0), CUT, 0, "statement @0 cannot be read"},
    {false, LOG_BUNDLE, KEY_U64(1), GROW, 0, "statement @511 cannot be read"},
    {false, LOG_BUNDLE, KEY_U64(1), DELETE, 0, "table bundle has 1 rows and should have 2"},
    {false, LOG_BUNDLE, KEY_U64(2), ADD, 512, "table bundle has 3 rows and should have 2"},
    {false, LOG_STATEMENT, KEY_U64(SIZE - 1), FLIP, 100, "statement @604 hashes to"},
    {false, LOG_STATEMENT, KEY_U64(600), FLIP, 100, "statement @600 hashes to"},
    {false, LOG_STATEMENT, KEY_U64(512), DELETE, 0, "table statement has 92 rows and should have 93"},
    {false, LOG_STATEMENT, KEY_U64(SIZE), ADD, 10, "table statement has 94 rows and should have 93"},
    {false, LOG_TILE, KEY_TILE(0, 1), FLIP, 32 * 7, "statement @263 hashes to"},
    {false, LOG_TILE, KEY_TILE(0, 0), CUT, 8160, "tile 0/0 is missing or not 16352 bytes"},
    {false, LOG_TILE, KEY_TILE(0, 1), FLIP, 32 * 256, "tile 0/1 has a node that its hashes do not give"},
    {false, LOG_TILE, KEY_TILE(0, 0), FLIP, 32 * 510, "tile 0/0 has a node that its hashes do not give"},
    {false, LOG_TILE, KEY_TILE(0, 1), DELETE, 0, "table tile has 1 rows and should have 2"},
    {false, LOG_TILE, KEY_TILE(1, 0), ADD, 8192, "table tile has 3 rows and should have 2"},
    {false, LOG_EDGE, KEY_EDGE(0), FLIP, 64, "statement @514 hashes to"},
    {false, LOG_EDGE, KEY_EDGE(0), FLIP, 32 * 93, "tile 0/2 has a node that its hashes do not give"},
    {false, LOG_EDGE, KEY_EDGE(1), FLIP, 32 * 2, "tile 1/0 has a node that its hashes do not give"},
    {false, LOG_EDGE, KEY_EDGE(0), CUT, 64, "the right edge of level 0 is missing or not 93 hashes"},
    {false, LOG_EDGE, KEY_EDGE(1), FLIP, 32, "the tiles below hash to"},
    {false, LOG_EDGE, KEY_EDGE(1), DELETE, 0, "table edge has 1 rows and should have 2"},
    {false, LOG_EDGE, KEY_EDGE(2), ADD, 32, "table edge has 3 rows and should have 2"},
    {false, LOG_SEAL, KEY_U64(SIZE - 1), FLIP, 7, "table seal does not end with the seal of size 605"},
    {false, LOG_SEAL, KEY_U64(GROUP), DELETE, 0, "the seal @120 is not in table seal"},
    {false, LOG_SEAL, KEY_U64(GROUP), FLIP, 7, "the seal @120 is not in table seal"},
    {false, LOG_SEAL, KEY_U64(7), ADD, 8, "statement @7 stands as a seal and is none"},
    {false, LOG_SEAL, KEY_U64(SIZE), ADD, 8, "table seal does not end with the seal of size 605"},
    {false, LOG_META, KEY_HEAD, FLIP, 7, "the head of the log is not one"},
    {false, LOG_META, KEY_HEAD, FLIP, 0, "the head of the log is not one"},
    {false, LOG_META, KEY_HEAD, FLIP, 15, "table seal does not end"},
    {false, LOG_META, KEY_HEAD, FLIP, 23, "table seal does not end"},
    {false, LOG_META, KEY_HEAD, CUT, 39, "the head of the log is not one"},
    {false, LOG_META, KEY_HEAD, DELETE, 0, "derived covers 605 statements of 0"},
    {false, LOG_META, KEY_PUBLISHED, CUT, 63, "the published checkpoint of size 605 is missing or cut short"},
    {false, LOG_META, KEY_PUBLISHED, DELETE, 0, "the published checkpoint of size 605"},
    {true, DERIVED_META, KEY_HEAD, FLIP, 7, "is missing or out of order"},
    {true, DERIVED_META, KEY_HEAD, FLIP, 15, "names index"},
    {true, DERIVED_META, KEY_HEAD, FLIP, DERIVED_HEAD_BYTES - 1, "names index"},
    {true, DERIVED_META, KEY_HEAD, FLIP, 16, "its head says 303 in"},
    {true, DERIVED_META, KEY_HEAD, FLIP, 23, "its head says 303 in"},
    {true, DERIVED_META, KEY_HEAD, FLIP, 31, "the head of derived is not one"},
    {true, DERIVED_META, KEY_HEAD, FLIP, 32, "the head of derived is not one"},
    {true, DERIVED_META, KEY_HEAD, CUT, 64, "the head of derived is not one"},
    {true, DERIVED_META, KEY_HEAD, DELETE, 0, "rows and should have 0"},
    {true, DERIVED_ID, KEY_FIRST, FLIP, 7, "derived does not find the id of statement @"},
    {true, DERIVED_ID, KEY_FIRST, FLIP, 15, "derived does not find the id of statement @"},
    {true, DERIVED_ID, KEY_FIRST, DELETE, 0, "derived does not find the id of statement @"},
    {true, DERIVED_ID, KEY_FIRST, ADD, 0, "table id has 606 rows and should have 605"},
    {true, DERIVED_ITEM, KEY_FIRST, FLIP, 7, "is not in the index under key"},
    {true, DERIVED_ITEM, KEY_FIRST, CUT, 0, "under key"},
    {true, DERIVED_ITEM, KEY_FIRST, CUT, 7, "under key"},
    {true, DERIVED_ITEM, KEY_FIRST, CUT, 8, "under key"},
    {true, DERIVED_ITEM, KEY_FIRST, GROW, 0, "under key"},
    {true, DERIVED_ITEM, KEY_FIRST, MORE, 0, "does not follow from its items"},
    {true, DERIVED_ITEM, KEY_FIRST, DELETE, 0, "under key"},
    {true, DERIVED_ITEM, {1, 2, 3}, 40, ADD, 8, "table item has"},
    {true, DERIVED_LIST, KEY_FIRST, FLIP, 20, "does not follow from its items"},
    {true, DERIVED_LIST, KEY_FIRST, CUT, 31, "does not follow from its items"},
    {true, DERIVED_LIST, KEY_FIRST, GROW, 0, "does not follow from its items"},
    {true, DERIVED_LIST, KEY_FIRST, DELETE, 0, "does not follow from its items"},
    {true, DERIVED_LIST, {1, 2, 3}, 32, ADD, 48, "table list has"},
    {true, DERIVED_LEAVES, KEY_FIRST, FLIP, 0, "under key"},
    {true, DERIVED_LEAVES, KEY_FIRST, FLIP, 5, "under key"},
    {true, DERIVED_LEAVES, KEY_FIRST, FLIP, 60, "fragment 1 of the index, at height 0, is missing or not what leads"},
    {true, DERIVED_LEAVES, KEY_FIRST, FLIP, FRAGMENT_BYTES - 1, "under key"},
    {true, DERIVED_LEAVES, KEY_FIRST, CUT, FRAGMENT_BYTES - 1, "under key"},
    {true, DERIVED_LEAVES, KEY_FIRST, GROW, 0, "under key"},
    {true, DERIVED_LEAVES, KEY_FIRST, DELETE, 0, "under key"},
    {true, DERIVED_LEAVES, KEY_U64(5000), ADD, 72, "table leaves has"},
    {true, DERIVED_BRANCHES, KEY_FIRST, FLIP, 0, "under key"},
    {true, DERIVED_BRANCHES, KEY_FIRST, FLIP, 30, "at height 1, is missing or not what leads"},
    {true, DERIVED_BRANCHES, KEY_FIRST, DELETE, 0, "under key"},
    {true, DERIVED_BRANCHES, KEY_U64(5000), ADD, 72, "table branches has"},
};

static struct span first_key(MDB_txn *txn, MDB_dbi table)
{
    MDB_cursor *cursor;
    MDB_val k, v;

    assert_int_equal(mdb_cursor_open(txn, table, &cursor), 0);
    assert_int_equal(mdb_cursor_get(cursor, &k, &v, MDB_FIRST), 0);
    mdb_cursor_close(cursor);
    return span_of(k.mv_data, k.mv_size);
}

static void change_row(MDB_txn *txn, MDB_dbi table, struct span key, const struct damage *d)
{
    static uint8_t bytes[1 << 20];
    struct span row = {NULL, 0};
    size_t len = 0;

    memset(bytes, 0, sizeof(bytes));
    if (d->change == ADD) {
        assert_err(row_get(txn, table, key, &row), ERR_NOT_FOUND);
        assert_ok(row_put(txn, table, key, span_of(bytes, d->at), 0));
        return;
    }
    assert_ok(row_get(txn, table, key, &row));
    assert_true(row.len < sizeof(bytes));
    memcpy(bytes, row.ptr, row.len);
    len = row.len;
    if (d->change == DELETE) {
        assert_ok(row_delete(txn, table, key));
        return;
    }
    assert_true(d->change == GROW || d->change == MORE || d->at < len);
    if (d->change == FLIP) bytes[d->at] ^= 0x41;
    if (d->change == CUT) len = d->at;
    if (d->change == GROW) len++;
    if (d->change == MORE) len += 8;
    assert_ok(row_put(txn, table, key, span_of(bytes, len), 0));
}

/* The first one. */
static void change_element(MDB_txn *txn, MDB_dbi table, const struct damage *d)
{
    uint8_t bytes[sizeof(struct id_element)] = {0};
    struct span found = {NULL, 0};
    MDB_val k = {SET_KEY.len, (void *)(uintptr_t)SET_KEY.ptr}, v = {sizeof(bytes), bytes};

    if (d->change != ADD) {
        assert_ok(set_find(txn, table, span_of(bytes, sizeof(bytes)), &found));
        memcpy(bytes, found.ptr, sizeof(bytes));
        assert_int_equal(mdb_del(txn, table, &k, &v), 0);
    }
    if (d->change == FLIP) bytes[d->at] ^= 0x41;
    if (d->change != DELETE) assert_ok(set_add(txn, table, span_of(bytes, sizeof(bytes))));
}

static void damage_do(struct store *s, const struct damage *d)
{
    const struct env *e = d->derived ? &s->derived : &s->log;
    struct span key = span_of(d->key, d->key_len);
    uint8_t key_bytes[64];
    MDB_txn *txn;

    assert_ok(env_write(e, &txn));
    if (d->derived && d->table == DERIVED_ID) {
        change_element(txn, e->table[d->table], d);
    } else {
        if (key.len == 0) key = first_key(txn, e->table[d->table]);
        assert_true(key.len <= sizeof(key_bytes));
        memcpy(key_bytes, key.ptr, key.len);
        change_row(txn, e->table[d->table], span_of(key_bytes, key.len), d);
    }
    assert_ok(env_commit(e, txn));
}

/* Reading goes everywhere and may refuse; it must not read past a row's end (the sanitizers watch). */
static void read_all(struct store *s)
{
    static uint8_t bytes[1 << 20];
    struct log_view *v;

    if (log_view_open(s, &v) != ERR_OK) return;
    for (unsigned kind = TILE_HASHES; kind <= TILE_STATEMENTS; kind++)
        for (uint64_t index = 0; index < 4; index++)
            for (unsigned width = 1; width <= TILE_WIDTH; width += 51) {
                struct out work = out_over(bytes, sizeof(bytes));
                struct tile t = {kind, 0, index, width};
                struct span got;

                (void)(log_tile(v, &t, SIZE, &work, &got) == ERR_OK);
            }
    for (uint64_t i = 0; i < SIZE; i += 5) {
        struct tree_reader r = log_reader(v);
        struct tree_path path;
        struct span got;

        (void)(log_statement(v, i, &got) == ERR_OK);
        (void)(tree_inclusion(&r, i, SIZE, &path) == ERR_OK);
    }
    log_view_close(v);
}

static void every_kind_of_damage_is_found_and_named(void **state)
{
    struct world *w = *state;
    char from[2][ENV_PATH_MAX];
    struct span sound[2];

    assert_ok(path_join(w->dir, "log", from[0]));
    assert_ok(path_join(w->dir, "derived", from[1]));
    store_close(w->store);
    w->store = NULL;
    for (int i = 0; i < 2; i++) sound[i] = file_read(from[i], "data.mdb");
    for (size_t i = 0; i < COUNT_OF(damages); i++) {
        char where[160];

        for (int j = 0; j < 2; j++) file_write(from[j], "data.mdb", sound[j]);
        assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
        damage_do(w->store, &damages[i]);
        assert_err(store_check(w->store, NULL, NULL, where), ERR_DAMAGED);
        if (strstr(where, damages[i].where) == NULL)
            fail_msg("row %zu: fsck says '%s', not '%s'", i, where, damages[i].where);
        read_all(w->store);
        store_close(w->store);
        w->store = NULL;
    }
    for (int i = 0; i < 2; i++) free((void *)(uintptr_t)sound[i].ptr);
}

/* ---- what reads and writes a damaged log says so ---- */

static void a_bundle_with_bad_framing_is_damage_to_its_readers(void **state)
{
    static const struct damage cut = {false, LOG_BUNDLE, KEY_U64(0), CUT, 1000, ""};
    static uint8_t bytes[1 << 20];
    struct out work = out_over(bytes, sizeof(bytes));
    struct world *w = *state;
    struct log_view *v;
    struct span got;

    damage_do(w->store, &cut);
    assert_ok(log_view_open(w->store, &v));
    assert_ok(log_statement(v, 0, &got));
    assert_err(log_statement(v, 200, &got), ERR_DAMAGED);
    assert_err(log_tile(v, &(struct tile){TILE_ENTRIES, 0, 0, 256}, SIZE, &work, &got), ERR_DAMAGED);
    assert_err(log_tile(v, &(struct tile){TILE_STATEMENTS, 0, 0, 100}, SIZE, &work, &got), ERR_DAMAGED);
    assert_ok(log_statement(v, 256, &got));
    log_view_close(v);
}

static void nothing_is_appended_to_a_damaged_edge(void **state)
{
    static const struct damage rows[] = {
        {false, LOG_EDGE, KEY_EDGE(0), CUT, 64, ""},       {false, LOG_EDGE, KEY_EDGE(0), FLIP, 32 * 93, ""},
        {false, LOG_EDGE, KEY_EDGE(1), DELETE, 0, ""},     {false, LOG_STATEMENT, KEY_U64(SIZE - 1), DELETE, 0, ""},
        {false, LOG_STATEMENT, KEY_U64(SIZE), ADD, 9, ""}, {false, LOG_META, KEY_HEAD, CUT, 8, ""},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct log_write *write;
        struct world *w = *state;
        char where[160];

        damage_do(w->store, &rows[i]);
        assert_err(log_write_open(w->store, &write), ERR_DAMAGED);
        assert_err(store_check(w->store, NULL, NULL, where), ERR_DAMAGED);
        tear_down(state);
        set_up(state);
    }
}

static void a_tile_that_is_gone_fails_the_proof_not_the_process(void **state)
{
    static const struct damage gone = {false, LOG_TILE, KEY_TILE(0, 0), DELETE, 0, ""};
    struct world *w = *state;
    struct tree_path path;
    struct tree_reader r;
    struct log_view *v;

    damage_do(w->store, &gone);
    assert_ok(log_view_open(w->store, &v));
    r = log_reader(v);
    assert_err(tree_inclusion(&r, 5, SIZE, &path), ERR_DAMAGED);
    assert_ok(tree_inclusion(&r, 300, SIZE, &path));
    log_view_close(v);
}

/* A derived environment is committed after the publication that it covers: one that is ahead is of another log, or
 * the log has lost its last commit. */
static void an_index_ahead_of_what_is_published_is_found(void **state)
{
    static struct index_keys keys;
    struct world *w = *state;
    struct derived_write *derived;
    struct log_write *log;
    struct statement s;
    uint8_t buffer[REAL_MAX];
    char where[160];
    struct span bytes = real_attestation(SIZE, 37, buffer);

    assert_ok(statement_decode(bytes, &s));
    assert_ok(log_write_open(w->store, &log));
    assert_ok(log_append(log, bytes, &s.id));
    assert_ok(log_write_commit(log));
    assert_ok(index_derive(&s, 1, &keys));
    assert_ok(derived_write_open(w->store, &derived));
    assert_ok(derived_fold(derived, SIZE, &s.id, keys.key, keys.count));
    assert_ok(derived_write_commit(derived));
    assert_err(store_check(w->store, NULL, NULL, where), ERR_DAMAGED);
    assert_string_equal(where, "derived covers 606 statements and 605 are published");
}

/* Sound in itself, and yet not what the statements give. */
static void an_item_that_no_statement_gives_is_found(void **state)
{
    static struct index_keys keys;
    struct signature receipts = {{0}};
    struct world *w = *state;
    struct derived_write *derived;
    struct log_write *log;
    struct statement s;
    uint8_t buffer[REAL_MAX];
    char where[160];
    struct span bytes;

    assert_ok(log_write_open(w->store, &log));
    bytes = real_attestation(SIZE, 37, buffer);
    assert_ok(statement_decode(bytes, &s));
    assert_ok(log_append(log, bytes, &s.id));
    assert_ok(log_set_published(log, SIZE + 1, SPAN("a checkpoint"), &receipts));
    assert_ok(log_write_commit(log));
    assert_ok(index_derive(&s, 1, &keys));
    keys.key[keys.count++] = numbered_hash(1, 0x55);
    assert_ok(derived_write_open(w->store, &derived));
    assert_ok(derived_fold(derived, SIZE, &s.id, keys.key, keys.count));
    assert_ok(derived_write_commit(derived));
    assert_err(store_check(w->store, NULL, NULL, where), ERR_DAMAGED);
    assert_string_equal(where, "the index holds 1203 items, the statements give 1202");
}

int main(void)
{
#define CHECK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CHECK_TEST(a_sound_store_is_found_sound),
        CHECK_TEST(every_kind_of_damage_is_found_and_named),
        CHECK_TEST(an_index_ahead_of_what_is_published_is_found),
        CHECK_TEST(an_item_that_no_statement_gives_is_found),
        CHECK_TEST(a_bundle_with_bad_framing_is_damage_to_its_readers),
        CHECK_TEST(nothing_is_appended_to_a_damaged_edge),
        CHECK_TEST(a_tile_that_is_gone_fails_the_proof_not_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
