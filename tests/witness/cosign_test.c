/* The conditions of c2sp.org/tlog-witness: each, their order, and what is kept afterwards. */
#include <stdlib.h>

#include "tests/guard.h"
#include "tests/witness/world.h"

#define ORIGIN "log.example.org/attest"
#define NOW 1795150000U

static struct test_log honest, forked, stranger, same_name;
static struct policy logs;
static struct cosigner self;

static int set_up(void **state)
{
    (void)state;
    honest = log_new(ORIGIN, 1);
    forked = log_fork(&honest, 5);
    stranger = log_new("stranger.example.org", 2);
    same_name = log_new(ORIGIN, 3);
    self = cosigner_new("witness.example/w1", 9);
    follow_in(&logs, &honest);
    return 0;
}

/* What a witness knows, and what became of a request. */
struct trial {
    struct state was, is;
    struct decision d;
    uint8_t line[512];
    struct out o;
};

static struct trial *trial_new(void)
{
    struct trial *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    state_init(&t->was, &honest.vkey, SPAN("https://log.example.org"));
    return t;
}

static enum err ask(struct trial *t, struct span body, uint64_t now)
{
    struct request r;
    enum err e = request_decode(body, &r);

    if (e != ERR_OK) return e;
    t->d = cosign_decide(&logs, &t->was, &r, now);
    if (t->d.err != ERR_OK) return t->d.err;
    t->o = out_over(t->line, sizeof(t->line));
    cosign_advance(&self, &logs, &t->was, &r, t->d.time, &t->is, &t->o);
    t->was = t->is;
    return ERR_OK;
}

static unsigned status_of(struct trial *t, struct span body)
{
    return cosign_status(ask(t, body, NOW));
}

/* A witness that cosigned `size` of the honest log at NOW. */
static struct trial *trial_at(uint64_t size)
{
    struct trial *t = trial_new();

    assert_int_equal(ask(t, request_of(&honest, 0, size), NOW), ERR_OK);
    return t;
}

static void a_log_is_cosigned_as_it_grows(void **state)
{
    struct trial *t = trial_new();
    uint64_t old = 0, time;

    (void)state;
    for (uint64_t size = 0; size <= 40; size += size % 7 + 1) {
        assert_int_equal(ask(t, request_of(&honest, old, size), NOW + size), ERR_OK);
        assert_true(cosigned_by(&self, &honest, size, out_span(&t->o), &time));
        assert_int_equal(time, NOW + size);
        assert_int_equal(t->was.size, size);
        assert_int_equal(state_check(&t->was, &self.vkey), ERR_OK);
        old = size;
    }
    free(t);
}

/* ---- the table, row by row ---- */

/* What may be wrong with a request, by row of the table; a later row must not hide an earlier one. */
enum row { MALFORMED, UNKNOWN, UNSIGNED, TOO_OLD, EMPTY_ROOT, CONFLICT, PROOF, CLOCK, ROWS };

/* A request to a witness that saw 8, in which `row` is wrong and, where both can be, all rows after it too. */
static struct span wrong_from(enum row row, uint64_t *ret_now)
{
    static uint8_t room[8192];
    struct out o = out_over(room, sizeof(room));
    const struct test_log *log = row <= UNKNOWN ? &stranger : row == UNSIGNED ? &same_name : &forked;
    struct tree_path garbage = {.count = 1};
    uint8_t text[256];
    struct out t = out_over(text, sizeof(text));
    uint64_t size = row == EMPTY_ROOT || row <= TOO_OLD ? 0 : 20;
    uint64_t old = row <= TOO_OLD ? 30 : row == CONFLICT ? 9 : row == EMPTY_ROOT ? 0 : 8;
    struct checkpoint c = {vkey_name(&log->vkey), size, log_root(&forked, 20)};

    *ret_now = NOW - 1000;
    put_head(old, &garbage, &o);
    if (row == MALFORMED) o.len--;
    if (row == CLOCK) {
        o.len = 0;
        put_request(&honest, 8, 20, &o);
        return out_span(&o);
    }
    checkpoint_encode(&c, &t);
    put_signed(log, out_span(&t), &o);
    return out_span(&o);
}

