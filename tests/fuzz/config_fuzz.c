/* cairnd.conf: what is taken is within its bounds, what is not is said in one line of text. */
#include "server/node/config.h"
#include "tests/fuzz/policy.h"

static void check_config(const struct config *c, struct span input)
{
    ASSERT(note_name_good(c->origin));
    ASSERT(fuzz_within(c->origin, input));
    ASSERT(fuzz_within(c->url, input));
    ASSERT(memchr(c->host, 0, sizeof(c->host)) != NULL);
    ASSERT(c->interval_ms >= 10 && c->stall_ms >= 1000 && c->refresh_ms >= 1000 && c->witness_ms >= 100);
    ASSERT(c->connections_max >= 1 && c->pending_max >= 4096 && c->wait_max <= 600 && c->map_bytes >= 1 << 30);
    ASSERT(c->policy.log_count == 0);
    ASSERT(c->policy.has_quorum || policy_witness_count(&c->policy) == 0);
    policy_check(&c->policy);
}

FUZZ(input)
{
    static struct config c, made;
    char where[200];
    FUZZ_OUT(o);

    memset(where, 'x', sizeof(where));
    if (config_decode(input, &c, where) != ERR_OK) {
        ASSERT(memchr(where, 0, sizeof(where)) != NULL);
        return;
    }
    check_config(&c, input);
    config_write(c.origin, "127.0.0.1:7379", &o);
    ASSERT(config_decode(out_span(&o), &made, where) == ERR_OK);
    ASSERT(span_equal(made.origin, c.origin));
}
