/* What leaves is durable first: the calls that keep a state are made to fail, or the process is killed, at each of
 * them, before and after its effect. This program's own write, fsync and rename stand in for the system's. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/witness/world.h"
#include "witness/keep.h"
#include "witness/witness.h"

#define NOW 1795150000U

enum fault { NONE, FAILS, FAILS_BUT_KEPT, KILLED_BEFORE, KILLED_AFTER };

/* Armed: the calls of one request are counted, and the call number `at` goes wrong, and all later ones if `on`. */
static struct {
    bool armed, on;
    enum fault fault;
    unsigned at, calls;
    char trace[64];
} faults;

static bool is_regular(int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

static bool due(char letter)
{
    size_t len = strlen(faults.trace);

    if (len + 1 < sizeof(faults.trace)) faults.trace[len] = letter;
    faults.calls++;
    return faults.on ? faults.calls > faults.at : faults.calls == faults.at + 1;
}

/* Before the effect. True: the call does nothing and fails. */
static bool fault_before(bool is_due)
{
    if (!is_due) return false;
    if (faults.fault == KILLED_BEFORE) raise(SIGKILL);
    errno = EIO;
    return faults.fault == FAILS;
}

static int fault_after(bool is_due, int result)
{
    if (!is_due) return result;
    if (faults.fault == KILLED_AFTER) raise(SIGKILL);
    if (faults.fault != FAILS_BUT_KEPT) return result;
    errno = EIO;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    bool is_due = faults.armed && is_regular(fd) && due('w');

    if (fault_before(is_due)) return -1;
    return fault_after(is_due, (int)syscall(SYS_write, fd, bytes, len));
}

int fsync(int fd)
{
    bool is_due = faults.armed && due(is_regular(fd) ? 'f' : 'd');

    if (fault_before(is_due)) return -1;
    return fault_after(is_due, (int)syscall(SYS_fsync, fd));
}

int rename(const char *from, const char *to)
{
    bool is_due = faults.armed && due('r');

    if (fault_before(is_due)) return -1;
    return fault_after(is_due, (int)syscall(SYS_renameat2, -100, from, -100, to, 0));
}

static void arm(enum fault fault, unsigned at, bool on)
{
    memset(&faults, 0, sizeof(faults));
    faults.armed = true;
    faults.fault = fault;
    faults.at = at;
    faults.on = on;
}

static void disarm(void)
{
    faults.armed = false;
}

/* ---- a witness that saw 8 ---- */

static struct test_log honest, forked;
static struct cosigner self; /* its verifier key alone */

struct place {
    char dir[64], witness[128];
};

static struct witness *open_witness(const struct place *p)
{
    struct witness *w;
    char why[300];

    assert_int_equal(witness_open(p->witness, &w, why), ERR_OK);
    return w;
}

static enum err ask(struct witness *w, struct span body, uint64_t now, struct answer *ret)
{
    witness_add(w, body, now, ret);
    return ret->err;
}

static struct place place_new(void)
{
    struct place p;
    struct witness *w;
    struct answer a;

    folder_new(p.dir);
    witness_new(p.dir, &honest, p.witness);
    self.vkey = witness_vkey(p.witness);
    w = open_witness(&p);
    assert_int_equal(ask(w, request_of(&honest, 0, 8), NOW, &a), ERR_OK);
    witness_close(w);
    return p;
}

static void assert_cosigned(const struct answer *a, uint64_t size)
{
    uint64_t time;

    assert_int_equal(a->err, ERR_OK);
    assert_true(cosigned_by(&self, &honest, size, span_of(a->line, a->len), &time));
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0) return false;
    return true;
}

static int set_up(void **state)
{
    (void)state;
    honest = log_new("log.example.org/attest", 1);
    forked = log_fork(&honest, 5);
    return 0;
}

/* ---- order ---- */

static void the_file_is_synced_before_it_has_its_name_and_the_name_before_the_answer(void **state)
{
    struct place p = place_new();
    struct witness *w = open_witness(&p);
    struct answer a;

    (void)state;
    arm(NONE, 0, false);
    assert_int_equal(ask(w, request_of(&honest, 8, 20), NOW + 1, &a), ERR_OK);
    disarm();
    assert_string_equal(faults.trace, "wfrd");
    assert_cosigned(&a, 20);
    witness_close(w);
    folder_remove(p.dir);
}

