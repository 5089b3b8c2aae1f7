/* The program itself, over sockets: cairn-witness init, follow, serve, status, and logs that ask it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log/base/codec.h"
#include "tests/witness/world.h"

#define PATIENCE_MS 20000

static char program[512];
static struct test_log honest, forked;

static int set_up(void **state)
{
    const char *bin = getenv("CAIRN_BIN");

    (void)state;
    snprintf(program, sizeof(program), "%s/cairn-witness", bin == NULL ? "." : bin);
    honest = log_new("log.example.org/attest", 1);
    forked = log_fork(&honest, 5);
    return 0;
}

static bool absent(void)
{
    if (access(program, X_OK) == 0) return false;
    print_message("%s is not there\n", program);
    return true;
}

/* ---- processes ---- */

/* In a child: a test that fails leaves nobody behind. */
static void die_with(pid_t test)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != test) _exit(0);
}

/* A running command, what it prints on stdout and stderr together. */
struct process {
    pid_t pid;
    int out;
    char text[16384];
    size_t len;
};

static struct process start(char *const *argv)
{
    struct process p = {0};
    pid_t test = getpid();
    int pipes[2];

    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    fflush(stdout);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        die_with(test);
        setsid(); /* no terminal to ask on */
        dup2(pipes[1], 1);
        dup2(pipes[1], 2);
        execv(program, argv);
        _exit(99);
    }
    close(pipes[1]);
    p.out = pipes[0];
    return p;
}

/* Reads what it prints until `text` stands there, or until it ends when text is NULL. False: it never came. */
static bool wait_for(struct process *p, const char *text)
{
    struct pollfd fd = {.fd = p->out, .events = POLLIN};

    while (text == NULL || strstr(p->text, text) == NULL) {
        ssize_t n;

        if (p->len + 1 >= sizeof(p->text) || poll(&fd, 1, PATIENCE_MS) != 1) return false;
        n = read(p->out, p->text + p->len, sizeof(p->text) - 1 - p->len);
        if (n <= 0) return text == NULL && n == 0;
        p->len += (size_t)n;
        p->text[p->len] = 0;
    }
    return true;
}

