/* The file of one log: one spelling, and nothing that is damaged passes for something else. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/witness/world.h"
#include "witness/keep.h"
#include "witness/settings.h"

static struct test_log log_a;
static struct cosigner self;
static struct policy logs;

static int set_up(void **state)
{
    (void)state;
    log_a = log_new("log.example.org/attest", 1);
    self = cosigner_new("witness.example/w1", 9);
    follow_in(&logs, &log_a);
    return 0;
}

/* What is known after cosigning `size`. */
static struct state *state_at(uint64_t size)
{
    struct state *was = malloc(sizeof(*was)), *is = malloc(sizeof(*is));
    uint8_t line[512];
    struct out o = out_over(line, sizeof(line));
    struct request r;

    assert_non_null(was);
    assert_non_null(is);
    state_init(was, &log_a.vkey, SPAN("https://log.example.org"));
    was->refused = 3;
    assert_int_equal(request_decode(request_of(&log_a, 0, size), &r), ERR_OK);
    cosign_advance(&self, &logs, was, &r, 1795150000, is, &o);
    free(was);
    return is;
}

static void a_state_reads_back_as_it_was_written(void **state)
{
    uint8_t text[4096], again[4096];
    struct out o = out_over(text, sizeof(text)), p = out_over(again, sizeof(again));
    struct state *s = state_at(20), *read = malloc(sizeof(*read));

    (void)state;
    state_encode(s, &o);
    assert_true(span_starts(out_span(&o), SPAN("cairn witness state 1\nlog log.example.org/attest+")));
    assert_int_equal(state_decode(out_span(&o), read), ERR_OK);
    assert_int_equal(state_check(read, &self.vkey), ERR_OK);
    assert_int_equal(read->size, 20);
    assert_int_equal(read->time, 1795150000);
    assert_int_equal(read->refused, 3);
    state_encode(read, &p);
    assert_int_equal(o.len, p.len);
    assert_memory_equal(text, again, o.len);
    free(s);
    free(read);
}

static void a_log_that_was_never_cosigned_says_so(void **state)
{
    uint8_t text[4096];
    struct out o = out_over(text, sizeof(text));
    struct state *s = malloc(sizeof(*s)), *read = malloc(sizeof(*read));

    (void)state;
    state_init(s, &log_a.vkey, SPAN(""));
    state_encode(s, &o);
    assert_int_equal(state_decode(out_span(&o), read), ERR_OK);
    assert_false(read->seen);
    assert_int_equal(state_check(read, &self.vkey), ERR_OK);
    for (size_t len = 0; len < o.len; len++) assert_int_equal(state_decode(span_of(text, len), read), ERR_DAMAGED);
    free(s);
    free(read);
}

/* A state that was cut short must not pass for a log that was never seen. */
static void every_prefix_of_a_state_is_damaged(void **state)
{
    uint8_t text[4096];
    struct out o = out_over(text, sizeof(text));
    struct state *s = state_at(20), *read = malloc(sizeof(*read));

    (void)state;
    state_encode(s, &o);
    for (size_t len = 0; len < o.len; len++) {
        enum err e = state_decode(span_of(text, len), read);

        assert_true(e == ERR_DAMAGED || state_check(read, &self.vkey) == ERR_DAMAGED);
    }
    free(s);
    free(read);
}

