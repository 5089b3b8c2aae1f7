/* Random trees. See malformed.h. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "tests/index/malformed/liar.h"
#include "tests/index/malformed/malformed.h"

/* What keys and nodes of one tree are made of. */
struct clay {
    struct chance chance;
    struct hash base;
    size_t bits;
    unsigned bit[5];
};

static void clay_make(struct clay *c)
{
    static const unsigned places[] = {0, 1, 7, 8, 64, 126, 127, 128, 129, 130, 131, 200, 254, 255};

    c->base = chance_one_in(&c->chance, 2) ? (struct hash){{0}} : chance_hash(&c->chance);
    c->bits = chance_between(&c->chance, 1, COUNT_OF(c->bit));
    for (size_t i = 0; i < c->bits; i++) c->bit[i] = places[chance_below(&c->chance, COUNT_OF(places))];
}

static struct hash some_key(struct clay *c)
{
    struct hash key = c->base;

    for (size_t i = 0; i < c->bits; i++)
        if (chance_one_in(&c->chance, 2)) key = with_bit_flipped(key, c->bit[i]);
    return key;
}

static unsigned some_bit(struct clay *c)
{
    unsigned bit = c->bit[chance_below(&c->chance, c->bits)];

    switch (chance_below(&c->chance, 12)) {
    case 0: return (bit + 1) % 256;
    case 1: return (bit + 255) % 256;
    case 2: return (unsigned)chance_below(&c->chance, 256);
    default: return bit;
    }
}

static struct list_value some_value(struct clay *c)
{
    return value_of((unsigned)chance_below(&c->chance, 4), chance_one_in(&c->chance, 12) ? 0 : 1);
}

static size_t node_new(void)
{
    assert_true(tree.count < TREE_NODES_MAX);
    tree.at[tree.count] = (struct node){.leaf = true};
    return tree.count++;
}

static struct hash some_prefix(struct clay *c, unsigned bit)
{
    struct hash key = tree.count > 1 && chance_one_in(&c->chance, 2)
                          ? tree.at[chance_below(&c->chance, tree.count)].entry.key
                          : some_key(c);

    return cut_to(key, chance_one_in(&c->chance, 12) ? bit + 1 : bit);
}

/* Anything: `leaves` of them below a node that follows no rule. */
static size_t grow_wild(struct clay *c, size_t leaves)
{
    size_t at = node_new(), first;

    if (leaves == 1) {
        tree.at[at].entry = (struct trie_entry){some_key(c), some_value(c)};
        return at;
    }
    first = chance_between(&c->chance, 1, leaves - 1);
    tree.at[at].leaf = false;
    tree.at[at].left = grow_wild(c, first);
    tree.at[at].right = chance_one_in(&c->chance, 10) ? tree.at[at].left : grow_wild(c, leaves - first);
    tree.at[at].bit = some_bit(c);
    tree.at[at].prefix = some_prefix(c, tree.at[at].bit);
    return at;
}

/* A trie as it should be, over entries that rise strictly. */
static size_t grow_right(const struct trie_entry *e, size_t count)
{
    size_t at = node_new(), middle = 1;
    unsigned bit = 0;

    if (count == 1) {
        tree.at[at].entry = e[0];
        return at;
    }
    while (key_under(&e[0].key, &e[count - 1].key, bit + 1)) bit++;
    while (key_under(&e[0].key, &e[middle].key, bit + 1)) middle++;
    tree.at[at].leaf = false;
    tree.at[at].bit = bit;
    tree.at[at].prefix = cut_to(e[0].key, bit);
    tree.at[at].left = grow_right(e, middle);
    tree.at[at].right = grow_right(e + middle, count - middle);
    return at;
}

static bool below_itself(size_t at, size_t seek)
{
    const struct node *n = &tree.at[at];

    return at == seek || (!n->leaf && (below_itself(n->left, seek) || below_itself(n->right, seek)));
}

