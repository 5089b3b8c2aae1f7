/* See submission.h. Words for refusals, and the requirements that several kinds share. */
#include "log/admit/submission.h"

#include "log/base/codec.h"
#include "log/base/text.h"

#define VALUE_COLUMNS 48
#define AHEAD_MAX_S 300

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

enum err require_listed(const struct submission *q, const struct issuer *i, struct public_key *ret_key)
{
    const struct listed_key *key;

    if (!i->registered) return refuse_span(q, ERR_UNREGISTERED, "no first statement of ", q->s->iss, "");
    key = issuer_key(i, &q->s->kid, kind_row(q->s->kind)->purpose);
    if (key == NULL) {
        bool listed = issuer_key(i, &q->s->kid, 0) != NULL;

        return refuse_kid(q, ERR_NOT_LISTED, "", &q->s->kid,
                          listed ? ", listed without the purpose this needs" : ", which is not in the set");
    }
    *ret_key = key->key;
    return ERR_OK;
}

enum err require_signer(const struct submission *q, struct issuer *ret, struct public_key *ret_key)
{
    TRY(issuer_fold(q->l, q->s->iss, q->at->position, ret));
    return require_listed(q, ret, ret_key);
}

enum err rules_now(const struct submission *q, struct rules_payload *ret)
{
    struct hash id;
    uint64_t count;

    return rules_fold(q->l, q->at->position, ret, &id, &count);
}

/* By the time the open group began, which its seal will say, so that a replay decides alike. */
bool closing_has_come(const struct submission *q, const struct rules_payload *rules)
{
    return rules->has_closing && rules->closing_not_before <= q->at->from_ms / 1000;
}

enum err require_standing(const struct submission *q, const struct rules_payload *rules, struct approval_fold *ret)
{
    TRY(approval_fold(q->l, q->s->iss, q->at->position, ret));
    if (ret->withdrawn) return refuse_number(q, ERR_WITHDRAWN, "an issuer withdrawn at @", ret->position, "");
    if (rules->mode == RULES_APPROVED && !ret->approved)
        return refuse_span(q, ERR_NOT_APPROVED, "no approval of ", q->s->iss, "");
    if (closing_has_come(q, rules))
        return refuse_dates(q, ERR_LOG_CLOSED, "a closing at ", rules->closing_not_before, ", now ",
                            q->at->from_ms / 1000);
    return ERR_OK;
}

enum err require_room(const struct submission *q, const struct rules_payload *rules)
{
    uint64_t count;

    if (rules->limit_statements == 0) return ERR_OK;
    TRY(q->l->since_seal(q->l->ctx, q->s->iss, q->at->position, &count));
    if (count < rules->limit_statements) return ERR_OK;
    return refuse_number(q, ERR_ISSUER_FULL, "", count, " since the last checkpoint");
}

enum err require_issuer(const struct submission *q, struct rules_payload *ret_rules, struct public_key *ret_key)
{
    struct approval_fold approval;
    struct issuer issuer;

    TRY(require_signer(q, &issuer, ret_key));
    TRY(rules_now(q, ret_rules));
    TRY(require_standing(q, ret_rules, &approval));
    return require_room(q, ret_rules);
}

/* Expiry goes by the time the open group began, as closing does. */
enum err require_dates(const struct submission *q)
{
    const struct statement *s = q->s;
    uint64_t from = q->at->from_ms / 1000, now = q->at->now_ms / 1000;

    if (s->has_exp && s->exp <= from) return refuse_dates(q, ERR_EXPIRED_NOW, "expiry ", s->exp, ", now ", from);
    if (s->has_iat && s->iat > now && s->iat - now > AHEAD_MAX_S)
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

enum err earlier_schema(const struct submission *q, const struct hash *id, struct statement *ret_statement,
                        struct schema_payload *ret)
{
    uint64_t position;

    TRY(earlier_statement(q, id, ERR_UNKNOWN_SCHEMA, &position, ret_statement));
    if (ret_statement->kind != KIND_SCHEMA)
        return refuse_number(q, ERR_UNKNOWN_SCHEMA, "another kind of statement, at @", position, "");
    return schema_decode(ret_statement->cose.payload, ret);
}
