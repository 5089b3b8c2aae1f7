/* cairnd: the log server. Arguments to commands; nothing else. */
#include "server/command.h"
#include "server/shell/program.h"

static const struct command commands[] = {
    {"init", command_init, "init DIR --origin NAME [--listen HOST:PORT]", "make a log, its keys and its configuration"},
    {"serve", command_serve, "serve DIR [--listen HOST:PORT]", "serve it until Ctrl-C"},
    {"fsck", command_fsck, "fsck DIR", "read everything again and check every hash"},
    {"key", command_key, "key DIR", "make the next keys of the log, beside those it signs with"},
    {"witness", NULL, "witness add DIR LINE", "ask a witness and add it"},
    {"quorum", NULL, "quorum DIR N", "how many witnesses must agree"},
    {"doctor", NULL, "doctor DIR", "look for trouble"},
    {"backup", NULL, "backup DIR TO", "copy while serving"},
};

int command_fail(enum err e, const char *what, const char *found)
{
    return say_failure("cairnd", e, what, found);
}

int main(int argc, char **argv)
{
    static const struct program cairnd = {
        .name = "cairnd",
        .purpose =
            "cairnd keeps a transparency log: it orders signed statements, never edits, and proves what it says.",
        .more = "Witnesses, quorum and interval stand in DIR/cairnd.conf.\n",
        .command = commands,
        .count = COUNT_OF(commands),
    };

    return program_main(&cairnd, argc, argv);
}
