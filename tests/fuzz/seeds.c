/* Files for the fuzz targets to begin with, made by the library from a small log: fuzz-seeds FOLDER writes
 * FOLDER/TARGET/NAME. The same each time. corpus.py makes the corpora from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "log/base/codec.h"
#include "log/evidence/armour.h"
#include "log/note/tlog_proof.h"
#include "log/statement/key_set.h"
#include "log/statement/private.h"
#include "log/statement/receipt.h"
#include "server/node/config.h"
#include "tests/evidence/scene.h"
#include "witness/settings.h"
#include "witness/state.h"

static const char *folder;

static void put(const char *target, const char *name, struct span bytes)
{
    char path[1024];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", folder, target);
    mkdir(path, 0777);
    snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
    f = fopen(path, "wb");
    ASSERT(f != NULL);
    ASSERT(fwrite(bytes.ptr, 1, bytes.len, f) == bytes.len);
    ASSERT(fclose(f) == 0);
}

static void put_texts(const char *target, const char *const *texts, size_t count)
{
    char name[32];

    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof(name), "text%zu", i);
        put(target, name, span_text(texts[i]));
    }
}
#define PUT_TEXTS(target, ...) \
    do { \
        static const char *const texts[] = {__VA_ARGS__}; \
        put_texts(target, texts, COUNT_OF(texts)); \
    } while (0)

/* A buffer for one call. */
static struct out room(void)
{
    static uint8_t bytes[1 << 21];

    return out_over(bytes, sizeof(bytes));
}

/* `part` with its length before it, as fuzz_part takes it. */
static void put_part(struct out *o, struct span part)
{
    out_u16(o, (uint16_t)part.len);
    out_bytes(o, part);
}

/* ---- bytes and text ---- */

static void seed_base(void)
{
    static const uint8_t items[] = {0xa6, 0x01, 0x38, 0x45, 0x61, 0x61, 0x82, 0xf5, 0xf6, 0x41, 0x00, 0xd2, 0x80, 0x19,
                                    0x01, 0x00, 0xa0, 0x1a, 0x00, 0x01, 0x00, 0x00, 0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff,
                                    0xff, 0xff, 0xff, 0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf4};
    uint8_t deep[18];

    put("cbor", "items", span_of(items, sizeof(items)));
    memset(deep, 0x81, sizeof(deep));
    deep[sizeof(deep) - 1] = 0;
    put("cbor", "too-deep", span_of(deep, sizeof(deep)));
    put("cbor", "deep", span_of(deep + 1, sizeof(deep) - 1));
    PUT_TEXTS("codec", "deadbeef", "3q2+7w==", "3q2-7w", "3q2+", "18446744073709551615", "18446744073709551616", "0",
              "9223372036854775807", "01");
    PUT_TEXTS("text", "plain", "b\\ack\\slash", "\x1b[31mred", "\xe2\x80\xaehidden\xe2\x80\xac", "\xff\xfe\xc3\xa9",
              "\xf0\x9f\x98\x80 \xc2\x85 \xef\xbb\xbf", "2026-11-20", "2026-11-20 03:07:40Z", "2024-02-29T23:59Z",
              "9999-12-31T23:59:59Z", "a text that is longer than forty characters, which is where it is cut off");
    PUT_TEXTS("tile_path", "tile/0/000", "tile/0/x001/234.p/7", "tile/entries/x001/x234/067",
              "tile/statements/000.p/255", "tile/7/000.p/1", "tile/1/255");
    put("bundle", "two", SPAN("\0\3one\0\0\0\5three"));
    put("bundle", "cut", SPAN("\0\3one\0\5th"));
}

static const char *with_keys(const char *format)
{
    static char text[4096];

    snprintf(text, sizeof(text), format, test_vkey("w1.example", NOTE_COSIGNATURE, KEY_W1_TEST),
             test_vkey("w2.example", NOTE_COSIGNATURE, KEY_W2_TEST),
             test_vkey(ORIGIN, NOTE_ED25519, KEY_CHECKPOINT_TEST));
    return text;
}

