/* Trust files: one that was read is the same when it is written and read again; one that was not says where. */
#include "log/evidence/trust.h"
#include "tests/fuzz/policy.h"

static void put_issuer(const struct trust_issuer *i, struct out *o)
{
    out_text(o, "issuer");
    policy_put_word(o, i->name);
    out_byte(o, ' ');
    if (i->iss.len > 0)
        out_bytes(o, i->iss);
    else
        ckt_short(&i->genesis, o);
    out_text(o, i->any ? " for any" : " for");
    for (size_t n = 0; n < i->schema_count; n++) {
        policy_put_word(o, i->schema[n].name);
        if (i->schema[n].ranged) out_text(o, ">=1");
    }
    if (i->log.len > 0) {
        out_text(o, " on");
        policy_put_word(o, i->log);
    }
    out_byte(o, '\n');
}

static void put_trust(const struct trust *t, struct out *o)
{
    policy_put(&t->policy, o);
    for (size_t i = 0; i < t->issuer_count; i++) put_issuer(&t->issuer[i], o);
    if (t->audit >= 0) {
        out_text(o, "audit");
        policy_put_word(o, t->policy.member[t->audit].name);
        out_byte(o, '\n');
    }
    if (t->has_max_age) {
        out_text(o, "max-age ");
        out_decimal(o, t->max_age);
        out_text(o, "s\n");
    }
}

static void check_place(struct span input, unsigned line, unsigned column)
{
    unsigned lines = 1;

    for (size_t i = 0; i < input.len; i++) lines += input.ptr[i] == '\n';
    ASSERT(line <= lines);
    ASSERT(column >= 1);
    ASSERT(column <= input.len + 1);
}

FUZZ(input)
{
    static struct trust t, again;
    unsigned line = 0, column = 0;
    FUZZ_OUT(once);
    FUZZ_OUT(twice);
    enum err e = trust_decode(input, &t, &line, &column);

    if (e != ERR_OK) check_place(input, line, column);
    if (e != ERR_OK) return;
    policy_check(&t.policy);
    put_trust(&t, &once);
    ASSERT(trust_decode(out_span(&once), &again, &line, &column) == ERR_OK);
    put_trust(&again, &twice);
    fuzz_same(&twice, out_span(&once));
}
