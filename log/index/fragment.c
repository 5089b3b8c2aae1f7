/* See fragment.h. A row is the number of its pieces as a byte, the pieces, and zeros. At height 0 they are leaves of 72
 * bytes, K ‖ cell; higher up, of each branch: the fragment's number and its bit as one u64 (number << 16 | bit), as
 * many bytes of P as the bit needs, the hash; between two branches the hash of the subtree that parts there, so that a
 * proof needs no hashing but at the leaves. */
#include "log/index/fragment.h"

#include "log/base/codec.h"

#define LEAF_BYTES (32 + 40)
#define BRANCH_BYTES (8 + 32) /* and those of P */
#define ONLY 0x80             /* in the first byte of a cell: the list's only item */

static const uint8_t zeros[FRAGMENT_BYTES];

_Static_assert(1 + FRAGMENT_LEAVES_MAX * LEAF_BYTES == FRAGMENT_BYTES, "leaves fit into a row");
_Static_assert(1 + FRAGMENT_BRANCHES_MAX * (BRANCH_BYTES + 32 + 32) <= FRAGMENT_BYTES_MAX, "branches fit into a row");

/* ---- cells ---- */

struct trie_cell trie_cell_of(const struct list_value *value)
{
    struct trie_cell cell;

    ASSERT(list_count(value) > 1 && list_count(value) <= TREE_SIZE_MAX);
    memcpy(cell.b, value->b, sizeof(cell.b));
    return cell;
}

struct trie_cell trie_cell_of_item(const struct list_item *item)
{
    struct trie_cell cell;

    ASSERT(item->position < TREE_SIZE_MAX);
    u64_put(cell.b, item->position);
    cell.b[0] |= ONLY;
    memcpy(cell.b + 8, item->id.b, 32);
    return cell;
}

uint64_t trie_cell_count(const struct trie_cell *cell, struct list_item *ret_only)
{
    if ((cell->b[0] & ONLY) == 0) return u64_at(cell->b);
    ret_only->position = u64_at(cell->b) & (UINT64_MAX >> 1);
    memcpy(ret_only->id.b, cell->b + 8, 32);
    return 1;
}

struct list_value trie_cell_value(const struct trie_cell *cell)
{
    struct list_value value;
    struct list_item only;
    struct hash leaf;

    memcpy(value.b, cell->b, sizeof(value.b));
    if ((cell->b[0] & ONLY) == 0) return value;
    (void)trie_cell_count(cell, &only);
    leaf = list_leaf(&only);
    u64_put(value.b, 1);
    memcpy(value.b + 8, leaf.b, 32);
    return value;
}

struct hash trie_cell_hash(const struct hash *key, const struct trie_cell *cell)
{
    struct list_value value = trie_cell_value(cell);

    return trie_leaf_hash(key, &value);
}

static bool cell_good(const struct trie_cell *cell)
{
    struct list_item only;
    uint64_t count = trie_cell_count(cell, &only);

    return (cell->b[0] & ONLY) != 0 ? only.position < TREE_SIZE_MAX : count > 1 && count <= TREE_SIZE_MAX;
}

/* ---- rows ---- */

size_t fragment_room(unsigned height)
{
    return height == 0 ? FRAGMENT_LEAVES_MAX : FRAGMENT_BRANCHES_MAX;
}

/* Counts the piece that was written behind the others. Subtrees that have a place of their own in the trie part above
 * the bits at which they branch. */
static bool piece_follows(struct fragment *f)
{
    const struct trie_piece *piece = &f->piece[f->count++], *last = piece - 1;
    unsigned fork;

    if (f->count == 1) return true;
    fork = trie_fork(&last->key, &piece->key);
    f->joint[f->count - 1].bit = fork;
    f->joint[f->count - 1].state = JOINT_UNKNOWN;
    return fork < last->bit && fork < piece->bit && trie_bit(&piece->key, fork) == 1;
}

static enum err leaf_read(struct span *bytes, struct trie_piece *ret)
{
    if (bytes->len < LEAF_BYTES) return ERR_DAMAGED;
    ret->bit = TRIE_LEAF;
    memcpy(ret->key.b, bytes->ptr, 32);
    memcpy(ret->cell.b, bytes->ptr + 32, 40);
    *bytes = span_slice(*bytes, LEAF_BYTES, bytes->len);
    return cell_good(&ret->cell) ? ERR_OK : ERR_DAMAGED;
}

/* Bytes of P that are written: those with a bit of it. */
static size_t prefix_bytes(unsigned bit)
{
    return (bit + 7) / 8;
}

static bool prefix_good(const struct hash *prefix, unsigned bit)
{
    return bit % 8 == 0 || (prefix->b[bit / 8] & 0xffU >> bit % 8) == 0;
}

static enum err branch_read(struct span *bytes, struct trie_piece *ret)
{
    size_t prefix;

