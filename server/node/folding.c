/* See writing.h. Statements become rows of the index, in a transaction that ends when their seal is published. */
#include "server/node/writing.h"

#include "log/statement/rules.h"

enum err accepted_read(struct span bytes, struct statement *ret, struct index_keys *ret_keys)
{
    if (statement_decode(bytes, ret) != ERR_OK) return ERR_DAMAGED;
    return index_derive(ret, RULES_VERSION, ret_keys) == ERR_OK ? ERR_OK : ERR_DAMAGED;
}

/* What the overlay holds need not be read again; and what was read is what was accepted, whatever a disk says now.
 * The rest is held against the seal once it is folded. */
static enum err fold_one(const struct writing *w, const struct log_view *view, uint64_t position)
{
    struct span bytes;
    struct statement s;
    struct index_keys keys;
    struct hash id;

    if (w->overlay == NULL || !overlay_statement(w->overlay, position, &bytes, &id))
        TRY(log_statement(view, position, &bytes));
    TRY(accepted_read(bytes, &s, &keys));
    return derived_fold(w->folding, position, &s.id, keys.key, keys.count);
}

static enum err fold_range(const struct writing *w, const struct log_view *view, uint64_t from, uint64_t end)
{
    for (uint64_t p = from; p < end; p++) TRY(fold_one(w, view, p));
    return ERR_OK;
}

void fold_abort(struct writing *w)
{
    if (w->folding != NULL) derived_write_abort(w->folding);
    w->folding = NULL;
}

enum err fold_to(struct writing *w, const struct log_view *view, uint64_t end)
{
    struct derived_head head;
    enum err e = ERR_OK;

    if (w->folding == NULL) {
        TRY(derived_write_open(w->store, &w->folding));
        e = derived_write_head(w->folding, &head);
        w->folded = e == ERR_OK ? head.covers : 0;
    }
    if (e == ERR_OK) e = fold_range(w, view, w->folded, end);
    if (e == ERR_OK) e = derived_write_head(w->folding, &head); /* what is wrong shows here at the latest */
    if (e != ERR_OK)
        fold_abort(w);
    else
        w->folded = end;
    return e;
}

enum err seal_agrees(const struct log_view *view, uint64_t position, const struct derived_head *head)
{
    struct span bytes;
    struct statement s;
    struct seal_payload seal;

    TRY(log_statement(view, position, &bytes));
    if (statement_decode(bytes, &s) != ERR_OK || s.kind != KIND_SEAL) return ERR_DAMAGED;
    if (seal_decode(s.cose.payload, &seal) != ERR_OK) return ERR_DAMAGED;
    return hash_equal(&seal.root, &head->root) && seal.keys == head->keys ? ERR_OK : ERR_DAMAGED;
}

enum err fold_commit(struct writing *w)
{
    struct derived_write *write = w->folding;

    w->folding = NULL;
    return derived_write_commit(write);
}

enum err do_derive(struct writing *w, struct job *job)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct derived_head head;
    enum err e;

    if (job->checkpoint.size == overlay_base(w->overlay)) return ERR_OK; /* the same checkpoint, asked for again */
    TRY(log_view_open(w->store, &view));
    TRY(fold_to(w, view, job->checkpoint.size));
    e = derived_write_head(w->folding, &head);
    if (e == ERR_OK) e = seal_agrees(view, job->checkpoint.size - 1, &head);
    if (e != ERR_OK) {
        fold_abort(w);
        return e;
    }
    TRY(fold_commit(w));
    overlay_drop_below(w->overlay, job->checkpoint.size);
    return ERR_OK;
}
