/* Pages of the index: one form, and what holds names nothing that is not in it. */
#include "log/evidence/page.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    struct page_seen seen;
    struct page p;
    FUZZ_OUT(o);

    if (page_decode(input, &p) != ERR_OK) return;
    page_encode(&p, &o);
    fuzz_same(&o, input);
    ASSERT(page_rows(&p) <= PAGE_ROWS_MAX);
    if (page_verify(&p, &seen) != ERR_OK) return;
    ASSERT(seen.seal.covers == seen.checkpoint.size - 1);
    ASSERT((seen.count == 0) == (page_rows(&p) == 0));
    for (size_t i = 0; p.bits == PAGE_BITS_KEY && i < page_rows(&p); i++)
        ASSERT(page_item(&p, i).position < seen.seal.covers);
}
