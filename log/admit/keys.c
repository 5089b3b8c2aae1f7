/* See keys.h. */
#include "log/admit/keys.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

enum err issuer_fold(const struct lookup *l, struct span iss, uint64_t at, struct issuer *ret)
{
    struct walk w = {.l = l, .kind = KIND_ISSUER, .iss = iss};
    struct issuer i = {.registered = false};
    struct statement first, last;

    TRY(walk_open(&w, INDEX_ISSUER, &iss, at));
    TRY(walk_first(&w, &i.first_position, &first, &i.registered));
    if (i.registered) {
        TRY(walk_last(&w, &i.last_position, &last, &i.registered));
        TRY(issuer_read(last.cose.payload, &i.last));
        i.genesis = first.kid;
        i.last_id = last.id;
    }
    *ret = i;
    return ERR_OK;
}

const struct listed_key *issuer_listed(const struct issuer_payload *p, const struct hash *kid)
{
    for (size_t k = 0; k < p->key_count; k++)
        if (hash_equal(&p->key[k].kid, kid)) return &p->key[k];
    return NULL;
}

const struct listed_key *issuer_listed_for(const struct issuer_payload *p, const struct hash *kid, unsigned purposes)
{
    const struct listed_key *key = issuer_listed(p, kid);

    return key != NULL && (key->purposes & purposes) == purposes ? key : NULL;
}

const struct listed_key *issuer_key(const struct issuer *i, const struct hash *kid, unsigned purposes)
{
    return issuer_listed_for(&i->last, kid, purposes);
}

enum err issuer_past_open(const struct lookup *l, struct span iss, uint64_t at, const struct hash *prev,
                          struct issuer_past *ret)
{
    struct issuer_past past = {.walk = {.l = l, .kind = KIND_ISSUER, .iss = iss}, .dropping = prev != NULL};

    if (prev != NULL) past.until = *prev;
    TRY(walk_open(&past.walk, INDEX_ISSUER, &iss, at));
    past.next = past.walk.count;
    *ret = past;
    return ERR_OK;
}

/* Whether the statement is dropped, and what that means for those before it. A recovery that stands drops
 * everything down to the statement it names: between the two no other recovery can stand. */
static bool drop(struct issuer_past *past, const struct issuer_item *item)
{
    if (past->dropping && !hash_equal(&item->id, &past->until)) return true;
    past->dropping = item->p.has_revealed;
    past->until = item->p.prev;
    return false;
}

enum err issuer_past_next(struct issuer_past *past, struct issuer_item *ret, bool *ret_more)
{
    while (past->next > 0) {
        struct statement s;
        bool belongs;

        TRY(walk_at(&past->walk, --past->next, &ret->position, &s, &belongs));
        if (!belongs) continue;
        TRY(issuer_read(s.cose.payload, &ret->p));
        ret->id = s.id;
        ret->dropped = drop(past, ret);
        *ret_more = true;
        return ERR_OK;
    }
    *ret_more = false;
    return ERR_OK;
}

static uint64_t cut_by(const struct issuer_item *item, const struct hash *kid)
{
    for (size_t i = 0; i < item->p.cut_count; i++)
        if (hash_equal(&item->p.cut[i].kid, kid))
            return item->p.cut[i].has_position ? item->p.cut[i].position : item->position;
    return UINT64_MAX;
}

/* `first` is where a dropped statement lists the kid, if that is the first to list it; being read newest first,
 * each statement that lists it corrects the one read before. */
static void life_step(struct key_life *life, uint64_t *first, const struct issuer_item *item, const struct hash *kid)
{
    if (!item->dropped) life->cut = least(life->cut, cut_by(item, kid));
    if (issuer_listed(&item->p, kid) == NULL) return;
    life->listed = true;
    *first = item->dropped ? item->position : UINT64_MAX;
}

/* As many at a time as the room for `first` allows; no statement names more in its keys and cuts. */
#define LIVES_MAX (ISSUER_KEYS_MAX + ISSUER_CUTS_MAX)

enum err issuer_lives(const struct lookup *l, struct span iss, uint64_t at, const struct hash *prev,
                      const struct hash *kids, size_t count, struct key_life *ret)
{
    uint64_t first[LIVES_MAX];
    struct issuer_past past;
    struct issuer_item item;
    bool more;

    ASSERT(count <= LIVES_MAX);
    for (size_t k = 0; k < count; k++) {
        ret[k] = (struct key_life){.cut = UINT64_MAX};
        first[k] = UINT64_MAX;
    }
    if (count == 0) return ERR_OK;
    TRY(issuer_past_open(l, iss, at, prev, &past));
    for (;;) {
        TRY(issuer_past_next(&past, &item, &more));
        if (!more) break;
        for (size_t k = 0; k < count; k++) life_step(&ret[k], &first[k], &item, &kids[k]);
    }
    for (size_t k = 0; k < count; k++) ret[k].cut = least(ret[k].cut, first[k]);
    return ERR_OK;
}

enum err issuer_run(const struct lookup *l, struct span iss, uint64_t at, uint64_t *ret)
{
    struct issuer_past past;
    struct issuer_item item = {.p = {.has_revealed = false}};
    uint64_t run = 0;
    bool more;

    TRY(issuer_past_open(l, iss, at, NULL, &past));
    while (!item.p.has_revealed) {
        TRY(issuer_past_next(&past, &item, &more));
        if (!more) break;
        run++;
    }
    *ret = run;
    return ERR_OK;
}
