/* See private.h. */
#include "log/statement/private.h"

#include "log/statement/payload.h"

enum { SALT = 1, CLAIMS };

void private_encode(const uint8_t salt[PRIVATE_SALT_LEN], struct span claims, struct out *o)
{
    cbor_put_map(o, 2);
    cbor_put_uint(o, SALT);
    cbor_put_bytes(o, span_of(salt, PRIVATE_SALT_LEN));
    cbor_put_uint(o, CLAIMS);
    out_bytes(o, claims);
}

struct hash private_hash(struct span preimage)
{
    return hash_of(preimage);
}

static enum err keys_check(struct span claims)
{
    struct cbor c = cbor_over(claims);
    struct cbor_map m;
    struct span ignored;

    TRY(cbor_map_open(&c, &m));
    while (cbor_map_more(&m)) {
        TRY(cbor_map_key_text(&m, &ignored));
        TRY(cbor_item(&c, &ignored));
    }
    return ERR_OK;
}

static enum err preimage_read(struct span preimage, struct span *ret_claims)
{
    struct cbor c = cbor_over(preimage);
    struct payload_map m;
    uint8_t salt[PRIVATE_SALT_LEN];
    unsigned key;

    /* All of it first: depth counts from the outside. */
    TRY(cbor_check(preimage));
    TRY(payload_open(&c, CLAIMS, &m));
    while (payload_more(&m)) {
        TRY(payload_key(&m, &key));
        if (key == SALT)
            TRY(cbor_bytes_into(&c, salt, sizeof(salt)));
        else
            TRY(cbor_item(&c, ret_claims));
    }
    TRY(payload_needs(&m, KEY_BIT(SALT) | KEY_BIT(CLAIMS)));
    return keys_check(*ret_claims);
}

enum err private_open(const struct statement *s, struct span preimage, struct span *ret_claims)
{
    struct span claims = {NULL, 0};
    struct hash h;

    ASSERT(s->is_private);
    if (preimage.len > PREIMAGE_MAX) return ERR_BAD_PAYLOAD;
    h = private_hash(preimage);
    if (!span_equal(hash_span(&h), s->cose.payload)) return ERR_BAD_PAYLOAD;
    if (preimage_read(preimage, &claims) != ERR_OK) return ERR_BAD_PAYLOAD;
    *ret_claims = claims;
    return ERR_OK;
}
