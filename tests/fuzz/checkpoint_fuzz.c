/* Bodies of checkpoints, with extension lines and without. */
#include "log/note/checkpoint.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    struct checkpoint c, any;
    FUZZ_OUT(o);
    bool strict = checkpoint_decode(input, &c) == ERR_OK;

    if (checkpoint_decode_any(input, &any) != ERR_OK) {
        ASSERT(!strict);
        return;
    }
    ASSERT(any.size < TREE_SIZE_MAX);
    checkpoint_encode(&any, &o);
    ASSERT(span_starts(input, out_span(&o)));
    ASSERT(strict == (o.len == input.len));
}
