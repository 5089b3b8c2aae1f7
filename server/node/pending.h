/* Ids that were acknowledged and are not yet published, and who waits for them. */
#ifndef CAIRN_PENDING_H
#define CAIRN_PENDING_H

#include "log/base/hash.h"

struct http_exchange;
struct pending;
struct pending *pending_new(size_t max);
void pending_free(struct pending *p);
/* False when it is full. */
bool pending_add(struct pending *p, const struct hash *id, uint64_t position);
bool pending_find(const struct pending *p, const struct hash *id, uint64_t *ret_position);
/* Forgets positions below `size`. */
void pending_drop_below(struct pending *p, uint64_t size);

#endif
