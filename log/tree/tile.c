/* See tile.h. */
#include "log/tree/tile.h"
#include "log/base/codec.h"

/* Six groups of three digits: more than any index of a tree up to TREE_SIZE_MAX needs. */
#define INDEX_GROUPS_MAX 6

static const char *const bundle_names[] = {[TILE_ENTRIES] = "entries/", [TILE_STATEMENTS] = "statements/"};

/* Takes `text` off the front of *rest, if it is there. */
static bool take_text(struct span *rest, const char *text)
{
    struct span t = span_text(text);

    if (!span_starts(*rest, t)) return false;
    *rest = span_slice(*rest, t.len, rest->len);
    return true;
}

static bool take_kind(struct span *rest, struct tile *t)
{
    struct span level;
    uint64_t n;

    if (!take_text(rest, "tile/")) return false;
    for (enum tile_kind kind = TILE_ENTRIES; kind <= TILE_STATEMENTS; kind++)
        if (take_text(rest, bundle_names[kind])) {
            t->kind = kind;
            t->level = 0;
            return true;
        }
    if (!span_cut(rest, '/', &level) || decimal_decode(level, TILE_LEVEL_MAX, &n) != ERR_OK) return false;
    t->kind = TILE_HASHES;
    t->level = (unsigned)n;
    return true;
}

/* "x001/x234/067". How many groups there may be follows from encoding the tile again. */
static bool take_index(struct span *rest, struct tile *t)
{
    bool more = true;

    t->index = 0;
    for (unsigned group = 0; more; group++) {
        if (group == INDEX_GROUPS_MAX) return false;
        more = take_text(rest, "x");
        if (rest->len < 3) return false;
        for (unsigned i = 0; i < 3; i++) {
            if (rest->ptr[i] < '0' || rest->ptr[i] > '9') return false;
            t->index = t->index * 10 + (rest->ptr[i] - (unsigned)'0');
        }
        *rest = span_slice(*rest, 3, rest->len);
        if (more && !take_text(rest, "/")) return false;
    }
    return true;
}

static bool take_width(struct span *rest, struct tile *t)
{
    uint64_t width = TILE_WIDTH;

    if (take_text(rest, ".p/")) {
        if (decimal_decode(*rest, TILE_WIDTH - 1, &width) != ERR_OK || width == 0) return false;
        *rest = span_slice(*rest, rest->len, rest->len);
    }
    t->width = (unsigned)width;
    return rest->len == 0;
}

enum err tile_path_decode(struct span path, struct tile *ret)
{
    uint8_t again[TILE_PATH_MAX];
    struct out o = out_over(again, sizeof(again));
    struct span rest = path;
    struct tile t;

    if (!take_kind(&rest, &t) || !take_index(&rest, &t) || !take_width(&rest, &t)) return ERR_BAD_TILE;
    if (!tile_within(&t, TREE_SIZE_MAX)) return ERR_BAD_TILE;
    tile_path_encode(&t, &o);
    if (o.full || !span_equal(out_span(&o), path)) return ERR_BAD_TILE;
    *ret = t;
    return ERR_OK;
}

void tile_path_encode(const struct tile *t, struct out *o)
{
    uint64_t unit = 1;

    ASSERT(t->width >= 1);
    ASSERT(t->width <= TILE_WIDTH);

    out_text(o, "tile/");
    if (t->kind == TILE_HASHES) {
        out_decimal(o, t->level);
        out_byte(o, '/');
    } else {
        out_text(o, bundle_names[t->kind]);
    }
    while (t->index / unit >= 1000) unit *= 1000;
    for (; unit > 0; unit /= 1000) {
        unsigned group = (unsigned)(t->index / unit % 1000);

        if (unit > 1) out_byte(o, 'x');
        out_byte(o, (uint8_t)('0' + group / 100));
        out_byte(o, (uint8_t)('0' + group / 10 % 10));
        out_byte(o, (uint8_t)('0' + group % 10));
        if (unit > 1) out_byte(o, '/');
    }
    if (t->width == TILE_WIDTH) return;
    out_text(o, ".p/");
    out_decimal(o, t->width);
}

