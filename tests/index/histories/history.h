/* A random history: the keys of one statement after the other. The same from the same seed. */
#ifndef CAIRN_TESTS_INDEX_HISTORY_H
#define CAIRN_TESTS_INDEX_HISTORY_H

#include "tests/index/chance.h"
#include "tests/index/model.h"

#define STEP_KEYS_MAX 8

struct step {
    size_t count; /* 0: a seal */
    struct hash key[STEP_KEYS_MAX];
};
struct history {
    size_t count, room;
    struct step *step;
};
/* Some dozen statements as a rule, some hundred of one history in five, and 1,000 to 2,000 of one in fifty. Issuers
 * and subjects repeat; some histories have an attacker who grinds keys next to those that are there. */
void history_random(uint64_t seed, struct history *ret);
/* Many issuers about one subject: one prefix of 128 bits. */
void history_of_a_subject(size_t issuers, struct history *ret);
/* One issuer about many subjects: three keys are in every statement or most. */
void history_of_an_issuer(size_t subjects, struct history *ret);
/* Keys that share their first 1, 2, … 60 bits with a victim's, and then ever more of them. */
void history_of_an_attacker(struct history *ret);
/* Keys that part from one at every bit, from the last to the first, each with some that part from it: the deepest trie,
 * which grows at its top. */
void history_of_a_comb(struct history *ret);
void history_free(struct history *h);
/* The id of the statement at a position. */
struct hash history_id(uint64_t position);

#endif
