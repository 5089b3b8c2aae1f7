/* A log decided again from its first position: what an auditor does before it vouches, and whoever recovers. Says
 * whether each statement was admitted by the rules, and each seal says what is so (docs/formats.md 5.4). Knows
 * neither where statements come from nor how an index is kept; the clocks that an auditor holds against seals, and
 * the tree, are the caller's. */
#ifndef CAIRN_ADMIT_REPLAY_H
#define CAIRN_ADMIT_REPLAY_H

#include "log/admit/admit.h"

/* Where the log is read, and what keeps it. What any of these fails with comes back as it is. */
struct replay_source {
    void *ctx;
    /* The entry and the canonical bytes at a position. They live until the next call. */
    enum err (*read)(void *ctx, uint64_t position, struct span *ret_entry, struct span *ret_statement);
    /* Knows at least everything below the position under way. */
    struct lookup lookup;
    /* The statement was accepted: from now on the lookup knows it, and the index has it. In order, each once. */
    enum err (*take)(void *ctx, uint64_t position, const struct statement *s);
    /* The root and the number of keys of the index over all that was taken. Asked before each seal. */
    enum err (*index)(void *ctx, struct hash *ret_root, uint64_t *ret_keys);
};

struct replay {
    struct span origin;
    uint64_t position; /* the next; below it all was accepted. After a refusal: what was refused */
    bool has_seal;
    uint64_t seal, seal_to_ms; /* position and end of the last one */
};
/* At position 0. */
struct replay replay_begin(struct span origin);
/* Takes whole groups until `size`, whose last statement must be a seal. Reads each statement of a group twice:
 * its seal, which says by which dates it was judged, is looked for first. Signatures included. On a refusal
 * r->position is where it stands and *why what was found; the group before it remains taken, its own only up to
 * there: begin again. */
enum err replay_to(struct replay *r, const struct replay_source *from, uint64_t size, struct refusal *why) MUST_USE;

#endif
