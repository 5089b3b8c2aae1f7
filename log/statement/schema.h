/* The payload of a schema statement: the fields an attestation may have; and claims against it. */
#ifndef CAIRN_SCHEMA_H
#define CAIRN_SCHEMA_H

#include "log/statement/statement.h"

#define SCHEMA_FIELDS_MAX 64
#define SCHEMA_CHOICES_MAX 32
#define SCHEMA_CHOICE_LEN_MAX 64 /* of a text or of bytes */
#define SCHEMA_NAME_MAX 64
#define SCHEMA_DESCRIPTION_MAX 255
#define SCHEMA_ARRAY_MAX 256

/* The format's numbers; 16 more for an array of the type. */
enum field_type { FIELD_BOOL, FIELD_INT, FIELD_UINT, FIELD_TEXT, FIELD_BYTES, FIELD_TIME, FIELD_TYPE_COUNT };
#define FIELD_ARRAY 16

/* One field: { 1: name, 2: type, 3: required, 4: disclosure, 5: description, 6: limits }, all six always.
 * limits = { ? 1: least, ? 2: most, ? 3: [+ choice] }, of each element when it is an array. Bounds are of the
 * value of an integer or a time (an int's are kept in two's complement), of the length of texts and bytes. */
struct schema_field {
    struct span name, description;
    enum field_type type;
    bool array, required, has_least, has_most;
    uint64_t least, most;
    size_t choice_count;
    struct span choice[SCHEMA_CHOICES_MAX]; /* each as encoded, so that equal bytes are equal values */
};
struct schema_payload {
    struct span name;
    uint64_t version;
    bool has_prev, has_validity, revocable, open, breaking, private_allowed;
    struct hash prev;
    uint64_t validity; /* longest, in seconds */
    size_t field_count;
    struct schema_field field[SCHEMA_FIELDS_MAX];
};
/* Names, of fields too: 1 to 64 of a-z, 0-9, '-', '_', '.', beginning with a letter. Version 1 has no
 * prev, later ones have. A disclosure other than 0 is ERR_NOT_BUILT in this version. Borrows `payload`.
 * Touches only the choices that there are. On error *ret holds nothing of use. */
enum err schema_decode(struct span payload, struct schema_payload *ret) MUST_USE;
void schema_encode(const struct schema_payload *p, struct out *o);
bool schema_name_good(struct span name);
/* The field of that name, or NULL. */
const struct schema_field *schema_find(const struct schema_payload *p, struct span name);
/* Whether `now` may follow `before` as its next version: it keeps every field with its type and requires
 * nothing that was not required, or it says breaking. Looks neither at names nor at numbers of versions. */
bool schema_follows(const struct schema_payload *now, const struct schema_payload *before);
/* A map of text keys to values of the field's type: required ones there, unknown ones only when open.
 * `claims` are strict CBOR, as statement_decode and private_open leave them: one pass, and nothing copied.
 * On ERR_CLAIMS_MISMATCH *ret_field names the field; it borrows from `claims` or from the schema. What is no
 * map of text keys is refused as CBOR is. */
enum err schema_check(const struct schema_payload *p, struct span claims, struct span *ret_field) MUST_USE;

#endif
