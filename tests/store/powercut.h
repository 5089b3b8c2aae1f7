/* A disk seen from outside: every write, sync and truncation of the files under watch is recorded, may be made
 * to fail, and can afterwards be cut at any moment, as a loss of power cuts it: what was synced is there; of
 * what was written after, any 4 KiB blocks are and any are not.
 *
 * powercut.c stands in for the C library's write, sync and open in every test of this folder; while nothing is
 * watched it passes everything on. */
#ifndef CAIRN_TESTS_STORE_POWERCUT_H
#define CAIRN_TESTS_STORE_POWERCUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POWERCUT_FILES 2

/* Watches these files, which exist; what stands in them now counts as synced. Before they are opened. */
void powercut_watch(const char *const paths[POWERCUT_FILES]);
/* Forgets the record and passes everything on again. */
void powercut_release(void);

/* Puts a number of the caller's into the record: what was acknowledged by now. */
struct powercut_mark {
    uint64_t statements, published, covers;
};
void powercut_mark(struct powercut_mark mark);

size_t powercut_events(void);
/* How many of each were recorded: the harness is blind when one of them is 0. */
struct powercut_counts {
    size_t writes, synced_writes, syncs, marks;
};
struct powercut_counts powercut_counts(void);

/* What keeps a write: fdatasync or fsync of its file, and a descriptor opened O_DSYNC. A disk, or a program,
 * for which one of them means nothing is made by leaving it out. */
struct powercut_rules {
    bool sync_keeps, dsync_keeps;
};
/* The files as they are found when power fails after `events` events, later ones not begun, except that the
 * next one may be half done. Must be called with rising `events`, from `powercut_begin` on. `seed` decides what
 * is lost. Buffers live until the next call. */
struct powercut_file {
    uint8_t *bytes;
    size_t len;
};
struct powercut_image {
    struct powercut_file file[POWERCUT_FILES];
    struct powercut_mark acknowledged;
};
void powercut_begin(struct powercut_rules rules);
const struct powercut_image *powercut_image(size_t events, uint64_t seed);

/* The nth (from 0) call of the kind fails with `error`; what it should have done is done first if `kept`. */
enum powercut_call { POWERCUT_WRITE, POWERCUT_SYNCED_WRITE, POWERCUT_SYNC };
void powercut_fail(enum powercut_call call, unsigned nth, int error, bool kept);
/* Whether that has happened since. Ends it. */
bool powercut_failed(void);

uint64_t powercut_random(uint64_t *state);

#endif
