/* What an attestation rests on: every attestation that it depends on, and that those depend on. The same walk when it
 * is admitted, when its evidence is made and when that is judged. Few and not deep, so that whoever judges it has an
 * end to look forward to; knows nothing of what the attestations are worth. */
#ifndef CAIRN_ADMIT_CLOSURE_H
#define CAIRN_ADMIT_CLOSURE_H

#include "log/admit/lookup.h"

#define CLOSURE_DEPTH_MAX 4
#define CLOSURE_MAX 16
#define CLOSURE_BEGIN CLOSURE_MAX /* reached from where the walk begins, and not through another */

struct closure_item {
    uint64_t position;
    unsigned depth; /* how long the longest way to it is */
    size_t through; /* the item that led to it first */
    bool followed;
    struct statement s;
};
struct closure {
    size_t count;
    struct closure_item item[CLOSURE_MAX];
    /* On error: which it is about, and where that stands with ERR_BAD_DEPENDENCY. */
    struct hash id;
    uint64_t position;
    bool too_deep; /* with ERR_DEPENDENCIES_FULL: else too many */
};
/* Of `s` at `position`; spans are the lookup's. ERR_UNKNOWN_DEPENDENCY: no statement below has the id;
 * ERR_BAD_DEPENDENCY: it is no attestation; ERR_DEPENDENCIES_FULL: more than CLOSURE_MAX, or a longer way than
 * CLOSURE_DEPTH_MAX. ERR_INCOMPLETE: the lookup does not have all; those that it has are in *ret, and nothing else was
 * wrong. ERR_DAMAGED: what the lookup gives has another id. Asks it for ids and statements only, each attestation
 * once. */
enum err closure_walk(const struct lookup *l, const struct statement *s, uint64_t position,
                      struct closure *ret) MUST_USE;

#endif
