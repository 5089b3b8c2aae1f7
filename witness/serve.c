/* cairn-witness serve: puts a witness on a loop and takes it off again. */
#include <stdio.h>
#include <stdlib.h>

#include "server/net/http.h"
#include "witness/command.h"
#include "witness/routes.h"
#include "witness/witness.h"

/* How often counts of refusals go to disk. */
#define SETTLE_MS 10000

enum { ON_INTERRUPT, ON_TERMINATE, ON_HANG_UP, SIGNALS };

struct serving {
    struct witness *witness;
    uv_loop_t *loop;
    uv_signal_t signal[SIGNALS];
    uv_timer_t settle;
    struct http_server *http;
    uint16_t port;
    bool closing;
};

static void http_closed(void *ctx)
{
    struct serving *s = ctx;

    witness_settle(s->witness);
}

static void stop(struct serving *s)
{
    if (s->closing) return;
    s->closing = true;
    for (size_t i = 0; i < SIGNALS; i++) uv_close((uv_handle_t *)&s->signal[i], NULL);
    uv_close((uv_handle_t *)&s->settle, NULL);
    http_close(s->http, 1000, http_closed, s);
}

static void on_stop(uv_signal_t *handle, int number)
{
    (void)number;
    stop(handle->data);
}

static void on_reload(uv_signal_t *handle, int number)
{
    struct serving *s = handle->data;
    char why[300];
    enum err e = witness_reload(s->witness, why);

    (void)number;
    if (e == ERR_OK)
        printf("%s read again: %zu logs followed\n", SETTINGS_FILE, s->witness->following->count);
    else
        command_fail(e, "nothing changes", why);
    fflush(stdout);
}

static void on_settle(uv_timer_t *timer)
{
    struct serving *s = timer->data;

    witness_settle(s->witness);
}

static void handles_start(struct serving *s)
{
    static const int numbers[SIGNALS] = {[ON_INTERRUPT] = SIGINT, [ON_TERMINATE] = SIGTERM, [ON_HANG_UP] = SIGHUP};

    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(s->loop, &s->signal[i]);
        s->signal[i].data = s;
        uv_signal_start(&s->signal[i], i == ON_HANG_UP ? on_reload : on_stop, numbers[i]);
    }
    uv_timer_init(s->loop, &s->settle);
    s->settle.data = s;
    uv_timer_start(&s->settle, on_settle, SETTLE_MS, SETTLE_MS);
}

static bool is_plain(struct span word)
{
    for (size_t i = 0; i < word.len; i++) {
        uint8_t c = word.ptr[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
    }
    return word.len > 0;
}

/* What others may call it: of witness.uni.example "uni". */
static struct span short_name(struct span name)
{
    struct span rest = name, label;

    if (!span_cut(&rest, '.', &label)) return is_plain(name) ? name : SPAN("witness");
    if (span_equal(label, SPAN("witness")) && !span_cut(&rest, '.', &label)) label = rest;
    return is_plain(label) && !span_equal(label, SPAN("none")) ? label : SPAN("witness");
}

static void say_serving(const struct serving *s)
{
    const struct settings *settings = &s->witness->following->settings;
    struct span name = short_name(settings->name);
    uint8_t text[1024];
    struct out o = out_over(text, sizeof(text));

    vkey_encode(&s->witness->self.vkey, &o);
    out_byte(&o, ' ');
    settings_url(settings, &o);
    printf("listening on %s:%u; an HTTPS proxy goes in front, %s/proxy.example shows how\n", settings->host, s->port,
           s->witness->dir);
    if (s->witness->following->count == 0)
        printf("No log is followed yet: cairn-witness follow %s URL\n", s->witness->dir);
    printf("Send this line to the log's operator:\n  witness %.*s %.*s\n", (int)name.len, (const char *)name.ptr,
           (int)o.len, (const char *)text);
    fflush(stdout);
}

static int run(struct serving *s)
{
    const struct settings *settings = &s->witness->following->settings;
    struct http_limits limits = http_limits_default();
    char why[160] = "";
    enum err e;

    s->loop = uv_default_loop();
    limits.body_max = REQUEST_SIZE_MAX;
    limits.connections_max = settings->connections_max;
    e = http_listen(s->loop, settings->host, settings->port, &limits, routes_handle, s->witness, &s->http, &s->port,
                    why);
    if (e != ERR_OK) {
        uv_run(s->loop, UV_RUN_DEFAULT);
        return command_fail(e, settings->host, why);
    }
    handles_start(s);
    say_serving(s);
    uv_run(s->loop, UV_RUN_DEFAULT);
    uv_loop_close(s->loop);
    return EXIT_YES;
}

static int open_fail(enum err e, const char *dir, const char *why)
{
    switch (e) {
    case ERR_NO_FILE:
        if (why[0] == 0) return command_settings_fail(e, dir, why);
        break;
    case ERR_IN_USE:
        fprintf(stderr, "cairn-witness: %s is being served by another process\n  stop that one first\n", dir);
        return EXIT_CANNOT_SAY;
    case ERR_INCOMPLETE:
        fprintf(stderr,
                "cairn-witness: %s is missing\n"
                "  if that log was never followed: take its line out of %s, then cairn-witness follow %s URL\n"
                "  if its state was lost: do not follow it again with this key. A witness that forgets can be made\n"
                "  to sign two histories; make a new one and give its key to the log's operator\n",
                why, SETTINGS_FILE, dir);
        return EXIT_CANNOT_SAY;
    case ERR_DAMAGED:
        fprintf(stderr,
                "cairn-witness: %s is damaged: what it says is not what was signed and cosigned\n"
                "  not starting; look at the disk, and do not put an older copy in its place: a witness that\n"
                "  forgets can be made to sign two histories\n",
                why);
        return EXIT_CANNOT_SAY;
    default: break;
    }
    return command_fail(e, dir, why);
}

int command_serve(int argc, char **argv)
{
    char *listen = option_value(&argc, argv, "--listen");
    struct serving s = {0};
    char why[300];
    enum err e;
    int code;

    if (argc != 1) {
        fprintf(stderr, "usage: cairn-witness serve DIR [--listen HOST:PORT]\n");
        return EXIT_USAGE;
    }
    e = witness_open(argv[0], &s.witness, why);
    if (e != ERR_OK) return open_fail(e, argv[0], why);
    if (listen != NULL) e = settings_listen(&s.witness->following->settings, span_text(listen));
    code = e == ERR_OK ? run(&s) : command_fail(e, "--listen", listen);
    witness_close(s.witness);
    return code;
}
