/* The envelope: the vectors, every refusal by name, and making. */
#include "tests/statement/known.h"

#include <stdlib.h>

#include "log/tree/merkle.h"
#include "tests/guard.h"

#define CKT_IN_VECTORS "urn:ietf:params:oauth:ckt:sha-256:Oh69RLPFp6TEZUD62a5zpfCUFFTO14xLZAk7kHX7Eg8"
#define PRIVATE "private attestation"

/* A protected map with these claims and, behind them, these labels. */
#define WITH(claims, labels) "{1:-8,4:#1,15:{" claims "}" labels "}"
#define NAMES "1:\"acme\",2:\"x\""
#define HOME ",-70003:\"log.example\""
#define SCHEMA ",-70001:#9"
#define DEPENDS(ids) ",-70002:[" ids "]"
#define SIXTEEN "#1,#2,#3,#4,#5,#6,#7,#8,#9,#10,#11,#12,#13,#14,#15,#16"
#define PRIVATE_LABELS ",258:-16,259:\"application/vnd.cairn.claims+cbor\""
#define ISSUER_TYP ",16:\"application/vnd.cairn.issuer+cbor\""
#define RULES_TYP ",16:\"application/vnd.cairn.rules+cbor\""
#define SCHEMA_TYP ",16:\"application/vnd.cairn.schema+cbor\""
#define STATUS_TYP ",16:\"application/vnd.cairn.status+cbor\""
#define SEAL_TYP ",16:\"application/vnd.cairn.seal+cbor\""

static struct span vector_bytes(const json_t *row)
{
    return json_hex(row, "canonical");
}

static bool is_private(const json_t *row)
{
    return strcmp(json_string_value(json_object_get(row, "name")), PRIVATE) == 0;
}

/* The id and the leaf are those of the bytes, whatever this version makes of what they say. */
static void assert_named(const json_t *row, struct span bytes)
{
    struct hash id = hash_of(bytes), leaf = leaf_hash(hash_span(&id));
    uint8_t room[4096];
    struct out again = out_over(room, sizeof(room));

    assert_span_equal(hash_span(&id), json_hex(row, "id"));
    assert_span_equal(hash_span(&leaf), json_hex(row, "leaf_hash"));
    assert_int_equal(statement_canonical(bytes, &again), ERR_OK);
    assert_span_equal(out_span(&again), bytes);
}

static void private_claims_of_the_vectors_hash_to_their_payload(void **state)
{
    json_t *all = vectors_open(), *claims, *row;
    struct hash hash;
    size_t i, found = 0;

    (void)state;
    if (all == NULL) skip();
    claims = json_object_get(all, "private_claims");
    hash = hash_of(json_hex(claims, "preimage"));
    assert_span_equal(hash_span(&hash), json_hex(claims, "sha256"));
    json_array_foreach(json_object_get(all, "statements"), i, row)
    {
        if (!is_private(row)) continue;
        assert_span_equal(json_hex(row, "payload"), json_hex(claims, "sha256"));
        found++;
    }
    assert_int_equal(found, 1);
    json_decref(all);
}

static void vectors_decode_to_their_ids_and_verify(void **state)
{
    json_t *all = vectors_open(), *row;
    size_t i, good = 0;

    (void)state;
    if (all == NULL) skip();
    json_array_foreach(json_object_get(all, "statements"), i, row)
    {
        struct secret_key secret = vector_key(all, row);
        struct public_key key = secret_key_public(&secret), other = test_public(1);
        struct hash kid = cose_key_thumbprint(&key);
        struct span bytes = vector_bytes(row);
        struct statement s;

        assert_named(row, bytes);
        assert_int_equal(statement_decode(bytes, &s), ERR_OK);
        assert_span_equal(hash_span(&s.id), json_hex(row, "id"));
        assert_true(s.bytes.ptr == bytes.ptr && s.bytes.len == bytes.len);
        assert_span_equal(s.cose.protected, json_hex(row, "protected"));
        assert_span_equal(s.cose.payload, json_hex(row, "payload"));
        assert_true(hash_equal(&s.kid, &kid));
        assert_int_equal(statement_verify(&s, &key), ERR_OK);
        assert_int_equal(statement_verify(&s, &other), ERR_BAD_SIGNATURE);
        assert_true(s.is_private == is_private(row) && s.has_envelope == is_private(row));
        good++;
    }
    assert_int_equal(good, 5);
    json_decref(all);
}

static void fields_are_those_of_the_vectors(void **state)
{
    static const struct {
        enum statement_kind kind;
        const char *sub;
    } want[5] = {
        {KIND_ISSUER, CKT_IN_VECTORS},          {KIND_SCHEMA, "kyc"},
        {KIND_ATTESTATION, "sub-4t7q9mzk2f6x"}, {KIND_ATTESTATION, "sub-4t7q9mzk2f6x"},
        {KIND_STATUS, "sub-4t7q9mzk2f6x"},
    };
    json_t *all = vectors_open(), *row;
    size_t i;

    (void)state;
    if (all == NULL) skip();
    json_array_foreach(json_object_get(all, "statements"), i, row)
    {
        struct statement s;

        assert_true(i < COUNT_OF(want));
        assert_int_equal(statement_decode(vector_bytes(row), &s), ERR_OK);
        assert_int_equal(s.kind, want[i].kind);
        assert_span_equal(s.iss, SPAN(CKT_IN_VECTORS));
        assert_span_equal(s.sub, span_text(want[i].sub));
        assert_span_equal(s.home, SPAN("log.example.org/attest"));
        assert_true(s.has_iat && !s.has_nbf);
        assert_int_equal(s.iat, i == 4 ? 0x691e66e4 : 0x691e6680);
        assert_int_equal(s.has_exp, i == 2 || i == 3);
        assert_int_equal(s.has_schema, i == 2 || i == 3);
        assert_int_equal(s.content_type.len, 0);
        assert_span_equal(s.typ, span_text(kind_row(want[i].kind)->typ));
        if (i != 2 && i != 3) continue;
        assert_int_equal(s.exp, 0x6aff9a00);
        assert_span_equal(hash_span(&s.schema),
                          from_hex("e8414d8d6c47c6d9fb6eb3a53fdd8d5ecdc9fb5e8b4bae04015cea36fddccada"));
    }
    json_decref(all);
}

