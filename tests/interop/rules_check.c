/* A log in memory that is told what comes, for a model of the rules to be held against. Each line is a word and its
 * arguments, bytes in hexadecimal; the answer is a line "ok" with what is found, or the reason word:
 *
 *   log ORIGIN                   ok                     a new log begins
 *   own BYTES CLOCK              ok POSITION ROOT KEYS  what the log itself writes, and the index before it
 *   submit BYTES CLOCK           ok POSITION            what somebody submits
 *   replay SIZE                  ok                     the log decided again; its last statement is a seal
 *
 * CLOCK is in ms. Admission is asked with a memo and without: where they differ, the answer says so. The others ask for
 * a fold of what stands below the position AT:
 *
 *   keys ISS AT                  ok KID PURPOSES …      the key set
 *   cut ISS KID AT               ok POSITION or ok none
 *   status ID ISS AT             ok STATUS MOVES        of a target
 *   approval ISS AT              ok APPROVED WITHDRAWN GENESIS
 *   rules AT                     ok COUNT ID MODE BYTES STATEMENTS
 *   list KEY AT                  ok COUNT VALUE         the items under an index key */
#include "log/admit/replay.h"
#include "log/base/codec.h"
#include "tests/interop/asked.h"
#include "tests/keeper.h"

#define LETTERS_MAX (1 << 18)
#define STATEMENTS_MAX 2048
#define ROWS_MAX (1 << 14)
#define BYTES_MAX (1 << 26)

/* ---- a log in arrays ---- */

struct row {
    struct hash key;
    uint64_t position;
};
static struct {
    uint8_t origin[ISS_MAX];
    size_t origin_len;
    uint64_t count, group_ms, sealed_ms, keys; /* group_ms: 0 when nothing came since the last seal */
    struct statement statement[STATEMENTS_MAX];
    size_t row_count, byte_count;
    struct row row[ROWS_MAX];
    struct keeper trie;
    struct hash root_before[STATEMENTS_MAX];
    uint64_t keys_before[STATEMENTS_MAX];
    struct memo memo;
} logged;
static uint8_t kept[BYTES_MAX];

static enum err rows_count(void *ctx, const struct hash *key, uint64_t *ret)
{
    (void)ctx;
    *ret = 0;
    for (size_t i = 0; i < logged.row_count; i++) *ret += hash_equal(&logged.row[i].key, key);
    return ERR_OK;
}

static enum err rows_item(void *ctx, const struct hash *key, uint64_t n, uint64_t *ret_position)
{
    (void)ctx;
    for (size_t i = 0; i < logged.row_count; i++) {
        if (!hash_equal(&logged.row[i].key, key) || n-- > 0) continue;
        *ret_position = logged.row[i].position;
        return ERR_OK;
    }
    no_line("an item past the count");
}

