/* Checkpoints and cosignatures as c2sp.org/tlog-checkpoint and c2sp.org/tlog-cosignature have them. */
#include "log/note/checkpoint.h"
#include "tests/note/fixture.h"

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
#define TEXT "example.com/behind-the-sofa\n20852163\n" ROOT "\n"
#define SPEC_NOTE \
    TEXT "\n— example.com/behind-the-sofa " \
         "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n" \
         "— witness.example.com/w1 " \
         "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"

/* --- checkpoints ------------------------------------------------------------------------------------ */

static void the_example_of_the_standard_decodes(void **state)
{
    struct note n;
    struct note_line line;
    struct checkpoint c;

    (void)state;
    assert_int_equal(note_decode(SPAN(SPEC_NOTE), &n), ERR_OK);
    assert_int_equal(checkpoint_decode(n.text, &c), ERR_OK);
    assert_true(span_equal(c.origin, SPAN("example.com/behind-the-sofa")));
    assert_int_equal(c.size, 20852163);
    assert_memory_equal(c.root.b, "\x0a\xc5\x18\x6a\x91\x86\x3e\x8e", 8);
    assert_true(note_next(&n.signatures, &line));
    assert_int_equal(line.blob_len, 64);
    assert_true(note_next(&n.signatures, &line));
    assert_memory_equal(line.id, "\x8d\x66\xcf\x3f", 4);
    assert_int_equal(line.blob_len, 72);
    assert_int_equal(u64_at(line.blob), 1679315147);
}

static void assert_encodes_to(const struct checkpoint *c, struct span text)
{
    uint8_t bytes[1000];
    struct out o = out_over(bytes, sizeof(bytes));

    checkpoint_encode(c, &o);
    assert_true(span_equal(out_span(&o), text));
}

static void what_decodes_encodes_to_itself(void **state)
{
    static const char *const texts[] = {
        TEXT,
        "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "an origin with + and spaces\n1\n" ROOT "\n",
        "☃\n4611686018427387903\n" ROOT "\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct checkpoint c;

        assert_int_equal(checkpoint_decode(span_text(texts[i]), &c), ERR_OK);
        assert_encodes_to(&c, span_text(texts[i]));
        assert_int_equal(checkpoint_decode_any(span_text(texts[i]), &c), ERR_OK);
        assert_encodes_to(&c, span_text(texts[i]));
    }
}

static void malformed_checkpoints_are_refused(void **state)
{
    static const char *const bad[] = {
        /* lines */
        "",
        "\n",
        "o",
        "o\n",
        "o\n1",
        "o\n1\n",
        "o\n1\n" ROOT,
        "\n1\n" ROOT "\n",
        "o\n\n" ROOT "\n",
        "o\n1\n\n",
        "o\n1\n\n" ROOT "\n",
        "\no\n1\n" ROOT "\n",
        "o\n1\n" ROOT "\n\n",
        "1\n" ROOT "\n",
        "o\n" ROOT "\n1\n",
        /* sizes */
        "o\n0007\n" ROOT "\n",
        "o\n00\n" ROOT "\n",
        "o\n+7\n" ROOT "\n",
        "o\n-7\n" ROOT "\n",
        "o\n 7\n" ROOT "\n",
        "o\n7 \n" ROOT "\n",
        "o\n7.0\n" ROOT "\n",
        "o\n0x7\n" ROOT "\n",
        "o\n4611686018427387904\n" ROOT "\n",
        "o\n9223372036854775808\n" ROOT "\n",
        "o\n18446744073709551617\n" ROOT "\n",
        /* roots: 31, 33, 0 bytes, other base64 */
        "o\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n",
        "o\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "o\n7\n====\n",
        "o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
        "o\n7\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n",
        "o\n7\n " ROOT "\n",
        "o\n7\n" ROOT " \n",
        /* bytes */
        "o\r\n7\r\n" ROOT "\r\n",
        "o\n7\r\n" ROOT "\n",
        "o\t\n7\n" ROOT "\n",
        "\xff\n7\n" ROOT "\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct checkpoint c = {.size = 77};

        if (checkpoint_decode(span_text(bad[i]), &c) != ERR_BAD_CHECKPOINT) fail_msg("number %zu: %s", i, bad[i]);
        if (checkpoint_decode_any(span_text(bad[i]), &c) != ERR_BAD_CHECKPOINT) fail_msg("any %zu: %s", i, bad[i]);
        assert_int_equal(c.size, 77);
    }
}

