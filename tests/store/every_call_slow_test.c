/* Each call to the disk fails once, each way it can: the store refuses cleanly or is stopped, what it acknowledged is
 * there after the next start, no root is wrong, and the work comes to the same end. And a disk that stays full. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/statement/status.h"
#include "tests/store/fixture.h"
#include "tests/store/powercut.h"

#define BATCH 70
#define GROUP (2 * BATCH + 1) /* with its seal */
#define GROUPS 4
#define END ((uint64_t)GROUPS * GROUP)
#define RESET_AT (3 * GROUP)
#define STEPS_MAX 200

/* What a run without faults has at each size. */
static struct {
    struct span bytes[END];
    struct hash log_root[END + 1], index_root[END + 1];
} right;

struct world {
    char parent[ENV_PATH_MAX], dir[ENV_PATH_MAX];
    struct store *store;
    struct derived_write *folding; /* from a seal until after its publication */
    uint64_t acknowledged, published;
    bool reset;
    unsigned refusals, stops;
};

/* ---- looking ---- */

/* Reading works whatever the disk refuses, and shows nothing that is not right. */
static void assert_reads(struct world *w, struct log_head *ret)
{
    struct tree_reader reader;
    struct log_view *v;
    struct hash root;

    assert_ok(log_view_open(w->store, &v));
    assert_ok(log_head(v, ret));
    assert_true(ret->size >= w->acknowledged && ret->size <= END);
    assert_true(ret->published >= w->published);
    for (uint64_t i = 0; i < ret->size; i += i + 17 < ret->size ? 17 : 1) {
        struct span bytes;

        assert_ok(log_statement(v, i, &bytes));
        assert_true(span_equal(bytes, right.bytes[i]));
    }
    reader = log_reader(v);
    if (ret->size > 0) {
        assert_ok(tree_range_root(&reader, 0, ret->size, &root));
        assert_memory_equal(&root, &right.log_root[ret->size], sizeof(root));
    }
    log_view_close(v);
}

static enum err index_head(struct world *w, struct derived_head *ret)
{
    struct derived_view *v;

    TRY(derived_view_open(w->store, &v));
    assert_ok(derived_head(v, ret));
    derived_view_close(v);
    if (ret->covers > 0) assert_memory_equal(&ret->root, &right.index_root[ret->covers], sizeof(ret->root));
    return ERR_OK;
}

/* ---- one step of the work, as the server does it ---- */

static void fold_drop(struct world *w)
{
    derived_write_abort(w->folding);
    w->folding = NULL;
}

static enum err fold_to(struct world *w, uint64_t end)
{
    static struct index_keys keys;
    struct derived_head head;
    enum err err = ERR_OK;

    if (w->folding == NULL) TRY(derived_write_open(w->store, &w->folding));
    err = derived_write_head(w->folding, &head);
    for (uint64_t i = head.covers; err == ERR_OK && i < end; i++) {
        struct statement s;

        assert_ok(statement_decode(right.bytes[i], &s));
        assert_ok(index_derive(&s, 1, &keys));
        err = derived_fold(w->folding, i, &s.id, keys.key, keys.count);
    }
    if (err == ERR_OK) err = derived_write_head(w->folding, &head);
    if (err == ERR_OK)
        assert_memory_equal(&head.root, &right.index_root[end], sizeof(head.root));
    else
        fold_drop(w);
    return err;
}

static enum err append(struct log_write *log, uint64_t end)
{
    while (log_write_size(log) < end) {
        uint64_t at = log_write_size(log);
        struct hash id = hash_of(right.bytes[at]), root;

        TRY(log_append(log, right.bytes[at], &id));
        root = log_write_root(log);
        assert_memory_equal(&root, &right.log_root[at + 1], sizeof(root));
    }
    return log_write_size(log) % GROUP == 0 ? log_set_sealed(log, end) : log_set_from(log, end);
}

static enum err take_statements(struct world *w, uint64_t end)
{
    struct log_write *log;
    enum err err;

