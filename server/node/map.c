/* See map.h. */
#include "server/node/map.h"

#include <stdlib.h>

#include "log/index/trie.h"

struct map_maker *map_new(void)
{
    struct map_maker *m = calloc(1, sizeof(*m));

    if (m == NULL) return NULL;
    m->lists_out = out_over(m->lists, sizeof(m->lists));
    m->components_out = out_over(m->components, sizeof(m->components));
    return m;
}

void map_free(struct map_maker **m)
{
    if (*m == NULL) return;
    snapshot_close(&(*m)->now);
    free(*m);
}

/* ---- what goes into it ---- */

enum err map_want_position(struct map_maker *m, uint64_t position)
{
    for (size_t i = 0; i < m->position_count; i++)
        if (m->position[i] == position) return ERR_OK;
    if (m->position_count == EVIDENCE_STATEMENTS_MAX) return ERR_NO_ROOM;
    m->position[m->position_count++] = position;
    return ERR_OK;
}

/* The seal that says when the statement at `position` was logged: it goes back to the one before it. Under the
 * checkpoint there always is one, since it ends with a seal. */
enum err map_want_date(struct map_maker *m, uint64_t position)
{
    struct seal_payload seal;
    struct statement s;
    uint64_t at = 0;
    enum err e;

    if (position >= m->now.under->size) return ERR_DAMAGED; /* as only the index can say */
    e = log_seal_after(m->now.log, position, &at);
    if (e == ERR_OK) e = snapshot_statement(&m->now, at, &s);
    if (e == ERR_OK &&
        (s.kind != KIND_SEAL || seal_decode(s.cose.payload, &seal) != ERR_OK || at >= m->now.under->size ||
         seal.covers != at || (seal.has_previous && seal.previous >= position)))
        e = ERR_DAMAGED;
    TRY(snapshot_of_log(&m->now, e == ERR_NOT_FOUND ? ERR_DAMAGED : e));
    return map_want_position(m, at);
}

/* Room of our own, since what components borrow from may be the caller's stack. */
static struct span keep_component(struct map_maker *m, struct span s)
{
    size_t from = m->components_out.len;

    out_bytes(&m->components_out, s);
    return m->components_out.full ? s : span_of(m->components + from, s.len);
}

static bool has_answer(const struct map_maker *m, const struct hash *key)
{
    for (size_t i = 0; i < m->map.answer_count; i++)
        if (hash_equal(&m->map.answer[i].key, key)) return true;
    return false;
}

/* More than fits into an answer; unless the number is not the trie's. */
static enum err too_many(struct map_maker *m, const struct hash *key)
{
    struct trie_view trie = derived_trie(m->now.derived);
    uint8_t proof[16384];
    struct out o = out_over(proof, sizeof(proof));

    TRY(trie_prove_keys(&trie, key, 1, &o));
    return ERR_NO_ROOM;
}

enum err map_want_answer(struct map_maker *m, uint8_t kind, const struct span *components, bool dated)
{
    struct evidence_answer *a = &m->map.answer[m->map.answer_count];
    struct hash key = index_key(kind, components);
    size_t from = m->lists_out.len;
    uint64_t count, position;

    if (has_answer(m, &key)) return ERR_OK;
    if (m->map.answer_count == EVIDENCE_ANSWERS_MAX) return ERR_NO_ROOM;
    TRY(derived_count(m->now.derived, &key, &count));
    if (count > EVIDENCE_STATEMENTS_MAX) return too_many(m, &key);
    *a = (struct evidence_answer){.kind = kind, .key = key, .count = (size_t)count};
    for (int i = 0; i < index_components(kind); i++) a->component[i] = keep_component(m, components[i]);
    cbor_put_array(&m->lists_out, count);
    for (uint64_t i = 0; i < count; i++) {
        TRY(derived_item(m->now.derived, &key, i, &position));
        TRY(map_want_position(m, position));
        if (dated && position > m->dated_after) TRY(map_want_date(m, position));
        cbor_put_uint(&m->lists_out, position);
    }
    TRY(out_check(&m->lists_out));
    TRY(out_check(&m->components_out));
    a->positions = span_of(m->lists + from, m->lists_out.len - from);
    m->map.answer_count++;
    return ERR_OK;
}

/* ---- nothing leaves that its reader would refuse ---- */

