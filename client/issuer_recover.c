/* cairn issuer recover: what whoever has the recovery key does when the signing keys are lost or not one's own. */
#include "client/issuer.h"

#include <stdio.h>

#include "client/renew.h"
#include "log/base/text.h"

#define USAGE_RECOVER \
    "cairn issuer recover NAME FILE.recovery [--back-to @POSITION] [--stolen-since [@POSITION]] [--log NAME]"
#define PURPOSES (PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER)

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
    uint8_t room[200];
    struct out text = out_over(room, sizeof(room));

    text_escape(span_text(found), 40, &text);
    fflush(stdout);
    fprintf(stderr, "cairn: recover: expected --back-to and the last statement that is %s's own:", o->name);
    for (size_t n = ours_run(o); n < o->count; n++) fprintf(stderr, " @%llu", (unsigned long long)o->step[n].position);
    fprintf(stderr, "; found %.*s\n", (int)text.len, (const char *)room);
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
        if (run + 1 == o->count || renew_last_made(o, &r->back_to)) return EXIT_YES;
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

    renew_print_who(o);
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
        theft_print(&r->theft, o, &back.key[k].kid);
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
    for (size_t k = 0; k < back.key_count; k++) theft_cut(&r->theft, &back.key[k].kid, p);
    p->recovery_count = 1;
    p->recovery[0] = o->key[OWN_RECOVERY_NEXT].kid;
    p->has_revealed = true;
    p->revealed = r->spent.public;
}

/* What was begun may have been a rotation. */
static int finish(const struct recovering *r)
{
    const struct issuer_payload *last = &r->o->now.last;
    struct hash revealed = cose_key_thumbprint(&last->revealed);
    int code = renew_finish(r->o);

    if (code != EXIT_YES || (last->has_revealed && hash_equal(&revealed, &r->spent.kid))) return code;
    printf("note  that was no recovery with %s: the same command makes it now\n", r->file);
    return EXIT_CANNOT_SAY;
}

static int begin(const struct recovering *r, const char *back_to)
{
    char words[BEGUN_LEN];
    int len = snprintf(words, sizeof(words), "recover %s %s%s%s", r->o->name, r->file,
                       back_to == NULL ? "" : " --back-to ", back_to == NULL ? "" : back_to);

    return len < (int)sizeof(words) ? renew_begin(r->o, words, &r->theft) : client_fail(ERR_NO_ROOM, r->file, "");
}

/* The file that was given may be the folder's own: then the new key lies under that name now. */
static void say_spent(const struct recovering *r)
{
    ISSUER_KEY there = {0};

    memset(&there, 0, sizeof(there));
    if (key_load(r->file, KEY_RECOVERY, &there) == ERR_OK && hash_equal(&there.kid, &r->spent.kid))
        renew_print_spent(r->file);
}

static int recover(struct recovering *r, const char *back_to)
{
    struct ours *o = r->o;
    struct issuer_payload p;
    SUBMITTED done = {.evidence = NULL};
    int code;

    code = renew_go_on(o, "recover", &r->theft);
    if (code != EXIT_YES) return code;
    if (renew_is_begun(o)) return finish(r);
    if (!is_committed(&o->now.last, &r->spent.kid))
        return client_fail(ERR_BAD_RECOVERY, r->file, "a key that is not committed, or spent already");
    code = theft_check(&r->theft, o);
    if (code == EXIT_YES) code = choose(r, back_to);
    if (code != EXIT_YES) return code;
    if (!ask_recover(r)) return EXIT_NO;
    code = begin(r, back_to);
    if (code == EXIT_YES) code = renew_key(o, OWN_KEY_NEXT);
    if (code == EXIT_YES) code = renew_key(o, OWN_RECOVERY_NEXT);
    if (code != EXIT_YES) return code;
    recovered(r, &p);
    code = renew_send(o, &p, &r->spent.secret, &done);
    if (code != EXIT_YES) return code;
    code = renew_done(o, &r->theft, &done);
    if (code == EXIT_YES) say_spent(r);
    return code;
}

static int recover_load(struct recovering *r, struct args *a)
{
    struct ours *o = r->o;
    enum err e;
    int code = ours_load(a, a->word[0], o);

    r->file = a->word[1];
    if (code != EXIT_YES) return code;
    e = key_load(r->file, KEY_RECOVERY, &r->spent);
    if (e != ERR_OK) return key_fail(e, r->file, KEY_RECOVERY);
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
    OURS o = {0};
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
