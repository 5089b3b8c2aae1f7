/* Requests to other servers. Two threads share the lists of struct outgoing under its mutex: the loop's thread puts
 * requests on `waiting` and takes them off `finished`; the outgoing thread moves them from one to the other and is
 * the only one to touch libcurl's handles. A request belongs to one list, or to the outgoing thread, at a time. */
#include "server/net/outgoing.h"

#include <curl/curl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/net/body.h"
#include "server/net/octets.h"

/* Connections kept open for later requests. */
#define KEPT_MAX 16L
#define TYPE_MAX 256
/* Bytes of headers in an answer. */
#define HEADERS_MAX 65536

struct call {
    struct call *prev, *next;
    struct outgoing *o;
    CURL *easy;
    char *url;
    uint8_t *body; /* NULL: a GET */
    size_t body_len;
    unsigned timeout_ms;
    size_t answer_max;
    outgoing_done *done;
    void *ctx;

    struct outgoing_answer answer;
    uint64_t begun_ns;
    struct body bytes; /* of the answer */
    size_t headers_len;
    bool head_whole; /* its empty line came: libcurl does not insist on one */
    bool too_long;
    char type[TYPE_MAX];
    char why[CURL_ERROR_SIZE];
};

/* First in, first out. */
struct calls {
    struct call *first, *last;
};

struct outgoing {
    uv_loop_t *loop;
    uv_async_t async;
    uv_thread_t thread;
    uv_mutex_t mutex;
    CURLM *multi;
    struct curl_slist *post_headers;
    unsigned queue_max, pending; /* asked and not yet told: the loop's thread only */
    bool closing;                /* the loop's thread only */
    void (*closed)(void *ctx);
    void *closed_ctx;
    /* Under the mutex. */
    struct calls waiting, finished;
    bool stop, ended;
    /* The outgoing thread only. */
    struct calls running;
};

static void calls_add(struct calls *list, struct call *c)
{
    c->next = NULL;
    c->prev = list->last;
    if (list->last != NULL)
        list->last->next = c;
    else
        list->first = c;
    list->last = c;
}

static void calls_remove(struct calls *list, struct call *c)
{
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        list->first = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    else
        list->last = c->prev;
    c->prev = c->next = NULL;
}

static struct calls calls_take(struct calls *list)
{
    struct calls taken = *list;

    *list = (struct calls){0};
    return taken;
}

static void call_free(struct call *c)
{
    free(c->url);
    free(c->body);
    body_drop(&c->bytes);
    free(c);
}

/* ---- addresses ---- */

static bool is_loopback(const char *host)
{
    uint8_t v4[4];

    if (strcmp(host, "[::1]") == 0 || octets_equal_nocase(span_text(host), SPAN("localhost"))) return true;
    return uv_inet_pton(AF_INET, host, v4) == 0 && v4[0] == 127;
}

/* libcurl reads the address here with the reader that it will use for the request. */
static bool parts_allowed(CURLU *parts)
{
    char *scheme = NULL, *host = NULL, *user = NULL, *zone = NULL;
    bool ok = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_NO_USER &&
              curl_url_get(parts, CURLUPART_ZONEID, &zone, 0) == CURLUE_NO_ZONEID;

    ok = ok && (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && is_loopback(host)));
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(zone);
    return ok;
}

bool outgoing_allowed(const char *url)
{
    CURLU *parts = curl_url();
    bool ok = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK && parts_allowed(parts);

    curl_url_cleanup(parts);
    return ok;
}

/* ---- the outgoing thread ---- */

/* Taking less than what is offered ends the transfer. */
static size_t on_bytes(char *at, size_t size, size_t count, void *ctx)
{
    struct call *c = ctx;
    size_t len = size * count;

    if (len == 0) return 0;
    c->too_long = len > c->answer_max - c->bytes.len;
    return !c->too_long && body_add(&c->bytes, span_of(at, len), c->answer_max) ? len : 0;
}

static size_t on_header(char *at, size_t size, size_t count, void *ctx)
{
    struct call *c = ctx;
    struct span line = span_of(at, size * count);

    if (span_starts(line, SPAN("HTTP/")))
        c->head_whole = false; /* behind an interim answer */
    else if (span_equal(line, SPAN("\r\n")) || span_equal(line, SPAN("\n")))
        c->head_whole = true;
    c->headers_len += line.len;
    c->too_long = c->headers_len > HEADERS_MAX;
    return c->too_long ? 0 : line.len;
}

static CURLcode set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
}

/* Each option matters: failing to set one fails the request. */
#define SET(option, value) \
    do { \
        if (curl_easy_setopt(c->easy, option, value) != CURLE_OK) return false; \
    } while (0)

static bool set_post(struct call *c)
{
    if (c->body == NULL) return true;
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body_len);
    SET(CURLOPT_POSTFIELDS, c->body);
    SET(CURLOPT_HTTPHEADER, c->o->post_headers);
    return true;
}

