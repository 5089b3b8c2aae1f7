/* cairnd serve: puts a node together, runs its loop, takes it apart again. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/command.h"
#include "server/node/prove.h"
#include "server/node/stored.h"

struct serving {
    struct node *node;
    uv_signal_t interrupted, terminated;
    uint8_t *config_text;
};

/* ---- the process dies ---- */

static char crash_mark[FILE_PATH_MAX];
static const int crashes[] = {SIGSEGV, SIGBUS, SIGABRT};
static struct sigaction before_crash[COUNT_OF(crashes)];

/* LMDB believes what stands in a page: reading a damaged index may end the process, and would again after each
 * start. So whatever it was, the next start makes the index anew; it can be made from the log. Only what may be
 * called in a signal handler. */
static void on_crash(int number)
{
    int fd = open(crash_mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    for (size_t i = 0; i < COUNT_OF(crashes); i++)
        if (crashes[i] == number) sigaction(number, &before_crash[i], NULL);
    (void)raise(number); /* comes when this returns */
}

static void crash_marks(const char *dir)
{
    struct sigaction action = {.sa_handler = on_crash};

    if (file_path(dir, STORE_DERIVED_MARK, crash_mark) != ERR_OK) return;
    for (size_t i = 0; i < COUNT_OF(crashes); i++) sigaction(crashes[i], &action, &before_crash[i]);
}

/* ---- it is stopped ---- */

static void writer_closed(void *ctx)
{
    struct serving *s = ctx;

    s->node->writer = NULL;
}

static void outgoing_closed(void *ctx)
{
    struct serving *s = ctx;

    writer_close(s->node->writer, writer_closed, s);
}

static void http_closed(void *ctx)
{
    struct serving *s = ctx;

    outgoing_close(s->node->outgoing, outgoing_closed, s);
}

/* First no more requests, then no more witnesses, then what the writer still has to do. */
static void stop(struct serving *s)
{
    struct node *n = s->node;

    if (n->closing) return;
    n->closing = true;
    snprintf(n->halted_why, sizeof(n->halted_why), "this server is being stopped");
    submit_fail_all(n, ERR_BUSY);
    publish_stop(n);
    uv_close((uv_handle_t *)&s->interrupted, NULL);
    uv_close((uv_handle_t *)&s->terminated, NULL);
    http_close(n->http, 1000, http_closed, s);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    stop(handle->data);
}

/* ---- it is put together ---- */

static void tell(const char *what, uint64_t done, uint64_t all)
{
    fprintf(stderr, "%s: %llu of %llu\n", what, (unsigned long long)done, (unsigned long long)all);
}

/* What was published before is served until the witnesses agree anew. A note that was damaged where it lies is
 * not: the newest seal is signed and cosigned again, as at every start. */
static enum err load_published(struct node *n, const struct log_view *view, const struct log_head *head)
{
    struct checkpoint c;
    struct span note;
    enum err e = log_published(view, &note, &n->newest.receipts);

    if (e == ERR_OK) e = stored_note_check(&n->config, &n->keys, note, &n->newest.receipts, &c, &n->newest.by.seal_kid);
    if (e == ERR_OK && (note.len > sizeof(n->newest.note) || c.size != head->published)) e = ERR_DAMAGED;
    if (e == ERR_DAMAGED && head->published > 0)
        node_say("the published checkpoint on disk is damaged: it is not served, and made again");
    if (e != ERR_OK) return e == ERR_NOT_FOUND || e == ERR_DAMAGED ? stored_tree_check(view, NULL) : e;
    n->newest.size = c.size;
    n->newest.root = c.root;
    n->newest.note_len = note.len;
    n->newest.at_ms = head->seal_to_ms;
    memcpy(n->newest.note, note.ptr, note.len);
    n->served = n->newest;
    return stored_tree_check(view, &c);
}

static enum err load_heads(struct node *n)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct log_head head;

    TRY(log_view_open(n->store, &view));
    TRY(log_head(view, &head));
    n->size = head.size;
    n->sealed = head.sealed;
    return load_published(n, view, &head);
}

/* ---- its keys ---- */

/* Who signs what is signed next, and who signed what is published. Without a key for either there is no going on. */
static enum err load_signers(struct node *n, struct signing *next, struct signing *now, struct signing *then,
                             char why[200])
{
    struct refusal lack = {""};
    uint64_t sealed = n->sealed > 0 ? n->sealed : n->size;
    struct hash kid = n->newest.by.seal_kid;
    enum err e = writer_signing(n->writer, n->size, next, &lack);

    if (e == ERR_OK) e = writer_signing(n->writer, sealed, now, &lack);
    if (e == ERR_KEY_NOT_HELD) snprintf(why, 200, "%s", lack.found);
    TRY(e);
    signers_of(now, n->config.origin, &n->newest.by);
    *then = *now;
    if (n->newest.size > 0) {
        /* Those of then may be gone already: what is published next is signed by those of now. */
        if (writer_signing(n->writer, n->newest.size, then, &lack) == ERR_OK)
            signers_of(then, n->config.origin, &n->newest.by);
        else
            *then = *now;
        n->newest.by.seal_kid = kid;
    }
    n->served.by = n->newest.by;
    return ERR_OK;
}

