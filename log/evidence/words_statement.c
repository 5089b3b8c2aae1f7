/* The labels of a statement, alone or in its evidence. */
#include "log/evidence/words.h"

#include "log/base/codec.h"
#include "log/base/text.h"
#include "log/note/checkpoint.h"
#include "log/statement/issuer.h"
#include "log/statement/private.h"
#include "log/statement/rules.h"
#include "log/statement/schema.h"
#include "log/statement/status.h"

/* More than ARMOUR_COLUMNS of the longest characters: what does not fit would be cut anyway. */
#define VALUE_BYTES 1024
#define ID_DIGITS 16

/* What the rest of the file adds to a statement. */
struct around {
    bool in_evidence;
    bool has_schema, has_name, has_time;
    struct span schema_name, name; /* as the schema and the issuer say themselves */
    struct span preimage;
    uint64_t schema_version;
    uint64_t position, time;
};

static void id_put(struct out *o, const struct hash *id)
{
    hex_encode(span_of(id->b, ID_DIGITS / 2), o);
}

static void counted(struct out *o, uint64_t n, const char *one, const char *many)
{
    out_decimal(o, n);
    out_text(o, n == 1 ? one : many);
}

/* ---- says: one function a kind ---- */

void words_attested(struct out *o, const struct statement *s, struct span preimage)
{
    struct span claims = s->cose.payload;

    if (s->is_private && (preimage.len == 0 || private_open(s, preimage, &claims) != ERR_OK))
        out_text(o, "private");
    else
        words_claims(o, claims);
}

static void says_without_schema(const struct statement *s, struct out *o)
{
    struct span type = s->has_envelope ? s->preimage_type : s->content_type;

    if (s->has_envelope) {
        out_text(o, "hash");
    } else {
        out_text(o, "claims without a schema, ");
        counted(o, s->cose.payload.len, " byte", " bytes");
    }
    if (type.len > 0) {
        out_text(o, " of ");
        words_value(o, type);
    } else if (s->has_envelope) {
        out_text(o, " of something");
    }
}

static enum err says_attestation(const struct statement *s, const struct around *a, struct out *o)
{
    if (!s->has_schema) {
        says_without_schema(s, o);
        return ERR_OK;
    }
    if (a->has_schema) {
        text_escape(a->schema_name, SCHEMA_NAME_MAX, o);
        out_byte(o, ' ');
        out_decimal(o, a->schema_version);
    } else {
        out_text(o, "schema ");
        id_put(o, &s->schema);
        if (a->in_evidence) out_text(o, " (not in this file)");
    }
    out_text(o, ": ");
    words_attested(o, s, a->preimage);
    if (s->is_private && a->in_evidence && a->preimage.len == 0) out_text(o, ", not in this file");
    return ERR_OK;
}

static enum err says_issuer(const struct statement *s, const struct around *a, struct out *o)
{
    struct issuer_payload p;

    (void)a;
    TRY(issuer_decode(s->cose.payload, &p));
    out_text(o, p.has_revealed ? "recovery " : "issuer statement ");
    out_decimal(o, p.seq);
    out_text(o, ": ");
    counted(o, p.key_count, " key, ", " keys, ");
    counted(o, p.recovery_count, " recovery key", " recovery keys");
    if (p.cut_count == 0) return ERR_OK;
    out_text(o, ", ");
    counted(o, p.cut_count, " cut", " cuts");
    return ERR_OK;
}

static enum err says_rules(const struct statement *s, const struct around *a, struct out *o)
{
    struct rules_payload p;

    (void)a;
    TRY(rules_decode(s->cose.payload, &p));
    out_text(o, "rules ");
    out_decimal(o, p.seq);
    out_text(o, p.mode == RULES_OPEN ? ": open to any issuer" : ": approved issuers only");
    out_text(o, ", approves ");
    out_decimal(o, p.approve_count);
    out_text(o, ", withdraws ");
    out_decimal(o, p.withdraw_count);
    return ERR_OK;
}

