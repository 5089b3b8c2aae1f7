/* See submit.h. */
#include "client/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "client/about.h"
#include "client/claims.h"
#include "client/fetch.h"
#include "log/base/codec.h"
#include "log/evidence/armour.h"
#include "log/statement/receipt.h"

/* The log may hold the answer this long; then the submitter is told what it waits for. */
#define WAIT_SECONDS 5
#define GIVE_UP_SECONDS 120
#define OUTBOX_MAX 64
#define POLL_MS 250

void submitted_free(struct submitted *s)
{
    free(s->evidence);
    s->evidence = NULL;
}

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the outbox ---- */

static enum err outbox_path(const struct args *a, const struct hash *id, char ret[PATH_LEN])
{
    uint8_t name[128];
    struct out o = out_over(name, sizeof(name) - 1);

    out_text(&o, "outbox/");
    hex_encode(hash_span(id), &o);
    out_text(&o, ".cairn");
    name[o.len] = 0;
    return home_path(a, (const char *)name, ret);
}

static enum err outbox_put(const char *path, struct span statement)
{
    size_t cap = 2 * statement.len + 4096;
    uint8_t *text = malloc(cap);
    struct out o = out_over(text, cap);
    enum err e;

    if (text == NULL) return ERR_NO_MEMORY;
    e = armour_encode(ARMOUR_STATEMENT, statement, &o);
    if (e == ERR_OK) e = file_write(path, out_span(&o), 0600, false);
    free(text);
    return e;
}

/* ---- the evidence ---- */

/* What a submitter needs to know: these bytes, at this position, under a checkpoint of this log. */
static enum err confirm(const struct known_log *log, struct span statement, struct submitted *s)
{
    struct evidence *e = calloc(1, sizeof(*e));
    struct cosigned cosigned;
    struct checkpoint c;
    struct receipt r;
    struct statement carried;
    struct note note;
    struct hash leaf;
    enum err err = e == NULL ? ERR_NO_MEMORY : evidence_decode(span_of(s->evidence, s->evidence_len), e);

    if (err == ERR_OK) err = statement_of(&e->cose, &carried);
    /* No log has claims that are kept out of it. */
    if (err == ERR_OK && e->map.preimage.len > 0) err = ERR_BAD_EVIDENCE;
    if (err == ERR_OK && statement.len > 0) {
        struct hash id = hash_of(statement);

        if (!hash_equal(&id, &carried.id)) err = ERR_BAD_EVIDENCE;
    }
    if (err == ERR_OK) err = note_decode(e->map.checkpoint, &note);
    if (err == ERR_OK) err = note_verify(&note, &log->policy.log[0].vkey);
    if (err == ERR_OK) err = checkpoint_decode(note.text, &c);
    if (err == ERR_OK) err = receipt_decode(e->receipt, &r);
    if (err == ERR_OK && (r.size != c.size || !span_equal(c.origin, log->origin))) err = ERR_BAD_EVIDENCE;
    if (err == ERR_OK) {
        leaf = leaf_hash(hash_span(&carried.id));
        err = tree_inclusion_verify(&leaf, r.index, r.size, r.path.hash, r.path.count, &c.root);
    }
    if (err == ERR_OK) err = policy_cosigned(&log->policy, &note, (uint64_t)time(NULL) + 300, &cosigned);
    if (err == ERR_OK) {
        s->id = carried.id;
        s->position = r.index;
        s->witnesses_known = policy_witness_count(&log->policy);
        s->witnesses = 0;
        for (size_t i = 0; i < log->policy.member_count; i++) s->witnesses += cosigned.time[i] > 0;
    }
    free(e);
    return err;
}

/* Whether this is what was asked for: a log may answer with another statement that is as sound. */
static bool is_named(const char *name, const struct hash *id, uint64_t position)
{
    struct hash wanted;
    uint64_t at;

    if (name[0] == '@') return decimal_decode(span_text(name + 1), INT64_MAX, &at) == ERR_OK && at == position;
    return hex_decode(span_text(name), wanted.b, sizeof(wanted.b)) == ERR_OK && hash_equal(&wanted, id);
}

/* A position has its @, so that nobody takes a number of something else for one. */
static int check_name(const char *name)
{
    struct span text = span_text(name);
    uint64_t position;

    if (text.len == 64 || decimal_decode(text, INT64_MAX, &position) != ERR_OK) return EXIT_YES;
    fprintf(stderr, "cairn: expected a position or an id; found %s\n  write @%s\n", name, name);
    return EXIT_USAGE;
}

