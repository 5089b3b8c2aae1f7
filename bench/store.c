/* The store: appends beside bare LMDB, and what does or does not depend on the size of the log. The index: index.c. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/bench.h"
#include "log/base/codec.h"
#include "log/statement/status.h"
#include "server/node/writer.h"
#include "server/shell/files.h"

#define ORIGIN SPAN("bench.example/log")
#define BATCHES_A_ROUND 12
#define GROW_STATEMENTS 65536
#define PROOFS_A_ROUND 8192

static double disk_bytes(const char *dir, const char *environment)
{
    char path[2048];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s/data.mdb", dir, environment);
    check(stat(path, &st) == 0, path);
    return (double)st.st_blocks * 512;
}

/* ---- appends ---- */

static void store_batch(struct store *s, const struct batch *batch)
{
    struct log_write *w;

    must(log_write_open(s, &w));
    for (size_t i = 0; i < BATCH; i++) must(log_append(w, span_of(batch->statement[i], batch->bytes), &batch->id[i]));
    must(log_write_commit(w));
}

static void append_one(struct store *s, struct span bytes, bool sealed)
{
    struct hash id = hash_of(bytes);
    struct log_write *w;

    must(log_write_open(s, &w));
    must(log_append(w, bytes, &id));
    if (sealed) must(log_set_sealed(w, 1));
    must(log_write_commit(w));
}

/* Both clocks of both sides. */
struct append_rounds {
    struct rounds bare, ours, ours_spent;
};

static void append_round(struct store *s, struct bare *bare, struct batch *batch, struct append_rounds *r, size_t at)
{
    double bare_time = 0, bare_spent = 0, time = 0, cpu = 0;

    for (size_t i = 0; i < BATCHES_A_ROUND; i++) {
        batch_fill(batch);
        bare_time -= now(), bare_spent -= spent();
        bare_batch(bare, batch);
        bare_time += now(), bare_spent += spent();
        time -= now(), cpu -= spent();
        store_batch(s, batch);
        time += now(), cpu += spent();
    }
    r->bare.figure[at] = BATCH * BATCHES_A_ROUND / bare_time;
    r->ours.figure[at] = BATCH * BATCHES_A_ROUND / time;
    r->ours.ratio[at] = bare_time / time;
    r->ours_spent.figure[at] = BATCH * BATCHES_A_ROUND / cpu;
    r->ours_spent.ratio[at] = bare_spent / cpu;
}

static void append_rows(struct append_rounds *r, size_t bytes, double disk_each)
{
    char what[80];

    snprintf(what, sizeof(what), "%zu bytes put into bare LMDB, durable by 1,024", bytes);
    row_of(what, &r->bare, "/s", NULL);
    snprintf(what, sizeof(what), "%zu bytes appended, durable by 1,024", bytes);
    row_of(what, &r->ours, "/s", ">= 0.7 of bare LMDB");
    snprintf(what, sizeof(what), "the same, processor time alone");
    row_of(what, &r->ours_spent, "/s", NULL);
    snprintf(what, sizeof(what), "disk of log, %zu bytes a statement by 1,024", bytes);
    row(what, disk_each, "B each", 0, "<= bytes x 1.05 + 150");
}

/* Seals shift the batches against the bundles, so these begin askew too. */
void bench_appends(const char *dir, size_t statement_bytes)
{
    static struct batch batch;
    struct append_rounds rounds = {0};
    char plain[1100], own[1100];
    struct bare *bare;
    struct store *s;

    batch.bytes = statement_bytes;
    snprintf(plain, sizeof(plain), "%s/bare-%zu", dir, statement_bytes);
    snprintf(own, sizeof(own), "%s/appends-%zu", dir, statement_bytes);
    bare = bare_open(plain);
    must(store_open(own, true, 0, &s));
    append_one(s, SPAN("askew"), false);
    for (size_t i = 0; i < ROUNDS; i++) append_round(s, bare, &batch, &rounds, i);
    bare_close(bare);
    store_close(s);
    append_rows(&rounds, statement_bytes, disk_bytes(own, "log") / (ROUNDS * BATCHES_A_ROUND * BATCH));
}

