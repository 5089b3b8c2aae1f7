/* Receipts: their bytes, their signature, and what is refused. */
#include "tests/statement/known.h"

#include "log/statement/receipt.h"
#include "tests/guard.h"

#define ORIGIN "log.example"

static const struct hash root = {{42}};

static struct receipt make(uint64_t size, uint64_t index, size_t path)
{
    struct secret_key key = test_key(1);
    struct receipt r = {.iss = SPAN(ORIGIN), .size = size, .index = index};

    r.kid = test_kid(1);
    r.path.count = path;
    for (size_t i = 0; i < path; i++) memset(r.path.hash[i].b, (int)(i + 1), 32);
    assert_int_equal(receipt_sign(r.iss, &root, &key, &r.signature), ERR_OK);
    return r;
}

static struct span encode(const struct receipt *r)
{
    static uint8_t bytes[RECEIPT_SIZE_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    receipt_encode(r, &o);
    assert_false(o.full);
    return out_span(&o);
}

static const char *hex(struct span bytes)
{
    static char text[4][8192];
    static unsigned next;
    char *at = text[next++ % 4];

    for (size_t i = 0; i < bytes.len; i++) {
        at[2 * i] = "0123456789abcdef"[bytes.ptr[i] >> 4];
        at[2 * i + 1] = "0123456789abcdef"[bytes.ptr[i] & 15];
    }
    at[2 * bytes.len] = '\0';
    return at;
}

static void the_bytes_are_those_of_the_rfc(void **state)
{
    struct receipt r = make(8, 5, 3);
    const char *kid = hex(hash_span(&r.kid)), *signature = hex(span_of(r.signature.b, 64));

    (void)state;
    assert_span_equal(encode(&r), diag_format("18([<<{1:-8,4:h'%s',15:{1:\"" ORIGIN "\",2:\"" ORIGIN "\"},395:1}>>,"
                                              "{396:{-1:[<<[8,5,[#1,#2,#3]]>>]}},null,h'%s'])",
                                              kid, signature));
}

static void the_signature_is_over_the_root(void **state)
{
    struct receipt r = make(8, 5, 3);
    struct public_key key = test_public(1);
    struct span message =
        diag_format("[\"Signature1\",<<{1:-8,4:h'%s',15:{1:\"" ORIGIN "\",2:\"" ORIGIN "\"},395:1}>>,h'',h'%s']",
                    hex(hash_span(&r.kid)), hex(hash_span(&root)));

    (void)state;
    assert_true(sign_verify(&key, message, &r.signature));
}

static void one_signature_serves_every_entry(void **state)
{
    struct receipt a = make(8, 5, 3), b = make(9, 0, 4);

    (void)state;
    assert_memory_equal(a.signature.b, b.signature.b, 64);
}

static void verifying_needs_root_key_origin_and_kid(void **state)
{
    struct receipt r = make(8, 5, 3), wrong;
    struct public_key key = test_public(1), other = test_public(2);
    struct hash another = root;

    (void)state;
    another.b[31] ^= 1;
    assert_int_equal(receipt_verify(&r, &root, &key), ERR_OK);
    assert_int_equal(receipt_verify(&r, &another, &key), ERR_BAD_SIGNATURE);
    assert_int_equal(receipt_verify(&r, &root, &other), ERR_BAD_SIGNATURE);
    wrong = r;
    wrong.iss = SPAN("log.exampl");
    assert_int_equal(receipt_verify(&wrong, &root, &key), ERR_BAD_SIGNATURE);
    wrong = r;
    wrong.signature.b[3] ^= 1;
    assert_int_equal(receipt_verify(&wrong, &root, &key), ERR_BAD_SIGNATURE);
}

/* A key may have signed a header that names another key. */
static void a_receipt_that_names_another_key_does_not_verify(void **state)
{
    struct secret_key secret = test_key(1);
    struct public_key key = test_public(1);
    struct receipt r = make(8, 5, 3);
    struct sign1 s = {.detached = true};
    uint8_t work[512];

    (void)state;
    r.kid = test_kid(2);
    s.protected = diag_format("{1:-8,4:h'%s',15:{1:\"" ORIGIN "\",2:\"" ORIGIN "\"},395:1}", hex(hash_span(&r.kid)));
    assert_int_equal(sign1_sign(&s, hash_span(&root), &secret, out_over(work, sizeof(work))), ERR_OK);
    r.signature = s.signature;
    assert_int_equal(receipt_verify(&r, &root, &key), ERR_BAD_SIGNATURE);
}

static void receipts_come_back_whole(void **state)
{
    static const struct {
        uint64_t size, index;
        size_t path;
    } cases[] = {{2, 0, 1}, {8, 5, 3}, {UINT64_C(1) << 40, 12345678901, 40}, {TREE_SIZE_MAX, TREE_SIZE_MAX - 1, 63}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct receipt r = make(cases[i].size, cases[i].index, cases[i].path), got;
        struct span bytes = encode(&r);

        assert_int_equal(receipt_decode(bytes, &got), ERR_OK);
        assert_true(hash_equal(&got.kid, &r.kid));
        assert_span_equal(got.iss, r.iss);
        assert_true(got.size == r.size && got.index == r.index && got.path.count == r.path.count);
        assert_memory_equal(got.path.hash, r.path.hash, 32 * r.path.count);
        assert_memory_equal(got.signature.b, r.signature.b, 64);
    }
}

static void the_largest_receipt_fits_its_limit(void **state)
{
    struct receipt r = make(TREE_SIZE_MAX, TREE_SIZE_MAX - 1, 63), got;
    uint8_t origin[ISS_MAX + 1];
    struct secret_key key = test_key(1);

    (void)state;
    memset(origin, 'o', sizeof(origin));
    r.iss = span_of(origin, ISS_MAX);
    assert_int_equal(receipt_decode(encode(&r), &got), ERR_OK);
    assert_int_equal(receipt_sign(r.iss, &root, &key, &r.signature), ERR_OK);
    assert_int_equal(receipt_sign(span_of(origin, ISS_MAX + 1), &root, &key, &r.signature), ERR_BAD_ISS);
    assert_int_equal(receipt_sign(SPAN(""), &root, &key, &r.signature), ERR_BAD_ISS);
}

#define SIG16 "00000000000000000000000000000000"
#define SIG64 "h'" SIG16 SIG16 SIG16 SIG16 "'"
#define PROTECTED "<<{1:-8,4:#1,15:{1:\"log\",2:\"log\"},395:1}>>"
#define UNPROTECTED "{396:{-1:[<<[8,5,[#1,#2,#3]]>>]}}"
#define RECEIPT(protected, unprotected) "18([" protected "," unprotected ",null," SIG64 "])"

static void receipts_are_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        {"as it is", RECEIPT(PROTECTED, UNPROTECTED), ERR_OK},
        {"a payload", "18([" PROTECTED "," UNPROTECTED ",#1," SIG64 "])", ERR_NOT_SIGN1},
        {"no tag", "[" PROTECTED "," UNPROTECTED ",null," SIG64 "]", ERR_NOT_SIGN1},
        {"the other number", RECEIPT("<<{1:-19,4:#1,15:{1:\"log\",2:\"log\"},395:1}>>", UNPROTECTED), ERR_BAD_ALG},
        {"another structure", RECEIPT("<<{1:-8,4:#1,15:{1:\"log\",2:\"log\"},395:2}>>", UNPROTECTED), ERR_BAD_HEADER},
        {"no structure", RECEIPT("<<{1:-8,4:#1,15:{1:\"log\",2:\"log\"}}>>", UNPROTECTED), ERR_BAD_HEADER},
        {"no kid", RECEIPT("<<{1:-8,15:{1:\"log\",2:\"log\"},395:1}>>", UNPROTECTED), ERR_BAD_HEADER},
        {"a short kid", RECEIPT("<<{1:-8,4:h'00',15:{1:\"log\",2:\"log\"},395:1}>>", UNPROTECTED), ERR_CBOR_TYPE},
        {"no claims", RECEIPT("<<{1:-8,4:#1,395:1}>>", UNPROTECTED), ERR_BAD_HEADER},
        {"another sub", RECEIPT("<<{1:-8,4:#1,15:{1:\"log\",2:\"lag\"},395:1}>>", UNPROTECTED), ERR_BAD_CLAIMS_SET},
        {"more claims", RECEIPT("<<{1:-8,4:#1,15:{1:\"log\",2:\"log\",6:1},395:1}>>", UNPROTECTED), ERR_BAD_HEADER},
        {"an empty origin", RECEIPT("<<{1:-8,4:#1,15:{1:\"\",2:\"\"},395:1}>>", UNPROTECTED), ERR_BAD_ISS},
        {"more labels", RECEIPT("<<{1:-8,4:#1,15:{1:\"log\",2:\"log\"},395:1,500:1}>>", UNPROTECTED), ERR_BAD_HEADER},
        {"another order", RECEIPT("<<{4:#1,1:-8,15:{1:\"log\",2:\"log\"},395:1}>>", UNPROTECTED), ERR_BAD_HEADER},
        {"trailing in protected", RECEIPT("<<{1:-8,4:#1,15:{1:\"log\",2:\"log\"},395:1} 0>>", UNPROTECTED),
         ERR_TRAILING},
        {"no proofs", RECEIPT(PROTECTED, "{}"), ERR_BAD_HEADER},
        {"no proof", RECEIPT(PROTECTED, "{396:{-1:[]}}"), ERR_BAD_PROOF},
        {"two proofs", RECEIPT(PROTECTED, "{396:{-1:[<<[8,5,[#1,#2,#3]]>>,<<[8,5,[#1,#2,#3]]>>]}}"), ERR_BAD_PROOF},
        {"consistency", RECEIPT(PROTECTED, "{396:{-2:[<<[8,5,[#1,#2,#3]]>>]}}"), ERR_BAD_HEADER},
        {"both", RECEIPT(PROTECTED, "{396:{-1:[<<[8,5,[#1,#2,#3]]>>],-2:[<<[8,5,[]]>>]}}"), ERR_BAD_HEADER},
        {"more unprotected", RECEIPT(PROTECTED, "{396:{-1:[<<[8,5,[#1,#2,#3]]>>]},500:1}"), ERR_BAD_HEADER},
        {"not wrapped", RECEIPT(PROTECTED, "{396:{-1:[[8,5,[#1,#2,#3]]]}}"), ERR_CBOR_TYPE},
        {"one leaf", RECEIPT(PROTECTED, "{396:{-1:[<<[1,0,[]]>>]}}"), ERR_BAD_PROOF},
        {"index at size", RECEIPT(PROTECTED, "{396:{-1:[<<[8,8,[#1,#2,#3]]>>]}}"), ERR_BAD_SIZE},
        {"no tree", RECEIPT(PROTECTED, "{396:{-1:[<<[0,0,[#1]]>>]}}"), ERR_BAD_SIZE},
        {"a tree too large", RECEIPT(PROTECTED, "{396:{-1:[<<[4611686018427387905,0,[#1]]>>]}}"), ERR_BAD_SIZE},
        {"two parts", RECEIPT(PROTECTED, "{396:{-1:[<<[8,5]>>]}}"), ERR_BAD_PROOF},
        {"four parts", RECEIPT(PROTECTED, "{396:{-1:[<<[8,5,[#1],0]>>]}}"), ERR_BAD_PROOF},
        {"a short hash", RECEIPT(PROTECTED, "{396:{-1:[<<[8,5,[h'00']]>>]}}"), ERR_CBOR_TYPE},
        {"trailing in the proof", RECEIPT(PROTECTED, "{396:{-1:[<<[8,5,[#1,#2,#3]] 0>>]}}"), ERR_TRAILING},
        {"trailing", RECEIPT(PROTECTED, UNPROTECTED) "0", ERR_TRAILING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct receipt r;

        assert_err(cases[i].name, receipt_decode(diag(cases[i].notation), &r), cases[i].want);
    }
}

