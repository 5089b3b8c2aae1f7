/* See prove.h. What an evidence file must hold is fixed by what a verdict asks (log/evidence/verdict.h):
 * the status list of the statement, the lists of its issuers and of the log, the approvals of its
 * issuers, its schema, and each statement that those lists name. */
#include "server/node/prove.h"

#include <stdlib.h>

#include "log/index/trie.h"
#include "log/statement/receipt.h"
#include "log/statement/schema.h"
#include "server/node/snapshot.h"

/* Everything one answer is made of. */
struct maker {
    struct snapshot now;
    bool bare;      /* only what no file may be without */
    uint64_t about; /* of the statement that is asked about: what came after it has dates */
    uint64_t position[EVIDENCE_STATEMENTS_MAX];
    struct hash id[EVIDENCE_STATEMENTS_MAX]; /* of the statements there, once they are sorted */
    size_t position_count;
    struct evidence_map map;
    uint8_t lists[EVIDENCE_STATEMENTS_MAX * 9 + EVIDENCE_ANSWERS_MAX * 9];
    struct out lists_out;
    uint8_t components[EVIDENCE_ANSWERS_MAX * INDEX_COMPONENTS_MAX * ISS_MAX];
    struct out components_out;
};

static void maker_close(struct maker **m)
{
    if (*m == NULL) return;
    snapshot_close(&(*m)->now);
    free(*m);
}

static struct maker *maker_new(void)
{
    struct maker *m = calloc(1, sizeof(*m));

    if (m == NULL) return NULL;
    m->lists_out = out_over(m->lists, sizeof(m->lists));
    m->components_out = out_over(m->components, sizeof(m->components));
    return m;
}

/* A row of the index may lead elsewhere when it was damaged: what stands there must be what was asked for. */
static enum err found_check(struct node *n, struct snapshot *s, const struct hash *id, uint64_t position)
{
    struct span bytes;
    struct hash there;

    TRY(snapshot_of_log(s, log_view_open(n->store, &s->log)));
    TRY(snapshot_statement(s, position, &bytes));
    there = hash_of(bytes);
    return hash_equal(&there, id) ? ERR_OK : ERR_DAMAGED;
}

enum err prove_find(struct node *n, const struct hash *id, uint64_t *ret_position)
{
    struct snapshot s __attribute__((cleanup(snapshot_close))) = {0};
    enum err e = derived_view_open(n->store, &s.derived);

    if (e == ERR_OK) e = derived_find(s.derived, id, ret_position);
    if (e == ERR_NOT_FOUND) return pending_find(n->pending, id, ret_position) ? ERR_UNPUBLISHED : e;
    if (e == ERR_OK) e = found_check(n, &s, id, *ret_position);
    return snapshot_settle(n, &s, e);
}

/* ---- receipts ---- */

/* Tiles carry no checksums either: the path is followed once more before it leaves. */
enum err prove_inclusion(const struct log_view *log, const struct published *under, uint64_t position,
                         struct tree_path *ret)
{
    struct tree_reader reader = log_reader(log);
    struct hash id, leaf;
    struct span bytes;

    TRY(log_statement(log, position, &bytes));
    id = hash_of(bytes);
    leaf = leaf_hash(hash_span(&id));
    TRY(tree_inclusion(&reader, position, under->size, ret));
    if (tree_inclusion_verify(&leaf, position, under->size, ret->hash, ret->count, &under->root) != ERR_OK)
        return ERR_DAMAGED;
    return ERR_OK;
}

/* From any size to one that is not larger than `under`, whose root is known. */
enum err prove_consistency(const struct log_view *log, const struct published *under, uint64_t old, uint64_t size,
                           struct tree_path *ret)
{
    struct tree_reader reader = log_reader(log);
    struct hash old_root, root = under->root;

    TRY(tree_consistency(&reader, old, size, ret));
    if (old == 0 || old == size) return ERR_OK;
    TRY(tree_range_root(&reader, 0, old, &old_root));
    if (size != under->size) TRY(tree_range_root(&reader, 0, size, &root));
    if (tree_consistency_verify(old, size, ret->hash, ret->count, &old_root, &root) != ERR_OK) return ERR_DAMAGED;
    return ERR_OK;
}

static enum err receipt_at(struct node *n, const struct log_view *log, const struct published *under, uint64_t position,
                           struct out *o)
{
    struct receipt r = {.kid = n->keys.seal_kid,
                        .iss = n->config.origin,
                        .size = under->size,
                        .index = position,
                        .signature = under->receipts};

    if (position >= under->size) return ERR_UNPUBLISHED;
    TRY(prove_inclusion(log, under, position, &r.path));
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

static enum err statement_at(struct snapshot *s, uint64_t position, struct statement *ret)
{
    struct span bytes;

    TRY(snapshot_statement(s, position, &bytes));
    return statement_decode(bytes, ret) == ERR_OK ? ERR_OK : snapshot_of_log(s, ERR_DAMAGED);
}

/* The seal that says when the statement at `position` was logged: it goes back to the one before it. Under the
 * checkpoint there always is one, since it ends with a seal. */
static enum err want_date(struct maker *m, uint64_t position)
{
    struct seal_payload seal;
    struct statement s;
    uint64_t at = 0;
    enum err e;

