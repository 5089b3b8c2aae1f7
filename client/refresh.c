/* See refresh.h. */
#include "client/refresh.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/evidence_file.h"
#include "client/fetch.h"
#include "log/base/codec.h"

/* A log that goes back, or shows two histories, is what all of this is against. */
static int two_histories(const struct judgement *before, uint64_t size)
{
    fprintf(stderr,
            "cairn: THE LOG SHOWS TWO HISTORIES.\n"
            "  your file was signed at size %" PRIu64 "; what the log sends now is of size %" PRIu64
            " and does not extend it.\n"
            "  keep your file: it proves what the log said then. Tell others who use this log.\n",
            before->checkpoint.size, size);
    return EXIT_NO;
}

/* A copy or a cache may be behind; only what does not extend is a second history. */
static int is_older(const struct judgement *before, uint64_t size)
{
    fprintf(stderr,
            "cairn: the log answers for size %" PRIu64 "; your file was signed at size %" PRIu64 "\n"
            "  a copy may be behind: ask again. If it stays so the log has gone back: keep your file\n",
            size, before->checkpoint.size);
    return EXIT_CANNOT_SAY;
}

static enum err path_take(json_t *json, struct tree_path *ret)
{
    json_t *path = json_object_get(json, "path"), *item;
    size_t i;

    if (!json_is_array(path) || json_array_size(path) > TREE_PATH_MAX) return ERR_BAD_REQUEST;
    ret->count = json_array_size(path);
    json_array_foreach(path, i, item) TRY(hex_decode(span_text(json_string_value(item)), ret->hash[i].b, 32));
    return ERR_OK;
}

static enum err consistency(const char *url, const struct checkpoint *old, const struct checkpoint *new)
{
    struct tree_path path;
    char query[128];
    json_t *json;
    FETCH answer = {0};
    enum err e;

    if (old->size == new->size) return hash_equal(&old->root, &new->root) ? ERR_OK : ERR_BAD_PROOF;
    snprintf(query, sizeof(query), "proof/consistency?old=%" PRIu64 "&new=%" PRIu64, old->size, new->size);
    TRY(fetch_path(url, query, (struct span){0}, "application/json", 0, &answer));
    if (answer.status != 200) return ERR_NETWORK;
    json = json_loadb((const char *)answer.body, answer.len, 0, NULL);
    e = json == NULL ? ERR_BAD_REQUEST : path_take(json, &path);
    json_decref(json);
    TRY(e);
    return tree_consistency_verify(old->size, new->size, path.hash, path.count, &old->root, &new->root);
}

/* By any key that the reader believes of this log: one that was cut signs nothing new. */
static enum err log_signed(const struct note *n, struct span origin, const struct policy *p)
{
    enum err result = ERR_NOT_SIGNED;

    for (size_t i = 0; i < p->log_count; i++) {
        const struct vkey *v = &p->log[i].vkey;
        enum err e;

        if (!span_equal(vkey_name(v), origin) || !v->usable || v->type != NOTE_ED25519) continue;
        e = note_verify(n, v);
        if (e == ERR_BAD_SIGNATURE) return e;
        if (e == ERR_OK) result = e;
    }
    return result;
}

/* Only what the log's own key signed is said of it. */
static enum err fresh_checkpoint(struct span file, const struct judgement *before, const struct trust *trust,
                                 struct checkpoint *ret)
{
    struct evidence *e = malloc(sizeof(*e));
    struct statement s;
    struct note note;
    enum err err = e == NULL ? ERR_NO_MEMORY : evidence_decode(file, e);

    if (err == ERR_OK) err = statement_of(&e->cose, &s);
    if (err == ERR_OK && !hash_equal(&s.id, &before->statement.id)) err = ERR_BAD_EVIDENCE;
    /* No log has claims that are kept out of it. */
    if (err == ERR_OK && e->map.preimage.len > 0) err = ERR_BAD_EVIDENCE;
    if (err == ERR_OK) err = note_decode(e->map.checkpoint, &note);
    if (err == ERR_OK) err = log_signed(&note, vkey_name(&before->log->vkey), &trust->policy);
    if (err == ERR_OK) err = checkpoint_decode(note.text, ret);
    free(e);
    return err;
}

static int compare(const struct judgement *before, const struct trust *trust, const char *url, struct span fresh)
{
    struct checkpoint now;
    enum err e = fresh_checkpoint(fresh, before, trust, &now);

    if (e != ERR_OK) return client_fail(e, "what the log sent", url);
    if (now.size < before->checkpoint.size) return is_older(before, now.size);
    e = consistency(url, &before->checkpoint, &now);
    if (e == ERR_BAD_PROOF) return two_histories(before, now.size);
    return e == ERR_OK ? EXIT_YES : client_fail(e, "the log's proof that it only grew", url);
}

int refresh_evidence(const struct judgement *before, const struct trust *trust, uint8_t **ret, size_t *ret_len)
{
    uint8_t path[128];
    char url[POLICY_URL_MAX + 1];
    struct out o = out_over(path, sizeof(path) - 1);
    FETCH answer = {0};
    enum err e;
    int code;

    if (before->log == NULL || before->log->url.len == 0) {
        fprintf(stderr, "cairn: the trust file gives no address of this log; its log line may end in one\n");
        return EXIT_CANNOT_SAY;
    }
    snprintf(url, sizeof(url), "%.*s", (int)before->log->url.len, (const char *)before->log->url.ptr);
    out_text(&o, "evidence/");
    hex_encode(hash_span(&before->statement.id), &o);
    path[o.len] = 0;
    e = fetch_path(url, (const char *)path, (struct span){0}, "application/cose", 0, &answer);
    if (e != ERR_OK) return exit_of(e);
    if (answer.status != 200) return fetch_refused(&answer, url);
    code = compare(before, trust, url, span_of(answer.body, answer.len));
    if (code != EXIT_YES) return code;
    if (before->preimage.len > 0) e = evidence_file_claims(before->preimage, &answer.body, &answer.len);
    if (e != ERR_OK) return client_fail(e, "the claims and what the log sent", url);
    *ret = answer.body;
    *ret_len = answer.len;
    answer.body = NULL;
    return EXIT_YES;
}
