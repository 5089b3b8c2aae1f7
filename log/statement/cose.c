/* See cose.h. */
#include "log/statement/cose.h"

#include "log/base/codec.h"

#define PARTS_COUNT 4
#define KEY_TYPE_OKP 1
#define CURVE_ED25519 6

/* A label of a COSE header is an integer or a text. */
static enum err label_next(struct cbor_map *m, struct span *ret)
{
    struct span key;

    TRY(cbor_map_key(m, &key));
    if (key.ptr[0] >> 5 == CBOR_BYTES) return ERR_BAD_HEADER;
    *ret = key;
    return ERR_OK;
}

/* All labels of a map that is everything `map` holds: *ret then knows where each begins. */
static enum err labels_read(struct cbor *map, struct cbor_map *ret)
{
    struct span ignored;

    TRY(cbor_map_open(map, ret));
    while (cbor_map_more(ret)) {
        TRY(label_next(ret, &ignored));
        TRY(cbor_item(map, &ignored));
    }
    return cbor_end(map);
}

/* An encoded label is never the beginning of another, so that equal beginnings are equal labels. */
static bool labels_have(const struct cbor_map *m, const uint8_t *end, struct span label)
{
    for (uint64_t i = 0; i < m->read; i++) {
        const uint8_t *at = m->start + m->key_at[i];

        if ((size_t)(end - at) >= label.len && memcmp(at, label.ptr, label.len) == 0) return true;
    }
    return false;
}

/* RFC 9052, section 3: no label stands in both maps. The protected one is read once, and not at all when the other
 * is empty. */
static enum err labels_apart(struct span protected, struct span unprotected)
{
    struct cbor p = cbor_over(protected), u = cbor_over(unprotected);
    struct cbor_map protected_map, m;
    struct span label, ignored;

    protected_map.read = 0;
    TRY(cbor_map_open(&u, &m));
    if (cbor_map_more(&m)) TRY(labels_read(&p, &protected_map));
    while (cbor_map_more(&m)) {
        TRY(label_next(&m, &label));
        TRY(cbor_item(&u, &ignored));
        if (labels_have(&protected_map, protected.ptr + protected.len, label)) return ERR_BAD_HEADER;
    }
    return ERR_OK;
}

static enum err unprotected_read(struct cbor *c, struct sign1 *s)
{
    enum cbor_type type;

    TRY(cbor_peek(c, &type));
    if (type != CBOR_MAP) return ERR_CBOR_TYPE;
    TRY(cbor_item(c, &s->unprotected));
    return labels_apart(s->protected, s->unprotected);
}

static enum err payload_read(struct cbor *c, struct sign1 *s)
{
    enum cbor_type type;

    TRY(cbor_peek(c, &type));
    s->detached = type == CBOR_SIMPLE;
    s->payload = span_of(NULL, 0);
    return s->detached ? cbor_null(c) : cbor_bytes(c, &s->payload);
}

static enum err parts_read(struct cbor *c, struct sign1 *s)
{
    uint64_t tag;

    TRY(cbor_tag(c, &tag));
    if (tag != COSE_TAG_SIGN1) return ERR_NOT_SIGN1;
    TRY(cbor_array_exact(c, PARTS_COUNT));
    TRY(cbor_bytes(c, &s->protected));
    TRY(unprotected_read(c, s));
    TRY(payload_read(c, s));
    TRY(cbor_bytes_into(c, s->signature.b, sizeof(s->signature.b)));
    return cbor_end(c);
}

enum err sign1_decode(struct span bytes, struct sign1 *ret)
{
    struct cbor c = cbor_over(bytes);
    struct sign1 s;

    TRY(cbor_named(parts_read(&c, &s), ERR_NOT_SIGN1));
    *ret = s;
    return ERR_OK;
}

void sign1_encode(const struct sign1 *s, struct out *o)
{
    cbor_put_tag(o, COSE_TAG_SIGN1);
    cbor_put_array(o, PARTS_COUNT);
    cbor_put_bytes(o, s->protected);
    if (s->unprotected.len == 0)
        cbor_put_map(o, 0);
    else
        out_bytes(o, s->unprotected);
    if (s->detached)
        cbor_put_null(o);
    else
        cbor_put_bytes(o, s->payload);
    cbor_put_bytes(o, span_of(s->signature.b, sizeof(s->signature.b)));
}

