/* cairn issuer rotate, cairn issuer cut: what whoever has a signing key does with the keys of its issuer. */
#include "client/issuer.h"

#include <stdio.h>

#include "client/renew.h"
#include "log/base/text.h"

#define USAGE_ROTATE "cairn issuer rotate NAME [--stolen-since [@POSITION]] [--log NAME]"
#define USAGE_CUT "cairn issuer cut NAME CKT [--stolen-since [@POSITION]] [--log NAME]"

/* ---- what somebody else may have done ---- */

static void advise_recovery(const struct ours *o, FILE *to)
{
    size_t n;

    fprintf(to, "  if it was not you: cairn issuer recover %s %s.recovery", o->name, o->name);
    if (renew_last_made(o, &n)) fprintf(to, " --back-to @%llu", (unsigned long long)o->step[n].position);
    fprintf(to, "\n");
}

/* Whether there are statements that somebody else made, or this folder forgot. */
static bool show_others(const struct ours *o)
{
    bool any = false;

    for (size_t n = ours_run(o); n < o->count; n++) {
        if (o->step[n].made_here) continue;
        ours_print_step(o, n);
        any = true;
    }
    return any;
}

/* Shows what this folder did not make. Unless its key may change keys there is nothing that it can do. */
static int check_signer(const struct ours *o)
{
    uint8_t text[CKT_SHORT_LEN];
    struct out kid = out_over(text, sizeof(text));
    bool others;

    renew_print_who(o);
    others = show_others(o);
    if (issuer_key(&o->now, &o->key[OWN_KEY].kid, PURPOSE_ISSUER) != NULL) {
        if (others) advise_recovery(o, stdout);
        return EXIT_YES;
    }
    ckt_short(&o->key[OWN_KEY].kid, &kid);
    fflush(stdout);
    fprintf(stderr, "cairn: %s: expected %.*s among the keys of this issuer; found others since @%llu\n", o->name,
            (int)kid.len, (const char *)text, (unsigned long long)o->now.last_position);
    advise_recovery(o, stderr);
    return EXIT_NO;
}

/* The statement that follows the last one, and changes nothing yet. */
static void following(const struct ours *o, struct issuer_payload *p)
{
    *p = o->now.last;
    p->seq++;
    p->has_prev = true;
    p->prev = o->now.last_id;
    p->has_revealed = false;
    p->cut_count = 0;
}

/* Takes --log from the words, of which `words` must be left; the first is the name. */
static int own_open(struct args *a, int words, const char *usage, struct known_log **log, struct ours *o)
{
    int code = known_log(a, log);

    if (code == EXIT_YES) code = args_left(a, words, usage);
    if (code == EXIT_YES) code = ours_load(a, a->word[0], o);
    if (code != EXIT_YES) return code;
    if (!o->has[OWN_KEY]) return known_issuer_named(a, a->word[0], &o->key[OWN_KEY]);
    return ours_fetch(o, *log);
}

/* ---- rotate ---- */

/* The set of the last statement, with the new key in the place of the old one. */
static void rotated(const struct ours *o, const struct theft *t, struct issuer_payload *p)
{
    const struct issuer_key *old = &o->key[OWN_KEY];

    following(o, p);
    for (size_t k = 0; k < p->key_count; k++)
        if (hash_equal(&p->key[k].kid, &old->kid)) p->key[k].key = o->key[OWN_KEY_NEXT].public;
    issuer_sort(p);
    theft_cut(t, &old->kid, p);
}

/* What was begun may have said nothing of a theft. */
static int finish(struct ours *o, const struct theft *t)
{
    bool is_cut = !o->has[OWN_KEY_NEXT] || ours_life(o, &o->key[OWN_KEY].kid).cut != UINT64_MAX;
    int code = renew_finish(o);

    if (code != EXIT_YES || is_cut || !t->is_said) return code;
    printf("note  the old key is not cut: cairn issuer cut %s ", o->name);
    print_kid(&o->key[OWN_KEY].kid);
    printf(" --stolen-since");
    if (t->has_position) printf(" @%llu", (unsigned long long)t->position);
    printf("\n");
    return EXIT_CANNOT_SAY;
}

