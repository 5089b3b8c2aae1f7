/* The storage port: what a log keeps on disk. Two environments, each written by one thread at a time.
 * `log` is what an acknowledgement waits for; `derived` can be rebuilt from it. One implementation, over
 * LMDB, in this folder; nobody else includes <lmdb.h>. A view or a write is closed, aborted or committed on
 * the thread that opened it. */
#ifndef CAIRN_STORE_H
#define CAIRN_STORE_H

#include "log/index/prove.h"
#include "log/statement/statement.h"
#include "log/tree/tile.h"

/* A log's signature and 64 cosignatures with the longest names. */
#define CHECKPOINT_NOTE_MAX 32768

/* GiB of address space for each environment when nothing else is said. A build with a sanitizer that leaves less
 * room says less. */
#ifndef CAIRN_MAP_GIB
#define CAIRN_MAP_GIB 1024
#endif

/* A file of this name in DIR: the next store_open sets the derived environment aside and makes it anew. */
#define STORE_DERIVED_MARK "derived.damaged"

struct store;
/* Opens DIR/log and DIR/derived. DIR and DIR/log are made when absent and `create`, else ERR_NOT_FOUND. Maps
 * are reserved once: `map_bytes` each (0: CAIRN_MAP_GIB). ERR_DAMAGED, ERR_OTHER_FORMAT, ERR_IO, ERR_DISK_FULL. A
 * derived environment that is damaged, has another format, or is marked is set aside (renamed derived.aside-N) and
 * made anew. LMDB marks it when a page makes it give up. */
enum err store_open(const char *dir, bool create, size_t map_bytes, struct store **ret) MUST_USE;
/* The same for reading alone, and nothing is made or set aside: a derived environment that is missing, damaged or of
 * another format is an error too. ERR_NOT_FOUND without DIR/log. */
enum err store_open_as_it_is(const char *dir, size_t map_bytes, struct store **ret) MUST_USE;
/* No view or write may be open. NULL is allowed, as in every close and abort here. */
void store_close(struct store *s);

/* ---- log: reading ---- */

/* A snapshot. Spans from it live until it is closed. Never kept across a callback. */
struct log_view;
enum err log_view_open(struct store *s, struct log_view **ret) MUST_USE;
void log_view_close(struct log_view *v);
void log_view_cleanup(struct log_view **v); /* for the cleanup attribute */

struct log_head {
    uint64_t size;       /* durable statements */
    uint64_t sealed;     /* size whose last leaf is the newest seal; 0 = none */
    uint64_t seal_to_ms; /* that seal's `to` */
    uint64_t from_ms;    /* of the open group; 0 = it is empty */
    uint64_t published;  /* size of the stored cosigned checkpoint; 0 = none */
};
enum err log_head(const struct log_view *v, struct log_head *ret) MUST_USE;
/* The stored cosigned checkpoint and its receipt signature. ERR_NOT_FOUND before the first. */
enum err log_published(const struct log_view *v, struct span *ret_note, struct signature *ret_receipts) MUST_USE;
/* Canonical bytes. ERR_NOT_FOUND at or past the size. */
enum err log_statement(const struct log_view *v, uint64_t position, struct span *ret) MUST_USE;
/* The first seal at or after `position`. ERR_NOT_FOUND when none has been made since. */
enum err log_seal_after(const struct log_view *v, uint64_t position, uint64_t *ret) MUST_USE;
struct tree_reader log_reader(const struct log_view *v);
/* A tile as tlog-tiles serves it, any kind, any width up to what `size` implies (size <= head.size).
 * Points into the store where it stands so, else it is put together in `work` (entries: always;
 * 256 × 65,537 bytes at the worst). ERR_NOT_FOUND. */
enum err log_tile(const struct log_view *v, const struct tile *t, uint64_t size, struct out *work,
                  struct span *ret) MUST_USE;

/* ---- log: writing, by one thread ---- */

