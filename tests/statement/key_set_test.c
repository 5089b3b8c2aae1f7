/* Key sets: their bytes, their order, and what is refused. */
#include "tests/statement/known.h"

#include "log/statement/key_set.h"
#include "tests/guard.h"

static struct key_set set_of(unsigned first, unsigned count)
{
    struct key_set s = {0};

    for (unsigned n = first; n < first + count; n++) {
        struct public_key key = test_public(n);

        assert_int_equal(key_set_add(&s, &key), ERR_OK);
    }
    return s;
}

static struct span encode(const struct key_set *s)
{
    static uint8_t bytes[1024];
    struct out o = out_over(bytes, sizeof(bytes));

    key_set_encode(s, &o);
    assert_false(o.full);
    return out_span(&o);
}

/* The notation of a set of test keys by rising kid. */
static void in_order(unsigned a, unsigned b, char text[16])
{
    struct hash first = test_kid(a), second = test_kid(b);
    bool rising = hash_compare(&first, &second) < 0;

    snprintf(text, 16, "[@%u,@%u]", rising ? a : b, rising ? b : a);
}

static void the_bytes_are_an_array_of_keys(void **state)
{
    struct key_set one = set_of(3, 1), two = set_of(1, 2);
    char text[16];

    (void)state;
    assert_span_equal(encode(&one), diag("[@3]"));
    in_order(1, 2, text);
    assert_span_equal(encode(&two), diag(text));
}

static void sets_of_every_number_come_back_whole(void **state)
{
    (void)state;
    for (unsigned count = 1; count <= KEY_SET_MAX; count++) {
        struct key_set s = set_of(0, count), got;

        assert_int_equal(s.count, count);
        assert_int_equal(key_set_decode(encode(&s), &got), ERR_OK);
        assert_int_equal(got.count, count);
        for (size_t i = 0; i < count; i++) {
            assert_true(hash_equal(&got.kid[i], &s.kid[i]));
            assert_memory_equal(got.key[i].b, s.key[i].b, 32);
        }
    }
}

static void kids_rise_and_are_those_of_the_keys(void **state)
{
    struct key_set s = set_of(0, KEY_SET_MAX);

    (void)state;
    for (size_t i = 0; i < s.count; i++) {
        struct hash kid = cose_key_thumbprint(&s.key[i]);

        assert_true(hash_equal(&s.kid[i], &kid));
        if (i > 0) assert_true(hash_compare(&s.kid[i - 1], &s.kid[i]) < 0);
    }
}

/* Whatever the order in which they were added. */
static void the_bytes_depend_on_the_keys_alone(void **state)
{
    struct key_set up = set_of(0, 9), down = {0};
    struct span bytes = encode(&up);
    uint8_t kept[1024];

    (void)state;
    memcpy(kept, bytes.ptr, bytes.len);
    for (unsigned n = 9; n-- > 0;)
        for (unsigned twice = 0; twice < 2; twice++) {
            struct public_key key = test_public(n);

            assert_int_equal(key_set_add(&down, &key), ERR_OK);
        }
    assert_int_equal(down.count, 9);
    assert_span_equal(encode(&down), span_of(kept, bytes.len));
}

static void a_key_is_found_by_its_kid_alone(void **state)
{
    struct key_set s = set_of(0, 9), none = {0};

    (void)state;
    for (unsigned n = 0; n < 12; n++) {
        struct hash kid = test_kid(n);
        struct public_key key = test_public(n);
        const struct public_key *found = key_set_find(&s, &kid);

        assert_true((found != NULL) == (n < 9));
        if (found != NULL) assert_memory_equal(found->b, key.b, 32);
        assert_null(key_set_find(&none, &kid));
    }
}

static void seventeen_keys_are_too_many(void **state)
{
    struct key_set s = set_of(0, KEY_SET_MAX), before;
    struct public_key known = test_public(5), more = test_public(KEY_SET_MAX);

    (void)state;
    before = s;
    assert_int_equal(key_set_add(&s, &known), ERR_OK);
    assert_int_equal(key_set_add(&s, &more), ERR_NO_ROOM);
    assert_memory_equal(&s, &before, sizeof(s));
}

static void sets_are_refused_by_name(void **state)
{
    char rising[16], falling[16];
    struct refused cases[] = {
        {"in order", rising, ERR_OK},
        {"falling", falling, ERR_BAD_KEY},
        {"none", "[]", ERR_BAD_KEY},
        {"one twice", "[@1,@1]", ERR_BAD_KEY},
        {"a key alone", "@1", ERR_CBOR_TYPE},
        {"no key", "[1]", ERR_BAD_KEY},
        {"a key with a kid", "[{1:1,-1:6,-2:#1,2:#1}]", ERR_BAD_KEY},
        {"seventeen", "[@0,@0,@0,@0,@0,@0,@0,@0,@0,@0,@0,@0,@0,@0,@0,@0,@0]", ERR_BAD_KEY},
        {"a count without keys", "x'9bffffffffffffffff'", ERR_TRUNCATED},
        {"one too few", "x'82' @1", ERR_TRUNCATED},
        {"trailing", "[@1] 0", ERR_TRAILING},
    };
    unsigned a, b;

    (void)state;
    in_order(1, 2, rising);
    assert_int_equal(sscanf(rising, "[@%u,@%u]", &a, &b), 2);
    snprintf(falling, sizeof(falling), "[@%u,@%u]", b, a);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct key_set s = {.count = 77};

        assert_err(cases[i].name, key_set_decode(diag(cases[i].notation), &s), cases[i].want);
        if (cases[i].want != ERR_OK) assert_int_equal(s.count, 77);
    }
}

/* Encoding would write 1, -1, -2. */
static void a_key_in_another_order_is_refused(void **state)
{
    struct key_set s = set_of(1, 1), got;
    uint8_t bytes[64];
    struct span right = encode(&s);

    (void)state;
    memcpy(bytes, right.ptr, right.len);
    memcpy(bytes + 2, "\x20\x06\x01\x01", 4);
    assert_int_equal(key_set_decode(right, &got), ERR_OK);
    assert_int_equal(key_set_decode(span_of(bytes, right.len), &got), ERR_BAD_KEY);
}

static void what_decodes_encodes_to_the_same_bytes(void **state)
{
    struct key_set s = set_of(0, 3), got;
    struct span bytes = encode(&s);
    struct guard g = guard_open(bytes.len);
    uint8_t *copy;

    (void)state;
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(key_set_decode(guard_copy(&g, span_slice(bytes, 0, len)), &got), ERR_TRUNCATED);
    copy = (uint8_t *)(uintptr_t)guard_copy(&g, bytes).ptr;
    for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        if (key_set_decode(span_of(copy, bytes.len), &got) == ERR_OK)
            assert_span_equal(encode(&got), span_of(copy, bytes.len));
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    guard_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_an_array_of_keys),
        cmocka_unit_test(sets_of_every_number_come_back_whole),
        cmocka_unit_test(kids_rise_and_are_those_of_the_keys),
        cmocka_unit_test(the_bytes_depend_on_the_keys_alone),
        cmocka_unit_test(a_key_is_found_by_its_kid_alone),
        cmocka_unit_test(seventeen_keys_are_too_many),
        cmocka_unit_test(sets_are_refused_by_name),
        cmocka_unit_test(a_key_in_another_order_is_refused),
        cmocka_unit_test(what_decodes_encodes_to_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
