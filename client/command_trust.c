/* cairn trust log, cairn trust issuer: lines for the reader's trust file, shown and asked for. */
#include <stdio.h>
#include <stdlib.h>

#include "client/about.h"
#include "client/fetch.h"
#include "log/base/text.h"
#include "log/evidence/trust.h"
#include "log/note/lines.h"
#include "log/statement/schema.h"

#define USAGE_LOG "cairn trust log URL [--key VKEY] [--replace] [--trust FILE]"
#define USAGE_ISSUER "cairn trust issuer URL|CKT --for SCHEMA[,SCHEMA…]|any [--as NAME] [--trust FILE]"
#define TRUST_MAX 65536

/* ---- the file ---- */

struct trust_text {
    char path[PATH_LEN];
    uint8_t text[TRUST_MAX];
    size_t len; /* 0: there is none yet */
    struct trust trust;
};

static enum err trust_read(const struct args *a, const char *given, struct trust_text *t)
{
    unsigned line, column;
    uint8_t *text = NULL;
    enum err e;

    if (given != NULL)
        snprintf(t->path, sizeof(t->path), "%s", given);
    else
        TRY(home_path(a, "trust.cairn", t->path));
    e = file_read(t->path, TRUST_MAX / 2, &text, &t->len);
    if (e == ERR_NO_FILE) return ERR_OK;
    if (e == ERR_OK) memcpy(t->text, text, t->len);
    free(text);
    TRY(e);
    return trust_decode(span_of(t->text, t->len), &t->trust, &line, &column);
}

/* Reads what would be written once more before it is: a line that does not fit is never stored. */
static enum err trust_write(struct trust_text *t, const struct out *more)
{
    struct out o = {t->text, t->len, sizeof(t->text), false};
    unsigned line, column;

    if (t->len > 0 && t->text[t->len - 1] != '\n') out_byte(&o, '\n');
    out_bytes(&o, span_of(more->ptr, more->len));
    TRY(out_check(&o));
    TRY(trust_decode(out_span(&o), &t->trust, &line, &column));
    return file_write(t->path, out_span(&o), 0600, false);
}

/* ---- trust log ---- */

static bool has_log(const struct trust *t, const struct vkey *v)
{
    for (size_t i = 0; i < t->policy.log_count; i++)
        if (memcmp(t->policy.log[i].vkey.key.b, v->key.b, 32) == 0) return true;
    return false;
}

static bool is_other(const struct vkey *v, const struct vkey *key)
{
    return span_equal(vkey_name(v), vkey_name(key)) && memcmp(v->key.b, key->key.b, 32) != 0;
}

/* Says which other keys of this log are believed, and what becomes of that. Gives how many there are. */
static size_t say_others(const struct trust *t, const struct vkey *key, bool replace)
{
    size_t count = 0;

    for (size_t i = 0; i < t->policy.log_count; i++) {
        const struct policy_log *l = &t->policy.log[i];
        uint8_t text[4096];
        struct out o = out_over(text, sizeof(text));

        if (!is_other(&l->vkey, key)) continue;
        text_escape(l->vkey_text, 400, &o);
        printf("%s", replace ? "out   " : "too   ");
        print_out(&o);
        printf("%s\n", replace ? ": not believed any more, nor is any file that it signed" : "");
        count++;
    }
    if (count > 0 && !replace) printf("this log is believed by another key already (--replace: only by this one)\n");
    return count;
}

/* `line` takes the place of the first line of this log, above the issuers who are believed on it; the others go. */
static enum err trust_replace(struct trust_text *t, const struct vkey *key, struct span line)
{
    uint8_t text[TRUST_MAX];
    struct out o = out_over(text, sizeof(text)), none = out_over(text, 0);
    struct span each, rest = span_of(t->text, t->len);
    bool first = true;

    while (rest.len > 0) {
        if (!span_cut(&rest, '\n', &each)) {
            each = rest;
            rest.len = 0;
        }
        if (!policy_line_of(each, key)) {
            out_bytes(&o, each);
            out_byte(&o, '\n');
        } else if (first) {
            out_bytes(&o, line);
            first = false;
        }
    }
    TRY(out_check(&o));
    memcpy(t->text, text, o.len);
    t->len = o.len;
    return trust_write(t, &none);
}

