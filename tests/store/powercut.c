/* See powercut.h. */
#undef _FORTIFY_SOURCE
#include "tests/store/powercut.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK 4096
#define NAME_BYTES 40
#define NONE UINT_MAX
#define ROOT 0U
#define MUST(condition) \
    do { \
        if (!(condition)) abort(); \
    } while (0)

/* A name in a folder; node NONE: nothing of that name. A rename takes `from` away in the same moment. */
struct name_change {
    unsigned folder, node;
    char name[NAME_BYTES], from[NAME_BYTES];
};
enum event_kind { EVENT_WRITE, EVENT_SYNCED_WRITE, EVENT_SYNC, EVENT_TRUNCATE, EVENT_NAME, EVENT_MARK };
struct event {
    enum event_kind kind;
    unsigned node;
    size_t offset, len;
    uint8_t *bytes;
    struct name_change change;
    struct powercut_mark mark;
};

/* What a disk holds: bytes of each file, and the names in folders. */
struct file {
    uint8_t *bytes;
    size_t len;
};
struct name {
    unsigned folder, node;
    char name[NAME_BYTES];
};
struct content {
    struct file file[POWERCUT_NODES];
    size_t name_count;
    struct name name[POWERCUT_NODES];
};

/* One test, one thread that writes: nothing here is locked. */
static struct {
    bool watching;
    struct node {
        dev_t dev;
        ino_t ino;
        bool is_folder, is_lock, gone; /* gone: its number may be another's now */
    } node[POWERCUT_NODES];
    unsigned nodes;
    struct content base;
    struct event *event;
    size_t count, cap;
} record;

static struct {
    bool armed, fired;
    struct powercut_fault f;
    unsigned left;
} fault;

/* ---- content ---- */

static void file_grow(struct file *f, size_t len)
{
    if (len <= f->len) return;
    f->bytes = realloc(f->bytes, len);
    MUST(f->bytes != NULL);
    memset(f->bytes + f->len, 0, len - f->len);
    f->len = len;
}

static void file_patch(struct file *f, size_t offset, const uint8_t *bytes, size_t len)
{
    file_grow(f, offset + len);
    if (len > 0) memcpy(f->bytes + offset, bytes, len);
}

static void content_copy(struct content *to, const struct content *from)
{
    for (unsigned i = 0; i < POWERCUT_NODES; i++) {
        to->file[i].len = 0;
        file_patch(&to->file[i], 0, from->file[i].bytes, from->file[i].len);
    }
    to->name_count = from->name_count;
    memcpy(to->name, from->name, sizeof(to->name));
}

static void name_drop(struct content *c, unsigned folder, const char *name)
{
    for (size_t i = 0; i < c->name_count; i++) {
        if (c->name[i].folder != folder || strcmp(c->name[i].name, name) != 0) continue;
        c->name[i] = c->name[--c->name_count];
        return;
    }
}

static void name_set(struct content *c, const struct name_change *change)
{
    struct name *n;

    if (change->from[0] != '\0') name_drop(c, change->folder, change->from);
    name_drop(c, change->folder, change->name);
    if (change->node == NONE) return;
    MUST(c->name_count < POWERCUT_NODES);
    n = &c->name[c->name_count++];
    n->folder = change->folder;
    n->node = change->node;
    memcpy(n->name, change->name, sizeof(n->name));
}

/* ---- nodes ---- */

static unsigned node_find(const struct stat *st)
{
    for (unsigned i = 0; i < record.nodes; i++)
        if (!record.node[i].gone && record.node[i].dev == st->st_dev && record.node[i].ino == st->st_ino) return i;
    return NONE;
}

static unsigned node_add(const char *path, const char *name)
{
    struct stat st;

    MUST(record.nodes < POWERCUT_NODES && stat(path, &st) == 0);
    record.node[record.nodes] = (struct node){
        .dev = st.st_dev, .ino = st.st_ino, .is_folder = S_ISDIR(st.st_mode), .is_lock = strcmp(name, "lock.mdb") == 0};
    return record.nodes++;
}

static unsigned path_node(const char *path)
{
    struct stat st;

    return record.watching && stat(path, &st) == 0 ? node_find(&st) : NONE;
}

static unsigned fd_node(int fd)
{
    struct stat st;

    return record.watching && fstat(fd, &st) == 0 ? node_find(&st) : NONE;
}