static void the_first_condition_that_fails_decides(void **state)
{
    static const struct {
        enum row row;
        unsigned status;
        enum err err;
    } rows[] = {
        {MALFORMED, 400, ERR_BAD_REQUEST}, {UNSIGNED, 403, ERR_NOT_SIGNED},  {TOO_OLD, 400, ERR_BAD_SIZE},
        {EMPTY_ROOT, 422, ERR_BAD_PROOF},  {CONFLICT, 409, ERR_WITNESS_OLD}, {PROOF, 422, ERR_BAD_PROOF},
        {CLOCK, 503, ERR_CLOCK_BACK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct trial *t = trial_at(8);
        struct state before = t->was;
        uint64_t now;
        struct span body = wrong_from(rows[i].row, &now);
        enum err e = ask(t, body, now);

        assert_int_equal(e, rows[i].err);
        assert_int_equal(cosign_status(e), rows[i].status);
        assert_memory_equal(&t->was, &before, sizeof(before));
        free(t);
    }
}

static void a_signature_that_fails_is_refused_even_beside_a_good_one(void **state)
{
    struct trial *t = trial_new();
    uint8_t body[8192], text[512];
    struct out o = out_over(body, sizeof(body)), other = out_over(text, sizeof(text));
    struct span line;

    (void)state;
    put_checkpoint(&honest, 5, &other);
    put_request(&honest, 0, 4, &o);
    /* The good line of another checkpoint: name and id are those of the trusted key. */
    line = span_slice(out_span(&other), span_find_last(span_slice(out_span(&other), 0, other.len - 1), '\n') + 1,
                      other.len);
    out_bytes(&o, line);
    assert_int_equal(status_of(t, out_span(&o)), 403);
    assert_int_equal(t->d.err, ERR_BAD_SIGNATURE);
    assert_false(t->d.forked);
    free(t);
}

static void a_signature_of_another_key_of_the_same_name_is_not_enough(void **state)
{
    struct trial *t = trial_new();

    (void)state;
    assert_int_equal(status_of(t, request_of(&same_name, 0, 4)), 403);
    assert_int_equal(t->d.err, ERR_NOT_SIGNED);
    free(t);
}

/* A log between two keys: either will do, and one that fails still refuses. */
static void any_of_several_trusted_keys_will_do(void **state)
{
    struct trial *t = trial_new();
    uint8_t body[8192], junk[64] = {1};
    struct out o = out_over(body, sizeof(body));

    (void)state;
    follow_in(&logs, &same_name);
    assert_int_equal(status_of(t, request_of(&same_name, 0, 4)), 200);
    assert_int_equal(state_check(&t->was, &self.vkey), ERR_OK);
    assert_int_equal(status_of(t, request_of(&honest, 4, 6)), 200);
    assert_int_equal(state_check(&t->was, &self.vkey), ERR_OK);
    put_request(&honest, 6, 7, &o);
    note_put_line(&o, &same_name.vkey, span_of(junk, sizeof(junk)));
    assert_int_equal(status_of(t, out_span(&o)), 403);
    logs.log_count--;
    assert_int_equal(status_of(t, out_span(&o)), 200);
    free(t);
}

static void an_old_size_above_the_checkpoint_is_malformed(void **state)
{
    struct trial *t = trial_at(8);
    uint8_t body[8192];
    struct out o = out_over(body, sizeof(body));

    (void)state;
    put_head(8, &(struct tree_path){0}, &o);
    put_checkpoint(&honest, 7, &o);
    assert_int_equal(status_of(t, out_span(&o)), 400);
    free(t);
}

static void a_tree_of_no_leaves_has_one_root(void **state)
{
    struct trial *t = trial_new();
    uint8_t body[8192], text[256];
    struct out o = out_over(body, sizeof(body)), c = out_over(text, sizeof(text));

    (void)state;
    put_head(0, &(struct tree_path){0}, &o);
    checkpoint_encode(&(struct checkpoint){SPAN(ORIGIN), 0, honest.leaf[0]}, &c);
    put_signed(&honest, out_span(&c), &o);
    assert_int_equal(status_of(t, out_span(&o)), 422);
    assert_int_equal(status_of(t, request_of(&honest, 0, 0)), 200);
    assert_true(t->was.seen);
    assert_int_equal(status_of(t, request_of(&honest, 0, 0)), 200);
    assert_int_equal(status_of(t, request_of(&honest, 0, 3)), 200);
    assert_int_equal(status_of(t, request_of(&honest, 0, 3)), 409);
    free(t);
}

static void only_a_proof_from_what_was_seen_is_looked_at(void **state)
{
    struct trial *t = trial_at(8);

    (void)state;
    for (uint64_t old = 0; old < 20; old++)
        if (old != 8) assert_int_equal(status_of(t, request_of(&honest, old, 20)), 409);
    assert_int_equal(status_of(t, request_of(&honest, 7, 7)), 409);
    assert_int_equal(status_of(t, request_of(&honest, 8, 20)), 200);
    free(t);
}

static void from_nothing_there_is_nothing_to_prove(void **state)
{
    struct trial *t = trial_new();
    uint8_t body[8192];
    struct out o = out_over(body, sizeof(body));

    (void)state;
    put_head(0, &(struct tree_path){.count = 1}, &o);
    put_checkpoint(&honest, 4, &o);
    assert_int_equal(status_of(t, out_span(&o)), 422);
    free(t);
}

static void the_same_size_needs_the_same_root_and_no_proof(void **state)
{
    struct trial *t = trial_at(8);
    uint8_t body[8192];
    struct out o = out_over(body, sizeof(body));

    (void)state;
    assert_int_equal(ask(t, request_of(&forked, 8, 8), NOW), ERR_FORKED);
    assert_int_equal(cosign_status(ERR_FORKED), 422);
    assert_true(t->d.forked);
    put_head(8, &(struct tree_path){.count = 1}, &o);
    put_checkpoint(&honest, 8, &o);
    assert_int_equal(ask(t, out_span(&o), NOW), ERR_BAD_PROOF);
    assert_false(t->d.forked);
    free(t);
}

/* The answer is about the old size, but the operator must learn of the other history all the same. */
static void another_history_of_the_size_is_noticed_whatever_the_old_size(void **state)
{
    struct trial *t = trial_at(8);

    (void)state;
    assert_int_equal(status_of(t, request_of(&forked, 3, 8)), 409);
    assert_true(t->d.forked);
    assert_int_equal(status_of(t, request_of(&honest, 3, 8)), 409);
    assert_false(t->d.forked);
    free(t);
}

static void a_history_that_does_not_contain_what_was_seen_is_refused(void **state)
{
    struct trial *t = trial_at(8);

    (void)state;
    for (uint64_t size = 9; size <= 40; size++) {
        assert_int_equal(status_of(t, request_of(&forked, 8, size)), 422);
        assert_int_equal(t->d.err, ERR_BAD_PROOF);
    }
    assert_int_equal(status_of(t, request_of(&honest, 8, 40)), 200);
    free(t);
}

static void every_proof_with_one_bit_changed_or_a_hash_more_or_less_is_refused(void **state)
{
    struct trial *t = trial_at(11);
    struct tree_path good = log_proof(&honest, 11, 25);
    uint8_t body[8192];

    (void)state;
    assert_true(good.count > 2);
    for (size_t i = 0; i < good.count * 256 + 2; i++) {
        struct out o = out_over(body, sizeof(body));
        struct tree_path path = good;

        if (i < good.count * 256)
            path.hash[i / 256].b[i % 256 / 8] ^= (uint8_t)(1 << i % 8);
        else
            path.count = i % 2 == 0 ? good.count + 1 : good.count - 1;
        put_head(11, &path, &o);
        put_checkpoint(&honest, 25, &o);
        assert_int_equal(status_of(t, out_span(&o)), 422);
    }
    free(t);
}

/* ---- time ---- */

static void the_same_checkpoint_is_cosigned_again_with_a_fresh_time(void **state)
{
    struct trial *t = trial_at(8);
    uint64_t time;

    (void)state;
    assert_int_equal(ask(t, request_of(&honest, 8, 8), NOW + 60), ERR_OK);
    assert_true(cosigned_by(&self, &honest, 8, out_span(&t->o), &time));
    assert_int_equal(time, NOW + 60);
    free(t);
}

static void no_cosignature_is_dated_before_the_last_one(void **state)
{
    struct trial *t = trial_at(8);
    uint64_t time;

    (void)state;
    assert_int_equal(ask(t, request_of(&honest, 8, 9), NOW - 300), ERR_OK);
    assert_true(cosigned_by(&self, &honest, 9, out_span(&t->o), &time));
    assert_int_equal(time, NOW);
    assert_int_equal(ask(t, request_of(&honest, 9, 10), NOW - 301), ERR_CLOCK_BACK);
    assert_int_equal(cosign_status(ERR_CLOCK_BACK), 503);
    assert_int_equal(t->was.size, 9);
    free(t);
}

static void a_clock_without_a_time_signs_nothing(void **state)
{
    struct trial *t = trial_new();

    (void)state;
    assert_int_equal(ask(t, request_of(&honest, 0, 4), 0), ERR_CLOCK_BACK);
    assert_int_equal(ask(t, request_of(&honest, 0, 4), (uint64_t)INT64_MAX + 1), ERR_CLOCK_BACK);
    assert_int_equal(ask(t, request_of(&honest, 0, 4), 1), ERR_OK);
    free(t);
}

/* ---- what is kept ---- */

static size_t lines_in(struct span s)
{
    size_t count = 0;

    for (size_t i = 0; i < s.len; i++) count += s.ptr[i] == '\n';
    return count;
}

/* Lines of strangers, of other witnesses and under the witness's own name are not what it vouches for. */
static void only_verified_signatures_are_kept(void **state)
{
    struct trial *t = trial_new();
    struct cosigner other = cosigner_new("witness.example/w2", 10);
    uint8_t body[8192], expected[2048], text[256];
    struct out o = out_over(body, sizeof(body)), e = out_over(expected, sizeof(expected));
    struct out c = out_over(text, sizeof(text));
    uint8_t junk[72] = {1, 2, 3};

    (void)state;
    checkpoint_encode(&(struct checkpoint){SPAN(ORIGIN), 4, log_root(&honest, 4)}, &c);
    put_request(&honest, 0, 4, &o);
    note_sign(&o, out_span(&c), &stranger.vkey, &stranger.key);
    note_sign(&o, out_span(&c), &same_name.vkey, &same_name.key);
    cosignature_make(&o, out_span(&c), &other.vkey, &other.key, NOW);
    note_put_line(&o, &self.vkey, span_of(junk, sizeof(junk)));
    note_sign(&o, out_span(&c), &honest.vkey, &honest.key);
    assert_int_equal(status_of(t, out_span(&o)), 200);
    put_checkpoint(&honest, 4, &e);
    out_bytes(&e, out_span(&t->o));
    assert_int_equal(t->was.note_len, e.len);
    assert_memory_equal(t->was.note, expected, e.len);
    assert_int_equal(lines_in(out_span(&t->o)), 1);
    free(t);
}

static void extension_lines_are_cosigned_as_they_stand(void **state)
{
    struct trial *t = trial_new();
    uint8_t body[8192], text[512];
    struct out o = out_over(body, sizeof(body)), c = out_over(text, sizeof(text));
    struct span line;
    struct note_line parsed;
    uint64_t time;

    (void)state;
    checkpoint_encode(&(struct checkpoint){SPAN(ORIGIN), 4, log_root(&honest, 4)}, &c);
    out_text(&c, "one more line\nand another\n");
    put_head(0, &(struct tree_path){0}, &o);
    put_signed(&honest, out_span(&c), &o);
    assert_int_equal(status_of(t, out_span(&o)), 200);
    line = out_span(&t->o);
    assert_true(note_next(&line, &parsed));
    assert_int_equal(cosignature_verify(&parsed, out_span(&c), &self.vkey, &time), ERR_OK);
    assert_int_equal(state_check(&t->was, &self.vkey), ERR_OK);
    free(t);
}

static void a_long_checkpoint_is_kept_whole_or_refused(void **state)
{
    static uint8_t body[REQUEST_SIZE_MAX], text[REQUEST_TEXT_MAX + 1];

    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        struct trial *t = trial_new();
        struct out o = out_over(body, sizeof(body)), c = out_over(text, sizeof(text));

        checkpoint_encode(&(struct checkpoint){SPAN(ORIGIN), 4, log_root(&honest, 4)}, &c);
        while (c.len < REQUEST_TEXT_MAX - 1 + over) out_byte(&c, 'x');
        out_byte(&c, '\n');
        put_head(0, &(struct tree_path){0}, &o);
        put_signed(&honest, out_span(&c), &o);
        assert_int_equal(status_of(t, out_span(&o)), over == 0 ? 200 : 400);
        assert_int_equal(state_check(&t->was, &self.vkey), ERR_OK);
        free(t);
    }
}

