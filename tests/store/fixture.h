/* What the store's tests share: folders that vanish, statements that follow from their position, and the
 * plainest references for tree, tiles and index. */
#ifndef CAIRN_TESTS_STORE_FIXTURE_H
#define CAIRN_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#include <cmocka.h>

#include "log/index/key.h"
#include "log/statement/status.h"
#include "log/store/store_parts.h"

/* Small maps: several stores at once, and sanitizers. */
#define TEST_MAP_BYTES ((size_t)256 << 20)

#define assert_ok(call) assert_string_equal(err_reason(call), "ok")
#define assert_err(call, expected) assert_string_equal(err_reason(call), err_reason(expected))

/* An empty folder's path, and the end of it with all that is in it. */
void folder_make(char ret[ENV_PATH_MAX]);
void folder_remove(const char *path);
void file_write(const char *dir, const char *name, struct span bytes);
struct span file_read(const char *dir, const char *name); /* the caller frees ptr */

/* A process of its own, silent, in which a failed assertion aborts; `run` never comes back to the test. */
pid_t child_start(void (*run)(void *ctx), void *ctx);
/* Whether it ended with exit code 0. */
bool child_wait(pid_t child);

/* Bytes that follow from the position: a few to a few hundred of them, no statement. */
#define PLAIN_MAX 400
struct span plain_bytes(uint64_t position, uint8_t buffer[PLAIN_MAX]);
void append_plain(struct log_write *w, uint64_t count);
/* One transaction. */
void commit_plain(struct store *s, uint64_t count);
/* Roots of the plain log of every size up to `count`, [0] too. The caller frees. */
struct hash *plain_roots(uint64_t count);
/* Every statement, the head's size and the root are those of the plain log. */
void assert_plain(struct store *s, uint64_t size);
struct hash log_root(struct store *s);

/* Real statements: attestations that name a schema, and seals. `subjects` different ones. */
#define REAL_MAX 1024
struct span real_attestation(uint64_t position, uint64_t subjects, uint8_t buffer[REAL_MAX]);
struct span real_seal(const struct seal_payload *seal, uint8_t buffer[REAL_MAX]);
/* Appends, as one group with its seal, in a log transaction and then a derived one. */
void commit_group(struct store *s, uint64_t attestations);
/* Folds a statement that is on the log as it is. */
void fold_statement(struct derived_write *w, uint64_t position, struct span bytes);

/* The root of the trie over `count` entries, straight from its definition. */
struct hash reference_trie(const struct trie_entry *entries, size_t count);
struct hash numbered_hash(uint64_t n, uint8_t kind);

#endif
