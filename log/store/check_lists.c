/* The second half of fsck: the index as its own fragments and lists give it. */
#include "log/store/check.h"

/* ---- lists ---- */

static enum err item_check(struct check *c, const struct hash *key, uint64_t n, uint64_t position,
                           struct list_item *item)
{
    struct span bytes;

    if (position >= c->derived->state.covers || (n > 0 && position <= item->position))
        return check_wrong(c, "item %llu of index key %s… is missing or out of order", (unsigned long long)n,
                           check_short(key->b).text);
    TRY(log_statement(c->log, position, &bytes));
    *item = (struct list_item){position, hash_of(bytes)};
    return ERR_OK;
}

static enum err list_wrong(struct check *c, const struct hash *key)
{
    return check_wrong(c, "the list of index key %s… does not follow from its items", check_short(key->b).text);
}

/* The subtrees that the item completes, each in a row of its own. */
static enum err nodes_check(struct check *c, const struct hash *key, const struct frontier *before,
                            const struct list_item *item)
{
    struct hash node;

    for (unsigned level = LIST_KEPT_LEVELS; list_completes(before, item, level, &node); level += LIST_KEPT_LEVELS) {
        struct list_node_key at = list_node_key(key, level, before->size >> level);
        struct span row = {NULL, 0};
        enum err err = row_get(c->derived->txn, c->store->derived.table[DERIVED_LIST], KEY_SPAN(at), &row);

        if (err != ERR_OK && !check_is_damage(err)) return err;
        if (err != ERR_OK || !span_equal(row, hash_span(&node))) return list_wrong(c, key);
        c->list_rows++;
    }
    return ERR_OK;
}

/* Nothing stands behind the last. */
static enum err last_items_check(struct check *c, const struct hash *key, uint64_t count)
{
    struct span row = {NULL, 0};
    enum err err = items_row(c->derived->txn, &c->store->derived, key, (count - 1) / ITEMS_A_ROW, &row);

    if (err != ERR_OK && !check_is_damage(err)) return err;
    return err == ERR_OK && row.len == ((count - 1) % ITEMS_A_ROW + 1) * 8 ? ERR_OK : list_wrong(c, key);
}

/* From the rows of its items, and the statements at their positions. */
static enum err items_check(struct check *c, const struct hash *key, uint64_t count, struct frontier *ret)
{
    struct list_item item = {0};

    for (uint64_t n = 0; n < count; n++) {
        uint64_t position = UINT64_MAX;
        enum err err = derived_item(c->derived, key, n, &position);

        if (err != ERR_OK && !check_is_damage(err)) return err;
        TRY(item_check(c, key, n, position, &item));
        TRY(nodes_check(c, key, ret, &item));
        list_append(ret, &item);
    }
    c->item_rows += (count + ITEMS_A_ROW - 1) / ITEMS_A_ROW;
    return last_items_check(c, key, count);
}

/* The value and the peaks, both from the items. */
static enum err list_check(struct check *c, const struct hash *key, const struct trie_cell *cell, uint64_t count)
{
    struct list_value value = trie_cell_value(cell), computed;
    struct frontier tree = {.size = 0};
    uint8_t packed[PEAKS_BYTES_MAX];
    struct out o = out_over(packed, sizeof(packed));
    struct span row = {NULL, 0};
    enum err err;

    TRY(items_check(c, key, count, &tree));
    computed = list_value(&tree);
    if (memcmp(computed.b, value.b, sizeof(value.b)) != 0) return list_wrong(c, key);
    err = row_get(c->derived->txn, c->store->derived.table[DERIVED_LIST], hash_span(key), &row);
    if (err != ERR_OK && !check_is_damage(err)) return err;
    peaks_pack(&tree, &o);
    c->list_rows++;
    return err == ERR_OK && span_equal(out_span(&o), row) ? ERR_OK : list_wrong(c, key);
}

static enum err leaf_check(struct check *c, const struct trie_piece *leaf)
{
    struct list_item only, item = {0};
    uint64_t count = trie_cell_count(&leaf->cell, &only);

    if (count > 1) {
        TRY(list_check(c, &leaf->key, &leaf->cell, count));
    } else {
        TRY(item_check(c, &leaf->key, 0, only.position, &item));
        if (!hash_equal(&item.id, &only.id)) return list_wrong(c, &leaf->key);
    }
    c->keys_seen++;
    c->listed_items += count;
    check_told(c);
    return ERR_OK;
}

/* ---- the trie ---- */

/* As deep as the trie is high. Each fragment has the hash that stands above it, so all of them lead to the root. */
static enum err fragment_check(struct check *c, uint64_t number, unsigned height, const struct trie_piece *above)
{
    struct trie_view trie = derived_trie(c->derived);
    struct fragment f;
    enum err err = fragment_load(&trie, number, height, above, &f);

    for (size_t i = 0; err == ERR_OK && i < f.count; i++) err = fragment_follow(&f, i);
    if (check_is_damage(err))
        return check_wrong(c, "fragment %llu of the index, at height %u, is missing or not what leads to it says",
                           (unsigned long long)number, height);
    TRY(err);
    c->fragments_seen++;
    c->leaf_rows += height == 0;
    for (size_t i = 0; i < f.count; i++)
        TRY(height == 0 ? leaf_check(c, &f.piece[i]) : fragment_check(c, f.piece[i].fragment, height - 1, &f.piece[i]));
    return ERR_OK;
}

/* As many as were counted on the way: no row stands beside. */
static enum err rows_check(struct check *c)
{
    const struct derived_state *state = &c->derived->state;
    const struct env *e = &c->store->derived;

    if (c->keys_seen != state->keys || c->fragments_seen != state->fragments)
        return check_wrong(c, "the index has %llu keys in %llu fragments, its head says %llu in %llu",
                           (unsigned long long)c->keys_seen, (unsigned long long)c->fragments_seen,
                           (unsigned long long)state->keys, (unsigned long long)state->fragments);
    TRY(check_row_count(c, e, c->derived->txn, DERIVED_LEAVES, "leaves", c->leaf_rows));
    TRY(check_row_count(c, e, c->derived->txn, DERIVED_BRANCHES, "branches", state->fragments - c->leaf_rows));
    TRY(check_row_count(c, e, c->derived->txn, DERIVED_LIST, "list", c->list_rows));
    TRY(check_row_count(c, e, c->derived->txn, DERIVED_ITEM, "item", c->item_rows));
    return check_row_count(c, e, c->derived->txn, DERIVED_ID, "id", state->covers);
}

enum err check_lists(struct check *c)
{
    const struct trie_top *top = &c->derived->state.top;

    if (top->fragment != 0) TRY(fragment_check(c, top->fragment, top->height, NULL));
    /* Each item that a statement gives was found in its list: with as many in all there is no other. */
    if (c->listed_items != c->derived_items)
        return check_wrong(c, "the index holds %llu items, the statements give %llu",
                           (unsigned long long)c->listed_items, (unsigned long long)c->derived_items);
    return rows_check(c);
}
