/* See world.h. */
#include "tests/evidence/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/base/codec.h"
#include "log/statement/receipt.h"
#include "tests/keeper.h"

#define LISTS_MAX 1024

static uint8_t arena[4 << 20];
static size_t arena_used;

static struct span keep(struct span s)
{
    assert_true(arena_used + s.len <= sizeof(arena));
    memcpy(arena + arena_used, s.ptr, s.len);
    arena_used += s.len;
    return span_of(arena + arena_used - s.len, s.len);
}

/* ---- keys ---- */

struct secret_key test_key(unsigned n)
{
    uint8_t number[8];
    struct secret_key key;
    struct hash seed;

    u64_put(number, n);
    seed = hash_of(span_of(number, sizeof(number)));
    secret_key_from_seed(seed.b, &key);
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
    static uint8_t urn[1024][CKT_URN_LEN];
    struct out o = out_over(urn[n % 1024], CKT_URN_LEN);
    struct hash kid = test_kid(n);

    ckt_urn(&kid, &o);
    return out_span(&o);
}

const char *test_vkey(const char *name, enum note_type type, unsigned key)
{
    static char text[8][512];
    static unsigned next;
    char *at = text[next++ % 8];
    struct out o = out_over(at, sizeof(text[0]) - 1);
    struct public_key public = test_public(key);
    struct vkey v;

    vkey_make(span_text(name), type, &public, &v);
    vkey_encode(&v, &o);
    at[o.len] = 0;
    return at;
}

/* ---- the index as it is below a position ---- */

struct world_list {
    struct hash key;
    size_t count;
    uint64_t position[WORLD_STATEMENTS_MAX];
};
static struct {
    size_t list_count;
    struct world_list list[LISTS_MAX];
    struct keeper trie;
    const struct world *world;
} built;

static struct world_list *list_find(const struct hash *key)
{
    for (size_t i = 0; i < built.list_count; i++)
        if (hash_equal(&built.list[i].key, key)) return &built.list[i];
    return NULL;
}

static void list_add(const struct hash *key, uint64_t position)
{
    struct world_list *l = list_find(key);

    if (l == NULL) {
        assert_true(built.list_count < LISTS_MAX);
        l = &built.list[built.list_count++];
        l->key = *key;
        l->count = 0;
    }
    l->position[l->count++] = position;
}

static void list_set(const struct world_list *l)
{
    struct frontier f = {.size = 0};
    struct list_item item = {0};
    struct list_value value;

    for (size_t i = 0; i < l->count; i++) {
        item = (struct list_item){l->position[i], built.world->statement[l->position[i]].id};
        list_append(&f, &item);
    }
    value = list_value(&f);
    assert_true(keeper_set(&built.trie, &l->key, &value, &item));
}

static void index_build(const struct world *w, uint64_t covers)
{
    struct index_keys keys;

    built.list_count = 0;
    built.world = w;
    keeper_begin(&built.trie);
    for (uint64_t p = 0; p < covers; p++) {
        if (w->plants && w->planted == p) list_add(&w->planted_key, p);
        if (index_derive(&w->statement[p], RULES_VERSION, &keys) != ERR_OK) continue;
        for (size_t k = 0; k < keys.count; k++)
            if (w->hidden[p] != k + 1) list_add(&keys.key[k], p);
    }
    for (size_t i = 0; i < built.list_count; i++) list_set(&built.list[i]);
}

/* ---- the log ---- */

static bool node_read(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    const struct world *w = ctx;
    struct hash left, right;

    if (level == 0) {
        if (index >= w->count) return false;
        *ret = leaf_hash(hash_span(&w->statement[index].id));
        return true;
    }
    if (!node_read(ctx, level - 1, 2 * index, &left) || !node_read(ctx, level - 1, 2 * index + 1, &right)) return false;
    *ret = node_hash(&left, &right);
    return true;
}

