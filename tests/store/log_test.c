/* The log environment keeps what was appended, at its place, and nothing else. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "log/base/sign.h"
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

static void assert_sound(struct store *s)
{
    char where[160];
    enum err err = store_check(s, NULL, NULL, where);

    assert_string_equal(where, "");
    assert_ok(err);
}

static const uint64_t sizes[] = {1, 3, 255, 256, 257, 511, 512, 600};

static void a_store_is_made_only_when_asked_to(void **state)
{
    struct world *w = *state;
    char dir[ENV_PATH_MAX], log[ENV_PATH_MAX];
    struct store *s;

    assert_ok(path_join(w->dir, "other", dir));
    assert_err(store_open(dir, false, TEST_MAP_BYTES, &s), ERR_NOT_FOUND);
    assert_false(path_exists(w->dir, "other"));
    assert_ok(store_open(dir, true, TEST_MAP_BYTES, &s));
    assert_plain(s, 0);
    store_close(s);
    /* What a crash while it was made leaves is no log, and does not stand in the way. */
    assert_ok(path_join(dir, "log", log));
    folder_remove(log);
    assert_ok(path_join(dir, "log.new", log));
    assert_int_equal(mkdir(log, 0755), 0);
    file_write(log, "data.mdb", SPAN("half of it"));
    assert_err(store_open(dir, false, TEST_MAP_BYTES, &s), ERR_NOT_FOUND);
    assert_ok(store_open(dir, true, TEST_MAP_BYTES, &s));
    assert_false(path_exists(dir, "log.new"));
    store_close(s);
}

static void the_default_map_can_be_reserved(void **state)
{
    struct world *w = *state;

    store_close(w->store);
    assert_ok(store_open(w->dir, false, 0, &w->store));
    commit_plain(w->store, 3);
    assert_plain(w->store, 3);
}

static void a_log_whose_file_is_gone_is_damaged_not_new(void **state)
{
    struct world *w = *state;
    char log[ENV_PATH_MAX], file[ENV_PATH_MAX];
    struct store *s;

    commit_plain(w->store, 3);
    store_close(w->store);
    w->store = NULL;
    assert_ok(path_join(w->dir, "log", log));
    assert_ok(path_join(log, "data.mdb", file));
    assert_int_equal(truncate(file, 0), 0);
    assert_err(store_open(w->dir, true, TEST_MAP_BYTES, &s), ERR_DAMAGED);
    assert_int_equal(unlink(file), 0);
    assert_err(store_open(w->dir, true, TEST_MAP_BYTES, &s), ERR_DAMAGED);
    assert_false(path_exists(log, "data.mdb"));
    file_write(log, "data.mdb", SPAN("something else altogether"));
    assert_err(store_open(w->dir, true, TEST_MAP_BYTES, &s), ERR_DAMAGED);
}

static void what_was_committed_is_there_and_after_reopening(void **state)
{
    struct world *w = *state;
    uint64_t size = 0;

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        commit_plain(w->store, sizes[i] - size);
        size = sizes[i];
        assert_plain(w->store, size);
        reopen(w);
        assert_plain(w->store, size);
        assert_sound(w->store);
    }
}

static void one_transaction_or_many_give_the_same_log(void **state)
{
    struct world *w = *state;

    for (uint64_t i = 0; i < 300; i++) commit_plain(w->store, i % 3);
    assert_plain(w->store, 300);
    commit_plain(w->store, 1000);
    assert_plain(w->store, 1300);
    assert_sound(w->store);
}

static void an_abort_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct log_write *write;
    uint64_t size = 0;

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_ok(log_write_open(w->store, &write));
        append_plain(write, 700);
        assert_int_equal(log_write_size(write), size + 700);
        log_write_abort(write);
        assert_plain(w->store, size);
        commit_plain(w->store, sizes[i] - size);
        size = sizes[i];
        assert_ok(log_write_open(w->store, &write));
        append_plain(write, 3);
        log_write_abort(write);
        reopen(w);
        assert_plain(w->store, size);
        assert_sound(w->store);
    }
}