/* ---- malformed ---- */

static void every_prefix_of_a_request_is_malformed(void **state)
{
    struct guard g = guard_open(8192);
    struct span whole = request_of(&honest, 8, 20);
    struct request r;

    (void)state;
    assert_int_equal(request_decode(guard_copy(&g, whole), &r), ERR_OK);
    for (size_t len = 0; len < whole.len; len++) {
        enum err e = request_decode(guard_copy(&g, span_slice(whole, 0, len)), &r);

        assert_int_not_equal(e, ERR_OK);
        assert_int_equal(cosign_status(e), 400);
    }
    guard_close(&g);
}

/* Nothing but the log's own bytes leads to a cosignature: one changed bit never does. */
static void no_request_with_one_bit_changed_is_cosigned(void **state)
{
    struct trial *t = trial_at(8);
    struct span whole = request_of(&honest, 8, 20);
    uint8_t body[8192];

    (void)state;
    for (size_t i = 0; i < whole.len * 8; i++) {
        struct request r;
        struct span changed = span_of(body, whole.len);

        memcpy(body, whole.ptr, whole.len);
        body[i / 8] ^= (uint8_t)(1 << i % 8);
        if (request_decode(changed, &r) != ERR_OK || !span_equal(r.checkpoint.origin, SPAN(ORIGIN))) continue;
        assert_int_not_equal(cosign_decide(&logs, &t->was, &r, NOW).err, ERR_OK);
    }
    free(t);
}

