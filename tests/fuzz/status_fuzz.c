/* Payloads of status statements: written again they are what was read, but for the order of map keys. */
#include "log/statement/status.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    static struct status_payload p, again;
    FUZZ_OUT(once);
    FUZZ_OUT(twice);

    if (status_decode(input, &p) != ERR_OK) return;
    status_encode(&p, &once);
    fuzz_same_sorted(&once, input);
    ASSERT(status_decode(out_span(&once), &again) == ERR_OK);
    status_encode(&again, &twice);
    fuzz_same(&twice, out_span(&once));
}
