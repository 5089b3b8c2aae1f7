/* What stands in the store is believed as far as its signatures and hashes go: pages carry no checksums. */
#ifndef CAIRN_STORED_H
#define CAIRN_STORED_H

#include "log/note/checkpoint.h"
#include "log/store/store.h"
#include "server/node/config.h"
#include "server/node/writer.h"

/* The published checkpoint and the signature of its receipts, each under a key of this log that is here. A line of
 * another such key, or of a witness that is configured, must be its line. ERR_DAMAGED. *ret borrows the note; *ret_kid
 * is whose the receipts are. */
enum err stored_note_check(const struct config *config, const struct log_keys *keys, struct span note,
                           const struct signature *receipts, struct checkpoint *ret, struct hash *ret_kid) MUST_USE;
/* The tree has the root `published`, when it is given, and goes on from there with the hashes of the statements that
 * are there. Reads each statement above it. ERR_DAMAGED. */
enum err stored_tree_check(const struct log_view *view, const struct checkpoint *published) MUST_USE;
/* What the list of an issuer's own statements leads to is what the tree has. ERR_DAMAGED; of a list that cannot be read
 * nothing is said. */
enum err stored_issuer_check(const struct log_view *view, const struct derived_view *derived, struct span iss) MUST_USE;
/* The statement at a position, by the tree: its hash is the tree's leaf. ERR_DAMAGED, ERR_NOT_FOUND. */
enum err stored_statement(const struct log_view *view, uint64_t position, struct span *ret) MUST_USE;

#endif
