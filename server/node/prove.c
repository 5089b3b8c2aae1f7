/* See prove.h. What an evidence file must hold is fixed by what a verdict asks (log/evidence/verdict.h):
 * the status list of the statement, the lists of its issuers and of the log, the approvals of its
 * issuers, its schema, and each statement that those lists name. */
#include "server/node/prove.h"

#include <stdlib.h>

#include "log/index/trie.h"
#include "log/statement/receipt.h"

/* Everything one answer is made of, while its views are open. */
struct maker {
    struct log_view *log;
    struct derived_view *derived;
    const struct published *under;
    uint64_t position[EVIDENCE_STATEMENTS_MAX];
    struct hash id[EVIDENCE_STATEMENTS_MAX]; /* of the statements there, once they are sorted */
    size_t position_count;
    struct evidence_map map;
    uint8_t lists[EVIDENCE_STATEMENTS_MAX * 9 + EVIDENCE_ANSWERS_MAX * 9];
    struct out lists_out;
    uint8_t components[EVIDENCE_ANSWERS_MAX * INDEX_COMPONENTS_MAX * ISS_MAX];
    struct out components_out;
};

/* The checkpoint whose size the derived environment covers: the served one, or, in the moment before the
 * loop hears of a commit, the newest. */
static const struct published *matching(const struct node *n, uint64_t covers)
{
    if (n->served.size == covers) return &n->served;
    return n->newest.size == covers ? &n->newest : NULL;
}

static void maker_close(struct maker **m)
{
    if (*m == NULL) return;
    log_view_cleanup(&(*m)->log);
    derived_view_cleanup(&(*m)->derived);
    free(*m);
}

static enum err maker_open(struct node *n, struct maker **ret)
{
    struct maker *m = calloc(1, sizeof(*m));
    struct derived_head head;

    if (m == NULL) return ERR_NO_MEMORY;
    *ret = m;
    m->lists_out = out_over(m->lists, sizeof(m->lists));
    m->components_out = out_over(m->components, sizeof(m->components));
    TRY(log_view_open(n->store, &m->log));
    TRY(derived_view_open(n->store, &m->derived));
    TRY(derived_head(m->derived, &head));
    m->under = matching(n, head.covers);
    return m->under == NULL || m->under->size == 0 ? ERR_UNPUBLISHED : ERR_OK;
}

enum err prove_find(struct node *n, const struct hash *id, uint64_t *ret_position)
{
    struct derived_view *view __attribute__((cleanup(derived_view_cleanup))) = NULL;
    enum err e;

    TRY(derived_view_open(n->store, &view));
    e = derived_find(view, id, ret_position);
    if (e == ERR_NOT_FOUND && pending_find(n->pending, id, ret_position)) return ERR_UNPUBLISHED;
    return e;
}

/* ---- receipts ---- */

static enum err receipt_at(struct node *n, const struct log_view *log, const struct published *under, uint64_t position,
                           struct out *o)
{
    struct tree_reader reader = log_reader(log);
    struct receipt r = {.kid = n->keys.seal_kid,
                        .iss = n->config.origin,
                        .size = under->size,
                        .index = position,
                        .signature = under->receipts};

    if (position >= under->size) return ERR_UNPUBLISHED;
    TRY(tree_inclusion(&reader, position, under->size, &r.path));
    receipt_encode(&r, o);
    return out_check(o);
}

enum err prove_receipt(struct node *n, uint64_t position, struct out *o)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;

    TRY(log_view_open(n->store, &view));
    return receipt_at(n, view, &n->served, position, o);
}

/* ---- what goes into a map ---- */

static enum err want_position(struct maker *m, uint64_t position)
{
    for (size_t i = 0; i < m->position_count; i++)
        if (m->position[i] == position) return ERR_OK;
    if (m->position_count == EVIDENCE_STATEMENTS_MAX) return ERR_NO_ROOM;
    m->position[m->position_count++] = position;
    return ERR_OK;
}

static enum err statement_at(const struct maker *m, uint64_t position, struct statement *ret)
{
    struct span bytes;

    TRY(log_statement(m->log, position, &bytes));
    return statement_decode(bytes, ret) == ERR_OK ? ERR_OK : ERR_DAMAGED;
}

/* The seal that says when the statement at `position` was logged, if it is under the checkpoint. */
static enum err want_date(struct maker *m, uint64_t position)
{
    uint64_t seal;
    enum err e = log_seal_after(m->log, position, &seal);

    if (e == ERR_NOT_FOUND || (e == ERR_OK && seal >= m->under->size)) return ERR_OK;
    TRY(e);
    return want_position(m, seal);
}

