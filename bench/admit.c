/* What admission costs beside the signature: attestations under a schema of six fields, asked of a log in memory that
 * answers at once, as a store that is warm does at best. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "log/admit/admit.h"
#include "log/base/codec.h"
#include "log/statement/schema.h"

#define ISSUERS 64
#define ASKED 4096
#define POSITIONS (FIRST_SUBMITTED + 2 * ISSUERS)
#define SLOTS 1024
#define NOW_S 1800000000ULL

static const struct span origin = {(const uint8_t *)"log.example.org/bench", 21};

/* Positions under one key; few have more than one. */
struct slot {
    struct hash key;
    unsigned count;
    uint64_t position[2];
};
static struct {
    struct span statement[POSITIONS];
    struct hash id[POSITIONS];
    uint64_t count;
    struct slot slot[SLOTS];
    struct secret_key key[ISSUERS];
    struct public_key public[ISSUERS];
    uint8_t urn[ISSUERS][CKT_URN_LEN];
    struct hash schema[ISSUERS];
    struct statement asked[ASKED];
    struct memo memo;
} log_;

static struct slot *slot_of(const struct hash *key)
{
    size_t at = u64_at(key->b + 16) % SLOTS;

    while (log_.slot[at].count > 0 && !hash_equal(&log_.slot[at].key, key)) at = (at + 1) % SLOTS;
    return &log_.slot[at];
}

static enum err on_count(void *ctx, const struct hash *key, uint64_t *ret)
{
    (void)ctx;
    *ret = slot_of(key)->count;
    return ERR_OK;
}

static enum err on_item(void *ctx, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    (void)ctx;
    *ret_position = slot_of(key)->position[n];
    return ERR_OK;
}

static enum err on_find(void *ctx, const struct hash *id, uint64_t *ret_position)
{
    (void)ctx;
    if (slot_of(id)->count == 0) return ERR_NOT_FOUND;
    *ret_position = slot_of(id)->position[0];
    return ERR_OK;
}

static enum err on_statement(void *ctx, uint64_t position, struct statement *ret)
{
    (void)ctx;
    return statement_decode(log_.statement[position], ret);
}

static enum err on_since_seal(void *ctx, struct span iss, uint64_t at, uint64_t *ret)
{
    struct hash key = hash_of(iss);

    (void)ctx;
    (void)at;
    *ret = slot_of(&key)->count;
    return ERR_OK;
}

static const struct lookup lookup = {NULL, on_count, on_item, on_find, on_statement, on_since_seal};

static void file_under(const struct hash *key)
{
    struct slot *s = slot_of(key);

    check(s->count < COUNT_OF(s->position), "a list too long for this");
    s->key = *key;
    s->position[s->count++] = log_.count;
}

/* Keeps the bytes for as long as the process runs. */
static struct span make(const struct draft *d, const struct secret_key *key)
{
    uint8_t *bytes = malloc(8192);
    struct out o = out_over(bytes, 8192);

    check(bytes != NULL, "memory");
    must(statement_make(d, key, &o));
    return out_span(&o);
}

static void append(const struct draft *d, const struct secret_key *key)
{
    static struct index_keys keys;
    struct statement s;

    log_.statement[log_.count] = make(d, key);
    must(statement_decode(log_.statement[log_.count], &s));
    must(index_derive(&s, RULES_VERSION, &keys));
    for (size_t i = 0; i < keys.count; i++) file_under(&keys.key[i]);
    file_under(&s.id);
    log_.id[log_.count++] = s.id;
}

static struct span urn_of(unsigned n)
{
    return span_of(log_.urn[n], CKT_URN_LEN);
}

static void append_set(unsigned n, struct span iss, unsigned purposes)
{
    struct issuer_payload p = {.key_count = 1, .name = SPAN("Bench")};
    uint8_t payload[512];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_ISSUER, .iss = iss, .sub = iss, .home = origin};

    p.key[0] = (struct listed_key){.key = secret_key_public(&log_.key[n]), .purposes = purposes};
    issuer_encode(&p, &o);
    d.payload = out_span(&o);
    append(&d, &log_.key[n]);
}

static void append_rules(void)
{
    static struct rules_payload p = {.mode = RULES_OPEN, .version = RULES_VERSION, .limit_statements = 8192};
    uint8_t payload[512];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_RULES, .iss = origin, .sub = origin, .home = origin};

    rules_encode(&p, &o);
    d.payload = out_span(&o);
    append(&d, &log_.key[0]);
}

