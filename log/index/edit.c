/* See edit.h. */
#include "log/index/edit.h"

void trie_edit_begin(struct trie_edit *e)
{
    e->low = e->view.top.height + 1;
}

/* ---- down ---- */

static enum err level_open(struct trie_edit *e, unsigned height, uint64_t number, const struct trie_piece *above)
{
    struct trie_level *level = &e->level[height];

    level->number = number;
    level->changed = false;
    TRY(fragment_load(&e->view, number, height, above, &level->f));
    e->low = height;
    return ERR_OK;
}

static void level_make(struct trie_edit *e, unsigned height)
{
    struct trie_level *level = &e->level[height];

    level->number = 0;
    level->changed = true;
    level->f.count = 0;
    e->low = height;
}

/* ---- up ---- */

/* Number 0: a new one. */
static enum err part_write(struct trie_edit *e, uint64_t number, size_t begin, size_t end, struct trie_piece *ret)
{
    struct trie_level *level = &e->level[e->low];
    uint8_t bytes[FRAGMENT_BYTES_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    *ret = fragment_join(&level->f, begin, end);
    ret->fragment = number > 0 ? number : ++e->fragments;
    fragment_write(&level->f, begin, end, e->low, &o);
    TRY(out_check(&o));
    return e->put(e->view.ctx, e->low, ret->fragment, out_span(&o), number == 0);
}

/* What stands at the lowest open level is now in one fragment, or two. */
static enum err above_set(struct trie_edit *e, const struct trie_piece *parts, size_t count)
{
    unsigned height = e->low++;
    struct trie_level *above = &e->level[e->low];

    if (height == e->view.top.height) {
        e->view.top = (struct trie_top){parts[0].fragment, height, parts[0].hash};
        if (count == 1) return ERR_OK;
        if (height == TRIE_HEIGHT_MAX) return ERR_NO_ROOM;
        level_make(e, height + 1);
        e->view.top.height++;
        fragment_insert(&above->f, 0, &parts[0]);
        above->at = 0;
    }
    above->changed = true;
    fragment_replace(&above->f, above->at, &parts[0]);
    if (count > 1) fragment_insert(&above->f, above->at + 1, &parts[1]);
    return ERR_OK;
}

/* Writes the lowest open level. One that is too large parts at its root, and so does then, perhaps, the one above: both
 * parts of a fragment are whole subtrees again. */
static enum err level_close(struct trie_edit *e)
{
    do {
        const struct trie_level *level = &e->level[e->low];
        size_t count = level->f.count, middle = count;
        struct trie_piece parts[2];

        if (!level->changed) {
            e->low++;
            return ERR_OK;
        }
        if (count > fragment_room(e->low)) middle = fragment_part(&level->f, 0, count);
        TRY(part_write(e, level->number, 0, middle, &parts[0]));
        if (middle < count) TRY(part_write(e, 0, middle, count, &parts[1]));
        TRY(above_set(e, parts, middle < count ? 2 : 1));
    } while (e->low <= e->view.top.height && e->level[e->low].f.count > fragment_room(e->low));
    return ERR_OK;
}

enum err trie_edit_end(struct trie_edit *e)
{
    while (e->low <= e->view.top.height) TRY(level_close(e));
    return ERR_OK;
}

/* ---- a key ---- */

/* Whether a key that shares so many bits with piece `at`, and with no other more, parts from the trie above several
 * pieces: together with it none of them would be a whole subtree. */
static bool stands_beside(const struct fragment *f, size_t at, unsigned shared)
{
    if (shared >= f->piece[at].bit) return false;
    return (at > 0 && f->joint[at].bit > shared) || (at + 1 < f->count && f->joint[at + 1].bit > shared);
}

/* One step from level `height` to the one below, which is opened when it is not. */
static enum err way_down(struct trie_edit *e, unsigned height, size_t at)
{
    struct trie_level *level = &e->level[height];

    if (e->low < height && level->at == at) return ERR_OK;
    ASSERT(e->low == height);
    level->at = at;
    return level_open(e, height - 1, level->f.piece[at].fragment, &level->f.piece[at]);
}

/* Opens the levels down to where the key stands or belongs, and closes those that its way does not take. What closes
 * may part, and the levels above with it: then the way begins anew. What changes is what was followed, and it rests on
 * nothing but what stands beside the way. */
static enum err way_find(struct trie_edit *e)
{
    unsigned height = e->view.top.height, shared;
    struct trie_level *level;
    size_t at;

    if (e->low > height) TRY(level_open(e, height, e->view.top.fragment, NULL));
    for (;;) {
        bool beside;

        level = &e->level[height];
        at = fragment_route(&level->f, &e->sought.key, &shared);
        if (height == 0) break;
        beside = stands_beside(&level->f, at, shared);
        if (e->low < height && (beside || level->at != at)) {
            while (e->low < height) TRY(level_close(e));
            height = e->view.top.height;
            if (e->low > height) TRY(level_open(e, height, e->view.top.fragment, NULL));
            continue;
        }
        TRY(fragment_follow(&level->f, at));
        if (beside) break;
        TRY(way_down(e, height, at));
        height--;
    }
    e->sought.found = height == 0 && shared == TRIE_LEAF;
    e->sought.level = height;
    e->sought.at = e->sought.found || hash_compare(&level->f.piece[at].key, &e->sought.key) > 0 ? at : at + 1;
    return ERR_OK;
}

enum err trie_edit_find(struct trie_edit *e, const struct hash *key, bool *ret_found, struct trie_cell *ret)
{
    e->sought.key = *key;
    e->sought.found = false;
    e->sought.level = 0;
    e->sought.at = 0;
    if (e->view.top.fragment != 0 || e->low <= e->view.top.height) TRY(way_find(e));
    *ret_found = e->sought.found;
    if (e->sought.found) *ret = e->level[0].f.piece[e->sought.at].cell;
    return ERR_OK;
}

/* A leaf beside the pieces of a fragment at `height` gets fragments of its own on every level below. */
static enum err chain_make(struct trie_edit *e, unsigned height, struct trie_piece *piece)
{
    for (unsigned i = 0; i < height; i++) {
        struct fragment f = {.count = 1};
        uint8_t bytes[FRAGMENT_BYTES_MAX];
        struct out o = out_over(bytes, sizeof(bytes));

        f.piece[0] = *piece;
        fragment_write(&f, 0, 1, i, &o);
        TRY(out_check(&o));
        piece->fragment = ++e->fragments;
        TRY(e->put(e->view.ctx, i, piece->fragment, out_span(&o), true));
    }
    return ERR_OK;
}

enum err trie_edit_set(struct trie_edit *e, const struct trie_cell *cell)
{
    struct trie_piece piece = {
        .bit = TRIE_LEAF, .key = e->sought.key, .hash = trie_cell_hash(&e->sought.key, cell), .cell = *cell};
    struct trie_level *level = &e->level[e->sought.level];

    if (e->view.top.fragment == 0 && e->low > e->view.top.height) level_make(e, 0);
    TRY(chain_make(e, e->sought.level, &piece));
    level->changed = true;
    if (e->sought.found) {
        fragment_replace(&level->f, e->sought.at, &piece);
        return ERR_OK;
    }
    fragment_insert(&level->f, e->sought.at, &piece);
    return level->f.count > fragment_room(e->low) ? level_close(e) : ERR_OK;
}