static void put_hashes(size_t count, struct out *o)
{
    out_text(o, "old 8\n");
    for (size_t i = 0; i < count; i++) out_text(o, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    out_text(o, "\n");
    put_checkpoint(&honest, 20, o);
}

static void at_most_63_hashes_are_read(void **state)
{
    struct trial *t = trial_at(8);
    uint8_t body[8192];
    struct out o = out_over(body, sizeof(body));

    (void)state;
    put_hashes(63, &o);
    assert_int_equal(status_of(t, out_span(&o)), 422);
    o.len = 0;
    put_hashes(64, &o);
    assert_int_equal(status_of(t, out_span(&o)), 400);
    free(t);
}

static void there_is_one_spelling_of_a_request(void **state)
{
    static const char *const heads[] = {
        "",
        "\n",
        "old\n\n",
        "old \n\n",
        "old 00\n\n",
        "old 07\n\n",
        "old +0\n\n",
        "old -1\n\n",
        "old 0 \n\n",
        " old 0\n\n",
        "old  0\n\n",
        "old 0\r\n\r\n",
        "old 0\r\n\n",
        "OLD 0\n\n",
        "old 0x0\n\n",
        "old 18446744073709551616\n\n",
        "old 0\nold 0\n\n",
        "old 0\n\n\n",
        "old 0\n",
        "old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n",
        "old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n\n",
        "old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n\n",
        "old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n",
        "old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \n\n",
        "old 0\n \n\n",
    };
    struct trial *t = trial_new();
    uint8_t body[8192];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct out o = out_over(body, sizeof(body));

        out_text(&o, heads[i]);
        put_checkpoint(&honest, 4, &o);
        assert_int_equal(status_of(t, out_span(&o)), 400);
    }
    free(t);
}