static const char *use_words(enum key_use use)
{
    switch (use) {
    case KEY_SIGNS: return "signs";
    case KEY_BESIDE: return "signs checkpoints too, for whoever knows no newer key";
    case KEY_NOT_LISTED: return "signs nothing until cairn log rotate lists it";
    case KEY_SPENT: break;
    }
    return "is spent: it signs nothing any more, delete it";
}

/* A file is of as much use as that of its keys which is of the most: next, for the newest seal, or under what is
 * published, which is held against it at each start. */
static void say_keys(const struct node *n, const struct signing *next, const struct signing *now,
                     const struct signing *then)
{
    for (size_t i = 0; i < n->keys.count; i++) {
        const char *file = n->keys.key[i].file;
        enum key_use use = KEY_SPENT;
        bool said = false;

        for (size_t k = 0; k < n->keys.count; k++) {
            if (strcmp(n->keys.key[k].file, file) != 0) continue;
            said = said || k < i;
            if (next->use[k] > use) use = next->use[k];
            if (now->use[k] > use) use = now->use[k];
            if (then->use[k] > use) use = then->use[k];
        }
        if (!said) printf("%-16s  %s\n", file, use_words(use));
    }
}

static bool several_files(const struct log_keys *k)
{
    for (size_t i = 1; i < k->count; i++)
        if (strcmp(k->key[i].file, k->key[0].file) != 0) return true;
    return false;
}

/* Who signs rests on these. */
static enum err check_own_statements(struct node *n)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct derived_view *derived __attribute__((cleanup(derived_view_cleanup))) = NULL;

    TRY(log_view_open(n->store, &view));
    TRY(derived_view_open(n->store, &derived));
    return stored_issuer_check(view, derived, n->config.origin);
}

static enum err open_signers(struct node *n, char why[200])
{
    struct signing next, now, then;

    snprintf(why, 200, "a statement of the log's own keys that the tree does not have");
    TRY(check_own_statements(n));
    why[0] = 0;
    TRY(load_signers(n, &next, &now, &then, why));
    if (several_files(&n->keys)) say_keys(n, &next, &now, &then);
    return ERR_OK;
}

/* As many as the writer has room for. */
static enum err load_pending(struct node *n)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct log_head head;
    struct span bytes;
    struct hash id;

    n->pending = pending_new(writer_room(n->writer));
    TRY(log_view_open(n->store, &view));
    TRY(log_head(view, &head));
    for (uint64_t p = head.published; p < head.size; p++) {
        TRY(log_statement(view, p, &bytes));
        id = hash_of(bytes);
        if (!pending_add(n->pending, &id, p)) return ERR_NO_ROOM;
    }
    return ERR_OK;
}

/* Said at the start rather than at each try. */
static enum err check_witnesses(const struct policy *p, char why[200])
{
    for (size_t i = 0; i < p->member_count; i++) {
        char url[POLICY_URL_MAX + 1];

        if (p->member[i].is_group) continue;
        snprintf(url, sizeof(url), "%.*s", (int)p->member[i].url.len, (const char *)p->member[i].url.ptr);
        if (outgoing_allowed(url)) continue;
        snprintf(why, 200, "%.140s, where https:// is wanted, or http:// to this machine", url);
        return ERR_BAD_CONFIG;
    }
    return ERR_OK;
}

static enum err open_all(struct serving *s, char why[200])
{
    struct node *n = s->node;
    struct writer_setup setup = {.dir = n->dir,
                                 .origin = n->config.origin,
                                 .keys = &n->keys,
                                 .keys_read = command_keys,
                                 .pending_max = n->config.pending_max,
                                 .tell = tell};
    struct http_limits limits = http_limits_default();
    enum err e;

    TRY(check_witnesses(&n->config.policy, why));
    TRY(folder_lock(n->dir, NULL));
    crash_marks(n->dir);
    TRY(command_keys(n->dir, n->config.origin, &n->keys, why));
    TRY(store_open(n->dir, false, n->config.map_bytes, &n->store));
    TRY(load_heads(n));
    e = writer_open(n->loop, n->store, &setup, &n->writer);
    if (e == ERR_ROLLED_BACK)
        node_halt(n, e, "the file last-signed names a larger checkpoint than this store has");
    else if (e == ERR_FORKED)
        node_halt(n, e, "the file last-signed names another history than this store has");
    else
        TRY(e);
    TRY(open_signers(n, why));
    TRY(load_pending(n));
    TRY(outgoing_open(n->loop, 256, &n->outgoing));
    limits.body_max = 4 * STATEMENT_SIZE_MAX;
    limits.connections_max = n->config.connections_max;
    return http_listen(n->loop, n->config.host, n->config.port, &limits, routes_handle, n, &n->http, &n->port, why);
}

