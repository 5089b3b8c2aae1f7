/* The table of refusals, as values. */
#include "server/net/refusal.h"

struct refusal_row {
    unsigned status;
    enum err err;
    const char *sentence;
};

#define REFUSAL_ROW_(name, status, err, sentence) {status, err, sentence},
static const struct refusal_row rows[REFUSAL_COUNT] = {REFUSAL_TABLE(REFUSAL_ROW_)};
#undef REFUSAL_ROW_

unsigned refusal_status(enum refusal r)
{
    ASSERT(r < REFUSAL_COUNT);
    return rows[r].status;
}

const char *refusal_reason(enum refusal r)
{
    ASSERT(r < REFUSAL_COUNT);
    return err_reason(rows[r].err);
}

const char *refusal_sentence(enum refusal r)
{
    ASSERT(r < REFUSAL_COUNT);
    return rows[r].sentence;
}
