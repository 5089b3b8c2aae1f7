/* See env.h. */
#include "log/store/env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Snapshots at one time, over all threads and processes. */
#define ENV_READERS_MAX 126
#define ENV_ASIDE_MAX 3
#define NEW_SUFFIX ".new"
/* A file system with less room than this is full. */
#define ROOM_LEAST 65536

bool path_exists(const char *dir, const char *name)
{
    char path[ENV_PATH_MAX];
    struct stat st;

    return path_join(dir, name, path) == ERR_OK && stat(path, &st) == 0;
}

enum err path_join(const char *dir, const char *name, char ret[ENV_PATH_MAX])
{
    int len = snprintf(ret, ENV_PATH_MAX, "%s/%s", dir, name);

    return len > 0 && len < ENV_PATH_MAX ? ERR_OK : ERR_IO;
}

enum err directory_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc;

    if (fd < 0) return env_error(errno);
    rc = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return rc == 0 ? ERR_OK : env_error(rc);
}

enum err env_error(int rc)
{
    switch (rc) {
    case MDB_SUCCESS: return ERR_OK;
    case MDB_NOTFOUND: return ERR_NOT_FOUND;
    case MDB_MAP_FULL:
    case EDQUOT:
    case ENOSPC: return ERR_DISK_FULL;
    case ENOMEM: return ERR_NO_MEMORY;
    case MDB_READERS_FULL: return ERR_BUSY;
    /* An earlier commit ended so that nobody knows how; LMDB then refuses everything. */
    case MDB_PANIC: return ERR_UNCERTAIN;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
    case MDB_BAD_VALSIZE:
    case MDB_CURSOR_FULL:
    case MDB_BAD_TXN:
    case MDB_KEYEXIST: return ERR_DAMAGED;
    default: return ERR_IO;
    }
}

/* ---- opening ---- */

static enum err mdb_make(const char *path, size_t map_bytes, unsigned flags, MDB_env **ret)
{
    MDB_env *mdb;
    int rc = mdb_env_create(&mdb);

    if (rc != 0) return env_error(rc);
    if (rc == 0) rc = mdb_env_set_maxdbs(mdb, ENV_TABLES_MAX);
    if (rc == 0) rc = mdb_env_set_maxreaders(mdb, ENV_READERS_MAX);
    if (rc == 0) rc = mdb_env_set_mapsize(mdb, map_bytes);
    if (rc == 0) rc = mdb_env_open(mdb, path, MDB_NOTLS | flags, 0644);
    /* Slots of processes that were killed while they read would hold freed pages for ever. */
    if (rc == 0) rc = mdb_reader_check(mdb, NULL);
    if (rc != 0) {
        mdb_env_close(mdb);
        return env_error(rc);
    }
    *ret = mdb;
    return ERR_OK;
}

/* A log without its file is damaged; LMDB would start a new one without a word. */
static enum err data_file_check(const char *path)
{
    char file[ENV_PATH_MAX];
    struct stat st;

    TRY(path_join(path, "data.mdb", file));
    if (stat(file, &st) != 0) return errno == ENOENT || errno == ENOTDIR ? ERR_DAMAGED : env_error(errno);
    return S_ISREG(st.st_mode) && st.st_size > 0 ? ERR_OK : ERR_DAMAGED;
}

static enum err tables_open(struct env *e, const struct env_layout *layout, MDB_txn *txn)
{
    struct span format = {NULL, 0};
    int rc = mdb_dbi_open(txn, layout->tables[TABLE_META], 0, &e->table[TABLE_META]);

    if (rc != 0) return rc == MDB_NOTFOUND ? ERR_DAMAGED : env_error(rc);
    TRY(row_need(txn, e->table[TABLE_META], ROW_FORMAT, &format));
    if (!span_equal(format, layout->format)) return ERR_OTHER_FORMAT;
    for (size_t i = 1; i < layout->table_count; i++) {
        rc = mdb_dbi_open(txn, layout->tables[i], 0, &e->table[i]);
        if (rc != 0) return rc == MDB_NOTFOUND ? ERR_DAMAGED : env_error(rc);
    }
    return ERR_OK;
}

static enum err tables_open_all(struct env *e, const struct env_layout *layout)
{
    MDB_txn *txn;
    enum err err;

    TRY(env_read(e, &txn));
    err = tables_open(e, layout, txn);
    /* Handles opened in a transaction last only when it commits; this one writes nothing. */
    if (err != ERR_OK)
        mdb_txn_abort(txn);
    else
        err = env_error(mdb_txn_commit(txn));
    return err;
}

