/* See memo.h. */
#include "log/admit/memo.h"

#define ISSUER_SETS (MEMO_ISSUERS / MEMO_WAYS)
#define SCHEMA_SETS (MEMO_SCHEMAS / MEMO_WAYS)

static bool issuer_is(const struct memo *m, const struct memo_issuer *i, struct span iss)
{
    return i->age == m->age + 1 && span_equal(span_of(i->iss, i->iss_len), iss);
}

/* The end of a URN is the end of a hash. Whoever makes names that fall on one place makes them slower, no more. */
static size_t issuer_set(struct span iss)
{
    uint64_t place = iss.len;

    for (size_t i = iss.len < 12 ? 0 : iss.len - 12; i < iss.len; i++) place = place * 31 + iss.ptr[i];
    return (size_t)(place ^ place >> 9) % ISSUER_SETS;
}

struct memo_issuer *memo_issuer_at(struct memo *m, struct span iss, bool *ret_known)
{
    struct memo_issuer *set = &m->issuer[issuer_set(iss) * MEMO_WAYS];

    *ret_known = true;
    for (size_t i = 0; i < MEMO_WAYS; i++)
        if (issuer_is(m, &set[i], iss)) return &set[i];
    *ret_known = false;
    return &set[m->turn++ % MEMO_WAYS];
}

struct memo_schema *memo_schema_at(struct memo *m, const struct hash *id, bool *ret_known)
{
    struct memo_schema *set = &m->schema[id->b[0] % SCHEMA_SETS * MEMO_WAYS];

    *ret_known = true;
    for (size_t i = 0; i < MEMO_WAYS; i++)
        if (set[i].age == m->age + 1 && hash_equal(&set[i].id, id)) return &set[i];
    *ret_known = false;
    return &set[m->turn++ % MEMO_WAYS];
}

void memo_forget(struct memo *m)
{
    m->age++;
    m->rules_age++;
}

/* Whatever the statement says, it can only concern these. A set of keys also moves cuts, and with them the status of
 * what the issuer published. */
static void forget_issuer(struct memo *m, struct span iss)
{
    bool known;
    struct memo_issuer *i = memo_issuer_at(m, iss, &known);

    i->age = 0;
    for (size_t n = 0; n < MEMO_SCHEMAS; n++)
        if (span_equal(span_of(m->schema[n].iss, m->schema[n].iss_len), iss)) m->schema[n].age = 0;
}

static void forget_status(struct memo *m, struct span payload)
{
    struct status_payload p;
    enum err e = status_decode(payload, &p);
    bool known;

    ASSERT(e == ERR_OK);
    memo_schema_at(m, &p.target, &known)->age = 0;
}

/* Rules may approve or withdraw anybody. */
void memo_admitted(struct memo *m, const struct statement *s)
{
    if (m == NULL) return;
    if (s->kind == KIND_ISSUER) forget_issuer(m, s->iss);
    if (s->kind == KIND_RULES) m->rules_age++;
    if (s->kind == KIND_STATUS) forget_status(m, s->cose.payload);
}
