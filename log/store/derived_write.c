/* The derived environment, writing: one statement after another folded into ids, lists and the trie. */
#include "log/store/store_parts.h"

#include <stdlib.h>

#include "log/base/codec.h"

struct derived_write {
    struct store *store;
    MDB_txn *txn;
    uint64_t covers, keys;
    struct trie_rows rows; /* its root is this transaction's */
    enum err failed;       /* the first failure; the transaction can then only be aborted */
};

static enum err write_node_get(void *ctx, unsigned bit, const struct hash *prefix, struct trie_row *ret)
{
    const struct derived_write *w = ctx;

    return node_read(w->txn, &w->store->derived, bit, prefix, ret);
}

static enum err write_value(void *ctx, const struct hash *key, struct list_value *ret)
{
    const struct derived_write *w = ctx;
    struct list_row row;

    TRY(list_row_get(w->txn, &w->store->derived, key, &row));
    *ret = row.value;
    return ERR_OK;
}

static enum err write_node_put(void *ctx, unsigned bit, const struct hash *prefix, const struct trie_row *row)
{
    const struct derived_write *w = ctx;
    struct node_key key = node_key(bit, prefix);
    uint8_t bytes[NODE_BYTES];

    node_pack(row, bytes);
    return row_put(w->txn, w->store->derived.table[DERIVED_NODE], KEY_SPAN(key), span_of(bytes, sizeof(bytes)), 0);
}

/* ---- open and abort ---- */

static enum err write_begin(struct store *s, struct derived_write *w)
{
    struct derived_state state;

    *w = (struct derived_write){.store = s};
    TRY(env_write(&s->derived, &w->txn));
    TRY(derived_state_read(w->txn, &s->derived, &state));
    w->covers = state.covers;
    w->keys = state.keys;
    w->rows = (struct trie_rows){w, write_node_get, write_node_put, state.has_root, state.root, write_value};
    return ERR_OK;
}

static void write_end(struct derived_write *w)
{
    if (w->txn != NULL) mdb_txn_abort(w->txn);
    atomic_store(&w->store->derived_writing, false);
    free(w);
}

enum err derived_write_open(struct store *s, struct derived_write **ret)
{
    struct derived_write *w = malloc(sizeof(*w));
    bool writing;
    enum err err;

    if (w == NULL) return ERR_NO_MEMORY;
    /* A second one on this thread would wait for the first for ever. */
    writing = atomic_exchange(&s->derived_writing, true);
    ASSERT(!writing);
    err = write_begin(s, w);
    if (err == ERR_OK)
        *ret = w;
    else
        write_end(w);
    return err;
}

void derived_write_abort(struct derived_write *w)
{
    if (w != NULL) write_end(w);
}

/* ---- fold ---- */

static enum err item_put(struct derived_write *w, const struct hash *key, uint64_t n, uint64_t position)
{
    struct item_key item = item_key(key, n);
    struct position_key value = position_key(position);

    return row_put(w->txn, w->store->derived.table[DERIVED_ITEM], KEY_SPAN(item), KEY_SPAN(value), MDB_NOOVERWRITE);
}

/* A list of one keeps its position in its own row; the second item moves it to the others. */
static enum err items_write(struct derived_write *w, const struct hash *key, const struct list_row *row,
                            uint64_t position)
{
    uint64_t count = row->tree.size;

    if (count == 0) return ERR_OK;
    if (count == 1) TRY(item_put(w, key, 0, row->only));
    return item_put(w, key, count, position);
}

static enum err list_write(struct derived_write *w, const struct hash *key, const struct list_row *row)
{
    uint8_t bytes[LIST_ROW_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    list_row_pack(row, &o);
    TRY(out_check(&o));
    return row_put(w->txn, w->store->derived.table[DERIVED_LIST], hash_span(key), out_span(&o), 0);
}

/* Pages carry no checksums: the peaks must be those of the value, and the trie will hold that against its leaf. */
static enum err list_check(const struct list_row *row)
{
    struct list_value value = list_value(&row->tree);

    return memcmp(value.b, row->value.b, sizeof(value.b)) == 0 ? ERR_OK : ERR_DAMAGED;
}

static enum err key_fold(struct derived_write *w, const struct hash *key, const struct list_item *item)
{
    struct list_row row = {0};
    enum err err = list_row_get(w->txn, &w->store->derived, key, &row);
    bool is_new = false, expected_new = err == ERR_NOT_FOUND;

    if (err != ERR_NOT_FOUND) TRY(err);
    if (err == ERR_OK) TRY(list_check(&row));
    TRY(items_write(w, key, &row, item->position));
    if (row.tree.size == 0) row.only = item->position;
    list_append(&row.tree, item);
    row.value = list_value(&row.tree);
    TRY(trie_set(&w->rows, key, &row.value, &is_new));
    TRY(list_write(w, key, &row));
    if (is_new) w->keys++;
    return is_new == expected_new ? ERR_OK : ERR_DAMAGED;
}

static bool keys_differ(const struct hash *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (hash_equal(&keys[i], &keys[j])) return false;
    return true;
}

static enum err fold(struct derived_write *w, const struct list_item *item, const struct hash *keys, size_t count)
{
    struct position_key value = position_key(item->position);
    MDB_dbi ids = w->store->derived.table[DERIVED_ID];

    TRY(row_put(w->txn, ids, hash_span(&item->id), KEY_SPAN(value), MDB_NOOVERWRITE));
    for (size_t i = 0; i < count; i++) TRY(key_fold(w, &keys[i], item));
    w->covers++;
    return ERR_OK;
}

enum err derived_fold(struct derived_write *w, uint64_t position, const struct hash *id, const struct hash *keys,
                      size_t count)
{
    struct list_item item = {.position = position, .id = *id};

    ASSERT(position == w->covers);
    /* With these two, positions rise strictly in every list. */
    ASSERT(keys_differ(keys, count));
    if (w->failed == ERR_OK) w->failed = fold(w, &item, keys, count);
    return w->failed;
}

enum err derived_write_head(struct derived_write *w, struct derived_head *ret)
{
    if (w->failed != ERR_OK) return w->failed;
    *ret = (struct derived_head){w->covers, w->keys, trie_root(&w->rows)};
    return ERR_OK;
}

/* ---- commit ---- */

static enum err head_write(struct derived_write *w)
{
    struct derived_state state = {w->covers, w->keys, w->rows.has_root, w->rows.root};
    uint8_t bytes[DERIVED_HEAD_BYTES];

    if (w->failed != ERR_OK) return w->failed;
    derived_state_pack(&state, bytes);
    return row_put(w->txn, w->store->derived.table[DERIVED_META], ROW_HEAD, span_of(bytes, sizeof(bytes)), 0);
}

enum err derived_write_commit(struct derived_write *w)
{
    enum err err = head_write(w);

    if (err == ERR_OK) {
        err = env_commit(&w->store->derived, w->txn);
        w->txn = NULL;
    }
    write_end(w);
    return err;
}
