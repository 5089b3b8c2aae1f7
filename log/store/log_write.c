/* The log environment, writing. One transaction takes statements in memory, writes each bundle and tile as
 * it becomes full, and what is left at the right edge at the commit. */
#include "log/store/store_parts.h"

#include <stdlib.h>

#include "log/base/codec.h"
#include "log/base/sign.h"

struct log_write {
    struct store *store;
    MDB_txn *txn;
    struct log_head head;
    uint64_t size_before;
    enum err failed; /* the first failure; the transaction can then only be aborted */
};

/* ---- the tail ---- */

void tail_drop(struct tail *t)
{
    free(t->bundle.ptr);
    *t = (struct tail){0};
}

/* Room for one more statement. Doubles, so it is paid for by what was put in. */
static enum err tail_reserve(struct tail *t, size_t len)
{
    size_t need = t->bundle.len + 2 + len;
    size_t cap = t->bundle.cap == 0 ? (size_t)1 << 17 : t->bundle.cap;
    uint8_t *bytes;

    while (cap < need) cap *= 2;
    if (cap == t->bundle.cap) return ERR_OK;
    bytes = realloc(t->bundle.ptr, cap);
    if (bytes == NULL) return ERR_NO_MEMORY;
    t->bundle.ptr = bytes;
    t->bundle.cap = cap;
    return ERR_OK;
}

static enum err tail_read_edge(struct log_write *w, struct edge *e)
{
    e->size = w->head.size;
    for (unsigned level = 0; level <= TILE_LEVEL_MAX; level++) {
        struct span nodes;

        TRY(edge_row(w->txn, &w->store->log, e->size, level, &nodes));
        TRY(edge_unpack(e, level, nodes));
    }
    return ERR_OK;
}

static enum err tail_read_bundle(struct log_write *w, struct tail *t)
{
    uint64_t begin = w->head.size - w->head.size % TILE_WIDTH;

    TRY(row_count(w->txn, w->store->log.table[LOG_STATEMENT], &t->rows));
    if (t->rows != w->head.size - begin) return ERR_DAMAGED;
    t->bundle.len = 0;
    for (uint64_t position = begin; position < w->head.size; position++) {
        struct span bytes;

        TRY(statement_row(w->txn, &w->store->log, position, &bytes));
        TRY(tail_reserve(t, bytes.len));
        bundle_put(&t->bundle, bytes);
    }
    return ERR_OK;
}

/* Write transactions are numbered one up, so no commit came between when ours follows the tail's. */
static enum err tail_load(struct log_write *w)
{
    struct tail *t = &w->store->tail;

    if (t->valid && mdb_txn_id(w->txn) == t->txn_id + 1) {
        ASSERT(t->edge.size == w->head.size);
        return ERR_OK;
    }
    TRY(tail_read_edge(w, &t->edge));
    return tail_read_bundle(w, t);
}

/* ---- open and abort ---- */

static enum err write_begin(struct store *s, struct log_write *w)
{
    *w = (struct log_write){.store = s};
    TRY(env_write(&s->log, &w->txn));
    TRY(log_head_read(w->txn, &s->log, &w->head));
    w->size_before = w->head.size;
    TRY(tail_load(w));
    /* Valid again only when this transaction is durable; until then it runs ahead of the rows. */
    s->tail.valid = false;
    return ERR_OK;
}

static void write_end(struct log_write *w)
{
    if (w->txn != NULL) mdb_txn_abort(w->txn);
    atomic_store(&w->store->log_writing, false);
    free(w);
}

enum err log_write_open(struct store *s, struct log_write **ret)
{
    struct log_write *w = malloc(sizeof(*w));
    bool writing;
    enum err err;

    if (w == NULL) return ERR_NO_MEMORY;
    /* A second one on this thread would wait for the first for ever. */
    writing = atomic_exchange(&s->log_writing, true);
    ASSERT(!writing);
    err = write_begin(s, w);
    if (err == ERR_OK)
        *ret = w;
    else
        write_end(w);
    return err;
}

void log_write_abort(struct log_write *w)
{
    if (w != NULL) write_end(w);
}

uint64_t log_write_size(const struct log_write *w)
{
    return w->head.size;
}

struct hash log_write_root(const struct log_write *w)
{
    return edge_root(&w->store->tail.edge);
}

/* ---- append ---- */

static enum err tile_write(void *ctx, unsigned level, uint64_t index, const uint8_t *nodes)
{
    struct log_write *w = ctx;
    struct tile_key key = tile_key(level, index);

    return row_put(w->txn, w->store->log.table[LOG_TILE], KEY_SPAN(key), span_of(nodes, TILE_BYTES), MDB_NOOVERWRITE);
}

/* The bundle takes the place of its rows in the same transaction: each statement always stands once. */
static enum err bundle_write(struct log_write *w, uint64_t index)
{
    struct tail *t = &w->store->tail;
    struct position_key key = position_key(index);

    TRY(row_put(w->txn, w->store->log.table[LOG_BUNDLE], KEY_SPAN(key), out_span(&t->bundle), MDB_APPEND));
    for (uint64_t i = 0; i < t->rows; i++) {
        key = position_key(index * TILE_WIDTH + i);
        TRY(row_delete(w->txn, w->store->log.table[LOG_STATEMENT], KEY_SPAN(key)));
    }
    t->rows = 0;
    t->bundle.len = 0;
    return ERR_OK;
}

