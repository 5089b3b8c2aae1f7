/* Policies as c2sp.org/tlog-policy has them, and which cosignatures meet them. */
#include "log/note/lines.h"
#include "log/note/quorum.h"
#include "tests/note/fixture.h"

#define TEXT "example.com/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

/* A policy being written; {N} stands for the witness key and [N] for the log key of seed N. */
struct page {
    uint8_t bytes[60000];
    struct out o;
};

static struct signer witness_of(unsigned n)
{
    char name[32];

    snprintf(name, sizeof(name), "witness.example/%u", n);
    return signer_of(name, NOTE_COSIGNATURE, (uint8_t)n);
}

static struct signer log_of(unsigned n)
{
    char name[32];

    snprintf(name, sizeof(name), "log.example/%u", n);
    return signer_of(name, NOTE_ED25519, (uint8_t)n);
}

static void page_put(struct page *page, const char *text)
{
    for (; *text != '\0'; text++) {
        bool witness = *text == '{', log = *text == '[';

        if (witness || log) {
            unsigned n = (unsigned)strtoul(text + 1, (char **)(uintptr_t)&text, 10);
            struct signer s = witness ? witness_of(n) : log_of(n);

            vkey_encode(&s.vkey, &page->o);
        } else {
            out_byte(&page->o, (uint8_t)*text);
        }
    }
    assert_int_equal(out_check(&page->o), ERR_OK);
}

static void page_begin(struct page *page, const char *text)
{
    page->o = out_over(page->bytes, sizeof(page->bytes));
    page_put(page, text);
}

/* Reads all lines; every one must be tlog-policy's. */
static enum err policy_read(struct span text, struct policy *p)
{
    struct lines l = lines_over(text);
    bool more, mine;

    memset(p, 0, sizeof(*p));
    for (;;) {
        TRY(lines_next(&l, &more));
        if (!more) return ERR_OK;
        TRY(policy_take(p, l.word, l.count, &mine));
        if (!mine) return ERR_BAD_POLICY;
    }
}

/* `page` must outlive the policy. */
static enum err policy_of(struct page *page, const char *text, struct policy *p)
{
    page_begin(page, text);
    return policy_read(out_span(&page->o), p);
}

#define EXAMPLE \
    "# the example of the specification\n" \
    "log [1]\n" \
    "witness X1 {11}\nwitness X2 {12}\nwitness X3 {13} https://x3.example/\n" \
    "group X-witnesses 2 X1 X2 X3\n\n" \
    "witness Y1 {21}\nwitness Y2 {22}\nwitness Y3 {23}\n" \
    "group Y-witnesses any Y1 Y2 Y3\n\n" \
    "\tgroup  X-and-Y\tall X-witnesses Y-witnesses \n" \
    "quorum X-and-Y\n"

/* --- reading ---------------------------------------------------------------------------------------- */

static void the_example_of_the_standard_is_read(void **state)
{
    static struct page page;
    static struct policy p;
    struct signer log = log_of(1), x3 = witness_of(13);

    (void)state;
    assert_int_equal(policy_of(&page, EXAMPLE, &p), ERR_OK);
    assert_int_equal(p.log_count, 1);
    assert_memory_equal(p.log[0].vkey.id, log.vkey.id, 4);
    assert_int_equal(p.log[0].url.len, 0);
    assert_int_equal(p.member_count, 9);
    assert_int_equal(policy_witness_count(&p), 6);
    assert_int_equal(policy_find(&p, SPAN("X1")), 0);
    assert_int_equal(policy_find(&p, SPAN("x1")), -1);
    assert_int_equal(policy_find(&p, SPAN("none")), -1);
    assert_memory_equal(p.member[2].vkey.key.b, x3.vkey.key.b, 32);
    assert_true(span_equal(p.member[2].url, SPAN("https://x3.example/")));
    assert_int_equal(p.member[3].needed, 2);
    assert_int_equal(p.member[3].count, 3);
    assert_int_equal(p.member[7].needed, 1);
    assert_int_equal(p.member[8].needed, 2);
    assert_true(p.has_quorum);
    assert_int_equal(p.quorum, 8);
    assert_true(p.member[0].taken && p.member[3].taken && !p.member[8].taken);
}

