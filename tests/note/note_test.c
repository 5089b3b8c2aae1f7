/* Signed notes and verifier keys as c2sp.org/signed-note has them. */
#include "tests/note/fixture.h"

#define EXAMPLE_TEXT "This is an example message.\n"
#define EXAMPLE_VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define EXAMPLE_BASE64 "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
#define EXAMPLE_LINE "— example.com/foo " EXAMPLE_BASE64 "\n"
#define EXAMPLE_NOTE EXAMPLE_TEXT "\n" EXAMPLE_LINE

/* A line of some unknown key: 4 bytes of id and one of signature. */
#define SHORT_LINE "— other AAAAAAE=\n"

static struct vkey example_vkey(void)
{
    struct vkey v;

    assert_int_equal(vkey_decode(SPAN(EXAMPLE_VKEY), &v), ERR_OK);
    return v;
}

/* --- verifier keys ---------------------------------------------------------------------------------- */

static void published_keys_decode_and_encode_to_themselves(void **state)
{
    static const struct {
        const char *vkey, *name, *id;
        uint8_t type;
    } known[] = {
        {EXAMPLE_VKEY, "example.com/foo", "530d903a", 1},
        {"log.example.org+0a72cd63+AV2yLmzeBL9B3zFJNqal0JuqxiFve0m/eqmT1+KkLVeC", "log.example.org", "0a72cd63", 1},
        {"example.org/log+b0201859+Aawb3XxZM7k072GrHtogNwVl3F5b5SbqFs83YYw+Yjbq", "example.org/log", "b0201859", 1},
        {"transparency.dev/tessera/example+ae330e15+ASf4/L1zE859VqlfQgGzKy34l91Gl8W6wfwp+vKP62DW",
         "transparency.dev/tessera/example", "ae330e15", 1},
        {"example.com/witness+10a1c019+BGSEitir7W6FmBs7OHWyUrh2frtLAvcDrKOx5xu9ao5Q", "example.com/witness", "10a1c019",
         4},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct vkey v;
        uint8_t id[4], bytes[256];
        struct out o = out_over(bytes, sizeof(bytes));
        struct hash key_hash;

        assert_int_equal(vkey_decode(span_text(known[i].vkey), &v), ERR_OK);
        assert_true(span_equal(vkey_name(&v), span_text(known[i].name)));
        assert_int_equal(hex_decode(span_text(known[i].id), id, 4), ERR_OK);
        assert_memory_equal(v.id, id, 4);
        assert_int_equal(v.type, known[i].type);
        assert_true(v.usable);
        key_hash = hash_of(span_of(v.key.b, 32));
        assert_memory_equal(v.key_hash.b, key_hash.b, 32);
        vkey_encode(&v, &o);
        assert_true(span_equal(out_span(&o), span_text(known[i].vkey)));
    }
}

static void a_key_that_was_made_decodes_to_itself(void **state)
{
    static const enum note_type types[] = {NOTE_ED25519, NOTE_COSIGNATURE};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct signer s = signer_of("bücher.example/☃", types[i], 7);
        struct vkey v;
        uint8_t bytes[256];
        struct out o = out_over(bytes, sizeof(bytes));

        vkey_encode(&s.vkey, &o);
        assert_int_equal(vkey_decode(out_span(&o), &v), ERR_OK);
        assert_memory_equal(v.id, s.vkey.id, 4);
        assert_memory_equal(v.key.b, s.vkey.key.b, 32);
        assert_memory_equal(v.key_hash.b, s.vkey.key_hash.b, 32);
        assert_int_equal(v.type, types[i]);
    }
}

static void one_key_under_two_types_has_two_ids_and_one_hash(void **state)
{
    struct signer a = signer_of("name", NOTE_ED25519, 1), b = signer_of("name", NOTE_COSIGNATURE, 1);

    (void)state;
    assert_memory_not_equal(a.vkey.id, b.vkey.id, 4);
    assert_memory_equal(a.vkey.key_hash.b, b.vkey.key_hash.b, 32);
}

