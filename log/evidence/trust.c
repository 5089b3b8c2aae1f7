/* See trust.h. The lines of tlog-policy are quorum.h's; this file knows those that Cairn adds. What a
 * line names must stand above it. */
#include "log/evidence/trust.h"

#include "log/base/codec.h"
#include "log/statement/schema.h"

/* A hundred years: no duration that anyone means is longer. */
#define DURATION_MAX (UINT64_C(100) * 366 * 86400)

/* One line being read: its words, and the one that is to blame should it be refused. */
struct reader {
    struct trust *t;
    const struct lines *l;
    size_t blame;
};

static struct span word(const struct reader *r, size_t n)
{
    return r->l->word[n];
}

static bool word_is(const struct reader *r, size_t n, const char *text)
{
    return n < r->l->count && span_equal(word(r, n), span_text(text));
}

/* Refuses for the sake of word n, or of the last one when the line ends too early. */
static enum err blame(struct reader *r, size_t n, enum err e)
{
    r->blame = n < r->l->count ? n : r->l->count - 1;
    return e;
}

/* ---- issuer NAME ckt:…|NAME for SCHEMA[>=N]…|any [on LOG] ---- */

static bool same_issuer(const struct trust_issuer *a, const struct trust_issuer *b)
{
    return span_equal(a->iss, b->iss) && hash_equal(&a->genesis, &b->genesis);
}

/* A name, as rules approve them: printable ASCII, and not in the way of thumbprints. */
static bool approved_name_good(struct span name)
{
    if (span_starts_nocase(name, SPAN("urn:")) || span_starts_nocase(name, SPAN(CKT_SHORT))) return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~') return false;
    return iss_good(name);
}

static enum err identity_read(struct reader *r, struct trust_issuer *ret)
{
    ret->name = word(r, 1);
    if (r->l->count < 3) return blame(r, 2, ERR_BAD_TRUST);
    if (ckt_decode(word(r, 2), &ret->genesis) != ERR_OK) {
        if (!approved_name_good(word(r, 2))) return blame(r, 2, ERR_BAD_TRUST);
        ret->iss = word(r, 2);
    }
    /* A pet name that stands for two issuers would deceive whoever reads it in a verdict. */
    for (size_t i = 0; i < r->t->issuer_count; i++)
        if (span_equal(r->t->issuer[i].name, ret->name) && !same_issuer(&r->t->issuer[i], ret))
            return blame(r, 1, ERR_BAD_TRUST);
    return ERR_OK;
}

static bool log_listed(const struct policy *p, struct span origin)
{
    for (size_t i = 0; i < p->log_count; i++)
        if (span_equal(vkey_name(&p->log[i].vkey), origin)) return true;
    return false;
}

/* "on LOG" at the end of the line; *ret_end is where the schemas before it end. */
static enum err scope_read(struct reader *r, struct trust_issuer *ret, size_t *ret_end)
{
    size_t count = r->l->count;

    *ret_end = count;
    if (count < 7 || !word_is(r, count - 2, "on")) return ERR_OK;
    if (!log_listed(&r->t->policy, word(r, count - 1))) return blame(r, count - 1, ERR_BAD_TRUST);
    ret->log = word(r, count - 1);
    *ret_end = count - 2;
    return ERR_OK;
}

enum err trust_schema_decode(struct span text, struct trust_schema *ret)
{
    struct span least = text;

    *ret = (struct trust_schema){.name = text, .least = 1};
    if (span_cut(&least, '>', &ret->name)) {
        if (!span_starts(least, SPAN("="))) return ERR_BAD_TRUST;
        if (decimal_decode(span_slice(least, 1, least.len), UINT32_MAX, &ret->least) != ERR_OK) return ERR_BAD_TRUST;
        if (ret->least == 0) return ERR_BAD_TRUST;
        ret->ranged = true;
    }
    if (span_equal(ret->name, SPAN("any")) || span_equal(ret->name, SPAN("on"))) return ERR_BAD_TRUST;
    return schema_name_good(ret->name) ? ERR_OK : ERR_BAD_TRUST;
}

static enum err schemas_read(struct reader *r, size_t from, size_t end, struct trust_issuer *ret)
{
    if (end == from + 1 && word_is(r, from, "any")) {
        ret->any = true;
        return ERR_OK;
    }
    if (end == from) return blame(r, from, ERR_BAD_TRUST);
    for (size_t n = from; n < end; n++) {
        struct trust_schema *s = &ret->schema[ret->schema_count];
        enum err e;

        if (ret->schema_count == TRUST_SCHEMAS_MAX) return blame(r, n, ERR_BAD_TRUST);
        e = trust_schema_decode(word(r, n), s);
        if (e != ERR_OK) return blame(r, n, e);
        for (size_t i = 0; i < ret->schema_count; i++)
            if (span_equal(ret->schema[i].name, s->name)) return blame(r, n, ERR_BAD_TRUST);
        ret->schema_count++;
    }
    return ERR_OK;
}

