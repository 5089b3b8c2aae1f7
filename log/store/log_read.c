/* The log environment, reading. Every length that a row gives is checked before it is used. */
#include "log/store/store_parts.h"

#include <stdlib.h>

#include "log/base/codec.h"
#include "log/base/sign.h"

/* ---- rows ---- */

void log_head_pack(const struct log_head *head, uint8_t ret[LOG_HEAD_BYTES])
{
    u64_put(ret, head->size);
    u64_put(ret + 8, head->sealed);
    u64_put(ret + 16, head->seal_to_ms);
    u64_put(ret + 24, head->from_ms);
    u64_put(ret + 32, head->published);
}

static bool log_head_good(const struct log_head *head)
{
    return head->size <= TREE_SIZE_MAX && head->sealed <= head->size && head->published <= head->size;
}

enum err log_head_read(MDB_txn *txn, const struct env *e, struct log_head *ret)
{
    struct span row;
    enum err err = row_get(txn, e->table[LOG_META], ROW_HEAD, &row);

    if (err == ERR_NOT_FOUND) {
        *ret = (struct log_head){0};
        return ERR_OK;
    }
    TRY(err);
    if (row.len != LOG_HEAD_BYTES) return ERR_DAMAGED;
    *ret = (struct log_head){
        .size = u64_at(row.ptr),
        .sealed = u64_at(row.ptr + 8),
        .seal_to_ms = u64_at(row.ptr + 16),
        .from_ms = u64_at(row.ptr + 24),
        .published = u64_at(row.ptr + 32),
    };
    return log_head_good(ret) ? ERR_OK : ERR_DAMAGED;
}

enum err edge_row(MDB_txn *txn, const struct env *e, uint64_t size, unsigned level, struct span *ret)
{
    uint8_t key = (uint8_t)level;
    size_t expected = tile_nodes_before(edge_width(size, level), TILE_ROWS) * 32;

    *ret = span_of(NULL, 0);
    if (expected == 0) return ERR_OK;
    TRY(row_need(txn, e->table[LOG_EDGE], span_of(&key, 1), ret));
    return ret->len == expected ? ERR_OK : ERR_DAMAGED;
}

enum err statement_row(MDB_txn *txn, const struct env *e, uint64_t position, struct span *ret)
{
    struct position_key key = position_key(position);

    TRY(row_need(txn, e->table[LOG_STATEMENT], KEY_SPAN(key), ret));
    return ret->len <= STATEMENT_SIZE_MAX ? ERR_OK : ERR_DAMAGED;
}

enum err tile_row(const struct log_view *v, unsigned level, uint64_t index, struct span *ret)
{
    struct tile_key key = tile_key(level, index);

    TRY(row_need(v->txn, v->store->log.table[LOG_TILE], KEY_SPAN(key), ret));
    return ret->len == TILE_BYTES ? ERR_OK : ERR_DAMAGED;
}

static enum err bundle_row(const struct log_view *v, uint64_t index, struct span *ret)
{
    struct position_key key = position_key(index);

    return row_need(v->txn, v->store->log.table[LOG_BUNDLE], KEY_SPAN(key), ret);
}

/* ---- views ---- */

enum err log_view_open(struct store *s, struct log_view **ret)
{
    struct log_view *v = malloc(sizeof(*v));
    enum err err;

    if (v == NULL) return ERR_NO_MEMORY;
    *v = (struct log_view){.store = s};
    err = env_read(&s->log, &v->txn);
    if (err == ERR_OK) {
        atomic_fetch_add(&s->log_views, 1);
        err = log_head_read(v->txn, &s->log, &v->head);
        if (err == ERR_OK)
            *ret = v;
        else
            log_view_close(v);
    } else {
        free(v);
    }
    return err;
}

void log_view_close(struct log_view *v)
{
    if (v == NULL) return;
    mdb_txn_abort(v->txn);
    atomic_fetch_sub(&v->store->log_views, 1);
    free(v);
}

void log_view_cleanup(struct log_view **v)
{
    log_view_close(*v);
}

enum err log_head(const struct log_view *v, struct log_head *ret)
{
    *ret = v->head;
    return ERR_OK;
}

