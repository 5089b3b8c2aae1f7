/* Where states are kept: one file a log, DIR/logs/<SHA-256 of the origin in hex>, replaced whole and durably. */
#ifndef CAIRN_WITNESS_KEEP_H
#define CAIRN_WITNESS_KEEP_H

#include "server/shell/files.h"
#include "witness/state.h"

#define KEEP_NAME_LEN 64

/* The file's name, with a NUL. */
void keep_name(struct span origin, char ret[KEEP_NAME_LEN + 1]);
/* Reads without checking signatures, for people. ERR_NO_FILE when the log was never followed. On error *ret
 * is undefined. */
enum err keep_read(const char *dir, struct span origin, struct state *ret) MUST_USE;
/* Reads and checks everything, and writes it back: whatever an earlier write left, what is returned is durable,
 * and its cosignature may leave. */
enum err keep_load(const char *dir, struct span origin, const struct vkey *own, struct state *ret) MUST_USE;
/* After ERR_OK it is durable. After any error it is not known what the file says: keep_load finds out. */
enum err keep_store(const char *dir, const struct state *s) MUST_USE;

#endif
