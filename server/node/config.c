/* See config.h. A table of settings; witness, group and quorum lines are tlog-policy's own. */
#include "server/node/config.h"

#include <stdio.h>

#include "log/base/codec.h"
#include "log/base/text.h"
#include "log/store/store.h"
#include "server/node/own_keys.h"

static enum err set_origin(struct config *c, struct span word)
{
    if (!note_name_good(word)) return ERR_BAD_CONFIG;
    c->origin = word;
    return ERR_OK;
}

static enum err set_url(struct config *c, struct span word)
{
    return setting_url(word, POLICY_URL_MAX, &c->url);
}

enum err config_listen(struct config *c, struct span word)
{
    return setting_address(word, c->host, &c->port);
}

static enum err set_interval(struct config *c, struct span word)
{
    return setting_duration(word, 10, 3600000, &c->interval_ms);
}

static enum err set_refresh(struct config *c, struct span word)
{
    return setting_duration(word, 1000, 86400000, &c->refresh_ms);
}

static enum err set_stall(struct config *c, struct span word)
{
    return setting_duration(word, 1000, 86400000, &c->stall_ms);
}

static enum err set_witness_timeout(struct config *c, struct span word)
{
    return setting_duration(word, 100, 60000, &c->witness_ms);
}

static enum err set_connections(struct config *c, struct span word)
{
    return setting_number(word, 1, 65536, &c->connections_max);
}

static enum err set_pending(struct config *c, struct span word)
{
    return setting_number(word, 4096, 1000000, &c->pending_max);
}

static enum err set_wait(struct config *c, struct span word)
{
    return setting_number(word, 0, 600, &c->wait_max);
}

static enum err set_map(struct config *c, struct span word)
{
    uint64_t gib;

    TRY(decimal_decode(word, 65536, &gib));
    if (gib == 0) return ERR_BAD_NUMBER;
    c->map_bytes = gib << 30;
    return ERR_OK;
}

/* One row a setting: the word, how it is taken, what a new file says of it. */
static const struct setting {
    const char *word;
    enum err (*take)(struct config *c, struct span word);
    const char *standard, *comment;
} settings[] = {
    {"origin", set_origin, NULL, "the name of this log; it can never change"},
    {"listen", config_listen, NULL, "address and port; an HTTPS proxy goes in front"},
    {"url", set_url, "https://log.example.org", "what the log's own pages tell readers to use"},
    {"interval", set_interval, "1s", "the least time between two checkpoints"},
    {"refresh", set_refresh, "5m", "how often an idle log asks its witnesses again"},
    {"stall", set_stall, "30s", "how long a checkpoint may wait before new attestations are refused"},
    {"witness-timeout", set_witness_timeout, "10s", "how long one witness may take to answer"},
    {"connections", set_connections, "1024", "how many may be open at once"},
    {"pending", set_pending, "65536", "how many statements may wait to be published"},
    {"wait", set_wait, "60", "how many seconds a submission may ask to wait for its receipt"},
    {"map", set_map, "1024", "GiB of address space reserved for each database"},
};

static void standards(struct config *c)
{
    *c = (struct config){.port = 7379,
                         .interval_ms = 1000,
                         .refresh_ms = 300000,
                         .stall_ms = 30000,
                         .witness_ms = 10000,
                         .connections_max = 1024,
                         .pending_max = 65536,
                         .wait_max = 60,
                         .map_bytes = (uint64_t)CAIRN_MAP_GIB << 30,
                         .policy = {.quorum = -1}};
    memcpy(c->host, "127.0.0.1", sizeof("127.0.0.1"));
}

static enum err take_line(struct config *c, const struct lines *l, uint32_t *seen)
{
    bool mine;

    TRY(policy_take(&c->policy, l->word, l->count, &mine));
    if (mine) return c->policy.log_count > 0 ? ERR_BAD_CONFIG : ERR_OK;
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        if (!span_equal(l->word[0], span_text(settings[i].word))) continue;
        if (l->count != 2 || (*seen >> i & 1)) return ERR_BAD_CONFIG;
        *seen |= (uint32_t)1 << i;
        return settings[i].take(c, l->word[1]);
    }
    return ERR_BAD_CONFIG;
}

