/* cairnd init: the keys, the first three statements, the configuration. The configuration is written last:
 * a folder without it was never finished. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "log/evidence/armour.h"
#include "log/statement/issuer.h"
#include "server/command.h"
#include "server/shell/clock.h"

struct seeds {
    uint8_t operator[32], recovery[32], checkpoint[32], seal[32];
};

struct making {
    const char *dir;
    char parent[1024];
    struct span origin;
    struct seeds seeds;
    uint64_t now_ms;
};

static struct public_key public_of(const uint8_t seed[32])
{
    struct secret_key key;
    struct public_key public;

    secret_key_from_seed(seed, &key);
    public = secret_key_public(&key);
    secret_wipe(&key, sizeof(key));
    return public;
}

static enum err keys_write(const struct making *m)
{
    struct key_file log = {.role = KEY_LOG, .name = m->origin, .count = 2};
    struct key_file operator= {.role = KEY_OPERATOR, .name = m->origin, .count = 1};
    struct key_file recovery = {.role = KEY_RECOVERY, .name = m->origin, .count = 1};

    log.key[0].purposes = PURPOSE_CHECKPOINT;
    memcpy(log.key[0].seed, m->seeds.checkpoint, 32);
    log.key[1].purposes = PURPOSE_SEAL;
    memcpy(log.key[1].seed, m->seeds.seal, 32);
    operator.key[0].purposes = PURPOSE_ISSUER | PURPOSE_RULES;
    memcpy(operator.key[0].seed, m->seeds.operator, 32);
    recovery.key[0].purposes = PURPOSE_ISSUER;
    memcpy(recovery.key[0].seed, m->seeds.recovery, 32);
    TRY(command_key_write(m->dir, "log.key", &log));
    TRY(command_key_write(m->parent, "operator.key", &operator));
    return command_key_write(m->parent, "operator.recovery", &recovery);
}

static enum err own_statement(const struct making *m, enum statement_kind kind, struct span payload,
                              const uint8_t seed[32], struct out *o)
{
    struct draft draft = {.kind = kind,
                          .iss = m->origin,
                          .sub = m->origin,
                          .home = m->origin,
                          .payload = payload,
                          .has_iat = kind != KIND_SEAL,
                          .iat = m->now_ms / 1000};
    struct secret_key key;
    enum err e;

    secret_key_from_seed(seed, &key);
    e = statement_make(&draft, &key, o);
    secret_wipe(&key, sizeof(key));
    return e;
}

static enum err make_genesis(const struct making *m, struct out *o)
{
    struct issuer_payload *p = calloc(1, sizeof(*p));
    struct public_key recovery = public_of(m->seeds.recovery);
    uint8_t payload[2048];
    struct out w = out_over(payload, sizeof(payload));

    if (p == NULL) return ERR_NO_MEMORY;
    p->key_count = 3;
    p->key[0] = (struct listed_key){.key = public_of(m->seeds.operator), .purposes = PURPOSE_ISSUER | PURPOSE_RULES};
    p->key[1] = (struct listed_key){.key = public_of(m->seeds.seal), .purposes = PURPOSE_SEAL};
    p->key[2] = (struct listed_key){.key = public_of(m->seeds.checkpoint), .purposes = PURPOSE_CHECKPOINT};
    issuer_sort(p);
    p->recovery_count = 1;
    p->recovery[0] = cose_key_thumbprint(&recovery);
    p->name = m->origin;
    issuer_encode(p, &w);
    free(p);
    TRY(out_check(&w));
    return own_statement(m, KIND_ISSUER, out_span(&w), m->seeds.operator, o);
}

static enum err make_rules(const struct making *m, struct out *o)
{
    struct rules_payload *p = calloc(1, sizeof(*p));
    uint8_t payload[1024];
    struct out w = out_over(payload, sizeof(payload));

    if (p == NULL) return ERR_NO_MEMORY;
    p->mode = RULES_APPROVED;
    p->version = RULES_VERSION;
    p->limit_bytes = 16384;
    p->limit_statements = 8192;
    rules_encode(p, &w);
    free(p);
    TRY(out_check(&w));
    return own_statement(m, KIND_RULES, out_span(&w), m->seeds.operator, o);
}

static enum err make_seal(const struct making *m, const struct derived_head *index, struct out *o)
{
    struct seal_payload seal = {
        .covers = index->covers, .root = index->root, .keys = index->keys, .from_ms = m->now_ms, .to_ms = m->now_ms};
    uint8_t payload[256];
    struct out w = out_over(payload, sizeof(payload));

    seal_encode(&seal, &w);
    TRY(out_check(&w));
    return own_statement(m, KIND_SEAL, out_span(&w), m->seeds.seal, o);
}

static enum err put(struct log_write *log, struct derived_write *index, struct span bytes)
{
    struct index_keys keys;
    struct statement s;
    uint64_t position = log_write_size(log);

    TRY(statement_decode(bytes, &s));
    TRY(index_derive(&s, RULES_VERSION, &keys));
    TRY(log_append(log, bytes, &s.id));
    return derived_fold(index, position, &s.id, keys.key, keys.count);
}

static enum err first_three(const struct making *m, struct log_write *log, struct derived_write *index)
{
    uint8_t bytes[4096];
    struct out o = out_over(bytes, sizeof(bytes));
    struct derived_head head;

    TRY(make_genesis(m, &o));
    TRY(put(log, index, out_span(&o)));
    o.len = 0;
    TRY(make_rules(m, &o));
    TRY(put(log, index, out_span(&o)));
    TRY(derived_write_head(index, &head));
    o.len = 0;
    TRY(make_seal(m, &head, &o));
    TRY(put(log, index, out_span(&o)));
    return log_set_sealed(log, m->now_ms);
}

static enum err store_fill(const struct making *m, struct store *store)
{
    struct log_write *log;
    struct derived_write *index;
    enum err e;

    TRY(log_write_open(store, &log));
    e = derived_write_open(store, &index);
    if (e == ERR_OK) {
        e = first_three(m, log, index);
        /* Nothing is published yet, so the index stays empty until it is. */
        derived_write_abort(index);
    }
    if (e == ERR_OK) return log_write_commit(log);
    log_write_abort(log);
    return e;
}

