/* Claims that are kept out of the log. HOME/claims/ID.claims has those of a statement that was made here: durable
 * before the statement leaves, sent to nobody, never removed, since a log may have taken what it said it refused. */
#ifndef CAIRN_CLAIMS_H
#define CAIRN_CLAIMS_H

#include "client/client.h"
#include "log/statement/statement.h"

/* Keeps the preimage of the private claims of a statement, given as it is signed. */
enum err claims_keep(const struct args *a, struct span statement, struct span preimage) MUST_USE;
/* The preimage that is kept of a statement that is_private: malloced, and its hash is the payload. ERR_NO_FILE when
 * nothing is kept; ERR_BAD_ARMOUR when what is kept is not that. */
enum err claims_kept(const struct args *a, const struct statement *s, uint8_t **ret, size_t *ret_len) MUST_USE;
/* "claims/", as it is best shown. */
const char *claims_folder(const struct args *a, char room[PATH_LEN]);
/* Says that they stay where they are, if there are any, when the log refused the statement. */
void claims_say_left(const struct args *a, const struct hash *id);
/* Puts what is kept of its claims into evidence, if it is of private ones: then *ret says whether there was something.
 * Says what goes wrong, and gives the exit code. */
enum claims_in { CLAIMS_PUBLIC, CLAIMS_JOINED, CLAIMS_LACKING };
int claims_join(const struct args *a, uint8_t **evidence, size_t *len, enum claims_in *ret) MUST_USE;

#endif