static void seed_settings(void)
{
    struct out o = room();

    PUT_TEXTS("lines", "# nothing\n\n", "one two\tthree\r\n", "a\n  b  c # d\n\xc3\xa9 x", "a \x01 b\n");
    put("policy", "groups",
        span_text(with_keys("witness a %s https://w1.example\nwitness b %s\n"
                            "log %s https://log.example\ngroup g 1 a b\ngroup h all g\nquorum h\n")));
    put("policy", "none", span_text(with_keys("witness a %s\nwitness b %s\nlog %s\nquorum none\n")));
    put("lines", "policy", span_text(with_keys("witness a %s\nwitness b %s\nlog %s\nquorum none\n")));
    config_write(SPAN(ORIGIN), "127.0.0.1:7379", &o);
    put("config", "new", out_span(&o));
    put("config", "full",
        span_text(with_keys("origin log.example.org/attest\nlisten [::1]:0\nurl https://a.example\ninterval 500ms\n"
                            "refresh 1h\nstall 2m\nwitness-timeout 3s\nconnections 9\npending 5000\nwait 0\nmap 1\n"
                            "witness a %s\nwitness b %s\ngroup g any a b\nquorum g\n# %s\n")));
    o.len = 0;
    settings_write(SPAN("witness.example"), "127.0.0.1:7380", &o);
    put("settings", "new", out_span(&o));
    put("settings", "full",
        span_text(with_keys("name witness.example\nlisten 127.0.0.1:1\nurl https://a.example\n"
                            "connections 7\n# %s %s\nlog %s https://log.example\n")));
    PUT_TEXTS(
        "schema_file",
        "schema kyc 1\nvalid-for 365d\nfield level text required one-of basic,full\nfield country text length 2\n",
        "schema a.b-c_1 1\nopen\nnot-revocable\nfield n uint optional range 1..40\nfield b bool\n",
        "schema x 1\nfield a text length 1..9\nfield a text\n", "schema x 2\nfield a int\n",
        "schema x 2\nprev 00000000000000000000000000000000000000000000000000000000000000ff\nbreaking\n"
        "private-allowed\nfield i int range -5..5 one-of -1,0,1\nfield t time[] range 2026-01-01..\n"
        "field b bytes length ..4 one-of 00,ff\ndescribe i what it is\nfield s text[] one-of a,b\n");
}

/* Choices of a history are any bytes: some long enough for a little of everything. */
static void seed_history(void)
{
    uint8_t choices[400];
    uint64_t state = 7;

    for (size_t n = 0; n < 4; n++) {
        for (size_t i = 0; i < sizeof(choices); i++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
            choices[i] = (uint8_t)(state >> 56);
        }
        put("history", (const char *[]){"a", "b", "c", "d"}[n], span_of(choices, 100 * (n + 1)));
    }
}

/* ---- requests ---- */

static void seed_http(void)
{
    PUT_TEXTS("head", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /index?a=1&b=%20 HTTP/1.0\r\n\r\n",
              "POST /statements HTTP/1.1\r\nHost: a:7379\r\nContent-Length: 12\r\nPrefer: wait=5\r\n"
              "Content-Type: application/cose\r\nAccept: a/b, c/d;q=0.5\r\nExpect: 100-continue\r\n\r\n",
              "POST /add-checkpoint HTTP/1.1\r\nhost: b\r\ntransfer-encoding: chunked\r\nConnection: close, TE\r\n\r\n",
              "HEAD /checkpoint HTTP/1.1\r\nHost: [::1]\r\nIf-None-Match: \"x\"\r\nConnection: upgrade\r\nUpgrade: "
              "h2c\r\n\r\n",
              "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
              "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n",
              "OPTIONS /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n");
    PUT_TEXTS("chunks", "5\r\nhello\r\n0\r\n\r\n", "0\r\n\r\nGET", "a\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n",
              "5;a=b\r\nhello\r\n", "00000003\r\nabc\r\n0\r\nx: y\r\n\r\n", "FFFFFFFF\r\n");
    PUT_TEXTS("values",
              "\x0b"
              "a=%41&b=2&await=5, respond-async",
              "\x04"
              "a=a+wait=\"7\";x=y",
              "\x07"
              "a=1&a=2foo=\",\", wait = 9",
              "\x03"
              "a=%");
}

/* ---- payloads ---- */

static struct issuer_payload later_issuer(void)
{
    static const unsigned keys[] = {1, 7, 2, 1, 3, 63, 0};
    const struct hash prev = {{9}};
    struct issuer_payload p = test_set(1, &prev, keys);

