/* One log with one attestation under a schema, a trust file that believes it, and a switch for each reason
 * for which that attestation may not be valid. */
#ifndef CAIRN_TESTS_EVIDENCE_SCENE_H
#define CAIRN_TESTS_EVIDENCE_SCENE_H

#include "tests/evidence/world.h"

#define ORIGIN "log.example.org/attest"
#define OTHER_ORIGIN "other.example.org/attest"
#define T0 UINT64_C(1800000000)
#define NOW (T0 + 100)
#define MAX_AGE_S 3600
#define COSIGNED_AT (T0 + 31)
enum { KEY_ACME_TEST = 1, KEY_NORTH_TEST, KEY_W1_TEST = 11, KEY_W2_TEST, KEY_AUDITOR_TEST, KEY_OTHER_LOG_TEST };

/* Bits: 1 << VERDICT_… switches that reason on. */
struct scene {
    unsigned reasons;
    struct world *world;
    uint64_t attestation; /* its position */
    struct hash schema;
    struct serving serving;
    struct question question;
    char trust_text[4096];
};
#define REASON(v) (1U << VERDICT_##v)
void scene_make(struct scene *s, unsigned reasons);
/* In parts: the log up to and with the attestation and its seal; what came of it; the file and the reader. */
void scene_begin(struct scene *s, unsigned reasons);
void scene_end(struct scene *s);
/* The last part of that alone: the file at the newest seal, and the reader. */
void scene_read(struct scene *s);

/* One text value under "level". */
struct span claims_make(const char *level);
/* The draft of an attestation of the issuer about "sub-1" without anything optional but home. */
struct draft draft_of(const struct world *w, struct span iss, struct span payload);

/* A judgement with everything it borrows. Lives until the next call. */
const struct judgement *judge_file(const struct scene *s, struct span file);
const struct judgement *judge_scene(const struct scene *s);
/* The trust file's lines, less those that begin with `without`, and one line more. */
void trust_edit(struct scene *s, const char *without, const char *line);

void assert_verdict_(const struct judgement *j, enum verdict expected, const char *file, int line);
#define assert_verdict(j, expected) assert_verdict_(j, expected, __FILE__, __LINE__)

#endif
