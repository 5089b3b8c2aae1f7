/* Signed notes and verifier keys (c2sp.org/signed-note). */
#ifndef CAIRN_NOTE_H
#define CAIRN_NOTE_H

#include "log/base/sign.h"

#define NOTE_NAME_MAX 255
#define NOTE_SIGNATURES_MAX 64
/* Sixteen signatures, the fewest that every reader takes, come to 110 KB when they are post-quantum ones. */
#define NOTE_SIZE_MAX 131072
#define NOTE_TEXT_MAX 65536

enum note_type { NOTE_ED25519 = 1, NOTE_COSIGNATURE = 4, NOTE_MLDSA_COSIGNATURE = 6 };

/* A verifier key. Types other than the two Ed25519 ones are kept as `usable` = false:
 * their signatures are skipped, their lines in policies stay. */
struct vkey {
    uint8_t name[NOTE_NAME_MAX];
    size_t name_len;
    uint8_t id[4];
    uint8_t type;
    bool usable;
    struct public_key key;
    struct hash key_hash; /* of the raw public key, of whatever length: one key, one witness */
};

/* name+hash+base64. Recomputes the id. ERR_BAD_KEY for an Ed25519 key that is not good; other keys may
 * have up to 4096 bytes. */
enum err vkey_decode(struct span text, struct vkey *ret) MUST_USE;
/* Only for a usable key: of others the bytes are not kept. */
void vkey_encode(const struct vkey *v, struct out *o);
/* `name` as note_name_good wants it. */
void vkey_make(struct span name, enum note_type type, const struct public_key *key, struct vkey *ret);
struct span vkey_name(const struct vkey *v);
/* Not empty, at most 255 bytes, valid UTF-8 without controls, Unicode spaces or '+'. */
bool note_name_good(struct span name);

struct note {
    struct span text;       /* with its final newline */
    struct span signatures; /* the lines after the empty line */
};
struct note_line {
    struct span whole; /* with its newline */
    struct span name;
    uint8_t id[4];
    size_t blob_len; /* after the id; only blobs up to 72 bytes are kept */
    uint8_t blob[72];
};

/* What a note may say: not empty, ends with a newline, UTF-8 without other controls. */
bool note_text_good(struct span text);
/* Checks the form of everything, every signature line included (at most 64). ERR_NO_ROOM above
 * NOTE_SIZE_MAX bytes, or with a text above NOTE_TEXT_MAX. */
enum err note_decode(struct span bytes, struct note *ret) MUST_USE;
/* Takes the next line off *rest (note.signatures of a decoded note). False at the end. */
bool note_next(struct span *rest, struct note_line *ret);
bool note_line_is(const struct note_line *line, const struct vkey *v);
/* By a type 1 key. ERR_NOT_SIGNED without a line of it, ERR_BAD_SIGNATURE when one fails. */
enum err note_verify(const struct note *n, const struct vkey *v) MUST_USE;
/* "— name base64\n"; a blob of 1 to 72 bytes, which the id goes before. */
void note_put_line(struct out *o, const struct vkey *v, struct span blob);
/* The line that signs `text` as a note, by a type 1 key. */
void note_sign(struct out *o, struct span text, const struct vkey *v, const struct secret_key *key);

#endif
