/* See history.h. */
#include "tests/admit/history.h"

#include "log/admit/replay.h"
#include "log/base/codec.h"
#include "log/statement/schema.h"

#define NOW_S 1800000000ULL
#define DAY_S 86400ULL

/* Who: three issuers, the last under a name, and the log. Each has keys of its own, and recovery keys. */
enum { WHO_NAMED = 2, WHO_LOG = 3, WHO_COUNT };
enum { KEYS = 10, PAPERS = 6, OF_ONE = KEYS + PAPERS };

static struct {
    struct secret_key secret[WHO_COUNT * OF_ONE];
    struct public_key public[WHO_COUNT * OF_ONE];
    struct hash kid[WHO_COUNT * OF_ONE];
    uint8_t urn[WHO_NAMED][CKT_URN_LEN];
    bool made;
} pool;

struct row {
    struct hash key;
    uint64_t position;
};
static struct {
    struct naive log;
    struct row row[NAIVE_MAX * 4];
    size_t row_count;
    uint8_t bytes[NAIVE_MAX * 2300];
    size_t bytes_len;
    uint64_t now_ms, from_ms; /* 0: no group is open */
    uint64_t seal, seal_to_ms;
    struct memo memo;
    struct span rest; /* of the choices */
    struct history_tally *tally;
} h;

static const struct span origin = {(const uint8_t *)"log.example.org/attest", 22};

/* ---- choices ---- */

/* Zeros when there are none left. */
static unsigned choose(unsigned below)
{
    unsigned byte = h.rest.len > 0 ? h.rest.ptr[0] : 0;

    if (h.rest.len > 0) h.rest = span_slice(h.rest, 1, h.rest.len);
    return byte % below;
}

/* One time in sixteen. */
static bool seldom(void)
{
    return choose(16) == 15;
}

/* ---- keys ---- */

static void make_pool(void)
{
    if (pool.made) return;
    for (unsigned n = 0; n < WHO_COUNT * OF_ONE; n++) {
        uint8_t seed[32] = {(uint8_t)n, 3};

        secret_key_from_seed(seed, &pool.secret[n]);
        pool.public[n] = secret_key_public(&pool.secret[n]);
        pool.kid[n] = cose_key_thumbprint(&pool.public[n]);
    }
    for (unsigned who = 0; who < WHO_NAMED; who++) {
        struct out o = out_over(pool.urn[who], CKT_URN_LEN);

        ckt_urn(&pool.kid[who * OF_ONE], &o);
    }
    pool.made = true;
}

static struct span name_of(unsigned who)
{
    if (who == WHO_LOG) return origin;
    return who == WHO_NAMED ? SPAN("acme.example") : span_of(pool.urn[who], CKT_URN_LEN);
}

/* ---- the lookup ---- */

static enum err on_count(void *ctx, const struct hash *key, uint64_t *ret)
{
    (void)ctx;
    *ret = 0;
    for (size_t i = 0; i < h.row_count; i++) *ret += hash_equal(&h.row[i].key, key);
    return ERR_OK;
}

static enum err on_item(void *ctx, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    (void)ctx;
    for (size_t i = 0; i < h.row_count; i++) {
        if (!hash_equal(&h.row[i].key, key) || n-- > 0) continue;
        *ret_position = h.row[i].position;
        return ERR_OK;
    }
    ASSERT(false);
    return ERR_NOT_FOUND;
}

