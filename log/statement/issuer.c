/* See issuer.h. */
#include "log/statement/issuer.h"

#include "log/statement/payload.h"

#define PURPOSES_ALL 63U

enum { SEQ = 1, PREV, KEYS, CUTS, NAME, URL, RECOVERY, REVEALED };
enum { KEY_COSE = 1, KEY_PURPOSES };
enum { CUT_KID = 1, CUT_POSITION };

#define NEEDED (KEY_BIT(SEQ) | KEY_BIT(KEYS) | KEY_BIT(CUTS) | KEY_BIT(NAME) | KEY_BIT(URL) | KEY_BIT(RECOVERY))

/* One COSE_Key: with its point, or its form alone. */
typedef enum err key_reader(struct cbor *c, struct public_key *ret);

static enum err listed_read(struct cbor *c, key_reader *read_key, struct listed_key *ret)
{
    struct payload_map m;
    unsigned key;
    uint64_t purposes = 0;

    TRY(payload_open(c, KEY_PURPOSES, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        if (key == KEY_COSE)
            TRY(read_key(c, &ret->key));
        else
            TRY(payload_uint(c, 1, PURPOSES_ALL, &purposes));
    }
    TRY(payload_needs(&m, KEY_BIT(KEY_COSE) | KEY_BIT(KEY_PURPOSES)));
    ret->purposes = (unsigned)purposes;
    ret->kid = cose_key_thumbprint(&ret->key);
    return ERR_OK;
}

static enum err keys_read(struct cbor *c, key_reader *read_key, struct issuer_payload *p)
{
    size_t count;

    TRY(payload_list(c, 1, ISSUER_KEYS_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(listed_read(c, read_key, &p->key[i]));
        if (i > 0 && hash_compare(&p->key[i - 1].kid, &p->key[i].kid) >= 0) return ERR_BAD_PAYLOAD;
    }
    p->key_count = count;
    return ERR_OK;
}

static enum err cut_read(struct cbor *c, struct key_cut *ret)
{
    struct payload_map m;
    unsigned key;

    TRY(payload_open(c, CUT_POSITION, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        if (key == CUT_KID)
            TRY(payload_hash(c, &ret->kid));
        else
            TRY(cbor_uint(c, &ret->position));
    }
    ret->has_position = payload_has(&m, KEY_BIT(CUT_POSITION));
    return payload_needs(&m, KEY_BIT(CUT_KID));
}

static enum err cuts_read(struct cbor *c, struct issuer_payload *p)
{
    size_t count;

    TRY(payload_list(c, 0, ISSUER_CUTS_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        p->cut[i] = (struct key_cut){0};
        TRY(cut_read(c, &p->cut[i]));
        if (i > 0 && hash_compare(&p->cut[i - 1].kid, &p->cut[i].kid) >= 0) return ERR_BAD_PAYLOAD;
    }
    p->cut_count = count;
    return ERR_OK;
}

static enum err recovery_read(struct cbor *c, struct issuer_payload *p)
{
    size_t count;

    TRY(payload_list(c, 0, ISSUER_RECOVERY_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        TRY(payload_hash(c, &p->recovery[i]));
        if (i > 0 && hash_compare(&p->recovery[i - 1], &p->recovery[i]) >= 0) return ERR_BAD_PAYLOAD;
    }
    p->recovery_count = count;
    return ERR_OK;
}

static enum err name_read(struct cbor *c, struct span *ret)
{
    TRY(cbor_text(c, ret));
    return ret->len <= ISSUER_NAME_MAX ? ERR_OK : ERR_BAD_PAYLOAD;
}

static enum err url_read(struct cbor *c, struct span *ret)
{
    TRY(cbor_text(c, ret));
    if (ret->len > ISSUER_URL_MAX) return ERR_BAD_PAYLOAD;
    for (size_t i = 0; i < ret->len; i++)
        if (ret->ptr[i] < ' ' || ret->ptr[i] > '~') return ERR_BAD_PAYLOAD;
    return ERR_OK;
}

static enum err pair_read(struct cbor *c, unsigned key, key_reader *read_key, struct issuer_payload *p)
{
    switch (key) {
    case SEQ: return cbor_uint(c, &p->seq);
    case PREV: return payload_hash(c, &p->prev);
    case KEYS: return keys_read(c, read_key, p);
    case CUTS: return cuts_read(c, p);
    case NAME: return name_read(c, &p->name);
    case URL: return url_read(c, &p->url);
    case RECOVERY: return recovery_read(c, p);
    case REVEALED: return read_key(c, &p->revealed);
    default: return ERR_BAD_PAYLOAD;
    }
}

static enum err payload_read(struct span payload, key_reader *read_key, struct issuer_payload *ret)
{
    struct cbor c = cbor_over(payload);
    struct payload_map m;
    unsigned key;

