/* Which path is answered by what. One table; every handler takes what is behind the table's prefix. */
#include "server/node/reads.h"

static void get_not_built(struct node *n, struct http_exchange *x, struct span rest)
{
    (void)n;
    (void)rest;
    answer_problem(x, ERR_NOT_BUILT, http_request(x)->path);
}

static void post_entries(struct node *n, struct http_exchange *x, struct span rest)
{
    (void)rest;
    submit_post(n, x);
}

/* The longest match stands first. `whole`: nothing may follow. */
static const struct row {
    const char *path;
    bool whole, post;
    read_handler *handle;
} rows[] = {
    {"/", true, false, get_front},
    {"/about", true, false, get_about},
    {"/log", true, false, get_log},
    {"/health", true, false, get_health},
    {"/checkpoint", true, false, get_checkpoint},
    {"/tile/", false, false, get_tile},
    {"/entries/batch", true, true, get_not_built},
    {"/entries", true, true, post_entries},
    {"/entries/", false, false, get_entry},
    {"/statements/", false, false, get_statement},
    {"/evidence/", false, false, get_evidence},
    {"/index/", false, false, get_index},
    {"/proof/", false, false, get_proof},
    {"/.well-known/scitt-keys", true, false, get_keys},
    {"/.well-known/scitt-keys/", false, false, get_keys},
    {"/events", true, false, get_not_built},
    {"/metrics", true, false, get_not_built},
};

static const struct row *find(struct span path)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct span row = span_text(rows[i].path);

        if (rows[i].whole ? span_equal(path, row) : span_starts(path, row) && path.len > row.len) return &rows[i];
    }
    return NULL;
}

/* For browsers that ask before they post from another origin. */
static void reply_options(struct http_exchange *x)
{
    struct http_header headers[] = {{"Access-Control-Allow-Origin", SPAN("*")},
                                    {"Access-Control-Allow-Methods", SPAN("GET, HEAD, POST, OPTIONS")},
                                    {"Access-Control-Allow-Headers", SPAN("Content-Type, Prefer, Accept")},
                                    {"Access-Control-Expose-Headers", SPAN("Location, Cairn-Position, Cairn-Reason, "
                                                                           "Cairn-Already, Retry-After")}};

    http_reply(x, 204, headers, COUNT_OF(headers), SPAN(""));
}

void routes_handle(void *ctx, struct http_exchange *x)
{
    struct node *n = ctx;
    const struct http_request *r = http_request(x);
    const struct row *row = find(r->path);
    bool read = r->method == HTTP_METHOD_GET || r->method == HTTP_METHOD_HEAD;

    if (r->method == HTTP_METHOD_OPTIONS)
        reply_options(x);
    else if (row == NULL)
        answer_problem(x, ERR_NOT_FOUND, r->path);
    else if (row->post ? r->method != HTTP_METHOD_POST : !read)
        answer_wrong_method(x, row->post ? SPAN("OPTIONS, POST") : SPAN("GET, HEAD, OPTIONS"));
    else
        row->handle(n, x, span_slice(r->path, row->whole ? r->path.len : strlen(row->path), r->path.len));
}