static void policies_that_are_right(void **state)
{
    static const char *const good[] = {
        "quorum none\n",
        "witness a {1}\nquorum a",
        "witness a {1} u\ngroup g 1 a\nquorum g\n",
        "witness a {1}\ngroup g all a\nquorum a\n",
        "witness a {1}\ngroup g any a\nlog [1] https://log.example/#x\nquorum none\nlog [2]\nwitness b {2}\n",
        "witness \xe2\x84\xaa {1}\nwitness K {2}\ngroup \xff 2 K \xe2\x84\xaa\nquorum \xff\n",
        "witness all {1}\nwitness any {2}\ngroup 2 2 all any\nquorum 2\n",
        /* a log and a witness may be one key */
        "log [1]\nwitness a {1}\nquorum a\n",
        /* blanks, empty lines, comments */
        "\t witness \t a  {1}\t\n   # a comment [1] {2}\n\n \t\n#quorum none\n quorum  a \t",
        "witness a# {1}\ngroup # all a#\nquorum #",
        /* any order of what is not named */
        "witness b {2}\nlog [1]\nwitness a {1}\ngroup g any a\ngroup h any b g\nquorum g\ngroup i any h\n",
    };
    static struct page page;
    static struct policy p;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        if (policy_of(&page, good[i], &p) != ERR_OK) fail_msg("number %zu: %s", i, good[i]);
        assert_true(p.has_quorum);
    }
}

static void policies_that_are_wrong(void **state)
{
    static const char *const bad[] = {
        /* counts of words */
        "log",
        "log [1] u v",
        "witness",
        "witness a",
        "witness a {1} u v",
        "group",
        "group g",
        "group g any",
        "group g 1",
        "quorum",
        "witness a {1}\nquorum a a",
        "quorum none none",
        /* names */
        "witness none {1}",
        "witness a {1}\ngroup none any a",
        "witness a {1}\nwitness a {2}",
        "witness a {1}\ngroup a any a",
        "witness a {1}\nwitness b {2}\ngroup g any a\ngroup g any b",
        "witness a {1}\ngroup g any a\nwitness g {2}",
        /* references */
        "group g any a",
        "group g any a\nwitness a {1}",
        "group g any g",
        "witness a {1}\ngroup g any a g",
        "quorum a",
        "quorum a\nwitness a {1}",
        "witness a {1}\ngroup g any none",
        "witness a {1}\ngroup g any A",
        /* each name in one group */
        "witness a {1}\ngroup g any a a",
        "witness a {1}\ngroup g any a\ngroup h any a",
        "witness a {1}\ngroup g any a\ngroup h any g\ngroup i any g",
        "witness a {1}\nwitness b {2}\ngroup g 2 a b a",
        /* thresholds */
        "witness a {1}\ngroup g 0 a",
        "witness a {1}\ngroup g 2 a",
        "witness a {1}\ngroup g 01 a",
        "witness a {1}\ngroup g +1 a",
        "witness a {1}\ngroup g -1 a",
        "witness a {1}\ngroup g 1x a",
        "witness a {1}\ngroup g ALL a",
        "witness a {1}\ngroup g Any a",
        "witness a {1}\ngroup g 4294967297 a",
        "witness a {1}\ngroup g 18446744073709551617 a",
        "witness a {1}\nwitness b {2}\ngroup g a b",
        /* one key, one log, one witness */
        "log [1]\nlog [1]",
        "log [1]\nlog [2]\nlog [1] url",
        "witness a {1}\nwitness b {1}",
        "witness a {1}\nwitness b {2}\nwitness c {1}",
        /* one quorum */
        "quorum none\nquorum none",
        "witness a {1}\nquorum a\nquorum none",
        "witness a {1}\nquorum a\nquorum a",
        /* a note key cannot cosign */
        "witness a [1]",
        /* not tlog-policy's */
        "Log [1]",
        "policy",
        "quorums none",
        "log# [1]",
    };
    static struct page page;
    static struct policy p;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (policy_of(&page, bad[i], &p) != ERR_BAD_POLICY) fail_msg("number %zu: %s", i, bad[i]);
    assert_int_equal(policy_of(&page, "log x", &p), ERR_BAD_VKEY);
    assert_int_equal(policy_of(&page, "witness a x", &p), ERR_BAD_VKEY);
}

