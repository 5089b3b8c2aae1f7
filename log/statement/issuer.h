/* The payload of an issuer statement: who may sign what from here on. */
#ifndef CAIRN_ISSUER_H
#define CAIRN_ISSUER_H

#include "log/statement/statement.h"

#define ISSUER_KEYS_MAX 16
#define ISSUER_CUTS_MAX 16
#define ISSUER_RECOVERY_MAX 4
#define ISSUER_NAME_MAX 128
#define ISSUER_URL_MAX 255

struct listed_key {
    struct hash kid;
    struct public_key key;
    unsigned purposes;
};
struct key_cut {
    struct hash kid;
    bool has_position;
    uint64_t position;
};
struct issuer_payload {
    uint64_t seq;
    bool has_prev, has_revealed;
    struct hash prev;
    size_t key_count, cut_count, recovery_count;
    struct listed_key key[ISSUER_KEYS_MAX]; /* kids ascending */
    struct key_cut cut[ISSUER_CUTS_MAX];    /* kids ascending */
    struct span name, url;
    struct hash recovery[ISSUER_RECOVERY_MAX]; /* ascending */
    struct public_key revealed;
};
/* seq 0 has no prev and reveals nothing, later ones have one. Which purposes an issuer may give is
 * admission's. Borrows `payload`. On error *ret holds nothing of use. */
enum err issuer_decode(struct span payload, struct issuer_payload *ret) MUST_USE;
/* Everything but the points of the keys, which cost a hundred times as much as all the rest: for a payload that was
 * admitted once, and for one of which nobody knows yet who signed it. It takes keys that decoding refuses. */
enum err issuer_read(struct span payload, struct issuer_payload *ret) MUST_USE;
/* Sorts nothing: the caller gives lists in order, or decode refuses what was made. */
void issuer_encode(const struct issuer_payload *p, struct out *o);
/* Sorts keys by kid, filling in kids from keys: for those who make statements. */
void issuer_sort(struct issuer_payload *p);

#endif
