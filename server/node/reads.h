/* What answers a read: one function a path. `rest` is what stands behind the path's beginning. */
#ifndef CAIRN_READS_H
#define CAIRN_READS_H

#include "server/node/answer.h"
#include "server/node/node.h"

typedef void read_handler(struct node *n, struct http_exchange *x, struct span rest);

/* reads.c: the tree and its statements */
read_handler get_checkpoint, get_tile, get_entry, get_statement, get_evidence, get_keys;
/* reads_index.c */
read_handler get_index;
/* reads_proof.c: proofs of the tree, in JSON */
read_handler get_proof;
/* reads_about.c: what this log is, and how it is */
read_handler get_front, get_about, get_log, get_health;

/* ---- for each other ---- */

/* What was written into n->scratch, or why it was not. */
void reply_scratch(struct http_exchange *x, const char *type, enum cache cache, enum err e, const struct out *o);
/* 64 digits. ERR_BAD_REQUEST otherwise. */
enum err id_decode(struct span text, struct hash *ret) MUST_USE;
/* "@120455" or 64 digits. ERR_UNPUBLISHED for what is not yet under the newest checkpoint. What is made from the log
 * alone is given under the checkpoint that /checkpoint gives; only the index may be a moment behind it. */
enum err position_of(struct node *n, struct span name, uint64_t *ret) MUST_USE;

#endif
