/* See asked.h. */
#include "tests/interop/asked.h"

#include <stdio.h>
#include <stdlib.h>

#include "log/base/codec.h"

#define LETTERS_MAX (1 << 19)
#define SAID_MAX (1 << 16)

static uint8_t room[LETTERS_MAX / 2];

_Noreturn void no_line(const char *what)
{
    fprintf(stderr, "asked: %s\n", what);
    exit(2);
}

/* ---- arguments ---- */

static struct arguments arguments_of(struct span rest)
{
    struct arguments a = {0};
    size_t used = 0;
    struct span text;

    while (span_cut(&rest, ' ', &text)) {
        size_t len = text.len / 2;

        if (a.count == ARGUMENTS_MAX) no_line("too many arguments");
        a.text[a.count] = text;
        a.bytes[a.count] = span_of(room + used, len);
        if (hex_decode(text, room + used, len) != ERR_OK) a.bytes[a.count] = span_of(NULL, 0);
        used += len;
        a.count++;
    }
    return a;
}

uint64_t number_in(const struct arguments *a, size_t i, uint64_t max)
{
    uint64_t n;

    if (decimal_decode(a->text[i], max, &n) != ERR_OK) no_line("not a number");
    return n;
}

void bytes_32(const struct arguments *a, size_t i, void *ret)
{
    if (a->bytes[i].len != 32) no_line("not 32 bytes");
    memcpy(ret, a->bytes[i].ptr, 32);
}

struct hash hash_in(const struct arguments *a, size_t i)
{
    struct hash h;

    bytes_32(a, i, h.b);
    return h;
}

/* ---- answers ---- */

void say_bytes(struct out *said, struct span bytes)
{
    out_byte(said, ' ');
    hex_encode(bytes, said);
}

void say_hash(struct out *said, const struct hash *h)
{
    say_bytes(said, hash_span(h));
}

void say_number(struct out *said, uint64_t n)
{
    out_byte(said, ' ');
    out_decimal(said, n);
}

static void answer(const struct word *w, const struct arguments *a)
{
    static uint8_t bytes[SAID_MAX];
    struct out said = out_over(bytes, sizeof(bytes));
    enum err e;

    if (a->count != w->count) no_line("another number of arguments");
    e = w->answer(a, &said);
    if (said.full) no_line("too much to say");
    if (e == ERR_OK)
        printf("ok%.*s\n", (int)said.len, (const char *)bytes);
    else
        puts(err_reason(e));
}

static void answer_line(const struct word *words, size_t count, struct span line)
{
    struct span word;

    if (!span_cut(&line, ' ', &word)) no_line("no word");
    for (size_t i = 0; i < count; i++) {
        struct arguments a;

        if (!span_equal(word, span_text(words[i].word))) continue;
        a = arguments_of(line);
        answer(&words[i], &a);
        return;
    }
    no_line("another word");
}

int asked(const struct word *words, size_t count, size_t letters_max)
{
    static char line[LETTERS_MAX];

    ASSERT(letters_max <= sizeof(line));
    while (fgets(line, (int)letters_max, stdin) != NULL) {
        size_t len = strlen(line);

        if (len == 0 || line[len - 1] != '\n') no_line("a line too long");
        line[len - 1] = ' '; /* ends the last argument */
        answer_line(words, count, span_of(line, len));
    }
    return ferror(stdin) || fflush(stdout) != 0 ? 2 : 0;
}
