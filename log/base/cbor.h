/* A strict pull decoder and an encoder for the CBOR that Cairn's formats use.
 * Refused: indefinite lengths, heads longer than needed, floats and simple values other than
 * false, true and null, bad UTF-8, nesting over 16, maps of more than 256 pairs, duplicate keys.
 * The decoder copies nothing unasked: text and bytes are spans of the input. */
#ifndef CAIRN_CBOR_H
#define CAIRN_CBOR_H

#include "log/base/base.h"

/* Of CBOR_SIMPLE. */
#define CBOR_FALSE 20
#define CBOR_TRUE 21
#define CBOR_NULL 22
enum cbor_type { CBOR_UINT, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE };

#define CBOR_DEPTH_MAX 16
#define CBOR_PAIRS_MAX 256

/* Where reading has come to. Reading changes it only on success. */
struct cbor {
    struct span rest;
};

struct cbor cbor_over(struct span bytes);

/* The type of the next item; ERR_TRUNCATED at the end. */
enum err cbor_peek(const struct cbor *c, enum cbor_type *ret) MUST_USE;
enum err cbor_uint(struct cbor *c, uint64_t *ret) MUST_USE;
/* Any integer that fits an int64. */
enum err cbor_int(struct cbor *c, int64_t *ret) MUST_USE;
enum err cbor_bytes(struct cbor *c, struct span *ret) MUST_USE;
/* Exactly `len` bytes, copied; ERR_CBOR_TYPE for another length. */
enum err cbor_bytes_into(struct cbor *c, uint8_t *ret, size_t len) MUST_USE;
/* Valid UTF-8. */
enum err cbor_text(struct cbor *c, struct span *ret) MUST_USE;
enum err cbor_bool(struct cbor *c, bool *ret) MUST_USE;
enum err cbor_null(struct cbor *c) MUST_USE;
enum err cbor_array(struct cbor *c, uint64_t *ret_count) MUST_USE;
enum err cbor_map(struct cbor *c, uint64_t *ret_pairs) MUST_USE;
enum err cbor_tag(struct cbor *c, uint64_t *ret) MUST_USE;
/* What has to stand here, in formats with one spelling: this integer, so many items, so many pairs. ERR_CBOR_TYPE when
 * something else does. */
enum err cbor_int_exact(struct cbor *c, int64_t n) MUST_USE;
enum err cbor_array_exact(struct cbor *c, uint64_t count) MUST_USE;
enum err cbor_map_exact(struct cbor *c, uint64_t pairs) MUST_USE;
/* `e`; but a type that does not fit is said in the words of what was being read. */
static inline enum err cbor_named(enum err e, enum err when_type)
{
    return e == ERR_CBOR_TYPE ? when_type : e;
}
/* Reads one whole item of any type, checks everything in it, gives its bytes. */
enum err cbor_item(struct cbor *c, struct span *ret) MUST_USE;
/* ERR_TRAILING unless everything has been read. */
enum err cbor_end(const struct cbor *c) MUST_USE;
/* One well-formed item and nothing behind it. */
enum err cbor_check(struct span bytes) MUST_USE;

/* A map, pair by pair. Keys are integers, text or bytes. Duplicates are found whatever their order;
 * keys in ascending order, as everything encodes them, cost nothing. Use:
 *
 *   TRY(cbor_map_open(c, &m));
 *   while (cbor_map_more(&m)) { TRY(cbor_map_key_int(&m, &key)); … read one value from c … }
 */
struct cbor_map {
    struct cbor *c;
    const uint8_t *start;
    uint64_t pairs, read;
    bool ascending;
    /* Where each key read so far begins, from `start`. */
    uint32_t key_at[CBOR_PAIRS_MAX];
};
enum err cbor_map_open(struct cbor *c, struct cbor_map *ret) MUST_USE;
bool cbor_map_more(const struct cbor_map *m);
/* The encoded key, of whatever type. */
enum err cbor_map_key(struct cbor_map *m, struct span *ret) MUST_USE;
/* A key from 0 to 23, which takes one byte: cheap as long as they rise. Any other comes out as CBOR_KEY_OTHER. */
#define CBOR_KEY_OTHER 24
enum err cbor_map_key_small(struct cbor_map *m, unsigned *ret) MUST_USE;
enum err cbor_map_key_int(struct cbor_map *m, int64_t *ret) MUST_USE;
enum err cbor_map_key_text(struct cbor_map *m, struct span *ret) MUST_USE;

void cbor_put_uint(struct out *o, uint64_t n);
void cbor_put_int(struct out *o, int64_t n);
void cbor_put_bytes(struct out *o, struct span s);
void cbor_put_text(struct out *o, struct span s);
void cbor_put_bool(struct out *o, bool value);
void cbor_put_null(struct out *o);
void cbor_put_array(struct out *o, uint64_t count);
void cbor_put_map(struct out *o, uint64_t pairs);
void cbor_put_tag(struct out *o, uint64_t tag);
/* The head of a byte string whose `len` bytes the caller writes next. */
void cbor_put_bytes_head(struct out *o, uint64_t len);

#endif
