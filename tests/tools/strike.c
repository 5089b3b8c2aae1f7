/* cairn-strike: kills a log server at a chosen stage, and says how far it had come. It reads the server's store
 * from another process, as LMDB allows, so that the server needs nothing built in for it.
 *
 *   kill DIR PID STAGE   waits until the store is at STAGE, then SIGKILL
 *   inspect DIR          what a killed server left, and where in its work that was
 *   change DIR ENV/TABLE KEY AT   xor 0x41 to a byte of a row's value; KEY in hexadecimal, or "first" or "last"
 *   dump DIR             a hash of every table: all its rows, as a walk finds them and as looking each up does
 *
 * Stages of a kill: before (of the commit), committed, sealed, cosigned, published (and the index not yet). */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "log/note/checkpoint.h"
#include "log/store/store_parts.h"
#include "server/shell/files.h"
#include "server/shell/options.h"

#define PATIENCE_MS 3000
#define JOURNAL_MAX (256U << 20)
#define FILE_BYTES_MAX (1U << 17)
#define KEY_MAX 511 /* what LMDB takes */
#define ROW_MAX (17U << 20)

struct look {
    struct log_head log;
    uint64_t covers, witness, signed_size;
};

struct strike {
    struct store *store;
    const char *dir, *witness; /* the witness's file of this log, or NULL */
    pid_t pid;
    unsigned after_us, hold_ms;
    struct look last;
    struct log_write *held;
};

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int fail(enum err e, const char *what)
{
    fprintf(stderr, "cairn-strike: %s: %s\n", what, err_reason(e));
    return EXIT_CANNOT_SAY;
}

/* ---- looking ---- */

static enum err look_log(struct store *s, struct log_head *ret)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;

    TRY(log_view_open(s, &view));
    return log_head(view, ret);
}

static enum err look_derived(struct store *s, uint64_t *ret)
{
    struct derived_view *view __attribute__((cleanup(derived_view_cleanup))) = NULL;
    struct derived_head head;

    TRY(derived_view_open(s, &view));
    TRY(derived_head(view, &head));
    *ret = head.covers;
    return ERR_OK;
}

/* The line "size N" of a witness's file; 0 when it has none. */
static uint64_t look_witness(const char *path)
{
    uint8_t *text;
    struct span rest, line;
    uint64_t size = 0;
    size_t len;

    if (path == NULL || file_read(path, FILE_BYTES_MAX, &text, &len) != ERR_OK) return 0;
    rest = span_of(text, len);
    while (size == 0 && span_cut(&rest, '\n', &line))
        if (span_starts(line, SPAN("size ")) &&
            decimal_decode(span_slice(line, 5, line.len), INT64_MAX, &size) != ERR_OK)
            size = 0;
    free(text);
    return size;
}

static uint64_t look_signed(const char *dir)
{
    char path[FILE_PATH_MAX];
    struct checkpoint c = {.size = 0};
    uint8_t *text;
    size_t len;

    if (file_path(dir, "last-signed", path) != ERR_OK || file_read(path, FILE_BYTES_MAX, &text, &len) != ERR_OK)
        return 0;
    if (checkpoint_decode(span_of(text, len), &c) != ERR_OK) c.size = 0;
    free(text);
    return c.size;
}

/* ---- the stages that can be waited for ---- */

static enum err at_committed(struct strike *s, const struct log_head *now, bool *ret)
{
    *ret = now->size > s->last.log.size && now->sealed == now->published;
    return ERR_OK;
}

static enum err at_sealed(struct strike *s, const struct log_head *now, bool *ret)
{
    (void)s;
    *ret = now->sealed > now->published;
    return ERR_OK;
}

static enum err at_cosigned(struct strike *s, const struct log_head *now, bool *ret)
{
    *ret = now->sealed > now->published && look_witness(s->witness) >= now->sealed;
    return ERR_OK;
}

static enum err at_published(struct strike *s, const struct log_head *now, bool *ret)
{
    uint64_t covers;

    *ret = false;
    if (now->published == s->last.log.published) return ERR_OK;
    TRY(look_derived(s->store, &covers));
    *ret = covers < now->published;
    return ERR_OK;
}

/* This process takes the log's write lock: the server can store nothing for as long as is wished. */
static enum err hold(struct strike *s, const struct log_head *now, bool sealed, bool *ret)
{
    struct log_head again;

    *ret = false;
    if ((now->sealed > now->published) != sealed) return ERR_OK;
    TRY(log_write_open(s->store, &s->held));
    TRY(look_log(s->store, &again));
    *ret = (again.sealed > again.published) == sealed;
    if (!*ret) {
        log_write_abort(s->held);
        s->held = NULL;
        return ERR_OK;
    }
    usleep(s->hold_ms * 1000);
    return ERR_OK;
}

