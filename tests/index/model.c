#include "tests/index/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/base/cbor.h"
#include "log/base/codec.h"

/* ---- the definition ---- */

static unsigned bit_of(const struct hash *h, unsigned i)
{
    return (h->b[i >> 3] & (128 >> (i & 7))) != 0;
}

struct hash cut_to(struct hash h, unsigned bits)
{
    for (unsigned i = bits; i < 256; i++) h.b[i >> 3] &= (uint8_t) ~(128 >> (i & 7));
    return h;
}

struct hash with_bit_flipped(struct hash h, unsigned bit)
{
    h.b[bit >> 3] ^= (uint8_t)(128 >> (bit & 7));
    return h;
}

static struct hash define_leaf(const struct trie_entry *e)
{
    uint8_t bytes[73] = {0x10};

    memcpy(bytes + 1, e->key.b, 32);
    memcpy(bytes + 33, e->value.b, 40);
    return hash_of(span_of(bytes, sizeof(bytes)));
}

static struct hash define_node(unsigned bit, const struct hash *key, struct hash left, struct hash right)
{
    struct hash prefix = cut_to(*key, bit);
    uint8_t bytes[98] = {0x11, (uint8_t)bit};

    memcpy(bytes + 2, prefix.b, 32);
    memcpy(bytes + 34, left.b, 32);
    memcpy(bytes + 66, right.b, 32);
    return hash_of(span_of(bytes, sizeof(bytes)));
}

/* The first bit in which not all of [first, end) agree, and where its ones begin. Of keys that rise the first and the
 * last differ there if any do. */
static unsigned branch(const struct model *m, size_t first, size_t end, size_t *ret_middle)
{
    unsigned bit = 0;
    size_t i = first;

    while (bit < 256 && bit_of(&m->entry[first].key, bit) == bit_of(&m->entry[end - 1].key, bit)) bit++;
    if (bit == 256) fail_msg("keys are not distinct");
    while (bit_of(&m->entry[i].key, bit) == 0) i++;
    *ret_middle = i;
    return bit;
}

static struct hash define_root(const struct model *m, size_t first, size_t end)
{
    size_t middle = 0;
    unsigned bit;

    if (first == end) return (struct hash){{0}};
    if (end - first == 1) return define_leaf(&m->entry[first]);
    bit = branch(m, first, end, &middle);
    return define_node(bit, &m->entry[first].key, define_root(m, first, middle), define_root(m, middle, end));
}

struct hash model_root(const struct model *m)
{
    return define_root(m, 0, m->count);
}

static uint64_t largest_power_below(uint64_t n)
{
    uint64_t k = 1;

    while (k * 2 < n) k *= 2;
    return k;
}

/* RFC 6962, section 2.1. */
static struct hash define_list(const struct list_item *items, size_t count)
{
    uint8_t leaf[41] = {0x00}, node[65] = {0x01};
    struct hash left, right;
    size_t k;

    if (count == 1) {
        u64_put(leaf + 1, items[0].position);
        memcpy(leaf + 9, items[0].id.b, 32);
        return hash_of(span_of(leaf, sizeof(leaf)));
    }
    k = largest_power_below(count);
    left = define_list(items, k);
    right = define_list(items + k, count - k);
    memcpy(node + 1, left.b, 32);
    memcpy(node + 33, right.b, 32);
    return hash_of(span_of(node, sizeof(node)));
}

struct list_value model_list_value(const struct list_item *items, size_t count)
{
    struct hash root = define_list(items, count);
    struct list_value v;

    u64_put(v.b, count);
    memcpy(v.b + 8, root.b, 32);
    return v;
}

static struct hash component_hash(uint8_t first, uint8_t kind, struct span component)
{
    return hash_parts((struct span[]){span_of(&first, 1), span_of(&kind, 1), component}, 3);
}

struct hash model_key(uint8_t kind, const struct span *components, size_t count)
{
    struct hash key = component_hash(0x13, kind, count == 0 ? span_of("", 0) : components[0]), second;

    assert_true(count <= 2);
    if (count < 2) return key;
    second = component_hash(0x15, kind, components[1]);
    memcpy(key.b + 16, second.b, 16);
    return key;
}

/* ---- the array ---- */