static enum err on_find(void *ctx, const struct hash *id, uint64_t *ret_position)
{
    (void)ctx;
    for (uint64_t i = 0; i < h.log.count; i++) {
        if (!hash_equal(&h.log.statement[i].id, id)) continue;
        *ret_position = i;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

static enum err on_statement(void *ctx, uint64_t position, struct statement *ret)
{
    (void)ctx;
    ASSERT(position < h.log.count);
    *ret = h.log.statement[position];
    return ERR_OK;
}

static enum err on_since_seal(void *ctx, struct span iss, uint64_t at, uint64_t *ret)
{
    (void)ctx;
    *ret = naive_since_seal(&h.log, iss, at);
    return ERR_OK;
}

static const struct lookup lookup = {NULL, on_count, on_item, on_find, on_statement, on_since_seal};

/* ---- what must hold at each step ---- */

static void issuer_agrees(unsigned who, uint64_t at, const struct hash *prev)
{
    static struct naive_issuer naive;
    struct key_life life[OF_ONE];
    struct issuer i;
    uint64_t run;

    naive_issuer(&h.log, name_of(who), at, prev, &naive);
    ASSERT(issuer_lives(&lookup, name_of(who), at, prev, &pool.kid[who * OF_ONE], OF_ONE, life) == ERR_OK);
    for (unsigned k = 0; k < OF_ONE; k++) {
        ASSERT(life[k].listed == naive_listed(&naive, &pool.kid[who * OF_ONE + k]));
        ASSERT(life[k].cut == naive_cut(&naive, &pool.kid[who * OF_ONE + k]));
    }
    if (prev != NULL) return;
    ASSERT(issuer_fold(&lookup, name_of(who), at, &i) == ERR_OK);
    ASSERT(issuer_run(&lookup, name_of(who), at, &run) == ERR_OK);
    ASSERT(i.registered == (naive.count > 0));
    ASSERT(run == naive.run);
    if (naive.count == 0) return;
    ASSERT(i.first_position == naive.item[0].position);
    ASSERT(i.last_position == naive.item[naive.last].position);
    ASSERT(hash_equal(&i.genesis, &naive.item[0].kid));
    ASSERT(hash_equal(&i.last_id, &naive.item[naive.last].id));
}

static void status_agrees(const struct hash *target, struct span iss, uint64_t at)
{
    struct status_fold f, naive;

    naive_status(&h.log, target, iss, at, &naive);
    ASSERT(status_fold(&lookup, target, iss, at, &f) == ERR_OK);
    ASSERT(f.decided == naive.decided);
    ASSERT(f.status == naive.status);
    ASSERT(f.position == naive.position);
    ASSERT(f.moves == naive.moves);
}

static void rules_agree(uint64_t at)
{
    static struct rules_payload p;
    uint64_t last = naive_rules(&h.log, at), count;
    struct hash id, none = {{0}};

    ASSERT(rules_fold(&lookup, at, &p, &id, &count) == ERR_OK);
    ASSERT(hash_equal(&id, last == UINT64_MAX ? &none : &h.log.statement[last].id));
    for (unsigned who = 0; who < WHO_LOG; who++) {
        struct approval_fold f, naive;

        naive_approval(&h.log, name_of(who), at, &naive);
        ASSERT(approval_fold(&lookup, name_of(who), at, &f) == ERR_OK);
        ASSERT(f.approved == naive.approved);
        ASSERT(f.withdrawn == naive.withdrawn);
        ASSERT(f.position == naive.position);
        ASSERT(hash_equal(&f.genesis, &naive.genesis));
    }
}

/* A key that was cut signs nothing more; and only revealed keys sign without being in the set before. */
static void signer_was_whole(const struct statement *s)
{
    static struct naive_issuer naive;

    naive_issuer(&h.log, s->iss, h.log.count, NULL, &naive);
    ASSERT(naive_cut(&naive, &s->kid) == UINT64_MAX);
}

/* ---- one statement ---- */

static void append(const struct statement *s)
{
    static struct index_keys keys;

    ASSERT(index_derive(s, RULES_VERSION, &keys) == ERR_OK);
    for (size_t i = 0; i < keys.count; i++) {
        ASSERT(h.row_count < COUNT_OF(h.row));
        h.row[h.row_count++] = (struct row){keys.key[i], h.log.count};
    }
    h.bytes_len += s->bytes.len;
    h.log.statement[h.log.count++] = *s;
}

/* What statements say does not depend on what was decided: a status is looked at, a set of keys, the rules. */
static void agree_after(const struct statement *s)
{
    uint64_t at = h.log.count;
    struct status_payload p;

    if (s->kind == KIND_STATUS && status_decode(s->cose.payload, &p) == ERR_OK) {
        status_agrees(&p.target, s->iss, at);
        status_agrees(&p.target, s->iss, at - 1 - choose(8) % at);
    }
    if (s->kind == KIND_ISSUER)
        for (unsigned who = 0; who < WHO_COUNT; who++)
            if (span_equal(name_of(who), s->iss)) {
                issuer_agrees(who, at, NULL);
                issuer_agrees(who, at - 1 - choose(8) % at, NULL);
            }
    if (s->kind == KIND_RULES) rules_agree(at);
}

static enum err ask_with(struct memo *memo, const struct statement *s, struct refusal *why)
{
    struct admit_at at = {.origin = origin, .position = h.log.count, .now_ms = h.now_ms, .memo = memo};
    bool own = at.position < FIRST_SUBMITTED || s->kind == KIND_SEAL;

    at.from_ms = h.from_ms != 0 ? h.from_ms : h.now_ms;
    return own ? admit_own(&lookup, &at, s, why) : admit(&lookup, &at, s, why);
}

/* What is remembered changes nothing. */
static enum err ask(const struct statement *s)
{
    struct refusal why, why_remembered;
    enum err e = ask_with(NULL, s, &why);

    ASSERT(ask_with(&h.memo, s, &why_remembered) == e);
    if (e != ERR_OK) ASSERT(strcmp(why.found, why_remembered.found) == 0);
    return e;
}

/* A batch that failed after all. */
static void take_back(void)
{
    h.log.count--;
    h.bytes_len -= h.log.statement[h.log.count].bytes.len;
    while (h.row_count > 0 && h.row[h.row_count - 1].position == h.log.count) h.row_count--;
    memo_forget(&h.memo);
}

static void submit(const struct draft *d, unsigned key)
{
    struct out o = out_over(h.bytes + h.bytes_len, sizeof(h.bytes) - h.bytes_len);
    struct statement s;
    uint64_t position;
    enum err e;

    if (h.log.count == NAIVE_MAX || o.cap < 16384) return;
    if (statement_make(d, &pool.secret[key], &o) != ERR_OK) return;
    ASSERT(statement_decode(out_span(&o), &s) == ERR_OK);
    if (on_find(NULL, &s.id, &position) == ERR_OK) return;
    e = ask(&s);
    h.tally->reason[e]++;
    if (e != ERR_OK) {
        h.tally->refused[s.kind]++;
        return;
    }
    h.tally->admitted[s.kind]++;
    if (h.log.count > 0) signer_was_whole(&s);
    if (h.from_ms == 0) h.from_ms = h.now_ms;
    append(&s);
    memo_admitted(&h.memo, &s);
    agree_after(&s);
    if (s.kind != KIND_SEAL && h.log.count > FIRST_SUBMITTED && seldom()) take_back();
}

/* ---- issuer statements ---- */

static unsigned purposes(unsigned who)
{
    static const unsigned issuers[] = {7, 7, 7, 7, 7, 3, 6, 1}, logs[] = {20, 8, 32, 60, 20, 8, 4, 17};

    return who == WHO_LOG ? logs[choose(8)] : seldom() ? 63 : issuers[choose(8)];
}

/* A key of who's: listed ones mostly, whose purposes are in the payload already. */
static void put_key(struct issuer_payload *p, unsigned key, unsigned purpose)
{
    for (size_t i = 0; i < p->key_count; i++)
        if (hash_equal(&p->key[i].kid, &pool.kid[key])) return;
    p->key[p->key_count++] = (struct listed_key){.kid = pool.kid[key], .key = pool.public[key], .purposes = purpose};
    issuer_sort(p);
}

static void remove_key(struct issuer_payload *p, size_t at)
{
    if (p->key_count < 2) return;
    memmove(&p->key[at], &p->key[at + 1], (p->key_count - at - 1) * sizeof(p->key[0]));
    p->key_count--;
}

static void put_paper(struct issuer_payload *p, unsigned key)
{
    size_t at = p->recovery_count;

    for (size_t i = 0; i < at; i++)
        if (hash_equal(&p->recovery[i], &pool.kid[key])) return;
    if (at == 2) return;
    p->recovery[at] = pool.kid[key];
    if (at == 1 && hash_compare(&p->recovery[0], &p->recovery[1]) > 0) {
        p->recovery[1] = p->recovery[0];
        p->recovery[0] = pool.kid[key];
    }
    p->recovery_count++;
}

static void put_cut(struct issuer_payload *p, const struct hash *kid)
{
    struct key_cut cut = {.kid = *kid, .has_position = choose(4) != 0};

    if (cut.has_position) cut.position = h.log.count - choose(16) % (h.log.count + 1) + seldom();
    p->cut[0] = cut;
    p->cut_count = 1;
}

static void change_set(struct issuer_payload *p, unsigned who)
{
    unsigned first = who * OF_ONE;
    size_t at = choose(16) % p->key_count;
    struct hash kid = choose(2) == 0 ? p->key[at].kid : pool.kid[first + choose(KEYS)];

    if (choose(2) == 0) put_key(p, first + choose(KEYS), purposes(who));
    if (choose(3) == 0) {
        remove_key(p, at);
        if (choose(2) == 0) put_cut(p, &kid);
    }
    if (seldom()) p->key[0].purposes = purposes(who);
}

static void submit_set(const struct issuer_payload *p, unsigned who, unsigned key)
{
    uint8_t payload[3000];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_ISSUER, .iss = name_of(who), .sub = name_of(who), .home = origin};
    unsigned before = h.tally->admitted[KIND_ISSUER];

    issuer_encode(p, &o);
    d.payload = out_span(&o);
    submit(&d, key);
    if (h.tally->admitted[KIND_ISSUER] == before) return;
    h.tally->recoveries += p->has_revealed;
    h.tally->cuts += p->cut_count > 0;
}

/* A key of the set with the purpose, any of them; or of the pool, now and then. */
static unsigned signer_of(unsigned who, unsigned purpose)
{
    struct issuer i;
    unsigned from = choose(KEYS);
    bool astray = seldom();

    ASSERT(issuer_fold(&lookup, name_of(who), h.log.count, &i) == ERR_OK);
    for (unsigned n = 0; n < KEYS && !astray; n++) {
        unsigned key = who * OF_ONE + (from + n) % KEYS;

        if (issuer_key(&i, &pool.kid[key], purpose) != NULL) return key;
    }
    return who * OF_ONE + from;
}

static void first_set(unsigned who)
{
    struct issuer_payload p = {.name = SPAN("n")};

    put_key(&p, who * OF_ONE, who == WHO_LOG ? 20 : 7);
    if (who == WHO_LOG) {
        put_key(&p, who * OF_ONE + 1, 8);
        put_key(&p, who * OF_ONE + 2, 32);
    }
    if (who == WHO_LOG || choose(4) != 0) put_paper(&p, who * OF_ONE + KEYS);
    if (seldom()) change_set(&p, who);
    submit_set(&p, who, who * OF_ONE + seldom());
}

static void rotate(unsigned who)
{
    struct issuer_payload p;
    struct issuer i;

    ASSERT(issuer_fold(&lookup, name_of(who), h.log.count, &i) == ERR_OK);
    if (!i.registered) {
        first_set(who);
        return;
    }
    p = i.last;
    p.has_prev = true;
    p.has_revealed = false;
    p.prev = i.last_id;
    p.seq = i.last.seq + 1 + seldom();
    p.cut_count = 0;
    change_set(&p, who);
    if (seldom()) put_paper(&p, who * OF_ONE + KEYS + choose(PAPERS));
    submit_set(&p, who, signer_of(who, PURPOSE_ISSUER));
}

static unsigned paper_of(unsigned who, const struct issuer_payload *last)
{
    bool astray = seldom();

    for (unsigned n = 0; n < PAPERS && !astray; n++)
        for (size_t i = 0; i < last->recovery_count; i++)
            if (hash_equal(&last->recovery[i], &pool.kid[who * OF_ONE + KEYS + n])) return who * OF_ONE + KEYS + n;
    return who * OF_ONE + KEYS + choose(PAPERS);
}

static void recover(unsigned who)
{
    static struct naive_issuer naive;
    struct issuer_payload p;
    size_t back;
    bool in_run;
    unsigned paper;

    naive_issuer(&h.log, name_of(who), h.log.count, NULL, &naive);
    if (naive.count == 0) return;
    back = choose(8) % (naive.run + seldom());
    if (back >= naive.count) return;
    in_run = back < naive.run;
    back = naive.count - 1 - back;
    if (in_run) issuer_agrees(who, h.log.count, &naive.item[back].id);
    paper = paper_of(who, &naive.item[naive.last].p);
    p = naive.item[back].p;
    p.has_prev = p.has_revealed = true;
    p.revealed = pool.public[paper];
    p.prev = naive.item[back].id;
    p.seq++;
    p.cut_count = p.recovery_count = 0;
    put_paper(&p, who * OF_ONE + KEYS + choose(PAPERS));
    change_set(&p, who);
    submit_set(&p, who, seldom() ? who * OF_ONE : paper);
}

/* ---- the rest ---- */

/* A statement from the last ones on backwards; of that kind if one is near. */
static const struct statement *pick(enum statement_kind kind)
{
    uint64_t at = h.log.count - 1 - choose(32) % h.log.count;

    for (uint64_t n = 0; n < h.log.count; n++)
        if (h.log.statement[(at + n) % h.log.count].kind == kind) return &h.log.statement[(at + n) % h.log.count];
    return &h.log.statement[at];
}

static void put_claims(struct out *o)
{
    cbor_put_map(o, 1);
    cbor_put_text(o, seldom() ? SPAN("leve") : SPAN("level"));
    cbor_put_text(o, SPAN("full"));
}

static void attest(unsigned who)
{
    uint8_t payload[64];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_ATTESTATION, .iss = name_of(who), .sub = SPAN("sub-a"), .has_iat = true};
    struct hash on[3];

