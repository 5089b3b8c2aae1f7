/* Trust files: what each line means, and where a wrong one is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/evidence/world.h"

#define ORIGIN "log.example.org/attest"

static struct trust t;
static char text[65536];
static unsigned line, column;

static const char *ckt(unsigned key)
{
    static char made[4][CKT_SHORT_LEN + 1];
    static unsigned next;
    struct hash kid = test_kid(key);
    char *at = made[next++ % 4];
    struct out o = out_over(at, CKT_SHORT_LEN);

    ckt_short(&kid, &o);
    return at;
}

/* Three lines of tlog-policy, then `rest`, whose first line is the fourth. */
static enum err reading(const char *rest)
{
    snprintf(text, sizeof(text), "log %s\nwitness w %s\nquorum w\n%s", test_vkey(ORIGIN, NOTE_ED25519, 1),
             test_vkey("w.example", NOTE_COSIGNATURE, 2), rest);
    return trust_decode(span_text(text), &t, &line, &column);
}

static void a_policy_is_a_trust_file(void **state)
{
    struct hash expected;

    (void)state;
    assert_int_equal(reading(""), ERR_OK);
    assert_int_equal(t.policy.log_count, 1);
    assert_int_equal(t.issuer_count, 0);
    assert_int_equal(t.audit, -1);
    assert_false(t.has_max_age);
    expected = hash_of(span_text(text));
    assert_true(hash_equal(&t.hash, &expected));
    assert_int_equal(trust_decode(SPAN(""), &t, &line, &column), ERR_OK);
    assert_int_equal(t.policy.log_count, 0);
}

static void lines_mean_what_they_say(void **state)
{
    char rest[1024];
    struct hash acme = test_kid(7);

    (void)state;
    snprintf(rest, sizeof(rest),
             "# people\nissuer acme %s for kyc age>=1\n\tissuer  north north.example for any on " ORIGIN
             " \naudit w\nmax-age 24h\n",
             ckt(7));
    assert_int_equal(reading(rest), ERR_OK);
    assert_int_equal(t.issuer_count, 2);
    assert_true(span_equal(t.issuer[0].name, SPAN("acme")));
    assert_true(hash_equal(&t.issuer[0].genesis, &acme));
    assert_int_equal(t.issuer[0].iss.len, 0);
    assert_false(t.issuer[0].any);
    assert_int_equal(t.issuer[0].schema_count, 2);
    assert_true(span_equal(t.issuer[0].schema[0].name, SPAN("kyc")));
    assert_false(t.issuer[0].schema[0].ranged);
    assert_int_equal(t.issuer[0].schema[0].least, 1);
    assert_true(span_equal(t.issuer[0].schema[1].name, SPAN("age")));
    assert_true(t.issuer[0].schema[1].ranged);
    assert_int_equal(t.issuer[0].log.len, 0);
    assert_true(span_equal(t.issuer[1].iss, SPAN("north.example")));
    assert_true(t.issuer[1].any);
    assert_true(span_equal(t.issuer[1].log, SPAN(ORIGIN)));
    assert_int_equal(t.audit, policy_find(&t.policy, SPAN("w")));
    assert_true(t.has_max_age);
    assert_int_equal(t.max_age, 86400);
}

static void a_urn_names_the_same_issuer_as_its_short_form(void **state)
{
    char rest[1024], urn[CKT_URN_LEN + 1] = {0};
    struct hash kid = test_kid(7);
    struct out o = out_over(urn, CKT_URN_LEN);

    (void)state;
    ckt_urn(&kid, &o);
    snprintf(rest, sizeof(rest), "issuer acme %s for kyc\nissuer acme %s for age\n", ckt(7), urn);
    assert_int_equal(reading(rest), ERR_OK);
    assert_true(hash_equal(&t.issuer[1].genesis, &kid));
    /* But one pet name is one issuer. */
    snprintf(rest, sizeof(rest), "issuer acme %s for kyc\nissuer acme %s for age\n", ckt(7), ckt(8));
    assert_int_equal(reading(rest), ERR_BAD_TRUST);
    assert_int_equal(line, 5);
    assert_int_equal(column, 8);
    snprintf(rest, sizeof(rest), "issuer acme %s for kyc\nissuer acme acme.example for age\n", ckt(7));
    assert_int_equal(reading(rest), ERR_BAD_TRUST);
}

