/* cairnd: the log server. Arguments to commands; nothing else. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <sodium.h>

#include "log/evidence/armour.h"
#include "server/command.h"

static const struct command {
    const char *word;
    int (*run)(int argc, char **argv); /* NULL: named, and not built */
    const char *usage, *what;
} commands[] = {
    {"init", command_init, "init DIR --origin NAME [--listen HOST:PORT]", "make a log, its keys and its configuration"},
    {"serve", command_serve, "serve DIR [--listen HOST:PORT]", "serve it until Ctrl-C"},
    {"fsck", command_fsck, "fsck DIR", "read everything again and check every hash"},
    {"witness", NULL, "witness add DIR LINE", "ask a witness and add it"},
    {"quorum", NULL, "quorum DIR N", "how many witnesses must agree"},
    {"doctor", NULL, "doctor DIR", "look for trouble"},
    {"backup", NULL, "backup DIR TO", "copy while serving"},
};

static int help(FILE *to)
{
    fprintf(to,
            "cairnd keeps a transparency log: it orders signed statements, never edits, and proves what it says.\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (commands[i].run != NULL) fprintf(to, "  cairnd %-46s %s\n", commands[i].usage, commands[i].what);
    fprintf(to, "\nNot in this version:");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (commands[i].run == NULL) fprintf(to, " %s", commands[i].word);
    fprintf(to, ".\nWitnesses, quorum and interval stand in DIR/cairnd.conf.\n");
    return to == stdout ? EXIT_YES : EXIT_USAGE;
}

int command_fail(enum err e, const char *what, const char *found)
{
    return say_failure("cairnd", e, what, found);
}

static enum err keys_take(const struct key_file *file, struct span origin, struct log_keys *ret)
{
    bool checkpoint = false, seal = false;
    struct public_key key;

    if (file->role != KEY_LOG) return ERR_WRONG_KIND;
    if (!span_equal(file->name, origin)) return ERR_WRONG_KIND;
    for (size_t i = 0; i < file->count; i++) {
        if (file->key[i].purposes & PURPOSE_CHECKPOINT) {
            secret_key_from_seed(file->key[i].seed, &ret->checkpoint);
            checkpoint = true;
        }
        if (file->key[i].purposes & PURPOSE_SEAL) {
            secret_key_from_seed(file->key[i].seed, &ret->seal);
            seal = true;
        }
    }
    if (!checkpoint || !seal) return ERR_WRONG_KIND;
    key = secret_key_public(&ret->checkpoint);
    vkey_make(origin, NOTE_ED25519, &key, &ret->vkey);
    key = secret_key_public(&ret->seal);
    ret->seal_kid = cose_key_thumbprint(&key);
    return ERR_OK;
}

enum err command_keys(const char *dir, struct span origin, struct log_keys *ret)
{
    uint8_t room[KEY_FILE_SIZE_MAX], *text;
    struct out bytes = out_over(room, sizeof(room));
    enum armour_kind kind = ARMOUR_KEY;
    struct key_file file;
    char path[FILE_PATH_MAX];
    size_t len;
    enum err e;

    TRY(file_path(dir, "log.key", path));
    TRY(file_private(path));
    TRY(file_read(path, 4 * KEY_FILE_SIZE_MAX, &text, &len));
    e = armour_decode(span_of(text, len), &bytes, &kind);
    if (e == ERR_OK && kind != ARMOUR_KEY) e = ERR_WRONG_KIND;
    if (e == ERR_OK) e = key_file_decode(out_span(&bytes), &file);
    if (e == ERR_OK) e = keys_take(&file, origin, ret);
    secret_wipe(text, len);
    secret_wipe(room, sizeof(room));
    secret_wipe(&file, sizeof(file));
    free(text);
    return e;
}

static void say_assert(const char *condition, const char *file, int line)
{
    fprintf(stderr, "cairnd: an invariant does not hold: %s (%s:%d); stopping before anything wrong is signed\n",
            condition, file, line);
}

int main(int argc, char **argv)
{
    assert_hook = say_assert;
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    if (sodium_init() < 0 || !sign_self_test()) {
        fprintf(stderr,
                "cairnd: the linked libsodium does not decide signatures by the rule of this log; not starting\n");
        return EXIT_CANNOT_SAY;
    }
    if (argc < 2) return help(stderr);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) return help(stdout);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(argv[1], commands[i].word) != 0) continue;
        if (commands[i].run != NULL) return commands[i].run(argc - 2, argv + 2);
        fprintf(stderr, "cairnd: %s is not in this version; witnesses, quorum and interval stand in DIR/cairnd.conf\n",
                argv[1]);
        return EXIT_USAGE;
    }
    fprintf(stderr, "cairnd: there is no command %s\n", argv[1]);
    return help(stderr);
}
