/* See writing.h. Every start: the derived environment up to what is published, the overlay for the rest. */
#include "server/node/writing.h"

/* Folded into the derived environment in one transaction while it is rebuilt. */
#define REBUILD_STATEMENTS 4096

static enum err rebuild_step(struct writing *w, const struct log_view *view, uint64_t end, uint64_t *covers)
{
    uint64_t to = end - *covers > REBUILD_STATEMENTS ? *covers + REBUILD_STATEMENTS : end;

    TRY(fold_to(w, view, to));
    TRY(fold_commit(w));
    *covers = to;
    return ERR_OK;
}

static enum err derived_now(struct writing *w, struct derived_head *ret)
{
    struct derived_view *view __attribute__((cleanup(derived_view_cleanup))) = NULL;

    TRY(derived_view_open(w->store, &view));
    return derived_head(view, ret);
}

/* Brings the derived environment to exactly `end`, and checks it against the seal there. */
static enum err derived_bring(struct writing *w, const struct log_view *view, uint64_t end)
{
    struct derived_head head;

    TRY(derived_now(w, &head));
    if (head.covers > end) return ERR_DAMAGED;
    for (uint64_t covers = head.covers; covers < end;) {
        TRY(rebuild_step(w, view, end, &covers));
        if (w->setup.tell != NULL) w->setup.tell("reading the log into the index", covers, end);
    }
    TRY(derived_now(w, &head));
    return end == 0 ? ERR_OK : seal_agrees(view, end - 1, &head);
}

/* Up to `end`, and as it should be where the start rests on it. */
static enum err derived_good(struct writing *w, const struct log_view *view, uint64_t end)
{
    TRY(derived_bring(w, view, end));
    return own_list_agrees(w, view);
}

/* More may wait than the setting allows today: it was accepted, so there is room for it. */
static enum err overlay_make(struct writing *w, const struct log_view *view, uint64_t from, uint64_t to)
{
    struct index_keys keys;
    size_t bytes_len = 0, key_count = 0;

    for (uint64_t p = from; p < to; p++) {
        struct span bytes;
        struct statement s;

        TRY(log_statement(view, p, &bytes));
        TRY(accepted_read(bytes, &s, &keys));
        bytes_len += bytes.len;
        key_count += keys.count;
    }
    w->overlay = overlay_new(w->setup.pending_max + overlay_average((size_t)(to - from), bytes_len, key_count));
    return ERR_OK;
}

static enum err overlay_fill(struct writing *w, const struct log_view *view, uint64_t from, uint64_t to)
{
    struct index_keys keys;

    overlay_reset(w->overlay, from);
    for (uint64_t p = from; p < to; p++) {
        struct span bytes;
        struct statement s;

        TRY(log_statement(view, p, &bytes));
        TRY(accepted_read(bytes, &s, &keys));
        TRY(overlay_restore(w->overlay, &s, keys.key, keys.count));
    }
    return ERR_OK;
}

enum err recover(struct writing *w)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct log_head head;
    enum err e;

    TRY(log_view_open(w->store, &view));
    TRY(log_head(view, &head));
    e = derived_good(w, view, head.published);
    if (e == ERR_DAMAGED || e == ERR_UNCERTAIN || e == ERR_IO) {
        /* It does not fit the log, which alone counts, or cannot be written: made again, once. */
        TRY(derived_reset(w->store));
        e = derived_bring(w, view, head.published);
    }
    TRY(e);
    TRY(overlay_make(w, view, head.published, head.size));
    TRY(overlay_fill(w, view, head.published, head.size));
    w->refuse = last_signed_check(w, view, &head);
    return ERR_OK;
}
