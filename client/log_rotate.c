/* See log_rotate.h. Nothing is lost by a crash at any moment, and the same command goes on from there: the statement
 * is a function of the line, the operator's key and the log, so that it is the same when it is made again; and what is
 * remembered of the log here changes when the log has it. */
#include "client/log_rotate.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/fetch.h"
#include "client/ours.h"
#include "client/submit.h"
#include "log/base/text.h"

#define USAGE "cairn log rotate VKEY SEAL --key FILE [--stolen] [--log NAME]"
#define ONLINE (PURPOSE_SEAL | PURPOSE_CHECKPOINT)
#define OPERATOR (PURPOSE_ISSUER | PURPOSE_RULES)

struct rotation {
    struct args *args;
    struct known_log *log;
    const char *key;              /* the operator's key file */
    struct vkey checkpoint, seal; /* the next ones */
    bool stolen;
    struct ours origin; /* the log's own statements of keys */
    struct issuer_payload next;
    size_t uncut; /* keys for which `next` had no room to cut them */
};

static void rotation_free(struct rotation *r)
{
    known_log_free(&r->log);
    ours_free(&r->origin);
}

/* ---- what it is about ---- */

/* The words that cairnd key prints. */
static int keys_of(struct rotation *r, const char *checkpoint, const char *seal)
{
    if (vkey_decode(span_text(checkpoint), &r->checkpoint) != ERR_OK || r->checkpoint.type != NOTE_ED25519)
        return client_fail(ERR_BAD_VKEY, "rotate", checkpoint);
    if (!span_equal(vkey_name(&r->checkpoint), r->log->origin))
        return client_fail(ERR_BAD_VKEY, "rotate", "the key of another log than this one");
    if (vkey_decode(span_text(seal), &r->seal) != ERR_OK || r->seal.type != NOTE_ED25519 ||
        !span_equal(vkey_name(&r->seal), SPAN("seal")))
        return client_fail(ERR_BAD_VKEY, "rotate: the second word of the line, seal+…", seal);
    return EXIT_YES;
}

static int operator_of(struct rotation *r)
{
    struct issuer_key *key = &r->origin.key[OWN_KEY];
    enum err e;

    if (r->key == NULL) {
        fprintf(stderr, "cairn: expected --key FILE: the operator's key, which cairnd init wrote beside the log\n");
        return EXIT_USAGE;
    }
    e = key_load(r->key, KEY_OPERATOR, key);
    if (e != ERR_OK) return key_fail(e, r->key, KEY_OPERATOR);
    if (!span_equal(issuer_iss(key), r->log->origin))
        return client_fail(ERR_NOT_LISTED, r->key, "the key of another log's operator");
    return EXIT_YES;
}

/* Whoever cut the old key and was stopped knows the new one from the line: nothing else is signed by the old one. */
static int follow_new(struct rotation *r)
{
    struct vkey *known = &r->log->policy.log[0].vkey;
    FETCH answer = {0};
    struct note note;
    enum err e = fetch_path(r->log->url, "checkpoint", (struct span){0}, NULL, 0, &answer);

    if (e != ERR_OK) return exit_of(e);
    if (answer.status != 200) return fetch_refused(&answer, "checkpoint");
    if (note_decode(span_of(answer.body, answer.len), &note) == ERR_OK && note_verify(&note, known) == ERR_NOT_SIGNED &&
        note_verify(&note, &r->checkpoint) == ERR_OK)
        *known = r->checkpoint;
    return EXIT_YES;
}

static int chain_fetch(struct rotation *r)
{
    struct ours *o = &r->origin;
    int code = follow_new(r);

    o->args = r->args;
    memcpy(o->iss, r->log->origin.ptr, r->log->origin.len);
    o->iss_len = r->log->origin.len;
    if (code == EXIT_YES) code = ours_fetch(o, r->log);
    if (code != EXIT_YES) return code;
    if (issuer_key(&o->now, &o->key[OWN_KEY].kid, PURPOSE_ISSUER) == NULL)
        return client_fail(ERR_NOT_LISTED, r->key, "a key that changes this log's keys no more");
    return EXIT_YES;
}

