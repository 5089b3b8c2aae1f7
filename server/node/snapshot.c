/* See snapshot.h. */
#include "server/node/snapshot.h"

#include "server/node/stored.h"

/* The served checkpoint, or, in the moment before the loop hears of a commit, the newest. */
static const struct published *published_of(const struct node *n, uint64_t size)
{
    if (n->served.size == size) return &n->served;
    return n->newest.size == size ? &n->newest : NULL;
}

enum err snapshot_open(struct node *n, struct snapshot *ret)
{
    struct derived_head head;

    TRY(snapshot_of_log(ret, log_view_open(n->store, &ret->log)));
    TRY(derived_view_open(n->store, &ret->derived));
    TRY(derived_head(ret->derived, &head));
    ret->under = published_of(n, head.covers);
    return ret->under == NULL || ret->under->size == 0 ? ERR_UNPUBLISHED : ERR_OK;
}

void snapshot_close(struct snapshot *s)
{
    log_view_cleanup(&s->log);
    derived_view_cleanup(&s->derived);
}

enum err snapshot_of_log(struct snapshot *s, enum err e)
{
    if (e == ERR_DAMAGED) s->log_wrong = true;
    return e;
}

enum err snapshot_bytes(struct snapshot *s, uint64_t position, struct span *ret)
{
    enum err e = stored_statement(s->log, position, ret);

    /* A position past the end can only come from the index. */
    return e == ERR_NOT_FOUND ? ERR_DAMAGED : snapshot_of_log(s, e);
}

enum err snapshot_statement(struct snapshot *s, uint64_t position, struct statement *ret)
{
    struct span bytes;

    TRY(snapshot_bytes(s, position, &bytes));
    return statement_decode(bytes, ret) == ERR_OK ? ERR_OK : snapshot_of_log(s, ERR_DAMAGED);
}

enum err snapshot_rules(struct snapshot *s, struct rules_payload *ret, struct hash *ret_id)
{
    struct hash key = index_key(INDEX_RULES, NULL);
    uint64_t count, position = 1;
    struct statement rules;

    TRY(derived_count(s->derived, &key, &count));
    if (count > 0) TRY(derived_item(s->derived, &key, count - 1, &position));
    TRY(snapshot_statement(s, position, &rules));
    if (rules.kind != KIND_RULES || rules_decode(rules.cose.payload, ret) != ERR_OK) return ERR_DAMAGED;
    *ret_id = rules.id;
    return ERR_OK;
}

enum err snapshot_settle(struct node *n, const struct snapshot *s, enum err e)
{
    if (e == ERR_DAMAGED && !s->log_wrong) node_derived_damaged(n);
    return e;
}
