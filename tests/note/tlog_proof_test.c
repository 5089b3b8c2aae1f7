/* Proofs as c2sp.org/tlog-proof has them: what is read, what is refused, and what they prove to whom. */
#include "log/note/lines.h"
#include "log/note/tlog_proof.h"
#include "tests/note/fixture.h"

#define SIZES 20
#define ORIGIN "log.example"

/* --- a small log and its witnesses ------------------------------------------------------------------- */

static struct hash leaves[SIZES + 1];

static struct hash subtree(uint64_t begin, uint64_t end)
{
    struct hash left, right;
    uint64_t half = 1;

    if (end - begin == 1) return leaves[begin];
    while (half * 2 < end - begin) half *= 2;
    left = subtree(begin, begin + half);
    right = subtree(begin + half, end);
    return node_hash(&left, &right);
}

static bool read_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    (void)ctx;
    *ret = subtree(index << level, (index + 1) << level);
    return true;
}

static int set_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT_OF(leaves); i++) leaves[i] = leaf_hash(span_of(&i, sizeof(i)));
    return 0;
}

static struct signer log_of(uint8_t n)
{
    return signer_of(ORIGIN, NOTE_ED25519, n);
}

static struct signer witness_of(uint8_t n)
{
    return signer_of("witness.example", NOTE_COSIGNATURE, n);
}

/* A proof and all that it borrows. */
struct sample {
    struct out note, text;
    struct tlog_proof proof;
    uint8_t note_bytes[4000], text_bytes[12000];
};

/* Of entry `index` under a checkpoint of `size` that says `more` and is signed by nobody yet. */
static void sample_begin(struct sample *s, const char *origin, uint64_t index, uint64_t size, const char *more)
{
    struct checkpoint c = {span_text(origin), size, subtree(0, size)};
    struct tree_reader r = {NULL, read_node};

    *s = (struct sample){.proof = {.extra = SPAN(""), .index = index}};
    s->note = out_over(s->note_bytes, sizeof(s->note_bytes));
    checkpoint_encode(&c, &s->note);
    out_text(&s->note, more);
    assert_int_equal(tree_inclusion(&r, index, size, &s->proof.path), ERR_OK);
}

/* Adds a line of the log, if `log` is not 0, and one of each witness from 1 to `witnesses`, at 100 times its
 * number. */
static void sample_sign(struct sample *s, uint8_t log, uint8_t witnesses)
{
    struct signer key = log_of(log);
    struct span text = span_of(s->note_bytes, s->note.len);

    out_byte(&s->note, '\n');
    if (log != 0) note_sign(&s->note, text, &key.vkey, &key.secret);
    for (uint8_t n = 1; n <= witnesses; n++) {
        struct signer w = witness_of(n);

        cosignature_make(&s->note, text, &w.vkey, &w.secret, 100 * (uint64_t)n);
    }
    assert_false(s->note.full);
    s->proof.note = out_span(&s->note);
}

static struct span sample_encode(struct sample *s)
{
    s->text = out_over(s->text_bytes, sizeof(s->text_bytes));
    tlog_proof_encode(&s->proof, &s->text);
    assert_false(s->text.full);
    return out_span(&s->text);
}

static void sample_make(struct sample *s, uint64_t index, uint64_t size)
{
    sample_begin(s, ORIGIN, index, size, "");
    sample_sign(s, 11, 2);
}

/* A policy of these lines, in which a number in braces is the witness of that number, in brackets the log. */
static void policy_of(const char *text, struct policy *p)
{
    static uint8_t bytes[4000];
    struct out o = out_over(bytes, sizeof(bytes));
    struct lines l;
    bool more = true, mine;

    for (; *text != '\0'; text++) {
        bool witness = *text == '{';

        if (witness || *text == '[') {
            uint8_t n = (uint8_t)strtoul(text + 1, (char **)(uintptr_t)&text, 10);
            struct signer s = witness ? witness_of(n) : log_of(n);

            vkey_encode(&s.vkey, &o);
        } else {
            out_byte(&o, (uint8_t)*text);
        }
    }
    memset(p, 0, sizeof(*p));
    for (l = lines_over(out_span(&o)); more;) {
        assert_int_equal(lines_next(&l, &more), ERR_OK);
        if (!more) return;
        assert_int_equal(policy_take(p, l.word, l.count, &mine), ERR_OK);
        assert_true(mine);
    }
}

