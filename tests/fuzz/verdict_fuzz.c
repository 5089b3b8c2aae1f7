/* The one judgement over files that nobody checked: it always comes to a verdict, the same each time, and calls
 * nothing valid that it did not read to the end. The input is a trust file, a question and an evidence file. */
#include "log/base/text.h"
#include "log/evidence/verdict.h"
#include "tests/fuzz/fuzz.h"

/* What it depends on is never better than it, but for what is set aside. */
static void check_depends(const struct judgement *j)
{
    ASSERT(j->depends_count <= CLOSURE_MAX);
    if (j->verdict == VERDICT_VALID) ASSERT((j->depends_count > 0) == (j->statement.depends_count > 0));
    for (size_t i = 0; i < j->depends_count; i++) {
        const struct dependency *d = &j->depends[i];

        ASSERT(d->applies[d->verdict] && d->position < d->through && d->through <= j->position);
        for (unsigned v = 0; v < VERDICT_VALID; v++) ASSERT(!d->applies[v] || j->applies[v]);
        if (i > 0) ASSERT(d[-1].position < d->position);
    }
    for (unsigned v = 0; v < VERDICT_COUNT; v++) ASSERT(!j->own[v] || j->applies[v]);
    ASSERT((j->through != NULL) == !j->own[j->verdict]);
    if (j->through != NULL) ASSERT(j->through->applies[j->verdict]);
}

static void check_judgement(const struct judgement *j)
{
    ASSERT((unsigned)j->verdict < VERDICT_COUNT);
    ASSERT(j->applies[j->verdict]);
    for (unsigned v = 0; v < (unsigned)j->verdict; v++) ASSERT(!j->applies[v]);
    ASSERT(memchr(j->why, 0, sizeof(j->why)) != NULL);
    ASSERT(utf8_valid(span_text(j->why)));
    if (j->verdict == VERDICT_VALID) ASSERT(j->read && j->holds && j->log != NULL && j->issuer != NULL);
    if (j->issuer_name.len > 0) ASSERT(j->read);
    check_depends(j);
}

/* Reading a trust file costs more than judging a broken file: the last one is kept. */
static const struct trust *trust_of(struct span text)
{
    static uint8_t bytes[UINT16_MAX];
    static size_t len;
    static struct trust trust;
    static bool read, good;
    unsigned line, column;

    if (!read || !span_equal(text, span_of(bytes, len))) {
        len = text.len;
        if (len > 0) memcpy(bytes, text.ptr, len);
        good = trust_decode(span_of(bytes, len), &trust, &line, &column) == ERR_OK;
        read = true;
    }
    return good ? &trust : NULL;
}

FUZZ(input)
{
    static uint8_t work[2][VERDICT_WORK_MIN + 8];
    static struct judgement first, second;
    struct span rest = input, text = fuzz_part(&rest), as_of = fuzz_take(&rest, 1);
    struct question q = {.now = fuzz_u64(&rest), .as_of = as_of.len == 0 ? AS_OF_NOW : (enum as_of)(as_of.ptr[0] % 3)};
    const struct trust *trust = trust_of(text);

    q.value = fuzz_u64(&rest);
    memset(work[0], 0xa5, sizeof(work[0]));
    memset(work[1], 0x5a, sizeof(work[1]));
    verdict_of(rest, trust, &q, out_over(work[0], VERDICT_WORK_MIN), &first);
    check_judgement(&first);
    /* What lay in the workspace, and where it lies, decides nothing. */
    verdict_of(rest, trust, &q, out_over(work[1] + 1, VERDICT_WORK_MIN), &second);
    ASSERT(first.verdict == second.verdict);
    ASSERT(memcmp(first.applies, second.applies, sizeof(first.applies)) == 0);
    ASSERT(strcmp(first.why, second.why) == 0);
    ASSERT(first.depends_count == second.depends_count);
}
