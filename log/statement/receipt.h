/* COSE Receipts (RFC 9942, verifiable data structure 1) of inclusion and of consistency. */
#ifndef CAIRN_RECEIPT_H
#define CAIRN_RECEIPT_H

#include "log/statement/cose.h"
#include "log/tree/merkle.h"

#define RECEIPT_SIZE_MAX 3072

/* protected {1: -8, 4: kid, 15: {1: origin, 2: origin}, 395: 1}, unprotected {396: {-1: [proof]}} with one
 * proof, payload detached: it is the root. Signed once per checkpoint: the signature is over the root, the
 * rest differs by entry. */
struct receipt {
    struct hash kid;
    struct span iss; /* = sub = the log's origin */
    uint64_t size, index;
    struct tree_path path;
    struct signature signature;
};
/* The signature for all receipts under `root`, of either sort. ERR_BAD_ISS for an origin that no iss can be. */
enum err receipt_sign(struct span origin, const struct hash *root, const struct secret_key *key,
                      struct signature *ret) MUST_USE;
/* At most RECEIPT_SIZE_MAX bytes. */
void receipt_encode(const struct receipt *r, struct out *o);
/* Exactly what encoding writes, or refused. The path has a hash at least: a tree of one leaf has no receipt. */
enum err receipt_decode(struct span bytes, struct receipt *ret) MUST_USE;
/* The signature over `root` and that kid is the key's; the path is the caller's to fold. */
enum err receipt_verify(const struct receipt *r, const struct hash *root, const struct public_key *key) MUST_USE;

/* The same with {396: {-2: [proof]}}: the tree of `size` begins with the tree of `old`, 0 < old < size. The
 * payload is the newer root. */
struct consistency_receipt {
    struct hash kid;
    struct span iss;
    uint64_t old, size;
    struct tree_path path;
    struct signature signature;
};
/* Signed with receipt_sign over the newer root. */
void consistency_receipt_encode(const struct consistency_receipt *r, struct out *o);
enum err consistency_receipt_decode(struct span bytes, struct consistency_receipt *ret) MUST_USE;
/* Folds the path: to whoever knows the older root the receipt gives the newer one, vouched for by the key.
 * ERR_BAD_PROOF, ERR_BAD_SIZE, ERR_BAD_SIGNATURE. */
enum err consistency_receipt_verify(const struct consistency_receipt *r, const struct hash *old_root,
                                    const struct public_key *key, struct hash *ret_root) MUST_USE;

#endif
