/* What the bytes of an evidence file prove, whoever is believed: that everything in it stood in one log
 * under one checkpoint, that the lists it answers with are those under the seal's index root, and that
 * whoever is said to have signed a statement had a key for it at its position. Knows no trust file, no
 * clock and no verdict. */
#ifndef CAIRN_CHECK_H
#define CAIRN_CHECK_H

#include "log/admit/admit.h"
#include "log/admit/closure.h"
#include "log/evidence/evidence.h"
#include "log/index/trie.h"
#include "log/note/checkpoint.h"

#define CHECK_WHY_MAX 200

/* One file being checked. Borrows the file. By index in field 2: id, kind, used, holds. */
struct check {
    struct evidence evidence;
    struct statement carrier;
    size_t carrier_at;
    struct note note;
    struct checkpoint checkpoint;
    struct seal_payload seal; /* the last leaf */
    struct hash id[EVIDENCE_STATEMENTS_MAX];
    uint8_t kind[EVIDENCE_STATEMENTS_MAX];
    bool used[EVIDENCE_STATEMENTS_MAX];  /* something asks for it: an answer, an attestation */
    bool holds[EVIDENCE_STATEMENTS_MAX]; /* signed by a key of its issuer's set at its position */
    union {
        struct {
            uint64_t position[EVIDENCE_STATEMENTS_MAX];
            struct hash leaf[EVIDENCE_STATEMENTS_MAX];
        } tree;
        struct {
            struct hash key[EVIDENCE_ANSWERS_MAX];
            bool present[EVIDENCE_ANSWERS_MAX];
            struct list_value value[EVIDENCE_ANSWERS_MAX];
        } index;
    } scratch;
    /* What the carrier depends on, as far as the file shows it; positions rise. `through`: what depends on it. */
    size_t depends_count;
    struct {
        uint16_t at, through;
    } depends[CLOSURE_MAX];
    struct lookup lookup; /* over this file: ERR_INCOMPLETE for what is not in it */
    struct issuer signer; /* the fold used last, of signer_iss; good until its next issuer statement */
    struct span signer_iss;

    bool read;               /* the file, its statement and its checkpoint have the form they must have */
    bool proven;             /* all statements stood in the tree of the checkpoint, and its seals fit together */
    bool indexed;            /* the lists are those under the seal's index root: folds over them mean something */
    bool broken;             /* something does not hold; nothing after it was looked at */
    bool incomplete;         /* something that a verdict needs is not in the file */
    char why[CHECK_WHY_MAX]; /* what did not hold, else what is missing first */
};
void check_evidence(struct check *c, struct span file);

/* The statement at a position, or with an id, of field 2. False when the file has none. */
bool check_find(const struct check *c, uint64_t position, size_t *ret);
bool check_find_id(const struct check *c, const struct hash *id, size_t *ret);
enum err check_statement(const struct check *c, size_t at, struct statement *ret) MUST_USE;
uint64_t check_position(const struct check *c, size_t at);
/* The answer under a key, or NULL; those for the status of a statement and for the keys of an issuer. */
const struct evidence_answer *check_answer(const struct check *c, const struct hash *key);
const struct evidence_answer *check_status_answer(const struct check *c, const struct statement *s);
const struct evidence_answer *check_issuer_answer(const struct check *c, struct span iss);
/* What folds read it through: ERR_INCOMPLETE for whatever the file does not have. */
struct lookup check_lookup(struct check *c);
/* The first position of the answer whose statement is not in the file or does not hold; UINT64_MAX when all do. */
uint64_t check_answer_holds_below(const struct check *c, const struct evidence_answer *a);
/* Whether one of the log's own statements lists the key for checkpoints, and none has cut it below the checkpoint's
 * size. */
bool check_lists_checkpoint_key(struct check *c, const struct public_key *key);
/* From where on signatures of an issuer's key count for nothing, by the issuer statements below `at`; UINT64_MAX when
 * nothing cuts it. ERR_INCOMPLETE when the file does not show all of them, or one does not hold. */
enum err check_cut(struct check *c, struct span iss, const struct hash *kid, uint64_t at, uint64_t *ret) MUST_USE;

/* Seconds: `to` of the seal that closed the position, when the file shows it. */
bool check_date(const struct check *c, uint64_t position, uint64_t *ret);
/* Whether the position was closed by `time`. Where its own seal is not shown, the others bound it. */
enum dated { DATED_BY, DATED_AFTER, DATED_UNKNOWN };
enum dated check_dated(const struct check *c, uint64_t position, uint64_t time);
/* The seal that closes the group of `position`, which may be the seal itself; false when the file does not
 * show it. */
bool check_closing_seal(const struct check *c, uint64_t position, uint64_t *ret_position, uint64_t *ret_time);

#endif
