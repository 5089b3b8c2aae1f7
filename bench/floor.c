/* What the ground floor costs, as ratios against ceilings of the same run: ./dev bench [--leaves N] [FOLDER], and the
 * index alone: ./dev bench index [--keys N] [FOLDER].
 * Each figure is the median of several rounds in which the ceiling is measured too; what needs no disk counts
 * the time of the processor alone. Figures of one machine at one moment; nothing here passes or fails. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <dirent.h>
#include <openssl/sha.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "log/base/codec.h"
#include "log/base/sign.h"

#define HASHES 255000
#define VERIFIES 1000
#define NUMBER_MIN 100000
#define NUMBER_DEFAULT 1000000
#define NUMBER_MAX 100000000
/* Of disk, generously: statements, tiles, and an index with free pages left by its commits. */
#define BYTES_PER_LEAF 1000
#define BYTES_PER_KEY 200

static double clock_read(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double now(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

double spent(void)
{
    return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

uint64_t noise_below(uint64_t end)
{
    static uint64_t state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % end;
}

double median(double *figures, size_t count)
{
    qsort(figures, count, sizeof(*figures), compare);
    return figures[count / 2];
}

void row(const char *what, double figure, const char *unit, double ratio, const char *goal)
{
    char text[32] = "";

    if (ratio > 0) snprintf(text, sizeof(text), "%.2f", ratio);
    printf("%-58s %12.*f %-9s %6s  %s\n", what, figure < 100 ? 1 : 0, figure, unit, text, goal == NULL ? "" : goal);
    fflush(stdout);
}

void row_of(const char *what, struct rounds *r, const char *unit, const char *goal)
{
    double ratio = median(r->ratio, ROUNDS);

    row(what, median(r->figure, ROUNDS), unit, ratio, goal);
}

void check(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

void must(enum err e)
{
    check(e == ERR_OK, err_reason(e));
}

void batch_fill(struct batch *b)
{
    for (size_t i = 0; i < BATCH; i++) {
        u64_put(b->statement[i], b->made++);
        b->id[i] = hash_of(span_of(b->statement[i], b->bytes));
    }
}

/* ---- hashes and signatures ---- */

static double raw_hashes(void)
{
    static uint8_t bytes[65];
    double start = spent();

    for (unsigned i = 0; i < HASHES; i++) {
        SHA256_CTX context;

        SHA256_Init(&context);
        SHA256_Update(&context, bytes, sizeof(bytes));
        SHA256_Final(bytes, &context);
    }
    return HASHES / (spent() - start);
}

static double node_chain(void)
{
    static struct hash a, b = {{2}};
    double start = spent();

    for (unsigned i = 0; i < HASHES; i++) a = node_hash(&a, &b);
    return HASHES / (spent() - start);
}

static double whole_tiles(void)
{
    static uint8_t tile[TILE_WIDTH * 32];
    double start = spent();

    for (unsigned i = 0; i < HASHES; i += TILE_WIDTH - 1) {
        struct hash h = tile_fold(tile, 8);

        memcpy(tile, h.b, sizeof(h.b));
    }
    return HASHES / (spent() - start);
}

static void bench_hashes(void)
{
    struct rounds raw = {0}, chain = {0}, tiles = {0};

    for (size_t i = 0; i < ROUNDS; i++) {
        raw.figure[i] = raw_hashes();
        chain.figure[i] = node_chain();
        tiles.figure[i] = whole_tiles();
        chain.ratio[i] = chain.figure[i] / raw.figure[i];
        tiles.ratio[i] = tiles.figure[i] / raw.figure[i];
    }
    row_of("SHA-256 of 65 bytes, as the library does it", &raw, "/s", NULL);
    row_of("node hashes, one by one", &chain, "/s", ">= 0.9 of SHA-256");
    row_of("node hashes, tile by tile", &tiles, "/s", ">= 0.9 of SHA-256");
}

static void bench_signatures(void)
{
    struct secret_key key;
    struct public_key public;
    struct signature sig;
    uint8_t message[300] = {0};
    double figure[ROUNDS];

    secret_key_from_seed((uint8_t[32]){7}, &key);
    public = secret_key_public(&key);
    sign_make(&key, span_of(message, sizeof(message)), &sig);
    for (size_t i = 0; i < ROUNDS; i++) {
        double start = spent();

        for (unsigned j = 0; j < VERIFIES; j++)
            check(sign_verify(&public, span_of(message, sizeof(message)), &sig), "a good signature is refused");
        figure[i] = VERIFIES / (spent() - start);
    }
    row("signatures checked, one core", median(figure, ROUNDS), "/s", 0, NULL);
}

/* ---- the folder ---- */

/* Folders in folders and the files in them, nothing else. */
static void folder_remove(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char name[2048];

        if (entry->d_name[0] == '.') continue;
        if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name)) continue;
        if (unlink(name) != 0) folder_remove(name);
    }
    if (dir != NULL) closedir(dir);
    (void)rmdir(path);
}

static void room_check(const char *dir, uint64_t bytes)
{
    double need = (double)bytes + 1e9, room;
    struct statvfs fs;
    char text[200];

    check(statvfs(dir, &fs) == 0, dir);
    room = (double)fs.f_bavail * (double)fs.f_frsize;
    snprintf(text, sizeof(text), "%s has %.1f GB free and this may need %.1f", dir, room / 1e9, need / 1e9);
    check(room >= need, text);
}

/* "1000000" or "1e6". */
static uint64_t number_of(const char *text)
{
    char *end;
    double n = strtod(text, &end);

    check(*end == '\0' && n >= NUMBER_MIN && n <= NUMBER_MAX, "--leaves and --keys take a number from 1e5 to 1e8");
    return (uint64_t)n;
}

static char folder[1024];

static void clean_up(void)
{
    folder_remove(folder);
}

static void everything(uint64_t leaves)
{
    bench_hashes();
    bench_signatures();
    bench_admit();
    bench_appends(folder, 300);
    bench_appends(folder, 1400);
    bench_index(folder, NUMBER_MIN);
    bench_sizes(folder, leaves);
}

int main(int argc, char **argv)
{
    uint64_t number = NUMBER_DEFAULT;
    const char *parent = "/tmp";
    bool index = false, admission = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "index") == 0)
            index = true;
        else if (strcmp(argv[i], "admit") == 0)
            admission = true;
        else if (strcmp(argv[i], index ? "--keys" : "--leaves") == 0 && i + 1 < argc)
            number = number_of(argv[++i]);
        else
            parent = argv[i];
    }
    check(sodium_init() >= 0, "libsodium");
    room_check(parent, number * (index ? BYTES_PER_KEY : BYTES_PER_LEAF));
    snprintf(folder, sizeof(folder), "%s/cairn-bench-XXXXXX", parent);
    check(mkdtemp(folder) != NULL, folder);
    atexit(clean_up);
    printf("%-58s %12s %-9s %6s  %s\n", "what", "figure", "", "ratio", "goal");
    if (admission)
        bench_admit();
    else if (index)
        bench_index(folder, number);
    else
        everything(number);
    return 0;
}
