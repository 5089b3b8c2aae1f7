/* Attestations, and the schemas they are checked against. */
#include "log/admit/submission.h"

#define BYTES_MAX_DEFAULT (16 * 1024)

/* Both by one issuer that is registered, admitted now, and signs with a listed key. */
static enum err require_issuer(const struct submission *q, struct rules_payload *ret_rules, struct public_key *ret_key)
{
    struct approval_fold approval;
    struct issuer issuer;

    TRY(require_signer(q, &issuer, ret_key));
    TRY(rules_now(q, ret_rules));
    return require_standing(q, ret_rules, &approval);
}

static enum err require_size(const struct submission *q, const struct rules_payload *rules)
{
    uint64_t most = rules->limit_bytes == 0 ? BYTES_MAX_DEFAULT : rules->limit_bytes;

    if (q->s->bytes.len <= most) return ERR_OK;
    return refuse_number(q, ERR_STATEMENT_TOO_LARGE, "", q->s->bytes.len, " bytes");
}

/* The longest validity is measured between dates that the issuer signed, so that every reader of the
 * statement finds the same. */
static enum err require_validity(const struct submission *q, const struct schema_payload *schema)
{
    const struct statement *s = q->s;

    if (!schema->has_validity) return ERR_OK;
    if (!s->has_exp) return refuse_number(q, ERR_BAD_DATES, "no expiry; at most ", schema->validity, " s after issue");
    if (!s->has_iat) return refuse(q, ERR_BAD_DATES, "no issue date");
    if (s->exp > s->iat && s->exp - s->iat > schema->validity)
        return refuse_number(q, ERR_BAD_DATES, "a validity of ", s->exp - s->iat, " s");
    return ERR_OK;
}

static enum err require_schema_valid(const struct submission *q, const struct statement *schema)
{
    struct status_fold f;

    TRY(status_fold(q->l, &schema->id, schema->iss, q->at->position, &f));
    if (f.status == STATUS_VALID) return ERR_OK;
    return refuse_span(q, ERR_SCHEMA_NOT_VALID, "a schema that is ", span_text(status_word(f.status)), "");
}

static enum err require_claims(const struct submission *q)
{
    struct schema_payload schema;
    struct statement published;
    struct span field = {NULL, 0};
    enum err e;

    TRY(earlier_schema(q, &q->s->schema, &published, &schema));
    TRY(require_schema_valid(q, &published));
    e = schema_check(&schema, q->s->cose.payload, &field);
    if (e == ERR_CLAIMS_MISMATCH) return refuse_span(q, e, "another value, or none, in the field ", field, "");
    TRY(e);
    return require_validity(q, &schema);
}

enum err admit_attestation(const struct submission *q, struct public_key *ret)
{
    struct rules_payload rules;

    TRY(require_issuer(q, &rules, ret));
    TRY(require_size(q, &rules));
    TRY(require_dates(q));
    return q->s->has_schema ? require_claims(q) : ERR_OK;
}

/* ERR_SCHEMA_EXISTS when the issuer has a schema of this name. */
static enum err require_new_name(const struct submission *q, struct span name)
{
    struct hash key = index_key(INDEX_SCHEMA_NAME, (struct span[]){q->s->iss, name});
    uint64_t count, position;
    struct statement s;

    TRY(q->l->count(q->l->ctx, &key, &count));
    for (uint64_t n = 0; n < count; n++) {
        TRY(q->l->item(q->l->ctx, &key, n, &position));
        if (position >= q->at->position) break;
        TRY(q->l->statement(q->l->ctx, position, &s));
        if (s.kind == KIND_SCHEMA && span_equal(s.iss, q->s->iss) && span_equal(s.sub, name))
            return refuse_number(q, ERR_SCHEMA_EXISTS, "one of that name at @", position, "");
    }
    return ERR_OK;
}

enum err admit_schema(const struct submission *q, struct public_key *ret)
{
    struct rules_payload rules;
    struct schema_payload p;

    TRY(schema_decode(q->s->cose.payload, &p));
    if (!span_equal(q->s->sub, p.name)) return refuse_span(q, ERR_WRONG_SUB, "the sub ", q->s->sub, "");
    if (p.version > 1) return refuse_number(q, ERR_NOT_BUILT, "version ", p.version, " of a schema");
    TRY(require_issuer(q, &rules, ret));
    TRY(require_dates(q));
    return require_new_name(q, p.name);
}
