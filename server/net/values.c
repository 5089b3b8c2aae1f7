/* Values inside of queries and headers. Pure. */
#include "server/net/http.h"
#include "server/net/octets.h"

/* RFC 3986, 2.1. A plus sign is a plus sign. */
static bool percent_decode(struct span s, struct out *o)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '%') {
            out_byte(o, s.ptr[i]);
            continue;
        }
        if (s.len - i < 3) return false;
        int high = octets_hex(s.ptr[i + 1]), low = octets_hex(s.ptr[i + 2]);
        if (high < 0 || low < 0) return false;
        out_byte(o, (uint8_t)(high << 4 | low));
        i += 2;
    }
    return true;
}

/* The raw text of the n-th `name`, and how many there are. */
static size_t query_find(struct span query, struct span name, size_t n, struct span *ret)
{
    size_t count = 0;

    while (query.len > 0) {
        struct span pair, key;
        if (!span_cut(&query, '&', &pair)) {
            pair = query;
            query.len = 0;
        }
        if (!span_cut(&pair, '=', &key) || !span_equal(key, name)) continue;
        if (count++ == n) *ret = pair;
    }
    return count;
}

bool http_query_value_at(struct span query, const char *name, size_t n, struct out *o, struct span *ret)
{
    struct span raw;
    struct out before = *o;

    if (query_find(query, span_text(name), n, &raw) <= n) return false;
    if (!percent_decode(raw, o) || o->full) {
        *o = before;
        return false;
    }
    *ret = span_of(o->ptr + before.len, o->len - before.len);
    return true;
}

bool http_query_value(struct span query, const char *name, struct out *o, struct span *ret)
{
    struct span raw;

    return query_find(query, span_text(name), 0, &raw) == 1 && http_query_value_at(query, name, 0, o, ret);
}

/* Cuts what stands before the next `byte` outside of quotes off *rest; all of it when there is none. */
static struct span cut_outside_quotes(struct span *rest, uint8_t byte)
{
    struct span whole = *rest;
    bool quoted = false;
    size_t i;

    for (i = 0; i < whole.len && (quoted || whole.ptr[i] != byte); i++) {
        if (quoted && whole.ptr[i] == '\\' && i + 1 < whole.len)
            i++;
        else if (whole.ptr[i] == '"')
            quoted = !quoted;
    }
    *rest = span_slice(whole, i < whole.len ? i + 1 : i, whole.len);
    return span_slice(whole, 0, i);
}

/* Longer waits than a day mean the same as a day. */
#define WAIT_MAX_S 86400u

static unsigned seconds_parse(struct span s)
{
    unsigned n = 0;

    if (s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"') s = span_slice(s, 1, s.len - 1);
    for (size_t i = 0; i < s.len; i++) {
        if (!octets_is_digit(s.ptr[i])) return 0;
        n = n * 10 + (unsigned)(s.ptr[i] - '0');
        if (n > WAIT_MAX_S) n = WAIT_MAX_S;
    }
    return n;
}

unsigned http_prefer_wait(struct span prefer)
{
    while (prefer.len > 0) {
        struct span item = cut_outside_quotes(&prefer, ',');
        struct span value = cut_outside_quotes(&item, ';'), name;
        if (!span_cut(&value, '=', &name)) continue;
        name = octets_trim(name);
        if (name.len == 4 && span_starts_nocase(name, SPAN("wait"))) return seconds_parse(octets_trim(value));
    }
    return 0;
}