static void no_quorum_line_leaves_no_quorum(void **state)
{
    static struct page page;
    static struct policy p;

    (void)state;
    assert_int_equal(policy_of(&page, "witness a {1}\ngroup g any a\n", &p), ERR_OK);
    assert_false(p.has_quorum);
}

static void other_words_are_left_to_others(void **state)
{
    static struct policy p, before;
    bool mine = true;

    (void)state;
    assert_int_equal(policy_take(&p, (struct span[]){SPAN("listen"), SPAN("x")}, 2, &mine), ERR_OK);
    assert_false(mine);
    mine = true;
    assert_int_equal(policy_take(&p, NULL, 0, &mine), ERR_OK);
    assert_false(mine);
    assert_memory_equal(&p, &before, sizeof(p));
}

static void a_refused_line_changes_nothing(void **state)
{
    static const char *const lines[] = {"group g any a c", "group g any c x", "group g 3 a c",
                                        "witness a {9}",   "witness z {1}",   "log [1]",
                                        "quorum a",        "quorum x",        "group h all c a never"};
    static struct page page, line;
    static struct policy p, before;

    (void)state;
    assert_int_equal(policy_of(&page, "log [1]\nwitness a {1}\nwitness c {3}\ngroup h any a\nquorum h\n", &p), ERR_OK);
    memcpy(&before, &p, sizeof(p));
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct lines l;
        bool more, mine;

        page_begin(&line, lines[i]);
        l = lines_over(span_of(line.bytes, line.o.len));
        assert_int_equal(lines_next(&l, &more), ERR_OK);
        assert_int_equal(policy_take(&p, l.word, l.count, &mine), ERR_BAD_POLICY);
        assert_true(mine);
        assert_memory_equal(&p, &before, sizeof(p));
    }
}

static void names_and_urls_have_limits(void **state)
{
    static struct page page;
    static struct policy p;
    char text[600];

    (void)state;
    for (int len = 254; len <= 256; len++) {
        char name[300];

        memset(name, 'n', sizeof(name));
        snprintf(text, sizeof(text), "witness %.*s {1}", len, name);
        assert_int_equal(policy_of(&page, text, &p), len <= POLICY_NAME_MAX ? ERR_OK : ERR_BAD_POLICY);
    }
    for (int len = 254; len <= 256; len++)
        for (unsigned kind = 0; kind < 2; kind++) {
            char url[300];

            memset(url, 'u', sizeof(url));
            snprintf(text, sizeof(text), "%s %.*s", kind == 0 ? "witness a {1}" : "log [1]", len, url);
            assert_int_equal(policy_of(&page, text, &p), len <= POLICY_URL_MAX ? ERR_OK : ERR_BAD_POLICY);
        }
}

