/* cairn issuer show: an issuer's keys by position, in words. */
#include "client/issuer.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/ours.h"
#include "log/evidence/words.h"

#define USAGE "cairn issuer show NAME|CKT [--log NAME]"
#define COLUMN "        "

void print_kid(const struct hash *kid)
{
    uint8_t text[CKT_SHORT_LEN];
    struct out o = out_over(text, sizeof(text));

    ckt_short(kid, &o);
    print_out(&o);
}

static void print_quoted(struct span text)
{
    uint8_t room[1024];
    struct out o = out_over(room, sizeof(room));

    words_quoted(&o, text);
    print_out(&o);
}

void ours_print_name(const struct ours *o)
{
    uint8_t text[1024];
    struct out name = out_over(text, sizeof(text));

    words_name(&name, ours_iss(o));
    print_out(&name);
    if (o->now.last.name.len == 0) return;
    printf(", calling itself ");
    print_quoted(o->now.last.name);
}

static void print_purposes(unsigned purposes)
{
    static const struct {
        unsigned bit;
        const char *what;
    } words[] = {{PURPOSE_ATTEST, "attests"}, {PURPOSE_STATUS, "revokes"},   {PURPOSE_ISSUER, "changes keys"},
                 {PURPOSE_SEAL, "seals"},     {PURPOSE_RULES, "sets rules"}, {PURPOSE_CHECKPOINT, "signs checkpoints"}};
    const char *between = " ";

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if ((purposes & words[i].bit) == 0) continue;
        printf("%s%s", between, words[i].what);
        between = ", ";
    }
}

/* ---- one statement ---- */

static void print_keys(const struct issuer_payload *p, const struct issuer_payload *before)
{
    for (size_t k = 0; k < p->key_count; k++) {
        const struct listed_key *had = issuer_listed(before, &p->key[k].kid);

        if (had != NULL && had->purposes == p->key[k].purposes) continue;
        printf(COLUMN "%s ", had == NULL ? "adds   " : "changes");
        print_kid(&p->key[k].kid);
        print_purposes(p->key[k].purposes);
        printf("\n");
    }
    for (size_t k = 0; k < before->key_count; k++) {
        if (issuer_listed(p, &before->key[k].kid) != NULL) continue;
        printf(COLUMN "removes ");
        print_kid(&before->key[k].kid);
        printf("\n");
    }
}

static void print_cuts(const struct issuer_payload *p, uint64_t position)
{
    for (size_t i = 0; i < p->cut_count; i++) {
        printf(COLUMN "cuts    ");
        print_kid(&p->cut[i].kid);
        printf(" from @%llu on\n", (unsigned long long)(p->cut[i].has_position ? p->cut[i].position : position));
    }
}

static void print_texts(const struct issuer_payload *p, const struct issuer_payload *before)
{
    if (!span_equal(p->name, before->name)) {
        printf(COLUMN "name    ");
        print_quoted(p->name);
        printf("\n");
    }
    if (!span_equal(p->url, before->url)) {
        printf(COLUMN "url     ");
        print_text(p->url);
        printf("\n");
    }
}

/* What the n-th statement names as the one before it: gives which that is, or 0. Nothing, of the first. */
static size_t payload_before(const struct ours *o, size_t n, struct issuer_payload *ret)
{
    size_t at = 0;

    memset(ret, 0, sizeof(*ret));
    if (n > 0 && ours_find(o, &o->step[n].prev, &at)) ours_payload(o, at, ret);
    return at;
}

void ours_print_step(const struct ours *o, size_t n)
{
    const struct own_step *s = &o->step[n];
    struct issuer_payload p, before;
    size_t at = payload_before(o, n, &before);

    ours_payload(o, n, &p);
    printf("@%-7llu", (unsigned long long)s->position);
    if (s->recovery)
        printf("recovery, back to @%llu", (unsigned long long)o->step[at].position);
    else
        printf(n == 0 ? "first statement" : "change of keys");
    printf("%s%s\n", s->dropped ? ", dropped by a later recovery" : "",
           o->name != NULL && !s->made_here ? ", not made in this folder" : "");
    print_keys(&p, &before);
    print_cuts(&p, s->position);
    print_texts(&p, &before);
    for (size_t i = 0; (n == 0 || s->recovery) && i < p.recovery_count; i++) {
        printf(COLUMN "commits ");
        print_kid(&p.recovery[i]);
        printf(" for recovery\n");
    }
}

/* ---- the whole ---- */

static void print_key(const struct ours *o, const struct hash *kid)
{
    const struct listed_key *now = issuer_listed(&o->now.last, kid);
    uint64_t cut = ours_life(o, kid).cut;

    printf(now != NULL ? "now     " : "ended   ");
    print_kid(kid);
    if (now != NULL) print_purposes(now->purposes);
    if (o->name != NULL && o->has[OWN_KEY] && hash_equal(&o->key[OWN_KEY].kid, kid)) printf(" · %s.key", o->name);
    if (cut != UINT64_MAX) printf(" · attests nothing from @%llu on", (unsigned long long)cut);
    printf("\n");
}

static void print_all(const struct ours *o)
{
    ours_print_name(o);
    printf("\n");
    for (size_t n = 0; n < o->count; n++) ours_print_step(o, n);
    for (size_t n = 0; n < o->count; n++) {
        struct issuer_payload p, before;

        ours_payload(o, n, &p);
        payload_before(o, n, &before);
        /* No key returns: what was listed at any time before is listed there. */
        for (size_t k = 0; k < p.key_count; k++)
            if (issuer_listed(&before, &p.key[k].kid) == NULL) print_key(o, &p.key[k].kid);
    }
}

int issuer_show(struct args *a)
{
    struct known_log *log __attribute__((cleanup(known_log_free))) = NULL;
    OURS o = {0};
    struct out iss;
    enum err e;
    int code = known_log(a, &log);

    memset(&o, 0, sizeof(o));
    if (code == EXIT_YES) code = args_left(a, 1, USAGE);
    if (code == EXIT_YES && pet_name_good(a->word[0])) code = ours_load(a, a->word[0], &o);
    if (code != EXIT_YES) return code;
    if (!o.has[OWN_KEY]) {
        o.args = a;
        o.name = NULL;
        iss = out_over(o.iss, sizeof(o.iss));
        e = known_iss(a, a->word[0], &iss);
        if (e == ERR_NOT_FOUND) { /* a name that was approved as it stands, or the log's own */
            out_text(&iss, a->word[0]);
            e = out_check(&iss);
        }
        o.iss_len = iss.len;
        if (e != ERR_OK) return client_fail(e, "issuer", a->word[0]);
    }
    code = ours_fetch(&o, log);
    if (code == EXIT_YES) print_all(&o);
    return code;
}
