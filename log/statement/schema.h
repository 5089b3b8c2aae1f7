/* The payload of a schema statement: the fields an attestation may have; and claims against it. */
#ifndef CAIRN_SCHEMA_H
#define CAIRN_SCHEMA_H

#include "log/statement/statement.h"

#define SCHEMA_FIELDS_MAX 64
#define SCHEMA_CHOICES_MAX 32
#define SCHEMA_NAME_MAX 64

/* Field types are named after CBOR's major types where there is one. */
enum field_type { FIELD_UINT = 0, FIELD_TEXT = 3, FIELD_BOOL = 7 };

/* One field: { 1: name, 2: type, 3: required, 4: decimal scale, 5: unit, ? 6: limits }.
 * limits = { ? 1: least, ? 2: most, ? 3: [+ choice] }: of the length of a text, of the value of a uint.
 * Scale other than 0 and unit other than "" are ERR_NOT_BUILT in this version. */
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
/* Names: 1 to 64 of a-z, 0-9, '-', '_', '.', beginning with a letter. Version 1 has no prev; a later
 * one is ERR_NOT_BUILT in this version. */
enum err schema_decode(struct span payload, struct schema_payload *ret) MUST_USE;
void schema_encode(const struct schema_payload *p, struct out *o);
bool schema_name_good(struct span name);
/* A map of text keys to values of the field's type: required ones there, unknown ones only when open.
 * On ERR_CLAIMS_MISMATCH *ret_field names the field. */
enum err schema_check(const struct schema_payload *p, struct span claims, struct span *ret_field) MUST_USE;

#endif