static enum err rows_find(void *ctx, const struct hash *id, uint64_t *ret_position)
{
    (void)ctx;
    for (uint64_t i = 0; i < logged.count; i++) {
        if (!hash_equal(&logged.statement[i].id, id)) continue;
        *ret_position = i;
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

static enum err rows_statement(void *ctx, uint64_t position, struct statement *ret)
{
    (void)ctx;
    if (position >= logged.count) no_line("a position past the end");
    *ret = logged.statement[position];
    return ERR_OK;
}

static enum err rows_since_seal(void *ctx, struct span iss, uint64_t at, uint64_t *ret)
{
    (void)ctx;
    *ret = 0;
    for (uint64_t i = at; i-- > 0 && logged.statement[i].kind != KIND_SEAL;) {
        const struct statement *s = &logged.statement[i];

        *ret += (s->kind == KIND_ATTESTATION || s->kind == KIND_SCHEMA) && span_equal(s->iss, iss);
    }
    return ERR_OK;
}

static const struct lookup lookup = {NULL, rows_count, rows_item, rows_find, rows_statement, rows_since_seal};

/* The value of the list under a key, of the items below `at`. */
static uint64_t list_below(const struct hash *key, uint64_t at, struct list_value *ret)
{
    struct frontier f = {0};

    for (size_t i = 0; i < logged.row_count; i++) {
        const struct row *row = &logged.row[i];
        struct list_item item = {.position = row->position};

        if (!hash_equal(&row->key, key) || row->position >= at) continue;
        item.id = logged.statement[row->position].id;
        list_append(&f, &item);
    }
    if (f.size > 0) *ret = list_value(&f);
    return f.size;
}

static enum err append(const struct statement *s)
{
    struct index_keys keys;

    TRY(index_derive(s, RULES_VERSION, &keys));
    if (logged.count == STATEMENTS_MAX || logged.row_count + keys.count > ROWS_MAX) no_line("too much");
    logged.root_before[logged.count] = logged.trie.edit.view.top.root;
    logged.keys_before[logged.count] = logged.keys;
    logged.statement[logged.count++] = *s;
    memo_admitted(&logged.memo, s);
    for (size_t i = 0; i < keys.count; i++) {
        struct list_item last = {logged.count - 1, s->id};
        struct list_value value;

        logged.row[logged.row_count++] = (struct row){keys.key[i], logged.count - 1};
        list_below(&keys.key[i], logged.count, &value);
        logged.keys += keeper_set(&logged.trie, &keys.key[i], &value, &last);
    }
    return ERR_OK;
}

/* ---- what comes ---- */

static enum err begin(const struct arguments *a, struct out *said)
{
    (void)said;
    if (a->bytes[0].len == 0 || a->bytes[0].len > ISS_MAX) no_line("no origin");
    memset(&logged, 0, sizeof(logged));
    keeper_begin(&logged.trie);
    memcpy(logged.origin, a->bytes[0].ptr, a->bytes[0].len);
    logged.origin_len = a->bytes[0].len;
    return ERR_OK;
}

/* Bytes of the log's own, as they are decoded again and borrowed for as long as the log lives. */
static enum err decode_kept(struct span bytes, struct statement *ret)
{
    if (bytes.len > BYTES_MAX - logged.byte_count) no_line("too many bytes");
    if (bytes.len > 0) memcpy(kept + logged.byte_count, bytes.ptr, bytes.len);
    TRY(statement_decode(span_of(kept + logged.byte_count, bytes.len), ret));
    logged.byte_count += bytes.len;
    return ERR_OK;
}

static struct admit_at next_at(uint64_t clock_ms)
{
    uint64_t now_ms = clock_ms > logged.sealed_ms ? clock_ms : logged.sealed_ms;

    return (struct admit_at){.origin = span_of(logged.origin, logged.origin_len),
                             .position = logged.count,
                             .from_ms = logged.group_ms != 0 ? logged.group_ms : now_ms,
                             .now_ms = now_ms};
}

/* What is found with a memo is what is found without. */
static enum err admit_twice(struct admit_at *at, const struct statement *s, struct out *said)
{
    struct refusal why;
    enum err e = admit(&lookup, at, s, &why), with_memo;

    at->memo = &logged.memo;
    with_memo = admit(&lookup, at, s, &why);
    if (e == with_memo) return e;
    out_text(said, " and with a memo ");
    out_text(said, err_reason(with_memo));
    return ERR_OK;
}

static enum err submit(const struct arguments *a, struct out *said)
{
    struct admit_at at = next_at(number_in(a, 1, UINT64_MAX));
    struct statement s;
    uint64_t position = logged.count;

    TRY(decode_kept(a->bytes[0], &s));
    if (lookup.find(NULL, &s.id, &position) != ERR_OK) {
        TRY(admit_twice(&at, &s, said));
        if (said->len > 0) return ERR_OK;
        TRY(append(&s));
        logged.group_ms = at.from_ms;
    }
    say_number(said, position);
    return ERR_OK;
}

static enum err own(const struct arguments *a, struct out *said)
{
    struct admit_at at = next_at(number_in(a, 1, UINT64_MAX));
    struct seal_payload seal;
    struct refusal why;
    struct statement s;

    TRY(decode_kept(a->bytes[0], &s));
    TRY(admit_own(&lookup, &at, &s, &why));
    TRY(append(&s));
    if (s.kind == KIND_SEAL) {
        TRY(seal_decode(s.cose.payload, &seal));
        logged.sealed_ms = seal.to_ms;
        logged.group_ms = 0;
    }
    say_number(said, at.position);
    say_hash(said, &logged.root_before[at.position]);
    say_number(said, logged.keys_before[at.position]);
    return ERR_OK;
}

/* ---- the whole of it again ---- */

static enum err replay_read(void *ctx, uint64_t position, struct span *ret_entry, struct span *ret_statement)
{
    (void)ctx;
    if (position >= logged.count) no_line("a position past the end");
    *ret_entry = hash_span(&logged.statement[position].id);
    *ret_statement = logged.statement[position].bytes;
    return ERR_OK;
}

static enum err replay_take(void *ctx, uint64_t position, const struct statement *s)
{
    *(uint64_t *)ctx = position + 1;
    return hash_equal(&s->id, &logged.statement[position].id) ? ERR_OK : ERR_DAMAGED;
}

static enum err replay_index(void *ctx, struct hash *ret_root, uint64_t *ret_keys)
{
    const uint64_t *taken = ctx;

    *ret_root = logged.root_before[*taken];
    *ret_keys = logged.keys_before[*taken];
    return ERR_OK;
}

static enum err replay_all(const struct arguments *a, struct out *said)
{
    uint64_t taken = 0;
    struct replay_source source = {&taken, replay_read, lookup, replay_take, replay_index};
    struct replay r = replay_begin(span_of(logged.origin, logged.origin_len));
    struct refusal why;

    (void)said;
    return replay_to(&r, &source, number_in(a, 0, UINT64_MAX), &why);
}

/* ---- folds ---- */

static enum err ask_keys(const struct arguments *a, struct out *said)
{
    static struct issuer issuer;

    TRY(issuer_fold(&lookup, a->bytes[0], number_in(a, 1, UINT64_MAX), &issuer));
    if (!issuer.registered) return ERR_OK;
    for (size_t i = 0; i < issuer.last.key_count; i++) {
        say_hash(said, &issuer.last.key[i].kid);
        say_number(said, issuer.last.key[i].purposes);
    }
    return ERR_OK;
}

static enum err ask_cut(const struct arguments *a, struct out *said)
{
    struct hash kid = hash_in(a, 1);
    struct key_life life;

    TRY(issuer_lives(&lookup, a->bytes[0], number_in(a, 2, UINT64_MAX), NULL, &kid, 1, &life));
    if (life.cut == UINT64_MAX)
        out_text(said, " none");
    else
        say_number(said, life.cut);
    return ERR_OK;
}

static enum err ask_status(const struct arguments *a, struct out *said)
{
    struct hash target = hash_in(a, 0);
    struct status_fold fold;

    TRY(status_fold(&lookup, &target, a->bytes[1], number_in(a, 2, UINT64_MAX), &fold));
    say_number(said, fold.status);
    say_number(said, fold.moves);
    return ERR_OK;
}

static enum err ask_approval(const struct arguments *a, struct out *said)
{
    struct approval_fold fold;

    TRY(approval_fold(&lookup, a->bytes[0], number_in(a, 1, UINT64_MAX), &fold));
    say_number(said, fold.approved);
    say_number(said, fold.withdrawn);
    if (fold.approved) say_hash(said, &fold.genesis);
    return ERR_OK;
}

static enum err ask_rules(const struct arguments *a, struct out *said)
{
    static struct rules_payload rules;
    struct hash id;
    uint64_t count;

    TRY(rules_fold(&lookup, number_in(a, 0, UINT64_MAX), &rules, &id, &count));
    say_number(said, count);
    say_hash(said, &id);
    say_number(said, rules.mode);
    say_number(said, rules.limit_bytes);
    say_number(said, rules.limit_statements);
    if (rules.has_closing) say_number(said, rules.closing_not_before);
    return ERR_OK;
}

static enum err ask_list(const struct arguments *a, struct out *said)
{
    struct hash key = hash_in(a, 0);
    struct list_value value;
    uint64_t count = list_below(&key, number_in(a, 1, UINT64_MAX), &value);

    say_number(said, count);
    if (count == 0) return ERR_OK;
    out_byte(said, ' ');
    hex_encode(span_of(value.b, sizeof(value.b)), said);
    return ERR_OK;
}

static const struct word words[] = {
    {"log", 1, begin},     {"own", 2, own},           {"submit", 2, submit},         {"keys", 2, ask_keys},
    {"cut", 3, ask_cut},   {"status", 3, ask_status}, {"approval", 2, ask_approval}, {"rules", 1, ask_rules},
    {"list", 2, ask_list}, {"replay", 1, replay_all},
};

int main(void)
{
    return asked(words, COUNT_OF(words), LETTERS_MAX);
}
