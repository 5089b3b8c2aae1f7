/* What an attestation rests on: attestations in the log already, so that there are no circles, few and not deep,
 * so that whoever judges it has an end to look forward to. */
#include "log/admit/submission.h"

#define DEPTH_MAX 4
#define REACHED_MAX 16

/* An attestation that can be reached, and how long the longest way to it is. */
struct reached {
    uint64_t position;
    unsigned depth;
    bool followed;
    struct statement s;
};
struct closure {
    size_t count;
    struct reached node[REACHED_MAX];
};

static enum err too_many(const struct submission *q, const char *found)
{
    return refuse(q, ERR_DEPENDENCIES_FULL, found);
}

static enum err reach(const struct submission *q, struct closure *c, const struct hash *id, unsigned depth)
{
    struct reached next = {.depth = depth};

    for (size_t i = 0; i < c->count; i++) {
        if (!hash_equal(&c->node[i].s.id, id)) continue;
        if (c->node[i].depth < depth) c->node[i].depth = depth;
        return ERR_OK;
    }
    TRY(earlier_statement(q, id, ERR_UNKNOWN_DEPENDENCY, &next.position, &next.s));
    if (next.s.kind != KIND_ATTESTATION)
        return refuse_number(q, ERR_BAD_DEPENDENCY, "another kind of statement, at @", next.position, "");
    if (c->count == REACHED_MAX) return too_many(q, "more than 16");
    c->node[c->count++] = next;
    return ERR_OK;
}

static enum err reach_all(const struct submission *q, struct closure *c, const struct statement *from, unsigned depth)
{
    for (size_t i = 0; i < from->depends_count; i++) {
        struct hash id = statement_depends(from, i);

        TRY(reach(q, c, &id, depth));
    }
    return ERR_OK;
}

/* The newest that was not followed. Everything that leads to it is newer, and was: its depth is final. */
static struct reached *newest(struct closure *c)
{
    struct reached *found = NULL;

    for (size_t i = 0; i < c->count; i++)
        if (!c->node[i].followed && (found == NULL || c->node[i].position > found->position)) found = &c->node[i];
    return found;
}

enum err require_dependencies(const struct submission *q)
{
    struct closure c;
    struct reached *next;

    if (q->s->depends_count == 0) return ERR_OK;
    c.count = 0;
    TRY(reach_all(q, &c, q->s, 1));
    while ((next = newest(&c)) != NULL) {
        if (next->depth > DEPTH_MAX) return too_many(q, "a chain of more than 4");
        next->followed = true;
        TRY(reach_all(q, &c, &next->s, next->depth + 1));
    }
    return ERR_OK;
}
