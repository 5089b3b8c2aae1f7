/* What the tests of notes share: keys made from one byte, text being written, and copies that end where
 * their memory ends, so that a sanitizer sees a read past them. */
#ifndef CAIRN_TESTS_NOTE_FIXTURE_H
#define CAIRN_TESTS_NOTE_FIXTURE_H

#include "log/base/codec.h"
#include "log/note/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct signer {
    struct secret_key secret;
    struct vkey vkey;
};

static inline struct signer signer_of(const char *name, enum note_type type, uint8_t seed_byte)
{
    struct signer s;
    struct public_key public;
    uint8_t seed[32];

    memset(seed, seed_byte, sizeof(seed));
    secret_key_from_seed(seed, &s.secret);
    public = secret_key_public(&s.secret);
    vkey_make(span_text(name), type, &public, &s.vkey);
    return s;
}

/* name+id+base64 of any type and key, written without the code under test. */
static inline void put_vkey(struct out *o, const char *name, uint8_t type, struct span key)
{
    uint8_t raw[5000];
    struct hash id = hash_parts((struct span[]){span_text(name), SPAN("\n"), span_of(&type, 1), key}, 4);

    assert_true(key.len < sizeof(raw));
    raw[0] = type;
    memcpy(raw + 1, key.ptr, key.len);
    out_text(o, name);
    out_byte(o, '+');
    hex_encode(span_of(id.b, 4), o);
    out_byte(o, '+');
    base64_encode(span_of(raw, 1 + key.len), o);
}

/* To be freed by the caller through `.ptr`. */
static inline struct span exact_copy(struct span s)
{
    uint8_t *bytes = malloc(s.len == 0 ? 1 : s.len);

    assert_non_null(bytes);
    if (s.len > 0) memcpy(bytes, s.ptr, s.len);
    return span_of(bytes, s.len);
}

static inline void exact_free(struct span s)
{
    free((void *)(uintptr_t)s.ptr);
}

static inline uint32_t random_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#endif
