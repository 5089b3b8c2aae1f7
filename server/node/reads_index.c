/* See reads.h: what a query says, and the page of the index that answers it. */
#include "log/base/codec.h"
#include "server/node/pages.h"
#include "server/node/prove.h"
#include "server/node/reads.h"

/* Components are text, or 0x and 64 digits for an id. */
static enum err component_decode(struct span text, uint8_t id[32], struct span *ret)
{
    *ret = text;
    if (!span_starts(text, SPAN("0x"))) return ERR_OK;
    if (hex_decode(span_slice(text, 2, text.len), id, 32) != ERR_OK) return ERR_BAD_REQUEST;
    *ret = span_of(id, 32);
    return ERR_OK;
}

/* What is asked of the index: "c=…&c=…", exactly as many as the kind wants, and "from=N" of a page. */
struct index_query {
    int wanted, count;
    bool paged;
    uint64_t from;
    uint8_t text[4096], ids[INDEX_COMPONENTS_MAX][32];
    struct span component[INDEX_COMPONENTS_MAX];
};

static enum err query_pair(struct span pair, struct out *room, struct index_query *q)
{
    struct span value;

    if (!q->paged && http_query_value(pair, "from", room, &value)) {
        q->paged = true;
        return decimal_decode(value, TREE_SIZE_MAX, &q->from) == ERR_OK ? ERR_OK : ERR_BAD_REQUEST;
    }
    if (q->count == q->wanted || !http_query_value(pair, "c", room, &value)) return ERR_BAD_REQUEST;
    TRY(component_decode(value, q->ids[q->count], &q->component[q->count]));
    q->count++;
    return ERR_OK;
}

static enum err query_decode(struct span query, int wanted, struct index_query *ret)
{
    struct out room = out_over(ret->text, sizeof(ret->text));

    ret->wanted = wanted;
    ret->count = 0;
    ret->paged = false;
    ret->from = 0;
    while (query.len > 0) {
        struct span pair = query;

        if (!span_cut(&query, '&', &pair)) query = span_slice(query, query.len, query.len);
        TRY(query_pair(pair, &room, ret));
    }
    return ret->count == wanted ? ERR_OK : ERR_BAD_REQUEST;
}

/* "K", or "PREFIX/BITS": 64 digits, and of a prefix what it does not say is 0. */
static enum err index_by_hash(struct node *n, struct span rest, struct span query, struct out *o)
{
    struct index_query q;
    struct span digits = rest;
    bool is_prefix = span_cut(&rest, '/', &digits);
    struct hash key;
    uint64_t bits;

    TRY(query_decode(query, 0, &q));
    TRY(id_decode(digits, &key));
    if (!is_prefix) return page_of_list(n, &key, q.from, o);
    if (q.paged || decimal_decode(rest, TRIE_LEAF - 1, &bits) != ERR_OK || bits < 128) return ERR_BAD_REQUEST;
    for (unsigned bit = (unsigned)bits; bit < TRIE_LEAF; bit++)
        if (trie_bit(&key, bit) != 0) return ERR_BAD_REQUEST;
    return page_of_prefix(n, &key, (unsigned)bits, o);
}

static enum err index_by_name(struct node *n, struct span rest, struct span query, struct out *o)
{
    int wanted = rest.len == 1 ? index_components(rest.ptr[0]) : -1;
    struct index_query q;
    struct hash key;

    if (wanted < 0) return ERR_NOT_FOUND;
    TRY(query_decode(query, wanted, &q));
    if (!q.paged) return prove_index(n, rest.ptr[0], q.component, o);
    key = index_key(rest.ptr[0], q.component);
    return page_of_list(n, &key, q.from, o);
}

void get_index(struct node *n, struct http_exchange *x, struct span rest)
{
    struct out o = out_over(n->scratch, SCRATCH_BYTES);
    struct span query = http_request(x)->query;
    enum err e = span_starts(rest, SPAN("k/")) ? index_by_hash(n, span_slice(rest, 2, rest.len), query, &o)
                                               : index_by_name(n, rest, query, &o);

    reply_scratch(x, "application/cbor", CACHE_NONE, e, &o);
}
