/* See program.h. */
#include "server/shell/program.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include <sodium.h>

#include "log/base/sign.h"
#include "log/base/text.h"
#include "server/shell/options.h"

/* ---- the beginning ---- */

static const char *name_of_program = "cairn";

static void say_assert(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s: an invariant does not hold: %s (%s:%d); stopping before anything wrong is signed\n",
            name_of_program, condition, file, line);
}

int program_begin(const char *name)
{
    name_of_program = name;
    assert_hook = say_assert;
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    if (sodium_init() >= 0 && sign_self_test()) return EXIT_YES;
    fprintf(stderr, "%s: the linked libsodium does not decide signatures by Cairn's rule; not starting\n", name);
    return EXIT_CANNOT_SAY;
}

bool program_ask(const char *question)
{
    char line[64];
    bool said_yes;
    FILE *tty;

    fflush(stdout);
    tty = fopen("/dev/tty", "r+");
    if (tty == NULL) {
        fprintf(stderr, "%s\n%s: there is no terminal to ask on; add --yes to say yes\n", question, name_of_program);
        return false;
    }
    fprintf(tty, "%s [y/N] ", question);
    fflush(tty);
    said_yes = fgets(line, sizeof(line), tty) != NULL && (line[0] == 'y' || line[0] == 'Y');
    fclose(tty);
    if (!said_yes) printf("nothing was done\n");
    return said_yes;
}

/* ---- words that are none ---- */

/* How many letters must be put in, left out or changed to make one of the other; both are short. */
static size_t distance(const char *a, const char *b)
{
    size_t row[32], len = strlen(b);

    if (strlen(a) >= COUNT_OF(row) || len >= COUNT_OF(row)) return COUNT_OF(row);
    for (size_t j = 0; j <= len; j++) row[j] = j;
    for (size_t i = 0; a[i] != 0; i++) {
        size_t corner = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            size_t best = corner + (a[i] != b[j]);

            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j + 1] + 1 < best) best = row[j + 1] + 1;
            corner = row[j + 1];
            row[j + 1] = best;
        }
    }
    return row[len];
}

struct nearest nearest_to(const char *wanted)
{
    return (struct nearest){.wanted = wanted, .distance = strlen(wanted) / 2 + 1};
}

void nearest_offer(struct nearest *n, const char *word)
{
    size_t d = distance(n->wanted, word);

    if (d >= n->distance) return;
    n->distance = d;
    n->word = word;
}

int no_such_word(const char *program, const char *what, const struct nearest *n)
{
    uint8_t room[400];
    struct out text = out_over(room, sizeof(room));

    text_escape(span_text(n->wanted), 80, &text);
    fprintf(stderr, "%s: there is no %s %.*s", program, what, (int)text.len, (const char *)room);
    if (n->word != NULL) fprintf(stderr, "; the nearest is %s", n->word);
    fprintf(stderr, "\n  %s help lists them\n", program);
    return EXIT_USAGE;
}

/* ---- a program of words ---- */

static int help(const struct program *p, FILE *to)
{
    int width = 0;

    for (size_t i = 0; i < p->count; i++)
        if (p->command[i].run != NULL && (int)strlen(p->command[i].usage) > width)
            width = (int)strlen(p->command[i].usage);
    fprintf(to, "%s\n\n", p->purpose);
    for (size_t i = 0; i < p->count; i++)
        if (p->command[i].run != NULL)
            fprintf(to, "  %s %-*s   %s\n", p->name, width, p->command[i].usage, p->command[i].what);
    fprintf(to, "\nNot in this version:");
    for (size_t i = 0; i < p->count; i++)
        if (p->command[i].run == NULL) fprintf(to, " %s", p->command[i].word);
    fprintf(to, ".\n%sExit codes: 0 yes, 1 no, 2 usage or not such a file, 3 cannot say.\n", p->more);
    return to == stdout ? EXIT_YES : EXIT_USAGE;
}

static int run(const struct program *p, int argc, char **argv)
{
    struct nearest nearest = nearest_to(argv[0]);

    for (size_t i = 0; i < p->count; i++) {
        const struct command *c = &p->command[i];

        if (c->run != NULL) nearest_offer(&nearest, c->word);
        if (strcmp(argv[0], c->word) != 0) continue;
        if (c->run != NULL) return c->run(argc - 1, argv + 1);
        fprintf(stderr, "%s: %s is not in this version\n%s", p->name, c->word, p->more);
        return EXIT_USAGE;
    }
    return no_such_word(p->name, "command", &nearest);
}

int program_main(const struct program *p, int argc, char **argv)
{
    int code = program_begin(p->name);

    if (code != EXIT_YES) return code;
    if (argc < 2) return help(p, stderr);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) return help(p, stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("%s %s\n", p->name, CAIRN_VERSION);
        return EXIT_YES;
    }
    return run(p, argc - 1, argv + 1);
}
