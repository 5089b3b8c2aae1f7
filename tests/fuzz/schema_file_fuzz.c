/* The schema file a person writes: what is taken makes a payload or is refused as one; what is not is said in text. */
#include "client/schema_file.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    static struct schema_payload p, again;
    char where[200];
    FUZZ_OUT(room);
    FUZZ_OUT(once);
    FUZZ_OUT(twice);

    memset(where, 'x', sizeof(where));
    if (schema_file_decode(input, &room, &p, where) != ERR_OK) {
        ASSERT(memchr(where, 0, sizeof(where)) != NULL);
        return;
    }
    schema_encode(&p, &once);
    if (schema_decode(out_span(&once), &again) != ERR_OK) return;
    schema_encode(&again, &twice);
    fuzz_same(&twice, out_span(&once));
}
