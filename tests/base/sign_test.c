/* Ed25519 under the one rule. The 914 vectors are C2SP's CCTV (c2sp.org/CCTV/ed25519). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "log/base/codec.h"
#include "log/base/sign.h"

/* 2^255 - 19, the order of the group, little-endian. */
static const uint8_t field_prime[32] = {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
static const uint8_t group_order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                        0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                        0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

static struct secret_key some_key(uint8_t n)
{
    uint8_t seed[32] = {n, 1, 2, 3};
    struct secret_key key;

    secret_key_from_seed(seed, &key);
    return key;
}

static void the_linked_library_passes_the_self_test(void **state)
{
    (void)state;
    assert_true(sign_self_test());
}

static void a_signature_holds_for_its_key_and_message_alone(void **state)
{
    struct secret_key secret = some_key(1), other = some_key(2);
    struct public_key key = secret_key_public(&secret), stranger = secret_key_public(&other);
    struct signature sig;

    (void)state;
    assert_true(public_key_good(&key));
    sign_make(&secret, SPAN("a message"), &sig);
    assert_true(sign_verify(&key, SPAN("a message"), &sig));
    assert_false(sign_verify(&key, SPAN("a messagf"), &sig));
    assert_false(sign_verify(&key, SPAN("a messag"), &sig));
    assert_false(sign_verify(&stranger, SPAN("a message"), &sig));
    for (unsigned bit = 0; bit < 512; bit++) {
        sig.b[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(sign_verify(&key, SPAN("a message"), &sig));
        sig.b[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void an_empty_message_can_be_signed(void **state)
{
    struct secret_key secret = some_key(3);
    struct public_key key = secret_key_public(&secret);
    struct signature sig;

    (void)state;
    sign_make(&secret, span_of(NULL, 0), &sig);
    assert_true(sign_verify(&key, SPAN(""), &sig));
    assert_true(sign_verify(&key, span_of(NULL, 0), &sig));
}

/* Adds `term` to the number at `ret`; what does not fit in 256 bits is returned. */
static unsigned add(uint8_t ret[32], const uint8_t term[32])
{
    unsigned carry = 0;

    for (size_t i = 0; i < 32; i++) {
        carry += ret[i] + (unsigned)term[i];
        ret[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return carry;
}

/* S, S + L, S + 2L …: the equation holds for each, the first alone is canonical. */
static void s_must_be_below_the_group_order(void **state)
{
    struct secret_key secret = some_key(4);
    struct public_key key = secret_key_public(&secret);
    struct signature sig;

    (void)state;
    sign_make(&secret, SPAN("m"), &sig);
    for (unsigned i = 0; i < 14; i++) {
        assert_int_equal(sign_verify(&key, SPAN("m"), &sig), i == 0);
        assert_int_equal(add(sig.b + 32, group_order), 0);
    }
}

static void keys_that_are_not_canonical_are_not_good(void **state)
{
    (void)state;
    for (unsigned y = 0; y < 19; y++) {
        uint8_t term[32] = {(uint8_t)y};
        struct public_key key;

        memcpy(key.b, field_prime, sizeof(key.b));
        (void)add(key.b, term);
        assert_false(public_key_good(&key));
        key.b[31] |= 0x80;
        assert_false(public_key_good(&key));
    }
}

/* y = 2 is on no point of the curve; y = 3 is, with torsion; zeros and ones are of small order. */
static void points_that_are_none_or_carry_torsion_are_not_good(void **state)
{
    for (uint8_t y = 0; y < 4; y++) {
        struct public_key key = {{y}};

        (void)state;
        assert_false(public_key_good(&key));
        key.b[31] = 0x80;
        assert_false(public_key_good(&key));
    }
}

static void wiping_leaves_nothing(void **state)
{
    struct secret_key secret = some_key(5), zero = {{0}};

    (void)state;
    assert_memory_not_equal(secret.b, zero.b, sizeof(zero.b));
    secret_wipe(&secret, sizeof(secret));
    assert_memory_equal(secret.b, zero.b, sizeof(zero.b));
}

/* What a vector's flags say of it. */
struct flags {
    bool small_a, small_r, torsion_a, torsion_r, residue, odd_a, odd_r, reencoded_k;
};

static struct flags flags_of(const json_t *vector)
{
    struct flags f = {0};
    const struct {
        const char *name;
        bool *to;
    } names[] = {
        {"low_order_A", &f.small_a},
        {"low_order_R", &f.small_r},
        {"low_order_component_A", &f.torsion_a},
        {"low_order_component_R", &f.torsion_r},
        {"low_order_residue", &f.residue},
        {"non_canonical_A", &f.odd_a},
        {"non_canonical_R", &f.odd_r},
        {"reencoded_k", &f.reencoded_k},
    };
    size_t i;
    json_t *flag;

    json_array_foreach(json_object_get(vector, "flags"), i, flag)
    {
        bool known = false;

        for (size_t k = 0; k < COUNT_OF(names); k++) {
            if (strcmp(json_string_value(flag), names[k].name) != 0) continue;
            *names[k].to = known = true;
        }
        if (!known) fail_msg("unknown flag %s", json_string_value(flag));
    }
    return f;
}

/* What the rule says of a vector, from its flags alone. */
static bool rule_verifies(struct flags f)
{
    return !f.small_a && !f.small_r && !f.odd_a && !f.odd_r && !f.residue;
}

static bool rule_key_good(struct flags f)
{
    return !f.small_a && !f.torsion_a && !f.odd_a;
}

static json_t *load_vectors(void)
{
    const char *folder = getenv("CAIRN_VECTORS");
    char path[4096];
    json_t *vectors;

    if (folder == NULL) {
        print_message("CAIRN_VECTORS is not set: its Ed25519 vectors are skipped\n");
        skip();
    }
    snprintf(path, sizeof(path), "%s/ed25519/ed25519vectors.json", folder);
    vectors = json_load_file(path, 0, NULL);
    if (vectors == NULL) fail_msg("cannot read %s", path);
    return vectors;
}

static void get_hex(const json_t *vector, const char *name, uint8_t *ret, size_t len)
{
    const char *hex = json_string_value(json_object_get(vector, name));

    assert_non_null(hex);
    assert_int_equal(hex_decode(span_text(hex), ret, len), ERR_OK);
}

static void every_cctv_vector_is_decided_by_the_rule(void **state)
{
    json_t *vectors = load_vectors(), *vector;
    unsigned verified = 0, good = 0, both = 0;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(vectors), 914);
    json_array_foreach(vectors, i, vector)
    {
        struct span message = span_text(json_string_value(json_object_get(vector, "msg")));
        struct flags f = flags_of(vector);
        struct public_key key;
        struct signature sig;

        get_hex(vector, "key", key.b, sizeof(key.b));
        get_hex(vector, "sig", sig.b, sizeof(sig.b));
        if (sign_verify(&key, message, &sig) != rule_verifies(f)) fail_msg("vector %zu", i);
        if (public_key_good(&key) != rule_key_good(f)) fail_msg("key of vector %zu", i);
        verified += rule_verifies(f);
        good += rule_key_good(f);
        both += rule_verifies(f) && rule_key_good(f);
    }
    /* One plain signature; 7 with torsion in A and 35 with torsion in A and R verify, and only the check of
     * the key keeps those out. */
    assert_int_equal(verified, 1 + 7 + 35);
    assert_int_equal(good, 28);
    assert_int_equal(both, 1);
    json_decref(vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_linked_library_passes_the_self_test),
        cmocka_unit_test(a_signature_holds_for_its_key_and_message_alone),
        cmocka_unit_test(an_empty_message_can_be_signed),
        cmocka_unit_test(s_must_be_below_the_group_order),
        cmocka_unit_test(keys_that_are_not_canonical_are_not_good),
        cmocka_unit_test(points_that_are_none_or_carry_torsion_are_not_good),
        cmocka_unit_test(wiping_leaves_nothing),
        cmocka_unit_test(every_cctv_vector_is_decided_by_the_rule),
    };
    return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
