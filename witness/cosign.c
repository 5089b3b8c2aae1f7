/* See cosign.h. */
#include "witness/cosign.h"

/* 403 unless a trusted key signed it and no line of a trusted key fails. */
static enum err check_signed(const struct policy *logs, const struct request *r)
{
    enum err result = ERR_NOT_SIGNED;

    for (size_t i = 0; i < logs->log_count; i++) {
        const struct vkey *key = &logs->log[i].vkey;
        enum err e;

        if (!span_equal(vkey_name(key), r->checkpoint.origin)) continue;
        e = note_verify(&r->note, key);
        if (e == ERR_NOT_SIGNED) continue;
        TRY(e);
        result = ERR_OK;
    }
    return result;
}

static bool is_another_root(const struct state *s, const struct checkpoint *c)
{
    return s->seen && s->size == c->size && !hash_equal(&s->root, &c->root);
}

/* Rows 8 to 10, for an old size that is the one that was seen. */
static enum err check_proof(const struct state *s, const struct request *r)
{
    const struct checkpoint *c = &r->checkpoint;

    if (is_another_root(s, c)) return ERR_FORKED;
    /* From the empty tree, and from the same tree, there is nothing to prove. */
    if (r->old == 0 || r->old == c->size) return r->proof.count == 0 ? ERR_OK : ERR_BAD_PROOF;
    if (tree_consistency_verify(r->old, c->size, r->proof.hash, r->proof.count, &s->root, &c->root) != ERR_OK)
        return ERR_BAD_PROOF;
    return ERR_OK;
}

static enum err check_time(const struct state *s, uint64_t now, uint64_t *ret)
{
    uint64_t last = s->seen ? s->time : 1;

    if (s->seen && now < last && last - now > CLOCK_BACK_MAX_S) return ERR_CLOCK_BACK;
    if (now == 0 || now > INT64_MAX) return ERR_CLOCK_BACK;
    *ret = now > last ? now : last;
    return ERR_OK;
}

/* Rows 5 to 11. */
static enum err check_continues(const struct state *s, const struct request *r, uint64_t now, uint64_t *ret_time)
{
    const struct checkpoint *c = &r->checkpoint;
    struct hash empty = empty_root();

    if (r->old > c->size) return ERR_BAD_SIZE;
    if (c->size == 0 && !hash_equal(&c->root, &empty)) return ERR_BAD_PROOF;
    if (r->old != (s->seen ? s->size : 0)) return ERR_WITNESS_OLD;
    TRY(check_proof(s, r));
    return check_time(s, now, ret_time);
}

struct decision cosign_decide(const struct policy *logs, const struct state *state, const struct request *r,
                              uint64_t now)
{
    struct decision d = {.err = check_signed(logs, r)};

    ASSERT(span_equal(vkey_name(&state->key), r->checkpoint.origin));

    if (d.err != ERR_OK) return d;
    d.forked = is_another_root(state, &r->checkpoint);
    d.err = check_continues(state, r, now, &d.time);
    return d;
}

static bool line_of(const struct note *note, const struct vkey *key, struct span *ret)
{
    struct span rest = note->signatures;
    struct note_line line;

    while (note_next(&rest, &line)) {
        if (!note_line_is(&line, key)) continue;
        *ret = line.whole;
        return true;
    }
    return false;
}

/* The text and one line of each trusted key that signed it; whatever else stands in the request is dropped. */
static void put_note(const struct policy *logs, const struct request *r, struct out *o, struct vkey *ret_key)
{
    bool first = true;
    struct span line;

    out_bytes(o, r->note.text);
    out_byte(o, '\n');
    for (size_t i = 0; i < logs->log_count; i++) {
        const struct vkey *key = &logs->log[i].vkey;

        if (!span_equal(vkey_name(key), r->checkpoint.origin) || key->type != NOTE_ED25519) continue;
        if (!line_of(&r->note, key, &line)) continue;
        out_bytes(o, line);
        if (first) *ret_key = *key;
        first = false;
    }
    ASSERT(!first);
}

void cosign_advance(const struct cosigner *self, const struct policy *logs, const struct state *state,
                    const struct request *r, uint64_t time, struct state *ret, struct out *line)
{
    struct out note = out_over(ret->note, sizeof(ret->note));
    size_t before = line->len;

    ASSERT(!state->seen || r->checkpoint.size >= state->size);
    ASSERT(!state->seen || time >= state->time);

    state_init(ret, &state->key, state_url(state));
    put_note(logs, r, &note, &ret->key);
    cosignature_make(line, r->note.text, &self->vkey, &self->key, time);
    ASSERT(!line->full);
    out_bytes(&note, span_slice(out_span(line), before, line->len));
    ASSERT(!note.full);
    ret->refused = state->refused;
    ret->seen = true;
    ret->size = r->checkpoint.size;
    ret->root = r->checkpoint.root;
    ret->time = time;
    ret->note_len = note.len;
}

unsigned cosign_status(enum err e)
{
    static const struct {
        enum err err;
        unsigned status;
    } rows[] = {
        {ERR_OK, 200},          {ERR_NOT_SIGNED, 403}, {ERR_BAD_SIGNATURE, 403},
        {ERR_UNKNOWN_LOG, 404}, {ERR_NOT_FOUND, 404},  {ERR_WRONG_METHOD, 405},
        {ERR_WITNESS_OLD, 409}, {ERR_BAD_PROOF, 422},  {ERR_FORKED, 422},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].err == e) return rows[i].status;
    return err_class(e) == CLASS_INPUT ? 400 : 503;
}
