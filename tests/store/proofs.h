/* Every proof of a growing log, made from tiles read back from the store, held against a literal reading of RFC 6962
 * and against whatever may be changed in it. */
#ifndef CAIRN_TESTS_STORE_PROOFS_H
#define CAIRN_TESTS_STORE_PROOFS_H

#include <stdint.h>

/* Up to this size each bit of each hash is changed, and each place and size; above it, samples. */
#define PROOFS_WHOLE_UP_TO 64

/* A log that grows by one statement at a time from 0 to `sizes`: at each size the root, every inclusion and every
 * consistency proof. Above PROOFS_WHOLE_UP_TO, `samples` changes of each sort a proof. */
void prove_every_size(uint64_t sizes, unsigned samples);

#endif
