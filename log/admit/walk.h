/* The statements of one kind that an index key leads to below a position. Private to log/admit: folds are made
 * of it. Two keys may in principle collide, which merges their lists: what does not belong is passed over. */
#ifndef CAIRN_ADMIT_WALK_H
#define CAIRN_ADMIT_WALK_H

#include "log/admit/lookup.h"

struct walk {
    const struct lookup *l;
    enum statement_kind kind;
    struct span iss; /* empty: whoever's */
    struct hash key;
    uint64_t count; /* of what lies below the position; what does not belong included */
};
/* The caller has set the first three. Two look-ups mostly; the logarithm of the list when it reaches past `at`. */
enum err walk_open(struct walk *w, uint8_t kind, const struct span *components, uint64_t at) MUST_USE;
/* The n-th below w->count, in order of position; *ret_belongs says whether it is one to look at. */
enum err walk_at(const struct walk *w, uint64_t n, uint64_t *ret_position, struct statement *ret,
                 bool *ret_belongs) MUST_USE;
/* The first and the last that belong, if any. */
enum err walk_first(const struct walk *w, uint64_t *ret_position, struct statement *ret, bool *ret_found) MUST_USE;
enum err walk_last(const struct walk *w, uint64_t *ret_position, struct statement *ret, bool *ret_found) MUST_USE;

#endif
