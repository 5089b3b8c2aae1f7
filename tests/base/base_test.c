/* Spans and buffers being filled. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "log/base/base.h"

static void spans_are_equal_when_their_bytes_are(void **state)
{
    (void)state;
    assert_true(span_equal(SPAN("abc"), SPAN("abc")));
    assert_false(span_equal(SPAN("abc"), SPAN("abd")));
    assert_false(span_equal(SPAN("abc"), SPAN("ab")));
    assert_false(span_equal(SPAN("ab"), SPAN("abc")));
    assert_true(span_equal(span_of(NULL, 0), SPAN("")));
    assert_true(span_equal(span_text(NULL), SPAN("")));
    assert_true(span_equal(span_text("abc"), SPAN("abc")));
}

static void a_prefix_comes_before_what_it_begins(void **state)
{
    (void)state;
    assert_true(span_compare(SPAN("ab"), SPAN("abc")) < 0);
    assert_true(span_compare(SPAN("abc"), SPAN("ab")) > 0);
    assert_true(span_compare(SPAN("b"), SPAN("abc")) > 0);
    assert_int_equal(span_compare(SPAN("abc"), SPAN("abc")), 0);
    assert_true(span_compare(span_of(NULL, 0), SPAN("a")) < 0);
    /* Bytes are unsigned. */
    assert_true(span_compare(SPAN("\x7f"), SPAN("\x80")) < 0);
}

static void starts_compares_the_whole_prefix(void **state)
{
    (void)state;
    assert_true(span_starts(SPAN("abc"), SPAN("ab")));
    assert_true(span_starts(SPAN("abc"), SPAN("")));
    assert_false(span_starts(SPAN("ab"), SPAN("abc")));
    assert_false(span_starts(SPAN("xbc"), SPAN("ab")));
    assert_false(span_starts(SPAN("ABC"), SPAN("ab")));
    assert_true(span_starts_nocase(SPAN("vNd.CAIRN.x"), SPAN("vnd.cairn")));
    assert_false(span_starts_nocase(SPAN("vnd.cair"), SPAN("vnd.cairn")));
    /* Only letters lose their case: '@' and '`', '[' and '{' differ by the same bit. */
    assert_false(span_starts_nocase(SPAN("@"), SPAN("`")));
    assert_false(span_starts_nocase(SPAN("["), SPAN("{")));
}

static void find_gives_the_length_when_there_is_none(void **state)
{
    (void)state;
    assert_int_equal(span_find(SPAN("a.b.c"), '.'), 1);
    assert_int_equal(span_find_last(SPAN("a.b.c"), '.'), 3);
    assert_int_equal(span_find(SPAN("abc"), '.'), 3);
    assert_int_equal(span_find_last(SPAN("abc"), '.'), 3);
    assert_int_equal(span_find_last(SPAN(".bc"), '.'), 0);
    assert_int_equal(span_find(span_of(NULL, 0), '.'), 0);
    assert_int_equal(span_find_last(span_of(NULL, 0), '.'), 0);
}

static void cut_takes_the_head_and_leaves_the_rest(void **state)
{
    struct span rest = SPAN("one two "), head = SPAN("untouched");

    (void)state;
    assert_true(span_cut(&rest, ' ', &head));
    assert_true(span_equal(head, SPAN("one")));
    assert_true(span_equal(rest, SPAN("two ")));
    assert_true(span_cut(&rest, ' ', &head));
    assert_true(span_equal(head, SPAN("two")));
    assert_int_equal(rest.len, 0);
    assert_false(span_cut(&rest, ' ', &head));
    assert_true(span_equal(head, SPAN("two")));
}

static void slice_gives_the_part(void **state)
{
    (void)state;
    assert_true(span_equal(span_slice(SPAN("abcdef"), 2, 4), SPAN("cd")));
    assert_int_equal(span_slice(SPAN("abcdef"), 6, 6).len, 0);
    assert_int_equal(span_slice(span_of(NULL, 0), 0, 0).len, 0);
}

