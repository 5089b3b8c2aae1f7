/* See check.h. In the order in which one thing rests on another: form, log tree, seals, index, signatures. */
#include "log/evidence/check_parts.h"

#include "log/base/codec.h"
#include "log/statement/private.h"
#include "log/statement/receipt.h"
#include "log/statement/schema.h"

#define BEYOND "this version cannot judge all that stands in the file"

/* ---- what is said about it ---- */

static void why_put(struct check *c, const char *what, uint64_t position)
{
    struct out o = out_over(c->why, sizeof(c->why) - 1);

    out_text(&o, what);
    if (position != NOWHERE) {
        out_text(&o, " (@");
        out_decimal(&o, position);
        out_text(&o, ")");
    }
    c->why[o.len] = 0;
}

enum err check_broken(struct check *c, const char *what, uint64_t position)
{
    c->broken = true;
    why_put(c, what, position);
    return ERR_BAD_EVIDENCE;
}

enum err check_missing(struct check *c, const char *what, uint64_t position)
{
    if (!c->incomplete) why_put(c, what, position);
    c->incomplete = true;
    return ERR_OK;
}

enum err check_settle(struct check *c, enum err e, const char *what, uint64_t position)
{
    if (e == ERR_OK) return ERR_OK;
    if (e == ERR_INCOMPLETE) return check_missing(c, what, position);
    if (e == ERR_NOT_BUILT || e == ERR_RULES_VERSION) return check_missing(c, BEYOND, position);
    return check_broken(c, what, position);
}

static size_t last_at(const struct check *c)
{
    return c->evidence.map.statement_count - 1;
}

/* ---- form ---- */

static enum err read_carrier(struct check *c, struct span file)
{
    enum err e = evidence_decode(file, &c->evidence);

    if (e == ERR_OK) e = statement_of(&c->evidence.cose, &c->carrier);
    if (e == ERR_NOT_BUILT) {
        TRY(check_settle(c, e, "", NOWHERE));
        return ERR_NOT_BUILT;
    }
    if (e != ERR_OK) return check_broken(c, "the file has not the form of evidence", NOWHERE);
    while (c->evidence.map.statement[c->carrier_at].bytes.len > 0) c->carrier_at++;
    if (c->carrier.kind == KIND_ATTESTATION) return ERR_OK;
    TRY(check_missing(c, "this version judges attestations only", NOWHERE));
    return ERR_NOT_BUILT;
}

static enum err read_checkpoint(struct check *c)
{
    if (note_decode(c->evidence.map.checkpoint, &c->note) != ERR_OK ||
        checkpoint_decode(c->note.text, &c->checkpoint) != ERR_OK)
        return check_broken(c, "the checkpoint has not the form of one", NOWHERE);
    return ERR_OK;
}

/* The log would have refused it: a statement that lives elsewhere, or rules and seals of somebody else. */
static enum err belongs_check(struct check *c, const struct statement *s, size_t at)
{
    struct span origin = c->checkpoint.origin;

    if (at == c->carrier_at) return ERR_OK; /* its home is for the reader to judge */
    if (s->home.len > 0 && !span_equal(s->home, origin))
        return check_broken(c, "a statement of another log", check_position(c, at));
    if ((s->kind == KIND_RULES || s->kind == KIND_SEAL) && !span_equal(s->iss, origin))
        return check_broken(c, "rules or a seal that are not the log's", check_position(c, at));
    return ERR_OK;
}

static enum err read_statements(struct check *c)
{
    for (size_t i = 0; i < c->evidence.map.statement_count; i++) {
        struct statement s;
        enum err e = check_statement(c, i, &s);
        size_t ignored;

        if (e == ERR_NOT_BUILT) {
            TRY(check_settle(c, e, "", check_position(c, i)));
            return e;
        }
        if (e != ERR_OK) return check_broken(c, "a statement has not the form of one", check_position(c, i));
        TRY(belongs_check(c, &s, i));
        /* Ids of those not read yet are zeros, which no statement hashes to. */
        if (check_find_id(c, &s.id, &ignored)) return check_broken(c, "a statement twice", check_position(c, i));
        c->id[i] = s.id;
        c->kind[i] = (uint8_t)s.kind;
    }
    return ERR_OK;
}

/* ---- the log tree ---- */

static enum err tree_check(struct check *c)
{
    const struct evidence_map *m = &c->evidence.map;
    struct hash root;

