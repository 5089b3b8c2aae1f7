/* See status.h. */
#include "log/statement/status.h"

#include "log/statement/payload.h"

enum { TARGET = 1, STATUS, REASON, SINCE, REPLACEMENT };
enum { COVERS = 1, ROOT, KEYS, FROM, TO, PREVIOUS };

#define STATUS_NEEDED (KEY_BIT(TARGET) | KEY_BIT(STATUS) | KEY_BIT(REASON))
#define SEAL_NEEDED (KEY_BIT(COVERS) | KEY_BIT(ROOT) | KEY_BIT(KEYS) | KEY_BIT(FROM) | KEY_BIT(TO))

/* At 0: none. */
/* clang-format off */
static const char *const reasons[STATUS_REASON_MAX + 1] = {
    NULL,
    "key-compromise",
    "issued-in-error",
    "claims-changed",
    "subject-request",
    "superseded",
    "ceased",
    "legal-order",
    "suspended-for-review",
    "unspecified",
};
/* clang-format on */

const char *status_reason_word(unsigned reason)
{
    return reason <= STATUS_REASON_MAX ? reasons[reason] : NULL;
}

unsigned status_reason_of(struct span word)
{
    for (unsigned reason = 1; reason <= STATUS_REASON_MAX; reason++)
        if (span_equal(word, span_text(reasons[reason]))) return reason;
    return 0;
}

const char *status_word(enum status status)
{
    static const char *const words[] = {
        [STATUS_VALID] = "valid",
        [STATUS_REVOKED] = "revoked",
        [STATUS_SUSPENDED] = "suspended",
        [STATUS_SUPERSEDED] = "superseded",
    };

    ASSERT(status < COUNT_OF(words));
    return words[status];
}

static enum err status_pair_read(struct cbor *c, unsigned key, struct status_payload *p)
{
    uint64_t n;

    switch (key) {
    case TARGET: return payload_hash(c, &p->target);
    case STATUS:
        TRY(payload_uint(c, STATUS_VALID, STATUS_SUPERSEDED, &n));
        p->status = (enum status)n;
        return ERR_OK;
    case REASON:
        TRY(payload_uint(c, 1, STATUS_REASON_MAX, &n));
        p->reason = (unsigned)n;
        return ERR_OK;
    case SINCE: return cbor_uint(c, &p->since);
    case REPLACEMENT: return payload_hash(c, &p->replacement);
    default: return ERR_BAD_PAYLOAD;
    }
}

enum err status_decode(struct span payload, struct status_payload *ret)
{
    struct cbor c = cbor_over(payload);
    struct status_payload p = {0};
    struct payload_map m;
    unsigned key;

    TRY(payload_open(&c, REPLACEMENT, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        TRY(status_pair_read(&c, key, &p));
    }
    TRY(payload_needs(&m, STATUS_NEEDED));
    p.has_since = payload_has(&m, KEY_BIT(SINCE));
    p.has_replacement = payload_has(&m, KEY_BIT(REPLACEMENT));
    if (p.has_replacement != (p.status == STATUS_SUPERSEDED)) return ERR_BAD_PAYLOAD;
    TRY(cbor_end(&c));
    *ret = p;
    return ERR_OK;
}

void status_encode(const struct status_payload *p, struct out *o)
{
    cbor_put_map(o, 3U + p->has_since + p->has_replacement);
    payload_put_hash(o, TARGET, &p->target);
    payload_put_uint(o, STATUS, p->status);
    payload_put_uint(o, REASON, p->reason);
    if (p->has_since) payload_put_uint(o, SINCE, p->since);
    if (p->has_replacement) payload_put_hash(o, REPLACEMENT, &p->replacement);
}

static enum err seal_pair_read(struct cbor *c, unsigned key, struct seal_payload *p)
{
    switch (key) {
    case COVERS: return cbor_uint(c, &p->covers);
    case ROOT: return payload_hash(c, &p->root);
    case KEYS: return cbor_uint(c, &p->keys);
    case FROM: return cbor_uint(c, &p->from_ms);
    case TO: return cbor_uint(c, &p->to_ms);
    case PREVIOUS: return cbor_uint(c, &p->previous);
    default: return ERR_BAD_PAYLOAD;
    }
}

enum err seal_decode(struct span payload, struct seal_payload *ret)
{
    struct cbor c = cbor_over(payload);
    struct seal_payload p = {0};
    struct payload_map m;
    unsigned key;

    TRY(payload_open(&c, PREVIOUS, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        TRY(seal_pair_read(&c, key, &p));
    }
    TRY(payload_needs(&m, SEAL_NEEDED));
    p.has_previous = payload_has(&m, KEY_BIT(PREVIOUS));
    if (p.from_ms > p.to_ms) return ERR_BAD_PAYLOAD;
    if (p.has_previous && p.previous >= p.covers) return ERR_BAD_PAYLOAD;
    TRY(cbor_end(&c));
    *ret = p;
    return ERR_OK;
}

void seal_encode(const struct seal_payload *p, struct out *o)
{
    cbor_put_map(o, 5U + p->has_previous);
    payload_put_uint(o, COVERS, p->covers);
    payload_put_hash(o, ROOT, &p->root);
    payload_put_uint(o, KEYS, p->keys);
    payload_put_uint(o, FROM, p->from_ms);
    payload_put_uint(o, TO, p->to_ms);
    if (p->has_previous) payload_put_uint(o, PREVIOUS, p->previous);
}
