/* Issuer statements after the first: a rotation is signed by the set before it, a recovery by a key that was
 * committed for the purpose. What a thief of the set did in between, a recovery drops. */
#include "log/admit/submission.h"

#define RUN_MAX 64
/* Of those past it that only cut keys: a thief who listed a thousand cannot cut them one at a time, or no evidence
 * would have room for the issuer's statements any more. */
#define CUTS_ALONE_MAX 16

/* ---- keys and cuts of every later one ---- */

/* A statement beside the one it builds on: what became, before it, of the keys that it brings and of those it
 * cuts. */
struct change {
    const struct issuer_payload *p, *before;
    size_t fresh_count;
    struct hash kid[ISSUER_KEYS_MAX + ISSUER_CUTS_MAX]; /* those that `before` does not list, then those of cuts */
    struct key_life life[ISSUER_KEYS_MAX + ISSUER_CUTS_MAX];
};

/* `drop_to`: as if a recovery with that prev had been made; or NULL. Reads the issuer's history once. */
static enum err change_read(const struct submission *q, const struct issuer_payload *p,
                            const struct issuer_payload *before, const struct hash *drop_to, struct change *ret)
{
    size_t count = 0;

    ret->p = p;
    ret->before = before;
    for (size_t k = 0; k < p->key_count; k++)
        if (issuer_listed(before, &p->key[k].kid) == NULL) ret->kid[count++] = p->key[k].kid;
    ret->fresh_count = count;
    for (size_t i = 0; i < p->cut_count; i++) ret->kid[count++] = p->cut[i].kid;
    return issuer_lives(q->l, q->s->iss, q->at->position, drop_to, ret->kid, count, ret->life);
}

/* A new set holds keys of the one before and keys that were never listed, by a dropped statement either: whoever
 * had a key removed, or brought one in while he had no right to, does not bring it back. */
static enum err require_no_return(const struct submission *q, const struct change *c)
{
    for (size_t k = 0; k < c->fresh_count; k++)
        if (c->life[k].listed)
            return refuse_kid(q, ERR_KEY_RETURNS, "", &c->kid[k], ", which was listed before and is not any more");
    return ERR_OK;
}

static enum err require_cut(const struct submission *q, const struct change *c, const struct key_cut *cut,
                            const struct key_life *life)
{
    uint64_t from = cut->has_position ? cut->position : q->at->position;

    if (!life->listed) return refuse_kid(q, ERR_BAD_CUT, "", &cut->kid, ", which was never listed");
    if (issuer_listed(c->p, &cut->kid) != NULL) return refuse_kid(q, ERR_BAD_CUT, "", &cut->kid, ", listed and cut");
    if (cut->has_position && span_equal(q->s->iss, q->at->origin))
        return refuse(q, ERR_BAD_CUT, "a position, which the log's own cuts do not give");
    if (from > q->at->position) return refuse_number(q, ERR_BAD_CUT, "a cut at @", from, ", which is ahead");
    if (from >= life->cut) return refuse_number(q, ERR_BAD_CUT, "a key cut already, at @", life->cut, "");
    return ERR_OK;
}

static enum err require_keys(const struct submission *q, const struct change *c)
{
    TRY(require_no_return(q, c));
    for (size_t i = 0; i < c->p->cut_count; i++) TRY(require_cut(q, c, &c->p->cut[i], &c->life[c->fresh_count + i]));
    return ERR_OK;
}

/* ---- signed by the key set: a rotation ---- */

/* Decoding has seen to it that a later statement has a prev. */
static enum err require_next(const struct submission *q, const struct issuer_payload *p, const struct issuer *before)
{
    if (p->seq == 0)
        return refuse_number(q, ERR_REGISTERED, "a first statement already, at @", before->first_position, "");
    if (p->seq != before->last.seq + 1) return refuse_number(q, ERR_BAD_CHAIN, "seq ", p->seq, "");
    if (!hash_equal(&p->prev, &before->last_id)) return refuse_id(q, ERR_BAD_CHAIN, "prev ", &p->prev);
    return ERR_OK;
}

