/* See known.h. */
#include "client/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "log/base/text.h"

#define NAMES_MAX 32
#define ATTESTED_MAX (64U << 20)

bool pet_name_good(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > 40 || name[0] == '.' || name[0] == '-') return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == len;
}

enum err known_log_parse(uint8_t *text, size_t len, struct known_log *ret)
{
    struct lines l = lines_over(span_of(text, len));
    struct policy_log *log = &ret->policy.log[0];
    bool more, mine;

    ret->policy = (struct policy){.quorum = -1};
    for (;;) {
        TRY(lines_next(&l, &more));
        if (!more) break;
        TRY(policy_take(&ret->policy, l.word, l.count, &mine));
        if (!mine) return ERR_BAD_POLICY;
    }
    if (ret->policy.log_count != 1 || log->url.len == 0 || !ret->policy.has_quorum) return ERR_BAD_POLICY;
    memcpy(ret->url, log->url.ptr, log->url.len);
    ret->url[log->url.len] = 0;
    ret->origin = vkey_name(&log->vkey);
    return ERR_OK;
}

void known_log_free(struct known_log **l)
{
    if (*l == NULL) return;
    free((*l)->text);
    free(*l);
    *l = NULL;
}

static enum err load_log(const struct args *a, const char *name, struct known_log *l)
{
    char file[96], path[PATH_LEN];
    size_t len;

    snprintf(l->name, sizeof(l->name), "%.60s", name);
    snprintf(file, sizeof(file), "logs/%.60s.policy", name);
    TRY(home_path(a, file, path));
    TRY(file_read(path, 65536, &l->text, &len));
    return known_log_parse(l->text, len, l);
}

/* The one name there is, or a refusal that lists them. */
static int only_one(char names[][HOME_NAME_LEN], size_t count, const char *what, const char *option, const char *how,
                    const char **ret)
{
    if (count == 1) {
        *ret = names[0];
        return EXIT_YES;
    }
    if (count == 0) {
        fprintf(stderr, "cairn: expected %s; found none\n  %s\n", what, how);
        return EXIT_CANNOT_SAY;
    }
    fprintf(stderr, "cairn: expected %s NAME, since there are several:", option);
    for (size_t i = 0; i < count; i++) fprintf(stderr, " %s", names[i]);
    fprintf(stderr, "\n");
    return EXIT_USAGE;
}

int known_log(struct args *a, struct known_log **ret)
{
    const char *name = args_value(a, "--log");
    char names[NAMES_MAX][HOME_NAME_LEN];
    struct known_log *l;
    enum err e;
    int code;

    if (name == NULL) {
        size_t count = home_list(a, "logs/", ".policy", names, NAMES_MAX);

        code = only_one(names, count, "a log", "--log", "cairn log add https://LOG", &name);
        if (code != EXIT_YES) return code;
    }
    if (!pet_name_good(name)) return client_bad_name("--log", name);
    l = calloc(1, sizeof(*l));
    if (l == NULL) return client_fail(ERR_NO_MEMORY, name, "");
    e = load_log(a, name, l);
    if (e != ERR_OK) {
        known_log_free(&l);
        return client_fail(e, name, "");
    }
    *ret = l;
    return EXIT_YES;
}

/* A key of a wrong role signs nothing that anybody takes. */
static enum err key_take(struct span text, enum key_role role, struct issuer_key *ret)
{
    uint8_t room[KEY_FILE_SIZE_MAX];
    struct out bytes = out_over(room, sizeof(room));
    enum armour_kind kind = ARMOUR_KEY;
    struct key_file file = {.count = 0};
    enum err e = armour_decode(text, &bytes, &kind);

    if (e == ERR_OK && kind != ARMOUR_KEY) e = ERR_WRONG_KIND;
    if (e == ERR_OK) e = key_file_decode(out_span(&bytes), &file);
    if (e == ERR_OK && (file.role != role || file.count != 1)) e = ERR_WRONG_KIND;
    if (e == ERR_OK) {
        secret_key_from_seed(file.key[0].seed, &ret->secret);
        ret->public = secret_key_public(&ret->secret);
        ret->kid = cose_key_thumbprint(&ret->public);
        memcpy(ret->iss, file.name.ptr, file.name.len);
        ret->iss_len = file.name.len;
    }
    secret_wipe(room, sizeof(room));
    secret_wipe(&file, sizeof(file));
    return e;
}

