/* What the files of check.h share: check.c has form, log tree, signatures and the order of it all, check_index.c the
 * index, check_source.c what is looked up in the file. */
#ifndef CAIRN_CHECK_PARTS_H
#define CAIRN_CHECK_PARTS_H

#include "log/evidence/check.h"

/* Position 0 is the log's issuer statement, 1 its rules, 2 its first seal. */
#define FIRST_SEAL 2
#define NOWHERE UINT64_MAX

/* What people read: `what`, and the position unless it is NOWHERE. The first ends the check, being ERR_BAD_EVIDENCE;
 * after the second it goes on, as what is there is still worth checking. */
enum err check_broken(struct check *c, const char *what, uint64_t position) MUST_USE;
enum err check_missing(struct check *c, const char *what, uint64_t position) MUST_USE;
/* What a failure of something that read this file means. ERR_OK: go on without it. */
enum err check_settle(struct check *c, enum err e, const char *what, uint64_t position) MUST_USE;

/* check_index.c. Goes on without c->indexed when the file does not show enough of it. */
enum err check_index(struct check *c) MUST_USE;

#endif
