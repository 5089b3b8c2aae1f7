/* What the index tests hold the trie against: a sorted array, the root by its recursive definition, and
 * provers that look at everything. Shares no arithmetic with log/index. Also rows in memory and the
 * vector file. */
#ifndef CAIRN_TESTS_INDEX_MODEL_H
#define CAIRN_TESTS_INDEX_MODEL_H

#include <jansson.h>

#include "log/index/trie.h"

#define MODEL_MAX 512

/* Keys rise strictly. */
struct model {
    size_t count;
    struct trie_entry entry[MODEL_MAX];
};
/* False when the key was there; its value is replaced. */
bool model_set(struct model *m, const struct hash *key, const struct list_value *value);
const struct trie_entry *model_find(const struct model *m, const struct hash *key);
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
#define ITEMS_MAX 2048
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

/* Rows in memory. `fail_at` n: the n-th call from now on fails with ERR_IO; 0: none does. */
struct row_table {
    size_t count, fail_at;
    struct {
        unsigned bit;
        struct hash prefix;
        struct trie_row row;
    } at[MODEL_MAX];
};
struct trie_rows rows_over(struct row_table *table);
struct trie_values values_over(const struct model *m);

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
