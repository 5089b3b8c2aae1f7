/* See writing.h. A group is closed by a seal; a checkpoint is signed after it is written down that it will be. */
#include "server/node/writing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "log/statement/receipt.h"
#include "server/shell/clock.h"
#include "server/shell/files.h"

/* ---- what was signed last ---- */

static enum err last_signed_write(const struct writing *w, const struct signed_checkpoint *c)
{
    uint8_t text[512];
    struct out o = out_over(text, sizeof(text));

    checkpoint_encode(&(struct checkpoint){w->setup.origin, c->size, c->root}, &o);
    TRY(out_check(&o));
    return file_write_durable(w->setup.dir, "last-signed", out_span(&o), 0600);
}

/* ERR_NOT_FOUND when there is none. */
static enum err last_signed_read(const struct writing *w, uint8_t text[512], struct checkpoint *ret)
{
    char path[4096];
    ssize_t n;
    int fd;

    if (snprintf(path, sizeof(path), "%s/last-signed", w->setup.dir) >= (int)sizeof(path)) return ERR_NO_ROOM;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
    n = read(fd, text, 512);
    close(fd);
    if (n < 0) return ERR_IO;
    return checkpoint_decode(span_of(text, (size_t)n), ret);
}

enum err last_signed_check(const struct writing *w, const struct log_view *view, const struct log_head *head)
{
    uint8_t text[512];
    struct checkpoint last;
    struct tree_reader reader = log_reader(view);
    struct hash root;
    enum err e = last_signed_read(w, text, &last);

    if (e == ERR_NOT_FOUND) return ERR_OK;
    TRY(e);
    if (!span_equal(last.origin, w->setup.origin)) return ERR_FORKED;
    if (last.size > head->size) return ERR_ROLLED_BACK;
    if (last.size == 0) return ERR_OK;
    TRY(tree_range_root(&reader, 0, last.size, &root));
    return hash_equal(&root, &last.root) ? ERR_OK : ERR_FORKED;
}

/* ---- who signs ---- */

/* The list of the log's own statements under the published seal: who signs rests on it. */
static enum err own_list(const struct writing *w, const struct derived_view *derived, const struct hash *root,
                         uint64_t *ret_count, struct list_value *ret)
{
    struct hash key = index_key(INDEX_ISSUER, &w->setup.origin);
    struct trie_view trie = derived_trie(derived);
    struct trie_proof proof;

    TRY(trie_prove(&trie, &key, &proof));
    if (!proof.any || !hash_equal(&proof.leaf.key, &key)) return ERR_DAMAGED;
    if (trie_presence_verify(&key, &proof.leaf.value, &proof.path, root) != ERR_OK) return ERR_DAMAGED;
    *ret = proof.leaf.value;
    *ret_count = list_count(ret);
    return ERR_OK;
}

enum err own_list_agrees(const struct writing *w, const struct log_view *view)
{
    struct derived_view *derived __attribute__((cleanup(derived_view_cleanup))) = NULL;
    struct hash key = index_key(INDEX_ISSUER, &w->setup.origin);
    struct frontier read = {0};
    struct derived_head head;
    struct list_value wanted, found;
    struct list_item item;
    struct span bytes;
    uint64_t count;

    TRY(derived_view_open(w->store, &derived));
    TRY(derived_head(derived, &head));
    if (head.covers == 0) return ERR_OK; /* nothing was published yet */
    TRY(own_list(w, derived, &head.root, &count, &wanted));
    for (uint64_t i = 0; i < count; i++) {
        TRY(derived_item(derived, &key, i, &item.position));
        if (log_statement(view, item.position, &bytes) != ERR_OK) return ERR_DAMAGED;
        item.id = hash_of(bytes);
        list_append(&read, &item);
    }
    found = list_value(&read);
    return memcmp(&found, &wanted, sizeof(found)) == 0 ? ERR_OK : ERR_DAMAGED;
}

/* As the log's statements have it, wherever a crash was: what is signed again is signed by the same keys. */
enum err signing_now(const struct writing *w, const struct log_view *view, uint64_t at, struct signing *ret,
                     struct refusal *why)
{
    struct derived_view *derived __attribute__((cleanup(derived_view_cleanup))) = NULL;
    struct overlay_lookup over = {.overlay = w->overlay, .log = view};
    struct lookup l;

    TRY(derived_view_open(w->store, &derived));
    over.derived = derived;
    l = overlay_lookup(&over);
    return signing_at(&w->keys, &l, w->setup.origin, at, ret, why);
}

/* ---- SEAL and SIGN ---- */

static enum err seal_make(struct writing *w, const struct log_view *view, const struct log_head *log,
                          const struct derived_head *index, uint64_t to_ms, struct out *o)
{
    struct signing by;
    struct refusal ignored;
    uint8_t payload[256];
    struct out p = out_over(payload, sizeof(payload));
    struct seal_payload seal = {.covers = log->size,
                                .root = index->root,
                                .keys = index->keys,
                                .from_ms = log->from_ms,
                                .to_ms = to_ms,
                                .has_previous = log->sealed > 0,
                                .previous = log->sealed > 0 ? log->sealed - 1 : 0};
    struct draft draft = {.kind = KIND_SEAL, .iss = w->setup.origin, .sub = w->setup.origin, .home = w->setup.origin};

    seal_encode(&seal, &p);
    TRY(out_check(&p));
    draft.payload = out_span(&p);
    TRY(own_list_agrees(w, view));
    TRY(signing_now(w, view, log->size, &by, &ignored));
    return statement_make(&draft, &by.seal->secret, o);
}

