/* The two environments: opened, closed, and the derived one set aside. What stands in them is the business
 * of log_*.c and derived_*.c. */
#include "log/store/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/base/codec.h"

#define MAP_BYTES_DEFAULT ((size_t)CAIRN_MAP_GIB << 30)

/* Neither has a flag that weakens a commit: what is acknowledged must be on the disk. The log is read
 * mostly in order, the index never. */
const struct env_layout log_layout = {
    .folder = "log",
    .format = {(const uint8_t *)"cairn log 1", 11},
    .tables = {"meta", "statement", "bundle", "tile", "edge", "seal"},
    .table_count = LOG_TABLES,
    .flags = 0,
};
const struct env_layout derived_layout = {
    .folder = "derived",
    .format = {(const uint8_t *)"cairn derived 5", 15},
    .tables = {"meta", "leaves", "branches", "list", "item", "id"},
    .table_count = DERIVED_TABLES,
    .set = DERIVED_ID,
    .flags = MDB_NORDAHEAD,
};

/* ---- keys ---- */

struct position_key position_key(uint64_t position)
{
    struct position_key k;

    u64_put(k.b, position);
    return k;
}

struct tile_key tile_key(unsigned level, uint64_t index)
{
    struct tile_key k;

    ASSERT(level <= TILE_LEVEL_MAX);
    k.b[0] = (uint8_t)level;
    u64_put(k.b + 1, index);
    return k;
}

struct item_key item_key(const struct hash *key, uint64_t row)
{
    struct item_key k;

    memcpy(k.b, key->b, 32);
    u64_put(k.b + 32, row);
    return k;
}

struct id_element id_element(const struct hash *id, uint64_t position)
{
    struct id_element e;

    memcpy(e.b, id->b, ID_BEGINNING);
    u64_put(e.b + ID_BEGINNING, position);
    return e;
}

struct list_node_key list_node_key(const struct hash *key, unsigned level, uint64_t index)
{
    struct list_node_key k;

    memcpy(k.b, key->b, 32);
    k.b[32] = (uint8_t)level;
    u64_put(k.b + 33, index);
    return k;
}

/* ---- the derived environment ---- */

/* Called by LMDB when a page makes no sense. The rows are lost to this process; the log has them all. */
static void derived_failed(MDB_env *mdb, const char *message)
{
    const struct store *s = mdb_env_get_userctx(mdb);
    char path[ENV_PATH_MAX];
    int fd = -1;

    if (path_join(s->dir, STORE_DERIVED_MARK, path) == ERR_OK) fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    assert_failed(message, "derived", 0);
}

static void log_failed(MDB_env *mdb, const char *message)
{
    (void)mdb;
    assert_failed(message, "log", 0);
}

static enum err derived_open(struct store *s)
{
    if (!path_exists(s->dir, derived_layout.folder)) TRY(env_make(s->dir, &derived_layout, s->map_bytes));
    return env_open(s->dir, &derived_layout, s->map_bytes, derived_failed, s, &s->derived);
}

/* A crash between the two leaves no derived environment, which is the same as an empty one. */
static enum err derived_renew(struct store *s)
{
    TRY(env_set_aside(s->dir, &derived_layout));
    return derived_open(s);
}

static enum err derived_marker_obey(struct store *s)
{
    char path[ENV_PATH_MAX];

    if (!path_exists(s->dir, STORE_DERIVED_MARK)) return ERR_OK;
    if (path_exists(s->dir, derived_layout.folder)) TRY(env_set_aside(s->dir, &derived_layout));
    TRY(path_join(s->dir, STORE_DERIVED_MARK, path));
    if (unlink(path) != 0) return env_error(errno);
    return directory_sync(s->dir);
}

static enum err derived_open_or_renew(struct store *s)
{
    enum err err;

    TRY(derived_marker_obey(s));
    err = derived_open(s);
    /* Only what is wrong with the files themselves: a full disk or a missing right is not cured by this. */
    return err == ERR_DAMAGED || err == ERR_OTHER_FORMAT ? derived_renew(s) : err;
}

enum err derived_reset(struct store *s)
{
    ASSERT(atomic_load(&s->derived_views) == 0);
    ASSERT(!atomic_load(&s->derived_writing));
    env_close(&s->derived);
    return path_exists(s->dir, derived_layout.folder) ? derived_renew(s) : derived_open(s);
}

/* ---- both ---- */

static enum err folder_make(const char *dir)
{
    char parent[ENV_PATH_MAX];

    if (mkdir(dir, 0755) != 0) return errno == EEXIST ? ERR_OK : env_error(errno);
    TRY(path_join(dir, "..", parent));
    return directory_sync(parent);
}

static enum err log_open(struct store *s, bool create)
{
    if (create) TRY(folder_make(s->dir));
    if (!path_exists(s->dir, log_layout.folder)) {
        if (!create) return ERR_NOT_FOUND;
        TRY(env_make(s->dir, &log_layout, s->map_bytes));
    }
    return env_open(s->dir, &log_layout, s->map_bytes, log_failed, s, &s->log);
}

static enum err store_new(const char *dir, size_t map_bytes, struct store **ret)
{
    struct store *s = calloc(1, sizeof(*s));
    int len;

    if (s == NULL) return ERR_NO_MEMORY;
    len = snprintf(s->dir, sizeof(s->dir), "%s", dir);
    s->map_bytes = map_bytes == 0 ? MAP_BYTES_DEFAULT : map_bytes;
    if (len > 0 && (size_t)len < sizeof(s->dir)) {
        *ret = s;
        return ERR_OK;
    }
    free(s);
    return ERR_IO;
}

static enum err store_opened(struct store *s, enum err err, struct store **ret)
{
    if (err == ERR_OK)
        *ret = s;
    else
        store_close(s);
    return err;
}

enum err store_open(const char *dir, bool create, size_t map_bytes, struct store **ret)
{
    struct store *s;
    enum err err;

    TRY(store_new(dir, map_bytes, &s));
    err = log_open(s, create);
    if (err == ERR_OK) err = derived_open_or_renew(s);
    return store_opened(s, err, ret);
}

enum err store_open_as_it_is(const char *dir, size_t map_bytes, struct store **ret)
{
    struct env_layout log = log_layout, derived = derived_layout;
    struct store *s;
    enum err err;

    log.flags |= MDB_RDONLY;
    derived.flags |= MDB_RDONLY;
    TRY(store_new(dir, map_bytes, &s));
    err = path_exists(dir, log.folder) ? ERR_OK : ERR_NOT_FOUND;
    if (err == ERR_OK) err = env_open(dir, &log, s->map_bytes, NULL, s, &s->log);
    if (err == ERR_OK) err = env_open(dir, &derived, s->map_bytes, NULL, s, &s->derived);
    return store_opened(s, err, ret);
}

void store_close(struct store *s)
{
    if (s == NULL) return;
    ASSERT(atomic_load(&s->log_views) == 0);
    ASSERT(atomic_load(&s->derived_views) == 0);
    ASSERT(!atomic_load(&s->log_writing));
    ASSERT(!atomic_load(&s->derived_writing));
    env_close(&s->derived);
    env_close(&s->log);
    tail_drop(&s->tail);
    free(s);
}

enum err store_check_pages(const char *dir, char ret_where[CHECK_WHERE_MAX])
{
    if (!path_exists(dir, log_layout.folder)) return ERR_NOT_FOUND;
    TRY(pages_check(dir, &log_layout, ret_where));
    return pages_check(dir, &derived_layout, ret_where);
}
