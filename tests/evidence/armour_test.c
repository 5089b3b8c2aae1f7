/* Files that say what they are: text and bytes agree to the letter, or the file is refused. */
#include "log/evidence/armour.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/base/codec.h"
#include "log/note/checkpoint.h"
#include "log/statement/issuer.h"
#include "log/statement/rules.h"
#include "log/statement/schema.h"
#include "log/statement/status.h"

#define FILE_MAX 65536

static const struct span origin = {(const uint8_t *)"log.example.org/attest", 22};

/* A buffer that lives until the program ends; tests make few. */
static struct out room(size_t size)
{
    static uint8_t memory[64 << 20];
    static size_t used;
    struct out o;

    assert_true(sizeof(memory) - used >= size);
    o = out_over(memory + used, size);
    used += size;
    return o;
}

static struct secret_key test_key(uint8_t n)
{
    uint8_t seed[32] = {n};
    struct secret_key key;

    secret_key_from_seed(seed, &key);
    return key;
}

static struct span test_urn(uint8_t n)
{
    struct secret_key secret = test_key(n);
    struct public_key key = secret_key_public(&secret);
    struct hash kid = cose_key_thumbprint(&key);
    struct out o = room(CKT_URN_LEN);

    ckt_urn(&kid, &o);
    return out_span(&o);
}

static struct span make(const struct draft *d, uint8_t key)
{
    struct secret_key secret = test_key(key);
    struct out o = room(20000);

    assert_int_equal(statement_make(d, &secret, &o), ERR_OK);
    return out_span(&o);
}

static struct hash id_of(struct span bytes)
{
    return hash_of(bytes);
}

static struct span make_issuer(const char *name)
{
    struct secret_key secret = test_key(1);
    struct issuer_payload p = {.key_count = 1, .name = span_text(name)};
    struct out o = room(1024);
    struct draft d = {.kind = KIND_ISSUER, .iss = test_urn(1), .sub = test_urn(1), .home = origin};

    p.key[0] = (struct listed_key){.key = secret_key_public(&secret), .purposes = 7};
    issuer_sort(&p);
    issuer_encode(&p, &o);
    d.payload = out_span(&o);
    return make(&d, 1);
}

static struct span make_schema_named(const char *name)
{
    struct schema_payload p = {
        .name = span_text(name), .version = 1, .field_count = 2, .revocable = true, .open = true};
    struct out o = room(1024);
    struct draft d = {.kind = KIND_SCHEMA, .iss = test_urn(1), .sub = span_text(name), .home = origin};

    p.field[0] = (struct schema_field){.name = SPAN("level"), .type = FIELD_TEXT, .required = true};
    p.field[1] = (struct schema_field){.name = SPAN("country"), .type = FIELD_TEXT, .required = true};
    schema_encode(&p, &o);
    d.payload = out_span(&o);
    return make(&d, 1);
}

static struct span make_schema(void)
{
    return make_schema_named("kyc");
}

static struct span make_seal(uint64_t position)
{
    /* 2026-11-20 03:07:40.999 */
    struct seal_payload p = {.covers = position, .keys = 3, .from_ms = 1795144000000, .to_ms = 1795144060999};
    struct out o = room(256);
    struct draft d = {.kind = KIND_SEAL, .iss = origin, .sub = origin, .home = origin};

    seal_encode(&p, &o);
    d.payload = out_span(&o);
    return make(&d, 2);
}

/* A map of claims: key and value texts one after another, ended by NULL. */
static struct span claims(const char *const *texts)
{
    struct out o = room(8192);
    size_t count = 0;

    while (texts[count] != NULL) count++;
    cbor_put_map(&o, count / 2);
    for (size_t i = 0; i < count; i++) cbor_put_text(&o, span_text(texts[i]));
    assert_int_equal(out_check(&o), ERR_OK);
    return out_span(&o);
}

static struct draft attestation(struct span payload)
{
    return (struct draft){.kind = KIND_ATTESTATION,
                          .iss = test_urn(1),
                          .sub = SPAN("sub-4t7q9mzk2f6x"),
                          .home = origin,
                          .payload = payload,
                          .has_iat = true,
                          .iat = 1795144050,
                          .has_exp = true,
                          .exp = 1826680050};
}

/* Position 120455; whatever else the file holds has lower positions, the seal the last. */
static struct span make_evidence(struct span carrier, const struct span *others, size_t count, bool sealed)
{
    static struct evidence_map map;
    struct secret_key secret = test_key(2);
    struct public_key public = secret_key_public(&secret);
    struct checkpoint checkpoint = {.origin = origin, .size = 120460};
    struct out note = room(1024), encoded = room(32768), whole = room(FILE_MAX), empty = room(1);
    struct vkey v;
    struct sign1 s;
    struct span text;

    checkpoint_encode(&checkpoint, &note);
    text = out_span(&note);
    vkey_make(origin, NOTE_ED25519, &public, &v);
    out_byte(&note, '\n');
    note_sign(&note, text, &v, &secret);
    memset(&map, 0, sizeof(map));
    map.checkpoint = out_span(&note);
    for (size_t i = 0; i < count; i++) map.statement[map.statement_count++] = (struct evidence_statement){i, others[i]};
    map.statement[map.statement_count++] = (struct evidence_statement){120455, {NULL, 0}};
    if (sealed) map.statement[map.statement_count++] = (struct evidence_statement){120459, make_seal(120459)};
    cbor_put_array(&empty, 0);
    map.trie = out_span(&empty);
    evidence_map_encode(&map, &encoded);
    assert_int_equal(sign1_decode(carrier, &s), ERR_OK);
    evidence_encode(&s, SPAN("receipt"), out_span(&encoded), &whole);
    assert_int_equal(out_check(&whole), ERR_OK);
    return out_span(&whole);
}

