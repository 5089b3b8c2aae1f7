/* Verifier keys: one spelling each; made from its parts a key is the same key. */
#include "log/note/note.h"
#include "tests/fuzz/fuzz.h"

FUZZ(input)
{
    struct vkey v, made;
    FUZZ_OUT(o);

    if (vkey_decode(input, &v) != ERR_OK) return;
    ASSERT(note_name_good(vkey_name(&v)));
    ASSERT(v.usable == (v.type == NOTE_ED25519 || v.type == NOTE_COSIGNATURE));
    if (!v.usable) return;
    vkey_encode(&v, &o);
    fuzz_same(&o, input);
    vkey_make(vkey_name(&v), (enum note_type)v.type, &v.key, &made);
    ASSERT(memcmp(made.id, v.id, sizeof(v.id)) == 0);
    ASSERT(hash_equal(&made.key_hash, &v.key_hash));
}
