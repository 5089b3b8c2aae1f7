/* See schema_file.h. */
#include "client/schema_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/value.h"
#include "log/base/codec.h"
#include "log/base/text.h"
#include "log/evidence/armour.h"
#include "log/evidence/trust.h"
#include "log/note/lines.h"

#define NAME_WANTED "a name of a-z, 0-9, -, _ and ., beginning with a letter,"
#define TYPE_WANTED "bool, int, uint, text, bytes or time, with [] behind it for a list,"

struct reading {
    const struct lines *l;
    struct out *room;
    size_t at;         /* the next word, or the one that is wrong */
    const char *wants; /* what should stand there */
};

static bool next_word(struct reading *r, struct span *ret)
{
    if (r->at == r->l->count) return false;
    *ret = r->l->word[r->at++];
    return true;
}

static enum err blame(struct reading *r, size_t at, const char *wants)
{
    r->at = at;
    r->wants = wants;
    return ERR_BAD_SCHEMA;
}

/* ---- fields ---- */

static enum err take_choices(struct schema_field *f, struct reading *r)
{
    struct span rest, one;

    if (f->type == FIELD_BOOL) return blame(r, r->at - 1, "required or optional");
    if (!next_word(r, &rest)) return blame(r, r->at, "values with commas between them");
    while (value_next(&rest, &one)) {
        size_t start = r->room->len;

        if (f->choice_count == SCHEMA_CHOICES_MAX) return blame(r, r->at - 1, "at most 32 values");
        if (one.len == 0 || value_put(f->type, one, r->room) == ERR_CLAIMS_MISMATCH)
            return blame(r, r->at - 1, value_wanted(f->type));
        TRY(out_check(r->room));
        f->choice[f->choice_count] = span_slice(out_span(r->room), start, r->room->len);
        for (size_t i = 0; i < f->choice_count; i++)
            if (span_equal(f->choice[i], f->choice[f->choice_count])) return blame(r, r->at - 1, "each value once");
        f->choice_count++;
    }
    return ERR_OK;
}

static bool is_above(enum field_type type, uint64_t a, uint64_t b)
{
    return type == FIELD_INT ? (int64_t)a > (int64_t)b : a > b;
}

/* "2" is exactly two, "1..40" from one to forty, "1.." and "..40" one of them. */
static enum err bounds_read(struct schema_field *f, struct span word)
{
    struct span least = word, most = word;

    for (size_t i = 0; i + 1 < word.len; i++) {
        if (word.ptr[i] != '.' || word.ptr[i + 1] != '.') continue;
        least = span_slice(word, 0, i);
        most = span_slice(word, i + 2, word.len);
        break;
    }
    f->has_least = least.len > 0;
    f->has_most = most.len > 0;
    if (f->has_least) TRY(value_bound(f->type, least, &f->least));
    if (f->has_most) TRY(value_bound(f->type, most, &f->most));
    if (f->has_least && f->has_most && is_above(f->type, f->least, f->most)) return ERR_BAD_NUMBER;
    return f->has_least || f->has_most ? ERR_OK : ERR_BAD_NUMBER;
}

static enum err take_bounds(struct schema_field *f, struct reading *r, bool of_length)
{
    bool has_length = f->type == FIELD_TEXT || f->type == FIELD_BYTES;
    const char *wanted = has_length ? "2, 1..40, 1.. or ..40" : "A, A..B, A.. or ..B";
    struct span word;

    if (f->type == FIELD_BOOL) return blame(r, r->at - 1, "required or optional");
    if (of_length != has_length) return blame(r, r->at - 1, has_length ? "length" : "range");
    if (!next_word(r, &word)) return blame(r, r->at, wanted);
    return bounds_read(f, word) == ERR_OK ? ERR_OK : blame(r, r->at - 1, wanted);
}

static enum err take_options(struct schema_field *f, struct reading *r)
{
    struct span word;

    while (next_word(r, &word)) {
        if (span_equal(word, SPAN("required")))
            f->required = true;
        else if (span_equal(word, SPAN("one-of")))
            TRY(take_choices(f, r));
        else if (span_equal(word, SPAN("length")) || span_equal(word, SPAN("range")))
            TRY(take_bounds(f, r, span_equal(word, SPAN("length"))));
        else if (!span_equal(word, SPAN("optional")))
            return blame(r, r->at - 1, "required, optional, one-of, length or range");
    }
    return ERR_OK;
}

static enum err take_field(struct schema_payload *p, struct reading *r)
{
    struct schema_field *f = &p->field[p->field_count];
    struct span word;

    if (p->field_count == SCHEMA_FIELDS_MAX) return blame(r, 0, "at most 64 fields");
    if (!next_word(r, &f->name)) return blame(r, r->at, NAME_WANTED);
    if (!schema_name_good(f->name)) return blame(r, 1, NAME_WANTED);
    if (schema_find(p, f->name) != NULL) return blame(r, 1, "a name that no field has");
    if (!next_word(r, &word)) return blame(r, r->at, TYPE_WANTED);
    if (!value_type_of(word, f)) return blame(r, 2, TYPE_WANTED);
    TRY(take_options(f, r));
    p->field_count++;
    return ERR_OK;
}

