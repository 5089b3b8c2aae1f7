/* A COSE_KeySet (RFC 9052, section 7): the keys under which a log's receipts are checked. */
#ifndef CAIRN_KEY_SET_H
#define CAIRN_KEY_SET_H

#include "log/statement/cose.h"

#define KEY_SET_MAX 16

/* By rising kid; a kid is the thumbprint of the key beside it. {0} is the empty set. */
struct key_set {
    size_t count;
    struct hash kid[KEY_SET_MAX];
    struct public_key key[KEY_SET_MAX];
};

/* At its place. A key that is in the set changes nothing. ERR_NO_ROOM above KEY_SET_MAX. */
enum err key_set_add(struct key_set *s, const struct public_key *key) MUST_USE;
/* The key of that kid, or NULL. */
const struct public_key *key_set_find(const struct key_set *s, const struct hash *kid);

/* An array of COSE_Keys; there is no way to write an empty one. */
void key_set_encode(const struct key_set *s, struct out *o);
/* Exactly what encoding writes: ERR_BAD_KEY for another number or order, or what CBOR says. */
enum err key_set_decode(struct span bytes, struct key_set *ret) MUST_USE;

#endif
