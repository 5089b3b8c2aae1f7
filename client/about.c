/* See about.h. */
#include "client/about.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/fetch.h"
#include "log/base/text.h"

void about_log_free(struct about_log **l)
{
    if (*l == NULL) return;
    free((*l)->known.text);
    free((*l)->vkey);
    free((*l)->successor);
    free((*l)->policy_text);
    free(*l);
    *l = NULL;
}

void about_print_quorum(const struct policy *p)
{
    unsigned count = policy_witness_count(p);

    if (p->quorum < 0) {
        printf(count == 0 ? "no witnesses" : "%u witnesses, none must agree", count);
        return;
    }
    if (p->member[p->quorum].is_group)
        printf("%u of %u witnesses must agree", p->member[p->quorum].needed, p->member[p->quorum].count);
    else
        printf("1 of %u witness%s must agree", count, count == 1 ? "" : "es");
}

void about_print_key(const struct about_log *l)
{
    uint8_t text[4096];
    struct out o = out_over(text, sizeof(text));

    text_escape(span_text(l->vkey), 800, &o);
    printf("key   ");
    print_out(&o);
    printf("\n");
}

void about_print_closing(const struct about_log *l)
{
    uint8_t text[32];
    struct out o = out_over(text, sizeof(text));

    if (!l->closes) return;
    text_time(l->closing, &o);
    printf("close %.*s: no new attestations, schemas and issuers from then on", (int)o.len, (const char *)text);
    if (l->successor != NULL) {
        printf("; ");
        print_text(span_text(l->successor));
        printf(" follows it");
    }
    printf("\n");
}

/* The policy the log recommends, with the log line's address replaced by the one it was asked at. */
static char *policy_at(const char *policy, const char *vkey, const char *url)
{
    const char *rest = strchr(policy, '\n');
    size_t len = strlen(policy) + strlen(vkey) + strlen(url) + 16;
    char *text = malloc(len);

    if (text != NULL && rest != NULL) snprintf(text, len, "log %s %s%s", vkey, url, rest);
    if (rest == NULL) {
        free(text);
        return NULL;
    }
    return text;
}

static enum err take_closing(json_t *closing, struct about_log *l)
{
    json_t *date = json_object_get(closing, "not_before");
    const char *successor = json_string_value(json_object_get(closing, "successor"));

    if (closing == NULL) return ERR_OK;
    if (!json_is_integer(date) || json_integer_value(date) < 0) return ERR_BAD_REQUEST;
    l->closes = true;
    l->closing = (uint64_t)json_integer_value(date);
    l->successor = successor == NULL ? NULL : strdup(successor);
    return ERR_OK;
}

static enum err take(json_t *json, const char *url, struct about_log *l)
{
    const char *vkey = json_string_value(json_object_get(json, "vkey"));
    const char *policy = json_string_value(json_object_get(json, "policy"));
    json_t *rules = json_object_get(json, "rules");
    const char *mode = json_string_value(json_object_get(rules, "mode"));
    const char *id = json_string_value(json_object_get(rules, "id"));
    json_int_t size = json_integer_value(json_object_get(json, "size"));
    struct vkey key;

    if (vkey == NULL || policy == NULL || mode == NULL || id == NULL || strlen(id) != 64 || size < 0)
        return ERR_BAD_REQUEST;
    TRY(vkey_decode(span_text(vkey), &key));
    l->policy_text = policy_at(policy, vkey, url);
    l->vkey = strdup(vkey);
    l->known.text = (uint8_t *)(l->policy_text == NULL ? NULL : strdup(l->policy_text));
    if (l->vkey == NULL || l->known.text == NULL) return ERR_BAD_POLICY;
    memcpy(l->rules_id, id, sizeof(l->rules_id));
    l->approved_mode = strcmp(mode, "open") != 0;
    l->size = (uint64_t)size;
    TRY(take_closing(json_object_get(rules, "closing"), l));
    return known_log_parse(l->known.text, strlen((const char *)l->known.text), &l->known);
}

/* The key it names must have signed what it serves. */
static enum err check_checkpoint(const struct about_log *l)
{
    struct checkpoint c;
    struct note note;
    FETCH answer = {0};

    TRY(fetch_path(l->known.url, "checkpoint", (struct span){0}, NULL, 0, &answer));
    if (answer.status != 200) return ERR_UNPUBLISHED;
    TRY(note_decode(span_of(answer.body, answer.len), &note));
    TRY(note_verify(&note, &l->known.policy.log[0].vkey));
    TRY(checkpoint_decode(note.text, &c));
    return span_equal(c.origin, l->known.origin) ? ERR_OK : ERR_BAD_CHECKPOINT;
}

int about_log(const char *url, struct about_log **ret)
{
    struct about_log *l = calloc(1, sizeof(*l));
    char clean[POLICY_URL_MAX + 1];
    json_t *json = NULL;
    size_t len = strlen(url);
    FETCH answer = {0};
    enum err e;

    if (l == NULL) return client_fail(ERR_NO_MEMORY, url, "");
    *ret = l;
    while (len > 0 && url[len - 1] == '/') len--;
    if (len == 0 || len > POLICY_URL_MAX) return client_fail(ERR_BAD_REQUEST, "address", url);
    memcpy(clean, url, len);
    clean[len] = 0;
    e = fetch_path(clean, "log", (struct span){0}, "application/json", 0, &answer);
    if (e != ERR_OK) return exit_of(e);
    if (answer.status == 404) return client_fail(ERR_BAD_REQUEST, url, "a server that is no Cairn log");
    if (answer.status != 200) return fetch_refused(&answer, url);
    json = json_loadb((const char *)answer.body, answer.len, JSON_REJECT_DUPLICATES, NULL);
    e = json == NULL ? ERR_BAD_REQUEST : take(json, clean, l);
    json_decref(json);
    if (e != ERR_OK) return client_fail(e, url, "an answer at /log that is not a Cairn log's");
    e = check_checkpoint(l);
    if (e == ERR_OK) return EXIT_YES;
    return client_fail(e, url,
                       e == ERR_UNPUBLISHED ? "a log that has published nothing yet"
                                            : "a checkpoint that its own key did not sign");
}