static int rotation_open(struct args *a, struct rotation *r)
{
    int code;

    r->args = a;
    r->key = args_value(a, "--key");
    r->stolen = args_flag(a, "--stolen");
    code = known_log(a, &r->log);
    if (code == EXIT_YES) code = args_left(a, 2, USAGE);
    if (code == EXIT_YES) code = keys_of(r, a->word[0], a->word[1]);
    if (code == EXIT_YES) code = operator_of(r);
    return code == EXIT_YES ? chain_fetch(r) : code;
}

/* ---- the next statement ---- */

static void list(struct issuer_payload *p, const struct public_key *key, unsigned purposes)
{
    p->key[p->key_count++] = (struct listed_key){.key = *key, .purposes = purposes};
}

/* What the operator signs with stays as it is. */
static enum err next_set(struct rotation *r)
{
    const struct issuer *now = &r->origin.now;
    struct issuer_payload *p = &r->next;
    const struct hash kid[2] = {cose_key_thumbprint(&r->checkpoint.key), cose_key_thumbprint(&r->seal.key)};

    for (size_t i = 0; i < COUNT_OF(kid); i++)
        if (issuer_listed(&now->last, &kid[i]) == NULL && ours_life(&r->origin, &kid[i]).listed) return ERR_KEY_RETURNS;
    *p = now->last;
    p->seq++;
    p->has_prev = true;
    p->prev = now->last_id;
    p->has_revealed = false;
    p->cut_count = p->key_count = 0;
    for (size_t k = 0; k < now->last.key_count; k++)
        if ((now->last.key[k].purposes & OPERATOR) != 0) p->key[p->key_count++] = now->last.key[k];
    if (p->key_count + 2 > ISSUER_KEYS_MAX || hash_equal(&kid[0], &kid[1])) return ERR_BAD_KEY;
    list(p, &r->checkpoint.key, PURPOSE_CHECKPOINT);
    list(p, &r->seal.key, PURPOSE_SEAL);
    issuer_sort(p);
    return ERR_OK;
}

/* At its place: kids rise. */
static void cut(struct issuer_payload *p, const struct hash *kid)
{
    size_t at = p->cut_count++;

    for (; at > 0 && hash_compare(&p->cut[at - 1].kid, kid) > 0; at--) p->cut[at] = p->cut[at - 1];
    p->cut[at] = (struct key_cut){.kid = *kid};
}

static bool cuts(const struct issuer_payload *p, const struct hash *kid)
{
    for (size_t i = 0; i < p->cut_count; i++)
        if (hash_equal(&p->cut[i].kid, kid)) return true;
    return false;
}

static bool is_cut(const struct rotation *r, const struct hash *kid)
{
    return cuts(&r->next, kid) || ours_life(&r->origin, kid).cut != UINT64_MAX;
}

/* Whether a statement after the n-th lists the key for any of these: then it is taken there, once. */
static bool listed_later(const struct rotation *r, size_t n, const struct hash *kid, unsigned purposes)
{
    struct issuer_payload p;
    const struct listed_key *key;

    while (++n < r->origin.count) {
        ours_payload(&r->origin, n, &p);
        key = issuer_listed(&p, kid);
        if (key != NULL && (key->purposes & purposes) != 0) return true;
    }
    return false;
}

/* Whoever has one key of the server has those that lie beside it: all that are not cut, the newest first. */
static void cut_online(struct rotation *r)
{
    for (size_t n = r->origin.count; n-- > 0;) {
        struct issuer_payload p;

        ours_payload(&r->origin, n, &p);
        for (size_t k = 0; k < p.key_count; k++) {
            const struct listed_key *key = &p.key[k];

            if ((key->purposes & ONLINE) == 0 || issuer_listed(&r->next, &key->kid) != NULL) continue;
            if (is_cut(r, &key->kid) || listed_later(r, n, &key->kid, ONLINE)) continue;
            if (r->next.cut_count < ISSUER_CUTS_MAX)
                cut(&r->next, &key->kid);
            else
                r->uncut++;
        }
    }
}

