/* Schemas, and claims against them. */
#include "tests/statement/known.h"

#include <stdio.h>

#include "log/statement/schema.h"
#include "tests/guard.h"

#define FIELD(name, type, limits) "{1:\"" name "\",2:" type ",3:true,4:0,5:\"\",6:{" limits "}}"
#define WITH_FIELDS(fields) "{1:\"kyc\",2:1,4:[" fields "],6:true,7:false,8:false,9:true}"
#define LEVEL FIELD("level", "3", "")

static struct schema_payload decoded, other;

static struct schema_payload *read_schema(const char *notation)
{
    assert_err(notation, schema_decode(diag(notation), &decoded), ERR_OK);
    return &decoded;
}

static struct span encoded(const struct schema_payload *p)
{
    static uint8_t bytes[65536];
    struct out o = out_over(bytes, sizeof(bytes));

    schema_encode(p, &o);
    assert_false(o.full);
    return out_span(&o);
}

static void the_schema_of_the_vectors_encodes_to_the_same_bytes(void **state)
{
    json_t *all = vectors_open();
    struct span payload;

    (void)state;
    if (all == NULL) skip();
    payload = json_hex(json_array_get(json_object_get(all, "statements"), 1), "payload");
    assert_int_equal(schema_decode(payload, &decoded), ERR_OK);
    assert_span_equal(encoded(&decoded), payload);
    assert_span_equal(decoded.name, SPAN("kyc"));
    assert_true(decoded.version == 1 && !decoded.has_prev);
    assert_true(decoded.has_validity && decoded.validity == 31536000);
    assert_true(decoded.revocable && !decoded.open && !decoded.breaking && decoded.private_allowed);
    assert_int_equal(decoded.field_count, 2);
    assert_span_equal(decoded.field[0].name, SPAN("level"));
    assert_true(decoded.field[0].type == FIELD_TEXT && decoded.field[0].required);
    assert_int_equal(decoded.field[0].choice_count, 2);
    assert_span_equal(decoded.field[0].choice[1], SPAN("full"));
    assert_true(decoded.field[1].has_least && decoded.field[1].has_most);
    assert_true(decoded.field[1].least == 2 && decoded.field[1].most == 2);
    json_decref(all);
}

static void the_claims_of_the_vectors_fit_their_schema(void **state)
{
    json_t *all = vectors_open(), *rows;
    struct span field;

    (void)state;
    if (all == NULL) skip();
    rows = json_object_get(all, "statements");
    assert_int_equal(schema_decode(json_hex(json_array_get(rows, 1), "payload"), &decoded), ERR_OK);
    assert_int_equal(schema_check(&decoded, json_hex(json_array_get(rows, 2), "payload"), &field), ERR_OK);
    assert_int_equal(schema_check(&decoded, diag("{\"level\":\"best\",\"country\":\"PT\"}"), &field),
                     ERR_CLAIMS_MISMATCH);
    assert_span_equal(field, SPAN("level"));
    json_decref(all);
}