    TRY(log_write_open(w->store, &log));
    err = append(log, end);
    if (err != ERR_OK) {
        log_write_abort(log);
        return err;
    }
    TRY(log_write_commit(log));
    w->acknowledged = end;
    return ERR_OK;
}

static enum err publish(struct world *w, uint64_t size)
{
    struct signature receipts = {{5}};
    struct log_write *log;
    enum err err;

    TRY(log_write_open(w->store, &log));
    err = log_set_published(log, size, SPAN("a checkpoint"), &receipts);
    if (err != ERR_OK) {
        log_write_abort(log);
        return err;
    }
    TRY(log_write_commit(log));
    w->published = size;
    return ERR_OK;
}

static enum err derive(struct world *w, uint64_t end)
{
    struct derived_write *write;

    TRY(fold_to(w, end));
    write = w->folding;
    w->folding = NULL;
    return derived_write_commit(write);
}

static enum err seal(struct world *w, uint64_t size)
{
    enum err err = fold_to(w, size - 1);

    if (err == ERR_OK) err = take_statements(w, size);
    if (err != ERR_OK) fold_drop(w);
    return err;
}

/* Whatever is next; *ret_end when nothing is. */
static enum err step(struct world *w, bool *ret_end)
{
    struct derived_head index;
    struct log_head head;

    assert_reads(w, &head);
    if (w->folding == NULL) {
        TRY(index_head(w, &index));
        assert_true(index.covers <= head.published);
    } else {
        index.covers = head.published == 0 ? 0 : (head.published == head.sealed ? head.published - 1 : head.published);
    }
    if (head.sealed > head.published) return publish(w, head.sealed);
    if (index.covers < head.published) return derive(w, head.published);
    if (head.size == RESET_AT && !w->reset) {
        w->reset = true;
        return derived_reset(w->store);
    }
    *ret_end = head.size == END;
    if (*ret_end) return ERR_OK;
    if (head.size % GROUP == GROUP - 1) return seal(w, head.size + 1);
    return take_statements(w, head.size + BATCH - head.size % GROUP % BATCH);
}

/* ---- to the end, whatever fails ---- */

static void stop(struct world *w)
{
    fold_drop(w);
    store_close(w->store);
    w->store = NULL;
}

/* A clean refusal leaves the store as it was, for use; after anything else it is opened anew. */
static void take_failure(struct world *w, enum err err)
{
    if (err == ERR_DISK_FULL && w->store != NULL) {
        w->refusals++;
        return;
    }
    if (err == ERR_DAMAGED) fail_msg("a call that failed is no damage");
    w->stops++;
    if (w->store != NULL) stop(w);
}

static void work(struct world *w, bool full)
{
    bool end = false;

    for (unsigned steps = 0; !end; steps++) {
        enum err err = ERR_OK;

        assert_true(steps < STEPS_MAX);
        /* A disk stays full for a while, and then there is room. */
        if (full && powercut_fired() && w->refusals + w->stops >= 4) assert_true(powercut_failed());
        if (w->store == NULL) err = store_open(w->dir, true, TEST_MAP_BYTES, &w->store);
        if (err == ERR_OK) err = step(w, &end);
        if (err != ERR_OK) take_failure(w, err);
    }
    stop(w);
}

static void assert_end(struct world *w)
{
    struct derived_head index;
    struct log_head head;
    char where[160];

    if (store_check_pages(w->dir, where) != ERR_OK) fail_msg("%s", where);
    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
    assert_reads(w, &head);
    assert_int_equal(head.size, END);
    assert_int_equal(head.published, END);
    assert_ok(index_head(w, &index));
    assert_int_equal(index.covers, END);
    if (store_check(w->store, NULL, NULL, where) != ERR_OK) fail_msg("%s", where);
    stop(w);
}