#define POLICY "log [11]\nwitness a {1}\nwitness b {2}\nwitness c {3}\ngroup g 2 a b c\nquorum g\n"

static enum err verify(const struct sample *s, const char *policy, uint64_t leaf)
{
    static struct policy p;
    struct checkpoint c;

    policy_of(policy, &p);
    return tlog_proof_verify(&s->proof, &leaves[leaf], &p, UINT64_MAX, &c);
}

/* --- the text --------------------------------------------------------------------------------------- */

static void assert_same(const struct tlog_proof *a, const struct tlog_proof *b)
{
    assert_true(span_equal(a->extra, b->extra));
    assert_true(a->index == b->index);
    assert_int_equal(a->path.count, b->path.count);
    assert_memory_equal(a->path.hash, b->path.hash, 32 * a->path.count);
    assert_true(span_equal(a->note, b->note));
}

static void every_entry_of_every_small_tree_is_proven(void **state)
{
    static struct sample s;
    struct tlog_proof got;

    (void)state;
    for (uint64_t size = 1; size <= SIZES; size++)
        for (uint64_t index = 0; index < size; index++) {
            sample_make(&s, index, size);
            assert_int_equal(tlog_proof_decode(sample_encode(&s), &got), ERR_OK);
            assert_same(&got, &s.proof);
            assert_int_equal(verify(&s, POLICY, index), ERR_OK);
        }
}

static void the_text_is_that_of_the_standard(void **state)
{
    static struct sample s;
    uint8_t bytes[1000];
    struct out o = out_over(bytes, sizeof(bytes));

    (void)state;
    sample_make(&s, 2, 3);
    s.proof.extra = SPAN("YQ==");
    out_text(&o, "c2sp.org/tlog-proof@v1\nextra YQ==\nindex 2\n");
    base64_encode(hash_span(&s.proof.path.hash[0]), &o);
    out_text(&o, "\n\n" ORIGIN "\n3\n");
    assert_int_equal(s.proof.path.count, 1);
    assert_true(span_starts(sample_encode(&s), out_span(&o)));
    assert_true(span_equal(span_slice(out_span(&s.text), s.text.len - s.note.len, s.text.len), s.proof.note));
}

#define CHECKPOINT(size) ORIGIN "\n" size "\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
#define NOTE(size) CHECKPOINT(size) "\n— " ORIGIN " AAAAAAA=\n"
#define HASH "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
#define V1 "c2sp.org/tlog-proof@v1\n"

static void a_tree_of_one_leaf_has_no_path(void **state)
{
    static struct sample s;
    struct tlog_proof p;

    (void)state;
    assert_int_equal(tlog_proof_decode(SPAN(V1 "index 0\n\n" NOTE("1")), &p), ERR_OK);
    assert_int_equal(p.path.count, 0);
    sample_make(&s, 0, 1);
    assert_true(span_starts(sample_encode(&s), SPAN(V1 "index 0\n\n" ORIGIN "\n1\n")));
    assert_int_equal(tlog_proof_decode(SPAN(V1 "index 0\n" HASH "\n" NOTE("1")), &p), ERR_BAD_PROOF);
    assert_int_equal(tlog_proof_decode(SPAN(V1 "index 0\n\n" NOTE("0")), &p), ERR_BAD_SIZE);
}