static void other_types_are_parsed_and_not_usable(void **state)
{
    static const struct {
        uint8_t type;
        size_t len;
    } known[] = {{NOTE_MLDSA_COSIGNATURE, 1312}, {5, 32}, {3, 1}, {0xff, 4096}};
    static uint8_t key[4096], text[6000];

    (void)state;
    for (size_t i = 0; i < sizeof(key); i++) key[i] = (uint8_t)(i * 31);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct out o = out_over(text, sizeof(text));
        struct vkey v;
        struct hash h = hash_of(span_of(key, known[i].len));

        put_vkey(&o, "example.com/pq", known[i].type, span_of(key, known[i].len));
        assert_int_equal(vkey_decode(out_span(&o), &v), ERR_OK);
        assert_false(v.usable);
        assert_int_equal(v.type, known[i].type);
        assert_memory_equal(v.key_hash.b, h.b, 32);
        text[strlen("example.com/pq+")] ^= 1;
        assert_int_equal(vkey_decode(out_span(&o), &v), ERR_BAD_VKEY);
    }
}

/* Type 2 alone is named by its key without the name. */
static void an_ecdsa_key_is_known_by_the_hash_of_its_key(void **state)
{
    uint8_t raw[92] = {2, 0x30, 0x59}, text[256];
    struct hash h = hash_of(span_of(raw + 1, 91));
    struct out o = out_over(text, sizeof(text));
    struct vkey v;

    (void)state;
    out_text(&o, "witness+");
    hex_encode(span_of(h.b, 4), &o);
    out_text(&o, "+");
    base64_encode(span_of(raw, sizeof(raw)), &o);
    assert_int_equal(vkey_decode(out_span(&o), &v), ERR_OK);
    assert_false(v.usable);
    assert_memory_equal(v.id, h.b, 4);
}

static void malformed_keys_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "+",
        "++",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+0530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        " example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+ AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo +530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct vkey v = {.name_len = 77};

        if (vkey_decode(span_text(bad[i]), &v) != ERR_BAD_VKEY) fail_msg("%s", bad[i]);
        assert_int_equal(v.name_len, 77);
    }
}

static void keys_of_the_wrong_length_are_refused(void **state)
{
    static uint8_t key[4097], text[6000];
    static const struct {
        uint8_t type;
        size_t len;
    } bad[] = {{1, 31}, {1, 33}, {4, 31}, {4, 64}, {1, 0}, {4, 0}, {6, 0}, {6, 4097}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct out o = out_over(text, sizeof(text));
        struct vkey v;

        put_vkey(&o, "name", bad[i].type, span_of(key, bad[i].len));
        assert_int_equal(vkey_decode(out_span(&o), &v), ERR_BAD_VKEY);
    }
}

static void keys_that_are_not_good_points_are_refused(void **state)
{
    uint8_t identity[32] = {1}, high[32], text[128];
    struct span bad[] = {span_of(identity, 32), span_of(high, 32)};

    (void)state;
    memset(high, 0xff, sizeof(high));
    for (unsigned i = 0; i < 4; i++) {
        struct out o = out_over(text, sizeof(text));
        struct vkey v;

        put_vkey(&o, "name", i < 2 ? NOTE_ED25519 : NOTE_COSIGNATURE, bad[i % 2]);
        assert_int_equal(vkey_decode(out_span(&o), &v), ERR_BAD_KEY);
    }
}

static void prefixes_and_changes_of_a_key_are_never_taken_for_it(void **state)
{
    struct span whole = SPAN(EXAMPLE_VKEY);

    (void)state;
    for (size_t len = 0; len < whole.len; len++) {
        struct span cut = exact_copy(span_slice(whole, 0, len));
        struct vkey v;

        assert_int_not_equal(vkey_decode(cut, &v), ERR_OK);
        exact_free(cut);
    }
    for (size_t at = 0; at < whole.len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct span copy = exact_copy(whole);
            struct vkey v;

            ((uint8_t *)(uintptr_t)copy.ptr)[at] ^= (uint8_t)(1 << bit);
            assert_int_not_equal(vkey_decode(copy, &v), ERR_OK);
            exact_free(copy);
        }
}

