/* See memory_store.h. The disk is two structs; a write works on a copy, and its commit is the one effect. */
#include "tests/server/memory/memory_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "log/base/codec.h"

#define BYTES_MAX (MEMORY_STATEMENTS * 625)
#define NOTE_MAX 2048
#define ITEMS_MAX (MEMORY_STATEMENTS * 8)
#define FRAGMENTS_MAX 96
#define ENDED_MAX 64

struct log_disk {
    struct log_head head;
    size_t bytes_len, seal_count;
    struct {
        uint32_t at, len;
        struct hash leaf;
    } statement[MEMORY_STATEMENTS];
    struct {
        uint64_t position, to_ms;
    } seal[MEMORY_STATEMENTS];
    size_t note_len;
    uint8_t note[NOTE_MAX];
    struct signature receipts;
    uint8_t bytes[BYTES_MAX];
};
struct derived_disk {
    uint64_t covers, keys, fragments;
    struct trie_top top;
    struct hash id[MEMORY_STATEMENTS];
    size_t item_count;
    struct {
        struct hash key;
        uint64_t position;
    } item[ITEMS_MAX];
    struct {
        size_t len;
        uint8_t bytes[FRAGMENT_BYTES_MAX];
    } fragment[FRAGMENTS_MAX];
};

struct store {
    bool open;
    unsigned log_views, derived_views;
    bool log_writing, derived_writing;
};
/* In a map of its own, unmapped at the close. */
struct log_view {
    pthread_t opened_by;
    struct log_disk disk;
};
struct derived_view {
    pthread_t opened_by;
    struct derived_disk disk;
};
struct log_write {
    pthread_t opened_by;
    struct log_disk disk;
    enum err failed;
};
struct derived_write {
    pthread_t opened_by;
    struct derived_disk disk;
    struct trie_edit edit;
    enum err failed;
};

static struct {
    struct log_disk log;
    struct derived_disk derived;
} disk;
static struct store the_store;

static struct {
    uint64_t calls, effects, call_nth, effect_nth;
    bool call_armed, effect_armed, failed, crashed;
    enum err err;
    enum fate fate;
} faults;

/* ---- faults ---- */

void memory_format(void)
{
    memset(&disk, 0, sizeof(disk));
    memset(&faults, 0, sizeof(faults));
    memset(&the_store, 0, sizeof(the_store));
}

void memory_start(void)
{
    ASSERT(the_store.log_views == 0 && the_store.derived_views == 0);
    ASSERT(!the_store.log_writing && !the_store.derived_writing);
    faults.crashed = false;
}

void memory_fail_call(uint64_t nth, enum err err)
{
    faults.call_armed = true;
    faults.call_nth = nth;
    faults.err = err;
}

void memory_fail_effect(uint64_t nth, enum fate fate)
{
    faults.effect_armed = true;
    faults.effect_nth = nth;
    faults.fate = fate;
}

bool memory_failed(void)
{
    return faults.failed;
}

uint64_t memory_calls(void)
{
    return faults.calls;
}

uint64_t memory_effects(void)
{
    return faults.effects;
}

bool memory_crashed(void)
{
    return faults.crashed;
}

/* At the head of each call that can fail. */
static enum err call(void)
{
    if (faults.crashed) return ERR_UNCERTAIN;
    if (!faults.call_armed || faults.calls++ != faults.call_nth) return ERR_OK;
    faults.failed = true;
    return faults.err;
}

struct memory_effect memory_file_effect(void)
{
    if (faults.crashed) return (struct memory_effect){false, ERR_UNCERTAIN};
    if (!faults.effect_armed || faults.effects++ != faults.effect_nth) return (struct memory_effect){true, ERR_OK};
    faults.failed = true;
    faults.crashed = faults.fate == FATE_CRASH_BEFORE || faults.fate == FATE_CRASH_AFTER;
    switch (faults.fate) {
    case FATE_REFUSED: return (struct memory_effect){false, ERR_DISK_FULL};
    case FATE_KEPT:
    case FATE_CRASH_AFTER: return (struct memory_effect){true, ERR_UNCERTAIN};
    case FATE_NONE:
    case FATE_LOST:
    case FATE_CRASH_BEFORE: break;
    }
    return (struct memory_effect){false, ERR_UNCERTAIN};
}

