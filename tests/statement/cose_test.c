/* COSE_Sign1, COSE_Key and thumbprints. */
#include "tests/statement/known.h"

#include "tests/guard.h"

#define SIG16 "00000000000000000000000000000000"
#define SIG64 "h'" SIG16 SIG16 SIG16 SIG16 "'"

static void thumbprints_are_those_of_the_vectors(void **state)
{
    json_t *all = vectors_open(), *row;
    size_t i;

    (void)state;
    if (all == NULL) skip();
    json_array_foreach(json_object_get(all, "thumbprints"), i, row)
    {
        struct span encoded = json_hex(row, "cose_key");
        struct cbor c = cbor_over(encoded);
        uint8_t text[128];
        struct out o = out_over(text, sizeof(text));
        struct public_key key;
        struct hash kid, again;

        assert_int_equal(cose_key_decode(&c, &key), ERR_OK);
        assert_int_equal(cbor_end(&c), ERR_OK);
        assert_span_equal(span_of(key.b, 32), json_hex(row, "x"));
        cose_key_put(&o, &key);
        assert_span_equal(out_span(&o), encoded);
        kid = cose_key_thumbprint(&key);
        assert_span_equal(hash_span(&kid), json_hex(row, "kid"));
        o = out_over(text, CKT_URN_LEN);
        ckt_urn(&kid, &o);
        assert_span_equal(out_span(&o), span_text(json_string_value(json_object_get(row, "iss"))));
        assert_int_equal(ckt_decode(out_span(&o), &again), ERR_OK);
        assert_true(hash_equal(&again, &kid));
        o = out_over(text, CKT_SHORT_LEN);
        ckt_short(&kid, &o);
        assert_span_equal(out_span(&o), span_text(json_string_value(json_object_get(row, "short"))));
        memset(&again, 0, sizeof(again));
        assert_int_equal(ckt_decode(out_span(&o), &again), ERR_OK);
        assert_true(hash_equal(&again, &kid));
    }
    assert_true(i >= 3);
    json_decref(all);
}

static void a_ckt_has_one_spelling_of_each_kind(void **state)
{
    static const char *const wrong[] = {
        "",
        "ckt:",
        "Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg8",
        "CKT:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg8",
        "ckt:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg",
        "ckt:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg8=",
        "ckt:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg9", /* a stray bit */
        "ckt:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7E+8",
        "URN:ietf:params:oauth:ckt:sha-256:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg8",
        "urn:ietf:params:oauth:ckt:sha-512:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg8",
        "urn:ietf:params:oauth:ckt:sha-256:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg8x",
        "urn:ietf:params:oauth:ckt:sha-256:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg",
        "urn:ietf:params:oauth:ckt:sha-256:",
    };
    struct hash untouched = {{7}}, kid = untouched;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_err(wrong[i], ckt_decode(span_text(wrong[i]), &kid), ERR_BAD_ISS);
    assert_true(hash_equal(&kid, &untouched));
}

static void keys_have_exactly_the_three_pairs(void **state)
{
#define X "h'87cfe4577aa3094f369d7ddfcbdd63ea7e56b2f33696f89be65949f92675257b'"
    static const struct refused cases[] = {
        {"as it is", "{1:1,-1:6,-2:" X "}", ERR_OK},
        {"another order", "{-2:" X ",1:1,-1:6}", ERR_OK},
        {"another type", "{1:2,-1:6,-2:" X "}", ERR_BAD_KEY},
        {"another curve", "{1:1,-1:4,-2:" X "}", ERR_BAD_KEY},
        {"an alg", "{1:1,3:-8,-1:6,-2:" X "}", ERR_BAD_KEY},
        {"no x", "{1:1,-1:6}", ERR_BAD_KEY},
        {"an alg for the curve", "{1:1,3:-8,-2:" X "}", ERR_BAD_KEY},
        {"a short x", "{1:1,-1:6,-2:h'00'}", ERR_BAD_KEY},
        {"a text", "{1:1,-1:6,-2:\"x\"}", ERR_BAD_KEY},
        {"a text key", "{1:1,-1:6,\"x\":" X "}", ERR_BAD_KEY},
        {"a key twice", "{1:1,1:1,-2:" X "}", ERR_CBOR_DUPLICATE},
        {"no map", "[1]", ERR_BAD_KEY},
        {"a point of small order", "{1:1,-1:6,-2:h'0100000000000000000000000000000000000000000000000000000000000000'}",
         ERR_BAD_KEY},
        {"not canonical", "{1:1,-1:6,-2:h'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'}",
         ERR_BAD_KEY},
    };
#undef X
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct span bytes = diag(cases[i].notation);
        struct cbor c = cbor_over(bytes);
        struct public_key key;

        assert_err(cases[i].name, cose_key_decode(&c, &key), cases[i].want);
        assert_int_equal(c.rest.len, cases[i].want == ERR_OK ? 0 : bytes.len);
    }
}