enum err env_open(const char *dir, const struct env_layout *layout, size_t map_bytes,
                  void (*failed)(MDB_env *mdb, const char *message), void *ctx, struct env *ret)
{
    char path[ENV_PATH_MAX];
    struct env e = {0};
    enum err err;

    TRY(path_join(dir, layout->folder, path));
    TRY(data_file_check(path));
    TRY(mdb_make(path, map_bytes, layout->flags, &e.mdb));
    mdb_env_set_userctx(e.mdb, ctx);
    if (failed != NULL) mdb_env_set_assert(e.mdb, failed);
    err = tables_open_all(&e, layout);
    if (err == ERR_OK)
        *ret = e;
    else
        env_close(&e);
    return err;
}

void env_close(struct env *e)
{
    if (e->mdb != NULL) mdb_env_close(e->mdb);
    *e = (struct env){0};
}

/* ---- making ---- */

/* What a crash left of an earlier try. It never had its own name, so nothing in it counts. */
static enum err leftover_remove(const char *path)
{
    static const char *const files[] = {"data.mdb", "lock.mdb"};
    char file[ENV_PATH_MAX];

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        TRY(path_join(path, files[i], file));
        if (unlink(file) != 0 && errno != ENOENT) return env_error(errno);
    }
    return rmdir(path) == 0 || errno == ENOENT ? ERR_OK : env_error(errno);
}

static enum err tables_make(const struct env *e, const struct env_layout *layout)
{
    MDB_txn *txn;
    MDB_dbi table = 0, meta = 0;
    int rc = 0;
    enum err err;

    TRY(env_write(e, &txn));
    for (size_t i = 0; rc == 0 && i < layout->table_count; i++) {
        unsigned set = i > 0 && i == layout->set ? MDB_DUPSORT | MDB_DUPFIXED : 0;

        rc = mdb_dbi_open(txn, layout->tables[i], MDB_CREATE | set, &table);
        if (i == TABLE_META) meta = table;
    }
    err = rc == 0 ? row_put(txn, meta, ROW_FORMAT, layout->format, 0) : env_error(rc);
    if (err == ERR_OK) return env_commit(e, txn);
    mdb_txn_abort(txn);
    return err;
}

static enum err env_make_at(const char *path, const struct env_layout *layout, size_t map_bytes)
{
    struct env e = {0};
    enum err err;

    TRY(leftover_remove(path));
    if (mkdir(path, 0755) != 0) return env_error(errno);
    TRY(mdb_make(path, map_bytes, layout->flags, &e.mdb));
    err = tables_make(&e, layout);
    env_close(&e);
    return err == ERR_OK ? directory_sync(path) : err;
}

enum err env_make(const char *dir, const struct env_layout *layout, size_t map_bytes)
{
    char path[ENV_PATH_MAX], temporary[ENV_PATH_MAX], name[64];
    int len = snprintf(name, sizeof(name), "%s%s", layout->folder, NEW_SUFFIX);

    ASSERT(len > 0 && (size_t)len < sizeof(name));
    TRY(path_join(dir, layout->folder, path));
    TRY(path_join(dir, name, temporary));
    TRY(env_make_at(temporary, layout, map_bytes));
    /* A crash before this line leaves a folder that the next try removes; after it, a whole environment.
     * A folder that is there and not empty makes rename fail: it is never written over. */
    if (rename(temporary, path) != 0) return errno == ENOTEMPTY || errno == EEXIST ? ERR_DAMAGED : env_error(errno);
    return directory_sync(dir);
}

/* A server that is restarted again and again must not fill the disk with what it set aside. */
static enum err folder_remove(const char *dir, const char *path)
{
    static const char *const files[] = {"/data.mdb", "/lock.mdb"};
    char file[ENV_PATH_MAX];

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        if (snprintf(file, sizeof(file), "%s%s", path, files[i]) >= (int)sizeof(file)) return ERR_NO_ROOM;
        if (unlink(file) != 0 && errno != ENOENT) return env_error(errno);
    }
    if (rmdir(path) != 0) return env_error(errno);
    return directory_sync(dir);
}

enum err env_set_aside(const char *dir, const struct env_layout *layout)
{
    char path[ENV_PATH_MAX], aside[ENV_PATH_MAX], name[64];

    TRY(path_join(dir, layout->folder, path));
    for (unsigned n = 1; n <= ENV_ASIDE_MAX; n++) {
        int len = snprintf(name, sizeof(name), "%s.aside-%u", layout->folder, n);

        ASSERT(len > 0 && (size_t)len < sizeof(name));
        if (path_exists(dir, name)) continue;
        TRY(path_join(dir, name, aside));
        if (rename(path, aside) != 0) return env_error(errno);
        return directory_sync(dir);
    }
    return folder_remove(dir, path);
}

