/* The log's own online keys: those that this folder has, and which of them sign at a size of the log. What its own
 * statements list decides that, never the files; reads them through a lookup, and no files. */
#ifndef CAIRN_OWN_KEYS_H
#define CAIRN_OWN_KEYS_H

#include "log/admit/admit.h"
#include "log/note/note.h"
#include "log/statement/key_set.h"

#define OWN_KEYS_MAX 16
/* Of a checkpoint: a line each. What comes before is left out when more keys are not cut. */
#define OWN_SIGNERS_MAX 4
#define OWN_FILE_LEN 24

struct own_key {
    struct secret_key secret;
    struct public_key public;
    struct hash kid;
    unsigned purposes;
    char file[OWN_FILE_LEN]; /* its name in the folder */
};
/* What the folder has. Wiped by whoever holds it. */
struct log_keys {
    size_t count;
    struct own_key key[OWN_KEYS_MAX];
};
/* A key that is there changes nothing. ERR_NO_ROOM above OWN_KEYS_MAX. */
enum err log_keys_add(struct log_keys *k, unsigned purposes, const uint8_t seed[32], const char *file) MUST_USE;
enum err log_keys_take(struct log_keys *k, const struct own_key *key) MUST_USE;

/* From the least use to the most. BESIDE: a checkpoint key of before that is not cut signs too, so that whoever knows
 * no other goes on. */
enum key_use { KEY_SPENT, KEY_NOT_LISTED, KEY_BESIDE, KEY_SIGNS };
/* Who signs when the log has `at` statements. Borrows the keys. */
struct signing {
    const struct own_key *seal;
    size_t count;
    const struct own_key *checkpoint[OWN_SIGNERS_MAX]; /* the newest first */
    struct key_set receipts;                           /* every key of seals that is not cut, the newest 16 */
    enum key_use use[OWN_KEYS_MAX];                    /* of each key of the folder */
};
/* Reads the log's own issuer statements below `at`. The same keys give the same answer at any time. ERR_KEY_NOT_HELD
 * when no key of seals, or no checkpoint key, of the set is here: *why says which. */
enum err signing_at(const struct log_keys *k, const struct lookup *l, struct span origin, uint64_t at,
                    struct signing *ret, struct refusal *why) MUST_USE;
/* Whether a set leaves this log a key of seals and a checkpoint key that it has. ERR_KEY_NOT_HELD. */
enum err log_keys_suffice(const struct log_keys *k, const struct issuer_payload *set, struct refusal *why) MUST_USE;

/* What readers are told of who signs: the public halves. */
struct signers {
    size_t count;
    struct vkey checkpoint[OWN_SIGNERS_MAX];
    struct hash seal_kid;
    struct key_set receipts;
};
void signers_of(const struct signing *s, struct span origin, struct signers *ret);

#endif
