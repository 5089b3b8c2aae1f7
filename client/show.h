/* Statements, claims and times in words. */
#ifndef CAIRN_SHOW_H
#define CAIRN_SHOW_H

#include "client/client.h"
#include "log/statement/statement.h"

/* "kyc (level=full, country=PT) about sub-…"; the schema's name as far as this folder knows it. */
void show_statement_short(const struct args *a, const struct statement *s, struct out *o);
/* "52 s", "2 minutes", "3 hours", "12 days" */
void show_age(uint64_t now, uint64_t then, struct out *o);

#endif
