/* What the changes of an issuer's keys have in common: a statement is made, sent and remembered, and new keys take the
 * place of those before.
 *
 * Nothing is lost by a crash at any moment, and running the command again goes on where it stopped: the new keys are
 * durable in files of their own before anything is sent; the statement is a function of keys and log, so that it is
 * the same when it is made again; and only when the log has it do the files take the place of the old ones. */
#ifndef CAIRN_RENEW_H
#define CAIRN_RENEW_H

#include "client/ours.h"
#include "client/submit.h"

/* From when on a key is not the issuer's own any more: never, since a position, or since the statement that says so. */
struct theft {
    bool is_said, has_position;
    uint64_t position;
};
/* Takes --stolen-since [@POSITION] from the words. Says what is wrong, as all do that give an exit code. */
int theft_of(struct args *a, struct theft *ret) MUST_USE;
/* "@120455"; `option` is where it was given. */
int position_of(const char *option, const char *text, uint64_t *ret) MUST_USE;
/* Before anything is asked: a position that the log does not have yet is refused. */
int theft_check(const struct theft *t, const struct ours *o) MUST_USE;
/* Ends the line; and below it "what it attested from @9 on will count for nothing", and what of that was made here. */
void theft_print(const struct theft *t, const struct ours *o, const struct hash *kid);
/* Kids must come in rising order. Nothing when no theft is said. */
void theft_cut(const struct theft *t, const struct hash *kid, struct issuer_payload *p);

/* What is begun, in the words of the command; before its keys are made. `words` stand in front of the theft. */
int renew_begin(const struct ours *o, const char *words, const struct theft *t) MUST_USE;
/* A command that is begun and says nothing of a theft goes on with the one it was begun with. */
int renew_go_on(const struct ours *o, const char *word, struct theft *t) MUST_USE;
/* A key that can be listed or committed, in its file: the one that is there, or a new one. */
int renew_key(struct ours *o, enum own_file file) MUST_USE;
/* When the log refuses it, the keys that were made for it are set aside: nothing lists them. */
int renew_send(struct ours *o, const struct issuer_payload *p, const struct secret_key *key,
               struct submitted *done) MUST_USE;
/* "ok    acme signs with ckt:…": then the next keys that o->has take their places. */
int renew_done(struct ours *o, const struct theft *t, const struct submitted *done) MUST_USE;
/* "spent FILE: it can do nothing more": where a recovery key lies that was used. */
void renew_print_spent(const char *path);
/* Whether the log has next keys of this folder, of a command that came to no end; renew_finish does the rest. */
bool renew_is_begun(struct ours *o);
int renew_finish(struct ours *o) MUST_USE;

/* The newest statement up to which all, from the last recovery on, were made here; false when none is known to be. */
bool renew_last_made(const struct ours *o, size_t *ret);
/* "who   ckt:…, calling itself …" */
void renew_print_who(const struct ours *o);
bool is_committed(const struct issuer_payload *p, const struct hash *kid);

#endif