static void a_path_of_64_is_too_long(void **state)
{
    char path[64 * 3 + 1];
    struct receipt r;

    (void)state;
    for (unsigned i = 0; i < 64; i++) memcpy(path + 3 * i, "#1,", 3);
    path[63 * 3] = '\0';
    assert_int_equal(receipt_decode(diag_format(RECEIPT(PROTECTED, "{396:{-1:[<<[8,5,[%s]]>>]}}"), path), &r), ERR_OK);
    path[63 * 3] = '#';
    path[64 * 3] = '\0';
    assert_int_equal(receipt_decode(diag_format(RECEIPT(PROTECTED, "{396:{-1:[<<[8,5,[%s]]>>]}}"), path), &r),
                     ERR_BAD_PROOF);
}

static void no_flipped_bit_verifies_as_the_same_receipt(void **state)
{
    struct receipt r = make(8, 5, 3), got;
    struct public_key key = test_public(1);
    struct span bytes = encode(&r);
    struct guard g = guard_open(bytes.len);
    uint8_t *copy;

    (void)state;
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(receipt_decode(guard_copy(&g, span_slice(bytes, 0, len)), &got), ERR_TRUNCATED);
    copy = (uint8_t *)(uintptr_t)guard_copy(&g, bytes).ptr;
    for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        if (receipt_decode(span_of(copy, bytes.len), &got) == ERR_OK) {
            bool same = got.size == 8 && got.index == 5 && memcmp(got.path.hash, r.path.hash, 96) == 0;

            assert_true(!same || receipt_verify(&got, &root, &key) == ERR_BAD_SIGNATURE);
        }
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    guard_close(&g);
}