/* Statements are taken in and none can be committed. */
static enum err at_barred(struct strike *s, const struct log_head *now, bool *ret)
{
    return hold(s, now, false, ret);
}

/* Between the seal and the commit that publishes it: the witness cosigns all the same. */
static enum err at_held(struct strike *s, const struct log_head *now, bool *ret)
{
    return hold(s, now, true, ret);
}

static const struct stage {
    const char *word;
    enum err (*reached)(struct strike *s, const struct log_head *now, bool *ret);
} stages[] = {
    {"committed", at_committed}, {"sealed", at_sealed}, {"cosigned", at_cosigned},
    {"published", at_published}, {"held", at_held},     {"barred", at_barred},
};

/* Spins: a commit takes milliseconds, a look microseconds. */
static enum err wait_for(struct strike *s, const struct stage *stage, bool *ret)
{
    uint64_t until = now_ms() + PATIENCE_MS;

    *ret = false;
    TRY(look_log(s->store, &s->last.log));
    while (!*ret && now_ms() < until) {
        struct log_head now;

        TRY(look_log(s->store, &now));
        TRY(stage->reached(s, &now, ret));
        s->last.log = now;
    }
    if (*ret && s->after_us > 0) usleep(s->after_us);
    return ERR_OK;
}

static int strike(struct strike *s, const char *word)
{
    const struct stage *stage = NULL;
    bool reached;
    enum err e;

    for (size_t i = 0; i < COUNT_OF(stages); i++)
        if (strcmp(stages[i].word, word) == 0) stage = &stages[i];
    if (stage == NULL) return EXIT_USAGE;
    e = wait_for(s, stage, &reached);
    kill(s->pid, SIGKILL);
    log_write_abort(s->held);
    if (e != ERR_OK) return fail(e, word);
    return reached ? EXIT_YES : EXIT_NO;
}

/* ---- afterwards ---- */

static enum err find(struct store *s, const struct log_head *head, const struct hash *id, uint64_t *ret)
{
    struct log_view *log __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct derived_view *derived __attribute__((cleanup(derived_view_cleanup))) = NULL;
    struct derived_head covered;
    enum err e;

    TRY(log_view_open(s, &log));
    TRY(derived_view_open(s, &derived));
    TRY(derived_head(derived, &covered));
    e = derived_find(derived, id, ret);
    for (uint64_t p = covered.covers; e == ERR_NOT_FOUND && p < head->size; p++) {
        struct span bytes;
        struct hash at;

        TRY(log_statement(log, p, &bytes));
        at = hash_of(bytes);
        if (!hash_equal(&at, id)) continue;
        *ret = p;
        e = ERR_OK;
    }
    return e;
}

/* Statements without an answer, those of them in the log, and those that are newer than every answered one: the
 * older ones were told nothing because they asked to wait for their receipt. And the answered ones. */
struct flight {
    uint64_t sent, there, newer, acknowledged, highest;
};

static void take_acknowledged(struct span line, struct flight *f)
{
    struct span position;
    uint64_t n;

    line = span_slice(line, 2, line.len);
    if (!span_cut(&line, ' ', &position) || decimal_decode(position, INT64_MAX, &n) != ERR_OK) return;
    f->acknowledged++;
    if (n > f->highest) f->highest = n;
}

static enum err take_unanswered(struct store *s, const struct log_head *head, struct span line, struct flight *f)
{
    struct hash id;
    uint64_t position;
    enum err e;

    uint8_t bytes[STATEMENT_SIZE_MAX];

    line = span_slice(line, 2, line.len);
    if (line.len / 2 > sizeof(bytes)) return ERR_NO_ROOM;
    TRY(hex_decode(line, bytes, line.len / 2));
    id = hash_of(span_of(bytes, line.len / 2));
    f->sent++;
    e = find(s, head, &id, &position);
    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    f->there++;
    f->newer += position > f->highest;
    return ERR_OK;
}

/* The journal that cairn-load kept: "s POSITION ID" was acknowledged, "u STATEMENT" got no answer. */
static enum err look_flight(struct store *s, const struct log_head *head, const char *path, struct flight *ret)
{
    uint8_t *text;
    struct span rest, line;
    size_t len;
    enum err e = ERR_OK;

    *ret = (struct flight){0};
    TRY(file_read(path, JOURNAL_MAX, &text, &len));
    for (rest = span_of(text, len); span_cut(&rest, '\n', &line);)
        if (span_starts(line, SPAN("s "))) take_acknowledged(line, ret);
    for (rest = span_of(text, len); e == ERR_OK && span_cut(&rest, '\n', &line);)
        if (span_starts(line, SPAN("u "))) e = take_unanswered(s, head, line, ret);
    free(text);
    return e;
}

