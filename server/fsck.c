/* cairnd fsck: reads everything again and recomputes every hash. A child process does it, so that a file which ends
 * whoever reads it is named too. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/command.h"
#include "server/node/stored.h"

#define WHERE_MAX 160
#define TELL_EVERY 4096

/* What the child tells, in memory of both. */
struct report {
    bool ended;
    enum err err;
    const char *step; /* text of this program */
    uint64_t done, all;
    bool keys; /* the log's own key was there, to check signatures with */
    uint64_t covers, published;
    char where[WHERE_MAX];
};

static void tell(void *ctx, uint64_t done, uint64_t all)
{
    struct report *r = ctx;

    r->done = done;
    r->all = all;
    if (done % TELL_EVERY != 0 && done != all) return;
    fprintf(stderr, "\rchecked %llu of %llu places", (unsigned long long)done, (unsigned long long)all);
    if (done == all) fprintf(stderr, "\n");
}

/* ---- what is signed ---- */

/* Keys and settings are there where the log is served; a copy of the store alone has none. */
static bool keys_read(const char *dir, struct config *config, struct log_keys *keys, uint8_t **ret_text)
{
    char path[FILE_PATH_MAX], ignored[200];
    size_t len;

    *ret_text = NULL;
    return file_path(dir, "cairnd.conf", path) == ERR_OK &&
           file_read(path, CONFIG_SIZE_MAX, ret_text, &len) == ERR_OK &&
           config_decode(span_of(*ret_text, len), config, ignored) == ERR_OK &&
           command_keys(dir, config->origin, keys, ignored) == ERR_OK;
}

static enum err root_check(const struct log_view *view, const struct checkpoint *c)
{
    struct tree_reader reader = log_reader(view);
    struct hash root;

    if (c->size == 0) return ERR_OK;
    TRY(tree_range_root(&reader, 0, c->size, &root));
    return hash_equal(&root, &c->root) ? ERR_OK : ERR_DAMAGED;
}

/* The published note must name the root that the tree has at its size, and hold under this log's keys. */
static enum err note_check(const char *dir, const struct log_view *view, const struct log_head *head, struct report *r)
{
    static struct config config;
    struct log_keys keys;
    struct hash kid;
    struct signature receipts;
    struct checkpoint c;
    struct note note;
    struct span bytes;
    uint8_t *text;
    enum err e = log_published(view, &bytes, &receipts);

    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    snprintf(r->where, WHERE_MAX, "the published checkpoint does not fit the tree");
    if (note_decode(bytes, &note) != ERR_OK || checkpoint_decode(note.text, &c) != ERR_OK) return ERR_DAMAGED;
    if (c.size != head->published) return ERR_DAMAGED;
    TRY(root_check(view, &c));
    r->keys = keys_read(dir, &config, &keys, &text);
    snprintf(r->where, WHERE_MAX, "a signature of the published checkpoint, or that of its receipts, does not hold");
    e = r->keys ? stored_note_check(&config, &keys, bytes, &receipts, &c, &kid) : ERR_OK;
    secret_wipe(&keys, sizeof(keys));
    free(text);
    return e;
}

/* What was signed last must be in the store: else it is older than its signatures. */
static enum err last_signed_check(const char *dir, const struct log_view *view, const struct log_head *head,
                                  struct report *r)
{
    char path[FILE_PATH_MAX];
    struct checkpoint c;
    uint8_t *text;
    size_t len;
    enum err e = file_path(dir, "last-signed", path);

