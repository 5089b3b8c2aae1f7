/* All trees of a few leaves. See malformed.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/index/malformed/liar.h"
#include "tests/index/malformed/malformed.h"

static struct hash small_key(const struct small *s, size_t pattern)
{
    struct hash key = {{0}};

    for (size_t i = 0; i < s->bits; i++)
        if (pattern >> i & 1) key = with_bit_flipped(key, s->bit[s->bits - 1 - i]);
    return key;
}

/* The shape in pre-order: a 1 is a node, a 0 a leaf. Where it ends, or 0 when it is none. */
static size_t shape_read(unsigned shape, size_t at, size_t length)
{
    size_t middle;

    if (at >= length) return 0;
    tree.at[at].leaf = !(shape >> at & 1);
    if (tree.at[at].leaf) return at + 1;
    tree.at[at].left = at + 1;
    middle = shape_read(shape, at + 1, length);
    if (middle == 0) return 0;
    tree.at[at].right = middle;
    return shape_read(shape, middle, length);
}

/* How many ways a node can be, and the n-th. */
static size_t node_ways(const struct small *s)
{
    return ((size_t)1 << s->bits) - 1 + (s->dirty ? s->bits : 0);
}

static void node_way(const struct small *s, size_t n, struct node *ret)
{
    size_t plain = ((size_t)1 << s->bits) - 1, level = 0, first = 0;

    if (n >= plain) {
        ret->bit = s->bit[n - plain];
        ret->prefix = with_bit_flipped((struct hash){{0}}, ret->bit);
        return;
    }
    while (n >= first + ((size_t)1 << level)) first += (size_t)1 << level++;
    ret->bit = s->bit[level];
    ret->prefix = small_key(s, (n - first) << (s->bits - level));
}

static size_t odometer[TREE_NODES_MAX];

static size_t ways_at(const struct small *s, size_t at)
{
    return tree.at[at].leaf ? ((size_t)1 << s->bits) * s->values : node_ways(s);
}

/* False after the last. */
static bool odometer_next(const struct small *s)
{
    size_t at = 0;

    while (at < tree.count && ++odometer[at] == ways_at(s, at)) odometer[at++] = 0;
    return at < tree.count;
}

static void odometer_read(const struct small *s)
{
    unsigned leaf = 0;

    for (size_t at = 0; at < tree.count; at++) {
        struct node *n = &tree.at[at];

        if (!n->leaf) {
            node_way(s, odometer[at], n);
            continue;
        }
        n->entry.key = small_key(s, odometer[at] % ((size_t)1 << s->bits));
        n->entry.value = value_of(leaf++ + 100 * (unsigned)(odometer[at] >> s->bits), 1);
    }
}

static void ask_small(const struct small *s)
{
    ask_nothing();
    for (size_t n = 0; n < (size_t)1 << s->bits; n++) {
        struct hash key = small_key(s, n);

        ask_key(&key);
        for (size_t i = 0; i < s->bits; i++) {
            if (s->bit[i] >= 128) ask_prefix(&key, s->bit[i]);
            if (s->bit[i] >= 127 && s->bit[i] < 255) ask_prefix(&key, s->bit[i] + 1);
        }
        ask_prefix(&key, 128);
    }
}

void every_small_tree(const struct small *s)
{
    size_t length = 2 * s->leaves - 1;
    struct chance c = {1};

    for (unsigned shape = 0; shape < 1U << length; shape++) {
        tree_begin();
        if (shape_read(shape, 0, length) != length) continue;
        tree.count = length;
        memset(odometer, 0, sizeof(odometer));
        do {
            odometer_read(s);
            ask_small(s);
            show_everything(&c, 2);
        } while (odometer_next(s));
    }
}
