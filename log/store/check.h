/* What the parts of fsck share: pages.c begins at the pages of the files, store_check.c at the statements,
 * check_lists.c at the index. */
#ifndef CAIRN_STORE_CHECK_H
#define CAIRN_STORE_CHECK_H

#include "log/index/key.h"
#include "log/store/store_parts.h"

#define CHECK_WHERE_MAX 160

/* Whether every page of the environment's newest state is what it says, each referred to once, keys in order, and
 * nothing free that is in use. ERR_DAMAGED, ERR_IO, ERR_NO_MEMORY. Nobody may write meanwhile. */
enum err pages_check(const char *dir, const struct env_layout *layout, char ret_where[CHECK_WHERE_MAX]) MUST_USE;

struct check {
    struct store *store;
    struct log_view *log;
    struct derived_view *derived;
    void (*tell)(void *ctx, uint64_t done, uint64_t all);
    void *tell_ctx;
    uint64_t done;
    char *where;
    struct edge edge;       /* the tree, built anew */
    struct index_keys keys; /* of the statement at hand */
    uint64_t derived_items; /* that the statements give */
    uint64_t listed_items;  /* that the lists hold */
    uint64_t keys_seen, fragments_seen, leaf_rows, list_rows, item_rows;
};

/* Says where and returns ERR_DAMAGED. */
__attribute__((format(printf, 2, 3))) enum err check_wrong(struct check *c, const char *format, ...) MUST_USE;
/* About a row that should be there; failures of this machine are none of it. */
bool check_is_damage(enum err err);
/* One statement or list more is done. */
void check_told(struct check *c);
enum err check_row_count(struct check *c, const struct env *e, MDB_txn *txn, unsigned table, const char *name,
                         uint64_t expected) MUST_USE;

/* The first 8 bytes in hexadecimal: enough to tell two hashes apart. */
struct short_hash {
    char text[17];
};
struct short_hash check_short(const uint8_t *hash);

/* Lists against items, trie against lists, and the number of rows of each. After the statements. */
enum err check_lists(struct check *c) MUST_USE;

#endif
