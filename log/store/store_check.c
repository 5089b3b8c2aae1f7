/* fsck: reads everything, recomputes every hash, and says in words where it first does not fit. The tree is
 * built anew from the statements; the index is checked against them, then against itself (check_lists.c). */
#include "log/store/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/base/codec.h"
#include "log/statement/rules.h"
#include "log/statement/status.h"

enum err check_wrong(struct check *c, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(c->where, CHECK_WHERE_MAX, format, args);
    va_end(args);
    return ERR_DAMAGED;
}

bool check_is_damage(enum err err)
{
    return err == ERR_DAMAGED || err == ERR_NOT_FOUND;
}

struct short_hash check_short(const uint8_t *hash)
{
    struct short_hash ret;
    struct out o = out_over(ret.text, 16);

    hex_encode(span_of(hash, 8), &o);
    ret.text[16] = '\0';
    return ret;
}

void check_told(struct check *c)
{
    uint64_t all = c->log->head.size + c->derived->state.covers + c->derived->state.keys;

    c->done++;
    if (c->tell != NULL) c->tell(c->tell_ctx, c->done, all);
}

/* ---- the tree ---- */

/* Both as long as a tile of that width is. */
static enum err nodes_compare(struct check *c, unsigned level, uint64_t index, unsigned width, const uint8_t *computed,
                              struct span stored)
{
    for (size_t i = 0; i < width; i++) {
        const uint8_t *want = computed + i * 32, *have = stored.ptr + i * 32;
        struct short_hash wanted, found;
        unsigned long long place = index * TILE_WIDTH + i;

        if (memcmp(have, want, 32) == 0) continue;
        wanted = check_short(want);
        found = check_short(have);
        if (level == 0)
            return check_wrong(c, "statement @%llu hashes to %s… but tile 0/%llu has %s…", place, wanted.text,
                               (unsigned long long)index, found.text);
        return check_wrong(c, "the tiles below hash to %s… but tile %u/%llu has %s… at its place %zu", wanted.text,
                           level, (unsigned long long)index, found.text, i);
    }
    if (stored.len == 0 || memcmp(stored.ptr, computed, stored.len) == 0) return ERR_OK;
    return check_wrong(c, "tile %u/%llu has a node that its hashes do not give", level, (unsigned long long)index);
}

static enum err tile_compare(void *ctx, unsigned level, uint64_t index, const uint8_t *nodes)
{
    struct check *c = ctx;
    struct span stored;
    enum err err = tile_row(c->log, level, index, &stored);

    if (check_is_damage(err))
        return check_wrong(c, "tile %u/%llu is missing or not %d bytes", level, (unsigned long long)index, TILE_BYTES);
    TRY(err);
    return nodes_compare(c, level, index, TILE_WIDTH, nodes, stored);
}

static enum err edges_compare(struct check *c)
{
    uint64_t size = c->log->head.size;

    for (unsigned level = 0; level <= TILE_LEVEL_MAX; level++) {
        uint8_t bytes[TILE_BYTES];
        struct out nodes = out_over(bytes, sizeof(bytes));
        struct span stored;
        enum err err = edge_row(c->log->txn, &c->store->log, size, level, &stored);

        if (check_is_damage(err))
            return check_wrong(c, "the right edge of level %u is missing or not %u hashes", level,
                               edge_width(size, level));
        TRY(err);
        edge_pack(&c->edge, level, &nodes);
        TRY(nodes_compare(c, level, edge_hashes(size, level) / TILE_WIDTH, edge_width(size, level), bytes, stored));
    }
    return ERR_OK;
}

enum err check_row_count(struct check *c, const struct env *e, MDB_txn *txn, unsigned table, const char *name,
                         uint64_t expected)
{
    uint64_t rows;

    TRY(row_count(txn, e->table[table], &rows));
    if (rows == expected) return ERR_OK;
    return check_wrong(c, "table %s has %llu rows and should have %llu", name, (unsigned long long)rows,
                       (unsigned long long)expected);
}

static enum err log_rows_compare(struct check *c)
{
    const struct env *e = &c->store->log;
    uint64_t size = c->log->head.size, tiles = 0, edges = 0;

