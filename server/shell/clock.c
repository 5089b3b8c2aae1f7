/* See clock.h. */
#include "server/shell/clock.h"

#include <time.h>

uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t clock_s(void)
{
    return clock_ms() / 1000;
}