enum err log_published(const struct log_view *v, struct span *ret_note, struct signature *ret_receipts)
{
    struct span row;

    if (v->head.published == 0) return ERR_NOT_FOUND;
    TRY(row_need(v->txn, v->store->log.table[LOG_META], ROW_PUBLISHED, &row));
    if (row.len < sizeof(ret_receipts->b) || row.len > sizeof(ret_receipts->b) + CHECKPOINT_NOTE_MAX)
        return ERR_DAMAGED;
    memcpy(ret_receipts->b, row.ptr, sizeof(ret_receipts->b));
    *ret_note = span_slice(row, sizeof(ret_receipts->b), row.len);
    return ERR_OK;
}

/* ---- statements ---- */

static bool in_full_bundle(const struct log_view *v, uint64_t position)
{
    return position / TILE_WIDTH < v->head.size / TILE_WIDTH;
}

/* What stands in a bundle was framed here, so bad framing is damage, not a peer's mistake. */
static enum err framed_next(struct span *rest, struct span *ret)
{
    return bundle_next(rest, ret) == ERR_OK ? ERR_OK : ERR_DAMAGED;
}

enum err walk_start(const struct log_view *v, uint64_t position, struct walk *ret)
{
    struct walk w = {.view = v, .position = position};
    struct span skipped;

    if (in_full_bundle(v, position)) {
        TRY(bundle_row(v, position / TILE_WIDTH, &w.rest));
        for (uint64_t i = 0; i < position % TILE_WIDTH; i++) TRY(framed_next(&w.rest, &skipped));
    }
    *ret = w;
    return ERR_OK;
}

static enum err walk_framed(struct walk *w, struct span *ret)
{
    TRY(framed_next(&w->rest, ret));
    w->position++;
    return w->position % TILE_WIDTH != 0 || w->rest.len == 0 ? ERR_OK : ERR_DAMAGED;
}

enum err walk_next(struct walk *w, struct span *ret)
{
    if (w->position >= w->view->head.size) return ERR_NOT_FOUND;
    if (in_full_bundle(w->view, w->position)) {
        if (w->position % TILE_WIDTH == 0) TRY(bundle_row(w->view, w->position / TILE_WIDTH, &w->rest));
        return walk_framed(w, ret);
    }
    TRY(statement_row(w->view->txn, &w->view->store->log, w->position, ret));
    w->position++;
    return ERR_OK;
}

enum err log_statement(const struct log_view *v, uint64_t position, struct span *ret)
{
    struct walk w;

    if (position >= v->head.size) return ERR_NOT_FOUND;
    TRY(walk_start(v, position, &w));
    return walk_next(&w, ret);
}

/* ---- seals ---- */

static enum err seal_at_cursor(MDB_cursor *cursor, MDB_cursor_op op, uint64_t *position, uint64_t *ret_to_ms)
{
    struct position_key key = position_key(*position);
    MDB_val k = {sizeof(key.b), key.b}, v;
    int rc = mdb_cursor_get(cursor, &k, &v, op);

    if (rc != 0) return env_error(rc);
    if (k.mv_size != 8 || v.mv_size != 8) return ERR_DAMAGED;
    *position = u64_at(k.mv_data);
    *ret_to_ms = u64_at(v.mv_data);
    return ERR_OK;
}

enum err seal_row(const struct log_view *v, MDB_cursor_op op, uint64_t *position, uint64_t *ret_to_ms)
{
    MDB_cursor *cursor;
    enum err err = env_error(mdb_cursor_open(v->txn, v->store->log.table[LOG_SEAL], &cursor));

    TRY(err);
    err = seal_at_cursor(cursor, op, position, ret_to_ms);
    mdb_cursor_close(cursor);
    return err;
}

enum err log_seal_after(const struct log_view *v, uint64_t position, uint64_t *ret)
{
    uint64_t to_ms;

    TRY(seal_row(v, MDB_SET_RANGE, &position, &to_ms));
    if (position >= v->head.sealed) return ERR_DAMAGED;
    *ret = position;
    return ERR_OK;
}

/* ---- tiles ---- */

/* As many hashes as stand in the tile today, at least one, and the nodes above them. A tile at an earlier size
 * is a prefix of the hashes: the tree only grows to the right. */
