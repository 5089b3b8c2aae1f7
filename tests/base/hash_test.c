/* SHA-256: known answers and that the shortcuts are the same function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "log/base/codec.h"
#include "log/base/hash.h"

static struct hash from_hex(const char *hex)
{
    struct hash h;

    assert_int_equal(hex_decode(span_text(hex), h.b, sizeof(h.b)), ERR_OK);
    return h;
}

static void assert_hash(struct hash got, const char *expected_hex)
{
    struct hash expected = from_hex(expected_hex);

    assert_true(hash_equal(&got, &expected));
}

static void answers_of_fips_180(void **state)
{
    static uint8_t million[1000000];

    (void)state;
    memset(million, 'a', sizeof(million));
    assert_hash(hash_of(SPAN("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(hash_of(span_of(NULL, 0)), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_hash(hash_of(SPAN("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hash(hash_of(SPAN("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_hash(hash_of(span_of(million, sizeof(million))),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* RFC 6962: the leaf of nothing, and the root of the first two of its test inputs. */
static void leaf_and_node_are_those_of_rfc_6962(void **state)
{
    struct hash left = hash_prefixed(0, SPAN("")), right = hash_prefixed(0, SPAN("\0"));

    (void)state;
    assert_hash(left, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    assert_hash(hash_pair(1, &left, &right), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

/* Against the 65 bytes hashed as any others. */
static void a_pair_is_the_hash_of_its_bytes(void **state)
{
    uint8_t bytes[65];

    (void)state;
    for (unsigned round = 0; round < 512; round++) {
        struct hash left, right, pair, whole;

        for (size_t i = 0; i < sizeof(bytes); i++) bytes[i] = (uint8_t)(i * 37 + round * 11 + i * round);
        bytes[0] = (uint8_t)round;
        if (round >= 256) memset(bytes + 1, round & 1 ? 0xff : 0, 64);
        memcpy(left.b, bytes + 1, 32);
        memcpy(right.b, bytes + 33, 32);
        pair = hash_pair(bytes[0], &left, &right);
        whole = hash_of(span_of(bytes, sizeof(bytes)));
        assert_true(hash_equal(&pair, &whole));
    }
}

static void many_pairs_are_each_of_them_wherever_they_go(void **state)
{
    struct hash in[64], out[33], same[64];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(in); i++) in[i] = hash_of(span_of(&i, sizeof(i)));
    for (size_t count = 0; count <= 32; count++) {
        memset(out, 0x5a, sizeof(out));
        memcpy(same, in, sizeof(in));
        hash_pairs((uint8_t)count, in[0].b, count, out[0].b);
        hash_pairs((uint8_t)count, same[0].b, count, same[0].b);
        for (size_t i = 0; i < count; i++) {
            struct hash pair = hash_pair((uint8_t)count, &in[2 * i], &in[2 * i + 1]);

            assert_true(hash_equal(&out[i], &pair));
            assert_true(hash_equal(&same[i], &pair));
        }
        assert_int_equal(out[count].b[0], 0x5a);
        if (count < 32) assert_memory_equal(same[2 * count].b, in[2 * count].b, 32);
    }
}

static void parts_are_the_whole_cut_anywhere(void **state)
{
    uint8_t bytes[150];
    struct hash whole;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) bytes[i] = (uint8_t)(i * 7);
    whole = hash_of(span_of(bytes, sizeof(bytes)));
    for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
        struct span s = span_of(bytes, sizeof(bytes));
        struct span parts[] = {span_slice(s, 0, cut), {NULL, 0}, span_slice(s, cut, s.len)};
        struct hash h = hash_parts(parts, COUNT_OF(parts));

        assert_true(hash_equal(&h, &whole));
    }
}

static void order_is_that_of_the_bytes(void **state)
{
    struct hash a = {{0}}, b = {{0}};

    (void)state;
    assert_int_equal(hash_compare(&a, &b), 0);
    b.b[31] = 1;
    assert_true(hash_compare(&a, &b) < 0);
    assert_false(hash_equal(&a, &b));
    a.b[0] = 0x80;
    assert_true(hash_compare(&a, &b) > 0);
    assert_int_equal(hash_span(&a).len, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_fips_180),
        cmocka_unit_test(leaf_and_node_are_those_of_rfc_6962),
        cmocka_unit_test(a_pair_is_the_hash_of_its_bytes),
        cmocka_unit_test(many_pairs_are_each_of_them_wherever_they_go),
        cmocka_unit_test(parts_are_the_whole_cut_anywhere),
        cmocka_unit_test(order_is_that_of_the_bytes),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
