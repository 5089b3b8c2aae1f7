/* What admission, replay and verdicts may ask about the log so far. The server answers from its store
 * and what is not yet committed, a verifier from one evidence file, a test from arrays. */
#ifndef CAIRN_LOOKUP_H
#define CAIRN_LOOKUP_H

#include "log/index/key.h"

/* Every function gives ERR_INCOMPLETE when this source cannot know, and what the disk said when that
 * failed. Spans live until the caller closes whatever it opened the lookup over. */
struct lookup {
    void *ctx;
    /* How many positions stand under an index key; 0 when it is absent. */
    enum err (*count)(void *ctx, const struct hash *key, uint64_t *ret);
    /* The n-th of them, n < count; they rise. */
    enum err (*item)(void *ctx, const struct hash *key, uint64_t n, uint64_t *ret_position);
    /* ERR_NOT_FOUND when no statement has this id. */
    enum err (*find)(void *ctx, const struct hash *id, uint64_t *ret_position);
    enum err (*statement)(void *ctx, uint64_t position, struct statement *ret);
    /* How many attestations and schemas of an iss stand below `at` and after the last seal below it. */
    enum err (*since_seal)(void *ctx, struct span iss, uint64_t at, uint64_t *ret);
};

#endif