    if (check_position(c, last_at(c)) != c->checkpoint.size - 1 || c->kind[last_at(c)] != KIND_SEAL)
        return check_broken(c, "the last statement is not the seal of the checkpoint", NOWHERE);
    for (size_t i = 0; i < m->statement_count; i++) {
        c->scratch.tree.position[i] = check_position(c, i);
        c->scratch.tree.leaf[i] = leaf_hash(hash_span(&c->id[i]));
    }
    if (sparse_root(c->checkpoint.size, c->scratch.tree.position, c->scratch.tree.leaf, m->statement_count,
                    m->log_hashes, &root) != ERR_OK ||
        !hash_equal(&root, &c->checkpoint.root))
        return check_broken(c, "the statements do not lead to the root of the checkpoint", NOWHERE);
    return ERR_OK;
}

/* Whether the seal can stand where it does, after `before`, the seal shown before it. */
static bool seal_fits(const struct check *c, const struct seal_payload *seal, uint64_t position,
                      const struct seal_payload *before)
{
    size_t at;

    if (seal->covers != position || seal->from_ms > seal->to_ms) return false;
    if (position < FIRST_SEAL || seal->has_previous != (position > FIRST_SEAL)) return false;
    if (seal->has_previous && (seal->previous < FIRST_SEAL || seal->previous >= position)) return false;
    if (seal->has_previous && check_find(c, seal->previous, &at) && c->kind[at] != KIND_SEAL) return false;
    if (before == NULL) return true;
    return seal->previous >= before->covers && seal->from_ms >= before->to_ms;
}

static enum err seals_check(struct check *c)
{
    bool first = true;

    for (size_t i = 0; i < c->evidence.map.statement_count; i++) {
        struct seal_payload seal;
        struct statement s;

        if (c->kind[i] != KIND_SEAL) continue;
        TRY(check_statement(c, i, &s));
        if (seal_decode(s.cose.payload, &seal) != ERR_OK ||
            !seal_fits(c, &seal, check_position(c, i), first ? NULL : &c->seal))
            return check_broken(c, "a seal does not fit its place", check_position(c, i));
        c->seal = seal;
        first = false;
    }
    return ERR_OK;
}

/* ---- signatures ---- */

/* An issuer statement, by the same rules as when it was admitted. */
static enum err chain_check(const struct check *c, const struct statement *s, uint64_t position)
{
    const struct admit_at at = {.origin = c->checkpoint.origin, .position = position};
    struct refusal why;

    return admit_shown(&c->lookup, &at, s, &why);
}

/* The issuer's keys as they were at this position. Positions are asked for in order, so the last fold is good
 * until the issuer's next statement of keys. */
static enum err signer_fold(struct check *c, struct span iss, uint64_t position)
{
    if (c->signer_iss.len > 0 && span_equal(c->signer_iss, iss)) return ERR_OK;
    c->signer_iss = span_of(NULL, 0);
    TRY(issuer_fold(&c->lookup, iss, position, &c->signer));
    c->signer_iss = iss;
    return ERR_OK;
}

/* Keys are the issuer's when the statement that lists them holds; each holds only if the one before it does. */
static bool signer_holds(const struct check *c)
{
    size_t at;

    return !c->signer.registered || (check_find(c, c->signer.last_position, &at) && c->holds[at]);
}

static enum err signature_check(struct check *c, const struct statement *s, uint64_t position)
{
    const struct listed_key *key;

    TRY(signer_fold(c, s->iss, position));
    if (!signer_holds(c)) return ERR_INCOMPLETE;
    if (s->kind == KIND_ISSUER) {
        c->signer_iss = span_of(NULL, 0);
        return chain_check(c, s, position);
    }
    key = issuer_key(&c->signer, &s->kid, kind_row(s->kind)->purpose);
    return key == NULL ? ERR_NOT_LISTED : statement_verify(s, &key->key);
}

static enum err signatures_check(struct check *c)
{
    for (size_t i = 0; i < c->evidence.map.statement_count; i++) {
        struct statement s;
        enum err e;

        TRY(check_statement(c, i, &s));
        e = signature_check(c, &s, check_position(c, i));
        c->holds[i] = e == ERR_OK;
        if (e == ERR_INCOMPLETE)
            TRY(check_missing(c, "the keys of whoever signed a statement", check_position(c, i)));
        else
            TRY(check_settle(c, e, "a statement is not signed by a key that its issuer had then",
                             check_position(c, i)));
    }
    return ERR_OK;
}

/* ---- what the statement stands for ---- */