/* What a file is, told by its bytes; its secrets are wiped again. ARMOUR_KIND_COUNT: nothing of Cairn's. */
static enum armour_kind kind_of(const char *path, enum key_role *ret_role)
{
    uint8_t room[KEY_FILE_SIZE_MAX], *text = NULL;
    struct out bytes = out_over(room, sizeof(room));
    enum armour_kind kind = ARMOUR_STATEMENT;
    struct key_file file = {.role = KEY_ROLE_COUNT};
    size_t len = 0;
    enum err e = file_read(path, FILE_MAX_BYTES, &text, &len);

    if (e == ERR_OK && span_starts(span_of(text, len), SPAN("cairn evidence ")))
        kind = ARMOUR_EVIDENCE;
    else if (e == ERR_OK && !span_starts(span_of(text, len), SPAN("cairn statement ")))
        e = armour_decode(span_of(text, len), &bytes, &kind);
    if (e == ERR_OK && kind == ARMOUR_KEY) e = key_file_decode(out_span(&bytes), &file);
    if (text != NULL) secret_wipe(text, len);
    secret_wipe(room, sizeof(room));
    free(text);
    *ret_role = file.role;
    secret_wipe(&file, sizeof(file));
    return e == ERR_OK ? kind : ARMOUR_KIND_COUNT;
}

static bool is_issuer_key(const struct args *a, const char *name)
{
    char entry[96], path[PATH_LEN];
    enum key_role role;

    snprintf(entry, sizeof(entry), "%.60s.key", name);
    return home_path(a, entry, path) == ERR_OK && kind_of(path, &role) == ARMOUR_KEY && role == KEY_ISSUER;
}

int key_fail(enum err e, const char *path, enum key_role wanted)
{
    static const char *const roles[KEY_ROLE_COUNT] = {[KEY_ISSUER] = "an issuer's key",
                                                      [KEY_RECOVERY] = "a recovery key",
                                                      [KEY_OPERATOR] = "an operator's key",
                                                      [KEY_LOG] = "the keys of a log",
                                                      [KEY_WITNESS] = "a witness's key"};
    static const char *const kinds[ARMOUR_KIND_COUNT + 1] = {[ARMOUR_EVIDENCE] = "evidence",
                                                             [ARMOUR_STATEMENT] = "a statement",
                                                             [ARMOUR_KIND_COUNT] = "a file that is no key of Cairn's"};
    enum key_role role;
    enum armour_kind kind;
    uint8_t room[400];
    struct out name = out_over(room, sizeof(room));

    if (e == ERR_NO_FILE || e == ERR_NOT_READABLE) return client_fail(e, path_shown(path), "");
    kind = kind_of(path, &role);
    if (kind == ARMOUR_KEY && role == wanted) return client_fail(e, path_shown(path), "");
    text_escape(span_text(path_shown(path)), 80, &name);
    fflush(stdout);
    fprintf(stderr, "cairn: %.*s: wrong-kind\n  expected %s; found %s\n", (int)name.len, (const char *)room,
            roles[wanted], kind == ARMOUR_KEY ? roles[role] : kinds[kind]);
    return EXIT_USAGE;
}

/* Moves the names of issuers to the front; gives how many there are. */
static size_t keep_issuers(const struct args *a, char names[][HOME_NAME_LEN], size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (is_issuer_key(a, names[i])) memmove(names[kept++], names[i], HOME_NAME_LEN);
    return kept;
}

enum err key_load(const char *path, enum key_role role, struct issuer_key *ret)
{
    uint8_t *text;
    size_t len;
    enum err e;

    TRY(file_private(path));
    TRY(file_read(path, 4 * KEY_FILE_SIZE_MAX, &text, &len));
    e = key_take(span_of(text, len), role, ret);
    secret_wipe(text, len);
    free(text);
    return e;
}

