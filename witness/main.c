/* cairn-witness: cosigns what logs say, if it continues what it saw. Arguments to commands; nothing else. */
#include "server/shell/program.h"
#include "witness/command.h"

static const struct command commands[] = {
    {"init", command_init, "init DIR --name NAME [--listen HOST:PORT]", "make a witness, its key and its settings"},
    {"follow", command_follow, "follow DIR URL [--key VKEY] [--replace] [--yes]", "cosign this log from now on"},
    {"serve", command_serve, "serve DIR [--listen HOST:PORT]", "answer logs until Ctrl-C"},
    {"status", command_status, "status DIR", "which logs, how far, how long ago"},
    {"audit", NULL, "", ""},
    {"doctor", NULL, "", ""},
    {"retire", NULL, "", ""},
};

int main(int argc, char **argv)
{
    static const struct program witness = {
        .name = "cairn-witness",
        .purpose = "cairn-witness cosigns a log's checkpoint only if it continues the last one it saw.",
        .more = "",
        .command = commands,
        .count = COUNT_OF(commands),
    };

    return program_main(&witness, argc, argv);
}
