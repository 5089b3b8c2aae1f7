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
    assert_span_equal(decoded.field[0].choice[1], SPAN("\x64"
                                                       "full"));
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
        {"version 2", "{1:\"a\",2:2,3:#1,4:[" LEVEL "],6:true,7:false,8:false,9:true}", ERR_OK},
        {"version 2^64 - 1", "{1:\"a\",2:18446744073709551615,3:#1,4:[" LEVEL "],6:true,7:false,8:false,9:true}",
         ERR_OK},
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
        {"int", WITH_FIELDS(FIELD("a", "1", "1:-5,2:-4,3:[x'3b7fffffffffffffff',9223372036854775807,3]")), ERR_OK},
        {"uint", WITH_FIELDS(FIELD("a", "2", "1:0,2:0,3:[18446744073709551615]")), ERR_OK},
        {"text", WITH_FIELDS(FIELD("a", "3", "1:1,2:2,3:[\"a\"]")), ERR_OK},
        {"bytes", WITH_FIELDS(FIELD("a", "4", "1:1,2:2,3:[h'',h'00']")), ERR_OK},
        {"time", WITH_FIELDS(FIELD("a", "5", "1:1,2:1800000000,3:[0]")), ERR_OK},
        {"type 6", WITH_FIELDS(FIELD("a", "6", "")), ERR_BAD_SCHEMA},
        {"type 15", WITH_FIELDS(FIELD("a", "15", "")), ERR_BAD_SCHEMA},
        {"an array of bool", WITH_FIELDS(FIELD("a", "16", "")), ERR_OK},
        {"an array of int", WITH_FIELDS(FIELD("a", "17", "1:-1,3:[-1]")), ERR_OK},
        {"an array of text", WITH_FIELDS(FIELD("a", "19", "2:3,3:[\"x\"]")), ERR_OK},
        {"an array of time", WITH_FIELDS(FIELD("a", "21", "")), ERR_OK},
        {"type 22", WITH_FIELDS(FIELD("a", "22", "")), ERR_BAD_SCHEMA},
        {"type 256 + 3", WITH_FIELDS(FIELD("a", "259", "")), ERR_BAD_SCHEMA},
        {"a type of 2^64 - 1", WITH_FIELDS(FIELD("a", "18446744073709551615", "")), ERR_BAD_SCHEMA},
        {"a negative type", WITH_FIELDS(FIELD("a", "-1", "")), ERR_CBOR_TYPE},
        {"a field twice", WITH_FIELDS(LEVEL "," FIELD("b", "3", "") "," LEVEL), ERR_BAD_SCHEMA},
        {"a field in capitals", WITH_FIELDS(FIELD("A", "3", "")), ERR_BAD_SCHEMA},
        {"a field without name", WITH_FIELDS(FIELD("", "3", "")), ERR_BAD_SCHEMA},
        {"disclosure", WITH_FIELDS("{1:\"a\",2:3,3:true,4:1,5:\"\",6:{}}"), ERR_NOT_BUILT},
        {"description", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,5:\"what it is\",6:{}}"), ERR_OK},
        {"a description of bytes", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,5:h'',6:{}}"), ERR_CBOR_TYPE},
        {"a negative disclosure", WITH_FIELDS("{1:\"a\",2:3,3:true,4:-1,5:\"\",6:{}}"), ERR_CBOR_TYPE},
        {"no limits", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,5:\"\"}"), ERR_BAD_SCHEMA},
        {"no description", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,6:{}}"), ERR_BAD_SCHEMA},
        {"no disclosure", WITH_FIELDS("{1:\"a\",2:3,3:true,5:\"\",6:{}}"), ERR_BAD_SCHEMA},
        {"no required", WITH_FIELDS("{1:\"a\",2:3,4:0,5:\"\",6:{}}"), ERR_BAD_SCHEMA},
        {"no type", WITH_FIELDS("{1:\"a\",3:true,4:0,5:\"\",6:{}}"), ERR_BAD_SCHEMA},
        {"no field name", WITH_FIELDS("{2:3,3:true,4:0,5:\"\",6:{}}"), ERR_BAD_SCHEMA},
        {"more of a field", WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,5:\"\",6:{},7:0}"), ERR_BAD_PAYLOAD},
        /* limits */
        {"least over most", WITH_FIELDS(FIELD("a", "2", "1:2,2:1")), ERR_BAD_SCHEMA},
        {"least over most, of an int", WITH_FIELDS(FIELD("a", "1", "1:1,2:-1")), ERR_BAD_SCHEMA},
        {"least is most, of an int", WITH_FIELDS(FIELD("a", "1", "1:-1,2:-1")), ERR_OK},
        {"all there is, of an int", WITH_FIELDS(FIELD("a", "1", "1:x'3b7fffffffffffffff',2:9223372036854775807")),
         ERR_OK},
        {"least below an int", WITH_FIELDS(FIELD("a", "1", "1:x'3b8000000000000000'")), ERR_BAD_SCHEMA},
        {"most above an int", WITH_FIELDS(FIELD("a", "1", "2:9223372036854775808")), ERR_BAD_SCHEMA},
        {"a choice below an int", WITH_FIELDS(FIELD("a", "1", "3:[x'3b8000000000000000']")), ERR_BAD_SCHEMA},
        {"a choice above an int", WITH_FIELDS(FIELD("a", "1", "3:[9223372036854775808]")), ERR_BAD_SCHEMA},
        {"least alone", WITH_FIELDS(FIELD("a", "2", "1:18446744073709551615")), ERR_OK},
        {"most alone", WITH_FIELDS(FIELD("a", "2", "2:0")), ERR_OK},
        {"limits before the type", WITH_FIELDS("{6:{3:[-1],2:-1,1:-2},1:\"a\",2:1,3:true,4:0,5:\"\"}"), ERR_OK},
        {"least of a bool", WITH_FIELDS(FIELD("a", "0", "1:0")), ERR_BAD_SCHEMA},
        {"most of a bool", WITH_FIELDS(FIELD("a", "0", "2:1")), ERR_BAD_SCHEMA},
        {"choices of a bool", WITH_FIELDS(FIELD("a", "0", "3:[\"a\"]")), ERR_BAD_SCHEMA},
        {"true to choose", WITH_FIELDS(FIELD("a", "0", "3:[true]")), ERR_CBOR_TYPE},
        {"most of an array of bool", WITH_FIELDS(FIELD("a", "16", "2:1")), ERR_BAD_SCHEMA},
        {"a choice twice", WITH_FIELDS(FIELD("a", "3", "3:[\"a\",\"b\",\"a\"]")), ERR_BAD_SCHEMA},
        {"a number twice", WITH_FIELDS(FIELD("a", "2", "3:[1,2,1]")), ERR_BAD_SCHEMA},
        {"no choice", WITH_FIELDS(FIELD("a", "3", "3:[]")), ERR_BAD_PAYLOAD},
        {"a text for a number", WITH_FIELDS(FIELD("a", "2", "3:[\"a\"]")), ERR_BAD_SCHEMA},
        {"a number for a text", WITH_FIELDS(FIELD("a", "3", "3:[1]")), ERR_BAD_SCHEMA},
        {"bytes for a text", WITH_FIELDS(FIELD("a", "3", "3:[h'61']")), ERR_BAD_SCHEMA},
        {"a text for bytes", WITH_FIELDS(FIELD("a", "4", "3:[\"a\"]")), ERR_BAD_SCHEMA},
        {"a negative number for a time", WITH_FIELDS(FIELD("a", "5", "3:[-1]")), ERR_BAD_SCHEMA},
        {"a negative number for a uint", WITH_FIELDS(FIELD("a", "2", "3:[-1]")), ERR_BAD_SCHEMA},
        {"an array to choose", WITH_FIELDS(FIELD("a", "19", "3:[[\"a\"]]")), ERR_CBOR_TYPE},
        {"null to choose", WITH_FIELDS(FIELD("a", "3", "3:[null]")), ERR_CBOR_TYPE},
        {"a tag to choose", WITH_FIELDS(FIELD("a", "3", "3:[1(\"a\")]")), ERR_CBOR_TYPE},
        {"a negative least of a uint", WITH_FIELDS(FIELD("a", "2", "1:-1")), ERR_BAD_SCHEMA},
        {"a negative least of a time", WITH_FIELDS(FIELD("a", "5", "1:-1")), ERR_BAD_SCHEMA},
        {"a negative length", WITH_FIELDS(FIELD("a", "3", "2:-1")), ERR_BAD_SCHEMA},
        {"a text for least", WITH_FIELDS(FIELD("a", "2", "1:\"a\"")), ERR_BAD_SCHEMA},
        {"bytes for most", WITH_FIELDS(FIELD("a", "4", "2:h'01'")), ERR_BAD_SCHEMA},
        {"true for most", WITH_FIELDS(FIELD("a", "2", "2:true")), ERR_CBOR_TYPE},
        {"an array for least", WITH_FIELDS(FIELD("a", "2", "1:[1]")), ERR_CBOR_TYPE},
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
    assert_span_equal(decoded.field[0].choice[31], SPAN("\x63"
                                                        "c31"));
    repeat(text, sizeof(text), "\"c", "\",", SCHEMA_CHOICES_MAX + 1);
    assert_int_equal(schema_decode(diag_format(WITH_FIELDS(FIELD("a", "3", "3:[%s]")), text), &decoded),
                     ERR_BAD_PAYLOAD);
}