/* Everything behind the name, as it stands. */
static enum err take_description(struct schema_payload *p, struct reading *r)
{
    const struct span *word = r->l->word;
    struct schema_field *f = NULL;
    size_t last = r->l->count - 1;

    for (size_t i = 0; r->l->count > 1 && i < p->field_count; i++)
        if (span_equal(p->field[i].name, word[1])) f = &p->field[i];
    if (f == NULL) return blame(r, 1, "a field that stands above");
    if (last < 2) return blame(r, 2, "words");
    f->description = span_of(word[2].ptr, (size_t)(word[last].ptr + word[last].len - word[2].ptr));
    if (f->description.len > SCHEMA_DESCRIPTION_MAX || !utf8_valid(f->description))
        return blame(r, 2, "at most 255 bytes of UTF-8");
    r->at = r->l->count;
    return ERR_OK;
}

/* ---- the other lines ---- */

static enum err take_name(struct schema_payload *p, struct reading *r)
{
    struct span version;

    if (p->name.len > 0) return blame(r, 0, "one such line");
    if (!next_word(r, &p->name)) return blame(r, r->at, NAME_WANTED);
    if (!schema_name_good(p->name)) return blame(r, 1, NAME_WANTED);
    if (!next_word(r, &version)) return blame(r, r->at, "a version, from 1");
    if (decimal_decode(version, UINT64_MAX, &p->version) != ERR_OK || p->version == 0)
        return blame(r, 2, "a version, from 1");
    return ERR_OK;
}

static enum err take_prev(struct schema_payload *p, struct reading *r)
{
    struct span id;

    if (p->version == 1) return blame(r, 0, "a version above 1");
    if (!next_word(r, &id)) return blame(r, r->at, "the id of the version before");
    if (hex_decode(id, p->prev.b, sizeof(p->prev.b)) != ERR_OK) return blame(r, 1, "an id of 64 hexadecimal digits");
    p->has_prev = true;
    return ERR_OK;
}

static enum err take_validity(struct schema_payload *p, struct reading *r)
{
    struct span word;

    if (!next_word(r, &word)) return blame(r, r->at, "a duration like 365d");
    if (duration_decode(word, &p->validity) != ERR_OK || p->validity == 0) return blame(r, 1, "a duration like 365d");
    p->has_validity = true;
    return ERR_OK;
}

static enum err take_open(struct schema_payload *p, struct reading *r)
{
    (void)r;
    p->open = true;
    return ERR_OK;
}

static enum err take_final(struct schema_payload *p, struct reading *r)
{
    (void)r;
    p->revocable = false;
    return ERR_OK;
}

static enum err take_breaking(struct schema_payload *p, struct reading *r)
{
    (void)r;
    p->breaking = true;
    return ERR_OK;
}

static enum err take_private(struct schema_payload *p, struct reading *r)
{
    (void)r;
    p->private_allowed = true;
    return ERR_OK;
}

static const struct {
    const char *word;
    enum err (*take)(struct schema_payload *p, struct reading *r);
} line_kinds[] = {{"schema", take_name},         {"field", take_field},       {"describe", take_description},
                  {"valid-for", take_validity},  {"prev", take_prev},         {"open", take_open},
                  {"not-revocable", take_final}, {"breaking", take_breaking}, {"private-allowed", take_private}};

static enum err take_line(struct schema_payload *p, struct reading *r)
{
    struct span word;

    if (!next_word(r, &word)) return ERR_OK;
    for (size_t i = 0; i < COUNT_OF(line_kinds); i++) {
        if (!span_equal(word, span_text(line_kinds[i].word))) continue;
        if (i > 0 && p->name.len == 0) break;
        TRY(line_kinds[i].take(p, r));
        return r->at == r->l->count ? ERR_OK : blame(r, r->at, "the end of the line");
    }
    return blame(r, 0, p->name.len == 0 ? "schema NAME VERSION, first of all" : "a word that begins such a line");
}

/* The line, the column, the word that does not belong there, and what does. */
static void where(const struct lines *l, const struct reading *r, char ret[200])
{
    size_t last = l->count == 0 ? 0 : l->count - 1, i = r->at < l->count ? r->at : last;
    struct span word = l->count == 0 ? SPAN("") : l->word[i];
    int len = (int)(word.len > 60 ? 60 : word.len);

    if (r->wants == NULL)
        snprintf(ret, 200, "line %u, column %u: %.*s", l->line, l->column[i], len, (const char *)word.ptr);
    else if (r->at < l->count)
        snprintf(ret, 200, "line %u, column %u: %.*s, where %s should stand", l->line, l->column[i], len,
                 (const char *)word.ptr, r->wants);
    else
        snprintf(ret, 200, "line %u: nothing behind %.*s, where %s should stand", l->line, len, (const char *)word.ptr,
                 r->wants);
}

