/* See receipt.h. */
#include "log/statement/receipt.h"

#include "log/statement/statement.h"

/* alg, vds and kid, and the origin twice. */
#define PROTECTED_MAX (2 * ISS_MAX + 96)
/* One path of 63 hashes. */
#define PROOF_MAX (TREE_PATH_MAX * 34 + 32)

/* What both sorts are made of. The numbers are size and index of an inclusion, the two sizes of a consistency. */
struct parts {
    int64_t sort; /* VDP_… */
    struct hash kid;
    struct span iss;
    uint64_t first, second;
    struct tree_path path;
    struct signature signature;
};

/* Keys in the order of their encoded bytes. */
static void protected_put(struct span origin, const struct hash *kid, struct out *o)
{
    cbor_put_map(o, 4);
    cbor_put_int(o, LABEL_ALG);
    cbor_put_int(o, ALG_EDDSA);
    cbor_put_int(o, LABEL_KID);
    cbor_put_bytes(o, hash_span(kid));
    cbor_put_int(o, LABEL_CWT_CLAIMS);
    cbor_put_map(o, 2);
    cbor_put_int(o, CLAIM_ISS);
    cbor_put_text(o, origin);
    cbor_put_int(o, CLAIM_SUB);
    cbor_put_text(o, origin);
    cbor_put_int(o, LABEL_VDS);
    cbor_put_uint(o, VDS_RFC9162);
}

/* [number, number, path] in a byte string of its own. */
static void proof_put(const struct parts *r, struct out *o)
{
    uint8_t bytes[PROOF_MAX];
    struct out p = out_over(bytes, sizeof(bytes));

    cbor_put_array(&p, 3);
    cbor_put_uint(&p, r->first);
    cbor_put_uint(&p, r->second);
    cbor_put_array(&p, r->path.count);
    for (size_t i = 0; i < r->path.count; i++) cbor_put_bytes(&p, hash_span(&r->path.hash[i]));
    ASSERT(!p.full);
    cbor_put_bytes(o, out_span(&p));
}

static void unprotected_put(const struct parts *r, struct out *o)
{
    cbor_put_map(o, 1);
    cbor_put_int(o, LABEL_VDP);
    cbor_put_map(o, 1);
    cbor_put_int(o, r->sort);
    cbor_put_array(o, 1);
    proof_put(r, o);
}

enum err receipt_sign(struct span origin, const struct hash *root, const struct secret_key *key, struct signature *ret)
{
    uint8_t protected[PROTECTED_MAX], work[PROTECTED_MAX + sizeof(struct hash) + SIGN1_MORE];
    struct out p = out_over(protected, sizeof(protected));
    struct public_key public = secret_key_public(key);
    struct hash kid = cose_key_thumbprint(&public);
    struct sign1 s = {.detached = true};

    if (!iss_good(origin)) return ERR_BAD_ISS;
    protected_put(origin, &kid, &p);
    ASSERT(!p.full);
    s.protected = out_span(&p);
    TRY(sign1_sign(&s, hash_span(root), key, out_over(work, sizeof(work))));
    *ret = s.signature;
    return ERR_OK;
}

static void parts_encode(const struct parts *r, struct out *o)
{
    uint8_t protected[PROTECTED_MAX], unprotected[PROOF_MAX + 16];
    struct out p = out_over(protected, sizeof(protected)), u = out_over(unprotected, sizeof(unprotected));
    struct sign1 s = {.detached = true, .signature = r->signature};

    ASSERT(r->iss.len <= ISS_MAX);
    ASSERT(r->path.count <= TREE_PATH_MAX);
    protected_put(r->iss, &r->kid, &p);
    unprotected_put(r, &u);
    ASSERT(!p.full);
    ASSERT(!u.full);
    s.protected = out_span(&p);
    s.unprotected = out_span(&u);
    sign1_encode(&s, o);
}

/* ---- reading: only where each value stands; encoding again finds whatever else differs ---- */

static enum err key_is(struct cbor *c, int64_t wanted)
{
    return cbor_named(cbor_int_exact(c, wanted), ERR_BAD_HEADER);
}

static enum err pairs_are(struct cbor *c, uint64_t wanted)
{
    return cbor_named(cbor_map_exact(c, wanted), ERR_BAD_HEADER);
}

static enum err claims_read(struct cbor *c, struct parts *r)
{
    struct span sub;

    TRY(pairs_are(c, 2));
    TRY(key_is(c, CLAIM_ISS));
    TRY(cbor_text(c, &r->iss));
    TRY(key_is(c, CLAIM_SUB));
    TRY(cbor_text(c, &sub));
    if (!iss_good(r->iss)) return ERR_BAD_ISS;
    return span_equal(r->iss, sub) ? ERR_OK : ERR_BAD_CLAIMS_SET;
}

static enum err protected_read(struct cbor c, struct parts *r)
{
    uint64_t vds;
    int64_t alg;

    TRY(pairs_are(&c, 4));
    TRY(key_is(&c, LABEL_ALG));
    TRY(cbor_int(&c, &alg));
    if (alg != ALG_EDDSA) return ERR_BAD_ALG;
    TRY(key_is(&c, LABEL_KID));
    TRY(cbor_bytes_into(&c, r->kid.b, sizeof(r->kid.b)));
    TRY(key_is(&c, LABEL_CWT_CLAIMS));
    TRY(claims_read(&c, r));
    TRY(key_is(&c, LABEL_VDS));
    TRY(cbor_uint(&c, &vds));
    return cbor_end(&c);
}

