/* Runs a fuzz target without a fuzzer: every file of a folder, each of its beginnings, what it is with something
 * behind it, and mutations of it that are the same at each run: a hundred with other bytes, and some in which a piece
 * stands twice. Inputs end flush against an unmapped page. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "tests/guard.h"

#define FILE_MAX (1U << 17)
#define FILES_MAX 4096
#define FLIPS 100
#define FLIPS_AT_ONCE_MAX 8
#define COPIES 20

static struct guard guard;
static uint8_t file[FILE_MAX];
static char what[512];
static size_t what_len;
static unsigned long inputs;

/* ASSERT aborts; so do a byte read too far and arithmetic gone wrong, each by its own signal. */
static void on_signal(int number)
{
    ssize_t ignored = write(STDERR_FILENO, what, what_len);

    (void)ignored;
    signal(number, SIG_DFL);
    raise(number);
}

static void run(const char *name, struct span input, const char *how, size_t n)
{
    what_len = (size_t)snprintf(what, sizeof(what), "with %s, %s %zu\n", name, how, n);
    LLVMFuzzerTestOneInput(guard_copy(&guard, input).ptr, input.len);
    inputs++;
}

/* xorshift64*: the same everywhere. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static void run_flipped(const char *name, struct span original, uint64_t *state)
{
    static uint8_t bytes[FILE_MAX];

    for (size_t n = 0; n < FLIPS && original.len > 0; n++) {
        unsigned flips = (unsigned)(1 + next(state) % FLIPS_AT_ONCE_MAX);

        memcpy(bytes, original.ptr, original.len);
        for (unsigned i = 0; i < flips; i++) bytes[next(state) % original.len] ^= (uint8_t)(1 + next(state) % 255);
        run(name, span_of(bytes, original.len), "mutation", n);
    }
}

/* A piece of it once more, anywhere, and one byte more at the end. */
static void run_grown(const char *name, struct span original, uint64_t *state)
{
    static uint8_t bytes[2 * FILE_MAX];
    static const uint8_t ends[] = {0, '\n', '=', 'a', 0xff};

    for (size_t n = 0; n < COPIES && original.len > 0; n++) {
        size_t from = next(state) % original.len, at = next(state) % (original.len + 1);
        size_t len = 1 + next(state) % (original.len - from);
        struct out o = out_over(bytes, sizeof(bytes));

        out_bytes(&o, span_slice(original, 0, at));
        out_bytes(&o, span_slice(original, from, from + len));
        out_bytes(&o, span_slice(original, at, original.len));
        run(name, out_span(&o), "a piece twice, number", n);
    }
    for (size_t n = 0; n < sizeof(ends); n++) {
        struct out o = out_over(bytes, sizeof(bytes));

        out_bytes(&o, original);
        out_byte(&o, ends[n]);
        run(name, out_span(&o), "one byte more, number", n);
    }
}

static void run_file(const char *folder, const char *name)
{
    uint64_t state;
    char path[1024];
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    ASSERT(fd >= 0);
    len = read(fd, file, sizeof(file));
    ASSERT(len >= 0);
    ASSERT((size_t)len < sizeof(file));
    close(fd);
    state = UINT64_C(0x9e3779b97f4a7c15) + (size_t)len;
    for (size_t i = 0; i <= (size_t)len; i++) run(name, span_of(file, i), "the first bytes:", i);
    run_flipped(name, span_of(file, (size_t)len), &state);
    run_grown(name, span_of(file, (size_t)len), &state);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
    static char *names[FILES_MAX];
    size_t count = 0;
    struct dirent *entry;
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;

    if (folder == NULL) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    LLVMFuzzerInitialize(&argc, &argv);
    for (size_t i = 0; i < 4; i++) signal((const int[]){SIGABRT, SIGSEGV, SIGBUS, SIGFPE}[i], on_signal);
    guard = guard_open(2 * FILE_MAX);
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && count < FILES_MAX) names[count++] = strdup(entry->d_name);
    closedir(folder);
    qsort(names, count, sizeof(names[0]), compare);
    for (size_t i = 0; i < count; i++) {
        run_file(argv[1], names[i]);
        free(names[i]);
    }
    guard_close(&guard);
    printf("%zu files, %lu inputs\n", count, inputs);
    return count > 0 ? 0 : 1;
}
