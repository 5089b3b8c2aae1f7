/* See show.h. */
#include "client/show.h"

#include <stdlib.h>

#include "client/claims.h"
#include "client/schema_file.h"
#include "log/base/text.h"
#include "log/evidence/words.h"

#define SCHEMAS_MAX 64

void show_age(uint64_t now, uint64_t then, struct out *o)
{
    static const struct {
        uint64_t seconds;
        const char *one, *many;
    } units[] = {{86400, " day", " days"}, {3600, " hour", " hours"}, {60, " minute", " minutes"}};
    uint64_t age = now > then ? now - then : 0;

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (age < units[i].seconds) continue;
        out_decimal_grouped(o, age / units[i].seconds);
        out_text(o, age / units[i].seconds == 1 ? units[i].one : units[i].many);
        return;
    }
    out_decimal(o, age);
    out_text(o, " s");
}

/* The name under which this folder published the schema, or false. */
static bool schema_known(const struct args *a, const struct hash *id, char ret[64])
{
    char names[SCHEMAS_MAX][HOME_NAME_LEN];
    size_t count = home_list(a, "schemas/", ".statement", names, SCHEMAS_MAX);
    struct schema_payload *p = malloc(sizeof(*p));
    bool found = false;

    for (size_t i = 0; p != NULL && i < count && !found; i++) {
        uint8_t *bytes = NULL;
        struct hash have;

        found = schema_load(a, names[i], &bytes, p, &have) == ERR_OK && hash_equal(&have, id);
        if (found) memcpy(ret, names[i], 64);
        free(bytes);
    }
    free(p);
    return found;
}

/* Private ones as far as this folder has them. */
static void claims_put(const struct args *a, const struct statement *s, struct out *o)
{
    uint8_t *preimage = NULL;
    size_t len = 0;

    if (s->is_private && claims_kept(a, s, &preimage, &len) != ERR_OK)
        out_text(o, "private claims");
    else
        words_attested(o, s, span_of(preimage, len));
    free(preimage);
}

void show_statement_short(const struct args *a, const struct statement *s, struct out *o)
{
    char name[64];

    if (s->has_schema && schema_known(a, &s->schema, name))
        out_text(o, name);
    else
        out_text(o, kind_row(s->kind)->word);
    if (s->kind == KIND_ATTESTATION && s->has_schema) {
        out_text(o, " (");
        claims_put(a, s, o);
        out_text(o, ")");
    }
    out_text(o, " about ");
    text_escape(s->sub, 80, o);
}
