/* See listing.h. In the order in which one thing rests on another: checkpoint, tree, seal, index, list. */
#include "client/listing.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/fetch.h"
#include "log/base/codec.h"
#include "log/index/trie.h"
#include "log/statement/status.h"

void listing_free(struct listing **l)
{
    if (*l == NULL) return;
    free((*l)->bytes);
    free(*l);
    *l = NULL;
}

static uint64_t position_at(const struct listing *l, size_t at)
{
    return l->map.statement[at].position;
}

static bool find_position(const struct listing *l, uint64_t position, size_t *ret)
{
    for (size_t i = 0; i < l->map.statement_count; i++) {
        *ret = i;
        if (position_at(l, i) == position) return true;
    }
    return false;
}

/* ---- the lookup ---- */

static enum err on_count(void *ctx, const struct hash *key, uint64_t *ret)
{
    const struct listing *l = ctx;

    if (!hash_equal(key, &l->key)) return ERR_INCOMPLETE;
    *ret = l->map.answer[0].count;
    return ERR_OK;
}

static enum err on_item(void *ctx, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    const struct listing *l = ctx;

    if (!hash_equal(key, &l->key) || n >= l->map.answer[0].count) return ERR_INCOMPLETE;
    *ret_position = evidence_position(&l->map.answer[0], (size_t)n);
    return ERR_OK;
}

static enum err on_find(void *ctx, const struct hash *id, uint64_t *ret_position)
{
    const struct listing *l = ctx;

    for (size_t i = 0; i < l->map.statement_count; i++) {
        if (!hash_equal(&l->id[i], id)) continue;
        *ret_position = position_at(l, i);
        return ERR_OK;
    }
    return ERR_INCOMPLETE;
}

static enum err on_statement(void *ctx, uint64_t position, struct statement *ret)
{
    const struct listing *l = ctx;
    size_t at;

    if (!find_position(l, position, &at)) return ERR_INCOMPLETE;
    return statement_decode(l->map.statement[at].bytes, ret);
}

/* ---- what is proven ---- */

static enum err check_checkpoint(struct listing *l, const struct known_log *log)
{
    struct note note;

    TRY(note_decode(l->map.checkpoint, &note));
    TRY(note_verify(&note, &log->policy.log[0].vkey));
    TRY(checkpoint_decode(note.text, &l->checkpoint));
    return span_equal(l->checkpoint.origin, log->origin) ? ERR_OK : ERR_BAD_EVIDENCE;
}

/* All of it stood in the tree of the checkpoint; the last is its seal. */
static enum err check_tree(struct listing *l, struct seal_payload *ret)
{
    uint64_t positions[EVIDENCE_STATEMENTS_MAX];
    struct hash leaves[EVIDENCE_STATEMENTS_MAX], root;
    struct statement s = {.kind = KIND_COUNT};

    for (size_t i = 0; i < l->map.statement_count; i++) {
        TRY(statement_decode(l->map.statement[i].bytes, &s));
        l->id[i] = s.id;
        positions[i] = position_at(l, i);
        leaves[i] = leaf_hash(hash_span(&s.id));
    }
    if (s.kind != KIND_SEAL || positions[l->map.statement_count - 1] != l->checkpoint.size - 1) return ERR_BAD_EVIDENCE;
    TRY(sparse_root(l->checkpoint.size, positions, leaves, l->map.statement_count, l->map.log_hashes, &root));
    if (!hash_equal(&root, &l->checkpoint.root)) return ERR_BAD_PROOF;
    TRY(seal_decode(s.cose.payload, ret));
    return ret->covers == l->checkpoint.size - 1 ? ERR_OK : ERR_BAD_EVIDENCE;
}

/* The seal's index has these positions under the key, and no others. */
static enum err check_list(const struct listing *l, const struct seal_payload *seal)
{
    const struct evidence_answer *a = &l->map.answer[0];
    struct list_item items[EVIDENCE_STATEMENTS_MAX];
    struct list_value proven, value;
    bool present;
    size_t at;

    TRY(opened_verify(l->map.trie, &seal->root, &l->key, 1, &present, &proven));
    if (present != (a->count > 0) || a->count > EVIDENCE_STATEMENTS_MAX) return ERR_BAD_PROOF;
    if (!present) return ERR_OK;
    for (size_t n = 0; n < a->count; n++) {
        items[n].position = evidence_position(a, n);
        if (!find_position(l, items[n].position, &at)) return ERR_BAD_EVIDENCE;
        items[n].id = l->id[at];
    }
    TRY(list_value_of(items, a->count, seal->covers, &value));
    return memcmp(value.b, proven.b, sizeof(value.b)) == 0 ? ERR_OK : ERR_BAD_PROOF;
}

static enum err check(struct listing *l, size_t len, const struct known_log *log)
{
    struct seal_payload seal;

    TRY(evidence_map_decode(span_of(l->bytes, len), &l->map));
    if (l->map.answer_count != 1 || !hash_equal(&l->map.answer[0].key, &l->key) || l->map.statement_count == 0)
        return ERR_BAD_EVIDENCE;
    TRY(check_checkpoint(l, log));
    TRY(check_tree(l, &seal));
    return check_list(l, &seal);
}

/* ---- asking ---- */

static void percent_put(struct out *o, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool plain = (s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || (s.ptr[i] >= '0' && s.ptr[i] <= '9');

        if (!plain) out_byte(o, '%');
        if (plain)
            out_byte(o, s.ptr[i]);
        else
            hex_encode(span_slice(s, i, i + 1), o);
    }
}

static enum err on_since_seal(void *ctx, struct span iss, uint64_t at, uint64_t *ret)
{
    (void)ctx, (void)iss, (void)at, (void)ret;
    return ERR_INCOMPLETE;
}

int listing_fetch(const struct known_log *log, uint8_t kind, struct span component, struct listing **ret)
{
    struct listing *l = calloc(1, sizeof(*l));
    uint8_t path[16 + 3 * ISS_MAX];
    struct out o = out_over(path, sizeof(path) - 1);
    FETCH answer = {0};
    enum err e;

    if (l == NULL) return client_fail(ERR_NO_MEMORY, "index", "");
    *ret = l;
    l->key = index_key(kind, &component);
    l->lookup = (struct lookup){l, on_count, on_item, on_find, on_statement, on_since_seal};
    out_text(&o, "index/");
    out_byte(&o, kind);
    out_text(&o, "?c=");
    percent_put(&o, component);
    path[o.len] = 0;
    e = fetch_path(log->url, (const char *)path, (struct span){0}, "application/cbor", 0, &answer);
    if (e != ERR_OK) return exit_of(e);
    if (answer.status != 200) return fetch_refused(&answer, "index");
    l->bytes = answer.body;
    answer.body = NULL;
    e = check(l, answer.len, log);
    return e == ERR_OK ? EXIT_YES : client_fail(e, "the log's index does not hold", log->url);
}

size_t listing_count(const struct listing *l)
{
    return l->map.answer[0].count;
}

struct statement listing_at(const struct listing *l, size_t n, uint64_t *ret_position)
{
    struct statement s;
    enum err e;

    *ret_position = evidence_position(&l->map.answer[0], n);
    e = l->lookup.statement(l->lookup.ctx, *ret_position, &s);
    ASSERT(e == ERR_OK); /* it was decoded before */
    return s;
}