    if (position >= m->now.under->size) return ERR_DAMAGED; /* as only the index can say */
    e = log_seal_after(m->now.log, position, &at);
    if (e == ERR_OK) e = statement_at(&m->now, at, &s);
    if (e == ERR_OK &&
        (s.kind != KIND_SEAL || seal_decode(s.cose.payload, &seal) != ERR_OK || at >= m->now.under->size ||
         seal.covers != at || (seal.has_previous && seal.previous >= position)))
        e = ERR_DAMAGED;
    TRY(snapshot_of_log(&m->now, e == ERR_NOT_FOUND ? ERR_DAMAGED : e));
    return want_position(m, at);
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

/* More than fits into an answer; unless the number is not the trie's. */
static enum err too_many(struct maker *m, const struct hash *key)
{
    struct trie_view trie = derived_trie(m->now.derived);
    uint8_t proof[16384];
    struct out o = out_over(proof, sizeof(proof));

    TRY(trie_prove_keys(&trie, key, 1, &o));
    return ERR_NO_ROOM;
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
    TRY(derived_count(m->now.derived, &key, &count));
    if (count > EVIDENCE_STATEMENTS_MAX) return too_many(m, &key);
    *a = (struct evidence_answer){.kind = kind, .key = key, .count = (size_t)count};
    for (int i = 0; i < index_components(kind); i++) a->component[i] = keep_component(m, components[i]);
    cbor_put_array(&m->lists_out, count);
    for (uint64_t i = 0; i < count; i++) {
        TRY(derived_item(m->now.derived, &key, i, &position));
        TRY(want_position(m, position));
        if (dated && !m->bare && position > m->about) TRY(want_date(m, position));
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
    TRY(want_answer(m, INDEX_ISSUER, &iss, true));
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
    if (!present || list_value_of(items, a->count, m->now.under->size - 1, &value) != ERR_OK) return ERR_DAMAGED;
    return memcmp(value.b, proven->b, sizeof(value.b)) == 0 ? ERR_OK : ERR_DAMAGED;
}

/* Pages carry no checksums: a derived environment that was damaged on disk shows here, before anybody
 * is told a falsehood. Costs a few dozen hashes. */
static enum err map_agrees(struct maker *m, const struct hash *keys)
{
    struct list_value value[EVIDENCE_ANSWERS_MAX];
    struct hash leaf[EVIDENCE_STATEMENTS_MAX], root;
    bool present[EVIDENCE_ANSWERS_MAX];
    struct seal_payload seal;
    struct statement s;

    for (size_t i = 0; i < m->position_count; i++) leaf[i] = leaf_hash(hash_span(&m->id[i]));
    TRY(sparse_root(m->now.under->size, m->position, leaf, m->position_count, m->map.log_hashes, &root));
    if (!hash_equal(&root, &m->now.under->root)) return snapshot_of_log(&m->now, ERR_DAMAGED);
    TRY(statement_at(&m->now, m->now.under->size - 1, &s));
    if (s.kind != KIND_SEAL || seal_decode(s.cose.payload, &seal) != ERR_OK)
        return snapshot_of_log(&m->now, ERR_DAMAGED);
    if (opened_verify(m->map.trie, &seal.root, keys, m->map.answer_count, present, value) != ERR_OK) return ERR_DAMAGED;
    for (size_t i = 0; i < m->map.answer_count; i++) TRY(answer_agrees(m, &m->map.answer[i], present[i], &value[i]));
    return ERR_OK;
}

/* Fills in the statements (`carrier` is left empty), the log tree's hashes and the trie. */
static enum err close_map(struct maker *m, uint64_t carrier, struct out *work)
{
    struct tree_reader reader = log_reader(m->now.log);
    struct trie_view trie = derived_trie(m->now.derived);
    struct hash keys[EVIDENCE_ANSWERS_MAX];
    size_t from;

    TRY(want_position(m, m->now.under->size - 1));
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

static enum err want_schema(struct maker *m, const struct statement *s)
{
    struct schema_payload p;
    struct statement schema;
    uint64_t position;
    enum err e = derived_find(m->now.derived, &s->schema, &position);

    /* Nothing is admitted under a schema that is not there before it. */
    if (e == ERR_NOT_FOUND) e = ERR_DAMAGED;
    TRY(e);
    TRY(want_position(m, position));
    TRY(statement_at(&m->now, position, &schema));
    if (!hash_equal(&schema.id, &s->schema)) return ERR_DAMAGED;
    TRY(want_issuer(m, schema.iss));
    if (schema_decode(schema.cose.payload, &p) != ERR_OK) return ERR_DAMAGED;
    /* Whoever believes version 1 and what follows it wants to see that nothing was broken on the way. */
    return p.version == 1 ? ERR_OK : want_answer(m, INDEX_SCHEMA_NAME, (struct span[]){schema.iss, p.name}, false);
}

/* By the index; without any there the one at position 1, which every log has. */
static enum err rules_newest(struct snapshot *s, struct rules_payload *ret, struct hash *ret_id)
{
    struct hash key = index_key(INDEX_RULES, NULL);
    uint64_t count, position = 1;
    struct statement rules;

