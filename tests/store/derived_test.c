/* The derived environment: ids, lists and the trie equal the plainest reference, and it can always be lost. */
#include <signal.h>
#include <stdlib.h>

#include "log/base/codec.h"
#include "tests/store/fixture.h"

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

static void reopen(struct world *w)
{
    store_close(w->store);
    w->store = NULL;
    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
}

/* ---- the reference: statement p is in the lists of these keys ---- */

#define KEYS 60
#define LIST_MAX 700

static bool in_list(uint64_t position, uint64_t key)
{
    if (key == 0) return true;                 /* one list grows with the log */
    if (key < 40) return position == key * 11; /* most lists have one item */
    return position % key == 1;
}

static size_t keys_at(uint64_t position, struct hash *ret)
{
    size_t count = 0;

    for (uint64_t key = 0; key < KEYS; key++)
        if (in_list(position, key)) ret[count++] = numbered_hash(key, 0x61);
    return count;
}

static void fold_up_to(struct derived_write *w, uint64_t size)
{
    struct derived_head head;

    assert_ok(derived_write_head(w, &head));
    for (uint64_t position = head.covers; position < size; position++) {
        struct hash keys[KEYS], id = numbered_hash(position, 0x62);
        size_t count = keys_at(position, keys);

        assert_ok(derived_fold(w, position, &id, keys, count));
    }
}

static void commit_up_to(struct store *s, uint64_t size)
{
    struct derived_write *w;

    assert_ok(derived_write_open(s, &w));
    fold_up_to(w, size);
    assert_ok(derived_write_commit(w));
}

static size_t reference_list(uint64_t key, uint64_t size, struct list_item *ret)
{
    size_t count = 0;

    for (uint64_t position = 0; position < size; position++)
        if (in_list(position, key)) ret[count++] = (struct list_item){position, numbered_hash(position, 0x62)};
    return count;
}

static size_t reference_entries(uint64_t size, struct trie_entry *ret)
{
    static struct list_item items[LIST_MAX];
    size_t entries = 0;

    for (uint64_t key = 0; key < KEYS; key++) {
        size_t count = reference_list(key, size, items);

        if (count == 0) continue;
        ret[entries].key = numbered_hash(key, 0x61);
        assert_ok(list_value_of(items, count, size, &ret[entries].value));
        entries++;
    }
    return entries;
}

static void assert_lists(const struct derived_view *v, uint64_t size)
{
    static struct list_item items[LIST_MAX];

    for (uint64_t key = 0; key < KEYS; key++) {
        struct hash k = numbered_hash(key, 0x61);
        size_t expected = reference_list(key, size, items);
        uint64_t count, position;

        assert_ok(derived_count(v, &k, &count));
        assert_int_equal(count, expected);
        for (uint64_t n = 0; n < count; n++) {
            assert_ok(derived_item(v, &k, n, &position));
            assert_int_equal(position, items[n].position);
        }
        assert_err(derived_item(v, &k, count, &position), ERR_NOT_FOUND);
        assert_err(derived_item(v, &k, UINT64_MAX, &position), ERR_NOT_FOUND);
    }
}

static void assert_derived(struct store *s, uint64_t size)
{
    struct trie_entry entries[KEYS];
    size_t count = reference_entries(size, entries);
    struct hash root = reference_trie(entries, count), unknown = numbered_hash(size, 0x62);
    struct derived_view *v;
    struct derived_head head;
    uint64_t found;

    assert_ok(derived_view_open(s, &v));
    assert_ok(derived_head(v, &head));
    assert_int_equal(head.covers, size);
    assert_int_equal(head.keys, count);
    assert_memory_equal(&head.root, &root, 32);
    for (uint64_t position = 0; position < size; position++) {
        struct hash id = numbered_hash(position, 0x62);

        assert_ok(derived_find(v, &id, &found));
        assert_int_equal(found, position);
    }
    assert_err(derived_find(v, &unknown, &found), ERR_NOT_FOUND);
    assert_lists(v, size);
    derived_view_close(v);
}

