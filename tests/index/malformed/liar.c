/* See liar.h. */
#include "tests/index/malformed/liar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/base/codec.h"
#include "tests/index/malformed/malformed.h"

#define DEPTH_MAX 32
#define KEYS_MAX 16
#define PREFIXES_MAX 64

struct tree tree;

static struct hash hash_node(const struct node *n)
{
    uint8_t leaf[73] = {0x10}, inner[98] = {0x11, (uint8_t)n->bit};

    if (n->leaf) {
        memcpy(leaf + 1, n->entry.key.b, 32);
        memcpy(leaf + 33, n->entry.value.b, 40);
        return hash_of(span_of(leaf, sizeof(leaf)));
    }
    memcpy(inner + 2, n->prefix.b, 32);
    memcpy(inner + 34, tree.at[n->left].hash.b, 32);
    memcpy(inner + 66, tree.at[n->right].hash.b, 32);
    return hash_of(span_of(inner, sizeof(inner)));
}

static void settle(size_t at)
{
    struct node *n = &tree.at[at];

    if (!n->leaf) {
        settle(n->left);
        settle(n->right);
    }
    n->hash = hash_node(n);
}

/* ---- what has been accepted about this tree ---- */

enum kind { PRESENT, ABSENT, PREFIX, PREFIX_ABSENT, OPENED_PRESENT, OPENED_ABSENT, KINDS };
static size_t accepted[KINDS], trees_seen;

static struct {
    size_t keys, prefixes;
    struct {
        struct hash key;
        bool present, absent;
        struct list_value value;
    } key[KEYS_MAX];
    struct {
        struct hash prefix;
        unsigned bits;
        bool whole, absent;
        size_t count;
        struct trie_entry leaf[TREE_LEAVES_MAX];
    } prefix[PREFIXES_MAX];
} said;

static void two_answers(const char *about)
{
    for (size_t i = 0; i < tree.count; i++) {
        const struct node *n = &tree.at[i];

        print_message("%zu: %s", i, n->leaf ? "leaf" : "node");
        if (!n->leaf) print_message(" bit %u, %zu and %zu, prefix", n->bit, n->left, n->right);
        for (size_t b = 0; b < 32; b++)
            print_message("%s%02x", b % 8 == 0 ? " " : "", (n->leaf ? n->entry.key : n->prefix).b[b]);
        print_message("%s%02x\n", n->leaf ? " value …" : "", n->leaf ? n->entry.value.b[39] : 0);
    }
    fail_msg("two answers: %s", about);
}

static void say_present(size_t key, const struct list_value *value, enum kind kind)
{
    accepted[kind]++;
    if (u64_at(value->b) == 0) two_answers("a list of nothing");
    if (said.key[key].absent) two_answers("a key present and absent");
    if (said.key[key].present && memcmp(said.key[key].value.b, value->b, 40) != 0) two_answers("a key with two values");
    said.key[key].present = true;
    said.key[key].value = *value;
}

static void say_absent(size_t key, enum kind kind)
{
    accepted[kind]++;
    if (said.key[key].present) two_answers("a key absent and present");
    said.key[key].absent = true;
}

static void say_whole(size_t at, const struct trie_entry *leaves, size_t count)
{
    accepted[PREFIX]++;
    if (said.prefix[at].absent) two_answers("a prefix whole and absent");
    if (said.prefix[at].whole &&
        (said.prefix[at].count != count || memcmp(said.prefix[at].leaf, leaves, count * sizeof(leaves[0])) != 0))
        two_answers("a prefix with two sets");
    said.prefix[at].whole = true;
    said.prefix[at].count = count;
    memcpy(said.prefix[at].leaf, leaves, count * sizeof(leaves[0]));
}

static void say_prefix_absent(size_t at)
{
    accepted[PREFIX_ABSENT]++;
    if (said.prefix[at].whole) two_answers("a prefix absent and whole");
    said.prefix[at].absent = true;
}

bool key_under(const struct hash *key, const struct hash *prefix, unsigned bits)
{
    struct hash a = cut_to(*key, bits), b = cut_to(*prefix, bits);

    return memcmp(a.b, b.b, 32) == 0;
}

