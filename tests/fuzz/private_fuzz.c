/* Preimages of private claims: what opens holds claims that stand in it, strict, and is written again the same. */
#include "log/statement/private.h"
#include "log/statement/schema.h"
#include "tests/fuzz/fuzz.h"

/* A map of two pairs whose first key is 1, and a byte string of 16: as encoding writes it. */
#define SALT_FIRST SPAN("\xa2\x01\x50")

FUZZ(input)
{
    static const struct schema_payload anything = {.open = true};
    struct statement s = {.is_private = true};
    struct hash hash = private_hash(input);
    struct span claims, field;
    FUZZ_OUT(again);

    s.cose.payload = hash_span(&hash);
    if (private_open(&s, input, &claims) != ERR_OK) return;
    ASSERT(input.len <= PREIMAGE_MAX);
    ASSERT(fuzz_within(claims, input));
    ASSERT(cbor_check(claims) == ERR_OK);
    ASSERT(schema_check(&anything, claims, &field) == ERR_OK);
    if (!span_starts(input, SALT_FIRST)) return;
    private_encode(input.ptr + SALT_FIRST.len, claims, &again);
    fuzz_same(&again, input);
}
