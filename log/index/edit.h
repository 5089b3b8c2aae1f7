/* Setting keys of a trie that somebody keeps in fragments. A fragment that one key after another passes is read,
 * checked and written once, so keys that come in order cost least. Nothing is changed that does not lead to the root
 * that stood: what was damaged where it lay never gets under a new root. */
#ifndef CAIRN_EDIT_H
#define CAIRN_EDIT_H

#include "log/index/fragment.h"

/* A fragment on the way to the key at hand. */
struct trie_level {
    uint64_t number; /* 0 before it is first written */
    bool changed;
    size_t at; /* the piece that the way takes */
    struct fragment f;
};
/* The caller sets view, put and fragments, and `low` by trie_edit_begin. About 160 KiB. */
struct trie_edit {
    struct trie_view view; /* its top is right before the first change and after trie_edit_end */
    /* New ones come with numbers that rise. */
    enum err (*put)(void *ctx, unsigned height, uint64_t fragment, struct span bytes, bool is_new);
    uint64_t fragments; /* how many there are: they have the numbers from 1 on */
    unsigned low;       /* the levels from here up to the top's height are open */
    struct {
        struct hash key;
        bool found;
        unsigned level;
        size_t at;
    } sought;
    struct trie_level level[TRIE_HEIGHT_MAX + 1];
};
void trie_edit_begin(struct trie_edit *e);
/* Whether `key` is there, and its cell. Any error here and below leaves rows half written and the edit of no use: the
 * caller drops its transaction. ERR_DAMAGED; ERR_NO_ROOM for a trie that is too high, which takes keys made for it. */
enum err trie_edit_find(struct trie_edit *e, const struct hash *key, bool *ret_found, struct trie_cell *ret) MUST_USE;
/* Sets the key that was sought last. */
enum err trie_edit_set(struct trie_edit *e, const struct trie_cell *cell) MUST_USE;
/* Writes what is open. Then e->view.top is the trie's. */
enum err trie_edit_end(struct trie_edit *e) MUST_USE;

#endif
