/* See fetch.h. */
#include "client/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "client/client.h"
#include "log/base/cbor.h"
#include "log/base/codec.h"
#include "log/base/text.h"

#define BODY_MAX (4U << 20)

void answer_free(struct answer *a)
{
    free(a->body);
    a->body = NULL;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct answer *a = ctx;
    size_t more = size * count;
    uint8_t *body;

    if (more > BODY_MAX - a->len || (body = realloc(a->body, a->len + more + 1)) == NULL) return 0;
    memcpy(body + a->len, data, more);
    a->body = body;
    a->len += more;
    body[a->len] = 0;
    return more;
}

/* The value of a header line, if it is `name`'s; without blanks around it. */
static bool header(struct span line, const char *name, struct span *ret)
{
    struct span n = span_text(name);

    if (!span_starts_nocase(line, n) || line.len <= n.len || line.ptr[n.len] != ':') return false;
    line = span_slice(line, n.len + 1, line.len);
    while (line.len > 0 && line.ptr[0] == ' ') line = span_slice(line, 1, line.len);
    while (line.len > 0 && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r')) line.len--;
    *ret = line;
    return true;
}

static void keep(char *to, size_t cap, struct span value)
{
    size_t len = value.len < cap ? value.len : cap - 1;

    memcpy(to, value.ptr, len);
    to[len] = 0;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
    struct answer *a = ctx;
    struct span line = span_of(data, size * count), value;

    if (header(line, "Cairn-Reason", &value)) keep(a->reason, sizeof(a->reason), value);
    if (header(line, "Location", &value)) keep(a->location, sizeof(a->location), value);
    if (header(line, "Cairn-Already", &value)) a->already = true;
    if (header(line, "Cairn-Position", &value))
        a->has_position = decimal_decode(value, INT64_MAX, &a->position) == ERR_OK;
    return size * count;
}

static bool loopback(const char *host)
{
    struct in_addr v4;

    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0) return true;
    return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

static bool address_good(const char *url)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *host = NULL;
    bool good = u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK;

    if (good) good = strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && loopback(host));
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(u);
    return good;
}

static struct curl_slist *headers_of(struct span post, const char *accept, unsigned wait_s)
{
    struct curl_slist *list = NULL;
    char line[128];

    if (accept != NULL) {
        snprintf(line, sizeof(line), "Accept: %s", accept);
        list = curl_slist_append(list, line);
    }
    if (post.ptr == NULL) return list;
    list = curl_slist_append(list, "Content-Type: application/cose");
    list = curl_slist_append(list, "Expect:");
    if (wait_s > 0) {
        snprintf(line, sizeof(line), "Prefer: wait=%u", wait_s);
        list = curl_slist_append(list, line);
    }
    return list;
}

static void set_up(CURL *c, const char *url, struct span post, struct curl_slist *headers, unsigned wait_s,
                   struct answer *ret)
{
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, ret);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, ret);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(20000 + 1000 * wait_s));
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    if (strncmp(url, "http:", 5) == 0) curl_easy_setopt(c, CURLOPT_PROXY, "");
    if (post.ptr == NULL) return;
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, post.ptr);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)post.len);
}

enum err fetch(const char *url, struct span post, const char *accept, unsigned wait_s, struct answer *ret)
{
    struct curl_slist *headers;
    CURLcode code;
    long status = 0;
    CURL *c;

    *ret = (struct answer){0};
    if (!address_good(url)) {
        fprintf(stderr, "cairn: %s: expected https://…, or http:// to this machine\n", url);
        return ERR_BAD_REQUEST;
    }
    if ((c = curl_easy_init()) == NULL) return ERR_NO_MEMORY;
    headers = headers_of(post, accept, wait_s);
    set_up(c, url, post, headers, wait_s, ret);
    code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    ret->status = (unsigned)status;
    if (code == CURLE_OK) return ERR_OK;
    fprintf(stderr, "cairn: %s: %s\n", url, curl_easy_strerror(code));
    return ERR_NETWORK;
}

enum err fetch_path(const char *base, const char *path, struct span post, const char *accept, unsigned wait_s,
                    struct answer *ret)
{
    char url[1024];
    size_t len = strlen(base);

    *ret = (struct answer){0};
    while (len > 0 && base[len - 1] == '/') len--;
    if (snprintf(url, sizeof(url), "%.*s/%s", (int)len, base, path) >= (int)sizeof(url)) return ERR_NO_ROOM;
    return fetch(url, post, accept, wait_s, ret);
}

/* The detail of a problem, CBOR or JSON, escaped. */
static void print_detail(const struct answer *a)
{
    struct cbor c = cbor_over(span_of(a->body, a->len));
    json_t *json = json_loadb((const char *)a->body, a->len, 0, NULL);
    const char *detail = json_string_value(json_object_get(json, "detail"));
    struct span text = span_text(detail), title;
    uint8_t room[4096];
    struct out o = out_over(room, sizeof(room));
    struct cbor_map m;
    int64_t key;

    if (detail == NULL && cbor_map_open(&c, &m) == ERR_OK)
        while (cbor_map_more(&m) && cbor_map_key_int(&m, &key) == ERR_OK && cbor_text(&c, &title) == ERR_OK)
            if (key == -2) text = title;
    text_escape(text, 800, &o);
    if (o.len > 0) fprintf(stderr, "  %.*s\n", (int)o.len, (const char *)room);
    json_decref(json);
}

int fetch_refused(const struct answer *a, const char *what)
{
    uint8_t room[256];
    struct out o = out_over(room, sizeof(room));

    text_escape(span_text(a->reason), 60, &o);
    fprintf(stderr, "cairn: %s: the log says %u%s%.*s\n", what, a->status, o.len > 0 ? " " : "", (int)o.len,
            (const char *)room);
    print_detail(a);
    return a->status == 429 || a->status >= 500 || a->status == 0 ? EXIT_CANNOT_SAY : EXIT_NO;
}