/* Thirty-two logs, and witnesses and groups together sixty-four: what the standard recommends at least. */
static void logs_witnesses_and_groups_have_limits(void **state)
{
    static struct page page;
    static struct policy p;
    char line[64];

    (void)state;
    page_begin(&page, "");
    for (unsigned i = 1; i <= 32; i++) {
        snprintf(line, sizeof(line), "log [%u]\nwitness w%u {%u}\ngroup g%u any w%u\n", i, i, i, i, i);
        page_put(&page, line);
    }
    page_put(&page, "quorum g32\n");
    assert_int_equal(policy_read(out_span(&page.o), &p), ERR_OK);
    assert_int_equal(p.log_count, 32);
    assert_int_equal(policy_witness_count(&p), 32);
    assert_int_equal(p.member_count, 64);
    page_put(&page, "log [33]\n");
    assert_int_equal(policy_read(out_span(&page.o), &p), ERR_BAD_POLICY);
    page_begin(&page, "");
    for (unsigned i = 1; i <= 64; i++) {
        snprintf(line, sizeof(line), "witness w%u {%u}\n", i, i);
        page_put(&page, line);
    }
    assert_int_equal(policy_read(out_span(&page.o), &p), ERR_OK);
    page_put(&page, "group g any w1\n");
    assert_int_equal(policy_read(out_span(&page.o), &p), ERR_BAD_POLICY);
    assert_false(p.member[0].taken);
    assert_int_equal(p.member_count, 64);
    page.o.len -= strlen("group g any w1\n");
    page_put(&page, "witness w65 {65}\n");
    assert_int_equal(policy_read(out_span(&page.o), &p), ERR_BAD_POLICY);
}

static void a_group_takes_as_many_members_as_there_can_be(void **state)
{
    static struct page page;
    static struct policy p;
    static struct cosigned c;
    char line[64];

    (void)state;
    page_begin(&page, "");
    for (unsigned i = 1; i <= 63; i++) {
        snprintf(line, sizeof(line), "witness w%u {%u}\n", i, i);
        page_put(&page, line);
        c.time[i - 1] = i;
    }
    page_put(&page, "group g 63");
    for (unsigned i = 1; i <= 63; i++) {
        snprintf(line, sizeof(line), " w%u", i);
        page_put(&page, line);
    }
    page_put(&page, "\nquorum g\n");
    assert_int_equal(policy_read(out_span(&page.o), &p), ERR_OK);
    assert_int_equal(p.member[63].count, 63);
    assert_int_equal(policy_time(&p, p.quorum, &c), 1);
    c.time[40] = 0;
    assert_int_equal(policy_time(&p, p.quorum, &c), 0);
}

static void prefixes_and_changes_of_a_policy_never_break_the_reader(void **state)
{
    static struct page page;
    static struct policy p;
    struct span whole;
    uint32_t seed = 12345;

    (void)state;
    page_begin(&page, EXAMPLE);
    whole = span_of(page.bytes, page.o.len);
    for (size_t len = 0; len <= whole.len; len++) {
        struct span cut = exact_copy(span_slice(whole, 0, len));
        enum err e = policy_read(cut, &p);

        assert_true(e == ERR_OK || e == ERR_BAD_POLICY || e == ERR_BAD_VKEY);
        if (e == ERR_OK && len + 1 < whole.len) assert_false(p.has_quorum);
        exact_free(cut);
    }
    for (unsigned i = 0; i < 3000; i++) {
        struct span copy = exact_copy(whole);

        for (unsigned k = 1 + i % 3; k > 0; k--)
            ((uint8_t *)(uintptr_t)copy.ptr)[random_next(&seed) % copy.len] = (uint8_t)random_next(&seed);
        if (policy_read(copy, &p) == ERR_OK)
            for (size_t m = 0; m < p.member_count; m++) {
                assert_true(!p.member[m].is_group || p.member[m].needed <= p.member[m].count);
                for (unsigned k = 0; k < p.member[m].count; k++) assert_true(p.member[m].member[k] < m);
            }
        exact_free(copy);
    }
}

/* --- counting --------------------------------------------------------------------------------------- */