static const struct trie_entry *in_set(size_t at, const struct hash *key)
{
    for (size_t i = 0; i < said.prefix[at].count; i++)
        if (memcmp(said.prefix[at].leaf[i].key.b, key->b, 32) == 0) return &said.prefix[at].leaf[i];
    return NULL;
}

/* What is said of a prefix, against what is said of a key that it has. */
static void compare_one(size_t at, size_t key)
{
    const struct trie_entry *e = said.prefix[at].whole ? in_set(at, &said.key[key].key) : NULL;

    if (!key_under(&said.key[key].key, &said.prefix[at].prefix, said.prefix[at].bits)) return;
    if (said.key[key].present && said.prefix[at].absent) two_answers("a key that is there under a prefix that is not");
    if (said.key[key].absent && e != NULL) two_answers("a key that is not there in a set");
    if (!said.key[key].present || !said.prefix[at].whole) return;
    if (e == NULL) two_answers("a key that is there and lacks in its prefix's set");
    if (e != NULL && memcmp(e->value.b, said.key[key].value.b, 40) != 0) two_answers("another value in a prefix's set");
}

/* A longer prefix within a shorter one. */
static void compare_prefixes(size_t longer, size_t shorter)
{
    if (said.prefix[longer].bits <= said.prefix[shorter].bits ||
        !key_under(&said.prefix[longer].prefix, &said.prefix[shorter].prefix, said.prefix[shorter].bits))
        return;
    if (said.prefix[longer].whole && said.prefix[shorter].absent) two_answers("a set within an absent prefix");
    if (!said.prefix[shorter].whole) return;
    for (size_t i = 0; i < said.prefix[shorter].count; i++) {
        const struct trie_entry *e = &said.prefix[shorter].leaf[i];

        if (!key_under(&e->key, &said.prefix[longer].prefix, said.prefix[longer].bits)) continue;
        if (said.prefix[longer].absent) two_answers("an absent prefix within a set");
        if (said.prefix[longer].whole && in_set(longer, &e->key) == NULL) two_answers("a leaf in the wider set alone");
    }
    for (size_t i = 0; said.prefix[longer].whole && i < said.prefix[longer].count; i++)
        if (in_set(shorter, &said.prefix[longer].leaf[i].key) == NULL) two_answers("a leaf in the narrower set alone");
}

static void compare_all(void)
{
    for (size_t at = 0; at < said.prefixes; at++) {
        for (size_t key = 0; key < said.keys; key++) compare_one(at, key);
        for (size_t other = 0; other < said.prefixes; other++) compare_prefixes(at, other);
    }
}

/* ---- what is asked ---- */

void ask_key(const struct hash *key)
{
    size_t i = 0;

    while (i < said.keys && memcmp(said.key[i].key.b, key->b, 32) < 0) i++;
    if (said.keys == KEYS_MAX || (i < said.keys && memcmp(said.key[i].key.b, key->b, 32) == 0)) return;
    memmove(&said.key[i + 1], &said.key[i], (said.keys - i) * sizeof(said.key[0]));
    memset(&said.key[i], 0, sizeof(said.key[i]));
    said.key[i].key = *key;
    said.keys++;
}

void ask_prefix(const struct hash *key, unsigned bits)
{
    for (size_t i = 0; i < said.prefixes; i++)
        if (said.prefix[i].bits == bits && key_under(key, &said.prefix[i].prefix, bits)) return;
    if (said.prefixes == PREFIXES_MAX) return;
    said.prefix[said.prefixes].prefix = cut_to(*key, bits);
    said.prefix[said.prefixes].bits = bits;
    said.prefix[said.prefixes].whole = said.prefix[said.prefixes].absent = false;
    said.prefixes++;
}

/* ---- every proof that the tree gives ---- */

static struct trie_path path;
static size_t depth;
static struct {
    uint8_t bit;
    struct hash sibling;
} way[DEPTH_MAX]; /* from the root down */

