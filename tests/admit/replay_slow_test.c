/* A hundred thousand statements of all kinds in a real store: read back through the tiles that the log serves and
 * decided again, they come to the same; and so does a store that ends anywhere, with an index that is behind by any
 * amount, once it is recovered. */
#include "log/admit/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <ftw.h>
#include <unistd.h>

#include "log/store/store.h"
#include "server/node/overlay.h"
#include "server/node/writer.h"
#include "tests/admit/world.h"

#define STATEMENTS 100000
#define GROUP 3000
#define ISSUERS 8
#define KEYS 24
#define PAPERS 12
#define TARGETS 20000
#define PREFIXES 4
#define START_S UINT64_C(1800000000)
#define MAP_BYTES ((size_t)2 << 30)

static const struct span origin = {(const uint8_t *)"log.example.org/long", 20};

static uint64_t chance = 88172645463325252U;

static uint64_t next(uint64_t below)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return (chance >> 11) % below;
}

/* ---- who ---- */

/* Keys of an issuer are numbered from 1 + 50 i, those on paper from 30 behind that. */
static unsigned key_of(unsigned who, unsigned key)
{
    return 1 + 50 * who + key;
}

static unsigned paper_of(unsigned who, unsigned paper)
{
    return key_of(who, 30 + paper);
}

static struct {
    struct secret_key secret[1024];
    bool made[1024];
    unsigned key[ISSUERS], paper[ISSUERS]; /* which of them is in force */
    uint64_t set[ISSUERS][2];              /* positions of the last two sets of keys */
    struct hash schema[ISSUERS];
    size_t target_count;
    struct target {
        struct hash id;
        unsigned who, sub;
        uint64_t position;
    } target[TARGETS];
} known;

static const struct secret_key *secret_of(unsigned key)
{
    if (!known.made[key]) known.secret[key] = test_key(key);
    known.made[key] = true;
    return &known.secret[key];
}

static struct span sub_of(unsigned sub, uint8_t text[16])
{
    struct out o = out_over(text, 16);

    out_text(&o, "sub-");
    out_decimal(&o, sub);
    return out_span(&o);
}

/* ---- a folder with a store in it, and what is known above it ---- */

struct kept {
    char dir[64];
    struct store *store;
    struct overlay *overlay;
    struct log_view *log;
    struct derived_view *derived;
    struct overlay_lookup over;
    struct derived_write *fold;
};

