/* Rules statements and seals: what the log's own identity signs. Their sub is their home, as decoding has seen,
 * and the home is the origin. */
#include "log/admit/submission.h"

#define CLOSING_AHEAD_S (90 * 86400)

/* Decoding has seen to it that the first has no prev and every later one has. */
static enum err require_chain(const struct submission *q, const struct rules_payload *p)
{
    struct rules_payload last;
    struct hash last_id;
    uint64_t count;

    TRY(rules_fold(q->l, q->at->position, &last, &last_id, &count));
    if (p->seq != count) return refuse_number(q, ERR_BAD_CHAIN, "seq ", p->seq, "");
    if (p->has_prev && !hash_equal(&p->prev, &last_id)) return refuse_id(q, ERR_BAD_CHAIN, "prev ", &p->prev);
    return ERR_OK;
}

/* Decoding lets a URN stand only beside its own key. A name must not look like one, and keeps the genesis
 * it was first approved with. */
static enum err require_name(const struct submission *q, const struct approval *a)
{
    struct approval_fold before;

    if (span_starts_nocase(a->iss, SPAN("urn:"))) return ERR_OK;
    if (span_starts_nocase(a->iss, SPAN(CKT_SHORT))) return refuse_span(q, ERR_ISS_NOT_KEY, "the name ", a->iss, "");
    TRY(approval_fold(q->l, a->iss, q->at->position, &before));
    if (before.approved && !hash_equal(&before.genesis, &a->genesis))
        return refuse_kid(q, ERR_GENESIS_FIXED, "", &a->genesis, "");
    return ERR_OK;
}

static enum err require_approvals(const struct submission *q, const struct rules_payload *p)
{
    for (size_t i = 0; i < p->approve_count; i++) {
        const struct approval *a = &p->approve[i];

        if (span_equal(a->iss, q->at->origin)) return refuse(q, ERR_RESERVED, "an approval of the log itself");
        if (rules_withdraws(p, a->iss))
            return refuse_span(q, ERR_BAD_PAYLOAD, "both approved and withdrawn: ", a->iss, "");
        TRY(require_name(q, a));
    }
    return ERR_OK;
}

static bool same_closing(const struct rules_payload *a, const struct rules_payload *b)
{
    return a->has_closing == b->has_closing && a->closing_not_before == b->closing_not_before &&
           a->has_successor == b->has_successor && span_equal(a->closing_successor, b->closing_successor);
}

/* Announced long before, put off at will, and once it has come final. */
static enum err require_closing(const struct submission *q, const struct rules_payload *p)
{
    uint64_t from = q->at->from_ms / 1000;
    struct rules_payload now;
    struct hash id;
    uint64_t count;

    TRY(rules_fold(q->l, q->at->position, &now, &id, &count));
    if (now.has_closing && now.closing_not_before <= from && !same_closing(p, &now))
        return refuse_dates(q, ERR_CLOSING_SOON, "a change of the closing at ", now.closing_not_before, ", now ", from);
    if (!p->has_closing || (now.has_closing && p->closing_not_before >= now.closing_not_before)) return ERR_OK;
    if (p->closing_not_before >= from && p->closing_not_before - from >= CLOSING_AHEAD_S) return ERR_OK;
    return refuse_dates(q, ERR_CLOSING_SOON, "a closing at ", p->closing_not_before, ", now ", from);
}

enum err admit_rules(const struct submission *q)
{
    struct rules_payload p;

    if (!span_equal(q->s->iss, q->at->origin)) return refuse_span(q, ERR_RESERVED, "rules by ", q->s->iss, "");
    TRY(rules_decode(q->s->cose.payload, &p));
    TRY(require_signer(q));
    TRY(require_chain(q, &p));
    TRY(require_approvals(q, &p));
    return require_closing(q, &p);
}

enum err admit_own_seal(const struct submission *q)
{
    struct seal_payload p;

    TRY(seal_decode(q->s->cose.payload, &p));
    return require_signer(q);
}
