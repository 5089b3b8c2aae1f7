/* cairn schema publish. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/schema_file.h"
#include "client/submit.h"
#include "client/value.h"

#define USAGE "cairn schema publish FILE [--issuer NAME] [--log NAME]"

static enum err make(const struct known_log *log, const struct issuer_key *k, const struct schema_payload *p,
                     struct out *o)
{
    static struct schema_payload again;
    uint8_t payload[8192];
    struct out w = out_over(payload, sizeof(payload));
    struct draft draft = {.kind = KIND_SCHEMA,
                          .iss = issuer_iss(k),
                          .sub = p->name,
                          .home = log->origin,
                          .has_iat = true,
                          .iat = (uint64_t)time(NULL)};

    schema_encode(p, &w);
    TRY(out_check(&w));
    TRY(schema_decode(out_span(&w), &again));
    draft.payload = out_span(&w);
    return statement_make(&draft, &k->secret, o);
}

static int publish(const struct args *a, const struct known_log *log, const struct issuer_key *k,
                   const struct schema_payload *p)
{
    uint8_t bytes[16384];
    struct out o = out_over(bytes, sizeof(bytes));
    SUBMITTED done = {.evidence = NULL};
    char name[SCHEMA_NAME_MAX + 1];
    enum err e = make(log, k, p, &o);
    int code;

    if (e != ERR_OK) return client_fail(e, "schema", "");
    code = submit(a, log, out_span(&o), &done);
    if (code != EXIT_YES) return code;
    snprintf(name, sizeof(name), "%.*s", (int)p->name.len, (const char *)p->name.ptr);
    e = schema_keep(a, k, name, out_span(&o));
    if (e != ERR_OK) return client_fail(e, "schemas", name);
    printf("ok    %s %llu is @%llu and can never change; to adapt, publish version %llu\n", name,
           (unsigned long long)p->version, (unsigned long long)done.position, (unsigned long long)p->version + 1);
    return EXIT_YES;
}

/* The folder keeps the newest version only. */
static void say_earlier(const struct schema_payload *p)
{
    if (p->version == 1) return;
    printf("note  this folder attests to %.*s %llu from then on, and to no earlier version%s\n", (int)p->name.len,
           (const char *)p->name.ptr, (unsigned long long)p->version,
           p->breaking ? "; readers take it for compatible with none of those" : "");
}

/* What cannot be taken back is shown and asked about. */
static bool confirm(const struct args *a, const struct schema_payload *p)
{
    char question[2048];
    struct out o = out_over(question, sizeof(question) - 1);

    out_text(&o, "Publish ");
    out_bytes(&o, p->name);
    out_byte(&o, ' ');
    out_decimal(&o, p->version);
    out_text(&o, " (");
    for (size_t i = 0; i < p->field_count && o.len < 1500; i++) {
        if (i > 0) out_text(&o, ", ");
        out_bytes(&o, p->field[i].name);
        out_byte(&o, ' ');
        value_type_put(&p->field[i], &o);
    }
    out_text(&o, ")? It can never change.");
    question[o.len] = 0;
    say_earlier(p);
    return client_ask(a, question);
}

/* ---- versions ---- */

static int wrong_version(const struct schema_payload *p, uint64_t published)
{
    fprintf(stderr, "cairn: expected version %llu of %.*s, as this folder published %llu; found %llu\n",
            (unsigned long long)published + 1, (int)p->name.len, (const char *)p->name.ptr,
            (unsigned long long)published, (unsigned long long)p->version);
    fprintf(stderr, "  schema %.*s %llu\n", (int)p->name.len, (const char *)p->name.ptr,
            (unsigned long long)published + 1);
    return EXIT_USAGE;
}

static int not_known(const struct schema_payload *p)
{
    fprintf(stderr,
            "cairn: expected the version before %.*s %llu; it was not published from this folder\n"
            "  name it with a line of its own: prev ID (64 digits, as cairn get @POSITION shows them)\n",
            (int)p->name.len, (const char *)p->name.ptr, (unsigned long long)p->version);
    return EXIT_USAGE;
}

