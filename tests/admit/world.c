/* See world.h. */
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/base/codec.h"

/* ---- keys ---- */

struct secret_key test_key(unsigned n)
{
    uint8_t seed[32] = {(uint8_t)n, (uint8_t)(n >> 8), 7};
    struct secret_key key;

    secret_key_from_seed(seed, &key);
    return key;
}

struct public_key test_public(unsigned n)
{
    struct secret_key key = test_key(n);

    return secret_key_public(&key);
}

struct hash test_kid(unsigned n)
{
    struct public_key key = test_public(n);

    return cose_key_thumbprint(&key);
}

struct span test_urn(unsigned n)
{
    static uint8_t text[1024][CKT_URN_LEN];
    struct hash kid = test_kid(n);
    struct out o;

    assert_true(n < 1024);
    o = out_over(text[n], CKT_URN_LEN);
    ckt_urn(&kid, &o);
    assert_int_equal(out_check(&o), ERR_OK);
    return out_span(&o);
}

/* ---- the lookup ---- */

static enum err fault(struct world *w)
{
    return ++w->calls == w->fault_at ? w->fault : ERR_OK;
}

static enum err world_count(void *ctx, const struct hash *key, uint64_t *ret)
{
    struct world *w = ctx;

    TRY(fault(w));
    *ret = 0;
    for (size_t i = 0; i < w->row_count; i++) *ret += hash_equal(&w->row[i].key, key);
    return ERR_OK;
}

static enum err world_item(void *ctx, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    struct world *w = ctx;

    TRY(fault(w));
    for (size_t i = 0; i < w->row_count; i++) {
        if (!hash_equal(&w->row[i].key, key) || n-- > 0) continue;
        *ret_position = w->row[i].position;
        return ERR_OK;
    }
    fail_msg("item past the count");
    return ERR_NOT_FOUND;
}

static enum err world_find(void *ctx, const struct hash *id, uint64_t *ret_position)
{
    struct world *w = ctx;

    TRY(fault(w));
    for (uint64_t i = 0; i < w->count; i++) {
        if (!hash_equal(&w->statement[i].id, id)) continue;
        *ret_position = i;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

static enum err world_statement(void *ctx, uint64_t position, struct statement *ret)
{
    struct world *w = ctx;

    TRY(fault(w));
    assert_true(position < w->count);
    *ret = w->statement[position];
    return ERR_OK;
}

static enum err world_since_seal(void *ctx, struct span iss, uint64_t at, uint64_t *ret)
{
    struct world *w = ctx;

    TRY(fault(w));
    *ret = 0;
    for (uint64_t i = at; i > 0 && w->statement[i - 1].kind != KIND_SEAL; i--) {
        const struct statement *s = &w->statement[i - 1];

        *ret += (s->kind == KIND_ATTESTATION || s->kind == KIND_SCHEMA) && span_equal(s->iss, iss);
    }
    return ERR_OK;
}

/* ---- the log ---- */

static uint8_t *kept[8192];
static size_t kept_count;

struct statement world_make(const struct draft *d, unsigned key)
{
    uint8_t *bytes = malloc(STATEMENT_SIZE_MAX);
    struct out o = out_over(bytes, STATEMENT_SIZE_MAX);
    struct secret_key secret = test_key(key);
    struct statement s;

    assert_non_null(bytes);
    assert_int_equal(statement_make(d, &secret, &o), ERR_OK);
    bytes = realloc(bytes, o.len);
    assert_true(kept_count < COUNT_OF(kept));
    kept[kept_count++] = bytes;
    assert_int_equal(statement_decode(span_of(bytes, o.len), &s), ERR_OK);
    return s;
}

void world_append(struct world *w, const struct statement *s)
{
    struct index_keys keys;

    assert_true(w->count < WORLD_STATEMENTS_MAX);
    assert_int_equal(index_derive(s, 1, &keys), ERR_OK);
    for (size_t i = 0; i < keys.count; i++) {
        assert_true(w->row_count < WORLD_ROWS_MAX);
        w->row[w->row_count++] = (struct world_row){keys.key[i], w->count};
    }
    w->from_of[w->count] = w->from_ms;
    w->now_of[w->count] = w->now_ms;
    w->statement[w->count++] = *s;
    memo_admitted(w->memo, s);
}

void world_merge_last(struct world *w, uint8_t kind, struct span first, struct span second)
{
    struct hash key = index_key(kind, (struct span[]){first, second});

    assert_true(w->row_count < WORLD_ROWS_MAX);
    w->row[w->row_count++] = (struct world_row){key, w->count - 1};
}

struct hash world_last_id(const struct world *w)
{
    return w->statement[w->count - 1].id;
}

enum err world_ask_at(struct world *w, const struct statement *s, uint64_t position)
{
    struct admit_at at = {w->origin, position, w->from_ms, w->now_ms, w->memo, NULL};
    enum err e;

    memset(w->why.found, 'x', sizeof(w->why.found));
    e = admit(&w->lookup, &at, s, &w->why);
    if (e != ERR_OK) {
        size_t len = strnlen(w->why.found, sizeof(w->why.found));

        assert_true(len > 0 && len < sizeof(w->why.found));
        for (size_t i = 0; i < len; i++) assert_true((uint8_t)w->why.found[i] >= 0x20 && w->why.found[i] != 0x7f);
    }
    return e;
}

enum err world_ask(struct world *w, const struct statement *s)
{
    return world_ask_at(w, s, w->count);
}

enum err world_submit(struct world *w, const struct draft *d, unsigned key)
{
    struct statement s = world_make(d, key);
    enum err e = world_ask(w, &s);

    if (e == ERR_OK) world_append(w, &s);
    return e;
}

static void append_own(struct world *w, const struct draft *d, unsigned key)
{
    struct statement s = world_make(d, key);
    struct admit_at at = {w->origin, w->count, w->from_ms, w->now_ms, NULL, NULL};

    assert_int_equal(admit_own(&w->lookup, &at, &s, &w->why), ERR_OK);
    world_append(w, &s);
}

static void last_seal(const struct world *w, struct seal_payload *next)
{
    for (uint64_t i = w->count; i > 0 && !next->has_previous; i--) {
        next->has_previous = w->statement[i - 1].kind == KIND_SEAL;
        next->previous = i - 1;
    }
}

void world_seal(struct world *w)
{
    struct seal_payload seal = {.covers = w->count, .keys = w->count, .from_ms = w->from_ms, .to_ms = w->now_ms};
    uint8_t bytes[256];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_SEAL, .iss = w->origin, .sub = w->origin, .home = w->origin};

    memset(&seal.root, (int)w->count, sizeof(seal.root));
    last_seal(w, &seal);
    seal_encode(&seal, &o);
    d.payload = out_span(&o);
    append_own(w, &d, KEY_SEAL_TEST);
    w->from_ms = w->now_ms;
    w->now_ms += 1500;
}

static void begin(struct world *w, enum rules_mode mode)
{
    static const unsigned keys[] = {KEY_OPERATOR_TEST,
                                    PURPOSE_ISSUER | PURPOSE_RULES,
                                    KEY_SEAL_TEST,
                                    PURPOSE_SEAL,
                                    KEY_CHECKPOINT_TEST,
                                    PURPOSE_CHECKPOINT,
                                    0};
    struct issuer_payload set = test_set(0, NULL, keys);
    struct rules_payload rules = {.mode = mode, .version = RULES_VERSION};
    uint8_t bytes[4096];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_ISSUER, .iss = w->origin, .sub = w->origin, .home = w->origin};