static struct draft draft_of(const struct statement *s)
{
    return (struct draft){
        .kind = s->kind,
        .iss = s->iss,
        .sub = s->sub,
        .home = s->home,
        .payload = s->cose.payload,
        .has_exp = s->has_exp,
        .has_nbf = s->has_nbf,
        .has_iat = s->has_iat,
        .has_schema = s->has_schema,
        .exp = s->exp,
        .nbf = s->nbf,
        .iat = s->iat,
        .schema = s->schema,
        .is_private = s->is_private,
    };
}

static void making_gives_the_bytes_of_the_vectors(void **state)
{
    json_t *all = vectors_open(), *row;
    size_t i;

    (void)state;
    if (all == NULL) skip();
    json_array_foreach(json_object_get(all, "statements"), i, row)
    {
        struct secret_key key = vector_key(all, row);
        struct statement s;
        struct draft d;
        uint8_t bytes[1024];
        struct out o = out_over(bytes, sizeof(bytes));

        assert_int_equal(statement_decode(vector_bytes(row), &s), ERR_OK);
        d = draft_of(&s);
        assert_int_equal(statement_make(&d, &key, &o), ERR_OK);
        assert_span_equal(out_span(&o), vector_bytes(row));
    }
    json_decref(all);
}

static void every_prefix_of_a_vector_is_refused(void **state)
{
    json_t *all = vectors_open(), *row;
    size_t i;

    (void)state;
    if (all == NULL) skip();
    json_array_foreach(json_object_get(all, "statements"), i, row)
    {
        struct span bytes = vector_bytes(row);
        struct guard g = guard_open(bytes.len);
        struct statement s;

        for (size_t len = 0; len < bytes.len; len++)
            assert_int_equal(statement_decode(guard_copy(&g, span_slice(bytes, 0, len)), &s), ERR_TRUNCATED);
        guard_close(&g);
    }
    json_decref(all);
}

/* What still decodes has another id and no good signature. */
static void no_flipped_bit_keeps_the_id_or_the_signature(void **state)
{
    json_t *all = vectors_open(), *row;
    size_t i, decoded = 0;

    (void)state;
    if (all == NULL) skip();
    json_array_foreach(json_object_get(all, "statements"), i, row)
    {
        struct secret_key secret = vector_key(all, row);
        struct public_key key = secret_key_public(&secret);
        struct span bytes = vector_bytes(row), id = json_hex(row, "id");
        struct guard g = guard_open(bytes.len);
        uint8_t *copy = (uint8_t *)(uintptr_t)guard_copy(&g, bytes).ptr;

        for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
            struct statement s;

            copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
            if (statement_decode(span_of(copy, bytes.len), &s) == ERR_OK) {
                assert_false(span_equal(hash_span(&s.id), id));
                if (bit % 8 == 0) assert_int_equal(statement_verify(&s, &key), ERR_BAD_SIGNATURE);
                decoded++;
            }
            copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        }
        guard_close(&g);
    }
    assert_true(decoded > 1000);
    json_decref(all);
}

