/* The syntax of lines: words written again, a blank between each two, are the same words on as many lines. */
#include "log/note/lines.h"
#include "tests/fuzz/fuzz.h"

static void put_words(const struct lines *l, struct out *o)
{
    for (size_t i = 0; i < l->count; i++) {
        if (i > 0) out_byte(o, ' ');
        out_bytes(o, l->word[i]);
    }
    out_byte(o, '\n');
}

static void check_words(const struct lines *l, struct span input)
{
    ASSERT(l->count <= WORDS_MAX);
    for (size_t i = 0; i < l->count; i++) {
        ASSERT(l->word[i].len > 0);
        ASSERT(fuzz_within(l->word[i], input));
        ASSERT(l->column[i] >= 1);
        ASSERT(i == 0 || l->column[i] >= l->column[i - 1] + 1);
    }
}

static size_t rewrite(struct span input, struct out *o, enum err *ret)
{
    struct lines l = lines_over(input);
    size_t count = 0;
    bool more = true;

    while ((*ret = lines_next(&l, &more)) == ERR_OK && more) {
        check_words(&l, input);
        put_words(&l, o);
        count++;
    }
    if (*ret != ERR_OK) ASSERT(l.line >= 1 && l.column[0] >= 1 && l.count == 0);
    return count;
}

FUZZ(input)
{
    FUZZ_OUT(once);
    FUZZ_OUT(twice);
    enum err e;
    size_t count = rewrite(input, &once, &e);

    ASSERT(rewrite(out_span(&once), &twice, &e) == count);
    ASSERT(e == ERR_OK);
    fuzz_same(&twice, out_span(&once));
}
