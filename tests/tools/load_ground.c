/* See load.h. The ground is one text file, DIR/ground: "vkey VKEY", then "issuer SEED SCHEMA" per issuer. */
#include <jansson.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "log/evidence/armour.h"
#include "log/note/lines.h"
#include "log/statement/issuer.h"
#include "log/statement/rules.h"
#include "log/statement/schema.h"
#include "log/statement/status.h"
#include "tests/tools/load.h"

#define DAY UINT64_C(86400)
#define GROUND_MAX 65536

/* Statements that this tool makes are good, or the tool is wrong. */
static void made(enum err e)
{
    if (e != ERR_OK) fprintf(stderr, "cairn-load: a statement could not be made: %s\n", err_reason(e));
    ASSERT(e == ERR_OK);
}

static uint64_t now_s(void)
{
    return (uint64_t)time(NULL);
}

static struct hash kid_of(const struct secret_key *secret)
{
    struct public_key public = secret_key_public(secret);

    return cose_key_thumbprint(&public);
}

static void issuer_from_seed(struct ground_issuer *i)
{
    struct out o = out_over(i->iss, sizeof(i->iss));
    struct hash kid;

    secret_key_from_seed(i->seed, &i->secret);
    kid = kid_of(&i->secret);
    ckt_urn(&kid, &o);
}

struct span ground_iss(const struct ground_issuer *i)
{
    return span_of(i->iss, sizeof(i->iss));
}

/* ---- files ---- */

static bool read_file(const char *path, uint8_t *bytes, size_t cap, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");

    if (f == NULL) {
        fprintf(stderr, "cairn-load: cannot read %s\n", path);
        return false;
    }
    *ret_len = fread(bytes, 1, cap, f);
    fclose(f);
    return *ret_len < cap;
}

static bool operator_read(const char *path, struct secret_key *ret)
{
    uint8_t text[4 * KEY_FILE_SIZE_MAX], room[KEY_FILE_SIZE_MAX];
    struct out bytes = out_over(room, sizeof(room));
    enum armour_kind kind = ARMOUR_KEY;
    struct key_file file;
    size_t len;

    if (!read_file(path, text, sizeof(text), &len)) return false;
    if (armour_decode(span_of(text, len), &bytes, &kind) != ERR_OK || kind != ARMOUR_KEY ||
        key_file_decode(out_span(&bytes), &file) != ERR_OK) {
        fprintf(stderr, "cairn-load: %s is no key file\n", path);
        return false;
    }
    secret_key_from_seed(file.key[0].seed, ret);
    return true;
}

static bool ground_write(const char *dir, const struct ground *g)
{
    uint8_t *text = malloc(GROUND_MAX);
    struct out o = out_over(text, GROUND_MAX);
    char path[1024];
    FILE *f;
    bool good;

    ASSERT(text != NULL);
    out_text(&o, "vkey ");
    vkey_encode(&g->vkey, &o);
    for (size_t i = 0; i < g->count; i++) {
        out_text(&o, "\nissuer ");
        hex_encode(span_of(g->issuer[i].seed, 32), &o);
        out_byte(&o, ' ');
        hex_encode(hash_span(&g->issuer[i].schema), &o);
    }
    out_byte(&o, '\n');
    snprintf(path, sizeof(path), "%s/ground", dir);
    if (mkdir(dir, 0700) != 0 && access(dir, W_OK) != 0) fprintf(stderr, "cairn-load: cannot make %s\n", dir);
    f = fopen(path, "wb");
    good = f != NULL && fwrite(text, 1, o.len, f) == o.len;
    if (f != NULL) good = fclose(f) == 0 && good;
    free(text);
    return good;
}

static bool take_line(const struct lines *l, struct ground *ret)
{
    struct ground_issuer *i = &ret->issuer[ret->count];

    if (l->count == 2 && span_equal(l->word[0], SPAN("vkey"))) return vkey_decode(l->word[1], &ret->vkey) == ERR_OK;
    if (l->count != 3 || !span_equal(l->word[0], SPAN("issuer")) || ret->count == ISSUERS_MAX) return false;
    if (hex_decode(l->word[1], i->seed, 32) != ERR_OK) return false;
    if (hex_decode(l->word[2], i->schema.b, 32) != ERR_OK) return false;
    issuer_from_seed(i);
    ret->count++;
    return true;
}

bool ground_read(const char *dir, struct ground *ret)
{
    uint8_t *text = malloc(GROUND_MAX);
    char path[1024];
    struct lines l;
    size_t len;
    bool more = true, good;

    ASSERT(text != NULL);
    *ret = (struct ground){.count = 0};
    snprintf(path, sizeof(path), "%s/ground", dir);
    good = read_file(path, text, GROUND_MAX, &len);
    if (good) l = lines_over(span_of(text, len));
    while (good && more) good = lines_next(&l, &more) == ERR_OK && (!more || take_line(&l, ret));
    if (good && ret->count == 0) good = false;
    if (!good) fprintf(stderr, "cairn-load: %s is not what setup writes\n", path);
    free(text);
    return good;
}