/* Statements with claims in an empty payload map. */
static void headers_are_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        /* attestations may have what they like */
        {"least", WITH(NAMES, ""), ERR_OK},
        {"Ed25519 by its other number", "{1:-19,4:#1,15:{" NAMES "}}", ERR_OK},
        {"any order", "{15:{2:\"x\",1:\"acme\"},4:#1,1:-8}", ERR_OK},
        {"a typ of its own", WITH(NAMES, ",16:\"application/example\""), ERR_OK},
        {"a typ by number", WITH(NAMES, ",16:60"), ERR_OK},
        {"a content type", WITH(NAMES, ",3:\"text/plain\""), ERR_OK},
        {"a content type by number", WITH(NAMES, ",3:0"), ERR_OK},
        {"unknown labels", WITH(NAMES, ",33:h'00',\"who\":[1,{2:3}],-99999:null"), ERR_OK},
        {"a label no int64 holds", WITH(NAMES, ",x'1bffffffffffffffff':1"), ERR_OK},
        {"unknown claims", WITH(NAMES ",3:\"aud\",8:{1:{}},\"who\":true,-70000:0", ""), ERR_OK},
        {"dates", WITH(NAMES ",4:3,5:1,6:0", ""), ERR_OK},
        {"a schema", WITH(NAMES SCHEMA HOME, ""), ERR_OK},
        /* algorithm and key */
        {"ES256", "{1:-7,4:#1,15:{" NAMES "}}", ERR_BAD_ALG},
        {"alg 8", "{1:8,4:#1,15:{" NAMES "}}", ERR_BAD_ALG},
        {"alg 18", "{1:18,4:#1,15:{" NAMES "}}", ERR_BAD_ALG},
        {"a text for alg", "{1:\"EdDSA\",4:#1,15:{" NAMES "}}", ERR_BAD_ALG},
        {"no alg", "{4:#1,15:{" NAMES "}}", ERR_BAD_ALG},
        {"no kid", "{1:-8,15:{" NAMES "}}", ERR_BAD_HEADER},
        {"a short kid", "{1:-8,4:h'00',15:{" NAMES "}}", ERR_BAD_HEADER},
        {"a text for kid", "{1:-8,4:\"12345678901234567890123456789012\",15:{" NAMES "}}", ERR_BAD_HEADER},
        /* labels */
        {"crit", "{1:-8,2:[1],4:#1,15:{" NAMES "}}", ERR_BAD_HEADER},
        {"receipts", WITH(NAMES, ",394:[]"), ERR_BAD_HEADER},
        {"vds", WITH(NAMES, ",395:1"), ERR_BAD_HEADER},
        {"vdp", WITH(NAMES, ",396:{}"), ERR_BAD_HEADER},
        {"a label of bytes", WITH(NAMES, ",h'00':1"), ERR_BAD_HEADER},
        {"a label twice", WITH(NAMES, ",99:1,99:1"), ERR_CBOR_DUPLICATE},
        {"a label twice, far apart", "{1:-8,4:#1,15:{" NAMES "},1:-8}", ERR_CBOR_DUPLICATE},
        {"typ of another type", WITH(NAMES, ",16:h'00'"), ERR_BAD_HEADER},
        {"typ negative", WITH(NAMES, ",16:-1"), ERR_BAD_HEADER},
        {"content type of another type", WITH(NAMES, ",3:true"), ERR_BAD_HEADER},
        {"no map", "[]", ERR_BAD_HEADER},
        {"nothing", "", ERR_TRUNCATED},
        {"two maps", WITH(NAMES, "") "{}", ERR_TRAILING},
        {"a long head",
         "{1:-8,4:x'59002000000000000000000000000000000000000000000000000000000000000000',15:{" NAMES "}}",
         ERR_BAD_CBOR},
        {"a long integer", WITH(NAMES ",6:x'1805'", ""), ERR_BAD_CBOR},
        {"a float", WITH(NAMES ",6:x'f90000'", ""), ERR_BAD_CBOR},
        {"no length", WITH(NAMES, ",99:x'9fff'"), ERR_BAD_CBOR},
        {"an unknown label with a key twice in it", WITH(NAMES, ",99:{1:1,1:1}"), ERR_CBOR_DUPLICATE},
        {"bad UTF-8", WITH(NAMES, ",99:x'61ff'"), ERR_BAD_UTF8},
        /* counted from the protected map, so claims are one deeper than labels */
        {"deep", WITH(NAMES, ",99:[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]"), ERR_OK},
        {"too deep", WITH(NAMES, ",99:[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"), ERR_CBOR_DEPTH},
        {"too deep in a claim", WITH(NAMES ",99:[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]", ""), ERR_CBOR_DEPTH},
        /* claims */
        {"no claims", "{1:-8,4:#1}", ERR_BAD_CLAIMS_SET},
        {"claims no map", "{1:-8,4:#1,15:[]}", ERR_BAD_CLAIMS_SET},
        {"no iss", WITH("2:\"x\"", ""), ERR_BAD_CLAIMS_SET},
        {"no sub", WITH("1:\"acme\"", ""), ERR_BAD_CLAIMS_SET},
        {"iss of another type", WITH("1:h'00',2:\"x\"", ""), ERR_BAD_CLAIMS_SET},
        {"iss empty", WITH("1:\"\",2:\"x\"", ""), ERR_BAD_ISS},
        {"iss with a control character", WITH("1:x'6361c285',2:\"x\"", ""), ERR_BAD_ISS},
        {"iss with a newline", WITH("1:\"a\nb\",2:\"x\"", ""), ERR_BAD_ISS},
        {"sub empty", WITH("1:\"acme\",2:\"\"", ""), ERR_BAD_SUB},
        {"sub with a space", WITH("1:\"acme\",2:\"a b\"", ""), ERR_BAD_SUB},
        {"sub in capitals", WITH("1:\"acme\",2:\"DEADBEEF\"", ""), ERR_SUB_NOT_CANONICAL},
        {"a claim twice", WITH(NAMES ",1:\"acme\"", ""), ERR_CBOR_DUPLICATE},
        {"a claim of bytes", WITH(NAMES ",h'00':1", ""), ERR_BAD_CLAIMS_SET},
        {"exp negative", WITH(NAMES ",4:-1", ""), ERR_BAD_CLAIMS_SET},
        {"nbf a text", WITH(NAMES ",5:\"1\"", ""), ERR_BAD_CLAIMS_SET},
        {"iat null", WITH(NAMES ",6:null", ""), ERR_BAD_CLAIMS_SET},
        {"a short schema", WITH(NAMES ",-70001:h'00'" HOME, ""), ERR_BAD_CLAIMS_SET},
        {"a schema without home", WITH(NAMES SCHEMA, ""), ERR_BAD_CLAIMS_SET},
        {"home empty", WITH(NAMES ",-70003:\"\"", ""), ERR_BAD_CLAIMS_SET},
        {"home a number", WITH(NAMES ",-70003:1", ""), ERR_BAD_CLAIMS_SET},
        {"depends on one", WITH(NAMES DEPENDS("#1"), ""), ERR_OK},
        {"depends on sixteen", WITH(NAMES DEPENDS(SIXTEEN), ""), ERR_OK},
        {"depends on seventeen", WITH(NAMES DEPENDS(SIXTEEN ",#17"), ""), ERR_BAD_CLAIMS_SET},
        {"depends on none", WITH(NAMES DEPENDS(""), ""), ERR_BAD_CLAIMS_SET},
        {"depends twice on one", WITH(NAMES DEPENDS("#1,#2,#1"), ""), ERR_BAD_CLAIMS_SET},
        {"depends on a short id", WITH(NAMES DEPENDS("#1,h'00'"), ""), ERR_BAD_CLAIMS_SET},
        {"depends on a text", WITH(NAMES DEPENDS("\"12345678901234567890123456789012\""), ""), ERR_BAD_CLAIMS_SET},
        {"depends on an id alone", WITH(NAMES ",-70002:#1", ""), ERR_BAD_CLAIMS_SET},
        {"depends on a map", WITH(NAMES ",-70002:{#1:#2}", ""), ERR_BAD_CLAIMS_SET},
        /* typ */
        {"a kind to come", WITH(NAMES HOME, ",16:\"application/vnd.cairn.grant+cbor\""), ERR_BAD_TYP},
        {"a kind in capitals", WITH(NAMES HOME, ",16:\"application/VND.cairn.issuer+cbor\""), ERR_BAD_TYP},
        {"a kind in short", WITH(NAMES HOME, ",16:\"vnd.cairn.issuer+cbor\""), ERR_BAD_TYP},
        {"a kind in short capitals", WITH(NAMES HOME, ",16:\"Vnd.Cairn.\""), ERR_BAD_TYP},
        {"a kind and more", WITH(NAMES HOME, ",16:\"application/vnd.cairn.issuer+cbor;v=1\""), ERR_BAD_TYP},
        {"a neighbour", WITH(NAMES, ",16:\"application/vnd.cairns.issuer+cbor\""), ERR_OK},
        /* Cairn's own kinds */
        {"issuer", WITH("1:\"acme\",2:\"acme\"" HOME, ISSUER_TYP), ERR_OK},
        {"issuer with a date", WITH("1:\"acme\",2:\"acme\",6:0" HOME, ISSUER_TYP), ERR_OK},
        {"issuer about another", WITH(NAMES HOME, ISSUER_TYP), ERR_BAD_CLAIMS_SET},
        {"rules", WITH("1:\"log.example\",2:\"log.example\"" HOME, RULES_TYP), ERR_OK},
        {"rules about another", WITH(NAMES HOME, RULES_TYP), ERR_BAD_CLAIMS_SET},
        {"seal", WITH("1:\"log.example\",2:\"log.example\"" HOME, SEAL_TYP), ERR_OK},
        {"seal about another", WITH(NAMES HOME, SEAL_TYP), ERR_BAD_CLAIMS_SET},
        {"schema", WITH(NAMES HOME, SCHEMA_TYP), ERR_OK},
        {"status", WITH(NAMES HOME, STATUS_TYP), ERR_OK},
        {"status without home", WITH(NAMES, STATUS_TYP), ERR_BAD_CLAIMS_SET},
        {"status with exp", WITH(NAMES ",4:1" HOME, STATUS_TYP), ERR_BAD_CLAIMS_SET},
        {"status with nbf", WITH(NAMES ",5:1" HOME, STATUS_TYP), ERR_BAD_CLAIMS_SET},
        {"status with a schema", WITH(NAMES SCHEMA HOME, STATUS_TYP), ERR_BAD_CLAIMS_SET},
        {"status that depends", WITH(NAMES ",-70002:[#1]" HOME, STATUS_TYP), ERR_BAD_CLAIMS_SET},
        {"status with another claim", WITH(NAMES HOME ",7:h'00'", STATUS_TYP), ERR_BAD_CLAIMS_SET},
        {"status with another text claim", WITH(NAMES HOME ",\"a\":0", STATUS_TYP), ERR_BAD_CLAIMS_SET},
        {"status with a content type", WITH(NAMES HOME, ",3:0" STATUS_TYP), ERR_BAD_HEADER},
        {"status with another label", WITH(NAMES HOME, ",99:0" STATUS_TYP), ERR_BAD_HEADER},
        {"status in an envelope", WITH(NAMES HOME, STATUS_TYP ",258:-16"), ERR_BAD_HEADER},
        {"status with the type of what was hashed", WITH(NAMES HOME, STATUS_TYP ",259:0"), ERR_BAD_HEADER},
        {"status with a place", WITH(NAMES HOME, STATUS_TYP ",260:\"x\""), ERR_BAD_HEADER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct statement s;

        assert_err(cases[i].name, statement_decode(envelope(diag(cases[i].notation), diag("{}")), &s), cases[i].want);
    }
}

