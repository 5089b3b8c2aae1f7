/* Lists and their values, against the vectors and the definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/index/model.h"

static struct list_item item_at(uint64_t position)
{
    return (struct list_item){position, sample_hash("id", position)};
}

static void lists_of_the_vectors_have_their_values(void **state)
{
    json_t *all, *list, *pair;
    size_t i, n, seen = 0;

    (void)state;
    all = vectors_open();
    json_array_foreach(json_object_get(all, "lists"), i, list)
    {
        struct list_item items[64];
        struct list_value want = json_value(json_object_get(list, "V")), got;
        size_t count = json_array_size(json_object_get(list, "items"));

        assert_true(count <= COUNT_OF(items));
        json_array_foreach(json_object_get(list, "items"), n, pair)
        {
            items[n].position = (uint64_t)json_integer_value(json_array_get(pair, 0));
            items[n].id = json_hash(json_array_get(pair, 1));
        }
        assert_int_equal(list_value_of(items, count, items[count - 1].position + 1, &got), ERR_OK);
        assert_memory_equal(got.b, want.b, 40);
        assert_int_equal(list_count(&got), count);
        seen++;
    }
    assert_true(seen > 5);
    json_decref(all);
}

static void a_list_of_one_is_its_leaf(void **state)
{
    struct list_item item = item_at(UINT64_C(0x0102030405060708));
    uint8_t leaf[41] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    struct list_value v;
    struct hash want;

    (void)state;
    memcpy(leaf + 9, item.id.b, 32);
    want = hash_of(span_of(leaf, sizeof(leaf)));
    assert_int_equal(list_value_of(&item, 1, UINT64_MAX, &v), ERR_OK);
    assert_memory_equal(v.b, "\0\0\0\0\0\0\0\1", 8);
    assert_memory_equal(v.b + 8, want.b, 32);
}

static void appending_gives_the_value_of_the_whole_list(void **state)
{
    struct list_item items[40];
    struct frontier f = {.size = 0};

    (void)state;
    for (size_t n = 0; n < COUNT_OF(items); n++) {
        struct list_value whole, grown;

        items[n] = item_at(3 * n + 1);
        list_append(&f, &items[n]);
        grown = list_value(&f);
        assert_int_equal(list_value_of(items, n + 1, 3 * n + 2, &whole), ERR_OK);
        assert_memory_equal(grown.b, whole.b, 40);
        assert_int_equal(list_count(&grown), n + 1);
    }
}

static void positions_rise_strictly_below_covers(void **state)
{
    struct list_item items[3] = {item_at(4), item_at(7), item_at(9)};
    struct list_value v;

    (void)state;
    memset(&v, 0x5a, sizeof(v));
    assert_int_equal(list_value_of(items, 0, 10, &v), ERR_BAD_PROOF);
    assert_int_equal(list_value_of(items, 3, 9, &v), ERR_BAD_PROOF);
    assert_int_equal(list_value_of(items, 3, 0, &v), ERR_BAD_PROOF);
    items[1].position = 4;
    assert_int_equal(list_value_of(items, 3, 10, &v), ERR_BAD_PROOF);
    items[1].position = 3;
    assert_int_equal(list_value_of(items, 3, 10, &v), ERR_BAD_PROOF);
    items[1].position = 12;
    assert_int_equal(list_value_of(items, 3, 10, &v), ERR_BAD_PROOF);
    for (size_t i = 0; i < sizeof(v); i++) assert_int_equal(v.b[i], 0x5a);
    items[1].position = 5;
    assert_int_equal(list_value_of(items, 3, 10, &v), ERR_OK);
}

static void order_positions_and_ids_all_count(void **state)
{
    struct list_item items[2] = {item_at(4), item_at(7)}, other[2];
    struct list_value v, w;

    (void)state;
    assert_int_equal(list_value_of(items, 2, 10, &v), ERR_OK);
    for (unsigned change = 0; change < 3; change++) {
        memcpy(other, items, sizeof(other));
        if (change == 0) other[1].position = 8;
        if (change == 1) other[0].id = with_bit_flipped(other[0].id, 255);
        if (change == 2) {
            other[0].id = items[1].id;
            other[1].id = items[0].id;
        }
        assert_int_equal(list_value_of(other, 2, 10, &w), ERR_OK);
        assert_memory_not_equal(v.b, w.b, 40);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_the_vectors_have_their_values),
        cmocka_unit_test(a_list_of_one_is_its_leaf),
        cmocka_unit_test(appending_gives_the_value_of_the_whole_list),
        cmocka_unit_test(positions_rise_strictly_below_covers),
        cmocka_unit_test(order_positions_and_ids_all_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