static enum err issuer_take(struct reader *r)
{
    struct trust_issuer *issuer = &r->t->issuer[r->t->issuer_count];
    size_t end;

    if (r->l->count < 2) return blame(r, 1, ERR_BAD_TRUST);
    if (r->t->issuer_count == TRUST_ISSUERS_MAX) return blame(r, 0, ERR_BAD_TRUST);
    memset(issuer, 0, sizeof(*issuer));
    TRY(identity_read(r, issuer));
    if (!word_is(r, 3, "for") || r->l->count < 5) return blame(r, 3, ERR_BAD_TRUST);
    TRY(scope_read(r, issuer, &end));
    TRY(schemas_read(r, 4, end, issuer));
    r->t->issuer_count++;
    return ERR_OK;
}

/* ---- the others ---- */

static enum err audit_take(struct reader *r)
{
    if (r->l->count != 2) return blame(r, 2, ERR_BAD_TRUST);
    if (r->t->audit >= 0) return blame(r, 0, ERR_BAD_TRUST);
    r->t->audit = policy_find(&r->t->policy, word(r, 1));
    return r->t->audit >= 0 ? ERR_OK : blame(r, 1, ERR_BAD_TRUST);
}

static enum err max_age_take(struct reader *r)
{
    if (r->l->count != 2) return blame(r, 2, ERR_BAD_TRUST);
    if (r->t->has_max_age) return blame(r, 0, ERR_BAD_TRUST);
    if (duration_decode(word(r, 1), &r->t->max_age) != ERR_OK) return blame(r, 1, ERR_BAD_TRUST);
    r->t->has_max_age = true;
    return ERR_OK;
}

/* What they ask for cannot be judged by this version, and a wish that is passed over is worse than none. */
static enum err later_take(struct reader *r)
{
    return blame(r, 0, ERR_NOT_BUILT);
}

/* clang-format off */
static const struct {
    const char *word;
    enum err (*take)(struct reader *r);
} takers[] = {
    {"issuer", issuer_take},
    {"audit", audit_take},
    {"max-age", max_age_take},
    {"need", later_take},
    {"conflict", later_take},
};
/* clang-format on */

static enum err line_take(struct reader *r)
{
    bool mine;
    enum err e = policy_take(&r->t->policy, r->l->word, r->l->count, &mine);

    if (e != ERR_OK) return blame(r, 0, e);
    if (mine) return ERR_OK;
    for (size_t i = 0; i < COUNT_OF(takers); i++)
        if (word_is(r, 0, takers[i].word)) return takers[i].take(r);
    return blame(r, 0, ERR_BAD_TRUST);
}

static enum err lines_take(struct lines *l, struct trust *t, unsigned *ret_column)
{
    bool more = false;

    for (;;) {
        struct reader r = {.t = t, .l = l};
        enum err e = lines_next(l, &more);

        *ret_column = l->column[0];
        if (e != ERR_OK) return ERR_BAD_TRUST;
        if (!more) return ERR_OK;
        e = line_take(&r);
        *ret_column = l->column[r.blame];
        TRY(e);
    }
}

enum err trust_decode(struct span text, struct trust *ret, unsigned *ret_line, unsigned *ret_column)
{
    struct lines l = lines_over(text);
    enum err e;

    memset(ret, 0, sizeof(*ret));
    ret->audit = -1;
    ret->hash = hash_of(text);
    e = lines_take(&l, ret, ret_column);
    *ret_line = l.line;
    TRY(e);
    /* A log without a word on its witnesses: whoever wants none says "quorum none". */
    if (ret->policy.log_count == 0 || ret->policy.has_quorum) return ERR_OK;
    *ret_column = 1;
    return ERR_BAD_TRUST;
}

enum err duration_decode(struct span text, uint64_t *ret_seconds)
{
    static const struct {
        uint8_t letter;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    uint64_t n;

    if (text.len < 2) return ERR_BAD_NUMBER;
    TRY(decimal_decode(span_slice(text, 0, text.len - 1), DURATION_MAX, &n));
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (text.ptr[text.len - 1] != units[i].letter) continue;
        if (n == 0 || n > DURATION_MAX / units[i].seconds) return ERR_BAD_NUMBER;
        *ret_seconds = n * units[i].seconds;
        return ERR_OK;
    }
    return ERR_BAD_NUMBER;
}
