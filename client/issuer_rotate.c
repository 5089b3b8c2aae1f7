/* cairn issuer rotate, cairn issuer recover: new keys for an issuer.
 *
 * Nothing is lost by a crash at any moment, and running the command again goes on where it stopped: the new keys are
 * durable in files of their own before anything is sent; the statement is a function of keys and log, so that it is
 * the same when it is made again; and only when the log has it do the files take the place of the old ones. */
#include "client/issuer.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/ours.h"
#include "client/submit.h"
#include "log/base/codec.h"

#define USAGE_ROTATE "cairn issuer rotate NAME [--stolen-since [@POSITION]] [--log NAME]"
#define USAGE_RECOVER \
    "cairn issuer recover NAME FILE.recovery [--back-to @POSITION] [--stolen-since [@POSITION]] [--log NAME]"
#define PURPOSES (PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER)

/* From when on a key is not the issuer's own any more: never, since a position, or since the statement that says so. */
struct theft {
    bool is_said, has_position;
    uint64_t position;
};

static int position_of(const char *option, const char *text, uint64_t *ret)
{
    if (text[0] == '@' && decimal_decode(span_text(text + 1), INT64_MAX, ret) == ERR_OK) return EXIT_YES;
    return client_fail(ERR_BAD_NUMBER, option, text);
}

static int theft_of(struct args *a, struct theft *ret)
{
    const char *at;

    *ret = (struct theft){.is_said = args_position(a, "--stolen-since", &at)};
    ret->has_position = at != NULL;
    return at == NULL ? EXIT_YES : position_of("--stolen-since", at, &ret->position);
}

static void cut_add(struct issuer_payload *p, const struct theft *t, const struct hash *kid)
{
    if (t->is_said) p->cut[p->cut_count++] = (struct key_cut){*kid, t->has_position, t->position};
}

/* ---- what both do ---- */

/* A key that was listed, and is not any more, can never be listed again. */
static int next_key(struct ours *o, enum own_file file)
{
    char path[PATH_LEN];
    enum err e = ERR_OK;

    if (o->has[file] && file == OWN_KEY_NEXT && ours_life(o, &o->key[file].kid).listed) {
        e = ours_aside(o, file, "retired", path);
        o->has[file] = false;
    }
    if (e == ERR_OK && !o->has[file]) e = ours_make(o, file, &o->key[file]);
    if (e != ERR_OK) return client_fail(e, "a new key", o->name);
    o->has[file] = true;
    return EXIT_YES;
}

static int send(const struct ours *o, const struct issuer_payload *p, const struct secret_key *key,
                struct submitted *done)
{
    uint8_t payload[2048], bytes[4096];
    struct out w = out_over(payload, sizeof(payload)), s = out_over(bytes, sizeof(bytes));
    /* Without a date: what is made again is the same. */
    struct draft draft = {.kind = KIND_ISSUER, .iss = ours_iss(o), .sub = ours_iss(o), .home = o->log->origin};
    struct hash id;
    enum err e;
    int code;

    issuer_encode(p, &w);
    e = out_check(&w);
    draft.payload = out_span(&w);
    if (e == ERR_OK) e = statement_make(&draft, key, &s);
    id = hash_of(out_span(&s));
    if (e == ERR_OK) e = ours_remember(o, &id);
    if (e != ERR_OK) return client_fail(e, "issuer", o->name);
    code = submit(o->args, o->log, out_span(&s), done);
    if (code == EXIT_CANNOT_SAY) fprintf(stderr, "  the same command goes on from here\n");
    return code;
}

static void say_place(const struct ours *o, enum own_file file, const char *old, const char *advice)
{
    char path[PATH_LEN];

    if (ours_path(o->args, o->name, file, path) != ERR_OK) return;
    printf("made  %s: %s\n", path_shown(path), advice);
    if (old[0] != 0) printf("kept  %s\n", path_shown(old));
}

