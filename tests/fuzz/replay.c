/* Runs a fuzz target without a fuzzer: every file of a folder, each of its beginnings, and a hundred mutations of
 * it that are the same at each run. Inputs end flush against an unmapped page. */
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

static void run_mutated(const char *name, struct span original)
{
    static uint8_t bytes[FILE_MAX];
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15) + original.len;

    for (size_t n = 0; n < FLIPS && original.len > 0; n++) {
        unsigned flips = (unsigned)(1 + next(&state) % FLIPS_AT_ONCE_MAX);

        memcpy(bytes, original.ptr, original.len);
        for (unsigned i = 0; i < flips; i++) bytes[next(&state) % original.len] ^= (uint8_t)(1 + next(&state) % 255);
        run(name, span_of(bytes, original.len), "mutation", n);
    }
}

static void run_file(const char *folder, const char *name)
{
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
    for (size_t i = 0; i <= (size_t)len; i++) run(name, span_of(file, i), "the first bytes:", i);
    run_mutated(name, span_of(file, (size_t)len));
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
    guard = guard_open(FILE_MAX);
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
