/* Trees that break the rules, each under a root of its own: wrong bits, wrong prefixes, keys on the wrong side, twice,
 * or under subtrees where they do not belong, counts of zero. From each tree every proof is made that whoever has it
 * could show, and asked about every key (liar.h). What is accepted may be anything, but never two things: a key is
 * present with one value or absent, a prefix has one set of leaves or none, and sets and keys agree. And it is accepted
 * exactly when the rules say so. */
#ifndef CAIRN_TESTS_INDEX_MALFORMED_H
#define CAIRN_TESTS_INDEX_MALFORMED_H

#include "log/base/hash.h"

/* Keys that are zeros but for these bits; nodes at these bits, with the prefix of any of the keys or (dirty) with one
 * that has a bit behind the node's own; `values` for each leaf. */
struct small {
    size_t bits, leaves, values;
    unsigned bit[3];
    bool dirty;
};
/* Of every shape. */
void every_small_tree(const struct small *s);

/* From seed `first` on. */
void random_trees(uint64_t first, uint64_t count);
/* From CAIRN_SEED on, else from a seed of the hour, which is printed. */
void new_random_trees(uint64_t count);
/* cmocka's: says the seed of what failed. */
int random_trees_tear_down(void **state);

void every_kind_was_accepted(size_t least);

#endif
