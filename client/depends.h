/* What an attestation will depend on, as cairn attest is told it. */
#ifndef CAIRN_CLIENT_DEPENDS_H
#define CAIRN_CLIENT_DEPENDS_H

#include "client/known.h"
#include "log/statement/statement.h"

struct depends {
    size_t count;
    const char *name[DEPENDS_MAX]; /* @POSITION or an id */
    struct hash id[DEPENDS_MAX];
};
/* Every --depends-on of the words. Both give the exit code. */
int depends_take(struct args *a, struct depends *ret) MUST_USE;
/* Asks the log for each, which proves that a position is what it says, and says what it is; refuses what is no
 * attestation of this log. */
int depends_resolve(const struct args *a, const struct known_log *log, struct depends *d) MUST_USE;

#endif