/* The first log brings its witnesses and quorum; a later one is added under those that stand. */
static void log_lines(const struct trust_text *t, const struct about_log *l, struct out *o)
{
    if (t->len == 0) {
        out_text(o, "# Whom this reader believes. cairn trust adds lines; so may you.\n");
        out_text(o, l->policy_text);
        out_text(o, "max-age 24h\n");
        return;
    }
    out_text(o, "log ");
    out_text(o, l->vkey);
    out_byte(o, ' ');
    out_text(o, l->known.url);
    out_byte(o, '\n');
}

static int log_trusted(struct trust_text *t)
{
    printf("wrote %s: %zu log%s, ", path_shown(t->path), t->trust.policy.log_count,
           t->trust.policy.log_count == 1 ? "" : "s");
    about_print_quorum(&t->trust.policy);
    if (t->trust.has_max_age) printf(", max-age %lluh", (unsigned long long)t->trust.max_age / 3600);
    printf("\n");
    return EXIT_YES;
}

static int trust_log(struct args *a, struct trust_text *t)
{
    const char *key = args_value(a, "--key"), *file = args_value(a, "--trust");
    struct about_log *l __attribute__((cleanup(about_log_free))) = NULL;
    bool replace = args_flag(a, "--replace");
    const struct vkey *v;
    uint8_t lines[TRUST_MAX / 2];
    struct out o = out_over(lines, sizeof(lines));
    size_t others;
    enum err e;
    int code = args_left(a, 1, USAGE_LOG);

    if (code == EXIT_YES) code = about_log(a->word[0], &l);
    if (code != EXIT_YES) return code;
    e = trust_read(a, file, t);
    if (e != ERR_OK) return client_fail(e, t->path, "");
    print_text(l->known.origin);
    printf("   ");
    about_print_quorum(&l->known.policy);
    printf("\n");
    about_print_key(l);
    if (key != NULL && strcmp(key, l->vkey) != 0) return client_fail(ERR_NOT_SIGNED, "--key", l->vkey);
    v = &l->known.policy.log[0].vkey;
    others = say_others(&t->trust, v, replace);
    if (has_log(&t->trust, v) && (!replace || others == 0)) {
        printf("already believed in %s\n", path_shown(t->path));
        return EXIT_YES;
    }
    if (key == NULL && !client_ask(a, "Is this the key you were given some other way? Believe this log?"))
        return EXIT_NO;
    log_lines(t, l, &o);
    e = replace && others > 0 ? trust_replace(t, v, out_span(&o)) : trust_write(t, &o);
    return e == ERR_OK ? log_trusted(t) : client_fail(e, t->path, "");
}

/* ---- trust issuer ---- */

/* "https://acme.example/x" to "acme.example". */
static struct span host_of(const char *url)
{
    const char *at = strstr(url, "://");
    struct span rest = span_text(at == NULL ? url : at + 3);

    return span_slice(rest, 0, span_find(rest, '/'));
}

/* The one `issuer ckt:…` line of URL/.well-known/cairn. */
static int ckt_of_site(const char *url, char ret[CKT_SHORT_LEN + 1])
{
    struct lines l;
    FETCH answer = {0};
    bool more;
    enum err e = fetch_path(url, ".well-known/cairn", (struct span){0}, NULL, 0, &answer);

    if (e != ERR_OK) return exit_of(e);
    if (answer.status != 200) return fetch_refused(&answer, "/.well-known/cairn");
    l = lines_over(span_of(answer.body, answer.len));
    while (lines_next(&l, &more) == ERR_OK && more) {
        struct hash ignored;

        if (l.count != 2 || !span_equal(l.word[0], SPAN("issuer"))) continue;
        if (l.word[1].len != CKT_SHORT_LEN || ckt_decode(l.word[1], &ignored) != ERR_OK) continue;
        memcpy(ret, l.word[1].ptr, CKT_SHORT_LEN);
        ret[CKT_SHORT_LEN] = 0;
        return EXIT_YES;
    }
    fprintf(stderr, "cairn: %s/.well-known/cairn: expected a line: issuer ckt:…; found none\n", url);
    return EXIT_NO;
}

