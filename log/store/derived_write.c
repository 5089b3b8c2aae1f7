/* The derived environment, writing. What is folded is gathered and put in order first, so that each fragment of the
 * trie on the way, and each list, is read, checked and written once for all that changes in it. */
#include "log/store/store_parts.h"

#include <stdlib.h>

#include "log/base/codec.h"
#include "log/index/key.h"

/* So much is gathered, and then written; one statement has INDEX_KEYS_MAX keys at the most. */
#define GATHERED_STATEMENTS 8192
#define GATHERED_TOUCHES 16384

_Static_assert(INDEX_KEYS_MAX <= GATHERED_TOUCHES, "the keys of any statement fit");

/* An id, or a key that a statement counts under; `nth` of those gathered. */
struct touch {
    struct hash name;
    uint32_t nth;
};
/* From so many on a fold gives enough pages back to be worth another commit. */
#define RELEASE_STATEMENTS 512

struct derived_write {
    struct store *store;
    MDB_txn *txn;
    uint64_t covers, keys, begun; /* it covered that many when it was opened */
    enum err failed;              /* the first failure; the transaction can then only be aborted */
    uint32_t statement_count, touch_count;
    struct hash id[GATHERED_STATEMENTS]; /* the last of them has position covers - 1 */
    struct touch touch[GATHERED_TOUCHES];
    struct trie_edit edit; /* its top is the trie's while nothing is gathered */
};

/* ---- open and abort ---- */

static enum err write_get(void *ctx, unsigned height, uint64_t number, struct span *ret)
{
    const struct derived_write *w = ctx;

    return fragment_row(w->txn, &w->store->derived, height, number, ret);
}

static enum err write_put(void *ctx, unsigned height, uint64_t number, struct span bytes, bool is_new)
{
    const struct derived_write *w = ctx;
    struct position_key key = position_key(number);

    return row_put(w->txn, fragment_table(&w->store->derived, height), KEY_SPAN(key), bytes, is_new ? MDB_APPEND : 0);
}

static enum err write_begin(struct store *s, struct derived_write *w)
{
    struct derived_state state;

    w->store = s;
    w->txn = NULL;
    w->failed = ERR_OK;
    w->statement_count = w->touch_count = 0;
    TRY(env_write(&s->derived, &w->txn));
    TRY(derived_state_read(w->txn, &s->derived, &state));
    w->covers = w->begun = state.covers;
    w->keys = state.keys;
    w->edit.view = (struct trie_view){w, write_get, state.top};
    w->edit.put = write_put;
    w->edit.fragments = state.fragments;
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

/* ---- what was gathered ---- */

static int touch_order(const void *a, const void *b)
{
    const struct touch *x = a, *y = b;
    int order = hash_compare(&x->name, &y->name);

    return order != 0 ? order : (x->nth > y->nth) - (x->nth < y->nth);
}

static struct list_item gathered_item(const struct derived_write *w, uint32_t nth)
{
    return (struct list_item){w->covers - w->statement_count + nth, w->id[nth]};
}

static enum err peaks_put(const struct derived_write *w, const struct hash *key, const struct frontier *tree)
{
    uint8_t bytes[PEAKS_BYTES_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    peaks_pack(tree, &o);
    TRY(out_check(&o));
    return row_put(w->txn, w->store->derived.table[DERIVED_LIST], hash_span(key), out_span(&o), 0);
}

static enum err list_nodes_put(const struct derived_write *w, const struct hash *key, const struct frontier *before,
                               const struct list_item *item)
{
    struct hash node;

    for (unsigned level = LIST_KEPT_LEVELS; list_completes(before, item, level, &node); level += LIST_KEPT_LEVELS) {
        struct list_node_key row = list_node_key(key, level, before->size >> level);

        TRY(row_put(w->txn, w->store->derived.table[DERIVED_LIST], KEY_SPAN(row), hash_span(&node), MDB_NOOVERWRITE));
    }
    return ERR_OK;
}

/* What stands in the row that the next item goes to. A list of one is its leaf alone. */
static enum err items_begun(const struct derived_write *w, const struct hash *key, const struct trie_cell *had,
                            uint64_t had_count, struct out *o)
{
    struct list_item first;
    struct span row = {NULL, 0};
    enum err e;

    if (had_count % ITEMS_A_ROW == 0) return ERR_OK;
    if (had_count == 1) {
        (void)trie_cell_count(had, &first);
        out_u64(o, first.position);
        return ERR_OK;
    }
    e = items_row(w->txn, &w->store->derived, key, had_count / ITEMS_A_ROW, &row);
    if (e == ERR_NOT_FOUND || (e == ERR_OK && row.len != had_count % ITEMS_A_ROW * 8)) e = ERR_DAMAGED;
    TRY(e);
    out_bytes(o, row);
    return ERR_OK;
}

static enum err items_put(const struct derived_write *w, const struct trie_cell *had, uint64_t had_count,
                          const struct touch *touch, size_t count)
{
    const struct hash *key = &touch->name;
    uint8_t bytes[ITEMS_A_ROW * 8];
    struct out o = out_over(bytes, sizeof(bytes));

    if (had_count + count == 1) return ERR_OK;
    TRY(items_begun(w, key, had, had_count, &o));
    for (size_t i = 0; i < count; i++) {
        struct item_key row = item_key(key, (had_count + i) / ITEMS_A_ROW);

        out_u64(&o, gathered_item(w, touch[i].nth).position);
        if (i + 1 < count && o.len < sizeof(bytes)) continue;
        TRY(row_put(w->txn, w->store->derived.table[DERIVED_ITEM], KEY_SPAN(row), out_span(&o), 0));
        o.len = 0;
    }
    return ERR_OK;
}

/* All of `touch` has one key. */
static enum err list_grow(struct derived_write *w, const struct touch *touch, size_t count)
{
    const struct hash *key = &touch->name;
    struct frontier tree = {.size = 0};
    struct list_item item = gathered_item(w, touch->nth);
    struct list_value value;
    struct trie_cell cell;
    bool found;

