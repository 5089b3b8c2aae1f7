/* The one syntax of every file that a person writes: words separated by blanks, '#' comments at line
 * start, the octets of tlog-policy (tab, LF, 0x20 to 0x7e, 0x80 to 0xff; valid UTF-8 is the caller's wish). */
#ifndef CAIRN_LINES_H
#define CAIRN_LINES_H

#include "log/base/base.h"

#define WORDS_MAX 80

struct lines {
    struct span rest;
    unsigned line;               /* of the words that were given last, from 1 */
    size_t count;                /* how many there are */
    struct span word[WORDS_MAX]; /* borrowed from the text */
    unsigned column[WORDS_MAX];  /* from 1, in characters */
};

struct lines lines_over(struct span text);
/* Fills in the words of the next line that has any. *ret_more is false at the end.
 * ERR_BAD_CONFIG for a forbidden octet or too many words: `line` and column[0] say where. */
enum err lines_next(struct lines *l, bool *ret_more) MUST_USE;

#endif