/* ---- what is true ---- */

static void ids_lists_and_root_equal_the_reference(void **state)
{
    static const uint64_t sizes[] = {0, 1, 2, 3, 12, 100, 257, 600};
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        commit_up_to(w->store, sizes[i]);
        assert_derived(w->store, sizes[i]);
        reopen(w);
        assert_derived(w->store, sizes[i]);
    }
}

static void one_fold_or_many_give_the_same_root(void **state)
{
    struct world *w = *state;

    for (uint64_t size = 1; size <= 120; size++) commit_up_to(w->store, size);
    assert_derived(w->store, 120);
}

static void an_abort_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct derived_write *write;
    struct derived_head head;

    commit_up_to(w->store, 100);
    assert_ok(derived_write_open(w->store, &write));
    fold_up_to(write, 400);
    assert_ok(derived_write_head(write, &head));
    assert_int_equal(head.covers, 400);
    derived_write_abort(write);
    assert_derived(w->store, 100);
    commit_up_to(w->store, 130);
    reopen(w);
    assert_derived(w->store, 130);
}

static void an_open_fold_is_seen_by_nobody(void **state)
{
    struct world *w = *state;
    struct derived_write *write;
    struct derived_view *v;
    struct derived_head head;

    commit_up_to(w->store, 50);
    assert_ok(derived_write_open(w->store, &write));
    fold_up_to(write, 80);
    assert_derived(w->store, 50);
    assert_ok(derived_view_open(w->store, &v));
    assert_ok(derived_write_commit(write));
    assert_ok(derived_head(v, &head));
    assert_int_equal(head.covers, 50);
    assert_lists(v, 50);
    derived_view_close(v);
    assert_derived(w->store, 80);
}

static void an_id_is_folded_once(void **state)
{
    struct world *w = *state;
    struct derived_write *write;
    struct derived_head head;
    struct hash id = numbered_hash(3, 0x62);

    commit_up_to(w->store, 10);
    assert_ok(derived_write_open(w->store, &write));
    assert_ok(derived_fold(write, 10, &id, NULL, 0));
    assert_err(derived_write_head(write, &head), ERR_DAMAGED);
    assert_err(derived_fold(write, 11, &id, NULL, 0), ERR_DAMAGED);
    assert_err(derived_write_commit(write), ERR_DAMAGED);
    assert_derived(w->store, 10);
}

/* SHA-256 of the two begins with the same 8 bytes. */
static const uint8_t alike[2][8] = {{0xaa, 0x7e, 0x47, 0x1a, 0x7c, 0xca, 0x50, 0xa1},
                                    {0x96, 0x1f, 0x60, 0xeb, 0x6a, 0x81, 0xe7, 0x2d}};

/* Statements 0 to 4, the two among them, and their ids; and one more that begins as they do. */
static void alike_made(struct store *s, struct hash ids[6])
{
    uint8_t buffer[PLAIN_MAX];
    struct log_write *w;

    assert_ok(log_write_open(s, &w));
    for (uint64_t i = 0; i < 5; i++) {
        struct span bytes = i % 2 == 1 ? span_of(alike[i / 2], 8) : plain_bytes(i, buffer);

        ids[i] = hash_of(bytes);
        assert_ok(log_append(w, bytes, &ids[i]));
    }
    assert_ok(log_write_commit(w));
    assert_memory_equal(ids[1].b, ids[3].b, 8);
    assert_memory_not_equal(ids[1].b, ids[3].b, 32);
    ids[5] = ids[3];
    ids[5].b[31] ^= 1;
}

static void assert_found(struct store *s, const struct hash *id, uint64_t position)
{
    struct derived_view *v;
    uint64_t found = UINT64_MAX;

    assert_ok(derived_view_open(s, &v));
    assert_err(derived_find(v, id, &found), position == UINT64_MAX ? ERR_NOT_FOUND : ERR_OK);
    assert_true(found == position);
    derived_view_close(v);
}