static struct span armoured(enum armour_kind kind, struct span bytes)
{
    struct out o = room(2 * FILE_MAX);

    assert_int_equal(armour_encode(kind, bytes, &o), ERR_OK);
    return out_span(&o);
}

static enum err decode(struct span file)
{
    static uint8_t bytes[FILE_MAX];
    struct out o = out_over(bytes, sizeof(bytes));
    enum armour_kind kind = ARMOUR_KIND_COUNT;
    enum err e;

    out_text(&o, "before");
    e = armour_decode(file, &o, &kind);
    if (e != ERR_OK) assert_true(o.len == 6 && kind == ARMOUR_KIND_COUNT);
    return e;
}

static struct span head_of(struct span file)
{
    for (size_t i = 1; i < file.len; i++)
        if (file.ptr[i] == '\n' && file.ptr[i - 1] == '\n') return span_slice(file, 0, i + 1);
    fail_msg("no empty line");
    return file;
}

/* The value of the line that begins with `label`. */
static struct span line_of(struct span file, const char *label)
{
    struct span rest = head_of(file), line;

    while (span_cut(&rest, '\n', &line)) {
        size_t len = strlen(label);

        if (line.len < 8 || !span_starts(line, span_text(label)) || line.ptr[len] != ' ') continue;
        return span_slice(line, 8, line.len);
    }
    fail_msg("no line %s", label);
    return file;
}

static void assert_text(struct span found, const char *expected)
{
    if (!span_equal(found, span_text(expected)))
        fail_msg("expected [%s], found [%.*s]", expected, (int)found.len, (const char *)found.ptr);
}

/* ---- one of each ---- */

static struct span good_evidence(void)
{
    static struct span file;

    if (file.len == 0) {
        struct span others[2] = {make_issuer("Acme Ltd"), make_schema()};
        struct draft d = attestation(claims((const char *[]){"level", "full", "country", "PT", NULL}));

        d.has_schema = true;
        d.schema = id_of(others[1]);
        file = armoured(ARMOUR_EVIDENCE, make_evidence(make(&d, 1), others, 2, true));
    }
    return file;
}

static struct key_file key_file_of(enum key_role role, const char *name, unsigned purposes)
{
    struct key_file k = {.role = role, .name = span_text(name), .count = 1};

    k.key[0].purposes = purposes;
    k.key[0].seed[0] = 1;
    return k;
}

static struct span armoured_key(const struct key_file *k)
{
    struct out o = room(KEY_FILE_SIZE_MAX);

    key_file_encode(k, &o);
    return armoured(ARMOUR_KEY, out_span(&o));
}

static struct span good_key(void)
{
    struct key_file k = key_file_of(KEY_LOG, "log.example.org/attest", PURPOSE_CHECKPOINT | PURPOSE_SEAL);

    return armoured_key(&k);
}

static struct span good_statement(void)
{
    struct draft d = attestation(SPAN("anything"));

    return armoured(ARMOUR_STATEMENT, make(&d, 1));
}

static struct span good(enum armour_kind kind)
{
    static struct span file[ARMOUR_KIND_COUNT];

    if (file[kind].len == 0)
        file[kind] = kind == ARMOUR_EVIDENCE ? good_evidence() : kind == ARMOUR_KEY ? good_key() : good_statement();
    return file[kind];
}

static void an_evidence_file_reads_as_promised(void **state)
{
    struct span head = head_of(good(ARMOUR_EVIDENCE));

    (void)state;
    assert_text(line_of(head, "says"), "kyc 1: country=PT level=full");
    assert_text(head, "cairn evidence 1\n"
                      "says    kyc 1: country=PT level=full\n"
                      "about   sub-4t7q9mzk2f6x\n"
                      "by      ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko, calling itself \"Acme Ltd\"\n"
                      "dates   issued 2026-11-20, expires 2027-11-20\n"
                      "log     log.example.org/attest @120455, as of 2026-11-20 03:07:40Z\n"
                      "check   cairn verify FILE (nothing above is proven until then)\n"
                      "\n");
}

static void a_statement_file_reads_as_promised(void **state)
{
    struct span file = good(ARMOUR_STATEMENT);
    uint8_t bytes[FILE_MAX], digits[64];
    struct out o = out_over(bytes, sizeof(bytes)), hex = out_over(digits, sizeof(digits));
    enum armour_kind kind;
    struct hash id;

    (void)state;
    assert_true(span_starts(file, SPAN("cairn statement 1\nsays    ")));
    assert_text(line_of(file, "says"), "claims without a schema, 8 bytes");
    assert_text(line_of(file, "about"), "sub-4t7q9mzk2f6x");
    assert_text(line_of(file, "by"), "ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko");
    assert_text(line_of(file, "check"), "nothing above is proven: it is what the statement says of itself");
    assert_int_equal(armour_decode(file, &o, &kind), ERR_OK);
    id = id_of(out_span(&o));
    hex_encode(hash_span(&id), &hex);
    assert_true(span_equal(line_of(file, "id"), out_span(&hex)));
}

