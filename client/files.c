/* Arguments, files, the reader's folder, prompts. See client.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/client.h"
#include "log/base/text.h"
#include "server/shell/program.h"

const char *args_value(struct args *a, const char *name)
{
    return option_value(&a->count, a->word, name);
}

bool args_flag(struct args *a, const char *name)
{
    return option_flag(&a->count, a->word, name);
}

bool args_position(struct args *a, const char *name, const char **ret)
{
    *ret = NULL;
    for (int i = 0; i + 1 < a->count; i++)
        if (strcmp(a->word[i], name) == 0 && a->word[i + 1][0] == '@') *ret = a->word[i + 1];
    return *ret != NULL ? args_value(a, name) != NULL : args_flag(a, name);
}

int args_left(const struct args *a, int count, const char *usage)
{
    for (int i = 0; i < a->count; i++) {
        if (strncmp(a->word[i], "--", 2) != 0) continue;
        fflush(stdout);
        fprintf(stderr, "cairn: %s is not an option here\nusage: %s\n", a->word[i], usage);
        return EXIT_USAGE;
    }
    if (a->count == count) return EXIT_YES;
    fprintf(stderr, "usage: %s\n", usage);
    return EXIT_USAGE;
}

int client_fail(enum err e, const char *what, const char *found)
{
    char text[1024];
    struct out o = out_over(text, sizeof(text) - 1);

    fflush(stdout);
    text_escape(span_text(found), 300, &o);
    text[o.len] = 0;
    return say_failure("cairn", e, what, text);
}

int client_bad_name(const char *what, const char *found)
{
    uint8_t text[1024];
    struct out o = out_over(text, sizeof(text));

    text_escape(span_text(found), 80, &o);
    fprintf(stderr, "cairn: %s: expected a name of 1 to 40 of a-z 0-9 - _ . that begins with a letter or digit; ",
            what);
    fprintf(stderr, "found %.*s\n", (int)o.len, (const char *)text);
    return EXIT_USAGE;
}

bool client_ask(const struct args *a, const char *question)
{
    return a->yes || program_ask(question);
}

void print_out(const struct out *o)
{
    fwrite(o->ptr, 1, o->len, stdout);
}

void print_text(struct span s)
{
    uint8_t text[1024];
    struct out o = out_over(text, sizeof(text));

    text_escape(s, 80, &o);
    print_out(&o);
}

/* ---- files ---- */

static enum err write_synced(int fd, struct span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);

        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return errno == ENOSPC ? ERR_DISK_FULL : ERR_IO;
        bytes = span_slice(bytes, (size_t)n, bytes.len);
    }
    return fsync(fd) == 0 ? ERR_OK : ERR_IO;
}

/* The folder that the file stands in: a name that is not on the disk is a key that is lost. */
static enum err sync_folder_of(const char *path)
{
    char folder[PATH_LEN];
    const char *slash = strrchr(path, '/');
    int fd, rc;

    if (snprintf(folder, sizeof(folder), "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
                 slash == NULL ? "." : path) >= (int)sizeof(folder))
        return ERR_NO_ROOM;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ERR_IO;
    rc = fsync(fd);
    close(fd);
    return rc == 0 ? ERR_OK : ERR_IO;
}

/* Where a file is written before it takes its name. */
static void aside_of(const char *path, char ret[PATH_LEN + 8])
{
    snprintf(ret, PATH_LEN + 8, "%s.new", path);
}

enum err file_remove_aside(const char *path)
{
    char aside[PATH_LEN + 8];

    aside_of(path, aside);
    return unlink(aside) == 0 || errno == ENOENT ? ERR_OK : ERR_IO;
}

enum err file_write(const char *path, struct span bytes, unsigned mode, bool fresh)
{
    char aside[PATH_LEN + 8];
    enum err e;
    int fd;

