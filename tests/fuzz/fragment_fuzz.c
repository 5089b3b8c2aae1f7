/* Fragments of the index as they lie on a disk that may be damaged: what is read is written as the same bytes. The
 * input is the height and the row. */
#include "log/index/fragment.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    static struct fragment f;
    struct span rest = input, head = fuzz_take(&rest, 1);
    unsigned height = head.len == 0 ? 0 : head.ptr[0] % (TRIE_HEIGHT_MAX + 1U);
    FUZZ_OUT(o);

    if (fragment_read(rest, height, &f) != ERR_OK) return;
    ASSERT(f.count > 0 && f.count <= fragment_room(height));
    fragment_write(&f, 0, f.count, height, &o);
    fuzz_same(&o, rest);
}
