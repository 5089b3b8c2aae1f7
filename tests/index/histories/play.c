/* See play.h. */
#include "tests/index/histories/play.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/store/fixture.h"

#define MAP_BYTES ((size_t)1 << 30)
#define ARRAY_MAX ((size_t)1 << 20)
#define ASKED_MAX 64
#define PREFIX_MAX 16384

/* One history being played. */
struct play {
    const struct history *history;
    struct chance chance;
    struct model model;
    struct store *store;
    char dir[ENV_PATH_MAX];
    uint64_t covers, commits, questions;
};

static struct {
    bool playing;
    uint64_t seed, steps;
} now;

uint64_t play_steps(void)
{
    return now.steps;
}

static void play_open(struct play *p, const struct history *h, uint64_t seed)
{
    *p = (struct play){.history = h, .chance = {seed}};
    folder_make(p->dir);
    assert_ok(store_open(p->dir, true, MAP_BYTES, &p->store));
}

static void play_close(struct play *p)
{
    store_close(p->store);
    folder_remove(p->dir);
    model_free(&p->model);
}

/* ---- what is asked ---- */

static struct hash longest_key(const struct play *p)
{
    size_t longest = 0;

    for (size_t i = 1; i < p->model.count; i++)
        if (p->model.list[i].count > p->model.list[longest].count) longest = i;
    return p->model.entry[longest].key;
}

/* A key that is there, the one with the longest list, one that almost is there, or any. */
static struct hash some_key(struct play *p)
{
    struct hash any = chance_hash(&p->chance), there;

    if (p->model.count == 0 || chance_one_in(&p->chance, 8)) return any;
    there = p->model.entry[chance_below(&p->chance, p->model.count)].key;
    switch (chance_below(&p->chance, 5)) {
    case 4: return longest_key(p);
    case 0: return with_bit_flipped(there, (unsigned)chance_below(&p->chance, 256));
    case 1: memcpy(there.b + 16, any.b, 16); return there;
    default: return there;
    }
}

static int compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

/* Sorted, each once. */
static size_t some_keys(struct play *p, size_t count, struct hash *ret)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) ret[i] = some_key(p);
    qsort(ret, count, sizeof(ret[0]), compare_keys);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || memcmp(ret[kept - 1].b, ret[i].b, 32) != 0) ret[kept++] = ret[i];
    return kept;
}

/* ---- lists ---- */

static void check_absent(const struct derived_view *v, const struct hash *key)
{
    uint64_t count = 7, position;

    assert_ok(derived_count(v, key, &count));
    assert_int_equal(count, 0);
    assert_err(derived_item(v, key, 0, &position), ERR_NOT_FOUND);
}

static void check_item(const struct derived_view *v, const struct hash *key, const struct model_list *list, uint64_t n)
{
    uint64_t position;

    assert_ok(derived_item(v, key, n, &position));
    assert_int_equal(position, list->item[n].position);
}

/* The hashes of a long list's full subtrees that are kept, each that there is and the one behind. */
static void check_kept(const struct derived_view *v, const struct hash *key, const struct model_list *list)
{
    for (unsigned level = LIST_KEPT_LEVELS; level <= 2 * LIST_KEPT_LEVELS; level += LIST_KEPT_LEVELS) {
        size_t size = (size_t)1 << level, n = 0;
        struct list_value want;
        struct hash got;

        for (; (n + 1) * size <= list->count; n++) {
            want = model_list_value(list->item + n * size, size);
            assert_ok(derived_list_node(v, key, level, n, &got));
            assert_memory_equal(got.b, want.b + 8, 32);
        }
        assert_err(derived_list_node(v, key, level, n, &got), ERR_NOT_FOUND);
    }
}

static void check_list(struct play *p, const struct derived_view *v, const struct hash *key)
{
    const struct model_list *list = model_list_of(&p->model, key);
    const struct trie_entry *e = model_find(&p->model, key);
    struct list_value value;
    uint64_t count, position;

    if (list == NULL) {
        check_absent(v, key);
        return;
    }
    assert_ok(derived_count(v, key, &count));
    assert_int_equal(count, list->count);
    check_item(v, key, list, 0);
    check_item(v, key, list, count - 1);
    check_kept(v, key, list);
    for (unsigned n = 0; n < 5; n++) check_item(v, key, list, chance_below(&p->chance, count));
    assert_err(derived_item(v, key, count, &position), ERR_NOT_FOUND);
    assert_err(derived_item(v, key, UINT64_MAX, &position), ERR_NOT_FOUND);
    assert_ok(list_value_of(list->item, list->count, p->covers, &value));
    assert_memory_equal(value.b, e->value.b, 40);
    assert_err(list_value_of(list->item, list->count, list->item[count - 1].position, &value), ERR_BAD_PROOF);
}

