/* The frame of a chunked body, checked before the parser sees it: a size of at most eight hex digits, CR LF, the
 * bytes, CR LF, and at the end 0, CR LF, CR LF. No extensions, no trailers, no bare LF anywhere.
 * Pure. The bytes themselves are left to the parser. */
#ifndef CAIRN_NET_CHUNKS_H
#define CAIRN_NET_CHUNKS_H

#include "log/base/base.h"

enum chunks_state {
    CHUNKS_SIZE,
    CHUNKS_SIZE_LF,
    CHUNKS_DATA,
    CHUNKS_DATA_CR,
    CHUNKS_DATA_LF,
    CHUNKS_END_CR,
    CHUNKS_END_LF,
    CHUNKS_DONE
};

/* Zeroed: before the first byte. */
struct chunks {
    enum chunks_state state;
    unsigned digits;
    uint64_t left; /* of the chunk under way */
};

/* Takes bytes up to the end of the body (state CHUNKS_DONE) and says how many. False at the first wrong byte,
 * after which `c` must not be used. */
bool chunks_take(struct chunks *c, struct span in, size_t *ret_taken) MUST_USE;

#endif
