/* Claims that are kept out of the log: the preimage of the hash that stands there in their place. It is never in a
 * statement; whoever is to see the claims gets it beside one. Knows no schema. */
#ifndef CAIRN_PRIVATE_H
#define CAIRN_PRIVATE_H

#include "log/statement/statement.h"

#define PRIVATE_SALT_LEN 16
#define PREIMAGE_MAX 65535

/* Appends { 1: salt, 2: claims }. The salt is 16 random bytes of the caller's, new for each statement: without it
 * whoever guesses claims could check the guess. `claims` are an encoded map. */
void private_encode(const uint8_t salt[PRIVATE_SALT_LEN], struct span claims, struct out *o);
/* What the payload of the statement must be. */
struct hash private_hash(struct span preimage);
/* The claims, a strict map of text keys, of a statement that is_private: they borrow from `preimage`.
 * ERR_BAD_PAYLOAD when it has not this form exactly, or is not what the payload is the hash of. */
enum err private_open(const struct statement *s, struct span preimage, struct span *ret_claims) MUST_USE;

#endif