/* The first word that names a witness or group which no line above has, or 0. */
static size_t unknown_name(const struct policy *p, const struct lines *l)
{
    bool group = span_equal(l->word[0], SPAN("group")), quorum = span_equal(l->word[0], SPAN("quorum"));

    if (quorum && l->count == 2 && !p->has_quorum && !span_equal(l->word[1], SPAN("none")))
        return policy_find(p, l->word[1]) < 0 ? 1 : 0;
    for (size_t i = 3; group && i < l->count; i++)
        if (policy_find(p, l->word[i]) < 0) return i;
    return 0;
}

static bool is_setting(struct span word)
{
    static const char *const policy[] = {"log", "witness", "group", "quorum"};

    for (size_t i = 0; i < COUNT_OF(settings); i++)
        if (span_equal(word, span_text(settings[i].word))) return true;
    for (size_t i = 0; i < COUNT_OF(policy); i++)
        if (span_equal(word, span_text(policy[i]))) return true;
    return false;
}

/* The words of the line are only there when it was read. */
static void where(const struct config *c, const struct lines *l, bool is_read, enum err e, char ret[200])
{
    size_t at = is_read ? unknown_name(&c->policy, l) : 0;
    uint8_t text[81];
    struct out word = out_over(text, sizeof(text));

    if (is_read) text_escape(l->word[at], 80, &word);
    if (is_read && (at > 0 || !is_setting(l->word[0]))) {
        snprintf(ret, 200, "line %u, column %u: %.*s, where %s should stand", l->line, l->column[at], (int)word.len,
                 (const char *)text, at > 0 ? "a witness or group that stands above" : "a setting");
        return;
    }
    snprintf(ret, 200, "line %u, column %u: %s (expected %s)", l->line, l->column[0], err_reason(e), err_expected(e));
}

/* A witness that cannot be asked would be waited for, for ever, by a log that accepts. */
static enum err check_addresses(const struct policy *p, char ret_where[200])
{
    for (size_t i = 0; i < p->member_count; i++) {
        const struct policy_member *m = &p->member[i];

        if (m->is_group || m->url.len > 0) continue;
        snprintf(ret_where, 200, "the line of witness %.*s does not end in its address",
                 (int)(m->name.len < 80 ? m->name.len : 80), (const char *)m->name.ptr);
        return ERR_BAD_CONFIG;
    }
    return ERR_OK;
}

/* A note with more lines than readers take would be nobody's. */
static enum err check_witnesses(const struct policy *p, char ret_where[200])
{
    if (policy_witness_count(p) <= NOTE_SIGNATURES_MAX - OWN_SIGNERS_MAX) return check_addresses(p, ret_where);
    snprintf(ret_where, 200, "more than %d witnesses", NOTE_SIGNATURES_MAX - OWN_SIGNERS_MAX);
    return ERR_BAD_CONFIG;
}

enum err config_decode(struct span text, struct config *ret, char ret_where[200])
{
    struct lines l = lines_over(text);
    uint32_t seen = 0;
    bool more;

    standards(ret);
    for (;;) {
        enum err e = lines_next(&l, &more);

        bool is_read = e == ERR_OK && more;

        if (is_read) e = take_line(ret, &l, &seen);
        if (e != ERR_OK) {
            where(ret, &l, is_read, e, ret_where);
            return ERR_BAD_CONFIG;
        }
        if (!more) break;
    }
    if (ret->origin.len == 0) {
        snprintf(ret_where, 200, "no line says: origin NAME");
        return ERR_BAD_CONFIG;
    }
    if (policy_witness_count(&ret->policy) > 0 && !ret->policy.has_quorum) {
        snprintf(ret_where, 200, "there are witnesses but no line says: quorum NAME (or: quorum none)");
        return ERR_BAD_CONFIG;
    }
    return check_witnesses(&ret->policy, ret_where);
}

void config_write(struct span origin, const char *listen, struct out *o)
{
    out_text(o, "# A Cairn log. One setting a line; what stands behind '#' is the default.\n");
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        const struct setting *s = &settings[i];

        out_text(o, "\n# ");
        out_text(o, s->comment);
        out_text(o, s->standard == NULL ? "\n" : "\n#");
        out_text(o, s->word);
        out_byte(o, ' ');
        if (s->take == set_origin)
            out_bytes(o, origin);
        else
            out_text(o, s->take == config_listen ? listen : s->standard);
        out_byte(o, '\n');
    }
    out_text(o, "\n# Witnesses, as they publish themselves, and how many must agree (c2sp.org/tlog-policy):\n"
                "#   witness uni witness.uni.example+7c1e0b52+BHk0... https://witness.uni.example\n"
                "#   group all-of-them all uni\n"
                "#   quorum all-of-them\n");
}
