/* Words, columns and comments of the files that people write. */
#include "log/note/lines.h"
#include "tests/note/fixture.h"

static void words_have_their_lines_and_columns(void **state)
{
    struct lines l =
        lines_over(SPAN("one two\n\n \t three\tfour  five \t\n# a comment\n   # another\nsix#7 # 8\nlast"));
    bool more = false;

    (void)state;
    assert_int_equal(lines_next(&l, &more), ERR_OK);
    assert_true(more);
    assert_int_equal(l.line, 1);
    assert_int_equal(l.count, 2);
    assert_true(span_equal(l.word[0], SPAN("one")) && span_equal(l.word[1], SPAN("two")));
    assert_int_equal(l.column[0], 1);
    assert_int_equal(l.column[1], 5);

    assert_int_equal(lines_next(&l, &more), ERR_OK);
    assert_int_equal(l.line, 3);
    assert_int_equal(l.count, 3);
    assert_true(span_equal(l.word[0], SPAN("three")) && span_equal(l.word[2], SPAN("five")));
    assert_int_equal(l.column[0], 4);
    assert_int_equal(l.column[1], 10);
    assert_int_equal(l.column[2], 16);

    assert_int_equal(lines_next(&l, &more), ERR_OK);
    assert_int_equal(l.line, 6);
    assert_int_equal(l.count, 3);
    assert_true(span_equal(l.word[0], SPAN("six#7")) && span_equal(l.word[1], SPAN("#")));

    assert_int_equal(lines_next(&l, &more), ERR_OK);
    assert_true(more);
    assert_int_equal(l.line, 7);
    assert_true(l.count == 1 && span_equal(l.word[0], SPAN("last")));

    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(lines_next(&l, &more), ERR_OK);
        assert_false(more);
        assert_int_equal(l.count, 0);
    }
}

static void a_text_without_words_ends_at_once(void **state)
{
    static const char *const texts[] = {"", "\n", " ", "\n\n\t \n", "#", "# x\n#y", " #"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct lines l = lines_over(span_text(texts[i]));
        bool more = true;

        assert_int_equal(lines_next(&l, &more), ERR_OK);
        assert_false(more);
    }
}

static void columns_count_characters(void **state)
{
    struct lines l = lines_over(SPAN("über ☃☃ x\n"));
    bool more;

    (void)state;
    assert_int_equal(lines_next(&l, &more), ERR_OK);
    assert_int_equal(l.column[1], 6);
    assert_int_equal(l.column[2], 9);
}

static void only_the_octets_of_tlog_policy_are_allowed(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++)
        for (unsigned comment = 0; comment < 2; comment++) {
            uint8_t text[] = {'f', 'i', 'r', 's', 't', '\n', comment ? '#' : 'a', 'b', (uint8_t)byte, 'c', '\n'};
            struct lines l = lines_over(span_of(text, sizeof(text)));
            bool more, allowed = byte == '\t' || byte == '\n' || (byte >= 0x20 && byte <= 0x7e) || byte >= 0x80;

            assert_int_equal(lines_next(&l, &more), ERR_OK);
            assert_int_equal(lines_next(&l, &more), allowed ? ERR_OK : ERR_BAD_CONFIG);
            if (allowed) continue;
            assert_int_equal(l.line, 2);
            assert_int_equal(l.column[0], 3);
        }
}

static void a_line_has_at_most_eighty_words(void **state)
{
    (void)state;
    for (unsigned count = WORDS_MAX - 1; count <= WORDS_MAX + 1; count++) {
        uint8_t text[400];
        struct out o = out_over(text, sizeof(text));
        struct lines l;
        bool more;

        for (unsigned i = 0; i < count; i++) out_text(&o, "w ");
        l = lines_over(out_span(&o));
        if (count <= WORDS_MAX) {
            assert_int_equal(lines_next(&l, &more), ERR_OK);
            assert_int_equal(l.count, count);
            assert_int_equal(l.column[count - 1], 2 * count - 1);
        } else {
            assert_int_equal(lines_next(&l, &more), ERR_BAD_CONFIG);
            assert_int_equal(l.line, 1);
            assert_int_equal(l.column[0], 2 * WORDS_MAX + 1);
        }
    }
}

static void a_comment_may_have_any_number_of_words(void **state)
{
    uint8_t text[600];
    struct out o = out_over(text, sizeof(text));
    struct lines l;
    bool more;

    (void)state;
    out_text(&o, " #");
    for (unsigned i = 0; i < 200; i++) out_text(&o, "w ");
    l = lines_over(out_span(&o));
    assert_int_equal(lines_next(&l, &more), ERR_OK);
    assert_false(more);
}

static void any_bytes_end(void **state)
{
    uint32_t seed = 77;

    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t bytes[300];
        size_t len = random_next(&seed) % sizeof(bytes);
        struct span text;
        struct lines l;
        bool more = true;
        unsigned calls = 0;

        for (size_t k = 0; k < len; k++) bytes[k] = (uint8_t) "ab \t\n#\xc3\r"[random_next(&seed) % (i % 2 ? 8 : 7)];
        text = exact_copy(span_of(bytes, len));
        for (l = lines_over(text); more && lines_next(&l, &more) == ERR_OK; calls++)
            for (size_t w = 0; w < l.count; w++) {
                assert_true(l.word[w].len > 0);
                assert_true(span_find(l.word[w], ' ') == l.word[w].len && span_find(l.word[w], '\n') == l.word[w].len);
            }
        assert_true(calls <= len + 1);
        exact_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_have_their_lines_and_columns),
        cmocka_unit_test(a_text_without_words_ends_at_once),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(only_the_octets_of_tlog_policy_are_allowed),
        cmocka_unit_test(a_line_has_at_most_eighty_words),
        cmocka_unit_test(a_comment_may_have_any_number_of_words),
        cmocka_unit_test(any_bytes_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
