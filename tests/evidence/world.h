/* A small log in memory for tests of evidence: real keys, real trees, real proofs. It checks nothing, so
 * that it can lie as a log may. */
#ifndef CAIRN_TESTS_EVIDENCE_WORLD_H
#define CAIRN_TESTS_EVIDENCE_WORLD_H

#include "log/evidence/verdict.h"
#include "log/index/trie.h"

#define WORLD_STATEMENTS_MAX 600
#define WORLD_ASKS_MAX EVIDENCE_ANSWERS_MAX
#define WORLD_EXTRA_MAX 640
#define WORLD_NAMES_MAX 8
#define WORLD_FILE_MAX (EVIDENCE_SIZE_MAX + 4096)

/* Keys made from a number, always the same. These are the log's own. */
enum { KEY_OPERATOR_TEST = 900, KEY_ONLINE_TEST, KEY_CHECKPOINT_TEST, KEY_STRANGER_TEST };
struct secret_key test_key(unsigned n);
struct public_key test_public(unsigned n);
struct hash test_kid(unsigned n);
/* The URN of key n; lives for ever. */
struct span test_urn(unsigned n);

struct world {
    struct span origin;
    unsigned online_key; /* signs seals */
    uint64_t count;
    struct statement statement[WORLD_STATEMENTS_MAX];
    uint8_t hidden[WORLD_STATEMENTS_MAX]; /* n: the n-th of its index keys is left out */
    bool plants;                          /* one position more under one key of the index */
    struct hash planted_key;
    uint64_t planted;
    bool has_seal;
    uint64_t last_seal, last_to_ms;
};

/* Positions 0, 1 and 2: the log's keys, its rules (open), a seal dated `to_s`. Forgets what was there before. */
void world_init(struct world *w, const char *origin, uint64_t to_s);
/* Only empties it. */
void world_empty(struct world *w, const char *origin);
/* The signature of what is put at this position does not hold; UINT64_MAX: of none. */
extern uint64_t world_unsigned_at;
/* Signs and appends, whatever it is. */
uint64_t world_put(struct world *w, const struct draft *d, unsigned key);
/* Appends a seal that says what the next one should. */
uint64_t world_seal(struct world *w, uint64_t to_s);
uint64_t world_seal_payload(struct world *w, const struct seal_payload *p);
/* What the next seal would truthfully say. */
struct seal_payload world_next_seal(struct world *w, uint64_t to_s);

/* Pairs of key number and purposes, ended by 0. */
struct issuer_payload test_set(uint64_t seq, const struct hash *prev, const unsigned *keys);
uint64_t put_issuer(struct world *w, struct span iss, const struct issuer_payload *p, unsigned key);
uint64_t put_rules(struct world *w, const struct rules_payload *p, unsigned key);
/* One text field "level", required, and an optional uint "age". */
struct schema_payload test_schema(const char *name);
uint64_t put_schema(struct world *w, struct span iss, const struct schema_payload *p, unsigned key);
uint64_t put_status(struct world *w, struct span iss, struct span sub, const struct hash *target, enum status status,
                    unsigned key);

/* How one evidence file is made. */
struct ask {
    uint8_t kind;
    struct span component[INDEX_COMPONENTS_MAX];
};
struct serving {
    uint64_t position, size;
    size_t ask_count, extra_count, name_count;
    struct ask ask[WORLD_ASKS_MAX];
    uint64_t extra[WORLD_EXTRA_MAX]; /* positions shown that no answer asks for */
    bool drops;                      /* leaves one position out of everything */
    uint64_t dropped;
    bool closes; /* does not open the index for one of the answers */
    size_t closed;
    unsigned checkpoint_key, receipt_key;
    unsigned beside_key; /* signs it too; 0: none */
    struct {
        const char *name;
        unsigned key;
        uint64_t time;
    } cosigner[WORLD_NAMES_MAX];
};
/* Everything that is required of the file of this position at the newest seal, and the seals that date it and
 * its status statements. No cosigners. */
void serve_required(const struct world *w, uint64_t position, struct serving *ret);
void serve_ask(struct serving *s, uint8_t kind, struct span first, struct span second);
void serve_extra(struct serving *s, uint64_t position);
void serve_cosigner(struct serving *s, const char *name, unsigned key, uint64_t time);
/* Forgets the answer under this kind and first component. */
void serve_forget(struct serving *s, uint8_t kind, struct span first);
/* The n-th of them. */
void serve_forget_at(struct serving *s, size_t n);
/* The file. Lives until the next call. */
struct span world_serve(const struct world *w, const struct serving *s);

/* "name+id+key" of a key number, for trust files. Lives until the eighth next call. */
const char *test_vkey(const char *name, enum note_type type, unsigned key);

#endif