static bool committed(const struct issuer_payload *p, const struct hash *thumbprint)
{
    for (size_t i = 0; i < p->recovery_count; i++)
        if (hash_equal(&p->recovery[i], thumbprint)) return true;
    return false;
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

/* Adds no key and no purpose. */
static bool adds_nothing(const struct change *c)
{
    for (size_t k = 0; k < c->p->key_count; k++) {
        const struct listed_key *before = issuer_listed(c->before, &c->p->key[k].kid);

        if (before == NULL || (c->p->key[k].purposes & ~before->purposes) != 0) return false;
    }
    return true;
}

/* Lists fewer keys than before, as it adds none; or cuts one that was not. */
static bool stops_a_key(const struct change *c, uint64_t run)
{
    if (c->p->key_count < c->before->key_count) return true;
    if (run >= RUN_MAX + CUTS_ALONE_MAX) return false;
    for (size_t i = 0; i < c->p->cut_count; i++)
        if (c->life[c->fresh_count + i].cut == UINT64_MAX) return true;
    return false;
}

/* Each statement past the 64 takes something away that can be taken once. */
static enum err require_room_in_run(const struct submission *q, const struct change *c)
{
    uint64_t run;

    TRY(issuer_run(q->l, q->s->iss, q->at->position, &run));
    if (run < RUN_MAX || (adds_nothing(c) && stops_a_key(c, run))) return ERR_OK;
    return refuse_number(q, ERR_CHAIN_FULL, "", run, " issuer statements already");
}

enum err admit_rotation(const struct submission *q, const struct issuer_payload *p, const struct issuer *before)
{
    struct change c;

    TRY(require_listed(q, before->last.key, before->last.key_count));
    TRY(require_points(q));
    TRY(require_next(q, p, before));
    TRY(require_same_recovery(q, p, &before->last));
    TRY(change_read(q, p, &before->last, NULL, &c));
    TRY(require_room_in_run(q, &c));
    return require_keys(q, &c);
}

/* ---- signed by a committed key: a recovery ---- */

/* The revealed key signs this and nothing else. */
static enum err require_revealed(const struct submission *q, const struct issuer_payload *p,
                                 const struct issuer_payload *last)
{
    struct hash kid = cose_key_thumbprint(&p->revealed);

    if (!hash_equal(&kid, &q->s->kid))
        return refuse_kid(q, ERR_BAD_RECOVERY, "a signature by ", &q->s->kid, ", which is not the key it reveals");
    if (!committed(last, &kid)) return refuse_kid(q, ERR_BAD_RECOVERY, "", &kid, ", which was not committed");
    if (issuer_listed(p, &kid) != NULL)
        return refuse_kid(q, ERR_BAD_RECOVERY, "", &kid, ", a recovery key, in the set");
    return ERR_OK;
}

/* What it builds on: any statement not older than the last recovery. */
static enum err require_in_run(const struct submission *q, const struct issuer_payload *p, struct issuer_item *ret)
{
    struct issuer_past past;
    bool more;

    TRY(issuer_past_open(q->l, q->s->iss, q->at->position, NULL, &past));
    for (ret->p.has_revealed = false; !ret->p.has_revealed;) {
        TRY(issuer_past_next(&past, ret, &more));
        if (!more) break;
        if (!hash_equal(&ret->id, &p->prev)) continue;
        return p->seq == ret->p.seq + 1 ? ERR_OK : refuse_number(q, ERR_BAD_CHAIN, "seq ", p->seq, "");
    }
    return refuse_id(q, ERR_BAD_CHAIN, "prev ", &p->prev);
}

/* Or the next theft of a recovery key, or of the paper it is on, would be the end. */
static enum err require_fresh_recovery(const struct submission *q, const struct issuer_payload *p)
{
    struct issuer_past past;
    struct issuer_item item;
    bool more;

    if (p->recovery_count == 0) return refuse(q, ERR_BAD_RECOVERY, "no recovery key for the next time (field 7)");
    TRY(issuer_past_open(q->l, q->s->iss, q->at->position, NULL, &past));
    for (;;) {
        TRY(issuer_past_next(&past, &item, &more));
        if (!more) return ERR_OK;
        for (size_t i = 0; i < p->recovery_count; i++)
            if (committed(&item.p, &p->recovery[i]))
                return refuse_number(q, ERR_BAD_RECOVERY, "a recovery key that was committed before, at @",
                                     item.position, "");
    }
}

/* No limit is asked for: nothing that a thief does with a signing key stands in the way of this. */
enum err admit_recovery(const struct submission *q, const struct issuer_payload *p, const struct issuer *before)
{
    struct issuer_item prev;
    struct change c;

    TRY(require_revealed(q, p, &before->last));
    TRY(require_signature(q, &p->revealed));
    TRY(require_points(q));
    TRY(require_in_run(q, p, &prev));
    TRY(require_fresh_recovery(q, p));
    TRY(change_read(q, p, &prev.p, &prev.id, &c));
    return require_keys(q, &c);
}
