/* See kept.h. */
#include "tests/index/kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static enum err kept_get(void *ctx, unsigned height, uint64_t number, struct span *ret)
{
    struct kept *k = ctx;

    if (++k->calls == k->fail_at) return ERR_IO;
    if (number > KEPT_MAX || k->at[number].len == 0 || k->at[number].height != height) return ERR_NOT_FOUND;
    *ret = span_of(k->at[number].bytes, k->at[number].len);
    return ERR_OK;
}

static enum err kept_put(void *ctx, unsigned height, uint64_t number, struct span bytes, bool is_new)
{
    struct kept *k = ctx;

    if (++k->calls == k->fail_at) return ERR_IO;
    assert_in_range(number, 1, KEPT_MAX);
    if (is_new) {
        assert_true(number > k->newest);
        k->newest = number;
        k->at[number].height = height;
    }
    assert_int_equal(is_new, k->at[number].len == 0);
    assert_int_equal(height, k->at[number].height);
    assert_in_range(bytes.len, FRAGMENT_BYTES, FRAGMENT_BYTES_MAX);
    memcpy(k->at[number].bytes, bytes.ptr, bytes.len);
    k->at[number].len = bytes.len;
    return ERR_OK;
}

void kept_begin(struct kept *k, struct trie_edit *e)
{
    for (size_t i = 0; i <= KEPT_MAX; i++) k->at[i].len = 0;
    k->calls = k->fail_at = 0;
    k->newest = 0;
    e->view = (struct trie_view){.ctx = k, .get = kept_get};
    e->put = kept_put;
    e->fragments = 0;
    trie_edit_begin(e);
}

struct trie_cell sample_cell(uint64_t n)
{
    struct list_value value = sample_value(n + 1);
    struct list_item item = {n, sample_hash("id", n)};

    return n % 3 == 0 ? trie_cell_of_item(&item) : trie_cell_of(&value);
}

enum err kept_set(struct trie_edit *e, const struct hash *key, const struct trie_cell *cell, bool *ret_new)
{
    struct trie_cell ignored;
    bool found = false;

    TRY(trie_edit_find(e, key, &found, &ignored));
    *ret_new = !found;
    return trie_edit_set(e, cell);
}

struct count {
    const struct trie_edit *e;
    uint64_t fragments;
    size_t keys;
    bool seen[KEPT_MAX + 1];
};

static void count_fragment(struct count *c, uint64_t number, unsigned height, const struct trie_piece *above)
{
    const struct kept *kept = c->e->view.ctx;
    uint8_t bytes[FRAGMENT_BYTES_MAX];
    struct out again = out_over(bytes, sizeof(bytes));
    struct fragment f;

    assert_in_range(number, 1, c->e->fragments);
    assert_false(c->seen[number]);
    c->seen[number] = true;
    c->fragments++;
    assert_int_equal(fragment_load(&c->e->view, number, height, above, &f), ERR_OK);
    for (size_t i = 0; i < f.count; i++) assert_int_equal(fragment_follow(&f, i), ERR_OK);
    fragment_write(&f, 0, f.count, height, &again);
    assert_int_equal(kept->at[number].len, again.len);
    assert_memory_equal(kept->at[number].bytes, bytes, again.len);
    assert_in_range(f.count, 1, fragment_room(height));
    if (height == 0) c->keys += f.count;
    for (size_t i = 0; i < f.count && height > 0; i++) count_fragment(c, f.piece[i].fragment, height - 1, &f.piece[i]);
}

void assert_kept(const struct trie_edit *e, size_t keys)
{
    static struct count c;

    memset(&c, 0, sizeof(c));
    c.e = e;
    if (e->view.top.fragment != 0) count_fragment(&c, e->view.top.fragment, e->view.top.height, NULL);
    assert_int_equal(c.fragments, e->fragments);
    assert_int_equal(c.keys, keys);
}