void sign1_encode_canonical(const struct sign1 *s, struct out *o)
{
    struct sign1 stripped = *s;

    stripped.unprotected = span_of(NULL, 0);
    sign1_encode(&stripped, o);
}

/* RFC 9052, section 4.4, with nothing in external_aad. */
static enum err sig_structure(const struct sign1 *s, struct span payload, struct out *o)
{
    cbor_put_array(o, 4);
    cbor_put_text(o, SPAN("Signature1"));
    cbor_put_bytes(o, s->protected);
    cbor_put_bytes(o, span_of(NULL, 0));
    cbor_put_bytes(o, payload);
    return out_check(o);
}

enum err sign1_verify(const struct sign1 *s, struct span payload, const struct public_key *key, struct out work)
{
    TRY(sig_structure(s, payload, &work));
    return sign_verify(key, out_span(&work), &s->signature) ? ERR_OK : ERR_BAD_SIGNATURE;
}

enum err sign1_sign(struct sign1 *s, struct span payload, const struct secret_key *key, struct out work)
{
    TRY(sig_structure(s, payload, &work));
    sign_make(key, out_span(&work), &s->signature);
    return ERR_OK;
}

/* One pair of a COSE_Key; the map has made sure that none comes twice. */
static enum err key_pair(struct cbor *c, int64_t label, struct public_key *key)
{
    uint64_t value;

    if (label == -2) return cbor_bytes_into(c, key->b, sizeof(key->b));
    if (label != 1 && label != -1) return ERR_BAD_KEY;
    TRY(cbor_uint(c, &value));
    return value == (label == 1 ? KEY_TYPE_OKP : CURVE_ED25519) ? ERR_OK : ERR_BAD_KEY;
}

static enum err key_read(struct cbor *c, struct public_key *ret)
{
    struct cbor_map m;
    int64_t label;

    TRY(cbor_map_open(c, &m));
    if (m.pairs != 3) return ERR_BAD_KEY;
    while (cbor_map_more(&m)) {
        TRY(cbor_map_key_int(&m, &label));
        TRY(key_pair(c, label, ret));
    }
    return ERR_OK;
}

enum err cose_key_read(struct cbor *c, struct public_key *ret)
{
    struct cbor at = *c;
    struct public_key key;

    TRY(cbor_named(key_read(&at, &key), ERR_BAD_KEY));
    *ret = key;
    *c = at;
    return ERR_OK;
}

enum err cose_key_decode(struct cbor *c, struct public_key *ret)
{
    struct cbor at = *c;
    struct public_key key;

    TRY(cose_key_read(&at, &key));
    if (!public_key_good(&key)) return ERR_BAD_KEY;
    *ret = key;
    *c = at;
    return ERR_OK;
}

void cose_key_put(struct out *o, const struct public_key *key)
{
    cbor_put_map(o, 3);
    cbor_put_int(o, 1);
    cbor_put_uint(o, KEY_TYPE_OKP);
    cbor_put_int(o, -1);
    cbor_put_uint(o, CURVE_ED25519);
    cbor_put_int(o, -2);
    cbor_put_bytes(o, span_of(key->b, sizeof(key->b)));
}

struct hash cose_key_thumbprint(const struct public_key *key)
{
    uint8_t encoded[48];
    struct out o = out_over(encoded, sizeof(encoded));

    cose_key_put(&o, key);
    ASSERT(!o.full);
    return hash_of(out_span(&o));
}

void ckt_urn(const struct hash *thumbprint, struct out *o)
{
    out_text(o, CKT_URN);
    base64url_encode(hash_span(thumbprint), o);
}

void ckt_short(const struct hash *thumbprint, struct out *o)
{
    out_text(o, CKT_SHORT);
    base64url_encode(hash_span(thumbprint), o);
}

enum err ckt_decode(struct span text, struct hash *ret)
{
    struct hash thumbprint;
    struct out o = out_over(thumbprint.b, sizeof(thumbprint.b));
    size_t prefix;

    if (span_starts(text, SPAN(CKT_URN)) && text.len == CKT_URN_LEN)
        prefix = sizeof(CKT_URN) - 1;
    else if (span_starts(text, SPAN(CKT_SHORT)) && text.len == CKT_SHORT_LEN)
        prefix = sizeof(CKT_SHORT) - 1;
    else
        return ERR_BAD_ISS;
    if (base64url_decode(span_slice(text, prefix, text.len), &o) != ERR_OK) return ERR_BAD_ISS;
    *ret = thumbprint;
    return ERR_OK;
}