static void ids_that_begin_alike_are_told_apart(void **state)
{
    struct world *w = *state;
    struct derived_write *write;
    struct derived_head head;
    struct position_key gone = position_key(3);
    struct hash ids[6];
    MDB_txn *txn;

    alike_made(w->store, ids);
    for (uint64_t step = 1; step <= 5; step += 4) {
        for (uint64_t from = 0; from < 5; from += step) {
            assert_ok(derived_write_open(w->store, &write));
            for (uint64_t i = from; i < from + step; i++) assert_ok(derived_fold(write, i, &ids[i], NULL, 0));
            assert_ok(derived_write_commit(write));
            for (uint64_t i = 0; i < 5; i++) assert_found(w->store, &ids[i], i < from + step ? i : UINT64_MAX);
            assert_found(w->store, &ids[5], UINT64_MAX);
        }
        assert_ok(derived_write_open(w->store, &write));
        assert_ok(derived_fold(write, 5, &ids[3], NULL, 0));
        assert_err(derived_write_head(write, &head), ERR_DAMAGED);
        derived_write_abort(write);
        if (step == 1) assert_ok(derived_reset(w->store));
    }
    /* A statement that is gone does not make an id absent. */
    assert_ok(env_write(&w->store->log, &txn));
    assert_ok(row_delete(txn, w->store->log.table[LOG_STATEMENT], KEY_SPAN(gone)));
    assert_ok(env_commit(&w->store->log, txn));
    assert_found(w->store, &ids[1], 1);
    assert_found(w->store, &ids[3], 3);
}

static int hash_order(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

static void opened_proofs_from_the_rows_verify(void **state)
{
    static uint8_t bytes[1 << 16];
    struct world *w = *state;
    struct derived_view *v;
    struct derived_head head;
    struct trie_view trie;

    commit_up_to(w->store, 300);
    assert_ok(derived_view_open(w->store, &v));
    assert_ok(derived_head(v, &head));
    trie = derived_trie(v);
    for (uint64_t first = 0; first < KEYS; first += 5) {
        struct hash keys[3] = {numbered_hash(first, 0x61), numbered_hash(first + 1, 0x61), numbered_hash(first, 0x63)};
        struct list_value value[3];
        struct out o = out_over(bytes, sizeof(bytes));
        bool present[3];

        qsort(keys, 3, sizeof(keys[0]), hash_order);
        assert_ok(trie_prove_keys(&trie, keys, 3, &o));
        assert_ok(opened_verify(out_span(&o), &head.root, keys, 3, present, value));
        for (size_t i = 0; i < 3; i++) {
            uint64_t stored;

            assert_ok(derived_count(v, &keys[i], &stored));
            assert_int_equal(stored, present[i] ? list_count(&value[i]) : 0);
        }
    }
    derived_view_close(v);
}

/* ---- what is folded again ---- */

static void fold_and_die(void *dir)
{
    struct derived_write *w;
    struct store *s;

    assert_ok(store_open(dir, false, TEST_MAP_BYTES, &s));
    commit_up_to(s, 170);
    assert_ok(derived_write_open(s, &w));
    fold_up_to(w, 390);
    (void)raise(SIGKILL);
}

static void what_a_killed_process_had_not_committed_is_folded_again(void **state)
{
    struct world *w = *state;

    commit_up_to(w->store, 90);
    store_close(w->store);
    w->store = NULL;
    assert_false(child_wait(child_start(fold_and_die, w->dir)));
    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
    assert_derived(w->store, 170);
    commit_up_to(w->store, 400);
    assert_derived(w->store, 400);
}

/* More than is gathered at once, and lists that grow in each part of it. */
static void what_is_gathered_in_parts_gives_the_same_root(void **state)
{
    struct world *w = *state;
    struct derived_head head[2];
    struct derived_write *write;

    for (unsigned round = 0; round < 2; round++) {
        assert_ok(derived_write_open(w->store, &write));
        for (uint64_t position = 0; position < 9000; position++) {
            struct hash id = numbered_hash(position, 0x62);
            struct hash keys[2] = {numbered_hash(position % 800, 0x61), numbered_hash(position % 7, 0x63)};

            assert_ok(derived_fold(write, position, &id, keys, 2));
            if (round == 1 && position % 700 == 3) assert_ok(derived_write_head(write, &head[1]));
        }
        assert_ok(derived_write_head(write, &head[round]));
        derived_write_abort(write);
    }
    assert_int_equal(head[0].keys, 807);
    assert_memory_equal(&head[0], &head[1], sizeof(head[0]));
}

static uint64_t file_bytes(const struct world *w)
{
    char path[ENV_PATH_MAX];
    struct span bytes;

    assert_ok(path_join(w->dir, "derived", path));
    bytes = file_read(path, "data.mdb");
    free((void *)(uintptr_t)bytes.ptr);
    return bytes.len;
}

/* Rows that grow and part leave pages that are used again. */
static void the_file_grows_as_what_is_in_it_does(void **state)
{
    struct world *w = *state;
    uint64_t before;

    commit_up_to(w->store, 300);
    for (uint64_t size = 310; size <= 330; size++) commit_up_to(w->store, size);
    before = file_bytes(w);
    for (uint64_t size = 331; size <= 480; size++) commit_up_to(w->store, size);
    assert_in_range(file_bytes(w), before, before + 150 * 2 * 150 + 16 * 4096);
}

/* Pages that each of the last transactions gave back and nobody has taken yet: of all, and of the one with the most. */
static void pages_free(const struct env *e, uint64_t *ret_all, uint64_t *ret_most)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    MDB_txn *txn;

    *ret_all = *ret_most = 0;
    assert_ok(env_read(e, &txn));
    assert_int_equal(mdb_cursor_open(txn, 0, &cursor), 0);
    while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
        uint64_t pages;

        memcpy(&pages, v.mv_data, sizeof(pages));
        *ret_all += pages;
        if (pages > *ret_most) *ret_most = pages;
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
}

