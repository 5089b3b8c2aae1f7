/* Ed25519 under one rule everywhere: canonical S; A and R canonical and not of small order;
 * A of prime order (checked where a key enters); the equation without cofactor. */
#ifndef CAIRN_SIGN_H
#define CAIRN_SIGN_H

#include "log/base/hash.h"

struct public_key {
    uint8_t b[32];
};
struct signature {
    uint8_t b[64];
};
/* libsodium's form: seed ‖ public key. Whoever holds one wipes it. */
struct secret_key {
    uint8_t b[64];
};

/* Canonical and of prime order. Costs about a signature; ask when a key enters, not per use. */
bool public_key_good(const struct public_key *key);
bool sign_verify(const struct public_key *key, struct span message, const struct signature *sig);
void sign_make(const struct secret_key *key, struct span message, struct signature *ret);
void secret_key_from_seed(const uint8_t seed[32], struct secret_key *ret);
struct public_key secret_key_public(const struct secret_key *key);
void secret_wipe(void *ptr, size_t len);

/* Known answers, mixed-order and small-order points included. False: the linked library decides
 * otherwise than this rule, and the program must not start. */
bool sign_self_test(void) MUST_USE;

#endif
