/* See own_keys.h. */
#include "server/node/own_keys.h"

#include <stdio.h>

#include "log/admit/keys.h"

/* ---- what the folder has ---- */

static const struct own_key *held(const struct log_keys *k, const struct hash *kid)
{
    for (size_t i = 0; i < k->count; i++)
        if (hash_equal(&k->key[i].kid, kid)) return &k->key[i];
    return NULL;
}

enum err log_keys_take(struct log_keys *k, const struct own_key *key)
{
    if (held(k, &key->kid) != NULL) return ERR_OK;
    if (k->count == OWN_KEYS_MAX) return ERR_NO_ROOM;
    k->key[k->count++] = *key;
    return ERR_OK;
}

enum err log_keys_add(struct log_keys *k, unsigned purposes, const uint8_t seed[32], const char *file)
{
    struct own_key key = {.purposes = purposes};
    enum err e;

    secret_key_from_seed(seed, &key.secret);
    key.public = secret_key_public(&key.secret);
    key.kid = cose_key_thumbprint(&key.public);
    snprintf(key.file, sizeof(key.file), "%s", file);
    e = log_keys_take(k, &key);
    secret_wipe(&key, sizeof(key));
    return e;
}

/* ---- a set ---- */

/* The keys of the set with this purpose that are here, in the order of the set. */
static size_t of_set(const struct log_keys *k, const struct issuer_payload *set, unsigned purpose,
                     const struct own_key **ret, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < set->key_count && count < max; i++) {
        const struct own_key *key = held(k, &set->key[i].kid);

        if ((set->key[i].purposes & purpose) != 0 && key != NULL) ret[count++] = key;
    }
    return count;
}

static enum err lacks(struct refusal *why, const char *what)
{
    snprintf(why->found, sizeof(why->found), "a set of which this server has no %s", what);
    return ERR_KEY_NOT_HELD;
}

enum err log_keys_suffice(const struct log_keys *k, const struct issuer_payload *set, struct refusal *why)
{
    const struct own_key *ignored;

    if (of_set(k, set, PURPOSE_SEAL, &ignored, 1) == 0) return lacks(why, "key of seals and receipts (8)");
    if (of_set(k, set, PURPOSE_CHECKPOINT, &ignored, 1) == 0) return lacks(why, "checkpoint key (32)");
    return ERR_OK;
}

/* ---- who signs ---- */

/* Checkpoint keys of the folder, and all keys of seals, that some statement lists: the newest statement first. */
struct past_keys {
    size_t own_count, seal_count;
    const struct own_key *own[OWN_KEYS_MAX];
    struct public_key seal[KEY_SET_MAX];
    struct hash seal_kid[KEY_SET_MAX];
};

static bool among(const struct hash *kids, size_t count, const struct hash *kid)
{
    for (size_t i = 0; i < count; i++)
        if (hash_equal(&kids[i], kid)) return true;
    return false;
}

static bool has_own(const struct past_keys *p, const struct own_key *own)
{
    for (size_t i = 0; i < p->own_count; i++)
        if (p->own[i] == own) return true;
    return false;
}

static void past_take(struct past_keys *p, const struct log_keys *k, const struct issuer_payload *set)
{
    for (size_t i = 0; i < set->key_count; i++) {
        const struct listed_key *key = &set->key[i];
        const struct own_key *own = held(k, &key->kid);

        if ((key->purposes & PURPOSE_CHECKPOINT) != 0 && own != NULL && !has_own(p, own)) p->own[p->own_count++] = own;
        if ((key->purposes & PURPOSE_SEAL) != 0 && p->seal_count < KEY_SET_MAX &&
            !among(p->seal_kid, p->seal_count, &key->kid)) {
            p->seal_kid[p->seal_count] = key->kid;
            p->seal[p->seal_count++] = key->key;
        }
    }
}

/* What a recovery dropped gave no key. */
static enum err past_read(const struct log_keys *k, const struct lookup *l, struct span origin, uint64_t at,
                          struct past_keys *ret)
{
    struct issuer_past past;
    struct issuer_item item;
    bool more;