static void no_more_lies_free_than_one_fold_gave_back(void **state)
{
    struct world *w = *state;
    struct derived_write *write;
    uint64_t position = 0, all, most;

    for (unsigned fold = 0; fold < 24; fold++) {
        assert_ok(derived_write_open(w->store, &write));
        for (uint64_t end = position + 800; position < end; position++) {
            struct hash id = numbered_hash(position, 0x62), key = numbered_hash(position, 0x61);

            assert_ok(derived_fold(write, position, &id, &key, 1));
        }
        assert_ok(derived_write_commit(write));
    }
    pages_free(&w->store->derived, &all, &most);
    assert_in_range(most, 300, 1000);
    assert_in_range(all, most, most + most / 4);
}

/* ---- what is damaged ---- */

/* Folds the next statement under twenty keys, one of them with a long list. */
static enum err fold_one(struct store *s, struct hash *ret_root)
{
    struct hash keys[20], id = numbered_hash(100, 0x62);
    struct derived_write *w;
    struct derived_head head = {0};
    enum err err = derived_write_open(s, &w);

    if (err != ERR_OK) return err;
    for (uint64_t key = 0; key < COUNT_OF(keys); key++) keys[key] = numbered_hash(key, 0x61);
    err = derived_fold(w, 100, &id, keys, COUNT_OF(keys));
    if (err == ERR_OK) err = derived_write_head(w, &head);
    derived_write_abort(w);
    *ret_root = head.root;
    return err;
}