static int ended(struct process *p)
{
    int status;

    close(p->out);
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Runs one command to its end. */
static int run(struct process *ret, const char *a, const char *b, const char *c, const char *d, const char *e,
               const char *f)
{
    const char *words[] = {"cairn-witness", a, b, c, d, e, f, NULL};
    char copies[8][600];
    char *argv[8] = {0};

    for (size_t i = 0; i < COUNT_OF(words) && words[i] != NULL; i++) {
        snprintf(copies[i], sizeof(copies[i]), "%s", words[i]);
        argv[i] = copies[i];
    }
    *ret = start(argv);
    assert_true(wait_for(ret, NULL));
    return ended(ret);
}

struct serving {
    struct process process;
    uint16_t port;
};

static struct serving serve(const char *dir)
{
    static const char said[] = "listening on 127.0.0.1:";
    char serve_word[] = "serve", name[] = "cairn-witness", path[256];
    char *argv[] = {name, serve_word, path, NULL};
    struct serving s;
    const char *at;

    snprintf(path, sizeof(path), "%s", dir);
    s.process = start(argv);
    assert_true(wait_for(&s.process, "  witness uni witness.uni.example+"));
    at = strstr(s.process.text, said);
    assert_non_null(at);
    s.port = (uint16_t)strtoul(at + sizeof(said) - 1, NULL, 10);
    return s;
}

static int stop(struct serving *s, int number)
{
    kill(s->process.pid, number);
    wait_for(&s->process, NULL);
    return ended(&s->process);
}

/* ---- requests ---- */

struct reply {
    unsigned status;
    char text[16384]; /* all of it */
};

static const char *body_of(const struct reply *r)
{
    const char *end = strstr(r->text, "\r\n\r\n");

    assert_non_null(end);
    return end + 4;
}

static int dial(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static void send_request(int fd, const char *method, const char *path, struct span body)
{
    char head[512];
    int len =
        snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n",
                 method, path, body.len);

    assert_int_equal(send(fd, head, (size_t)len, MSG_NOSIGNAL), len);
    if (body.len > 0) assert_int_equal(send(fd, body.ptr, body.len, MSG_NOSIGNAL), body.len);
}

/* Reads to the end and closes. */
static struct reply take_reply(int fd)
{
    struct reply r = {0};
    size_t len = 0;
    ssize_t n;

    while ((n = recv(fd, r.text + len, sizeof(r.text) - 1 - len, 0)) > 0) len += (size_t)n;
    close(fd);
    assert_true(strncmp(r.text, "HTTP/1.1 ", 9) == 0);
    r.status = (unsigned)strtoul(r.text + 9, NULL, 10);
    return r;
}

static struct reply ask(const struct serving *s, const char *method, const char *path, struct span body)
{
    int fd = dial(s->port);

    send_request(fd, method, path, body);
    return take_reply(fd);
}

static struct reply add(const struct serving *s, struct span body)
{
    return ask(s, "POST", "/add-checkpoint", body);
}

static void assert_cosigned(const char *dir, const struct reply *r, uint64_t size)
{
    struct cosigner who = {.vkey = witness_vkey(dir)};
    uint64_t time;

    assert_int_equal(r->status, 200);
    assert_true(cosigned_by(&who, &honest, size, span_text(body_of(r)), &time));
}

/* ---- tests ---- */

static void a_log_is_cosigned_and_a_fork_is_refused(void **state)
{
    char dir[64], w[128];
    struct serving s;
    struct reply r;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    witness_new(dir, &honest, w);
    s = serve(w);
    r = add(&s, request_of(&honest, 0, 8));
    assert_cosigned(w, &r, 8);
    assert_non_null(strstr(r.text, "Content-Type: text/plain"));
    r = add(&s, request_of(&honest, 0, 20));
    assert_int_equal(r.status, 409);
    assert_non_null(strstr(r.text, "\r\nContent-Type: text/x.tlog.size\r\n"));
    assert_string_equal(body_of(&r), "8\n");
    r = add(&s, request_of(&forked, 8, 8));
    assert_int_equal(r.status, 422);
    assert_true(wait_for(&s.process, "log.example.org/attest  REFUSED: two different histories of size 8\n"));
    r = add(&s, request_of(&forked, 8, 20));
    assert_int_equal(r.status, 422);
    r = add(&s, request_of(&honest, 8, 20));
    assert_cosigned(w, &r, 20);
    assert_true(wait_for(&s.process, "log.example.org/attest  8 → 20  extends what I saw, cosigned\n"));
    assert_int_equal(stop(&s, SIGTERM), 0);
    folder_remove(dir);
}

static void what_was_cosigned_outlives_the_process(void **state)
{
    char dir[64], w[128];
    struct serving s;
    struct process p;
    struct reply r;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    witness_new(dir, &honest, w);
    s = serve(w);
    r = add(&s, request_of(&honest, 0, 8));
    assert_int_equal(r.status, 200);
    assert_int_equal(stop(&s, SIGKILL), -SIGKILL);
    s = serve(w);
    r = add(&s, request_of(&forked, 0, 8));
    assert_int_equal(r.status, 409);
    assert_string_equal(body_of(&r), "8\n");
    r = add(&s, request_of(&forked, 8, 20));
    assert_int_equal(r.status, 422);
    r = add(&s, request_of(&honest, 8, 20));
    assert_cosigned(w, &r, 20);
    r = add(&s, request_of(&forked, 20, 20));
    assert_int_equal(r.status, 422);
    assert_int_equal(stop(&s, SIGINT), 0);
    /* The refusals of the second run were kept, the last one when it ended. */
    assert_int_equal(run(&p, "status", w, NULL, NULL, NULL, NULL), 0);
    assert_non_null(strstr(p.text, "log                      size   cosigned"));
    assert_non_null(strstr(p.text, "log.example.org/attest   20     "));
    assert_non_null(strstr(p.text, " s ago    3\n"));
    folder_remove(dir);
}

static void the_newest_note_is_served_under_the_hash_of_the_origin(void **state)
{
    char dir[64], w[128], path[128], file[256];
    struct hash h = hash_of(SPAN("log.example.org/attest"));
    struct out o = out_over(path, sizeof(path) - 1);
    struct serving s;
    struct reply r, added;
    struct note note;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    witness_new(dir, &honest, w);
    s = serve(w);
    out_byte(&o, '/');
    hex_encode(hash_span(&h), &o);
    out_text(&o, "/checkpoint");
    path[o.len] = 0;
    r = ask(&s, "GET", path, SPAN(""));
    assert_int_equal(r.status, 404);
    added = add(&s, request_of(&honest, 0, 8));
    assert_int_equal(added.status, 200);
    r = ask(&s, "GET", path, SPAN(""));
    assert_int_equal(r.status, 200);
    assert_int_equal(note_decode(span_text(body_of(&r)), &note), ERR_OK);
    assert_int_equal(note_verify(&note, &honest.vkey), ERR_OK);
    assert_non_null(strstr(body_of(&r), body_of(&added)));
    r = ask(&s, "HEAD", path, SPAN(""));
    assert_int_equal(r.status, 200);
    assert_string_equal(body_of(&r), "");
    r = ask(&s, "POST", path, SPAN(""));
    assert_int_equal(r.status, 405);
    assert_non_null(strstr(r.text, "\r\nAllow: GET, HEAD\r\n"));
    path[1] ^= 1;
    r = ask(&s, "GET", path, SPAN(""));
    assert_int_equal(r.status, 404);
    state_path(w, &honest, file);
    assert_true(file_bytes(file).len > 0);
    assert_int_equal(stop(&s, SIGTERM), 0);
    folder_remove(dir);
}

static void other_requests_are_refused_by_their_status(void **state)
{
    static const struct {
        const char *method, *path;
        unsigned status;
    } rows[] = {
        {"GET", "/add-checkpoint", 405},
        {"PUT", "/add-checkpoint", 405},
        {"POST", "/sign-subtree", 404},
        {"GET", "/checkpoint", 404},
        {"GET", "/nowhere", 404},
        {"POST", "/", 405},
        {"GET", "/", 200},
    };
    struct test_log stranger = log_new("stranger.example.org", 2);
    struct test_log other_key = log_new("log.example.org/attest", 3);
    static uint8_t large[REQUEST_SIZE_MAX + 1];
    char dir[64], w[128];
    struct serving s;
    struct reply r;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    witness_new(dir, &honest, w);
    s = serve(w);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        r = ask(&s, rows[i].method, rows[i].path, SPAN(""));
        assert_int_equal(r.status, rows[i].status);
        if (rows[i].status == 405) assert_non_null(strstr(r.text, "\r\nAllow: "));
    }
    assert_non_null(strstr(body_of(&r), "witness.uni.example+"));
    assert_non_null(strstr(body_of(&r), "log.example.org/attest  not cosigned yet"));
    assert_int_equal(add(&s, SPAN("")).status, 400);
    assert_int_equal(add(&s, SPAN("old 0\n\nwhatever\n")).status, 400);
    assert_int_equal(add(&s, request_of(&stranger, 0, 4)).status, 404);
    assert_int_equal(add(&s, request_of(&other_key, 0, 4)).status, 403);
    memset(large, 'a', sizeof(large));
    assert_int_equal(add(&s, span_of(large, sizeof(large))).status, 413);
    assert_int_equal(stop(&s, SIGTERM), 0);
    folder_remove(dir);
}