enum err key_file_write(const char *path, enum key_role role, struct span name, unsigned purposes,
                        const uint8_t seed[32])
{
    struct key_file file = {.role = role, .name = name, .count = 1};
    uint8_t room[KEY_FILE_SIZE_MAX], text[4 * KEY_FILE_SIZE_MAX];
    struct out bytes = out_over(room, sizeof(room)), o = out_over(text, sizeof(text));
    enum err e;

    file.key[0].purposes = purposes;
    memcpy(file.key[0].seed, seed, 32);
    key_file_encode(&file, &bytes);
    e = out_check(&bytes);
    if (e == ERR_OK) e = armour_encode(ARMOUR_KEY, out_span(&bytes), &o);
    if (e == ERR_OK) e = file_write(path, out_span(&o), 0600, true);
    secret_wipe(&file, sizeof(file));
    secret_wipe(room, sizeof(room));
    secret_wipe(text, sizeof(text));
    return e;
}

static enum err load_issuer(const struct args *a, const char *name, struct issuer_key *ret)
{
    char file[96], path[PATH_LEN];

    snprintf(ret->name, sizeof(ret->name), "%.60s", name);
    snprintf(file, sizeof(file), "%.60s.key", name);
    TRY(home_path(a, file, path));
    return key_load(path, KEY_ISSUER, ret);
}

/* ---- what is remembered beside an issuer's key ---- */

static enum err beside(const struct args *a, const char *name, const char *suffix, char ret[PATH_LEN])
{
    char file[96];

    snprintf(file, sizeof(file), "%.60s%s", name, suffix);
    return home_path(a, file, ret);
}

enum err known_begun_path(const struct args *a, const char *name, char ret[PATH_LEN])
{
    return beside(a, name, ".begun", ret);
}

bool known_begun(const struct args *a, const char *name, char ret[BEGUN_LEN])
{
    char path[PATH_LEN];
    uint8_t *text = NULL;
    struct out o = out_over(ret, BEGUN_LEN - 1);
    size_t len;

    if (known_begun_path(a, name, path) != ERR_OK || file_read(path, BEGUN_LEN - 1, &text, &len) != ERR_OK)
        return false;
    text_escape(span_of(text, len), BEGUN_LEN - 1, &o);
    ret[o.len] = 0;
    free(text);
    return !o.full;
}

/* A key that the log may list already, in place of this one. */
static void say_begun(const struct args *a, const char *name)
{
    char path[PATH_LEN], line[BEGUN_LEN];

    if (beside(a, name, ".key.next", path) != ERR_OK || access(path, F_OK) != 0) return;
    if (!known_begun(a, name, line)) snprintf(line, sizeof(line), "cairn issuer rotate %s", name);
    fprintf(stderr, "note  new keys of %s were begun and are not in their place. This goes on: %s\n", name, line);
}

enum err known_attest(const struct args *a, const struct issuer_key *k, uint64_t position)
{
    char path[PATH_LEN];
    uint8_t line[128];
    struct out o = out_over(line, sizeof(line));

    out_byte(&o, '@');
    out_decimal(&o, position);
    out_byte(&o, ' ');
    ckt_short(&k->kid, &o);
    TRY(beside(a, k->name, ".attested", path));
    return file_append_line(path, out_span(&o));
}

enum err known_attest_by(const struct args *a, const struct hash *kid, uint64_t position)
{
    char names[NAMES_MAX][HOME_NAME_LEN];
    size_t count = home_list(a, "", ".key", names, NAMES_MAX);

    for (size_t i = 0; i < count; i++) {
        ISSUER_KEY k = {0};

        if (pet_name_good(names[i]) && load_issuer(a, names[i], &k) == ERR_OK && hash_equal(&k.kid, kid))
            return known_attest(a, &k, position);
    }
    return ERR_OK;
}

enum err known_attested(const struct args *a, const char *name, uint8_t **ret_text, struct attested *ret)
{
    char path[PATH_LEN];
    size_t len;

    TRY(beside(a, name, ".attested", path));
    TRY(file_read(path, ATTESTED_MAX, ret_text, &len));
    ret->lines = lines_over(span_of(*ret_text, len));
    return ERR_OK;
}

