/* See judge.h. A statement is no better than what it depends on. Each is judged as the statement itself is, by the same
 * parts, but for two questions: whether its issuer is believed, as it is not the one whose word the reader takes; and
 * whether its claims are shown, as only the statement's own come with the file. */
#include "log/evidence/judge.h"

/* Rows that never come through what a statement depends on. Those about the file and its log are never found there. */
static bool set_aside(enum verdict v)
{
    return v == VERDICT_UNTRUSTED || v == VERDICT_CONFLICT || v == VERDICT_WITHHELD || v == VERDICT_VALID;
}

/* Of what a judgement has found what is kept of a dependency. */
static void keep(const struct judge *g, struct dependency *ret)
{
    const struct judgement *j = g->j;

    ret->position = j->position;
    ret->statement = j->statement;
    ret->holds = j->holds;
    for (size_t v = 0; v < VERDICT_COUNT; v++) ret->applies[v] = j->applies[v] && !set_aside((enum verdict)v);
    ret->verdict = judge_first(ret->applies);
    ret->applies[ret->verdict] = true;
    ret->why = g->why;
    ret->why_of = g->why_of;
    ret->closed_claims = j->statement.is_private;
    ret->withdrawn = j->withdrawn;
    ret->status = j->status;
    ret->has_status_time = j->has_status_time;
    ret->status_time = j->status_time;
    ret->void_of_schema = j->void_of_schema;
    ret->void_from = j->void_from;
    ret->has_void_since = j->has_void_since;
    ret->has_since = j->has_since;
    ret->since = j->since;
    ret->has_since_time = j->has_since_time;
    ret->since_time = j->since_time;
}

/* Takes as much stack as a judgement. */
static void judge_one(const struct judge *of, size_t at, struct dependency *ret)
{
    struct judgement j;
    struct judge g = {.c = of->c, .q = of->q, .j = &j, .why_of = VERDICT_COUNT, .of = at};
    enum err e;

    memset(&j, 0, sizeof(j));
    e = check_statement(of->c, at, &j.statement);
    ASSERT(e == ERR_OK); /* it was read before */
    judge_read(&g);
    /* By whose clock is a matter of the file. */
    j.evidence_time = of->j->evidence_time;
    j.witnessed_time = of->j->witnessed_time;
    judge_attestation(&g);
    if (!j.holds) judge_apply(&g, VERDICT_INCOMPLETE, "the keys of whoever signed it");
    keep(&g, ret);
}

void judge_depends(struct judge *g)
{
    const struct check *c = g->c;

    for (size_t i = 0; i < c->depends_count; i++) {
        struct dependency *d = &g->j->depends[g->j->depends_count++];

        judge_one(g, c->depends[i].at, d);
        d->through = check_position(c, c->depends[i].through);
        for (size_t v = 0; v < VERDICT_VALID; v++)
            if (d->applies[v]) judge_apply_through(g, (enum verdict)v, d);
    }
}