    p.cut_count = 0;
    p.url = SPAN("https://acme.example");
    p.recovery_count = 2;
    p.recovery[0] = (struct hash){{1}};
    p.recovery[1] = (struct hash){{2}};
    p.has_revealed = true;
    p.revealed = test_public(4);
    return p;
}

static void seed_issuers(void)
{
    static const unsigned keys[] = {KEY_ACME_TEST, 7, 0};
    struct issuer_payload first = test_set(0, NULL, keys), later = later_issuer();
    struct out o = room();

    issuer_encode(&first, &o);
    put("issuer", "first", out_span(&o));
    o.len = 0;
    issuer_encode(&later, &o);
    put("issuer", "later", out_span(&o));
    later.cut_count = 1;
    later.cut[0] = (struct key_cut){.kid = {{3}}, .has_position = true, .position = 77};
    o.len = 0;
    issuer_encode(&later, &o);
    put("issuer", "cut", out_span(&o));
}

static void seed_rules(void)
{
    struct rules_payload p = {.mode = RULES_OPEN, .version = RULES_VERSION};
    struct out o = room();

    rules_encode(&p, &o);
    put("rules", "open", out_span(&o));
    p = (struct rules_payload){.seq = 3,
                               .mode = RULES_APPROVED,
                               .version = RULES_VERSION,
                               .has_prev = true,
                               .prev = {{8}},
                               .approve_count = 2,
                               .withdraw_count = 1,
                               .limit_bytes = 4096,
                               .limit_statements = 100};
    p.approve[0] = (struct approval){SPAN("acme.example"), test_kid(1)};
    p.approve[1] = (struct approval){test_urn(2), test_kid(2)};
    p.withdraw[0] = SPAN("north.example");
    o.len = 0;
    rules_encode(&p, &o);
    put("rules", "approved", out_span(&o));
    p.has_closing = true;
    p.closing_not_before = T0;
    o.len = 0;
    rules_encode(&p, &o);
    put("rules", "closing", out_span(&o));
}

static struct schema_payload rich_schema(void)
{
    struct schema_payload p = test_schema("kyc");

    p.has_validity = true;
    p.validity = 86400;
    p.field[0].choice_count = 2;
    p.field[0].choice[0] = SPAN("\x65"
                                "basic");
    p.field[0].choice[1] = SPAN("\x64"
                                "full");
    p.field[1].has_least = p.field[1].has_most = true;
    p.field[1].least = 18;
    p.field[1].most = 200;
    p.field[2] = (struct schema_field){.name = SPAN("member"), .type = FIELD_BOOL};
    p.field_count = 3;
    return p;
}

/* Every type, and each of what limits it. */
static struct schema_payload whole_schema(void)
{
    struct schema_payload p = {.name = SPAN("whole"), .version = 2, .has_prev = true, .field_count = 8};

    p.prev.b[0] = 9;
    p.breaking = p.private_allowed = true;
    p.field[0] = (struct schema_field){.name = SPAN("bool"), .type = FIELD_BOOL, .description = SPAN("yes or no")};
    p.field[1] = (struct schema_field){
        .name = SPAN("int"), .type = FIELD_INT, .has_least = true, .has_most = true, .least = (uint64_t)-5, .most = 5};
    p.field[2] = (struct schema_field){.name = SPAN("uint"), .type = FIELD_UINT, .choice_count = 2};
    p.field[2].choice[0] = SPAN("\x05");
    p.field[2].choice[1] = SPAN("\x18\x18");
    p.field[3] = (struct schema_field){.name = SPAN("bytes"), .type = FIELD_BYTES, .has_most = true, .most = 4};
    p.field[4] = (struct schema_field){.name = SPAN("time"), .type = FIELD_TIME, .has_least = true, .least = T0};
    p.field[5] = (struct schema_field){.name = SPAN("texts"), .type = FIELD_TEXT, .array = true, .choice_count = 1};
    p.field[5].choice[0] = SPAN("\x62"
                                "en");
    p.field[6] = (struct schema_field){.name = SPAN("ints"), .type = FIELD_INT, .array = true, .choice_count = 1};
    p.field[6].choice[0] = SPAN("\x20");
    p.field[7] = (struct schema_field){.name = SPAN("blobs"), .type = FIELD_BYTES, .array = true, .required = true};
    return p;
}

