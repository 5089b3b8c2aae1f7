/* cairn get, cairn inspect. */
#include <stdio.h>
#include <stdlib.h>

#include "client/claims.h"
#include "client/evidence_file.h"
#include "client/submit.h"
#include "log/base/codec.h"
#include "log/base/text.h"
#include "log/evidence/armour.h"
#include "log/evidence/words.h"

#define USAGE_GET "cairn get @POSITION|ID [--out FILE] [--log NAME]"
#define USAGE_INSPECT "cairn inspect FILE"

/* A holder has them in the file that was handed out, and they are not lost by asking. */
static void say_lacking(const struct args *a)
{
    char room[PATH_LEN];

    fprintf(stderr,
            "note  its claims are not in the log and not in %s: its issuer has them, and its holder\n"
            "      from a file that has them: cairn verify FILE --refresh --out NEW\n",
            claims_folder(a, room));
}

int command_get(struct args *a)
{
    const char *path = args_value(a, "--out");
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    SUBMITTED done = {.evidence = NULL};
    enum claims_in claims = CLAIMS_PUBLIC;
    enum err e;
    int code = known_log(a, &log);

    if (code == EXIT_YES) code = args_left(a, 1, USAGE_GET);
    if (code == EXIT_YES) code = evidence_fetch(log, a->word[0], (struct span){0}, &done);
    if (code == EXIT_YES) outbox_forget(a, &done.id);
    if (code == EXIT_YES) code = claims_join(a, &done.evidence, &done.evidence_len, &claims);
    if (code != EXIT_YES) return code;
    if (claims == CLAIMS_LACKING) say_lacking(a);
    e = evidence_file_write(a, span_of(done.evidence, done.evidence_len), path);
    if (e != ERR_OK) return client_fail(e, path == NULL ? "get" : path, "");
    if (path != NULL) printf("wrote %s%s\n", path, claims == CLAIMS_JOINED ? ": it has the claims" : "");
    if (path == NULL && claims == CLAIMS_JOINED)
        fprintf(stderr, "note  this file has the claims, which the log has not\n");
    return EXIT_YES;
}

/* ---- inspect ---- */

static void line_text(const char *label, struct span value)
{
    if (value.len == 0) return;
    printf("%-10s", label);
    print_text(value);
    printf("\n");
}

static void line_hash(const char *label, const struct hash *h)
{
    uint8_t text[64];
    struct out o = out_over(text, sizeof(text));

    hex_encode(hash_span(h), &o);
    printf("%-10s%.*s\n", label, (int)o.len, (const char *)text);
}

static void line_time(const char *label, bool has, uint64_t seconds)
{
    uint8_t text[32];
    struct out o = out_over(text, sizeof(text));

    if (!has) return;
    text_time(seconds, &o);
    printf("%-10s%.*s\n", label, (int)o.len, (const char *)text);
}

static void show_statement(const struct statement *s, struct span preimage)
{
    uint8_t text[4096];
    struct out o = out_over(text, sizeof(text));

    printf("%-10s%s\n", "kind", kind_row(s->kind)->word);
    line_hash("id", &s->id);
    line_text("iss", s->iss);
    line_text("sub", s->sub);
    line_text("home", s->home);
    line_hash("key", &s->kid);
    line_time("issued", s->has_iat, s->iat);
    line_time("from", s->has_nbf, s->nbf);
    line_time("expires", s->has_exp, s->exp);
    if (s->has_schema) line_hash("schema", &s->schema);
    for (size_t i = 0; i < s->depends_count; i++) {
        struct hash id = statement_depends(s, i);

        line_hash("depends", &id);
    }
    if (s->kind != KIND_ATTESTATION || !s->has_schema) return;
    words_attested(&o, s, preimage);
    if (o.len > 0)
        printf("%-10s%.*s%s\n", "claims", (int)o.len, (const char *)text, s->is_private ? ", not in the log" : "");
}

