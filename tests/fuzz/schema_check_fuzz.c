/* Claims against a schema: what a schema takes, one that asks for less takes too; what is refused is named. */
#include "log/statement/schema.h"
#include "tests/fuzz/fuzz.h"

static void ask_for_less(struct schema_payload *p)
{
    p->open = true;
    for (size_t i = 0; i < p->field_count; i++) {
        struct schema_field *f = &p->field[i];

        f->required = f->has_least = f->has_most = false;
        f->choice_count = 0;
    }
}

FUZZ(input)
{
    static struct schema_payload p;
    struct span claims = input, schema = fuzz_part(&claims), field = {NULL, 0};
    enum err e;

    if (schema_decode(schema, &p) != ERR_OK || cbor_check(claims) != ERR_OK) return;
    e = schema_check(&p, claims, &field);
    if (e == ERR_CLAIMS_MISMATCH) ASSERT(fuzz_within(field, claims) || fuzz_within(field, schema));
    if (e == ERR_OK) {
        ask_for_less(&p);
        ASSERT(schema_check(&p, claims, &field) == ERR_OK);
    }
}
