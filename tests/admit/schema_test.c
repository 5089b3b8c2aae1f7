/* Versions of a schema: what may follow what. */
#include "tests/admit/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct world w;

static struct span iss(void)
{
    return test_urn(1);
}

static enum err publish(const struct schema_payload *p)
{
    return submit_schema(&w, iss(), p, 1);
}

static struct schema_payload version(uint64_t n, const struct hash *prev)
{
    struct schema_payload p = test_schema("kyc");

    p.version = n;
    p.has_prev = true;
    p.prev = *prev;
    return p;
}

/* Version 1 is there; gives its id. */
static struct hash begin(void)
{
    struct schema_payload p = test_schema("kyc");

    world_init(&w, RULES_OPEN);
    assert_int_equal(submit_genesis(&w, 1), ERR_OK);
    assert_int_equal(publish(&p), ERR_OK);
    return world_last_id(&w);
}

static void a_version_continues_the_last_one_of_its_name(void **state)
{
    struct hash first = begin(), second;
    struct schema_payload p = version(3, &first), other = test_schema("kyb");

    (void)state;
    assert_int_equal(publish(&p), ERR_BAD_CHAIN);
    p = version(2, &w.statement[0].id);
    assert_int_equal(publish(&p), ERR_BAD_CHAIN);
    assert_int_equal(publish(&other), ERR_OK);
    p = version(2, (struct hash[]){world_last_id(&w)});
    assert_int_equal(publish(&p), ERR_BAD_CHAIN);
    p = version(2, &first);
    assert_int_equal(publish(&p), ERR_OK);
    second = world_last_id(&w);
    /* not beside it, and not behind it */
    p.breaking = true;
    assert_int_equal(publish(&p), ERR_BAD_CHAIN);
    p = version(3, &first);
    assert_int_equal(publish(&p), ERR_BAD_CHAIN);
    p = version(3, &second);
    assert_int_equal(publish(&p), ERR_OK);
    /* of a name that has none, or another issuer's */
    p.name = SPAN("kyx");
    assert_int_equal(publish(&p), ERR_BAD_CHAIN);
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    p = version(2, &first);
    assert_int_equal(submit_schema(&w, test_urn(2), &p, 2), ERR_BAD_CHAIN);
}

static void schema_breaks(void **state)
{
    struct hash first = begin();
    struct schema_payload p = version(2, &first);

    (void)state;
    p.field[0].type = FIELD_UINT;
    assert_int_equal(publish(&p), ERR_SCHEMA_BREAKS);
    p = version(2, &first);
    p.field[1] = (struct schema_field){.name = SPAN("more"), .type = FIELD_TEXT, .required = true};
    p.field_count = 2;
    assert_int_equal(publish(&p), ERR_SCHEMA_BREAKS);
    p.breaking = true;
    assert_int_equal(publish(&p), ERR_OK);
    /* what follows is measured by the last one */
    p = version(3, (struct hash[]){world_last_id(&w)});
    assert_int_equal(publish(&p), ERR_SCHEMA_BREAKS);
}

/* Lists that a collision of keys merged: the last of the name is found behind what is not of it. */
static void a_merged_list_is_told_apart(void **state)
{
    struct hash first = begin();
    struct schema_payload p = test_schema("other");

    (void)state;
    assert_int_equal(publish(&p), ERR_OK);
    world_merge_last(&w, INDEX_SCHEMA_NAME, iss(), SPAN("kyc"));
    assert_int_equal(submit_genesis(&w, 2), ERR_OK);
    world_merge_last(&w, INDEX_SCHEMA_NAME, iss(), SPAN("kyc"));
    p = test_schema("kyc");
    p.field[0].required = false;
    assert_int_equal(publish(&p), ERR_SCHEMA_EXISTS);
    p = version(2, &first);
    assert_int_equal(publish(&p), ERR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_continues_the_last_one_of_its_name),
        cmocka_unit_test(schema_breaks),
        cmocka_unit_test(a_merged_list_is_told_apart),
    };
    int failed = cmocka_run_group_tests_name("schema", tests, NULL, NULL);

    world_release(&w);
    return failed;
}
