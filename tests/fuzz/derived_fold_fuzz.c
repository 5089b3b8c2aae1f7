/* A history out of bytes, folded into the derived store and into the model: the same root and the same number of keys
 * whenever somebody looks; and what is proven out of the trie is what the model proves. Nothing is committed. A
 * statement is a byte with the number of its keys, and two bytes for each; a byte above 0xf0 looks. */
#include <ftw.h>
#include <stdlib.h>

#include "log/base/cbor.h"
#include "log/store/store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/index/kept.h"

#define STATEMENTS_MAX 100
#define STATEMENT_KEYS_MAX 4
#define LOOK 0xf0
#define ASKED 3

static int path_remove(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    (void)st, (void)flag, (void)where;
    return remove(path);
}

/* Its folder is gone as soon as it is open: what is open stays. */
static struct store *store_once(void)
{
    static char in_memory[] = "/dev/shm/cairn-fuzz-XXXXXX", on_disk[] = "/tmp/cairn-fuzz-XXXXXX";
    static struct store *s;
    const char *dir;

    if (s != NULL) return s;
    dir = mkdtemp(in_memory);
    if (dir == NULL) dir = mkdtemp(on_disk);
    ASSERT(dir != NULL);
    ASSERT(store_open(dir, true, (size_t)64 << 20, &s) == ERR_OK);
    ASSERT(nftw(dir, path_remove, 8, FTW_DEPTH | FTW_PHYS) == 0);
    return s;
}

/* One of 128 keys in clusters, or one that differs in a bit from one that is there. */
static struct hash key_of(const struct model *m, uint8_t which, uint8_t more)
{
    if (which < 128 || m->count == 0)
        return more % 2 == 0 ? sample_hash("key", which) : sample_clustered("key", which, more % 4);
    return with_bit_flipped(m->entry[which % 128U % m->count].key, more);
}

/* False at the end. */
static bool statement_read(struct span *rest, const struct model *m, struct hash *keys, size_t *count)
{
    struct span head = fuzz_take(rest, 1);

    *count = 0;
    if (head.len == 0) return false;
    for (size_t n = head.ptr[0] % (STATEMENT_KEYS_MAX + 1U); n > 0; n--) {
        struct span two = fuzz_take(rest, 2);
        bool is_new = two.len == 2;
        struct hash key;

        if (!is_new) return false;
        key = key_of(m, two.ptr[0], two.ptr[1]);
        for (size_t i = 0; i < *count; i++) is_new &= !hash_equal(&keys[i], &key);
        if (is_new) keys[(*count)++] = key;
    }
    return true;
}

static void look(struct derived_write *w, struct model *m, uint64_t covers)
{
    struct derived_head head;
    struct hash root;

    model_settle(m);
    root = model_root(m);
    ASSERT(derived_write_head(w, &head) == ERR_OK);
    ASSERT(head.covers == covers && head.keys == m->count);
    ASSERT(hash_equal(&head.root, &root));
}

static void prove_key(const struct trie_view *v, const struct model *m, const struct hash *key)
{
    static struct trie_proof proof;
    const struct trie_entry *e = model_find(m, key), *at = &proof.leaf;

    ASSERT(trie_prove(v, key, &proof) == ERR_OK && proof.any);
    if (e != NULL) {
        ASSERT(memcmp(e, at, sizeof(*e)) == 0);
        ASSERT(trie_presence_verify(key, &at->value, &proof.path, &v->top.root) == ERR_OK);
    } else {
        ASSERT(trie_absence_verify(key, &at->key, &at->value, &proof.path, &v->top.root) == ERR_OK);
    }
}

static void prove_prefix(const struct trie_view *v, const struct model *m, const struct hash *key, unsigned bits)
{
    static struct trie_entry leaves[STATEMENTS_MAX * STATEMENT_KEYS_MAX];
    static struct trie_proof proof;
    static struct trie_path path;
    size_t first, end, count;

    model_prefix(m, key, bits, &first, &end, &path);
    ASSERT(trie_prove_prefix(v, key, bits, leaves, COUNT_OF(leaves), &count, &proof) == ERR_OK);
    ASSERT(count == end - first && memcmp(leaves, &m->entry[first], count * sizeof(leaves[0])) == 0);
    if (count > 0)
        ASSERT(trie_prefix_verify(key, bits, leaves, count, &proof.path, &v->top.root) == ERR_OK);
    else
        ASSERT(trie_prefix_absence_verify(key, bits, &proof.leaf.key, &proof.leaf.value, &proof.path, &v->top.root) ==
               ERR_OK);
}

static void prove_keys(const struct trie_view *v, const struct model *m, const struct hash *keys, size_t count)
{
    static struct items items;
    FUZZ_OUT(ours);
    FUZZ_OUT(models);

    model_opened(m, keys, count, &items);
    items_encode(&items, &models);
    ASSERT(trie_prove_keys(v, keys, count, &ours) == ERR_OK);
    fuzz_same(&ours, out_span(&models));
}

/* The model's trie in fragments, every key set twice and not in order; then proofs of some keys. */
static void prove(const struct model *m)
{
    static struct kept kept;
    static struct trie_edit edit;
    struct hash keys[ASKED];

    if (m->count == 0) return;
    kept_begin(&kept, &edit);
    for (size_t i = 0; i < m->count; i++) {
        size_t at = (i * 7 + 3) % m->count;
        struct list_value value = sample_value(i + 1);
        struct trie_cell cell = trie_cell_of(&value);
        bool is_new;

        ASSERT(kept_set(&edit, &m->entry[at].key, &cell, &is_new) == ERR_OK);
    }
    for (size_t i = 0; i < m->count; i++) {
        struct trie_cell cell =
            m->list[i].count == 1 ? trie_cell_of_item(m->list[i].item) : trie_cell_of(&m->entry[i].value);
        bool is_new;

        ASSERT(kept_set(&edit, &m->entry[i].key, &cell, &is_new) == ERR_OK);
    }
    ASSERT(trie_edit_end(&edit) == ERR_OK);
    for (size_t i = 0; i < ASKED; i++) {
        unsigned bit = (unsigned)(m->entry[0].value.b[20 + i]);

        keys[i] = with_bit_flipped(m->entry[m->count * i / ASKED].key, i == 0 ? 255 : bit);
        prove_key(&edit.view, m, &keys[i]);
        prove_key(&edit.view, m, &m->entry[m->count * i / ASKED].key);
        prove_prefix(&edit.view, m, &keys[i], 128 + bit % 128);
        prove_prefix(&edit.view, m, &keys[i], 128);
    }
    for (size_t i = 1; i < ASKED; i++)
        if (hash_compare(&keys[i - 1], &keys[i]) >= 0) return;
    prove_keys(&edit.view, m, keys, ASKED);
}

FUZZ(input)
{
    static struct model model;
    struct hash keys[STATEMENT_KEYS_MAX];
    struct derived_write *w;
    struct span rest = input;
    uint64_t position = 0;
    size_t count;

    model_free(&model);
    ASSERT(derived_write_open(store_once(), &w) == ERR_OK);
    while (position < STATEMENTS_MAX) {
        if (rest.len > 0 && rest.ptr[0] > LOOK) look(w, &model, position);
        if (!statement_read(&rest, &model, keys, &count)) break;
        struct list_item item = {position, sample_hash("id", position)};

        ASSERT(derived_fold(w, position++, &item.id, keys, count) == ERR_OK);
        for (size_t i = 0; i < count; i++) model_add(&model, &keys[i], &item);
    }
    look(w, &model, position);
    derived_write_abort(w);
    prove(&model);
}
