/* See statement.h. Reading: the maps label by label, then what each kind must keep to. */
#include "log/statement/statement.h"

static const struct kind_row kinds[KIND_COUNT] = {
    [KIND_ATTESTATION] = {"attestation", NULL, PURPOSE_ATTEST, STATEMENT_SIZE_MAX},
    [KIND_ISSUER] = {"issuer", TYP_ISSUER, PURPOSE_ISSUER, 2048},
    [KIND_RULES] = {"rules", TYP_RULES, PURPOSE_RULES, 16384},
    [KIND_SCHEMA] = {"schema", TYP_SCHEMA, PURPOSE_ATTEST, 8192},
    [KIND_STATUS] = {"status", TYP_STATUS, PURPOSE_STATUS, 1024},
    [KIND_SEAL] = {"seal", TYP_SEAL, PURPOSE_SEAL, 1024},
};

/* A byte string of 32 bytes, with its head. */
#define ID_ENCODED_LEN (2 + sizeof(struct hash))

/* Which labels or claims a map had. */
enum {
    HAS_ALG = 1 << 0,
    HAS_KID = 1 << 1,
    HAS_CLAIMS = 1 << 2,
    HAS_TYP = 1 << 3,
    HAS_ENVELOPE = 1 << 4,
    HAS_ISS = 1 << 5,
    HAS_SUB = 1 << 6,
    HAS_HOME = 1 << 7,
    HAS_PREIMAGE = 1 << 8, /* a label that speaks of what was hashed */
    HAS_CONTENT_TYPE = 1 << 9,
    HAS_OTHER = 1 << 10 /* allowed to attestations only */
};
#define HEADER_NEEDED (HAS_ALG | HAS_KID | HAS_CLAIMS)
#define CLAIMS_NEEDED (HAS_ISS | HAS_SUB)

const struct kind_row *kind_row(enum statement_kind kind)
{
    ASSERT(kind < KIND_COUNT);
    return &kinds[kind];
}

struct hash statement_depends(const struct statement *s, size_t n)
{
    struct hash id;

    ASSERT(n < s->depends_count);
    memcpy(id.b, s->depends.ptr + (n + 1) * ID_ENCODED_LEN - sizeof(id.b), sizeof(id.b));
    return id;
}

/* ---- reading maps ---- */

/* The next key, an integer or a text. Texts, and integers no one uses, come out as 0, which is
 * registered to nobody. */
static enum err key_next(struct cbor_map *m, enum err when_type, int64_t *ret)
{
    struct span key;
    struct cbor c;

    TRY(cbor_map_key(m, &key));
    if (key.ptr[0] >> 5 == CBOR_BYTES) return when_type;
    c = cbor_over(key);
    if (cbor_int(&c, ret) != ERR_OK) *ret = 0;
    return ERR_OK;
}

static enum err hash_read(struct cbor *c, struct hash *ret)
{
    return cbor_bytes_into(c, ret->b, sizeof(ret->b));
}

/* A text, or a CoAP content format, which leaves *ret empty. */
static enum err media_type_read(struct cbor *c, struct span *ret)
{
    enum cbor_type type;
    uint64_t ignored;

    TRY(cbor_peek(c, &type));
    return type == CBOR_UINT ? cbor_uint(c, &ignored) : cbor_text(c, ret);
}

/* 1 to 16 ids, each once. Every one takes as many bytes, so that the n-th is found. */
static enum err depends_read(struct cbor *c, struct statement *s)
{
    uint64_t count;

    TRY(cbor_array(c, &count));
    if (count < 1 || count > DEPENDS_MAX) return ERR_BAD_CLAIMS_SET;
    s->depends = span_of(c->rest.ptr, (size_t)count * ID_ENCODED_LEN);
    for (s->depends_count = 0; s->depends_count < count; s->depends_count++) {
        struct hash id, other;

        TRY(hash_read(c, &id));
        for (size_t i = 0; i < s->depends_count; i++) {
            other = statement_depends(s, i);
            if (hash_equal(&other, &id)) return ERR_BAD_CLAIMS_SET;
        }
    }
    return ERR_OK;
}

