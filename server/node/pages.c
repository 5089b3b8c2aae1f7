/* See pages.h. */
#include "server/node/pages.h"

#include <stdlib.h>

#include "log/base/codec.h"
#include "log/evidence/page.h"
#include "log/index/prove.h"
#include "server/node/prove.h"
#include "server/node/stored.h"

/* One page being made, and what its spans borrow. */
struct page_maker {
    struct log_view *log;
    struct derived_view *derived;
    struct page page;
    struct trie_proof proof;
    struct trie_entry leaves[PAGE_ROWS_MAX];
    uint8_t seal_path[TREE_PATH_MAX * 32], leaf[PAGE_LEAF_SIZE], steps[TRIE_LEAF * PAGE_STEP_SIZE];
    uint8_t rows[PAGE_ROWS_MAX * PAGE_LEAF_SIZE], hashes[TREE_RANGE_HASHES_MAX * 32];
};

static void page_close(struct page_maker **m)
{
    if (*m == NULL) return;
    log_view_cleanup(&(*m)->log);
    derived_view_cleanup(&(*m)->derived);
    free(*m);
}

static enum err seal_put(struct page_maker *m, const struct published *under)
{
    struct out path = out_over(m->seal_path, sizeof(m->seal_path));
    struct tree_path inclusion;

    m->page.checkpoint = span_of(under->note, under->note_len);
    TRY(stored_statement(m->log, under->size - 1, &m->page.seal));
    TRY(prove_inclusion(m->log, under, under->size - 1, &inclusion));
    for (size_t i = 0; i < inclusion.count; i++) out_bytes(&path, hash_span(&inclusion.hash[i]));
    m->page.seal_path = out_span(&path);
    return ERR_OK;
}

static enum err page_open(struct node *n, const struct hash *key, unsigned bits, struct page_maker **ret)
{
    struct page_maker *m = calloc(1, sizeof(*m));
    const struct published *under;
    struct derived_head head;

    if (m == NULL) return ERR_NO_MEMORY;
    *ret = m;
    m->page.key = *key;
    m->page.bits = bits;
    TRY(log_view_open(n->store, &m->log));
    TRY(derived_view_open(n->store, &m->derived));
    TRY(derived_head(m->derived, &head));
    under = prove_under(n, head.covers);
    if (under == NULL || under->size == 0) return ERR_UNPUBLISHED;
    return seal_put(m, under);
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
static enum err page_out(struct node *n, const struct page_maker *m, struct out *o)
{
    size_t from = o->len;
    struct page_seen seen;
    struct page made;

    page_encode(&m->page, o);
    TRY(out_check(o));
    if (page_decode(span_slice(out_span(o), from, o->len), &made) == ERR_OK && page_verify(&made, &seen) == ERR_OK)
        return ERR_OK;
    o->len = from;
    node_derived_damaged(n);
    return ERR_DAMAGED;
}

/* ---- a list ---- */

static enum err item_get(const struct page_maker *m, uint64_t n, struct list_item *ret)
{
    struct span bytes;

    TRY(derived_item(m->derived, &m->page.key, n, &ret->position));
    TRY(stored_statement(m->log, ret->position, &bytes));
    ret->id = hash_of(bytes);
    return ERR_OK;
}

/* Any full subtree of the list's tree: of the levels that are kept a row, of those between what stands below. */
static bool list_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    const struct page_maker *m = ctx;
    struct hash left, right;
    struct list_item item;

    if (level == 0) {
        if (item_get(m, index, &item) != ERR_OK) return false;
        *ret = list_leaf(&item);
        return true;
    }
    if (level % LIST_KEPT_LEVELS == 0) return derived_list_node(m->derived, &m->page.key, level, index, ret) == ERR_OK;
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
    const struct trie_view trie = derived_trie(m->derived);
    uint64_t count;

    TRY(trie_prove(&trie, &m->page.key, &m->proof));
    way_put(m, m->proof.any);
    if (!m->proof.any || !hash_equal(&m->proof.leaf.key, &m->page.key)) return ERR_OK;
    count = list_count(&m->proof.leaf.value);
    if (from >= count) return ERR_NOT_FOUND;
    m->page.from = from;
    return items_put(m, count);
}

/* What the index names must be there: rows that lead nowhere are damaged, and so is a row that is missing. */
static enum err settled(struct node *n, enum err e)
{
    if (e != ERR_DAMAGED && e != ERR_BAD_SIZE) return e;
    node_derived_damaged(n);
    return ERR_DAMAGED;
}

enum err page_of_list(struct node *n, const struct hash *key, uint64_t from, struct out *o)
{
    struct page_maker *m __attribute__((cleanup(page_close))) = NULL;

    TRY(page_open(n, key, PAGE_BITS_KEY, &m));
    TRY(settled(n, list_put(m, from)));
    return page_out(n, m, o);
}

/* ---- a prefix ---- */

enum err page_of_prefix(struct node *n, const struct hash *prefix, unsigned bits, struct out *o)
{
    struct page_maker *m __attribute__((cleanup(page_close))) = NULL;
    struct trie_view trie;
    struct out rows;
    size_t count;

    TRY(page_open(n, prefix, bits, &m));
    trie = derived_trie(m->derived);
    TRY(settled(n, trie_prove_prefix(&trie, prefix, bits, m->leaves, PAGE_ROWS_MAX, &count, &m->proof)));
    way_put(m, count == 0 && m->proof.any);
    rows = out_over(m->rows, sizeof(m->rows));
    for (size_t i = 0; i < count; i++) page_put_leaf(&m->leaves[i], &rows);
    m->page.rows = out_span(&rows);
    return page_out(n, m, o);
}