static void a_schema_comes_back_whole_and_every_prefix_is_refused(void **state)
{
    struct span whole =
        diag(WITH_FIELDS(FIELD("a", "3", "1:1,2:300,3:[\"x\",\"y\"]") "," FIELD("b", "18", "2:5") "," FIELD(
            "d", "1", "1:-7,2:500,3:[-7,500]") "," FIELD("e", "4",
                                                         "3:[h'00ff']") ","
                                                                        "{1:\"c\",2:0,3:false,4:0,5:\"what\",6:{}}"));
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

/* As everybody who checks claims does: what is strict first. */
static enum err check(const struct schema_payload *p, struct span claims, struct span *ret_field)
{
    TRY(cbor_check(claims));
    return schema_check(p, claims, ret_field);
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
        assert_err(cases[i].name, check(&decoded, diag(cases[i].notation), &field), cases[i].want);
    }
}

/* Nothing here was looked at before: whatever is wrong is refused all the same, by whatever name. */
static void claims_that_nobody_checked_are_never_taken(void **state)
{
    struct span whole = diag("{\"a\":[{1:2}],\"level\":\"x\",\"z\":null}");
    struct guard g = guard_open(whole.len);
    struct span field;

    (void)state;
    read_schema("{1:\"a\",2:1,4:[" LEVEL "],6:true,7:true,8:false,9:true}");
    for (size_t len = 0; len < whole.len; len++)
        assert_int_not_equal(schema_check(&decoded, guard_copy(&g, span_slice(whole, 0, len)), &field), ERR_OK);
    assert_int_equal(schema_check(&decoded, guard_copy(&g, whole), &field), ERR_OK);
    guard_close(&g);
    assert_int_equal(schema_check(&decoded, diag("{\"level\":\"x\",\"level\":\"x\"}"), &field), ERR_CBOR_DUPLICATE);
    assert_int_equal(schema_check(&decoded, diag("{\"level\":\"x\"} 0"), &field), ERR_TRAILING);
    assert_int_not_equal(schema_check(&decoded, diag("{\"level\":x'61ff'}"), &field), ERR_OK);
}