    put_claims(&o);
    d.payload = out_span(&o);
    d.iat = h.now_ms / 1000 + (seldom() ? 301 : choose(200));
    d.has_exp = choose(4) == 0;
    d.exp = h.now_ms / 1000 + 1 - choose(3) + choose(2) * 1000;
    d.has_schema = choose(3) == 0;
    if (d.has_schema) {
        d.home = origin;
        d.schema = pick(KIND_SCHEMA)->id;
        d.is_private = choose(4) == 0;
        if (d.is_private) d.payload = hash_span(&d.schema);
    }
    for (d.depends_count = choose(8) % 4; d.depends == NULL; d.depends = on)
        for (size_t i = 0; i < d.depends_count; i++) on[i] = pick(KIND_ATTESTATION)->id;
    submit(&d, signer_of(who, PURPOSE_ATTEST));
}

static void publish(unsigned who)
{
    static struct schema_payload p;
    uint8_t payload[512];
    struct out o = out_over(payload, sizeof(payload));
    const struct statement *last = pick(KIND_SCHEMA);
    struct draft d = {.kind = KIND_SCHEMA, .iss = name_of(who), .sub = SPAN("kyc"), .home = origin};

    memset(&p, 0, sizeof(p));
    p.name = choose(2) ? SPAN("kyc") : SPAN("kyb");
    p.version = 1;
    p.field_count = 1;
    p.revocable = choose(4) != 0;
    p.private_allowed = choose(2);
    p.breaking = seldom();
    p.field[0] =
        (struct schema_field){.name = SPAN("level"), .type = seldom() ? FIELD_UINT : FIELD_TEXT, .required = choose(2)};
    if (last->kind == KIND_SCHEMA && choose(2)) {
        static struct schema_payload before;

        ASSERT(schema_decode(last->cose.payload, &before) == ERR_OK);
        p.name = before.name;
        p.version = before.version + 1;
        p.has_prev = true;
        p.prev = last->id;
        d.iss = last->iss;
        for (unsigned w = 0; w < WHO_COUNT; w++) who = span_equal(name_of(w), last->iss) ? w : who;
    }
    d.sub = p.name;
    schema_encode(&p, &o);
    d.payload = out_span(&o);
    submit(&d, signer_of(who, PURPOSE_ATTEST));
}

