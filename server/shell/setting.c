/* See setting.h. */
#include "server/shell/setting.h"

#include "log/base/codec.h"

static enum err duration_ms(struct span word, uint64_t *ret_ms)
{
    static const struct {
        const char *suffix;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    uint64_t n;

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        struct span suffix = span_text(units[i].suffix);

        if (word.len <= suffix.len) continue;
        if (!span_equal(span_slice(word, word.len - suffix.len, word.len), suffix)) continue;
        if (decimal_decode(span_slice(word, 0, word.len - suffix.len), 1000000, &n) != ERR_OK) continue;
        *ret_ms = n * units[i].ms;
        return ERR_OK;
    }
    return ERR_BAD_NUMBER;
}

enum err setting_duration(struct span word, uint64_t least_ms, uint64_t most_ms, unsigned *ret_ms)
{
    uint64_t ms;

    ASSERT(most_ms <= UINT32_MAX);
    TRY(duration_ms(word, &ms));
    if (ms < least_ms || ms > most_ms) return ERR_BAD_NUMBER;
    *ret_ms = (unsigned)ms;
    return ERR_OK;
}

enum err setting_number(struct span word, uint64_t least, uint64_t most, unsigned *ret)
{
    uint64_t n;

    ASSERT(most <= UINT32_MAX);
    TRY(decimal_decode(word, most, &n));
    if (n < least) return ERR_BAD_NUMBER;
    *ret = (unsigned)n;
    return ERR_OK;
}

enum err setting_address(struct span word, char ret_host[SETTING_HOST_MAX], uint16_t *ret_port)
{
    size_t colon = span_find_last(word, ':');
    uint64_t port;

    if (colon == word.len || colon == 0 || colon >= SETTING_HOST_MAX) return ERR_BAD_CONFIG;
    TRY(decimal_decode(span_slice(word, colon + 1, word.len), 65535, &port));
    memcpy(ret_host, word.ptr, colon);
    ret_host[colon] = 0;
    *ret_port = (uint16_t)port;
    return ERR_OK;
}

enum err setting_url(struct span word, size_t max, struct span *ret)
{
    if (!span_starts(word, SPAN("https://")) && !span_starts(word, SPAN("http://"))) return ERR_BAD_CONFIG;
    if (word.len > max) return ERR_BAD_CONFIG;
    *ret = word;
    return ERR_OK;
}