/* Room of our own, since what components borrow from may be the caller's stack. */
static struct span keep_component(struct maker *m, struct span s)
{
    size_t from = m->components_out.len;

    out_bytes(&m->components_out, s);
    return m->components_out.full ? s : span_of(m->components + from, s.len);
}

static bool has_answer(const struct maker *m, const struct hash *key)
{
    for (size_t i = 0; i < m->map.answer_count; i++)
        if (hash_equal(&m->map.answer[i].key, key)) return true;
    return false;
}

/* One answer with all its items; each item's statement is wanted too. */
static enum err want_answer(struct maker *m, uint8_t kind, const struct span *components, bool dated)
{
    struct evidence_answer *a = &m->map.answer[m->map.answer_count];
    struct hash key = index_key(kind, components);
    size_t from = m->lists_out.len;
    uint64_t count, position;

    if (has_answer(m, &key)) return ERR_OK;
    if (m->map.answer_count == EVIDENCE_ANSWERS_MAX) return ERR_NO_ROOM;
    TRY(derived_count(m->derived, &key, &count));
    if (count > EVIDENCE_STATEMENTS_MAX) return ERR_NO_ROOM;
    *a = (struct evidence_answer){.kind = kind, .key = key, .count = (size_t)count};
    for (int i = 0; i < index_components(kind); i++) a->component[i] = keep_component(m, components[i]);
    cbor_put_array(&m->lists_out, count);
    for (uint64_t i = 0; i < count; i++) {
        TRY(derived_item(m->derived, &key, i, &position));
        TRY(want_position(m, position));
        if (dated) TRY(want_date(m, position));
        cbor_put_uint(&m->lists_out, position);
    }
    TRY(out_check(&m->lists_out));
    TRY(out_check(&m->components_out));
    a->positions = span_of(m->lists + from, m->lists_out.len - from);
    m->map.answer_count++;
    return ERR_OK;
}

static enum err want_issuer(struct maker *m, struct span iss)
{
    TRY(want_answer(m, INDEX_ISSUER, &iss, false));
    return want_answer(m, INDEX_APPROVAL, &iss, false);
}