/* The checkpoint at `size`, signed. What will have been signed is durable before the signature exists
 * anywhere but here. */
static enum err sign_checkpoint(const struct writing *w, const struct log_view *view, struct signed_checkpoint *c)
{
    struct signing by;
    struct refusal ignored;
    uint8_t text[512];
    struct out body = out_over(text, sizeof(text)), note = out_over(c->note, sizeof(c->note));

    TRY(signing_now(w, view, c->size, &by, &ignored));
    signers_of(&by, w->setup.origin, &c->by);
    TRY(last_signed_write(w, c));
    checkpoint_encode(&(struct checkpoint){w->setup.origin, c->size, c->root}, &body);
    TRY(out_check(&body));
    out_bytes(&note, out_span(&body));
    out_byte(&note, '\n');
    for (size_t i = 0; i < by.count; i++)
        note_sign(&note, out_span(&body), &c->by.checkpoint[i], &by.checkpoint[i]->secret);
    TRY(out_check(&note));
    c->note_len = note.len;
    return receipt_sign(w->setup.origin, &c->root, &by.seal->secret, &c->receipts);
}

static enum err seal_append(struct writing *w, struct span bytes, const struct hash *id, uint64_t to_ms,
                            struct signed_checkpoint *c)
{
    struct log_write *write;
    enum err e;

    TRY(log_write_open(w->store, &write));
    e = log_append(write, bytes, id);
    if (e == ERR_OK) e = log_set_sealed(write, to_ms);
    if (e != ERR_OK) {
        log_write_abort(write);
        return e;
    }
    c->size = log_write_size(write);
    c->root = log_write_root(write);
    return log_write_commit(write);
}

/* Whoever replays the group holds its issue dates against `to`: when the clock was set back in between, it is still
 * not before what admission went by. */
static uint64_t replayed_from(const struct writing *w, uint64_t to_ms)
{
    uint64_t iat = overlay_iat_max(w->overlay), least = iat > ISSUED_AHEAD_MAX_S ? iat - ISSUED_AHEAD_MAX_S : 0;

    return to_ms / 1000 < least ? least * 1000 : to_ms;
}

static enum err seal_in(struct writing *w, const struct log_view *view, struct signed_checkpoint *c)
{
    uint8_t bytes[2048];
    struct out o = out_over(bytes, sizeof(bytes));
    struct log_head log;
    struct derived_head index;
    struct statement s;
    uint64_t to_ms = clock_ms();
    enum err e;

    TRY(log_head(view, &log));
    TRY(fold_to(w, view, log.size));
    TRY(derived_write_head(w->folding, &index));
    if (to_ms < log.seal_to_ms) to_ms = log.seal_to_ms;
    if (log.from_ms == 0) log.from_ms = to_ms;
    if (to_ms < log.from_ms) to_ms = log.from_ms;
    to_ms = replayed_from(w, to_ms);
    TRY(seal_make(w, view, &log, &index, to_ms, &o));
    TRY(statement_decode(out_span(&o), &s));
    TRY(overlay_add(w->overlay, &s, NULL, 0));
    e = seal_append(w, s.bytes, &s.id, to_ms, c);
    if (e != ERR_OK) overlay_drop_from(w->overlay, log.size);
    return e;
}

static enum err sign_newest(struct writing *w, const struct log_view *view, const struct log_head *head,
                            struct signed_checkpoint *c)
{
    struct tree_reader reader = log_reader(view);

    if (head->sealed == 0) return ERR_NOT_FOUND;
    c->size = head->sealed;
    TRY(tree_range_root(&reader, 0, head->sealed, &c->root));
    return sign_checkpoint(w, view, c);
}

/* A crash before the commit leaves the group open; after it, a sealed group that recovery signs again:
 * the same bytes, since the signature is a function of them. So does a signature that failed: no second seal
 * while the first one waits. */
enum err do_seal(struct writing *w, struct job *job)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct log_head head;
    enum err e;

    TRY(log_view_open(w->store, &view));
    TRY(log_head(view, &head));
    if (head.sealed > head.published) return sign_newest(w, view, &head, &job->checkpoint);
    e = seal_in(w, view, &job->checkpoint);
    if (e != ERR_OK) {
        fold_abort(w);
        return e;
    }
    job->sealed = job->checkpoint.size;
    return sign_checkpoint(w, view, &job->checkpoint);
}

/* The newest seal's checkpoint once more: after a restart, or when the log is idle. */
enum err do_sign(struct writing *w, struct job *job)
{
    struct log_view *view __attribute__((cleanup(log_view_cleanup))) = NULL;
    struct log_head head;

    TRY(log_view_open(w->store, &view));
    TRY(log_head(view, &head));
    return sign_newest(w, view, &head, &job->checkpoint);
}