static void key_files_show_the_public_half_and_nothing_of_the_secret(void **state)
{
    static const struct {
        enum key_role role;
        unsigned purposes;
        bool public, vkey;
        const char *words;
    } cases[] = {
        {KEY_ISSUER, 7, true, false, "acme (issuer)"},      {KEY_RECOVERY, 0, true, false, "acme (recovery)"},
        {KEY_OPERATOR, 20, true, false, "acme (operator)"}, {KEY_LOG, 8, true, false, "acme (log)"},
        {KEY_LOG, 32, false, true, "acme (log)"},           {KEY_LOG, 40, true, true, "acme (log)"},
        {KEY_WITNESS, 0, false, true, "acme (witness)"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct key_file k = key_file_of(cases[i].role, "acme", cases[i].purposes);
        struct span file = armoured_key(&k), head = head_of(file);
        bool public = strstr((const char *)head.ptr, "\npublic  ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko\n");
        bool vkey = strstr((const char *)head.ptr, "\nvkey    acme+") != NULL;

        assert_text(line_of(file, "for"), cases[i].words);
        assert_text(line_of(file, "keep"), "secret: whoever has this file signs as you");
        assert_int_equal(public, cases[i].public);
        assert_int_equal(vkey, cases[i].vkey);
        assert_int_equal(decode(file), ERR_OK);
        if (vkey) {
            struct secret_key secret = test_key(1);
            struct public_key key = secret_key_public(&secret);
            struct vkey v;

            assert_int_equal(vkey_decode(line_of(file, "vkey"), &v), ERR_OK);
            assert_int_equal(v.type, cases[i].role == KEY_WITNESS ? NOTE_COSIGNATURE : NOTE_ED25519);
            assert_memory_equal(&v.key, &key, 32);
        }
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    for (enum armour_kind kind = 0; kind < ARMOUR_KIND_COUNT; kind++) {
        uint8_t bytes[FILE_MAX];
        struct out o = out_over(bytes, sizeof(bytes));
        enum armour_kind found;
        struct span again;

        assert_int_equal(armour_decode(good(kind), &o, &found), ERR_OK);
        assert_int_equal(found, kind);
        again = armoured(kind, out_span(&o));
        assert_true(span_equal(again, good(kind)));
        /* and so is the binary form */
        {
            uint8_t bare[FILE_MAX];
            struct out p = out_over(bare, sizeof(bare));

            assert_int_equal(armour_decode(out_span(&o), &p, &found), ERR_OK);
            assert_int_equal(found, kind);
            assert_true(span_equal(out_span(&p), out_span(&o)));
        }
    }
}

static void key_files_keep_their_keys(void **state)
{
    struct key_file k = key_file_of(KEY_LOG, "log.example.org/attest", 32), again;
    struct out o = room(KEY_FILE_SIZE_MAX);

    (void)state;
    k.count = KEY_FILE_KEYS_MAX;
    for (size_t i = 0; i < k.count; i++) {
        k.key[i].purposes = 1U << i;
        memset(k.key[i].seed, (int)(i + 1), 32);
    }
    key_file_encode(&k, &o);
    assert_int_equal(key_file_decode(out_span(&o), &again), ERR_OK);
    assert_int_equal(again.role, k.role);
    assert_true(span_equal(again.name, k.name));
    assert_int_equal(again.count, k.count);
    for (size_t i = 0; i < k.count; i++) {
        assert_int_equal(again.key[i].purposes, k.key[i].purposes);
        assert_memory_equal(again.key[i].seed, k.key[i].seed, 32);
    }
    /* every prefix, and one byte more, is none */
    for (size_t len = 0; len < o.len; len++)
        assert_int_not_equal(key_file_decode(span_slice(out_span(&o), 0, len), &again), ERR_OK);
    out_byte(&o, 0);
    assert_int_equal(key_file_decode(out_span(&o), &again), ERR_TRAILING);
}

static void key_files_out_of_bounds_are_refused(void **state)
{
    static const char *const names[] = {"",
                                        "a+b",
                                        "a b",
                                        "a\x01"
                                        "b",
                                        "a\u202e"
                                        "b",
                                        "a\\b"};
    struct key_file k, again;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct out o = room(KEY_FILE_SIZE_MAX);

        k = key_file_of(KEY_WITNESS, names[i], 0);
        key_file_encode(&k, &o);
        assert_int_equal(key_file_decode(out_span(&o), &again), ERR_BAD_ARMOUR);
    }
    for (unsigned i = 0; i < 3; i++) {
        struct out o = room(KEY_FILE_SIZE_MAX);

        k = key_file_of(i == 0 ? KEY_ROLE_COUNT : KEY_ISSUER, "acme", i == 1 ? 64 : 7);
        key_file_encode(&k, &o);
        assert_int_equal(key_file_decode(out_span(&o), &again), i == 2 ? ERR_OK : ERR_BAD_ARMOUR);
    }
}

/* A key file written by hand: counts that lie, and the most and least of everything. */
static enum err decode_written(unsigned pairs, size_t name_len, unsigned keys, unsigned parts, uint64_t purposes)
{
    static const uint8_t zeros[32];
    static char name[300];
    struct out o = room(KEY_FILE_SIZE_MAX);
    struct key_file k;

    memset(name, 'n', sizeof(name));
    cbor_put_map(&o, pairs);
    cbor_put_uint(&o, 1);
    cbor_put_uint(&o, KEY_ISSUER);
    cbor_put_uint(&o, 2);
    cbor_put_text(&o, span_of(name, name_len));
    cbor_put_uint(&o, 3);
    cbor_put_array(&o, keys);
    for (unsigned i = 0; i < keys; i++) {
        cbor_put_array(&o, parts);
        cbor_put_uint(&o, purposes);
        cbor_put_bytes(&o, span_of(zeros, 32));
        for (unsigned part = 2; part < parts; part++) cbor_put_uint(&o, 0);
    }
    if (pairs > 3) cbor_put_uint(&o, 4);
    if (pairs > 3) cbor_put_uint(&o, 0);
    return key_file_decode(out_span(&o), &k);
}

static void key_files_have_exactly_their_fields(void **state)
{
    (void)state;
    assert_int_equal(decode_written(3, 4, 1, 2, 7), ERR_OK);
    assert_int_equal(decode_written(3, 255, 4, 2, 63), ERR_OK);
    assert_int_equal(decode_written(4, 4, 1, 2, 7), ERR_BAD_ARMOUR);
    assert_int_equal(decode_written(2, 4, 1, 2, 7), ERR_BAD_ARMOUR);
    assert_int_equal(decode_written(3, 0, 1, 2, 7), ERR_BAD_ARMOUR);
    assert_int_equal(decode_written(3, 256, 1, 2, 7), ERR_BAD_ARMOUR);
    assert_int_equal(decode_written(3, 4, 0, 2, 7), ERR_BAD_ARMOUR);
    assert_int_equal(decode_written(3, 4, 5, 2, 7), ERR_BAD_ARMOUR);
    assert_int_equal(decode_written(3, 4, 1, 3, 7), ERR_BAD_ARMOUR);
    assert_int_equal(decode_written(3, 4, 1, 2, 64), ERR_BAD_ARMOUR);
}

static void key_files_show_whom_they_are_for(void **state)
{
    struct key_file k = key_file_of(KEY_ISSUER, "Ann's \u202ekey", 7);

    (void)state;
    assert_text(line_of(armoured_key(&k), "for"), "Ann's \\u{202e}key (issuer)");
    k.name = test_urn(1);
    assert_text(line_of(armoured_key(&k), "for"), "ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko (issuer)");
}

/* ---- a label cannot lie ---- */

static void each_changed_character_of_a_head_is_refused(void **state)
{
    (void)state;
    for (enum armour_kind kind = 0; kind < ARMOUR_KIND_COUNT; kind++) {
        struct span file = good(kind), head = head_of(file);
        uint8_t *copy = malloc(file.len + 1);

        assert_non_null(copy);
        for (size_t i = 0; i < head.len; i++) {
            /* another character, one too many, one too few */
            for (unsigned bit = 1; bit < 256; bit *= 2) {
                memcpy(copy, file.ptr, file.len);
                copy[i] ^= (uint8_t)bit;
                assert_int_not_equal(decode(span_of(copy, file.len)), ERR_OK);
            }
            for (const char *more = " x\n\r"; *more != '\0'; more++) {
                memcpy(copy, file.ptr, i);
                copy[i] = (uint8_t)*more;
                memcpy(copy + i + 1, file.ptr + i, file.len - i);
                assert_int_not_equal(decode(span_of(copy, file.len + 1)), ERR_OK);
            }
            memcpy(copy, file.ptr, i);
            memcpy(copy + i, file.ptr + i + 1, file.len - i - 1);
            assert_int_not_equal(decode(span_of(copy, file.len - 1)), ERR_OK);
        }
        free(copy);
    }
}

static void a_line_too_many_or_too_few_is_refused(void **state)
{
    (void)state;
    for (enum armour_kind kind = 0; kind < ARMOUR_KIND_COUNT; kind++) {
        struct span file = good(kind), rest = file, line;

        while (span_cut(&rest, '\n', &line)) {
            size_t at = (size_t)(line.ptr - file.ptr);
            struct out without = room(file.len), twice = room(file.len + line.len + 1);

            out_bytes(&without, span_slice(file, 0, at));
            out_bytes(&without, rest);
            assert_int_not_equal(decode(out_span(&without)), ERR_OK);
            out_bytes(&twice, span_slice(file, 0, at));
            out_bytes(&twice, line);
            out_byte(&twice, '\n');
            out_bytes(&twice, span_slice(file, at, file.len));
            assert_int_not_equal(decode(out_span(&twice)), ERR_OK);
        }
    }
}

static void every_prefix_is_refused(void **state)
{
    (void)state;
    for (enum armour_kind kind = 0; kind < ARMOUR_KIND_COUNT; kind++)
        for (size_t len = 0; len < good(kind).len; len++)
            assert_int_not_equal(decode(span_slice(good(kind), 0, len)), ERR_OK);
}

static void crlf_is_refused(void **state)
{
    struct span file = good(ARMOUR_STATEMENT);
    struct out all = room(2 * file.len), body = room(2 * file.len);

    (void)state;
    for (size_t i = 0; i < file.len; i++) {
        if (file.ptr[i] == '\n') out_byte(&all, '\r');
        out_byte(&all, file.ptr[i]);
        if (file.ptr[i] == '\n' && i >= head_of(file).len) out_byte(&body, '\r');
        out_byte(&body, file.ptr[i]);
    }
    assert_int_equal(decode(out_span(&all)), ERR_BAD_ARMOUR);
    assert_int_not_equal(decode(out_span(&body)), ERR_OK);
}

/* The bytes of `file` again, in lines of `columns`, with `end` behind the last one. */
static struct span rewrapped(struct span file, size_t columns, const char *end)
{
    struct span head = head_of(file), rest = span_slice(file, head.len, file.len), line;
    struct out text = room(2 * file.len), o = room(4 * file.len);

    while (span_cut(&rest, '\n', &line)) out_bytes(&text, line);
    rest = out_span(&text);
    out_bytes(&o, head);
    while (rest.len > 0) {
        size_t len = rest.len < columns ? rest.len : columns;

        out_bytes(&o, span_slice(rest, 0, len));
        rest = span_slice(rest, len, rest.len);
        out_text(&o, rest.len > 0 ? "\n" : end);
    }
    return out_span(&o);
}

static void base64_has_76_columns_and_one_newline_at_its_end(void **state)
{
    struct span file = good(ARMOUR_STATEMENT);

    (void)state;
    assert_true(span_equal(rewrapped(file, 76, "\n"), file));
    assert_int_equal(decode(rewrapped(file, 76, "\n")), ERR_OK);
    assert_int_equal(decode(rewrapped(file, 76, "")), ERR_BAD_ARMOUR);
    assert_int_equal(decode(rewrapped(file, 76, "\n\n")), ERR_BAD_ARMOUR);
    for (size_t columns = 4; columns <= 120; columns += 4)
        if (columns != 76) assert_int_equal(decode(rewrapped(file, columns, "\n")), ERR_BAD_ARMOUR);
    assert_int_not_equal(decode(rewrapped(file, 75, "\n")), ERR_OK);
    assert_int_not_equal(decode(rewrapped(file, 77, "\n")), ERR_OK);
}

/* Where the last line is a full one, an empty one behind it is easy to overlook. */
static void no_line_is_longer_or_empty_whatever_the_length(void **state)
{
    struct key_file k = key_file_of(KEY_ISSUER, "acme", 7);

    (void)state;
    for (size_t more = 0; more < 57; more++) {
        static uint8_t payload[57];
        struct draft d = attestation(span_of(payload, more));
        struct span file = armoured(ARMOUR_STATEMENT, make(&d, 1));

        assert_int_equal(decode(rewrapped(file, 76, "\n")), ERR_OK);
        assert_int_equal(decode(rewrapped(file, 76, "\n\n")), ERR_BAD_ARMOUR);
        assert_int_equal(decode(rewrapped(file, 76, "")), ERR_BAD_ARMOUR);
    }
    k.count = 2;
    assert_int_equal(decode(rewrapped(armoured_key(&k), 76, "\n")), ERR_OK);
    assert_int_equal(decode(rewrapped(armoured_key(&k), 1000, "\n")), ERR_BAD_ARMOUR);
}

static void stray_bits_and_padding_inside_are_refused(void **state)
{
    struct key_file k = key_file_of(KEY_LOG, "log.example.org/attest2", PURPOSE_CHECKPOINT);
    struct span file = armoured_key(&k);
    struct out copy = room(file.len);
    size_t last = file.len - 2;

    (void)state;
    out_bytes(&copy, file);
    assert_int_equal(copy.ptr[last], '=');
    while (copy.ptr[last] == '=') last--;
    copy.ptr[last]++;
    assert_int_equal(decode(out_span(&copy)), ERR_BAD_BASE64);
    copy.ptr[last]--;
    assert_int_equal(decode(out_span(&copy)), ERR_OK);
    copy.ptr[head_of(file).len + 75] = '=';
    assert_int_not_equal(decode(out_span(&copy)), ERR_OK);
}

static void first_lines_are_believed_only_as_far_as_the_bytes_agree(void **state)
{
    static const char *const lines[] = {"cairn evidence 1\n", "cairn key 1\n", "cairn statement 1\n"};

    (void)state;
    for (enum armour_kind kind = 0; kind < ARMOUR_KIND_COUNT; kind++)
        for (size_t other = 0; other < COUNT_OF(lines); other++) {
            struct span file = good(kind), rest = file, line;
            struct out o = room(file.len + 32);

            assert_true(span_cut(&rest, '\n', &line));
            out_text(&o, lines[other]);
            out_bytes(&o, rest);
            assert_int_equal(decode(out_span(&o)), other == kind ? ERR_OK : ERR_WRONG_KIND);
        }
    assert_int_equal(decode(SPAN("cairn breach 1\n\nAAAA\n")), ERR_NOT_BUILT);
    assert_int_equal(decode(SPAN("cairn evidence 2\n\nAAAA\n")), ERR_BAD_ARMOUR);
    assert_int_equal(decode(SPAN("cairn")), ERR_BAD_ARMOUR);
    assert_int_equal(decode(SPAN("")), ERR_BAD_ARMOUR);
    assert_int_equal(decode(SPAN("\x89PNG")), ERR_BAD_ARMOUR);
}

static void encoding_wants_the_right_kind(void **state)
{
    (void)state;
    for (enum armour_kind kind = 0; kind < ARMOUR_KIND_COUNT; kind++) {
        struct out bytes = room(FILE_MAX), o = room(2 * FILE_MAX);
        enum armour_kind found;

        assert_int_equal(armour_decode(good(kind), &bytes, &found), ERR_OK);
        for (enum armour_kind other = 0; other < ARMOUR_KIND_COUNT; other++) {
            o.len = 0;
            assert_int_equal(armour_encode(other, out_span(&bytes), &o), other == kind ? ERR_OK : ERR_WRONG_KIND);
            if (other != kind) assert_int_equal(o.len, 0);
        }
        o = out_over(o.ptr, good(kind).len - 1);
        assert_int_equal(armour_encode(kind, out_span(&bytes), &o), ERR_NO_ROOM);
        assert_int_equal(o.len, 0);
    }
}

/* ---- what stands in the labels ---- */

/* The label of an attestation's evidence in a file with `others`. */
static struct span evidence_of(const struct draft *d, const struct span *others, size_t count, bool sealed)
{
    struct span file = armoured(ARMOUR_EVIDENCE, make_evidence(make(d, 1), others, count, sealed));

    assert_int_equal(decode(file), ERR_OK);
    return file;
}

static void what_is_not_in_the_file_is_said_plainly(void **state)
{
    struct span schema = make_schema(), file;
    struct draft d = attestation(claims((const char *[]){"level", "full", "country", "PT", NULL}));
    char expected[96] = "schema ";
    struct out o = out_over(expected, sizeof(expected) - 1);

    (void)state;
    d.has_schema = true;
    d.schema = id_of(schema);
    file = evidence_of(&d, NULL, 0, false);
    o.len = strlen(expected);
    hex_encode(span_of(d.schema.b, 8), &o);
    out_text(&o, " (not in this file): country=PT level=full");
    assert_text(line_of(file, "says"), expected);
    assert_text(line_of(file, "by"), "ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko, name not in this file");
    assert_text(line_of(file, "log"), "log.example.org/attest @120455, as of a time that is not in this file");
    /* a seal that is not the last says nothing */
    file = evidence_of(&d, (struct span[]){make_seal(5)}, 1, false);
    assert_text(line_of(file, "log"), "log.example.org/attest @120455, as of a time that is not in this file");
    d.has_schema = d.has_iat = d.has_exp = false;
    file = evidence_of(&d, &schema, 1, true);
    assert_text(line_of(file, "says"), "claims without a schema, 23 bytes");
    assert_text(line_of(file, "dates"), "none given");
}

static void claims_are_read_under_their_own_schema(void **state)
{
    struct span schemas[3] = {make_schema_named("other"), make_schema(), make_schema_named("third")};
    struct draft d = attestation(claims((const char *[]){"level", "full", NULL}));

    (void)state;
    d.has_schema = true;
    d.schema = id_of(schemas[1]);
    assert_text(line_of(evidence_of(&d, schemas, 3, true), "says"), "kyc 1: level=full");
}

static void the_newest_name_counts_and_only_the_issuers_own(void **state)
{
    struct draft d = attestation(SPAN("anything"));
    struct span others[3] = {make_issuer("Old Acme"), make_issuer("Acme Ltd"), make_schema()};

    (void)state;
    assert_text(line_of(evidence_of(&d, others, 3, true), "by"),
                "ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko, calling itself \"Acme Ltd\"");
    d.iss = SPAN("acme.example");
    assert_text(line_of(evidence_of(&d, others, 3, true), "by"), "acme.example, name not in this file");
}

static void names_that_could_be_taken_for_keys_stand_in_quotes(void **state)
{
    struct draft d = attestation(SPAN("anything"));

    (void)state;
    d.iss = SPAN("ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko");
    d.sub = d.iss;
    {
        struct span file = evidence_of(&d, NULL, 0, true);

        assert_text(line_of(file, "by"), "\"ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko\", name not in this file");
        assert_text(line_of(file, "about"), "\"ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko\"");
    }
    d.sub = test_urn(1);
    assert_text(line_of(evidence_of(&d, NULL, 0, true), "about"), "ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko");
}

static void claims_cannot_pass_for_others(void **state)
{
    static const struct {
        const char *key, *value, *shown;
    } cases[] = {
        {"level", "full country=PT", "level=\"full country=PT\""},
        {"level", "a\"b\\c", "level=\"a\\\"b\\\\c\""},
        {"level", "", "level=\"\""},
        {"level", "5", "level=\"5\""},
        {"level", "true", "level=\"true\""},
        {"level", "truer", "level=truer"},
        {"a=b", "x", "\"a=b\"=x"},
        {"level",
         "x\u202e"
         "y",
         "level=\"x\\u{202e}y\""},
        {"level", "x\ncheck   valid", "level=\"x\\u{a}check   valid\""},
        {"level", "x\x1b[2J", "level=\"x\\u{1b}[2J\""},
        {"l\u200bevel", "x", "\"l\\u{200b}evel\"=x"},
        {"level", "Ü", "level=\"Ü\""},
    };
    struct span schema = make_schema();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct draft d = attestation(claims((const char *[]){cases[i].key, cases[i].value, NULL}));
        char expected[160];

        d.has_schema = true;
        d.schema = id_of(schema);
        snprintf(expected, sizeof(expected), "kyc 1: %s", cases[i].shown);
        assert_text(line_of(evidence_of(&d, &schema, 1, true), "says"), expected);
    }
}

