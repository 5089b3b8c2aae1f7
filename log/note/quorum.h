/* c2sp.org/tlog-policy: logs, witnesses, groups and the quorum; and which cosignatures meet it.
 * Configuration and trust files are made of the same lines and others; `lines.h` reads their syntax. */
#ifndef CAIRN_QUORUM_H
#define CAIRN_QUORUM_H

#include "log/note/checkpoint.h"

#define POLICY_LOGS_MAX 32
#define POLICY_MEMBERS_MAX 64         /* witnesses and groups together */
#define POLICY_NAME_MAX NOTE_NAME_MAX /* any key name can be a witness's */
#define POLICY_URL_MAX 255

struct policy_log {
    struct vkey vkey;
    struct span vkey_text; /* as it was written: that of an unusable key cannot be made again */
    struct span url;       /* empty when none was given */
};
/* A witness, or a group over members that stand before it. */
struct policy_member {
    struct span name;
    bool is_group, taken; /* taken: a member of some group already */
    struct vkey vkey;     /* witness */
    struct span vkey_text, url;
    unsigned needed, count; /* group */
    uint8_t member[POLICY_MEMBERS_MAX];
};
/* Borrows the text it was read from. */
struct policy {
    size_t log_count, member_count;
    struct policy_log log[POLICY_LOGS_MAX];
    struct policy_member member[POLICY_MEMBERS_MAX];
    bool has_quorum;
    int quorum; /* index of a member, or -1 for none */
};

/* Takes one line's words. *ret_mine is false, and nothing is done, when the first word is not one of
 * tlog-policy's. On error (ERR_BAD_POLICY, or what vkey_decode says) *p is as before. */
enum err policy_take(struct policy *p, const struct span *words, size_t count, bool *ret_mine) MUST_USE;
/* Index of the member of that name, or -1. */
int policy_find(const struct policy *p, struct span name);
unsigned policy_witness_count(const struct policy *p);

/* Cosignature times of one note, by member index; 0 = none. */
struct cosigned {
    uint64_t time[POLICY_MEMBERS_MAX];
};
/* Lines of witnesses in the policy that verify; unknown ones are skipped, as is one that is dated
 * after `latest`. ERR_BAD_SIGNATURE when a known key's line does not hold. */
enum err policy_cosigned(const struct policy *p, const struct note *n, uint64_t latest, struct cosigned *ret) MUST_USE;
/* Whether it is a log line of this key's origin, whatever the key in it. */
bool policy_line_of(struct span line, const struct vkey *key);
/* Whether the witnesses with times >= `since` (and not 0) meet `member`. -1 is always met. */
bool policy_met(const struct policy *p, int member, const struct cosigned *c, uint64_t since);
/* The largest t such that times in [t, …] meet the member; 0 when it is not met at all,
 * and for -1, which has no time. */
uint64_t policy_time(const struct policy *p, int member, const struct cosigned *c);

#endif
