/* cairn-witness follow: gets to know a log, asks, and writes its state and its line. The state is written first: a
 * line without a state stops the witness, a state without a line is only kept. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "log/base/text.h"
#include "server/net/outgoing.h"
#include "server/shell/program.h"
#include "witness/command.h"
#include "witness/keep.h"
#include "witness/say.h"

#define ANSWER_MAX (1U << 20)
#define TIMEOUT_MS 15000
#define DAY_MS 86400000U
#define KEYS_MAX 4

/* What the log says of itself, and what the operator says. */
struct log {
    struct vkey vkey;
    size_t also_count;
    struct vkey also[KEYS_MAX]; /* other keys that it says sign too */
    bool has_size;
    uint64_t size;
    uint64_t a_day; /* cosignatures; 0: it does not say */
};

struct fetched {
    bool done;
    enum err err;
    struct log log;
    char why[200];
};

/* ---- the log's own word ---- */

static void also_decode(const json_t *keys, struct log *ret)
{
    for (size_t i = 0; i < json_array_size(keys) && ret->also_count < KEYS_MAX; i++) {
        const char *text = json_string_value(json_array_get(keys, i));

        if (text != NULL && vkey_decode(span_text(text), &ret->also[ret->also_count]) == ERR_OK) ret->also_count++;
    }
}

static enum err log_decode(const json_t *json, struct log *ret, char why[200])
{
    const char *origin = json_string_value(json_object_get(json, "origin"));
    const char *vkey = json_string_value(json_object_get(json, "vkey"));
    const json_t *size = json_object_get(json, "size");
    json_int_t interval = json_integer_value(json_object_get(json_object_get(json, "limits"), "interval_ms"));

    snprintf(why, 200, "an answer of /log that is not a log's");
    if (origin == NULL || vkey == NULL || vkey_decode(span_text(vkey), &ret->vkey) != ERR_OK) return ERR_BAD_VKEY;
    if (!span_equal(span_text(origin), vkey_name(&ret->vkey))) return ERR_BAD_VKEY;
    also_decode(json_object_get(json, "vkeys"), ret);
    ret->has_size = json_is_integer(size) && json_integer_value(size) >= 0;
    ret->size = ret->has_size ? (uint64_t)json_integer_value(size) : 0;
    ret->a_day = interval > 0 ? DAY_MS / (uint64_t)interval : 0;
    why[0] = 0;
    return ERR_OK;
}

static void on_answer(void *ctx, const struct outgoing_answer *a)
{
    struct fetched *f = ctx;
    json_t *json;

    f->done = true;
    f->err = a->err;
    if (a->err != ERR_OK) {
        snprintf(f->why, sizeof(f->why), "%s", a->why == NULL ? "" : a->why);
        return;
    }
    if (a->status != 200) {
        snprintf(f->why, sizeof(f->why), "status %u for /log", a->status);
        f->err = ERR_NETWORK;
        return;
    }
    json = json_loadb((const char *)a->body.ptr, a->body.len, JSON_REJECT_DUPLICATES, NULL);
    f->err = log_decode(json, &f->log, f->why);
    json_decref(json);
}

