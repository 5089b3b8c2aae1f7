/* See scene.h. */
#include "tests/evidence/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY UINT64_C(86400)

static bool on(const struct scene *s, enum verdict v)
{
    return (s->reasons >> v & 1) != 0;
}

struct span claims_make(const char *level)
{
    static uint8_t claims[128];
    struct out o = out_over(claims, sizeof(claims));

    cbor_put_map(&o, 1);
    cbor_put_text(&o, SPAN("level"));
    cbor_put_text(&o, span_text(level));
    return out_span(&o);
}

struct draft draft_of(const struct world *w, struct span iss, struct span payload)
{
    return (struct draft){
        .kind = KIND_ATTESTATION, .iss = iss, .sub = SPAN("sub-1"), .home = w->origin, .payload = payload};
}

void scene_begin(struct scene *s, unsigned reasons)
{
    static const unsigned keys[] = {KEY_ACME_TEST, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    static struct world world;
    struct span acme = test_urn(KEY_ACME_TEST);
    struct issuer_payload set = test_set(0, NULL, keys);
    struct schema_payload schema = test_schema("kyc");
    struct draft d;

    memset(s, 0, sizeof(*s));
    s->reasons = reasons;
    s->world = &world;
    world_init(s->world, ORIGIN, T0);
    put_issuer(s->world, acme, &set, KEY_ACME_TEST);
    s->schema = s->world->statement[put_schema(s->world, acme, &schema, KEY_ACME_TEST)].id;
    world_seal(s->world, T0 + 10);
    d = draft_of(s->world, acme, on(s, VERDICT_SCHEMA_MISMATCH) ? SPAN("\xa0") : claims_make("full"));
    d.has_schema = true;
    d.schema = s->schema;
    d.has_exp = true;
    d.exp = on(s, VERDICT_EXPIRED) ? T0 + 50 : T0 + 100 * DAY;
    d.has_nbf = on(s, VERDICT_NOT_YET_VALID);
    d.nbf = T0 + 10 * DAY;
    s->attestation = world_put(s->world, &d, KEY_ACME_TEST);
    world_seal(s->world, T0 + 20);
}

static void status_put(struct scene *s, enum status status)
{
    put_status(s->world, test_urn(KEY_ACME_TEST), SPAN("sub-1"), &s->world->statement[s->attestation].id, status,
               KEY_ACME_TEST);
}

static void trust_make(struct scene *s)
{
    struct hash acme = test_kid(KEY_ACME_TEST);
    const char *origin = on(s, VERDICT_UNTRUSTED) ? OTHER_ORIGIN : ORIGIN;
    unsigned key = on(s, VERDICT_UNTRUSTED) ? KEY_OTHER_LOG_TEST : KEY_CHECKPOINT_TEST;
    struct out o = out_over(s->trust_text, sizeof(s->trust_text) - 1);

    out_text(&o, "# whom I believe\nlog ");
    out_text(&o, test_vkey(origin, NOTE_ED25519, key));
    out_text(&o, " https://log.example.org\nwitness w1 ");
    out_text(&o, test_vkey("w1.example", NOTE_COSIGNATURE, KEY_W1_TEST));
    out_text(&o, "\nwitness w2 ");
    out_text(&o, test_vkey("w2.example", NOTE_COSIGNATURE, KEY_W2_TEST));
    out_text(&o, "\nwitness aud ");
    out_text(&o, test_vkey("aud.example", NOTE_COSIGNATURE, KEY_AUDITOR_TEST));
    out_text(&o, "\ngroup both 2 w1 w2\ngroup auditors any aud\nquorum both\naudit auditors\nmax-age 1h\nissuer acme ");
    ckt_short(&acme, &o);
    out_text(&o, " for kyc on ");
    out_text(&o, origin);
    out_text(&o, "\n");
    assert_false(o.full);
}

void scene_end(struct scene *s)
{
    if (on(s, VERDICT_REVOKED)) status_put(s, STATUS_REVOKED);
    if (on(s, VERDICT_SUPERSEDED)) status_put(s, STATUS_SUPERSEDED);
    if (on(s, VERDICT_SUSPENDED)) status_put(s, STATUS_SUSPENDED);
    world_seal(s->world, T0 + 30);
    scene_read(s);
}

void scene_read(struct scene *s)
{
    serve_required(s->world, s->attestation, &s->serving);
    serve_cosigner(&s->serving, "w1.example", KEY_W1_TEST, COSIGNED_AT);
    if (!on(s, VERDICT_UNWITNESSED)) serve_cosigner(&s->serving, "w2.example", KEY_W2_TEST, COSIGNED_AT + 1);
    if (!on(s, VERDICT_UNAUDITED)) serve_cosigner(&s->serving, "aud.example", KEY_AUDITOR_TEST, COSIGNED_AT);
    if (on(s, VERDICT_INCOMPLETE)) serve_forget(&s->serving, INDEX_APPROVAL, test_urn(KEY_ACME_TEST));
    if (on(s, VERDICT_FORGED)) s->serving.receipt_key = KEY_STRANGER_TEST;
    s->question.now = on(s, VERDICT_STALE) ? NOW + 2 * MAX_AGE_S : NOW;
    trust_make(s);
}

void scene_make(struct scene *s, unsigned reasons)
{
    scene_begin(s, reasons);
    scene_end(s);
}

void trust_edit(struct scene *s, const char *without, const char *line)
{
    char old[sizeof(s->trust_text)];
    struct span rest, each;
    struct out o = out_over(s->trust_text, sizeof(s->trust_text) - 1);

    memcpy(old, s->trust_text, sizeof(old));
    rest = span_text(old);
    while (span_cut(&rest, '\n', &each)) {
        if (without[0] != 0 && span_starts(each, span_text(without))) continue;
        out_bytes(&o, each);
        out_text(&o, "\n");
    }
    out_text(&o, line);
    out_text(&o, "\n");
    assert_false(o.full);
    s->trust_text[o.len] = 0;
}

const struct judgement *judge_file(const struct scene *s, struct span file)
{
    /* Off by one on purpose: the workspace need not be aligned. */
    static uint8_t work[VERDICT_WORK_MIN + 1];
    static struct judgement j;
    static struct trust trust;
    unsigned line, column;

    memset(work, 0xa5, sizeof(work));
    if (s->trust_text[0] != 0) assert_int_equal(trust_decode(span_text(s->trust_text), &trust, &line, &column), ERR_OK);
    verdict_of(file, s->trust_text[0] != 0 ? &trust : NULL, &s->question, out_over(work + 1, VERDICT_WORK_MIN), &j);
    return &j;
}

const struct judgement *judge_scene(const struct scene *s)
{
    return judge_file(s, world_serve(s->world, &s->serving));
}

void assert_verdict_(const struct judgement *j, enum verdict expected, const char *file, int line)
{
    if (j->verdict != expected)
        print_error("%s, expected %s; why: %s\n", verdict_word(j->verdict), verdict_word(expected), j->why);
    _assert_int_equal((uintmax_t)j->verdict, (uintmax_t)expected, file, line);
    _assert_true(j->applies[expected], "it is listed", file, line);
}
