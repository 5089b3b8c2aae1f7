/* No loss of power takes what was acknowledged; and this test would see it if one did. */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "tests/store/fixture.h"
#include "tests/store/powercut.h"

#define GROUPS 24
#define STATEMENTS_MAX 2000
#define IMAGES 400
#define IMAGES_BROKEN 60

/* What the store was told, in memory of our own. */
static struct {
    char dir[ENV_PATH_MAX];
    struct span statement[STATEMENTS_MAX];
    struct hash log_root[STATEMENTS_MAX + 1];
    struct hash index_root[STATEMENTS_MAX + 1]; /* of a derived environment that covers so many */
    bool is_cover[STATEMENTS_MAX + 1];
    struct frontier tree;
    struct powercut_mark mark;
} told;

/* ---- the run that is recorded ---- */

static void tell(struct log_write *log, struct derived_write *derived, struct span bytes)
{
    struct hash id = hash_of(bytes), leaf = leaf_hash(hash_span(&id));
    uint64_t position = log_write_size(log);
    uint8_t *copy = malloc(bytes.len);

    assert_non_null(copy);
    assert_true(position < STATEMENTS_MAX);
    memcpy(copy, bytes.ptr, bytes.len);
    told.statement[position] = span_of(copy, bytes.len);
    frontier_append(&told.tree, &leaf);
    told.log_root[position + 1] = frontier_root(&told.tree);
    assert_ok(log_append(log, bytes, &id));
    fold_statement(derived, position, bytes);
}

static void acknowledge(struct log_write *log)
{
    told.mark.statements = log_write_size(log);
    assert_ok(log_write_commit(log));
    powercut_mark(told.mark);
}

static void tell_seal(struct store *s, struct derived_write *derived)
{
    struct derived_head index;
    struct log_write *log;
    struct seal_payload seal = {0};
    uint8_t buffer[REAL_MAX];

    assert_ok(log_write_open(s, &log));
    assert_ok(derived_write_head(derived, &index));
    seal.covers = log_write_size(log);
    seal.root = index.root;
    seal.keys = index.keys;
    seal.to_ms = seal.covers;
    tell(log, derived, real_seal(&seal, buffer));
    assert_ok(log_set_sealed(log, seal.to_ms));
    acknowledge(log);
}

static void publish(struct store *s, struct derived_write *derived)
{
    struct signature receipts = {{9}};
    struct derived_head index;
    struct log_write *log;

    assert_ok(log_write_open(s, &log));
    assert_ok(log_set_published(log, log_write_size(log), SPAN("a checkpoint"), &receipts));
    told.mark.published = log_write_size(log);
    acknowledge(log);
    assert_ok(derived_write_head(derived, &index));
    told.index_root[index.covers] = index.root;
    told.is_cover[index.covers] = true;
    assert_ok(derived_write_commit(derived));
    told.mark.covers = index.covers;
    powercut_mark(told.mark);
}

static void tell_group(struct store *s, uint64_t *random)
{
    struct derived_write *derived;
    uint8_t buffer[REAL_MAX];

    assert_ok(derived_write_open(s, &derived));
    for (uint64_t batches = 1 + powercut_random(random) % 4; batches > 0; batches--) {
        struct log_write *log;

        assert_ok(log_write_open(s, &log));
        for (uint64_t n = 1 + powercut_random(random) % 25; n > 0; n--)
            tell(log, derived, real_attestation(log_write_size(log), 200, buffer));
        acknowledge(log);
    }
    tell_seal(s, derived);
    publish(s, derived);
}

static int record_run(void **state)
{
    char path[POWERCUT_FILES][ENV_PATH_MAX];
    uint64_t random = 1;
    struct store *s;

    (void)state;
    folder_make(told.dir);
    assert_ok(path_join(told.dir, "log/data.mdb", path[0]));
    assert_ok(path_join(told.dir, "derived/data.mdb", path[1]));
    assert_ok(store_open(told.dir, true, TEST_MAP_BYTES, &s));
    store_close(s);
    powercut_watch((const char *const[]){path[0], path[1]});
    assert_ok(store_open(told.dir, false, TEST_MAP_BYTES, &s));
    told.log_root[0] = empty_root();
    told.is_cover[0] = true;
    for (int i = 0; i < GROUPS; i++) tell_group(s, &random);
    store_close(s);
    return 0;
}

