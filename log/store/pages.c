/* fsck before LMDB: the pages of a file, one by one, from the newest meta page down. LMDB believes what stands in a
 * page, so a damaged one may end the process or, in a list of free pages, have a sound one written over; after
 * this it can be read. Knows LMDB's file format, data version 1, as lmdb 0.9 writes it on a machine of 64 bits,
 * and nothing of what rows mean. Every number is checked before it is used. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/store/check.h"

#define META_PAGES 2
#define META_MAGIC 0xBEEFC0DEU
#define META_VERSION 1U
#define META_END (HEADER_BYTES + 136)
#define HEADER_BYTES 16
#define NODE_HEADER_BYTES 8
#define DB_BYTES 48
#define DEPTH_MAX 32
#define PAGE_BYTES_MIN 512U
#define PAGE_BYTES_MAX 32768U
#define NO_PAGE UINT64_MAX
#define IDL_MAX ((uint64_t)1 << 40)

/* A packed leaf has elements of one size side by side and no rows; inside a row it is a small page of its own. */
enum page_kind {
    PAGE_BRANCH = 1,
    PAGE_LEAF = 2,
    PAGE_OVERFLOW = 4,
    PAGE_META = 8,
    PAGE_PACKED = PAGE_LEAF | 0x20,
    PAGE_SMALL = PAGE_PACKED | 0x40,
    PAGE_KINDS = 0x6f
};
enum node_flag { NODE_BIG = 1, NODE_TABLE = 2, NODE_SET = 4 };
enum table_flag { TABLE_ELEMENTS = 0x10, TABLE_SET = TABLE_ELEMENTS | 4 };

struct table {
    unsigned flags, depth;
    size_t element; /* of TABLE_ELEMENTS: the size of each */
    uint64_t branches, leaves, overflows, entries, root;
};
struct meta {
    uint64_t txn, last;
    uint32_t page_bytes;
    struct table free, main;
};

struct pages {
    const char *file, *table; /* what is being read, for words */
    char *where;
    const uint8_t *map;
    size_t page_bytes;
    uint64_t count;   /* whole pages of the file */
    uint8_t *seen;    /* one bit a page */
    uint8_t *covered; /* one bit for two bytes of the page at hand */
    struct meta meta;
    uint64_t freed; /* the newest transaction in the list of free pages */
};

/* A table on the way down: what was counted so far, and what to do with each row. */
struct descent {
    struct table counted;
    bool numbers; /* keys are numbers of this machine, not bytes */
    enum err (*row)(struct pages *p, struct descent *d, unsigned flags, struct span key, struct span value);
    size_t element; /* instead of rows: the size of the elements that its leaves are packed with */
};
/* Keys of a page are not below `low` and below `high`; each may be missing. */
struct bounds {
    bool has_low, has_high;
    struct span low, high;
};

/* ---- words ---- */

static enum err wrong_at(struct pages *p, uint64_t page, const char *format, ...)
    __attribute__((format(printf, 3, 4))) MUST_USE;

static enum err wrong_at(struct pages *p, uint64_t page, const char *format, ...)
{
    char what[100];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    (void)snprintf(p->where, CHECK_WHERE_MAX, "%s/data.mdb, page %llu, %s: %s", p->file, (unsigned long long)page,
                   p->table, what);
    return ERR_DAMAGED;
}

/* ---- numbers as this machine has them ---- */

static uint16_t get16(const uint8_t *at)
{
    uint16_t x;

    memcpy(&x, at, sizeof(x));
    return x;
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t x;

    memcpy(&x, at, sizeof(x));
    return x;
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t x;

    memcpy(&x, at, sizeof(x));
    return x;
}

static struct table table_at(const uint8_t *at)
{
    return (struct table){
        .element = get32(at),
        .flags = get16(at + 4),
        .depth = get16(at + 6),
        .branches = get64(at + 8),
        .leaves = get64(at + 16),
        .overflows = get64(at + 24),
        .entries = get64(at + 32),
        .root = get64(at + 40),
    };
}

/* ---- meta pages ---- */

static bool meta_read(const struct pages *p, uint64_t page, struct meta *ret)
{
    const uint8_t *at = p->map + page * p->page_bytes, *meta = at + HEADER_BYTES;

    if (get64(at) != page || get16(at + 10) != PAGE_META) return false;
    if (get32(meta) != META_MAGIC || get32(meta + 4) != META_VERSION) return false;
    *ret = (struct meta){
        .page_bytes = get32(meta + 24),
        .free = table_at(meta + 24),
        .main = table_at(meta + 72),
        .last = get64(meta + 120),
        .txn = get64(meta + 128),
    };
    return ret->page_bytes == p->page_bytes;
}

