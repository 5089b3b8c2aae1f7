/* Key files: { 1: role, 2: name, 3: [+ [purposes, seed]] }, and their labels. Seeds stay in the buffers of
 * whoever calls; what is copied here on the way is wiped. */
#include "log/evidence/words.h"

#include "log/base/text.h"
#include "log/note/note.h"

#define SEED_SIZE 32
#define PURPOSES_ALL 63
#define NAME_MAX_BYTES 255
#define NAME_COLUMNS 60
#define VALUE_BYTES 1024

enum { FIELD_ROLE = 1, FIELD_NAME, FIELD_KEYS };

static const char *const roles[KEY_ROLE_COUNT] = {
    [KEY_ISSUER] = "issuer", [KEY_RECOVERY] = "recovery", [KEY_OPERATOR] = "operator",
    [KEY_LOG] = "log",       [KEY_WITNESS] = "witness",
};

/* ---- bytes ---- */

/* Names of logs and witnesses go into verifier keys, which are printed as they are. */
static bool name_good(enum key_role role, struct span name)
{
    uint8_t bytes[4 * NAME_MAX_BYTES];
    struct out o = out_over(bytes, sizeof(bytes));

    if (name.len == 0 || name.len > NAME_MAX_BYTES) return false;
    if (role != KEY_LOG && role != KEY_WITNESS) return true;
    text_escape(name, NAME_MAX_BYTES, &o);
    return note_name_good(name) && span_equal(out_span(&o), name);
}

static enum err role_read(struct cbor *c, struct key_file *k)
{
    uint64_t role;

    TRY(cbor_int_exact(c, FIELD_ROLE));
    TRY(cbor_uint(c, &role));
    if (role >= KEY_ROLE_COUNT) return ERR_BAD_ARMOUR;
    k->role = (enum key_role)role;
    return ERR_OK;
}

static enum err key_read(struct cbor *c, struct key_file *k)
{
    uint64_t purposes;

    TRY(cbor_array_exact(c, 2));
    TRY(cbor_uint(c, &purposes));
    if (purposes > PURPOSES_ALL) return ERR_BAD_ARMOUR;
    TRY(cbor_bytes_into(c, k->key[k->count].seed, SEED_SIZE));
    k->key[k->count].purposes = (unsigned)purposes;
    k->count++;
    return ERR_OK;
}

static enum err keys_read(struct cbor *c, struct key_file *k)
{
    uint64_t count;

    TRY(cbor_int_exact(c, FIELD_KEYS));
    TRY(cbor_array(c, &count));
    if (count < 1 || count > KEY_FILE_KEYS_MAX) return ERR_BAD_ARMOUR;
    k->count = 0;
    for (uint64_t i = 0; i < count; i++) TRY(key_read(c, k));
    return ERR_OK;
}

_Static_assert(NAME_MAX_BYTES + KEY_FILE_KEYS_MAX * (SEED_SIZE + 5) + 16 <= KEY_FILE_SIZE_MAX, "the largest one fits");

static enum err fields_read(struct cbor *c, struct key_file *k)
{
    TRY(cbor_map_exact(c, FIELD_KEYS));
    TRY(role_read(c, k));
    TRY(cbor_int_exact(c, FIELD_NAME));
    TRY(cbor_text(c, &k->name));
    if (!name_good(k->role, k->name)) return ERR_BAD_ARMOUR;
    TRY(keys_read(c, k));
    return cbor_end(c);
}

enum err key_file_decode(struct span bytes, struct key_file *ret)
{
    struct cbor c = cbor_over(bytes);

    return cbor_named(fields_read(&c, ret), ERR_BAD_ARMOUR);
}

void key_file_encode(const struct key_file *k, struct out *o)
{
    ASSERT(k->count >= 1);
    ASSERT(k->count <= KEY_FILE_KEYS_MAX);
    cbor_put_map(o, FIELD_KEYS);
    cbor_put_uint(o, FIELD_ROLE);
    cbor_put_uint(o, k->role);
    cbor_put_uint(o, FIELD_NAME);
    cbor_put_text(o, k->name);
    cbor_put_uint(o, FIELD_KEYS);
    cbor_put_array(o, k->count);
    for (size_t i = 0; i < k->count; i++) {
        cbor_put_array(o, 2);
        cbor_put_uint(o, k->key[i].purposes);
        cbor_put_bytes(o, span_of(k->key[i].seed, SEED_SIZE));
    }
}

/* ---- labels ---- */

static void for_line(const struct key_file *k, struct out *o)
{
    uint8_t bytes[VALUE_BYTES];
    struct out value = out_over(bytes, sizeof(bytes));

    if (span_starts(k->name, SPAN(CKT_URN)))
        words_name(&value, k->name);
    else
        text_escape(k->name, NAME_COLUMNS, &value);
    out_text(&value, " (");
    out_text(&value, roles[k->role]);
    out_byte(&value, ')');
    label_put(o, "for", out_span(&value));
}

static struct public_key public_of(const uint8_t seed[SEED_SIZE])
{
    struct secret_key secret;
    struct public_key public;

    secret_key_from_seed(seed, &secret);
    public = secret_key_public(&secret);
    secret_wipe(&secret, sizeof(secret));
    return public;
}

static void public_line(const struct public_key *key, struct out *o)
{
    struct hash thumbprint = cose_key_thumbprint(key);
    uint8_t bytes[CKT_SHORT_LEN];
    struct out value = out_over(bytes, sizeof(bytes));

    ckt_short(&thumbprint, &value);
    label_put_whole(o, "public", out_span(&value));
}

static void vkey_line(struct span name, enum note_type type, const struct public_key *key, struct out *o)
{
    uint8_t bytes[VALUE_BYTES];
    struct out value = out_over(bytes, sizeof(bytes));
    struct vkey v;

    vkey_make(name, type, key, &v);
    vkey_encode(&v, &value);
    label_put_whole(o, "vkey", out_span(&value));
}

/* Checkpoints and cosignatures are checked with verifier keys; everything else names a key by thumbprint. */
static void key_lines(const struct key_file *k, struct out *o)
{
    for (size_t i = 0; i < k->count; i++) {
        struct public_key key = public_of(k->key[i].seed);
        bool checkpoints = k->role == KEY_LOG && (k->key[i].purposes & PURPOSE_CHECKPOINT) != 0;

        if (k->role == KEY_WITNESS) vkey_line(k->name, NOTE_COSIGNATURE, &key, o);
        if (checkpoints) vkey_line(k->name, NOTE_ED25519, &key, o);
        if (k->role != KEY_WITNESS && (!checkpoints || k->key[i].purposes != PURPOSE_CHECKPOINT)) public_line(&key, o);
    }
}

enum err words_key(struct span bytes, struct out *o)
{
    struct key_file k;
    enum err e = key_file_decode(bytes, &k);

    if (e == ERR_OK) {
        for_line(&k, o);
        key_lines(&k, o);
        label_put(o, "keep", SPAN("secret: whoever has this file signs as you"));
    }
    secret_wipe(&k, sizeof(k));
    return e;
}
