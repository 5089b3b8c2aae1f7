/* Names of keys, against the vectors and the definition; and which of them each kind of statement has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "log/base/cbor.h"
#include "log/base/codec.h"
#include "log/index/key.h"
#include "tests/index/model.h"

static const struct span none = {NULL, 0};
static uint8_t payload_bytes[20000];
static struct index_keys keys;

/* By the definition, with nothing of key.c. */
static struct hash define_key(char kind, const struct span *component, size_t count)
{
    uint8_t bytes[600] = {0x13, (uint8_t)kind};
    struct hash first, second;

    if (count == 0) return hash_of(span_of(bytes, 2));
    memcpy(bytes + 2, component[0].ptr, component[0].len);
    first = hash_of(span_of(bytes, 2 + component[0].len));
    if (count == 1) return first;
    bytes[0] = 0x15;
    memcpy(bytes + 2, component[1].ptr, component[1].len);
    second = hash_of(span_of(bytes, 2 + component[1].len));
    memcpy(first.b + 16, second.b, 16);
    return first;
}

static struct statement a_statement(enum statement_kind kind, const char *iss, const char *sub)
{
    return (struct statement){.kind = kind, .iss = span_text(iss), .sub = span_text(sub)};
}

static void derive(const struct statement *s)
{
    memset(&keys, 0x5a, sizeof(keys));
    assert_int_equal(index_derive(s, 1, &keys), ERR_OK);
    for (size_t i = 0; i < keys.count; i++)
        for (size_t k = 0; k < i; k++) assert_false(hash_equal(&keys.key[i], &keys.key[k]));
}

static void assert_has(char kind, struct span first, struct span second)
{
    struct hash want = define_key(kind, (struct span[]){first, second}, (size_t)index_components((uint8_t)kind));
    size_t found = 0;

    for (size_t i = 0; i < keys.count; i++) found += hash_equal(&keys.key[i], &want);
    assert_int_equal(found, 1);
}

static void keys_of_the_vectors_are_the_same(void **state)
{
    json_t *all, *one, *c;
    size_t i, n, seen = 0;

    (void)state;
    all = vectors_open();
    json_array_foreach(json_object_get(all, "keys"), i, one)
    {
        uint8_t kind = (uint8_t)json_string_value(json_object_get(one, "kind"))[0], bytes[2][32], prefix[16];
        struct hash want = json_hash(json_object_get(one, "K")), got;
        struct span component[2] = {none, none};

        json_array_foreach(json_object_get(one, "components"), n, c)
        {
            if (json_object_get(c, "hex") != NULL) {
                json_hex(json_object_get(c, "hex"), bytes[n], 32);
                component[n] = span_of(bytes[n], 32);
            } else {
                component[n] = span_text(json_string_value(json_object_get(c, "text")));
            }
        }
        assert_int_equal(index_components(kind), json_array_size(json_object_get(one, "components")));
        got = index_key(kind, component);
        assert_memory_equal(got.b, want.b, 32);
        if (index_components(kind) == 2) {
            index_prefix(kind, component[0], prefix);
            assert_memory_equal(prefix, want.b, 16);
        }
        seen++;
    }
    assert_true(seen >= 9);
    json_decref(all);
}

static void kinds_have_their_number_of_components(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 256; kind++) {
        int want = -1;

        if (kind == 'G') want = 0;
        if (kind == 'P' || kind == 'I') want = 1;
        if (kind == 'N' || kind == 'T' || kind == 'S' || kind == 'A') want = 2;
        assert_int_equal(index_components((uint8_t)kind), want);
    }
}

static void a_prefix_is_what_the_keys_of_one_first_component_begin_with(void **state)
{
    static const uint8_t kinds[] = {INDEX_SCHEMA_NAME, INDEX_UNDER_SCHEMA, INDEX_SUBJECT, INDEX_STATUS};
    const struct span component[][2] = {{SPAN("a"), SPAN("b")}, {SPAN("a"), SPAN("c")}, {SPAN("d"), SPAN("b")}};
    uint8_t prefix[16];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        index_prefix(kinds[i], SPAN("a"), prefix);
        for (size_t k = 0; k < COUNT_OF(component); k++) {
            struct hash key = index_key(kinds[i], component[k]);

            assert_int_equal(memcmp(key.b, prefix, sizeof(prefix)) == 0, k < 2);
        }
    }
}