static enum err says_schema(const struct statement *s, const struct around *a, struct out *o)
{
    struct schema_payload p;

    (void)a;
    TRY(schema_decode(s->cose.payload, &p));
    out_text(o, "schema ");
    text_escape(p.name, SCHEMA_NAME_MAX, o);
    out_byte(o, ' ');
    out_decimal(o, p.version);
    out_byte(o, ':');
    for (size_t i = 0; i < p.field_count; i++) {
        out_byte(o, ' ');
        words_value(o, p.field[i].name);
    }
    return ERR_OK;
}

static enum err says_status(const struct statement *s, const struct around *a, struct out *o)
{
    static const char *const verbs[] = {
        [STATUS_VALID] = "reinstates ",
        [STATUS_REVOKED] = "revokes ",
        [STATUS_SUSPENDED] = "suspends ",
        [STATUS_SUPERSEDED] = "supersedes ",
    };
    struct status_payload p;

    (void)a;
    TRY(status_decode(s->cose.payload, &p));
    out_text(o, verbs[p.status]);
    id_put(o, &p.target);
    out_text(o, ": ");
    out_text(o, status_reason_word(p.reason));
    return ERR_OK;
}

static enum err says_seal(const struct statement *s, const struct around *a, struct out *o)
{
    struct seal_payload p;

    (void)a;
    TRY(seal_decode(s->cose.payload, &p));
    out_text(o, "seal over ");
    counted(o, p.covers, " statement", " statements");
    out_text(o, ", ");
    counted(o, p.keys, " index key", " index keys");
    return ERR_OK;
}

typedef enum err says_function(const struct statement *s, const struct around *a, struct out *o);

static says_function *const says_of[KIND_COUNT] = {
    [KIND_ATTESTATION] = says_attestation, [KIND_ISSUER] = says_issuer, [KIND_RULES] = says_rules,
    [KIND_SCHEMA] = says_schema,           [KIND_STATUS] = says_status, [KIND_SEAL] = says_seal,
};

/* ---- the lines that evidence and statements share ---- */

static enum err says_line(const struct statement *s, const struct around *a, struct out *o)
{
    uint8_t bytes[VALUE_BYTES];
    struct out value = out_over(bytes, sizeof(bytes));

    TRY(says_of[s->kind](s, a, &value));
    label_put(o, "says", out_span(&value));
    return ERR_OK;
}

/* A subject has neither blanks nor controls; one that could be taken for a key stands in quotes. */
static void about_line(const struct statement *s, struct out *o)
{
    uint8_t bytes[VALUE_BYTES];
    struct out value = out_over(bytes, sizeof(bytes));

    if (span_starts_nocase(s->sub, SPAN("urn:")) || span_starts_nocase(s->sub, SPAN(CKT_SHORT)))
        words_name(&value, s->sub);
    else
        text_escape(s->sub, ARMOUR_COLUMNS, &value);
    label_put(o, "about", out_span(&value));
}

static void by_line(const struct statement *s, const struct around *a, struct out *o)
{
    uint8_t bytes[VALUE_BYTES];
    struct out value = out_over(bytes, sizeof(bytes));

    words_name(&value, s->iss);
    if (a->has_name) {
        out_text(&value, ", calling itself ");
        words_quoted(&value, a->name);
    } else if (a->in_evidence) {
        out_text(&value, ", name not in this file");
    }
    label_put(o, "by", out_span(&value));
}

static void date_put(struct out *o, const char *word, bool has, uint64_t date)
{
    if (!has) return;
    if (o->len > 0) out_text(o, ", ");
    out_text(o, word);
    text_date(date, o);
}

static void dates_line(const struct statement *s, struct out *o)
{
    uint8_t bytes[VALUE_BYTES];
    struct out value = out_over(bytes, sizeof(bytes));

    date_put(&value, "issued ", s->has_iat, s->iat);
    date_put(&value, "not before ", s->has_nbf, s->nbf);
    date_put(&value, "expires ", s->has_exp, s->exp);
    if (value.len == 0) out_text(&value, "none given");
    label_put(o, "dates", out_span(&value));
}