static void change(void)
{
    enum statement_kind kind = choose(4) == 0 ? KIND_SCHEMA : KIND_ATTESTATION;
    const struct statement *target = pick(kind), *other = pick(kind);
    struct status_payload p = {.target = target->id, .status = (enum status)choose(4), .reason = 9};
    uint8_t payload[128];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_STATUS, .iss = target->iss, .sub = target->sub, .home = origin};
    unsigned who = choose(WHO_COUNT);

    for (unsigned w = 0; w < WHO_COUNT; w++) who = span_equal(name_of(w), target->iss) ? w : who;
    if (p.status == STATUS_REVOKED && choose(2)) p.status = STATUS_SUSPENDED;
    p.has_replacement = p.status == STATUS_SUPERSEDED;
    if (p.has_replacement) p.replacement = other->id;
    p.has_since = true;
    p.since = h.log.count;
    if (sub_check(d.sub) != ERR_OK) return;
    status_encode(&p, &o);
    d.payload = out_span(&o);
    submit(&d, signer_of(who, PURPOSE_STATUS));
}

static void next_limits(struct rules_payload *p)
{
    static const uint64_t most[] = {0, 2, 5, 100};

    if (choose(4) == 0) p->mode = choose(4) == 0 ? RULES_APPROVED : RULES_OPEN;
    if (choose(4) == 0) p->limit_statements = most[choose(4)];
    if (seldom()) p->limit_bytes = 200 + choose(2) * 2000;
    if (seldom()) {
        p->has_closing = choose(2);
        p->closing_not_before = p->has_closing ? h.from_ms / 1000 + DAY_S * (80 + 10 * choose(4)) : 0;
    }
}

