/* The derived environment, reading: its rows taken apart, and views. Nothing in a row is believed before its
 * length and its parts fit. */
#include "log/store/store_parts.h"

#include <stdlib.h>

#include "log/base/codec.h"

/* ---- rows ---- */

static void half_pack(const struct trie_half *half, uint8_t ret[HALF_BYTES])
{
    ret[0] = (uint8_t)(half->bit >> 8);
    ret[1] = (uint8_t)half->bit;
    memcpy(ret + 2, half->key.b, 32);
    memcpy(ret + 34, half->hash.b, 32);
}

static struct trie_half half_unpack(const uint8_t bytes[HALF_BYTES])
{
    struct trie_half half = {.bit = u16_at(bytes)};

    memcpy(half.key.b, bytes + 2, 32);
    memcpy(half.hash.b, bytes + 34, 32);
    return half;
}

void node_pack(const struct trie_row *row, uint8_t ret[NODE_BYTES])
{
    half_pack(&row->half[0], ret);
    half_pack(&row->half[1], ret + HALF_BYTES);
}

enum err node_read(MDB_txn *txn, const struct env *e, unsigned bit, const struct hash *prefix, struct trie_row *ret)
{
    struct node_key key = node_key(bit, prefix);
    struct trie_row row;
    struct span bytes;

    TRY(row_get(txn, e->table[DERIVED_NODE], KEY_SPAN(key), &bytes));
    if (bytes.len != NODE_BYTES) return ERR_DAMAGED;
    for (size_t i = 0; i < 2; i++) {
        row.half[i] = half_unpack(bytes.ptr + i * HALF_BYTES);
        /* Bits rise on the way down, so that no walk can go in circles. */
        if (row.half[i].bit <= bit || row.half[i].bit > TRIE_LEAF) return ERR_DAMAGED;
    }
    *ret = row;
    return ERR_OK;
}

void derived_state_pack(const struct derived_state *s, uint8_t ret[DERIVED_HEAD_BYTES])
{
    u64_put(ret, s->covers);
    u64_put(ret + 8, s->keys);
    ret[16] = s->has_root ? 1 : 0;
    half_pack(&s->root, ret + 17);
}

static bool derived_state_good(const struct derived_state *s)
{
    return s->covers <= TREE_SIZE_MAX && s->has_root == (s->keys > 0) && s->root.bit <= TRIE_LEAF;
}

enum err derived_state_read(MDB_txn *txn, const struct env *e, struct derived_state *ret)
{
    struct span row;
    enum err err = row_get(txn, e->table[DERIVED_META], ROW_HEAD, &row);

    if (err == ERR_NOT_FOUND) {
        *ret = (struct derived_state){0};
        return ERR_OK;
    }
    TRY(err);
    if (row.len != DERIVED_HEAD_BYTES || row.ptr[16] > 1) return ERR_DAMAGED;
    *ret = (struct derived_state){
        .covers = u64_at(row.ptr),
        .keys = u64_at(row.ptr + 8),
        .has_root = row.ptr[16] == 1,
        .root = half_unpack(row.ptr + 17),
    };
    return derived_state_good(ret) ? ERR_OK : ERR_DAMAGED;
}

/* The peaks are those of the bits of the count; of one item the peak is the root. */
static enum err list_peaks_read(struct span bytes, struct list_row *row)
{
    uint64_t count = row->tree.size;

    if (count == 1) {
        if (bytes.len != 8) return ERR_DAMAGED;
        memcpy(row->tree.peak[0].b, row->value.b + 8, 32);
        row->only = u64_at(bytes.ptr);
        return ERR_OK;
    }
    for (unsigned bit = 0; bit < TREE_PATH_MAX; bit++) {
        if ((count >> bit & 1) == 0) continue;
        if (bytes.len < 32) return ERR_DAMAGED;
        memcpy(row->tree.peak[bit].b, bytes.ptr, 32);
        bytes = span_slice(bytes, 32, bytes.len);
    }
    return bytes.len == 0 ? ERR_OK : ERR_DAMAGED;
}

enum err list_row_read(struct span row, struct list_row *ret)
{
    *ret = (struct list_row){0};
    if (row.len < sizeof(ret->value.b)) return ERR_DAMAGED;
    memcpy(ret->value.b, row.ptr, sizeof(ret->value.b));
    ret->tree.size = list_count(&ret->value);
    if (ret->tree.size == 0 || ret->tree.size > TREE_SIZE_MAX) return ERR_DAMAGED;
    return list_peaks_read(span_slice(row, sizeof(ret->value.b), row.len), ret);
}

