/* The values that settings take: durations, numbers, addresses. One spelling each, in every file. */
#ifndef CAIRN_SETTING_H
#define CAIRN_SETTING_H

#include "log/base/base.h"

#define SETTING_HOST_MAX 64

/* "500ms", "1s", "5m", "2h", "1d", within the bounds: ERR_BAD_NUMBER otherwise. */
enum err setting_duration(struct span word, uint64_t least_ms, uint64_t most_ms, unsigned *ret_ms) MUST_USE;
enum err setting_number(struct span word, uint64_t least, uint64_t most, unsigned *ret) MUST_USE;
/* HOST:PORT. Port 0 chooses a free one. */
enum err setting_address(struct span word, char ret_host[SETTING_HOST_MAX], uint16_t *ret_port) MUST_USE;
/* http:// or https:// and at most `max` bytes. */
enum err setting_url(struct span word, size_t max, struct span *ret) MUST_USE;

#endif