static void kind_place_and_border_of_components_matter(void **state)
{
    struct span ab[2] = {SPAN("ab"), SPAN("c")}, bc[2] = {SPAN("a"), SPAN("bc")}, ba[2] = {SPAN("c"), SPAN("ab")};
    struct hash s = index_key('S', ab), other;

    (void)state;
    other = index_key('S', bc);
    assert_false(hash_equal(&s, &other));
    other = index_key('S', ba);
    assert_memory_not_equal(s.b, other.b, 16);
    assert_memory_not_equal(s.b + 16, other.b, 16);
    other = index_key('N', ab);
    assert_memory_not_equal(s.b, other.b, 16);
    assert_memory_not_equal(s.b + 16, other.b + 16, 16);
    other = index_key('S', (struct span[]){ab[0], bc[1]});
    assert_memory_equal(s.b, other.b, 16);
    assert_memory_not_equal(s.b + 16, other.b + 16, 16);
}

static void an_attestation_counts_for_its_subject_and_its_schema(void **state)
{
    struct statement s = a_statement(KIND_ATTESTATION, "acme", "sub-1");

    (void)state;
    derive(&s);
    assert_int_equal(keys.count, 1);
    assert_has('S', SPAN("sub-1"), SPAN("acme"));
    s.has_schema = true;
    s.schema = sample_hash("schema", 0);
    s.cose.payload = SPAN("never looked at");
    derive(&s);
    assert_int_equal(keys.count, 2);
    assert_has('S', SPAN("sub-1"), SPAN("acme"));
    assert_has('T', SPAN("acme"), hash_span(&s.schema));
}

static void an_issuer_statement_counts_for_its_issuer_the_origin_too(void **state)
{
    struct statement s = a_statement(KIND_ISSUER, "log.example.org/attest", "log.example.org/attest");

    (void)state;
    derive(&s);
    assert_int_equal(keys.count, 1);
    assert_has('I', SPAN("log.example.org/attest"), none);
}

static void a_schema_counts_for_its_issuer_and_name(void **state)
{
    static const char hex[] = "a801636b796302010482a601656c6576656c020303f50400056006a103826562617369636466756c6ca60167"
                              "636f756e747279020303f50400056006a201020202051a01e1338006f507f408f409f5";
    struct statement s = a_statement(KIND_SCHEMA, "acme", "kyc");

    (void)state;
    assert_int_equal(hex_decode(SPAN(hex), payload_bytes, sizeof(hex) / 2), ERR_OK);
    s.cose.payload = span_of(payload_bytes, sizeof(hex) / 2);
    derive(&s);
    assert_int_equal(keys.count, 1);
    assert_has('N', SPAN("acme"), SPAN("kyc"));
    s.cose.payload.len--;
    keys.count = 77;
    assert_int_not_equal(index_derive(&s, 1, &keys), ERR_OK);
    assert_int_equal(keys.count, 77);
}

static void a_status_counts_for_its_target_and_its_subject(void **state)
{
    struct statement s = a_statement(KIND_STATUS, "acme", "sub-1");
    struct hash target = sample_hash("target", 0);
    struct out o = out_over(payload_bytes, sizeof(payload_bytes));

    (void)state;
    cbor_put_map(&o, 3);
    cbor_put_uint(&o, 1);
    cbor_put_bytes(&o, hash_span(&target));
    cbor_put_uint(&o, 2);
    cbor_put_uint(&o, 1);
    cbor_put_uint(&o, 3);
    cbor_put_uint(&o, 2);
    s.cose.payload = out_span(&o);
    derive(&s);
    assert_int_equal(keys.count, 2);
    assert_has('A', hash_span(&target), SPAN("acme"));
    assert_has('S', SPAN("sub-1"), SPAN("acme"));
    s.cose.payload.len--;
    assert_int_not_equal(index_derive(&s, 1, &keys), ERR_OK);
}

static struct span name_at(char letter, unsigned n, char text[16])
{
    snprintf(text, 16, "%c%02u", letter, n);
    return span_text(text);
}

