/* Hexadecimal, base64, decimal and big-endian numbers: one spelling each, anything else refused. */
#ifndef CAIRN_CODEC_H
#define CAIRN_CODEC_H

#include "log/base/base.h"

/* Lower case, both ways. Decoding wants exactly `len` bytes. */
void hex_encode(struct span bytes, struct out *o);
enum err hex_decode(struct span text, uint8_t *ret, size_t len) MUST_USE;

/* RFC 4648 section 4 with padding (notes, armour), section 5 without (names of keys).
 * Decoding appends to *o and refuses what encoding would not write: stray bits, padding, blanks. */
void base64_encode(struct span bytes, struct out *o);
enum err base64_decode(struct span text, struct out *o) MUST_USE;
void base64url_encode(struct span bytes, struct out *o);
enum err base64url_decode(struct span text, struct out *o) MUST_USE;
/* Length of the padded base64 of `len` bytes. */
size_t base64_length(size_t len);

/* No sign, no leading zero, not above `max`. */
enum err decimal_decode(struct span text, uint64_t max, uint64_t *ret) MUST_USE;

uint16_t u16_at(const uint8_t *bytes);
uint32_t u32_at(const uint8_t *bytes);
uint64_t u64_at(const uint8_t *bytes);
void u64_put(uint8_t *ret, uint64_t n);

#endif
