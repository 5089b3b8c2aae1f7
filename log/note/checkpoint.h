/* c2sp.org/tlog-checkpoint bodies and c2sp.org/tlog-cosignature lines over them. */
#ifndef CAIRN_CHECKPOINT_H
#define CAIRN_CHECKPOINT_H

#include "log/note/note.h"
#include "log/tree/merkle.h"

struct checkpoint {
    struct span origin;
    uint64_t size;
    struct hash root;
};

/* The text of a note. The origin has 1 to 255 bytes, the size is below TREE_SIZE_MAX.
 * Extension lines are ERR_BAD_CHECKPOINT: Cairn logs have none. */
enum err checkpoint_decode(struct span text, struct checkpoint *ret) MUST_USE;
/* The same with extension lines let through: what witnesses must cosign for others' logs. */
enum err checkpoint_decode_any(struct span text, struct checkpoint *ret) MUST_USE;
void checkpoint_encode(const struct checkpoint *c, struct out *o);

/* A type 4 line over the note text. `time` is 1 to 2^63-1. */
void cosignature_make(struct out *o, struct span text, const struct vkey *v, const struct secret_key *key,
                      uint64_t time);
/* Checks `line` (ERR_NOT_SIGNED unless its name and id are those of v, a type 4 key) and gives its time,
 * which is 1 to 2^63-1. Uses 64 KiB of stack. */
enum err cosignature_verify(const struct note_line *line, struct span text, const struct vkey *v,
                            uint64_t *ret_time) MUST_USE;

#endif
