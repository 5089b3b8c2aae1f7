/* Evidence taken apart, changed at random and put together again, by whoever holds it and by a log that lies.
 * The same numbers every time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/evidence/scene.h"

#define PARTS_MAX 192
#define FILES_MAX 6
#define MUTANTS 8000
#define LIES 500

static struct scene s;

/* ---- chance ---- */

static uint64_t chance_state;

static uint64_t chance(uint64_t below)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state % below;
}

static bool one_in(uint64_t n)
{
    return chance(n) == 0;
}

/* ---- a file in parts ---- */

struct answer_parts {
    uint8_t kind;
    struct span component[INDEX_COMPONENTS_MAX];
    size_t count;
    uint64_t position[PARTS_MAX];
};
struct parts {
    struct sign1 cose;
    struct span receipt, checkpoint;
    size_t statement_count, hash_count, answer_count, item_count;
    struct evidence_statement statement[PARTS_MAX];
    struct hash hash[PARTS_MAX];
    struct answer_parts answer[EVIDENCE_ANSWERS_MAX];
    struct span item[PARTS_MAX]; /* of the trie, encoded */
};

static void answer_take(const struct evidence_answer *a, struct answer_parts *ret)
{
    ret->kind = a->kind;
    memcpy(ret->component, a->component, sizeof(ret->component));
    ret->count = a->count;
    for (size_t n = 0; n < a->count; n++) ret->position[n] = evidence_position(a, n);
}

static void parts_take(struct span file, struct parts *ret)
{
    static struct evidence e;
    struct cbor c;
    uint64_t items;

    memset(ret, 0, sizeof(*ret));
    assert_int_equal(evidence_decode(file, &e), ERR_OK);
    ret->cose = e.cose;
    ret->receipt = e.receipt;
    ret->checkpoint = e.map.checkpoint;
    ret->statement_count = e.map.statement_count;
    memcpy(ret->statement, e.map.statement, e.map.statement_count * sizeof(ret->statement[0]));
    ret->hash_count = e.map.log_hashes.len / sizeof(struct hash);
    memcpy(ret->hash, e.map.log_hashes.ptr, e.map.log_hashes.len);
    ret->answer_count = e.map.answer_count;
    for (size_t i = 0; i < e.map.answer_count; i++) answer_take(&e.map.answer[i], &ret->answer[i]);
    c = cbor_over(e.map.trie);
    assert_int_equal(cbor_array(&c, &items), ERR_OK);
    assert_true(items < PARTS_MAX);
    for (; ret->item_count < items; ret->item_count++)
        assert_int_equal(cbor_item(&c, &ret->item[ret->item_count]), ERR_OK);
}

static void answers_put(const struct parts *p, struct evidence_map *m)
{
    static uint8_t bytes[EVIDENCE_ANSWERS_MAX * PARTS_MAX * 9];
    struct out o = out_over(bytes, sizeof(bytes));

    for (size_t i = 0; i < p->answer_count; i++) {
        const struct answer_parts *a = &p->answer[i];
        size_t start = o.len;

        cbor_put_array(&o, a->count);
        for (size_t n = 0; n < a->count; n++) cbor_put_uint(&o, a->position[n]);
        m->answer[i].kind = a->kind;
        memcpy(m->answer[i].component, a->component, sizeof(a->component));
        m->answer[i].count = a->count;
        m->answer[i].positions = span_slice(out_span(&o), start, o.len);
    }
    m->answer_count = p->answer_count;
    assert_false(o.full);
}

static void map_put(const struct parts *p, struct out *o)
{
    static uint8_t trie[PARTS_MAX * 80];
    static struct evidence_map m;
    struct out t = out_over(trie, sizeof(trie));

    memset(&m, 0, sizeof(m));
    m.checkpoint = p->checkpoint;
    m.statement_count = p->statement_count;
    memcpy(m.statement, p->statement, p->statement_count * sizeof(m.statement[0]));
    m.log_hashes = span_of(p->hash[0].b, p->hash_count * sizeof(struct hash));
    answers_put(p, &m);
    cbor_put_array(&t, p->item_count);
    for (size_t i = 0; i < p->item_count; i++) out_bytes(&t, p->item[i]);
    m.trie = out_span(&t);
    assert_false(t.full);
    evidence_map_encode(&m, o);
}

/* Lives until the next call. */
static struct span parts_put(const struct parts *p)
{
    static uint8_t map[1 << 17], file[1 << 17];
    struct out m = out_over(map, sizeof(map)), f = out_over(file, sizeof(file));