static void check_ids(struct play *p, const struct derived_view *v)
{
    for (unsigned n = 0; n < 4 && p->covers > 0; n++) {
        uint64_t position = n == 0 ? p->covers - 1 : chance_below(&p->chance, p->covers), found;
        struct hash id = history_id(position), next = history_id(p->covers + n);

        assert_ok(derived_find(v, &id, &found));
        assert_int_equal(found, position);
        assert_err(derived_find(v, &next, &found), ERR_NOT_FOUND);
    }
}

/* ---- proofs of one key, and of a prefix ---- */

static void check_path(const struct trie_path *path, const struct trie_path *want)
{
    assert_int_equal(path->count, want->count);
    for (size_t i = 0; i < path->count; i++) {
        assert_int_equal(path->step[i].bit, want->step[i].bit);
        assert_memory_equal(path->step[i].sibling.b, want->step[i].sibling.b, 32);
    }
}

/* The leaf stands in the model, with that path. */
static void check_proof(struct play *p, const struct trie_proof *proof)
{
    static struct trie_path path;
    const struct trie_entry *at = model_find(&p->model, &proof->leaf.key);

    assert_non_null(at);
    assert_memory_equal(proof->leaf.value.b, at->value.b, 40);
    model_path(&p->model, (size_t)(at - p->model.entry), &path);
    check_path(&proof->path, &path);
}

static void check_key(struct play *p, const struct derived_view *v, const struct hash *key, const struct hash *root)
{
    static struct trie_proof proof;
    struct trie_view trie = derived_trie(v);
    const struct trie_entry *e = model_find(&p->model, key);

    assert_ok(trie_prove(&trie, key, &proof));
    assert_int_equal(proof.any, p->model.count > 0);
    if (!proof.any) {
        assert_ok(trie_absence_verify(key, NULL, NULL, &proof.path, root));
        return;
    }
    check_proof(p, &proof);
    assert_int_equal(memcmp(proof.leaf.key.b, key->b, 32) == 0, e != NULL);
    assert_err(trie_presence_verify(key, &proof.leaf.value, &proof.path, root), e != NULL ? ERR_OK : ERR_BAD_PROOF);
    assert_err(trie_absence_verify(key, &proof.leaf.key, &proof.leaf.value, &proof.path, root),
               e == NULL ? ERR_OK : ERR_BAD_PROOF);
}

static void check_prefix(struct play *p, const struct derived_view *v, const struct hash *prefix, unsigned bits,
                         const struct hash *root)
{
    static struct trie_entry leaves[PREFIX_MAX];
    static struct trie_proof proof;
    static struct trie_path path;
    struct trie_view trie = derived_trie(v);
    const struct trie_entry *e = p->model.entry;
    size_t first = 0, end = 0, count = 7;

    path.count = 0;
    if (p->model.count > 0) model_prefix(&p->model, prefix, bits, &first, &end, &path);
    assert_ok(trie_prove_prefix(&trie, prefix, bits, leaves, PREFIX_MAX, &count, &proof));
    assert_int_equal(count, end - first);
    if (count == 0) {
        if (proof.any) check_proof(p, &proof);
        assert_ok(trie_prefix_absence_verify(prefix, bits, proof.any ? &proof.leaf.key : NULL, &proof.leaf.value,
                                             &proof.path, root));
        return;
    }
    assert_memory_equal(leaves, e + first, count * sizeof(leaves[0]));
    check_path(&proof.path, &path);
    assert_ok(trie_prefix_verify(prefix, bits, leaves, count, &proof.path, root));
    assert_err(trie_prefix_verify(prefix, bits, leaves, count - 1, &proof.path, root), ERR_BAD_PROOF);
    assert_err(trie_prove_prefix(&trie, prefix, bits, leaves, count - 1, &count, &proof), ERR_NO_ROOM);
}

/* ---- several keys at once ---- */

