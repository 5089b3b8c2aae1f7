/* See rules.h. */
#include "client/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "client/about.h"
#include "client/listing.h"
#include "client/submit.h"
#include "log/admit/fold.h"
#include "log/base/codec.h"
#include "log/base/text.h"
#include "log/evidence/words.h"

#define USAGE_APPROVE "cairn log approve CKT --key FILE [--as ISS] [--name NAME] [--log NAME]"
#define USAGE_WITHDRAW "cairn log withdraw CKT|NAME --key FILE [--log NAME]"
#define USAGE_LIMITS "cairn log limits [--bytes N] [--statements N] --key FILE [--log NAME]"
#define USAGE_CLOSE "cairn log close --not-before DATE|never [--successor ORIGIN] --key FILE [--log NAME]"

#define BYTES_DEFAULT 16384 /* what 0 means */
#define CLOSING_AHEAD_S (90 * 86400)

/* One change under way: the last rules, with a number of their own and nobody approved or withdrawn. */
struct change {
    const struct args *args;
    struct known_log *log;
    struct issuer_key key;
    uint8_t *fetched;
    uint64_t size;                  /* of the log that has them */
    struct rules_payload now, next; /* borrow fetched */
};

static void change_free(struct change *c)
{
    known_log_free(&c->log);
    issuer_key_wipe(&c->key);
    free(c->fetched);
}
#define CHANGE __attribute__((cleanup(change_free))) struct change

static int fetch_last(struct change *c)
{
    struct about_log *l __attribute__((cleanup(about_log_free))) = NULL;
    struct statement s;
    uint64_t ignored;
    enum err e;
    int code = about_log(c->log->url, &l);

    if (code == EXIT_YES) code = statement_fetch(c->log, l->rules_id, &c->fetched, &s, &ignored);
    if (code != EXIT_YES) return code;
    e = s.kind == KIND_RULES && span_equal(s.iss, c->log->origin) ? rules_decode(s.cose.payload, &c->now)
                                                                  : ERR_BAD_EVIDENCE;
    if (e != ERR_OK) return client_fail(e, "the log's rules", "");
    c->size = l->size;
    c->next = c->now;
    c->next.seq++;
    c->next.has_prev = true;
    c->next.prev = s.id;
    c->next.approve_count = c->next.withdraw_count = 0;
    return EXIT_YES;
}

/* Takes --log and --key from the words, and `words` words must be left. */
static int change_open(struct args *a, int words, const char *usage, struct change *c)
{
    const char *key = args_value(a, "--key");
    enum err e;
    int code = known_log(a, &c->log);

    c->args = a;
    if (code == EXIT_YES) code = args_left(a, words, usage);
    if (code != EXIT_YES) return code;
    if (key == NULL) {
        fprintf(stderr, "cairn: expected --key FILE: the operator's key, which cairnd init wrote beside the log\n");
        return EXIT_USAGE;
    }
    e = key_load(key, KEY_OPERATOR, &c->key);
    if (e == ERR_OK && !span_equal(issuer_iss(&c->key), c->log->origin))
        return client_fail(ERR_NOT_LISTED, key, "the key of another log's operator");
    return e == ERR_OK ? fetch_last(c) : key_fail(e, key, KEY_OPERATOR);
}

static int change_send(struct change *c, struct submitted *done)
{
    uint8_t payload[4096], bytes[8192];
    struct out w = out_over(payload, sizeof(payload)), o = out_over(bytes, sizeof(bytes));
    struct span origin = c->log->origin;
    struct draft draft = {.kind = KIND_RULES, .iss = origin, .sub = origin, .home = origin};
    enum err e;

    rules_encode(&c->next, &w);
    e = out_check(&w);
    draft.payload = out_span(&w);
    if (e == ERR_OK) e = statement_make(&draft, &c->key.secret, &o);
    return e == ERR_OK ? submit(c->args, c->log, out_span(&o), done) : client_fail(e, "the new rules", "");
}

/* ---- approve ---- */

/* A name with blanks has no place in a file of words. */
static int remember_issuer(const struct args *a, const char *name, const char *iss)
{
    char path[PATH_LEN], line[2 * ISS_MAX];
    enum err e;

    if (name == NULL || strpbrk(iss, " \t") != NULL) return EXIT_YES;
    snprintf(line, sizeof(line), "issuer %s %s", name, iss);
    e = home_path(a, "names", path);
    if (e == ERR_OK) e = file_append_line(path, span_text(line));
    return e == ERR_OK ? EXIT_YES : client_fail(e, "names", "");
}

static int not_a_key(const char *word)
{
    uint8_t room[400];
    struct out text = out_over(room, sizeof(room));

    text_escape(span_text(word), 80, &text);
    fprintf(stderr,
            "cairn: approve: expected ckt: and 43 characters, as cairn issuer new and show print a key; found %.*s\n",
            (int)text.len, (const char *)room);
    return EXIT_USAGE;
}