    for (unsigned level = 0; level <= TILE_LEVEL_MAX; level++) {
        tiles += edge_hashes(size, level) / TILE_WIDTH;
        edges += edge_width(size, level) > 0;
    }
    TRY(check_row_count(c, e, c->log->txn, LOG_STATEMENT, "statement", size % TILE_WIDTH));
    TRY(check_row_count(c, e, c->log->txn, LOG_BUNDLE, "bundle", size / TILE_WIDTH));
    TRY(check_row_count(c, e, c->log->txn, LOG_TILE, "tile", tiles));
    return check_row_count(c, e, c->log->txn, LOG_EDGE, "edge", edges);
}

/* The newest seal is the one the head names. */
static enum err sealed_check(struct check *c)
{
    const struct log_head *head = &c->log->head;
    uint64_t position = 0, to_ms = 0;
    enum err err = seal_row(c->log, MDB_LAST, &position, &to_ms);

    if (err == ERR_NOT_FOUND && head->sealed == 0) return ERR_OK;
    if (err != ERR_OK && !check_is_damage(err)) return err;
    if (err != ERR_OK || position + 1 != head->sealed || to_ms != head->seal_to_ms)
        return check_wrong(c, "table seal does not end with the seal of size %llu", (unsigned long long)head->sealed);
    return ERR_OK;
}

static enum err published_check(struct check *c)
{
    struct signature receipts;
    struct span note;
    enum err err = log_published(c->log, &note, &receipts);

    if (err == ERR_NOT_FOUND && c->log->head.published == 0) return ERR_OK;
    if (check_is_damage(err))
        return check_wrong(c, "the published checkpoint of size %llu is missing or cut short",
                           (unsigned long long)c->log->head.published);
    return err;
}

/* ---- the index, seen from the statements ---- */

/* Positions rise in a list, so the one sought is found by halving. */
static enum err list_has(const struct derived_view *v, const struct hash *key, uint64_t position, bool *ret)
{
    uint64_t low = 0, high, at;

    *ret = false;
    TRY(derived_count(v, key, &high));
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        TRY(derived_item(v, key, middle, &at));
        if (at == position) {
            *ret = true;
            return ERR_OK;
        }
        if (at < position)
            low = middle + 1;
        else
            high = middle;
    }
    return ERR_OK;
}

static enum err keys_check(struct check *c, uint64_t position)
{
    for (size_t i = 0; i < c->keys.count; i++) {
        bool has = false;
        enum err err = list_has(c->derived, &c->keys.key[i], position, &has);

        if (err != ERR_OK && !check_is_damage(err)) return err;
        if (!has)
            return check_wrong(c, "statement @%llu is not in the index under key %s…", (unsigned long long)position,
                               check_short(c->keys.key[i].b).text);
    }
    c->derived_items += c->keys.count;
    return ERR_OK;
}

/* Whether table seal has a row for `position`, and whether it says what the seal says. */
static enum err seal_row_check(struct check *c, uint64_t position, const struct seal_payload *seal)
{
    struct position_key key = position_key(position);
    uint64_t to_ms = 0;
    enum err err = position_row(c->log->txn, c->store->log.table[LOG_SEAL], KEY_SPAN(key), &to_ms);

    if (err != ERR_OK && !check_is_damage(err)) return err;
    if (seal == NULL && err != ERR_NOT_FOUND)
        return check_wrong(c, "statement @%llu stands as a seal and is none", (unsigned long long)position);
    if (seal != NULL && (err != ERR_OK || to_ms != seal->to_ms))
        return check_wrong(c, "the seal @%llu is not in table seal, or with another time",
                           (unsigned long long)position);
    return ERR_OK;
}

/* The newest seal that the index covers names its root and its number of keys. */
static enum err seal_check(struct check *c, const struct statement *s, uint64_t position)
{
    const struct derived_state *state = &c->derived->state;
    const struct hash *root = &state->top.root;
    struct seal_payload seal;

    if (seal_decode(s->cose.payload, &seal) != ERR_OK || seal.covers != position)
        return check_wrong(c, "the seal @%llu does not cover its own position", (unsigned long long)position);
    TRY(seal_row_check(c, position, &seal));
    if (position + 1 == state->covers && (!hash_equal(&seal.root, root) || seal.keys != state->keys))
        return check_wrong(c, "the seal @%llu names index %s… but derived has %s…", (unsigned long long)position,
                           check_short(seal.root.b).text, check_short(root->b).text);
    return ERR_OK;
}

