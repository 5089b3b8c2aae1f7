/* A tree that may break every rule, and a liar who has it: shows each proof that it gives, of each key and prefix that
 * was asked for, and holds what is accepted against the rules (tests/index/judge.h) and against all that was accepted
 * before about the same tree. */
#ifndef CAIRN_TESTS_INDEX_LIAR_H
#define CAIRN_TESTS_INDEX_LIAR_H

#include "tests/index/chance.h"
#include "tests/index/judge.h"

#define TREE_LEAVES_MAX 8
#define TREE_NODES_MAX (2 * TREE_LEAVES_MAX)

struct node {
    bool leaf;
    struct trie_entry entry;
    unsigned bit;
    struct hash prefix, hash;
    size_t left, right;
};
/* The one there is; its root is node 0. A node may stand in two places, never below itself. */
struct tree {
    size_t count;
    struct node at[TREE_NODES_MAX];
};
extern struct tree tree;
/* No node, nothing asked. */
void tree_begin(void);

/* What is beyond a dozen keys and some dozen prefixes is not asked. */
void ask_key(const struct hash *key);
void ask_prefix(const struct hash *key, unsigned bits);
void ask_nothing(void);
size_t asked_count(void);
const struct hash *asked_key(size_t n);

/* Fails with the tree when two answers are accepted. `arrays` more of several keys at once, as chance has them. */
void show_everything(struct chance *c, unsigned arrays);

struct list_value value_of(unsigned n, uint64_t count);
/* Whether they share so many bits. */
bool key_under(const struct hash *key, const struct hash *prefix, unsigned bits);

#endif