/* ---- consistency ---- */

#define LEAVES 40

static struct hash leaf_of(uint64_t n)
{
    return leaf_hash(span_of(&n, sizeof(n)));
}

static bool read_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    struct hash left, right;

    if (level == 0) {
        *ret = leaf_of(index);
        return true;
    }
    if (!read_node(ctx, level - 1, 2 * index, &left) || !read_node(ctx, level - 1, 2 * index + 1, &right)) return false;
    *ret = node_hash(&left, &right);
    return true;
}

static struct hash root_of(uint64_t size)
{
    struct tree_reader r = {NULL, read_node};
    struct hash h;

    assert_int_equal(tree_range_root(&r, 0, size, &h), ERR_OK);
    return h;
}

static struct consistency_receipt make_consistency(uint64_t old, uint64_t size)
{
    struct tree_reader reader = {NULL, read_node};
    struct consistency_receipt r = {.kid = test_kid(1), .iss = SPAN(ORIGIN), .old = old, .size = size};
    struct secret_key key = test_key(1);
    struct hash newer = root_of(size);

    assert_int_equal(tree_consistency(&reader, old, size, &r.path), ERR_OK);
    assert_int_equal(receipt_sign(r.iss, &newer, &key, &r.signature), ERR_OK);
    return r;
}

