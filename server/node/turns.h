/* Who waits for the writer: a queue an issuer, served in turn, so that nobody waits behind all that somebody else
 * sent; in two lanes, so that what is new never stands in the way of what becomes of the old. Nothing here is checked
 * yet: anybody may have written any issuer's name. */
#ifndef CAIRN_TURNS_H
#define CAIRN_TURNS_H

#include "server/node/writer.h"

/* How many of each lane. */
#define TURNS_NEW_MAX 8192
#define TURNS_OLD_MAX 1024
#define TURNS_SETS_MAX 16

struct turns;
struct turns *turns_new(void);
/* It must be empty. */
void turns_free(struct turns *t);
/* `is_new` chooses the lane. ERR_BUSY when the issuer has as many in it as are left for all the others. Until it is
 * taken or left out, it stays where it is in memory. */
enum err turns_add(struct turns *t, struct submission *s, bool is_new) MUST_USE;
/* Takes out up to `max`: of the lanes by turns, of the issuers in each by turns, of an issuer's the oldest. Fewer, once
 * there are TURNS_SETS_MAX statements of keys among them: each may cost the reading of its issuer's whole past. */
size_t turns_take(struct turns *t, struct submission **ret, size_t max);
/* Whoever sent it waits no more. */
void turns_leave(struct submission *s);
size_t turns_count(const struct turns *t);

#endif