static void next_names(struct rules_payload *p)
{
    unsigned who = choose(WHO_COUNT), other = choose(WHO_COUNT);

    p->approve_count = p->withdraw_count = 0;
    if (choose(3) != 0) {
        p->approve_count = 1;
        p->approve[0] = (struct approval){name_of(who), pool.kid[who * OF_ONE + seldom()]};
    }
    if (choose(8) == 0) {
        p->withdraw_count = 1;
        p->withdraw[0] = name_of(other);
    }
}

static void rule(void)
{
    static struct rules_payload p;
    static uint8_t payload[4096];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_RULES, .iss = origin, .sub = origin, .home = origin};
    struct hash id;
    uint64_t count;

    ASSERT(rules_fold(&lookup, h.log.count, &p, &id, &count) == ERR_OK);
    p.seq = count;
    p.has_prev = count > 0;
    p.prev = id;
    next_limits(&p);
    next_names(&p);
    if (count == 0) p.mode = RULES_OPEN;
    rules_encode(&p, &o);
    d.payload = out_span(&o);
    submit(&d, signer_of(WHO_LOG, PURPOSE_RULES));
}

/* Root and key count of a made-up index: of the position. */
static struct hash root_at(uint64_t position)
{
    struct hash root;

    memset(&root, (int)(position + 1), sizeof(root));
    return root;
}

