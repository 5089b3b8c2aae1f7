/* The commands of cairn-witness, and what they share. */
#ifndef CAIRN_WITNESS_COMMAND_H
#define CAIRN_WITNESS_COMMAND_H

#include "server/shell/files.h"
#include "server/shell/options.h"
#include "witness/cosign.h"
#include "witness/settings.h"

int command_init(int argc, char **argv);
int command_follow(int argc, char **argv);
int command_serve(int argc, char **argv);
int command_status(int argc, char **argv);

/* say_failure of this program. */
int command_fail(enum err e, const char *what, const char *found);
/* DIR/witness.conf; *ret_text is malloced and borrowed by *ret. */
enum err command_settings(const char *dir, uint8_t **ret_text, struct settings *ret, char ret_where[200]) MUST_USE;
/* Says what is wrong with the settings, or that DIR is no witness. Gives the exit code. */
int command_settings_fail(enum err e, const char *dir, const char *where);
/* DIR/witness.key, which nobody else may read and which must be of that name. On error ret_why may say more. */
enum err command_key(const char *dir, struct span name, struct cosigner *ret, char ret_why[200]) MUST_USE;

#endif
