/* The derived environment, reading: its rows taken apart, and views. Nothing in a row is believed before its
 * length and its parts fit. */
#include "log/store/store_parts.h"

#include <stdlib.h>

#include "log/base/codec.h"

/* ---- rows ---- */

void derived_state_pack(const struct derived_state *s, uint8_t ret[DERIVED_HEAD_BYTES])
{
    struct out o = out_over(ret, DERIVED_HEAD_BYTES);

    out_u64(&o, s->covers);
    out_u64(&o, s->keys);
    out_u64(&o, s->fragments);
    out_u64(&o, s->top.fragment);
    out_byte(&o, (uint8_t)s->top.height);
    out_bytes(&o, hash_span(&s->top.root));
    ASSERT(!o.full && o.len == DERIVED_HEAD_BYTES);
}

static bool derived_state_good(const struct derived_state *s)
{
    const struct derived_state empty = {.covers = s->covers};

    if (s->covers > TREE_SIZE_MAX || s->top.fragment > s->fragments || s->top.height > TRIE_HEIGHT_MAX) return false;
    if (s->keys > 0) return s->top.fragment > 0;
    return s->fragments == 0 && s->top.height == 0 && hash_equal(&s->top.root, &empty.top.root);
}

enum err derived_state_read(MDB_txn *txn, const struct env *e, struct derived_state *ret)
{
    struct span row;
    enum err err = row_get(txn, e->table[DERIVED_META], ROW_HEAD, &row);

    *ret = (struct derived_state){0};
    if (err == ERR_NOT_FOUND) return ERR_OK;
    TRY(err);
    if (row.len != DERIVED_HEAD_BYTES) return ERR_DAMAGED;
    ret->covers = u64_at(row.ptr);
    ret->keys = u64_at(row.ptr + 8);
    ret->fragments = u64_at(row.ptr + 16);
    ret->top.fragment = u64_at(row.ptr + 24);
    ret->top.height = row.ptr[32];
    memcpy(ret->top.root.b, row.ptr + 33, 32);
    return derived_state_good(ret) ? ERR_OK : ERR_DAMAGED;
}

MDB_dbi fragment_table(const struct env *e, unsigned height)
{
    return e->table[height == 0 ? DERIVED_LEAVES : DERIVED_BRANCHES];
}

enum err fragment_row(MDB_txn *txn, const struct env *e, unsigned height, uint64_t number, struct span *ret)
{
    struct position_key key = position_key(number);

    return row_get(txn, fragment_table(e, height), KEY_SPAN(key), ret);
}

void peaks_pack(const struct frontier *tree, struct out *o)
{
    for (unsigned bit = 0; bit < TREE_PATH_MAX; bit++)
        if ((tree->size >> bit & 1) != 0) out_bytes(o, hash_span(&tree->peak[bit]));
}

static enum err peaks_read(struct span bytes, struct frontier *tree)
{
    for (unsigned bit = 0; bit < TREE_PATH_MAX; bit++) {
        if ((tree->size >> bit & 1) == 0) continue;
        if (bytes.len < 32) return ERR_DAMAGED;
        memcpy(tree->peak[bit].b, bytes.ptr, 32);
        bytes = span_slice(bytes, 32, bytes.len);
    }
    return bytes.len == 0 ? ERR_OK : ERR_DAMAGED;
}

enum err list_tree(MDB_txn *txn, const struct env *e, const struct hash *key, const struct trie_cell *cell,
                   struct frontier *ret)
{
    struct list_value value = trie_cell_value(cell), computed;
    struct list_item only;
    struct span row = {NULL, 0};

    ret->size = 0;
    if (trie_cell_count(cell, &only) == 1) {
        list_append(ret, &only);
        return ERR_OK;
    }
    TRY(row_need(txn, e->table[DERIVED_LIST], hash_span(key), &row));
    ret->size = list_count(&value);
    TRY(peaks_read(row, ret));
    computed = list_value(ret);
    return memcmp(computed.b, value.b, sizeof(value.b)) == 0 ? ERR_OK : ERR_DAMAGED;
}

enum err position_row(MDB_txn *txn, MDB_dbi table, struct span key, uint64_t *ret)
{
    struct span row;

    TRY(row_get(txn, table, key, &row));
    if (row.len != 8) return ERR_DAMAGED;
    *ret = u64_at(row.ptr);
    return ERR_OK;
}

enum err items_row(MDB_txn *txn, const struct env *e, const struct hash *key, uint64_t row, struct span *ret)
{
    struct item_key name = item_key(key, row);

    TRY(row_get(txn, e->table[DERIVED_ITEM], KEY_SPAN(name), ret));
    return ret->len > 0 && ret->len % 8 == 0 && ret->len <= (size_t)ITEMS_A_ROW * 8 ? ERR_OK : ERR_DAMAGED;
}

/* ---- ids ---- */

