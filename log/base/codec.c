/* See codec.h. Decoders check themselves: what they accept encodes to the same text again. */
#include "log/base/codec.h"

void hex_encode(struct span bytes, struct out *o)
{
    static const char digit[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.len; i++) {
        out_byte(o, (uint8_t)digit[bytes.ptr[i] >> 4]);
        out_byte(o, (uint8_t)digit[bytes.ptr[i] & 15]);
    }
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

enum err hex_decode(struct span text, uint8_t *ret, size_t len)
{
    if (text.len != 2 * len) return ERR_BAD_HEX;
    for (size_t i = 0; i < text.len; i++)
        if (hex_value(text.ptr[i]) < 0) return ERR_BAD_HEX;
    for (size_t i = 0; i < len; i++)
        ret[i] = (uint8_t)(16 * hex_value(text.ptr[2 * i]) + hex_value(text.ptr[2 * i + 1]));
    return ERR_OK;
}

/* The two alphabets differ in their last two letters only. */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
struct letters {
    char of_62, of_63;
};
static const struct letters standard = {'+', '/'}, url_safe = {'-', '_'};

static uint8_t letter_of(struct letters l, unsigned value)
{
    if (value < 62) return (uint8_t)alphabet[value];
    return (uint8_t)(value == 62 ? l.of_62 : l.of_63);
}

static int value_of(struct letters l, uint8_t c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == (uint8_t)l.of_62) return 62;
    if (c == (uint8_t)l.of_63) return 63;
    return -1;
}

static void encode(struct letters l, struct span bytes, bool pad, struct out *o)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t count = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = 0;

        for (size_t k = 0; k < 3; k++) bits = bits << 8 | (k < count ? bytes.ptr[i + k] : 0U);
        for (size_t k = 0; k <= count; k++) out_byte(o, letter_of(l, bits >> (18 - 6 * k) & 63));
        for (size_t k = count; pad && k < 3; k++) out_byte(o, '=');
    }
}

/* `text` without padding. The bits that a last short group leaves over must be zero. */
static enum err decode(struct letters l, struct span text, struct out *o)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t start = o->len;

    if (text.len % 4 == 1) return ERR_BAD_BASE64;
    for (size_t i = 0; i < text.len; i++) {
        int value = value_of(l, text.ptr[i]);

        if (value < 0) {
            o->len = start;
            return ERR_BAD_BASE64;
        }
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out_byte(o, (uint8_t)(bits >> held));
            bits &= (1U << held) - 1;
        }
    }
    if (bits != 0) {
        o->len = start;
        return ERR_BAD_BASE64;
    }
    return out_check(o);
}

void base64_encode(struct span bytes, struct out *o)
{
    encode(standard, bytes, true, o);
}

void base64url_encode(struct span bytes, struct out *o)
{
    encode(url_safe, bytes, false, o);
}

enum err base64_decode(struct span text, struct out *o)
{
    size_t padding = 0;

    if (text.len % 4 != 0) return ERR_BAD_BASE64;
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=') padding++;
    return decode(standard, span_slice(text, 0, text.len - padding), o);
}

enum err base64url_decode(struct span text, struct out *o)
{
    return decode(url_safe, text, o);
}

size_t base64_length(size_t len)
{
    return (len + 2) / 3 * 4;
}

enum err decimal_decode(struct span text, uint64_t max, uint64_t *ret)
{
    uint64_t n = 0;

    if (text.len == 0 || (text.len > 1 && text.ptr[0] == '0')) return ERR_BAD_NUMBER;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = text.ptr[i] - (unsigned)'0';

        if (text.ptr[i] < '0' || digit > 9) return ERR_BAD_NUMBER;
        if (digit > max || n > (max - digit) / 10) return ERR_BAD_NUMBER;
        n = n * 10 + digit;
    }
    *ret = n;
    return ERR_OK;
}

uint16_t u16_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

uint32_t u32_at(const uint8_t *bytes)
{
    return (uint32_t)u16_at(bytes) << 16 | u16_at(bytes + 2);
}

/* In one expression, which compilers know for one load. */
uint64_t u64_at(const uint8_t *bytes)
{
    return (uint64_t)bytes[0] << 56 | (uint64_t)bytes[1] << 48 | (uint64_t)bytes[2] << 40 | (uint64_t)bytes[3] << 32 |
           (uint64_t)bytes[4] << 24 | (uint64_t)bytes[5] << 16 | (uint64_t)bytes[6] << 8 | (uint64_t)bytes[7];
}

void u64_put(uint8_t *ret, uint64_t n)
{
    for (unsigned i = 0; i < 8; i++) ret[i] = (uint8_t)(n >> (56 - 8 * i));
}