static void an_extra_line_is_kept_and_proves_nothing(void **state)
{
    static struct sample s;
    static char letters[1001];
    struct tlog_proof got;

    (void)state;
    memset(letters, 'A', 1000);
    for (size_t len = 4; len <= 1000; len += 4) {
        sample_make(&s, 4, 7);
        s.proof.extra = span_of(letters, len);
        assert_int_equal(tlog_proof_decode(sample_encode(&s), &got), ERR_OK);
        assert_same(&got, &s.proof);
    }
    /* Padding inside, wherever a reader may have cut it. */
    for (size_t at = 2; at < 999; at++) {
        memcpy(letters + at, "==", 2);
        s.proof.extra = span_of(letters, 1000);
        assert_int_equal(tlog_proof_decode(sample_encode(&s), &got), at == 998 ? ERR_OK : ERR_BAD_TLOG_PROOF);
        memcpy(letters + at, "AA", 2);
    }
    s.proof.extra = SPAN("Zm9y");
    assert_int_equal(verify(&s, POLICY, 4), ERR_OK);
}

static void other_lines_are_refused(void **state)
{
    static const struct {
        const char *text;
        enum err want;
    } cases[] = {
        {V1 "index 1\n" HASH "\n" NOTE("2"), ERR_OK},
        {V1 "extra YWI=\nindex 1\n" HASH "\n" NOTE("2"), ERR_OK},
        {V1 "index 4611686018427387902\n\n" NOTE("2"), ERR_BAD_SIZE},
        /* the first line */
        {"", ERR_BAD_TLOG_PROOF},
        {"\n" V1 "index 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {"c2sp.org/tlog-proof@v2\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {"c2sp.org/tlog-proof@v1 \nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {"c2sp.org/tlog-proof@v1\r\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {"C2SP.org/tlog-proof@v1\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {"index 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        /* extra */
        {V1 "hint YWI=\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "extra\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "extra \nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "extra YWI\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "extra YWJ=\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "extra  YWI=\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "extra YWI= \nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "extra YW-_\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "Extra YWI=\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "extra YWI=\nextra YWI=\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 1\nextra YWI=\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 1\n" HASH "extra YWI=\n\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "extra YWI=\n\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        /* index */
        {V1 HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index \n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 01\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index +1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 1 \n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index  1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 0x1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 4611686018427387904\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 18446744073709551617\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 1\nindex 1\n" HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 2\n" HASH "\n" NOTE("2"), ERR_BAD_SIZE},
        /* the path */
        {V1 "index 1\n\n" NOTE("2"), ERR_BAD_PROOF},
        {V1 "index 1\n" HASH HASH "\n" NOTE("2"), ERR_BAD_PROOF},
        {V1 "index 1\n" HASH NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 1\n\n" HASH "\n" NOTE("2"), ERR_BAD_CHECKPOINT},
        {V1 "index 1\n" HASH "\n\n" NOTE("2"), ERR_BAD_CHECKPOINT},
        {V1 "index 1\n" HASH, ERR_BAD_TLOG_PROOF},
        {V1 "index 1\n" HASH "\n", ERR_BAD_NOTE},
        {V1 "index 1\n " HASH "\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        {V1 "index 1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2JB\n\n" NOTE("2"), ERR_BAD_TLOG_PROOF},
        /* the checkpoint */
        {V1 "index 1\n" HASH "\n" CHECKPOINT("2"), ERR_BAD_NOTE},
        {V1 "index 1\n" HASH "\n" CHECKPOINT("2") "\n", ERR_BAD_NOTE},
        {V1 "index 1\n" HASH "\n" NOTE("02"), ERR_BAD_CHECKPOINT},
        {V1 "index 1\n" HASH "\n" NOTE("2") "\n", ERR_BAD_NOTE},
        {V1 "index 1\n" HASH "\n" NOTE("2") "more\n", ERR_BAD_NOTE},
        {V1 "index 1\n" HASH "\nsome text\n\n— " ORIGIN " AAAAAAA=\n", ERR_BAD_CHECKPOINT},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tlog_proof p = {.index = 77};
        enum err e = tlog_proof_decode(span_text(cases[i].text), &p);

        if (e != cases[i].want) fail_msg("number %zu: %s instead of %s", i, err_reason(e), err_reason(cases[i].want));
        if (e != ERR_OK) assert_int_equal(p.index, 77);
    }
}

static void sixty_three_hashes_are_the_most(void **state)
{
    static uint8_t bytes[5000];

    (void)state;
    for (unsigned count = 60; count <= 65; count++) {
        struct out o = out_over(bytes, sizeof(bytes));
        struct tlog_proof p;

        out_text(&o, V1 "index 1\n");
        for (unsigned i = 0; i < count; i++) out_text(&o, HASH);
        out_text(&o, "\n" NOTE("2305843009213693953"));
        assert_int_equal(tlog_proof_decode(out_span(&o), &p), count == 62  ? ERR_OK
                                                              : count > 63 ? ERR_BAD_TLOG_PROOF
                                                                           : ERR_BAD_PROOF);
    }
}

static void checkpoints_with_extension_lines_are_others_and_accepted(void **state)
{
    static struct sample s;
    struct tlog_proof got;

    (void)state;
    sample_begin(&s, ORIGIN, 3, 5, "more\n");
    sample_sign(&s, 11, 2);
    assert_int_equal(tlog_proof_decode(sample_encode(&s), &got), ERR_OK);
    assert_int_equal(verify(&s, POLICY, 3), ERR_OK);
}

/* Inputs end where their memory ends. */
static void what_decodes_encodes_to_itself(void **state)
{
    static struct sample s, again;
    struct span text;

    (void)state;
    sample_make(&s, 5, 11);
    s.proof.extra = SPAN("YWJj");
    text = sample_encode(&s);
    for (size_t len = 0; len <= text.len; len++) {
        struct span copy = exact_copy(span_slice(text, 0, len));

        /* Whole, or without lines of witnesses. */
        assert_true((tlog_proof_decode(copy, &again.proof) == ERR_OK) ==
                    (len == text.len || len == text.len - 125 || len == text.len - 250));
        exact_free(copy);
    }
    for (size_t bit = 0; bit < 8 * text.len; bit++) {
        s.text_bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (tlog_proof_decode(text, &again.proof) == ERR_OK) assert_true(span_equal(sample_encode(&again), text));
        s.text_bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

/* --- what it proves --------------------------------------------------------------------------------- */

static void it_holds_for_its_leaf_and_place_alone(void **state)
{
    static struct sample s;

    (void)state;
    for (uint64_t index = 0; index < 11; index++) {
        sample_make(&s, index, 11);
        for (uint64_t leaf = 0; leaf < 12; leaf++)
            assert_int_equal(verify(&s, POLICY, leaf), leaf == index ? ERR_OK : ERR_BAD_PROOF);
        for (size_t bit = 0; bit < 256 * s.proof.path.count; bit++) {
            uint8_t *byte = &s.proof.path.hash[bit / 256].b[bit % 256 / 8];

            *byte ^= (uint8_t)(1U << bit % 8);
            if (bit % 13 == index) assert_int_equal(verify(&s, POLICY, index), ERR_BAD_PROOF);
            *byte ^= (uint8_t)(1U << bit % 8);
        }
        s.proof.index = (index + 1) % 11;
        assert_int_equal(verify(&s, POLICY, index), ERR_BAD_PROOF);
        s.proof.index = 11;
        assert_int_equal(verify(&s, POLICY, index), ERR_BAD_SIZE);
    }
}

static void the_log_must_be_listed_under_the_origin(void **state)
{
    static struct sample s;

    (void)state;
    sample_make(&s, 3, 9);
    assert_int_equal(verify(&s, "log [12]\nquorum none\n", 3), ERR_NOT_SIGNED);
    assert_int_equal(verify(&s, "quorum none\n", 3), ERR_NOT_SIGNED);
    assert_int_equal(verify(&s, "log [12]\nlog [11]\nquorum none\n", 3), ERR_OK);
    /* A listed key that signs for another origin. */
    sample_begin(&s, "other.example", 3, 9, "");
    sample_sign(&s, 11, 2);
    assert_int_equal(verify(&s, POLICY, 3), ERR_NOT_SIGNED);
    /* Cosigned, and signed by no log. */
    sample_begin(&s, ORIGIN, 3, 9, "");
    sample_sign(&s, 0, 2);
    assert_int_equal(verify(&s, POLICY, 3), ERR_NOT_SIGNED);
}

static void the_quorum_decides(void **state)
{
    static struct sample s;
    static struct policy p;
    struct checkpoint c;

    (void)state;
    for (uint8_t witnesses = 0; witnesses <= 3; witnesses++) {
        sample_begin(&s, ORIGIN, 3, 9, "");
        sample_sign(&s, 11, witnesses);
        assert_int_equal(verify(&s, POLICY, 3), witnesses >= 2 ? ERR_OK : ERR_NO_QUORUM);
        assert_int_equal(verify(&s, "log [11]\nquorum none\n", 3), ERR_OK);
        assert_int_equal(verify(&s, "log [11]\nwitness a {1}\n", 3), ERR_BAD_POLICY);
        /* The third is dated 300. */
        policy_of("log [11]\nwitness c {3}\nquorum c\n", &p);
        assert_int_equal(tlog_proof_verify(&s.proof, &leaves[3], &p, 299, &c), ERR_NO_QUORUM);
        assert_int_equal(tlog_proof_verify(&s.proof, &leaves[3], &p, 300, &c), witnesses == 3 ? ERR_OK : ERR_NO_QUORUM);
    }
    assert_true(span_equal(c.origin, SPAN(ORIGIN)));
    assert_int_equal(c.size, 9);
}

/* The last letter but two of each line's signature is another one. */
static void a_line_of_a_known_key_that_fails_spoils_it(void **state)
{
    static struct sample s;

    (void)state;
    for (unsigned spoilt = 0; spoilt < 3; spoilt++) {
        unsigned line = 0;

        sample_make(&s, 3, 9);
        for (size_t i = 0; i < s.note.len; i++) {
            if (s.note_bytes[i] != '\n' || line++ != 4 + spoilt) continue;
            s.note_bytes[i - 5] = s.note_bytes[i - 5] == 'A' ? 'B' : 'A';
        }
        assert_int_equal(verify(&s, POLICY, 3), ERR_BAD_SIGNATURE);
        assert_int_equal(verify(&s, "log [11]\nquorum none\n", 3), spoilt == 0 ? ERR_BAD_SIGNATURE : ERR_OK);
        assert_int_equal(verify(&s, "log [12]\nlog [11]\nquorum none\n", 3), spoilt == 0 ? ERR_BAD_SIGNATURE : ERR_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_of_every_small_tree_is_proven),
        cmocka_unit_test(the_text_is_that_of_the_standard),
        cmocka_unit_test(a_tree_of_one_leaf_has_no_path),
        cmocka_unit_test(an_extra_line_is_kept_and_proves_nothing),
        cmocka_unit_test(other_lines_are_refused),
        cmocka_unit_test(sixty_three_hashes_are_the_most),
        cmocka_unit_test(checkpoints_with_extension_lines_are_others_and_accepted),
        cmocka_unit_test(what_decodes_encodes_to_itself),
        cmocka_unit_test(it_holds_for_its_leaf_and_place_alone),
        cmocka_unit_test(the_log_must_be_listed_under_the_origin),
        cmocka_unit_test(the_quorum_decides),
        cmocka_unit_test(a_line_of_a_known_key_that_fails_spoils_it),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
