/* See judge.h. Which moment is asked about, what had come by then, how old the evidence is then, and by whose clock.
 * The only part that knows the reader's clock; of the trust file it reads the witnesses, the auditors and how fresh
 * evidence must be. Says nothing about what a statement is worth. */
#include "log/evidence/judge.h"

/* How far ahead of the reader's clock a cosignature, and a seal's own time, may be. */
#define WITNESS_AHEAD_MAX 60
#define SEAL_AHEAD_MAX 300
/* Of evidence from a log that has closed, when the reader asks for nothing else: nobody refreshes it any more. */
#define CLOSED_MAX_AGE 86400

/* ---- whose clock ---- */

void judge_witnesses(struct judge *g)
{
    const struct policy *p;
    struct cosigned cosigned;
    uint64_t time;

    if (g->trust == NULL) return;
    p = &g->trust->policy;
    if (policy_cosigned(p, &g->c->note, g->q->now + WITNESS_AHEAD_MAX, &cosigned) != ERR_OK) {
        judge_apply(g, VERDICT_FORGED, "a witness's line on the checkpoint does not hold");
        return;
    }
    g->j->witnesses_known = policy_witness_count(p);
    for (size_t i = 0; i < p->member_count; i++)
        if (!p->member[i].is_group && cosigned.time[i] != 0) g->j->witnesses++;
    if (p->has_quorum && p->quorum >= 0) {
        time = policy_time(p, p->quorum, &cosigned);
        g->j->witnessed_time = time != 0;
        if (time != 0) g->j->evidence_time = time;
        if (time == 0) judge_apply(g, VERDICT_UNWITNESSED, NULL);
    }
    if (g->trust->audit < 0) return;
    g->j->audited = policy_met(p, g->trust->audit, &cosigned, 1);
    if (!g->j->audited) judge_apply(g, VERDICT_UNAUDITED, NULL);
}

/* The log's own word on the time, and it is not to be believed: no clock of the witnesses, or for want of a
 * quorum of them the reader's, has come that far. */
static bool dated_ahead(const struct judge *g)
{
    uint64_t clock = g->j->witnessed_time ? g->j->evidence_time : g->q->now;

    return g->j->seal_time > clock && g->j->seal_time - clock > SEAL_AHEAD_MAX;
}

/* ---- the moment asked about ---- */

/* Lowers g->at to the first statement of the answer that was not in the log by then, or may not have been. */
static void moment_cut(struct judge *g, const struct evidence_answer *a, uint64_t time)
{
    for (size_t n = 0; a != NULL && n < a->count; n++) {
        uint64_t position = evidence_position(a, n);
        enum dated dated = check_dated(g->c, position, time);

        /* What stands below the statement was there when it was. */
        if (dated == DATED_BY || position < g->j->position) continue;
        if (dated == DATED_UNKNOWN) g->moment_known = false;
        if (position < g->at) g->at = position;
        return;
    }
}

/* All that is folded at the moment. */
static void moment_cuts(struct judge *g, uint64_t time)
{
    moment_cut(g, check_status_answer(g->c, &g->j->statement), time);
    moment_cut(g, check_issuer_answer(g->c, g->j->statement.iss), time);
    if (g->j->has_schema) moment_cut(g, check_issuer_answer(g->c, g->schema.iss), time);
}

static void moment_at_time(struct judge *g)
{
    enum dated logged = check_dated(g->c, g->j->position, g->q->value);

    g->j->moment = g->q->value;
    if (g->j->moment > g->q->now) judge_apply(g, VERDICT_INCOMPLETE, "what the time asked about will bring");
    if (logged == DATED_AFTER) judge_apply(g, VERDICT_NOT_YET_VALID, "the statement was not in the log yet");
    g->moment_known = logged != DATED_UNKNOWN;
    moment_cuts(g, g->q->value);
    if (!g->moment_known) judge_apply(g, VERDICT_INCOMPLETE, "the seal that dates a statement");
}

static void moment_at_seal(struct judge *g)
{
    g->at = g->q->value;
    g->moment_known = check_closing_seal(g->c, g->q->value, &g->at, &g->j->moment);
    if (!g->moment_known)
        judge_apply(g, VERDICT_INCOMPLETE, "the seal that closes the position asked about");
    else if (g->j->position >= g->at)
        judge_apply(g, VERDICT_NOT_YET_VALID, "the statement was not in the log yet");
}

void judge_moment(struct judge *g)
{
    g->at = g->c->checkpoint.size;
    g->j->moment = g->q->now;
    g->moment_known = true;
    if (g->q->as_of == AS_OF_TIME) moment_at_time(g);
    if (g->q->as_of == AS_OF_POSITION) moment_at_seal(g);
    if (g->q->as_of != AS_OF_NOW && dated_ahead(g))
        judge_apply(g, VERDICT_INCOMPLETE, "a log whose seals are not dated ahead of its witnesses");
}

void judge_dates(struct judge *g)
{
    const struct statement *s = &g->j->statement;

    if (g->q->as_of == AS_OF_POSITION && !g->moment_known) return;
    if (s->has_exp && g->j->moment >= s->exp) judge_apply(g, VERDICT_EXPIRED, NULL);
    if (s->has_nbf && g->j->moment < s->nbf) judge_apply(g, VERDICT_NOT_YET_VALID, NULL);
}

/* ---- how old it is ---- */

void judge_age(struct judge *g)
{
    uint64_t age = g->j->moment > g->j->evidence_time ? g->j->moment - g->j->evidence_time : 0;

    if (g->trust == NULL || (!g->trust->has_max_age && !g->j->closed)) return;
    g->j->freshness_checked = true;
    if (age > (g->trust->has_max_age ? g->trust->max_age : CLOSED_MAX_AGE)) judge_apply(g, VERDICT_STALE, NULL);
    /* Dated ahead by nobody but the log, it would stay fresh for ever. */
    if (!g->j->witnessed_time && dated_ahead(g)) judge_apply(g, VERDICT_STALE, NULL);
}
