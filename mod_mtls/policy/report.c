/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/report.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdbool.h>
#include <string.h>

#include "mtls/policy/codepoint.h"
#include "mtls/policy/reason.h"

/* "&#xFFFD;": the longest that one octet can become. */
#define MAX_ESCAPE 8

/* One element of Accept, RFC 9110 section 12.5.1. */
typedef struct {
    const char *type; /* "text/html", not terminated */
    size_t type_len;
    int q; /* thousandths */
} range_t;

static size_t token_len(const char *c)
{
    size_t len = 0;

    while (apr_isalnum(c[len]) || (c[len] && strchr("!#$%&'*+-.^_`|~", c[len]))) {
        len++;
    }
    return len;
}

static const char *skip_space(const char *c)
{
    return c + strspn(c, " \t");
}

/* qvalue of @a len characters: 0, 0.5, 0.125, 1, 1.000; -1 when it is none. */
static int parse_q(const char *text, size_t len)
{
    static const int worth[] = {100, 10, 1};
    int q;
    size_t i;

    if (len == 0 || len > 5 || (text[0] != '0' && text[0] != '1') || (len > 1 && text[1] != '.')) {
        return -1;
    }
    q = (text[0] - '0') * 1000;
    for (i = 2; i < len; i++) {
        if (!apr_isdigit(text[i])) {
            return -1;
        }
        q += (text[i] - '0') * worth[i - 2];
    }
    return q <= 1000 ? q : -1;
}

/* Length of the quoted-string at @a c, quotes included; 0 when it does not end. */
static size_t quoted_len(const char *c)
{
    size_t len = 1;

    while (c[len] && c[len] != '"') {
        len += c[len] == '\\' && c[len + 1] ? 2 : 1;
    }
    return c[len] == '"' ? len + 1 : 0;
}

/* Take one "name=value" and note a weight.  @return what follows, NULL when malformed. */
static const char *take_parameter(const char *c, range_t *range, bool *weighed)
{
    size_t name_len = token_len(c), value_len;
    const char *value = c + name_len + 1;

    if (name_len == 0 || c[name_len] != '=') {
        return NULL;
    }
    value_len = *value == '"' ? quoted_len(value) : token_len(value);
    if (value_len == 0) {
        return NULL;
    }
    if (name_len == 1 && (*c == 'q' || *c == 'Q')) {
        range->q = parse_q(value, value_len);
        if (range->q < 0 || *weighed) {
            return NULL;
        }
        *weighed = true;
    }
    return value + value_len;
}

/* Take one element.  @return what follows, at a comma or the end; NULL when malformed. */
static const char *take_range(const char *c, range_t *range)
{
    size_t len = token_len(c), sub_len;
    bool weighed = false;

    if (len == 0 || c[len] != '/') {
        return NULL;
    }
    sub_len = token_len(c + len + 1);
    if (sub_len == 0) {
        return NULL;
    }
    *range = (range_t){c, len + 1 + sub_len, 1000};
    c = skip_space(c + range->type_len);
    while (c && *c == ';') {
        c = skip_space(c + 1);
        if (*c && *c != ';' && *c != ',') {
            c = take_parameter(c, range, &weighed);
        }
        c = c ? skip_space(c) : NULL;
    }
    return c && (*c == ',' || *c == '\0') ? c : NULL;
}

static bool is_type(const range_t *range, const char *type)
{
    return strlen(type) == range->type_len &&
           apr_cstr_casecmpn(range->type, type, range->type_len) == 0;
}

mtls_report_format_t mtls_report_choose(const char *accept)
{
    const char *c = accept ? accept : "";
    int html = 0, json = 0;

    while (*(c += strspn(c, " \t,"))) {
        range_t range;

        c = take_range(c, &range);
        if (!c) {
            return MTLS_REPORT_HTML;
        }
        if (is_type(&range, "text/html")) {
            html = range.q > html ? range.q : html;
        } else if (is_type(&range, "application/json") ||
                   is_type(&range, "application/problem+json")) {
            json = range.q > json ? range.q : json;
        }
    }
    return json > html ? MTLS_REPORT_PROBLEM : MTLS_REPORT_HTML;
}