/* Approves a00, a01, …; withdraws as many of the other letter, which may be the same. */
static void rules_payload(struct out *o, unsigned approve, unsigned withdraw, char withdraw_letter)
{
    char text[16];

    cbor_put_map(o, 6);
    cbor_put_uint(o, 1);
    cbor_put_uint(o, 0);
    cbor_put_uint(o, 3);
    cbor_put_uint(o, 1);
    cbor_put_uint(o, 4);
    cbor_put_array(o, approve);
    for (unsigned n = 0; n < approve; n++) {
        struct hash genesis = sample_hash("genesis", n);

        cbor_put_map(o, 2);
        cbor_put_uint(o, 1);
        cbor_put_text(o, name_at('a', n, text));
        cbor_put_uint(o, 2);
        cbor_put_bytes(o, hash_span(&genesis));
    }
    cbor_put_uint(o, 5);
    cbor_put_array(o, withdraw);
    for (unsigned n = 0; n < withdraw; n++) cbor_put_text(o, name_at(withdraw_letter, n, text));
    cbor_put_uint(o, 6);
    cbor_put_map(o, 2);
    cbor_put_uint(o, 1);
    cbor_put_uint(o, 0);
    cbor_put_uint(o, 2);
    cbor_put_uint(o, 0);
    cbor_put_uint(o, 8);
    cbor_put_uint(o, 1);
    assert_false(o->full);
}

static void rules_count_for_everyone_they_approve_or_withdraw(void **state)
{
    static const unsigned sizes[][2] = {{0, 0}, {1, 0}, {0, 1}, {3, 2}, {64, 64}};
    struct statement s = a_statement(KIND_RULES, "log.example.org", "log.example.org");
    char text[16];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct out o = out_over(payload_bytes, sizeof(payload_bytes));

        rules_payload(&o, sizes[i][0], sizes[i][1], 'w');
        s.cose.payload = out_span(&o);
        derive(&s);
        assert_int_equal(keys.count, 1 + sizes[i][0] + sizes[i][1]);
        assert_has('G', none, none);
        for (unsigned n = 0; n < sizes[i][0]; n++) assert_has('P', name_at('a', n, text), none);
        for (unsigned n = 0; n < sizes[i][1]; n++) assert_has('P', name_at('w', n, text), none);
    }
}

static void a_key_counts_once_per_statement(void **state)
{
    struct statement s = a_statement(KIND_RULES, "log.example.org", "log.example.org");
    struct out o = out_over(payload_bytes, sizeof(payload_bytes));
    char text[16];

    (void)state;
    rules_payload(&o, 3, 5, 'a');
    s.cose.payload = out_span(&o);
    derive(&s);
    assert_int_equal(keys.count, 1 + 5);
    for (unsigned n = 0; n < 5; n++) assert_has('P', name_at('a', n, text), none);
}

static void seals_are_not_indexed(void **state)
{
    struct statement s = a_statement(KIND_SEAL, "log.example.org", "log.example.org");

    (void)state;
    derive(&s);
    assert_int_equal(keys.count, 0);
}

static void unknown_rules_versions_are_refused(void **state)
{
    struct statement s = a_statement(KIND_ATTESTATION, "acme", "sub-1");

    (void)state;
    assert_int_equal(index_derive(&s, 0, &keys), ERR_RULES_VERSION);
    assert_int_equal(index_derive(&s, 2, &keys), ERR_RULES_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_the_vectors_are_the_same),
        cmocka_unit_test(kinds_have_their_number_of_components),
        cmocka_unit_test(a_prefix_is_what_the_keys_of_one_first_component_begin_with),
        cmocka_unit_test(kind_place_and_border_of_components_matter),
        cmocka_unit_test(an_attestation_counts_for_its_subject_and_its_schema),
        cmocka_unit_test(an_issuer_statement_counts_for_its_issuer_the_origin_too),
        cmocka_unit_test(a_schema_counts_for_its_issuer_and_name),
        cmocka_unit_test(a_status_counts_for_its_target_and_its_subject),
        cmocka_unit_test(rules_count_for_everyone_they_approve_or_withdraw),
        cmocka_unit_test(a_key_counts_once_per_statement),
        cmocka_unit_test(seals_are_not_indexed),
        cmocka_unit_test(unknown_rules_versions_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