/* Whether the fault fired at all. */
static bool run(struct powercut_fault f, struct world *w)
{
    bool fired;

    memset(w, 0, sizeof(*w));
    folder_make(w->parent);
    assert_ok(path_join(w->parent, "store", w->dir));
    powercut_watch(w->parent);
    powercut_fail(f);
    work(w, f.lasting);
    fired = powercut_failed() || f.lasting;
    powercut_release();
    assert_end(w);
    folder_remove(w->parent);
    return fired;
}

/* ---- what is right ---- */

static void right_put(uint64_t at, struct span bytes, struct frontier *tree)
{
    struct hash id = hash_of(bytes), leaf = leaf_hash(hash_span(&id));
    uint8_t *copy = malloc(bytes.len);

    assert_non_null(copy);
    memcpy(copy, bytes.ptr, bytes.len);
    right.bytes[at] = span_of(copy, bytes.len);
    frontier_append(tree, &leaf);
    right.log_root[at + 1] = frontier_root(tree);
}

static int make_right(void **state)
{
    struct frontier tree = {.size = 0};
    struct derived_write *derived;
    struct derived_head index;
    char dir[ENV_PATH_MAX];
    uint8_t buffer[REAL_MAX];
    struct store *s;

    (void)state;
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0) assert_int_equal(setenv("TMPDIR", "/dev/shm", 0), 0);
    folder_make(dir);
    assert_ok(store_open(dir, true, TEST_MAP_BYTES, &s));
    assert_ok(derived_write_open(s, &derived));
    assert_ok(derived_write_head(derived, &index));
    for (uint64_t at = 0; at < END; at++) {
        struct seal_payload payload = {.covers = at, .root = index.root, .keys = index.keys, .to_ms = at + 1};
        bool is_seal = at % GROUP == GROUP - 1;

        right_put(at, is_seal ? real_seal(&payload, buffer) : real_attestation(at, 90, buffer), &tree);
        fold_statement(derived, at, right.bytes[at]);
        assert_ok(derived_write_head(derived, &index));
        right.index_root[at + 1] = index.root;
    }
    derived_write_abort(derived);
    store_close(s);
    folder_remove(dir);
    return 0;
}

static int forget_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < END; i++) free((void *)(uintptr_t)right.bytes[i].ptr);
    return 0;
}

/* ---- what is true ---- */

static void every_call_may_fail_once(void **state)
{
    static const struct {
        int error;
        enum powercut_fate fate;
        const char *words;
    } fates[] = {
        {EIO, POWERCUT_LOST, "EIO, not kept"},       {EIO, POWERCUT_KEPT, "EIO, kept"},
        {ENOSPC, POWERCUT_LOST, "ENOSPC, not kept"}, {ENOSPC, POWERCUT_KEPT, "ENOSPC, kept"},
        {EIO, POWERCUT_SHORT, "half of a write"},
    };
    static struct world w;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(fates); i++) {
        unsigned refusals = 0, stops = 0, nth = 0;

        while (run((struct powercut_fault){POWERCUT_ANY, nth, fates[i].error, fates[i].fate, false}, &w)) {
            refusals += w.refusals;
            stops += w.stops;
            nth++;
        }
        print_message("%s: each of %u calls; %u clean refusals, %u stops\n", fates[i].words, nth, refusals, stops);
        assert_true(nth > 120);
        assert_true(stops > 10);
    }
}

static void a_disk_that_stays_full_is_read_and_used_again(void **state)
{
    static struct world w;
    unsigned refusals = 0, stops = 0, nth = 0;

    (void)state;
    for (;; nth++) {
        (void)run((struct powercut_fault){POWERCUT_ROOM, nth, ENOSPC, POWERCUT_LOST, true}, &w);
        if (w.refusals + w.stops == 0) break;
        refusals += w.refusals;
        stops += w.stops;
    }
    print_message("full from each of %u calls on; %u clean refusals, %u stops\n", nth, refusals, stops);
    assert_true(nth > 60);
    assert_true(refusals > stops);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_may_fail_once),
        cmocka_unit_test(a_disk_that_stays_full_is_read_and_used_again),
    };
    return cmocka_run_group_tests(tests, make_right, forget_right);
}