/* Anybody can send the newest checkpoint again; in one second that costs the disk nothing. */
static void the_same_answer_in_the_same_second_is_not_written_again(void **state)
{
    struct place p = place_new();
    struct witness *w = open_witness(&p);
    struct answer a, b;

    (void)state;
    assert_int_equal(ask(w, request_of(&honest, 8, 20), NOW + 1, &a), ERR_OK);
    arm(NONE, 0, false);
    assert_int_equal(ask(w, request_of(&honest, 20, 20), NOW + 1, &b), ERR_OK);
    assert_int_equal(faults.calls, 0);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.line, b.line, a.len);
    assert_int_equal(ask(w, request_of(&honest, 20, 20), NOW + 2, &b), ERR_OK);
    disarm();
    assert_string_equal(faults.trace, "wfrd");
    witness_close(w);
    folder_remove(p.dir);
}

static void a_refusal_writes_nothing_until_it_is_counted(void **state)
{
    struct place p = place_new();
    struct witness *w = open_witness(&p);
    struct state *s = malloc(sizeof(*s));
    struct answer a;

    (void)state;
    arm(NONE, 0, false);
    assert_int_equal(ask(w, request_of(&forked, 8, 8), NOW, &a), ERR_FORKED);
    assert_int_equal(ask(w, request_of(&forked, 8, 20), NOW, &a), ERR_BAD_PROOF);
    assert_int_equal(ask(w, request_of(&honest, 7, 20), NOW, &a), ERR_WITNESS_OLD);
    assert_int_equal(a.size, 8);
    assert_int_equal(faults.calls, 0);
    witness_settle(w);
    assert_string_equal(faults.trace, "wfrd");
    witness_settle(w);
    disarm();
    assert_string_equal(faults.trace, "wfrd");
    witness_close(w);
    assert_int_equal(keep_read(p.witness, vkey_name(&honest.vkey), s), ERR_OK);
    assert_int_equal(s->refused, 2);
    assert_int_equal(s->size, 8);
    free(s);
    folder_remove(p.dir);
}

/* ---- calls that fail ---- */

/* One call fails, kept or not: no cosignature leaves; afterwards the witness knows what the disk says. */
static void a_state_that_cannot_be_kept_is_not_answered_for(void **state)
{
    (void)state;
    for (enum fault fault = FAILS; fault <= FAILS_BUT_KEPT; fault++) {
        unsigned at = 0;

        for (;; at++) {
            struct place p = place_new();
            struct witness *w = open_witness(&p);
            struct answer a;
            enum err e;

            arm(fault, at, false);
            e = ask(w, request_of(&honest, 8, 20), NOW + 1, &a);
            disarm();
            if (e != ERR_OK) {
                assert_int_equal(cosign_status(e), 503);
                assert_int_equal(a.len, 0);
                assert_true(all_zero(a.line, sizeof(a.line)));
                /* The other history is refused whichever state the disk has. */
                assert_int_not_equal(ask(w, request_of(&forked, 8, 20), NOW + 2, &a), ERR_OK);
                if (ask(w, request_of(&honest, 8, 20), NOW + 2, &a) == ERR_WITNESS_OLD) {
                    assert_int_equal(a.size, 20);
                    assert_int_equal(ask(w, request_of(&honest, 20, 20), NOW + 2, &a), ERR_OK);
                }
            }
            assert_cosigned(&a, 20);
            witness_close(w);
            folder_remove(p.dir);
            if (e == ERR_OK) break;
        }
        assert_int_equal(at, 4);
    }
}

/* A disk that fails on and on: neither the answer nor the note of an uncertain state leaves. */
static void nothing_signed_leaves_while_the_disk_is_uncertain(void **state)
{
    static const char names[] = "wfrd";

    (void)state;
    for (unsigned at = 0; at < sizeof(names) - 1; at++) {
        struct place p = place_new();
        struct witness *w = open_witness(&p);
        char hex[KEEP_NAME_LEN + 1];
        struct answer a;
        struct span note;

        keep_name(vkey_name(&honest.vkey), hex);
        arm(FAILS_BUT_KEPT, at, true);
        assert_int_equal(cosign_status(ask(w, request_of(&honest, 8, 20), NOW + 1, &a)), 503);
        assert_int_equal(cosign_status(witness_note(w, span_text(hex), &note)), 503);
        assert_int_equal(cosign_status(ask(w, request_of(&honest, 20, 20), NOW + 1, &a)), 503);
        disarm();
        assert_int_equal(witness_note(w, span_text(hex), &note), ERR_OK);
        assert_true(span_starts(note, SPAN("log.example.org/attest\n")));
        witness_close(w);
        folder_remove(p.dir);
    }
}