static void name_take(char ret[NAME_BYTES], const char *name)
{
    MUST(snprintf(ret, NAME_BYTES, "%s", name) < NAME_BYTES);
}

/* The folder under watch that a path is in, and its last part. */
static bool parent_of(const char *path, unsigned *ret_folder, char ret_name[NAME_BYTES])
{
    const char *last = strrchr(path, '/');
    char parent[4096];

    if (!record.watching || last == NULL || last == path) return false;
    MUST(snprintf(parent, sizeof(parent), "%.*s", (int)(last - path), path) < (int)sizeof(parent));
    *ret_folder = path_node(parent);
    if (*ret_folder == NONE || strcmp(last + 1, "..") == 0) return false;
    name_take(ret_name, last + 1);
    return true;
}

/* ---- what stands there at the beginning ---- */

static void file_load(const char *path, struct file *ret)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    struct stat st;

    MUST(fd >= 0 && fstat(fd, &st) == 0);
    file_grow(ret, (size_t)st.st_size);
    MUST(pread(fd, ret->bytes, ret->len, 0) == (ssize_t)ret->len);
    close(fd);
}

static void base_load(const char *path, const char *name)
{
    unsigned node = node_add(path, name);
    struct dirent *e;
    char below[4096];
    DIR *dir;

    if (!record.node[node].is_folder) {
        file_load(path, &record.base.file[node]);
        return;
    }
    dir = opendir(path);
    MUST(dir != NULL);
    while ((e = readdir(dir)) != NULL) {
        struct name_change change = {.folder = node, .node = record.nodes};

        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        name_take(change.name, e->d_name);
        name_set(&record.base, &change);
        MUST(snprintf(below, sizeof(below), "%s/%s", path, e->d_name) < (int)sizeof(below));
        base_load(below, e->d_name);
    }
    closedir(dir);
}

void powercut_watch(const char *dir)
{
    powercut_release();
    base_load(dir, "");
    record.watching = true;
}

void powercut_release(void)
{
    for (size_t i = 0; i < record.count; i++) free(record.event[i].bytes);
    for (unsigned i = 0; i < POWERCUT_NODES; i++) free(record.base.file[i].bytes);
    free(record.event);
    memset(&record, 0, sizeof(record));
    memset(&fault, 0, sizeof(fault));
}

/* ---- recording ---- */

static void event_add(struct event e)
{
    if (record.count == record.cap) {
        record.cap = record.cap == 0 ? 1024 : record.cap * 2;
        record.event = realloc(record.event, record.cap * sizeof(*record.event));
        MUST(record.event != NULL);
    }
    record.event[record.count++] = e;
}

void powercut_mark(struct powercut_mark mark)
{
    event_add((struct event){.kind = EVENT_MARK, .mark = mark});
}

size_t powercut_events(void)
{
    return record.count;
}

struct powercut_counts powercut_counts(void)
{
    struct powercut_counts c = {0};

    for (size_t i = 0; i < record.count; i++) {
        const struct event *e = &record.event[i];

        c.writes += e->kind == EVENT_WRITE;
        c.synced_writes += e->kind == EVENT_SYNCED_WRITE;
        c.syncs += e->kind == EVENT_SYNC && !record.node[e->node].is_folder;
        c.folder_syncs += e->kind == EVENT_SYNC && record.node[e->node].is_folder;
        c.names += e->kind == EVENT_NAME;
        c.marks += e->kind == EVENT_MARK;
    }
    return c;
}

