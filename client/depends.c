/* See depends.h. */
#include "client/depends.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/fetch.h"
#include "client/show.h"
#include "client/submit.h"
#include "log/base/codec.h"
#include "log/evidence/verdict.h"
#include "log/evidence/words.h"

#define ID_SHOWN 8

/* "note  it depends on @12, 3f0c7a11…: kyc (level=full) about sub-4t7q9mzk2f6x, by ckt:…" */
static void say_one(const struct args *a, const char *name, const struct statement *s)
{
    uint8_t text[4096];
    struct out o = out_over(text, sizeof(text));

    if (name[0] == '@') {
        out_text(&o, name);
        out_text(&o, ", ");
    }
    hex_encode(span_slice(hash_span(&s->id), 0, ID_SHOWN), &o);
    out_text(&o, "…: ");
    show_statement_short(a, s, &o);
    out_text(&o, ", by ");
    words_name(&o, s->iss);
    printf("note  it depends on ");
    print_out(&o);
    printf("\n");
}

/* What has become of it, by the log's own evidence: VERDICT_VALID when nothing has, or nobody can say yet. */
static enum verdict become(struct span evidence)
{
    static const enum verdict ends[] = {VERDICT_FORGED,     VERDICT_KEY_VOID, VERDICT_REVOKED,
                                        VERDICT_SUPERSEDED, VERDICT_EXPIRED,  VERDICT_SUSPENDED};
    struct question now = {.now = (uint64_t)time(NULL), .as_of = AS_OF_NOW};
    struct judgement *j = malloc(sizeof(*j));
    uint8_t *work = malloc(VERDICT_WORK_MIN);
    enum verdict ret = VERDICT_VALID;

    if (j != NULL && work != NULL) {
        verdict_of(evidence, NULL, &now, out_over(work, VERDICT_WORK_MIN), j);
        for (size_t i = 0; i < COUNT_OF(ends) && ret == VERDICT_VALID; i++)
            if (j->applies[ends[i]]) ret = ends[i];
    }
    free(j);
    free(work);
    return ret;
}

/* Whoever rests on what has ended states something that never holds. */
static int check_alive(const struct known_log *log, const char *name)
{
    char path[160], found[80];
    FETCH answer = {0};
    enum verdict v;

    snprintf(path, sizeof(path), "evidence/%s", name);
    if (fetch_path(log->url, path, (struct span){0}, "application/cose", 0, &answer) != ERR_OK || answer.status != 200)
        return EXIT_YES; /* not published yet: the log decides */
    v = become(span_of(answer.body, answer.len));
    if (v == VERDICT_VALID) return EXIT_YES;
    snprintf(found, sizeof(found), "one that is %s: so would this be, from the start", verdict_word(v));
    return client_fail(ERR_BAD_DEPENDENCY, name, found);
}

/* The n-th; those before it are resolved. */
static int resolve_one(const struct args *a, const struct known_log *log, struct depends *d, size_t n)
{
    uint8_t *bytes = NULL;
    struct statement s;
    uint64_t ignored;
    int code = statement_fetch(log, d->name[n], &bytes, &s, &ignored);

    if (code == EXIT_YES && s.kind != KIND_ATTESTATION)
        code = client_fail(ERR_BAD_DEPENDENCY, d->name[n], kind_row(s.kind)->word);
    for (size_t i = 0; code == EXIT_YES && i < n; i++)
        if (hash_equal(&d->id[i], &s.id)) code = client_fail(ERR_BAD_DEPENDENCY, d->name[n], "the same one twice");
    if (code == EXIT_YES) {
        d->id[n] = s.id;
        say_one(a, d->name[n], &s);
        code = check_alive(log, d->name[n]);
    }
    free(bytes);
    return code;
}

int depends_take(struct args *a, struct depends *ret)
{
    const char *name;

    for (ret->count = 0; (name = args_value(a, "--depends-on")) != NULL; ret->name[ret->count++] = name)
        if (ret->count == DEPENDS_MAX) return client_fail(ERR_DEPENDENCIES_FULL, "--depends-on", "more than 16");
    return EXIT_YES;
}

int depends_resolve(const struct args *a, const struct known_log *log, struct depends *d)
{
    int code = EXIT_YES;

    for (size_t i = 0; code == EXIT_YES && i < d->count; i++) code = resolve_one(a, log, d, i);
    if (code == EXIT_YES && d->count > 0)
        printf("      what becomes of %s becomes of this: revoked, expired or suspended, it is so here too\n",
               d->count == 1 ? "it" : "them");
    return code;
}