static void extension_lines_are_for_others(void **state)
{
    struct checkpoint c;

    (void)state;
    assert_int_equal(checkpoint_decode(SPAN(TEXT "more\n"), &c), ERR_BAD_CHECKPOINT);
    assert_int_equal(checkpoint_decode_any(SPAN(TEXT "more\n"), &c), ERR_OK);
    assert_int_equal(c.size, 20852163);
    assert_encodes_to(&c, SPAN(TEXT));
    assert_int_equal(checkpoint_decode_any(SPAN(TEXT "more\nand more\n"), &c), ERR_OK);
    assert_int_equal(checkpoint_decode_any(SPAN(TEXT "more"), &c), ERR_BAD_CHECKPOINT);
    assert_int_equal(checkpoint_decode_any(SPAN(TEXT "\n"), &c), ERR_BAD_CHECKPOINT);
    assert_int_equal(checkpoint_decode_any(SPAN(TEXT "more\n\n"), &c), ERR_BAD_CHECKPOINT);
    assert_int_equal(checkpoint_decode_any(SPAN(TEXT "\nmore\n"), &c), ERR_BAD_CHECKPOINT);
}

static void an_origin_has_at_most_255_bytes(void **state)
{
    (void)state;
    for (size_t len = 255; len <= 256; len++) {
        uint8_t bytes[400];
        struct out o = out_over(bytes, sizeof(bytes));
        struct checkpoint c;

        while (o.len < len) out_byte(&o, 'o');
        out_text(&o, "\n7\n" ROOT "\n");
        assert_int_equal(checkpoint_decode(out_span(&o), &c), len == 255 ? ERR_OK : ERR_BAD_CHECKPOINT);
        assert_int_equal(checkpoint_decode_any(out_span(&o), &c), len == 255 ? ERR_OK : ERR_BAD_CHECKPOINT);
    }
}

/* Each prefix, and each change of one byte, is refused or spelt as encoding would spell it. */
static void no_checkpoint_has_two_spellings(void **state)
{
    struct span whole = SPAN(TEXT);

    (void)state;
    for (size_t len = 0; len < whole.len; len++) {
        struct span cut = exact_copy(span_slice(whole, 0, len));
        struct checkpoint c;

        assert_int_equal(checkpoint_decode_any(cut, &c), ERR_BAD_CHECKPOINT);
        exact_free(cut);
    }
    for (size_t at = 0; at < whole.len; at++)
        for (unsigned byte = 0; byte < 256; byte++) {
            struct span copy = exact_copy(whole);
            struct checkpoint c;

            ((uint8_t *)(uintptr_t)copy.ptr)[at] = (uint8_t)byte;
            if (checkpoint_decode(copy, &c) == ERR_OK) assert_encodes_to(&c, copy);
            exact_free(copy);
        }
}

/* --- cosignatures ----------------------------------------------------------------------------------- */

static struct note_line line_of(struct span bytes)
{
    struct note_line line;

    assert_true(note_next(&bytes, &line));
    assert_int_equal(bytes.len, 0);
    return line;
}

/* A line over any message, with any time, by the key of `s`. */
static struct note_line line_over(struct out *o, const struct signer *s, uint64_t time, struct span message)
{
    struct signature sig;
    uint8_t blob[72];

    sign_make(&s->secret, message, &sig);
    u64_put(blob, time);
    memcpy(blob + 8, sig.b, 64);
    o->len = 0;
    note_put_line(o, &s->vkey, span_of(blob, sizeof(blob)));
    return line_of(out_span(o));
}

static void the_message_is_the_one_of_the_standard(void **state)
{
    static const char known[] = "e5da61fc426054b9b299196251831ba990fb808990e4e3c3e63bd2140e3989cd";
    struct span message = SPAN("cosignature/v1\ntime 1679315147\n" TEXT);
    struct signer w = signer_of("witness.example.com/w1", NOTE_COSIGNATURE, 1);
    struct hash h = hash_of(message);
    uint8_t made[300], expected[300], hex[64];
    struct out x = out_over(hex, sizeof(hex));
    struct out o = out_over(made, sizeof(made)), e = out_over(expected, sizeof(expected));

    (void)state;
    assert_int_equal(message.len, 113);
    hex_encode(hash_span(&h), &x);
    assert_memory_equal(hex, known, sizeof(hex));
    (void)line_over(&e, &w, 1679315147, message);
    cosignature_make(&o, SPAN(TEXT), &w.vkey, &w.secret, 1679315147);
    assert_true(span_equal(out_span(&o), out_span(&e)));
}

