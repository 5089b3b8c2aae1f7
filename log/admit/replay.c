/* See replay.h. */
#include "log/admit/replay.h"

#include "log/admit/submission.h"
#include "log/statement/status.h"

/* One group under way. */
struct group {
    struct replay *r;
    const struct replay_source *from;
    struct refusal *why;
    uint64_t end; /* position of its seal */
    struct seal_payload seal;
    struct admit_at at;
};

struct replay replay_begin(struct span origin)
{
    return (struct replay){.origin = origin};
}

static enum err found(const struct group *g, enum err e, const char *what)
{
    return refuse(&(struct submission){.why = g->why}, e, what);
}

static enum err found_number(const struct group *g, enum err e, const char *before, uint64_t n)
{
    return refuse_number(&(struct submission){.why = g->why}, e, before, n, "");
}

/* The statement at a position, whose id must be the entry. */
static enum err read_at(const struct group *g, uint64_t position, struct statement *ret)
{
    struct span entry, bytes;
    enum err e;

    TRY(g->from->read(g->from->ctx, position, &entry, &bytes));
    e = statement_decode(bytes, ret);
    if (e != ERR_OK) return found(g, e, "something that is no statement");
    if (span_equal(entry, hash_span(&ret->id))) return ERR_OK;
    return found(g, ERR_BAD_ENTRY,
                 entry.len == sizeof(ret->id.b) ? "the id of something else" : "an entry of another length");
}

static enum err find_seal(struct group *g, uint64_t size)
{
    struct replay *r = g->r;
    uint64_t begin = r->position;
    struct statement s = {.kind = KIND_COUNT};

    for (; r->position < size; r->position++) {
        TRY(read_at(g, r->position, &s));
        if (s.kind == KIND_SEAL) break;
    }
    g->end = r->position;
    r->position = begin;
    if (s.kind != KIND_SEAL) return found(g, ERR_BAD_SEAL, "no seal at the end");
    return seal_decode(s.cose.payload, &g->seal) == ERR_OK ? ERR_OK : found(g, ERR_BAD_SEAL, "another payload");
}

/* What a seal says of itself and of the one before it. Decoding has seen to it that from is not after to. */
static enum err seal_chain(const struct group *g)
{
    const struct seal_payload *p = &g->seal;
    const struct replay *r = g->r;

    if (p->covers != g->end) return found_number(g, ERR_BAD_SEAL, "covers ", p->covers);
    if (p->has_previous != r->has_seal) return found(g, ERR_BAD_SEAL, r->has_seal ? "no seal before" : "a seal before");
    if (r->has_seal && p->previous != r->seal)
        return found_number(g, ERR_BAD_SEAL, "the seal before at @", p->previous);
    if (p->from_ms < r->seal_to_ms) return found_number(g, ERR_BAD_SEAL, "from before the last end, ms ", p->from_ms);
    return ERR_OK;
}

static enum err seal_index(const struct group *g)
{
    struct hash root;
    uint64_t keys;

    TRY(g->from->index(g->from->ctx, &root, &keys));
    if (!hash_equal(&root, &g->seal.root)) return found(g, ERR_BAD_SEAL, "another index root");
    return keys == g->seal.keys ? ERR_OK : found_number(g, ERR_BAD_SEAL, "index keys ", g->seal.keys);
}

static enum err once(const struct group *g, const struct statement *s, uint64_t position)
{
    uint64_t first;
    enum err e = g->from->lookup.find(g->from->lookup.ctx, &s->id, &first);

    if (e == ERR_NOT_FOUND || (e == ERR_OK && first >= position)) return ERR_OK;
    TRY(e);
    return found_number(g, ERR_TWICE, "the same at @", first);
}

/* The log writes positions 0 to 2 and seals; everything else asked to be admitted. */
static enum err accept(struct group *g, const struct statement *s)
{
    const struct lookup *l = &g->from->lookup;
    bool own = g->at.position < FIRST_SUBMITTED || s->kind == KIND_SEAL;

    TRY(once(g, s, g->at.position));
    TRY(own ? admit_own(l, &g->at, s, g->why) : admit(l, &g->at, s, g->why));
    return g->from->take(g->from->ctx, g->at.position, s);
}

static enum err replay_group(struct group *g, uint64_t size)
{
    struct replay *r = g->r;
    struct statement s;

    TRY(find_seal(g, size));
    g->at = (struct admit_at){.origin = r->origin, .from_ms = g->seal.from_ms, .now_ms = g->seal.to_ms};
    for (; r->position <= g->end; r->position++) {
        g->at.position = r->position;
        if (r->position == g->end) {
            TRY(seal_chain(g));
            TRY(seal_index(g));
        }
        TRY(read_at(g, r->position, &s));
        TRY(accept(g, &s));
    }
    r->has_seal = true;
    r->seal = g->end;
    r->seal_to_ms = g->seal.to_ms;
    return ERR_OK;
}

enum err replay_to(struct replay *r, const struct replay_source *from, uint64_t size, struct refusal *why)
{
    why->found[0] = '\0';
    while (r->position < size) {
        struct group g = {.r = r, .from = from, .why = why};

        TRY(replay_group(&g, size));
    }
    return ERR_OK;
}
