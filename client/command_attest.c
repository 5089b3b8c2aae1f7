/* cairn attest. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "client/claims.h"
#include "client/depends.h"
#include "client/evidence_file.h"
#include "client/schema_file.h"
#include "client/submit.h"
#include "client/value.h"
#include "log/base/text.h"
#include "log/evidence/trust.h"
#include "log/evidence/words.h"
#include "log/statement/private.h"
#include "server/shell/program.h"

#define WORD_LEN 80
#define USAGE \
    "cairn attest SCHEMA FIELD=VALUE… --about new|SUBJECT [--private] [--depends-on @POSITION|ID]… [--until DATE] " \
    "[--out FILE] [--issuer NAME] [--log NAME]"
#define YEAR 31536000
#define CLAIMS_MAX 12288

struct attesting {
    const struct args *args;
    const struct known_log *log;
    const struct issuer_key *key;
    struct schema_payload *schema;
    struct hash schema_id;
    struct depends depends;
    const char *schema_name, *out, *until;
    char subject[SUB_MAX + 1];
    bool subject_new, schema_own, is_private;
    uint64_t now, exp;
};

/* 12 letters and digits that nobody mistakes for one another; 60 bits. */
static void subject_random(char ret[SUB_MAX + 1])
{
    static const char letters[] = "23456789abcdefghjkmnpqrstuvwxyz"; /* 31 */

    memcpy(ret, "sub-", 4);
    for (unsigned i = 0; i < 12; i++) ret[4 + i] = letters[randombytes_uniform(31)];
    ret[16] = 0;
}

/* One pair that the words FIELD=… make: one value, or those of a list with commas between them. A field that the
 * schema does not have is a text. */
static enum err values_put(const struct schema_field *f, struct span words, struct out *o)
{
    uint8_t bytes[CLAIMS_MAX];
    struct out list = out_over(bytes, sizeof(bytes));
    uint64_t count = 0;
    struct span one;

    if (f == NULL || !f->array) return value_put(f == NULL ? FIELD_TEXT : f->type, words, o);
    for (; words.len > 0 && value_next(&words, &one); count++) TRY(value_put(f->type, one, &list));
    cbor_put_array(o, count);
    out_bytes(o, out_span(&list));
    return out_check(&list);
}

/* Keys in the order of their encoding: shorter first, then by bytes. */
static int by_encoding(const void *a, const void *b)
{
    struct span x = span_text(*(char *const *)a), y = span_text(*(char *const *)b), nx, ny;

    nx = span_slice(x, 0, span_find(x, '='));
    ny = span_slice(y, 0, span_find(y, '='));
    return nx.len != ny.len ? (nx.len > ny.len) - (nx.len < ny.len) : span_compare(nx, ny);
}

/* "a list of dates…, one of a, b; at least 2 bytes, at most 40" */
static void limits_put(const struct schema_field *f, struct out *o)
{
    bool of_length = f->type == FIELD_TEXT || f->type == FIELD_BYTES;

    if (f->array) out_text(o, "with commas between them, each ");
    out_text(o, value_wanted(f->type));
    for (size_t i = 0; i < f->choice_count; i++) {
        out_text(o, i == 0 ? ", one of " : ", ");
        value_show(f->type, f->choice[i], o);
    }
    if (f->has_least) {
        out_text(o, ", at least ");
        value_bound_show(of_length ? FIELD_UINT : f->type, f->least, o);
        if (of_length) out_text(o, " bytes");
    }
    if (f->has_most) {
        out_text(o, ", at most ");
        value_bound_show(of_length ? FIELD_UINT : f->type, f->most, o);
        if (of_length) out_text(o, " bytes");
    }
}

/* Of the values listed the nearest to what was given, else the first. */
static void choice_put(const struct schema_field *f, const char *given, struct out *o)
{
    char shown[SCHEMA_CHOICES_MAX][WORD_LEN];
    struct nearest n = nearest_to(given == NULL ? "" : given);

    for (size_t i = 0; i < f->choice_count; i++) {
        struct out one = out_over(shown[i], WORD_LEN - 1);

        value_show(f->type, f->choice[i], &one);
        shown[i][one.len] = 0;
        nearest_offer(&n, shown[i]);
    }
    out_text(o, n.word == NULL ? shown[0] : n.word);
}