void list_row_pack(const struct list_row *row, struct out *o)
{
    ASSERT(row->tree.size > 0);
    out_bytes(o, span_of(row->value.b, sizeof(row->value.b)));
    if (row->tree.size == 1) {
        out_u64(o, row->only);
        return;
    }
    for (unsigned bit = 0; bit < TREE_PATH_MAX; bit++)
        if ((row->tree.size >> bit & 1) != 0) out_bytes(o, hash_span(&row->tree.peak[bit]));
}

static enum err list_bytes(MDB_txn *txn, const struct env *e, const struct hash *key, struct span *ret)
{
    TRY(row_get(txn, e->table[DERIVED_LIST], hash_span(key), ret));
    return ret->len < sizeof(struct list_value) ? ERR_DAMAGED : ERR_OK;
}

enum err list_row_get(MDB_txn *txn, const struct env *e, const struct hash *key, struct list_row *ret)
{
    struct span bytes;

    TRY(list_bytes(txn, e, key, &bytes));
    return list_row_read(bytes, ret);
}

enum err position_row(MDB_txn *txn, MDB_dbi table, struct span key, uint64_t *ret)
{
    struct span row;

    TRY(row_get(txn, table, key, &row));
    if (row.len != 8) return ERR_DAMAGED;
    *ret = u64_at(row.ptr);
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
    struct trie_rows rows = derived_rows(v);

    *ret = (struct derived_head){v->state.covers, v->state.keys, trie_root(&rows)};
    return ERR_OK;
}

enum err derived_find(const struct derived_view *v, const struct hash *id, uint64_t *ret_position)
{
    return position_row(v->txn, v->store->derived.table[DERIVED_ID], hash_span(id), ret_position);
}

/* Count alone: the peaks need not be taken apart. */
static enum err list_find(const struct derived_view *v, const struct hash *key, struct span *ret_row,
                          uint64_t *ret_count)
{
    TRY(list_bytes(v->txn, &v->store->derived, key, ret_row));
    *ret_count = u64_at(ret_row->ptr);
    return ERR_OK;
}

enum err derived_count(const struct derived_view *v, const struct hash *key, uint64_t *ret)
{
    struct span row;
    enum err err = list_find(v, key, &row, ret);

    if (err != ERR_NOT_FOUND) return err;
    *ret = 0;
    return ERR_OK;
}

enum err derived_item(const struct derived_view *v, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    struct item_key item = item_key(key, n);
    struct span row;
    uint64_t count;
    enum err err;

    TRY(list_find(v, key, &row, &count));
    if (n >= count) return ERR_NOT_FOUND;
    if (count == 1) {
        if (row.len != sizeof(struct list_value) + 8) return ERR_DAMAGED;
        *ret_position = u64_at(row.ptr + sizeof(struct list_value));
        return ERR_OK;
    }
    err = position_row(v->txn, v->store->derived.table[DERIVED_ITEM], KEY_SPAN(item), ret_position);
    return err == ERR_NOT_FOUND ? ERR_DAMAGED : err;
}

/* ---- readers for proofs ---- */

static enum err view_node_get(void *ctx, unsigned bit, const struct hash *prefix, struct trie_row *ret)
{
    const struct derived_view *v = ctx;

    return node_read(v->txn, &v->store->derived, bit, prefix, ret);
}

static enum err view_node_put(void *ctx, unsigned bit, const struct hash *prefix, const struct trie_row *row)
{
    (void)ctx, (void)bit, (void)prefix, (void)row;
    assert_failed("a view is never written", __FILE__, __LINE__);
}

static enum err view_value(void *ctx, const struct hash *key, struct list_value *ret)
{
    const struct derived_view *v = ctx;
    struct span row;

    TRY(list_bytes(v->txn, &v->store->derived, key, &row));
    memcpy(ret->b, row.ptr, sizeof(ret->b));
    return ERR_OK;
}

struct trie_rows derived_rows(const struct derived_view *v)
{
    /* The port's context is not const; these functions only read. */
    return (struct trie_rows){
        .ctx = (void *)(uintptr_t)v,
        .get = view_node_get,
        .put = view_node_put,
        .has_root = v->state.has_root,
        .root = v->state.root,
    };
}

struct trie_values derived_values(const struct derived_view *v)
{
    return (struct trie_values){.ctx = (void *)(uintptr_t)v, .value = view_value};
}
