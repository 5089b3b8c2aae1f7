/* See fates.h. */
#include "tests/server/memory/fates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "log/evidence/check.h"
#include "log/statement/issuer.h"
#include "log/statement/receipt.h"
#include "server/node/prove.h"
#include "server/shell/files.h"
#include "tests/evidence/world.h"

#define ORIGIN "log.example.org/fates"
#define START_S UINT64_C(1700000000)
#define GOODS_MAX 40
#define GROUP 6
#define BATCH 2
#define PENDING 14 /* room for what waits, and not for all there ever was */
#define STEPS_MAX 400
#define NEXT_CHECKPOINT 910
#define NEXT_SEAL 911
#define SIGNED_MAX 64
#define NOWHERE UINT64_MAX
enum { ACME = 11, GLOBEX = 12 };

/* What is submitted, in order, by a client that never forgets. */
static struct {
    size_t count;
    struct span bytes[GOODS_MAX];
    uint64_t position[GOODS_MAX]; /* acknowledged, or NOWHERE */
} goods;

static struct {
    char dir[64];
    struct world world; /* signs what is submitted */
    struct log_keys keys;
    struct vkey vkey, next_vkey; /* before the log's own keys change, and from then on beside it */
    struct hash rotation;        /* the statement that changes them */
    uint64_t now_ms;
    /* Every checkpoint that left the writer, of whatever life. */
    size_t signed_count;
    struct checkpoint signed_of[SIGNED_MAX];
} all;

/* One life of the process. */
static struct life {
    uv_loop_t loop;
    struct store *store;
    struct writer *writer;
    struct node *node;
    struct job step;
    bool signed_once, under, deriving, job_done;
    uint64_t size, sealed;
} life;

/* ---- what stands in for the machine ---- */

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
enum err __real_file_write_durable(const char *dir, const char *name, struct span bytes, unsigned mode);
enum err __wrap_file_write_durable(const char *dir, const char *name, struct span bytes, unsigned mode);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
    (void)clock;
    all.now_ms += 3;
    ret->tv_sec = (time_t)(all.now_ms / 1000);
    ret->tv_nsec = (long)(all.now_ms % 1000) * 1000000;
    return 0;
}

enum err __wrap_file_write_durable(const char *dir, const char *name, struct span bytes, unsigned mode)
{
    struct memory_effect effect = memory_file_effect();

    if (effect.done) assert_int_equal(__real_file_write_durable(dir, name, bytes, mode), ERR_OK);
    return effect.err == ERR_UNCERTAIN ? ERR_IO : effect.err;
}

/* ---- what is submitted ---- */

static void good(uint64_t position)
{
    assert_true(goods.count < GOODS_MAX);
    goods.bytes[goods.count++] = all.world.statement[position].bytes;
}

static void attest(unsigned issuer, const struct hash *schema, unsigned sub)
{
    uint8_t sub_text[8] = {'s', (uint8_t)('0' + sub / 10), (uint8_t)('0' + sub % 10)};
    struct draft d = {.kind = KIND_ATTESTATION,
                      .iss = test_urn(issuer),
                      .sub = span_of(sub_text, 3),
                      .home = SPAN(ORIGIN),
                      .has_schema = true,
                      .schema = *schema,
                      .payload = SPAN("\xa1\x65level\x64"
                                      "full")};

    good(world_put(&all.world, &d, issuer));
}

