/* The labels of an armoured file: what its bytes say, in plain words and one fixed form, made from the bytes
 * alone. Nothing here judges: no label is a verdict. Verdicts show values in the same form. */
#ifndef CAIRN_WORDS_H
#define CAIRN_WORDS_H

#include "log/evidence/armour.h"
#include "log/statement/statement.h"

/* All the lines between the first and the empty one. ERR_BAD_EVIDENCE and whatever decoding says when the
 * bytes are not of the kind. */
enum err words_evidence(struct span bytes, struct out *o) MUST_USE;
enum err words_key(struct span bytes, struct out *o) MUST_USE;
enum err words_statement(struct span bytes, struct out *o) MUST_USE;

/* "says    …\n": the label padded, the value cut after ARMOUR_COLUMNS characters. `value` is valid UTF-8. */
void label_put(struct out *o, const char *label, struct span value);
/* The same, never cut: for what people copy. */
void label_put_whole(struct out *o, const char *label, struct span value);
/* A value of one word as it is, anything else in quotes and escaped: two values never read as three. */
void words_value(struct out *o, struct span text);
void words_quoted(struct out *o, struct span text);
/* ckt: and 43 letters for a URN of a key, a value for any other name. */
void words_name(struct out *o, struct span iss);
/* One item of CBOR on one line; an array with what it holds, of maps and of arrays in it only that they are some. */
void words_item(struct out *o, struct span item);
/* key=value, sorted by key. `claims` is a strict map. */
void words_claims(struct out *o, struct span claims);
/* The claims of an attestation under a schema; private ones if `preimage` is theirs, else that they are private. */
void words_attested(struct out *o, const struct statement *s, struct span preimage);

#endif
