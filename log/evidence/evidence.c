/* See evidence.h. Reads the one form there is, key by key in the one order, so that what was read
 * encodes to the same bytes again. */
#include "log/evidence/evidence.h"

#define FIELD_CHECKPOINT 1
#define FIELD_STATEMENTS 2
#define FIELD_LOG_HASHES 3
#define FIELD_ANSWERS 4
#define FIELD_TRIE 5
#define FIELD_PREIMAGE 6
#define FIELDS_COUNT 5

#define TRIE_BIT_MAX 255
#define TRIE_HALF_SIZE 32
#define TRIE_LEAF_SIZE 72

/* ---- reading ---- */

/* bstr, or null for the statement that carries this, which must then be allowed and the only one. */
static enum err statement_bytes(struct cbor *c, bool *carrier_left, struct span *ret)
{
    enum cbor_type type;

    TRY(cbor_peek(c, &type));
    if (type == CBOR_SIMPLE) {
        if (!*carrier_left) return ERR_BAD_EVIDENCE;
        *carrier_left = false;
        *ret = span_of(NULL, 0);
        return cbor_null(c);
    }
    TRY(cbor_bytes(c, ret));
    return ret->len > 0 && ret->len <= STATEMENT_SIZE_MAX ? ERR_OK : ERR_BAD_EVIDENCE;
}

static enum err statements_read(struct cbor *c, bool carried, struct evidence_map *m)
{
    bool carrier_left = carried;
    uint64_t count;

    TRY(cbor_array(c, &count));
    if (count == 0 || count > EVIDENCE_STATEMENTS_MAX) return ERR_BAD_EVIDENCE;
    for (size_t i = 0; i < count; i++) {
        struct evidence_statement *s = &m->statement[i];

        TRY(cbor_array_exact(c, 2));
        TRY(cbor_uint(c, &s->position));
        if (i > 0 && s->position <= s[-1].position) return ERR_BAD_EVIDENCE;
        TRY(statement_bytes(c, &carrier_left, &s->bytes));
    }
    m->statement_count = (size_t)count;
    return carrier_left ? ERR_BAD_EVIDENCE : ERR_OK;
}

static enum err components_read(struct cbor *c, struct evidence_answer *a)
{
    int count = index_components(a->kind);

    if (count < 0) return ERR_BAD_EVIDENCE;
    TRY(cbor_array_exact(c, (uint64_t)count));
    for (int i = 0; i < count; i++) TRY(cbor_bytes(c, &a->component[i]));
    a->key = index_key(a->kind, a->component);
    return ERR_OK;
}

/* Positions rise, and each stands in field 2, which rises too: one walk over both. */
static enum err positions_read(struct cbor *c, const struct evidence_map *m, struct evidence_answer *a)
{
    const uint8_t *start = c->rest.ptr;
    uint64_t count, position;
    size_t at = 0;

    TRY(cbor_array(c, &count));
    for (uint64_t i = 0; i < count; i++) {
        TRY(cbor_uint(c, &position));
        while (at < m->statement_count && m->statement[at].position < position) at++;
        if (at == m->statement_count || m->statement[at].position != position) return ERR_BAD_EVIDENCE;
        at++;
    }
    a->count = (size_t)count;
    a->positions = span_of(start, (size_t)(c->rest.ptr - start));
    return ERR_OK;
}

static enum err answer_read(struct cbor *c, const struct evidence_map *m, struct evidence_answer *a)
{
    uint64_t kind;

    memset(a, 0, sizeof(*a));
    TRY(cbor_array_exact(c, 3));
    TRY(cbor_uint(c, &kind));
    if (kind > UINT8_MAX) return ERR_BAD_EVIDENCE;
    a->kind = (uint8_t)kind;
    TRY(components_read(c, a));
    return positions_read(c, m, a);
}

static enum err answers_read(struct cbor *c, struct evidence_map *m)
{
    uint64_t count;