/* A value that would do: one of those listed, a bound, or any. */
static void example_put(const struct schema_field *f, const char *given, struct out *o)
{
    bool of_length = f->type == FIELD_TEXT || f->type == FIELD_BYTES;

    if (f->choice_count > 0)
        choice_put(f, given, o);
    else if (!of_length && (f->has_least || f->has_most))
        value_bound_show(f->type, f->has_least ? f->least : f->most, o);
    else
        out_text(o, value_example(f->type));
}

static void word_of(struct span text, char ret[WORD_LEN])
{
    snprintf(ret, WORD_LEN, "%.*s", (int)text.len, (const char *)text.ptr);
}

static void field_advice(const struct attesting *t, struct span field)
{
    const struct schema_payload *p = t->schema;
    char wanted[WORD_LEN], name[SCHEMA_FIELDS_MAX][WORD_LEN];
    struct nearest n;

    word_of(field, wanted);
    n = nearest_to(wanted);
    for (size_t i = 0; i < p->field_count; i++) {
        word_of(p->field[i].name, name[i]);
        nearest_offer(&n, name[i]);
    }
    if (n.word != NULL)
        fprintf(stderr, "  the nearest is %s\n", n.word);
    else
        fprintf(stderr, "  leave it out, or publish version %llu of %s with it\n", (unsigned long long)p->version + 1,
                t->schema_name);
}

static int no_such_field(const struct attesting *t, struct span field)
{
    const struct schema_payload *p = t->schema;

    fprintf(stderr, "cairn: attest: expected the fields of %s %llu:", t->schema_name, (unsigned long long)p->version);
    for (size_t i = 0; i < p->field_count; i++)
        fprintf(stderr, " %.*s", (int)p->field[i].name.len, (const char *)p->field[i].name.ptr);
    fprintf(stderr, "; found %.*s\n", (int)field.len, (const char *)field.ptr);
    field_advice(t, field);
    return EXIT_USAGE;
}

/* What is wrong with a field, from the schema's own words. */
static int claims_wrong(const struct attesting *t, struct span field, char **words, int count)
{
    const struct schema_field *f = schema_find(t->schema, field);
    char text[SCHEMA_CHOICES_MAX * 80];
    struct out o = out_over(text, sizeof(text));
    int given = -1;

    for (int i = 0; i < count; i++) {
        struct span word = span_text(words[i]);

        if (span_equal(span_slice(word, 0, span_find(word, '=')), field)) given = i;
    }
    fflush(stdout);
    if (f == NULL) return no_such_field(t, field);
    limits_put(f, &o);
    fprintf(stderr, "cairn: attest: expected %.*s=%s%.*s; found %s\n", (int)f->name.len, (const char *)f->name.ptr,
            f->array ? "VALUES " : "", (int)o.len, text, given < 0 ? "none, and it is required" : words[given]);
    o = out_over(text, sizeof(text));
    example_put(f, given < 0 ? NULL : words[given] + (size_t)field.len + (words[given][field.len] == '='), &o);
    fprintf(stderr, "  %.*s=%.*s\n", (int)f->name.len, (const char *)f->name.ptr, (int)o.len, text);
    if (f->description.len > 0) {
        o = out_over(text, sizeof(text));
        text_escape(f->description, SCHEMA_DESCRIPTION_MAX, &o);
        fprintf(stderr, "  %.*s: %.*s\n", (int)f->name.len, (const char *)f->name.ptr, (int)o.len, text);
    }
    return EXIT_USAGE;
}

