/* Paths of tiles: one for each tile, and one tile for each. */
#include "log/tree/tile.h"
#include "tests/fuzz/fuzz.h"

/* Any tile there may be, from any bytes. */
static bool tile_from(struct span input, struct tile *ret)
{
    uint64_t index = fuzz_u64(&input), rest = fuzz_u64(&input);

    *ret = (struct tile){(enum tile_kind)(rest % 3), (unsigned)(rest >> 8 & TILE_LEVEL_MAX), index,
                         (unsigned)(1 + (rest >> 16) % TILE_WIDTH)};
    if (ret->kind != TILE_HASHES) ret->level = 0;
    return tile_within(ret, TREE_SIZE_MAX);
}

FUZZ(input)
{
    uint8_t bytes[TILE_PATH_MAX];
    struct out o = out_over(bytes, sizeof(bytes));
    struct tile t, again;

    if (tile_path_decode(input, &t) == ERR_OK) {
        ASSERT(tile_within(&t, TREE_SIZE_MAX));
        tile_path_encode(&t, &o);
        fuzz_same(&o, input);
    }
    o.len = 0;
    if (!tile_from(input, &t)) return;
    tile_path_encode(&t, &o);
    ASSERT(tile_path_decode(out_span(&o), &again) == ERR_OK);
    ASSERT(again.kind == t.kind && again.level == t.level && again.index == t.index && again.width == t.width);
}
