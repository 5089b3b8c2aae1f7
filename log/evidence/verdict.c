/* See verdict.h. What the bytes prove comes from check.h; here it is held against a trust file and a time. */
#include "log/evidence/verdict.h"

#include "log/base/codec.h"
#include "log/evidence/check.h"
#include "log/statement/private.h"

/* How far ahead of the reader's clock a cosignature, and a seal's own time, may be. */
#define WITNESS_AHEAD_MAX 60
#define SEAL_AHEAD_MAX 300
/* Of evidence from a log that has closed, when the reader asks for nothing else: nobody refreshes it any more. */
#define CLOSED_MAX_AGE 86400
#define WORK_ALIGN _Alignof(struct check)

_Static_assert(sizeof(struct check) + WORK_ALIGN <= VERDICT_WORK_MIN, "a check fits the workspace");

#define VERDICT_ROW_(name, word, exit) {word, exit},
static const struct {
    const char *word;
    int exit;
} verdicts[VERDICT_COUNT] = {VERDICT_TABLE(VERDICT_ROW_)};
#undef VERDICT_ROW_

const char *verdict_word(enum verdict v)
{
    ASSERT((unsigned)v < VERDICT_COUNT);
    return verdicts[v].word;
}

int verdict_exit(enum verdict v)
{
    ASSERT((unsigned)v < VERDICT_COUNT);
    return verdicts[v].exit;
}

/* One judgement being made. */
struct judge {
    struct check *c;
    const struct trust *trust; /* NULL: nobody is believed */
    const struct question *q;
    struct judgement *j;
    enum verdict why_of; /* the row that j->why explains */
    uint64_t at;         /* statements below it count, those between it and an open moment perhaps */
    uint64_t moment;     /* seconds: what dates are held against */
    bool moment_known;   /* else it is open: what is not final may have changed by then */
};

static void apply(struct judge *g, enum verdict v, const char *why)
{
    struct out o = out_over(g->j->why, sizeof(g->j->why) - 1);

    g->j->applies[v] = true;
    if (why == NULL || g->why_of <= v) return;
    g->why_of = v;
    out_text(&o, why);
    g->j->why[o.len] = 0;
}

/* ---- what the file says ---- */

static void fill_schema(struct judge *g)
{
    struct statement schema;
    size_t at;

    if (!g->c->carrier.has_schema || !check_find_id(g->c, &g->c->carrier.schema, &at)) return;
    if (check_statement(g->c, at, &schema) != ERR_OK || schema.kind != KIND_SCHEMA) return;
    g->j->has_schema = schema_decode(schema.cose.payload, &g->j->schema) == ERR_OK;
}

/* Who it is and where to ask are what a reader goes by: only from statements that are proven to be its own. */
static void fill_issuer(struct judge *g)
{
    const struct check *c = g->c;
    struct hash key = index_key(INDEX_ISSUER, &c->carrier.iss);
    const struct evidence_answer *a = check_answer(c, &key);
    struct issuer issuer;

    if (a == NULL) return;
    if (issuer_fold(&c->lookup, c->carrier.iss, check_answer_holds_below(c, a), &issuer) != ERR_OK) return;
    if (!issuer.registered) return;
    g->j->issuer_genesis = issuer.genesis;
    g->j->issuer_name = issuer.last.name;
    g->j->issuer_url = issuer.last.url;
}

static void fill_read(struct judge *g)
{
    struct check *c = g->c;

    g->j->other_kind = !c->read && !c->broken && c->carrier.kind != KIND_ATTESTATION;
    if (c->read || g->j->other_kind) g->j->statement = c->carrier;
    if (!c->read) return;
    g->j->read = true;
    g->j->position = c->evidence.map.statement[c->carrier_at].position;
    g->j->checkpoint = c->checkpoint;
    g->j->seal_time = c->seal.to_ms / 1000;
    g->j->evidence_time = g->j->seal_time;
    g->j->has_logged_time = check_date(c, g->j->position, &g->j->logged_time);
    g->j->preimage = c->evidence.map.preimage;
    fill_schema(g);
    fill_issuer(g);
}