/* ---- views: a map each ---- */

static void *map_new(size_t len)
{
    void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    ASSERT(map != MAP_FAILED);
    return map;
}

/* A new map would take the place of one that was just given back, with the same bytes in it as like as not: so they
 * stay closed for a while. */
static struct {
    void *map;
    size_t len;
} ended[ENDED_MAX];
static size_t ended_next;

static void map_end(void *map, size_t len, pthread_t opened_by)
{
    size_t at = ended_next++ % ENDED_MAX;

    ASSERT(pthread_equal(opened_by, pthread_self()));
    ASSERT(madvise(map, len, MADV_DONTNEED) == 0 && mprotect(map, len, PROT_NONE) == 0);
    if (ended[at].map != NULL) ASSERT(munmap(ended[at].map, ended[at].len) == 0);
    ended[at].map = map;
    ended[at].len = len;
}

/* ---- opening ---- */

enum err store_open(const char *dir, bool create, size_t map_bytes, struct store **ret)
{
    (void)dir, (void)create, (void)map_bytes;
    TRY(call());
    ASSERT(!the_store.open);
    the_store.open = true;
    *ret = &the_store;
    return ERR_OK;
}

void store_close(struct store *s)
{
    if (s == NULL) return;
    ASSERT(s->open && s->log_views == 0 && s->derived_views == 0 && !s->log_writing && !s->derived_writing);
    s->open = false;
}

/* ---- log: reading ---- */

enum err log_view_open(struct store *s, struct log_view **ret)
{
    struct log_view *v;

    TRY(call());
    ASSERT(s->open);
    v = map_new(sizeof(*v));
    v->opened_by = pthread_self();
    v->disk = disk.log;
    s->log_views++;
    *ret = v;
    return ERR_OK;
}

void log_view_close(struct log_view *v)
{
    if (v == NULL) return;
    the_store.log_views--;
    map_end(v, sizeof(*v), v->opened_by);
}

void log_view_cleanup(struct log_view **v)
{
    log_view_close(*v);
}

enum err log_head(const struct log_view *v, struct log_head *ret)
{
    TRY(call());
    *ret = v->disk.head;
    return ERR_OK;
}

enum err log_published(const struct log_view *v, struct span *ret_note, struct signature *ret_receipts)
{
    TRY(call());
    if (v->disk.head.published == 0) return ERR_NOT_FOUND;
    *ret_note = span_of(v->disk.note, v->disk.note_len);
    *ret_receipts = v->disk.receipts;
    return ERR_OK;
}

static struct span bytes_of(const struct log_disk *d, uint64_t position)
{
    return span_of(d->bytes + d->statement[position].at, d->statement[position].len);
}

enum err log_statement(const struct log_view *v, uint64_t position, struct span *ret)
{
    TRY(call());
    if (position >= v->disk.head.size) return ERR_NOT_FOUND;
    *ret = bytes_of(&v->disk, position);
    return ERR_OK;
}

