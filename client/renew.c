/* See renew.h. */
#include "client/renew.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "log/note/lines.h"

#define SHOWN_MOST 8 /* positions in a line */

/* ---- theft ---- */

int position_of(const char *option, const char *text, uint64_t *ret)
{
    if (text[0] == '@' && decimal_decode(span_text(text + 1), INT64_MAX, ret) == ERR_OK) return EXIT_YES;
    return client_fail(ERR_BAD_NUMBER, option, text);
}

int theft_of(struct args *a, struct theft *ret)
{
    const char *at;

    *ret = (struct theft){.is_said = args_position(a, "--stolen-since", &at)};
    ret->has_position = at != NULL;
    return at == NULL ? EXIT_YES : position_of("--stolen-since", at, &ret->position);
}

int theft_check(const struct theft *t, const struct ours *o)
{
    uint64_t size = o->listing->checkpoint.size;

    if (!t->has_position || t->position <= size) return EXIT_YES;
    fflush(stdout);
    fprintf(stderr,
            "cairn: --stolen-since: expected a position that is not ahead: the log has %llu statements; "
            "found @%llu\n",
            (unsigned long long)size, (unsigned long long)t->position);
    return EXIT_NO;
}

/* "      3 of those were made in this folder: @9 @11 @15" */
static void print_attested(const struct theft *t, const struct ours *o, const struct hash *kid)
{
    uint8_t *text = NULL, line[SHOWN_MOST * 24];
    struct out shown = out_over(line, sizeof(line));
    struct attested at;
    size_t count = 0, rest = 0;

    if (known_attested(o->args, o->name, &text, &at) == ERR_OK)
        while (known_attested_next(&at)) {
            if (at.position < t->position || !hash_equal(&at.kid, kid)) continue;
            if (++count > SHOWN_MOST) continue;
            out_text(&shown, " @");
            out_decimal(&shown, at.position);
        }
    free(text);
    rest = count > SHOWN_MOST ? count - SHOWN_MOST : 0;
    if (count == 0) return;
    printf("\n      %zu of those %s made in this folder:%.*s", count, count == 1 ? "was" : "were", (int)shown.len,
           (const char *)line);
    if (rest > 0) printf(" and %zu more", rest);
}

void theft_print(const struct theft *t, const struct ours *o, const struct hash *kid)
{
    if (t->has_position)
        printf("\n      what it attested from @%llu on will count for nothing", (unsigned long long)t->position);
    else if (t->is_said)
        printf("\n      what it attests from now on will count for nothing");
    if (t->has_position) print_attested(t, o, kid);
    printf("\n");
}

void theft_cut(const struct theft *t, const struct hash *kid, struct issuer_payload *p)
{
    if (t->is_said) p->cut[p->cut_count++] = (struct key_cut){*kid, t->has_position, t->position};
}

/* ---- a new key ---- */

bool is_committed(const struct issuer_payload *p, const struct hash *kid)
{
    for (size_t i = 0; i < p->recovery_count; i++)
        if (hash_equal(&p->recovery[i], kid)) return true;
    return false;
}

/* What a statement listed or committed, and the last one does not, can never come back. */
static bool is_used_up(const struct ours *o, const struct hash *kid)
{
    for (size_t n = 0; n < o->count; n++) {
        struct issuer_payload p;

        ours_payload(o, n, &p);
        if (issuer_listed(&p, kid) != NULL || is_committed(&p, kid)) return true;
    }
    return false;
}

int renew_key(struct ours *o, enum own_file file)
{
    char path[PATH_LEN];
    enum err e = ERR_OK;

    if (o->has[file] && is_used_up(o, &o->key[file].kid)) {
        e = ours_aside(o, file, "retired", path);
        o->has[file] = false;
    }
    if (e == ERR_OK && !o->has[file]) {
        e = ours_make(o, file, &o->key[file]);
        o->fresh[file] = true;
    }
    if (e != ERR_OK) return client_fail(e, "a new key", o->name);
    o->has[file] = true;
    return EXIT_YES;
}

/* ---- what is begun: the command in HOME/NAME.begun ---- */

int renew_begin(const struct ours *o, const char *words, const struct theft *t)
{
    char path[PATH_LEN], line[BEGUN_LEN];
    int len = snprintf(line, sizeof(line), "cairn issuer %s%s", words, t->is_said ? " --stolen-since" : "");
    enum err e = known_begun_path(o->args, o->name, path);

    if (len < (int)sizeof(line) && t->has_position)
        len += snprintf(line + len, sizeof(line) - (size_t)len, " @%llu", (unsigned long long)t->position);
    if (len >= (int)sizeof(line)) e = ERR_NO_ROOM;
    if (e == ERR_OK) e = file_write(path, span_text(line), 0600, false);
    return e == ERR_OK ? EXIT_YES : client_fail(e, "what is begun", o->name);
}

int renew_go_on(const struct ours *o, const char *word, struct theft *t)
{
    char line[BEGUN_LEN], start[80];
    const char *said;

    snprintf(start, sizeof(start), "cairn issuer %.60s ", word);
    if (t->is_said || !o->has[OWN_KEY_NEXT] || !known_begun(o->args, o->name, line)) return EXIT_YES;
    said = strstr(line, " --stolen-since");
    if (strncmp(line, start, strlen(start)) != 0 || said == NULL) return EXIT_YES;
    printf("note  what was begun goes on: %s\n", line);
    t->is_said = true;
    said += strlen(" --stolen-since");
    t->has_position = said[0] == ' ';
    return t->has_position ? position_of("--stolen-since", said + 1, &t->position) : EXIT_YES;
}