static void values_of_every_type_are_shown_and_sorted_by_key(void **state)
{
    struct span schema = make_schema();
    struct out o = room(1024);
    struct draft d;

    (void)state;
    cbor_put_map(&o, 9);
    cbor_put_text(&o, SPAN("zz"));
    cbor_put_uint(&o, UINT64_MAX);
    cbor_put_text(&o, SPAN("a"));
    cbor_put_int(&o, -7);
    cbor_put_text(&o, SPAN("b"));
    cbor_put_bool(&o, true);
    cbor_put_text(&o, SPAN("c"));
    cbor_put_null(&o);
    cbor_put_text(&o, SPAN("aa"));
    cbor_put_bytes(&o, SPAN("\x01\xff"));
    cbor_put_text(&o, SPAN("d"));
    cbor_put_array(&o, 0);
    cbor_put_text(&o, SPAN("e"));
    cbor_put_map(&o, 0);
    cbor_put_uint(&o, 3);
    cbor_put_bool(&o, false);
    cbor_put_text(&o, SPAN("f"));
    cbor_put_int(&o, INT64_MIN);
    d = attestation(out_span(&o));
    d.has_schema = true;
    d.schema = id_of(schema);
    /* longer than 80 in all, so it is cut */
    assert_text(line_of(evidence_of(&d, &schema, 1, true), "says"),
                "kyc 1: 3=false a=-7 aa=h'01ff' b=true c=null d=[] e={…} f=-9223372036854775808 …");
    o.len = 0;
    cbor_put_map(&o, 0);
    d.payload = out_span(&o);
    assert_text(line_of(evidence_of(&d, &schema, 1, true), "says"), "kyc 1: no claims");
}

