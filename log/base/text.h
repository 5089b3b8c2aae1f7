/* Text that came from elsewhere, on its way to a terminal or a label. */
#ifndef CAIRN_TEXT_H
#define CAIRN_TEXT_H

#include "log/base/base.h"

/* Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_valid(struct span s);
/* Controls, DEL, C1, bidirectional and zero-width characters and bad bytes become \u{hex} or \xhex,
 * a backslash becomes \\; after `columns` characters the rest becomes one "…". */
void text_escape(struct span s, size_t columns, struct out *o);
/* Seconds since 1970 as "2026-11-20 03:07:40Z" / "2026-11-20". Years 1970 to 9999; later ones
 * are written as 9999-12-31 23:59:59Z. */
void text_time(uint64_t seconds, struct out *o);
void text_date(uint64_t seconds, struct out *o);
/* "2026-11-20", "2026-11-20T03:08Z", "2026-11-20T03:08:09Z" (a blank does for T) to seconds. */
enum err text_time_decode(struct span s, uint64_t *ret) MUST_USE;

#endif
