/* See err.h. */
#include "log/base/err.h"

#include "log/base/base.h"

static const struct row {
    const char *reason, *expected, *advice;
    enum err_class class;
} rows[ERR_COUNT] = {
#define ROW(name, class_, reason_, expected_, advice_) [ERR_##name] = {reason_, expected_, advice_, CLASS_##class_},
    ERR_TABLE(ROW)
#undef ROW
};

const char *err_reason(enum err e)
{
    ASSERT(e < ERR_COUNT);
    return rows[e].reason;
}

const char *err_expected(enum err e)
{
    ASSERT(e < ERR_COUNT);
    return rows[e].expected;
}

const char *err_advice(enum err e)
{
    ASSERT(e < ERR_COUNT);
    return rows[e].advice;
}

enum err_class err_class(enum err e)
{
    ASSERT(e < ERR_COUNT);
    return rows[e].class;
}