static void a_view_does_not_see_what_comes_after_it(void **state)
{
    struct world *w = *state;
    struct log_view *v, *newer;
    struct log_head head;
    struct span bytes;

    commit_plain(w->store, 200);
    assert_ok(log_view_open(w->store, &v));
    commit_plain(w->store, 100);
    assert_ok(log_view_open(w->store, &newer));
    assert_ok(log_head(newer, &head));
    assert_int_equal(head.size, 300);
    log_view_close(newer);
    assert_ok(log_head(v, &head));
    assert_int_equal(head.size, 200);
    assert_ok(log_statement(v, 199, &bytes));
    assert_err(log_statement(v, 200, &bytes), ERR_NOT_FOUND);
    log_view_close(v);
    assert_plain(w->store, 300);
}

static void root_equals_the_frontier_while_appending(void **state)
{
    struct world *w = *state;
    struct hash *roots = plain_roots(700);
    struct log_write *write;

    assert_ok(log_write_open(w->store, &write));
    for (uint64_t size = 0; size < 700; size++) {
        struct hash root = log_write_root(write);

        assert_memory_equal(&root, &roots[size], 32);
        append_plain(write, 1);
    }
    assert_ok(log_write_commit(write));
    free(roots);
}

struct other {
    const char *dir;
    int go[2], done[2];
};

static void write_when_told(void *ctx)
{
    struct other *other = ctx;
    struct store *s;
    char byte;

    assert_int_equal(read(other->go[0], &byte, 1), 1);
    assert_ok(store_open(other->dir, false, TEST_MAP_BYTES, &s));
    commit_plain(s, 5);
    store_close(s);
    assert_int_equal(write(other->done[1], &byte, 1), 1);
}

/* Another process may write between two transactions of this one; the edge in memory is then old. */
static void a_write_by_another_process_is_noticed(void **state)
{
    struct world *w = *state;
    struct other other = {.dir = w->dir};
    char byte = 0;
    pid_t child;

    commit_plain(w->store, 250);
    store_close(w->store);
    w->store = NULL;
    assert_int_equal(pipe(other.go), 0);
    assert_int_equal(pipe(other.done), 0);
    child = child_start(write_when_told, &other);
    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
    commit_plain(w->store, 1);
    assert_int_equal(write(other.go[1], &byte, 1), 1);
    assert_int_equal(close(other.done[1]), 0);
    assert_int_equal(read(other.done[0], &byte, 1), 1);
    commit_plain(w->store, 1);
    assert_true(child_wait(child));
    assert_plain(w->store, 257);
    assert_sound(w->store);
    close(other.go[0]), close(other.go[1]), close(other.done[0]);
}

/* ---- tiles ---- */

static void reference_hashes(uint64_t size, unsigned level, uint64_t index, unsigned width, uint8_t *ret)
{
    static struct hash leaves[70000];
    static uint64_t have;
    uint8_t buffer[PLAIN_MAX];
    uint64_t span = UINT64_C(1) << 8 * level;

    for (; have < size; have++) {
        struct hash id = hash_of(plain_bytes(have, buffer));

        leaves[have] = leaf_hash(hash_span(&id));
    }
    for (unsigned i = 0; i < width; i++) {
        struct frontier f = {0};
        struct hash root;

        for (uint64_t j = 0; j < span; j++) frontier_append(&f, &leaves[(index * TILE_WIDTH + i) * span + j]);
        root = frontier_root(&f);
        memcpy(ret + (size_t)i * 32, root.b, 32);
    }
}

static void reference_bundle(enum tile_kind kind, uint64_t index, unsigned width, struct out *o)
{
    uint8_t buffer[PLAIN_MAX];

    o->len = 0;
    for (unsigned i = 0; i < width; i++) {
        struct span bytes = plain_bytes(index * TILE_WIDTH + i, buffer);
        struct hash id = hash_of(bytes);

        bundle_put(o, kind == TILE_ENTRIES ? hash_span(&id) : bytes);
    }
}

static void assert_tile(const struct log_view *v, uint64_t size, const struct tile *t, struct out *work)
{
    static uint8_t bytes[TILE_WIDTH * (PLAIN_MAX + 2)];
    struct out expected = out_over(bytes, sizeof(bytes));
    struct span got;

    work->len = 0;
    assert_ok(log_tile(v, t, size, work, &got));
    if (t->kind == TILE_HASHES) {
        reference_hashes(size, t->level, t->index, t->width, bytes);
        expected.len = (size_t)t->width * 32;
    } else {
        reference_bundle(t->kind, t->index, t->width, &expected);
    }
    assert_true(span_equal(got, out_span(&expected)));
}