/* Somebody puts an old copy in place while the witness tries to recover: it does not go back. */
static void an_older_state_in_its_place_is_not_taken(void **state)
{
    struct place p = place_new();
    struct witness *w = open_witness(&p);
    uint8_t old[4096];
    char path[256];
    struct span was;
    struct answer a;

    (void)state;
    state_path(p.witness, &honest, path);
    was = file_bytes(path);
    memcpy(old, was.ptr, was.len);
    assert_int_equal(ask(w, request_of(&honest, 8, 20), NOW + 1, &a), ERR_OK);
    arm(FAILS, 0, false);
    assert_int_equal(cosign_status(ask(w, request_of(&honest, 20, 21), NOW + 2, &a)), 503);
    disarm();
    file_put(path, span_of(old, was.len));
    assert_int_equal(cosign_status(ask(w, request_of(&honest, 8, 20), NOW + 3, &a)), 503);
    assert_int_equal(cosign_status(ask(w, request_of(&forked, 8, 20), NOW + 3, &a)), 503);
    witness_close(w);
    folder_remove(p.dir);
}

/* ---- processes that die ---- */

/* In a child that may be killed on the way. True when it gave its answer. */
static bool ask_and_die(const struct place *p, enum fault fault, unsigned at)
{
    int pipes[2], status;
    struct answer a;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(pipes), 0);
    fflush(stdout);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct witness *w = open_witness(p);

        arm(fault, at, false);
        witness_add(w, request_of(&honest, 8, 20), NOW + 1, &a);
        disarm();
        got = (ssize_t)syscall(SYS_write, pipes[1], &a, sizeof(a));
        raise(SIGKILL);
    }
    close(pipes[1]);
    got = read(pipes[0], &a, sizeof(a));
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    if (got == 0) return false;
    assert_int_equal(got, sizeof(a));
    assert_cosigned(&a, 20);
    return true;
}

static void a_process_that_dies_anywhere_comes_back_with_what_it_answered(void **state)
{
    (void)state;
    for (enum fault fault = KILLED_BEFORE; fault <= KILLED_AFTER; fault++) {
        bool answered = false;
        unsigned at;

        for (at = 0; !answered; at++) {
            struct place p = place_new();
            struct witness *w;
            struct answer a;
            enum err e;

            answered = ask_and_die(&p, fault, at);
            w = open_witness(&p);
            e = ask(w, request_of(&honest, 0, 8), NOW + 2, &a);
            assert_int_equal(e, ERR_WITNESS_OLD);
            assert_true(a.size == 20 || (a.size == 8 && !answered));
            assert_int_not_equal(ask(w, request_of(&forked, a.size, 20), NOW + 2, &a), ERR_OK);
            e = ask(w, request_of(&honest, a.size, 20), NOW + 2, &a);
            assert_cosigned(&a, 20);
            witness_close(w);
            folder_remove(p.dir);
        }
        assert_int_equal(at, 5);
    }
}

/* ---- starting ---- */

static enum err open_error(const struct place *p)
{
    struct witness *w;
    char why[300];
    enum err e = witness_open(p->witness, &w, why);

    if (e == ERR_OK) witness_close(w);
    return e;
}

static void a_damaged_or_lost_state_refuses_to_start(void **state)
{
    static uint8_t large[STATE_SIZE_MAX + 1];
    uint8_t good[4096];
    struct place p = place_new();
    char path[256];
    struct span bytes;

    (void)state;
    state_path(p.witness, &honest, path);
    bytes = file_bytes(path);
    memcpy(good, bytes.ptr, bytes.len);
    for (size_t len = 0; len < bytes.len; len += 7) {
        file_put(path, span_slice(bytes, 0, len));
        assert_int_equal(open_error(&p), ERR_DAMAGED);
    }
    memset(large, 'a', sizeof(large));
    file_put(path, span_of(large, sizeof(large)));
    assert_int_equal(open_error(&p), ERR_DAMAGED);
    file_put(path, span_of(good, bytes.len));
    assert_int_equal(open_error(&p), ERR_OK);
    assert_int_equal(remove(path), 0);
    assert_int_equal(open_error(&p), ERR_INCOMPLETE);
    folder_remove(p.dir);
}

static void one_folder_is_served_once(void **state)
{
    struct place p = place_new();
    struct witness *w = open_witness(&p);

    (void)state;
    assert_int_equal(open_error(&p), ERR_IN_USE);
    witness_close(w);
    assert_int_equal(open_error(&p), ERR_OK);
    folder_remove(p.dir);
}