/* Statements whose payload is 32 bytes, and no CBOR. */
static void envelopes_are_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        {"a hash", WITH(NAMES, ",258:-16"), ERR_OK},
        {"a type", WITH(NAMES, ",258:-16,259:\"text/plain\""), ERR_OK},
        {"a type by number", WITH(NAMES, ",258:-16,259:60"), ERR_OK},
        {"a place", WITH(NAMES, ",258:-16,260:\"https://x\""), ERR_OK},
        {"everything", WITH(NAMES, ",260:\"x\",259:\"a/b\",258:-16"), ERR_OK},
        {"with a home", WITH(NAMES HOME, ",258:-16"), ERR_OK},
        {"with a typ", WITH(NAMES, ",16:\"application/example\",258:-16"), ERR_OK},
        {"another hash", WITH(NAMES, ",258:-43"), ERR_BAD_HEADER},
        {"a text for the hash", WITH(NAMES, ",258:\"sha-256\""), ERR_BAD_HEADER},
        {"the hash of the other sign", WITH(NAMES, ",258:16"), ERR_BAD_HEADER},
        {"only a type", WITH(NAMES, ",259:\"text/plain\""), ERR_BAD_HEADER},
        {"only a place", WITH(NAMES, ",260:\"https://x\""), ERR_BAD_HEADER},
        {"a type of bytes", WITH(NAMES, ",258:-16,259:h'00'"), ERR_BAD_HEADER},
        {"a negative type", WITH(NAMES, ",258:-16,259:-1"), ERR_BAD_HEADER},
        {"a place of bytes", WITH(NAMES, ",258:-16,260:h'00'"), ERR_BAD_HEADER},
        {"an empty place", WITH(NAMES, ",258:-16,260:\"\""), ERR_BAD_HEADER},
        {"a content type", WITH(NAMES, ",258:-16,3:\"text/plain\""), ERR_BAD_HEADER},
        {"a content type by number", WITH(NAMES, ",3:0,258:-16"), ERR_BAD_HEADER},
        /* private claims */
        {"private claims", WITH(NAMES SCHEMA HOME, PRIVATE_LABELS), ERR_OK},
        {"private claims with a place", WITH(NAMES SCHEMA HOME, PRIVATE_LABELS ",260:\"x\""), ERR_OK},
        {"private claims without home", WITH(NAMES SCHEMA, PRIVATE_LABELS), ERR_BAD_CLAIMS_SET},
        {"private claims with a content type", WITH(NAMES SCHEMA HOME, PRIVATE_LABELS ",3:0"), ERR_BAD_HEADER},
        {"a schema and no type", WITH(NAMES SCHEMA HOME, ",258:-16"), ERR_BAD_HEADER},
        {"a schema and another type", WITH(NAMES SCHEMA HOME, ",258:-16,259:\"text/plain\""), ERR_BAD_HEADER},
        {"a schema and a number", WITH(NAMES SCHEMA HOME, ",258:-16,259:60"), ERR_BAD_HEADER},
        {"a schema and a type in capitals",
         WITH(NAMES SCHEMA HOME, ",258:-16,259:\"application/vnd.cairn.Claims+cbor\""), ERR_BAD_HEADER},
        {"a schema and more of a type",
         WITH(NAMES SCHEMA HOME, ",258:-16,259:\"application/vnd.cairn.claims+cbor;a=b\""), ERR_BAD_HEADER},
        {"a schema and a type without 258", WITH(NAMES SCHEMA HOME, ",259:\"application/vnd.cairn.claims+cbor\""),
         ERR_BAD_HEADER},
        {"private claims without a schema", WITH(NAMES HOME, PRIVATE_LABELS), ERR_BAD_HEADER},
        {"private claims in capitals without a schema",
         WITH(NAMES HOME, ",258:-16,259:\"APPLICATION/VND.CAIRN.CLAIMS+CBOR\""), ERR_BAD_HEADER},
        {"a neighbour without a schema", WITH(NAMES, ",258:-16,259:\"application/vnd.cairn.claims+cbor;a=b\""), ERR_OK},
        /* as a typ it would be a kind to come */
        {"private claims for a typ", WITH(NAMES HOME, ",16:\"application/vnd.cairn.claims+cbor\""), ERR_BAD_TYP},
        /* labels before claims before the payload */
        {"two faults", WITH(NAMES SCHEMA, ",258:-16"), ERR_BAD_HEADER},
    };
    static const uint8_t hash[33] = {1};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct span protected = diag(cases[i].notation);
        struct statement s;

        assert_err(cases[i].name, statement_decode(envelope(protected, span_of(hash, 32)), &s), cases[i].want);
        for (size_t len = 31; len <= 33; len += 2)
            assert_err(cases[i].name, statement_decode(envelope(protected, span_of(hash, len)), &s),
                       cases[i].want == ERR_OK ? ERR_BAD_PAYLOAD : cases[i].want);
    }
}

