/* Schemas: the first of a name, and versions that follow it. */
#include "log/admit/submission.h"

/* The last version of that name by this issuer, if there is one. */
static enum err last_version(const struct submission *q, struct span name, uint64_t *ret_position,
                             struct statement *ret, bool *ret_found)
{
    struct walk w = {.l = q->l, .kind = KIND_SCHEMA, .iss = q->s->iss};

    TRY(walk_open(&w, INDEX_SCHEMA_NAME, (struct span[]){q->s->iss, name}, q->at->position));
    *ret_found = false;
    while (w.count > 0) {
        TRY(walk_last(&w, ret_position, ret, ret_found));
        if (!*ret_found || span_equal(ret->sub, name)) return ERR_OK;
        *ret_found = false;
        w.count--; /* one of another name, which a collision of keys merged in */
    }
    return ERR_OK;
}

static enum err require_next_version(const struct submission *q, const struct schema_payload *p,
                                     const struct statement *last)
{
    struct schema_payload before;

    TRY(schema_decode(last->cose.payload, &before));
    if (p->version != before.version + 1) return refuse_number(q, ERR_BAD_CHAIN, "version ", p->version, "");
    if (!hash_equal(&p->prev, &last->id)) return refuse_id(q, ERR_BAD_CHAIN, "prev ", &p->prev);
    if (schema_follows(p, &before)) return ERR_OK;
    return refuse_number(q, ERR_SCHEMA_BREAKS, "fields that version ", before.version, " had or had not, changed");
}

/* Decoding has seen to it that version 1 has no prev and every later one has. */
static enum err require_version(const struct submission *q, const struct schema_payload *p)
{
    struct statement last;
    uint64_t position;
    bool found;

    TRY(last_version(q, p->name, &position, &last, &found));
    if (p->version == 1)
        return found ? refuse_number(q, ERR_SCHEMA_EXISTS, "one of that name at @", position, "") : ERR_OK;
    if (!found) return refuse_number(q, ERR_BAD_CHAIN, "version ", p->version, " of a name that has none");
    return require_next_version(q, p, &last);
}

enum err admit_schema(const struct submission *q)
{
    struct memo_rules rules;
    struct schema_payload p;

    TRY(schema_decode(q->s->cose.payload, &p));
    if (!span_equal(q->s->sub, p.name)) return refuse_span(q, ERR_WRONG_SUB, "the sub ", q->s->sub, "");
    TRY(rules_now(q, &rules));
    TRY(require_issuer(q, &rules));
    TRY(require_dates(q));
    return require_version(q, &p);
}
