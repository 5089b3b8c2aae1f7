/* See print_verdict.h. Everything that came from the file passes text_escape. */
#include "client/print_verdict.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "client/print_parts.h"
#include "client/show.h"
#include "log/base/codec.h"
#include "log/base/text.h"
#include "log/evidence/words.h"
#include "log/statement/private.h"

/* A moment as --as-of takes it: no blank in it. */
static void as_of_word_put(uint64_t seconds)
{
    uint8_t text[32];
    struct out o = out_over(text, sizeof(text));

    text_time(seconds, &o);
    text[span_find(out_span(&o), ' ')] = 'T';
    print_out(&o);
}

static void ckt_put(const struct hash *thumbprint)
{
    uint8_t text[CKT_SHORT_LEN];
    struct out o = out_over(text, sizeof(text));

    ckt_short(thumbprint, &o);
    print_out(&o);
}

/* The reader's own name for the issuer, else its key. */
static void issuer_put(const struct judgement *j)
{
    if (j->issuer != NULL)
        print_text(j->issuer->name);
    else
        ckt_put(&j->issuer_genesis);
}

static void age_put(const struct question *q, uint64_t then)
{
    uint8_t text[64];
    struct out o = out_over(text, sizeof(text));

    show_age(q->now, then, &o);
    printf(" (");
    print_out(&o);
    printf(" ago)");
}

/* "as of 2026-11-20 03:07:41Z (52 s ago) · 3 of 3 witnesses, audited" */
static void as_of_put(const struct judgement *j, const struct question *q)
{
    uint64_t when = j->witnessed_time ? j->evidence_time : j->seal_time;

    if (q->as_of != AS_OF_NOW) {
        printf("at ");
        print_time(j->moment);
        printf(j->moment > when ? ", known up to " : ", by evidence as of ");
    } else {
        printf("as of ");
    }
    print_time(when);
    age_put(q, when);
    if (j->witnesses_known == 0)
        printf(" · the log's own word, no witnesses");
    else
        printf(" · %u of %u witnesses", j->witnesses, j->witnesses_known);
    printf(j->audited ? ", audited" : ", not audited");
}

static void says_put(const struct judgement *j)
{
    uint8_t text[4096];
    struct out o = out_over(text, sizeof(text));

    if (!j->holds) return;
    printf("  ");
    issuer_put(j);
    printf(" says  ");
    if (j->has_schema) {
        print_text(j->schema.name);
        printf(" %" PRIu64 ": ", j->schema.version);
        words_attested(&o, &j->statement, j->preimage);
        print_out(&o);
        if (o.full) printf(" …"); /* more than anybody reads, and not passed over */
    } else {
        printf("%s", kind_row(j->statement.kind)->word);
    }
    printf(" · about ");
    print_text(j->statement.sub);
    if (j->statement.has_exp) {
        o = out_over(text, sizeof(text));
        text_date(j->statement.exp, &o);
        printf(" · until ");
        print_out(&o);
    }
    printf("\n");
}

/* A file whose check came to an end before may have anything in the place of claims. */
static void private_put(const struct judgement *j)
{
    struct span claims;

    if (j->holds && j->preimage.len > 0 && private_open(&j->statement, j->preimage, &claims) == ERR_OK)
        printf("  private  these claims are in the file and not in the log, which has a hash of them\n");
}

static bool lacks_home(const struct judgement *j)
{
    bool lacks = j->statement.home.len == 0;

    for (size_t i = 0; i < j->depends_count; i++) lacks = lacks || j->depends[i].statement.home.len == 0;
    return lacks;
}

static void checked_put(const struct judgement *j, bool refreshed)
{
    printf("  checked      signature, key");
    if (j->has_schema) printf(", schema");
    if (j->statement.has_exp) printf(", expiry");
    printf(", revocation");
    if (j->depends_count > 0) printf(", the same of what it depends on");
    if (j->witnesses_known > 0) printf(", quorum");
    if (j->freshness_checked) printf(", freshness");
    printf("\n  not checked  %s · what other issuers say\n               ",
           refreshed ? "what comes from now on" : "what came since (--refresh asks)");
    if (!j->has_schema) printf("claims without a schema · ");
    if (!j->freshness_checked) printf("freshness (no max-age) · ");
    if (lacks_home(j)) printf("status in other logs · ");
    print_depends_unchecked(j);
    printf("that whoever sent this file is its subject\n");
    if (j->withdrawn) printf("  note         the log has withdrawn this issuer's approval since\n");
    print_depends_notes(j);
    if (j->schema_status.status != STATUS_VALID)
        printf("  note         its schema is %s at @%" PRIu64 "; what stood under it before stands\n",
               status_word(j->schema_status.status), j->schema_status.position);
}