size_t model_place(const struct model *m, const struct hash *key)
{
    size_t first = 0, end = m->count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;

        if (memcmp(m->entry[middle].key.b, key->b, 32) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static bool stands_at(const struct model *m, size_t i, const struct hash *key)
{
    return i < m->count && memcmp(m->entry[i].key.b, key->b, 32) == 0;
}

static void insert_at(struct model *m, size_t i, const struct hash *key)
{
    if (m->count == m->room) {
        m->room = m->room == 0 ? 64 : 2 * m->room;
        m->entry = realloc(m->entry, m->room * sizeof(m->entry[0]));
        m->list = realloc(m->list, m->room * sizeof(m->list[0]));
        assert_true(m->entry != NULL && m->list != NULL);
    }
    memmove(&m->entry[i + 1], &m->entry[i], (m->count - i) * sizeof(m->entry[0]));
    memmove(&m->list[i + 1], &m->list[i], (m->count - i) * sizeof(m->list[0]));
    m->entry[i] = (struct trie_entry){.key = *key};
    m->list[i] = (struct model_list){.count = 0};
    m->count++;
}

bool model_set(struct model *m, const struct hash *key, const struct list_value *value)
{
    size_t i = model_place(m, key);
    bool is_new = !stands_at(m, i, key);

    if (is_new) insert_at(m, i, key);
    m->entry[i].value = *value;
    return is_new;
}

void model_add(struct model *m, const struct hash *key, const struct list_item *item)
{
    size_t i = model_place(m, key);
    struct model_list *list;

    if (!stands_at(m, i, key)) insert_at(m, i, key);
    list = &m->list[i];
    assert_true(list->count == 0 || list->item[list->count - 1].position < item->position);
    if (list->count == list->room) {
        list->room = list->room == 0 ? 2 : 2 * list->room;
        list->item = realloc(list->item, list->room * sizeof(list->item[0]));
        assert_non_null(list->item);
    }
    list->item[list->count++] = *item;
    list->stale = true;
}

void model_settle(struct model *m)
{
    for (size_t i = 0; i < m->count; i++) {
        if (!m->list[i].stale) continue;
        m->entry[i].value = model_list_value(m->list[i].item, m->list[i].count);
        m->list[i].stale = false;
    }
}

const struct trie_entry *model_find(const struct model *m, const struct hash *key)
{
    size_t i = model_place(m, key);

    return stands_at(m, i, key) ? &m->entry[i] : NULL;
}

const struct model_list *model_list_of(const struct model *m, const struct hash *key)
{
    size_t i = model_place(m, key);

    return stands_at(m, i, key) ? &m->list[i] : NULL;
}

void model_free(struct model *m)
{
    for (size_t i = 0; i < m->count; i++) free(m->list[i].item);
    free(m->entry);
    free(m->list);
    *m = (struct model){.count = 0};
}

/* ---- provers ---- */

/* The path from [want_first, want_end), which is one subtree, up to the whole. */
static void path_to(const struct model *m, size_t want_first, size_t want_end, struct trie_path *ret)
{
    size_t first = 0, end = m->count, count = 0;
    struct trie_path down;

    while (first != want_first || end != want_end) {
        size_t middle = 0;
        unsigned bit = branch(m, first, end, &middle);

        assert_true(want_end <= middle || want_first >= middle);
        down.step[count].bit = (uint8_t)bit;
        if (want_end <= middle) {
            down.step[count++].sibling = define_root(m, middle, end);
            end = middle;
        } else {
            down.step[count++].sibling = define_root(m, first, middle);
            first = middle;
        }
    }
    ret->count = count;
    for (size_t i = 0; i < count; i++) ret->step[i] = down.step[count - 1 - i];
}

void model_path(const struct model *m, size_t index, struct trie_path *ret)
{
    path_to(m, index, index + 1, ret);
}

void model_prefix(const struct model *m, const struct hash *prefix, unsigned bits, size_t *ret_first, size_t *ret_end,
                  struct trie_path *ret)
{
    struct hash want = cut_to(*prefix, bits);
    size_t first = 0, end;

    while (first < m->count) {
        struct hash has = cut_to(m->entry[first].key, bits);

        if (memcmp(has.b, want.b, 32) == 0) break;
        first++;
    }
    for (end = first; end < m->count; end++) {
        struct hash has = cut_to(m->entry[end].key, bits);

        if (memcmp(has.b, want.b, 32) != 0) break;
    }
    *ret_first = first;
    *ret_end = end;
    if (first < end) path_to(m, first, end, ret);
}

size_t model_neighbour(const struct model *m, const struct hash *key)
{
    size_t first = 0, end = m->count, middle = 0;

    while (end - first > 1) {
        unsigned bit = branch(m, first, end, &middle);

        if (bit_of(key, bit) == 0)
            end = middle;
        else
            first = middle;
    }
    return first;
}

void items_bit(struct items *s, uint64_t bit)
{
    assert_true(s->count < ITEMS_MAX);
    s->item[s->count++] = (struct item){.kind = ITEM_BIT, .bit = bit};
}

void items_closed(struct items *s, const struct hash *h)
{
    assert_true(s->count < ITEMS_MAX);
    s->item[s->count] = (struct item){.kind = ITEM_CLOSED};
    memcpy(s->item[s->count++].bytes, h->b, 32);
}

void items_leaf(struct items *s, const struct trie_entry *e)
{
    assert_true(s->count < ITEMS_MAX);
    s->item[s->count] = (struct item){.kind = ITEM_LEAF};
    memcpy(s->item[s->count].bytes, e->key.b, 32);
    memcpy(s->item[s->count++].bytes + 32, e->value.b, 40);
}

static void open_range(const struct model *m, size_t first, size_t end, const struct hash *keys, size_t count,
                       struct items *ret)
{
    struct hash closed, zeros[64], ones[64];
    size_t middle = 0, zero_count = 0, one_count = 0;
    unsigned bit;

    if (count == 0) {
        closed = define_root(m, first, end);
        items_closed(ret, &closed);
        return;
    }
    if (end - first == 1) {
        items_leaf(ret, &m->entry[first]);
        return;
    }
    bit = branch(m, first, end, &middle);
    for (size_t i = 0; i < count; i++)
        if (bit_of(&keys[i], bit) == 0)
            zeros[zero_count++] = keys[i];
        else
            ones[one_count++] = keys[i];
    items_bit(ret, bit);
    open_range(m, first, middle, zeros, zero_count, ret);
    open_range(m, middle, end, ones, one_count, ret);
}

void model_opened(const struct model *m, const struct hash *keys, size_t count, struct items *ret)
{
    assert_true(count > 0 && count <= 64);
    ret->count = 0;
    if (m->count > 0) open_range(m, 0, m->count, keys, count, ret);
}

void items_encode(const struct items *s, struct out *o)
{
    cbor_put_array(o, s->count);
    for (size_t i = 0; i < s->count; i++) {
        if (s->item[i].kind == ITEM_BIT)
            cbor_put_uint(o, s->item[i].bit);
        else
            cbor_put_bytes(o, span_of(s->item[i].bytes, s->item[i].kind == ITEM_LEAF ? 72 : 32));
    }
    assert_false(o->full);
}

struct lenient {
    bool has_key;
    struct hash key, hash;
};

static struct lenient lenient_fold(const struct items *s, size_t *at)
{
    const struct item *item = &s->item[*at];
    struct lenient r = {.has_key = false}, left, right;

    assert_true(*at < s->count);
    (*at)++;
    if (item->kind == ITEM_CLOSED) {
        memcpy(r.hash.b, item->bytes, 32);
    } else if (item->kind == ITEM_LEAF) {
        struct trie_entry e;

        memcpy(e.key.b, item->bytes, 32);
        memcpy(e.value.b, item->bytes + 32, 40);
        r = (struct lenient){true, e.key, define_leaf(&e)};
    } else {
        left = lenient_fold(s, at);
        right = lenient_fold(s, at);
        r = left.has_key ? left : right;
        r.hash = define_node((unsigned)(item->bit & 255), &r.key, left.hash, right.hash);
    }
    return r;
}

struct hash items_root(const struct items *s)
{
    size_t at = 0;

    return lenient_fold(s, &at).hash;
}

/* ---- samples and vectors ---- */

struct hash sample_hash(const char *stream, uint64_t n)
{
    uint8_t number[8];

    u64_put(number, n);
    return hash_parts((struct span[]){span_text(stream), span_of(number, 8)}, 2);
}

struct hash sample_clustered(const char *stream, uint64_t n, uint64_t clusters)
{
    struct hash h = sample_hash(stream, n), cluster = sample_hash("cluster", n % clusters);

    memcpy(h.b, cluster.b, 16);
    return h;
}

struct list_value sample_value(uint64_t n)
{
    struct hash root = sample_hash("value", n);
    struct list_value v;

    u64_put(v.b, n + 1);
    memcpy(v.b + 8, root.b, 32);
    return v;
}

json_t *vectors_open(void)
{
    const char *folder = getenv("CAIRN_VECTORS");
    char path[4096];
    json_error_t error;
    json_t *all;

    if (folder == NULL || folder[0] == '\0') {
        print_message("CAIRN_VECTORS is not set: vectors skipped\n");
        skip();
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/index/cases.json", folder);
    all = json_load_file(path, 0, &error);
    if (all == NULL) fail_msg("%s: %s", path, error.text);
    return all;
}

void json_hex(const json_t *text, void *ret, size_t len)
{
    assert_true(json_is_string(text));
    assert_int_equal(hex_decode(span_text(json_string_value(text)), ret, len), ERR_OK);
}

struct hash json_hash(const json_t *text)
{
    struct hash h;

    json_hex(text, h.b, sizeof(h.b));
    return h;
}

struct list_value json_value(const json_t *text)
{
    struct list_value v;

    json_hex(text, v.b, sizeof(v.b));
    return v;
}

void json_path(const json_t *steps, struct trie_path *ret)
{
    size_t i;
    json_t *step;

    ret->count = json_array_size(steps);
    json_array_foreach(steps, i, step)
    {
        ret->step[i].bit = (uint8_t)json_integer_value(json_array_get(step, 0));
        ret->step[i].sibling = json_hash(json_array_get(step, 1));
    }
}
