/* See say.h. */
#include "witness/say.h"

#include <stdarg.h>
#include <stdio.h>

#include "log/base/text.h"

bool quiet_over(struct quiet *q, uint64_t now)
{
    /* A clock that was set back must not silence anything for long. */
    if (now < q->next && q->next - now <= QUIET_S) {
        q->unsaid++;
        return false;
    }
    q->next = now + QUIET_S;
    return true;
}

void say(uint64_t now, struct span who, struct quiet *q, const char *format, ...)
{
    uint8_t text[1024];
    struct out o = out_over(text, sizeof(text));
    char what[400];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    text_time(now, &o);
    /* Of "2026-11-20 03:07:40Z" the time. */
    printf("%.8s  ", (const char *)text + 11);
    o.len = 0;
    text_escape(who, 80, &o);
    if (o.len > 0) printf("%.*s  ", (int)o.len, (const char *)text);
    o.len = 0;
    text_escape(span_text(what), 300, &o);
    printf("%.*s", (int)o.len, (const char *)text);
    if (q != NULL && q->unsaid > 0) printf(" (and %u more like it)", q->unsaid);
    if (q != NULL) q->unsaid = 0;
    printf("\n");
    fflush(stdout);
}

const char *say_size(uint64_t n)
{
    static uint8_t text[4][32];
    static unsigned turn;
    struct out o = out_over(text[turn % 4], 31);

    out_decimal_grouped(&o, n);
    o.ptr[o.len] = 0;
    return (const char *)text[turn++ % 4];
}