/* Two values never read as three: a comma in one puts it in quotes. */
static void lists_are_shown_with_what_they_hold(void **state)
{
    struct span schema = make_schema();
    struct out o = room(20000);
    struct draft d;

    (void)state;
    cbor_put_map(&o, 1);
    cbor_put_text(&o, SPAN("docs"));
    cbor_put_array(&o, 7);
    cbor_put_text(&o, SPAN("pass"));
    cbor_put_text(&o, SPAN("a,b"));
    cbor_put_int(&o, -1);
    cbor_put_array(&o, 1);
    cbor_put_bool(&o, true);
    cbor_put_map(&o, 0);
    cbor_put_bytes(&o, SPAN("\x01"));
    cbor_put_null(&o);
    d = attestation(out_span(&o));
    d.has_schema = true;
    d.schema = id_of(schema);
    assert_text(line_of(evidence_of(&d, &schema, 1, true), "says"), "kyc 1: docs=[pass,\"a,b\",-1,[…],{…},h'01',null]");
    o.len = 0;
    cbor_put_map(&o, 1);
    cbor_put_text(&o, SPAN("docs"));
    cbor_put_array(&o, 9000);
    for (unsigned i = 0; i < 9000; i++) cbor_put_uint(&o, 7);
    d.payload = out_span(&o);
    assert_text(line_of(evidence_of(&d, &schema, 1, true), "says"),
                "kyc 1: docs=[7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,7,…");
}

