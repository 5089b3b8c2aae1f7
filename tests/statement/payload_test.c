/* The payloads of issuer, rules, status and seal statements. */
#include "tests/statement/known.h"

#include <stdio.h>
#include <stdlib.h>

#include "log/statement/issuer.h"
#include "log/statement/rules.h"
#include "log/statement/status.h"
#include "tests/guard.h"

/* Decodes and, when that went well, encodes again into *o. */
typedef enum err decode_again(struct span payload, struct out *o);

static enum err issuer_again(struct span payload, struct out *o)
{
    struct issuer_payload p;

    TRY(issuer_decode(payload, &p));
    issuer_encode(&p, o);
    return out_check(o);
}

static enum err rules_again(struct span payload, struct out *o)
{
    struct rules_payload p;

    TRY(rules_decode(payload, &p));
    rules_encode(&p, o);
    return out_check(o);
}

static enum err status_again(struct span payload, struct out *o)
{
    struct status_payload p;

    TRY(status_decode(payload, &p));
    status_encode(&p, o);
    return out_check(o);
}

static enum err seal_again(struct span payload, struct out *o)
{
    struct seal_payload p;

    TRY(seal_decode(payload, &p));
    seal_encode(&p, o);
    return out_check(o);
}

static struct out again_buffer(void)
{
    static uint8_t bytes[32768];

    return out_over(bytes, sizeof(bytes));
}

static void check_all(decode_again *again, const struct refused *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct out o = again_buffer();

        assert_err(cases[i].name, again(diag(cases[i].notation), &o), cases[i].want);
    }
}

/* The same bytes out, every prefix refused, and no byte more. */
static void check_strict(decode_again *again, struct span payload)
{
    struct guard g = guard_open(payload.len + 1);
    uint8_t *longer = malloc(payload.len + 1);
    struct out o = again_buffer();

    assert_int_equal(again(guard_copy(&g, payload), &o), ERR_OK);
    assert_span_equal(out_span(&o), payload);
    for (size_t len = 0; len < payload.len; len++) {
        o = again_buffer();
        assert_int_equal(again(guard_copy(&g, span_slice(payload, 0, len)), &o), ERR_TRUNCATED);
    }
    memcpy(longer, payload.ptr, payload.len);
    longer[payload.len] = 0;
    assert_int_equal(again(span_of(longer, payload.len + 1), &o), ERR_TRAILING);
    free(longer);
    guard_close(&g);
}

