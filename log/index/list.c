/* See list.h. */
#include "log/index/list.h"

#include "log/base/codec.h"

struct hash list_leaf(const struct list_item *item)
{
    uint8_t data[8 + 32];

    u64_put(data, item->position);
    memcpy(data + 8, item->id.b, 32);
    return leaf_hash(span_of(data, sizeof(data)));
}

void list_append(struct frontier *f, const struct list_item *item)
{
    struct hash leaf = list_leaf(item);

    frontier_append(f, &leaf);
}

struct list_value list_value(const struct frontier *f)
{
    struct hash root;
    struct list_value v;

    /* A key without items is not in the trie: the empty list has no value. */
    ASSERT(f->size > 0);
    root = frontier_root(f);
    u64_put(v.b, f->size);
    memcpy(v.b + 8, root.b, 32);
    return v;
}

bool list_completes(const struct frontier *before, const struct list_item *item, unsigned level, struct hash *ret)
{
    struct hash h;

    if (level >= TREE_PATH_MAX || (before->size + 1) % (UINT64_C(1) << level) != 0) return false;
    h = list_leaf(item);
    for (unsigned l = 0; l < level; l++) h = node_hash(&before->peak[l], &h);
    *ret = h;
    return true;
}

uint64_t list_count(const struct list_value *v)
{
    return u64_at(v->b);
}

enum err list_value_of(const struct list_item *items, uint64_t count, uint64_t covers, struct list_value *ret)
{
    struct frontier f = {.size = 0};

    if (count == 0 || count > TREE_SIZE_MAX) return ERR_BAD_PROOF;
    for (uint64_t i = 0; i < count; i++) {
        if (items[i].position >= covers) return ERR_BAD_PROOF;
        if (i > 0 && items[i].position <= items[i - 1].position) return ERR_BAD_PROOF;
        list_append(&f, &items[i]);
    }
    *ret = list_value(&f);
    return ERR_OK;
}
