/* The frame of a chunked body. See chunks.h. */
#include "server/net/chunks.h"

#include "server/net/octets.h"

#define SIZE_DIGITS_MAX 8

static bool take_size(struct chunks *c, uint8_t byte)
{
    int value = octets_hex(byte);

    if (byte == '\r' && c->digits > 0) {
        c->state = CHUNKS_SIZE_LF;
        return true;
    }
    if (value < 0 || c->digits == SIZE_DIGITS_MAX) return false;
    c->left = c->left << 4 | (unsigned)value;
    c->digits++;
    return true;
}

static bool take_exactly(struct chunks *c, uint8_t byte, uint8_t expected, enum chunks_state next)
{
    if (byte != expected) return false;
    c->state = next;
    return true;
}

static bool take_byte(struct chunks *c, uint8_t byte)
{
    switch (c->state) {
    case CHUNKS_SIZE: return take_size(c, byte);
    case CHUNKS_SIZE_LF: return take_exactly(c, byte, '\n', c->left > 0 ? CHUNKS_DATA : CHUNKS_END_CR);
    case CHUNKS_DATA_CR: return take_exactly(c, byte, '\r', CHUNKS_DATA_LF);
    case CHUNKS_DATA_LF: c->digits = 0; return take_exactly(c, byte, '\n', CHUNKS_SIZE);
    case CHUNKS_END_CR: return take_exactly(c, byte, '\r', CHUNKS_END_LF);
    case CHUNKS_END_LF: return take_exactly(c, byte, '\n', CHUNKS_DONE);
    case CHUNKS_DATA:
    case CHUNKS_DONE: break;
    }
    return false;
}

bool chunks_take(struct chunks *c, struct span in, size_t *ret_taken)
{
    size_t at = 0;

    while (at < in.len && c->state != CHUNKS_DONE) {
        if (c->state == CHUNKS_DATA) {
            size_t part = in.len - at < c->left ? in.len - at : (size_t)c->left;
            at += part;
            c->left -= part;
            if (c->left == 0) c->state = CHUNKS_DATA_CR;
        } else if (!take_byte(c, in.ptr[at++])) {
            return false;
        }
    }
    *ret_taken = at;
    return true;
}
