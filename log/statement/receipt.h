/* COSE Receipts (RFC 9942, verifiable data structure 1) of inclusion. */
#ifndef CAIRN_RECEIPT_H
#define CAIRN_RECEIPT_H

#include "log/statement/cose.h"
#include "log/tree/merkle.h"

#define RECEIPT_SIZE_MAX 3072

/* Signed once per checkpoint: the signature is over the root, the rest differs by entry. */
struct receipt {
    struct hash kid;
    struct span iss; /* = sub = the log's origin */
    uint64_t size, index;
    struct tree_path path;
    struct signature signature;
};
/* The signature for all receipts under `root`. */
enum err receipt_sign(struct span origin, const struct hash *root, const struct secret_key *key,
                      struct signature *ret) MUST_USE;
void receipt_encode(const struct receipt *r, struct out *o);
enum err receipt_decode(struct span bytes, struct receipt *ret) MUST_USE;
/* The signature over `root`; the path is the caller's to fold. */
enum err receipt_verify(const struct receipt *r, const struct hash *root, const struct public_key *key) MUST_USE;

#endif
