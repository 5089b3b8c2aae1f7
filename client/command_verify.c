/* cairn verify: one dated verdict from one file. Reads the file and the trust file; the network only for
 * --refresh, and then judges what came exactly as it judges a file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "client/claims.h"
#include "client/evidence_file.h"
#include "client/print_verdict.h"
#include "client/refresh.h"
#include "log/base/codec.h"
#include "log/base/text.h"
#include "log/evidence/armour.h"

#define USAGE \
    "cairn verify FILE [--trust FILE | --log VKEY --issuer CKT] [--as-of TIME|@POSITION] [--json] " \
    "[--refresh [--out FILE]]"
#define TRUST_TEXT_MAX 65536

struct verifying {
    const struct args *args;
    const char *path, *log, *issuer, *as_of, *out;
    char trust_path[PATH_LEN];
    uint8_t trust_text[TRUST_TEXT_MAX];
    struct trust trust;
    bool has_trust;
    uint8_t *file, *work;
    size_t file_len;
    struct judgement judgement;
};

/* The whole trust on one command line: a log without witnesses and one issuer for anything. */
static enum err trust_of_words(struct verifying *v, unsigned *line, unsigned *column)
{
    struct out o = out_over(v->trust_text, sizeof(v->trust_text));

    out_text(&o, "log ");
    out_text(&o, v->log);
    out_text(&o, "\nquorum none\nissuer issuer ");
    out_text(&o, v->issuer);
    out_text(&o, " for any\n");
    TRY(out_check(&o));
    v->has_trust = true;
    snprintf(v->trust_path, sizeof(v->trust_path), "--log and --issuer");
    return trust_decode(out_span(&o), &v->trust, line, column);
}

static enum err trust_of_file(struct verifying *v, bool named, unsigned *line, unsigned *column)
{
    uint8_t *text = NULL;
    size_t len;
    enum err e = file_read(v->trust_path, sizeof(v->trust_text), &text, &len);

    if (e == ERR_NO_FILE && !named) return ERR_OK; /* nobody is believed yet */
    TRY(e);
    memcpy(v->trust_text, text, len);
    free(text);
    v->has_trust = true;
    return trust_decode(span_of(v->trust_text, len), &v->trust, line, column);
}

static int load_trust(struct args *a, struct verifying *v)
{
    const char *given = args_value(a, "--trust");
    unsigned line = 0, column = 0;
    char where[64];
    enum err e;

    v->log = args_value(a, "--log");
    v->issuer = args_value(a, "--issuer");
    if ((v->log == NULL) != (v->issuer == NULL) || (v->log != NULL && given != NULL)) {
        fprintf(stderr, "cairn: expected --log and --issuer together, or --trust\nusage: " USAGE "\n");
        return EXIT_USAGE;
    }
    if (v->log != NULL) {
        e = trust_of_words(v, &line, &column);
    } else {
        e = ERR_OK;
        if (given != NULL)
            snprintf(v->trust_path, sizeof(v->trust_path), "%s", given);
        else
            e = home_path(a, "trust.cairn", v->trust_path);
        if (e == ERR_OK) e = trust_of_file(v, given != NULL, &line, &column);
    }
    if (e == ERR_OK) return EXIT_YES;
    snprintf(where, sizeof(where), "line %u, column %u", line, column);
    return client_fail(e, v->trust_path, line > 0 ? where : "");
}

static bool has_byte(struct span s, uint8_t byte)
{
    return span_find(s, byte) < s.len;
}

/* Whether the text was meant to be evidence: then whatever is wrong with it has one name and one exit code. */
static enum err load_failed(const struct verifying *v, struct span text, enum err e)
{
    if (err_class(e) == CLASS_OURS || e == ERR_NO_FILE || !span_starts(text, SPAN("cairn evidence 1"))) {
        client_fail(e, path_shown(v->path), "");
        return e;
    }
    fflush(stdout);
    fprintf(stderr,
            "cairn: %s: damaged (%s): it was changed on its way, by accident or on purpose\n"
            "  expected a file exactly as cairn wrote it; nothing in it is proven\n",
            path_shown(v->path), err_reason(e));
    if (has_byte(text, '\r'))
        fprintf(stderr, "  its line ends are CR LF: have it sent as an attachment, or turn them into LF\n");
    else
        fprintf(stderr, "  have it sent again, as an attachment, or: cairn get ID --out FILE\n");
    return ERR_BAD_ARMOUR;
}

static int load_file(struct verifying *v)
{
    enum armour_kind kind = ARMOUR_EVIDENCE;
    uint8_t *text = NULL;
    size_t len = 0;
    struct out o = {0};
    enum err e = file_read(v->path, FILE_MAX_BYTES, &text, &len);

    if (e == ERR_OK && (v->file = malloc(len + 1)) == NULL) e = ERR_NO_MEMORY;
    if (e == ERR_OK) {
        o = out_over(v->file, len + 1);
        e = armour_decode(span_of(text, len), &o, &kind);
    }
    if (e == ERR_OK && kind != ARMOUR_EVIDENCE) e = ERR_WRONG_KIND;
    v->file_len = o.len;
    if (e != ERR_OK) e = load_failed(v, span_of(text, len), e);
    free(text);
    return e == ERR_OK ? EXIT_YES : exit_of(e);
}

static enum err question_of(const struct verifying *v, struct question *ret)
{
    struct span text = span_text(v->as_of);

