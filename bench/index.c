/* The index at some number of keys: what changes cost, what proofs cost and weigh, what it takes of disk and memory,
 * how soon it answers after a stop and after a crash. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "log/base/codec.h"

#define FOLD 4096
/* As many as are published at once at the most: the more change at once, the more of the disk lies free after it. */
#define FILL 8192
#define FILL_IN_ORDER (FILL * 32)
#define LONG_LISTS 64
#define TOLD_S 10
#define PROOFS_A_ROUND 8192
/* Up to here keys and ids come in any order, as they do to a log. Beyond, they are filled in by order, which takes less
 * long and leaves the same fragments in the same pages, but pages of ids that are half full. */
#define ANY_ORDER_MAX 20000000
#define SLICE 4096
#define IO "/proc/self/io"
#define KIND_KEY 0x13
#define KIND_ID 0x62

struct indexed {
    char dir[1100];
    struct store *store;
    uint64_t keys, size;
    bool in_order;
};

static struct hash named(uint8_t kind, uint64_t n)
{
    uint8_t number[8];

    u64_put(number, n);
    return hash_prefixed(kind, span_of(number, sizeof(number)));
}

/* In order: so many anywhere in the first slice of all there are, then as many in the second, and so on. */
static struct hash nth(const struct indexed *x, uint8_t kind, uint64_t n)
{
    struct hash h = named(kind, n);
    uint64_t slice = UINT64_MAX / (x->keys / SLICE + 1);

    if (x->in_order && n < x->keys) u64_put(h.b, n / SLICE * slice + u64_at(h.b) % slice);
    return h;
}

/* The key that statement `n` is the first under. */
static struct hash key_of(const struct indexed *x, uint64_t n)
{
    return nth(x, KIND_KEY, n);
}

static struct hash id_of(const struct indexed *x, uint64_t n)
{
    return nth(x, KIND_ID, n);
}

/* `count` statements, each with a key of its own and, perhaps, an item more in one of a few long lists. */
static void fold(const struct indexed *x, struct derived_write *w, uint64_t count, bool lists)
{
    for (uint64_t n = x->size; n < x->size + count; n++) {
        struct hash id = id_of(x, n), keys[2] = {key_of(x, n), {{0x14, (uint8_t)(n % LONG_LISTS)}}};

        must(derived_fold(w, n, &id, keys, lists ? 2 : 1));
    }
}

static void fill(struct indexed *x, uint64_t end)
{
    uint64_t step = x->in_order ? FILL_IN_ORDER : FILL;
    double begun = now(), told = begun;

    while (x->size < end) {
        uint64_t count = end - x->size < step ? end - x->size : step;
        struct derived_write *w;

        must(derived_write_open(x->store, &w));
        fold(x, w, count, false);
        must(derived_write_commit(w));
        x->size += count;
        if (now() - told < TOLD_S) continue;
        told = now();
        fprintf(stderr, "bench: %.3g of %.3g keys in %.0f s\n", (double)x->size, (double)end, told - begun);
    }
}

/* A figure of this process. */
static double process_figure(const char *file, const char *name)
{
    FILE *f = fopen(file, "r");
    char line[256];
    double figure = 0;

    check(f != NULL, file);
    while (fgets(line, sizeof(line), f) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) figure = strtod(line + strlen(name), NULL);
    fclose(f);
    return figure;
}

/* ---- changes ---- */

/* The processor's time: nothing goes to the disk. Other keys each time, at positions that come again. */
static double updates(const struct indexed *x)
{
    double figure[ROUNDS];

    for (uint64_t i = 0; i < ROUNDS; i++) {
        double start = spent();
        struct derived_write *w;
        struct derived_head head;

        must(derived_write_open(x->store, &w));
        for (uint64_t n = 0; n < FOLD; n++) {
            struct hash id = id_of(x, x->size + i * FOLD + n), key = key_of(x, x->size + i * FOLD + n);

            must(derived_fold(w, x->size + n, &id, &key, 1));
        }
        must(derived_write_head(w, &head));
        derived_write_abort(w);
        figure[i] = FOLD / (spent() - start);
    }
    return median(figure, ROUNDS);
}

/* By the wall, and by the processor, which does not see who else is there, nor the disk. */
static double durable(struct indexed *x, double *ret_spent, double *ret_written)
{
    double wall[ROUNDS], cpu[ROUNDS], written = process_figure(IO, "wchar:");

    for (size_t i = 0; i < ROUNDS; i++) {
        struct derived_write *w;

        wall[i] = now(), cpu[i] = spent();
        must(derived_write_open(x->store, &w));
        fold(x, w, FOLD, true);
        must(derived_write_commit(w));
        x->size += FOLD;
        wall[i] = FOLD / (now() - wall[i]), cpu[i] = FOLD / (spent() - cpu[i]);
    }
    *ret_written = (process_figure(IO, "wchar:") - written) / (ROUNDS * FOLD);
    *ret_spent = median(cpu, ROUNDS);
    return median(wall, ROUNDS);
}

/* ---- proofs ---- */

static void proof_check(const struct hash *key, bool present, const struct trie_proof *p, const struct hash *root)
{
    bool is = hash_equal(key, &p->leaf.key);

    check(is == present, "a proof is of the wrong kind");
    must(is ? trie_presence_verify(key, &p->leaf.value, &p->path, root)
            : trie_absence_verify(key, &p->leaf.key, &p->leaf.value, &p->path, root));
}

