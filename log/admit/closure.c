/* See closure.h. */
#include "log/admit/closure.h"

/* One walk under way. */
struct walking {
    const struct lookup *l;
    struct closure *c;
    bool incomplete;
};
/* From where it looks: a statement, how deep the next ones are, and as which item they name it. */
struct from {
    const struct statement *s;
    uint64_t position;
    unsigned depth;
    size_t item;
};

static enum err wrong(struct walking *w, enum err e, const struct hash *id, uint64_t position)
{
    w->c->id = *id;
    w->c->position = position;
    return e;
}

/* The statement, when it can be one to depend on: older, and an attestation. */
static enum err find(struct walking *w, const struct hash *id, const struct from *from, struct closure_item *ret)
{
    enum err e = w->l->find(w->l->ctx, id, &ret->position);

    if (e == ERR_NOT_FOUND || (e == ERR_OK && ret->position >= from->position))
        return wrong(w, ERR_UNKNOWN_DEPENDENCY, id, 0);
    TRY(e);
    TRY(w->l->statement(w->l->ctx, ret->position, &ret->s));
    if (!hash_equal(&ret->s.id, id)) return ERR_DAMAGED; /* the row of another */
    return ret->s.kind == KIND_ATTESTATION ? ERR_OK : wrong(w, ERR_BAD_DEPENDENCY, id, ret->position);
}

static enum err reach(struct walking *w, const struct hash *id, const struct from *from)
{
    struct closure_item next = {.depth = from->depth, .through = from->item};
    struct closure *c = w->c;
    enum err e;

    for (size_t i = 0; i < c->count; i++) {
        if (!hash_equal(&c->item[i].s.id, id)) continue;
        if (c->item[i].position >= from->position) return wrong(w, ERR_UNKNOWN_DEPENDENCY, id, 0);
        if (c->item[i].depth < from->depth) c->item[i].depth = from->depth;
        return ERR_OK;
    }
    e = find(w, id, from, &next);
    if (e == ERR_INCOMPLETE) w->incomplete = true;
    if (e != ERR_OK) return e == ERR_INCOMPLETE ? ERR_OK : e;
    if (c->count == CLOSURE_MAX) return wrong(w, ERR_DEPENDENCIES_FULL, id, 0);
    c->item[c->count++] = next;
    return ERR_OK;
}

static enum err reach_all(struct walking *w, const struct from *from)
{
    for (size_t i = 0; i < from->s->depends_count; i++) {
        struct hash id = statement_depends(from->s, i);

        TRY(reach(w, &id, from));
    }
    return ERR_OK;
}

/* The newest that was not followed. Everything that leads to it is newer, and was: its depth is final. */
static size_t newest(const struct closure *c)
{
    size_t found = c->count;

    for (size_t i = 0; i < c->count; i++)
        if (!c->item[i].followed && (found == c->count || c->item[i].position > c->item[found].position)) found = i;
    return found;
}

enum err closure_walk(const struct lookup *l, const struct statement *s, uint64_t position, struct closure *ret)
{
    struct walking w = {.l = l, .c = ret};
    struct from from = {s, position, 1, CLOSURE_BEGIN};
    size_t next;

    ret->count = 0;
    ret->too_deep = false;
    TRY(reach_all(&w, &from));
    while ((next = newest(ret)) < ret->count) {
        struct closure_item *item = &ret->item[next];

        ret->too_deep = item->depth > CLOSURE_DEPTH_MAX;
        if (ret->too_deep) return wrong(&w, ERR_DEPENDENCIES_FULL, &item->s.id, 0);
        item->followed = true;
        from = (struct from){&item->s, item->position, item->depth + 1, next};
        TRY(reach_all(&w, &from));
    }
    return w.incomplete ? ERR_INCOMPLETE : ERR_OK;
}
