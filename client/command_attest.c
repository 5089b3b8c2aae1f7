/* cairn attest. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "client/schema_file.h"
#include "client/submit.h"
#include "log/base/codec.h"
#include "log/base/text.h"
#include "log/evidence/armour.h"
#include "log/evidence/trust.h"

#define USAGE \
    "cairn attest SCHEMA FIELD=VALUE… --about new|SUBJECT [--until DATE] [--out FILE] [--issuer NAME] [--log NAME]"
#define YEAR 31536000
#define CLAIMS_MAX 12288

struct attesting {
    const struct args *args;
    const struct known_log *log;
    const struct issuer_key *key;
    struct schema_payload *schema;
    struct hash schema_id;
    const char *schema_name, *out, *until;
    char subject[SUB_MAX + 1];
    bool subject_new;
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

static const struct schema_field *field_of(const struct schema_payload *p, struct span name)
{
    for (size_t i = 0; i < p->field_count; i++)
        if (span_equal(p->field[i].name, name)) return &p->field[i];
    return NULL;
}

static enum err value_put(const struct schema_field *f, struct span value, struct out *o)
{
    uint64_t n;

    if (f != NULL && f->array) return ERR_NOT_BUILT;
    switch (f == NULL ? FIELD_TEXT : f->type) {
    case FIELD_TEXT: cbor_put_text(o, value); return ERR_OK;
    case FIELD_UINT:
        TRY(decimal_decode(value, UINT64_MAX, &n));
        cbor_put_uint(o, n);
        return ERR_OK;
    case FIELD_BOOL:
        if (!span_equal(value, SPAN("yes")) && !span_equal(value, SPAN("no")) && !span_equal(value, SPAN("true")) &&
            !span_equal(value, SPAN("false")))
            return ERR_CLAIMS_MISMATCH;
        cbor_put_bool(o, value.ptr[0] == 'y' || value.ptr[0] == 't');
        return ERR_OK;
    default: return ERR_NOT_BUILT;
    }
}

/* Keys in the order of their encoding: shorter first, then by bytes. */
static int by_encoding(const void *a, const void *b)
{
    struct span x = span_text(*(char *const *)a), y = span_text(*(char *const *)b), nx, ny;

    nx = span_slice(x, 0, span_find(x, '='));
    ny = span_slice(y, 0, span_find(y, '='));
    return nx.len != ny.len ? (nx.len > ny.len) - (nx.len < ny.len) : span_compare(nx, ny);
}

static void put_limits(const struct schema_field *f)
{
    static const char *const types[FIELD_TYPE_COUNT] = {"yes or no", "a whole number", "a number",
                                                        "a text",    "bytes",          "a time"};

    fprintf(stderr, "%s", types[f->type]);
    for (size_t i = 0; i < f->choice_count; i++) {
        struct cbor c = cbor_over(f->choice[i]);
        struct span text;

        if (cbor_text(&c, &text) != ERR_OK) continue;
        fprintf(stderr, "%s%.*s", i == 0 ? ", one of " : ", ", (int)text.len, (const char *)text.ptr);
    }
    if (f->has_least)
        fprintf(stderr, "%s at least %llu", f->type == FIELD_TEXT ? ", bytes" : ",", (unsigned long long)f->least);
    if (f->has_most) fprintf(stderr, ", at most %llu", (unsigned long long)f->most);
}

/* What is wrong with a field, from the schema's own words. */
static int claims_wrong(const struct attesting *t, struct span field, char **words, int count)
{
    const struct schema_field *f = field_of(t->schema, field);
    int given = -1;

    for (int i = 0; i < count; i++) {
        struct span word = span_text(words[i]);

        if (span_equal(span_slice(word, 0, span_find(word, '=')), field)) given = i;
    }
    fflush(stdout);
    fprintf(stderr, "cairn: attest: ");
    if (f == NULL) {
        fprintf(stderr, "expected the fields of %s:", t->schema_name);
        for (size_t i = 0; i < t->schema->field_count; i++)
            fprintf(stderr, " %.*s", (int)t->schema->field[i].name.len, (const char *)t->schema->field[i].name.ptr);
        fprintf(stderr, "; found %.*s\n", (int)field.len, (const char *)field.ptr);
        return EXIT_USAGE;
    }
    fprintf(stderr, "expected %.*s=", (int)f->name.len, (const char *)f->name.ptr);
    put_limits(f);
    fprintf(stderr, given < 0 ? "; found none, and it is required\n" : "; found %s\n", given < 0 ? "" : words[given]);
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
        cbor_put_text(o, name);
        e = value_put(field_of(t->schema, name), rest, o);
        if (e == ERR_NOT_BUILT) return client_fail(e, "attest", words[i]);
        if (e != ERR_OK) return claims_wrong(t, name, words, count);
    }
    e = out_check(o);
    if (e == ERR_OK) e = schema_check(t->schema, out_span(o), &field);
    if (e == ERR_OK) return EXIT_YES;
    return e == ERR_CLAIMS_MISMATCH ? claims_wrong(t, field, words, count) : client_fail(e, "attest", "");
}

/* Named before anything is signed: what stands in a log cannot be taken out of it. */
static void say_public(const struct attesting *t, char **words, int count)
{
    printf("note  ");
    for (int i = 0; i < count; i++) {
        struct span word = span_text(words[i]);

        if (i > 0) printf(i + 1 == count ? " and " : ", ");
        print_text(span_slice(word, 0, span_find(word, '=')));
    }
    printf(count == 1 ? " becomes public for ever" : " become public for ever");
    printf(t->subject_new ? "\n" : ", and that they are about %s\n", t->subject);
}