static void the_example_is_met_by_two_and_one(void **state)
{
    static struct page page;
    static struct policy p;
    enum { X1 = 0, X2 = 1, X3 = 2, Y1 = 4, Y2 = 5, Y3 = 6 };
    struct cosigned c = {{0}};

    (void)state;
    assert_int_equal(policy_of(&page, EXAMPLE, &p), ERR_OK);
    assert_false(policy_met(&p, p.quorum, &c, 0));
    c.time[X1] = 10;
    c.time[X3] = 30;
    assert_false(policy_met(&p, p.quorum, &c, 0));
    assert_int_equal(policy_time(&p, p.quorum, &c), 0);
    assert_int_equal(policy_time(&p, 3, &c), 10);
    c.time[Y2] = 20;
    assert_true(policy_met(&p, p.quorum, &c, 0));
    assert_true(policy_met(&p, p.quorum, &c, 10));
    assert_false(policy_met(&p, p.quorum, &c, 11));
    assert_int_equal(policy_time(&p, p.quorum, &c), 10);
    c.time[X2] = 25;
    assert_int_equal(policy_time(&p, p.quorum, &c), 20);
    c.time[Y1] = 100;
    assert_int_equal(policy_time(&p, p.quorum, &c), 25);
    c.time[X1] = c.time[X2] = 0;
    c.time[Y3] = 100;
    assert_false(policy_met(&p, p.quorum, &c, 0));
}

/* Three organisations, one of which counts by the witnesses of its own; all 512 sets of cosigners. */
static void nested_groups_count_as_they_are_written(void **state)
{
    static const char text[] = "witness a {1}\nwitness b {2}\nwitness c {3}\ngroup abc 2 a b c\n"
                               "witness d {4}\nwitness e {5}\ngroup de all d e\ngroup left any abc de\n"
                               "witness f {6}\nwitness g {7}\nwitness h {8}\ngroup fgh any f g h\n"
                               "witness i {9}\ngroup outer 2 left fgh i\nquorum outer\ngroup more all outer\n";
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    static struct page page;
    static struct policy p;

    (void)state;
    assert_int_equal(policy_of(&page, text, &p), ERR_OK);
    for (unsigned set = 0; set < 512; set++) {
        struct cosigned c = {{0}};
        bool left = (set & 1) + (set >> 1 & 1) + (set >> 2 & 1) >= 2 || (set & 0x18) == 0x18, fgh = (set & 0xe0) != 0;
        bool i = (set & 0x100) != 0;

        for (unsigned n = 0; n < 9; n++)
            if (set >> n & 1) c.time[policy_find(&p, span_text(names[n]))] = 5;
        assert_int_equal(policy_met(&p, p.quorum, &c, 0), left + fgh + i >= 2);
        assert_int_equal(policy_met(&p, policy_find(&p, SPAN("left")), &c, 0), left);
        assert_int_equal(policy_met(&p, policy_find(&p, SPAN("more")), &c, 0), left + fgh + i >= 2);
    }
}

static void groups_may_be_nested_as_deep_as_there_are_members(void **state)
{
    static struct page page;
    static struct policy p;
    struct cosigned c = {{0}};
    char line[64];

    (void)state;
    page_begin(&page, "witness g0 {1}\n");
    for (unsigned i = 1; i < POLICY_MEMBERS_MAX; i++) {
        snprintf(line, sizeof(line), "group g%u all g%u\n", i, i - 1);
        page_put(&page, line);
    }
    page_put(&page, "quorum g63\n");
    assert_int_equal(policy_read(out_span(&page.o), &p), ERR_OK);
    assert_false(policy_met(&p, p.quorum, &c, 0));
    c.time[0] = 77;
    assert_int_equal(policy_time(&p, p.quorum, &c), 77);
    assert_true(policy_met(&p, p.quorum, &c, 77));
    assert_false(policy_met(&p, p.quorum, &c, 78));
}

static void none_is_always_met_and_has_no_time(void **state)
{
    static struct page page;
    static struct policy p;
    struct cosigned c = {{0}};

    (void)state;
    assert_int_equal(policy_of(&page, "quorum none\n", &p), ERR_OK);
    assert_int_equal(p.quorum, -1);
    assert_true(policy_met(&p, p.quorum, &c, 0));
    assert_true(policy_met(&p, p.quorum, &c, UINT64_MAX));
    assert_int_equal(policy_time(&p, p.quorum, &c), 0);
}