    *ret = (struct past_keys){.own_count = 0};
    TRY(issuer_past_open(l, origin, at, NULL, &past));
    for (;;) {
        TRY(issuer_past_next(&past, &item, &more));
        if (!more) return ERR_OK;
        if (!item.dropped) past_take(ret, k, &item.p);
    }
}

static void sign_with(struct signing *s, const struct log_keys *k, const struct own_key *key, enum key_use use)
{
    if (s->count == OWN_SIGNERS_MAX || s->use[key - k->key] >= KEY_BESIDE) return;
    s->checkpoint[s->count++] = key;
    s->use[key - k->key] = use;
}

_Static_assert(OWN_KEYS_MAX + KEY_SET_MAX <= ISSUER_KEYS_MAX + ISSUER_CUTS_MAX, "issuer_lives takes as many");

/* What became of each key of the folder, and of those of seals: one reading of the past for all. */
struct lives {
    struct key_life own[OWN_KEYS_MAX], seal[KEY_SET_MAX];
};
static enum err lives_read(const struct log_keys *k, const struct lookup *l, struct span origin, uint64_t at,
                           const struct past_keys *past, struct lives *ret)
{
    struct hash kid[OWN_KEYS_MAX + KEY_SET_MAX];
    struct key_life life[OWN_KEYS_MAX + KEY_SET_MAX];

    for (size_t i = 0; i < k->count; i++) kid[i] = k->key[i].kid;
    memcpy(kid + k->count, past->seal_kid, past->seal_count * sizeof(kid[0]));
    TRY(issuer_lives(l, origin, at, NULL, kid, k->count + past->seal_count, life));
    memcpy(ret->own, life, k->count * sizeof(life[0]));
    memcpy(ret->seal, life + k->count, past->seal_count * sizeof(life[0]));
    return ERR_OK;
}

/* Those of the set, and those of before that are not cut: of these the newest, as far as there is room. */
static void checkpoint_keys(const struct log_keys *k, const struct issuer_payload *set, const struct past_keys *past,
                            const struct lives *lives, struct signing *s)
{
    const struct own_key *now[OWN_SIGNERS_MAX];
    size_t count = of_set(k, set, PURPOSE_CHECKPOINT, now, OWN_SIGNERS_MAX);

    for (size_t i = 0; i < count; i++) sign_with(s, k, now[i], KEY_SIGNS);
    for (size_t i = 0; i < past->own_count; i++)
        if (lives->own[past->own[i] - k->key].cut == UINT64_MAX) sign_with(s, k, past->own[i], KEY_BESIDE);
}

enum err signing_at(const struct log_keys *k, const struct lookup *l, struct span origin, uint64_t at,
                    struct signing *ret, struct refusal *why)
{
    struct signing s = {.count = 0};
    struct past_keys past;
    struct lives lives;
    struct issuer now;

    TRY(issuer_fold(l, origin, at, &now));
    if (!now.registered) return ERR_DAMAGED;
    TRY(log_keys_suffice(k, &now.last, why));
    (void)of_set(k, &now.last, PURPOSE_SEAL, &s.seal, 1);
    TRY(past_read(k, l, origin, at, &past));
    TRY(lives_read(k, l, origin, at, &past, &lives));
    checkpoint_keys(k, &now.last, &past, &lives, &s);
    for (size_t i = 0; i < past.seal_count; i++)
        if (lives.seal[i].cut == UINT64_MAX) TRY(key_set_add(&s.receipts, &past.seal[i]));
    s.use[s.seal - k->key] = KEY_SIGNS;
    for (size_t i = 0; i < k->count; i++)
        if (s.use[i] == KEY_SPENT && !lives.own[i].listed) s.use[i] = KEY_NOT_LISTED;
    *ret = s;
    return ERR_OK;
}

void signers_of(const struct signing *s, struct span origin, struct signers *ret)
{
    ret->count = s->count;
    for (size_t i = 0; i < s->count; i++)
        vkey_make(origin, NOTE_ED25519, &s->checkpoint[i]->public, &ret->checkpoint[i]);
    ret->seal_kid = s->seal->kid;
    ret->receipts = s->receipts;
}