/* One thing wrong. */
static void break_node(struct clay *c)
{
    size_t at = chance_below(&c->chance, tree.count), other = chance_below(&c->chance, tree.count), kept;
    struct node *n = &tree.at[at];

    if (n->leaf) {
        switch (chance_below(&c->chance, 3)) {
        case 0: n->entry.key = some_key(c); break;
        case 1: n->entry.value = some_value(c); break;
        default: n->entry = tree.at[other].entry; break;
        }
        return;
    }
    switch (chance_below(&c->chance, 6)) {
    case 0: kept = n->left, n->left = n->right, n->right = kept; break;
    case 1: n->bit = some_bit(c); break;
    case 2: n->bit = some_bit(c), n->prefix = some_prefix(c, n->bit); break;
    case 3: n->prefix = some_prefix(c, n->bit); break;
    case 4: n->bit = tree.at[other].bit, n->prefix = cut_to(n->prefix, n->bit); break;
    default:
        if (below_itself(other, at)) return;
        *(chance_one_in(&c->chance, 2) ? &n->left : &n->right) = other;
        break;
    }
}

/* A node more above one that is there: half a way that says nothing, or something else. */
static void push_node(struct clay *c)
{
    size_t at = chance_below(&c->chance, tree.count), below;

    if (tree.count + 2 > TREE_NODES_MAX) return;
    below = node_new();
    tree.at[below] = tree.at[at];
    tree.at[at].leaf = false;
    tree.at[at].bit = some_bit(c);
    tree.at[at].prefix = some_prefix(c, tree.at[at].bit);
    tree.at[at].left = below;
    tree.at[at].right = chance_one_in(&c->chance, 2) ? below : node_new();
    if (tree.at[at].right != below) tree.at[tree.at[at].right].entry = (struct trie_entry){some_key(c), some_value(c)};
    if (chance_one_in(&c->chance, 2)) {
        tree.at[at].left = tree.at[at].right;
        tree.at[at].right = below;
    }
}

static void grow_broken(struct clay *c)
{
    struct trie_entry e[TREE_LEAVES_MAX];
    size_t count = 0;

    for (uint64_t n = chance_between(&c->chance, 1, TREE_LEAVES_MAX - 2); n > 0; n--) {
        struct hash key = some_key(c);
        size_t i = 0;

        while (i < count && memcmp(e[i].key.b, key.b, 32) < 0) i++;
        if (i < count && memcmp(e[i].key.b, key.b, 32) == 0) continue;
        memmove(&e[i + 1], &e[i], (count - i) * sizeof(e[0]));
        e[i] = (struct trie_entry){key, value_of((unsigned)n, 1)};
        count++;
    }
    grow_right(e, count);
    for (uint64_t n = chance_between(&c->chance, 1, 3); n > 0; n--) {
        if (chance_one_in(&c->chance, 4))
            push_node(c);
        else
            break_node(c);
    }
}

static void ask_random(struct clay *c)
{
    for (size_t i = 0; i < tree.count; i++)
        if (tree.at[i].leaf) ask_key(&tree.at[i].entry.key);
    for (unsigned n = 0; n < 3; n++) {
        struct hash key = some_key(c);

        ask_key(&key);
    }
    for (size_t k = 0; k < asked_count(); k++) {
        unsigned bit = some_bit(c);

        if (bit >= 128) ask_prefix(asked_key(k), bit);
        if (bit >= 127 && bit < 255) ask_prefix(asked_key(k), bit + 1);
        if (k % 3 == 0) ask_prefix(asked_key(k), 128);
    }
}

static void random_tree(uint64_t seed)
{
    struct clay c = {.chance = {seed}};

    tree_begin();
    clay_make(&c);
    if (chance_one_in(&c.chance, 3))
        grow_wild(&c, chance_between(&c.chance, 1, TREE_LEAVES_MAX - 2));
    else
        grow_broken(&c);
    ask_random(&c);
    show_everything(&c.chance, 8);
}

static struct {
    uint64_t seed;
    bool growing;
} now;

void random_trees(uint64_t first, uint64_t count)
{
    now.growing = true;
    for (now.seed = first; now.seed < first + count; now.seed++) random_tree(now.seed);
    now.growing = false;
}

void new_random_trees(uint64_t count)
{
    const char *asked = getenv("CAIRN_SEED");
    uint64_t first = asked != NULL && asked[0] != '\0' ? strtoull(asked, NULL, 10) : (uint64_t)time(NULL) << 20;

    print_message("from CAIRN_SEED=%" PRIu64 " on\n", first);
    random_trees(first, count);
}

int random_trees_tear_down(void **state)
{
    (void)state;
    if (now.growing)
        print_message("this tree again: CAIRN_SEED=%" PRIu64
                      " ctest --test-dir build/release -V -R test_index_malformed_slow\n",
                      now.seed);
    now.growing = false;
    return 0;
}
