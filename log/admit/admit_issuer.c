/* Issuer statements: who an issuer is, and which keys sign for it from here on. */
#include "log/admit/submission.h"

/* For the log's own identity only. */
#define PURPOSES_OF_LOGS (PURPOSE_SEAL | PURPOSE_RULES | PURPOSE_CHECKPOINT)

static enum err require_purposes(const struct submission *q, const struct issuer_payload *p)
{
    if (span_equal(q->s->iss, q->at->origin)) return ERR_OK;
    for (size_t k = 0; k < p->key_count; k++)
        if ((p->key[k].purposes & PURPOSES_OF_LOGS) != 0)
            return refuse_kid(q, ERR_NOT_LISTED, "", &p->key[k].kid, " with a purpose that only the log's keys have");
    return ERR_OK;
}

enum err require_points(const struct submission *q)
{
    struct issuer_payload p;

    return issuer_decode(q->s->cose.payload, &p);
}

/* Without a prev, and nothing to cut or to recover yet. */
static enum err require_first(const struct submission *q, const struct issuer_payload *p)
{
    if (p->seq != 0) return refuse_span(q, ERR_UNREGISTERED, "no first statement of ", q->s->iss, "");
    return p->cut_count == 0 ? ERR_OK : refuse(q, ERR_BAD_CUT, "a cut in a first statement");
}

/* A first statement is signed by a key that it lists itself, for issuer statements. */
static enum err require_self_signed(const struct submission *q, const struct issuer_payload *p)
{
    const struct listed_key *key = issuer_listed_for(p, &q->s->kid, PURPOSE_ISSUER);

    if (key == NULL)
        return refuse_kid(q, ERR_NOT_LISTED, "", &q->s->kid, ", not listed for issuer statements in its own set");
    TRY(require_signature(q, &key->key));
    return require_points(q);
}

/* Whatever looks like a URN is the URN of the signing key; anything else is a name, which belongs to the
 * key it was first approved with. */
static enum err require_iss_of_key(const struct submission *q, const struct approval_fold *approval)
{
    const struct statement *s = q->s;
    struct hash named;

    if (span_starts_nocase(s->iss, SPAN("urn:"))) {
        if (!span_starts(s->iss, SPAN(CKT_URN)) || ckt_decode(s->iss, &named) != ERR_OK)
            return refuse_span(q, ERR_ISS_NOT_KEY, "", s->iss, "");
    } else {
        if (!approval->approved) return refuse_span(q, ERR_NOT_APPROVED, "no approval of the name ", s->iss, "");
        named = approval->genesis;
    }
    if (!hash_equal(&named, &s->kid)) return refuse_kid(q, ERR_ISS_NOT_KEY, "signing key ", &s->kid, "");
    return ERR_OK;
}

static enum err admit_first(const struct submission *q, const struct issuer_payload *p)
{
    struct approval_fold approval;
    struct memo_rules rules;

    TRY(require_first(q, p));
    TRY(rules_now(q, &rules));
    TRY(approval_fold(q->l, q->s->iss, q->at->position, &approval));
    TRY(require_standing(q, &rules, &approval));
    TRY(require_iss_of_key(q, &approval));
    return require_self_signed(q, p);
}

enum err admit_own_genesis(const struct submission *q)
{
    struct issuer_payload p;

    TRY(issuer_read(q->s->cose.payload, &p));
    TRY(require_first(q, &p));
    return require_self_signed(q, &p);
}

/* As it was when it was admitted, whatever stood in the rules then. A log that calls itself by the URN of somebody's
 * key is not that somebody. */
static enum err first_shown(const struct submission *q, const struct issuer_payload *p)
{
    bool own = span_equal(q->s->iss, q->at->origin), named = !span_starts_nocase(q->s->iss, SPAN("urn:"));
    struct approval_fold approval = {.approved = false};

    if (own && q->at->position != 0) return refuse(q, ERR_BAD_CHAIN, "a first statement of the log's own identity");
    TRY(require_first(q, p));
    if (named && !own) TRY(approval_fold(q->l, q->s->iss, q->at->position, &approval));
    if (!named || !own) TRY(require_iss_of_key(q, &approval));
    return require_self_signed(q, p);
}

static enum err admit_later(const struct submission *q, const struct issuer_payload *p, const struct issuer *before)
{
    if (!before->registered) return refuse_span(q, ERR_UNREGISTERED, "no first statement of ", q->s->iss, "");
    return p->has_revealed ? admit_recovery(q, p, before) : admit_rotation(q, p, before);
}

enum err admit_issuer(const struct submission *q)
{
    struct issuer_payload p;
    struct issuer before;

    TRY(issuer_read(q->s->cose.payload, &p));
    TRY(require_purposes(q, &p));
    TRY(issuer_fold(q->l, q->s->iss, q->at->position, &before));
    if (!before.registered && !p.has_revealed) return admit_first(q, &p);
    return admit_later(q, &p, &before);
}

enum err admit_issuer_shown(const struct submission *q)
{
    struct issuer_payload p;
    struct issuer before;

    TRY(issuer_read(q->s->cose.payload, &p));
    TRY(issuer_fold(q->l, q->s->iss, q->at->position, &before));
    if (!before.registered && !p.has_revealed) return first_shown(q, &p);
    TRY(require_purposes(q, &p));
    return admit_later(q, &p, &before);
}
