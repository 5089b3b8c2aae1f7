/* The envelope of statements: decoded whole or from its parts it is one statement, and its index keys are distinct. */
#include "log/index/key.h"
#include "tests/fuzz/fuzz.h"

static void check_keys(const struct statement *s)
{
    static struct index_keys keys;

    if (index_derive(s, 1, &keys) != ERR_OK) return;
    ASSERT(keys.count <= INDEX_KEYS_MAX);
    for (size_t i = 0; i < keys.count; i++)
        for (size_t k = 0; k < i; k++) ASSERT(!hash_equal(&keys.key[i], &keys.key[k]));
}

static void check_parts(struct span input, const struct statement *s)
{
    struct hash id = hash_of(input);
    struct statement other;
    FUZZ_OUT(o);

    ASSERT(hash_equal(&id, &s->id));
    ASSERT(s->kind < KIND_COUNT);
    ASSERT(input.len <= kind_row(s->kind)->size_max);
    ASSERT(iss_good(s->iss));
    ASSERT(sub_check(s->sub) == ERR_OK);
    sign1_encode_canonical(&s->cose, &o);
    fuzz_same(&o, input);
    ASSERT(statement_of(&s->cose, &other) == ERR_OK);
    ASSERT(hash_equal(&other.id, &s->id));
    ASSERT(other.kind == s->kind && span_equal(other.sub, s->sub) && other.bytes.len == 0);
}

static void check_kept_out(const struct statement *s)
{
    ASSERT(s->depends_count <= DEPENDS_MAX);
    ASSERT(!s->has_envelope || s->cose.payload.len == sizeof(struct hash));
    ASSERT(!s->is_private || (s->has_envelope && s->has_schema));
    ASSERT(s->kind == KIND_ATTESTATION || (!s->has_envelope && s->depends_count == 0));
    for (size_t i = 0; i < s->depends_count; i++) {
        struct hash id = statement_depends(s, i);

        for (size_t k = 0; k < i; k++) {
            struct hash other = statement_depends(s, k);

            ASSERT(!hash_equal(&id, &other));
        }
    }
}

FUZZ(input)
{
    struct statement s;

    if (statement_decode(input, &s) != ERR_OK) return;
    check_parts(input, &s);
    check_keys(&s);
    check_kept_out(&s);
}
