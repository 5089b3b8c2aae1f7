/* cairn log add, cairn log approve. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/about.h"
#include "client/submit.h"
#include "log/base/codec.h"
#include "log/statement/rules.h"

#define USAGE_ADD "cairn log add URL [--key VKEY] [--name NAME]"
#define USAGE_APPROVE "cairn log approve CKT --key FILE [--as ISS] [--name NAME] [--log NAME]"

/* "log.example.org/attest" to "example": the middle of the host, or all of it. */
static void name_of_origin(struct span origin, char ret[64])
{
    size_t end = span_find(origin, '/'), last, from = 0;
    struct span host = span_slice(origin, 0, end);

    last = span_find_last(host, '.');
    if (last < host.len) {
        struct span front = span_slice(host, 0, last);
        size_t dot = span_find_last(front, '.');

        from = dot < front.len ? dot + 1 : 0;
        host = front;
    }
    snprintf(ret, 64, "%.*s", (int)(host.len - from), (const char *)host.ptr + from);
}

static void print_about(const struct about_log *l)
{
    uint8_t text[64];
    struct out o = out_over(text, sizeof(text));

    print_text(l->known.origin);
    out_decimal_grouped(&o, l->size);
    printf("   %s · ", l->approved_mode ? "approved issuers only" : "open to all issuers");
    printf("%.*s statements · ", (int)o.len, (const char *)text);
    about_print_quorum(&l->known.policy);
    printf("\n");
    about_print_key(l);
}

/* Whether another log is remembered under this name: a later command would speak to the wrong one. */
static bool is_taken(const char *path, const struct about_log *l)
{
    struct known_log *there = calloc(1, sizeof(*there));
    size_t len;
    enum err e = there == NULL ? ERR_NO_MEMORY : file_read(path, 65536, &there->text, &len);
    bool taken = e != ERR_NO_FILE;

    if (e == ERR_OK && known_log_parse(there->text, len, there) == ERR_OK)
        taken = memcmp(&there->policy.log[0].vkey.key, &l->known.policy.log[0].vkey.key, 32) != 0 ||
                !span_equal(there->origin, l->known.origin);
    known_log_free(&there);
    return taken;
}

static int log_add(struct args *a)
{
    const char *key = args_value(a, "--key"), *name = args_value(a, "--name");
    struct about_log *l __attribute__((cleanup(about_log_free))) = NULL;
    char given[64], file[96], path[PATH_LEN];
    enum err e;
    int code = args_left(a, 1, USAGE_ADD);

    if (code != EXIT_YES) return code;
    code = about_log(a->word[0], &l);
    if (code != EXIT_YES) return code;
    if (name == NULL) {
        name_of_origin(l->known.origin, given);
        name = given;
    }
    if (!pet_name_good(name)) return client_bad_name("--name", name);
    print_about(l);
    if (key != NULL && strcmp(key, l->vkey) != 0) return client_fail(ERR_NOT_SIGNED, "--key", l->vkey);
    snprintf(file, sizeof(file), "logs/%s.policy", name);
    e = home_path(a, file, path);
    if (e == ERR_OK && is_taken(path, l)) return client_fail(ERR_EXISTS, name, "another log under this name: --name");
    if (key == NULL && !client_ask(a, "Is this the key you were given some other way?")) return EXIT_NO;
    if (e == ERR_OK) e = file_write(path, span_text(l->policy_text), 0600, false);
    if (e != ERR_OK) return client_fail(e, path, "");
    printf("remembered as \"%s\"\n", name);
    return EXIT_YES;
}

/* ---- approve ---- */

static int rules_last(const struct known_log *log, struct rules_payload *ret, struct hash *ret_id, uint8_t **ret_bytes)
{
    struct about_log *l __attribute__((cleanup(about_log_free))) = NULL;
    struct statement s;
    uint64_t ignored;
    enum err e;
    int code = about_log(log->url, &l);

    if (code == EXIT_YES) code = statement_fetch(log, l->rules_id, ret_bytes, &s, &ignored);
    if (code != EXIT_YES) return code;
    e = s.kind == KIND_RULES && span_equal(s.iss, log->origin) ? rules_decode(s.cose.payload, ret) : ERR_BAD_EVIDENCE;
    *ret_id = s.id;
    return e == ERR_OK ? EXIT_YES : client_fail(e, "the log's rules", "");
}