/* How far the newest work had come; a checkpoint under way says more than a statement under way. */
static const char *stage_of(const struct look *l, const struct flight *f)
{
    if (l->covers < l->log.published) return "published";
    if (l->log.sealed > l->log.published) return l->witness >= l->log.sealed ? "cosigned" : "sealed";
    return f->newer > 0 || f->there == f->sent ? "committed" : "before";
}

static int inspect(struct strike *s, const char *journal)
{
    struct look l = {.witness = look_witness(s->witness), .signed_size = look_signed(s->dir)};
    struct flight f;
    enum err e = look_log(s->store, &l.log);

    if (e == ERR_OK) e = look_derived(s->store, &l.covers);
    if (e == ERR_OK) e = look_flight(s->store, &l.log, journal, &f);
    if (e != ERR_OK) return fail(e, s->dir);
    printf("stage %s acknowledged %" PRIu64 " flying %" PRIu64 " there %" PRIu64 " size %" PRIu64 " sealed %" PRIu64
           " signed %" PRIu64 " witness %" PRIu64 " published %" PRIu64 " covers %" PRIu64 "\n",
           stage_of(&l, &f), f.acknowledged, f.sent, f.there, l.log.size, l.log.sealed, l.signed_size, l.witness,
           l.log.published, l.covers);
    return EXIT_YES;
}

/* ---- all that is kept ---- */

static void put_sized(struct hash *sum, struct span bytes)
{
    struct hash of = hash_of(bytes);

    *sum = node_hash(sum, &of);
}

/* Sets too. */
static enum err row_look_up(MDB_txn *txn, MDB_dbi table, struct span key, struct span value, struct span *ret)
{
    unsigned flags;

    TRY(env_error(mdb_dbi_flags(txn, table, &flags)));
    return (flags & MDB_DUPSORT) != 0 ? set_find(txn, table, value, ret) : row_get(txn, table, key, ret);
}

static enum err table_sum(MDB_txn *txn, MDB_dbi table, uint64_t *ret_rows, struct hash *ret)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    struct span found;
    enum err e = env_error(mdb_cursor_open(txn, table, &cursor));
    int rc = 0;

    *ret = (struct hash){{0}};
    *ret_rows = 0;
    TRY(e);
    while (e == ERR_OK && (rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0) {
        struct span key = span_of(k.mv_data, k.mv_size), value = span_of(v.mv_data, v.mv_size);

        put_sized(ret, key);
        put_sized(ret, value);
        ++*ret_rows;
        e = row_look_up(txn, table, key, value, &found);
        if (e == ERR_OK && !span_equal(found, value)) e = ERR_DAMAGED;
    }
    mdb_cursor_close(cursor);
    if (e == ERR_OK && rc != MDB_NOTFOUND) e = env_error(rc);
    return e;
}

static enum err dump_env(const struct env *env, const struct env_layout *layout)
{
    MDB_txn *txn;
    enum err e = ERR_OK;

    TRY(env_read(env, &txn));
    for (size_t i = 0; e == ERR_OK && i < layout->table_count; i++) {
        uint64_t rows, counted;
        struct hash sum;

        e = table_sum(txn, env->table[i], &rows, &sum);
        if (e == ERR_OK) e = row_count(txn, env->table[i], &counted);
        if (e != ERR_OK) break;
        printf("%s/%s %" PRIu64 " %" PRIu64 " ", layout->folder, layout->tables[i], rows, counted);
        for (size_t j = 0; j < sizeof(sum.b); j++) printf("%02x", sum.b[j]);
        printf("\n");
    }
    mdb_txn_abort(txn);
    return e;
}

static int dump(const char *dir)
{
    struct store *s;
    enum err e = store_open_as_it_is(dir, 0, &s);

    if (e != ERR_OK) return fail(e, dir);
    e = dump_env(&s->log, &log_layout);
    if (e == ERR_OK) e = dump_env(&s->derived, &derived_layout);
    store_close(s);
    return e == ERR_OK ? EXIT_YES : fail(e, dir);
}

/* ---- a row is changed ---- */

static enum err table_named(struct store *s, const char *name, const struct env **ret_env, MDB_dbi *ret)
{
    const struct env_layout *layouts[] = {&log_layout, &derived_layout};
    const struct env *envs[] = {&s->log, &s->derived};
    char here[64];

    for (size_t e = 0; e < COUNT_OF(layouts); e++)
        for (size_t i = 0; i < layouts[e]->table_count; i++) {
            snprintf(here, sizeof(here), "%s/%s", layouts[e]->folder, layouts[e]->tables[i]);
            if (strcmp(here, name) != 0) continue;
            *ret_env = envs[e];
            *ret = envs[e]->table[i];
            return ERR_OK;
        }
    return ERR_NOT_FOUND;
}