/* The log has the next keys: they take the place of those before. */
static int settle(struct ours *o, bool stolen)
{
    char old_key[PATH_LEN] = "", old_recovery[PATH_LEN] = "";
    enum err e = ERR_OK;

    if (o->has[OWN_KEY_NEXT]) e = ours_replace(o, OWN_KEY, stolen ? "stolen" : "retired", old_key);
    if (e == ERR_OK && o->has[OWN_RECOVERY_NEXT]) e = ours_replace(o, OWN_RECOVERY, "spent", old_recovery);
    if (e != ERR_OK) return client_fail(e, "the log has the new keys, and they are not in their place here", o->name);
    if (o->has[OWN_KEY_NEXT]) say_place(o, OWN_KEY, old_key, "what signs from now on");
    if (o->has[OWN_RECOVERY_NEXT])
        say_place(o, OWN_RECOVERY, old_recovery, "print it, lock it away, delete it here");
    return EXIT_YES;
}

static bool is_committed(const struct issuer_payload *p, const struct hash *kid)
{
    for (size_t i = 0; i < p->recovery_count; i++)
        if (hash_equal(&p->recovery[i], kid)) return true;
    return false;
}

/* What the log took before a crash. Next keys that it does not have are not there for settle. */
static bool is_begun(struct ours *o)
{
    bool key = o->has[OWN_KEY_NEXT] && issuer_listed(&o->now.last, &o->key[OWN_KEY_NEXT].kid) != NULL;
    bool recovery = o->has[OWN_RECOVERY_NEXT] && is_committed(&o->now.last, &o->key[OWN_RECOVERY_NEXT].kid);

    if (!key && !recovery) return false;
    o->has[OWN_KEY_NEXT] = key;
    o->has[OWN_RECOVERY_NEXT] = recovery;
    return true;
}

static int finish(struct ours *o)
{
    bool stolen = o->has[OWN_KEY] && ours_life(o, &o->key[OWN_KEY].kid).cut != UINT64_MAX;

    outbox_forget(o->args, &o->now.last_id);
    printf("ok    what was begun is finished: the log has the new keys of %s since @%llu\n", o->name,
           (unsigned long long)o->now.last_position);
    return settle(o, stolen);
}

/* "who   ckt:…, calling itself …" */
static void say_who(const struct ours *o)
{
    printf("who   ");
    ours_print_name(o);
    printf("\n");
}

static void say_theft(const struct theft *t, const char *whose)
{
    if (t->has_position)
        printf("; what %s attested from @%llu on will count for nothing", whose, (unsigned long long)t->position);
    else if (t->is_said)
        printf("; what %s attest%s from now on will count for nothing", whose, strcmp(whose, "it") == 0 ? "s" : "");
    printf("\n");
}

static void say_signs(const struct ours *o, const struct submitted *done)
{
    printf("ok    %s signs with ", o->name);
    print_kid(&o->key[OWN_KEY_NEXT].kid);
    printf(" from @%llu on", (unsigned long long)done->position);
    if (done->witnesses_known > 0) printf(" · %u of %u witnesses", done->witnesses, done->witnesses_known);
    printf("\n");
}

/* ---- rotate ---- */

/* The newest statement below which all were made here; what it is depends on this folder's memory alone. */
static bool last_made(const struct ours *o, size_t *ret)
{
    size_t n = ours_run(o);

    if (!o->step[n].made_here) return false;
    while (n + 1 < o->count && o->step[n + 1].made_here) n++;
    *ret = n;
    return true;
}

static void advise_recovery(const struct ours *o, FILE *to)
{
    size_t n;

    fprintf(to, "  if it was not you: cairn issuer recover %s %s.recovery", o->name, o->name);
    if (last_made(o, &n)) fprintf(to, " --back-to @%llu", (unsigned long long)o->step[n].position);
    fprintf(to, "\n");
}

/* Whether there are statements that somebody else made, or this folder forgot. */
static bool show_others(const struct ours *o)
{
    bool any = false;

    for (size_t n = ours_run(o); n < o->count; n++) {
        if (o->step[n].made_here) continue;
        ours_print_step(o, n);
        any = true;
    }
    return any;
}

static int refuse_unlisted(const struct ours *o)
{
    uint8_t text[CKT_SHORT_LEN];
    struct out kid = out_over(text, sizeof(text));

    ckt_short(&o->key[OWN_KEY].kid, &kid);
    fflush(stdout);
    fprintf(stderr, "cairn: %s: expected %.*s among the keys of this issuer; found others since @%llu\n", o->name,
            (int)kid.len, (const char *)text, (unsigned long long)o->now.last_position);
    advise_recovery(o, stderr);
    return EXIT_NO;
}

