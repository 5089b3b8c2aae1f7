/* Payloads of seals: written again they are what was read, but for the order of map keys. */
#include "log/statement/status.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    static struct seal_payload p, again;
    FUZZ_OUT(once);
    FUZZ_OUT(twice);

    if (seal_decode(input, &p) != ERR_OK) return;
    seal_encode(&p, &once);
    fuzz_same_sorted(&once, input);
    ASSERT(seal_decode(out_span(&once), &again) == ERR_OK);
    seal_encode(&again, &twice);
    fuzz_same(&twice, out_span(&once));
}
