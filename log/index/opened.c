/* See trie.h. Several keys under one root at once: the trie in pre-order, opened exactly where an asked
 * key leads and closed everywhere else. There is one such array for a trie and a set of keys.
 * No recursion: at most 256 levels, since bits rise on the way down. */
#include "log/index/trie.h"

#include "log/base/cbor.h"

#define LEAF_BYTES (32 + 40)

/* The way down to where the walk stands: which bits have been branched at, and the sides taken.
 * A key leads here when it has that side at each of those bits. */
struct way {
    struct hash branched, taken;
};

static void way_set(struct way *w, unsigned bit, unsigned side)
{
    uint8_t mask = (uint8_t)(0x80U >> bit % 8);

    w->branched.b[bit / 8] |= mask;
    if (side == 1)
        w->taken.b[bit / 8] |= mask;
    else
        w->taken.b[bit / 8] &= (uint8_t)~mask;
}

static void way_clear(struct way *w, unsigned bit)
{
    way_set(w, bit, 0);
    w->branched.b[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
}

static bool way_leads(const struct way *w, const struct hash *key)
{
    unsigned differ = 0;

    for (size_t i = 0; i < sizeof(key->b); i++) differ |= (unsigned)(key->b[i] ^ w->taken.b[i]) & w->branched.b[i];
    return differ == 0;
}

static bool way_asked(const struct way *w, const struct hash *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (way_leads(w, &keys[i])) return true;
    return false;
}

/* A half that has been read: its hash and, when anything in it was opened, a key that stands there.
 * One key speaks for all of them: whatever was opened below a node agrees up to the node's bit. */
struct read_half {
    bool opened;
    struct hash key, hash;
};

struct checker {
    struct cbor items;
    const struct hash *keys;
    size_t count;
    bool *present;
    struct list_value *value;
    bool incomplete;
    struct way way;
    size_t depth;
    struct {
        unsigned bit;
        bool right_begun;
        struct read_half left;
    } level[256];
};

static enum err check_node(struct checker *k)
{
    unsigned least = k->depth == 0 ? 0 : k->level[k->depth - 1].bit + 1;
    uint64_t bit;

    TRY(cbor_uint(&k->items, &bit));
    if (bit < least || bit >= TRIE_LEAF) return ERR_BAD_PROOF;
    k->level[k->depth].bit = (unsigned)bit;
    k->level[k->depth].right_begun = false;
    k->depth++;
    way_set(&k->way, (unsigned)bit, 0);
    return ERR_OK;
}

static enum err check_leaf(struct checker *k, struct span bytes, struct read_half *ret)
{
    struct list_value value;
    bool asked = false;

    memcpy(ret->key.b, bytes.ptr, 32);
    memcpy(value.b, bytes.ptr + 32, 40);
    if (list_count(&value) == 0) return ERR_BAD_PROOF;
    /* It stands on its own way: at every branch above it has the bit of its side. */
    if (!way_leads(&k->way, &ret->key)) return ERR_BAD_PROOF;
    for (size_t i = 0; i < k->count; i++) {
        if (!way_leads(&k->way, &k->keys[i])) continue;
        asked = true;
        k->present[i] = hash_equal(&k->keys[i], &ret->key);
        if (k->present[i]) k->value[i] = value;
    }
    /* Nothing is opened where no key leads; nor any node, since below it a leaf is opened. */
    if (!asked) return ERR_BAD_PROOF;
    ret->opened = true;
    ret->hash = trie_leaf_hash(&ret->key, &value);
    return ERR_OK;
}

static enum err check_bytes(struct checker *k, struct read_half *ret)
{
    struct span bytes;

    TRY(cbor_bytes(&k->items, &bytes));
    if (bytes.len == LEAF_BYTES) return check_leaf(k, bytes, ret);
    if (bytes.len != 32) return ERR_BAD_PROOF;
    if (way_asked(&k->way, k->keys, k->count)) k->incomplete = true;
    ret->opened = false;
    memcpy(ret->hash.b, bytes.ptr, 32);
    return ERR_OK;
}

/* Makes *half, the right half of a node, the node. Its prefix comes from the keys opened below it. */
static enum err join(unsigned bit, const struct read_half *left, struct read_half *half)
{
    const struct hash *key = left->opened ? &left->key : &half->key;

    if (!left->opened && !half->opened) return ERR_BAD_PROOF;
    if (left->opened && half->opened && trie_fork(&left->key, &half->key) != bit) return ERR_BAD_PROOF;
    half->hash = trie_node_hash(bit, key, &left->hash, &half->hash);
    half->key = *key;
    half->opened = true;
    return ERR_OK;
}

/* Up from a half that is done, to the next right half or (depth 0) the whole. */
static enum err check_up(struct checker *k, struct read_half *half)
{
    while (k->depth > 0 && k->level[k->depth - 1].right_begun) {
        k->depth--;
        way_clear(&k->way, k->level[k->depth].bit);
        TRY(join(k->level[k->depth].bit, &k->level[k->depth].left, half));
    }
    if (k->depth == 0) return ERR_OK;
    k->level[k->depth - 1].left = *half;
    k->level[k->depth - 1].right_begun = true;
    way_set(&k->way, k->level[k->depth - 1].bit, 1);
    return ERR_OK;
}

/* Reads as many items as the root needs, which must be all that `promised` says there are. */
static enum err check_items(struct checker *k, uint64_t promised, const struct hash *root)
{
    struct read_half half;
    enum cbor_type type;
    uint64_t items = 0;

    do {
        items++;
        TRY(cbor_peek(&k->items, &type));
        if (type == CBOR_UINT) {
            TRY(check_node(k));
            continue;
        }
        TRY(check_bytes(k, &half));
        TRY(check_up(k, &half));
    } while (k->depth > 0);
    if (items != promised || !hash_equal(&half.hash, root)) return ERR_BAD_PROOF;
    return cbor_end(&k->items);
}

/* The zero root is that of the empty trie, and the empty array goes with it alone. */
static enum err check_whole(struct checker *k, const struct hash *root)
{
    const struct hash zero = {{0}};
    uint64_t promised;

    TRY(cbor_array(&k->items, &promised));
    if (hash_equal(root, &zero) != (promised == 0)) return ERR_BAD_PROOF;
    if (promised > 0) return check_items(k, promised, root);
    for (size_t i = 0; i < k->count; i++) k->present[i] = false;
    return cbor_end(&k->items);
}

enum err opened_verify(struct span array, const struct hash *root, const struct hash *keys, size_t count,
                       bool *ret_present, struct list_value *ret_value)
{
    struct checker k = {
        .items = cbor_over(array), .keys = keys, .count = count, .present = ret_present, .value = ret_value};

    if (count == 0 || check_whole(&k, root) != ERR_OK) return ERR_BAD_PROOF;
    /* Said last: bytes that do not lead to the root prove nothing, not even a gap. */
    return k.incomplete ? ERR_INCOMPLETE : ERR_OK;
}
