/* What the commands of cairn share: exit codes, options, the reader's folder, prompts. */
#ifndef CAIRN_CLIENT_H
#define CAIRN_CLIENT_H

#include "log/base/base.h"
#include "log/base/hash.h"
#include "server/shell/files.h"
#include "server/shell/options.h"

#define FILE_MAX_BYTES (4U << 20)
#define PATH_LEN 1200
#define HOME_NAME_LEN 80

/* A command's words, with its options taken out. */
struct args {
    int count;
    char **word;
    const char *home;
    bool yes;
};
/* The value behind `--name`, or NULL. Both leave the words. */
const char *args_value(struct args *a, const char *name);
bool args_flag(struct args *a, const char *name);
/* Whether `--name` stands there; *ret is the @POSITION behind it, if there is one, else NULL. */
bool args_position(struct args *a, const char *name, const char **ret);
/* What `cairn help WORD` says of a word. */
int client_help(const char *word);
/* EXIT_USAGE, with `usage` on stderr, unless exactly `count` words are left and none begins with "--". */
int args_left(const struct args *a, int count, const char *usage) MUST_USE;

/* "cairn: WHAT: reason", "expected …; found …", the advice. Gives the exit code. */
int client_fail(enum err e, const char *what, const char *found);
/* A pet name that cannot be one. Gives EXIT_USAGE. */
int client_bad_name(const char *what, const char *found);
/* Asks on the terminal; without one refuses and names --yes. Says so when nothing is done. */
bool client_ask(const struct args *a, const char *question);
/* Text from elsewhere, escaped and cut at 80 columns: to stdout. */
void print_text(struct span s);
void print_out(const struct out *o);

/* ---- files; reading is in server/shell/files.h ---- */
/* Through a file beside it, synced and renamed. ERR_EXISTS when `fresh` and it is there already. */
enum err file_write(const char *path, struct span bytes, unsigned mode, bool fresh) MUST_USE;
/* What a crash in file_write may have left beside the file. */
enum err file_remove_aside(const char *path) MUST_USE;
/* The file under another name too, synced. It may be there already: then it is taken for the same. */
enum err file_keep(const char *path, const char *also) MUST_USE;
/* Renamed over what is there, synced. */
enum err file_move(const char *from, const char *to) MUST_USE;
/* At most 2,000 bytes; several commands may do it at once. */
enum err file_append_line(const char *path, struct span line) MUST_USE;
/* HOME/name. */
enum err home_name(const struct args *a, const char *name, char ret[PATH_LEN]) MUST_USE;
/* The same; makes the folder (0700) when it is not there. */
enum err home_path(const struct args *a, const char *name, char ret[PATH_LEN]) MUST_USE;
/* The path as it is best shown: without this folder's own name in front. Points into `path`. */
const char *path_shown(const char *path);
/* The names of files in HOME/folder that end in `suffix`, without it; at most `max`. */
size_t home_list(const struct args *a, const char *folder, const char *suffix, char ret[][HOME_NAME_LEN], size_t max);

/* Commands: one row each in main.c. */
int command_log(struct args *a);
int command_issuer(struct args *a);
int command_schema(struct args *a);
int command_attest(struct args *a);
int command_revoke(struct args *a);
int command_suspend(struct args *a);
int command_reinstate(struct args *a);
int command_supersede(struct args *a);
int command_get(struct args *a);
int command_verify(struct args *a);
int command_inspect(struct args *a);
int command_trust(struct args *a);

#endif