static enum err make_all(const struct making *m, const char *listen)
{
    uint8_t text[8192];
    struct out o = out_over(text, sizeof(text));
    struct store *store;
    enum err e;

    TRY(keys_write(m));
    TRY(store_open(m->dir, true, 0, &store));
    e = store_fill(m, store);
    store_close(store);
    TRY(e);
    config_write(m->origin, listen, &o);
    TRY(out_check(&o));
    return file_write_durable(m->dir, "cairnd.conf", out_span(&o), 0600);
}

static void say_made(const struct making *m)
{
    uint8_t text[512];
    struct out o = out_over(text, sizeof(text));
    struct public_key key = public_of(m->seeds.checkpoint);
    struct vkey v;

    vkey_make(m->origin, NOTE_ED25519, &key, &v);
    vkey_encode(&v, &o);
    printf("made  %s: cairnd.conf (commented), log.key 0600 (checkpoints; seals and receipts)\n", m->dir);
    printf("      beside it %s/operator.key and %s/operator.recovery, both 0600\n", m->parent, m->parent);
    printf("vkey  %.*s     publish this line\n", (int)o.len, (const char *)text);
    printf("move  operator.key to another machine now: it admits issuers and rotates keys, not the server\n");
}

static bool exists(const char *dir, const char *name)
{
    char path[1200];

    return snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path) && access(path, F_OK) == 0;
}

static int run(struct making *m, const char *listen)
{
    enum err e;

    if (mkdir(m->dir, 0700) != 0) {
        fprintf(stderr, "cairnd: cannot make %s: %s\n", m->dir, strerror(errno));
        fprintf(stderr, "  a log is made in a folder of its own that does not exist yet\n");
        return EXIT_NO;
    }
    m->now_ms = clock_ms();
    randombytes_buf(&m->seeds, sizeof(m->seeds));
    e = make_all(m, listen);
    if (e == ERR_OK) say_made(m);
    secret_wipe(&m->seeds, sizeof(m->seeds));
    if (e == ERR_OK) return EXIT_YES;
    fprintf(stderr, "cairnd: %s is not finished: delete it and the operator files beside it, then try again\n", m->dir);
    return command_fail(e, "init", "");
}

static bool parent_find(struct making *m)
{
    char *copy = strdup(m->dir);
    bool fits = copy != NULL && snprintf(m->parent, sizeof(m->parent), "%s", dirname(copy)) < (int)sizeof(m->parent);

    free(copy);
    return fits;
}

int command_init(int argc, char **argv)
{
    struct making m = {0};
    char *origin = option_value(&argc, argv, "--origin"), *listen = option_value(&argc, argv, "--listen");

    if (argc != 1 || origin == NULL) {
        fprintf(stderr, "usage: cairnd init DIR --origin NAME [--listen HOST:PORT]\n");
        fprintf(stderr, "  NAME is what the log is called for ever, like log.example.org/attest\n");
        return EXIT_USAGE;
    }
    m.dir = argv[0];
    m.origin = span_text(origin);
    /* The origin is an iss too: one that looks like the URN of a key would be taken for that key's owner. */
    if (!note_name_good(m.origin) || !iss_good(m.origin) || sub_check(m.origin) != ERR_OK ||
        span_starts_nocase(m.origin, SPAN("urn:")) || span_starts_nocase(m.origin, SPAN("ckt:")))
        return command_fail(ERR_BAD_CONFIG, "--origin", origin);
    if (!parent_find(&m)) return command_fail(ERR_NO_ROOM, m.dir, "the path is too long");
    if (exists(m.parent, "operator.key") || exists(m.parent, "operator.recovery")) {
        fprintf(stderr,
                "cairnd: %s/operator.key or operator.recovery is already there; an operator's key is never "
                "overwritten\n  move them away, or make the log elsewhere\n",
                m.parent);
        return EXIT_NO;
    }
    return run(&m, listen == NULL ? "127.0.0.1:7379" : listen);
}