/* Characters of a line, each a column. */
static size_t columns(struct span s)
{
    size_t count = 0;

    for (size_t i = 0; i < s.len; i++) count += (s.ptr[i] & 0xc0) != 0x80;
    return count;
}

static void long_values_are_cut_at_80_columns(void **state)
{
    struct span schema = make_schema();

    (void)state;
    for (size_t len = 60; len <= 70; len++) {
        static char value[71];
        struct draft d;
        struct span line;

        memset(value, 'x', len);
        value[len] = '\0';
        d = attestation(claims((const char *[]){"level", value, NULL}));
        d.has_schema = true;
        d.schema = id_of(schema);
        line = line_of(evidence_of(&d, &schema, 1, true), "says");
        assert_int_equal(columns(line), len + 13 < 80 ? len + 13 : 80);
        assert_int_equal(span_starts(span_slice(line, line.len - 3, line.len), SPAN("…")), len + 13 > 80);
    }
    {
        static char big[4000];
        struct draft d;

        /* as many bytes as labels may ever see: wide characters, all escaped or all quotes */
        for (unsigned which = 0; which < 3; which++) {
            static const char *const unit[] = {"\u202e", "\"", "𝄞"};
            struct span line;
            struct out o = out_over(big, sizeof(big) - 1);

            while (o.len < 3900) out_text(&o, unit[which]);
            big[o.len] = '\0';
            d = attestation(claims((const char *[]){"level", big, NULL}));
            d.has_schema = true;
            d.schema = id_of(schema);
            line = line_of(evidence_of(&d, &schema, 1, true), "says");
            assert_int_equal(columns(line), 80);
        }
    }
}

