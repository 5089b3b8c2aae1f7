/* A run of a store that is recorded from its making on, and what is asked of the disk that a loss of power leaves. */
#ifndef CAIRN_TESTS_STORE_CUTTING_H
#define CAIRN_TESTS_STORE_CUTTING_H

#include "tests/store/fixture.h"
#include "tests/store/powercut.h"

/* For cmocka: before the group and after it. */
int cutting_record(void **state);
int cutting_forget(void **state);

/* Where power fails: anywhere; while the store is made; while its index is set aside and made again. */
enum cutting_part { CUT_ANYWHERE, CUT_MAKING, CUT_SETTING_ASIDE };
struct findings {
    unsigned good, lost, corrupt;
};
/* Of `images` disks, in order, spread at random over the part; prints what it finds. */
struct findings cutting_cut(struct powercut_rules rules, enum cutting_part part, unsigned images, uint64_t seed);
/* Fails unless the record has all that the disk has, and enough of each kind. */
void cutting_check_record(void);

#define ALL_KEPT ((struct powercut_rules){.sync_keeps = true, .dsync_keeps = true, .folder_sync_keeps = true})

#endif
