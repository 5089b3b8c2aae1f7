/* The evidence file's bytes: a Transparent Statement whose unprotected map carries a receipt and all
 * that proves its state at one checkpoint. Form only; what it proves is verdict.h's business. */
#ifndef CAIRN_EVIDENCE_H
#define CAIRN_EVIDENCE_H

#include "log/index/key.h"
#include "log/statement/statement.h"

#define EVIDENCE_SIZE_MAX (1U << 20)
#define EVIDENCE_STATEMENTS_MAX 512
#define EVIDENCE_ANSWERS_MAX 96 /* an attestation and 16 that it depends on, each with issuers of its own */

struct evidence_statement {
    uint64_t position;
    struct span bytes; /* empty: the statement that carries the evidence */
};
struct evidence_answer {
    uint8_t kind;
    struct span component[INDEX_COMPONENTS_MAX];
    struct hash key;
    size_t count;
    struct span positions; /* encoded array, rising; evidence_position reads it */
};
/* Fields 1 to 5 are what GET /index answers with too. */
struct evidence_map {
    struct span checkpoint;
    size_t statement_count, answer_count;
    struct evidence_statement statement[EVIDENCE_STATEMENTS_MAX];
    struct evidence_answer answer[EVIDENCE_ANSWERS_MAX]; /* keys strictly rising */
    struct span log_hashes;                              /* field 3 */
    struct span trie;                                    /* field 5, the encoded array */
    struct span preimage;                                /* field 6, of private claims; empty: not there */
};
struct evidence {
    struct sign1 cose;
    struct span receipt;
    struct evidence_map map;
};
/* ERR_BAD_EVIDENCE for anything that is not exactly of this form.
 * *ret borrows `bytes`, and is undefined on error. What decodes encodes to the same bytes again. */
enum err evidence_decode(struct span bytes, struct evidence *ret) MUST_USE;
enum err evidence_map_decode(struct span bytes, struct evidence_map *ret) MUST_USE;
/* The n-th position of an answer, n < count. */
uint64_t evidence_position(const struct evidence_answer *a, size_t n);
bool evidence_names(const struct evidence_answer *a, uint64_t position);
/* Answers carry positions as encoded arrays, which the caller made with cbor_put_*. */
void evidence_map_encode(const struct evidence_map *m, struct out *o);
/* `map` is an encoded evidence_map. */
void evidence_encode(const struct sign1 *statement, struct span receipt, struct span map, struct out *o);

#endif