    map_put(p, &m);
    evidence_encode(&p->cose, p->receipt, out_span(&m), &f);
    assert_false(m.full);
    assert_false(f.full);
    return out_span(&f);
}

/* ---- two readers ---- */

static struct trust trust;

static void trust_read(void)
{
    unsigned line, column;

    assert_int_equal(trust_decode(span_text(s.trust_text), &trust, &line, &column), ERR_OK);
}

/* One file has one verdict, whatever lay in the memory that the reader gave. */
static const struct judgement *judge_twice(struct span file)
{
    static uint8_t work[VERDICT_WORK_MIN + 16];
    static struct judgement first, second;

    memset(work, 0, sizeof(work));
    verdict_of(file, &trust, &s.question, out_over(work, VERDICT_WORK_MIN), &first);
    memset(work, 0xff, sizeof(work));
    verdict_of(file, &trust, &s.question, out_over(work + 1 + chance(15), VERDICT_WORK_MIN), &second);
    assert_memory_equal(first.applies, second.applies, sizeof(first.applies));
    assert_string_equal(first.why, second.why);
    assert_int_equal(first.evidence_time, second.evidence_time);
    return &second;
}

/* ---- changes ---- */

static uint8_t changed[1 << 16];
static size_t changed_used;

static struct span changed_copy(struct span bytes)
{
    uint8_t *at = changed + changed_used;

    assert_true(changed_used + bytes.len <= sizeof(changed));
    if (bytes.len > 0) memcpy(at, bytes.ptr, bytes.len);
    changed_used += bytes.len;
    return span_of(at, bytes.len);
}

static void bytes_change(struct span *bytes)
{
    size_t start = changed_used;

    if (bytes->len == 0 || bytes->len > 8192) return;
    *bytes = changed_copy(*bytes);
    if (one_in(4))
        bytes->len = chance(bytes->len) + 1;
    else
        changed[start + chance(bytes->len)] ^= (uint8_t)(1U << chance(8));
}

/* One element less, twice, elsewhere, or one of another file's. */
static void list_change(void *list, size_t size, size_t *count, const void *other, size_t other_count)
{
    uint8_t *at = list, kept[sizeof(struct answer_parts)];
    size_t i = *count == 0 ? 0 : chance(*count), k = *count == 0 ? 0 : chance(*count);
    const uint8_t *theirs = other_count == 0 ? NULL : (const uint8_t *)other + chance(other_count) * size;

    assert_true(size <= sizeof(kept));
    switch (chance(5)) {
    case 0:
        if (*count == 0) return;
        memmove(at + i * size, at + (i + 1) * size, (*count - i - 1) * size);
        (*count)--;
        return;
    case 1:
        if (*count < 2) return;
        memcpy(kept, at + i * size, size);
        memcpy(at + i * size, at + k * size, size);
        memcpy(at + k * size, kept, size);
        return;
    case 2:
        if (*count == 0 || theirs == NULL) return;
        memcpy(at + i * size, theirs, size);
        return;
    case 3: theirs = *count == 0 ? NULL : at + k * size; break;
    default: break;
    }
    if (theirs == NULL || *count + 1 >= EVIDENCE_ANSWERS_MAX) return;
    memcpy(kept, theirs, size);
    memmove(at + (i + 1) * size, at + i * size, (*count - i) * size);
    memcpy(at + i * size, kept, size);
    (*count)++;
}

/* The signature lines of the checkpoint, or one digit of its text. */
static void checkpoint_change(struct parts *p, const struct parts *other)
{
    struct span line[NOTE_SIGNATURES_MAX * 2], theirs[NOTE_SIGNATURES_MAX], rest;
    size_t count = 0, their_count = 0, start = changed_used;
    struct note_line each;
    struct note note, their_note;

    if (one_in(4)) {
        bytes_change(&p->checkpoint);
        return;
    }
    if (note_decode(p->checkpoint, &note) != ERR_OK || note_decode(other->checkpoint, &their_note) != ERR_OK) return;
    for (rest = note.signatures; count < COUNT_OF(theirs) && note_next(&rest, &each);) line[count++] = each.whole;
    for (rest = their_note.signatures; note_next(&rest, &each);) theirs[their_count++] = each.whole;
    list_change(line, sizeof(line[0]), &count, theirs, their_count);
    changed_copy(one_in(8) ? their_note.text : note.text);
    changed_copy(SPAN("\n"));
    for (size_t i = 0; i < count; i++) changed_copy(line[i]);
    p->checkpoint = span_of(changed + start, changed_used - start);
}

