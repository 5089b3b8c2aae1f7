/* A trie kept in memory, for tests that need an index and no store. Small tries only: more than fits aborts. */
#ifndef CAIRN_TESTS_KEEPER_H
#define CAIRN_TESTS_KEEPER_H

#include "log/index/edit.h"

#define KEEPER_MAX 4096

struct keeper {
    struct trie_edit edit; /* its view is the trie's */
    struct {
        size_t len;
        uint8_t bytes[FRAGMENT_BYTES_MAX];
    } at[KEEPER_MAX];
};

static inline enum err keeper_get(void *ctx, unsigned height, uint64_t number, struct span *ret)
{
    struct keeper *k = ctx;

    (void)height;
    if (number >= KEEPER_MAX || k->at[number].len == 0) return ERR_NOT_FOUND;
    *ret = span_of(k->at[number].bytes, k->at[number].len);
    return ERR_OK;
}

static inline enum err keeper_put(void *ctx, unsigned height, uint64_t number, struct span bytes, bool is_new)
{
    struct keeper *k = ctx;

    (void)height, (void)is_new;
    ASSERT(number < KEEPER_MAX);
    memcpy(k->at[number].bytes, bytes.ptr, bytes.len);
    k->at[number].len = bytes.len;
    return ERR_OK;
}

static inline void keeper_begin(struct keeper *k)
{
    k->edit.view = (struct trie_view){.ctx = k, .get = keeper_get};
    k->edit.put = keeper_put;
    k->edit.fragments = 0;
}

/* The value of a whole list of `count` items, of which `last` is the last. True when the key was not there. */
static inline bool keeper_set(struct keeper *k, const struct hash *key, const struct list_value *value,
                              const struct list_item *last)
{
    struct trie_cell cell;
    bool found = false;

    trie_edit_begin(&k->edit);
    ASSERT(trie_edit_find(&k->edit, key, &found, &cell) == ERR_OK);
    cell = list_count(value) == 1 ? trie_cell_of_item(last) : trie_cell_of(value);
    ASSERT(trie_edit_set(&k->edit, &cell) == ERR_OK);
    ASSERT(trie_edit_end(&k->edit) == ERR_OK);
    return !found;
}

#endif
