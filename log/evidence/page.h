/* One page of the index under one checkpoint: items of the list under a key, from any of them on, or the keys under a
 * prefix. For readers who have but a hash, and for what is too long for one answer. Pure; knows no trust file: that the
 * checkpoint is one to believe is for the caller to check. */
#ifndef CAIRN_PAGE_H
#define CAIRN_PAGE_H

#include "log/index/trie.h"
#include "log/note/checkpoint.h"
#include "log/statement/status.h"

#define PAGE_ROWS_MAX 1000
#define PAGE_ITEM_SIZE 40  /* u64 position ‖ id */
#define PAGE_LEAF_SIZE 72  /* K ‖ V */
#define PAGE_STEP_SIZE 33  /* b ‖ sibling */
#define PAGE_BITS_KEY 256U /* all of K: a list */
/* With a checkpoint's note, the largest statement, and three paths at their longest. */
#define PAGE_SIZE_MAX 196608

struct page {
    struct span checkpoint; /* a note */
    struct span seal;       /* canonical bytes of the statement at size − 1 */
    struct span seal_path;  /* its inclusion path */
    unsigned bits;          /* PAGE_BITS_KEY, or 128 to 255 of a prefix */
    struct hash key;        /* K, or the prefix, then zeros */
    struct span leaf;   /* K ‖ V at the end of the way; empty in an empty trie, and above the leaves of a prefix */
    struct span steps;  /* the way up from there */
    uint64_t from;      /* of the first item; 0 without items */
    struct span rows;   /* items, or leaves under the prefix */
    struct span hashes; /* beside the items, as tree_range_make has them */
};
/* ERR_BAD_EVIDENCE for anything that is not exactly of this form. Borrows `bytes`. */
enum err page_decode(struct span bytes, struct page *ret) MUST_USE;
void page_encode(const struct page *p, struct out *o);
void page_put_steps(const struct trie_path *path, struct out *o);
void page_put_leaf(const struct trie_entry *leaf, struct out *o);

/* What a page proves. */
struct page_seen {
    struct checkpoint checkpoint;
    struct seal_payload seal;
    uint64_t count; /* of the whole list, or of the keys under the prefix; 0: there is no such key */
};
size_t page_rows(const struct page *p);
struct list_item page_item(const struct page *p, size_t n);
struct trie_entry page_leaf(const struct page *p, size_t n);
/* ERR_BAD_PROOF unless everything leads to the root in the text of the checkpoint, whose signatures are not looked at.
 * Costs a few hashes a row. Takes about 90 KiB of stack. */
enum err page_verify(const struct page *p, struct page_seen *ret) MUST_USE;

#endif