static enum err content_check(struct check *c)
{
    struct span preimage = c->evidence.map.preimage, claims;

    if (preimage.len > 0 && (!c->carrier.is_private || private_open(&c->carrier, preimage, &claims) != ERR_OK))
        return check_broken(c, "the claims beside it are not those that it stands for", NOWHERE);
    return ERR_OK;
}

/* ---- the log itself ---- */

/* The log's keys at the checkpoint, in c->signer. */
static enum err origin_fold(struct check *c)
{
    c->signer_iss = span_of(NULL, 0);
    return signer_fold(c, c->checkpoint.origin, c->checkpoint.size);
}

static enum err origin_check(struct check *c)
{
    enum err e = origin_fold(c);

    if (e != ERR_OK) return check_settle(c, e, "the keys of the log", NOWHERE);
    if (!c->signer.registered || c->signer.first_position != 0)
        return check_broken(c, "the log does not begin with its own keys", NOWHERE);
    return ERR_OK;
}

static enum err receipt_path_check(struct check *c, const struct receipt *r)
{
    struct hash leaf = leaf_hash(hash_span(&c->carrier.id));

    if (r->size != c->checkpoint.size || r->index != check_position(c, c->carrier_at)) return ERR_BAD_PROOF;
    if (!span_equal(r->iss, c->checkpoint.origin)) return ERR_BAD_PROOF;
    return tree_inclusion_verify(&leaf, r->index, r->size, r->path.hash, r->path.count, &c->checkpoint.root);
}

static enum err receipt_check(struct check *c)
{
    const struct listed_key *key;
    struct receipt r;

    if (receipt_decode(c->evidence.receipt, &r) != ERR_OK || receipt_path_check(c, &r) != ERR_OK)
        return check_broken(c, "the receipt does not lead to the checkpoint", NOWHERE);
    if (!c->indexed || origin_fold(c) != ERR_OK) return ERR_OK; /* said already */
    key = issuer_key(&c->signer, &r.kid, PURPOSE_SEAL);
    if (key == NULL || receipt_verify(&r, &c->checkpoint.root, &key->key) != ERR_OK)
        return check_broken(c, "the receipt is not signed by a key of the log", NOWHERE);
    return ERR_OK;
}

/* By any of the log's own statements that no recovery dropped: a key of before may go on beside the newest. */
static bool was_listed(const struct check *c, const struct hash *kid)
{
    struct issuer_past past;
    struct issuer_item item;
    bool more = false;

    if (issuer_past_open(&c->lookup, c->checkpoint.origin, c->checkpoint.size, NULL, &past) != ERR_OK) return false;
    while (issuer_past_next(&past, &item, &more) == ERR_OK && more)
        if (!item.dropped && issuer_listed_for(&item.p, kid, PURPOSE_CHECKPOINT) != NULL) return true;
    return false;
}

bool check_lists_checkpoint_key(struct check *c, const struct public_key *key)
{
    struct hash kid = cose_key_thumbprint(key);
    struct issuer_payload first;
    struct statement s;
    uint64_t cut;
    size_t at;

    if (check_cut(c, c->checkpoint.origin, &kid, c->checkpoint.size, &cut) == ERR_OK && cut < c->checkpoint.size)
        return false;
    if (was_listed(c, &kid)) return true;
    if (!check_find(c, 0, &at) || check_statement(c, at, &s) != ERR_OK) return false;
    return issuer_decode(s.cose.payload, &first) == ERR_OK &&
           issuer_listed_for(&first, &kid, PURPOSE_CHECKPOINT) != NULL;
}

/* ---- the whole ---- */

static enum err form_check(struct check *c, struct span file)
{
    TRY(read_carrier(c, file));
    TRY(read_checkpoint(c));
    c->read = true;
    return read_statements(c);
}

static enum err proofs_check(struct check *c)
{
    TRY(tree_check(c));
    TRY(seals_check(c));
    c->proven = true;
    TRY(check_index(c));
    if (!c->indexed) return receipt_check(c);
    TRY(signatures_check(c));
    TRY(origin_check(c));
    TRY(content_check(c));
    return receipt_check(c);
}

void check_evidence(struct check *c, struct span file)
{
    memset(c, 0, sizeof(*c));
    c->lookup = check_lookup(c);
    if (form_check(c, file) != ERR_OK) {
        ASSERT(c->broken || c->incomplete);
        return;
    }
    if (proofs_check(c) != ERR_OK) ASSERT(c->broken);
}