static void schemas_are_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        {"least", WITH_FIELDS(LEVEL), ERR_OK},
        {"another order", "{9:true,8:false,7:true,6:false,4:[" LEVEL "],2:1,1:\"a\"}", ERR_OK},
        {"validity", "{1:\"a\",2:1,4:[" LEVEL "],5:1,6:true,7:false,8:false,9:true}", ERR_OK},
        {"validity 0", "{1:\"a\",2:1,4:[" LEVEL "],5:0,6:true,7:false,8:false,9:true}", ERR_BAD_PAYLOAD},
        {"version 0", "{1:\"a\",2:0,4:[" LEVEL "],6:true,7:false,8:false,9:true}", ERR_BAD_PAYLOAD},
        {"version 1 with prev", "{1:\"a\",2:1,3:#1,4:[" LEVEL "],6:true,7:false,8:false,9:true}", ERR_BAD_PAYLOAD},
        {"version 2", "{1:\"a\",2:2,3:#1,4:[" LEVEL "],6:true,7:false,8:false,9:true}", ERR_NOT_BUILT},
        {"version 2 without prev", "{1:\"a\",2:2,4:[" LEVEL "],6:true,7:false,8:false,9:true}", ERR_BAD_PAYLOAD},
        {"no name", "{2:1,4:[" LEVEL "],6:true,7:false,8:false,9:true}", ERR_BAD_PAYLOAD},
        {"no version", "{1:\"a\",4:[" LEVEL "],6:true,7:false,8:false,9:true}", ERR_BAD_PAYLOAD},
        {"no fields", "{1:\"a\",2:1,6:true,7:false,8:false,9:true}", ERR_BAD_PAYLOAD},
        {"no revocable", "{1:\"a\",2:1,4:[" LEVEL "],7:false,8:false,9:true}", ERR_BAD_PAYLOAD},
        {"no open", "{1:\"a\",2:1,4:[" LEVEL "],6:true,8:false,9:true}", ERR_BAD_PAYLOAD},
        {"no breaking", "{1:\"a\",2:1,4:[" LEVEL "],6:true,7:false,9:true}", ERR_BAD_PAYLOAD},
        {"no private", "{1:\"a\",2:1,4:[" LEVEL "],6:true,7:false,8:false}", ERR_BAD_PAYLOAD},
        {"key 10", "{1:\"a\",2:1,4:[" LEVEL "],6:true,7:false,8:false,9:true,10:0}", ERR_BAD_PAYLOAD},
        {"a key twice", "{1:\"a\",1:\"a\",2:1,4:[" LEVEL "],6:true,7:false,8:false,9:true}", ERR_CBOR_DUPLICATE},
        {"a flag of 1", "{1:\"a\",2:1,4:[" LEVEL "],6:1,7:false,8:false,9:true}", ERR_CBOR_TYPE},
        {"a name in capitals", "{1:\"KYC\",2:1,4:[" LEVEL "],6:true,7:false,8:false,9:true}", ERR_BAD_SCHEMA},
        {"an empty set", WITH_FIELDS(""), ERR_BAD_PAYLOAD},
        /* fields */
        {"bool", WITH_FIELDS(FIELD("a", "0", "")), ERR_OK},
        {"int", WITH_FIELDS(FIELD("a", "1", "")), ERR_NOT_BUILT},
        {"uint", WITH_FIELDS(FIELD("a", "2", "1:0,2:0")), ERR_OK},
        {"text", WITH_FIELDS(FIELD("a", "3", "1:1,2:2,3:[\"a\"]")), ERR_OK},
        {"bytes", WITH_FIELDS(FIELD("a", "4", "")), ERR_NOT_BUILT},
        {"time", WITH_FIELDS(FIELD("a", "5", "")), ERR_NOT_BUILT},
        {"type 6", WITH_FIELDS(FIELD("a", "6", "")), ERR_BAD_SCHEMA},
        {"type 15", WITH_FIELDS(FIELD("a", "15", "")), ERR_BAD_SCHEMA},
        {"an array of bool", WITH_FIELDS(FIELD("a", "16", "")), ERR_NOT_BUILT},
        {"an array of time", WITH_FIELDS(FIELD("a", "21", "")), ERR_NOT_BUILT},
        {"type 22", WITH_FIELDS(FIELD("a", "22", "")), ERR_BAD_SCHEMA},
        {"a field twice", WITH_FIELDS(LEVEL "," FIELD("b", "3", "") "," LEVEL), ERR_BAD_SCHEMA},
        {"a field in capitals", WITH_FIELDS(FIELD("A", "3", "")), ERR_BAD_SCHEMA},
        {"a field without name", WITH_FIELDS(FIELD("", "3", "")), ERR_BAD_SCHEMA},
        {"disclosure", WITH_FIELDS("{1:\"a\",2:3,3:true,4:1,5:\"\",6:{}}"), ERR_NOT_BUILT},
        {"description", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,5:\"what it is\",6:{}}"), ERR_NOT_BUILT},
        {"no limits", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,5:\"\"}"), ERR_BAD_SCHEMA},
        {"no description", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,6:{}}"), ERR_BAD_SCHEMA},
        {"no disclosure", WITH_FIELDS("{1:\"a\",2:3,3:true,5:\"\",6:{}}"), ERR_BAD_SCHEMA},
        {"no required", WITH_FIELDS("{1:\"a\",2:3,4:0,5:\"\",6:{}}"), ERR_BAD_SCHEMA},
        {"no type", WITH_FIELDS("{1:\"a\",3:true,4:0,5:\"\",6:{}}"), ERR_BAD_SCHEMA},
        {"no field name", WITH_FIELDS("{2:3,3:true,4:0,5:\"\",6:{}}"), ERR_BAD_SCHEMA},
        {"more of a field", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,5:\"\",6:{},7:0}"), ERR_BAD_PAYLOAD},
        /* limits */
        {"least over most", WITH_FIELDS(FIELD("a", "2", "1:2,2:1")), ERR_BAD_SCHEMA},
        {"least alone", WITH_FIELDS(FIELD("a", "2", "1:18446744073709551615")), ERR_OK},
        {"most alone", WITH_FIELDS(FIELD("a", "2", "2:0")), ERR_OK},
        {"limits of a bool", WITH_FIELDS(FIELD("a", "0", "2:1")), ERR_BAD_SCHEMA},
        {"choices of a bool", WITH_FIELDS(FIELD("a", "0", "3:[\"a\"]")), ERR_BAD_SCHEMA},
        {"choices of a uint", WITH_FIELDS(FIELD("a", "2", "3:[\"a\"]")), ERR_NOT_BUILT},
        {"a choice twice", WITH_FIELDS(FIELD("a", "3", "3:[\"a\",\"b\",\"a\"]")), ERR_BAD_SCHEMA},
        {"no choice", WITH_FIELDS(FIELD("a", "3", "3:[]")), ERR_BAD_PAYLOAD},
        {"a number to choose", WITH_FIELDS(FIELD("a", "3", "3:[1]")), ERR_CBOR_TYPE},
        {"a negative limit", WITH_FIELDS(FIELD("a", "2", "1:-1")), ERR_CBOR_TYPE},
        {"more limits", WITH_FIELDS(FIELD("a", "3", "4:1")), ERR_BAD_PAYLOAD},
        {"limits no map", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,5:\"\",6:[]}"), ERR_CBOR_TYPE},
        {"no map", "[]", ERR_CBOR_TYPE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_err(cases[i].name, schema_decode(diag(cases[i].notation), &decoded), cases[i].want);
}

