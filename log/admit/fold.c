/* See fold.h. */
#include "log/admit/fold.h"

/* The statements of one kind that an index key below a position leads to, in order. Two keys may in
 * principle collide, which merges their lists: what does not belong is passed over. */
struct walk {
    const struct lookup *l;
    struct hash key;
    enum statement_kind kind;
    struct span iss; /* empty: whoever's */
    uint64_t count;
};

/* How many positions under `key` lie below `at`. Positions rise; mostly all of them do. */
static enum err items_below(const struct lookup *l, const struct hash *key, uint64_t at, uint64_t *ret)
{
    uint64_t low = 0, high, position;

    TRY(l->count(l->ctx, key, &high));
    if (high > 0) {
        TRY(l->item(l->ctx, key, high - 1, &position));
        if (position < at) low = high;
    }
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        TRY(l->item(l->ctx, key, middle, &position));
        if (position < at)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low;
    return ERR_OK;
}

static enum err walk_open(struct walk *w, uint8_t kind, const struct span *components, uint64_t at)
{
    w->key = index_key(kind, components);
    return items_below(w->l, &w->key, at, &w->count);
}

/* The n-th; *ret_belongs says whether it is one to look at. */
static enum err walk_at(const struct walk *w, uint64_t n, uint64_t *ret_position, struct statement *ret,
                        bool *ret_belongs)
{
    TRY(w->l->item(w->l->ctx, &w->key, n, ret_position));
    TRY(w->l->statement(w->l->ctx, *ret_position, ret));
    *ret_belongs = ret->kind == w->kind && (w->iss.len == 0 || span_equal(ret->iss, w->iss));
    return ERR_OK;
}

static enum err walk_first(const struct walk *w, uint64_t *ret_position, struct statement *ret, bool *ret_found)
{
    *ret_found = false;
    for (uint64_t n = 0; n < w->count && !*ret_found; n++) TRY(walk_at(w, n, ret_position, ret, ret_found));
    return ERR_OK;
}

static enum err walk_last(const struct walk *w, uint64_t *ret_position, struct statement *ret, bool *ret_found)
{
    *ret_found = false;
    for (uint64_t n = w->count; n > 0 && !*ret_found; n--) TRY(walk_at(w, n - 1, ret_position, ret, ret_found));
    return ERR_OK;
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
        TRY(issuer_decode(last.cose.payload, &i.last));
        i.count = w.count;
        i.genesis = first.kid;
        i.last_id = last.id;
    }
    *ret = i;
    return ERR_OK;
}

const struct listed_key *issuer_key(const struct issuer *i, const struct hash *kid, unsigned purposes)
{
    for (size_t k = 0; k < i->last.key_count; k++) {
        const struct listed_key *key = &i->last.key[k];

        if (hash_equal(&key->kid, kid)) return (key->purposes & purposes) == purposes ? key : NULL;
    }
    return NULL;
}

static bool lists_kid(const struct issuer_payload *p, const struct hash *kid)
{
    for (size_t k = 0; k < p->key_count; k++)
        if (hash_equal(&p->key[k].kid, kid)) return true;
    return false;
}

enum err issuer_first_listed(const struct lookup *l, struct span iss, uint64_t at, const struct hash *kids,
                             size_t count, size_t *ret)
{
    struct walk w = {.l = l, .kind = KIND_ISSUER, .iss = iss};
    size_t first = count;

    TRY(walk_open(&w, INDEX_ISSUER, &iss, at));
    for (uint64_t n = 0; n < w.count && first > 0; n++) {
        struct issuer_payload p;
        struct statement s;
        uint64_t position;
        bool belongs;

        TRY(walk_at(&w, n, &position, &s, &belongs));
        if (!belongs) continue;
        TRY(issuer_decode(s.cose.payload, &p));
        for (size_t k = 0; k < first; k++)
            if (lists_kid(&p, &kids[k])) first = k;
    }
    *ret = first;
    return ERR_OK;
}

enum err issuer_ever_listed(const struct lookup *l, struct span iss, uint64_t at, const struct hash *kid, bool *ret)
{
    size_t first;

    TRY(issuer_first_listed(l, iss, at, kid, 1, &first));
    *ret = first == 0;
    return ERR_OK;
}

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

static void status_step(struct status_fold *f, const struct status_payload *p, uint64_t position)
{
    f->decided = true;
    f->status = p->status;
    f->reason = p->reason;
    f->position = position;
    if (p->has_replacement) f->replacement = p->replacement;
    if (!status_final(p->status)) f->moves++;
}

enum err status_fold(const struct lookup *l, const struct hash *target, struct span iss, uint64_t at,
                     struct status_fold *ret)
{
    struct walk w = {.l = l, .kind = KIND_STATUS, .iss = iss};
    struct status_fold f = {.status = STATUS_VALID};

    TRY(walk_open(&w, INDEX_STATUS, (struct span[]){hash_span(target), iss}, at));
    for (uint64_t n = 0; n < w.count && !status_final(f.status); n++) {
        struct status_payload p;
        struct statement s;
        uint64_t position;
        bool belongs;

        TRY(walk_at(&w, n, &position, &s, &belongs));
        if (!belongs) continue;
        TRY(status_decode(s.cose.payload, &p));
        if (hash_equal(&p.target, target)) status_step(&f, &p, position);
    }
    *ret = f;
    return ERR_OK;
}
