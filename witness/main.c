/* cairn-witness: cosigns what logs say, if it continues what it saw. Arguments to commands; nothing else. */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include <sodium.h>

#include "witness/command.h"

static const struct command {
    const char *word;
    int (*run)(int argc, char **argv); /* NULL: named, and not built */
    const char *usage, *what;
} commands[] = {
    {"init", command_init, "init DIR --name NAME [--listen HOST:PORT]", "make a witness, its key and its settings"},
    {"follow", command_follow, "follow DIR URL [--key VKEY] [--yes]", "cosign this log from now on"},
    {"serve", command_serve, "serve DIR [--listen HOST:PORT]", "answer logs until Ctrl-C"},
    {"status", command_status, "status DIR", "which logs, how far, how long ago"},
    {"audit", NULL, "", ""},
    {"doctor", NULL, "", ""},
    {"retire", NULL, "", ""},
};

static int help(FILE *to)
{
    fprintf(to, "cairn-witness cosigns a log's checkpoint only if it continues the last one it saw.\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (commands[i].run != NULL) fprintf(to, "  cairn-witness %-42s %s\n", commands[i].usage, commands[i].what);
    fprintf(to, "\nNot in this version:");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (commands[i].run == NULL) fprintf(to, " %s", commands[i].word);
    fprintf(to, ".\nExit codes: 0 yes, 1 no, 2 usage or not such a file, 3 cannot say.\n");
    return to == stdout ? EXIT_YES : EXIT_USAGE;
}

static void say_assert(const char *condition, const char *file, int line)
{
    fprintf(stderr, "cairn-witness: an invariant does not hold: %s (%s:%d); stopping before anything wrong is signed\n",
            condition, file, line);
}

int main(int argc, char **argv)
{
    assert_hook = say_assert;
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    if (sodium_init() < 0 || !sign_self_test()) {
        fprintf(stderr, "cairn-witness: the linked libsodium decides signatures by another rule; not starting\n");
        return EXIT_CANNOT_SAY;
    }
    if (argc < 2) return help(stderr);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) return help(stdout);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(argv[1], commands[i].word) != 0) continue;
        if (commands[i].run != NULL) return commands[i].run(argc - 2, argv + 2);
        fprintf(stderr, "cairn-witness: %s is not in this version\n", argv[1]);
        return EXIT_USAGE;
    }
    fprintf(stderr, "cairn-witness: there is no command %s\n", argv[1]);
    return help(stderr);
}
