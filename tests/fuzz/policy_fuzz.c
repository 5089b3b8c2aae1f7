/* Lines of tlog-policy: a policy that was read is the same when it is written and read again. */
#include "log/note/lines.h"
#include "tests/fuzz/policy.h"

static enum err read_policy(struct span text, struct policy *ret)
{
    struct lines l = lines_over(text);
    bool more, mine;

    memset(ret, 0, sizeof(*ret));
    for (;;) {
        TRY(lines_next(&l, &more));
        if (!more) return ERR_OK;
        TRY(policy_take(ret, l.word, l.count, &mine));
        if (!mine) return ERR_BAD_POLICY;
    }
}

FUZZ(input)
{
    static struct policy p, again;
    FUZZ_OUT(once);
    FUZZ_OUT(twice);
    enum err e = read_policy(input, &p);

    policy_check(&p);
    if (e != ERR_OK) return;
    policy_put(&p, &once);
    ASSERT(read_policy(out_span(&once), &again) == ERR_OK);
    policy_put(&again, &twice);
    fuzz_same(&twice, out_span(&once));
}