/* ---- a log of some size ---- */

struct grown {
    char dir[1100];
    struct store *store;
    struct batch *batch;
    uint64_t size;
};

/* Rows of the index in the order of their keys, which is quicker to fill than what a log has to fill. As many
 * rows, in trees as high. */
static void fold_in_order(struct derived_write *w, uint64_t position)
{
    struct hash id = {{1}}, key = {{2}};

    u64_put(id.b + 1, position);
    u64_put(key.b + 1, position);
    must(derived_fold(w, position, &id, &key, 1));
}

/* By large transactions, for what it costs a server to get here is measured above. */
static void grow_some(struct grown *g, uint64_t end)
{
    struct derived_write *derived;
    struct log_write *log;

    must(log_write_open(g->store, &log));
    must(derived_write_open(g->store, &derived));
    while (g->size < end) {
        batch_fill(g->batch);
        for (size_t i = 0; i < BATCH && g->size < end; i++) {
            must(log_append(log, span_of(g->batch->statement[i], g->batch->bytes), &g->batch->id[i]));
            fold_in_order(derived, g->size++);
        }
    }
    must(log_write_commit(log));
    must(derived_write_commit(derived));
}

static void seal_fold(struct grown *g, const struct hash *id)
{
    struct derived_write *w;

    must(derived_write_open(g->store, &w));
    must(derived_fold(w, g->size, id, NULL, 0));
    must(derived_write_commit(w));
}

static void publish(struct grown *g)
{
    struct log_write *w;

    must(log_write_open(g->store, &w));
    must(log_set_published(w, g->size, SPAN("a checkpoint"), &(struct signature){0}));
    must(log_write_commit(w));
}

static void sign(struct grown *g, const struct hash *root)
{
    uint8_t text[512];
    struct out o = out_over(text, sizeof(text));

    checkpoint_encode(&(struct checkpoint){ORIGIN, g->size, *root}, &o);
    must(out_check(&o));
    must(file_write_durable(g->dir, "last-signed", out_span(&o), 0600));
}

/* A seal, published and signed: as a server leaves a log when it is told to stop. */
static void seal(struct grown *g)
{
    struct derived_view *view;
    struct derived_head head;
    struct secret_key key;
    uint8_t payload[256], bytes[2048];
    struct out p = out_over(payload, sizeof(payload)), o = out_over(bytes, sizeof(bytes));
    struct draft draft = {.kind = KIND_SEAL, .iss = ORIGIN, .sub = ORIGIN, .home = ORIGIN};
    struct hash id;
    struct log_view *log;
    struct tree_reader reader;
    struct hash root;

    must(derived_view_open(g->store, &view));
    must(derived_head(view, &head));
    derived_view_close(view);
    seal_encode(&(struct seal_payload){.covers = g->size, .root = head.root, .keys = head.keys, .to_ms = 1}, &p);
    draft.payload = out_span(&p);
    secret_key_from_seed((uint8_t[32]){7}, &key);
    must(statement_make(&draft, &key, &o));
    id = hash_of(out_span(&o));
    append_one(g->store, out_span(&o), true);
    seal_fold(g, &id);
    g->size++;
    publish(g);
    must(log_view_open(g->store, &log));
    reader = log_reader(log);
    must(tree_range_root(&reader, 0, g->size, &root));
    log_view_close(log);
    sign(g, &root);
}

static void grow(struct grown *g, uint64_t end)
{
    while (g->size < end - 1) grow_some(g, end - 1 - g->size > GROW_STATEMENTS ? g->size + GROW_STATEMENTS : end - 1);
    seal(g);
}

/* ---- proofs ---- */

/* One proof out of each tile. The pages are in memory and yet each has to be mapped. */
static double proofs_after_start(struct grown *g)
{
    struct log_view *view;
    struct tree_reader reader;
    struct tree_path path;
    double start;

    must(log_view_open(g->store, &view));
    reader = log_reader(view);
    start = spent();
    for (uint64_t i = 0; i < g->size / TILE_WIDTH; i++)
        must(tree_inclusion(&reader, i * TILE_WIDTH + noise_below(TILE_WIDTH), g->size, &path));
    start = spent() - start;
    log_view_close(view);
    return (double)(g->size / TILE_WIDTH) / start;
}

