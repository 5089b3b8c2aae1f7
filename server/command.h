/* The commands of cairnd, and what they share. */
#ifndef CAIRN_COMMAND_H
#define CAIRN_COMMAND_H

#include "log/evidence/armour.h"
#include "server/node/node.h"
#include "server/shell/files.h"
#include "server/shell/options.h"

int command_init(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_fsck(int argc, char **argv);
int command_key(int argc, char **argv);

/* say_failure of this program. */
int command_fail(enum err e, const char *what, const char *found);
/* The key files of the folder: checkpoint keys and keys of seals and receipts. `why` says which file it was. */
enum err command_keys(const char *dir, struct span origin, struct log_keys *ret, char why[200]) MUST_USE;
/* DIR/NAME, 0600, over what is there. Wipes *file. */
enum err command_key_write(const char *dir, const char *name, struct key_file *file) MUST_USE;

#endif
