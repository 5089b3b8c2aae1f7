/* Key sets: one form each; built up key by key in another order the set is the same. */
#include "log/statement/key_set.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    struct key_set s, again = {0};
    FUZZ_OUT(o);

    if (key_set_decode(input, &s) != ERR_OK) return;
    key_set_encode(&s, &o);
    fuzz_same(&o, input);
    ASSERT(s.count >= 1 && s.count <= KEY_SET_MAX);
    for (size_t i = s.count; i > 0; i--) ASSERT(key_set_add(&again, &s.key[i - 1]) == ERR_OK);
    for (size_t i = 0; i < s.count; i++) {
        ASSERT(hash_equal(&again.kid[i], &s.kid[i]));
        ASSERT(key_set_find(&s, &again.kid[i]) == &s.key[i]);
    }
}