static void a_place_has_at_most_1024_bytes(void **state)
{
    static const uint8_t hash[32] = {1};
    static char place[LOCATION_MAX + 2];
    struct statement s;

    (void)state;
    memset(place, 'x', LOCATION_MAX);
    assert_int_equal(
        statement_decode(envelope(diag_format(WITH(NAMES, ",258:-16,260:\"%s\""), place), span_of(hash, 32)), &s),
        ERR_OK);
    assert_int_equal(s.preimage_location.len, LOCATION_MAX);
    place[LOCATION_MAX] = 'x';
    assert_int_equal(
        statement_decode(envelope(diag_format(WITH(NAMES, ",258:-16,260:\"%s\""), place), span_of(hash, 32)), &s),
        ERR_BAD_HEADER);
}

static void what_an_envelope_says_is_kept(void **state)
{
    static const uint8_t hash[32] = {1};
    struct statement s;

    (void)state;
    assert_int_equal(
        statement_decode(envelope(diag(WITH(NAMES, ",258:-16,259:\"a/b\",260:\"c\"")), span_of(hash, 32)), &s), ERR_OK);
    assert_true(s.has_envelope && !s.is_private && s.depends_count == 0);
    assert_span_equal(s.preimage_type, SPAN("a/b"));
    assert_span_equal(s.preimage_location, SPAN("c"));
    assert_int_equal(statement_decode(envelope(diag(WITH(NAMES, ",258:-16,259:0")), span_of(hash, 32)), &s), ERR_OK);
    assert_int_equal(s.preimage_type.len + s.preimage_location.len, 0);
    assert_int_equal(statement_decode(envelope(diag(WITH(NAMES SCHEMA HOME, PRIVATE_LABELS)), span_of(hash, 32)), &s),
                     ERR_OK);
    assert_true(s.has_envelope && s.is_private && s.has_schema);
    assert_int_equal(statement_decode(envelope(diag(WITH(NAMES, "")), span_of(hash, 32)), &s), ERR_OK);
    assert_true(!s.has_envelope && !s.is_private);
}

static void dependencies_come_in_the_order_given(void **state)
{
    struct statement s;

    (void)state;
    assert_int_equal(statement_decode(envelope(diag(WITH(NAMES DEPENDS("#3,#1,#2"), "")), SPAN("")), &s), ERR_OK);
    assert_int_equal(s.depends_count, 3);
    for (size_t i = 0; i < 3; i++) {
        struct hash want, got = statement_depends(&s, i);

        memset(want.b, "\3\1\2"[i], sizeof(want.b));
        assert_true(hash_equal(&got, &want));
    }
    assert_int_equal(statement_decode(envelope(diag(WITH(NAMES DEPENDS(SIXTEEN), "")), SPAN("")), &s), ERR_OK);
    assert_int_equal(s.depends_count, DEPENDS_MAX);
    for (size_t i = 0; i < DEPENDS_MAX; i++) assert_int_equal(statement_depends(&s, i).b[31], i + 1);
}

static void typ_and_content_type_are_kept(void **state)
{
    struct statement s;

    (void)state;
    assert_int_equal(statement_decode(envelope(diag(WITH(NAMES, ",16:\"a/b\",3:\"c/d\"")), SPAN("not CBOR")), &s),
                     ERR_OK);
    assert_span_equal(s.typ, SPAN("a/b"));
    assert_span_equal(s.content_type, SPAN("c/d"));
    assert_int_equal(s.kind, KIND_ATTESTATION);
    assert_int_equal(s.home.len, 0);
    assert_int_equal(statement_decode(envelope(diag(WITH(NAMES, ",16:1,3:2")), SPAN("")), &s), ERR_OK);
    assert_int_equal(s.typ.len + s.content_type.len, 0);
}