    put_recovery(&set, KEY_RECOVERY_TEST);
    issuer_encode(&set, &o);
    d.payload = out_span(&o);
    append_own(w, &d, KEY_OPERATOR_TEST);
    o.len = 0;
    rules_encode(&rules, &o);
    d.kind = KIND_RULES;
    d.payload = out_span(&o);
    append_own(w, &d, KEY_OPERATOR_TEST);
    world_seal(w);
}

void world_release(struct world *w)
{
    while (kept_count > 0) free(kept[--kept_count]);
    memset(w, 0, sizeof(*w));
}

void world_init(struct world *w, enum rules_mode mode)
{
    world_release(w);
    w->origin = SPAN("log.example.org/attest");
    w->from_ms = WORLD_NOW_S * 1000ULL;
    w->now_ms = w->from_ms;
    w->lookup = (struct lookup){w, world_count, world_item, world_find, world_statement, world_since_seal};
    begin(w, mode);
}

/* ---- statements ---- */

struct issuer_payload test_set(uint64_t seq, const struct hash *prev, const unsigned *keys)
{
    struct issuer_payload p = {.seq = seq, .has_prev = prev != NULL, .name = SPAN("Acme Ltd")};

    if (prev != NULL) p.prev = *prev;
    for (; keys[0] != 0; keys += 2)
        p.key[p.key_count++] = (struct listed_key){.key = test_public(keys[0]), .purposes = keys[1]};
    issuer_sort(&p);
    return p;
}

enum err submit_issuer(struct world *w, struct span iss, const struct issuer_payload *p, unsigned key)
{
    uint8_t bytes[4096];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_ISSUER, .iss = iss, .sub = iss, .home = w->origin};

    issuer_encode(p, &o);
    d.payload = out_span(&o);
    return world_submit(w, &d, key);
}

enum err submit_genesis(struct world *w, unsigned key)
{
    struct issuer_payload p = test_set(0, NULL, (unsigned[]){key, 7, 0});

