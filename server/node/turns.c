/* See turns.h. A lane is a ring of issuers, and a table of them by name. */
#include "server/node/turns.h"

#include <stdlib.h>

#define BUCKETS 4096

struct issuer_queue {
    struct hash iss;
    struct lane *lane;
    struct submission *first, *last;
    size_t count;               /* 0: everybody left; gone when its turn comes */
    struct issuer_queue *after; /* in the ring */
    struct issuer_queue *next;  /* in the bucket */
};
struct lane {
    size_t count, max;
    struct issuer_queue *first, **last; /* whose turn it is, and where whoever comes next stands */
    struct issuer_queue *bucket[BUCKETS];
};
struct turns {
    bool old_next;
    struct lane fresh, old;
};

static void lane_init(struct lane *l, size_t max)
{
    l->max = max;
    l->last = &l->first;
}

struct turns *turns_new(void)
{
    struct turns *t = calloc(1, sizeof(*t));

    ASSERT(t != NULL);
    lane_init(&t->fresh, TURNS_NEW_MAX);
    lane_init(&t->old, TURNS_OLD_MAX);
    return t;
}

size_t turns_count(const struct turns *t)
{
    return t->fresh.count + t->old.count;
}

/* ---- one lane ---- */

/* Where the issuer's queue hangs, or would. */
static struct issuer_queue **queue_slot(struct lane *l, const struct hash *iss)
{
    struct issuer_queue **at;
    uint32_t word;

    memcpy(&word, iss->b, sizeof(word));
    for (at = &l->bucket[word % BUCKETS]; *at != NULL && !hash_equal(&(*at)->iss, iss);) at = &(*at)->next;
    return at;
}

static void ring_put(struct lane *l, struct issuer_queue *q)
{
    q->after = NULL;
    *l->last = q;
    l->last = &q->after;
}

static struct issuer_queue *ring_take(struct lane *l)
{
    struct issuer_queue *q = l->first;

    ASSERT(q != NULL);
    l->first = q->after;
    if (l->first == NULL) l->last = &l->first;
    return q;
}

static struct issuer_queue *queue_new(struct lane *l, const struct hash *iss)
{
    struct issuer_queue *q = calloc(1, sizeof(*q));

    ASSERT(q != NULL);
    q->iss = *iss;
    q->lane = l;
    return q;
}

static enum err lane_add(struct lane *l, struct submission *s)
{
    struct hash iss = hash_of(s->statement.iss);
    struct issuer_queue **slot = queue_slot(l, &iss), *q = *slot;

    if ((q == NULL ? 0 : q->count) >= l->max - l->count) return ERR_BUSY;
    if (q == NULL) {
        q = *slot = queue_new(l, &iss);
        ring_put(l, q);
    }
    s->queue = q;
    s->after = NULL;
    s->before = q->last;
    *(q->last == NULL ? &q->first : &q->last->after) = s;
    q->last = s;
    q->count++;
    l->count++;
    return ERR_OK;
}

static void unlink_from(struct issuer_queue *q, struct submission *s)
{
    *(s->before == NULL ? &q->first : &s->before->after) = s->after;
    *(s->after == NULL ? &q->last : &s->after->before) = s->before;
    s->queue = NULL;
    q->count--;
    q->lane->count--;
}

static void queue_free(struct lane *l, struct issuer_queue *q)
{
    *queue_slot(l, &q->iss) = q->next;
    free(q);
}

/* One of whoever's turn it is, who goes to the end of the ring if he has more. There is one. */
static struct submission *lane_take(struct lane *l)
{
    struct issuer_queue *q;
    struct submission *s;

    while ((q = ring_take(l))->count == 0) queue_free(l, q);
    s = q->first;
    unlink_from(q, s);
    if (q->count > 0)
        ring_put(l, q);
    else
        queue_free(l, q);
    return s;
}

static void lane_free(struct lane *l)
{
    ASSERT(l->count == 0);
    while (l->first != NULL) queue_free(l, ring_take(l));
}

/* ---- both ---- */

enum err turns_add(struct turns *t, struct submission *s, bool is_new)
{
    return lane_add(is_new ? &t->fresh : &t->old, s);
}

static struct submission *take_one(struct turns *t)
{
    bool old = t->old.count > 0 && (t->old_next || t->fresh.count == 0);

    t->old_next = !old;
    return lane_take(old ? &t->old : &t->fresh);
}

size_t turns_take(struct turns *t, struct submission **ret, size_t max)
{
    size_t count = 0, sets = 0;

    while (count < max && sets < TURNS_SETS_MAX && turns_count(t) > 0) {
        ret[count] = take_one(t);
        sets += ret[count++]->statement.kind == KIND_ISSUER;
    }
    return count;
}

void turns_leave(struct submission *s)
{
    unlink_from(s->queue, s);
}

void turns_free(struct turns *t)
{
    if (t == NULL) return;
    lane_free(&t->fresh);
    lane_free(&t->old);
    free(t);
}
