/* See load.h. Each publication adds its statements and one seal. One statement at a time adds two; two at once
 * add three, when they fall into one publication. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tools/load.h"

/* Left to the end, where each step is waited for. */
#define LAST_STRETCH 16

struct burst {
    const struct ground *ground;
    const char *url;
    uint64_t count;
    _Atomic uint64_t taken, highest;
    _Atomic int code;
};

static void highest_raise(struct burst *b, uint64_t position)
{
    uint64_t now = b->highest;

    while (position > now && !atomic_compare_exchange_weak(&b->highest, &now, position)) {
    }
}

static void *burst_main(void *arg)
{
    struct burst *b = arg;
    struct web w;

    web_open(&w, b->url, 0);
    for (uint64_t n = b->taken++; n < b->count && b->code == LOAD_YES; n = b->taken++) {
        uint8_t bytes[2048];
        struct out o = out_over(bytes, sizeof(bytes));
        char sub[64];

        ground_attest(b->ground, n % b->ground->count, subject_new(sub), &o);
        while (web_post(&w, out_span(&o), false) && (w.status == 429 || w.status == 503)) usleep(20000);
        if ((w.status == 201 || w.status == 303) && w.has_position)
            highest_raise(b, w.position);
        else
            b->code = web_fail(&w, "statement");
    }
    web_close(&w);
    return NULL;
}

/* Posts `count` attestations at once, and gives the highest position among them. */
static int burst(const struct ground *g, const char *url, uint64_t count, unsigned clients, uint64_t *ret_highest)
{
    struct burst b = {.ground = g, .url = url, .count = count};
    unsigned threads = count < clients ? (unsigned)count : clients;
    pthread_t *thread = calloc(threads, sizeof(*thread));

    ASSERT(thread != NULL);
    for (unsigned i = 0; i < threads; i++) ASSERT(pthread_create(&thread[i], NULL, burst_main, &b) == 0);
    for (unsigned i = 0; i < threads; i++) pthread_join(thread[i], NULL);
    free(thread);
    *ret_highest = b.highest;
    return b.code;
}

/* Until a checkpoint covers `position`. */
static int published(struct web *w, const struct ground *g, uint64_t position, uint64_t *ret_size)
{
    struct checkpoint c;

    for (int i = 0; i < 60000; i++) {
        if (!web_checkpoint(w, &g->vkey, &c)) {
            if (w->status != 404) return web_fail(w, "/checkpoint");
        } else if (c.size > position) {
            *ret_size = c.size;
            return LOAD_YES;
        }
        usleep(2000);
    }
    fprintf(stderr, "cairn-load: position %llu is not published\n", (unsigned long long)position);
    return LOAD_NO;
}

/* How many to post next. At worst each has a publication of its own and adds two. */
static uint64_t step(uint64_t missing)
{
    if (missing > LAST_STRETCH) return (missing - LAST_STRETCH + 1) / 2;
    return missing % 2 == 1 ? 2 : 1;
}

int load_grow(const struct ground *g, const char *url, uint64_t size, unsigned clients)
{
    uint64_t now = 0, highest;
    struct web w;
    int code;

    web_open(&w, url, 0);
    code = published(&w, g, 0, &now);
    while (code == LOAD_YES && now < size && size - now != 1) {
        code = burst(g, url, step(size - now), clients, &highest);
        if (code == LOAD_YES) code = published(&w, g, highest, &now);
    }
    web_close(&w);
    if (code != LOAD_YES) return code;
    printf("size %llu\n", (unsigned long long)now);
    if (now == size) return LOAD_YES;
    fprintf(stderr, "cairn-load: the log has %llu, and every publication adds two at least: %llu cannot be reached\n",
            (unsigned long long)now, (unsigned long long)size);
    return LOAD_NO;
}
