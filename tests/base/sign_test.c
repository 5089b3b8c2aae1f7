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

/* What a vector's flags say of it, in the order of the columns of docs/ed25519.md. */
enum flag {
    SMALL_A = 1,
    TORSION_A = 2,
    ODD_A = 4,
    SMALL_R = 8,
    TORSION_R = 16,
    ODD_R = 32,
    RESIDUE = 64,
    REENCODED_K = 128
};
static const char *const flag_names[] = {
    "low_order_A",           "low_order_component_A", "non_canonical_A",   "low_order_R",
    "low_order_component_R", "non_canonical_R",       "low_order_residue", "reencoded_k"};
#define CLASSES (1U << COUNT_OF(flag_names))

static unsigned flag_of(const char *name)
{
    for (unsigned i = 0; i < COUNT_OF(flag_names); i++)
        if (strcmp(name, flag_names[i]) == 0) return 1U << i;
    fail_msg("unknown flag %s", name);
    return 0;
}

static unsigned flags_of(const json_t *vector)
{
    unsigned flags = 0;
    size_t i;
    json_t *flag;

    json_array_foreach(json_object_get(vector, "flags"), i, flag)
    {
        flags |= flag_of(json_string_value(flag));
    }
    return flags;
}

/* What the rule says of a vector, from its flags alone. */
static bool rule_verifies(unsigned flags)
{
    return (flags & (SMALL_A | SMALL_R | ODD_A | ODD_R | RESIDUE)) == 0;
}

static bool rule_key_good(unsigned flags)
{
    return (flags & (SMALL_A | TORSION_A | ODD_A)) == 0;
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

/* What the code does with the vectors of one class. */
struct class {
    unsigned vectors, good, verified;
};

static void decide_all(struct class classes[CLASSES])
{
    json_t *vectors = load_vectors(), *vector;
    size_t i;

    assert_int_equal(json_array_size(vectors), 914);
    json_array_foreach(vectors, i, vector)
    {
        struct span message = span_text(json_string_value(json_object_get(vector, "msg")));
        struct class *c = &classes[flags_of(vector)];
        struct public_key key;
        struct signature sig;

        get_hex(vector, "key", key.b, sizeof(key.b));
        get_hex(vector, "sig", sig.b, sizeof(sig.b));
        c->vectors++;
        c->good += public_key_good(&key);
        c->verified += sign_verify(&key, message, &sig);
    }
    json_decref(vectors);
}

static void every_cctv_vector_is_decided_by_the_rule(void **state)
{
    struct class classes[CLASSES] = {{0}};
    unsigned verified = 0, good = 0, both = 0;

    (void)state;
    decide_all(classes);
    for (unsigned flags = 0; flags < CLASSES; flags++) {
        struct class c = classes[flags];

        assert_int_equal(c.verified, rule_verifies(flags) ? c.vectors : 0);
        assert_int_equal(c.good, rule_key_good(flags) ? c.vectors : 0);
        verified += c.verified;
        good += c.good;
        if (rule_verifies(flags) && rule_key_good(flags)) both += c.vectors;
    }
    /* One plain signature; 7 with torsion in A and 35 with torsion in A and R verify, and only the check of
     * the key keeps those out. */
    assert_int_equal(verified, 1 + 7 + 35);
    assert_int_equal(good, 28);
    assert_int_equal(both, 1);
}

/* ---- the page ---- */

/* "all", "none" or, which no rule could say, "some". */
static const char *share(unsigned part, unsigned whole, const char *all, const char *none)
{
    return part == whole ? all : part == 0 ? none : "some";
}

static void put_table(const struct class classes[CLASSES], struct out *o)
{
    out_text(o, "| sA | tA | nA | sR | tR | nR | res | k | vectors | key | signature |\n"
                "|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (unsigned flags = 0; flags < CLASSES; flags++) {
        const struct class *c = &classes[flags];

        if (c->vectors == 0) continue;
        for (unsigned i = 0; i < COUNT_OF(flag_names); i++) out_text(o, flags >> i & 1 ? "| x " : "|   ");
        out_text(o, "| ");
        out_decimal(o, c->vectors);
        out_text(o, " | ");
        out_text(o, share(c->good, c->vectors, "good", "refused"));
        out_text(o, " | ");
        out_text(o, share(c->verified, c->vectors, "holds", "refused"));
        out_text(o, " |\n");
    }
}

/* What stands between the two marks of docs/ed25519.md. */
static struct span page_table(uint8_t *bytes, size_t cap)
{
    static const char begin[] = "<!-- ed25519: tests/base/sign_test.c -->\n", end[] = "<!-- end of ed25519 -->";
    const char *source = getenv("CAIRN_SOURCE");
    char path[4096], *from, *to;
    FILE *f;

    if (source == NULL) {
        print_message("CAIRN_SOURCE is not set: docs/ed25519.md is not compared\n");
        skip();
    }
    snprintf(path, sizeof(path), "%s/docs/ed25519.md", source);
    f = fopen(path, "rb");
    if (f == NULL) fail_msg("cannot read %s", path);
    bytes[fread(bytes, 1, cap - 1, f)] = 0;
    fclose(f);
    from = strstr((char *)bytes, begin);
    to = strstr((char *)bytes, end);
    if (from == NULL || to == NULL || to < from) fail_msg("%s has no table", path);
    from += sizeof(begin) - 1;
    return span_of(from, (size_t)(to - from));
}

static void the_page_says_what_the_code_does(void **state)
{
    static uint8_t page[32768], made[16384];
    struct class classes[CLASSES] = {{0}};
    struct out o = out_over(made, sizeof(made));
    struct span table = page_table(page, sizeof(page));

    (void)state;
    decide_all(classes);
    put_table(classes, &o);
    assert_false(o.full);
    if (!span_equal(out_span(&o), table)) {
        print_message("the table must be:\n%.*s", (int)o.len, (const char *)made);
        fail_msg("docs/ed25519.md has another table");
    }
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
        cmocka_unit_test(the_page_says_what_the_code_does),
    };
    return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