/* One transaction: appended statements, then commit or abort. The frontier goes along. */
struct log_write;
enum err log_write_open(struct store *s, struct log_write **ret) MUST_USE;
void log_write_abort(struct log_write *w);
/* ERR_UNCERTAIN when it cannot be said whether it is durable: stop. Any other error, or one that a call
 * before returned, means that nothing of it was kept. Frees *w in any case. */
enum err log_write_commit(struct log_write *w) MUST_USE;
/* The next position. `id` is SHA-256(bytes), asserted. After an error the write can only be aborted. */
enum err log_append(struct log_write *w, struct span bytes, const struct hash *id) MUST_USE;
/* The open group's `from`; 0 with a seal. */
enum err log_set_from(struct log_write *w, uint64_t from_ms) MUST_USE;
/* What was appended last is a seal. */
enum err log_set_sealed(struct log_write *w, uint64_t to_ms) MUST_USE;
enum err log_set_published(struct log_write *w, uint64_t size, struct span note,
                           const struct signature *receipts) MUST_USE;
uint64_t log_write_size(const struct log_write *w);
/* The root over everything appended so far in this transaction and before. */
struct hash log_write_root(const struct log_write *w);

/* ---- derived ---- */

struct derived_view;
enum err derived_view_open(struct store *s, struct derived_view **ret) MUST_USE;
void derived_view_close(struct derived_view *v);
void derived_view_cleanup(struct derived_view **v);
/* How many statements of the log were folded in (after a publication: its size), root, keys. Seals add
 * no key, so the root is the one that the last of them names. */
struct derived_head {
    uint64_t covers, keys;
    struct hash root;
};
enum err derived_head(const struct derived_view *v, struct derived_head *ret) MUST_USE;
/* Reads the statement at the position too, to be sure that it is this one. When it cannot be read, or is not what the
 * index says, the position is given all the same, and whoever reads it finds the damage. ERR_NOT_FOUND. */
enum err derived_find(const struct derived_view *v, const struct hash *id, uint64_t *ret_position) MUST_USE;
/* 0 when the key is absent. */
enum err derived_count(const struct derived_view *v, const struct hash *key, uint64_t *ret) MUST_USE;
enum err derived_item(const struct derived_view *v, const struct hash *key, uint64_t n,
                      uint64_t *ret_position) MUST_USE;
/* Of a long list, the hash of its n-th full subtree of 2^level items, for the levels that are kept (list.h).
 * ERR_NOT_FOUND. */
enum err derived_list_node(const struct derived_view *v, const struct hash *key, unsigned level, uint64_t n,
                           struct hash *ret) MUST_USE;
/* To prove from (prove.h); borrows the view. */
struct trie_view derived_trie(const struct derived_view *v);

/* One transaction, kept open from the fold until after publication. */
struct derived_write;
enum err derived_write_open(struct store *s, struct derived_write **ret) MUST_USE;
void derived_write_abort(struct derived_write *w);
/* Statements in order from `covers` on, seals too (they get an id row and no key). What is wrong with one may be said
 * only by a later call. */
enum err derived_fold(struct derived_write *w, uint64_t position, const struct hash *id, const struct hash *keys,
                      size_t count) MUST_USE;
enum err derived_write_head(struct derived_write *w, struct derived_head *ret) MUST_USE;
/* Durable with covers = what was folded; frees *w in any case. */
enum err derived_write_commit(struct derived_write *w) MUST_USE;
/* Sets the derived environment aside and makes an empty one. No view or write may be open. */
enum err derived_reset(struct store *s) MUST_USE;

/* Reads the files of DIR page by page, before they are opened: what passes can be opened and read. Nobody may write
 * meanwhile. ERR_DAMAGED with the first wrong place in ret_where; ERR_NOT_FOUND without a log. */
enum err store_check_pages(const char *dir, char ret_where[160]) MUST_USE;
/* Re-reads everything in the log environment, recomputes every hash, and compares derived ids and root.
 * `tell` (may be NULL) hears of each statement and each list. ERR_DAMAGED with the first wrong place in ret_where. */
enum err store_check(struct store *s, void (*tell)(void *ctx, uint64_t done, uint64_t all), void *ctx,
                     char ret_where[160]) MUST_USE;

#endif
