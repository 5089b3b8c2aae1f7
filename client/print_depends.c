/* What a statement depends on, in words and for programs. Everything that came from the file passes text_escape. */
#include <inttypes.h>
#include <stdio.h>

#include "client/print_parts.h"
#include "log/base/codec.h"
#include "log/base/text.h"
#include "log/evidence/words.h"

#define ID_SHOWN 8

/* By the reader's own name, else by the one it signs under. */
static void issuer_put(const struct judgement *j, const struct dependency *d, const struct trust *trust)
{
    const struct trust_issuer *line = print_believed(j, trust, d->statement.iss);
    uint8_t text[4 * ISS_MAX];
    struct out o = out_over(text, sizeof(text));

    if (line != NULL)
        print_text(line->name);
    else {
        words_name(&o, d->statement.iss);
        print_out(&o);
    }
}

static void which_put(const struct judgement *j, const struct dependency *d, const struct trust *trust)
{
    uint8_t text[2 * ID_SHOWN];
    struct out o = out_over(text, sizeof(text));

    hex_encode(span_slice(hash_span(&d->statement.id), 0, ID_SHOWN), &o);
    printf("@%" PRIu64 " ", d->position);
    print_out(&o);
    printf(d->holds ? "… by " : "… said to be by ");
    issuer_put(j, d, trust);
    if (d->through != j->position) printf(", through @%" PRIu64, d->through);
}

/* "revoked at 2026-11-20 03:09:12Z (@15): issued-in-error" */
static void status_put(const struct dependency *d)
{
    const char *reason = status_reason_word(d->status.reason);

    if (d->has_status_time) {
        printf(" at ");
        print_time(d->status_time);
    }
    printf(" (@%" PRIu64 "): %s", d->status.position, reason == NULL ? "no reason given" : reason);
}

static void why_put(const struct dependency *d)
{
    printf("%s", verdict_word(d->verdict));
    switch (d->verdict) {
    case VERDICT_REVOKED:
    case VERDICT_SUPERSEDED:
    case VERDICT_SUSPENDED: status_put(d); return;
    case VERDICT_KEY_VOID:
        printf(": the key that signed %s ended at @%" PRIu64, d->void_of_schema ? "its schema" : "it", d->void_from);
        return;
    case VERDICT_EXPIRED:
        printf(" at ");
        print_time(d->statement.exp);
        return;
    default:
        if (d->why != NULL && d->why_of == d->verdict) printf(": %s", d->why);
    }
}

void print_depends(const struct judgement *j, const struct trust *trust)
{
    for (size_t i = 0; i < j->depends_count; i++) {
        const struct dependency *d = &j->depends[i];

        printf("  depends on  ");
        which_put(j, d, trust);
        printf(": ");
        why_put(d);
        for (int v = (int)d->verdict + 1; v < VERDICT_VALID; v++)
            if (d->applies[v]) printf(", %s", verdict_word((enum verdict)v));
        printf("\n");
    }
}

void print_depends_since(const struct judgement *j)
{
    for (size_t i = 0; i < j->depends_count; i++) {
        const struct dependency *d = &j->depends[i];

        if (d->has_void_since)
            printf("  since  the key that signed @%" PRIu64 " was cut from before it on\n", d->position);
        if (!d->has_since) continue;
        printf("  since  @%" PRIu64 " is %s", d->position, status_word(d->since.status));
        if (d->has_since_time) {
            printf(" at ");
            print_time(d->since_time);
        }
        printf(" (@%" PRIu64 ")\n", d->since.position);
    }
}

void print_depends_unchecked(const struct judgement *j)
{
    bool closed = false;

    if (j->depends_count == 0) return;
    for (size_t i = 0; i < j->depends_count; i++) closed = closed || j->depends[i].closed_claims;
    printf("whether you believe who signed what it depends on · %s",
           closed ? "private claims of what it depends on · " : "");
}

void print_depends_notes(const struct judgement *j)
{
    for (size_t i = 0; i < j->depends_count; i++)
        if (j->depends[i].withdrawn)
            printf("  note         the log has withdrawn the approval of the issuer of @%" PRIu64 " since\n",
                   j->depends[i].position);
}

static json_t *json_of(const struct dependency *d)
{
    json_t *o = json_object(), *all = json_array();

    json_object_set_new(o, "position", json_integer((json_int_t)d->position));
    print_json_hash(o, "id", &d->statement.id);
    print_json_text(o, "issuer", d->statement.iss);
    print_json_text(o, "subject", d->statement.sub);
    json_object_set_new(o, "through", json_integer((json_int_t)d->through));
    json_object_set_new(o, "verdict", json_string(verdict_word(d->verdict)));
    for (int v = 0; v < VERDICT_COUNT; v++)
        if (d->applies[v]) json_array_append_new(all, json_string(verdict_word((enum verdict)v)));
    json_object_set_new(o, "applies", all);
    if (d->why != NULL) json_object_set_new(o, "why", json_string(d->why));
    if (d->status.decided) print_json_status(o, "status", &d->status, d->has_status_time, d->status_time);
    if (d->applies[VERDICT_KEY_VOID]) json_object_set_new(o, "void_from", json_integer((json_int_t)d->void_from));
    if (d->has_since) print_json_status(o, "since", &d->since, d->has_since_time, d->since_time);
    return o;
}

void print_json_depends(json_t *to, const struct judgement *j)
{
    json_t *all = json_array();

    for (size_t i = 0; i < j->depends_count; i++) json_array_append_new(all, json_of(&j->depends[i]));
    json_object_set_new(to, "depends", all);
    if (j->through != NULL) json_object_set_new(to, "through", json_integer((json_int_t)j->through->position));
}
