/* See load.h. */
#include <stdlib.h>

#include "log/base/codec.h"
#include "tests/tools/load.h"

#define BODY_MAX (32U << 20)

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct web *w = ctx;
    size_t more = size * count;
    uint8_t *body;

    if (more > BODY_MAX - w->len || (body = realloc(w->body, w->len + more + 1)) == NULL) return 0;
    memcpy(body + w->len, data, more);
    w->body = body;
    w->len += more;
    body[w->len] = 0;
    return more;
}

/* The value of a header line, if it is `name`'s; without blanks around it. */
static bool header(struct span line, struct span name, struct span *ret)
{
    if (!span_starts_nocase(line, name) || line.len <= name.len || line.ptr[name.len] != ':') return false;
    line = span_slice(line, name.len + 1, line.len);
    while (line.len > 0 && line.ptr[0] == ' ') line = span_slice(line, 1, line.len);
    while (line.len > 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r')) line.len--;
    *ret = line;
    return true;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
    struct web *w = ctx;
    struct span line = span_of(data, size * count), value;

    if (header(line, SPAN("Cairn-Reason"), &value))
        snprintf(w->reason, sizeof(w->reason), "%.*s", (int)value.len, (const char *)value.ptr);
    if (header(line, SPAN("Cairn-Already"), &value)) w->already = true;
    if (header(line, SPAN("Cairn-Position"), &value))
        w->has_position = decimal_decode(value, INT64_MAX, &w->position) == ERR_OK;
    return size * count;
}

static struct curl_slist *post_headers(unsigned wait_s)
{
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/cose");
    char line[64];

    list = curl_slist_append(list, "Expect:");
    if (wait_s == 0) return list;
    snprintf(line, sizeof(line), "Prefer: wait=%u", wait_s);
    return curl_slist_append(list, line);
}

void web_open(struct web *w, const char *url, unsigned wait_s)
{
    size_t len = strlen(url);

    *w = (struct web){.curl = curl_easy_init()};
    ASSERT(w->curl != NULL);
    while (len > 0 && url[len - 1] == '/') len--;
    snprintf(w->base, sizeof(w->base), "%.*s", (int)len, url);
    w->plain = post_headers(0);
    w->waiting = post_headers(wait_s);
    curl_easy_setopt(w->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(w->curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(w->curl, CURLOPT_TIMEOUT, 120L);
    curl_easy_setopt(w->curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(w->curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(w->curl, CURLOPT_WRITEDATA, w);
    curl_easy_setopt(w->curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(w->curl, CURLOPT_HEADERDATA, w);
}

void web_close(struct web *w)
{
    curl_easy_cleanup(w->curl);
    curl_slist_free_all(w->plain);
    curl_slist_free_all(w->waiting);
    free(w->body);
}

static bool perform(struct web *w, const char *path)
{
    char url[1024];
    long status = 0;

    w->status = 0;
    w->has_position = w->already = false;
    w->reason[0] = 0;
    w->len = 0;
    ASSERT(snprintf(url, sizeof(url), "%s/%s", w->base, path) < (int)sizeof(url));
    curl_easy_setopt(w->curl, CURLOPT_URL, url);
    if (curl_easy_perform(w->curl) != CURLE_OK) return false;
    curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &status);
    w->status = (unsigned)status;
    return true;
}

bool web_get(struct web *w, const char *path)
{
    curl_easy_setopt(w->curl, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(w->curl, CURLOPT_HTTPGET, 1L);
    return perform(w, path);
}

bool web_post(struct web *w, struct span statement, bool wait)
{
    curl_easy_setopt(w->curl, CURLOPT_HTTPHEADER, wait ? w->waiting : w->plain);
    curl_easy_setopt(w->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(w->curl, CURLOPT_POSTFIELDS, statement.ptr);
    curl_easy_setopt(w->curl, CURLOPT_POSTFIELDSIZE, (long)statement.len);
    return perform(w, "entries");
}

bool web_checkpoint(struct web *w, const struct vkey *key, struct checkpoint *ret)
{
    struct note note;

    return web_get(w, "checkpoint") && w->status == 200 && note_decode(span_of(w->body, w->len), &note) == ERR_OK &&
           note_verify(&note, key) == ERR_OK && checkpoint_decode(note.text, ret) == ERR_OK &&
           span_equal(ret->origin, vkey_name(key));
}

int web_fail(const struct web *w, const char *what)
{
    if (w->status == 0)
        fprintf(stderr, "cairn-load: %s: %s does not answer\n", what, w->base);
    else
        fprintf(stderr, "cairn-load: %s: the log says %u %s\n", what, w->status, w->reason);
    return w->status == 0 ? LOAD_GONE : LOAD_NO;
}