/* A pet name from the site's host: its first label, made fit for the file. */
static void name_of_site(struct span host, char ret[64])
{
    size_t len = 0;

    for (size_t i = 0; i < host.len && len < 40 && host.ptr[i] != '.' && host.ptr[i] != ':'; i++) {
        char c = (char)host.ptr[i];

        ret[len++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    ret[len] = 0;
    if (!pet_name_good(ret) || (ret[0] >= '0' && ret[0] <= '9')) snprintf(ret, 64, "issuer");
}

/* Each of "kyc,age>=2" as it is written (kyc>=1) or said (kyc 1 and compatible), with `between` them. A schema without
 * a number is believed from version 1 on, as far as later versions keep what it asks for. */
static void schemas_put(const char *schemas, bool said, const char *between, struct out *o)
{
    struct span rest = span_text(schemas), each;

    while (rest.len > 0) {
        struct span least;

        if (!span_cut(&rest, ',', &each)) {
            each = rest;
            rest.len = 0;
        }
        least = each;
        if (!span_cut(&least, '>', &each)) least = span_equal(each, SPAN("any")) ? SPAN("") : SPAN("=1");
        out_bytes(o, each);
        if (least.len > 0) out_text(o, said ? " " : ">");
        out_bytes(o, span_slice(least, said && least.len > 0 ? 1 : 0, least.len));
        if (least.len > 0 && said) out_text(o, " and compatible");
        if (rest.len > 0) out_text(o, between);
    }
}

static bool ask_issuer(const struct args *a, struct span host, const char *ckt, const char *schemas)
{
    char question[1024];
    struct out o = out_over(question, sizeof(question) - 1);

    out_bytes(&o, host);
    out_text(&o, " itself names ");
    out_text(&o, ckt);
    out_text(&o, ". Believe it for ");
    schemas_put(schemas, true, ", ", &o);
    out_text(&o, "?");
    question[o.len] = 0;
    return client_ask(a, question);
}

static void issuer_line(const char *name, const char *ckt, const char *schemas, struct out *o)
{
    out_text(o, "issuer ");
    out_text(o, name);
    out_byte(o, ' ');
    out_text(o, ckt);
    out_text(o, " for ");
    schemas_put(schemas, false, " ", o);
    out_byte(o, '\n');
}

/* The very same line; `line` ends with its newline. */
static bool has_line(const struct trust_text *t, struct span line)
{
    for (size_t i = 0; i + line.len <= t->len; i++)
        if ((i == 0 || t->text[i - 1] == '\n') && memcmp(t->text + i, line.ptr, line.len) == 0) return true;
    return false;
}

/* What the reader calls this issuer already, or NULL: two names for one would be no help. */
static const struct trust_issuer *line_about(const struct trust *t, const char *ckt)
{
    struct hash genesis;

    if (ckt_decode(span_text(ckt), &genesis) != ERR_OK) return NULL;
    for (size_t i = 0; i < t->issuer_count; i++)
        if (t->issuer[i].iss.len == 0 && hash_equal(&t->issuer[i].genesis, &genesis)) return &t->issuer[i];
    return NULL;
}

/* Each word of "kyc,age>=2", or `any` alone. */
static bool schemas_good(const char *schemas, struct span *ret_bad)
{
    struct span rest = span_text(schemas);
    struct trust_schema s;
    bool more = true;

    if (span_equal(rest, SPAN("any"))) return true;
    while (more) {
        more = span_cut(&rest, ',', ret_bad);
        if (!more) *ret_bad = rest;
        if (trust_schema_decode(*ret_bad, &s) != ERR_OK) return false;
    }
    return true;
}

/* What the words ask for, before anything is looked up or asked. */
static int issuer_words(const struct args *a, const char *schemas, const char *as)
{
    uint8_t text[1024];
    struct out found = out_over(text, sizeof(text));
    struct hash ignored;
    struct span bad;
    int code = args_left(a, 1, USAGE_ISSUER);

    if (code != EXIT_YES) return code;
    if (schemas == NULL) {
        fprintf(stderr, "cairn: expected --for SCHEMA: what this issuer is believed about\nusage: " USAGE_ISSUER "\n");
        return EXIT_USAGE;
    }
    if (!schemas_good(schemas, &bad)) {
        text_escape(bad, 80, &found);
        fprintf(stderr,
                "cairn: --for: expected SCHEMA, 'SCHEMA>=N' or any; found %.*s\n"
                "  cairn help trust says what they mean\n",
                (int)found.len, (const char *)text);
        return EXIT_USAGE;
    }
    if (strncmp(a->word[0], "ckt:", 4) == 0 && ckt_decode(span_text(a->word[0]), &ignored) != ERR_OK)
        return client_fail(ERR_BAD_KEY, "issuer", a->word[0]);
    return as == NULL || pet_name_good(as) ? EXIT_YES : client_bad_name("--as", as);
}

/* Its ckt, and what it is called when --as does not say. */
static int issuer_find(const struct args *a, const char *schemas, const char *as, const struct trust_text *t,
                       char ckt[CKT_SHORT_LEN + 1], char name[64])
{
    bool by_ckt = strncmp(a->word[0], "ckt:", 4) == 0;
    const struct trust_issuer *line;
    int code = EXIT_YES;

    if (by_ckt)
        snprintf(ckt, CKT_SHORT_LEN + 1, "%s", a->word[0]);
    else
        code = ckt_of_site(a->word[0], ckt);
    if (code != EXIT_YES) return code;
    line = line_about(&t->trust, ckt);
    if (as != NULL) {
        snprintf(name, 64, "%s", as);
    } else if (line != NULL && line->name.len < 64) {
        snprintf(name, 64, "%.*s", (int)line->name.len, (const char *)line->name.ptr);
    } else if (by_ckt) {
        fprintf(stderr, "cairn: expected --as NAME: what you call this issuer\nusage: " USAGE_ISSUER "\n");
        return EXIT_USAGE;
    } else {
        name_of_site(host_of(a->word[0]), name);
    }
    return by_ckt || ask_issuer(a, host_of(a->word[0]), ckt, schemas) ? EXIT_YES : EXIT_NO;
}

static int trust_issuer(struct args *a, struct trust_text *t)
{
    const char *schemas = args_value(a, "--for"), *as = args_value(a, "--as"), *file = args_value(a, "--trust");
    char ckt[CKT_SHORT_LEN + 1], name[64];
    uint8_t line[1024];
    struct out o = out_over(line, sizeof(line));
    enum err e;
    int code = issuer_words(a, schemas, as);

    if (code != EXIT_YES) return code;
    e = trust_read(a, file, t);
    if (e != ERR_OK) return client_fail(e, t->path, "");
    if (t->len == 0) {
        fprintf(stderr, "cairn: believe a log first: cairn trust log URL\n");
        return EXIT_USAGE;
    }
    code = issuer_find(a, schemas, as, t, ckt, name);
    if (code != EXIT_YES) return code;
    issuer_line(name, ckt, schemas, &o);
    if (has_line(t, out_span(&o))) {
        printf("already believed in %s\n", path_shown(t->path));
        return EXIT_YES;
    }
    e = trust_write(t, &o);
    if (e != ERR_OK) return client_fail(e, t->path, "");
    o = out_over(line, sizeof(line));
    schemas_put(schemas, true, ", ", &o);
    printf("wrote %s: ", path_shown(t->path));
    print_text(span_text(name));
    printf(" %s for ", ckt);
    print_text(out_span(&o));
    printf("\n");
    return EXIT_YES;
}

int command_trust(struct args *a)
{
    const char *word = a->count > 0 ? a->word[0] : "";
    struct args rest = {a->count - 1, a->word + 1, a->home, a->yes};
    struct trust_text *t = calloc(1, sizeof(*t));
    int code = EXIT_USAGE;

    if (t == NULL) return client_fail(ERR_NO_MEMORY, "trust", "");
    t->trust.audit = -1;
    if (strcmp(word, "log") == 0)
        code = trust_log(&rest, t);
    else if (strcmp(word, "issuer") == 0)
        code = trust_issuer(&rest, t);
    else
        fprintf(stderr, "usage: " USAGE_LOG "\n       " USAGE_ISSUER "\n%s",
                strcmp(word, "export") == 0 ? "trust export is not in this version\n" : "");
    free(t);
    return code;
}
