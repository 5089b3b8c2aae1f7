/* All proofs of all logs of up to 600 statements: past the first two tiles that are full. */
#include "tests/store/fixture.h"
#include "tests/store/proofs.h"

static void every_proof_of_every_size_to_600_holds_and_no_change_of_it_does(void **state)
{
    (void)state;
    prove_every_size(600, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_proof_of_every_size_to_600_holds_and_no_change_of_it_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