/* Transaction N is written to meta page N % 2, so the two are always one apart; only a new file has 0 in both. An
 * older one that was damaged so as to look newer would take the log back. */
static bool metas_follow(const struct meta m[META_PAGES])
{
    uint64_t newer = m[0].txn > m[1].txn ? m[0].txn : m[1].txn;

    if (m[0].txn == 0 && m[1].txn == 0) return true;
    return m[0].txn % 2 == 0 && m[1].txn % 2 == 1 && newer - m[0].txn <= 1 && newer - m[1].txn <= 1;
}

/* LMDB reads both before it opens anything. */
static enum err metas_check(struct pages *p)
{
    struct meta m[META_PAGES];

    p->table = "the beginning";
    for (unsigned i = 0; i < META_PAGES; i++)
        if (p->count <= i || !meta_read(p, i, &m[i])) return wrong_at(p, i, "it is no meta page of lmdb 0.9");
    if (!metas_follow(m)) return wrong_at(p, 0, "the two meta pages do not follow each other");
    p->meta = m[0].txn > m[1].txn ? m[0] : m[1];
    if (p->meta.last < 1 || p->meta.last >= UINT32_MAX * (uint64_t)UINT16_MAX)
        return wrong_at(p, p->meta.txn % 2, "it has no last page");
    return ERR_OK;
}

/* ---- each page once ---- */

static enum err page_take(struct pages *p, uint64_t from, uint64_t page)
{
    if (page < META_PAGES || page > p->meta.last || page >= p->count)
        return wrong_at(p, from, "it refers to page %llu, which is none", (unsigned long long)page);
    if ((p->seen[page / 8] >> page % 8 & 1) != 0)
        return wrong_at(p, page, "it is referred to twice, the second time from page %llu", (unsigned long long)from);
    p->seen[page / 8] |= (uint8_t)(1U << page % 8);
    return ERR_OK;
}

/* The value of a large row: pages one after another, the first with a header. */
static enum err big_value(struct pages *p, struct descent *d, uint64_t from, uint64_t first, size_t len,
                          struct span *ret)
{
    uint64_t pages = (HEADER_BYTES + (uint64_t)len + p->page_bytes - 1) / p->page_bytes;
    const uint8_t *at;

    for (uint64_t i = 0; i < pages; i++) TRY(page_take(p, from, first + i));
    at = p->map + first * p->page_bytes;
    if (get64(at) != first || (get16(at + 10) & PAGE_KINDS) != PAGE_OVERFLOW || get32(at + 12) != pages)
        return wrong_at(p, first, "it is not the beginning of a large row of %zu bytes", len);
    d->counted.overflows += pages;
    *ret = span_of(at + HEADER_BYTES, len);
    return ERR_OK;
}

/* ---- keys in order ---- */

static int key_compare(const struct descent *d, struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order;

    if (d->numbers) return get64(a.ptr) < get64(b.ptr) ? -1 : get64(a.ptr) > get64(b.ptr);
    order = memcmp(a.ptr, b.ptr, len);
    return order != 0 ? order : a.len < b.len ? -1 : a.len > b.len;
}

/* ---- one page ---- */

struct page {
    uint64_t number;
    const uint8_t *at;
    size_t lower, upper, nodes;
};
struct node {
    const uint8_t *at;
    unsigned flags;
    struct span key;
    size_t value_len; /* of a leaf */
};

static enum err page_open(struct pages *p, uint64_t number, enum page_kind kind, struct page *ret)
{
    const uint8_t *at = p->map + number * p->page_bytes;
    struct page page = {.number = number, .at = at, .lower = get16(at + 12), .upper = get16(at + 14)};

    if (get64(at) != number) return wrong_at(p, number, "it says to be page %llu", (unsigned long long)get64(at));
    if ((get16(at + 10) & PAGE_KINDS) != kind) return wrong_at(p, number, "it is of another kind");
    if (page.lower < HEADER_BYTES || page.lower % 2 != 0 || page.lower > page.upper || page.upper > p->page_bytes)
        return wrong_at(p, number, "its free room is not in it");
    page.nodes = (page.lower - HEADER_BYTES) / 2;
    if (page.nodes < (kind == PAGE_BRANCH ? 2U : 1U)) return wrong_at(p, number, "it has too few rows");
    *ret = page;
    return ERR_OK;
}