static void flip(const struct env *e, MDB_dbi table, struct span key, struct span value, size_t at)
{
    uint8_t name[64], bytes[4096];
    MDB_txn *txn;

    memcpy(name, key.ptr, key.len);
    memcpy(bytes, value.ptr, value.len);
    bytes[at] ^= (uint8_t)(1U << at % 8);
    assert_ok(env_write(e, &txn));
    assert_ok(row_put(txn, table, span_of(name, key.len), span_of(bytes, value.len), 0));
    assert_ok(env_commit(e, txn));
}

/* The trie's rows, and the peaks of lists: each with a bit flipped at every few bytes. */
static void no_flipped_bit_gets_under_a_new_root(void **state)
{
    static const enum derived_table tables[] = {DERIVED_LEAVES, DERIVED_BRANCHES, DERIVED_LIST};
    struct world *w = *state;
    const struct env *e = &w->store->derived;
    struct hash right, root;
    size_t told = 0;

    commit_up_to(w->store, 100);
    assert_ok(fold_one(w->store, &right));
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        static uint8_t keys[64][32], values[64][4096];
        size_t key_len[64], value_len[64], rows = 0;
        MDB_cursor *cursor;
        MDB_val k, v;
        MDB_txn *txn;

        assert_ok(env_read(e, &txn));
        assert_int_equal(mdb_cursor_open(txn, e->table[tables[t]], &cursor), 0);
        for (; mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0; rows++) {
            assert_true(rows < 64 && k.mv_size <= 32 && v.mv_size <= 4096);
            memcpy(keys[rows], k.mv_data, key_len[rows] = k.mv_size);
            memcpy(values[rows], v.mv_data, value_len[rows] = v.mv_size);
        }
        mdb_cursor_close(cursor);
        mdb_txn_abort(txn);
        for (size_t i = 0; i < rows; i++)
            for (size_t at = i % 7; at < value_len[i]; at += 41) {
                struct span key = span_of(keys[i], key_len[i]), value = span_of(values[i], value_len[i]);
                enum err err;

                flip(e, e->table[tables[t]], key, value, at);
                err = fold_one(w->store, &root);
                assert_true(err == ERR_OK || err == ERR_DAMAGED);
                if (err == ERR_OK) assert_memory_equal(&root, &right, 32);
                told += err != ERR_OK;
                values[i][at] ^= (uint8_t)(1U << at % 8);
                flip(e, e->table[tables[t]], key, value, at);
                values[i][at] ^= (uint8_t)(1U << at % 8);
            }
    }
    assert_true(told > 20);
    assert_ok(fold_one(w->store, &root));
    assert_memory_equal(&root, &right, 32);
}

/* ---- it can be lost ---- */

static void derived_path(const struct world *w, char ret[ENV_PATH_MAX])
{
    assert_ok(path_join(w->dir, "derived", ret));
}

static void a_reset_sets_aside_and_begins_anew(void **state)
{
    struct world *w = *state;

    commit_plain(w->store, 7);
    for (int i = 1; i <= 5; i++) {
        commit_up_to(w->store, 40);
        assert_ok(derived_reset(w->store));
        assert_derived(w->store, 0);
    }
    assert_true(path_exists(w->dir, "derived.aside-1"));
    assert_true(path_exists(w->dir, "derived.aside-3"));
    assert_false(path_exists(w->dir, "derived.aside-4"));
    commit_up_to(w->store, 40);
    reopen(w);
    assert_derived(w->store, 40);
    assert_plain(w->store, 7);
}

static void a_derived_environment_that_is_gone_is_made(void **state)
{
    struct world *w = *state;
    char path[ENV_PATH_MAX];

    commit_plain(w->store, 7);
    commit_up_to(w->store, 40);
    store_close(w->store);
    derived_path(w, path);
    folder_remove(path);
    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
    assert_derived(w->store, 0);
    assert_plain(w->store, 7);
    assert_false(path_exists(w->dir, "derived.aside-1"));
}