static void statement_change(struct parts *p)
{
    struct evidence_statement *at = &p->statement[chance(p->statement_count)];

    if (one_in(2))
        at->position += chance(3) - 1;
    else
        bytes_change(&at->bytes);
}

static void answer_change(struct parts *p, const struct parts *other)
{
    static const uint8_t kinds[] = {'G', 'P', 'I', 'N', 'T', 'S', 'A'};
    struct answer_parts *a = &p->answer[chance(p->answer_count)];
    const struct answer_parts *theirs = &other->answer[chance(other->answer_count)];

    switch (chance(4)) {
    case 0: a->kind = kinds[chance(COUNT_OF(kinds))]; return;
    case 1: memcpy(a->component, theirs->component, sizeof(a->component)); return;
    case 2: a->component[0] = p->answer[chance(p->answer_count)].component[0]; return;
    default: list_change(a->position, sizeof(a->position[0]), &a->count, theirs->position, theirs->count);
    }
}

static void whole_change(struct parts *p, const struct parts *other)
{
    switch (chance(6)) {
    case 0: p->cose = other->cose; return;
    case 1: p->receipt = other->receipt; return;
    case 2: p->checkpoint = other->checkpoint; return;
    case 3:
        memcpy(p->statement, other->statement, sizeof(p->statement));
        p->statement_count = other->statement_count;
        memcpy(p->hash, other->hash, sizeof(p->hash));
        p->hash_count = other->hash_count;
        return;
    case 4:
        memcpy(p->answer, other->answer, sizeof(p->answer));
        p->answer_count = other->answer_count;
        return;
    default: memcpy(p->item, other->item, sizeof(p->item)); p->item_count = other->item_count;
    }
}

static void change(struct parts *p, const struct parts *other)
{
    switch (chance(12)) {
    case 0: checkpoint_change(p, other); return;
    case 1: bytes_change(&p->receipt); return;
    case 2: bytes_change(one_in(2) ? &p->cose.payload : &p->cose.protected); return;
    case 3:
        list_change(p->statement, sizeof(p->statement[0]), &p->statement_count, other->statement,
                    other->statement_count);
        return;
    case 4:
        if (p->statement_count > 0) statement_change(p);
        return;
    case 5: list_change(p->hash, sizeof(p->hash[0]), &p->hash_count, other->hash, other->hash_count); return;
    case 6: list_change(p->answer, sizeof(p->answer[0]), &p->answer_count, other->answer, other->answer_count); return;
    case 7:
    case 8:
        if (p->answer_count > 0 && other->answer_count > 0) answer_change(p, other);
        return;
    case 9: list_change(p->item, sizeof(p->item[0]), &p->item_count, other->item, other->item_count); return;
    case 10:
        if (p->item_count > 0) bytes_change(&p->item[chance(p->item_count)]);
        return;
    default: whole_change(p, other);
    }
}

/* What a careful forger would put right: the order that decoding asks for. */
static void tidy(struct parts *p)
{
    struct hash key[EVIDENCE_ANSWERS_MAX];

    for (size_t i = 1; i < p->statement_count; i++)
        for (size_t k = i; k > 0 && p->statement[k - 1].position > p->statement[k].position; k--) {
            struct evidence_statement kept = p->statement[k];

            p->statement[k] = p->statement[k - 1];
            p->statement[k - 1] = kept;
        }
    for (size_t i = 0; i < p->answer_count; i++) {
        static struct answer_parts kept;
        struct hash mine = index_key(p->answer[i].kind, p->answer[i].component);
        size_t k = i;

        kept = p->answer[i];
        for (; k > 0 && hash_compare(&key[k - 1], &mine) > 0; k--) {
            p->answer[k] = p->answer[k - 1];
            key[k] = key[k - 1];
        }
        p->answer[k] = kept;
        key[k] = mine;
    }
}

/* ---- the same but for spare lines and what is absent ---- */

/* That something else is absent too may be added: the same trie proves it. `bytes` is not what parts_put made last. */
static struct span but_for_lines(struct span bytes, struct span *ret_lines)
{
    static struct parts p;
    struct note note;
    size_t kept = 0;

    parts_take(bytes, &p);
    assert_int_equal(note_decode(p.checkpoint, &note), ERR_OK);
    *ret_lines = note.signatures;
    p.checkpoint = note.text;
    for (size_t i = 0; i < p.answer_count; i++)
        if (p.answer[i].count > 0) p.answer[kept++] = p.answer[i];
    p.answer_count = kept;
    return parts_put(&p);
}

