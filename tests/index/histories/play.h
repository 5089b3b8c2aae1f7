/* Plays histories into the real derived store and into the model, and holds the one against the other after every
 * commit: root, counts, values, items, ids and every kind of proof, ours and the model's. */
#ifndef CAIRN_TESTS_INDEX_PLAY_H
#define CAIRN_TESTS_INDEX_PLAY_H

#include "tests/index/histories/history.h"

/* Histories from seed `first` on. */
void play_random(uint64_t first, uint64_t count);
/* With CAIRN_SEED in the environment that history, else `count` histories from a seed of the hour, which is printed
 * with the command that plays it again. */
void play_new(uint64_t count);
/* Takes the history. In at most `commits` commits, asking `questions` keys after each. */
void play_history(struct history *h, uint64_t commits, uint64_t questions);
/* How many statements were played since the program began. */
uint64_t play_steps(void);

/* cmocka's: stores in memory where the system has a place for them; the seed of what failed. */
int play_set_up(void **state);
int play_tear_down(void **state);

#endif
