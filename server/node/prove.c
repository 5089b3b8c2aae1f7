/* See prove.h. What an evidence file must hold is fixed by what a verdict asks (log/evidence/verdict.h):
 * the status list of the statement, the lists of its issuers and of the log, the approvals of its
 * issuers, its schema, the same of all that it depends on, and each statement that those lists name. */
#include "server/node/prove.h"

#include "log/admit/closure.h"
#include "log/statement/receipt.h"
#include "log/statement/schema.h"
#include "server/node/map.h"

/* A row of the index may lead elsewhere when it was damaged: what stands there must be what was asked for. */
static enum err found_check(struct node *n, struct snapshot *s, const struct hash *id, uint64_t position)
{
    struct span bytes;
    struct hash there;

    TRY(snapshot_of_log(s, log_view_open(n->store, &s->log)));
    TRY(snapshot_bytes(s, position, &bytes));
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
    struct receipt r = {.kid = under->by.seal_kid,
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

static enum err want_issuer(struct map_maker *m, struct span iss)
{
    TRY(map_want_answer(m, INDEX_ISSUER, &iss, true));
    return map_want_answer(m, INDEX_APPROVAL, &iss, false);
}

/* `chain`: for whoever believes version 1 and what follows it, and wants to see that nothing was broken on the way. */
static enum err want_schema(struct map_maker *m, const struct statement *s, bool chain)
{
    struct schema_payload p;
    struct statement schema;
    uint64_t position;
    enum err e = derived_find(m->now.derived, &s->schema, &position);

    /* Nothing is admitted under a schema that is not there before it. */
    if (e == ERR_NOT_FOUND) e = ERR_DAMAGED;
    TRY(e);
    TRY(map_want_position(m, position));
    TRY(snapshot_statement(&m->now, position, &schema));
    if (!hash_equal(&schema.id, &s->schema)) return ERR_DAMAGED;
    TRY(want_issuer(m, schema.iss));
    if (schema_decode(schema.cose.payload, &p) != ERR_OK) return ERR_DAMAGED;
    if (!chain || p.version == 1) return ERR_OK;
    return map_want_answer(m, INDEX_SCHEMA_NAME, (struct span[]){schema.iss, p.name}, false);
}

/* Readers of a log that closes must be told. All of its rules, as nothing less proves which are the newest. */
static enum err want_closing(struct map_maker *m)
{
    struct rules_payload p;
    struct hash ignored;

    TRY(snapshot_rules(&m->now, &p, &ignored));
    return p.has_closing ? map_want_answer(m, INDEX_RULES, NULL, false) : ERR_OK;
}

/* What became of an attestation, or of any other statement. */
static enum err want_statement(struct map_maker *m, uint64_t position, const struct statement *s, bool chain)
{
    struct span about[2] = {hash_span(&s->id), s->iss};

    TRY(map_want_position(m, position));
    TRY(map_want_answer(m, INDEX_STATUS, about, true));
    TRY(want_issuer(m, s->iss));
    return s->has_schema ? want_schema(m, s, chain) : ERR_OK;
}

static enum err depends_find(void *ctx, const struct hash *id, uint64_t *ret_position)
{
    return derived_find(((struct snapshot *)ctx)->derived, id, ret_position);
}

static enum err depends_statement(void *ctx, uint64_t position, struct statement *ret)
{
    return snapshot_statement(ctx, position, ret);
}

/* What it depends on was admitted before it: that it cannot be found, or is something else, is the index's fault. */
static enum err want_depends(struct map_maker *m, uint64_t position, const struct statement *s)
{
    const struct lookup l = {.ctx = &m->now, .find = depends_find, .statement = depends_statement};
    struct closure c;
    enum err e = closure_walk(&l, s, position, &c);

    if (e == ERR_UNKNOWN_DEPENDENCY || e == ERR_BAD_DEPENDENCY || e == ERR_DEPENDENCIES_FULL) e = ERR_DAMAGED;
    TRY(e);
    for (size_t i = 0; i < c.count; i++) TRY(want_statement(m, c.item[i].position, &c.item[i].s, false));
    return ERR_OK;
}

/* `bare`: only what no file may be without. */
static enum err want_all(struct node *n, struct map_maker *m, uint64_t position, const struct statement *s, bool bare)
{
    m->dated_after = bare ? UINT64_MAX : position;
    TRY(want_statement(m, position, s, true));
    TRY(map_want_date(m, position));
    TRY(map_want_answer(m, INDEX_ISSUER, &n->config.origin, false));
    TRY(want_depends(m, position, s));
    return bare ? ERR_OK : want_closing(m);
}

/* No proof shows a wrong row of ids, and whoever asks by id is told that there is no such statement. After the
 * statement was found to be the tree's. */
static void id_check(struct node *n, const struct map_maker *m, uint64_t position, const struct hash *id)
{
    uint64_t found = 0;
    enum err e = derived_find(m->now.derived, id, &found);

    if (e == ERR_NOT_FOUND || e == ERR_DAMAGED || (e == ERR_OK && found != position)) node_derived_damaged(n);
}

static enum err evidence_in(struct node *n, struct map_maker *m, uint64_t position, bool bare, struct out *o)
{
    uint8_t receipt[RECEIPT_SIZE_MAX];
    struct out r = out_over(receipt, sizeof(receipt)), work = out_over(n->scratch2, SCRATCH_BYTES);
    struct statement s;
    size_t from, begin = o->len;

    TRY(snapshot_open(n, &m->now));
    if (position >= m->now.under->size) return ERR_UNPUBLISHED;
    TRY(snapshot_statement(&m->now, position, &s));
    TRY(want_all(n, m, position, &s, bare));
    TRY(map_close(m, position, &work));
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
    struct map_maker *m __attribute__((cleanup(map_free))) = map_new();

    if (m == NULL) return ERR_NO_MEMORY;
    return snapshot_settle(n, &m->now, evidence_in(n, m, position, bare, o));
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

static enum err index_in(struct node *n, struct map_maker *m, uint8_t kind, const struct span *components,
                         struct out *o)
{
    struct out work = out_over(n->scratch2, SCRATCH_BYTES);

    TRY(snapshot_open(n, &m->now));
    TRY(map_want_answer(m, kind, components, false));
    TRY(map_close(m, UINT64_MAX, &work));
    evidence_map_encode(&m->map, o);
    return out_check(o);
}

enum err prove_index(struct node *n, uint8_t kind, const struct span *components, struct out *o)
{
    struct map_maker *m __attribute__((cleanup(map_free))) = map_new();

    if (m == NULL) return ERR_NO_MEMORY;
    return snapshot_settle(n, &m->now, index_in(n, m, kind, components, o));
}

enum err prove_rules(struct node *n, struct log_view *log, struct rules_payload *ret, struct hash *ret_id)
{
    struct derived_view *derived __attribute__((cleanup(derived_view_cleanup))) = NULL;
    struct snapshot s = {.log = log};
    enum err e = derived_view_open(n->store, &derived);

    s.derived = derived;
    if (e == ERR_OK) e = snapshot_rules(&s, ret, ret_id);
    return snapshot_settle(n, &s, e);
}
