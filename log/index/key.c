/* See key.h. Names of keys, and which of them a statement counts under. Reads one statement and nothing
 * else: no log, no store, no clock. */
#include "log/index/key.h"

#include "log/statement/rules.h"
#include "log/statement/schema.h"
#include "log/statement/status.h"

#define PREFIX_FIRST 0x13
#define PREFIX_SECOND 0x15
#define HALF 16

_Static_assert(1 + RULES_APPROVE_MAX + RULES_WITHDRAW_MAX <= INDEX_KEYS_MAX, "the largest rules statement fits");

static const struct {
    uint8_t kind;
    uint8_t components;
} kinds[] = {
    {INDEX_RULES, 0},        {INDEX_APPROVAL, 1}, {INDEX_ISSUER, 1}, {INDEX_SCHEMA_NAME, 2},
    {INDEX_UNDER_SCHEMA, 2}, {INDEX_SUBJECT, 2},  {INDEX_STATUS, 2},
};

int index_components(uint8_t kind)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].kind == kind) return kinds[i].components;
    return -1;
}

static struct hash component_hash(uint8_t prefix, uint8_t kind, struct span component)
{
    return hash_parts((struct span[]){span_of(&prefix, 1), span_of(&kind, 1), component}, 3);
}

struct hash index_key(uint8_t kind, const struct span *components)
{
    int count = index_components(kind);
    struct hash key, second;

    ASSERT(count >= 0);
    if (count == 0) return component_hash(PREFIX_FIRST, kind, (struct span){NULL, 0});
    key = component_hash(PREFIX_FIRST, kind, components[0]);
    if (count == 1) return key;
    second = component_hash(PREFIX_SECOND, kind, components[1]);
    memcpy(key.b + HALF, second.b, HALF);
    return key;
}

void index_prefix(uint8_t kind, struct span first, uint8_t ret[16])
{
    struct hash h;

    ASSERT(index_components(kind) == 2);
    h = component_hash(PREFIX_FIRST, kind, first);
    memcpy(ret, h.b, HALF);
}

/* A key counts once per statement, however often the statement gives it. */
static void keys_add(struct index_keys *keys, uint8_t kind, struct span first, struct span second)
{
    struct hash key = index_key(kind, (struct span[]){first, second});

    for (size_t i = 0; i < keys->count; i++)
        if (hash_equal(&keys->key[i], &key)) return;
    ASSERT(keys->count < INDEX_KEYS_MAX);
    keys->key[keys->count++] = key;
}

static enum err derive_attestation(const struct statement *s, struct index_keys *ret)
{
    keys_add(ret, INDEX_SUBJECT, s->sub, s->iss);
    if (s->has_schema) keys_add(ret, INDEX_UNDER_SCHEMA, s->iss, hash_span(&s->schema));
    return ERR_OK;
}

static enum err derive_issuer(const struct statement *s, struct index_keys *ret)
{
    keys_add(ret, INDEX_ISSUER, s->iss, (struct span){NULL, 0});
    return ERR_OK;
}

static enum err derive_rules(const struct statement *s, struct index_keys *ret)
{
    const struct span none = {NULL, 0};
    struct rules_payload p;

    TRY(rules_decode(s->cose.payload, &p));
    keys_add(ret, INDEX_RULES, none, none);
    for (size_t i = 0; i < p.approve_count; i++) keys_add(ret, INDEX_APPROVAL, p.approve[i].iss, none);
    for (size_t i = 0; i < p.withdraw_count; i++) keys_add(ret, INDEX_APPROVAL, p.withdraw[i], none);
    return ERR_OK;
}

static enum err derive_schema(const struct statement *s, struct index_keys *ret)
{
    struct schema_payload p;

    TRY(schema_decode(s->cose.payload, &p));
    keys_add(ret, INDEX_SCHEMA_NAME, s->iss, p.name);
    return ERR_OK;
}

static enum err derive_status(const struct statement *s, struct index_keys *ret)
{
    struct status_payload p;

    TRY(status_decode(s->cose.payload, &p));
    keys_add(ret, INDEX_SUBJECT, s->sub, s->iss);
    keys_add(ret, INDEX_STATUS, hash_span(&p.target), s->iss);
    return ERR_OK;
}

/* Seals are not indexed: the root that a seal names is the one it would have to change. */
static enum err derive_seal(const struct statement *s, struct index_keys *ret)
{
    (void)s;
    (void)ret;
    return ERR_OK;
}

typedef enum err derive_function(const struct statement *s, struct index_keys *ret);

static derive_function *const derive_of[KIND_COUNT] = {
    [KIND_ATTESTATION] = derive_attestation, [KIND_ISSUER] = derive_issuer, [KIND_RULES] = derive_rules,
    [KIND_SCHEMA] = derive_schema,           [KIND_STATUS] = derive_status, [KIND_SEAL] = derive_seal,
};

enum err index_derive(const struct statement *s, uint64_t version, struct index_keys *ret)
{
    struct index_keys keys;

    keys.count = 0;
    if (version != RULES_VERSION) return ERR_RULES_VERSION;
    ASSERT((unsigned)s->kind < KIND_COUNT);
    TRY(derive_of[s->kind](s, &keys));
    memcpy(ret->key, keys.key, keys.count * sizeof(keys.key[0]));
    ret->count = keys.count;
    return ERR_OK;
}
