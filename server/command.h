/* The commands of cairnd, and what they share. */
#ifndef CAIRN_COMMAND_H
#define CAIRN_COMMAND_H

#include "server/node/node.h"
#include "server/shell/files.h"
#include "server/shell/options.h"

int command_init(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_fsck(int argc, char **argv);

/* say_failure of this program. */
int command_fail(enum err e, const char *what, const char *found);
/* DIR/log.key: the checkpoint key and the key of seals and receipts. */
enum err command_keys(const char *dir, struct span origin, struct log_keys *ret) MUST_USE;

#endif