/* --- names ------------------------------------------------------------------------------------------ */

static void names_are_good_or_not(void **state)
{
    static const char *const good[] = {"a", "example.com/foo", "bücher", "☃", "a-b_c~!@#$%^&*()=[]{}", "\xe2\x80\x8b"};
    static const char *const bad[] = {
        "",
        "a b",
        " a",
        "a ",
        "a+b",
        "+",
        "a\tb",
        "a\nb",
        "a\rb",
        "a\x0b",
        "a\x0c",
        "a\x7f",
        "a\xc2\x80",
        "a\xc2\x85",
        "a\xc2\xa0",
        "\xe1\x9a\x80",
        "\xe2\x80\x80",
        "\xe2\x80\x83",
        "\xe2\x80\x8a",
        "a\xe2\x80\xa8",
        "a\xe2\x80\xa9",
        "\xe2\x80\xaf",
        "\xe2\x81\x9f",
        "\xe3\x80\x80",
        "\xff",
        "a\xc3",
        "\xc0\xaf",
        "\xed\xa0\x80",
    };
    char longest[NOTE_NAME_MAX + 2];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (!note_name_good(span_text(good[i]))) fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (note_name_good(span_text(bad[i]))) fail_msg("taken: number %zu", i);
    assert_false(note_name_good(SPAN("a\0b")));
    memset(longest, 'a', sizeof(longest));
    assert_true(note_name_good(span_of(longest, NOTE_NAME_MAX)));
    assert_false(note_name_good(span_of(longest, NOTE_NAME_MAX + 1)));
}

/* --- notes ------------------------------------------------------------------------------------------ */

static void the_example_verifies(void **state)
{
    struct vkey v = example_vkey();
    struct note n;
    struct note_line line;
    struct span rest;

    (void)state;
    assert_int_equal(note_decode(SPAN(EXAMPLE_NOTE), &n), ERR_OK);
    assert_true(span_equal(n.text, SPAN(EXAMPLE_TEXT)));
    assert_true(span_equal(n.signatures, SPAN(EXAMPLE_LINE)));
    assert_int_equal(note_verify(&n, &v), ERR_OK);
    rest = n.signatures;
    assert_true(note_next(&rest, &line));
    assert_true(span_equal(line.whole, SPAN(EXAMPLE_LINE)));
    assert_true(span_equal(line.name, SPAN("example.com/foo")));
    assert_memory_equal(line.id, "\x53\x0d\x90\x3a", 4);
    assert_int_equal(line.blob_len, 64);
    assert_true(note_line_is(&line, &v));
    assert_int_equal(rest.len, 0);
    assert_false(note_next(&rest, &line));
}

