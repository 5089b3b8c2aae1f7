/* An evidence map being made (log/evidence/evidence.h): first what is wanted in it is named, then it is read and put
 * together, and followed once more as its reader will. What a verdict wants is for prove.c to know. */
#ifndef CAIRN_MAP_H
#define CAIRN_MAP_H

#include "log/evidence/evidence.h"
#include "server/node/snapshot.h"

struct map_maker {
    struct snapshot now;  /* opened by whoever asked for this */
    uint64_t dated_after; /* items of dated answers above this position have dates */
    uint64_t position[EVIDENCE_STATEMENTS_MAX];
    struct hash id[EVIDENCE_STATEMENTS_MAX]; /* of the statements there, once they are sorted */
    size_t position_count;
    struct evidence_map map;
    uint8_t lists[EVIDENCE_STATEMENTS_MAX * 9 + EVIDENCE_ANSWERS_MAX * 9];
    struct out lists_out;
    uint8_t components[EVIDENCE_ANSWERS_MAX * INDEX_COMPONENTS_MAX * ISS_MAX];
    struct out components_out;
};
/* NULL when there is no memory. */
struct map_maker *map_new(void);
void map_free(struct map_maker **m); /* for the cleanup attribute; closes `now` too */

/* A statement; the seal that dates it; an answer with all its items, and each item's statement. ERR_NO_ROOM. */
enum err map_want_position(struct map_maker *m, uint64_t position) MUST_USE;
enum err map_want_date(struct map_maker *m, uint64_t position) MUST_USE;
enum err map_want_answer(struct map_maker *m, uint8_t kind, const struct span *components, bool dated) MUST_USE;
/* Fills in the statements, the log tree's hashes and the trie: m->map borrows from m, the snapshot and `work`. The
 * statement at `carrier` is left empty. ERR_DAMAGED for what its reader would refuse. */
enum err map_close(struct map_maker *m, uint64_t carrier, struct out *work) MUST_USE;

#endif
