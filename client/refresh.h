/* Asking a log for newer evidence of a statement, and holding it to what it said before. */
#ifndef CAIRN_REFRESH_H
#define CAIRN_REFRESH_H

#include "client/client.h"
#include "log/evidence/verdict.h"

/* `before` is what was judged under `trust`. The new file (malloced, binary) is of the same statement, with the private
 * claims that the old one had, its checkpoint is signed by a key that `trust` has of the log, whichever, and its tree
 * extends the old one: otherwise says so, loudly, and gives EXIT_NO. */
int refresh_evidence(const struct judgement *before, const struct trust *trust, uint8_t **ret,
                     size_t *ret_len) MUST_USE;

#endif
