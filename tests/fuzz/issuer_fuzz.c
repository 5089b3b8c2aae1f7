/* Payloads of issuer statements: written again they are what was read, but for the order of map keys. */
#include "log/statement/issuer.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    static struct issuer_payload p, again;
    FUZZ_OUT(once);
    FUZZ_OUT(twice);

    if (issuer_decode(input, &p) != ERR_OK) return;
    ASSERT(issuer_read(input, &again) == ERR_OK && memcmp(again.key, p.key, sizeof(p.key)) == 0);
    issuer_encode(&p, &once);
    fuzz_same_sorted(&once, input);
    ASSERT(issuer_decode(out_span(&once), &again) == ERR_OK);
    issuer_encode(&again, &twice);
    fuzz_same(&twice, out_span(&once));
}
