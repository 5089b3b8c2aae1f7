/* What the commands of the servers have in common: options, and how they end. */
#ifndef CAIRN_SHELL_OPTIONS_H
#define CAIRN_SHELL_OPTIONS_H

#include "log/base/base.h"

/* 0 yes, 1 no, 2 usage or a file that is not what it says, 3 cannot say. */
enum exit_code { EXIT_YES = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_CANNOT_SAY = 3 };
int exit_of(enum err e);

/* Prints "PROGRAM: what: reason", "expected …; found …" and the advice on stderr. `found` may be NULL or
 * empty; it is printed as it is. Gives the exit code. */
int say_failure(const char *program, enum err e, const char *what, const char *found);

/* The value behind `name`, or NULL; removes both from argv. */
char *option_value(int *argc, char **argv, const char *name);
/* Whether `name` stands there; removes it. */
bool option_flag(int *argc, char **argv, const char *name);

#endif