static void assert_tiles_at(const struct log_view *v, uint64_t size, unsigned step, struct out *work)
{
    for (unsigned kind = TILE_HASHES; kind <= TILE_STATEMENTS; kind++) {
        for (unsigned level = 0; level <= (kind == TILE_HASHES ? 2U : 0U); level++) {
            uint64_t count = size >> 8 * level, tiles = count / TILE_WIDTH;
            struct tile t = {.kind = kind, .level = level, .index = tiles};
            struct span got;

            for (unsigned width = (unsigned)(count % TILE_WIDTH); width > 0; width -= width < step ? width : step) {
                t.width = width;
                assert_tile(v, size, &t, work);
            }
            t.width = (unsigned)(count % TILE_WIDTH) + 1;
            assert_err(log_tile(v, &t, size, work, &got), ERR_NOT_FOUND);
            if (tiles == 0) continue;
            t = (struct tile){kind, level, tiles - 1, TILE_WIDTH};
            assert_tile(v, size, &t, work);
            t.width = 1;
            assert_tile(v, size, &t, work);
        }
    }
}

static void every_tile_of_every_earlier_size_is_still_there(void **state)
{
    static uint8_t bytes[TILE_WIDTH * (PLAIN_MAX + 2)];
    struct out work = out_over(bytes, sizeof(bytes));
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct log_view *v;
        struct log_head head;

        assert_ok(log_view_open(w->store, &v));
        assert_ok(log_head(v, &head));
        log_view_close(v);
        commit_plain(w->store, sizes[i] - head.size);
        assert_ok(log_view_open(w->store, &v));
        for (uint64_t size = 1; size <= sizes[i]; size += size < 250 ? 7 : 1) assert_tiles_at(v, size, 60, &work);
        assert_tiles_at(v, sizes[i], 1, &work);
        log_view_close(v);
    }
}

static void tiles_and_proofs_above_65536(void **state)
{
    static uint8_t bytes[TILE_WIDTH * (PLAIN_MAX + 2)];
    static const uint64_t at[] = {65535, 65536, 65537, 65792, 66000};
    struct out work = out_over(bytes, sizeof(bytes));
    struct world *w = *state;
    struct hash *roots = plain_roots(66000);
    struct tree_reader reader;
    struct log_view *v;
    uint64_t size = 0;

    for (size_t i = 0; i < COUNT_OF(at); i++) {
        while (size < at[i]) {
            uint64_t count = at[i] - size < 8192 ? at[i] - size : 8192;

            commit_plain(w->store, count);
            size += count;
        }
        assert_memory_equal(log_root(w->store).b, roots[size].b, 32);
    }
    reopen(w);
    assert_memory_equal(log_root(w->store).b, roots[size].b, 32);
    assert_ok(log_view_open(w->store, &v));
    for (size_t i = 0; i < COUNT_OF(at); i++) assert_tiles_at(v, at[i], 97, &work);
    reader = log_reader(v);
    for (size_t i = 0; i < COUNT_OF(at); i++) {
        struct tree_path path;

        assert_ok(tree_consistency(&reader, at[i], size, &path));
        assert_ok(tree_consistency_verify(at[i], size, path.hash, path.count, &roots[at[i]], &roots[size]));
    }
    log_view_close(v);
    assert_sound(w->store);
    free(roots);
}

static void tiles_that_do_not_exist_are_not_found(void **state)
{
    static const struct {
        struct tile tile;
        uint64_t size;
    } rows[] = {
        {{TILE_HASHES, 0, 0, 0}, 300},          {{TILE_HASHES, 0, 0, 257}, 300},
        {{TILE_HASHES, 0, 0, 256}, 255},        {{TILE_HASHES, 0, 1, 45}, 300},
        {{TILE_HASHES, 0, 1, 1}, 301},          {{TILE_HASHES, 0, 2, 1}, 300},
        {{TILE_HASHES, 1, 0, 2}, 300},          {{TILE_HASHES, 2, 0, 1}, 300},
        {{TILE_HASHES, 8, 0, 1}, 300},          {{TILE_HASHES, 63, 0, 1}, 300},
        {{TILE_HASHES, 0, UINT64_MAX, 1}, 300}, {{TILE_ENTRIES, 0, 1, 45}, 300},
        {{TILE_ENTRIES, 1, 0, 1}, 300},         {{TILE_STATEMENTS, 0, 1, 256}, 300},
        {{TILE_STATEMENTS, 0, 0, 1}, 0},        {{TILE_STATEMENTS, 0, UINT64_MAX / 256, 1}, 300},
    };
    static uint8_t bytes[TILE_WIDTH * (PLAIN_MAX + 2)];
    struct out work = out_over(bytes, sizeof(bytes));
    struct world *w = *state;
    struct log_view *v;
    struct span got;

    commit_plain(w->store, 300);
    assert_ok(log_view_open(w->store, &v));
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_err(log_tile(v, &rows[i].tile, rows[i].size, &work, &got), ERR_NOT_FOUND);
    work = out_over(bytes, 10);
    assert_err(log_tile(v, &(struct tile){TILE_ENTRIES, 0, 0, 1}, 300, &work, &got), ERR_NO_ROOM);
    log_view_close(v);
}

