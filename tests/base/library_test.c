/* The self-test against libraries that decide otherwise: stand-ins for libsodium's functions, which pass each
 * call on and turn one answer over. */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sodium.h>

#include "log/base/sign.h"

static unsigned calls, turned; /* so many answers were given; the one with this number is the wrong one */

static bool turn(void)
{
    return ++calls == turned;
}

int crypto_core_ed25519_is_valid_point(const unsigned char *p)
{
    int (*real)(const unsigned char *);

    *(void **)&real = dlsym(RTLD_NEXT, "crypto_core_ed25519_is_valid_point");
    return turn() ? !real(p) : real(p);
}

int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m, unsigned long long len,
                                const unsigned char *pk)
{
    int (*real)(const unsigned char *, const unsigned char *, unsigned long long, const unsigned char *);
    int answer;

    *(void **)&real = dlsym(RTLD_NEXT, "crypto_sign_verify_detached");
    answer = real(sig, m, len, pk);
    return turn() ? -1 - answer : answer;
}

int crypto_sign_detached(unsigned char *sig, unsigned long long *siglen, const unsigned char *m, unsigned long long len,
                         const unsigned char *sk)
{
    int (*real)(unsigned char *, unsigned long long *, const unsigned char *, unsigned long long,
                const unsigned char *);
    int answer;

    *(void **)&real = dlsym(RTLD_NEXT, "crypto_sign_detached");
    answer = real(sig, siglen, m, len, sk);
    if (turn()) sig[40] ^= 1;
    return answer;
}

static void any_one_answer_turned_over_fails_the_self_test(void **state)
{
    unsigned all;

    (void)state;
    turned = calls = 0;
    assert_true(sign_self_test());
    all = calls;
    /* Eight keys, eight signatures, one made and verified. */
    assert_int_equal(all, 8 + 8 + 2);
    for (turned = 1; turned <= all; turned++) {
        calls = 0;
        if (sign_self_test()) fail_msg("answer %u turned over went unnoticed", turned);
    }
    calls = 0;
    assert_true(sign_self_test());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_one_answer_turned_over_fails_the_self_test),
    };
    return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