/* Lines may come in another order or twice, spare ones not at all, and strangers' lines are passed over: each by
 * a signer of the original must be one of the original's. */
static bool same(struct span bytes, struct span original)
{
    static uint8_t kept[1 << 17];
    struct span mine, lines, all;
    struct note_line line, each;

    mine = but_for_lines(bytes, &lines);
    assert_true(mine.len <= sizeof(kept));
    memcpy(kept, mine.ptr, mine.len);
    mine = span_of(kept, mine.len);
    if (!span_equal(but_for_lines(original, &all), mine)) return false;
    while (note_next(&lines, &line)) {
        struct span rest = all;
        bool found = false, known = false;

        while (!found && note_next(&rest, &each)) {
            found = span_equal(each.whole, line.whole);
            known = known || (span_equal(each.name, line.name) && memcmp(each.id, line.id, sizeof(line.id)) == 0);
        }
        if (known && !found) return false;
    }
    return true;
}

/* ---- whoever holds the file ---- */

static struct span file[FILES_MAX];
static struct parts parts[FILES_MAX];

static void file_keep(size_t n, struct span bytes)
{
    static uint8_t kept[FILES_MAX][1 << 15];

    assert_true(bytes.len <= sizeof(kept[n]));
    memcpy(kept[n], bytes.ptr, bytes.len);
    file[n] = span_of(kept[n], bytes.len);
    parts_take(file[n], &parts[n]);
}

/* One more that depends on the last one; valid, and when that was revoked. */
static void files_depending(void)
{
    struct hash on = s.world->statement[s.attestation].id;
    struct draft d = draft_of(s.world, test_urn(KEY_ACME_TEST), claims_make("full"));

    d.has_schema = true;
    d.schema = s.schema;
    d.depends = &on;
    d.depends_count = 1;
    s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
    world_seal(s.world, T0 + 31);
    scene_read(&s);
    file_keep(3, world_serve(s.world, &s.serving));
    put_status(s.world, test_urn(KEY_ACME_TEST), SPAN("sub-1"), &on, STATUS_REVOKED, KEY_ACME_TEST);
    world_seal(s.world, T0 + 31);
    scene_read(&s);
    file_keep(4, world_serve(s.world, &s.serving));
}

/* An attestation, valid; the same, revoked since; another one at that time, valid; what depends on that one; last one
 * of another log. */
static void files_make(void)
{
    struct draft d;
    uint64_t first, second;

    scene_make(&s, 0);
    world_empty(s.world, OTHER_ORIGIN);
    world_init(s.world, OTHER_ORIGIN, T0);
    d = draft_of(s.world, s.world->origin, SPAN("x"));
    first = world_put(s.world, &d, KEY_STRANGER_TEST);
    world_seal(s.world, T0 + 10);
    serve_required(s.world, first, &s.serving);
    file_keep(FILES_MAX - 1, world_serve(s.world, &s.serving));

    scene_make(&s, 0);
    file_keep(0, world_serve(s.world, &s.serving));
    first = s.attestation;
    put_status(s.world, test_urn(KEY_ACME_TEST), SPAN("sub-1"), &s.world->statement[first].id, STATUS_REVOKED,
               KEY_ACME_TEST);
    d = draft_of(s.world, test_urn(KEY_ACME_TEST), claims_make("basic"));
    d.has_schema = true;
    d.schema = s.schema;
    s.attestation = world_put(s.world, &d, KEY_ACME_TEST);
    world_seal(s.world, T0 + 31);
    scene_read(&s);
    file_keep(2, world_serve(s.world, &s.serving));
    second = s.attestation;
    s.attestation = first;
    scene_read(&s);
    file_keep(1, world_serve(s.world, &s.serving));
    s.attestation = second;
    files_depending();
    trust_read();
}