static void issuer_goods(unsigned issuer, const char *schema_name, unsigned subs)
{
    const unsigned keys[] = {issuer, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    struct issuer_payload set = test_set(0, NULL, keys);
    struct schema_payload schema = test_schema(schema_name);
    struct hash id;
    uint64_t at;

    good(put_issuer(&all.world, test_urn(issuer), &set, issuer));
    at = put_schema(&all.world, test_urn(issuer), &schema, issuer);
    id = all.world.statement[at].id;
    good(at);
    for (unsigned i = 0; i < subs; i++) {
        attest(issuer, &id, i);
        if (i % 3 != 1) continue;
        at = all.world.count - 1;
        good(put_status(&all.world, test_urn(issuer), all.world.statement[at].sub, &all.world.statement[at].id,
                        STATUS_REVOKED, issuer));
    }
}

/* The log's own keys change on the way, and the server has both. */
static void rotation_good(void)
{
    const unsigned keys[] = {KEY_OPERATOR_TEST,
                             PURPOSE_ISSUER | PURPOSE_RULES,
                             NEXT_CHECKPOINT,
                             PURPOSE_CHECKPOINT,
                             NEXT_SEAL,
                             PURPOSE_SEAL,
                             0};
    struct issuer_payload set = test_set(1, &all.world.statement[0].id, keys);
    uint64_t at = put_issuer(&all.world, SPAN(ORIGIN), &set, KEY_OPERATOR_TEST);

    all.rotation = all.world.statement[at].id;
    good(at);
}

static void hold(unsigned key, unsigned purpose)
{
    const struct secret_key secret = test_key(key);

    assert_int_equal(log_keys_add(&all.keys, purpose, secret.b, "log.key"), ERR_OK);
}

static void vkey_of(unsigned key, struct vkey *ret)
{
    struct public_key public = test_public(key);

    vkey_make(SPAN(ORIGIN), NOTE_ED25519, &public, ret);
}

int fates_set_up(void **state)
{
    (void)state;
    snprintf(all.dir, sizeof(all.dir), "%s/cairn-fates-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(all.dir));
    world_init(&all.world, ORIGIN, START_S);
    issuer_goods(ACME, "kyc", 7);
    rotation_good();
    issuer_goods(GLOBEX, "diploma", 5);
    hold(KEY_CHECKPOINT_TEST, PURPOSE_CHECKPOINT);
    hold(KEY_ONLINE_TEST, PURPOSE_SEAL);
    hold(NEXT_CHECKPOINT, PURPOSE_CHECKPOINT);
    hold(NEXT_SEAL, PURPOSE_SEAL);
    vkey_of(KEY_CHECKPOINT_TEST, &all.vkey);
    vkey_of(NEXT_CHECKPOINT, &all.next_vkey);
    return 0;
}

static void last_signed_remove(void)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/last-signed", all.dir);
    unlink(path);
}

int fates_tear_down(void **state)
{
    (void)state;
    last_signed_remove();
    return rmdir(all.dir);
}

/* A log as init makes it. */
static void disk_make(void)
{
    struct store *s;
    struct log_write *w;

    memory_format();
    last_signed_remove();
    assert_int_equal(store_open("", true, 0, &s), ERR_OK);
    assert_int_equal(log_write_open(s, &w), ERR_OK);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(log_append(w, all.world.statement[i].bytes, &all.world.statement[i].id), ERR_OK);
    assert_int_equal(log_set_sealed(w, START_S * 1000), ERR_OK);
    assert_int_equal(log_write_commit(w), ERR_OK);
    store_close(s);
}

/* ---- what must be so at every moment ---- */

static void assert_kept(void)
{
    struct log_head head = memory_head();

    for (size_t i = 0; i < goods.count; i++) {
        if (goods.position[i] == NOWHERE) continue;
        assert_true(goods.position[i] < head.size);
        assert_true(span_equal(memory_statement(goods.position[i]), goods.bytes[i]));
    }
    for (size_t i = 0; i < all.signed_count; i++) {
        struct hash root;

        assert_true(all.signed_of[i].size <= head.size);
        root = memory_root(all.signed_of[i].size);
        assert_memory_equal(&root, &all.signed_of[i].root, sizeof(root));
    }
}

/* Whether the log's keys have changed below this size. */
static bool is_rotated(uint64_t size)
{
    for (uint64_t p = 0; p < size; p++) {
        struct hash id = hash_of(memory_statement(p));

        if (hash_equal(&id, &all.rotation)) return true;
    }
    return false;
}

static void left_the_writer(const struct signed_checkpoint *c)
{
    char path[128];
    struct note note;
    struct checkpoint said;
    uint8_t *text;
    size_t len;

    /* That it would be signed was on the disk before it was. */
    snprintf(path, sizeof(path), "%s/last-signed", all.dir);
    assert_int_equal(file_read(path, 512, &text, &len), ERR_OK);
    assert_int_equal(checkpoint_decode(span_of(text, len), &said), ERR_OK);
    assert_int_equal(said.size, c->size);
    free(text);
    assert_int_equal(note_decode(span_of(c->note, c->note_len), &note), ERR_OK);
    assert_int_equal(note_verify(&note, &all.vkey), ERR_OK);
    assert_int_equal(note_verify(&note, &all.next_vkey), is_rotated(c->size) ? ERR_OK : ERR_NOT_SIGNED);
    assert_int_equal(checkpoint_decode(note.text, &said), ERR_OK);
    assert_int_equal(said.size, c->size);
    assert_memory_equal(&said.root, &c->root, sizeof(said.root));
    assert_true(all.signed_count < SIGNED_MAX);
    all.signed_of[all.signed_count++] = (struct checkpoint){SPAN(ORIGIN), c->size, c->root};
}

/* ---- proofs ---- */

static void receipt_check(struct span bytes, uint64_t position, struct span statement)
{
    struct hash id = hash_of(statement), leaf = leaf_hash(hash_span(&id)), root;
    struct public_key key;
    struct receipt r;

    assert_int_equal(receipt_decode(bytes, &r), ERR_OK);
    key = test_public(is_rotated(r.size) ? NEXT_SEAL : KEY_ONLINE_TEST);
    assert_int_equal(r.index, position);
    assert_int_equal(tree_inclusion_root(&leaf, r.index, r.size, r.path.hash, r.path.count, &root), ERR_OK);
    assert_int_equal(receipt_verify(&r, &root, &key), ERR_OK);
}

static void evidence_check(struct span bytes, uint64_t position)
{
    static struct check c;

    check_evidence(&c, bytes);
    if (c.broken || c.incomplete || !c.proven || !c.indexed)
        fail_msg("evidence of statement %u: %s", (unsigned)position, c.why);
    assert_int_equal(c.evidence.map.statement[c.carrier_at].position, position);
}

/* Of what is served; a call that fails refuses the answer and spoils no other. */
static unsigned prove_all(void)
{
    static uint8_t room[SCRATCH_BYTES];
    unsigned proofs = 0;

    for (uint64_t p = 0; p < life.node->served.size; p++) {
        struct span statement = memory_statement(p);
        struct out o = out_over(room, sizeof(room));
        struct statement s;

        if (prove_receipt(life.node, p, &o) == ERR_OK) {
            receipt_check(out_span(&o), p, statement);
            proofs++;
        }
        assert_int_equal(statement_decode(statement, &s), ERR_OK);
        o = out_over(room, sizeof(room));
        if (s.kind != KIND_ATTESTATION || p % 3 != 0 || prove_evidence(life.node, p, &o) != ERR_OK) continue;
        evidence_check(out_span(&o), p);
        proofs++;
    }
    return proofs;
}

/* ---- one life ---- */

static void node_serves(const struct signed_checkpoint *c, struct published *ret)
{
    ret->size = c->size;
    ret->root = c->root;
    ret->note_len = c->note_len;
    memcpy(ret->note, c->note, c->note_len);
    ret->receipts = c->receipts;
    ret->by = c->by;
}

static void node_load(void)
{
    struct published *p = &life.node->newest;
    struct checkpoint c;
    struct note parsed;
    struct span note;

    memset(p, 0, sizeof(*p));
    if (memory_published(&note, &p->receipts)) {
        assert_int_equal(note_decode(note, &parsed), ERR_OK);
        assert_int_equal(checkpoint_decode(parsed.text, &c), ERR_OK);
        p->size = c.size;
        p->root = c.root;
        p->by.seal_kid = test_kid(is_rotated(c.size) ? NEXT_SEAL : KEY_ONLINE_TEST);
        p->note_len = note.len;
        memcpy(p->note, note.ptr, note.len);
    }
    life.node->served = *p;
    life.node->store = life.store;
    life.size = memory_head().size;
    life.sealed = memory_head().sealed;
}

static enum err begin(void)
{
    struct writer_setup setup = {.dir = all.dir, .origin = SPAN(ORIGIN), .keys = &all.keys, .pending_max = PENDING};
    struct node *node = life.node;
    uv_loop_t loop = life.loop;
    enum err e;

    memory_start();
    life = (struct life){.node = node, .loop = loop};
    all.now_ms -= 2000; /* clocks are set back, too */
    TRY(store_open("", false, 0, &life.store));
    e = writer_open(&life.loop, life.store, &setup, &life.writer);
    if (e == ERR_ROLLED_BACK || e == ERR_FORKED) fail_msg("the store is held for older than what was signed");
    if (e == ERR_OK)
        node_load();
    else
        store_close(life.store);
    return e;
}

static void closed(void *ctx)
{
    *(bool *)ctx = true;
}

static void end(void)
{
    bool is_closed = false;

    writer_close(life.writer, closed, &is_closed);
    while (!is_closed) uv_run(&life.loop, UV_RUN_ONCE);
    uv_run(&life.loop, UV_RUN_NOWAIT);
    store_close(life.store);
}

static void job_done(void *ctx, struct job *job)
{
    (void)ctx, (void)job;
    life.job_done = true;
}

static enum err perform(struct job *job)
{
    job->done = job_done;
    life.job_done = false;
    writer_submit(life.writer, job);
    while (!life.job_done) uv_run(&life.loop, UV_RUN_ONCE);
    return job->err;
}

static enum err step_of(enum job_kind kind)
{
    life.step.kind = kind;
    return perform(&life.step);
}

/* ---- taking statements ---- */

static size_t next_goods(size_t ret[BATCH + 1])
{
    size_t count = 0;

    for (size_t i = 0; i < goods.count && count < BATCH; i++)
        if (goods.position[i] == NOWHERE) ret[count++] = i;
    /* And one that was taken long ago: it must not be taken again. */
    if (count > 0 && ret[0] > 4) ret[count++] = ret[0] - 4;
    return count;
}

static void take_answers(struct submission *const *s, const size_t *which, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = which[i];

        if (s[i]->err != ERR_OK) fail_msg("statement %zu: %s, %s", n, err_reason(s[i]->err), s[i]->why.found);
        if (goods.position[n] != NOWHERE) {
            assert_true(s[i]->already);
            assert_int_equal(goods.position[n], s[i]->position);
        }
        goods.position[n] = s[i]->position;
    }
}

