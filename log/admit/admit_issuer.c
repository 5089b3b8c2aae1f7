/* Issuer statements: who an issuer is, and which keys sign for it from here on. */
#include "log/admit/submission.h"

#define STATEMENTS_MAX 64
/* For the log's own identity only. */
#define PURPOSES_OF_LOGS (PURPOSE_SEAL | PURPOSE_RULES | PURPOSE_CHECKPOINT)

static enum err require_built(const struct submission *q, const struct issuer_payload *p)
{
    if (p->cut_count > 0) return refuse(q, ERR_NOT_BUILT, "cuts of keys (field 4)");
    if (p->has_revealed) return refuse(q, ERR_NOT_BUILT, "a recovery (field 8)");
    return ERR_OK;
}

static enum err require_purposes(const struct submission *q, const struct issuer_payload *p)
{
    for (size_t k = 0; k < p->key_count; k++)
        if ((p->key[k].purposes & PURPOSES_OF_LOGS) != 0)
            return refuse_kid(q, ERR_NOT_LISTED, "", &p->key[k].kid, " with a purpose that only the log's keys have");
    return ERR_OK;
}

/* A first statement is signed by a key that it lists itself, for issuer statements. */
static enum err require_self_signed(const struct submission *q, const struct issuer_payload *p, struct public_key *ret)
{
    for (size_t k = 0; k < p->key_count; k++) {
        if (!hash_equal(&p->key[k].kid, &q->s->kid) || (p->key[k].purposes & PURPOSE_ISSUER) == 0) continue;
        *ret = p->key[k].key;
        return ERR_OK;
    }
    return refuse_kid(q, ERR_NOT_LISTED, "", &q->s->kid, ", not listed for issuer statements in its own set");
}

/* Without a prev: decoding has seen to that. */
static enum err require_first(const struct submission *q, const struct issuer_payload *p)
{
    if (p->seq == 0) return ERR_OK;
    return refuse_span(q, ERR_UNREGISTERED, "no first statement of ", q->s->iss, "");
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

static enum err admit_genesis(const struct submission *q, const struct issuer_payload *p, struct public_key *ret)
{
    struct approval_fold approval;
    struct rules_payload rules;

    TRY(require_first(q, p));
    TRY(rules_now(q, &rules));
    TRY(require_standing(q, &rules, &approval));
    TRY(require_iss_of_key(q, &approval));
    return require_self_signed(q, p, ret);
}

/* Decoding has seen to it that a later statement has a prev. */
static enum err require_next(const struct submission *q, const struct issuer_payload *p, const struct issuer *before)
{
    if (p->seq == 0)
        return refuse_number(q, ERR_REGISTERED, "a first statement already, at @", before->first_position, "");
    if (p->seq != before->last.seq + 1) return refuse_number(q, ERR_BAD_CHAIN, "seq ", p->seq, "");
    if (!hash_equal(&p->prev, &before->last_id)) return refuse_id(q, ERR_BAD_CHAIN, "prev ", &p->prev);
    return ERR_OK;
}

/* Committed recovery keys change by recovery only: else a thief of a signing key would commit his own. */
static enum err require_same_recovery(const struct submission *q, const struct issuer_payload *p,
                                      const struct issuer_payload *last)
{
    bool same = p->recovery_count == last->recovery_count;

    for (size_t i = 0; same && i < p->recovery_count; i++) same = hash_equal(&p->recovery[i], &last->recovery[i]);
    if (same) return ERR_OK;
    return refuse(q, ERR_BAD_CHAIN, "recovery keys (field 7) other than those committed before");
}

static const struct listed_key *listed(const struct issuer_payload *p, const struct hash *kid)
{
    for (size_t k = 0; k < p->key_count; k++)
        if (hash_equal(&p->key[k].kid, kid)) return &p->key[k];
    return NULL;
}

/* A new set holds keys of the last one and keys that were never listed; nothing else. */
static enum err require_no_return(const struct submission *q, const struct issuer_payload *p,
                                  const struct issuer_payload *last)
{
    struct hash fresh[ISSUER_KEYS_MAX];
    size_t count = 0, found;

    for (size_t k = 0; k < p->key_count; k++)
        if (listed(last, &p->key[k].kid) == NULL) fresh[count++] = p->key[k].kid;
    TRY(issuer_first_listed(q->l, q->s->iss, q->at->position, fresh, count, &found));
    if (found == count) return ERR_OK;
    return refuse_kid(q, ERR_KEY_RETURNS, "", &fresh[found], ", which was removed before");
}

/* Adds no key and no purpose, and lists fewer keys than before. */
static bool only_removes(const struct issuer_payload *p, const struct issuer_payload *last)
{
    for (size_t k = 0; k < p->key_count; k++) {
        const struct listed_key *before = listed(last, &p->key[k].kid);

        if (before == NULL || (p->key[k].purposes & ~before->purposes) != 0) return false;
    }
    return p->key_count < last->key_count;
}

static enum err admit_rotation(const struct submission *q, const struct issuer_payload *p, struct public_key *ret)
{
    struct issuer before;

    TRY(require_signer(q, &before, ret));
    TRY(require_next(q, p, &before));
    TRY(require_same_recovery(q, p, &before.last));
    if (before.count >= STATEMENTS_MAX && !only_removes(p, &before.last))
        return refuse_number(q, ERR_CHAIN_FULL, "", before.count, " issuer statements already");
    return require_no_return(q, p, &before.last);
}

/* The log's identity begins at position 0 and nowhere else. */
static enum err refuse_origin(const struct submission *q, const struct issuer_payload *p)
{
    if (p->seq == 0) return refuse(q, ERR_RESERVED, "a first statement of the log's own identity");
    return refuse(q, ERR_NOT_BUILT, "a change of the log's own keys");
}

enum err admit_issuer(const struct submission *q, struct public_key *ret)
{
    struct issuer_payload p;
    struct issuer before;

    TRY(issuer_decode(q->s->cose.payload, &p));
    TRY(require_built(q, &p));
    if (span_equal(q->s->iss, q->at->origin)) return refuse_origin(q, &p);
    TRY(require_purposes(q, &p));
    TRY(issuer_fold(q->l, q->s->iss, q->at->position, &before));
    return before.registered ? admit_rotation(q, &p, ret) : admit_genesis(q, &p, ret);
}

enum err admit_own_genesis(const struct submission *q, struct public_key *ret)
{
    struct issuer_payload p;

    TRY(issuer_decode(q->s->cose.payload, &p));
    TRY(require_built(q, &p));
    TRY(require_first(q, &p));
    return require_self_signed(q, &p, ret);
}