static int by_position(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static int by_key(const void *a, const void *b)
{
    return hash_compare(&((const struct evidence_answer *)a)->key, &((const struct evidence_answer *)b)->key);
}

/* ---- nothing leaves that its reader would refuse ---- */

static enum err item_at(const struct maker *m, uint64_t position, struct list_item *ret)
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

static enum err answer_agrees(const struct maker *m, const struct evidence_answer *a, bool present,
                              const struct list_value *proven)
{
    struct list_item items[EVIDENCE_STATEMENTS_MAX];
    struct list_value value;

    if (a->count == 0) return present ? ERR_DAMAGED : ERR_OK;
    for (size_t i = 0; i < a->count; i++) TRY(item_at(m, evidence_position(a, i), &items[i]));
    if (!present || list_value_of(items, a->count, m->under->size - 1, &value) != ERR_OK) return ERR_DAMAGED;
    return memcmp(value.b, proven->b, sizeof(value.b)) == 0 ? ERR_OK : ERR_DAMAGED;
}

/* Pages carry no checksums: a derived environment that was damaged on disk shows here, before anybody
 * is told a falsehood. Costs a few dozen hashes. */
static enum err map_agrees(const struct maker *m, const struct hash *keys)
{
    struct list_value value[EVIDENCE_ANSWERS_MAX];
    struct hash leaf[EVIDENCE_STATEMENTS_MAX], root;
    bool present[EVIDENCE_ANSWERS_MAX];
    struct seal_payload seal;
    struct statement s;

    for (size_t i = 0; i < m->position_count; i++) leaf[i] = leaf_hash(hash_span(&m->id[i]));
    TRY(sparse_root(m->under->size, m->position, leaf, m->position_count, m->map.log_hashes, &root));
    if (!hash_equal(&root, &m->under->root)) return ERR_DAMAGED;
    TRY(statement_at(m, m->under->size - 1, &s));
    TRY(seal_decode(s.cose.payload, &seal));
    if (opened_verify(m->map.trie, &seal.root, keys, m->map.answer_count, present, value) != ERR_OK) return ERR_DAMAGED;
    for (size_t i = 0; i < m->map.answer_count; i++) TRY(answer_agrees(m, &m->map.answer[i], present[i], &value[i]));
    return ERR_OK;
}

/* Fills in the statements (`carrier` is left empty), the log tree's hashes and the trie. */
static enum err close_map(struct maker *m, uint64_t carrier, struct out *work)
{
    struct tree_reader reader = log_reader(m->log);
    struct trie_rows rows = derived_rows(m->derived);
    struct trie_values values = derived_values(m->derived);
    struct hash keys[EVIDENCE_ANSWERS_MAX];
    size_t from;

    TRY(want_position(m, m->under->size - 1));
    qsort(m->position, m->position_count, sizeof(m->position[0]), by_position);
    qsort(m->map.answer, m->map.answer_count, sizeof(m->map.answer[0]), by_key);
    for (size_t i = 0; i < m->position_count; i++) {
        struct evidence_statement *s = &m->map.statement[m->map.statement_count++];

        s->position = m->position[i];
        TRY(log_statement(m->log, s->position, &s->bytes));
        m->id[i] = hash_of(s->bytes);
        if (s->position == carrier) s->bytes = SPAN("");
    }
    TRY(sparse_make(&reader, m->under->size, m->position, m->position_count, work));
    m->map.log_hashes = out_span(work);
    from = work->len;
    for (size_t i = 0; i < m->map.answer_count; i++) keys[i] = m->map.answer[i].key;
    TRY(opened_make(&rows, &values, keys, m->map.answer_count, work));
    m->map.trie = span_of(work->ptr + from, work->len - from);
    m->map.checkpoint = span_of(m->under->note, m->under->note_len);
    return map_agrees(m, keys);
}

static enum err want_schema(struct maker *m, const struct statement *s)
{
    struct statement schema;
    uint64_t position;

    TRY(derived_find(m->derived, &s->schema, &position));
    TRY(want_position(m, position));
    TRY(statement_at(m, position, &schema));
    return want_issuer(m, schema.iss);
}

static enum err want_all(struct node *n, struct maker *m, uint64_t position, const struct statement *s)
{
    struct span about[2] = {hash_span(&s->id), s->iss};

    TRY(want_position(m, position));
    TRY(want_date(m, position));
    TRY(want_answer(m, INDEX_STATUS, about, true));
    TRY(want_issuer(m, s->iss));
    TRY(want_answer(m, INDEX_ISSUER, &n->config.origin, false));
    return s->has_schema ? want_schema(m, s) : ERR_OK;
}

static enum err evidence_in(struct node *n, struct maker *m, uint64_t position, struct out *o)
{
    uint8_t receipt[RECEIPT_SIZE_MAX];
    struct out r = out_over(receipt, sizeof(receipt)), work = out_over(n->scratch2, SCRATCH_BYTES);
    struct statement s;
    size_t from;

    if (position >= m->under->size) return ERR_UNPUBLISHED;
    TRY(statement_at(m, position, &s));
    TRY(want_all(n, m, position, &s));
    TRY(close_map(m, position, &work));
    TRY(receipt_at(n, m->log, m->under, position, &r));
    from = work.len;
    evidence_map_encode(&m->map, &work);
    TRY(out_check(&work));
    evidence_encode(&s.cose, out_span(&r), span_of(work.ptr + from, work.len - from), o);
    return out_check(o);
}

static enum err noticed(struct node *n, enum err e)
{
    if (e == ERR_DAMAGED) node_derived_damaged(n);
    return e;
}

enum err prove_evidence(struct node *n, uint64_t position, struct out *o)
{
    struct maker *m __attribute__((cleanup(maker_close))) = NULL;

    TRY(maker_open(n, &m));
    return noticed(n, evidence_in(n, m, position, o));
}

enum err prove_index(struct node *n, uint8_t kind, const struct span *components, struct out *o)
{
    struct maker *m __attribute__((cleanup(maker_close))) = NULL;
    struct out work = out_over(n->scratch2, SCRATCH_BYTES);

    TRY(maker_open(n, &m));
    TRY(want_answer(m, kind, components, false));
    TRY(noticed(n, close_map(m, UINT64_MAX, &work)));
    evidence_map_encode(&m->map, o);
    return out_check(o);
}

enum err prove_rules(struct node *n, const struct log_view *log, struct rules_payload *ret, struct hash *ret_id)
{
    struct derived_view *derived __attribute__((cleanup(derived_view_cleanup))) = NULL;
    struct hash key = index_key(INDEX_RULES, NULL);
    struct statement s;
    struct span bytes;
    uint64_t count, position;

    TRY(derived_view_open(n->store, &derived));
    TRY(derived_count(derived, &key, &count));
    if (count > 0)
        TRY(derived_item(derived, &key, count - 1, &position));
    else
        position = 1; /* before the first publication: the rules that every log begins with */
    TRY(log_statement(log, position, &bytes));
    if (statement_decode(bytes, &s) != ERR_OK) return ERR_DAMAGED;
    *ret_id = s.id;
    return rules_decode(s.cose.payload, ret);
}