static void check_answers(struct play *p, const struct hash *keys, size_t count, const bool *present,
                          const struct list_value *values)
{
    for (size_t i = 0; i < count; i++) {
        const struct trie_entry *e = model_find(&p->model, &keys[i]);

        assert_int_equal(present[i], e != NULL);
        if (e != NULL) assert_memory_equal(values[i].b, e->value.b, 40);
    }
}

static void check_opened(struct play *p, const struct derived_view *v, const struct hash *root)
{
    static uint8_t ours[ARRAY_MAX], models[ARRAY_MAX];
    static struct items items;
    struct hash keys[ASKED_MAX];
    size_t count = some_keys(p, chance_between(&p->chance, 1, chance_one_in(&p->chance, 8) ? ASKED_MAX : 6), keys);
    struct out o = out_over(ours, sizeof(ours)), want = out_over(models, sizeof(models));
    struct trie_view trie = derived_trie(v);
    struct list_value values[ASKED_MAX];
    bool present[ASKED_MAX];

    assert_ok(trie_prove_keys(&trie, keys, count, &o));
    model_opened(&p->model, keys, count, &items);
    items_encode(&items, &want);
    assert_int_equal(o.len, want.len);
    assert_memory_equal(ours, models, o.len);
    assert_ok(opened_verify(out_span(&o), root, keys, count, present, values));
    check_answers(p, keys, count, present, values);
}

/* ---- after a commit ---- */

static void check_head(struct play *p, const struct derived_head *head)
{
    struct hash root;

    model_settle(&p->model);
    root = model_root(&p->model);
    assert_int_equal(head->covers, p->covers);
    assert_int_equal(head->keys, p->model.count);
    assert_memory_equal(head->root.b, root.b, 32);
}

static void check_all(struct play *p)
{
    struct derived_view *v;
    struct derived_head head;

    assert_ok(derived_view_open(p->store, &v));
    assert_ok(derived_head(v, &head));
    check_head(p, &head);
    check_ids(p, v);
    for (uint64_t n = 0; n < p->questions; n++) {
        struct hash key = some_key(p);

        check_list(p, v, &key);
        check_key(p, v, &key, &head.root);
        check_prefix(p, v, &key, chance_one_in(&p->chance, 2) ? 128 : (unsigned)chance_between(&p->chance, 128, 255),
                     &head.root);
        if (n % 3 == 0) check_opened(p, v, &head.root);
    }
    derived_view_close(v);
}

/* ---- a view from before ---- */

/* What a view was opened on stays as it was, whatever is committed meanwhile. */
struct before {
    struct derived_view *view; /* NULL: none was opened */
    struct derived_head head;
    struct hash key;
};

static void before_open(struct play *p, struct before *ret)
{
    ret->view = NULL;
    if (p->questions == 0 || !chance_one_in(&p->chance, 4)) return;
    assert_ok(derived_view_open(p->store, &ret->view));
    assert_ok(derived_head(ret->view, &ret->head));
    ret->key = some_key(p);
}

static void before_close(struct before *b)
{
    static struct trie_proof proof;
    struct trie_view trie;
    struct derived_head head;

    if (b->view == NULL) return;
    assert_ok(derived_head(b->view, &head));
    assert_int_equal(head.covers, b->head.covers);
    assert_memory_equal(head.root.b, b->head.root.b, 32);
    trie = derived_trie(b->view);
    assert_ok(trie_prove(&trie, &b->key, &proof));
    if (proof.any && hash_equal(&proof.leaf.key, &b->key))
        assert_ok(trie_presence_verify(&b->key, &proof.leaf.value, &proof.path, &head.root));
    else
        assert_ok(trie_absence_verify(&b->key, proof.any ? &proof.leaf.key : NULL, &proof.leaf.value, &proof.path,
                                      &head.root));
    derived_view_close(b->view);
}

/* ---- playing ---- */

static void fold(const struct play *p, struct derived_write *w, uint64_t position)
{
    const struct step *s = &p->history->step[position];
    struct hash id = history_id(position);

    assert_ok(derived_fold(w, position, &id, s->key, s->count));
}

static void fold_model(struct play *p)
{
    const struct step *s = &p->history->step[p->covers];
    struct list_item item = {p->covers, history_id(p->covers)};

    for (size_t i = 0; i < s->count; i++) model_add(&p->model, &s->key[i], &item);
    p->covers++;
}

