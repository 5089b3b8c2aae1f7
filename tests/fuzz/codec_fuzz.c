/* Hexadecimal, base64 and decimal numbers: what decodes is spelt in the one way; what is encoded decodes. */
#include "log/base/codec.h"
#include "tests/fuzz/fuzz.h"

typedef void encode_fn(struct span bytes, struct out *o);
typedef enum err decode_fn(struct span text, struct out *o);

static void both_ways(struct span input, encode_fn *encode, decode_fn *decode)
{
    FUZZ_OUT(bytes);
    FUZZ_OUT(text);

    if (decode(input, &bytes) == ERR_OK) {
        encode(out_span(&bytes), &text);
        fuzz_same(&text, input);
    } else {
        ASSERT(bytes.len == 0);
    }
    bytes.len = text.len = 0;
    encode(input, &text);
    ASSERT(decode(out_span(&text), &bytes) == ERR_OK);
    fuzz_same(&bytes, input);
}

static enum err hex_decode_all(struct span text, struct out *o)
{
    uint8_t *at = text.len % 2 == 0 ? out_reserve(o, text.len / 2) : NULL;

    if (at != NULL && hex_decode(text, at, text.len / 2) == ERR_OK) return ERR_OK;
    o->len = 0;
    return ERR_BAD_HEX;
}

static void numbers(struct span input)
{
    static const uint64_t limits[] = {0, 9, 10, 255, UINT32_MAX, INT64_MAX, UINT64_MAX};
    uint8_t bytes[20];
    uint64_t n, again;

    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct out o = out_over(bytes, sizeof(bytes));

        if (decimal_decode(input, limits[i], &n) != ERR_OK) {
            ASSERT(decimal_decode(input, UINT64_MAX, &n) != ERR_OK || n > limits[i]);
            continue;
        }
        ASSERT(n <= limits[i]);
        ASSERT(decimal_decode(input, UINT64_MAX, &again) == ERR_OK && again == n);
        out_decimal(&o, n);
        fuzz_same(&o, input);
    }
}

FUZZ(input)
{
    uint8_t bytes[8];

    both_ways(input, hex_encode, hex_decode_all);
    both_ways(input, base64_encode, base64_decode);
    both_ways(input, base64url_encode, base64url_decode);
    numbers(input);
    if (input.len < sizeof(bytes)) return;
    u64_put(bytes, u64_at(input.ptr));
    ASSERT(memcmp(bytes, input.ptr, sizeof(bytes)) == 0);
    ASSERT((uint64_t)u32_at(bytes) << 32 == (u64_at(bytes) & ~(uint64_t)UINT32_MAX));
}
