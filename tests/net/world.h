/* A server on 127.0.0.1 and raw sockets to it, all on one loop and one thread: nothing moves but in world_run. */
#ifndef CAIRN_TESTS_NET_WORLD_H
#define CAIRN_TESTS_NET_WORLD_H

#include <uv.h>

#include "server/net/http.h"

#define WORLD_HELD_MAX 8

struct world {
    uv_loop_t loop;
    struct http_server *server;
    uint16_t port;
    bool closed;
    unsigned handled;                           /* requests that reached the handler */
    struct http_exchange *held[WORLD_HELD_MAX]; /* asked for under /hold, not yet answered or gone */
    unsigned held_count, gone_count;
    size_t big;                                             /* bytes that /big answers */
    void (*also)(struct world *w, struct http_exchange *x); /* NULL, or called instead of the usual handler */
};

/* The handler answers "METHOD PATH?QUERY BODY"; /hold waits, /owed waits without a `gone`, /big answers w->big
 * bytes of a pattern, /204 and /304 answer with that status and a body that must not be sent. */
void world_open(struct world *w, const struct http_limits *limits);
/* Closes the server and the loop; fails if anything is left. */
void world_close(struct world *w);

/* Turns the loop until *flag, or fails after a long time. */
void world_until(struct world *w, const bool *flag);
/* Some rounds of the loop: what can happen without waiting happens. */
void world_run(struct world *w);

/* A client's socket. */
struct peer {
    int fd;
    uint8_t *bytes; /* all that came */
    size_t len, cap;
    bool eof; /* the server closed, or reset: see `reset` */
    bool reset;
};
struct peer peer_open(struct world *w);
void peer_close(struct peer *p);
/* Sends all, turning the loop; stops early when the server closed. Returns the bytes that were not sent. */
size_t peer_send(struct world *w, struct peer *p, struct span s);
/* Turns the loop until the server closed. */
void peer_end(struct world *w, struct peer *p);
/* Turns the loop until `count` times `text` came. */
void peer_until(struct world *w, struct peer *p, const char *text, size_t count);
/* Takes what is there. */
void peer_read(struct peer *p);
struct span peer_bytes(const struct peer *p);
size_t count_of(struct span s, const char *text);
/* Sends, and gives what came until the server closed; freed by peer_close. */
struct peer peer_ask(struct world *w, struct span s);
/* The status of the first answer; 0: none. */
unsigned peer_status(const struct peer *p);

#endif
