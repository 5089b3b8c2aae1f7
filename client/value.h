/* Values of a schema's fields as people write them: 5, -5, yes, 00ff, 2026-11-20T03:08Z, and a,b,c for a list. */
#ifndef CAIRN_VALUE_H
#define CAIRN_VALUE_H

#include "log/statement/schema.h"

/* "text", or "text[]" of a list: what a schema file says. */
void value_type_put(const struct schema_field *f, struct out *o);
bool value_type_of(struct span word, struct schema_field *ret);
/* "a date, or a date and time in UTC"; completes "expected". */
const char *value_wanted(enum field_type type);
/* A value that is one, for want of a better. */
const char *value_example(enum field_type type);

/* One value of the type, encoded. ERR_CLAIMS_MISMATCH for what is none. */
enum err value_put(enum field_type type, struct span word, struct out *o) MUST_USE;
/* Back: a value as encoded in the words that make it. */
void value_show(enum field_type type, struct span encoded, struct out *o);
/* A bound of a field: a value of an integer or a time, the length of a text or of bytes. */
enum err value_bound(enum field_type type, struct span word, uint64_t *ret) MUST_USE;
void value_bound_show(enum field_type type, uint64_t bound, struct out *o);
/* What stands before the next comma; false when nothing is left. */
bool value_next(struct span *rest, struct span *ret);

#endif
