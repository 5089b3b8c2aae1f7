/* See fold.h. */
#include "log/admit/fold.h"

#include "log/admit/walk.h"

const struct approval *rules_approval(const struct rules_payload *p, struct span iss)
{
    for (size_t i = 0; i < p->approve_count; i++)
        if (span_equal(p->approve[i].iss, iss)) return &p->approve[i];
    return NULL;
}

bool rules_withdraws(const struct rules_payload *p, struct span iss)
{
    for (size_t i = 0; i < p->withdraw_count; i++)
        if (span_equal(p->withdraw[i], iss)) return true;
    return false;
}

/* The last word: the newest rules statement that names the iss. */
static enum err approval_last(const struct walk *w, struct span iss, struct approval_fold *f)
{
    for (uint64_t n = w->count; n > 0; n--) {
        struct rules_payload p;
        struct statement s;
        bool belongs;

        TRY(walk_at(w, n - 1, &f->position, &s, &belongs));
        if (!belongs) continue;
        TRY(rules_decode(s.cose.payload, &p));
        f->withdrawn = rules_withdraws(&p, iss);
        if (f->withdrawn || rules_approval(&p, iss) != NULL) return ERR_OK;
    }
    f->position = 0;
    return ERR_OK;
}

/* The first approval binds the genesis for ever. */
static enum err approval_first(const struct walk *w, struct span iss, struct approval_fold *f)
{
    for (uint64_t n = 0; n < w->count && !f->approved; n++) {
        const struct approval *approval;
        struct rules_payload p;
        struct statement s;
        uint64_t position;
        bool belongs;

        TRY(walk_at(w, n, &position, &s, &belongs));
        if (!belongs) continue;
        TRY(rules_decode(s.cose.payload, &p));
        approval = rules_approval(&p, iss);
        if (approval == NULL) continue;
        f->approved = true;
        f->genesis = approval->genesis;
    }
    return ERR_OK;
}

enum err approval_fold(const struct lookup *l, struct span iss, uint64_t at, struct approval_fold *ret)
{
    struct walk w = {.l = l, .kind = KIND_RULES};
    struct approval_fold f = {.approved = false};

    TRY(walk_open(&w, INDEX_APPROVAL, &iss, at));
    TRY(approval_first(&w, iss, &f));
    TRY(approval_last(&w, iss, &f));
    *ret = f;
    return ERR_OK;
}

enum err rules_fold(const struct lookup *l, uint64_t at, struct rules_payload *ret, struct hash *ret_id,
                    uint64_t *ret_count)
{
    struct walk w = {.l = l, .kind = KIND_RULES};
    struct statement last = {.kind = KIND_RULES};
    uint64_t position;
    bool found;

    TRY(walk_open(&w, INDEX_RULES, NULL, at));
    TRY(walk_last(&w, &position, &last, &found));
    if (found) {
        TRY(rules_decode(last.cose.payload, ret));
    } else {
        memset(ret, 0, sizeof(*ret));
        ret->mode = RULES_APPROVED;
        ret->version = RULES_VERSION;
    }
    *ret_id = last.id;
    *ret_count = w.count;
    return ERR_OK;
}

bool status_final(enum status status)
{
    return status == STATUS_REVOKED || status == STATUS_SUPERSEDED;
}

/* One status statement of the target's. */
struct move {
    struct hash kid;
    uint64_t position;
    struct status_payload p;
};

/* The n-th; false in *ret_belongs when it is of something else. */
static enum err move_at(const struct walk *w, const struct hash *target, uint64_t n, struct move *ret,
                        bool *ret_belongs)
{
    struct statement s;

    TRY(walk_at(w, n, &ret->position, &s, ret_belongs));
    if (!*ret_belongs) return ERR_OK;
    TRY(status_decode(s.cose.payload, &ret->p));
    ret->kid = s.kid;
    *ret_belongs = hash_equal(&ret->p.target, target);
    return ERR_OK;
}

static void decide(struct status_fold *f, const struct move *m)
{
    f->decided = true;
    f->status = m->p.status;
    f->reason = m->p.reason;
    f->position = m->position;
    if (m->p.has_replacement) f->replacement = m->p.replacement;
}

/* The first final one decides, whatever became of its key; and how many moves come before it. */
static enum err decide_final(const struct walk *w, const struct hash *target, struct status_fold *f)
{
    for (uint64_t n = 0; n < w->count && !f->decided; n++) {
        struct move m;
        bool belongs;

        TRY(move_at(w, target, n, &m, &belongs));
        if (!belongs) continue;
        if (status_final(m.p.status))
            decide(f, &m);
        else
            f->moves++;
    }
    return ERR_OK;
}

/* So many moves share one reading of the issuer's history. */
#define MOVES_AT_ONCE 16

/* Up to so many below the *n-th, the newest first; *n is where they begin. */
static enum err moves_before(const struct walk *w, const struct hash *target, uint64_t *n,
                             struct move ret[MOVES_AT_ONCE], size_t *ret_count)
{
    size_t count = 0;

    while (*n > 0 && count < MOVES_AT_ONCE) {
        bool belongs;

        TRY(move_at(w, target, --*n, &ret[count], &belongs));
        count += belongs;
    }
    *ret_count = count;
    return ERR_OK;
}

/* Of statements that are no end: the newest that stands before its key's cut. */
static enum err decide_last(const struct walk *w, const struct hash *target, uint64_t at, struct status_fold *f)
{
    uint64_t n = w->count;

    while (n > 0 && !f->decided) {
        struct move move[MOVES_AT_ONCE];
        struct hash kid[MOVES_AT_ONCE];
        struct key_life life[MOVES_AT_ONCE];
        size_t count;

        TRY(moves_before(w, target, &n, move, &count));
        for (size_t i = 0; i < count; i++) kid[i] = move[i].kid;
        TRY(issuer_lives(w->l, w->iss, at, NULL, kid, count, life));
        for (size_t i = 0; i < count && !f->decided; i++)
            if (move[i].position < life[i].cut) decide(f, &move[i]);
    }
    return ERR_OK;
}

enum err status_fold(const struct lookup *l, const struct hash *target, struct span iss, uint64_t at,
                     struct status_fold *ret)
{
    struct walk w = {.l = l, .kind = KIND_STATUS, .iss = iss};
    struct status_fold f = {.status = STATUS_VALID};

    TRY(walk_open(&w, INDEX_STATUS, (struct span[]){hash_span(target), iss}, at));
    TRY(decide_final(&w, target, &f));
    if (!f.decided && f.moves > 0) TRY(decide_last(&w, target, at, &f));
    *ret = f;
    return ERR_OK;
}