static int forget_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < STATEMENTS_MAX; i++) free((void *)(uintptr_t)told.statement[i].ptr);
    powercut_release();
    folder_remove(told.dir);
    return 0;
}

/* ---- what is asked of an image, in a process of its own: LMDB may abort ---- */

enum finding { GOOD = 0, LOST = 40, CORRUPT = 41 }; /* anything else: it died */

struct question {
    char dir[ENV_PATH_MAX];
    struct powercut_mark acknowledged;
};

#define REQUIRE(condition, otherwise) \
    do { \
        if (!(condition)) _exit(otherwise); \
    } while (0)

static void log_ask(struct store *s, const struct powercut_mark *acknowledged)
{
    struct tree_reader reader;
    struct log_head head;
    struct log_view *v;
    struct hash root;

    REQUIRE(log_view_open(s, &v) == ERR_OK && log_head(v, &head) == ERR_OK, CORRUPT);
    REQUIRE(head.size >= acknowledged->statements && head.published >= acknowledged->published, LOST);
    REQUIRE(head.size <= told.tree.size, CORRUPT);
    for (uint64_t i = 0; i < head.size; i++) {
        struct span bytes;

        REQUIRE(log_statement(v, i, &bytes) == ERR_OK && span_equal(bytes, told.statement[i]), CORRUPT);
    }
    reader = log_reader(v);
    if (head.size > 0)
        REQUIRE(tree_range_root(&reader, 0, head.size, &root) == ERR_OK, CORRUPT);
    else
        root = empty_root();
    REQUIRE(hash_equal(&root, &told.log_root[head.size]), CORRUPT);
    log_view_close(v);
}

static void derived_ask(struct store *s, const struct powercut_mark *acknowledged)
{
    struct derived_head head;
    struct derived_view *v;

    REQUIRE(derived_view_open(s, &v) == ERR_OK && derived_head(v, &head) == ERR_OK, CORRUPT);
    REQUIRE(head.covers >= acknowledged->covers, LOST);
    REQUIRE(head.covers <= told.tree.size && told.is_cover[head.covers], CORRUPT);
    REQUIRE(hash_equal(&head.root, &told.index_root[head.covers]), CORRUPT);
    derived_view_close(v);
}

/* The log goes on from there. */
static void append_ask(struct store *s)
{
    struct log_write *log;
    uint64_t size;

    REQUIRE(log_write_open(s, &log) == ERR_OK, CORRUPT);
    size = log_write_size(log);
    if (size < told.tree.size) {
        struct hash id = hash_of(told.statement[size]), root;

        REQUIRE(log_append(log, told.statement[size], &id) == ERR_OK, CORRUPT);
        root = log_write_root(log);
        REQUIRE(hash_equal(&root, &told.log_root[size + 1]), CORRUPT);
    }
    REQUIRE(log_write_commit(log) == ERR_OK, CORRUPT);
}

static void image_ask(void *ctx)
{
    struct question *q = ctx;
    char where[160];
    struct store *s;

    REQUIRE(store_open(q->dir, false, TEST_MAP_BYTES, &s) == ERR_OK, CORRUPT);
    REQUIRE(!path_exists(q->dir, "derived.aside-1"), CORRUPT);
    log_ask(s, &q->acknowledged);
    derived_ask(s, &q->acknowledged);
    REQUIRE(store_check(s, NULL, NULL, where) == ERR_OK, CORRUPT);
    append_ask(s);
    REQUIRE(store_check(s, NULL, NULL, where) == ERR_OK, CORRUPT);
    store_close(s);
}

static enum finding image_judge(const struct powercut_image *image, const char *dir)
{
    static const char *const folders[POWERCUT_FILES] = {"log", "derived"};
    struct question q = {.acknowledged = image->acknowledged};
    int status;