static bool changes_nothing(const struct rotation *r)
{
    const struct issuer_payload *was = &r->origin.now.last, *is = &r->next;

    if (is->cut_count > 0 || is->key_count != was->key_count) return false;
    for (size_t k = 0; k < is->key_count; k++)
        if (issuer_listed_for(was, &is->key[k].kid, is->key[k].purposes) == NULL) return false;
    return true;
}

/* ---- in words ---- */

/* Whole, however long the name is: it is copied. */
static void print_vkey(const struct vkey *v)
{
    uint8_t text[1024], escaped[4096];
    struct out o = out_over(text, sizeof(text)), e = out_over(escaped, sizeof(escaped));

    vkey_encode(v, &o);
    text_escape(out_span(&o), 400, &e);
    print_out(&e);
}

static void print_keys(const char *word, const struct rotation *r, const struct issuer_payload *p)
{
    for (size_t k = 0; k < p->key_count; k++) {
        struct vkey v;

        if ((p->key[k].purposes & ONLINE) == 0) continue;
        vkey_make(r->log->origin, NOTE_ED25519, &p->key[k].key, &v);
        printf("%s   ", word);
        if ((p->key[k].purposes & PURPOSE_CHECKPOINT) != 0) {
            print_vkey(&v);
            printf(" signs checkpoints\n");
        } else {
            print_kid(&p->key[k].kid);
            printf(" signs seals and receipts\n");
        }
    }
}

static void print_change(const struct rotation *r)
{
    print_keys("was", r, &r->origin.now.last);
    print_keys("new", r, &r->next);
    for (size_t i = 0; i < r->next.cut_count; i++) {
        printf("cut   ");
        print_kid(&r->next.cut[i].kid);
        printf(": what it signs from then on counts for nothing\n");
    }
}

/* The end of a line that others need, whom only the operator can tell. */
static void print_line(const struct rotation *r, const char *words, const char *option)
{
    printf("%s %s --key ", words, r->log->url);
    print_vkey(&r->checkpoint);
    printf("%s\n", option);
}

static void print_lines(const struct rotation *r)
{
    print_line(r, "      a witness   cairn-witness follow DIR", r->stolen ? " --replace" : "");
    print_line(r, "      a reader    cairn trust log", "");
}

/* The checkpoint keys among those that `by` cuts. */
static void print_stolen(const struct rotation *r, const struct issuer_payload *by)
{
    for (size_t n = r->origin.count; n-- > 0;) {
        struct issuer_payload p;

        ours_payload(&r->origin, n, &p);
        for (size_t k = 0; k < p.key_count; k++) {
            const struct listed_key *key = &p.key[k];
            struct vkey v;

            if ((key->purposes & PURPOSE_CHECKPOINT) == 0 || !cuts(by, &key->kid)) continue;
            if (listed_later(r, n, &key->kid, PURPOSE_CHECKPOINT)) continue;
            vkey_make(r->log->origin, NOTE_ED25519, &key->key, &v);
            printf("      stolen      ");
            print_vkey(&v);
            printf("\n");
        }
    }
}

/* Nobody but the reader can end what the reader's file believes: a copy of the log from before the cut does not show
 * it. */
static void print_after_theft(const struct rotation *r)
{
    printf(
        "tell  witnesses and readers: the key of before signs no more, and what it signs counts for nothing.\n"
        "      Whoever has its line in trust.cairn still believes a thief with an old copy of the log: that line must\n"
        "      go, and files from before must be fetched again before it does\n");
    print_stolen(r, r->next.cut_count > 0 ? &r->next : &r->origin.now.last);
    print_lines(r);
    printf("      then        cairn verify FILE --refresh --out NEW   (each file from before; or cairn get, later)\n");
    print_line(r, "      and then    cairn trust log", " --replace");
    if (r->uncut > 0)
        printf("note  not cut yet of the keys of before: %zu, for one statement cuts %d. Run the same line again\n",
               r->uncut, ISSUER_CUTS_MAX);
}

static void print_before(const struct rotation *r)
{
    unsigned count = policy_witness_count(&r->log->policy);

    if (!r->stolen || count == 0) return;
    printf("note  its %u witness%s must know the new key first: until the quorum does nothing is published, and what\n"
           "      the log takes waits.",
           count, count == 1 ? "" : "es");
    print_line(r, " To each: cairn-witness follow DIR", "");
}