static bool set_options(struct call *c)
{
    long timeout_ms = c->timeout_ms > INT_MAX ? INT_MAX : (long)c->timeout_ms;

    if (set_protocols(c->easy) != CURLE_OK) return false;
    SET(CURLOPT_URL, c->url);
    SET(CURLOPT_PRIVATE, c);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_TIMEOUT_MS, timeout_ms > 0 ? timeout_ms : 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms > 0 ? timeout_ms : 1L);
    SET(CURLOPT_USERAGENT, "cairn");
    SET(CURLOPT_ERRORBUFFER, c->why);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, c);
    SET(CURLOPT_WRITEFUNCTION, on_bytes);
    SET(CURLOPT_WRITEDATA, c);
    return set_post(c);
}

#undef SET

static void answer_take(struct call *c)
{
    struct outgoing_answer *a = &c->answer;
    const char *type = NULL;
    curl_off_t retry_after = 0;
    long status = 0;

    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c->easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry_after);
    a->status = status > 0 ? (unsigned)status : 0;
    if (retry_after > 0) a->retry_after = retry_after > INT_MAX ? INT_MAX : (unsigned)retry_after;
    if (type != NULL) a->content_type = span_of(c->type, (size_t)snprintf(c->type, sizeof c->type, "%s", type));
    if (a->content_type.len >= sizeof c->type) a->content_type.len = sizeof c->type - 1;
    a->body = span_of(c->bytes.ptr, c->bytes.len);
}

/* NULL when the answer is whole. */
static const char *why_not(const struct call *c, CURLcode e)
{
    if (e == CURLE_OK) return c->head_whole ? NULL : "answer cut off";
    if (c->too_long) return "answer too long";
    return c->why[0] != 0 ? c->why : curl_easy_strerror(e);
}

/* Hands the call to the loop. `failed` NULL: the answer is whole. */
static void call_finish(struct call *c, const char *failed)
{
    struct outgoing *o = c->o;

    c->answer.err = failed == NULL ? ERR_OK : ERR_NETWORK;
    c->answer.why = failed == NULL ? "" : failed;
    if (c->begun_ns > 0) c->answer.elapsed_ms = (unsigned)((uv_hrtime() - c->begun_ns) / 1000000);
    if (failed == NULL) answer_take(c);
    if (c->easy != NULL) curl_easy_cleanup(c->easy);
    c->easy = NULL;
    uv_mutex_lock(&o->mutex);
    calls_add(&o->finished, c);
    uv_mutex_unlock(&o->mutex);
    uv_async_send(&o->async);
}

static void call_start(struct outgoing *o, struct call *c)
{
    c->begun_ns = uv_hrtime();
    c->easy = curl_easy_init();
    if (c->easy == NULL || !set_options(c) || curl_multi_add_handle(o->multi, c->easy) != CURLM_OK) {
        call_finish(c, "the request could not be set up");
        return;
    }
    calls_add(&o->running, c);
}

static void calls_collect(struct outgoing *o)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(o->multi, &left)) != NULL) {
        struct call *c = NULL;
        CURLcode e = message->data.result;
        if (message->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &c);
        curl_multi_remove_handle(o->multi, c->easy);
        calls_remove(&o->running, c);
        call_finish(c, why_not(c, e));
    }
}

static void calls_give_up(struct outgoing *o, struct calls *list)
{
    struct call *c;

    while ((c = list->first) != NULL) {
        calls_remove(list, c);
        if (c->easy != NULL) curl_multi_remove_handle(o->multi, c->easy);
        call_finish(c, "given up: the process is stopping");
    }
}

/* TLS writes to a socket that the peer has left raise SIGPIPE; other signals belong to the loop's thread. */
static void block_signals(void)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}

static bool outgoing_round(struct outgoing *o)
{
    struct calls started;
    bool stop;
    int running;

    uv_mutex_lock(&o->mutex);
    started = calls_take(&o->waiting);
    stop = o->stop;
    uv_mutex_unlock(&o->mutex);
    if (stop) {
        calls_give_up(o, &started);
        calls_give_up(o, &o->running);
        return false;
    }
    for (struct call *c = started.first, *next; c != NULL; c = next) {
        next = c->next;
        call_start(o, c);
    }
    curl_multi_perform(o->multi, &running);
    calls_collect(o);
    curl_multi_poll(o->multi, NULL, 0, 60000, NULL);
    return true;
}

static void outgoing_thread(void *arg)
{
    struct outgoing *o = arg;

    block_signals();
    while (outgoing_round(o)) {
    }
    uv_mutex_lock(&o->mutex);
    o->ended = true;
    uv_mutex_unlock(&o->mutex);
    uv_async_send(&o->async);
}

