/* See ours.h. */
#include "client/ours.h"

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "log/admit/admit.h"
#include "log/base/codec.h"
#include "log/note/lines.h"

static const struct {
    const char *suffix;
    enum key_role role;
    unsigned purposes;
} files[] = {
    [OWN_KEY] = {".key", KEY_ISSUER, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER},
    [OWN_KEY_NEXT] = {".key.next", KEY_ISSUER, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER},
    [OWN_RECOVERY] = {".recovery", KEY_RECOVERY, PURPOSE_ISSUER},
    [OWN_RECOVERY_NEXT] = {".recovery.next", KEY_RECOVERY, PURPOSE_ISSUER},
};

void ours_free(struct ours *o)
{
    for (size_t i = 0; i < OWN_FILE_COUNT; i++) issuer_key_wipe(&o->key[i]);
    listing_free(&o->listing);
}

struct span ours_iss(const struct ours *o)
{
    return span_of(o->iss, o->iss_len);
}

/* ---- key files ---- */

enum err ours_path(const struct args *a, const char *name, enum own_file file, char ret[PATH_LEN])
{
    char entry[96];

    snprintf(entry, sizeof(entry), "%.60s%s", name, files[file].suffix);
    return home_path(a, entry, ret);
}

int ours_load(const struct args *a, const char *name, struct ours *ret)
{
    char path[PATH_LEN];

    memset(ret, 0, sizeof(*ret));
    ret->args = a;
    if (!pet_name_good(name)) return client_bad_name("issuer", name);
    ret->name = name;
    for (unsigned i = 0; i < OWN_FILE_COUNT; i++) {
        enum err e = ours_path(a, name, i, path);

        if (e == ERR_OK) e = key_load(path, files[i].role, &ret->key[i]);
        if (e != ERR_OK && e != ERR_NO_FILE) return key_fail(e, path, files[i].role);
        ret->has[i] = e == ERR_OK;
    }
    memcpy(ret->iss, ret->key[OWN_KEY].iss, ret->key[OWN_KEY].iss_len);
    ret->iss_len = ret->key[OWN_KEY].iss_len;
    return EXIT_YES;
}

enum err ours_make(const struct ours *o, enum own_file file, struct issuer_key *ret)
{
    char path[PATH_LEN];
    uint8_t seed[32];
    enum err e = ours_path(o->args, o->name, file, path);

    randombytes_buf(seed, sizeof(seed));
    if (e == ERR_OK) e = key_file_write(path, files[file].role, ours_iss(o), files[file].purposes, seed);
    secret_wipe(seed, sizeof(seed));
    return e == ERR_OK ? key_load(path, files[file].role, ret) : e;
}

/* FILE.WHY- and the first letters of its kid: the same each time it is tried. */
static enum err aside_path(const struct ours *o, enum own_file file, const char *why, char path[PATH_LEN],
                           char ret[PATH_LEN])
{
    uint8_t text[CKT_SHORT_LEN];
    struct out name = out_over(text, sizeof(text));

    ckt_short(&o->key[file].kid, &name);
    TRY(ours_path(o->args, o->name, file, path));
    return snprintf(ret, PATH_LEN, "%s.%s-%.8s", path, why, (const char *)text + strlen(CKT_SHORT)) < PATH_LEN
               ? ERR_OK
               : ERR_NO_ROOM;
}

enum err ours_aside(const struct ours *o, enum own_file file, const char *why, char ret[PATH_LEN])
{
    char path[PATH_LEN];

    TRY(aside_path(o, file, why, path, ret));
    return file_move(path, ret);
}

enum err ours_replace(const struct ours *o, enum own_file file, const char *why, char ret[PATH_LEN])
{
    char path[PATH_LEN], next[PATH_LEN];

