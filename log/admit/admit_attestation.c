/* Attestations: what they rest on, and the schema they are checked against. */
#include "log/admit/submission.h"

#define BYTES_MAX_DEFAULT (16 * 1024)

static enum err require_size(const struct submission *q, const struct memo_rules *rules)
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

/* Private claims are a hash here: whoever opens them checks them. */
static enum err require_claims_fit(const struct submission *q, const struct schema_payload *schema)
{
    struct span field = {NULL, 0};
    enum err e;

    if (q->s->is_private)
        return schema->private_allowed ? ERR_OK : refuse(q, ERR_PRIVATE_REFUSED, "claims that are only a hash");
    e = schema_check(schema, q->s->cose.payload, &field);
    if (e == ERR_CLAIMS_MISMATCH) return refuse_span(q, e, "another value, or none, in the field ", field, "");
    return e;
}

static enum err require_schema(const struct submission *q)
{
    struct memo_schema room;
    const struct memo_schema *schema;

    TRY(earlier_schema(q, &q->s->schema, &room, &schema));
    if (schema->status != STATUS_VALID)
        return refuse_span(q, ERR_SCHEMA_NOT_VALID, "a schema that is ", span_text(status_word(schema->status)), "");
    TRY(require_claims_fit(q, &schema->p));
    return require_validity(q, &schema->p);
}

enum err admit_attestation(const struct submission *q)
{
    struct memo_rules rules;

    TRY(rules_now(q, &rules));
    TRY(require_issuer(q, &rules));
    TRY(require_size(q, &rules));
    TRY(require_dates(q));
    TRY(require_dependencies(q));
    return q->s->has_schema ? require_schema(q) : ERR_OK;
}
