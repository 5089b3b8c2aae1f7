/* cairn schema publish. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/schema_file.h"
#include "client/submit.h"

#define USAGE "cairn schema publish FILE [--issuer NAME] [--log NAME]"

static enum err make(const struct known_log *log, const struct issuer_key *k, const struct schema_payload *p,
                     struct out *o)
{
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
    e = schema_keep(a, name, out_span(&o));
    if (e != ERR_OK) return client_fail(e, "schemas", name);
    printf("ok    %s %llu is @%llu and can never change\n", name, (unsigned long long)p->version,
           (unsigned long long)done.position);
    return EXIT_YES;
}

/* What cannot be taken back is shown and asked about. */
static bool confirm(const struct args *a, const struct schema_payload *p)
{
    static const char *const types[FIELD_TYPE_COUNT] = {"bool", "int", "uint", "text", "bytes", "time"};
    char question[2048];
    struct out o = out_over(question, sizeof(question) - 1);

    out_text(&o, "Publish ");
    out_bytes(&o, p->name);
    out_text(&o, " 1 (");
    for (size_t i = 0; i < p->field_count && o.len < 1500; i++) {
        if (i > 0) out_text(&o, ", ");
        out_bytes(&o, p->field[i].name);
        out_byte(&o, ' ');
        out_text(&o, types[p->field[i].type]);
    }
    out_text(&o, ")? It can never change.");
    question[o.len] = 0;
    return client_ask(a, question);
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
    if (e == ERR_BAD_SCHEMA) {
        code = client_fail(e, path_shown(a->word[0]), where);
        fprintf(stderr, "  cairn help schema shows what may stand there\n");
    } else if (e != ERR_OK) {
        code = client_fail(e, path_shown(a->word[0]), where);
    } else {
        code = confirm(a, p) ? publish(a, log, k, p) : EXIT_NO;
    }
    free(p);
    free(text);
    return code;
}

int command_schema(struct args *a)
{
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    struct args rest = {a->count - 1, a->word + 1, a->home, a->yes};
    ISSUER_KEY k;
    int code;

    memset(&k, 0, sizeof(k));
    if (a->count < 1 || strcmp(a->word[0], "publish") != 0) {
        fprintf(stderr, "usage: " USAGE "\n");
        return EXIT_USAGE;
    }
    code = known_log(&rest, &log);
    if (code == EXIT_YES) code = known_issuer(&rest, &k);
    if (code == EXIT_YES) code = args_left(&rest, 1, USAGE);
    return code == EXIT_YES ? from_file(&rest, log, &k) : code;
}