static bool ref_met(const struct policy *p, int member, const struct cosigned *c, uint64_t since)
{
    const struct policy_member *m = &p->member[member];
    unsigned met = 0;

    if (!m->is_group) return c->time[member] != 0 && c->time[member] >= since;
    for (unsigned i = 0; i < m->count; i++) met += ref_met(p, m->member[i], c, since);
    return met >= m->needed;
}

/* Random groups over what no group has yet, written as text and read back. */
static void random_policy(struct page *page, struct policy *p, uint32_t *seed)
{
    char line[64];
    unsigned witnesses = 1 + random_next(seed) % 8, groups = random_next(seed) % 6;
    bool taken[64] = {false};

    page_begin(page, "");
    for (unsigned i = 0; i < witnesses; i++) {
        snprintf(line, sizeof(line), "witness m%u {%u}\n", i, i + 1);
        page_put(page, line);
    }
    for (unsigned g = witnesses; g < witnesses + groups; g++) {
        unsigned chosen[64], count = 0;

        for (unsigned i = 0; i < g; i++)
            if (!taken[i] && random_next(seed) % 3 != 0) {
                chosen[count++] = i;
                taken[i] = true;
            }
        if (count == 0) break;
        snprintf(line, sizeof(line), "group m%u %u", g, 1 + random_next(seed) % count);
        page_put(page, line);
        for (unsigned i = 0; i < count; i++) {
            snprintf(line, sizeof(line), " m%u", chosen[i]);
            page_put(page, line);
        }
        page_put(page, "\n");
    }
    assert_int_equal(policy_read(out_span(&page->o), p), ERR_OK);
}

static void met_and_time_equal_the_reference_for_random_policies(void **state)
{
    static struct page page;
    static struct policy p;
    uint32_t seed = 99;
    unsigned nested = 0;

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        random_policy(&page, &p, &seed);
        for (unsigned round = 0; round < 20; round++) {
            struct cosigned c = {{0}};

            for (size_t m = 0; m < p.member_count; m++)
                if (!p.member[m].is_group) c.time[m] = random_next(&seed) % 6;
            for (int m = 0; m < (int)p.member_count; m++) {
                uint64_t expected = 0;

                for (uint64_t since = 0; since <= 7; since++) {
                    bool met = ref_met(&p, m, &c, since);

                    assert_int_equal(policy_met(&p, m, &c, since), met);
                    if (met) expected = since;
                }
                assert_int_equal(policy_time(&p, m, &c), expected);
                nested += p.member[m].is_group && p.member[m].taken;
            }
        }
    }
    assert_true(nested > 100);
}

/* --- cosignatures of a note ------------------------------------------------------------------------- */

struct signed_note {
    uint8_t bytes[8000];
    struct out o;
};

static void note_begin(struct signed_note *n)
{
    struct signer log = log_of(1);

    n->o = out_over(n->bytes, sizeof(n->bytes));
    out_text(&n->o, TEXT "\n");
    note_sign(&n->o, SPAN(TEXT), &log.vkey, &log.secret);
}

static void note_cosign(struct signed_note *n, unsigned witness, uint64_t time)
{
    struct signer w = witness_of(witness);

    cosignature_make(&n->o, SPAN(TEXT), &w.vkey, &w.secret, time);
}

static enum err cosigned_of(const struct policy *p, const struct signed_note *n, uint64_t latest, struct cosigned *c)
{
    struct note note;

    assert_int_equal(out_check(&n->o), ERR_OK);
    assert_int_equal(note_decode(out_span(&n->o), &note), ERR_OK);
    return policy_cosigned(p, &note, latest, c);
}