    TRY(cbor_array(c, &count));
    if (count > EVIDENCE_ANSWERS_MAX) return ERR_BAD_EVIDENCE;
    for (size_t i = 0; i < count; i++) {
        TRY(answer_read(c, m, &m->answer[i]));
        if (i > 0 && hash_compare(&m->answer[i - 1].key, &m->answer[i].key) >= 0) return ERR_BAD_EVIDENCE;
    }
    m->answer_count = (size_t)count;
    return ERR_OK;
}

static enum err trie_item(struct cbor *c)
{
    enum cbor_type type;
    struct span bytes;
    uint64_t bit;

    TRY(cbor_peek(c, &type));
    if (type == CBOR_UINT) {
        TRY(cbor_uint(c, &bit));
        return bit <= TRIE_BIT_MAX ? ERR_OK : ERR_BAD_EVIDENCE;
    }
    TRY(cbor_bytes(c, &bytes));
    return bytes.len == TRIE_HALF_SIZE || bytes.len == TRIE_LEAF_SIZE ? ERR_OK : ERR_BAD_EVIDENCE;
}

static enum err trie_read(struct cbor *c, struct span *ret)
{
    const uint8_t *start = c->rest.ptr;
    uint64_t count;

    TRY(cbor_array(c, &count));
    for (uint64_t i = 0; i < count; i++) TRY(trie_item(c));
    *ret = span_of(start, (size_t)(c->rest.ptr - start));
    return ERR_OK;
}

static enum err fields_read(struct cbor *c, bool carried, struct evidence_map *m)
{
    TRY(cbor_int_exact(c, FIELD_CHECKPOINT));
    TRY(cbor_text(c, &m->checkpoint));
    TRY(cbor_int_exact(c, FIELD_STATEMENTS));
    TRY(statements_read(c, carried, m));
    TRY(cbor_int_exact(c, FIELD_LOG_HASHES));
    TRY(cbor_bytes(c, &m->log_hashes));
    if (m->log_hashes.len % sizeof(struct hash) != 0) return ERR_BAD_EVIDENCE;
    TRY(cbor_int_exact(c, FIELD_ANSWERS));
    TRY(answers_read(c, m));
    TRY(cbor_int_exact(c, FIELD_TRIE));
    return trie_read(c, &m->trie);
}

/* Whether it is the preimage of what the statement carries is not a matter of form. */
static enum err preimage_read(struct cbor *c, struct span *ret)
{
    TRY(cbor_int_exact(c, FIELD_PREIMAGE));
    return cbor_item(c, ret);
}

static enum err map_read(struct span bytes, bool carried, struct evidence_map *m)
{
    struct cbor c = cbor_over(bytes);
    uint64_t pairs;

    TRY(cbor_map(&c, &pairs));
    if (pairs != FIELDS_COUNT && !(carried && pairs == FIELDS_COUNT + 1)) return ERR_BAD_EVIDENCE;
    TRY(fields_read(&c, carried, m));
    m->preimage = span_of(NULL, 0);
    if (pairs > FIELDS_COUNT) TRY(preimage_read(&c, &m->preimage));
    return cbor_end(&c);
}

/* { 394: [receipt], -70100: evidence }, in this order, and nothing else. */
static enum err unprotected_read(struct span bytes, struct span *ret_receipt, struct span *ret_map)
{
    struct cbor c = cbor_over(bytes);

    TRY(cbor_map_exact(&c, 2));
    TRY(cbor_int_exact(&c, LABEL_RECEIPTS));
    TRY(cbor_array_exact(&c, 1));
    TRY(cbor_bytes(&c, ret_receipt));
    TRY(cbor_int_exact(&c, LABEL_EVIDENCE));
    TRY(cbor_bytes(&c, ret_map));
    return cbor_end(&c);
}

static enum err evidence_read(struct span bytes, struct evidence *ret)
{
    struct span map;

    TRY(sign1_decode(bytes, &ret->cose));
    if (ret->cose.detached) return ERR_BAD_EVIDENCE;
    TRY(unprotected_read(ret->cose.unprotected, &ret->receipt, &map));
    return map_read(map, true, &ret->map);
}

/* Whatever CBOR has to say of it: to whoever holds the file it is evidence that is none. */
static enum err bad_evidence(enum err e)
{
    return e == ERR_OK ? ERR_OK : ERR_BAD_EVIDENCE;
}