    *ret = (struct issuer_payload){0};
    TRY(payload_open(&c, REVEALED, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        TRY(pair_read(&c, key, read_key, ret));
    }
    TRY(payload_needs(&m, NEEDED));
    ret->has_prev = payload_has(&m, KEY_BIT(PREV));
    ret->has_revealed = payload_has(&m, KEY_BIT(REVEALED));
    if (ret->has_prev != (ret->seq > 0)) return ERR_BAD_PAYLOAD;
    /* A recovery builds on a statement that committed to the key. */
    if (ret->has_revealed && !ret->has_prev) return ERR_BAD_PAYLOAD;
    return cbor_end(&c);
}

enum err issuer_decode(struct span payload, struct issuer_payload *ret)
{
    return payload_read(payload, cose_key_decode, ret);
}

enum err issuer_read(struct span payload, struct issuer_payload *ret)
{
    return payload_read(payload, cose_key_read, ret);
}

static void keys_put(const struct issuer_payload *p, struct out *o)
{
    cbor_put_uint(o, KEYS);
    cbor_put_array(o, p->key_count);
    for (size_t i = 0; i < p->key_count; i++) {
        cbor_put_map(o, 2);
        cbor_put_uint(o, KEY_COSE);
        cose_key_put(o, &p->key[i].key);
        payload_put_uint(o, KEY_PURPOSES, p->key[i].purposes);
    }
}

static void cuts_put(const struct issuer_payload *p, struct out *o)
{
    cbor_put_uint(o, CUTS);
    cbor_put_array(o, p->cut_count);
    for (size_t i = 0; i < p->cut_count; i++) {
        cbor_put_map(o, p->cut[i].has_position ? 2 : 1);
        payload_put_hash(o, CUT_KID, &p->cut[i].kid);
        if (p->cut[i].has_position) payload_put_uint(o, CUT_POSITION, p->cut[i].position);
    }
}

void issuer_encode(const struct issuer_payload *p, struct out *o)
{
    ASSERT(p->key_count <= ISSUER_KEYS_MAX);
    ASSERT(p->cut_count <= ISSUER_CUTS_MAX);
    ASSERT(p->recovery_count <= ISSUER_RECOVERY_MAX);
    cbor_put_map(o, 6U + p->has_prev + p->has_revealed);
    payload_put_uint(o, SEQ, p->seq);
    if (p->has_prev) payload_put_hash(o, PREV, &p->prev);
    keys_put(p, o);
    cuts_put(p, o);
    payload_put_text(o, NAME, p->name);
    payload_put_text(o, URL, p->url);
    cbor_put_uint(o, RECOVERY);
    cbor_put_array(o, p->recovery_count);
    for (size_t i = 0; i < p->recovery_count; i++) cbor_put_bytes(o, hash_span(&p->recovery[i]));
    if (!p->has_revealed) return;
    cbor_put_uint(o, REVEALED);
    cose_key_put(o, &p->revealed);
}

void issuer_sort(struct issuer_payload *p)
{
    ASSERT(p->key_count <= ISSUER_KEYS_MAX);
    for (size_t i = 0; i < p->key_count; i++) {
        struct listed_key k = p->key[i];
        size_t at = i;

        k.kid = cose_key_thumbprint(&k.key);
        for (; at > 0 && hash_compare(&p->key[at - 1].kid, &k.kid) > 0; at--) p->key[at] = p->key[at - 1];
        p->key[at] = k;
    }
}