/* ---- the log ---- */

/* The log of the trust file whose key signed the checkpoint. ERR_NOT_FOUND when none has this name. */
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
        if (e != ERR_OK || result == ERR_OK) continue;
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

static void judge_log(struct judge *g)
{
    const struct policy_log *log = NULL;
    struct statement first;
    enum err e;
    size_t at;

    if (g->trust == NULL) {
        apply(g, VERDICT_UNTRUSTED, "no trust file says whom to believe");
        return;
    }
    e = log_find(g, &log);
    if (e == ERR_NOT_FOUND) {
        apply(g, VERDICT_UNTRUSTED, "the log is not in the trust file");
    } else if (e == ERR_NOT_SIGNED && log_rotated(g)) {
        apply(g, VERDICT_UNTRUSTED, "the checkpoint is signed by a key of the log that the trust file does not have");
    } else if (e != ERR_OK) {
        apply(g, VERDICT_FORGED, "the checkpoint is not signed by the log's key in the trust file");
    } else if (g->c->indexed && check_find(g->c, 0, &at) && check_statement(g->c, at, &first) == ERR_OK &&
               !check_lists_checkpoint_key(g->c, &log->vkey.key)) {
        apply(g, VERDICT_FORGED, "the log's own keys do not have the one that signs its checkpoints, or cut it");
    } else {
        g->j->log = log;
    }
}

/* ---- the issuer and the schema ---- */

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

/* The schema's statement, when the file shows it. */
static bool schema_statement(const struct judge *g, struct statement *ret, uint64_t *ret_position)
{
    size_t at;

    if (!g->j->has_schema || !check_find_id(g->c, &g->c->carrier.schema, &at)) return false;
    *ret_position = g->c->evidence.map.statement[at].position;
    return check_statement(g->c, at, ret) == ERR_OK;
}

/* PERHAPS: what the file does not show may say so. */
enum covers { COVERS_NOT, COVERS_PERHAPS, COVERS };

/* The version that `of` follows; false when the file does not show it. *ret_follows: what is shown is one, and `of`
 * keeps what it asks for. */
static bool version_before(const struct judge *g, const struct statement *first, const struct schema_payload *of,
                           struct schema_payload *ret, bool *ret_follows)
{
    struct statement s;
    size_t at;

    if (!check_find_id(g->c, &of->prev, &at) || check_statement(g->c, at, &s) != ERR_OK) return false;
    *ret_follows = s.kind == KIND_SCHEMA && span_equal(s.iss, first->iss) && span_equal(s.sub, first->sub) &&
                   schema_decode(s.cose.payload, ret) == ERR_OK && ret->version == of->version - 1 && !of->breaking &&
                   schema_follows(of, ret);
    return true;
}