bool known_attested_next(struct attested *at)
{
    struct lines *l = &at->lines;
    bool more;

    while (lines_next(l, &more) == ERR_OK && more)
        if (l->count == 2 && l->word[0].len > 1 && l->word[0].ptr[0] == '@' &&
            decimal_decode(span_slice(l->word[0], 1, l->word[0].len), INT64_MAX, &at->position) == ERR_OK &&
            ckt_decode(l->word[1], &at->kid) == ERR_OK)
            return true;
    return false;
}

int known_issuer_named(const struct args *a, const char *name, struct issuer_key *ret)
{
    char path[PATH_LEN];
    enum err e = pet_name_good(name) ? load_issuer(a, name, ret) : ERR_BAD_CONFIG;

    if (e == ERR_NO_FILE) {
        bool lost = beside(a, name, ".statement", path) == ERR_OK && access(path, F_OK) == 0;

        fprintf(stderr, "cairn: there is no %s %s here\n", lost ? "key of issuer" : "issuer", name);
        if (lost)
            fprintf(stderr, "  put %s.key back, or: cairn issuer recover %s FILE.recovery\n", name, name);
        else
            fprintf(stderr, "  make one: cairn issuer new %s\n", name);
        return EXIT_USAGE;
    }
    if (e == ERR_OK) say_begun(a, name);
    if (e == ERR_OK) return EXIT_YES;
    return pet_name_good(name) && beside(a, name, ".key", path) == ERR_OK ? key_fail(e, path, KEY_ISSUER)
                                                                          : client_fail(e, name, "");
}

int known_issuer(struct args *a, struct issuer_key *ret)
{
    const char *name = args_value(a, "--issuer");
    char names[NAMES_MAX][HOME_NAME_LEN];

    if (name == NULL) {
        size_t count = keep_issuers(a, names, home_list(a, "", ".key", names, NAMES_MAX));
        int code = only_one(names, count, "an issuer", "--issuer", "cairn issuer new NAME", &name);

        if (code != EXIT_YES) return code;
    }
    return known_issuer_named(a, name, ret);
}

void issuer_key_wipe(struct issuer_key *k)
{
    secret_wipe(&k->secret, sizeof(k->secret));
}

struct span issuer_iss(const struct issuer_key *k)
{
    return span_of(k->iss, k->iss_len);
}

/* HOME/names has lines "issuer NAME ckt:…|ISS"; the last one of a name counts. */
static enum err names_find(const struct args *a, struct span name, struct out *ret)
{
    char path[PATH_LEN];
    uint8_t *text = NULL;
    struct span found = {0};
    struct lines l;
    struct hash kid;
    bool more = true;
    size_t len;
    enum err e = home_path(a, "names", path);

    if (e == ERR_OK) e = file_read(path, FILE_MAX_BYTES, &text, &len);
    if (e != ERR_OK) return e == ERR_NO_FILE ? ERR_NOT_FOUND : e;
    l = lines_over(span_of(text, len));
    while (e == ERR_OK && more) {
        e = lines_next(&l, &more);
        if (e == ERR_OK && more && l.count == 3 && span_equal(l.word[0], SPAN("issuer")) && span_equal(l.word[1], name))
            found = l.word[2];
    }
    if (e == ERR_OK && found.len == 0) e = ERR_NOT_FOUND;
    if (e == ERR_OK && ckt_decode(found, &kid) == ERR_OK)
        ckt_urn(&kid, ret);
    else if (e == ERR_OK)
        out_bytes(ret, found);
    free(text);
    return e;
}

enum err known_iss(const struct args *a, const char *word, struct out *ret)
{
    ISSUER_KEY k = {0};
    struct hash kid;
    enum err e = ERR_NO_FILE;

    if (ckt_decode(span_text(word), &kid) == ERR_OK) {
        ckt_urn(&kid, ret);
        return out_check(ret);
    }
    if (pet_name_good(word)) e = load_issuer(a, word, &k);
    if (e == ERR_OK) out_bytes(ret, issuer_iss(&k));
    if (e == ERR_NO_FILE) e = names_find(a, span_text(word), ret);
    return e == ERR_OK ? out_check(ret) : e;
}
