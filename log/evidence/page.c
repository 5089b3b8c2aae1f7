/* See page.h. One form, read field by field in the one order. */
#include "log/evidence/page.h"

#include "log/base/cbor.h"
#include "log/base/codec.h"
#include "log/statement/statement.h"

enum { CHECKPOINT = 1, SEAL, SEAL_PATH, BITS, KEY, LEAF, STEPS, FROM, ROWS, HASHES };

/* ---- form ---- */

/* A byte string of at most `most` pieces of `size` bytes. */
static enum err pieces_read(struct cbor *c, int64_t field, size_t size, size_t most, struct span *ret)
{
    TRY(cbor_int_exact(c, field));
    TRY(cbor_bytes(c, ret));
    return ret->len % size == 0 && ret->len / size <= most ? ERR_OK : ERR_BAD_EVIDENCE;
}

static enum err uint_read(struct cbor *c, int64_t field, uint64_t *ret)
{
    TRY(cbor_int_exact(c, field));
    return cbor_uint(c, ret);
}

static enum err seal_read(struct cbor *c, struct page *p)
{
    TRY(cbor_int_exact(c, CHECKPOINT));
    TRY(cbor_text(c, &p->checkpoint));
    TRY(pieces_read(c, SEAL, 1, STATEMENT_SIZE_MAX, &p->seal));
    return pieces_read(c, SEAL_PATH, sizeof(struct hash), TREE_PATH_MAX, &p->seal_path);
}

static enum err asked_read(struct cbor *c, struct page *p)
{
    uint64_t bits;

    TRY(uint_read(c, BITS, &bits));
    if (bits < 128 || bits > PAGE_BITS_KEY) return ERR_BAD_EVIDENCE;
    TRY(cbor_int_exact(c, KEY));
    TRY(cbor_bytes_into(c, p->key.b, sizeof(p->key.b)));
    p->bits = (unsigned)bits;
    for (unsigned bit = p->bits; bit < PAGE_BITS_KEY; bit++)
        if (trie_bit(&p->key, bit) != 0) return ERR_BAD_EVIDENCE;
    return ERR_OK;
}

static enum err fields_read(struct cbor *c, struct page *p)
{
    TRY(cbor_map_exact(c, HASHES));
    TRY(seal_read(c, p));
    TRY(asked_read(c, p));
    TRY(pieces_read(c, LEAF, PAGE_LEAF_SIZE, 1, &p->leaf));
    TRY(pieces_read(c, STEPS, PAGE_STEP_SIZE, TRIE_LEAF, &p->steps));
    TRY(uint_read(c, FROM, &p->from));
    TRY(pieces_read(c, ROWS, p->bits == PAGE_BITS_KEY ? PAGE_ITEM_SIZE : PAGE_LEAF_SIZE, PAGE_ROWS_MAX, &p->rows));
    TRY(pieces_read(c, HASHES, sizeof(struct hash), TREE_RANGE_HASHES_MAX, &p->hashes));
    return cbor_end(c);
}

enum err page_decode(struct span bytes, struct page *ret)
{
    struct cbor c = cbor_over(bytes);

    if (bytes.len > PAGE_SIZE_MAX) return ERR_BAD_EVIDENCE;
    return fields_read(&c, ret) == ERR_OK ? ERR_OK : ERR_BAD_EVIDENCE;
}

static void bytes_put(struct out *o, uint64_t field, struct span bytes)
{
    cbor_put_uint(o, field);
    cbor_put_bytes(o, bytes);
}

static void uint_put(struct out *o, uint64_t field, uint64_t n)
{
    cbor_put_uint(o, field);
    cbor_put_uint(o, n);
}

void page_encode(const struct page *p, struct out *o)
{
    cbor_put_map(o, HASHES);
    cbor_put_uint(o, CHECKPOINT);
    cbor_put_text(o, p->checkpoint);
    bytes_put(o, SEAL, p->seal);
    bytes_put(o, SEAL_PATH, p->seal_path);
    uint_put(o, BITS, p->bits);
    bytes_put(o, KEY, hash_span(&p->key));
    bytes_put(o, LEAF, p->leaf);
    bytes_put(o, STEPS, p->steps);
    uint_put(o, FROM, p->from);
    bytes_put(o, ROWS, p->rows);
    bytes_put(o, HASHES, p->hashes);
}

void page_put_steps(const struct trie_path *path, struct out *o)
{
    for (size_t i = 0; i < path->count; i++) {
        out_byte(o, path->step[i].bit);
        out_bytes(o, hash_span(&path->step[i].sibling));
    }
}

void page_put_leaf(const struct trie_entry *leaf, struct out *o)
{
    out_bytes(o, hash_span(&leaf->key));
    out_bytes(o, span_of(leaf->value.b, sizeof(leaf->value.b)));
}

/* ---- parts ---- */

static struct hash hash_at(struct span hashes, size_t n)
{
    struct hash h;

    memcpy(h.b, hashes.ptr + n * sizeof(h.b), sizeof(h.b));
    return h;
}

static struct trie_entry leaf_at(struct span leaves, size_t n)
{
    struct trie_entry leaf;

    memcpy(leaf.key.b, leaves.ptr + n * PAGE_LEAF_SIZE, sizeof(leaf.key.b));
    memcpy(leaf.value.b, leaves.ptr + n * PAGE_LEAF_SIZE + sizeof(leaf.key.b), sizeof(leaf.value.b));
    return leaf;
}

static struct trie_path steps_taken(struct span steps)
{
    struct trie_path path = {.count = steps.len / PAGE_STEP_SIZE};