static void path_from_way(void)
{
    path.count = depth;
    for (size_t i = 0; i < depth; i++) {
        path.step[i].bit = way[depth - 1 - i].bit;
        path.step[i].sibling = way[depth - 1 - i].sibling;
    }
}

/* Whether it was accepted, which must be as the rules have it. */
static bool ruled(enum err got, bool wanted)
{
    if ((got == ERR_OK) != wanted || (got != ERR_OK && got != ERR_BAD_PROOF))
        two_answers("the verifier's and the rules'");
    return wanted;
}

static void show_leaf(const struct trie_entry *e)
{
    const struct hash *root = &tree.at[0].hash;

    for (size_t k = 0; k < said.keys; k++) {
        const struct hash *key = &said.key[k].key;

        if (ruled(trie_presence_verify(key, &e->value, &path, root), judge_presence(key, &e->value, &path, root)))
            say_present(k, &e->value, PRESENT);
        if (ruled(trie_absence_verify(key, &e->key, &e->value, &path, root),
                  judge_absence(key, &e->key, &e->value, &path, root)))
            say_absent(k, ABSENT);
    }
    for (size_t p = 0; p < said.prefixes; p++) {
        const struct hash *prefix = &said.prefix[p].prefix;
        unsigned bits = said.prefix[p].bits;

        if (ruled(trie_prefix_absence_verify(prefix, bits, &e->key, &e->value, &path, root),
                  judge_prefix_absence(prefix, bits, &e->key, &e->value, &path, root)))
            say_prefix_absent(p);
    }
}

static void leaves_below(size_t at, struct trie_entry *ret, size_t *count)
{
    const struct node *n = &tree.at[at];

    if (n->leaf) {
        if (*count < TREE_LEAVES_MAX) ret[*count] = n->entry;
        ++*count;
        return;
    }
    leaves_below(n->left, ret, count);
    leaves_below(n->right, ret, count);
}

static void show_set(const struct trie_entry *leaves, size_t count)
{
    const struct hash *root = &tree.at[0].hash;

    for (size_t p = 0; p < said.prefixes; p++) {
        const struct hash *prefix = &said.prefix[p].prefix;
        unsigned bits = said.prefix[p].bits;

        if (ruled(trie_prefix_verify(prefix, bits, leaves, count, &path, root),
                  judge_prefix(prefix, bits, leaves, count, &path, root)))
            say_whole(p, leaves, count);
    }
}

static int compare_entries(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct trie_entry));
}

/* The leaves as they stand, sorted, and sorted without what is there twice. */
static void show_subtree(size_t at)
{
    struct trie_entry leaves[TREE_LEAVES_MAX];
    size_t count = 0, kept = 0;

    leaves_below(at, leaves, &count);
    if (count > TREE_LEAVES_MAX) return;
    show_set(leaves, count);
    if (count == 1) return;
    qsort(leaves, count, sizeof(leaves[0]), compare_entries);
    show_set(leaves, count);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || memcmp(&leaves[kept - 1], &leaves[i], sizeof(leaves[i])) != 0) leaves[kept++] = leaves[i];
    if (kept < count) show_set(leaves, kept);
}

static void show_below(size_t at)
{
    const struct node *n = &tree.at[at];

    path_from_way();
    if (n->leaf) show_leaf(&n->entry);
    show_subtree(at);
    if (n->leaf || depth == DEPTH_MAX) return;
    for (unsigned side = 0; side < 2; side++) {
        way[depth].bit = (uint8_t)n->bit;
        way[depth].sibling = tree.at[side == 0 ? n->right : n->left].hash;
        depth++;
        show_below(side == 0 ? n->left : n->right);
        depth--;
    }
}

/* ---- opened arrays ---- */

static struct items items;

/* Open where keys lead; `wide` of 16 times more than that, `closing` of 16 less, `high` of 16 with a bit that is the
 * same when it is cut to a byte. */
struct opening {
    struct chance *chance;
    unsigned wide, closing, high;
};

static bool often(const struct opening *o, unsigned of_16)
{
    return of_16 > 0 && chance_below(o->chance, 16) < of_16;
}

