/* See judge.h. Whom the reader believes: the log, the issuer, whoever made the schema, and that the statement lives
 * where its status is sought. Reads the file and the trust file, never the clock or the question: who is believed is
 * believed whenever it is asked. */
#include "log/evidence/judge.h"

/* ---- the log ---- */

/* Whether the log's own statements have the key, as far as the file shows them. */
static bool key_stands(const struct judge *g, const struct policy_log *log)
{
    size_t at;

    return !g->c->indexed || !check_find(g->c, 0, &at) || check_lists_checkpoint_key(g->c, &log->vkey.key);
}

/* The log of the trust file whose key signed the checkpoint: of several one that stands, so that a line which a thief
 * puts beside the others takes nothing away. ERR_NOT_FOUND when none has this name. */
static enum err log_find(const struct judge *g, const struct policy_log **ret)
{
    const struct policy *p = &g->trust->policy;
    enum err result = ERR_NOT_FOUND;

    for (size_t i = 0; i < p->log_count; i++) {
        const struct vkey *v = &p->log[i].vkey;
        enum err e;

        if (!span_equal(vkey_name(v), g->c->checkpoint.origin)) continue;
        if (result == ERR_NOT_FOUND) result = ERR_NOT_SIGNED;
        if (!v->usable || v->type != NOTE_ED25519) continue;
        e = note_verify(&g->c->note, v);
        if (e == ERR_BAD_SIGNATURE) return e;
        if (e != ERR_OK || (result == ERR_OK && key_stands(g, *ret))) continue;
        *ret = &p->log[i];
        result = ERR_OK;
    }
    return result;
}

/* A log whose own statements name another checkpoint key than the one the reader holds may have rotated.
 * Its word alone does not make the new key believable: anybody can list a public key at position 0. */
static bool log_rotated(const struct judge *g)
{
    struct issuer origin;

    if (issuer_fold(&g->c->lookup, g->c->checkpoint.origin, g->c->checkpoint.size, &origin) != ERR_OK) return false;
    for (size_t i = 0; origin.registered && i < origin.last.key_count; i++) {
        struct vkey v;

        if (!(origin.last.key[i].purposes & PURPOSE_CHECKPOINT) || !note_name_good(g->c->checkpoint.origin)) continue;
        vkey_make(g->c->checkpoint.origin, NOTE_ED25519, &origin.last.key[i].key, &v);
        if (note_verify(&g->c->note, &v) == ERR_OK) return true;
    }
    return false;
}

void judge_log(struct judge *g)
{
    const struct policy_log *log = NULL;
    enum err e;

    if (g->trust == NULL) {
        judge_apply(g, VERDICT_UNTRUSTED, "no trust file says whom to believe");
        return;
    }
    e = log_find(g, &log);
    if (e == ERR_NOT_FOUND) {
        judge_apply(g, VERDICT_UNTRUSTED, "the log is not in the trust file");
    } else if (e == ERR_NOT_SIGNED && log_rotated(g)) {
        judge_apply(g, VERDICT_UNTRUSTED,
                    "the checkpoint is signed by a key of the log that the trust file does not have");
    } else if (e != ERR_OK) {
        judge_apply(g, VERDICT_FORGED, "the checkpoint is not signed by the log's key in the trust file");
    } else if (!key_stands(g, log)) {
        judge_apply(g, VERDICT_FORGED, "the log's own keys do not have the one that signs its checkpoints, or cut it");
    } else {
        g->j->log = log;
    }
}

/* ---- the schema's versions ---- */

/* PERHAPS: what the file does not show may say so. */
enum covers { COVERS_NOT, COVERS_PERHAPS, COVERS };

/* The version that `of` follows; false when the file does not show it. *ret_follows: what is shown is one, and `of`
 * keeps what it asks for. */
static bool version_before(const struct judge *g, const struct schema_payload *of, struct schema_payload *ret,
                           bool *ret_follows)
{
    struct statement s;
    size_t at;

    if (!check_find_id(g->c, &of->prev, &at) || check_statement(g->c, at, &s) != ERR_OK) return false;
    *ret_follows = s.kind == KIND_SCHEMA && span_equal(s.iss, g->schema.iss) && span_equal(s.sub, g->schema.sub) &&
                   schema_decode(s.cose.payload, ret) == ERR_OK && ret->version == of->version - 1 && !of->breaking &&
                   schema_follows(of, ret);
    return true;
}

/* From its version down to j->kept_from each one keeps what the one before it asks for, whatever the log took. */
static void fill_versions(struct judge *g)
{
    struct schema_payload room[2];
    const struct schema_payload *p = &g->j->schema;
    bool shown = true, follows = true;

    if (!g->j->has_schema) return;
    for (size_t n = 0; p->version > 1 && shown && follows && !p->breaking; n++) {
        shown = version_before(g, p, &room[n % 2], &follows);
        if (shown && follows) p = &room[n % 2];
    }
    g->j->kept_from = p->version;
    g->j->kept_perhaps = !shown;
}

