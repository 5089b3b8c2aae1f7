/* witness.conf: what is taken is within its bounds, what is not is said in one line of text. */
#include "tests/fuzz/policy.h"
#include "witness/settings.h"

FUZZ(input)
{
    static struct settings s, made;
    char where[200];
    FUZZ_OUT(o);

    memset(where, 'x', sizeof(where));
    if (settings_decode(input, &s, where) != ERR_OK) {
        ASSERT(memchr(where, 0, sizeof(where)) != NULL);
        return;
    }
    ASSERT(note_name_good(s.name));
    ASSERT(memchr(s.host, 0, sizeof(s.host)) != NULL);
    ASSERT(s.connections_max >= 1 && s.url.len <= POLICY_URL_MAX && s.logs.member_count == 0);
    for (size_t i = 0; i < s.logs.log_count; i++) ASSERT(s.logs.log[i].vkey.type == NOTE_ED25519);
    policy_check(&s.logs);
    settings_write(s.name, "127.0.0.1:7380", &o);
    ASSERT(settings_decode(out_span(&o), &made, where) == ERR_OK);
    ASSERT(span_equal(made.name, s.name));
}
