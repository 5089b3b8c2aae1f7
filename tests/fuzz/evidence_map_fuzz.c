/* Maps of evidence without a statement that carries them, as GET /index answers. */
#include "log/evidence/evidence.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    static struct evidence_map m;
    FUZZ_OUT(o);

    if (evidence_map_decode(input, &m) != ERR_OK) return;
    evidence_map_encode(&m, &o);
    fuzz_same(&o, input);
    for (size_t i = 0; i < m.statement_count; i++) ASSERT(m.statement[i].bytes.len > 0);
}
