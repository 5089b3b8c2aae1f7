/* What a witness answers over HTTP. Submission and monitoring prefix are both the root. */
#ifndef CAIRN_WITNESS_ROUTES_H
#define CAIRN_WITNESS_ROUTES_H

#include "server/net/http.h"

/* ctx: a struct witness. */
http_handler routes_handle;

#endif