    ret[0] = 0;
    TRY(ours_path(o->args, o->name, file, path));
    TRY(ours_path(o->args, o->name, file + 1, next));
    if (o->has[file]) {
        TRY(aside_path(o, file, why, path, ret));
        TRY(file_keep(path, ret));
    }
    TRY(file_move(next, path));
    /* A crash while it was made may have left the new key under this name too. */
    return file_remove_aside(next);
}

/* ---- what was made here: HOME/NAME.statement and the ids in HOME/NAME.made ---- */

static enum err made_path(const struct ours *o, char ret[PATH_LEN])
{
    char entry[96];

    snprintf(entry, sizeof(entry), "%.60s.made", o->name);
    return home_path(o->args, entry, ret);
}

static bool is_first_made(const struct ours *o, const struct hash *id)
{
    char entry[96], path[PATH_LEN];
    uint8_t *text = NULL, room[STATEMENT_SIZE_MAX];
    struct out bytes = out_over(room, sizeof(room));
    enum armour_kind kind = ARMOUR_STATEMENT;
    struct hash made = {{0}};
    size_t len = 0;

    snprintf(entry, sizeof(entry), "%.60s.statement", o->name);
    if (home_path(o->args, entry, path) == ERR_OK && file_read(path, FILE_MAX_BYTES, &text, &len) == ERR_OK &&
        armour_decode(span_of(text, len), &bytes, &kind) == ERR_OK)
        made = hash_of(out_span(&bytes));
    free(text);
    return hash_equal(&made, id);
}

static bool is_made(const struct ours *o, const struct hash *id)
{
    char path[PATH_LEN];
    uint8_t *text = NULL, hex[64];
    struct out name = out_over(hex, sizeof(hex));
    bool more = true, found = false;
    struct lines l;
    size_t len;

    if (o->name == NULL) return false;
    if (is_first_made(o, id)) return true;
    if (made_path(o, path) != ERR_OK || file_read(path, FILE_MAX_BYTES, &text, &len) != ERR_OK) return false;
    hex_encode(hash_span(id), &name);
    l = lines_over(span_of(text, len));
    while (!found && lines_next(&l, &more) == ERR_OK && more)
        found = l.count == 2 && span_equal(l.word[0], SPAN("statement")) && span_equal(l.word[1], out_span(&name));
    free(text);
    return found;
}

enum err ours_remember(const struct ours *o, const struct hash *id)
{
    char path[PATH_LEN];
    uint8_t line[80];
    struct out l = out_over(line, sizeof(line));

    if (is_made(o, id)) return ERR_OK;
    TRY(made_path(o, path));
    out_text(&l, "statement ");
    hex_encode(hash_span(id), &l);
    return file_append_line(path, out_span(&l));
}

/* ---- what the log has ---- */

/* By the rules and its signature: a later one as it was admitted, a first one by a key that it lists. That a name was
 * approved for that key is the log's word. */
static enum err statement_holds(const struct ours *o, const struct statement *s, uint64_t position, bool first)
{
    const struct admit_at at = {.origin = o->log->origin, .position = position};
    struct refusal why;
    struct issuer_payload p;
    const struct listed_key *key;
    struct hash named;

    if (!first) return admit(&o->listing->lookup, &at, s, &why);
    TRY(issuer_decode(s->cose.payload, &p));
    key = issuer_listed(&p, &s->kid);
    if (p.seq != 0 || key == NULL || (key->purposes & PURPOSE_ISSUER) == 0) return ERR_NOT_LISTED;
    if (ckt_decode(s->iss, &named) == ERR_OK && !hash_equal(&named, &s->kid)) return ERR_ISS_NOT_KEY;
    return statement_verify(s, &key->key);
}

/* Newest first, as the past is read; the steps stand in the order of the log. */
static enum err take_steps(struct ours *o)
{
    struct issuer_past past;
    struct issuer_item item;
    struct own_step *last = o->step + EVIDENCE_STATEMENTS_MAX, *at = last;
    bool more;