static void what_is_not_a_sign1_is_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        {"as it is", "18([<<{1:-8}>>,{},h'00'," SIG64 "])", ERR_OK},
        {"detached", "18([<<{1:-8}>>,{},null," SIG64 "])", ERR_OK},
        {"filled", "18([<<{1:-8}>>,{2:3,\"a\":4},h'00'," SIG64 "])", ERR_OK},
        {"empty", "", ERR_TRUNCATED},
        {"no tag", "[<<{1:-8}>>,{},h'00'," SIG64 "]", ERR_NOT_SIGN1},
        {"another tag", "98([<<{1:-8}>>,{},h'00'," SIG64 "])", ERR_NOT_SIGN1},
        {"two tags", "18(18([<<{1:-8}>>,{},h'00'," SIG64 "]))", ERR_NOT_SIGN1},
        {"three parts", "18([<<{1:-8}>>,{},h'00'])", ERR_NOT_SIGN1},
        {"five parts", "18([<<{1:-8}>>,{},h'00'," SIG64 ",0])", ERR_NOT_SIGN1},
        {"protected not wrapped", "18([{1:-8},{},h'00'," SIG64 "])", ERR_NOT_SIGN1},
        {"unprotected no map", "18([<<{1:-8}>>,[],h'00'," SIG64 "])", ERR_NOT_SIGN1},
        {"payload a text", "18([<<{1:-8}>>,{},\"a\"," SIG64 "])", ERR_NOT_SIGN1},
        {"payload true", "18([<<{1:-8}>>,{},true," SIG64 "])", ERR_NOT_SIGN1},
        {"a short signature", "18([<<{1:-8}>>,{},h'00',h'00'])", ERR_NOT_SIGN1},
        {"trailing", "18([<<{1:-8}>>,{},h'00'," SIG64 "]) 0", ERR_TRAILING},
        {"a long head", "18([x'5803a10127',{},h'00'," SIG64 "])", ERR_BAD_CBOR},
        {"a long tag", "x'd81284' <<{1:-8}>> {} h'00' " SIG64, ERR_BAD_CBOR},
        {"no length", "18([x'5f43a10127ff',{},h'00'," SIG64 "])", ERR_BAD_CBOR},
        {"a label in both maps", "18([<<{1:-8,4:h'00'}>>,{4:h'01'},h'00'," SIG64 "])", ERR_BAD_HEADER},
        {"a text label in both maps", "18([<<{1:-8,\"a\":0}>>,{3:0,\"a\":1},h'00'," SIG64 "])", ERR_BAD_HEADER},
        {"a label of bytes", "18([<<{1:-8}>>,{h'00':1},h'00'," SIG64 "])", ERR_BAD_HEADER},
        {"a label twice", "18([<<{1:-8}>>,{4:1,4:1},h'00'," SIG64 "])", ERR_CBOR_DUPLICATE},
        {"protected no map, unprotected filled", "18([<<[]>>,{4:1},h'00'," SIG64 "])", ERR_NOT_SIGN1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sign1 s;

        assert_err(cases[i].name, sign1_decode(diag(cases[i].notation), &s), cases[i].want);
    }
}

static void what_is_read_encodes_to_the_same_bytes(void **state)
{
    static const char *const notations[] = {
        "18([<<{1:-8}>>,{},h'00'," SIG64 "])",
        "18([<<{1:-8}>>,{},null," SIG64 "])",
        "18([h'',{},h''," SIG64 "])",
        "18([<<{1:-8}>>,{394:[<<1>>],-70100:{}},h'0011'," SIG64 "])",
    };
    uint8_t bytes[512];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(notations); i++) {
        struct span in = diag(notations[i]);
        struct out o = out_over(bytes, sizeof(bytes));
        struct sign1 s;

        assert_int_equal(sign1_decode(in, &s), ERR_OK);
        sign1_encode(&s, &o);
        assert_span_equal(out_span(&o), in);
    }
}

static void every_prefix_is_refused(void **state)
{
    struct span whole = diag("18([<<{1:-8}>>,{394:[<<1>>],\"a\":{}},h'0011'," SIG64 "])");
    struct guard g = guard_open(whole.len);
    struct sign1 s;

    (void)state;
    for (size_t len = 0; len < whole.len; len++)
        assert_int_equal(sign1_decode(guard_copy(&g, span_slice(whole, 0, len)), &s), ERR_TRUNCATED);
    assert_int_equal(sign1_decode(guard_copy(&g, whole), &s), ERR_OK);
    guard_close(&g);
}

static void the_signature_is_over_the_structure_of_the_rfc(void **state)
{
    struct secret_key key = test_key(1);
    struct public_key public = test_public(1), other = test_public(2);
    struct sign1 s = {.protected = diag("{1:-8}"), .detached = true};
    struct span payload = span_text("the payload"), signed_bytes;
    struct signature want;
    uint8_t work[128];

    (void)state;
    signed_bytes = diag("[\"Signature1\",<<{1:-8}>>,h'',h'746865207061796c6f6164']");
    sign_make(&key, signed_bytes, &want);
    assert_int_equal(sign1_sign(&s, payload, &key, out_over(work, sizeof(work))), ERR_OK);
    assert_memory_equal(s.signature.b, want.b, 64);
    assert_int_equal(sign1_verify(&s, payload, &public, out_over(work, sizeof(work))), ERR_OK);
    assert_int_equal(sign1_verify(&s, payload, &other, out_over(work, sizeof(work))), ERR_BAD_SIGNATURE);
    assert_int_equal(sign1_verify(&s, SPAN("the Payload"), &public, out_over(work, sizeof(work))), ERR_BAD_SIGNATURE);
    assert_int_equal(sign1_verify(&s, payload, &public, out_over(work, signed_bytes.len)), ERR_OK);
    assert_int_equal(sign1_verify(&s, payload, &public, out_over(work, signed_bytes.len - 1)), ERR_NO_ROOM);
    assert_true(signed_bytes.len <= s.protected.len + payload.len + 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thumbprints_are_those_of_the_vectors),
        cmocka_unit_test(a_ckt_has_one_spelling_of_each_kind),
        cmocka_unit_test(keys_have_exactly_the_three_pairs),
        cmocka_unit_test(what_is_not_a_sign1_is_refused_by_name),
        cmocka_unit_test(what_is_read_encodes_to_the_same_bytes),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(the_signature_is_over_the_structure_of_the_rfc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