/* A version below those that keep what is asked for; or one that the file does not show may. */
static enum covers range_covers(const struct judge *g, uint64_t least)
{
    if (g->j->kept_from == 0 || g->j->schema.version < least) return COVERS_NOT;
    if (g->j->kept_from <= least) return COVERS;
    return g->j->kept_perhaps ? COVERS_PERHAPS : COVERS_NOT;
}

/* ---- the issuer ---- */

static bool line_names(const struct trust_issuer *line, struct span iss)
{
    uint8_t urn[CKT_URN_LEN];
    struct out o = out_over(urn, sizeof(urn));

    if (line->iss.len > 0) return span_equal(line->iss, iss);
    /* Never a name that was given to the same key: whoever holds a key that was long since rotated out
     * could have a name approved for it. */
    ckt_urn(&line->genesis, &o);
    return span_equal(out_span(&o), iss);
}

/* `schema` is NULL for a statement without one. */
static enum covers line_covers(const struct judge *g, const struct trust_issuer *line,
                               const struct schema_payload *schema)
{
    if (line->any) return COVERS;
    for (size_t i = 0; schema != NULL && i < line->schema_count; i++) {
        const struct trust_schema *s = &line->schema[i];

        if (!span_equal(s->name, schema->name)) continue;
        if (s->ranged) return range_covers(g, s->least);
        if (schema->version == s->least) return COVERS;
    }
    return COVERS_NOT;
}

/* `known` is false when the file does not show the schema: then any line about the issuer will do. A line that covers
 * it perhaps is believed for now, when none does for sure. */
static enum covers line_find(const struct judge *g, struct span iss, struct span origin, bool known,
                             const struct schema_payload *schema, const struct trust_issuer **ret)
{
    enum covers best = COVERS_NOT;

    for (size_t i = 0; i < g->trust->issuer_count && best != COVERS; i++) {
        const struct trust_issuer *line = &g->trust->issuer[i];
        enum covers covers;

        if (line->log.len > 0 && !span_equal(line->log, origin)) continue;
        if (!line_names(line, iss)) continue;
        covers = known ? line_covers(g, line, schema) : COVERS;
        if (covers <= best) continue;
        best = covers;
        *ret = line;
    }
    return best;
}

/* The line about an issuer of what the file is about; NULL when there is none. */
static const struct trust_issuer *line_about(struct judge *g, struct span iss, bool known,
                                             const struct schema_payload *schema)
{
    const struct trust_issuer *line = NULL;

    if (line_find(g, iss, g->c->checkpoint.origin, known, schema, &line) == COVERS_PERHAPS)
        judge_apply(g, VERDICT_INCOMPLETE, "the versions of the schema before this one");
    return line;
}

/* On how many of the trust file's logs the issuer of a statement without home is accepted. */
static size_t logs_accepting(const struct judge *g, struct span iss)
{
    const struct trust_issuer *ignored;
    const struct trust *t = g->trust;
    size_t count = 0;

    for (size_t i = 0; i < t->policy.log_count; i++) {
        struct span origin = vkey_name(&t->policy.log[i].vkey);
        bool seen = false;

        for (size_t k = 0; k < i; k++)
            if (span_equal(vkey_name(&t->policy.log[k].vkey), origin)) seen = true;
        if (!seen && line_find(g, iss, origin, true, NULL, &ignored) != COVERS_NOT) count++;
    }
    return count;
}

static void judge_home(struct judge *g)
{
    const struct statement *s = &g->j->statement;

    if (s->home.len > 0) {
        if (!span_equal(s->home, g->c->checkpoint.origin))
            judge_apply(g, VERDICT_UNTRUSTED, "the statement lives in another log, and its status with it");
    } else if (g->trust != NULL && g->j->issuer != NULL && logs_accepting(g, s->iss) != 1) {
        judge_apply(g, VERDICT_UNTRUSTED, "a statement without home, by an issuer accepted on more than one log");
    }
}

/* Trust in an issuer for a schema does not make somebody else's schema of that name mean the same. */
static void judge_schema_issuer(struct judge *g)
{
    if (!g->j->has_schema || span_equal(g->schema.iss, g->j->statement.iss)) return;
    if (line_about(g, g->schema.iss, true, &g->j->schema) != NULL) return;
    g->j->schema_iss = g->schema.iss;
    judge_apply(g, VERDICT_UNTRUSTED, "the schema is by an issuer that is not in the trust file for it");
}

void judge_issuer(struct judge *g)
{
    const struct statement *s = &g->j->statement;

    fill_versions(g);
    if (g->trust != NULL) {
        g->j->issuer =
            line_about(g, s->iss, !s->has_schema || g->j->has_schema, g->j->has_schema ? &g->j->schema : NULL);
        if (g->j->issuer == NULL)
            judge_apply(g, VERDICT_UNTRUSTED, "the issuer is not in the trust file, or not for this");
        judge_schema_issuer(g);
    }
    judge_home(g);
}
