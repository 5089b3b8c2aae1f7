/* Chunked bodies: bytes that come one by one are judged as if they came at once, and where a body ends here, it ends
 * for llhttp. */
#include <llhttp.h>

#include "server/net/chunks.h"
#include "tests/fuzz/fuzz.h"

static int stop(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

/* Where llhttp sees the end of the body, or 0. */
static size_t end_for_parser(struct span input)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    llhttp_settings_t settings;
    llhttp_t parser;

    llhttp_settings_init(&settings);
    settings.on_message_complete = stop;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    ASSERT(llhttp_execute(&parser, head, sizeof(head) - 1) == HPE_OK);
    if (llhttp_execute(&parser, (const char *)input.ptr, input.len) != HPE_PAUSED) return 0;
    return (size_t)(llhttp_get_error_pos(&parser) - (const char *)input.ptr);
}

static bool take_bytewise(struct span input, size_t *ret)
{
    struct chunks c = {0};
    size_t taken;

    for (*ret = 0; *ret < input.len && c.state != CHUNKS_DONE; *ret += taken)
        if (!chunks_take(&c, span_slice(input, *ret, *ret + 1), &taken)) return false;
    return true;
}

FUZZ(input)
{
    struct chunks c = {0};
    size_t whole = 0, bytewise;
    bool good = chunks_take(&c, input, &whole);

    ASSERT(take_bytewise(input, &bytewise) == good);
    if (!good) return;
    ASSERT(whole == bytewise);
    ASSERT(span_find(input, '\r') <= 8);
    ASSERT(whole == input.len || c.state == CHUNKS_DONE);
    if (c.state == CHUNKS_DONE) ASSERT(end_for_parser(input) == whole);
}
