/* The storage port over arrays, for tests of what stands on it: every call may fail, every effect has its fates, and
 * a view's bytes are gone the moment it is closed. Linked in place of log/store. Small logs only. */
#ifndef CAIRN_TESTS_MEMORY_STORE_H
#define CAIRN_TESTS_MEMORY_STORE_H

#include "log/index/edit.h"
#include "log/store/store.h"

/* A build may ask for more. */
#ifndef MEMORY_STATEMENTS
#define MEMORY_STATEMENTS 64
#endif

/* What becomes of an effect. A crash: nothing that is called after it happens, until memory_start. */
enum fate {
    FATE_NONE,
    FATE_REFUSED, /* not kept, and it says so: a full disk */
    FATE_LOST,    /* not kept, and nobody knows */
    FATE_KEPT,    /* kept, and nobody knows */
    FATE_CRASH_BEFORE,
    FATE_CRASH_AFTER,
};

/* An empty disk, no faults; counts begin again. */
void memory_format(void);
/* The process begins again over the same disk. Fails when a view or a write was left open. */
void memory_start(void);
/* The nth (from 0) call that can fail and is no effect fails with `err`. */
void memory_fail_call(uint64_t nth, enum err err);
/* The nth effect: a commit, a reset of the index, a file (memory_file_effect). */
void memory_fail_effect(uint64_t nth, enum fate fate);
/* Whether it has happened. */
bool memory_failed(void);
uint64_t memory_calls(void), memory_effects(void);
bool memory_crashed(void);

/* For effects that are not the store's: whether it is to be done, and then what to answer. */
struct memory_effect {
    bool done;
    enum err err;
};
struct memory_effect memory_file_effect(void);

/* The disk itself, past all faults. */
struct log_head memory_head(void);
struct span memory_statement(uint64_t position);
struct hash memory_root(uint64_t size);
/* False before the first publication. Borrows the disk. */
bool memory_published(struct span *ret_note, struct signature *ret_receipts);

#endif
