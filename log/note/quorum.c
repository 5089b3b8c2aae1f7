/* See quorum.h. */
#include "log/note/quorum.h"
#include "log/base/codec.h"
#include "log/note/lines.h"

#define QUORUM_NONE (-1)

static bool url_good(struct span url)
{
    return url.len <= POLICY_URL_MAX;
}

/* One key, one log and one witness: another name or id does not make it another one. */
static bool same_key(const struct vkey *a, const struct vkey *b)
{
    return hash_equal(&a->key_hash, &b->key_hash);
}

/* log VKEY [URL] */
static enum err take_log(struct policy *p, const struct span *words, size_t count)
{
    struct policy_log log = {.url = count == 3 ? words[2] : SPAN("")};

    if (count < 2 || count > 3 || !url_good(log.url)) return ERR_BAD_POLICY;
    log.vkey_text = words[1];
    TRY(vkey_decode(words[1], &log.vkey));
    for (size_t i = 0; i < p->log_count; i++)
        if (same_key(&p->log[i].vkey, &log.vkey)) return ERR_BAD_POLICY;
    if (p->log_count == POLICY_LOGS_MAX) return ERR_BAD_POLICY;
    p->log[p->log_count++] = log;
    return ERR_OK;
}

/* Witnesses and groups have one namespace, in which `none` is taken. */
static bool name_free(const struct policy *p, struct span name)
{
    return name.len > 0 && name.len <= POLICY_NAME_MAX && !span_equal(name, SPAN("none")) && policy_find(p, name) < 0;
}

/* witness NAME VKEY [URL] */
static enum err take_witness(struct policy *p, const struct span *words, size_t count)
{
    struct policy_member witness = {.url = count == 4 ? words[3] : SPAN("")};

    if (count < 3 || count > 4 || !url_good(witness.url) || !name_free(p, words[1])) return ERR_BAD_POLICY;
    TRY(vkey_decode(words[2], &witness.vkey));
    /* A note key cannot cosign: it would be a witness that never counts. */
    if (witness.vkey.type == NOTE_ED25519) return ERR_BAD_POLICY;
    for (size_t i = 0; i < p->member_count; i++)
        if (!p->member[i].is_group && same_key(&p->member[i].vkey, &witness.vkey)) return ERR_BAD_POLICY;
    if (p->member_count == POLICY_MEMBERS_MAX) return ERR_BAD_POLICY;
    witness.name = words[1];
    witness.vkey_text = words[2];
    p->member[p->member_count++] = witness;
    return ERR_OK;
}

static bool take_needed(struct span word, size_t count, unsigned *ret)
{
    uint64_t n = 0;

    if (span_equal(word, SPAN("any"))) {
        n = 1;
    } else if (span_equal(word, SPAN("all"))) {
        n = count;
    } else if (decimal_decode(word, count, &n) != ERR_OK) {
        return false;
    }
    *ret = (unsigned)n;
    return n >= 1;
}

static bool group_has(const struct policy_member *group, int member)
{
    for (unsigned i = 0; i < group->count; i++)
        if (group->member[i] == member) return true;
    return false;
}

/* group NAME all|any|K MEMBER… */
static enum err take_group(struct policy *p, const struct span *words, size_t count)
{
    struct policy_member group = {.is_group = true};

    if (count < 4 || count - 3 > POLICY_MEMBERS_MAX || !name_free(p, words[1])) return ERR_BAD_POLICY;
    if (!take_needed(words[2], count - 3, &group.needed)) return ERR_BAD_POLICY;
    for (size_t i = 3; i < count; i++) {
        int member = policy_find(p, words[i]);

        if (member < 0 || p->member[member].taken || group_has(&group, member)) return ERR_BAD_POLICY;
        group.member[group.count++] = (uint8_t)member;
    }
    if (p->member_count == POLICY_MEMBERS_MAX) return ERR_BAD_POLICY;
    for (unsigned i = 0; i < group.count; i++) p->member[group.member[i]].taken = true;
    group.name = words[1];
    p->member[p->member_count++] = group;
    return ERR_OK;
}

