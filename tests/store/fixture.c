/* See fixture.h. */
#include "tests/store/fixture.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "log/base/sign.h"

/* ---- folders ---- */

void folder_make(char ret[ENV_PATH_MAX])
{
    const char *base = getenv("TMPDIR");

    assert_ok(path_join(base == NULL ? "/tmp" : base, "cairn-store-XXXXXX", ret));
    assert_non_null(mkdtemp(ret));
}

static int path_remove(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    (void)st, (void)flag, (void)where;
    return remove(path);
}

void folder_remove(const char *path)
{
    assert_int_equal(nftw(path, path_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void file_write(const char *dir, const char *name, struct span bytes)
{
    char path[ENV_PATH_MAX];
    FILE *file;

    assert_ok(path_join(dir, name, path));
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    assert_int_equal(fclose(file), 0);
}

struct span file_read(const char *dir, const char *name)
{
    char path[ENV_PATH_MAX];
    struct stat st;
    uint8_t *bytes;
    FILE *file;

    assert_ok(path_join(dir, name, path));
    file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    bytes = malloc((size_t)st.st_size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)st.st_size, file), st.st_size);
    fclose(file);
    return span_of(bytes, (size_t)st.st_size);
}

/* ---- processes ---- */

pid_t child_start(void (*run)(void *ctx), void *ctx)
{
    static const int caught[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS, SIGABRT};
    pid_t child = fork();

    assert_true(child >= 0);
    if (child != 0) return child;
    /* cmocka would catch these, and a failed assertion, and go on with the next test in here. */
    for (size_t i = 0; i < COUNT_OF(caught); i++) signal(caught[i], SIG_DFL);
    if (setenv("CMOCKA_TEST_ABORT", "1", 1) != 0) _exit(2);
    if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL) _exit(2);
    run(ctx);
    _exit(0);
}