    assert_ok(path_join(dir, "image", q.dir));
    assert_int_equal(mkdir(q.dir, 0755), 0);
    for (unsigned i = 0; i < POWERCUT_FILES; i++) {
        char path[ENV_PATH_MAX];

        assert_ok(path_join(q.dir, folders[i], path));
        assert_int_equal(mkdir(path, 0755), 0);
        file_write(path, "data.mdb", span_of(image->file[i].bytes, image->file[i].len));
    }
    assert_true(waitpid(child_start(image_ask, &q), &status, 0) > 0);
    folder_remove(q.dir);
    return WIFEXITED(status) ? (enum finding)WEXITSTATUS(status) : CORRUPT;
}

struct findings {
    unsigned good, lost, corrupt;
};

/* `images` cuts, in order, spread at random over the whole run. */
static struct findings cut(struct powercut_rules rules, unsigned images, uint64_t seed)
{
    size_t events = powercut_events(), at = 0;
    struct findings f = {0};
    char dir[ENV_PATH_MAX];

    folder_make(dir);
    powercut_begin(rules);
    for (unsigned i = 0; i < images; i++) {
        size_t last = events * (i + 1) / images;
        enum finding found;

        at += powercut_random(&seed) % (last - at + 1);
        found = image_judge(powercut_image(at, powercut_random(&seed)), dir);
        f.good += found == GOOD;
        f.lost += found == LOST;
        f.corrupt += found != GOOD && found != LOST;
    }
    folder_remove(dir);
    print_message("keeps: fdatasync %d, O_DSYNC %d; images %u: good %u, lost %u, corrupt %u\n", rules.sync_keeps,
                  rules.dsync_keeps, images, f.good, f.lost, f.corrupt);
    return f;
}

/* ---- what is true ---- */

static void the_record_is_complete(void **state)
{
    static const char *const names[POWERCUT_FILES] = {"log/data.mdb", "derived/data.mdb"};
    struct powercut_counts counts = powercut_counts();
    const struct powercut_image *image;

    (void)state;
    assert_true(counts.writes > 100);
    assert_true(counts.synced_writes > 100);
    assert_true(counts.syncs > 100);
    assert_true(counts.marks > 50);
    assert_true(told.tree.size > 3 * TILE_WIDTH);
    /* With nothing lost the image is the file: no write went past the record. */
    powercut_begin((struct powercut_rules){true, true});
    image = powercut_image(powercut_events(), 0);
    for (unsigned i = 0; i < POWERCUT_FILES; i++) {
        struct span file = file_read(told.dir, names[i]);

        assert_true(span_equal(file, span_of(image->file[i].bytes, image->file[i].len)));
        free((void *)(uintptr_t)file.ptr);
    }
}

static void no_power_cut_loses_an_acknowledged_statement(void **state)
{
    struct findings f = cut((struct powercut_rules){.sync_keeps = true, .dsync_keeps = true}, IMAGES, 11);

    (void)state;
    assert_int_equal(f.good, IMAGES);
}

static void without_fdatasync_this_test_finds_corruption(void **state)
{
    struct findings f = cut((struct powercut_rules){.sync_keeps = false, .dsync_keeps = true}, IMAGES_BROKEN, 12);

    (void)state;
    assert_true(f.corrupt > 0);
    assert_true(f.good < IMAGES_BROKEN / 2);
}

static void without_the_sync_of_the_meta_page_this_test_finds_loss(void **state)
{
    struct findings f = cut((struct powercut_rules){.sync_keeps = true, .dsync_keeps = false}, IMAGES_BROKEN, 13);

    (void)state;
    assert_true(f.lost > 0);
    assert_int_equal(f.corrupt, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_is_complete),
        cmocka_unit_test(no_power_cut_loses_an_acknowledged_statement),
        cmocka_unit_test(without_fdatasync_this_test_finds_corruption),
        cmocka_unit_test(without_the_sync_of_the_meta_page_this_test_finds_loss),
    };
    return cmocka_run_group_tests(tests, record_run, forget_run);
}
