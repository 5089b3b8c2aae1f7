/* Payloads of rules statements: written again they are what was read, but for the order of map keys. */
#include "log/statement/rules.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    static struct rules_payload p, again;
    FUZZ_OUT(once);
    FUZZ_OUT(twice);

    if (rules_decode(input, &p) != ERR_OK) return;
    rules_encode(&p, &once);
    fuzz_same_sorted(&once, input);
    ASSERT(rules_decode(out_span(&once), &again) == ERR_OK);
    rules_encode(&again, &twice);
    fuzz_same(&twice, out_span(&once));
}
