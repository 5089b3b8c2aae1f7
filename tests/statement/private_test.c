/* Private claims: what stands beside a statement is what it has the hash of, exactly, or nothing. */
#include "tests/statement/known.h"

#include "log/statement/private.h"
#include "tests/guard.h"

#define SALT "h'000102030405060708090a0b0c0d0e0f'"

/* A statement whose payload is `hash`. */
static struct statement private_statement(const struct hash *hash)
{
    static const char protected[] = "{1:-8,4:#1,15:{1:\"acme\",2:\"x\",-70001:#9,-70003:\"log.example\"},258:-16,259:"
                                    "\"application/vnd.cairn.claims+cbor\"}";
    struct statement s;

    assert_int_equal(statement_decode(envelope(diag(protected), hash_span(hash)), &s), ERR_OK);
    assert_true(s.is_private);
    return s;
}

/* Opens `preimage` against a statement that has its hash. */
static enum err open_own(struct span preimage, struct span *ret)
{
    struct hash hash = hash_of(preimage);
    struct statement s = private_statement(&hash);

    return private_open(&s, preimage, ret);
}

static void the_preimage_of_the_vectors_opens_their_statement(void **state)
{
    json_t *all = vectors_open(), *rows;
    struct span claims, preimage, bytes;
    uint8_t room[256];
    struct out o = out_over(room, sizeof(room));
    struct statement s;

    (void)state;
    if (all == NULL) skip();
    rows = json_object_get(all, "statements");
    preimage = json_hex(json_object_get(all, "private_claims"), "preimage");
    bytes = json_hex(json_array_get(rows, 3), "canonical");
    assert_int_equal(statement_decode(bytes, &s), ERR_OK);
    assert_int_equal(private_open(&s, preimage, &claims), ERR_OK);
    assert_span_equal(claims, json_hex(json_array_get(rows, 2), "payload"));
    assert_true(claims.ptr > preimage.ptr && claims.ptr + claims.len <= preimage.ptr + preimage.len);
    private_encode(preimage.ptr + 3, claims, &o);
    assert_span_equal(out_span(&o), preimage);
    json_decref(all);
}

static void what_was_made_opens_and_only_for_its_own_statement(void **state)
{
    static const uint8_t salt[PRIVATE_SALT_LEN] = {7, 8, 9}, salt_2[PRIVATE_SALT_LEN] = {7, 8, 8};
    struct span claims = diag("{\"level\":\"full\"}"), got;
    uint8_t room[2][128];
    struct out o = out_over(room[0], sizeof(room[0])), o_2 = out_over(room[1], sizeof(room[1]));
    struct hash hash, hash_2;
    struct statement s;

    (void)state;
    private_encode(salt, claims, &o);
    private_encode(salt_2, claims, &o_2);
    hash = private_hash(out_span(&o));
    hash_2 = private_hash(out_span(&o_2));
    assert_false(hash_equal(&hash, &hash_2));
    s = private_statement(&hash);
    assert_int_equal(private_open(&s, out_span(&o), &got), ERR_OK);
    assert_span_equal(got, claims);
    got = SPAN("untouched");
    assert_int_equal(private_open(&s, out_span(&o_2), &got), ERR_BAD_PAYLOAD);
    assert_int_equal(private_open(&s, claims, &got), ERR_BAD_PAYLOAD);
    assert_int_equal(private_open(&s, SPAN(""), &got), ERR_BAD_PAYLOAD);
    assert_span_equal(got, SPAN("untouched"));
}

