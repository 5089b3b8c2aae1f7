/* See schema.h. The payload, read and written; which version may follow which. */
#include "log/statement/schema.h"

#include "log/statement/payload.h"
#include "log/statement/schema_value.h"

enum { NAME = 1, VERSION, PREV, FIELDS, VALIDITY, REVOCABLE, OPEN, BREAKING, PRIVATE };
enum { FIELD_NAME = 1, FIELD_TYPE, FIELD_REQUIRED, FIELD_DISCLOSURE, FIELD_DESCRIPTION, FIELD_LIMITS };
enum { LIMIT_LEAST = 1, LIMIT_MOST, LIMIT_CHOICES };

#define NEEDED \
    (KEY_BIT(NAME) | KEY_BIT(VERSION) | KEY_BIT(FIELDS) | KEY_BIT(REVOCABLE) | KEY_BIT(OPEN) | KEY_BIT(BREAKING) | \
     KEY_BIT(PRIVATE))
#define FIELD_NEEDED \
    (KEY_BIT(FIELD_NAME) | KEY_BIT(FIELD_TYPE) | KEY_BIT(FIELD_REQUIRED) | KEY_BIT(FIELD_DISCLOSURE) | \
     KEY_BIT(FIELD_DESCRIPTION) | KEY_BIT(FIELD_LIMITS))

/* ---- names ---- */