static void a_cosignature_verifies_and_gives_its_time(void **state)
{
    static const uint64_t times[] = {1, 255, 256, 1679315147, INT64_MAX - 1, INT64_MAX};
    struct signer w = signer_of("w", NOTE_COSIGNATURE, 1);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        uint8_t bytes[300];
        struct out o = out_over(bytes, sizeof(bytes));
        struct note_line line;
        uint64_t time = 0;

        cosignature_make(&o, SPAN(TEXT "extension\n"), &w.vkey, &w.secret, times[i]);
        line = line_of(out_span(&o));
        assert_int_equal(cosignature_verify(&line, SPAN(TEXT "extension\n"), &w.vkey, &time), ERR_OK);
        assert_true(time == times[i]);
        assert_int_equal(cosignature_verify(&line, SPAN(TEXT), &w.vkey, &time), ERR_BAD_SIGNATURE);
    }
}

static void times_are_from_1_to_the_largest_signed(void **state)
{
    static const struct {
        uint64_t time;
        const char *message;
    } bad[] = {
        {0, "cosignature/v1\ntime 0\n" TEXT},
        {UINT64_C(1) << 63, "cosignature/v1\ntime 9223372036854775808\n" TEXT},
        {UINT64_C(13078826355777102329), "cosignature/v1\ntime 13078826355777102329\n" TEXT},
        {UINT64_MAX, "cosignature/v1\ntime 18446744073709551615\n" TEXT},
    };
    struct signer w = signer_of("w", NOTE_COSIGNATURE, 1);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint8_t bytes[300];
        struct out o = out_over(bytes, sizeof(bytes));
        struct note_line line = line_over(&o, &w, bad[i].time, span_text(bad[i].message));
        uint64_t time = 77;

        assert_int_equal(cosignature_verify(&line, SPAN(TEXT), &w.vkey, &time), ERR_BAD_SIGNATURE);
        assert_int_equal(time, 77);
    }
}

static void other_messages_and_changes_do_not_hold(void **state)
{
    static const char *const messages[] = {
        TEXT,
        "cosignature/v1\ntime 8\n" TEXT,
        "cosignature/v1\ntime 07\n" TEXT,
        "cosignature/v2\ntime 7\n" TEXT,
        "time 7\n" TEXT,
        "cosignature/v1\ntime 7\n" TEXT "\n",
    };
    struct signer w = signer_of("w", NOTE_COSIGNATURE, 1);
    uint8_t bytes[300];
    struct out o = out_over(bytes, sizeof(bytes));
    struct note_line good = line_over(&o, &w, 7, SPAN("cosignature/v1\ntime 7\n" TEXT)), line;
    uint64_t time;

    (void)state;
    assert_int_equal(cosignature_verify(&good, SPAN(TEXT), &w.vkey, &time), ERR_OK);
    for (unsigned bit = 0; bit < 72 * 8; bit++) {
        line = good;
        line.blob[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(cosignature_verify(&line, SPAN(TEXT), &w.vkey, &time), ERR_BAD_SIGNATURE);
    }
    for (size_t len = 1; len < 80; len++) {
        line = good;
        line.blob_len = len;
        assert_int_equal(cosignature_verify(&line, SPAN(TEXT), &w.vkey, &time), len == 72 ? ERR_OK : ERR_BAD_SIGNATURE);
    }
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        line = line_over(&o, &w, 7, span_text(messages[i]));
        assert_int_equal(cosignature_verify(&line, SPAN(TEXT), &w.vkey, &time), ERR_BAD_SIGNATURE);
    }
}