    TRY(derived_count(s->derived, &key, &count));
    if (count > 0) TRY(derived_item(s->derived, &key, count - 1, &position));
    TRY(statement_at(s, position, &rules));
    if (rules.kind != KIND_RULES || rules_decode(rules.cose.payload, ret) != ERR_OK) return ERR_DAMAGED;
    *ret_id = rules.id;
    return ERR_OK;
}

/* Readers of a log that closes must be told. All of its rules, as nothing less proves which are the newest. */
static enum err want_closing(struct maker *m)
{
    struct rules_payload p;
    struct hash ignored;

    TRY(rules_newest(&m->now, &p, &ignored));
    return p.has_closing ? want_answer(m, INDEX_RULES, NULL, false) : ERR_OK;
}

static enum err want_all(struct node *n, struct maker *m, uint64_t position, const struct statement *s)
{
    struct span about[2] = {hash_span(&s->id), s->iss};

    m->about = position;
    TRY(want_position(m, position));
    TRY(want_date(m, position));
    TRY(want_answer(m, INDEX_STATUS, about, true));
    TRY(want_issuer(m, s->iss));
    TRY(want_answer(m, INDEX_ISSUER, &n->config.origin, false));
    if (!m->bare) TRY(want_closing(m));
    return s->has_schema ? want_schema(m, s) : ERR_OK;
}

/* No proof shows a wrong row of ids, and whoever asks by id is told that there is no such statement. After the
 * statement was found to be the tree's. */
static void id_check(struct node *n, const struct maker *m, uint64_t position, const struct hash *id)
{
    uint64_t found = 0;
    enum err e = derived_find(m->now.derived, id, &found);

    if (e == ERR_NOT_FOUND || e == ERR_DAMAGED || (e == ERR_OK && found != position)) node_derived_damaged(n);
}

static enum err evidence_in(struct node *n, struct maker *m, uint64_t position, struct out *o)
{
    uint8_t receipt[RECEIPT_SIZE_MAX];
    struct out r = out_over(receipt, sizeof(receipt)), work = out_over(n->scratch2, SCRATCH_BYTES);
    struct statement s;
    size_t from, begin = o->len;

    TRY(snapshot_open(n, &m->now));
    if (position >= m->now.under->size) return ERR_UNPUBLISHED;
    TRY(statement_at(&m->now, position, &s));
    TRY(want_all(n, m, position, &s));
    TRY(close_map(m, position, &work));
    TRY(snapshot_of_log(&m->now, receipt_at(n, m->now.log, m->now.under, position, &r)));
    from = work.len;
    evidence_map_encode(&m->map, &work);
    TRY(out_check(&work));
    evidence_encode(&s.cose, out_span(&r), span_of(work.ptr + from, work.len - from), o);
    if (o->full || o->len - begin > EVIDENCE_SIZE_MAX) return ERR_NO_ROOM; /* nobody would read it */
    id_check(n, m, position, &s.id);
    return ERR_OK;
}

static enum err evidence_try(struct node *n, uint64_t position, bool bare, struct out *o)
{
    struct maker *m __attribute__((cleanup(maker_close))) = maker_new();

    if (m == NULL) return ERR_NO_MEMORY;
    m->bare = bare;
    return snapshot_settle(n, &m->now, evidence_in(n, m, position, o));
}

/* What there is no room for, though a file may be without it, is left out before all is. */
enum err prove_evidence(struct node *n, uint64_t position, struct out *o)
{
    struct out begin = *o;
    enum err e = evidence_try(n, position, false, o);

    if (e != ERR_NO_ROOM) return e;
    *o = begin;
    return evidence_try(n, position, true, o);
}

static enum err index_in(struct node *n, struct maker *m, uint8_t kind, const struct span *components, struct out *o)
{
    struct out work = out_over(n->scratch2, SCRATCH_BYTES);

    TRY(snapshot_open(n, &m->now));
    TRY(want_answer(m, kind, components, false));
    TRY(close_map(m, UINT64_MAX, &work));
    evidence_map_encode(&m->map, o);
    return out_check(o);
}

enum err prove_index(struct node *n, uint8_t kind, const struct span *components, struct out *o)
{
    struct maker *m __attribute__((cleanup(maker_close))) = maker_new();

    if (m == NULL) return ERR_NO_MEMORY;
    return snapshot_settle(n, &m->now, index_in(n, m, kind, components, o));
}

enum err prove_rules(struct node *n, struct log_view *log, struct rules_payload *ret, struct hash *ret_id)
{
    struct derived_view *derived __attribute__((cleanup(derived_view_cleanup))) = NULL;
    struct snapshot s = {.log = log};
    enum err e = derived_view_open(n->store, &derived);

    s.derived = derived;
    if (e == ERR_OK) e = rules_newest(&s, ret, ret_id);
    return snapshot_settle(n, &s, e);
}
