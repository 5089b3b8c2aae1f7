/* See schema.h. */
#include "log/statement/schema.h"

#include "log/statement/payload.h"

enum { NAME = 1, VERSION, PREV, FIELDS, VALIDITY, REVOCABLE, OPEN, BREAKING, PRIVATE };
enum { FIELD_NAME = 1, FIELD_TYPE, FIELD_REQUIRED, FIELD_DISCLOSURE, FIELD_DESCRIPTION, FIELD_LIMITS };
enum { LIMIT_LEAST = 1, LIMIT_MOST, LIMIT_CHOICES };

#define NEEDED \
    (KEY_BIT(NAME) | KEY_BIT(VERSION) | KEY_BIT(FIELDS) | KEY_BIT(REVOCABLE) | KEY_BIT(OPEN) | KEY_BIT(BREAKING) | \
     KEY_BIT(PRIVATE))
#define FIELD_NEEDED \
    (KEY_BIT(FIELD_NAME) | KEY_BIT(FIELD_TYPE) | KEY_BIT(FIELD_REQUIRED) | KEY_BIT(FIELD_DISCLOSURE) | \
     KEY_BIT(FIELD_DESCRIPTION) | KEY_BIT(FIELD_LIMITS))

/* ---- names and types ---- */

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

/* The format has more types than this version reads: 0 to 5, and 16 more for an array of each. */
static enum err type_check(uint64_t type)
{
    if (type == FIELD_BOOL || type == FIELD_UINT || type == FIELD_TEXT) return ERR_OK;
    if (type <= FIELD_TYPE_LAST) return ERR_NOT_BUILT;
    if (type >= FIELD_ARRAY && type <= FIELD_ARRAY + FIELD_TYPE_LAST) return ERR_NOT_BUILT;
    return ERR_BAD_SCHEMA;
}

/* ---- reading ---- */

static enum err choices_read(struct cbor *c, struct schema_field *f)
{
    size_t count;

    TRY(payload_list(c, 1, SCHEMA_CHOICES_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(cbor_text(c, &f->choice[i]));
        if (f->choice[i].len > SCHEMA_NAME_MAX) return ERR_BAD_SCHEMA;
        for (size_t k = 0; k < i; k++)
            if (span_equal(f->choice[k], f->choice[i])) return ERR_BAD_SCHEMA;
    }
    f->choice_count = count;
    return ERR_OK;
}

static enum err limits_read(struct cbor *c, struct schema_field *f)
{
    struct payload_map m;
    unsigned key;

    TRY(payload_open(c, LIMIT_CHOICES, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        if (key == LIMIT_CHOICES)
            TRY(choices_read(c, f));
        else
            TRY(cbor_uint(c, key == LIMIT_LEAST ? &f->least : &f->most));
    }
    f->has_least = payload_has(&m, KEY_BIT(LIMIT_LEAST));
    f->has_most = payload_has(&m, KEY_BIT(LIMIT_MOST));
    return ERR_OK;
}

static enum err disclosure_read(struct cbor *c)
{
    uint64_t disclosure;

    TRY(cbor_uint(c, &disclosure));
    return disclosure == 0 ? ERR_OK : ERR_NOT_BUILT;
}

static enum err description_read(struct cbor *c)
{
    struct span description;

    TRY(cbor_text(c, &description));
    return description.len == 0 ? ERR_OK : ERR_NOT_BUILT;
}

static enum err field_pair_read(struct cbor *c, unsigned key, struct schema_field *f)
{
    switch (key) {
    case FIELD_NAME: return cbor_text(c, &f->name);
    case FIELD_TYPE: return cbor_uint(c, &f->type);
    case FIELD_REQUIRED: return cbor_bool(c, &f->required);
    case FIELD_DISCLOSURE: return disclosure_read(c);
    case FIELD_DESCRIPTION: return description_read(c);
    case FIELD_LIMITS: return limits_read(c, f);
    default: return ERR_BAD_SCHEMA;
    }
}

static enum err field_check(const struct schema_field *f)
{
    bool bounded = f->has_least || f->has_most;

    if (!schema_name_good(f->name)) return ERR_BAD_SCHEMA;
    TRY(type_check(f->type));
    if (f->type == FIELD_BOOL && (bounded || f->choice_count > 0)) return ERR_BAD_SCHEMA;
    if (f->type == FIELD_UINT && f->choice_count > 0) return ERR_NOT_BUILT;
    return f->has_least && f->has_most && f->least > f->most ? ERR_BAD_SCHEMA : ERR_OK;
}

static enum err field_read(struct cbor *c, struct schema_field *ret)
{
    struct payload_map m;
    unsigned key;

