/* An issuer as its log has it, beside what this folder has of it: its statements, proven and checked, its key files,
 * and what was begun here and not finished. */
#ifndef CAIRN_OURS_H
#define CAIRN_OURS_H

#include "client/listing.h"
#include "log/admit/keys.h"

/* Key files of an issuer in the folder. What takes the place of another lies beside it as FILE.next until the log has
 * it; what was replaced is kept as FILE.retired-…, FILE.stolen-… or FILE.spent-… with the beginning of its name. */
enum own_file { OWN_KEY, OWN_KEY_NEXT, OWN_RECOVERY, OWN_RECOVERY_NEXT, OWN_FILE_COUNT };

/* One issuer statement; `dropped` by a later recovery. */
struct own_step {
    uint64_t position;
    struct hash id, prev;
    bool recovery, dropped, made_here;
};
struct ours {
    const struct args *args;
    const struct known_log *log;
    const char *name;                                /* of the key files; NULL: none of ours */
    bool has[OWN_FILE_COUNT], fresh[OWN_FILE_COUNT]; /* fresh: made by this command, and sent by none before */
    struct issuer_key key[OWN_FILE_COUNT];
    uint8_t iss[ISS_MAX];
    size_t iss_len;
    struct listing *listing;
    size_t count; /* at least 1 once it is fetched */
    struct own_step step[EVIDENCE_STATEMENTS_MAX];
    struct issuer now; /* borrows from listing */
};
void ours_free(struct ours *o);
#define OURS __attribute__((cleanup(ours_free))) struct ours

/* Reads the key files of `name` that there are. Says what goes wrong, as all of these do. */
int ours_load(const struct args *a, const char *name, struct ours *ret) MUST_USE;
/* Fetches the issuer's statements and checks each against those before it. ret->iss is set. */
int ours_fetch(struct ours *o, const struct known_log *log) MUST_USE;
struct span ours_iss(const struct ours *o);
/* What the n-th statement says. Borrows from the listing. */
void ours_payload(const struct ours *o, size_t n, struct issuer_payload *ret);
/* Which statement has this id; false when none. */
bool ours_find(const struct ours *o, const struct hash *id, size_t *ret);
/* The first of those that a recovery may go back to: from the last recovery, or from the first, on. */
size_t ours_run(const struct ours *o);
/* What became of a key. */
struct key_life ours_life(const struct ours *o, const struct hash *kid);

/* ---- key files ---- */

/* HOME/NAME and what the file's kind adds to it. */
enum err ours_path(const struct args *a, const char *name, enum own_file file, char ret[PATH_LEN]) MUST_USE;
/* Makes a key for the issuer in a new file. `ret` may have been loaded before: it is replaced. */
enum err ours_make(const struct ours *o, enum own_file file, struct issuer_key *ret) MUST_USE;
/* FILE to FILE.WHY-…, where WHY says what it is. */
enum err ours_aside(const struct ours *o, enum own_file file, const char *why, char ret[PATH_LEN]) MUST_USE;
/* The next file takes the place of `file`, which is kept as FILE.WHY-…. A crash at any moment leaves both, and doing
 * it again does the rest. *ret is where the old one is kept; empty when there was none. */
enum err ours_replace(const struct ours *o, enum own_file file, const char *why, char ret[PATH_LEN]) MUST_USE;
/* Remembers a statement as made here; before it is sent. */
enum err ours_remember(const struct ours *o, const struct hash *id) MUST_USE;

/* ---- in words ---- */

/* "ckt:…" of a kid, "ckt:… calling itself …" of the issuer, and what the n-th statement did, each to stdout. */
void print_kid(const struct hash *kid);
void ours_print_name(const struct ours *o);
void ours_print_step(const struct ours *o, size_t n);

#endif
