/* See note.h. */
#include "log/note/note.h"
#include "log/base/codec.h"
#include "log/base/text.h"

#define ID_LEN 4
#define BLOB_KEPT sizeof(((struct note_line *)0)->blob)
/* The longest public key that a verifier key may carry; ML-DSA-87 has 2592 bytes. */
#define RAW_KEY_MAX 4096
/* An ECDSA key is named by its own hash alone; every other one as signed-note recommends. */
#define TYPE_ECDSA 2

static const struct span dash = {(const uint8_t *)"\xe2\x80\x94 ", 4};

/* --- names ---- */

/* Code points with the Unicode property White_Space, above ASCII, in UTF-8. */
static bool starts_with_space(struct span s)
{
    static const struct span spaces[] = {
        SPAN("\xc2\x85"),     SPAN("\xc2\xa0"),     SPAN("\xe1\x9a\x80"), SPAN("\xe2\x80\xa8"),
        SPAN("\xe2\x80\xa9"), SPAN("\xe2\x80\xaf"), SPAN("\xe2\x81\x9f"), SPAN("\xe3\x80\x80"),
    };

    for (size_t i = 0; i < COUNT_OF(spaces); i++)
        if (span_starts(s, spaces[i])) return true;
    /* U+2000 to U+200A */
    return s.len >= 3 && s.ptr[0] == 0xe2 && s.ptr[1] == 0x80 && s.ptr[2] >= 0x80 && s.ptr[2] <= 0x8a;
}

/* What signed-note asks of the name in any signature line, of UTF-8 without ASCII controls. */
static bool name_form_good(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] == ' ' || name.ptr[i] == '+' || starts_with_space(span_slice(name, i, name.len))) return false;
    return name.len > 0;
}

static bool has_control(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool c1 = s.ptr[i] == 0xc2 && i + 1 < s.len && s.ptr[i + 1] < 0xa0;

        if (s.ptr[i] < 0x20 || s.ptr[i] == 0x7f || c1) return true;
    }
    return false;
}

bool note_name_good(struct span name)
{
    return name.len <= NOTE_NAME_MAX && utf8_valid(name) && !has_control(name) && name_form_good(name);
}

/* --- verifier keys ---- */

static void key_id(struct span name, uint8_t type, struct span key, uint8_t ret[ID_LEN])
{
    struct span parts[] = {name, SPAN("\n"), span_of(&type, 1), key};
    struct hash h = type == TYPE_ECDSA ? hash_of(key) : hash_parts(parts, COUNT_OF(parts));

    memcpy(ret, h.b, ID_LEN);
}

static bool is_ed25519(uint8_t type)
{
    return type == NOTE_ED25519 || type == NOTE_COSIGNATURE;
}

static struct vkey vkey_of(struct span name, uint8_t type, struct span key)
{
    struct vkey v = {.name_len = name.len, .type = type, .usable = is_ed25519(type), .key_hash = hash_of(key)};

    memcpy(v.name, name.ptr, name.len);
    key_id(name, type, key, v.id);
    if (v.usable) memcpy(v.key.b, key.ptr, sizeof(v.key.b));
    return v;
}

enum err vkey_decode(struct span text, struct vkey *ret)
{
    uint8_t raw[1 + RAW_KEY_MAX], id[ID_LEN];
    struct out o = out_over(raw, sizeof(raw));
    struct span rest = text, name, hex, key;
    struct vkey v;

    /* Base64 has '+' too: only the first two separate. */
    if (!span_cut(&rest, '+', &name) || !span_cut(&rest, '+', &hex)) return ERR_BAD_VKEY;
    if (!note_name_good(name) || hex_decode(hex, id, ID_LEN) != ERR_OK) return ERR_BAD_VKEY;
    if (base64_decode(rest, &o) != ERR_OK || o.len < 2) return ERR_BAD_VKEY;
    key = span_slice(out_span(&o), 1, o.len);
    if (is_ed25519(raw[0]) && key.len != sizeof(v.key.b)) return ERR_BAD_VKEY;

    v = vkey_of(name, raw[0], key);
    if (memcmp(v.id, id, ID_LEN) != 0) return ERR_BAD_VKEY;
    if (v.usable && !public_key_good(&v.key)) return ERR_BAD_KEY;
    *ret = v;
    return ERR_OK;
}

void vkey_encode(const struct vkey *v, struct out *o)
{
    uint8_t raw[33];

    ASSERT(v->usable);

    raw[0] = v->type;
    memcpy(raw + 1, v->key.b, sizeof(v->key.b));
    out_bytes(o, vkey_name(v));
    out_byte(o, '+');
    hex_encode(span_of(v->id, ID_LEN), o);
    out_byte(o, '+');
    base64_encode(span_of(raw, sizeof(raw)), o);
}

void vkey_make(struct span name, enum note_type type, const struct public_key *key, struct vkey *ret)
{
    ASSERT(note_name_good(name));
    ASSERT(is_ed25519((uint8_t)type));

    *ret = vkey_of(name, (uint8_t)type, span_of(key->b, sizeof(key->b)));
}

struct span vkey_name(const struct vkey *v)
{
    return span_of(v->name, v->name_len);
}

/* --- notes ---- */