static enum err item_at(const struct map_maker *m, uint64_t position, struct list_item *ret)
{
    size_t low = 0, high = m->position_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (m->position[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == m->position_count || m->position[low] != position) return ERR_DAMAGED;
    *ret = (struct list_item){position, m->id[low]};
    return ERR_OK;
}

static enum err answer_agrees(const struct map_maker *m, const struct evidence_answer *a, bool present,
                              const struct list_value *proven)
{
    struct list_item items[EVIDENCE_STATEMENTS_MAX];
    struct list_value value;

    if (a->count == 0) return present ? ERR_DAMAGED : ERR_OK;
    for (size_t i = 0; i < a->count; i++) TRY(item_at(m, evidence_position(a, i), &items[i]));
    if (!present || list_value_of(items, a->count, m->now.under->size - 1, &value) != ERR_OK) return ERR_DAMAGED;
    return memcmp(value.b, proven->b, sizeof(value.b)) == 0 ? ERR_OK : ERR_DAMAGED;
}

/* Pages carry no checksums: a derived environment that was damaged on disk shows here, before anybody
 * is told a falsehood. Costs a few dozen hashes. */
static enum err map_agrees(struct map_maker *m, const struct hash *keys)
{
    struct list_value value[EVIDENCE_ANSWERS_MAX];
    struct hash leaf[EVIDENCE_STATEMENTS_MAX], root;
    bool present[EVIDENCE_ANSWERS_MAX];
    struct seal_payload seal;
    struct statement s;

    for (size_t i = 0; i < m->position_count; i++) leaf[i] = leaf_hash(hash_span(&m->id[i]));
    TRY(sparse_root(m->now.under->size, m->position, leaf, m->position_count, m->map.log_hashes, &root));
    if (!hash_equal(&root, &m->now.under->root)) return snapshot_of_log(&m->now, ERR_DAMAGED);
    TRY(snapshot_statement(&m->now, m->now.under->size - 1, &s));
    if (s.kind != KIND_SEAL || seal_decode(s.cose.payload, &seal) != ERR_OK)
        return snapshot_of_log(&m->now, ERR_DAMAGED);
    if (opened_verify(m->map.trie, &seal.root, keys, m->map.answer_count, present, value) != ERR_OK) return ERR_DAMAGED;
    for (size_t i = 0; i < m->map.answer_count; i++) TRY(answer_agrees(m, &m->map.answer[i], present[i], &value[i]));
    return ERR_OK;
}

/* ---- the whole ---- */

static int by_position(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static int by_key(const void *a, const void *b)
{
    return hash_compare(&((const struct evidence_answer *)a)->key, &((const struct evidence_answer *)b)->key);
}

enum err map_close(struct map_maker *m, uint64_t carrier, struct out *work)
{
    struct tree_reader reader = log_reader(m->now.log);
    struct trie_view trie = derived_trie(m->now.derived);
    struct hash keys[EVIDENCE_ANSWERS_MAX];
    size_t from;

    TRY(map_want_position(m, m->now.under->size - 1));
    qsort(m->position, m->position_count, sizeof(m->position[0]), by_position);
    qsort(m->map.answer, m->map.answer_count, sizeof(m->map.answer[0]), by_key);
    /* The index may name anything when it was damaged. */
    if (m->position[m->position_count - 1] >= m->now.under->size) return ERR_DAMAGED;
    for (size_t i = 0; i < m->position_count; i++) {
        struct evidence_statement *s = &m->map.statement[m->map.statement_count++];

        s->position = m->position[i];
        TRY(snapshot_of_log(&m->now, log_statement(m->now.log, s->position, &s->bytes)));
        m->id[i] = hash_of(s->bytes);
        if (s->position == carrier) s->bytes = SPAN("");
    }
    TRY(snapshot_of_log(&m->now, sparse_make(&reader, m->now.under->size, m->position, m->position_count, work)));
    m->map.log_hashes = out_span(work);
    from = work->len;
    for (size_t i = 0; i < m->map.answer_count; i++) keys[i] = m->map.answer[i].key;
    TRY(trie_prove_keys(&trie, keys, m->map.answer_count, work));
    m->map.trie = span_of(work->ptr + from, work->len - from);
    m->map.checkpoint = span_of(m->now.under->note, m->now.under->note_len);
    return map_agrees(m, keys);
}
