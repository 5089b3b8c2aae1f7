/* See reads.h: proofs of the tree, for people and scripts. */
#include "log/base/codec.h"
#include "server/node/prove.h"
#include "server/node/reads.h"

static void json_path(struct json *j, const struct tree_path *path)
{
    json_open(j, "path", '[');
    for (size_t i = 0; i < path->count; i++) json_hash(j, NULL, &path->hash[i]);
    json_close(j, ']');
}

static enum err inclusion_json(struct node *n, uint64_t position, struct out *o)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct tree_path path;
    struct json j = {.o = o};

    TRY(log_view_open(n->store, &view));
    TRY(prove_inclusion(view, &n->newest, position, &path));
    json_open(&j, NULL, '{');
    json_number(&j, "index", position);
    json_number(&j, "size", n->newest.size);
    json_hash(&j, "root", &n->newest.root);
    json_path(&j, &path);
    json_close(&j, '}');
    out_byte(o, '\n');
    return out_check(o);
}

static enum err query_number(struct span query, const char *name, uint64_t max, uint64_t *ret)
{
    uint8_t text[64];
    struct out room = out_over(text, sizeof(text));
    struct span value;

    if (!http_query_value(query, name, &room, &value)) return ERR_BAD_REQUEST;
    return decimal_decode(value, max, ret) == ERR_OK ? ERR_OK : ERR_BAD_REQUEST;
}

static enum err consistency_json(struct node *n, struct span query, struct out *o)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct tree_path path;
    struct json j = {.o = o};
    uint64_t old, size;

    TRY(query_number(query, "old", TREE_SIZE_MAX, &old));
    TRY(query_number(query, "new", TREE_SIZE_MAX, &size));
    if (size > n->newest.size || old > size) return ERR_BAD_SIZE;
    TRY(log_view_open(n->store, &view));
    TRY(prove_consistency(view, &n->newest, old, size, &path));
    json_open(&j, NULL, '{');
    json_number(&j, "old", old);
    json_number(&j, "new", size);
    json_path(&j, &path);
    json_close(&j, '}');
    out_byte(o, '\n');
    return out_check(o);
}

void get_proof(struct node *n, struct http_exchange *x, struct span rest)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES), room;
    struct span query = http_request(x)->query, name;
    uint8_t text[128];
    uint64_t position;
    enum err e = ERR_NOT_FOUND;

    if (span_equal(rest, SPAN("consistency"))) e = consistency_json(n, query, &o);
    if (span_equal(rest, SPAN("inclusion"))) {
        room = out_over(text, sizeof(text));
        e = http_query_value(query, "id", &room, &name) ? position_of(n, name, &position) : ERR_BAD_REQUEST;
        if (e == ERR_OK) e = inclusion_json(n, position, &o);
    }
    reply_scratch(x, "application/json", CACHE_NONE, e, &o);
}