static void no_prefix_of_a_request_is_cosigned(void **state)
{
    char dir[64], w[128];
    struct serving s;
    struct span whole;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    witness_new(dir, &honest, w);
    s = serve(w);
    assert_int_equal(add(&s, request_of(&honest, 0, 3)).status, 200);
    whole = request_of(&honest, 3, 20);
    for (size_t len = 0; len < whole.len; len += 3) assert_int_equal(add(&s, span_slice(whole, 0, len)).status, 400);
    assert_int_equal(add(&s, whole).status, 200);
    assert_int_equal(stop(&s, SIGTERM), 0);
    folder_remove(dir);
}

/* Two requests from one size, each good alone: one is cosigned, the other learns of it. */
static void of_two_requests_that_race_one_wins(void **state)
{
    char dir[64], w[128];
    struct serving s;
    uint64_t size = 1;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    witness_new(dir, &honest, w);
    s = serve(w);
    assert_int_equal(add(&s, request_of(&honest, 0, size)).status, 200);
    for (unsigned round = 0; round < 60; round++) {
        const struct test_log *other = round % 2 == 0 ? &honest : &forked;
        int first = dial(s.port), second = dial(s.port);
        struct reply a, b;
        uint64_t won;

        /* The forked log is the same log up to leaf 5: from there on it does not extend what was seen. */
        send_request(first, "POST", "/add-checkpoint", request_of(&honest, size, size + 1));
        send_request(second, "POST", "/add-checkpoint", request_of(other, size, size + 2));
        a = take_reply(first);
        b = take_reply(second);
        if (other == &forked && size + 2 > 5) {
            assert_int_equal(a.status, 200);
            assert_true(b.status == 409 || b.status == 422);
            size++;
            continue;
        }
        assert_true((a.status == 200 && b.status == 409) || (a.status == 409 && b.status == 200));
        won = a.status == 200 ? size + 1 : size + 2;
        assert_int_equal(strtoul(body_of(a.status == 409 ? &a : &b), NULL, 10), won);
        size = won;
    }
    assert_int_equal(stop(&s, SIGTERM), 0);
    folder_remove(dir);
}