/* Decodes id and blob piece by piece: a blob that is too long to keep must still be canonical. */
static bool take_blob(struct span base64, struct note_line *l)
{
    enum { PIECE = 104, PIECE_BYTES = PIECE / 4 * 3 };
    uint8_t bytes[PIECE_BYTES];
    size_t total = 0;

    _Static_assert(PIECE_BYTES >= ID_LEN + BLOB_KEPT, "the first piece holds all that is kept");
    for (size_t at = 0; at < base64.len; at += PIECE) {
        size_t end = base64.len - at > PIECE ? at + PIECE : base64.len;
        struct out o = out_over(bytes, sizeof(bytes));

        if (base64_decode(span_slice(base64, at, end), &o) != ERR_OK) return false;
        if (end < base64.len && o.len != PIECE_BYTES) return false; /* padding inside */
        if (at == 0 && o.len > ID_LEN) {
            memcpy(l->id, bytes, ID_LEN);
            memcpy(l->blob, bytes + ID_LEN, o.len - ID_LEN < BLOB_KEPT ? o.len - ID_LEN : BLOB_KEPT);
        }
        total += o.len;
    }
    if (total <= ID_LEN) return false;
    l->blob_len = total - ID_LEN;
    return true;
}

/* One line without its newline, of UTF-8 without controls. */
static bool take_line(struct span line, struct note_line *l)
{
    struct span rest = line;

    if (!span_starts(line, dash)) return false;
    rest = span_slice(line, dash.len, line.len);
    return span_cut(&rest, ' ', &l->name) && name_form_good(l->name) && take_blob(rest, l);
}

bool note_next(struct span *rest, struct note_line *ret)
{
    struct note_line l = {0};
    struct span line, after = *rest;

    if (!span_cut(&after, '\n', &line) || !take_line(line, &l)) return false;
    l.whole = span_slice(*rest, 0, line.len + 1);
    *ret = l;
    *rest = after;
    return true;
}

bool note_text_good(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 0x20 && text.ptr[i] != '\n') return false;
    return text.len > 0 && text.ptr[text.len - 1] == '\n' && utf8_valid(text);
}

/* The last empty line ends the text. */
static bool split_note(struct span bytes, struct note *n)
{
    for (size_t at = bytes.len; at >= 2; at--) {
        if (bytes.ptr[at - 2] != '\n' || bytes.ptr[at - 1] != '\n') continue;
        n->text = span_slice(bytes, 0, at - 1);
        n->signatures = span_slice(bytes, at, bytes.len);
        return true;
    }
    return false;
}

enum err note_decode(struct span bytes, struct note *ret)
{
    struct note n;
    struct note_line line;
    struct span rest;

    if (bytes.len > NOTE_SIZE_MAX) return ERR_NO_ROOM;
    if (!note_text_good(bytes) || !split_note(bytes, &n)) return ERR_BAD_NOTE;
    if (n.text.len > NOTE_TEXT_MAX) return ERR_NO_ROOM;
    rest = n.signatures;
    for (unsigned count = 0; rest.len > 0 || count == 0; count++)
        if (count == NOTE_SIGNATURES_MAX || !note_next(&rest, &line)) return ERR_BAD_NOTE;
    *ret = n;
    return ERR_OK;
}

bool note_line_is(const struct note_line *line, const struct vkey *v)
{
    return span_equal(line->name, vkey_name(v)) && memcmp(line->id, v->id, ID_LEN) == 0;
}

enum err note_verify(const struct note *n, const struct vkey *v)
{
    struct span rest = n->signatures;
    struct note_line line;
    bool signed_once = false;

    if (v->type != NOTE_ED25519) return ERR_NOT_SIGNED;
    while (note_next(&rest, &line)) {
        struct signature sig;

        if (!note_line_is(&line, v)) continue;
        if (line.blob_len != sizeof(sig.b)) return ERR_BAD_SIGNATURE;
        memcpy(sig.b, line.blob, sizeof(sig.b));
        if (!sign_verify(&v->key, n->text, &sig)) return ERR_BAD_SIGNATURE;
        signed_once = true;
    }
    return signed_once ? ERR_OK : ERR_NOT_SIGNED;
}

void note_put_line(struct out *o, const struct vkey *v, struct span blob)
{
    uint8_t bytes[ID_LEN + BLOB_KEPT];

    ASSERT(blob.len >= 1);
    ASSERT(blob.len <= BLOB_KEPT);

    memcpy(bytes, v->id, ID_LEN);
    memcpy(bytes + ID_LEN, blob.ptr, blob.len);
    out_bytes(o, dash);
    out_bytes(o, vkey_name(v));
    out_byte(o, ' ');
    base64_encode(span_of(bytes, ID_LEN + blob.len), o);
    out_byte(o, '\n');
}

void note_sign(struct out *o, struct span text, const struct vkey *v, const struct secret_key *key)
{
    struct public_key public = secret_key_public(key);
    struct signature sig;

    ASSERT(v->type == NOTE_ED25519);
    ASSERT(memcmp(public.b, v->key.b, sizeof(public.b)) == 0);
    ASSERT(note_text_good(text));

    sign_make(key, text, &sig);
    note_put_line(o, v, span_of(sig.b, sizeof(sig.b)));
}
