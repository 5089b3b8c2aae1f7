/* See load.h. What a journal says against what the log says now: nothing acknowledged may be lost or moved, and
 * everything that was published must be the beginning of what is published. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "log/statement/issuer.h"
#include "log/tree/tile.h"
#include "tests/tools/load.h"

#define AGAIN_MAX 4096

struct check {
    struct web web;
    struct vkey vkey;
    uint64_t size; /* of the checkpoint that everything is held against */
    struct hash root;
    struct public_key receipt_key;
    struct hash receipt_kid;
    uint64_t statements, again, kept, checkpoints, receipts, wrong;
    uint64_t needed; /* the size that covers all statements */
    size_t again_count;
    struct sent {
        uint64_t position;
        struct hash id;
    } sent_again[AGAIN_MAX];
    /* The last (size, root) that was found to be a beginning: many receipts share one. */
    uint64_t known_size;
    struct hash known_root;
};

static void wrong(struct check *c, const char *what, uint64_t where)
{
    if (c->wrong++ < 20) printf("wrong: %s at %" PRIu64 "\n", what, where);
}

/* ---- what the log is ---- */

static bool take_vkey(struct check *c)
{
    json_t *json;
    const char *vkey;
    bool good;

    if (!web_get(&c->web, "log") || c->web.status != 200) return false;
    json = json_loadb((const char *)c->web.body, c->web.len, 0, NULL);
    vkey = json_string_value(json_object_get(json, "vkey"));
    good = vkey != NULL && vkey_decode(span_text(vkey), &c->vkey) == ERR_OK;
    json_decref(json);
    return good;
}

/* The key of receipts, as the log's first statement lists it. */
static bool take_receipt_key(struct check *c)
{
    struct issuer_payload *p = calloc(1, sizeof(*p));
    struct statement s;
    bool good = p != NULL && web_get(&c->web, "statements/@0") && c->web.status == 200 &&
                statement_decode(span_of(c->web.body, c->web.len), &s) == ERR_OK && s.kind == KIND_ISSUER &&
                issuer_decode(s.cose.payload, p) == ERR_OK;
    bool found = false;

    for (size_t i = 0; good && i < p->key_count; i++) {
        if (!(p->key[i].purposes & PURPOSE_SEAL)) continue;
        c->receipt_key = p->key[i].key;
        c->receipt_kid = p->key[i].kid;
        found = true;
    }
    free(p);
    return found;
}

static bool take_checkpoint(struct check *c)
{
    struct checkpoint now;

    if (!web_checkpoint(&c->web, &c->vkey, &now)) return false;
    c->size = now.size;
    c->root = now.root;
    return true;
}

/* ---- consistency ---- */

static bool path_take(const json_t *json, struct tree_path *ret)
{
    json_t *list = json_object_get(json, "path");

    ret->count = json_array_size(list);
    if (list == NULL || ret->count > TREE_PATH_MAX) return false;
    for (size_t i = 0; i < ret->count; i++)
        if (hex_decode(span_text(json_string_value(json_array_get(list, i))), ret->hash[i].b, 32) != ERR_OK)
            return false;
    return true;
}

static bool is_beginning(struct check *c, uint64_t size, const struct hash *root)
{
    char path[128];
    struct tree_path proof;
    json_t *json;
    bool good;

    if (size > c->size) return false;
    if (size == c->known_size && hash_equal(root, &c->known_root)) return true;
    snprintf(path, sizeof(path), "proof/consistency?old=%" PRIu64 "&new=%" PRIu64, size, c->size);
    if (!web_get(&c->web, path) || c->web.status != 200) return false;
    json = json_loadb((const char *)c->web.body, c->web.len, 0, NULL);
    good = json != NULL && path_take(json, &proof) &&
           tree_consistency_verify(size, c->size, proof.hash, proof.count, root, &c->root) == ERR_OK;
    json_decref(json);
    if (good) {
        c->known_size = size;
        c->known_root = *root;
    }
    return good;
}

/* ---- one line of the journal ---- */

static void check_statement(struct check *c, uint64_t position, const struct hash *id)
{
    char path[64];
    struct hash found;

    c->statements++;
    snprintf(path, sizeof(path), "statements/@%" PRIu64, position);
    if (!web_get(&c->web, path) || c->web.status != 200) {
        wrong(c, "an acknowledged statement is not there", position);
        return;
    }
    found = hash_of(span_of(c->web.body, c->web.len));
    if (!hash_equal(&found, id)) wrong(c, "another statement than was acknowledged", position);
}

