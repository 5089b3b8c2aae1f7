/* Loaded before a program's own libraries: ends it, as a power cut would, before the n-th of its calls that change what
 * is on the disk or reach the network. HALT_AT says which; the program ends with HALT_CODE then. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HALT_CODE 70

static void step(void)
{
    static long done;
    const char *at = getenv("HALT_AT");

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
    if ((flags & O_CREAT) != 0) step();
    return real.call(path, flags, mode);
}

int fsync(int fd)
{
    BEHIND(fsync);

    step();
    return real.call(fd);
}

int link(const char *from, const char *to)
{
    BEHIND(link);

    step();
    return real.call(from, to);
}

int rename(const char *from, const char *to)
{
    BEHIND(rename);

    step();
    return real.call(from, to);
}

int unlink(const char *path)
{
    BEHIND(unlink);

    step();
    return real.call(path);
}

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    BEHIND(send);

    step();
    return real.call(fd, bytes, len, flags);
}
