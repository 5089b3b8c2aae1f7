/* Requests to a witness: what was read, written again, is the request. */
#include "log/base/codec.h"
#include "tests/fuzz/fuzz.h"
#include "witness/request.h"

FUZZ(input)
{
    struct request r;
    FUZZ_OUT(o);

    if (request_decode(input, &r) != ERR_OK) return;
    out_text(&o, "old ");
    out_decimal(&o, r.old);
    out_byte(&o, '\n');
    for (size_t i = 0; i < r.proof.count; i++) {
        base64_encode(hash_span(&r.proof.hash[i]), &o);
        out_byte(&o, '\n');
    }
    out_byte(&o, '\n');
    out_bytes(&o, r.note.text);
    out_byte(&o, '\n');
    out_bytes(&o, r.note.signatures);
    fuzz_same(&o, input);
    ASSERT(r.note.text.len <= REQUEST_TEXT_MAX);
    ASSERT(r.checkpoint.size < TREE_SIZE_MAX);
}