static void forget_begun(const struct ours *o)
{
    char path[PATH_LEN];

    if (known_begun_path(o->args, o->name, path) == ERR_OK) unlink(path);
}

/* Keys of an earlier try stay where they are: what was sent then may list them. None is deleted: that the log refused
 * is its word. */
static void set_aside(struct ours *o)
{
    static const enum own_file next[] = {OWN_KEY_NEXT, OWN_RECOVERY_NEXT};
    char path[PATH_LEN];

    for (size_t i = 0; i < COUNT_OF(next); i++) {
        if (!o->fresh[next[i]]) continue;
        if (ours_aside(o, next[i], "refused", path) != ERR_OK) continue;
        o->has[next[i]] = o->fresh[next[i]] = false;
        fprintf(stderr, "  set aside: %s\n", path_shown(path));
    }
    if (!o->has[OWN_KEY_NEXT] && !o->has[OWN_RECOVERY_NEXT]) forget_begun(o);
}

/* ---- sending ---- */

int renew_send(struct ours *o, const struct issuer_payload *p, const struct secret_key *key, struct submitted *done)
{
    uint8_t payload[2048], bytes[4096];
    struct out w = out_over(payload, sizeof(payload)), s = out_over(bytes, sizeof(bytes));
    /* Without a date: what is made again is the same. */
    struct draft draft = {.kind = KIND_ISSUER, .iss = ours_iss(o), .sub = ours_iss(o), .home = o->log->origin};
    struct hash id;
    enum err e;
    int code;

    issuer_encode(p, &w);
    e = out_check(&w);
    draft.payload = out_span(&w);
    if (e == ERR_OK) e = statement_make(&draft, key, &s);
    id = hash_of(out_span(&s));
    if (e == ERR_OK) e = ours_remember(o, &id);
    if (e != ERR_OK) return client_fail(e, "issuer", o->name);
    code = submit(o->args, o->log, out_span(&s), done);
    if (done->refused) set_aside(o);
    if (code == EXIT_CANNOT_SAY) fprintf(stderr, "  the same command goes on from here\n");
    return code;
}

/* ---- places ---- */

void renew_print_spent(const char *path)
{
    printf("spent %s: it can do nothing more\n", path_shown(path));
}

static void say_place(const struct ours *o, enum own_file file, const char *old, const char *advice)
{
    char path[PATH_LEN];

    if (ours_path(o->args, o->name, file, path) != ERR_OK) return;
    printf("made  %s: %s\n", path_shown(path), advice);
    if (old[0] == 0) return;
    if (file == OWN_RECOVERY)
        renew_print_spent(old);
    else
        printf("kept  %s\n", path_shown(old));
}

/* The log has the next keys: they take the place of those before. */
static int settle(struct ours *o, bool stolen)
{
    char old_key[PATH_LEN] = "", old_recovery[PATH_LEN] = "";
    enum err e = ERR_OK;

    if (o->has[OWN_KEY_NEXT]) e = ours_replace(o, OWN_KEY, stolen ? "stolen" : "retired", old_key);
    if (e == ERR_OK && o->has[OWN_RECOVERY_NEXT]) e = ours_replace(o, OWN_RECOVERY, "spent", old_recovery);
    if (e == ERR_OK) forget_begun(o);
    if (e != ERR_OK) return client_fail(e, "the log has the new keys, and they are not in their place here", o->name);
    if (o->has[OWN_KEY_NEXT]) say_place(o, OWN_KEY, old_key, "what signs from now on");
    if (o->has[OWN_RECOVERY_NEXT]) say_place(o, OWN_RECOVERY, old_recovery, "print it, lock it away, delete it here");
    return EXIT_YES;
}

int renew_done(struct ours *o, const struct theft *t, const struct submitted *done)
{
    printf("ok    %s signs with ", o->name);
    print_kid(&o->key[OWN_KEY_NEXT].kid);
    printf(" from @%llu on", (unsigned long long)done->position);
    if (done->witnesses_known > 0) printf(" · %u of %u witnesses", done->witnesses, done->witnesses_known);
    printf("\n");
    return settle(o, t->is_said);
}

/* Next keys that the log does not have are not there for settle. */
bool renew_is_begun(struct ours *o)
{
    bool key = o->has[OWN_KEY_NEXT] && issuer_listed(&o->now.last, &o->key[OWN_KEY_NEXT].kid) != NULL;
    bool recovery = o->has[OWN_RECOVERY_NEXT] && is_committed(&o->now.last, &o->key[OWN_RECOVERY_NEXT].kid);

    if (!key && !recovery) return false;
    o->has[OWN_KEY_NEXT] = key;
    o->has[OWN_RECOVERY_NEXT] = recovery;
    return true;
}

int renew_finish(struct ours *o)
{
    bool stolen = o->has[OWN_KEY] && ours_life(o, &o->key[OWN_KEY].kid).cut != UINT64_MAX;

    outbox_forget(o->args, &o->now.last_id);
    printf("ok    what was begun is finished: the log has the new keys of %s since @%llu\n", o->name,
           (unsigned long long)o->now.last_position);
    return settle(o, stolen);
}

/* ---- what this folder knows ---- */

bool renew_last_made(const struct ours *o, size_t *ret)
{
    size_t n = ours_run(o);

    if (!o->step[n].made_here) return false;
    while (n + 1 < o->count && o->step[n + 1].made_here) n++;
    *ret = n;
    return true;
}

void renew_print_who(const struct ours *o)
{
    printf("who   ");
    ours_print_name(o);
    printf("\n");
}