static void other_kinds_say_what_they_do(void **state)
{
    struct hash target = {{0x3f, 0x2a}};
    static const struct {
        enum status status;
        unsigned reason;
        const char *says;
    } cases[] = {{STATUS_REVOKED, 2, "revokes 3f2a000000000000: issued-in-error"},
                 {STATUS_SUSPENDED, 8, "suspends 3f2a000000000000: suspended-for-review"},
                 {STATUS_VALID, 9, "reinstates 3f2a000000000000: unspecified"},
                 {STATUS_SUPERSEDED, 5, "supersedes 3f2a000000000000: superseded"}};

    (void)state;
    assert_text(line_of(armoured(ARMOUR_STATEMENT, make_issuer("A\u202e"
                                                               "B")),
                        "says"),
                "issuer statement 0: 1 key, 0 recovery keys");
    assert_text(line_of(armoured(ARMOUR_STATEMENT, make_issuer("A\u202e"
                                                               "B")),
                        "by"),
                "ckt:qNgGWBmEcoCyPZBLvzsql3E0zxzOWARjo2MYeqyQWko, calling itself \"A\\u{202e}B\"");
    assert_text(line_of(armoured(ARMOUR_STATEMENT, make_schema()), "says"), "schema kyc 1: level country");
    assert_text(line_of(armoured(ARMOUR_STATEMENT, make_seal(7)), "says"), "seal over 7 statements, 3 index keys");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct status_payload p = {.target = target, .status = cases[i].status, .reason = cases[i].reason};
        struct out o = room(256);
        struct draft d = {.kind = KIND_STATUS, .iss = test_urn(1), .sub = SPAN("sub-a"), .home = origin};

        p.has_replacement = p.status == STATUS_SUPERSEDED;
        status_encode(&p, &o);
        d.payload = out_span(&o);
        assert_text(line_of(armoured(ARMOUR_STATEMENT, make(&d, 1)), "says"), cases[i].says);
    }
    for (unsigned cuts = 0; cuts < 3; cuts++) {
        static const char *const says[] = {"recovery 1: 1 key, 0 recovery keys",
                                           "issuer statement 1: 1 key, 0 recovery "
                                           "keys, 1 cut",
                                           "recovery 1: 1 key, 0 recovery keys, 2 cuts"};
        struct secret_key key = test_key(9);
        struct issuer_payload p = {.seq = 1, .has_prev = true, .prev = target, .key_count = 1, .name = SPAN("")};
        struct out o = room(1024);
        struct draft d = {.kind = KIND_ISSUER, .iss = test_urn(1), .sub = test_urn(1), .home = origin};

        p.has_revealed = cuts != 1;
        p.revealed = p.key[0].key = secret_key_public(&key);
        p.key[0].purposes = 7;
        p.cut_count = cuts;
        p.cut[1].kid.b[0] = 1;
        issuer_encode(&p, &o);
        d.payload = out_span(&o);
        assert_text(line_of(armoured(ARMOUR_STATEMENT, make(&d, 1)), "says"), says[cuts]);
    }
    {
        struct rules_payload p = {.mode = RULES_APPROVED, .version = 1, .withdraw_count = 1};
        struct out o = room(256);
        struct draft d = {.kind = KIND_RULES, .iss = origin, .sub = origin, .home = origin};

        p.withdraw[0] = SPAN("acme");
        rules_encode(&p, &o);
        d.payload = out_span(&o);
        assert_text(line_of(armoured(ARMOUR_STATEMENT, make(&d, 1)), "says"),
                    "rules 0: approved issuers only, approves 0, withdraws 1");
    }
}

