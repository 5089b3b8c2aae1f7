/* See pages.h. */
#include "server/node/pages.h"

#include <stdlib.h>

#include "log/base/codec.h"
#include "log/evidence/page.h"
#include "log/index/prove.h"
#include "server/node/prove.h"
#include "server/node/snapshot.h"

/* One page being made, and what its spans borrow. */
struct page_maker {
    struct snapshot now;
    struct page page;
    struct trie_proof proof;
    struct trie_entry leaves[PAGE_ROWS_MAX];
    uint8_t seal_path[TREE_PATH_MAX * 32], leaf[PAGE_LEAF_SIZE], steps[TRIE_LEAF * PAGE_STEP_SIZE];
    uint8_t rows[PAGE_ROWS_MAX * PAGE_LEAF_SIZE], hashes[TREE_RANGE_HASHES_MAX * 32];
};

static void page_close(struct page_maker **m)
{
    if (*m == NULL) return;
    snapshot_close(&(*m)->now);
    free(*m);
}

static enum err seal_put(struct page_maker *m)
{
    const struct published *under = m->now.under;
    struct out path = out_over(m->seal_path, sizeof(m->seal_path));
    struct tree_path inclusion;

    m->page.checkpoint = span_of(under->note, under->note_len);
    TRY(snapshot_bytes(&m->now, under->size - 1, &m->page.seal));
    TRY(snapshot_of_log(&m->now, prove_inclusion(m->now.log, under, under->size - 1, &inclusion)));
    for (size_t i = 0; i < inclusion.count; i++) out_bytes(&path, hash_span(&inclusion.hash[i]));
    m->page.seal_path = out_span(&path);
    return ERR_OK;
}

/* Where the way begins; nothing in an empty trie. */
static void way_put(struct page_maker *m, bool has_leaf)
{
    struct out leaf = out_over(m->leaf, sizeof(m->leaf)), steps = out_over(m->steps, sizeof(m->steps));

    if (has_leaf) page_put_leaf(&m->proof.leaf, &leaf);
    page_put_steps(&m->proof.path, &steps);
    m->page.leaf = out_span(&leaf);
    m->page.steps = out_span(&steps);
}

/* Nothing leaves that its reader would refuse. */
static enum err page_out(const struct page_maker *m, struct out *o)
{
    size_t from = o->len;
    struct page_seen seen;
    struct page made;

    page_encode(&m->page, o);
    TRY(out_check(o));
    if (page_decode(span_slice(out_span(o), from, o->len), &made) == ERR_OK && page_verify(&made, &seen) == ERR_OK)
        return ERR_OK;
    o->len = from;
    return ERR_DAMAGED;
}

/* ---- a list ---- */

static enum err item_get(struct page_maker *m, uint64_t n, struct list_item *ret)
{
    struct span bytes;

    TRY(derived_item(m->now.derived, &m->page.key, n, &ret->position));
    TRY(snapshot_bytes(&m->now, ret->position, &bytes));
    ret->id = hash_of(bytes);
    return ERR_OK;
}

/* Any full subtree of the list's tree: of the levels that are kept a row, of those between what stands below. */
static bool list_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    struct page_maker *m = ctx;
    struct hash left, right;
    struct list_item item;

    if (level == 0) {
        if (item_get(m, index, &item) != ERR_OK) return false;
        *ret = list_leaf(&item);
        return true;
    }
    if (level % LIST_KEPT_LEVELS == 0)
        return derived_list_node(m->now.derived, &m->page.key, level, index, ret) == ERR_OK;
    if (!list_node(ctx, level - 1, 2 * index, &left) || !list_node(ctx, level - 1, 2 * index + 1, &right)) return false;
    *ret = node_hash(&left, &right);
    return true;
}

static enum err items_put(struct page_maker *m, uint64_t count)
{
    struct out rows = out_over(m->rows, sizeof(m->rows)), hashes = out_over(m->hashes, sizeof(m->hashes));
    const struct tree_reader reader = {m, list_node};
    uint64_t from = m->page.from, to = count - from < PAGE_ROWS_MAX ? count : from + PAGE_ROWS_MAX;

    for (uint64_t n = from; n < to; n++) {
        struct list_item item;

        TRY(item_get(m, n, &item));
        out_u64(&rows, item.position);
        out_bytes(&rows, hash_span(&item.id));
    }
    TRY(tree_range_make(&reader, from, to, count, &hashes));
    m->page.rows = out_span(&rows);
    m->page.hashes = out_span(&hashes);
    return ERR_OK;
}

static enum err list_put(struct page_maker *m, uint64_t from)
{
    const struct trie_view trie = derived_trie(m->now.derived);
    uint64_t count;

    TRY(trie_prove(&trie, &m->page.key, &m->proof));
    way_put(m, m->proof.any);
    if (!m->proof.any || !hash_equal(&m->proof.leaf.key, &m->page.key)) return ERR_OK;
    count = list_count(&m->proof.leaf.value);
    if (from >= count) return ERR_NOT_FOUND;
    m->page.from = from;
    return items_put(m, count);
}

/* ---- a prefix ---- */

static enum err keys_put(struct page_maker *m)
{
    const struct trie_view trie = derived_trie(m->now.derived);
    struct out rows = out_over(m->rows, sizeof(m->rows));
    size_t count;

    TRY(trie_prove_prefix(&trie, &m->page.key, m->page.bits, m->leaves, PAGE_ROWS_MAX, &count, &m->proof));
    way_put(m, count == 0 && m->proof.any);
    for (size_t i = 0; i < count; i++) page_put_leaf(&m->leaves[i], &rows);
    m->page.rows = out_span(&rows);
    return ERR_OK;
}

/* ---- either ---- */

static enum err page_fill(struct node *n, struct page_maker *m, uint64_t from, struct out *o)
{
    TRY(snapshot_open(n, &m->now));
    TRY(seal_put(m));
    TRY(m->page.bits == PAGE_BITS_KEY ? list_put(m, from) : keys_put(m));
    return page_out(m, o);
}

static enum err page_make(struct node *n, const struct hash *key, unsigned bits, uint64_t from, struct out *o)
{
    struct page_maker *m __attribute__((cleanup(page_close))) = calloc(1, sizeof(*m));

    if (m == NULL) return ERR_NO_MEMORY;
    m->page.key = *key;
    m->page.bits = bits;
    return snapshot_settle(n, &m->now, page_fill(n, m, from, o));
}

enum err page_of_list(struct node *n, const struct hash *key, uint64_t from, struct out *o)
{
    return page_make(n, key, PAGE_BITS_KEY, from, o);
}

enum err page_of_prefix(struct node *n, const struct hash *prefix, unsigned bits, struct out *o)
{
    return page_make(n, prefix, bits, 0, o);
}
