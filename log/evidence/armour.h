/* The text armour: every file that Cairn writes says in its first line what it is, then says it in plain
 * words, then carries the bytes in base64. The words are made from the bytes again by whoever reads
 * the file, and any difference refuses it. */
#ifndef CAIRN_ARMOUR_H
#define CAIRN_ARMOUR_H

#include "log/evidence/evidence.h"

/* Of a label's value, not counting the 8 columns of the label; what people copy is never cut. */
#define ARMOUR_COLUMNS 80
#define ARMOUR_BASE64_COLUMNS 76

enum armour_kind { ARMOUR_EVIDENCE, ARMOUR_KEY, ARMOUR_STATEMENT, ARMOUR_KIND_COUNT };

/* Appends the whole file; checks the bytes on the way (ERR_WRONG_KIND, or what decoding them says). On error
 * *o is as it was. Costs a decoding of every statement in evidence; takes 150 KB of stack. */
enum err armour_encode(enum armour_kind kind, struct span bytes, struct out *o) MUST_USE;
/* Either armoured text or bare CBOR, which is told by its first byte. Appends the bytes to *o.
 * ERR_BAD_ARMOUR when text and bytes do not agree to the letter; ERR_NOT_BUILT for a breach. On error *o is
 * as it was, but its free room may hold bytes: of a key file, secret ones. */
enum err armour_decode(struct span file, struct out *o, enum armour_kind *ret) MUST_USE;

/* The bytes of a key file: { 1: role, 2: name, 3: [+ [purposes, seed]] }, who it is for and its secret keys.
 * Wiped by whoever holds it, after an error too. Names of logs and witnesses are as vkeys want them. */
#define KEY_FILE_KEYS_MAX 4
#define KEY_FILE_SIZE_MAX 2048
enum key_role { KEY_ISSUER, KEY_RECOVERY, KEY_OPERATOR, KEY_LOG, KEY_WITNESS, KEY_ROLE_COUNT };
struct key_file {
    enum key_role role;
    struct span name; /* iss, origin or witness name */
    size_t count;
    struct {
        unsigned purposes; /* labels.h; 0 for a witness */
        uint8_t seed[32];
    } key[KEY_FILE_KEYS_MAX];
};
enum err key_file_decode(struct span bytes, struct key_file *ret) MUST_USE;
void key_file_encode(const struct key_file *k, struct out *o);

#endif