static void proofs_of_all_small_sizes_verify(void **state)
{
    struct world *w = *state;
    struct hash *roots = plain_roots(300), hash;
    uint8_t buffer[PLAIN_MAX];
    struct tree_reader reader;
    struct tree_path path;
    struct log_view *v;

    for (int i = 0; i < 10; i++) commit_plain(w->store, 30);
    assert_ok(log_view_open(w->store, &v));
    reader = log_reader(v);
    for (uint64_t size = 1; size <= 300; size++) {
        for (uint64_t index = size % 11; index < size; index += 11) {
            struct hash id = hash_of(plain_bytes(index, buffer)), leaf = leaf_hash(hash_span(&id));

            assert_ok(tree_inclusion(&reader, index, size, &path));
            assert_ok(tree_inclusion_verify(&leaf, index, size, path.hash, path.count, &roots[size]));
        }
        for (uint64_t old = 1 + size % 7; old <= size; old += 7) {
            assert_ok(tree_consistency(&reader, old, size, &path));
            assert_ok(tree_consistency_verify(old, size, path.hash, path.count, &roots[old], &roots[size]));
        }
    }
    assert_false(reader.node(reader.ctx, 0, 300, &hash));
    assert_false(reader.node(reader.ctx, 8, 1, &hash));
    assert_false(reader.node(reader.ctx, 62, 0, &hash));
    assert_false(reader.node(reader.ctx, 64, 0, &hash));
    log_view_close(v);
    free(roots);
}

/* ---- head ---- */

static void head_seals_and_checkpoint_are_kept(void **state)
{
    static uint8_t note[CHECKPOINT_NOTE_MAX + 1];
    struct signature given = {{1, 2, 3}}, receipts;
    struct world *w = *state;
    struct log_write *write;
    struct log_view *v;
    struct log_head head;
    struct span read;
    uint64_t seal;

    assert_ok(log_view_open(w->store, &v));
    assert_err(log_published(v, &read, &receipts), ERR_NOT_FOUND);
    assert_err(log_seal_after(v, 0, &seal), ERR_NOT_FOUND);
    log_view_close(v);
    assert_ok(log_write_open(w->store, &write));
    append_plain(write, 5);
    assert_ok(log_set_from(write, 77));
    assert_ok(log_write_commit(write));
    reopen(w);
    assert_ok(log_view_open(w->store, &v));
    assert_ok(log_head(v, &head));
    assert_memory_equal(&head, (&(struct log_head){.size = 5, .from_ms = 77}), sizeof(head));
    log_view_close(v);
    for (uint64_t round = 1; round <= 3; round++) {
        assert_ok(log_write_open(w->store, &write));
        append_plain(write, 100);
        assert_ok(log_set_sealed(write, 90 + round));
        assert_ok(log_write_commit(write));
    }
    assert_ok(log_write_open(w->store, &write));
    append_plain(write, 1);
    assert_err(log_set_published(write, 205, span_of(note, sizeof(note)), &given), ERR_NO_ROOM);
    assert_ok(log_set_published(write, 205, span_of(note, CHECKPOINT_NOTE_MAX), &given));
    assert_ok(log_set_published(write, 305, SPAN("note"), &given));
    assert_ok(log_write_commit(write));
    reopen(w);
    assert_ok(log_view_open(w->store, &v));
    assert_ok(log_head(v, &head));
    assert_memory_equal(&head, (&(struct log_head){306, 305, 93, 0, 305}), sizeof(head));
    assert_ok(log_published(v, &read, &receipts));
    assert_true(span_equal(read, SPAN("note")));
    assert_memory_equal(&receipts, &given, sizeof(given));
    for (uint64_t position = 0; position < 305; position++) {
        assert_ok(log_seal_after(v, position, &seal));
        assert_int_equal(seal, position <= 104 ? 104 : position <= 204 ? 204 : 304);
    }
    assert_err(log_seal_after(v, 305, &seal), ERR_NOT_FOUND);
    log_view_close(v);
    assert_sound(w->store);
}