/* Whether the reader has said something of this log, and its checkpoint is signed by another key. */
static bool is_other_key(const struct judgement *j, const struct trust *trust)
{
    for (size_t i = 0; j->log == NULL && trust != NULL && i < trust->policy.log_count; i++)
        if (span_equal(vkey_name(&trust->policy.log[i].vkey), j->checkpoint.origin)) return true;
    return false;
}

/* Words of a line that readers paste into a shell: nothing there may be more than a word. */
static bool is_plain(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                     c == '_' || c == '.' || c == ':' || c == '/';

        if (!plain) return false;
    }
    return s.len > 0 && s.ptr[0] != '-';
}

static void log_line_put(struct span origin, const char *first)
{
    struct span host = span_slice(origin, 0, span_find(origin, '/'));

    printf("  log     ");
    print_text(origin);
    printf("     %scairn trust log ", first);
    if (is_plain(host)) {
        printf("https://");
        print_text(host);
        printf("   (an address guessed from its name)\n");
    } else {
        printf("URL\n");
    }
}

/* What would be believed: the versions up to this one that each keep the one before. `quoted` for a shell. */
static void schema_put(const struct judgement *j, bool quoted)
{
    bool ranged = j->has_schema && j->kept_from > 1 && !j->kept_perhaps;
    const char *quote = ranged && quoted ? "'" : "";

    printf("%s", quote);
    if (j->has_schema)
        print_text(j->schema.name);
    else
        printf("any");
    if (ranged) printf(">=%" PRIu64, j->kept_from);
    printf("%s\n", quote);
}

/* An issuer that goes by an approved name is believed by that name, not by the key it began with. */
static void issuer_line_put(const struct judgement *j, const char *label, struct span iss, struct span url, bool named)
{
    struct hash genesis;

    printf("  %s  ", label);
    if (!span_starts(iss, SPAN(CKT_URN)) || ckt_decode(iss, &genesis) != ERR_OK) {
        print_text(iss);
        printf("     a line for the trust file: issuer NAME ");
        print_text(iss);
        printf(" for ");
        schema_put(j, false);
        return;
    }
    ckt_put(&genesis);
    printf("     cairn trust issuer ");
    if (is_plain(url)) {
        print_text(url);
    } else {
        ckt_put(&genesis);
        if (!named) printf(" --as NAME");
    }
    printf(" --for ");
    schema_put(j, true);
}

/* The version that is believed, when a later one broke with it; 0 otherwise. */
static uint64_t believed_before(const struct judgement *j, const struct trust_issuer *line)
{
    for (size_t i = 0; j->has_schema && !j->kept_perhaps && i < line->schema_count; i++)
        if (span_equal(line->schema[i].name, j->schema.name) && line->schema[i].ranged &&
            line->schema[i].least < j->kept_from)
            return line->schema[i].least;
    return 0;
}

/* Believed, and not for this. */
static void not_for_this_put(const struct judgement *j, const struct trust_issuer *line)
{
    uint64_t before = believed_before(j, line);

    printf("you believe ");
    print_text(line->name);
    if (!j->has_schema) {
        printf(", but not for claims without a schema\n");
        return;
    }
    printf(before > 0 ? " for " : ", but not for ");
    print_text(j->schema.name);
    if (before > 0) {
        printf(" %" PRIu64 " and compatible; version %" PRIu64 " broke with it\n", before, j->kept_from);
        return;
    }
    printf(" %" PRIu64 "\n", j->schema.version);
}

static void untrusted_why_put(const struct judgement *j, const struct trust_issuer *line, bool other_key)
{
    printf("untrusted  ");
    if (j->log != NULL && j->issuer == NULL && j->holds && line != NULL) {
        not_for_this_put(j, line);
    } else if (j->log != NULL && j->issuer != NULL && j->schema_iss.len > 0) {
        printf("the schema ");
        print_text(j->schema.name);
        printf(" %" PRIu64 " is not by ", j->schema.version);
        issuer_put(j);
        printf(", and you have not said that you believe whose it is\n");
    } else if (other_key || (j->log != NULL && j->issuer != NULL)) {
        printf("%s\n", j->why);
    } else {
        printf("%s you have not said whom you believe\n",
               j->applies[VERDICT_INCOMPLETE] ? "the file lacks what would prove it, and" : "the file is sound, but");
    }
}

/* The lines that would make the file believed: the reader decides about each. */
static void untrusted_put(const struct judgement *j, const struct trust *trust)
{
    const struct trust_issuer *line = print_believed(j, trust, j->statement.iss);
    bool other_key = is_other_key(j, trust);

    untrusted_why_put(j, line, other_key);
    if (j->log == NULL)
        log_line_put(j->checkpoint.origin, other_key ? "ask its operator about that key first; then " : "");
    if (j->issuer == NULL && j->holds) issuer_line_put(j, "issuer", j->statement.iss, j->issuer_url, line != NULL);
    if (j->schema_iss.len > 0 && j->holds)
        issuer_line_put(j, "schema", j->schema_iss, SPAN(""), print_believed(j, trust, j->schema_iss) != NULL);
}

