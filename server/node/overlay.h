/* What the log has and the committed derived environment has not: ids, index keys and bytes of the newest
 * statements, in memory; and how many each issuer has in the open group, which lies in it whole. Together with the
 * store it is the lookup that admission asks. */
#ifndef CAIRN_OVERLAY_H
#define CAIRN_OVERLAY_H

#include "log/admit/lookup.h"
#include "log/store/store.h"

struct overlay;
/* At most `statements_max` statements, 512 bytes and three keys each on average; and room of their own for a
 * thousand status statements, for a hundred of keys and rules, and for a seal. */
struct overlay *overlay_new(size_t statements_max);
/* How many statements it ever holds. */
size_t overlay_most(const struct overlay *v);
/* How many statements of that average take the same room. */
size_t overlay_average(size_t statements, size_t bytes, size_t keys);
void overlay_free(struct overlay *v);

/* The positions held are [base, base + count). */
uint64_t overlay_base(const struct overlay *v);
uint64_t overlay_end(const struct overlay *v);
/* Copies the statement and files it under its keys. ERR_BUSY when there is no room for its kind; ERR_ISSUER_FULL, of a
 * statement of status or keys, when its issuer has as many held as there is room left for; then nothing changed. */
enum err overlay_add(struct overlay *v, const struct statement *s, const struct hash *keys, size_t count) MUST_USE;
/* The same for what the log has already: no room is kept free. */
enum err overlay_restore(struct overlay *v, const struct statement *s, const struct hash *keys, size_t count) MUST_USE;
/* Forgets positions below `base`, or at and above `end`. Linear in what remains. */
void overlay_drop_below(struct overlay *v, uint64_t base);
void overlay_drop_from(struct overlay *v, uint64_t end);
/* Empty, beginning at `base`. */
void overlay_reset(struct overlay *v, uint64_t base);
bool overlay_find(const struct overlay *v, const struct hash *id, uint64_t *ret_position);
/* False below base and past the end. The bytes live until the overlay changes. */
bool overlay_statement(const struct overlay *v, uint64_t position, struct span *ret, struct hash *ret_id);

/* How many of the attestations and schemas that were added after the last seal are of the iss. */
uint64_t overlay_since_seal(const struct overlay *v, struct span iss);
/* The latest issue date of those, whoever's, in the open group; 0 when there is none. */
uint64_t overlay_iat_max(const struct overlay *v);

/* The lookup over a log view, a derived view whose `covers` is the overlay's base, and the overlay.
 * `statement` decodes again what was decoded when it was admitted: ERR_DAMAGED if that fails.
 * `since_seal` answers for the end of the overlay alone, which is where statements are admitted. */
struct overlay_lookup {
    const struct overlay *overlay;
    const struct log_view *log;
    const struct derived_view *derived;
    /* Its own; zeros to begin with. */
    struct {
        uint64_t time;
        const void *bucket;
        uint32_t link;
    } last;
};
struct lookup overlay_lookup(struct overlay_lookup *over);

#endif
