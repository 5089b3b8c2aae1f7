/* See overlay.h. Three open-addressed tables (ids, index keys, issuers) over arrays made once from the limit. */
#include "server/node/overlay.h"

#include "log/admit/admit.h"
#include "log/statement/rules.h"

#include <stdlib.h>

#define NONE UINT32_MAX
#define BYTES_PER_STATEMENT 512
/* An attestation under a schema has two keys, a status two, an approval as many as it names. */
#define KEYS_PER_STATEMENT 3

/* Kept free beyond the limit, one within the other: for what becomes of attestations, which new ones cannot fill; for
 * keys and rules, which status statements cannot; and for one seal, without which nothing would ever leave. */
struct room {
    size_t statements, bytes, links;
};
#define STATUS_BYTES 1024
#define SETS_FREE 96
#define LANE 1024
#define LANE_OF_KEYS 128
#define LANE_OF_KEYS_BYTES (LANE_OF_KEYS * 4096)
#define SEAL_BYTES 2048

static const struct room no_room = {0, 0, 0}, seal_room = {1, SEAL_BYTES, 0},
                         keys_room = {1 + LANE_OF_KEYS, SEAL_BYTES + LANE_OF_KEYS_BYTES, 1024},
                         lane_room = {1 + LANE_OF_KEYS + LANE, SEAL_BYTES + LANE_OF_KEYS_BYTES + LANE *STATUS_BYTES,
                                      1024 + LANE *KEYS_PER_STATEMENT};

struct entry {
    struct hash id;
    uint64_t at; /* where its bytes begin */
    uint32_t len;
};
/* One (key, position); the links of a key are in order of position, and read from the newest on. */
struct link {
    uint64_t position;
    uint32_t before, nth; /* of its key's */
};
struct bucket {
    struct hash key;
    uint32_t last, count; /* count 0: free */
};

/* What is held of an issuer's; free when it is of another time. */
struct share {
    struct hash key;
    uint64_t time;
    uint64_t group, count; /* attestations and schemas of that group */
    uint64_t moves;        /* status statements */
    uint64_t sets;         /* later statements of keys */
};

struct overlay {
    uint64_t base;
    size_t count, max;
    struct entry *entry;
    uint8_t *bytes;
    size_t bytes_len, bytes_max;
    uint32_t *by_id; /* entry indexes */
    size_t id_slots;
    struct bucket *by_key;
    size_t key_slots, key_count;
    struct link *links;
    size_t link_count, link_max;
    struct share *share;
    size_t share_slots;
    uint64_t time;    /* counted from 1, so that a fresh table is free; another with each reset */
    uint64_t group;   /* another with each seal */
    uint64_t iat_max; /* of the open group */
};

static size_t slots_for(size_t count)
{
    size_t slots = 64;

    while (slots < 2 * count) slots *= 2;
    return slots;
}

static void *take(size_t count, size_t size)
{
    void *ptr = calloc(count, size);

    ASSERT(ptr != NULL);
    return ptr;
}

struct overlay *overlay_new(size_t statements_max)
{
    struct overlay *v = take(1, sizeof(*v));

    v->max = statements_max + lane_room.statements;
    v->link_max = statements_max * KEYS_PER_STATEMENT + INDEX_KEYS_MAX + lane_room.links;
    v->bytes_max = statements_max * BYTES_PER_STATEMENT + STATEMENT_SIZE_MAX + lane_room.bytes;
    v->id_slots = slots_for(v->max);
    v->key_slots = slots_for(v->link_max);
    v->entry = take(v->max, sizeof(*v->entry));
    v->bytes = take(v->bytes_max, 1);
    v->by_id = take(v->id_slots, sizeof(*v->by_id));
    v->by_key = take(v->key_slots, sizeof(*v->by_key));
    v->links = take(v->link_max, sizeof(*v->links));
    v->share_slots = slots_for(v->max);
    v->share = take(v->share_slots, sizeof(*v->share));
    overlay_reset(v, 0);
    return v;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t overlay_average(size_t statements, size_t bytes, size_t keys)
{
    return larger(statements, larger(bytes / BYTES_PER_STATEMENT, keys / KEYS_PER_STATEMENT) + 1);
}

size_t overlay_most(const struct overlay *v)
{
    return v->max;
}

void overlay_free(struct overlay *v)
{
    if (v == NULL) return;
    free(v->entry);
    free(v->bytes);
    free(v->by_id);
    free(v->by_key);
    free(v->links);
    free(v->share);
    free(v);
}

void overlay_reset(struct overlay *v, uint64_t base)
{
    v->base = base;
    v->count = v->bytes_len = v->key_count = v->link_count = 0;
    v->time++;
    v->group++;
    v->iat_max = 0;
    memset(v->by_id, 0xff, v->id_slots * sizeof(*v->by_id));
    memset(v->by_key, 0, v->key_slots * sizeof(*v->by_key));
}

uint64_t overlay_base(const struct overlay *v)
{
    return v->base;
}

uint64_t overlay_end(const struct overlay *v)
{
    return v->base + v->count;
}

/* Ids and keys are hashes already: any eight of their bytes spread well. An issuer who grinds ids only
 * lengthens a probe within tables that are at most half full and forgotten with each publication. */
static size_t slot_of(const struct hash *h, size_t slots)
{
    uint64_t word;

    memcpy(&word, h->b + 24, sizeof(word));
    return (size_t)word & (slots - 1);
}

/* Where the id stands, or the free slot where it would. */
static uint32_t *id_slot(const struct overlay *v, const struct hash *id)
{
    size_t at = slot_of(id, v->id_slots);

    while (v->by_id[at] != NONE && !hash_equal(&v->entry[v->by_id[at]].id, id)) at = (at + 1) & (v->id_slots - 1);
    return &v->by_id[at];
}

static struct bucket *key_slot(const struct overlay *v, const struct hash *key)
{
    size_t at = slot_of(key, v->key_slots);