static enum err append_some(void)
{
    static struct submission room[BATCH + 1];
    struct submission *submission[BATCH + 1];
    size_t which[BATCH + 1], count = next_goods(which);
    struct job job = {.kind = JOB_APPEND, .submission = submission, .count = count};
    enum err e;

    for (size_t i = 0; i < count; i++) {
        submission[i] = &room[i];
        room[i] = (struct submission){.bytes = NULL};
        assert_int_equal(statement_decode(goods.bytes[which[i]], &room[i].statement), ERR_OK);
    }
    e = perform(&job);
    if (memory_crashed() || e != ERR_OK) return e;
    take_answers(submission, which, count);
    life.size = job.size;
    return ERR_OK;
}

static bool all_taken(void)
{
    size_t which[BATCH + 1];

    return next_goods(which) == 0;
}

/* ---- making them public, as publish.c does ---- */

static enum err sign(enum job_kind kind)
{
    enum err e = step_of(kind);

    if (memory_crashed()) return e;
    if (life.sealed < life.step.sealed) life.sealed = life.step.sealed;
    if (life.size < life.sealed) life.size = life.sealed;
    TRY(e);
    left_the_writer(&life.step.checkpoint);
    life.signed_once = life.under = true;
    /* Statements are taken while the witnesses are asked. */
    return life.step.checkpoint.size % 2 == 0 ? append_some() : ERR_OK;
}

