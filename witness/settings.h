/* witness.conf: a table of settings, and the log lines of c2sp.org/tlog-policy. */
#ifndef CAIRN_WITNESS_SETTINGS_H
#define CAIRN_WITNESS_SETTINGS_H

#include "log/note/lines.h"
#include "log/note/quorum.h"
#include "server/shell/setting.h"

#define SETTINGS_FILE "witness.conf"
#define SETTINGS_SIZE_MAX 65536

/* Borrows the text it was read from. */
struct settings {
    struct span name, url; /* url: empty = https://NAME */
    char host[SETTING_HOST_MAX];
    uint16_t port;
    unsigned connections_max;
    struct policy logs; /* log lines, each with an Ed25519 key whose name is the origin */
};
/* On error ret_where says line, column and what is wrong. */
enum err settings_decode(struct span text, struct settings *ret, char ret_where[200]) MUST_USE;
/* Another address than the file says: HOST:PORT. */
enum err settings_listen(struct settings *s, struct span word) MUST_USE;
/* The text of a new witness.conf. */
void settings_write(struct span name, const char *listen, struct out *o);
/* ERR_NOT_BUILT for a key of a kind that is not checked here. */
enum err settings_key_check(const struct vkey *key) MUST_USE;
/* Where logs reach this witness. */
void settings_url(const struct settings *s, struct out *o);

#endif
