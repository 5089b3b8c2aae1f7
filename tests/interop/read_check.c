/* Reads what another implementation wrote, one case a line of JSON, and says what this one makes of it: a line "ok"
 * with what was read, or the reason word. What is expected does not concern it. Bytes are in hexadecimal. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/base/codec.h"
#include "log/note/checkpoint.h"
#include "log/tree/tile.h"

#define KEYS_MAX 8
#define TILES_MAX 64

/* What the bytes of one case take; empty again for the next. */
static uint8_t room[8 << 20];
static size_t room_used;

_Noreturn static void no_case(const char *what)
{
    fprintf(stderr, "read-check: not a case: %s\n", what);
    exit(2);
}

/* ---- members of a case ---- */

static const json_t *list_of(const json_t *c, const char *name)
{
    const json_t *list = json_object_get(c, name);

    if (list != NULL && !json_is_array(list)) no_case(name);
    return list;
}

static struct span text_of(const json_t *c, const char *name)
{
    const char *text = json_string_value(json_object_get(c, name));

    if (text == NULL) no_case(name);
    return span_text(text);
}

static struct span bytes_in(struct span hex)
{
    uint8_t *at = room + room_used;
    size_t len = hex.len / 2;

    if (len > sizeof(room) - room_used || hex_decode(hex, at, len) != ERR_OK) no_case("bytes");
    room_used += len;
    return span_of(at, len);
}

static struct span bytes_of(const json_t *c, const char *name)
{
    return bytes_in(text_of(c, name));
}

static struct span bytes_at(const json_t *list, size_t i)
{
    const char *text = json_string_value(json_array_get(list, i));

    if (text == NULL) no_case("a list");
    return bytes_in(span_text(text));
}

static uint64_t number_of(const json_t *c, const char *name)
{
    uint64_t n;

    if (decimal_decode(text_of(c, name), UINT64_MAX, &n) != ERR_OK) no_case(name);
    return n;
}

static struct hash hash_in(const json_t *c, const char *name)
{
    struct span bytes = bytes_of(c, name);
    struct hash h;

    if (bytes.len != sizeof(h.b)) no_case(name);
    memcpy(h.b, bytes.ptr, sizeof(h.b));
    return h;
}

/* Hashes one after another. Their type wants no alignment. */
static const struct hash *hashes_of(const json_t *c, const char *name, size_t *ret_count)
{
    struct span bytes = bytes_of(c, name);

    *ret_count = bytes.len / sizeof(struct hash);
    return (const struct hash *)bytes.ptr;
}

/* ---- notes ---- */

static enum err read_vkey(const json_t *c, struct out *said)
{
    struct vkey v;

    (void)said;
    return vkey_decode(bytes_of(c, "bytes"), &v);
}

/* Says which of the known keys signed; one signature of a known key that fails refuses the note. */
static enum err read_note(const json_t *c, struct out *said)
{
    const json_t *keys = list_of(c, "keys");
    struct vkey v[KEYS_MAX];
    bool signed_once = false;
    struct note n;

    if (json_array_size(keys) > KEYS_MAX) no_case("too many keys");
    for (size_t i = 0; i < json_array_size(keys); i++) TRY(vkey_decode(bytes_at(keys, i), &v[i]));
    TRY(note_decode(bytes_of(c, "bytes"), &n));
    for (size_t i = 0; i < json_array_size(keys); i++) {
        enum err e = note_verify(&n, &v[i]);

        if (e == ERR_NOT_SIGNED) continue;
        TRY(e);
        signed_once = true;
        out_byte(said, ' ');
        out_decimal(said, i);
    }
    return signed_once ? ERR_OK : ERR_NOT_SIGNED;
}

/* With extension lines the word behind "ok" is "more". */
static enum err read_checkpoint(const json_t *c, struct out *said)
{
    struct span text = bytes_of(c, "bytes");
    struct checkpoint read;
    bool more = checkpoint_decode(text, &read) != ERR_OK;

    if (more) TRY(checkpoint_decode_any(text, &read));
    out_text(said, more ? " more " : " ");
    hex_encode(read.origin, said);
    out_byte(said, ' ');
    out_decimal(said, read.size);
    out_byte(said, ' ');
    hex_encode(hash_span(&read.root), said);
    return ERR_OK;
}

/* ---- trees ---- */

static enum err read_inclusion(const json_t *c, struct out *said)
{
    struct hash leaf = leaf_hash(bytes_of(c, "entry")), root = hash_in(c, "root");
    size_t count;
    const struct hash *path = hashes_of(c, "path", &count);

    (void)said;
    return tree_inclusion_verify(&leaf, number_of(c, "index"), number_of(c, "size"), path, count, &root);
}

static enum err read_consistency(const json_t *c, struct out *said)
{
    struct hash old_root = hash_in(c, "oldRoot"), root = hash_in(c, "root");
    size_t count;
    const struct hash *path = hashes_of(c, "path", &count);

    (void)said;
    return tree_consistency_verify(number_of(c, "old"), number_of(c, "size"), path, count, &old_root, &root);
}

/* The root after each entry. */
static enum err read_tree(const json_t *c, struct out *said)
{
    const json_t *entries = list_of(c, "entries");
    struct frontier f = {0};
    size_t count;
    const struct hash *roots = hashes_of(c, "roots", &count);

    (void)said;
    if (json_array_size(entries) != count) return ERR_BAD_SIZE;
    for (size_t i = 0; i < count; i++) {
        struct hash leaf = leaf_hash(bytes_at(entries, i)), root;

        frontier_append(&f, &leaf);
        root = frontier_root(&f);
        if (!hash_equal(&root, &roots[i])) return ERR_BAD_PROOF;
    }
    return ERR_OK;
}