static void a_folder_that_cannot_be_trusted_is_not_served(void **state)
{
    char dir[64], w[128], path[256];
    struct serving s;
    struct process p;
    struct span bytes;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    witness_new(dir, &honest, w);
    s = serve(w);
    assert_int_equal(run(&p, "serve", w, NULL, NULL, NULL, NULL), 3);
    assert_non_null(strstr(p.text, "another process"));
    assert_int_equal(add(&s, request_of(&honest, 0, 8)).status, 200);
    assert_int_equal(stop(&s, SIGTERM), 0);
    state_path(w, &honest, path);
    bytes = file_bytes(path);
    file_put(path, span_slice(bytes, 0, bytes.len - 9));
    assert_int_equal(run(&p, "serve", w, NULL, NULL, NULL, NULL), 3);
    assert_non_null(strstr(p.text, "is damaged"));
    assert_int_equal(remove(path), 0);
    assert_int_equal(run(&p, "serve", w, NULL, NULL, NULL, NULL), 3);
    assert_non_null(strstr(p.text, "is missing"));
    assert_int_equal(run(&p, "serve", dir, NULL, NULL, NULL, NULL), 2);
    assert_non_null(strstr(p.text, "is not a witness"));
    folder_remove(dir);
}

/* ---- following ---- */

/* A log's /log, as cairnd writes it, on a port of its own; answers until it is killed. */
static pid_t answer_as_log(const struct test_log *log, uint16_t *ret_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    uint8_t text[2048];
    struct out o = out_over(text, sizeof(text));
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t child, test = getpid();

    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
    *ret_port = ntohs(a.sin_port);
    out_text(&o, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"origin\":\"");
    out_bytes(&o, vkey_name(&log->vkey));
    out_text(&o, "\",\"vkey\":\"");
    vkey_encode(&log->vkey, &o);
    out_text(&o, "\",\"size\":120457,\"limits\":{\"interval_ms\":1000}}\n");
    child = fork();
    assert_true(child >= 0);
    if (child != 0) {
        close(listener);
        return child;
    }
    die_with(test);
    for (;;) {
        char request[4096];
        int fd = accept(listener, NULL, NULL);

        if (fd < 0) _exit(0);
        if (recv(fd, request, sizeof(request), 0) > 0 && strncmp(request, "GET /log HTTP", 13) == 0)
            send(fd, text, o.len, MSG_NOSIGNAL);
        close(fd);
    }
}

static void end_log(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void a_log_is_followed_when_its_key_is_confirmed(void **state)
{
    struct test_log impostor = log_new("log.example.org/attest", 7);
    char dir[64], w[128], url[64], key[512], conf[256];
    struct out o = out_over(key, sizeof(key) - 1);
    struct process p;
    struct serving s;
    uint16_t port;
    pid_t log;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    witness_new(dir, NULL, w);
    snprintf(conf, sizeof(conf), "%s/witness.conf", w);
    log = answer_as_log(&honest, &port);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);

    /* Without a terminal nobody is asked. */
    assert_int_equal(run(&p, "follow", w, url, NULL, NULL, NULL), 1);
    assert_non_null(strstr(p.text, "size 120,457 · wants at most 86,400 cosignatures a day\n"));
    assert_non_null(strstr(p.text, "Is this the key you were given some other way? Cosign this log?"));
    assert_non_null(strstr(p.text, "--yes"));
    vkey_encode(&impostor.vkey, &o);
    key[o.len] = 0;
    assert_int_equal(run(&p, "follow", w, url, "--yes", "--key", key), 1);
    assert_non_null(strstr(p.text, "another key"));
    assert_true(file_bytes(conf).len < 1000);
    assert_null(memmem(file_bytes(conf).ptr, file_bytes(conf).len, "\nlog ", 5));

    assert_int_equal(run(&p, "follow", w, url, "--yes", NULL, NULL), 0);
    assert_non_null(memmem(file_bytes(conf).ptr, file_bytes(conf).len, "\nlog log.example.org/attest+", 28));
    assert_int_equal(run(&p, "follow", w, url, "--yes", NULL, NULL), 0);
    assert_non_null(strstr(p.text, "already followed"));
    end_log(log);
    s = serve(w);
    assert_int_equal(add(&s, request_of(&honest, 0, 8)).status, 200);
    assert_int_equal(stop(&s, SIGTERM), 0);
    folder_remove(dir);
}