    return submit_issuer(w, test_urn(key), &p, key);
}

struct issuer_payload next_set(struct world *w, struct span iss, const unsigned *keys)
{
    struct issuer_payload p;
    struct issuer last;

    assert_int_equal(issuer_fold(&w->lookup, iss, w->count, &last), ERR_OK);
    p = test_set(last.last.seq + 1, &last.last_id, keys);
    p.recovery_count = last.last.recovery_count;
    memcpy(p.recovery, last.last.recovery, sizeof(p.recovery));
    return p;
}

enum err submit_rotation(struct world *w, struct span iss, const unsigned *keys, unsigned key)
{
    struct issuer_payload p = next_set(w, iss, keys);

    return submit_issuer(w, iss, &p, key);
}

struct issuer_payload recovery_set(struct world *w, uint64_t prev, const unsigned *keys, unsigned revealed,
                                   unsigned next)
{
    struct issuer_payload before, p;

    assert_int_equal(issuer_decode(w->statement[prev].cose.payload, &before), ERR_OK);
    p = test_set(before.seq + 1, &w->statement[prev].id, keys);
    p.has_revealed = true;
    p.revealed = test_public(revealed);
    put_recovery(&p, next);
    return p;
}

void put_cut(struct issuer_payload *p, unsigned key, uint64_t position)
{
    struct key_cut cut = {.kid = test_kid(key), .has_position = position != NO_POSITION};
    size_t at = p->cut_count++;

    if (cut.has_position) cut.position = position;
    for (; at > 0 && hash_compare(&p->cut[at - 1].kid, &cut.kid) > 0; at--) p->cut[at] = p->cut[at - 1];
    p->cut[at] = cut;
}

void put_recovery(struct issuer_payload *p, unsigned key)
{
    struct hash kid = test_kid(key);
    size_t at = p->recovery_count++;

    for (; at > 0 && hash_compare(&p->recovery[at - 1], &kid) > 0; at--) p->recovery[at] = p->recovery[at - 1];
    p->recovery[at] = kid;
}

struct rules_payload next_rules(struct world *w)
{
    struct rules_payload last, next = {.version = RULES_VERSION};
    struct hash id;

    assert_int_equal(rules_fold(&w->lookup, w->count, &last, &id, &next.seq), ERR_OK);
    next.mode = last.mode;
    next.limit_bytes = last.limit_bytes;
    next.has_prev = true;
    next.prev = id;
    return next;
}

enum err submit_rules(struct world *w, const struct rules_payload *p, unsigned key)
{
    uint8_t bytes[16384];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_RULES, .iss = w->origin, .sub = w->origin, .home = w->origin};

    rules_encode(p, &o);
    d.payload = out_span(&o);
    return world_submit(w, &d, key);
}

enum err submit_approve(struct world *w, struct span iss, unsigned genesis)
{
    struct rules_payload p = next_rules(w);

    p.approve_count = 1;
    p.approve[0] = (struct approval){iss, test_kid(genesis)};
    return submit_rules(w, &p, KEY_OPERATOR_TEST);
}

enum err submit_withdraw(struct world *w, struct span iss)
{
    struct rules_payload p = next_rules(w);

    p.withdraw_count = 1;
    p.withdraw[0] = iss;
    return submit_rules(w, &p, KEY_OPERATOR_TEST);
}

enum err submit_attestation(struct world *w, struct span iss, const char *sub, unsigned key)
{
    struct draft d = {.kind = KIND_ATTESTATION, .iss = iss, .sub = span_text(sub), .payload = SPAN("anything")};

    return world_submit(w, &d, key);
}

struct schema_payload test_schema(const char *name)
{
    struct schema_payload p = {.name = span_text(name), .version = 1, .revocable = true, .field_count = 1};

    p.field[0] = (struct schema_field){.name = SPAN("level"), .type = FIELD_TEXT, .required = true};
    return p;
}

enum err submit_schema(struct world *w, struct span iss, const struct schema_payload *p, unsigned key)
{
    uint8_t bytes[8192];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_SCHEMA, .iss = iss, .sub = p->name, .home = w->origin};

    schema_encode(p, &o);
    d.payload = out_span(&o);
    return world_submit(w, &d, key);
}

struct status_payload test_status(const struct hash *target, enum status status)
{
    return (struct status_payload){.target = *target, .status = status, .reason = 9};
}

enum err submit_status(struct world *w, struct span iss, const char *sub, const struct status_payload *p, unsigned key)
{
    uint8_t bytes[512];
    struct out o = out_over(bytes, sizeof(bytes));
    struct draft d = {.kind = KIND_STATUS, .iss = iss, .sub = span_text(sub), .home = w->origin};

    status_encode(p, &o);
    d.payload = out_span(&o);
    return world_submit(w, &d, key);
}