/* URL/log, on a loop of its own. */
static void ask_log(const char *url, struct fetched *ret)
{
    char path[POLICY_URL_MAX + 16];
    struct outgoing *outgoing;
    size_t len = strlen(url);
    uv_loop_t loop;

    while (len > 0 && url[len - 1] == '/') len--;
    snprintf(path, sizeof(path), "%.*s/log", (int)len, url);
    *ret = (struct fetched){.err = ERR_NO_MEMORY};
    if (uv_loop_init(&loop) != 0) return;
    if (outgoing_open(&loop, 1, &outgoing) == ERR_OK) {
        ret->err = outgoing_request(outgoing, path, (struct span){NULL, 0}, TIMEOUT_MS, ANSWER_MAX, on_answer, ret);
        while (ret->err == ERR_OK && !ret->done) uv_run(&loop, UV_RUN_ONCE);
        outgoing_close(outgoing, NULL, NULL);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

static bool same_key(const struct vkey *a, const struct vkey *b)
{
    return span_equal(vkey_name(a), vkey_name(b)) && hash_equal(&a->key_hash, &b->key_hash);
}

static bool listed(const struct policy *logs, const struct vkey *key)
{
    for (size_t i = 0; i < logs->log_count; i++)
        if (same_key(&logs->log[i].vkey, key)) return true;
    return false;
}

/* Whether the log that answers is the one of the given key: it says so, or it signs with a key that is followed already
 * and is about to change. Then the key that was given is the one that is asked about. */
static bool is_given(const struct policy *logs, const struct vkey *given, struct log *log)
{
    bool is = same_key(given, &log->vkey), followed = listed(logs, &log->vkey);

    for (size_t i = 0; i < log->also_count; i++) {
        is = is || same_key(given, &log->also[i]);
        followed = followed || listed(logs, &log->also[i]);
    }
    if (!is && followed && span_equal(vkey_name(given), vkey_name(&log->vkey))) {
        printf("the log does not sign with this key yet, but with one that is followed\n");
        is = true;
    }
    if (is) log->vkey = *given;
    return is;
}

/* What the log says, held against the key that was given; or that key alone when the log does not answer. */
static int know_log(const struct policy *logs, const char *url, const char *key, struct log *ret)
{
    struct fetched f;
    struct vkey given;

    if (key != NULL && vkey_decode(span_text(key), &given) != ERR_OK)
        return command_fail(ERR_BAD_VKEY, "--key", "another text");
    ask_log(url, &f);
    if (f.err == ERR_OK && (key == NULL || is_given(logs, &given, &f.log))) {
        *ret = f.log;
        return EXIT_YES;
    }
    if (f.err == ERR_OK) {
        fprintf(stderr, "cairn-witness: the log at %s has another key than the one behind --key\n", url);
        fprintf(stderr, "  ask whoever gave you the key; do not follow it until you know why\n");
        return EXIT_NO;
    }
    if (f.err == ERR_BAD_REQUEST) return command_fail(f.err, url, "an address neither https nor on this machine");
    if (key == NULL) {
        int code = command_fail(f.err, url, f.why);

        fprintf(stderr, "  a log that does not say who it is at /log is followed with: --key VKEY\n");
        return code;
    }
    *ret = (struct log){.vkey = given};
    return EXIT_YES;
}

/* ---- asking ---- */

static void show(const struct log *log)
{
    uint8_t text[1024], escaped[2048];
    struct out o = out_over(text, sizeof(text)), e = out_over(escaped, sizeof(escaped));

    vkey_encode(&log->vkey, &o);
    text_escape(out_span(&o), 400, &e);
    printf("%.*s   ", (int)e.len, (const char *)escaped);
    if (log->has_size)
        printf("size %s", say_size(log->size));
    else
        printf("size not known: it does not answer at /log");
    if (log->a_day > 0) printf(" · wants at most %s cosignatures a day", say_size(log->a_day));
    printf("\n");
    fflush(stdout);
}

/* ---- writing ---- */

/* A state that is there stays: what was seen of a log is not forgotten when its line was taken out for a while. */
static enum err write_state(const char *dir, const struct log *log, struct span url)
{
    struct state *state = malloc(sizeof(*state));
    enum err e;

    if (state == NULL) return ERR_NO_MEMORY;
    e = keep_read(dir, vkey_name(&log->vkey), state);
    if (e == ERR_NO_FILE) {
        state_init(state, &log->vkey, url);
        e = keep_store(dir, state);
    }
    free(state);
    return e;
}

static void copy_lines(struct span old, const struct vkey *but, struct out *o)
{
    struct span line, rest = old;

    while (rest.len > 0) {
        if (!span_cut(&rest, '\n', &line)) {
            line = rest;
            rest.len = 0;
        }
        if (but != NULL && policy_line_of(line, but)) continue;
        out_bytes(o, line);
        out_byte(o, '\n');
    }
}

/* witness.conf with one line more, or in place of those of this log; it must read well before it replaces the file. */
static enum err write_line(const char *dir, struct span old, const struct log *log, struct span url, bool replace)
{
    uint8_t *text = malloc(SETTINGS_SIZE_MAX);
    struct settings *settings = malloc(sizeof(*settings));
    struct out o = out_over(text, text == NULL ? 0 : SETTINGS_SIZE_MAX);
    char where[200];
    enum err e;

    copy_lines(old, replace ? &log->vkey : NULL, &o);
    out_text(&o, "log ");
    vkey_encode(&log->vkey, &o);
    out_byte(&o, ' ');
    out_bytes(&o, url);
    out_byte(&o, '\n');
    e = settings == NULL ? ERR_NO_MEMORY : out_check(&o);
    if (e == ERR_OK) e = settings_decode(out_span(&o), settings, where);
    if (e == ERR_OK) e = file_write_durable(dir, SETTINGS_FILE, out_span(&o), 0600);
    free(text);
    free(settings);
    return e;
}

/* Whether the origin is followed with another key than this one. */
static bool other_listed(const struct policy *logs, const struct vkey *key)
{
    for (size_t i = 0; i < logs->log_count; i++) {
        const struct vkey *v = &logs->log[i].vkey;

        if (span_equal(vkey_name(v), vkey_name(key)) && !same_key(v, key)) return true;
    }
    return false;
}

/* Whether what is asked for stands in the file already. */
static bool is_done(const struct policy *logs, const struct vkey *key, bool replace)
{
    return listed(logs, key) && !(replace && other_listed(logs, key));
}

static int add(const char *dir, const struct log *log, const char *url, bool replace)
{
    char logs[FILE_PATH_MAX], where[200] = "";
    struct settings *settings = malloc(sizeof(*settings));
    uint8_t *text = NULL;
    size_t len;
    enum err e = settings == NULL ? ERR_NO_MEMORY : file_path(dir, "logs", logs);

    /* Two of these at once would each write the file without the other's line. Read again under the lock. */
    if (e == ERR_OK) e = folder_lock(logs, NULL);
    if (e == ERR_OK) e = file_path(dir, SETTINGS_FILE, logs);
    if (e == ERR_OK) e = file_read(logs, SETTINGS_SIZE_MAX, &text, &len);
    if (e == ERR_OK) e = settings_decode(span_of(text, len), settings, where);
    if (e == ERR_OK && is_done(&settings->logs, &log->vkey, replace)) e = ERR_EXISTS;
    if (e == ERR_OK) e = write_state(dir, log, span_text(url));
    if (e == ERR_OK) e = write_line(dir, span_of(text, len), log, span_text(url), replace);
    free(text);
    free(settings);
    if (e != ERR_OK) return command_fail(e, SETTINGS_FILE, where);
    if (folder_lock(dir, NULL) == ERR_IN_USE)
        printf("ok    followed; the running witness learns of it by kill -HUP, or when it starts again\n");
    else
        printf("ok    followed: cairn-witness serve %s cosigns it from now on\n", dir);
    return EXIT_YES;
}

static int follow(const char *dir, const struct policy *logs, const char *url, const char *key, bool yes, bool replace)
{
    struct log log = {.has_size = false};
    int code = know_log(logs, url, key, &log);
    bool other;

    if (code != EXIT_YES) return code;
    if (settings_key_check(&log.vkey) != ERR_OK) return command_fail(ERR_NOT_BUILT, "this kind of key", "");
    other = other_listed(logs, &log.vkey);
    show(&log);
    if (is_done(logs, &log.vkey, replace)) {
        printf("already followed; nothing changes\n");
        return EXIT_YES;
    }
    if (other && replace)
        printf("this log is followed with another key, which will not be trusted any more; what I saw of it stays\n");
    else if (other)
        printf("this log is followed with another key already: both will be trusted (--replace: only this one)\n");
    if (!yes && !program_ask("Is this the key you were given some other way? Cosign this log?")) return EXIT_NO;
    return add(dir, &log, url, replace);
}

/* It becomes a word of a line. */
static bool url_good(const char *url)
{
    struct span s = span_text(url);

    if (s.len > POLICY_URL_MAX || (!span_starts(s, SPAN("https://")) && !span_starts(s, SPAN("http://")))) return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f) return false;
    return true;
}

int command_follow(int argc, char **argv)
{
    char *key = option_value(&argc, argv, "--key");
    bool yes = option_flag(&argc, argv, "--yes"), replace = option_flag(&argc, argv, "--replace");
    struct settings settings;
    char where[200] = "";
    uint8_t *text;
    enum err e;
    int code;

    if (argc != 2 || !url_good(argv[1])) {
        fprintf(stderr, "usage: cairn-witness follow DIR URL [--key VKEY] [--replace] [--yes]\n");
        fprintf(stderr, "  --replace: in place of the key that the log is followed with\n");
        fprintf(stderr, "  URL is https://…, or http:// to this machine\n");
        return EXIT_USAGE;
    }
    e = command_settings(argv[0], &text, &settings, where);
    if (e != ERR_OK) return command_settings_fail(e, argv[0], where);
    code = follow(argv[0], &settings.logs, argv[1], key, yes, replace);
    free(text);
    return code;
}