enum err schema_file_decode(struct span text, struct out *room, struct schema_payload *ret, char ret_where[200])
{
    struct lines l = lines_over(text);
    bool more;

    memset(ret, 0, sizeof(*ret));
    ret->revocable = true;
    for (;;) {
        struct reading r = {&l, room, 0, NULL};
        enum err e = lines_next(&l, &more);

        if (e == ERR_OK && !more) break;
        if (e == ERR_OK) e = take_line(ret, &r);
        if (e == ERR_OK) continue;
        where(&l, &r, ret_where);
        return e;
    }
    if (ret->field_count > 0) return ERR_OK;
    snprintf(ret_where, 200, "a schema without a field");
    return ERR_BAD_SCHEMA;
}

#define OWN_NAME_LEN 160

static enum err schema_path(const struct args *a, const char *name, char ret[PATH_LEN])
{
    char file[OWN_NAME_LEN + 32];

    snprintf(file, sizeof(file), "schemas/%.*s.statement", OWN_NAME_LEN - 1, name);
    return home_path(a, file, ret);
}

enum err schema_load_of(const struct args *a, const char *name, uint8_t **ret_bytes, struct schema_payload *ret,
                        struct hash *ret_id, struct span *ret_iss)
{
    char path[PATH_LEN];
    uint8_t *text = NULL, *bytes = malloc(16384);
    struct out o = out_over(bytes, 16384);
    enum armour_kind kind = ARMOUR_STATEMENT;
    struct statement s;
    size_t len;
    enum err e = bytes == NULL ? ERR_NO_MEMORY : schema_path(a, name, path);

    if (e == ERR_OK) e = file_read(path, 65536, &text, &len);
    if (e == ERR_OK) e = armour_decode(span_of(text, len), &o, &kind);
    if (e == ERR_OK) e = statement_decode(out_span(&o), &s);
    if (e == ERR_OK && s.kind != KIND_SCHEMA) e = ERR_WRONG_KIND;
    if (e == ERR_OK) e = schema_decode(s.cose.payload, ret);
    free(text);
    if (e != ERR_OK) {
        free(bytes);
        return e;
    }
    *ret_id = s.id;
    *ret_iss = s.iss;
    *ret_bytes = bytes;
    return ERR_OK;
}

enum err schema_load(const struct args *a, const char *name, uint8_t **ret_bytes, struct schema_payload *ret,
                     struct hash *ret_id)
{
    struct span iss;

    return schema_load_of(a, name, ret_bytes, ret, ret_id, &iss);
}

/* "kyc@acme": no name has an @. */
static void own_name(const struct issuer_key *k, const char *name, char ret[OWN_NAME_LEN])
{
    snprintf(ret, OWN_NAME_LEN, "%.80s@%s", name, k->name);
}

static enum err load_if_own(const struct args *a, const struct issuer_key *k, const char *name, uint8_t **ret_bytes,
                            struct schema_payload *ret, struct hash *ret_id)
{
    struct span iss;

    TRY(schema_load_of(a, name, ret_bytes, ret, ret_id, &iss));
    if (span_equal(iss, issuer_iss(k))) return ERR_OK;
    free(*ret_bytes);
    *ret_bytes = NULL;
    return ERR_NO_FILE;
}

enum err schema_load_own(const struct args *a, const struct issuer_key *k, const char *name, uint8_t **ret_bytes,
                         struct schema_payload *ret, struct hash *ret_id)
{
    char own[OWN_NAME_LEN];
    enum err e = load_if_own(a, k, name, ret_bytes, ret, ret_id);

    if (e != ERR_NO_FILE) return e;
    own_name(k, name, own);
    return load_if_own(a, k, own, ret_bytes, ret, ret_id);
}

/* Another issuer's stays where it is. */
static enum err is_taken(const struct args *a, const struct issuer_key *k, const char *name, bool *ret)
{
    struct schema_payload *p = malloc(sizeof(*p));
    uint8_t *bytes = NULL;
    struct hash id;
    struct span iss = {0};
    enum err e = p == NULL ? ERR_NO_MEMORY : schema_load_of(a, name, &bytes, p, &id, &iss);

    *ret = e == ERR_OK && !span_equal(iss, issuer_iss(k));
    free(bytes);
    free(p);
    return e == ERR_NO_FILE ? ERR_OK : e;
}

enum err schema_keep(const struct args *a, const struct issuer_key *k, const char *name, struct span statement)
{
    char own[OWN_NAME_LEN];
    bool taken;
    char path[PATH_LEN];
    uint8_t text[32768];
    struct out o = out_over(text, sizeof(text));

    TRY(is_taken(a, k, name, &taken));
    own_name(k, name, own);
    TRY(schema_path(a, taken ? own : name, path));
    TRY(armour_encode(ARMOUR_STATEMENT, statement, &o));
    return file_write(path, out_span(&o), 0600, false);
}