/* Some are checked too, outside the time. Bytes: the leaf as it is shown, and 33 a step of the path. */
static double proofs(const struct indexed *x, bool present, double *ret_bytes)
{
    static struct hash keys[PROOFS_A_ROUND];
    static struct trie_proof proof;
    double figure[ROUNDS], bytes = 0;
    struct derived_view *view;
    struct derived_head head;
    struct trie_view trie;

    must(derived_view_open(x->store, &view));
    must(derived_head(view, &head));
    trie = derived_trie(view);
    for (size_t i = 0; i < ROUNDS; i++) {
        for (size_t j = 0; j < PROOFS_A_ROUND; j++)
            keys[j] = key_of(x, noise_below(x->keys) + (present ? 0 : UINT64_C(1) << 40));
        figure[i] = spent();
        for (size_t j = 0; j < PROOFS_A_ROUND; j++) {
            must(trie_prove(&trie, &keys[j], &proof));
            bytes += (double)proof.path.count * 33 + 40 + (present ? 0 : 32);
        }
        figure[i] = PROOFS_A_ROUND / (spent() - figure[i]);
        for (size_t j = 0; j < PROOFS_A_ROUND; j += 64) {
            must(trie_prove(&trie, &keys[j], &proof));
            proof_check(&keys[j], present, &proof, &head.root);
        }
    }
    derived_view_close(view);
    *ret_bytes = bytes / ((double)ROUNDS * PROOFS_A_ROUND);
    return median(figure, ROUNDS);
}

/* ---- disk, memory, starts ---- */

static double disk_bytes(const struct indexed *x)
{
    char path[2048];
    struct stat st;

    snprintf(path, sizeof(path), "%s/derived/data.mdb", x->dir);
    check(stat(path, &st) == 0, path);
    return (double)st.st_blocks * 512;
}

static double start(struct indexed *x)
{
    static struct trie_proof proof;
    struct derived_view *view;
    struct trie_view trie;
    struct hash key = key_of(x, noise_below(x->keys));
    double start = now();

    must(store_open(x->dir, false, 0, &x->store));
    must(derived_view_open(x->store, &view));
    trie = derived_trie(view);
    must(trie_prove(&trie, &key, &proof));
    derived_view_close(view);
    return (now() - start) * 1000;
}

/* A process that ends in the middle of a fold. What it had folded since the last commit is folded again. */
static double start_after_crash(struct indexed *x)
{
    pid_t child = fork();
    struct derived_write *w;
    double time;

    check(child >= 0, "fork");
    if (child == 0) {
        must(store_open(x->dir, false, 0, &x->store));
        must(derived_write_open(x->store, &w));
        fold(x, w, FOLD, true);
        _exit(0);
    }
    check(waitpid(child, NULL, 0) == child, "waitpid");
    time = start(x);
    return time;
}

void bench_index(const char *dir, uint64_t keys)
{
    struct indexed x = {.keys = keys, .in_order = keys > ANY_ORDER_MAX};
    double time, cpu, written, bytes;
    char what[100], path[1200];

    snprintf(x.dir, sizeof(x.dir), "%s/index", dir);
    must(store_open(x.dir, true, 0, &x.store));
    time = now();
    fill(&x, keys);
    snprintf(what, sizeof(what), "index: filled to %.0e keys%s", (double)keys, x.in_order ? ", in order" : "");
    row(what, (double)keys / (now() - time), "/s", 0, NULL);
    row("disk of derived, ids included", disk_bytes(&x) / (double)keys, "B a key", 0, "<= 220");
    row("updates, nothing kept, one thread", updates(&x), "/s", 0, ">= 80,000 at 1e6");
    time = durable(&x, &cpu, &written);
    row("folds of 4,096: a key, a long list, an id each; durable", time, "/s", 0, ">= 15,000 at 1e7");
    row("the same, processor time alone", cpu, "/s", 0, NULL);
    row("written for them", written, "B each", 0, NULL);
    row("disk of derived after them", disk_bytes(&x) / (double)x.size, "B a key", 0, NULL);
    row("proofs of presence", proofs(&x, true, &bytes), "/s", 0, ">= 100,000");
    row("bytes of a proof of presence", bytes, "B", 0, "<= 950 at 1e8");
    row("proofs of absence", proofs(&x, false, &bytes), "/s", 0, ">= 100,000");
    row("bytes of a proof of absence", bytes, "B", 0, "<= 950 at 1e8");
    row("memory of the process (RssAnon)", process_figure("/proc/self/status", "RssAnon:") / 1024, "MiB", 0,
        "<= 64 MiB + 8 B a key");
    store_close(x.store);
    snprintf(path, sizeof(path), "%s/derived", x.dir);
    row("of its disk, free for the next commits", bare_free_bytes(path) / (double)x.size, "B a key", 0, NULL);
    row("start after a stop, to the first proof", start(&x), "ms", 0, "<= 200 ms");
    store_close(x.store);
    row("start after a crash, before replay", start_after_crash(&x), "ms", 0, "<= 2,000 ms");
    store_close(x.store);
}
