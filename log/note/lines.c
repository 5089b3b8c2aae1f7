/* See lines.h. */
#include "log/note/lines.h"

struct lines lines_over(struct span text)
{
    return (struct lines){.rest = text};
}

/* The next line without its newline, which the last one may lack. False at the end. */
static bool take_line(struct lines *l, struct span *ret)
{
    if (l->rest.len == 0) return false;
    if (!span_cut(&l->rest, '\n', ret)) {
        *ret = l->rest;
        l->rest = span_slice(l->rest, l->rest.len, l->rest.len);
    }
    l->line++;
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static bool is_allowed(uint8_t c)
{
    return c == '\t' || (c >= 0x20 && c != 0x7f);
}

/* Octets that continue a UTF-8 character do not count: people count characters. */
static unsigned column_of(struct span line, size_t at)
{
    unsigned column = 1;

    for (size_t i = 0; i < at; i++) column += (line.ptr[i] & 0xc0) != 0x80;
    return column;
}

/* Words of `line`, none when it is blank or a comment. */
static enum err split_line(struct lines *l, struct span line)
{
    size_t at = 0, end;

    l->count = 0;
    for (size_t i = 0; i < line.len; i++) {
        if (is_allowed(line.ptr[i])) continue;
        l->column[0] = column_of(line, i);
        return ERR_BAD_CONFIG;
    }
    for (;; at = end) {
        while (at < line.len && is_blank(line.ptr[at])) at++;
        if (at == line.len || (l->count == 0 && line.ptr[at] == '#')) return ERR_OK;
        if (l->count == WORDS_MAX) {
            l->column[0] = column_of(line, at);
            l->count = 0;
            return ERR_BAD_CONFIG;
        }
        for (end = at; end < line.len && !is_blank(line.ptr[end]);) end++;
        l->word[l->count] = span_slice(line, at, end);
        l->column[l->count++] = column_of(line, at);
    }
}

enum err lines_next(struct lines *l, bool *ret_more)
{
    struct span line;

    l->count = 0;
    while (l->count == 0) {
        if (!take_line(l, &line)) break;
        TRY(split_line(l, line));
    }
    *ret_more = l->count > 0;
    return ERR_OK;
}