static struct span whole_claims(void)
{
    static const uint8_t claims[] = "\xa8\x63"
                                    "int\x24\x64"
                                    "bool\xf5\x64"
                                    "ints\x82\x20\x20\x64"
                                    "time\x1a\x6b\x49\xd2\x00"
                                    "\x64"
                                    "uint\x18\x18\x65"
                                    "blobs\x82\x40\x41\x01\x65"
                                    "bytes\x44\x00\x01\x02\x03"
                                    "\x65"
                                    "texts\x81\x62"
                                    "en";

    return span_of(claims, sizeof(claims) - 1);
}

static void put_check(const char *name, struct span schema, struct span claims)
{
    static uint8_t bytes[8192];
    struct out o = out_over(bytes, sizeof(bytes));

    put_part(&o, schema);
    out_bytes(&o, claims);
    put("schema_check", name, out_span(&o));
}

static void seed_schemas(void)
{
    struct schema_payload plain = test_schema("plain"), rich = rich_schema(), whole = whole_schema();
    struct span field;
    struct out o = room();
    uint8_t claims[128];
    struct out c = out_over(claims, sizeof(claims));

    schema_encode(&plain, &o);
    put("schema", "plain", out_span(&o));
    put_check("plain", out_span(&o), claims_make("x"));
    put_check("empty", out_span(&o), SPAN("\xa0"));
    o.len = 0;
    schema_encode(&rich, &o);
    put("schema", "rich", out_span(&o));
    cbor_put_map(&c, 3);
    cbor_put_text(&c, SPAN("age"));
    cbor_put_uint(&c, 44);
    cbor_put_text(&c, SPAN("level"));
    cbor_put_text(&c, SPAN("full"));
    cbor_put_text(&c, SPAN("member"));
    cbor_put_bool(&c, true);
    put_check("rich", out_span(&o), out_span(&c));
    put_check("refused", out_span(&o), claims_make("none"));
    rich.open = true;
    rich.revocable = false;
    o.len = 0;
    schema_encode(&rich, &o);
    put("schema", "open", out_span(&o));
    put_check("open", out_span(&o), claims_make("full"));
    o.len = 0;
    schema_encode(&whole, &o);
    put("schema", "whole", out_span(&o));
    put_check("whole", out_span(&o), whole_claims());
    ASSERT(schema_check(&whole, whole_claims(), &field) == ERR_OK);
}

/* What stands in a log only by its hash, and what rests on something else. */
static void seed_kept_out(void)
{
    static const uint8_t salt[PRIVATE_SALT_LEN] = {1, 2, 3};
    struct out preimage = room(), o = out_over(preimage.ptr + 1024, preimage.cap - 1024);
    struct hash hash, depends[DEPENDS_MAX] = {{{0}}};
    struct draft d = {.iss = SPAN("acme"), .sub = SPAN("x"), .home = SPAN(ORIGIN), .payload = SPAN("anything")};
    struct secret_key key;
    struct statement s;
    struct span envelope;
    uint8_t seed[32] = {7};

    secret_key_from_seed(seed, &key);
    private_encode(salt, whole_claims(), &preimage);
    put("private", "whole", out_span(&preimage));
    hash = private_hash(out_span(&preimage));
    for (size_t i = 0; i < DEPENDS_MAX; i++) depends[i].b[0] = (uint8_t)i;
    d.depends = depends;
    for (d.depends_count = 1; d.depends_count <= DEPENDS_MAX; d.depends_count += DEPENDS_MAX - 1) {
        o.len = 0;
        ASSERT(statement_make(&d, &key, &o) == ERR_OK);
        put("statement", d.depends_count == 1 ? "depends-1" : "depends-16", out_span(&o));
    }
    d.depends_count = 0;
    d.has_schema = d.is_private = true;
    d.payload = hash_span(&hash);
    o.len = 0;
    ASSERT(statement_make(&d, &key, &o) == ERR_OK);
    put("statement", "private", out_span(&o));
    envelope = SPAN("\xd2\x84\x58\x40\xa6\x01\x27\x04\x58\x20"
                    "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\x0f\xa2\x01\x61"
                    "a\x02\x61"
                    "x"
                    "\x19\x01\x02\x2f\x19\x01\x03\x63"
                    "a/b\x19\x01\x04\x63"
                    "s:b\xa0\x58\x20"
                    "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh\x58\x40"
                    "ssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss");
    ASSERT(statement_decode(envelope, &s) == ERR_OK && s.has_envelope);
    put("statement", "envelope", envelope);
}

