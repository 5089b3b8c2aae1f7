/* The second half of fsck: the index as its own lists give it. */
#include "log/store/check.h"

#include <stdlib.h>

/* The trie over keys in order, built with the halves that wait for their right side: their bits rise.
 * Each node is complete once and is then compared with its row. */
struct rebuild {
    struct trie_half right; /* the subtree that ends with the last key */
    struct hash last;
    size_t count;
    struct trie_half left[TRIE_LEAF];
    unsigned bit[TRIE_LEAF];
    uint64_t nodes;
    bool any;
};

static struct hash prefix_of(const struct hash *key, unsigned bits)
{
    struct hash prefix = {{0}};

    ASSERT(bits < TRIE_LEAF);
    memcpy(prefix.b, key->b, bits / 8);
    if (bits % 8 != 0) prefix.b[bits / 8] = (uint8_t)(key->b[bits / 8] & (0xff00U >> bits % 8));
    return prefix;
}

static bool half_equal(const struct trie_half *a, const struct trie_half *b)
{
    return a->bit == b->bit && hash_equal(&a->key, &b->key) && hash_equal(&a->hash, &b->hash);
}

static enum err rebuild_close(struct check *c, struct rebuild *r)
{
    unsigned bit = r->bit[--r->count];
    struct trie_row computed = {{r->left[r->count], r->right}}, stored;
    struct hash prefix = prefix_of(&r->last, bit);
    enum err err = node_read(c->derived->txn, &c->store->derived, bit, &prefix, &stored);

    if (err != ERR_OK && !check_is_damage(err)) return err;
    if (err != ERR_OK || !half_equal(&computed.half[0], &stored.half[0]) ||
        !half_equal(&computed.half[1], &stored.half[1]))
        return check_wrong(c, "index node %u of %s… does not follow from its lists", bit, check_short(prefix.b).text);
    r->right =
        (struct trie_half){bit, prefix, trie_node_hash(bit, &prefix, &computed.half[0].hash, &computed.half[1].hash)};
    r->nodes++;
    return ERR_OK;
}

static enum err rebuild_add(struct check *c, struct rebuild *r, const struct hash *key, const struct list_value *value)
{
    if (r->any) {
        unsigned fork = trie_fork(&r->last, key);

        ASSERT(fork < TRIE_LEAF); /* rows of a table differ */
        while (r->count > 0 && r->bit[r->count - 1] > fork) TRY(rebuild_close(c, r));
        r->left[r->count] = r->right;
        r->bit[r->count++] = fork;
    }
    r->right = (struct trie_half){TRIE_LEAF, *key, trie_leaf_hash(key, value)};
    r->last = *key;
    r->any = true;
    return ERR_OK;
}

static enum err rebuild_end(struct check *c, struct rebuild *r)
{
    const struct derived_state *state = &c->derived->state;

    while (r->count > 0) TRY(rebuild_close(c, r));
    if (r->any != state->has_root) return check_wrong(c, "the index has lists and no root, or a root and no lists");
    if (!r->any) return ERR_OK;
    if (half_equal(&r->right, &state->root)) return ERR_OK;
    return check_wrong(c, "the index has root %s… but its lists give %s…", check_short(state->root.hash.b).text,
                       check_short(r->right.hash.b).text);
}

static enum err item_check(struct check *c, const struct hash *key, uint64_t n, uint64_t covers, struct list_item *item)
{
    uint64_t position = UINT64_MAX;
    struct span bytes;
    enum err err = derived_item(c->derived, key, n, &position);

    if (err != ERR_OK && !check_is_damage(err)) return err;
    if (err != ERR_OK || position >= covers || (n > 0 && position <= item->position))
        return check_wrong(c, "item %llu of index key %s… is missing or out of order", (unsigned long long)n,
                           check_short(key->b).text);
    TRY(log_statement(c->log, position, &bytes));
    *item = (struct list_item){position, hash_of(bytes)};
    return ERR_OK;
}

/* The value and the peaks, both from the items and the statements at their positions. */
static enum err list_check(struct check *c, const struct hash *key, struct span bytes, struct list_value *ret)
{
    struct list_row computed = {0};
    struct list_item item = {0};
    uint8_t packed[LIST_ROW_MAX];
    struct out o = out_over(packed, sizeof(packed));
    uint64_t count;

    if (list_row_read(bytes, &computed) != ERR_OK)
        return check_wrong(c, "the list of index key %s… is not one", check_short(key->b).text);
    count = computed.tree.size;
    computed = (struct list_row){.only = computed.only};
    for (uint64_t n = 0; n < count; n++) {
        TRY(item_check(c, key, n, c->derived->state.covers, &item));
        list_append(&computed.tree, &item);
    }
    computed.value = list_value(&computed.tree);
    list_row_pack(&computed, &o);
    if (!span_equal(out_span(&o), bytes))
        return check_wrong(c, "the list of index key %s… does not follow from its items", check_short(key->b).text);
    c->listed_items += count;
    c->item_rows += count > 1 ? count : 0;
    *ret = computed.value;
    return ERR_OK;
}

static enum err lists_walk(struct check *c, MDB_cursor *cursor, struct rebuild *r)
{
    MDB_val k, v;
    int rc;

    while ((rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0) {
        struct hash key;
        struct list_value value;

        if (k.mv_size != sizeof(key.b)) return check_wrong(c, "the index has a key of %zu bytes", k.mv_size);
        memcpy(key.b, k.mv_data, sizeof(key.b));
        TRY(list_check(c, &key, span_of(v.mv_data, v.mv_size), &value));
        TRY(rebuild_add(c, r, &key, &value));
        check_told(c);
    }
    return rc == MDB_NOTFOUND ? rebuild_end(c, r) : env_error(rc);
}

static enum err lists_check(struct check *c, struct rebuild *r)
{
    MDB_cursor *cursor;
    enum err err = env_error(mdb_cursor_open(c->derived->txn, c->store->derived.table[DERIVED_LIST], &cursor));

    TRY(err);
    err = lists_walk(c, cursor, r);
    mdb_cursor_close(cursor);
    return err;
}

enum err check_lists(struct check *c)
{
    const struct derived_state *state = &c->derived->state;
    const struct env *e = &c->store->derived;
    struct rebuild *r = calloc(1, sizeof(*r));
    enum err err;

    if (r == NULL) return ERR_NO_MEMORY;
    err = lists_check(c, r);
    /* Each item that a statement gives was found in its list: with as many in all there is no other. */
    if (err == ERR_OK && c->listed_items != c->derived_items)
        err = check_wrong(c, "the index holds %llu items, the statements give %llu",
                          (unsigned long long)c->listed_items, (unsigned long long)c->derived_items);
    if (err == ERR_OK) err = check_row_count(c, e, c->derived->txn, DERIVED_LIST, "list", state->keys);
    if (err == ERR_OK) err = check_row_count(c, e, c->derived->txn, DERIVED_NODE, "node", r->nodes);
    if (err == ERR_OK) err = check_row_count(c, e, c->derived->txn, DERIVED_ITEM, "item", c->item_rows);
    if (err == ERR_OK) err = check_row_count(c, e, c->derived->txn, DERIVED_ID, "id", state->covers);
    free(r);
    return err;
}
