/* cairn revoke, and the other moves of a status. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/show.h"
#include "client/submit.h"
#include "log/statement/status.h"

#define USAGE "cairn revoke @POSITION|ID --reason REASON [--suspend | --reinstate | --superseded-by @POSITION|ID]"

/* Of status_reason_word. */
#define REASON_SUPERSEDED 5
#define REASON_SUSPENDED 8

struct move {
    enum status status;
    const char *verb, *done;
};

static const struct move moves[] = {
    {STATUS_REVOKED, "Revoke", "revoked"},
    {STATUS_SUSPENDED, "Suspend", "suspended"},
    {STATUS_VALID, "Reinstate", "reinstated"},
    {STATUS_SUPERSEDED, "Supersede", "superseded"},
};

static bool is_final(enum status s)
{
    return s == STATUS_REVOKED || s == STATUS_SUPERSEDED;
}

/* "Revoke kyc (level=full, country=PT) about sub-4t7q9mzk2f6x, 2 minutes old? It is final." */
static bool confirm(const struct args *a, const struct move *m, const struct statement *target)
{
    uint8_t text[600];
    struct out o = out_over(text, sizeof(text) - 1);

    out_text(&o, m->verb);
    out_byte(&o, ' ');
    show_statement_short(a, target, &o);
    if (target->has_iat) {
        out_text(&o, ", ");
        show_age((uint64_t)time(NULL), target->iat, &o);
        out_text(&o, " old");
    }
    if (target->kind == KIND_SCHEMA) out_text(&o, "; no new attestation may name it then, earlier ones stand");
    out_text(&o, is_final(m->status) ? "? It is final." : "?");
    text[o.len] = 0;
    return client_ask(a, (const char *)text);
}

static enum err make(const struct known_log *log, const struct issuer_key *k, const struct statement *target,
                     const struct status_payload *p, struct out *o)
{
    uint8_t payload[256];
    struct out w = out_over(payload, sizeof(payload));
    struct draft draft = {.kind = KIND_STATUS,
                          .iss = issuer_iss(k),
                          .sub = target->sub,
                          .home = log->origin,
                          .has_iat = true,
                          .iat = (uint64_t)time(NULL)};

    status_encode(p, &w);
    TRY(out_check(&w));
    draft.payload = out_span(&w);
    return statement_make(&draft, &k->secret, o);
}

static void say_done(const struct move *m, const struct submitted *done)
{
    printf("ok    %s at ", m->done);
    submitted_print(done);
    if (is_final(m->status))
        printf(". Copies already handed out are dated before it: their\n"
               "      readers see it when they refresh, at the latest when their max-age runs out.\n");
    else
        printf("\n");
}

static int replacement(const struct known_log *log, const char *name, struct status_payload *p)
{
    struct statement s;
    uint8_t *bytes = NULL;
    uint64_t ignored;
    int code;

    if (name == NULL) return EXIT_YES;
    code = statement_fetch(log, name, &bytes, &s, &ignored);
    if (code == EXIT_YES) p->replacement = s.id;
    p->has_replacement = true;
    free(bytes);
    return code;
}

static int revoke(struct args *a, const struct known_log *log, const struct issuer_key *k, const struct move *m,
                  struct status_payload *p, const char *by)
{
    uint8_t *fetched = NULL, bytes[2048];
    struct out o = out_over(bytes, sizeof(bytes));
    SUBMITTED done = {.evidence = NULL};
    struct statement target;
    uint64_t position;
    enum err e = ERR_OK;
    int code = statement_fetch(log, a->word[0], &fetched, &target, &position);

    if (code == EXIT_YES) code = replacement(log, by, p);
    if (code == EXIT_YES && !span_equal(target.iss, issuer_iss(k)))
        code = client_fail(ERR_BAD_TARGET, a->word[0], "a statement of another issuer");
    if (code == EXIT_YES && !confirm(a, m, &target)) code = EXIT_NO;
    if (code == EXIT_YES) {
        p->target = target.id;
        p->status = m->status;
        e = make(log, k, &target, p, &o);
        if (e != ERR_OK) code = client_fail(e, "revoke", "");
    }
    if (code == EXIT_YES) code = submit(a, log, out_span(&o), &done);
    if (code == EXIT_YES && !done.already) say_done(m, &done);
    free(fetched);
    return code;
}

static int usage_reasons(const char *found)
{
    fprintf(stderr, "cairn: expected --reason with one of:");
    for (unsigned i = 1; i <= STATUS_REASON_MAX; i++) fprintf(stderr, " %s", status_reason_word(i));
    fprintf(stderr, "%s%s\n", found == NULL ? "" : "; found ", found == NULL ? "" : found);
    return EXIT_USAGE;
}

/* A reason that says something else than for ever. */
static int usage_other(const char *option, const char *reason)
{
    fprintf(stderr, "cairn: %s goes with %s; without it a revocation is for ever\nusage: " USAGE "\n", reason, option);
    return EXIT_USAGE;
}

int command_revoke(struct args *a)
{
    const char *reason = args_value(a, "--reason"), *by = args_value(a, "--superseded-by");
    const struct move *m = args_flag(a, "--suspend")     ? &moves[1]
                           : args_flag(a, "--reinstate") ? &moves[2]
                           : by != NULL                  ? &moves[3]
                                                         : &moves[0];
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    struct status_payload p = {.reason = reason == NULL ? 0 : status_reason_of(span_text(reason))};
    ISSUER_KEY k;
    int code;

    memset(&k, 0, sizeof(k));
    if (p.reason == 0) return usage_reasons(reason);
    if (p.reason == REASON_SUSPENDED && m->status == STATUS_REVOKED) return usage_other("--suspend", reason);
    if (p.reason == REASON_SUPERSEDED && m->status == STATUS_REVOKED) return usage_other("--superseded-by ID", reason);
    code = known_log(a, &log);
    if (code == EXIT_YES) code = known_issuer(a, &k);
    if (code == EXIT_YES) code = args_left(a, 1, USAGE);
    return code == EXIT_YES ? revoke(a, log, &k, m, &p, by) : code;
}
