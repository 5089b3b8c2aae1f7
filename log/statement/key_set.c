/* See key_set.h. */
#include "log/statement/key_set.h"

/* Where the kid stands, or would stand. */
static size_t place_of(const struct key_set *s, const struct hash *kid)
{
    size_t at = 0;

    while (at < s->count && hash_compare(&s->kid[at], kid) < 0) at++;
    return at;
}

const struct public_key *key_set_find(const struct key_set *s, const struct hash *kid)
{
    size_t at = place_of(s, kid);

    return at < s->count && hash_equal(&s->kid[at], kid) ? &s->key[at] : NULL;
}

enum err key_set_add(struct key_set *s, const struct public_key *key)
{
    struct hash kid = cose_key_thumbprint(key);
    size_t at = place_of(s, &kid);

    if (key_set_find(s, &kid) != NULL) return ERR_OK;
    if (s->count == KEY_SET_MAX) return ERR_NO_ROOM;
    memmove(&s->kid[at + 1], &s->kid[at], (s->count - at) * sizeof(s->kid[0]));
    memmove(&s->key[at + 1], &s->key[at], (s->count - at) * sizeof(s->key[0]));
    s->kid[at] = kid;
    s->key[at] = *key;
    s->count++;
    return ERR_OK;
}

void key_set_encode(const struct key_set *s, struct out *o)
{
    ASSERT(s->count >= 1);
    ASSERT(s->count <= KEY_SET_MAX);

    cbor_put_array(o, s->count);
    for (size_t i = 0; i < s->count; i++) cose_key_put(o, &s->key[i]);
}

/* Sorted again and encoded again, a set in another order or with a key twice is another set. */
enum err key_set_decode(struct span bytes, struct key_set *ret)
{
    uint8_t again[KEY_SET_MAX * 40 + 1];
    struct out o = out_over(again, sizeof(again));
    struct cbor c = cbor_over(bytes);
    struct key_set s = {0};
    struct public_key key;
    uint64_t count;

    TRY(cbor_array(&c, &count));
    if (count < 1 || count > KEY_SET_MAX) return ERR_BAD_KEY;
    for (; count > 0; count--) {
        TRY(cose_key_decode(&c, &key));
        TRY(key_set_add(&s, &key));
    }
    TRY(cbor_end(&c));
    key_set_encode(&s, &o);
    ASSERT(!o.full);
    if (!span_equal(out_span(&o), bytes)) return ERR_BAD_KEY;
    *ret = s;
    return ERR_OK;
}
