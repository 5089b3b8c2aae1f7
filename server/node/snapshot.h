/* Both environments as they are while one answer is made, and which of them it was when something does not fit: an
 * index that is wrong can be made anew from the log, a log cannot. */
#ifndef CAIRN_SNAPSHOT_H
#define CAIRN_SNAPSHOT_H

#include "server/node/node.h"

struct snapshot {
    struct log_view *log;
    struct derived_view *derived;
    const struct published *under; /* the checkpoint whose size the index covers */
    bool log_wrong;                /* what did not fit is the log */
};
/* ERR_UNPUBLISHED before there is a checkpoint to answer under. To be closed in any case. */
enum err snapshot_open(struct node *n, struct snapshot *ret) MUST_USE;
void snapshot_close(struct snapshot *s);
/* `e`, which came of reading the log and nothing else. */
enum err snapshot_of_log(struct snapshot *s, enum err e);
/* The statement where the index says that there is one, and what it says: ERR_DAMAGED when there is none, or it is not
 * the tree's. Both borrow from the view. */
enum err snapshot_bytes(struct snapshot *s, uint64_t position, struct span *ret) MUST_USE;
enum err snapshot_statement(struct snapshot *s, uint64_t position, struct statement *ret) MUST_USE;
/* The newest rules that the index has; without any those at position 1, which every log begins with. */
enum err snapshot_rules(struct snapshot *s, struct rules_payload *ret, struct hash *ret_id) MUST_USE;
/* `e`, which ends the answer: what is damaged and not the log's is the index, and it is marked. */
enum err snapshot_settle(struct node *n, const struct snapshot *s, enum err e);

#endif