/* ---- the loop's thread ---- */

static void on_async_closed(uv_handle_t *handle)
{
    struct outgoing *o = handle->data;
    void (*closed)(void *ctx) = o->closed;
    void *ctx = o->closed_ctx;

    curl_multi_cleanup(o->multi);
    curl_slist_free_all(o->post_headers);
    uv_mutex_destroy(&o->mutex);
    free(o);
    if (closed != NULL) closed(ctx);
}

static void on_async(uv_async_t *async)
{
    struct outgoing *o = async->data;
    struct calls finished;
    bool ended;

    uv_mutex_lock(&o->mutex);
    finished = calls_take(&o->finished);
    ended = o->ended;
    uv_mutex_unlock(&o->mutex);
    for (struct call *c = finished.first, *next; c != NULL; c = next) {
        next = c->next;
        o->pending--;
        c->done(c->ctx, &c->answer);
        call_free(c);
    }
    if (!ended || uv_is_closing((uv_handle_t *)async)) return;
    ASSERT(o->pending == 0);
    uv_thread_join(&o->thread);
    uv_close((uv_handle_t *)async, on_async_closed);
}

static uv_once_t curl_once = UV_ONCE_INIT;
static CURLcode curl_begun;

static void curl_begin(void)
{
    curl_begun = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool curl_open(struct outgoing *o)
{
    struct curl_slist *type;

    uv_once(&curl_once, curl_begin);
    if (curl_begun != CURLE_OK) return false;
    o->multi = curl_multi_init();
    /* An empty Expect: the body goes out with the head. */
    o->post_headers = curl_slist_append(NULL, "Expect:");
    type = curl_slist_append(o->post_headers, "Content-Type: application/octet-stream");
    return o->multi != NULL && o->post_headers != NULL && type != NULL &&
           curl_multi_setopt(o->multi, CURLMOPT_MAXCONNECTS, KEPT_MAX) == CURLM_OK;
}

static bool thread_open(struct outgoing *o)
{
    if (uv_mutex_init(&o->mutex) != 0) return false;
    if (uv_async_init(o->loop, &o->async, on_async) != 0) {
        uv_mutex_destroy(&o->mutex);
        return false;
    }
    o->async.data = o;
    if (uv_thread_create(&o->thread, outgoing_thread, o) == 0) return true;
    uv_close((uv_handle_t *)&o->async, on_async_closed);
    return false;
}

enum err outgoing_open(uv_loop_t *loop, unsigned queue_max, struct outgoing **ret)
{
    struct outgoing *o = calloc(1, sizeof *o);

    if (o == NULL) return ERR_NO_MEMORY;
    o->loop = loop;
    o->queue_max = queue_max;
    if (curl_open(o) && thread_open(o)) {
        *ret = o;
        return ERR_OK;
    }
    /* A handle that is closing frees the rest itself. */
    if (o->async.data == NULL) {
        if (o->multi != NULL) curl_multi_cleanup(o->multi);
        curl_slist_free_all(o->post_headers);
        free(o);
    }
    return ERR_NO_MEMORY;
}

void outgoing_close(struct outgoing *o, void (*closed)(void *ctx), void *ctx)
{
    ASSERT(!o->closing);
    o->closing = true;
    o->closed = closed;
    o->closed_ctx = ctx;
    uv_mutex_lock(&o->mutex);
    o->stop = true;
    uv_mutex_unlock(&o->mutex);
    curl_multi_wakeup(o->multi);
}

static struct call *call_new(struct outgoing *o, const char *url, struct span body)
{
    struct call *c = calloc(1, sizeof *c);

    if (c == NULL) return NULL;
    c->o = o;
    c->url = strdup(url);
    if (body.ptr != NULL) c->body = malloc(body.len + 1);
    if (c->url == NULL || (body.ptr != NULL && c->body == NULL)) {
        call_free(c);
        return NULL;
    }
    if (c->body != NULL && body.len > 0) memcpy(c->body, body.ptr, body.len);
    c->body_len = body.len;
    return c;
}

enum err outgoing_request(struct outgoing *o, const char *url, struct span body, unsigned timeout_ms, size_t answer_max,
                          outgoing_done *done, void *ctx)
{
    struct call *c;

    if (!outgoing_allowed(url)) return ERR_BAD_REQUEST;
    if (o->closing || o->pending >= o->queue_max) return ERR_BUSY;
    c = call_new(o, url, body);
    if (c == NULL) return ERR_NO_MEMORY;
    c->timeout_ms = timeout_ms;
    c->answer_max = answer_max;
    c->done = done;
    c->ctx = ctx;
    o->pending++;
    uv_mutex_lock(&o->mutex);
    calls_add(&o->waiting, c);
    uv_mutex_unlock(&o->mutex);
    curl_multi_wakeup(o->multi);
    return ERR_OK;
}