enum err log_seal_after(const struct log_view *v, uint64_t position, uint64_t *ret)
{
    TRY(call());
    for (size_t i = 0; i < v->disk.seal_count; i++) {
        if (v->disk.seal[i].position < position) continue;
        *ret = v->disk.seal[i].position;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

static struct hash node_of(const struct log_disk *d, unsigned level, uint64_t index)
{
    struct hash left, right;

    if (level == 0) return d->statement[index].leaf;
    left = node_of(d, level - 1, 2 * index);
    right = node_of(d, level - 1, 2 * index + 1);
    return node_hash(&left, &right);
}

static bool node_read(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    const struct log_view *v = ctx;

    if (call() != ERR_OK || MEMORY_STATEMENTS >> level == 0 || index >= v->disk.head.size >> level) return false;
    *ret = node_of(&v->disk, level, index);
    return true;
}

struct tree_reader log_reader(const struct log_view *v)
{
    /* The port's context is not const; node_read only reads. */
    return (struct tree_reader){(void *)(uintptr_t)v, node_read};
}

/* Nothing that is tested over this store serves tiles. */
enum err log_tile(const struct log_view *v, const struct tile *t, uint64_t size, struct out *work, struct span *ret)
{
    (void)v, (void)t, (void)size, (void)work, (void)ret;
    return ERR_NOT_FOUND;
}

/* ---- log: writing ---- */

enum err log_write_open(struct store *s, struct log_write **ret)
{
    struct log_write *w;

    TRY(call());
    ASSERT(s->open && !s->log_writing);
    w = map_new(sizeof(*w));
    w->opened_by = pthread_self();
    w->disk = disk.log;
    s->log_writing = true;
    *ret = w;
    return ERR_OK;
}

void log_write_abort(struct log_write *w)
{
    if (w == NULL) return;
    the_store.log_writing = false;
    map_end(w, sizeof(*w), w->opened_by);
}

enum err log_write_commit(struct log_write *w)
{
    struct memory_effect effect = {false, w->failed};

    if (w->failed == ERR_OK) effect = memory_file_effect();
    if (effect.done) disk.log = w->disk;
    log_write_abort(w);
    return effect.err;
}

static enum err write_call(struct log_write *w)
{
    if (w->failed == ERR_OK) w->failed = call();
    return w->failed;
}

enum err log_append(struct log_write *w, struct span bytes, const struct hash *id)
{
    struct log_disk *d = &w->disk;
    struct hash expected = hash_of(bytes);

    ASSERT(hash_equal(&expected, id));
    TRY(write_call(w));
    ASSERT(d->head.size < MEMORY_STATEMENTS && d->bytes_len + bytes.len <= sizeof(d->bytes));
    memcpy(d->bytes + d->bytes_len, bytes.ptr, bytes.len);
    d->statement[d->head.size].at = (uint32_t)d->bytes_len;
    d->statement[d->head.size].len = (uint32_t)bytes.len;
    d->statement[d->head.size].leaf = leaf_hash(hash_span(id));
    d->bytes_len += bytes.len;
    d->head.size++;
    return ERR_OK;
}

enum err log_set_from(struct log_write *w, uint64_t from_ms)
{
    TRY(write_call(w));
    w->disk.head.from_ms = from_ms;
    return ERR_OK;
}

enum err log_set_sealed(struct log_write *w, uint64_t to_ms)
{
    struct log_disk *d = &w->disk;

    TRY(write_call(w));
    ASSERT(d->head.size > d->head.sealed && d->seal_count < MEMORY_STATEMENTS);
    d->seal[d->seal_count].position = d->head.size - 1;
    d->seal[d->seal_count++].to_ms = to_ms;
    d->head.sealed = d->head.size;
    d->head.seal_to_ms = to_ms;
    d->head.from_ms = 0;
    return ERR_OK;
}

enum err log_set_published(struct log_write *w, uint64_t size, struct span note, const struct signature *receipts)
{
    struct log_disk *d = &w->disk;

    TRY(write_call(w));
    ASSERT(size >= d->head.published && size <= d->head.size && note.len <= sizeof(d->note));
    memcpy(d->note, note.ptr, note.len);
    d->note_len = note.len;
    d->receipts = *receipts;
    d->head.published = size;
    return ERR_OK;
}

uint64_t log_write_size(const struct log_write *w)
{
    return w->disk.head.size;
}

static struct hash root_of(const struct log_disk *d, uint64_t size)
{
    struct frontier f = {.size = 0};

    for (uint64_t i = 0; i < size; i++) frontier_append(&f, &d->statement[i].leaf);
    return frontier_root(&f);
}

struct hash log_write_root(const struct log_write *w)
{
    return root_of(&w->disk, w->disk.head.size);
}

/* ---- derived: reading ---- */

enum err derived_view_open(struct store *s, struct derived_view **ret)
{
    struct derived_view *v;

    TRY(call());
    ASSERT(s->open);
    v = map_new(sizeof(*v));
    v->opened_by = pthread_self();
    v->disk = disk.derived;
    s->derived_views++;
    *ret = v;
    return ERR_OK;
}

void derived_view_close(struct derived_view *v)
{
    if (v == NULL) return;
    the_store.derived_views--;
    map_end(v, sizeof(*v), v->opened_by);
}

void derived_view_cleanup(struct derived_view **v)
{
    derived_view_close(*v);
}

enum err derived_head(const struct derived_view *v, struct derived_head *ret)
{
    TRY(call());
    *ret = (struct derived_head){v->disk.covers, v->disk.keys, v->disk.top.root};
    return ERR_OK;
}

static enum err id_find(const struct derived_disk *d, const struct hash *id, uint64_t *ret)
{
    for (uint64_t i = 0; i < d->covers; i++) {
        if (!hash_equal(&d->id[i], id)) continue;
        *ret = i;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

enum err derived_find(const struct derived_view *v, const struct hash *id, uint64_t *ret_position)
{
    TRY(call());
    return id_find(&v->disk, id, ret_position);
}

/* How many items the key has; and the nth of them, when there is one. */
static uint64_t items_of(const struct derived_disk *d, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    uint64_t count = 0;

    for (size_t i = 0; i < d->item_count; i++)
        if (hash_equal(&d->item[i].key, key) && count++ == n) *ret_position = d->item[i].position;
    return count;
}

enum err derived_count(const struct derived_view *v, const struct hash *key, uint64_t *ret)
{
    uint64_t ignored;

    TRY(call());
    *ret = items_of(&v->disk, key, UINT64_MAX, &ignored);
    return ERR_OK;
}

enum err derived_item(const struct derived_view *v, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    TRY(call());
    return n < items_of(&v->disk, key, n, ret_position) ? ERR_OK : ERR_NOT_FOUND;
}

static struct trie_cell cell_of(const struct derived_disk *d, const struct hash *key)
{
    struct frontier f = {.size = 0};
    struct list_item item;
    struct list_value value;

    for (size_t i = 0; i < d->item_count; i++) {
        if (!hash_equal(&d->item[i].key, key)) continue;
        item = (struct list_item){d->item[i].position, d->id[d->item[i].position]};
        list_append(&f, &item);
    }
    if (f.size == 1) return trie_cell_of_item(&item);
    value = list_value(&f);
    return trie_cell_of(&value);
}

static enum err fragment_get(const struct derived_disk *d, uint64_t number, struct span *ret)
{
    TRY(call());
    if (number == 0 || number > d->fragments) return ERR_NOT_FOUND;
    *ret = span_of(d->fragment[number - 1].bytes, d->fragment[number - 1].len);
    return ERR_OK;
}

static enum err view_get(void *ctx, unsigned height, uint64_t number, struct span *ret)
{
    const struct derived_view *v = ctx;

    (void)height;
    return fragment_get(&v->disk, number, ret);
}

struct trie_view derived_trie(const struct derived_view *v)
{
    /* The port's context is not const; this one only reads. */
    return (struct trie_view){(void *)(uintptr_t)v, view_get, v->disk.top};
}

/* ---- derived: writing ---- */

static enum err write_get(void *ctx, unsigned height, uint64_t number, struct span *ret)
{
    const struct derived_write *w = ctx;

    (void)height;
    return fragment_get(&w->disk, number, ret);
}

static enum err write_put(void *ctx, unsigned height, uint64_t number, struct span bytes, bool is_new)
{
    struct derived_write *w = ctx;

    (void)height;
    TRY(call());
    ASSERT(number > 0 && number <= FRAGMENTS_MAX && is_new == (w->disk.fragment[number - 1].len == 0));
    if (number > w->disk.fragments) w->disk.fragments = number;
    memcpy(w->disk.fragment[number - 1].bytes, bytes.ptr, bytes.len);
    w->disk.fragment[number - 1].len = bytes.len;
    return ERR_OK;
}

enum err derived_write_open(struct store *s, struct derived_write **ret)
{
    struct derived_write *w;

    TRY(call());
    ASSERT(s->open && !s->derived_writing);
    w = map_new(sizeof(*w));
    w->opened_by = pthread_self();
    w->disk = disk.derived;
    w->edit.view = (struct trie_view){w, write_get, w->disk.top};
    w->edit.put = write_put;
    w->edit.fragments = w->disk.fragments;
    s->derived_writing = true;
    *ret = w;
    return ERR_OK;
}

void derived_write_abort(struct derived_write *w)
{
    if (w == NULL) return;
    the_store.derived_writing = false;
    map_end(w, sizeof(*w), w->opened_by);
}

static enum err key_fold(struct derived_write *w, const struct hash *key, uint64_t position)
{
    struct derived_disk *d = &w->disk;
    struct trie_cell cell;
    bool found;

    ASSERT(d->item_count < ITEMS_MAX);
    d->item[d->item_count].key = *key;
    d->item[d->item_count++].position = position;
    trie_edit_begin(&w->edit);
    TRY(trie_edit_find(&w->edit, key, &found, &cell));
    cell = cell_of(d, key);
    TRY(trie_edit_set(&w->edit, &cell));
    TRY(trie_edit_end(&w->edit));
    if (!found) d->keys++;
    return ERR_OK;
}

enum err derived_fold(struct derived_write *w, uint64_t position, const struct hash *id, const struct hash *keys,
                      size_t count)
{
    struct derived_disk *d = &w->disk;
    uint64_t there;

    ASSERT(position == d->covers && position < MEMORY_STATEMENTS);
    if (w->failed == ERR_OK) w->failed = call();
    if (w->failed == ERR_OK && id_find(d, id, &there) == ERR_OK) w->failed = ERR_DAMAGED;
    d->id[position] = *id;
    for (size_t i = 0; w->failed == ERR_OK && i < count; i++) w->failed = key_fold(w, &keys[i], position);
    if (w->failed == ERR_OK) d->covers++;
    return w->failed;
}

enum err derived_write_head(struct derived_write *w, struct derived_head *ret)
{
    if (w->failed != ERR_OK) return w->failed;
    TRY(call());
    *ret = (struct derived_head){w->disk.covers, w->disk.keys, w->edit.view.top.root};
    return ERR_OK;
}

enum err derived_write_commit(struct derived_write *w)
{
    struct memory_effect effect = {false, w->failed};

    w->disk.top = w->edit.view.top;
    if (w->failed == ERR_OK) effect = memory_file_effect();
    if (effect.done) disk.derived = w->disk;
    derived_write_abort(w);
    return effect.err;
}

enum err derived_reset(struct store *s)
{
    struct memory_effect effect = memory_file_effect();

    ASSERT(s->derived_views == 0 && !s->derived_writing);
    if (effect.done) memset(&disk.derived, 0, sizeof(disk.derived));
    return effect.err;
}

/* ---- the disk itself ---- */

struct log_head memory_head(void)
{
    return disk.log.head;
}

struct span memory_statement(uint64_t position)
{
    ASSERT(position < disk.log.head.size);
    return bytes_of(&disk.log, position);
}

struct hash memory_root(uint64_t size)
{
    ASSERT(size <= disk.log.head.size);
    return root_of(&disk.log, size);
}

bool memory_published(struct span *ret_note, struct signature *ret_receipts)
{
    *ret_note = span_of(disk.log.note, disk.log.note_len);
    *ret_receipts = disk.log.receipts;
    return disk.log.head.published > 0;
}