/* ---- tiles ---- */

static enum err read_path(const json_t *c, struct out *said)
{
    struct tile t;

    TRY(tile_path_decode(bytes_of(c, "bytes"), &t));
    out_byte(said, ' ');
    out_decimal(said, t.level);
    out_byte(said, ' ');
    out_decimal(said, t.index);
    out_byte(said, ' ');
    out_decimal(said, t.width);
    return t.kind == TILE_HASHES ? ERR_OK : ERR_BAD_TILE;
}

struct tiles {
    size_t count;
    struct tile tile[TILES_MAX];
    struct span data[TILES_MAX];
};

static const uint8_t *find(const struct tiles *all, unsigned level, uint64_t index, unsigned width)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->tile[i].level == level && all->tile[i].index == index && all->tile[i].width >= width)
            return all->data[i].ptr;
    return NULL;
}

static bool tile_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    unsigned tile_level, first, depth;
    uint64_t tile_index;
    const uint8_t *data;

    tile_of_node(level, index, &tile_level, &tile_index, &first, &depth);
    data = find(ctx, tile_level, tile_index, first + (1U << depth));
    if (data == NULL) return false;
    *ret = tile_fold(data + first * sizeof(ret->b), depth);
    return true;
}

static enum err tiles_take(const json_t *list, struct tiles *all)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct tile *t = &all->tile[all->count];

        if (all->count == TILES_MAX) no_case("too many tiles");
        TRY(tile_path_decode(bytes_of(one, "path"), t));
        all->data[all->count] = bytes_of(one, "data");
        if (all->data[all->count].len != t->width * sizeof(struct hash)) return ERR_BAD_TILE;
        all->count++;
    }
    return ERR_OK;
}

/* Every tile of the tree is there, and every hash above the first level is that of the tile below. */
static enum err tiles_agree(const struct tiles *all, uint64_t size)
{
    struct tile_changes changes = tile_changes(0, size);
    struct tile t;

    while (tile_changes_next(&changes, &t)) {
        const uint8_t *data;

        if (t.kind != TILE_HASHES) continue;
        data = find(all, t.level, t.index, t.width);
        if (data == NULL) return ERR_BAD_TILE;
        for (unsigned i = 0; t.level > 0 && i < t.width; i++) {
            const uint8_t *below = find(all, t.level - 1, t.index * TILE_WIDTH + i, TILE_WIDTH);
            struct hash h;

            if (below == NULL) return ERR_BAD_TILE;
            h = tile_fold(below, 8);
            if (memcmp(h.b, data + i * sizeof(h.b), sizeof(h.b)) != 0) return ERR_BAD_PROOF;
        }
    }
    return ERR_OK;
}

/* The proofs that are made from the tiles are the ones which the case has. */
static enum err proofs_agree(const struct tree_reader *r, uint64_t size, const json_t *proofs, const char *of,
                             enum err (*make)(const struct tree_reader *, uint64_t, uint64_t, struct tree_path *))
{
    for (size_t i = 0; i < json_array_size(proofs); i++) {
        const json_t *one = json_array_get(proofs, i);
        struct span given = bytes_of(one, "path");
        struct tree_path path;

        TRY(make(r, number_of(one, of), size, &path));
        if (!span_equal(span_of(path.hash, path.count * sizeof(struct hash)), given)) return ERR_BAD_PROOF;
    }
    return ERR_OK;
}

static enum err read_tiles(const json_t *c, struct out *said)
{
    static struct tiles all;
    struct tree_reader reader = {&all, tile_node};
    uint64_t size = number_of(c, "size");
    struct hash root = hash_in(c, "root"), found;

    (void)said;
    all.count = 0;
    TRY(tiles_take(list_of(c, "tiles"), &all));
    TRY(tiles_agree(&all, size));
    TRY(tree_range_root(&reader, 0, size, &found));
    if (!hash_equal(&found, &root)) return ERR_BAD_PROOF;
    TRY(proofs_agree(&reader, size, list_of(c, "inclusions"), "index", tree_inclusion));
    return proofs_agree(&reader, size, list_of(c, "consistencies"), "old", tree_consistency);
}

/* ---- cases ---- */

static const struct kind {
    const char *word;
    enum err (*read)(const json_t *c, struct out *said);
} kinds[] = {
    {"vkey", read_vkey},
    {"note", read_note},
    {"checkpoint", read_checkpoint},
    {"inclusion", read_inclusion},
    {"consistency", read_consistency},
    {"tree", read_tree},
    {"path", read_path},
    {"tiles", read_tiles},
};

static const struct kind *kind_of(const json_t *c)
{
    struct span word = text_of(c, "kind");

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (span_equal(span_text(kinds[i].word), word)) return &kinds[i];
    no_case("its kind");
}

static void read_case(const json_t *c)
{
    uint8_t words[1024];
    struct out said = out_over(words, sizeof(words));
    enum err e;

    room_used = 0;
    e = kind_of(c)->read(c, &said);
    if (said.full) no_case("too much to say");
    if (e == ERR_OK)
        printf("ok%.*s\n", (int)said.len, (const char *)words);
    else
        puts(err_reason(e));
}

int main(int argc, char **argv)
{
    FILE *in = argc == 2 ? fopen(argv[1], "r") : stdin;
    json_error_t error;
    json_t *c;

    if (in == NULL || argc > 2) {
        fprintf(stderr, "usage: cairn-read-check [FILE]\n");
        return 2;
    }
    while ((c = json_loadf(in, JSON_DISABLE_EOF_CHECK, &error)) != NULL) {
        read_case(c);
        json_decref(c);
    }
    if (!feof(in) || fflush(stdout) != 0) no_case(error.text);
    return 0;
}
