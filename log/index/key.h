/* Which keys of the index a statement adds its position to: a pure function of the statement. */
#ifndef CAIRN_INDEX_KEY_H
#define CAIRN_INDEX_KEY_H

#include "log/statement/statement.h"

/* Kinds are the letters of the design: what stands under each is in docs/formats.md. */
enum index_kind {
    INDEX_RULES = 'G',
    INDEX_APPROVAL = 'P',
    INDEX_ISSUER = 'I',
    INDEX_SCHEMA_NAME = 'N',
    INDEX_UNDER_SCHEMA = 'T',
    INDEX_SUBJECT = 'S',
    INDEX_STATUS = 'A'
};
#define INDEX_COMPONENTS_MAX 2
/* A rules statement of 64 approvals and 64 withdrawals has the most. */
#define INDEX_KEYS_MAX 160

/* How many components the kind has, or -1 for no kind. */
int index_components(uint8_t kind);
/* `components` has as many as the kind wants. */
struct hash index_key(uint8_t kind, const struct span *components);
/* The 128 bits that all keys of `kind` with this first component begin with. Two-component kinds only. */
void index_prefix(uint8_t kind, struct span first, uint8_t ret[16]);

struct index_keys {
    size_t count;
    struct hash key[INDEX_KEYS_MAX]; /* each once */
};
/* `version` is the rules version in force. ERR_BAD_PAYLOAD cannot happen for what admit accepted. */
enum err index_derive(const struct statement *s, uint64_t version, struct index_keys *ret) MUST_USE;

#endif
