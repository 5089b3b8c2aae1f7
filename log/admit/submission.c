/* See submission.h. Words for refusals, and the requirements that several kinds share. */
#include "log/admit/submission.h"

#include "log/base/codec.h"
#include "log/base/text.h"

#define VALUE_COLUMNS 48

/* The text under way; one byte stays for its end. */
static struct out found_open(const struct submission *q)
{
    return out_over(q->why->found, sizeof(q->why->found) - 1);
}

static enum err found_close(const struct submission *q, const struct out *o, enum err e)
{
    q->why->found[o->len] = '\0';
    return e;
}

enum err refuse(const struct submission *q, enum err e, const char *found)
{
    struct out o = found_open(q);

    out_text(&o, found);
    return found_close(q, &o, e);
}

enum err refuse_span(const struct submission *q, enum err e, const char *before, struct span value, const char *after)
{
    struct out o = found_open(q);

    out_text(&o, before);
    text_escape(value, VALUE_COLUMNS, &o);
    out_text(&o, after);
    return found_close(q, &o, e);
}

enum err refuse_number(const struct submission *q, enum err e, const char *before, uint64_t n, const char *after)
{
    struct out o = found_open(q);

    out_text(&o, before);
    out_decimal(&o, n);
    out_text(&o, after);
    return found_close(q, &o, e);
}

enum err refuse_dates(const struct submission *q, enum err e, const char *first, uint64_t first_s, const char *second,
                      uint64_t second_s)
{
    struct out o = found_open(q);

    out_text(&o, first);
    text_time(first_s, &o);
    out_text(&o, second);
    text_time(second_s, &o);
    return found_close(q, &o, e);
}

enum err refuse_id(const struct submission *q, enum err e, const char *before, const struct hash *id)
{
    struct out o = found_open(q);

    out_text(&o, before);
    hex_encode(hash_span(id), &o);
    return found_close(q, &o, e);
}

enum err refuse_kid(const struct submission *q, enum err e, const char *before, const struct hash *kid,
                    const char *after)
{
    struct out o = found_open(q);

    out_text(&o, before);
    ckt_short(kid, &o);
    out_text(&o, after);
    return found_close(q, &o, e);
}

/* ---- the issuer, from the memo or read ---- */

enum err require_signature(const struct submission *q, const struct public_key *key)
{
    const struct public_key *verified = q->at->verified;

    if (verified != NULL && memcmp(verified, key, sizeof(*key)) == 0) return ERR_OK;
    if (statement_verify(q->s, key) == ERR_OK) return ERR_OK;
    return refuse_kid(q, ERR_BAD_SIGNATURE, "one that does not hold under ", &q->s->kid, "");
}

enum err require_listed(const struct submission *q, const struct listed_key *keys, size_t count)
{
    unsigned purpose = kind_row(q->s->kind)->purpose;

    for (size_t i = 0; i < count; i++) {
        if (!hash_equal(&keys[i].kid, &q->s->kid)) continue;
        if ((keys[i].purposes & purpose) != purpose)
            return refuse_kid(q, ERR_NOT_LISTED, "", &q->s->kid, ", listed without the purpose this needs");
        return require_signature(q, &keys[i].key);
    }
    return refuse_kid(q, ERR_NOT_LISTED, "", &q->s->kid, ", which is not in the set");
}

static void keep_iss(struct span iss, uint8_t bytes[ISS_MAX], size_t *len)
{
    ASSERT(iss.len <= ISS_MAX);
    memcpy(bytes, iss.ptr, iss.len);
    *len = iss.len;
}

static enum err read_issuer(const struct submission *q, struct memo_issuer *ret)
{
    struct issuer i;

    ret->age = ret->rules_age = 0;
    TRY(issuer_fold(q->l, q->s->iss, q->at->position, &i));
    if (!i.registered) return refuse_span(q, ERR_UNREGISTERED, "no first statement of ", q->s->iss, "");
    memcpy(ret->key, i.last.key, i.last.key_count * sizeof(ret->key[0]));
    ret->key_count = i.last.key_count;
    keep_iss(q->s->iss, ret->iss, &ret->iss_len);
    return ERR_OK;
}

/* The registered issuer of the statement: in *room when there is no memo. */
static enum err issuer_now(const struct submission *q, struct memo_issuer *room, struct memo_issuer **ret)
{
    struct memo *m = q->at->memo;
    bool known = false;

    *ret = m != NULL ? memo_issuer_at(m, q->s->iss, &known) : room;
    if (known) return ERR_OK;
    TRY(read_issuer(q, *ret));
    if (m != NULL) (*ret)->age = m->age + 1;
    return ERR_OK;
}

/* The same for its approval. */
static enum err approval_now(const struct submission *q, struct memo_issuer *i)
{
    struct memo *m = q->at->memo;

    if (m != NULL && i->rules_age == m->rules_age + 1) return ERR_OK;
    TRY(approval_fold(q->l, q->s->iss, q->at->position, &i->approval));
    if (m != NULL) i->rules_age = m->rules_age + 1;
    return ERR_OK;
}

enum err require_signer(const struct submission *q)
{
    struct memo_issuer room, *i;

    TRY(issuer_now(q, &room, &i));
    return require_listed(q, i->key, i->key_count);
}

/* ---- the rules, and what they ask of an issuer ---- */

static enum err read_rules(const struct submission *q, struct memo_rules *ret)
{
    struct rules_payload p;
    struct hash id;
    uint64_t count;