static enum err make_public(void)
{
    if (!life.deriving) {
        TRY(step_of(JOB_PUBLISH));
        life.deriving = true;
        node_serves(&life.step.checkpoint, &life.node->newest);
    }
    TRY(step_of(JOB_DERIVE));
    life.under = life.deriving = false;
    life.node->served = life.node->newest;
    return ERR_OK;
}

static enum err next_step(bool *ret_end, unsigned *proofs)
{
    if (life.under) {
        TRY(make_public());
        *proofs += prove_all();
        return ERR_OK;
    }
    if (!life.signed_once || life.sealed > life.node->newest.size) return sign(JOB_SIGN);
    if (life.size - life.sealed < GROUP && !all_taken()) return append_some();
    if (life.size > life.sealed) return sign(JOB_SEAL);
    *ret_end = true;
    return ERR_OK;
}

/* ---- the whole ---- */

/* What the node does with an error: it stops, or it tries again. */
static bool is_stop(enum err e)
{
    return memory_crashed() || e == ERR_UNCERTAIN || e == ERR_DAMAGED;
}

static void no_id_twice(void)
{
    uint64_t size = memory_head().size;

    for (uint64_t i = 0; i < size; i++)
        for (uint64_t j = 0; j < i; j++) assert_false(span_equal(memory_statement(i), memory_statement(j)));
}

