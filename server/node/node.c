/* See node.h: what a log says on stderr, and how it stops writing. */
#include "server/node/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "server/shell/files.h"

void node_say(const char *format, ...)
{
    char line[512];
    time_t now = time(NULL);
    struct tm t;
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    gmtime_r(&now, &t);
    fprintf(stderr, "%02d:%02d:%02d  %s\n", t.tm_hour, t.tm_min, t.tm_sec, line);
    fflush(stderr);
}

void node_halt(struct node *n, enum err why, const char *detail)
{
    if (n->halted != ERR_OK) return;
    n->halted = why;
    snprintf(n->halted_why, sizeof(n->halted_why), "%s", detail);
    node_say("%s: %s", err_reason(why), detail);
    node_say("nothing more is signed or accepted; reads go on. %s", err_advice(why));
    submit_fail_all(n, why);
}

void node_derived_damaged(struct node *n)
{
    if (n->derived_marked) return;
    n->derived_marked = true;
    node_say("the index on disk is damaged: such proofs are not given out. Start again to have it built anew");
    if (file_write_durable(n->dir, STORE_DERIVED_MARK, SPAN("a proof did not fit its seal\n"), 0600) != ERR_OK)
        node_say("the mark could not be written: remove %s/derived while the server is stopped", n->dir);
}