    TRY(rules_fold(q->l, q->at->position, &p, &id, &count));
    *ret = (struct memo_rules){.mode = (enum rules_mode)p.mode,
                               .has_closing = p.has_closing,
                               .limit_bytes = p.limit_bytes,
                               .limit_statements = p.limit_statements,
                               .closing_not_before = p.closing_not_before};
    return ERR_OK;
}

enum err rules_now(const struct submission *q, struct memo_rules *ret)
{
    struct memo *m = q->at->memo;

    if (m == NULL) return read_rules(q, ret);
    if (m->rules.age != m->rules_age + 1) {
        TRY(read_rules(q, &m->rules));
        m->rules.age = m->rules_age + 1;
    }
    *ret = m->rules;
    return ERR_OK;
}

/* By the time the open group began, which its seal will say, so that a replay decides alike. */
bool closing_has_come(const struct submission *q, const struct memo_rules *rules)
{
    return rules->has_closing && rules->closing_not_before <= q->at->from_ms / 1000;
}

enum err require_standing(const struct submission *q, const struct memo_rules *rules,
                          const struct approval_fold *approval)
{
    if (approval->withdrawn) return refuse_number(q, ERR_WITHDRAWN, "an issuer withdrawn at @", approval->position, "");
    if (rules->mode == RULES_APPROVED && !approval->approved)
        return refuse_span(q, ERR_NOT_APPROVED, "no approval of ", q->s->iss, "");
    if (closing_has_come(q, rules))
        return refuse_dates(q, ERR_LOG_CLOSED, "a closing at ", rules->closing_not_before, ", now ",
                            q->at->from_ms / 1000);
    return ERR_OK;
}

static enum err require_room(const struct submission *q, const struct memo_rules *rules)
{
    uint64_t count;

    if (rules->limit_statements == 0) return ERR_OK;
    TRY(q->l->since_seal(q->l->ctx, q->s->iss, q->at->position, &count));
    if (count < rules->limit_statements) return ERR_OK;
    return refuse_number(q, ERR_ISSUER_FULL, "", count, " since the last checkpoint");
}

enum err require_issuer(const struct submission *q, const struct memo_rules *rules)
{
    struct memo_issuer room, *i;

    TRY(issuer_now(q, &room, &i));
    TRY(require_listed(q, i->key, i->key_count));
    TRY(approval_now(q, i));
    TRY(require_standing(q, rules, &i->approval));
    return require_room(q, rules);
}

/* ---- dates, and what stands before ---- */

/* Expiry goes by the time the open group began, as closing does. */
enum err require_dates(const struct submission *q)
{
    const struct statement *s = q->s;
    uint64_t from = q->at->from_ms / 1000, now = q->at->now_ms / 1000;

    if (s->has_exp && s->exp <= from) return refuse_dates(q, ERR_EXPIRED_NOW, "expiry ", s->exp, ", now ", from);
    if (s->has_iat && s->iat > now && s->iat - now > ISSUED_AHEAD_MAX_S)
        return refuse_dates(q, ERR_ISSUED_AHEAD, "issue date ", s->iat, ", now ", now);
    if (s->has_exp && s->has_nbf && s->exp <= s->nbf)
        return refuse_dates(q, ERR_BAD_DATES, "expiry ", s->exp, ", not before ", s->nbf);
    return ERR_OK;
}

enum err earlier_statement(const struct submission *q, const struct hash *id, enum err missing, uint64_t *ret_position,
                           struct statement *ret)
{
    uint64_t position;
    enum err e = q->l->find(q->l->ctx, id, &position);

    if (e == ERR_NOT_FOUND || (e == ERR_OK && position >= q->at->position))
        return refuse_id(q, missing, "no earlier statement ", id);
    TRY(e);
    TRY(q->l->statement(q->l->ctx, position, ret));
    *ret_position = position;
    return ERR_OK;
}

static enum err read_schema(const struct submission *q, const struct hash *id, struct memo_schema *ret)
{
    struct statement published;
    struct status_fold status;
    uint64_t position;

    ret->age = 0;
    TRY(earlier_statement(q, id, ERR_UNKNOWN_SCHEMA, &position, &published));
    if (published.kind != KIND_SCHEMA)
        return refuse_number(q, ERR_UNKNOWN_SCHEMA, "another kind of statement, at @", position, "");
    TRY(status_fold(q->l, id, published.iss, q->at->position, &status));
    ASSERT(published.cose.payload.len <= sizeof(ret->payload));
    memcpy(ret->payload, published.cose.payload.ptr, published.cose.payload.len);
    ret->payload_len = published.cose.payload.len;
    TRY(schema_decode(span_of(ret->payload, ret->payload_len), &ret->p));
    ret->id = *id;
    ret->status = status.status;
    keep_iss(published.iss, ret->iss, &ret->iss_len);
    return ERR_OK;
}

enum err earlier_schema(const struct submission *q, const struct hash *id, struct memo_schema *room,
                        const struct memo_schema **ret)
{
    struct memo *m = q->at->memo;
    bool known = false;
    struct memo_schema *at = m != NULL ? memo_schema_at(m, id, &known) : room;

    *ret = at;
    if (known) return ERR_OK;
    TRY(read_schema(q, id, at));
    if (m != NULL) at->age = m->age + 1;
    return ERR_OK;
}
