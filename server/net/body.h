/* Bytes that come in pieces: the room for them grows as they come. */
#ifndef CAIRN_BODY_H
#define CAIRN_BODY_H

#include "log/base/base.h"

struct body {
    uint8_t *ptr; /* malloced; NULL while there are none */
    size_t len, cap;
};
/* `piece` must fit into `most` with what is there already. False when there is no memory; then nothing is added. */
bool body_add(struct body *b, struct span piece, size_t most) MUST_USE;
/* Frees and empties it. */
void body_drop(struct body *b);

#endif
