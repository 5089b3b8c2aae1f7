/* c2sp.org/tlog-proof: a checkpoint and the place of one entry under it, as one text that can be checked offline.
 * What the entry says, and so its leaf hash, is somebody else's. */
#ifndef CAIRN_TLOG_PROOF_H
#define CAIRN_TLOG_PROOF_H

#include "log/note/quorum.h"

/* Everything borrowed. */
struct tlog_proof {
    struct span extra; /* base64 as it stands there, canonical; empty: no such line. Nobody signed it */
    uint64_t index;
    struct tree_path path;
    struct span note; /* the checkpoint, word for word */
};

void tlog_proof_encode(const struct tlog_proof *p, struct out *o);
/* What is read encodes to the same text again, holds a checkpoint of any log, extension lines included, and has
 * a path as long as index and size want it. ERR_BAD_TLOG_PROOF, ERR_BAD_SIZE, ERR_BAD_PROOF, or what the note
 * and the checkpoint say. Nothing is checked against a key. */
enum err tlog_proof_decode(struct span text, struct tlog_proof *ret) MUST_USE;
/* That a log of the policy, named as the origin, signed the checkpoint, that its quorum cosigned it, lines that
 * are dated after `latest` aside, and that `leaf` stands at the index. ERR_NOT_SIGNED, ERR_BAD_SIGNATURE,
 * ERR_NO_QUORUM, ERR_BAD_PROOF; ERR_BAD_POLICY when the policy has no quorum line, which may be `none`. */
enum err tlog_proof_verify(const struct tlog_proof *p, const struct hash *leaf, const struct policy *policy,
                           uint64_t latest, struct checkpoint *ret) MUST_USE;

#endif
