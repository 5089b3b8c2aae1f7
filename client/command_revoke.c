/* cairn revoke, suspend, reinstate, supersede: the four moves of a status. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/show.h"
#include "client/submit.h"
#include "log/base/text.h"
#include "log/statement/status.h"

/* Of status_reason_word. */
#define REASON_SUPERSEDED 5
#define REASON_SUSPENDED 8

enum { REVOKE, SUSPEND, REINSTATE, SUPERSEDE };
static const struct move {
    const char *word, *verb, *usage;
    enum status status;
    bool final;      /* asks first */
    unsigned reason; /* when none is given; 0: it must be */
} moves[] = {
    [REVOKE] = {"revoke", "Revoke", "cairn revoke @POSITION|ID --reason REASON", STATUS_REVOKED, true, 0},
    [SUSPEND] = {"suspend", "Suspend", "cairn suspend @POSITION|ID --reason REASON", STATUS_SUSPENDED, false, 0},
    [REINSTATE] = {"reinstate", "Reinstate", "cairn reinstate @POSITION|ID --reason REASON", STATUS_VALID, false, 0},
    [SUPERSEDE] = {"supersede", "Supersede", "cairn supersede @POSITION|ID --by @POSITION|ID [--reason REASON]",
                   STATUS_SUPERSEDED, true, REASON_SUPERSEDED},
};

/* One of them under way; what it needs of the log is fetched into the two. */
struct moving {
    const struct args *args;
    const struct move *move;
    const struct known_log *log;
    const struct issuer_key *key;
    struct statement target, by;
    uint8_t *target_bytes, *by_bytes;
    struct status_payload payload;
};

static void moving_free(struct moving *m)
{
    free(m->target_bytes);
    free(m->by_bytes);
}