static void the_text_ends_at_the_last_empty_line(void **state)
{
    static const struct {
        const char *note, *text;
    } known[] = {
        {"a\n\n" SHORT_LINE, "a\n"},
        {"a\n\nb\n\n" SHORT_LINE, "a\n\nb\n"},
        {"a\n\n\n" SHORT_LINE, "a\n\n"},
        {"\n\n" SHORT_LINE, "\n"},
        {"a\n\n" SHORT_LINE "\n" SHORT_LINE, "a\n\n" SHORT_LINE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct note n;

        assert_int_equal(note_decode(span_text(known[i].note), &n), ERR_OK);
        assert_true(span_equal(n.text, span_text(known[i].text)));
        assert_true(span_equal(n.signatures, SPAN(SHORT_LINE)));
    }
}

static void malformed_notes_are_refused(void **state)
{
    static const char *const bad[] = {
        /* the parts */
        "",
        "\n",
        "\n\n",
        "a",
        "a\n",
        "a\n\n",
        "a\n\n\n",
        SHORT_LINE,
        "\n" SHORT_LINE,
        "a\n" SHORT_LINE,
        "a\n\n" SHORT_LINE "\n",
        "a\n\n" SHORT_LINE "x",
        "a\n\n" SHORT_LINE "x\n",
        "a\n\n— other AAAAAAE=",
        /* the line */
        "a\n\n- other AAAAAAE=\n",
        "a\n\n\xe2\x80\x93 other AAAAAAE=\n",
        "a\n\n—other AAAAAAE=\n",
        "a\n\n—  other AAAAAAE=\n",
        "a\n\n— other  AAAAAAE=\n",
        "a\n\n— other AAAAAAE= \n",
        "a\n\n— other\n",
        "a\n\n— other \n",
        "a\n\n—  AAAAAAE=\n",
        "a\n\n— AAAAAAE=\n",
        "a\n\n other AAAAAAE=\n",
        "a\n\n—\n",
        "a\n\n— \n",
        /* the name */
        "a\n\n— ot+her AAAAAAE=\n",
        "a\n\n— ot\xc2\xa0her AAAAAAE=\n",
        "a\n\n— ot\xe2\x80\x83her AAAAAAE=\n",
        "a\n\n— ot\xe3\x80\x80her AAAAAAE=\n",
        /* the signature */
        "a\n\n— other AAAAAA==\n",
        "a\n\n— other AAAAAAF=\n",
        "a\n\n— other AAAAAAE\n",
        "a\n\n— other AAAA\n",
        "a\n\n— other AAAAA-E=\n",
        "a\n\n— other =AAAAAE=\n",
        "a\n\n— other AAAAAAE=AAAA\n",
        "a\n\n— other AAAAAAE==\n",
        "a\n\n— other AAAAAAE=\r\n",
        /* control bytes and UTF-8 */
        "a\r\n\n" SHORT_LINE,
        "a\tb\n\n" SHORT_LINE,
        "\x01\n\n" SHORT_LINE,
        "a\x1f\n\n" SHORT_LINE,
        "a\xff\n\n" SHORT_LINE,
        "a\xc3\n\n" SHORT_LINE,
        "\xc0\x80\n\n" SHORT_LINE,
        "a\n\n— oth\xe9r AAAAAAE=\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct note n = {SPAN("kept"), SPAN("kept")};

        if (note_decode(span_text(bad[i]), &n) != ERR_BAD_NOTE) fail_msg("number %zu: %s", i, bad[i]);
        assert_true(span_equal(n.text, SPAN("kept")));
    }
    assert_int_equal(note_decode(SPAN("a\0b\n\n" SHORT_LINE), &(struct note){0}), ERR_BAD_NOTE);
}

/* 0x7f is no control byte to signed-note, and a name may have more bytes than a key of ours. */
static void what_the_standard_allows_is_let_through(void **state)
{
    char bytes[1000];
    struct out o = out_over(bytes, sizeof(bytes));
    struct note n;

    (void)state;
    assert_int_equal(note_decode(SPAN("a\x7f\n\n" SHORT_LINE), &n), ERR_OK);
    out_text(&o, "a\n\n— ");
    for (unsigned i = 0; i < 300; i++) out_byte(&o, 'n');
    out_text(&o, " AAAAAAE=\n");
    assert_int_equal(note_decode(out_span(&o), &n), ERR_OK);
}

static void one_to_sixty_four_signature_lines(void **state)
{
    char bytes[4096];

    (void)state;
    for (unsigned count = 0; count <= 66; count++) {
        struct out o = out_over(bytes, sizeof(bytes));
        struct note_line line;
        struct note n;
        unsigned found = 0;

        out_text(&o, "a\n\n");
        for (unsigned i = 0; i < count; i++) out_text(&o, SHORT_LINE);
        assert_int_equal(note_decode(out_span(&o), &n), count >= 1 && count <= 64 ? ERR_OK : ERR_BAD_NOTE);
        if (count < 1 || count > 64) continue;
        while (note_next(&n.signatures, &line)) found++;
        assert_int_equal(found, count);
    }
}

static uint8_t large[NOTE_SIZE_MAX + 1];

static void a_text_has_at_most_its_size(void **state)
{
    (void)state;
    for (size_t len = NOTE_TEXT_MAX - 1; len <= NOTE_TEXT_MAX + 1; len++) {
        struct out o = out_over(large, sizeof(large));
        struct note n;

        while (o.len < len - 1) out_byte(&o, 'a');
        out_text(&o, "\n\n" SHORT_LINE);
        assert_int_equal(note_decode(out_span(&o), &n), len <= NOTE_TEXT_MAX ? ERR_OK : ERR_NO_ROOM);
    }
}

/* "— NAME BASE64\n" of a blob of `len` bytes behind the id. */
static void put_long_line(struct out *o, size_t name_len, size_t len)
{
    static uint8_t blob[NOTE_SIZE_MAX];

    out_text(o, "— ");
    for (size_t i = 0; i < name_len; i++) out_byte(o, 'n');
    out_byte(o, ' ');
    base64_encode(span_of(blob, 4 + len), o);
    out_byte(o, '\n');
}

static void a_note_has_at_most_its_size(void **state)
{
    (void)state;
    for (size_t len = NOTE_SIZE_MAX - 1; len <= NOTE_SIZE_MAX + 1; len++) {
        struct out o = out_over(large, sizeof(large));
        struct note n;

        out_text(&o, "a\n\n");
        put_long_line(&o, 1, 90000);
        put_long_line(&o, len - o.len - strlen("—  AAAAAAA=\n"), 1);
        assert_int_equal(o.len, len);
        assert_int_equal(note_decode(out_span(&o), &n), len <= NOTE_SIZE_MAX ? ERR_OK : ERR_NO_ROOM);
    }
}

/* What the standard has every reader take, of the length it warns of, under the longest names. */
static void sixteen_post_quantum_signatures_are_accepted(void **state)
{
    struct out o = out_over(large, sizeof(large));
    struct note n;

    (void)state;
    out_text(&o, "example.com/log\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n");
    for (unsigned i = 0; i < 16; i++) put_long_line(&o, NOTE_NAME_MAX, 5000);
    assert_int_equal(note_decode(out_span(&o), &n), ERR_OK);
}

static void long_signatures_are_checked_and_not_kept(void **state)
{
    static const size_t lengths[] = {1, 64, 71, 72, 73, 74, 75, 146, 150, 152, 2428, 4700};
    static uint8_t blob[5000], bytes[9000];

    (void)state;
    for (size_t i = 0; i < sizeof(blob); i++) blob[i] = (uint8_t)(i * 7 + 1);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct out o = out_over(bytes, sizeof(bytes));
        struct note_line line;
        struct note n;
        size_t begin, end;

        out_text(&o, "a\n\n— other ");
        begin = o.len;
        base64_encode(span_of(blob, 4 + lengths[i]), &o);
        end = o.len;
        out_text(&o, "\n");
        assert_int_equal(note_decode(out_span(&o), &n), ERR_OK);
        assert_true(note_next(&n.signatures, &line));
        assert_int_equal(line.blob_len, lengths[i]);
        assert_memory_equal(line.id, blob, 4);
        assert_memory_equal(line.blob, blob + 4, lengths[i] < 72 ? lengths[i] : 72);
        for (size_t at = begin; at < end; at++) {
            uint8_t kept = bytes[at];

            bytes[at] = '-';
            assert_int_equal(note_decode(out_span(&o), &n), ERR_BAD_NOTE);
            bytes[at] = '=';
            if (at + 2 < end) assert_int_equal(note_decode(out_span(&o), &n), ERR_BAD_NOTE);
            bytes[at] = kept;
        }
    }
}

