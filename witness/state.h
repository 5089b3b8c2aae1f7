/* What a witness knows of one log: the largest tree it cosigned, and the note that proves it. Pure: the text of
 * the file; keep.h reads and writes it. */
#ifndef CAIRN_WITNESS_STATE_H
#define CAIRN_WITNESS_STATE_H

#include "log/note/checkpoint.h"
#include "log/note/quorum.h"

#define STATE_NOTE_MAX 65536
#define STATE_SIZE_MAX (STATE_NOTE_MAX + 2048)

struct state {
    struct vkey key; /* the log's: its name is the origin, and it signed the note */
    size_t url_len;
    uint8_t url[POLICY_URL_MAX];
    uint64_t refused; /* checkpoints that the log signed and that do not continue what was seen */
    bool seen;        /* the rest only then */
    uint64_t size;
    struct hash root;
    uint64_t time; /* of the last cosignature */
    size_t note_len;
    uint8_t note[STATE_NOTE_MAX]; /* with verified lines of the log and the own one, nothing else */
};

/* Of a log that was never cosigned. A url of at most POLICY_URL_MAX bytes without blanks. */
void state_init(struct state *ret, const struct vkey *key, struct span url);
struct span state_note(const struct state *s);
struct span state_url(const struct state *s);

void state_encode(const struct state *s, struct out *o);
/* ERR_OTHER_FORMAT for another version, ERR_DAMAGED for what state_encode would not write. On error *ret is
 * undefined. Signatures are not looked at. */
enum err state_decode(struct span file, struct state *ret) MUST_USE;
/* Whether the note says what the state says, signed by the log's key and cosigned by `own` at that time.
 * ERR_DAMAGED otherwise. */
enum err state_check(const struct state *s, const struct vkey *own) MUST_USE;

#endif
