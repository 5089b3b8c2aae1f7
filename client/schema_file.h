/* The schema file a person writes, and the schemas this folder has published. */
#ifndef CAIRN_SCHEMA_FILE_H
#define CAIRN_SCHEMA_FILE_H

#include "client/known.h"
#include "log/statement/schema.h"

/* Borrows `text` and what it writes into `room`: the choices, encoded. A schema that fits a statement needs at
 * most SCHEMA_FILE_ROOM; what needs more is ERR_NO_ROOM. On error ret_where says line, column and what is wrong. */
#define SCHEMA_FILE_ROOM 8192
enum err schema_file_decode(struct span text, struct out *room, struct schema_payload *ret,
                            char ret_where[200]) MUST_USE;
/* HOME/schemas/NAME.statement, or NAME@PET.statement of an issuer for whom the first was taken; written when a schema
 * was published. `name` is what stands before .statement. *ret_bytes is malloced and owns what *ret borrows. */
enum err schema_load(const struct args *a, const char *name, uint8_t **ret_bytes, struct schema_payload *ret,
                     struct hash *ret_id) MUST_USE;
/* The issuer's own; else ERR_NO_FILE. */
enum err schema_load_own(const struct args *a, const struct issuer_key *k, const char *name, uint8_t **ret_bytes,
                         struct schema_payload *ret, struct hash *ret_id) MUST_USE;
/* As schema_load, and whose it is: borrows *ret_bytes. */
enum err schema_load_of(const struct args *a, const char *name, uint8_t **ret_bytes, struct schema_payload *ret,
                        struct hash *ret_id, struct span *ret_iss) MUST_USE;
enum err schema_keep(const struct args *a, const struct issuer_key *k, const char *name,
                     struct span statement) MUST_USE;

#endif