static struct tree_reader reader_of(const struct world *w)
{
    return (struct tree_reader){(void *)(uintptr_t)w, node_read};
}

static struct hash root_of(const struct world *w, uint64_t size)
{
    struct frontier f = {.size = 0};

    for (uint64_t p = 0; p < size; p++) {
        struct hash leaf = leaf_hash(hash_span(&w->statement[p].id));

        frontier_append(&f, &leaf);
    }
    return frontier_root(&f);
}

void world_empty(struct world *w, const char *origin)
{
    arena_used = 0;
    memset(w, 0, sizeof(*w));
    w->origin = span_text(origin);
    w->online_key = KEY_ONLINE_TEST;
}

uint64_t world_unsigned_at = UINT64_MAX;

uint64_t world_put(struct world *w, const struct draft *d, unsigned key)
{
    static uint8_t made[STATEMENT_SIZE_MAX];
    struct out o = out_over(made, sizeof(made));
    struct secret_key secret = test_key(key);

    assert_true(w->count < WORLD_STATEMENTS_MAX);
    assert_int_equal(statement_make(d, &secret, &o), ERR_OK);
    if (w->count == world_unsigned_at) made[o.len - 1] ^= 1;
    assert_int_equal(statement_decode(keep(out_span(&o)), &w->statement[w->count]), ERR_OK);
    return w->count++;
}

struct seal_payload world_next_seal(struct world *w, uint64_t to_s)
{
    struct seal_payload p = {.covers = w->count, .from_ms = w->last_to_ms, .to_ms = to_s * 1000};

    index_build(w, w->count);
    p.root = built.trie.edit.view.top.root;
    p.keys = built.list_count;
    p.has_previous = w->has_seal;
    p.previous = w->last_seal;
    if (!w->has_seal) p.from_ms = p.to_ms;
    return p;
}

uint64_t world_seal_payload(struct world *w, const struct seal_payload *p)
{
    uint8_t payload[256];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_SEAL, .iss = w->origin, .sub = w->origin, .home = w->origin};

    seal_encode(p, &o);
    d.payload = out_span(&o);
    w->has_seal = true;
    w->last_seal = w->count;
    w->last_to_ms = p->to_ms;
    return world_put(w, &d, w->online_key);
}

uint64_t world_seal(struct world *w, uint64_t to_s)
{
    struct seal_payload p = world_next_seal(w, to_s);

    return world_seal_payload(w, &p);
}

void world_init(struct world *w, const char *origin, uint64_t to_s)
{
    const unsigned keys[] = {KEY_OPERATOR_TEST,
                             PURPOSE_ISSUER | PURPOSE_RULES,
                             KEY_ONLINE_TEST,
                             PURPOSE_SEAL,
                             KEY_CHECKPOINT_TEST,
                             PURPOSE_CHECKPOINT,
                             0};
    struct issuer_payload own = test_set(0, NULL, keys);
    struct rules_payload rules = {.mode = RULES_OPEN, .version = RULES_VERSION};

    world_empty(w, origin);
    put_issuer(w, w->origin, &own, KEY_OPERATOR_TEST);
    put_rules(w, &rules, KEY_OPERATOR_TEST);
    world_seal(w, to_s);
}

/* ---- statements ---- */

struct issuer_payload test_set(uint64_t seq, const struct hash *prev, const unsigned *keys)
{
    struct issuer_payload p = {.seq = seq, .has_prev = prev != NULL, .name = SPAN("Acme Ltd")};

    if (prev != NULL) p.prev = *prev;
    for (; *keys != 0; keys += 2) {
        p.key[p.key_count].key = test_public(keys[0]);
        p.key[p.key_count++].purposes = keys[1];
    }
    issuer_sort(&p);
    return p;
}

uint64_t put_issuer(struct world *w, struct span iss, const struct issuer_payload *p, unsigned key)
{
    uint8_t payload[2048];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_ISSUER, .iss = iss, .sub = iss, .home = w->origin};

    issuer_encode(p, &o);
    d.payload = out_span(&o);
    return world_put(w, &d, key);
}

