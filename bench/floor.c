/* What the ground floor costs, as ratios against a ceiling of the same run: ./dev bench. Figures of one
 * machine at one moment; nothing here passes or fails. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "log/base/codec.h"
#include "log/index/key.h"
#include "log/store/store.h"
#include "log/tree/merkle.h"

#define HASHES 2000000
#define BATCH 1024
#define BATCHES 60
#define PROOFS 100000
#define VERIFIES 5000
#define STATEMENT_BYTES 300

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void row(const char *what, double per_second, double ceiling)
{
    if (ceiling > 0)
        printf("%-44s %12.0f /s   %.2f of the ceiling\n", what, per_second, per_second / ceiling);
    else
        printf("%-44s %12.0f /s\n", what, per_second);
}

static void hashes(void)
{
    static uint8_t tile[TILE_WIDTH * 32];
    struct hash a = {{1}}, b = {{2}};
    uint8_t blocks[128] = {1};
    double start = now(), raw;
    SHA256_CTX context;

    SHA256_Init(&context);
    for (unsigned i = 0; i < HASHES; i++) SHA256_Update(&context, blocks, sizeof(blocks));
    raw = HASHES / (now() - start);
    row("SHA-256 of two blocks, nothing else", raw, 0);
    start = now();
    for (unsigned i = 0; i < HASHES; i++) {
        SHA256_Init(&context);
        SHA256_Update(&context, blocks, 65);
        SHA256_Final(blocks, &context);
    }
    row("SHA-256 of 65 bytes, as the library does it", HASHES / (now() - start), raw);
    start = now();
    for (unsigned i = 0; i < HASHES; i++) a = node_hash(&a, &b);
    row("node hashes", HASHES / (now() - start), raw);
    start = now();
    for (unsigned i = 0; i < HASHES; i += TILE_WIDTH - 1) {
        tile[0] = (uint8_t)i;
        b = tile_fold(tile, 8);
    }
    row("node hashes, a whole tile at a time", HASHES / (now() - start), raw);
    if (a.b[0] == 0 && b.b[0] == 0 && blocks[0] == 0) printf("\n");
}

static void signatures(void)
{
    struct secret_key key;
    struct public_key public;
    struct signature sig;
    uint8_t message[STATEMENT_BYTES] = {0};
    double start;

    secret_key_from_seed((uint8_t[32]){7}, &key);
    public = secret_key_public(&key);
    sign_make(&key, span_of(message, sizeof(message)), &sig);
    start = now();
    for (unsigned i = 0; i < VERIFIES; i++)
        if (!sign_verify(&public, span_of(message, sizeof(message)), &sig)) abort();
    row("signatures checked, one core", VERIFIES / (now() - start), 0);
}

static void must(enum err e)
{
    if (e == ERR_OK) return;
    fprintf(stderr, "bench: %s\n", err_reason(e));
    exit(1);
}

/* The cost of a durable append of the same bytes with and without the tree: the writes to a plain file of
 * one batch, synced, are the ceiling. */
static double plain_file(const char *dir)
{
    static uint8_t bytes[BATCH * STATEMENT_BYTES];
    char path[1100];
    double start;
    FILE *f;

    snprintf(path, sizeof(path), "%s/plain", dir);
    f = fopen(path, "wb");
    if (f == NULL) exit(1);
    start = now();
    for (unsigned i = 0; i < BATCHES; i++) {
        if (fwrite(bytes, 1, sizeof(bytes), f) != sizeof(bytes) || fflush(f) != 0 || fdatasync(fileno(f)) != 0) exit(1);
    }
    start = now() - start;
    fclose(f);
    unlink(path);
    return BATCH * BATCHES / start;
}

static void append_batch(struct store *s, uint64_t *next)
{
    uint8_t bytes[STATEMENT_BYTES] = {0};
    struct log_write *w;

    must(log_write_open(s, &w));
    for (unsigned i = 0; i < BATCH; i++) {
        struct hash id;

        u64_put(bytes, (*next)++);
        id = hash_of(span_of(bytes, sizeof(bytes)));
        must(log_append(w, span_of(bytes, sizeof(bytes)), &id));
    }
    must(log_write_commit(w));
}

static void proofs(struct store *s, uint64_t size)
{
    struct log_view *view;
    struct tree_reader reader;
    struct tree_path path;
    double start;

    must(log_view_open(s, &view));
    reader = log_reader(view);
    start = now();
    for (uint64_t i = 0; i < PROOFS; i++) must(tree_inclusion(&reader, i * 7919 % size, size, &path));
    row("inclusion proofs", PROOFS / (now() - start), 0);
    log_view_close(view);
}

static void folds(struct store *s)
{
    struct derived_write *w;
    uint64_t count = 4 * 4096;
    double start = now();

    must(derived_write_open(s, &w));
    for (uint64_t i = 0; i < count; i++) {
        uint8_t name[8];
        struct hash id, keys[2];

        u64_put(name, i);
        id = hash_of(span_of(name, sizeof(name)));
        keys[0] = hash_prefixed(0x13, hash_span(&id));
        keys[1] = hash_prefixed(0x14, hash_span(&id));
        must(derived_fold(w, i, &id, keys, 2));
    }
    must(derived_write_commit(w));
    row("index keys folded in, durable", 2.0 * (double)count / (now() - start), 0);
}

static int clean_up(const char *dir)
{
    static const char *const names[] = {"log/data.mdb",     "log/lock.mdb", "log", "derived/data.mdb",
                                        "derived/lock.mdb", "derived",      ""};
    char path[1100];
    int left = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        left = remove(path);
    }
    return left == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    char dir[1024] = "/tmp/cairn-bench-XXXXXX";
    struct store *s;
    uint64_t next = 0;
    double start, plain;

    if (argc > 1) snprintf(dir, sizeof(dir), "%s/cairn-bench-XXXXXX", argv[1]);
    if (sodium_init() < 0 || mkdtemp(dir) == NULL) return 1;
    hashes();
    signatures();
    plain = plain_file(dir);
    row("300 bytes to a plain file, synced by 1,024", plain, 0);
    must(store_open(dir, true, (size_t)1 << 34, &s));
    start = now();
    for (unsigned i = 0; i < BATCHES; i++) append_batch(s, &next);
    row("statements appended, durable by 1,024", (double)next / (now() - start), plain);
    proofs(s, next);
    folds(s);
    store_close(s);
    return clean_up(dir);
}
