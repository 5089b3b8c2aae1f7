/* What the tests of statements share: CBOR written as people write it, keys, and the vectors. */
#ifndef CAIRN_TESTS_STATEMENT_KNOWN_H
#define CAIRN_TESTS_STATEMENT_KNOWN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "log/statement/statement.h"

/* Every span below lives in a ring of buffers: until sixteen more have been made. */

/* CBOR from its diagnostic notation: 1 -8 "text" h'00' true false null [ ] { : } 18(…) <<…>> (a byte string
 * that holds CBOR), and three more: #7 is 32 bytes of 7, @0 the COSE_Key of key 0, x'…' bytes put in raw.
 * Stops the test when the notation is wrong. Map keys stay in the order given. */
struct span diag(const char *notation);
struct span diag_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
struct span from_hex(const char *hex);

/* Keys whose seed is 32 bytes of 100 + n. */
struct secret_key test_key(unsigned n);
struct public_key test_public(unsigned n);
struct hash test_kid(unsigned n);

/* The canonical bytes of a statement with a signature of zeros. */
struct span envelope(struct span protected, struct span payload);

/* The vectors, or NULL after saying so: then skip(). */
json_t *vectors_open(void);
struct span json_hex(const json_t *object, const char *key);
/* The key that signed vector `statement`. */
struct secret_key vector_key(const json_t *vectors, const json_t *statement);

void assert_span_equal(struct span got, struct span want);

/* One input and what must come of it. */
struct refused {
    const char *name, *notation;
    enum err want;
};
void assert_err(const char *name, enum err got, enum err want);

#endif
