/* One statement that asks to be admitted, and what the rules of all kinds share. Private to log/admit:
 * what others may use stands in admit.h. */
#ifndef CAIRN_ADMIT_SUBMISSION_H
#define CAIRN_ADMIT_SUBMISSION_H

#include "log/admit/admit.h"
#include "log/statement/schema.h"

struct submission {
    const struct lookup *l;
    const struct admit_at *at;
    const struct statement *s;
    struct refusal *why;
};

/* All of these write what was found into q->why and give `e` back. `value` is foreign: it is escaped. */
enum err refuse(const struct submission *q, enum err e, const char *found) MUST_USE;
enum err refuse_span(const struct submission *q, enum err e, const char *before, struct span value,
                     const char *after) MUST_USE;
enum err refuse_number(const struct submission *q, enum err e, const char *before, uint64_t n,
                       const char *after) MUST_USE;
enum err refuse_dates(const struct submission *q, enum err e, const char *first, uint64_t first_s, const char *second,
                      uint64_t second_s) MUST_USE;
/* `id` as 64 digits, or a kid by its short name. */
enum err refuse_id(const struct submission *q, enum err e, const char *before, const struct hash *id) MUST_USE;
enum err refuse_kid(const struct submission *q, enum err e, const char *before, const struct hash *kid,
                    const char *after) MUST_USE;

/* Signed by a key of the registered issuer's set, with the purpose that the kind needs. */
enum err require_signer(const struct submission *q) MUST_USE;
/* The second half of it, for a set that was read already. */
enum err require_listed(const struct submission *q, const struct listed_key *keys, size_t count) MUST_USE;
/* That the keys of an issuer statement are good points: once it is known to be signed, as this costs ten times as much
 * as the signature. */
enum err require_points(const struct submission *q) MUST_USE;
enum err require_signature(const struct submission *q, const struct public_key *key) MUST_USE;
/* What the rules in force ask. */
enum err rules_now(const struct submission *q, struct memo_rules *ret) MUST_USE;
bool closing_has_come(const struct submission *q, const struct memo_rules *rules);
/* Withdrawal, mode and closing, which hold for new attestations, schemas and first statements only. */
enum err require_standing(const struct submission *q, const struct memo_rules *rules,
                          const struct approval_fold *approval) MUST_USE;
/* Signer, standing, and room in the open group: for an attestation or a schema. */
enum err require_issuer(const struct submission *q, const struct memo_rules *rules) MUST_USE;
/* Dates, which hold for attestations and schemas only. */
enum err require_dates(const struct submission *q) MUST_USE;
/* An earlier statement by id; `missing` when the log has none below the submission's position. */
enum err earlier_statement(const struct submission *q, const struct hash *id, enum err missing, uint64_t *ret_position,
                           struct statement *ret) MUST_USE;
/* What the statement says it depends on. At most 16 look-ups by id. */
enum err require_dependencies(const struct submission *q) MUST_USE;
/* The schema that statement `id` publishes, in the memo or else in *room. */
enum err earlier_schema(const struct submission *q, const struct hash *id, struct memo_schema *room,
                        const struct memo_schema **ret) MUST_USE;

/* One function a kind. Each asks who signed before it reads more than the issuer's first and last statements of keys,
 * or an unsigned statement would cost as much as a signed one. */
enum err admit_attestation(const struct submission *q) MUST_USE;
enum err admit_issuer(const struct submission *q) MUST_USE;
enum err admit_issuer_shown(const struct submission *q) MUST_USE;
enum err admit_rules(const struct submission *q) MUST_USE;
enum err admit_schema(const struct submission *q) MUST_USE;
enum err admit_status(const struct submission *q) MUST_USE;
/* Later issuer statements, of an issuer that stands as `before` says. */
enum err admit_rotation(const struct submission *q, const struct issuer_payload *p,
                        const struct issuer *before) MUST_USE;
enum err admit_recovery(const struct submission *q, const struct issuer_payload *p,
                        const struct issuer *before) MUST_USE;
/* What the log itself writes. */
enum err admit_own_genesis(const struct submission *q) MUST_USE;
enum err admit_own_seal(const struct submission *q) MUST_USE;

#endif