/* quorum NAME|none */
static enum err take_quorum(struct policy *p, const struct span *words, size_t count)
{
    int member = QUORUM_NONE;

    if (count != 2 || p->has_quorum) return ERR_BAD_POLICY;
    if (!span_equal(words[1], SPAN("none"))) {
        member = policy_find(p, words[1]);
        if (member < 0) return ERR_BAD_POLICY;
    }
    p->has_quorum = true;
    p->quorum = member;
    return ERR_OK;
}

enum err policy_take(struct policy *p, const struct span *words, size_t count, bool *ret_mine)
{
    static const struct {
        struct span word;
        enum err (*take)(struct policy *p, const struct span *words, size_t count);
    } rows[] = {
        {SPAN("log"), take_log},
        {SPAN("witness"), take_witness},
        {SPAN("group"), take_group},
        {SPAN("quorum"), take_quorum},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (count == 0 || !span_equal(words[0], rows[i].word)) continue;
        *ret_mine = true;
        return rows[i].take(p, words, count);
    }
    *ret_mine = false;
    return ERR_OK;
}

int policy_find(const struct policy *p, struct span name)
{
    for (size_t i = 0; i < p->member_count; i++)
        if (span_equal(p->member[i].name, name)) return (int)i;
    return -1;
}

unsigned policy_witness_count(const struct policy *p)
{
    unsigned count = 0;

    for (size_t i = 0; i < p->member_count; i++) count += !p->member[i].is_group;
    return count;
}

/* Checks `line` against every witness that could have written it. */
static enum err take_cosignature(const struct policy *p, const struct note_line *line, struct span text,
                                 uint64_t latest, struct cosigned *c)
{
    for (size_t i = 0; i < p->member_count; i++) {
        const struct policy_member *m = &p->member[i];
        uint64_t time;

        if (m->is_group || !m->vkey.usable || !note_line_is(line, &m->vkey)) continue;
        TRY(cosignature_verify(line, text, &m->vkey, &time));
        if (time <= latest && time > c->time[i]) c->time[i] = time;
    }
    return ERR_OK;
}

enum err policy_cosigned(const struct policy *p, const struct note *n, uint64_t latest, struct cosigned *ret)
{
    struct span rest = n->signatures;
    struct cosigned c = {0};
    struct note_line line;

    while (note_next(&rest, &line)) TRY(take_cosignature(p, &line, n->text, latest, &c));
    *ret = c;
    return ERR_OK;
}

/* The time from which at least `needed` members of a group had cosigned when each did at its own. */
static uint64_t group_time(const struct policy_member *group, const uint64_t *times)
{
    uint64_t sorted[POLICY_MEMBERS_MAX]; /* latest first */

    for (unsigned i = 0; i < group->count; i++) {
        uint64_t time = times[group->member[i]];
        unsigned at = i;

        for (; at > 0 && sorted[at - 1] < time; at--) sorted[at] = sorted[at - 1];
        sorted[at] = time;
    }
    return sorted[group->needed - 1];
}

uint64_t policy_time(const struct policy *p, int member, const struct cosigned *c)
{
    uint64_t times[POLICY_MEMBERS_MAX];

    ASSERT(member < (int)p->member_count);

    if (member < 0) return 0;
    /* Members stand before their groups: one pass is enough. */
    for (int i = 0; i <= member; i++) times[i] = p->member[i].is_group ? group_time(&p->member[i], times) : c->time[i];
    return times[member];
}

bool policy_met(const struct policy *p, int member, const struct cosigned *c, uint64_t since)
{
    uint64_t time = policy_time(p, member, c);

    return member == QUORUM_NONE || (time != 0 && time >= since);
}

bool policy_line_of(struct span line, const struct vkey *key)
{
    struct lines l = lines_over(line);
    struct vkey v;
    bool more = false;

    return lines_next(&l, &more) == ERR_OK && more && l.count >= 2 && span_equal(l.word[0], SPAN("log")) &&
           vkey_decode(l.word[1], &v) == ERR_OK && span_equal(vkey_name(&v), vkey_name(key));
}