/* What the log does not have: of a position ahead of it, how far it goes. */
static int named_refused(const struct known_log *log, const struct answer *answer, const char *name)
{
    struct about_log *l __attribute__((cleanup(about_log_free))) = NULL;
    uint64_t position;

    if (answer->status != 404 || name[0] != '@' ||
        decimal_decode(span_text(name + 1), INT64_MAX, &position) != ERR_OK || about_log(log->url, &l) != EXIT_YES ||
        position < l->size)
        return fetch_refused(answer, name);
    fprintf(stderr, "cairn: not-found\n  expected a position below @%llu: the log has %llu statements; found %s\n",
            (unsigned long long)l->size, (unsigned long long)l->size, name);
    return EXIT_NO;
}

int evidence_fetch(const struct known_log *log, const char *name, struct span statement, struct submitted *ret)
{
    char path[160];
    FETCH answer = {0};
    enum err e;
    int code = check_name(name);

    if (code != EXIT_YES) return code;
    snprintf(path, sizeof(path), "evidence/%s", name);
    e = fetch_path(log->url, path, (struct span){0}, "application/cose", 0, &answer);
    if (e != ERR_OK) return exit_of(e);
    if (answer.status != 200) return named_refused(log, &answer, name);
    ret->evidence = answer.body;
    ret->evidence_len = answer.len;
    answer.body = NULL;
    e = confirm(log, statement, ret);
    if (e == ERR_OK && !is_named(name, &ret->id, ret->position)) e = ERR_BAD_EVIDENCE;
    return e == ERR_OK ? EXIT_YES : client_fail(e, "the log's evidence does not hold", name);
}

void submitted_print(const struct submitted *s)
{
    printf("@%llu", (unsigned long long)s->position);
    if (s->witnesses_known > 0) printf(" · %u of %u witnesses", s->witnesses, s->witnesses_known);
}

/* ---- sending ---- */

static void id_text(const struct hash *id, char ret[65])
{
    struct out o = out_over(ret, 64);

    hex_encode(hash_span(id), &o);
    ret[64] = 0;
}

/* After 303: asks for the receipt until it is there. */
static int poll_receipt(const struct known_log *log, const char id[65], double until)
{
    char path[128];

    snprintf(path, sizeof(path), "entries/%s", id);
    while (seconds_now() < until) {
        FETCH answer = {0};
        enum err e = fetch_path(log->url, path, (struct span){0}, "application/cose", 0, &answer);

        if (e != ERR_OK) return exit_of(e);
        if (answer.status == 200) return EXIT_YES;
        if (answer.status != 302) return fetch_refused(&answer, "receipt");
        usleep(POLL_MS * 1000);
    }
    fprintf(stderr,
            "cairn: the log has the statement and has not published it: too few of its witnesses answer\n"
            "  nothing is lost, and nothing is to be sent again. Its evidence, once it is published:\n"
            "  cairn get %s\n",
            id);
    return EXIT_CANNOT_SAY;
}

static int send(const struct known_log *log, struct span statement, const char id[65], bool *ret_already)
{
    FETCH answer = {0};
    double until = seconds_now() + GIVE_UP_SECONDS;
    enum err e = fetch_path(log->url, "entries", statement, "application/cose", WAIT_SECONDS, &answer);

    if (e != ERR_OK) return exit_of(e);
    *ret_already = answer.already;
    if (answer.status == 201) return EXIT_YES;
    if (answer.status == 303) {
        fprintf(stderr,
                "wait  the log has it at @%llu; its witnesses have not all answered yet (Ctrl-C loses nothing)\n",
                (unsigned long long)answer.position);
        return poll_receipt(log, id, until);
    }
    return fetch_refused(&answer, "not accepted");
}

/* ---- what an earlier command could not send, or could not see published ---- */

static enum err left_read(const char *path, uint8_t *room, size_t cap, struct statement *ret)
{
    struct out o = out_over(room, cap);
    enum armour_kind kind = ARMOUR_STATEMENT;
    uint8_t *text = NULL;
    size_t len;
    enum err e = file_read(path, 4 * STATEMENT_SIZE_MAX, &text, &len);

    if (e == ERR_OK) e = armour_decode(span_of(text, len), &o, &kind);
    if (e == ERR_OK && kind != ARMOUR_STATEMENT) e = ERR_WRONG_KIND;
    if (e == ERR_OK) e = statement_decode(out_span(&o), ret);
    free(text);
    return e;
}

void file_of_subject(struct span subject, char ret[SUB_MAX + 1])
{
    size_t len = subject.len < SUB_MAX ? subject.len : SUB_MAX;

    for (size_t i = 0; i < len; i++) {
        char c = (char)subject.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';

        ret[i] = plain || (c == '.' && i > 0) ? c : '_';
    }
    ret[len] = 0;
}

/* Whoever waits for the file of an attestation is told how it comes. */
static void say_sent(const struct statement *s, uint64_t position)
{
    char file[SUB_MAX + 1];

    printf("sent  what an earlier command left in the outbox: @%llu · %s about ", (unsigned long long)position,
           kind_row(s->kind)->word);
    print_text(s->sub);
    printf("\n");
    if (s->kind != KIND_ATTESTATION) return;
    file_of_subject(s->sub, file);
    printf("      cairn get @%llu --out %s.cairn\n", (unsigned long long)position, file);
}