static void seed_statuses(void)
{
    struct status_payload p = {.target = {{5}}, .reason = 1};
    struct seal_payload seal = {.covers = 2, .from_ms = T0 * 1000, .to_ms = T0 * 1000, .root = {{6}}, .keys = 3};
    struct out o = room();
    char name[32];

    for (unsigned status = STATUS_VALID; status <= STATUS_SUPERSEDED; status++) {
        p.status = (enum status)status;
        p.has_replacement = status == STATUS_SUPERSEDED;
        p.has_since = status == STATUS_REVOKED;
        p.since = T0;
        o.len = 0;
        status_encode(&p, &o);
        snprintf(name, sizeof(name), "status%u", status);
        put("status", name, out_span(&o));
    }
    o.len = 0;
    seal_encode(&seal, &o);
    put("seal", "first", out_span(&o));
    seal.covers = 1 << 20;
    seal.has_previous = true;
    seal.previous = 77;
    o.len = 0;
    seal_encode(&seal, &o);
    put("seal", "later", out_span(&o));
}

/* ---- a log ---- */

static void put_verdict(const char *name, const struct scene *s, struct span file)
{
    static uint8_t bytes[1 << 17];
    struct out o = out_over(bytes, sizeof(bytes));

    put_part(&o, span_text(s->trust_text));
    out_byte(&o, (uint8_t)s->question.as_of);
    out_u64(&o, s->question.now);
    out_u64(&o, s->question.value);
    out_bytes(&o, file);
    put("verdict", name, out_span(&o));
}

/* The root that the last seal names, the keys of the answers, and the opened trie. */
static void put_opened(const char *name, const struct evidence_map *m)
{
    struct statement seal;
    struct seal_payload p;
    struct out o = room();

    ASSERT(statement_decode(m->statement[m->statement_count - 1].bytes, &seal) == ERR_OK);
    ASSERT(seal_decode(seal.cose.payload, &p) == ERR_OK);
    out_bytes(&o, hash_span(&p.root));
    out_byte(&o, (uint8_t)m->answer_count);
    for (size_t i = 0; i < m->answer_count; i++) out_bytes(&o, hash_span(&m->answer[i].key));
    out_bytes(&o, m->trie);
    put("opened", name, out_span(&o));
}

static void put_note(const char *name, struct span bytes)
{
    struct out o = room();
    struct note note;

    put("note", name, bytes);
    ASSERT(note_decode(bytes, &note) == ERR_OK);
    put("checkpoint", name, note.text);
    out_bytes(&o, note.text);
    out_text(&o, "extension line\n");
    put("checkpoint", "extended", out_span(&o));
    o.len = 0;
    out_text(&o, "old 3\n");
    for (uint8_t i = 0; i < 3; i++) {
        const struct hash h = {{i}};

        base64_encode(hash_span(&h), &o);
        out_byte(&o, '\n');
    }
    out_byte(&o, '\n');
    out_bytes(&o, bytes);
    put("request", name, out_span(&o));
}

/* The place that a receipt proves, under the checkpoint. */
static void put_tlog_proof(const char *name, struct span note_bytes, const struct receipt *r)
{
    struct tlog_proof p = {.index = r->index, .path = r->path, .note = note_bytes};
    struct out o = room();

    tlog_proof_encode(&p, &o);
    put("tlog_proof", name, out_span(&o));
    p.extra = SPAN("ZXh0cmE=");
    o.len = 0;
    tlog_proof_encode(&p, &o);
    put("tlog_proof", "extra", out_span(&o));
}

static void put_consistency(const struct receipt *r)
{
    struct consistency_receipt c = {
        .kid = r->kid, .iss = r->iss, .old = r->size - 1, .size = r->size, .path = r->path, .signature = r->signature};
    struct out o = room();

    consistency_receipt_encode(&c, &o);
    put("consistency_receipt", "one-more", out_span(&o));
}

