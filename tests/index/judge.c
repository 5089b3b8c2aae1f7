/* See judge.h. */
#include "tests/index/judge.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "log/base/codec.h"

static bool same(const struct hash *a, const struct hash *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static bool is_zero(const struct hash *h)
{
    const struct hash zero = {{0}};

    return same(h, &zero);
}

static unsigned bit_of(const struct hash *h, uint64_t bit)
{
    return h->b[bit / 8] >> (7 - bit % 8) & 1;
}

/* 256 when they do not differ. */
static unsigned first_difference(const struct hash *a, const struct hash *b)
{
    unsigned bit = 0;

    while (bit < 256 && bit_of(a, bit) == bit_of(b, bit)) bit++;
    return bit;
}

static uint64_t count_of(const struct list_value *v)
{
    return u64_at(v->b);
}

static struct hash leaf_of(const struct hash *key, const struct list_value *value)
{
    return hash_parts((struct span[]){SPAN("\x10"), span_of(key->b, 32), span_of(value->b, 40)}, 3);
}

static struct hash node_of(uint64_t bit, const struct hash *key, const struct hash *left, const struct hash *right)
{
    struct hash prefix = cut_to(*key, (unsigned)bit);
    uint8_t b = (uint8_t)bit;

    return hash_parts((struct span[]){SPAN("\x11"), span_of(&b, 1), span_of(prefix.b, 32), span_of(left->b, 32),
                                      span_of(right->b, 32)},
                      5);
}

/* ---- 9.1 ---- */

static bool falls(const struct trie_path *path)
{
    for (size_t i = 1; i < path->count; i++)
        if (path->step[i].bit >= path->step[i - 1].bit) return false;
    return true;
}

static bool has_bit(const struct trie_path *path, unsigned bit)
{
    for (size_t i = 0; i < path->count; i++)
        if (path->step[i].bit == bit) return true;
    return false;
}

static bool folds(struct hash h, const struct hash *key, const struct trie_path *path, const struct hash *root)
{
    for (size_t i = 0; i < path->count; i++) {
        unsigned bit = path->step[i].bit;
        const struct hash *sibling = &path->step[i].sibling;

        h = bit_of(key, bit) == 0 ? node_of(bit, key, &h, sibling) : node_of(bit, key, sibling, &h);
    }
    return same(&h, root);
}

bool judge_presence(const struct hash *key, const struct list_value *value, const struct trie_path *path,
                    const struct hash *root)
{
    return !is_zero(root) && count_of(value) >= 1 && falls(path) && folds(leaf_of(key, value), key, path, root);
}

bool judge_absence(const struct hash *key, const struct hash *other, const struct list_value *value,
                   const struct trie_path *path, const struct hash *root)
{
    if (is_zero(root)) return other == NULL && path->count == 0;
    return other != NULL && !same(key, other) && judge_presence(other, value, path, root) &&
           !has_bit(path, first_difference(key, other));
}

bool judge_prefix(const struct hash *prefix, unsigned bits, const struct trie_entry *leaves, size_t count,
                  const struct trie_path *path, const struct hash *root)
{
    struct model subtree = {.count = 0};
    struct hash h;

    if (bits < 128 || bits > 255 || count == 0 || is_zero(root) || !falls(path)) return false;
    for (size_t i = 0; i < path->count; i++)
        if (path->step[i].bit >= bits) return false;
    for (size_t i = 0; i < count; i++) {
        if (first_difference(prefix, &leaves[i].key) < bits || count_of(&leaves[i].value) < 1) return false;
        if (i > 0 && memcmp(leaves[i - 1].key.b, leaves[i].key.b, 32) >= 0) return false;
    }
    for (size_t i = 0; i < count; i++) model_set(&subtree, &leaves[i].key, &leaves[i].value);
    h = model_root(&subtree);
    model_free(&subtree);
    return folds(h, &leaves[0].key, path, root);
}

bool judge_prefix_absence(const struct hash *prefix, unsigned bits, const struct hash *other,
                          const struct list_value *value, const struct trie_path *path, const struct hash *root)
{
    if (bits < 128 || bits > 255) return false;
    if (is_zero(root)) return other == NULL && path->count == 0;
    return other != NULL && judge_presence(other, value, path, root) && first_difference(prefix, other) < bits &&
           !has_bit(path, first_difference(prefix, other));
}

/* ---- 9.2 ---- */

#define OPENED_MAX 256

/* Where the walk stands, and the keys of the leaves it has passed. */
struct walk {
    const struct items *items;
    size_t at, depth, passed;
    struct {
        uint64_t bit;
        unsigned side;
    } way[257];
    struct hash opened[OPENED_MAX];
    const struct hash *keys;
    size_t count;
    bool *present;
    struct list_value *value;
    bool closed; /* a half that a key leads to */
};

static bool leads(const struct walk *w, const struct hash *key)
{
    for (size_t i = 0; i < w->depth; i++)
        if (bit_of(key, w->way[i].bit) != w->way[i].side) return false;
    return true;
}

static bool any_leads(const struct walk *w)
{
    for (size_t i = 0; i < w->count; i++)
        if (leads(w, &w->keys[i])) return true;
    return false;
}

static bool read_leaf(struct walk *w, const struct item *item, struct hash *ret)
{
    struct list_value value;
    struct hash key;

    memcpy(key.b, item->bytes, 32);
    memcpy(value.b, item->bytes + 32, 40);
    if (!leads(w, &key) || count_of(&value) < 1 || !any_leads(w)) return false;
    for (size_t i = 0; i < w->count; i++) {
        if (!leads(w, &w->keys[i])) continue;
        w->present[i] = same(&w->keys[i], &key);
        if (w->present[i]) w->value[i] = value;
    }
    assert_true(w->passed < OPENED_MAX);
    w->opened[w->passed++] = key;
    *ret = leaf_of(&key, &value);
    return true;
}

/* All keys opened in [begin, middle) first differ at `bit` from all in [middle, passed). */
static bool parts_at(const struct walk *w, size_t begin, size_t middle, uint64_t bit)
{
    for (size_t l = begin; l < middle; l++)
        for (size_t r = middle; r < w->passed; r++)
            if (first_difference(&w->opened[l], &w->opened[r]) != bit) return false;
    return true;
}

static bool read_item(struct walk *w, struct hash *ret);

static bool read_node(struct walk *w, uint64_t bit, struct hash *ret)
{
    size_t begin = w->passed, middle;
    struct hash left, right;

    if (bit > 255 || (w->depth > 0 && bit <= w->way[w->depth - 1].bit)) return false;
    w->way[w->depth].bit = bit;
    w->way[w->depth++].side = 0;
    if (!read_item(w, &left)) return false;
    middle = w->passed;
    w->way[w->depth - 1].side = 1;
    if (!read_item(w, &right)) return false;
    w->depth--;
    if (w->passed == begin || !parts_at(w, begin, middle, bit)) return false;
    *ret = node_of(bit, &w->opened[begin], &left, &right);
    return true;
}

static bool read_item(struct walk *w, struct hash *ret)
{
    const struct item *item = &w->items->item[w->at];

    if (w->at++ >= w->items->count) return false;
    if (item->kind == ITEM_LEAF) return read_leaf(w, item, ret);
    if (item->kind == ITEM_BIT) return read_node(w, item->bit, ret);
    w->closed |= any_leads(w);
    memcpy(ret->b, item->bytes, 32);
    return true;
}

enum err judge_opened(const struct items *items, const struct hash *root, const struct hash *keys, size_t count,
                      bool *ret_present, struct list_value *ret_value)
{
    struct walk w = {.items = items, .keys = keys, .count = count, .present = ret_present, .value = ret_value};
    struct hash h;

    if (count == 0 || (items->count == 0) != is_zero(root)) return ERR_BAD_PROOF;
    for (size_t i = 0; i < count; i++) ret_present[i] = false;
    if (items->count == 0) return ERR_OK;
    if (!read_item(&w, &h) || w.at != items->count || !same(&h, root)) return ERR_BAD_PROOF;
    return w.closed ? ERR_INCOMPLETE : ERR_OK;
}