static void open_below(size_t at, const struct hash *keys, size_t count, const struct opening *o)
{
    const struct node *n = &tree.at[at];
    struct hash halves[2][KEYS_MAX];
    size_t counts[2] = {0, 0};

    if ((count == 0 && !often(o, o->wide)) || often(o, o->closing)) {
        items_closed(&items, &n->hash);
        return;
    }
    if (n->leaf) {
        items_leaf(&items, &n->entry);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned side = keys[i].b[n->bit / 8 % 32] >> (7 - n->bit % 8) & 1;

        halves[side][counts[side]++] = keys[i];
    }
    items_bit(&items, often(o, o->high) ? n->bit + 256 : n->bit);
    open_below(n->left, halves[0], counts[0], o);
    open_below(n->right, halves[1], counts[1], o);
}

/* `keys` by their number in said.key, rising. */
static void show_opened(const size_t *keys, size_t count, const struct opening *o)
{
    static uint8_t bytes[1 << 14];
    struct out array = out_over(bytes, sizeof(bytes));
    struct hash asked[KEYS_MAX];
    struct list_value value[KEYS_MAX], ruled_value[KEYS_MAX];
    bool present[KEYS_MAX], ruled_present[KEYS_MAX];
    enum err err;

    for (size_t i = 0; i < count; i++) asked[i] = said.key[keys[i]].key;
    items.count = 0;
    open_below(0, asked, count, o);
    items_encode(&items, &array);
    err = opened_verify(out_span(&array), &tree.at[0].hash, asked, count, present, value);
    if (err != judge_opened(&items, &tree.at[0].hash, asked, count, ruled_present, ruled_value))
        two_answers("the verifier's and the rules'");
    if (err != ERR_OK) return;
    for (size_t i = 0; i < count; i++) {
        if (present[i] != ruled_present[i]) two_answers("the verifier's and the rules'");
        if (present[i])
            say_present(keys[i], &value[i], OPENED_PRESENT);
        else
            say_absent(keys[i], OPENED_ABSENT);
    }
}

static void show_arrays(struct chance *c, unsigned more)
{
    const struct opening right = {.chance = c};
    size_t keys[KEYS_MAX];

    for (size_t k = 0; k < said.keys; k++) show_opened(&k, 1, &right);
    for (unsigned n = 0; n < more; n++) {
        struct opening o = {.chance = c};
        size_t count = 0;

        for (size_t k = 0; k < said.keys; k++)
            if (chance_one_in(c, 3)) keys[count++] = k;
        if (count == 0) keys[count++] = chance_below(c, said.keys);
        if (n % 4 == 1) o.wide = 6;
        if (n % 4 == 2) o.closing = 4;
        if (n % 4 == 3) o.high = 4;
        show_opened(keys, count, &o);
    }
}

void show_everything(struct chance *c, unsigned more_arrays)
{
    settle(0);
    depth = 0;
    show_below(0);
    show_arrays(c, more_arrays);
    compare_all();
    trees_seen++;
}

void ask_nothing(void)
{
    said.keys = said.prefixes = 0;
}

size_t asked_count(void)
{
    return said.keys;
}

const struct hash *asked_key(size_t n)
{
    return &said.key[n].key;
}

void tree_begin(void)
{
    tree.count = 0;
    ask_nothing();
}

/* The test is none if nothing that a liar shows is accepted. */
void every_kind_was_accepted(size_t least)
{
    print_message("%zu trees; accepted: %zu present, %zu absent, %zu prefixes, %zu absent ones, opened %zu and %zu\n",
                  trees_seen, accepted[PRESENT], accepted[ABSENT], accepted[PREFIX], accepted[PREFIX_ABSENT],
                  accepted[OPENED_PRESENT], accepted[OPENED_ABSENT]);
    for (size_t k = 0; k < KINDS; k++) assert_true(accepted[k] >= least);
}

struct list_value value_of(unsigned n, uint64_t count)
{
    struct list_value v = {{0}};

    v.b[7] = (uint8_t)count;
    v.b[39] = (uint8_t)(n + 1);
    return v;
}