/* --- signatures ------------------------------------------------------------------------------------- */

static struct span sign_note(struct out *o, const char *text, const struct signer *a, const struct signer *b)
{
    out_text(o, text);
    out_byte(o, '\n');
    if (a != NULL) note_sign(o, span_text(text), &a->vkey, &a->secret);
    if (b != NULL) note_sign(o, span_text(text), &b->vkey, &b->secret);
    assert_int_equal(out_check(o), ERR_OK);
    return out_span(o);
}

static enum err verify_bytes(struct span bytes, const struct vkey *v)
{
    struct note n;

    TRY(note_decode(bytes, &n));
    return note_verify(&n, v);
}

static void signed_notes_verify_by_each_signer_and_no_other(void **state)
{
    struct signer a = signer_of("a", NOTE_ED25519, 1), b = signer_of("b", NOTE_ED25519, 2);
    struct signer same_name = signer_of("a", NOTE_ED25519, 2), as_witness = signer_of("a", NOTE_COSIGNATURE, 1);
    uint8_t bytes[1000];
    struct out o = out_over(bytes, sizeof(bytes));
    struct span note = sign_note(&o, "text\n\nmore\n", &a, &b);

    (void)state;
    assert_int_equal(verify_bytes(note, &a.vkey), ERR_OK);
    assert_int_equal(verify_bytes(note, &b.vkey), ERR_OK);
    assert_int_equal(verify_bytes(note, &same_name.vkey), ERR_NOT_SIGNED);
    assert_int_equal(verify_bytes(note, &as_witness.vkey), ERR_NOT_SIGNED);
}