    if (bytes->len < BRANCH_BYTES) return ERR_DAMAGED;
    ret->bit = u16_at(bytes->ptr + 6);
    ret->fragment = u64_at(bytes->ptr) >> 16;
    prefix = prefix_bytes(ret->bit);
    if (ret->bit > TRIE_LEAF || bytes->len < BRANCH_BYTES + prefix) return ERR_DAMAGED;
    memset(ret->key.b, 0, 32);
    memcpy(ret->key.b, bytes->ptr + 8, prefix);
    memcpy(ret->hash.b, bytes->ptr + 8 + prefix, 32);
    *bytes = span_slice(*bytes, BRANCH_BYTES + prefix, bytes->len);
    return prefix_good(&ret->key, ret->bit) ? ERR_OK : ERR_DAMAGED;
}

/* What stands before all branches but the first. */
static enum err joint_read(struct span *bytes, struct hash *ret)
{
    if (bytes->len < 32) return ERR_DAMAGED;
    memcpy(ret->b, bytes->ptr, 32);
    *bytes = span_slice(*bytes, 32, bytes->len);
    return ERR_OK;
}

static enum err piece_read(struct span *bytes, unsigned height, struct fragment *f)
{
    struct trie_piece *piece = &f->piece[f->count];
    struct hash joint = {{0}};

    if (height > 0 && f->count > 0) TRY(joint_read(bytes, &joint));
    TRY(height == 0 ? leaf_read(bytes, piece) : branch_read(bytes, piece));
    if (!piece_follows(f)) return ERR_DAMAGED;
    if (height > 0) {
        f->joint[f->count - 1].state = JOINT_SAID;
        f->joint[f->count - 1].hash = joint;
    }
    return ERR_OK;
}

enum err fragment_read(struct span bytes, unsigned height, struct fragment *ret)
{
    size_t len = bytes.len, count = len == 0 ? 0 : bytes.ptr[0];

    ret->count = 0;
    if (count == 0 || count > fragment_room(height)) return ERR_DAMAGED;
    bytes = span_slice(bytes, 1, len);
    while (ret->count < count) TRY(piece_read(&bytes, height, ret));
    /* What is over is there for the one size, and is nothing. */
    if (len < FRAGMENT_BYTES || (bytes.len > 0 && len != FRAGMENT_BYTES)) return ERR_DAMAGED;
    return bytes.len == 0 || memcmp(bytes.ptr, zeros, bytes.len) == 0 ? ERR_OK : ERR_DAMAGED;
}

static void branch_write(const struct trie_piece *piece, struct out *o)
{
    ASSERT(piece->fragment <= UINT64_MAX >> 16);
    out_u64(o, piece->fragment << 16 | piece->bit);
    out_bytes(o, span_of(piece->key.b, prefix_bytes(piece->bit)));
    out_bytes(o, hash_span(&piece->hash));
}

void fragment_write(const struct fragment *f, size_t begin, size_t end, unsigned height, struct out *o)
{
    size_t start = o->len;

    ASSERT(end - begin <= fragment_room(height));
    out_byte(o, (uint8_t)(end - begin));
    for (size_t i = begin; i < end; i++) {
        const struct trie_piece *piece = &f->piece[i];

        if (height == 0) {
            out_bytes(o, hash_span(&piece->key));
            out_bytes(o, span_of(piece->cell.b, sizeof(piece->cell.b)));
            continue;
        }
        if (i > begin) {
            ASSERT(f->joint[i].state != JOINT_UNKNOWN);
            out_bytes(o, hash_span(&f->joint[i].hash));
        }
        branch_write(piece, o);
    }
    if (o->len - start < FRAGMENT_BYTES) out_bytes(o, span_of(zeros, FRAGMENT_BYTES - (o->len - start)));
}

/* ---- the subtree ---- */

size_t fragment_part(const struct fragment *f, size_t begin, size_t end)
{
    size_t at = begin + 1;

    ASSERT(at < end && end <= f->count);
    for (size_t i = at + 1; i < end; i++)
        if (f->joint[i].bit < f->joint[at].bit) at = i;
    return at;
}

static struct hash joint_hash(struct fragment *f, size_t begin, size_t at, size_t end)
{
    struct hash left = fragment_hash(f, begin, at), right = fragment_hash(f, at, end);

    return trie_node_hash(f->joint[at].bit, &f->piece[at].key, &left, &right);
}

/* As deep as the fragment has pieces. */
struct hash fragment_hash(struct fragment *f, size_t begin, size_t end)
{
    size_t at;

    ASSERT(begin < end && end <= f->count);
    if (end - begin == 1) return f->piece[begin].hash;
    at = fragment_part(f, begin, end);
    if (f->joint[at].state == JOINT_UNKNOWN) {
        f->joint[at].hash = joint_hash(f, begin, at, end);
        f->joint[at].state = JOINT_SURE;
    }
    return f->joint[at].hash;
}

enum err fragment_follow(struct fragment *f, size_t at)
{
    size_t begin = 0, end = f->count;