/* ---- transactions ---- */

static enum err txn_begin(const struct env *e, unsigned flags, MDB_txn **ret)
{
    if (e->mdb == NULL) return ERR_IO;
    return env_error(mdb_txn_begin(e->mdb, NULL, flags, ret));
}

enum err env_read(const struct env *e, MDB_txn **ret)
{
    return txn_begin(e, MDB_RDONLY, ret);
}

enum err env_write(const struct env *e, MDB_txn **ret)
{
    return txn_begin(e, 0, ret);
}

/* After a failed write of the meta page LMDB refuses every transaction. */
static bool env_panicked(const struct env *e)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(e->mdb, NULL, MDB_RDONLY, &txn);

    if (rc == 0) mdb_txn_abort(txn);
    return rc == MDB_PANIC;
}

/* LMDB calls a write that the disk took only in part an input/output error. */
static bool disk_is_full(const struct env *e)
{
    struct statvfs fs;
    const char *path;

    return mdb_env_get_path(e->mdb, &path) == 0 && statvfs(path, &fs) == 0 &&
           fs.f_bavail < ROOM_LEAST / fs.f_frsize + 1;
}

/* A commit is: take pages for the list of free ones (may find the map full), write the pages, fdatasync,
 * write the meta page through a descriptor that syncs by itself. Only the last step makes it count, so a
 * full map, and a full disk before that step, are clean: nothing changed. Everything else may have been
 * kept or not: a failed write of the meta page may have reached the disk, and after a failed sync the
 * kernel may drop pages that it calls written. Then only a new start can tell. */
enum err env_commit(const struct env *e, MDB_txn *txn)
{
    int rc = mdb_txn_commit(txn);

    if (rc == 0) return ERR_OK;
    if (rc == MDB_MAP_FULL) return ERR_DISK_FULL;
    if ((rc == ENOSPC || rc == EDQUOT || (rc == EIO && disk_is_full(e))) && !env_panicked(e)) return ERR_DISK_FULL;
    return ERR_UNCERTAIN;
}

/* ---- rows ---- */

static MDB_val val_of(struct span s)
{
    /* LMDB does not write through keys and values it is given. */
    return (MDB_val){s.len, (void *)(uintptr_t)s.ptr};
}

enum err row_get(MDB_txn *txn, MDB_dbi table, struct span key, struct span *ret)
{
    MDB_val k = val_of(key), v;
    int rc = mdb_get(txn, table, &k, &v);

    if (rc != 0) return env_error(rc);
    *ret = span_of(v.mv_data, v.mv_size);
    return ERR_OK;
}

enum err row_need(MDB_txn *txn, MDB_dbi table, struct span key, struct span *ret)
{
    enum err err = row_get(txn, table, key, ret);

    return err == ERR_NOT_FOUND ? ERR_DAMAGED : err;
}

enum err row_put(MDB_txn *txn, MDB_dbi table, struct span key, struct span value, unsigned flags)
{
    MDB_val k = val_of(key), v = val_of(value);

    return env_error(mdb_put(txn, table, &k, &v, flags));
}

enum err row_delete(MDB_txn *txn, MDB_dbi table, struct span key)
{
    MDB_val k = val_of(key);
    int rc = mdb_del(txn, table, &k, NULL);

    return rc == MDB_NOTFOUND ? ERR_DAMAGED : env_error(rc);
}

enum err row_count(MDB_txn *txn, MDB_dbi table, uint64_t *ret)
{
    MDB_stat stat;
    int rc = mdb_stat(txn, table, &stat);

    if (rc != 0) return env_error(rc);
    *ret = stat.ms_entries;
    return ERR_OK;
}

/* ---- sets ---- */

enum err set_find(MDB_txn *txn, MDB_dbi table, struct span least, struct span *ret)
{
    MDB_val k = val_of(SET_KEY), v = val_of(least);
    MDB_cursor *cursor;
    int rc;

    TRY(env_error(mdb_cursor_open(txn, table, &cursor)));
    rc = mdb_cursor_get(cursor, &k, &v, MDB_GET_BOTH_RANGE);
    mdb_cursor_close(cursor);
    if (rc != 0) return env_error(rc);
    if (v.mv_size != least.len) return ERR_DAMAGED;
    *ret = span_of(v.mv_data, v.mv_size);
    return ERR_OK;
}

enum err set_add(MDB_txn *txn, MDB_dbi table, struct span element)
{
    return row_put(txn, table, SET_KEY, element, MDB_NODUPDATA);
}
