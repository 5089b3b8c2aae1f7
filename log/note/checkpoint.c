/* See checkpoint.h. */
#include "log/note/checkpoint.h"
#include "log/base/codec.h"

#define TIME_MAX ((uint64_t)INT64_MAX)
/* Room for "cosignature/v1\ntime N\n" before the text. */
#define MESSAGE_MAX (NOTE_TEXT_MAX + 64)

static bool take_root(struct span base64, struct hash *ret)
{
    struct out o = out_over(ret->b, sizeof(ret->b));

    return base64_decode(base64, &o) == ERR_OK && o.len == sizeof(ret->b);
}

static bool extensions_good(struct span rest)
{
    struct span line;

    while (span_cut(&rest, '\n', &line))
        if (line.len == 0) return false;
    return rest.len == 0;
}

enum err checkpoint_decode_any(struct span text, struct checkpoint *ret)
{
    struct span rest = text, size, root;
    struct checkpoint c;

    if (!note_text_good(text)) return ERR_BAD_CHECKPOINT;
    if (!span_cut(&rest, '\n', &c.origin) || !span_cut(&rest, '\n', &size) || !span_cut(&rest, '\n', &root))
        return ERR_BAD_CHECKPOINT;
    if (c.origin.len == 0 || c.origin.len > NOTE_NAME_MAX) return ERR_BAD_CHECKPOINT;
    if (decimal_decode(size, TREE_SIZE_MAX - 1, &c.size) != ERR_OK) return ERR_BAD_CHECKPOINT;
    if (!take_root(root, &c.root) || !extensions_good(rest)) return ERR_BAD_CHECKPOINT;
    *ret = c;
    return ERR_OK;
}

/* How many lines `text` has, its extension lines included. */
static unsigned line_count(struct span text)
{
    struct span line;
    unsigned count = 0;

    while (span_cut(&text, '\n', &line)) count++;
    return count;
}

enum err checkpoint_decode(struct span text, struct checkpoint *ret)
{
    struct checkpoint c;

    TRY(checkpoint_decode_any(text, &c));
    if (line_count(text) != 3) return ERR_BAD_CHECKPOINT;
    *ret = c;
    return ERR_OK;
}

void checkpoint_encode(const struct checkpoint *c, struct out *o)
{
    out_bytes(o, c->origin);
    out_byte(o, '\n');
    out_decimal(o, c->size);
    out_byte(o, '\n');
    base64_encode(hash_span(&c->root), o);
    out_byte(o, '\n');
}

/* What a type 4 cosignature signs. */
static struct span cosigned_message(struct span text, uint64_t time, struct out *o)
{
    out_text(o, "cosignature/v1\ntime ");
    out_decimal(o, time);
    out_byte(o, '\n');
    out_bytes(o, text);
    return out_span(o);
}

void cosignature_make(struct out *o, struct span text, const struct vkey *v, const struct secret_key *key,
                      uint64_t time)
{
    uint8_t bytes[MESSAGE_MAX], blob[8 + 64];
    struct out message = out_over(bytes, sizeof(bytes));
    struct public_key public = secret_key_public(key);
    struct signature sig;

    ASSERT(v->type == NOTE_COSIGNATURE);
    ASSERT(memcmp(public.b, v->key.b, sizeof(public.b)) == 0);
    ASSERT(time >= 1);
    ASSERT(time <= TIME_MAX);
    ASSERT(text.len <= NOTE_TEXT_MAX);

    sign_make(key, cosigned_message(text, time, &message), &sig);
    u64_put(blob, time);
    memcpy(blob + 8, sig.b, sizeof(sig.b));
    note_put_line(o, v, span_of(blob, sizeof(blob)));
}

enum err cosignature_verify(const struct note_line *line, struct span text, const struct vkey *v, uint64_t *ret_time)
{
    uint8_t bytes[MESSAGE_MAX];
    struct out message = out_over(bytes, sizeof(bytes));
    struct signature sig;
    uint64_t time;

    if (v->type != NOTE_COSIGNATURE || !note_line_is(line, v)) return ERR_NOT_SIGNED;
    if (text.len > NOTE_TEXT_MAX) return ERR_NO_ROOM;
    if (line->blob_len != 8 + sizeof(sig.b)) return ERR_BAD_SIGNATURE;
    time = u64_at(line->blob);
    memcpy(sig.b, line->blob + 8, sizeof(sig.b));
    if (time < 1 || time > TIME_MAX) return ERR_BAD_SIGNATURE;
    if (!sign_verify(&v->key, cosigned_message(text, time, &message), &sig)) return ERR_BAD_SIGNATURE;
    *ret_time = time;
    return ERR_OK;
}
