/* Sending a statement to a log, and making sure that it arrived. */
#ifndef CAIRN_SUBMIT_H
#define CAIRN_SUBMIT_H

#include "client/known.h"
#include "log/statement/statement.h"

struct submitted {
    struct hash id;
    uint64_t position;
    bool already, refused; /* refused: the log said no for good */
    unsigned witnesses, witnesses_known;
    double seconds;
    uint8_t *evidence; /* malloced, binary */
    size_t evidence_len;
};
void submitted_free(struct submitted *s);
#define SUBMITTED __attribute__((cleanup(submitted_free))) struct submitted

/* Keeps the statement in the outbox until the log has refused it, or has published it: fetches its evidence and
 * checks that it carries these very bytes under a checkpoint that the log's key signed. Says what goes wrong. */
int submit(const struct args *a, const struct known_log *log, struct span statement, struct submitted *ret) MUST_USE;
/* The log shows it: nothing of it waits any more. */
void outbox_forget(const struct args *a, const struct hash *id);
/* A subject may be anything printable: only letters, digits, '-', '_' and '.' go into a file's name. */
void file_of_subject(struct span subject, char ret[SUB_MAX + 1]);
/* "@120455 · 3 of 3 witnesses" */
void submitted_print(const struct submitted *s);
/* The evidence of a position or id, fetched and checked the same way. `statement` may be empty. */
int evidence_fetch(const struct known_log *log, const char *name, struct span statement,
                   struct submitted *ret) MUST_USE;
/* "@120455" or an id to the statement's canonical bytes (malloced) and position: proven to stand there, or the
 * bytes that have this id. */
int statement_fetch(const struct known_log *log, const char *name, uint8_t **ret, struct statement *ret_statement,
                    uint64_t *ret_position) MUST_USE;

#endif