static enum err indexed_check(struct check *c, uint64_t position, struct span bytes, const struct hash *id)
{
    struct statement s;
    uint64_t found = UINT64_MAX;
    enum err err = derived_find(c->derived, id, &found);

    if (err != ERR_OK && !check_is_damage(err)) return err;
    if (err != ERR_OK || found != position)
        return check_wrong(c, "derived does not find the id of statement @%llu", (unsigned long long)position);
    if (statement_decode(bytes, &s) != ERR_OK || index_derive(&s, RULES_VERSION, &c->keys) != ERR_OK)
        return check_wrong(c, "statement @%llu is not one", (unsigned long long)position);
    TRY(s.kind == KIND_SEAL ? seal_check(c, &s, position) : seal_row_check(c, position, NULL));
    return keys_check(c, position);
}

/* ---- everything, statement by statement ---- */

static enum err in_tree_check(struct check *c, uint64_t position, struct span bytes)
{
    struct hash id = hash_of(bytes), leaf = leaf_hash(hash_span(&id));

    (void)position;
    return edge_append(&c->edge, &leaf, (struct tile_sink){c, tile_compare});
}

static enum err in_index_check(struct check *c, uint64_t position, struct span bytes)
{
    struct hash id = hash_of(bytes);

    return indexed_check(c, position, bytes, &id);
}

static enum err statements_check(struct check *c, uint64_t end,
                                 enum err (*each)(struct check *c, uint64_t position, struct span bytes))
{
    struct walk w;
    struct span bytes;

    TRY(walk_start(c->log, 0, &w));
    while (w.position < end) {
        uint64_t position = w.position;
        enum err err = walk_next(&w, &bytes);

        if (check_is_damage(err)) return check_wrong(c, "statement @%llu cannot be read", (unsigned long long)position);
        TRY(err);
        TRY(each(c, position, bytes));
        check_told(c);
    }
    return ERR_OK;
}

/* ---- the whole ---- */

static enum err everything_check(struct check *c)
{
    if (c->derived->state.covers > c->log->head.size)
        return check_wrong(c, "derived covers %llu statements of %llu", (unsigned long long)c->derived->state.covers,
                           (unsigned long long)c->log->head.size);
    /* It is committed after the publication that it covers. */
    if (c->derived->state.covers > c->log->head.published)
        return check_wrong(c, "derived covers %llu statements and %llu are published",
                           (unsigned long long)c->derived->state.covers, (unsigned long long)c->log->head.published);
    TRY(log_rows_compare(c));
    TRY(statements_check(c, c->log->head.size, in_tree_check));
    TRY(edges_compare(c));
    TRY(sealed_check(c));
    TRY(published_check(c));
    /* Only now, so that a broken statement is named as such and not by what fails to find it. */
    TRY(statements_check(c, c->derived->state.covers, in_index_check));
    return check_lists(c);
}

/* The derived snapshot first: what it covers is then in the log's, whoever writes meanwhile. */
static enum err views_check(struct check *c)
{
    enum err err = derived_view_open(c->store, &c->derived);

    if (check_is_damage(err)) return check_wrong(c, "the head of derived is not one");
    TRY(err);
    err = log_view_open(c->store, &c->log);
    if (check_is_damage(err)) err = check_wrong(c, "the head of the log is not one");
    if (err == ERR_OK) err = everything_check(c);
    log_view_close(c->log);
    derived_view_close(c->derived);
    return err;
}

enum err store_check(struct store *s, void (*tell)(void *ctx, uint64_t done, uint64_t all), void *ctx,
                     char ret_where[CHECK_WHERE_MAX])
{
    struct check *c = calloc(1, sizeof(*c));
    enum err err;

    ret_where[0] = '\0';
    if (c == NULL) return ERR_NO_MEMORY;
    c->store = s;
    c->tell = tell;
    c->tell_ctx = ctx;
    c->where = ret_where;
    err = views_check(c);
    free(c);
    return err;
}
