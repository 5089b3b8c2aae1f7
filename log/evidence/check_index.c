/* See check.h. The index: that the answers a verdict needs are there, that each is the list under the seal's root, and
 * that the statements shown are where the log should have put them. The log tree has been checked; whether anything is
 * signed has not. */
#include "log/evidence/check_parts.h"

/* ---- what must be there ---- */

static enum err answer_need(struct check *c, const struct evidence_answer *a, const char *what)
{
    return a == NULL ? check_missing(c, what, NOWHERE) : ERR_OK;
}

static enum err issuer_need(struct check *c, struct span iss)
{
    struct hash approval = index_key(INDEX_APPROVAL, &iss);

    TRY(answer_need(c, check_issuer_answer(c, iss), "the answer for the keys of an issuer"));
    return answer_need(c, check_answer(c, &approval), "the answer for the approval of an issuer");
}

static enum err schema_need(struct check *c, const struct statement *s, size_t at)
{
    struct statement schema;
    size_t found;

    if (!s->has_schema) return ERR_OK;
    if (!check_find_id(c, &s->schema, &found)) return check_missing(c, "the schema", NOWHERE);
    TRY(check_statement(c, found, &schema));
    if (schema.kind != KIND_SCHEMA || found > at)
        return check_broken(c, "the schema is none, or younger than its attestation", check_position(c, found));
    c->used[found] = true;
    return issuer_need(c, schema.iss);
}

/* Of the carrier, and of each that it depends on. */
static enum err attestation_need(struct check *c, size_t at)
{
    struct statement s;

    TRY(check_statement(c, at, &s));
    c->used[at] = true;
    TRY(answer_need(c, check_status_answer(c, &s), "the answer for the status of a statement"));
    TRY(issuer_need(c, s.iss));
    return schema_need(c, &s, at);
}

static void depends_keep(struct check *c, const struct closure *closure)
{
    for (size_t i = 0; i < closure->count; i++) {
        size_t through = closure->item[i].through, to = c->depends_count++, at = 0, by = c->carrier_at;
        bool found = check_find(c, closure->item[i].position, &at);

        if (through != CLOSURE_BEGIN) found = found && check_find(c, closure->item[through].position, &by);
        ASSERT(found); /* the walk found both there */
        for (; to > 0 && c->depends[to - 1].at > at; to--) c->depends[to] = c->depends[to - 1];
        c->depends[to].at = (uint16_t)at;
        c->depends[to].through = (uint16_t)by;
    }
}

/* By the same walk as when it was admitted. */
static enum err depends_need(struct check *c)
{
    struct closure closure;
    enum err e = closure_walk(&c->lookup, &c->carrier, check_position(c, c->carrier_at), &closure);

    if (e == ERR_INCOMPLETE) TRY(check_missing(c, "a statement that it depends on", NOWHERE));
    if (e != ERR_OK && e != ERR_INCOMPLETE)
        return check_broken(c, "it depends on what the log's rules do not allow", NOWHERE);
    depends_keep(c, &closure);
    for (size_t i = 0; i < c->depends_count; i++) TRY(attestation_need(c, c->depends[i].at));
    return ERR_OK;
}

/* Whatever the reader's trust file says. The verifier makes every key itself. */
static enum err needs_check(struct check *c)
{
    TRY(attestation_need(c, c->carrier_at));
    TRY(answer_need(c, check_issuer_answer(c, c->checkpoint.origin), "the answer for the keys of the log"));
    return depends_need(c);
}

/* ---- the lists under the root ---- */

/* The value of an answer's list by the statements that the file shows; marks them as used. */
static enum err list_fold(struct check *c, const struct evidence_answer *a, struct list_value *ret)
{
    struct frontier f = {.size = 0};

    for (size_t n = 0; n < a->count; n++) {
        struct list_item item = {.position = evidence_position(a, n)};
        size_t at;

        /* Decoding has found each position in field 2; the seal is the only one at or past `covers`. */
        if (item.position >= c->seal.covers || !check_find(c, item.position, &at)) return ERR_BAD_PROOF;
        item.id = c->id[at];
        c->used[at] = true;
        list_append(&f, &item);
    }
    *ret = list_value(&f);
    return ERR_OK;
}