static void put_state(struct span bytes)
{
    static struct state s;
    struct out o = room();
    struct public_key public = test_public(KEY_CHECKPOINT_TEST);
    struct checkpoint c;
    struct note note;
    struct vkey key;

    vkey_make(SPAN(ORIGIN), NOTE_ED25519, &public, &key);
    state_init(&s, &key, SPAN("https://log.example"));
    state_encode(&s, &o);
    put("state", "never", out_span(&o));
    ASSERT(note_decode(bytes, &note) == ERR_OK);
    ASSERT(checkpoint_decode(note.text, &c) == ERR_OK);
    s.seen = true;
    s.size = c.size;
    s.root = c.root;
    s.time = COSIGNED_AT;
    s.note_len = bytes.len;
    memcpy(s.note, bytes.ptr, bytes.len);
    o.len = 0;
    state_encode(&s, &o);
    put("state", "seen", out_span(&o));
}

static void put_armoured(const char *name, enum armour_kind kind, struct span bytes)
{
    struct out o = room();

    ASSERT(armour_encode(kind, bytes, &o) == ERR_OK);
    put("armour", name, out_span(&o));
}

static void seed_evidence(const char *name, unsigned reasons)
{
    static struct scene s;
    static struct evidence e;
    struct out o = room();
    struct receipt receipt;
    struct span file;

    scene_make(&s, reasons);
    file = world_serve(s.world, &s.serving);
    put_verdict(name, &s, file);
    s.question.as_of = AS_OF_TIME;
    s.question.value = T0 + 25;
    put_verdict("as-of", &s, file);
    put("trust", name, span_text(s.trust_text));
    put("evidence", name, file);
    put("sign1", name, file);
    put_armoured(name, ARMOUR_EVIDENCE, file);
    ASSERT(evidence_decode(file, &e) == ERR_OK);
    put("receipt", name, e.receipt);
    ASSERT(receipt_decode(e.receipt, &receipt) == ERR_OK);
    put_tlog_proof(name, e.map.checkpoint, &receipt);
    put_consistency(&receipt);
    put_opened(name, &e.map);
    put_note(name, e.map.checkpoint);
    put_state(e.map.checkpoint);
    for (size_t i = 0; i < e.map.statement_count; i++)
        if (e.map.statement[i].bytes.len == 0) e.map.statement[i].bytes = s.world->statement[s.attestation].bytes;
    evidence_map_encode(&e.map, &o);
    put("evidence_map", name, out_span(&o));
    put("cbor", name, out_span(&o));
    for (uint64_t p = 0; p < s.world->count; p++) {
        const struct statement *statement = &s.world->statement[p];

        put("statement", kind_row(statement->kind)->word, statement->bytes);
        put("sign1", kind_row(statement->kind)->word, statement->bytes);
        put_armoured(kind_row(statement->kind)->word, ARMOUR_STATEMENT, statement->bytes);
    }
}

/* An attestation on top of another one, and what became of that. */
static void seed_depending(const char *name, unsigned reasons)
{
    static struct scene s;
    struct hash on;
    struct draft d;
    struct span file;

    scene_begin(&s, 0);
    on = s.world->statement[s.attestation].id;
    d = draft_of(s.world, test_urn(KEY_ACME_TEST), claims_make("full"));
    d.has_schema = true;
    d.schema = s.schema;
    d.depends = &on;
    d.depends_count = 1;
    s.reasons = reasons;
    scene_end(&s);
    s.reasons = 0;
    s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
    world_seal(s.world, T0 + 31);
    scene_read(&s);
    file = world_serve(s.world, &s.serving);
    put_verdict(name, &s, file);
    put("evidence", name, file);
}