static void known_witnesses_count_and_others_are_skipped(void **state)
{
    static struct page page;
    static struct policy p;
    static struct signed_note n;
    struct cosigned c;

    (void)state;
    assert_int_equal(policy_of(&page, EXAMPLE, &p), ERR_OK);
    note_begin(&n);
    assert_int_equal(cosigned_of(&p, &n, UINT64_MAX, &c), ERR_OK);
    for (unsigned i = 0; i < POLICY_MEMBERS_MAX; i++) assert_int_equal(c.time[i], 0);
    note_cosign(&n, 21, 300);
    note_cosign(&n, 99, 999);
    note_cosign(&n, 13, 100);
    note_cosign(&n, 11, 200);
    assert_int_equal(cosigned_of(&p, &n, UINT64_MAX, &c), ERR_OK);
    assert_int_equal(c.time[0], 200);
    assert_int_equal(c.time[1], 0);
    assert_int_equal(c.time[2], 100);
    assert_int_equal(c.time[3], 0);
    assert_int_equal(c.time[4], 300);
    assert_int_equal(policy_time(&p, p.quorum, &c), 100);
}

static void of_several_lines_of_one_witness_the_latest_counts(void **state)
{
    static struct page page;
    static struct policy p;
    static struct signed_note n;
    struct cosigned c;

    (void)state;
    assert_int_equal(policy_of(&page, "witness a {1}\nwitness b {2}\ngroup g 2 a b\nquorum g\n", &p), ERR_OK);
    note_begin(&n);
    note_cosign(&n, 1, 200);
    note_cosign(&n, 1, 300);
    note_cosign(&n, 1, 100);
    assert_int_equal(cosigned_of(&p, &n, UINT64_MAX, &c), ERR_OK);
    assert_int_equal(c.time[0], 300);
    assert_false(policy_met(&p, p.quorum, &c, 0));
    assert_int_equal(cosigned_of(&p, &n, 299, &c), ERR_OK);
    assert_int_equal(c.time[0], 200);
}

static void what_is_dated_later_does_not_count(void **state)
{
    static struct page page;
    static struct policy p;
    static struct signed_note n;
    struct cosigned c;

    (void)state;
    assert_int_equal(policy_of(&page, "witness a {1}\nquorum a\n", &p), ERR_OK);
    note_begin(&n);
    note_cosign(&n, 1, 200);
    assert_int_equal(cosigned_of(&p, &n, 200, &c), ERR_OK);
    assert_int_equal(c.time[0], 200);
    assert_int_equal(cosigned_of(&p, &n, 199, &c), ERR_OK);
    assert_int_equal(c.time[0], 0);
}

/* Whether it comes before or after a line of the same witness that holds, and however it is dated. */
static void one_false_line_of_a_known_witness_spoils_the_note(void **state)
{
    static struct page page;
    static struct policy p;
    static struct signed_note n;
    struct signer w = witness_of(1);

    (void)state;
    assert_int_equal(policy_of(&page, "witness a {1}\nwitness b {2}\nquorum b\n", &p), ERR_OK);
    for (unsigned order = 0; order < 4; order++) {
        uint8_t blob[72] = {0};
        struct cosigned c = {{77}};
        size_t len = order == 2 ? 64 : 72;

        blob[7] = order == 3 ? 255 : 9;
        note_begin(&n);
        note_cosign(&n, 2, 100);
        if (order == 0) note_put_line(&n.o, &w.vkey, span_of(blob, len));
        note_cosign(&n, 1, 100);
        if (order != 0) note_put_line(&n.o, &w.vkey, span_of(blob, len));
        assert_int_equal(cosigned_of(&p, &n, 200, &c), ERR_BAD_SIGNATURE);
        assert_int_equal(c.time[0], 77);
    }
}

