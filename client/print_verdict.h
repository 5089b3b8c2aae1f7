/* A verdict in words, and in JSON. */
#ifndef CAIRN_PRINT_VERDICT_H
#define CAIRN_PRINT_VERDICT_H

#include "log/evidence/verdict.h"

/* `refreshed`: the log was asked just now. */
void print_verdict(const struct judgement *j, const struct question *q, const struct trust *trust, bool refreshed);
void print_verdict_json(const struct judgement *j, const struct question *q);

#endif
