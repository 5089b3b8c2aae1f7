/* Status statements: what becomes of an attestation or schema afterwards. Neither mode nor withdrawal nor
 * a limit of the rules is looked at here: nothing that an operator does stops a revocation. */
#include "log/admit/submission.h"

#define MOVES_MAX 64

static bool same_issuer_and_subject(const struct statement *a, const struct statement *b)
{
    return span_equal(a->iss, b->iss) && span_equal(a->sub, b->sub);
}

static enum err require_target(const struct submission *q, const struct hash *id, uint64_t *ret_position,
                               struct statement *ret)
{
    TRY(earlier_statement(q, id, ERR_UNKNOWN_TARGET, ret_position, ret));
    if (ret->kind != KIND_ATTESTATION && ret->kind != KIND_SCHEMA)
        return refuse_number(q, ERR_BAD_TARGET, "another kind of statement, at @", *ret_position, "");
    if (!span_equal(ret->iss, q->s->iss)) return refuse_span(q, ERR_BAD_TARGET, "a target by ", ret->iss, "");
    if (!span_equal(ret->sub, q->s->sub)) return refuse_span(q, ERR_BAD_TARGET, "a target about ", ret->sub, "");
    return ERR_OK;
}

/* A schema may say that its attestations are final. Schemas themselves never are. */
static enum err require_revocable(const struct submission *q, const struct statement *target)
{
    struct memo_schema room;
    const struct memo_schema *schema;

    if (target->kind != KIND_ATTESTATION || !target->has_schema) return ERR_OK;
    TRY(earlier_schema(q, &target->schema, &room, &schema));
    if (schema->p.revocable) return ERR_OK;
    return refuse_span(q, ERR_NOT_REVOCABLE, "the schema ", schema->p.name, ", which says not revocable");
}

/* valid <-> suspended, and from either to what is final. */
static enum err require_move(const struct submission *q, const struct status_fold *now, enum status next)
{
    if (status_final(now->status)) return refuse_number(q, ERR_STATUS_FINAL, "its end at @", now->position, "");
    if (now->status == next)
        return refuse_span(q, ERR_STATUS_SAME, "a target that is ", span_text(status_word(next)), "");
    if (now->moves >= MOVES_MAX && !status_final(next))
        return refuse_number(q, ERR_STATUS_FULL, "", now->moves, " moves");
    return ERR_OK;
}

static enum err require_replacement(const struct submission *q, const struct hash *id, const struct statement *target,
                                    uint64_t target_position)
{
    struct statement replacement;
    uint64_t position;

    TRY(earlier_statement(q, id, ERR_BAD_REPLACEMENT, &position, &replacement));
    if (replacement.kind != target->kind || !same_issuer_and_subject(&replacement, target))
        return refuse_number(q, ERR_BAD_REPLACEMENT, "something else at @", position, "");
    if (position <= target_position)
        return refuse_number(q, ERR_BAD_REPLACEMENT, "@", position, ", which is not later");
    return ERR_OK;
}

enum err admit_status(const struct submission *q)
{
    struct status_payload p;
    struct status_fold now;
    struct statement target;
    uint64_t position;

    TRY(status_decode(q->s->cose.payload, &p));
    TRY(require_signer(q));
    TRY(require_target(q, &p.target, &position, &target));
    TRY(require_revocable(q, &target));
    TRY(status_fold(q->l, &p.target, q->s->iss, q->at->position, &now));
    TRY(require_move(q, &now, p.status));
    return p.status == STATUS_SUPERSEDED ? require_replacement(q, &p.replacement, &target, position) : ERR_OK;
}
