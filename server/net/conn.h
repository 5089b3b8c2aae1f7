/* One connection of the HTTP server: its bytes, its parser, its times. Only http.c includes this.
 *
 *   HEAD    waiting for a head, or between requests
 *   BODY    the head is read and its body is coming
 *   ANSWER  the handler has the exchange
 *   LINGER  the last reply is going out; what still comes in is thrown away, so that no reset overtakes the reply
 *   CLOSED  the handles are closing, or a handler still owes a reply that nobody will read */
#ifndef CAIRN_NET_CONN_H
#define CAIRN_NET_CONN_H

#include <llhttp.h>

#include "server/net/body.h"
#include "server/net/chunks.h"
#include "server/net/head.h"

enum conn_state { CONN_HEAD, CONN_BODY, CONN_ANSWER, CONN_LINGER, CONN_CLOSED };

struct http_exchange {
    bool open; /* handed to the handler, not answered */
    struct http_request request;
    void *data;
    void (*gone)(struct http_exchange *x, void *data);
};

struct conn {
    struct http_exchange x; /* first: an exchange is found in its connection */
    struct http_server *server;
    struct conn *prev, *next; /* in the server's list of live ones, or `next` in the free ones */
    uv_tcp_t tcp;
    uv_timer_t timer;
    uv_shutdown_t shutdown;
    unsigned handles; /* not yet closed */
    enum conn_state state;
    bool in_turn; /* a turn is under way further up the stack */
    bool again;   /* another turn is due on the next round of the loop */
    bool eof;     /* the peer sends no more */
    bool last;    /* the connection ends with the reply under way */
    bool reading;
    bool shut;
    bool turned_away; /* came when all were taken */
    bool skipped;     /* the one empty line that may stand before a request */

    uint8_t *in; /* head_max + CONN_READ_SIZE bytes: the head under way, then what came after it */
    size_t in_len;
    size_t head_len;
    struct head_scan scan;
    struct request_head head;
    llhttp_t parser;
    struct chunks chunks;
    uint64_t length_left;
    bool complete;        /* the parser has seen the end of the request */
    enum refusal refusal; /* set inside of the parser's callbacks */
    struct body body;     /* up to body_max, dropped with each request */

    /* In the loop's milliseconds. */
    uint64_t request_since; /* its first byte */
    uint64_t byte_last;     /* the newest byte, or the end of the last reply */
    uint64_t sent_since;    /* the last progress of what is unsent */
    uint64_t linger_since;
    uint64_t armed;     /* when the timer fires; UINT64_MAX: not */
    size_t unsent_mark; /* bytes unsent at sent_since */
    size_t discarded;
};

/* Room for reading beyond the longest head. */
#define CONN_READ_SIZE 16384

struct http_server {
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_timer_t grace;
    unsigned handles;
    struct http_limits limits;
    http_handler *handler;
    void *ctx;
    struct conn *conns; /* every one there may be, allocated at the start */
    struct conn *live, *free;
    unsigned live_count;     /* all of them */
    unsigned admitted_count; /* those that were not turned away */
    size_t copied;           /* bytes of replies that their readers have not taken */
    bool accept_due;         /* somebody waits for a free one */
    bool closing;
    void (*closed)(void *ctx);
    void *closed_ctx;
    uint8_t discard[CONN_READ_SIZE]; /* bytes nobody will look at */
};

/* Takes the waiting peer onto a free connection. `turned_away`: it gets 503 at once and no buffers. */
void conn_accept(struct conn *c, struct http_server *server, bool turned_away);
/* Closes now; calls `gone` if somebody holds the exchange. */
void conn_drop(struct conn *c);
/* Reads, waits and ends as the state wants it. To be called after anything changed from outside. */
void conn_settle(struct conn *c);
/* Called when the last handle is closed: the connection is free again. */
void server_conn_closed(struct http_server *server, struct conn *c);

#endif