/* *ret_done when it is approved with this key already. */
static int check_approved(const struct change *c, const struct approval *approval, const char *word, bool *ret_done)
{
    LISTING *l = NULL;
    struct approval_fold f;
    enum err e;
    int code = listing_fetch(c->log, INDEX_APPROVAL, approval->iss, &l);

    if (code != EXIT_YES) return code;
    e = approval_fold(&l->lookup, approval->iss, l->checkpoint.size, &f);
    if (e != ERR_OK) return client_fail(e, word, "");
    /* An older list may not have the withdrawal that it was withdrawn by. */
    *ret_done =
        l->checkpoint.size >= c->size && f.approved && !f.withdrawn && hash_equal(&f.genesis, &approval->genesis);
    if (*ret_done) printf("already approved at @%llu, nothing added\n", (unsigned long long)f.position);
    return EXIT_YES;
}

int rules_approve(struct args *a)
{
    const char *name = args_value(a, "--name"), *as = args_value(a, "--as");
    CHANGE c = {.log = NULL};
    uint8_t urn[CKT_URN_LEN];
    struct out iss = out_over(urn, sizeof(urn));
    struct approval *approval = &c.next.approve[0];
    SUBMITTED done = {.evidence = NULL};
    bool is_done = false;
    int code = change_open(a, 1, USAGE_APPROVE, &c);

    if (code != EXIT_YES) return code;
    if (name != NULL && !pet_name_good(name)) return client_bad_name("--name", name);
    if (ckt_decode(span_text(a->word[0]), &approval->genesis) != ERR_OK) return not_a_key(a->word[0]);
    ckt_urn(&approval->genesis, &iss);
    approval->iss = as != NULL ? span_text(as) : out_span(&iss);
    c.next.approve_count = 1;
    code = check_approved(&c, approval, a->word[0], &is_done);
    if (code == EXIT_YES && !is_done) code = change_send(&c, &done);
    if (code != EXIT_YES) return code;
    if (!is_done) printf("ok    approved at @%llu: this issuer may register\n", (unsigned long long)done.position);
    return remember_issuer(a, name, as != NULL ? as : a->word[0]);
}

/* ---- withdraw ---- */

/* Whether there is anything to withdraw; EXIT_YES with *ret_done when it is withdrawn already. */
static int check_approval(const struct change *c, struct span iss, const char *word, bool *ret_done)
{
    LISTING *l = NULL;
    struct approval_fold f;
    enum err e;
    int code = listing_fetch(c->log, INDEX_APPROVAL, iss, &l);

    if (code != EXIT_YES) return code;
    e = approval_fold(&l->lookup, iss, l->checkpoint.size, &f);
    if (e != ERR_OK) return client_fail(e, word, "");
    *ret_done = f.withdrawn;
    if (f.withdrawn) printf("already withdrawn at @%llu, nothing added\n", (unsigned long long)f.position);
    if (f.approved || (c->now.mode == RULES_OPEN && span_starts(iss, SPAN(CKT_URN)))) return EXIT_YES;
    return client_fail(ERR_NOT_APPROVED, word, "an issuer that was never approved here");
}

int rules_withdraw(struct args *a)
{
    uint8_t name[ISS_MAX], text[4 * ISS_MAX];
    struct out iss = out_over(name, sizeof(name)), named = out_over(text, sizeof(text));
    CHANGE c = {.log = NULL};
    SUBMITTED done = {.evidence = NULL};
    bool is_done = false;
    enum err e;
    int code = change_open(a, 1, USAGE_WITHDRAW, &c);

    if (code != EXIT_YES) return code;
    e = known_iss(a, a->word[0], &iss);
    if (e == ERR_NOT_FOUND) { /* a name that was approved as it stands */
        out_text(&iss, a->word[0]);
        e = out_check(&iss);
    }
    if (e != ERR_OK) return client_fail(e, "withdraw", a->word[0]);
    code = check_approval(&c, out_span(&iss), a->word[0], &is_done);
    if (code != EXIT_YES || is_done) return code;
    words_name(&named, out_span(&iss));
    printf("note  withdraws %.*s\n", (int)named.len, (const char *)text);
    c.next.withdraw[0] = out_span(&iss);
    c.next.withdraw_count = 1;
    code = change_send(&c, &done);
    if (code == EXIT_YES)
        printf("ok    withdrawn at @%llu: it adds no attestations and schemas from here on. What it said\n"
               "      stands, and it can still revoke and change its keys; approve takes it in again\n",
               (unsigned long long)done.position);
    return code;
}

/* ---- limits ---- */

static int number(const char *option, const char *text, uint64_t *ret)
{
    if (text == NULL || decimal_decode(span_text(text), INT64_MAX, ret) == ERR_OK) return EXIT_YES;
    return client_fail(ERR_BAD_NUMBER, option, text);
}