static int claims_make(const struct attesting *t, char **words, int count, struct out *o)
{
    struct span field = {0};
    enum err e = ERR_OK;

    qsort(words, (size_t)count, sizeof(*words), by_encoding);
    cbor_put_map(o, (uint64_t)count);
    for (int i = 0; i < count; i++) {
        struct span rest = span_text(words[i]), name;

        if (!span_cut(&rest, '=', &name)) {
            fprintf(stderr, "cairn: expected FIELD=VALUE; found %s\nusage: " USAGE "\n", words[i]);
            return EXIT_USAGE;
        }
        if (!utf8_valid(name)) return client_fail(ERR_BAD_UTF8, "attest", words[i]);
        cbor_put_text(o, name);
        e = values_put(schema_find(t->schema, name), rest, o);
        if (e == ERR_CLAIMS_MISMATCH) return claims_wrong(t, name, words, count);
        if (e != ERR_OK) return client_fail(e, "attest", words[i]);
    }
    e = out_check(o);
    if (e == ERR_OK) e = cbor_check(out_span(o));
    if (e == ERR_OK) e = schema_check(t->schema, out_span(o), &field);
    if (e == ERR_OK) return EXIT_YES;
    return e == ERR_CLAIMS_MISMATCH ? claims_wrong(t, field, words, count) : client_fail(e, "attest", "");
}

static void say_fields(char **words, int count)
{
    printf("note  ");
    for (int i = 0; i < count; i++) {
        struct span word = span_text(words[i]);

        if (i > 0) printf(i + 1 == count ? " and " : ", ");
        print_text(span_slice(word, 0, span_find(word, '=')));
    }
}

/* Named before anything is signed: what stands in a log cannot be taken out of it. */
static void say_public(const struct attesting *t, char **words, int count)
{
    const char *them = !t->subject_new ? "the claims" : count == 1 ? "it" : "them";

    say_fields(words, count);
    printf(count == 1 ? " becomes public for ever" : " become public for ever");
    if (!t->subject_new) printf(", and that they are about %s", t->subject);
    if (t->schema->private_allowed)
        printf("%s to keep %s out of the log: --private", t->subject_new ? ";" : "\n     ", them);
    printf("\n");
}

/* The same before those that are kept out of it: what of them becomes public all the same. */
static void say_private(const struct attesting *t, char **words, int count)
{
    bool one = count == 1;
    char room[PATH_LEN];

    say_fields(words, count);
    printf(" %s out of the log: only %s and the file for the holder have %s\n", one ? "stays" : "stay",
           claims_folder(t->args, room), one ? "it" : "them");
    printf("      public for ever: a hash of the claims, who attests, %s %llu, %s, the dates\n", t->schema_name,
           (unsigned long long)t->schema->version, t->subject);
}

/* What is signed in the place of private claims. A salt is used once. */
static struct hash close_claims(struct span claims, struct out *ret_preimage)
{
    uint8_t salt[PRIVATE_SALT_LEN];

    randombytes_buf(salt, sizeof(salt));
    private_encode(salt, claims, ret_preimage);
    return private_hash(out_span(ret_preimage));
}

static enum err make(const struct attesting *t, struct span payload, struct out *o)
{
    struct draft draft = {.kind = KIND_ATTESTATION,
                          .iss = issuer_iss(t->key),
                          .sub = span_text(t->subject),
                          .home = t->log->origin,
                          .payload = payload,
                          .is_private = t->is_private,
                          .has_exp = true,
                          .exp = t->exp,
                          .has_iat = true,
                          .iat = t->now,
                          .has_schema = true,
                          .schema = t->schema_id,
                          .depends_count = t->depends.count,
                          .depends = t->depends.id};

    return statement_make(&draft, &t->key->secret, o);
}

/* A file that is there already is another attestation's; this one has its position behind it. */
static void evidence_path(const char *subject, uint64_t position, char path[PATH_LEN])
{
    char name[SUB_MAX + 1];

    file_of_subject(span_text(subject), name);
    snprintf(path, PATH_LEN, "%s.cairn", name);
    if (access(path, F_OK) == 0) snprintf(path, PATH_LEN, "%s-%llu.cairn", name, (unsigned long long)position);
}

static enum err write_evidence(const struct attesting *t, struct span preimage, struct submitted *done,
                               char path[PATH_LEN])
{
    if (t->out != NULL)
        snprintf(path, PATH_LEN, "%s", t->out);
    else
        evidence_path(t->subject, done->position, path);
    if (t->is_private) TRY(evidence_file_claims(preimage, &done->evidence, &done->evidence_len));
    return evidence_file_write(t->args, span_of(done->evidence, done->evidence_len), path);
}

