/* Tiles of c2sp.org/tlog-tiles: coordinates, paths, and the framing of bundles.
 * Cairn adds one kind, /tile/statements/N, framed like entries. */
#ifndef CAIRN_TILE_H
#define CAIRN_TILE_H

#include "log/tree/merkle.h"

#define TILE_WIDTH 256
#define TILE_LEVEL_MAX 7
#define TILE_PATH_MAX 64

enum tile_kind { TILE_HASHES, TILE_ENTRIES, TILE_STATEMENTS };

struct tile {
    enum tile_kind kind;
    unsigned level; /* 0 for bundles */
    uint64_t index;
    unsigned width; /* 1 to 256 */
};

/* "tile/0/x001/234.p/7" without a leading slash. Canonical paths only. */
enum err tile_path_decode(struct span path, struct tile *ret) MUST_USE;
void tile_path_encode(const struct tile *t, struct out *o);
/* How many hashes tile (level, index) has in a tree of `size`: 0 to 256. */
unsigned tile_width(unsigned level, uint64_t index, uint64_t size);
/* Whether the tile exists at some size up to `size`, at this or a smaller width. */
bool tile_within(const struct tile *t, uint64_t size);

/* What the growth of a tree from `old` to `size` brings: each tile that is new or wider than it was, with its
 * width at `size`. What is hashed comes before its hash: statements, entries, then hashes from level 0 up,
 * indices rising. About size / 85 tiles from nothing. Needs old <= size <= TREE_SIZE_MAX. */
struct tile_changes {
    uint64_t old, size;
    unsigned row;
    uint64_t done;
};
struct tile_changes tile_changes(uint64_t old, uint64_t size);
/* False at the end. */
bool tile_changes_next(struct tile_changes *c, struct tile *ret);

/* Node (level, index) of the tree is the root of 2^*ret_depth hashes from *ret_first on
 * in tile (*ret_tile_level, *ret_tile_index). */
void tile_of_node(unsigned level, uint64_t index, unsigned *ret_tile_level, uint64_t *ret_tile_index,
                  unsigned *ret_first, unsigned *ret_depth);
/* The root of the 2^depth hashes of 32 bytes that begin at `hashes`. */
struct hash tile_fold(const uint8_t *hashes, unsigned depth);

/* u16 length ‖ bytes, one after another. */
void bundle_put(struct out *o, struct span item);
/* Takes the next item off *rest. ERR_TRUNCATED when it is cut short. */
enum err bundle_next(struct span *rest, struct span *ret) MUST_USE;

#endif
