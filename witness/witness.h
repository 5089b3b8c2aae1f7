/* A running witness: its key, the logs it follows, what it knows of each. One thread: the check of a request, the
 * advance of the state and its way to the disk are one step that nothing comes between. */
#ifndef CAIRN_WITNESS_WITNESS_H
#define CAIRN_WITNESS_WITNESS_H

#include "server/shell/files.h"
#include "witness/cosign.h"
#include "witness/say.h"
#include "witness/settings.h"

struct followed {
    struct span origin;    /* of the settings' text */
    struct state *state;   /* as it is on disk, but for `refused` */
    bool known;            /* false: a write ended unknown, and the file must be read first */
    uint64_t refused_kept; /* what the file says */
    struct quiet routine, alarm;
};

/* What witness.conf says, and the states of its logs. */
struct following {
    uint8_t *text;
    struct settings settings;
    size_t count;
    struct followed log[POLICY_LOGS_MAX];
};

struct witness {
    char dir[FILE_PATH_MAX];
    int lock; /* or -1 */
    struct cosigner self;
    struct following *following;
    struct state *scratch;
    struct quiet strangers;
};

/* Reads everything. ret_why says which line or file is wrong. ERR_NO_FILE when DIR is no witness;
 * ERR_INCOMPLETE when a log of witness.conf has no state: it was never followed, or its state was lost. */
enum err witness_open(const char *dir, struct witness **ret, char ret_why[300]) MUST_USE;
/* Wipes the key. */
void witness_close(struct witness *w);
/* Reads witness.conf again. On error everything stays as it was. */
enum err witness_reload(struct witness *w, char ret_why[300]) MUST_USE;

struct answer {
    enum err err;
    uint64_t size; /* ERR_WITNESS_OLD: the size that was seen */
    size_t len;
    uint8_t line[512]; /* ERR_OK: the cosignature, whose state is durable */
};
/* One add-checkpoint request. `now` in seconds. */
void witness_add(struct witness *w, struct span body, uint64_t now, struct answer *ret);
/* The note of the log whose origin has this SHA-256 in hex; lives until the next call of anything here.
 * ERR_NOT_FOUND when it was never cosigned. */
enum err witness_note(struct witness *w, struct span origin_hex, struct span *ret) MUST_USE;
/* Writes counts of refusals that are not on disk yet. */
void witness_settle(struct witness *w);

#endif