/* The flags are the descriptor's own, so that they count however it came to be opened. */
static bool is_synced(int fd)
{
    return (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
}

static void write_add(unsigned node, bool synced, size_t offset, const struct iovec *part, int parts, size_t done)
{
    struct event e = {.kind = synced ? EVENT_SYNCED_WRITE : EVENT_WRITE, .node = node, .offset = offset, .len = done};

    if (record.node[node].is_lock) return;
    e.bytes = malloc(done == 0 ? 1 : done);
    MUST(e.bytes != NULL);
    for (size_t at = 0; parts > 0 && at < done; part++, parts--) {
        size_t len = part->iov_len < done - at ? part->iov_len : done - at;

        memcpy(e.bytes + at, part->iov_base, len);
        at += len;
    }
    event_add(e);
}

static void name_add(struct name_change change)
{
    event_add((struct event){.kind = EVENT_NAME, .node = change.folder, .change = change});
}

/* ---- faults ---- */

void powercut_fail(struct powercut_fault f)
{
    fault.armed = true;
    fault.fired = false;
    fault.f = f;
    fault.left = f.nth;
}

bool powercut_fired(void)
{
    return fault.fired;
}

bool powercut_failed(void)
{
    bool fired = fault.fired;

    memset(&fault, 0, sizeof(fault));
    return fired;
}

static bool fault_is_for(enum powercut_call call)
{
    static const bool needs_room[POWERCUT_ANY] = {
        [POWERCUT_WRITE] = true, [POWERCUT_SYNCED_WRITE] = true, [POWERCUT_TRUNCATE] = true, [POWERCUT_CREATE] = true};

    return fault.f.call == POWERCUT_ANY || fault.f.call == call || (fault.f.call == POWERCUT_ROOM && needs_room[call]);
}

/* Whether this call is to fail. */
static bool fault_now(enum powercut_call call)
{
    if (!fault.armed || !fault_is_for(call)) return false;
    if (fault.left > 0) {
        fault.left--;
        return false;
    }
    fault.armed = fault.f.lasting;
    fault.fired = true;
    return true;
}

static bool is_lost(bool fails)
{
    return fails && fault.f.fate != POWERCUT_KEPT;
}

static int fail(void)
{
    errno = fault.f.error;
    return -1;
}

/* ---- what stands in for the C library: bytes ---- */

/* The low and the high half of the offset, as the system call wants it. */
static ssize_t write_real(int fd, const struct iovec *part, int parts, bool at_offset, off_t offset)
{
    if (at_offset) return syscall(SYS_pwritev, fd, part, parts, (unsigned long)offset, 0UL);
    return syscall(SYS_writev, fd, part, parts);
}

/* Half of the first part. */
static ssize_t write_short(int fd, const struct iovec *part, bool at_offset, off_t offset)
{
    struct iovec half = {part->iov_base, (part->iov_len + 1) / 2};

    return write_real(fd, &half, 1, at_offset, offset);
}

static ssize_t write_parts(int fd, const struct iovec *part, int parts, bool at_offset, off_t offset)
{
    unsigned node = fd_node(fd);
    bool seen = node != NONE, synced = seen && is_synced(fd);
    off_t begin = at_offset || !seen ? offset : lseek(fd, 0, SEEK_CUR);
    bool fails = seen && fault_now(synced ? POWERCUT_SYNCED_WRITE : POWERCUT_WRITE);
    bool is_short = fails && fault.f.fate == POWERCUT_SHORT;
    ssize_t done;

    if (is_lost(fails) && !is_short) return fail();
    if (is_short)
        done = write_short(fd, part, at_offset, offset);
    else
        done = write_real(fd, part, parts, at_offset, offset);
    if (seen && done >= 0) write_add(node, synced, (size_t)begin, part, parts, (size_t)done);
    return fails && !is_short ? fail() : done;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    struct iovec part = {(void *)(uintptr_t)bytes, len};

    return write_parts(fd, &part, 1, true, offset);
}

ssize_t pwritev(int fd, const struct iovec *part, int parts, off_t offset)
{
    return write_parts(fd, part, parts, true, offset);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    struct iovec part = {(void *)(uintptr_t)bytes, len};

    return write_parts(fd, &part, 1, false, 0);
}

ssize_t writev(int fd, const struct iovec *part, int parts)
{
    return write_parts(fd, part, parts, false, 0);
}

static int sync_node(int fd, long number)
{
    unsigned node = fd_node(fd);
    bool seen = node != NONE, fails = seen && fault_now(POWERCUT_SYNC);
    int rc;

    if (is_lost(fails)) return fail();
    rc = (int)syscall(number, fd);
    if (seen && rc == 0) event_add((struct event){.kind = EVENT_SYNC, .node = node});
    return fails ? fail() : rc;
}

int fdatasync(int fd)
{
    return sync_node(fd, SYS_fdatasync);
}

int fsync(int fd)
{
    return sync_node(fd, SYS_fsync);
}

int ftruncate(int fd, off_t len)
{
    unsigned node = fd_node(fd);
    bool seen = node != NONE, fails = seen && fault_now(POWERCUT_TRUNCATE);
    int rc;

    if (is_lost(fails)) return fail();
    rc = (int)syscall(SYS_ftruncate, fd, len);
    if (seen && rc == 0) event_add((struct event){.kind = EVENT_TRUNCATE, .node = node, .len = (size_t)len});
    return fails ? fail() : rc;
}

/* Nobody here writes through a map; one who did would escape the record, so it is not allowed at all. */
int msync(void *address, size_t len, int flags)
{
    MUST(!record.watching);
    return (int)syscall(SYS_msync, address, len, flags);
}

/* ---- what stands in for the C library: names ---- */

static void opened(const char *path, int flags, bool is_new, struct name_change change)
{
    unsigned node;

    if (is_new) {
        change.node = node_add(path, change.name);
        name_add(change);
        return;
    }
    node = path_node(path);
    if (node != NONE && (flags & O_TRUNC) != 0) event_add((struct event){.kind = EVENT_TRUNCATE, .node = node});
}

int open(const char *path, int flags, ...)
{
    struct name_change change = {.node = NONE};
    bool inside = parent_of(path, &change.folder, change.name), is_new = inside && path_node(path) == NONE;
    bool creates = is_new && (flags & O_CREAT) != 0, seen = inside || path_node(path) != NONE;
    bool fails = seen && fault_now(creates ? POWERCUT_CREATE : POWERCUT_OPEN);
    mode_t mode = 0;
    va_list args;
    int fd;

    va_start(args, flags);
    if ((flags & O_CREAT) != 0) mode = va_arg(args, mode_t);
    va_end(args);
    if (is_lost(fails)) return fail();
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (seen && fd >= 0) opened(path, flags, creates, change);
    if (!fails) return fd;
    if (fd >= 0) close(fd);
    return fail();
}

int mkdir(const char *path, mode_t mode)
{
    struct name_change change = {.node = NONE};
    bool seen = parent_of(path, &change.folder, change.name), fails = seen && fault_now(POWERCUT_CREATE);
    int rc;

    if (is_lost(fails)) return fail();
    rc = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (seen && rc == 0) {
        change.node = node_add(path, change.name);
        name_add(change);
    }
    return fails ? fail() : rc;
}

static int name_remove(const char *path, int flags)
{
    struct name_change change = {.node = NONE};
    bool seen = parent_of(path, &change.folder, change.name), fails = seen && fault_now(POWERCUT_NAME);
    unsigned node = path_node(path);
    int rc;

    if (is_lost(fails)) return fail();
    rc = (int)syscall(SYS_unlinkat, AT_FDCWD, path, flags);
    if (seen && rc == 0) {
        if (node != NONE) record.node[node].gone = true;
        name_add(change);
    }
    return fails ? fail() : rc;
}

int unlink(const char *path)
{
    return name_remove(path, 0);
}

int rmdir(const char *path)
{
    return name_remove(path, AT_REMOVEDIR);
}

int rename(const char *from, const char *to)
{
    struct name_change change = {.node = NONE};
    unsigned node = path_node(from), replaced = path_node(to), folder;
    bool seen = parent_of(from, &folder, change.from), fails = seen && fault_now(POWERCUT_NAME);
    int rc;

    if (is_lost(fails)) return fail();
    rc = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
    if (seen && rc == 0) {
        MUST(parent_of(to, &change.folder, change.name) && change.folder == folder);
        if (replaced != NONE) record.node[replaced].gone = true;
        change.node = node;
        name_add(change);
    }
    return fails ? fail() : rc;
}

/* ---- images ---- */

static struct {
    struct powercut_rules rules;
    struct content kept, found;
    size_t *pending; /* events that may or may not have reached the disk, in order */
    size_t pending_count, next;
    struct powercut_image image;
} disk;

uint64_t powercut_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

void powercut_begin(struct powercut_rules rules)
{
    disk.rules = rules;
    disk.pending_count = disk.next = 0;
    disk.pending = realloc(disk.pending, (record.count + 1) * sizeof(*disk.pending));
    MUST(disk.pending != NULL);
    content_copy(&disk.kept, &record.base);
    disk.image.acknowledged = (struct powercut_mark){0};
}

static void event_apply(struct content *c, const struct event *e)
{
    struct file *f = &c->file[e->node];

    if (e->kind == EVENT_NAME)
        name_set(c, &e->change);
    else if (e->kind == EVENT_TRUNCATE && e->len < f->len)
        f->len = e->len;
    else if (e->kind == EVENT_TRUNCATE)
        file_grow(f, e->len);
    else
        file_patch(f, e->offset, e->bytes, e->len);
}

/* What was done to this file, or to the names in this folder, is done for good. */
static void node_settle(unsigned node)
{
    size_t left = 0;

    for (size_t i = 0; i < disk.pending_count; i++) {
        const struct event *e = &record.event[disk.pending[i]];

        if (e->node == node)
            event_apply(&disk.kept, e);
        else
            disk.pending[left++] = disk.pending[i];
    }
    disk.pending_count = left;
}

static void event_pass(size_t index)
{
    const struct event *e = &record.event[index];
    bool keeps = record.node[e->node].is_folder ? disk.rules.folder_sync_keeps : disk.rules.sync_keeps;

    if (e->kind == EVENT_MARK)
        disk.image.acknowledged = e->mark;
    else if (e->kind == EVENT_SYNC && keeps)
        node_settle(e->node);
    else if (e->kind != EVENT_SYNC)
        disk.pending[disk.pending_count++] = index;
}

/* It stays among those that may be lost, so that an earlier write is not put over it. */
static bool is_kept(const struct event *e)
{
    return e->kind == EVENT_SYNCED_WRITE && disk.rules.dsync_keeps;
}

/* Each block by itself: a disk writes them in any order. */
static void event_lose(struct content *c, const struct event *e, uint64_t *random, unsigned kept_of_256)
{
    if (e->kind == EVENT_TRUNCATE || e->kind == EVENT_NAME) {
        if (powercut_random(random) % 256 < kept_of_256) event_apply(c, e);
        return;
    }
    for (size_t at = 0; at < e->len;) {
        size_t len = BLOCK - (e->offset + at) % BLOCK;

        if (len > e->len - at) len = e->len - at;
        if (powercut_random(random) % 256 < kept_of_256)
            file_patch(&c->file[e->node], e->offset + at, e->bytes + at, len);
        at += len;
    }
}

/* What can be reached from the folder, its parents first. */
static void image_gather(struct powercut_image *image, const struct content *c, unsigned folder, const char *path)
{
    for (size_t i = 0; i < c->name_count; i++) {
        const struct name *n = &c->name[i];
        struct powercut_entry *e = &image->entry[image->count];

        if (n->folder != folder) continue;
        MUST(image->count++ < POWERCUT_NODES);
        *e = (struct powercut_entry){
            .is_folder = record.node[n->node].is_folder, .bytes = c->file[n->node].bytes, .len = c->file[n->node].len};
        MUST(snprintf(e->path, sizeof(e->path), "%s%s%s", path, path[0] == '\0' ? "" : "/", n->name) <
             (int)sizeof(e->path));
        if (e->is_folder) image_gather(image, c, n->node, e->path);
    }
}

const struct powercut_image *powercut_image(size_t events, uint64_t seed)
{
    static const unsigned shares[] = {0, 26, 128, 128, 128, 230, 256};
    unsigned kept = shares[powercut_random(&seed) % (sizeof(shares) / sizeof(shares[0]))];

    MUST(events >= disk.next && events <= record.count);
    while (disk.next < events) event_pass(disk.next++);
    content_copy(&disk.found, &disk.kept);
    for (size_t i = 0; i < disk.pending_count; i++) {
        const struct event *e = &record.event[disk.pending[i]];

        event_lose(&disk.found, e, &seed, is_kept(e) ? 256 : kept);
    }
    if (events < record.count) {
        const struct event *e = &record.event[events];

        if (e->kind != EVENT_SYNC && e->kind != EVENT_MARK) event_lose(&disk.found, e, &seed, kept);
    }
    disk.image.count = 0;
    image_gather(&disk.image, &disk.found, ROOT, "");
    return &disk.image;
}

void powercut_image_write(const struct powercut_image *image, const char *dir)
{
    char path[4096];

    MUST(syscall(SYS_mkdirat, AT_FDCWD, dir, 0755) == 0);
    for (size_t i = 0; i < image->count; i++) {
        const struct powercut_entry *e = &image->entry[i];
        FILE *file;

        MUST(snprintf(path, sizeof(path), "%s/%s", dir, e->path) < (int)sizeof(path));
        if (e->is_folder) {
            MUST(syscall(SYS_mkdirat, AT_FDCWD, path, 0755) == 0);
            continue;
        }
        file = fopen(path, "wb");
        MUST(file != NULL && fwrite(e->bytes, 1, e->len, file) == e->len && fclose(file) == 0);
    }
}