static void a_key_that_others_may_read_is_refused(void **state)
{
    struct place p = place_new();
    char path[256];

    (void)state;
    snprintf(path, sizeof(path), "%s/witness.key", p.witness);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(open_error(&p), ERR_WRONG_KIND);
    folder_remove(p.dir);
}

static void an_older_state_is_not_taken_when_the_settings_are_read_again(void **state)
{
    struct place p = place_new();
    struct witness *w = open_witness(&p);
    uint8_t old[4096];
    char path[256], why[300];
    struct span was;
    struct answer a;

    (void)state;
    state_path(p.witness, &honest, path);
    was = file_bytes(path);
    memcpy(old, was.ptr, was.len);
    assert_int_equal(ask(w, request_of(&honest, 8, 20), NOW + 1, &a), ERR_OK);
    assert_int_equal(witness_reload(w, why), ERR_OK);
    file_put(path, span_of(old, was.len));
    assert_int_equal(witness_reload(w, why), ERR_DAMAGED);
    assert_int_equal(ask(w, request_of(&forked, 8, 20), NOW + 2, &a), ERR_WITNESS_OLD);
    assert_int_equal(ask(w, request_of(&honest, 20, 21), NOW + 2, &a), ERR_OK);
    witness_close(w);
    folder_remove(p.dir);
}

static void a_log_with_two_keys_has_one_state(void **state)
{
    struct test_log successor = log_new("log.example.org/attest", 5);
    struct place p = place_new();
    struct witness *w;
    struct answer a;

    (void)state;
    witness_follow_key(p.witness, &successor);
    w = open_witness(&p);
    assert_int_equal(w->following->count, 1);
    assert_int_equal(ask(w, request_of(&successor, 8, 20), NOW + 1, &a), ERR_OK);
    assert_int_equal(ask(w, request_of(&honest, 8, 9), NOW + 1, &a), ERR_WITNESS_OLD);
    assert_int_equal(ask(w, request_of(&honest, 20, 21), NOW + 1, &a), ERR_OK);
    witness_close(w);
    folder_remove(p.dir);
}

static void a_log_is_followed_without_stopping(void **state)
{
    struct test_log second = log_new("second.example.org", 4);
    struct place p = place_new();
    struct witness *w = open_witness(&p);
    struct answer a;
    char why[300], path[256];

    (void)state;
    assert_int_equal(ask(w, request_of(&second, 0, 4), NOW + 1, &a), ERR_UNKNOWN_LOG);
    witness_follow(p.witness, &second);
    assert_int_equal(witness_reload(w, why), ERR_OK);
    assert_int_equal(ask(w, request_of(&second, 0, 4), NOW + 1, &a), ERR_OK);
    assert_int_equal(ask(w, request_of(&honest, 8, 20), NOW + 1, &a), ERR_OK);
    /* What cannot be read changes nothing. */
    snprintf(path, sizeof(path), "%s/witness.conf", p.witness);
    file_put(path, SPAN("name witness.uni.example\nnonsense\n"));
    assert_int_equal(witness_reload(w, why), ERR_BAD_CONFIG);
    assert_non_null(strstr(why, "line 2"));
    assert_int_equal(ask(w, request_of(&second, 4, 5), NOW + 1, &a), ERR_OK);
    witness_close(w);
    folder_remove(p.dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_synced_before_it_has_its_name_and_the_name_before_the_answer),
        cmocka_unit_test(the_same_answer_in_the_same_second_is_not_written_again),
        cmocka_unit_test(a_refusal_writes_nothing_until_it_is_counted),
        cmocka_unit_test(a_state_that_cannot_be_kept_is_not_answered_for),
        cmocka_unit_test(nothing_signed_leaves_while_the_disk_is_uncertain),
        cmocka_unit_test(an_older_state_in_its_place_is_not_taken),
        cmocka_unit_test(a_process_that_dies_anywhere_comes_back_with_what_it_answered),
        cmocka_unit_test(a_damaged_or_lost_state_refuses_to_start),
        cmocka_unit_test(one_folder_is_served_once),
        cmocka_unit_test(a_key_that_others_may_read_is_refused),
        cmocka_unit_test(an_older_state_is_not_taken_when_the_settings_are_read_again),
        cmocka_unit_test(a_log_with_two_keys_has_one_state),
        cmocka_unit_test(a_log_is_followed_without_stopping),
    };
    umask(077);
    return cmocka_run_group_tests_name("durable", tests, set_up, NULL);
}