static void claims_under_a_schema_are_a_map(void **state)
{
    static const struct refused cases[] = {
        {"a map", "{\"a\":1}", ERR_OK},
        {"an empty map", "{}", ERR_OK},
        {"nothing", "", ERR_BAD_PAYLOAD},
        {"an array", "[]", ERR_BAD_PAYLOAD},
        {"two maps", "{} {}", ERR_TRAILING},
        {"half a map", "x'a161'", ERR_TRUNCATED},
        {"a key twice", "{\"a\":1,\"a\":1}", ERR_CBOR_DUPLICATE},
        {"a float", "{\"a\":x'f90000'}", ERR_BAD_CBOR},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct statement s;
        struct span payload = diag(cases[i].notation);

        assert_err(cases[i].name, statement_decode(envelope(diag(WITH(NAMES SCHEMA HOME, "")), payload), &s),
                   cases[i].want);
        assert_err(cases[i].name, statement_decode(envelope(diag(WITH(NAMES, "")), payload), &s), ERR_OK);
    }
}

/* The length of the payload, over 255, that makes a statement of `size` bytes around `protected`. */
static size_t payload_for(struct span protected, size_t size)
{
    static const uint8_t zeros[300];

    return size - (envelope(protected, span_of(zeros, sizeof(zeros))).len - sizeof(zeros));
}

static void each_kind_has_its_largest_size(void **state)
{
    static const struct {
        const char *word, *protected;
        size_t size_max;
    } cases[KIND_COUNT] = {
        [KIND_ATTESTATION] = {"attestation", WITH(NAMES, ""), 65535},
        [KIND_ISSUER] = {"issuer", WITH("1:\"acme\",2:\"acme\"" HOME, ISSUER_TYP), 2048},
        [KIND_RULES] = {"rules", WITH("1:\"log.example\",2:\"log.example\"" HOME, RULES_TYP), 16384},
        [KIND_SCHEMA] = {"schema", WITH(NAMES HOME, SCHEMA_TYP), 8192},
        [KIND_STATUS] = {"status", WITH(NAMES HOME, STATUS_TYP), 1024},
        [KIND_SEAL] = {"seal", WITH("1:\"log.example\",2:\"log.example\"" HOME, SEAL_TYP), 1024},
    };
    static const uint8_t zeros[STATEMENT_SIZE_MAX + 1];

    (void)state;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        struct span protected = diag(cases[kind].protected), bytes;
        size_t len = payload_for(protected, cases[kind].size_max);
        struct statement s;

        assert_string_equal(kind_row((enum statement_kind)kind)->word, cases[kind].word);
        bytes = envelope(protected, span_of(zeros, len));
        assert_int_equal(bytes.len, cases[kind].size_max);
        assert_err(cases[kind].word, statement_decode(bytes, &s), ERR_OK);
        assert_int_equal(s.kind, kind);
        bytes = envelope(protected, span_of(zeros, len + 1));
        assert_err(cases[kind].word, statement_decode(bytes, &s), ERR_STATEMENT_TOO_LARGE);
    }
}

static void each_kind_needs_its_purpose(void **state)
{
    (void)state;
    assert_int_equal(kind_row(KIND_ATTESTATION)->purpose, 1);
    assert_int_equal(kind_row(KIND_SCHEMA)->purpose, 1);
    assert_int_equal(kind_row(KIND_STATUS)->purpose, 2);
    assert_int_equal(kind_row(KIND_ISSUER)->purpose, 4);
    assert_int_equal(kind_row(KIND_SEAL)->purpose, 8);
    assert_int_equal(kind_row(KIND_RULES)->purpose, 16);
}

static void what_is_unprotected_is_refused_or_stripped(void **state)
{
    struct span plain = envelope(diag(WITH(NAMES, "")), SPAN("p"));
    uint8_t bytes[512], again[512];
    struct out o = out_over(bytes, sizeof(bytes)), stripped = out_over(again, sizeof(again));
    struct statement s, of;
    struct sign1 cose;

    (void)state;
    assert_int_equal(statement_decode(plain, &s), ERR_OK);
    cose = s.cose;
    cose.unprotected = diag("{394:[h'00']}");
    sign1_encode(&cose, &o);
    assert_int_equal(statement_decode(out_span(&o), &of), ERR_UNPROTECTED);

    assert_int_equal(statement_canonical(out_span(&o), &stripped), ERR_OK);
    assert_span_equal(out_span(&stripped), plain);

    assert_int_equal(sign1_decode(out_span(&o), &cose), ERR_OK);
    assert_span_equal(cose.unprotected, diag("{394:[h'00']}"));
    assert_int_equal(statement_of(&cose, &of), ERR_OK);
    assert_true(hash_equal(&of.id, &s.id));
    assert_int_equal(of.bytes.len, 0);
}

static void the_payload_must_be_inside(void **state)
{
    struct sign1 cose = {.protected = diag(WITH(NAMES, "")), .detached = true};
    uint8_t bytes[256], again[256];
    struct out o = out_over(bytes, sizeof(bytes)), stripped = out_over(again, sizeof(again));
    struct statement s;

    (void)state;
    sign1_encode_canonical(&cose, &o);
    assert_int_equal(statement_decode(out_span(&o), &s), ERR_NOT_SIGN1);
    assert_int_equal(statement_of(&cose, &s), ERR_NOT_SIGN1);
    assert_int_equal(statement_canonical(out_span(&o), &stripped), ERR_NOT_SIGN1);
}

