/* See prove.h. */
#include "log/index/fragment.h"

#include "log/base/cbor.h"

/* ---- one key ---- */

/* The path as it is found, from the root down. */
static void path_turn(struct trie_path *path)
{
    for (size_t i = 0; i < path->count / 2; i++) {
        size_t other = path->count - 1 - i;
        uint8_t bit = path->step[i].bit;
        struct hash sibling = path->step[i].sibling;

        path->step[i] = path->step[other];
        path->step[other].bit = bit;
        path->step[other].sibling = sibling;
    }
}

/* From the fragment's root down to piece `at`. Bits rise through all of it, so there is room. */
static void path_extend(struct trie_path *path, struct fragment *f, size_t at)
{
    size_t begin = 0, end = f->count;

    while (end - begin > 1) {
        size_t middle = fragment_part(f, begin, end);
        bool left = at < middle;

        ASSERT(path->count < COUNT_OF(path->step));
        path->step[path->count].bit = (uint8_t)f->joint[middle].bit;
        path->step[path->count++].sibling = left ? fragment_hash(f, middle, end) : fragment_hash(f, begin, middle);
        if (left)
            end = middle;
        else
            begin = middle;
    }
}

enum err trie_prove(const struct trie_view *v, const struct hash *key, struct trie_proof *ret)
{
    struct trie_piece at = {.fragment = v->top.fragment};
    struct fragment f;
    unsigned ignored;

    ret->path.count = 0;
    ret->any = v->top.fragment != 0;
    if (!ret->any) return ERR_OK;
    for (unsigned height = v->top.height + 1; height-- > 0;) {
        size_t to;

        TRY(fragment_load(v, at.fragment, height, height == v->top.height ? NULL : &at, &f));
        to = fragment_route(&f, key, &ignored);
        path_extend(&ret->path, &f, to);
        at = f.piece[to];
    }
    path_turn(&ret->path);
    ret->leaf = (struct trie_entry){at.key, trie_cell_value(&at.cell)};
    return ERR_OK;
}

/* ---- all keys under a prefix ---- */

/* Leaves of the path what stands above the bit. */
static void path_above(struct trie_path *path, unsigned bits)
{
    size_t below = 0;

    while (below < path->count && path->step[below].bit >= bits) below++;
    path->count -= below;
    memmove(path->step, path->step + below, path->count * sizeof(path->step[0]));
}

struct gathering {
    const struct trie_view *view;
    const struct hash *prefix;
    unsigned bits;
    struct trie_entry *leaves;
    size_t max, count;
};

static enum err leaf_gather(struct gathering *g, const struct trie_piece *leaf)
{
    if (g->count == g->max) return ERR_NO_ROOM;
    g->leaves[g->count++] = (struct trie_entry){leaf->key, trie_cell_value(&leaf->cell)};
    return ERR_OK;
}

/* What of a fragment is under the prefix, or has it under it. As deep as the trie is high. */
static enum err fragment_gather(struct gathering *g, uint64_t number, unsigned height, const struct trie_piece *above)
{
    struct fragment f;

    TRY(fragment_load(g->view, number, height, above, &f));
    for (size_t i = 0; i < f.count; i++) {
        unsigned fork = trie_fork(g->prefix, &f.piece[i].key);

        if (fork < g->bits && fork < f.piece[i].bit) continue;
        TRY(height == 0 ? leaf_gather(g, &f.piece[i])
                        : fragment_gather(g, f.piece[i].fragment, height - 1, &f.piece[i]));
    }
    return ERR_OK;
}

enum err trie_prove_prefix(const struct trie_view *v, const struct hash *prefix, unsigned bits,
                           struct trie_entry *leaves, size_t max, size_t *ret_count, struct trie_proof *ret)
{
    struct hash cut = trie_prefix(prefix, bits);
    struct gathering g = {.view = v, .prefix = &cut, .bits = bits, .leaves = leaves, .max = max};

