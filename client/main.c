/* cairn: the tool of issuers, operators and verifiers. Words to commands; nothing else. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <curl/curl.h>
#include <sodium.h>

#include "client/client.h"
#include "log/base/sign.h"

static const struct command {
    const char *word;
    int (*run)(struct args *a); /* NULL: named, and not built */
    const char *usage, *what;
} commands[] = {
    {"log", command_log, "log add URL [--key VKEY] [--name NAME]", "get to know a log"},
    {"log", command_log, "log approve CKT --key FILE [--name NAME]", "operator: admit an issuer"},
    {"issuer", command_issuer, "issuer new NAME [--name TEXT] [--url URL]", "make an issuer's keys"},
    {"issuer", command_issuer, "issuer register NAME", "send its first statement to the log"},
    {"schema", command_schema, "schema publish FILE", "fix the fields attestations may have"},
    {"attest", command_attest, "attest SCHEMA FIELD=VALUE… --about new|SUBJECT", "state something about a subject"},
    {"revoke", command_revoke, "revoke @POSITION|ID --reason REASON", "take it back, for ever"},
    {"get", command_get, "get @POSITION|ID [--out FILE]", "fetch the evidence of a statement"},
    {"verify", command_verify, "verify FILE [--refresh] [--as-of WHEN]", "one dated verdict from one file, offline"},
    {"inspect", command_inspect, "inspect FILE", "what a file says, unchecked"},
    {"trust", command_trust, "trust log URL", "believe a log and its witnesses"},
    {"trust", command_trust, "trust issuer URL|CKT --for SCHEMA", "believe an issuer for a schema"},
    {"suspend", NULL, "", ""},
    {"search", NULL, "", ""},
    {"doctor", NULL, "", ""},
};

static int help(FILE *to)
{
    fprintf(to, "cairn signs statements, follows what becomes of them, and checks what others show.\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (commands[i].run != NULL) fprintf(to, "  cairn %-48s %s\n", commands[i].usage, commands[i].what);
    fprintf(to, "\n  --home DIR   where keys, names and trust are kept (else CAIRN_HOME, else ~/.config/cairn)\n"
                "  --yes        do not ask\n"
                "Exit codes: 0 yes, 1 no, 2 usage or not such a file, 3 cannot say.\n");
    return to == stdout ? EXIT_YES : EXIT_USAGE;
}

static void say_assert(const char *condition, const char *file, int line)
{
    fprintf(stderr, "cairn: an invariant does not hold: %s (%s:%d)\n", condition, file, line);
}

static int run(struct args *a, const char *word)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(word, commands[i].word) != 0) continue;
        if (commands[i].run != NULL) return commands[i].run(a);
        fprintf(stderr, "cairn: %s is not in this version\n", word);
        return EXIT_USAGE;
    }
    fprintf(stderr, "cairn: there is no command %s; cairn help lists them\n", word);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct args a;
    int code;

    assert_hook = say_assert;
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    if (sodium_init() < 0 || !sign_self_test()) {
        fprintf(stderr, "cairn: the linked libsodium does not decide signatures by Cairn's rule; not starting\n");
        return EXIT_CANNOT_SAY;
    }
    if (argc < 2) return help(stderr);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) return help(stdout);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    a = (struct args){argc - 2, argv + 2, NULL, false};
    a.home = args_value(&a, "--home");
    a.yes = args_flag(&a, "--yes");
    code = run(&a, argv[1]);
    curl_global_cleanup();
    return code;
}
