/* Receipts, evidence and index answers, made from the store under the checkpoint that is served. */
#ifndef CAIRN_NODE_PROVE_H
#define CAIRN_NODE_PROVE_H

#include "log/evidence/evidence.h"
#include "server/node/node.h"

/* The statement at a position below served.size. Appends to *o. */
enum err prove_receipt(struct node *n, uint64_t position, struct out *o) MUST_USE;
/* Paths that lead where they should, or ERR_DAMAGED. `position` and `size` are within under->size. */
enum err prove_inclusion(const struct log_view *log, const struct published *under, uint64_t position,
                         struct tree_path *ret) MUST_USE;
enum err prove_consistency(const struct log_view *log, const struct published *under, uint64_t old, uint64_t size,
                           struct tree_path *ret) MUST_USE;
/* The evidence file's bytes, without armour. */
enum err prove_evidence(struct node *n, uint64_t position, struct out *o) MUST_USE;
/* An evidence map with one answer: a key by its kind and components. */
enum err prove_index(struct node *n, uint8_t kind, const struct span *components, struct out *o) MUST_USE;
/* The newest published rules statement; before the first publication the one that every log begins with. *ret borrows
 * from the view. */
enum err prove_rules(struct node *n, struct log_view *log, struct rules_payload *ret, struct hash *ret_id) MUST_USE;
/* ERR_UNPUBLISHED when it is in the log but not under the served checkpoint. */
enum err prove_find(struct node *n, const struct hash *id, uint64_t *ret_position) MUST_USE;

#endif
