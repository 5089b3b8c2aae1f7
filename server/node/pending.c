/* See pending.h. A ring in order of position, and an open-addressed table of it by id. */
#include "server/node/pending.h"

#include <stdlib.h>

#define NONE UINT32_MAX

struct row {
    struct hash id;
    uint64_t position;
};
struct pending {
    size_t count, max, slots;
    struct row *row;
    uint32_t *by_id;
};

struct pending *pending_new(size_t max)
{
    struct pending *p = calloc(1, sizeof(*p));

    ASSERT(p != NULL);
    p->max = max;
    for (p->slots = 64; p->slots < 2 * max;) p->slots *= 2;
    p->row = calloc(max, sizeof(*p->row));
    p->by_id = malloc(p->slots * sizeof(*p->by_id));
    ASSERT(p->row != NULL && p->by_id != NULL);
    memset(p->by_id, 0xff, p->slots * sizeof(*p->by_id));
    return p;
}

void pending_free(struct pending *p)
{
    if (p == NULL) return;
    free(p->row);
    free(p->by_id);
    free(p);
}

static uint32_t *slot(const struct pending *p, const struct hash *id)
{
    uint64_t at;

    memcpy(&at, id->b + 16, sizeof(at));
    for (at &= p->slots - 1; p->by_id[at] != NONE; at = (at + 1) & (p->slots - 1))
        if (hash_equal(&p->row[p->by_id[at]].id, id)) break;
    return &p->by_id[at];
}

bool pending_add(struct pending *p, const struct hash *id, uint64_t position)
{
    if (p->count == p->max) return false;
    ASSERT(p->count == 0 || p->row[p->count - 1].position < position);
    *slot(p, id) = (uint32_t)p->count;
    p->row[p->count++] = (struct row){*id, position};
    return true;
}

bool pending_find(const struct pending *p, const struct hash *id, uint64_t *ret_position)
{
    uint32_t at = *slot(p, id);

    if (at == NONE) return false;
    *ret_position = p->row[at].position;
    return true;
}

void pending_drop_below(struct pending *p, uint64_t size)
{
    size_t first = 0;

    while (first < p->count && p->row[first].position < size) first++;
    if (first == 0) return;
    p->count -= first;
    memmove(p->row, p->row + first, p->count * sizeof(*p->row));
    memset(p->by_id, 0xff, p->slots * sizeof(*p->by_id));
    for (size_t i = 0; i < p->count; i++) *slot(p, &p->row[i].id) = (uint32_t)i;
}
