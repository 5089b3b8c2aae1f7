/* Status lines and headers. See reply.h. */
#include "server/net/reply.h"

#include "log/base/text.h"
#include "server/net/octets.h"

struct status_row {
    unsigned status;
    const char *text;
};

static const struct status_row statuses[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

/* RFC 9112, 4: the words may be absent. */
static const char *status_text(unsigned status)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++)
        if (statuses[i].status == status) return statuses[i].text;
    return "";
}

bool reply_has_body(unsigned status)
{
    return status != 204 && status != 304;
}

void reply_date(uint64_t now_s, struct out *o)
{
    static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970 began on a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint8_t room[40];
    struct out text = out_over(room, sizeof room);

    text_time(now_s, &text); /* 2026-11-20 03:07:40Z */
    ASSERT(text.len == 20);
    size_t month = (size_t)(room[5] - '0') * 10 + (size_t)(room[6] - '0') - 1;
    out_bytes(o, span_of(days + now_s / 86400 % 7 * 3, 3));
    out_text(o, ", ");
    out_bytes(o, span_of(room + 8, 2));
    out_byte(o, ' ');
    out_bytes(o, span_of(months + month * 3, 3));
    out_byte(o, ' ');
    out_bytes(o, span_of(room, 4));
    out_byte(o, ' ');
    out_bytes(o, span_of(room + 11, 8));
    out_text(o, " GMT");
}

/* What would end a header, or stands here already, is a bug of the handler. */
static void header_check(struct span name, struct span value)
{
    ASSERT(name.len > 0);
    for (size_t i = 0; i < name.len; i++) {
        ASSERT(name.ptr[i] > 0x20 && name.ptr[i] < 0x7f && name.ptr[i] != ':');
    }
    for (size_t i = 0; i < value.len; i++) {
        ASSERT(value.ptr[i] >= 0x20 && value.ptr[i] != 0x7f);
    }
    ASSERT(!octets_equal_nocase(name, SPAN("Date")));
    ASSERT(!octets_equal_nocase(name, SPAN("Connection")));
    ASSERT(!octets_equal_nocase(name, SPAN("Content-Length")));
    ASSERT(!octets_equal_nocase(name, SPAN("Transfer-Encoding")));
}

static void reply_header(const struct http_header *header, struct out *o)
{
    header_check(span_text(header->name), header->value);
    out_text(o, header->name);
    out_text(o, ": ");
    out_bytes(o, header->value);
    out_text(o, "\r\n");
}

void reply_head(const struct reply *r, struct out *o)
{
    ASSERT(r->status >= 200 && r->status < 600);
    out_text(o, "HTTP/1.1 ");
    out_decimal(o, r->status);
    out_byte(o, ' ');
    out_text(o, status_text(r->status));
    out_text(o, "\r\nDate: ");
    reply_date(r->now_s, o);
    out_text(o, "\r\n");
    for (size_t i = 0; i < r->count; i++) reply_header(&r->headers[i], o);
    if (reply_has_body(r->status)) {
        out_text(o, "Content-Length: ");
        out_decimal(o, r->body_len);
        out_text(o, "\r\n");
    }
    out_text(o, r->close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
}
