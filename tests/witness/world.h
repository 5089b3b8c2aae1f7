/* A small log that can lie, a folder for a witness, and requests over a socket. */
#ifndef CAIRN_TESTS_WITNESS_WORLD_H
#define CAIRN_TESTS_WITNESS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "witness/cosign.h"

#define LOG_LEAVES 300

/* Leaves from `forked_at` on are those of another history. */
struct test_log {
    struct vkey vkey;
    struct secret_key key;
    struct hash leaf[LOG_LEAVES];
};
struct test_log log_new(const char *origin, uint8_t seed);
/* The same log, same key, with another history from leaf `at` on. */
struct test_log log_fork(const struct test_log *log, uint64_t at);
struct hash log_root(const struct test_log *log, uint64_t size);
struct tree_path log_proof(const struct test_log *log, uint64_t old, uint64_t size);

/* A note of any text, signed by the log. */
void put_signed(const struct test_log *log, struct span text, struct out *o);
/* The log's checkpoint of that size, with its signature. */
void put_checkpoint(const struct test_log *log, uint64_t size, struct out *o);
/* "old N", the hashes and the empty line. */
void put_head(uint64_t old, const struct tree_path *path, struct out *o);
/* A whole honest request. */
void put_request(const struct test_log *log, uint64_t old, uint64_t size, struct out *o);

/* The same in a buffer of its own, one of a few that are used in turn. */
struct span request_of(const struct test_log *log, uint64_t old, uint64_t size);

struct cosigner cosigner_new(const char *name, uint8_t seed);
/* The policy of one log. */
void follow_in(struct policy *logs, const struct test_log *log);
/* Whether `line` is one cosignature by `who` over the log's checkpoint; gives its time. */
bool cosigned_by(const struct cosigner *who, const struct test_log *log, uint64_t size, struct span line,
                 uint64_t *ret_time);

/* A new folder under /tmp, removed by folder_remove. */
void folder_new(char ret[64]);
void folder_remove(const char *dir);
/* DIR/w, a witness made by cairn-witness init that follows the log. Gives its path. */
void witness_new(const char *dir, const struct test_log *log, char ret[128]);
/* Adds the log to the witness: its state, and its line. */
void witness_follow(const char *witness, const struct test_log *log);
/* Its line alone. */
void witness_follow_key(const char *witness, const struct test_log *log);
/* The witness's own verifier key. */
struct vkey witness_vkey(const char *witness);
/* A whole file, in a buffer used again by the next call. */
struct span file_bytes(const char *path);
void file_put(const char *path, struct span bytes);
/* The path of the log's state file. */
void state_path(const char *witness, const struct test_log *log, char ret[256]);

#endif
