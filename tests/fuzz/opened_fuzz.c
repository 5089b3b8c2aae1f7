/* Opened tries: from an array that leads to its root a trie is built, of which opening the same keys makes the same
 * array. The input is a root, keys with their count before them, and the array. */
#include "log/base/cbor.h"
#include "log/index/trie.h"
#include "tests/fuzz/fuzz.h"

#define KEYS_MAX 16
#define NODES_MAX 4096

/* Inner nodes in the order of the array; the number of one stands where its prefix would. */
static struct {
    size_t count;
    struct trie_row row[NODES_MAX];
    size_t leaf_count;
    struct trie_entry leaf[NODES_MAX];
} built;

static struct hash number_of(size_t n)
{
    struct hash h = {{(uint8_t)(n >> 8), (uint8_t)n}};

    return h;
}

static enum err rows_get(void *ctx, unsigned bit, const struct hash *prefix, struct trie_row *ret)
{
    (void)ctx;
    (void)bit;
    *ret = built.row[(size_t)(prefix->b[0] << 8 | prefix->b[1])];
    return ERR_OK;
}

static enum err values_get(void *ctx, const struct hash *key, struct list_value *ret)
{
    (void)ctx;
    for (size_t i = 0; i < built.leaf_count; i++) {
        if (!hash_equal(&built.leaf[i].key, key)) continue;
        *ret = built.leaf[i].value;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

static void build_leaf(struct span bytes, struct trie_half *ret)
{
    struct trie_entry *leaf = &built.leaf[built.leaf_count++];

    memcpy(leaf->key.b, bytes.ptr, sizeof(leaf->key.b));
    memcpy(leaf->value.b, bytes.ptr + sizeof(leaf->key.b), sizeof(leaf->value.b));
    *ret = (struct trie_half){TRIE_LEAF, leaf->key, trie_leaf_hash(&leaf->key, &leaf->value)};
}

/* Bits rise on the way down: at most 256 levels. */
static void build(struct cbor *c, struct trie_half *ret)
{
    struct span bytes;
    uint64_t bit;
    size_t node = built.count;

    *ret = (struct trie_half){.bit = TRIE_LEAF};
    if (cbor_uint(c, &bit) == ERR_OK) {
        ASSERT(built.count < NODES_MAX);
        built.count++;
        build(c, &built.row[node].half[0]);
        build(c, &built.row[node].half[1]);
        *ret = (struct trie_half){.bit = (unsigned)bit, .key = number_of(node)};
        return;
    }
    ASSERT(cbor_bytes(c, &bytes) == ERR_OK);
    if (bytes.len == 32)
        memcpy(ret->hash.b, bytes.ptr, sizeof(ret->hash.b));
    else
        build_leaf(bytes, ret);
}

static void make_again(struct span array, const struct hash *keys, size_t count)
{
    struct trie_rows rows = {.get = rows_get, .has_root = true};
    struct trie_values values = {.value = values_get};
    struct cbor c = cbor_over(array);
    uint64_t items;
    FUZZ_OUT(o);

    built.count = built.leaf_count = 0;
    ASSERT(cbor_array(&c, &items) == ERR_OK);
    if (items > NODES_MAX) return;
    if (items == 0)
        rows.has_root = false;
    else
        build(&c, &rows.root);
    ASSERT(cbor_end(&c) == ERR_OK);
    ASSERT(opened_make(&rows, &values, keys, count, &o) == ERR_OK);
    fuzz_same(&o, array);
}

FUZZ(input)
{
    static struct hash root, key[KEYS_MAX];
    static struct list_value value[KEYS_MAX];
    struct span rest = input, bytes = fuzz_take(&rest, sizeof(root)), head = fuzz_take(&rest, 1);
    size_t count = head.len == 0 ? 0 : head.ptr[0] % (KEYS_MAX + 1U);
    bool present[KEYS_MAX];

    if (head.len == 0 || rest.len < count * sizeof(struct hash)) return;
    memcpy(root.b, bytes.ptr, sizeof(root.b));
    for (size_t i = 0; i < count; i++) {
        memcpy(key[i].b, fuzz_take(&rest, sizeof(key[i])).ptr, sizeof(key[i].b));
        if (i > 0 && hash_compare(&key[i - 1], &key[i]) >= 0) return;
    }
    if (opened_verify(rest, &root, key, count, present, value) != ERR_OK) return;
    for (size_t i = 0; i < count; i++) ASSERT(!present[i] || list_count(&value[i]) > 0);
    make_again(rest, key, count);
}