static void both_numbers_of_ed25519_verify(void **state)
{
    struct secret_key key = test_key(1);
    struct public_key public = test_public(1);
    uint8_t bytes[512], work[512];
    struct out o = out_over(bytes, sizeof(bytes));
    struct sign1 cose = {.protected = diag("{1:-19,4:#1,15:{" NAMES "}}"), .payload = SPAN("p")};
    struct statement s;

    (void)state;
    assert_int_equal(sign1_sign(&cose, cose.payload, &key, out_over(work, sizeof(work))), ERR_OK);
    sign1_encode_canonical(&cose, &o);
    assert_int_equal(statement_decode(out_span(&o), &s), ERR_OK);
    assert_int_equal(statement_verify(&s, &public), ERR_OK);
}

static void issuers_are_text_without_controls(void **state)
{
    uint8_t letters[ISS_MAX + 1];

    (void)state;
    memset(letters, 'a', sizeof(letters));
    assert_true(iss_good(SPAN("a")));
    assert_true(iss_good(SPAN("Acme Ltd \xc3\xa9 \xc2\xa0 ~")));
    assert_true(iss_good(span_of(letters, ISS_MAX)));
    assert_false(iss_good(span_of(letters, ISS_MAX + 1)));
    assert_false(iss_good(SPAN("")));
    assert_false(iss_good(SPAN("a\x1f")));
    assert_false(iss_good(SPAN("a\0b")));
    assert_false(iss_good(SPAN("\x7f")));
    assert_false(iss_good(SPAN("a\xc2\x80")));
    assert_false(iss_good(SPAN("a\xc2\x9f z")));
    assert_false(iss_good(SPAN("\xff")));
    assert_false(iss_good(SPAN("a\xc2")));
}

static void subjects_have_one_spelling(void **state)
{
    static const struct refused cases[] = {
        {"", "a", ERR_OK},
        {"", "!~", ERR_OK},
        {"", "urn:example:", ERR_OK},
        {"", "did:key:z6Mk", ERR_OK},
        {"", "sub-4t7q9mzk2f6x", ERR_OK},
        {"", "0xdeadbeef", ERR_OK},
        {"", "deadbeefdeadbeef", ERR_OK},
        {"", "12345678", ERR_OK},
        {"", "DEADBEE", ERR_OK},
        {"", "0xDEADBEE", ERR_OK},
        {"", "DEADBEEG", ERR_OK},
        {"", "xDEADBEEF", ERR_OK},
        {"", "DEADBEEF:x", ERR_OK},
        {"", "550e8400-e29b-41d4-a716-44665544000", ERR_OK},
        {"", "550e8400-e29b-41d4-a716-4466554400000", ERR_OK},
        {"", "550e8400e29b-41d4-a716--446655440000", ERR_OK},
        {"", "g50e8400-e29b-41d4-a716-446655440000", ERR_OK},
        {"", "a b", ERR_BAD_SUB},
        {"", " ", ERR_BAD_SUB},
        {"", "a\x7f", ERR_BAD_SUB},
        {"", "caf\xc3\xa9", ERR_BAD_SUB},
        {"", "a\tb", ERR_BAD_SUB},
        {"", "", ERR_BAD_SUB},
        {"", "0X", ERR_SUB_NOT_CANONICAL},
        {"", "0Xzz", ERR_SUB_NOT_CANONICAL},
        {"", "eip155:1:0Xdeadbeef", ERR_SUB_NOT_CANONICAL},
        {"", "DEADBEEF", ERR_SUB_NOT_CANONICAL},
        {"", "deadbeeF", ERR_SUB_NOT_CANONICAL},
        {"", "0x0000000A", ERR_SUB_NOT_CANONICAL},
        {"", "eip155:1:0xAbCdEf0123456789", ERR_SUB_NOT_CANONICAL},
        {"", "550e8400-e29b-41d4-a716-446655440000", ERR_SUB_NOT_CANONICAL},
        {"", "550E8400-E29B-41D4-A716-446655440000", ERR_SUB_NOT_CANONICAL},
        {"", "urn:uuid:00000000-0000-0000-0000-000000000000", ERR_SUB_NOT_CANONICAL},
        {"", "0x550e8400-e29b-41d4-a716-446655440000", ERR_SUB_NOT_CANONICAL},
    };
    uint8_t letters[SUB_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_err(cases[i].notation, sub_check(span_text(cases[i].notation)), cases[i].want);
    memset(letters, 'z', sizeof(letters));
    assert_int_equal(sub_check(span_of(letters, SUB_MAX)), ERR_OK);
    assert_int_equal(sub_check(span_of(letters, SUB_MAX + 1)), ERR_BAD_SUB);
}

static struct draft good_draft(void)
{
    return (struct draft){.iss = SPAN("acme"), .sub = SPAN("x"), .home = SPAN("log.example"), .payload = SPAN("\xa0")};
}

static void making_refuses_what_decoding_would(void **state)
{
    static const uint8_t big[STATEMENT_SIZE_MAX + 1];
    struct secret_key key = test_key(1);
    struct draft bad[11];
    struct hash twice[2] = {{{1}}, {{1}}};
    static const enum err want[COUNT_OF(bad)] = {
        ERR_BAD_ISS,        ERR_BAD_SUB,        ERR_SUB_NOT_CANONICAL, ERR_BAD_CLAIMS_SET,
        ERR_BAD_CLAIMS_SET, ERR_BAD_CLAIMS_SET, ERR_BAD_PAYLOAD,       ERR_STATEMENT_TOO_LARGE,
        ERR_BAD_HEADER,     ERR_BAD_PAYLOAD,    ERR_BAD_CLAIMS_SET};
    uint8_t *bytes = malloc(80000);
    struct out o = out_over(bytes, 80000);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) bad[i] = good_draft();
    bad[0].iss = SPAN("");
    bad[1].sub = SPAN("a b");
    bad[2].sub = SPAN("0X");
    bad[3].home = SPAN("a\n");
    bad[4].kind = KIND_STATUS;
    bad[4].has_exp = true;
    bad[5].has_schema = true;
    bad[5].home = SPAN("");
    bad[6].has_schema = true;
    bad[6].payload = SPAN("\x80");
    bad[7].payload = span_of(big, STATEMENT_SIZE_MAX);
    bad[8].is_private = true;
    bad[8].payload = span_of(big, sizeof(struct hash));
    bad[9].is_private = bad[9].has_schema = true;
    bad[10].depends = twice;
    bad[10].depends_count = COUNT_OF(twice);
    out_text(&o, "before");
    for (size_t i = 0; i < COUNT_OF(bad); i++) assert_int_equal(statement_make(&bad[i], &key, &o), want[i]);
    assert_span_equal(out_span(&o), SPAN("before"));
    assert_false(o.full);
    free(bytes);
}

