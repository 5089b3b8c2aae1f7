/* See print_parts.h. */
#include "client/print_parts.h"

#include "log/base/codec.h"
#include "log/base/text.h"

void print_time(uint64_t seconds)
{
    uint8_t text[32];
    struct out o = out_over(text, sizeof(text));

    text_time(seconds, &o);
    print_out(&o);
}

void print_hash(const struct hash *h)
{
    uint8_t text[2 * sizeof(struct hash)];
    struct out o = out_over(text, sizeof(text));

    hex_encode(hash_span(h), &o);
    print_out(&o);
}

const struct trust_issuer *print_believed(const struct judgement *j, const struct trust *trust, struct span iss)
{
    struct hash genesis;
    bool is_key = ckt_decode(iss, &genesis) == ERR_OK;

    for (size_t i = 0; trust != NULL && i < trust->issuer_count; i++) {
        const struct trust_issuer *line = &trust->issuer[i];
        bool same = line->iss.len > 0 ? span_equal(line->iss, iss) : is_key && hash_equal(&line->genesis, &genesis);

        if (same && (line->log.len == 0 || span_equal(line->log, j->checkpoint.origin))) return line;
    }
    return NULL;
}

void print_json_text(json_t *to, const char *name, struct span s)
{
    json_object_set_new(to, name, json_stringn((const char *)s.ptr, s.len));
}

void print_json_hash(json_t *to, const char *name, const struct hash *h)
{
    uint8_t text[2 * sizeof(struct hash)];
    struct out o = out_over(text, sizeof(text));

    hex_encode(hash_span(h), &o);
    print_json_text(to, name, out_span(&o));
}

void print_json_status(json_t *to, const char *name, const struct status_fold *f, bool has_time, uint64_t time)
{
    const char *reason = status_reason_word(f->reason);
    json_t *o = json_object();

    json_object_set_new(o, "status", json_string(status_word(f->status)));
    json_object_set_new(o, "position", json_integer((json_int_t)f->position));
    if (has_time) json_object_set_new(o, "time", json_integer((json_int_t)time));
    if (reason != NULL) json_object_set_new(o, "reason", json_string(reason));
    json_object_set_new(to, name, o);
}