uint64_t put_rules(struct world *w, const struct rules_payload *p, unsigned key)
{
    uint8_t payload[16384];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_RULES, .iss = w->origin, .sub = w->origin, .home = w->origin};

    rules_encode(p, &o);
    d.payload = out_span(&o);
    return world_put(w, &d, key);
}

struct schema_payload test_schema(const char *name)
{
    struct schema_payload p = {.name = span_text(name), .version = 1, .revocable = true, .field_count = 2};

    p.field[0] = (struct schema_field){.name = SPAN("level"), .type = FIELD_TEXT, .required = true};
    p.field[1] = (struct schema_field){.name = SPAN("age"), .type = FIELD_UINT};
    return p;
}

uint64_t put_schema(struct world *w, struct span iss, const struct schema_payload *p, unsigned key)
{
    uint8_t payload[8192];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_SCHEMA, .iss = iss, .sub = p->name, .home = w->origin};

    schema_encode(p, &o);
    d.payload = out_span(&o);
    return world_put(w, &d, key);
}

uint64_t put_status(struct world *w, struct span iss, struct span sub, const struct hash *target, enum status status,
                    unsigned key)
{
    uint8_t payload[256];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_STATUS, .iss = iss, .sub = sub, .home = w->origin};
    struct status_payload p = {.target = *target, .status = status, .reason = 9};

    if (status == STATUS_SUPERSEDED) {
        p.has_replacement = true;
        p.replacement = *target;
    }
    status_encode(&p, &o);
    d.payload = out_span(&o);
    return world_put(w, &d, key);
}

/* ---- evidence ---- */

void serve_ask(struct serving *s, uint8_t kind, struct span first, struct span second)
{
    for (size_t i = 0; i < s->ask_count; i++)
        if (s->ask[i].kind == kind && span_equal(s->ask[i].component[0], first) &&
            span_equal(s->ask[i].component[1], second))
            return;
    assert_true(s->ask_count < WORLD_ASKS_MAX);
    s->ask[s->ask_count++] = (struct ask){kind, {first, second}};
}

void serve_forget(struct serving *s, uint8_t kind, struct span first)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->ask_count; i++)
        if (s->ask[i].kind != kind || !span_equal(s->ask[i].component[0], first)) s->ask[kept++] = s->ask[i];
    assert_int_equal(kept + 1, s->ask_count);
    s->ask_count = kept;
}

void serve_forget_at(struct serving *s, size_t n)
{
    assert_true(n < s->ask_count);
    s->ask_count--;
    memmove(&s->ask[n], &s->ask[n + 1], (s->ask_count - n) * sizeof(s->ask[0]));
}

void serve_extra(struct serving *s, uint64_t position)
{
    assert_true(s->extra_count < WORLD_EXTRA_MAX);
    s->extra[s->extra_count++] = position;
}

void serve_cosigner(struct serving *s, const char *name, unsigned key, uint64_t time)
{
    assert_true(s->name_count < WORLD_NAMES_MAX);
    s->cosigner[s->name_count].name = name;
    s->cosigner[s->name_count].key = key;
    s->cosigner[s->name_count++].time = time;
}

static void extra_dating(const struct world *w, struct serving *s, uint64_t position)
{
    while (position < s->size && w->statement[position].kind != KIND_SEAL) position++;
    if (position < s->size) serve_extra(s, position);
}

static uint64_t position_of(const struct world *w, const struct hash *id, uint64_t below)
{
    uint64_t p = 0;

    while (p < below && !hash_equal(&w->statement[p].id, id)) p++;
    return p;
}

