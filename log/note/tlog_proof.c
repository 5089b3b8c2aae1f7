/* See tlog_proof.h. */
#include "log/note/tlog_proof.h"
#include "log/base/codec.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"

void tlog_proof_encode(const struct tlog_proof *p, struct out *o)
{
    out_text(o, FIRST_LINE "\n");
    if (p->extra.len > 0) {
        out_text(o, "extra ");
        out_bytes(o, p->extra);
        out_byte(o, '\n');
    }
    out_text(o, "index ");
    out_decimal(o, p->index);
    out_byte(o, '\n');
    for (size_t i = 0; i < p->path.count; i++) {
        base64_encode(hash_span(&p->path.hash[i]), o);
        out_byte(o, '\n');
    }
    out_byte(o, '\n');
    out_bytes(o, p->note);
}

/* Takes `prefix` off the front of a line. */
static bool take_prefix(struct span *line, struct span prefix)
{
    if (!span_starts(*line, prefix)) return false;
    *line = span_slice(*line, prefix.len, line->len);
    return true;
}

/* Canonical, of one byte at least, and of any length: decoded piece by piece, as nobody keeps it. */
static bool base64_good(struct span letters)
{
    enum { PIECE = 256, PIECE_BYTES = PIECE / 4 * 3 };
    uint8_t bytes[PIECE_BYTES];

    for (size_t at = 0; at < letters.len; at += PIECE) {
        size_t end = letters.len - at > PIECE ? at + PIECE : letters.len;
        struct out o = out_over(bytes, sizeof(bytes));

        if (base64_decode(span_slice(letters, at, end), &o) != ERR_OK) return false;
        if (end < letters.len && o.len != PIECE_BYTES) return false; /* padding inside */
    }
    return letters.len > 0;
}

/* The lines before the path. *rest begins at the path afterwards. */
static enum err take_head(struct span *rest, struct tlog_proof *p)
{
    struct span line;

    if (!span_cut(rest, '\n', &line) || !span_equal(line, SPAN(FIRST_LINE))) return ERR_BAD_TLOG_PROOF;
    if (!span_cut(rest, '\n', &line)) return ERR_BAD_TLOG_PROOF;
    if (take_prefix(&line, SPAN("extra "))) {
        if (!base64_good(line)) return ERR_BAD_TLOG_PROOF;
        p->extra = line;
        if (!span_cut(rest, '\n', &line)) return ERR_BAD_TLOG_PROOF;
    }
    if (!take_prefix(&line, SPAN("index "))) return ERR_BAD_TLOG_PROOF;
    return decimal_decode(line, TREE_SIZE_MAX - 1, &p->index) == ERR_OK ? ERR_OK : ERR_BAD_TLOG_PROOF;
}

/* Lines of one hash each, up to an empty one. */
static enum err take_path(struct span *rest, struct tree_path *path)
{
    struct span line;

    for (;;) {
        struct hash *h = &path->hash[path->count];
        struct out o;

        if (!span_cut(rest, '\n', &line)) return ERR_BAD_TLOG_PROOF;
        if (line.len == 0) return ERR_OK;
        if (path->count == TREE_PATH_MAX) return ERR_BAD_TLOG_PROOF;
        o = out_over(h->b, sizeof(h->b));
        if (base64_decode(line, &o) != ERR_OK || o.len != sizeof(h->b)) return ERR_BAD_TLOG_PROOF;
        path->count++;
    }
}

static enum err read_note(const struct tlog_proof *p, struct note *ret_note, struct checkpoint *ret)
{
    TRY(note_decode(p->note, ret_note));
    return checkpoint_decode_any(ret_note->text, ret);
}

enum err tlog_proof_decode(struct span text, struct tlog_proof *ret)
{
    struct tlog_proof p = {.extra = SPAN("")};
    struct hash no_leaf = {{0}}, no_root;
    struct span rest = text;
    struct checkpoint c;
    struct note n;

    TRY(take_head(&rest, &p));
    TRY(take_path(&rest, &p.path));
    p.note = rest;
    TRY(read_note(&p, &n, &c));
    /* Any leaf tells whether the path has the right length. */
    TRY(tree_inclusion_root(&no_leaf, p.index, c.size, p.path.hash, p.path.count, &no_root));
    *ret = p;
    return ERR_OK;
}

/* By a key that the policy lists under the origin. A line of such a key that fails spoils the note. */
static enum err signed_by_log(const struct note *n, struct span origin, const struct policy *policy)
{
    bool signed_once = false;

    for (size_t i = 0; i < policy->log_count; i++) {
        const struct vkey *v = &policy->log[i].vkey;
        enum err e;

        if (!span_equal(vkey_name(v), origin)) continue;
        e = note_verify(n, v);
        if (e != ERR_OK && e != ERR_NOT_SIGNED) return e;
        signed_once = signed_once || e == ERR_OK;
    }
    return signed_once ? ERR_OK : ERR_NOT_SIGNED;
}

enum err tlog_proof_verify(const struct tlog_proof *p, const struct hash *leaf, const struct policy *policy,
                           uint64_t latest, struct checkpoint *ret)
{
    struct cosigned cosigned;
    struct checkpoint c;
    struct note n;

    if (!policy->has_quorum) return ERR_BAD_POLICY;
    TRY(read_note(p, &n, &c));
    TRY(signed_by_log(&n, c.origin, policy));
    TRY(policy_cosigned(policy, &n, latest, &cosigned));
    if (!policy_met(policy, policy->quorum, &cosigned, 0)) return ERR_NO_QUORUM;
    TRY(tree_inclusion_verify(leaf, p->index, c.size, p->path.hash, p->path.count, &c.root));
    *ret = c;
    return ERR_OK;
}