/* Whether the statement at `position` shows that what begins like `id` there is another. */
static enum err id_is_another(struct store *s, const struct hash *id, uint64_t position, bool *ret)
{
    struct log_view *log __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct span bytes = {NULL, 0};
    struct hash there;
    enum err e = log_view_open(s, &log);

    *ret = false;
    if (e == ERR_OK) e = log_statement(log, position, &bytes);
    if (e == ERR_DAMAGED || e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    there = hash_of(bytes);
    *ret = memcmp(there.b, id->b, ID_BEGINNING) == 0 && !hash_equal(&there, id);
    return ERR_OK;
}

enum err id_find(MDB_txn *txn, struct store *s, const struct hash *id, uint64_t *ret)
{
    struct id_element least = id_element(id, 0);
    struct span found = {NULL, 0};
    uint64_t position;
    bool another;

    do {
        TRY(set_find(txn, s->derived.table[DERIVED_ID], KEY_SPAN(least), &found));
        if (memcmp(found.ptr, id->b, ID_BEGINNING) != 0) return ERR_NOT_FOUND;
        position = u64_at(found.ptr + ID_BEGINNING);
        if (position >= TREE_SIZE_MAX) return ERR_DAMAGED;
        TRY(id_is_another(s, id, position, &another));
        least = id_element(id, position + 1);
    } while (another);
    *ret = position;
    return ERR_OK;
}

/* ---- views ---- */

enum err derived_view_open(struct store *s, struct derived_view **ret)
{
    struct derived_view *v = malloc(sizeof(*v));
    enum err err;

    if (v == NULL) return ERR_NO_MEMORY;
    *v = (struct derived_view){.store = s};
    err = env_read(&s->derived, &v->txn);
    if (err == ERR_OK) {
        atomic_fetch_add(&s->derived_views, 1);
        err = derived_state_read(v->txn, &s->derived, &v->state);
        if (err == ERR_OK)
            *ret = v;
        else
            derived_view_close(v);
    } else {
        free(v);
    }
    return err;
}

void derived_view_close(struct derived_view *v)
{
    if (v == NULL) return;
    mdb_txn_abort(v->txn);
    atomic_fetch_sub(&v->store->derived_views, 1);
    free(v);
}

void derived_view_cleanup(struct derived_view **v)
{
    derived_view_close(*v);
}

enum err derived_head(const struct derived_view *v, struct derived_head *ret)
{
    *ret = (struct derived_head){v->state.covers, v->state.keys, v->state.top.root};
    return ERR_OK;
}

enum err derived_find(const struct derived_view *v, const struct hash *id, uint64_t *ret_position)
{
    return id_find(v->txn, v->store, id, ret_position);
}

static enum err view_fragment(void *ctx, unsigned height, uint64_t number, struct span *ret)
{
    const struct derived_view *v = ctx;

    return fragment_row(v->txn, &v->store->derived, height, number, ret);
}

struct trie_view derived_trie(const struct derived_view *v)
{
    /* The port's context is not const; this one only reads. */
    return (struct trie_view){(void *)(uintptr_t)v, view_fragment, v->state.top};
}

/* No key: count 0. */
static enum err list_find(const struct derived_view *v, const struct hash *key, uint64_t *ret_count,
                          struct list_item *ret_only)
{
    struct trie_view trie = derived_trie(v);
    struct trie_cell cell;
    enum err err = trie_look_up(&trie, key, &cell);

    if (err == ERR_OK) *ret_count = trie_cell_count(&cell, ret_only);
    if (err != ERR_NOT_FOUND) return err;
    *ret_count = 0;
    return ERR_OK;
}

enum err derived_count(const struct derived_view *v, const struct hash *key, uint64_t *ret)
{
    struct list_item only;

    return list_find(v, key, ret, &only);
}

/* Of a list with more than one item the row alone says it; what is not there the trie knows more about. */
enum err derived_item(const struct derived_view *v, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    struct span row = {NULL, 0};
    struct list_item only;
    uint64_t count;
    size_t at = n % ITEMS_A_ROW * 8;
    enum err err = items_row(v->txn, &v->store->derived, key, n / ITEMS_A_ROW, &row);

    if (err != ERR_OK && err != ERR_NOT_FOUND) return err;
    if (at < row.len) {
        *ret_position = u64_at(row.ptr + at);
        return ERR_OK;
    }
    TRY(list_find(v, key, &count, &only));
    if (n >= count) return ERR_NOT_FOUND;
    if (count > 1) return ERR_DAMAGED;
    *ret_position = only.position;
    return ERR_OK;
}

enum err derived_list_node(const struct derived_view *v, const struct hash *key, unsigned level, uint64_t n,
                           struct hash *ret)
{
    struct list_node_key node = list_node_key(key, level, n);
    struct span row;

    TRY(row_get(v->txn, v->store->derived.table[DERIVED_LIST], KEY_SPAN(node), &row));
    if (row.len != sizeof(ret->b)) return ERR_DAMAGED;
    memcpy(ret->b, row.ptr, sizeof(ret->b));
    return ERR_OK;
}