/* The first field that the version before has otherwise, said in the words of a schema file. */
static int breaks(const struct schema_payload *p, const struct schema_payload *before)
{
    fprintf(stderr, "cairn: expected the fields of %.*s %llu, and no new one that is required; found others:",
            (int)before->name.len, (const char *)before->name.ptr, (unsigned long long)before->version);
    for (size_t i = 0; i < before->field_count; i++) {
        const struct schema_field *old = &before->field[i], *now = schema_find(p, old->name);

        if (now == NULL || now->type != old->type || now->array != old->array)
            fprintf(stderr, " %.*s", (int)old->name.len, (const char *)old->name.ptr);
    }
    for (size_t i = 0; i < p->field_count; i++) {
        const struct schema_field *now = &p->field[i], *old = schema_find(before, now->name);

        if (now->required && (old == NULL || !old->required))
            fprintf(stderr, " %.*s (required)", (int)now->name.len, (const char *)now->name.ptr);
    }
    fprintf(stderr, "\n  keep them, or say so with a line of its own: breaking\n");
    return EXIT_USAGE;
}

/* Fills in prev from what this folder published under the name, unless the file names it. */
static int continue_chain(const struct args *a, const struct issuer_key *k, struct schema_payload *p)
{
    struct schema_payload *before = malloc(sizeof(*before));
    char name[SCHEMA_NAME_MAX + 1];
    uint8_t *bytes = NULL;
    struct hash id;
    enum err e;
    int code = EXIT_YES;

    snprintf(name, sizeof(name), "%.*s", (int)p->name.len, (const char *)p->name.ptr);
    e = before == NULL ? ERR_NO_MEMORY : schema_load_own(a, k, name, &bytes, before, &id);
    if (e == ERR_OK && p->version == before->version + 1) {
        if (!p->has_prev) p->prev = id;
        if (hash_equal(&p->prev, &id) && !schema_follows(p, before)) code = breaks(p, before);
        p->has_prev = true;
    } else if (p->version > 1 && !p->has_prev) {
        code = e == ERR_OK ? wrong_version(p, before->version) : not_known(p);
    }
    free(bytes);
    free(before);
    return code;
}

static int from_file(const struct args *a, const struct known_log *log, const struct issuer_key *k)
{
    struct schema_payload *p = malloc(sizeof(*p));
    char where[200] = "";
    uint8_t choices[SCHEMA_FILE_ROOM];
    struct out room = out_over(choices, sizeof(choices));
    uint8_t *text = NULL;
    size_t len;
    enum err e = p == NULL ? ERR_NO_MEMORY : file_read(a->word[0], 65536, &text, &len);
    int code;

    if (e == ERR_OK) e = schema_file_decode(span_of(text, len), &room, p, where);
    if (e != ERR_OK) {
        code = client_fail(e, path_shown(a->word[0]), where);
        if (where[0] != 0) fprintf(stderr, "  cairn help schema shows what may stand there\n");
    } else {
        code = p->version == 1 ? EXIT_YES : continue_chain(a, k, p);
        if (code == EXIT_YES) code = confirm(a, p) ? publish(a, log, k, p) : EXIT_NO;
    }
    free(p);
    free(text);
    return code;
}

int command_schema(struct args *a)
{
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    struct args rest = {a->count - 1, a->word + 1, a->home, a->yes};
    ISSUER_KEY k = {0};
    int code;

    if (a->count < 1 || strcmp(a->word[0], "publish") != 0) {
        fprintf(stderr, "usage: " USAGE "\n");
        return EXIT_USAGE;
    }
    code = known_log(&rest, &log);
    if (code == EXIT_YES) code = known_issuer(&rest, &k);
    if (code == EXIT_YES) code = args_left(&rest, 1, USAGE);
    return code == EXIT_YES ? from_file(&rest, log, &k) : code;
}