static void names_have_one_alphabet(void **state)
{
    uint8_t letters[SCHEMA_NAME_MAX + 1];

    (void)state;
    memset(letters, 'a', sizeof(letters));
    assert_true(schema_name_good(SPAN("a")));
    assert_true(schema_name_good(SPAN("z0-_.9")));
    assert_true(schema_name_good(span_of(letters, SCHEMA_NAME_MAX)));
    assert_false(schema_name_good(span_of(letters, SCHEMA_NAME_MAX + 1)));
    assert_false(schema_name_good(SPAN("")));
    assert_false(schema_name_good(SPAN("0a")));
    assert_false(schema_name_good(SPAN("-a")));
    assert_false(schema_name_good(SPAN(".a")));
    assert_false(schema_name_good(SPAN("aB")));
    assert_false(schema_name_good(SPAN("a b")));
    assert_false(schema_name_good(SPAN("a:b")));
    assert_false(schema_name_good(SPAN("caf\xc3\xa9")));
}

/* Fills `text` with `count` items, each with its number between `before` and `after`. */
static void repeat(char *text, size_t size, const char *before, const char *after, unsigned count)
{
    size_t len = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < count; i++) len += (size_t)snprintf(text + len, size - len, "%s%02u%s", before, i, after);
    assert_true(len < size);
}

static void sixty_four_fields_and_thirty_two_choices_are_the_most(void **state)
{
    char text[8192];

    (void)state;
    repeat(text, sizeof(text), "{1:\"f", "\",2:3,3:true,4:0,5:\"\",6:{}},", SCHEMA_FIELDS_MAX);
    assert_int_equal(schema_decode(diag_format(WITH_FIELDS("%s"), text), &decoded), ERR_OK);
    assert_int_equal(decoded.field_count, SCHEMA_FIELDS_MAX);
    assert_span_equal(encoded(&decoded), diag_format(WITH_FIELDS("%s"), text));
    repeat(text, sizeof(text), "{1:\"f", "\",2:3,3:true,4:0,5:\"\",6:{}},", SCHEMA_FIELDS_MAX + 1);
    assert_int_equal(schema_decode(diag_format(WITH_FIELDS("%s"), text), &decoded), ERR_BAD_PAYLOAD);
    repeat(text, sizeof(text), "\"c", "\",", SCHEMA_CHOICES_MAX);
    assert_int_equal(schema_decode(diag_format(WITH_FIELDS(FIELD("a", "3", "3:[%s]")), text), &decoded), ERR_OK);
    assert_span_equal(decoded.field[0].choice[31], SPAN("c31"));
    repeat(text, sizeof(text), "\"c", "\",", SCHEMA_CHOICES_MAX + 1);
    assert_int_equal(schema_decode(diag_format(WITH_FIELDS(FIELD("a", "3", "3:[%s]")), text), &decoded),
                     ERR_BAD_PAYLOAD);
    snprintf(text, sizeof(text), "%064d", 0);
    assert_int_equal(schema_decode(diag_format(WITH_FIELDS(FIELD("a", "3", "3:[\"%s\"]")), text), &decoded), ERR_OK);
    snprintf(text, sizeof(text), "%065d", 0);
    assert_int_equal(schema_decode(diag_format(WITH_FIELDS(FIELD("a", "3", "3:[\"%s\"]")), text), &decoded),
                     ERR_BAD_SCHEMA);
}