static const struct schema_field fields[] = {
    {.name = {(const uint8_t *)"level", 5}, .type = FIELD_TEXT, .required = true},
    {.name = {(const uint8_t *)"country", 7},
     .type = FIELD_TEXT,
     .has_least = true,
     .least = 2,
     .has_most = true,
     .most = 2},
    {.name = {(const uint8_t *)"score", 5}, .type = FIELD_UINT, .has_most = true, .most = 1000},
    {.name = {(const uint8_t *)"checked", 7}, .type = FIELD_TIME, .required = true},
    {.name = {(const uint8_t *)"resident", 8}, .type = FIELD_BOOL},
    {.name = {(const uint8_t *)"document", 8}, .type = FIELD_BYTES, .has_most = true, .most = 32},
};

static void append_schema(unsigned n)
{
    static struct schema_payload p;
    static uint8_t payload[4096];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_SCHEMA, .iss = urn_of(n), .sub = SPAN("kyc"), .home = origin};

    p = (struct schema_payload){.name = d.sub, .version = 1, .revocable = true, .field_count = COUNT_OF(fields)};
    p.has_validity = true;
    p.validity = 1000000;
    memcpy(p.field, fields, sizeof(fields));
    schema_encode(&p, &o);
    d.payload = out_span(&o);
    append(&d, &log_.key[n]);
    log_.schema[n] = log_.id[log_.count - 1];
}

static void put_claims(unsigned n, struct out *o)
{
    struct hash document = hash_of(span_of(&n, sizeof(n)));

    cbor_put_map(o, COUNT_OF(fields));
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        cbor_put_text(o, fields[i].name);
        switch (fields[i].type) {
        case FIELD_TEXT: cbor_put_text(o, i == 0 ? SPAN("full") : SPAN("PT")); break;
        case FIELD_BOOL: cbor_put_bool(o, n % 2 == 0); break;
        case FIELD_BYTES: cbor_put_bytes(o, hash_span(&document)); break;
        default: cbor_put_uint(o, n % 1000); break;
        }
    }
}

static void make_asked(unsigned n)
{
    unsigned who = n % ISSUERS;
    uint8_t payload[512], sub[32];
    struct out o = out_over(payload, sizeof(payload)), name = out_over(sub, sizeof(sub));
    struct draft d = {.kind = KIND_ATTESTATION, .iss = urn_of(who), .home = origin, .has_iat = true, .has_exp = true};

    out_text(&name, "subject-");
    out_decimal(&name, n);
    put_claims(n, &o);
    d.sub = out_span(&name);
    d.payload = out_span(&o);
    d.has_schema = true;
    d.schema = log_.schema[who];
    d.iat = NOW_S;
    d.exp = NOW_S + 100000;
    must(statement_decode(make(&d, &log_.key[who]), &log_.asked[n]));
}

static void make_log(void)
{
    for (unsigned n = 0; n < ISSUERS; n++) {
        uint8_t seed[32] = {(uint8_t)n, 9};
        struct out o = out_over(log_.urn[n], CKT_URN_LEN);
        struct hash kid;

        secret_key_from_seed(seed, &log_.key[n]);
        log_.public[n] = secret_key_public(&log_.key[n]);
        kid = cose_key_thumbprint(&log_.public[n]);
        ckt_urn(&kid, &o);
    }
    append_set(0, origin, PURPOSE_ISSUER | PURPOSE_RULES);
    append_rules();
    log_.count = FIRST_SUBMITTED; /* its first seal is nobody's concern here */
    for (unsigned n = 0; n < ISSUERS; n++) {
        append_set(n, urn_of(n), PURPOSE_ATTEST | PURPOSE_ISSUER);
        append_schema(n);
    }
    for (unsigned n = 0; n < ASKED; n++) make_asked(n);
}

static double admissions(struct memo *memo)
{
    struct admit_at at = {
        .origin = origin, .position = log_.count, .from_ms = NOW_S * 1000, .now_ms = NOW_S * 1000, .memo = memo};
    struct refusal why;
    double start = spent();

    for (unsigned n = 0; n < ASKED; n++) {
        at.verified = &log_.public[n % ISSUERS];
        must(admit(&lookup, &at, &log_.asked[n], &why));
    }
    return ASKED / (spent() - start);
}

static double decodings(void)
{
    double start = spent();
    struct statement s;

    for (unsigned n = 0; n < ASKED; n++) must(statement_decode(log_.asked[n].bytes, &s));
    return ASKED / (spent() - start);
}

void bench_admit(void)
{
    double figure[3][ROUNDS];

    if (log_.count == 0) make_log();
    memo_forget(&log_.memo);
    for (size_t i = 0; i < ROUNDS; i++) {
        figure[0][i] = decodings();
        figure[1][i] = admissions(NULL);
        figure[2][i] = admissions(&log_.memo);
    }
    row("attestations read, one core", median(figure[0], ROUNDS), "/s", 0, NULL);
    row("attestations admitted, six fields, nothing remembered", median(figure[1], ROUNDS), "/s", 0, NULL);
    row("attestations admitted, six fields, with a memo", median(figure[2], ROUNDS), "/s", 0, ">= 300,000 /s");
}