/* What an issuer calls itself in one of its statements. */
static void name_learn(const struct statement *s, struct span iss, struct around *a)
{
    struct issuer_payload p;

    if (s->kind != KIND_ISSUER || !span_equal(s->iss, iss)) return;
    if (issuer_decode(s->cose.payload, &p) != ERR_OK) return;
    a->has_name = true;
    a->name = p.name;
}

static void schema_learn(const struct statement *s, const struct hash *id, struct around *a)
{
    struct schema_payload p;

    if (s->kind != KIND_SCHEMA || !hash_equal(&s->id, id)) return;
    if (schema_decode(s->cose.payload, &p) != ERR_OK) return;
    a->has_schema = true;
    a->schema_name = p.name;
    a->schema_version = p.version;
}

enum err words_statement(struct span bytes, struct out *o)
{
    struct around a = {.in_evidence = false};
    uint8_t id[2 * sizeof(struct hash)];
    struct out hex = out_over(id, sizeof(id));
    struct statement s;

    TRY(statement_decode(bytes, &s));
    name_learn(&s, s.iss, &a);
    TRY(says_line(&s, &a, o));
    about_line(&s, o);
    by_line(&s, &a, o);
    dates_line(&s, o);
    hex_encode(hash_span(&s.id), &hex);
    label_put(o, "id", out_span(&hex));
    label_put(o, "check", SPAN("nothing above is proven: it is what the statement says of itself"));
    return ERR_OK;
}

/* ---- evidence ---- */

/* The statements of the file in order; the carrier stands in it without bytes. Those that are none are for
 * a verdict to find. */
static void learn(const struct evidence *e, const struct statement *carrier, struct around *a)
{
    for (size_t i = 0; i < e->map.statement_count; i++) {
        const struct evidence_statement *at = &e->map.statement[i];
        struct statement s = *carrier;
        struct seal_payload seal;

        if (at->bytes.len == 0)
            a->position = at->position;
        else if (statement_decode(at->bytes, &s) != ERR_OK)
            continue;
        name_learn(&s, carrier->iss, a);
        if (carrier->has_schema) schema_learn(&s, &carrier->schema, a);
        a->has_time =
            s.kind == KIND_SEAL && i + 1 == e->map.statement_count && seal_decode(s.cose.payload, &seal) == ERR_OK;
        if (a->has_time) a->time = seal.to_ms / 1000;
    }
}

static enum err log_line(const struct evidence *e, const struct around *a, struct out *o)
{
    uint8_t bytes[VALUE_BYTES];
    struct out value = out_over(bytes, sizeof(bytes));
    struct checkpoint checkpoint;
    struct note note;

    if (note_decode(e->map.checkpoint, &note) != ERR_OK) return ERR_BAD_EVIDENCE;
    if (checkpoint_decode(note.text, &checkpoint) != ERR_OK) return ERR_BAD_EVIDENCE;
    text_escape(checkpoint.origin, ARMOUR_COLUMNS, &value);
    out_text(&value, " @");
    out_decimal(&value, a->position);
    out_text(&value, ", as of ");
    if (a->has_time)
        text_time(a->time, &value);
    else
        out_text(&value, "a time that is not in this file");
    label_put(o, "log", out_span(&value));
    return ERR_OK;
}

enum err words_evidence(struct span bytes, struct out *o)
{
    struct around a = {.in_evidence = true};
    struct statement s;
    struct evidence e;

    TRY(evidence_decode(bytes, &e));
    a.preimage = e.map.preimage;
    TRY(statement_of(&e.cose, &s));
    learn(&e, &s, &a);
    TRY(says_line(&s, &a, o));
    about_line(&s, o);
    by_line(&s, &a, o);
    dates_line(&s, o);
    TRY(log_line(&e, &a, o));
    label_put(o, "check", SPAN("cairn verify FILE (nothing above is proven until then)"));
    return ERR_OK;
}