static void print_after(const struct rotation *r)
{
    if (r->stolen) {
        print_after_theft(r);
        return;
    }
    printf("tell  witnesses and readers. Checkpoints are signed by the key of before too while the server has it:\n"
           "      whoever knows only that one goes on until it is cut or deleted\n");
    print_lines(r);
}

/* ---- what is remembered here ---- */

/* Which line of a policy names the log. */
static bool is_log_line(struct span line)
{
    while (line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t')) line = span_slice(line, 1, line.len);
    return span_starts(line, SPAN("log ")) || span_starts(line, SPAN("log\t"));
}

/* The log goes by its new key here too. */
static int remember(const struct rotation *r)
{
    char file[96], path[PATH_LEN];
    uint8_t *old = NULL, text[65536];
    struct out o = out_over(text, sizeof(text));
    struct span rest, line;
    size_t len;
    enum err e;

    snprintf(file, sizeof(file), "logs/%.60s.policy", r->log->name);
    e = home_path(r->args, file, path);
    if (e == ERR_OK) e = file_read(path, sizeof(text), &old, &len);
    if (e != ERR_OK) return client_fail(e, file, "");
    rest = span_of(old, len);
    while (span_cut(&rest, '\n', &line)) {
        if (is_log_line(line)) {
            out_text(&o, "log ");
            vkey_encode(&r->checkpoint, &o);
            out_byte(&o, ' ');
            out_text(&o, r->log->url);
        } else {
            out_bytes(&o, line);
        }
        out_byte(&o, '\n');
    }
    out_bytes(&o, rest);
    e = out_check(&o);
    if (e == ERR_OK) e = file_write(path, out_span(&o), 0600, false);
    free(old);
    return e == ERR_OK ? EXIT_YES : client_fail(e, file, "");
}

/* ---- it is done ---- */

static int send(struct rotation *r, struct submitted *done)
{
    uint8_t payload[2048], bytes[4096];
    struct out w = out_over(payload, sizeof(payload)), o = out_over(bytes, sizeof(bytes));
    struct span origin = r->log->origin;
    /* Without a date: what is made again is the same. */
    struct draft draft = {.kind = KIND_ISSUER, .iss = origin, .sub = origin, .home = origin};
    enum err e;

    issuer_encode(&r->next, &w);
    e = out_check(&w);
    draft.payload = out_span(&w);
    if (e == ERR_OK) e = statement_make(&draft, &r->origin.key[OWN_KEY].secret, &o);
    if (e != ERR_OK) return client_fail(e, "the new keys", "");
    /* From its position on the new key signs whatever the log publishes. */
    r->log->policy.log[0].vkey = r->checkpoint;
    return submit(r->args, r->log, out_span(&o), done);
}

static int rotate(struct rotation *r)
{
    SUBMITTED done = {.evidence = NULL};
    enum err e = next_set(r);
    int code;

    if (e != ERR_OK) return client_fail(e, "rotate", "a key that cannot be listed beside the others");
    if (r->stolen) cut_online(r);
    if (changes_nothing(r)) {
        printf("already in force since @%llu, nothing added\n", (unsigned long long)r->origin.now.last_position);
        outbox_forget(r->args, &r->origin.now.last_id);
        code = remember(r);
    } else {
        print_change(r);
        print_before(r);
        if (!client_ask(r->args, "Put the new keys in their place? It is final.")) return EXIT_NO;
        code = send(r, &done);
        if (code == EXIT_YES) code = remember(r);
        if (code == EXIT_YES) printf("ok    in force from @%llu on\n", (unsigned long long)done.position);
    }
    if (code == EXIT_YES) print_after(r);
    return code;
}

int log_rotate(struct args *a)
{
    struct rotation *r = calloc(1, sizeof(*r));
    int code;

    if (r == NULL) return client_fail(ERR_NO_MEMORY, "rotate", "");
    code = rotation_open(a, r);
    if (code == EXIT_YES) code = rotate(r);
    rotation_free(r);
    free(r);
    return code;
}
