/* What ties the index to the checkpoint: the last leaf is the seal, it says of itself what is so, and the lists in a
 * file are those under its root. Each lie here would keep something from whoever reads the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/evidence/scene.h"

static struct scene s;

static uint64_t status_by_acme(enum status status)
{
    return put_status(s.world, test_urn(KEY_ACME_TEST), SPAN("sub-1"), &s.world->statement[s.attestation].id, status,
                      KEY_ACME_TEST);
}

/* The newest seal is not shown, and the one before it has the same index: nothing was said in between, this time. */
static void an_older_seal_does_not_speak_for_a_checkpoint(void **state)
{
    (void)state;
    scene_make(&s, 0);
    assert_verdict(judge_scene(&s), VERDICT_VALID);
    s.serving.drops = true;
    s.serving.dropped = s.serving.size - 1;
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

/* It is the last leaf itself: no seal says anything about it yet. */
static void what_no_seal_covers_yet_has_no_evidence(void **state)
{
    struct draft d;

    (void)state;
    for (unsigned sealed = 0; sealed < 2; sealed++) {
        scene_begin(&s, 0);
        world_seal(s.world, T0 + 25);
        d = draft_of(s.world, test_urn(KEY_ACME_TEST), claims_make("basic"));
        d.has_schema = true;
        d.schema = s.schema;
        s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
        if (sealed == 1) world_seal(s.world, T0 + 30);
        scene_read(&s);
        s.serving.size = s.world->count;
        serve_extra(&s.serving, s.world->last_seal);
        assert_verdict(judge_scene(&s), sealed == 1 ? VERDICT_VALID : VERDICT_FORGED);
    }
}

static void a_seal_says_where_it_stands_and_what_came_before(void **state)
{
    struct seal_payload p;

    (void)state;
    for (unsigned fault = 0; fault < 7; fault++) {
        scene_begin(&s, 0);
        p = world_next_seal(s.world, T0 + 30);
        if (fault == 1) p.covers--;
        if (fault == 2) p.covers++;
        if (fault == 3) p.root.b[31] ^= 1;
        if (fault == 4) p.from_ms = (T0 + 20) * 1000 - 1; /* before the `to` of the seal before */
        if (fault == 5) p.previous = 5;                   /* a seal, but not the last */
        if (fault == 6) p.previous = s.attestation;
        world_seal_payload(s.world, &p);
        scene_read(&s);
        if (fault == 6) s.serving.extra_count = 1; /* without an earlier seal to hold it against */
        if (fault == 6) s.serving.extra[0] = 4;
        assert_verdict(judge_scene(&s), fault == 0 ? VERDICT_VALID : VERDICT_FORGED);
    }
}

/* An item less, and none where there is one. */
static void a_list_is_the_one_under_the_seal(void **state)
{
    uint64_t last;

    (void)state;
    scene_begin(&s, 0);
    status_by_acme(STATUS_SUSPENDED);
    status_by_acme(STATUS_VALID);
    last = status_by_acme(STATUS_REVOKED);
    scene_end(&s);
    assert_verdict(judge_scene(&s), VERDICT_REVOKED);
    s.serving.drops = true;
    s.serving.dropped = last;
    assert_verdict(judge_scene(&s), VERDICT_FORGED);

    scene_begin(&s, 0);
    last = status_by_acme(STATUS_REVOKED);
    scene_end(&s);
    s.serving.drops = true;
    s.serving.dropped = last;
    assert_verdict(judge_scene(&s), VERDICT_FORGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_seal_does_not_speak_for_a_checkpoint),
        cmocka_unit_test(what_no_seal_covers_yet_has_no_evidence),
        cmocka_unit_test(a_seal_says_where_it_stands_and_what_came_before),
        cmocka_unit_test(a_list_is_the_one_under_the_seal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
