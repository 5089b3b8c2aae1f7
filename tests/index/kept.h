/* Fragments kept in memory, and what must be true of all of them together. */
#ifndef CAIRN_TESTS_INDEX_KEPT_H
#define CAIRN_TESTS_INDEX_KEPT_H

#include "log/index/edit.h"
#include "tests/index/model.h"

#define KEPT_MAX 8192

struct kept {
    size_t calls, fail_at; /* the call of that number (from 1 on) fails with ERR_IO; 0: none does */
    uint64_t newest;       /* of the numbers that were new */
    struct {
        unsigned height;
        size_t len;
        uint8_t bytes[FRAGMENT_BYTES_MAX];
    } at[KEPT_MAX + 1];
};
/* An edit over no fragments. */
void kept_begin(struct kept *k, struct trie_edit *e);
/* The cell that stands for number n: every third is an item. */
struct trie_cell sample_cell(uint64_t n);
/* One key; *ret_new says that it was not there. */
enum err kept_set(struct trie_edit *e, const struct hash *key, const struct trie_cell *cell, bool *ret_new);
/* Every number leads to one fragment, none holds too much, all leaves are equally deep, and there are `keys`. */
void assert_kept(const struct trie_edit *e, size_t keys);

#endif