static void work(struct outcome *ret)
{
    bool alive = false, at_end = false;

    for (unsigned steps = 0; !at_end; steps++) {
        enum err e = alive ? next_step(&at_end, &ret->proofs) : begin();

        assert_true(steps < STEPS_MAX);
        if (!alive) {
            ret->starts++;
            alive = e == ERR_OK;
            continue;
        }
        if (e != ERR_OK || memory_crashed()) {
            if (is_stop(e)) {
                end();
                alive = false;
            } else {
                ret->refusals++;
            }
        }
        assert_kept();
    }
    end();
}

static void world_begin(void)
{
    all.now_ms = (START_S + 100) * 1000;
    all.signed_count = 0;
    for (size_t i = 0; i < goods.count; i++) goods.position[i] = NOWHERE;
    disk_make();
    assert_int_equal(uv_loop_init(&life.loop), 0);
    life.node = calloc(1, sizeof(*life.node));
    assert_non_null(life.node);
    life.node->scratch2 = malloc(SCRATCH_BYTES);
    life.node->keys = all.keys;
    life.node->config.origin = SPAN(ORIGIN);
    life.node->derived_marked = true; /* so that it says nothing */
}

static void world_end(void)
{
    free(life.node->scratch2);
    free(life.node);
    assert_int_equal(uv_loop_close(&life.loop), 0);
}

static void append_good(size_t n)
{
    struct submission s = {.bytes = NULL}, *submission = &s;
    struct job job = {.kind = JOB_APPEND, .submission = &submission, .count = 1};

    assert_int_equal(statement_decode(goods.bytes[n], &s.statement), ERR_OK);
    assert_int_equal(perform(&job), ERR_OK);
    take_answers(&submission, &n, 1);
}

