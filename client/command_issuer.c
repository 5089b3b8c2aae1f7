/* cairn issuer new, cairn issuer register; what comes later is in issuer_*.c. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "client/about.h"
#include "client/issuer.h"
#include "client/submit.h"
#include "log/evidence/armour.h"
#include "log/statement/issuer.h"

#define USAGE_NEW "cairn issuer new NAME [--name TEXT] [--url URL] [--log NAME]"
#define USAGE_REGISTER "cairn issuer register NAME [--log NAME]"

static enum err genesis_make(const struct known_log *log, const struct issuer_key *k, const struct hash *recovery,
                             const char *name, const char *url, struct out *o)
{
    struct issuer_payload *p = calloc(1, sizeof(*p));
    uint8_t payload[2048];
    struct out w = out_over(payload, sizeof(payload));
    struct draft draft = {.kind = KIND_ISSUER,
                          .iss = issuer_iss(k),
                          .sub = issuer_iss(k),
                          .home = log->origin,
                          .has_iat = true,
                          .iat = (uint64_t)time(NULL)};

    if (p == NULL) return ERR_NO_MEMORY;
    p->key_count = 1;
    p->key[0] = (struct listed_key){k->kid, k->public, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER};
    p->recovery_count = 1;
    p->recovery[0] = *recovery;
    p->name = span_text(name);
    p->url = span_text(url);
    issuer_encode(p, &w);
    free(p);
    TRY(out_check(&w));
    draft.payload = out_span(&w);
    return statement_make(&draft, &k->secret, o);
}

static enum err statement_keep(const struct args *a, const char *name, struct span statement)
{
    char file[96], path[PATH_LEN];
    uint8_t text[8192];
    struct out o = out_over(text, sizeof(text));

    snprintf(file, sizeof(file), "%s.statement", name);
    TRY(home_path(a, file, path));
    TRY(armour_encode(ARMOUR_STATEMENT, statement, &o));
    return file_write(path, out_span(&o), 0600, false);
}

static enum err new_files(const struct args *a, const struct known_log *log, const char *pet, const char *name,
                          const char *url, struct issuer_key *k, char key_path[PATH_LEN], char recovery_path[PATH_LEN])
{
    uint8_t seed[32], recovery_seed[32], bytes[4096];
    struct out o = out_over(bytes, sizeof(bytes)), iss = out_over(k->iss, sizeof(k->iss));
    struct secret_key recovery_key;
    struct public_key recovery_public;
    struct hash recovery;
    char file[96];
    enum err e;

    snprintf(file, sizeof(file), "%s.key", pet);
    TRY(home_path(a, file, key_path));
    snprintf(file, sizeof(file), "%s.recovery", pet);
    TRY(home_path(a, file, recovery_path));
    randombytes_buf(seed, sizeof(seed));
    randombytes_buf(recovery_seed, sizeof(recovery_seed));
    secret_key_from_seed(seed, &k->secret);
    secret_key_from_seed(recovery_seed, &recovery_key);
    k->public = secret_key_public(&k->secret);
    k->kid = cose_key_thumbprint(&k->public);
    recovery_public = secret_key_public(&recovery_key);
    recovery = cose_key_thumbprint(&recovery_public);
    ckt_urn(&k->kid, &iss);
    k->iss_len = iss.len;
    e = genesis_make(log, k, &recovery, name, url, &o);
    if (e == ERR_OK)
        e = key_file_write(key_path, KEY_ISSUER, issuer_iss(k), PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, seed);
    if (e == ERR_OK) e = key_file_write(recovery_path, KEY_RECOVERY, issuer_iss(k), PURPOSE_ISSUER, recovery_seed);
    if (e == ERR_OK) e = statement_keep(a, pet, out_span(&o));
    secret_wipe(seed, sizeof(seed));
    secret_wipe(recovery_seed, sizeof(recovery_seed));
    secret_wipe(&recovery_key, sizeof(recovery_key));
    return e;
}

static void say_new(const char *pet, const struct issuer_key *k, const char *key_path, const char *recovery_path,
                    bool approved)
{
    uint8_t text[CKT_SHORT_LEN];
    struct out o = out_over(text, sizeof(text));

    ckt_short(&k->kid, &o);
    printf("made  %s (0600) and %s: print the second, lock it away, delete it here\n", path_shown(key_path),
           path_shown(recovery_path));
    if (approved)
        printf("wait  this log admits approved issuers. Send its operator the next line, then register\n"
               "      cairn log approve %.*s --name %s --key operator.key\n",
               (int)o.len, (const char *)text, pet);
    else
        printf("next  cairn issuer register %s\n", pet);
}

/* Nothing of an issuer is ever overwritten; and whoever lost its key does not want another issuer of that name. */
static int check_free(const struct args *a, const char *pet)
{
    static const char *const files[] = {"key", "statement", "recovery"};

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char file[96], path[PATH_LEN];
        int code;

        snprintf(file, sizeof(file), "%s.%s", pet, files[i]);
        if (home_name(a, file, path) != ERR_OK || access(path, F_OK) != 0) continue;
        code = client_fail(ERR_EXISTS, path_shown(path), "");
        if (i > 0) fprintf(stderr, "  if only its key is lost: cairn issuer recover %s FILE.recovery\n", pet);
        return code;
    }
    return EXIT_YES;
}

