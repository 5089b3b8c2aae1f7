/* Requests to other servers, made by one thread of their own with libcurl, answered on the loop. */
#ifndef CAIRN_OUTGOING_H
#define CAIRN_OUTGOING_H

#include <uv.h>

#include "log/base/base.h"

struct outgoing;
/* The thread starts here. `queue_max` requests may wait; each connection is kept for the next one. */
enum err outgoing_open(uv_loop_t *loop, unsigned queue_max, struct outgoing **ret) MUST_USE;
/* Gives up what is under way (each `done` is called with ERR_NETWORK, on the loop), ends the thread, then
 * calls closed on the loop. */
void outgoing_close(struct outgoing *o, void (*closed)(void *ctx), void *ctx);

struct outgoing_answer {
    enum err err; /* ERR_NETWORK: no answer came; `why` says more */
    unsigned status;
    struct span content_type, body; /* live until `done` returns; at most answer_max bytes of body */
    unsigned retry_after;           /* seconds; 0 when absent */
    unsigned elapsed_ms;
    const char *why;
};
typedef void outgoing_done(void *ctx, const struct outgoing_answer *a);
/* Whether an address is one that is asked: https, or http to loopback, without a user. */
bool outgoing_allowed(const char *url);
/* GET when body.ptr is NULL, else POST. Copies url and body. https, or http to loopback only (anything
 * else: ERR_BAD_REQUEST). No redirects are followed. ERR_BUSY when the queue is full. */
enum err outgoing_request(struct outgoing *o, const char *url, struct span body, unsigned timeout_ms, size_t answer_max,
                          outgoing_done *done, void *ctx) MUST_USE;

#endif
