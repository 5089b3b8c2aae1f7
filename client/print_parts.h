/* What the printing of a verdict and of what its statement depends on share. */
#ifndef CAIRN_PRINT_PARTS_H
#define CAIRN_PRINT_PARTS_H

#include <jansson.h>

#include "client/client.h"
#include "log/evidence/verdict.h"

void print_time(uint64_t seconds);
void print_hash(const struct hash *h);
/* A line of the trust file about this issuer on the log of the file, whatever for; NULL when there is none. */
const struct trust_issuer *print_believed(const struct judgement *j, const struct trust *trust, struct span iss);
void print_json_text(json_t *to, const char *name, struct span s);
void print_json_hash(json_t *to, const char *name, const struct hash *h);
void print_json_status(json_t *to, const char *name, const struct status_fold *f, bool has_time, uint64_t time);

/* A line for each that the statement depends on: which, by whom, and what is wrong with it. */
void print_depends(const struct judgement *j, const struct trust *trust);
/* What of them came after the moment that was asked about. */
void print_depends_since(const struct judgement *j);
/* What of them was not looked at: words of the list of what was not checked. */
void print_depends_unchecked(const struct judgement *j);
void print_depends_notes(const struct judgement *j);
/* "depends", and "through" when one of them brings the verdict. */
void print_json_depends(json_t *to, const struct judgement *j);

#endif