    for (size_t i = 0; i < path.count; i++) {
        path.step[i].bit = steps.ptr[i * PAGE_STEP_SIZE];
        memcpy(path.step[i].sibling.b, steps.ptr + i * PAGE_STEP_SIZE + 1, sizeof(path.step[i].sibling.b));
    }
    return path;
}

size_t page_rows(const struct page *p)
{
    return p->rows.len / (p->bits == PAGE_BITS_KEY ? PAGE_ITEM_SIZE : PAGE_LEAF_SIZE);
}

struct list_item page_item(const struct page *p, size_t n)
{
    struct list_item item;

    ASSERT(p->bits == PAGE_BITS_KEY);
    ASSERT(n < page_rows(p));
    item.position = u64_at(p->rows.ptr + n * PAGE_ITEM_SIZE);
    memcpy(item.id.b, p->rows.ptr + n * PAGE_ITEM_SIZE + 8, sizeof(item.id.b));
    return item;
}

struct trie_entry page_leaf(const struct page *p, size_t n)
{
    ASSERT(p->bits < PAGE_BITS_KEY);
    ASSERT(n < page_rows(p));
    return leaf_at(p->rows, n);
}

/* ---- what it proves ---- */

/* The seal is the last leaf, and names an index over everything before it. */
static enum err seal_verify(const struct page *p, struct page_seen *seen)
{
    struct hash path[TREE_PATH_MAX], leaf;
    size_t count = p->seal_path.len / sizeof(struct hash);
    struct statement s;
    struct note note;

    TRY(note_decode(p->checkpoint, &note));
    TRY(checkpoint_decode(note.text, &seen->checkpoint));
    TRY(statement_decode(p->seal, &s));
    if (s.kind != KIND_SEAL || !span_equal(s.iss, seen->checkpoint.origin)) return ERR_BAD_PROOF;
    TRY(seal_decode(s.cose.payload, &seen->seal));
    if (seen->checkpoint.size == 0 || seen->seal.covers != seen->checkpoint.size - 1) return ERR_BAD_PROOF;
    for (size_t i = 0; i < count; i++) path[i] = hash_at(p->seal_path, i);
    leaf = leaf_hash(hash_span(&s.id));
    return tree_inclusion_verify(&leaf, seen->seal.covers, seen->checkpoint.size, path, count, &seen->checkpoint.root);
}

/* Absence of a key or of everything under a prefix. */
static enum err nothing_verify(const struct page *p, const struct trie_path *way, const struct hash *root)
{
    struct trie_entry leaf;
    bool any = p->leaf.len > 0;

    if (p->rows.len > 0 || p->from > 0 || p->hashes.len > 0) return ERR_BAD_PROOF;
    if (any) leaf = leaf_at(p->leaf, 0);
    if (p->bits == PAGE_BITS_KEY)
        return trie_absence_verify(&p->key, any ? &leaf.key : NULL, any ? &leaf.value : NULL, way, root);
    return trie_prefix_absence_verify(&p->key, p->bits, any ? &leaf.key : NULL, any ? &leaf.value : NULL, way, root);
}

/* At least one item: a page without any says nothing that `count` does not. */
static enum err items_verify(const struct page *p, const struct list_value *value, uint64_t covers)
{
    struct hash leaves[PAGE_ROWS_MAX], root;
    size_t count = page_rows(p);

    if (count == 0 || p->from >= list_count(value) || count > list_count(value) - p->from) return ERR_BAD_PROOF;
    for (size_t i = 0; i < count; i++) {
        struct list_item item = page_item(p, i);

        if (item.position >= covers || (i > 0 && item.position <= page_item(p, i - 1).position)) return ERR_BAD_PROOF;
        leaves[i] = list_leaf(&item);
    }
    memcpy(root.b, value->b + 8, sizeof(root.b));
    return tree_range_verify(p->from, leaves, count, list_count(value), p->hashes, &root);
}

static enum err list_verify(const struct page *p, const struct trie_path *way, struct page_seen *seen)
{
    struct trie_entry leaf = leaf_at(p->leaf, 0);

    TRY(trie_presence_verify(&leaf.key, &leaf.value, way, &seen->seal.root));
    seen->count = list_count(&leaf.value);
    return items_verify(p, &leaf.value, seen->seal.covers);
}

static enum err prefix_verify(const struct page *p, const struct trie_path *way, struct page_seen *seen)
{
    struct trie_entry leaves[PAGE_ROWS_MAX];
    size_t count = page_rows(p);

    if (p->leaf.len > 0 || p->from > 0 || p->hashes.len > 0) return ERR_BAD_PROOF;
    for (size_t i = 0; i < count; i++) leaves[i] = page_leaf(p, i);
    seen->count = count;
    return trie_prefix_verify(&p->key, p->bits, leaves, count, way, &seen->seal.root);
}

static enum err index_verify(const struct page *p, struct page_seen *seen)
{
    struct trie_path way = steps_taken(p->steps);
    bool whole = p->bits == PAGE_BITS_KEY;
    struct trie_entry leaf;

    seen->count = 0;
    if (whole && p->leaf.len > 0) {
        leaf = leaf_at(p->leaf, 0);
        if (hash_equal(&leaf.key, &p->key)) return list_verify(p, &way, seen);
    }
    if (!whole && p->rows.len > 0) return prefix_verify(p, &way, seen);
    return nothing_verify(p, &way, &seen->seal.root);
}

enum err page_verify(const struct page *p, struct page_seen *ret)
{
    struct page_seen seen;

    if (seal_verify(p, &seen) != ERR_OK || index_verify(p, &seen) != ERR_OK) return ERR_BAD_PROOF;
    *ret = seen;
    return ERR_OK;
}
