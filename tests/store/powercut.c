/* See powercut.h. */
#undef _FORTIFY_SOURCE
#include "tests/store/powercut.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define BLOCK 4096
#define MUST(condition) \
    do { \
        if (!(condition)) abort(); \
    } while (0)

enum event_kind { EVENT_WRITE, EVENT_SYNCED_WRITE, EVENT_SYNC, EVENT_TRUNCATE, EVENT_MARK };
struct event {
    enum event_kind kind;
    unsigned file;
    size_t offset, len;
    uint8_t *bytes;
    struct powercut_mark mark;
};

/* One test, one thread that writes: nothing here is locked. */
static struct {
    bool watching;
    struct stat file[POWERCUT_FILES];
    struct powercut_file base[POWERCUT_FILES];
    struct event *event;
    size_t count, cap;
} record;

static struct {
    bool armed, fired, kept;
    enum powercut_call call;
    unsigned left;
    int error;
} fault;

/* ---- files as bytes ---- */

static void file_grow(struct powercut_file *f, size_t len)
{
    if (len <= f->len) return;
    f->bytes = realloc(f->bytes, len);
    MUST(f->bytes != NULL);
    memset(f->bytes + f->len, 0, len - f->len);
    f->len = len;
}

static void file_copy(struct powercut_file *to, const struct powercut_file *from)
{
    to->len = 0;
    file_grow(to, from->len);
    if (from->len > 0) memcpy(to->bytes, from->bytes, from->len);
}

static void file_patch(struct powercut_file *f, size_t offset, const uint8_t *bytes, size_t len)
{
    file_grow(f, offset + len);
    memcpy(f->bytes + offset, bytes, len);
}

static void file_load(const char *path, struct stat *st, struct powercut_file *ret)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);

    MUST(fd >= 0 && fstat(fd, st) == 0);
    ret->len = 0;
    file_grow(ret, (size_t)st->st_size);
    MUST(pread(fd, ret->bytes, ret->len, 0) == (ssize_t)ret->len);
    close(fd);
}

/* ---- recording ---- */

void powercut_watch(const char *const paths[POWERCUT_FILES])
{
    powercut_release();
    for (unsigned i = 0; i < POWERCUT_FILES; i++) file_load(paths[i], &record.file[i], &record.base[i]);
    record.watching = true;
}

void powercut_release(void)
{
    for (size_t i = 0; i < record.count; i++) free(record.event[i].bytes);
    for (unsigned i = 0; i < POWERCUT_FILES; i++) free(record.base[i].bytes);
    free(record.event);
    memset(&record, 0, sizeof(record));
    memset(&fault, 0, sizeof(fault));
}

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
        c.writes += record.event[i].kind == EVENT_WRITE;
        c.synced_writes += record.event[i].kind == EVENT_SYNCED_WRITE;
        c.syncs += record.event[i].kind == EVENT_SYNC;
        c.marks += record.event[i].kind == EVENT_MARK;
    }
    return c;
}

static bool watched(int fd, unsigned *ret)
{
    struct stat st;

    if (!record.watching || fstat(fd, &st) != 0) return false;
    for (unsigned i = 0; i < POWERCUT_FILES; i++) {
        if (st.st_dev != record.file[i].st_dev || st.st_ino != record.file[i].st_ino) continue;
        *ret = i;
        return true;
    }
    return false;
}