/* "Revoke kyc (level=full, country=PT) about sub-4t7q9mzk2f6x, 2 minutes old? It is final." */
static bool confirm(const struct moving *m)
{
    const struct statement *target = &m->target;
    uint8_t text[2000];
    struct out o = out_over(text, sizeof(text) - 1);

    out_text(&o, m->move->verb);
    out_byte(&o, ' ');
    show_statement_short(m->args, target, &o);
    if (target->has_iat) {
        out_text(&o, ", ");
        show_age((uint64_t)time(NULL), target->iat, &o);
        out_text(&o, " old");
    }
    if (m->payload.has_replacement) {
        out_text(&o, ", by ");
        show_statement_short(m->args, &m->by, &o);
    }
    if (target->kind == KIND_SCHEMA && m->move->status != STATUS_VALID)
        out_text(&o, "; no new attestation may name it then, earlier ones stand");
    if (m->move->final && !m->args->yes) {
        out_text(&o, "? It is final.");
        text[o.len] = 0;
        return client_ask(m->args, (const char *)text);
    }
    text[o.len] = 0;
    printf("note  %s\n", (const char *)text);
    return true;
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

static void say_done(const struct moving *m, const struct submitted *done)
{
    printf("ok    %s at ", m->move->status == STATUS_VALID ? "reinstated" : status_word(m->move->status));
    submitted_print(done);
    if (m->move->status == STATUS_VALID)
        printf("\n");
    else
        printf(". Copies already handed out are dated before it: their\n"
               "      readers see it when they refresh, at the latest when their max-age runs out.\n");
}

/* What the log would refuse anyhow, said before anything is signed. */
static int check_own(const struct moving *m, const char *name, const char *by)
{
    if (!span_equal(m->target.iss, issuer_iss(m->key)))
        return client_fail(ERR_BAD_TARGET, name, "a statement of another issuer");
    if (m->target.kind != KIND_ATTESTATION && m->target.kind != KIND_SCHEMA)
        return client_fail(ERR_BAD_TARGET, name, kind_row(m->target.kind)->word);
    if (by == NULL) return EXIT_YES;
    if (m->by.kind != m->target.kind) return client_fail(ERR_BAD_REPLACEMENT, by, kind_row(m->by.kind)->word);
    if (!span_equal(m->by.iss, m->target.iss))
        return client_fail(ERR_BAD_REPLACEMENT, by, "a statement of another issuer");
    if (!span_equal(m->by.sub, m->target.sub))
        return client_fail(ERR_BAD_REPLACEMENT, by, "a statement about another subject");
    return EXIT_YES;
}

static int find(struct moving *m, const char *name, const char *by)
{
    uint64_t ignored;
    int code = statement_fetch(m->log, name, &m->target_bytes, &m->target, &ignored);

    if (code == EXIT_YES && by != NULL) code = statement_fetch(m->log, by, &m->by_bytes, &m->by, &ignored);
    if (code != EXIT_YES) return code;
    m->payload.target = m->target.id;
    m->payload.status = m->move->status;
    m->payload.has_replacement = by != NULL;
    if (by != NULL) m->payload.replacement = m->by.id;
    return check_own(m, name, by);
}

static int move_on(struct moving *m)
{
    uint8_t bytes[2048];
    struct out o = out_over(bytes, sizeof(bytes));
    SUBMITTED done = {.evidence = NULL};
    enum err e;
    int code;

    if (!confirm(m)) return EXIT_NO;
    e = make(m->log, m->key, &m->target, &m->payload, &o);
    if (e != ERR_OK) return client_fail(e, m->move->word, "");
    code = submit(m->args, m->log, out_span(&o), &done);
    if (code == EXIT_YES && !done.already) say_done(m, &done);
    return code;
}

static int usage_reasons(const struct move *m, const char *found)
{
    uint8_t text[400];
    struct out o = out_over(text, sizeof(text));

    fprintf(stderr, "cairn: %s: expected --reason with one of:", m->word);
    for (unsigned i = 1; i <= STATUS_REASON_MAX; i++) fprintf(stderr, " %s", status_reason_word(i));
    text_escape(span_text(found), 80, &o);
    fprintf(stderr, "; found %.*s\n", found == NULL ? 4 : (int)o.len, found == NULL ? "none" : (const char *)text);
    return EXIT_USAGE;
}

/* A reason that says something else than for ever. */
static int usage_other(const char *name, const char *reason, const struct move *other)
{
    const char *more = other->status == STATUS_SUPERSEDED ? "--by @POSITION" : "--reason suspended-for-review";
    uint8_t room[400];
    struct out text = out_over(room, sizeof(room));

    text_escape(span_text(name), 80, &text);
    fprintf(stderr, "cairn: expected a reason to revoke for ever; found %s\n  cairn %s %.*s %s\n", reason, other->word,
            (int)text.len, (const char *)room, more);
    return EXIT_USAGE;
}

static int check_words(const struct args *a, const struct move *m, const char *reason, const char *by,
                       struct status_payload *p)
{
    int code = args_left(a, 1, m->usage);

    if (code != EXIT_YES) return code;
    p->reason = reason == NULL ? m->reason : status_reason_of(span_text(reason));
    if (p->reason == 0) return usage_reasons(m, reason);
    if (m == &moves[REVOKE] && p->reason == REASON_SUSPENDED) return usage_other(a->word[0], reason, &moves[SUSPEND]);
    if (m == &moves[REVOKE] && p->reason == REASON_SUPERSEDED)
        return usage_other(a->word[0], reason, &moves[SUPERSEDE]);
    if (m->status != STATUS_SUPERSEDED || by != NULL) return EXIT_YES;
    fprintf(stderr, "cairn: expected --by and the statement that takes its place; found none\nusage: %s\n", m->usage);
    return EXIT_USAGE;
}

static int command_move(struct args *a, const struct move *move)
{
    const char *reason = args_value(a, "--reason");
    const char *by = move->status == STATUS_SUPERSEDED ? args_value(a, "--by") : NULL;
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    struct moving m __attribute__((cleanup(moving_free))) = {.args = a, .move = move};
    ISSUER_KEY k = {0};
    int code = known_log(a, &log);

    if (code == EXIT_YES) code = known_issuer(a, &k);
    if (code == EXIT_YES) code = check_words(a, move, reason, by, &m.payload);
    m.log = log;
    m.key = &k;
    if (code == EXIT_YES) code = find(&m, a->word[0], by);
    return code == EXIT_YES ? move_on(&m) : code;
}

int command_revoke(struct args *a)
{
    return command_move(a, &moves[REVOKE]);
}

int command_suspend(struct args *a)
{
    return command_move(a, &moves[SUSPEND]);
}

int command_reinstate(struct args *a)
{
    return command_move(a, &moves[REINSTATE]);
}

int command_supersede(struct args *a)
{
    return command_move(a, &moves[SUPERSEDE]);
}