/* What is about to be signed. */
static bool ask_rotate(const struct ours *o, const struct theft *t)
{
    printf("key   ");
    print_kid(&o->key[OWN_KEY].kid);
    printf(" signs now");
    say_theft(t, "it");
    return client_ask(o->args, "Replace it by a new key? It is final.");
}

/* The set of the last statement, with the new key in the place of the old one. */
static void rotated(const struct ours *o, const struct theft *t, struct issuer_payload *p)
{
    const struct issuer_key *old = &o->key[OWN_KEY], *next = &o->key[OWN_KEY_NEXT];

    *p = o->now.last;
    p->seq++;
    p->has_prev = true;
    p->prev = o->now.last_id;
    p->has_revealed = false;
    p->cut_count = 0;
    for (size_t k = 0; k < p->key_count; k++)
        if (hash_equal(&p->key[k].kid, &old->kid)) p->key[k].key = next->public;
    issuer_sort(p);
    cut_add(p, t, &old->kid);
}

static int rotate(struct ours *o, const struct theft *t)
{
    struct issuer_payload p;
    SUBMITTED done = {.evidence = NULL};
    bool others;
    int code;

    if (is_begun(o)) return finish(o);
    say_who(o);
    others = show_others(o);
    if (issuer_key(&o->now, &o->key[OWN_KEY].kid, PURPOSE_ISSUER) == NULL) return refuse_unlisted(o);
    if (others) advise_recovery(o, stdout);
    if (!ask_rotate(o, t)) return EXIT_NO;
    code = next_key(o, OWN_KEY_NEXT);
    if (code != EXIT_YES) return code;
    rotated(o, t, &p);
    code = send(o, &p, &o->key[OWN_KEY].secret, &done);
    if (code != EXIT_YES) return code;
    say_signs(o, &done);
    o->has[OWN_RECOVERY_NEXT] = false; /* of a recovery that was begun and is not this */
    return settle(o, t->is_said);
}

int issuer_rotate(struct args *a)
{
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    struct theft theft;
    OURS o;
    int code = theft_of(a, &theft);

    memset(&o, 0, sizeof(o));
    if (code == EXIT_YES) code = known_log(a, &log);
    if (code == EXIT_YES) code = args_left(a, 1, USAGE_ROTATE);
    if (code == EXIT_YES) code = ours_load(a, a->word[0], &o);
    if (code != EXIT_YES) return code;
    if (!o.has[OWN_KEY]) return known_issuer_named(a, a->word[0], &o.key[OWN_KEY]);
    code = ours_fetch(&o, log);
    return code == EXIT_YES ? rotate(&o, &theft) : code;
}

/* ---- recover ---- */

struct recovering {
    struct ours *o;
    struct theft theft;
    const char *file;
    struct issuer_key spent;
    size_t back_to;
};

static int no_such_step(const struct recovering *r, const char *found)
{
    const struct ours *o = r->o;

    fflush(stdout);
    fprintf(stderr, "cairn: recover: expected --back-to and the last statement that is %s's own:", o->name);
    for (size_t n = ours_run(o); n < o->count; n++)
        fprintf(stderr, " @%llu", (unsigned long long)o->step[n].position);
    fprintf(stderr, "; found %s\n", found);
    return EXIT_USAGE;
}

/* The one that is named; else the only one; else the last up to which all were made here. */
static int choose(struct recovering *r, const char *back_to)
{
    const struct ours *o = r->o;
    size_t run = ours_run(o);
    uint64_t position;
    int code;

    if (back_to == NULL) {
        r->back_to = run;
        if (run + 1 == o->count || last_made(o, &r->back_to)) return EXIT_YES;
        for (size_t n = run; n < o->count; n++) ours_print_step(o, n);
        return no_such_step(r, "none");
    }
    code = position_of("--back-to", back_to, &position);
    if (code != EXIT_YES) return code;
    for (r->back_to = run; r->back_to < o->count; r->back_to++)
        if (o->step[r->back_to].position == position) return EXIT_YES;
    return no_such_step(r, back_to);
}