/* True: the log could be asked. */
static bool left_send(const struct args *a, const struct known_log *log, const char *path, const struct statement *s)
{
    FETCH answer = {0};

    if (fetch_path(log->url, "entries", s->bytes, "application/cose", 0, &answer) != ERR_OK) return false;
    if (answer.status == 201) {
        if (s->kind == KIND_ATTESTATION && known_attest_by(a, &s->kid, answer.position) != ERR_OK)
            client_fail(ERR_IO, "what was attested is not remembered", path_shown(path));
        say_sent(s, answer.position);
        unlink(path);
    } else if (answer.status >= 400 && answer.status < 500 && answer.status != 429) {
        fetch_refused(&answer, path_shown(path));
        claims_say_left(a, &s->id);
        unlink(path);
    }
    return true;
}

static void outbox_send(const struct args *a, const struct known_log *log)
{
    char names[OUTBOX_MAX][HOME_NAME_LEN], file[HOME_NAME_LEN + 16], path[PATH_LEN];
    size_t count = home_list(a, "outbox/", ".cairn", names, OUTBOX_MAX);
    uint8_t *room = count == 0 ? NULL : malloc(STATEMENT_SIZE_MAX + 1);

    for (size_t i = 0; room != NULL && i < count; i++) {
        struct statement s;

        snprintf(file, sizeof(file), "outbox/%.64s.cairn", names[i]);
        if (home_path(a, file, path) != ERR_OK || left_read(path, room, STATEMENT_SIZE_MAX + 1, &s) != ERR_OK) continue;
        if (span_equal(s.home, log->origin) && !left_send(a, log, path, &s)) break;
    }
    free(room);
}

void outbox_forget(const struct args *a, const struct hash *id)
{
    char path[PATH_LEN];

    if (outbox_path(a, id, path) == ERR_OK) unlink(path);
}

int submit(const struct args *a, const struct known_log *log, struct span statement, struct submitted *ret)
{
    char path[PATH_LEN], id[65];
    double start = seconds_now();
    enum err e;
    int code;

    outbox_send(a, log);
    ret->id = hash_of(statement);
    id_text(&ret->id, id);
    e = outbox_path(a, &ret->id, path);
    if (e == ERR_OK) e = outbox_put(path, statement);
    if (e != ERR_OK) return client_fail(e, "outbox", path);
    code = send(log, statement, id, &ret->already);
    ret->refused = code == EXIT_NO;
    if (ret->refused) claims_say_left(a, &ret->id);
    if (code == EXIT_YES) code = evidence_fetch(log, id, statement, ret);
    /* What the log took and does not show is the submitter's to keep. */
    if (code == EXIT_YES || ret->refused)
        unlink(path);
    else
        fprintf(stderr, "  kept in %s, and sent with the next command\n", path_shown(path));
    ret->seconds = seconds_now() - start;
    if (code == EXIT_YES && ret->already)
        printf("already @%llu (same bytes), nothing added\n", (unsigned long long)ret->position);
    return code;
}

/* A position is the log's word until it is proven; an id is its own proof. */
static int check_named(const struct known_log *log, const char *name, struct span bytes, const struct hash *id)
{
    SUBMITTED proof = {.evidence = NULL};
    int code;

    if (name[0] != '@')
        return is_named(name, id, 0) ? EXIT_YES : client_fail(ERR_BAD_EVIDENCE, name, "another statement");
    code = evidence_fetch(log, name, bytes, &proof);
    if (code != EXIT_YES) fprintf(stderr, "  or give the statement's id in place of its position\n");
    return code;
}

int statement_fetch(const struct known_log *log, const char *name, uint8_t **ret, struct statement *ret_statement,
                    uint64_t *ret_position)
{
    char path[160];
    FETCH answer = {0};
    enum err e;
    int code = check_name(name);

    if (code != EXIT_YES) return code;
    snprintf(path, sizeof(path), "statements/%s", name);
    e = fetch_path(log->url, path, (struct span){0}, "application/cose", 0, &answer);
    if (e != ERR_OK) return exit_of(e);
    if (answer.status != 200) return named_refused(log, &answer, name);
    e = statement_decode(span_of(answer.body, answer.len), ret_statement);
    if (e != ERR_OK) return client_fail(e, "what the log sent", name);
    if (name[0] == '@' && decimal_decode(span_text(name + 1), INT64_MAX, ret_position) != ERR_OK)
        return client_fail(ERR_BAD_NUMBER, "position", name);
    code = check_named(log, name, span_of(answer.body, answer.len), &ret_statement->id);
    if (code != EXIT_YES) return code;
    *ret = answer.body;
    answer.body = NULL;
    return EXIT_YES;
}