int64_t fates_clock_back(bool restarts)
{
    struct draft d = {.kind = KIND_ATTESTATION,
                      .iss = test_urn(ACME),
                      .sub = SPAN("s"),
                      .home = SPAN(ORIGIN),
                      .payload = SPAN("x"),
                      .has_iat = true,
                      .iat = START_S + 200 + 300};
    size_t count = goods.count;
    struct seal_payload seal;
    struct statement last;

    good(world_put(&all.world, &d, ACME));
    world_begin();
    memory_fail_call(UINT64_MAX, ERR_OK);
    memory_fail_effect(UINT64_MAX, FATE_REFUSED);
    assert_int_equal(begin(), ERR_OK);
    all.now_ms = (START_S + 100) * 1000;
    assert_int_equal(sign(JOB_SIGN), ERR_OK);
    assert_int_equal(make_public(), ERR_OK);
    append_good(0);
    all.now_ms = (START_S + 200) * 1000;
    append_good(count);
    if (restarts) {
        end();
        assert_int_equal(begin(), ERR_OK);
    }
    all.now_ms -= 3600 * 1000;
    assert_int_equal(step_of(JOB_SEAL), ERR_OK);
    end();
    assert_int_equal(statement_decode(memory_statement(memory_head().size - 1), &last), ERR_OK);
    assert_int_equal(seal_decode(last.cose.payload, &seal), ERR_OK);
    world_end();
    goods.count = count;
    return (int64_t)(seal.to_ms / 1000) - (int64_t)d.iat;
}

static bool shows_rules(struct span bytes)
{
    static struct check c;
    bool shown = false;

    check_evidence(&c, bytes);
    assert_false(c.broken || c.incomplete);
    for (size_t i = 0; i < c.evidence.map.statement_count; i++) shown = shown || c.kind[i] == KIND_RULES;
    return shown;
}

bool fates_closing_shown(bool closes)
{
    struct rules_payload rules = {.seq = 1,
                                  .has_prev = true,
                                  .prev = all.world.statement[1].id,
                                  .mode = RULES_OPEN,
                                  .has_closing = closes,
                                  .closing_not_before = closes ? START_S + 8000000 : 0,
                                  .version = RULES_VERSION};
    static uint8_t room[SCRATCH_BYTES];
    struct out o = out_over(room, sizeof(room));
    size_t count = goods.count;
    bool shown;

    good(put_rules(&all.world, &rules, KEY_OPERATOR_TEST));
    world_begin();
    memory_fail_call(UINT64_MAX, ERR_OK);
    memory_fail_effect(UINT64_MAX, FATE_REFUSED);
    assert_int_equal(begin(), ERR_OK);
    assert_int_equal(sign(JOB_SIGN), ERR_OK);
    assert_int_equal(make_public(), ERR_OK);
    for (size_t i = 0; i < 3; i++) append_good(i); /* the issuer, its schema and an attestation */
    append_good(count);
    assert_int_equal(sign(JOB_SEAL), ERR_OK);
    assert_int_equal(make_public(), ERR_OK);
    assert_int_equal(prove_evidence(life.node, goods.position[2], &o), ERR_OK);
    shown = shows_rules(out_span(&o));
    end();
    world_end();
    goods.count = count;
    return shown;
}

/* Taken, sealed and published. */
static void settle(uint64_t position)
{
    struct submission s = {.statement = all.world.statement[position]}, *submission = &s;
    struct job job = {.kind = JOB_APPEND, .submission = &submission, .count = 1};

    assert_int_equal(perform(&job), ERR_OK);
    if (s.err != ERR_OK) fail_msg("%s, %s", err_reason(s.err), s.why.found);
    assert_int_equal(step_of(JOB_SEAL), ERR_OK);
    assert_int_equal(make_public(), ERR_OK);
}

/* A rotation that changes nothing, or, every 60 statements, a recovery. */
static uint64_t next_issuer(unsigned issuer, uint64_t before, unsigned seq)
{
    const unsigned keys[] = {issuer, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, 0};
    struct issuer_payload p = test_set(seq, seq == 0 ? NULL : &all.world.statement[before].id, keys);
    bool recovers = seq > 0 && seq % 60 == 0;

    p.recovery_count = 1;
    p.recovery[0] = test_kid(500 + seq / 60);
    p.has_revealed = recovers;
    if (recovers) p.revealed = test_public(499 + seq / 60);
    return put_issuer(&all.world, test_urn(issuer), &p, recovers ? 499 + seq / 60 : issuer);
}