static void seed_keys(void)
{
    static const struct {
        const char *word, *name;
        enum key_role role;
        unsigned purposes;
    } rows[] = {
        {"issuer", "acme", KEY_ISSUER, 7},
        {"recovery", "acme", KEY_RECOVERY, 0},
        {"operator", ORIGIN, KEY_OPERATOR, PURPOSE_ISSUER | PURPOSE_RULES},
        {"log", ORIGIN, KEY_LOG, PURPOSE_CHECKPOINT},
        {"witness", "witness.example", KEY_WITNESS, 0},
    };
    struct out o = room();
    uint8_t bytes[KEY_FILE_SIZE_MAX];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct key_file k = {.role = rows[i].role, .name = span_text(rows[i].name), .count = 2};
        struct out b = out_over(bytes, sizeof(bytes));

        k.key[0].purposes = rows[i].purposes;
        k.key[1].purposes = rows[i].role == KEY_LOG ? PURPOSE_SEAL : rows[i].purposes;
        memset(k.key[0].seed, (int)i, sizeof(k.key[0].seed));
        key_file_encode(&k, &b);
        put("key_file", rows[i].word, out_span(&b));
        put("armour", "bare", out_span(&b));
        o.len = 0;
        ASSERT(armour_encode(ARMOUR_KEY, out_span(&b), &o) == ERR_OK);
        put("armour", rows[i].word, out_span(&o));
    }
    put("vkey", "log", span_text(test_vkey(ORIGIN, NOTE_ED25519, KEY_CHECKPOINT_TEST)));
    put("vkey", "witness", span_text(test_vkey("w1.example", NOTE_COSIGNATURE, KEY_W1_TEST)));
    put("vkey", "unusable", SPAN("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
}

static void seed_key_sets(void)
{
    struct key_set set = {0};
    struct out o = room();
    char name[16];

    for (unsigned n = 1; n <= 3; n++) {
        struct public_key key = test_public(n);

        ASSERT(key_set_add(&set, &key) == ERR_OK);
        o.len = 0;
        key_set_encode(&set, &o);
        snprintf(name, sizeof(name), "keys%u", n);
        put("key_set", name, out_span(&o));
    }
}

/* ---- proofs of the tree ---- */

static bool node_read(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    (void)ctx;
    *ret = (struct hash){{(uint8_t)level, (uint8_t)index}};
    return true;
}

static void put_proof(uint64_t index, uint64_t size)
{
    struct tree_reader r = {NULL, node_read};
    struct tree_path path;
    struct out o = room();
    char name[64];

    ASSERT(tree_inclusion(&r, index, size, &path) == ERR_OK);
    out_u64(&o, index);
    out_u64(&o, size);
    for (size_t i = 0; i < path.count; i++) out_bytes(&o, hash_span(&path.hash[i]));
    snprintf(name, sizeof(name), "leaf%llu-of-%llu", (unsigned long long)index, (unsigned long long)size);
    put("proof", name, out_span(&o));
}

static void put_sparse(uint64_t size, const uint64_t *positions, size_t count)
{
    struct tree_reader r = {NULL, node_read};
    struct out o = room();
    char name[64];

    out_u64(&o, size);
    out_byte(&o, (uint8_t)count);
    for (size_t i = 0; i < count; i++) out_u64(&o, positions[i]);
    ASSERT(sparse_make(&r, size, positions, count, &o) == ERR_OK);
    snprintf(name, sizeof(name), "%zu-of-%llu", count, (unsigned long long)size);
    put("proof", name, out_span(&o));
}

static void seed_proofs(void)
{
    put_proof(0, 1);
    put_proof(0, 2);
    put_proof(3, 7);
    put_proof(6, 7);
    put_proof(999, 1000);
    put_proof(UINT64_C(1) << 61, TREE_SIZE_MAX);
    put_sparse(9, (const uint64_t[]){0, 4, 8}, 3);
    put_sparse(1000, (const uint64_t[]){1, 2, 3, 511, 512}, 5);
    put_sparse(TREE_SIZE_MAX, (const uint64_t[]){7}, 1);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: fuzz-seeds FOLDER\n");
        return 2;
    }
    folder = argv[1];
    mkdir(folder, 0777);
    seed_base();
    seed_settings();
    seed_history();
    seed_http();
    seed_issuers();
    seed_rules();
    seed_schemas();
    seed_kept_out();
    seed_statuses();
    for (unsigned v = 0; v < VERDICT_COUNT; v++)
        if (v != VERDICT_CONFLICT && v != VERDICT_WITHHELD && v != VERDICT_KEY_VOID)
            seed_evidence(verdict_word((enum verdict)v), v == VERDICT_VALID ? 0 : 1U << v);
    seed_depending("depending", 0);
    seed_depending("on-revoked", REASON(REVOKED));
    seed_depending("on-suspended", REASON(SUSPENDED));
    seed_keys();
    seed_key_sets();
    seed_proofs();
    return 0;
}