static void check_checkpoint(struct check *c, uint64_t size, const struct hash *root)
{
    c->checkpoints++;
    if (size > c->size)
        wrong(c, "a checkpoint was served that is larger than what is published", size);
    else if (!is_beginning(c, size, root))
        wrong(c, "a checkpoint was served that is not a beginning of this log", size);
}

static void check_receipt(struct check *c, uint64_t position, const struct hash *id, struct span bytes)
{
    struct hash leaf = leaf_hash(hash_span(id)), root;
    struct receipt r;

    c->receipts++;
    if (receipt_decode(bytes, &r) != ERR_OK || r.index != position ||
        tree_inclusion_root(&leaf, r.index, r.size, r.path.hash, r.path.count, &root) != ERR_OK ||
        !hash_equal(&r.kid, &c->receipt_kid) || receipt_verify(&r, &root, &c->receipt_key) != ERR_OK)
        wrong(c, "a receipt does not hold", position);
    else if (!is_beginning(c, r.size, &root))
        wrong(c, "a receipt is not of a beginning of what is published", position);
}

/* What got no answer may be in the log or not. Sent once more it is there once, like anything else. */
static void send_again(struct check *c, struct span statement)
{
    struct hash id = hash_of(statement);

    for (int i = 0; i < 1000; i++) {
        if (!web_post(&c->web, statement, false)) break;
        if (c->web.status != 503 && c->web.status != 429) break;
        usleep(10000);
    }
    if ((c->web.status != 201 && c->web.status != 303) || !c->web.has_position) {
        wrong(c, "a statement was not taken when it was sent again", c->web.status);
        return;
    }
    c->again++;
    c->kept += c->web.already;
    if (c->web.position >= c->needed) c->needed = c->web.position + 1;
    if (c->again_count < AGAIN_MAX) c->sent_again[c->again_count++] = (struct sent){c->web.position, id};
}

struct line {
    uint8_t word;
    uint64_t number;
    struct hash hash;
    uint8_t bytes[JOURNAL_LINE_MAX / 2];
    size_t len;
};

static bool line_decode(struct span text, struct line *ret)
{
    struct span word, number, hash;

    if (!span_cut(&text, ' ', &word) || word.len != 1) return false;
    ret->word = word.ptr[0];
    if (ret->word != 'u') {
        if (!span_cut(&text, ' ', &number) || decimal_decode(number, INT64_MAX, &ret->number) != ERR_OK) return false;
        if (!span_cut(&text, ' ', &hash)) {
            hash = text;
            text = SPAN("");
        }
        if (hex_decode(hash, ret->hash.b, 32) != ERR_OK) return false;
    }
    ret->len = text.len / 2;
    return ret->len <= sizeof(ret->bytes) && hex_decode(text, ret->bytes, ret->len) == ERR_OK;
}

static void each_line(struct span journal, struct check *c, void (*take)(struct check *c, const struct line *l))
{
    struct line *l = malloc(sizeof(*l));
    struct span line;

    ASSERT(l != NULL);
    while (span_cut(&journal, '\n', &line)) {
        if (line_decode(line, l))
            take(c, l);
        else
            wrong(c, "a line of the journal is not one", 0);
    }
    if (journal.len > 0) wrong(c, "the journal's last line has no end", 0);
    free(l);
}

static void take_seen(struct check *c, const struct line *l)
{
    if (l->word == 'c') check_checkpoint(c, l->number, &l->hash);
    if (l->word == 'r') check_receipt(c, l->number, &l->hash, span_of(l->bytes, l->len));
}

static void take_all(struct check *c, const struct line *l)
{
    if (l->word == 's') check_statement(c, l->number, &l->hash);
    take_seen(c, l);
}

static void take_first(struct check *c, const struct line *l)
{
    if (l->word == 's' && l->number >= c->needed) c->needed = l->number + 1;
    if (l->word == 'u') send_again(c, span_of(l->bytes, l->len));
}

/* ---- the whole tree ---- */

static int by_hash(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct hash));
}