static bool is_lower(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

bool schema_name_good(struct span name)
{
    if (name.len < 1 || name.len > SCHEMA_NAME_MAX || !is_lower(name.ptr[0])) return false;
    for (size_t i = 1; i < name.len; i++) {
        uint8_t c = name.ptr[i];

        if (!is_lower(c) && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.') return false;
    }
    return true;
}

/* ---- reading ---- */

/* Limits as they were found: what they may be hangs on the type, which may stand behind them. */
struct limits {
    struct span least, most; /* encoded; empty = absent */
};

/* An integer, a text or bytes, as encoded. */
static enum err limit_read(struct cbor *c, struct span *ret)
{
    enum cbor_type type;

    TRY(cbor_peek(c, &type));
    if (type > CBOR_TEXT) return ERR_CBOR_TYPE;
    return cbor_item(c, ret);
}

static enum err choices_read(struct cbor *c, struct schema_field *f)
{
    TRY(payload_list(c, 1, SCHEMA_CHOICES_MAX, &f->choice_count));
    for (size_t i = 0; i < f->choice_count; i++) TRY(limit_read(c, &f->choice[i]));
    return ERR_OK;
}

static enum err limits_read(struct cbor *c, struct schema_field *f, struct limits *ret)
{
    struct payload_map m;
    unsigned key;

    *ret = (struct limits){{NULL, 0}, {NULL, 0}};
    f->choice_count = 0;
    TRY(payload_open(c, LIMIT_CHOICES, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        if (key == LIMIT_CHOICES)
            TRY(choices_read(c, f));
        else
            TRY(limit_read(c, key == LIMIT_LEAST ? &ret->least : &ret->most));
    }
    return ERR_OK;
}

static enum err disclosure_read(struct cbor *c)
{
    uint64_t disclosure;

    TRY(cbor_uint(c, &disclosure));
    return disclosure == 0 ? ERR_OK : ERR_NOT_BUILT;
}

static enum err description_read(struct cbor *c, struct span *ret)
{
    TRY(cbor_text(c, ret));
    return ret->len <= SCHEMA_DESCRIPTION_MAX ? ERR_OK : ERR_BAD_PAYLOAD;
}

static enum err field_pair_read(struct cbor *c, unsigned key, struct schema_field *f, uint64_t *type,
                                struct limits *limits)
{
    switch (key) {
    case FIELD_NAME: return cbor_text(c, &f->name);
    case FIELD_TYPE: return cbor_uint(c, type);
    case FIELD_REQUIRED: return cbor_bool(c, &f->required);
    case FIELD_DISCLOSURE: return disclosure_read(c);
    case FIELD_DESCRIPTION: return description_read(c, &f->description);
    case FIELD_LIMITS: return limits_read(c, f, limits);
    default: return ERR_BAD_SCHEMA;
    }
}

/* ---- what fields may be ---- */

static bool type_set(struct schema_field *f, uint64_t type)
{
    f->array = type >= FIELD_ARRAY;
    if (f->array) type -= FIELD_ARRAY;
    f->type = type < FIELD_TYPE_COUNT ? (enum field_type)type : FIELD_TYPE_COUNT;
    return f->type < FIELD_TYPE_COUNT;
}

/* One bound: of the value of an int, or of something that is never negative. */
static bool bound_set(enum field_type type, struct span encoded, bool *ret_has, uint64_t *ret)
{
    struct cbor c = cbor_over(encoded);
    int64_t n;

    *ret_has = encoded.len > 0;
    *ret = 0;
    if (!*ret_has) return true;
    if (type != FIELD_INT) return cbor_uint(&c, ret) == ERR_OK;
    if (cbor_int(&c, &n) != ERR_OK) return false;
    *ret = (uint64_t)n;
    return true;
}

static bool choice_good(enum field_type type, struct span encoded)
{
    struct cbor c = cbor_over(encoded);
    struct span string;
    uint64_t n;
    int64_t i;

    switch (type) {
    case FIELD_INT: return cbor_int(&c, &i) == ERR_OK;
    case FIELD_UINT:
    case FIELD_TIME: return cbor_uint(&c, &n) == ERR_OK;
    case FIELD_TEXT: return cbor_text(&c, &string) == ERR_OK && string.len <= SCHEMA_CHOICE_LEN_MAX;
    case FIELD_BYTES: return cbor_bytes(&c, &string) == ERR_OK && string.len <= SCHEMA_CHOICE_LEN_MAX;
    default: return false;
    }
}

static bool choices_good(const struct schema_field *f)
{
    for (size_t i = 0; i < f->choice_count; i++) {
        if (!choice_good(f->type, f->choice[i])) return false;
        for (size_t k = 0; k < i; k++)
            if (schema_same(f->choice[k], f->choice[i])) return false;
    }
    return true;
}

static bool limits_set(struct schema_field *f, const struct limits *limits)
{
    if (!bound_set(f->type, limits->least, &f->has_least, &f->least)) return false;
    if (!bound_set(f->type, limits->most, &f->has_most, &f->most)) return false;
    if (f->type == FIELD_BOOL && (f->has_least || f->has_most)) return false;
    if (f->has_least && f->has_most && schema_ranked(f->type, f->least) > schema_ranked(f->type, f->most)) return false;
    return choices_good(f);
}

static enum err field_read(struct cbor *c, struct schema_field *ret)
{
    struct payload_map m;
    struct limits limits;
    unsigned key;
    uint64_t type = FIELD_TYPE_COUNT;

    TRY(payload_open(c, FIELD_LIMITS, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        TRY(field_pair_read(c, key, ret, &type, &limits));
    }
    if (!payload_has(&m, FIELD_NEEDED) || !schema_name_good(ret->name)) return ERR_BAD_SCHEMA;
    return type_set(ret, type) && limits_set(ret, &limits) ? ERR_OK : ERR_BAD_SCHEMA;
}

const struct schema_field *schema_find(const struct schema_payload *p, struct span name)
{
    for (size_t i = 0; i < p->field_count; i++)
        if (schema_same(p->field[i].name, name)) return &p->field[i];
    return NULL;
}

static enum err fields_read(struct cbor *c, struct schema_payload *p)
{
    size_t count;

    TRY(payload_list(c, 1, SCHEMA_FIELDS_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(field_read(c, &p->field[i]));
        if (schema_find(p, p->field[i].name) != NULL) return ERR_BAD_SCHEMA;
        p->field_count = i + 1;
    }
    return ERR_OK;
}

static enum err name_read(struct cbor *c, struct span *ret)
{
    TRY(cbor_text(c, ret));
    return schema_name_good(*ret) ? ERR_OK : ERR_BAD_SCHEMA;
}

static enum err pair_read(struct cbor *c, unsigned key, struct schema_payload *p)
{
    switch (key) {
    case NAME: return name_read(c, &p->name);
    case VERSION: return payload_uint(c, 1, UINT64_MAX, &p->version);
    case PREV: return payload_hash(c, &p->prev);
    case FIELDS: return fields_read(c, p);
    case VALIDITY: return payload_uint(c, 1, UINT64_MAX, &p->validity);
    case REVOCABLE: return cbor_bool(c, &p->revocable);
    case OPEN: return cbor_bool(c, &p->open);
    case BREAKING: return cbor_bool(c, &p->breaking);
    case PRIVATE: return cbor_bool(c, &p->private_allowed);
    default: return ERR_BAD_PAYLOAD;
    }
}

enum err schema_decode(struct span payload, struct schema_payload *ret)
{
    struct cbor c = cbor_over(payload);
    struct payload_map m;
    unsigned key;

    ret->field_count = 0;
    ret->validity = 0;
    memset(&ret->prev, 0, sizeof(ret->prev));
    TRY(payload_open(&c, PRIVATE, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        TRY(pair_read(&c, key, ret));
    }
    TRY(payload_needs(&m, NEEDED));
    ret->has_prev = payload_has(&m, KEY_BIT(PREV));
    ret->has_validity = payload_has(&m, KEY_BIT(VALIDITY));
    if (ret->has_prev != (ret->version > 1)) return ERR_BAD_PAYLOAD;
    return cbor_end(&c);
}

/* ---- writing ---- */

static void bound_put(const struct schema_field *f, unsigned key, uint64_t n, struct out *o)
{
    cbor_put_uint(o, key);
    if (f->type == FIELD_INT)
        cbor_put_int(o, (int64_t)n);
    else
        cbor_put_uint(o, n);
}

static void limits_put(const struct schema_field *f, struct out *o)
{
    cbor_put_map(o, 0U + f->has_least + f->has_most + (f->choice_count > 0));
    if (f->has_least) bound_put(f, LIMIT_LEAST, f->least, o);
    if (f->has_most) bound_put(f, LIMIT_MOST, f->most, o);
    if (f->choice_count == 0) return;
    cbor_put_uint(o, LIMIT_CHOICES);
    cbor_put_array(o, f->choice_count);
    for (size_t i = 0; i < f->choice_count; i++) out_bytes(o, f->choice[i]);
}

static void field_put(const struct schema_field *f, struct out *o)
{
    ASSERT(f->choice_count <= SCHEMA_CHOICES_MAX);
    cbor_put_map(o, 6);
    payload_put_text(o, FIELD_NAME, f->name);
    payload_put_uint(o, FIELD_TYPE, f->type + (f->array ? FIELD_ARRAY : 0U));
    payload_put_bool(o, FIELD_REQUIRED, f->required);
    payload_put_uint(o, FIELD_DISCLOSURE, 0);
    payload_put_text(o, FIELD_DESCRIPTION, f->description);
    cbor_put_uint(o, FIELD_LIMITS);
    limits_put(f, o);
}

void schema_encode(const struct schema_payload *p, struct out *o)
{
    ASSERT(p->field_count <= SCHEMA_FIELDS_MAX);
    cbor_put_map(o, 7U + p->has_prev + p->has_validity);
    payload_put_text(o, NAME, p->name);
    payload_put_uint(o, VERSION, p->version);
    if (p->has_prev) payload_put_hash(o, PREV, &p->prev);
    cbor_put_uint(o, FIELDS);
    cbor_put_array(o, p->field_count);
    for (size_t i = 0; i < p->field_count; i++) field_put(&p->field[i], o);
    if (p->has_validity) payload_put_uint(o, VALIDITY, p->validity);
    payload_put_bool(o, REVOCABLE, p->revocable);
    payload_put_bool(o, OPEN, p->open);
    payload_put_bool(o, BREAKING, p->breaking);
    payload_put_bool(o, PRIVATE, p->private_allowed);
}

/* ---- versions ---- */

bool schema_follows(const struct schema_payload *now, const struct schema_payload *before)
{
    if (now->breaking) return true;
    for (size_t i = 0; i < before->field_count; i++) {
        const struct schema_field *old = &before->field[i], *kept = schema_find(now, old->name);

        if (kept == NULL || kept->type != old->type || kept->array != old->array) return false;
    }
    for (size_t i = 0; i < now->field_count; i++) {
        const struct schema_field *old = schema_find(before, now->field[i].name);

        if (now->field[i].required && (old == NULL || !old->required)) return false;
    }
    return true;
}