static void the_same_id_under_another_name_is_another_key(void **state)
{
    struct signer a = signer_of("a", NOTE_ED25519, 1);
    struct vkey other = a.vkey;
    uint8_t bytes[1000];
    struct out o = out_over(bytes, sizeof(bytes));
    struct span note = sign_note(&o, "text\n", &a, NULL);

    (void)state;
    other.name[0] = 'b';
    assert_int_equal(verify_bytes(note, &other), ERR_NOT_SIGNED);
}

/* Whichever comes first. */
static void one_bad_line_of_a_known_key_spoils_the_note(void **state)
{
    struct signer a = signer_of("a", NOTE_ED25519, 1);
    uint8_t bad[64] = {0};

    (void)state;
    for (unsigned order = 0; order < 3; order++) {
        uint8_t bytes[1000];
        struct out o = out_over(bytes, sizeof(bytes));

        out_text(&o, "text\n\n");
        if (order == 0) note_put_line(&o, &a.vkey, span_of(bad, 64));
        note_sign(&o, SPAN("text\n"), &a.vkey, &a.secret);
        assert_int_equal(verify_bytes(out_span(&o), &a.vkey), order == 0 ? ERR_BAD_SIGNATURE : ERR_OK);
        if (order == 1) note_put_line(&o, &a.vkey, span_of(bad, 64));
        if (order == 2) note_put_line(&o, &a.vkey, span_of(bad, 1));
        assert_int_equal(verify_bytes(out_span(&o), &a.vkey), ERR_BAD_SIGNATURE);
    }
}

static void a_signature_of_another_length_does_not_hold(void **state)
{
    struct signer a = signer_of("a", NOTE_ED25519, 1);
    struct signature sig;
    uint8_t blob[72] = {0};

    (void)state;
    sign_make(&a.secret, SPAN("text\n"), &sig);
    memcpy(blob, sig.b, sizeof(sig.b));
    for (size_t len = 1; len <= sizeof(blob); len++) {
        uint8_t bytes[1000];
        struct out o = out_over(bytes, sizeof(bytes));

        out_text(&o, "text\n\n");
        note_put_line(&o, &a.vkey, span_of(blob, len));
        assert_int_equal(verify_bytes(out_span(&o), &a.vkey), len == 64 ? ERR_OK : ERR_BAD_SIGNATURE);
    }
}

static void an_unusable_key_verifies_nothing(void **state)
{
    static uint8_t key[1312], text[4000];
    struct out o = out_over(text, sizeof(text));
    struct vkey v;

    (void)state;
    put_vkey(&o, "example.com/foo", NOTE_MLDSA_COSIGNATURE, span_of(key, sizeof(key)));
    assert_int_equal(vkey_decode(out_span(&o), &v), ERR_OK);
    memcpy(v.id, "\x53\x0d\x90\x3a", 4);
    assert_int_equal(verify_bytes(SPAN(EXAMPLE_NOTE), &v), ERR_NOT_SIGNED);
}