    while (end - begin > 1) {
        size_t middle = fragment_part(f, begin, end);

        if (f->joint[middle].state == JOINT_SAID) {
            struct hash computed = joint_hash(f, begin, middle, end);

            if (!hash_equal(&computed, &f->joint[middle].hash)) return ERR_DAMAGED;
            f->joint[middle].state = JOINT_SURE;
        }
        if (at < middle)
            end = middle;
        else
            begin = middle;
    }
    return ERR_OK;
}

struct trie_piece fragment_join(struct fragment *f, size_t begin, size_t end)
{
    struct trie_piece whole;

    whole.hash = fragment_hash(f, begin, end);
    whole.bit = end - begin == 1 ? f->piece[begin].bit : f->joint[fragment_part(f, begin, end)].bit;
    whole.key = trie_prefix(&f->piece[begin].key, whole.bit);
    return whole;
}

/* Of every subtree that holds the piece. */
static void hashes_forget(struct fragment *f, size_t piece)
{
    size_t begin = 0, end = f->count;

    while (end - begin > 1) {
        size_t at = fragment_part(f, begin, end);

        f->joint[at].state = JOINT_UNKNOWN;
        if (piece < at)
            end = at;
        else
            begin = at;
    }
}

static void joint_set(struct fragment *f, size_t at)
{
    if (at == 0 || at >= f->count) return;
    f->joint[at].bit = trie_fork(&f->piece[at - 1].key, &f->piece[at].key);
    f->joint[at].state = JOINT_UNKNOWN;
}

void fragment_replace(struct fragment *f, size_t at, const struct trie_piece *piece)
{
    ASSERT(at < f->count);
    f->piece[at] = *piece;
    joint_set(f, at);
    joint_set(f, at + 1);
    hashes_forget(f, at);
}

void fragment_insert(struct fragment *f, size_t at, const struct trie_piece *piece)
{
    ASSERT(at <= f->count && f->count < FRAGMENT_PIECES);
    memmove(&f->piece[at + 1], &f->piece[at], (f->count - at) * sizeof(f->piece[0]));
    memmove(&f->joint[at + 1], &f->joint[at], (f->count - at) * sizeof(f->joint[0]));
    f->count++;
    fragment_replace(f, at, piece);
}

/* A branch shares with a key no more than its own P. */
static unsigned shared(const struct hash *key, const struct trie_piece *piece)
{
    unsigned fork = trie_fork(key, &piece->key);

    return fork < piece->bit ? fork : piece->bit;
}

/* It is one of the two between which `key` would stand. */
size_t fragment_route(const struct fragment *f, const struct hash *key, unsigned *ret_shared)
{
    size_t low = 0, high = f->count;
    unsigned left, right;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (hash_compare(&f->piece[middle].key, key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    left = low == 0 ? 0 : shared(key, &f->piece[low - 1]);
    right = low == f->count ? 0 : shared(key, &f->piece[low]);
    *ret_shared = left > right ? left : right;
    return low == 0 || (low < f->count && right > left) ? low : low - 1;
}

/* ---- reading ---- */

static bool piece_is(const struct trie_piece *a, const struct trie_piece *b)
{
    return a->bit == b->bit && hash_equal(&a->key, &b->key) && hash_equal(&a->hash, &b->hash);
}

static enum err fragment_get(const struct trie_view *v, uint64_t number, unsigned height, struct fragment *ret)
{
    struct span bytes = {NULL, 0};
    enum err e = v->get(v->ctx, height, number, &bytes);

    /* What a trie refers to and is not there is damage. */
    TRY(e == ERR_NOT_FOUND ? ERR_DAMAGED : e);
    return fragment_read(bytes, height, ret);
}

enum err fragment_load(const struct trie_view *v, uint64_t number, unsigned height, const struct trie_piece *above,
                       struct fragment *ret)
{
    struct trie_piece whole;

    TRY(fragment_get(v, number, height, ret));
    for (size_t i = 0; height == 0 && i < ret->count; i++)
        ret->piece[i].hash = trie_cell_hash(&ret->piece[i].key, &ret->piece[i].cell);
    whole = fragment_join(ret, 0, ret->count);
    if (above == NULL) return hash_equal(&whole.hash, &v->top.root) ? ERR_OK : ERR_DAMAGED;
    return piece_is(&whole, above) ? ERR_OK : ERR_DAMAGED;
}

enum err trie_look_up(const struct trie_view *v, const struct hash *key, struct trie_cell *ret)
{
    uint64_t number = v->top.fragment;
    struct fragment f;
    unsigned ignored;
    size_t at;

    if (number == 0) return ERR_NOT_FOUND;
    for (unsigned height = v->top.height;; height--) {
        TRY(fragment_get(v, number, height, &f));
        at = fragment_route(&f, key, &ignored);
        if (height == 0) break;
        number = f.piece[at].fragment;
    }
    if (!hash_equal(&f.piece[at].key, key)) return ERR_NOT_FOUND;
    *ret = f.piece[at].cell;
    return ERR_OK;
}