/* Rows stand side by side from `upper` to the end, none over another. */
static bool cover(struct pages *p, size_t begin, size_t end)
{
    for (size_t i = begin / 2; i < end / 2; i++) {
        if ((p->covered[i / 8] >> i % 8 & 1) != 0) return false;
        p->covered[i / 8] |= (uint8_t)(1U << i % 8);
    }
    return true;
}

static bool row_at(const struct pages *p, const struct page *page, size_t n, bool leaf, struct node *ret,
                   size_t *ret_begin, size_t *ret_end)
{
    size_t begin = get16(page->at + HEADER_BYTES + 2 * n), end = begin + NODE_HEADER_BYTES;
    const uint8_t *at = page->at + begin;

    if (begin < page->upper || begin % 2 != 0 || end > p->page_bytes) return false;
    *ret = (struct node){.at = at, .flags = get16(at + 4), .key = span_of(at + 8, get16(at + 6))};
    ret->value_len = leaf ? get32(at) : 0;
    end += ret->key.len + (!leaf ? 0 : (ret->flags & NODE_BIG) != 0 ? 8 : ret->value_len);
    *ret_begin = begin;
    *ret_end = end + end % 2;
    return *ret_end <= p->page_bytes;
}

static enum err rows_check(struct pages *p, const struct descent *d, const struct page *page, bool leaf,
                           const struct bounds *bounds)
{
    size_t used = 0, begin = 0, end = 0;
    struct node node, last = {0};

    memset(p->covered, 0, p->page_bytes / 16 + 1);
    for (size_t i = 0; i < page->nodes; i++, last = node) {
        if (!row_at(p, page, i, leaf, &node, &begin, &end) || !cover(p, begin, end))
            return wrong_at(p, page->number, "row %zu of it does not lie in it", i);
        used += end - begin;
        if (!leaf && i == 0) continue; /* its key is not looked at */
        if (d->numbers && node.key.len != sizeof(uint64_t)) return wrong_at(p, page->number, "key %zu is none", i);
        if ((leaf ? i > 0 : i > 1) && key_compare(d, last.key, node.key) >= 0)
            return wrong_at(p, page->number, "key %zu of it is out of order", i);
        if (bounds->has_low && key_compare(d, node.key, bounds->low) < 0)
            return wrong_at(p, page->number, "key %zu of it belongs further left", i);
        if (bounds->has_high && key_compare(d, node.key, bounds->high) >= 0)
            return wrong_at(p, page->number, "key %zu of it belongs further right", i);
    }
    if (used != p->page_bytes - page->upper) return wrong_at(p, page->number, "there is something between its rows");
    return ERR_OK;
}

/* A header, `count` elements that rise within the bounds, and room. */
static bool elements_good(struct descent *d, struct span page, size_t count, const struct bounds *bounds)
{
    size_t size = d->element;
    struct span last = {NULL, 0};

    if (get16(page.ptr + 8) != size || count > (page.len - HEADER_BYTES) / size) return false;
    if (get16(page.ptr + 14) != page.len + 2 * count - size * count) return false;
    for (size_t i = 0; i < count; i++) {
        struct span element = span_of(page.ptr + HEADER_BYTES + i * size, size);

        if (i > 0 && key_compare(d, last, element) >= 0) return false;
        if (i == 0 && bounds->has_low && key_compare(d, element, bounds->low) < 0) return false;
        last = element;
    }
    d->counted.entries += count;
    return !bounds->has_high || key_compare(d, last, bounds->high) < 0;
}

/* ---- down the tree ---- */

static enum err leaf_check(struct pages *p, struct descent *d, const struct page *page)
{
    d->counted.leaves++;
    d->counted.entries += page->nodes;
    for (size_t i = 0; i < page->nodes; i++) {
        size_t begin, end;
        struct node node;
        struct span value;

        if (!row_at(p, page, i, true, &node, &begin, &end)) return ERR_DAMAGED;
        value = span_of(node.key.ptr + node.key.len, node.value_len);
        if ((node.flags & NODE_BIG) != 0) TRY(big_value(p, d, page->number, get64(value.ptr), node.value_len, &value));
        if (d->row(p, d, node.flags & ~(unsigned)NODE_BIG, node.key, value) != ERR_OK)
            return p->where[0] != '\0' ? ERR_DAMAGED : wrong_at(p, page->number, "row %zu of it is of another kind", i);
    }
    return ERR_OK;
}

