/* How a trie lies in rows: fragments, each a whole subtree less what stands in fragments further down. All fragments
 * of one height are equally far from the leaves, as the pages of a B-tree are; one that grows too large parts where its
 * subtree branches first. Bytes and shapes only: who keeps the rows is somebody else's business. */
#ifndef CAIRN_FRAGMENT_H
#define CAIRN_FRAGMENT_H

#include "log/index/prove.h"

/* At height 0 a fragment has leaves, higher up branches. A row has 72 bytes for each at the most, and 32 more for each
 * branch but the first. Rows are filled up to one size, of which three are a page of 4,096 bytes: then they are changed
 * where they stand, and no page is ever parted. Only where somebody ground their keys is a row of branches longer. */
#define FRAGMENT_LEAVES_MAX 18
#define FRAGMENT_BRANCHES_MAX 16
#define FRAGMENT_BYTES (1 + FRAGMENT_LEAVES_MAX * 72)
#define FRAGMENT_BYTES_MAX (1 + FRAGMENT_BRANCHES_MAX * (72 + 32))
/* While it is being changed it may have one too many. */
#define FRAGMENT_PIECES (FRAGMENT_LEAVES_MAX + 1)
/* Ten times the keys are about one height more; keys ground into combs, which take all bits there are, some 16. */
#define TRIE_HEIGHT_MAX 32

/* What a leaf holds after its key: V or, when the list has one item, that item: position (its top bit set) ‖ id. */
struct trie_cell {
    uint8_t b[40];
};
struct trie_cell trie_cell_of(const struct list_value *value);
struct trie_cell trie_cell_of_item(const struct list_item *item);
struct list_value trie_cell_value(const struct trie_cell *cell);
/* How many items the list has; of one, *ret_only is it. */
uint64_t trie_cell_count(const struct trie_cell *cell, struct list_item *ret_only);

/* A leaf (bit = TRIE_LEAF, key = its K), or the subtree that stands in a fragment one level down: where it branches
 * first (TRIE_LEAF when it is one leaf), its P, its hash. */
struct trie_piece {
    unsigned bit;
    struct hash key, hash;
    uint64_t fragment;     /* of a branch */
    struct trie_cell cell; /* of a leaf */
};
/* What is known of a subtree's hash: nothing; what the row says, which is to be believed when it was compared with
 * those under it; what follows from them. */
enum joint_state { JOINT_UNKNOWN, JOINT_SAID, JOINT_SURE };
/* Pieces in order of their keys. Joint i is where pieces i - 1 and i part: the subtree that branches there. */
struct fragment {
    size_t count;
    struct trie_piece piece[FRAGMENT_PIECES];
    struct {
        unsigned bit;
        enum joint_state state;
        struct hash hash;
    } joint[FRAGMENT_PIECES];
};
size_t fragment_room(unsigned height);

/* Takes a row apart; of leaves the hashes are left out. ERR_DAMAGED unless it can be a fragment of that height. */
enum err fragment_read(struct span bytes, unsigned height, struct fragment *ret) MUST_USE;
/* The same, of leaves with the hashes. ERR_DAMAGED unless it is the subtree that `above` says, or (NULL) the trie's. Of
 * branches no more is compared than what the row says of the whole. */
enum err fragment_load(const struct trie_view *v, uint64_t number, unsigned height, const struct trie_piece *above,
                       struct fragment *ret) MUST_USE;
/* Compares what is said of each subtree on the way to piece `at` with what is under it; every subtree beside the way is
 * then what it must be for the whole to be so. ERR_DAMAGED. */
enum err fragment_follow(struct fragment *f, size_t at) MUST_USE;
/* No joint in between may be unknown: fragment_hash was asked first. */
void fragment_write(const struct fragment *f, size_t begin, size_t end, unsigned height, struct out *o);

/* Puts a piece before piece `at`, or in its place. */
void fragment_insert(struct fragment *f, size_t at, const struct trie_piece *piece);
void fragment_replace(struct fragment *f, size_t at, const struct trie_piece *piece);

/* Pieces [begin, end), at least one: their subtree's hash; and the subtree, of which `fragment` and `cell` mean
 * nothing. Begin and end are those of the whole, or what fragment_part gives. */
struct hash fragment_hash(struct fragment *f, size_t begin, size_t end);
struct trie_piece fragment_join(struct fragment *f, size_t begin, size_t end);
/* Of two or more: the first piece of the right half. */
size_t fragment_part(const struct fragment *f, size_t begin, size_t end);
/* The piece that shares the most bits with `key`, and how many it shares. */
size_t fragment_route(const struct fragment *f, const struct hash *key, unsigned *ret_shared);
struct hash trie_cell_hash(const struct hash *key, const struct trie_cell *cell);

/* The cell of a key, without a look at hashes: for what is checked otherwise. ERR_NOT_FOUND, ERR_DAMAGED. */
enum err trie_look_up(const struct trie_view *v, const struct hash *key, struct trie_cell *ret) MUST_USE;

#endif
