/* A disk seen from outside: every write, sync, truncation and change of names in the folder under watch is recorded,
 * may be made to fail, and can afterwards be cut at any moment, as a loss of power cuts it: what was synced is
 * there; of what was written after, any 4 KiB blocks are and any are not; of names that were made, changed or
 * removed since their folder was synced, any are and any are not.
 *
 * powercut.c stands in for the C library's write, sync, open and the like in every test of this folder; while
 * nothing is watched it passes everything on. Lock files of LMDB, which start again with each process, are seen
 * and their bytes are not. */
#ifndef CAIRN_TESTS_STORE_POWERCUT_H
#define CAIRN_TESTS_STORE_POWERCUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Files and folders that one run may make. */
#define POWERCUT_NODES 48
#define POWERCUT_PATH_MAX 128

/* Watches this folder and all that is made in it; what stands in it now counts as synced. Before anything in it is
 * opened. */
void powercut_watch(const char *dir);
/* Forgets the record and passes everything on again. */
void powercut_release(void);

/* Puts numbers of the caller's into the record: what was acknowledged by now. */
struct powercut_mark {
    uint64_t statements, published, covers;
    bool made;      /* there is a store */
    bool set_aside; /* a derived environment was, by intention */
};
void powercut_mark(struct powercut_mark mark);

size_t powercut_events(void);
/* How many of each were recorded: the harness is blind when one of them is 0. */
struct powercut_counts {
    size_t writes, synced_writes, syncs, names, folder_syncs, marks;
};
struct powercut_counts powercut_counts(void);

/* What keeps a write: fdatasync or fsync of its file, and a descriptor opened O_DSYNC; what keeps a name: fsync of
 * its folder. A disk, or a program, for which one of them means nothing is made by leaving it out. */
struct powercut_rules {
    bool sync_keeps, dsync_keeps, folder_sync_keeps;
};
/* The folder as it is found when power fails after `events` events, later ones not begun, except that the next one
 * may be half done. Must be called with rising `events`, from `powercut_begin` on. `seed` decides what is lost.
 * The image lives until the next call. */
struct powercut_entry {
    char path[POWERCUT_PATH_MAX]; /* below the folder; parents stand before what is in them */
    bool is_folder;
    const uint8_t *bytes;
    size_t len;
};
struct powercut_image {
    struct powercut_mark acknowledged;
    size_t count;
    struct powercut_entry entry[POWERCUT_NODES];
};
void powercut_begin(struct powercut_rules rules);
const struct powercut_image *powercut_image(size_t events, uint64_t seed);
/* Makes a folder of that name what the image says. */
void powercut_image_write(const struct powercut_image *image, const char *dir);

enum powercut_call {
    POWERCUT_WRITE,
    POWERCUT_SYNCED_WRITE, /* through a descriptor opened O_DSYNC */
    POWERCUT_SYNC,         /* of a file or a folder */
    POWERCUT_TRUNCATE,
    POWERCUT_OPEN,   /* of what is there, for anything */
    POWERCUT_CREATE, /* mkdir, and open of what is not there */
    POWERCUT_NAME,   /* rename, unlink, rmdir */
    POWERCUT_ROOM,   /* whatever a full disk refuses: writes, truncations, what creates */
    POWERCUT_ANY,
};
/* What became of a call that failed. SHORT: a write is half done and says so; other calls are lost. */
enum powercut_fate { POWERCUT_LOST, POWERCUT_KEPT, POWERCUT_SHORT };
struct powercut_fault {
    enum powercut_call call;
    unsigned nth; /* from 0, of its kind */
    int error;
    enum powercut_fate fate;
    bool lasting; /* every later one of its kind fails too, until powercut_failed */
};
void powercut_fail(struct powercut_fault f);
/* Whether it has fired. */
bool powercut_fired(void);
/* The same; and ends it. */
bool powercut_failed(void);

uint64_t powercut_random(uint64_t *state);

#endif