/* Whatever one bit does, what is accepted was read: it encodes to the changed bytes. */
static void check_flips(decode_again *again, struct span payload)
{
    struct guard g = guard_open(payload.len);
    uint8_t *copy = (uint8_t *)(uintptr_t)guard_copy(&g, payload).ptr;

    for (size_t bit = 0; bit < 8 * payload.len; bit++) {
        struct out o = again_buffer();

        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        if (again(span_of(copy, payload.len), &o) == ERR_OK)
            assert_span_equal(out_span(&o), span_of(copy, payload.len));
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    guard_close(&g);
}

/* ---- vectors ---- */

static void payloads_of_the_vectors_encode_to_the_same_bytes(void **state)
{
    json_t *all = vectors_open(), *rows;

    (void)state;
    if (all == NULL) skip();
    rows = json_object_get(all, "statements");
    check_strict(issuer_again, json_hex(json_array_get(rows, 0), "payload"));
    check_strict(status_again, json_hex(json_array_get(rows, 4), "payload"));
    json_decref(all);
}

static void the_issuer_of_the_vectors_says_what_it_says(void **state)
{
    json_t *all = vectors_open(), *keys;
    struct issuer_payload p;

    (void)state;
    if (all == NULL) skip();
    keys = json_object_get(all, "thumbprints");
    assert_int_equal(issuer_decode(json_hex(json_array_get(json_object_get(all, "statements"), 0), "payload"), &p),
                     ERR_OK);
    assert_true(p.seq == 0 && !p.has_prev && !p.has_revealed);
    assert_int_equal(p.key_count, 1);
    assert_int_equal(p.key[0].purposes, 7);
    assert_span_equal(span_of(p.key[0].key.b, 32), json_hex(json_array_get(keys, 0), "x"));
    assert_span_equal(hash_span(&p.key[0].kid), json_hex(json_array_get(keys, 0), "kid"));
    assert_int_equal(p.cut_count, 0);
    assert_span_equal(p.name, SPAN("Acme Ltd"));
    assert_span_equal(p.url, SPAN("https://acme.example"));
    assert_int_equal(p.recovery_count, 1);
    assert_span_equal(hash_span(&p.recovery[0]), json_hex(json_array_get(keys, 1), "kid"));
    json_decref(all);
}

/* ---- issuer ---- */

#define TAIL "5:\"\",6:\"\",7:[]"

static void issuers_are_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        {"least", "{1:0,3:[{1:@1,2:1}],4:[]," TAIL "}", ERR_OK},
        {"another order", "{4:[],3:[{2:1,1:@1}],1:0," TAIL "}", ERR_OK},
        {"later", "{1:1,2:#1,3:[{1:@1,2:63}],4:[{1:#1},{1:#2,2:9}]," TAIL "}", ERR_OK},
        {"recovery", "{1:1,2:#1,3:[{1:@1,2:1}],4:[]," TAIL ",8:@2}", ERR_OK},
        {"first with prev", "{1:0,2:#1,3:[{1:@1,2:1}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"later without prev", "{1:1,3:[{1:@1,2:1}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"first that recovers", "{1:0,3:[{1:@1,2:1}],4:[]," TAIL ",8:@2}", ERR_BAD_PAYLOAD},
        {"no seq", "{3:[{1:@1,2:1}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"no keys", "{1:0,4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"no cuts", "{1:0,3:[{1:@1,2:1}]," TAIL "}", ERR_BAD_PAYLOAD},
        {"no name", "{1:0,3:[{1:@1,2:1}],4:[],6:\"\",7:[]}", ERR_BAD_PAYLOAD},
        {"no url", "{1:0,3:[{1:@1,2:1}],4:[],5:\"\",7:[]}", ERR_BAD_PAYLOAD},
        {"no recovery", "{1:0,3:[{1:@1,2:1}],4:[],5:\"\",6:\"\"}", ERR_BAD_PAYLOAD},
        {"key 9", "{1:0,3:[{1:@1,2:1}],4:[]," TAIL ",9:0}", ERR_BAD_PAYLOAD},
        {"key 0", "{0:0,1:0,3:[{1:@1,2:1}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"a negative key", "{1:0,3:[{1:@1,2:1}],4:[]," TAIL ",-1:0}", ERR_BAD_PAYLOAD},
        {"a text key", "{1:0,3:[{1:@1,2:1}],4:[]," TAIL ",\"a\":0}", ERR_BAD_PAYLOAD},
        {"a key of 2^32 + 1", "{1:0,3:[{1:@1,2:1}],4:[]," TAIL ",4294967297:0}", ERR_BAD_PAYLOAD},
        {"a key twice", "{1:0,1:0,3:[{1:@1,2:1}],4:[]," TAIL "}", ERR_CBOR_DUPLICATE},
        {"an empty set", "{1:0,3:[],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"no purpose", "{1:0,3:[{1:@1,2:0}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"a purpose of tomorrow", "{1:0,3:[{1:@1,2:64}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"purposes left out", "{1:0,3:[{1:@1}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"key left out", "{1:0,3:[{2:1}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"more of a key", "{1:0,3:[{1:@1,2:1,3:0}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"a bad key", "{1:0,3:[{1:{1:1,-1:6,-2:#0},2:1}],4:[]," TAIL "}", ERR_BAD_KEY},
        {"the same key twice", "{1:0,3:[{1:@1,2:1},{1:@1,2:1}],4:[]," TAIL "}", ERR_BAD_PAYLOAD},
        {"cuts falling", "{1:0,3:[{1:@1,2:1}],4:[{1:#2},{1:#1}]," TAIL "}", ERR_BAD_PAYLOAD},
        {"a cut twice", "{1:0,3:[{1:@1,2:1}],4:[{1:#2},{1:#2,2:1}]," TAIL "}", ERR_BAD_PAYLOAD},
        {"a cut of nothing", "{1:0,3:[{1:@1,2:1}],4:[{2:1}]," TAIL "}", ERR_BAD_PAYLOAD},
        {"more of a cut", "{1:0,3:[{1:@1,2:1}],4:[{1:#1,3:1}]," TAIL "}", ERR_BAD_PAYLOAD},
        {"a short kid", "{1:0,3:[{1:@1,2:1}],4:[{1:h'00'}]," TAIL "}", ERR_CBOR_TYPE},
        {"recovery falling", "{1:0,3:[{1:@1,2:1}],4:[],5:\"\",6:\"\",7:[#2,#1]}", ERR_BAD_PAYLOAD},
        {"a recovery twice", "{1:0,3:[{1:@1,2:1}],4:[],5:\"\",6:\"\",7:[#2,#2]}", ERR_BAD_PAYLOAD},
        {"four recoveries", "{1:0,3:[{1:@1,2:1}],4:[],5:\"\",6:\"\",7:[#1,#2,#3,#4]}", ERR_OK},
        {"five recoveries", "{1:0,3:[{1:@1,2:1}],4:[],5:\"\",6:\"\",7:[#1,#2,#3,#4,#5]}", ERR_BAD_PAYLOAD},
        {"a url with a control", "{1:0,3:[{1:@1,2:1}],4:[],5:\"\",6:\"a\tb\",7:[]}", ERR_BAD_PAYLOAD},
        {"a url beyond ASCII", "{1:0,3:[{1:@1,2:1}],4:[],5:\"\",6:\"caf\xc3\xa9\",7:[]}", ERR_BAD_PAYLOAD},
        {"a name beyond ASCII", "{1:0,3:[{1:@1,2:1}],4:[],5:\"caf\xc3\xa9\",6:\"\",7:[]}", ERR_OK},
        {"a bad revealed key", "{1:1,2:#1,3:[{1:@1,2:1}],4:[]," TAIL ",8:{1:1,-1:6,-2:#0}}", ERR_BAD_KEY},
        {"no map", "[]", ERR_CBOR_TYPE},
    };

    (void)state;
    check_all(issuer_again, cases, COUNT_OF(cases));
}

static void names_and_urls_have_their_length(void **state)
{
    static char text[300];
    struct issuer_payload p = {.key_count = 1, .key[0] = {.purposes = 1}};

    (void)state;
    memset(text, 'a', sizeof(text));
    p.key[0].key = test_public(1);
    for (size_t i = 0; i < 4; i++) {
        struct out o = again_buffer();
        struct issuer_payload got;

        p.name = span_of(text, 128 + (i & 1));
        p.url = span_of(text, 255 + (i >> 1));
        issuer_encode(&p, &o);
        assert_int_equal(issuer_decode(out_span(&o), &got), i == 0 ? ERR_OK : ERR_BAD_PAYLOAD);
    }
}

/* A recovery with this many keys, not yet in order, and cuts. */
static struct issuer_payload full_issuer(size_t keys, size_t cuts)
{
    struct issuer_payload p = {.seq = 5, .has_prev = true, .has_revealed = true, .name = SPAN("n"), .url = SPAN("u")};

    p.revealed = test_public(40);
    p.prev = test_kid(41);
    for (unsigned i = 0; i < keys; i++) {
        p.key[i].key = test_public(i);
        p.key[i].purposes = i + 1;
    }
    p.key_count = keys;
    for (unsigned i = 0; i < cuts; i++) {
        memset(p.cut[i].kid.b, (int)(i + 1), 32);
        p.cut[i].has_position = i % 2 == 0;
        p.cut[i].position = i % 2 == 0 ? UINT64_C(1) << (4 * i) : 0;
    }
    p.cut_count = cuts;
    p.recovery_count = ISSUER_RECOVERY_MAX;
    for (unsigned i = 0; i < ISSUER_RECOVERY_MAX; i++) memset(p.recovery[i].b, (int)(i + 1), 32);
    return p;
}

/* #0 is no point of prime order: what comes in with it is refused, what a log holds is read as it stands. */
static void points_are_looked_at_when_a_key_comes_in_and_not_again(void **state)
{
    static const char *const payloads[] = {
        "{1:0,3:[{1:{1:1,-1:6,-2:#0},2:1}],4:[]," TAIL "}",
        "{1:1,2:#1,3:[{1:@1,2:1}],4:[]," TAIL ",8:{1:1,-1:6,-2:#0}}",
    };
    struct issuer_payload full = full_issuer(ISSUER_KEYS_MAX, ISSUER_CUTS_MAX), got, read;
    struct out o = again_buffer();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(payloads); i++) {
        assert_int_equal(issuer_decode(diag(payloads[i]), &got), ERR_BAD_KEY);
        assert_int_equal(issuer_read(diag(payloads[i]), &got), ERR_OK);
    }
    assert_int_equal(issuer_read(diag("{1:0,3:[{1:{1:1,-1:7,-2:#0},2:1}],4:[]," TAIL "}"), &got), ERR_BAD_KEY);
    issuer_sort(&full);
    issuer_encode(&full, &o);
    memset(&got, 0, sizeof(got));
    memset(&read, 0, sizeof(read));
    assert_int_equal(issuer_decode(out_span(&o), &got), ERR_OK);
    assert_int_equal(issuer_read(out_span(&o), &read), ERR_OK);
    assert_true(hash_equal(&got.key[15].kid, &read.key[15].kid) && got.cut_count == read.cut_count);
    assert_memory_equal(got.key, read.key, sizeof(got.key));
}

static void a_full_issuer_comes_back_whole(void **state)
{
    struct issuer_payload p = full_issuer(ISSUER_KEYS_MAX, ISSUER_CUTS_MAX), got;
    uint8_t bytes[4096];
    struct out o = out_over(bytes, sizeof(bytes));

    (void)state;
    issuer_sort(&p);
    issuer_encode(&p, &o);
    check_strict(issuer_again, out_span(&o));
    assert_int_equal(issuer_decode(out_span(&o), &got), ERR_OK);
    assert_true(got.seq == 5 && hash_equal(&got.prev, &p.prev));
    assert_int_equal(got.key_count, ISSUER_KEYS_MAX);
    for (size_t i = 0; i < ISSUER_KEYS_MAX; i++) {
        assert_true(hash_equal(&got.key[i].kid, &p.key[i].kid));
        assert_int_equal(got.key[i].purposes, p.key[i].purposes);
        assert_memory_equal(got.key[i].key.b, p.key[i].key.b, 32);
        assert_true(got.cut[i].has_position == (i % 2 == 0) && got.cut[i].position == p.cut[i].position);
    }
    assert_memory_equal(got.revealed.b, p.revealed.b, 32);
}

static void sorting_puts_kids_in_order_and_keeps_purposes(void **state)
{
    struct issuer_payload p = full_issuer(ISSUER_KEYS_MAX, 0);

    (void)state;
    issuer_sort(&p);
    for (unsigned i = 0; i < ISSUER_KEYS_MAX; i++) {
        struct public_key key = test_public(p.key[i].purposes - 1);
        struct hash kid = test_kid(p.key[i].purposes - 1);

        if (i > 0) assert_true(hash_compare(&p.key[i - 1].kid, &p.key[i].kid) < 0);
        assert_memory_equal(p.key[i].key.b, key.b, 32);
        assert_true(hash_equal(&p.key[i].kid, &kid));
    }
}

static void keys_out_of_order_are_refused(void **state)
{
    struct issuer_payload p = full_issuer(2, 0), got;
    struct listed_key first;
    struct out o = again_buffer();

    (void)state;
    issuer_sort(&p);
    first = p.key[0];
    p.key[0] = p.key[1];
    p.key[1] = first;
    issuer_encode(&p, &o);
    assert_int_equal(issuer_decode(out_span(&o), &got), ERR_BAD_PAYLOAD);
}

static void sixteen_keys_and_cuts_are_the_most(void **state)
{
    struct issuer_payload got;
    struct span cuts;

    (void)state;
    cuts = diag("{1:0,3:[{1:@1,2:1}],4:[{1:#1},{1:#2},{1:#3},{1:#4},{1:#5},{1:#6},{1:#7},{1:#8},{1:#9},{1:#10},"
                "{1:#11},{1:#12},{1:#13},{1:#14},{1:#15},{1:#16}]," TAIL "}");
    assert_int_equal(issuer_decode(cuts, &got), ERR_OK);
    cuts = diag("{1:0,3:[{1:@1,2:1}],4:[{1:#1},{1:#2},{1:#3},{1:#4},{1:#5},{1:#6},{1:#7},{1:#8},{1:#9},{1:#10},"
                "{1:#11},{1:#12},{1:#13},{1:#14},{1:#15},{1:#16},{1:#17}]," TAIL "}");
    assert_int_equal(issuer_decode(cuts, &got), ERR_BAD_PAYLOAD);
    assert_int_equal(issuer_decode(diag("{1:0,3:[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0],4:[]," TAIL "}"), &got),
                     ERR_BAD_PAYLOAD);
}

static void no_flipped_bit_of_an_issuer_goes_unseen(void **state)
{
    struct issuer_payload p = full_issuer(3, 3);
    uint8_t bytes[2048];
    struct out o = out_over(bytes, sizeof(bytes));

    (void)state;
    issuer_sort(&p);
    issuer_encode(&p, &o);
    check_flips(issuer_again, out_span(&o));
}

/* ---- rules ---- */

#define URN_OF_ZEROS "urn:ietf:params:oauth:ckt:sha-256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define RULES(approve, withdraw) "{1:0,3:1,4:[" approve "],5:[" withdraw "],6:{1:16384,2:1000},8:1}"

#define CLOSING(closing) "{1:0,3:1,4:[],5:[],6:{1:1,2:1},7:" closing ",8:1}"

static void rules_are_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        {"least", RULES("", ""), ERR_OK},
        {"open", "{1:0,3:0,4:[],5:[],6:{1:1,2:1},8:1}", ERR_OK},
        {"later", "{1:7,2:#1,3:0,4:[],5:[],6:{2:1,1:1},8:1}", ERR_OK},
        {"approvals", RULES("{1:\"acme\",2:#1},{1:\"bank\",2:#1}", "\"a b\",\"c\""), ERR_OK},
        {"a thumbprint", RULES("{1:\"" URN_OF_ZEROS "\",2:#0}", "\"" URN_OF_ZEROS "\""), ERR_OK},
        {"another's thumbprint", RULES("{1:\"" URN_OF_ZEROS "\",2:#1}", ""), ERR_BAD_PAYLOAD},
        {"any urn", RULES("{1:\"urn:example:a\",2:#1}", ""), ERR_BAD_PAYLOAD},
        {"any URN", RULES("{1:\"URN:example:a\",2:#1}", ""), ERR_BAD_PAYLOAD},
        {"a thumbprint in capitals",
         RULES("{1:\"Urn:ietf:params:oauth:ckt:sha-256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",2:#0}", ""),
         ERR_BAD_PAYLOAD},
        {"mode 2, then a key twice", "{1:0,3:2,3:1,4:[],5:[],6:{1:1,2:1},8:1}", ERR_BAD_PAYLOAD},
        {"version 2, then a key twice", "{1:0,8:2,8:1,3:1,4:[],5:[],6:{1:1,2:1}}", ERR_RULES_VERSION},
        {"mode 2", "{1:0,3:2,4:[],5:[],6:{1:1,2:1},8:1}", ERR_BAD_PAYLOAD},
        {"closing", CLOSING("{1:0}"), ERR_OK},
        {"closing in favour of another", CLOSING("{1:18446744073709551615,2:\"log.example.org/next one\"}"), ERR_OK},
        {"closing, the other way round", CLOSING("{2:\"a\",1:1}"), ERR_OK},
        {"closing at no time", CLOSING("{}"), ERR_BAD_PAYLOAD},
        {"only a successor", CLOSING("{2:\"a\"}"), ERR_BAD_PAYLOAD},
        {"more of a closing", CLOSING("{1:1,3:1}"), ERR_BAD_PAYLOAD},
        {"a closing twice", CLOSING("{1:1,1:1}"), ERR_CBOR_DUPLICATE},
        {"a closing before 1970", CLOSING("{1:-1}"), ERR_CBOR_TYPE},
        {"a time for a closing", CLOSING("1"), ERR_CBOR_TYPE},
        {"a successor of bytes", CLOSING("{1:1,2:h'61'}"), ERR_CBOR_TYPE},
        {"an empty successor", CLOSING("{1:1,2:\"\"}"), ERR_BAD_ISS},
        {"a successor beyond ASCII", CLOSING("{1:1,2:\"caf\xc3\xa9\"}"), ERR_BAD_ISS},
        {"a successor with a newline", CLOSING("{1:1,2:\"a\nb\"}"), ERR_BAD_ISS},
        {"closing, then version 2", "{1:0,3:1,4:[],5:[],6:{1:1,2:1},7:{1:0},8:2}", ERR_RULES_VERSION},
        {"version 2", "{1:0,3:1,4:[],5:[],6:{1:1,2:1},8:2}", ERR_RULES_VERSION},
        {"version 0", "{1:0,3:1,4:[],5:[],6:{1:1,2:1},8:0}", ERR_RULES_VERSION},
        {"first with prev", "{1:0,2:#1,3:1,4:[],5:[],6:{1:1,2:1},8:1}", ERR_BAD_PAYLOAD},
        {"later without prev", "{1:1,3:1,4:[],5:[],6:{1:1,2:1},8:1}", ERR_BAD_PAYLOAD},
        {"no seq", "{3:1,4:[],5:[],6:{1:1,2:1},8:1}", ERR_BAD_PAYLOAD},
        {"no mode", "{1:0,4:[],5:[],6:{1:1,2:1},8:1}", ERR_BAD_PAYLOAD},
        {"no approvals", "{1:0,3:1,5:[],6:{1:1,2:1},8:1}", ERR_BAD_PAYLOAD},
        {"no withdrawals", "{1:0,3:1,4:[],6:{1:1,2:1},8:1}", ERR_BAD_PAYLOAD},
        {"no limits", "{1:0,3:1,4:[],5:[],8:1}", ERR_BAD_PAYLOAD},
        {"no version", "{1:0,3:1,4:[],5:[],6:{1:1,2:1}}", ERR_BAD_PAYLOAD},
        {"half the limits", "{1:0,3:1,4:[],5:[],6:{1:1},8:1}", ERR_BAD_PAYLOAD},
        {"the other half", "{1:0,3:1,4:[],5:[],6:{2:1},8:1}", ERR_BAD_PAYLOAD},
        {"more limits", "{1:0,3:1,4:[],5:[],6:{1:1,2:1,3:1},8:1}", ERR_BAD_PAYLOAD},
        {"key 9", "{1:0,3:1,4:[],5:[],6:{1:1,2:1},8:1,9:0}", ERR_BAD_PAYLOAD},
        {"approvals falling", RULES("{1:\"b\",2:#1},{1:\"a\",2:#1}", ""), ERR_BAD_PAYLOAD},
        {"an approval twice", RULES("{1:\"a\",2:#1},{1:\"a\",2:#2}", ""), ERR_BAD_PAYLOAD},
        {"withdrawals falling", RULES("", "\"b\",\"a\""), ERR_BAD_PAYLOAD},
        {"a withdrawal twice", RULES("", "\"b\",\"b\""), ERR_BAD_PAYLOAD},
        {"an approval of nobody", RULES("{2:#1}", ""), ERR_BAD_PAYLOAD},
        {"an approval without genesis", RULES("{1:\"a\"}", ""), ERR_BAD_PAYLOAD},
        {"more of an approval", RULES("{1:\"a\",2:#1,3:0}", ""), ERR_BAD_PAYLOAD},
        {"a short genesis", RULES("{1:\"a\",2:h'00'}", ""), ERR_CBOR_TYPE},
        {"an empty name", RULES("{1:\"\",2:#1}", ""), ERR_BAD_ISS},
        {"a name beyond ASCII", RULES("{1:\"caf\xc3\xa9\",2:#1}", ""), ERR_BAD_ISS},
        {"a withdrawn name beyond ASCII", RULES("", "\"caf\xc3\xa9\""), ERR_BAD_ISS},
        {"a name with a tab", RULES("{1:\"a\tb\",2:#1}", ""), ERR_BAD_ISS},
        {"no map", "1", ERR_CBOR_TYPE},
    };

    (void)state;
    check_all(rules_again, cases, COUNT_OF(cases));
}

static struct rules_payload full_rules(char names[RULES_APPROVE_MAX + 1][8], size_t approve, size_t withdraw)
{
    struct rules_payload p = {.seq = 3,
                              .has_prev = true,
                              .mode = RULES_APPROVED,
                              .version = 1,
                              .limit_bytes = 16384,
                              .limit_statements = UINT64_MAX};

    memset(p.prev.b, 5, 32);
    for (size_t i = 0; i <= RULES_APPROVE_MAX; i++) snprintf(names[i], 8, "name%02u", (unsigned)i);
    for (size_t i = 0; i < approve; i++) p.approve[i] = (struct approval){span_text(names[i]), {{(uint8_t)i}}};
    for (size_t i = 0; i < withdraw; i++) p.withdraw[i] = span_text(names[i]);
    p.approve_count = approve;
    p.withdraw_count = withdraw;
    return p;
}

static void full_rules_come_back_whole(void **state)
{
    char names[RULES_APPROVE_MAX + 1][8];
    struct rules_payload p = full_rules(names, RULES_APPROVE_MAX, RULES_WITHDRAW_MAX), got;
    uint8_t bytes[16384];
    struct out o = out_over(bytes, sizeof(bytes));

    (void)state;
    rules_encode(&p, &o);
    check_strict(rules_again, out_span(&o));
    assert_int_equal(rules_decode(out_span(&o), &got), ERR_OK);
    assert_true(got.seq == 3 && got.has_prev && hash_equal(&got.prev, &p.prev));
    assert_true(got.mode == RULES_APPROVED && got.version == 1);
    assert_true(got.limit_bytes == 16384 && got.limit_statements == UINT64_MAX);
    assert_int_equal(got.approve_count, RULES_APPROVE_MAX);
    assert_int_equal(got.withdraw_count, RULES_WITHDRAW_MAX);
    assert_span_equal(got.approve[63].iss, SPAN("name63"));
    assert_int_equal(got.approve[63].genesis.b[0], 63);
    assert_span_equal(got.withdraw[63], SPAN("name63"));
}

static void a_closing_comes_back_whole(void **state)
{
    char text[ISS_MAX + 2];
    struct rules_payload got;

    (void)state;
    check_strict(rules_again, diag(CLOSING("{1:1900000000,2:\"log.example.org/next\"}")));
    check_flips(rules_again, diag(CLOSING("{1:1900000000,2:\"log.example.org/next\"}")));
    assert_int_equal(rules_decode(diag(CLOSING("{1:1900000000,2:\"log.example.org/next\"}")), &got), ERR_OK);
    assert_true(got.has_closing && got.has_successor && got.closing_not_before == 1900000000);
    assert_span_equal(got.closing_successor, SPAN("log.example.org/next"));
    assert_int_equal(rules_decode(diag(CLOSING("{1:0}")), &got), ERR_OK);
    assert_true(got.has_closing && !got.has_successor && got.closing_not_before == 0);
    assert_int_equal(rules_decode(diag(RULES("", "")), &got), ERR_OK);
    assert_false(got.has_closing || got.has_successor);
    for (int len = ISS_MAX; len <= ISS_MAX + 1; len++) {
        snprintf(text, sizeof(text), "%0*d", len, 0);
        assert_int_equal(rules_decode(diag_format(CLOSING("{1:1,2:\"%s\"}"), text), &got),
                         len == ISS_MAX ? ERR_OK : ERR_BAD_ISS);
    }
}

static void sixty_five_names_are_one_too_many(void **state)
{
    char text[2048] = "";
    struct rules_payload got;

    (void)state;
    for (unsigned i = 0; i <= RULES_WITHDRAW_MAX; i++) snprintf(text + strlen(text), 16, "\"name%02u\",", i);
    assert_int_equal(rules_decode(diag_format("{1:0,3:1,4:[],5:[%s],6:{1:1,2:1},8:1}", text), &got), ERR_BAD_PAYLOAD);
    text[0] = '\0';
    for (unsigned i = 0; i <= RULES_APPROVE_MAX; i++) snprintf(text + strlen(text), 24, "{1:\"name%02u\",2:#1},", i);
    assert_int_equal(rules_decode(diag_format("{1:0,3:1,4:[%s],5:[],6:{1:1,2:1},8:1}", text), &got), ERR_BAD_PAYLOAD);
}

static void no_flipped_bit_of_rules_goes_unseen(void **state)
{
    char names[RULES_APPROVE_MAX + 1][8];
    struct rules_payload p = full_rules(names, 2, 2);
    uint8_t bytes[1024];
    struct out o = out_over(bytes, sizeof(bytes));

    (void)state;
    rules_encode(&p, &o);
    check_flips(rules_again, out_span(&o));
}

/* ---- status ---- */

static void statuses_are_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        {"valid again", "{1:#1,2:0,3:9}", ERR_OK},
        {"revoked", "{1:#1,2:1,3:1}", ERR_OK},
        {"suspended since", "{1:#1,2:2,3:8,4:0}", ERR_OK},
        {"superseded", "{1:#1,2:3,3:5,5:#2}", ERR_OK},
        {"another order", "{3:1,2:1,1:#1}", ERR_OK},
        {"status 4", "{1:#1,2:4,3:1}", ERR_BAD_PAYLOAD},
        {"status 2^32", "{1:#1,2:4294967296,3:1}", ERR_BAD_PAYLOAD},
        {"reason 0", "{1:#1,2:1,3:0}", ERR_BAD_PAYLOAD},
        {"reason 10", "{1:#1,2:1,3:10}", ERR_BAD_PAYLOAD},
        {"no target", "{2:1,3:1}", ERR_BAD_PAYLOAD},
        {"no status", "{1:#1,3:1}", ERR_BAD_PAYLOAD},
        {"no reason", "{1:#1,2:1}", ERR_BAD_PAYLOAD},
        {"a short target", "{1:h'00',2:1,3:1}", ERR_CBOR_TYPE},
        {"a negative date", "{1:#1,2:1,3:1,4:-1}", ERR_CBOR_TYPE},
        {"superseded by nothing", "{1:#1,2:3,3:5}", ERR_BAD_PAYLOAD},
        {"revoked by a replacement", "{1:#1,2:1,3:5,5:#2}", ERR_BAD_PAYLOAD},
        {"key 6", "{1:#1,2:1,3:1,6:0}", ERR_BAD_PAYLOAD},
        {"a key twice", "{1:#1,2:1,2:1,3:1}", ERR_CBOR_DUPLICATE},
        {"no map", "[]", ERR_CBOR_TYPE},
    };

    (void)state;
    check_all(status_again, cases, COUNT_OF(cases));
}

static void statuses_come_back_whole(void **state)
{
    struct status_payload got;

    (void)state;
    check_strict(status_again, diag("{1:#1,2:3,3:5,4:1700000000,5:#2}"));
    check_flips(status_again, diag("{1:#1,2:3,3:5,4:1700000000,5:#2}"));
    assert_int_equal(status_decode(diag("{1:#1,2:3,3:5,4:1700000000,5:#2}"), &got), ERR_OK);
    assert_int_equal(got.target.b[0], 1);
    assert_int_equal(got.status, STATUS_SUPERSEDED);
    assert_int_equal(got.reason, 5);
    assert_true(got.has_since && got.since == 1700000000);
    assert_true(got.has_replacement && got.replacement.b[31] == 2);
    assert_int_equal(status_decode(diag("{1:#1,2:1,3:1}"), &got), ERR_OK);
    assert_false(got.has_since || got.has_replacement);
}

static void reasons_and_statuses_have_their_words(void **state)
{
    static const char *const words[10] = {
        NULL,         "key-compromise", "issued-in-error", "claims-changed",       "subject-request",
        "superseded", "ceased",         "legal-order",     "suspended-for-review", "unspecified"};

    (void)state;
    for (unsigned i = 1; i < 10; i++) {
        assert_string_equal(status_reason_word(i), words[i]);
        assert_int_equal(status_reason_of(span_text(words[i])), i);
    }
    assert_null(status_reason_word(0));
    assert_null(status_reason_word(10));
    assert_int_equal(status_reason_of(SPAN("")), 0);
    assert_int_equal(status_reason_of(SPAN("ceasedx")), 0);
    assert_string_equal(status_word(STATUS_VALID), "valid");
    assert_string_equal(status_word(STATUS_REVOKED), "revoked");
    assert_string_equal(status_word(STATUS_SUSPENDED), "suspended");
    assert_string_equal(status_word(STATUS_SUPERSEDED), "superseded");
}

/* ---- seal ---- */

static void seals_are_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        {"first", "{1:2,2:#1,3:0,4:5,5:5}", ERR_OK},
        {"later", "{1:9,2:#1,3:7,4:5,5:6,6:8}", ERR_OK},
        {"backwards in time", "{1:9,2:#1,3:7,4:6,5:5,6:2}", ERR_BAD_PAYLOAD},
        {"before itself", "{1:9,2:#1,3:7,4:5,5:6,6:9}", ERR_BAD_PAYLOAD},
        {"no covers", "{2:#1,3:7,4:5,5:6}", ERR_BAD_PAYLOAD},
        {"no root", "{1:9,3:7,4:5,5:6}", ERR_BAD_PAYLOAD},
        {"no keys", "{1:9,2:#1,4:5,5:6}", ERR_BAD_PAYLOAD},
        {"no from", "{1:9,2:#1,3:7,5:6}", ERR_BAD_PAYLOAD},
        {"no to", "{1:9,2:#1,3:7,4:5}", ERR_BAD_PAYLOAD},
        {"a short root", "{1:9,2:h'00',3:7,4:5,5:6}", ERR_CBOR_TYPE},
        {"key 7", "{1:9,2:#1,3:7,4:5,5:6,7:1}", ERR_BAD_PAYLOAD},
        {"a key twice", "{1:9,2:#1,3:7,4:5,5:6,5:6}", ERR_CBOR_DUPLICATE},
        {"no map", "0", ERR_CBOR_TYPE},
    };

    (void)state;
    check_all(seal_again, cases, COUNT_OF(cases));
}

static void seals_come_back_whole(void **state)
{
    struct span bytes = diag("{1:120460,2:#1,3:77,4:1700000000123,5:1700000000456,6:120400}");
    struct seal_payload got;

    (void)state;
    check_strict(seal_again, bytes);
    check_flips(seal_again, bytes);
    assert_int_equal(seal_decode(bytes, &got), ERR_OK);
    assert_true(got.covers == 120460 && got.keys == 77 && got.root.b[9] == 1);
    assert_true(got.from_ms == UINT64_C(1700000000123) && got.to_ms == UINT64_C(1700000000456));
    assert_true(got.has_previous && got.previous == 120400);
    check_strict(seal_again, diag("{1:2,2:#1,3:0,4:5,5:5}"));
    assert_int_equal(seal_decode(diag("{1:2,2:#1,3:0,4:5,5:5}"), &got), ERR_OK);
    assert_false(got.has_previous);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_of_the_vectors_encode_to_the_same_bytes),
        cmocka_unit_test(the_issuer_of_the_vectors_says_what_it_says),
        cmocka_unit_test(issuers_are_refused_by_name),
        cmocka_unit_test(names_and_urls_have_their_length),
        cmocka_unit_test(points_are_looked_at_when_a_key_comes_in_and_not_again),
        cmocka_unit_test(a_full_issuer_comes_back_whole),
        cmocka_unit_test(sorting_puts_kids_in_order_and_keeps_purposes),
        cmocka_unit_test(keys_out_of_order_are_refused),
        cmocka_unit_test(sixteen_keys_and_cuts_are_the_most),
        cmocka_unit_test(no_flipped_bit_of_an_issuer_goes_unseen),
        cmocka_unit_test(rules_are_refused_by_name),
        cmocka_unit_test(full_rules_come_back_whole),
        cmocka_unit_test(a_closing_comes_back_whole),
        cmocka_unit_test(sixty_five_names_are_one_too_many),
        cmocka_unit_test(no_flipped_bit_of_rules_goes_unseen),
        cmocka_unit_test(statuses_are_refused_by_name),
        cmocka_unit_test(statuses_come_back_whole),
        cmocka_unit_test(reasons_and_statuses_have_their_words),
        cmocka_unit_test(seals_are_refused_by_name),
        cmocka_unit_test(seals_come_back_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
