/* The payload of a schema statement: the fields an attestation may have; and claims against it. */
#ifndef CAIRN_SCHEMA_H
#define CAIRN_SCHEMA_H

#include "log/statement/statement.h"

#define SCHEMA_FIELDS_MAX 64
#define SCHEMA_CHOICES_MAX 32
#define SCHEMA_NAME_MAX 64

/* The format's numbers are 0 bool, 1 int, 2 uint, 3 text, 4 bytes, 5 time, and 16 more for an array of
 * them. This version has these three; the others are ERR_NOT_BUILT. */
enum field_type { FIELD_BOOL = 0, FIELD_UINT = 2, FIELD_TEXT = 3 };
#define FIELD_TYPE_LAST 5
#define FIELD_ARRAY 16

/* One field: { 1: name, 2: type, 3: required, 4: disclosure, 5: description, 6: limits }, all six always.
 * limits = { ? 1: least, ? 2: most, ? 3: [+ choice] }, an empty map when there are none: of the value of a
 * uint, of the length of a text in bytes; choices are of texts only. Disclosure other than 0, a description
 * other than "" and choices of a uint are ERR_NOT_BUILT in this version. */
struct schema_field {
    struct span name;
    uint64_t type;
    bool required, has_least, has_most;
    uint64_t least, most;
    size_t choice_count;
    struct span choice[SCHEMA_CHOICES_MAX]; /* texts */
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
 * prev; a later one is ERR_NOT_BUILT in this version. Borrows `payload`. On error *ret holds nothing of use. */
enum err schema_decode(struct span payload, struct schema_payload *ret) MUST_USE;
void schema_encode(const struct schema_payload *p, struct out *o);
bool schema_name_good(struct span name);
/* A map of text keys to values of the field's type: required ones there, unknown ones only when open.
 * On ERR_CLAIMS_MISMATCH *ret_field names the field; it borrows from `claims` or from the schema. Anything
 * but a strict map with text keys is refused as CBOR is. */
enum err schema_check(const struct schema_payload *p, struct span claims, struct span *ret_field) MUST_USE;

#endif
