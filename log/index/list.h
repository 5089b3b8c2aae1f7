/* The list under a key: an RFC 6962 tree over (position, id), and its 40-byte value in the trie. */
#ifndef CAIRN_LIST_H
#define CAIRN_LIST_H

#include "log/tree/merkle.h"

struct list_item {
    uint64_t position;
    struct hash id;
};
/* u64 count ‖ root */
struct list_value {
    uint8_t b[40];
};
struct hash list_leaf(const struct list_item *item);
/* Appends to the frontier of a list's tree. */
void list_append(struct frontier *f, const struct list_item *item);
struct list_value list_value(const struct frontier *f);
/* Whoever keeps a long list keeps the hashes of its full subtrees of 2^8, 2^16, … items too, so that a page of it is
 * proven without reading the rest. Whether `item`, appended to `before`, completes one of 2^level, and its hash. */
#define LIST_KEPT_LEVELS 8U
bool list_completes(const struct frontier *before, const struct list_item *item, unsigned level, struct hash *ret);
uint64_t list_count(const struct list_value *v);
/* The value of a whole list. ERR_BAD_PROOF unless 1 <= count and positions rise strictly below `covers`. */
enum err list_value_of(const struct list_item *items, uint64_t count, uint64_t covers, struct list_value *ret) MUST_USE;

#endif
