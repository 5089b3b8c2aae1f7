/* See walk.h. */
#include "log/admit/walk.h"

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

enum err walk_open(struct walk *w, uint8_t kind, const struct span *components, uint64_t at)
{
    w->key = index_key(kind, components);
    return items_below(w->l, &w->key, at, &w->count);
}

enum err walk_at(const struct walk *w, uint64_t n, uint64_t *ret_position, struct statement *ret, bool *ret_belongs)
{
    TRY(w->l->item(w->l->ctx, &w->key, n, ret_position));
    TRY(w->l->statement(w->l->ctx, *ret_position, ret));
    *ret_belongs = ret->kind == w->kind && (w->iss.len == 0 || span_equal(ret->iss, w->iss));
    return ERR_OK;
}

enum err walk_first(const struct walk *w, uint64_t *ret_position, struct statement *ret, bool *ret_found)
{
    *ret_found = false;
    for (uint64_t n = 0; n < w->count && !*ret_found; n++) TRY(walk_at(w, n, ret_position, ret, ret_found));
    return ERR_OK;
}

enum err walk_last(const struct walk *w, uint64_t *ret_position, struct statement *ret, bool *ret_found)
{
    *ret_found = false;
    for (uint64_t n = w->count; n > 0 && !*ret_found; n--) TRY(walk_at(w, n - 1, ret_position, ret, ret_found));
    return ERR_OK;
}
