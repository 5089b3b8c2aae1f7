/* See known.h. */
#include "tests/statement/known.h"

#include <stdio.h>
#include <stdlib.h>

#include "log/base/codec.h"

#define BUFFER_SIZE 140000

static struct out next_buffer(void)
{
    static uint8_t ring[16][BUFFER_SIZE];
    static unsigned next;

    return out_over(ring[next++ % 16], BUFFER_SIZE);
}

/* ---- notation ---- */

static void item_put(const char **at, struct out *o);

static void blanks(const char **at)
{
    while (**at == ' ' || **at == ',' || **at == '\n') (*at)++;
}

static bool taken(const char **at, char c)
{
    blanks(at);
    if (**at != c) return false;
    (*at)++;
    return true;
}

static void expect(const char **at, char c)
{
    if (!taken(at, c)) fail_msg("notation: expected %c at: %.40s", c, *at);
}

static struct span text_until(const char **at, char end)
{
    const char *start = *at;

    while (**at != end && **at != '\0') (*at)++;
    expect(at, end);
    return span_of(start, (size_t)(*at - 1 - start));
}

static void hex_put(const char **at, bool raw, struct out *o)
{
    uint8_t bytes[4096];
    struct span hex = text_until(at, '\'');

    assert_true(hex.len / 2 <= sizeof(bytes));
    assert_int_equal(hex_decode(hex, bytes, hex.len / 2), ERR_OK);
    if (raw)
        out_bytes(o, span_of(bytes, hex.len / 2));
    else
        cbor_put_bytes(o, span_of(bytes, hex.len / 2));
}

static void items_put(const char **at, char end, bool map, struct out *o)
{
    uint8_t *bytes = malloc(BUFFER_SIZE);
    struct out inner = out_over(bytes, BUFFER_SIZE);
    uint64_t count = 0;

    for (; !taken(at, end); count++) {
        item_put(at, &inner);
        if (!map) continue;
        expect(at, ':');
        item_put(at, &inner);
    }
    if (map)
        cbor_put_map(o, count);
    else
        cbor_put_array(o, count);
    out_bytes(o, out_span(&inner));
    free(bytes);
}

static void wrapped_put(const char **at, struct out *o)
{
    uint8_t *bytes = malloc(BUFFER_SIZE);
    struct out inner = out_over(bytes, BUFFER_SIZE);

    expect(at, '<');
    while (!taken(at, '>')) item_put(at, &inner);
    expect(at, '>');
    cbor_put_bytes(o, out_span(&inner));
    free(bytes);
}

static void number_put(const char **at, struct out *o)
{
    bool negative = taken(at, '-');
    char *end;
    uint64_t n = strtoull(*at, &end, 10);

    if (end == *at) fail_msg("notation: what is this: %.40s", *at);
    *at = end;
    if (negative) {
        cbor_put_int(o, -(int64_t)n);
    } else if (**at == '(') {
        cbor_put_tag(o, n);
        expect(at, '(');
        item_put(at, o);
        expect(at, ')');
    } else {
        cbor_put_uint(o, n);
    }
}

static bool word_put(const char **at, struct out *o)
{
    static const char *const words[] = {"false", "true", "null"};

    for (unsigned i = 0; i < 3; i++) {
        if (strncmp(*at, words[i], strlen(words[i])) != 0) continue;
        *at += strlen(words[i]);
        out_byte(o, (uint8_t)(0xf4 + i));
        return true;
    }
    return false;
}

static void hash_put(const char **at, struct out *o)
{
    uint8_t bytes[32];

    memset(bytes, (int)strtoul(*at, (char **)(uintptr_t)at, 10), sizeof(bytes));
    cbor_put_bytes(o, span_of(bytes, sizeof(bytes)));
}

static void key_put(const char **at, struct out *o)
{
    struct public_key key = test_public((unsigned)strtoul(*at, (char **)(uintptr_t)at, 10));

    cose_key_put(o, &key);
}

static void item_put(const char **at, struct out *o)
{
    blanks(at);
    if (word_put(at, o)) return;
    if (taken(at, '"'))
        cbor_put_text(o, text_until(at, '"'));
    else if (taken(at, '['))
        items_put(at, ']', false, o);
    else if (taken(at, '{'))
        items_put(at, '}', true, o);
    else if (taken(at, '<'))
        wrapped_put(at, o);
    else if (taken(at, '#'))
        hash_put(at, o);
    else if (taken(at, '@'))
        key_put(at, o);
    else if (**at == 'h' || **at == 'x') {
        bool raw = *(*at)++ == 'x';

        expect(at, '\'');
        hex_put(at, raw, o);
    } else {
        number_put(at, o);
    }
}

struct span diag(const char *notation)
{
    struct out o = next_buffer();

    for (blanks(&notation); *notation != '\0'; blanks(&notation)) item_put(&notation, &o);
    assert_false(o.full);
    return out_span(&o);
}

struct span diag_format(const char *format, ...)
{
    char *text;
    va_list args;
    struct span bytes;

    va_start(args, format);
    assert_true(vasprintf(&text, format, args) >= 0);
    va_end(args);
    bytes = diag(text);
    free(text);
    return bytes;
}

struct span from_hex(const char *hex)
{
    struct out o = next_buffer();
    size_t len = strlen(hex) / 2;

    assert_int_equal(hex_decode(span_text(hex), out_reserve(&o, len), len), ERR_OK);
    return out_span(&o);
}

/* ---- keys ---- */

struct secret_key test_key(unsigned n)
{
    struct secret_key key;
    uint8_t seed[32];

    memset(seed, (int)(100 + n), sizeof(seed));
    secret_key_from_seed(seed, &key);
    return key;
}

struct public_key test_public(unsigned n)
{
    struct secret_key key = test_key(n);

    return secret_key_public(&key);
}

struct hash test_kid(unsigned n)
{
    struct public_key key = test_public(n);

    return cose_key_thumbprint(&key);
}

struct span envelope(struct span protected, struct span payload)
{
    struct sign1 s = {.protected = protected, .payload = payload};
    struct out o = next_buffer();

    sign1_encode_canonical(&s, &o);
    assert_false(o.full);
    return out_span(&o);
}

/* ---- vectors ---- */

json_t *vectors_open(void)
{
    const char *folder = getenv("CAIRN_VECTORS");
    char path[4096];
    json_t *all;

    if (folder == NULL) {
        print_message("CAIRN_VECTORS is not set: skipped\n");
        return NULL;
    }
    snprintf(path, sizeof(path), "%s/index/cases.json", folder);
    all = json_load_file(path, 0, NULL);
    if (all == NULL) fail_msg("%s cannot be read", path);
    return all;
}

struct span json_hex(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    assert_non_null(text);
    return from_hex(text);
}

struct secret_key vector_key(const json_t *vectors, const json_t *statement)
{
    json_int_t n = json_integer_value(json_object_get(statement, "signed_by"));
    struct span seed = json_hex(json_array_get(json_object_get(vectors, "thumbprints"), (size_t)n), "seed");
    struct secret_key key;

    assert_int_equal(seed.len, 32);
    secret_key_from_seed(seed.ptr, &key);
    return key;
}

/* ---- saying what went wrong ---- */

void assert_span_equal(struct span got, struct span want)
{
    assert_int_equal(got.len, want.len);
    if (want.len > 0) assert_memory_equal(got.ptr, want.ptr, want.len);
}

void assert_err(const char *name, enum err got, enum err want)
{
    if (got != want) fail_msg("%s: %s, not %s", name, err_reason(got), err_reason(want));
}