static void one_that_cannot_be_opened_is_set_aside(void **state)
{
    static const struct span contents[] = {{(const uint8_t *)"garbage", 7}, {(const uint8_t *)"", 0}};
    struct world *w = *state;
    char path[ENV_PATH_MAX];

    commit_plain(w->store, 7);
    derived_path(w, path);
    for (size_t i = 0; i < COUNT_OF(contents); i++) {
        commit_up_to(w->store, 40);
        store_close(w->store);
        file_write(path, "data.mdb", contents[i]);
        assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
        assert_derived(w->store, 0);
    }
    assert_true(path_exists(w->dir, "derived.aside-2"));
    assert_plain(w->store, 7);
}

static void put_format(const struct env *e, const char *format)
{
    MDB_txn *txn;

    assert_ok(env_write(e, &txn));
    assert_ok(row_put(txn, e->table[TABLE_META], ROW_FORMAT, span_text(format), 0));
    assert_ok(env_commit(e, txn));
}

static void another_format_is_set_aside_in_derived_and_refused_in_the_log(void **state)
{
    struct world *w = *state;
    struct store *s;

    commit_plain(w->store, 7);
    commit_up_to(w->store, 40);
    put_format(&w->store->derived, "cairn derived 4");
    reopen(w);
    assert_derived(w->store, 0);
    assert_plain(w->store, 7);
    put_format(&w->store->log, "cairn log 2");
    store_close(w->store);
    w->store = NULL;
    assert_err(store_open(w->dir, true, TEST_MAP_BYTES, &s), ERR_OTHER_FORMAT);
}

static void read_everything_or_die(void *dir)
{
    struct derived_view *v;
    struct store *s;
    struct hash id;
    uint64_t position;

    assert_ok(store_open(dir, false, TEST_MAP_BYTES, &s));
    assert_ok(derived_view_open(s, &v));
    for (uint64_t i = 0; i < 600; i++) {
        id = numbered_hash(i, 0x62);
        (void)(derived_find(v, &id, &position) == ERR_OK);
    }
}

static void what_made_lmdb_abort_is_set_aside_at_the_next_start(void **state)
{
    /* A page that says it leads to others and names none: LMDB asserts that this cannot be. */
    static const uint8_t branch[6] = {1, 0, 16, 0, 16, 0};
    struct world *w = *state;
    char path[ENV_PATH_MAX];
    struct span before;
    uint8_t *bytes;
    bool died = false;

    commit_plain(w->store, 7);
    commit_up_to(w->store, 600);
    store_close(w->store);
    w->store = NULL;
    derived_path(w, path);
    before = file_read(path, "data.mdb");
    bytes = malloc(before.len);
    assert_non_null(bytes);
    for (size_t page = 2; page < before.len / 4096 && !died; page++) {
        bool good;

        memcpy(bytes, before.ptr, before.len);
        memcpy(bytes + page * 4096 + 10, branch, sizeof(branch));
        file_write(path, "data.mdb", span_of(bytes, before.len));
        good = child_wait(child_start(read_everything_or_die, w->dir));
        died = path_exists(w->dir, "derived.damaged");
        assert_false(died && good);
    }
    assert_true(died);
    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
    assert_derived(w->store, 0);
    assert_plain(w->store, 7);
    assert_false(path_exists(w->dir, "derived.damaged"));
    assert_true(path_exists(w->dir, "derived.aside-1"));
    free(bytes);
    free((void *)(uintptr_t)before.ptr);
}