/* A statement that nobody signed, with the hash of something and what is said of that; 60 for an empty type. */
static struct span make_envelope(struct span hash, const char *type, const char *place)
{
    struct out p = room(1024), o = room(2048);
    struct sign1 s = {.payload = hash};

    cbor_put_map(&p, 4U + (type != NULL) + (place != NULL));
    cbor_put_int(&p, LABEL_ALG);
    cbor_put_int(&p, ALG_EDDSA);
    cbor_put_int(&p, LABEL_KID);
    cbor_put_bytes(&p, hash);
    cbor_put_int(&p, LABEL_CWT_CLAIMS);
    cbor_put_map(&p, 2);
    cbor_put_int(&p, CLAIM_ISS);
    cbor_put_text(&p, SPAN("acme"));
    cbor_put_int(&p, CLAIM_SUB);
    cbor_put_text(&p, SPAN("x"));
    cbor_put_int(&p, LABEL_PREIMAGE_ALG);
    cbor_put_int(&p, ALG_SHA256);
    if (type != NULL) cbor_put_int(&p, LABEL_PREIMAGE_TYPE);
    if (type != NULL && *type == 0) cbor_put_uint(&p, 60);
    if (type != NULL && *type != 0) cbor_put_text(&p, span_text(type));
    if (place != NULL) cbor_put_int(&p, LABEL_PREIMAGE_LOCATION);
    if (place != NULL) cbor_put_text(&p, span_text(place));
    s.protected = out_span(&p);
    sign1_encode_canonical(&s, &o);
    return out_span(&o);
}

static void what_is_kept_out_of_a_log_is_said_to_be(void **state)
{
    static const uint8_t hash[32] = {0x9f, 0xd5, 0xbf, 0x24, 0x19, 0x48, 0x16, 0x5f, 0x71};
    static const struct {
        const char *type, *place, *says;
    } cases[] = {
        {NULL, NULL, "hash of something"},
        {"", "s3:b c", "hash of something"},
        {"image/png", NULL, "hash of image/png"},
        {"a b", NULL, "hash of \"a b\""},
    };
    struct span schema = make_schema();
    struct draft d = attestation(span_of(hash, sizeof(hash)));

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct span bytes = make_envelope(span_of(hash, sizeof(hash)), cases[i].type, cases[i].place);

        assert_text(line_of(armoured(ARMOUR_STATEMENT, bytes), "says"), cases[i].says);
    }
    d.has_schema = d.is_private = true;
    d.schema = id_of(schema);
    assert_text(line_of(evidence_of(&d, &schema, 1, true), "says"), "kyc 1: private, not in this file");
}

static void statements_that_are_none_are_not_labelled(void **state)
{
    struct draft d = {.kind = KIND_ISSUER, .iss = test_urn(1), .sub = test_urn(1), .home = origin};
    struct out o = room(4096);

    (void)state;
    d.payload = SPAN("\xa0");
    assert_int_equal(armour_encode(ARMOUR_STATEMENT, make(&d, 1), &o), ERR_BAD_PAYLOAD);
    assert_int_equal(o.len, 0);
    assert_int_equal(decode(make(&d, 1)), ERR_BAD_PAYLOAD);
}

/* Whatever a file says of itself, it never says what a reader should think of it. */
static void no_label_is_a_verdict(void **state)
{
    static const char *const verdicts[] = {"valid", "revoked", "forged", "untrusted", "stale", "verified"};
    struct span head = head_of(good(ARMOUR_EVIDENCE));

    (void)state;
    for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
        size_t len = strlen(verdicts[i]);

        for (size_t at = 0; at + len <= head.len; at++) assert_false(memcmp(head.ptr + at, verdicts[i], len) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_evidence_file_reads_as_promised),
        cmocka_unit_test(a_statement_file_reads_as_promised),
        cmocka_unit_test(key_files_show_the_public_half_and_nothing_of_the_secret),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(key_files_keep_their_keys),
        cmocka_unit_test(key_files_out_of_bounds_are_refused),
        cmocka_unit_test(key_files_have_exactly_their_fields),
        cmocka_unit_test(key_files_show_whom_they_are_for),
        cmocka_unit_test(each_changed_character_of_a_head_is_refused),
        cmocka_unit_test(a_line_too_many_or_too_few_is_refused),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(crlf_is_refused),
        cmocka_unit_test(base64_has_76_columns_and_one_newline_at_its_end),
        cmocka_unit_test(no_line_is_longer_or_empty_whatever_the_length),
        cmocka_unit_test(stray_bits_and_padding_inside_are_refused),
        cmocka_unit_test(first_lines_are_believed_only_as_far_as_the_bytes_agree),
        cmocka_unit_test(encoding_wants_the_right_kind),
        cmocka_unit_test(what_is_not_in_the_file_is_said_plainly),
        cmocka_unit_test(claims_are_read_under_their_own_schema),
        cmocka_unit_test(the_newest_name_counts_and_only_the_issuers_own),
        cmocka_unit_test(names_that_could_be_taken_for_keys_stand_in_quotes),
        cmocka_unit_test(claims_cannot_pass_for_others),
        cmocka_unit_test(values_of_every_type_are_shown_and_sorted_by_key),
        cmocka_unit_test(lists_are_shown_with_what_they_hold),
        cmocka_unit_test(long_values_are_cut_at_80_columns),
        cmocka_unit_test(other_kinds_say_what_they_do),
        cmocka_unit_test(what_is_kept_out_of_a_log_is_said_to_be),
        cmocka_unit_test(statements_that_are_none_are_not_labelled),
        cmocka_unit_test(no_label_is_a_verdict),
    };

    return cmocka_run_group_tests_name("armour", tests, NULL, NULL);
}