static void a_witness_of_another_type_never_counts_and_never_spoils(void **state)
{
    static uint8_t key[1312], bytes[4000], blob[2432];
    static struct policy p;
    static struct signed_note n;
    struct out o = out_over(bytes, sizeof(bytes));
    struct cosigned c;

    (void)state;
    out_text(&o, "witness pq ");
    put_vkey(&o, "witness.example/pq", NOTE_MLDSA_COSIGNATURE, span_of(key, sizeof(key)));
    out_text(&o, "\nquorum pq\n");
    assert_int_equal(policy_read(out_span(&o), &p), ERR_OK);
    assert_false(p.member[0].vkey.usable);
    note_begin(&n);
    memcpy(blob, p.member[0].vkey.id, 4);
    out_text(&n.o, "— witness.example/pq ");
    base64_encode(span_of(blob, sizeof(blob)), &n.o);
    out_text(&n.o, "\n");
    assert_int_equal(cosigned_of(&p, &n, UINT64_MAX, &c), ERR_OK);
    assert_false(policy_met(&p, p.quorum, &c, 0));
}

/* Whoever writes a policy out again needs the bytes of keys that nothing else is done with. */
static void a_key_is_kept_as_it_was_written(void **state)
{
    static uint8_t key[1312], bytes[4000], expected[4000];
    static struct policy p;
    struct out o = out_over(bytes, sizeof(bytes)), e = out_over(expected, sizeof(expected));
    struct signer log = log_of(3);

    (void)state;
    put_vkey(&e, "a.example", NOTE_MLDSA_COSIGNATURE, span_of(key, sizeof(key)));
    out_text(&o, "witness a ");
    out_bytes(&o, out_span(&e));
    out_text(&o, " https://a.example/\nlog ");
    vkey_encode(&log.vkey, &o);
    assert_int_equal(policy_read(out_span(&o), &p), ERR_OK);
    assert_true(span_equal(p.member[0].vkey_text, out_span(&e)));
    e.len = 0;
    vkey_encode(&log.vkey, &e);
    assert_true(span_equal(p.log[0].vkey_text, out_span(&e)));
}

/* The same bytes twice are one key of another type too. */
static void a_key_that_cannot_be_used_is_still_one_witness(void **state)
{
    static uint8_t key[1312], bytes[8000];
    static struct policy p;
    struct out o = out_over(bytes, sizeof(bytes));

    (void)state;
    out_text(&o, "witness a ");
    put_vkey(&o, "a.example", NOTE_MLDSA_COSIGNATURE, span_of(key, sizeof(key)));
    out_text(&o, "\nwitness b ");
    put_vkey(&o, "b.example", NOTE_MLDSA_COSIGNATURE, span_of(key, sizeof(key)));
    assert_int_equal(policy_read(out_span(&o), &p), ERR_BAD_POLICY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_standard_is_read),
        cmocka_unit_test(policies_that_are_right),
        cmocka_unit_test(policies_that_are_wrong),
        cmocka_unit_test(no_quorum_line_leaves_no_quorum),
        cmocka_unit_test(other_words_are_left_to_others),
        cmocka_unit_test(a_refused_line_changes_nothing),
        cmocka_unit_test(names_and_urls_have_limits),
        cmocka_unit_test(logs_witnesses_and_groups_have_limits),
        cmocka_unit_test(a_group_takes_as_many_members_as_there_can_be),
        cmocka_unit_test(prefixes_and_changes_of_a_policy_never_break_the_reader),
        cmocka_unit_test(the_example_is_met_by_two_and_one),
        cmocka_unit_test(nested_groups_count_as_they_are_written),
        cmocka_unit_test(groups_may_be_nested_as_deep_as_there_are_members),
        cmocka_unit_test(none_is_always_met_and_has_no_time),
        cmocka_unit_test(met_and_time_equal_the_reference_for_random_policies),
        cmocka_unit_test(known_witnesses_count_and_others_are_skipped),
        cmocka_unit_test(of_several_lines_of_one_witness_the_latest_counts),
        cmocka_unit_test(what_is_dated_later_does_not_count),
        cmocka_unit_test(one_false_line_of_a_known_witness_spoils_the_note),
        cmocka_unit_test(a_witness_of_another_type_never_counts_and_never_spoils),
        cmocka_unit_test(a_key_is_kept_as_it_was_written),
        cmocka_unit_test(a_key_that_cannot_be_used_is_still_one_witness),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