static const char *escape(const char *text, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, strlen(text) * MAX_ESCAPE + 1), *to = out;

    while (*text) {
        uint32_t c = mtls_codepoint_next(&text);

        if (c < 0x80 && !strchr("<>&\"'", (int)c)) {
            *to++ = (char)c;
        } else {
            to += apr_snprintf(to, 12, "&#x%X;", c);
        }
    }
    *to = '\0';
    return out;
}

static void put(apr_array_header_t *parts, const char *text)
{
    APR_ARRAY_PUSH(parts, const char *) = text;
}

static void put_issuers(apr_array_header_t *parts, const apr_array_header_t *issuers,
                        apr_pool_t *pool)
{
    int i;

    if (!issuers || issuers->nelts == 0) {
        return;
    }
    put(parts, "<h2>Issuers accepted here</h2>\n<ul>\n");
    for (i = 0; i < issuers->nelts; i++) {
        put(parts, "<li>");
        put(parts, escape(APR_ARRAY_IDX(issuers, i, const char *), pool));
        put(parts, "</li>\n");
    }
    put(parts, "</ul>\n");
}

static const char page_style[] =
    "<style>body{font:1rem/1.5 sans-serif;max-width:40rem;margin:0 auto;padding:1rem;"
    "overflow-wrap:anywhere}h1{font-size:1.5rem}h2{font-size:1.1rem}"
    "dl{border-top:1px solid;padding-top:.5rem}dd{margin:0 0 .5rem}</style>\n";

static void put_head(apr_array_header_t *parts, const char *title)
{
    put(parts, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    put(parts, title);
    put(parts, "</title>\n");
    put(parts, page_style);
    put(parts, "</head>\n<body>\n<main>\n<h1>");
    put(parts, title);
    put(parts, "</h1>\n");
}

static void put_fact(apr_array_header_t *parts, const char *name, const char *value,
                     apr_pool_t *pool)
{
    if (value) {
        put(parts, "<dt>");
        put(parts, name);
        put(parts, "</dt><dd>");
        put(parts, escape(value, pool));
        put(parts, "</dd>\n");
    }
}

const char *mtls_report_message(const mtls_report_t *report, apr_pool_t *pool)
{
    const char *message = report->message, *end;

    if (!message || !*message) {
        return NULL;
    }
    end = memchr(message, '\0', MTLS_REPORT_MAX_MESSAGE + 1);
    if (end) {
        return message;
    }
    end = message + MTLS_REPORT_MAX_MESSAGE;
    while (end > message && ((unsigned char)*end & 0xc0) == 0x80) {
        end--; /* the inside of a character */
    }
    return apr_pstrcat(pool, apr_pstrmemdup(pool, message, (apr_size_t)(end - message)), "...",
                       NULL);
}

static void put_message(apr_array_header_t *parts, const char *message, apr_pool_t *pool)
{
    if (message) {
        put(parts, "<p><strong>");
        put(parts, escape(message, pool));
        put(parts, "</strong></p>\n");
    }
}

const char *mtls_report_html(const mtls_report_t *report, apr_pool_t *pool)
{
    const mtls_reason_info_t *info = mtls_reason_info(report->reason);
    apr_array_header_t *parts = apr_array_make(pool, 64, sizeof(const char *));

    put_head(parts, info->title);
    put_message(parts, mtls_report_message(report, pool), pool);
    put(parts, "<p>");
    put(parts, info->advice);
    put(parts, "</p>\n");
    put_issuers(parts, report->issuers, pool);
    if (info->retryable) {
        put(parts, "<h2>Try again</h2>\n<p>Browsers remember the certificate that was chosen, or "
                   "that none was, until all of their windows are closed. When you are ready, "
                   "<a href=\"\">open this page again</a>.</p>\n");
    }
    put(parts, "<dl>\n");
    put_fact(parts, "Host", report->host, pool);
    put_fact(parts, "Status", apr_itoa(pool, report->status), pool);
    put_fact(parts, "Reason", info->word, pool);
    put_fact(parts, "Reference", report->reference, pool);
    put(parts, "</dl>\n</main>\n</body>\n</html>\n");
    return apr_array_pstrcat(pool, parts, 0);
}

const char *mtls_report_content_type(mtls_report_format_t format)
{
    switch (format) {
    case MTLS_REPORT_PROBLEM:
        return "application/problem+json";
    case MTLS_REPORT_HTML:
        break;
    }
    return "text/html; charset=utf-8";
}