static void preimages_have_one_form(void **state)
{
    static const struct refused cases[] = {
        {"least", "{1:" SALT ",2:{}}", ERR_OK},
        {"the other way round", "{2:{\"a\":1},1:" SALT "}", ERR_OK},
        {"no salt", "{2:{}}", ERR_BAD_PAYLOAD},
        {"no claims", "{1:" SALT "}", ERR_BAD_PAYLOAD},
        {"a third", "{1:" SALT ",2:{},3:0}", ERR_BAD_PAYLOAD},
        {"a short salt", "{1:h'000102030405060708090a0b0c0d0e',2:{}}", ERR_BAD_PAYLOAD},
        {"a long salt", "{1:h'000102030405060708090a0b0c0d0e0f10',2:{}}", ERR_BAD_PAYLOAD},
        {"a text for salt", "{1:\"0123456789abcdef\",2:{}}", ERR_BAD_PAYLOAD},
        {"a salt twice", "{1:" SALT ",1:" SALT "}", ERR_BAD_PAYLOAD},
        {"claims no map", "{1:" SALT ",2:[]}", ERR_BAD_PAYLOAD},
        {"claims in bytes", "{1:" SALT ",2:<<{}>>}", ERR_BAD_PAYLOAD},
        {"a number for a claim's key", "{1:" SALT ",2:{1:1}}", ERR_BAD_PAYLOAD},
        {"bytes for a claim's key", "{1:" SALT ",2:{h'61':1}}", ERR_BAD_PAYLOAD},
        {"a claim twice", "{1:" SALT ",2:{\"a\":1,\"a\":1}}", ERR_BAD_PAYLOAD},
        {"a key twice inside a claim", "{1:" SALT ",2:{\"a\":{1:1,1:1}}}", ERR_BAD_PAYLOAD},
        {"a float", "{1:" SALT ",2:{\"a\":x'f90000'}}", ERR_BAD_PAYLOAD},
        {"no length", "{1:" SALT ",2:x'bfff'}", ERR_BAD_PAYLOAD},
        {"bad UTF-8", "{1:" SALT ",2:{\"a\":x'61ff'}}", ERR_BAD_PAYLOAD},
        {"trailing", "{1:" SALT ",2:{}} 0", ERR_BAD_PAYLOAD},
        {"an array", "[" SALT ",{}]", ERR_BAD_PAYLOAD},
        {"in a tag", "1({1:" SALT ",2:{}})", ERR_BAD_PAYLOAD},
        /* the preimage is the first of sixteen, its claims the second */
        {"deep", "{1:" SALT ",2:{\"a\":[[[[[[[[[[[[[[]]]]]]]]]]]]]]}}", ERR_OK},
        {"too deep", "{1:" SALT ",2:{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}}", ERR_BAD_PAYLOAD},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct span claims;

        assert_err(cases[i].name, open_own(diag(cases[i].notation), &claims), cases[i].want);
    }
}

static void every_prefix_of_a_preimage_is_refused(void **state)
{
    static const uint8_t salt[PRIVATE_SALT_LEN] = {1};
    uint8_t room[128];
    struct out o = out_over(room, sizeof(room));
    struct span whole, claims;
    struct guard g;

    (void)state;
    private_encode(salt, diag("{\"a\":[1,{\"b\":\"c\"}],\"d\":h'00'}"), &o);
    whole = out_span(&o);
    g = guard_open(whole.len);
    for (size_t len = 0; len < whole.len; len++)
        assert_int_equal(open_own(guard_copy(&g, span_slice(whole, 0, len)), &claims), ERR_BAD_PAYLOAD);
    assert_int_equal(open_own(guard_copy(&g, whole), &claims), ERR_OK);
    guard_close(&g);
}

static void a_preimage_has_at_most_65535_bytes(void **state)
{
    static const uint8_t salt[PRIVATE_SALT_LEN] = {1}, text[70000] = {0};
    static uint8_t claims[70000], preimage[80000];

    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct out c = out_over(claims, sizeof(claims)), o = out_over(preimage, sizeof(preimage));
        struct span got;

        cbor_put_map(&c, 1);
        cbor_put_text(&c, SPAN("a"));
        cbor_put_text(&c, span_of(text, PREIMAGE_MAX - 26 + more));
        private_encode(salt, out_span(&c), &o);
        assert_int_equal(o.len, PREIMAGE_MAX + more);
        assert_int_equal(open_own(out_span(&o), &got), more == 0 ? ERR_OK : ERR_BAD_PAYLOAD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_preimage_of_the_vectors_opens_their_statement),
        cmocka_unit_test(what_was_made_opens_and_only_for_its_own_statement),
        cmocka_unit_test(preimages_have_one_form),
        cmocka_unit_test(every_prefix_of_a_preimage_is_refused),
        cmocka_unit_test(a_preimage_has_at_most_65535_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