/* What is about to be signed. */
static bool ask_recover(const struct recovering *r)
{
    const struct ours *o = r->o;
    struct issuer_payload back;

    say_who(o);
    printf("back  to what was so at @%llu; ", (unsigned long long)o->step[r->back_to].position);
    if (r->back_to + 1 == o->count)
        printf("nothing came after it\n");
    else
        printf("what came after it is dropped, and its keys end:\n");
    for (size_t n = r->back_to + 1; n < o->count; n++) ours_print_step(o, n);
    ours_payload(o, r->back_to, &back);
    for (size_t k = 0; k < back.key_count; k++) {
        printf("end   ");
        print_kid(&back.key[k].kid);
        say_theft(&r->theft, "it");
    }
    return client_ask(o->args, "Begin again with a new key and a new recovery key? It is final.");
}

/* One new key, and nothing of the set before: whoever had those keys has none now. */
static void recovered(const struct recovering *r, struct issuer_payload *p)
{
    const struct ours *o = r->o;
    struct issuer_payload back;

    ours_payload(o, r->back_to, &back);
    *p = back;
    p->seq = back.seq + 1;
    p->has_prev = true;
    p->prev = o->step[r->back_to].id;
    p->key_count = 1;
    p->key[0] = (struct listed_key){o->key[OWN_KEY_NEXT].kid, o->key[OWN_KEY_NEXT].public, PURPOSES};
    p->cut_count = 0;
    for (size_t k = 0; k < back.key_count; k++) cut_add(p, &r->theft, &back.key[k].kid);
    p->recovery_count = 1;
    p->recovery[0] = o->key[OWN_RECOVERY_NEXT].kid;
    p->has_revealed = true;
    p->revealed = r->spent.public;
}

static int recover(struct recovering *r, const char *back_to)
{
    struct ours *o = r->o;
    struct issuer_payload p;
    SUBMITTED done = {.evidence = NULL};
    int code;

    if (is_begun(o)) return finish(o);
    if (!is_committed(&o->now.last, &r->spent.kid))
        return client_fail(ERR_BAD_RECOVERY, r->file, "a key that is not committed, or spent already");
    code = choose(r, back_to);
    if (code != EXIT_YES) return code;
    if (!ask_recover(r)) return EXIT_NO;
    code = next_key(o, OWN_KEY_NEXT);
    if (code == EXIT_YES) code = next_key(o, OWN_RECOVERY_NEXT);
    if (code != EXIT_YES) return code;
    recovered(r, &p);
    code = send(o, &p, &r->spent.secret, &done);
    if (code != EXIT_YES) return code;
    say_signs(o, &done);
    printf("spent %s: it can do nothing more\n", r->file);
    return settle(o, r->theft.is_said);
}

static int recover_load(struct recovering *r, struct args *a)
{
    struct ours *o = r->o;
    enum err e;
    int code = ours_load(a, a->word[0], o);

    r->file = a->word[1];
    if (code != EXIT_YES) return code;
    e = key_load(r->file, KEY_RECOVERY, &r->spent);
    if (e != ERR_OK) return client_fail(e, r->file, "");
    if (o->has[OWN_KEY] && !span_equal(ours_iss(o), issuer_iss(&r->spent)))
        return client_fail(ERR_BAD_RECOVERY, r->file, "the recovery key of another issuer");
    memcpy(o->iss, r->spent.iss, r->spent.iss_len);
    o->iss_len = r->spent.iss_len;
    return EXIT_YES;
}

int issuer_recover(struct args *a)
{
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    const char *back_to = args_value(a, "--back-to");
    OURS o;
    struct recovering r = {.o = &o};
    int code = theft_of(a, &r.theft);

    memset(&o, 0, sizeof(o));
    if (code == EXIT_YES) code = known_log(a, &log);
    if (code == EXIT_YES) code = args_left(a, 2, USAGE_RECOVER);
    if (code == EXIT_YES) code = recover_load(&r, a);
    if (code == EXIT_YES) code = ours_fetch(&o, log);
    if (code == EXIT_YES) code = recover(&r, back_to);
    issuer_key_wipe(&r.spent);
    return code;
}