unsigned tile_width(unsigned level, uint64_t index, uint64_t size)
{
    uint64_t hashes, full;

    if (level > TILE_LEVEL_MAX) return 0;
    hashes = size >> (8 * level);
    full = hashes / TILE_WIDTH;
    if (index != full) return index < full ? TILE_WIDTH : 0;
    return (unsigned)(hashes % TILE_WIDTH);
}

bool tile_within(const struct tile *t, uint64_t size)
{
    return t->width >= 1 && t->width <= tile_width(t->level, t->index, size);
}

struct tile_changes tile_changes(uint64_t old, uint64_t size)
{
    ASSERT(old <= size);
    ASSERT(size <= TREE_SIZE_MAX);

    return (struct tile_changes){.old = old, .size = size};
}

/* The rows in which tiles lie: both kinds of bundles, then each level of hashes. */
static struct tile row_start(unsigned row, uint64_t old)
{
    static const enum tile_kind bundles[] = {TILE_STATEMENTS, TILE_ENTRIES};
    struct tile t = {.kind = TILE_HASHES};

    if (row < COUNT_OF(bundles))
        t.kind = bundles[row];
    else
        t.level = row - (unsigned)COUNT_OF(bundles);
    /* The tile that was not full, or not there at all. */
    t.index = t.level > TILE_LEVEL_MAX ? 0 : (old >> (8 * t.level)) / TILE_WIDTH;
    return t;
}

bool tile_changes_next(struct tile_changes *c, struct tile *ret)
{
    for (;; c->row++, c->done = 0) {
        struct tile t = row_start(c->row, c->old);

        if (t.level > TILE_LEVEL_MAX) return false;
        t.index += c->done;
        t.width = tile_width(t.level, t.index, c->size);
        if (t.width <= tile_width(t.level, t.index, c->old)) continue;
        c->done++;
        *ret = t;
        return true;
    }
}

void tile_of_node(unsigned level, uint64_t index, unsigned *ret_tile_level, uint64_t *ret_tile_index,
                  unsigned *ret_first, unsigned *ret_depth)
{
    unsigned depth = level % 8;
    uint64_t first = index << depth;

    ASSERT(level < TREE_PATH_MAX);
    ASSERT(index < TREE_SIZE_MAX >> level);

    *ret_tile_level = level / 8;
    *ret_tile_index = first / TILE_WIDTH;
    *ret_first = (unsigned)(first % TILE_WIDTH);
    *ret_depth = depth;
}

struct hash tile_fold(const uint8_t *hashes, unsigned depth)
{
    uint8_t row[TILE_WIDTH / 2 * sizeof(struct hash)];
    struct hash h;

    ASSERT(depth <= 8);

    for (size_t count = (size_t)1 << depth; count > 1; count /= 2) {
        node_hashes(hashes, count / 2, row);
        hashes = row;
    }
    memcpy(h.b, hashes, sizeof(h.b));
    return h;
}

void bundle_put(struct out *o, struct span item)
{
    uint8_t *at;

    ASSERT(item.len <= UINT16_MAX);

    at = out_reserve(o, 2 + item.len);
    if (at == NULL) return;
    at[0] = (uint8_t)(item.len >> 8);
    at[1] = (uint8_t)item.len;
    if (item.len > 0) memcpy(at + 2, item.ptr, item.len);
}

enum err bundle_next(struct span *rest, struct span *ret)
{
    size_t len;

    if (rest->len < 2) return ERR_TRUNCATED;
    len = u16_at(rest->ptr);
    if (rest->len - 2 < len) return ERR_TRUNCATED;
    *ret = span_slice(*rest, 2, 2 + len);
    *rest = span_slice(*rest, 2 + len, rest->len);
    return ERR_OK;
}
