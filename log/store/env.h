/* One LMDB environment: a folder that appears whole or not at all, its tables, rows and commits.
 * Private to the store. Knows nothing of what the rows mean. */
#ifndef CAIRN_STORE_ENV_H
#define CAIRN_STORE_ENV_H

#include <lmdb.h>

#include "log/base/base.h"

#define ENV_TABLES_MAX 6
#define ENV_PATH_MAX 1024
/* The first table of every environment; its rows are named by text. */
#define TABLE_META 0
#define ROW_FORMAT SPAN("format")
#define ROW_HEAD SPAN("head")

/* What an environment is made of. `format` is a row that must stand in it word for word. */
struct env_layout {
    const char *folder;
    struct span format;
    const char *tables[ENV_TABLES_MAX];
    size_t table_count;
    unsigned set;   /* the table that is a set (below); 0: none */
    unsigned flags; /* MDB_… beside MDB_NOTLS; never one that weakens a commit */
};

struct env {
    MDB_env *mdb; /* NULL when closed */
    MDB_dbi table[ENV_TABLES_MAX];
};

/* Whether DIR/NAME is there, as whatever. */
bool path_exists(const char *dir, const char *name);
/* "DIR/NAME". ERR_IO when it does not fit. */
enum err path_join(const char *dir, const char *name, char ret[ENV_PATH_MAX]) MUST_USE;
/* Makes the names in a directory durable. */
enum err directory_sync(const char *path) MUST_USE;

/* Makes the empty environment DIR/folder, durable when this returns. A crash on the way leaves nothing
 * under that name. */
enum err env_make(const char *dir, const struct env_layout *layout, size_t map_bytes) MUST_USE;
/* ERR_DAMAGED, ERR_OTHER_FORMAT, ERR_IO, ERR_NO_MEMORY. `failed` (may be NULL) is what LMDB calls before
 * it gives up on a broken page; it must not return. `ctx` comes back from env_context. */
enum err env_open(const char *dir, const struct env_layout *layout, size_t map_bytes,
                  void (*failed)(MDB_env *mdb, const char *message), void *ctx, struct env *ret) MUST_USE;
void env_close(struct env *e);
/* Renames DIR/folder to DIR/folder.aside-N with the first N that is free, up to 3; removes it when none is.
 * Closed environments only: what is set aside can be made again. */
enum err env_set_aside(const char *dir, const struct env_layout *layout) MUST_USE;

/* LMDB's and the system's codes as ours. Not for commits. */
enum err env_error(int rc) MUST_USE;

enum err env_read(const struct env *e, MDB_txn **ret) MUST_USE;
enum err env_write(const struct env *e, MDB_txn **ret) MUST_USE;
/* Durable when it says ERR_OK; not kept when it says ERR_DISK_FULL; else ERR_UNCERTAIN. Ends the
 * transaction in any case. */
enum err env_commit(const struct env *e, MDB_txn *txn) MUST_USE;

/* Rows. What row_get returns lives until the transaction ends or writes. */
enum err row_get(MDB_txn *txn, MDB_dbi table, struct span key, struct span *ret) MUST_USE;
/* The same for a row that must be there: ERR_DAMAGED when it is not. */
enum err row_need(MDB_txn *txn, MDB_dbi table, struct span key, struct span *ret) MUST_USE;
/* `flags` are those of mdb_put. ERR_DAMAGED when a row is there that MDB_NOOVERWRITE or MDB_APPEND forbids. */
enum err row_put(MDB_txn *txn, MDB_dbi table, struct span key, struct span value, unsigned flags) MUST_USE;
/* ERR_DAMAGED when it is not there. */
enum err row_delete(MDB_txn *txn, MDB_dbi table, struct span key) MUST_USE;
/* Of a set: its elements. */
enum err row_count(MDB_txn *txn, MDB_dbi table, uint64_t *ret) MUST_USE;

/* A set: elements of one length in order, packed side by side. To LMDB they are the values of a single key. */
#define SET_KEY SPAN("set")
/* The first that is not below `least`, of the same length. ERR_NOT_FOUND. */
enum err set_find(MDB_txn *txn, MDB_dbi table, struct span least, struct span *ret) MUST_USE;
/* ERR_DAMAGED when it is there. */
enum err set_add(MDB_txn *txn, MDB_dbi table, struct span element) MUST_USE;

#endif