/* "revoked by acme at 2026-11-20 03:09:12Z (@120457): issued-in-error" */
static void status_put(const struct judgement *j, const char *word)
{
    const char *reason = status_reason_word(j->status.reason);

    printf("%s by ", word);
    issuer_put(j);
    if (j->has_status_time) {
        printf(" at ");
        print_time(j->status_time);
    }
    printf(" (@%" PRIu64 "): %s\n", j->status.position, reason == NULL ? "no reason given" : reason);
    /* What it depends on may have ended earlier. */
    if (j->has_status_time && j->has_logged_time && j->depends_count == 0) {
        printf("  valid from ");
        print_time(j->logged_time);
        printf(" until then; to ask about a moment: --as-of ");
        as_of_word_put(j->logged_time);
        printf("\n");
    }
    if (j->has_replacement) {
        printf("  another took its place: cairn get ");
        print_hash(&j->status.replacement);
        printf(" --out FILE\n");
    }
}

/* Nothing is missing that asking the log would bring. */
static void incomplete_put(const struct judgement *j)
{
    if (!j->other_kind)
        printf("incomplete  the file lacks what a verdict needs: %s\n", j->why);
    else
        printf("incomplete  this version gives verdicts on attestations only, and this is: %s\n"
               "  what it says, unchecked: cairn inspect FILE\n",
               kind_row(j->statement.kind)->word);
}

/* A start date still to come, or a moment before the log had it. */
static void not_yet_put(const struct judgement *j)
{
    bool before = j->statement.has_nbf && j->moment < j->statement.nbf;

    printf("not-yet-valid  %s ", before ? "before" : "the statement was not in the log yet at");
    print_time(before ? j->statement.nbf : j->moment);
    printf("\n");
}

/* Where the key that signed it, or its schema, ended; whatever it is dated, it stands behind that in the log. */
static void key_void_put(const struct judgement *j)
{
    printf("key-void  the key that signed %s ended at @%" PRIu64 "\n", j->void_of_schema ? "its schema" : "it",
           j->void_from);
    printf("  its issuer says that what the key signed from there on is not its own; ask it for a new one\n");
}

/* Nobody can get them from the log. */
static void withheld_put(const struct judgement *j)
{
    printf("withheld  its claims were kept out of the log and are not in this file\n  they are in the file that ");
    issuer_put(j);
    printf(" gave to its holder: ask for that one\n");
}

/* The statement itself is not what brings the verdict; the line about that one says why. */
static void through_put(const struct judgement *j)
{
    printf("%s through @%" PRIu64 ", which it depends on\n", verdict_word(j->verdict), j->through->position);
    if (j->verdict > VERDICT_EXPIRED) return;
    printf("  that is for good: ask ");
    issuer_put(j);
    printf(" for one that does not depend on it\n");
}

static void headline(const struct judgement *j, const struct question *q, const struct trust *trust)
{
    if (j->through != NULL && j->verdict != VERDICT_FORGED) {
        through_put(j);
        return;
    }
    switch (j->verdict) {
    case VERDICT_UNTRUSTED: untrusted_put(j, trust); return;
    case VERDICT_KEY_VOID: key_void_put(j); return;
    case VERDICT_WITHHELD: withheld_put(j); return;
    case VERDICT_REVOKED: status_put(j, "revoked"); return;
    case VERDICT_SUPERSEDED: status_put(j, "superseded"); return;
    case VERDICT_SUSPENDED: status_put(j, "suspended"); return;
    case VERDICT_FORGED: printf("forged  this file does not hold: %s\n", j->why); return;
    case VERDICT_INCOMPLETE: incomplete_put(j); return;
    case VERDICT_EXPIRED:
        printf("expired at ");
        print_time(j->statement.exp);
        printf("\n");
        return;
    case VERDICT_NOT_YET_VALID: not_yet_put(j); return;
    default:
        printf("%-7s ", verdict_word(j->verdict));
        as_of_put(j, q);
        printf("\n");
    }
}

static void stale_put(const struct judgement *j, const struct trust *trust)
{
    if (trust != NULL && trust->has_max_age)
        printf("  older than your max-age of %" PRIu64 " s: cairn verify FILE --refresh\n", trust->max_age);
    if (!j->closed) return;
    printf("  the log closed at ");
    print_time(j->closed_from);
    if (j->successor.len > 0) {
        printf("; the one that follows it: ");
        print_text(j->successor);
    }
    printf("\n");
}

