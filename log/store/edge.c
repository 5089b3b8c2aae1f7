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

size_t tile_nodes_before(unsigned width, unsigned row)
{
    size_t before = 0;

    for (unsigned i = 0; i < row; i++) before += width >> i;
    return before;
}

static uint8_t *node_at(uint8_t *tile, unsigned row, size_t place)
{
    return tile + (tile_nodes_before(TILE_WIDTH, row) + place) * 32;
}

/* Puts a hash in its place and above it the nodes that it completes. The highest of them goes to *h: the root,
 * when it is the last hash of the tile. */
static void tile_put(uint8_t *tile, unsigned place, struct hash *h)
{
    for (unsigned row = 0;; row++, place /= 2) {
        uint8_t *at = node_at(tile, row, place);

        memcpy(at, h->b, 32);
        if (place % 2 == 0) return;
        node_hashes(at - 32, 1, h->b);
    }
}

enum err edge_append(struct edge *e, const struct hash *leaf, struct tile_sink sink)
{
    struct hash h = *leaf;

    ASSERT(e->size < TREE_SIZE_MAX);
    for (unsigned level = 0; level <= TILE_LEVEL_MAX; level++) {
        uint64_t place = edge_hashes(e->size, level);
        uint8_t *tile = e->tile[level];

        tile_put(tile, (unsigned)(place % TILE_WIDTH), &h);
        if (place % TILE_WIDTH != TILE_WIDTH - 1) break;
        TRY(sink.full(sink.ctx, level, place / TILE_WIDTH, tile));
    }
    e->size++;
    return ERR_OK;
}

/* The bits of a level's width are the full subtrees that stand in its partial tile, each the last of its row. */
static void level_peaks(const struct edge *e, unsigned level, struct frontier *f)
{
    unsigned width = edge_width(e->size, level);

    for (unsigned bit = 0; bit < TILE_BITS; bit++) {
        size_t last = tile_nodes_before(TILE_WIDTH, bit) + (width >> bit) - 1;

        if (width >> bit & 1) memcpy(f->peak[TILE_BITS * level + bit].b, e->tile[level] + last * 32, 32);
    }
}

struct hash edge_root(const struct edge *e)
{
    struct frontier f = {.size = e->size};

    for (unsigned level = 0; level <= TILE_LEVEL_MAX; level++) level_peaks(e, level, &f);
    return frontier_root(&f);
}

void edge_pack(const struct edge *e, unsigned level, struct out *o)
{
    unsigned width = edge_width(e->size, level);

    for (unsigned row = 0; row < TILE_ROWS; row++)
        out_bytes(o, span_of(e->tile[level] + tile_nodes_before(TILE_WIDTH, row) * 32, (size_t)(width >> row) * 32));
}

enum err edge_unpack(struct edge *e, unsigned level, struct span nodes)
{
    unsigned width = edge_width(e->size, level);
    uint8_t bytes[TILE_BYTES];
    struct out again = out_over(bytes, sizeof(bytes));

    if (nodes.len != tile_nodes_before(width, TILE_ROWS) * 32) return ERR_DAMAGED;
    for (unsigned place = 0; place < width; place++) {
        struct hash h;

        memcpy(h.b, nodes.ptr + (size_t)place * 32, 32);
        tile_put(e->tile[level], place, &h);
    }
    edge_pack(e, level, &again);
    return span_equal(out_span(&again), nodes) ? ERR_OK : ERR_DAMAGED;
}