static enum err other_read(struct cbor *c, unsigned *has)
{
    struct span ignored;

    *has |= HAS_OTHER;
    return cbor_item(c, &ignored);
}

/* ---- claims ---- */

static enum err date_read(struct cbor *c, bool *ret_has, uint64_t *ret)
{
    *ret_has = true;
    return cbor_uint(c, ret);
}

static enum err claim_read(struct cbor *c, int64_t claim, struct statement *s, unsigned *has)
{
    switch (claim) {
    case CLAIM_ISS: *has |= HAS_ISS; return cbor_text(c, &s->iss);
    case CLAIM_SUB: *has |= HAS_SUB; return cbor_text(c, &s->sub);
    case CLAIM_HOME: *has |= HAS_HOME; return cbor_text(c, &s->home);
    case CLAIM_EXP: return date_read(c, &s->has_exp, &s->exp);
    case CLAIM_NBF: return date_read(c, &s->has_nbf, &s->nbf);
    case CLAIM_IAT: return date_read(c, &s->has_iat, &s->iat);
    case CLAIM_SCHEMA: s->has_schema = true; return hash_read(c, &s->schema);
    case CLAIM_DEPENDS: *has |= HAS_OTHER; return depends_read(c, s);
    default: return other_read(c, has);
    }
}

/* What every kind must keep to. */
static enum err claims_check(const struct statement *s, unsigned has)
{
    if ((has & CLAIMS_NEEDED) != CLAIMS_NEEDED) return ERR_BAD_CLAIMS_SET;
    if (!iss_good(s->iss)) return ERR_BAD_ISS;
    TRY(sub_check(s->sub));
    if ((has & HAS_HOME) && !iss_good(s->home)) return ERR_BAD_CLAIMS_SET;
    return ERR_OK;
}

static enum err claims_read(struct cbor *c, struct statement *s, unsigned *has)
{
    struct cbor_map m;
    int64_t claim;

    TRY(cbor_named(cbor_map_open(c, &m), ERR_BAD_CLAIMS_SET));
    while (cbor_map_more(&m)) {
        TRY(key_next(&m, ERR_BAD_CLAIMS_SET, &claim));
        TRY(cbor_named(claim_read(c, claim, s, has), ERR_BAD_CLAIMS_SET));
    }
    return ERR_OK;
}

/* ---- the protected map ---- */

struct header {
    unsigned labels, claims;
};

static enum err alg_read(struct cbor *c)
{
    int64_t alg;

    if (cbor_int(c, &alg) != ERR_OK) return ERR_BAD_ALG;
    return alg == ALG_EDDSA || alg == ALG_ED25519 ? ERR_OK : ERR_BAD_ALG;
}

static enum err preimage_alg_read(struct cbor *c)
{
    int64_t alg;

    return cbor_int(c, &alg) == ERR_OK && alg == ALG_SHA256 ? ERR_OK : ERR_BAD_HEADER;
}

static enum err location_read(struct cbor *c, struct span *ret)
{
    TRY(cbor_text(c, ret));
    return ret->len >= 1 && ret->len <= LOCATION_MAX ? ERR_OK : ERR_BAD_HEADER;
}

static enum err label_read(struct cbor *c, int64_t label, struct statement *s, struct header *h)
{
    switch (label) {
    case LABEL_ALG: h->labels |= HAS_ALG; return alg_read(c);
    case LABEL_KID: h->labels |= HAS_KID; return hash_read(c, &s->kid);
    case LABEL_CWT_CLAIMS: h->labels |= HAS_CLAIMS; return claims_read(c, s, &h->claims);
    case LABEL_TYP: h->labels |= HAS_TYP; return media_type_read(c, &s->typ);
    case LABEL_CONTENT_TYPE: h->labels |= HAS_CONTENT_TYPE; return media_type_read(c, &s->content_type);
    case LABEL_PREIMAGE_ALG: h->labels |= HAS_ENVELOPE; return preimage_alg_read(c);
    case LABEL_PREIMAGE_TYPE: h->labels |= HAS_PREIMAGE; return media_type_read(c, &s->preimage_type);
    case LABEL_PREIMAGE_LOCATION: h->labels |= HAS_PREIMAGE; return location_read(c, &s->preimage_location);
    case LABEL_CRIT:
    case LABEL_RECEIPTS:
    case LABEL_VDS:
    case LABEL_VDP: return ERR_BAD_HEADER;
    default: return other_read(c, &h->labels);
    }
}