/* Who stands behind a pseudonym is known here and nowhere else. */
static enum err remember_subject(const struct attesting *t)
{
    char path[PATH_LEN], line[512];
    uint8_t text[32];
    struct out day = out_over(text, sizeof(text));

    if (!t->subject_new) return ERR_OK;
    text_date(t->now, &day);
    snprintf(line, sizeof(line), "subject %s %s %.*s", t->subject, t->schema_name, (int)day.len, (const char *)text);
    TRY(home_path(t->args, "subjects.txt", path));
    if (access(path, F_OK) != 0)
        TRY(file_append_line(path, SPAN("# subject SUBJECT SCHEMA DATE, and who it is: yours to add")));
    return file_append_line(path, span_text(line));
}

static int finish(const struct attesting *t, struct span preimage, struct submitted *done)
{
    char path[PATH_LEN];
    uint8_t text[32];
    struct out day = out_over(text, sizeof(text));
    enum err e;

    text_date(t->exp, &day);
    printf("ok    @%llu · about %s", (unsigned long long)done->position, t->subject);
    if (t->subject_new) printf(" (new; only your subjects.txt knows who)");
    printf(" · until %.*s\n", (int)day.len, (const char *)text);
    e = known_attest(t->args, t->key, done->position);
    if (e != ERR_OK) client_fail(e, "what was attested is not remembered", t->key->name);
    e = write_evidence(t, preimage, done, path);
    if (e == ERR_OK) printf("wrote %s   give it to the holder%s\n", path, t->is_private ? ": it has the claims" : "");
    if (e == ERR_OK) return EXIT_YES;
    client_fail(e, path, "");
    fprintf(stderr, "  the statement is in the log all the same: cairn get @%llu --out FILE\n",
            (unsigned long long)done->position);
    return exit_of(e);
}

static int attest(struct attesting *t, char **words, int count)
{
    uint8_t claims[CLAIMS_MAX], preimage[CLAIMS_MAX + 64], bytes[2 * CLAIMS_MAX];
    struct out c = out_over(claims, sizeof(claims)), p = out_over(preimage, sizeof(preimage));
    struct out o = out_over(bytes, sizeof(bytes));
    SUBMITTED done = {.evidence = NULL};
    struct hash closed;
    int code = claims_make(t, words, count, &c);
    enum err e;

    if (code != EXIT_YES) return code;
    (t->is_private ? say_private : say_public)(t, words, count);
    fflush(stdout);
    if (t->is_private) closed = close_claims(out_span(&c), &p);
    e = make(t, t->is_private ? hash_span(&closed) : out_span(&c), &o);
    /* Durable before the statement is: it can be sent from then on, by any command. */
    if (e == ERR_OK && t->is_private) e = claims_keep(t->args, out_span(&o), out_span(&p));
    if (e == ERR_OK) e = remember_subject(t);
    if (e != ERR_OK) return client_fail(e, "attest", t->subject);
    code = submit(t->args, t->log, out_span(&o), &done);
    return code == EXIT_YES ? finish(t, out_span(&p), &done) : code;
}

static int dates(struct attesting *t)
{
    uint64_t longest = t->schema->has_validity ? t->schema->validity : YEAR;
    uint8_t room[32];
    struct out most = out_over(room, sizeof(room));

    t->now = (uint64_t)time(NULL);
    t->exp = t->now + longest;
    if (t->until == NULL) return EXIT_YES;
    if (text_time_decode(span_text(t->until), &t->exp) != ERR_OK)
        return client_fail(ERR_BAD_NUMBER, "--until wants a date like 2027-11-20", t->until);
    if (t->exp > t->now && (!t->schema->has_validity || t->exp - t->now <= t->schema->validity)) return EXIT_YES;
    text_date(t->now + longest, &most);
    fprintf(stderr, "cairn: expected --until after now and at the latest %.*s; found %s\n", (int)most.len,
            (const char *)room, t->until);
    return EXIT_USAGE;
}

