/* The ceiling of the appends: the same bytes as rows of one LMDB table, in order, by the same number a commit; and what
 * LMDB says of free pages. */
#include <lmdb.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bench/bench.h"
#include "log/base/codec.h"

struct bare {
    MDB_env *mdb;
    MDB_dbi table;
    uint64_t next;
};

static void lmdb_must(int rc)
{
    check(rc == 0, mdb_strerror(rc));
}

struct bare *bare_open(const char *dir)
{
    struct bare *b = calloc(1, sizeof(*b));
    MDB_txn *txn;

    check(b != NULL && mkdir(dir, 0755) == 0, dir);
    lmdb_must(mdb_env_create(&b->mdb));
    lmdb_must(mdb_env_set_mapsize(b->mdb, (size_t)1 << 40));
    lmdb_must(mdb_env_open(b->mdb, dir, MDB_NOTLS, 0644));
    lmdb_must(mdb_txn_begin(b->mdb, NULL, 0, &txn));
    lmdb_must(mdb_dbi_open(txn, NULL, 0, &b->table));
    lmdb_must(mdb_txn_commit(txn));
    return b;
}

void bare_batch(struct bare *b, const struct batch *batch)
{
    MDB_txn *txn;

    lmdb_must(mdb_txn_begin(b->mdb, NULL, 0, &txn));
    for (size_t i = 0; i < BATCH; i++) {
        uint8_t position[8];
        MDB_val key = {sizeof(position), position};
        MDB_val value = {batch->bytes, (void *)(uintptr_t)batch->statement[i]};

        u64_put(position, b->next++);
        lmdb_must(mdb_put(txn, b->table, &key, &value, MDB_APPEND));
    }
    lmdb_must(mdb_txn_commit(txn));
}

void bare_close(struct bare *b)
{
    mdb_env_close(b->mdb);
    free(b);
}

/* The list of free pages is LMDB's first table: under each transaction how many it gave back, and which. */
double bare_free_bytes(const char *path)
{
    MDB_val key, pages;
    MDB_cursor *cursor;
    MDB_env *mdb;
    MDB_stat stat;
    MDB_txn *txn;
    uint64_t count, all = 0;

    lmdb_must(mdb_env_create(&mdb));
    lmdb_must(mdb_env_open(mdb, path, MDB_RDONLY, 0644));
    lmdb_must(mdb_env_stat(mdb, &stat));
    lmdb_must(mdb_txn_begin(mdb, NULL, MDB_RDONLY, &txn));
    lmdb_must(mdb_cursor_open(txn, 0, &cursor));
    while (mdb_cursor_get(cursor, &key, &pages, MDB_NEXT) == 0) {
        memcpy(&count, pages.mv_data, sizeof(count));
        all += count;
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    mdb_env_close(mdb);
    return (double)all * stat.ms_psize;
}
