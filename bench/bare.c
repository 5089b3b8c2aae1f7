/* The ceiling of the appends: the same bytes as rows of one LMDB table, in order, by the same number a commit. */
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