    TRY(trie_edit_find(&w->edit, key, &found, &cell));
    if (found) TRY(list_tree(w->txn, &w->store->derived, key, &cell, &tree));
    TRY(items_put(w, &cell, tree.size, touch, count));
    if (!found) w->keys++;
    if (tree.size + count == 1) {
        cell = trie_cell_of_item(&item);
        return trie_edit_set(&w->edit, &cell);
    }
    for (size_t i = 0; i < count; i++) {
        item = gathered_item(w, touch[i].nth);
        TRY(list_nodes_put(w, key, &tree, &item));
        list_append(&tree, &item);
    }
    TRY(peaks_put(w, key, &tree));
    value = list_value(&tree);
    cell = trie_cell_of(&value);
    return trie_edit_set(&w->edit, &cell);
}

static enum err lists_grow(struct derived_write *w)
{
    qsort(w->touch, w->touch_count, sizeof(w->touch[0]), touch_order);
    trie_edit_begin(&w->edit);
    for (size_t i = 0, next; i < w->touch_count; i = next) {
        for (next = i + 1; next < w->touch_count && hash_equal(&w->touch[next].name, &w->touch[i].name);) next++;
        TRY(list_grow(w, &w->touch[i], next - i));
    }
    return trie_edit_end(&w->edit);
}

/* Last, for it takes the place of the touches. */
static enum err ids_put(struct derived_write *w)
{
    for (uint32_t i = 0; i < w->statement_count; i++) w->touch[i] = (struct touch){w->id[i], i};
    qsort(w->touch, w->statement_count, sizeof(w->touch[0]), touch_order);
    for (uint32_t i = 0; i < w->statement_count; i++) {
        const struct hash *id = &w->touch[i].name;
        struct id_element element = id_element(id, gathered_item(w, w->touch[i].nth).position);
        uint64_t there;
        enum err e = id_find(w->txn, w->store, id, &there);

        if (e != ERR_NOT_FOUND) return e == ERR_OK ? ERR_DAMAGED : e;
        TRY(set_add(w->txn, w->store->derived.table[DERIVED_ID], KEY_SPAN(element)));
    }
    return ERR_OK;
}

static enum err gathered_put(struct derived_write *w)
{
    if (w->failed != ERR_OK || w->statement_count == 0) return w->failed;
    w->failed = lists_grow(w);
    if (w->failed == ERR_OK) w->failed = ids_put(w);
    w->statement_count = w->touch_count = 0;
    return w->failed;
}

/* ---- fold ---- */

static bool keys_differ(const struct hash *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (hash_equal(&keys[i], &keys[j])) return false;
    return true;
}

enum err derived_fold(struct derived_write *w, uint64_t position, const struct hash *id, const struct hash *keys,
                      size_t count)
{
    ASSERT(position == w->covers);
    /* With these two, positions rise strictly in every list. */
    ASSERT(count <= INDEX_KEYS_MAX && keys_differ(keys, count));
    TRY(w->failed);
    if (w->statement_count == GATHERED_STATEMENTS || w->touch_count + count > GATHERED_TOUCHES) TRY(gathered_put(w));
    for (size_t i = 0; i < count; i++) w->touch[w->touch_count++] = (struct touch){keys[i], w->statement_count};
    w->id[w->statement_count++] = *id;
    w->covers++;
    return ERR_OK;
}

enum err derived_write_head(struct derived_write *w, struct derived_head *ret)
{
    TRY(gathered_put(w));
    *ret = (struct derived_head){w->covers, w->keys, w->edit.view.top.root};
    return ERR_OK;
}

/* ---- commit ---- */

static enum err head_write(struct derived_write *w)
{
    struct derived_state state = {w->covers, w->keys, w->edit.fragments, w->edit.view.top};
    uint8_t bytes[DERIVED_HEAD_BYTES];

    derived_state_pack(&state, bytes);
    return row_put(w->txn, w->store->derived.table[DERIVED_META], ROW_HEAD, span_of(bytes, sizeof(bytes)), 0);
}

static enum err head_commit(struct derived_write *w)
{
    enum err err = head_write(w);

    if (err != ERR_OK) return err;
    err = env_commit(&w->store->derived, w->txn);
    w->txn = NULL;
    return err;
}

/* LMDB gives out what a commit gave back only after the one that follows it. With a commit of nothing in between, a
 * fold is written to the pages that the fold before it gave back, and the file has room for one beside what it holds
 * instead of two. Nothing rests on it, and a small fold, which gives little back, is not held up for it. */
static enum err pages_release(struct derived_write *w)
{
    enum err err = env_write(&w->store->derived, &w->txn);

    if (err == ERR_OK) err = head_commit(w);
    return err == ERR_UNCERTAIN ? err : ERR_OK;
}

enum err derived_write_commit(struct derived_write *w)
{
    enum err err = gathered_put(w);

    if (err == ERR_OK) err = head_commit(w);
    if (err == ERR_OK && w->covers - w->begun >= RELEASE_STATEMENTS) err = pages_release(w);
    write_end(w);
    return err;
}
