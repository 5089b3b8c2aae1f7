/* See statement.h. Making: what is signed is read again before it leaves. */
#include "log/statement/statement.h"

/* iss, sub and home at their longest, the longest typ, and what else a draft can have. */
#define PROTECTED_MAX 2048

static void put_date(struct out *o, int64_t claim, bool has, uint64_t date)
{
    if (!has) return;
    cbor_put_int(o, claim);
    cbor_put_uint(o, date);
}

static void put_text(struct out *o, int64_t key, struct span text)
{
    if (text.len == 0) return;
    cbor_put_int(o, key);
    cbor_put_text(o, text);
}

/* Keys in the order of their encoded bytes, as everywhere: positive ones, then negative ones falling. */
static void claims_put(const struct draft *d, struct out *o)
{
    unsigned count =
        2U + d->has_exp + d->has_nbf + d->has_iat + d->has_schema + (d->depends_count > 0) + (d->home.len > 0);

    cbor_put_map(o, count);
    put_text(o, CLAIM_ISS, d->iss);
    put_text(o, CLAIM_SUB, d->sub);
    put_date(o, CLAIM_EXP, d->has_exp, d->exp);
    put_date(o, CLAIM_NBF, d->has_nbf, d->nbf);
    put_date(o, CLAIM_IAT, d->has_iat, d->iat);
    if (d->has_schema) {
        cbor_put_int(o, CLAIM_SCHEMA);
        cbor_put_bytes(o, hash_span(&d->schema));
    }
    if (d->depends_count > 0) {
        cbor_put_int(o, CLAIM_DEPENDS);
        cbor_put_array(o, d->depends_count);
        for (size_t i = 0; i < d->depends_count; i++) cbor_put_bytes(o, hash_span(&d->depends[i]));
    }
    put_text(o, CLAIM_HOME, d->home);
}

static void protected_put(const struct draft *d, const struct hash *kid, struct out *o)
{
    struct span typ = span_text(kind_row(d->kind)->typ);

    cbor_put_map(o, 3U + (typ.len > 0) + (d->is_private ? 2U : 0U));
    cbor_put_int(o, LABEL_ALG);
    cbor_put_int(o, ALG_EDDSA);
    cbor_put_int(o, LABEL_KID);
    cbor_put_bytes(o, hash_span(kid));
    cbor_put_int(o, LABEL_CWT_CLAIMS);
    claims_put(d, o);
    put_text(o, LABEL_TYP, typ);
    if (!d->is_private) return;
    cbor_put_int(o, LABEL_PREIMAGE_ALG);
    cbor_put_int(o, ALG_SHA256);
    put_text(o, LABEL_PREIMAGE_TYPE, SPAN(TYPE_PRIVATE_CLAIMS));
}

/* Before anything is signed: what would not fit, and names that decoding would refuse. */
static enum err draft_check(const struct draft *d)
{
    ASSERT(d->kind < KIND_COUNT);
    ASSERT(d->depends_count <= DEPENDS_MAX);
    if (!iss_good(d->iss)) return ERR_BAD_ISS;
    TRY(sub_check(d->sub));
    if (d->home.len > 0 && !iss_good(d->home)) return ERR_BAD_CLAIMS_SET;
    if (d->payload.len > STATEMENT_SIZE_MAX) return ERR_STATEMENT_TOO_LARGE;
    return ERR_OK;
}

static enum err draft_sign(const struct draft *d, const struct secret_key *key, struct out *o)
{
    uint8_t protected[PROTECTED_MAX], work[STATEMENT_SIZE_MAX + PROTECTED_MAX + SIGN1_MORE];
    struct out p = out_over(protected, sizeof(protected));
    struct public_key public = secret_key_public(key);
    struct hash kid = cose_key_thumbprint(&public);
    struct sign1 s = {.payload = d->payload};

    protected_put(d, &kid, &p);
    ASSERT(!p.full);
    s.protected = out_span(&p);
    TRY(sign1_sign(&s, d->payload, key, out_over(work, sizeof(work))));
    sign1_encode_canonical(&s, o);
    return out_check(o);
}

enum err statement_make(const struct draft *d, const struct secret_key *key, struct out *o)
{
    struct out at = *o;
    struct statement made;

    TRY(draft_check(d));
    TRY(draft_sign(d, key, &at));
    TRY(statement_decode(span_slice(out_span(&at), o->len, at.len), &made));
    *o = at;
    return ERR_OK;
}