    while (v->by_key[at].count > 0 && !hash_equal(&v->by_key[at].key, key)) at = (at + 1) & (v->key_slots - 1);
    return &v->by_key[at];
}

/* Where an issuer's share stands, or would. `key` is the hash of the iss. */
static struct share *share_slot(const struct overlay *v, const struct hash *key)
{
    size_t at = slot_of(key, v->share_slots);

    while (v->share[at].time == v->time && !hash_equal(&v->share[at].key, key)) at = (at + 1) & (v->share_slots - 1);
    return &v->share[at];
}

uint64_t overlay_iat_max(const struct overlay *v)
{
    return v->iat_max;
}

uint64_t overlay_since_seal(const struct overlay *v, struct span iss)
{
    struct hash key = hash_of(iss);
    const struct share *share = share_slot(v, &key);

    return share->time == v->time && share->group == v->group ? share->count : 0;
}

static void share_add(struct overlay *v, const struct statement *s)
{
    struct hash key = hash_of(s->iss);
    struct share *share = share_slot(v, &key);

    if (share->time != v->time) *share = (struct share){.key = key, .time = v->time};
    if (s->kind == KIND_STATUS) share->moves++;
    if (s->kind == KIND_ISSUER) share->sets++;
    if (s->kind != KIND_ATTESTATION && s->kind != KIND_SCHEMA) return;
    if (share->group != v->group) {
        share->group = v->group;
        share->count = 0;
    }
    share->count++;
    if (s->has_iat && s->iat > v->iat_max) v->iat_max = s->iat;
}

static void seal_add(struct overlay *v)
{
    v->group++;
    v->iat_max = 0;
}

static void link_key(struct overlay *v, const struct hash *key, uint64_t position)
{
    struct bucket *b = key_slot(v, key);
    uint32_t at = (uint32_t)v->link_count++;

    v->links[at] = (struct link){position, b->count > 0 ? b->last : NONE, b->count};
    if (b->count == 0) {
        b->key = *key;
        v->key_count++;
    }
    b->last = at;
    b->count++;
}

static void add(struct overlay *v, const struct statement *s, const struct hash *keys, size_t count)
{
    uint64_t position = overlay_end(v);

    share_add(v, s);
    if (s->kind == KIND_SEAL) seal_add(v);
    v->entry[v->count] = (struct entry){s->id, v->bytes_len, (uint32_t)s->bytes.len};
    memmove(v->bytes + v->bytes_len, s->bytes.ptr, s->bytes.len);
    v->bytes_len += s->bytes.len;
    *id_slot(v, &s->id) = (uint32_t)v->count++;
    for (size_t i = 0; i < count; i++) link_key(v, &keys[i], position);
}

static size_t beyond(size_t all, size_t part)
{
    return all > part ? all - part : 0;
}

/* What is there for whoever must leave `to_others`. */
static struct room room_beside(const struct overlay *v, const struct room *to_others)
{
    return (struct room){beyond(v->max - v->count, to_others->statements),
                         beyond(v->bytes_max - v->bytes_len, to_others->bytes),
                         beyond(v->link_max - v->link_count, to_others->links)};
}

static enum err add_within(struct overlay *v, const struct statement *s, const struct hash *keys, size_t count,
                           const struct room *room)
{
    if (room->statements < 1 || room->bytes < s->bytes.len || room->links < count) return ERR_BUSY;
    add(v, s, keys, count);
    return ERR_OK;
}

/* No issuer has more status statements waiting than there is room for those of the others, but one, and no more
 * statements of keys, but SETS_FREE: whoever sends them as fast as he can while nothing is published keeps nobody
 * else's out. What a thief can send without a recovery key is less than SETS_FREE, so a recovery is not held up. */
static bool has_his_share(const struct overlay *v, const struct statement *s, const struct room *room)
{
    struct hash key = hash_of(s->iss);
    const struct share *share = share_slot(v, &key);
    uint64_t mine = s->kind == KIND_STATUS ? share->moves : share->sets, free = s->kind == KIND_STATUS ? 0 : SETS_FREE;
    bool room_left =
        mine < room->statements && mine < room->bytes / STATUS_BYTES && mine < room->links / KEYS_PER_STATEMENT;

    return share->time == v->time && mine > free && !room_left;
}

/* What a statement must leave to others. */
static const struct room *left_free(const struct statement *s)
{
    if (s->kind == KIND_SEAL) return &no_room;
    if (s->kind == KIND_STATUS) return &keys_room;
    return admit_is_new(s) ? &lane_room : &seal_room;
}

enum err overlay_add(struct overlay *v, const struct statement *s, const struct hash *keys, size_t count)
{
    struct room room = room_beside(v, left_free(s));
    bool shared = s->kind == KIND_STATUS || s->kind == KIND_ISSUER;