/* Whatever matters is under a signature: what a changed bit can alter is the url and the count of refusals. */
static void no_changed_bit_changes_what_was_seen(void **state)
{
    uint8_t text[4096];
    struct out o = out_over(text, sizeof(text));
    struct state *s = state_at(20), *read = malloc(sizeof(*read));

    (void)state;
    state_encode(s, &o);
    for (size_t i = 0; i < o.len * 8; i++) {
        text[i / 8] ^= (uint8_t)(1 << i % 8);
        if (state_decode(out_span(&o), read) == ERR_OK && state_check(read, &self.vkey) == ERR_OK) {
            assert_true(read->seen);
            assert_int_equal(read->size, s->size);
            assert_true(hash_equal(&read->root, &s->root));
            assert_int_equal(read->time, s->time);
            assert_true(span_equal(state_note(read), state_note(s)));
            assert_true(span_equal(vkey_name(&read->key), vkey_name(&s->key)));
        }
        text[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    free(s);
    free(read);
}

static void the_state_of_another_witness_or_another_size_is_damaged(void **state)
{
    struct cosigner other = cosigner_new("witness.example/w1", 10);
    struct state *s = state_at(20);

    (void)state;
    assert_int_equal(state_check(s, &other.vkey), ERR_DAMAGED);
    s->size++;
    assert_int_equal(state_check(s, &self.vkey), ERR_DAMAGED);
    s->size--;
    s->root.b[0] ^= 1;
    assert_int_equal(state_check(s, &self.vkey), ERR_DAMAGED);
    s->root.b[0] ^= 1;
    s->time++;
    assert_int_equal(state_check(s, &self.vkey), ERR_DAMAGED);
    s->time--;
    assert_int_equal(state_check(s, &self.vkey), ERR_OK);
    free(s);
}

static void a_state_has_one_spelling(void **state)
{
    static const struct {
        const char *old, *new;
    } changes[] = {
        {"\nurl https://log.example.org\n", "\nurl \n"},
        {"\nrefused 3\n", "\nrefused 03\n"},
        {"\nrefused 3\n", "\nrefused 3\nrefused 3\n"},
        {"\nrefused 3\n", "\nrefused 3\r\n"},
        {"\nrefused 3\n", "\n"},
        {"\nsize 20\n", "\nsize  20\n"},
        {"\nsize 20\n", "\nnever cosigned\nsize 20\n"},
    };
    uint8_t text[4096], changed[4096];
    struct out o = out_over(text, sizeof(text));
    struct state *s = state_at(20), *read = malloc(sizeof(*read));

    (void)state;
    state_encode(s, &o);
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct out c = out_over(changed, sizeof(changed));
        const uint8_t *at = memmem(text, o.len, changes[i].old, strlen(changes[i].old));
        size_t before;

        assert_non_null(at);
        before = (size_t)(at - text);
        out_bytes(&c, span_of(text, before));
        out_text(&c, changes[i].new);
        out_bytes(&c, span_slice(out_span(&o), before + strlen(changes[i].old), o.len));
        assert_int_equal(state_decode(out_span(&c), read), ERR_DAMAGED);
    }
    free(s);
    free(read);
}

static void a_state_of_a_later_version_is_named(void **state)
{
    struct state *read = malloc(sizeof(*read));

    (void)state;
    assert_int_equal(state_decode(SPAN("cairn witness state 2\nwhatever\n"), read), ERR_OTHER_FORMAT);
    free(read);
}

/* Under another log's name it would make that log's history begin anew. */
static void a_state_under_another_name_is_damaged(void **state)
{
    char dir[64], logs_dir[80], path[256], other[256];
    struct test_log log_b = log_new("other.example.org", 2);
    struct state *s = state_at(20);

    (void)state;
    folder_new(dir);
    snprintf(logs_dir, sizeof(logs_dir), "%s/logs", dir);
    assert_int_equal(keep_store(dir, s), ERR_IO);
    assert_int_equal(mkdir(logs_dir, 0700), 0);
    assert_int_equal(keep_load(dir, vkey_name(&log_a.vkey), &self.vkey, s), ERR_NO_FILE);
    free(s);
    s = state_at(20);
    assert_int_equal(keep_store(dir, s), ERR_OK);
    assert_int_equal(keep_load(dir, vkey_name(&log_a.vkey), &self.vkey, s), ERR_OK);
    state_path(dir, &log_a, path);
    state_path(dir, &log_b, other);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(keep_load(dir, vkey_name(&log_b.vkey), &self.vkey, s), ERR_DAMAGED);
    free(s);
    folder_remove(dir);
}

/* ---- witness.conf ---- */

static enum err decode(const char *lines, char where[200])
{
    struct settings *s = malloc(sizeof(*s));
    uint8_t text[2048];
    struct out o = out_over(text, sizeof(text));
    enum err e;

    out_text(&o, lines);
    where[0] = 0;
    e = settings_decode(out_span(&o), s, where);
    free(s);
    return e;
}

static void new_settings_read_back(void **state)
{
    uint8_t text[4096];
    struct out o = out_over(text, sizeof(text));
    struct settings *s = malloc(sizeof(*s));
    char where[200];

    (void)state;
    settings_write(SPAN("witness.uni.example"), "127.0.0.1:7381", &o);
    assert_int_equal(settings_decode(out_span(&o), s, where), ERR_OK);
    assert_true(span_equal(s->name, SPAN("witness.uni.example")));
    assert_string_equal(s->host, "127.0.0.1");
    assert_int_equal(s->port, 7381);
    assert_int_equal(s->logs.log_count, 0);
    /* What stands behind '#' is what holds without it. */
    for (size_t i = 0; i + 1 < o.len; i++)
        if (text[i] == '#' && text[i + 1] != ' ') text[i] = ' ';
    assert_int_equal(settings_decode(out_span(&o), s, where), ERR_OK);
    assert_int_equal(s->connections_max, 256);
    assert_true(span_equal(s->url, SPAN("https://witness.uni.example")));
    free(s);
}

static void settings_that_a_witness_cannot_mean_are_refused_with_their_line(void **state)
{
    static const char *const bad[] = {
        "name a\nname b\n",
        "name a b\n",
        "name\n",
        "name a+b\n",
        "name a\nlisten 7380\n",
        "name a\nlisten 127.0.0.1:99999\n",
        "name a\nconnections 0\n",
        "name a\nurl ftp://a\n",
        "name a\nwhatever 3\n",
        "name a\nquorum none\n",
        "name a\nlog log.example.org/attest+0a72cd63+AV2yLmzeBL9B3zFJNqal0JuqxiFve0m/eqmT1+KkLVeC\n",
        "name a\nlog\n",
    };
    char where[200];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(decode(bad[i], where), ERR_BAD_CONFIG);
        assert_non_null(strstr(where, strchr(bad[i], '\n')[1] == 0 ? "line 1, column" : "line 2, column"));
    }
    assert_int_equal(decode("listen 127.0.0.1:1\n", where), ERR_BAD_CONFIG);
    assert_int_equal(
        decode("name a\nlog log.example.org+0a72cd63+AV2yLmzeBL9B3zFJNqal0JuqxiFve0m/eqmT1+KkLVeC\n", where), ERR_OK);
}

