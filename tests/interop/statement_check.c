/* Reads what another COSE library wrote, and writes what it is to read. Each line is a word and its arguments, bytes
 * in hexadecimal; the answer is a line "ok" with what was read or made, or the reason word:
 *
 *   statement BYTES KEY          ok ID KID KIND         a canonical statement, signed by the key (32 bytes)
 *   key BYTES                    ok KID                 a COSE_Key
 *   keys BYTES                   ok KID…                a COSE_KeySet
 *   receipt BYTES ID KEY         ok SIZE INDEX ROOT     of the statement of this id
 *   consistency BYTES OLD KEY    ok OLD SIZE ROOT       from the older root
 *   sign SEED ORIGIN OLD-SIZE SIZE ROOT PATH            ok BYTES: a consistency receipt */
#include "log/statement/key_set.h"
#include "log/statement/receipt.h"
#include "log/statement/statement.h"
#include "tests/interop/asked.h"

#define LETTERS_MAX (1 << 19)
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
    struct consistency_receipt r = {
        .iss = a->bytes[1], .old = number_in(a, 2, TREE_SIZE_MAX), .size = number_in(a, 3, TREE_SIZE_MAX)};
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

static const struct word words[] = {
    {"statement", 2, read_statement},
    {"key", 1, read_key},
    {"keys", 1, read_keys},
    {"receipt", 3, read_receipt},
    {"consistency", 3, read_consistency},
    {"sign", 6, sign_consistency},
};

int main(void)
{
    return asked(words, COUNT_OF(words), LETTERS_MAX);
}