static void lines_of_other_keys_are_not_ours(void **state)
{
    struct signer w = signer_of("w", NOTE_COSIGNATURE, 1), name = signer_of("v", NOTE_COSIGNATURE, 1);
    struct signer key = signer_of("w", NOTE_COSIGNATURE, 2), type = signer_of("w", NOTE_ED25519, 1);
    uint8_t bytes[300];
    struct out o = out_over(bytes, sizeof(bytes));
    struct note_line line = line_over(&o, &w, 7, SPAN("cosignature/v1\ntime 7\n" TEXT));
    uint64_t time;

    (void)state;
    assert_int_equal(cosignature_verify(&line, SPAN(TEXT), &name.vkey, &time), ERR_NOT_SIGNED);
    assert_int_equal(cosignature_verify(&line, SPAN(TEXT), &key.vkey, &time), ERR_NOT_SIGNED);
    memcpy(type.vkey.id, w.vkey.id, 4);
    assert_int_equal(cosignature_verify(&line, SPAN(TEXT), &type.vkey, &time), ERR_NOT_SIGNED);
    memcpy(key.vkey.id, w.vkey.id, 4);
    assert_int_equal(cosignature_verify(&line, SPAN(TEXT), &key.vkey, &time), ERR_BAD_SIGNATURE);
}

static void the_longest_text_can_be_cosigned_and_no_longer_one_verifies(void **state)
{
    static uint8_t text[NOTE_TEXT_MAX + 1];
    struct signer w = signer_of("w", NOTE_COSIGNATURE, 1);
    uint8_t bytes[300];
    struct out o = out_over(bytes, sizeof(bytes));
    struct note_line line;
    uint64_t time;

    (void)state;
    memset(text, 'x', sizeof(text));
    cosignature_make(&o, span_of(text, NOTE_TEXT_MAX), &w.vkey, &w.secret, INT64_MAX);
    line = line_of(out_span(&o));
    assert_int_equal(cosignature_verify(&line, span_of(text, NOTE_TEXT_MAX), &w.vkey, &time), ERR_OK);
    assert_int_equal(cosignature_verify(&line, span_of(text, NOTE_TEXT_MAX + 1), &w.vkey, &time), ERR_NO_ROOM);
}

static jmp_buf asserted;

static void on_assert(const char *condition, const char *file, int line)
{
    (void)condition;
    (void)file;
    (void)line;
    longjmp(asserted, 1);
}

/* 0: note_sign with a type 4 key, 1: with another's secret, 2: text without a newline; 3 to 6:
 * cosignature_make with a type 1 key, another's secret, time 0, a time too large. */
static void sign_wrongly(unsigned how)
{
    struct signer n = signer_of("n", NOTE_ED25519, 1), w = signer_of("w", NOTE_COSIGNATURE, 2);
    uint8_t bytes[300];
    struct out o = out_over(bytes, sizeof(bytes));

    switch (how) {
    case 0: note_sign(&o, SPAN(TEXT), &w.vkey, &w.secret); break;
    case 1: note_sign(&o, SPAN(TEXT), &n.vkey, &w.secret); break;
    case 2: note_sign(&o, SPAN("text"), &n.vkey, &n.secret); break;
    case 3: cosignature_make(&o, SPAN(TEXT), &n.vkey, &n.secret, 7); break;
    case 4: cosignature_make(&o, SPAN(TEXT), &w.vkey, &n.secret, 7); break;
    case 5: cosignature_make(&o, SPAN(TEXT), &w.vkey, &w.secret, 0); break;
    default: cosignature_make(&o, SPAN(TEXT), &w.vkey, &w.secret, UINT64_C(1) << 63); break;
    }
}

static void signing_wrongly_is_a_bug(void **state)
{
    (void)state;
    assert_hook = on_assert;
    for (volatile unsigned how = 0; how <= 6; how++)
        if (setjmp(asserted) == 0) {
            sign_wrongly(how);
            assert_hook = NULL;
            fail_msg("signed: %u", how);
        }
    assert_hook = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_standard_decodes),
        cmocka_unit_test(what_decodes_encodes_to_itself),
        cmocka_unit_test(malformed_checkpoints_are_refused),
        cmocka_unit_test(extension_lines_are_for_others),
        cmocka_unit_test(an_origin_has_at_most_255_bytes),
        cmocka_unit_test(no_checkpoint_has_two_spellings),
        cmocka_unit_test(the_message_is_the_one_of_the_standard),
        cmocka_unit_test(a_cosignature_verifies_and_gives_its_time),
        cmocka_unit_test(times_are_from_1_to_the_largest_signed),
        cmocka_unit_test(other_messages_and_changes_do_not_hold),
        cmocka_unit_test(lines_of_other_keys_are_not_ours),
        cmocka_unit_test(the_longest_text_can_be_cosigned_and_no_longer_one_verifies),
        cmocka_unit_test(signing_wrongly_is_a_bug),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
