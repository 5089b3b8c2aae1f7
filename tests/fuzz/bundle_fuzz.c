/* The frame of bundles: what was taken out, put in again, is what it was taken from. */
#include "log/tree/tile.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    struct span rest = input, item;
    FUZZ_OUT(o);

    while (bundle_next(&rest, &item) == ERR_OK) {
        ASSERT(fuzz_within(item, input));
        bundle_put(&o, item);
    }
    fuzz_same(&o, span_slice(input, 0, input.len - rest.len));
    /* What is left is the beginning of an item that has no end. */
    ASSERT(rest.len < 2 || rest.len - 2 < (size_t)(rest.ptr[0] << 8 | rest.ptr[1]));
}
