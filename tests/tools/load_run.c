/* See load.h. Clients that post as fast as they are answered, and one that looks at the checkpoint. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "tests/tools/load.h"

/* Each so-manyth of a client's statements revokes an earlier one. */
#define REVOKE_EVERY 8
#define WAIT_SECONDS 5

struct run {
    const struct ground *ground;
    const struct run_options *options;
    int journal;
    uint64_t until_ms; /* 0: no end */
    _Atomic uint64_t acknowledged, receipts, unknown, refused;
    atomic_bool stop, gone;
};

struct client {
    struct run *run;
    size_t number;
    struct web web;
    uint64_t posted;
    /* the last acknowledged attestation that is not revoked */
    bool has_target;
    struct hash target;
    char target_sub[64];
};

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* One write a line, so that lines of several clients do not mix. */
static void journal(struct run *r, struct out *line)
{
    out_byte(line, '\n');
    ASSERT(out_check(line) == ERR_OK);
    ASSERT(write(r->journal, line->ptr, line->len) == (ssize_t)line->len);
}

static void journal_id(struct run *r, const char *word, uint64_t position, const struct hash *id, struct span more)
{
    uint8_t text[8192];
    struct out o = out_over(text, sizeof(text));

    out_text(&o, word);
    out_byte(&o, ' ');
    out_decimal(&o, position);
    out_byte(&o, ' ');
    hex_encode(hash_span(id), &o);
    if (more.len > 0) {
        out_byte(&o, ' ');
        hex_encode(more, &o);
    }
    journal(r, &o);
}

static void journal_unanswered(struct run *r, struct span statement)
{
    uint8_t *text = malloc(JOURNAL_LINE_MAX);
    struct out o = out_over(text, JOURNAL_LINE_MAX);

    ASSERT(text != NULL);
    out_text(&o, "u ");
    hex_encode(statement, &o);
    journal(r, &o);
    free(text);
}

static bool over(struct run *r)
{
    if (r->options->count > 0 && r->acknowledged >= r->options->count) r->stop = true;
    if (r->until_ms > 0 && now_ms() >= r->until_ms) r->stop = true;
    return r->stop || r->gone;
}

/* ---- one client ---- */

static void acknowledged(struct client *c, const struct hash *id)
{
    struct run *r = c->run;

    journal_id(r, "s", c->web.position, id, SPAN(""));
    r->acknowledged++;
    if (c->web.status != 201) return;
    journal_id(r, "r", c->web.position, id, span_of(c->web.body, c->web.len));
    r->receipts++;
}

/* Until it is acknowledged or cannot be. False: no more of this client. */
static bool send_until(struct client *c, struct span bytes, bool wait)
{
    struct run *r = c->run;
    struct hash id = hash_of(bytes);

    for (;;) {
        if (!web_post(&c->web, bytes, wait)) {
            journal_unanswered(r, bytes);
            r->unknown++;
            r->gone = true;
            return false;
        }
        if ((c->web.status == 201 || c->web.status == 303) && c->web.has_position) {
            acknowledged(c, &id);
            return true;
        }
        if (c->web.status != 429 && c->web.status != 503) {
            r->refused++;
            r->stop = true;
            web_fail(&c->web, "statement");
            return false;
        }
        if (over(r)) return false;
        usleep(20000);
    }
}

static bool attest(struct client *c, size_t issuer, bool wait)
{
    static const uint8_t zeros[STATEMENT_SIZE_MAX];
    uint8_t bytes[STATEMENT_SIZE_MAX + 1024];
    struct out o = out_over(bytes, sizeof(bytes));
    size_t payload = c->run->options->payload;
    char sub[64];

    if (payload == 0)
        ground_attest(c->run->ground, issuer, subject_new(sub), &o);
    else
        ground_attest_bytes(c->run->ground, issuer, subject_new(sub), span_of(zeros, payload), &o);
    if (!send_until(c, out_span(&o), wait)) return false;
    c->has_target = true;
    c->target = hash_of(out_span(&o));
    memcpy(c->target_sub, sub, sizeof(sub));
    return true;
}

static bool withdraw(struct client *c, size_t issuer, bool wait)
{
    uint8_t bytes[2048];
    struct out o = out_over(bytes, sizeof(bytes));

    ground_revoke(c->run->ground, issuer, span_text(c->target_sub), &c->target, &o);
    c->has_target = false;
    return send_until(c, out_span(&o), wait);
}

static void *client_main(void *arg)
{
    struct client *c = arg;
    size_t issuer = c->number % c->run->ground->count;
    unsigned wait_every = c->run->options->wait_every;
    bool good = true;

    web_open(&c->web, c->run->options->url, WAIT_SECONDS);
    while (good && !over(c->run)) {
        uint64_t n = c->posted++;
        bool wait = wait_every > 0 && n % wait_every == wait_every - 1;

        if (c->has_target && n % REVOKE_EVERY == REVOKE_EVERY - 1)
            good = withdraw(c, issuer, wait);
        else
            good = attest(c, issuer, wait);
    }
    web_close(&c->web);
    return NULL;
}

/* ---- the one who looks ---- */

static void *watch_main(void *arg)
{
    struct run *r = arg;
    uint64_t seen = 0;
    struct web w;

    web_open(&w, r->options->url, 0);
    while (!over(r)) {
        struct checkpoint c;
        uint8_t text[256];
        struct out o = out_over(text, sizeof(text));

        if (web_checkpoint(&w, &r->ground->vkey, &c)) {
            if (c.size != seen) {
                out_text(&o, "c ");
                out_decimal(&o, c.size);
                out_byte(&o, ' ');
                hex_encode(hash_span(&c.root), &o);
                journal(r, &o);
            }
            seen = c.size;
        } else if (w.status == 200) {
            fprintf(stderr, "cairn-load: /checkpoint is not signed by the log's key\n");
            r->refused++;
            r->stop = true;
        }
        usleep(r->options->watch_ms * 1000);
    }
    web_close(&w);
    return NULL;
}

int load_run(const struct ground *g, const struct run_options *options)
{
    struct run r = {.ground = g, .options = options};
    struct client *clients = calloc(options->clients, sizeof(*clients));
    pthread_t *threads = calloc(options->clients + 1, sizeof(*threads));
    uint64_t start = now_ms();

    ASSERT(clients != NULL && threads != NULL);
    r.journal = open(options->journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (r.journal < 0) {
        fprintf(stderr, "cairn-load: cannot write %s\n", options->journal);
        return LOAD_USAGE;
    }
    if (options->seconds > 0) r.until_ms = start + (uint64_t)options->seconds * 1000;
    for (unsigned i = 0; i < options->clients; i++) {
        clients[i].run = &r;
        clients[i].number = i;
        ASSERT(pthread_create(&threads[i], NULL, client_main, &clients[i]) == 0);
    }
    ASSERT(pthread_create(&threads[options->clients], NULL, watch_main, &r) == 0);
    for (unsigned i = 0; i <= options->clients; i++) pthread_join(threads[i], NULL);
    printf("acknowledged %llu receipts %llu unknown %llu refused %llu ms %llu\n", (unsigned long long)r.acknowledged,
           (unsigned long long)r.receipts, (unsigned long long)r.unknown, (unsigned long long)r.refused,
           (unsigned long long)(now_ms() - start));
    close(r.journal);
    free(clients);
    free(threads);
    if (r.refused > 0) return LOAD_NO;
    return r.gone ? LOAD_GONE : LOAD_YES;
}
