/* Opened arrays of any shape under the root that they lead to when nothing is checked: what the verifier decides and
 * answers is what the rules say (tests/index/judge.h). The input is the asked keys, then the items: small numbers, so
 * that things fit more often than at random. */
#include "log/base/cbor.h"
#include "tests/fuzz/fuzz.h"
#include "tests/index/judge.h"

#define KEYS_MAX 8
#define SHAPE_MAX 200 /* items; as deep as that too */

static const unsigned places[] = {0, 1, 2, 127, 128, 129, 254, 255};
static struct items items;

/* Zeros but for the bits at those places. */
static struct hash key_of(uint8_t pattern)
{
    struct hash key = {{0}};

    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (pattern >> i & 1) key = with_bit_flipped(key, places[i]);
    return key;
}

/* A byte for each item: a node at one of the places or (with the next byte) at any bit, a closed half, or a leaf with
 * its key and value in two bytes more. Where bytes or room end there are closed halves. */
static void read_shape(struct span *rest)
{
    struct span what = fuzz_take(rest, 1), more;
    struct hash closed = sample_hash("closed", items.count);
    struct trie_entry e = {.key = {{0}}};

    if (what.len == 0 || items.count > SHAPE_MAX || what.ptr[0] % 4 == 0) {
        items_closed(&items, &closed);
        return;
    }
    if (what.ptr[0] % 4 == 1) {
        more = fuzz_take(rest, 2);
        if (more.len == 2) e.key = key_of(more.ptr[0]);
        if (more.len == 2) e.value.b[7] = more.ptr[1];
        items_leaf(&items, &e);
        return;
    }
    if (what.ptr[0] % 4 == 2) {
        items_bit(&items, places[what.ptr[0] / 4 % 8]);
    } else {
        more = fuzz_take(rest, 1);
        items_bit(&items, (more.len == 0 ? 0 : more.ptr[0]) + (what.ptr[0] > 0xc0 ? 256U : 0U));
    }
    read_shape(rest);
    read_shape(rest);
}

FUZZ(input)
{
    struct span rest = input, head = fuzz_take(&rest, 1);
    struct hash keys[KEYS_MAX], root;
    struct list_value value[KEYS_MAX], ruled_value[KEYS_MAX];
    bool present[KEYS_MAX], ruled_present[KEYS_MAX];
    size_t count = 0;
    FUZZ_OUT(array);
    enum err err;

    if (head.len == 0) return;
    for (; count < head.ptr[0] % (KEYS_MAX + 1U) && rest.len > 0; count++) {
        keys[count] = key_of(fuzz_take(&rest, 1).ptr[0]);
        if (count > 0 && hash_compare(&keys[count - 1], &keys[count]) >= 0) return;
    }
    items.count = 0;
    if (rest.len > 0) read_shape(&rest);
    root = items.count == 0 || head.ptr[0] > 0xf0 ? (struct hash){{0}} : items_root(&items);
    if (head.ptr[0] > 0xe0 && head.ptr[0] <= 0xf0) root = sample_hash("root", 0);
    if (rest.len > 0) read_shape(&rest); /* what is left over */
    items_encode(&items, &array);
    err = opened_verify(out_span(&array), &root, keys, count, present, value);
    ASSERT(err == judge_opened(&items, &root, keys, count, ruled_present, ruled_value));
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        ASSERT(present[i] == ruled_present[i]);
        ASSERT(!present[i] || memcmp(value[i].b, ruled_value[i].b, sizeof(value[i].b)) == 0);
    }
}