static size_t seals_in(struct span bytes)
{
    static struct check c;
    size_t seals = 0;

    check_evidence(&c, bytes);
    assert_false(c.broken || c.incomplete);
    for (size_t i = 0; i < c.evidence.map.statement_count; i++) seals += c.kind[i] == KIND_SEAL;
    return seals;
}

enum err fates_long_issuer(unsigned later, size_t *ret_seals)
{
    static uint8_t room[SCRATCH_BYTES];
    struct out o = out_over(room, sizeof(room));
    struct draft d = {
        .kind = KIND_ATTESTATION, .iss = test_urn(300), .sub = SPAN("s"), .home = SPAN(ORIGIN), .payload = SPAN("x")};
    uint64_t world_count = all.world.count, last;
    enum err e;

    world_begin();
    memory_fail_call(UINT64_MAX, ERR_OK);
    memory_fail_effect(UINT64_MAX, FATE_REFUSED);
    assert_int_equal(begin(), ERR_OK);
    assert_int_equal(sign(JOB_SIGN), ERR_OK);
    assert_int_equal(make_public(), ERR_OK);
    settle(last = next_issuer(300, 0, 0));
    settle(world_put(&all.world, &d, 300));
    for (unsigned n = 1; n <= later; n++) settle(last = next_issuer(300, last, n));
    e = prove_evidence(life.node, 5, &o);
    if (e == ERR_OK) *ret_seals = seals_in(out_span(&o));
    end();
    world_end();
    all.world.count = world_count;
    return e;
}

struct outcome fates_run(const struct plan *p)
{
    struct outcome ret = {.failed = false};

    world_begin();
    memory_fail_call(p->is_effect ? UINT64_MAX : p->nth, p->err);
    memory_fail_effect(p->is_effect ? p->nth : UINT64_MAX, p->fate);
    work(&ret);
    ret.failed = memory_failed();
    ret.calls = memory_calls();
    ret.effects = memory_effects();
    assert_kept();
    no_id_twice();
    assert_int_equal(memory_head().published, memory_head().size);
    world_end();
    return ret;
}

static void say(const char *what, uint64_t runs, const struct outcome *sum)
{
    print_message("%s: %u lives of the log, %u starts, %u refusals, %u proofs verified\n", what, (unsigned)runs,
                  sum->starts, sum->refusals, sum->proofs);
}

static void add(struct outcome *sum, const struct outcome *o)
{
    sum->starts += o->starts;
    sum->refusals += o->refusals;
    sum->proofs += o->proofs;
}

void fates_of_effects(void)
{
    static const char *const words[] = {"",
                                        "fails and is not kept, cleanly",
                                        "fails and is not kept",
                                        "fails and is kept",
                                        "is crashed before",
                                        "is crashed after"};

    for (enum fate fate = FATE_REFUSED; fate <= FATE_CRASH_AFTER; fate++) {
        struct outcome sum = {.failed = false}, o = {.failed = true};
        uint64_t n = 0;

        for (; o.failed; n++) {
            o = fates_run(&(struct plan){.is_effect = true, .nth = n, .fate = fate});
            add(&sum, &o);
        }
        assert_true(n > 25);
        say(words[fate], n, &sum);
    }
}

void fates_of_calls(uint64_t first, uint64_t stride)
{
    static const enum err errors[] = {ERR_IO, ERR_DISK_FULL, ERR_DAMAGED, ERR_NO_MEMORY, ERR_UNCERTAIN};

    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        struct outcome sum = {.failed = false}, o = {.failed = true};
        uint64_t n = first, runs = 0;

        for (; o.failed; n += stride, runs++) {
            o = fates_run(&(struct plan){.nth = n, .err = errors[i]});
            add(&sum, &o);
        }
        assert_true(n > 1000);
        say(err_reason(errors[i]), runs, &sum);
    }
}