static uint64_t child_of(const struct node *n)
{
    return (uint64_t)get16(n->at) | (uint64_t)get16(n->at + 2) << 16 | (uint64_t)n->flags << 32;
}

static enum err tree_check(struct pages *p, struct descent *d, uint64_t number, unsigned depth,
                           const struct bounds *bounds)
{
    bool leaf = depth == 1, packed = leaf && d->element > 0;
    struct page page = {0};

    TRY(page_open(p, number, packed ? PAGE_PACKED : leaf ? PAGE_LEAF : PAGE_BRANCH, &page));
    if (packed) {
        d->counted.leaves++;
        if (elements_good(d, span_of(page.at, p->page_bytes), page.nodes, bounds)) return ERR_OK;
        return wrong_at(p, number, "its elements do not lie in it, or not in order");
    }
    TRY(rows_check(p, d, &page, leaf, bounds));
    if (leaf) return leaf_check(p, d, &page);
    d->counted.branches++;
    for (size_t i = 0; i < page.nodes; i++) {
        struct bounds below = *bounds;
        struct node node, next;
        size_t begin, end;

        if (!row_at(p, &page, i, false, &node, &begin, &end)) return ERR_DAMAGED;
        if (i > 0) below = (struct bounds){true, below.has_high, node.key, below.high};
        if (i + 1 < page.nodes) {
            if (!row_at(p, &page, i + 1, false, &next, &begin, &end)) return ERR_DAMAGED;
            below.has_high = true;
            below.high = next.key;
        }
        TRY(page_take(p, number, child_of(&node)));
        TRY(tree_check(p, d, child_of(&node), depth - 1, &below));
    }
    return ERR_OK;
}

static enum err counts_compare(struct pages *p, const struct table *table, const struct table *counted)
{
    if (table->entries == counted->entries && table->branches == counted->branches &&
        table->leaves == counted->leaves && table->overflows == counted->overflows)
        return ERR_OK;
    return wrong_at(p, table->root == NO_PAGE ? 0 : table->root, "the counts of its rows or pages are wrong");
}

static enum err table_check(struct pages *p, const char *name, const struct table *table, struct descent d)
{
    struct bounds none = {0};
    const char *outer = p->table;

    p->table = name;
    if (table->root == NO_PAGE) {
        if (table->depth != 0) return wrong_at(p, 0, "it is empty and has a depth");
    } else {
        if (table->depth == 0 || table->depth > DEPTH_MAX) return wrong_at(p, 0, "its depth is impossible");
        TRY(page_take(p, p->meta.txn % 2, table->root));
        TRY(tree_check(p, &d, table->root, table->depth, &none));
    }
    TRY(counts_compare(p, table, &d.counted));
    p->table = outer;
    return ERR_OK;
}

/* ---- what rows are ---- */

static enum err plain_row(struct pages *p, struct descent *d, unsigned flags, struct span key, struct span value)
{
    (void)p, (void)d, (void)key, (void)value;
    return flags == 0 ? ERR_OK : ERR_DAMAGED;
}

/* More than one element, few enough for a page inside their row. */
static enum err small_page(struct span page, uint64_t *ret)
{
    struct descent d = {.element = page.len < HEADER_BYTES ? 0 : get16(page.ptr + 8)};
    struct bounds none = {0};
    size_t lower;

    if (d.element == 0 || (get16(page.ptr + 10) & PAGE_KINDS) != PAGE_SMALL) return ERR_DAMAGED;
    lower = get16(page.ptr + 12);
    if (lower <= HEADER_BYTES || lower % 2 != 0) return ERR_DAMAGED;
    if (!elements_good(&d, page, (lower - HEADER_BYTES) / 2, &none)) return ERR_DAMAGED;
    *ret = d.counted.entries;
    return ERR_OK;
}

/* More than that: a table of their own. */
static enum err element_table(struct pages *p, struct span value, uint64_t *ret)
{
    struct table table;

    if (value.len != DB_BYTES) return ERR_DAMAGED;
    table = table_at(value.ptr);
    if (table.flags != TABLE_ELEMENTS || table.element == 0 || table.element > p->page_bytes) return ERR_DAMAGED;
    TRY(table_check(p, p->table, &table, (struct descent){.element = table.element}));
    *ret = table.entries;
    return ERR_OK;
}

/* The elements of a set, under the key that they have in common. */
static enum err set_row(struct pages *p, struct descent *d, unsigned flags, struct span key, struct span value)
{
    uint64_t elements = 1;