/* ---- statements ---- */

static void genesis_make(const struct ground *g, const struct ground_issuer *i, struct out *o)
{
    struct issuer_payload *p = calloc(1, sizeof(*p));
    uint8_t payload[2048], seed[32];
    struct out w = out_over(payload, sizeof(payload));
    struct secret_key recovery;
    struct draft d = {.kind = KIND_ISSUER, .iss = ground_iss(i), .sub = ground_iss(i), .home = vkey_name(&g->vkey)};

    ASSERT(p != NULL);
    randombytes_buf(seed, sizeof(seed));
    secret_key_from_seed(seed, &recovery);
    p->key_count = 1;
    p->key[0] = (struct listed_key){.key = secret_key_public(&i->secret),
                                    .purposes = PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER};
    issuer_sort(p);
    p->recovery_count = 1;
    p->recovery[0] = kid_of(&recovery);
    p->name = SPAN("load");
    issuer_encode(p, &w);
    free(p);
    d.payload = out_span(&w);
    d.has_iat = true;
    d.iat = now_s();
    made(statement_make(&d, &i->secret, o));
}

static void schema_make(const struct ground *g, const struct ground_issuer *i, struct out *o)
{
    struct schema_payload *p = calloc(1, sizeof(*p));
    uint8_t payload[4096];
    struct out w = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_SCHEMA, .iss = ground_iss(i), .sub = SPAN("kyc"), .home = vkey_name(&g->vkey)};

    ASSERT(p != NULL);
    *p = (struct schema_payload){.name = SPAN("kyc"),
                                 .version = 1,
                                 .revocable = true,
                                 .has_validity = true,
                                 .validity = 366 * DAY,
                                 .field_count = 2};
    p->field[0] = (struct schema_field){.name = SPAN("level"), .type = FIELD_TEXT, .required = true, .choice_count = 2};
    p->field[0].choice[0] = SPAN("\x65"
                                 "basic");
    p->field[0].choice[1] = SPAN("\x64"
                                 "full");
    p->field[1] = (struct schema_field){
        .name = SPAN("country"), .type = FIELD_TEXT, .has_least = true, .has_most = true, .least = 2, .most = 2};
    schema_encode(p, &w);
    free(p);
    d.payload = out_span(&w);
    d.has_iat = true;
    d.iat = now_s();
    made(statement_make(&d, &i->secret, o));
}

void ground_attest(const struct ground *g, size_t issuer, struct span sub, struct out *o)
{
    const struct ground_issuer *i = &g->issuer[issuer];
    uint8_t claims[64];
    struct out c = out_over(claims, sizeof(claims));
    struct draft d = {.kind = KIND_ATTESTATION, .iss = ground_iss(i), .sub = sub, .home = vkey_name(&g->vkey)};

    cbor_put_map(&c, 2);
    cbor_put_text(&c, SPAN("level"));
    cbor_put_text(&c, SPAN("full"));
    cbor_put_text(&c, SPAN("country"));
    cbor_put_text(&c, SPAN("CH"));
    d.payload = out_span(&c);
    d.has_iat = d.has_exp = d.has_schema = true;
    d.iat = now_s();
    d.exp = d.iat + 365 * DAY;
    d.schema = i->schema;
    made(statement_make(&d, &i->secret, o));
}

void ground_attest_bytes(const struct ground *g, size_t issuer, struct span sub, struct span payload, struct out *o)
{
    const struct ground_issuer *i = &g->issuer[issuer];
    struct draft d = {.kind = KIND_ATTESTATION, .iss = ground_iss(i), .sub = sub, .home = vkey_name(&g->vkey)};

    d.payload = payload;
    made(statement_make(&d, &i->secret, o));
}

void ground_revoke(const struct ground *g, size_t issuer, struct span sub, const struct hash *target, struct out *o)
{
    const struct ground_issuer *i = &g->issuer[issuer];
    struct status_payload p = {.target = *target, .status = STATUS_REVOKED, .reason = 2};
    uint8_t payload[128];
    struct out w = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_STATUS, .iss = ground_iss(i), .sub = sub, .home = vkey_name(&g->vkey)};

    status_encode(&p, &w);
    d.payload = out_span(&w);
    d.has_iat = true;
    d.iat = now_s();
    made(statement_make(&d, &i->secret, o));
}

struct span subject_new(char room[64])
{
    static _Atomic uint64_t first, next;
    uint64_t none = 0, salt;

    if (first == 0) {
        randombytes_buf(&salt, sizeof(salt));
        atomic_compare_exchange_strong(&first, &none, salt | 1);
    }
    snprintf(room, 64, "s-%016llx-%llu", (unsigned long long)first, (unsigned long long)next++);
    return span_text(room);
}

/* ---- setup ---- */

