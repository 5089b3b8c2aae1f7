/* One path under a root: what the verifiers decide is what the rules say (tests/index/judge.h). The input is the kind
 * of claim, the bits of its prefix, and small numbers for keys, values and steps, so that things fit more often than
 * at random; the root is what the path leads to when nothing is checked, unless the kind says otherwise. */
#include "log/base/codec.h"
#include "tests/fuzz/fuzz.h"
#include "tests/index/judge.h"

#define LEAVES_MAX 8

static const unsigned places[] = {0, 1, 2, 127, 128, 129, 254, 255};

/* Zeros but for the bits at those places. */
static struct hash key_of(uint8_t pattern)
{
    struct hash key = {{0}};

    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (pattern >> i & 1) key = with_bit_flipped(key, places[i]);
    return key;
}

static struct trie_entry entry_of(uint8_t pattern, uint8_t value)
{
    struct trie_entry e = {.key = key_of(pattern)};

    e.value.b[7] = value & 3;
    e.value.b[39] = value;
    return e;
}

/* What the path leads to from a hash, whatever its bits. */
static struct hash fold(struct hash h, const struct hash *key, const struct trie_path *path)
{
    for (size_t i = 0; i < path->count; i++) {
        unsigned bit = path->step[i].bit;
        const struct hash *sibling = &path->step[i].sibling;

        h = trie_bit(key, bit) == 0 ? trie_node_hash(bit, key, &h, sibling) : trie_node_hash(bit, key, sibling, &h);
    }
    return h;
}

/* The subtree of leaves that rise; of others, something. */
static struct hash subtree(const struct trie_entry *leaves, size_t count)
{
    struct model m = {.count = 0};
    struct hash root;

    for (size_t i = 0; i < count; i++) model_set(&m, &leaves[i].key, &leaves[i].value);
    root = model_root(&m);
    model_free(&m);
    return root;
}

FUZZ(input)
{
    static struct trie_path path;
    struct trie_entry leaves[LEAVES_MAX];
    struct span rest = input, head = fuzz_take(&rest, 4);
    size_t count = 0;
    struct hash key, root, start;
    unsigned bits;
    bool other;

    if (head.len < 4) return;
    key = key_of(head.ptr[1]);
    bits = head.ptr[2] + (head.ptr[0] & 0x40 ? 128U : 0U);
    for (; count < (head.ptr[3] & 7U) + 1 && rest.len >= 2; count++) {
        struct span two = fuzz_take(&rest, 2);

        leaves[count] = entry_of(two.ptr[0], two.ptr[1]);
    }
    if (count == 0) return;
    for (path.count = 0; rest.len >= 2 && path.count < 256; path.count++) {
        struct span two = fuzz_take(&rest, 2);

        path.step[path.count].bit = two.ptr[0];
        path.step[path.count].sibling = sample_hash("sibling", two.ptr[1]);
    }
    start = (head.ptr[0] & 3) == 2 ? subtree(leaves, count) : trie_leaf_hash(&leaves[0].key, &leaves[0].value);
    root = fold(start, &leaves[0].key, &path);
    if (head.ptr[0] & 0x10) memset(root.b, 0, sizeof(root.b));
    if (head.ptr[0] & 0x20) root = sample_hash("root", 0);
    other = !(head.ptr[0] & 0x80);

    const struct hash *k = other ? &leaves[0].key : NULL;
    const struct list_value *v = other ? &leaves[0].value : NULL;

    switch (head.ptr[0] & 3) {
    case 0:
        ASSERT((trie_presence_verify(&leaves[0].key, &leaves[0].value, &path, &root) == ERR_OK) ==
               judge_presence(&leaves[0].key, &leaves[0].value, &path, &root));
        break;
    case 1:
        ASSERT((trie_absence_verify(&key, k, v, &path, &root) == ERR_OK) == judge_absence(&key, k, v, &path, &root));
        break;
    case 2:
        ASSERT((trie_prefix_verify(&key, bits, leaves, count, &path, &root) == ERR_OK) ==
               judge_prefix(&key, bits, leaves, count, &path, &root));
        break;
    default:
        ASSERT((trie_prefix_absence_verify(&key, bits, k, v, &path, &root) == ERR_OK) ==
               judge_prefix_absence(&key, bits, k, v, &path, &root));
        break;
    }
}