    (void)key;
    if (flags == NODE_SET)
        TRY(small_page(value, &elements));
    else if (flags == (NODE_SET | NODE_TABLE))
        TRY(element_table(p, value, &elements));
    else if (flags != 0)
        return ERR_DAMAGED;
    d->counted.entries += elements - 1; /* the row was counted */
    return ERR_OK;
}

/* A table by its name. */
static enum err table_row(struct pages *p, struct descent *d, unsigned flags, struct span key, struct span value)
{
    struct table table;
    char name[32];

    (void)d;
    if (flags != NODE_TABLE || value.len != DB_BYTES || key.len >= sizeof(name) - 6) return ERR_DAMAGED;
    (void)snprintf(name, sizeof(name), "table %.*s", (int)key.len, (const char *)key.ptr);
    table = table_at(value.ptr);
    if (table.flags != 0 && table.flags != TABLE_SET) return ERR_DAMAGED;
    return table_check(p, name, &table, (struct descent){.row = table.flags == 0 ? plain_row : set_row});
}

/* Pages that a transaction gave back: a count, then so many numbers. They are no part of anything. */
static enum err free_row(struct pages *p, struct descent *d, unsigned flags, struct span key, struct span value)
{
    uint64_t count = value.len < 8 ? IDL_MAX : get64(value.ptr);

    (void)d;
    if (flags != 0 || get64(key.ptr) > p->meta.txn || count > value.len / 8 - 1) return ERR_DAMAGED;
    p->freed = get64(key.ptr); /* they rise */
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t page = get64(value.ptr + i * 8);

        if (page < META_PAGES || page > p->meta.last) return ERR_DAMAGED;
        if (page >= p->count) continue; /* the file may end before pages that are free */
        TRY(page_take(p, p->meta.txn % 2, page));
    }
    return ERR_OK;
}

/* ---- one file ---- */

static enum err everything(struct pages *p)
{
    TRY(metas_check(p));
    /* What is free last: a page that stands there and is in use is found as the second reference to it. */
    TRY(table_check(p, "the list of tables", &p->meta.main, (struct descent){.row = table_row}));
    TRY(table_check(p, "the list of free pages", &p->meta.free, (struct descent){.numbers = true, .row = free_row}));
    /* Each transaction but the first gives pages back, under its number: a meta page with a changed number is one of
     * an earlier state. */
    if (p->meta.txn > 1 && p->freed != p->meta.txn)
        return wrong_at(p, p->meta.txn % 2, "it is not the page of transaction %llu", (unsigned long long)p->meta.txn);
    return ERR_OK;
}

static enum err mapped_check(struct pages *p, size_t len)
{
    uint32_t page_bytes = len < META_END ? 0 : get32(p->map + HEADER_BYTES + 24);
    enum err err = ERR_NO_MEMORY;

    p->table = "the beginning";
    if (page_bytes < PAGE_BYTES_MIN || page_bytes > PAGE_BYTES_MAX || (page_bytes & (page_bytes - 1)) != 0)
        return wrong_at(p, 0, "it is no meta page of lmdb 0.9");
    p->page_bytes = page_bytes;
    p->count = len / page_bytes;
    p->seen = calloc(1, (size_t)(p->count / 8 + 1));
    p->covered = malloc(page_bytes / 16 + 1);
    if (p->seen != NULL && p->covered != NULL) err = everything(p);
    free(p->seen);
    free(p->covered);
    return err;
}

static enum err file_check(struct pages *p, int fd)
{
    struct stat st;
    void *map;
    enum err err;

    if (fstat(fd, &st) != 0) return ERR_IO;
    if (st.st_size == 0) return wrong_at(p, 0, "the file is empty");
    map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) return ERR_IO;
    p->map = map;
    err = mapped_check(p, (size_t)st.st_size);
    (void)munmap(map, (size_t)st.st_size);
    return err;
}

enum err pages_check(const char *dir, const struct env_layout *layout, char ret_where[CHECK_WHERE_MAX])
{
    struct pages p = {.file = layout->folder, .table = "the beginning", .where = ret_where};
    char folder[ENV_PATH_MAX], path[ENV_PATH_MAX];
    enum err err;
    int fd;

    ret_where[0] = '\0';
    TRY(path_join(dir, layout->folder, folder));
    TRY(path_join(folder, "data.mdb", path));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return wrong_at(&p, 0, "the file is missing or cannot be read");
    err = file_check(&p, fd);
    close(fd);
    return err;
}
