/* How replies are worded: problems in CBOR (RFC 9290) or JSON (RFC 9457), JSON values, cache headers. */
#ifndef CAIRN_ANSWER_H
#define CAIRN_ANSWER_H

#include "log/base/hash.h"
#include "server/net/http.h"

/* CACHE_EACH_FOR_EVER: for ever, and what Accept asks for decides which form. */
enum cache { CACHE_NONE, CACHE_MOMENT, CACHE_FOR_EVER, CACHE_EACH_FOR_EVER };

unsigned answer_status(enum err e);
/* `found` may be empty. Adds Cairn-Reason, and Retry-After for what may work later. */
void answer_problem(struct http_exchange *x, enum err e, struct span found);
/* 405 with the methods that this address takes. */
void answer_wrong_method(struct http_exchange *x, struct span allowed);
/* 200 with a body, readable from any origin. */
void answer_body(struct http_exchange *x, const char *type, enum cache cache, struct span body);
/* Whether the reader asked for JSON (Accept names json). */
bool answer_wants_json(const struct http_request *r);

/* A JSON writer over an out buffer: a value after a name, commas where they belong. */
struct json {
    struct out *o;
    bool comma;
};
void json_open(struct json *j, const char *name, char bracket);      /* '{' or '[' */
void json_close(struct json *j, char bracket);                       /* '}' or ']' */
void json_text(struct json *j, const char *name, struct span value); /* bad UTF-8 is replaced */
void json_number(struct json *j, const char *name, uint64_t value);
void json_bool(struct json *j, const char *name, bool value);
void json_hash(struct json *j, const char *name, const struct hash *h); /* hex */

#endif
