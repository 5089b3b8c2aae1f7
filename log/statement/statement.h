/* One statement: the envelope that all kinds share, taken apart and checked, and made.
 * Knows the form of each kind's header; what payloads say is in the file of the kind. */
#ifndef CAIRN_STATEMENT_H
#define CAIRN_STATEMENT_H

#include "log/statement/cose.h"

#define STATEMENT_SIZE_MAX 65535 /* what a bundle can frame */
#define ISS_MAX 255
#define SUB_MAX 255
#define DEPENDS_MAX 16
#define LOCATION_MAX 1024

enum statement_kind { KIND_ATTESTATION, KIND_ISSUER, KIND_RULES, KIND_SCHEMA, KIND_STATUS, KIND_SEAL, KIND_COUNT };

/* The word for people ("attestation"), the typ, the purpose its key needs, its largest size. */
struct kind_row {
    const char *word, *typ;
    unsigned purpose;
    size_t size_max;
};
const struct kind_row *kind_row(enum statement_kind kind);

struct statement {
    struct span bytes; /* canonical; everything below borrows from it */
    struct hash id;
    struct sign1 cose;
    enum statement_kind kind;
    struct hash kid;
    struct span iss, sub, home, typ, content_type; /* empty = absent; the latter two also when a number */
    bool has_exp, has_nbf, has_iat, has_schema;
    uint64_t exp, nbf, iat;
    struct hash schema;
    bool has_envelope, is_private;                /* the payload is a hash: of something, of claims under the schema */
    struct span preimage_type, preimage_location; /* empty = absent; a type also when a number */
    size_t depends_count;
    struct span depends; /* depends_count hashes, each after its head: statement_depends */
};
/* The n-th id of those it depends on, n below depends_count. */
struct hash statement_depends(const struct statement *s, size_t n);

/* Canonical bytes only: the unprotected map empty, all heads minimal. Checks the envelope and the
 * protected map of the kind, that claims under a schema are a strict map or private, and that a hash
 * envelope holds a hash; no other payload, and not the signature. Of the claims: home where it must be, sub = iss of
 * issuer statements, sub = home of rules and seals; whether home and iss are this log's, and sub what the payload says,
 * is admission's. */
enum err statement_decode(struct span bytes, struct statement *ret) MUST_USE;
/* The same checks on parts that are separate already, whatever their unprotected map holds. The id is
 * that of the canonical bytes, which nobody puts together: ret->bytes is empty. */
enum err statement_of(const struct sign1 *cose, struct statement *ret) MUST_USE;
/* The canonical bytes of any COSE_Sign1 whose unprotected map may be filled (tools strip; the server
 * does not). Appends to *o. */
enum err statement_canonical(struct span bytes, struct out *o) MUST_USE;
/* Takes 64 KiB of stack, as making does. */
enum err statement_verify(const struct statement *s, const struct public_key *key) MUST_USE;
bool iss_good(struct span iss);
/* ERR_BAD_SUB or ERR_SUB_NOT_CANONICAL. */
enum err sub_check(struct span sub) MUST_USE;

/* A statement about to be signed. Empty spans and false flags leave claims out. */
struct draft {
    enum statement_kind kind;
    struct span iss, sub, home, payload;
    bool has_exp, has_nbf, has_iat, has_schema;
    uint64_t exp, nbf, iat;
    struct hash schema;
    bool is_private;      /* the payload is private_hash of a preimage of claims under the schema */
    size_t depends_count; /* at most DEPENDS_MAX */
    const struct hash *depends;
};
/* Appends the canonical bytes, signed, with alg -8; decodes them again before it says ERR_OK. */
enum err statement_make(const struct draft *d, const struct secret_key *key, struct out *o) MUST_USE;

#endif