    TRY(issuer_past_open(&o->listing->lookup, ours_iss(o), o->listing->checkpoint.size, NULL, &past));
    for (;;) {
        TRY(issuer_past_next(&past, &item, &more));
        if (!more) break;
        *--at = (struct own_step){.position = item.position,
                                  .id = item.id,
                                  .prev = item.p.prev,
                                  .recovery = item.p.has_revealed,
                                  .dropped = item.dropped,
                                  .made_here = is_made(o, &item.id)};
    }
    o->count = (size_t)(last - at);
    memmove(o->step, at, o->count * sizeof(*at));
    return issuer_fold(&o->listing->lookup, ours_iss(o), o->listing->checkpoint.size, &o->now);
}

static enum err check_step(const struct ours *o, size_t n)
{
    struct statement s;

    TRY(o->listing->lookup.statement(o->listing->lookup.ctx, o->step[n].position, &s));
    return statement_holds(o, &s, o->step[n].position, n == 0);
}

/* Whatever the reason: it is the log's no. */
static int does_not_hold(enum err e, const struct ours *o, size_t n)
{
    char found[64];

    snprintf(found, sizeof(found), "the statement @%llu", (unsigned long long)o->step[n].position);
    client_fail(e, "what the log has of this issuer does not hold", found);
    return EXIT_NO;
}

/* A key takes its place here when the log lists it: a list that never had it is older than that. What is built on it
 * would undo what came since. */
static int check_age(const struct ours *o)
{
    uint8_t text[CKT_SHORT_LEN];
    struct out kid = out_over(text, sizeof(text));

    if (!o->has[OWN_KEY] || ours_life(o, &o->key[OWN_KEY].kid).listed) return EXIT_YES;
    ckt_short(&o->key[OWN_KEY].kid, &kid);
    fflush(stdout);
    fprintf(stderr,
            "cairn: %s: expected the key in %s.key, %.*s, in some statement; found none in a log of size %llu\n"
            "  a copy may be behind: ask again. If it stays so the log has gone back\n",
            o->name, o->name, (int)kid.len, (const char *)text, (unsigned long long)o->listing->checkpoint.size);
    return EXIT_CANNOT_SAY;
}

int ours_fetch(struct ours *o, const struct known_log *log)
{
    enum err e;
    int code = listing_fetch(log, INDEX_ISSUER, ours_iss(o), &o->listing);

    o->log = log;
    if (code != EXIT_YES) return code;
    e = take_steps(o);
    if (e != ERR_OK) return client_fail(e, "what the log has of this issuer does not hold", log->url);
    for (size_t n = 0; n < o->count; n++)
        if ((e = check_step(o, n)) != ERR_OK) return does_not_hold(e, o, n);
    if (o->count > 0) return check_age(o);
    return client_fail(ERR_UNREGISTERED, o->name == NULL ? "issuer" : o->name, "no statement of it in this log");
}

void ours_payload(const struct ours *o, size_t n, struct issuer_payload *ret)
{
    struct statement s;
    enum err e = o->listing->lookup.statement(o->listing->lookup.ctx, o->step[n].position, &s);

    if (e == ERR_OK) e = issuer_read(s.cose.payload, ret);
    ASSERT(e == ERR_OK); /* it was checked when it was fetched */
}

bool ours_find(const struct ours *o, const struct hash *id, size_t *ret)
{
    for (size_t n = 0; n < o->count; n++) {
        if (!hash_equal(&o->step[n].id, id)) continue;
        *ret = n;
        return true;
    }
    return false;
}

size_t ours_run(const struct ours *o)
{
    size_t first = 0;

    for (size_t n = 0; n < o->count; n++)
        if (o->step[n].recovery) first = n;
    return first;
}

struct key_life ours_life(const struct ours *o, const struct hash *kid)
{
    struct key_life life;
    enum err e = issuer_lives(&o->listing->lookup, ours_iss(o), o->listing->checkpoint.size, NULL, kid, 1, &life);

    ASSERT(e == ERR_OK);
    return life;
}