static void large_statements_are_kept(void **state)
{
    static uint8_t large[STATEMENT_SIZE_MAX + 1];
    static uint8_t work_bytes[300 * (STATEMENT_SIZE_MAX + 2)];
    struct out work = out_over(work_bytes, sizeof(work_bytes));
    struct world *w = *state;
    struct log_write *write;
    struct log_view *v;
    struct span bytes;
    struct hash id;

    assert_ok(log_write_open(w->store, &write));
    id = hash_of(span_of(large, sizeof(large)));
    assert_err(log_append(write, span_of(large, sizeof(large)), &id), ERR_STATEMENT_TOO_LARGE);
    for (unsigned i = 0; i < 260; i++) {
        large[0] = (uint8_t)i;
        id = hash_of(span_of(large, STATEMENT_SIZE_MAX - i % 2));
        assert_ok(log_append(write, span_of(large, STATEMENT_SIZE_MAX - i % 2), &id));
        if (i != 100) continue;
        assert_ok(log_write_commit(write));
        reopen(w);
        assert_ok(log_write_open(w->store, &write));
    }
    assert_ok(log_write_commit(write));
    assert_ok(log_view_open(w->store, &v));
    for (uint64_t i = 0; i < 260; i++) {
        assert_ok(log_statement(v, i, &bytes));
        assert_int_equal(bytes.len, STATEMENT_SIZE_MAX - i % 2);
        assert_int_equal(bytes.ptr[0], i % 256);
    }
    assert_ok(log_tile(v, &(struct tile){TILE_STATEMENTS, 0, 0, 256}, 260, &work, &bytes));
    assert_int_equal(bytes.len, 256 * (STATEMENT_SIZE_MAX + 2) - 128);
    log_view_close(v);
    assert_sound(w->store);
}

/* ---- what does not fit ---- */

static void a_full_map_refuses_cleanly(void **state)
{
    struct world *w = *state;
    uint64_t size = 0;
    enum err err = ERR_OK;

    store_close(w->store);
    assert_ok(store_open(w->dir, false, (size_t)1 << 20, &w->store));
    while (err == ERR_OK) {
        uint8_t buffer[PLAIN_MAX];
        struct log_write *write;

        assert_ok(log_write_open(w->store, &write));
        for (int i = 0; err == ERR_OK && i < 100; i++) {
            struct span bytes = plain_bytes(log_write_size(write), buffer);
            struct hash id = hash_of(bytes);

            err = log_append(write, bytes, &id);
        }
        /* A commit after a failed append keeps nothing and says the same. */
        if (err == ERR_OK)
            err = log_write_commit(write);
        else
            assert_err(log_write_commit(write), err);
        if (err == ERR_OK) size += 100;
    }
    assert_err(err, ERR_DISK_FULL);
    assert_true(size > 500);
    assert_plain(w->store, size);
    store_close(w->store);
    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
    assert_plain(w->store, size);
    commit_plain(w->store, 300);
    assert_plain(w->store, size + 300);
    assert_sound(w->store);
}

int main(void)
{
#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        LOG_TEST(a_store_is_made_only_when_asked_to),
        LOG_TEST(the_default_map_can_be_reserved),
        LOG_TEST(a_log_whose_file_is_gone_is_damaged_not_new),
        LOG_TEST(what_was_committed_is_there_and_after_reopening),
        LOG_TEST(one_transaction_or_many_give_the_same_log),
        LOG_TEST(an_abort_leaves_nothing),
        LOG_TEST(a_view_does_not_see_what_comes_after_it),
        LOG_TEST(root_equals_the_frontier_while_appending),
        LOG_TEST(a_write_by_another_process_is_noticed),
        LOG_TEST(every_tile_of_every_earlier_size_is_still_there),
        LOG_TEST(tiles_and_proofs_above_65536),
        LOG_TEST(tiles_that_do_not_exist_are_not_found),
        LOG_TEST(proofs_of_all_small_sizes_verify),
        LOG_TEST(head_seals_and_checkpoint_are_kept),
        LOG_TEST(large_statements_are_kept),
        LOG_TEST(a_full_map_refuses_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
