/* Opened tries: an array that leads to its root is open exactly where the keys lead, and is written one way. The input
 * is a root, keys with their count before them, and the array. */
#include "log/base/cbor.h"
#include "log/index/trie.h"
#include "tests/fuzz/fuzz.h"

#define KEYS_MAX 16

static struct {
    const struct hash *key;
    size_t count;
} asked;

struct branch {
    const struct branch *above;
    unsigned bit, side;
};

static bool leads(const struct branch *way, const struct hash *key)
{
    for (; way != NULL; way = way->above)
        if (trie_bit(key, way->bit) != way->side) return false;
    return true;
}

/* Bits rise on the way down: at most 256 levels. */
static void again(struct cbor *c, const struct branch *way, struct out *o)
{
    struct branch left = {way, 0, 0}, right = {way, 0, 1};
    bool open = false;
    struct span bytes;
    uint64_t bit;

    for (size_t i = 0; i < asked.count; i++) open |= leads(way, &asked.key[i]);
    if (cbor_uint(c, &bit) == ERR_OK) {
        ASSERT(open && (way == NULL || way->bit < bit) && bit < TRIE_LEAF);
        cbor_put_uint(o, bit);
        left.bit = right.bit = (unsigned)bit;
        again(c, &left, o);
        again(c, &right, o);
        return;
    }
    ASSERT(cbor_bytes(c, &bytes) == ERR_OK);
    ASSERT(bytes.len == (open ? 72 : 32));
    cbor_put_bytes(o, bytes);
}

static void make_again(struct span array, const struct hash *keys, size_t count)
{
    struct cbor c = cbor_over(array);
    uint64_t items;
    FUZZ_OUT(o);

    asked.key = keys;
    asked.count = count;
    ASSERT(cbor_array(&c, &items) == ERR_OK);
    cbor_put_array(&o, items);
    if (items > 0) again(&c, NULL, &o);
    ASSERT(cbor_end(&c) == ERR_OK);
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