static void print_limits(const struct rules_payload *p)
{
    uint8_t text[200];
    struct out o = out_over(text, sizeof(text));

    out_text(&o, "an attestation has at most ");
    out_decimal_grouped(&o, p->limit_bytes == 0 ? BYTES_DEFAULT : p->limit_bytes);
    out_text(&o, " bytes; an issuer adds ");
    if (p->limit_statements == 0) {
        out_text(&o, "any number of statements");
    } else {
        out_text(&o, "at most ");
        out_decimal_grouped(&o, p->limit_statements);
        out_text(&o, p->limit_statements == 1 ? " statement" : " statements");
    }
    out_text(&o, " between two checkpoints");
    print_out(&o);
    printf("\n");
}

int rules_limits(struct args *a)
{
    const char *bytes = args_value(a, "--bytes"), *statements = args_value(a, "--statements");
    CHANGE c = {.log = NULL};
    SUBMITTED done = {.evidence = NULL};
    int code = change_open(a, 0, USAGE_LIMITS, &c);

    if (code == EXIT_YES) code = number("--bytes", bytes, &c.next.limit_bytes);
    if (code == EXIT_YES) code = number("--statements", statements, &c.next.limit_statements);
    if (code != EXIT_YES) return code;
    if (c.next.limit_bytes == c.now.limit_bytes && c.next.limit_statements == c.now.limit_statements) {
        printf("now   ");
        print_limits(&c.now);
        return EXIT_YES;
    }
    printf("was   ");
    print_limits(&c.now);
    printf("new   ");
    print_limits(&c.next);
    if (!client_ask(a, "Set them? They hold for whoever may attest here, until they are set again.")) return EXIT_NO;
    code = change_send(&c, &done);
    if (code == EXIT_YES) printf("ok    in force from @%llu on\n", (unsigned long long)done.position);
    return code;
}

/* ---- close ---- */

/* "It closes on 2027-03-01, …": what is about to be signed. */
static bool ask_close(const struct change *c)
{
    uint8_t text[800];
    struct out o = out_over(text, sizeof(text) - 1);

    out_text(&o, "Close ");
    text_escape(c->log->origin, 80, &o);
    out_text(&o, " from ");
    text_time(c->next.closing_not_before, &o);
    out_text(&o, " on");
    if (c->next.has_successor) {
        out_text(&o, ", ");
        text_escape(c->next.closing_successor, 80, &o);
        out_text(&o, " follows it");
    }
    out_text(&o, "? No new attestation, schema or issuer is taken then; once that day has come it is final.");
    text[o.len] = 0;
    return client_ask(c->args, (const char *)text);
}

static void say_closed(const struct change *c, const struct submitted *done)
{
    uint8_t text[64];
    struct out o = out_over(text, sizeof(text));

    text_time(c->next.closing_not_before, &o);
    if (c->next.has_closing)
        printf("ok    said at @%llu: closed from %.*s on. Until then: --not-before a later date, or never\n",
               (unsigned long long)done->position, (int)o.len, (const char *)text);
    else
        printf("ok    said at @%llu: it does not close\n", (unsigned long long)done->position);
}

/* What the log would refuse, said before anything is asked; a later date than the one before may be any. */
static int check_closing(const struct change *c, const char *date)
{
    uint64_t now = (uint64_t)time(NULL), soonest = now + CLOSING_AHEAD_S;
    uint8_t text[64];
    struct out o = out_over(text, sizeof(text));

    if (c->next.closing_not_before >= soonest) return EXIT_YES;
    if (c->now.has_closing && c->next.closing_not_before >= c->now.closing_not_before) return EXIT_YES;
    text_time(soonest, &o);
    fprintf(stderr, "cairn: --not-before: expected a date 90 days ahead, from %.*s on; found %s\n", (int)o.len,
            (const char *)text, date);
    return EXIT_USAGE;
}

int rules_close(struct args *a)
{
    const char *date = args_value(a, "--not-before"), *successor = args_value(a, "--successor");
    CHANGE c = {.log = NULL};
    SUBMITTED done = {.evidence = NULL};
    int code = change_open(a, 0, USAGE_CLOSE, &c);

    if (code != EXIT_YES) return code;
    if (date == NULL) {
        fprintf(stderr, "cairn: expected --not-before and a date, 90 days ahead or more; found none\nusage: %s\n",
                USAGE_CLOSE);
        return EXIT_USAGE;
    }
    c.next.has_closing = strcmp(date, "never") != 0;
    if (c.next.has_closing && text_time_decode(span_text(date), &c.next.closing_not_before) != ERR_OK)
        return client_fail(ERR_BAD_NUMBER, "--not-before", date);
    if (c.next.has_closing && (code = check_closing(&c, date)) != EXIT_YES) return code;
    if (successor != NULL) c.next.closing_successor = span_text(successor);
    c.next.has_successor = c.next.has_closing && (successor != NULL || c.now.has_successor);
    if (!c.next.has_closing && !c.now.has_closing) {
        printf("it does not close, nothing added\n");
        return EXIT_YES;
    }
    if (c.next.has_closing && !ask_close(&c)) return EXIT_NO;
    code = change_send(&c, &done);
    if (code == EXIT_YES) say_closed(&c, &done);
    return code;
}
