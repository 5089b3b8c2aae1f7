/* See rules.h. */
#include "log/statement/rules.h"

#include "log/statement/payload.h"

enum { SEQ = 1, PREV, MODE, APPROVE, WITHDRAW, LIMITS, CLOSING, VERSION };
enum { APPROVE_ISS = 1, APPROVE_GENESIS };
enum { LIMIT_BYTES = 1, LIMIT_STATEMENTS };
enum { CLOSING_NOT_BEFORE = 1, CLOSING_SUCCESSOR };

#define NEEDED \
    (KEY_BIT(SEQ) | KEY_BIT(MODE) | KEY_BIT(APPROVE) | KEY_BIT(WITHDRAW) | KEY_BIT(LIMITS) | KEY_BIT(VERSION))

/* What rules can speak of: a thumbprint's URN, or a name of printable ASCII. */
static bool name_good(struct span iss)
{
    for (size_t i = 0; i < iss.len; i++)
        if (iss.ptr[i] < ' ' || iss.ptr[i] > '~') return false;
    return iss_good(iss);
}

static enum err name_read(struct cbor *c, struct span *ret)
{
    TRY(cbor_text(c, ret));
    return name_good(*ret) ? ERR_OK : ERR_BAD_ISS;
}

/* A name that looks like a thumbprint must be the thumbprint, or it could be taken for one. */
static bool is_own_name(const struct approval *a)
{
    uint8_t text[CKT_URN_LEN];
    struct out o = out_over(text, sizeof(text));

    if (!span_starts_nocase(a->iss, SPAN("urn:"))) return true;
    ckt_urn(&a->genesis, &o);
    ASSERT(!o.full);
    return span_equal(a->iss, out_span(&o));
}

static enum err approval_read(struct cbor *c, struct approval *ret)
{
    struct payload_map m;
    unsigned key;

    TRY(payload_open(c, APPROVE_GENESIS, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        if (key == APPROVE_ISS)
            TRY(name_read(c, &ret->iss));
        else
            TRY(payload_hash(c, &ret->genesis));
    }
    TRY(payload_needs(&m, KEY_BIT(APPROVE_ISS) | KEY_BIT(APPROVE_GENESIS)));
    return is_own_name(ret) ? ERR_OK : ERR_BAD_PAYLOAD;
}

static enum err approve_read(struct cbor *c, struct rules_payload *p)
{
    size_t count;

    TRY(payload_list(c, 0, RULES_APPROVE_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(approval_read(c, &p->approve[i]));
        if (i > 0 && span_compare(p->approve[i - 1].iss, p->approve[i].iss) >= 0) return ERR_BAD_PAYLOAD;
    }
    p->approve_count = count;
    return ERR_OK;
}

static enum err withdraw_read(struct cbor *c, struct rules_payload *p)
{
    size_t count;

    TRY(payload_list(c, 0, RULES_WITHDRAW_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(name_read(c, &p->withdraw[i]));
        if (i > 0 && span_compare(p->withdraw[i - 1], p->withdraw[i]) >= 0) return ERR_BAD_PAYLOAD;
    }
    p->withdraw_count = count;
    return ERR_OK;
}

static enum err limits_read(struct cbor *c, struct rules_payload *p)
{
    struct payload_map m;
    unsigned key;

    TRY(payload_open(c, LIMIT_STATEMENTS, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        TRY(cbor_uint(c, key == LIMIT_BYTES ? &p->limit_bytes : &p->limit_statements));
    }
    return payload_needs(&m, KEY_BIT(LIMIT_BYTES) | KEY_BIT(LIMIT_STATEMENTS));
}

static enum err closing_read(struct cbor *c, struct rules_payload *p)
{
    struct payload_map m;
    unsigned key;

    TRY(payload_open(c, CLOSING_SUCCESSOR, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        if (key == CLOSING_NOT_BEFORE)
            TRY(cbor_uint(c, &p->closing_not_before));
        else
            TRY(name_read(c, &p->closing_successor));
    }
    p->has_closing = true;
    p->has_successor = payload_has(&m, KEY_BIT(CLOSING_SUCCESSOR));
    return payload_needs(&m, KEY_BIT(CLOSING_NOT_BEFORE));
}

/* Whatever a later version says, nothing here can tell. */
static enum err version_read(struct cbor *c, uint64_t *ret)
{
    TRY(cbor_uint(c, ret));
    return *ret == RULES_VERSION ? ERR_OK : ERR_RULES_VERSION;
}

static enum err pair_read(struct cbor *c, unsigned key, struct rules_payload *p)
{
    switch (key) {
    case SEQ: return cbor_uint(c, &p->seq);
    case PREV: return payload_hash(c, &p->prev);
    case MODE: return payload_uint(c, RULES_OPEN, RULES_APPROVED, &p->mode);
    case APPROVE: return approve_read(c, p);
    case WITHDRAW: return withdraw_read(c, p);
    case LIMITS: return limits_read(c, p);
    case CLOSING: return closing_read(c, p);
    case VERSION: return version_read(c, &p->version);
    default: return ERR_BAD_PAYLOAD;
    }
}

enum err rules_decode(struct span payload, struct rules_payload *ret)
{
    struct cbor c = cbor_over(payload);
    struct payload_map m;
    unsigned key;

    *ret = (struct rules_payload){0};
    TRY(payload_open(&c, VERSION, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        TRY(pair_read(&c, key, ret));
    }
    TRY(payload_needs(&m, NEEDED));
    ret->has_prev = payload_has(&m, KEY_BIT(PREV));
    if (ret->has_prev != (ret->seq > 0)) return ERR_BAD_PAYLOAD;
    return cbor_end(&c);
}

static void approve_put(const struct rules_payload *p, struct out *o)
{
    cbor_put_uint(o, APPROVE);
    cbor_put_array(o, p->approve_count);
    for (size_t i = 0; i < p->approve_count; i++) {
        cbor_put_map(o, 2);
        payload_put_text(o, APPROVE_ISS, p->approve[i].iss);
        payload_put_hash(o, APPROVE_GENESIS, &p->approve[i].genesis);
    }
}

static void closing_put(const struct rules_payload *p, struct out *o)
{
    cbor_put_uint(o, CLOSING);
    cbor_put_map(o, p->has_successor ? 2 : 1);
    payload_put_uint(o, CLOSING_NOT_BEFORE, p->closing_not_before);
    if (p->has_successor) payload_put_text(o, CLOSING_SUCCESSOR, p->closing_successor);
}

void rules_encode(const struct rules_payload *p, struct out *o)
{
    ASSERT(p->approve_count <= RULES_APPROVE_MAX);
    ASSERT(p->withdraw_count <= RULES_WITHDRAW_MAX);
    cbor_put_map(o, 6U + p->has_prev + p->has_closing);
    payload_put_uint(o, SEQ, p->seq);
    if (p->has_prev) payload_put_hash(o, PREV, &p->prev);
    payload_put_uint(o, MODE, p->mode);
    approve_put(p, o);
    cbor_put_uint(o, WITHDRAW);
    cbor_put_array(o, p->withdraw_count);
    for (size_t i = 0; i < p->withdraw_count; i++) cbor_put_text(o, p->withdraw[i]);
    cbor_put_uint(o, LIMITS);
    cbor_put_map(o, 2);
    payload_put_uint(o, LIMIT_BYTES, p->limit_bytes);
    payload_put_uint(o, LIMIT_STATEMENTS, p->limit_statements);
    if (p->has_closing) closing_put(p, o);
    payload_put_uint(o, VERSION, p->version);
}