static void what_is_changed_and_still_valid_is_the_same(void **state)
{
    static const enum verdict before[FILES_MAX] = {VERDICT_VALID, VERDICT_REVOKED, VERDICT_VALID,
                                                   VERDICT_VALID, VERDICT_REVOKED, VERDICT_FORGED};
    static uint8_t valid[1 << 17];
    static struct parts p;
    unsigned counts[VERDICT_COUNT] = {0};

    (void)state;
    chance_state = UINT64_C(0x9e3779b97f4a7c15);
    files_make();
    for (size_t i = 0; i + 1 < FILES_MAX; i++) assert_verdict(judge_twice(file[i]), before[i]);
    for (unsigned n = 0; n < MUTANTS; n++) {
        const struct judgement *j;
        struct span bytes;

        p = parts[chance(FILES_MAX - 1)];
        changed_used = 0;
        for (uint64_t left = 1 + chance(3); left > 0; left--) change(&p, &parts[chance(FILES_MAX)]);
        if (!one_in(4)) tidy(&p);
        bytes = parts_put(&p);
        j = judge_twice(bytes);
        counts[j->verdict]++;
        if (j->verdict != VERDICT_VALID) continue;
        assert_true(bytes.len <= sizeof(valid));
        memcpy(valid, bytes.ptr, bytes.len);
        bytes = span_of(valid, bytes.len);
        assert_true(same(bytes, file[0]) || same(bytes, file[2]) || same(bytes, file[3]));
    }
    /* It reached what it is for. */
    assert_true(counts[VERDICT_VALID] > 0);
    assert_true(counts[VERDICT_REVOKED] > 0);
    assert_true(counts[VERDICT_UNWITNESSED] > 0);
    assert_true(counts[VERDICT_INCOMPLETE] > 0);
    assert_true(counts[VERDICT_FORGED] > MUTANTS / 2);
}

/* ---- a log that lies ---- */

/* What is wrong with the world, by position; and what became of the attestation for good. */
static bool wrong[WORLD_STATEMENTS_MAX];

static void lie_status(unsigned key)
{
    enum status status = (enum status)chance(3);
    uint64_t at =
        put_status(s.world, test_urn(KEY_ACME_TEST), SPAN("sub-1"), &s.world->statement[s.attestation].id, status, key);

    wrong[at] = key != KEY_ACME_TEST;
}

static void lie_rotation(unsigned key, uint64_t *last)
{
    const unsigned keys[] = {KEY_ACME_TEST, PURPOSE_ATTEST | PURPOSE_STATUS | PURPOSE_ISSUER, KEY_NORTH_TEST,
                             PURPOSE_ATTEST, 0};
    uint64_t seq = *last == 3 ? 1 : 2;
    struct issuer_payload p = test_set(seq, &s.world->statement[*last].id, keys);
    uint64_t at;

    if (seq == 2) return;
    if (one_in(4)) p.seq++;
    at = put_issuer(s.world, test_urn(KEY_ACME_TEST), &p, key);
    wrong[at] = key != KEY_ACME_TEST || p.seq != seq;
    *last = at;
}

static void lie_rules(unsigned key)
{
    struct rules_payload rules = {.seq = 1, .has_prev = true, .mode = RULES_OPEN, .version = RULES_VERSION};
    uint64_t at;

    rules.prev = s.world->statement[1].id;
    rules.approve_count = 1;
    rules.approve[0].iss = test_urn(KEY_ACME_TEST);
    rules.approve[0].genesis = test_kid(KEY_ACME_TEST);
    at = put_rules(s.world, &rules, key);
    wrong[at] = key != KEY_OPERATOR_TEST;
}

static void lie_seal(void)
{
    struct seal_payload seal = world_next_seal(s.world, s.world->last_to_ms / 1000 + 1);
    bool good = false;

    switch (chance(8)) {
    case 0: seal.covers++; break;
    case 1: seal.covers--; break;
    case 2: seal.previous = 1; break;
    case 3: seal.has_previous = false; break;
    default: good = true;
    }
    wrong[world_seal_payload(s.world, &seal)] = !good;
}

static void lie(uint64_t *last_keys)
{
    unsigned key = one_in(5) ? KEY_STRANGER_TEST : KEY_ACME_TEST;

    switch (chance(8)) {
    case 0:
    case 1: lie_status(key); break;
    case 2: lie_rotation(key, last_keys); break;
    case 3: lie_rules(key == KEY_ACME_TEST ? KEY_OPERATOR_TEST : key); break;
    case 4:
    case 5: lie_seal(); break;
    default: return;
    }
    if (one_in(4)) s.world->hidden[s.world->count - 1] = (uint8_t)(1 + chance(2));
}

/* The file shows the statement at this position. */
static bool file_shows(const struct parts *p, uint64_t position)
{
    for (size_t i = 0; i < p->statement_count; i++)
        if (p->statement[i].position == position) return true;
    return false;
}

static bool file_asks(const struct parts *p, const struct hash *key)
{
    for (size_t i = 0; i < p->answer_count; i++) {
        struct hash mine = index_key(p->answer[i].kind, p->answer[i].component);

        if (hash_equal(&mine, key)) return true;
    }
    return false;
}