static int subject(struct attesting *t, const char *about)
{
    enum err e;

    if (about == NULL) {
        fprintf(stderr, "cairn: expected --about new, or --about SUBJECT\nusage: " USAGE "\n");
        return EXIT_USAGE;
    }
    t->subject_new = strcmp(about, "new") == 0;
    if (t->subject_new)
        subject_random(t->subject);
    else if (strlen(about) > SUB_MAX)
        return client_fail(ERR_BAD_SUB, "--about", about);
    else
        snprintf(t->subject, sizeof(t->subject), "%s", about);
    e = sub_check(span_text(t->subject));
    return e == ERR_OK ? EXIT_YES : client_fail(e, "--about", about);
}

/* One may attest under the schema of another, knowing it. */
static bool ask_others(const struct attesting *t, struct span iss)
{
    uint8_t text[4 * ISS_MAX];
    struct out name = out_over(text, sizeof(text));

    words_name(&name, iss);
    printf("note  %s published no schema %s from this folder; the one that is here is of %.*s\n", t->key->name,
           t->schema_name, (int)name.len, (const char *)text);
    return client_ask(t->args, "Attest under it?");
}

/* Asked here, since the log would say no. */
static int check_private(const struct attesting *t)
{
    char found[128];

    if (!t->is_private || t->schema->private_allowed) return EXIT_YES;
    snprintf(found, sizeof(found), "%.80s %llu, which does not", t->schema_name,
             (unsigned long long)t->schema->version);
    client_fail(ERR_PRIVATE_REFUSED, "--private", found);
    if (t->schema_own)
        fprintf(stderr, "  or publish version %llu of %s with a line of its own: private-allowed\n",
                (unsigned long long)t->schema->version + 1, t->schema_name);
    return EXIT_NO;
}

static int with_schema(struct attesting *t, struct args *a)
{
    uint8_t *bytes = NULL;
    struct span iss = {0};
    bool others = false;
    enum err e;
    int code;

    t->schema_name = a->word[0];
    t->schema = calloc(1, sizeof(*t->schema));
    if (t->schema == NULL) return client_fail(ERR_NO_MEMORY, "attest", "");
    e = pet_name_good(t->schema_name) ? schema_load_own(a, t->key, t->schema_name, &bytes, t->schema, &t->schema_id)
                                      : ERR_BAD_SCHEMA;
    if (e == ERR_NO_FILE) {
        e = schema_load_of(a, t->schema_name, &bytes, t->schema, &t->schema_id, &iss);
        others = e == ERR_OK;
    }
    if (others && !ask_others(t, iss)) {
        code = EXIT_NO;
    } else if (e == ERR_NO_FILE) {
        fprintf(stderr, "cairn: there is no schema %s here\n  publish it first: cairn schema publish FILE\n",
                t->schema_name);
        code = EXIT_USAGE;
    } else {
        t->schema_own = !others;
        code = e == ERR_OK ? dates(t) : client_fail(e, t->schema_name, "");
    }
    if (code == EXIT_YES) code = check_private(t);
    if (code == EXIT_YES) code = attest(t, a->word + 1, a->count - 1);
    free(bytes);
    free(t->schema);
    return code;
}

int command_attest(struct args *a)
{
    const char *about = args_value(a, "--about");
    struct attesting t = {.args = a,
                          .is_private = args_flag(a, "--private"),
                          .until = args_value(a, "--until"),
                          .out = args_value(a, "--out")};
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    ISSUER_KEY k = {0};
    int code;

    if (t.out != NULL && !a->yes && access(t.out, F_OK) == 0) return client_fail(ERR_EXISTS, "--out", t.out);
    code = known_log(a, &log);
    if (code == EXIT_YES) code = known_issuer(a, &k);
    if (code == EXIT_YES) code = subject(&t, about);
    if (code == EXIT_YES) code = depends_take(a, &t.depends);
    if (code == EXIT_YES && a->count < 2) code = args_left(a, 2, USAGE);
    if (code == EXIT_YES) code = args_left(a, a->count, USAGE);
    if (code == EXIT_YES) code = depends_resolve(a, log, &t.depends);
    if (code != EXIT_YES) return code;
    t.log = log;
    t.key = &k;
    return with_schema(&t, a);
}
