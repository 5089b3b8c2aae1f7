/* Ed25519 by libsodium; its own checks are part of the rule (see sign.h) and are tested at start. */
#include "log/base/sign.h"

#include <sodium.h>

#include "log/base/codec.h"

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

/* The self-test: one row per way in which a library might decide otherwise. */
static const struct known_answer {
    const char *key, *signature, *message;
    bool key_good, verifies;
} known_answers[] = {
    /* RFC 8032, 7.1, TEST 2. */
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
     "r", true, true},
    /* The same with another message. */
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
     "s", true, false},
    /* The same with S + L for S: the equation holds, the encoding is not canonical. */
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "f52db7415978abc61b2c2eb6aeebfca0387b2eaeb4302aeeb00d291612bb0c10",
     "r", true, false},
    /* The rest are vectors of C2SP's CCTV (c2sp.org/CCTV/ed25519), by number.
     * 304: R is the identity, the equation holds: refused because R is of small order. */
    {"ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076",
     "0100000000000000000000000000000000000000000000000000000000000000"
     "330b30d6c1f07511e2208d233b6a34d4ed7109da2dea615bcd97daee3a842704",
     "ed25519vectors 7", true, false},
    /* 267: R carries torsion and the equation holds only times the cofactor: refused without it. */
    {"ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076",
     "36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b"
     "2d471882773a677af1e3824e757a33f8ddf7bbeaf3d28a09595eb8daa0d74a03",
     "ed25519vectors 3", true, false},
    /* 828: A is of order 2; the equation holds. */
    {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "b62cf890de42c413b11b1411c9f01f1c4d77aa87ef182258d1251f69af2a3506"
     "05ba9a796274d80437afa36f1236563f2f3b0aa84cecddc3d20914615ba4fe02",
     "ed25519vectors 14", false, false},
    /* 832: A is a good point plus one of order 2, which some checks of the subgroup let through. The
     * equation holds, so only public_key_good keeps such a key out. */
    {"fe894df18abf1c20088bfbe6c9ad45d42ec20663eaf7111eaea1d851da0d7f89",
     "b62cf890de42c413b11b1411c9f01f1c4d77aa87ef182258d1251f69af2a3506"
     "ccbd210592f2a2b70a9c9ba91f97d642a2e51b9a67ec788188039228a24e0e09",
     "ed25519vectors 23", false, true},
    /* 438: the same with a point of order 8. */
    {"6718d0a3d58deaeaefa655eae3f119071deaa2cfebfd0ca28b670f879d657086",
     "b62cf890de42c413b11b1411c9f01f1c4d77aa87ef182258d1251f69af2a3506"
     "06eafe34c35b824e46e082060ca75777e699beb94810d8195d570395c050470f",
     "ed25519vectors 4", false, true},
};

static bool answers_as_known(const struct known_answer *a)
{
    struct public_key key;
    struct signature sig;

    ASSERT(hex_decode(span_text(a->key), key.b, sizeof(key.b)) == ERR_OK);
    ASSERT(hex_decode(span_text(a->signature), sig.b, sizeof(sig.b)) == ERR_OK);
    return public_key_good(&key) == a->key_good && sign_verify(&key, span_text(a->message), &sig) == a->verifies;
}

/* RFC 8032, 7.1, TEST 2 once more, from its seed. */
static bool signs_as_known(void)
{
    static const char seed_hex[] = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    const struct known_answer *a = &known_answers[0];
    uint8_t seed[32], expected[64];
    struct secret_key secret;
    struct public_key public;
    struct signature sig;

    ASSERT(hex_decode(span_text(seed_hex), seed, sizeof(seed)) == ERR_OK);
    ASSERT(hex_decode(span_text(a->signature), expected, sizeof(expected)) == ERR_OK);
    secret_key_from_seed(seed, &secret);
    public = secret_key_public(&secret);
    sign_make(&secret, span_text(a->message), &sig);
    return memcmp(sig.b, expected, sizeof(expected)) == 0 && sign_verify(&public, span_text(a->message), &sig);
}

bool sign_self_test(void)
{
    for (size_t i = 0; i < COUNT_OF(known_answers); i++)
        if (!answers_as_known(&known_answers[i])) return false;
    return signs_as_known();
}
