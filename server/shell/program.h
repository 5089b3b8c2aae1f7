/* How a program of words begins, `cairnd serve DIR`, and what it says of a word that it does not have. */
#ifndef CAIRN_SHELL_PROGRAM_H
#define CAIRN_SHELL_PROGRAM_H

#include "log/base/base.h"

struct command {
    const char *word;
    int (*run)(int argc, char **argv); /* NULL: named, and not built */
    const char *usage, *what;
};
struct program {
    const char *name;
    const char *purpose; /* a sentence; the first line of its help */
    const char *more;    /* the last lines */
    const struct command *command;
    size_t count;
};
/* All of main: gives its exit code. */
int program_main(const struct program *p, int argc, char **argv);

/* For a main of its own: says what an ASSERT says under this name, keeps files to oneself, and looks whether
 * signatures are decided by the one rule. Anything but EXIT_YES is what main returns. */
int program_begin(const char *name);

/* Asks on the terminal, and says on stdout that nothing was done when the answer is no. False without a terminal, and
 * says on stderr how to say yes. Under the name that program_begin was given. */
bool program_ask(const char *question);

/* The nearest of the words that were offered; NULL while none is near. */
struct nearest {
    const char *wanted, *word;
    size_t distance;
};
struct nearest nearest_to(const char *wanted);
void nearest_offer(struct nearest *n, const char *word);
/* "PROGRAM: there is no WHAT …; the nearest is …". Gives the exit code. */
int no_such_word(const char *program, const char *what, const struct nearest *n);

#endif
