/* Requests over HTTP, one at a time. https, or http to this machine. */
#ifndef CAIRN_FETCH_H
#define CAIRN_FETCH_H

#include "log/base/base.h"

struct answer {
    unsigned status;
    uint8_t *body; /* malloced, NUL after the end */
    size_t len;
    char reason[64]; /* Cairn-Reason */
    char location[256];
    bool has_position, already;
    uint64_t position; /* Cairn-Position */
};
void answer_free(struct answer *a);
#define FETCH __attribute__((cleanup(answer_free))) struct answer
/* GET when post.ptr is NULL. `accept` may be NULL. wait_s > 0 asks to wait. ERR_NETWORK, and says on stderr
 * what curl said; ERR_BAD_REQUEST for an address that is neither https nor on this machine. */
enum err fetch(const char *url, struct span post, const char *accept, unsigned wait_s, struct answer *ret) MUST_USE;
/* BASE/path */
enum err fetch_path(const char *base, const char *path, struct span post, const char *accept, unsigned wait_s,
                    struct answer *ret) MUST_USE;
/* Says on stderr what the log refused, and gives the exit code: 1 refused, 3 later. */
int fetch_refused(const struct answer *a, const char *what);

#endif