static enum err approve_make(const struct known_log *log, const struct rules_payload *last, const struct hash *last_id,
                             const struct approval *approval, const char *key_path, struct out *o)
{
    struct rules_payload *p = malloc(sizeof(*p));
    uint8_t payload[4096];
    struct out w = out_over(payload, sizeof(payload));
    struct draft draft = {.kind = KIND_RULES, .iss = log->origin, .sub = log->origin, .home = log->origin};
    struct secret_key key;
    enum err e;

    if (p == NULL) return ERR_NO_MEMORY;
    *p = *last;
    p->seq = last->seq + 1;
    p->has_prev = true;
    p->prev = *last_id;
    p->withdraw_count = 0;
    p->approve_count = 1;
    p->approve[0] = *approval;
    rules_encode(p, &w);
    free(p);
    draft.payload = out_span(&w);
    TRY(out_check(&w));
    TRY(key_load(key_path, &key, NULL));
    e = statement_make(&draft, &key, o);
    secret_wipe(&key, sizeof(key));
    return e;
}

static int remember_issuer(const struct args *a, const char *name, const char *ckt)
{
    char path[PATH_LEN], line[256];
    enum err e;

    if (name == NULL) return EXIT_YES;
    snprintf(line, sizeof(line), "issuer %s %s", name, ckt);
    e = home_path(a, "names", path);
    if (e == ERR_OK) e = file_append_line(path, span_text(line));
    return e == ERR_OK ? EXIT_YES : client_fail(e, "names", "");
}

static int approve_with(struct args *a, const struct known_log *log, const char *as, const char *key)
{
    struct rules_payload *last = calloc(1, sizeof(*last));
    uint8_t urn[CKT_URN_LEN], bytes[8192], *fetched = NULL;
    struct out iss = out_over(urn, sizeof(urn)), o = out_over(bytes, sizeof(bytes));
    struct approval approval = {.iss = {NULL, 0}};
    struct hash last_id;
    SUBMITTED done = {.evidence = NULL};
    enum err e = ckt_decode(span_text(a->word[0]), &approval.genesis);
    int code = e == ERR_OK && last != NULL ? EXIT_YES : client_fail(ERR_BAD_KEY, "approve", a->word[0]);

    ckt_urn(&approval.genesis, &iss);
    approval.iss = as != NULL ? span_text(as) : out_span(&iss);
    if (code == EXIT_YES) code = rules_last(log, last, &last_id, &fetched);
    if (code == EXIT_YES && last != NULL) {
        e = approve_make(log, last, &last_id, &approval, key, &o);
        if (e != ERR_OK) code = client_fail(e, key, "");
    }
    if (code == EXIT_YES) code = submit(a, log, out_span(&o), &done);
    if (code == EXIT_YES)
        printf("ok    approved at @%llu: this issuer may register\n", (unsigned long long)done.position);
    free(last);
    free(fetched);
    return code;
}

static int log_approve(struct args *a)
{
    const char *key = args_value(a, "--key"), *name = args_value(a, "--name"), *as = args_value(a, "--as");
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    int code = known_log(a, &log);

    if (code == EXIT_YES) code = args_left(a, 1, USAGE_APPROVE);
    if (code != EXIT_YES) return code;
    if (key == NULL) {
        fprintf(stderr, "cairn: expected --key FILE: the operator's key, which cairnd init wrote beside the log\n");
        return EXIT_USAGE;
    }
    if (name != NULL && !pet_name_good(name)) return client_bad_name("--name", name);
    code = approve_with(a, log, as, key);
    return code == EXIT_YES ? remember_issuer(a, name, a->word[0]) : code;
}

int command_log(struct args *a)
{
    const char *word = a->count > 0 ? a->word[0] : "";
    struct args rest = {a->count - 1, a->word + 1, a->home, a->yes};

    if (strcmp(word, "add") == 0) return log_add(&rest);
    if (strcmp(word, "approve") == 0) return log_approve(&rest);
    if (strcmp(word, "withdraw") == 0 || strcmp(word, "limits") == 0 || strcmp(word, "rotate") == 0 ||
        strcmp(word, "close") == 0) {
        fprintf(stderr, "cairn: log %s is not in this version\n", word);
        return EXIT_USAGE;
    }
    fprintf(stderr, "usage: " USAGE_ADD "\n       " USAGE_APPROVE "\n");
    return EXIT_USAGE;
}
