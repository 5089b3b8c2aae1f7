/* cairnd.conf: the one file an operator writes. Words, one setting a line; see docs/formats.md. */
#ifndef CAIRN_CONFIG_H
#define CAIRN_CONFIG_H

#include "log/note/lines.h"
#include "log/note/quorum.h"
#include "server/shell/setting.h"

#define CONFIG_SIZE_MAX 65536

/* Borrows the text it was read from. */
struct config {
    struct span origin, url; /* url: what the pages tell readers; empty = http://listen */
    char host[SETTING_HOST_MAX];
    uint16_t port;
    unsigned interval_ms; /* the least time between two checkpoints */
    unsigned refresh_ms;  /* how often an idle log asks its witnesses again */
    unsigned stall_ms;    /* how long a checkpoint may wait before attestations are refused */
    unsigned witness_ms;  /* time-out of one request to a witness */
    unsigned connections_max;
    unsigned pending_max; /* statements accepted and not yet published */
    unsigned wait_max;    /* seconds a POST may wait */
    uint64_t map_bytes;
    struct policy policy; /* witness, group and quorum lines; no log lines */
};
/* On error ret_where says line, column and what is wrong. */
enum err config_decode(struct span text, struct config *ret, char ret_where[200]) MUST_USE;
/* Another address than the file says: HOST:PORT. */
enum err config_listen(struct config *c, struct span word) MUST_USE;
/* The text of a new cairnd.conf. */
void config_write(struct span origin, const char *listen, struct out *o);

#endif
