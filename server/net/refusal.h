/* Why a request is refused before any handler sees it: status, reason word and a sentence each.
 * After a refusal the connection is closed. */
#ifndef CAIRN_NET_REFUSAL_H
#define CAIRN_NET_REFUSAL_H

#include "log/base/base.h"

#define REFUSAL_TABLE(X) \
    X(NONE, 0, ERR_OK, "") \
    X(REQUEST_LINE, 400, ERR_BAD_REQUEST, "a request begins with METHOD /path HTTP/1.1 and single spaces") \
    X(LINE_END, 400, ERR_BAD_REQUEST, "every line of the head ends in CR LF, and neither stands alone") \
    X(CONTROL, 400, ERR_BAD_REQUEST, "no control characters may stand in the head") \
    X(FOLDED, 400, ERR_BAD_REQUEST, "a header stands on one line") \
    X(HEADER_LINE, 400, ERR_BAD_REQUEST, "a header is a name, a colon at once, and a value") \
    X(HEADER_TWICE, 400, ERR_BAD_REQUEST, "a header that may stand once stands twice") \
    X(HOST, 400, ERR_BAD_REQUEST, "one Host header with a host name is needed") \
    X(TARGET, 400, ERR_BAD_REQUEST, "the target begins with / and is printable ASCII without #") \
    X(FOREIGN_METHOD, 400, ERR_BAD_REQUEST, "this method belongs to another protocol") \
    X(UNKNOWN_METHOD, 501, ERR_WRONG_METHOD, "no such method is known here") \
    X(VERSION, 505, ERR_BAD_REQUEST, "HTTP/1.1 and HTTP/1.0 are spoken here") \
    X(LENGTH, 400, ERR_BAD_REQUEST, "Content-Length is a decimal number") \
    X(TWO_LENGTHS, 400, ERR_BAD_REQUEST, "Content-Length and Transfer-Encoding exclude each other") \
    X(CODING, 501, ERR_NOT_BUILT, "chunked is the only Transfer-Encoding taken") \
    X(OLD_CHUNKED, 400, ERR_BAD_REQUEST, "Transfer-Encoding needs HTTP/1.1") \
    X(CHUNK, 400, ERR_BAD_REQUEST, "chunks have a plain size, no extensions, no trailers, and CR LF") \
    X(MALFORMED, 400, ERR_BAD_REQUEST, "this is not HTTP as RFC 9112 has it") \
    X(EXPECTATION, 417, ERR_NOT_BUILT, "100-continue is the only expectation met") \
    X(TARGET_LONG, 414, ERR_NO_ROOM, "the target is longer than the limit") \
    X(HEAD_LONG, 431, ERR_NO_ROOM, "the head is longer than the limit") \
    X(HEADERS_MANY, 431, ERR_NO_ROOM, "at most 64 headers are taken") \
    X(BODY_LONG, 413, ERR_NO_ROOM, "the body is longer than the limit") \
    X(SLOW, 408, ERR_TOO_SLOW, "the whole request did not come in time; send it again") \
    X(FULL, 503, ERR_BUSY, "all connections are taken; try again in a moment") \
    X(MEMORY, 503, ERR_NO_MEMORY, "no memory is left for this request; try again in a moment")

#define REFUSAL_ENUM_ROW_(name, status, err, sentence) REFUSAL_##name,
enum refusal { REFUSAL_TABLE(REFUSAL_ENUM_ROW_) REFUSAL_COUNT };
#undef REFUSAL_ENUM_ROW_

unsigned refusal_status(enum refusal r);
const char *refusal_reason(enum refusal r);
const char *refusal_sentence(enum refusal r);

#endif