    *ret = (struct schema_field){0};
    TRY(payload_open(c, FIELD_LIMITS, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        TRY(field_pair_read(c, key, ret));
    }
    return payload_has(&m, FIELD_NEEDED) ? field_check(ret) : ERR_BAD_SCHEMA;
}

static const struct schema_field *field_find(const struct schema_payload *p, struct span name)
{
    for (size_t i = 0; i < p->field_count; i++)
        if (span_equal(p->field[i].name, name)) return &p->field[i];
    return NULL;
}

static enum err fields_read(struct cbor *c, struct schema_payload *p)
{
    size_t count;

    TRY(payload_list(c, 1, SCHEMA_FIELDS_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(field_read(c, &p->field[i]));
        if (field_find(p, p->field[i].name) != NULL) return ERR_BAD_SCHEMA;
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
    case VERSION: return cbor_uint(c, &p->version);
    case PREV: return payload_hash(c, &p->prev);
    case FIELDS: return fields_read(c, p);
    case VALIDITY: return cbor_uint(c, &p->validity);
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
    TRY(cbor_end(&c));
    ret->has_prev = payload_has(&m, KEY_BIT(PREV));
    ret->has_validity = payload_has(&m, KEY_BIT(VALIDITY));
    if (ret->has_validity && ret->validity == 0) return ERR_BAD_PAYLOAD;
    if (ret->version == 0 || ret->has_prev != (ret->version > 1)) return ERR_BAD_PAYLOAD;
    return ret->version == 1 ? ERR_OK : ERR_NOT_BUILT;
}

/* ---- writing ---- */

static void limits_put(const struct schema_field *f, struct out *o)
{
    cbor_put_map(o, 0U + f->has_least + f->has_most + (f->choice_count > 0));
    if (f->has_least) payload_put_uint(o, LIMIT_LEAST, f->least);
    if (f->has_most) payload_put_uint(o, LIMIT_MOST, f->most);
    if (f->choice_count == 0) return;
    cbor_put_uint(o, LIMIT_CHOICES);
    cbor_put_array(o, f->choice_count);
    for (size_t i = 0; i < f->choice_count; i++) cbor_put_text(o, f->choice[i]);
}

static void field_put(const struct schema_field *f, struct out *o)
{
    ASSERT(f->choice_count <= SCHEMA_CHOICES_MAX);
    cbor_put_map(o, 6);
    payload_put_text(o, FIELD_NAME, f->name);
    payload_put_uint(o, FIELD_TYPE, f->type);
    payload_put_bool(o, FIELD_REQUIRED, f->required);
    payload_put_uint(o, FIELD_DISCLOSURE, 0);
    payload_put_text(o, FIELD_DESCRIPTION, SPAN(""));
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

/* ---- claims ---- */

static bool within(const struct schema_field *f, uint64_t n)
{
    return !(f->has_least && n < f->least) && !(f->has_most && n > f->most);
}

static bool chosen(const struct schema_field *f, struct span text)
{
    for (size_t i = 0; i < f->choice_count; i++)
        if (span_equal(f->choice[i], text)) return true;
    return f->choice_count == 0;
}

/* The claims are well-formed, so only the type can be wrong when reading fails. */
static bool value_fits(const struct schema_field *f, struct cbor *c)
{
    struct span text;
    uint64_t n;
    bool flag;

    switch (f->type) {
    case FIELD_BOOL: return cbor_bool(c, &flag) == ERR_OK;
    case FIELD_UINT: return cbor_uint(c, &n) == ERR_OK && within(f, n);
    case FIELD_TEXT: return cbor_text(c, &text) == ERR_OK && within(f, text.len) && chosen(f, text);
    default: return false;
    }
}

static enum err claims_read(const struct schema_payload *p, struct cbor *c, bool *has, struct span *ret_field)
{
    struct cbor_map m;
    struct span name, ignored;

    TRY(cbor_map_open(c, &m));
    while (cbor_map_more(&m)) {
        const struct schema_field *f;

        TRY(cbor_map_key_text(&m, &name));
        f = field_find(p, name);
        if (f == NULL ? !p->open : !value_fits(f, c)) {
            *ret_field = name;
            return ERR_CLAIMS_MISMATCH;
        }
        if (f == NULL)
            TRY(cbor_item(c, &ignored));
        else
            has[f - p->field] = true;
    }
    return ERR_OK;
}

enum err schema_check(const struct schema_payload *p, struct span claims, struct span *ret_field)
{
    struct cbor c = cbor_over(claims);
    bool has[SCHEMA_FIELDS_MAX] = {false};

    TRY(cbor_check(claims));
    TRY(claims_read(p, &c, has, ret_field));
    for (size_t i = 0; i < p->field_count; i++) {
        if (!p->field[i].required || has[i]) continue;
        *ret_field = p->field[i].name;
        return ERR_CLAIMS_MISMATCH;
    }
    return ERR_OK;
}