/* The entries of bundle `index`, as tlog-tiles serves them, behind those before it. */
static bool bundle_take(struct check *c, uint64_t index, struct frontier *tree, struct hash *ids)
{
    struct tile t = {TILE_ENTRIES, 0, index, tile_width(0, index, c->size)};
    uint8_t path[TILE_PATH_MAX + 1] = {0};
    struct out o = out_over(path, TILE_PATH_MAX);
    struct span rest, item;

    tile_path_encode(&t, &o);
    if (!web_get(&c->web, (const char *)path) || c->web.status != 200) return false;
    rest = span_of(c->web.body, c->web.len);
    for (unsigned i = 0; i < t.width; i++) {
        struct hash leaf;

        if (bundle_next(&rest, &item) != ERR_OK || item.len != sizeof(ids[0].b)) return false;
        memcpy(ids[tree->size].b, item.ptr, item.len);
        leaf = leaf_hash(item);
        frontier_append(tree, &leaf);
    }
    return rest.len == 0;
}

static void check_tree(struct check *c)
{
    struct hash *ids = calloc((size_t)c->size, sizeof(*ids)), root;
    struct frontier tree = {.size = 0};
    bool good = ids != NULL;

    for (uint64_t i = 0; good && i * TILE_WIDTH < c->size; i++) good = bundle_take(c, i, &tree, ids);
    if (!good) wrong(c, "entries cannot be read", tree.size);
    if (good) root = frontier_root(&tree);
    if (good && !hash_equal(&root, &c->root)) wrong(c, "the entries do not give the root", c->size);
    if (good) qsort(ids, (size_t)c->size, sizeof(*ids), by_hash);
    for (uint64_t i = 1; good && i < c->size; i++)
        if (hash_equal(&ids[i - 1], &ids[i])) wrong(c, "an id stands twice", i);
    free(ids);
}

/* ---- all of it ---- */

/* Until everything that was acknowledged is published. */
static bool wait_published(struct check *c, unsigned patience_s)
{
    for (unsigned i = 0; i < patience_s * 100; i++) {
        if (take_checkpoint(c) && c->size >= c->needed) return true;
        usleep(10000);
    }
    return false;
}

static bool journal_read(const char *path, uint8_t **ret, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = malloc(JOURNAL_MAX);
    size_t len = f == NULL || bytes == NULL ? 0 : fread(bytes, 1, JOURNAL_MAX, f);

    if (f != NULL) fclose(f);
    *ret = bytes;
    *ret_len = len;
    if (f == NULL) fprintf(stderr, "cairn-load: cannot read %s\n", path);
    return f != NULL && bytes != NULL && len < JOURNAL_MAX;
}

static int check_all(struct check *c, struct span journal, enum load_depth depth, unsigned patience_s)
{
    if (!take_vkey(c) || !take_checkpoint(c) || !take_receipt_key(c)) return web_fail(&c->web, "what the log is");
    if (depth != CHECK_SEEN) {
        each_line(journal, c, take_first);
        if (!wait_published(c, patience_s)) wrong(c, "not published in time: the log ends", c->size);
    }
    each_line(journal, c, depth == CHECK_SEEN ? take_seen : take_all);
    for (size_t i = 0; i < c->again_count; i++) check_statement(c, c->sent_again[i].position, &c->sent_again[i].id);
    if (depth == CHECK_WHOLE) check_tree(c);
    printf("statements %" PRIu64 " checkpoints %" PRIu64 " receipts %" PRIu64 " again %" PRIu64 " already %" PRIu64
           " size %" PRIu64 " wrong %" PRIu64 "\n",
           c->statements, c->checkpoints, c->receipts, c->again, c->kept, c->size, c->wrong);
    return c->wrong == 0 ? LOAD_YES : LOAD_NO;
}

int load_check(const char *url, const char *path, enum load_depth depth, unsigned patience_s)
{
    struct check *c = calloc(1, sizeof(*c));
    uint8_t *journal;
    size_t len;
    int code = LOAD_USAGE;

    ASSERT(c != NULL);
    web_open(&c->web, url, 0);
    if (journal_read(path, &journal, &len)) code = check_all(c, span_of(journal, len), depth, patience_s);
    free(journal);
    web_close(&c->web);
    free(c);
    return code;
}
