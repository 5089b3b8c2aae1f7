/* The right edge of the tree: the hashes of the partial tile of each level, and the tiles it completes.
 * Arithmetic only; where tiles are kept is the caller's business. */
#ifndef CAIRN_STORE_EDGE_H
#define CAIRN_STORE_EDGE_H

#include "log/tree/tile.h"

#define TILE_BYTES (TILE_WIDTH * 32)

/* About 64 KiB: part of something on the heap. */
struct edge {
    uint64_t size;
    uint8_t tile[TILE_LEVEL_MAX + 1][TILE_BYTES];
};

/* Where completed tiles go, lower levels first. `hashes` are TILE_BYTES, valid during the call. */
struct tile_sink {
    void *ctx;
    enum err (*full)(void *ctx, unsigned level, uint64_t index, const uint8_t *hashes);
};

/* How many hashes stand at `level`, complete tiles included; and in its partial tile, 0 to 255. */
uint64_t edge_hashes(uint64_t size, unsigned level);
unsigned edge_width(uint64_t size, unsigned level);
/* When `sink` fails its error comes back and the edge is of no more use. */
enum err edge_append(struct edge *e, const struct hash *leaf, struct tile_sink sink) MUST_USE;
/* At most 255 hashes a level. The empty tree's root is the standard's. */
struct hash edge_root(const struct edge *e);

#endif