static void a_wrong_line_is_named_with_its_column(void **state)
{
    static const struct {
        const char *rest;
        enum err expected;
        unsigned line, column;
    } rows[] = {
        {"trust nobody\n", ERR_BAD_TRUST, 4, 1},
        {"\n#\nissuer\n", ERR_BAD_TRUST, 6, 1},
        {"issuer acme\n", ERR_BAD_TRUST, 4, 8},
        {"issuer acme acme.example\n", ERR_BAD_TRUST, 4, 13},
        {"issuer acme acme.example for\n", ERR_BAD_TRUST, 4, 26},
        {"issuer acme acme.example from kyc\n", ERR_BAD_TRUST, 4, 26},
        {"issuer acme ckt:short for kyc\n", ERR_BAD_TRUST, 4, 13},
        {"issuer acme urn:x:y for kyc\n", ERR_BAD_TRUST, 4, 13},
        {"issuer acme URN:x:y for kyc\n", ERR_BAD_TRUST, 4, 13},
        {"issuer acme \xc3\xa9 for kyc\n", ERR_BAD_TRUST, 4, 13},
        {"issuer acme acme.example for Kyc\n", ERR_BAD_TRUST, 4, 30},
        {"issuer acme acme.example for kyc any\n", ERR_BAD_TRUST, 4, 34},
        {"issuer acme acme.example for any kyc\n", ERR_BAD_TRUST, 4, 30},
        {"issuer acme acme.example for kyc kyc\n", ERR_BAD_TRUST, 4, 34},
        {"issuer acme acme.example for kyc>=4294967296\n", ERR_BAD_TRUST, 4, 30},
        {"issuer acme acme.example for kyc>=0\n", ERR_BAD_TRUST, 4, 30},
        {"issuer acme acme.example for kyc>1\n", ERR_BAD_TRUST, 4, 30},
        {"issuer acme acme.example for kyc>x1\n", ERR_BAD_TRUST, 4, 30},
        {"issuer acme acme.example for\tkyc on\t" ORIGIN " x\n", ERR_BAD_TRUST, 4, 34},
        {"issuer acme acme.example for kyc>=\n", ERR_BAD_TRUST, 4, 30},
        {"issuer acme acme.example for kyc>=01\n", ERR_BAD_TRUST, 4, 30},
        {"issuer acme acme.example for on " ORIGIN "\n", ERR_BAD_TRUST, 4, 30},
        {"issuer acme acme.example for kyc on\n", ERR_BAD_TRUST, 4, 34},
        {"issuer acme acme.example for kyc on other.example\n", ERR_BAD_TRUST, 4, 37},
        {"audit\n", ERR_BAD_TRUST, 4, 1},
        {"audit x\n", ERR_BAD_TRUST, 4, 7},
        {"audit none\n", ERR_BAD_TRUST, 4, 7},
        {"audit w w\n", ERR_BAD_TRUST, 4, 9},
        {"audit w\naudit w\n", ERR_BAD_TRUST, 5, 1},
        {"max-age\n", ERR_BAD_TRUST, 4, 1},
        {"max-age 24\n", ERR_BAD_TRUST, 4, 9},
        {"max-age 0h\n", ERR_BAD_TRUST, 4, 9},
        {"max-age 1h\nmax-age 2h\n", ERR_BAD_TRUST, 5, 1},
        {"need kyc level\n", ERR_NOT_BUILT, 4, 1},
        {"  conflict refuse\n", ERR_NOT_BUILT, 4, 3},
        {"quorum none\n", ERR_BAD_POLICY, 4, 1},
        {"witness w nonsense\n", ERR_BAD_POLICY, 4, 1},
        {"audit \x01\n", ERR_BAD_TRUST, 4, 7},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum err e = reading(rows[i].rest);

        if (e != rows[i].expected || line != rows[i].line || column != rows[i].column)
            print_error("%s: %s at %u:%u\n", rows[i].rest, err_reason(e), line, column);
        assert_int_equal(e, rows[i].expected);
        assert_int_equal(line, rows[i].line);
        assert_int_equal(column, rows[i].column);
    }
}

