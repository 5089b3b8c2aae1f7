/* All proofs of all small logs; proofs_prove.c has the full count. */
#include "tests/store/fixture.h"
#include "tests/store/proofs.h"

static void every_proof_of_every_size_to_300_holds_and_no_change_of_it_does(void **state)
{
    (void)state;
    prove_every_size(300, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_proof_of_every_size_to_300_holds_and_no_change_of_it_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