bool child_wait(pid_t child)
{
    int status;

    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- plain logs ---- */

struct span plain_bytes(uint64_t position, uint8_t buffer[PLAIN_MAX])
{
    size_t len = 8 + position * 7919 % (PLAIN_MAX - 8);

    u64_put(buffer, position);
    for (size_t i = 8; i < len; i++) buffer[i] = (uint8_t)(position + i);
    return span_of(buffer, len);
}

void append_plain(struct log_write *w, uint64_t count)
{
    uint8_t buffer[PLAIN_MAX];

    for (uint64_t i = 0; i < count; i++) {
        struct span bytes = plain_bytes(log_write_size(w), buffer);
        struct hash id = hash_of(bytes);

        assert_ok(log_append(w, bytes, &id));
    }
}

void commit_plain(struct store *s, uint64_t count)
{
    struct log_write *w;

    assert_ok(log_write_open(s, &w));
    append_plain(w, count);
    assert_ok(log_write_commit(w));
}

struct hash *plain_roots(uint64_t count)
{
    struct hash *roots = calloc(count + 1, sizeof(*roots));
    struct frontier f = {0};
    uint8_t buffer[PLAIN_MAX];

    assert_non_null(roots);
    roots[0] = empty_root();
    for (uint64_t i = 0; i < count; i++) {
        struct hash id = hash_of(plain_bytes(i, buffer));
        struct hash leaf = leaf_hash(hash_span(&id));

        frontier_append(&f, &leaf);
        roots[i + 1] = frontier_root(&f);
    }
    return roots;
}

struct hash log_root(struct store *s)
{
    struct log_write *w;
    struct hash root;

    assert_ok(log_write_open(s, &w));
    root = log_write_root(w);
    log_write_abort(w);
    return root;
}

void assert_plain(struct store *s, uint64_t size)
{
    struct hash *roots = plain_roots(size), root = log_root(s), read;
    struct log_view *v;
    struct log_head head;
    struct tree_reader reader;
    struct span bytes;
    uint8_t buffer[PLAIN_MAX];

    assert_memory_equal(&root, &roots[size], 32);
    assert_ok(log_view_open(s, &v));
    assert_ok(log_head(v, &head));
    assert_int_equal(head.size, size);
    for (uint64_t i = 0; i < size; i++) {
        assert_ok(log_statement(v, i, &bytes));
        assert_true(span_equal(bytes, plain_bytes(i, buffer)));
    }
    assert_err(log_statement(v, size, &bytes), ERR_NOT_FOUND);
    assert_err(log_statement(v, UINT64_MAX, &bytes), ERR_NOT_FOUND);
    reader = log_reader(v);
    if (size > 0) {
        assert_ok(tree_range_root(&reader, 0, size, &read));
        assert_memory_equal(&read, &roots[size], 32);
    }
    log_view_close(v);
    free(roots);
}

/* ---- real statements ---- */

#define ORIGIN SPAN("log.example/test")

static struct secret_key test_key(void)
{
    static const uint8_t seed[32] = {7};
    struct secret_key key;

    secret_key_from_seed(seed, &key);
    return key;
}

struct hash numbered_hash(uint64_t n, uint8_t kind)
{
    uint8_t bytes[8];

    u64_put(bytes, n);
    return hash_prefixed(kind, span_of(bytes, sizeof(bytes)));
}

struct span real_attestation(uint64_t position, uint64_t subjects, uint8_t buffer[REAL_MAX])
{
    struct secret_key key = test_key();
    struct out o = out_over(buffer, REAL_MAX), sub = {0}, payload = {0};
    uint8_t sub_bytes[32], payload_bytes[16];
    struct draft d = {.kind = KIND_ATTESTATION, .iss = SPAN("issuer.example"), .home = ORIGIN, .has_schema = true};

    sub = out_over(sub_bytes, sizeof(sub_bytes));
    out_text(&sub, "s");
    out_decimal(&sub, position * 2654435761U % subjects);
    payload = out_over(payload_bytes, sizeof(payload_bytes));
    out_byte(&payload, 0xa1); /* {1: position} */
    out_byte(&payload, 0x01);
    out_byte(&payload, 0x1b);
    out_u64(&payload, position + (UINT64_C(1) << 40));
    d.sub = out_span(&sub);
    d.payload = out_span(&payload);
    d.schema = numbered_hash(position % 3, 0x77);
    assert_ok(statement_make(&d, &key, &o));
    return out_span(&o);
}

struct span real_seal(const struct seal_payload *seal, uint8_t buffer[REAL_MAX])
{
    struct secret_key key = test_key();
    struct out o = out_over(buffer, REAL_MAX), payload;
    uint8_t payload_bytes[256];
    struct draft d = {.kind = KIND_SEAL, .iss = ORIGIN, .sub = ORIGIN, .home = ORIGIN};

    payload = out_over(payload_bytes, sizeof(payload_bytes));
    seal_encode(seal, &payload);
    d.payload = out_span(&payload);
    assert_ok(statement_make(&d, &key, &o));
    return out_span(&o);
}

void fold_statement(struct derived_write *w, uint64_t position, struct span bytes)
{
    static struct index_keys keys;
    struct hash id = hash_of(bytes);
    struct statement s;

    assert_ok(statement_decode(bytes, &s));
    assert_ok(index_derive(&s, 1, &keys));
    assert_ok(derived_fold(w, position, &id, keys.key, keys.count));
}

static void append_real(struct log_write *log, struct derived_write *derived, struct span bytes)
{
    struct hash id = hash_of(bytes);
    uint64_t position = log_write_size(log);

    assert_ok(log_append(log, bytes, &id));
    fold_statement(derived, position, bytes);
}

void commit_group(struct store *s, uint64_t attestations)
{
    struct signature receipts = {{0}};
    struct derived_write *derived;
    struct derived_head index;
    struct log_write *log;
    struct seal_payload seal = {0};
    uint8_t buffer[REAL_MAX];

    assert_ok(derived_write_open(s, &derived));
    assert_ok(log_write_open(s, &log));
    for (uint64_t i = 0; i < attestations; i++)
        append_real(log, derived, real_attestation(log_write_size(log), 300, buffer));
    assert_ok(derived_write_head(derived, &index));
    seal.covers = log_write_size(log);
    seal.root = index.root;
    seal.keys = index.keys;
    seal.from_ms = 1000 * seal.covers;
    seal.to_ms = seal.from_ms + 5;
    append_real(log, derived, real_seal(&seal, buffer));
    assert_ok(log_set_sealed(log, seal.to_ms));
    assert_ok(log_write_commit(log));
    assert_ok(log_write_open(s, &log));
    assert_ok(log_set_published(log, log_write_size(log), SPAN("a checkpoint"), &receipts));
    assert_ok(log_write_commit(log));
    assert_ok(derived_write_commit(derived));
}

/* ---- the index ---- */

static int entry_compare(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

static struct hash trie_of(const struct trie_entry *entries, size_t count)
{
    unsigned fork;
    size_t middle = 0;
    struct hash left, right;

    if (count == 1) return trie_leaf_hash(&entries[0].key, &entries[0].value);
    fork = trie_fork(&entries[0].key, &entries[count - 1].key);
    while (trie_bit(&entries[middle].key, fork) == 0) middle++;
    left = trie_of(entries, middle);
    right = trie_of(entries + middle, count - middle);
    return trie_node_hash(fork, &entries[0].key, &left, &right);
}

struct hash reference_trie(const struct trie_entry *entries, size_t count)
{
    struct trie_entry *sorted = calloc(count + 1, sizeof(*sorted));
    struct hash root = {{0}};

    assert_non_null(sorted);
    memcpy(sorted, entries, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), entry_compare);
    if (count > 0) root = trie_of(sorted, count);
    free(sorted);
    return root;
}