static int rotate(struct ours *o, struct theft *t)
{
    char words[96];
    struct issuer_payload p;
    SUBMITTED done = {.evidence = NULL};
    int code;

    code = renew_go_on(o, "rotate", t);
    if (code != EXIT_YES) return code;
    if (renew_is_begun(o)) return finish(o, t);
    code = theft_check(t, o);
    if (code == EXIT_YES) code = check_signer(o);
    if (code != EXIT_YES) return code;
    printf("key   ");
    print_kid(&o->key[OWN_KEY].kid);
    printf(" signs now");
    theft_print(t, o, &o->key[OWN_KEY].kid);
    if (!client_ask(o->args, "Replace it by a new key? It is final.")) return EXIT_NO;
    snprintf(words, sizeof(words), "rotate %s", o->name);
    code = renew_begin(o, words, t);
    if (code == EXIT_YES) code = renew_key(o, OWN_KEY_NEXT);
    if (code != EXIT_YES) return code;
    rotated(o, t, &p);
    code = renew_send(o, &p, &o->key[OWN_KEY].secret, &done);
    if (code != EXIT_YES) return code;
    o->has[OWN_RECOVERY_NEXT] = false; /* of a recovery that was begun and is not this */
    return renew_done(o, t, &done);
}

int issuer_rotate(struct args *a)
{
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    struct theft theft;
    OURS o = {0};
    int code = theft_of(a, &theft);

    memset(&o, 0, sizeof(o));
    if (code == EXIT_YES) code = own_open(a, 1, USAGE_ROTATE, &log, &o);
    return code == EXIT_YES ? rotate(&o, &theft) : code;
}

/* ---- cut ---- */

/* The set of the last statement without the key, if it is in it. */
static void cut_out(const struct ours *o, const struct theft *t, const struct hash *kid, struct issuer_payload *p)
{
    size_t left = 0;

    following(o, p);
    for (size_t k = 0; k < p->key_count; k++)
        if (!hash_equal(&p->key[k].kid, kid)) p->key[left++] = p->key[k];
    p->key_count = left;
    theft_cut(t, kid, p);
}

static int check_cut(const struct ours *o, const char *word, const struct hash *kid)
{
    if (hash_equal(kid, &o->key[OWN_KEY].kid)) {
        fprintf(stderr,
                "cairn: cut: expected another key than the one that signs here; found %s\n"
                "  cairn issuer rotate %s --stolen-since @POSITION\n",
                word, o->name);
        return EXIT_USAGE;
    }
    if (!ours_life(o, kid).listed) return client_fail(ERR_BAD_CUT, "cut", "a key that this issuer never listed");
    return EXIT_YES;
}

static int not_a_key(const char *word)
{
    uint8_t room[400];
    struct out text = out_over(room, sizeof(room));

    text_escape(span_text(word), 80, &text);
    fprintf(stderr, "cairn: cut: expected ckt: and 43 characters, as cairn issuer show prints a key; found %.*s\n",
            (int)text.len, (const char *)room);
    return EXIT_USAGE;
}

static int cut(struct ours *o, const struct theft *t, const char *word)
{
    struct issuer_payload p;
    SUBMITTED done = {.evidence = NULL};
    struct hash kid;
    int code;

    if (ckt_decode(span_text(word), &kid) != ERR_OK) return not_a_key(word);
    code = theft_check(t, o);
    if (code == EXIT_YES) code = check_signer(o);
    if (code == EXIT_YES) code = check_cut(o, word, &kid);
    if (code != EXIT_YES) return code;
    printf("key   ");
    print_kid(&kid);
    printf(issuer_listed(&o->now.last, &kid) != NULL ? " signs now" : " signs no more");
    theft_print(t, o, &kid);
    if (!client_ask(o->args, "Cut it? It is final.")) return EXIT_NO;
    cut_out(o, t, &kid, &p);
    code = renew_send(o, &p, &o->key[OWN_KEY].secret, &done);
    if (code != EXIT_YES || done.already) return code;
    printf("ok    cut at ");
    submitted_print(&done);
    printf("\n");
    return EXIT_YES;
}

int issuer_cut(struct args *a)
{
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    struct theft theft;
    OURS o = {0};
    int code = theft_of(a, &theft);

    memset(&o, 0, sizeof(o));
    theft.is_said = true;
    if (code == EXIT_YES) code = own_open(a, 2, USAGE_CUT, &log, &o);
    return code == EXIT_YES ? cut(&o, &theft, a->word[1]) : code;
}