static void making_appends_and_says_when_there_is_no_room(void **state)
{
    struct secret_key key = test_key(1);
    struct public_key public = test_public(1);
    struct hash kid = test_kid(1);
    struct draft d = good_draft();
    uint8_t bytes[512];
    struct out o = out_over(bytes, sizeof(bytes)), small;
    struct statement s;

    (void)state;
    d.has_nbf = d.has_iat = true;
    d.nbf = 5;
    d.iat = 6;
    out_text(&o, "before");
    assert_int_equal(statement_make(&d, &key, &o), ERR_OK);
    assert_int_equal(statement_decode(span_slice(out_span(&o), 6, o.len), &s), ERR_OK);
    assert_true(hash_equal(&s.kid, &kid));
    assert_true(s.has_nbf && s.has_iat && s.nbf == 5 && s.iat == 6);
    assert_int_equal(statement_verify(&s, &public), ERR_OK);
    small = out_over(bytes, s.bytes.len);
    assert_int_equal(statement_make(&d, &key, &small), ERR_OK);
    small = out_over(bytes, small.len - 1);
    assert_int_equal(statement_make(&d, &key, &small), ERR_NO_ROOM);
    assert_int_equal(small.len, 0);
}

/* The longest names, every date, the largest payload: all of it fits what making works in. */
static void the_longest_names_and_the_largest_payload_can_be_made(void **state)
{
    struct secret_key key = test_key(1);
    struct public_key public = test_public(1);
    struct draft d = {.has_exp = true,
                      .has_nbf = true,
                      .has_iat = true,
                      .has_schema = true,
                      .exp = UINT64_MAX,
                      .nbf = UINT64_MAX,
                      .iat = UINT64_MAX};
    uint8_t names[ISS_MAX], *bytes = malloc(2 * STATEMENT_SIZE_MAX), *payload = calloc(1, STATEMENT_SIZE_MAX);
    struct out o = out_over(bytes, STATEMENT_SIZE_MAX), p = out_over(payload, STATEMENT_SIZE_MAX);
    struct statement s;
    struct hash depends[DEPENDS_MAX] = {{{0}}};
    size_t rest = 64440 - DEPENDS_MAX * (2 + sizeof(struct hash));

    (void)state;
    for (size_t i = 0; i < DEPENDS_MAX; i++) depends[i].b[0] = (uint8_t)i;
    d.depends = depends;
    d.depends_count = DEPENDS_MAX;
    memset(names, 'z', sizeof(names));
    d.iss = d.sub = d.home = span_of(names, sizeof(names));
    cbor_put_map(&p, 1);
    cbor_put_uint(&p, 0);
    cbor_put_bytes_head(&p, rest);
    d.payload = span_of(payload, p.len + rest);
    assert_int_equal(statement_make(&d, &key, &o), ERR_OK);
    assert_true(o.len > STATEMENT_SIZE_MAX - 200);
    assert_int_equal(statement_decode(out_span(&o), &s), ERR_OK);
    assert_int_equal(statement_verify(&s, &public), ERR_OK);
    assert_true(s.exp == UINT64_MAX);
    d.is_private = true;
    d.payload = hash_span(&d.schema);
    o = out_over(bytes, STATEMENT_SIZE_MAX);
    assert_int_equal(statement_make(&d, &key, &o), ERR_OK);
    assert_int_equal(statement_decode(out_span(&o), &s), ERR_OK);
    assert_true(s.is_private && s.depends_count == DEPENDS_MAX);
    for (size_t i = 0; i < DEPENDS_MAX; i++) assert_int_equal(statement_depends(&s, i).b[0], i);
    free(bytes);
    free(payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_claims_of_the_vectors_hash_to_their_payload),
        cmocka_unit_test(vectors_decode_to_their_ids_and_verify),
        cmocka_unit_test(fields_are_those_of_the_vectors),
        cmocka_unit_test(making_gives_the_bytes_of_the_vectors),
        cmocka_unit_test(every_prefix_of_a_vector_is_refused),
        cmocka_unit_test(no_flipped_bit_keeps_the_id_or_the_signature),
        cmocka_unit_test(headers_are_refused_by_name),
        cmocka_unit_test(envelopes_are_refused_by_name),
        cmocka_unit_test(a_place_has_at_most_1024_bytes),
        cmocka_unit_test(what_an_envelope_says_is_kept),
        cmocka_unit_test(dependencies_come_in_the_order_given),
        cmocka_unit_test(typ_and_content_type_are_kept),
        cmocka_unit_test(claims_under_a_schema_are_a_map),
        cmocka_unit_test(each_kind_has_its_largest_size),
        cmocka_unit_test(each_kind_needs_its_purpose),
        cmocka_unit_test(what_is_unprotected_is_refused_or_stripped),
        cmocka_unit_test(the_payload_must_be_inside),
        cmocka_unit_test(both_numbers_of_ed25519_verify),
        cmocka_unit_test(issuers_are_text_without_controls),
        cmocka_unit_test(subjects_have_one_spelling),
        cmocka_unit_test(making_refuses_what_decoding_would),
        cmocka_unit_test(making_appends_and_says_when_there_is_no_room),
        cmocka_unit_test(the_longest_names_and_the_largest_payload_can_be_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
