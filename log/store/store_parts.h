/* What the files of the store share: the tables, the rows' keys, and what stands behind store.h's names.
 *
 * Environment `log`, keys big-endian so that they sort as they count:
 *   meta       "format"; "head" -> five u64 of log_head; "published" -> receipt signature 64 ‖ note
 *   statement  position -> canonical bytes, only of the bundle that is not full yet
 *   bundle     N -> 256 statements as /tile/statements/N serves them
 *   tile       level u8 ‖ N -> 8,192 bytes of hashes and the 255 nodes above them, full tiles only
 *   edge       level u8 -> that level's partial tile, likewise (edge.h); no row when it is empty
 *   seal       position -> its `to` in ms
 *
 * Environment `derived`:
 *   meta       "format"; "head" -> covers ‖ keys ‖ has_root u8 ‖ root half
 *   node       P ‖ b u8 -> two halves of the trie
 *   list       K -> V ‖ the peaks of the list's tree, lowest first; with one item V ‖ its position
 *   item       K ‖ n -> position, only of lists with more than one
 *   id         id -> position */
#ifndef CAIRN_STORE_PARTS_H
#define CAIRN_STORE_PARTS_H

#include <stdatomic.h>

#include "log/store/edge.h"
#include "log/store/env.h"
#include "log/store/store.h"

enum log_table { LOG_META = TABLE_META, LOG_STATEMENT, LOG_BUNDLE, LOG_TILE, LOG_EDGE, LOG_SEAL, LOG_TABLES };
enum derived_table { DERIVED_META = TABLE_META, DERIVED_NODE, DERIVED_LIST, DERIVED_ITEM, DERIVED_ID, DERIVED_TABLES };
extern const struct env_layout log_layout, derived_layout;

#define ROW_PUBLISHED SPAN("published")

/* The right edge as the last commit left it, so that a write need not read it again. `txn_id` names that
 * commit: when another process has written since, the edge is read anew. */
struct tail {
    bool valid;
    size_t txn_id;
    struct edge edge;
    uint64_t rows;     /* statements of the open bundle that have a row */
    struct out bundle; /* the open bundle's statements, framed; on the heap, grows */
};

struct store {
    char dir[ENV_PATH_MAX];
    size_t map_bytes;
    struct env log, derived;
    struct tail tail; /* the log writer's */
    atomic_bool log_writing, derived_writing;
    atomic_uint log_views, derived_views;
};

/* ---- keys ---- */

struct position_key {
    uint8_t b[8];
};
struct tile_key {
    uint8_t b[9];
};
struct item_key {
    uint8_t b[40];
};
struct node_key {
    uint8_t b[33];
};
struct position_key position_key(uint64_t position);
struct tile_key tile_key(unsigned level, uint64_t index);
struct item_key item_key(const struct hash *key, uint64_t n);
struct node_key node_key(unsigned bit, const struct hash *prefix);
#define KEY_SPAN(key) span_of((key).b, sizeof((key).b))

/* ---- log ---- */

#define LOG_HEAD_BYTES 40

/* The tile that a proof took its last node from: a path has up to eight in each. */
struct tile_seen {
    unsigned level, width;
    uint64_t index;
    struct span nodes; /* empty before the first */
};
struct log_view {
    struct store *store;
    MDB_txn *txn;
    struct log_head head;
    struct tile_seen seen;
};
void log_head_pack(const struct log_head *head, uint8_t ret[LOG_HEAD_BYTES]);
/* No row is the head of an empty log. */
enum err log_head_read(MDB_txn *txn, const struct env *e, struct log_head *ret) MUST_USE;
/* The partial tile of a level: exactly its hashes and nodes, else ERR_DAMAGED. Nothing when it is empty. */
enum err edge_row(MDB_txn *txn, const struct env *e, uint64_t size, unsigned level, struct span *ret) MUST_USE;
/* Row of a statement that has one. */
enum err statement_row(MDB_txn *txn, const struct env *e, uint64_t position, struct span *ret) MUST_USE;
/* Full tiles; a length that is not a full tile's is ERR_DAMAGED. */
enum err tile_row(const struct log_view *v, unsigned level, uint64_t index, struct span *ret) MUST_USE;

/* The first (MDB_SET_RANGE, from *position on) or the last (MDB_LAST) seal. ERR_NOT_FOUND. */
enum err seal_row(const struct log_view *v, MDB_cursor_op op, uint64_t *position, uint64_t *ret_to_ms) MUST_USE;

/* Statements in order, bundle by bundle. */
struct walk {
    const struct log_view *view;
    uint64_t position;
    struct span rest; /* of the full bundle it is in */
};
enum err walk_start(const struct log_view *v, uint64_t position, struct walk *ret) MUST_USE;
/* ERR_NOT_FOUND at the size; ERR_DAMAGED when a bundle is not exactly 256 framed statements. */
enum err walk_next(struct walk *w, struct span *ret) MUST_USE;

void tail_drop(struct tail *t);

/* ---- derived ---- */

#define HALF_BYTES 66 /* bit u16 ‖ key ‖ hash */
#define NODE_BYTES (2 * HALF_BYTES)
#define DERIVED_HEAD_BYTES (8 + 8 + 1 + HALF_BYTES)
#define LIST_ROW_MAX (40 + TREE_PATH_MAX * 32)

/* The head and the trie's root as they stand in a transaction. */
struct derived_state {
    uint64_t covers, keys;
    bool has_root;
    struct trie_half root;
};
struct derived_view {
    struct store *store;
    MDB_txn *txn;
    struct derived_state state;
};

void derived_state_pack(const struct derived_state *s, uint8_t ret[DERIVED_HEAD_BYTES]);
enum err derived_state_read(MDB_txn *txn, const struct env *e, struct derived_state *ret) MUST_USE;
void node_pack(const struct trie_row *row, uint8_t ret[NODE_BYTES]);
/* ERR_NOT_FOUND; ERR_DAMAGED unless its halves branch further down than `bit`. */
enum err node_read(MDB_txn *txn, const struct env *e, unsigned bit, const struct hash *prefix,
                   struct trie_row *ret) MUST_USE;

/* A list's row taken apart. */
struct list_row {
    struct list_value value;
    struct frontier tree;
    uint64_t only; /* the position, when there is one item */
};
enum err list_row_read(struct span row, struct list_row *ret) MUST_USE;
/* ERR_NOT_FOUND */
enum err list_row_get(MDB_txn *txn, const struct env *e, const struct hash *key, struct list_row *ret) MUST_USE;
void list_row_pack(const struct list_row *row, struct out *o);
/* A row whose whole value is a position. */
enum err position_row(MDB_txn *txn, MDB_dbi table, struct span key, uint64_t *ret) MUST_USE;

#endif