static void seal(void)
{
    struct seal_payload p = {.covers = h.log.count, .keys = h.log.count, .root = root_at(h.log.count)};
    uint8_t payload[128];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_SEAL, .iss = origin, .sub = origin, .home = origin};
    unsigned before = h.tally->admitted[KIND_SEAL];

    p.from_ms = h.from_ms != 0 ? h.from_ms : h.now_ms;
    p.to_ms = h.now_ms;
    p.has_previous = h.seal > 0;
    p.previous = h.seal;
    seal_encode(&p, &o);
    d.payload = out_span(&o);
    submit(&d, signer_of(WHO_LOG, PURPOSE_SEAL));
    if (h.tally->admitted[KIND_SEAL] == before) return;
    h.seal = p.covers;
    h.seal_to_ms = p.to_ms;
    h.from_ms = 0;
}

static void step(void)
{
    unsigned what = choose(20), who = choose(WHO_COUNT);

    h.now_ms += seldom() && seldom() ? DAY_S * 40000 : choose(100) * 20;
    if (what < 4)
        rotate(who);
    else if (what < 6)
        recover(who);
    else if (what < 9)
        attest(who);
    else if (what < 11)
        publish(who);
    else if (what < 16)
        change();
    else if (what < 18)
        rule();
    else
        seal();
}

/* ---- all of it once more ---- */

static uint64_t taken;

static enum err on_read(void *ctx, uint64_t position, struct span *ret_entry, struct span *ret_statement)
{
    (void)ctx;
    *ret_entry = hash_span(&h.log.statement[position].id);
    *ret_statement = h.log.statement[position].bytes;
    return ERR_OK;
}

static enum err on_take(void *ctx, uint64_t position, const struct statement *s)
{
    (void)ctx;
    (void)s;
    ASSERT(position == taken);
    taken++;
    return ERR_OK;
}

static enum err on_index(void *ctx, struct hash *ret_root, uint64_t *ret_keys)
{
    (void)ctx;
    *ret_root = root_at(taken);
    *ret_keys = taken;
    return ERR_OK;
}

/* What was admitted live is accepted by the times that seals say. */
static void again(void)
{
    struct replay_source from = {.read = on_read, .lookup = lookup, .take = on_take, .index = on_index};
    struct replay r = replay_begin(origin);
    struct refusal why;

    if (h.seal == 0) return;
    taken = 0;
    ASSERT(replay_to(&r, &from, h.seal + 1, &why) == ERR_OK);
    ASSERT(r.seal == h.seal);
    ASSERT(taken == h.seal + 1);
}

void history_run(struct span choices, struct history_tally *tally)
{
    make_pool();
    h.log.count = 0;
    h.row_count = h.bytes_len = 0;
    h.now_ms = NOW_S * 1000;
    h.from_ms = h.seal = h.seal_to_ms = 0;
    h.rest = (struct span){NULL, 0};
    h.tally = tally;
    memo_forget(&h.memo);
    first_set(WHO_LOG);
    rule();
    seal();
    ASSERT(h.log.count == FIRST_SUBMITTED);
    for (h.rest = choices; h.rest.len > 0; tally->steps++) step();
    seal();
    again();
}

/* xorshift64*: the same everywhere. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

void history_run_random(uint64_t seed, unsigned count, struct history_tally *tally)
{
    static uint8_t choices[2400];

    for (unsigned n = 0; n < count; n++) {
        for (size_t i = 0; i < sizeof(choices); i++) choices[i] = (uint8_t)(next(&seed) >> 56);
        history_run(span_of(choices, sizeof(choices)), tally);
    }
}
