/* Each thing the disk may refuse: a clean failure keeps nothing and the store goes on; anything else says that
 * its outcome is not known, and a new start finds a whole log. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "tests/store/fixture.h"
#include "tests/store/powercut.h"

#define BEFORE 300
#define BATCH 40

struct world {
    char dir[ENV_PATH_MAX];
    struct store *store;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    folder_make(w->dir);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    powercut_release();
    store_close(w->store);
    folder_remove(w->dir);
    free(w);
    return 0;
}

static void start(struct world *w)
{
    struct store *s;

    assert_ok(store_open(w->dir, true, TEST_MAP_BYTES, &s));
    store_close(s);
    powercut_watch(w->dir);
    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
}

static void stop(struct world *w)
{
    powercut_release();
    store_close(w->store);
    w->store = NULL;
    folder_remove(w->dir);
    folder_make(w->dir);
}

static enum err commit_with_fault(struct store *s, enum powercut_call call, unsigned nth, int error, bool kept)
{
    struct log_write *log;

    assert_ok(log_write_open(s, &log));
    append_plain(log, BATCH);
    powercut_fail((struct powercut_fault){call, nth, error, kept ? POWERCUT_KEPT : POWERCUT_LOST, false});
    return log_write_commit(log);
}

/* The store as a new start finds it: with the batch or without. */
static void assert_before_or_after(struct world *w)
{
    struct log_head head;
    struct log_view *v;
    char where[160];

    store_close(w->store);
    w->store = NULL;
    assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &w->store));
    assert_ok(log_view_open(w->store, &v));
    assert_ok(log_head(v, &head));
    log_view_close(v);
    assert_true(head.size == BEFORE || head.size == BEFORE + BATCH);
    assert_plain(w->store, head.size);
    assert_ok(store_check(w->store, NULL, NULL, where));
    commit_plain(w->store, 3);
    assert_plain(w->store, head.size + 3);
}

static void a_full_disk_before_the_meta_page_is_clean(void **state)
{
    static const enum powercut_call calls[] = {POWERCUT_WRITE, POWERCUT_SYNC};
    struct world *w = *state;
    unsigned fired = 0;

    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        for (unsigned nth = 0;; nth++) {
            enum err err;

            start(w);
            commit_plain(w->store, BEFORE);
            err = commit_with_fault(w->store, calls[i], nth / 2, ENOSPC, nth % 2 == 1);
            if (!powercut_failed()) {
                assert_ok(err);
                stop(w);
                break;
            }
            fired++;
            assert_err(err, ERR_DISK_FULL);
            /* Room again, and the same store goes on as if nothing had been asked of it. */
            assert_plain(w->store, BEFORE);
            commit_plain(w->store, 7);
            assert_plain(w->store, BEFORE + 7);
            stop(w);
        }
    }
    assert_true(fired >= 4);
}

static void any_other_failure_is_an_unknown_outcome(void **state)
{
    static const struct {
        enum powercut_call call;
        int error;
    } rows[] = {
        {POWERCUT_WRITE, EIO},
        {POWERCUT_SYNC, EIO},
        {POWERCUT_SYNCED_WRITE, EIO},
        {POWERCUT_SYNCED_WRITE, ENOSPC},
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (unsigned nth = 0; nth < 100; nth++) {
            enum err err;
            bool failed;

            start(w);
            commit_plain(w->store, BEFORE);
            err = commit_with_fault(w->store, rows[i].call, nth / 2, rows[i].error, nth % 2 == 1);
            failed = powercut_failed();
            assert_err(err, failed ? ERR_UNCERTAIN : ERR_OK);
            if (failed) assert_before_or_after(w);
            stop(w);
            if (failed) continue;
            assert_true(nth >= 2);
            break;
        }
    }
}

/* LMDB refuses everything after the meta page failed, and that is not taken for a full disk or a broken one. */
static void after_a_failed_meta_page_nothing_is_taken(void **state)
{
    struct world *w = *state;
    struct log_write *log;
    struct log_view *v;

    start(w);
    commit_plain(w->store, BEFORE);
    assert_err(commit_with_fault(w->store, POWERCUT_SYNCED_WRITE, 0, ENOSPC, false), ERR_UNCERTAIN);
    assert_true(powercut_failed());
    assert_err(log_write_open(w->store, &log), ERR_UNCERTAIN);
    assert_err(log_view_open(w->store, &v), ERR_UNCERTAIN);
    assert_before_or_after(w);
}

/* ---- killed at any moment ---- */

#define KILLS 40

struct writer {
    const char *dir;
    _Atomic uint64_t *acknowledged; /* shared memory: it outlives the process */
};

static void append_for_ever(void *ctx)
{
    struct writer *w = ctx;
    struct store *s;

    assert_ok(store_open(w->dir, true, TEST_MAP_BYTES, &s));
    for (uint64_t round = 0;; round++) {
        struct log_write *log;

        assert_ok(log_write_open(s, &log));
        append_plain(log, 1 + round % 90);
        if (round % 5 == 4) {
            log_write_abort(log);
            continue;
        }
        assert_ok(log_write_commit(log));
        assert_ok(log_write_open(s, &log));
        atomic_store(w->acknowledged, log_write_size(log));
        log_write_abort(log);
    }
}

static void a_killed_writer_leaves_a_whole_log(void **state)
{
    struct world *w = *state;
    _Atomic uint64_t *acknowledged;
    struct writer writer;
    uint64_t random = 5, last = 0;

    acknowledged = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(acknowledged != MAP_FAILED);
    writer = (struct writer){w->dir, acknowledged};
    for (int i = 0; i < KILLS; i++) {
        pid_t child = child_start(append_for_ever, &writer);
        struct log_head head;
        struct log_view *v;
        struct store *s;
        char where[160];

        while (atomic_load(acknowledged) == last) usleep(100);
        usleep((useconds_t)(powercut_random(&random) % 4000));
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_false(child_wait(child));
        last = atomic_load(acknowledged);
        assert_ok(store_open(w->dir, false, TEST_MAP_BYTES, &s));
        assert_ok(log_view_open(s, &v));
        assert_ok(log_head(v, &head));
        log_view_close(v);
        assert_true(head.size >= last);
        assert_plain(s, head.size);
        assert_ok(store_check(s, NULL, NULL, where));
        last = head.size;
        atomic_store(acknowledged, last);
        store_close(s);
    }
    assert_int_equal(munmap((void *)acknowledged, 4096), 0);
}

int main(void)
{
#define FAULT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FAULT_TEST(a_full_disk_before_the_meta_page_is_clean),
        FAULT_TEST(any_other_failure_is_an_unknown_outcome),
        FAULT_TEST(after_a_failed_meta_page_nothing_is_taken),
        FAULT_TEST(a_killed_writer_leaves_a_whole_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
