/* See options.h. */
#include "server/shell/options.h"

#include <stdio.h>

int exit_of(enum err e)
{
    switch (err_class(e)) {
    case CLASS_OK: return EXIT_YES;
    case CLASS_INPUT: return EXIT_USAGE;
    case CLASS_LATER:
    case CLASS_OURS:
    case CLASS_UNKNOWN: return EXIT_CANNOT_SAY;
    case CLASS_REFUSED:
    case CLASS_ABSENT:
    case CLASS_TRUST: return EXIT_NO;
    }
    return EXIT_CANNOT_SAY;
}

int say_failure(const char *program, enum err e, const char *what, const char *found)
{
    fprintf(stderr, "%s: %s: %s\n  expected %s", program, what, err_reason(e), err_expected(e));
    if (found != NULL && found[0] != 0) fprintf(stderr, "; found %s", found);
    fprintf(stderr, "\n  %s\n", err_advice(e));
    return exit_of(e);
}

static void drop(int *argc, char **argv, int at, int count)
{
    memmove(argv + at, argv + at + count, (size_t)(*argc - at - count) * sizeof(*argv));
    *argc -= count;
}

char *option_value(int *argc, char **argv, const char *name)
{
    for (int i = 0; i + 1 < *argc; i++) {
        char *value = argv[i + 1];

        if (strcmp(argv[i], name) != 0) continue;
        drop(argc, argv, i, 2);
        return value;
    }
    return NULL;
}

bool option_flag(int *argc, char **argv, const char *name)
{
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], name) != 0) continue;
        drop(argc, argv, i, 1);
        return true;
    }
    return false;
}