/* Whether the file gives away that the log passed over this statement under a key that is asked. */
static bool file_hides(const struct parts *p, uint64_t position)
{
    struct index_keys keys;

    if (s.world->hidden[position] == 0) return false;
    if (index_derive(&s.world->statement[position], RULES_VERSION, &keys) != ERR_OK) return false;
    return s.world->hidden[position] <= keys.count && file_asks(p, &keys.key[s.world->hidden[position] - 1]);
}

/* Seconds: of the seal that closed the position, as the log dated it. */
static uint64_t date_of(uint64_t position, uint64_t *ret_seal)
{
    struct seal_payload seal;

    while (++position < s.world->count) {
        const struct statement *each = &s.world->statement[position];

        if (each->kind != KIND_SEAL || seal_decode(each->cose.payload, &seal) != ERR_OK) continue;
        *ret_seal = position;
        return seal.to_ms / 1000;
    }
    return UINT64_MAX;
}

/* Whether what stands there was in the log at the moment asked about. */
static bool was_there(uint64_t position)
{
    uint64_t asked = s.question.value, seal = 0;

    switch (s.question.as_of) {
    case AS_OF_NOW: return true;
    case AS_OF_TIME: return date_of(position, &seal) <= asked;
    case AS_OF_POSITION: break;
    }
    if (s.world->statement[asked].kind == KIND_SEAL) return position < asked;
    (void)date_of(asked, &seal);
    return position < seal;
}

/* The file's own words against it: a lie that it shows, or what the issuer said of its attestation. */
static bool file_condemns(const struct parts *p)
{
    enum status status = STATUS_VALID;

    if (!was_there(s.attestation)) return true;
    for (uint64_t at = 0; at < s.world->count; at++) {
        const struct statement *each = &s.world->statement[at];
        struct status_payload payload;

        if (!file_shows(p, at)) continue;
        if (wrong[at] || file_hides(p, at)) return true;
        if (!was_there(at) || each->kind != KIND_STATUS) continue;
        if (status_decode(each->cose.payload, &payload) != ERR_OK) continue;
        if (!status_final(status)) status = payload.status;
    }
    return status != STATUS_VALID ||
           (s.world->plants && file_shows(p, s.world->planted) && file_asks(p, &s.world->planted_key));
}

static void world_of_lies(void)
{
    uint64_t last_keys = 3;

    scene_begin(&s, 0);
    memset(wrong, 0, sizeof(wrong));
    for (uint64_t left = chance(10); left > 0; left--) lie(&last_keys);
    if (one_in(6)) {
        s.world->plants = true;
        s.world->planted = chance(s.world->count);
        s.world->planted_key = index_key(INDEX_APPROVAL, (struct span[]){test_urn(KEY_ACME_TEST)});
        /* Where it belongs it is no lie. */
        if (s.world->statement[s.world->planted].kind == KIND_RULES) s.world->plants = false;
    }
    world_seal(s.world, s.world->last_to_ms / 1000 + 1);
    scene_read(&s);
    for (uint64_t left = chance(4); left > 0; left--) serve_extra(&s.serving, chance(s.world->count));
    if (one_in(4)) serve_ask(&s.serving, INDEX_SUBJECT, SPAN("sub-1"), test_urn(KEY_ACME_TEST));
    if (one_in(8)) s.serving.ask_count--;
    s.question.as_of = (enum as_of)chance(3);
    s.question.value = s.question.as_of == AS_OF_TIME ? T0 + 15 + chance(30) : chance(s.world->count);
}

static void no_file_is_valid_that_shows_a_lie_or_a_no(void **state)
{
    static struct parts p;
    unsigned valid = 0, condemned = 0;

    (void)state;
    chance_state = UINT64_C(0xd1b54a32d192ed03);
    for (unsigned n = 0; n < LIES; n++) {
        const struct judgement *j;
        struct span bytes;

        world_of_lies();
        trust_read();
        bytes = world_serve(s.world, &s.serving);
        parts_take(bytes, &p);
        j = judge_twice(bytes);
        if (file_condemns(&p)) {
            condemned++;
            assert_int_not_equal(j->verdict, VERDICT_VALID);
        } else if (j->verdict == VERDICT_VALID) {
            valid++;
        }
    }
    assert_true(valid > LIES / 20);
    assert_true(condemned > LIES / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_changed_and_still_valid_is_the_same),
        cmocka_unit_test(no_file_is_valid_that_shows_a_lie_or_a_no),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