static void a_value_has_its_fields_type_and_keeps_its_limits(void **state)
{
#define LEAST_INT "x'3b7fffffffffffffff'"
#define BELOW_INT "x'3b8000000000000000'"
#define LONG_LIST_16 "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0"
#define LONG_LIST_64 LONG_LIST_16 "," LONG_LIST_16 "," LONG_LIST_16 "," LONG_LIST_16
#define LONG_LIST_256 LONG_LIST_64 "," LONG_LIST_64 "," LONG_LIST_64 "," LONG_LIST_64
    static const struct {
        const char *type, *limits, *value;
        bool fits;
    } cases[] = {
        {"0", "", "true", true},
        {"0", "", "false", true},
        {"0", "", "null", false},
        {"0", "", "1", false},
        {"1", "", LEAST_INT, true},
        {"1", "", BELOW_INT, false},
        {"1", "", "9223372036854775807", true},
        {"1", "", "9223372036854775808", false},
        {"1", "", "\"1\"", false},
        {"1", "1:-2,2:3", "-3", false},
        {"1", "1:-2,2:3", "-2", true},
        {"1", "1:-2,2:3", "-1", true},
        {"1", "1:-2,2:3", "0", true},
        {"1", "1:-2,2:3", "3", true},
        {"1", "1:-2,2:3", "4", false},
        {"1", "1:-5,2:-3", "-6", false},
        {"1", "1:-5,2:-3", "-5", true},
        {"1", "1:-5,2:-3", "-3", true},
        {"1", "1:-5,2:-3", "-2", false},
        {"1", "1:-5,2:-3", "0", false},
        {"1", "2:-1", LEAST_INT, true},
        {"1", "1:0", "-1", false},
        {"1", "3:[-1,300]", "-1", true},
        {"1", "3:[-1,300]", "300", true},
        {"1", "3:[-1,300]", "1", false},
        {"2", "", "0", true},
        {"2", "", "18446744073709551615", true},
        {"2", "", "-1", false},
        {"2", "1:5,2:9", "4", false},
        {"2", "1:5,2:9", "5", true},
        {"2", "1:5,2:9", "9", true},
        {"2", "1:5,2:9", "10", false},
        {"2", "1:9223372036854775807", "9223372036854775808", true},
        {"2", "3:[7,8]", "8", true},
        {"2", "3:[7,8]", "9", false},
        {"3", "", "\"\"", true},
        {"3", "", "h''", false},
        {"3", "1:2,2:3", "\"a\"", false},
        {"3", "1:2,2:3", "\"ab\"", true},
        {"3", "1:2,2:3", "\"abc\"", true},
        {"3", "1:2,2:3", "\"abcd\"", false},
        {"3", "3:[\"ab\"]", "\"ab\"", true},
        {"3", "3:[\"ab\"]", "\"a\"", false},
        {"3", "3:[\"ab\"]", "\"abc\"", false},
        {"4", "", "h''", true},
        {"4", "", "\"\"", false},
        {"4", "", "0", false},
        {"4", "1:2,2:3", "h'00'", false},
        {"4", "1:2,2:3", "h'0000'", true},
        {"4", "1:2,2:3", "h'000000'", true},
        {"4", "1:2,2:3", "h'00000000'", false},
        {"4", "3:[h'6162']", "h'6162'", true},
        {"4", "3:[h'6162']", "\"ab\"", false},
        {"4", "3:[h'6162']", "h'6163'", false},
        {"5", "", "0", true},
        {"5", "", "-1", false},
        {"5", "", "\"2026-11-20\"", false},
        {"5", "1:100,2:200", "99", false},
        {"5", "1:100,2:200", "100", true},
        {"5", "1:100,2:200", "200", true},
        {"5", "1:100,2:200", "201", false},
        {"5", "3:[100]", "100", true},
        {"5", "3:[100]", "101", false},
        {"16", "", "[]", true},
        {"16", "", "[true,false]", true},
        {"16", "", "[true,1]", false},
        {"16", "", "true", false},
        {"17", "1:-1", "[-1,0]", true},
        {"17", "1:-1", "[0,-2]", false},
        {"18", "", "[" LONG_LIST_256 "]", true},
        {"18", "", "[" LONG_LIST_256 ",0]", false},
        {"18", "2:1", "[0,1]", true},
        {"18", "2:1", "[0,1,2]", false},
        {"18", "", "0", false},
        {"18", "", "{0:0}", false},
        {"18", "", "[[0]]", false},
        {"19", "2:1,3:[\"a\",\"b\",\"cd\"]", "[\"a\",\"b\",\"a\"]", true},
        {"19", "2:1,3:[\"a\",\"b\",\"cd\"]", "[\"a\",\"cd\"]", false},
        {"19", "3:[\"a\",\"b\"]", "[\"a\",\"c\"]", false},
        {"20", "1:1", "[h'00',h'0000']", true},
        {"20", "1:1", "[h'00',h'']", false},
        {"21", "2:5", "[5,0]", true},
        {"21", "2:5", "[6]", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct span schema = diag_format(WITH_FIELDS(FIELD("f", "%s", "%s")), cases[i].type, cases[i].limits);
        struct span field = SPAN("untouched"), claims = diag_format("{\"f\":%s}", cases[i].value);

        assert_err(cases[i].limits, schema_decode(schema, &decoded), ERR_OK);
        assert_span_equal(encoded(&decoded), schema);
        assert_err(cases[i].value, schema_check(&decoded, claims, &field),
                   cases[i].fits ? ERR_OK : ERR_CLAIMS_MISMATCH);
        assert_span_equal(field, cases[i].fits ? SPAN("untouched") : SPAN("f"));
    }
}

static void choices_have_at_most_64_bytes_and_descriptions_255(void **state)
{
    char text[512];

    (void)state;
    for (unsigned len = SCHEMA_CHOICE_LEN_MAX; len <= SCHEMA_CHOICE_LEN_MAX + 1; len++) {
        enum err want = len == SCHEMA_CHOICE_LEN_MAX ? ERR_OK : ERR_BAD_SCHEMA;

        snprintf(text, sizeof(text), "%0*d", (int)len, 0);
        assert_int_equal(schema_decode(diag_format(WITH_FIELDS(FIELD("a", "3", "3:[\"%s\"]")), text), &decoded), want);
        snprintf(text, sizeof(text), "%0*d", 2 * (int)len, 0);
        assert_int_equal(schema_decode(diag_format(WITH_FIELDS(FIELD("a", "4", "3:[h'%s']")), text), &decoded), want);
    }
    for (unsigned len = SCHEMA_DESCRIPTION_MAX; len <= SCHEMA_DESCRIPTION_MAX + 1; len++) {
        struct span bytes;

        snprintf(text, sizeof(text), "%0*d", (int)len, 0);
        bytes = diag_format(WITH_FIELDS("{1:\"a\",2:3,3:true,4:0,5:\"%s\",6:{}}"), text);
        assert_int_equal(schema_decode(bytes, &decoded), len == SCHEMA_DESCRIPTION_MAX ? ERR_OK : ERR_BAD_PAYLOAD);
        if (len > SCHEMA_DESCRIPTION_MAX) continue;
        assert_span_equal(decoded.field[0].description, span_text(text));
        assert_span_equal(encoded(&decoded), bytes);
    }
}

/* docs/formats.md 4.3: the order in which what is wrong gives its word. */
static void what_comes_first_gives_the_word(void **state)
{
    static const struct refused cases[] = {
        {"disclosure, then anything", WITH_FIELDS("{4:1,1:h'ff',9:9}") " 0", ERR_NOT_BUILT},
        {"a type, then disclosure", WITH_FIELDS("{1:7,4:1}"), ERR_CBOR_TYPE},
        {"a bad name, then disclosure", WITH_FIELDS("{1:\"A\",2:99,4:1}"), ERR_NOT_BUILT},
        {"a bad name, then CBOR", WITH_FIELDS("{1:\"A\",2:99,3:1}"), ERR_CBOR_TYPE},
        {"a bad type, then a key that is none", WITH_FIELDS("{1:\"a\",2:99,7:1}"), ERR_BAD_PAYLOAD},
        {"bad limits, then a flag", WITH_FIELDS(FIELD("a", "0", "1:1")) " 0", ERR_BAD_SCHEMA},
        {"a bad field, then version 0", "{4:[" FIELD("a", "9", "") "],2:0}", ERR_BAD_SCHEMA},
        {"version 0, then a bad field", "{1:\"a\",2:0,4:[" FIELD("a", "9", "") "]}", ERR_BAD_PAYLOAD},
        {"version 0, then trailing bytes", "{1:\"a\",2:0,4:[" LEVEL "],6:true,7:true,8:true,9:true} 0",
         ERR_BAD_PAYLOAD},
        {"no validity, then a bad field", "{1:\"a\",2:1,5:0,4:[" FIELD("a", "9", "") "]}", ERR_BAD_PAYLOAD},
        {"prev beside version 1, then trailing bytes", "{1:\"a\",2:1,3:#1,4:[" LEVEL "],6:true,7:true,8:true,9:true} 0",
         ERR_BAD_PAYLOAD},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_err(cases[i].name, schema_decode(diag(cases[i].notation), &decoded), cases[i].want);
}

#define VERSION(fields, breaking) "{1:\"a\",2:1,4:[" fields "],6:true,7:false,8:" breaking ",9:true}"
#define ANY_FIELD(name, type, required) "{1:\"" name "\",2:" type ",3:" required ",4:0,5:\"\",6:{}}"

static void a_later_version_keeps_the_fields_or_says_breaking(void **state)
{
    static const struct {
        const char *before, *now;
        bool follows;
    } cases[] = {
        {ANY_FIELD("a", "3", "true"), ANY_FIELD("a", "3", "true"), true},
        {ANY_FIELD("a", "3", "true"), ANY_FIELD("a", "3", "false"), true},
        {ANY_FIELD("a", "3", "true"), ANY_FIELD("b", "3", "false") "," ANY_FIELD("a", "3", "true"), true},
        {ANY_FIELD("a", "3", "true"), ANY_FIELD("a", "3", "true") "," ANY_FIELD("b", "3", "true"), false},
        {ANY_FIELD("a", "3", "false"), ANY_FIELD("a", "3", "true"), false},
        {ANY_FIELD("a", "3", "true"), ANY_FIELD("b", "3", "false"), false},
        {ANY_FIELD("a", "2", "true"), ANY_FIELD("a", "5", "true"), false},
        {ANY_FIELD("a", "2", "true"), ANY_FIELD("a", "18", "true"), false},
        {ANY_FIELD("a", "18", "true"), ANY_FIELD("a", "2", "true"), false},
        {ANY_FIELD("a", "2", "false") "," ANY_FIELD("b", "2", "false"), ANY_FIELD("a", "2", "false"), false},
        /* Bounds, choices and descriptions may change. */
        {FIELD("a", "3", "1:5"), FIELD("a", "3", "2:3"), true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(schema_decode(diag_format(VERSION("%s", "false"), cases[i].before), &decoded), ERR_OK);
        assert_int_equal(schema_decode(diag_format(VERSION("%s", "false"), cases[i].now), &other), ERR_OK);
        if (schema_follows(&other, &decoded) != cases[i].follows) fail_msg("%zu", i);
        assert_int_equal(schema_decode(diag_format(VERSION("%s", "true"), cases[i].now), &other), ERR_OK);
        assert_true(schema_follows(&other, &decoded));
        /* What the one before said of itself is not asked. */
        assert_int_equal(schema_decode(diag_format(VERSION("%s", "true"), cases[i].before), &decoded), ERR_OK);
        assert_int_equal(schema_decode(diag_format(VERSION("%s", "false"), cases[i].now), &other), ERR_OK);
        assert_true(schema_follows(&other, &decoded) == cases[i].follows);
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
        cmocka_unit_test(claims_that_nobody_checked_are_never_taken),
        cmocka_unit_test(a_value_has_its_fields_type_and_keeps_its_limits),
        cmocka_unit_test(choices_have_at_most_64_bytes_and_descriptions_255),
        cmocka_unit_test(what_comes_first_gives_the_word),
        cmocka_unit_test(a_later_version_keeps_the_fields_or_says_breaking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
