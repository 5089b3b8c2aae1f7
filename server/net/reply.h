/* What stands before the body of a reply. Pure: the time is given. */
#ifndef CAIRN_NET_REPLY_H
#define CAIRN_NET_REPLY_H

#include "log/base/base.h"
#include "server/net/http.h"

/* Status line and headers together; a reply that needs more is a bug. */
#define REPLY_HEAD_MAX 16384

/* "Fri, 20 Nov 2026 03:07:40 GMT" (RFC 9110, 5.6.7). */
void reply_date(uint64_t now_s, struct out *o);

/* Whether replies of this status have a body and a length (RFC 9110, 6.4.1). */
bool reply_has_body(unsigned status);

struct reply {
    unsigned status;
    const struct http_header *headers;
    size_t count;
    size_t body_len;
    bool close;
    uint64_t now_s;
};
void reply_head(const struct reply *r, struct out *o);

#endif