static double proofs(struct grown *g, bool newest)
{
    double figure[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        struct log_view *view;
        struct tree_reader reader;
        struct tree_path path;
        double start;

        must(log_view_open(g->store, &view));
        reader = log_reader(view);
        start = spent();
        for (uint64_t j = 0; j < PROOFS_A_ROUND; j++) {
            uint64_t index = newest ? g->size - PROOFS_A_ROUND + j : noise_below(g->size);

            must(tree_inclusion(&reader, index, g->size, &path));
        }
        figure[i] = PROOFS_A_ROUND / (spent() - start);
        log_view_close(view);
    }
    return median(figure, ROUNDS);
}

/* ---- start ---- */

static void nothing(void *ctx)
{
    (void)ctx;
}

/* What a server does with its log until it accepts; keys and sockets take the same time at any size. */
static double start_once(struct grown *g)
{
    static const struct log_keys keys;
    struct writer_setup setup = {.dir = g->dir, .origin = ORIGIN, .keys = &keys, .pending_max = 65536};
    double start = now(), end;
    struct log_view *view;
    struct log_head head;
    struct writer *w;
    uv_loop_t loop;

    check(uv_loop_init(&loop) == 0, "libuv");
    must(store_open(g->dir, false, 0, &g->store));
    must(log_view_open(g->store, &view));
    must(log_head(view, &head));
    log_view_close(view);
    must(writer_open(&loop, g->store, &setup, &w));
    end = now();
    check(head.size == g->size && head.published == g->size, "the log came back with another size");
    writer_close(w, nothing, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    check(uv_loop_close(&loop) == 0, "libuv");
    return end - start;
}

static double starts(struct grown *g)
{
    double figure[ROUNDS];

    for (size_t i = 0; i < ROUNDS; i++) {
        store_close(g->store);
        figure[i] = start_once(g) * 1000;
    }
    return median(figure, ROUNDS);
}

/* ---- at a tenth of the size, and at the size ---- */

enum { START, PROOFS_FIRST, PROOFS_ANYWHERE, PROOFS_NEWEST, DISK_LOG, SIZE_FIGURES };

static void measure(struct grown *g, double figure[SIZE_FIGURES])
{
    figure[START] = starts(g);
    figure[PROOFS_FIRST] = proofs_after_start(g);
    figure[PROOFS_ANYWHERE] = proofs(g, false);
    figure[PROOFS_NEWEST] = proofs(g, true);
    figure[DISK_LOG] = disk_bytes(g->dir, "log") / (double)g->size;
}

void bench_sizes(const char *dir, uint64_t leaves)
{
    static const struct {
        const char *what, *unit, *goal;
    } rows[SIZE_FIGURES] = {
        {"start", "ms", "<= 100 ms, ratio about 1"},
        {"inclusion proofs, tiles not read since the start", "/s", ">= 0.5 of a tenth the size"},
        {"inclusion proofs, anywhere", "/s", ">= 0.5 of a tenth the size"},
        {"inclusion proofs, the newest 8,192", "/s", ">= 0.5 of a tenth the size"},
        {"disk of log, 300 bytes a statement", "B each", "<= 465"},
    };
    static struct batch batch = {.bytes = 300};
    struct grown g = {.batch = &batch};
    double small[SIZE_FIGURES], large[SIZE_FIGURES];
    char what[100];

    snprintf(g.dir, sizeof(g.dir), "%s/sizes", dir);
    must(store_open(g.dir, true, 0, &g.store));
    grow(&g, leaves / 10);
    measure(&g, small);
    grow(&g, leaves);
    measure(&g, large);
    store_close(g.store);
    for (size_t i = 0; i < SIZE_FIGURES; i++) {
        snprintf(what, sizeof(what), "%s, at %.0e", rows[i].what, (double)leaves / 10);
        row(what, small[i], rows[i].unit, 0, NULL);
        snprintf(what, sizeof(what), "%s, at %.0e", rows[i].what, (double)leaves);
        row(what, large[i], rows[i].unit, large[i] / small[i], rows[i].goal);
    }
}
