/* A program that is asked line by line: a word and its arguments, bytes in hexadecimal. The answer to each is a line,
 * "ok" with what there is to say, or a reason word. A line that is none ends the program with 2. */
#ifndef CAIRN_TESTS_ASKED_H
#define CAIRN_TESTS_ASKED_H

#include "log/base/hash.h"

#define ARGUMENTS_MAX 6

/* Each argument as it stands, and its bytes: none when it is not hexadecimal. */
struct arguments {
    size_t count;
    struct span text[ARGUMENTS_MAX], bytes[ARGUMENTS_MAX];
};
struct word {
    const char *word;
    size_t count; /* of its arguments */
    enum err (*answer)(const struct arguments *a, struct out *said);
};
/* Answers until there is no more, at most `letters_max` letters a line; what main returns. */
int asked(const struct word *words, size_t count, size_t letters_max);

/* Ends the program. */
_Noreturn void no_line(const char *what);

uint64_t number_in(const struct arguments *a, size_t i, uint64_t max);
void bytes_32(const struct arguments *a, size_t i, void *ret);
struct hash hash_in(const struct arguments *a, size_t i);
void say_bytes(struct out *said, struct span bytes);
void say_hash(struct out *said, const struct hash *h);
void say_number(struct out *said, uint64_t n);

#endif
