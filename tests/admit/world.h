/* A log in memory for tests of the rules: real keys, real statements, real index keys, no trees. */
#ifndef CAIRN_TESTS_WORLD_H
#define CAIRN_TESTS_WORLD_H

#include "log/admit/admit.h"
#include "log/statement/schema.h"

#define WORLD_STATEMENTS_MAX 512
#define WORLD_ROWS_MAX 4096
#define WORLD_NOW_S 1800000000U

struct world_row {
    struct hash key;
    uint64_t position;
};
struct world {
    struct span origin;
    uint64_t from_ms, now_ms;
    uint64_t count;
    struct statement statement[WORLD_STATEMENTS_MAX];
    uint64_t from_of[WORLD_STATEMENTS_MAX], now_of[WORLD_STATEMENTS_MAX];
    size_t row_count;
    struct world_row row[WORLD_ROWS_MAX];
    /* The n-th call of the lookup fails with `fault`; 0: none does. */
    unsigned calls, fault_at;
    enum err fault;
    struct lookup lookup;
    struct memo *memo;  /* asked with, when there is one; the test sets it */
    struct refusal why; /* of what was refused last */
};

/* Keys made from a number, always the same. */
struct secret_key test_key(unsigned n);
struct public_key test_public(unsigned n);
struct hash test_kid(unsigned n);
/* The URN of key n; lives for ever. */
struct span test_urn(unsigned n);

/* Keys of the log itself. */
enum { KEY_OPERATOR_TEST = 900, KEY_SEAL_TEST, KEY_CHECKPOINT_TEST, KEY_RECOVERY_TEST };

/* Frees what an earlier log held. Positions 0, 1 and 2 are there afterwards. */
void world_init(struct world *w, enum rules_mode mode);
void world_release(struct world *w);
/* Decodes; fails the test when the bytes are no statement. The bytes live as long as the world. */
struct statement world_make(const struct draft *d, unsigned key);
/* What admit says of a statement that would come next; checks the signature of what it accepts. */
enum err world_ask(struct world *w, const struct statement *s);
/* The same at an earlier position of the whole log. */
enum err world_ask_at(struct world *w, const struct statement *s, uint64_t position);
/* world_ask, and appends it when it is accepted. */
enum err world_submit(struct world *w, const struct draft *d, unsigned key);
/* Appends without asking. */
void world_append(struct world *w, const struct statement *s);
/* Makes the list of another key hold the last statement too, as a collision of keys would. */
void world_merge_last(struct world *w, uint8_t kind, struct span first, struct span second);
/* Closes the open group: a seal as the log would write it, but for the index root and key count, which are made
 * up from its position. The next group begins when this one ended. */
void world_seal(struct world *w);
struct hash world_last_id(const struct world *w);

/* A set of keys as a payload: pairs of (key number, purposes), ended by 0. */
struct issuer_payload test_set(uint64_t seq, const struct hash *prev, const unsigned *keys);
enum err submit_issuer(struct world *w, struct span iss, const struct issuer_payload *p, unsigned key);
/* The set after the last one, with the same committed recovery keys, as a payload to be changed. */
struct issuer_payload next_set(struct world *w, struct span iss, const unsigned *keys);
/* A recovery that builds on the issuer statement at `prev`, reveals key `revealed` and commits key `next`. */
struct issuer_payload recovery_set(struct world *w, uint64_t prev, const unsigned *keys, unsigned revealed,
                                   unsigned next);
/* At its place among the cuts; NO_POSITION for none. */
#define NO_POSITION UINT64_MAX
void put_cut(struct issuer_payload *p, unsigned key, uint64_t position);
/* Commits the thumbprint of one more key. */
void put_recovery(struct issuer_payload *p, unsigned key);
/* The first statement of key n's own URN, with purposes 1, 2 and 4. */
enum err submit_genesis(struct world *w, unsigned key);
/* The next set of keys after the last one. */
enum err submit_rotation(struct world *w, struct span iss, const unsigned *keys, unsigned key);
/* The next rules: seq and prev are filled in. */
struct rules_payload next_rules(struct world *w);
enum err submit_rules(struct world *w, const struct rules_payload *p, unsigned key);
enum err submit_approve(struct world *w, struct span iss, unsigned genesis);
enum err submit_withdraw(struct world *w, struct span iss);
enum err submit_attestation(struct world *w, struct span iss, const char *sub, unsigned key);
struct schema_payload test_schema(const char *name);
enum err submit_schema(struct world *w, struct span iss, const struct schema_payload *p, unsigned key);
enum err submit_status(struct world *w, struct span iss, const char *sub, const struct status_payload *p, unsigned key);
/* Reason unspecified; no replacement. */
struct status_payload test_status(const struct hash *target, enum status status);

#endif
