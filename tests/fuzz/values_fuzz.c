/* Values inside of queries and of the Prefer header. The first byte says where the query ends. */
#include "server/net/http.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    struct span prefer = input, head = fuzz_take(&prefer, 1), query, value;
    uint8_t bytes[32];
    FUZZ_OUT(o);

    query = fuzz_take(&prefer, head.len == 0 ? 0 : head.ptr[0]);
    ASSERT(http_prefer_wait(prefer) <= 86400);
    for (size_t n = 0; http_query_value_at(query, "a", n, &o, &value); n++) {
        ASSERT(fuzz_within(value, out_span(&o)));
        ASSERT(value.len <= query.len);
    }
    o.len = 0;
    if (http_query_value(query, "a", &o, &value)) {
        struct out few = out_over(bytes, sizeof(bytes));
        struct span same;

        ASSERT(!http_query_value_at(query, "a", 1, &o, &same));
        ASSERT(http_query_value(query, "a", &few, &same) == (value.len <= sizeof(bytes)));
        ASSERT(few.len == 0 || span_equal(same, value));
    }
}
