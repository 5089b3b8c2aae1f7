/* Key files: one form each. */
#include "log/evidence/armour.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    struct key_file k;
    FUZZ_OUT(o);

    if (key_file_decode(input, &k) != ERR_OK) return;
    key_file_encode(&k, &o);
    fuzz_same(&o, input);
    ASSERT(input.len <= KEY_FILE_SIZE_MAX);
}
