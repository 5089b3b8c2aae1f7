/* Evidence as this tool leaves it in a file: as text, and with the claims that the log does not have. */
#ifndef CAIRN_EVIDENCE_FILE_H
#define CAIRN_EVIDENCE_FILE_H

#include "client/client.h"

/* Armoured, into a new file, or with --yes in place of the one there is; to stdout when `path` is NULL. */
enum err evidence_file_write(const struct args *a, struct span evidence, const char *path) MUST_USE;
/* The evidence with this preimage in it, instead of the one it may have: *evidence is malloced, and replaced. On error
 * it is as it was. Whether the claims are those of the statement is the verdict's to say. */
enum err evidence_file_claims(struct span preimage, uint8_t **evidence, size_t *len) MUST_USE;

#endif
