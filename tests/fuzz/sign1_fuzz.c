/* COSE_Sign1: what is read is written the same; stripped of its unprotected map it is canonical. */
#include "log/statement/statement.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    struct sign1 s, again;
    FUZZ_OUT(o);
    FUZZ_OUT(canonical);

    if (sign1_decode(input, &s) != ERR_OK) {
        ASSERT(statement_canonical(input, &canonical) != ERR_OK);
        return;
    }
    sign1_encode(&s, &o);
    fuzz_same(&o, input);
    o.len = 0;
    sign1_encode_canonical(&s, &o);
    ASSERT((statement_canonical(input, &canonical) == ERR_OK) == !s.detached);
    if (!s.detached) fuzz_same(&canonical, out_span(&o));
    ASSERT(sign1_decode(out_span(&o), &again) == ERR_OK);
    ASSERT(again.unprotected.len == 1);
    ASSERT(span_equal(again.payload, s.payload));
    ASSERT(span_equal(again.protected, s.protected));
}