static void say_quorum(const struct policy *p, unsigned witnesses)
{
    const struct policy_member *m = p->quorum < 0 ? NULL : &p->member[p->quorum];

    if (m == NULL)
        printf("%u witness%s, none must agree\n", witnesses, witnesses == 1 ? "" : "es");
    else if (m->is_group)
        printf("%u of %u witnesses must agree\n", m->needed, m->count);
    else
        printf("1 of %u witness%s must agree\n", witnesses, witnesses == 1 ? "" : "es");
}

static const char *mode_words(struct node *n)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct hash id;

    if (log_view_open(n->store, &view) != ERR_OK || prove_rules(n, view, n->rules, &id) != ERR_OK)
        return "rules unknown";
    return n->rules->mode == RULES_OPEN ? "open to all issuers" : "approved issuers only";
}

static void say_serving(struct node *n)
{
    uint8_t text[64];
    struct out size = out_over(text, sizeof(text));
    unsigned witnesses = policy_witness_count(&n->config.policy);
    struct span origin = n->config.origin;

    out_decimal_grouped(&size, n->size);
    printf("%.*s · size %.*s · %s · ", (int)origin.len, (const char *)origin.ptr, (int)size.len, (const char *)text,
           mode_words(n));
    if (witnesses == 0)
        printf("no witnesses yet, readers are told so\n");
    else
        say_quorum(&n->config.policy, witnesses);
    printf("http://%s:%u   open it in a browser\n", n->config.host, n->port);
    fflush(stdout);
}

static void signals(struct serving *s)
{
    uv_signal_init(s->node->loop, &s->interrupted);
    uv_signal_init(s->node->loop, &s->terminated);
    s->interrupted.data = s->terminated.data = s;
    uv_signal_start(&s->interrupted, on_signal, SIGINT);
    uv_signal_start(&s->terminated, on_signal, SIGTERM);
}

static struct node *node_new(const char *dir)
{
    struct node *n = calloc(1, sizeof(*n));

    ASSERT(n != NULL);
    n->scratch = malloc(SCRATCH_BYTES);
    n->scratch2 = malloc(SCRATCH_BYTES);
    n->bundle = malloc(BUNDLE_MAX);
    n->rules = calloc(1, sizeof(*n->rules));
    ASSERT(n->scratch != NULL && n->scratch2 != NULL && n->bundle != NULL && n->rules != NULL);
    n->turns = turns_new();
    n->loop = uv_default_loop();
    snprintf(n->dir, sizeof(n->dir), "%s", dir);
    return n;
}

static void node_free(struct node *n)
{
    pending_free(n->pending);
    turns_free(n->turns);
    store_close(n->store);
    secret_wipe(&n->keys, sizeof(n->keys));
    free(n->scratch);
    free(n->scratch2);
    free(n->bundle);
    free(n->rules);
    free(n);
}

static int run(struct serving *s)
{
    struct node *n = s->node;
    char why[200] = "";
    enum err e;

    e = open_all(s, why);
    if (e == ERR_NETWORK) {
        fprintf(stderr, "cairnd: cannot listen on %s:%u: %s\n", n->config.host, n->config.port, why);
        fprintf(stderr, "  stop whoever listens there, or: cairnd serve %s --listen HOST:PORT\n", n->dir);
        return EXIT_CANNOT_SAY;
    }
    if (e != ERR_OK) return command_fail(e, n->dir, why);
    signals(s);
    publish_start(n);
    say_serving(n);
    uv_run(n->loop, UV_RUN_DEFAULT);
    uv_loop_close(n->loop);
    node_free(n);
    free(s->config_text);
    return EXIT_YES;
}

static enum err read_config(struct serving *s, const char *listen, char where[200])
{
    char path[FILE_PATH_MAX];
    size_t len;

    TRY(file_path(s->node->dir, "cairnd.conf", path));
    TRY(file_read(path, CONFIG_SIZE_MAX, &s->config_text, &len));
    TRY(config_decode(span_of(s->config_text, len), &s->node->config, where));
    return listen == NULL ? ERR_OK : config_listen(&s->node->config, span_text(listen));
}

static void say_no_config(const char *dir)
{
    char path[FILE_PATH_MAX];

    if (file_path(dir, "log", path) == ERR_OK && access(path, F_OK) == 0)
        fprintf(stderr,
                "cairnd: %s is a log and has no cairnd.conf\n  write one, with the lines: origin NAME, listen "
                "HOST:PORT, and those of its witnesses; cairnd init in another folder makes one to copy\n",
                dir);
    else
        fprintf(stderr, "cairnd: %s is not a log: it has no cairnd.conf\n  make one: cairnd init %s --origin NAME\n",
                dir, dir);
}

int command_serve(int argc, char **argv)
{
    struct serving s = {0};
    char *listen = option_value(&argc, argv, "--listen");
    char where[200] = "";
    enum err e;

    if (argc != 1) {
        fprintf(stderr, "usage: cairnd serve DIR [--listen HOST:PORT]\n");
        return EXIT_USAGE;
    }
    s.node = node_new(argv[0]);
    e = read_config(&s, listen, where);
    if (e == ERR_NO_FILE) {
        say_no_config(argv[0]);
        return EXIT_USAGE;
    }
    return e == ERR_OK ? run(&s) : command_fail(e, "cairnd.conf", where);
}
