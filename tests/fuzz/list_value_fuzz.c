/* Lists as whoever reads evidence puts them together: they have the value that the definition gives them, or none. The
 * input is `covers` and the items: a byte of their steps, or eight with a position, and ids of one byte. */
#include "tests/fuzz/fuzz.h"
#include "tests/index/model.h"

#define LIST_MAX 600

FUZZ(input)
{
    static struct list_item items[LIST_MAX];
    struct span rest = input;
    uint64_t covers = fuzz_u64(&rest);
    bool good = true;
    size_t count = 0;
    struct list_value got, want;
    enum err err;

    for (; count < LIST_MAX && rest.len > 1; count++) {
        struct span two = fuzz_take(&rest, 2);

        items[count].id = sample_hash("id", two.ptr[1]);
        items[count].position =
            two.ptr[0] == 0xff ? fuzz_u64(&rest) : (count == 0 ? 0 : items[count - 1].position) + two.ptr[0];
        good &= items[count].position < covers && (count == 0 || items[count].position > items[count - 1].position);
    }
    err = list_value_of(items, count, covers, &got);
    ASSERT(err == (good && count > 0 ? ERR_OK : ERR_BAD_PROOF));
    if (err != ERR_OK) return;
    want = model_list_value(items, count);
    ASSERT(memcmp(got.b, want.b, sizeof(got.b)) == 0 && list_count(&got) == count);
}