/* What a verdict wants of one attestation, and of all that it depends on. */
static void require_one(const struct world *w, struct serving *ret, uint64_t position)
{
    const struct statement *s = &w->statement[position];
    const struct span none = {NULL, 0};
    uint64_t schema;

    serve_extra(ret, position);
    serve_ask(ret, INDEX_STATUS, hash_span(&s->id), s->iss);
    serve_ask(ret, INDEX_ISSUER, s->iss, none);
    serve_ask(ret, INDEX_APPROVAL, s->iss, none);
    if (s->has_schema && (schema = position_of(w, &s->schema, ret->size)) < ret->size) {
        serve_extra(ret, schema);
        serve_ask(ret, INDEX_ISSUER, w->statement[schema].iss, none);
        serve_ask(ret, INDEX_APPROVAL, w->statement[schema].iss, none);
    }
    for (size_t i = 0; i < s->depends_count; i++) {
        struct hash id = statement_depends(s, i);
        uint64_t at = position_of(w, &id, ret->size);

        if (at < ret->size) require_one(w, ret, at);
    }
}

void serve_required(const struct world *w, uint64_t position, struct serving *ret)
{
    struct hash key;

    memset(ret, 0, sizeof(*ret));
    ret->position = position;
    ret->size = w->last_seal + 1;
    ret->checkpoint_key = KEY_CHECKPOINT_TEST;
    ret->receipt_key = w->online_key;
    require_one(w, ret, position);
    serve_ask(ret, INDEX_ISSUER, w->origin, (struct span){NULL, 0});
    extra_dating(w, ret, position);
    index_build(w, ret->size - 1);
    for (size_t a = 0; a < ret->ask_count; a++) {
        if (ret->ask[a].kind != INDEX_STATUS && ret->ask[a].kind != INDEX_ISSUER) continue;
        key = index_key(ret->ask[a].kind, ret->ask[a].component);
        for (size_t i = 0; list_find(&key) != NULL && i < list_find(&key)->count; i++)
            if (list_find(&key)->position[i] > position) extra_dating(w, ret, list_find(&key)->position[i]);
    }
}

static bool shows[WORLD_STATEMENTS_MAX];

/* Fills in the answers, by rising key, and notes which statements they need. */
static void answers_make(const struct serving *s, struct evidence_map *m)
{
    static uint8_t positions[WORLD_ASKS_MAX][8192];

    for (size_t i = 0; i < s->ask_count; i++) {
        struct evidence_answer a = {.kind = s->ask[i].kind};
        struct out o = out_over(positions[i], sizeof(positions[i]));
        const struct world_list *l;
        size_t at = i;

        memcpy(a.component, s->ask[i].component, sizeof(a.component));
        a.key = index_key(a.kind, a.component);
        l = list_find(&a.key);
        for (size_t k = 0; l != NULL && k < l->count; k++) a.count += !s->drops || l->position[k] != s->dropped;
        cbor_put_array(&o, a.count);
        for (size_t k = 0; l != NULL && k < l->count; k++) {
            if (s->drops && l->position[k] == s->dropped) continue;
            cbor_put_uint(&o, l->position[k]);
            shows[l->position[k]] = true;
        }
        a.positions = out_span(&o);
        for (; at > 0 && hash_compare(&m->answer[at - 1].key, &a.key) > 0; at--) m->answer[at] = m->answer[at - 1];
        m->answer[at] = a;
        m->answer_count++;
    }
}

static void statements_make(const struct world *w, const struct serving *s, struct evidence_map *m)
{
    for (size_t i = 0; i < s->extra_count; i++) shows[s->extra[i]] = true;
    shows[s->position] = shows[s->size - 1] = true;
    if (s->drops) shows[s->dropped] = false;
    for (uint64_t p = 0; p < s->size; p++) {
        if (!shows[p]) continue;
        m->statement[m->statement_count].position = p;
        if (p != s->position) m->statement[m->statement_count].bytes = w->statement[p].bytes;
        m->statement_count++;
    }
}