static int issuer_new(struct args *a)
{
    const char *name = args_value(a, "--name"), *url = args_value(a, "--url"), *pet;
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    struct about_log *about __attribute__((cleanup(about_log_free))) = NULL;
    char key_path[PATH_LEN] = "", recovery_path[PATH_LEN];
    ISSUER_KEY k = {0};
    enum err e;
    int code = known_log(a, &log);

    if (code == EXIT_YES) code = args_left(a, 1, USAGE_NEW);
    if (code != EXIT_YES) return code;
    pet = a->word[0];
    if (!pet_name_good(pet)) return client_bad_name("issuer new", pet);
    code = check_free(a, pet);
    if (code == EXIT_YES) code = about_log(log->url, &about);
    if (code != EXIT_YES) return code;
    e = new_files(a, log, pet, name == NULL ? pet : name, url == NULL ? "" : url, &k, key_path, recovery_path);
    if (e != ERR_OK) return client_fail(e, key_path[0] == 0 ? pet : key_path, "");
    say_new(pet, &k, key_path, recovery_path, about->approved_mode);
    return EXIT_YES;
}

static int register_one(const struct args *a, const struct known_log *log, const char *pet)
{
    char file[96], path[PATH_LEN];
    uint8_t *text = NULL, bytes[4096];
    struct out o = out_over(bytes, sizeof(bytes));
    enum armour_kind kind = ARMOUR_STATEMENT;
    SUBMITTED done = {.evidence = NULL};
    size_t len = 0;
    enum err e;
    int code;

    snprintf(file, sizeof(file), "%s.statement", pet);
    e = home_path(a, file, path);
    if (e == ERR_OK) e = file_read(path, 65536, &text, &len);
    if (e == ERR_OK) e = armour_decode(span_of(text, len), &o, &kind);
    if (e == ERR_OK && kind != ARMOUR_STATEMENT) e = ERR_WRONG_KIND;
    free(text);
    if (e != ERR_OK) return client_fail(e, path, "");
    code = submit(a, log, out_span(&o), &done);
    if (code != EXIT_YES || done.already) return code;
    printf("ok    %s is registered at ", pet);
    submitted_print(&done);
    printf(" · %.1f s\n", done.seconds);
    return EXIT_YES;
}

static int issuer_register(struct args *a)
{
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    ISSUER_KEY k = {0};
    int code = known_log(a, &log);

    if (code == EXIT_YES) code = args_left(a, 1, USAGE_REGISTER);
    if (code == EXIT_YES) code = known_issuer_named(a, a->word[0], &k);
    return code == EXIT_YES ? register_one(a, log, a->word[0]) : code;
}

int command_issuer(struct args *a)
{
    static const struct {
        const char *word;
        int (*run)(struct args *a);
    } words[] = {{"new", issuer_new},       {"register", issuer_register}, {"show", issuer_show},
                 {"rotate", issuer_rotate}, {"cut", issuer_cut},           {"recover", issuer_recover}};
    const char *word = a->count > 0 ? a->word[0] : "";
    struct args rest = {a->count - 1, a->word + 1, a->home, a->yes};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(word, words[i].word) == 0) return words[i].run(&rest);
    fprintf(stderr, "usage: " USAGE_NEW "\n       " USAGE_REGISTER "\n"
                    "       cairn issuer show|rotate|cut|recover …   (cairn help issuer)\n");
    return EXIT_USAGE;
}