static void changes_of_a_note_never_verify(void **state)
{
    struct vkey v = example_vkey();
    struct span whole = SPAN(EXAMPLE_NOTE);

    (void)state;
    for (size_t len = 0; len < whole.len; len++) {
        struct span cut = exact_copy(span_slice(whole, 0, len));

        assert_int_not_equal(verify_bytes(cut, &v), ERR_OK);
        exact_free(cut);
    }
    for (size_t at = 0; at < whole.len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct span copy = exact_copy(whole);

            ((uint8_t *)(uintptr_t)copy.ptr)[at] ^= (uint8_t)(1 << bit);
            assert_int_not_equal(verify_bytes(copy, &v), ERR_OK);
            exact_free(copy);
        }
}

/* Any bytes: the parser answers, and what it takes apart can be put together again. */
static void random_bytes_are_refused_or_add_up(void **state)
{
    static const char *const piece[] = {"\n", "\n\n", "— ", "a", " ", "AAAAAAE=", SHORT_LINE, "\xe2", "+", "\xc2\xa0"};
    uint32_t seed = 2463534242;
    unsigned taken = 0;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t bytes[512];
        struct out o = out_over(bytes, sizeof(bytes));
        struct note n;

        for (unsigned k = random_next(&seed) % 9; k > 0; k--) out_text(&o, piece[random_next(&seed) % COUNT_OF(piece)]);
        if (note_decode(out_span(&o), &n) != ERR_OK) continue;
        taken++;
        assert_ptr_equal(n.text.ptr, bytes);
        assert_int_equal(n.text.len + 1 + n.signatures.len, o.len);
        for (struct note_line line; n.signatures.len > 0;) {
            assert_true(note_next(&n.signatures, &line));
            assert_true(line.blob_len >= 1);
        }
    }
    assert_true(taken > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_keys_decode_and_encode_to_themselves),
        cmocka_unit_test(a_key_that_was_made_decodes_to_itself),
        cmocka_unit_test(one_key_under_two_types_has_two_ids_and_one_hash),
        cmocka_unit_test(other_types_are_parsed_and_not_usable),
        cmocka_unit_test(an_ecdsa_key_is_known_by_the_hash_of_its_key),
        cmocka_unit_test(malformed_keys_are_refused),
        cmocka_unit_test(keys_of_the_wrong_length_are_refused),
        cmocka_unit_test(keys_that_are_not_good_points_are_refused),
        cmocka_unit_test(prefixes_and_changes_of_a_key_are_never_taken_for_it),
        cmocka_unit_test(names_are_good_or_not),
        cmocka_unit_test(the_example_verifies),
        cmocka_unit_test(the_text_ends_at_the_last_empty_line),
        cmocka_unit_test(malformed_notes_are_refused),
        cmocka_unit_test(what_the_standard_allows_is_let_through),
        cmocka_unit_test(one_to_sixty_four_signature_lines),
        cmocka_unit_test(a_text_has_at_most_its_size),
        cmocka_unit_test(a_note_has_at_most_its_size),
        cmocka_unit_test(sixteen_post_quantum_signatures_are_accepted),
        cmocka_unit_test(long_signatures_are_checked_and_not_kept),
        cmocka_unit_test(signed_notes_verify_by_each_signer_and_no_other),
        cmocka_unit_test(the_same_id_under_another_name_is_another_key),
        cmocka_unit_test(one_bad_line_of_a_known_key_spoils_the_note),
        cmocka_unit_test(a_signature_of_another_length_does_not_hold),
        cmocka_unit_test(an_unusable_key_verifies_nothing),
        cmocka_unit_test(changes_of_a_note_never_verify),
        cmocka_unit_test(random_bytes_are_refused_or_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
