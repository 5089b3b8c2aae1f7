/* See naive.h. */
#include "tests/admit/naive.h"

static void must(enum err e)
{
    ASSERT(e == ERR_OK);
}

static bool is(const struct statement *s, enum statement_kind kind, struct span iss)
{
    return s->kind == kind && span_equal(s->iss, iss);
}

static size_t index_of(const struct naive_issuer *i, const struct hash *id)
{
    for (size_t n = 0; n < i->count; n++)
        if (hash_equal(&i->item[n].id, id)) return n;
    ASSERT(false);
    return 0;
}

void naive_issuer(const struct naive *n, struct span iss, uint64_t at, const struct hash *prev,
                  struct naive_issuer *ret)
{
    ret->count = ret->run = ret->last = 0;
    for (uint64_t position = 0; position < at; position++) {
        const struct statement *s = &n->statement[position];

        if (!is(s, KIND_ISSUER, iss)) continue;
        ret->item[ret->count].position = position;
        ret->item[ret->count].id = s->id;
        ret->item[ret->count].kid = s->kid;
        ret->item[ret->count].dropped = false;
        must(issuer_read(s->cose.payload, &ret->item[ret->count].p));
        ret->count++;
    }
    for (size_t r = 0; r < ret->count; r++) {
        if (!ret->item[r].p.has_revealed) continue;
        for (size_t d = index_of(ret, &ret->item[r].p.prev) + 1; d < r; d++) ret->item[d].dropped = true;
    }
    for (size_t r = 0; r < ret->count; r++) ASSERT(!ret->item[r].p.has_revealed || !ret->item[r].dropped);
    if (prev != NULL)
        for (size_t d = index_of(ret, prev) + 1; d < ret->count; d++) ret->item[d].dropped = true;
    for (size_t r = 0; r < ret->count; r++) {
        ret->run = ret->item[r].p.has_revealed ? 1 : ret->run + 1;
        if (!ret->item[r].dropped) ret->last = r;
    }
}

static bool lists(const struct issuer_payload *p, const struct hash *kid)
{
    for (size_t k = 0; k < p->key_count; k++)
        if (hash_equal(&p->key[k].kid, kid)) return true;
    return false;
}

bool naive_listed(const struct naive_issuer *i, const struct hash *kid)
{
    for (size_t n = 0; n < i->count; n++)
        if (lists(&i->item[n].p, kid)) return true;
    return false;
}

uint64_t naive_cut(const struct naive_issuer *i, const struct hash *kid)
{
    uint64_t cut = UINT64_MAX;

    for (size_t n = 0; n < i->count; n++)
        for (size_t c = 0; c < i->item[n].p.cut_count && !i->item[n].dropped; c++) {
            const struct key_cut *k = &i->item[n].p.cut[c];
            uint64_t from = k->has_position ? k->position : i->item[n].position;

            if (hash_equal(&k->kid, kid) && from < cut) cut = from;
        }
    for (size_t n = 0; n < i->count; n++) {
        if (!lists(&i->item[n].p, kid)) continue;
        if (i->item[n].dropped && i->item[n].position < cut) cut = i->item[n].position;
        break;
    }
    return cut;
}

void naive_status(const struct naive *n, const struct hash *target, struct span iss, uint64_t at,
                  struct status_fold *ret)
{
    static struct naive_issuer issuer;
    bool final = false;

    naive_issuer(n, iss, at, NULL, &issuer);
    memset(ret, 0, sizeof(*ret));
    for (uint64_t position = 0; position < at && !final; position++) {
        const struct statement *s = &n->statement[position];
        struct status_payload p;

        if (!is(s, KIND_STATUS, iss)) continue;
        must(status_decode(s->cose.payload, &p));
        if (!hash_equal(&p.target, target)) continue;
        final = p.status == STATUS_REVOKED || p.status == STATUS_SUPERSEDED;
        ret->moves += !final;
        if (!final && position >= naive_cut(&issuer, &s->kid)) continue;
        ret->decided = true;
        ret->status = p.status;
        ret->position = position;
    }
}

uint64_t naive_rules(const struct naive *n, uint64_t at)
{
    while (at > 0 && n->statement[at - 1].kind != KIND_RULES) at--;
    return at - 1; /* none: UINT64_MAX */
}

void naive_approval(const struct naive *n, struct span iss, uint64_t at, struct approval_fold *ret)
{
    static struct rules_payload p;

    memset(ret, 0, sizeof(*ret));
    for (uint64_t position = 0; position < at; position++) {
        if (n->statement[position].kind != KIND_RULES) continue;
        must(rules_decode(n->statement[position].cose.payload, &p));
        for (size_t i = 0; i < p.approve_count; i++) {
            if (!span_equal(p.approve[i].iss, iss)) continue;
            if (!ret->approved) ret->genesis = p.approve[i].genesis;
            ret->approved = true;
            ret->withdrawn = false;
            ret->position = position;
        }
        for (size_t i = 0; i < p.withdraw_count; i++) {
            if (!span_equal(p.withdraw[i], iss)) continue;
            ret->withdrawn = true;
            ret->position = position;
        }
    }
}

uint64_t naive_since_seal(const struct naive *n, struct span iss, uint64_t at)
{
    uint64_t count = 0;

    for (uint64_t position = 0; position < at; position++) {
        const struct statement *s = &n->statement[position];

        if (s->kind == KIND_SEAL) count = 0;
        count += is(s, KIND_ATTESTATION, iss) || is(s, KIND_SCHEMA, iss);
    }
    return count;
}