static void a_schema_comes_back_whole_and_every_prefix_is_refused(void **state)
{
    struct span whole = diag(WITH_FIELDS(FIELD("a", "3", "1:1,2:300,3:[\"x\",\"y\"]") "," FIELD(
        "b", "2", "2:5") ","
                         "{1:\"c\",2:0,3:false,4:0,5:\"\",6:{}}"));
    struct guard g = guard_open(whole.len);
    uint8_t *copy;

    (void)state;
    assert_int_equal(schema_decode(whole, &decoded), ERR_OK);
    assert_span_equal(encoded(&decoded), whole);
    for (size_t len = 0; len < whole.len; len++)
        assert_int_equal(schema_decode(guard_copy(&g, span_slice(whole, 0, len)), &other), ERR_TRUNCATED);
    copy = (uint8_t *)(uintptr_t)guard_copy(&g, whole).ptr;
    for (size_t bit = 0; bit < 8 * whole.len; bit++) {
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        if (schema_decode(span_of(copy, whole.len), &other) == ERR_OK)
            assert_span_equal(encoded(&other), span_of(copy, whole.len));
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    guard_close(&g);
}

static void decoding_leaves_nothing_of_the_schema_before(void **state)
{
    static const char small[] =
        "{1:\"b\",2:1,4:[{1:\"c\",2:0,3:false,4:0,5:\"\",6:{}}],6:false,7:false,8:false,9:false}";
    struct span bytes = diag(small);

    (void)state;
    read_schema("{1:\"a\",2:1,4:[" FIELD("x", "3", "1:1,2:2,3:[\"q\"]") "," LEVEL "],5:7,6:true,7:true,8:true,9:true}");
    assert_int_equal(schema_decode(bytes, &decoded), ERR_OK);
    assert_span_equal(encoded(&decoded), bytes);
    assert_true(decoded.field_count == 1 && !decoded.has_validity && !decoded.revocable);
}

#define CLOSED \
    WITH_FIELDS(FIELD("t", "3", "1:2,2:4") "," FIELD("c", "3", "3:[\"x\",\"yy\"]") "," FIELD( \
        "n", "2", "1:5,2:9") "," FIELD("b", "0", "") ",{1:\"o\",2:3,3:false,4:0,5:\"\",6:{}}")
#define CLAIMS(t, c, n, b) "{\"t\":" t ",\"c\":" c ",\"n\":" n ",\"b\":" b "}"

static void claims_are_held_to_their_fields(void **state)
{
    static const struct {
        const char *claims, *field;
    } cases[] = {
        {CLAIMS("\"ab\"", "\"x\"", "5", "true"), NULL},
        {CLAIMS("\"abcd\"", "\"yy\"", "9", "false"), NULL},
        {"{\"o\":\"\",\"b\":true,\"n\":5,\"c\":\"x\",\"t\":\"ab\"}", NULL},
        {CLAIMS("\"a\"", "\"x\"", "5", "true"), "t"},
        {CLAIMS("\"abcde\"", "\"x\"", "5", "true"), "t"},
        {CLAIMS("h'6162'", "\"x\"", "5", "true"), "t"},
        {CLAIMS("2", "\"x\"", "5", "true"), "t"},
        {CLAIMS("[\"ab\"]", "\"x\"", "5", "true"), "t"},
        {CLAIMS("1(\"ab\")", "\"x\"", "5", "true"), "t"},
        {CLAIMS("\"ab\"", "\"y\"", "5", "true"), "c"},
        {CLAIMS("\"ab\"", "\"\"", "5", "true"), "c"},
        {CLAIMS("\"ab\"", "\"x\"", "4", "true"), "n"},
        {CLAIMS("\"ab\"", "\"x\"", "10", "true"), "n"},
        {CLAIMS("\"ab\"", "\"x\"", "-6", "true"), "n"},
        {CLAIMS("\"ab\"", "\"x\"", "\"5\"", "true"), "n"},
        {CLAIMS("\"ab\"", "\"x\"", "5", "null"), "b"},
        {CLAIMS("\"ab\"", "\"x\"", "5", "1"), "b"},
        {"{\"c\":\"x\",\"n\":5,\"b\":true}", "t"},
        {"{\"t\":\"ab\",\"n\":5,\"b\":true}", "c"},
        {"{}", "t"},
        {"{\"t\":\"ab\",\"c\":\"x\",\"n\":5,\"b\":true,\"o\":1}", "o"},
        {"{\"t\":\"ab\",\"c\":\"x\",\"n\":5,\"b\":true,\"z\":1}", "z"},
        {"{\"t\":\"ab\",\"c\":\"x\",\"n\":5,\"b\":true,\"T\":\"ab\"}", "T"},
        {"{\"t\":\"ab\",\"c\":\"x\",\"n\":5,\"b\":true,\"\":1}", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct span field = SPAN("untouched");
        enum err e = schema_check(read_schema(CLOSED), diag(cases[i].claims), &field);

        assert_err(cases[i].claims, e, cases[i].field == NULL ? ERR_OK : ERR_CLAIMS_MISMATCH);
        assert_span_equal(field, cases[i].field == NULL ? SPAN("untouched") : span_text(cases[i].field));
    }
}

/* An e with an accent is two bytes. */
static void the_length_of_a_text_is_counted_in_bytes(void **state)
{
    struct span field;

    (void)state;
    read_schema(CLOSED);
    assert_int_equal(schema_check(&decoded, diag(CLAIMS("\"\xc3\xa9\"", "\"x\"", "5", "true")), &field), ERR_OK);
    assert_int_equal(schema_check(&decoded, diag(CLAIMS("\"\xc3\xa9\xc3\xa9\"", "\"x\"", "5", "true")), &field),
                     ERR_OK);
    assert_int_equal(schema_check(&decoded, diag(CLAIMS("\"\xc3\xa9\xc3\xa9z\"", "\"x\"", "5", "true")), &field),
                     ERR_CLAIMS_MISMATCH);
}

static void an_open_schema_takes_fields_it_does_not_know(void **state)
{
    const struct schema_payload *p = read_schema("{1:\"a\",2:1,4:[" LEVEL "],6:true,7:true,8:false,9:true}");
    struct span field;

    (void)state;
    assert_int_equal(schema_check(p, diag("{\"a\":[{1:2}],\"level\":\"x\",\"z\":null}"), &field), ERR_OK);
    assert_int_equal(schema_check(p, diag("{\"a\":1,\"level\":2}"), &field), ERR_CLAIMS_MISMATCH);
    assert_int_equal(schema_check(p, diag("{\"a\":1}"), &field), ERR_CLAIMS_MISMATCH);
    assert_span_equal(field, SPAN("level"));
}

static void claims_are_a_strict_map_of_texts(void **state)
{
    static const struct refused cases[] = {
        {"an array", "[]", ERR_CBOR_TYPE},
        {"nothing", "", ERR_TRUNCATED},
        {"a number for a key", "{1:2,\"level\":\"x\"}", ERR_CBOR_TYPE},
        {"bytes for a key", "{h'61':2,\"level\":\"x\"}", ERR_CBOR_TYPE},
        {"a key twice", "{\"level\":\"x\",\"level\":\"x\"}", ERR_CBOR_DUPLICATE},
        {"trailing", "{\"level\":\"x\"} 0", ERR_TRAILING},
        {"no length", "x'bfff'", ERR_BAD_CBOR},
        {"a float", "{\"a\":x'f90000',\"level\":\"x\"}", ERR_BAD_CBOR},
        {"bad UTF-8", "{\"level\":x'61ff'}", ERR_BAD_UTF8},
        {"deep", "{\"level\":\"x\",\"z\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}", ERR_CBOR_DEPTH},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct span field;

        read_schema("{1:\"a\",2:1,4:[" LEVEL "],6:true,7:true,8:false,9:true}");
        assert_err(cases[i].name, schema_check(&decoded, diag(cases[i].notation), &field), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_of_the_vectors_encodes_to_the_same_bytes),
        cmocka_unit_test(the_claims_of_the_vectors_fit_their_schema),
        cmocka_unit_test(schemas_are_refused_by_name),
        cmocka_unit_test(names_have_one_alphabet),
        cmocka_unit_test(sixty_four_fields_and_thirty_two_choices_are_the_most),
        cmocka_unit_test(a_schema_comes_back_whole_and_every_prefix_is_refused),
        cmocka_unit_test(decoding_leaves_nothing_of_the_schema_before),
        cmocka_unit_test(claims_are_held_to_their_fields),
        cmocka_unit_test(the_length_of_a_text_is_counted_in_bytes),
        cmocka_unit_test(an_open_schema_takes_fields_it_does_not_know),
        cmocka_unit_test(claims_are_a_strict_map_of_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