/* A key that cannot be checked would be a log that is never cosigned. */
static void a_log_with_a_key_that_is_not_checked_here_is_refused_by_name(void **state)
{
    uint8_t text[1024];
    struct out o = out_over(text, sizeof(text));
    char where[200];

    (void)state;
    out_text(&o, "name a\nlog ");
    vkey_encode(&self.vkey, &o);
    out_text(&o, "\n");
    text[o.len] = 0;
    assert_int_equal(decode((const char *)text, where), ERR_NOT_BUILT);
    assert_non_null(strstr(where, "line 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_reads_back_as_it_was_written),
        cmocka_unit_test(a_log_that_was_never_cosigned_says_so),
        cmocka_unit_test(every_prefix_of_a_state_is_damaged),
        cmocka_unit_test(no_changed_bit_changes_what_was_seen),
        cmocka_unit_test(the_state_of_another_witness_or_another_size_is_damaged),
        cmocka_unit_test(a_state_has_one_spelling),
        cmocka_unit_test(a_state_of_a_later_version_is_named),
        cmocka_unit_test(a_state_under_another_name_is_damaged),
        cmocka_unit_test(new_settings_read_back),
        cmocka_unit_test(settings_that_a_witness_cannot_mean_are_refused_with_their_line),
        cmocka_unit_test(a_log_with_a_key_that_is_not_checked_here_is_refused_by_name),
    };
    return cmocka_run_group_tests_name("state", tests, set_up, NULL);
}
