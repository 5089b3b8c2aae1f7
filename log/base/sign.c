/* Ed25519 by libsodium; its own checks are part of the rule (see sign.h) and are tested at start. */
#include "log/base/sign.h"

#include <sodium.h>

bool public_key_good(const struct public_key *key)
{
    return crypto_core_ed25519_is_valid_point(key->b) == 1;
}

bool sign_verify(const struct public_key *key, struct span message, const struct signature *sig)
{
    return crypto_sign_verify_detached(sig->b, message.ptr, message.len, key->b) == 0;
}

void sign_make(const struct secret_key *key, struct span message, struct signature *ret)
{
    crypto_sign_detached(ret->b, NULL, message.ptr, message.len, key->b);
}

void secret_key_from_seed(const uint8_t seed[32], struct secret_key *ret)
{
    struct public_key ignored;

    crypto_sign_seed_keypair(ignored.b, ret->b, seed);
}

struct public_key secret_key_public(const struct secret_key *key)
{
    struct public_key public;

    memcpy(public.b, key->b + 32, 32);
    return public;
}

void secret_wipe(void *ptr, size_t len)
{
    sodium_memzero(ptr, len);
}