static enum err sizes_check(const struct parts *r)
{
    uint64_t size = r->sort == VDP_INCLUSION ? r->first : r->second;

    if (size > TREE_SIZE_MAX) return ERR_BAD_SIZE;
    if (r->sort == VDP_INCLUSION) return r->second < r->first ? ERR_OK : ERR_BAD_SIZE;
    return r->first > 0 && r->first < r->second ? ERR_OK : ERR_BAD_SIZE;
}

/* A tree of one leaf has no path, nor is there one between equal trees: RFC 9942 has no way to write none. */
static enum err proof_read(struct cbor c, struct parts *r)
{
    uint64_t count = 0;

    TRY(cbor_named(cbor_array_exact(&c, 3), ERR_BAD_PROOF));
    TRY(cbor_uint(&c, &r->first));
    TRY(cbor_uint(&c, &r->second));
    TRY(cbor_array(&c, &count));
    TRY(sizes_check(r));
    if (count < 1 || count > TREE_PATH_MAX) return ERR_BAD_PROOF;
    for (r->path.count = 0; r->path.count < count; r->path.count++)
        TRY(cbor_bytes_into(&c, r->path.hash[r->path.count].b, sizeof(struct hash)));
    return cbor_end(&c);
}

static enum err unprotected_read(struct cbor c, struct parts *r)
{
    struct span proof;

    TRY(pairs_are(&c, 1));
    TRY(key_is(&c, LABEL_VDP));
    TRY(pairs_are(&c, 1));
    TRY(key_is(&c, r->sort));
    TRY(cbor_named(cbor_array_exact(&c, 1), ERR_BAD_PROOF));
    TRY(cbor_bytes(&c, &proof));
    return proof_read(cbor_over(proof), r);
}

static enum err parts_decode(struct span bytes, int64_t sort, struct parts *ret)
{
    uint8_t again[RECEIPT_SIZE_MAX];
    struct out o = out_over(again, sizeof(again));
    struct parts r = {.sort = sort};
    struct sign1 s;

    if (bytes.len > RECEIPT_SIZE_MAX) return ERR_NO_ROOM;
    TRY(sign1_decode(bytes, &s));
    if (!s.detached) return ERR_NOT_SIGN1;
    TRY(protected_read(cbor_over(s.protected), &r));
    TRY(unprotected_read(cbor_over(s.unprotected), &r));
    r.signature = s.signature;
    parts_encode(&r, &o);
    if (o.full || !span_equal(out_span(&o), bytes)) return ERR_BAD_HEADER;
    *ret = r;
    return ERR_OK;
}

/* The signature over `root`, and that the key is the one which is named. */
static enum err signature_check(struct span iss, const struct hash *kid, const struct signature *signature,
                                const struct hash *root, const struct public_key *key)
{
    uint8_t protected[PROTECTED_MAX], work[PROTECTED_MAX + sizeof(struct hash) + SIGN1_MORE];
    struct out p = out_over(protected, sizeof(protected));
    struct sign1 s = {.detached = true, .signature = *signature};
    struct hash own = cose_key_thumbprint(key);

    if (!hash_equal(&own, kid)) return ERR_BAD_SIGNATURE;
    protected_put(iss, kid, &p);
    if (p.full) return ERR_BAD_ISS;
    s.protected = out_span(&p);
    return sign1_verify(&s, hash_span(root), key, out_over(work, sizeof(work)));
}

/* ---- the two sorts ---- */

void receipt_encode(const struct receipt *r, struct out *o)
{
    struct parts p = {VDP_INCLUSION, r->kid, r->iss, r->size, r->index, r->path, r->signature};

    parts_encode(&p, o);
}

enum err receipt_decode(struct span bytes, struct receipt *ret)
{
    struct parts p;

    TRY(parts_decode(bytes, VDP_INCLUSION, &p));
    *ret = (struct receipt){p.kid, p.iss, p.first, p.second, p.path, p.signature};
    return ERR_OK;
}

enum err receipt_verify(const struct receipt *r, const struct hash *root, const struct public_key *key)
{
    return signature_check(r->iss, &r->kid, &r->signature, root, key);
}

void consistency_receipt_encode(const struct consistency_receipt *r, struct out *o)
{
    struct parts p = {VDP_CONSISTENCY, r->kid, r->iss, r->old, r->size, r->path, r->signature};

    parts_encode(&p, o);
}

enum err consistency_receipt_decode(struct span bytes, struct consistency_receipt *ret)
{
    struct parts p;

    TRY(parts_decode(bytes, VDP_CONSISTENCY, &p));
    *ret = (struct consistency_receipt){p.kid, p.iss, p.first, p.second, p.path, p.signature};
    return ERR_OK;
}

enum err consistency_receipt_verify(const struct consistency_receipt *r, const struct hash *old_root,
                                    const struct public_key *key, struct hash *ret_root)
{
    struct hash root;

    TRY(tree_consistency_root(r->old, r->size, r->path.hash, r->path.count, old_root, &root));
    TRY(signature_check(r->iss, &r->kid, &r->signature, &root, key));
    *ret_root = root;
    return ERR_OK;
}