enum err evidence_decode(struct span bytes, struct evidence *ret)
{
    if (bytes.len > EVIDENCE_SIZE_MAX) return ERR_BAD_EVIDENCE;
    return bad_evidence(evidence_read(bytes, ret));
}

enum err evidence_map_decode(struct span bytes, struct evidence_map *ret)
{
    if (bytes.len > EVIDENCE_SIZE_MAX) return ERR_BAD_EVIDENCE;
    return bad_evidence(map_read(bytes, false, ret));
}

uint64_t evidence_position(const struct evidence_answer *a, size_t n)
{
    struct cbor c = cbor_over(a->positions);
    uint64_t position = 0;
    enum err e;

    ASSERT(n < a->count);
    e = cbor_array(&c, &(uint64_t){0});
    for (size_t i = 0; i <= n && e == ERR_OK; i++) e = cbor_uint(&c, &position);
    ASSERT(e == ERR_OK); /* decoding has read them all */
    return position;
}

bool evidence_names(const struct evidence_answer *a, uint64_t position)
{
    struct cbor c = cbor_over(a->positions);
    uint64_t count = 0, each = 0;
    enum err e = cbor_array(&c, &count);

    for (uint64_t i = 0; i < count && e == ERR_OK; i++) {
        e = cbor_uint(&c, &each);
        if (each >= position) break;
    }
    ASSERT(e == ERR_OK);
    return count > 0 && each == position;
}

/* ---- writing ---- */

static void statements_put(const struct evidence_map *m, struct out *o)
{
    cbor_put_array(o, m->statement_count);
    for (size_t i = 0; i < m->statement_count; i++) {
        cbor_put_array(o, 2);
        cbor_put_uint(o, m->statement[i].position);
        if (m->statement[i].bytes.len == 0)
            cbor_put_null(o);
        else
            cbor_put_bytes(o, m->statement[i].bytes);
    }
}

static void answers_put(const struct evidence_map *m, struct out *o)
{
    cbor_put_array(o, m->answer_count);
    for (size_t i = 0; i < m->answer_count; i++) {
        const struct evidence_answer *a = &m->answer[i];
        int components = index_components(a->kind);

        ASSERT(components >= 0);
        cbor_put_array(o, 3);
        cbor_put_uint(o, a->kind);
        cbor_put_array(o, (uint64_t)components);
        for (int k = 0; k < components; k++) cbor_put_bytes(o, a->component[k]);
        out_bytes(o, a->positions);
    }
}

void evidence_map_encode(const struct evidence_map *m, struct out *o)
{
    cbor_put_map(o, FIELDS_COUNT + (m->preimage.len > 0));
    cbor_put_uint(o, FIELD_CHECKPOINT);
    cbor_put_text(o, m->checkpoint);
    cbor_put_uint(o, FIELD_STATEMENTS);
    statements_put(m, o);
    cbor_put_uint(o, FIELD_LOG_HASHES);
    cbor_put_bytes(o, m->log_hashes);
    cbor_put_uint(o, FIELD_ANSWERS);
    answers_put(m, o);
    cbor_put_uint(o, FIELD_TRIE);
    out_bytes(o, m->trie);
    if (m->preimage.len == 0) return;
    cbor_put_uint(o, FIELD_PREIMAGE);
    out_bytes(o, m->preimage);
}

void evidence_encode(const struct sign1 *statement, struct span receipt, struct span map, struct out *o)
{
    cbor_put_tag(o, COSE_TAG_SIGN1);
    cbor_put_array(o, 4);
    cbor_put_bytes(o, statement->protected);
    cbor_put_map(o, 2);
    cbor_put_int(o, LABEL_RECEIPTS);
    cbor_put_array(o, 1);
    cbor_put_bytes(o, receipt);
    cbor_put_int(o, LABEL_EVIDENCE);
    cbor_put_bytes(o, map);
    cbor_put_bytes(o, statement->payload);
    cbor_put_bytes(o, span_of(statement->signature.b, sizeof(statement->signature.b)));
}
