/* Payloads of schemas: written again they are what was read, but for the order of map keys. */
#include "log/statement/schema.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    static struct schema_payload p, again;
    FUZZ_OUT(once);
    FUZZ_OUT(twice);

    if (schema_decode(input, &p) != ERR_OK) return;
    ASSERT(schema_follows(&p, &p));
    schema_encode(&p, &once);
    fuzz_same_sorted(&once, input);
    ASSERT(schema_decode(out_span(&once), &again) == ERR_OK);
    schema_encode(&again, &twice);
    fuzz_same(&twice, out_span(&once));
}