/* The flags are the descriptor's own, so that they count however it came to be opened. */
static bool is_synced(int fd)
{
    return (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
}

static void write_add(unsigned file, bool synced, size_t offset, const struct iovec *part, int parts, size_t done)
{
    struct event e = {.kind = synced ? EVENT_SYNCED_WRITE : EVENT_WRITE, .file = file, .offset = offset, .len = done};

    e.bytes = malloc(done == 0 ? 1 : done);
    MUST(e.bytes != NULL);
    for (size_t at = 0; parts > 0 && at < done; part++, parts--) {
        size_t len = part->iov_len < done - at ? part->iov_len : done - at;

        memcpy(e.bytes + at, part->iov_base, len);
        at += len;
    }
    event_add(e);
}

/* ---- faults ---- */

void powercut_fail(enum powercut_call call, unsigned nth, int error, bool kept)
{
    fault.armed = true;
    fault.fired = false;
    fault.kept = kept;
    fault.call = call;
    fault.left = nth;
    fault.error = error;
}

bool powercut_failed(void)
{
    bool fired = fault.fired;

    memset(&fault, 0, sizeof(fault));
    return fired;
}

/* Whether this call is to fail. */
static bool fault_now(enum powercut_call call)
{
    if (!fault.armed || call != fault.call || fault.left-- > 0) return false;
    fault.armed = false;
    fault.fired = true;
    return true;
}

/* ---- what stands in for the C library ---- */

static ssize_t write_parts(int fd, const struct iovec *part, int parts, bool at_offset, off_t offset)
{
    unsigned file;
    bool seen = watched(fd, &file), synced = seen && is_synced(fd);
    off_t begin = at_offset || !seen ? offset : lseek(fd, 0, SEEK_CUR);
    bool fails = seen && fault_now(synced ? POWERCUT_SYNCED_WRITE : POWERCUT_WRITE);
    ssize_t done;

    if (fails && !fault.kept) {
        errno = fault.error;
        return -1;
    }
    /* The low and the high half of the offset, as the system call wants it. */
    if (at_offset)
        done = syscall(SYS_pwritev, fd, part, parts, (unsigned long)offset, 0UL);
    else
        done = syscall(SYS_writev, fd, part, parts);
    if (seen && done >= 0) write_add(file, synced, (size_t)begin, part, parts, (size_t)done);
    if (!fails) return done;
    errno = fault.error;
    return -1;
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

static int sync_file(int fd, long number)
{
    unsigned file;
    bool seen = watched(fd, &file), fails = seen && fault_now(POWERCUT_SYNC);
    int rc = 0;

    if (!fails || fault.kept) {
        rc = (int)syscall(number, fd);
        if (seen && rc == 0) event_add((struct event){.kind = EVENT_SYNC, .file = file});
    }
    if (!fails) return rc;
    errno = fault.error;
    return -1;
}

int fdatasync(int fd)
{
    return sync_file(fd, SYS_fdatasync);
}

int fsync(int fd)
{
    return sync_file(fd, SYS_fsync);
}

int ftruncate(int fd, off_t len)
{
    unsigned file;
    int rc = (int)syscall(SYS_ftruncate, fd, len);

    if (rc == 0 && watched(fd, &file))
        event_add((struct event){.kind = EVENT_TRUNCATE, .file = file, .len = (size_t)len});
    return rc;
}

/* Nobody here writes through a map; one who did would escape the record, so it is not allowed at all. */
int msync(void *address, size_t len, int flags)
{
    MUST(!record.watching);
    return (int)syscall(SYS_msync, address, len, flags);
}

/* ---- images ---- */

static struct {
    struct powercut_rules rules;
    struct powercut_file kept[POWERCUT_FILES];
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
    for (unsigned i = 0; i < POWERCUT_FILES; i++) file_copy(&disk.kept[i], &record.base[i]);
    disk.image.acknowledged = (struct powercut_mark){0};
}

static void event_apply(struct powercut_file *f, const struct event *e)
{
    if (e->kind == EVENT_TRUNCATE && e->len < f->len)
        f->len = e->len;
    else if (e->kind == EVENT_TRUNCATE)
        file_grow(f, e->len);
    else
        file_patch(f, e->offset, e->bytes, e->len);
}

static void file_settle(unsigned file)
{
    size_t left = 0;

    for (size_t i = 0; i < disk.pending_count; i++) {
        const struct event *e = &record.event[disk.pending[i]];

        if (e->file == file)
            event_apply(&disk.kept[file], e);
        else
            disk.pending[left++] = disk.pending[i];
    }
    disk.pending_count = left;
}

static void event_pass(size_t index)
{
    const struct event *e = &record.event[index];

    if (e->kind == EVENT_MARK)
        disk.image.acknowledged = e->mark;
    else if (e->kind == EVENT_SYNC && disk.rules.sync_keeps)
        file_settle(e->file);
    else if (e->kind == EVENT_SYNCED_WRITE && disk.rules.dsync_keeps)
        event_apply(&disk.kept[e->file], e);
    else if (e->kind != EVENT_SYNC)
        disk.pending[disk.pending_count++] = index;
}

/* Each block by itself: a disk writes them in any order. */
static void event_lose(struct powercut_file *f, const struct event *e, uint64_t *random, unsigned kept_of_256)
{
    if (e->kind == EVENT_TRUNCATE) {
        if (powercut_random(random) % 256 < kept_of_256) event_apply(f, e);
        return;
    }
    for (size_t at = 0; at < e->len;) {
        size_t len = BLOCK - (e->offset + at) % BLOCK;

        if (len > e->len - at) len = e->len - at;
        if (powercut_random(random) % 256 < kept_of_256) file_patch(f, e->offset + at, e->bytes + at, len);
        at += len;
    }
}

const struct powercut_image *powercut_image(size_t events, uint64_t seed)
{
    static const unsigned shares[] = {0, 26, 128, 128, 128, 230, 256};
    unsigned kept = shares[powercut_random(&seed) % (sizeof(shares) / sizeof(shares[0]))];

    MUST(events >= disk.next && events <= record.count);
    while (disk.next < events) event_pass(disk.next++);
    for (unsigned i = 0; i < POWERCUT_FILES; i++) file_copy(&disk.image.file[i], &disk.kept[i]);
    for (size_t i = 0; i < disk.pending_count; i++) {
        const struct event *e = &record.event[disk.pending[i]];

        event_lose(&disk.image.file[e->file], e, &seed, kept);
    }
    if (events < record.count && record.event[events].kind <= EVENT_SYNCED_WRITE) {
        const struct event *e = &record.event[events];

        event_lose(&disk.image.file[e->file], e, &seed, kept);
    }
    return &disk.image;
}