    return shared && has_his_share(v, s, &room) ? ERR_ISSUER_FULL : add_within(v, s, keys, count, &room);
}

enum err overlay_restore(struct overlay *v, const struct statement *s, const struct hash *keys, size_t count)
{
    struct room room = room_beside(v, &no_room);

    return add_within(v, s, keys, count, &room);
}

/* Files [from, to) of what is held again, as all there is. Their keys are derived anew; entries only ever
 * move down, so that bytes and rows can be rewritten where they lie. */
static void keep(struct overlay *v, uint64_t from, uint64_t to)
{
    size_t first = (size_t)(from - v->base), count = (size_t)(to - from);
    struct statement s;
    struct index_keys keys;

    overlay_reset(v, from);
    for (size_t i = first; i < first + count; i++) {
        struct entry e = v->entry[i];
        struct span bytes = span_of(v->bytes + e.at, e.len);
        enum err err = statement_decode(bytes, &s);

        ASSERT(err == ERR_OK);
        err = index_derive(&s, RULES_VERSION, &keys);
        ASSERT(err == ERR_OK);
        add(v, &s, keys.key, keys.count);
    }
}

void overlay_drop_below(struct overlay *v, uint64_t base)
{
    if (base <= v->base) return;
    ASSERT(base <= overlay_end(v));
    keep(v, base, overlay_end(v));
}

void overlay_drop_from(struct overlay *v, uint64_t end)
{
    if (end >= overlay_end(v)) return;
    ASSERT(end >= v->base);
    keep(v, v->base, end);
}

bool overlay_find(const struct overlay *v, const struct hash *id, uint64_t *ret_position)
{
    uint32_t at = *id_slot(v, id);

    if (at == NONE) return false;
    *ret_position = v->base + at;
    return true;
}

bool overlay_statement(const struct overlay *v, uint64_t position, struct span *ret, struct hash *ret_id)
{
    const struct entry *e;

    if (position < v->base || position >= overlay_end(v)) return false;
    e = &v->entry[position - v->base];
    *ret = span_of(v->bytes + e->at, e->len);
    *ret_id = e->id;
    return true;
}

static enum err lookup_count(void *ctx, const struct hash *key, uint64_t *ret)
{
    const struct overlay_lookup *over = ctx;
    uint64_t count;

    TRY(derived_count(over->derived, key, &count));
    *ret = count + key_slot(over->overlay, key)->count;
    return ERR_OK;
}

/* The links of a key are read from the newest on, one after the other: what was read last is the way to the next. */
static uint64_t link_position(struct overlay_lookup *over, const struct bucket *b, uint64_t nth)
{
    const struct link *links = over->overlay->links;
    bool known = over->last.time == over->overlay->time && over->last.bucket == b;
    uint32_t at = known && links[over->last.link].nth >= nth ? over->last.link : b->last;

    while (links[at].nth > nth) at = links[at].before;
    over->last.time = over->overlay->time;
    over->last.bucket = b;
    over->last.link = at;
    return links[at].position;
}

static enum err lookup_item(void *ctx, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    struct overlay_lookup *over = ctx;
    const struct bucket *b = key_slot(over->overlay, key);
    uint64_t count;

    TRY(derived_count(over->derived, key, &count));
    if (n < count) return derived_item(over->derived, key, n, ret_position);
    ASSERT(n - count < b->count);
    *ret_position = link_position(over, b, n - count);
    return ERR_OK;
}

static enum err lookup_find(void *ctx, const struct hash *id, uint64_t *ret_position)
{
    const struct overlay_lookup *over = ctx;

    if (overlay_find(over->overlay, id, ret_position)) return ERR_OK;
    return derived_find(over->derived, id, ret_position);
}

static enum err lookup_statement(void *ctx, uint64_t position, struct statement *ret)
{
    const struct overlay_lookup *over = ctx;
    struct span bytes;
    struct hash id;

    if (!overlay_statement(over->overlay, position, &bytes, &id)) TRY(log_statement(over->log, position, &bytes));
    return statement_decode(bytes, ret) == ERR_OK ? ERR_OK : ERR_DAMAGED;
}

static enum err lookup_since_seal(void *ctx, struct span iss, uint64_t at, uint64_t *ret)
{
    const struct overlay_lookup *over = ctx;

    ASSERT(at == overlay_end(over->overlay));
    *ret = overlay_since_seal(over->overlay, iss);
    return ERR_OK;
}

struct lookup overlay_lookup(struct overlay_lookup *over)
{
    return (struct lookup){over, lookup_count, lookup_item, lookup_find, lookup_statement, lookup_since_seal};
}
