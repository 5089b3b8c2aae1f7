/* See settings.h. */
#include "witness/settings.h"

#include <stdio.h>

static enum err set_name(struct settings *s, struct span word)
{
    if (!note_name_good(word)) return ERR_BAD_CONFIG;
    s->name = word;
    return ERR_OK;
}

enum err settings_listen(struct settings *s, struct span word)
{
    return setting_address(word, s->host, &s->port);
}

static enum err set_url(struct settings *s, struct span word)
{
    return setting_url(word, POLICY_URL_MAX, &s->url);
}

static enum err set_connections(struct settings *s, struct span word)
{
    return setting_number(word, 1, 65536, &s->connections_max);
}

/* One row a setting: the word, how it is taken, what a new file says of it. */
static const struct setting {
    const char *word;
    enum err (*take)(struct settings *s, struct span word);
    const char *standard, *comment;
} settings[] = {
    {"name", set_name, NULL, "the name of this witness; it can never change"},
    {"listen", settings_listen, NULL, "address and port; an HTTPS proxy goes in front, see proxy.example"},
    {"url", set_url, "", "where logs reach this witness through the proxy"},
    {"connections", set_connections, "256", "how many may be open at once"},
};

static void standards(struct settings *s)
{
    *s = (struct settings){.port = 7380, .connections_max = 256};
    memcpy(s->host, "127.0.0.1", sizeof("127.0.0.1"));
}

enum err settings_key_check(const struct vkey *key)
{
    return key->usable && key->type == NOTE_ED25519 ? ERR_OK : ERR_NOT_BUILT;
}

/* Of the lines of tlog-policy only those that name logs say something to a witness. */
static enum err take_policy(struct settings *s, const struct lines *l, bool *ret_mine)
{
    TRY(policy_take(&s->logs, l->word, l->count, ret_mine));
    if (!*ret_mine) return ERR_OK;
    if (!span_equal(l->word[0], SPAN("log"))) return ERR_BAD_CONFIG;
    return settings_key_check(&s->logs.log[s->logs.log_count - 1].vkey);
}

static enum err take_line(struct settings *s, const struct lines *l, uint32_t *seen)
{
    bool mine;

    TRY(take_policy(s, l, &mine));
    if (mine) return ERR_OK;
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        if (!span_equal(l->word[0], span_text(settings[i].word))) continue;
        if (l->count != 2 || (*seen >> i & 1)) return ERR_BAD_CONFIG;
        *seen |= (uint32_t)1 << i;
        return settings[i].take(s, l->word[1]);
    }
    return ERR_BAD_CONFIG;
}

enum err settings_decode(struct span text, struct settings *ret, char ret_where[200])
{
    struct lines l = lines_over(text);
    uint32_t seen = 0;
    bool more;

    standards(ret);
    for (;;) {
        enum err e = lines_next(&l, &more);

        if (e == ERR_OK && more) e = take_line(ret, &l, &seen);
        if (e != ERR_OK) {
            snprintf(ret_where, 200, "line %u, column %u: %s (expected %s)", l.line, l.column[0], err_reason(e),
                     err_expected(e));
            return e == ERR_NOT_BUILT ? e : ERR_BAD_CONFIG;
        }
        if (!more) break;
    }
    if (ret->name.len > 0) return ERR_OK;
    snprintf(ret_where, 200, "no line says: name NAME");
    return ERR_BAD_CONFIG;
}

void settings_write(struct span name, const char *listen, struct out *o)
{
    out_text(o, "# A Cairn witness. One setting a line; what stands behind '#' is the default.\n");
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        const struct setting *s = &settings[i];

        out_text(o, "\n# ");
        out_text(o, s->comment);
        out_text(o, s->standard == NULL ? "\n" : "\n#");
        out_text(o, s->word);
        out_byte(o, ' ');
        if (s->take == set_url) out_text(o, "https://");
        if (s->take == set_name || s->take == set_url)
            out_bytes(o, name);
        else
            out_text(o, s->take == settings_listen ? listen : s->standard);
        out_byte(o, '\n');
    }
    out_text(o, "\n# The logs to cosign (c2sp.org/tlog-policy). A log is added by: cairn-witness follow DIR URL\n");
}

void settings_url(const struct settings *s, struct out *o)
{
    if (s->url.len > 0) {
        out_bytes(o, s->url);
        return;
    }
    out_text(o, "https://");
    out_bytes(o, s->name);
}
