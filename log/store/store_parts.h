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
 *   meta       "format"; "head" -> covers ‖ keys ‖ fragments ‖ the trie's top: fragment, height u8, root
 *   leaves     number -> a fragment of the trie (log/index/fragment.h) of height 0
 *   branches   number -> one of any greater height; numbers from 1 on, none left out, each in one of the two
 *   list       K -> the peaks of the list's tree, lowest first; only of lists with more than one item
 *              K ‖ level u8 ‖ n -> hash of its n-th full subtree of 2^level items, level 8, 16, …
 *   item       K ‖ n -> positions of the items from 64 n on, up to 64, likewise
 *   id         a set of the first 8 bytes of an id ‖ its position */
#ifndef CAIRN_STORE_PARTS_H
#define CAIRN_STORE_PARTS_H

#include <stdatomic.h>

#include "log/index/edit.h"
#include "log/store/edge.h"
#include "log/store/env.h"
#include "log/store/store.h"

enum log_table { LOG_META = TABLE_META, LOG_STATEMENT, LOG_BUNDLE, LOG_TILE, LOG_EDGE, LOG_SEAL, LOG_TABLES };
enum derived_table {
    DERIVED_META = TABLE_META,
    DERIVED_LEAVES,
    DERIVED_BRANCHES,
    DERIVED_LIST,
    DERIVED_ITEM,
    DERIVED_ID,
    DERIVED_TABLES
};
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
struct list_node_key {
    uint8_t b[41];
};
/* An id is known by its beginning; whether it is all of it, the statement says. */
#define ID_BEGINNING 8
struct id_element {
    uint8_t b[ID_BEGINNING + 8];
};
struct position_key position_key(uint64_t position);
struct tile_key tile_key(unsigned level, uint64_t index);
struct item_key item_key(const struct hash *key, uint64_t row);
struct list_node_key list_node_key(const struct hash *key, unsigned level, uint64_t index);
struct id_element id_element(const struct hash *id, uint64_t position);
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

#define DERIVED_HEAD_BYTES (8 + 8 + 8 + 8 + 1 + 32)
#define PEAKS_BYTES_MAX (TREE_PATH_MAX * 32)

/* The head as it stands in a transaction. */
struct derived_state {
    uint64_t covers, keys, fragments;
    struct trie_top top;
};
struct derived_view {
    struct store *store;
    MDB_txn *txn;
    struct derived_state state;
};

void derived_state_pack(const struct derived_state *s, uint8_t ret[DERIVED_HEAD_BYTES]);
enum err derived_state_read(MDB_txn *txn, const struct env *e, struct derived_state *ret) MUST_USE;
MDB_dbi fragment_table(const struct env *e, unsigned height);
enum err fragment_row(MDB_txn *txn, const struct env *e, unsigned height, uint64_t number, struct span *ret) MUST_USE;

/* The row of a list with more than one item. */
void peaks_pack(const struct frontier *tree, struct out *o);
/* The tree of the list with that cell. ERR_DAMAGED unless the peaks are those of its value. */
enum err list_tree(MDB_txn *txn, const struct env *e, const struct hash *key, const struct trie_cell *cell,
                   struct frontier *ret) MUST_USE;
/* So many items of a list have a row together; its last row may have fewer. */
#define ITEMS_A_ROW 64U
/* Positions, some and not too many. */
enum err items_row(MDB_txn *txn, const struct env *e, const struct hash *key, uint64_t row, struct span *ret) MUST_USE;

/* The position of an id. Ids that begin alike, which takes some grinding, stand side by side, and each is compared
 * whole with its statement. What the log cannot say, because it is damaged or has no such statement, does not make an
 * id absent. ERR_NOT_FOUND. */
enum err id_find(MDB_txn *txn, struct store *s, const struct hash *id, uint64_t *ret) MUST_USE;
/* A row whose whole value is a position. */
enum err position_row(MDB_txn *txn, MDB_dbi table, struct span key, uint64_t *ret) MUST_USE;

#endif
