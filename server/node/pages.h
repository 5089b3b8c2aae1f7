/* Pages of the index (log/evidence/page.h), made from the store under the checkpoint that is served. */
#ifndef CAIRN_PAGES_H
#define CAIRN_PAGES_H

#include "server/node/node.h"

/* Items of the list under a key, from `from` on. Appends to *o. ERR_NOT_FOUND when it has no more than `from`, unless
 * there is no such key: that is what the page then shows. */
enum err page_of_list(struct node *n, const struct hash *key, uint64_t from, struct out *o) MUST_USE;
/* The keys under the first `bits` (128 to 255) bits of `prefix`, the others being 0. ERR_NO_ROOM for more than a page:
 * longer prefixes page it. */
enum err page_of_prefix(struct node *n, const struct hash *prefix, unsigned bits, struct out *o) MUST_USE;

#endif