static enum err list_check(struct check *c, const struct evidence_answer *a, bool present,
                           const struct list_value *proven)
{
    struct list_value value;

    if (a->count == 0) return present ? ERR_BAD_PROOF : ERR_OK;
    TRY(list_fold(c, a, &value));
    return present && memcmp(value.b, proven->b, sizeof(value.b)) == 0 ? ERR_OK : ERR_BAD_PROOF;
}

static enum err lists_check(struct check *c)
{
    const struct evidence_map *m = &c->evidence.map;
    enum err e;

    if (m->answer_count == 0) return check_missing(c, "answers of the index", NOWHERE);
    for (size_t i = 0; i < m->answer_count; i++) c->scratch.index.key[i] = m->answer[i].key;
    e = opened_verify(m->trie, &c->seal.root, c->scratch.index.key, m->answer_count, c->scratch.index.present,
                      c->scratch.index.value);
    if (e == ERR_INCOMPLETE) return check_missing(c, "a part of the index that an answer needs is closed", NOWHERE);
    if (e != ERR_OK) return check_broken(c, "the index does not lead to the root of the seal", NOWHERE);
    for (size_t i = 0; i < m->answer_count; i++)
        if (list_check(c, &m->answer[i], c->scratch.index.present[i], &c->scratch.index.value[i]) != ERR_OK)
            return check_broken(c, "an answer is not what the index says", NOWHERE);
    c->indexed = true;
    return ERR_OK;
}

/* ---- the lists and the statements ---- */

/* How many positions all answers name together. */
static size_t named_count(const struct check *c)
{
    size_t count = 0;

    for (size_t i = 0; i < c->evidence.map.answer_count; i++) count += c->evidence.map.answer[i].count;
    return count;
}

/* How many answers name the position. */
static size_t naming_count(const struct check *c, uint64_t position)
{
    size_t count = 0;

    for (size_t i = 0; i < c->evidence.map.answer_count; i++)
        count += evidence_names(&c->evidence.map.answer[i], position);
    return count;
}

/* An index that passes over a statement which this very file shows was not derived from the log; nor was one
 * that has a statement where it does not belong, even if two keys should be equal: the statement gives both. */
static enum err derived_check(struct check *c)
{
    size_t belong = 0;

    for (size_t i = 0; i < c->evidence.map.statement_count; i++) {
        struct index_keys keys;
        uint64_t position = check_position(c, i);
        struct statement s;
        enum err e;

        if (position >= c->seal.covers) continue;
        TRY(check_statement(c, i, &s));
        keys.count = 0;
        e = index_derive(&s, RULES_VERSION, &keys);
        TRY(check_settle(c, e, "the payload of a statement", position));
        if (e != ERR_OK) belong += naming_count(c, position); /* missing, and not held against the index */
        for (size_t k = 0; k < keys.count; k++) {
            const struct evidence_answer *a = check_answer(c, &keys.key[k]);

            if (a == NULL) continue;
            if (!evidence_names(a, position))
                return check_broken(c, "the index leaves out a statement that the file shows", position);
            belong++;
        }
    }
    if (belong != named_count(c)) return check_broken(c, "the index has a statement where it does not belong", NOWHERE);
    return ERR_OK;
}

/* Nothing stands in a file but what it needs: what proves, and seals, which give the rest their dates. */
static enum err used_check(struct check *c)
{
    for (size_t i = 0; i < c->evidence.map.statement_count; i++) {
        if (c->used[i] || c->kind[i] == KIND_SEAL || check_position(c, i) < FIRST_SEAL) continue;
        return check_broken(c, "a statement that nothing in the file asks for", check_position(c, i));
    }
    return ERR_OK;
}

/* ---- the whole ---- */

enum err check_index(struct check *c)
{
    TRY(needs_check(c));
    TRY(lists_check(c));
    if (!c->indexed) return ERR_OK;
    TRY(derived_check(c));
    return used_check(c);
}