static struct span log_hashes_make(const struct world *w, const struct serving *s, const struct evidence_map *m)
{
    static uint8_t hashes[1 << 16];
    static uint64_t position[WORLD_STATEMENTS_MAX];
    struct out o = out_over(hashes, sizeof(hashes));
    struct tree_reader r = reader_of(w);

    for (size_t i = 0; i < m->statement_count; i++) position[i] = m->statement[i].position;
    assert_int_equal(sparse_make(&r, s->size, position, m->statement_count, &o), ERR_OK);
    return out_span(&o);
}

static struct span trie_make(const struct serving *s, const struct evidence_map *m)
{
    static uint8_t trie[1 << 16];
    struct out o = out_over(trie, sizeof(trie));
    struct hash key[EVIDENCE_ANSWERS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < m->answer_count; i++)
        if (!s->closes || i != s->closed) key[count++] = m->answer[i].key;
    if (count == 0)
        cbor_put_array(&o, 0);
    else
        assert_int_equal(trie_prove_keys(&built.trie.edit.view, key, count, &o), ERR_OK);
    return out_span(&o);
}

static struct span checkpoint_make(const struct world *w, const struct serving *s)
{
    static uint8_t note[8192];
    struct checkpoint c = {w->origin, s->size, root_of(w, s->size)};
    struct out o = out_over(note, sizeof(note));
    struct secret_key key = test_key(s->checkpoint_key);
    struct public_key public = secret_key_public(&key);
    struct span text;
    struct vkey v;

    checkpoint_encode(&c, &o);
    text = out_span(&o);
    out_byte(&o, '\n');
    vkey_make(w->origin, NOTE_ED25519, &public, &v);
    note_sign(&o, text, &v, &key);
    if (s->beside_key > 0) {
        key = test_key(s->beside_key);
        public = secret_key_public(&key);
        vkey_make(w->origin, NOTE_ED25519, &public, &v);
        note_sign(&o, text, &v, &key);
    }
    for (size_t i = 0; i < s->name_count; i++) {
        key = test_key(s->cosigner[i].key);
        public = secret_key_public(&key);
        vkey_make(span_text(s->cosigner[i].name), NOTE_COSIGNATURE, &public, &v);
        cosignature_make(&o, text, &v, &key, s->cosigner[i].time);
    }
    return out_span(&o);
}

static struct span receipt_make(const struct world *w, const struct serving *s)
{
    static uint8_t bytes[RECEIPT_SIZE_MAX];
    struct out o = out_over(bytes, sizeof(bytes));
    struct receipt r = {.kid = test_kid(s->receipt_key), .iss = w->origin, .size = s->size, .index = s->position};
    struct secret_key key = test_key(s->receipt_key);
    struct hash root = root_of(w, s->size);
    struct tree_reader reader = reader_of(w);

    assert_int_equal(tree_inclusion(&reader, s->position, s->size, &r.path), ERR_OK);
    assert_int_equal(receipt_sign(w->origin, &root, &key, &r.signature), ERR_OK);
    receipt_encode(&r, &o);
    return out_span(&o);
}

struct span world_serve(const struct world *w, const struct serving *s)
{
    static uint8_t map[WORLD_FILE_MAX], file[WORLD_FILE_MAX];
    static struct evidence_map m;
    struct out o = out_over(map, sizeof(map)), f = out_over(file, sizeof(file));

    memset(&m, 0, sizeof(m));
    memset(shows, 0, sizeof(shows));
    index_build(w, s->size - 1);
    m.checkpoint = checkpoint_make(w, s);
    answers_make(s, &m);
    statements_make(w, s, &m);
    m.log_hashes = log_hashes_make(w, s, &m);
    m.trie = trie_make(s, &m);
    evidence_map_encode(&m, &o);
    evidence_encode(&w->statement[s->position].cose, receipt_make(w, s), out_span(&o), &f);
    assert_false(o.full);
    assert_false(f.full);
    return out_span(&f);
}
