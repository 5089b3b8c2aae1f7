/* What the index of a log has under one key, proven: these statements, and no others below the checkpoint. */
#ifndef CAIRN_LISTING_H
#define CAIRN_LISTING_H

#include "client/known.h"
#include "log/admit/lookup.h"
#include "log/evidence/evidence.h"
#include "log/note/checkpoint.h"

struct listing {
    struct lookup lookup; /* over this key alone: ERR_INCOMPLETE for any other; folds read it */
    struct hash key;
    struct checkpoint checkpoint; /* signed by the log's key */
    struct evidence_map map;
    struct hash id[EVIDENCE_STATEMENTS_MAX]; /* by index in map.statement */
    uint8_t *bytes;
};
/* Of the kinds with one component. Says what goes wrong; EXIT_YES with an empty list too. */
int listing_fetch(const struct known_log *log, uint8_t kind, struct span component, struct listing **ret) MUST_USE;
void listing_free(struct listing **l);
#define LISTING __attribute__((cleanup(listing_free))) struct listing
/* How many statements it has, and the n-th of them with its position. */
size_t listing_count(const struct listing *l);
struct statement listing_at(const struct listing *l, size_t n, uint64_t *ret_position);

#endif