static void folder_make(struct kept *k)
{
    snprintf(k->dir, sizeof(k->dir), "%s/cairn-replay-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(k->dir));
    assert_int_equal(store_open(k->dir, true, MAP_BYTES, &k->store), ERR_OK);
    k->overlay = overlay_new(4 * GROUP);
}

static int path_remove(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    (void)st, (void)flag, (void)where;
    return remove(path);
}

static void views_close(struct kept *k)
{
    log_view_close(k->log);
    derived_view_close(k->derived);
    k->log = NULL;
    k->derived = NULL;
}

static void folder_remove(struct kept *k)
{
    derived_write_abort(k->fold);
    views_close(k);
    overlay_free(k->overlay);
    store_close(k->store);
    assert_int_equal(nftw(k->dir, path_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* What `k` knows, with statements from the log of `log`. */
static struct lookup lookup_over(struct kept *k, struct kept *log)
{
    views_close(k);
    assert_int_equal(log_view_open(log->store, &k->log), ERR_OK);
    assert_int_equal(derived_view_open(k->store, &k->derived), ERR_OK);
    k->over = (struct overlay_lookup){.overlay = k->overlay, .log = k->log, .derived = k->derived};
    return overlay_lookup(&k->over);
}

static void fold(struct kept *k, uint64_t position, const struct statement *s)
{
    struct index_keys keys;

    if (k->fold == NULL) assert_int_equal(derived_write_open(k->store, &k->fold), ERR_OK);
    assert_int_equal(index_derive(s, RULES_VERSION, &keys), ERR_OK);
    assert_int_equal(derived_fold(k->fold, position, &s->id, keys.key, keys.count), ERR_OK);
}

static void fold_commit(struct kept *k)
{
    if (k->fold != NULL) assert_int_equal(derived_write_commit(k->fold), ERR_OK);
    k->fold = NULL;
}

/* ---- the log as it is lived ---- */

static struct {
    struct kept kept;
    struct lookup lookup;
    struct log_write *write;
    struct memo memo;
    uint64_t from_ms, now_ms, sealed;
    unsigned admitted[KIND_COUNT], refused, recoveries, cuts;
} live;

static bool submit(const struct draft *d, unsigned key)
{
    uint8_t bytes[4096];
    struct out o = out_over(bytes, sizeof(bytes));
    struct admit_at at = {.origin = origin, .now_ms = live.now_ms, .from_ms = live.from_ms, .memo = &live.memo};
    struct index_keys keys;
    struct refusal why;
    struct statement s;
    enum err e;

    at.position = overlay_end(live.kept.overlay);
    if (at.from_ms == 0) at.from_ms = live.now_ms;
    assert_int_equal(statement_make(d, secret_of(key), &o), ERR_OK);
    assert_int_equal(statement_decode(out_span(&o), &s), ERR_OK);
    e = at.position < FIRST_SUBMITTED || s.kind == KIND_SEAL ? admit_own(&live.lookup, &at, &s, &why)
                                                             : admit(&live.lookup, &at, &s, &why);
    live.refused += e != ERR_OK;
    if (e != ERR_OK) return false;
    assert_int_equal(index_derive(&s, RULES_VERSION, &keys), ERR_OK);
    assert_int_equal(overlay_add(live.kept.overlay, &s, keys.key, keys.count), ERR_OK);
    assert_int_equal(log_append(live.write, s.bytes, &s.id), ERR_OK);
    memo_admitted(&live.memo, &s);
    live.from_ms = at.from_ms;
    live.admitted[s.kind]++;
    return true;
}

static struct hash last_id(void)
{
    struct span bytes;
    struct hash id;

    assert_true(overlay_statement(live.kept.overlay, overlay_end(live.kept.overlay) - 1, &bytes, &id));
    return id;
}

static bool submit_set(unsigned who, const struct issuer_payload *p, unsigned key)
{
    uint8_t payload[2048];
    struct out o = out_over(payload, sizeof(payload));
    struct span iss = who == ISSUERS ? origin : test_urn(key_of(who, 0));
    struct draft d = {.kind = KIND_ISSUER, .iss = iss, .sub = iss, .home = origin};

    issuer_encode(p, &o);
    d.payload = out_span(&o);
    if (!submit(&d, key)) return false;
    live.recoveries += p->has_revealed;
    live.cuts += p->cut_count > 0;
    if (who == ISSUERS) return true;
    known.set[who][0] = known.set[who][1];
    known.set[who][1] = overlay_end(live.kept.overlay) - 1;
    return true;
}

static struct issuer_payload set_at(uint64_t position, struct hash *ret_id)
{
    struct issuer_payload p;
    struct statement s;

    assert_int_equal(live.lookup.statement(live.lookup.ctx, position, &s), ERR_OK);
    assert_int_equal(issuer_decode(s.cose.payload, &p), ERR_OK);
    *ret_id = s.id;
    return p;
}

static void rotate(unsigned who)
{
    struct hash id;
    struct issuer_payload last = set_at(known.set[who][1], &id), p;
    unsigned old = key_of(who, known.key[who]), key = old + 1;

    if (known.key[who] + 1 == KEYS) return;
    p = test_set(last.seq + 1, &id, (unsigned[]){key, 7, 0});
    p.recovery_count = last.recovery_count;
    memcpy(p.recovery, last.recovery, sizeof(p.recovery));
    if (next(3) > 0) put_cut(&p, old, next(2) == 0 ? NO_POSITION : overlay_end(live.kept.overlay) - next(40));
    if (submit_set(who, &p, old)) known.key[who]++;
}

/* On the last set, or on the one before as if that had been a thief's. */
static void recover(unsigned who)
{
    struct hash id;
    struct issuer_payload before = set_at(known.set[who][next(2)], &id), p;
    unsigned key = key_of(who, known.key[who] + 1), paper = paper_of(who, known.paper[who]);

    if (known.key[who] + 1 == KEYS || known.paper[who] + 1 == PAPERS) return;
    p = test_set(before.seq + 1, &id, (unsigned[]){key, 7, 0});
    p.has_revealed = true;
    p.revealed = test_public(paper);
    put_recovery(&p, paper + 1);
    if (!submit_set(who, &p, paper)) return;
    known.key[who]++;
    known.paper[who]++;
}

static void claims(struct out *o)
{
    cbor_put_map(o, 1);
    cbor_put_text(o, SPAN("level"));
    cbor_put_text(o, SPAN("full"));
}

static void attest(unsigned who, uint64_t n)
{
    uint8_t payload[32], text[16];
    struct out o = out_over(payload, sizeof(payload));
    unsigned sub = (unsigned)next(5000);
    struct draft d = {.kind = KIND_ATTESTATION, .iss = test_urn(key_of(who, 0)), .home = origin, .has_iat = true};

    claims(&o);
    d.sub = sub_of(sub, text);
    d.iat = n;
    d.payload = out_span(&o);
    d.has_schema = next(2) == 0;
    d.schema = known.schema[who];
    d.has_exp = next(4) == 0;
    d.exp = live.now_ms / 1000 + 1 + next(1000);
    if (known.target_count > 0 && next(10) == 0) {
        d.depends = &known.target[next(known.target_count)].id;
        d.depends_count = 1;
    }
    if (!submit(&d, key_of(who, known.key[who])) || known.target_count == TARGETS || next(5) > 0) return;
    known.target[known.target_count++] = (struct target){last_id(), who, sub, overlay_end(live.kept.overlay) - 1};
}

static void change(uint64_t n)
{
    static const enum status most[] = {STATUS_SUSPENDED, STATUS_SUSPENDED, STATUS_VALID, STATUS_VALID, STATUS_REVOKED};
    const struct target *t = &known.target[next(known.target_count)];
    struct status_payload p = test_status(&t->id, most[next(COUNT_OF(most))]);
    uint8_t payload[128], text[16];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_STATUS, .iss = test_urn(key_of(t->who, 0)), .home = origin};

    p.has_since = true;
    p.since = n;
    status_encode(&p, &o);
    d.sub = sub_of(t->sub, text);
    d.payload = out_span(&o);
    submit(&d, key_of(t->who, known.key[t->who]));
}

static void rule(void)
{
    static struct rules_payload p;
    uint8_t payload[1024];
    struct out o = out_over(payload, sizeof(payload));
    struct draft d = {.kind = KIND_RULES, .iss = origin, .sub = origin, .home = origin};
    unsigned who = (unsigned)next(ISSUERS);

    assert_int_equal(rules_fold(&live.lookup, overlay_end(live.kept.overlay), &p, &p.prev, &p.seq), ERR_OK);
    p.has_prev = p.seq > 0;
    p.mode = RULES_OPEN;
    p.limit_statements = 1000 + next(1000);
    p.approve_count = p.withdraw_count = 0;
    if (next(2) == 0) {
        p.approve[0] = (struct approval){test_urn(key_of(who, 0)), test_kid(key_of(who, 0))};
        p.approve_count = 1;
    } else if (next(4) == 0) {
        p.withdraw[0] = test_urn(key_of(who, 0));
        p.withdraw_count = 1;
    }
    rules_encode(&p, &o);
    d.payload = out_span(&o);
    submit(&d, KEY_OPERATOR_TEST);
}

static void begin_batch(void)
{
    live.lookup = lookup_over(&live.kept, &live.kept);
    assert_int_equal(log_write_open(live.kept.store, &live.write), ERR_OK);
}

static void seal(void)
{
    struct overlay *v = live.kept.overlay;
    struct derived_head head;
    struct seal_payload p = {.covers = overlay_end(v), .from_ms = live.from_ms, .to_ms = live.now_ms};
    struct draft d = {.kind = KIND_SEAL, .iss = origin, .sub = origin, .home = origin};
    uint8_t payload[128];
    struct out o = out_over(payload, sizeof(payload));
    struct statement s;

    for (uint64_t at = overlay_base(v); at < overlay_end(v); at++) {
        assert_int_equal(live.lookup.statement(live.lookup.ctx, at, &s), ERR_OK);
        fold(&live.kept, at, &s);
    }
    assert_int_equal(derived_write_head(live.kept.fold, &head), ERR_OK);
    p.root = head.root;
    p.keys = head.keys;
    p.has_previous = live.sealed > 0;
    p.previous = live.sealed - p.has_previous;
    seal_encode(&p, &o);
    d.payload = out_span(&o);
    assert_true(submit(&d, KEY_SEAL_TEST));
    assert_int_equal(live.lookup.statement(live.lookup.ctx, p.covers, &s), ERR_OK);
    fold(&live.kept, p.covers, &s);
    assert_int_equal(log_set_sealed(live.write, p.to_ms), ERR_OK);
    assert_int_equal(log_set_from(live.write, 0), ERR_OK);
    assert_int_equal(log_write_commit(live.write), ERR_OK);
    fold_commit(&live.kept);
    overlay_reset(v, p.covers + 1);
    live.sealed = p.covers + 1;
    live.from_ms = 0;
}

static void begin_log(void)
{
    struct issuer_payload p = test_set(0, NULL,
                                       (unsigned[]){KEY_OPERATOR_TEST, PURPOSE_ISSUER | PURPOSE_RULES, KEY_SEAL_TEST,
                                                    PURPOSE_SEAL, KEY_CHECKPOINT_TEST, PURPOSE_CHECKPOINT, 0});

    live.now_ms = START_S * 1000;
    folder_make(&live.kept);
    begin_batch();
    assert_true(submit_set(ISSUERS, &p, KEY_OPERATOR_TEST));
    rule();
    seal();
    begin_batch();
    for (unsigned who = 0; who < ISSUERS; who++) {
        struct schema_payload schema = test_schema("kyc");
        struct draft d = {.kind = KIND_SCHEMA, .iss = test_urn(key_of(who, 0)), .sub = SPAN("kyc"), .home = origin};
        uint8_t payload[512];
        struct out o = out_over(payload, sizeof(payload));

        p = test_set(0, NULL, (unsigned[]){key_of(who, 0), 7, 0});
        put_recovery(&p, paper_of(who, 0));
        assert_true(submit_set(who, &p, key_of(who, 0)));
        known.set[who][0] = known.set[who][1];
        schema_encode(&schema, &o);
        d.payload = out_span(&o);
        assert_true(submit(&d, key_of(who, 0)));
        known.schema[who] = last_id();
    }
}

static void step(uint64_t n)
{
    uint64_t what = next(1000);
    unsigned who = (unsigned)next(ISSUERS);

    live.now_ms += next(10);
    if (what < 2)
        rotate(who);
    else if (what < 3)
        recover(who);
    else if (what < 6)
        rule();
    else if (what < 150 && known.target_count > 0)
        change(n);
    else
        attest(who, n);
}

static uint64_t live_through(void)
{
    begin_log();
    for (uint64_t n = 0; overlay_end(live.kept.overlay) < STATEMENTS; n++) {
        if (overlay_end(live.kept.overlay) - live.sealed >= GROUP / 2 + next(GROUP)) {
            seal();
            begin_batch();
        }
        step(n);
    }
    seal();
    live.lookup = lookup_over(&live.kept, &live.kept);
    print_message(
        "%u attestations, %u statuses, %u sets of keys (%u recoveries, %u cuts), %u rules, %u seals, %u refused\n",
        live.admitted[KIND_ATTESTATION], live.admitted[KIND_STATUS], live.admitted[KIND_ISSUER], live.recoveries,
        live.cuts, live.admitted[KIND_RULES], live.admitted[KIND_SEAL], live.refused);
    assert_true(live.admitted[KIND_STATUS] > STATEMENTS / 50 && live.recoveries > 20 && live.cuts > 20);
    return live.sealed;
}

/* ---- what it comes to ---- */

static void put_life(struct out *o, const struct key_life *life)
{
    out_byte(o, life->listed);
    out_u64(o, life->cut);
}

static void put_issuer(const struct lookup *l, unsigned who, uint64_t at, struct out *o)
{
    struct span iss = test_urn(key_of(who, 0));
    struct approval_fold approval;
    struct hash kid[KEYS];
    struct key_life life[KEYS];
    struct issuer i;
    uint64_t run;

    for (unsigned k = 0; k < KEYS; k++) kid[k] = test_kid(key_of(who, k));
    assert_int_equal(issuer_fold(l, iss, at, &i), ERR_OK);
    assert_int_equal(issuer_lives(l, iss, at, NULL, kid, KEYS, life), ERR_OK);
    assert_int_equal(issuer_run(l, iss, at, &run), ERR_OK);
    assert_int_equal(approval_fold(l, iss, at, &approval), ERR_OK);
    for (unsigned k = 0; k < KEYS; k++) put_life(o, &life[k]);
    out_u64(o, run);
    out_byte(o, i.registered);
    if (i.registered) out_bytes(o, hash_span(&i.last_id));
    out_byte(o, (uint8_t)(2 * approval.approved + approval.withdrawn));
    out_u64(o, approval.position);
}

/* Every issuer, the rules and every status below `at`, in one hash. */
static struct hash state_at(const struct lookup *l, uint64_t at)
{
    static uint8_t bytes[1 << 21];
    static struct rules_payload rules;
    struct out o = out_over(bytes, sizeof(bytes));
    struct hash id;
    uint64_t count;

    for (unsigned who = 0; who < ISSUERS; who++) put_issuer(l, who, at, &o);
    assert_int_equal(rules_fold(l, at, &rules, &id, &count), ERR_OK);
    out_bytes(&o, hash_span(&id));
    for (size_t i = 0; i < known.target_count && known.target[i].position < at; i++) {
        const struct target *t = &known.target[i];
        struct status_fold f;

        assert_int_equal(status_fold(l, &t->id, test_urn(key_of(t->who, 0)), at, &f), ERR_OK);
        out_byte(&o, (uint8_t)f.status);
        out_u64(&o, f.position);
        out_byte(&o, (uint8_t)f.moves);
    }
    assert_int_equal(out_check(&o), ERR_OK);
    return hash_of(out_span(&o));
}

/* ---- read back through tiles ---- */

static struct {
    struct kept kept;
    struct replay_source from;
    uint64_t bundle; /* which is taken apart; UINT64_MAX: none */
    struct span entry[TILE_WIDTH], statement[TILE_WIDTH];
    uint8_t *work[2];
} again;

#define WORK_BYTES ((size_t)TILE_WIDTH * (2 + STATEMENT_SIZE_MAX))

static void take_apart(enum tile_kind kind, uint64_t index, uint8_t *work, struct span *items)
{
    struct tile t = {kind, 0, index, tile_width(0, index, live.sealed)};
    struct out o = out_over(work, WORK_BYTES);
    struct span rest;

    assert_int_equal(log_tile(live.kept.log, &t, live.sealed, &o, &rest), ERR_OK);
    for (unsigned i = 0; i < t.width; i++) assert_int_equal(bundle_next(&rest, &items[i]), ERR_OK);
    assert_int_equal(rest.len, 0);
}

static enum err on_read(void *ctx, uint64_t position, struct span *ret_entry, struct span *ret_statement)
{
    (void)ctx;
    if (again.bundle != position / TILE_WIDTH) {
        again.bundle = position / TILE_WIDTH;
        take_apart(TILE_ENTRIES, again.bundle, again.work[0], again.entry);
        take_apart(TILE_STATEMENTS, again.bundle, again.work[1], again.statement);
    }
    *ret_entry = again.entry[position % TILE_WIDTH];
    *ret_statement = again.statement[position % TILE_WIDTH];
    return ERR_OK;
}

static enum err on_take(void *ctx, uint64_t position, const struct statement *s)
{
    struct index_keys keys;

    (void)ctx;
    assert_int_equal(position, overlay_end(again.kept.overlay));
    assert_int_equal(index_derive(s, RULES_VERSION, &keys), ERR_OK);
    assert_int_equal(overlay_restore(again.kept.overlay, s, keys.key, keys.count), ERR_OK);
    fold(&again.kept, position, s);
    if (s->kind != KIND_SEAL) return ERR_OK;
    fold_commit(&again.kept);
    overlay_reset(again.kept.overlay, position + 1);
    again.from.lookup = lookup_over(&again.kept, &live.kept);
    return ERR_OK;
}

static enum err on_index(void *ctx, struct hash *ret_root, uint64_t *ret_keys)
{
    struct derived_head head;

    (void)ctx;
    if (again.kept.fold == NULL) assert_int_equal(derived_write_open(again.kept.store, &again.kept.fold), ERR_OK);
    TRY(derived_write_head(again.kept.fold, &head));
    *ret_root = head.root;
    *ret_keys = head.keys;
    return ERR_OK;
}

static void replays_to_the_same(uint64_t size)
{
    struct replay r = replay_begin(origin);
    struct hash was, is;
    struct refusal why;
    enum err e;

    folder_make(&again.kept);
    for (size_t i = 0; i < 2; i++) assert_non_null(again.work[i] = malloc(WORK_BYTES));
    again.bundle = UINT64_MAX;
    again.from = (struct replay_source){.read = on_read, .take = on_take, .index = on_index};
    again.from.lookup = lookup_over(&again.kept, &live.kept);
    e = replay_to(&r, &again.from, size, &why);
    if (e != ERR_OK) fail_msg("@%u: %s, found %s", (unsigned)r.position, err_reason(e), why.found);
    assert_int_equal(r.position, size);
    assert_int_equal(r.seal, size - 1);
    was = state_at(&live.lookup, size);
    is = state_at(&again.from.lookup, size);
    assert_memory_equal(&was, &is, sizeof(is));
    for (size_t i = 0; i < 2; i++) free(again.work[i]);
    folder_remove(&again.kept);
}

/* ---- a store that ends anywhere ---- */

static void closed(void *ctx)
{
    *(bool *)ctx = true;
}

/* As cairnd does when it starts. */
static void start_and_stop(const struct kept *k)
{
    static const struct log_keys keys;
    struct writer_setup setup = {.dir = k->dir, .origin = origin, .keys = &keys, .pending_max = STATEMENTS};
    struct writer *writer;
    bool is_closed = false;
    uv_loop_t loop;

    uv_loop_init(&loop);
    assert_int_equal(writer_open(&loop, k->store, &setup, &writer), ERR_OK);
    writer_close(writer, closed, &is_closed);
    while (!is_closed) uv_run(&loop, UV_RUN_ONCE);
    while (uv_run(&loop, UV_RUN_NOWAIT) != 0) {
    }
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* The first `size` statements; *ret_seal is where the last seal among them ends. */
static void copy_prefix(struct kept *k, uint64_t size, uint64_t *ret_sealed)
{
    const struct signature receipts = {{0}};
    struct log_write *w;
    struct statement s;

    assert_int_equal(log_write_open(k->store, &w), ERR_OK);
    for (uint64_t at = 0; at < size; at++) {
        struct seal_payload seal_read;

        assert_int_equal(live.lookup.statement(live.lookup.ctx, at, &s), ERR_OK);
        assert_int_equal(log_append(w, s.bytes, &s.id), ERR_OK);
        if (s.kind != KIND_SEAL) continue;
        assert_int_equal(seal_decode(s.cose.payload, &seal_read), ERR_OK);
        assert_int_equal(log_set_sealed(w, seal_read.to_ms), ERR_OK);
        *ret_sealed = at + 1;
    }
    if (*ret_sealed < size) assert_int_equal(log_set_from(w, START_S * 1000), ERR_OK);
    assert_int_equal(log_set_published(w, *ret_sealed, SPAN("a checkpoint"), &receipts), ERR_OK);
    assert_int_equal(log_write_commit(w), ERR_OK);
}

static void fold_some(struct kept *k, uint64_t size)
{
    struct statement s;

    for (uint64_t at = 0; at < size; at++) {
        assert_int_equal(live.lookup.statement(live.lookup.ctx, at, &s), ERR_OK);
        fold(k, at, &s);
    }
    fold_commit(k);
}

static void overlay_rest(struct kept *k, uint64_t from, uint64_t size)
{
    struct index_keys keys;
    struct statement s;

    overlay_reset(k->overlay, from);
    for (uint64_t at = from; at < size; at++) {
        assert_int_equal(live.lookup.statement(live.lookup.ctx, at, &s), ERR_OK);
        assert_int_equal(index_derive(&s, RULES_VERSION, &keys), ERR_OK);
        assert_int_equal(overlay_restore(k->overlay, &s, keys.key, keys.count), ERR_OK);
    }
}

static void recovers_to_the_same(uint64_t size)
{
    struct kept k = {.store = NULL};
    struct derived_head head;
    struct lookup lookup;
    struct seal_payload seal_read;
    struct statement s;
    uint64_t sealed = 0, behind;
    struct hash was, is;

    folder_make(&k);
    copy_prefix(&k, size, &sealed);
    behind = next(sealed + 1);
    fold_some(&k, behind);
    start_and_stop(&k);
    overlay_rest(&k, sealed, size);
    lookup = lookup_over(&k, &k);
    assert_int_equal(derived_head(k.derived, &head), ERR_OK);
    assert_int_equal(live.lookup.statement(live.lookup.ctx, sealed - 1, &s), ERR_OK);
    assert_int_equal(seal_decode(s.cose.payload, &seal_read), ERR_OK);
    assert_int_equal(head.covers, sealed);
    assert_int_equal(head.keys, seal_read.keys);
    assert_memory_equal(&head.root, &seal_read.root, sizeof(head.root));
    was = state_at(&live.lookup, size);
    is = state_at(&lookup, size);
    assert_memory_equal(&was, &is, sizeof(is));
    print_message("a store of %u, its index at %u of %u\n", (unsigned)size, (unsigned)behind, (unsigned)sealed);
    folder_remove(&k);
}

static void a_hundred_thousand_statements_replay_and_recover_to_the_same(void **state)
{
    uint64_t size = live_through();

    (void)state;
    replays_to_the_same(size);
    recovers_to_the_same(size);
    recovers_to_the_same(FIRST_SUBMITTED);
    for (unsigned n = 0; n < PREFIXES; n++) recovers_to_the_same(FIRST_SUBMITTED + next(size - FIRST_SUBMITTED));
    folder_remove(&live.kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hundred_thousand_statements_replay_and_recover_to_the_same),
    };

    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