static enum err tile_nodes(const struct log_view *v, unsigned level, uint64_t index, unsigned *ret_width,
                           struct span *ret)
{
    *ret_width = tile_width(level, index, v->head.size);
    if (*ret_width == 0) return ERR_NOT_FOUND;
    if (*ret_width == TILE_WIDTH) return tile_row(v, level, index, ret);
    return edge_row(v->txn, &v->store->log, v->head.size, level, ret);
}

/* Looking a tile up costs more than reading a node of it. */
static enum err tile_see(struct log_view *v, unsigned level, uint64_t index)
{
    struct tile_seen seen = {.level = level, .index = index};

    if (v->seen.nodes.len > 0 && v->seen.level == level && v->seen.index == index) return ERR_OK;
    TRY(tile_nodes(v, level, index, &seen.width, &seen.nodes));
    ASSERT(seen.nodes.ptr != NULL);
    v->seen = seen;
    return ERR_OK;
}

static bool view_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    struct log_view *v = ctx;
    uint64_t tile;
    unsigned tile_level, first, depth;

    if (level >= TREE_PATH_MAX || index >= v->head.size >> level) return false;
    tile_of_node(level, index, &tile_level, &tile, &first, &depth);
    if (tile_see(v, tile_level, tile) != ERR_OK) return false;
    memcpy(ret->b, v->seen.nodes.ptr + (tile_nodes_before(v->seen.width, depth) + (first >> depth)) * 32, 32);
    return true;
}

struct tree_reader log_reader(const struct log_view *v)
{
    /* Behind the const, view_node changes only what it remembers; a view belongs to one thread. */
    return (struct tree_reader){.ctx = (void *)(uintptr_t)v, .node = view_node};
}

static enum err tile_of_hashes(const struct log_view *v, const struct tile *t, struct span *ret)
{
    struct span nodes;
    unsigned width;

    TRY(tile_nodes(v, t->level, t->index, &width, &nodes));
    *ret = span_slice(nodes, 0, (size_t)t->width * 32);
    return ERR_OK;
}

/* A full bundle, and a part of one, stand in the map as they are served. */
static enum err tile_of_bundle(const struct log_view *v, const struct tile *t, struct span *ret)
{
    struct walk w;
    struct span statement, bundle;

    TRY(bundle_row(v, t->index, &bundle));
    if (t->width < TILE_WIDTH) {
        TRY(walk_start(v, t->index * TILE_WIDTH, &w));
        for (unsigned i = 0; i < t->width; i++) TRY(walk_next(&w, &statement));
        bundle = span_slice(bundle, 0, bundle.len - w.rest.len);
    }
    *ret = bundle;
    return ERR_OK;
}

static enum err tile_put_together(const struct log_view *v, const struct tile *t, struct out *work, struct span *ret)
{
    size_t begin = work->len;
    struct walk w;

    TRY(walk_start(v, t->index * TILE_WIDTH, &w));
    for (unsigned i = 0; i < t->width; i++) {
        struct span item;
        struct hash id;

        TRY(walk_next(&w, &item));
        if (t->kind == TILE_ENTRIES) {
            id = hash_of(item);
            item = hash_span(&id);
        }
        bundle_put(work, item);
    }
    TRY(out_check(work));
    *ret = span_slice(out_span(work), begin, work->len);
    return ERR_OK;
}

enum err log_tile(const struct log_view *v, const struct tile *t, uint64_t size, struct out *work, struct span *ret)
{
    if (size > v->head.size || t->level > TILE_LEVEL_MAX || t->index > TREE_SIZE_MAX / TILE_WIDTH) return ERR_NOT_FOUND;
    if (t->width == 0 || t->width > tile_width(t->level, t->index, size)) return ERR_NOT_FOUND;
    if (t->kind == TILE_HASHES) return tile_of_hashes(v, t, ret);
    if (t->level != 0) return ERR_NOT_FOUND;
    if (t->kind == TILE_STATEMENTS && in_full_bundle(v, t->index * TILE_WIDTH)) return tile_of_bundle(v, t, ret);
    return tile_put_together(v, t, work, ret);
}