    ASSERT(bits >= 128 && bits <= 255);
    *ret_count = 0;
    /* When anything is under the prefix the way of the prefix itself ends there. */
    TRY(trie_prove(v, &cut, ret));
    if (!ret->any || trie_fork(&cut, &ret->leaf.key) < bits) return ERR_OK;
    TRY(fragment_gather(&g, v->top.fragment, v->top.height, NULL));
    path_above(&ret->path, bits);
    *ret_count = g.count;
    return ERR_OK;
}

/* ---- several keys ---- */

/* A branch on the way down and the side taken there. */
struct branch {
    const struct branch *above;
    unsigned bit, side;
};
struct opening {
    const struct trie_view *view;
    const struct hash *keys;
    size_t count;
    uint64_t items;
    struct out *o;
};

static bool leads(const struct branch *way, const struct hash *key)
{
    for (; way != NULL; way = way->above)
        if (trie_bit(key, way->bit) != way->side) return false;
    return true;
}

static bool any_leads(const struct opening *p, const struct branch *way)
{
    for (size_t i = 0; i < p->count; i++)
        if (leads(way, &p->keys[i])) return true;
    return false;
}

static void leaf_open(struct opening *p, const struct trie_piece *leaf)
{
    struct list_value value = trie_cell_value(&leaf->cell);

    p->items++;
    cbor_put_bytes_head(p->o, 32 + sizeof(value.b));
    out_bytes(p->o, hash_span(&leaf->key));
    out_bytes(p->o, span_of(value.b, sizeof(value.b)));
}

static enum err fragment_open(struct opening *p, uint64_t number, unsigned height, const struct trie_piece *above,
                              const struct branch *way);

/* As deep as the way is: bits rise, so at most 256. */
static enum err pieces_open(struct opening *p, struct fragment *f, size_t begin, size_t end, unsigned height,
                            const struct branch *way)
{
    const struct trie_piece *piece = &f->piece[begin];
    struct branch left = {way, 0, 0}, right = {way, 0, 1};
    size_t middle;

    if (!any_leads(p, way)) {
        struct hash closed = fragment_hash(f, begin, end);

        p->items++;
        cbor_put_bytes(p->o, hash_span(&closed));
        return ERR_OK;
    }
    if (end - begin == 1 && height > 0) return fragment_open(p, piece->fragment, height - 1, piece, way);
    if (end - begin == 1) {
        leaf_open(p, piece);
        return ERR_OK;
    }
    middle = fragment_part(f, begin, end);
    left.bit = right.bit = f->joint[middle].bit;
    p->items++;
    cbor_put_uint(p->o, left.bit);
    TRY(pieces_open(p, f, begin, middle, height, &left));
    return pieces_open(p, f, middle, end, height, &right);
}

static enum err fragment_open(struct opening *p, uint64_t number, unsigned height, const struct trie_piece *above,
                              const struct branch *way)
{
    struct fragment f;

    TRY(fragment_load(p->view, number, height, above, &f));
    return pieces_open(p, &f, 0, f.count, height, way);
}

enum err trie_prove_keys(const struct trie_view *v, const struct hash *keys, size_t count, struct out *o)
{
    struct opening p = {.view = v, .keys = keys, .count = count, .o = o};
    uint8_t head_bytes[9];
    struct out head = out_over(head_bytes, sizeof(head_bytes));
    size_t start = o->len, len;

    ASSERT(count > 0);
    if (v->top.fragment != 0) TRY(fragment_open(&p, v->top.fragment, v->top.height, NULL, NULL));
    /* How many items there are is known only now: their head is put in front of them. */
    cbor_put_array(&head, p.items);
    len = o->len - start;
    if (out_reserve(o, head.len) == NULL) return ERR_NO_ROOM;
    memmove(o->ptr + start + head.len, o->ptr + start, len);
    memcpy(o->ptr + start, head_bytes, head.len);
    return ERR_OK;
}
