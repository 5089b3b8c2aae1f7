/* See files.h. */
#include "server/shell/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err err_of_errno(void)
{
    return errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_IO;
}

/* What is there and may not be read is never taken for absent: it would be written over. */
static enum err err_of_open(void)
{
    if (errno == ENOENT || errno == ENOTDIR) return ERR_NO_FILE;
    return errno == EACCES || errno == EPERM ? ERR_NOT_READABLE : ERR_IO;
}

enum err file_path(const char *dir, const char *name, char ret[FILE_PATH_MAX])
{
    int len = snprintf(ret, FILE_PATH_MAX, "%s/%s", dir, name);

    return len > 0 && len < FILE_PATH_MAX ? ERR_OK : ERR_NO_ROOM;
}

/* As much as there is, at most `max` bytes. Less than nothing: it failed. */
static ssize_t read_all(int fd, uint8_t *bytes, size_t max)
{
    size_t len = 0;

    while (len < max) {
        ssize_t n = read(fd, bytes + len, max - len);

        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        if (n == 0) break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

enum err file_read(const char *path, size_t max, uint8_t **ret, size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat is;
    uint8_t *bytes;
    ssize_t len;

    if (fd < 0) return err_of_open();
    if (fstat(fd, &is) == 0 && S_ISDIR(is.st_mode)) {
        close(fd);
        return ERR_NOT_READABLE;
    }
    bytes = malloc(max + 1);
    len = bytes == NULL ? 0 : read_all(fd, bytes, max + 1);
    close(fd);
    if (bytes == NULL) return ERR_NO_MEMORY;
    if (len < 0 || (size_t)len > max) {
        free(bytes);
        return len < 0 ? ERR_IO : ERR_NO_ROOM;
    }
    *ret = bytes;
    *ret_len = (size_t)len;
    return ERR_OK;
}

enum err file_private(const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && (about.st_mode & 077) != 0 ? ERR_NOT_PRIVATE : ERR_OK;
}

static enum err write_synced(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);

        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return err_of_errno();
        bytes = span_slice(bytes, (size_t)n, bytes.len);
    }
    return fsync(fd) == 0 ? ERR_OK : err_of_errno();
}

static enum err sync_folder(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err e;

    if (fd < 0) return err_of_errno();
    e = fsync(fd) == 0 ? ERR_OK : err_of_errno();
    close(fd);
    return e;
}

enum err file_write_durable(const char *dir, const char *name, struct span bytes, unsigned mode)
{
    char path[FILE_PATH_MAX], aside[FILE_PATH_MAX + 4];
    enum err e;
    int fd;

    TRY(file_path(dir, name, path));
    snprintf(aside, sizeof(aside), "%s.new", path);
    fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);
    if (fd < 0) return err_of_errno();
    e = write_synced(fd, bytes);
    close(fd);
    /* A crash before the rename leaves the old file; after it, one of the two, whole, until the folder is synced. */
    if (e == ERR_OK && rename(aside, path) != 0) e = err_of_errno();
    if (e != ERR_OK) {
        unlink(aside);
        return e;
    }
    return sync_folder(dir);
}

enum err folder_lock(const char *dir, int *ret)
{
    char path[FILE_PATH_MAX];
    int fd;

    TRY(file_path(dir, "lock", path));
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return err_of_open();
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return ERR_IN_USE;
    }
    if (ret != NULL) *ret = fd;
    return ERR_OK;
}
