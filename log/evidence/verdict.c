/* See verdict.h. What the bytes prove comes from check.h; here it is held against a trust file and a time, by parts
 * that know only their own question (judge.h). */
#include "log/evidence/verdict.h"

#include "log/evidence/judge.h"

#define WORK_ALIGN _Alignof(struct check)

_Static_assert(sizeof(struct check) + WORK_ALIGN <= VERDICT_WORK_MIN, "a check fits the workspace");

#define VERDICT_ROW_(name, word, exit) {word, exit},
static const struct {
    const char *word;
    int exit;
} verdicts[VERDICT_COUNT] = {VERDICT_TABLE(VERDICT_ROW_)};
#undef VERDICT_ROW_

const char *verdict_word(enum verdict v)
{
    ASSERT((unsigned)v < VERDICT_COUNT);
    return verdicts[v].word;
}

int verdict_exit(enum verdict v)
{
    ASSERT((unsigned)v < VERDICT_COUNT);
    return verdicts[v].exit;
}

/* Whether `v` is the row that people read of. */
static bool tells_more(struct judge *g, enum verdict v, const char *why)
{
    if (why == NULL || g->why_of <= v) return false;
    g->why_of = v;
    g->why = why;
    return true;
}

void judge_apply(struct judge *g, enum verdict v, const char *why)
{
    struct out o = out_over(g->j->why, sizeof(g->j->why) - 1);

    g->j->applies[v] = g->j->own[v] = true;
    if (!tells_more(g, v, why)) return;
    out_text(&o, why);
    g->j->why[o.len] = 0;
}

void judge_apply_through(struct judge *g, enum verdict v, const struct dependency *d)
{
    struct out o = out_over(g->j->why, sizeof(g->j->why) - 1);

    g->j->applies[v] = true;
    if (d->why_of != v || !tells_more(g, v, d->why)) return;
    out_text(&o, "@");
    out_decimal(&o, d->position);
    out_text(&o, ", which it depends on: ");
    out_text(&o, d->why);
    g->j->why[o.len] = 0;
}

/* ---- what the file says ---- */

static void fill_schema(struct judge *g)
{
    size_t at;

    if (!g->j->statement.has_schema || !check_find_id(g->c, &g->j->statement.schema, &at)) return;
    if (check_statement(g->c, at, &g->schema) != ERR_OK || g->schema.kind != KIND_SCHEMA) return;
    g->schema_position = check_position(g->c, at);
    g->j->has_schema = schema_decode(g->schema.cose.payload, &g->j->schema) == ERR_OK;
}

/* Who it is and where to ask are what a reader goes by: only from statements that are proven to be its own. */
static void fill_issuer(struct judge *g)
{
    const struct check *c = g->c;
    const struct evidence_answer *a = check_issuer_answer(c, c->carrier.iss);
    struct issuer issuer;

    if (a == NULL) return;
    if (issuer_fold(&c->lookup, c->carrier.iss, check_answer_holds_below(c, a), &issuer) != ERR_OK) return;
    if (!issuer.registered) return;
    g->j->issuer_genesis = issuer.genesis;
    g->j->issuer_name = issuer.last.name;
    g->j->issuer_url = issuer.last.url;
}

void judge_read(struct judge *g)
{
    g->j->position = check_position(g->c, g->of);
    g->j->seal_time = g->c->seal.to_ms / 1000;
    g->j->evidence_time = g->j->seal_time;
    g->j->has_logged_time = check_date(g->c, g->j->position, &g->j->logged_time);
    fill_schema(g);
}

static void fill_read(struct judge *g)
{
    struct check *c = g->c;

    g->j->other_kind = !c->read && !c->broken && c->carrier.kind != KIND_ATTESTATION;
    if (c->read || g->j->other_kind) g->j->statement = c->carrier;
    if (!c->read) return;
    g->of = c->carrier_at;
    g->j->read = true;
    g->j->checkpoint = c->checkpoint;
    g->j->preimage = c->evidence.map.preimage;
    judge_read(g);
    fill_issuer(g);
}

/* ---- the whole ---- */

/* Whatever was not looked at has been said to be missing. Should that ever fail, it is not valid either. */
static void judge_whole(struct judge *g)
{
    const struct check *c = g->c;
    bool whole = c->proven && c->indexed && !c->broken && !c->incomplete && g->moment_known;

    for (size_t i = 0; i < c->evidence.map.statement_count; i++) whole = whole && c->holds[i];
    if (!whole) judge_apply(g, VERDICT_INCOMPLETE, "a part of the proof");
    if (g->j->log == NULL || g->j->issuer == NULL) judge_apply(g, VERDICT_UNTRUSTED, NULL);
}

enum verdict judge_first(const bool applies[VERDICT_COUNT])
{
    size_t v = 0;

    while (v < VERDICT_VALID && !applies[v]) v++;
    return (enum verdict)v;
}

static void conclude(struct judgement *j)
{
    j->verdict = judge_first(j->applies);
    if (j->verdict == VERDICT_VALID) j->own[VERDICT_VALID] = true;
    j->applies[j->verdict] = true;
    for (size_t i = j->depends_count; i > 0 && !j->own[j->verdict]; i--)
        if (j->depends[i - 1].applies[j->verdict]) j->through = &j->depends[i - 1];
}

void judge_attestation(struct judge *g)
{
    judge_moment(g);
    /* Nothing is said in the issuer's name that the issuer may not have signed. */
    g->j->holds = g->c->indexed && g->c->holds[g->of];
    if (!g->j->holds) return;
    judge_dates(g);
    judge_became(g);
}

/* Each part rests on what those before it have found. */
static void judge(struct judge *g)
{
    struct check *c = g->c;

    if (c->incomplete) judge_apply(g, VERDICT_INCOMPLETE, c->why);
    if (c->broken) judge_apply(g, VERDICT_FORGED, c->why);
    fill_read(g);
    if (!c->read) return;
    judge_log(g);
    /* What a forged file says of anybody is not worth saying again. */
    if (g->j->applies[VERDICT_FORGED] || !c->proven) return;
    judge_issuer(g);
    judge_witnesses(g);
    judge_attestation(g);
    if (g->j->holds) judge_depends(g);
    judge_closing(g);
    judge_age(g);
    judge_whole(g);
}

void verdict_of(struct span file, const struct trust *trust, const struct question *q, struct out work,
                struct judgement *ret)
{
    size_t skip = (WORK_ALIGN - (uintptr_t)work.ptr % WORK_ALIGN) % WORK_ALIGN;
    struct judge g = {.trust = trust, .q = q, .j = ret, .why_of = VERDICT_COUNT};

    ASSERT(work.cap >= VERDICT_WORK_MIN);
    g.c = (struct check *)(void *)(work.ptr + skip);
    memset(ret, 0, sizeof(*ret));
    check_evidence(g.c, file);
    judge(&g);
    conclude(ret);
}
