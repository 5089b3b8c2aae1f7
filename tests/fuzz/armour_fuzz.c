/* Files as people hold them: text that was taken is the text that its bytes make. */
#include "log/evidence/armour.h"
#include "tests/fuzz/fuzz.h"

static bool is_text(struct span file)
{
    return span_starts(file, SPAN("cairn "));
}

FUZZ(input)
{
    FUZZ_OUT(bytes);
    FUZZ_OUT(text);
    FUZZ_OUT(again);
    enum armour_kind kind, other;

    if (armour_decode(input, &bytes, &kind) != ERR_OK) {
        ASSERT(bytes.len == 0);
        return;
    }
    ASSERT(armour_encode(kind, out_span(&bytes), &text) == ERR_OK);
    fuzz_same(is_text(input) ? &text : &bytes, input);
    ASSERT(armour_decode(out_span(&text), &again, &other) == ERR_OK);
    ASSERT(other == kind);
    fuzz_same(&again, out_span(&bytes));
}
