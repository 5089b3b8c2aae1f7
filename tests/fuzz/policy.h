/* A policy that was read, written again: shared by the targets whose files hold one. */
#ifndef CAIRN_TESTS_FUZZ_POLICY_H
#define CAIRN_TESTS_FUZZ_POLICY_H

#include "log/note/quorum.h"
#include "tests/fuzz/fuzz.h"

static inline void policy_put_word(struct out *o, struct span word)
{
    if (word.len > 0) out_byte(o, ' ');
    out_bytes(o, word);
}

static inline void policy_put_member(const struct policy *p, const struct policy_member *m, struct out *o)
{
    out_text(o, m->is_group ? "group" : "witness");
    policy_put_word(o, m->name);
    out_byte(o, ' ');
    if (m->is_group) {
        out_decimal(o, m->needed);
        for (unsigned i = 0; i < m->count; i++) policy_put_word(o, p->member[m->member[i]].name);
    } else {
        out_bytes(o, m->vkey_text);
        policy_put_word(o, m->url);
    }
    out_byte(o, '\n');
}

static inline void policy_put(const struct policy *p, struct out *o)
{
    for (size_t i = 0; i < p->log_count; i++) {
        out_text(o, "log");
        policy_put_word(o, p->log[i].vkey_text);
        policy_put_word(o, p->log[i].url);
        out_byte(o, '\n');
    }
    for (size_t i = 0; i < p->member_count; i++) policy_put_member(p, &p->member[i], o);
    if (!p->has_quorum) return;
    out_text(o, "quorum ");
    out_bytes(o, p->quorum < 0 ? SPAN("none") : p->member[p->quorum].name);
    out_byte(o, '\n');
}

/* What every policy is, however it was read. */
static inline void policy_check(const struct policy *p)
{
    struct cosigned nobody = {{0}}, everybody;

    ASSERT(p->log_count <= POLICY_LOGS_MAX);
    ASSERT(p->member_count <= POLICY_MEMBERS_MAX);
    ASSERT(policy_witness_count(p) <= p->member_count);
    for (size_t i = 0; i < POLICY_MEMBERS_MAX; i++) everybody.time[i] = 5;
    for (size_t i = 0; i < p->member_count; i++) {
        ASSERT(policy_find(p, p->member[i].name) == (int)i);
        ASSERT(!policy_met(p, (int)i, &nobody, 0));
        ASSERT(policy_time(p, (int)i, &everybody) == 5);
    }
    if (p->has_quorum) ASSERT(p->quorum < (int)p->member_count);
}

#endif