static struct span encode_consistency(const struct consistency_receipt *r)
{
    static uint8_t bytes[RECEIPT_SIZE_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    consistency_receipt_encode(r, &o);
    assert_false(o.full);
    return out_span(&o);
}

static enum err verify_consistency(const struct consistency_receipt *r, uint64_t old)
{
    struct hash old_root = root_of(old), newer = root_of(r->size), found = {{7}};
    struct public_key key = test_public(1);
    enum err e = consistency_receipt_verify(r, &old_root, &key, &found);

    if (e == ERR_OK)
        assert_true(hash_equal(&found, &newer));
    else
        assert_true(found.b[0] == 7 && found.b[1] == 0);
    return e;
}

static void a_consistency_has_the_bytes_of_the_rfc(void **state)
{
    struct consistency_receipt r = make_consistency(4, 6);
    const char *kid = hex(hash_span(&r.kid)), *signature = hex(span_of(r.signature.b, 64));
    const char *path = hex(hash_span(&r.path.hash[0]));

    (void)state;
    assert_int_equal(r.path.count, 1);
    assert_span_equal(encode_consistency(&r),
                      diag_format("18([<<{1:-8,4:h'%s',15:{1:\"" ORIGIN "\",2:\"" ORIGIN "\"},395:1}>>,"
                                  "{396:{-2:[<<[4,6,[h'%s']]>>]}},null,h'%s'])",
                                  kid, path, signature));
}

static void consistencies_come_back_whole_and_give_the_newer_root(void **state)
{
    struct consistency_receipt got;

    (void)state;
    for (uint64_t size = 2; size <= LEAVES; size++)
        for (uint64_t old = 1; old < size; old++) {
            struct consistency_receipt r = make_consistency(old, size);

            assert_int_equal(consistency_receipt_decode(encode_consistency(&r), &got), ERR_OK);
            assert_true(got.old == old && got.size == size && got.path.count == r.path.count);
            assert_memory_equal(got.path.hash, r.path.hash, 32 * r.path.count);
            assert_span_equal(got.iss, r.iss);
            assert_int_equal(verify_consistency(&got, old), ERR_OK);
        }
}

/* The signature that the receipts of inclusion under the same root carry. */
static void one_signature_serves_both_sorts(void **state)
{
    struct consistency_receipt a = make_consistency(3, 8), b = make_consistency(5, 8);
    struct hash newer = root_of(8);
    struct receipt r = {.iss = SPAN(ORIGIN), .kid = a.kid, .signature = a.signature};
    struct public_key key = test_public(1);

    (void)state;
    assert_memory_equal(a.signature.b, b.signature.b, 64);
    assert_int_equal(receipt_verify(&r, &newer, &key), ERR_OK);
}

static void a_consistency_holds_for_its_old_root_sizes_and_key_alone(void **state)
{
    struct consistency_receipt r = make_consistency(6, 11), wrong;
    struct public_key other = test_public(2);
    struct hash old_root = root_of(6), found;

    (void)state;
    for (uint64_t old = 1; old <= 11; old++)
        assert_int_equal(verify_consistency(&r, old), old == 6 ? ERR_OK : ERR_BAD_PROOF);
    assert_int_equal(consistency_receipt_verify(&r, &old_root, &other, &found), ERR_BAD_SIGNATURE);
    for (size_t bit = 0; bit < 256 * r.path.count; bit++) {
        wrong = r;
        wrong.path.hash[bit / 256].b[bit % 256 / 8] ^= (uint8_t)(1U << bit % 8);
        assert_true(verify_consistency(&wrong, 6) != ERR_OK);
    }
    for (size_t bit = 0; bit < 512; bit++) {
        wrong = r;
        wrong.signature.b[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(verify_consistency(&wrong, 6), ERR_BAD_SIGNATURE);
    }
    wrong = r;
    wrong.iss = SPAN("log.exampl");
    assert_int_equal(verify_consistency(&wrong, 6), ERR_BAD_SIGNATURE);
    wrong = r;
    wrong.path.count--;
    assert_int_equal(verify_consistency(&wrong, 6), ERR_BAD_PROOF);
    wrong = r;
    wrong.path.count++;
    assert_int_equal(verify_consistency(&wrong, 6), ERR_BAD_PROOF);
    wrong = r;
    wrong.old = 5;
    assert_int_equal(verify_consistency(&wrong, 6), ERR_BAD_PROOF);
    wrong.old = 0;
    assert_int_equal(consistency_receipt_verify(&wrong, &old_root, &other, &found), ERR_BAD_SIZE);
}

static void consistencies_are_refused_by_name(void **state)
{
    static const struct refused cases[] = {
        {"as it is", RECEIPT(PROTECTED, "{396:{-2:[<<[3,8,[#1,#2,#3]]>>]}}"), ERR_OK},
        {"inclusion", RECEIPT(PROTECTED, "{396:{-1:[<<[8,3,[#1,#2,#3]]>>]}}"), ERR_BAD_HEADER},
        {"both", RECEIPT(PROTECTED, "{396:{-1:[<<[8,5,[#1]]>>],-2:[<<[3,8,[#1]]>>]}}"), ERR_BAD_HEADER},
        {"no proof", RECEIPT(PROTECTED, "{396:{-2:[]}}"), ERR_BAD_PROOF},
        {"two proofs", RECEIPT(PROTECTED, "{396:{-2:[<<[3,8,[#1]]>>,<<[4,8,[#1]]>>]}}"), ERR_BAD_PROOF},
        {"no path", RECEIPT(PROTECTED, "{396:{-2:[<<[3,8,[]]>>]}}"), ERR_BAD_PROOF},
        {"equal sizes", RECEIPT(PROTECTED, "{396:{-2:[<<[8,8,[#1]]>>]}}"), ERR_BAD_SIZE},
        {"falling sizes", RECEIPT(PROTECTED, "{396:{-2:[<<[8,3,[#1]]>>]}}"), ERR_BAD_SIZE},
        {"from nothing", RECEIPT(PROTECTED, "{396:{-2:[<<[0,8,[#1]]>>]}}"), ERR_BAD_SIZE},
        {"too large", RECEIPT(PROTECTED, "{396:{-2:[<<[3,4611686018427387905,[#1]]>>]}}"), ERR_BAD_SIZE},
        {"the largest", RECEIPT(PROTECTED, "{396:{-2:[<<[3,4611686018427387904,[#1]]>>]}}"), ERR_OK},
        {"a payload", "18([" PROTECTED ",{396:{-2:[<<[3,8,[#1]]>>]}},#1," SIG64 "])", ERR_NOT_SIGN1},
        {"the other number", RECEIPT("<<{1:-19,4:#1,15:{1:\"log\",2:\"log\"},395:1}>>", "{396:{-2:[<<[3,8,[#1]]>>]}}"),
         ERR_BAD_ALG},
        {"trailing", RECEIPT(PROTECTED, "{396:{-2:[<<[3,8,[#1]]>>]}}") "0", ERR_TRAILING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct consistency_receipt r = {.size = 77};

        assert_err(cases[i].name, consistency_receipt_decode(diag(cases[i].notation), &r), cases[i].want);
        if (cases[i].want != ERR_OK) assert_int_equal(r.size, 77);
    }
}

/* Sizes are not signed: other ones that want a path of the same shape lead to the same root. */
static void no_flipped_bit_gives_another_consistency(void **state)
{
    struct consistency_receipt r = make_consistency(6, 11), got;
    struct span bytes = encode_consistency(&r);
    struct guard g = guard_open(bytes.len);
    uint8_t *copy;

    (void)state;
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(consistency_receipt_decode(guard_copy(&g, span_slice(bytes, 0, len)), &got), ERR_TRUNCATED);
    copy = (uint8_t *)(uintptr_t)guard_copy(&g, bytes).ptr;
    for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        if (consistency_receipt_decode(span_of(copy, bytes.len), &got) == ERR_OK && got.size <= LEAVES) {
            bool same_shape = got.old == 6 && memcmp(got.path.hash, r.path.hash, 32 * r.path.count) == 0;

            assert_true((same_shape && got.size != 11) || verify_consistency(&got, 6) != ERR_OK);
        }
        copy[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    guard_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_of_the_rfc),
        cmocka_unit_test(the_signature_is_over_the_root),
        cmocka_unit_test(one_signature_serves_every_entry),
        cmocka_unit_test(verifying_needs_root_key_origin_and_kid),
        cmocka_unit_test(a_receipt_that_names_another_key_does_not_verify),
        cmocka_unit_test(receipts_come_back_whole),
        cmocka_unit_test(the_largest_receipt_fits_its_limit),
        cmocka_unit_test(receipts_are_refused_by_name),
        cmocka_unit_test(a_path_of_64_is_too_long),
        cmocka_unit_test(no_flipped_bit_verifies_as_the_same_receipt),
        cmocka_unit_test(a_consistency_has_the_bytes_of_the_rfc),
        cmocka_unit_test(consistencies_come_back_whole_and_give_the_newer_root),
        cmocka_unit_test(one_signature_serves_both_sorts),
        cmocka_unit_test(a_consistency_holds_for_its_old_root_sizes_and_key_alone),
        cmocka_unit_test(consistencies_are_refused_by_name),
        cmocka_unit_test(no_flipped_bit_gives_another_consistency),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
