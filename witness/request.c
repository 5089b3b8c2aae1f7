/* See request.h. */
#include "witness/request.h"

#include "log/base/codec.h"

static enum err take_old(struct span *rest, uint64_t *ret)
{
    struct span line, prefix = SPAN("old ");

    if (!span_cut(rest, '\n', &line) || !span_starts(line, prefix)) return ERR_BAD_REQUEST;
    if (decimal_decode(span_slice(line, prefix.len, line.len), UINT64_MAX, ret) != ERR_OK) return ERR_BAD_REQUEST;
    return ERR_OK;
}

static enum err take_hash(struct span line, struct hash *ret)
{
    struct out o = out_over(ret->b, sizeof(ret->b));

    return base64_decode(line, &o) == ERR_OK && o.len == sizeof(ret->b) ? ERR_OK : ERR_BAD_REQUEST;
}

/* The lines up to the empty one, which is taken too. */
static enum err take_proof(struct span *rest, struct tree_path *ret)
{
    struct span line;

    ret->count = 0;
    for (;;) {
        if (!span_cut(rest, '\n', &line)) return ERR_BAD_REQUEST;
        if (line.len == 0) return ERR_OK;
        if (ret->count == COUNT_OF(ret->hash)) return ERR_BAD_REQUEST;
        TRY(take_hash(line, &ret->hash[ret->count]));
        ret->count++;
    }
}

/* Whether the parsed fields, written again, are the lines they were read from: the text that is cosigned says
 * what was checked. */
static bool reads_back(struct span text, const struct checkpoint *c)
{
    uint8_t bytes[NOTE_NAME_MAX + 128];
    struct out o = out_over(bytes, sizeof(bytes));

    checkpoint_encode(c, &o);
    return !o.full && span_starts(text, out_span(&o));
}

enum err request_decode(struct span body, struct request *ret)
{
    struct span rest = body;
    struct request r;

    TRY(take_old(&rest, &r.old));
    TRY(take_proof(&rest, &r.proof));
    TRY(note_decode(rest, &r.note));
    if (r.note.text.len > REQUEST_TEXT_MAX) return ERR_NO_ROOM;
    TRY(checkpoint_decode_any(r.note.text, &r.checkpoint));
    if (!reads_back(r.note.text, &r.checkpoint)) return ERR_BAD_CHECKPOINT;
    *ret = r;
    return ERR_OK;
}