/* ---- everything at once ---- */

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* A log with three histories asks in any order: what is cosigned is one history, growing, at growing times. */
static void no_witness_signs_two_histories_whatever_it_is_asked(void **state)
{
    struct test_log *histories[3] = {&honest, &forked, NULL};
    struct test_log late = log_fork(&honest, 30);

    (void)state;
    histories[2] = &late;
    for (uint32_t seed = 1; seed <= 60; seed++) {
        struct trial *t = trial_new();
        uint32_t random = seed * 2654435761U;
        struct hash root_at[LOG_LEAVES + 1];
        uint64_t last = 0, last_time = 0, now = NOW;
        bool any = false;
        unsigned cosigned = 0;

        for (unsigned event = 0; event < 120; event++) {
            const struct test_log *log = histories[next_random(&random) % 3];
            uint64_t size = last + next_random(&random) % 3;
            uint64_t old = next_random(&random) % 4 != 0 ? (any ? last : 0) : next_random(&random) % (size + 1);
            uint64_t time;
            struct hash root = log_root(log, size);

            now += next_random(&random) % 100;
            if (next_random(&random) % 10 == 0) now -= next_random(&random) % 500;
            if (next_random(&random) % 8 == 0 && size > 5) size -= 5;
            if (old > size || ask(t, request_of(log, old, size), now) != ERR_OK) continue;
            assert_true(cosigned_by(&self, log, size, out_span(&t->o), &time));
            assert_true(!any || (size >= last && time >= last_time));
            /* Consistent with everything cosigned before: the last one is a prefix of this one. */
            if (any) {
                struct hash before = log_root(log, last);
                assert_true(hash_equal(&before, &root_at[last]));
            }
            root_at[size] = root;
            last = size;
            last_time = time;
            any = true;
            cosigned++;
        }
        assert_true(cosigned > 3);
        free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_cosigned_as_it_grows),
        cmocka_unit_test(the_first_condition_that_fails_decides),
        cmocka_unit_test(a_signature_that_fails_is_refused_even_beside_a_good_one),
        cmocka_unit_test(a_signature_of_another_key_of_the_same_name_is_not_enough),
        cmocka_unit_test(any_of_several_trusted_keys_will_do),
        cmocka_unit_test(an_old_size_above_the_checkpoint_is_malformed),
        cmocka_unit_test(a_tree_of_no_leaves_has_one_root),
        cmocka_unit_test(only_a_proof_from_what_was_seen_is_looked_at),
        cmocka_unit_test(from_nothing_there_is_nothing_to_prove),
        cmocka_unit_test(the_same_size_needs_the_same_root_and_no_proof),
        cmocka_unit_test(another_history_of_the_size_is_noticed_whatever_the_old_size),
        cmocka_unit_test(a_history_that_does_not_contain_what_was_seen_is_refused),
        cmocka_unit_test(every_proof_with_one_bit_changed_or_a_hash_more_or_less_is_refused),
        cmocka_unit_test(the_same_checkpoint_is_cosigned_again_with_a_fresh_time),
        cmocka_unit_test(no_cosignature_is_dated_before_the_last_one),
        cmocka_unit_test(a_clock_without_a_time_signs_nothing),
        cmocka_unit_test(only_verified_signatures_are_kept),
        cmocka_unit_test(extension_lines_are_cosigned_as_they_stand),
        cmocka_unit_test(a_long_checkpoint_is_kept_whole_or_refused),
        cmocka_unit_test(every_prefix_of_a_request_is_malformed),
        cmocka_unit_test(no_request_with_one_bit_changed_is_cosigned),
        cmocka_unit_test(at_most_63_hashes_are_read),
        cmocka_unit_test(there_is_one_spelling_of_a_request),
        cmocka_unit_test(no_witness_signs_two_histories_whatever_it_is_asked),
    };
    return cmocka_run_group_tests_name("cosign", tests, set_up, NULL);
}