static enum err make(const struct attesting *t, struct span claims, struct out *o)
{
    struct draft draft = {.kind = KIND_ATTESTATION,
                          .iss = issuer_iss(t->key),
                          .sub = span_text(t->subject),
                          .home = t->log->origin,
                          .payload = claims,
                          .has_exp = true,
                          .exp = t->exp,
                          .has_iat = true,
                          .iat = t->now,
                          .has_schema = true,
                          .schema = t->schema_id};

    return statement_make(&draft, &t->key->secret, o);
}

/* A subject may be anything printable: only letters, digits, '-', '_' and '.' go into a file's name. One that
 * is there already is another attestation's; this one has its position behind it. */
static void file_of_subject(const char *subject, uint64_t position, char path[PATH_LEN])
{
    char name[SUB_MAX + 1];
    size_t len = strlen(subject);

    for (size_t i = 0; i <= len; i++) {
        char c = subject[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';

        name[i] = plain || c == 0 || (c == '.' && i > 0) ? c : '_';
    }
    snprintf(path, PATH_LEN, "%s.cairn", name);
    if (access(path, F_OK) == 0) snprintf(path, PATH_LEN, "%s-%llu.cairn", name, (unsigned long long)position);
}

static enum err write_evidence(const struct attesting *t, const struct submitted *done, char path[PATH_LEN])
{
    size_t cap = done->evidence_len * 2 + 8192;
    uint8_t *text = malloc(cap);
    struct out o = out_over(text, cap);
    enum err e =
        text == NULL ? ERR_NO_MEMORY : armour_encode(ARMOUR_EVIDENCE, span_of(done->evidence, done->evidence_len), &o);

    if (t->out != NULL)
        snprintf(path, PATH_LEN, "%s", t->out);
    else
        file_of_subject(t->subject, done->position, path);
    if (e == ERR_OK) e = file_write(path, out_span(&o), 0644, !t->args->yes);
    free(text);
    return e;
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

static int finish(const struct attesting *t, const struct submitted *done)
{
    char path[PATH_LEN];
    uint8_t text[32];
    struct out day = out_over(text, sizeof(text));
    enum err e;

    text_date(t->exp, &day);
    printf("ok    @%llu · about %s", (unsigned long long)done->position, t->subject);
    if (t->subject_new) printf(" (new; only your subjects.txt knows who)");
    printf(" · until %.*s\n", (int)day.len, (const char *)text);
    e = write_evidence(t, done, path);
    if (e == ERR_OK) printf("wrote %s   give it to the holder\n", path);
    if (e == ERR_OK) return EXIT_YES;
    client_fail(e, path, "");
    fprintf(stderr, "  the statement is in the log all the same: cairn get @%llu --out FILE\n",
            (unsigned long long)done->position);
    return exit_of(e);
}

static int attest(struct attesting *t, char **words, int count)
{
    uint8_t claims[CLAIMS_MAX], bytes[2 * CLAIMS_MAX];
    struct out c = out_over(claims, sizeof(claims)), o = out_over(bytes, sizeof(bytes));
    SUBMITTED done = {.evidence = NULL};
    int code = claims_make(t, words, count, &c);
    enum err e;

    if (code != EXIT_YES) return code;
    e = make(t, out_span(&c), &o);
    if (e == ERR_OK) e = remember_subject(t);
    if (e != ERR_OK) return client_fail(e, "attest", t->subject);
    say_public(t, words, count);
    fflush(stdout);
    code = submit(t->args, t->log, out_span(&o), &done);
    return code == EXIT_YES ? finish(t, &done) : code;
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

static int with_schema(struct attesting *t, struct args *a)
{
    uint8_t *bytes = NULL;
    enum err e;
    int code;

    t->schema_name = a->word[0];
    t->schema = calloc(1, sizeof(*t->schema));
    if (t->schema == NULL) return client_fail(ERR_NO_MEMORY, "attest", "");
    e = pet_name_good(t->schema_name) ? schema_load(a, t->schema_name, &bytes, t->schema, &t->schema_id)
                                      : ERR_BAD_SCHEMA;
    if (e == ERR_NO_FILE) {
        fprintf(stderr, "cairn: there is no schema %s here\n  publish it first: cairn schema publish FILE\n",
                t->schema_name);
        code = EXIT_USAGE;
    } else {
        code = e == ERR_OK ? dates(t) : client_fail(e, t->schema_name, "");
    }
    if (code == EXIT_YES) code = attest(t, a->word + 1, a->count - 1);
    free(bytes);
    free(t->schema);
    return code;
}

int command_attest(struct args *a)
{
    const char *about = args_value(a, "--about");
    struct attesting t = {.args = a, .until = args_value(a, "--until"), .out = args_value(a, "--out")};
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    ISSUER_KEY k;
    int code;

    memset(&k, 0, sizeof(k));
    if (args_flag(a, "--private")) return client_fail(ERR_NOT_BUILT, "--private", "claims kept out of the log");
    if (t.out != NULL && !a->yes && access(t.out, F_OK) == 0) return client_fail(ERR_EXISTS, "--out", t.out);
    code = known_log(a, &log);
    if (code == EXIT_YES) code = known_issuer(a, &k);
    if (code == EXIT_YES) code = subject(&t, about);
    if (code == EXIT_YES && a->count < 2) code = args_left(a, 2, USAGE);
    if (code == EXIT_YES) code = args_left(a, a->count, USAGE);
    if (code != EXIT_YES) return code;
    t.log = log;
    t.key = &k;
    return with_schema(&t, a);
}