static enum err append(struct log_write *w, struct span bytes, const struct hash *id)
{
    struct tail *t = &w->store->tail;
    struct hash leaf = leaf_hash(hash_span(id));
    uint64_t position = w->head.size;

    TRY(tail_reserve(t, bytes.len));
    bundle_put(&t->bundle, bytes);
    TRY(edge_append(&t->edge, &leaf, (struct tile_sink){w, tile_write}));
    if (position % TILE_WIDTH == TILE_WIDTH - 1) TRY(bundle_write(w, position / TILE_WIDTH));
    w->head.size++;
    return ERR_OK;
}

enum err log_append(struct log_write *w, struct span bytes, const struct hash *id)
{
    struct hash expected = hash_of(bytes);

    /* Checked again here, where it becomes final: the entry must be the statement's. */
    ASSERT(hash_equal(&expected, id));
    if (w->failed != ERR_OK) return w->failed;
    if (bytes.len > STATEMENT_SIZE_MAX) return ERR_STATEMENT_TOO_LARGE;
    if (w->head.size == TREE_SIZE_MAX) return ERR_BAD_SIZE;
    w->failed = append(w, bytes, id);
    return w->failed;
}

enum err log_set_from(struct log_write *w, uint64_t from_ms)
{
    w->head.from_ms = from_ms;
    return w->failed;
}

enum err log_set_sealed(struct log_write *w, uint64_t to_ms)
{
    struct position_key key = position_key(w->head.size - 1), value = position_key(to_ms);

    ASSERT(w->head.size > w->head.sealed);
    if (w->failed != ERR_OK) return w->failed;
    w->failed = row_put(w->txn, w->store->log.table[LOG_SEAL], KEY_SPAN(key), KEY_SPAN(value), MDB_APPEND);
    w->head.sealed = w->head.size;
    w->head.seal_to_ms = to_ms;
    w->head.from_ms = 0;
    return w->failed;
}

enum err log_set_published(struct log_write *w, uint64_t size, struct span note, const struct signature *receipts)
{
    uint8_t bytes[sizeof(receipts->b) + CHECKPOINT_NOTE_MAX];
    struct out row = out_over(bytes, sizeof(bytes));

    ASSERT(size >= w->head.published);
    ASSERT(size <= w->head.size);
    ASSERT(size > 0);
    if (w->failed != ERR_OK) return w->failed;
    out_bytes(&row, span_of(receipts->b, sizeof(receipts->b)));
    out_bytes(&row, note);
    TRY(out_check(&row));
    w->failed = row_put(w->txn, w->store->log.table[LOG_META], ROW_PUBLISHED, out_span(&row), 0);
    if (w->failed == ERR_OK) w->head.published = size;
    return w->failed;
}

/* ---- commit ---- */

/* The statements of the open bundle that have no row yet. */
static enum err rows_write(struct log_write *w)
{
    struct tail *t = &w->store->tail;
    struct span rest = out_span(&t->bundle), bytes;
    uint64_t begin = w->head.size - w->head.size % TILE_WIDTH;

    for (uint64_t i = 0; i < w->head.size % TILE_WIDTH; i++) {
        struct position_key key = position_key(begin + i);

        TRY(bundle_next(&rest, &bytes));
        if (i < t->rows) continue;
        TRY(row_put(w->txn, w->store->log.table[LOG_STATEMENT], KEY_SPAN(key), bytes, MDB_APPEND));
    }
    ASSERT(rest.len == 0);
    t->rows = w->head.size % TILE_WIDTH;
    return ERR_OK;
}

static enum err edge_write(struct log_write *w, unsigned level)
{
    uint8_t key = (uint8_t)level;
    MDB_dbi table = w->store->log.table[LOG_EDGE];
    uint8_t bytes[TILE_BYTES];
    struct out nodes = out_over(bytes, sizeof(bytes));

    if (edge_hashes(w->size_before, level) == edge_hashes(w->head.size, level)) return ERR_OK;
    edge_pack(&w->store->tail.edge, level, &nodes);
    if (nodes.len > 0) return row_put(w->txn, table, span_of(&key, 1), out_span(&nodes), 0);
    return edge_width(w->size_before, level) > 0 ? row_delete(w->txn, table, span_of(&key, 1)) : ERR_OK;
}

static enum err right_edge_write(struct log_write *w)
{
    uint8_t head[LOG_HEAD_BYTES];

    TRY(rows_write(w));
    for (unsigned level = 0; level <= TILE_LEVEL_MAX; level++) TRY(edge_write(w, level));
    log_head_pack(&w->head, head);
    return row_put(w->txn, w->store->log.table[LOG_META], ROW_HEAD, span_of(head, sizeof(head)), 0);
}

enum err log_write_commit(struct log_write *w)
{
    struct tail *t = &w->store->tail;
    enum err err = w->failed != ERR_OK ? w->failed : right_edge_write(w);
    size_t txn_id = mdb_txn_id(w->txn);

    if (err != ERR_OK) {
        log_write_abort(w);
        return err;
    }
    err = env_commit(&w->store->log, w->txn);
    w->txn = NULL;
    if (err == ERR_OK) {
        t->valid = true;
        t->txn_id = txn_id;
    }
    write_end(w);
    return err;
}