/* Nobody has looked at it yet: it may be any text. */
static void show_note(struct span note)
{
    uint8_t text[4096];
    struct out o = out_over(text, sizeof(text));
    struct span line;

    while (note.len > 0) {
        if (!span_cut(&note, '\n', &line)) {
            line = note;
            note = span_slice(note, note.len, note.len);
        }
        o.len = 0;
        text_escape(line, 800, &o);
        print_out(&o);
        printf("\n");
    }
}

static void show_answer(const struct evidence_answer *a)
{
    static const struct {
        uint8_t kind;
        const char *what;
    } kinds[] = {
        {INDEX_RULES, "rules of the log"}, {INDEX_APPROVAL, "approvals of"},        {INDEX_ISSUER, "keys of"},
        {INDEX_SCHEMA_NAME, "schemas of"}, {INDEX_UNDER_SCHEMA, "attestations of"}, {INDEX_SUBJECT, "statements about"},
        {INDEX_STATUS, "status of"}};

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].kind != a->kind) continue;
        printf("%-10s%s ", "answer", kinds[i].what);
        /* The target of a status is an id; the other components are names. */
        if (a->kind == INDEX_STATUS)
            printf("this statement");
        else if (index_components(a->kind) > 0)
            print_text(a->component[0]);
        printf(a->count == 0 ? ": none" : ": at");
    }
    for (size_t n = 0; n < a->count; n++) printf(" @%llu", (unsigned long long)evidence_position(a, n));
    printf("\n");
}

static enum err show_evidence(struct span bytes)
{
    struct evidence *e = malloc(sizeof(*e));
    struct statement s;
    enum err err = e == NULL ? ERR_NO_MEMORY : evidence_decode(bytes, e);

    if (err == ERR_OK) err = statement_of(&e->cose, &s);
    if (err == ERR_OK) {
        show_statement(&s, e->map.preimage);
        printf("%-10s%zu: positions", "carries", e->map.statement_count);
        for (size_t i = 0; i < e->map.statement_count; i++)
            printf(" %llu", (unsigned long long)e->map.statement[i].position);
        printf("\n");
        for (size_t i = 0; i < e->map.answer_count; i++) show_answer(&e->map.answer[i]);
        printf("%-10s\n", "note");
        show_note(e->map.checkpoint);
    }
    free(e);
    return err;
}

static enum err show_file(enum armour_kind kind, struct span bytes)
{
    struct statement s;

    switch (kind) {
    case ARMOUR_EVIDENCE: return show_evidence(bytes);
    case ARMOUR_STATEMENT:
        TRY(statement_decode(bytes, &s));
        show_statement(&s, SPAN(""));
        return ERR_OK;
    case ARMOUR_KEY: printf("a key file: its public lines stand in it; the rest is secret\n"); return ERR_OK;
    case ARMOUR_KIND_COUNT: break;
    }
    return ERR_WRONG_KIND;
}

int command_inspect(struct args *a)
{
    enum armour_kind kind = ARMOUR_EVIDENCE;
    uint8_t *text = NULL, *room = NULL;
    size_t len = 0;
    struct out o;
    enum err e;
    int code = args_left(a, 1, USAGE_INSPECT);

    if (code != EXIT_YES) return code;
    e = file_read(a->word[0], FILE_MAX_BYTES, &text, &len);
    if (e == ERR_OK && (room = malloc(len + 1)) == NULL) e = ERR_NO_MEMORY;
    o = out_over(room, len + 1);
    if (e == ERR_OK) e = armour_decode(span_of(text, len), &o, &kind);
    if (e == ERR_OK) e = show_file(kind, out_span(&o));
    if (e == ERR_OK) printf("nothing above was checked\n");
    if (room != NULL) secret_wipe(room, len);
    if (text != NULL) secret_wipe(text, len);
    free(room);
    free(text);
    return e == ERR_OK ? EXIT_YES : client_fail(e, a->word[0], "");
}