    aside_of(path, aside);
    unlink(aside);
    fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? ERR_NO_FILE : ERR_IO;
    e = write_synced(fd, bytes);
    close(fd);
    /* link refuses to replace; rename does not. */
    if (e == ERR_OK && fresh && link(aside, path) != 0) e = errno == EEXIST ? ERR_EXISTS : ERR_IO;
    if (e == ERR_OK && !fresh && rename(aside, path) != 0) e = ERR_IO;
    if (e != ERR_OK || fresh) unlink(aside);
    return e == ERR_OK ? sync_folder_of(path) : e;
}

enum err file_keep(const char *path, const char *also)
{
    if (link(path, also) != 0 && errno != EEXIST) return ERR_IO;
    return sync_folder_of(also);
}

enum err file_move(const char *from, const char *to)
{
    return rename(from, to) == 0 ? sync_folder_of(to) : ERR_IO;
}

/* Whether the file ends in the middle of a line: somebody edited it. */
static bool ends_open(int fd)
{
    off_t len = lseek(fd, 0, SEEK_END);
    char last = '\n';

    return len > 0 && pread(fd, &last, 1, len - 1) == 1 && last != '\n';
}

static enum err append_synced(int fd, struct span line)
{
    uint8_t text[2048];
    struct out o = out_over(text, sizeof(text));

    if (flock(fd, LOCK_EX) != 0) return ERR_IO;
    if (ends_open(fd)) out_byte(&o, '\n');
    out_bytes(&o, line);
    out_byte(&o, '\n');
    TRY(out_check(&o));
    return write_synced(fd, out_span(&o));
}

enum err file_append_line(const char *path, struct span line)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    enum err e;

    if (fd < 0) return ERR_IO;
    e = append_synced(fd, line);
    close(fd);
    return e == ERR_OK ? sync_folder_of(path) : e;
}

static enum err home_folder(const struct args *a, char ret[PATH_LEN])
{
    const char *set = a->home != NULL ? a->home : getenv("CAIRN_HOME"), *user = getenv("HOME");
    int len = set != NULL ? snprintf(ret, PATH_LEN, "%s", set)
                          : snprintf(ret, PATH_LEN, "%s/.config/cairn", user == NULL ? "." : user);

    return len < PATH_LEN - 300 ? ERR_OK : ERR_NO_ROOM;
}

/* Makes each folder on the way to the last '/' of `path`. */
static enum err make_folders(const char *path)
{
    char part[PATH_LEN];

    for (const char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        memcpy(part, path, (size_t)(at - path));
        part[at - path] = 0;
        if (mkdir(part, 0700) == 0)
            TRY(sync_folder_of(part));
        else if (errno != EEXIST)
            return ERR_IO;
    }
    return ERR_OK;
}

enum err home_name(const struct args *a, const char *name, char ret[PATH_LEN])
{
    char folder[PATH_LEN];

    TRY(home_folder(a, folder));
    return snprintf(ret, PATH_LEN, "%s/%s", folder, name) >= PATH_LEN ? ERR_NO_ROOM : ERR_OK;
}

enum err home_path(const struct args *a, const char *name, char ret[PATH_LEN])
{
    TRY(home_name(a, name, ret));
    return make_folders(ret);
}

const char *path_shown(const char *path)
{
    char here[PATH_LEN];
    size_t len;

    if (getcwd(here, sizeof(here)) == NULL) return path;
    len = strlen(here);
    return strncmp(path, here, len) == 0 && path[len] == '/' ? path + len + 1 : path;
}

size_t home_list(const struct args *a, const char *folder, const char *suffix, char ret[][HOME_NAME_LEN], size_t max)
{
    char path[PATH_LEN];
    size_t count = 0, end = strlen(suffix);
    struct dirent *d;
    DIR *dir;

    if (home_path(a, folder, path) != ERR_OK || (dir = opendir(path)) == NULL) return 0;
    while (count < max && (d = readdir(dir)) != NULL) {
        size_t len = strlen(d->d_name);

        if (len <= end || len - end >= HOME_NAME_LEN || strcmp(d->d_name + len - end, suffix) != 0) continue;
        memcpy(ret[count], d->d_name, len - end);
        ret[count++][len - end] = 0;
    }
    closedir(dir);
    return count;
}