    if (e == ERR_OK) e = file_read(path, 512, &text, &len);
    if (e == ERR_NO_FILE) return ERR_OK;
    TRY(e);
    snprintf(r->where, WHERE_MAX, "the file last-signed is no checkpoint");
    e = checkpoint_decode(span_of(text, len), &c) == ERR_OK ? ERR_OK : ERR_DAMAGED;
    if (e == ERR_OK && c.size > head->size) {
        snprintf(r->where, WHERE_MAX, "size %llu was signed and the log has %llu statements",
                 (unsigned long long)c.size, (unsigned long long)head->size);
        e = ERR_DAMAGED;
    } else if (e == ERR_OK) {
        snprintf(r->where, WHERE_MAX, "the root that was signed last, at size %llu, is not the tree's",
                 (unsigned long long)c.size);
        e = root_check(view, &c);
    }
    free(text);
    return e;
}

static enum err signed_check(const char *dir, struct store *store, struct report *r)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct log_head head;

    TRY(log_view_open(store, &view));
    TRY(log_head(view, &head));
    r->published = head.published;
    TRY(note_check(dir, view, &head, r));
    return last_signed_check(dir, view, &head, r);
}

static enum err covers_read(struct store *store, struct report *r)
{
    struct derived_view *view __attribute__((cleanup(derived_view_cleanup))) = NULL;
    struct derived_head head;

    TRY(derived_view_open(store, &view));
    TRY(derived_head(view, &head));
    r->covers = head.covers;
    return ERR_OK;
}

/* ---- all of it ---- */

static enum err everything(const char *dir, struct report *r)
{
    struct store *store;
    enum err e;

    r->step = "the pages of the files";
    TRY(store_check_pages(dir, r->where));
    r->step = "the beginning of the files";
    e = store_open_as_it_is(dir, 0, &store);
    if (e != ERR_OK) {
        snprintf(r->where, WHERE_MAX, "the tables of log or derived");
        return e;
    }
    r->step = "statements and index";
    e = store_check(store, tell, r, r->where);
    r->step = "what was signed";
    if (e == ERR_OK) e = signed_check(dir, store, r);
    if (e == ERR_OK) e = covers_read(store, r);
    store_close(store);
    return e;
}

static void child(const char *dir, struct report *r)
{
    r->err = everything(dir, r);
    r->ended = true;
    _exit(0);
}

/* How a child ended that has not told. */
static void died(struct report *r, int status)
{
    unsigned long long done = r->done, all = r->all;
    const char *how = WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it ended";

    r->err = ERR_DAMAGED;
    if (all > 0)
        snprintf(r->where, WHERE_MAX, "reading died near place %llu of %llu of %s: %s", done, all, r->step, how);
    else
        snprintf(r->where, WHERE_MAX, "reading died near %s: %s", r->step, how);
}

static enum err run(const char *dir, struct report *r)
{
    pid_t pid;
    int status;

    fflush(NULL);
    pid = fork();
    if (pid == 0) child(dir, r);
    if (pid < 0 || waitpid(pid, &status, 0) != pid) return ERR_IO;
    if (!r->ended) died(r, status);
    return r->err;
}

static int sound(const struct report *r)
{
    printf("ok    every statement hashes to its place, every tile to the one above, the index to its seal\n");
    if (!r->keys && r->published > 0) printf("      the log's key is not here: signatures were not checked\n");
    if (r->covers < r->published)
        printf("      the index covers %llu of %llu published statements; the next start reads the others\n",
               (unsigned long long)r->covers, (unsigned long long)r->published);
    return EXIT_YES;
}

int command_fsck(int argc, char **argv)
{
    struct report *r;
    enum err e;
    int code;

    if (argc != 1) {
        fprintf(stderr, "usage: cairnd fsck DIR   (stop the server first)\n");
        return EXIT_USAGE;
    }
    e = folder_lock(argv[0], NULL);
    if (e != ERR_OK) return command_fail(e, argv[0], "");
    r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r == MAP_FAILED) return command_fail(ERR_NO_MEMORY, argv[0], "");
    e = run(argv[0], r);
    if (e == ERR_OK) return sound(r);
    code = command_fail(e, argv[0], e == ERR_DAMAGED ? r->where : "");
    return e == ERR_DAMAGED ? EXIT_NO : code;
}
