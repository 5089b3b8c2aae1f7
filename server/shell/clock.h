/* The clock that people read, since 1970; 0 before. */
#ifndef CAIRN_SHELL_CLOCK_H
#define CAIRN_SHELL_CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);
uint64_t clock_s(void);

#endif