/* The row of that key in hexadecimal, the first or the last; of a set an element stands for a row. */
static enum err row_named(MDB_txn *txn, MDB_dbi table, const char *name, struct out *key, struct out *value)
{
    uint8_t bytes[KEY_MAX];
    struct span text = span_text(name);
    MDB_cursor *cursor;
    MDB_val k = {text.len / 2, bytes}, v;
    MDB_cursor_op op = strcmp(name, "last") == 0 ? MDB_LAST : strcmp(name, "first") == 0 ? MDB_FIRST : MDB_SET_KEY;
    enum err e;

    if (op == MDB_SET_KEY && text.len / 2 > sizeof(bytes)) return ERR_NO_ROOM;
    if (op == MDB_SET_KEY) TRY(hex_decode(text, bytes, text.len / 2));
    TRY(env_error(mdb_cursor_open(txn, table, &cursor)));
    e = env_error(mdb_cursor_get(cursor, &k, &v, op));
    mdb_cursor_close(cursor);
    TRY(e);
    out_bytes(key, span_of(k.mv_data, k.mv_size));
    out_bytes(value, span_of(v.mv_data, v.mv_size));
    TRY(out_check(key));
    return out_check(value);
}

static enum err row_change(MDB_txn *txn, MDB_dbi table, const char *name, uint64_t at)
{
    static uint8_t bytes[ROW_MAX];
    uint8_t key[KEY_MAX];
    struct out k = out_over(key, sizeof(key)), v = out_over(bytes, sizeof(bytes));
    MDB_val mk, mv;

    TRY(row_named(txn, table, name, &k, &v));
    if (at >= v.len) return ERR_BAD_SIZE;
    mk = (MDB_val){k.len, key};
    mv = (MDB_val){v.len, bytes};
    TRY(env_error(mdb_del(txn, table, &mk, &mv)));
    bytes[at] ^= 0x41;
    return row_put(txn, table, out_span(&k), out_span(&v), 0);
}

static int change(const char *dir, const char *name, const char *key, uint64_t at)
{
    const struct env *env;
    struct store *s;
    MDB_dbi table;
    MDB_txn *txn;
    enum err e = store_open(dir, false, 0, &s);

    if (e != ERR_OK) return fail(e, dir);
    e = table_named(s, name, &env, &table);
    if (e == ERR_OK) e = env_write(env, &txn);
    if (e == ERR_OK) {
        e = row_change(txn, table, key, at);
        if (e == ERR_OK)
            e = env_commit(env, txn);
        else
            mdb_txn_abort(txn);
    }
    store_close(s);
    return e == ERR_OK ? EXIT_YES : fail(e, name);
}

static int usage(void)
{
    fprintf(stderr, "usage: cairn-strike kill DIR PID STAGE [--witness FILE] [--after US] [--hold MS]\n"
                    "       cairn-strike inspect DIR --journal FILE [--witness FILE]\n"
                    "       cairn-strike change DIR ENV/TABLE KEY AT\n"
                    "       cairn-strike dump DIR\n");
    return EXIT_USAGE;
}

static bool number(const char *word, uint64_t most, uint64_t *ret)
{
    return word == NULL || decimal_decode(span_text(word), most, ret) == ERR_OK;
}

int main(int argc, char **argv)
{
    struct strike s = {.witness = option_value(&argc, argv, "--witness")};
    const char *journal = option_value(&argc, argv, "--journal");
    uint64_t after = 0, hold = 50, pid = 0, at = 0;
    bool numbers = number(option_value(&argc, argv, "--after"), 10000000, &after) &&
                   number(option_value(&argc, argv, "--hold"), 10000, &hold);
    bool killing = argc == 5 && strcmp(argv[1], "kill") == 0;
    bool inspecting = argc == 3 && strcmp(argv[1], "inspect") == 0 && journal != NULL;
    enum err e;
    int code;

    if (argc == 3 && strcmp(argv[1], "dump") == 0) return dump(argv[2]);
    if (argc == 6 && strcmp(argv[1], "change") == 0 && number(argv[5], SIZE_MAX, &at))
        return change(argv[2], argv[3], argv[4], at);
    if (!numbers || (!killing && !inspecting)) return usage();
    if (killing && (!number(argv[3], 1U << 30, &pid) || pid < 2)) return usage();
    s.dir = argv[2];
    s.pid = (pid_t)pid;
    s.after_us = (unsigned)after;
    s.hold_ms = (unsigned)hold;
    e = store_open(s.dir, false, 0, &s.store);
    if (e != ERR_OK) return fail(e, s.dir);
    code = killing ? strike(&s, argv[4]) : inspect(&s, journal);
    store_close(s.store);
    return code;
}