/* Rows of a length that they never have are damage, whoever reads them. */
static void rows_cut_short_are_damage(void **state)
{
    struct world *w = *state;
    struct hash key = numbered_hash(0, 0x61), id = numbered_hash(5, 0x62);
    struct item_key item = item_key(&key, 0);
    struct item_key last = item_key(&key, 1); /* of 100 items, so of 36 */
    struct position_key fragment = position_key(1);
    const struct {
        enum derived_table table;
        struct span key;
        size_t len;
        bool read, folded; /* who reads it */
    } rows[] = {
        {DERIVED_ITEM, KEY_SPAN(item), 9, true, false},
        {DERIVED_ITEM, KEY_SPAN(item), 0, true, false},
        {DERIVED_ITEM, KEY_SPAN(item), 520, true, false},
        {DERIVED_ITEM, KEY_SPAN(last), 280, false, true},
        {DERIVED_ITEM, KEY_SPAN(last), 296, false, true},
        {DERIVED_LIST, hash_span(&key), 31, false, true},
        {DERIVED_LIST, hash_span(&key), 128, false, true},
        {DERIVED_LEAVES, KEY_SPAN(fragment), 71, true, true},
        {DERIVED_LEAVES, KEY_SPAN(fragment), 0, true, true},
        {DERIVED_META, ROW_HEAD, DERIVED_HEAD_BYTES - 1, true, true},
        {DERIVED_META, ROW_HEAD, 0, true, true},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct env *e = &w->store->derived;
        uint8_t zeros[520] = {0};
        struct derived_write *write;
        struct derived_view *v;
        struct derived_head head;
        struct hash keys[1], other;
        uint64_t n;
        MDB_txn *txn;
        enum err err;

        commit_up_to(w->store, 100);
        assert_ok(env_write(e, &txn));
        assert_ok(row_put(txn, e->table[rows[i].table], rows[i].key, span_of(zeros, rows[i].len), 0));
        assert_ok(env_commit(e, txn));
        err = derived_view_open(w->store, &v);
        if (err == ERR_OK) {
            err = derived_find(v, &id, &n);
            if (err == ERR_OK) err = derived_item(v, &key, 5, &n);
            for (uint64_t k = 0; k < KEYS && err == ERR_OK; k++) {
                struct hash any = numbered_hash(k, 0x61);

                err = derived_count(v, &any, &n);
            }
            derived_view_close(v);
        }
        assert_err(err, rows[i].read ? ERR_DAMAGED : ERR_OK);
        err = derived_write_open(w->store, &write);
        if (err == ERR_OK) {
            for (uint64_t k = 0; k < KEYS && err == ERR_OK; k++) {
                keys[0] = numbered_hash(k, 0x61);
                other = numbered_hash(900 + k, 0x62);
                err = derived_fold(write, 100 + k, &other, keys, 1);
            }
            if (err == ERR_OK) err = derived_write_head(write, &head);
            derived_write_abort(write);
        }
        assert_err(err, rows[i].folded ? ERR_DAMAGED : ERR_OK);
        assert_ok(derived_reset(w->store));
    }
}

int main(void)
{
#define DERIVED_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DERIVED_TEST(ids_lists_and_root_equal_the_reference),
        DERIVED_TEST(one_fold_or_many_give_the_same_root),
        DERIVED_TEST(an_abort_leaves_nothing),
        DERIVED_TEST(an_open_fold_is_seen_by_nobody),
        DERIVED_TEST(an_id_is_folded_once),
        DERIVED_TEST(ids_that_begin_alike_are_told_apart),
        DERIVED_TEST(opened_proofs_from_the_rows_verify),
        DERIVED_TEST(what_a_killed_process_had_not_committed_is_folded_again),
        DERIVED_TEST(what_is_gathered_in_parts_gives_the_same_root),
        DERIVED_TEST(the_file_grows_as_what_is_in_it_does),
        DERIVED_TEST(no_more_lies_free_than_one_fold_gave_back),
        DERIVED_TEST(no_flipped_bit_gets_under_a_new_root),
        DERIVED_TEST(a_reset_sets_aside_and_begins_anew),
        DERIVED_TEST(a_derived_environment_that_is_gone_is_made),
        DERIVED_TEST(one_that_cannot_be_opened_is_set_aside),
        DERIVED_TEST(another_format_is_set_aside_in_derived_and_refused_in_the_log),
        DERIVED_TEST(what_made_lmdb_abort_is_set_aside_at_the_next_start),
        DERIVED_TEST(rows_cut_short_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