static void a_log_needs_a_word_on_its_witnesses(void **state)
{
    (void)state;
    snprintf(text, sizeof(text), "log %s\n", test_vkey(ORIGIN, NOTE_ED25519, 1));
    assert_int_equal(trust_decode(span_text(text), &t, &line, &column), ERR_BAD_TRUST);
    snprintf(text, sizeof(text), "log %s\nquorum none\n", test_vkey(ORIGIN, NOTE_ED25519, 1));
    assert_int_equal(trust_decode(span_text(text), &t, &line, &column), ERR_OK);
    assert_int_equal(t.policy.quorum, -1);
}

static void counts_have_limits(void **state)
{
    char rest[32768];
    size_t len = 0;

    (void)state;
    for (unsigned i = 0; i < TRUST_ISSUERS_MAX; i++)
        len += (size_t)snprintf(rest + len, sizeof(rest) - len, "issuer n%u n%u.example for any\n", i, i);
    assert_int_equal(reading(rest), ERR_OK);
    assert_int_equal(t.issuer_count, TRUST_ISSUERS_MAX);
    snprintf(rest + len, sizeof(rest) - len, "issuer n n.example for any\n");
    assert_int_equal(reading(rest), ERR_BAD_TRUST);
    assert_int_equal(line, 4 + TRUST_ISSUERS_MAX);

    len = (size_t)snprintf(rest, sizeof(rest), "issuer n n.example for");
    for (unsigned i = 0; i < TRUST_SCHEMAS_MAX; i++) len += (size_t)snprintf(rest + len, sizeof(rest) - len, " s%u", i);
    assert_int_equal(reading(rest), ERR_OK);
    assert_int_equal(t.issuer[0].schema_count, TRUST_SCHEMAS_MAX);
    snprintf(rest + len, sizeof(rest) - len, " more");
    assert_int_equal(reading(rest), ERR_BAD_TRUST);
}

static void durations_have_one_letter(void **state)
{
    static const struct {
        const char *word;
        uint64_t seconds; /* 0: refused */
    } rows[] = {
        {"90s", 90},
        {"30m", 1800},
        {"24h", 86400},
        {"7d", 604800},
        {"36600d", 3162240000U},
        {"36601d", 0},
        {"", 0},
        {"h", 0},
        {"24", 0},
        {"024h", 0},
        {"+1h", 0},
        {"1.5h", 0},
        {"1w", 0},
        {"1H", 0},
        {"0s", 0},
        {"24h ", 0},
        {"18446744073709551616s", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t seconds = 0;
        enum err e = duration_decode(span_text(rows[i].word), &seconds);

        assert_int_equal(e, rows[i].seconds == 0 ? ERR_BAD_NUMBER : ERR_OK);
        assert_int_equal(seconds, rows[i].seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_a_trust_file),
        cmocka_unit_test(lines_mean_what_they_say),
        cmocka_unit_test(a_urn_names_the_same_issuer_as_its_short_form),
        cmocka_unit_test(a_wrong_line_is_named_with_its_column),
        cmocka_unit_test(a_log_needs_a_word_on_its_witnesses),
        cmocka_unit_test(counts_have_limits),
        cmocka_unit_test(durations_have_one_letter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
