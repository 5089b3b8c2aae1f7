/* tlog-proof texts: what is read is written the same, and checking one against nobody's keys says no. */
#include "log/note/tlog_proof.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    static const struct policy nobody = {.has_quorum = true, .quorum = -1};
    const struct hash leaf = {{1}};
    struct checkpoint c;
    struct tlog_proof p;
    FUZZ_OUT(o);

    if (tlog_proof_decode(input, &p) != ERR_OK) return;
    ASSERT(fuzz_within(p.extra, input));
    ASSERT(fuzz_within(p.note, input));
    tlog_proof_encode(&p, &o);
    fuzz_same(&o, input);
    ASSERT(tlog_proof_verify(&p, &leaf, &nobody, UINT64_MAX, &c) != ERR_OK);
}
