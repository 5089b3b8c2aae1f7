/* See state.h. */
#include "witness/state.h"

#include "log/base/codec.h"

static const struct span first_line = SPAN("cairn witness state 1");
/* Said, not left out: a file that was cut short must not look like a log that was never seen. */
static const struct span never = SPAN("never cosigned\n");

void state_init(struct state *ret, const struct vkey *key, struct span url)
{
    ASSERT(key->usable);
    ASSERT(url.len <= sizeof(ret->url));

    memset(ret, 0, sizeof(*ret));
    ret->key = *key;
    ret->url_len = url.len;
    if (url.len > 0) memcpy(ret->url, url.ptr, url.len);
}

struct span state_note(const struct state *s)
{
    return span_of(s->note, s->note_len);
}

struct span state_url(const struct state *s)
{
    return span_of(s->url, s->url_len);
}

static void put_number(struct out *o, const char *word, uint64_t n)
{
    out_text(o, word);
    out_byte(o, ' ');
    out_decimal(o, n);
    out_byte(o, '\n');
}

void state_encode(const struct state *s, struct out *o)
{
    out_bytes(o, first_line);
    out_text(o, "\nlog ");
    vkey_encode(&s->key, o);
    out_byte(o, '\n');
    if (s->url_len > 0) {
        out_text(o, "url ");
        out_bytes(o, state_url(s));
        out_byte(o, '\n');
    }
    put_number(o, "refused", s->refused);
    if (!s->seen) {
        out_bytes(o, never);
        return;
    }
    put_number(o, "size", s->size);
    out_text(o, "root ");
    base64_encode(hash_span(&s->root), o);
    out_byte(o, '\n');
    put_number(o, "time", s->time);
    out_byte(o, '\n');
    out_bytes(o, state_note(s));
}

/* The rest of the next line when it begins with `word` and a blank; nothing is taken otherwise. */
static bool take(struct span *rest, const char *word, struct span *ret)
{
    struct span after = *rest, line, prefix = span_text(word);

    if (!span_cut(&after, '\n', &line) || !span_starts(line, prefix)) return false;
    if (line.len <= prefix.len || line.ptr[prefix.len] != ' ') return false;
    *ret = span_slice(line, prefix.len + 1, line.len);
    *rest = after;
    return true;
}

static bool take_number(struct span *rest, const char *word, uint64_t max, uint64_t *ret)
{
    struct span value;

    return take(rest, word, &value) && decimal_decode(value, max, ret) == ERR_OK;
}

static bool take_root(struct span *rest, struct hash *ret)
{
    struct out o = out_over(ret->b, sizeof(ret->b));
    struct span value;

    return take(rest, "root", &value) && base64_decode(value, &o) == ERR_OK && o.len == sizeof(ret->b);
}

static bool take_head(struct span *rest, struct state *s)
{
    struct span value;
    struct vkey key;

    if (!take(rest, "log", &value) || vkey_decode(value, &key) != ERR_OK || !key.usable) return false;
    if (!take(rest, "url", &value)) value = SPAN("");
    if (value.len > sizeof(s->url)) return false;
    state_init(s, &key, value);
    return take_number(rest, "refused", UINT64_MAX, &s->refused);
}

static bool take_seen(struct span *rest, struct state *s)
{
    struct span line;

    s->seen = true;
    if (!take_number(rest, "size", TREE_SIZE_MAX - 1, &s->size) || !take_root(rest, &s->root)) return false;
    if (!take_number(rest, "time", INT64_MAX, &s->time)) return false;
    if (!span_cut(rest, '\n', &line) || line.len > 0 || rest->len > sizeof(s->note)) return false;
    s->note_len = rest->len;
    memcpy(s->note, rest->ptr, rest->len);
    return true;
}

static bool reads_back(struct span file, const struct state *s)
{
    uint8_t bytes[STATE_SIZE_MAX];
    struct out o = out_over(bytes, sizeof(bytes));

    state_encode(s, &o);
    return !o.full && span_equal(out_span(&o), file);
}

enum err state_decode(struct span file, struct state *ret)
{
    struct span rest = file, line;

    if (!span_cut(&rest, '\n', &line)) return ERR_DAMAGED;
    if (!span_equal(line, first_line))
        return span_starts(line, SPAN("cairn witness state ")) ? ERR_OTHER_FORMAT : ERR_DAMAGED;
    if (!take_head(&rest, ret)) return ERR_DAMAGED;
    if (!span_equal(rest, never) && !take_seen(&rest, ret)) return ERR_DAMAGED;
    return reads_back(file, ret) ? ERR_OK : ERR_DAMAGED;
}

static bool cosigned_by(const struct note *note, const struct vkey *own, uint64_t time)
{
    struct span rest = note->signatures;
    struct note_line line;
    uint64_t at;

    while (note_next(&rest, &line))
        if (note_line_is(&line, own)) return cosignature_verify(&line, note->text, own, &at) == ERR_OK && at == time;
    return false;
}

enum err state_check(const struct state *s, const struct vkey *own)
{
    struct checkpoint c;
    struct note note;

    if (!s->seen) return ERR_OK;
    if (note_decode(state_note(s), &note) != ERR_OK) return ERR_DAMAGED;
    if (checkpoint_decode_any(note.text, &c) != ERR_OK) return ERR_DAMAGED;
    if (!span_equal(c.origin, vkey_name(&s->key)) || c.size != s->size || !hash_equal(&c.root, &s->root))
        return ERR_DAMAGED;
    if (note_verify(&note, &s->key) != ERR_OK) return ERR_DAMAGED;
    return cosigned_by(&note, own, s->time) ? ERR_OK : ERR_DAMAGED;
}
