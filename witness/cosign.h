/* Whether a witness cosigns, and what it knows afterwards: the conditions of c2sp.org/tlog-witness in their order.
 * Pure: no files, no clock, no sockets. */
#ifndef CAIRN_WITNESS_COSIGN_H
#define CAIRN_WITNESS_COSIGN_H

#include "witness/request.h"
#include "witness/state.h"

/* A cosignature is never dated before the last one; a clock further behind than this is not trusted at all. */
#define CLOCK_BACK_MAX_S 300

/* The witness's own key, of type 4. Wiped by whoever holds it. */
struct cosigner {
    struct vkey vkey;
    struct secret_key key;
};

/* ERR_OK: cosign it with this time. */
struct decision {
    enum err err;
    bool forked;   /* the log signed another root for the size that was cosigned, whatever else was refused */
    uint64_t time; /* seconds */
};

/* `logs` holds the trusted keys: those whose name is the checkpoint's origin. `state` is what was seen of that
 * origin. `now` in seconds. */
struct decision cosign_decide(const struct policy *logs, const struct state *state, const struct request *r,
                              uint64_t now);
/* What is known after a decision of ERR_OK, with the note as readers get it. The new line is appended to *line. */
void cosign_advance(const struct cosigner *self, const struct policy *logs, const struct state *state,
                    const struct request *r, uint64_t time, struct state *ret, struct out *line);

/* 400, 403, 404, 405, 409, 422 or 503. */
unsigned cosign_status(enum err e);

#endif
