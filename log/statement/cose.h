/* COSE_Sign1 taken apart and put together, COSE_Key, and the thumbprint that names a key (RFC 9679). */
#ifndef CAIRN_COSE_H
#define CAIRN_COSE_H

#include "log/base/cbor.h"
#include "log/base/sign.h"
#include "log/statement/labels.h"

/* The four parts, borrowed. `unprotected` is the encoded map. */
struct sign1 {
    struct span protected, unprotected, payload;
    bool detached; /* payload null */
    struct signature signature;
};
/* Tagged, four parts, no label in both maps, a signature of 64 bytes, nothing behind it. What is read
 * encodes to the same bytes again. Looks into the protected bytes only when the unprotected map is filled. */
enum err sign1_decode(struct span bytes, struct sign1 *ret) MUST_USE;
/* Encodes with `unprotected` (an encoded map; empty span: the empty map). */
void sign1_encode(const struct sign1 *s, struct out *o);
/* d2 84 protected a0 payload signature: what is hashed, stored and served. */
void sign1_encode_canonical(const struct sign1 *s, struct out *o);
/* What a Sig_structure adds to the protected bytes and the payload. */
#define SIGN1_MORE 64
/* The Sig_structure over the protected bytes as received. `payload` is explicit: it may be detached.
 * `work` must hold them both and SIGN1_MORE; ERR_NO_ROOM otherwise. */
enum err sign1_verify(const struct sign1 *s, struct span payload, const struct public_key *key,
                      struct out work) MUST_USE;
enum err sign1_sign(struct sign1 *s, struct span payload, const struct secret_key *key, struct out work) MUST_USE;

/* {1: 1, -1: 6, -2: x}, exactly; the key must be good (sign.h). ERR_BAD_KEY otherwise. */
enum err cose_key_decode(struct cbor *c, struct public_key *ret) MUST_USE;
/* The form alone: for a key whose point was checked when it was admitted. Never for one that comes in. */
enum err cose_key_read(struct cbor *c, struct public_key *ret) MUST_USE;
void cose_key_put(struct out *o, const struct public_key *key);
struct hash cose_key_thumbprint(const struct public_key *key);

/* "urn:ietf:params:oauth:ckt:sha-256:…" and "ckt:…" of a thumbprint; 43 letters each. */
#define CKT_URN_LEN 77
#define CKT_SHORT_LEN 47
void ckt_urn(const struct hash *thumbprint, struct out *o);
void ckt_short(const struct hash *thumbprint, struct out *o);
/* Either spelling; ERR_BAD_ISS otherwise. */
enum err ckt_decode(struct span text, struct hash *ret) MUST_USE;

#endif
