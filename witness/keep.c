/* See keep.h. */
#include "witness/keep.h"

#include <stdlib.h>

#include "log/base/codec.h"

void keep_name(struct span origin, char ret[KEEP_NAME_LEN + 1])
{
    struct hash h = hash_of(origin);
    struct out o = out_over(ret, KEEP_NAME_LEN);

    hex_encode(hash_span(&h), &o);
    ASSERT(o.len == KEEP_NAME_LEN);
    ret[KEEP_NAME_LEN] = 0;
}

static enum err logs_path(const char *dir, char ret[FILE_PATH_MAX])
{
    return file_path(dir, "logs", ret);
}

enum err keep_read(const char *dir, struct span origin, struct state *ret)
{
    char logs[FILE_PATH_MAX], path[FILE_PATH_MAX], name[KEEP_NAME_LEN + 1];
    uint8_t *bytes;
    size_t len;
    enum err e;

    keep_name(origin, name);
    TRY(logs_path(dir, logs));
    TRY(file_path(logs, name, path));
    e = file_read(path, STATE_SIZE_MAX, &bytes, &len);
    if (e != ERR_OK) return e == ERR_NO_ROOM ? ERR_DAMAGED : e;
    e = state_decode(span_of(bytes, len), ret);
    free(bytes);
    TRY(e);
    /* A file under another log's name would let that log begin anew. */
    return span_equal(vkey_name(&ret->key), origin) ? ERR_OK : ERR_DAMAGED;
}

enum err keep_load(const char *dir, struct span origin, const struct vkey *own, struct state *ret)
{
    TRY(keep_read(dir, origin, ret));
    TRY(state_check(ret, own));
    return keep_store(dir, ret);
}

enum err keep_store(const char *dir, const struct state *s)
{
    uint8_t *bytes = malloc(STATE_SIZE_MAX);
    struct out o = out_over(bytes, STATE_SIZE_MAX);
    char logs[FILE_PATH_MAX], name[KEEP_NAME_LEN + 1];
    enum err e = logs_path(dir, logs);

    if (bytes == NULL) return ERR_NO_MEMORY;
    state_encode(s, &o);
    keep_name(vkey_name(&s->key), name);
    if (e == ERR_OK) e = out_check(&o);
    if (e == ERR_OK) e = file_write_durable(logs, name, out_span(&o), 0600);
    free(bytes);
    return e;
}
