/* The body of an add-checkpoint request (c2sp.org/tlog-witness). Pure: it knows nothing of which logs are followed. */
#ifndef CAIRN_WITNESS_REQUEST_H
#define CAIRN_WITNESS_REQUEST_H

#include "log/note/checkpoint.h"

/* The line of the old size, 63 hashes and the empty line come to less than 4096 bytes. */
#define REQUEST_SIZE_MAX (NOTE_SIZE_MAX + 4096)
/* What is kept is the text with the signatures of the log's keys and the witness's own: room for those. */
#define REQUEST_TEXT_MAX (NOTE_TEXT_MAX - 16384)

/* Borrows the body. */
struct request {
    uint64_t old;
    struct tree_path proof;
    struct note note;
    struct checkpoint checkpoint;
};

/* ERR_BAD_REQUEST for what stands before the note, ERR_NO_ROOM for a checkpoint longer than REQUEST_TEXT_MAX, or
 * what note_decode and checkpoint_decode_any say. Signatures are not looked at. */
enum err request_decode(struct span body, struct request *ret) MUST_USE;

#endif
