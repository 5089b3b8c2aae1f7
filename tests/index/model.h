/* What the index tests hold lists and trie against: a sorted array of keys, each with its list, roots by their
 * recursive definitions, and provers that look at everything: docs/formats.md, section 9, and nothing cleverer.
 * Shares no arithmetic with log/index. Also samples and the vector file. */
#ifndef CAIRN_TESTS_INDEX_MODEL_H
#define CAIRN_TESTS_INDEX_MODEL_H

#include <jansson.h>

#include "log/index/trie.h"

struct model_list {
    size_t count, room;
    struct list_item *item;
    bool stale; /* the entry's value is of fewer items */
};
/* Keys rise strictly; grows. list[i] is that of entry[i], without items where a value was set by itself. */
struct model {
    size_t count, room;
    struct trie_entry *entry;
    struct model_list *list;
};
/* K of a kind and its components. */
struct hash model_key(uint8_t kind, const struct span *components, size_t count);
/* False when the key was there; its value is replaced. */
bool model_set(struct model *m, const struct hash *key, const struct list_value *value);
/* One item more in the key's list. Values are good again after model_settle. */
void model_add(struct model *m, const struct hash *key, const struct list_item *item);
void model_settle(struct model *m);
/* Where the key stands or would stand. */
size_t model_place(const struct model *m, const struct hash *key);
const struct trie_entry *model_find(const struct model *m, const struct hash *key);
const struct model_list *model_list_of(const struct model *m, const struct hash *key);
void model_free(struct model *m);
struct list_value model_list_value(const struct list_item *items, size_t count);
struct hash model_root(const struct model *m);
/* From the entry up. */
void model_path(const struct model *m, size_t index, struct trie_path *ret);
/* The leaves under the first `bits` bits of `prefix` ([*ret_first, *ret_end)) and the path above them. */
void model_prefix(const struct model *m, const struct hash *prefix, unsigned bits, size_t *ret_first, size_t *ret_end,
                  struct trie_path *ret);
/* The entry at which the way of `key` (or of a prefix) ends: who shows that it is absent. */
size_t model_neighbour(const struct model *m, const struct hash *key);

enum item_kind { ITEM_BIT, ITEM_CLOSED, ITEM_LEAF };
struct item {
    enum item_kind kind;
    uint64_t bit;
    uint8_t bytes[72];
};
#define ITEMS_MAX 16384
struct items {
    size_t count;
    struct item item[ITEMS_MAX];
};
void items_bit(struct items *s, uint64_t bit);
void items_closed(struct items *s, const struct hash *h);
void items_leaf(struct items *s, const struct trie_entry *e);
void items_encode(const struct items *s, struct out *o);
/* The root a lenient reader would compute: prefixes from the first leaf below, nothing else checked. */
struct hash items_root(const struct items *s);
/* The opened array by definition. */
void model_opened(const struct model *m, const struct hash *keys, size_t count, struct items *ret);

/* Deterministic: the n-th of a stream. Keys of a cluster share their first 128 bits. */
struct hash sample_hash(const char *stream, uint64_t n);
struct hash sample_clustered(const char *stream, uint64_t n, uint64_t clusters);
struct list_value sample_value(uint64_t n);
struct hash with_bit_flipped(struct hash h, unsigned bit);
/* The first `bits` bits, then zeros. */
struct hash cut_to(struct hash h, unsigned bits);

/* index/cases.json, or skip() when CAIRN_VECTORS is unset. The caller decrefs it. */
json_t *vectors_open(void);
void json_hex(const json_t *text, void *ret, size_t len);
struct hash json_hash(const json_t *text);
struct list_value json_value(const json_t *text);
void json_path(const json_t *steps, struct trie_path *ret);

#endif
