/* Rules statements and seals: what the log's own identity signs. Their sub is their home, as decoding has seen,
 * and the home is the origin. */
#include "log/admit/submission.h"

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

enum err admit_rules(const struct submission *q, struct public_key *ret)
{
    struct rules_payload p;
    struct issuer origin;

    if (!span_equal(q->s->iss, q->at->origin)) return refuse_span(q, ERR_RESERVED, "rules by ", q->s->iss, "");
    TRY(rules_decode(q->s->cose.payload, &p));
    /* A limit that this version would not count must not stand in its rules. */
    if (p.limit_statements != 0) return refuse(q, ERR_NOT_BUILT, "a limit of statements an issuer");
    TRY(require_signer(q, &origin, ret));
    TRY(require_chain(q, &p));
    return require_approvals(q, &p);
}

enum err admit_own_seal(const struct submission *q, struct public_key *ret)
{
    struct seal_payload p;
    struct issuer origin;

    TRY(seal_decode(q->s->cose.payload, &p));
    return require_signer(q, &origin, ret);
}
