/* Reads what another COSE library wrote, and writes what it is to read. Each line is a word and its arguments, bytes
 * in hexadecimal; the answer is a line "ok" with what was read or made, or the reason word:
 *
 *   statement BYTES KEY          ok ID KID KIND         a canonical statement, signed by the key (32 bytes)
 *   key BYTES                    ok KID                 a COSE_Key
 *   keys BYTES                   ok KID…                a COSE_KeySet
 *   receipt BYTES ID KEY         ok SIZE INDEX ROOT     of the statement of this id
 *   consistency BYTES OLD KEY    ok OLD SIZE ROOT       from the older root
 *   sign SEED ORIGIN OLD-SIZE SIZE ROOT PATH            ok BYTES: a consistency receipt */
#include <stdio.h>
#include <stdlib.h>

#include "log/base/codec.h"
#include "log/statement/key_set.h"
#include "log/statement/receipt.h"
#include "log/statement/statement.h"

#define LETTERS_MAX (1 << 19)
#define ARGUMENTS_MAX 6

_Noreturn static void no_line(const char *what)
{
    fprintf(stderr, "statement-check: %s\n", what);
    exit(2);
}

/* ---- arguments ---- */

static uint8_t room[LETTERS_MAX / 2];

/* The bytes of each argument, and the argument as it stands. */
struct arguments {
    size_t count;
    struct span text[ARGUMENTS_MAX], bytes[ARGUMENTS_MAX];
};

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

static uint64_t number_in(const struct arguments *a, size_t i)
{
    uint64_t n;

    if (decimal_decode(a->text[i], TREE_SIZE_MAX, &n) != ERR_OK) no_line("not a number");
    return n;
}

static void bytes_32(const struct arguments *a, size_t i, void *ret)
{
    if (a->bytes[i].len != 32) no_line("not 32 bytes");
    memcpy(ret, a->bytes[i].ptr, 32);
}

static void say_bytes(struct out *said, struct span bytes)
{
    out_byte(said, ' ');
    hex_encode(bytes, said);
}

static void say_number(struct out *said, uint64_t n)
{
    out_byte(said, ' ');
    out_decimal(said, n);
}

/* ---- words ---- */

static enum err read_statement(const struct arguments *a, struct out *said)
{
    struct statement s;
    struct public_key key;

    bytes_32(a, 1, &key);
    TRY(statement_decode(a->bytes[0], &s));
    TRY(statement_verify(&s, &key));
    say_bytes(said, hash_span(&s.id));
    say_bytes(said, hash_span(&s.kid));
    out_byte(said, ' ');
    out_text(said, kind_row(s.kind)->word);
    return ERR_OK;
}

static enum err read_key(const struct arguments *a, struct out *said)
{
    struct cbor c = cbor_over(a->bytes[0]);
    struct public_key key;
    struct hash kid;

    TRY(cose_key_decode(&c, &key));
    TRY(cbor_end(&c));
    kid = cose_key_thumbprint(&key);
    say_bytes(said, hash_span(&kid));
    return ERR_OK;
}

static enum err read_keys(const struct arguments *a, struct out *said)
{
    struct key_set s;

    TRY(key_set_decode(a->bytes[0], &s));
    for (size_t i = 0; i < s.count; i++) say_bytes(said, hash_span(&s.kid[i]));
    return ERR_OK;
}

static enum err read_receipt(const struct arguments *a, struct out *said)
{
    struct hash leaf = leaf_hash(a->bytes[1]), root;
    struct public_key key;
    struct receipt r;

    bytes_32(a, 2, &key);
    TRY(receipt_decode(a->bytes[0], &r));
    TRY(tree_inclusion_root(&leaf, r.index, r.size, r.path.hash, r.path.count, &root));
    TRY(receipt_verify(&r, &root, &key));
    say_number(said, r.size);
    say_number(said, r.index);
    say_bytes(said, hash_span(&root));
    return ERR_OK;
}

static enum err read_consistency(const struct arguments *a, struct out *said)
{
    struct consistency_receipt r;
    struct hash old_root, root;
    struct public_key key;

    bytes_32(a, 1, &old_root);
    bytes_32(a, 2, &key);
    TRY(consistency_receipt_decode(a->bytes[0], &r));
    TRY(consistency_receipt_verify(&r, &old_root, &key, &root));
    say_number(said, r.old);
    say_number(said, r.size);
    say_bytes(said, hash_span(&root));
    return ERR_OK;
}

static enum err sign_consistency(const struct arguments *a, struct out *said)
{
    struct consistency_receipt r = {.iss = a->bytes[1], .old = number_in(a, 2), .size = number_in(a, 3)};
    uint8_t bytes[RECEIPT_SIZE_MAX];
    struct out made = out_over(bytes, sizeof(bytes));
    struct public_key public;
    struct secret_key secret;
    struct hash root;

    if (a->bytes[0].len != 32 || a->bytes[5].len > sizeof(r.path.hash)) no_line("not a seed or a path");
    bytes_32(a, 4, &root);
    secret_key_from_seed(a->bytes[0].ptr, &secret);
    public = secret_key_public(&secret);
    r.kid = cose_key_thumbprint(&public);
    r.path.count = a->bytes[5].len / sizeof(struct hash);
    memcpy(r.path.hash, a->bytes[5].ptr, a->bytes[5].len);
    TRY(receipt_sign(r.iss, &root, &secret, &r.signature));
    consistency_receipt_encode(&r, &made);
    TRY(out_check(&made));
    say_bytes(said, out_span(&made));
    return ERR_OK;
}

static const struct word {
    const char *word;
    size_t count;
    enum err (*answer)(const struct arguments *a, struct out *said);
} words[] = {
    {"statement", 2, read_statement},
    {"key", 1, read_key},
    {"keys", 1, read_keys},
    {"receipt", 3, read_receipt},
    {"consistency", 3, read_consistency},
    {"sign", 6, sign_consistency},
};

static void answer(struct span line)
{
    uint8_t bytes[2 * RECEIPT_SIZE_MAX + 64];
    struct out said = out_over(bytes, sizeof(bytes));
    struct arguments a;
    struct span word;

    if (!span_cut(&line, ' ', &word)) no_line("no word");
    a = arguments_of(line);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        enum err e;

        if (!span_equal(word, span_text(words[i].word))) continue;
        if (a.count != words[i].count) no_line("another number of arguments");
        e = words[i].answer(&a, &said);
        if (said.full) no_line("too much to say");
        if (e == ERR_OK)
            printf("ok%.*s\n", (int)said.len, (const char *)bytes);
        else
            puts(err_reason(e));
        return;
    }
    no_line("another word");
}

int main(void)
{
    static char line[LETTERS_MAX];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        size_t len = strlen(line);

        if (len == 0 || line[len - 1] != '\n') no_line("a line too long");
        line[len - 1] = ' '; /* ends the last argument */
        answer(span_of(line, len));
    }
    return ferror(stdin) || fflush(stdout) != 0 ? 2 : 0;
}
