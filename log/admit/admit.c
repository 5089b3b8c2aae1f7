/* See admit.h. What every statement must meet, and then one row a kind. */
#include "log/admit/submission.h"

typedef enum err admit_function(const struct submission *q);

static enum err reserved_kind(const struct submission *q)
{
    return refuse_span(q, ERR_RESERVED, "a submitted ", span_text(kind_row(q->s->kind)->word), "");
}

static admit_function *const submitted[KIND_COUNT] = {
    [KIND_ATTESTATION] = admit_attestation, [KIND_ISSUER] = admit_issuer, [KIND_RULES] = admit_rules,
    [KIND_SCHEMA] = admit_schema,           [KIND_STATUS] = admit_status, [KIND_SEAL] = reserved_kind,
};

/* What the log may write itself, and where. */
static const struct {
    enum statement_kind kind;
    uint64_t least, most;
    admit_function *admit;
} own[] = {
    {KIND_ISSUER, 0, 0, admit_own_genesis},
    {KIND_RULES, 1, 1, admit_rules},
    {KIND_SEAL, 2, UINT64_MAX, admit_own_seal},
};

static admit_function *own_function(const struct submission *q)
{
    for (size_t i = 0; i < COUNT_OF(own); i++)
        if (q->s->kind == own[i].kind && q->at->position >= own[i].least && q->at->position <= own[i].most)
            return own[i].admit;
    return NULL;
}

/* Where a statement says it lives; which kinds must say it is a matter of their form. */
static enum err require_home(const struct submission *q)
{
    if (q->s->home.len == 0 || span_equal(q->s->home, q->at->origin)) return ERR_OK;
    return refuse_span(q, ERR_WRONG_HOME, "home ", q->s->home, "");
}

/* Runs one kind's rules. What refused without words, a decoder mostly, gets some. */
static enum err decide(const struct submission *q, admit_function *function)
{
    enum err e;

    q->why->found[0] = '\0';
    e = require_home(q);
    if (e == ERR_OK) e = function(q);
    if (e == ERR_OK || q->why->found[0] != '\0') return e;
    return refuse_span(q, e, "something else in this ", span_text(kind_row(q->s->kind)->word), " statement");
}

bool admit_is_new(const struct statement *s)
{
    struct issuer_payload p;

    if (s->kind != KIND_ISSUER) return s->kind == KIND_ATTESTATION || s->kind == KIND_SCHEMA;
    return issuer_read(s->cose.payload, &p) != ERR_OK || p.seq == 0;
}

enum err admit(const struct lookup *l, const struct admit_at *at, const struct statement *s, struct refusal *why)
{
    const struct submission q = {.l = l, .at = at, .s = s, .why = why};

    ASSERT(at->origin.len > 0);
    ASSERT((unsigned)s->kind < KIND_COUNT);
    if (at->position < FIRST_SUBMITTED)
        return refuse_number(&q, ERR_RESERVED, "position ", at->position, ", which is the log's own");
    return decide(&q, submitted[s->kind]);
}

enum err admit_shown(const struct lookup *l, const struct admit_at *at, const struct statement *s, struct refusal *why)
{
    const struct submission q = {.l = l, .at = at, .s = s, .why = why};

    return decide(&q, admit_issuer_shown);
}

enum err admit_own(const struct lookup *l, const struct admit_at *at, const struct statement *s, struct refusal *why)
{
    const struct submission q = {.l = l, .at = at, .s = s, .why = why};
    admit_function *function;

    ASSERT(at->origin.len > 0);
    ASSERT((unsigned)s->kind < KIND_COUNT);
    function = own_function(&q);
    if (function == NULL) return refuse_number(&q, ERR_RESERVED, "what the log does not write at @", at->position, "");
    if (!span_equal(s->iss, at->origin)) return refuse_span(&q, ERR_RESERVED, "a statement by ", s->iss, "");
    return decide(&q, function);
}
