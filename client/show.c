/* See show.h. */
#include "client/show.h"

#include <stdlib.h>

#include "client/schema_file.h"
#include "log/base/codec.h"
#include "log/base/text.h"

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

static enum err show_value(struct cbor *c, struct out *o)
{
    enum cbor_type type;
    struct span s;
    int64_t n;
    bool b;

    TRY(cbor_peek(c, &type));
    switch (type) {
    case CBOR_UINT:
    case CBOR_NEGATIVE:
        TRY(cbor_int(c, &n));
        if (n < 0) out_byte(o, '-');
        out_decimal(o, n < 0 ? (uint64_t)0 - (uint64_t)n : (uint64_t)n);
        return ERR_OK;
    case CBOR_TEXT:
        TRY(cbor_text(c, &s));
        text_escape(s, 60, o);
        return ERR_OK;
    case CBOR_BYTES:
        TRY(cbor_bytes(c, &s));
        out_text(o, "0x");
        hex_encode(s.len > 16 ? span_slice(s, 0, 16) : s, o);
        if (s.len > 16) out_text(o, "…");
        return ERR_OK;
    case CBOR_SIMPLE:
        if (cbor_bool(c, &b) == ERR_OK)
            out_text(o, b ? "true" : "false");
        else
            TRY(cbor_null(c));
        return ERR_OK;
    default:
        TRY(cbor_item(c, &s));
        out_text(o, "{…}");
        return ERR_OK;
    }
}

void show_claims(struct span claims, const char *between, struct out *o)
{
    struct cbor c = cbor_over(claims);
    struct cbor_map m;
    struct span key;

    if (cbor_map_open(&c, &m) != ERR_OK) return;
    for (bool first = true; cbor_map_more(&m); first = false) {
        if (cbor_map_key_text(&m, &key) != ERR_OK) return;
        if (!first) out_text(o, between);
        text_escape(key, 40, o);
        out_byte(o, '=');
        if (show_value(&c, o) != ERR_OK) return;
    }
}

/* One claim after another in the order of their names: few enough to look for the next each time. */
void show_claims_sorted(struct span claims, struct out *o)
{
    struct span last = {0};

    for (bool first = true;; first = false) {
        struct cbor c = cbor_over(claims), best_at = {{0}};
        struct span key, value, best = {0};
        struct cbor_map m;

        if (cbor_map_open(&c, &m) != ERR_OK) return;
        while (cbor_map_more(&m)) {
            struct cbor at;

            if (cbor_map_key_text(&m, &key) != ERR_OK) return;
            at = c;
            if (cbor_item(&c, &value) != ERR_OK) return;
            if (!first && span_compare(key, last) <= 0) continue;
            if (best_at.rest.ptr != NULL && span_compare(key, best) >= 0) continue;
            best = key;
            best_at = at;
        }
        if (best_at.rest.ptr == NULL) return;
        if (!first) out_byte(o, ' ');
        text_escape(best, 40, o);
        out_byte(o, '=');
        if (show_value(&best_at, o) != ERR_OK) return;
        last = best;
    }
}

/* The name under which this folder published the schema, or false. */
static bool schema_known(const struct args *a, const struct hash *id, char ret[64])
{
    char names[SCHEMAS_MAX][64];
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

void show_statement_short(const struct args *a, const struct statement *s, struct out *o)
{
    char name[64];

    if (s->has_schema && schema_known(a, &s->schema, name))
        out_text(o, name);
    else
        out_text(o, kind_row(s->kind)->word);
    if (s->kind == KIND_ATTESTATION && s->has_schema) {
        out_text(o, " (");
        show_claims(s->cose.payload, ", ", o);
        out_text(o, ")");
    }
    out_text(o, " about ");
    text_escape(s->sub, 80, o);
}
