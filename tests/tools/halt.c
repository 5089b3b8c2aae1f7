/* Loaded before a program's own libraries: ends it, as a power cut would, before the n-th of its calls that change what
 * is on the disk or reach the network. HALT_AT says which; the program ends with HALT_CODE then. With HALT_SAY each of
 * them is a line of that file, with what it was about: "fsync /folder/file". */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HALT_CODE 70

static void say(const char *what, const char *path)
{
    const char *to = getenv("HALT_SAY");
    FILE *f = to == NULL ? NULL : fopen(to, "a");

    if (f == NULL) return;
    fprintf(f, "%s %s\n", what, path);
    fclose(f);
}

static void step(const char *what, const char *path)
{
    static long done;
    const char *at = getenv("HALT_AT");

    say(what, path);
    if (at != NULL && ++done == strtol(at, NULL, 10)) _exit(HALT_CODE);
}

/* The function that this one stands in front of. */
static void *behind(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL) abort();
    return found;
}

/* A pointer to an object made one to a function, as POSIX lets it be. */
#define BEHIND(function) \
    union { \
        void *object; \
        __typeof__(function) *call; \
    } real = {.object = behind(#function)}

int open(const char *path, int flags, ...)
{
    BEHIND(open);
    va_list list;
    mode_t mode = 0;

    va_start(list, flags);
    if ((flags & O_CREAT) != 0) mode = va_arg(list, mode_t);
    va_end(list);
    if ((flags & O_CREAT) != 0) step("open", path);
    return real.call(path, flags, mode);
}

int fsync(int fd)
{
    BEHIND(fsync);
    char link[64], path[4096];
    ssize_t len;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof(path) - 1);
    path[len < 0 ? 0 : len] = 0;
    step("fsync", path);
    return real.call(fd);
}

int link(const char *from, const char *to)
{
    BEHIND(link);

    step("link", to);
    return real.call(from, to);
}

int rename(const char *from, const char *to)
{
    BEHIND(rename);

    step("rename", to);
    return real.call(from, to);
}

int unlink(const char *path)
{
    BEHIND(unlink);

    step("unlink", path);
    return real.call(path);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    BEHIND(send);

    step("send", "");
    return real.call(fd, bytes, len, flags);
}