/* Asks again while the log says that it is not ready. */
static bool get(struct web *w, const char *path)
{
    for (int i = 0; i < 500; i++) {
        if (!web_get(w, path) || w->status == 200) return w->status == 200;
        if (w->status != 503) return false;
        usleep(20000);
    }
    return false;
}

static int about(struct web *w, struct ground *g, char rules_id[65])
{
    const char *vkey, *id;
    json_t *json;
    bool good;

    if (!get(w, "log")) return web_fail(w, "/log");
    json = json_loadb((const char *)w->body, w->len, JSON_REJECT_DUPLICATES, NULL);
    vkey = json_string_value(json_object_get(json, "vkey"));
    id = json_string_value(json_object_get(json_object_get(json, "rules"), "id"));
    good = vkey != NULL && vkey_decode(span_text(vkey), &g->vkey) == ERR_OK && id != NULL && strlen(id) == 64;
    if (good) memcpy(rules_id, id, 65);
    json_decref(json);
    if (!good) fprintf(stderr, "cairn-load: %s/log is not a log's answer\n", w->base);
    return good ? LOAD_YES : LOAD_NO;
}

static int by_iss(const void *a, const void *b)
{
    const struct approval *x = a, *y = b;

    return span_compare(x->iss, y->iss);
}

/* The rules as they are, approving all issuers of the ground. */
static void approve_make(const struct ground *g, struct span last, const struct secret_key *operator_, struct out *o)
{
    struct rules_payload *p = malloc(sizeof(*p));
    struct statement s;
    uint8_t payload[16384];
    struct out w = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_RULES};

    ASSERT(p != NULL);
    made(statement_decode(last, &s));
    made(rules_decode(s.cose.payload, p));
    p->seq++;
    p->has_prev = true;
    p->prev = s.id;
    p->withdraw_count = 0;
    p->approve_count = g->count;
    for (size_t i = 0; i < g->count; i++)
        p->approve[i] = (struct approval){ground_iss(&g->issuer[i]), kid_of(&g->issuer[i].secret)};
    qsort(p->approve, g->count, sizeof(p->approve[0]), by_iss);
    rules_encode(p, &w);
    free(p);
    made(out_check(&w));
    d.iss = d.sub = d.home = vkey_name(&g->vkey);
    d.payload = out_span(&w);
    made(statement_make(&d, operator_, o));
}

/* Posts until it is accepted; a log that starts or is busy is asked again. */
static int post(struct web *w, struct span bytes, bool wait, const char *what)
{
    for (int i = 0; i < 500; i++) {
        if (!web_post(w, bytes, wait)) return web_fail(w, what);
        if (w->status == 201 || (w->status == 303 && !wait)) return LOAD_YES;
        if (w->status != 303 && w->status != 429 && w->status != 503) return web_fail(w, what);
        usleep(20000);
    }
    return web_fail(w, what);
}

static int approve_all(struct web *w, const struct ground *g, const char rules_id[65],
                       const struct secret_key *operator_)
{
    uint8_t bytes[20000], last[20000];
    struct out o = out_over(bytes, sizeof(bytes)), kept = out_over(last, sizeof(last));
    char path[128];

    snprintf(path, sizeof(path), "statements/%s", rules_id);
    if (!get(w, path)) return web_fail(w, path);
    out_bytes(&kept, span_of(w->body, w->len));
    made(out_check(&kept));
    approve_make(g, out_span(&kept), operator_, &o);
    return post(w, out_span(&o), false, "approval");
}

static int register_one(struct web *w, const struct ground *g, struct ground_issuer *i, bool last)
{
    uint8_t bytes[16384];
    struct out o = out_over(bytes, sizeof(bytes));
    int code;

    genesis_make(g, i, &o);
    code = post(w, out_span(&o), false, "issuer");
    if (code != LOAD_YES) return code;
    o.len = 0;
    schema_make(g, i, &o);
    i->schema = hash_of(out_span(&o));
    return post(w, out_span(&o), last, "schema");
}

int ground_setup(const char *url, const char *operator_key, const char *dir, size_t count)
{
    struct ground *g = calloc(1, sizeof(*g));
    struct secret_key operator_;
    struct web w;
    char rules_id[65];
    int code;

    ASSERT(g != NULL);
    web_open(&w, url, 60);
    code = operator_read(operator_key, &operator_) ? about(&w, g, rules_id) : LOAD_USAGE;
    g->count = count;
    for (size_t i = 0; i < count; i++) {
        randombytes_buf(g->issuer[i].seed, 32);
        issuer_from_seed(&g->issuer[i]);
    }
    if (code == LOAD_YES) code = approve_all(&w, g, rules_id, &operator_);
    for (size_t i = 0; code == LOAD_YES && i < count; i++) code = register_one(&w, g, &g->issuer[i], i + 1 == count);
    if (code == LOAD_YES && !ground_write(dir, g)) code = LOAD_NO;
    if (code == LOAD_YES) printf("%zu issuers, each with a schema kyc: %s/ground\n", count, dir);
    web_close(&w);
    free(g);
    return code;
}
