/* See edge.h. */
#include "log/store/edge.h"

#define TILE_BITS 8U

uint64_t edge_hashes(uint64_t size, unsigned level)
{
    ASSERT(level <= TILE_LEVEL_MAX);
    return size >> (TILE_BITS * level);
}

unsigned edge_width(uint64_t size, unsigned level)
{
    return (unsigned)(edge_hashes(size, level) % TILE_WIDTH);
}

enum err edge_append(struct edge *e, const struct hash *leaf, struct tile_sink sink)
{
    struct hash h = *leaf;

    ASSERT(e->size < TREE_SIZE_MAX);
    for (unsigned level = 0; level <= TILE_LEVEL_MAX; level++) {
        uint64_t place = edge_hashes(e->size, level);
        uint8_t *tile = e->tile[level];

        memcpy(tile + place % TILE_WIDTH * 32, h.b, 32);
        if (place % TILE_WIDTH != TILE_WIDTH - 1) break;
        TRY(sink.full(sink.ctx, level, place / TILE_WIDTH, tile));
        h = tile_fold(tile, TILE_BITS);
    }
    e->size++;
    return ERR_OK;
}

/* The bits of a level's width, the highest first, are the full subtrees that stand in its partial tile. */
static void level_peaks(const struct edge *e, unsigned level, struct frontier *f)
{
    unsigned width = edge_width(e->size, level);
    size_t at = 0;

    for (unsigned bit = TILE_BITS; bit-- > 0;) {
        if ((width >> bit & 1) == 0) continue;
        f->peak[TILE_BITS * level + bit] = tile_fold(e->tile[level] + at * 32, bit);
        at += (size_t)1 << bit;
    }
}

struct hash edge_root(const struct edge *e)
{
    struct frontier f = {.size = e->size};

    for (unsigned level = 0; level <= TILE_LEVEL_MAX; level++) level_peaks(e, level, &f);
    return frontier_root(&f);
}
