/* See check.h. The file as a source of answers: what folds may look up in it, and when things were. */
#include "log/evidence/check.h"

uint64_t check_position(const struct check *c, size_t at)
{
    return c->evidence.map.statement[at].position;
}

bool check_find(const struct check *c, uint64_t position, size_t *ret)
{
    size_t low = 0, high = c->evidence.map.statement_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (check_position(c, middle) < position)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == c->evidence.map.statement_count || check_position(c, low) != position) return false;
    *ret = low;
    return true;
}

bool check_find_id(const struct check *c, const struct hash *id, size_t *ret)
{
    for (size_t i = 0; i < c->evidence.map.statement_count; i++) {
        if (!hash_equal(&c->id[i], id)) continue;
        *ret = i;
        return true;
    }
    return false;
}

enum err check_statement(const struct check *c, size_t at, struct statement *ret)
{
    struct span bytes = c->evidence.map.statement[at].bytes;

    return bytes.len == 0 ? statement_of(&c->evidence.cose, ret) : statement_decode(bytes, ret);
}

const struct evidence_answer *check_answer(const struct check *c, const struct hash *key)
{
    for (size_t i = 0; i < c->evidence.map.answer_count; i++)
        if (hash_equal(&c->evidence.map.answer[i].key, key)) return &c->evidence.map.answer[i];
    return NULL;
}

const struct evidence_answer *check_status_answer(const struct check *c, const struct statement *s)
{
    struct hash key = index_key(INDEX_STATUS, (struct span[]){hash_span(&s->id), s->iss});

    return check_answer(c, &key);
}

const struct evidence_answer *check_issuer_answer(const struct check *c, struct span iss)
{
    struct hash key = index_key(INDEX_ISSUER, &iss);

    return check_answer(c, &key);
}

uint64_t check_answer_holds_below(const struct check *c, const struct evidence_answer *a)
{
    for (size_t n = 0; n < a->count; n++) {
        uint64_t position = evidence_position(a, n);
        size_t at;

        if (!check_find(c, position, &at) || !c->holds[at]) return position;
    }
    return UINT64_MAX;
}

enum err check_cut(struct check *c, struct span iss, const struct hash *kid, uint64_t at, uint64_t *ret)
{
    const struct evidence_answer *a = check_issuer_answer(c, iss);
    struct key_life life;

    if (a == NULL || check_answer_holds_below(c, a) < at) return ERR_INCOMPLETE;
    TRY(issuer_lives(&c->lookup, iss, at, NULL, kid, 1, &life));
    *ret = life.cut;
    return ERR_OK;
}

/* ---- the lookup that folds read ---- */

static enum err source_count(void *ctx, const struct hash *key, uint64_t *ret)
{
    const struct evidence_answer *a = check_answer(ctx, key);

    if (a == NULL) return ERR_INCOMPLETE;
    *ret = a->count;
    return ERR_OK;
}

static enum err source_item(void *ctx, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    const struct evidence_answer *a = check_answer(ctx, key);

    if (a == NULL || n >= a->count) return ERR_INCOMPLETE;
    *ret_position = evidence_position(a, (size_t)n);
    return ERR_OK;
}

static enum err source_find(void *ctx, const struct hash *id, uint64_t *ret_position)
{
    const struct check *c = ctx;
    size_t at;

    if (!check_find_id(c, id, &at)) return ERR_INCOMPLETE;
    *ret_position = check_position(c, at);
    return ERR_OK;
}

static enum err source_statement(void *ctx, uint64_t position, struct statement *ret)
{
    const struct check *c = ctx;
    size_t at;

    if (!check_find(c, position, &at)) return ERR_INCOMPLETE;
    return check_statement(c, at, ret);
}

/* A file shows what it shows of a group. */
static enum err source_since_seal(void *ctx, struct span iss, uint64_t at, uint64_t *ret)
{
    (void)ctx, (void)iss, (void)at, (void)ret;
    return ERR_INCOMPLETE;
}

struct lookup check_lookup(struct check *c)
{
    return (struct lookup){c, source_count, source_item, source_find, source_statement, source_since_seal};
}

/* ---- when ---- */

static bool seal_at(const struct check *c, size_t at, struct seal_payload *ret)
{
    struct statement s;

    if (c->kind[at] != KIND_SEAL) return false;
    return check_statement(c, at, &s) == ERR_OK && seal_decode(s.cose.payload, ret) == ERR_OK;
}

bool check_date(const struct check *c, uint64_t position, uint64_t *ret)
{
    for (size_t i = 0; i < c->evidence.map.statement_count; i++) {
        struct seal_payload seal;

        if (!seal_at(c, i, &seal) || seal.covers <= position) continue;
        if (seal.has_previous && seal.previous >= position) return false;
        *ret = seal.to_ms / 1000;
        return true;
    }
    return false;
}

/* The times of seals never fall (check.c has made sure for those shown): what a later seal closed by
 * `time` was closed by then, and what stands after a seal of a later time was not. */
enum dated check_dated(const struct check *c, uint64_t position, uint64_t time)
{
    for (size_t i = 0; i < c->evidence.map.statement_count; i++) {
        struct seal_payload seal;

        if (!seal_at(c, i, &seal)) continue;
        if (seal.covers < position) {
            if (seal.to_ms / 1000 > time) return DATED_AFTER;
            continue;
        }
        if (seal.to_ms / 1000 <= time) return DATED_BY;
        return !seal.has_previous || seal.previous < position ? DATED_AFTER : DATED_UNKNOWN;
    }
    return DATED_UNKNOWN;
}

bool check_closing_seal(const struct check *c, uint64_t position, uint64_t *ret_position, uint64_t *ret_time)
{
    for (size_t i = 0; i < c->evidence.map.statement_count; i++) {
        struct seal_payload seal;

        if (!seal_at(c, i, &seal) || seal.covers < position) continue;
        if (seal.covers > position && seal.has_previous && seal.previous >= position) return false;
        *ret_position = seal.covers;
        *ret_time = seal.to_ms / 1000;
        return true;
    }
    return false;
}