/* What to do about the verdicts that are not final. */
static void advice_put(const struct judgement *j, const struct question *q, const struct trust *trust)
{
    if (j->verdict == VERDICT_STALE) stale_put(j, trust);
    if (j->verdict == VERDICT_UNWITNESSED)
        printf("  %u of %u witnesses signed it; your trust file wants more: ask for the file again later\n",
               j->witnesses, j->witnesses_known);
    if (j->verdict == VERDICT_UNAUDITED) printf("  your trust file wants an auditor's word, and this file has none\n");
    if (j->verdict != VERDICT_INCOMPLETE || j->other_kind) return;
    if (q->as_of != AS_OF_NOW)
        printf("  this file cannot tell about that moment; one that it can: --as-of with a time up to its date\n");
    else
        printf("  get it again: cairn verify FILE --refresh, or cairn get\n");
}

/* What came after the moment that was asked about. */
static void since_put(const struct judgement *j)
{
    print_depends_since(j);
    if (j->has_void_since) printf("  since  the key that signed it was cut from before it on\n");
    if (!j->has_since) return;
    printf("  since  %s", status_word(j->since.status));
    if (j->has_since_time) {
        printf(" at ");
        print_time(j->since_time);
    }
    printf(" (@%" PRIu64 ")\n", j->since.position);
}

static void others_put(const struct judgement *j)
{
    bool first = true;

    for (int v = (int)j->verdict + 1; v < VERDICT_VALID; v++) {
        if (!j->applies[v]) continue;
        printf(first ? "  also  %s" : ", %s", verdict_word((enum verdict)v));
        first = false;
    }
    if (!first) printf("\n");
}

void print_verdict(const struct judgement *j, const struct question *q, const struct trust *trust, bool refreshed)
{
    headline(j, q, trust);
    if (j->verdict == VERDICT_FORGED || j->verdict == VERDICT_UNTRUSTED) {
        if (j->verdict == VERDICT_UNTRUSTED) print_depends(j, trust);
        others_put(j);
        return;
    }
    says_put(j);
    private_put(j);
    print_depends(j, trust);
    since_put(j);
    advice_put(j, q, trust);
    others_put(j);
    if (j->verdict == VERDICT_VALID) checked_put(j, refreshed);
}

static void json_read(json_t *o, const struct judgement *j)
{
    uint8_t text[4096];
    struct out claims = out_over(text, sizeof(text));

    print_json_text(o, "origin", j->checkpoint.origin);
    print_json_text(o, "issuer", j->statement.iss);
    print_json_text(o, "subject", j->statement.sub);
    if (j->has_schema) {
        print_json_text(o, "schema", j->schema.name);
        json_object_set_new(o, "schema_version", json_integer((json_int_t)j->schema.version));
        json_object_set_new(o, "private", json_boolean(j->statement.is_private));
        words_attested(&claims, &j->statement, j->preimage);
        print_json_text(o, "claims", out_span(&claims));
    }
    if (j->statement.has_exp) json_object_set_new(o, "expires", json_integer((json_int_t)j->statement.exp));
    json_object_set_new(o, "position", json_integer((json_int_t)j->position));
    json_object_set_new(o, "size", json_integer((json_int_t)j->checkpoint.size));
    json_object_set_new(o, "evidence_time", json_integer((json_int_t)j->evidence_time));
    json_object_set_new(o, "seal_time", json_integer((json_int_t)j->seal_time));
    json_object_set_new(o, "moment", json_integer((json_int_t)j->moment));
    json_object_set_new(o, "witnesses", json_integer(j->witnesses));
    json_object_set_new(o, "audited", json_boolean(j->audited));
    if (j->status.decided) print_json_status(o, "status", &j->status, j->has_status_time, j->status_time);
    if (j->has_replacement) print_json_hash(o, "replacement", &j->status.replacement);
    if (j->own[VERDICT_KEY_VOID]) json_object_set_new(o, "void_from", json_integer((json_int_t)j->void_from));
    if (j->has_void_since) json_object_set_new(o, "void_since", json_true());
    if (j->has_since) print_json_status(o, "since", &j->since, j->has_since_time, j->since_time);
}

void print_verdict_json(const struct judgement *j, const struct question *q)
{
    json_t *o = json_object(), *all = json_array();

    json_object_set_new(o, "verdict", json_string(verdict_word(j->verdict)));
    for (int v = 0; v < VERDICT_COUNT; v++)
        if (j->applies[v]) json_array_append_new(all, json_string(verdict_word((enum verdict)v)));
    json_object_set_new(o, "applies", all);
    json_object_set_new(o, "why", json_string(j->why));
    json_object_set_new(o, "now", json_integer((json_int_t)q->now));
    if (j->read) json_read(o, j);
    if (j->depends_count > 0) print_json_depends(o, j);
    json_dumpf(o, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    printf("\n");
    json_decref(o);
}
