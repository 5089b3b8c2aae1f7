/* See stored.h. */
#include "server/node/stored.h"

#include "log/index/key.h"
#include "log/statement/receipt.h"

/* ---- the published checkpoint ---- */

static enum err by_log(const struct log_keys *keys, struct span origin, const struct note *note)
{
    enum err result = ERR_NOT_SIGNED;

    for (size_t i = 0; i < keys->count; i++) {
        struct vkey v;
        enum err e;

        if ((keys->key[i].purposes & PURPOSE_CHECKPOINT) == 0) continue;
        vkey_make(origin, NOTE_ED25519, &keys->key[i].public, &v);
        e = note_verify(note, &v);
        if (e == ERR_NOT_SIGNED) continue;
        TRY(e);
        result = ERR_OK;
    }
    return result;
}

static enum err receipts_by_log(const struct log_keys *keys, struct span origin, const struct hash *root,
                                const struct signature *receipts, struct hash *ret_kid)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct own_key *key = &keys->key[i];
        const struct receipt r = {.kid = key->kid, .iss = origin, .signature = *receipts};

        if ((key->purposes & PURPOSE_SEAL) == 0 || receipt_verify(&r, root, &key->public) != ERR_OK) continue;
        *ret_kid = key->kid;
        return ERR_OK;
    }
    return ERR_DAMAGED;
}

enum err stored_note_check(const struct config *config, const struct log_keys *keys, struct span note,
                           const struct signature *receipts, struct checkpoint *ret, struct hash *ret_kid)
{
    struct cosigned ignored;
    struct note parsed;

    if (note_decode(note, &parsed) != ERR_OK || by_log(keys, config->origin, &parsed) != ERR_OK) return ERR_DAMAGED;
    if (checkpoint_decode(parsed.text, ret) != ERR_OK) return ERR_DAMAGED;
    TRY(receipts_by_log(keys, config->origin, &ret->root, receipts, ret_kid));
    return policy_cosigned(&config->policy, &parsed, UINT64_MAX, &ignored) == ERR_OK ? ERR_OK : ERR_DAMAGED;
}

/* ---- the tree ---- */

static enum err peaks_read(const struct tree_reader *tree, uint64_t size, struct frontier *ret)
{
    ret->size = size;
    for (unsigned level = 0; level < TREE_PATH_MAX; level++)
        if ((size >> level & 1) != 0 && !tree->node(tree->ctx, level, (size >> level) - 1, &ret->peak[level]))
            return ERR_DAMAGED;
    return ERR_OK;
}

static enum err statement_leaf(const struct log_view *view, uint64_t position, struct span *ret_bytes,
                               struct hash *ret_leaf)
{
    struct hash id;

    TRY(log_statement(view, position, ret_bytes));
    id = hash_of(*ret_bytes);
    *ret_leaf = leaf_hash(hash_span(&id));
    return ERR_OK;
}

enum err stored_tree_check(const struct log_view *view, const struct checkpoint *published)
{
    struct tree_reader tree = log_reader(view);
    struct frontier f = {.size = 0};
    struct log_head head;
    struct hash root, leaf;
    struct span bytes;

    TRY(log_head(view, &head));
    if (published != NULL && published->size > head.size) return ERR_DAMAGED;
    if (published != NULL) TRY(peaks_read(&tree, published->size, &f));
    if (f.size > 0) {
        root = frontier_root(&f);
        if (!hash_equal(&root, &published->root)) return ERR_DAMAGED;
    }
    while (f.size < head.size) {
        TRY(statement_leaf(view, f.size, &bytes, &leaf));
        frontier_append(&f, &leaf);
    }
    if (head.size == 0) return ERR_OK;
    TRY(tree_range_root(&tree, 0, head.size, &leaf));
    root = frontier_root(&f);
    return hash_equal(&root, &leaf) ? ERR_OK : ERR_DAMAGED;
}

enum err stored_statement(const struct log_view *view, uint64_t position, struct span *ret)
{
    struct tree_reader tree = log_reader(view);
    struct hash leaf, stored;
    struct span bytes;

    TRY(statement_leaf(view, position, &bytes, &leaf));
    if (!tree.node(tree.ctx, 0, position, &stored) || !hash_equal(&stored, &leaf)) return ERR_DAMAGED;
    *ret = bytes;
    return ERR_OK;
}

enum err stored_issuer_check(const struct log_view *view, const struct derived_view *derived, struct span iss)
{
    struct hash key = index_key(INDEX_ISSUER, &iss);
    uint64_t count, position;
    struct span ignored;

    if (derived_count(derived, &key, &count) != ERR_OK) return ERR_OK;
    for (uint64_t i = 0; i < count; i++)
        if (derived_item(derived, &key, i, &position) == ERR_OK &&
            stored_statement(view, position, &ignored) == ERR_DAMAGED)
            return ERR_DAMAGED;
    return ERR_OK;
}
