/* State files of a witness: one form each; checking one says yes or no. */
#include "tests/fuzz/fuzz.h"
#include "witness/state.h"

FUZZ(input)
{
    static struct state s;
    struct vkey own;
    FUZZ_OUT(o);

    if (state_decode(input, &s) != ERR_OK) return;
    state_encode(&s, &o);
    fuzz_same(&o, input);
    ASSERT(s.note_len <= sizeof(s.note));
    vkey_make(SPAN("witness.example"), NOTE_COSIGNATURE, &s.key.key, &own);
    ASSERT(state_check(&s, &own) == ERR_OK || state_check(&s, &own) == ERR_DAMAGED);
}
