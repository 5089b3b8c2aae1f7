/* See schema_file.h. */
#include "client/schema_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "log/base/codec.h"
#include "log/evidence/armour.h"
#include "log/evidence/trust.h"
#include "log/note/lines.h"

struct reading {
    const struct lines *l;
    struct out *room;
    size_t at; /* the next word */
};

static bool next_word(struct reading *r, struct span *ret)
{
    if (r->at == r->l->count) return false;
    *ret = r->l->word[r->at++];
    return true;
}

static enum err take_choices(struct schema_field *f, struct span word, struct out *room)
{
    struct span rest = word, one;
    size_t start;

    while (rest.len > 0) {
        if (!span_cut(&rest, ',', &one)) {
            one = rest;
            rest = span_slice(rest, rest.len, rest.len);
        }
        if (f->choice_count == SCHEMA_CHOICES_MAX || one.len == 0) return ERR_BAD_SCHEMA;
        start = room->len;
        cbor_put_text(room, one);
        TRY(out_check(room));
        f->choice[f->choice_count++] = span_slice(out_span(room), start, room->len);
    }
    return f->choice_count > 0 ? ERR_OK : ERR_BAD_SCHEMA;
}

/* "2" is exactly two; "1..40" from one to forty. */
static enum err take_limits(struct schema_field *f, struct span word)
{
    struct span least = word, most = word;

    for (size_t i = 0; i + 1 < word.len; i++) {
        if (word.ptr[i] != '.' || word.ptr[i + 1] != '.') continue;
        least = span_slice(word, 0, i);
        most = span_slice(word, i + 2, word.len);
        break;
    }
    TRY(decimal_decode(least, INT64_MAX, &f->least));
    TRY(decimal_decode(most, INT64_MAX, &f->most));
    f->has_least = f->has_most = true;
    return f->least <= f->most ? ERR_OK : ERR_BAD_SCHEMA;
}

static enum err take_type(struct schema_field *f, struct span word)
{
    static const struct {
        const char *word;
        enum field_type type;
    } types[] = {{"text", FIELD_TEXT}, {"uint", FIELD_UINT}, {"bool", FIELD_BOOL}};

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (!span_equal(word, span_text(types[i].word))) continue;
        f->type = types[i].type;
        return ERR_OK;
    }
    return ERR_BAD_SCHEMA;
}

static bool field_known(const struct schema_payload *p, struct span name)
{
    for (size_t i = 0; i < p->field_count; i++)
        if (span_equal(p->field[i].name, name)) return true;
    return false;
}

static enum err take_field(struct schema_payload *p, struct reading *r)
{
    struct schema_field *f = &p->field[p->field_count];
    struct span word, value;

    if (p->field_count == SCHEMA_FIELDS_MAX || !next_word(r, &f->name)) return ERR_BAD_SCHEMA;
    if (!schema_name_good(f->name) || field_known(p, f->name) || !next_word(r, &word)) {
        r->at = 1;
        return ERR_BAD_SCHEMA;
    }
    if (take_type(f, word) != ERR_OK) {
        r->at--;
        return ERR_BAD_SCHEMA;
    }
    while (next_word(r, &word)) {
        if (span_equal(word, SPAN("required"))) {
            f->required = true;
        } else if (span_equal(word, SPAN("one-of")) && f->type == FIELD_TEXT && next_word(r, &value)) {
            TRY(take_choices(f, value, r->room));
        } else if (span_equal(word, SPAN("length")) && f->type == FIELD_TEXT && next_word(r, &value)) {
            TRY(take_limits(f, value));
        } else if (span_equal(word, SPAN("range")) && f->type == FIELD_UINT && next_word(r, &value)) {
            TRY(take_limits(f, value));
        } else if (!span_equal(word, SPAN("optional"))) {
            r->at--;
            return ERR_BAD_SCHEMA;
        }
    }
    p->field_count++;
    return ERR_OK;
}

static enum err take_name(struct schema_payload *p, struct reading *r)
{
    struct span version;

    if (p->name.len > 0 || !next_word(r, &p->name) || !schema_name_good(p->name) || !next_word(r, &version))
        return ERR_BAD_SCHEMA;
    TRY(decimal_decode(version, INT64_MAX, &p->version));
    if (p->version == 0) return ERR_BAD_SCHEMA;
    return p->version == 1 ? ERR_OK : ERR_NOT_BUILT;
}

static enum err take_line(struct schema_payload *p, struct reading *r)
{
    struct span word, value;

    if (!next_word(r, &word)) return ERR_BAD_SCHEMA;
    if (span_equal(word, SPAN("schema"))) return take_name(p, r);
    if (p->name.len == 0) return ERR_BAD_SCHEMA;
    if (span_equal(word, SPAN("field"))) return take_field(p, r);
    if (span_equal(word, SPAN("valid-for")) && next_word(r, &value)) {
        p->has_validity = true;
        if (duration_decode(value, &p->validity) == ERR_OK) return ERR_OK;
        r->at--;
        return ERR_BAD_SCHEMA;
    }
    if (span_equal(word, SPAN("open"))) {
        p->open = true;
    } else if (span_equal(word, SPAN("not-revocable"))) {
        p->revocable = false;
    } else {
        r->at = 0;
        return ERR_BAD_SCHEMA;
    }
    return ERR_OK;
}

/* The line, the column and the word that does not belong there. */
static void where(const struct lines *l, size_t at, char ret[200])
{
    size_t i = at < l->count ? at : l->count == 0 ? 0 : l->count - 1;
    struct span word = l->count == 0 ? SPAN("") : l->word[i];

    snprintf(ret, 200, "line %u, column %u: %.*s", l->line, l->column[i], (int)(word.len > 60 ? 60 : word.len),
             (const char *)word.ptr);
}

enum err schema_file_decode(struct span text, struct out *room, struct schema_payload *ret, char ret_where[200])
{
    struct lines l = lines_over(text);
    bool more;

    *ret = (struct schema_payload){.revocable = true};
    for (;;) {
        struct reading r = {&l, room, 0};
        enum err e = lines_next(&l, &more);

        if (e == ERR_OK && !more) break;
        if (e == ERR_OK) e = take_line(ret, &r);
        if (e == ERR_OK && r.at != l.count) e = ERR_BAD_SCHEMA;
        if (e == ERR_OK) continue;
        where(&l, r.at, ret_where);
        return e;
    }
    if (ret->field_count > 0) return ERR_OK;
    snprintf(ret_where, 200, "a schema without a field");
    return ERR_BAD_SCHEMA;
}

static enum err schema_path(const struct args *a, const char *name, char ret[PATH_LEN])
{
    char file[128];

    snprintf(file, sizeof(file), "schemas/%s.statement", name);
    return home_path(a, file, ret);
}

enum err schema_load(const struct args *a, const char *name, uint8_t **ret_bytes, struct schema_payload *ret,
                     struct hash *ret_id)
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
    *ret_bytes = bytes;
    return ERR_OK;
}

enum err schema_keep(const struct args *a, const char *name, struct span statement)
{
    char path[PATH_LEN];
    uint8_t text[32768];
    struct out o = out_over(text, sizeof(text));

    TRY(schema_path(a, name, path));
    TRY(armour_encode(ARMOUR_STATEMENT, statement, &o));
    return file_write(path, out_span(&o), 0600, false);
}
