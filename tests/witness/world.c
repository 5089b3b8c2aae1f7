/* See world.h. */
#include "tests/witness/world.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "witness/command.h"
#include "witness/keep.h"

/* ---- a log ---- */

static struct hash leaf_of(uint8_t history, uint64_t index)
{
    uint8_t bytes[9] = {history};

    u64_put(bytes + 1, index);
    return leaf_hash(span_of(bytes, sizeof(bytes)));
}

struct test_log log_new(const char *origin, uint8_t seed)
{
    uint8_t bytes[32] = {seed, 1};
    struct public_key key;
    struct test_log log;

    secret_key_from_seed(bytes, &log.key);
    key = secret_key_public(&log.key);
    vkey_make(span_text(origin), NOTE_ED25519, &key, &log.vkey);
    for (uint64_t i = 0; i < LOG_LEAVES; i++) log.leaf[i] = leaf_of(0, i);
    return log;
}

struct test_log log_fork(const struct test_log *log, uint64_t at)
{
    struct test_log fork = *log;

    for (uint64_t i = at; i < LOG_LEAVES; i++) fork.leaf[i] = leaf_of(1, i);
    return fork;
}

struct hash log_root(const struct test_log *log, uint64_t size)
{
    struct frontier f = {0};

    assert_true(size <= LOG_LEAVES);
    for (uint64_t i = 0; i < size; i++) frontier_append(&f, &log->leaf[i]);
    return frontier_root(&f);
}

static bool read_node(void *ctx, unsigned level, uint64_t index, struct hash *ret)
{
    const struct test_log *log = ctx;
    struct hash left, right;

    if (level == 0) {
        *ret = log->leaf[index];
        return index < LOG_LEAVES;
    }
    if (!read_node(ctx, level - 1, 2 * index, &left) || !read_node(ctx, level - 1, 2 * index + 1, &right)) return false;
    *ret = node_hash(&left, &right);
    return true;
}

struct tree_path log_proof(const struct test_log *log, uint64_t old, uint64_t size)
{
    struct test_log copy = *log;
    struct tree_reader reader = {.ctx = &copy, .node = read_node};
    struct tree_path path = {0};

    if (old != 0 && old < size) assert_int_equal(tree_consistency(&reader, old, size, &path), ERR_OK);
    return path;
}

/* ---- its texts ---- */

void put_signed(const struct test_log *log, struct span text, struct out *o)
{
    out_bytes(o, text);
    out_byte(o, '\n');
    note_sign(o, text, &log->vkey, &log->key);
}

void put_checkpoint(const struct test_log *log, uint64_t size, struct out *o)
{
    uint8_t text[512];
    struct out t = out_over(text, sizeof(text));

    checkpoint_encode(&(struct checkpoint){vkey_name(&log->vkey), size, log_root(log, size)}, &t);
    put_signed(log, out_span(&t), o);
}

void put_head(uint64_t old, const struct tree_path *path, struct out *o)
{
    out_text(o, "old ");
    out_decimal(o, old);
    out_byte(o, '\n');
    for (size_t i = 0; i < path->count; i++) {
        base64_encode(hash_span(&path->hash[i]), o);
        out_byte(o, '\n');
    }
    out_byte(o, '\n');
}

void put_request(const struct test_log *log, uint64_t old, uint64_t size, struct out *o)
{
    struct tree_path path = log_proof(log, old, size);

    put_head(old, &path, o);
    put_checkpoint(log, size, o);
}

struct span request_of(const struct test_log *log, uint64_t old, uint64_t size)
{
    static uint8_t rooms[4][8192];
    static unsigned turn;
    uint8_t *room = rooms[turn++ % 4];
    struct out o = out_over(room, sizeof(rooms[0]));

    put_request(log, old, size, &o);
    assert_false(o.full);
    return out_span(&o);
}

struct cosigner cosigner_new(const char *name, uint8_t seed)
{
    uint8_t bytes[32] = {seed, 2};
    struct cosigner c;
    struct public_key key;

    secret_key_from_seed(bytes, &c.key);
    key = secret_key_public(&c.key);
    vkey_make(span_text(name), NOTE_COSIGNATURE, &key, &c.vkey);
    return c;
}

void follow_in(struct policy *logs, const struct test_log *log)
{
    logs->log[logs->log_count++] = (struct policy_log){.vkey = log->vkey};
}

bool cosigned_by(const struct cosigner *who, const struct test_log *log, uint64_t size, struct span line,
                 uint64_t *ret_time)
{
    uint8_t text[512];
    struct out o = out_over(text, sizeof(text));
    struct note_line parsed;

    checkpoint_encode(&(struct checkpoint){vkey_name(&log->vkey), size, log_root(log, size)}, &o);
    if (!note_next(&line, &parsed) || line.len != 0) return false;
    return cosignature_verify(&parsed, out_span(&o), &who->vkey, ret_time) == ERR_OK;
}

/* ---- folders ---- */

void folder_new(char ret[64])
{
    snprintf(ret, 64, "/tmp/cairn-witness-test-XXXXXX");
    assert_non_null(mkdtemp(ret));
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    return remove(path);
}

void folder_remove(const char *dir)
{
    assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

struct span file_bytes(const char *path)
{
    static uint8_t room[1 << 18];
    FILE *f = fopen(path, "rb");
    size_t len;

    assert_non_null(f);
    len = fread(room, 1, sizeof(room), f);
    fclose(f);
    return span_of(room, len);
}

void file_put(const char *path, struct span bytes)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, f), bytes.len);
    assert_int_equal(fclose(f), 0);
}

void witness_new(const char *dir, const struct test_log *log, char ret[128])
{
    char name[] = "--name", value[] = "witness.uni.example", listen[] = "--listen", address[] = "127.0.0.1:0";
    char *argv[] = {ret, name, value, listen, address, NULL};

    snprintf(ret, 128, "%s/w", dir);
    assert_int_equal(command_init(5, argv), 0);
    if (log != NULL) witness_follow(ret, log);
}

void witness_follow(const char *witness, const struct test_log *log)
{
    struct state *state = malloc(sizeof(*state));

    assert_non_null(state);
    state_init(state, &log->vkey, SPAN("http://127.0.0.1:1"));
    assert_int_equal(keep_store(witness, state), ERR_OK);
    free(state);
    witness_follow_key(witness, log);
}

void witness_follow_key(const char *witness, const struct test_log *log)
{
    uint8_t text[8192];
    struct out o = out_over(text, sizeof(text));
    char path[256];

    snprintf(path, sizeof(path), "%s/witness.conf", witness);
    out_bytes(&o, file_bytes(path));
    out_text(&o, "log ");
    vkey_encode(&log->vkey, &o);
    out_text(&o, " http://127.0.0.1:1\n");
    file_put(path, out_span(&o));
}

struct vkey witness_vkey(const char *witness)
{
    struct cosigner c;
    char why[200];

    assert_int_equal(command_key(witness, SPAN("witness.uni.example"), &c, why), ERR_OK);
    return c.vkey;
}

void state_path(const char *witness, const struct test_log *log, char ret[256])
{
    char name[KEEP_NAME_LEN + 1];

    keep_name(vkey_name(&log->vkey), name);
    snprintf(ret, 256, "%s/logs/%s", witness, name);
}
