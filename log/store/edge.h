/* The right edge of the tree: the partial tile of each level, and the tiles it completes. Arithmetic only;
 * where tiles are kept is the caller's business.
 *
 * A tile is kept with the nodes above its hashes, row by row, its root last: a proof then looks its nodes up
 * and hashes nothing. All of it, 511 hashes, takes four pages of 4,096 bytes where its hashes alone take
 * three. A partial tile has the full nodes only: width >> 1 in the second row, width >> 2 in the third. */
#ifndef CAIRN_STORE_EDGE_H
#define CAIRN_STORE_EDGE_H

#include "log/tree/tile.h"

#define TILE_ROWS 9
#define TILE_NODES (2 * TILE_WIDTH - 1)
#define TILE_BYTES (TILE_NODES * 32)

/* How many nodes of a tile with `width` hashes stand before those that cover 2^row hashes each; for TILE_ROWS
 * how many there are. */
size_t tile_nodes_before(unsigned width, unsigned row);

/* About 128 KiB: part of something on the heap. Each tile is laid out as if it were full. */
struct edge {
    uint64_t size;
    uint8_t tile[TILE_LEVEL_MAX + 1][TILE_BYTES];
};

/* Where completed tiles go, lower levels first. `nodes` are TILE_BYTES, valid during the call. */
struct tile_sink {
    void *ctx;
    enum err (*full)(void *ctx, unsigned level, uint64_t index, const uint8_t *nodes);
};

/* How many hashes stand at `level`, complete tiles included; and in its partial tile, 0 to 255. */
uint64_t edge_hashes(uint64_t size, unsigned level);
unsigned edge_width(uint64_t size, unsigned level);
/* When `sink` fails its error comes back and the edge is of no more use. */
enum err edge_append(struct edge *e, const struct hash *leaf, struct tile_sink sink) MUST_USE;
/* One hash a level and peak at most. The empty tree's root is the standard's. */
struct hash edge_root(const struct edge *e);
/* The partial tile of a level as it is kept; nothing when it is empty. */
void edge_pack(const struct edge *e, unsigned level, struct out *o);
/* The inverse, for an edge whose size is set. ERR_DAMAGED unless packing gives the same bytes again. */
enum err edge_unpack(struct edge *e, unsigned level, struct span nodes) MUST_USE;

#endif
