/* cairn log add; what an operator does with the rules is in rules.c. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/about.h"
#include "client/log_rotate.h"
#include "client/rules.h"
#include "log/base/codec.h"

#define LOGS_MAX 32
#define USAGE_ADD "cairn log add URL [--key VKEY] [--name NAME]"

/* "log.example.org/attest" to "example": the middle of the host, or all of it. */
static void name_of_origin(struct span origin, char ret[64])
{
    size_t end = span_find(origin, '/'), last, from = 0;
    struct span host = span_slice(origin, 0, end);

    last = span_find_last(host, '.');
    if (last < host.len) {
        struct span front = span_slice(host, 0, last);
        size_t dot = span_find_last(front, '.');

        from = dot < front.len ? dot + 1 : 0;
        host = front;
    }
    snprintf(ret, 64, "%.*s", (int)(host.len - from), (const char *)host.ptr + from);
}

static void print_about(const struct about_log *l)
{
    uint8_t text[64];
    struct out o = out_over(text, sizeof(text));

    print_text(l->known.origin);
    out_decimal_grouped(&o, l->size);
    printf("   %s · ", l->approved_mode ? "approved issuers only" : "open to all issuers");
    printf("%.*s statements · ", (int)o.len, (const char *)text);
    about_print_quorum(&l->known.policy);
    printf("\n");
    about_print_closing(l);
    about_print_key(l);
}

static bool is_same(const struct known_log *there, const struct about_log *l)
{
    return memcmp(&there->policy.log[0].vkey.key, &l->known.policy.log[0].vkey.key, 32) == 0 &&
           span_equal(there->origin, l->known.origin);
}

/* What is remembered under this name. Of another log: a later command would speak to the wrong one. */
enum taken { TAKEN_NOT, TAKEN_OTHER_KEY, TAKEN };
static enum taken taken_by(const char *path, const struct about_log *l)
{
    struct known_log *there = calloc(1, sizeof(*there));
    size_t len;
    enum err e = there == NULL ? ERR_NO_MEMORY : file_read(path, 65536, &there->text, &len);
    enum taken taken = e == ERR_NO_FILE ? TAKEN_NOT : TAKEN;

    if (e == ERR_OK && known_log_parse(there->text, len, there) == ERR_OK && span_equal(there->origin, l->known.origin))
        taken = is_same(there, l) ? TAKEN_NOT : TAKEN_OTHER_KEY;
    known_log_free(&there);
    return taken;
}

/* The name under which this log is remembered with this address already; one log under two names is asked for --log
 * at every command. */
static bool is_here(const struct args *a, const struct about_log *l, char ret[HOME_NAME_LEN])
{
    char names[LOGS_MAX][HOME_NAME_LEN], file[HOME_NAME_LEN + 16], path[PATH_LEN];
    size_t count = home_list(a, "logs/", ".policy", names, LOGS_MAX);
    bool found = false;

    for (size_t i = 0; i < count && !found; i++) {
        struct known_log *there = calloc(1, sizeof(*there));
        size_t len;

        snprintf(file, sizeof(file), "logs/%.64s.policy", names[i]);
        found = there != NULL && home_path(a, file, path) == ERR_OK &&
                file_read(path, 65536, &there->text, &len) == ERR_OK &&
                known_log_parse(there->text, len, there) == ERR_OK && is_same(there, l) &&
                strcmp(there->url, l->known.url) == 0;
        if (found) memcpy(ret, names[i], HOME_NAME_LEN);
        known_log_free(&there);
    }
    return found;
}

/* Of a log that is new here, and whose key was not given; or that goes by another key from now on. */
static bool ask_key(const struct args *a, enum taken taken, bool given)
{
    if (taken == TAKEN_OTHER_KEY)
        return client_ask(a, "It is remembered with another key. Did its operator say that this one takes its place?");
    return given || client_ask(a, "Is this the key you were given some other way?");
}

static int log_add(struct args *a)
{
    const char *key = args_value(a, "--key"), *name = args_value(a, "--name");
    struct about_log *l __attribute__((cleanup(about_log_free))) = NULL;
    char given[64], file[96], path[PATH_LEN], here[HOME_NAME_LEN];
    enum taken taken;
    enum err e;
    int code = args_left(a, 1, USAGE_ADD);

    if (code != EXIT_YES) return code;
    code = about_log(a->word[0], &l);
    if (code != EXIT_YES) return code;
    if (name == NULL) {
        name_of_origin(l->known.origin, given);
        name = given;
    }
    if (!pet_name_good(name)) return client_bad_name("--name", name);
    print_about(l);
    if (key != NULL && strcmp(key, l->vkey) != 0) return client_fail(ERR_NOT_SIGNED, "--key", l->vkey);
    snprintf(file, sizeof(file), "logs/%s.policy", name);
    e = home_path(a, file, path);
    if (e == ERR_OK && access(path, F_OK) != 0 && is_here(a, l, here)) {
        printf("this log is here already, as \"%s\": nothing added\n", here);
        return EXIT_YES;
    }
    taken = e == ERR_OK ? taken_by(path, l) : TAKEN_NOT;
    if (taken == TAKEN) return client_fail(ERR_EXISTS, name, "another log under this name: --name");
    if (e == ERR_OK && !ask_key(a, taken, key != NULL)) return EXIT_NO;
    if (e == ERR_OK) e = file_write(path, span_text(l->policy_text), 0600, false);
    if (e != ERR_OK) return client_fail(e, path, "");
    printf("remembered as \"%s\"\n", name);
    return EXIT_YES;
}

int command_log(struct args *a)
{
    static const struct {
        const char *word;
        int (*run)(struct args *a);
    } words[] = {{"add", log_add},         {"approve", rules_approve}, {"withdraw", rules_withdraw},
                 {"limits", rules_limits}, {"close", rules_close},     {"rotate", log_rotate}};
    const char *word = a->count > 0 ? a->word[0] : "";
    struct args rest = {a->count - 1, a->word + 1, a->home, a->yes};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(word, words[i].word) == 0) return words[i].run(&rest);
    fprintf(stderr,
            "usage: " USAGE_ADD "\n       cairn log approve|withdraw|limits|close|rotate …   (cairn help log)\n");
    return EXIT_USAGE;
}
