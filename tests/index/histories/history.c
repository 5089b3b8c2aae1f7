/* See history.h. */
#include "tests/index/histories/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "log/base/codec.h"

struct hash history_id(uint64_t position)
{
    return sample_hash("id", position);
}

static struct step *step_new(struct history *h)
{
    if (h->count == h->room) {
        h->room = h->room == 0 ? 64 : 2 * h->room;
        h->step = realloc(h->step, h->room * sizeof(h->step[0]));
        assert_non_null(h->step);
    }
    h->step[h->count].count = 0;
    return &h->step[h->count++];
}

void history_free(struct history *h)
{
    free(h->step);
    *h = (struct history){.count = 0};
}

/* A key counts once per statement. */
static void step_key(struct step *s, struct hash key)
{
    for (size_t i = 0; i < s->count; i++)
        if (memcmp(s->key[i].b, key.b, 32) == 0) return;
    assert_true(s->count < STEP_KEYS_MAX);
    s->key[s->count++] = key;
}

static struct hash key_of(char kind, size_t count, const char *first_name, uint64_t first, const char *second_name,
                          uint64_t second)
{
    struct hash a = sample_hash(first_name, first), b = sample_hash(second_name, second);

    return model_key((uint8_t)kind, (struct span[]){hash_span(&a), hash_span(&b)}, count);
}

/* ---- statements by their kind ---- */

static void step_attestation(struct step *s, uint64_t sub, uint64_t iss, uint64_t schema)
{
    step_key(s, key_of('T', 2, "iss", iss, "schema", schema));
    step_key(s, key_of('S', 2, "sub", sub, "iss", iss));
}

static void step_status(struct step *s, uint64_t sub, uint64_t iss, uint64_t target)
{
    step_key(s, key_of('S', 2, "sub", sub, "iss", iss));
    step_key(s, key_of('A', 2, "id", target, "iss", iss));
}

static void step_rules(struct step *s, struct chance *c, uint64_t issuers)
{
    step_key(s, key_of('G', 0, "", 0, "", 0));
    for (uint64_t n = chance_below(c, STEP_KEYS_MAX); n > 0; n--)
        step_key(s, key_of('P', 1, "iss", chance_below(c, issuers), "", 0));
}

/* ---- the attacker ---- */

static struct hash some_key(const struct history *h, struct chance *c)
{
    for (unsigned tries = 0; tries < 50 && h->count > 1; tries++) {
        const struct step *s = &h->step[chance_below(c, h->count - 1)];

        if (s->count > 0) return s->key[chance_below(c, s->count)];
    }
    return chance_hash(c);
}

/* Shares exactly `bits` bits with the victim. */
static struct hash ground(const struct hash *victim, unsigned bits, struct chance *c)
{
    struct hash noise = chance_hash(c), mask = {{0}}, key;

    for (unsigned i = 0; i <= bits; i++) mask = with_bit_flipped(mask, i);
    for (size_t i = 0; i < 32; i++) key.b[i] = (victim->b[i] & mask.b[i]) | (noise.b[i] & (uint8_t)~mask.b[i]);
    return with_bit_flipped(key, bits);
}

static void step_ground(struct step *s, const struct history *h, struct chance *c)
{
    for (uint64_t n = chance_between(c, 1, 3); n > 0; n--) {
        struct hash victim = some_key(h, c);
        unsigned bits = (unsigned)(chance_one_in(c, 3) ? chance_below(c, 256) : chance_between(c, 1, 60));

        step_key(s, ground(&victim, bits, c));
        if (chance_one_in(c, 4)) step_key(s, victim);
    }
}

/* ---- histories ---- */

struct cast {
    uint64_t issuers, subjects, schemas, grinding; /* once in so many statements; 0 = never */
};

static void step_random(struct history *h, const struct cast *cast, struct chance *c)
{
    struct step *s = step_new(h);
    uint64_t iss = chance_below(c, cast->issuers), sub = chance_below(c, cast->subjects), kind = chance_below(c, 100);

    if (cast->grinding > 0 && chance_one_in(c, cast->grinding))
        step_ground(s, h, c);
    else if (kind < 5)
        return;
    else if (kind < 65)
        step_attestation(s, sub, iss, chance_below(c, cast->schemas));
    else if (kind < 85)
        step_status(s, sub, iss, chance_below(c, h->count));
    else if (kind < 92)
        step_key(s, key_of('I', 1, "iss", iss, "", 0));
    else if (kind < 96)
        step_key(s, key_of('N', 2, "iss", iss, "name", chance_below(c, cast->schemas)));
    else
        step_rules(s, c, cast->issuers);
}

void history_random(uint64_t seed, struct history *ret)
{
    static const uint64_t sizes[] = {1, 2, 5, 40, 1000};
    static const uint64_t grinding[] = {0, 0, 2, 3, 10};
    struct chance c = {seed};
    struct cast cast = {.issuers = sizes[chance_below(&c, 5)],
                        .subjects = sizes[chance_below(&c, 5)],
                        .schemas = chance_between(&c, 1, 3),
                        .grinding = grinding[chance_below(&c, 5)]};
    uint64_t kind = chance_below(&c, 50), steps = kind == 0   ? chance_between(&c, 1000, 2000)
                                                  : kind < 10 ? chance_between(&c, 100, 300)
                                                              : chance_between(&c, 1, 80);

    *ret = (struct history){.count = 0};
    while (ret->count < steps) step_random(ret, &cast, &c);
}

void history_of_a_subject(size_t issuers, struct history *ret)
{
    *ret = (struct history){.count = 0};
    for (size_t i = 0; i < issuers; i++) step_key(step_new(ret), key_of('S', 2, "sub", 0, "iss", i));
}

void history_of_an_issuer(size_t subjects, struct history *ret)
{
    *ret = (struct history){.count = 0};
    for (size_t i = 0; i < subjects; i++) {
        struct step *s = step_new(ret);

        step_attestation(s, i, 0, 0);
        if (i % 1000 == 0) step_key(s, key_of('I', 1, "iss", 0, "", 0));
    }
}

void history_of_an_attacker(struct history *ret)
{
    struct hash victim = key_of('S', 2, "sub", 0, "iss", 0);
    struct chance c = {60};

    *ret = (struct history){.count = 0};
    step_key(step_new(ret), victim);
    for (unsigned round = 0; round < 8; round++)
        for (unsigned bits = 1; bits <= 60; bits++) step_key(step_new(ret), ground(&victim, bits, &c));
    for (unsigned bits = 61; bits < 256; bits++) step_key(step_new(ret), ground(&victim, bits, &c));
    step_key(step_new(ret), victim);
}

void history_of_a_comb(struct history *ret)
{
    struct hash spine = key_of('S', 2, "sub", 0, "iss", 0);

    *ret = (struct history){.count = 0};
    for (unsigned tooth = 255; tooth < 256; tooth -= 3) {
        struct step *s = step_new(ret);

        for (unsigned n = 0; n < STEP_KEYS_MAX; n++) {
            struct hash key = with_bit_flipped(spine, tooth);

            step_key(s, n == 0 ? key : with_bit_flipped(key, (tooth + n * 31) % 256));
        }
    }
    for (unsigned bit = 0; bit < 256; bit++) step_key(step_new(ret), with_bit_flipped(spine, bit));
}