/* What is not committed leaves no trace. */
static void fold_in_vain(struct play *p, uint64_t count)
{
    struct derived_write *w;

    assert_ok(derived_write_open(p->store, &w));
    for (uint64_t i = 0; i < count; i++) fold(p, w, p->covers + i);
    derived_write_abort(w);
}

static void store_again(struct play *p)
{
    store_close(p->store);
    assert_ok(store_open(p->dir, false, MAP_BYTES, &p->store));
}

static void play_batch(struct play *p, uint64_t count)
{
    struct derived_write *w;
    struct derived_head head;
    struct before before;
    bool each = p->history->count <= 40;

    if (chance_one_in(&p->chance, 8)) fold_in_vain(p, count);
    before_open(p, &before);
    assert_ok(derived_write_open(p->store, &w));
    for (uint64_t i = 0; i < count; i++) {
        fold(p, w, p->covers);
        fold_model(p);
        now.steps++;
        if (!each && i + 1 < count) continue;
        assert_ok(derived_write_head(w, &head));
        check_head(p, &head);
    }
    assert_ok(derived_write_commit(w));
    before_close(&before);
    if (chance_one_in(&p->chance, 8)) store_again(p);
}

static void play_all(struct play *p)
{
    uint64_t rest = p->history->count;

    if (p->questions > 0) check_all(p);
    for (uint64_t left = p->commits; rest > 0; left--) {
        uint64_t count = left <= 1 ? rest : chance_between(&p->chance, 1, (2 * rest - 1) / left + 1);

        if (count > rest) count = rest;
        play_batch(p, count);
        rest -= count;
        if (p->questions > 0) check_all(p);
    }
}

/* The same statements in other batches, each with its keys in another order: the same root. */
static void play_otherwise(const struct play *first, const struct history *h, uint64_t seed)
{
    struct history turned = {.count = h->count, .step = calloc(h->count, sizeof(h->step[0]))};
    struct play p;

    assert_non_null(turned.step);
    for (size_t i = 0; i < h->count; i++) {
        turned.step[i].count = h->step[i].count;
        for (size_t k = 0; k < h->step[i].count; k++) turned.step[i].key[k] = h->step[i].key[h->step[i].count - 1 - k];
    }
    play_open(&p, &turned, ~seed);
    p.commits = 1 + seed % 7;
    play_all(&p);
    assert_int_equal(p.model.count, first->model.count);
    assert_memory_equal(p.model.entry, first->model.entry, p.model.count * sizeof(p.model.entry[0]));
    play_close(&p);
    free(turned.step);
}

void play_history(struct history *h, uint64_t commits, uint64_t questions)
{
    struct play p;

    play_open(&p, h, h->count);
    p.commits = commits;
    p.questions = questions;
    play_all(&p);
    play_close(&p);
    history_free(h);
}

static void play_seed(uint64_t seed)
{
    struct history h;
    struct play p;

    now.playing = true;
    now.seed = seed;
    history_random(seed, &h);
    play_open(&p, &h, seed);
    p.commits = chance_between(&p.chance, 1, 8);
    p.questions = 12;
    play_all(&p);
    if (seed % 5 == 0) play_otherwise(&p, &h, seed);
    play_close(&p);
    history_free(&h);
    now.playing = false;
}

void play_random(uint64_t first, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) play_seed(first + i);
}

void play_new(uint64_t count)
{
    const char *asked = getenv("CAIRN_SEED");
    uint64_t first = asked != NULL && asked[0] != '\0' ? strtoull(asked, NULL, 10) : (uint64_t)time(NULL) << 20;

    print_message("%" PRIu64 " new histories; the first again: CAIRN_SEED=%" PRIu64
                  " ctest --test-dir build/release -R test_index_histories_slow\n",
                  asked != NULL ? 1 : count, first);
    play_random(first, asked != NULL ? 1 : count);
}

int play_set_up(void **state)
{
    (void)state;
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0) return setenv("TMPDIR", "/dev/shm", 0);
    return 0;
}

int play_tear_down(void **state)
{
    (void)state;
    if (now.playing)
        print_message("this history again: CAIRN_SEED=%" PRIu64
                      " ctest --test-dir build/release -R test_index_histories_slow\n",
                      now.seed);
    now.playing = false;
    return 0;
}