/* From its version down to j->kept_from each one keeps what the one before it asks for, whatever the log took. */
static void fill_versions(struct judge *g)
{
    struct schema_payload room[2];
    const struct schema_payload *p = &g->j->schema;
    struct statement first;
    uint64_t ignored;
    bool shown = true, follows = schema_statement(g, &first, &ignored);

    if (!follows) return;
    for (size_t n = 0; p->version > 1 && shown && follows && !p->breaking; n++) {
        shown = version_before(g, &first, p, &room[n % 2], &follows);
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
        apply(g, VERDICT_INCOMPLETE, "the versions of the schema before this one");
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
    const struct statement *s = &g->c->carrier;

    if (s->home.len > 0) {
        if (!span_equal(s->home, g->c->checkpoint.origin))
            apply(g, VERDICT_UNTRUSTED, "the statement lives in another log, and its status with it");
    } else if (g->trust != NULL && g->j->issuer != NULL && logs_accepting(g, s->iss) != 1) {
        apply(g, VERDICT_UNTRUSTED, "a statement without home, by an issuer accepted on more than one log");
    }
}

/* Trust in an issuer for a schema does not make somebody else's schema of that name mean the same. */
static void judge_schema_issuer(struct judge *g)
{
    struct statement schema;
    uint64_t ignored;

    if (!schema_statement(g, &schema, &ignored) || span_equal(schema.iss, g->c->carrier.iss)) return;
    if (line_about(g, schema.iss, true, &g->j->schema) != NULL) return;
    g->j->schema_iss = schema.iss;
    apply(g, VERDICT_UNTRUSTED, "the schema is by an issuer that is not in the trust file for it");
}

static void judge_issuer(struct judge *g)
{
    const struct statement *s = &g->c->carrier;

    fill_versions(g);
    if (g->trust == NULL) return;
    g->j->issuer = line_about(g, s->iss, !s->has_schema || g->j->has_schema, g->j->has_schema ? &g->j->schema : NULL);
    if (g->j->issuer == NULL) apply(g, VERDICT_UNTRUSTED, "the issuer is not in the trust file, or not for this");
    judge_schema_issuer(g);
}

static void judge_withdrawal(struct judge *g)
{
    struct approval_fold then, now;

    if (approval_fold(&g->c->lookup, g->c->carrier.iss, g->j->position, &then) != ERR_OK) return;
    if (approval_fold(&g->c->lookup, g->c->carrier.iss, g->c->checkpoint.size, &now) != ERR_OK) return;
    g->j->withdrawn = now.withdrawn;
    if (then.withdrawn) apply(g, VERDICT_FORGED, "the log took the statement after it had withdrawn the issuer");
}

/* ---- the claims ---- */

static bool validity_kept(const struct schema_payload *p, const struct statement *s)
{
    if (!p->has_validity) return true;
    return s->has_iat && s->has_exp && (s->exp <= s->iat || s->exp - s->iat <= p->validity);
}

/* The claims to hold against the schema; false when they are private and not in the file. */
static bool claims_shown(const struct judge *g, struct span *ret)
{
    *ret = g->c->carrier.cose.payload;
    if (!g->c->carrier.is_private) return true;
    return g->j->preimage.len > 0 && private_open(&g->c->carrier, g->j->preimage, ret) == ERR_OK;
}

static void judge_claims(struct judge *g)
{
    struct span claims, field;

    if (!g->c->carrier.has_schema) return;
    if (!g->j->has_schema) {
        apply(g, VERDICT_INCOMPLETE, "the schema");
        return;
    }
    if (g->c->carrier.is_private && !g->j->schema.private_allowed)
        apply(g, VERDICT_SCHEMA_MISMATCH, "the schema does not allow private claims");
    if (!claims_shown(g, &claims))
        apply(g, VERDICT_WITHHELD, NULL);
    else if (schema_check(&g->j->schema, claims, &field) != ERR_OK)
        apply(g, VERDICT_SCHEMA_MISMATCH, "the claims are not what the schema says");
    if (!validity_kept(&g->j->schema, &g->c->carrier))
        apply(g, VERDICT_SCHEMA_MISMATCH, "the dates are not within the schema's longest validity");
}

/* ---- the moment asked about ---- */

static const struct evidence_answer *status_answer(const struct judge *g)
{
    const struct span about[] = {hash_span(&g->c->carrier.id), g->c->carrier.iss};
    struct hash key = index_key(INDEX_STATUS, about);

    return check_answer(g->c, &key);
}

static const struct evidence_answer *issuer_answer(const struct judge *g, struct span iss)
{
    struct hash key = index_key(INDEX_ISSUER, &iss);

    return check_answer(g->c, &key);
}

/* Lowers g->at to the first statement of the answer that was not in the log by then, or may not have been. */
static void moment_cut(struct judge *g, const struct evidence_answer *a, uint64_t time)
{
    for (size_t n = 0; a != NULL && n < a->count; n++) {
        uint64_t position = evidence_position(a, n);
        enum dated dated = check_dated(g->c, position, time);

        /* What stands below the statement was there when it was. */
        if (dated == DATED_BY || position < g->j->position) continue;
        if (dated == DATED_UNKNOWN) g->moment_known = false;
        if (position < g->at) g->at = position;
        return;
    }
}

/* All that is folded at the moment. */
static void moment_cuts(struct judge *g, uint64_t time)
{
    struct statement schema;
    uint64_t ignored;

    moment_cut(g, status_answer(g), time);
    moment_cut(g, issuer_answer(g, g->c->carrier.iss), time);
    if (schema_statement(g, &schema, &ignored)) moment_cut(g, issuer_answer(g, schema.iss), time);
}

static void moment_at_time(struct judge *g)
{
    enum dated logged = check_dated(g->c, g->j->position, g->q->value);

    g->moment = g->q->value;
    if (g->moment > g->q->now) apply(g, VERDICT_INCOMPLETE, "what the time asked about will bring");
    if (logged == DATED_AFTER) apply(g, VERDICT_NOT_YET_VALID, "the statement was not in the log yet");
    g->moment_known = logged != DATED_UNKNOWN;
    moment_cuts(g, g->q->value);
    if (!g->moment_known) apply(g, VERDICT_INCOMPLETE, "the seal that dates a statement");
}

static void moment_at_seal(struct judge *g)
{
    g->at = g->q->value;
    g->moment_known = check_closing_seal(g->c, g->q->value, &g->at, &g->moment);
    if (!g->moment_known)
        apply(g, VERDICT_INCOMPLETE, "the seal that closes the position asked about");
    else if (g->j->position >= g->at)
        apply(g, VERDICT_NOT_YET_VALID, "the statement was not in the log yet");
}

/* The log's own word on the time, and it is not to be believed: no clock of the witnesses, or for want of a
 * quorum of them the reader's, has come that far. */
static bool dated_ahead(const struct judge *g)
{
    uint64_t clock = g->j->witnessed_time ? g->j->evidence_time : g->q->now;

    return g->j->seal_time > clock && g->j->seal_time - clock > SEAL_AHEAD_MAX;
}

static void judge_moment(struct judge *g)
{
    g->at = g->c->checkpoint.size;
    g->moment = g->q->now;
    g->moment_known = true;
    if (g->q->as_of == AS_OF_TIME) moment_at_time(g);
    if (g->q->as_of == AS_OF_POSITION) moment_at_seal(g);
    if (g->q->as_of != AS_OF_NOW && dated_ahead(g))
        apply(g, VERDICT_INCOMPLETE, "a log whose seals are not dated ahead of its witnesses");
    g->j->moment = g->moment;
}

static void judge_dates(struct judge *g)
{
    const struct statement *s = &g->c->carrier;

    if (g->q->as_of == AS_OF_POSITION && !g->moment_known) return;
    if (s->has_exp && g->moment >= s->exp) apply(g, VERDICT_EXPIRED, NULL);
    if (s->has_nbf && g->moment < s->nbf) apply(g, VERDICT_NOT_YET_VALID, NULL);
}

/* What the file knows beyond the moment asked about: said, never part of the verdict. */
static void judge_since(struct judge *g)
{
    struct status_fold *since = &g->j->since;
    const struct statement *s = &g->c->carrier;

    if (status_fold(&g->c->lookup, &s->id, s->iss, g->c->checkpoint.size, since) != ERR_OK) return;
    g->j->has_since = since->decided && since->position >= g->at;
    if (g->j->has_since) g->j->has_since_time = check_date(g->c, since->position, &g->j->since_time);
}

/* Whoever has a stolen key may name a replacement: it ends what it ends, and nobody is sent there. */
static bool replacement_named(struct judge *g)
{
    uint64_t position = g->j->status.position, cut;
    struct statement s;
    size_t at;

    if (g->j->status.status != STATUS_SUPERSEDED || !check_find(g->c, position, &at)) return false;
    if (check_statement(g->c, at, &s) != ERR_OK) return false;
    return check_cut(g->c, s.iss, &s.kid, g->c->checkpoint.size, &cut) == ERR_OK && cut > position;
}

static void judge_status(struct judge *g)
{
    static const enum verdict of[] = {[STATUS_REVOKED] = VERDICT_REVOKED,
                                      [STATUS_SUSPENDED] = VERDICT_SUSPENDED,
                                      [STATUS_SUPERSEDED] = VERDICT_SUPERSEDED};
    const struct evidence_answer *a = status_answer(g);
    struct status_fold status;
    uint64_t holds_below;
    enum err e;

    if (a == NULL) return; /* said already */
    holds_below = check_answer_holds_below(g->c, a);
    e = status_fold(&g->c->lookup, &g->c->carrier.id, g->c->carrier.iss, g->at < holds_below ? g->at : holds_below,
                    &status);
    /* What comes after something that cannot be judged is not known, but for what nothing can change. */
    if ((holds_below < g->at || !g->moment_known) && (e != ERR_OK || !status_final(status.status))) return;
    if (e != ERR_OK) {
        apply(g, e == ERR_INCOMPLETE || e == ERR_NOT_BUILT ? VERDICT_INCOMPLETE : VERDICT_FORGED,
              "a status statement cannot be read");
        return;
    }
    g->j->status = status;
    if (status.status != STATUS_VALID) apply(g, of[status.status], NULL);
    g->j->has_replacement = replacement_named(g);
    if (status.decided) g->j->has_status_time = check_date(g->c, status.position, &g->j->status_time);
    if (holds_below == UINT64_MAX) judge_since(g);
}

/* What became of the schema. What stood under it before stands, and few files show it. */
static void judge_schema_status(struct judge *g)
{
    const struct evidence_answer *a;
    struct status_fold status;
    struct statement schema;
    struct hash key;
    uint64_t ignored, below;

    if (!schema_statement(g, &schema, &ignored)) return;
    key = index_key(INDEX_STATUS, (struct span[]){hash_span(&schema.id), schema.iss});
    a = check_answer(g->c, &key);
    if (a == NULL) return;
    below = check_answer_holds_below(g->c, a);
    if (below > g->c->checkpoint.size) below = g->c->checkpoint.size;
    if (status_fold(&g->c->lookup, &schema.id, schema.iss, below, &status) == ERR_OK) g->j->schema_status = status;
}

/* ---- keys that were cut ---- */

/* Where the key of a statement ends, when that is not above the statement. */
static bool voided(struct judge *g, const struct statement *s, uint64_t position, uint64_t at, uint64_t *ret)
{
    return check_cut(g->c, s->iss, &s->kid, at, ret) == ERR_OK && *ret <= position;
}

static void judge_keys(struct judge *g)
{
    struct statement schema;
    uint64_t position, ignored;

    if (!g->moment_known) return;
    if (voided(g, &g->c->carrier, g->j->position, g->at, &g->j->void_from)) {
        apply(g, VERDICT_KEY_VOID, "the key that signed it had ended");
    } else if (schema_statement(g, &schema, &position) && voided(g, &schema, position, g->at, &g->j->void_from)) {
        g->j->void_of_schema = true;
        apply(g, VERDICT_KEY_VOID, "the key that signed its schema had ended");
    } else {
        g->j->has_void_since = voided(g, &g->c->carrier, g->j->position, g->c->checkpoint.size, &ignored);
    }
}

/* ---- who vouches for the log, and how old that is ---- */

static void judge_witnesses(struct judge *g)
{
    const struct policy *p;
    struct cosigned cosigned;
    uint64_t time;

    if (g->trust == NULL) return;
    p = &g->trust->policy;
    if (policy_cosigned(p, &g->c->note, g->q->now + WITNESS_AHEAD_MAX, &cosigned) != ERR_OK) {
        apply(g, VERDICT_FORGED, "a witness's line on the checkpoint does not hold");
        return;
    }
    g->j->witnesses_known = policy_witness_count(p);
    for (size_t i = 0; i < p->member_count; i++)
        if (!p->member[i].is_group && cosigned.time[i] != 0) g->j->witnesses++;
    if (p->has_quorum && p->quorum >= 0) {
        time = policy_time(p, p->quorum, &cosigned);
        g->j->witnessed_time = time != 0;
        if (time != 0) g->j->evidence_time = time;
        if (time == 0) apply(g, VERDICT_UNWITNESSED, NULL);
    }
    if (g->trust->audit < 0) return;
    g->j->audited = policy_met(p, g->trust->audit, &cosigned, 1);
    if (!g->j->audited) apply(g, VERDICT_UNAUDITED, NULL);
}

/* What the newest rules that the file shows say of the end of the log. */
static void judge_closing(struct judge *g, uint64_t moment)
{
    for (size_t at = g->c->evidence.map.statement_count; at > 0; at--) {
        struct rules_payload p;
        struct statement s;

        if (g->c->kind[at - 1] != KIND_RULES || !g->c->holds[at - 1]) continue;
        if (check_statement(g->c, at - 1, &s) != ERR_OK || rules_decode(s.cose.payload, &p) != ERR_OK) return;
        g->j->closed = p.has_closing && p.closing_not_before <= moment;
        g->j->closed_from = p.closing_not_before;
        g->j->successor = p.closing_successor;
        return;
    }
}

static void judge_age(struct judge *g)
{
    uint64_t moment = g->q->as_of == AS_OF_NOW ? g->q->now : g->moment;
    uint64_t age = moment > g->j->evidence_time ? moment - g->j->evidence_time : 0;

    judge_closing(g, moment);
    if (g->trust == NULL || (!g->trust->has_max_age && !g->j->closed)) return;
    g->j->freshness_checked = true;
    if (age > (g->trust->has_max_age ? g->trust->max_age : CLOSED_MAX_AGE)) apply(g, VERDICT_STALE, NULL);
    /* Dated ahead by nobody but the log, it would stay fresh for ever. */
    if (!g->j->witnessed_time && dated_ahead(g)) apply(g, VERDICT_STALE, NULL);
}

/* ---- the whole ---- */

static void judge_content(struct judge *g)
{
    judge_issuer(g);
    judge_home(g);
    judge_moment(g);
    /* Nothing is said in the issuer's name that the issuer may not have signed. */
    g->j->holds = g->c->indexed && g->c->holds[g->c->carrier_at];
    if (!g->j->holds) return;
    judge_withdrawal(g);
    judge_dates(g);
    judge_claims(g);
    judge_keys(g);
    judge_status(g);
    judge_schema_status(g);
}

/* Whatever was not looked at has been said to be missing. Should that ever fail, it is not valid either. */
static void judge_whole(struct judge *g)
{
    const struct check *c = g->c;
    bool whole = c->proven && c->indexed && !c->broken && !c->incomplete && g->moment_known;

    for (size_t i = 0; i < c->evidence.map.statement_count; i++) whole = whole && c->holds[i];
    if (!whole) apply(g, VERDICT_INCOMPLETE, "a part of the proof");
    if (g->j->log == NULL || g->j->issuer == NULL) apply(g, VERDICT_UNTRUSTED, NULL);
}

static void conclude(struct judgement *j)
{
    size_t v = 0;

    while (v < VERDICT_VALID && !j->applies[v]) v++;
    j->verdict = (enum verdict)v;
    j->applies[v] = true;
}

static void judge(struct judge *g)
{
    struct check *c = g->c;

    if (c->incomplete) apply(g, VERDICT_INCOMPLETE, c->why);
    if (c->broken) apply(g, VERDICT_FORGED, c->why);
    fill_read(g);
    if (!c->read) return;
    judge_log(g);
    /* What a forged file says of anybody is not worth saying again. */
    if (g->j->applies[VERDICT_FORGED] || !c->proven) return;
    judge_witnesses(g);
    judge_content(g);
    judge_age(g);
    judge_whole(g);
}

void verdict_of(struct span file, const struct trust *trust, const struct question *q, struct out work,
                struct judgement *ret)
{
    size_t skip = (WORK_ALIGN - (uintptr_t)work.ptr % WORK_ALIGN) % WORK_ALIGN;
    struct judge g = {.trust = trust, .q = q, .j = ret, .why_of = VERDICT_COUNT};

    ASSERT(work.cap >= VERDICT_WORK_MIN);
    g.c = (struct check *)(void *)(work.ptr + skip);
    memset(ret, 0, sizeof(*ret));
    check_evidence(g.c, file);
    judge(&g);
    conclude(ret);
}