/* All of it is checked first, for depth counts from the outside; after that only meaning can be wrong. */
static enum err header_read(struct span protected, struct statement *s, struct header *h)
{
    struct cbor c = cbor_over(protected);
    struct cbor_map m;
    int64_t label;

    TRY(cbor_check(protected));
    TRY(cbor_named(cbor_map_open(&c, &m), ERR_BAD_HEADER));
    while (cbor_map_more(&m)) {
        TRY(key_next(&m, ERR_BAD_HEADER, &label));
        TRY(cbor_named(label_read(&c, label, s, h), ERR_BAD_HEADER));
    }
    if (!(h->labels & HAS_ALG)) return ERR_BAD_ALG;
    if (!(h->labels & HAS_CLAIMS)) return ERR_BAD_CLAIMS_SET;
    return (h->labels & HEADER_NEEDED) == HEADER_NEEDED ? ERR_OK : ERR_BAD_HEADER;
}

/* ---- kinds ---- */

static enum err kind_find(struct span typ, enum statement_kind *ret)
{
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        if (kinds[kind].typ == NULL || !span_equal(typ, span_text(kinds[kind].typ))) continue;
        *ret = (enum statement_kind)kind;
        return ERR_OK;
    }
    if (span_starts_nocase(typ, SPAN(TYP_PREFIX)) || span_starts_nocase(typ, SPAN(TYP_PREFIX_SHORT)))
        return ERR_BAD_TYP;
    *ret = KIND_ATTESTATION;
    return ERR_OK;
}

/* Labels 1, 4, 15, 16 and claims iss, sub, home, ? iat: nothing less and nothing more. */
static enum err own_kind_check(const struct statement *s, const struct header *h)
{
    bool dated = s->has_exp || s->has_nbf || s->has_schema;

    if (h->labels != (HEADER_NEEDED | HAS_TYP)) return ERR_BAD_HEADER;
    if (h->claims != (CLAIMS_NEEDED | HAS_HOME) || dated) return ERR_BAD_CLAIMS_SET;
    if (s->kind == KIND_ISSUER && !span_equal(s->sub, s->iss)) return ERR_BAD_CLAIMS_SET;
    if ((s->kind == KIND_RULES || s->kind == KIND_SEAL) && !span_equal(s->sub, s->home)) return ERR_BAD_CLAIMS_SET;
    return ERR_OK;
}

static bool is_claims_type(struct span type)
{
    const struct span claims = SPAN(TYPE_PRIVATE_CLAIMS);

    return type.len == claims.len && span_starts_nocase(type, claims);
}

/* RFC 9995. A hash under a schema is that of private claims, and nothing else is said to be of their type. */
static enum err envelope_check(struct statement *s, const struct header *h)
{
    s->has_envelope = (h->labels & HAS_ENVELOPE) != 0;
    if (!s->has_envelope) return (h->labels & HAS_PREIMAGE) ? ERR_BAD_HEADER : ERR_OK;
    if (h->labels & HAS_CONTENT_TYPE) return ERR_BAD_HEADER;
    s->is_private = s->has_schema && span_equal(s->preimage_type, SPAN(TYPE_PRIVATE_CLAIMS));
    if (s->is_private) return ERR_OK;
    return s->has_schema || is_claims_type(s->preimage_type) ? ERR_BAD_HEADER : ERR_OK;
}

/* Claims under a schema are a map, whatever the schema says of them, or their hash. */
static enum err attestation_check(struct statement *s, const struct header *h)
{
    struct cbor c = cbor_over(s->cose.payload);
    enum cbor_type type;