    *ret = (struct question){.now = (uint64_t)time(NULL), .as_of = AS_OF_NOW};
    if (v->as_of == NULL) return ERR_OK;
    if (text.len > 1 && text.ptr[0] == '@') {
        ret->as_of = AS_OF_POSITION;
        return decimal_decode(span_slice(text, 1, text.len), INT64_MAX, &ret->value);
    }
    ret->as_of = AS_OF_TIME;
    return text_time_decode(text, &ret->value);
}

static void judge(struct verifying *v, const struct question *q)
{
    verdict_of(span_of(v->file, v->file_len), v->has_trust ? &v->trust : NULL, q, out_over(v->work, VERDICT_WORK_MIN),
               &v->judgement);
}

/* The file is replaced in memory by what its log says now, with the private claims that it had; on disk it stays as it
 * is. */
static int refresh(struct verifying *v)
{
    uint8_t *fresh = NULL;
    size_t len = 0;
    int code = refresh_evidence(&v->judgement, &v->trust, &fresh, &len);

    if (code != EXIT_YES) return code;
    free(v->file);
    v->file = fresh;
    v->file_len = len;
    return EXIT_YES;
}

static int not_kept(const struct verifying *v, const char *why)
{
    fflush(stdout);
    if (v->out != NULL) fprintf(stderr, "cairn: %s was not written: %s\n", path_shown(v->out), why);
    return EXIT_YES;
}

/* What the log says now, whatever it is, but for what proves nothing. */
static int keep(const struct verifying *v, bool refreshed, bool json)
{
    enum err e;

    if (!refreshed) return not_kept(v, "only what is believed is asked about");
    if (v->judgement.verdict == VERDICT_FORGED) return not_kept(v, "what the log sent does not hold");
    if (v->out == NULL && !json)
        printf("  your file is as it was; to keep what the log says now: cairn verify FILE --refresh --out NEW\n");
    if (v->out == NULL) return EXIT_YES;
    e = evidence_file_write(v->args, span_of(v->file, v->file_len), v->out);
    if (e != ERR_OK) return client_fail(e, path_shown(v->out), "");
    if (!json) printf("wrote %s\n", path_shown(v->out));
    return EXIT_YES;
}

/* Whoever made the statement here has what the file lacks. */
static void say_kept(const struct verifying *v)
{
    const struct judgement *j = &v->judgement;
    uint8_t *preimage = NULL;
    char room[PATH_LEN];
    size_t len;

    if (j->verdict != VERDICT_WITHHELD || !j->statement.is_private) return;
    if (claims_kept(v->args, &j->statement, &preimage, &len) != ERR_OK) return;
    printf("  %s has them: cairn get @%" PRIu64 " --out NEW\n", claims_folder(v->args, room), j->position);
    free(preimage);
}

static int verify(struct verifying *v, bool wants_refresh, bool json)
{
    struct question q;
    bool refreshed = false;
    enum err e = question_of(v, &q);
    int code = EXIT_YES;

    if (e != ERR_OK) {
        fprintf(stderr, "cairn: expected --as-of 2026-11-20T03:08Z, 2026-11-20 or @POSITION; found %s\n", v->as_of);
        return EXIT_USAGE;
    }
    v->work = malloc(VERDICT_WORK_MIN);
    if (v->work == NULL) return client_fail(ERR_NO_MEMORY, v->path, "");
    judge(v, &q);
    /* Only what its own log signed is worth asking that log about. */
    if (wants_refresh && v->judgement.read && v->judgement.verdict != VERDICT_FORGED &&
        v->judgement.verdict != VERDICT_UNTRUSTED) {
        code = refresh(v);
        if (code != EXIT_YES) return code;
        judge(v, &q);
        refreshed = true;
    }
    if (json)
        print_verdict_json(&v->judgement, &q);
    else
        print_verdict(&v->judgement, &q, v->has_trust ? &v->trust : NULL, wants_refresh);
    if (!json) say_kept(v);
    if (wants_refresh) code = keep(v, refreshed, json);
    return code == EXIT_YES ? verdict_exit(v->judgement.verdict) : code;
}

static int check_out(const struct verifying *v, bool wants_refresh)
{
    if (v->out == NULL) return EXIT_YES;
    if (!wants_refresh) {
        fprintf(stderr, "cairn: --out keeps what --refresh brings; found it alone\nusage: " USAGE "\n");
        return EXIT_USAGE;
    }
    return !v->args->yes && access(v->out, F_OK) == 0 ? client_fail(ERR_EXISTS, "--out", v->out) : EXIT_YES;
}

int command_verify(struct args *a)
{
    struct verifying *v = calloc(1, sizeof(*v));
    bool wants_refresh = args_flag(a, "--refresh"), json = args_flag(a, "--json");
    int code;

    if (v == NULL) return client_fail(ERR_NO_MEMORY, "verify", "");
    v->args = a;
    v->as_of = args_value(a, "--as-of");
    v->out = args_value(a, "--out");
    code = load_trust(a, v);
    if (code == EXIT_YES) code = args_left(a, 1, USAGE);
    if (code == EXIT_YES) code = check_out(v, wants_refresh);
    if (code == EXIT_YES) {
        v->path = a->word[0];
        code = load_file(v);
    }
    if (code == EXIT_YES) code = verify(v, wants_refresh, json);
    free(v->file);
    free(v->work);
    free(v);
    return code;
}
