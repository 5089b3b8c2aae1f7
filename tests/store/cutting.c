/* See cutting.h. */
#include "tests/store/cutting.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/base/codec.h"

#define GROUPS 24
#define STATEMENTS_MAX 2000
#define ASIDE_AFTER 16 /* groups */

/* What the store was told, in memory of our own. */
static struct {
    char parent[ENV_PATH_MAX], dir[ENV_PATH_MAX];
    struct span statement[STATEMENTS_MAX];
    struct hash log_root[STATEMENTS_MAX + 1];
    struct hash index_root[STATEMENTS_MAX + 1]; /* of a derived environment that covers so many */
    bool is_cover[STATEMENTS_MAX + 1];
    struct frontier tree;
    struct powercut_mark mark;
    size_t made, aside[2]; /* events by then: the store is made; its index set aside, and made again */
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

/* What a start does that finds an index which does not fit: all of it again, from the log. */
static void set_aside(struct store *s)
{
    struct derived_write *derived;
    struct derived_head index;
    struct log_head head;
    struct log_view *v;

    told.aside[0] = powercut_events();
    told.mark.covers = 0;
    told.mark.set_aside = true;
    powercut_mark(told.mark);
    assert_ok(derived_reset(s));
    assert_ok(log_view_open(s, &v));
    assert_ok(log_head(v, &head));
    assert_ok(derived_write_open(s, &derived));
    for (uint64_t i = 0; i < head.published; i++) fold_statement(derived, i, told.statement[i]);
    log_view_close(v);
    assert_ok(derived_write_head(derived, &index));
    assert_true(hash_equal(&index.root, &told.index_root[index.covers]));
    assert_ok(derived_write_commit(derived));
    told.mark.covers = index.covers;
    powercut_mark(told.mark);
    told.aside[1] = powercut_events();
}

int cutting_record(void **state)
{
    uint64_t random = 1;
    struct store *s;

    (void)state;
    folder_make(told.parent);
    assert_ok(path_join(told.parent, "store", told.dir));
    powercut_watch(told.parent);
    told.log_root[0] = empty_root();
    told.is_cover[0] = true;
    assert_ok(store_open(told.dir, true, TEST_MAP_BYTES, &s));
    told.mark.made = true;
    powercut_mark(told.mark);
    told.made = powercut_events();
    for (int i = 0; i < GROUPS; i++) {
        tell_group(s, &random);
        if (i == ASIDE_AFTER) set_aside(s);
    }
    store_close(s);
    return 0;
}

int cutting_forget(void **state)
{
    (void)state;
    for (size_t i = 0; i < STATEMENTS_MAX; i++) free((void *)(uintptr_t)told.statement[i].ptr);
    powercut_release();
    folder_remove(told.parent);
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

    REQUIRE(!q->acknowledged.made || path_exists(q->dir, "log"), LOST);
    REQUIRE(store_open(q->dir, !q->acknowledged.made, TEST_MAP_BYTES, &s) == ERR_OK, CORRUPT);
    REQUIRE(path_exists(q->dir, "log") && path_exists(q->dir, "derived"), CORRUPT);
    REQUIRE(store_check_pages(q->dir, where) == ERR_OK, CORRUPT);
    REQUIRE(q->acknowledged.set_aside || !path_exists(q->dir, "derived.aside-1"), CORRUPT);
    log_ask(s, &q->acknowledged);
    derived_ask(s, &q->acknowledged);
    REQUIRE(store_check(s, NULL, NULL, where) == ERR_OK, CORRUPT);
    append_ask(s);
    REQUIRE(store_check(s, NULL, NULL, where) == ERR_OK, CORRUPT);
    REQUIRE(store_check_pages(q->dir, where) == ERR_OK, CORRUPT);
    store_close(s);
}

static enum finding image_judge(const struct powercut_image *image, const char *dir)
{
    struct question q = {.acknowledged = image->acknowledged};
    char parent[ENV_PATH_MAX];
    int status;

    assert_ok(path_join(dir, "image", parent));
    assert_ok(path_join(parent, "store", q.dir));
    powercut_image_write(image, parent);
    assert_true(waitpid(child_start(image_ask, &q), &status, 0) > 0);
    folder_remove(parent);
    return WIFEXITED(status) ? (enum finding)WEXITSTATUS(status) : CORRUPT;
}

static void part_range(enum cutting_part part, size_t *from, size_t *to)
{
    *from = part == CUT_SETTING_ASIDE ? told.aside[0] : 0;
    *to = part == CUT_MAKING ? told.made : part == CUT_SETTING_ASIDE ? told.aside[1] : powercut_events();
}

static const char *keeps(bool kept)
{
    return kept ? "keeps" : "does not keep";
}

struct findings cutting_cut(struct powercut_rules rules, enum cutting_part part, unsigned images, uint64_t seed)
{
    static const char *const parts[] = {"anywhere", "while it is made", "while the index is set aside"};
    struct findings f = {0};
    char dir[ENV_PATH_MAX];
    size_t from, to, at;

    folder_make(dir);
    part_range(part, &from, &to);
    at = from;
    powercut_begin(rules);
    for (unsigned i = 0; i < images; i++) {
        size_t last = from + (to - from) * (i + 1) / images;
        enum finding found;

        at += powercut_random(&seed) % (last - at + 1);
        found = image_judge(powercut_image(at, powercut_random(&seed)), dir);
        f.good += found == GOOD;
        f.lost += found == LOST;
        f.corrupt += found != GOOD && found != LOST;
    }
    folder_remove(dir);
    print_message("power fails %s; fdatasync %s, O_DSYNC %s, fsync of a folder %s: %u images, good %u, lost %u, "
                  "corrupt %u\n",
                  parts[part], keeps(rules.sync_keeps), keeps(rules.dsync_keeps), keeps(rules.folder_sync_keeps),
                  images, f.good, f.lost, f.corrupt);
    return f;
}

static bool is_lock(const char *path)
{
    size_t len = strlen(path);

    return len >= 8 && strcmp(path + len - 8, "lock.mdb") == 0;
}

void cutting_check_record(void)
{
    struct powercut_counts counts = powercut_counts();
    const struct powercut_image *image;
    unsigned files = 0;

    assert_true(counts.writes > 100);
    assert_true(counts.synced_writes > 100);
    assert_true(counts.syncs > 100);
    assert_true(counts.names > 10);
    assert_true(counts.folder_syncs >= 7);
    assert_true(counts.marks > 50);
    assert_true(told.tree.size > 3 * TILE_WIDTH);
    /* With nothing lost the image is the folder: no write went past the record. */
    powercut_begin(ALL_KEPT);
    image = powercut_image(powercut_events(), 0);
    for (size_t i = 0; i < image->count; i++) {
        const struct powercut_entry *e = &image->entry[i];
        struct span file;

        if (e->is_folder || is_lock(e->path)) continue;
        file = file_read(told.parent, e->path);
        assert_true(span_equal(file, span_of(e->bytes, e->len)));
        free((void *)(uintptr_t)file.ptr);
        files++;
    }
    assert_int_equal(files, 3); /* log, derived, and the derived that was set aside */
}