    TRY(envelope_check(s, h));
    if (s->has_schema && !(h->claims & HAS_HOME)) return ERR_BAD_CLAIMS_SET;
    if (s->has_envelope) return s->cose.payload.len == sizeof(struct hash) ? ERR_OK : ERR_BAD_PAYLOAD;
    if (!s->has_schema) return ERR_OK;
    if (cbor_peek(&c, &type) != ERR_OK || type != CBOR_MAP) return ERR_BAD_PAYLOAD;
    return cbor_check(s->cose.payload);
}

/* ---- the whole ---- */

/* The canonical bytes as parts, without copying what they hold: heads come from `work`. */
struct canonical {
    uint8_t work[32];
    struct span part[5];
    size_t len;
};

static void canonical_parts(const struct sign1 *s, struct canonical *ret)
{
    struct out o = out_over(ret->work, sizeof(ret->work));
    size_t first, second;

    cbor_put_tag(&o, COSE_TAG_SIGN1);
    cbor_put_array(&o, 4);
    cbor_put_bytes_head(&o, s->protected.len);
    first = o.len;
    cbor_put_map(&o, 0);
    cbor_put_bytes_head(&o, s->payload.len);
    second = o.len;
    cbor_put_bytes_head(&o, sizeof(s->signature.b));
    ASSERT(!o.full);
    ret->part[0] = span_of(ret->work, first);
    ret->part[1] = s->protected;
    ret->part[2] = span_of(ret->work + first, second - first);
    ret->part[3] = s->payload;
    ret->part[4] = span_of(ret->work + second, o.len - second);
    ret->len = o.len + s->protected.len + s->payload.len + sizeof(s->signature.b);
}

static struct hash canonical_hash(const struct canonical *c, const struct signature *signature)
{
    const struct span all[] = {c->part[0], c->part[1], c->part[2],
                               c->part[3], c->part[4], span_of(signature->b, sizeof(signature->b))};

    return hash_parts(all, COUNT_OF(all));
}

enum err statement_of(const struct sign1 *cose, struct statement *ret)
{
    struct statement s = {.cose = *cose};
    struct header h = {0};
    struct canonical canonical;

    if (cose->detached) return ERR_NOT_SIGN1;
    canonical_parts(cose, &canonical);
    if (canonical.len > STATEMENT_SIZE_MAX) return ERR_STATEMENT_TOO_LARGE;
    TRY(header_read(cose->protected, &s, &h));
    TRY(kind_find(s.typ, &s.kind));
    if (canonical.len > kinds[s.kind].size_max) return ERR_STATEMENT_TOO_LARGE;
    TRY(claims_check(&s, h.claims));
    TRY(s.kind == KIND_ATTESTATION ? attestation_check(&s, &h) : own_kind_check(&s, &h));
    s.id = canonical_hash(&canonical, &cose->signature);
    *ret = s;
    return ERR_OK;
}

enum err statement_decode(struct span bytes, struct statement *ret)
{
    struct statement s;
    struct sign1 cose;

    if (bytes.len > STATEMENT_SIZE_MAX) return ERR_STATEMENT_TOO_LARGE;
    TRY(sign1_decode(bytes, &cose));
    if (cose.unprotected.len != 1) return ERR_UNPROTECTED;
    TRY(statement_of(&cose, &s));
    s.bytes = bytes;
    *ret = s;
    return ERR_OK;
}

enum err statement_canonical(struct span bytes, struct out *o)
{
    struct sign1 s;

    TRY(sign1_decode(bytes, &s));
    if (s.detached) return ERR_NOT_SIGN1;
    sign1_encode_canonical(&s, o);
    return out_check(o);
}

enum err statement_verify(const struct statement *s, const struct public_key *key)
{
    uint8_t work[STATEMENT_SIZE_MAX + SIGN1_MORE];

    return sign1_verify(&s->cose, s->cose.payload, key, out_over(work, sizeof(work)));
}
