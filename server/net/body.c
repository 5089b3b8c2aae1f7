/* See body.h. */
#include "server/net/body.h"

#include <stdlib.h>

#define BODY_FIRST 4096

static bool grow(struct body *b, size_t need, size_t most)
{
    size_t cap = b->cap < BODY_FIRST ? BODY_FIRST : b->cap;
    uint8_t *grown;

    if (need <= b->cap) return true;
    while (cap < need) cap *= 2;
    if (cap > most) cap = most;
    grown = realloc(b->ptr, cap);
    if (grown == NULL) return false;
    b->ptr = grown;
    b->cap = cap;
    return true;
}

bool body_add(struct body *b, struct span piece, size_t most)
{
    ASSERT(piece.len <= most - b->len);
    if (piece.len == 0) return true;
    if (!grow(b, b->len + piece.len, most)) return false;
    memcpy(b->ptr + b->len, piece.ptr, piece.len);
    b->len += piece.len;
    return true;
}

void body_drop(struct body *b)
{
    free(b->ptr);
    *b = (struct body){0};
}