static void a_log_that_does_not_answer_is_followed_by_its_key(void **state)
{
    char dir[64], w[128], key[512], ours[600];
    struct out o = out_over(key, sizeof(key) - 1);
    struct vkey own;
    struct process p;
    struct serving s;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    witness_new(dir, NULL, w);
    vkey_encode(&honest.vkey, &o);
    key[o.len] = 0;
    s = serve(w);
    assert_int_equal(run(&p, "follow", w, "http://127.0.0.1:1", "--yes", NULL, NULL), 3);
    assert_non_null(strstr(p.text, "--key VKEY"));
    assert_int_equal(run(&p, "follow", w, "http://127.0.0.1:1", "--yes", "--key", "nonsense"), 2);
    assert_int_equal(run(&p, "follow", w, "http://example.org", "--yes", "--key", key), 2);
    assert_int_equal(run(&p, "follow", w, "http://127.0.0.1:1", "--yes", "--key", key), 0);
    assert_non_null(strstr(p.text, "size not known"));
    assert_non_null(strstr(p.text, "kill -HUP"));
    assert_int_equal(add(&s, request_of(&honest, 0, 8)).status, 404);
    kill(s.process.pid, SIGHUP);
    assert_true(wait_for(&s.process, "1 logs followed"));
    assert_int_equal(add(&s, request_of(&honest, 0, 8)).status, 200);
    assert_int_equal(stop(&s, SIGTERM), 0);
    /* A cosigner's key is no log's. */
    own = witness_vkey(w);
    o = out_over(ours, sizeof(ours) - 1);
    vkey_encode(&own, &o);
    ours[o.len] = 0;
    assert_int_equal(run(&p, "follow", w, "http://127.0.0.1:1", "--yes", "--key", ours), 1);
    assert_non_null(strstr(p.text, "not-built"));
    folder_remove(dir);
}

static void words_of_later_versions_are_named_and_refused(void **state)
{
    static const char *const later[] = {"audit", "doctor", "retire"};
    struct process p;

    (void)state;
    if (absent()) skip();
    for (size_t i = 0; i < COUNT_OF(later); i++) {
        assert_int_equal(run(&p, later[i], "x", NULL, NULL, NULL, NULL), 2);
        assert_non_null(strstr(p.text, "is not in this version"));
    }
    assert_int_equal(run(&p, "help", NULL, NULL, NULL, NULL, NULL), 0);
    assert_non_null(strstr(p.text, "Not in this version: audit doctor retire."));
    assert_int_equal(run(&p, "nonsense", NULL, NULL, NULL, NULL, NULL), 2);
}

static void a_new_witness_says_what_was_made(void **state)
{
    char dir[64], w[128], path[256];
    struct stat about;
    struct process p;

    (void)state;
    if (absent()) skip();
    folder_new(dir);
    snprintf(w, sizeof(w), "%s/w", dir);
    assert_int_equal(run(&p, "init", w, "--name", "witness.uni.example", NULL, NULL), 0);
    assert_non_null(strstr(p.text, ": witness.conf (commented), witness.key 0600\nvkey  witness.uni.example+"));
    assert_non_null(strstr(p.text, "     publish this line; never run a copy of this directory\n"));
    snprintf(path, sizeof(path), "%s/witness.key", w);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_true(span_starts(file_bytes(path), SPAN("cairn key 1\n")));
    assert_int_equal(run(&p, "init", w, "--name", "witness.uni.example", NULL, NULL), 1);
    snprintf(w, sizeof(w), "%s/v", dir);
    assert_int_equal(run(&p, "init", w, "--name", "a b", NULL, NULL), 2);
    assert_int_equal(access(w, F_OK), -1);
    folder_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_cosigned_and_a_fork_is_refused),
        cmocka_unit_test(what_was_cosigned_outlives_the_process),
        cmocka_unit_test(the_newest_note_is_served_under_the_hash_of_the_origin),
        cmocka_unit_test(other_requests_are_refused_by_their_status),
        cmocka_unit_test(no_prefix_of_a_request_is_cosigned),
        cmocka_unit_test(of_two_requests_that_race_one_wins),
        cmocka_unit_test(a_folder_that_cannot_be_trusted_is_not_served),
        cmocka_unit_test(a_log_is_followed_when_its_key_is_confirmed),
        cmocka_unit_test(a_log_that_does_not_answer_is_followed_by_its_key),
        cmocka_unit_test(words_of_later_versions_are_named_and_refused),
        cmocka_unit_test(a_new_witness_says_what_was_made),
    };
    umask(077);
    return cmocka_run_group_tests_name("server", tests, set_up, NULL);
}
