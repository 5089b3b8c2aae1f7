/* See judge.h. What became of the statement, of the keys behind it and of the log: folds over the lists that the file
 * shows, below the position that judge_moment has found. Knows no trust file and no clock. */
#include "log/evidence/judge.h"

#include "log/statement/private.h"

/* ---- the issuer's place in the log ---- */

static void judge_withdrawal(struct judge *g)
{
    struct approval_fold then, now;

    if (approval_fold(&g->c->lookup, g->j->statement.iss, g->j->position, &then) != ERR_OK) return;
    if (approval_fold(&g->c->lookup, g->j->statement.iss, g->c->checkpoint.size, &now) != ERR_OK) return;
    g->j->withdrawn = now.withdrawn;
    if (then.withdrawn) judge_apply(g, VERDICT_FORGED, "the log took the statement after it had withdrawn the issuer");
}

/* ---- the claims ---- */

static bool validity_kept(const struct schema_payload *p, const struct statement *s)
{
    if (!p->has_validity) return true;
    return s->has_iat && s->has_exp && (s->exp <= s->iat || s->exp - s->iat <= p->validity);
}

/* The claims to hold against the schema; false when they are private and not in the file. */
static bool claims_shown(const struct judge *g, struct span *ret)
{
    *ret = g->j->statement.cose.payload;
    if (!g->j->statement.is_private) return true;
    return g->j->preimage.len > 0 && private_open(&g->j->statement, g->j->preimage, ret) == ERR_OK;
}

static void judge_claims(struct judge *g)
{
    struct span claims, field;

    if (!g->j->statement.has_schema) return;
    if (!g->j->has_schema) {
        judge_apply(g, VERDICT_INCOMPLETE, "the schema");
        return;
    }
    if (g->j->statement.is_private && !g->j->schema.private_allowed)
        judge_apply(g, VERDICT_SCHEMA_MISMATCH, "the schema does not allow private claims");
    if (!claims_shown(g, &claims))
        judge_apply(g, VERDICT_WITHHELD, NULL);
    else if (schema_check(&g->j->schema, claims, &field) != ERR_OK)
        judge_apply(g, VERDICT_SCHEMA_MISMATCH, "the claims are not what the schema says");
    if (!validity_kept(&g->j->schema, &g->j->statement))
        judge_apply(g, VERDICT_SCHEMA_MISMATCH, "the dates are not within the schema's longest validity");
}

/* ---- keys that were cut ---- */

/* Where the key of a statement ends, when that is not above the statement. */
static bool voided(struct judge *g, const struct statement *s, uint64_t position, uint64_t at, uint64_t *ret)
{
    return check_cut(g->c, s->iss, &s->kid, at, ret) == ERR_OK && *ret <= position;
}

static void judge_keys(struct judge *g)
{
    uint64_t ignored;

    if (!g->moment_known) return;
    if (voided(g, &g->j->statement, g->j->position, g->at, &g->j->void_from)) {
        judge_apply(g, VERDICT_KEY_VOID, "the key that signed it had ended");
    } else if (g->j->has_schema && voided(g, &g->schema, g->schema_position, g->at, &g->j->void_from)) {
        g->j->void_of_schema = true;
        judge_apply(g, VERDICT_KEY_VOID, "the key that signed its schema had ended");
    } else {
        g->j->has_void_since = voided(g, &g->j->statement, g->j->position, g->c->checkpoint.size, &ignored);
    }
}

/* ---- status ---- */

/* What the file knows beyond the moment asked about: said, never part of the verdict. */
static void judge_since(struct judge *g)
{
    struct status_fold *since = &g->j->since;
    const struct statement *s = &g->j->statement;

    if (status_fold(&g->c->lookup, &s->id, s->iss, g->c->checkpoint.size, since) != ERR_OK) return;
    g->j->has_since = since->decided && since->position >= g->at;
    if (g->j->has_since) g->j->has_since_time = check_date(g->c, since->position, &g->j->since_time);
}

/* Whoever has a stolen key may name a replacement: it ends what it ends, and nobody is sent there. */
static bool replacement_named(struct judge *g)
{
    uint64_t position = g->j->status.position, cut;
    struct statement s;
    size_t at;

    if (g->j->status.status != STATUS_SUPERSEDED || !check_find(g->c, position, &at)) return false;
    if (check_statement(g->c, at, &s) != ERR_OK) return false;
    return check_cut(g->c, s.iss, &s.kid, g->c->checkpoint.size, &cut) == ERR_OK && cut > position;
}

static void judge_status(struct judge *g)
{
    static const enum verdict of[] = {[STATUS_REVOKED] = VERDICT_REVOKED,
                                      [STATUS_SUSPENDED] = VERDICT_SUSPENDED,
                                      [STATUS_SUPERSEDED] = VERDICT_SUPERSEDED};
    const struct evidence_answer *a = check_status_answer(g->c, &g->j->statement);
    struct status_fold status;
    uint64_t holds_below;
    enum err e;

    if (a == NULL) return; /* said already */
    holds_below = check_answer_holds_below(g->c, a);
    e = status_fold(&g->c->lookup, &g->j->statement.id, g->j->statement.iss, g->at < holds_below ? g->at : holds_below,
                    &status);
    /* What comes after something that cannot be judged is not known, but for what nothing can change. */
    if ((holds_below < g->at || !g->moment_known) && (e != ERR_OK || !status_final(status.status))) return;
    if (e != ERR_OK) {
        judge_apply(g, e == ERR_INCOMPLETE || e == ERR_NOT_BUILT ? VERDICT_INCOMPLETE : VERDICT_FORGED,
                    "a status statement cannot be read");
        return;
    }
    g->j->status = status;
    if (status.status != STATUS_VALID) judge_apply(g, of[status.status], NULL);
    g->j->has_replacement = replacement_named(g);
    if (status.decided) g->j->has_status_time = check_date(g->c, status.position, &g->j->status_time);
    if (holds_below == UINT64_MAX) judge_since(g);
}

/* What became of the schema. What stood under it before stands, and few files show it. */
static void judge_schema_status(struct judge *g)
{
    const struct evidence_answer *a = g->j->has_schema ? check_status_answer(g->c, &g->schema) : NULL;
    struct status_fold status;
    uint64_t below;

    if (a == NULL) return;
    below = check_answer_holds_below(g->c, a);
    if (below > g->c->checkpoint.size) below = g->c->checkpoint.size;
    if (status_fold(&g->c->lookup, &g->schema.id, g->schema.iss, below, &status) == ERR_OK)
        g->j->schema_status = status;
}

/* ---- the whole ---- */

void judge_became(struct judge *g)
{
    judge_withdrawal(g);
    judge_claims(g);
    judge_keys(g);
    judge_status(g);
    judge_schema_status(g);
}

/* What the newest rules that the file shows say of the end of the log. */
void judge_closing(struct judge *g)
{
    for (size_t at = g->c->evidence.map.statement_count; at > 0; at--) {
        struct rules_payload p;
        struct statement s;

        if (g->c->kind[at - 1] != KIND_RULES || !g->c->holds[at - 1]) continue;
        if (check_statement(g->c, at - 1, &s) != ERR_OK || rules_decode(s.cose.payload, &p) != ERR_OK) return;
        g->j->closed = p.has_closing && p.closing_not_before <= g->j->moment;
        g->j->closed_from = p.closing_not_before;
        g->j->successor = p.closing_successor;
        return;
    }
}