/* Whether `act` aborts, tried in a child. */
static bool aborts(void (*act)(void))
{
    int status;
    pid_t child;

    fflush(NULL);
    child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        act();
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void slice_past_the_end(void)
{
    (void)span_slice(SPAN("abc"), 1, 4);
}

static void slice_backwards(void)
{
    (void)span_slice(SPAN("abc"), 2, 1);
}

static void nothing(void)
{
}

static void a_broken_invariant_aborts_in_every_build(void **state)
{
    (void)state;
    assert_true(aborts(slice_past_the_end));
    assert_true(aborts(slice_backwards));
    assert_false(aborts(nothing));
}

static void leave_with_3(const char *condition, const char *file, int line)
{
    _exit(condition != NULL && file != NULL && line > 0 ? 3 : 4);
}

static void the_hook_hears_of_it_first(void **state)
{
    int status;
    pid_t child;

    (void)state;
    fflush(NULL);
    child = fork();
    if (child == 0) {
        assert_hook = leave_with_3;
        slice_backwards();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

static void a_write_that_does_not_fit_changes_only_full(void **state)
{
    uint8_t buffer[5] = "-----";
    struct out o = out_over(buffer, 4);

    (void)state;
    out_text(&o, "abc");
    assert_int_equal(out_check(&o), ERR_OK);
    out_text(&o, "de");
    assert_true(o.full);
    assert_int_equal(o.len, 3);
    assert_memory_equal(buffer, "abc--", 5);
    /* Nothing gets in behind the gap, however small. */
    out_byte(&o, 'x');
    out_text(&o, "");
    assert_int_equal(o.len, 3);
    assert_memory_equal(buffer, "abc--", 5);
    assert_int_equal(out_check(&o), ERR_NO_ROOM);
    assert_true(span_equal(out_span(&o), SPAN("abc")));
}

static void a_buffer_fills_to_its_last_byte(void **state)
{
    uint8_t buffer[3];
    struct out o = out_over(buffer, sizeof(buffer)), none = out_over(NULL, 0);

    (void)state;
    out_text(&o, "abc");
    assert_int_equal(out_check(&o), ERR_OK);
    out_bytes(&o, span_of(NULL, 0));
    assert_int_equal(out_check(&o), ERR_OK);
    out_byte(&o, 0);
    assert_int_equal(out_check(&o), ERR_NO_ROOM);
    out_bytes(&none, span_of(NULL, 0));
    assert_int_equal(out_check(&none), ERR_OK);
    out_byte(&none, 0);
    assert_int_equal(out_check(&none), ERR_NO_ROOM);
}

static void reserve_refuses_lengths_that_would_wrap(void **state)
{
    uint8_t buffer[8];
    struct out o = out_over(buffer, sizeof(buffer));

    (void)state;
    assert_ptr_equal(out_reserve(&o, 3), buffer);
    assert_null(out_reserve(&o, SIZE_MAX));
    assert_int_equal(o.len, 3);
    o.full = false;
    assert_null(out_reserve(&o, SIZE_MAX - 2));
    o.full = false;
    assert_ptr_equal(out_reserve(&o, 5), buffer + 3);
}

static struct span written(struct out *o, void (*put)(struct out *, uint64_t), uint64_t n)
{
    o->len = 0;
    put(o, n);
    return out_span(o);
}

static void decimals_are_what_printf_writes(void **state)
{
    static const uint64_t numbers[] = {
        0, 1, 9, 10, 99, 100, 999, 1000, 4294967295U, 4294967296U, UINT64_MAX - 1, UINT64_MAX};
    uint8_t buffer[32];
    struct out o = out_over(buffer, sizeof(buffer));
    char expected[32];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        snprintf(expected, sizeof(expected), "%llu", (unsigned long long)numbers[i]);
        assert_true(span_equal(written(&o, out_decimal, numbers[i]), span_text(expected)));
    }
}

static void people_get_commas(void **state)
{
    uint8_t buffer[32];
    struct out o = out_over(buffer, sizeof(buffer));

    (void)state;
    assert_true(span_equal(written(&o, out_decimal_grouped, 0), SPAN("0")));
    assert_true(span_equal(written(&o, out_decimal_grouped, 999), SPAN("999")));
    assert_true(span_equal(written(&o, out_decimal_grouped, 1000), SPAN("1,000")));
    assert_true(span_equal(written(&o, out_decimal_grouped, 120451), SPAN("120,451")));
    assert_true(span_equal(written(&o, out_decimal_grouped, UINT64_MAX), SPAN("18,446,744,073,709,551,615")));
}

static void numbers_are_big_endian(void **state)
{
    uint8_t buffer[10];
    struct out o = out_over(buffer, sizeof(buffer));

    (void)state;
    out_u16(&o, 0x0102);
    out_u64(&o, 0x030405060708090aU);
    assert_memory_equal(buffer, "\1\2\3\4\5\6\7\x08\x09\x0a", 10);
    assert_int_equal(out_check(&o), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_equal_when_their_bytes_are),
        cmocka_unit_test(a_prefix_comes_before_what_it_begins),
        cmocka_unit_test(starts_compares_the_whole_prefix),
        cmocka_unit_test(find_gives_the_length_when_there_is_none),
        cmocka_unit_test(cut_takes_the_head_and_leaves_the_rest),
        cmocka_unit_test(slice_gives_the_part),
        cmocka_unit_test(a_broken_invariant_aborts_in_every_build),
        cmocka_unit_test(the_hook_hears_of_it_first),
        cmocka_unit_test(a_write_that_does_not_fit_changes_only_full),
        cmocka_unit_test(a_buffer_fills_to_its_last_byte),
        cmocka_unit_test(reserve_refuses_lengths_that_would_wrap),
        cmocka_unit_test(decimals_are_what_printf_writes),
        cmocka_unit_test(people_get_commas),
        cmocka_unit_test(numbers_are_big_endian),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
