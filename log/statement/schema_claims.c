/* See schema.h. Claims against a schema: one pass over both. */
#include "log/statement/schema_value.h"

#include "log/base/cbor.h"

/* What a field bounds in one value: itself or its length. False when it is of another type. */
static bool measured(enum field_type type, struct cbor *c, uint64_t *ret)
{
    struct span string;
    int64_t n;
    bool flag;

    *ret = 0;
    switch (type) {
    case FIELD_BOOL: return cbor_bool(c, &flag) == ERR_OK;
    case FIELD_UINT:
    case FIELD_TIME: return cbor_uint(c, ret) == ERR_OK;
    case FIELD_INT:
        if (cbor_int(c, &n) != ERR_OK) return false;
        *ret = (uint64_t)n;
        return true;
    case FIELD_TEXT:
    case FIELD_BYTES:
        if ((type == FIELD_TEXT ? cbor_text(c, &string) : cbor_bytes(c, &string)) != ERR_OK) return false;
        *ret = string.len;
        return true;
    case FIELD_TYPE_COUNT: break;
    }
    return false;
}

static bool chosen(const struct schema_field *f, struct span encoded)
{
    for (size_t i = 0; i < f->choice_count; i++)
        if (schema_same(f->choice[i], encoded)) return true;
    return f->choice_count == 0;
}

static bool value_fits(const struct schema_field *f, struct cbor *c)
{
    const uint8_t *start = c->rest.ptr;
    uint64_t n;

    if (!measured(f->type, c, &n)) return false;
    n = schema_ranked(f->type, n);
    if (f->has_least && n < schema_ranked(f->type, f->least)) return false;
    if (f->has_most && n > schema_ranked(f->type, f->most)) return false;
    return chosen(f, span_of(start, (size_t)(c->rest.ptr - start)));
}

static bool field_fits(const struct schema_field *f, struct cbor *c)
{
    uint64_t count;

    if (!f->array) return value_fits(f, c);
    if (cbor_array(c, &count) != ERR_OK || count > SCHEMA_ARRAY_MAX) return false;
    for (uint64_t i = 0; i < count; i++)
        if (!value_fits(f, c)) return false;
    return true;
}

static enum err claims_read(const struct schema_payload *p, struct cbor *c, bool *has, struct span *ret_field)
{
    struct cbor_map m;
    struct span name, ignored;

    TRY(cbor_map_open(c, &m));
    while (cbor_map_more(&m)) {
        const struct schema_field *f;

        TRY(cbor_map_key_text(&m, &name));
        f = schema_find(p, name);
        if (f == NULL ? !p->open : !field_fits(f, c)) {
            *ret_field = name;
            return ERR_CLAIMS_MISMATCH;
        }
        if (f == NULL)
            TRY(cbor_item(c, &ignored));
        else
            has[f - p->field] = true;
    }
    return cbor_end(c);
}

enum err schema_check(const struct schema_payload *p, struct span claims, struct span *ret_field)
{
    struct cbor c = cbor_over(claims);
    bool has[SCHEMA_FIELDS_MAX] = {false};

    TRY(claims_read(p, &c, has, ret_field));
    for (size_t i = 0; i < p->field_count; i++) {
        if (!p->field[i].required || has[i]) continue;
        *ret_field = p->field[i].name;
        return ERR_CLAIMS_MISMATCH;
    }
    return ERR_OK;
}
